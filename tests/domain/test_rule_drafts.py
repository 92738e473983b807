"""Drafts: what differs, how a draft and newer rules come together without loss, what keeps rules from publishing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grants.domain.rule_drafts import Difference, brought_up, differences, key_from, misfits
from grants.domain.rules import Kind, Rule
from tests.builders import a_community, a_fact, a_rule, applicants, knowledge

A, A2, A3 = (a_rule({"fact": fact}, key="a") for fact in ("one", "two", "three"))
B, B2 = (a_rule({"fact": fact}, key="b") for fact in ("one", "two"))
C, D = (a_rule({"fact": "one"}, key=key) for key in ("c", "d"))
KNOWN = knowledge(a_community("kenora"), facts=(a_fact("one"),))


@pytest.mark.parametrize(
    ("before", "after", "found", "reordered"),
    [
        pytest.param([A, B], [A, B], [], False, id="nothing"),
        pytest.param([A, B], [A2, B], [("a", A, A2)], False, id="changed"),
        pytest.param([A], [A, B], [("b", None, B)], False, id="added"),
        pytest.param([A, B], [B], [("a", A, None)], False, id="taken out"),
        pytest.param([A, B], [B, A], [], True, id="only the order"),
        pytest.param([A, B, C], [C, D, A2], [("d", None, D), ("a", A, A2), ("b", B, None)], True, id="all at once"),
    ],
)
def test_differences(
    before: list[Rule], after: list[Rule], found: list[tuple[str, Rule, Rule]], *, reordered: bool
) -> None:
    result = differences(before, after)
    assert result.rules == tuple(Difference(*each) for each in found)
    assert result.reordered is reordered
    assert bool(result) is bool(found or reordered)


@pytest.mark.parametrize(
    ("base", "draft", "live", "merged", "clashes"),
    [
        pytest.param([A, B], [A2, B], [A, B2], [A2, B2], [], id="each changed another rule"),
        pytest.param([A, B], [A2, B], [A3, B], [A2, B], [("a", A3, A2)], id="both changed one: the draft's stands"),
        pytest.param([A, B], [A2, B], [A2, B], [A2, B], [], id="both changed one alike"),
        pytest.param([A], [A, C], [A, D], [A, C, D], [], id="each added one"),
        pytest.param([A, B], [A], [A, B], [A], [], id="the draft took one out"),
        pytest.param([A, B], [A, B], [A], [A], [], id="the other took one out"),
        pytest.param([A, B], [A], [A, B2], [A], [("b", B2, None)], id="taken out here, changed there"),
        pytest.param([A, B], [A, B2], [A], [A, B2], [("b", None, B2)], id="changed here, taken out there"),
        pytest.param([A, B], [B, A], [A, B], [B, A], [], id="the order is the draft's"),
    ],
)
def test_a_draft_is_brought_up(
    base: list[Rule], draft: list[Rule], live: list[Rule], merged: list[Rule], clashes: list[tuple[str, Rule, Rule]]
) -> None:
    assert brought_up(base, draft, live) == (tuple(merged), tuple(Difference(*each) for each in clashes))


VERSIONS = st.lists(st.sampled_from([A, A2, A3, B, B2, C, D]), unique_by=lambda rule: rule.key)


@given(VERSIONS, VERSIONS, VERSIONS)
def test_no_change_is_lost_without_being_named(base: list[Rule], draft: list[Rule], live: list[Rule]) -> None:
    merged, clashes = brought_up(base, draft, live)
    kept, named = {rule.key: rule for rule in merged}, {each.key for each in clashes}
    for change in (*differences(base, draft).rules, *differences(base, live).rules):
        assert kept.get(change.key) == change.after or change.key in named
    assert len(kept) == len(merged)


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        pytest.param([applicants("municipality"), A], [], id="whole"),
        pytest.param([a_rule({"applicant": None}, key="applicants")], [], id="the source does not say"),
        pytest.param([A], ["No required rule says who may apply"], id="nobody named"),
        pytest.param(
            [a_rule({"if": {"applicant": ["charity"]}, "then": {"fact": "one"}})],
            ["No required"],
            id="only whom it binds",
        ),
        pytest.param(
            [a_rule({"applicant": ["business"]}, Kind.EXCLUDED)], ["No required rule"], id="only an exclusion"
        ),
        pytest.param([applicants("charity"), A2], ["The rule a names two"], id="an unknown fact"),
        pytest.param(
            [applicants("charity"), a_rule({"place": ["in:atlantis"]})], ["names in:atlantis"], id="an unknown place"
        ),
    ],
)
def test_what_keeps_rules_from_being_published(rules: list[Rule], said: list[str]) -> None:
    found = misfits(rules, KNOWN.facts, KNOWN.gazetteer)
    assert len(found) == len(said)
    assert all(part in each.en for part, each in zip(said, found, strict=True))


@pytest.mark.parametrize(
    ("words", "taken", "key"),
    [
        ("The population is 20,000 or less.", (), "the-population-is-20-000-or-less"),
        ("Été à l’école", (), "ete-a-lecole"),
        ("???", (), "rule"),
        ("Place", ("place", "place-2"), "place-3"),
        ("word " * 40, (), "-".join(["word"] * 12)),
    ],
)
def test_a_key_is_made_of_words(words: str, taken: tuple[str, ...], key: str) -> None:
    assert key_from(words, taken, otherwise="rule") == key
