"""Which programs are about what a priority is about: by topic only, with evidence that a person can check.

How a match is made:

1. *Reading a stream* (``StreamIndex.build``). Every wording of the vocabulary found in its texts gives the stream a
   strength, 0 to 1, for that concept: more in a name than in a list of costs, more when several fields say it, less
   when the stream speaks of many topics at once.
2. *Reading a priority* (``understand``). Its words are read as concepts, typing errors included. The bundle falls into
   parts ("Poverty | homelessness"); a part has a subject (homelessness) and may have modifiers (youth, rural,
   prevention).
3. *Meeting*. A stream serves a subject as well as its strengths serve the subject's concepts (``Vocabulary.serves``);
   a modifier that it does not share weakens that. Parts count alike. Words in common add a little.
4. *Scoring* (``rank``). That sum becomes 0..100. The steps that could depend on the order of summing are done in whole
   numbers, so the same input gives the same bytes on any machine.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Self, overload

import numpy as np
from numpy.typing import NDArray

from grants.domain.plans import Priority
from grants.domain.text import Gap, Word, clean, is_aim, words
from grants.domain.vocabulary import Mention, Vocabulary

Floats = NDArray[np.float32]
Whole = NDArray[np.intp]
_Line = tuple[tuple[str, float], ...]
"""Concepts wanted together, each with its weight."""


@dataclass(frozen=True, slots=True)
class StreamText:
    """All that the topic of a stream is read from; ``None`` and empty where the source says nothing."""

    key: str
    program: str
    stream: str | None = None
    name_fr: str | None = None
    administrator: str | None = None
    summary: str | None = None
    summary_fr: str | None = None
    objectives: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()
    target_populations: tuple[str, ...] = ()
    eligible_costs: tuple[str, ...] = ()

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        """Read the fields from a record shaped like the catalogue's streams; other keys are ignored."""
        return cls(
            key=record["key"],
            program=record["program"],
            stream=record.get("stream"),
            name_fr=record.get("name_fr"),
            administrator=record.get("administrator"),
            summary=record.get("summary"),
            summary_fr=record.get("summary_fr"),
            objectives=tuple(record.get("objectives") or ()),
            themes=tuple(record.get("themes") or ()),
            target_populations=tuple(record.get("target_populations") or ()),
            eligible_costs=tuple(record.get("eligible_costs") or ()),
        )


@dataclass(frozen=True, slots=True)
class Sense:
    """One concept understood in a priority: from which ``words`` as typed, in which ``part`` of the bundle.

    ``weight`` is 1 for a plain wording of the title, less for a repaired typing error, a word that says little beside
    stronger ones, or a word of the description only. ``kind`` is the concept's.
    """

    concept: str
    kind: str
    words: str
    weight: float
    part: int


@dataclass(frozen=True, slots=True)
class Term:
    """A word of a priority that is also looked for as it stands, by its stem."""

    typed: str
    stem: str


@dataclass(frozen=True, slots=True)
class Understanding:
    """What a priority was understood to be about.

    Where only broad words, or none, were understood, ``readings`` offers the keys of three concrete concepts to choose
    from. It stays ``vague`` until a reader has chosen; what was chosen is ``chosen``. ``reach`` is the weight of the
    description beside one part of the title.
    """

    title: tuple[Sense, ...]
    description: tuple[Sense, ...]
    title_terms: tuple[Term, ...]
    description_terms: tuple[Term, ...]
    reach: float
    vague: bool
    readings: tuple[str, ...]
    chosen: tuple[str, ...] = ()

    @property
    def senses(self) -> tuple[Sense, ...]:
        """Every sense, those of the title first."""
        return self.title + self.description


@dataclass(frozen=True, slots=True)
class Evidence:
    """``words`` of the priority as typed met the words ``in_stream``, which stand in ``field`` of the stream's texts.

    They met by ``concept`` (a key; ``kind`` is its kind), or, where that is ``None``, because they are the same word
    (``kind`` "word").
    """

    words: str
    concept: str | None
    in_stream: str
    kind: str
    field: str


