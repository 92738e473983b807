"""Verdicts: the table is the specification, each row a rule as real funders write them."""

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grants.domain.bilingual import Bilingual
from grants.domain.communities import Community, Region
from grants.domain.eligibility import Answer, Outcome, judge
from grants.domain.rules import Kind, Rule, Subject
from tests.builders import a_community, a_fact, a_nation, a_profile, a_rule, applicants, knowledge

COUNTY = a_community("county", tier="upper-tier", name="County", official_name="County of Test", population=60_000)
VILLAGE = a_community("village", tier="lower-tier", upper_tier="county", area_kind="upper-tier municipality")
TOWN = a_community("town", population=5_000)
CITY = a_community("city", population=900_000, land_area_km2=300.0, status="City")
WIDE_CITY = a_community("widecity", population=1_000_000, land_area_km2=2_800.0, status="City")
NORTHERN = a_community("northern", northern=True, area="Kenora", area_kind="territorial district")
NATION = a_nation("nation", office_town="Elsewhere")
SOUTHERN_NATION = a_nation("southern", northern=False, office_town="Town")
EVERYONE = (COUNTY, VILLAGE, TOWN, CITY, WIDE_CITY, NORTHERN, NATION, SOUTHERN_NATION)
REGION = Region("region:twin", Bilingual("Twin", "Jumelle"), ("in:town", "in:county"), "made for a test")
FACTS = (
    a_fact("audited", holds_for=("municipality",), because=Bilingual("By law.", "De par la loi.")),
    a_fact("funded-before", changeable=False),
    a_fact("designated", Subject.COMMUNITY),
    a_fact("one-year"),
)
KNOWN = knowledge(*EVERYONE, facts=FACTS, regions=(REGION,))

ELIGIBLE, VIA, UNKNOWN, NOT = Outcome.ELIGIBLE, Outcome.VIA_PARTNER, Outcome.UNKNOWN, Outcome.NOT_ELIGIBLE
MUNICIPALITIES = applicants("municipality")
ANYONE = applicants("municipality", "first-nation", "non-profit")
SMALL_MUNICIPALITY = a_rule({"if": {"applicant": ["municipality"]}, "then": {"population": {"max": 20_000}}})
NORTH_OR_SMALL = a_rule(
    {"any": [{"population": {"max": 99_999}}, {"place": ["northern-ontario"]}, {"place": ["rural"]}]}
)
TOGETHER = a_rule({"if": {"applicant": ["municipality"]}, "then": {"partner": {"of": ["indigenous-organization"]}}})
LETTER = a_rule({"if": {"applicant": ["non-profit"]}, "then": {"partner": {"of": ["municipality", "first-nation"]}}})
ASKED = a_rule({"ask": {"en": "Is the need high?", "fr": "Le besoin est-il grand?"}})

