"""Everything of a community that has a day, gathered once for its page, its plans, its calendar feed and its sheets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

import structlog
from sqlalchemy.orm import Session

from grants.domain.agenda import Due, DueKind, in_order, of_person
from grants.domain.applications import State, is_before_submission
from grants.domain.bilingual import Bilingual
from grants.domain.catalogue import Level
from grants.domain.communities import Community
from grants.domain.deadlines import LAST_MOMENT, Deadline, StageName
from grants.domain.meetings import BODY_WORDS, PAPERS_WORDS, Body
from grants.domain.phrases import NBSP, day, stage_words
from grants.domain.reminders import Duty, Recipient, duties, stages
from grants.domain.settled import Applied, Standing, work_is_over
from grants.domain.workdays import AT_HOME, workday_at_latest, workdays_before
from grants.domain.works import WorkKind
from grants.domain.zones import zone
from grants.store import tenants, tracking, workspaces
from grants.store.applications import ApplicationRow, TaskRow, titles
from grants.store.tracking import UNREADABLE, NamedIntake
from grants.store.workspaces import MeetingRow, Member

log = structlog.get_logger(__name__)

GIVEN_UP = frozenset({State.NO_GO, State.WITHDRAWN})
_OPENING = Bilingual("Opening", "Ouverture")
_OWN_DAY = Bilingual("Your own target date", "Date que vous avez fixée")


@dataclass(frozen=True, slots=True)
class Closing:
    """The closing that an application works towards: the funder's next one, else the day the community set itself.

    ``day`` is the last day on which it can be handed in (for a postmark: posted); ``closes`` the last moment, UTC;
    ``deadline`` what the funder states, ``None`` for a day of one's own; ``met``: it was submitted for, or all is over.
    """

    day: date
    closes: datetime
    level: Level
    deadline: Deadline | None
    met: bool


@dataclass(frozen=True, slots=True)
class Kept:
    """What a community keeps that bears on days, read once; applications and tasks in their own order.

    ``todo`` are the tasks of each application that were not taken out; ``titles`` name the applications by number,
    ``names`` the people, ``standings`` say what each application settles. ``duties`` is what is due in each intake;
    ``unread`` are those whose record cannot be read.
    """

    community: Community
    applications: Mapping[int, ApplicationRow]
    tasks: Sequence[TaskRow]
    todo: Mapping[int, Sequence[TaskRow]]
    meetings: Sequence[MeetingRow]
    members: Sequence[Member]
    intakes: Mapping[str, NamedIntake]
    duties: Mapping[str, tuple[Duty, ...]]
    unread: frozenset[str]
    titles: Mapping[int, Bilingual]
    names: Mapping[int, str]
    standings: Mapping[int, Standing]
    now: datetime

    @property
    def today(self) -> date:
        """The community's calendar day."""
        return self.now.astimezone(zone(self.community.zone)).date()

    def tasks_of(self, application: int) -> list[TaskRow]:
        """Give the tasks of an application that were not taken out, in their order."""
        return list(self.todo.get(application, ()))

    def is_open(self, task: TaskRow) -> bool:
        """Tell whether a task is still to be done: nobody did it or took it out, and its application needs it."""
        return task.done_at is None and task.removed_at is None and not self.is_settled(task)

    def is_settled(self, task: TaskRow) -> bool:
        """Tell whether the application of a task needs it no more, done or not."""
        standing = self.standings.get(task.application)
        return standing is not None and work_is_over(WorkKind(task.kind), task.created_at, standing)

    def duties_of(self, application: ApplicationRow) -> tuple[Duty, ...]:
        """Give what is due in the intake of an application, what is met marked; nothing where none can be read."""
        found = self.duties.get(application.intake, ()) if application.intake is not None else ()
        return Applied((self.standings[application.id],), begun=True).settle(found)

    def closing_of(self, application: ApplicationRow) -> Closing | None:
        """Give the closing that an application works towards: the next that is ahead, else the last that has passed.

        Of those ahead, one that is met comes after those that are not.
        """
        named = self.intakes.get(application.intake) if application.intake is not None else None
        level = named.level if named is not None else AT_HOME
        found = sorted((each for each in self.duties_of(application) if not each.opens), key=lambda each: each.closes)
        ahead = [each for each in found if each.closes >= self.now]
        ahead = [each for each in ahead if not each.met] or ahead
        chosen = ahead[0] if ahead else found[-1] if found else None
        if chosen is not None:
            return Closing(chosen.day, chosen.closes, level, chosen.deadline, chosen.met)
        if application.target_on is None:
            return None
        closes = _end_of(application.target_on, self.community)
        return Closing(application.target_on, closes, level, None, not is_before_submission(State(application.state)))