@dataclass(frozen=True, slots=True)
class Match:
    """A stream with its score, 0..100 to two decimals, and why: what met what, strongest first, at most four."""

    stream: str
    score: float
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Weights:
    """The few numbers that judgement cannot give: measured by ``python -m tests.bench``, and flat around these."""

    # How much a wording in a field says about the stream, 0..1.
    name: float = 1.0
    objectives: float = 0.9
    summary: float = 0.75
    target_populations: float = 0.7
    first_theme: float = 0.6
    next_theme: float = 0.88  # each theme says this share of the one before it
    eligible_costs: float = 0.3
    administrator: float = 0.1
    translated: float = 0.9  # our own French beside the English
    weak: float = 0.45  # a wording marked "~": it may be said in passing
    breadth: float = 0.12  # how fast strengths fall with the sum of topics beyond two
    # How a priority is read.
    weak_alone: float = 0.5  # a "~" wording in a part of its own
    weak_beside: float = 0.3  # a "~" wording beside a stronger one in the same part
    broad: float = 0.6  # what a vague priority may at most be sure of
    description: float = 0.4
    description_of_vague: float = 0.9  # when the title alone says nothing
    # How much of the subject remains for a stream that does not share the modifier.
    without_group: float = 0.35
    without_place: float = 0.5
    without_work: float = 0.75
    group_alone: float = 0.15  # what sharing only the modifier is worth
    unasked_group: float = 0.05  # what a stream for one group loses when the priority names none
    same_words: float = 0.4  # what having all words in common is worth


WEIGHTS = Weights()

_WHOLE = 1024
"""Squares of strengths and of closeness are kept as whole multiples of 1/1024, so that their sums are exact."""
_MOST = 16.0
"""The sum of a stream's squared strengths is held to this: 16 * 1024 * 1024 is the largest whole number of float32."""
_HALF = 0.6
"""The sum of step 3 that scores 50; a purpose-made program reaches about twice that, which scores 80."""
_FIELD_LIMIT = 4_000
_SHORT_TEXT = 80
"""Characters of a text that many streams may share (a theme, a group, a program's name), which is read once."""
_LISTS = ("themes", "target_populations")
"""Fields in which nothing is said in passing."""
_SUREST = 0.95
"""The most that one field can say about a concept."""
_GENERAL = frozenset(["human-services", "cswb-planning"])
"""Concepts that mark a fund as broad on purpose."""
_SATURATION, _LENGTH_SHARE = 1.2, 0.75
"""The two customary constants of BM25."""
_BLOCK = 512
"""Lines of concepts that are worked on at once; one more priority may go beyond."""
_MOST_PARTS = 12
"""Parts of a bundle that are read; with the block it bounds the memory that any input can ask for."""
_TELLING = np.float64(0.06)
"""The least strength of a meeting that is shown as evidence."""
_MOST_EVIDENCE = 4
MOST_CHOSEN = 3
"""Concepts that may be chosen as the reading of one priority."""


# ------------------------------------------------------------------------------------------------ reading a priority


def understand(priority: Priority, vocabulary: Vocabulary, weights: Weights = WEIGHTS) -> Understanding:
    """Read a priority as concepts.

    A reading that somebody chose takes the place of words that are broad; words that say something concrete keep their
    own meaning. Only the first 2,000 characters of title and of description are read. Cost: one pass; each word never
    met before that stands in no wording is compared once with the known words of like length.
    """
    title = vocabulary.tidied(words(priority.title))
    senses = _senses(priority.title, title, vocabulary, weights, first_part=0)
    description = vocabulary.tidied(words(priority.description or ""))
    more = _senses(priority.description or "", description, vocabulary, weights, first_part=len(title))
    broad = all(sense.kind == "broad" for sense in senses + more)
    readings = _readings(senses + more, vocabulary) if broad else ()
    chosen = _chosen(priority.reading, vocabulary) if broad else ()
    if chosen:
        said = ", ".join(dict.fromkeys(sense.words for sense in senses)) or _beginning(priority.title)
        senses = [Sense(key, vocabulary.by_key[key].kind, said, 1.0, part=0) for key in chosen]
        more = []
    elif not broad:
        senses = [sense for sense in senses if sense.kind != "broad"]
        more = [sense for sense in more if sense.kind != "broad"]
    told = any(sense.kind not in ("broad", "work") for sense in senses)
    reach = weights.description if told else weights.description_of_vague
    return Understanding(
        title=tuple(senses),
        description=tuple(more),
        title_terms=_terms(title),
        description_terms=_terms(description),
        reach=reach,
        vague=broad and not chosen,
        readings=readings,
        chosen=chosen,
    )


