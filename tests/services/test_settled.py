"""After an application is submitted nobody is nagged about what it settles, and nothing that still matters goes silent."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from grants.domain.agenda import DueKind, RiskKind
from grants.domain.applications import State
from grants.domain.deadlines import Stage, StageName
from grants.domain.records import write
from grants.domain.reminders import Kind
from grants.domain.works import WorkKind
from grants.services import agenda, applications, backplans, reminders, tasks, tracking, workspace
from grants.services.tracking import When
from grants.store.catalogue import IntakeRow
from grants.store.database import transaction
from grants.store.people import PersonRow
from grants.store.reminders import ReminderRow, ReminderState
from grants.store.tracking import named_tasks
from tests.begun import NOW, STREAM, a_person, a_round, a_task, hand, move, the_community
from tests.builders import an_intake, timed

pytestmark = [pytest.mark.seeded, pytest.mark.one_database]

LETTER, FULL = date(2027, 1, 15), date(2027, 3, 26)
SUBMITTED_ON = datetime(2026, 12, 1, 15, tzinfo=UTC)
LATER = datetime(2026, 12, 2, 15, tzinfo=UTC)
TO_SUBMITTED = (State.GO, State.DRAFTING, State.SUBMITTED)
UNSENT = (ReminderState.PLANNED, ReminderState.QUEUED)


@pytest.fixture
def ana(db_session: Session) -> int:
    """A grant writer of Kenora who begins applications."""
    del db_session
    return a_person()


@pytest.fixture
def ben(ana: int) -> int:
    """A colleague who tracks what he likes."""
    del ana
    return a_person("ben@example.org")


@pytest.fixture
def intake(ana: int) -> str:
    """A round with a letter of intent and, for those invited, a full application."""
    del ana
    with transaction() as session:
        key = a_round(session, LETTER)
        session.flush()
        stages = (
            Stage(StageName.LETTER_OF_INTENT, timed(LETTER)),
            Stage(StageName.FULL_APPLICATION, timed(FULL), invited=True),
        )
        row = session.get_one(IntakeRow, key)
        row.record = write(an_intake(timed(LETTER), key=key, stages=stages))
        return key


@pytest.fixture
def begun(ana: int, intake: str) -> int:
    """Ana's application for it."""
    return begin(ana, intake)


def begin(person: int, intake: str, at: datetime = NOW) -> int:
    with transaction() as session:
        there = the_community(session)
        return applications.begin(session, there, STREAM, intake, hand(person, at=at), again=True).id


def follow(person: int, intake: str, at: datetime = NOW) -> bool:
    with transaction() as session:
        return tracking.track(session, person, intake, at, community="kenora")


def waiting(session: Session, person: int) -> set[str]:
    """The stages (or ``task``) that unsent reminders of a person are about."""
    session.rollback()
    mine = select(ReminderRow).where(ReminderRow.person == person, ReminderRow.state.in_(UNSENT))
    return {row.stage for row in session.scalars(mine)}


def closings(session: Session, now: datetime = LATER) -> dict[str, bool]:
    """The closings of Kenora that the page, the feed and the sheet tell of, and whether each is done."""
    session.rollback()
    found = agenda.agenda(session, the_community(session), None, now, cancelled=True)
    return {due.title.en: due.done for due in found if due.kind is DueKind.CLOSING}


BOTH = {"letter-of-intent", "full-application"}


