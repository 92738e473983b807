"""What closes when: every intake that is or will be open, what may come round again, and a picture of twelve weeks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

from grants.domain import zones
from grants.domain.bilingual import Bilingual
from grants.domain.catalogue import Level, Program, Stream
from grants.domain.communities import Community, Profile
from grants.domain.deadlines import LIVE, Deadline, Estimate, Intake, SeenStatus, Status, estimate, status
from grants.domain.eligibility import KINDNESS, Outcome, Verdict, judge
from grants.domain.text import fold
from grants.services.catalogue import Catalogue

WEEKS = 12
NEXT_DAYS = 7
MONTH_DAYS = 30


class When(StrEnum):
    """How soon something closes, in the order of the page."""

    TODAY = "today"
    WEEK = "week"
    MONTH = "month"
    LATER = "later"
    OPENING = "opening"
    NO_DATE = "no-date"
    UNCONFIRMED = "unconfirmed"


@dataclass(frozen=True, slots=True)
class Entry:
    """One intake in the list; ``opens`` and ``closes`` are instants, ``None`` where the funder states no date.

    ``verdict`` is ``None`` where no community was chosen.
    """

    program: Program
    stream: Stream
    intake: Intake
    status: Status
    due: Deadline
    opens: datetime | None
    closes: datetime | None
    verdict: Verdict | None


@dataclass(frozen=True, slots=True)
class Recurring:
    """A stream without a known date that usually comes round; ``outcome`` is the kindest verdict over its rounds."""

    program: Program
    stream: Stream
    estimate: Estimate
    outcome: Outcome | None


@dataclass(frozen=True, slots=True)
class Deadlines:
    """The whole list: entries by how soon, streams with an estimate, and how many programs have neither."""

    entries: Mapping[When, tuple[Entry, ...]]
    recurring: tuple[Recurring, ...]
    silent: int

    @property
    def dated(self) -> tuple[Entry, ...]:
        """The entries that close or open on a known day, in order."""
        return tuple(
            entry
            for when in (When.TODAY, When.WEEK, When.MONTH, When.LATER, When.OPENING)
            for entry in self.entries[when]
        )


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the reader wants to see; ``everything`` includes what does not fit the community.

    ``profile`` is all that is known of the community, what its reader stated included; ``None``: as is kept here.
    """

    community: Community | None = None
    level: Level | None = None
    theme: str | None = None
    everything: bool = False
    profile: Profile | None = None


def deadlines(catalogue: Catalogue, wanted: Wanted, now: datetime, *, zone: str) -> Deadlines:
    """List what closes when.

    Args:
        catalogue: the present one.
        wanted: what the reader wants to see.
        now: an aware moment.
        zone: the reader's IANA zone: their calendar days part today from tomorrow, and it reads applicant-local times.

    Returns: Entries ordered by closing instant, then by name; a stream with several open intakes has an entry each.

    Cost: about 0.1 ms a stream for the verdict, where a community was chosen.
    """
    profile = wanted.profile or (catalogue.profile(wanted.community) if wanted.community else None)
    judged = {
        stream.key: judge(catalogue.conditions[stream.key], profile, catalogue.knowledge) if profile else None
        for stream in catalogue.streams.values()
        if _about(stream, wanted)
    }
    classes = wanted.community.classes if wanted.community else frozenset()
    found: dict[When, list[Entry]] = {when: [] for when in When}
    spoken_for: set[str] = set()
    for key, verdict in judged.items():
        if not _shown(verdict, wanted):
            continue
        stream = catalogue.streams[key]
        for intake in stream.intakes:
            where = status(intake, now, applicant_zone=zone, classes=classes)
            if where not in LIVE and where is not Status.UNCONFIRMED:
                continue
            due = intake.gate(classes).closes
            entry = Entry(
                program=catalogue.program_of[key],
                stream=stream,
                intake=intake,
                status=where,
                due=due,
                opens=intake.opens.start(zone) if intake.opens else None,
                closes=due.instant(zone),
                verdict=verdict,
            )
            found[_when(entry, now, zone)].append(entry)
            spoken_for.add(entry.program.key)
    recurring, silent = _without_date(catalogue, judged, wanted, spoken_for, now.astimezone(zones.zone(zone)).date())
    return Deadlines({when: tuple(sorted(some, key=_soonest)) for when, some in found.items()}, recurring, silent)


def _about(stream: Stream, wanted: Wanted) -> bool:
    return (wanted.level is None or stream.level is wanted.level) and (
        wanted.theme is None or wanted.theme in stream.themes
    )


def _shown(verdict: Verdict | None, wanted: Wanted) -> bool:
    return verdict is None or wanted.everything or verdict.outcome is not Outcome.NOT_ELIGIBLE


def _when(entry: Entry, now: datetime, zone: str) -> When:
    if entry.status is Status.OPENING:
        return When.OPENING
    if entry.status is Status.UNCONFIRMED:
        return When.UNCONFIRMED
    if entry.closes is None:
        return When.NO_DATE
    here = zones.zone(zone)
    days = (entry.closes.astimezone(here).date() - now.astimezone(here).date()).days
    if days <= 0:
        return When.TODAY
    if days <= NEXT_DAYS:
        return When.WEEK
    return When.MONTH if days <= MONTH_DAYS else When.LATER