def _senses(
    text: str, parts: Sequence[Word], vocabulary: Vocabulary, weights: Weights, *, first_part: int
) -> list[Sense]:
    mentions = vocabulary.mentions(parts, typos=True)
    numbers = _part_numbers(parts, mentions, first_part)
    strong = {numbers[mention.start] for mention in mentions if not mention.weak}
    seen = clean(text)
    senses = []
    for mention in mentions:
        part = numbers[mention.start]
        weight = mention.sureness
        if mention.weak and strong:
            weight *= weights.weak_beside if part in strong else weights.weak_alone
        typed = seen[parts[mention.start].start : parts[mention.end - 1].end]
        senses += [Sense(key, vocabulary.by_key[key].kind, typed, weight, part) for key in mention.concepts]
    joined = {numbers[at] for at, word in enumerate(parts) if word.gap is Gap.JOINED and numbers[at] != numbers[at - 1]}
    return senses + _shared_group(senses, joined)


def _shared_group(senses: Sequence[Sense], joined: AbstractSet[int]) -> list[Sense]:
    """The group that ends a bundle ("stress and isolation among youth"), again for the parts joined before it."""
    if not senses or senses[-1].kind != "group":
        return []
    last = senses[-1]
    kinds: dict[int, set[str]] = {}
    for sense in senses:
        kinds.setdefault(sense.part, set()).add(sense.kind)
    shared = []
    part = last.part
    while part in joined and "topic" in kinds.get(part, ()):
        part -= 1
        if "topic" in kinds.get(part, ()) and "group" not in kinds[part]:
            shared.append(replace(last, part=part))
    return shared


def _part_numbers(parts: Sequence[Word], mentions: Sequence[Mention], first: int) -> list[int]:
    """The part of the bundle that each word is in: "and", a comma or a slash begins one, but not inside a wording."""
    inside = {at for mention in mentions for at in range(mention.start + 1, mention.end)}
    numbers: list[int] = []
    for at, word in enumerate(parts):
        first += at > 0 and at not in inside and word.gap is not Gap.NONE
        numbers.append(first)
    return numbers


def _terms(parts: Sequence[Word]) -> tuple[Term, ...]:
    return tuple({word.stem: Term(word.typed, word.stem) for word in parts if not is_aim(word.form)}.values())


def _readings(senses: Sequence[Sense], vocabulary: Vocabulary) -> tuple[str, ...]:
    """The three concepts that the broad words most often mean; those of every broad word where none is used."""
    broad = [vocabulary.by_key[sense.concept] for sense in senses]
    broad = broad or [concept for concept in vocabulary.matched if concept.kind == "broad"]
    near: dict[str, float] = {}
    for concept in broad:
        for key, closeness in concept.related:
            near[key] = max(near.get(key, 0.0), closeness)
    return tuple(sorted(near, key=lambda key: (-near[key], key))[:3])


def _beginning(text: str) -> str:
    seen = clean(text).strip()
    return seen if len(seen) <= _SHORT_TEXT else seen[:_SHORT_TEXT].rstrip() + "…"