def gather(session: Session, community: Community, now: datetime) -> Kept:
    """Read what a community keeps that bears on days. Cost: eight queries, whatever there is."""
    applications = tenants.all_of(session, ApplicationRow, community.key)
    tasks = tenants.all_of(session, TaskRow, community.key, TaskRow.application, TaskRow.place, TaskRow.id)
    owners = {row.owner for row in applications} | {row.owner for row in tasks}
    intakes, due, unread = _intakes(session, {row.intake for row in applications if row.intake is not None}, community)
    return Kept(
        community=community,
        applications={row.id: row for row in applications},
        tasks=tasks,
        todo=_by_application(row for row in tasks if row.removed_at is None),
        meetings=workspaces.meetings(session, community.key, removed=True),
        members=workspaces.members(session, community.key),
        titles=titles(session, applications),
        intakes=intakes,
        duties=due,
        unread=unread,
        names=workspaces.names(session, {owner for owner in owners if owner is not None}),
        standings=tracking.standings(session, {row.id: State(row.state) for row in applications}),
        now=now,
    )


def _by_application(tasks: Iterable[TaskRow]) -> dict[int, list[TaskRow]]:
    found: dict[int, list[TaskRow]] = defaultdict(list)
    for row in tasks:
        found[row.application].append(row)
    return found


def _intakes(
    session: Session, keys: Collection[str], community: Community
) -> tuple[dict[str, NamedIntake], dict[str, tuple[Duty, ...]], frozenset[str]]:
    """Read intakes and what is due in them; those that cannot be read are told to the log and hide no other."""
    recipient = Recipient(community.zone, community.zone, classes=community.classes)
    found, broken = tracking.readable_intakes(session, keys)
    faults = {each.intake: each.fault for each in broken}
    due = {}
    for key, named in found.items():
        try:
            due[key] = duties(named.intake, recipient, named.level)
        except UNREADABLE as fault:
            faults[key] = str(fault)
    for key, reason in faults.items():
        log.error("the intake of an application cannot be read", intake=key, reason=reason)
    return {key: found[key] for key in due}, due, frozenset(faults)


def agenda(
    session: Session, community: Community, person: int | None, now: datetime, *, cancelled: bool = False
) -> tuple[Due, ...]:
    """Give everything of a community that has a day, past and done things too, in the order of days.

    ``grants.domain.agenda.Due`` says what each is made of: ``kind`` (closing, task, council, papers, report, opening),
    ``title`` in both languages, ``day``, ``deadline`` and ``closes`` where there is a moment, ``owner`` and ``who``,
    ``application``, ``done``; ``uid``, ``sequence``, ``modified`` for calendars; ``headline`` is all of it in one line.

    Args:
        session: an open session.
        community: whose.
        person: only what concerns this person (``domain.agenda.of_person``); ``None``: everybody's.
        now: the moment, for what is over.
        cancelled: with what was taken out (removed tasks and meetings, applications that were given up), marked as
            cancelled, for calendars that must be told.

    Cost: eight queries, whatever there is.
    """
    found = dues(gather(session, community, now), cancelled=cancelled)
    return found if person is None else of_person(found, person)


def dues(kept: Kept, *, cancelled: bool = False) -> tuple[Due, ...]:
    """Give the same from what was read already, for everybody."""
    return in_order(due for due in _dues(kept) if cancelled or not due.cancelled)


def _dues(kept: Kept) -> Iterator[Due]:
    for application in kept.applications.values():
        yield from _of_application(kept, application)
    for task in kept.tasks:
        if task.due_on is not None and task.application in kept.applications:
            yield _of_task(kept, task, task.due_on)
    waiting: dict[int, list[TaskRow]] = {}
    for task in kept.tasks:
        if task.meeting is not None and kept.is_open(task):
            waiting.setdefault(task.meeting, []).append(task)
    for meeting in kept.meetings:
        yield from _of_meeting(kept, meeting, waiting.get(meeting.id, ()))