class TestClosings:
    """What a move does to the reminders of the round, for everybody who tracks it in the community."""

    @pytest.mark.parametrize(
        ("way", "for_ana", "for_ben"),
        [
            ((State.GO, State.DRAFTING), BOTH, BOTH),
            (TO_SUBMITTED, {"full-application"}, {"full-application"}),
            ((*TO_SUBMITTED, State.QUESTIONS, State.SUBMITTED), {"full-application"}, {"full-application"}),
            ((*TO_SUBMITTED, State.DRAFTING), BOTH, BOTH),
            ((*TO_SUBMITTED, State.AWARDED), set(), set()),
            ((*TO_SUBMITTED, State.DECLINED), set(), set()),
            ((*TO_SUBMITTED, State.DECLINED, State.SUBMITTED), {"full-application"}, {"full-application"}),
            ((*TO_SUBMITTED, State.WITHDRAWN), set(), set()),
            ((State.NO_GO,), set(), BOTH),
            ((State.NO_GO, State.CONSIDERING), BOTH, BOTH),
            ((State.GO, State.WITHDRAWN), set(), BOTH),
            ((State.GO, State.WITHDRAWN, State.CLOSED), set(), BOTH),
        ],
        ids=lambda way: "-".join(way) if isinstance(way, tuple) else "",
    )
    def test_by_the_way_it_went(
        self,
        db_session: Session,
        ana: int,
        ben: int,
        intake: str,
        begun: int,
        way: tuple[State, ...],
        for_ana: set[str],
        for_ben: set[str],
    ) -> None:
        follow(ben, intake)
        move(begun, ana, *way, at=SUBMITTED_ON)
        assert (waiting(db_session, ana), waiting(db_session, ben)) == (for_ana, for_ben)

    def test_what_one_wished_for_before_beginning_stays_ones_wish(
        self, db_session: Session, ana: int, intake: str
    ) -> None:
        follow(ana, intake)
        move(begin(ana, intake, SUBMITTED_ON), ana, State.NO_GO, at=LATER)
        assert waiting(db_session, ana) == BOTH

    def test_given_up_and_tracked_again_it_reminds_again(
        self, db_session: Session, ana: int, intake: str, begun: int
    ) -> None:
        assert not follow(ana, intake), "it is tracked already"
        move(begun, ana, State.NO_GO, at=SUBMITTED_ON)
        assert follow(ana, intake, LATER)
        assert waiting(db_session, ana) == BOTH
        assert not follow(ana, intake, LATER)

    def test_a_new_application_for_it_after_one_was_given_up_reminds_again(
        self, db_session: Session, ana: int, intake: str, begun: int
    ) -> None:
        move(begun, ana, State.NO_GO, at=SUBMITTED_ON)
        begin(ana, intake, LATER)
        assert waiting(db_session, ana) == BOTH

    def test_of_two_applications_the_last_to_be_submitted_settles_it(
        self, db_session: Session, ana: int, intake: str, begun: int
    ) -> None:
        other = begin(ana, intake)
        move(begun, ana, *TO_SUBMITTED, at=SUBMITTED_ON)
        assert waiting(db_session, ana) == BOTH
        move(other, ana, *TO_SUBMITTED, at=LATER)
        assert waiting(db_session, ana) == {"full-application"}

    def test_who_tracks_it_for_another_community_is_reminded_all_the_same(
        self, db_session: Session, ana: int, intake: str, begun: int
    ) -> None:
        other = a_person("cleo@example.org", community="guelph")
        with transaction() as session:
            tracking.track(session, other, intake, NOW, community="guelph")
        move(begun, ana, *TO_SUBMITTED, at=SUBMITTED_ON)
        assert waiting(db_session, other) == BOTH

    def test_a_date_that_moves_is_news_though_it_is_met(
        self, db_session: Session, ana: int, intake: str, begun: int
    ) -> None:
        move(begun, ana, *TO_SUBMITTED, at=SUBMITTED_ON)
        with transaction() as session:
            row = session.get_one(IntakeRow, intake)
            row.record = row.record | {
                "stages": [
                    write(Stage(StageName.LETTER_OF_INTENT, timed(date(2027, 1, 22)))),
                    *row.record["stages"][1:],
                ]
            }
            row.version += 1
            session.flush()
            reminders.replan(session, [intake], LATER)
        told = select(ReminderRow).where(ReminderRow.person == ana, ReminderRow.state.in_(UNSENT))
        db_session.rollback()
        found = {(row.stage, row.kind) for row in db_session.scalars(told)}
        assert ("letter-of-intent", Kind.CHANGED) in found
        assert ("letter-of-intent", Kind.LEAD) not in found

    def test_a_new_round_is_no_news_once_it_was_applied_for(
        self, db_session: Session, ana: int, ben: int, intake: str
    ) -> None:
        follow(ben, intake)
        with transaction() as session:
            new = a_round(session, date(2027, 2, 12))

        def told() -> set[tuple[str, str]]:
            db_session.rollback()
            mine = select(ReminderRow).where(ReminderRow.person == ben, ReminderRow.intake == new)
            return {(row.kind, row.state) for row in db_session.scalars(mine) if row.kind == Kind.ROUND}

        assert told() == {(Kind.ROUND, ReminderState.PLANNED)}
        move(begin(ana, new), ana, *TO_SUBMITTED, at=SUBMITTED_ON)
        assert told() == {(Kind.ROUND, ReminderState.VOID)}

    def test_an_intake_that_cannot_be_read_keeps_no_application_from_moving(
        self, db_session: Session, ana: int, intake: str, begun: int
    ) -> None:
        with transaction() as session:
            session.get_one(IntakeRow, intake).record = {"key": intake}
        move(begun, ana, State.GO, at=SUBMITTED_ON)
        db_session.rollback()
        assert applications.one(db_session, "kenora", begun).state == State.GO


