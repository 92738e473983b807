"""What closes when: the list, the picture with the same links, and the honest words where nothing is known."""

from collections.abc import Iterator
from datetime import UTC, datetime
from xml.etree.ElementTree import Element

import pytest
import time_machine
from flask.testing import FlaskClient

from grants.domain.bilingual import LANGUAGES
from tests.web.html import Page, parse, words

TODAY = datetime(2026, 11, 24, 15, tzinfo=UTC)
SVG = "{http://www.w3.org/2000/svg}"
ONE_AHEAD = "Ontario Transit Investment Fund"


@pytest.fixture(autouse=True)
def _the_day_of_the_catalogue() -> Iterator[None]:
    with time_machine.travel(TODAY, tick=False):
        yield


def page(client: FlaskClient, address: str) -> Page:
    answer = client.get(address)
    assert answer.status_code == 200, answer.status
    return parse(answer)


def section(found: Page, name: str) -> Element | None:
    return next((each for each in found.all("section") if each.get("aria-labelledby") == name), None)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_one_dated_intake_stands_in_picture_and_list_with_one_link(
    catalogue_client: FlaskClient, language: str
) -> None:
    found = page(catalogue_client, f"/{language}/deadlines")
    drawn = found.all(f"{SVG}a")
    listed = section(found, "when-later")
    assert listed is not None
    assert len(drawn) == 1
    assert ONE_AHEAD in (drawn[0].get("aria-label") or "")
    link = listed.find(".//h3/a")
    assert link is not None
    assert drawn[0].get("href") == link.get("href")


def test_words_of_the_list(catalogue_client: FlaskClient) -> None:
    english = section(page(catalogue_client, "/en/deadlines"), "when-later")
    french = section(page(catalogue_client, "/fr/deadlines"), "when-later")
    assert english is not None
    assert french is not None
    assert "Closes Thursday 31 December 2026, time not stated; a listing site gives this date" in words(english)
    assert "In 37 days; checked 23 November 2026" in words(english)
    assert "Ferme le jeudi 31 décembre 2026, heure non précisée; cette date vient d’un site" in words(french)
    assert "Dans 37 jours; vérifié le 23 novembre 2026" in words(french)


def test_estimates_are_apart_and_say_so_every_time(catalogue_client: FlaskClient) -> None:
    estimated = section(page(catalogue_client, "/en/deadlines"), "when-estimated")
    assert estimated is not None
    rows = list(estimated.iter("li"))
    assert rows
    for row in rows:
        said = [words(each) for each in row.iter("p") if each.get("class") == "estimate"]
        assert len(said) == 1
        assert said[0].endswith("an estimate.")
        assert row.find(".//time") is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_when_nothing_is_ahead_it_says_so_and_when_that_was_read(catalogue_client: FlaskClient, language: str) -> None:
    with time_machine.travel(datetime(2027, 1, 2, 12, tzinfo=UTC), tick=False):
        found = page(catalogue_client, f"/{language}/deadlines")
    assert not found.all(f"{SVG}a")
    notice = next(each for each in found.all("div") if "notice" in (each.get("class") or ""))
    assert "2026" in words(notice)
    assert section(found, "when-no-date") is not None


def test_with_a_community_each_row_has_its_verdict_and_all_is_a_switch(catalogue_client: FlaskClient) -> None:
    fitting = page(catalogue_client, "/en/deadlines?community=kenora")
    everything = page(catalogue_client, "/en/deadlines?community=kenora&fit=all")
    assert "Does not fit" not in fitting.text("li")
    assert "Does not fit" in everything.text("li")
    rolling = section(fitting, "when-no-date")
    assert rolling is not None
    for row in rolling.iter("li"):
        assert [each for each in row.iter("p") if each.get("class") == "verdict"]
    assert "/en/deadlines?community=kenora&fit=all" in [address for address, _ in fitting.links()]


def test_a_typed_name_is_understood_and_one_of_two_is_asked_back(catalogue_client: FlaskClient) -> None:
    assert "Deadlines for Kenora" in page(catalogue_client, "/en/deadlines?community=Kenora").text("h1")
    asked = page(catalogue_client, "/en/deadlines?community=Hamil&level=federal")
    assert "/en/deadlines?level=federal&community=hamilton-township" in [address for address, _ in asked.links()]
    unknown = page(catalogue_client, "/en/deadlines?community=Zzyzx")
    field = unknown.by_id("community")
    assert field is not None
    assert field.get("value") == "Zzyzx"
    assert "No community here is called “Zzyzx”" in unknown.text("p")


def test_narrowing_keeps_the_choice_in_the_form(catalogue_client: FlaskClient) -> None:
    found = page(catalogue_client, "/en/deadlines?level=federal&topic=youth")
    chosen = [each.get("value") for each in found.all("option") if each.get("selected") is not None]
    assert chosen == ["federal", "youth"]
    odd = page(catalogue_client, "/en/deadlines?level=odd&topic=odd&fit=odd")
    assert [each.get("value") for each in odd.all("option") if each.get("selected") is not None] == ["", ""]


def test_the_picture_has_a_title_and_no_words_for_the_eye_only(catalogue_client: FlaskClient) -> None:
    found = page(catalogue_client, "/en/deadlines")
    picture = next(each for each in found.all(f"{SVG}svg") if each.get("role") == "group")
    assert picture.find(f"{SVG}title") is not None
    assert picture.find(f"{SVG}desc") is not None
    assert not [each for each in picture.iter() if "style" in each.attrib]
