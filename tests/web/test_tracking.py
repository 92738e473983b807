"""My deadlines: tracking from a page, the parts of the list, and every state in words, in both languages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient

from config import Environment
from grants import clock
from grants.app import create_app
from grants.domain.deadlines import DeadlineKind
from grants.domain.people import HOME_ZONE
from grants.services import catalogue, intakes, tracking
from grants.services.practice import KINDS
from grants.store import people
from grants.store.database import db, transaction
from grants.store.people import PersonRow
from tests.conftest import dispose, make_settings
from tests.web.html import Page, parse, words

pytestmark = pytest.mark.seeded


@pytest.fixture
def app(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    """Return a development copy with the real catalogue, in which anybody may sign in."""
    application = create_app(make_settings(database_url, tmp_path, Environment.DEVELOPMENT))
    yield application
    dispose(application)


@pytest.fixture
def stream(app: Flask) -> str:
    """A real stream."""
    with app.app_context():
        return next(iter(catalogue.present(db.session()).streams))


@pytest.fixture
def lead(client: FlaskClient) -> FlaskClient:
    """A browser in which the plan lead is signed in."""
    address, fields = parse(client.get("/en/sign-in")).form("development/lead")
    client.post(address, data=fields)
    return client


@pytest.fixture
def add(app: Flask, stream: str) -> Callable[..., str]:
    """Add an intake of a real stream that closes in some days, tracked by the plan lead; give its key."""

    def make(in_days: int, *, track: bool = True) -> str:
        now = clock.now()
        day = now.astimezone(ZoneInfo(HOME_ZONE)).date() + timedelta(days=in_days)
        with app.app_context(), transaction() as session:
            key, _ = intakes.add(session, stream, opens=None, closes=day, at=None, zone=HOME_ZONE, now=now)
            if track:
                person = people.by_email(session, KINDS["lead"][0])
                assert person is not None
                tracking.track(session, person.id, key, now)
        return key

    return make


def parts(page: Page) -> dict[str, str]:
    """Give the words of each part of the list by its anchor."""
    return {each.get("aria-labelledby", ""): words(each) for each in page.all("section")}


def test_it_is_for_members(client: FlaskClient) -> None:
    assert client.get("/en/tracking").location == "/en/sign-in?back=/en/tracking"
    _, fields = parse(client.get("/en/sign-in")).form("sign-in")
    assert client.post("/en/tracking", data={**fields, "intake": "x"}).location.startswith("/en/sign-in")


@pytest.mark.parametrize("language", ["en", "fr"])
def test_each_intake_stands_in_its_part(lead: FlaskClient, add: Callable[..., str], language: str) -> None:
    for days in (0, 6, 40, -5):
        add(days)
    page = parse(lead.get(f"/{language}/tracking"))
    assert page.faults() == []
    found = parts(page)
    assert {"today", "this-week", "later", "closed", "practice"} <= set(found)
    today = {"en": "today", "fr": "aujourd’hui"}[language]
    assert f"{today}," in found["today"]
    assert {"en": "in 6 days", "fr": "dans 6 jours"}[language] in found["this-week"].replace("\u00a0", " ")


def test_tracking_from_a_page_goes_back_to_it(lead: FlaskClient, add: Callable[..., str]) -> None:
    key = add(40, track=False)
    _, fields = parse(lead.get("/en/account")).form("sign-out")
    answer = lead.post("/en/tracking", data={**fields, "intake": key, "back": "/en/programs?q=fund"})
    assert answer.location == "/en/programs?q=fund"
    page = lead.get("/en/tracking")
    assert "You track this now. Its reminders are planned." in page.text
    address, stop = parse(page).form("stop")
    assert lead.post(address, data={**stop, "intake": key}).location == "/en/tracking"
    assert "no reminder about it will be sent" in lead.get("/en/tracking").text
    assert lead.post(address, data={**stop, "intake": key}).status_code == 404


def test_where_no_reminder_is_planned_none_is_promised(app: Flask, lead: FlaskClient) -> None:
    with app.app_context():
        streams = catalogue.present(db.session()).streams.values()
        undated = next(
            each for stream in streams for each in stream.intakes if each.gate(frozenset()).closes.date is None
        )
    _, fields = parse(lead.get("/en/account")).form("sign-out")
    lead.post("/en/tracking", data={**fields, "intake": undated.key})
    page = parse(lead.get("/en/tracking"))
    assert "No reminder is planned: the reason stands under “My deadlines”." in page.text("main")
    assert "reminders are planned" not in page.text("main")


def test_an_intake_without_a_date_begins_with_a_capital(app: Flask, lead: FlaskClient) -> None:
    with app.app_context():
        streams = catalogue.present(db.session()).streams.values()
        rolling = next(
            each
            for stream in streams
            for each in stream.intakes
            if each.gate(frozenset()).closes.kind is DeadlineKind.ROLLING
        )
    _, fields = parse(lead.get("/en/account")).form("sign-out")
    lead.post("/en/tracking", data={**fields, "intake": rolling.key})
    for language, start in (("en", "No fixed date (checked"), ("fr", "Sans date fixe (vérifié")):
        said = [words(each) for each in parse(lead.get(f"/{language}/tracking")).all("li")]
        assert any(each.startswith(start) for each in said)


@pytest.mark.parametrize("key", ["nothing", "", "x" * 5000, "nul\0"])
def test_what_is_no_intake_cannot_be_tracked(lead: FlaskClient, key: str) -> None:
    _, fields = parse(lead.get("/en/account")).form("sign-out")
    assert lead.post("/en/tracking", data={**fields, "intake": key}).status_code == 404


def test_examples_say_in_words_that_they_are_made_up(lead: FlaskClient) -> None:
    for language, label in (("en", "Example: this program is made up for practice."), ("fr", "Exemple")):
        found = parts(parse(lead.get(f"/{language}/tracking")))
        tracked = found.get("this-week", "") + found.get("later", "")
        assert tracked.count(label) >= 2


def test_examples_are_in_no_real_list(lead: FlaskClient) -> None:
    for address in ("/en/programs?q=example", "/en/deadlines", "/en/", "/fr/programs?q=exemple"):
        page = parse(lead.get(address))
        assert "Example:" not in page.text("main")
        assert "made up" not in page.text("main")
    assert lead.get("/en/programs/example-safer-streets").status_code == 404


def test_who_turned_reminders_off_is_told_so(app: Flask, lead: FlaskClient) -> None:
    with app.app_context(), transaction() as session:
        person = people.by_email(session, KINDS["lead"][0])
        assert person is not None
        session.get_one(PersonRow, person.id).reminders_off_at = clock.now()
    page = parse(lead.get("/en/tracking"))
    assert page.faults() == []
    assert "Reminders are off" in page.text("main")


def test_a_sent_reminder_stays_to_be_seen(app: Flask, lead: FlaskClient) -> None:
    with app.app_context():
        assert app.test_cli_runner().invoke(args=["tick", "--json"]).exit_code == 0
    page = parse(lead.get("/en/tracking"))
    assert page.faults() == []
    assert "1 reminder sent" in page.text("main")
    assert "summary when you began to track" in page.text("main")


def test_another_persons_list_is_never_seen(app: Flask, lead: FlaskClient, add: Callable[..., str]) -> None:
    add(6)
    other = app.test_client()
    address, fields = parse(other.get("/en/sign-in")).form("development/writer")
    other.post(address, data=fields)
    for browser, count in ((other, 2), (lead, 3)):
        assert browser.get("/en/tracking").text.count("Stop tracking") == count
