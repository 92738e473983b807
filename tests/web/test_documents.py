"""The readiness bank in a browser: what is kept, where it is, until when it serves, and what is still to be prepared."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from time_machine import travel

from grants.domain.people import Role
from grants.services import applications
from grants.store import workspaces
from grants.store.database import db, transaction
from tests.begun import NOW, a_person, an_application
from tests.signing_in import browser_of, signed_in
from tests.web.html import Page, parse

pytestmark = [pytest.mark.seeded, pytest.mark.usefixtures("_today")]

INDEX = "/en/documents"
INSURANCE = {
    "kind": "insurance",
    "title": "Certificate of insurance",
    "kept_at": "https://files.town.example/insurance.pdf",
    "dated_on": "2026-01-01",
    "expires_on": "2026-12-31",
    "note": "",
}


@pytest.fixture
def _today() -> Iterator[None]:
    with travel(NOW, tick=False):
        yield


@pytest.fixture
def writer(app: Flask) -> FlaskClient:
    """The browser of a grant writer of Kenora."""
    return signed_in(app, "ana@example.org", Role.WRITER, "kenora")


def titles(app: Flask) -> list[str]:
    """The documents that Kenora keeps."""
    with app.app_context():
        return [row.title for row in workspaces.documents(db.session(), "kenora")]


def first(app: Flask) -> str:
    """The address of the first document of Kenora."""
    with app.app_context():
        return f"{INDEX}/{workspaces.documents(db.session(), 'kenora')[0].id}"


def add(client: FlaskClient, **said: str) -> Page:
    """Send the form that adds a document, and give the page that follows."""
    _address, fields = parse(client.get(INDEX)).form(INDEX)
    return parse(client.post(INDEX, data={**fields, **INSURANCE, **said}, follow_redirects=True))


def test_an_empty_bank_says_what_it_is_good_for(writer: FlaskClient) -> None:
    page = parse(writer.get(INDEX))

    assert "Nothing is kept ready yet." in page.text("main")
    assert page.faults() == []


def test_it_says_in_words_how_documents_stand(writer: FlaskClient) -> None:
    add(writer, title="Old", expires_on="2026-11-23")
    add(writer, title="Soon", expires_on="2026-12-01")
    page = add(writer, title="Fine", expires_on="")

    said = page.text("main")
    assert "3 documents are kept ready: one has expired, one expires soon." in said
    assert said.index("Old") < said.index("Soon") < said.index("Fine")
    assert "23 November 2026 (yesterday)" in said
    assert "Does not expire" in said


@pytest.mark.parametrize(
    ("kept_at", "link"),
    [("https://files.town.example/a.pdf", True), ("javascript:alert(1)", False), ("<b>Binder 3</b>", False)],
)
def test_only_a_web_address_becomes_a_link_and_words_stay_words(
    app: Flask,
    writer: FlaskClient,
    kept_at: str,
    link: bool,  # noqa: FBT001 - a table
) -> None:
    page = add(writer, kept_at=kept_at)

    for each in (page, parse(writer.get(first(app)))):
        assert (kept_at in {address for address, _words in each.links()}) is link
        assert each.all("b") == []


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"title": "  "}, "Give the document a title"),
        ({"title": "x" * 300}, "Keep this to 200 characters"),
        ({"kept_at": "x" * 600}, "Keep this to 500 characters"),
        ({"expires_on": "2025-12-31"}, "It would expire before its own date."),
        ({"expires_on": "soon"}, "This date does not exist."),
        ({"kind": "novel"}, "Choose one of the entries"),
    ],
)
def test_what_cannot_be_is_said_and_what_was_typed_stays(
    app: Flask, writer: FlaskClient, said: dict[str, str], sentence: str
) -> None:
    _address, fields = parse(writer.get(INDEX)).form(INDEX)
    answer = writer.post(INDEX, data={**fields, **INSURANCE, "note": "ask Ben", **said})
    page = parse(answer)

    assert answer.status_code == 422
    assert sentence in page.text("main")
    assert "ask Ben" in page.text("textarea")
    assert page.faults() == []
    assert titles(app) == []


def test_a_document_is_changed_and_taken_out(app: Flask, writer: FlaskClient) -> None:
    add(writer)
    address = first(app)
    _action, fields = parse(writer.get(address)).form(address)
    writer.post(address, data={**fields, **INSURANCE, "title": "Insurance 2027"})
    assert titles(app) == ["Insurance 2027"]

    _action, fields = parse(writer.get(address)).form(f"{address}/remove")
    writer.post(f"{address}/remove", data=fields)

    assert titles(app) == []
    assert writer.get(address).status_code == 404


def test_who_saves_second_sees_both_and_loses_nothing(app: Flask, writer: FlaskClient) -> None:
    add(writer)
    address = first(app)
    _action, old = parse(writer.get(address)).form(address)
    writer.post(address, data={**old, **INSURANCE, "title": "Insurance, renewed"})

    answer = writer.post(address, data={**old, **INSURANCE, "note": "two thousand words"})

    page = parse(answer)
    assert answer.status_code == 409
    assert "Insurance, renewed" in page.text("main")
    assert "two thousand words" in answer.get_data(as_text=True)
    assert titles(app) == ["Insurance, renewed"]


def test_it_lists_what_open_applications_lack_and_leads_to_the_form(app: Flask) -> None:
    with app.app_context():
        ana = a_person()
        with transaction() as session:
            row = an_application(session, ana)
            title, number = applications.title_of(session, row).en, row.id
    writer = browser_of(app, ana, community="kenora")

    page = parse(writer.get(INDEX))

    assert "Prepare now" in page.text("h2")
    assert (f"/en/applications/{number}", title) in page.links()
    assert page.faults() == []


def test_many_documents_come_in_pages(app: Flask, writer: FlaskClient) -> None:
    for each in range(21):
        add(writer, title=f"Letter {each}")

    assert len(titles(app)) == 21
    page = parse(writer.get(f"{INDEX}?page=2"))
    assert "Page 2 of 2" in page.text("main")
    assert page.faults() == []


def test_another_community_s_document_is_not_there(app: Flask, writer: FlaskClient) -> None:
    add(writer)
    stranger = signed_in(app, "cleo@example.org", Role.LEAD, "guelph")

    assert stranger.get(first(app)).status_code == 404
    _address, fields = parse(stranger.get(INDEX)).form(INDEX)
    assert stranger.post(first(app), data={**fields, **INSURANCE}).status_code == 404
    assert stranger.post(f"{first(app)}/remove", data=fields).status_code == 404
    assert "Certificate" not in parse(stranger.get(INDEX)).text("main")