_NEVER = datetime.max.replace(tzinfo=UTC)


def _soonest(entry: Entry) -> tuple[datetime, str, str]:
    moment = entry.opens if entry.status is Status.OPENING else entry.closes
    return (moment or _NEVER, fold(entry.program.name), entry.stream.key)


def _without_date(
    catalogue: Catalogue,
    judged: Mapping[str, Verdict | None],
    wanted: Wanted,
    spoken_for: set[str],
    today: date,
) -> tuple[tuple[Recurring, ...], int]:
    """Part the programs that have no entry: streams with an estimate, soonest first, and the number of the silent."""
    recurring: list[Recurring] = []
    silent = 0
    for program in catalogue.programs.values():
        streams = [each for each in program.streams if each.key in judged and _shown(judged[each.key], wanted)]
        if not streams or program.key in spoken_for or _is_over(program):
            continue
        guessed = _estimates(program, streams, judged)
        silent += not guessed
        recurring += guessed
    recurring.sort(key=lambda each: (_days_ahead(each.estimate, today), fold(each.program.name), each.stream.key))
    return tuple(recurring), silent


def _estimates(program: Program, streams: Sequence[Stream], judged: Mapping[str, Verdict | None]) -> list[Recurring]:
    """Estimate each stream of a program once, over the records of its rounds."""
    found: list[Recurring] = []
    for name in dict.fromkeys(each.name for each in streams):
        rounds = [each for each in streams if each.name == name]
        guess = estimate(program.rounds_of(rounds[-1]))
        if guess is not None:
            outcomes = [verdict.outcome for each in rounds if (verdict := judged[each.key]) is not None]
            kindest = min(outcomes, key=KINDNESS.__getitem__, default=None)
            found.append(Recurring(program, rounds[-1], guess, kindest))
    return found


def _is_over(program: Program) -> bool:
    """Tell whether a program will not come round: another took its place, or its sources call it discontinued."""
    seen = {intake.seen for stream in program.streams for intake in stream.intakes}
    return program.replaced_by is not None or seen == {SeenStatus.DISCONTINUED}


def _days_ahead(guess: Estimate, today: date) -> int:
    """Count the days from today to the end of the interval in which it usually closes, around the year."""
    month, day = guess.closes[1]
    end = date(2024, month, day).timetuple().tm_yday
    return (end - date(2024, today.month, today.day).timetuple().tm_yday) % 366


class Dated(Protocol):
    """What a bar can be drawn of: it may begin at an instant, and ends at one, where both are known."""

    @property
    def opens(self) -> datetime | None:
        """When it begins; ``None``: it has begun."""

    @property
    def closes(self) -> datetime | None:
        """When it ends; ``None``: it is left out of the picture."""


Drawn = TypeVar("Drawn", bound=Dated)


@dataclass(frozen=True, slots=True)
class Bar(Generic[Drawn]):
    """One thing in the picture, in whole per mille of its width; ``to_later`` where it runs on."""

    entry: Drawn
    start: int
    end: int
    to_later: bool


@dataclass(frozen=True, slots=True)
class Picture(Generic[Drawn]):
    """Twelve weeks from today: bars in closing order, and the Mondays with their place in per mille."""

    first: date
    last: date
    bars: tuple[Bar[Drawn], ...]
    mondays: tuple[tuple[int, date], ...]


def picture(entries: Iterable[Drawn], today: date, *, zone: str, weeks: int = WEEKS) -> Picture[Drawn]:
    """Draw what has a date and is open at some time in the coming weeks.

    Args:
        entries: with or without dates; those that end at one instant stay in their order.
        today: the reader's calendar day.
        zone: the reader's IANA zone.
        weeks: how many weeks the picture holds.
    """
    here = zones.zone(zone)
    start = datetime(today.year, today.month, today.day, tzinfo=here)
    last = today + timedelta(weeks=weeks)
    end = datetime(last.year, last.month, last.day, tzinfo=here)

    def place(moment: datetime) -> int:
        return round(1000 * (moment - start) / (end - start))

    bars = [
        Bar(
            entry=each,
            start=max(0, place(each.opens)) if each.opens else 0,
            end=min(1000, place(each.closes)),
            to_later=each.closes > end,
        )
        for each in entries
        if each.closes is not None and each.closes >= start and (each.opens is None or each.opens < end)
    ]
    bars.sort(key=lambda bar: bar.entry.closes or end)
    monday = today + timedelta(days=-today.weekday() % 7)
    mondays = [monday + timedelta(weeks=week) for week in range(weeks + 1)]
    marks = tuple(
        (place(datetime(each.year, each.month, each.day, tzinfo=here)), each) for each in mondays if each < last
    )
    return Picture(today, last, tuple(bars), marks)


def themes(catalogue: Catalogue) -> list[tuple[str, Bilingual]]:
    """List the themes of the catalogue's streams that the vocabulary has a name for."""
    keys = {theme for stream in catalogue.streams.values() for theme in stream.themes}
    named = [catalogue.concepts[key] for key in sorted(keys & catalogue.concepts.keys())]
    return [(concept.key, Bilingual(concept.label_en, concept.label_fr)) for concept in named]
