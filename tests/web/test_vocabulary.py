"""The vocabulary's pages: for staff only, nothing typed is lost, and the preview comes before saving."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from config import Environment
from grants import clock
from grants.app import create_app
from grants.domain.people import Role
from grants.services import catalogue, feedback, people
from grants.services.feedback import About
from grants.services.practice import KINDS
from grants.store.database import db, transaction
from tests.conftest import dispose, make_settings
from tests.web.html import Page, parse, words

pytestmark = pytest.mark.seeded

PAGE = "/en/vocabulary/homelessness"
SignIn = Callable[..., FlaskClient]


@pytest.fixture
def app(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    """Return a development copy with the real catalogue, in which anybody may sign in."""
    application = create_app(make_settings(database_url, tmp_path, Environment.DEVELOPMENT))
    yield application
    dispose(application)


@pytest.fixture
def sign_in(app: Flask) -> SignIn:
    """Open a browser in which somebody is signed in: a kind of the practice people, staff in a role."""

    def browser(kind: str, role: Role | None = None) -> FlaskClient:
        if role is not None:
            with app.app_context(), transaction() as session:
                people.add(session, KINDS[kind][0], role, clock.now())
        client = app.test_client()
        address, fields = parse(client.get("/en/sign-in")).form(f"development/{kind}")
        client.post(address, data=fields)
        return client

    return browser


@pytest.fixture
def staff(sign_in: SignIn) -> FlaskClient:
    """A browser in which an editor is signed in."""
    return sign_in("staff")


def typed(page: Page) -> dict[str, str]:
    """What the form of a concept's page would send as it stands, without a button."""
    _, fields = page.form("/vocabulary/")
    for area in page.all("textarea"):
        fields[area.get("name", "")] = area.text or ""
    return fields


def send(client: FlaskClient, button: str, address: str = PAGE, **changes: str) -> TestResponse:
    return client.post(address, data={**typed(parse(client.get(address))), **changes, button: "yes"})


# Who may


@pytest.mark.parametrize("address", ["/en/vocabulary", "/en/vocabulary/feedback", PAGE])
@pytest.mark.parametrize(
    ("kind", "role", "status"),
    [
        pytest.param(None, None, 302, id="a visitor is asked to sign in"),
        pytest.param("writer", None, 403, id="writer"),
        pytest.param("lead", None, 403, id="lead"),
        pytest.param("staff", Role.EDITOR, 200, id="editor"),
        pytest.param("staff", Role.APPROVER, 200, id="approver"),
        pytest.param("staff", Role.OPERATOR, 200, id="operator"),
    ],
)
def test_who_may_read(
    client: FlaskClient, sign_in: SignIn, kind: str | None, role: Role | None, address: str, status: int
) -> None:
    browser = sign_in(kind, role) if kind else client
    assert browser.get(address).status_code == status


@pytest.mark.parametrize(
    ("kind", "role", "status"),
    [
        pytest.param(None, None, 302, id="a visitor is asked to sign in"),
        pytest.param("writer", None, 403, id="writer"),
        pytest.param("lead", None, 403, id="lead"),
        pytest.param("staff", Role.OPERATOR, 403, id="operator"),
        pytest.param("staff", Role.EDITOR, 303, id="editor"),
        pytest.param("staff", Role.APPROVER, 303, id="approver"),
    ],
)
def test_who_may_save(app: Flask, sign_in: SignIn, kind: str | None, role: Role | None, status: int) -> None:
    browser = sign_in(kind, role) if kind else app.test_client()
    with app.app_context():
        concept = catalogue.present(db.session()).concepts["homelessness"]
    _, fields = parse(browser.get("/en/account" if kind else "/en/sign-in")).form("sign-" + ("out" if kind else "in"))
    data = {**fields, "label_en": concept.label_en, "label_fr": concept.label_fr, "wordings_en": "only this"}
    answer = browser.post(PAGE, data={**data, "version": "1", "save": "yes"})
    assert answer.status_code == status
    with app.app_context():
        changed = catalogue.present(db.session()).concepts["homelessness"] != concept
    assert changed == (status == 303)


