"""The plan of an application: proposed from what the community keeps, accepted once, and never what was not shown."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from grants.domain.meetings import Body
from grants.domain.workdays import AT_HOME, is_workday
from grants.domain.works import WorkKind
from grants.services import applications, backplans, meetings, tasks
from grants.services.backplans import NoPlanError, OutdatedError, Proposal, WhatIf
from grants.services.catalogue import NotFoundError
from grants.store import tenants, workspaces
from grants.store.applications import EventRow, TaskRow
from grants.store.database import transaction
from grants.store.people import MembershipRow
from grants.store.tracking import TrackedRow
from tests.begun import NOW, a_person, a_task, an_application, hand, the_community

pytestmark = [pytest.mark.one_database, pytest.mark.seeded]

CLOSES = date(2027, 1, 29)
TODAY = NOW.date()
LATER = NOW + timedelta(minutes=1)


@pytest.fixture
def ana(db_session: Session) -> int:
    """A grant writer of Kenora with ten hours a week."""
    number = a_person()
    with transaction() as session:
        row = session.scalars(select(MembershipRow).where(MembershipRow.person == number)).one()
        row.weekly_minutes = 600
    del db_session
    return number


@pytest.fixture
def begun(ana: int) -> int:
    """An application that closes on 29 January 2027, and council every two weeks before it."""
    with transaction() as session:
        days = [date(2026, 12, 8) + timedelta(weeks=2 * each) for each in range(5)]
        meetings.add(session, the_community(session), days, meetings.Details(Body.COUNCIL, 5, ""), hand(ana))
        return an_application(session, ana, closes=CLOSES).id


def propose(session: Session, number: int, tried: WhatIf = backplans.AS_IT_IS) -> Proposal:
    """Propose dates for an application of Kenora."""
    return backplans.propose(session, the_community(session), number, NOW, tried)


def accept(number: int, stamp: str, person: int) -> int:
    """Accept what a stamp stands for."""
    with transaction() as session:
        return backplans.accept(session, the_community(session), number, stamp, hand(person, at=LATER))


def rows(session: Session, number: int) -> list[TaskRow]:
    """The tasks of an application, in their order."""
    every = tenants.all_of(session, TaskRow, "kenora", TaskRow.place, TaskRow.id)
    return [row for row in every if row.application == number]


def test_it_proposes_days_of_work_before_the_closing_from_what_is_kept(db_session: Session, begun: int) -> None:
    proposal = propose(db_session, begun)

    assert proposal.plan.shortfall is None
    assert (proposal.closing.day, proposal.plan.submit_by) == (CLOSES, date(2027, 1, 28))
    finishes = [line.step.finish for line in proposal.lines if line.step.finish]
    assert len(finishes) == len(rows(db_session, begun))
    assert all(TODAY <= day < CLOSES and is_workday(day, AT_HOME) for day in finishes)
    assert [(worker.name, worker.weekly, worker.stated) for worker in proposal.workers] == [("Ana", 600, 600)]
    assert proposal.can_be_accepted


def test_the_council_step_stands_on_a_meeting_whose_papers_are_in(db_session: Session, begun: int) -> None:
    proposal = propose(db_session, begun)

    (council,) = (line for line in proposal.lines if line.task.kind == WorkKind.COUNCIL)
    (report,) = (line for line in proposal.lines if line.task.key == backplans.COUNCIL_REPORT)
    assert council.meeting is not None
    assert council.step.finish == council.meeting.on
    assert proposal.plan.last_safe_meeting is not None
    assert report.step.finish is not None
    assert council.step.meeting is not None
    assert report.step.finish <= council.step.meeting.papers_due


def test_looking_saves_nothing(db_session: Session, begun: int) -> None:
    propose(db_session, begun, WhatIf({1: 60}, without_council=True))

    assert all(row.due_on is None for row in rows(db_session, begun))


def test_accepting_gives_the_tasks_their_days_and_plans_their_reminders(
    db_session: Session, begun: int, ana: int
) -> None:
    proposal = propose(db_session, begun)
    expected = {line.task.id: (line.step.start, line.step.finish) for line in proposal.lines}

    changed = accept(begun, proposal.stamp, ana)

    assert changed == len(expected)
    assert {row.id: (row.starts_on, row.due_on) for row in rows(db_session, begun)} == expected
    assert all(row.version == 2 for row in rows(db_session, begun))
    tracked = db_session.scalars(select(TrackedRow).where(TrackedRow.task.is_not(None))).all()
    assert {row.task for row in tracked} == set(expected)
    told = tenants.all_of(db_session, EventRow, "kenora")[-1]
    assert (told.kind, told.details) == ("planned", {"tasks": changed})


def test_what_was_accepted_is_proposed_again_and_changes_nothing(db_session: Session, begun: int, ana: int) -> None:
    accept(begun, propose(db_session, begun).stamp, ana)

    again = propose(db_session, begun)

    assert not again.can_be_accepted
    assert accept(begun, again.stamp, ana) == 0
    assert [each.kind for each in tenants.all_of(db_session, EventRow, "kenora")].count("planned") == 1


@pytest.mark.parametrize("what", ["a task", "a meeting", "the hours", "the closing"])
def test_a_plan_that_was_overtaken_is_not_saved(db_session: Session, begun: int, ana: int, what: str) -> None:
    stamp = propose(db_session, begun).stamp
    with transaction() as session:
        kenora = the_community(session)
        application = applications.one(session, "kenora", begun)
        if what == "a task":
            a_task(session, application, ana, "One more", owner=ana, minutes=240)
        elif what == "a meeting":
            for row in workspaces.meetings(session, "kenora"):
                meetings.remove(session, kenora, row.id, hand(ana, 1, LATER))
        elif what == "the hours":
            member = session.scalars(select(MembershipRow).where(MembershipRow.person == ana)).one()
            member.weekly_minutes = 300
        else:
            application.intake, application.target_on = None, date(2027, 1, 22)

    with pytest.raises(OutdatedError):
        accept(begun, stamp, ana)

    assert all(row.due_on is None for row in rows(db_session, begun))


def test_a_date_set_by_hand_stays(db_session: Session, begun: int, ana: int) -> None:
    fixed = date(2026, 12, 2)
    first = rows(db_session, begun)[0]
    with transaction() as session:
        row = tasks.one(session, "kenora", begun, first.id)
        row.due_on, row.by_hand = fixed, True

    accept(begun, propose(db_session, begun).stamp, ana)

    assert (rows(db_session, begun)[0].due_on, rows(db_session, begun)[0].version) == (fixed, 1)


def test_a_task_that_somebody_set_for_tomorrow_does_not_wait_for_the_list(
    db_session: Session, begun: int, ana: int
) -> None:
    free = propose(db_session, begun)
    tomorrow = date(2026, 11, 25)
    with transaction() as session:
        application = applications.one(session, "kenora", begun)
        number = a_task(session, application, ana, "Call them", owner=ana, due_on=tomorrow, minutes=30).id

    proposal = propose(db_session, begun)

    assert proposal.plan.shortfall is None
    (call,) = (line for line in proposal.lines if line.task.id == number)
    assert (call.step.finish, call.changed) == (tomorrow, False)
    others = {line.task.id: line.step.finish for line in proposal.lines if line.task.id != number}
    assert others == {line.task.id: line.step.finish for line in free.lines}


def test_what_people_added_is_done_before_submitting_unless_they_set_it_for_later(
    db_session: Session, begun: int, ana: int
) -> None:
    with transaction() as session:
        application = applications.one(session, "kenora", begun)
        added = a_task(session, application, ana, "One more thing", owner=ana, minutes=120).id
        later = a_task(session, application, ana, "Tell the press", owner=ana, due_on=CLOSES + timedelta(days=5)).id

    proposal = propose(db_session, begun)

    assert proposal.plan.shortfall is None
    days = {line.task.id: line.step.finish for line in proposal.lines if line.step.finish is not None}
    (submit,) = (line.step.start for line in proposal.lines if line.task.kind == WorkKind.SUBMIT)
    assert submit is not None
    assert days[added] <= submit
    assert later not in days


def test_a_day_set_by_hand_that_has_passed_binds_nobody(db_session: Session, begun: int, ana: int) -> None:
    with transaction() as session:
        application = applications.one(session, "kenora", begun)
        a_task(session, application, ana, "Call them", owner=ana, due_on=TODAY - timedelta(days=1), minutes=30)

    assert propose(db_session, begun).plan.shortfall is None


def test_what_cannot_be_done_in_time_says_why_and_is_not_accepted(db_session: Session, ana: int) -> None:
    with transaction() as session:
        number = an_application(session, ana, closes=date(2026, 11, 27)).id

    proposal = propose(db_session, number)

    assert proposal.plan.shortfall is not None
    assert proposal.plan.shortfall.reasons
    assert not proposal.can_be_accepted
    with pytest.raises(OutdatedError):
        accept(number, proposal.stamp, ana)


def test_other_hours_and_no_council_are_tried_without_being_kept(db_session: Session, begun: int, ana: int) -> None:
    as_it_is = propose(db_session, begun)
    with_less = propose(db_session, begun, WhatIf({ana: 120}))
    without = propose(db_session, begun, WhatIf(without_council=True))

    assert [worker.weekly for worker in with_less.workers] == [120]
    assert with_less.stamp != as_it_is.stamp
    assert {line.task.kind for line in without.lines} & {"council"} == set()
    assert propose(db_session, begun).stamp == as_it_is.stamp


def test_what_another_application_takes_is_not_free(db_session: Session, begun: int, ana: int) -> None:
    alone = propose(db_session, begun)
    with transaction() as session:
        other = an_application(session, ana, closes=date(2027, 3, 30))
        busy = a_task(session, other, ana, "Busy", owner=ana, due_on=date(2027, 1, 28), minutes=600)
        busy.starts_on = date(2027, 1, 18)

    beside = propose(db_session, begun)

    assert beside.plan.shortfall is None
    begins = {each: min(line.step.start for line in each.lines if line.step.start) for each in (alone, beside)}
    assert begins[beside] < begins[alone]


@pytest.mark.parametrize(
    ("state", "target", "why"),
    [("submitted", date(2027, 1, 8), backplans.SUBMITTED), ("drafting", None, backplans.UNDATED)],
)
def test_without_anything_to_plan_it_says_why(
    db_session: Session, ana: int, state: str, target: date | None, why: str
) -> None:
    with transaction() as session:
        row = an_application(session, ana, closes=None)
        row.state, row.target_on = state, target
        number = row.id

    with pytest.raises(NoPlanError) as fault:
        propose(db_session, number)

    assert fault.value.why == why


def test_a_day_of_one_s_own_serves_where_there_is_no_closing(db_session: Session, ana: int) -> None:
    with transaction() as session:
        row = an_application(session, ana, closes=None)
        row.target_on = date(2027, 2, 12)
        number = row.id

    assert propose(db_session, number).plan.submit_by == date(2027, 2, 11)


def test_another_community_s_application_does_not_exist(db_session: Session, begun: int) -> None:
    with pytest.raises(NotFoundError):
        backplans.propose(db_session, the_community(db_session, "guelph"), begun, NOW)
