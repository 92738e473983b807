"""Sentences: made in both languages for every predicate, and fit to print for every real rule."""

import re
from typing import Any

import pytest

from config import ROOT
from grants.domain.bilingual import Bilingual, listed
from grants.domain.communities import Gazetteer
from grants.domain.rules import Kind, parse
from grants.domain.sentences import people, predicate_sentence, rule_sentence
from grants.store.seed_files import Seeds, read_seeds
from tests.builders import a_community, a_fact, a_rule, knowledge

KNOWN = knowledge(a_community("kenora"), facts=(a_fact("one-year"),))


@pytest.mark.parametrize(
    ("record", "en", "fr"),
    [
        pytest.param(
            {"applicant": ["municipality", "first-nation", "non-profit"]},
            "Municipalities, First Nations and non-profit organizations may apply.",
            "Peuvent présenter une demande\u00a0: municipalités, Premières Nations et organismes sans but lucratif.",
            id="applicants",
        ),
        pytest.param(
            {"place": ["in:kenora", "northern-ontario"]},
            "The project takes place in Kenora or Northern Ontario.",
            "Lieu du projet\u00a0: Kenora ou Nord de l’Ontario.",
            id="place",
        ),
        pytest.param(
            {"population": {"max": 20000}},
            "The population is 20,000 or less.",
            "La population est de 20\u00a0000 habitants ou moins.",
            id="at most",
        ),
        pytest.param(
            {"population": {"min": 500, "max": 20000}},
            "The population is from 500 to 20,000.",
            "La population est de 500 à 20\u00a0000 habitants.",
            id="between",
        ),
        pytest.param(
            {"partner": {"of": ["police-service"], "count": 2}},
            "At least 2 partners must take part, from: police services.",
            "La participation d’au moins 2 partenaires est exigée, parmi\u00a0: services de police.",
            id="partners",
        ),
        pytest.param(
            {"partner": {"of": []}},
            "At least one partner must take part.",
            "La participation d’au moins un partenaire est exigée.",
            id="any partner",
        ),
        pytest.param(
            {"any": [{"fact": "one-year"}, {"population": {"min": 500}}]},
            "one-year holds; or: The population is 500 or more.",
            "one-year est vrai; ou\u00a0: La population est de 500 habitants ou plus.",
            id="either",
        ),
        pytest.param(
            {"any": [{"fact": "one-year"}, {"all": [{"place": ["in:kenora"]}, {"not": {"applicant": ["business"]}}]}]},
            "one-year holds; or: (The project takes place in Kenora; and: Businesses may not apply).",
            "one-year est vrai; ou\u00a0: (Lieu du projet\u00a0: Kenora; et\u00a0: Ne peuvent pas présenter une demande\u00a0: "
            "entreprises).",
            id="a group within a list reads one way only",
        ),
        pytest.param(
            {"if": {"applicant": ["municipality"]}, "then": {"population": {"max": 20000}}},
            "For municipalities only: The population is 20,000 or less.",
            "Pour ces demandeurs seulement (municipalités)\u00a0: La population est de 20\u00a0000 habitants ou moins.",
            id="some only",
        ),
        pytest.param(
            {"if": {"not": {"applicant": ["municipality"]}}, "then": {"fact": "one-year"}},
            "For all applicants but municipalities: one-year holds.",
            "Pour tous les demandeurs, sauf ceux-ci (municipalités)\u00a0: one-year est vrai.",
            id="all but some",
        ),
        pytest.param(
            {"not": {"place": ["in:kenora"]}},
            "The project does not take place in Kenora.",
            "Lieu exclu\u00a0: Kenora.",
            id="elsewhere",
        ),
        pytest.param(
            {"not": {"fact": "one-year"}},
            "This must not be so: one-year holds.",
            "Ceci ne doit pas être le cas\u00a0: one-year est vrai.",
            id="not so",
        ),
    ],
)
def test_a_predicate_makes_its_sentence(record: dict[str, Any], en: str, fr: str) -> None:
    assert predicate_sentence(parse(record), KNOWN.facts, KNOWN.gazetteer) == Bilingual(en, fr)


@pytest.mark.parametrize(
    ("kind", "en", "fr"),
    [
        (Kind.REQUIRED, "Businesses may apply.", "Peuvent présenter une demande\u00a0: entreprises."),
        (Kind.EXCLUDED, "Businesses may not apply.", "Ne peuvent pas présenter une demande\u00a0: entreprises."),
        (
            Kind.PREFERRED,
            "Preferred, not required: Businesses may apply.",
            "Un atout, sans être exigé\u00a0: Peuvent présenter une demande\u00a0: entreprises.",
        ),
    ],
)
def test_the_sentence_of_a_rule_says_what_the_rule_does(kind: Kind, en: str, fr: str) -> None:
    rule = a_rule({"applicant": ["business"]}, kind)
    assert rule_sentence(rule, KNOWN.facts, KNOWN.gazetteer) == Bilingual(en, fr)


def test_a_list_reads_as_a_sentence() -> None:
    assert [listed(["a", "b", "c"][:count], "or", "fr") for count in range(4)] == ["", "a", "a ou b", "a, b ou c"]


def test_counts_of_people() -> None:
    assert (people(2794356, "en"), people(2794356, "fr")) == ("2,794,356", "2\u00a0794\u00a0356")


@pytest.fixture(scope="module")
def seeds() -> Seeds:
    return read_seeds(ROOT / "seeds")


def test_every_real_rule_reads_as_a_sentence_in_both_languages(seeds: Seeds) -> None:
    gazetteer = Gazetteer(seeds.communities, seeds.regions)
    facts = {each.key: each for each in seeds.facts}
    poor = []
    for stream in (stream for program in seeds.programs for stream in program.streams):
        for rule in stream.rules:
            sentence = rule_sentence(rule, facts, gazetteer)
            for words in (sentence.en, sentence.fr):
                if not words[0].isupper() and not words[0].isdigit():
                    poor.append(f"{stream.key}/{rule.key} begins small: {words}")
                if words[-1] not in ".?!»”":
                    poor.append(f"{stream.key}/{rule.key} has no end: {words}")
            if re.search(r" [:;?!»]|« | [%$]", sentence.fr):
                poor.append(f"{stream.key}/{rule.key} breaks the rules of French typography: {sentence.fr}")
    assert poor == []
