"""Every verdict at once, judged again only where a change touches it; and what a community can do about each.

Communities that answer alike all that a stream asks are decided once. The answers to one question, over all
communities, are a *column*; streams that ask the same share it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from threading import Lock
from typing import Any

from grants.domain.bilingual import Language
from grants.domain.communities import Community, Profile
from grants.domain.counterfactuals import (
    OpenQuestion,
    Prospects,
    Settling,
    prospects,
    rank_questions,
    smallest_questions,
)
from grants.domain.eligibility import (
    Asked,
    Conditions,
    Decision,
    Knowledge,
    Outcome,
    Question,
    Route,
    answered,
    compiled,
    decide,
    depends_on,
    judge,
    routes_asked,
)
from grants.domain.rules import HasFact, Rule
from grants.services.catalogue import Catalogue

Column = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Work:
    """What it took to bring verdicts up to date.

    ``answers`` counts the single answers asked for, ``decisions`` the calls of the deciding function; ``judged`` names
    the communities looked at again, by stream.
    """

    answers: int
    decisions: int
    judged: Mapping[str, frozenset[str]]

    @property
    def pairs(self) -> int:
        """How many pairs of stream and community were looked at again."""
        return sum(len(each) for each in self.judged.values())


@dataclass(frozen=True, slots=True)
class _Row:
    """One stream: its rules, what they depend on, and a decision for each community in order."""

    conditions: Conditions
    asked: tuple[Asked, ...]
    decisions: tuple[Decision, ...]


@dataclass(frozen=True, slots=True)
class Verdicts:
    """The decisions of communities x streams at one moment; what was and what is share all that did not change.

    Memory: some 8 bytes a pair; 573 communities x 5,000 streams take about 30 MB.
    """

    profiles: Mapping[str, Profile]
    knowledge: Knowledge
    _places: Mapping[str, int]
    _routes: tuple[Mapping[str, Route | None], ...]
    _columns: Mapping[Asked, Column]
    _rows: Mapping[str, _Row]

    def of(self, stream: str, community: str) -> Decision:
        """Give one decision.

        Raises:
            KeyError: no such stream or community.
        """
        return self._rows[stream].decisions[self._places[community]]

    def for_community(self, community: str) -> dict[str, Decision]:
        """Give the decision on each stream for a community, by the stream's key.

        Raises:
            KeyError: no such community.
        """
        place = self._places[community]
        return {key: row.decisions[place] for key, row in self._rows.items()}

    def for_stream(self, stream: str) -> dict[str, Decision]:
        """Give the decision on a stream for each community, by the community's key.

        Raises:
            KeyError: no such stream.
        """
        return dict(zip(self.profiles, self._rows[stream].decisions, strict=True))

    def counts(self, communities: Iterable[str] | None = None) -> dict[str, Counter[Outcome]]:
        """Count outcomes for each stream, over all communities or some."""
        wanted = None if communities is None else set(communities)
        chosen = [wanted is None or key in wanted for key in self.profiles]
        return {
            key: Counter(decision.outcome for decision in compress(row.decisions, chosen))
            for key, row in self._rows.items()
        }

    def conditions(self) -> dict[str, Conditions]:
        """Give the compiled rules of each stream, by its key."""
        return {key: row.conditions for key, row in self._rows.items()}


def judge_all(
    streams: Mapping[str, Sequence[Rule]],
    profiles: Mapping[str, Profile],
    knowledge: Knowledge,
    *,
    before: Verdicts | None = None,
) -> tuple[Verdicts, Work]:
    """Judge each stream for each community.

    A stream is judged again for everybody where its rules changed; a community only for the streams that ask something
    it now answers otherwise; a fact whose definition changed only where it is asked. Communities that came or went
    make all be judged again.

    Args:
        streams: the rules of each stream, by its key.
        profiles: all that is known of each community, by its key.
        knowledge: the registry of facts and the gazetteer.
        before: the verdicts of the last time; they stay as they are.

    Returns:
        The verdicts, and the work they took.

    Raises:
        KeyError: a rule names a fact that is not known.

    Cost:
        At first O(distinct questions x communities) answers, O(streams x communities) look-ups, and one decision for
        each group of communities that a stream cannot tell apart. Later what the change touches, after comparing all
        rules and profiles with those of the last time: an identity check where the object is the same.
    """
    if before is not None and tuple(before.profiles) == tuple(profiles):
        return _Judge(profiles, knowledge, before).judge(streams)
    return _Judge(profiles, knowledge, None).judge(streams)


class _Judge:
    """One run of :func:`judge_all`: what it knows, what it has asked so far, and how much that was."""

    def __init__(self, profiles: Mapping[str, Profile], knowledge: Knowledge, before: Verdicts | None) -> None:
        self._profiles = list(profiles.values())
        self._keys = tuple(profiles)
        self._knowledge = knowledge
        self._before = before
        self._columns: dict[Asked, Column] = {}
        self._alike: dict[Decision, Decision] = {}
        self._answers = self._decisions = 0
        moved = self._moved()
        self._routes = [
            before._routes[place] if before is not None and place not in moved else routes_asked(profile)  # noqa: SLF001
            for place, profile in enumerate(self._profiles)
        ]
        self._differs = self._asked_again(moved)

    def judge(self, streams: Mapping[str, Sequence[Rule]]) -> tuple[Verdicts, Work]:
        old = {} if self._before is None else self._before._rows  # noqa: SLF001 - a run knows what it makes
        rows: dict[str, _Row] = {}
        judged: dict[str, frozenset[str]] = {}
        for key, rules in streams.items():
            row = old.get(key)
            if row is None or row.conditions.rules != tuple(rules):
                rows[key] = self._row(compiled(rules))
                judged[key] = frozenset(self._keys)
                continue
            touched = sorted({place for asked in row.asked for place in self._differs[asked]})
            rows[key] = self._row_again(row, touched)
            if touched:
                judged[key] = frozenset(self._keys[place] for place in touched)
        needed = {asked for row in rows.values() for asked in row.asked}
        verdicts = Verdicts(
            profiles=dict(zip(self._keys, self._profiles, strict=True)),
            knowledge=self._knowledge,
            _places={key: place for place, key in enumerate(self._keys)},
            _routes=tuple(self._routes),
            _columns={asked: column for asked, column in self._columns.items() if asked in needed},
            _rows=rows,
        )
        return verdicts, Work(self._answers, self._decisions, judged)

    def _moved(self) -> set[int]:
        """Give the places of the communities of which something else is known now."""
        if self._before is None:
            return set()
        pairs = zip(self._profiles, self._before.profiles.values(), strict=True)
        return {place for place, (now, then) in enumerate(pairs) if now is not then and now != then}

    def _redefined(self) -> set[str]:
        """Give the facts that are answered otherwise now, whatever was stated."""
        if self._before is None:
            return set()
        then = self._before.knowledge.facts
        return {
            key
            for key, now in self._knowledge.facts.items()
            if key in then and (now.subject, now.holds_for) != (then[key].subject, then[key].holds_for)
        }

    def _asked_again(self, moved: set[int]) -> dict[Asked, tuple[int, ...]]:
        """Ask again what may have changed; give the places of the communities that answer otherwise."""
        differs: dict[Asked, tuple[int, ...]] = defaultdict(tuple)
        redefined = self._redefined()
        known = {} if self._before is None else self._before._columns  # noqa: SLF001
        for asked, column in known.items():
            leaf = asked[0]
            everyone = isinstance(leaf, HasFact) and leaf.key in redefined
            whom = range(len(column)) if everyone else sorted(moved)
            now = {place: self._answer(asked, place) for place in whom}
            changed = tuple(place for place, answer in now.items() if answer != column[place])
            if changed:
                differs[asked] = changed
            again = (now.get(place, answer) for place, answer in enumerate(column))
            self._columns[asked] = tuple(again) if changed else column
        return differs

    def _answer(self, asked: Asked, place: int) -> int:
        self._answers += 1
        return answered(asked, self._routes[place], self._knowledge)

    def _column(self, asked: Asked) -> Column:
        if asked not in self._columns:
            self._columns[asked] = tuple([self._answer(asked, place) for place in range(len(self._profiles))])
        return self._columns[asked]

    def _row(self, conditions: Conditions) -> _Row:
        asked = depends_on(conditions)
        columns = [self._column(each) for each in asked]
        answers = list(zip(*columns, strict=True)) if columns else [()] * len(self._profiles)
        first: dict[tuple[int, ...], int] = {}
        for place, alike in enumerate(answers):
            first.setdefault(alike, place)
        decided = {alike: self._decide(conditions, place) for alike, place in first.items()}
        return _Row(conditions, asked, tuple([decided[alike] for alike in answers]))

    def _row_again(self, row: _Row, places: Sequence[int]) -> _Row:
        if not places:
            return row
        decisions = list(row.decisions)
        for place in places:
            decisions[place] = self._decide(row.conditions, place)
        return _Row(row.conditions, row.asked, tuple(decisions))

    def _decide(self, conditions: Conditions, place: int) -> Decision:
        self._decisions += 1
        decision = decide(conditions, self._profiles[place], self._knowledge)
        return self._alike.setdefault(decision, decision)


_kept: list[tuple[Catalogue, Verdicts]] = []
_lock = Lock()


def present(catalogue: Catalogue) -> Verdicts:
    """Give every verdict on the catalogue, remembered; a later catalogue costs what it changed.

    Cost: nothing where this catalogue was asked for last; else :func:`judge_all`, about 0.6 s the first time.
    """
    with _lock:
        if not _kept or _kept[0][0] is not catalogue:
            verdicts, _ = judge_all(
                {stream.key: stream.rules for stream in catalogue.streams.values()},
                {key: catalogue.profile(community) for key, community in catalogue.communities.items()},
                catalogue.knowledge,
                before=_kept[0][1] if _kept else None,
            )
            _kept[:] = [(catalogue, verdicts)]
        return _kept[0][1]


@dataclass(frozen=True, slots=True)
class Ask:
    """A question of one stream with what its answer settles over all; ``settling`` is ``None`` for the funder's."""

    question: Question
    settling: Settling | None