class TestPages:
    """My deadlines, the page of the community and the list of applications say the same."""

    def test_my_deadlines_say_what_is_met_and_count_on_what_is_not(
        self, db_session: Session, ana: int, begun: int
    ) -> None:
        move(begun, ana, *TO_SUBMITTED, at=SUBMITTED_ON)
        db_session.rollback()
        seen = tracking.tracked_by(db_session, db_session.get_one(PersonRow, ana), LATER)
        (mine,) = [each for each in seen if each.subject.ref.intake is not None]
        assert [(duty.stage, duty.met) for duty in mine.duties] == [
            ("letter-of-intent", True),
            ("full-application", False),
        ]
        assert mine.next_duty is not None
        assert (mine.next_duty.stage, mine.when, mine.applied.ended) == ("full-application", When.LATER, False)

    def test_what_was_given_up_stands_by_itself(self, db_session: Session, ana: int, begun: int) -> None:
        move(begun, ana, State.NO_GO, at=SUBMITTED_ON)
        db_session.rollback()
        (mine,) = tracking.tracked_by(db_session, db_session.get_one(PersonRow, ana), LATER)
        assert (mine.when, mine.next_duty, mine.applied.ended) == (When.SETTLED, None, True)
        assert tracking.last_day_to_put_off(db_session, tracking.own_row(db_session, ana, mine.number), LATER) is None

    @pytest.mark.parametrize(
        ("way", "letter", "full"),
        [
            ((State.GO, State.DRAFTING), False, False),
            (TO_SUBMITTED, True, False),
            ((*TO_SUBMITTED, State.DRAFTING), False, False),
            ((*TO_SUBMITTED, State.AWARDED), True, True),
            ((State.NO_GO,), True, True),
        ],
        ids=lambda way: "-".join(way) if isinstance(way, tuple) else "",
    )
    def test_the_agenda_keeps_a_later_stage_due(
        self,
        db_session: Session,
        ana: int,
        begun: int,
        way: tuple[State, ...],
        letter: bool,  # noqa: FBT001 - a table
        full: bool,  # noqa: FBT001 - a table
    ) -> None:
        move(begun, ana, *way, at=SUBMITTED_ON)
        assert closings(db_session) == {"Letter of intent": letter, "Full application": full}

    def test_what_comes_next_for_an_application_is_the_stage_that_is_left(
        self, db_session: Session, ana: int, begun: int
    ) -> None:
        move(begun, ana, *TO_SUBMITTED, at=SUBMITTED_ON)
        db_session.rollback()
        (line,) = applications.listing(db_session, the_community(db_session), LATER)
        assert line.next is not None
        assert (line.next.day, line.closing.met) == (FULL, False)
        move(begun, ana, State.AWARDED, at=LATER)
        db_session.rollback()
        (line,) = applications.listing(db_session, the_community(db_session), LATER)
        assert (line.next, line.closing.met) == (None, True)


