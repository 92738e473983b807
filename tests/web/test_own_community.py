"""Who is signed in finds the community they work for in every field for one, and nothing is narrowed unasked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from config import Environment
from grants.app import create_app
from grants.domain.bilingual import LANGUAGES
from tests.conftest import dispose, make_settings
from tests.web.html import Page, parse

pytestmark = pytest.mark.seeded

PROGRAM = "/programs/rural-economic-development"


@pytest.fixture
def app(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    """Return a development copy with the real catalogue, in which anybody may sign in."""
    application = create_app(make_settings(database_url, tmp_path, Environment.DEVELOPMENT))
    yield application
    dispose(application)


@pytest.fixture
def lead(client: FlaskClient) -> FlaskClient:
    """A browser in which the plan lead of Kenora is signed in."""
    address, fields = parse(client.get("/en/sign-in")).form("development/lead")
    client.post(address, data=fields)
    return client


def named(page: Page, field: str = "community") -> str | None:
    found = page.by_id(field)
    assert found is not None
    return found.get("value")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/", "q"),
        ("/programs", "community"),
        ("/deadlines", "community"),
        ("/priorities", "community"),
        (PROGRAM, "community"),
    ],
)
def test_the_field_holds_it(app: Flask, lead: FlaskClient, path: str, field: str, language: str) -> None:
    address = f"/{language}{path}"
    page = parse(lead.get(address))
    assert page.faults() == []
    assert named(page, field) == "Kenora"
    assert named(parse(app.test_client().get(address)), field) == ""


@pytest.mark.parametrize("path", ["/programs", "/deadlines"])
def test_no_list_is_narrowed_unasked(app: Flask, lead: FlaskClient, path: str) -> None:
    own, others = parse(lead.get(f"/en{path}")), parse(app.test_client().get(f"/en{path}"))
    assert own.text("h1") == others.text("h1")
    assert own.text("h3") == others.text("h3")


@pytest.mark.parametrize("path", ["/programs", "/deadlines", "/priorities", PROGRAM])
def test_who_emptied_the_field_finds_it_empty(lead: FlaskClient, path: str) -> None:
    assert named(parse(lead.get(f"/en{path}?community="))) == ""


@pytest.mark.parametrize("path", ["/programs", "/deadlines", "/priorities", PROGRAM])
def test_another_community_stays(lead: FlaskClient, path: str) -> None:
    page = parse(lead.get(f"/en{path}?community=dryden"))
    assert "Kenora" not in page.text("h2")
    if page.by_id("community") is not None:
        assert named(page) == "Dryden"


def test_typed_priorities_without_it_stay_without_it(lead: FlaskClient) -> None:
    answer = lead.post("/en/priorities", data={"p": "homelessness", "community": ""})
    page = parse(lead.get(answer.location))
    assert named(page) == ""
    [address] = [address for address, said in page.links() if said == "For Kenora"]
    assert parse_qs(urlsplit(address).query) == {"p": ["homelessness"], "community": ["kenora"]}
    assert "Programs for Kenora" in parse(lead.get(address)).text("h2")


@pytest.mark.parametrize(("language", "words"), [("en", "For Kenora"), ("fr", "Pour Kenora")])
def test_a_program_is_judged_for_it_by_one_click(app: Flask, lead: FlaskClient, language: str, words: str) -> None:
    address = f"/{language}{PROGRAM}"
    assert (f"{address}?community=kenora", words) in parse(lead.get(address)).links()
    chosen = parse(lead.get(f"{address}?community=kenora"))
    assert words in chosen.text("h2")
    assert words not in [said for _, said in chosen.links()]
    assert words not in [said for _, said in parse(app.test_client().get(address)).links()]
