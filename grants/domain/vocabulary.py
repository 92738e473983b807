"""The vocabulary of community safety and well-being: concepts, their wordings in both languages, and what serves what.

A **concept** is one thing that a plan may want and a program may pay for: a topic (homelessness), a group (seniors), a
place (rural), a kind of work (prevention), or a word so broad that it says little (community). Its wordings are the
phrases by which either side names it. ``broader`` places it in the tree; ``related`` says how well a program about
another concept serves a priority about this one.

The ministry's lists (risk and protective factors, groups, sectors, study flags) are concepts too. They point by
``broader`` at the concepts that matching works with, so their wordings count there; they are not matched themselves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import OSA

from grants.domain.text import Gap, Word, is_aim, words

MATCHED_KINDS = ("topic", "group", "place", "work", "broad")
"""Kinds that matching works with, each a role in a priority; every other kind is a list kept for reference."""

ORDINARY = "ordinary"
"""The kind of a concept whose wordings are plain words: they name nothing and are no typing error of anything."""

WEAK = "~"
"""Begins a wording that may be said in passing: it counts less in a program's text, and beside a stronger wording."""

NARROWER = 0.75
"""How well a program about a narrower concept serves a priority about the broader one."""

BROADER = 0.45
"""How well a program about the broader concept serves a priority about a narrower one."""


@dataclass(frozen=True, slots=True)
class Concept:
    """One concept.

    Attributes:
        key: stable, lower case with hyphens.
        label_en, label_fr: what a person reads; they are wordings too.
        kind: one of ``MATCHED_KINDS``, ``ORDINARY``, or the name of a reference list (risk-factor, sector...).
        wordings_en, wordings_fr: phrases that name it; one that begins with ``WEAK`` may be said in passing.
        broader: keys of the concepts above it; never a circle.
        related: (key, closeness) pairs, 0 < closeness <= 1: how well a program about *key* serves a priority about this
            concept; it overrides what ``broader`` implies.
        source, evidence: where the record is from, and how it is known: "own" (written for this vocabulary), "seen" (in
            the source) or "recalled" (from memory of it: never to be shown as official).
        translation: whose the French label is, "own" or "official".
    """

    key: str
    label_en: str
    label_fr: str
    kind: str
    wordings_en: tuple[str, ...] = ()
    wordings_fr: tuple[str, ...] = ()
    broader: tuple[str, ...] = ()
    related: tuple[tuple[str, float], ...] = ()
    source: str = ""
    evidence: str = "own"
    translation: str = "own"

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        """Read a concept from a plain dict; lists may be left out when empty."""
        return cls(
            key=record["key"],
            label_en=record["label_en"],
            label_fr=record["label_fr"],
            kind=record["kind"],
            wordings_en=tuple(record.get("wordings_en", ())),
            wordings_fr=tuple(record.get("wordings_fr", ())),
            broader=tuple(record.get("broader", ())),
            related=tuple(sorted(record.get("related", {}).items())),
            source=record.get("source", ""),
            evidence=record.get("evidence", "own"),
            translation=record.get("translation", "own"),
        )

    def to_record(self) -> dict[str, Any]:
        """The plain dict that :meth:`from_record` reads back to an equal concept."""
        return {
            "key": self.key,
            "kind": self.kind,
            "label_en": self.label_en,
            "label_fr": self.label_fr,
            "wordings_en": list(self.wordings_en),
            "wordings_fr": list(self.wordings_fr),
            "broader": list(self.broader),
            "related": dict(self.related),
            "source": self.source,
            "evidence": self.evidence,
            "translation": self.translation,
        }

    @property
    def phrases(self) -> tuple[str, ...]:
        """Everything that names the concept: labels and wordings."""
        return (self.label_en, self.label_fr, *self.wordings_en, *self.wordings_fr)


@dataclass(frozen=True, slots=True)
class Mention:
    """A run of words, ``start`` up to ``end``, that names concepts; ``sureness`` is below 1 where a typo was read."""

    concepts: tuple[str, ...]
    start: int
    end: int
    sureness: float = 1.0
    weak: bool = False


class _Node:
    """Where one has come to after some stems: which stems may follow, and what the stems so far name."""

    __slots__ = ("concepts", "following", "weak")

    def __init__(self) -> None:
        self.following: dict[str, _Node] = {}
        self.concepts: tuple[str, ...] = ()
        self.weak = True

    def name(self, stems: tuple[str, ...], concepts: tuple[str, ...], *, weak: bool) -> None:
        """Let the stems from here on name concepts too; they are weak while every wording of them is."""
        node = self
        for stem in stems:
            node = node.following.setdefault(stem, _Node())
        node.concepts += tuple(key for key in concepts if key not in node.concepts)
        node.weak &= weak

    def after(self, stems: tuple[str, ...]) -> _Node | None:
        """The node that these further stems lead to; ``None`` where no wording goes on so."""
        node: _Node | None = self
        for stem in stems:
            node = node.following.get(stem) if node is not None else None
        return node