@dataclass(frozen=True, slots=True)
class Advice:
    """What a community can do about each stream (by key), and its open questions over all, the best to ask first."""

    prospects: Mapping[str, Prospects]
    ask: Mapping[str, tuple[Ask, ...]]
    questions: tuple[Settling, ...]


def advise(catalogue: Catalogue, community: Community) -> Advice:
    """Find, for each stream, the smallest sets of steps and the smallest set of questions.

    Cost: about 0.3 ms a stream, 0.1 s for 344.
    """
    return advise_on(
        {stream.key: compiled(stream.rules) for stream in catalogue.streams.values()},
        catalogue.profile(community),
        catalogue.knowledge,
    )


def advise_on(streams: Mapping[str, Conditions], profile: Profile, knowledge: Knowledge) -> Advice:
    """Advise on compiled rules and a profile; see :func:`advise`. A stream's questions come most settling first."""
    questions = rank_questions(streams, profile, knowledge)
    order = {each.asked.question.key: place for place, each in enumerate(questions)}
    ask: dict[str, tuple[Ask, ...]] = {}
    for key, conditions in streams.items():
        wanted = sorted(smallest_questions(conditions, profile, knowledge), key=lambda each: order[each.question.key])
        asked = [Ask(each.question, questions[order[each.question.key]]) for each in wanted]
        ask[key] = tuple(asked + _for_the_funder(conditions, profile, knowledge, wanted))
    found = {key: prospects(conditions, profile, knowledge) for key, conditions in streams.items()}
    return Advice(found, ask, questions)


