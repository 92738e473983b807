"""Find programs: words with slips in them, facets whose counts are true, rounds of one program together."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from rapidfuzz import process
from rapidfuzz.distance import OSA

from grants.domain.applicants import APPLICANT_CLASSES
from grants.domain.catalogue import Level, Program, Stream
from grants.domain.communities import Community, Profile
from grants.domain.deadlines import Intake, Status
from grants.domain.eligibility import KINDNESS, Outcome, Verdict, judge
from grants.domain.matching import rank
from grants.domain.people import HOME_ZONE
from grants.domain.plans import Priority
from grants.domain.text import fold, words
from grants.services.catalogue import Catalogue, intake_at

LONGEST_QUERY = 200
MOST_WORDS = 12
NO_CLASS = "not-stated"
"""The facet value for streams whose source does not say who may apply."""


class Standing(StrEnum):
    """How an intake stands, in the groups that people look for."""

    OPEN = "open"
    OPENING = "opening"
    ROLLING = "rolling"
    BY_INVITATION = "by-invitation"
    UNCONFIRMED = "unconfirmed"
    NOT_ANNOUNCED = "not-announced"
    CLOSED = "closed"
    DISCONTINUED = "discontinued"


STANDING = {Status.CLOSING_SOON: Standing.OPEN, **{Status(each.value): each for each in Standing}}
_BY_STANDING = {each: place for place, each in enumerate(Standing)}


def standing_place(status: Status) -> int:
    """Give the place of a status in the order of use: what is open comes first."""
    return _BY_STANDING[STANDING[status]]


class Facet(StrEnum):
    """What a search can be narrowed by; the names are those of the address."""

    FIT = "fit"
    STATUS = "status"
    APPLICANT = "applicant"
    TOPIC = "topic"
    LEVEL = "level"


class Sort(StrEnum):
    """The orders that results can have."""

    BEST = "best"
    FIT = "fit"
    CLOSING = "closing"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody looks for: words, chosen facet values, the community they ask for, the order (None: the usual).

    ``profile`` is all that is known of the community, what its reader stated included; ``None``: as is kept here.
    """

    words: str = ""
    chosen: Mapping[Facet, str] | None = None
    community: Community | None = None
    sort: Sort | None = None
    profile: Profile | None = None


@dataclass(frozen=True, slots=True)
class StreamHit:
    """A stream that meets the wish; ``score`` 0 to 1 by words, ``verdict`` where a community asks."""

    stream: Stream
    intake: Intake
    status: Status
    verdict: Verdict | None
    score: float

    @property
    def standing(self) -> Standing:
        """The group its intake belongs to."""
        return STANDING[self.status]


@dataclass(frozen=True, slots=True)
class ProgramHit:
    """A program with those of its streams that meet the wish, the most useful first."""

    program: Program
    streams: tuple[StreamHit, ...]

    @property
    def best(self) -> StreamHit:
        """The stream that stands for the program in a row."""
        return self.streams[0]


@dataclass(frozen=True, slots=True)
class WayOut:
    """How many programs there would be without one choice, or with it alone; None stands for the words."""

    choice: Facet | None
    programs: int


@dataclass(frozen=True, slots=True)
class Results:
    """What a search found.

    ``counts`` holds, for each facet, the number of programs by value with all *other* chosen facets applied; only
    values that some program has. Where nothing was found, ``without`` says what dropping one choice would find and,
    where that is nothing either, ``alone`` what each choice would find by itself.
    """

    programs: tuple[ProgramHit, ...]
    counts: Mapping[Facet, Mapping[str, int]]
    without: tuple[WayOut, ...]
    alone: tuple[WayOut, ...]
    sort: Sort


# ----------------------------------------------------------------------------------------------------------- facets


def values(hit: StreamHit, facet: Facet) -> frozenset[str]:
    """Give the values that a stream has of a facet; choosing any one of them keeps the stream."""
    match facet:
        case Facet.LEVEL:
            return frozenset({hit.stream.level.value})
        case Facet.TOPIC:
            return frozenset(hit.stream.themes)
        case Facet.STATUS:
            return frozenset({hit.standing.value})
        case Facet.FIT:
            return frozenset() if hit.verdict is None else frozenset({hit.verdict.outcome.value})
        case Facet.APPLICANT:
            return _applicants(hit.stream.applicant_classes)