@dataclass(frozen=True, slots=True)
class _Reading:
    """One way to read a typed word: as these stems, with this sureness."""

    stems: tuple[str, ...]
    sureness: float


class Misfit(StrEnum):
    """What is wrong between concepts."""

    TWICE = "twice"
    LOOSE = "loose"
    CLOSENESS = "closeness"
    CIRCLE = "circle"


class MisfitError(ValueError):
    """A concept does not fit among the others; ``other`` is the one it points at."""

    def __init__(self, misfit: Misfit, concept: str, other: str, sentence: str) -> None:
        super().__init__(sentence)
        self.misfit = misfit
        self.concept = concept
        self.other = other


def check_links(concept: Concept, concepts: Mapping[str, Concept]) -> None:
    """Refuse a concept that does not fit among the others. Cost: a walk over the concepts above it.

    Raises:
        MisfitError: it points at a concept that is not there, is related by a closeness that is not above 0 and up to
            1, or stands above itself.
    """
    for key in (*concept.broader, *(key for key, _ in concept.related)):
        if key not in concepts:
            raise MisfitError(Misfit.LOOSE, concept.key, key, f"{concept.key} points at {key}, which is no concept")
    for key, closeness in concept.related:
        if not 0 < closeness <= 1:
            sentence = f"{concept.key} is related to {key} by {closeness}, which is not above 0 and up to 1"
            raise MisfitError(Misfit.CLOSENESS, concept.key, key, sentence)
    passed: set[str] = set()
    above = {key: key for key in concept.broader}  # each concept above with the first step of the way to it
    while above:
        if concept.key in above:
            first = above[concept.key]
            raise MisfitError(Misfit.CIRCLE, concept.key, first, f"{concept.key} is broader than itself")
        passed |= above.keys()
        further = {up: first for key, first in above.items() if key in concepts for up in concepts[key].broader}
        above = {key: first for key, first in further.items() if key not in passed}


