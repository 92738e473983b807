"""The reading that somebody chose for broad words: what it takes the place of, and that it stays deterministic."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import ROOT
from grants.domain.matching import MOST_CHOSEN, StreamIndex, StreamText, rank, understand
from grants.domain.plans import Priority
from grants.domain.records import read, write
from grants.domain.vocabulary import Vocabulary
from grants.store.seed_files import read_vocabulary

VOCABULARY = Vocabulary(read_vocabulary(ROOT / "seeds"))
SHELF = (
    StreamText("belonging", "One Town", summary="Festivals and clubs where neighbours meet and belong."),
    StreamText("police", "Front Line", summary="Community safety: pays police services for patrols."),
    StreamText("homes", "Roofs", summary="Builds affordable rental homes for the community."),
    StreamText("minds", "Young Minds", summary="Mental health care for youth."),
)
INDEX = StreamIndex.build(SHELF, VOCABULARY)
COMMUNITY = Priority("p", "Community")


def first(priority: Priority) -> str:
    return rank([priority], INDEX)[0][0].stream


@pytest.mark.parametrize(
    ("reading", "best"),
    [
        pytest.param(("community-belonging",), "belonging", id="belonging"),
        pytest.param(("community-safety",), "police", id="safety"),
        pytest.param(("affordable-housing",), "homes", id="one that was not offered"),
        pytest.param(("mental-health", "youth"), "minds", id="a topic and a group"),
    ],
)
def test_the_reading_decides_what_ranks_first(reading: tuple[str, ...], best: str) -> None:
    assert first(replace(COMMUNITY, reading=reading)) == best


def test_a_chosen_reading_is_no_longer_vague_and_the_others_stay_on_offer() -> None:
    plain = understand(COMMUNITY, VOCABULARY)
    chosen = understand(replace(COMMUNITY, reading=("community-safety",)), VOCABULARY)
    assert (plain.vague, plain.chosen) == (True, ())
    assert (chosen.vague, chosen.chosen) == (False, ("community-safety",))
    assert chosen.readings == plain.readings
    assert len(plain.readings) == 3


def test_evidence_quotes_the_words_that_were_read_so() -> None:
    (best, *_rest) = rank([replace(COMMUNITY, reading=("community-belonging",))], INDEX)[0]
    assert {(each.words, each.concept) for each in best.evidence} == {("Community", "community-belonging")}


def test_words_that_nobody_knows_can_be_read_too_and_a_long_text_is_quoted_shortly() -> None:
    unknown = Priority("p", "zzyzx " * 300, reading=("community-belonging",))
    senses = understand(unknown, VOCABULARY).senses
    assert [each.concept for each in senses] == ["community-belonging"]
    assert len(senses[0].words) < 100
    assert first(unknown) == "belonging"


def test_concrete_words_keep_their_own_meaning() -> None:
    plain = Priority("p", "affordable housing")
    assert understand(replace(plain, reading=("community-safety",)), VOCABULARY) == understand(plain, VOCABULARY)


@pytest.mark.parametrize("reading", [("nothing",), ("community",), ("",), ("risk-alc-abuse",)])
def test_what_is_no_concrete_concept_is_no_reading(reading: tuple[str, ...]) -> None:
    assert understand(replace(COMMUNITY, reading=reading), VOCABULARY) == understand(COMMUNITY, VOCABULARY)


@given(st.lists(st.sampled_from([each.key for each in VOCABULARY.concepts]), max_size=12))
def test_the_order_of_choosing_does_not_matter_and_the_number_is_bounded(keys: list[str]) -> None:
    one = understand(replace(COMMUNITY, reading=tuple(keys)), VOCABULARY)
    other = understand(replace(COMMUNITY, reading=tuple(reversed(keys * 2))), VOCABULARY)
    assert one == other
    assert len(one.chosen) <= MOST_CHOSEN


def test_two_readings_of_one_title_are_ranked_apart() -> None:
    read_as = [replace(COMMUNITY, reading=(key,)) for key in ("community-belonging", "community-safety")]
    together = rank([*read_as, COMMUNITY, read_as[0]], INDEX)
    alone = [rank([each], INDEX)[0] for each in (*read_as, COMMUNITY, read_as[0])]
    assert [list(each) for each in together] == [list(each) for each in alone]
    assert together[0].scores() != together[1].scores()


def test_no_reading_is_written_to_a_record() -> None:
    assert "reading" not in write(COMMUNITY)
    assert read(write(COMMUNITY), Priority) == COMMUNITY
