"""The whole story in one browser, from an invitation to a cookie that opens nothing: letters travel over real SMTP."""

from __future__ import annotations

import json
import re
import socket
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from datetime import time as dt_time
from email import message_from_bytes, policy
from email.message import EmailMessage
from http import HTTPStatus
from http.client import HTTPConnection
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import openpyxl
import pytest
import vobject
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from flask_babel import gettext
from passlib.totp import TOTP
from playwright.sync_api import Browser, Page, expect

from config import Settings
from grants import clock
from grants.delivery.letters import sender, stationery
from grants.domain import phrases
from grants.domain.applications import State, state_words
from grants.domain.bilingual import Language
from grants.services import ticks
from grants.store.database import transaction
from tests.e2e.conftest import Site, opened, served

STREAM = "csp-grant-local-priorities"
PROGRAM = "csp-grant"
APPROVER, LEAD = "approver@ministry.example", "zoe@kenora.example"
PASSWORD = "four quiet words together"
PERIOD = 30
"""Seconds after which a phone shows another code."""
MORNING = dt_time(15)
"""An hour, in UTC, that is past 8:30 wherever in Ontario somebody is reminded."""


@dataclass
class Post:
    """A mail server of somebody else's making, and what it took."""

    port: int = 0
    letters: list[EmailMessage] = field(default_factory=list)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content
        assert isinstance(content, bytes)
        letter = message_from_bytes(content, policy=policy.default)
        assert isinstance(letter, EmailMessage)
        self.letters.append(letter)
        return "250 taken"

    def newest(self, recipient: str) -> EmailMessage:
        """Give the last letter that came for somebody."""
        return next(each for each in reversed(self.letters) if recipient in each["To"])


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody in front of a browser: their page, the words they see, and where letters are delivered."""

    page: Page
    site: Site
    post: Post
    language: Language

    def say(self, msgid: str, **values: object) -> str:
        """Give a sentence of the pages in the reader's language."""
        with self.site.app.test_request_context(f"/{self.language}/"):
            return str(gettext(msgid, **values))

    def opens(self, path: str) -> None:
        """Go to a page by its address without the language."""
        self.page.goto(f"/{self.language}{path}")

    def presses(self, msgid: str) -> None:
        """Press the one button of these words; what only ears hear after a colon does not count."""
        words = re.compile(rf"^{re.escape(self.say(msgid))}(?:\s*:|$)")
        self.page.get_by_role("main").get_by_role("button", name=words).click()

    def follows(self, msgid: str) -> None:
        """Follow the one link of these words."""
        self.page.get_by_role("main").get_by_role("link", name=self.say(msgid), exact=True).click()

    def types(self, msgid: str, text: str) -> None:
        """Fill in the field of this label."""
        self.page.get_by_label(self.say(msgid), exact=True).fill(text)

    def sees(self, *words: str) -> None:
        """Make sure that the page says this, at the beginning of a sentence or within one."""
        for each in words:
            expect(self.page.get_by_role("main")).to_contain_text(each, ignore_case=True)

    def sees_heading(self, words: str) -> None:
        """Make sure which page is open."""
        expect(self.page.get_by_role("heading", level=1)).to_have_text(words)

    def reads(self, state: State) -> None:
        """Make sure where the application stands."""
        said = state_words(state).in_(self.language)
        expect(self.page.locator("main .lead")).to_contain_text(f"{said}.", ignore_case=True)

    def opens_link(self, letter: EmailMessage, part: str) -> None:
        """Open the link of a letter that leads to a page, in the reader's language."""
        links = re.findall(rf"{re.escape(self.site.url)}/(?:en|fr)/{part}/\S+", text_of(letter, "plain"))
        mine = next((each for each in links if f"/{self.language}/" in each), None)
        self.page.goto(mine or links[0])
        if mine is None:
            self.page.locator("a.language").click()


@pytest.fixture
def post() -> Iterator[Post]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        kept = Post(probe.getsockname()[1])
    controller = Controller(kept, hostname="127.0.0.1", port=kept.port)
    controller.start()
    yield kept
    controller.stop()


@pytest.fixture
def site(post: Post, sqlite_template: Callable[[bool], Path], tmp_path: Path) -> Iterator[Site]:
    with served(sqlite_template(True), tmp_path, smtp_host="127.0.0.1", smtp_port=post.port) as served_site:  # noqa: FBT003
        yield served_site


