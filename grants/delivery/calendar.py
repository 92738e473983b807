"""Write deadlines and dates of work as an iCalendar feed (RFC 5545, RFC 7986) that calendar programs subscribe to.

The same events give the same bytes, so that a client which asks again can be told that nothing changed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from datetime import date as Date  # noqa: N812 - as in the domain
from datetime import time as Time  # noqa: N812 - as in the domain
from hashlib import sha256
from itertools import pairwise
from typing import TYPE_CHECKING

from grants.domain.bilingual import Bilingual, Language
from grants.domain.deadlines import Deadline
from grants.domain.phrases import NBSP
from grants.domain.zones import zone as zone_of

if TYPE_CHECKING:  # the library takes a tenth of a second to load, and most processes never write a feed
    from icalendar import Alarm, Calendar, Timezone, TimezoneDaylight, TimezoneStandard
    from icalendar import Event as Entry

MEDIA_TYPE = "text/calendar; charset=utf-8"
ALARM_AT = Time(8, 30)
CANCELLED = Bilingual("Cancelled: ", f"Annulation{NBSP}: ")

YEARS = range(1971, 2101)
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
FOURTH = 4
DESCRIBED_FROM = datetime(2026, 12, 1, tzinfo=UTC)
NEVER_IN_A_LINE = re.compile(r"[\s\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of a calendar.

    ``title`` and ``about`` (short lines) are plain words in the language of the feed. When it is, is said by
    ``deadline`` (one that has a date; applicant-local and postmarked ones are read in ``applicant_zone``) or by
    ``day`` for what has no funder's clock. ``alarms`` are whole days before, 0 for the morning itself. ``sequence``
    counts the changes since the event was first written; ``created`` and ``modified`` know their zone. Years outside
    1971 to 2100 are refused: they are slips of a pen, and clients stumble over them.
    """

    uid: str
    sequence: int
    title: str
    created: datetime
    modified: datetime
    applicant_zone: str
    deadline: Deadline | None = None
    day: Date | None = None
    about: tuple[str, ...] = ()
    url: str | None = None
    cancelled: bool = False
    alarms: tuple[int, ...] = ()
    categories: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what no calendar could show, or what would let a value write lines of its own."""
        if (self.deadline is None) == (self.day is None):
            raise ValueError(f"event {self.uid!r} wants a deadline or a day, and not both")
        if self.deadline is not None and self.deadline.date is None:
            raise ValueError(f"event {self.uid!r}: a {self.deadline.kind} deadline has no date")
        if self.on.year not in YEARS:
            raise ValueError(f"event {self.uid!r}: {self.on} is out of every calendar")
        if self.created.tzinfo is None or self.modified.tzinfo is None:
            raise ValueError(f"event {self.uid!r}: its stamps must know their zone")
        if self.sequence < 0 or any(days < 0 for days in self.alarms):
            raise ValueError(f"event {self.uid!r}: a count is below zero")
        if not self.uid or NEVER_IN_A_LINE.search(self.uid) or NEVER_IN_A_LINE.search(self.url or ""):
            raise ValueError(f"event {self.uid!r}: its uid or address is empty or holds blanks")

    @property
    def on(self) -> Date:
        """The day it stands on, where it is an entry of a whole day."""
        day = self.day or (self.deadline.date if self.deadline is not None else None)
        if day is None:
            raise ValueError(f"event {self.uid!r} has no date")
        return day

    @property
    def moment(self) -> datetime | None:
        """The instant in the clock of its own zone; ``None`` for an entry of a whole day.

        Taken from the instant, so that a wall time which the clocks skip becomes one that exists.
        """
        if self.deadline is None or self.deadline.time is None:
            return None
        instant = self.deadline.instant(self.applicant_zone)
        return None if instant is None else instant.astimezone(zone_of(self.deadline.zone or self.applicant_zone))


def write(name: str, events: Sequence[Event], *, language: Language, zone: str, refresh_hours: int) -> bytes:
    """Write a calendar.

    Args:
        name: what the calendar is called in the reader's list.
        events: in any order, each ``uid`` once.
        language: of all words; the few that are ours follow it.
        zone: the reader's own clock; alarms ring at 8:30 by it.
        refresh_hours: how often a client should ask again. Outlook and Apple may follow it; Google asks when it likes,
            every 4 to 24 hours.

    Raises:
        ValueError: two events share a uid.

    Cost:
        some 0.2 ms for an event and 0.06 ms more for each of its alarms; the library's first import 0.1 s.
    """
    from icalendar import Calendar

    if len({event.uid for event in events}) != len(events):
        raise ValueError("two events share a uid")
    calendar = Calendar()
    title = _line(name)
    calendar.add("prodid", f"-//Funding navigator//Deadlines//{language.upper()}")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("name", title)
    calendar.add("x-wr-calname", title)
    calendar.add("x-wr-timezone", zone)
    _suggest_refresh(calendar, timedelta(hours=refresh_hours))
    for each in _timezones(events, zone):
        calendar.add_component(each)
    for event in sorted(events, key=lambda event: (event.on, event.uid)):
        calendar.add_component(_entry(event, language, zone))
    written: bytes = calendar.to_ical()
    return written


def etag(content: bytes) -> str:
    """Give the tag by which HTTP tells whether content changed, quotes included."""
    return f'"{sha256(content).hexdigest()[:32]}"'


def _suggest_refresh(calendar: Calendar, every: timedelta) -> None:
    from icalendar import vDuration

    calendar.add("refresh-interval", vDuration(every), parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", vDuration(every))  # Outlook's own name for it, older than the standard's


def _entry(event: Event, language: Language, zone: str) -> Entry:
    from icalendar import Event as Entry

    entry = Entry()
    # Google takes a cancelled event away and Apple strikes it out, but Outlook shows it like any other: words tell.
    title = (CANCELLED.in_(language) if event.cancelled else "") + _line(event.title)
    entry.add("uid", event.uid)
    entry.add("sequence", event.sequence)
    # Not the moment of writing: then every download would differ from the one before.
    entry.add("dtstamp", event.modified.astimezone(UTC))
    entry.add("last-modified", event.modified.astimezone(UTC))
    entry.add("created", event.created.astimezone(UTC))
    entry.add("summary", title)
    # Some clients show no address but in the text.
    told = [_line(line) for line in event.about] + ([event.url] if event.url else [])
    if told:
        entry.add("description", "\n".join(told))
    if event.url:
        entry.add("url", event.url)
    if event.categories:
        entry.add("categories", [_line(each) for each in event.categories])
    entry.add("status", "CANCELLED" if event.cancelled else "CONFIRMED")
    entry.add("transp", "TRANSPARENT")  # a deadline keeps nobody busy
    _place(entry, event)
    for alarm in _alarms(event, title, zone):
        entry.add_component(alarm)
    return entry


def _place(entry: Entry, event: Event) -> None:
    """Say when.

    A deadline is a moment, but one of no length is drawn as nothing or as an hour, dropped by some libraries, and its
    ``DTEND`` is against the standard; without a ``DTEND`` Exchange refuses the whole event. So it ends with its
    minute: nobody reads that as time that is left, and 23:59 stays on its own day. Readers differ about the hour that
    the clocks repeat, some an hour too late: what touches it is written in UTC.
    """
    moment = event.moment
    if moment is None:
        entry.add("dtstart", event.on)
        entry.add("dtend", event.on + timedelta(days=1))
        return
    instant = moment.astimezone(UTC)
    end = instant.replace(second=0, microsecond=0) + timedelta(minutes=1)
    if _told_twice(moment) or _told_twice(end.astimezone(moment.tzinfo)):
        entry.add("dtstart", instant)
        entry.add("dtend", end)
        return
    clock = {"TZID": _key(event)}
    entry.add("dtstart", moment.replace(tzinfo=None), parameters=clock)
    entry.add("dtend", end.astimezone(moment.tzinfo).replace(tzinfo=None), parameters=clock)


def _told_twice(moment: datetime) -> bool:
    """Tell whether the clock shows this time on two occasions."""
    return moment.replace(fold=0).utcoffset() != moment.replace(fold=1).utcoffset()


def _key(event: Event) -> str:
    return (event.deadline.zone if event.deadline is not None else None) or event.applicant_zone


def _alarms(event: Event, title: str, zone: str) -> Iterator[Alarm]:
    """Ring at 8:30 by the reader's clock on the morning so many days before; never once it is over.

    Google drops the alarms of a calendar that is subscribed to, Apple does so unless told otherwise, and Outlook keeps
    one at most: they come on top of the mails and never instead of them. Triggers count from the start, in days and
    hours of the wall clock, since not every client reads one that names a moment.
    """
    from icalendar import Alarm

    if event.cancelled:
        return
    moment = event.moment
    start = (
        datetime.combine(event.on, Time()) if moment is None else moment.astimezone(zone_of(zone)).replace(tzinfo=None)
    )
    for days in sorted(set(event.alarms), reverse=True):
        rings = datetime.combine(start.date() - timedelta(days=days), ALARM_AT)
        if moment is not None and rings >= start:
            continue
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", title)
        alarm.add("trigger", rings - start)
        yield alarm


def _line(words: str) -> str:
    """Give words as one line that is safe to write anywhere in a feed.

    Control characters and line breaks become blanks, halves of characters the sign for what cannot be read. A backslash
    becomes a slash: it is the escape sign of the format, and readers and writers disagree about what follows it.
    """
    kept = (
        "�" if unicodedata.category(each) == "Cs" else " " if unicodedata.category(each) in {"Cc", "Zl", "Zp"} else each
        for each in words.replace("\\", "/")
    )
    return re.sub(r"[ \t]+", " ", "".join(kept)).strip(" ")


@dataclass(frozen=True, slots=True)
class _Onset:
    """A change of a clock: its instant, and the offsets before and after it."""

    instant: datetime
    before: timedelta
    after: timedelta
    name: str
    summer: bool

    @property
    def wall(self) -> datetime:
        """Its wall time by the clock that ends, as a calendar states it."""
        return (self.instant + self.before).replace(tzinfo=None)

    @property
    def rule(self) -> tuple[object, ...]:
        """What it shares with the same change of another year: all but the year, the day as a weekday of its month."""
        wall = self.wall
        return self.before, self.after, self.name, self.summer, wall.time(), wall.month, self.weekday

    @property
    def weekday(self) -> str:
        """Its day as a rule says it, ``2SU``; a fifth one is the last, ``-1SU``."""
        nth = (self.wall.day - 1) // 7 + 1
        return f"{nth if nth <= FOURTH else -1}{WEEKDAYS[self.wall.weekday()]}"


def _timezones(events: Sequence[Event], own: str) -> Iterator[Timezone]:
    """Describe every zone that an event names; the reader's own always, since a calendar of nothing is no calendar.

    All from one day, since readers of several feeds keep one description of a zone; from an earlier one where an event
    needs it. On that day every clock in Ontario had begun the rule that it has now.
    """
    moments: dict[str, list[datetime]] = {own: [DESCRIBED_FROM]}
    for event in events:
        moment = event.moment
        if moment is not None:
            moments.setdefault(_key(event), [DESCRIBED_FROM]).append(moment.astimezone(UTC))
    for name in sorted(moments):
        yield _timezone(name, min(moments[name]), max(moments[name]))


def _timezone(name: str, first: datetime, last: datetime) -> Timezone:
    """Describe a zone from the clock that runs at ``first`` to some years after ``last``.

    Outlook makes of every description one summer and one winter rule that it applies to all years, reads only yearly
    rules with one weekday, and ignores lists of dates. So nothing older than ``first`` is told (the north-west left its
    winter clock in 2026: an old rule would move its deadlines by an hour), and changes that recur to the end are a
    rule. One that ended would want an ``UNTIL``, which some read by the wrong clock: there each change is told by
    itself.
    """
    from icalendar import Timezone

    described = Timezone()
    described.add("tzid", name)
    for run in _runs(_onsets(name, first, last)):
        if run[-1].wall.year > last.year:
            described.add_component(_observance(run[0], yearly=True))
        else:
            for onset in run:
                described.add_component(_observance(onset, yearly=False))
    return described


def _observance(onset: _Onset, *, yearly: bool) -> TimezoneDaylight | TimezoneStandard:
    from icalendar import TimezoneDaylight, TimezoneStandard

    observance = TimezoneDaylight() if onset.summer else TimezoneStandard()
    observance.add("dtstart", onset.wall)
    observance.add("tzoffsetfrom", onset.before)
    observance.add("tzoffsetto", onset.after)
    observance.add("tzname", onset.name)
    if yearly:
        observance.add("rrule", {"freq": "yearly", "bymonth": onset.wall.month, "byday": onset.weekday})
    return observance


def _runs(onsets: Sequence[_Onset]) -> list[list[_Onset]]:
    """Put the changes that recur in years on end together."""
    runs: list[list[_Onset]] = []
    for onset in onsets:
        for run in runs:
            if run[-1].rule == onset.rule and run[-1].wall.year + 1 == onset.wall.year:
                run.append(onset)
                break
        else:
            runs.append([onset])
    return runs


def _onsets(name: str, first: datetime, last: datetime) -> list[_Onset]:
    """Find the changes of a clock: the one that began what runs at ``first``, and all until three years after ``last``.

    Cost: one look at the clock for each day, some 2 ms.
    """
    clock = zone_of(name)
    start = first - timedelta(days=366)
    days = [start + timedelta(days=each) for each in range((datetime(last.year + 4, 1, 1, tzinfo=UTC) - start).days)]
    found = []
    for (early, before), (late, after) in pairwise((day, _shown(clock, day)) for day in days):
        if before != after:
            instant = _first_second(clock, early, late)
            found.append(_Onset(instant, before[0], *_shown(clock, instant)))
    reached = [each for each in found if each.instant <= first]
    if reached:
        return [reached[-1], *(each for each in found if each.instant > first)]
    offset, label, summer = _shown(clock, start)
    return [_Onset(datetime(1970, 1, 1, tzinfo=UTC) - offset, offset, offset, label, summer), *found]


def _shown(clock: tzinfo, at: datetime) -> tuple[timedelta, str, bool]:
    """Read a clock: its offset, the name of its time, whether that is summer time."""
    local = at.astimezone(clock)
    return local.utcoffset() or timedelta(), local.tzname() or "", bool(local.dst())


def _first_second(clock: tzinfo, early: datetime, late: datetime) -> datetime:
    """Find when between two moments the clock changed."""
    before = _shown(clock, early)
    while late - early > timedelta(seconds=1):
        middle = early + (late - early) // 2
        early, late = (middle, late) if _shown(clock, middle) == before else (early, middle)
    return late.replace(microsecond=0)
