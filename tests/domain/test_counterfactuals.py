"""What would change a verdict, proved smallest by trying everything on small worlds."""

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, combinations, product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config import ROOT
from grants.domain.applicants import APPLICANT_CLASSES
from grants.domain.bilingual import Bilingual
from grants.domain.communities import Community, Profile, Region
from grants.domain.counterfactuals import (
    MOST_STATES,
    Change,
    Counterfactual,
    open_questions,
    prospects,
    rank_questions,
    smallest_questions,
    together,
)
from grants.domain.eligibility import Answer, Outcome, compiled, decide, own_route, partner_routes, stands
from grants.domain.rules import Kind, Rule, Subject, leaves
from tests.builders import a_community, a_fact, a_nation, a_profile, a_rule, applicants, knowledge

COUNTY = a_community("county", tier="upper-tier", name="County", official_name="County of Test", population=60_000)
VILLAGE = a_community("village", tier="lower-tier", upper_tier="county", area_kind="upper-tier municipality")
TOWN = a_community("town")
CITY = a_community("city", population=900_000, land_area_km2=300.0, status="City")
NATION = a_nation("nation", office_town="Town", northern=False)
REGION = Region("region:twin", Bilingual("Twin", "Jumelle"), ("in:town", "in:county"), "made for a test")
FACTS = (
    a_fact("council-resolution"),
    a_fact("insured"),
    a_fact("planned", Subject.COMMUNITY),
    a_fact("funded-before", changeable=False),
    a_fact("designated", Subject.COMMUNITY, changeable=False),
    a_fact("audited", holds_for=("municipality",)),
)
KNOWN = knowledge(COUNTY, VILLAGE, TOWN, CITY, NATION, facts=FACTS, regions=(REGION,))

MUNICIPALITIES = applicants("municipality")
ANYONE = applicants("municipality", "first-nation", "non-profit")
RESOLUTION = a_rule({"fact": "council-resolution"}, key="resolution")
TOGETHER = a_rule({"partner": {"of": ["indigenous-organization"]}}, key="partner")
TWO = a_rule({"partner": {"of": ["charity", "non-profit", "library"], "count": 2}}, key="partner")
SMALL = a_rule({"population": {"max": 20_000}}, key="population")

TABLE = [
    ("what may fit needs nothing", TOWN, [MUNICIPALITIES], {}, []),
    ("a resolution nobody passed yet", TOWN, [MUNICIPALITIES, RESOLUTION], {}, [["fact:council-resolution"]]),
    ("a resolution council refused", TOWN, [MUNICIPALITIES, RESOLUTION], {"facts": {"council-resolution": False}}, [["fact:council-resolution"]]),
    ("a partner", TOWN, [MUNICIPALITIES, TOGETHER], {}, [["partner:indigenous-organization:1"]]),
    ("a partner refused so far", TOWN, [MUNICIPALITIES, TOGETHER], {"partners": {"indigenous-organization": False}}, [["partner:indigenous-organization:1"]]),
    ("two of three partners", TOWN, [MUNICIPALITIES, TWO], {}, [["partner:charity+non-profit+library:2"]]),
    ("one partner more", TOWN, [MUNICIPALITIES, TWO], {"partners": {"library": True}}, [["partner:charity+non-profit:1"]]),
    ("two things at once", TOWN, [MUNICIPALITIES, RESOLUTION, TOGETHER], {}, [["fact:council-resolution", "partner:indigenous-organization:1"]]),
    ("either of two", TOWN, [MUNICIPALITIES, a_rule({"any": [{"fact": "insured"}, {"fact": "planned"}]})], {}, [["fact:insured"], ["fact:planned"]]),
    ("what the police must apply for", TOWN, [applicants("police-board")], {}, [["through:police-board"]]),
    ("whoever applies, the plan is needed", TOWN, [applicants("police-board"), a_rule({"fact": "planned"})], {}, [["through:police-board", "fact:planned"]]),
    ("bodies with the same steps stand together", TOWN, [applicants("non-profit", "charity")], {}, [["through:non-profit+charity"]]),
    ("a village asks its county", VILLAGE, [applicants("upper-tier-municipality")], {}, [["through:upper-tier-municipality"]]),
    ("past funding cannot be undone", TOWN, [MUNICIPALITIES, a_rule({"fact": "funded-before"}, Kind.EXCLUDED)], {"facts": {"funded-before": True}}, []),
    ("a question alone is no step", TOWN, [MUNICIPALITIES, a_rule({"fact": "designated"})], {}, []),
    ("a question beside a step", TOWN, [MUNICIPALITIES, RESOLUTION, a_rule({"fact": "designated"})], {}, [["fact:council-resolution", "fact:designated"]]),
    ("a population that nobody knows", NATION, [ANYONE, SMALL, RESOLUTION], {}, [["fact:council-resolution", "population:0"]]),
    ("a place that nobody knows", NATION, [ANYONE, a_rule({"place": ["in:town"]}), RESOLUTION], {}, [["fact:council-resolution", "place:in:town"]]),
    ("too many people", CITY, [MUNICIPALITIES, SMALL], {}, []),
    ("a big city goes through others", CITY, [ANYONE, a_rule({"if": {"applicant": ["municipality"]}, "then": {"population": {"max": 20_000}}})], {}, [["through:non-profit"]]),
    ("a stream that does not say who may apply", TOWN, [a_rule({"applicant": None}), RESOLUTION], {}, []),
    ("what is only asked needs no step", TOWN, [MUNICIPALITIES, a_rule({"ask": {"en": "a", "fr": "b"}})], {}, []),
]  # fmt: skip


