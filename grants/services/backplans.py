"""The plan of an application, back from its closing date: proposed, tried out with other hours, and accepted."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from hashlib import sha256

from sqlalchemy.orm import Session

from grants.domain.applications import State, is_before_submission
from grants.domain.backplan import DEFAULT_WEEKLY, Backplan, CircularError, Meeting, Person, Step, Task, plan_back
from grants.domain.bilingual import Bilingual
from grants.domain.communities import Community
from grants.domain.meetings import DECIDING, Body
from grants.domain.workdays import AT_HOME, is_workday, workdays_before
from grants.domain.works import WorkKind
from grants.services import agenda, events, reminders
from grants.services.agenda import Closing, Kept
from grants.services.catalogue import NotFoundError
from grants.services.conflicts import Hand
from grants.services.events import What
from grants.store.applications import ApplicationRow, TaskRow
from grants.store.workspaces import MeetingRow

__all__ = ["CircularError", "OutdatedError", "Proposal", "WhatIf", "accept", "plan_of", "propose"]

COUNCIL_REPORT = "council-report"
"""The step of the template that exists only for council's sake."""
DAILY = 120
"""Minutes of one task that fall on a day where nobody said when it begins."""
MOST_WEEKLY = 80 * 60
"""Minutes a week beyond which nobody works."""


class OutdatedError(Exception):
    """Something that the plan was made from has changed since it was shown; nothing was saved."""


class NoPlanError(Exception):
    """There is nothing to plan; ``why`` says the reason."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


SUBMITTED, UNDATED, DONE = "submitted", "undated", "done"


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What is tried out: weekly minutes of people by number, and whether council is left out."""

    weekly: Mapping[int, int] = field(default_factory=dict)
    without_council: bool = False

    def __bool__(self) -> bool:
        """Whether anything is tried out."""
        return bool(self.weekly) or self.without_council


AS_IT_IS = WhatIf()


@dataclass(frozen=True, slots=True)
class Line:
    """A task with the dates proposed for it; ``changed`` tells whether they differ from those it has."""

    task: TaskRow
    title: Bilingual
    who: str
    step: Step
    meeting: MeetingRow | None
    changed: bool


@dataclass(frozen=True, slots=True)
class Worker:
    """Somebody who has a part in the plan; ``weekly`` minutes are reckoned with, ``stated`` is what they said."""

    id: int
    name: str
    weekly: int
    stated: int | None


@dataclass(frozen=True, slots=True)
class Proposal:
    """A plan as it is shown: what it was made for and from, a line a task that is not done, and its ``stamp``.

    The stamp is the same as long as accepting would do what was shown.
    """

    application: ApplicationRow
    closing: Closing
    plan: Backplan
    lines: tuple[Line, ...]
    workers: tuple[Worker, ...]
    meetings: tuple[MeetingRow, ...]
    stamp: str

    @property
    def can_be_accepted(self) -> bool:
        """Whether every date lies in time and at least one differs from what the tasks have."""
        return self.plan.shortfall is None and any(line.changed for line in self.lines)


def propose(session: Session, community: Community, number: int, now: datetime, tried: WhatIf = AS_IT_IS) -> Proposal:
    """Propose dates for the tasks of an application.

    Raises:
        NotFoundError: the community has no such application.
        NoPlanError: it is submitted, has no closing date, or nothing is left to be done.
        CircularError: its tasks wait for each other.

    Cost: seven queries; the plan itself takes some milliseconds.
    """
    return plan_of(agenda.gather(session, community, now), number, tried)