TABLE = [
    ("a municipality among municipalities", TOWN, [MUNICIPALITIES], {}, ELIGIBLE, ()),
    ("a First Nation is no municipality", NATION, [MUNICIPALITIES], {}, NOT, ()),
    ("a county is not a lower tier", COUNTY, [applicants("lower-tier-municipality")], {}, NOT, ()),
    ("police only goes through the police", TOWN, [applicants("police-board")], {}, VIA, ("police-board",)),
    ("business only is no way for a community", TOWN, [applicants("business", "individual")], {}, NOT, ()),
    ("no stated applicants is unknown", TOWN, [a_rule({"applicant": None}, key="applicants")], {}, UNKNOWN, ()),
    ("a village goes through its county", VILLAGE, [applicants("upper-tier-municipality")], {}, VIA, ("upper-tier-municipality",)),
    ("a single tier has no county", TOWN, [applicants("upper-tier-municipality")], {}, NOT, ()),
    ("the cap binds municipalities: small", TOWN, [ANYONE, SMALL_MUNICIPALITY], {}, ELIGIBLE, ()),
    ("the cap binds municipalities: big goes through", CITY, [ANYONE, SMALL_MUNICIPALITY], {}, VIA, ("non-profit",)),
    ("the cap does not bind a First Nation", NATION, [ANYONE, SMALL_MUNICIPALITY], {}, ELIGIBLE, ()),
    ("or-ed: small", TOWN, [MUNICIPALITIES, NORTH_OR_SMALL], {}, ELIGIBLE, ()),
    ("or-ed: northern", NORTHERN, [MUNICIPALITIES, NORTH_OR_SMALL], {}, ELIGIBLE, ()),
    ("or-ed: a dense city is none of the three", CITY, [MUNICIPALITIES, NORTH_OR_SMALL], {}, NOT, ()),
    ("or-ed: a wide city may be rural", WIDE_CITY, [MUNICIPALITIES, NORTH_OR_SMALL], {}, UNKNOWN, ()),
    ("or-ed: and says so itself", WIDE_CITY, [MUNICIPALITIES, NORTH_OR_SMALL], {"facts": {"rural-by-own-word": True}}, ELIGIBLE, ()),
    ("a First Nation's population is not known", NATION, [ANYONE, a_rule({"population": {"max": 100}})], {}, UNKNOWN, ()),
    ("the partner is not known", TOWN, [MUNICIPALITIES, TOGETHER], {}, UNKNOWN, ()),
    ("the partner is there", TOWN, [MUNICIPALITIES, TOGETHER], {"partners": {"indigenous-organization": True}}, ELIGIBLE, ()),
    ("the partner is refused", TOWN, [MUNICIPALITIES, TOGETHER], {"partners": {"indigenous-organization": False}}, NOT, ()),
    ("the community is its partner's partner", TOWN, [applicants("non-profit"), LETTER], {}, VIA, ("non-profit",)),
    ("a fact nobody stated", TOWN, [MUNICIPALITIES, a_rule({"fact": "one-year"})], {}, UNKNOWN, ()),
    ("a fact true by nature", TOWN, [MUNICIPALITIES, a_rule({"fact": "audited"})], {}, ELIGIBLE, ()),
    ("a stated fact beats nature", TOWN, [MUNICIPALITIES, a_rule({"fact": "audited"})], {"facts": {"audited": False}}, NOT, ()),
    ("a partner can be chosen to fit", TOWN, [applicants("non-profit"), a_rule({"fact": "one-year"})], {}, VIA, ("non-profit",)),
    ("the place itself cannot", TOWN, [applicants("non-profit"), a_rule({"fact": "designated"})], {}, UNKNOWN, ("non-profit",)),
    ("an exclusion not known to apply", TOWN, [MUNICIPALITIES, a_rule({"fact": "funded-before"}, Kind.EXCLUDED)], {}, UNKNOWN, ()),
    ("an exclusion that applies", TOWN, [MUNICIPALITIES, a_rule({"fact": "funded-before"}, Kind.EXCLUDED)], {"facts": {"funded-before": True}}, NOT, ()),
    ("an exclusion that does not apply", TOWN, [MUNICIPALITIES, a_rule({"fact": "funded-before"}, Kind.EXCLUDED)], {"facts": {"funded-before": False}}, ELIGIBLE, ()),
    ("what is only asked never holds back", TOWN, [MUNICIPALITIES, ASKED], {}, ELIGIBLE, ()),
    ("an ask in an exclusion never holds back", TOWN, [MUNICIPALITIES, a_rule({"ask": {"en": "a", "fr": "b"}}, Kind.EXCLUDED)], {}, ELIGIBLE, ()),
    ("an ask does not hide an unknown fact", TOWN, [MUNICIPALITIES, a_rule({"all": [{"ask": {"en": "a", "fr": "b"}}, {"fact": "one-year"}]})], {}, UNKNOWN, ()),
    ("a preference never refuses", TOWN, [MUNICIPALITIES, a_rule({"place": ["northern-ontario"]}, Kind.PREFERRED)], {}, ELIGIBLE, ()),
    ("in the named place", TOWN, [MUNICIPALITIES, a_rule({"place": ["region:twin"]})], {}, ELIGIBLE, ()),
    ("the county's own villages are in it", VILLAGE, [MUNICIPALITIES, a_rule({"place": ["in:county"]})], {}, ELIGIBLE, ()),
    ("elsewhere", NORTHERN, [MUNICIPALITIES, a_rule({"place": ["region:twin"]})], {}, NOT, ()),
    ("a county holds a part of it", COUNTY, [MUNICIPALITIES, a_rule({"place": ["in:village"]})], {}, UNKNOWN, ()),
    ("a northern First Nation is not in the south", NATION, [ANYONE, a_rule({"place": ["region:twin"]})], {}, NOT, ()),
    ("a First Nation with its office in the town may be", SOUTHERN_NATION, [ANYONE, a_rule({"place": ["in:town"]})], {}, UNKNOWN, ()),
]  # fmt: skip


