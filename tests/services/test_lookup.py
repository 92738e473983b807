"""Find a community as people type it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grants.domain.communities import Community
from grants.services import lookup
from tests.builders import a_community, a_nation

pytestmark = pytest.mark.one_database

EVERYONE = {
    each.key: each
    for each in (
        a_community("kenora", name="Kenora", official_name="City of Kenora", status="City", population=14_967),
        a_nation("fn-37", name="Animakee Wa Zhing #37", office_town="Kenora"),
        a_community("hamilton", name="Hamilton", official_name="City of Hamilton", status="City", population=569_353),
        a_community(
            "hamilton-township",
            name="Hamilton",
            official_name="Township of Hamilton",
            status="Township",
            tier="lower-tier",
            upper_tier="northumberland",
            population=11_059,
        ),
        a_community(
            "northumberland",
            name="Northumberland",
            official_name="County of Northumberland",
            status="County",
            tier="upper-tier",
        ),
        a_community("sault", name="Sault Ste. Marie", official_name="City of Sault Ste. Marie", status="City"),
        a_community("st-thomas", name="St. Thomas", official_name="City of St. Thomas", status="City"),
        a_community(
            "sudbury", name="Greater Sudbury", official_name="City of Greater Sudbury", name_fr="Grand Sudbury"
        ),
        a_community("alnwick", name="Alnwick/Haldimand", official_name="Township of Alnwick/Haldimand"),
        a_nation("fn-anim", name="Animbiigoo Zaagi'igan Anishinaabek", office_town="Beardmore"),
        a_nation("fn-albany", name="Albany", other_names=("Fort Albany First Nation",), office_town="Fort Albany"),
    )
}


def keys(query: str) -> list[str]:
    return [each.community.key for each in lookup.find(EVERYONE.values(), query)]


@pytest.mark.parametrize(
    ("query", "first"),
    [
        pytest.param("ken", "kenora", id="the beginning"),
        pytest.param("KENORA", "kenora", id="capitals"),
        pytest.param("city of kenora", "kenora", id="the official name"),
        pytest.param("kenora city", "kenora", id="words in another order"),
        pytest.param("kenroa", "kenora", id="two letters swapped"),
        pytest.param("sault ste marie", "sault", id="no full stop"),
        pytest.param("Sault Sainte-Marie", "sault", id="Ste in full, with a hyphen"),
        pytest.param("saint thomas", "st-thomas", id="St in full"),
        pytest.param("st-thomas", "st-thomas", id="its key"),
        pytest.param("sudbury", "sudbury", id="a later word"),
        pytest.param("grand sudb", "sudbury", id="the French name"),
        pytest.param("haldimand", "alnwick", id="after a slash"),
        pytest.param("zaagiigan", "fn-anim", id="without the apostrophe"),
        pytest.param("Zaagi’igan", "fn-anim", id="with a curly apostrophe"),
        pytest.param("fort albany", "fn-albany", id="another name"),
        pytest.param("Beardmore", "fn-anim", id="the town of the band office"),
    ],
)
def test_the_first_found(query: str, first: str) -> None:
    assert keys(query)[0] == first


def test_a_town_comes_before_the_nations_whose_office_is_there() -> None:
    found = lookup.find(EVERYONE.values(), "Kenora")
    assert [(each.community.key, each.by) for each in found] == [("kenora", None), ("fn-37", "Kenora")]


def test_two_of_one_name_are_both_there_and_can_be_told_apart() -> None:
    assert keys("hamilton") == ["hamilton", "hamilton-township"]
    said = [lookup.what_and_where(EVERYONE[key], EVERYONE) for key in keys("hamilton")]
    assert said[1].en == "Township, County of Northumberland"
    assert said[1].fr == "Canton, comté de Northumberland"
    assert said[0] != said[1]


@pytest.mark.parametrize("query", ["", "   ", "zzzz", "!?", "\u0000", "x" * 10_000])
def test_nothing_is_found_for_nothing(query: str) -> None:
    assert keys(query) == []


def test_guesses_only_where_nothing_else_is_found() -> None:
    assert keys("hamiltom") == ["hamilton", "hamilton-township"]
    scores = {each.score for each in lookup.find(EVERYONE.values(), "hamilton")}
    assert min(scores) > lookup.GUESSED


@pytest.mark.parametrize(
    ("words", "key", "others"),
    [
        pytest.param("", None, [], id="nothing"),
        pytest.param("hamilton-township", "hamilton-township", [], id="a key"),
        pytest.param("Township of Hamilton", "hamilton-township", [], id="the whole name of one"),
        pytest.param("Kenora", "kenora", [], id="the surest of several"),
        pytest.param("Hamil", None, ["hamilton", "hamilton-township"], id="the name of two"),
        pytest.param("Kenroa", None, ["kenora", "fn-37"], id="a guess is only offered"),
        pytest.param("Nowhere", None, [], id="nobody"),
    ],
)
def test_what_is_meant(words: str, key: str | None, others: list[str]) -> None:
    community, candidates = lookup.meant(EVERYONE, words)
    assert (community.key if community else None) == key
    assert [each.key for each in candidates] == others


@given(st.text(max_size=200))
def test_any_text_gives_a_bounded_ordered_answer(query: str) -> None:
    found = lookup.find(EVERYONE.values(), query, limit=5)
    assert len(found) <= 5
    assert [each.score for each in found] == sorted((each.score for each in found), reverse=True)


@pytest.mark.parametrize(
    ("community", "en", "fr"),
    [
        pytest.param(
            a_community("x", status="Town", area_kind="territorial district", area="Algoma", population=1_234),
            "Town, Algoma District, 1,234 people",
            "Ville, district d’Algoma, 1\u00a0234 habitants",
            id="in a district",
        ),
        pytest.param(
            a_nation("y", office_town="Kenora"),
            "First Nation, band office in Kenora",
            "Première Nation, bureau de la bande à Kenora",
            id="a First Nation",
        ),
        pytest.param(a_nation("z", office_town=None), "First Nation", "Première Nation", id="no town known"),
    ],
)
def test_describe(community: Community, en: str, fr: str) -> None:
    said = lookup.describe(community, {})
    assert (said.en, said.fr) == (en, fr)


def test_the_list_of_all_is_in_alphabetical_order_whatever_the_accents() -> None:
    some = [a_community(key, name=key) for key in ("Zorra", "Élan", "Ear Falls", "erin")]
    assert {letter: [each.name for each in of] for letter, of in lookup.by_letter(some).items()} == {
        "E": ["Ear Falls", "Élan", "erin"],
        "Z": ["Zorra"],
    }