@pytest.mark.parametrize(
    ("language", "width", "scripts"), [("en", 1280, True), ("fr", 360, False)], ids=["en-1280", "fr-360-no-scripts"]
)
def test_from_an_invitation_to_a_cookie_that_opens_nothing(
    browser: Browser, site: Site, post: Post, language: Language, width: int, *, scripts: bool
) -> None:
    setting = {
        "viewport": {"width": width, "height": 800},
        "locale": f"{language}-CA",
        "java_script_enabled": scripts,
    }
    command(site, "user", "add", APPROVER, "--role", "approver", "--name", "Ama")
    with opened(browser, site, **setting) as page:
        approver = Reader(page, site, post, language)
        choose_a_first_password(approver)
        set_up_the_second_factor(approver, asked=True)
        invite(approver, "Kenora")
        invite(approver, "Dryden")
    first, second = (each for each in post.letters if LEAD in each["To"])

    with opened(browser, site, **setting) as page:
        lead = Reader(page, site, post, language)
        accept_by_the_letter(lead, first, "Kenora")
        accept_as_somebody_known(lead, second, "Dryden")
        key = turn_the_second_factor_on(lead)
        sign_out(lead)
        sign_in_with_a_code(lead, key)
        choose_a_community(lead, "Dryden", "kenora")

        closes = a_weekday(clock.today() + timedelta(days=110))
        command(site, "intake", "add", STREAM, "--closes", closes.isoformat())
        track(lead, closes)
        begin(lead)
        council = a_weekday(clock.today() + timedelta(days=40)), a_weekday(clock.today() + timedelta(days=75))
        enter_the_dates_of_council(lead, *council)
        tasks = plan_back(lead, council[-1])
        application = lead.page.url
        be_reminded(lead, closes)
        lead.page.goto(application)
        move_to_submitted(lead)
        open_the_feed_in_a_calendar(lead, closes, tasks)
        export(lead)
        with opened(browser, site, **setting) as other:
            thief = Reader(other, site, post, language)
            other.context.add_cookies(
                [{"name": each["name"], "value": each["value"], "url": site.url} for each in page.context.cookies()]
            )
            thief.opens("/workspace")
            expect(other.get_by_role("heading", level=1)).to_contain_text("Kenora")
            sign_out(lead)
            thief.opens("/workspace")
            thief.sees_heading(thief.say("Sign in"))


# The approver


def choose_a_first_password(reader: Reader) -> None:
    """Ask for a link, read it in the letter, choose a password by it."""
    reader.opens("/forgotten-password")
    reader.types("E-mail address", APPROVER)
    reader.page.get_by_role("main").get_by_role("button").click()
    reader.sees_heading(reader.say("Look into your mailbox"))
    deliver(reader.site)

    reader.opens_link(reader.post.newest(APPROVER), "password")
    reader.sees(reader.say("For the account of %(email)s.", email=APPROVER))
    reader.types("Password", PASSWORD)
    reader.presses("Keep it and sign in")


def set_up_the_second_factor(reader: Reader, *, asked: bool) -> str:
    """Type the key into the phone and the phone's code into the page; give the key."""
    reader.sees_heading(reader.say("Set up a second factor"))
    key = reader.page.locator(".key").inner_text()
    reader.types("Code", code(key))
    if not asked:
        reader.types("Your password", PASSWORD)
    reader.presses("Turn it on")
    reader.sees_heading(reader.say("Your recovery codes"))
    expect(reader.page.locator(".codes li")).to_have_count(10)
    reader.follows("I have saved them, continue")
    return key


def invite(reader: Reader, community: str) -> None:
    """Invite the lead of a community's plan; the letter leaves with the next tick."""
    reader.opens("/staff/leads")
    reader.follows("Invite a plan lead")
    reader.types("Community", community)
    reader.types("E-mail address", LEAD)
    reader.presses("Send the invitation")
    reader.sees_heading(reader.say("Plan leads of communities"))
    reader.sees(LEAD)
    deliver(reader.site)


# The lead comes in


def accept_by_the_letter(reader: Reader, letter: EmailMessage, place: str) -> None:
    """Accept with a new account."""
    reader.opens_link(letter, "invitations")
    expect(reader.page.get_by_role("heading", level=1)).to_contain_text(place)
    reader.sees("Ama")
    reader.types("Your name", "Zoé Roy")
    reader.types("Password", PASSWORD)
    reader.presses("Accept and make my account")
    reader.sees(reader.say("Welcome. Your account is made and you are signed in."))
    expect(reader.page.get_by_role("heading", level=1)).to_contain_text(place)


