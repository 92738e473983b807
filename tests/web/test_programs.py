"""Find funding and the page of a program, on the real catalogue."""

import re
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from config import Environment, Settings
from grants import clock
from grants.app import create_app
from grants.domain.deadlines import Estimate
from grants.domain.people import HOME_ZONE
from grants.services import catalogue, search
from grants.services.catalogue import Catalogue
from grants.services.search import Facet, Sort, StreamHit, Wish
from grants.store.database import db
from grants.web.paging import paginate
from grants.web.programs import chips, read_wish
from grants.web.rounds import FEWEST, draw
from tests.builders import an_intake, date_only
from tests.conftest import dispose
from tests.web.html import Page, parse, words

NOW = datetime(2026, 11, 24, 15, tzinfo=UTC)


@pytest.fixture(scope="module")
def present(catalogue_app: Flask) -> Catalogue:
    """The real catalogue."""
    with catalogue_app.app_context():
        return catalogue.present(db.session())


# Words


@pytest.mark.parametrize(
    ("query", "program"),
    [
        ("RIDE", "ride-grant"),
        ("building safer communities", "building-safer-communities"),
        ("bulding safer comunities fund", "building-safer-communities"),
        ("csp grant", "csp-grant"),
        ("police equipment", "csp-grant"),
        ("food security", "local-food-infrastructure"),
        ("sécurité alimentaire", "local-food-infrastructure"),
        ("itinérance", "reaching-home"),
        ("mental helth youth", "youth-mental-health-fund"),
        ("horizons aînés", "new-horizons-seniors"),
        ("Solicitor General", "csp-grant"),
    ],
)
def test_names_slips_and_plain_words_find_the_program(present: Catalogue, query: str, program: str) -> None:
    found = [hit.program.key for hit in search.search(present, Wish(query), NOW).programs]

    assert program in found


@pytest.mark.parametrize(
    ("query", "program"),
    [("RIDE", "ride-grant"), ("csp grant", "csp-grant"), ("jordans principle", "jordans-principle")],
)
def test_who_is_called_so_comes_first(present: Catalogue, query: str, program: str) -> None:
    assert search.search(present, Wish(query), NOW).programs[0].program.key == program


@pytest.mark.parametrize("query", ["xqzzjw", "!!!", "%_%", "x" * 5_000, "the " * 400])
def test_what_means_nothing_finds_nothing(present: Catalogue, query: str) -> None:
    assert search.search(present, Wish(query), NOW).programs == ()


def test_no_words_find_everything_once(present: Catalogue) -> None:
    found = search.search(present, Wish(), NOW).programs

    assert sorted(hit.program.key for hit in found) == sorted(present.programs)
    assert sum(len(hit.streams) for hit in found) == len(present.streams)


# Facets

CHOICES = [
    {},
    {Facet.TOPIC: "youth"},
    {Facet.TOPIC: "youth", Facet.LEVEL: "federal"},
    {Facet.APPLICANT: "municipality", Facet.STATUS: "closed"},
    {Facet.APPLICANT: "first-nation", Facet.TOPIC: "policing", Facet.LEVEL: "provincial"},
]


def hits_of(present: Catalogue, wish: Wish) -> list[tuple[str, StreamHit]]:
    """Every stream that meets the words alone, with its program."""
    bare = search.search(present, replace(wish, chosen={}), NOW)
    return [(hit.program.key, stream) for hit in bare.programs for stream in hit.streams]


@pytest.mark.parametrize("chosen", CHOICES, ids=lambda chosen: "+".join(chosen) or "nothing")
@pytest.mark.parametrize("query", ["", "housing"])
@pytest.mark.parametrize("community", [None, "kenora"])
def test_counts_equal_counting_one_by_one(
    present: Catalogue, chosen: dict[Facet, str], query: str, community: str | None
) -> None:
    wish = Wish(query, chosen, present.communities[community] if community else None)
    results = search.search(present, wish, NOW)
    everything = hits_of(present, wish)

    for facet in Facet:
        expected: dict[str, set[str]] = defaultdict(set)
        for program, hit in everything:
            others = [each for each in chosen if each is not facet]
            if all(chosen[each] in search.values(hit, each) for each in others):
                for value in search.values(hit, facet):
                    expected[value].add(program)
        assert dict(results.counts[facet]) == {value: len(keys) for value, keys in expected.items()}


