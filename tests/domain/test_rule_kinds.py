"""The thirteen kinds of condition that real programs set, each by a real rule of the catalogue and what it decides."""

from __future__ import annotations

import pytest

from config import ROOT
from grants.domain.catalogue import Meaning, Program
from grants.domain.communities import Gazetteer
from grants.domain.eligibility import Answer, Knowledge, Outcome, judge
from grants.domain.fictions import Fiction, profile_of_fiction
from grants.domain.rules import Kind
from grants.store.seed_files import read_seeds
from tests.builders import a_rule, applicants

SEEDS = read_seeds(ROOT / "seeds")
STREAMS = {stream.key: stream for program in SEEDS.programs for stream in program.streams}
KNOWN = Knowledge({each.key: each for each in SEEDS.facts}, Gazetteer(SEEDS.communities, SEEDS.regions))
WHO = applicants("municipality", "first-nation")

ELIGIBLE, UNKNOWN, NOT = Outcome.ELIGIBLE, Outcome.UNKNOWN, Outcome.NOT_ELIGIBLE
TOWN = Fiction("single-tier", 5_000, northern=False)
BIG = Fiction("single-tier", 60_000, northern=False)
NATION = Fiction("first-nation", 60_000, northern=True)


def town(population: int = 5_000, **stated: bool) -> Fiction:
    """Make a town of which facts are stated."""
    facts = {name.replace("_", "-"): holds for name, holds in stated.items()}
    return Fiction("single-tier", population, northern=False, facts=facts)


def with_partner(code: str, *, works: bool) -> Fiction:
    """Make a town that works, or does not work, with a class of partner."""
    return Fiction("single-tier", 5_000, northern=False, partners={code: works})


@pytest.mark.parametrize(
    ("stream", "rule", "fiction", "outcome"),
    [
        pytest.param("otf-grow-grant", "municipal-population", TOWN, ELIGIBLE, id="1 who applies: small"),
        pytest.param("otf-grow-grant", "municipal-population", BIG, NOT, id="1 who applies: too big"),
        pytest.param("otf-grow-grant", "municipal-population", NATION, ELIGIBLE, id="1 who applies: not bound"),
        pytest.param("cpra-reaching-each-and-every-one", "municipal-money-passes-on", with_partner("non-profit", works=True), ELIGIBLE, id="2 may apply, another receives: there is one"),
        pytest.param("cpra-reaching-each-and-every-one", "municipal-money-passes-on", TOWN, UNKNOWN, id="2 may apply, another receives: not known"),
        pytest.param("haf-small-rural-2024", "population", TOWN, ELIGIBLE, id="3 or: small"),
        pytest.param("haf-small-rural-2024", "population", NATION, ELIGIBLE, id="3 or: a First Nation of any size"),
        pytest.param("haf-small-rural-2024", "population", BIG, NOT, id="3 or: neither"),
        pytest.param("community-emergency-preparedness-grant", "recent-recipients", town(funded_by_cepg_2023_24=True), NOT, id="6 history: funded last round"),
        pytest.param("community-emergency-preparedness-grant", "recent-recipients", town(funded_by_cepg_2023_24=False, funded_by_eracb=False), ELIGIBLE, id="6 history: not funded"),
        pytest.param("community-emergency-preparedness-grant", "recent-recipients", TOWN, UNKNOWN, id="6 history: not known"),
        pytest.param("mdra", "disaster", town(struck_by_natural_disaster=True), ELIGIBLE, id="7 event: it happened"),
        pytest.param("mdra", "disaster", town(struck_by_natural_disaster=False), NOT, id="7 event: it did not"),
        pytest.param("waterloo-ccb-fund-2024", "led-by-named-communities", town(indigenous_led=False, black_led=False, racialized_led=False), ELIGIBLE, id="8 leadership: preferred, refuses nobody"),
        pytest.param("rural-transit-planning", "rural", town(rural_by_own_word=True), ELIGIBLE, id="9 self-defined: by its own word"),
        pytest.param("rural-transit-planning", "rural", TOWN, UNKNOWN, id="9 self-defined: not asked yet"),
        pytest.param("jumpstart-cdg-programming", "equity-score", TOWN, ELIGIBLE, id="10 scored: never refuses"),
    ],
)  # fmt: skip
def test_a_real_rule_decides(stream: str, rule: str, fiction: Fiction, outcome: Outcome) -> None:
    real = next(each for each in STREAMS[stream].rules if each.key == rule)
    assert judge([WHO, real], profile_of_fiction(fiction, KNOWN.gazetteer), KNOWN).outcome is outcome


def test_4_values_depend_on_values() -> None:
    assert sum(share.when is not None for stream in STREAMS.values() for share in stream.shares) >= 10
    assert sum(amount.when is not None for stream in STREAMS.values() for amount in stream.amounts) >= 10


def test_5_amounts_have_different_meanings() -> None:
    assert {amount.meaning for stream in STREAMS.values() for amount in stream.amounts} == set(Meaning)


def test_11_exclusions_are_rules_of_their_own() -> None:
    assert sum(rule.kind is Kind.EXCLUDED for stream in STREAMS.values() for rule in stream.rules) >= 40


def test_12_a_count_per_applicant_is_asked_and_holds_nobody_back() -> None:
    words = {"en": "Is this your only application to this call?", "fr": "Est-ce votre seule demande à cet appel?"}
    verdict = judge([WHO, a_rule({"ask": words}, key="one-each")], profile_of_fiction(TOWN, KNOWN.gazetteer), KNOWN)
    (asked,) = [each for each in verdict.findings if each.rule == "one-each"]
    assert (verdict.outcome, asked.answer, asked.holds_back) == (ELIGIBLE, Answer.UNKNOWN, False)
    assert [each.words.en for each in asked.questions] == [words["en"]]


def test_13_a_local_call_names_the_fund_that_it_hands_on() -> None:
    programs: dict[str, Program] = {each.key: each for each in SEEDS.programs}
    calls = [each for each in SEEDS.programs if each.parent is not None]
    assert len(calls) >= 5
    assert all(each.parent in programs for each in calls)