def accept_as_somebody_known(reader: Reader, letter: EmailMessage, place: str) -> None:
    """Accept a second invitation with the account of the first."""
    reader.opens_link(letter, "invitations")
    expect(reader.page.get_by_role("heading", level=1)).to_contain_text(place)
    reader.presses("Accept")
    reader.sees(reader.say("You have accepted the invitation."))
    expect(reader.page.get_by_role("heading", level=1)).to_contain_text(place)


def turn_the_second_factor_on(reader: Reader) -> str:
    """Find it in the account, set it up, and see that it is on."""
    reader.opens("/account")
    reader.follows("Second factor")
    reader.sees(reader.say("It is off: your password alone lets you in."))
    reader.follows("Set up a second factor")
    key = set_up_the_second_factor(reader, asked=False)
    reader.sees_heading(reader.say("Second factor"))
    expect(reader.page.get_by_role("link", name=reader.say("Turn it off"))).to_be_visible()
    deliver(reader.site)
    assert "A second factor was set up" in reader.post.newest(LEAD)["Subject"]
    return key


def sign_out(reader: Reader) -> None:
    """Leave by the account."""
    reader.opens("/account")
    reader.presses("Sign out")
    reader.sees(reader.say("You are signed out."))


def sign_in_with_a_code(reader: Reader, key: str) -> None:
    """Give the password, then the phone's next code; before it nothing opens."""
    reader.opens("/sign-in")
    reader.types("E-mail address", LEAD)
    reader.types("Password", PASSWORD)
    reader.presses("Sign in")
    reader.sees_heading(reader.say("Type your code"))
    reader.opens("/workspace")
    reader.sees_heading(reader.say("Type your code"))
    reader.types("Code", code(key, ahead=1))
    reader.presses("Go on")


def choose_a_community(reader: Reader, last: str, key: str) -> None:
    """Go from the community that was worked for last to the other one."""
    heading = reader.page.get_by_role("heading", level=1)
    expect(heading).to_contain_text(last)
    reader.page.get_by_label(reader.say("You work for"), exact=True).select_option(key)
    reader.presses("Switch")
    expect(heading).to_contain_text(key.title())


# The application


def track(reader: Reader, closes: date) -> None:
    """Open the program, see when it closes, and track that."""
    reader.opens(f"/programs/{PROGRAM}?community=kenora")
    reader.sees(phrases.day(closes, reader.language))
    reader.page.get_by_role("button", name=reader.say("Track this intake")).first.click()
    reader.sees(reader.say("You track this now. Its reminders are planned."))
    reader.opens("/tracking")
    reader.sees(phrases.day(closes, reader.language))


def begin(reader: Reader) -> None:
    """Begin an application on the page of the program."""
    reader.opens(f"/programs/{PROGRAM}?community=kenora")
    reader.page.get_by_role("button", name=reader.say("Begin an application")).first.click()
    reader.sees(
        reader.say("The application is begun. You look after it, and its work is proposed below: change what you like.")
    )
    reader.reads(State.CONSIDERING)


def enter_the_dates_of_council(reader: Reader, *days: date) -> None:
    """Enter two meetings of council as a list."""
    application = reader.page.url
    reader.opens("/meetings")
    reader.page.locator("#listed").fill("\n".join(day.isoformat() for day in days))
    reader.presses("Add meetings")
    reader.sees(*(phrases.day(day, reader.language) for day in days))
    reader.page.goto(application)


def plan_back(reader: Reader, last_safe: date) -> list[str]:
    """Let the work be planned back from the closing, and accept it; give what is to be done."""
    reader.follows("Plan back from the closing")
    reader.sees(reader.say("Last safe council meeting"), phrases.day(last_safe, reader.language))
    expect(reader.page.locator("main .lead")).to_contain_text(reader.say("It can be done in time.").removesuffix("."))
    reader.presses("Accept these dates")
    expect(reader.page.locator("main .notice.good")).to_be_visible()
    tasks = reader.page.locator("li[id^=task-]")
    expect(tasks.filter(has=reader.page.locator("time"))).to_have_count(tasks.count())
    return tasks.get_by_role("heading").all_inner_texts()


def move_to_submitted(reader: Reader) -> None:
    """Move it on state by state, as far as the funder."""
    for state in (State.GO, State.DRAFTING, State.INTERNAL_REVIEW, State.COUNCIL_APPROVAL):
        reader.page.locator("form.move select").select_option(state.value)
        reader.presses("Move")
        reader.reads(state)
    reader.page.locator("form.move select").select_option(State.SUBMITTED.value)
    reader.presses("Move")
    reader.page.get_by_label(reader.say("These are not needed any more, or will follow")).check()
    reader.types("Number that the funder gave it", "TPON-4711")
    reader.presses("Move it")
    reader.reads(State.SUBMITTED)
    reader.sees("TPON-4711")


