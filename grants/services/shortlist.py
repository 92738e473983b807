"""Which programs to read first for a priority, rounds of one program once, in an order that can be said in a sentence.

The order: topic in three steps (close, near, further, measured against the best match of this priority); within a step
those that take applications now or soon, then those that may be open, then those whose last known round is over; then
the kinder verdict, then the closer topic. What does not fit and what no longer exists is kept apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import IntEnum

from grants.domain.bilingual import Bilingual, Language
from grants.domain.catalogue import Program
from grants.domain.deadlines import LIVE, Status
from grants.domain.eligibility import KINDNESS, Outcome, Question, Verdict
from grants.domain.matching import Evidence, Match, rank
from grants.domain.plans import Priority
from grants.domain.text import fold
from grants.domain.vocabulary import Concept
from grants.services.catalogue import Catalogue, intake_at
from grants.services.matches import BEST, PriorityMatch, StreamMatch, count_questions

CLOSE_FROM, NEAR_FROM, FURTHER_FROM = 0.85, 0.65, 0.4
"""Shares of the best score of a priority at which a program counts as close, near or further; less is left out.

By the graded judgements in tests/bench a reader finds a program relevant in three of four cases from 0.85 on, in two of
five from 0.65, in one of six from 0.4, and in one of twenty below.
"""

MOST_REASONS = 3


class Nearness(IntEnum):
    """How close a program is to what a priority is about, the closest first."""

    CLOSE = 0
    NEAR = 1
    FURTHER = 2


@dataclass(frozen=True, slots=True)
class Choice:
    """A program as a row: the stream or round of it that is worth most, why it matched, and the others.

    ``topic`` and ``nearness`` are ``None`` where programs are listed without a topic.
    """

    program: Program
    best: StreamMatch
    others: tuple[StreamMatch, ...]
    topic: Match | None = None
    nearness: Nearness | None = None


@dataclass(frozen=True, slots=True)
class Shortlist:
    """The programs for one priority, best first; ``unfit`` do not fit, ``ended`` no longer exist."""

    priority: Priority
    fits: tuple[Choice, ...]
    unfit: tuple[Choice, ...]
    ended: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a reader wants to see: one verdict only, and only what takes applications now or soon."""

    outcome: Outcome | None = None
    live: bool = False

    def __call__(self, match: StreamMatch) -> bool:
        """Tell whether the reader wants to see a match."""
        return (self.outcome is None or match.verdict.outcome is self.outcome) and (
            not self.live or match.status in LIVE
        )


def shortlist(matches: Iterable[StreamMatch], priority: Priority, wanted: Callable[[StreamMatch], bool]) -> Shortlist:
    """Gather the programs for one priority.

    Args:
        matches: a match for each stream, as :func:`grants.services.matches.for_community` gives them.
        priority: one of those that were matched.
        wanted: tells which matches the reader wants to see.
    """
    found = [
        (each, served.match) for each in matches for served in each.priorities if served.priority.key == priority.key
    ]
    top = max((match.score for _, match in found), default=0.0)
    rows = [
        (each, match, nearness)
        for each, match in found
        if wanted(each) and (nearness := _nearness(match.score, top)) is not None
    ]
    choices = _by_program(rows)
    gone = [each for each in choices if each.best.status is Status.DISCONTINUED]
    there = [each for each in choices if each.best.status is not Status.DISCONTINUED]
    return Shortlist(
        priority=priority,
        fits=tuple(each for each in there if each.best.verdict.outcome is not Outcome.NOT_ELIGIBLE),
        unfit=tuple(each for each in there if each.best.verdict.outcome is Outcome.NOT_ELIGIBLE),
        ended=tuple(gone),
    )


def for_anyone(catalogue: Catalogue, priorities: Sequence[Priority], now: datetime, *, zone: str) -> list[StreamMatch]:
    """Match priorities while nobody has said for which community: by topic alone, and no verdict is known."""
    nobody_yet = Verdict(Outcome.UNKNOWN, (), ())
    served: dict[str, list[PriorityMatch]] = {}
    for priority, found in zip(priorities, rank(priorities, catalogue.index, limit=BEST), strict=True):
        for match in found:
            served.setdefault(match.stream, []).append(PriorityMatch(priority, match))
    matches = []
    for key, fits in sorted(served.items()):
        stream = catalogue.streams[key]
        intake, status = intake_at(stream, now, zone=zone, classes=frozenset())
        matches.append(StreamMatch(catalogue.program_of[key], stream, nobody_yet, intake, status, tuple(fits)))
    return matches


