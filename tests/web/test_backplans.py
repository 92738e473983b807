"""The plan of an application in a browser: the proposal, its picture, what is tried out, and accepting it once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from xml.etree.ElementTree import Element

import pytest
from flask import Flask
from flask.testing import FlaskClient
from time_machine import travel

from grants.domain.meetings import Body
from grants.services import meetings
from grants.store import tenants
from grants.store.applications import ApplicationRow, TaskRow
from grants.store.database import db, transaction
from grants.web.weeks import WIDTH, Weeks
from tests.begun import NOW, a_person, a_task, an_application, hand, the_community
from tests.signing_in import browser_of
from tests.web.html import Page, parse, words

pytestmark = [pytest.mark.seeded, pytest.mark.usefixtures("_today")]

CLOSES = date(2027, 1, 29)
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def _today() -> Iterator[None]:
    with travel(NOW, tick=False):
        yield


@pytest.fixture
def ana(app: Flask) -> int:
    """A grant writer of Kenora."""
    with app.app_context():
        return a_person()


@pytest.fixture
def number(app: Flask, ana: int) -> int:
    """An application that closes on 29 January 2027; council meets three times before."""
    with app.app_context(), transaction() as session:
        days = [date(2026, 12, 8), date(2027, 1, 5), date(2027, 1, 19)]
        meetings.add(session, the_community(session), days, meetings.Details(Body.COUNCIL, 5, ""), hand(ana))
        return an_application(session, ana, closes=CLOSES).id


@pytest.fixture
def writer(app: Flask, ana: int) -> FlaskClient:
    """The browser of the grant writer."""
    return browser_of(app, ana, community="kenora")


def plan(client: FlaskClient, number: int, query: str = "", language: str = "en") -> Page:
    """Open the plan of an application."""
    return parse(client.get(f"/{language}/applications/{number}/plan{query}"))


def dated(app: Flask) -> int:
    """How many tasks have a date."""
    with app.app_context():
        return sum(row.due_on is not None for row in tenants.all_of(db.session(), TaskRow, "kenora"))


def picture(page: Page) -> Element:
    """The picture of the page, not one of its small signs."""
    return next(each for each in page.all(f"{SVG}svg") if each.get("role") == "group")


def rows(page: Page) -> list[str]:
    """The lines of the table."""
    return [words(each) for each in page.all("tbody")[0].iter("tr")]


def test_it_answers_first_and_the_table_says_who_does_what_by_when(writer: FlaskClient, number: int) -> None:
    page = plan(writer, number)

    said = page.text("main")
    assert "It can be done in time. Begin by" in said
    assert "Last safe council meeting" in said
    assert "Friday 29 January 2027" in said
    assert len(rows(page)) >= 5
    assert all("Ana" in row for row in rows(page))
    assert page.faults() == []


def test_the_picture_says_the_same_as_the_table(writer: FlaskClient, number: int) -> None:
    page = plan(writer, number)

    bars = [words(each) for each in picture(page).iter(f"{SVG}title") if ", Ana, " in words(each)]
    assert len(bars) == len(rows(page))
    marks = [
        words(each) for each in picture(page).iter(f"{SVG}title") if words(each).startswith(("Council", "Closing"))
    ]
    assert marks == ["Council, 8 December", "Council, 5 January", "Council, 19 January", "Closing, 29 January"]


def test_accepting_gives_the_tasks_their_days_once(app: Flask, writer: FlaskClient, number: int) -> None:
    page = plan(writer, number)
    address, fields = page.form("/plan")
    assert dated(app) == 0

    after = parse(writer.post(address, data=fields, follow_redirects=True))

    assert dated(app) == len(rows(page))
    assert "The plan is accepted" in after.text("main")
    again = plan(writer, number)
    assert "The tasks have these dates already." in again.text("main")
    assert not [
        each for each in again.all("form") if each.get("method") == "post" and "/plan" in each.get("action", "")
    ]


def test_what_was_overtaken_is_shown_anew_and_not_saved(app: Flask, writer: FlaskClient, number: int, ana: int) -> None:
    address, fields = plan(writer, number).form("/plan")
    with app.app_context(), transaction() as session:
        row = tenants.all_of(session, ApplicationRow, "kenora")[0]
        a_task(session, row, ana, "One more thing", owner=ana, minutes=120)

    answer = writer.post(address, data=fields)

    page = parse(answer)
    assert answer.status_code == 409
    assert "Nothing was saved" in page.text("main")
    assert any("One more thing" in row for row in rows(page))
    assert dated(app) == 0
    address, fields = page.form("/plan")
    writer.post(address, data=fields)
    assert dated(app) == len(rows(page))


def test_trying_other_hours_keeps_nothing_and_offers_no_accepting(
    app: Flask, writer: FlaskClient, number: int, ana: int
) -> None:
    page = plan(writer, number, f"?hours-{ana}=2,5&council=no")

    said = page.text("main")
    assert "You are trying something out" in said
    assert "Resolution of council" not in " ".join(rows(page))
    field = page.by_id(f"hours-{ana}")
    assert field is not None
    assert field.get("value") == "2,5"
    assert "Accept these dates" not in said
    assert dated(app) == 0
    assert page.faults() == []


@pytest.mark.parametrize("typed", ["many", "81", "-3", "1e3", "7h", "٧"])
def test_hours_that_cannot_be_are_said_and_stay_typed(writer: FlaskClient, number: int, ana: int, typed: str) -> None:
    page = plan(writer, number, f"?hours-{ana}={typed}")

    field = page.by_id(f"hours-{ana}")
    assert "Type hours a week from 0 to 80" in page.text("main")
    assert field is not None
    assert field.get("value") == typed
    assert page.faults() == []


def test_nobody_with_no_hours_can_finish_and_the_page_says_so(writer: FlaskClient, number: int, ana: int) -> None:
    page = plan(writer, number, f"?hours-{ana}=0")

    assert "It cannot be done in time" in page.text("main")
    assert page.faults() == []


def test_what_cannot_be_done_in_time_names_the_reason_and_is_not_offered(
    app: Flask, writer: FlaskClient, ana: int
) -> None:
    with app.app_context(), transaction() as session:
        late = an_application(session, ana, closes=date(2026, 11, 27)).id

    page = plan(writer, late)

    assert "It cannot be done in time" in page.text("h2")
    assert page.all("li")
    assert "Accept these dates" not in page.text("main")
    assert page.faults() == []


def test_without_a_closing_it_says_what_to_do(app: Flask, writer: FlaskClient, ana: int) -> None:
    with app.app_context(), transaction() as session:
        undated = an_application(session, ana, closes=None).id

    page = plan(writer, undated)

    assert "Set your own target date" in page.text("main")
    assert page.faults() == []


def test_without_meetings_council_is_not_known_and_never_a_no(app: Flask, writer: FlaskClient, ana: int) -> None:
    with app.app_context(), transaction() as session:
        alone = an_application(session, ana, closes=CLOSES).id

    said = plan(writer, alone).text("main")

    assert "It can be done in time." in said
    assert "not known: council must meet by" in said


def test_sixty_long_tasks_and_french_hold(app: Flask, writer: FlaskClient, number: int, ana: int) -> None:
    with app.app_context(), transaction() as session:
        row = tenants.all_of(session, ApplicationRow, "kenora")[0]
        for each in range(60):
            a_task(session, row, ana, f"{each} {'Anticonstitutionnellement ' * 6}".strip(), owner=None, minutes=30)

    page = plan(writer, number, language="fr")

    assert page.faults() == []
    assert len(rows(page)) > 60


def test_another_community_s_plan_is_not_there(app: Flask, number: int) -> None:
    with app.app_context():
        cleo = a_person("cleo@example.org", community="guelph")
    stranger = browser_of(app, cleo, community="guelph")
    _address, fields = parse(stranger.get("/en/documents")).form("/en/documents")

    assert stranger.get(f"/en/applications/{number}/plan").status_code == 404
    assert stranger.post(f"/en/applications/{number}/plan", data=fields).status_code == 404


def test_days_of_a_picture_stand_side_by_side(app: Flask) -> None:
    weeks = Weeks(date(2026, 12, 21), date(2027, 1, 3))

    with app.test_request_context("/en/"):
        off = [(each.x, each.width) for each in weeks.off]
        ticks = [each.words for each in weeks.ticks]

    assert (weeks.x(weeks.first), weeks.x(weeks.last + timedelta(days=1))) == (0, WIDTH)
    day = WIDTH / 14
    christmas_to_boxing_day_s_monday, new_year = (round(4 * day), round(8 * day)), (round(11 * day), WIDTH)
    assert [(x, x + width) for x, width in off] == [christmas_to_boxing_day_s_monday, new_year]
    assert ticks == ["21 December", "28 December"]
