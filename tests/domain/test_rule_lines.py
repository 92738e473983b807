"""Lines: what a form shows of a rule's test is exactly what it says, or it is not shown."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import ROOT
from grants.domain.applicants import APPLICANT_CLASSES
from grants.domain.rule_lines import Binds, Join, Line, Lines, as_lines, as_test
from grants.domain.rules import HasFact, HasPopulation, InPlace, IsApplicant, parse, render
from grants.store.seed_files import read_seeds

TOWN, A, B, C = {"applicant": ["municipality"]}, {"fact": "a"}, {"fact": "b"}, {"fact": "c"}


@pytest.mark.parametrize(
    ("record", "lines"),
    [
        pytest.param(A, Lines((Line(HasFact("a")),)), id="one line"),
        pytest.param({"not": A}, Lines((Line(HasFact("a"), negated=True),)), id="turned round"),
        pytest.param({"all": [A, B]}, Lines((Line(HasFact("a")), Line(HasFact("b")))), id="all"),
        pytest.param({"any": [A, B]}, Lines((Line(HasFact("a")), Line(HasFact("b"))), Join.ANY), id="any"),
        pytest.param(
            {"any": [A, {"all": [B, {"not": C}]}]},
            Lines(
                (Line(HasFact("a")), Line(HasFact("b")), Line(HasFact("c"), negated=True, with_above=True)), Join.ANY
            ),
            id="one of which is two together",
        ),
        pytest.param(
            {"all": [{"any": [A, B]}, C]},
            Lines((Line(HasFact("a")), Line(HasFact("b"), with_above=True), Line(HasFact("c")))),
            id="all, of which one has an alternative",
        ),
        pytest.param(
            {"if": TOWN, "then": {"population": {"max": 5}}},
            Lines((Line(HasPopulation(None, 5)),), Join.ALL, Binds.ONLY, ("municipality",)),
            id="some only",
        ),
        pytest.param(
            {"if": {"not": TOWN}, "then": {"place": ["rural"]}},
            Lines((Line(InPlace(("rural",))),), Join.ALL, Binds.EXCEPT, ("municipality",)),
            id="all but some",
        ),
        pytest.param({"applicant": None}, Lines((Line(IsApplicant(None)),)), id="not stated"),
    ],
)
def test_a_test_as_lines(record: dict[str, Any], lines: Lines) -> None:
    assert as_lines(parse(record)) == lines
    assert render(as_test(lines)) == record


@pytest.mark.parametrize(
    "record",
    [
        pytest.param({"if": A, "then": B}, id="a condition on a fact"),
        pytest.param({"any": [{"all": [A, {"any": [B, C]}]}, C]}, id="three steps"),
        pytest.param({"not": {"all": [A, B]}}, id="a group turned round"),
        pytest.param({"all": [A]}, id="a group of one"),
        pytest.param({"all": [{"all": [A, B]}, C]}, id="a group joined as its neighbours"),
        pytest.param({"all": []}, id="nothing"),
        pytest.param({"not": {"not": A}}, id="turned round twice"),
    ],
)
def test_what_lines_cannot_say_has_none(record: dict[str, Any]) -> None:
    assert as_lines(parse(record)) is None


LEAVES = st.sampled_from([HasFact("a"), HasFact("b"), InPlace(("rural",)), HasPopulation(1, None)])
LINES = st.builds(
    Lines,
    st.lists(st.builds(Line, LEAVES, st.booleans(), st.booleans()), min_size=1, max_size=6).map(tuple),
    st.sampled_from(Join),
    st.sampled_from(Binds),
    st.lists(st.sampled_from(sorted(APPLICANT_CLASSES)), min_size=1, max_size=3, unique=True).map(tuple),
)


@given(LINES)
def test_what_a_form_can_say_it_can_show_again(lines: Lines) -> None:
    test = as_test(lines)
    shown = as_lines(test)
    assert shown is not None
    assert as_test(shown) == test


def test_a_rule_for_some_names_them_and_asks_something() -> None:
    with pytest.raises(ValueError, match="names them"):
        as_test(Lines((Line(HasFact("a")),), binds=Binds.ONLY))
    with pytest.raises(ValueError, match="needs a line"):
        as_test(Lines(()))


def test_all_real_rules_but_a_handful_can_be_shown() -> None:
    streams = [stream for program in read_seeds(ROOT / "seeds").programs for stream in program.streams]
    deep = {f"{each.key}/{rule.key}" for each in streams for rule in each.rules if as_lines(rule.test) is None}
    assert deep == {
        "cf-grey-bruce-community-grants/sponsor",
        "chif-direct-delivery/development-charges",
        "fcc-agrispirit-2024/non-charity-partner",
        "uw-east-ontario-community-fund/governance-or-sponsor",
        "uwgt-community-program-2024/charity-trustee",
    }