def _chosen(keys: Sequence[str], vocabulary: Vocabulary) -> tuple[str, ...]:
    """The concepts somebody chose, each once, in the vocabulary's order; what is none, or broad itself, is left out."""
    wanted = {key for key in keys if key in vocabulary.by_key}
    concrete = [each.key for each in vocabulary.matched if each.key in wanted and each.kind != "broad"]
    return tuple(concrete[:MOST_CHOSEN])


# -------------------------------------------------------------------------------------------------- reading a stream


_Said = tuple[tuple[str, ...], tuple[tuple[int, str, bool], ...]]
"""The stems of a text, and what it names: the concept's row, the words that name it, whether in passing."""


_Quote = tuple[str, str]
"""The words of a stream that name a concept, and the field they stand in; there are many: plain tuples are light."""


@dataclass(frozen=True, slots=True)
class _Posting:
    """The streams that a stem stands in, how much it says about each (0..1), and how rare it is."""

    streams: Whole
    shares: Floats
    rarity: float


class StreamIndex:
    """Streams read once, ready to be ranked for any number of priorities; immutable in use.

    Attributes:
        keys: the keys of the n streams, sorted.
        vocabulary: the concepts it was read with; its c matched concepts are the rows below.
        quotes: for each stream the words by which it names a concept, by row.
        strengths: c x n, how much each stream is about each concept, 0..1.
        unasked: n, what is left of a stream's score when it serves one group and the priority names none.
    """

    __slots__ = (
        "_met",
        "_postings",
        "_rows",
        "_serves",
        "_squares",
        "_texts",
        "keys",
        "quotes",
        "strengths",
        "unasked",
        "vocabulary",
        "weights",
    )

    def __init__(self, texts: Sequence[StreamText], vocabulary: Vocabulary, weights: Weights) -> None:
        self._texts = tuple(sorted(texts, key=lambda text: text.key))
        self.keys = tuple(text.key for text in self._texts)
        self.vocabulary = vocabulary
        self.weights = weights
        self._rows = {concept.key: row for row, concept in enumerate(vocabulary.matched)}
        self.quotes: list[dict[int, _Quote]] = []
        self._met: dict[str, tuple[Floats, Whole]] = {}
        self.strengths = np.zeros((len(self._rows), len(texts)), np.float32)
        stems: dict[str, dict[int, float]] = {}
        remembered: dict[str, _Said] = {}
        same: dict[_Quote, _Quote] = {}  # many streams say the same, and what is shared is light and near
        for place, text in enumerate(self._texts):
            best = self._read(place, text, stems, remembered)
            self.quotes.append({row: same.setdefault(quote, quote) for row, quote in best.items()})
        self._focus()
        self._postings = _postings(stems, len(texts))
        self._serves = np.zeros((len(self._rows), len(self._rows)), np.float32)
        for key, row in self._rows.items():
            for other, closeness in vocabulary.serves(key).items():
                self._serves[row, self._rows[other]] = closeness
        self._squares = _whole_squares(self.strengths)
        groups = [row for row, concept in enumerate(vocabulary.matched) if concept.kind == "group"]
        self.unasked: Floats = 1 - np.float32(weights.unasked_group) * self.strengths[groups].max(axis=0, initial=0.0)

    @classmethod
    def build(cls, streams: Sequence[StreamText], vocabulary: Vocabulary, weights: Weights = WEIGHTS) -> Self:
        """Read the streams.

        Cost: one pass over their texts (each field's first 4,000 characters), about 0.3 ms a stream; memory about
        4 c n bytes and the quoted words.
        """
        return cls(streams, vocabulary, weights)

    def _read(
        self, place: int, text: StreamText, stems: dict[str, dict[int, float]], remembered: dict[str, _Said]
    ) -> dict[int, _Quote]:
        """Fill one column of the strengths and the stems; give the best quote for each concept."""
        missed: dict[int, dict[str, float]] = {}
        best: dict[int, tuple[float, _Quote]] = {}
        for where, wording, weight in self._fields(text):
            said_stems, named = remembered.get(wording) or self._said(wording)
            if len(wording) <= _SHORT_TEXT:
                remembered[wording] = said_stems, named
            for stem in said_stems:
                places = stems.setdefault(stem, {})
                places[place] = places.get(place, 0.0) + weight
            for row, quote, weak in named:
                said = weight * self.weights.weak if weak and where not in _LISTS else weight
                fields = missed.setdefault(row, {})
                fields[where] = min(fields.get(where, 1.0), 1 - min(said, _SUREST))
                if row not in best or said > best[row][0]:
                    best[row] = (said, (quote, where))
        for row, fields in missed.items():
            self.strengths[row, place] = 1 - math.prod(fields.values())
        return {row: quote for row, (_, quote) in best.items()}

    def _said(self, text: str) -> _Said:
        parts = words(text, limit=_FIELD_LIMIT)
        seen = clean(text, limit=_FIELD_LIMIT)
        named = [
            (self._rows[key], seen[parts[mention.start].start : parts[mention.end - 1].end], mention.weak)
            for mention in self.vocabulary.mentions(parts)
            for key in mention.concepts
            if self.vocabulary.by_key[key].kind != "broad"  # every stream says "community": it tells nothing
        ]
        return tuple(part.stem for part in parts if not is_aim(part.form)), tuple(named)

    def _fields(self, text: StreamText) -> Iterable[tuple[str, str, float]]:
        """Each text of a stream with the field it counts for and its weight; both languages of a field count once."""
        w = self.weights
        yield "name", text.program, w.name
        yield "name", text.stream or "", w.name
        yield "name", text.name_fr or "", w.name * w.translated
        yield "summary", text.summary or "", w.summary
        yield "summary", text.summary_fr or "", w.summary * w.translated
        yield "administrator", text.administrator or "", w.administrator
        for objective in text.objectives:
            yield "objectives", objective, w.objectives
        for group in text.target_populations:
            yield "target_populations", group, w.target_populations
        for place, theme in enumerate(text.themes):
            yield "themes", theme, w.first_theme * w.next_theme**place
        for cost in text.eligible_costs:
            yield "eligible_costs", cost, w.eligible_costs

    def _focus(self) -> None:
        """Weaken streams that speak of many topics; what marks a fund as broad on purpose stays as it is."""
        topics = [row for row, concept in enumerate(self.vocabulary.matched) if concept.kind == "topic"]
        topics_named = np.maximum(self.strengths[topics].sum(axis=0), 2.0) / 2.0
        kept = np.array([concept.key in _GENERAL for concept in self.vocabulary.matched])
        self.strengths *= np.where(kept[:, None], 1.0, topics_named**-self.weights.breadth).astype(np.float32)

    # ------------------------------------------------------------------------------------------------------- meeting

    def affinities(self, lines: Sequence[_Line]) -> Floats:
        """How well each stream serves each line of (concept, weight) pairs: lines x n, 0..4.

        The root of the sum over concepts of (closeness x strength) squared: several concepts served count for more
        than one, but less than their sum.
        """
        wanted = np.zeros((len(lines), len(self._rows)), np.float32)
        for row, line in enumerate(lines):
            for key, weight in line:
                np.maximum(wanted[row], np.float32(weight) * self._serves[self._rows[key]], out=wanted[row])
        met: Floats = np.rint(wanted * wanted * _WHOLE) @ self._squares
        np.sqrt(met, out=met)
        met *= np.float32(1 / _WHOLE)
        return met

    def common_words(self, terms: Sequence[Term]) -> Floats | None:
        """The share of a priority's words, rare ones counting more, that each stream has; ``None`` if none is known."""
        known = [self._postings[term.stem] for term in terms if term.stem in self._postings]
        if not known:
            return None
        shares = np.zeros(len(self.keys), np.float32)
        whole = np.float32(sum(posting.rarity for posting in known))
        for posting in known:
            shares[posting.streams] += np.float32(posting.rarity) / whole * posting.shares
        return shares

    def met(self, concept: str) -> tuple[Floats, Whole]:
        """For each stream how well it serves a concept by one of its own, and by which (a row)."""
        if concept not in self._met:
            serves = self._serves[self._rows[concept]]
            rows = np.flatnonzero(serves)
            served = serves[rows, None] * self.strengths[rows]
            best = served.argmax(axis=0)
            self._met[concept] = (served[best, np.arange(len(self.keys))], rows[best])
        return self._met[concept]

    def quote_word(self, stream: int, stem: str) -> _Quote | None:
        """The first word of a stream with a stem, as it is written there."""
        for where, wording, _ in self._fields(self._texts[stream]):
            for word in words(wording, limit=_FIELD_LIMIT):
                if word.stem == stem:
                    return word.typed, where
        return None


