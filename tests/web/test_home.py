"""The home page: one sentence, one field, three lines, the next real deadlines."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from grants.domain.bilingual import Bilingual
from grants.domain.catalogue import AsRead, Confidence, Level, Program, Source, Stream
from grants.domain.communities import Gazetteer
from grants.domain.deadlines import Intake
from grants.services import catalogue
from grants.services.catalogue import Catalogue
from grants.store.database import db
from grants.web.home import ahead
from tests.builders import an_intake, applicants, date_only, undated
from tests.web.html import parse

NOW = datetime(2026, 11, 24, 15, tzinfo=UTC)


def a_catalogue(*intakes: Intake) -> Catalogue:
    """Make a catalogue of programs with one stream of one intake each."""
    stream = Stream(
        key="",
        administrator=Bilingual("Ministry", "Ministère"),
        level=Level.PROVINCIAL,
        summary=Bilingual("Pays", "Paie"),
        french_is_ours=True,
        source=Source("https://example.org", date(2026, 11, 23), Confidence.HIGH),
        rules=(applicants("municipality"),),
        intakes=(),
        as_read=AsRead(),
    )
    programs = [
        Program(f"p{place}", f"Program {place}", (replace(stream, key=f"s{place}", intakes=(intake,)),))
        for place, intake in enumerate(intakes)
    ]
    return Catalogue("1", {each.key: each for each in programs}, {}, {}, Gazetteer([], []), {}, {})


def test_the_next_deadlines_are_those_ahead_soonest_first() -> None:
    present = a_catalogue(
        an_intake(date_only(date(2027, 2, 1)), key="later"),
        an_intake(date_only(date(2026, 11, 1)), key="over"),
        an_intake(undated(), key="rolling"),
        an_intake(date_only(date(2026, 12, 1)), key="soon"),
    )

    due, rolling = ahead(present, NOW)

    assert [each.intake.key for each in due] == ["soon", "later"]
    assert rolling == 1


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "Funding for your community safety and well-being plan"),
        ("fr", "Du financement pour votre plan de sécurité et de bien\u2011être"),
    ],
)
def test_the_job_starts_on_the_first_page(catalogue_client: FlaskClient, language: str, sentence: str) -> None:
    page = parse(catalogue_client.get(f"/{language}/"))

    assert sentence in page.text("h1")
    assert [form.get("action") for form in page.all("form")] == [f"/{language}/communities", f"/{language}/priorities"]
    assert all(form.get("method") == "get" for form in page.all("form"))


def test_the_three_lines_tell_what_the_catalogue_holds(catalogue_app: Flask, catalogue_client: FlaskClient) -> None:
    with catalogue_app.app_context():
        present = catalogue.present(db.session())
    page = parse(catalogue_client.get("/en/"))

    assert f"{len(present.programs)} programs with {len(present.streams)} streams" in page.text("main")


def test_an_empty_catalogue_says_what_is_known(client: FlaskClient) -> None:
    page = parse(client.get("/en/"))

    assert "No program in the catalogue has a closing date ahead" in page.text("main")
    assert page.links_without_words() == []
