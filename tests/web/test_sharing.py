"""Sharing in a browser: the lead sees beforehand what the ministry sees, turns it on and off, and reads who looked."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from grants import clock
from grants.domain.people import Role
from grants.services import sharing
from grants.store.database import transaction
from tests.full_workspace import Full, fill
from tests.signing_in import browser_of, signed_in
from tests.web.html import Page, parse, words

pytestmark = pytest.mark.seeded

INDEX, MINISTRY = "/en/sharing", "/en/shared"


@pytest.fixture
def kenora(app: Flask) -> Full:
    """A full workspace whose application is not shared."""
    with app.app_context(), transaction() as session:
        full = fill(session, "kenora", clock.now())
        sharing.unshare(session, "kenora", full.application, by=full.lead, now=clock.now())
    return full


@pytest.fixture
def lead(app: Flask, kenora: Full) -> FlaskClient:
    """The browser of the plan lead."""
    return browser_of(app, kenora.lead, community="kenora")


@pytest.fixture
def editor(app: Flask, kenora: Full) -> FlaskClient:
    """The browser of somebody of the ministry's staff."""
    return browser_of(app, kenora.staff)


def turn(client: FlaskClient, full: Full, way: str) -> Page:
    """Press the switch on the page of the application, and give the page that follows."""
    address, fields = parse(client.get(f"{INDEX}/{full.application}")).form("/sharing/")
    return parse(client.post(address, data={**fields, "turn": way}, follow_redirects=True))


def open_first(client: FlaskClient) -> tuple[str, Page]:
    """Open what stands first on the ministry's list; give its address and its page."""
    address, fields = parse(client.get(MINISTRY)).form("/shared/")
    return address, parse(client.post(address, data=fields, follow_redirects=True))


def panel(page: Page) -> str:
    """The words of the part that shows what the ministry sees."""
    return next(words(each) for each in page.all("section") if each.get("class") == "panel")


def test_nothing_is_shared_at_first(lead: FlaskClient, editor: FlaskClient) -> None:
    assert "Nothing is shared with the ministry." in parse(lead.get(INDEX)).text("main")
    assert "No community shares anything" in parse(editor.get(MINISTRY)).text("main")


def test_the_lead_shares_the_ministry_opens_and_the_community_reads_who(
    lead: FlaskClient, editor: FlaskClient, kenora: Full
) -> None:
    shared = turn(lead, kenora, "on")
    assert "this is shared with the ministry, by Lead of kenora" in shared.text("main")
    assert "Youth hub of kenora" in parse(editor.get(MINISTRY)).text("main")

    _address, page = open_first(editor)
    assert page.text("h1") == "Youth hub of kenora"

    log = parse(lead.get(INDEX)).text("main")
    assert "Editor of kenora of the ministry opened “Youth hub of kenora”" in log


def test_the_preview_is_what_the_ministry_gets(lead: FlaskClient, editor: FlaskClient, kenora: Full) -> None:
    before = panel(parse(lead.get(f"{INDEX}/{kenora.application}")))
    turn(lead, kenora, "on")
    _address, page = open_first(editor)

    body = page.text("main")
    assert "$12,345.67" in body
    assert before.removeprefix("What the ministry would see").split() == body.split()
    for hidden in ("Writer of kenora", "Secret thought", "Insurance", "Binder", "REF-kenora"):
        assert hidden not in body


def test_a_page_is_not_read_without_saying_so(lead: FlaskClient, editor: FlaskClient, kenora: Full) -> None:
    turn(lead, kenora, "on")
    address, _fields = parse(editor.get(MINISTRY)).form("/shared/")

    assert editor.get(address).status_code == 404
    log = parse(lead.get("/en/sharing/log")).text("main")
    assert log.count("opened “Youth hub of kenora”") == 1, "only the opening of the builder, which came before"


def test_a_tab_that_is_open_closes_when_sharing_ends(lead: FlaskClient, editor: FlaskClient, kenora: Full) -> None:
    turn(lead, kenora, "on")
    address, _page = open_first(editor)
    assert editor.get(address).status_code == 200

    ended = turn(lead, kenora, "off")
    assert "no longer" in ended.text("main")
    assert editor.get(address).status_code == 404
    assert editor.get(address).data.count(b"Youth hub") == 0


def test_unopened_ended_and_missing_cannot_be_told_apart(lead: FlaskClient, editor: FlaskClient, kenora: Full) -> None:
    turn(lead, kenora, "on")
    address, _fields = parse(editor.get(MINISTRY)).form("/shared/")

    def told(path: str) -> tuple[int, str]:
        answer = editor.get(path)
        number = path.rpartition("/")[2]
        return answer.status_code, answer.get_data(as_text=True).replace(f"shared/{number}", "shared/")

    unopened = told(address)
    open_first(editor)
    turn(lead, kenora, "off")
    assert unopened == told(address) == told(f"{MINISTRY}/987654")
    assert unopened[0] == 404


def test_an_opening_ends_after_twelve_hours(app: Flask, lead: FlaskClient, kenora: Full) -> None:
    turn(lead, kenora, "on")
    begun = clock.now()
    with time_machine.travel(begun, tick=False):
        editor = browser_of(app, kenora.staff)
        address, _page = open_first(editor)
        assert editor.get(address).status_code == 200
    with time_machine.travel(begun + timedelta(hours=12), tick=False):
        again = browser_of(app, kenora.staff)
        assert again.get(address).status_code == 404


def test_a_writer_reads_but_has_no_switch(app: Flask, kenora: Full) -> None:
    writer = browser_of(app, kenora.writer, community="kenora")

    page = parse(writer.get(f"{INDEX}/{kenora.application}"))
    assert "Only the plan lead shares" in page.text("main")
    assert not [each for each in page.all("form") if "/sharing/" in each.get("action", "")]


@pytest.mark.parametrize("way", ["", "sideways"])
def test_a_switch_has_two_ways(lead: FlaskClient, kenora: Full, way: str) -> None:
    address, fields = parse(lead.get(f"{INDEX}/{kenora.application}")).form("/sharing/")

    assert lead.post(address, data={**fields, "turn": way}).status_code == 400


def test_two_leads_turning_at_once_are_both_told_what_holds(app: Flask, lead: FlaskClient, kenora: Full) -> None:
    other = signed_in(app, "second@x.example", Role.LEAD, "kenora")
    turn(other, kenora, "on")

    assert "could see this already" in turn(lead, kenora, "on").text("main")


@pytest.mark.parametrize("language", ["en", "fr"])
def test_pages_are_valid(lead: FlaskClient, editor: FlaskClient, kenora: Full, language: str) -> None:
    turn(lead, kenora, "on")
    address, page = open_first(editor)
    assert page.faults() == []

    for path in ("sharing", f"sharing/{kenora.application}", "sharing/log"):
        assert parse(lead.get(f"/{language}/{path}")).faults() == []
    for path in ("shared", address.removeprefix("/en/")):
        assert parse(editor.get(f"/{language}/{path}")).faults() == []
