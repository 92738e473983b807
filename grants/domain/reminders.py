"""When a person is told about a deadline: which reminders, at which instants, and what a letter says about them.

A reminder is planned from what is due, the lead times a reader chose and the reader's clock. Days are counted on
calendar days, instants are UTC: 08:30 in the morning stays 08:30 on both sides of a clock change. Nothing here reads a
clock: the moment is an argument.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from grants.domain.applicants import holds
from grants.domain.catalogue import Level
from grants.domain.deadlines import DATE_ONLY_ALARM, Deadline, DeadlineKind, Intake, SeenStatus, Stage
from grants.domain.workdays import workdays_before
from grants.domain.zones import zone as zone_of

LEADS = (60, 30, 14, 7, 3, 1, 0)
"""Days before a deadline at which people are told unless they choose otherwise; 0 is the morning of the day."""
FURTHEST_LEAD = 180
MORNING = time(8, 30)
POST_DAYS = 3
"""Business days that a letter is given to be stamped in time."""
OPENING = "opening"
TASK = "task"
"""The one stage of a task."""
TASK_LEAD = 14
"""A task is not told of more days before than this, unless its person chose so for this one."""
REPORT_LEADS = (7, 0)
"""A report to a funder is told of on these days, however few a person chose."""
SINGLY = 3
"""Reminders of at most so many days before come when they come, also to who wants them gathered once a week."""
WEEK = 7


class Kind(StrEnum):
    """Why a reminder exists."""

    LEAD = "lead"
    """A chosen number of days before the deadline."""
    JOINED = "joined"
    """Somebody began to track when some of the chosen days had passed: one summary instead of late reminders."""
    OPENS = "opens"
    """A tracked intake opens."""
    CHANGED = "changed"
    """A date was moved, added or withdrawn."""
    ASSIGNED = "assigned"
    """Somebody else gave the person a task."""
    ROUND = "round"
    """A new round was added to a stream of which the person tracks an earlier one."""
    AGAIN = "again"
    """A quiet time that the person chose for one deadline ends."""


NEWS = frozenset({Kind.OPENS, Kind.CHANGED, Kind.ASSIGNED, Kind.ROUND})
"""What is told at once, whatever a person chose; the rest calls to mind what is known."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom the reminders are for.

    ``zone`` is the clock they read, ``applicant_zone`` the clock of their community, by which applicant-local times and
    postmarks are meant; ``classes`` are their community's applicant classes (empty: not known). On ``quiet_days``
    (weekdays, 0: Monday) nothing is called to mind; ``weekly``: what is further than three days off comes on Mondays.
    """

    zone: str
    applicant_zone: str
    leads: tuple[int, ...] = LEADS
    classes: frozenset[str] = frozenset()
    quiet_days: frozenset[int] = frozenset()
    weekly: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person chose for one deadline.

    ``leads`` take the place of their own; until ``quiet_until`` nothing is called to mind, then once, that morning;
    ``acknowledged``: they have taken note of the date and want no more reminders of it. News comes all the same.
    """

    leads: tuple[int, ...] | None = None
    quiet_until: date | None = None
    acknowledged: bool = False


NO_CHOICE = Choice()


@dataclass(frozen=True, slots=True)
class Duty:
    """One dated thing to be done by, as one reader must see it.

    ``stage`` tells the duties of an intake apart; ``day`` is the calendar day that lead times count back from,
    ``anchor`` the instant that reminders work towards and never pass, ``closes`` the last moment that counts. For a
    postmark the first two lie before the date the funder states. ``longest`` bounds the lead times a person chose in
    general, ``always`` are those that no choice in general takes away. ``met``: an application settled it
    (``domain.settled``), so that nothing calls it to mind.
    """

    stage: str
    deadline: Deadline
    day: date
    anchor: datetime
    closes: datetime
    invited: bool = False
    longest: int = FURTHEST_LEAD
    always: tuple[int, ...] = ()
    met: bool = False

    @property
    def opens(self) -> bool:
        """Whether something begins at this moment instead of ending."""
        return self.stage == OPENING


@dataclass(frozen=True, slots=True)
class Planned:
    """One reminder: for which duty, why, how many days before, and from which instant on it is due.

    ``earliest`` is the instant to which quiet days and gathering move it; ``due`` is later where that has passed.
    """

    stage: str
    kind: Kind
    lead: int
    due: datetime
    earliest: datetime