@pytest.mark.parametrize("chosen", CHOICES, ids=lambda chosen: "+".join(chosen) or "nothing")
def test_a_count_is_what_its_link_finds(present: Catalogue, chosen: dict[Facet, str]) -> None:
    results = search.search(present, Wish("", chosen), NOW)

    for facet, counts in results.counts.items():
        for value, count in counts.items():
            assert len(search.search(present, Wish("", {**chosen, facet: value}), NOW).programs) == count


@pytest.mark.parametrize(
    ("query", "chosen"),
    [
        ("", {Facet.LEVEL: "municipal", Facet.APPLICANT: "individual", Facet.TOPIC: "road-safety"}),
        ("police", {Facet.LEVEL: "municipal", Facet.APPLICANT: "school-council"}),
        ("zzqqx", {Facet.LEVEL: "municipal"}),
    ],
    ids=["three facets", "words and two facets", "words without meaning"],
)
def test_nothing_found_says_what_to_drop_or_to_keep(present: Catalogue, query: str, chosen: dict[Facet, str]) -> None:
    results = search.search(present, Wish(query, chosen), NOW)

    assert results.programs == ()
    assert results.without or results.alone
    for way in results.without:
        left = {facet: value for facet, value in chosen.items() if facet is not way.choice}
        less = Wish(query if way.choice else "", left)
        assert len(search.search(present, less, NOW).programs) == way.programs > 0
    for way in results.alone:
        kept = {facet: value for facet, value in chosen.items() if facet is way.choice}
        less = Wish("" if way.choice else query, kept)
        assert len(search.search(present, less, NOW).programs) == way.programs > 0


def test_the_kinder_verdict_comes_first(present: Catalogue) -> None:
    results = search.search(present, Wish(community=present.communities["kenora"]), NOW)
    order = ["eligible", "via_partner", "unknown", "not_eligible"]
    lasting = [hit.best for hit in results.programs if hit.best.standing is not search.Standing.DISCONTINUED]
    places = [order.index(best.verdict.outcome.value) for best in lasting if best.verdict]

    assert results.sort is Sort.FIT
    assert places == sorted(places)
    assert len(places) == len(lasting)


def test_by_name_is_alphabetical(present: Catalogue) -> None:
    names = [hit.program.name.casefold() for hit in search.search(present, Wish(sort=Sort.NAME), NOW).programs]

    assert names[:20] == sorted(names)[:20]


# The page of a search


def rows(page: Page) -> list[str]:
    """The words of each result."""
    return [words(each) for list_ in page.all("ol") if list_.get("class") == "rows" for each in list_.findall("li")]


def test_a_page_holds_twenty_and_the_next_goes_on(catalogue_client: FlaskClient, present: Catalogue) -> None:
    first, second = (parse(catalogue_client.get(f"/en/programs?sort=name&page={number}")) for number in (1, 2))

    assert len(rows(first)) == len(rows(second)) == 20
    assert not set(rows(first)) & set(rows(second))
    assert f"{len(present.programs)} programs" in first.text("h2")
    assert ("/en/programs?sort=name&page=2", "Next page") in first.links()


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("topic=nonsense", "“nonsense” is no choice of “Topic” here, so it was left out."),
        ("level=%3Cb%3E", "“<b>” is no choice of “Who funds” here, so it was left out."),
        ("sort=odd", "There is no order called “odd”, so the usual one is used."),
        ("community=Nowheresville", "No community here is called “Nowheresville”."),
        ("fit=eligible", "Choose a community to narrow the programs by fit."),
        ("q=" + "a" * 300, "Only the first 200 characters of your words were read."),
    ],
)
def test_what_an_address_cannot_mean_is_left_out_with_a_sentence(
    catalogue_client: FlaskClient, query: str, sentence: str
) -> None:
    page = parse(catalogue_client.get(f"/en/programs?{query}"))

    assert sentence in page.text("main")


@pytest.mark.parametrize(
    "odd", ["\0", "\x1b[31m", "<script>alert(1)</script>", "\u202e", "’«»", "😀", "%s%(x)s{{7*7}}", "' OR 1=1 --"]
)
def test_odd_text_is_only_text(catalogue_client: FlaskClient, odd: str) -> None:
    query = {"q": odd, "community": odd, "topic": odd, "sort": odd, "page": odd}
    for path in ("/en/programs", "/fr/programs/csp-grant"):
        answer = catalogue_client.get(path, query_string=query)
        assert answer.status_code == 200
        assert parse(answer).faults() == []


