"""Words of a text: folded, stemmed and cut alike in both languages, and bounded on any input."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grants.domain.text import LONGEST_TEXT, LONGEST_WORD, Gap, fold, is_aim, stem, words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("policy", "policies", id="English plural in -ies"),
        pytest.param("addiction", "addictions", id="plain plural"),
        pytest.param("homeless", "homelessness", id="-ness"),
        pytest.param("police", "policing", id="-ing"),
        pytest.param("plan", "planning", id="doubled consonant"),
        pytest.param("crisis", "crises", id="-sis"),
        pytest.param("âgé", "âgées", id="French participle, feminine plural"),
        pytest.param("santé", "sante", id="accent left out"),
        pytest.param("municipal", "municipaux", id="French plural in -aux"),
        pytest.param("mentale", "mental", id="French feminine, and the English word"),
        pytest.param("revenu", "revenus", id="French plural in -us"),
        pytest.param("emploi", "emplois", id="French plural in -is"),
        pytest.param("sexuelle", "sexuel", id="French feminine with a doubled consonant"),
        pytest.param("ÉCOLE", "écoles", id="capitals"),
    ],
)
def test_forms_of_one_word_share_a_stem(one: str, other: str) -> None:
    assert stem(one) == stem(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("crime", "discrimination", id="crim in discrimination"),
        pytest.param("well", "wellness", id="well is not wellness"),
        pytest.param("refuge", "refugee", id="a refuge is not a refugee"),
        pytest.param("bus", "business", id="short words keep their ends"),
    ],
)
def test_different_words_keep_different_stems(one: str, other: str) -> None:
    assert stem(one) != stem(other)


@pytest.mark.parametrize(
    ("text", "forms"),
    [
        pytest.param("l’accès à l'aide des aînés", ["acces", "aide", "aines"], id="elided articles, both apostrophes"),
        pytest.param("Women's Campus Safety", ["women", "campus", "safety"], id="possessive"),
        pytest.param("gender- based violence", ["gender", "based", "violence"], id="a hyphen with a space"),
        pytest.param("at-risk youth at school", ["at", "risk", "youth", "school"], id="a compound keeps its stop word"),
        pytest.param("ＭＥＮＴＡＬ health", ["mental", "health"], id="full-width letters"),
        pytest.param("Œuvre de cœur", ["oeuvre", "coeur"], id="ligatures"),
        pytest.param("2SLGBTQ+ people", ["2slgbtq", "people"], id="digits and a plus"),
        pytest.param("the of and", [], id="nothing but stop words"),
        pytest.param("", [], id="empty"),
    ],
)
def test_words_are_folded_and_stop_words_left_out(text: str, forms: list[str]) -> None:
    assert [word.form for word in words(text)] == forms


@pytest.mark.parametrize(
    ("text", "gap"),
    [
        pytest.param("poverty reduction", Gap.NONE, id="side by side"),
        pytest.param("poverty of children", Gap.NONE, id="over a stop word"),
        pytest.param("poverty and homelessness", Gap.JOINED, id="and"),
        pytest.param("pauvreté et itinérance", Gap.JOINED, id="et"),
        pytest.param("poverty & homelessness", Gap.JOINED, id="ampersand"),
        pytest.param("poverty, homelessness", Gap.BROKEN, id="comma"),
        pytest.param("poverty/homelessness", Gap.BROKEN, id="slash"),
        pytest.param("poverty, and homelessness", Gap.BROKEN, id="the wider gap wins"),
        pytest.param("Poverty (Homelessness)", Gap.BROKEN, id="bracket"),
        pytest.param("poverty - homelessness", Gap.BROKEN, id="dash"),
        pytest.param("poverty-related", Gap.NONE, id="hyphen"),
    ],
)
def test_the_gap_before_a_word_is_told(text: str, gap: Gap) -> None:
    assert words(text)[1].gap is gap


def test_a_word_knows_where_it_stands() -> None:
    title = "Accès à l’Éducation"
    assert [title[word.start : word.end] for word in words(title)] == ["Accès", "Éducation"]


def test_aims_are_told_from_topics() -> None:
    assert is_aim(fold("Réduire"))
    assert not is_aim(fold("pauvreté"))


@given(st.text(st.characters(), max_size=3 * LONGEST_TEXT))
def test_any_text_gives_bounded_words_in_order(text: str) -> None:
    found = words(text)
    assert all(0 < len(word.typed) <= LONGEST_WORD for word in found)
    assert all(word.end <= LONGEST_TEXT for word in found)
    assert all(before.end <= after.start for before, after in pairwise(found))


def test_a_long_paste_is_read_to_its_limit() -> None:
    assert len(words("housing " * 12_500)) == LONGEST_TEXT // len("housing ")
    assert len(words("a" * 100_000)) == 1