class TestWork:
    """What a move does to the tasks."""

    def test_the_work_of_the_draft_is_over_and_comes_back_with_it(
        self, db_session: Session, ana: int, begun: int
    ) -> None:
        numbers = {}
        with transaction() as session:
            row = applications.one(session, "kenora", begun)
            for kind in WorkKind:
                task = a_task(session, row, ana, kind.value, kind=kind, owner=ana, due_on=date(2027, 1, 12))
                numbers[task.id] = kind

        def reminded() -> set[WorkKind]:
            db_session.rollback()
            mine = select(ReminderRow).where(ReminderRow.task.in_(numbers), ReminderRow.state.in_(UNSENT))
            return {numbers[row.task] for row in db_session.scalars(mine) if row.task is not None}

        assert reminded() == set(WorkKind)
        move(begun, ana, *TO_SUBMITTED, at=SUBMITTED_ON)
        assert reminded() == {WorkKind.REPORT}
        seen = agenda.agenda(db_session, the_community(db_session), None, LATER)
        assert {WorkKind(due.title.en): (due.done, due.settled) for due in seen if due.task in numbers} == {
            kind: (kind is not WorkKind.REPORT, kind is not WorkKind.REPORT) for kind in WorkKind
        }
        move(begun, ana, State.DRAFTING, at=LATER)
        assert reminded() == set(WorkKind)

    def test_what_is_added_afterwards_is_still_to_be_done(self, db_session: Session, ana: int, begun: int) -> None:
        move(begun, ana, *TO_SUBMITTED, State.QUESTIONS, at=SUBMITTED_ON)
        with transaction() as session:
            row = applications.one(session, "kenora", begun)
            wish = tasks.TaskWish("Answer the funder", WorkKind.WORK, ana, date(2027, 1, 12), 30)
            task = tasks.add(session, row, wish, hand(ana, at=LATER)).id
        assert waiting(db_session, ana) == {"task", "full-application"}
        assert not named_tasks(db_session, [task])[task].over

    def test_it_is_no_risk_no_load_and_not_what_comes_next(self, db_session: Session, ana: int, begun: int) -> None:
        with transaction() as session:
            row = applications.one(session, "kenora", begun)
            a_task(session, row, ana, "Late", owner=ana, due_on=date(2026, 11, 20))
            a_task(session, row, ana, "Nobody's", due_on=None)
        move(begun, ana, *TO_SUBMITTED, at=SUBMITTED_ON)
        db_session.rollback()
        there = the_community(db_session)
        kinds = {risk.kind for risk in workspace.overview(db_session, there, None, LATER).risks}
        assert not kinds & {RiskKind.OVERDUE, RiskKind.NOBODY, RiskKind.TOO_LATE}
        assert backplans.load_of(agenda.gather(db_session, there, LATER)).total == {}
        assert applications.whole(db_session, there, applications.one(db_session, "kenora", begun), LATER).risks == ()

    def test_what_is_proposed_is_followed_at_once_by_who_begins(
        self, db_session: Session, ana: int, begun: int
    ) -> None:
        db_session.rollback()
        seen = tracking.tracked_by(db_session, db_session.get_one(PersonRow, ana), NOW)
        proposed = {task.id for task in tasks.of(db_session, applications.one(db_session, "kenora", begun))}
        assert {each.subject.ref.task for each in seen if each.subject.ref.task is not None} == proposed
        assert waiting(db_session, ana) == BOTH, "none of them has a date"