def _whole_squares(strengths: Floats) -> Floats:
    squares: NDArray[np.float64] = strengths.astype(np.float64) ** 2
    squares *= np.minimum(1.0, _MOST / np.maximum(squares.sum(axis=0), 1e-9))
    whole: Floats = np.floor(squares * _WHOLE).astype(np.float32)
    return whole


def _postings(stems: Mapping[str, Mapping[int, float]], count: int) -> dict[str, _Posting]:
    """The share of a stem in each stream (saturating, long streams count less) and its rarity, as BM25 has them."""
    said_in = {
        stem: (np.fromiter(places, np.intp, len(places)), np.fromiter(places.values(), np.float64, len(places)))
        for stem, places in stems.items()
    }
    lengths = np.zeros(count)
    for streams, said in said_in.values():
        lengths[streams] += said
    usual = lengths.mean() if count else 1.0
    found: dict[str, _Posting] = {}
    for stem, (streams, said) in said_in.items():
        damping = _SATURATION * (1 - _LENGTH_SHARE + _LENGTH_SHARE * lengths[streams] / usual)
        rarity = math.log1p((count - len(streams) + 0.5) / (len(streams) + 0.5))
        found[stem] = _Posting(streams, (said / (said + damping)).astype(np.float32), rarity)
    return found