def _for_the_funder(
    conditions: Conditions, profile: Profile, knowledge: Knowledge, asked: Sequence[OpenQuestion]
) -> list[Ask]:
    """Give what only the funder can say and what holds the verdict back; nothing where answers here settle it."""
    if asked or decide(conditions, profile, knowledge).outcome is not Outcome.UNKNOWN:
        return []
    held = [finding for finding in judge(conditions, profile, knowledge).findings if finding.holds_back]
    return [Ask(each, None) for each in dict.fromkeys(question for finding in held for question in finding.questions)]


def counterfactual_records(found: Prospects, language: Language) -> list[list[dict[str, str]]]:
    """Write sets of steps for export and the command line."""
    return [
        [{"kind": step.kind, "key": step.key, "text": step.words.in_(language)} for step in each.steps]
        for each in found.counterfactuals
    ]


def ask_records(asked: Sequence[Ask], language: Language) -> list[dict[str, Any]]:
    """Write questions for export and the command line.

    ``settles`` counts the streams that are *need to know* now and are not after any answer, ``may_settle`` those that
    are not after some answer.
    """
    return [
        {
            "key": each.question.key,
            "text": each.question.words.in_(language),
            "settles": 0 if each.settling is None else len(each.settling.always),
            "may_settle": 0 if each.settling is None else len(each.settling.sometimes),
        }
        for each in asked
    ]
