"""The page of calendar addresses, and what a calendar program without a cookie is answered."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import icalendar
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from grants import clock
from grants.domain.people import Role
from grants.services import feeds
from grants.store import people as person_rows
from grants.store.database import db, transaction
from grants.store.feeds import LONGEST_NAME, FeedRow
from grants.store.people import PersonRow
from tests.full_workspace import Full, fill
from tests.signing_in import a_member, browser_of, signed_in
from tests.web.html import Page, parse, words

pytestmark = pytest.mark.seeded

INDEX = "/en/feeds"


@pytest.fixture
def kenora(app: Flask) -> Full:
    """A full workspace beside that of another community."""
    with app.app_context(), transaction() as session:
        full = fill(session, "kenora", clock.now())
        fill(session, "guelph", clock.now())
    return full


@pytest.fixture
def lead(app: Flask, kenora: Full) -> FlaskClient:
    """The browser of Kenora's plan lead, who has a feed whose address nobody knows."""
    return browser_of(app, kenora.lead, community="kenora")


def made(client: FlaskClient, whose: str = "mine", name: str = "", language: str = "en") -> Page:
    """Make an address by the form, and give the page that shows it."""
    _address, fields = parse(client.get(f"/{language}/feeds")).form("/feeds")
    answer = client.post(f"/{language}/feeds", data={**fields, "whose": whose, "name": name})
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    return parse(answer)


def shown(page: Page) -> str:
    """The secret address that a page shows."""
    area = page.by_id("address")
    assert area is not None
    return words(area)


def path_of(page: Page) -> str:
    """The same as a calendar program asks for it."""
    return urlsplit(shown(page)).path


