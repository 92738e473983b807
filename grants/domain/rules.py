"""Eligibility rules as data: typed predicates over facts, each rule with its sentence and its source.

A rule is required, preferred or excluded. Its test is a tree: all, any, not, if-then over leaves. A leaf asks one
thing that can be known (class of applicant, place, population, partner, a stated fact) or, where only the funder or
the project can tell, it *asks*.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from grants.domain.applicants import APPLICANT_CLASSES
from grants.domain.bilingual import Bilingual


class Kind(StrEnum):
    """What a rule does: a preference never refuses anyone."""

    REQUIRED = "required"
    PREFERRED = "preferred"
    EXCLUDED = "excluded"


class Subject(StrEnum):
    """Whose fact it is: the body that applies (a partner can be chosen to fit) or the community itself."""

    APPLICANT = "applicant"
    COMMUNITY = "community"


class FactKind(StrEnum):
    """What a stated fact is about; pages group the questions by it."""

    PLAN = "plan"
    RESOLUTION = "resolution"
    HISTORY = "history"
    REGISTRATION = "registration"
    CAPACITY = "capacity"
    ASSET = "asset"
    SECTOR = "sector"
    DESIGNATION = "designation"
    EVENT = "event"


@dataclass(frozen=True, slots=True)
class FactDefinition:
    """A fact a community or an applicant can state once.

    ``statement`` says it as true; ``question`` asks for it. ``changeable`` is false where nobody can bring it about
    in time (a past award, a designation); ``step`` says what to do to bring it about. ``holds_for`` names the applicant
    classes for which it is true by nature,
    with ``because`` saying why (a municipality has existed for more than a year).
    """

    key: str
    kind: FactKind
    subject: Subject
    statement: Bilingual
    question: Bilingual
    changeable: bool
    holds_for: tuple[str, ...] = ()
    because: Bilingual | None = None
    step: Bilingual | None = None


@dataclass(frozen=True, slots=True)
class IsApplicant:
    """The body that applies is of one of these classes; ``None``: the source did not say who may apply."""

    classes: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class InPlace:
    """The community lies in one of these places (codes of the gazetteer)."""

    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HasPopulation:
    """The community's population lies between these limits, both included."""

    minimum: int | None
    maximum: int | None


@dataclass(frozen=True, slots=True)
class HasPartner:
    """At least ``count`` partners of these classes take part; no class named means any other organization."""

    classes: tuple[str, ...]
    count: int = 1


@dataclass(frozen=True, slots=True)
class HasFact:
    """A stated fact holds (key in the registry of facts)."""

    key: str


@dataclass(frozen=True, slots=True)
class Ask:
    """Only the funder or the project can tell; never settled by a fact about the community."""

    question: Bilingual


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every part holds."""

    parts: tuple[Predicate, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part holds."""

    parts: tuple[Predicate, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: Predicate


@dataclass(frozen=True, slots=True)
class IfThen:
    """Where the condition holds, so must the consequence; elsewhere nothing is asked."""

    condition: Predicate
    consequence: Predicate


Leaf = IsApplicant | InPlace | HasPopulation | HasPartner | HasFact | Ask
Predicate = Leaf | AllOf | AnyOf | Not | IfThen


MOST_LEAVES = 200
"""Thirty times what any real rule asks; it keeps judging and what-would-change-it bounded."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One eligibility condition of a stream.

    ``wording`` is the sentence people read; where it is ``None`` the sentence is made from the test. ``basis`` names
    the field of the source record the rule was read from and, where it was prose, the words.
    """

    key: str
    kind: Kind
    test: Predicate
    basis: str
    wording: Bilingual | None = None

    def __post_init__(self) -> None:
        """Refuse a rule that nobody could read."""
        if sum(1 for _ in leaves(self.test)) > MOST_LEAVES:
            raise ValueError(f"rule {self.key!r} asks more than {MOST_LEAVES} things: split it")


def _one(record: Mapping[str, Any], *allowed: str) -> Mapping[str, Any]:
    unknown = set(record) - set(allowed)
    if unknown:
        msg = f"unknown entries {sorted(unknown)} in a predicate"
        raise ValueError(msg)
    return record


def _classes(codes: list[str]) -> tuple[str, ...]:
    for code in codes:
        if code not in APPLICANT_CLASSES:
            msg = f"unknown applicant class {code!r}"
            raise ValueError(msg)
    return tuple(codes)


def parse(record: Mapping[str, Any]) -> Predicate:  # noqa: C901 - one branch per kind of predicate
    """Read a predicate from its record.

    Raises:
        ValueError: an unknown kind, class or shape.
    """
    match next(iter(record), None):
        case "applicant":
            codes = _one(record, "applicant")["applicant"]
            return IsApplicant(None if codes is None else _classes(codes))
        case "place":
            return InPlace(tuple(_one(record, "place")["place"]))
        case "population":
            limits = _one(_one(record, "population")["population"], "min", "max")
            if limits.get("min") is None and limits.get("max") is None:
                msg = "a population needs a min or a max"
                raise ValueError(msg)
            return HasPopulation(limits.get("min"), limits.get("max"))
        case "partner":
            partner = _one(_one(record, "partner")["partner"], "of", "count")
            return HasPartner(_classes(partner["of"]), partner.get("count", 1))
        case "fact":
            return HasFact(str(_one(record, "fact")["fact"]))
        case "ask":
            return Ask(Bilingual(**_one(_one(record, "ask")["ask"], "en", "fr")))
        case "all":
            return AllOf(tuple(parse(part) for part in _one(record, "all")["all"]))
        case "any":
            return AnyOf(tuple(parse(part) for part in _one(record, "any")["any"]))
        case "not":
            return Not(parse(_one(record, "not")["not"]))
        case "if":
            return IfThen(parse(_one(record, "if", "then")["if"]), parse(record["then"]))
        case other:
            msg = f"unknown predicate {other!r}"
            raise ValueError(msg)


def render(test: Predicate) -> dict[str, Any]:  # noqa: C901 - one branch per kind of predicate
    """Write a predicate as a record; ``parse(render(test)) == test``."""
    match test:
        case IsApplicant(classes):
            return {"applicant": None if classes is None else list(classes)}
        case InPlace(places):
            return {"place": list(places)}
        case HasPopulation(minimum, maximum):
            limits = {"min": minimum, "max": maximum}
            return {"population": {name: limit for name, limit in limits.items() if limit is not None}}
        case HasPartner(classes, count):
            return {"partner": {"of": list(classes)} if count == 1 else {"of": list(classes), "count": count}}
        case HasFact(key):
            return {"fact": key}
        case Ask(question):
            return {"ask": {"en": question.en, "fr": question.fr}}
        case AllOf(parts):
            return {"all": [render(part) for part in parts]}
        case AnyOf(parts):
            return {"any": [render(part) for part in parts]}
        case Not(part):
            return {"not": render(part)}
        case IfThen(condition, consequence):
            return {"if": render(condition), "then": render(consequence)}


def leaves(test: Predicate) -> Iterator[Leaf]:
    """Walk the leaves of a predicate, left to right."""
    match test:
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from leaves(part)
        case Not(part):
            yield from leaves(part)
        case IfThen(condition, consequence):
            yield from leaves(condition)
            yield from leaves(consequence)
        case _:
            yield test