def test_unknown_parameters_change_nothing(catalogue_client: FlaskClient) -> None:
    assert rows(parse(catalogue_client.get("/en/programs?utm=x&page=-3"))) == rows(
        parse(catalogue_client.get("/en/programs"))
    )


def test_a_name_that_several_bear_is_asked_back(catalogue_client: FlaskClient) -> None:
    page = parse(catalogue_client.get("/en/programs?q=housing&community=Hamilton"))
    offered = [address for address, _ in page.links() if "community=hamilton" in address and "q=housing" in address]

    assert "Which “Hamilton” do you mean?" in page.text("main")
    assert len(offered) >= 2


def test_choices_can_be_taken_back_one_by_one(catalogue_app: Flask, present: Catalogue) -> None:
    with catalogue_app.test_request_context("/en/programs?q=housing&community=kenora&topic=youth&page=3"):
        taken = dict(chips(present, read_wish(present).wish))

    assert taken == {
        "Words: housing": "/en/programs?community=kenora&topic=youth",
        "Community: Kenora": "/en/programs?q=housing&topic=youth",
        "Topic: Youth": "/en/programs?q=housing&community=kenora",
    }


@pytest.mark.parametrize(
    ("asked", "number"),
    [(None, 1), ("", 1), ("2", 2), ("0", 1), ("-1", 1), ("9", 3), ("9" * 400, 1), ("two", 1), ("²", 1)],
)
def test_any_page_number_gives_a_page(asked: str | None, number: int) -> None:
    page = paginate(range(45), asked)

    assert page.number == number
    assert page.items == tuple(range(45))[(number - 1) * 20 : number * 20]


# The page of a program


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_program_has_a_page_without_faults(
    catalogue_client: FlaskClient, present: Catalogue, language: str
) -> None:
    faults = []
    for key in present.programs:
        page = parse(catalogue_client.get(f"/{language}/programs/{key}?community=kenora"))
        faults += [f"{key}: {each}" for each in page.faults()]

    assert faults == []


def test_every_stream_leads_to_its_place_on_a_page(catalogue_client: FlaskClient, present: Catalogue) -> None:
    for key, program in present.program_of.items():
        answer = catalogue_client.get(f"/en/streams/{key}")
        assert answer.status_code == 302
        assert answer.location == f"/en/programs/{program.key}?stream={key}#{key}"
    for program in present.programs.values():
        page = parse(catalogue_client.get(f"/en/programs/{program.key}"))
        assert [stream.key for stream in program.streams if page.by_id(stream.key) is None] == []


@pytest.mark.parametrize("address", ["/en/programs/no-such", "/fr/streams/no-such", "/en/programs/" + "x" * 3000])
def test_what_is_not_there_is_a_404(catalogue_client: FlaskClient, address: str) -> None:
    assert catalogue_client.get(address).status_code == 404


def test_every_rule_shows_its_sentence_and_what_was_read(catalogue_client: FlaskClient) -> None:
    page = parse(catalogue_client.get("/en/programs/csp-grant"))
    said = page.text("main")

    assert "A municipality may apply in its own name only if the OPP polices it under contract" in said
    assert "including boards/municipalities policed by OPP under contract" in said
    assert "https://opencouncil.ca/program/community-safety-and-policing-grant/" in said
    assert "Checked 23 November 2026" in said


def test_a_chosen_community_gets_a_verdict_with_its_question(catalogue_client: FlaskClient) -> None:
    page = parse(catalogue_client.get("/en/programs/csp-grant?community=kenora"))

    assert "For Kenora" in page.text("h2")
    assert "Does the Ontario Provincial Police police your community under a contract?" in page.text("main")


def test_french_pages_say_whose_words_they_are(catalogue_client: FlaskClient, present: Catalogue) -> None:
    unnamed = next(each for each in present.programs.values() if each.name_fr is None)
    page = parse(catalogue_client.get(f"/fr/programs/{unnamed.key}"))

    assert "Aucun nom français officiel n’a été trouvé" in page.text("main")
    assert page.all("h1")[0].get("lang") == "en-CA"
    assert "Ce texte français est notre traduction" in page.text("main")