def _of_application(kept: Kept, row: ApplicationRow) -> Iterator[Due]:
    state = State(row.state)
    next_one = kept.closing_of(row)
    named = kept.intakes.get(row.intake) if row.intake is not None else None
    found = kept.duties_of(row)
    for duty in found:
        passed = duty.opens or (next_one is not None and duty.closes < next_one.closes)
        yield Due(
            uid=f"application-{row.uuid}-{duty.stage}",
            kind=DueKind.OPENING if duty.opens else DueKind.CLOSING,
            title=_OPENING if duty.opens or named is None else _stage_title(named, duty.stage),
            about=kept.titles[row.id],
            day=duty.day,
            deadline=duty.deadline,
            closes=duty.closes,
            owner=row.owner,
            who=_who(kept, row.owner),
            application=row.id,
            done=duty.met or (passed and duty.closes <= kept.now),
            sequence=row.version + (named.version if named is not None else 0),
            modified=row.modified_at,
            cancelled=state in GIVEN_UP,
        )
    if next_one is not None and next_one.deadline is None:
        yield Due(
            uid=f"application-{row.uuid}-own",
            kind=DueKind.CLOSING,
            title=_OWN_DAY,
            about=kept.titles[row.id],
            day=next_one.day,
            deadline=None,
            closes=next_one.closes,
            owner=row.owner,
            who=_who(kept, row.owner),
            application=row.id,
            done=next_one.met,
            sequence=row.version,
            modified=row.modified_at,
            cancelled=state in GIVEN_UP,
        )


def _of_task(kept: Kept, row: TaskRow, on: date) -> Due:
    application = kept.applications[row.application]
    return Due(
        uid=f"task-{row.uuid}",
        kind=DueKind.REPORT if row.kind == WorkKind.REPORT else DueKind.TASK,
        title=row.wording,
        about=kept.titles[application.id],
        day=on,
        deadline=None,
        closes=None,
        owner=row.owner,
        who=_who(kept, row.owner),
        application=row.application,
        done=row.done_at is not None or kept.is_settled(row),
        sequence=row.version,
        modified=row.modified_at,
        task=row.id,
        settled=row.done_at is None and kept.is_settled(row),
        cancelled=row.removed_at is not None or State(application.state) in GIVEN_UP,
    )


def _of_meeting(kept: Kept, row: MeetingRow, waiting: Sequence[TaskRow]) -> Iterator[Due]:
    body = Body(row.body)
    note = f"{NBSP}({row.note})" if row.note else ""
    title = Bilingual(f"{BODY_WORDS[body].en}{note}", f"{BODY_WORDS[body].fr}{note}")
    meets = Due(
        uid=f"meeting-{row.uuid}",
        kind=DueKind.COUNCIL,
        title=title,
        about=None,
        day=row.on,
        deadline=None,
        closes=None,
        owner=None,
        who="",
        application=None,
        done=row.on < kept.today,
        sequence=row.version,
        modified=row.modified_at,
        cancelled=row.removed_at is not None,
        awaited=bool(waiting),
        awaited_by=frozenset(task.owner for task in waiting if task.owner is not None),
    )
    yield meets
    papers_on = papers_due(row)
    if papers_on is not None:
        of = Bilingual(
            f"{PAPERS_WORDS[body].en} of {day(row.on, 'en', weekday=False, year=False)}",
            f"{PAPERS_WORDS[body].fr}, {day(row.on, 'fr', weekday=False, year=False)}",
        )
        yield replace(
            meets,
            uid=f"papers-{row.uuid}",
            kind=DueKind.PAPERS,
            title=of,
            day=papers_on,
            done=papers_on < kept.today,
        )


def papers_due(row: MeetingRow) -> date | None:
    """Give the last business day on which papers for a meeting are taken; ``None`` where they may be brought along."""
    if not row.papers_days:
        return None
    return workday_at_latest(workdays_before(row.on, row.papers_days, AT_HOME), AT_HOME)


def _stage_title(named: NamedIntake, stage: str) -> Bilingual:
    known = stages(named.intake).get(stage)
    name = known.name if known is not None else StageName.APPLICATION
    words = Bilingual(stage_words(name, "en"), stage_words(name, "fr"))
    return Bilingual(words.en[:1].upper() + words.en[1:], words.fr[:1].upper() + words.fr[1:])


def _who(kept: Kept, owner: int | None) -> str:
    return kept.names.get(owner, "") if owner is not None else ""


def _end_of(on: date, community: Community) -> datetime:
    return datetime.combine(on, LAST_MOMENT, tzinfo=zone(community.zone)).astimezone(zone("UTC"))