@pytest.mark.parametrize(
    ("community", "rules", "stated", "outcome", "via"),
    [pytest.param(*row[1:], id=row[0]) for row in TABLE],
)
def test_verdict(
    community: Community, rules: list[Rule], stated: dict[str, Any], outcome: Outcome, via: tuple[str, ...]
) -> None:
    upper = COUNTY if community.upper_tier else None
    verdict = judge(rules, a_profile(community, KNOWN, upper=upper, **stated), KNOWN)
    assert (verdict.outcome, verdict.via) == (outcome, via)
    assert [finding.rule for finding in verdict.findings] == [rule.key for rule in rules]


def test_the_outcome_follows_from_the_findings() -> None:
    verdict = judge([MUNICIPALITIES, TOGETHER], a_profile(TOWN, KNOWN), KNOWN)
    held = [finding for finding in verdict.findings if finding.holds_back]
    assert verdict.deciding == held[0]
    assert [question.key for question in held[0].questions] == ["partner:indigenous-organization:1"]


def test_a_rule_that_does_not_bind_is_met() -> None:
    verdict = judge([ANYONE, SMALL_MUNICIPALITY], a_profile(NATION, KNOWN), KNOWN)
    assert verdict.findings[1].answer is Answer.YES


def test_a_reason_speaks_of_the_community() -> None:
    verdict = judge([MUNICIPALITIES, a_rule({"population": {"max": 4_000}})], a_profile(TOWN, KNOWN), KNOWN)
    deciding = verdict.deciding
    assert deciding is not None
    assert deciding.reason == Bilingual("Town has 5,000 people.", "Town compte 5\u00a0000 habitants.")


def test_a_question_that_two_streams_share_has_one_key() -> None:
    first = judge([MUNICIPALITIES, a_rule({"place": ["rural"]})], a_profile(TOWN, KNOWN), KNOWN)
    second = judge([MUNICIPALITIES, a_rule({"fact": "rural-by-own-word"})], a_profile(TOWN, KNOWN), KNOWN)
    assert first.findings[1].questions == second.findings[1].questions


LEAVES = st.sampled_from(
    [
        {"fact": "one-year"},
        {"fact": "funded-before"},
        {"fact": "designated"},
        {"place": ["ontario"]},
        {"place": ["northern-ontario"]},
    ]
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(lambda parts: {"all": parts}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda parts: {"any": parts}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda part: {"not": part}, inner),
        st.builds(lambda condition, then: {"if": condition, "then": then}, inner, inner),
    ),
    max_leaves=8,
)
OPEN_FACTS = ("one-year", "funded-before", "designated")


@given(TREES, st.sampled_from(list(Kind)), st.dictionaries(st.sampled_from(OPEN_FACTS), st.booleans()))
def test_a_known_answer_stays_whatever_else_is_learnt(
    tree: dict[str, Any], kind: Kind, stated: dict[str, bool]
) -> None:
    rule = a_rule(tree, kind)
    answer = judge([rule], a_profile(TOWN, KNOWN, facts=stated), KNOWN).findings[0].answer
    missing = [key for key in OPEN_FACTS if key not in stated]
    complete = {
        judge([rule], a_profile(TOWN, KNOWN, facts={**stated, **dict(zip(missing, rest, strict=True))}), KNOWN)
        .findings[0]
        .answer
        for rest in product([True, False], repeat=len(missing))
    }
    assert Answer.UNKNOWN not in complete
    if answer is not Answer.UNKNOWN:
        assert complete == {answer}