class Vocabulary:
    """Concepts with the look-ups that matching needs; equal when the concepts are equal.

    Attributes:
        concepts: every concept, in the order given.
        matched: those that matching works with, in the same order; their places are the columns of every matrix.
    """

    __slots__ = ("_below", "_forms", "_of_like_length", "_plain", "_repaired", "_root", "by_key", "concepts", "matched")

    def __init__(self, concepts: Iterable[Concept]) -> None:
        self.concepts = tuple(concepts)
        self.by_key: Mapping[str, Concept] = MappingProxyType({concept.key: concept for concept in self.concepts})
        if len(self.by_key) != len(self.concepts):
            twice = sorted(key for key, count in Counter(each.key for each in self.concepts).items() if count > 1)
            raise MisfitError(Misfit.TWICE, twice[0], twice[0], f"two concepts share the key {', '.join(twice)}")
        for concept in self.concepts:
            check_links(concept, self.by_key)
        self.matched = tuple(concept for concept in self.concepts if concept.kind in MATCHED_KINDS)
        self._below: dict[str, list[str]] = {}
        for concept in self.matched:
            for up in concept.broader:
                self._below.setdefault(up, []).append(concept.key)
        self._root, self._forms, self._plain = self._learn()
        self._of_like_length = _of_like_length(self._forms)
        self._repaired: dict[str, tuple[_Reading, ...]] = {}

    @classmethod
    def from_records(cls, records: Sequence[Mapping[str, Any]]) -> Self:
        """Build a vocabulary from plain dicts.

        Raises:
            MisfitError: two records share a key, one points at a key that is not there or at itself by way of broader
                ones, or a closeness is not above 0 and up to 1; the message names the concept.
        """
        return cls(Concept.from_record(record) for record in records)

    def to_records(self) -> list[dict[str, Any]]:
        """Plain dicts in the order of the concepts."""
        return [concept.to_record() for concept in self.concepts]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Vocabulary) and self.concepts == other.concepts

    def __hash__(self) -> int:
        return hash(self.concepts)

    def serves(self, key: str) -> dict[str, float]:
        """How well a program about each concept serves a priority about ``key``; what is not listed does not.

        The concept itself 1, what ``related`` says, narrower concepts ``NARROWER`` a step, broader ones ``BROADER``
        a step; where several hold, ``related`` first, then the largest.
        """
        concept = self.by_key[key]
        reach = dict(concept.related)
        for other, closeness in self._narrower(key).items():
            reach.setdefault(other, closeness)
        for other, closeness in concept.related:
            for below, step in self._narrower(other).items():
                if below not in dict(concept.related):
                    reach[below] = max(reach.get(below, 0.0), closeness * step)
        above, closeness = concept.broader, BROADER
        while above:
            for other in above:
                reach.setdefault(other, closeness)
            above = tuple(up for other in above for up in self.by_key[other].broader)
            closeness *= BROADER
        reach[key] = 1.0
        return reach

    def _narrower(self, key: str) -> dict[str, float]:
        found: dict[str, float] = {}
        level, closeness = [key], NARROWER
        while level:
            below = dict.fromkeys(below for up in level for below in self._below.get(up, ()))
            level = [each for each in below if each not in found]
            found.update(dict.fromkeys(level, closeness))
            closeness *= NARROWER
        return found

    def known(self, word: Word) -> bool:
        """Whether the word needs no repair: it stands in some wording in some form, or is ordinary."""
        form = word.form
        return form in self._forms or word.stem in self._root.following or form in self._plain or is_aim(form)

    def tidied(self, text: Sequence[Word]) -> tuple[Word, ...]:
        """The words as they were meant, before wordings are looked for.

        A mistyped "and" or "et" (``nad``) goes, and parts its neighbours as the right one does; of a French doublet
        (``étudiantes et étudiants``) the second word is kept.
        """
        kept: list[Word] = []
        slipped = False
        for word in text:
            if len(word.form) <= _LONGEST_SLIP and not self.known(word) and _is_slip(word.form):
                slipped = True
                continue
            if slipped and kept and word.gap is Gap.NONE:
                kept.append(replace(word, gap=Gap.JOINED))
            elif kept and word.gap is Gap.JOINED and word.stem == kept[-1].stem:
                kept[-1] = replace(word, gap=kept[-1].gap)
            else:
                kept.append(word)
            slipped = False
        return tuple(kept)

    def mentions(self, text: Sequence[Word], *, typos: bool = False) -> tuple[Mention, ...]:
        """The wordings found in a text, from left to right, none overlapping.

        Of all ways to lay wordings side by side, the one that covers most words, then that with fewest wordings, then
        that which runs over fewest "and"s. A wording never runs over a comma, a slash or a full stop. With ``typos``,
        the first 40 words that stand in no wording are read as the nearest ones that do.

        Cost: O(words x longest wording); with ``typos`` one comparison of each new unknown word with those of like
        length.
        """
        repairs = _MOST_REPAIRS if typos else 0
        readings = []
        for word in text:
            repaired = repairs > 0 and not self.known(word)
            repairs -= repaired
            plain = (_Reading(self._forms.get(word.form, (word.stem,)), 1.0),)
            readings.append(self._repair(word) if repaired else plain)
        # best[i]: how well the words from i on are covered, and the mention to take at i (None: leave the word)
        best: list[tuple[tuple[float, int, int], Mention | None]] = [((0.0, 0, 0), None)] * (len(text) + 1)
        for at in range(len(text) - 1, -1, -1):
            best[at] = (best[at + 1][0], None)
            for mention in self._starting(text, readings, at):
                covered, mentions, crossings = best[mention.end][0]
                crossed = sum(word.gap is Gap.JOINED for word in text[at + 1 : mention.end])
                worth = (covered + (mention.end - at) * mention.sureness, mentions - 1, crossings - crossed)
                if worth > best[at][0]:
                    best[at] = (worth, mention)
        found: list[Mention] = []
        at = 0
        while at < len(text):
            taken = best[at][1]
            if taken is not None:
                found.append(taken)
            at = taken.end if taken is not None else at + 1
        return tuple(found)

    def _starting(self, text: Sequence[Word], readings: Sequence[tuple[_Reading, ...]], at: int) -> list[Mention]:
        """Every wording that starts at a word, in every way its words can be read."""
        found: list[Mention] = []
        reached: list[tuple[_Node, int, float]] = [(self._root, at, 0.0)]
        while reached:
            node, end, sureness = reached.pop()
            if node.concepts:
                found.append(Mention(node.concepts, at, end, sureness / (end - at), node.weak))
            if end < len(text) and (end == at or text[end].gap is not Gap.BROKEN):
                for reading in readings[end]:
                    further = node.after(reading.stems)
                    if further is not None:
                        reached.append((further, end + 1, sureness + reading.sureness))
        return found

    def _repair(self, word: Word) -> tuple[_Reading, ...]:
        if word.form not in self._repaired:
            if len(self._repaired) >= _MOST_REMEMBERED:
                self._repaired.clear()
            self._repaired[word.form] = self._nearest(word)
        return self._repaired[word.form]

    def _nearest(self, word: Word) -> tuple[_Reading, ...]:
        """The known words within one edit (up to 4 letters) or two; best first, at most ``_CANDIDATES``."""
        plain = (_Reading((word.stem,), 1.0),)
        form = word.form
        if not (form.isascii() and form.isalpha()) or len(form) < _SHORTEST_REPAIRED or word.typed.isupper():
            return plain
        edits = 1 if len(form) <= _ONE_EDIT else 2
        alike = self._of_like_length[len(form)].alike(form, edits) if len(form) in self._of_like_length else ()
        near = sorted(
            (int(distance), other[0] != form[0], abs(len(other) - len(form)), other)
            for other, distance, _ in process.extract(form, alike, scorer=OSA.distance, score_cutoff=edits, limit=None)
        )
        repaired = tuple(
            _Reading(self._forms[other], 1.0 - distance / len(form) - place / 1000)
            for place, (distance, _, _, other) in enumerate(near[:_CANDIDATES])
        )
        return repaired or plain

    def _learn(self) -> tuple[_Node, dict[str, tuple[str, ...]], frozenset[str]]:
        """The wordings as a tree of stems, each known form with the stems it stands for, and the ordinary words."""
        root = _Node()
        forms: dict[str, tuple[str, ...]] = {}
        compounds: dict[str, tuple[str, ...]] = {}
        for parts, named, weak in self._wordings():
            forms.update((part.form, (part.stem,)) for part in parts)
            if len(parts) == 2:  # noqa: PLR2004 - "wellbeing", or a space forgotten
                compounds.setdefault(parts[0].form + parts[1].form, tuple(part.stem for part in parts))
            root.name(tuple(part.stem for part in parts), named, weak=weak)
        plain = {
            part.form
            for concept in self.concepts
            if concept.kind == ORDINARY
            for phrase in concept.phrases
            for part in words(phrase)
        }
        return root, compounds | forms, frozenset(plain)

    def _wordings(self) -> Iterator[tuple[tuple[Word, ...], tuple[str, ...], bool]]:
        """Each wording as words, the matched concepts it names, and whether it is weak.

        A wording of a matched concept names that concept. A wording of a reference concept names the matched concepts
        above it, unless a matched concept has the wording. A label is as weak as the wording that equals it.
        """
        read = {phrase: words(phrase) for concept in self.concepts for phrase in concept.phrases}
        own = {tuple(part.stem for part in read[phrase]) for concept in self.matched for phrase in concept.phrases}
        for concept in self.concepts:
            matched = concept.kind in MATCHED_KINDS
            above = tuple(key for key in concept.broader if self.by_key[key].kind in MATCHED_KINDS)
            named = (concept.key,) if matched else above
            weak = {phrase.removeprefix(WEAK).casefold() for phrase in concept.phrases if phrase.startswith(WEAK)}
            for phrase in concept.phrases if named else ():
                parts = read[phrase]
                if parts and (matched or tuple(part.stem for part in parts) not in own):
                    yield parts, named, phrase.removeprefix(WEAK).casefold() in weak


