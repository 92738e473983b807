"""The catalogue: programs, their streams and intakes, each with its source and the day it was checked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from grants.domain.bilingual import Bilingual, Language
from grants.domain.deadlines import Intake
from grants.domain.rules import IsApplicant, Predicate, Rule, leaves


class Level(StrEnum):
    """Who stands behind the money; the first three are orders of government, for stacking limits."""

    PROVINCIAL = "provincial"
    FEDERAL = "federal"
    MUNICIPAL = "municipal"
    FOUNDATION = "foundation"
    CORPORATE = "corporate"
    NATIONAL_ASSOCIATION = "national-association"


class Confidence(StrEnum):
    """How sure the reader of the source was."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Meaning(StrEnum):
    """What an amount means: a pot is never the size of a grant."""

    PER_PROJECT = "per-project"
    PER_YEAR = "per-year"
    PER_APPLICANT = "per-applicant"
    TOTAL_PROJECT_COST = "total-project-cost"
    POT = "pot"
    ALLOTMENT = "allotment"
    LOAN = "loan"
    PER_UNIT = "per-unit"
    PER_PARTICIPANT = "per-participant"
    PAST_AWARD = "past-award"


GRANT_SIZES = frozenset({Meaning.PER_PROJECT, Meaning.PER_YEAR, Meaning.PER_APPLICANT, Meaning.LOAN, Meaning.ALLOTMENT})


@dataclass(frozen=True, slots=True)
class Source:
    """Where a record was read: address, the day somebody read it, how sure they were, and the date the page bears."""

    url: str
    checked: date
    confidence: Confidence
    page_date: str | None = None


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount in exact dollars with its meaning.

    ``words`` say it as a sentence, ``when`` limits it to some applicants, ``basis`` names where it was read.
    ``yearly`` is true where the funder gives as much every year.
    """

    meaning: Meaning
    words: Bilingual
    basis: str
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    when: Predicate | None = None
    yearly: bool = False


@dataclass(frozen=True, slots=True)
class Share:
    """The funder's largest share of the costs, in per cent; ``when`` limits it to some applicants."""

    percent: Decimal
    words: Bilingual
    basis: str
    when: Predicate | None = None


@dataclass(frozen=True, slots=True)
class AsRead:
    """What the source record said where rules, amounts and dates were read from, so that a person can compare."""

    eligible_applicants: tuple[str, ...] | None = None
    eligibility_notes: str | None = None
    geography: tuple[str, ...] | None = None
    population_min: int | None = None
    population_max: int | None = None
    partnership_required: bool | None = None
    amount_min: int | None = None
    amount_max: int | None = None
    amount_note: str | None = None
    cost_share_percent_max: float | None = None
    intake: str | None = None
    timezone_note: str | None = None


@dataclass(frozen=True, slots=True)
class Stream:
    """The thing one applies to within a program.

    ``name`` is ``None`` where the program has one stream only. ``round`` is set where the record is one round of a
    recurring program. ``french_is_ours`` marks French words that are our translation, not the funder's text.
    """

    key: str
    administrator: Bilingual
    level: Level
    summary: Bilingual
    french_is_ours: bool
    source: Source
    rules: tuple[Rule, ...]
    intakes: tuple[Intake, ...]
    as_read: AsRead
    name: Bilingual | None = None
    round: str | None = None
    objectives: tuple[Bilingual, ...] = ()
    themes: tuple[str, ...] = ()
    target_populations: tuple[Bilingual, ...] = ()
    amounts: tuple[Amount, ...] = ()
    shares: tuple[Share, ...] = ()
    duration_months: int | None = None
    eligible_costs: tuple[Bilingual, ...] = ()
    required_documents: tuple[Bilingual, ...] = ()
    how_to_apply: Bilingual | None = None
    contact_email: str | None = None
    notes: tuple[Bilingual, ...] = ()

    @property
    def applicant_classes(self) -> tuple[str, ...] | None:
        """The classes named as applicants, in the source's order; ``None`` where the source does not say."""
        tests = [leaf for rule in self.rules if rule.key == "applicants" for leaf in leaves(rule.test)]
        classes = [code for leaf in tests if isinstance(leaf, IsApplicant) for code in leaf.classes or ()]
        return tuple(dict.fromkeys(classes)) or None


@dataclass(frozen=True, slots=True)
class Program:
    """A funder's named funding program.

    ``name_fr`` is ``None`` where no official French name was seen; pages then show the English name and say so.
    ``aliases`` are earlier or other names, ``replaced_by`` the program that took its place, ``parent`` the program
    whose fund a local call hands on.
    """

    key: str
    name: str
    streams: tuple[Stream, ...]
    name_fr: str | None = None
    aliases: tuple[str, ...] = ()
    replaced_by: str | None = None
    parent: str | None = None

    def name_in(self, language: Language) -> str:
        """Give the name a page shows: the official French one where it was seen, else the English one."""
        return self.name_fr if language == "fr" and self.name_fr else self.name

    def rounds_of(self, stream: Stream) -> tuple[Intake, ...]:
        """Give every known intake of a stream, over the records of its rounds: those that bear the same name."""
        return tuple(intake for each in self.streams if each.name == stream.name for intake in each.intakes)
