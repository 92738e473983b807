"""The deletion page: the export first, the name typed, a week to take it back."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from grants import clock
from grants.services import erasure
from grants.store.database import transaction
from tests.full_workspace import Full, fill
from tests.signing_in import browser_of
from tests.web.html import Page, parse

pytestmark = pytest.mark.seeded

PAGE = "/en/deletion"


@pytest.fixture
def kenora(app: Flask) -> Full:
    """A full workspace."""
    with app.app_context(), transaction() as session:
        return fill(session, "kenora", clock.now())


@pytest.fixture
def lead(app: Flask, kenora: Full) -> FlaskClient:
    """The browser of the plan lead."""
    return browser_of(app, kenora.lead, community="kenora")


def ask(client: FlaskClient, typed: str, language: str = "en") -> tuple[int, Page]:
    """Send the form and give the status and the page that follows."""
    address, fields = parse(client.get(f"/{language}/deletion")).form("/deletion")
    answer = client.post(address, data={**fields, "name": typed}, follow_redirects=True)
    return answer.status_code, parse(answer)


def test_the_export_is_offered_first(lead: FlaskClient) -> None:
    actions = [each.get("action") for each in parse(lead.get(PAGE)).all("form")]

    assert actions == ["/en/export", "/en/deletion"]


def test_a_wrong_name_says_what_to_type_and_keeps_what_was_typed(lead: FlaskClient) -> None:
    status, page = ask(lead, "Kenoar")

    assert status == 422
    assert "Type “Kenora” to go on" in page.text("main")
    field = page.by_id("name")
    assert field is not None
    assert field.get("value") == "Kenoar"
    assert page.faults() == []


def test_the_right_name_asks_and_one_click_takes_it_back(lead: FlaskClient) -> None:
    status, page = ask(lead, "kenora")
    assert status == 200
    assert "will be deleted on" in page.text("main")
    assert page.faults() == []
    assert page.by_id("name") is None

    address, fields = page.form("/withdraw")
    kept = parse(lead.post(address, data=fields, follow_redirects=True))
    assert "Nothing was deleted." in kept.text("main")
    assert lead.post(address, data=fields).status_code == 404


def test_afterwards_the_page_says_that_it_was_done(app: Flask, lead: FlaskClient) -> None:
    ask(lead, "Kenora")
    with app.app_context(), transaction() as session:
        waiting = clock.now().replace(year=clock.now().year + 1)
        assert erasure.carry_out_due(session, waiting) == 1

    page = parse(lead.get(PAGE))
    assert "as Lead of kenora had asked" in page.text("main")
    assert page.faults() == []


def test_french_pages_are_valid(lead: FlaskClient) -> None:
    assert parse(lead.get("/fr/deletion")).faults() == []
    assert ask(lead, "?", "fr")[1].faults() == []
    assert ask(lead, "Kenora", "fr")[1].faults() == []