# ----------------------------------------------------------------------------------------------------------- ranking


@dataclass(frozen=True, slots=True)
class _Part:
    """One part of a bundle as rows of affinities: its subject, and modifiers as (row, what remains without, alone)."""

    subject: int
    modifiers: tuple[tuple[int, float, float], ...]


class _Told(dict[_Quote, Evidence]):
    """What meeting a sense by a quote gives as evidence, made once however many matches say the same."""

    __slots__ = ("_sense",)

    def __init__(self, sense: Sense) -> None:
        super().__init__()
        self._sense = sense

    def __missing__(self, quote: _Quote) -> Evidence:
        sense = self._sense
        evidence = self[quote] = Evidence(sense.words, sense.concept, quote[0], sense.kind, quote[1])
        return evidence


class Ranking(Sequence[Match]):
    """The matches of one priority, best first; they are made when they are looked at, for most never are.

    ``told`` is shared by the rankings made together: the evidence of each (words, concept).
    """

    __slots__ = ("_index", "_reading", "_scores", "_streams", "_told")

    def __init__(
        self,
        reading: Understanding,
        index: StreamIndex,
        streams: Whole,
        scores: Floats,
        told: dict[tuple[str, str], _Told],
    ) -> None:
        self._reading = reading
        self._index = index
        self._streams = streams
        self._scores = scores
        self._told = told

    def __len__(self) -> int:
        return len(self._streams)

    def __iter__(self) -> Iterator[Match]:
        return iter(self[:])

    @overload
    def __getitem__(self, at: int) -> Match: ...
    @overload
    def __getitem__(self, at: slice) -> list[Match]: ...
    def __getitem__(self, at: int | slice) -> Match | list[Match]:
        if isinstance(at, slice):
            return self._matches(self._streams[at], self._scores[at])
        return self._matches(self._streams[[at]], self._scores[[at]])[0]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    def __hash__(self) -> int:
        return hash(tuple(self.scores()))

    def scores(self) -> list[tuple[str, float]]:
        """The stream and score of every match, for whoever does not ask why."""
        keys = self._index.keys
        return [
            (keys[stream], score / 100)
            for stream, score in zip(self._streams.tolist(), self._scores.tolist(), strict=True)
        ]

    def _matches(self, streams: Whole, scores: Floats) -> list[Match]:
        """Say of each stream which concepts met, strongest first, or else the words in common."""
        senses = {(each.words, each.concept): each for each in self._reading.senses}
        told = [self._told.setdefault(key, _Told(sense)) for key, sense in senses.items()]
        strengths = np.zeros((len(senses), len(streams)), np.float32)
        rows = np.zeros(strengths.shape, np.intp)
        for place, sense in enumerate(senses.values()):
            served, by = self._index.met(sense.concept)
            strengths[place] = served[streams] * np.float32(sense.weight)
            rows[place] = by[streams]
        strongest = np.argsort(-strengths, axis=0, kind="stable")
        counts = np.minimum(np.count_nonzero(strengths >= _TELLING, axis=0), _MOST_EVIDENCE)
        matches = []
        each_stream = zip(
            streams.tolist(), scores.tolist(), strongest.T.tolist(), rows.T.tolist(), counts.tolist(), strict=True
        )
        for stream, score, places, by_rows, count in each_stream:
            quotes = self._index.quotes[stream]
            evidence = tuple([told[place][quotes[by_rows[place]]] for place in places[:count]])
            matches.append(Match(self._index.keys[stream], score / 100, evidence or self._words_in_common(stream)))
        return matches

    def _words_in_common(self, stream: int) -> tuple[Evidence, ...]:
        found = []
        for term in self._reading.title_terms + self._reading.description_terms:
            said = self._index.quote_word(stream, term.stem)
            if said is not None:
                found.append(Evidence(term.typed, None, said[0], "word", said[1]))
        return tuple(found[:_MOST_EVIDENCE])


