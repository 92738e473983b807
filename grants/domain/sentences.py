"""The sentences of rules and their reasons, in both languages, made from the rule itself where nobody wrote one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from grants.domain.applicants import APPLICANT_CLASSES
from grants.domain.bilingual import Bilingual, Language, listed
from grants.domain.communities import Community, Gazetteer
from grants.domain.rules import (
    AllOf,
    AnyOf,
    Ask,
    FactDefinition,
    HasFact,
    HasPartner,
    HasPopulation,
    IfThen,
    InPlace,
    IsApplicant,
    Kind,
    Leaf,
    Not,
    Predicate,
    Rule,
)

NARROW_SPACE = "\u00a0"


def people(number: int, language: Language) -> str:
    """Write a count of people as the language does: ``14,967``, ``14 967``."""
    grouped = f"{number:,}"
    return grouped.replace(",", NARROW_SPACE) if language == "fr" else grouped


def capitalized(words: str) -> str:
    """Begin a sentence with a capital and leave the rest as it is."""
    return words[:1].upper() + words[1:]


def class_names(codes: Iterable[str], link: Literal["or", "and"]) -> Bilingual:
    """Name applicant classes as a sentence lists them."""
    names = [APPLICANT_CLASSES[code].name for code in codes]
    return Bilingual(listed([name.en for name in names], link, "en"), listed([name.fr for name in names], link, "fr"))


def place_names(codes: Iterable[str], gazetteer: Gazetteer) -> Bilingual:
    """Name places as a sentence lists them."""
    names = [gazetteer.name(code) for code in codes]
    return Bilingual(listed([name.en for name in names], "or", "en"), listed([name.fr for name in names], "or", "fr"))


def rule_sentence(rule: Rule, facts: Mapping[str, FactDefinition], gazetteer: Gazetteer) -> Bilingual:
    """Give the sentence people read: the one written for the rule, or one made from its test.

    Raises:
        KeyError: the rule names a fact or a place that is not known.
    """
    return rule.wording or made_sentence(rule.kind, rule.test, facts, gazetteer)


def made_sentence(kind: Kind, test: Predicate, facts: Mapping[str, FactDefinition], gazetteer: Gazetteer) -> Bilingual:
    """Make the sentence of a rule for which nobody wrote one: an exclusion says what must not be so."""
    if kind is Kind.EXCLUDED:
        return predicate_sentence(Not(test), facts, gazetteer)
    words = predicate_sentence(test, facts, gazetteer)
    if kind is Kind.PREFERRED:
        return Bilingual(f"Preferred, not required: {words.en}", f"Un atout, sans être exigé\u00a0: {words.fr}")
    return words


def predicate_sentence(test: Predicate, facts: Mapping[str, FactDefinition], gazetteer: Gazetteer) -> Bilingual:
    """Say a predicate as a sentence; a group within a list stands in parentheses, so that it reads one way only."""
    match test:
        case AllOf(parts):
            return _joined([_part_sentence(part, facts, gazetteer) for part in parts], "and")
        case AnyOf(parts):
            return _joined([_part_sentence(part, facts, gazetteer) for part in parts], "or")
        case Not(IsApplicant(classes)) if classes:
            who = class_names(classes, "and")
            return Bilingual(
                f"{capitalized(who.en)} may not apply.", f"Ne peuvent pas présenter une demande\u00a0: {who.fr}."
            )
        case Not(InPlace(places)):
            where = place_names(places, gazetteer)
            return Bilingual(f"The project does not take place in {where.en}.", f"Lieu exclu\u00a0: {where.fr}.")
        case Not(part):
            inner = predicate_sentence(part, facts, gazetteer)
            return Bilingual(f"This must not be so: {inner.en}", f"Ceci ne doit pas être le cas\u00a0: {inner.fr}")
        case IfThen(IsApplicant(classes), consequence) if classes:
            who, then = class_names(classes, "and"), predicate_sentence(consequence, facts, gazetteer)
            return Bilingual(
                f"For {who.en} only: {then.en}", f"Pour ces demandeurs seulement ({who.fr})\u00a0: {then.fr}"
            )
        case IfThen(Not(IsApplicant(classes)), consequence) if classes:
            who, then = class_names(classes, "and"), predicate_sentence(consequence, facts, gazetteer)
            return Bilingual(
                f"For all applicants but {who.en}: {then.en}",
                f"Pour tous les demandeurs, sauf ceux-ci ({who.fr})\u00a0: {then.fr}",
            )
        case IfThen(condition, consequence):
            first, then = (predicate_sentence(part, facts, gazetteer) for part in (condition, consequence))
            return Bilingual(
                f"Where this holds: {first.en} Then: {then.en}", f"Si\u00a0: {first.fr} Alors\u00a0: {then.fr}"
            )
        case _:
            return _leaf_sentence(test, facts, gazetteer)


def _part_sentence(part: Predicate, facts: Mapping[str, FactDefinition], gazetteer: Gazetteer) -> Bilingual:
    words = predicate_sentence(part, facts, gazetteer)
    if isinstance(part, AllOf | AnyOf | IfThen):
        return Bilingual(f"({words.en.rstrip('.')})", f"({words.fr.rstrip('.')})")
    return words


def _leaf_sentence(leaf: Leaf, facts: Mapping[str, FactDefinition], gazetteer: Gazetteer) -> Bilingual:
    match leaf:
        case IsApplicant(None):
            return Bilingual(
                "What was read of the source does not say who may apply.",
                "Ce qui a été lu de la source ne dit pas qui peut présenter une demande.",
            )
        case IsApplicant(classes):
            who = class_names(classes or (), "and")
            return Bilingual(f"{capitalized(who.en)} may apply.", f"Peuvent présenter une demande\u00a0: {who.fr}.")
        case InPlace(places):
            where = place_names(places, gazetteer)
            return Bilingual(f"The project takes place in {where.en}.", f"Lieu du projet\u00a0: {where.fr}.")
        case HasPopulation(minimum, maximum):
            return _population_sentence(minimum, maximum)
        case HasPartner(classes, count):
            return _partner_sentence(classes, count)
        case HasFact(key):
            return facts[key].statement
        case Ask(question):
            return question


def _joined(sentences: list[Bilingual], link: Literal["or", "and"]) -> Bilingual:
    stripped_en = [each.en.rstrip(".") for each in sentences]
    stripped_fr = [each.fr.rstrip(".") for each in sentences]
    words = {"or": ("; or: ", "; ou\u00a0: "), "and": ("; and: ", "; et\u00a0: ")}[link]
    return Bilingual(words[0].join(stripped_en) + ".", words[1].join(stripped_fr) + ".")


def _population_sentence(minimum: int | None, maximum: int | None) -> Bilingual:
    if minimum is None and maximum is not None:
        return Bilingual(
            f"The population is {people(maximum, 'en')} or less.",
            f"La population est de {people(maximum, 'fr')} habitants ou moins.",
        )
    if maximum is None and minimum is not None:
        return Bilingual(
            f"The population is {people(minimum, 'en')} or more.",
            f"La population est de {people(minimum, 'fr')} habitants ou plus.",
        )
    low, high = minimum or 0, maximum or 0
    return Bilingual(
        f"The population is from {people(low, 'en')} to {people(high, 'en')}.",
        f"La population est de {people(low, 'fr')} à {people(high, 'fr')} habitants.",
    )


def _partner_sentence(classes: tuple[str, ...], count: int) -> Bilingual:
    number = Bilingual("at least one partner", "au moins un partenaire")
    if count > 1:
        number = Bilingual(f"at least {count} partners", f"au moins {count} partenaires")
    if not classes:
        return Bilingual(f"{capitalized(number.en)} must take part.", f"La participation d’{number.fr} est exigée.")
    who = class_names(classes, "or")
    return Bilingual(
        f"{capitalized(number.en)} must take part, from: {who.en}.",
        f"La participation d’{number.fr} est exigée, parmi\u00a0: {who.fr}.",
    )


def what_it_is(community: Community) -> Bilingual:
    """Say what kind of applicant a community is: ``a single-tier municipality``."""
    if community.kind == "first-nation":
        return Bilingual("a First Nation", "une Première Nation")
    return {
        "single-tier": Bilingual("a single-tier municipality", "une municipalité à palier unique"),
        "lower-tier": Bilingual("a lower-tier municipality", "une municipalité de palier inférieur"),
        "upper-tier": Bilingual("an upper-tier municipality", "une municipalité de palier supérieur"),
    }[community.tier or "single-tier"]