def test_operators_read_without_a_form(sign_in: SignIn) -> None:
    page = parse(sign_in("staff", Role.OPERATOR).get(PAGE))
    assert page.faults() == []
    assert page.all("textarea") == []
    assert "homeless" in page.text("main")


# Looking up


def test_the_list_finds_by_wordings_of_both_languages_and_by_kind(staff: FlaskClient) -> None:
    found = parse(staff.get("/en/vocabulary?q=sans-abrisme"))
    assert found.faults() == []
    assert "Homelessness" in found.text("th")
    sectors = parse(staff.get("/en/vocabulary?kind=sector"))
    assert "12 concepts" in sectors.text("caption")
    assert "No concept has these words" in staff.get("/en/vocabulary?q=zzzz").text


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize(
    "address",
    ["", "?page=9", "?kind=nothing", "/feedback", "/homelessness", "/risk-alc-abuse", "/community", "/ordinary-words"],
)
def test_every_page_is_valid(staff: FlaskClient, app: Flask, language: str, address: str) -> None:
    if address == "/ordinary-words":
        with app.app_context():
            concepts = catalogue.present(db.session()).concepts.values()
        address = "/" + next(each.key for each in concepts if each.kind == "ordinary")
    answer = staff.get(f"/{language}/vocabulary{address}")
    assert answer.status_code == 200
    assert parse(answer).faults() == []


def test_what_is_no_concept_is_not_found(staff: FlaskClient) -> None:
    for key in ("nothing", "nul%00", "x" * 300):
        assert staff.get(f"/en/vocabulary/{key}").status_code == 404


def test_what_is_recalled_is_never_shown_as_official(staff: FlaskClient, app: Flask) -> None:
    with app.app_context():
        concepts = catalogue.present(db.session()).concepts.values()
    recalled = next(each.key for each in concepts if each.evidence == "recalled")
    seen = next(each.key for each in concepts if each.evidence == "seen")
    for key, said in ((recalled, True), (seen, False)):
        text = parse(staff.get(f"/en/vocabulary/{key}")).text("main")
        assert ("Written from memory of the source: not to be shown as official." in text) == said


# Changing


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_preview_shows_what_moves_keeps_what_was_typed_and_saves_nothing(
    staff: FlaskClient, app: Flask, language: str
) -> None:
    address = PAGE.replace("/en/", f"/{language}/")
    answer = send(staff, "preview", address, wordings_en="rent bank", wordings_fr="", related="", label_en="Rent bank")
    page = parse(answer)
    assert (answer.status_code, page.faults()) == (200, [])
    assert {"en": "Before", "fr": "Avant"}[language] in page.text("h4")
    assert {"en": "new here", "fr": "nouveau"}[language] in page.text("ol")
    assert typed(page)["wordings_en"].strip() == "rent bank"
    assert any(each.get("name") == "save" for each in page.all("button"))
    with app.app_context():
        assert catalogue.present(db.session()).concepts["homelessness"].label_en != "Rent bank"


def test_the_save_button_comes_with_the_preview(staff: FlaskClient) -> None:
    assert [each.get("name") for each in parse(staff.get(PAGE)).all("button") if each.get("name")] == ["preview"]


def test_a_preview_names_no_plan_of_a_first_nation(staff: FlaskClient, app: Flask) -> None:
    answer = send(
        staff,
        "preview",
        "/en/vocabulary/indigenous-culture",
        wordings_en="",
        wordings_fr="",
        label_en="Nothing said",
        label_fr="Rien",
        related="",
        broader="",
    )
    assert answer.status_code == 200
    with app.app_context():
        plans = catalogue.present(db.session()).plans.values()
    theirs = [each for each in plans if each.community_type == "first-nation"]
    assert len(theirs) == 3
    for plan in theirs:
        assert plan.name not in answer.text
    assert "Priorities in plans of First Nations are not shown" in answer.text


