"""Every verdict at once: equal to judging one by one, and after a change only what it touches is judged again."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from grants.domain.communities import Profile
from grants.domain.eligibility import Answer, Knowledge, Outcome, compiled, decide, judge
from grants.domain.rules import Kind, Rule, Subject
from grants.services import catalogue, verdicts
from grants.services.verdicts import Verdicts, advise_on, ask_records, counterfactual_records, judge_all
from tests.builders import a_community, a_fact, a_nation, a_profile, a_rule, applicants, knowledge

pytestmark = pytest.mark.one_database

COUNTY = a_community("county", tier="upper-tier", official_name="County of Test", population=60_000)
VILLAGE = a_community("village", tier="lower-tier", upper_tier="county", population=3_000)
HAMLET = a_community("hamlet", tier="lower-tier", upper_tier="county", population=4_000)
TOWN = a_community("town", population=5_000)
NORTHERN = a_community("northern", northern=True, population=5_000)
CITY = a_community("city", population=900_000, land_area_km2=300.0, status="City")
NATION = a_nation("nation", office_town="Town", northern=False)
EVERYONE = (COUNTY, VILLAGE, HAMLET, TOWN, NORTHERN, CITY, NATION)
FACTS = (a_fact("insured"), a_fact("planned", Subject.COMMUNITY), a_fact("audited", holds_for=("municipality",)))
KNOWN = knowledge(*EVERYONE, facts=FACTS)

MUNICIPALITIES = applicants("municipality")
STREAMS: dict[str, tuple[Rule, ...]] = {
    "open": (MUNICIPALITIES,),
    "insured": (MUNICIPALITIES, a_rule({"fact": "insured"})),
    "small": (MUNICIPALITIES, a_rule({"population": {"max": 4_500}})),
    "rural": (MUNICIPALITIES, a_rule({"place": ["rural"]})),
    "police": (applicants("police-board"), a_rule({"fact": "planned"})),
    "partner": (applicants("non-profit", "first-nation"), a_rule({"partner": {"of": ["municipality"]}})),
    "alone": (applicants("non-profit"), a_rule({"partner": {"of": ["municipality"]}}, Kind.EXCLUDED)),
    "county": (applicants("upper-tier-municipality"), a_rule({"population": {"min": 50_000}})),
    "audited": (MUNICIPALITIES, a_rule({"fact": "audited"})),
    "unsaid": (a_rule({"applicant": None}, key="applicants"),),
    "unruled": (),
}


def profiles(**stated: Mapping[str, Any]) -> dict[str, Profile]:
    """Join each community with what is stated of it."""
    return {
        each.key: a_profile(each, KNOWN, upper=COUNTY if each.upper_tier else None, **stated.get(each.key, {}))
        for each in EVERYONE
    }


def one_by_one(
    streams: Mapping[str, Sequence[Rule]], everyone: Mapping[str, Profile], known: Knowledge
) -> dict[tuple[str, str], object]:
    """Decide each pair alone."""
    return {
        (stream, key): decide(rules, profile, known)
        for stream, rules in streams.items()
        for key, profile in everyone.items()
    }


def all_of(found: Verdicts, streams: Mapping[str, object]) -> dict[tuple[str, str], object]:
    """List every decision by its pair."""
    return {(stream, key): found.of(stream, key) for stream in streams for key in found.profiles}


def test_all_at_once_is_as_one_by_one() -> None:
    found, work = judge_all(STREAMS, profiles(), KNOWN)
    assert all_of(found, STREAMS) == one_by_one(STREAMS, profiles(), KNOWN)
    assert work.pairs == len(STREAMS) * len(EVERYONE)
    assert work.decisions < work.pairs / 2
    assert found.for_community("town") == {stream: found.of(stream, "town") for stream in STREAMS}
    assert found.for_stream("small") == {key: found.of("small", key) for key in found.profiles}
    assert found.counts()["small"] == {Outcome.ELIGIBLE: 2, Outcome.NOT_ELIGIBLE: 5}
    assert found.counts(["town", "village"])["small"] == {Outcome.ELIGIBLE: 1, Outcome.NOT_ELIGIBLE: 1}


def test_nothing_changed_nothing_judged() -> None:
    before, _ = judge_all(STREAMS, profiles(), KNOWN)
    after, work = judge_all(STREAMS, profiles(), KNOWN, before=before)
    assert (work.answers, work.decisions, work.judged) == (0, 0, {})
    assert all_of(after, STREAMS) == all_of(before, STREAMS)


def test_a_stated_fact_touches_the_streams_that_ask_it() -> None:
    before, _ = judge_all(STREAMS, profiles(), KNOWN)
    stated = profiles(town={"facts": {"insured": True, "rural-by-own-word": True}})
    after, work = judge_all(STREAMS, stated, KNOWN, before=before)
    assert work.judged == {"insured": {"town"}, "rural": {"town"}}
    assert work.decisions == 2
    assert all_of(after, STREAMS) == one_by_one(STREAMS, stated, KNOWN)
    assert before.of("insured", "town").outcome is Outcome.UNKNOWN
    assert after.of("insured", "town").outcome is Outcome.ELIGIBLE


def test_a_population_touches_those_who_go_through_it() -> None:
    before, _ = judge_all(STREAMS, profiles(), KNOWN)
    smaller = {
        key: replace(each, upper=None if each.upper is None else a_profile(replace(COUNTY, population=40_000), KNOWN))
        for key, each in profiles().items()
    }
    after, work = judge_all(STREAMS, smaller, KNOWN, before=before)
    assert work.judged == {"county": {"village", "hamlet"}}
    assert before.of("county", "village").outcome is Outcome.VIA_PARTNER
    assert after.of("county", "village").outcome is Outcome.NOT_ELIGIBLE


def test_a_changed_rule_touches_its_stream() -> None:
    before, _ = judge_all(STREAMS, profiles(), KNOWN)
    changed = {**STREAMS, "small": (MUNICIPALITIES, a_rule({"population": {"max": 5_500}}))}
    del changed["rural"]
    after, work = judge_all(changed, profiles(), KNOWN, before=before)
    assert set(work.judged) == {"small"}
    assert work.answers == 2 * len(EVERYONE), "only the new limit is asked: of each and of its upper tier"
    assert all_of(after, changed) == one_by_one(changed, profiles(), KNOWN)
    with pytest.raises(KeyError):
        after.of("rural", "town")


def test_a_redefined_fact_touches_those_it_holds_for() -> None:
    before, _ = judge_all(STREAMS, profiles(), KNOWN)
    now = Knowledge(
        {**KNOWN.facts, "insured": replace(KNOWN.facts["insured"], holds_for=("municipality",))}, KNOWN.gazetteer
    )
    after, work = judge_all(STREAMS, profiles(), now, before=before)
    assert set(work.judged) == {"insured"}
    assert work.judged["insured"] == {each.key for each in EVERYONE if each is not NATION}
    assert all_of(after, STREAMS) == one_by_one(STREAMS, profiles(), now)


def test_another_community_makes_all_be_judged() -> None:
    before, _ = judge_all(STREAMS, profiles(), KNOWN)
    fewer = {key: each for key, each in profiles().items() if key != "city"}
    after, work = judge_all(STREAMS, fewer, KNOWN, before=before)
    assert work.pairs == len(STREAMS) * len(fewer)
    assert all_of(after, STREAMS) == one_by_one(STREAMS, fewer, KNOWN)


def test_an_unknown_fact_leaves_the_last_verdicts_whole() -> None:
    before, _ = judge_all(STREAMS, profiles(), KNOWN)
    with pytest.raises(KeyError, match="no-such-fact"):
        judge_all({**STREAMS, "new": (a_rule({"fact": "no-such-fact"}),)}, profiles(), KNOWN, before=before)
    assert all_of(before, STREAMS) == one_by_one(STREAMS, profiles(), KNOWN)


LEAVES = st.sampled_from(
    [
        {"fact": "insured"},
        {"fact": "planned"},
        {"fact": "audited"},
        {"place": ["rural"]},
        {"place": ["in:town"]},
        {"population": {"max": 4_500}},
        {"partner": {"of": ["charity"]}},
        {"partner": {"of": [], "count": 2}},
        {"applicant": ["lower-tier-municipality", "charity"]},
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
    max_leaves=5,
)
WHO = st.sampled_from([applicants("municipality"), applicants("non-profit", "upper-tier-municipality")])
WORLDS = st.lists(st.tuples(WHO, st.builds(a_rule, TREES, st.sampled_from(list(Kind)))), min_size=1, max_size=4)
STATED = st.dictionaries(
    st.sampled_from([each.key for each in EVERYONE]),
    st.fixed_dictionaries(
        {
            "facts": st.dictionaries(st.sampled_from(["insured", "planned", "rural-by-own-word"]), st.booleans()),
            "partners": st.dictionaries(st.sampled_from(["charity", "library"]), st.booleans()),
        }
    ),
)


@settings(max_examples=100, deadline=None)
@given(WORLDS, WORLDS, STATED, STATED)
def test_however_it_changes_it_is_as_one_by_one(
    first: list[tuple[Rule, ...]], then: list[tuple[Rule, ...]], stated: dict[str, Any], restated: dict[str, Any]
) -> None:
    before, _ = judge_all(dict(enumerated(first)), profiles(**stated), KNOWN)
    streams = dict(enumerated(then))
    after, work = judge_all(streams, profiles(**restated), KNOWN, before=before)
    expected = one_by_one(streams, profiles(**restated), KNOWN)
    assert all_of(after, streams) == expected
    changed = {
        (stream, key)
        for stream, key in expected
        if stream not in dict(enumerated(first)) or before.of(stream, key) != after.of(stream, key)
    }
    assert changed <= {(stream, key) for stream, keys in work.judged.items() for key in keys}


def enumerated(rules: list[tuple[Rule, ...]]) -> list[tuple[str, tuple[Rule, ...]]]:
    """Name streams by their number."""
    return [(str(number), each) for number, each in enumerate(rules)]


def test_advice_as_records() -> None:
    streams = {key: compiled(rules) for key, rules in STREAMS.items()}
    advice = advise_on(streams, profiles()["town"], KNOWN)
    assert counterfactual_records(advice.prospects["insured"], "en") == [
        [{"kind": "history", "key": "fact:insured", "text": "See to it that this holds: insured holds."}]
    ]
    assert ask_records(advice.ask["rural"], "fr") == [
        {
            "key": "fact:rural-by-own-word",
            "text": "Est-ce que rural-by-own-word est vrai?",
            "settles": 1,
            "may_settle": 1,
        }
    ]
    assert ask_records(advice.ask["unsaid"], "en") == [
        {
            "key": "applicants",
            "text": "Who may apply? Ask the funder: what was read does not say.",
            "settles": 0,
            "may_settle": 0,
        }
    ]
    assert advice.ask["open"] == ()


@pytest.mark.seeded
def test_the_real_catalogue(db_session: Session) -> None:
    present = catalogue.present(db_session)
    found = verdicts.present(present)
    assert verdicts.present(present) is found
    for key in ("kenora", "toronto", "thorold", "fn-taykwa-tagamou-nation"):
        profile = present.profile(present.community(key))
        for stream in present.streams.values():
            verdict = judge(stream.rules, profile, present.knowledge)
            assert found.of(stream.key, key) == decide(stream.rules, profile, present.knowledge)
            assert (found.of(stream.key, key).outcome, found.of(stream.key, key).via) == (verdict.outcome, verdict.via)
            refused = any(each.answer is Answer.NO and each.kind is not Kind.PREFERRED for each in verdict.findings)
            assert refused == (verdict.outcome is Outcome.NOT_ELIGIBLE)


@pytest.mark.seeded
def test_advice_on_the_real_catalogue(db_session: Session) -> None:
    present = catalogue.present(db_session)
    profile = present.profile(present.community("kenora"))
    advice = verdicts.advise(present, present.community("kenora"))
    for key, found in advice.prospects.items():
        rules, now = present.streams[key].rules, decide(present.streams[key].rules, profile, present.knowledge)
        assert found.complete
        assert not (now.outcome is Outcome.ELIGIBLE and (found.counterfactuals or found.immovable))
        assert bool(advice.ask[key]) == (now.outcome is Outcome.UNKNOWN)
        assert (now.outcome is not Outcome.NOT_ELIGIBLE) or found.counterfactuals or found.immovable
        for each in found.counterfactuals:
            assert decide(rules, each.change.applied(profile), present.knowledge).outcome is each.outcome
    assert advice.questions[0].asked.question.key == "fact:rural-by-own-word"
