"""Meetings in a browser: added by a pattern or a list, changed, taken out, and never lost when two people write."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from time_machine import travel

from grants.domain.people import Role
from grants.store import workspaces
from grants.store.database import db
from tests.begun import NOW
from tests.signing_in import signed_in
from tests.web.html import Page, parse

pytestmark = [pytest.mark.seeded, pytest.mark.usefixtures("_today")]

INDEX = "/en/meetings"
ONE = {
    "body": "council",
    "on": "2026-12-08",
    "rhythm": "once",
    "until": "",
    "listed": "",
    "papers_days": "5",
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


def days(app: Flask, community: str = "kenora") -> list[str]:
    """The meetings that are kept."""
    with app.app_context():
        return [row.on.isoformat() for row in workspaces.meetings(db.session(), community)]


def number(app: Flask) -> int:
    """The number of the first meeting of Kenora."""
    with app.app_context():
        return workspaces.meetings(db.session(), "kenora")[0].id


def add(client: FlaskClient, **said: str) -> Page:
    """Send the form that adds meetings, and give the page that follows."""
    _address, fields = parse(client.get(INDEX)).form(INDEX)
    return parse(client.post(INDEX, data={**fields, **ONE, **said}, follow_redirects=True))


def test_without_a_meeting_it_says_what_one_is_good_for(writer: FlaskClient) -> None:
    page = parse(writer.get(INDEX))

    assert "No meeting is ahead" in page.text("main")
    assert page.faults() == []


def test_a_pattern_and_a_list_are_added_together(app: Flask, writer: FlaskClient) -> None:
    page = add(writer, rhythm="fortnightly", until="2027-01-05", listed="2027-02-02\n2026-12-22")

    assert days(app) == ["2026-12-08", "2026-12-22", "2027-01-05", "2027-02-02"]
    assert "4 meetings were added." in page.text("main")
    assert "The next: Council meeting, Tuesday 8 December 2026 (in 14 days)." in page.text("main")
    assert "Agenda papers are due by Tuesday 1 December 2026." in page.text("main")


def test_what_is_there_already_is_told_and_holidays_are_pointed_at(app: Flask, writer: FlaskClient) -> None:
    add(writer)

    page = add(writer, listed="2026-12-25")

    assert days(app) == ["2026-12-08", "2026-12-25"]
    assert "One meeting was added. One was here already." in page.text("main")
    assert "on a weekend or a holiday: Friday 25 December 2026" in page.text("main")


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"on": "", "listed": ""}, "No date was given."),
        ({"on": "8 Dec"}, "This date does not exist."),
        ({"rhythm": "weekly"}, "Say until which day the meetings repeat"),
        ({"rhythm": "weekly", "until": "2026-12-01"}, "The last day lies before the first date."),
        ({"rhythm": "weekly", "until": "2040-12-01"}, "more than three years ahead"),
        ({"listed": "2026-12-08 soon"}, "“soon” is not a date."),
        ({"on": "2062-12-08"}, "more than three years ahead"),
        ({"papers_days": "-1"}, "whole number from 0 to 60"),
        ({"papers_days": "five"}, "whole number"),
        ({"note": "x" * 300}, "Keep the note to 200 characters."),
        ({"body": "parliament"}, "Choose one of the entries"),
    ],
)
def test_what_cannot_be_meant_is_said_and_what_was_typed_stays(
    app: Flask, writer: FlaskClient, said: dict[str, str], sentence: str
) -> None:
    _address, fields = parse(writer.get(INDEX)).form(INDEX)
    answer = writer.post(INDEX, data={**fields, **ONE, "listed": "2027-03-02", **said})
    page = parse(answer)

    assert answer.status_code == 422
    assert sentence in page.text("main")
    assert page.by_id("problems") is not None
    assert said.get("listed", "2027-03-02") in answer.get_data(as_text=True)
    assert page.faults() == []
    assert days(app) == []


def test_a_meeting_is_changed_and_taken_out(app: Flask, writer: FlaskClient) -> None:
    add(writer)
    address = f"{INDEX}/{number(app)}"
    _action, fields = parse(writer.get(address)).form(address)
    changed = {**fields, "body": "committee", "on": "2026-12-15", "papers_days": "0"}

    page = parse(writer.post(address, data=changed, follow_redirects=True))

    assert days(app) == ["2026-12-15"]
    assert "Committee meeting" in page.text("main")
    _action, fields = parse(writer.get(address)).form(f"{address}/remove")
    writer.post(f"{address}/remove", data=fields)
    assert days(app) == []
    assert writer.get(address).status_code == 404


def test_who_saves_second_sees_both_and_saves_over_or_gives_up(app: Flask, writer: FlaskClient) -> None:
    add(writer)
    address = f"{INDEX}/{number(app)}"
    other = signed_in(app, "ben@example.org", Role.LEAD, "kenora")
    _action, old = parse(writer.get(address)).form(address)
    _action, theirs = parse(other.get(address)).form(address)
    other.post(address, data={**theirs, "body": "council", "on": "2026-12-09"})

    answer = writer.post(address, data={**old, "body": "council", "on": "2026-12-10", "note": "by the lake"})

    page = parse(answer)
    assert answer.status_code == 409
    assert "9 December 2026" in page.text("main")
    assert "by the lake" in answer.get_data(as_text=True)
    assert days(app) == ["2026-12-09"]
    action, kept = page.form(address)
    writer.post(action, data={**kept, "body": "council"})
    assert days(app) == ["2026-12-10"]


def test_an_overtaken_removal_removes_nothing(app: Flask, writer: FlaskClient) -> None:
    add(writer)
    address = f"{INDEX}/{number(app)}"
    _action, removal = parse(writer.get(address)).form(f"{address}/remove")
    _action, fields = parse(writer.get(address)).form(address)
    writer.post(address, data={**fields, "body": "council", "on": "2026-12-09"})

    page = parse(writer.post(f"{address}/remove", data=removal, follow_redirects=True))

    assert "it was not removed" in page.text("main")
    assert days(app) == ["2026-12-09"]


def test_past_meetings_are_folded_and_many_are_not_in_the_way(app: Flask, writer: FlaskClient) -> None:
    add(writer, on="2026-01-06", rhythm="weekly", until="2027-11-30")

    page = parse(writer.get(INDEX))

    assert len(days(app)) == 100
    folds = [each for each in page.all("summary") if "past meetings" in "".join(each.itertext())]
    assert len(folds) == 1
    assert page.faults() == []


def test_another_community_s_meeting_is_not_there(app: Flask, writer: FlaskClient) -> None:
    add(writer)
    stranger = signed_in(app, "cleo@example.org", Role.LEAD, "guelph")
    foreign, missing = f"{INDEX}/{number(app)}", f"{INDEX}/999999"

    assert stranger.get(foreign).status_code == stranger.get(missing).status_code == 404
    _address, fields = parse(stranger.get(INDEX)).form(INDEX)
    assert stranger.post(foreign, data={**fields, **ONE}).status_code == 404
    assert stranger.post(f"{foreign}/remove", data=fields).status_code == 404
    assert "8 December" not in parse(stranger.get(INDEX)).text("main")


def test_it_speaks_french(writer: FlaskClient) -> None:
    add(writer)

    page = parse(writer.get("/fr/meetings"))

    assert "Réunion du conseil" in page.text("main")
    assert "le mardi 8 décembre 2026" in page.text("main")
    assert page.faults() == []