def rank(priorities: Sequence[Priority], index: StreamIndex, *, limit: int = 50) -> list[Ranking]:
    """Rank streams for each priority by topic.

    Args:
        priorities: p titles with optional descriptions and chosen readings, English or French; 2,000 characters of
            each text are read.
        index: n streams, built once per catalogue revision.
        limit: the most matches wanted for one priority, at least 1.

    Returns:
        p sequences of at most ``limit`` matches, best first, each with its evidence; a stream that shares nothing is
        left out. Ties break by key, and equal input gives equal output.

    Cost:
        O(lines x c x n) multiply-adds for the distinct lines of concepts and O(p x n) for choosing; about 0.25 ms a
        priority over 10,000 streams. Looking at a ranking takes 0.05 ms, and 0.003 ms for each match.
    """
    found: dict[Priority, Ranking] = {}
    told: dict[tuple[str, str], _Told] = {}
    for block, lines in _blocks(dict.fromkeys(map(_asked, priorities)), index):
        affinities = index.affinities(list(lines))
        for wording, reading, title, description in block:
            scores = _scores(reading, title, description, affinities, index)
            chosen = _best(scores, limit)
            found[wording] = Ranking(reading, index, chosen, scores[chosen], told)
    return [found[_asked(each)] for each in priorities]


_Read = tuple[Priority, Understanding, list[_Part], list[_Part]]
"""A priority, what it was understood to be about, and the parts of its title and of its description."""


def _blocks(wordings: Iterable[Priority], index: StreamIndex) -> Iterator[tuple[list[_Read], dict[_Line, int]]]:
    """Read the priorities and gather those that make do with ``_BLOCK`` lines: priorities often want the same."""
    block: list[_Read] = []
    lines: dict[_Line, int] = {}
    for wording in wordings:
        reading = understand(wording, index.vocabulary, index.weights)
        title = _parts(reading.title, lines, index.weights)
        block.append((wording, reading, title, _parts(reading.description, lines, index.weights)))
        if len(lines) >= _BLOCK:
            yield block, lines
            block, lines = [], {}
    yield block, lines