def plan_of(kept: Kept, number: int, tried: WhatIf = AS_IT_IS, load: Load | None = None) -> Proposal:
    """Propose dates from what was read already; faults as :func:`propose`.

    Args:
        kept: what was read.
        number: of which application.
        tried: what is tried out.
        load: what all applications take of people, for who plans several; ``None``: it is added up here.
    """
    application = kept.applications.get(number)
    if application is None:
        raise NotFoundError(f"There is no application {number} of {kept.community.key!r}.")
    if not is_before_submission(State(application.state)):
        raise NoPlanError(SUBMITTED)
    closing = kept.closing_of(application)
    if closing is None:
        raise NoPlanError(UNDATED)
    rows = {_key(row): row for row in kept.tasks_of(number) if _belongs_before(closing.day, row)}
    added = tuple(key for key, row in rows.items() if not row.key and row.kind != WorkKind.SUBMIT)
    tasks = [_task(row, kept.today, added) for row in rows.values()]
    if tried.without_council:
        tasks = [_skipped(each) for each in tasks]
    if all(each.done for each in tasks):
        raise NoPlanError(DONE)
    people = _people(kept, (load or load_of(kept)).of_others(number), tried)
    meetings = [
        row for row in kept.meetings if row.removed_at is None and row.on >= kept.today and Body(row.body) in DECIDING
    ]
    plan = _planned(kept, closing, tasks, people, meetings)
    lines = tuple(_line(kept, rows[step.key], step, meetings) for step in plan.steps)
    owners = {row.owner for row in rows.values() if row.owner is not None and row.done_at is None}
    stated = {member.id: member.weekly_minutes for member in kept.members}
    workers = [
        Worker(each, people[each].name, _weekly(people[each]), stated.get(each)) for each in owners if each in people
    ]
    return Proposal(
        application,
        closing,
        plan,
        lines,
        tuple(sorted(workers, key=lambda worker: (worker.name.casefold(), worker.id))),
        tuple(meetings),
        _stamp(closing, lines),
    )


def accept(session: Session, community: Community, number: int, stamp: str, hand: Hand) -> int:
    """Give the tasks the proposed dates, but those whose date was set by hand. Gives how many tasks changed.

    Raises:
        NotFoundError: the community has no such application.
        NoPlanError: there is nothing to plan any more.
        OutdatedError: what would be saved is not what was shown, or it cannot be done in time.
        CircularError: its tasks wait for each other.
    """
    proposal = propose(session, community, number, hand.at)
    if proposal.stamp != stamp or proposal.plan.shortfall is not None:
        raise OutdatedError
    changed = [line for line in proposal.lines if line.changed]
    for line in changed:
        task = line.task
        task.starts_on, task.due_on = line.step.start, line.step.finish
        task.meeting = line.meeting.id if line.meeting is not None else None
        task.version += 1
        task.modified_at = hand.at
    if changed:
        count = len(changed)
        events.record(session, community.key, What.PLANNED, hand.person, hand.at, application=number, tasks=count)
    session.flush()
    for line in changed:
        reminders.task_changed(session, line.task, hand.at, by=hand.person)
    session.flush()
    return len(changed)


def _planned(
    kept: Kept,
    closing: Closing,
    tasks: Sequence[Task],
    people: Mapping[int, Person],
    meetings: Iterable[MeetingRow],
) -> Backplan:
    """Plan in the order of the list or, where days were set by hand, in the order of days.

    Everybody does their work in order, so a call that somebody set for tomorrow must not wait for what stands before it
    in the list. Those without a day are ordered by the day they would have if none had been set by hand.
    """
    ahead = [Meeting(row.on, row.papers_days) for row in meetings]

    def plan(those: Iterable[Task]) -> Backplan:
        where = kept.community.kind
        return plan_back(kept.today, closing.day, closing.level, list(those), people=people, meetings=ahead, kind=where)

    if all(task.fixed is None for task in tasks):
        return plan(tasks)
    freely = {step.key: step.finish for step in plan(replace(task, fixed=None) for task in tasks).steps}
    by_day = plan(sorted(tasks, key=lambda task: task.fixed or freely.get(task.key) or date.max))
    if by_day.shortfall is None:
        return by_day
    as_listed = plan(tasks)
    return as_listed if as_listed.shortfall is None else by_day


def _key(row: TaskRow) -> str:
    """Give the key that other tasks know a task by; one that people added is known to none."""
    return row.key or f"added-{row.id}"


def _belongs_before(closing: date, row: TaskRow) -> bool:
    """Tell whether a task has a place in the plan: no report, and nothing that somebody set for after the closing."""
    set_for_later = row.by_hand and row.due_on is not None and row.due_on > closing
    return row.kind != WorkKind.REPORT and not set_for_later


def _task(row: TaskRow, today: date, added: tuple[str, ...]) -> Task:
    """Give a task to plan; whatever people added is done before the application is submitted."""
    return Task(
        key=_key(row),
        kind=WorkKind(row.kind),
        title=row.wording,
        owner=row.owner,
        minutes=row.minutes,
        waits=row.waits,
        after=(*row.after, *added) if row.kind == WorkKind.SUBMIT else tuple(row.after),
        done=row.done_at is not None,
        # A day that has passed binds nobody any more: it is overdue, and what is left is planned from today.
        fixed=row.due_on if row.by_hand and row.due_on is not None and row.due_on >= today else None,
    )


