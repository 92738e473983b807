"""My deadlines: tracking from a page, the parts of the list, and every state in words, in both languages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from config import Environment
from grants import clock
from grants.app import create_app
from grants.domain.applications import State
from grants.domain.deadlines import DeadlineKind
from grants.domain.people import HOME_ZONE, Role
from grants.services import catalogue, intakes, reminders, sessions, tracking
from grants.services.practice import KINDS
from grants.store import people
from grants.store.catalogue import IntakeRow
from grants.store.database import db, transaction
from grants.store.people import PersonRow
from grants.store.reminders import MailState, OutboxRow, Reason
from tests.begun import a_task, an_application, move
from tests.conftest import dispose, make_settings
from tests.signing_in import a_member, browser_of
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


def detail(browser: FlaskClient, number: int = 0) -> str:
    """Give the address of the page of one thing tracked, in the order of the list."""
    links = [each.get("href", "") for each in parse(browser.get("/en/tracking")).all("a")]
    return list(dict.fromkeys(link for link in links if link.startswith("/en/tracking/")))[number]


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
    page = parse(lead.get(detail(lead)))
    assert page.faults() == []
    assert "summary when you began to track" in page.text("main")
    own = parse(lead.get("/en/tracking"))
    assert "newest e-mail" in own.text("main")
    (letter,) = [each.get("href", "") for each in own.all("a") if "/outbox/" in each.get("href", "")]
    assert lead.get(letter).status_code == 200


def test_another_persons_list_is_never_seen(app: Flask, lead: FlaskClient, add: Callable[..., str]) -> None:
    add(6)
    other = app.test_client()
    address, fields = parse(other.get("/en/sign-in")).form("development/writer")
    other.post(address, data=fields)
    for browser, count in ((other, 2), (lead, 3)):
        assert browser.get("/en/tracking").text.count("Stop tracking") == count
    foreign = detail(lead)
    own = {detail(other, number) for number in range(2)}
    assert foreign not in own
    missing = other.get("/en/tracking/999999")
    for answer in (
        other.get(foreign),
        other.post(f"{foreign}/noted", data=parse(other.get(min(own))).form("noted")[1]),
    ):
        assert (answer.status_code, parse(answer).text("main")) == (404, parse(missing).text("main"))


def test_the_page_says_first_what_is_next(lead: FlaskClient, add: Callable[..., str]) -> None:
    add(2)
    said = parse(lead.get("/en/tracking")).text("p")
    assert "due in the next seven days; the next: " in said
    assert ", in 2 days." in said


class TestChoices:
    """What can be chosen for one deadline, without JavaScript."""

    def test_lead_times_of_its_own_and_back(self, lead: FlaskClient) -> None:
        address = detail(lead)
        action, fields = parse(lead.get(address)).form("leads")
        assert lead.post(action, data={**fields, "leads": ["3", "1"]}).location == address
        page = parse(lead.get(address))
        assert page.faults() == []
        assert "It has lead times of its own." in page.text("main")
        assert {each.get("value") for each in page.all("input") if "checked" in each.attrib} == {"3", "1"}
        lead.post(action, data={**fields, "own": "1"})
        assert "It has lead times of its own." not in lead.get(address).text

    @pytest.mark.parametrize("typed", [["5000"], ["x"], ["1", "-1"]])
    def test_a_lead_time_that_is_none_is_refused(self, lead: FlaskClient, typed: list[str]) -> None:
        address = detail(lead)
        action, fields = parse(lead.get(address)).form("leads")
        answer = lead.post(action, data={**fields, "leads": typed})
        assert answer.status_code == 422
        assert parse(answer).faults() == []

    @pytest.mark.parametrize(
        ("typed", "said"),
        [
            pytest.param("", "Choose a day", id="nothing"),
            pytest.param("tomorrow", "tomorrow", id="no date"),
            pytest.param("2020-01-01", "This day has come already", id="past"),
            pytest.param("2199-01-01", "That would be too late", id="too late"),
        ],
    )
    def test_a_day_that_cannot_be_stays_in_the_field(self, lead: FlaskClient, typed: str, said: str) -> None:
        address = detail(lead)
        action, fields = parse(lead.get(address)).form("quiet")
        for language in ("en", "fr"):
            answer = lead.post(action.replace("/en/", f"/{language}/"), data={**fields, "until": typed})
            assert answer.status_code == 422
            page = parse(answer)
            assert page.faults() == []
            assert f'value="{typed}"' in answer.text
            assert language == "fr" or said in answer.text

    def test_put_off_and_taken_back(self, lead: FlaskClient) -> None:
        address = detail(lead)
        action, fields = parse(lead.get(address)).form("quiet")
        day = clock.now().date() + timedelta(days=3)
        assert lead.post(action, data={**fields, "until": day.isoformat()}).location == address
        page = parse(lead.get(address))
        assert page.text("main").count("Reminders are paused until ") == 2, (
            "the answer says so, and the page with the day"
        )
        assert "the pause ends" in page.text("main")
        lead.post(action, data={**fields, "wake": "1"})
        assert "Reminders are paused until " not in lead.get(address).text

    def test_taken_note_and_taken_back(self, lead: FlaskClient) -> None:
        address = detail(lead)
        action, fields = parse(lead.get(address)).form("noted")
        assert lead.post(action, data=fields).location == address
        page = parse(lead.get(address))
        assert page.faults() == []
        assert "no more reminders of it" in page.text("main")
        assert "Planned" not in page.text("h3")
        lead.post(action, data={**fields, "undo": "1"})
        assert "Planned" in parse(lead.get(address)).text("h3")


def test_what_changed_since_the_last_visit_until_it_was_seen(
    app: Flask, lead: FlaskClient, add: Callable[..., str]
) -> None:
    key = add(40)
    again = app.test_client()
    address, fields = parse(again.get("/en/sign-in")).form("development/lead")
    again.post(address, data=fields)
    assert "Changed since" not in lead.get("/en/tracking").text, "a first visit knows of nothing before it"
    with app.app_context(), transaction() as session:
        intakes.move(session, key, clock.now().date() + timedelta(days=50), None, clock.now())
    for language in ("en", "fr"):
        page = parse(again.get(f"/{language}/tracking"))
        assert page.faults() == []
        assert "changed" in parts(page)
    assert "the date was moved, it is now" in parse(again.get("/en/tracking")).text("main")
    action, fields = parse(again.get("/en/tracking")).form("seen")
    assert again.post(action, data=fields).location == "/en/tracking"
    assert "changed" not in parts(parse(again.get("/en/tracking")))


def test_tasks_stand_among_the_deadlines(app: Flask, lead: FlaskClient) -> None:
    lead.get("/en/tracking")
    with app.app_context(), transaction() as session:
        person = people.by_email(session, KINDS["lead"][0])
        assert person is not None
        application = an_application(session, person.id)
        today = clock.now().date()
        for title, days in (("Ask the band", -3), ("Ask the mayor", 5)):
            task = a_task(session, application, person.id, title, owner=person.id, due_on=today + timedelta(days=days))
            reminders.task_changed(session, task, clock.now(), by=None)
        number = application.id
    for language in ("en", "fr"):
        page = parse(lead.get(f"/{language}/tracking"))
        assert page.faults() == []
        found = parts(page)
        assert "Ask the band" in found["late"]
        assert "Ask the mayor" in found["this-week"]
    assert f"/en/applications/{number}" in lead.get("/en/tracking").text
    assert "1 task is overdue." in parse(lead.get("/en/tracking")).text("p")


@pytest.mark.parametrize(
    ("state", "answer", "said"),
    [
        (MailState.BOUNCED, "550 no such user", "The address is not known there"),
        (MailState.EXPIRED, "452 4.2.2 full", "The mailbox is full."),
        (MailState.SENT, "250 ok", ""),
    ],
)
def test_who_a_letter_did_not_reach_is_told_so(
    app: Flask, lead: FlaskClient, state: MailState, answer: str, said: str
) -> None:
    with app.app_context(), transaction() as session:
        session.add(a_letter(session, KINDS["lead"][0], state, answer))
    page = parse(lead.get("/en/tracking"))
    assert ("The last e-mail to you did not arrive" in page.text("main")) is bool(said)
    assert said in page.text("main")


def a_letter(session: Session, email: str, state: MailState, answer: str) -> OutboxRow:
    """Make a letter that ended in a state."""
    person, now = people.by_email(session, email), clock.now()
    assert person is not None
    return OutboxRow(
        person=person.id,
        recipient=email,
        reason=Reason.REMINDERS.value,
        state=state.value,
        message_id=f"<{state}@x.example>",
        created_at=now,
        next_try_at=now,
        expires_at=now,
        answer=answer,
    )


def test_a_record_that_cannot_be_read_stands_apart_and_hides_no_other(
    app: Flask, lead: FlaskClient, add: Callable[..., str]
) -> None:
    bad, _good = add(30), add(40)
    assert lead.get("/en/tracking").status_code == 200, "the catalogue was read before the record was spoilt"
    with app.app_context(), transaction() as session:
        session.get_one(IntakeRow, bad).record = {"key": bad, "nonsense": 1}
    for language, said in (("en", "Cannot be read (1)"), ("fr", "Illisible (1)")):
        page = parse(lead.get(f"/{language}/tracking"))
        assert page.faults() == []
        assert said in page.text("h2")
        assert page.by_id("later") is not None
    action, fields = next(
        (form.get("action", ""), {"intake": bad})
        for form in page.all("form")
        if any(each.get("value") == bad for each in form.iter("input"))
    )
    token = parse(lead.get("/en/account")).form("sign-out")[1]
    assert lead.post(action, data={**token, **fields}).status_code == 302
    assert "Cannot be read" not in lead.get("/en/tracking").text


def test_a_code_that_is_asked_for_makes_no_second_visit(app: Flask) -> None:
    """Who gives a second factor opens two sign-ins at one door; what changed counts from the visit before."""
    with app.app_context(), transaction() as session:
        person = people.add(session, "code@town.example", "Code", clock.now())
        person.totp_since = clock.now() - timedelta(days=30)
        visits = ((3, True), (0, False), (0, True))
        for days, proved in visits:
            sessions.begin(session, person, clock.now() - timedelta(days=days), agent="", proved=proved)
        here = sessions.standing(session, person, clock.now())[0]
        since = tracking.last_visit(session, person, here)
    assert since is not None
    assert clock.now() - since > timedelta(days=2)


@pytest.mark.parametrize(
    ("way", "in_english", "in_french"),
    [
        pytest.param(
            (State.GO, State.DRAFTING, State.SUBMITTED), "Submitted on ", "Demande présentée le ", id="submitted"
        ),
        pytest.param((State.GO, State.WITHDRAWN), "Your application was withdrawn", "a été retirée", id="withdrawn"),
        pytest.param((State.NO_GO,), "It was decided not to apply", "ne pas présenter de demande", id="no-go"),
        pytest.param(
            (State.GO, State.DRAFTING, State.SUBMITTED, State.DECLINED),
            "Your application was declined",
            "a été refusée",
            id="declined",
        ),
        pytest.param(
            (State.GO, State.WITHDRAWN, State.CLOSED), "Your application is closed", "est fermée", id="closed"
        ),
    ],
)
def test_what_an_application_settled_says_why_it_reminds_no_more(
    app: Flask, way: tuple[State, ...], in_english: str, in_french: str
) -> None:
    person = a_member(app, "ana@x.example", Role.WRITER, "kenora")
    browser = browser_of(app, person, community="kenora")
    closes = clock.now().date() + timedelta(days=40)
    with app.app_context():
        with transaction() as session:
            number = an_application(session, person, closes=closes).id
        move(number, person, *way, at=clock.now())
    for language, said in (("en", in_english), ("fr", in_french)):
        page = parse(browser.get(f"/{language}/tracking"))
        assert page.faults() == []
        assert said in parts(page)["settled"].replace("\u00a0", " ")
    detail_page = parse(browser.get(detail(browser)))
    assert detail_page.faults() == []
    assert in_english in detail_page.text("main")


def test_what_was_given_up_can_be_tracked_again(app: Flask) -> None:
    person = a_member(app, "ana@x.example", Role.WRITER, "kenora")
    browser = browser_of(app, person, community="kenora")
    with app.app_context():
        with transaction() as session:
            application = an_application(session, person, closes=clock.now().date() + timedelta(days=40))
            number, key = application.id, application.intake
        move(number, person, State.NO_GO, at=clock.now())
    address, fields = parse(browser.get("/en/tracking")).form("tracking")
    assert fields["intake"] == key
    assert browser.post(address, data=fields).location == "/en/tracking"
    page = parse(browser.get("/en/tracking"))
    assert "You track this now. Its reminders are planned." in page.text("main")
    assert "settled" not in parts(page)


def test_a_program_that_is_tracked_says_so_instead_of_offering_it(
    app: Flask, lead: FlaskClient, stream: str, add: Callable[..., str]
) -> None:
    with app.app_context():
        program = catalogue.present(db.session()).program_of[stream].key
    key = add(40, track=False)
    _, fields = parse(lead.get("/en/account")).form("sign-out")
    offered = lead.get(f"/en/programs/{program}")
    assert f'name="intake" value="{key}"' in offered.text
    lead.post("/en/tracking", data={**fields, "intake": key})
    for language, said in (("en", "You track this."), ("fr", "Vous suivez")):
        page = parse(lead.get(f"/{language}/programs/{program}"))
        assert page.faults() == []
        assert said in page.text("main")
        assert f"/{language}/tracking" in {each.get("href") for each in page.all("a")}
    again = parse(lead.get(f"/en/programs/{program}"))
    assert not any(words(each).startswith("Track this intake") for each in again.all("button"))