def _asked(priority: Priority) -> Priority:
    """A priority as far as it decides the ranking, so that what is asked twice is ranked once."""
    return Priority("", priority.title, priority.description, reading=priority.reading)


def _parts(senses: Sequence[Sense], lines: dict[_Line, int], weights: Weights) -> list[_Part]:
    """The parts of a bundle; each new line of concepts is added to ``lines``."""
    bundle: dict[int, dict[str, list[tuple[str, float]]]] = {}
    for sense in senses:
        bundle.setdefault(sense.part, {}).setdefault(sense.kind, []).append((sense.concept, sense.weight))

    def line(pairs: Iterable[tuple[str, float]]) -> int:
        return lines.setdefault(tuple(sorted(pairs)), len(lines))

    parts = []
    for kinds in islice(bundle.values(), _MOST_PARTS):
        if "topic" in kinds and not _outspoken(kinds):
            subject = kinds.pop("topic") + kinds.pop("group", []) + kinds.pop("place", [])
        elif "topic" in kinds:
            subject = kinds.pop("topic")
        elif "group" in kinds or "place" in kinds:
            subject = kinds.pop("group", []) + kinds.pop("place", [])
        else:
            subject = kinds.pop("work", []) or [(key, weight * weights.broad) for key, weight in kinds.pop("broad")]
        modifiers = [
            (line(kinds[kind]), without, alone)
            for kind, without, alone in (
                ("group", weights.without_group, weights.group_alone),
                ("place", weights.without_place, weights.group_alone),
                ("work", weights.without_work, 0.0),
            )
            if kind in kinds
        ]
        parts.append(_Part(line(subject), tuple(modifiers)))
    return parts


def _outspoken(kinds: Mapping[str, Sequence[tuple[str, float]]]) -> bool:
    """Whether the topic of a part holds its own beside its groups and places ("well-being of seniors": it does not)."""
    beside = [weight for kind in ("group", "place") for _, weight in kinds.get(kind, ())]
    return max(weight for _, weight in kinds["topic"]) >= max(beside, default=0.0) / 2


def _scores(
    reading: Understanding, title: Sequence[_Part], description: Sequence[_Part], affinities: Floats, index: StreamIndex
) -> Floats:
    """The score of every stream in hundredths of a point, whole numbers 0..10,000."""
    total = _meeting(title, affinities)
    common = index.common_words(reading.title_terms)
    reach = reading.reach / max(len(title), 1)  # a description never says more than one part of the title does
    if description:
        total += np.float32(reach) * _meeting(description, affinities)
    if not any(sense.kind == "group" for sense in reading.senses):
        total *= index.unasked
    if common is not None:
        total += np.float32(index.weights.same_words) * common
    if reading.description_terms:
        common = index.common_words(reading.description_terms)
        if common is not None:
            total += np.float32(index.weights.same_words * reach) * common
    total *= total
    total /= total + np.float32(_HALF * _HALF)
    total *= np.float32(10_000)
    return np.rint(total, out=total)


def _meeting(parts: Sequence[_Part], affinities: Floats) -> Floats:
    """How well every stream serves the parts, on average."""
    total = np.zeros(affinities.shape[1], np.float32)
    for part in parts:
        served = affinities[part.subject]
        for row, without, alone in part.modifiers:
            shared = np.minimum(affinities[row], np.float32(1))
            served = served * (np.float32(without) + np.float32(1 - without) * shared) + np.float32(alone) * shared
        total += served
    total *= np.float32(1 / max(len(parts), 1))
    return total


def _best(scores: Floats, limit: int) -> Whole:
    """The streams of the best scores above 0; of equal scores the smaller key, that is the smaller place, first."""
    least = np.float32(1)
    if limit < len(scores):
        least = max(least, np.partition(scores, len(scores) - limit)[len(scores) - limit])
    chosen = np.flatnonzero(scores >= least)
    return chosen[np.argsort(-scores[chosen], kind="stable")][:limit]