def _skipped(task: Task) -> Task:
    only_for_council = task.kind is WorkKind.COUNCIL or task.key == COUNCIL_REPORT
    return replace(task, done=True) if only_for_council else task


def _people(kept: Kept, taken: Mapping[int, Mapping[date, int]], tried: WhatIf) -> dict[int, Person]:
    """Gather who works, with the hours they said or that are tried, and what other applications take of them."""
    said = {member.id: (member.name, member.weekly_minutes) for member in kept.members}
    everybody = {number: said.get(number, (name, None)) for number, name in {**kept.names, **_named(said)}.items()}
    return {
        number: Person(name, tried.weekly.get(number, weekly), taken.get(number, {}))
        for number, (name, weekly) in everybody.items()
    }


def _named(said: Mapping[int, tuple[str, int | None]]) -> dict[int, str]:
    return {number: name for number, (name, _) in said.items()}


@dataclass(frozen=True, slots=True)
class Load:
    """Minutes that open tasks take of people: by person and day, and the share that each application has in it."""

    total: Mapping[int, Mapping[date, int]]
    shares: Mapping[int, Mapping[int, Mapping[date, int]]]

    def of_others(self, application: int) -> dict[int, dict[date, int]]:
        """Give what all applications but one take, by person and day."""
        own = self.shares.get(application, {})
        left = {
            person: {day: minutes - own.get(person, {}).get(day, 0) for day, minutes in days.items()}
            for person, days in self.total.items()
        }
        return {person: {day: minutes for day, minutes in days.items() if minutes} for person, days in left.items()}


def load_of(kept: Kept) -> Load:
    """Add up what the open tasks of a community take of people: once, for the plans of all its applications."""
    total: dict[int, Counter[date]] = defaultdict(Counter)
    shares: dict[int, dict[int, Counter[date]]] = defaultdict(lambda: defaultdict(Counter))
    today = kept.today
    for row in kept.tasks:
        if row.application not in kept.applications or not kept.is_open(row):
            continue
        if row.owner is None or row.due_on is None:
            continue
        for day, minutes in _spread(row.minutes, row.starts_on, row.due_on, today):
            total[row.owner][day] += minutes
            shares[row.application][row.owner][day] += minutes
    return Load(total, shares)


def _spread(minutes: int, first: date | None, last: date, today: date) -> Iterator[tuple[date, int]]:
    """Spread effort evenly over the business days that are left of its time; what is overdue falls on today.

    Where nobody said when it begins, it takes a day for every ``DAILY`` minutes.
    """
    if last < today:
        if minutes:
            yield today, minutes
        return
    begins = first or workdays_before(last, max(0, -(-minutes // DAILY) - 1), AT_HOME)
    start = min(max(begins, today), last)
    span = [start + timedelta(days=each) for each in range((last - start).days + 1)]
    days = [day for day in span if is_workday(day, AT_HOME)] or [last]
    each, rest = divmod(minutes, len(days))
    for place, day in enumerate(days):
        share = each + (place < rest)
        if share:
            yield day, share


def _line(kept: Kept, row: TaskRow, step: Step, meetings: Iterable[MeetingRow]) -> Line:
    meeting = None
    if step.meeting is not None:
        known = (each for each in meetings if (each.on, each.papers_days) == (step.meeting.day, step.meeting.papers))
        meeting = next(known, None)
    proposed = (step.start, step.finish, meeting.id if meeting is not None else None)
    differs = proposed != (row.starts_on, row.due_on, row.meeting)
    return Line(
        task=row,
        title=row.wording,
        who=kept.names.get(row.owner, "") if row.owner is not None else "",
        step=step,
        meeting=meeting,
        changed=differs and not row.by_hand and step.finish is not None,
    )


def _weekly(person: Person) -> int:
    return DEFAULT_WEEKLY if person.weekly is None else person.weekly


def _stamp(closing: Closing, lines: Iterable[Line]) -> str:
    """Digest what accepting would save, and the versions it was made from."""
    made = [
        (line.task.id, line.task.version, str(line.step.start), str(line.step.finish), line.meeting and line.meeting.id)
        for line in lines
    ]
    return sha256(json.dumps([str(closing.closes), made]).encode()).hexdigest()[:32]
