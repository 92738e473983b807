"""The page of a community as values: what is due, whose it is, what is at risk, and what others changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from grants.domain.agenda import Due, DueKind, RiskKind
from grants.domain.applications import State
from grants.domain.documents import DocumentKind
from grants.domain.meetings import Body
from grants.domain.works import WorkKind
from grants.services import applications, backplans, documents, meetings, tasks, workspace
from grants.services.workspace import agenda, overview
from grants.store import tenants, workspaces
from grants.store.applications import ILLEGIBLE, RequirementRow, TaskRow
from grants.store.catalogue import IntakeRow
from grants.store.database import transaction
from grants.store.people import PersonRow
from tests.begun import NOW, a_person, a_task, an_application, hand, move, the_community

pytestmark = [pytest.mark.one_database, pytest.mark.seeded]

CLOSES = date(2027, 1, 29)
TODAY = NOW.date()
LATER = NOW + timedelta(minutes=1)
YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)


@pytest.fixture
def ana(db_session: Session) -> int:
    """A grant writer of Kenora."""
    del db_session
    return a_person()


@pytest.fixture
def begun(ana: int) -> int:
    """An application that closes on 29 January 2027."""
    with transaction() as session:
        return an_application(session, ana, closes=CLOSES).id


def dues(session: Session, person: int | None = None, *, cancelled: bool = False) -> list[Due]:
    """What Kenora has before it."""
    return list(agenda(session, the_community(session), person, NOW, cancelled=cancelled))


def kinds(session: Session, person: int | None = None) -> set[RiskKind]:
    """What is at risk in Kenora."""
    return {risk.kind for risk in overview(session, the_community(session), person, NOW).risks}


def add_task(number: int, person: int, title: str, **said: object) -> int:
    """Add a task to an application, and give its number."""
    with transaction() as session:
        return a_task(session, applications.one(session, "kenora", number), person, title, **said).id


def add_meeting(person: int, *days: date) -> int:
    """Add council meetings, and give the number of the first."""
    with transaction() as session:
        meetings.add(session, the_community(session), days, meetings.Details(Body.COUNCIL, 5, ""), hand(person))
        return workspaces.meetings(session, "kenora")[0].id


class TestAgenda:
    """Everything that has a day."""

    def test_it_holds_closings_tasks_reports_meetings_and_their_papers(
        self, db_session: Session, begun: int, ana: int
    ) -> None:
        add_task(begun, ana, "Call them", owner=ana, due_on=TOMORROW)
        add_task(begun, ana, "Interim report", kind=WorkKind.REPORT, due_on=date(2027, 6, 30))
        add_meeting(ana, date(2026, 12, 8))

        found = dues(db_session)

        assert [(due.kind, due.day.isoformat(), due.who) for due in found] == [
            (DueKind.TASK, "2026-11-25", "Ana"),
            (DueKind.PAPERS, "2026-12-01", ""),
            (DueKind.COUNCIL, "2026-12-08", ""),
            (DueKind.CLOSING, "2027-01-29", "Ana"),
            (DueKind.REPORT, "2027-06-30", ""),
        ]
        assert len({due.uid for due in found}) == len(found)
        assert not any(due.done for due in found)

    def test_a_thing_keeps_its_uid_and_its_sequence_goes_up_when_it_moves(
        self, db_session: Session, begun: int, ana: int
    ) -> None:
        meeting = add_meeting(ana, date(2026, 12, 8))
        before = {due.uid: due.sequence for due in dues(db_session)}
        with transaction() as session:
            kenora, details = the_community(session), meetings.Details(Body.COUNCIL, 5, "")
            meetings.change(session, kenora, meeting, date(2026, 12, 9), details, hand=hand(ana, 1, LATER))

        after = {due.uid: due.sequence for due in dues(db_session)}

        assert after.keys() == before.keys()
        moved = {uid for uid in after if after[uid] > before[uid]}
        assert len(moved) == 2
        assert all(after[uid] >= before[uid] for uid in after)
        assert begun

    def test_what_was_taken_out_is_told_to_calendars_only(self, db_session: Session, begun: int, ana: int) -> None:
        number = add_task(begun, ana, "Call them", owner=ana, due_on=TOMORROW)
        with transaction() as session:
            tasks.remove(session, tasks.one(session, "kenora", begun, number), hand(ana, 1, LATER, leads=True))

        assert DueKind.TASK not in {due.kind for due in dues(db_session)}
        gone = [due for due in dues(db_session, cancelled=True) if due.cancelled]
        assert [due.kind for due in gone] == [DueKind.TASK]

    @pytest.mark.parametrize(("state", "there"), [(State.SUBMITTED, True), (State.WITHDRAWN, False)])
    def test_the_closing_of_what_was_submitted_is_done_and_of_what_was_given_up_is_gone(
        self,
        db_session: Session,
        begun: int,
        ana: int,
        state: State,
        there: bool,  # noqa: FBT001 - a table
    ) -> None:
        move(begun, ana, State.GO, State.DRAFTING, state)

        closings = [due for due in dues(db_session, cancelled=True) if due.kind is DueKind.CLOSING]

        assert [(due.done, due.cancelled) for due in closings] == [(True, not there)]

    def test_one_person_sees_what_is_theirs(self, db_session: Session, begun: int, ana: int) -> None:
        ben = a_person("ben@example.org")
        meeting = add_meeting(ana, date(2026, 12, 8))
        number = add_task(begun, ana, "Resolution", owner=ben, due_on=date(2026, 12, 8))
        add_task(begun, ana, "Call them", owner=ana, due_on=TOMORROW)
        assert [due.kind for due in dues(db_session, ben)] == [DueKind.TASK]

        with transaction() as session:
            tasks.one(session, "kenora", begun, number).meeting = meeting

        assert {due.kind for due in dues(db_session, ben)} == {DueKind.TASK, DueKind.COUNCIL, DueKind.PAPERS}
        assert {due.kind for due in dues(db_session, ana)} == {DueKind.TASK, DueKind.CLOSING}

    def test_nothing_of_another_community_is_in_it(self, db_session: Session, begun: int) -> None:
        assert begun
        assert agenda(db_session, the_community(db_session, "guelph"), None, NOW) == ()


class TestRisks:
    """What may go wrong."""

    def test_a_closing_that_passed_unsent(self, db_session: Session, begun: int) -> None:
        after = NOW.replace(year=2027, month=2)
        seen = overview(db_session, the_community(db_session), None, after)

        assert (seen.risks[0].kind, seen.risks[0].day) == (RiskKind.CLOSED_UNSENT, CLOSES)
        with transaction() as session:
            applications.one(session, "kenora", begun).state = "submitted"
        kept = overview(db_session, the_community(db_session), None, after)
        assert RiskKind.CLOSED_UNSENT not in {risk.kind for risk in kept.risks}

    def test_an_overdue_task_is_whose_it_is(self, db_session: Session, begun: int, ana: int) -> None:
        ben = a_person("ben@example.org")
        add_task(begun, ana, "Call them", owner=ben, due_on=YESTERDAY)

        assert RiskKind.OVERDUE in kinds(db_session)
        assert RiskKind.OVERDUE in kinds(db_session, ben)
        with transaction() as session:
            applications.one(session, "kenora", begun).state = "withdrawn"
        assert RiskKind.OVERDUE not in kinds(db_session)

    def test_tasks_of_nobody_or_without_a_day(self, db_session: Session, begun: int, ana: int) -> None:
        add_task(begun, ana, "Call them", due_on=TOMORROW)

        (risk,) = (
            each
            for each in overview(db_session, the_community(db_session), None, NOW).risks
            if each.kind is RiskKind.NOBODY
        )

        works = [row for row in tenants.all_of(db_session, TaskRow, "kenora") if row.due_on is None]
        assert risk.counts == (1, len(works))

    def test_what_cannot_be_done_in_time(self, db_session: Session, ana: int) -> None:
        with transaction() as session:
            an_application(session, ana, closes=TODAY + timedelta(days=3))

        assert RiskKind.CANNOT in kinds(db_session)

    @pytest.mark.parametrize(("day", "near"), [(date(2026, 12, 15), True), (date(2026, 12, 16), False)])
    def test_the_last_safe_meeting_counts_from_21_days_before(
        self,
        db_session: Session,
        begun: int,
        ana: int,
        day: date,
        near: bool,  # noqa: FBT001 - a table
    ) -> None:
        assert begun
        add_meeting(ana, day)

        assert (RiskKind.COUNCIL_SOON in kinds(db_session)) is near

    def test_a_document_that_ends_before_the_closing(self, db_session: Session, begun: int, ana: int) -> None:
        ends = documents.Details(DocumentKind.INSURANCE, "Insurance", "", None, CLOSES - timedelta(days=1), "")
        with transaction() as session:
            number = documents.add(session, the_community(session), ends, hand(ana)).id
            wording = {"en": "insurance", "fr": "assurance"}
            for place in (90, 91):
                line = RequirementRow(
                    community="kenora", application=begun, place=place, wording=wording, document=number
                )
                session.add(line)

        found = overview(db_session, the_community(db_session), None, NOW).risks
        assert [risk.document for risk in found if risk.kind is RiskKind.EXPIRED] == [(number, "Insurance")]

        with transaction() as session:
            held = replace(ends, expires_on=CLOSES)
            documents.change(session, the_community(session), number, held, hand(ana, 1, LATER))
        assert RiskKind.EXPIRED not in kinds(db_session)

    def test_a_task_planned_after_the_closing(self, db_session: Session, begun: int, ana: int) -> None:
        add_task(begun, ana, "Call them", owner=ana, due_on=CLOSES + timedelta(days=1))

        assert RiskKind.TOO_LATE in kinds(db_session)

    def test_letters_that_come_back(self, db_session: Session, ana: int) -> None:
        assert kinds(db_session) == set()
        with transaction() as session:
            session.get_one(PersonRow, ana).mail_suspended_at = NOW

        assert kinds(db_session) == {RiskKind.LETTERS}

    def test_an_accepted_plan_in_good_time_is_at_no_risk(self, db_session: Session, begun: int, ana: int) -> None:
        add_meeting(ana, date(2026, 12, 22), date(2027, 1, 12))
        with transaction() as session:
            kenora = the_community(session)
            stamp = backplans.propose(session, kenora, begun, NOW).stamp
            backplans.accept(session, kenora, begun, stamp, hand(ana, at=LATER))

        assert kinds(db_session) == set()


def test_changes_are_those_of_others_since_a_moment_the_newest_first(db_session: Session, begun: int, ana: int) -> None:
    ben = a_person("ben@example.org")
    add_task(begun, ben, "Call them")
    add_task(begun, ben, "Write to them")
    community = the_community(db_session)

    seen = workspace.changes(db_session, community, NOW - timedelta(days=1), not_by=ana)

    assert [event.details["title"]["en"] for event in seen] == ["Write to them", "Call them"]
    assert workspace.changes(db_session, community, LATER, not_by=ana) == []
    assert workspace.changes(db_session, the_community(db_session, "guelph"), NOW - timedelta(days=1), not_by=0) == []


class TestUnreadable:
    """One record that cannot be read hides no other, and is told as a risk."""

    def test_an_intake(self, db_session: Session, begun: int, ana: int) -> None:
        with transaction() as session:
            row = an_application(session, ana, closes=CLOSES + timedelta(days=1))
            a_task(session, row, ana, "Call them", due_on=TOMORROW)
            intake = session.get_one(IntakeRow, row.intake)
            broken = row.id
            intake.record = {"key": intake.key, "nonsense": 1}
        found = dues(db_session)
        assert {due.kind for due in found if due.application == begun} >= {DueKind.CLOSING}
        assert {due.title.en for due in found if due.application == broken} == {"Call them"}
        risks = overview(db_session, the_community(db_session), None, NOW).risks
        assert [risk.application for risk in risks if risk.kind is RiskKind.UNREADABLE] == [broken]

    def test_a_task(self, db_session: Session, begun: int, ana: int) -> None:
        broken = add_task(begun, ana, "Call them", due_on=TOMORROW)
        add_task(begun, ana, "Write to them", due_on=TOMORROW)
        with transaction() as session:
            row = session.scalars(tenants.of(TaskRow, "kenora").where(TaskRow.id == broken)).one()
            row.title = {"nonsense": 1}
        titles = {due.title.en for due in dues(db_session)}
        assert {"Write to them", ILLEGIBLE.en} <= titles
        assert overview(db_session, the_community(db_session), None, NOW).dues