def _applicants(named: Sequence[str] | None) -> frozenset[str]:
    """Give the classes named, the wider ones they belong to, and the narrower ones they hold."""
    if named is None:
        return frozenset({NO_CLASS})
    narrower = {code for each in named for code in APPLICANT_CLASSES[each].holds}
    wider = {each.code for each in APPLICANT_CLASSES.values() if not set(each.holds).isdisjoint(named)}
    return frozenset({*named, *narrower, *wider})


def known(catalogue: Catalogue, facet: Facet, value: str) -> bool:
    """Tell whether a facet has such a value at all, so that a mistyped address can be told."""
    match facet:
        case Facet.LEVEL:
            return value in {each.value for each in Level}
        case Facet.TOPIC:
            return any(value in stream.themes for stream in catalogue.streams.values())
        case Facet.STATUS:
            return value in {each.value for each in Standing}
        case Facet.FIT:
            return value in {each.value for each in Outcome}
        case Facet.APPLICANT:
            return value == NO_CLASS or value in APPLICANT_CLASSES


# ----------------------------------------------------------------------------------------------------------- search


def search(catalogue: Catalogue, wish: Wish, now: datetime) -> Results:
    """Find the programs that meet a wish.

    Args:
        catalogue: the present one.
        wish: words of at most ``LONGEST_QUERY`` characters are read, English or French.
        now: an aware moment, for the status of intakes.

    Returns:
        Programs in the order of the wish; a program is there when one stream meets words and facets together. Ties
        break by name and key.

    Cost:
        One pass over the streams for each facet; about 0.1 ms a stream more where a community is chosen.
    """
    chosen = dict(wish.chosen or {})
    scores = word_scores(catalogue, wish.words)
    everything = _hits(catalogue, wish, now, {} if scores is None else scores)
    worded = everything if scores is None else [hit for hit in everything if hit.stream.key in scores]
    found = [hit for hit in worded if _meets(hit, chosen)]
    sort = wish.sort or _usual(wish)
    counts = {
        facet: _count(catalogue, [hit for hit in worded if _meets(hit, _but(chosen, facet))], facet) for facet in Facet
    }
    without: list[WayOut] = []
    alone: list[WayOut] = []
    if not found:
        choices: list[Facet | None] = [*chosen, *([None] if scores is not None else [])]
        for each in choices:
            rest = _but(chosen, each)
            only = {facet: value for facet, value in chosen.items() if facet is each}
            without.append(_way(catalogue, each, everything if each is None else worded, rest))
            alone.append(_way(catalogue, each, worded if each is None else everything, only))
        without = [each for each in without if each.programs] if len(choices) > 1 else []
        alone = [each for each in alone if each.programs] if len(choices) > 1 and not without else []
    return Results(_grouped(catalogue, found, sort), counts, tuple(without), tuple(alone), sort)


def _way(catalogue: Catalogue, choice: Facet | None, hits: Iterable[StreamHit], kept: Mapping[Facet, str]) -> WayOut:
    return WayOut(choice, _programs(catalogue, [hit for hit in hits if _meets(hit, kept)]))


def _usual(wish: Wish) -> Sort:
    if wish.words.strip():
        return Sort.BEST
    return Sort.FIT if wish.community else Sort.CLOSING


def _but(chosen: Mapping[Facet, str], facet: Facet | None) -> dict[Facet, str]:
    return {each: value for each, value in chosen.items() if each is not facet}


def _meets(hit: StreamHit, chosen: Mapping[Facet, str]) -> bool:
    return all(value in values(hit, facet) for facet, value in chosen.items())


def _programs(catalogue: Catalogue, hits: Iterable[StreamHit]) -> int:
    return len({catalogue.program_of[hit.stream.key].key for hit in hits})


def _count(catalogue: Catalogue, hits: Iterable[StreamHit], facet: Facet) -> dict[str, int]:
    having: dict[str, set[str]] = defaultdict(set)
    for hit in hits:
        for value in values(hit, facet):
            having[value].add(catalogue.program_of[hit.stream.key].key)
    return {value: len(programs) for value, programs in sorted(having.items())}


