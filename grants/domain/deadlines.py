"""When an intake opens and closes: one deadline type, its instants, and the status derived from them and a clock.

Wall time, IANA zone and the source's own words are kept; instants are computed when asked, so new time zone rules
apply at once. Nothing here reads a clock: the moment is an argument.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from datetime import date as Date  # noqa: N812 - the fields of a deadline are called date and time
from datetime import time as Time  # noqa: N812 - as above
from enum import StrEnum

from grants.domain.applicants import holds
from grants.domain.bilingual import Bilingual
from grants.domain.zones import zone as zone_of

LAST_MOMENT = Time(23, 59, 59)
DATE_ONLY_ALARM = Time(17, 0)
CLOSING_SOON = timedelta(days=14)
STALE_AFTER = timedelta(days=90)


class DeadlineKind(StrEnum):
    """How the funder states when something is due."""

    TIMED = "timed"
    DATE_ONLY = "date-only"
    APPLICANT_LOCAL = "applicant-local"
    POSTMARKED = "postmarked"
    ROLLING = "rolling"
    UNTIL_FUNDS_RUN_OUT = "until-funds-run-out"
    RELATIVE = "relative"
    NOT_ANNOUNCED = "not-announced"


DATED = frozenset({DeadlineKind.TIMED, DeadlineKind.DATE_ONLY, DeadlineKind.APPLICANT_LOCAL, DeadlineKind.POSTMARKED})
UNDATED_OPEN = frozenset({DeadlineKind.ROLLING, DeadlineKind.UNTIL_FUNDS_RUN_OUT, DeadlineKind.RELATIVE})


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment as the funder states it.

    ``date``, ``time`` and ``zone`` are wall date, wall time and IANA zone; which of them are set follows from
    ``kind``. ``words`` are the source's own words about it. ``condition`` says a relative deadline as a sentence.
    ``contradicted_by`` holds later dates that other sources give: the earlier one is the alarm, all are shown.
    ``doubt`` says why a date is less than sure.
    """

    kind: DeadlineKind
    date: Date | None = None
    time: Time | None = None
    zone: str | None = None
    words: str | None = None
    condition: Bilingual | None = None
    contradicted_by: tuple[Date, ...] = ()
    doubt: Bilingual | None = None

    def __post_init__(self) -> None:
        """Refuse a shape that the kind does not allow."""
        wants = {
            DeadlineKind.TIMED: (True, True, True),
            DeadlineKind.DATE_ONLY: (True, False, True),
            DeadlineKind.APPLICANT_LOCAL: (True, True, False),
            DeadlineKind.POSTMARKED: (True, False, False),
        }.get(self.kind, (False, False, False))
        given = (self.date is not None, self.time is not None, self.zone is not None)
        if given != wants:
            msg = f"a {self.kind} deadline wants (date, time, zone) = {wants}, got {given}"
            raise ValueError(msg)
        if self.kind is DeadlineKind.RELATIVE and self.condition is None:
            msg = "a relative deadline wants the sentence it is relative to"
            raise ValueError(msg)
        if self.zone is not None:
            zone_of(self.zone)

    def instant(self, applicant_zone: str) -> datetime | None:
        """Give the last moment that counts, in UTC; ``None`` where the kind has no date.

        A date without a time lasts to 23:59:59 in the funder's zone; an applicant-local time and a postmark are read
        in ``applicant_zone``. A wall time that the clocks skip is read with the offset before the change, one that
        happens twice as its first occurrence: never later than the funder can mean.
        """
        if self.date is None:
            return None
        return _moment(self.date, self.time or LAST_MOMENT, self.zone or applicant_zone)

    def alarm(self, applicant_zone: str) -> datetime | None:
        """Give the moment that reminders count back from: 17:00 where only a date is stated."""
        if self.date is None:
            return None
        return _moment(self.date, self.time or DATE_ONLY_ALARM, self.zone or applicant_zone)

    def start(self, applicant_zone: str) -> datetime | None:
        """Give the moment when this is an opening: 00:00 where only a date is stated."""
        if self.date is None:
            return None
        return _moment(self.date, self.time or Time(0, 0), self.zone or applicant_zone)


