"""The page of a community: its answer, what is at risk, whose things are due, what others changed, and the way in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from xml.etree.ElementTree import Element

import pytest
from flask import Flask
from flask.testing import FlaskClient
from time_machine import travel

from grants.domain.meetings import Body
from grants.domain.people import Role
from grants.services import meetings
from grants.store import tenants
from grants.store.applications import ApplicationRow
from grants.store.database import transaction
from grants.store.people import PersonRow
from tests.begun import NOW, a_person, a_task, an_application, hand, the_community
from tests.signing_in import browser_of
from tests.web.html import Page, parse, words

pytestmark = [pytest.mark.seeded, pytest.mark.usefixtures("_today")]

INDEX = "/en/workspace"
TODAY = NOW.date()
CLOSES = date(2027, 1, 29)
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def _today() -> Iterator[None]:
    with travel(NOW, tick=False):
        yield


@pytest.fixture
def ana(app: Flask) -> int:
    """The plan lead of Kenora."""
    with app.app_context():
        return a_person(role=Role.LEAD)


@pytest.fixture
def ben(app: Flask) -> int:
    """A grant writer of Kenora."""
    with app.app_context():
        return a_person("ben@example.org")


@pytest.fixture
def lead(app: Flask, ana: int) -> FlaskClient:
    """The browser of the plan lead."""
    return browser_of(app, ana, community="kenora")


@pytest.fixture
def number(app: Flask, ana: int) -> int:
    """An application that closes on 29 January 2027."""
    with app.app_context(), transaction() as session:
        return an_application(session, ana, closes=CLOSES).id


def add(app: Flask, person: int, title: str, **said: object) -> None:
    """Add a task to the first application of Kenora."""
    with app.app_context(), transaction() as session:
        a_task(session, tenants.all_of(session, ApplicationRow, "kenora")[0], person, title, **said)


def picture(page: Page) -> Element:
    """The picture of the page, not one of its small signs."""
    return next(each for each in page.all(f"{SVG}svg") if each.get("role") == "group")


def part(page: Page, name: str) -> str:
    """The words of a section by the id of its heading; empty where there is none."""
    return next((words(each) for each in page.all("section") if each.get("aria-labelledby") == name), "")


def test_an_empty_workspace_teaches_the_first_three_steps(lead: FlaskClient) -> None:
    page = parse(lead.get(INDEX))

    addresses = [address for address, _words in page.links()]
    assert {"/en/communities/kenora", "/en/meetings", "/en/members"} <= set(addresses)
    assert "Three steps lead there" in page.text("main")
    assert page.faults() == []


@pytest.mark.usefixtures("number")
def test_the_answer_says_what_comes_first_and_how_much_is_at_risk(app: Flask, lead: FlaskClient, ana: int) -> None:
    add(app, ana, "Call the partners", owner=ana, due_on=TODAY + timedelta(days=1))
    add(app, ana, "Ask for quotes", due_on=TODAY + timedelta(days=7))

    page = parse(lead.get(INDEX))

    said = page.text("main")
    assert "2 things are due in the next 7 days, the first: “Call the partners” for" in said
    assert "tomorrow (Ana)." in said
    assert "One thing is at risk." in said
    assert "Ask for quotes" in part(page, "due-week")
    assert "no owner yet" in part(page, "due-week")
    assert "29 January 2027" in part(page, "due-later")
    assert page.faults() == []


@pytest.mark.usefixtures("number")
def test_what_is_overdue_leads_to_its_task(app: Flask, lead: FlaskClient, ana: int, number: int) -> None:
    add(app, ana, "Call the partners", owner=ana, due_on=TODAY - timedelta(days=3))

    page = parse(lead.get(INDEX))

    assert "“Call the partners” was due 21 November 2026, 3 days ago (Ana)." in part(page, "risks")
    (address,) = (address for address, _words in page.links() if "#task-" in address)
    application = parse(lead.get(address.partition("#")[0]))
    assert application.by_id(address.partition("#")[2]) is not None
    assert address.startswith(f"/en/applications/{number}#")


@pytest.mark.usefixtures("number")
def test_one_person_s_view_leaves_out_the_others(app: Flask, lead: FlaskClient, ana: int, ben: int) -> None:
    add(app, ana, "Call the partners", owner=ana, due_on=TODAY)
    add(app, ana, "Ask for quotes", owner=ben, due_on=TODAY)

    page = parse(lead.get(f"{INDEX}?who={ben}"))

    assert "Ask for quotes" in part(page, "due-today")
    assert "Call the partners" not in page.text("main")
    assert parse(lead.get(f"{INDEX}?who=999999")).text("main") == parse(lead.get(INDEX)).text("main")
    assert page.faults() == []


@pytest.mark.parametrize("who", ["0", "-1", "x", "9" * 30, "", "٣"])
def test_a_person_that_is_none_shows_everybody(lead: FlaskClient, who: str) -> None:
    assert lead.get(f"{INDEX}?who={who}").status_code == 200


def test_of_meetings_that_nothing_waits_for_only_the_next_is_in_the_list(
    app: Flask, lead: FlaskClient, number: int, ana: int
) -> None:
    with app.app_context(), transaction() as session:
        days = [TODAY + timedelta(weeks=each) for each in range(1, 9)]
        meetings.add(session, the_community(session), days, meetings.Details(Body.COUNCIL, 5, ""), hand(ana))

    page = parse(lead.get(INDEX))

    listed = [each for each in page.all("li") if words(each).startswith("Meeting Council meeting")]
    assert len(listed) == 1
    across = [each for each in picture(page).iter(f"{SVG}g") if each.get("class") == "mark-meeting"]
    assert len(across) == 8
    assert number


@pytest.mark.usefixtures("number")
def test_the_picture_leads_to_the_application_and_says_the_same(app: Flask, lead: FlaskClient, ana: int) -> None:
    add(app, ana, "Call the partners", owner=ana, due_on=TODAY + timedelta(days=5))

    (track,) = picture(parse(lead.get(INDEX))).iter(f"{SVG}a")

    assert "Call the partners, 29 November" in track.get("aria-label", "")
    assert "29 January" in track.get("aria-label", "")


@pytest.mark.usefixtures("number")
def test_what_others_changed_since_the_last_visit_is_told_until_it_was_seen(app: Flask, ana: int, ben: int) -> None:
    browser_of(app, ana, community="kenora")
    with travel(NOW + timedelta(hours=1), tick=False):
        add(app, ben, "Ask for quotes")
        with app.app_context(), transaction() as session:
            meetings.add(
                session,
                the_community(session),
                [date(2026, 12, 8)],
                meetings.Details(Body.COUNCIL, 5, ""),
                hand(ben, at=NOW + timedelta(hours=1)),
            )
    with travel(NOW + timedelta(hours=2), tick=False):
        again = browser_of(app, ana, community="kenora")
        page = parse(again.get(INDEX))
        assert "Ben added: Council meeting, 8 December 2026" in part(page, "changed")
        address, fields = page.form("/tracking/seen")
        after = parse(again.post(address, data=fields, follow_redirects=True))

    assert "Nothing by others, since" in part(after, "changed")
    assert after.text("h1") == "Workspace: Kenora"


@pytest.mark.usefixtures("number")
def test_letters_that_come_back_are_told(app: Flask, lead: FlaskClient, ben: int) -> None:
    with app.app_context(), transaction() as session:
        session.get_one(PersonRow, ben).mail_suspended_at = NOW

    assert "E-mails to Ben are not delivered, so no reminder reaches them." in part(parse(lead.get(INDEX)), "risks")


@pytest.mark.usefixtures("number")
def test_two_hundred_tasks_fold(app: Flask, lead: FlaskClient, ana: int) -> None:
    with app.app_context(), transaction() as session:
        row = tenants.all_of(session, ApplicationRow, "kenora")[0]
        for each in range(150):
            a_task(session, row, ana, f"Task {each}", owner=ana, due_on=TODAY + timedelta(days=each - 50))

    page = parse(lead.get(INDEX))

    assert page.faults() == []
    folds = " ".join(words(each) for each in page.all("summary"))
    assert "more at risk" in folds
    assert "more later" in folds


def test_it_belongs_to_the_community_worked_for(app: Flask, number: int) -> None:
    with app.app_context():
        cleo = a_person("cleo@example.org", community="guelph")
    page = parse(browser_of(app, cleo, community="guelph").get(INDEX))

    assert page.text("h1") == "Workspace: Guelph"
    assert "29 January" not in page.text("main")
    assert number


def test_the_navigation_knows_members_and_their_workspace(app: Flask, lead: FlaskClient) -> None:
    for address in (INDEX, "/en/meetings", "/en/documents"):
        (current,) = [each for each in parse(lead.get(address)).all("nav")[0].iter("a") if each.get("aria-current")]
        assert words(current) == "Workspace"
    visitor = parse(app.test_client().get("/en/"))
    assert INDEX not in [address for address, _words in visitor.links()]


@pytest.mark.usefixtures("number")
def test_it_speaks_french(lead: FlaskClient) -> None:
    page = parse(lead.get("/fr/workspace"))

    assert "29 janvier 2027" in page.text("main")
    assert page.faults() == []