def _hits(catalogue: Catalogue, wish: Wish, now: datetime, scores: Mapping[str, float]) -> list[StreamHit]:
    community = wish.community
    zone, classes = (community.zone, community.classes) if community else (HOME_ZONE, frozenset[str]())
    profile = wish.profile or (catalogue.profile(community) if community else None)
    hits = []
    for stream in catalogue.streams.values():
        intake, status = intake_at(stream, now, zone=zone, classes=classes)
        verdict = judge(catalogue.conditions[stream.key], profile, catalogue.knowledge) if profile else None
        hits.append(StreamHit(stream, intake, status, verdict, scores.get(stream.key, 0.0)))
    return hits


# ------------------------------------------------------------------------------------------------------------ order

_FAR = math.inf


def _kindness(hit: StreamHit) -> int:
    return 0 if hit.verdict is None else KINDNESS[hit.verdict.outcome]


def _closes(hit: StreamHit) -> float:
    """Give the closing moment of an intake that is still ahead, as a number; what is not ahead lies far."""
    if hit.standing not in {Standing.OPEN, Standing.OPENING}:
        return _FAR
    moment = hit.intake.gate(frozenset()).closes.instant(HOME_ZONE)
    return moment.timestamp() if moment else _FAR


def _usefulness(hit: StreamHit) -> tuple[float, ...]:
    return (-round(hit.score, 3), _kindness(hit), _BY_STANDING[hit.standing], _closes(hit), -_newest(hit))


def _newest(hit: StreamHit) -> float:
    """Give the year and day of the last known round, so that of old rounds the newest speaks for the program."""
    on = hit.intake.gate(frozenset()).closes.date or (hit.intake.opens.date if hit.intake.opens else None)
    return on.toordinal() if on else 0


def _grouped(catalogue: Catalogue, hits: Iterable[StreamHit], sort: Sort) -> tuple[ProgramHit, ...]:
    together: dict[str, list[StreamHit]] = defaultdict(list)
    for hit in hits:
        together[catalogue.program_of[hit.stream.key].key].append(hit)
    order: Callable[[StreamHit], tuple[float, ...]] = {
        Sort.BEST: _usefulness,
        Sort.FIT: lambda hit: (_kindness(hit), *_usefulness(hit)),
        Sort.CLOSING: lambda hit: (_closes(hit), _BY_STANDING[hit.standing], *_usefulness(hit)),
        Sort.NAME: _usefulness,
    }[sort]

    def speaks_first(hit: StreamHit) -> tuple[float, ...]:
        return (hit.standing is Standing.DISCONTINUED, _kindness(hit), *order(hit))

    programs = [
        ProgramHit(catalogue.programs[key], tuple(sorted(each, key=speaks_first))) for key, each in together.items()
    ]

    def place(hit: ProgramHit) -> tuple[bool, tuple[float, ...], str, str]:
        if sort is Sort.NAME:
            return False, (), fold(hit.program.name), hit.program.key
        lasting = [each for each in hit.streams if each.standing is not Standing.DISCONTINUED]
        first = min(order(each) for each in lasting or hit.streams)
        return not lasting, first, fold(hit.program.name), hit.program.key

    return tuple(sorted(programs, key=place))


# ------------------------------------------------------------------------------------------------------------ words

# How much a word says by where it stands, and how sure a hit is by how the word was met.
NAME, FUNDER, SUMMARY, DETAIL = 1.0, 0.7, 0.5, 0.4
EXACT, BEGINNING, SLIP = 1.0, 0.85, 0.7
SHORTEST_BEGINNING = 3
SHORTEST_SLIP = 5
TWO_SLIPS_FROM = 8

TOPIC_SHARE = 0.5
"""A stream that is about what the words mean counts half as much as one that is called so."""
TOPIC_FLOOR = 20.0
TOPIC_NEAR = 0.6
"""By meaning alone a stream is found when its topic score is at least this share of the best one's."""