def _moment(on: Date, at: Time, zone: str) -> datetime:
    return datetime.combine(on, at, tzinfo=zone_of(zone)).astimezone(UTC)


class StageName(StrEnum):
    """What is due at a stage of an intake."""

    REGISTRATION = "registration"
    EXPRESSION_OF_INTEREST = "expression-of-interest"
    LETTER_OF_INTENT = "letter-of-intent"
    APPLICATION = "application"
    FULL_APPLICATION = "full-application"
    COMPLETION = "completion"


@dataclass(frozen=True, slots=True)
class Stage:
    """One dated duty of an intake.

    ``classes`` names the applicant classes it is for (empty: everyone); ``invited`` marks a stage that only those who
    passed the one before may enter.
    """

    name: StageName
    closes: Deadline
    classes: tuple[str, ...] = ()
    invited: bool = False


class SeenStatus(StrEnum):
    """The status word of the source on the day it was read: a trace, never the status now."""

    OPEN = "open"
    ONGOING = "ongoing"
    CLOSED = "closed"
    DISCONTINUED = "discontinued"
    NOT_SEEN = "not-seen"


@dataclass(frozen=True, slots=True)
class YearlyWindow:
    """Dates that the funder states for every year, each ``MM-DD``; a sample for estimates, never a date."""

    closes: str
    opens: str | None = None

    def __post_init__(self) -> None:
        """Refuse what is no day of a year."""
        for day in (self.closes, self.opens or self.closes):
            _month_day(day)


def _month_day(words: str) -> tuple[int, int]:
    day = Date.fromisoformat(f"2024-{words}")
    return day.month, day.day


@dataclass(frozen=True, slots=True)
class Intake:
    """One dated or rolling round of a stream, as last known.

    ``checked`` is the day somebody read the source; ``seen`` is the status word it bore and ``page_date`` the date
    the page bears.
    """

    key: str
    stages: tuple[Stage, ...]
    seen: SeenStatus
    checked: Date
    opens: Deadline | None = None
    round: str | None = None
    page_date: str | None = None
    by_invitation: bool = False
    yearly: tuple[YearlyWindow, ...] = ()
    note: Bilingual | None = None

    def __post_init__(self) -> None:
        """Refuse a round with nothing due."""
        if not self.stages:
            raise ValueError(f"intake {self.key!r} has no stage")

    @property
    def page_year(self) -> int | None:
        """The year of the page that was read, where it bears one."""
        found = re.match(r"\d{4}", self.page_date or "")
        return int(found.group()) if found else None

    def gate(self, classes: frozenset[str]) -> Stage:
        """Give the stage at which a newcomer of these classes must have applied: the first that is not by invitation.

        A stage written for the applicant's class is preferred to one for everyone, and one with a date to one without.
        """
        enterable = [each for each in self.stages if not each.invited and each.name is not StageName.COMPLETION]
        chosen = enterable or list(self.stages)
        own = [each for each in chosen if each.classes and holds(each.classes, classes)]
        general = [each for each in chosen if not each.classes]
        candidates = own or general or chosen
        return next((each for each in candidates if each.closes.date is not None), candidates[0])


class Status(StrEnum):
    """Where an intake stands at a moment: derived, never stored."""

    OPEN = "open"
    CLOSING_SOON = "closing-soon"
    OPENING = "opening"
    ROLLING = "rolling"
    BY_INVITATION = "by-invitation"
    NOT_ANNOUNCED = "not-announced"
    UNCONFIRMED = "unconfirmed"
    CLOSED = "closed"
    DISCONTINUED = "discontinued"


LIVE = frozenset({Status.OPEN, Status.CLOSING_SOON, Status.OPENING, Status.ROLLING})