def test_an_edit_is_saved_with_who_and_when_and_found_at_once(staff: FlaskClient) -> None:
    page = typed(parse(staff.get(PAGE)))
    answer = send(staff, "save", wordings_en=page["wordings_en"] + "\nzzyzx dwellers")
    assert answer.location == PAGE
    shown = parse(staff.get(PAGE))
    assert "added zzyzx dwellers" in shown.text("main")
    assert "Practice ministry staff" in shown.text("main")
    assert typed(shown)["version"] == "2"
    assert "Understood as: Homelessness" in staff.get("/en/priorities?p=zzyzx+dwellers").text


@pytest.mark.parametrize("button", ["preview", "save"])
def test_a_fault_is_a_sentence_and_nothing_typed_is_lost(staff: FlaskClient, button: str) -> None:
    answer = send(staff, button, broader="no such thing", wordings_fr="un mot de moi", label_en="")
    page = parse(answer)
    assert (answer.status_code, page.faults()) == (422, [])
    assert {"#label_en", "#broader"} <= {address for address, _ in page.links()}
    assert "There is no concept “no such thing”." in page.text("main")
    assert typed(page)["wordings_fr"].strip() == "un mot de moi"
    assert typed(page)["broader"].strip() == "no such thing"


def test_a_circle_is_told_in_french_too(staff: FlaskClient, app: Flask) -> None:
    with app.app_context():
        below = next(
            each for each in catalogue.present(db.session()).concepts.values() if "homelessness" in each.broader
        )
    page = parse(send(staff, "save", PAGE.replace("/en/", "/fr/"), broader=below.key))
    assert f"« {below.label_fr} » ne peut pas être plus large".replace("« ", "«\u00a0").replace(
        " »", "\u00a0»"
    ) in page.text("main").replace("« ", "«\u00a0").replace(" »", "\u00a0»")


def test_who_saves_second_sees_both(staff: FlaskClient, sign_in: SignIn) -> None:
    mine = typed(parse(staff.get(PAGE)))
    other = sign_in("staff")
    assert send(other, "save", wordings_en="their wording").status_code == 303
    answer = staff.post(PAGE, data={**mine, "wordings_en": "my wording", "save": "yes"})
    page = parse(answer)
    assert (answer.status_code, page.faults()) == (409, [])
    both = next(words(each) for each in page.all("section") if each.get("aria-labelledby") == "both-1")
    assert "their wording (only here)" in both
    assert "my wording (only here)" in both
    again = typed(page)
    assert again["wordings_en"].strip() == "my wording"
    assert staff.post(PAGE, data={**again, "save": "yes"}).status_code == 303
    assert typed(parse(staff.get(PAGE)))["wordings_en"].strip() == "my wording"


@pytest.mark.parametrize("version", ["", "0", "-1", "x", "9" * 40])
def test_a_form_that_tells_no_version_never_overwrites(staff: FlaskClient, version: str) -> None:
    assert send(staff, "save", label_en="Overwritten", version=version).status_code == 409
    assert "Overwritten" not in parse(staff.get(PAGE)).text("h1")


# What staff hear


def test_staff_hear_of_a_mark_without_the_community(staff: FlaskClient, sign_in: SignIn, app: Flask) -> None:
    sign_in("lead")
    with app.app_context(), transaction() as session:
        present = catalogue.present(session)
        nation = "fn-m-chigeeng-first-nation"
        person = people.add(session, "member@example.org", Role.WRITER, clock.now(), community=nation).id
        plan = present.plans_of[nation][0]
        about = About(nation, plan.priorities[0].key)
        feedback.mark(session, present, about, "reaching-home", person=person, now=clock.now())
    page = parse(staff.get("/en/vocabulary/feedback"))
    assert page.faults() == []
    assert "fewer than 5" in page.text("td")
    assert "Reaching Home" in page.text("td")
    for secret in ("chigeeng", plan.name, plan.priorities[0].title, "member@example.org"):
        assert secret.casefold() not in page.text("main").casefold()
