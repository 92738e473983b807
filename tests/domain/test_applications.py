"""Where an application stands, every move by name, and what it is called."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grants.domain.applications import (
    COLUMN_WORDS,
    COLUMNS,
    MOVES,
    Column,
    Fault,
    State,
    check_move,
    column_of,
    is_before_submission,
    is_over,
    name_of,
    state_words,
)
from grants.domain.bilingual import Bilingual

LEGAL = [
    ("decide to apply", State.CONSIDERING, State.GO, False),
    ("decide not to apply", State.CONSIDERING, State.NO_GO, True),
    ("begin to write", State.GO, State.DRAFTING, False),
    ("open the decision again", State.GO, State.CONSIDERING, True),
    ("change one's mind before writing", State.GO, State.NO_GO, True),
    ("give up before writing", State.GO, State.WITHDRAWN, True),
    ("reopen a no-go", State.NO_GO, State.CONSIDERING, True),
    ("hand in for review", State.DRAFTING, State.INTERNAL_REVIEW, False),
    ("to council without a review", State.DRAFTING, State.COUNCIL_APPROVAL, False),
    ("submit without a review", State.DRAFTING, State.SUBMITTED, False),
    ("writing had not begun", State.DRAFTING, State.GO, True),
    ("give up while writing", State.DRAFTING, State.WITHDRAWN, True),
    ("to council after the review", State.INTERNAL_REVIEW, State.COUNCIL_APPROVAL, False),
    ("submit after the review", State.INTERNAL_REVIEW, State.SUBMITTED, False),
    ("the review wants changes", State.INTERNAL_REVIEW, State.DRAFTING, True),
    ("give up in review", State.INTERNAL_REVIEW, State.WITHDRAWN, True),
    ("council approves", State.COUNCIL_APPROVAL, State.SUBMITTED, False),
    ("council sends it back to be written", State.COUNCIL_APPROVAL, State.DRAFTING, True),
    ("council sends it back to review", State.COUNCIL_APPROVAL, State.INTERNAL_REVIEW, True),
    ("council refuses", State.COUNCIL_APPROVAL, State.WITHDRAWN, True),
    ("the funder asks", State.SUBMITTED, State.QUESTIONS, False),
    ("awarded at once", State.SUBMITTED, State.AWARDED, False),
    ("declined at once", State.SUBMITTED, State.DECLINED, True),
    ("sent back by the funder", State.SUBMITTED, State.DRAFTING, True),
    ("taken back from the funder", State.SUBMITTED, State.WITHDRAWN, True),
    ("answered", State.QUESTIONS, State.SUBMITTED, False),
    ("awarded after questions", State.QUESTIONS, State.AWARDED, False),
    ("declined after questions", State.QUESTIONS, State.DECLINED, True),
    ("taken back after questions", State.QUESTIONS, State.WITHDRAWN, True),
    ("reports are due", State.AWARDED, State.REPORTING, False),
    ("no report is due", State.AWARDED, State.CLOSED, False),
    ("not awarded after all", State.AWARDED, State.SUBMITTED, True),
    ("put a refusal away", State.DECLINED, State.CLOSED, False),
    ("the funder looks again", State.DECLINED, State.SUBMITTED, True),
    ("put a withdrawal away", State.WITHDRAWN, State.CLOSED, False),
    ("take it up again", State.WITHDRAWN, State.CONSIDERING, True),
    ("all is reported", State.REPORTING, State.CLOSED, False),
    ("reports were not due yet", State.REPORTING, State.AWARDED, True),
]


@pytest.mark.parametrize(("frm", "to", "wants_reason"), [pytest.param(*row[1:], id=row[0]) for row in LEGAL])
def test_a_legal_move(frm: State, to: State, *, wants_reason: bool) -> None:
    assert check_move(frm, to, "because") is None
    refused = check_move(frm, to, "  \n")
    assert (refused.fault if refused else None) == (Fault.REASON_MISSING if wants_reason else None)


def test_every_other_move_is_refused_by_name_and_says_what_is_possible() -> None:
    legal = {(frm, to) for _, frm, to, _ in LEGAL}
    for frm in State:
        for to in State:
            refused = check_move(frm, to, "because")
            if (frm, to) in legal:
                assert refused is None
                continue
            assert refused is not None
            assert refused.fault is (Fault.SAME_STATE if frm is to else Fault.NO_SUCH_MOVE)
            assert state_words(frm).en in refused.words.en
            assert state_words(frm).fr in refused.words.fr
            if refused.fault is Fault.NO_SUCH_MOVE:
                assert all(state_words(each).en in refused.words.en for each in MOVES[frm])


def reached(start: State) -> set[State]:
    seen: set[State] = set()
    ahead = [start]
    while ahead:
        state = ahead.pop()
        ahead += [to for to in MOVES[state] if to not in seen]
        seen.update(MOVES[state])
    return seen


def test_closed_is_the_only_end_and_everything_can_be_reached() -> None:
    assert reached(State.CLOSED) == set()
    assert reached(State.CONSIDERING) == set(State)
    assert all(State.CLOSED in reached(state) for state in State if state is not State.CLOSED)


@given(st.data())
def test_a_walk_over_the_board_never_skips_the_submission(data: st.DataObject) -> None:
    """However an application moves, nothing is awarded, declined or reported that was not with the funder."""
    path = [State.CONSIDERING]
    for _ in range(data.draw(st.integers(0, 20))):
        if MOVES[path[-1]]:
            path.append(data.draw(st.sampled_from(sorted(MOVES[path[-1]]))))
    for frm, to in pairwise(path):
        if to in {State.AWARDED, State.DECLINED}:
            assert not is_before_submission(frm)
    if path[-1] in {State.AWARDED, State.DECLINED, State.REPORTING}:
        assert State.SUBMITTED in path


def test_every_state_stands_in_one_column() -> None:
    assert sorted(state for states in COLUMNS.values() for state in states) == sorted(State)
    assert all(column_of(state) is column for column, states in COLUMNS.items() for state in states)
    assert set(COLUMN_WORDS) == set(Column)
    assert {state for state in State if is_over(state)} == {
        State.NO_GO,
        State.DECLINED,
        State.WITHDRAWN,
        State.CLOSED,
    }
    assert {state for state in State if is_before_submission(state)} == {
        State.CONSIDERING,
        State.GO,
        State.DRAFTING,
        State.INTERNAL_REVIEW,
        State.COUNCIL_APPROVAL,
    }


def test_a_first_nation_has_a_band_council() -> None:
    assert state_words(State.COUNCIL_APPROVAL).fr == "approbation du conseil"
    assert state_words(State.COUNCIL_APPROVAL, "first-nation").fr == "approbation du conseil de bande"
    assert state_words(State.DRAFTING, "first-nation") == state_words(State.DRAFTING)
    refused = check_move(State.SUBMITTED, State.COUNCIL_APPROVAL, "", "first-nation")
    assert refused is not None
    assert "band council approval" in refused.words.en


@pytest.mark.parametrize(
    ("typed", "stream", "told", "en", "fr"),
    [
        pytest.param("", None, None, "Safer Streets", "Rues sûres", id="the program"),
        pytest.param("", Bilingual("Youth", "Jeunes"), None, "Safer Streets, Youth", "Rues sûres, Jeunes", id="stream"),
        pytest.param("", None, "2027", "Safer Streets (2027)", "Rues sûres (2027)", id="with its round"),
        pytest.param("Ours", Bilingual("Youth", "Jeunes"), "2027", "Ours", "Ours", id="as typed"),
    ],
)
def test_an_application_is_called_as_typed_or_after_what_it_is_for(
    typed: str, stream: Bilingual | None, told: str | None, en: str, fr: str
) -> None:
    assert name_of(typed, Bilingual("Safer Streets", "Rues sûres"), stream, told) == Bilingual(en, fr)