class TestPage:
    """A person makes and ends addresses, and learns how to use them."""

    def test_with_none_it_teaches(self, app: Flask) -> None:
        page = parse(signed_in(app, "ana@x.example").get(INDEX))

        assert "You have no calendar address yet" in page.text("main")
        assert page.faults() == []
        for client in ("Outlook on the web", "Classic Outlook", "Google Calendar", "on a Mac", "iPhone", "Thunderbird"):
            assert client in page.text("summary"), client

    @pytest.mark.parametrize("language", ["en", "fr"])
    def test_the_address_is_shown_once_whole_and_in_both_schemes(self, lead: FlaskClient, language: str) -> None:
        page = made(lead, name="My phone", language=language)

        address = shown(page)
        assert re.fullmatch(r"http://localhost/feeds/[A-Za-z0-9_-]{32}\.ics", address)
        leads_to = {href for href, _words in page.links()}
        assert {address, address.replace("http:", "webcal:")} <= leads_to
        assert page.faults() == []
        again = lead.get(f"/{language}/feeds").get_data(as_text=True)
        assert "My phone" in again
        assert address.rpartition("/")[2].removesuffix(".ics") not in again

    def test_it_says_what_each_holds_and_when_it_was_made(self, lead: FlaskClient) -> None:
        made(lead, "kenora", "Office")
        made(lead)

        listed = [words(each) for each in parse(lead.get(INDEX)).all("h3")]
        page = parse(lead.get(INDEX))

        assert listed == ["Your own deadlines", "Office", "Everything of Kenora"]
        assert "made on" in page.text("main")
        assert page.faults() == []

    def test_the_community_offered_is_the_one_worked_for(self, app: Flask, kenora: Full) -> None:
        offered = {
            key: [each.get("value") for each in parse(client.get(INDEX)).all("input") if each.get("name") == "whose"]
            for key, client in (
                ("kenora", browser_of(app, kenora.writer, community="kenora")),
                ("nowhere", signed_in(app, "ana@x.example")),
            )
        }

        assert offered == {"kenora": ["mine", "kenora"], "nowhere": ["mine"]}

    @pytest.mark.parametrize("whose", ["guelph", "nowhere", "", "mine,kenora"])
    def test_another_community_is_refused_and_nothing_typed_is_lost(self, lead: FlaskClient, whose: str) -> None:
        _address, fields = parse(lead.get(INDEX)).form("/feeds")
        answer = lead.post(INDEX, data={**fields, "whose": whose, "name": "Wall screen"})

        page = parse(answer)
        assert answer.status_code == 422
        assert "Choose which deadlines the calendar shows." in page.text("main")
        assert "Wall screen" in {each.get("value") for each in page.all("input")}
        assert page.faults() == []

    def test_a_name_that_is_too_long_is_refused_with_a_sentence(self, lead: FlaskClient) -> None:
        _address, fields = parse(lead.get(INDEX)).form("/feeds")
        answer = lead.post(INDEX, data={**fields, "whose": "mine", "name": "n" * (LONGEST_NAME + 1)})

        assert answer.status_code == 422
        assert "Keep the name to 80 characters." in parse(answer).text("main")

    def test_one_too_many_is_refused_with_a_sentence(self, app: Flask, kenora: Full, lead: FlaskClient) -> None:
        with app.app_context(), transaction() as session:
            for _each in range(feeds.MOST - 1):
                feeds.make(session, kenora.lead, None, "", clock.now())
        _address, fields = parse(lead.get(INDEX)).form("/feeds")
        answer = lead.post(INDEX, data={**fields, "whose": "mine"})

        assert answer.status_code == 422
        assert "Stop one that you no longer use first." in parse(answer).text("main")

    def test_stopping_one_ends_it_at_once(self, app: Flask, lead: FlaskClient) -> None:
        address = path_of(made(lead, name="Old phone"))
        program = app.test_client()
        assert program.get(address).status_code == 200
        page = parse(lead.get(INDEX))
        row = next(each for each in page.all("li") if "Old phone" in words(each))
        form = next(row.iter("form"))
        fields = {each.get("name", ""): each.get("value", "") for each in form.iter("input")}
        after = parse(lead.post(form.get("action", ""), data=fields, follow_redirects=True))

        assert "That address is stopped" in after.text("main")
        assert "Old phone" not in after.text("h3")
        assert program.get(address).status_code == 404

    def test_the_feed_of_another_is_not_there_and_stays(self, app: Flask, kenora: Full, lead: FlaskClient) -> None:
        address = path_of(made(lead))
        stranger = browser_of(app, kenora.writer, community="kenora")
        _address, fields = parse(stranger.get(INDEX)).form("/feeds")
        with app.app_context():
            numbers = db.session.scalars(select(FeedRow.id)).all()
        answers = [stranger.post(f"{INDEX}/{number}/stop", data=fields) for number in (*numbers, 999_999, 10**20)]

        assert {each.status_code for each in answers} == {404}
        assert app.test_client().get(address).status_code == 200

    def test_it_is_for_who_is_signed_in(self, client: FlaskClient) -> None:
        assert "/sign-in" in client.get(INDEX).headers["Location"]
        assert client.post(INDEX, data={"whose": "mine"}).status_code in {302, 400}