@dataclass(frozen=True, slots=True)
class Moment:
    """When a lead time is told: at ``own``, or ``early`` where quiet days or gathering move it, never later."""

    lead: int
    early: datetime
    own: datetime


def duties(intake: Intake, recipient: Recipient, level: Level) -> tuple[Duty, ...]:
    """List what is due in an intake, for one reader, in the order of the stages.

    Only dates that a funder states become duties: never a rolling intake, an event or an estimate. A discontinued
    intake has none. Where a stage is written for some applicant classes only, others do not see it.

    Args:
        intake: as last known.
        recipient: whose clocks and classes count.
        level: who stands behind the money, for the holidays that postmarks avoid.
    """
    if intake.seen is SeenStatus.DISCONTINUED:
        return ()
    found = []
    if intake.opens is not None:
        begins = intake.opens.start(recipient.applicant_zone)
        if begins is not None and intake.opens.date is not None:
            found.append(Duty(OPENING, intake.opens, intake.opens.date, begins, begins))
    for key, stage in stages(intake).items():
        if stage.classes and recipient.classes and not holds(stage.classes, recipient.classes):
            continue
        anchor, closes = stage.closes.alarm(recipient.applicant_zone), stage.closes.instant(recipient.applicant_zone)
        day = stage.closes.date
        if anchor is None or closes is None or day is None:
            continue
        if stage.closes.kind is DeadlineKind.POSTMARKED:
            day = workdays_before(day, POST_DAYS, level)
            anchor = _instant(day, DATE_ONLY_ALARM, recipient.applicant_zone)
        found.append(Duty(key, stage.closes, day, anchor, closes, invited=stage.invited))
    return tuple(found)


def stages(intake: Intake) -> Mapping[str, Stage]:
    """Give each stage of an intake under a name of its own: the second of a kind is numbered."""
    named: dict[str, Stage] = {}
    for stage in intake.stages:
        count = sum(each.name is stage.name for each in named.values())
        named[f"{stage.name}-{count + 1}" if count else stage.name.value] = stage
    return named


def task_duty(day: date, zone: str, *, report: bool) -> Duty:
    """Give what is due of a task: a date without a time, by the clock of its community.

    Args:
        day: until when it is to be done.
        zone: the IANA zone of the community.
        report: whether it is a report to a funder.
    """
    deadline = Deadline(DeadlineKind.DATE_ONLY, day, zone=zone)
    anchor, closes = deadline.alarm(zone), deadline.instant(zone)
    if anchor is None or closes is None:  # a date is stated, so both are known
        raise ValueError(f"{deadline} has no moment")
    return Duty(TASK, deadline, day, anchor, closes, longest=TASK_LEAD, always=REPORT_LEADS if report else ())


def plan(dues: Iterable[Duty], recipient: Recipient, now: datetime, choice: Choice = NO_CHOICE) -> tuple[Planned, ...]:
    """Plan the reminders that still lie ahead.

    A lead of n days falls on 08:30 of the reader's clock, n calendar days before the day of the duty; 0 is that
    morning. Quiet days and gathering move it to an earlier morning; where that has passed it stays where it was. None
    is planned for a moment that has come, for the anchor or later, or for what is met. Something that opens is told
    once: that morning, or when it opens if that is later.

    Returns: Soonest first; ties by stage.
    """
    found = []
    for duty in dues:
        if duty.met:
            continue
        if duty.opens:
            due = max(_instant(duty.day, MORNING, recipient.zone), duty.anchor)
            if due > now:
                found.append(Planned(duty.stage, Kind.OPENS, 0, due, due))
        elif not choice.acknowledged:
            found += _calls(duty, recipient, now, choice)
    return tuple(sorted(found, key=lambda each: (each.due, each.stage)))