class WordIndex:
    """Where each word stem stands in the catalogue, and how much it says there.

    Cost: about 50 ms for 344 streams, once per revision.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        """Read every name, alias, funder, summary, objective and cost, in both languages."""
        self._places: dict[str, dict[str, float]] = defaultdict(dict)
        for program in catalogue.programs.values():
            for stream in program.streams:
                for text, weight in _texts(program, stream):
                    self._add(stream.key, text, weight)
        self._streams = len(catalogue.streams)
        self._stems = sorted(self._places)

    def _add(self, stream: str, text: str, weight: float) -> None:
        for word in words(text):
            for form in {word.stem, word.form}:
                places = self._places[form]
                places[stream] = max(weight, places.get(stream, 0.0))

    def scores(self, query: str) -> dict[str, float]:
        """Score the streams that have every word of a query, in some form.

        Returns: 0 to 1 by stream key; rare words and words of a name count more. Empty where a word is met nowhere.
        """
        asked = list(dict.fromkeys((word.stem, word.form) for word in words(query, limit=LONGEST_QUERY)))[:MOST_WORDS]
        total: dict[str, float] = {}
        whole = 0.0
        for place, (stem, form) in enumerate(asked):
            met = self._meet(stem, form)
            rarity = math.log1p(self._streams / (1 + len(met)))
            whole += rarity
            total = {
                stream: total.get(stream, 0.0) + rarity * weight
                for stream, weight in met.items()
                if place == 0 or stream in total
            }
        return {stream: score / whole for stream, score in total.items()}

    def _meet(self, stem: str, form: str) -> dict[str, float]:
        """Give the streams where a word stands; forms that begin with it or differ by a slip count less."""
        met: dict[str, float] = {}
        for each, sureness in self._readings(stem, form):
            for stream, weight in self._places[each].items():
                met[stream] = max(met.get(stream, 0.0), sureness * weight)
        return met

    def _readings(self, stem: str, form: str) -> list[tuple[str, float]]:
        known = [(each, EXACT) for each in {stem, form} if each in self._places]
        if len(form) >= SHORTEST_BEGINNING:
            known += [(each, BEGINNING) for each in self._stems if each.startswith(form) and each not in {stem, form}]
        if known or len(form) < SHORTEST_SLIP:
            return known
        slips = 2 if len(form) >= TWO_SLIPS_FROM else 1
        alike = process.extract(form, self._stems, scorer=OSA.distance, score_cutoff=slips, limit=8)
        return [(str(each), SLIP / distance) for each, distance, _ in alike if distance]


def _texts(program: Program, stream: Stream) -> Iterable[tuple[str, float]]:
    yield program.name, NAME
    yield program.key, NAME
    if program.name_fr:
        yield program.name_fr, NAME
    for alias in program.aliases:
        yield alias, NAME
    if stream.name:
        yield stream.name.en, NAME
        yield stream.name.fr, NAME
    yield stream.administrator.en, FUNDER
    yield stream.administrator.fr, FUNDER
    yield stream.summary.en, SUMMARY
    yield stream.summary.fr, SUMMARY
    for each in (*stream.objectives, *stream.target_populations, *stream.eligible_costs):
        yield each.en, DETAIL
        yield each.fr, DETAIL


_remembered: dict[int, tuple[Catalogue, WordIndex]] = {}


def word_index(catalogue: Catalogue) -> WordIndex:
    """Give the index of a catalogue, built when first asked for."""
    known_index = _remembered.get(id(catalogue))
    if known_index is None or known_index[0] is not catalogue:
        _remembered.clear()
        known_index = _remembered[id(catalogue)] = (catalogue, WordIndex(catalogue))
    return known_index[1]


def word_scores(catalogue: Catalogue, query: str) -> dict[str, float] | None:
    """Score the streams that a query names or means; None where nothing was asked.

    A stream is found when it has every word of the query, or when it is about what the words mean ("police
    equipment") nearly as much as the stream that is most about it.
    """
    text = query.strip()[:LONGEST_QUERY]
    if not text:
        return None
    named = word_index(catalogue).scores(text)
    scores = dict(named)
    [meant] = rank([Priority("query", text)], catalogue.index, limit=len(catalogue.streams))
    best = max((match.score for match in meant), default=0.0)
    for match in meant:
        understood = any(each.concept is not None for each in match.evidence)
        near = understood and match.score >= max(TOPIC_FLOOR, TOPIC_NEAR * best)
        if match.stream in named or near:
            scores[match.stream] = scores.get(match.stream, 0.0) + TOPIC_SHARE * match.score / 100
    return {stream: min(score / (1 + TOPIC_SHARE), 1.0) for stream, score in scores.items()}