_SHORTEST_REPAIRED = 3
_ONE_EDIT = 4
"""Letters up to which a word is repaired by one edit only; longer words by up to two."""
_LONGEST_SLIP = 4
_CANDIDATES = 4
_MOST_REPAIRS = 40
_MOST_REMEMBERED = 20_000


def _is_slip(form: str) -> bool:
    return any(OSA.distance(form, right, score_cutoff=1) <= 1 for right in ("and", "et"))


class _LikeLength:
    """Forms of about one length, with a bit for each letter that stands in them."""

    __slots__ = ("_forms", "_letters")

    def __init__(self, forms: Mapping[str, int]) -> None:
        self._forms = tuple(forms)
        self._letters: NDArray[np.uint32] = np.fromiter(forms.values(), np.uint32, len(forms))

    def alike(self, form: str, edits: int) -> list[str]:
        """The forms that so many edits may reach: one edit takes away at most one letter and brings at most one."""
        differing = np.bitwise_count(self._letters ^ np.uint32(_letters(form)))
        return [self._forms[at] for at in np.flatnonzero(differing <= 2 * edits).tolist()]


def _letters(form: str) -> int:
    return sum(1 << ord(letter) - ord("a") for letter in set(form))


def _of_like_length(forms: Iterable[str]) -> dict[int, _LikeLength]:
    """For each length of a word the forms that are at most two letters longer or shorter."""
    near: dict[int, dict[str, int]] = {}
    for form in sorted(forms):
        if form.isascii() and form.isalpha():
            letters = _letters(form)
            for length in range(len(form) - 2, len(form) + 3):
                near.setdefault(length, {})[form] = letters
    return {length: _LikeLength(some) for length, some in near.items()}