@pytest.mark.parametrize(
    ("community", "rules", "stated", "expected"), [pytest.param(*row[1:], id=row[0]) for row in TABLE]
)
def test_steps(community: Community, rules: list[Rule], stated: dict[str, Any], expected: list[list[str]]) -> None:
    profile = a_profile(community, KNOWN, upper=COUNTY if community.upper_tier else None, **stated)
    found = prospects(rules, profile, KNOWN)
    assert [[step.key for step in each.steps] for each in found.counterfactuals] == expected
    assert found.complete
    for each in found.counterfactuals:
        assert decide(rules, each.change.applied(profile), KNOWN).outcome is each.outcome


def test_steps_speak_to_the_reader() -> None:
    rules = [applicants("police-board"), a_rule({"fact": "planned"})]
    found = prospects(rules, a_profile(TOWN, KNOWN), KNOWN).counterfactuals
    assert found[0].steps[0].words == Bilingual(
        "Partner with your police service board, which applies.",
        "Associez-vous à votre commission de services policiers, qui présentera la demande.",
    )
    found = prospects([MUNICIPALITIES, RESOLUTION], a_profile(TOWN, KNOWN), KNOWN).counterfactuals
    assert found[0].steps[0].words.en == "See to it that this holds: council-resolution holds."
    assert found[0].steps[0].kind == "history"


def test_what_cannot_change_is_named() -> None:
    rules = [MUNICIPALITIES, SMALL, a_rule({"fact": "funded-before"}, Kind.EXCLUDED, key="past"), RESOLUTION]
    found = prospects(rules, a_profile(CITY, KNOWN, facts={"funded-before": True}), KNOWN)
    assert [each.rule for each in found.immovable] == ["population", "past"]
    assert found.immovable[0].words.en == (
        "The population is 20,000 or less. City has 900,000 people. You cannot change this."
    )


def test_work_is_bounded() -> None:
    codes = [code for code, each in APPLICANT_CLASSES.items() if each.partner]
    nasty = [
        a_rule({"any": [{"all": [{"partner": {"of": [a]}}, {"partner": {"of": [b]}}]} for a, b in product(some, some)]})
        for some in (codes[:10], codes[10:20])
    ]
    found = prospects(nasty, a_profile(TOWN, KNOWN), KNOWN, size=4)
    assert MOST_STATES > 0
    assert not found.complete
    assert len(found.counterfactuals) == 12


# Everything tried ----------------------------------------------------------------------------------------------------