class TestCalendar:
    """What a calendar program is answered."""

    def test_it_is_a_calendar_for_whoever_knows_the_address(self, app: Flask, lead: FlaskClient) -> None:
        answer = app.test_client().get(path_of(made(lead, "kenora")))

        assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
        assert answer.headers["Content-Disposition"] == "inline; filename=deadlines.ics"
        assert answer.headers["Cache-Control"] == "private, no-cache"
        assert answer.headers["X-Robots-Tag"] == "noindex"
        assert "Set-Cookie" not in answer.headers
        read = icalendar.Calendar.from_ical(answer.data)
        uids = {str(each["UID"]) for each in read.walk("VEVENT")}
        assert uids
        assert all(each.endswith("@localhost") for each in uids)
        assert b"Youth hub of kenora" in answer.data
        assert b"guelph" not in answer.data

    def test_it_speaks_the_language_of_its_person(self, app: Flask, kenora: Full, lead: FlaskClient) -> None:
        address = path_of(made(lead, "kenora"))
        with app.app_context(), transaction() as session:
            session.get_one(PersonRow, kenora.lead).language = "fr"

        answer = app.test_client().get(address, headers={"Accept-Language": "en"})

        assert answer.headers["Content-Disposition"] == "inline; filename=echeances.ics"
        calendar = icalendar.Calendar.from_ical(answer.data)
        assert str(calendar["X-WR-CALNAME"]) == "Échéances de financement – Kenora"
        assert {str(each["URL"]) for each in calendar.walk("VEVENT") if "URL" in each} == {
            "http://localhost/fr/programs/csp-grant"
        }

    def test_who_has_it_already_is_told_so_until_it_changes(self, app: Flask, kenora: Full, lead: FlaskClient) -> None:
        address, program = path_of(made(lead, "kenora")), app.test_client()
        tag = program.get(address).headers["ETag"]

        same = program.get(address, headers={"If-None-Match": tag})
        assert (same.status_code, same.data, same.headers["ETag"]) == (304, b"", tag)
        with app.app_context(), transaction() as session:
            session.get_one(PersonRow, kenora.lead).leads = [2]
            session.flush()
        other = program.get(address, headers={"If-None-Match": tag})
        assert other.status_code == 200
        assert other.headers["ETag"] != tag

    def test_head_tells_the_same_without_the_body(self, app: Flask, lead: FlaskClient) -> None:
        address, program = path_of(made(lead, "kenora")), app.test_client()
        whole, head = program.get(address), program.head(address)

        assert (head.status_code, head.data) == (200, b"")
        for name in ("ETag", "Content-Type", "Content-Length"):
            assert head.headers[name] == whole.headers[name]

    def test_nothing_is_written_by_reading_and_nothing_can_be_sent(self, app: Flask, lead: FlaskClient) -> None:
        address = path_of(made(lead))
        program = app.test_client()

        for method in ("post", "put", "delete", "patch"):
            assert getattr(program, method)(address).status_code in {400, 405}

    def test_what_is_closed_answers_as_what_never_was(self, app: Flask, kenora: Full, lead: FlaskClient) -> None:
        ours, own = path_of(made(lead, "kenora")), path_of(made(lead))
        program = app.test_client()
        never = program.get(f"/feeds/{'x' * 32}.ics")
        with app.app_context(), transaction() as session:
            session.delete(person_rows.membership(session, kenora.lead, "kenora"))
        left = program.get(ours)
        with app.app_context(), transaction() as session:
            session.get_one(PersonRow, kenora.lead).active = False
        gone = program.get(own)
        elsewhere = program.get("/nowhere")

        assert [each.status_code for each in (never, left, gone, elsewhere)] == [404] * 4
        assert never.data == left.data == gone.data == elsewhere.data

    @pytest.mark.parametrize("token", ["", "%00", "%ff%fe", "..%2f..%2fetc", "x" * 5_000, "é", "%0d%0aX:y"])
    def test_odd_addresses_are_not_there(self, client: FlaskClient, token: str) -> None:
        assert client.get(f"/feeds/{token}.ics").status_code == 404

    def test_the_secret_stands_in_no_log(self, app: Flask, lead: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
        address = path_of(made(lead))
        caplog.set_level("DEBUG")
        app.test_client().get(address)

        secret = address.rpartition("/")[2].removesuffix(".ics")
        assert "/feeds/[hidden].ics" in caplog.text
        assert secret not in caplog.text

    def test_a_member_of_no_community_has_an_own_one(self, app: Flask) -> None:
        number = a_member(app, "ana@x.example", Role.MEMBER)
        answer = app.test_client().get(path_of(made(browser_of(app, number))))

        assert icalendar.Calendar.from_ical(answer.data).walk("VEVENT") == []