def test_the_date_of_a_page_is_written_in_words_and_what_is_none_is_quoted(
    catalogue_client: FlaskClient, present: Catalogue
) -> None:
    by_date = {each.source.page_date: program for program in present.programs.values() for each in program.streams}
    dated = parse(catalogue_client.get(f"/fr/programs/{by_date['2025-12'].key}")).text("main")
    assert "décembre 2025." in dated
    assert "2025-12." not in dated
    quoted = catalogue_client.get(f"/fr/programs/{by_date['2024 call'].key}").get_data(as_text=True)
    assert '«\u00a0<span lang="en-CA">2024 call</span>\u00a0».' in quoted
    english = catalogue_client.get(f"/en/programs/{by_date['2024 call'].key}").get_data(as_text=True)
    assert '“<span lang="en-CA">2024 call</span>”.' in english


def test_only_what_lies_ahead_can_be_tracked(catalogue_client: FlaskClient, present: Catalogue) -> None:
    now = clock.now()
    for program in present.programs.values():
        stands = {
            catalogue.intake_at(each, now, zone=HOME_ZONE, classes=frozenset())[1].value for each in program.streams
        }
        page = parse(catalogue_client.get(f"/en/programs/{program.key}"))
        offers = any(said == "Sign in to track this intake" for _, said in page.links())
        assert offers == bool(stands & {"open", "closing-soon", "opening"}), program.key


def test_an_estimate_is_called_one_and_is_no_date(catalogue_client: FlaskClient, present: Catalogue) -> None:
    shown = 0
    for key in present.programs:
        page = parse(catalogue_client.get(f"/en/programs/{key}"))
        for each in page.all("p"):
            if "estimate" in (each.get("class") or "").split():
                shown += 1
                assert "an estimate" in words(each)
                assert not re.search(r"\d{1,2} [A-Z][a-z]+ \d{4}", words(each))
    assert shown > 0


AHEAD = datetime(2026, 12, 1, 15, tzinfo=UTC)
"""A day on which the catalogue had a date ahead."""


@pytest.mark.seeded
def test_an_intake_is_tracked_after_signing_in(settings: Settings) -> None:
    with time_machine.travel(AHEAD, tick=False):
        app = create_app(replace(settings, environment=Environment.DEVELOPMENT))
        client = app.test_client()
        page = parse(client.get("/en/programs/ontario-transit-investment"))
        [sign_in] = [address for address, said in page.links() if said == "Sign in to track this intake"]

        page = parse(client.get(sign_in))
        action, fields = page.form("/sign-in/development/")
        assert client.post(action, data=fields).location == "/en/programs/ontario-transit-investment"
        action, fields = parse(client.get("/en/programs/ontario-transit-investment")).form("/tracking")
        page = parse(client.post(action, data=fields, follow_redirects=True))
        dispose(app)

    assert "You track this now." in page.text("main")
    assert page.text("h1") == "Ontario Transit Investment Fund"


# The picture of past rounds


def test_the_picture_lies_within_its_frame_and_in_order() -> None:
    rounds = [an_intake(date_only(date(year, 5, 10)), key=str(year)) for year in (2025, 2023, 2024)]
    guess = Estimate(((5, 1), (5, 20)), None, ("2023", "2024", "2025"), stated=False)
    picture = draw(rounds, guess, date(2026, 11, 24))

    assert picture is not None
    assert [each.key for each in picture.bars] == ["2023", "2024", "2025"]
    assert [each.number for each in picture.years] == [2023, 2024, 2025, 2026, 2027]
    assert picture.guess is not None
    assert picture.guess.x > picture.today > picture.bars[-1].x
    assert all(each.x >= 0 and each.x + each.width <= 640 for each in (*picture.bars, picture.guess))


def test_one_round_is_no_picture() -> None:
    rounds = [an_intake(date_only(date(2025, 5, 10)))]

    assert len(rounds) < FEWEST
    assert draw(rounds, None, date(2026, 11, 24)) is None


def test_parameters_that_come_twice_are_read_once(catalogue_app: Flask, present: Catalogue) -> None:
    query = MultiDict([("topic", "youth"), ("topic", "policing")])
    with catalogue_app.test_request_context("/en/programs", query_string=query):
        assert read_wish(present).wish.chosen == {Facet.TOPIC: "youth"}