CODES = ("charity", "non-profit", "indigenous-organization")
KEYS = ("council-resolution", "insured", "planned", "funded-before", "designated", "rural-by-own-word")
LEAVES = st.sampled_from(
    [
        *({"fact": key} for key in (*KEYS, "audited")),
        {"place": ["rural"]},
        {"place": ["northern-ontario"]},
        {"population": {"max": 5_000}},
        {"partner": {"of": ["charity"]}},
        {"partner": {"of": ["qualified-donee", "non-profit"]}},
        {"partner": {"of": ["charity", "non-profit", "indigenous-organization"], "count": 2}},
        {"applicant": ["municipality"]},
        {"ask": {"en": "a", "fr": "b"}},
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
    max_leaves=4,
)
RULES = st.lists(st.builds(a_rule, TREES, st.sampled_from(list(Kind))), min_size=1, max_size=3)
WHO = st.sampled_from(
    [applicants("municipality"), applicants("non-profit", "charity"), applicants("municipality", "library")]
)
STATED = st.fixed_dictionaries(
    {
        "facts": st.dictionaries(st.sampled_from(KEYS), st.booleans()),
        "partners": st.dictionaries(st.sampled_from(CODES), st.booleans()),
    }
)
Atom = tuple[str, bool]


def _named(rules: list[Rule]) -> set[str]:
    """Name the partner classes and the facts that binding rules ask for."""
    found: set[str] = set()
    for rule in rules:
        for leaf in leaves(rule.test) if rule.kind is not Kind.PREFERRED else ():
            found |= set(getattr(leaf, "classes", None) or ()) | {getattr(leaf, "key", "")}
            if "rural" in getattr(leaf, "places", ()):
                found.add("rural-by-own-word")
    return found


def _atoms(rules: list[Rule], profile: Profile, *, own: bool) -> list[Atom]:
    """List all that can come true, by hand: unknown facts, changeable ones, and where it applies itself partners."""
    named = _named(rules)
    facts = [
        (key, value)
        for key in KEYS
        if key in named and (own or KNOWN.facts[key].subject is Subject.COMMUNITY)
        if key not in profile.facts or KNOWN.facts[key].changeable
        for value in (True, False)
        if profile.facts.get(key) is not value
    ]
    partners = [
        (code, True) for code in (*CODES, "qualified-donee") if own and code in named and not profile.partners.get(code)
    ]
    return facts + partners


def _with(profile: Profile, atoms: Iterable[Atom]) -> Profile:
    chosen = list(atoms)
    change = Change(
        facts=tuple(each for each in chosen if each[0] in KEYS),
        partners=tuple(each for each in chosen if each[0] not in KEYS),
    )
    return change.applied(profile)


def _sets(atoms: list[Atom], size: int) -> Iterator[frozenset[Atom]]:
    for some in chain.from_iterable(combinations(atoms, count) for count in range(size + 1)):
        if len({key for key, _ in some}) == len(some):
            yield frozenset(some)


def _tried(rules: list[Rule], profile: Profile, size: int) -> set[tuple[str | None, frozenset[Atom]]]:
    """Find every smallest set by trying all of them, for the community itself or else for each body."""
    conditions = compiled(rules)

    def smallest(through: str | None) -> list[frozenset[Atom]]:
        found: list[frozenset[Atom]] = []
        for some in _sets(_atoms(rules, profile, own=through is None), size):
            changed = _with(profile, some)
            routes = [own_route(changed)] if through is None else partner_routes(conditions, changed)
            route = next(each for each in routes if each.through == through)
            if not any(each < some for each in found) and stands(conditions, route, KNOWN) is Answer.YES:
                found.append(some)
        return found

    own = smallest(None)
    if own or decide(rules, profile, KNOWN).outcome is Outcome.ELIGIBLE:
        return {(None, each) for each in own}
    if stands(conditions, own_route(profile), KNOWN) is not Answer.NO:
        return set()
    return {
        (code, each)
        for code in conditions.partners
        for each in smallest(code)
        if decide(rules, _with(profile, each), KNOWN).outcome is Outcome.VIA_PARTNER
    }


def _spelled_out(each: Counterfactual) -> Iterator[tuple[str | None, frozenset[Atom]]]:
    """List the sets that a counterfactual stands for: every choice among the classes it names."""
    choices: list[list[tuple[Atom, ...]]] = [[each.change.facts]]
    for step in each.steps:
        if step.kind == "partner":
            _, codes, count = step.key.split(":")
            choices.append(
                [tuple((code, True) for code in some) for some in combinations(codes.split("+"), int(count))]
            )
    for through in each.via or (None,):
        for chosen in product(*choices):
            yield through, frozenset(chain.from_iterable(chosen))


def _only_asks(some: frozenset[Atom]) -> bool:
    return all(key in KEYS and not KNOWN.facts[key].changeable for key, _ in some)


@settings(max_examples=300, deadline=None)
@given(WHO, RULES, STATED)
def test_every_smallest_set_is_found_and_no_other(
    who: Rule, rules: list[Rule], stated: Mapping[str, dict[str, bool]]
) -> None:
    every = [who, *rules]
    profile = a_profile(TOWN, KNOWN, **stated)
    found = prospects(every, profile, KNOWN, limit=10_000)
    assert found.complete
    spelled = {each for counterfactual in found.counterfactuals for each in _spelled_out(counterfactual)}
    tried = {
        (through, some) for through, some in _tried(every, profile, 3) if through is not None or not _only_asks(some)
    }
    assert spelled == tried


@settings(max_examples=200, deadline=None)
@given(WHO, RULES, STATED)
def test_what_cannot_change_refuses_whatever_else_changes(
    who: Rule, rules: list[Rule], stated: Mapping[str, dict[str, bool]]
) -> None:
    every = [who, *(Rule(f"rule{number}", rule.kind, rule.test, "test") for number, rule in enumerate(rules))]
    profile = a_profile(TOWN, KNOWN, **stated)
    named = {each.rule for each in prospects(every, profile, KNOWN).immovable}
    for rule in every:
        atoms = _atoms([rule], profile, own=True)
        always_no = all(
            stands(compiled([rule]), own_route(_with(profile, some)), KNOWN) is Answer.NO
            for some in _sets(atoms, len(atoms))
        )
        assert rule.key not in named or always_no


# What to ask next ----------------------------------------------------------------------------------------------------


def test_a_question_is_asked_where_it_holds_back() -> None:
    rules = [MUNICIPALITIES, a_rule({"any": [{"place": ["rural"]}, {"fact": "designated"}]})]
    asked = open_questions(rules, a_profile(TOWN, KNOWN), KNOWN)
    assert [each.question.key for each in asked] == ["fact:rural-by-own-word", "fact:designated"]
    assert open_questions([MUNICIPALITIES], a_profile(TOWN, KNOWN), KNOWN) == ()


def test_the_smallest_set_of_questions_leaves_out_what_need_not_be_known() -> None:
    both = {"all": [{"fact": "insured"}, {"fact": "designated"}]}
    rules = [MUNICIPALITIES, a_rule({"any": [both, {"all": [{"fact": "insured"}, {"not": {"fact": "designated"}}]}]})]
    asked = smallest_questions(rules, a_profile(TOWN, KNOWN), KNOWN)
    assert [each.question.key for each in asked] == ["fact:insured", "fact:designated"]
    rules = [MUNICIPALITIES, a_rule({"any": [{"fact": "insured"}, both]})]
    assert [each.question.key for each in smallest_questions(rules, a_profile(TOWN, KNOWN), KNOWN)] == ["fact:insured"]
    rules = [
        MUNICIPALITIES,
        a_rule({"if": {"fact": "designated"}, "then": {"fact": "insured"}}),
        a_rule({"fact": "insured"}),
    ]
    assert [each.question.key for each in smallest_questions(rules, a_profile(TOWN, KNOWN), KNOWN)] == ["fact:insured"]


def test_a_place_has_an_answer_for_each_place() -> None:
    rules = [ANYONE, a_rule({"place": ["in:town", "region:twin"]})]
    (asked,) = open_questions(rules, a_profile(NATION, KNOWN), KNOWN)
    assert [(sorted(answer.lies_in), sorted(answer.not_in)) for answer in asked.answers] == [
        (["in:town"], []),
        (["region:twin"], []),
        ([], ["in:town", "region:twin"]),
    ]
    outcomes = [decide(rules, answer.applied(a_profile(NATION, KNOWN)), KNOWN).outcome for answer in asked.answers]
    assert outcomes == [Outcome.ELIGIBLE, Outcome.ELIGIBLE, Outcome.NOT_ELIGIBLE]


def test_a_population_has_an_answer_on_each_side_of_each_limit() -> None:
    rules = [ANYONE, a_rule({"population": {"min": 1_000, "max": 20_000}})]
    (asked,) = open_questions(rules, a_profile(NATION, KNOWN), KNOWN)
    assert [answer.population for answer in asked.answers] == [0, 1_000, 20_001]


def test_no_partner_at_all_settles_too() -> None:
    rules = [MUNICIPALITIES, a_rule({"partner": {"of": [], "count": 2}})]
    (asked,) = open_questions(rules, a_profile(TOWN, KNOWN), KNOWN)
    outcomes = [decide(rules, answer.applied(a_profile(TOWN, KNOWN)), KNOWN).outcome for answer in asked.answers]
    assert outcomes == [Outcome.ELIGIBLE, Outcome.NOT_ELIGIBLE]


def test_the_next_question_settles_most() -> None:
    streams = {
        "a": compiled([MUNICIPALITIES, a_rule({"place": ["rural"]})]),
        "b": compiled([MUNICIPALITIES, a_rule({"fact": "rural-by-own-word"}), a_rule({"fact": "designated"})]),
        "c": compiled([MUNICIPALITIES, RESOLUTION]),
        "d": compiled([MUNICIPALITIES]),
        "e": compiled([MUNICIPALITIES, RESOLUTION, a_rule({"fact": "funded-before"}, Kind.EXCLUDED)]),
        "f": compiled(
            [MUNICIPALITIES, a_rule({"any": [{"fact": "rural-by-own-word"}, {"not": {"place": ["rural"]}}]})]
        ),
    }
    ranked = rank_questions(streams, a_profile(TOWN, KNOWN), KNOWN)
    assert [(each.asked.question.key, each.always, each.sometimes) for each in ranked] == [
        ("fact:rural-by-own-word", ("a", "f"), ("a", "b", "f")),
        ("fact:council-resolution", ("c",), ("c", "e")),
        ("fact:designated", (), ("b",)),
        ("fact:funded-before", (), ("e",)),
    ]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(WHO, RULES), min_size=1, max_size=4), STATED)