def status(intake: Intake, now: datetime, *, applicant_zone: str, classes: frozenset[str] = frozenset()) -> Status:
    """Derive where an intake stands for an applicant.

    Args:
        intake: as last known.
        now: an aware moment.
        applicant_zone: IANA zone of the community, for applicant-local times and postmarks.
        classes: the applicant's classes, for intakes whose date depends on them.

    An intake without a date is ``rolling`` only where the source said it takes applications all the time and did not
    call it closed; one with an opening but no closing date found, or whose money was handed out until it is gone in an
    earlier year, is ``unconfirmed``: it may or may not still be open.
    """
    gate = intake.gate(classes).closes
    closes = gate.instant(applicant_zone)
    opens = intake.opens.start(applicant_zone) if intake.opens else None
    if intake.seen is SeenStatus.DISCONTINUED:
        return Status.DISCONTINUED
    if closes is not None and now > closes:
        return Status.CLOSED
    if opens is not None and now < opens:
        return Status.OPENING
    if closes is not None:
        return Status.CLOSING_SOON if closes - now <= CLOSING_SOON else Status.OPEN
    if intake.seen is SeenStatus.CLOSED:
        return Status.CLOSED
    if intake.by_invitation:
        return Status.BY_INVITATION
    if gate.kind in UNDATED_OPEN and not _funds_may_be_gone(intake, gate, now):
        return Status.ROLLING
    if opens is not None or intake.seen is SeenStatus.OPEN or gate.kind in UNDATED_OPEN:
        return Status.UNCONFIRMED
    return Status.NOT_ANNOUNCED


def _funds_may_be_gone(intake: Intake, gate: Deadline, now: datetime) -> bool:
    """Tell whether money that is handed out until it is gone was last seen in an earlier year."""
    old = intake.page_year is not None and intake.page_year < now.year
    return gate.kind is DeadlineKind.UNTIL_FUNDS_RUN_OUT and old


def needs_check(intake: Intake, today: Date) -> bool:
    """Tell whether a source is so old that somebody should read it again (90 days)."""
    return today - intake.checked > STALE_AFTER


@dataclass(frozen=True, slots=True)
class Estimate:
    """When the next window may be, from past ones: an interval with its sample, never a date.

    ``opens`` and ``closes`` are intervals of (month, day); ``sample`` names the rounds, ``stated`` is true where the
    funder itself states yearly dates.
    """

    closes: tuple[tuple[int, int], tuple[int, int]]
    opens: tuple[tuple[int, int], tuple[int, int]] | None
    sample: tuple[str, ...]
    stated: bool


MINIMUM_SAMPLE = 3


def estimate(intakes: Sequence[Intake]) -> Estimate | None:
    """Estimate a stream's next window from its past rounds.

    Args:
        intakes: every known round of one stream, in any order.

    Returns:
        The interval that holds the closings (and openings, where known) of all rounds, taken around the year the short
        way; ``None`` where fewer than three rounds are known and the funder states no yearly dates.
    """
    stated = [window for intake in intakes for window in intake.yearly]
    if stated:
        closes = [_month_day(window.closes) for window in stated]
        opens = [_month_day(window.opens) for window in stated if window.opens]
        names = tuple(sorted({intake.key for intake in intakes if intake.yearly}))
        return Estimate(_span(closes), _span(opens) if opens else None, names, stated=True)
    rounds = [(each.key, each, each.gate(frozenset()).closes.date) for each in intakes]
    dated = sorted((key, each, closed) for key, each, closed in rounds if closed is not None)
    if len({(closed.year, closed.month) for _, _, closed in dated}) < MINIMUM_SAMPLE:
        return None
    closings = [(closed.month, closed.day) for _, _, closed in dated]
    openings = [
        (each.opens.date.month, each.opens.date.day)
        for _, each, _ in dated
        if each.opens is not None and each.opens.date is not None
    ]
    return Estimate(
        _span(closings),
        _span(openings) if len(openings) >= MINIMUM_SAMPLE else None,
        tuple(key for key, _, _ in dated),
        stated=False,
    )


def _span(days: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], tuple[int, int]]:
    """Give the shortest arc of the year that holds all days, so that December and January are neighbours."""
    ordered = sorted(set(days))
    places = [Date(2024, month, day).timetuple().tm_yday for month, day in ordered]
    gaps = [(places[(i + 1) % len(places)] - place) % 366 or 366 for i, place in enumerate(places)]
    widest = gaps.index(max(gaps))
    return ordered[(widest + 1) % len(ordered)], ordered[widest]
