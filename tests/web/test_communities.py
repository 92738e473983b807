"""Find a community, read its plan's programs, type priorities: in both languages, without JavaScript."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from grants.domain.bilingual import LANGUAGES
from grants.domain.deadlines import SeenStatus
from grants.domain.eligibility import Outcome
from grants.services import catalogue
from grants.store.database import db
from grants.web import communities
from tests.web.html import Page, parse, words

PLANNED = "dryden"
UNPLANNED = "moosonee"


def page(client: FlaskClient, address: str) -> Page:
    answer = client.get(address)
    assert answer.status_code == 200, answer.status
    return parse(answer)


def headings(found: Page, level: str = "h2") -> list[str]:
    return [words(each) for each in found.all(level)]


@pytest.fixture
def present(catalogue_app: Flask) -> catalogue.Catalogue:
    with catalogue_app.app_context():
        return catalogue.present(db.session())


# Find


def test_two_of_one_name_are_told_apart(catalogue_client: FlaskClient) -> None:
    said = page(catalogue_client, "/en/communities?q=hamil").text("li")
    assert "Hamilton City" in said
    assert "Hamilton Township, County of Northumberland" in said
    assert "Canton, comté de Northumberland" in page(catalogue_client, "/fr/communities?q=hamil").text("li")


def test_the_only_one_found_opens_at_once(catalogue_client: FlaskClient) -> None:
    answer = catalogue_client.get("/fr/communities?q=meaf")
    assert answer.status_code == 302
    assert answer.location == "/fr/communities/meaford"


def test_a_guess_is_offered_and_not_opened(catalogue_client: FlaskClient) -> None:
    found = page(catalogue_client, "/en/communities?q=drydne")
    assert ("/en/communities/dryden", "Dryden") in found.links()


def test_nothing_found_says_so_keeps_the_words_and_shows_the_list(catalogue_client: FlaskClient) -> None:
    found = page(catalogue_client, "/en/communities?q=zzzz%22%3E%3Cb%3E")
    field = found.by_id("q")
    assert field is not None
    assert field.get("value") == 'zzzz"><b>'
    assert not found.all("b")
    assert len(found.links()) > 573


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_list_of_all_holds_every_community_once(
    catalogue_client: FlaskClient, present: catalogue.Catalogue, language: str
) -> None:
    found = page(catalogue_client, f"/{language}/communities")
    linked = [address for address, _ in found.links() if address.startswith(f"/{language}/communities/")]
    assert sorted(linked) == sorted(f"/{language}/communities/{key}" for key in present.communities)
    anchors = [address[1:] for address, _ in found.links() if address.startswith("#") and address != "#content"]
    assert len(anchors) > 20
    assert all(found.by_id(anchor) is not None for anchor in anchors)


@pytest.mark.parametrize("language", LANGUAGES)
def test_suggestions_lead_to_the_pages(catalogue_client: FlaskClient, language: str) -> None:
    suggested = catalogue_client.get(f"/{language}/communities/suggest?q=hamil").get_json()["suggestions"]
    assert [each["address"] for each in suggested] == [
        f"/{language}/communities/hamilton",
        f"/{language}/communities/hamilton-township",
    ]
    assert len({each["name"] for each in suggested}) == 2
    assert catalogue_client.get(f"/{language}/communities/suggest").get_json() == {"suggestions": []}


# One community


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_plan_with_its_priorities_in_order_and_five_programs_each(
    catalogue_client: FlaskClient, present: catalogue.Catalogue, language: str
) -> None:
    found = page(catalogue_client, f"/{language}/communities/{PLANNED}")
    titles = [each.title for each in present.plans_of[PLANNED][0].priorities]
    shown = headings(found)
    assert [each for each in shown if each in titles] == titles
    lists = [each for each in found.all("ol") if each.get("class") == "rows"]
    assert len(lists) == len(titles)
    assert all(1 <= len(each.findall("li")) <= communities.ROWS for each in lists)


def test_a_row_says_verdict_reason_deadline_amount_and_why(catalogue_client: FlaskClient) -> None:
    found = page(catalogue_client, f"/en/communities/{PLANNED}")
    rows = [item for each in found.all("ol") if each.get("class") == "rows" for item in each.findall("li")]
    for row in rows:
        said = words(row)
        assert re.search(r"(May fit|May fit through a partner|Need to know) ?: \S", said), said
        assert row.find(".//p[@class='muted small']") is not None, said
        assert "Does not fit" not in said
        address = row.find(".//h3/a")
        assert address is not None
        assert parse_qs(urlsplit(address.get("href", "")).query)["community"] == [PLANNED]


def test_show_all_counts_what_the_full_list_shows(catalogue_client: FlaskClient) -> None:
    found = page(catalogue_client, f"/en/communities/{PLANNED}")
    full = [(address, said) for address, said in found.links() if "/priorities/" in address]
    assert full
    for address, said in full:
        number = int(re.findall(r"\d+", said)[0])
        listed = page(catalogue_client, address)
        items = [each for each in listed.tree.iter("li") if each.find("h3") is not None]
        assert len(items) == number, address


def test_what_does_not_fit_is_folded_with_its_reason(catalogue_client: FlaskClient) -> None:
    found = page(catalogue_client, f"/en/communities/{PLANNED}/priorities/1")
    folded = [each for each in found.all("details") if "do not fit" in words(each) or "does not fit" in words(each)]
    assert len(folded) == 1
    for item in folded[0].iter("li"):
        assert re.search(r"Does not fit ?: \S", words(item))


def test_the_full_list_is_parted_at_the_steps_of_its_order(catalogue_client: FlaskClient) -> None:
    shown = headings(page(catalogue_client, f"/en/communities/{PLANNED}/priorities/3"))
    assert shown == ["Closest to this topic", "Near this topic", "Further from this topic"]


@pytest.mark.parametrize(
    ("query", "forbidden"),
    [
        pytest.param("verdict=eligible", ("May fit through a partner :", "Need to know :"), id="verdict"),
        pytest.param("status=live", ("Last known round", "Next dates not announced", "By invitation"), id="dates"),
    ],
)
def test_filters_leave_only_what_was_chosen(
    catalogue_client: FlaskClient, query: str, forbidden: tuple[str, ...]
) -> None:
    found = page(catalogue_client, f"/en/communities/{PLANNED}?{query}")
    rows = " ".join(words(each) for each in found.all("ol") if each.get("class") == "rows").replace(": ", " : ")
    assert rows
    assert not [each for each in forbidden if each in rows]


def test_an_unknown_choice_is_left_out(catalogue_client: FlaskClient) -> None:
    usual = page(catalogue_client, f"/en/communities/{PLANNED}").text("ol")
    assert page(catalogue_client, f"/en/communities/{PLANNED}?verdict=odd&status=odd&plan=odd").text("ol") == usual


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_a_plan_priorities_can_be_typed_and_all_programs_are_there(
    catalogue_client: FlaskClient, language: str
) -> None:
    found = page(catalogue_client, f"/{language}/communities/{UNPLANNED}")
    addresses = [address for address, _ in found.links()]
    assert f"/{language}/priorities?community={UNPLANNED}" in addresses
    assert [each for each in addresses if f"/communities/{UNPLANNED}/programs?verdict=eligible" in each]
    for outcome in communities.OUTCOMES:
        assert found.by_id(f"verdict-{outcome.value}") is not None


def test_all_programs_by_verdict_are_all_that_still_exist(
    catalogue_client: FlaskClient, present: catalogue.Catalogue
) -> None:
    over = SeenStatus.DISCONTINUED
    lasting = [
        program
        for program in present.programs.values()
        if any(intake.seen is not over for stream in program.streams for intake in stream.intakes)
    ]
    total = 0
    for outcome in Outcome:
        found = page(catalogue_client, f"/en/communities/{UNPLANNED}/programs?verdict={outcome.value}")
        links = [said for address, said in found.links() if "verdict=" in address and "(" in said]
        counts = [int(re.findall(r"\((\d+)\)", said)[0]) for said in links]
        heading = next(each for each in headings(found) if "program" in each)
        total += int(re.findall(r"\d+", heading)[0])
        assert sum(counts) == len(lasting)
    assert total == len(lasting) < len(present.programs)


def test_two_tiers_lead_to_each_other(catalogue_client: FlaskClient) -> None:
    lower = page(catalogue_client, "/en/communities/hamilton-township")
    assert ("/en/communities/northumberland-county", "County of Northumberland") in lower.links()
    upper = page(catalogue_client, "/en/communities/northumberland-county")
    assert "/en/communities/hamilton-township" in [address for address, _ in upper.links()]


def test_the_plan_of_the_upper_tier_is_offered_where_there_is_no_other(catalogue_client: FlaskClient) -> None:
    found = page(catalogue_client, "/en/communities/hamilton-township")
    notice = next(each for each in found.all("div") if each.get("class") == "notice info")
    assert "/en/communities/northumberland-county" in [each.get("href") for each in notice.iter("a")]


def test_what_is_not_known_is_asked_the_most_useful_first(catalogue_client: FlaskClient) -> None:
    found = page(catalogue_client, f"/en/communities/{PLANNED}")
    panel = next(each for each in found.all("section") if each.get("aria-labelledby") == "unknown")
    counts = [int(number) for number in re.findall(r"\((\d+) programs\)", words(panel))]
    assert counts
    assert counts == sorted(counts, reverse=True)


@pytest.mark.parametrize(
    "address",
    [
        "/en/communities/nowhere",
        "/en/communities/nowhere/programs",
        f"/en/communities/{PLANNED}/priorities/0",
        f"/en/communities/{PLANNED}/priorities/99",
        f"/en/communities/{UNPLANNED}/priorities/1",
    ],
)
def test_what_is_not_there(catalogue_client: FlaskClient, address: str) -> None:
    assert catalogue_client.get(address).status_code == 404


def test_titles_in_the_other_language_say_so(catalogue_client: FlaskClient, present: catalogue.Catalogue) -> None:
    plan = next(each for each in present.plans.values() if each.language == "fr" and each.community_ids)
    key = plan.community_ids[0]
    found = page(catalogue_client, f"/en/communities/{key}?plan={plan.key}")
    marked = [words(each) for each in found.all("h2") if each.get("lang") == "fr-CA"]
    assert marked == [each.title for each in plan.priorities]
    french = page(catalogue_client, f"/fr/communities/{key}?plan={plan.key}")
    assert not [each for each in french.all("h2") if each.get("lang")]


# Typed priorities


def test_typed_priorities_come_to_an_address_that_can_be_shared(catalogue_client: FlaskClient) -> None:
    answer = catalogue_client.post(
        "/en/priorities", data={"p": "youth mental helth\r\n\r\n food security ", "community": "Kenora"}
    )
    assert answer.status_code == 303
    query = parse_qs(urlsplit(answer.location).query)
    assert query == {"p": ["youth mental helth", "food security"], "community": ["kenora"]}
    found = page(catalogue_client, answer.location)
    shown = headings(found)
    assert "youth mental helth" in shown
    assert "food security" in shown
    assert "Mental Health" in found.text("h3")


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_a_community_no_verdict_is_given(catalogue_client: FlaskClient, language: str) -> None:
    found = page(catalogue_client, f"/{language}/priorities?p=itin%C3%A9rance")
    rows = [each for each in found.all("ol") if each.get("class") == "rows"]
    assert len(rows) >= 1
    assert not [each for each in rows[0].iter("p") if each.get("class") == "verdict"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_vague_priority_offers_readings_as_links(catalogue_client: FlaskClient, language: str) -> None:
    found = page(catalogue_client, f"/{language}/priorities?p=Community&community=kenora")
    readings = next(each for each in found.all("ul") if each.get("class") == "readings")
    addresses = [each.get("href", "") for each in readings.iter("a")]
    assert 2 <= len(addresses) <= 3
    for address in addresses:
        assert parse_qs(urlsplit(address).query)["community"] == ["kenora"]
        assert page(catalogue_client, address).by_id("priority-1") is not None


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        pytest.param({"p": "x" * 2_001}, "p", id="a line too long"),
        pytest.param({"p": "\n".join(f"priority {number}" for number in range(11))}, "p", id="too many"),
        pytest.param({"p": "   "}, "p", id="nothing"),
        pytest.param({"p": "youth", "community": "Zzyzx"}, "community", id="nobody's name"),
        pytest.param({"p": "youth", "community": "Hamil"}, "community", id="the name of two"),
    ],
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_bad_input_says_where_and_keeps_everything(
    catalogue_client: FlaskClient, typed: dict[str, str], field: str, language: str
) -> None:
    answer = catalogue_client.post(f"/{language}/priorities", data=typed)
    assert answer.status_code == 400
    found = parse(answer)
    summary = found.by_id("problems")
    assert summary is not None
    assert [each.get("href") for each in summary.iter("a")] == [f"#{field}"]
    wrong = found.by_id(field)
    assert wrong is not None
    assert wrong.get("aria-invalid") == "true"
    kept = found.by_id("p")
    assert kept is not None
    assert (kept.text or "").strip() == typed["p"].strip()
    named = found.by_id("community")
    assert named is not None
    assert named.get("value") == typed.get("community", "")


def test_a_name_of_two_offers_both_and_keeps_the_priorities(catalogue_client: FlaskClient) -> None:
    found = page(catalogue_client, "/en/priorities?p=youth&p=housing&community=Hamil")
    queries = [parse_qs(urlsplit(address).query) for address, _ in found.links() if "priorities?" in address]
    assert {"p": ["youth", "housing"], "community": ["hamilton-township"]} in queries


def test_a_long_text_is_matched_without_an_address(catalogue_client: FlaskClient) -> None:
    lines = "\n".join(f"youth mental health services number {number} " + "and more words " * 30 for number in range(9))
    answer = catalogue_client.post("/en/priorities", data={"p": lines, "community": "kenora"})
    assert answer.status_code == 200
    assert parse(answer).by_id("priority-9") is not None


def test_a_hundred_kilobytes_are_answered_with_a_sentence(catalogue_client: FlaskClient) -> None:
    answer = catalogue_client.post("/en/priorities", data={"p": "youth housing " * 8_000})
    assert answer.status_code == 400
    assert "2,000" in parse(answer).text("ul")


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_empty_field_from_the_first_page_is_not_passed_over(catalogue_client: FlaskClient, language: str) -> None:
    found = page(catalogue_client, f"/{language}/priorities?p=")
    summary, field = found.by_id("problems"), found.by_id("p")
    assert summary is not None
    assert field is not None
    assert field.get("aria-invalid") == "true"
    assert page(catalogue_client, f"/{language}/priorities").by_id("problems") is None
    named = page(catalogue_client, f"/{language}/communities?q=").by_id("q")
    assert named is not None
    assert named.get("aria-describedby") == "q-hint q-error"
    untouched = page(catalogue_client, f"/{language}/communities").by_id("q")
    assert untouched is not None
    assert untouched.get("aria-describedby") == "q-hint"


@pytest.mark.parametrize(("typed", "shown"), [("Community", True), ("zzzqq", False)])
def test_broad_words_speak_of_programs_below_only_where_there_are_some(
    catalogue_client: FlaskClient, typed: str, *, shown: bool
) -> None:
    said = page(catalogue_client, f"/en/priorities?p={typed}").text("section")
    assert ("the programs below are a first guess" in said) is shown
    assert ("No program here is about this" in said) is not shown


@pytest.mark.parametrize("odd", ["\u0000", "\U0001f44d", "a\u202eb", "<script>", "%", "\u200b"])
def test_odd_text_is_only_text(catalogue_client: FlaskClient, odd: str) -> None:
    answer = catalogue_client.get("/en/priorities", query_string={"p": odd, "community": ""})
    assert answer.status_code == 200
    assert parse(answer).faults() == []
