"""Made-up communities answer rules as real ones of their kind would."""

import pytest

from grants.domain.bilingual import Bilingual
from grants.domain.communities import Region
from grants.domain.eligibility import Outcome, judge
from grants.domain.fictions import READY_MADE, Fiction, profile_of_fiction
from grants.domain.rules import Rule
from tests.builders import a_community, a_fact, a_rule, applicants, knowledge

REGION = Region("region:lakes", Bilingual("Lakes", "Lacs"), ("in:county",), "made for a test")
KNOWN = knowledge(
    a_community("county", tier="upper-tier"),
    a_community("village", tier="lower-tier", upper_tier="county"),
    facts=(a_fact("audited"),),
    regions=(REGION,),
)
TOWN = Fiction("single-tier", 5_000, northern=True)
VILLAGE = Fiction("lower-tier", 5_000, northern=False)
ANYBODY = applicants("municipality", "first-nation")


@pytest.mark.parametrize(
    ("fiction", "rules", "outcome"),
    [
        pytest.param(TOWN, [ANYBODY, a_rule({"place": ["northern-ontario"]})], Outcome.ELIGIBLE, id="in the north"),
        pytest.param(
            VILLAGE, [ANYBODY, a_rule({"place": ["northern-ontario"]})], Outcome.NOT_ELIGIBLE, id="in the south"
        ),
        pytest.param(
            TOWN, [ANYBODY, a_rule({"population": {"max": 4_999}})], Outcome.NOT_ELIGIBLE, id="too many people"
        ),
        pytest.param(
            Fiction("single-tier", None, northern=True),
            [ANYBODY, a_rule({"population": {"max": 9}})],
            Outcome.UNKNOWN,
            id="population not known",
        ),
        pytest.param(
            VILLAGE, [applicants("upper-tier-municipality")], Outcome.VIA_PARTNER, id="its made-up county applies"
        ),
        pytest.param(
            TOWN, [applicants("upper-tier-municipality")], Outcome.NOT_ELIGIBLE, id="a single tier has no county"
        ),
        pytest.param(TOWN, [ANYBODY, a_rule({"place": ["rural"]})], Outcome.UNKNOWN, id="rural: not known"),
        pytest.param(
            Fiction("single-tier", 5, northern=True, rural=False),
            [ANYBODY, a_rule({"place": ["rural"]})],
            Outcome.NOT_ELIGIBLE,
            id="rural: no",
        ),
        pytest.param(
            Fiction("single-tier", 5, northern=True, rural=True),
            [ANYBODY, a_rule({"place": ["rural"]})],
            Outcome.ELIGIBLE,
            id="rural: yes",
        ),
        pytest.param(
            Fiction("lower-tier", 5, northern=False, places=("in:village",)),
            [ANYBODY, a_rule({"place": ["region:lakes"]})],
            Outcome.ELIGIBLE,
            id="a region holds its place",
        ),
        pytest.param(
            Fiction("lower-tier", 5, northern=False, places=("in:county",)),
            [ANYBODY, a_rule({"place": ["in:village"]})],
            Outcome.NOT_ELIGIBLE,
            id="its place holds more than the village",
        ),
        pytest.param(TOWN, [ANYBODY, a_rule({"fact": "audited"})], Outcome.UNKNOWN, id="a fact not stated"),
        pytest.param(
            Fiction("first-nation", None, northern=True, facts={"audited": True}),
            [ANYBODY, a_rule({"fact": "audited"})],
            Outcome.ELIGIBLE,
            id="a fact stated",
        ),
        pytest.param(
            Fiction("single-tier", 5, northern=True, partners={"charity": False}),
            [ANYBODY, a_rule({"partner": {"of": ["charity"]}})],
            Outcome.NOT_ELIGIBLE,
            id="a partner refused",
        ),
    ],
)
def test_a_made_up_community_is_judged(fiction: Fiction, rules: list[Rule], outcome: Outcome) -> None:
    assert judge(rules, profile_of_fiction(fiction, KNOWN.gazetteer), KNOWN).outcome is outcome


def test_the_ready_made_ones_say_that_they_are_made_up() -> None:
    assert len(READY_MADE) == 4
    for words, _fiction in READY_MADE.values():
        assert "Made-up" in words.en
        assert "ficti" in words.fr