def by_verdict(matches: Iterable[StreamMatch], wanted: Callable[[StreamMatch], bool]) -> dict[Outcome, list[Choice]]:
    """Gather all programs by their kindest verdict, whatever their topic; live ones first, then by name.

    What no longer exists fits nobody and is left out.
    """
    lasting = (each for each in matches if each.status is not Status.DISCONTINUED and wanted(each))
    choices = _by_program([(each, None, None) for each in lasting])
    choices.sort(key=lambda each: (_phase(each.best.status), fold(each.program.name), each.program.key))
    return {outcome: [each for each in choices if each.best.verdict.outcome is outcome] for outcome in Outcome}


def open_questions(matches: Sequence[StreamMatch], *, limit: int) -> list[tuple[Question, int]]:
    """List what is not known of a community, with the number of programs each answer would help to settle."""
    words: dict[str, Question] = {}
    programs: dict[str, set[str]] = {}
    counted = count_questions(matches)
    for match in matches:
        for finding in match.verdict.findings:
            for question in finding.questions if finding.holds_back else ():
                if question.key in counted:
                    words.setdefault(question.key, question)
                    programs.setdefault(question.key, set()).add(match.program.key)
    ordered = sorted(programs, key=lambda key: (-len(programs[key]), key))
    return [(words[key], len(programs[key])) for key in ordered[:limit]]


def reasons(match: Match, language: Language) -> list[str]:
    """Say which words of the priority met which words of the program, strongest first, each pair once."""
    said = [_met(each).in_(language) for each in match.evidence]
    return list(dict.fromkeys(said))[:MOST_REASONS]


def _met(evidence: Evidence) -> Bilingual:
    mine, theirs = evidence.words, evidence.in_stream
    if fold(mine) == fold(theirs):
        return Bilingual(f"“{theirs}”", f"«\u00a0{theirs}\u00a0»")
    return Bilingual(f"“{mine}” met “{theirs}”", f"«\u00a0{mine}\u00a0» rejoint «\u00a0{theirs}\u00a0»")


def labels(keys: Iterable[str], concepts: Mapping[str, Concept], language: Language) -> list[str]:
    """Name concepts, each once."""
    names = [concepts[key].label_fr if language == "fr" else concepts[key].label_en for key in keys]
    return list(dict.fromkeys(names))


def _nearness(score: float, top: float) -> Nearness | None:
    share = score / top if top else 0.0
    if share >= CLOSE_FROM:
        return Nearness.CLOSE
    if share >= NEAR_FROM:
        return Nearness.NEAR
    return Nearness.FURTHER if share >= FURTHER_FROM else None


def _phase(status: Status) -> int:
    if status in LIVE:
        return 0
    if status is Status.UNCONFIRMED:
        return 1
    return 3 if status is Status.DISCONTINUED else 2


_Row = tuple[StreamMatch, Match | None, Nearness | None]
_LONG_AGO = date.min


def _by_program(rows: Iterable[_Row]) -> list[Choice]:
    """Put the rows of one program together, the one worth most first, and order the programs."""
    programs: dict[str, list[_Row]] = {}
    for row in rows:
        programs.setdefault(row[0].program.key, []).append(row)
    best_first = [sorted(group, key=_within_program) for group in programs.values()]
    best_first.sort(key=lambda group: _across_programs(group[0]))
    return [
        Choice(group[0][0].program, group[0][0], tuple(row[0] for row in group[1:]), group[0][1], group[0][2])
        for group in best_first
    ]


def _worth(row: _Row) -> tuple[bool, int, int, int]:
    match, _, nearness = row
    outcome = match.verdict.outcome
    return (outcome is Outcome.NOT_ELIGIBLE, nearness or 0, _phase(match.status), KINDNESS[outcome])


def _score(row: _Row) -> float:
    return row[1].score if row[1] is not None else 0.0


def _within_program(row: _Row) -> tuple[tuple[bool, int, int, int], int, float, str]:
    """Of rounds that are worth the same, the latest stands for the program."""
    closed = row[0].intake.gate(frozenset()).closes.date or _LONG_AGO
    return (_worth(row), -closed.toordinal(), -_score(row), row[0].stream.key)


def _across_programs(row: _Row) -> tuple[tuple[bool, int, int, int], float, str]:
    return (_worth(row), -_score(row), row[0].program.key)
