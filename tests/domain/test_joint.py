"""Joint applications: who could lead, with whom, and why."""

from typing import Any

import pytest

from grants.domain.bilingual import Bilingual
from grants.domain.communities import Community, Region
from grants.domain.eligibility import Outcome, decide
from grants.domain.joint import Tie, neighbours, ways_together
from grants.domain.plans import Plan
from grants.domain.rules import Kind, Rule
from tests.builders import a_community, a_fact, a_nation, a_profile, a_rule, applicants, knowledge

COUNTY = a_community("county", tier="upper-tier", name="County", official_name="County of Test", population=60_000)
VILLAGE = a_community("village", tier="lower-tier", upper_tier="county", population=4_000)
HAMLET = a_community("hamlet", tier="lower-tier", upper_tier="county", population=900)
FAR = a_community("far", population=80_000)
NORTHERN = {"northern": True, "area": "Kenora", "area_kind": "territorial district"}
MINE = a_community("mine", population=3_000, **NORTHERN)
MILL = a_community("mill", population=7_000, **NORTHERN)
LAKE = a_nation("lake", name="Lake", office_town="Mine", tribal_council="Shore Council")
RIVER = a_nation("river", name="River", office_town="Elsewhere", tribal_council="Shore Council")
EVERYONE = (COUNTY, VILLAGE, HAMLET, FAR, MINE, MILL, LAKE, RIVER)
REGION = Region("region:mill", Bilingual("Mill", "Mill"), ("in:mill",), "made for a test")
KNOWN = knowledge(*EVERYONE, facts=(a_fact("designated"),), regions=(REGION,))
PROFILES = [a_profile(each, KNOWN, upper=COUNTY if each.upper_tier else None) for each in EVERYONE]
PLAN = Plan(
    key="plan",
    name="Two Towns",
    kind="joint",
    is_cswb_plan=True,
    priorities_are_own=True,
    communities=(),
    community_ids=("village", "far"),
    language="en",
    source_url="https://example.org",
    priorities=(),
)

MUNICIPALITIES = applicants("municipality")
ONLY_COUNTIES = applicants("upper-tier-municipality")
BIG = a_rule({"population": {"min": 50_000}}, key="population")
WITH_NATION = a_rule({"partner": {"of": ["first-nation", "indigenous-organization"]}}, key="partner")
WITH_TWO = a_rule({"partner": {"of": ["municipality"], "count": 2}}, key="partner")
NORTH = a_rule({"place": ["northern-ontario"]}, key="place")
IN_MILL = a_rule({"place": ["in:mill"]}, key="place")

TIES = [
    ("same upper tier, and the tier itself", VILLAGE, (), {"county": ["upper-tier"], "hamlet": ["upper-tier"]}),
    ("a shared plan comes first", VILLAGE, (PLAN,), {"far": ["plan"], "county": ["upper-tier"], "hamlet": ["upper-tier"]}),
    ("a county with its own", COUNTY, (), {"hamlet": ["upper-tier"], "village": ["upper-tier"]}),
    ("a district, and a band office in town", MINE, (), {"mill": ["district"], "lake": ["office-town"]}),
    ("a tribal council", RIVER, (), {"lake": ["tribal-council"]}),
    ("a First Nation with its office in town", LAKE, (), {"river": ["tribal-council"], "mine": ["office-town"]}),
    ("counties of one name are no tie", FAR, (), {}),
]  # fmt: skip


@pytest.mark.parametrize(("community", "plans", "expected"), [pytest.param(*row[1:], id=row[0]) for row in TIES])
def test_ties(community: Community, plans: tuple[Plan, ...], expected: dict[str, list[str]]) -> None:
    found = neighbours(a_profile(community, KNOWN), PROFILES, plans)
    assert [(each.community.key, list(each.ties)) for each in found] == list(expected.items())


WAYS = [
    ("what it may do alone", VILLAGE, [MUNICIPALITIES], []),
    ("its county leads", VILLAGE, [ONLY_COUNTIES], [("county", ("village",), "eligible", ("rule",))]),
    ("a big neighbour leads, by the plan", VILLAGE, [MUNICIPALITIES, BIG], [("far", ("village",), "eligible", ("population",)), ("county", ("village",), "eligible", ("population",))]),
    ("it leads with a First Nation", MINE, [MUNICIPALITIES, WITH_NATION], [("mine", ("lake",), "eligible", ("partner",)), ("mine", (), "eligible", ("partner",))]),
    ("it leads with two", HAMLET, [MUNICIPALITIES, WITH_TWO], [("hamlet", ("county", "village"), "eligible", ("partner",))]),
    ("nobody moves the place", VILLAGE, [MUNICIPALITIES, NORTH], []),
    ("nor leads from elsewhere", MINE, [applicants("first-nation"), IN_MILL], []),
    ("a neighbour that would need to know", MINE, [applicants("first-nation"), a_rule({"fact": "designated"})], [("lake", ("mine",), "unknown", ("rule",))]),
    ("a body of a class that may apply", MINE, [applicants("police-board")], [(None, ("mine",), "via_partner", ("rule",))]),
    ("not knowing is no better than not knowing", MINE, [MUNICIPALITIES, a_rule({"fact": "designated"})], []),
]  # fmt: skip


@pytest.mark.parametrize(("community", "rules", "expected"), [pytest.param(*row[1:], id=row[0]) for row in WAYS])
def test_ways(community: Community, rules: list[Rule], expected: list[tuple[Any, ...]]) -> None:
    rules = [Rule(each.key.replace("applicants", "rule"), each.kind, each.test, each.basis) for each in rules]
    profile = a_profile(community, KNOWN, upper=COUNTY if community.upper_tier else None)
    found = ways_together(rules, profile, neighbours(profile, PROFILES, (PLAN,)), KNOWN)
    assert [(each.lead.community, each.members, str(each.outcome), each.because) for each in found] == expected


def test_words_say_who_leads_and_why() -> None:
    profile = a_profile(VILLAGE, KNOWN, upper=COUNTY)
    first = ways_together([MUNICIPALITIES, BIG], profile, neighbours(profile, PROFILES, (PLAN,)), KNOWN)[0]
    assert first.ties == (Tie.PLAN,)
    assert first.words == Bilingual(
        "Far, a single-tier municipality, would have to lead, if it wishes to, and you take part "
        "(you share the plan “Two Towns”). So this is met: The population is 50,000 or more.",
        "Far, une municipalité à palier unique, devrait présenter la demande, si elle le souhaite, avec votre "
        "participation (vous avez en commun le plan «\u00a0Two Towns\u00a0»). Ainsi est remplie la condition\u00a0: "
        "La population est de 50\u00a0000 habitants ou plus.",
    )


def test_a_preference_is_no_reason_to_join() -> None:
    preferred = a_rule({"population": {"min": 50_000}}, Kind.PREFERRED)
    profile = a_profile(VILLAGE, KNOWN)
    assert decide([MUNICIPALITIES, preferred], profile, KNOWN).outcome is Outcome.ELIGIBLE
    assert ways_together([MUNICIPALITIES, preferred], profile, neighbours(profile, PROFILES, ()), KNOWN) == ()