def test_what_a_question_settles_is_what_judging_again_says(
    worlds: list[tuple[Rule, list[Rule]]], stated: Mapping[str, dict[str, bool]]
) -> None:
    streams = {str(number): compiled([who, *rules]) for number, (who, rules) in enumerate(worlds)}
    profile = a_profile(TOWN, KNOWN, **stated)
    unknown = [key for key, each in streams.items() if decide(each, profile, KNOWN).outcome is Outcome.UNKNOWN]
    for each in rank_questions(streams, profile, KNOWN):
        settled = {
            key: [
                decide(streams[key], answer.applied(profile), KNOWN).outcome is not Outcome.UNKNOWN
                for answer in each.asked.answers
            ]
            for key in unknown
        }
        assert each.always == tuple(key for key in unknown if all(settled[key]))
        assert each.sometimes == tuple(key for key in unknown if any(settled[key]))


@settings(max_examples=150, deadline=None)
@given(WHO, RULES, STATED)
def test_no_fewer_questions_settle_a_verdict(
    who: Rule, rules: list[Rule], stated: Mapping[str, dict[str, bool]]
) -> None:
    every, profile = [who, *rules], a_profile(TOWN, KNOWN, **stated)

    def settles(count: int) -> bool:
        return any(
            all(
                decide(every, together(answers).applied(profile), KNOWN).outcome is not Outcome.UNKNOWN
                for answers in product(*(each.answers for each in some))
            )
            for some in combinations(open_questions(every, profile, KNOWN), count)
        )

    asked = smallest_questions(every, profile, KNOWN)
    if decide(every, profile, KNOWN).outcome is not Outcome.UNKNOWN:
        assert asked == ()
    elif len(asked) <= 3:
        assert not any(settles(count) for count in range(len(asked)))


def test_what_to_do_is_said_in_the_words_of_the_fact() -> None:
    step = Bilingual("Pass a council resolution.", "Adoptez une résolution du conseil.")
    known = knowledge(TOWN, facts=(a_fact("council-resolution", step=step),))
    found = prospects([MUNICIPALITIES, RESOLUTION], a_profile(TOWN, known), known).counterfactuals
    assert found[0].steps[0].words == step


def test_every_changeable_fact_of_the_catalogue_says_what_to_do() -> None:
    facts = json.loads((ROOT / "seeds" / "facts.json").read_text())
    assert {each["key"] for each in facts if "step" in each} == {each["key"] for each in facts if each["changeable"]}