def _calls(duty: Duty, recipient: Recipient, now: datetime, choice: Choice) -> list[Planned]:
    """Plan what calls one duty to mind."""
    found = []
    woken = wakes(duty, recipient, choice)
    if woken is not None and now < woken < duty.anchor:
        days = (duty.day - woken.astimezone(zone_of(recipient.zone)).date()).days
        found.append(Planned(duty.stage, Kind.AGAIN, days, woken, woken))
    for each in moments(duty, recipient, choice):
        free = [at for at in (each.early, each.own) if at > now and (woken is None or at >= woken)]
        if free and free[0] < duty.anchor:
            found.append(Planned(duty.stage, Kind.LEAD, each.lead, free[0], each.early))
    return found


def wakes(duty: Duty, recipient: Recipient, choice: Choice) -> datetime | None:
    """Give when the quiet time that was chosen for a deadline ends; a date that came nearer ends it sooner."""
    if choice.quiet_until is None:
        return None
    return _instant(min(choice.quiet_until, last_quiet_day(duty, recipient)), MORNING, recipient.zone)


def last_quiet_day(duty: Duty, recipient: Recipient) -> date:
    """Give the last day on whose morning there is still time: the day of the duty, or the one before."""
    in_time = _instant(duty.day, MORNING, recipient.zone) < duty.anchor
    return duty.day if in_time else duty.day - timedelta(days=1)


def leads_of(duty: Duty, recipient: Recipient, choice: Choice = NO_CHOICE) -> tuple[int, ...]:
    """Give the lead times that count for a duty, furthest first."""
    chosen = choice.leads
    if chosen is None:
        chosen = tuple(lead for lead in recipient.leads if lead <= duty.longest)
    return tuple(sorted({lead for lead in (*chosen, *duty.always) if 0 <= lead <= FURTHEST_LEAD}, reverse=True))


def moments(duty: Duty, recipient: Recipient, choice: Choice = NO_CHOICE) -> tuple[Moment, ...]:
    """Give the instants of each lead time before a duty, furthest first."""
    earliest = date.min + timedelta(days=FURTHEST_LEAD + 2 * WEEK)
    if duty.day < earliest:
        return ()
    found = []
    for lead in leads_of(duty, recipient, choice):
        day = duty.day - timedelta(days=lead)
        early = _instant(_gathered(day, lead, recipient), MORNING, recipient.zone)
        found.append(Moment(lead, early, _instant(day, MORNING, recipient.zone)))
    return tuple(found)


def _gathered(day: date, lead: int, recipient: Recipient) -> date:
    """Move the day of a lead to the one on which it is told; where every weekday is quiet, none is."""
    if recipient.weekly and lead > SINGLY:
        day -= timedelta(days=day.weekday())
    nearest = (day - timedelta(days=back) for back in range(WEEK))
    return next((each for each in nearest if each.weekday() not in recipient.quiet_days), day)


def joined_late(dues: Iterable[Duty], recipient: Recipient, now: datetime) -> tuple[str, ...]:
    """Name the stages that are still ahead though some of their reminders would have been sent already."""
    return tuple(
        duty.stage
        for duty in dues
        if not duty.opens
        and not duty.met
        and now < duty.closes
        and any(each.own <= now for each in moments(duty, recipient))
    )


@dataclass(frozen=True, slots=True)
class Change:
    """A date that is no longer what a reader was told: ``None`` before where it is new, after where it is gone."""

    stage: str
    before: Deadline | None
    after: Deadline | None


def changes(told: Mapping[str, Deadline], dues: Sequence[Duty]) -> tuple[Change, ...]:
    """Compare the dates that a reader knows of with those that hold; other words for the same moment are no change."""
    now = {duty.stage: duty.deadline for duty in dues}
    return tuple(
        Change(stage, told.get(stage), now.get(stage))
        for stage in dict.fromkeys((*told, *now))
        if _moment_stated(told.get(stage)) != _moment_stated(now.get(stage))
    )


def _moment_stated(deadline: Deadline | None) -> tuple[object, ...] | None:
    if deadline is None:
        return None
    return (deadline.kind, deadline.date, deadline.time, deadline.zone)


def days_left(duty: Duty, recipient: Recipient, now: datetime) -> int:
    """Count the calendar days from the reader's today to the day of a duty; 0 on the day and until it has passed."""
    return max(0, (duty.day - now.astimezone(zone_of(recipient.zone)).date()).days)


def _instant(day: date, at: time, zone: str) -> datetime:
    return datetime.combine(day, at, tzinfo=zone_of(zone)).astimezone(UTC)
