"""Taking data away: the whole workspace by a form, tables by links, in the language of the page."""

from __future__ import annotations

import csv
import json
from io import BytesIO, StringIO
from zipfile import ZipFile

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient

from grants import clock
from grants.store.database import transaction
from tests.full_workspace import Full, fill
from tests.signing_in import browser_of
from tests.web.html import parse

pytestmark = pytest.mark.seeded


@pytest.fixture
def kenora(app: Flask) -> Full:
    """A full workspace."""
    with app.app_context(), transaction() as session:
        return fill(session, "kenora", clock.now())


@pytest.fixture
def writer(app: Flask, kenora: Full) -> FlaskClient:
    """The browser of the grant writer."""
    return browser_of(app, kenora.writer, community="kenora")


def test_the_whole_workspace_comes_as_a_named_zip_file(writer: FlaskClient) -> None:
    address, fields = parse(writer.get("/en/export")).form("/export")
    answer = writer.post(address, data=fields)

    assert answer.mimetype == "application/zip"
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=kenora-workspace-20")
    with ZipFile(BytesIO(answer.data)) as packed:
        assert json.loads(packed.read("workspace.json"))["community"]["key"] == "kenora"


def test_the_form_wants_its_token(writer: FlaskClient) -> None:
    assert writer.post("/en/export").status_code == 400


@pytest.mark.parametrize(("language", "separator", "heading"), [("en", ",", "Asked"), ("fr", ";", "Montant demandé")])
def test_applications_as_csv(writer: FlaskClient, language: str, separator: str, heading: str) -> None:
    answer = writer.get(f"/{language}/applications.csv")

    assert answer.mimetype == "text/csv"
    [row] = csv.DictReader(StringIO(answer.data.decode("utf-8-sig")), delimiter=separator)
    assert row[heading].replace(",", ".") == "12345.67"


def test_deadlines_as_a_workbook(writer: FlaskClient) -> None:
    sheet = openpyxl.load_workbook(BytesIO(writer.get("/en/workspace/deadlines.xlsx").data)).worksheets[0]

    assert "Resolution of kenora" in [row[1] for row in sheet.iter_rows(values_only=True)]


def test_my_own_deadlines_are_mine(app: Flask, kenora: Full, writer: FlaskClient) -> None:
    lead = browser_of(app, kenora.lead, community="kenora")

    assert b"Resolution of kenora" in writer.get("/en/workspace/deadlines.csv?who=mine").data
    assert b"Resolution of kenora" not in lead.get("/en/workspace/deadlines.csv?who=mine").data
    assert b"Resolution of kenora" in lead.get("/en/workspace/deadlines.csv").data


def test_no_other_form_is_made(writer: FlaskClient) -> None:
    assert writer.get("/en/applications.pdf").status_code == 404


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_page_is_valid_and_every_link_gives_a_file(writer: FlaskClient, language: str) -> None:
    page = parse(writer.get(f"/{language}/export"))
    assert page.faults() == []

    files = [address for address, _words in page.links() if ".csv" in address or ".xlsx" in address]
    assert len(files) == 6
    for address in files:
        answer = writer.get(address)
        assert answer.status_code == 200, address
        assert answer.headers["Content-Disposition"].startswith("attachment"), address
