"""Broad words and marks on the pages of a community: kept for its members, in the address for everybody else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from config import Environment
from grants import clock
from grants.app import create_app
from grants.domain.plans import Plan, Priority
from grants.domain.records import write
from grants.services import feedback
from grants.services.feedback import NOTHING_SAID
from grants.store import catalogue as rows
from grants.store.database import db, transaction
from grants.store.kept import keep
from grants.store.plans import PlanRow
from tests.conftest import dispose, make_settings
from tests.web.html import Page, parse, words

pytestmark = pytest.mark.seeded

HOME = "/en/communities/kenora"
PLAN = Plan(
    key="broad",
    name="A broad plan",
    kind="CSWB plan",
    is_cswb_plan=True,
    priorities_are_own=True,
    communities=("Kenora",),
    community_ids=("kenora",),
    language="en",
    source_url="https://example.org/plan",
    priorities=(Priority("broad/1", "Community"), Priority("broad/2", "Homelessness")),
)
SignIn = Callable[[str], FlaskClient]


@pytest.fixture
def app(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    """Return a development copy in which Kenora has a plan with broad words."""
    application = create_app(make_settings(database_url, tmp_path, Environment.DEVELOPMENT))
    with application.app_context(), transaction() as session:
        keep(session, PlanRow, [(PLAN.key, write(PLAN), {})], clock.now())
        rows.raise_revision(session)
    yield application
    dispose(application)


@pytest.fixture
def sign_in(app: Flask) -> SignIn:
    """Open a browser in which somebody of a kind is signed in; writer and lead work for Kenora."""

    def browser(kind: str) -> FlaskClient:
        client = app.test_client()
        address, fields = parse(client.get("/en/sign-in")).form(f"development/{kind}")
        client.post(address, data=fields)
        return client

    return browser


def section(page: Page, number: int) -> str:
    return next(words(each) for each in page.all("section") if each.get("aria-labelledby") == f"priority-{number}")


def programs(page: Page, number: int) -> list[str]:
    """The programs listed for a priority, best first."""
    inside = next(each for each in page.all("section") if each.get("aria-labelledby") == f"priority-{number}")
    return [words(heading) for rows in inside.iter("ol") for heading in rows.iter("h3")]


def press(client: FlaskClient, page: Page, address: str, **fields: str) -> None:
    """Send the first form of a page that leads to an address, and follow it to a page without faults."""
    action, hidden = page.form(address)
    answer = client.post(action, data={**hidden, **fields})
    assert answer.status_code == 303, answer.status
    assert answer.location.startswith(HOME)


def token(client: FlaskClient) -> dict[str, str]:
    return {"csrf_token": parse(client.get("/en/account")).form("sign-out")[1]["csrf_token"]}


# Visitors


def test_a_visitor_chooses_a_reading_in_the_address_and_takes_it_back(client: FlaskClient) -> None:
    page = parse(client.get(HOME))
    assert "Did you mean:" in section(page, 1)
    link = next(address for address, said in page.links() if "reading=1:community-safety" in address and said)
    chosen = parse(client.get(link))
    assert chosen.faults() == []
    assert "They are read as chosen:" in section(chosen, 1)
    assert "Did you mean:" not in section(chosen, 1)
    assert programs(chosen, 1) != programs(page, 1)
    assert programs(chosen, 2) == programs(page, 2)
    back = next(address for address, said in chosen.links() if said.startswith("Take away:"))
    assert programs(parse(client.get(back)), 1) == programs(page, 1)


def test_the_reading_goes_along_to_the_full_list_the_filters_and_the_other_language(client: FlaskClient) -> None:
    page = parse(client.get(f"{HOME}?reading=1:community-safety"))
    for part in ("/priorities/1?", "verdict=eligible", "/fr/communities/kenora?"):
        address = next(each for each, _ in page.links() if part in each)
        assert "community-safety" in address, part
    assert "They are read as chosen:" in client.get(f"{HOME}/priorities/1?reading=1:community-safety").text
    assert "Ils sont lus" in client.get("/fr/communities/kenora?reading=1:community-safety").text


def test_typed_priorities_are_read_as_the_address_says(client: FlaskClient) -> None:
    asked = "/en/priorities?p=Homelessness&p=Community&community=kenora"
    page = parse(client.get(asked))
    link = next(address for address, _ in page.links() if "reading=2:community-belonging" in address)
    chosen = parse(client.get(link))
    assert chosen.faults() == []
    assert programs(chosen, 1) == programs(page, 1)
    assert programs(chosen, 2) != programs(page, 2)


@pytest.mark.parametrize(
    "reading", ["1", "1:", ":x", "0:community-safety", "9:community-safety", "x:y", "1:nothing", "1:%00", "1" * 99]
)
def test_a_reading_that_is_none_changes_nothing(client: FlaskClient, reading: str) -> None:
    page = parse(client.get(f"{HOME}?reading={reading}"))
    assert page.faults() == []
    assert programs(page, 1) == programs(parse(client.get(HOME)), 1)


def test_visitors_and_staff_see_nothing_to_mark(client: FlaskClient, sign_in: SignIn) -> None:
    for browser in (client, sign_in("staff")):
        page = parse(browser.get(HOME))
        assert "Not relevant" not in page.text("main")
        assert [each for each in page.all("form") if each.get("method") == "post"] == []


# Members


@pytest.mark.parametrize("kind", ["writer", "lead"])
def test_a_members_choice_is_kept_for_all_members_and_nobody_else(
    app: Flask, client: FlaskClient, sign_in: SignIn, kind: str
) -> None:
    member, other = sign_in(kind), sign_in("lead" if kind == "writer" else "writer")
    page = parse(member.get(HOME))
    before = programs(page, 1)
    press(member, page, "/readings", choose="community-safety")
    for browser in (member, other):
        seen = parse(browser.get(HOME))
        assert seen.faults() == []
        assert programs(seen, 1) != before
        assert f"Practice {'grant writer' if kind == 'writer' else 'plan lead'}" in section(seen, 1)
    for browser in (client, sign_in("staff")):
        assert programs(parse(browser.get(HOME)), 1) == before
        assert "Practice" not in section(parse(browser.get(HOME)), 1)
    press(other, parse(other.get(HOME)), "/readings", drop="community-safety")
    assert programs(parse(member.get(HOME)), 1) == before
    with app.app_context():
        assert feedback.own(db.session(), "kenora") == NOTHING_SAID


def test_a_mark_folds_the_row_for_members_until_it_is_undone(client: FlaskClient, sign_in: SignIn) -> None:
    member, plain = sign_in("writer"), parse(client.get(HOME))
    first = programs(plain, 2)[0]
    page = parse(member.get(HOME))
    inside = next(each for each in page.all("section") if each.get("aria-labelledby") == "priority-2")
    form = next(each for each in inside.iter("form") if each.get("action", "").endswith("/not-relevant"))
    hidden = {each.get("name", ""): each.get("value", "") for each in form.iter("input")}
    key = next(each.get("value", "") for each in form.iter("button"))
    answer = member.post(form.get("action", ""), data={**hidden, "program": key})
    assert answer.location == f"{HOME}#priority-2"
    for address in (HOME, f"{HOME}/priorities/2"):
        marked = parse(member.get(address))
        assert marked.faults() == []
        assert "Marked not relevant: one program" in marked.text("summary")
        assert "Practice grant writer" in marked.text("details")
    assert first not in programs(parse(member.get(HOME)), 2)
    assert programs(parse(client.get(HOME)), 2) == programs(plain, 2)
    press(member, parse(member.get(HOME)), "/not-relevant/undo", program=key)
    assert programs(parse(member.get(HOME)), 2) == programs(plain, 2)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_pages_of_members_are_valid(sign_in: SignIn, language: str) -> None:
    member = sign_in("lead")
    for address in ("communities/kenora", "communities/kenora/priorities/1", "communities/kenora/priorities/2"):
        assert parse(member.get(f"/{language}/{address}")).faults() == []


# Who may

WRITES = ("readings", "not-relevant", "not-relevant/undo")
MARK = {"priority": "broad/2", "program": "reaching-home", "choose": "community-safety"}


@pytest.mark.parametrize("path", WRITES)
@pytest.mark.parametrize(
    ("kind", "community", "status"),
    [
        pytest.param(None, "kenora", 302, id="a visitor is asked to sign in"),
        pytest.param("staff", "kenora", 404, id="staff find nothing"),
        pytest.param("writer", "dryden", 404, id="a member of another community finds nothing"),
        pytest.param("lead", "fn-m-chigeeng-first-nation", 404, id="nor does its lead"),
        pytest.param("lead", "nowhere", 404, id="as for a community that is none"),
        pytest.param("lead", "nul%00", 404, id="or cannot be one"),
    ],
)
def test_nobody_writes_for_a_community_they_do_not_work_for(
    app: Flask, sign_in: SignIn, path: str, kind: str | None, community: str, status: int
) -> None:
    browser = sign_in(kind) if kind else app.test_client()
    sent = token(browser) if kind else parse(browser.get("/en/sign-in")).form("sign-in")[1]
    answer = browser.post(f"/en/communities/{community}/{path}", data={**sent, **MARK})
    assert answer.status_code == status
    if status == 302:
        assert answer.location.startswith("/en/sign-in")
    with app.app_context():
        assert feedback.irrelevances(db.session()) == []
        assert feedback.preferences(db.session()) == []


@pytest.mark.parametrize(
    "sent",
    [
        {"priority": "broad/2", "program": "nothing", "choose": "nothing"},
        {"priority": "guelph-community-plan/1", "program": "reaching-home", "choose": "community-safety"},
        {"priority": "nul\0", "program": "nul\0", "choose": "nul\0"},
        {},
    ],
)
@pytest.mark.parametrize("path", WRITES)
def test_what_does_not_exist_is_not_found(sign_in: SignIn, path: str, sent: dict[str, str]) -> None:
    lead = sign_in("lead")
    assert lead.post(f"{HOME}/{path}", data={**token(lead), **sent}).status_code == 404


def test_a_form_without_its_token_is_refused(sign_in: SignIn) -> None:
    assert sign_in("lead").post(f"{HOME}/not-relevant", data=MARK).status_code == 400
