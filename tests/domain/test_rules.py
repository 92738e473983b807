"""Rules as data: every predicate is read, written back the same, and refused where it is misshapen."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grants.domain.applicants import APPLICANT_CLASSES
from grants.domain.records import BadRecordError, read, write
from grants.domain.rules import FactDefinition, HasFact, InPlace, Rule, leaves, parse, render
from tests.builders import a_fact

CLASSES = st.lists(st.sampled_from(sorted(APPLICANT_CLASSES)), min_size=1, max_size=3, unique=True)
WORDS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20).filter(str.strip)
LEAVES = st.one_of(
    st.builds(lambda codes: {"applicant": codes}, st.none() | CLASSES),
    st.builds(lambda code: {"place": [code]}, st.sampled_from(["ontario", "rural", "in:kenora"])),
    st.builds(lambda people: {"population": {"max": people}}, st.integers(0, 10**7)),
    st.builds(lambda people: {"population": {"min": people}}, st.integers(0, 10**7)),
    st.builds(lambda codes, count: {"partner": {"of": codes, "count": count}}, CLASSES, st.integers(2, 5)),
    st.builds(lambda key: {"fact": key}, st.sampled_from(["one", "two"])),
    st.builds(lambda en, fr: {"ask": {"en": en, "fr": fr}}, WORDS, WORDS),
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


@given(TREES)
def test_a_predicate_is_written_as_it_was_read(record: dict[str, Any]) -> None:
    test = parse(record)
    assert render(test) == record
    assert parse(render(test)) == test


@pytest.mark.parametrize(
    ("record", "fault"),
    [
        pytest.param({"aplicant": ["municipality"]}, "unknown predicate", id="misspelt kind"),
        pytest.param({}, "unknown predicate", id="empty"),
        pytest.param({"applicant": ["martians"]}, "unknown applicant class", id="unknown class"),
        pytest.param({"population": {}}, "needs a min or a max", id="population without limits"),
        pytest.param({"population": {"max": 1, "maxx": 2}}, "unknown entries", id="unknown limit"),
        pytest.param({"fact": "a", "then": {}}, "unknown entries", id="two kinds at once"),
    ],
)
def test_a_misshapen_predicate_is_refused(record: dict[str, Any], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        parse(record)


def test_a_rule_says_where_it_is_wrong() -> None:
    with pytest.raises(BadRecordError, match=r"Rule 'cap'.*test"):
        read({"key": "cap", "kind": "required", "tst": {}, "basis": "notes"}, Rule)


def test_a_rule_needs_both_languages() -> None:
    record = {"key": "cap", "kind": "required", "test": {"fact": "a"}, "basis": "b", "wording": {"en": "A.", "fr": " "}}
    with pytest.raises(BadRecordError, match="both languages are needed"):
        read(record, Rule)


def test_leaves_come_left_to_right() -> None:
    test = parse({"if": {"fact": "a"}, "then": {"any": [{"place": ["ontario"]}, {"not": {"fact": "b"}}]}})
    assert list(leaves(test)) == [HasFact("a"), InPlace(("ontario",)), HasFact("b")]


def test_a_fact_is_written_as_it_was_read() -> None:
    fact = a_fact("one", holds_for=("municipality",))
    assert read(write(fact), FactDefinition) == fact


def test_a_rule_that_nobody_could_read_is_refused() -> None:
    record = {"key": "long", "kind": "required", "test": {"any": [{"fact": "one"}] * 201}, "basis": "notes"}
    with pytest.raises(BadRecordError, match="asks more than 200 things"):
        read(record, Rule)


def test_a_rule_without_a_bottom_is_refused() -> None:
    test: dict[str, Any] = {"fact": "one"}
    for _ in range(5_000):
        test = {"not": test}
    with pytest.raises(BadRecordError, match="nested too deeply"):
        read({"key": "deep", "kind": "required", "test": test, "basis": "notes"}, Rule)