# What comes of it


def be_reminded(reader: Reader, closes: date) -> None:
    """Let time pass to the morning 60 days before: the reminder comes by mail, and the page tells of it."""
    before = len(reader.post.letters)
    deliver(reader.site)
    assert len(reader.post.letters) == before, "nothing is due yet, and what one does oneself is no news"
    deliver(reader.site, datetime.combine(closes - timedelta(days=60), MORNING, UTC))
    assert len(reader.post.letters) == before + 1, "all of a morning is one letter"

    letter = reader.post.newest(LEAD)
    assert letter["List-Unsubscribe"].strip().startswith(f"<{reader.site.url}/unsubscribe/")
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert letter.get_content_type() == "multipart/alternative"
    for kind in ("plain", "html"):
        assert phrases.day(closes, reader.language) in text_of(letter, kind)
    reader.opens("/tracking")
    reader.sees(letter["Subject"])


def open_the_feed_in_a_calendar(reader: Reader, closes: date, tasks: list[str]) -> None:
    """Make a feed, read it as a calendar program does, stop it."""
    reader.opens("/feeds")
    reader.presses("Make the address")
    address = reader.page.locator("#address").input_value()
    status, content = fetched(address)
    assert status == HTTPStatus.OK
    entries = [each for each in vobject.readOne(content).components() if each.name == "VEVENT"]
    assert closes in [each.dtstart.value for each in entries], "a date without an hour is a whole day"
    told = " ".join(each.summary.value for each in entries)
    assert len(tasks) > 3
    assert [each for each in tasks if each not in told] == []

    reader.opens("/feeds")
    reader.presses("Stop this address")
    expect(reader.page.locator("main .notice.good")).to_be_visible()
    assert fetched(address)[0] == HTTPStatus.NOT_FOUND


def export(reader: Reader) -> None:
    """Take everything, and the table of applications."""
    reader.opens("/export")
    with reader.page.expect_download() as taken:
        reader.presses("Export everything")
    with zipfile.ZipFile(taken.value.path()) as archive:
        tables = json.loads(archive.read("workspace.json"))["tables"]
        assert [each["state"] for each in tables["application"]] == [State.SUBMITTED]
        assert "TPON-4711" in archive.read("csv/application.csv").decode("utf-8-sig")
    with reader.page.expect_download() as taken:
        reader.page.locator("a[href$='/applications.xlsx']").click()
    rows = list(openpyxl.load_workbook(BytesIO(taken.value.path().read_bytes())).worksheets[0].values)
    submitted = state_words(State.SUBMITTED).in_(reader.language)
    assert [submitted in [str(each).casefold() for each in row] for row in rows] == [False, True], "a head and a row"


# The world around


def command(site: Site, *words: str) -> dict[str, Any]:
    """Run a command of an operator, and give its answer."""
    with site.app.app_context():
        result = site.app.test_cli_runner().invoke(args=[*words, "--json"])
    assert result.exit_code == 0, result.output
    told: dict[str, Any] = json.loads(result.output)
    return told


def deliver(site: Site, at: datetime | None = None) -> None:
    """Run a tick: now by the command, or at another moment."""
    if at is None:
        command(site, "tick")
        return
    settings: Settings = site.app.config["SETTINGS"]
    with site.app.app_context():
        ticks.tick(transaction, lambda: at, sender(settings), stationery(settings))


def fetched(address: str) -> tuple[int, str]:
    """Ask for an address as a program does that has no cookie; give the status and the text."""
    parts = urlsplit(address)
    with closing(HTTPConnection(parts.netloc)) as connection:
        connection.request("GET", parts.path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


def code(key: str, *, ahead: int = 0) -> str:
    """Give what a phone with this key shows now, or so many codes later: none serves twice."""
    return str(TOTP(key=key).generate(time.time() + ahead * PERIOD).token)


def text_of(letter: EmailMessage, kind: str) -> str:
    """Give one of the two parts of a letter."""
    part = letter.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def a_weekday(day: date) -> date:
    """Give the day itself, or the Monday after a weekend."""
    return day + timedelta(days=(7 - day.weekday()) % 7 if day.weekday() > 4 else 0)
