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
from functools import cache

import holidays

from grants.domain.applicants import holds
from grants.domain.catalogue import Level
from grants.domain.deadlines import DATE_ONLY_ALARM, Deadline, DeadlineKind, Intake, SeenStatus, Stage
from grants.domain.zones import zone as zone_of

LEADS = (60, 30, 14, 7, 3, 1, 0)
"""Days before a deadline at which people are told unless they choose otherwise; 0 is the morning of the day."""
FURTHEST_LEAD = 180
MORNING = time(8, 30)
POST_DAYS = 3
"""Business days that a letter is given to be stamped in time."""
OPENING = "opening"


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


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom the reminders are for.

    ``zone`` is the clock they read, ``applicant_zone`` the clock of their community, by which applicant-local times and
    postmarks are meant; ``classes`` are their community's applicant classes (empty: not known).
    """

    zone: str
    applicant_zone: str
    leads: tuple[int, ...] = LEADS
    classes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Duty:
    """One dated thing to be done by, as one reader must see it.

    ``stage`` tells the duties of an intake apart; ``day`` is the calendar day that lead times count back from,
    ``anchor`` the instant that reminders work towards and never pass, ``closes`` the last moment that counts. For a
    postmark the first two lie before the date the funder states.
    """

    stage: str
    deadline: Deadline
    day: date
    anchor: datetime
    closes: datetime
    invited: bool = False

    @property
    def opens(self) -> bool:
        """Whether something begins at this moment instead of ending."""
        return self.stage == OPENING


@dataclass(frozen=True, slots=True)
class Planned:
    """One reminder: for which duty, why, how many days before, and from which instant on it is due."""

    stage: str
    kind: Kind
    lead: int
    due: datetime


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
            day = business_days_before(day, POST_DAYS, level)
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


def plan(dues: Iterable[Duty], recipient: Recipient, now: datetime) -> tuple[Planned, ...]:
    """Plan the reminders that still lie ahead.

    A lead of n days falls on 08:30 of the reader's clock, n calendar days before the day of the duty; 0 is that
    morning. None is planned for a moment that has come, or for the anchor or later. Something that opens is told once:
    that morning, or when it opens if that is later.

    Returns: Soonest first; ties by stage.
    """
    found = []
    for duty in dues:
        if duty.opens:
            due = max(_instant(duty.day, MORNING, recipient.zone), duty.anchor)
            if due > now:
                found.append(Planned(duty.stage, Kind.OPENS, 0, due))
            continue
        found += [
            Planned(duty.stage, Kind.LEAD, lead, due)
            for lead, due in moments(duty, recipient)
            if now < due < duty.anchor
        ]
    return tuple(sorted(found, key=lambda each: (each.due, each.stage)))


def moments(duty: Duty, recipient: Recipient) -> tuple[tuple[int, datetime], ...]:
    """Give the instant of each chosen lead time before a duty, furthest first."""
    leads = sorted({lead for lead in recipient.leads if 0 <= lead <= FURTHEST_LEAD}, reverse=True)
    earliest = date.min + timedelta(days=FURTHEST_LEAD + 1)
    if duty.day < earliest:
        return ()
    return tuple((lead, _instant(duty.day - timedelta(days=lead), MORNING, recipient.zone)) for lead in leads)


def joined_late(dues: Iterable[Duty], recipient: Recipient, now: datetime) -> tuple[str, ...]:
    """Name the stages that are still ahead though some of their reminders would have been sent already."""
    return tuple(
        duty.stage
        for duty in dues
        if not duty.opens and now < duty.closes and any(due <= now for _, due in moments(duty, recipient))
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


def business_days_before(day: date, count: int, level: Level) -> date:
    """Go back ``count`` business days: federal holidays for federal money, Ontario's for all other."""
    closed = _closed_days(day.year, federal=level is Level.FEDERAL)
    while count:
        day -= timedelta(days=1)
        if day.weekday() < 5 and day not in closed:  # noqa: PLR2004 - Saturday
            count -= 1
    return day


@cache
def _closed_days(year: int, *, federal: bool) -> frozenset[date]:
    years = (year - 1, year)
    if federal:
        return frozenset(holidays.country_holidays("CA", categories=("public", "government"), years=years))
    return frozenset(holidays.country_holidays("CA", subdiv="ON", years=years))


def _instant(day: date, at: time, zone: str) -> datetime:
    return datetime.combine(day, at, tzinfo=zone_of(zone)).astimezone(UTC)
