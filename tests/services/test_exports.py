"""The whole export: every table of the community, nobody else's rows, no secret; and the tables for a spreadsheet."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from io import BytesIO, StringIO
from typing import Any
from zipfile import ZipFile

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from grants.domain.bilingual import Language
from grants.domain.communities import Community
from grants.domain.records import read
from grants.services import exports
from grants.services.agenda import agenda
from grants.services.events import What
from grants.store import holdings, tenants
from grants.store.applications import ApplicationRow, EventRow, titles
from grants.store.communities import CommunityRow
from grants.store.database import Model, transaction
from tests.full_workspace import Full, ask_deletion, fill

NOW = datetime(2026, 11, 24, 15, tzinfo=UTC)

pytestmark = pytest.mark.seeded


@pytest.fixture
def kenora(db_session: Session) -> Full:
    """A full workspace, deletion and all, beside that of another community."""
    del db_session
    with transaction() as session:
        full = fill(session, "kenora", NOW)
        fill(session, "guelph", NOW)
        ask_deletion(session, full, NOW)
    return full


def place(session: Session) -> Community:
    return read(session.get_one(CommunityRow, "kenora").record, Community)


def export(full: Full, language: Language = "en") -> Mapping[str, bytes]:
    """Take the archive and unpack it."""
    with transaction() as session:
        whole = exports.workspace(session, place(session), by=full.writer, now=NOW)
    with ZipFile(BytesIO(exports.archive(whole, language))) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def tables(files: Mapping[str, bytes]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = json.loads(files["workspace.json"])["tables"]
    return found


class TestWhole:
    """Nothing is forgotten, also of tables that are added later."""

    def test_every_table_with_a_community_is_in_it_or_named_as_a_persons_own(self, kenora: Full) -> None:
        owned = {table.name for table in Model.metadata.sorted_tables if holdings.COMMUNITY in table.columns}

        assert set(tables(export(kenora))) == owned - {"signed_in", "tracked", "feed"}

    def test_every_row_and_every_column_is_there(self, db_session: Session, kenora: Full) -> None:
        written = tables(export(kenora))

        for table in holdings.tables():
            chosen = select(func.count()).select_from(table).where(table.c.community == "kenora")
            assert len(written[table.name]) == (db_session.scalar(chosen) or -1), table.name
            columns = set(table.columns.keys()) - holdings.SECRETS
            assert all(columns <= set(row) for row in written[table.name]), table.name

    def test_the_csv_files_hold_the_same_rows(self, kenora: Full) -> None:
        files = export(kenora)

        for name, rows in tables(files).items():
            lines = list(csv.DictReader(StringIO(files[f"csv/{name}.csv"].decode("utf-8-sig"))))
            assert [line.get("id") for line in lines] == [str(row["id"]) for row in rows], name

    def test_numbers_of_people_bear_their_names(self, kenora: Full) -> None:
        files = export(kenora)

        assert tables(files)["note"][0]["author_name"] == "Writer of kenora"
        told = json.loads(files["workspace.json"])
        assert {each["email"] for each in told["members"]} == {"kenora-lead@x.example", "kenora-writer@x.example"}

    def test_an_application_without_a_title_bears_the_names_it_is_shown_with(self, kenora: Full) -> None:
        with transaction() as session:
            row = tenants.all_of(session, ApplicationRow, "kenora")[0]
            row.title = ""
            named = titles(session, [row])[row.id]

        files = export(kenora)

        kept = tables(files)["application"][0]
        assert (kept["title"], kept["name_en"], kept["name_fr"]) == ("", named.en, named.fr)
        line = next(csv.DictReader(StringIO(files["csv/application.csv"].decode("utf-8-sig"))))
        assert line["name_fr"] == named.fr

    def test_values_are_exact(self, kenora: Full) -> None:
        files = export(kenora)

        application = tables(files)["application"][0]
        assert (application["asked"], application["created_at"]) == (12_345_67, "2026-11-24T15:00:00+00:00")
        line = next(csv.DictReader(StringIO(files["csv/application.csv"].decode("utf-8-sig"))))
        assert (line["asked"], line["other"]) == ("12345.67", "0.50")
        assert line["created_at (America/Winnipeg)"] == "2026-11-24T10:00:00-05:00"

    def test_french_tables_part_as_french_spreadsheets_do(self, kenora: Full) -> None:
        text = export(kenora, "fr")["csv/application.csv"].decode("utf-8-sig")

        assert next(csv.DictReader(StringIO(text), delimiter=";"))["asked"] == "12345,67"

    def test_nothing_of_another_community_and_no_secret_is_in_it(self, kenora: Full) -> None:
        everything = b"".join(export(kenora).values()).decode()

        assert "Youth hub of kenora" in everything
        assert "of guelph" not in everything
        assert "token_hash" not in everything
        assert not any(secret in everything for secret in kenora.secrets)

    def test_taking_it_is_noted(self, db_session: Session, kenora: Full) -> None:
        files = export(kenora)

        last = tenants.all_of(db_session, EventRow, "kenora")[-1]
        assert (last.kind, last.person) == (What.EXPORTED.value, kenora.writer)
        assert tables(files)["event"][-1]["kind"] == What.EXPORTED.value

    def test_it_says_what_it_holds_in_both_languages(self, kenora: Full) -> None:
        words = export(kenora)["README.txt"].decode()

        assert "The workspace of a community, whole" in words
        assert "en entier" in words


class TestTables:
    """Applications and deadlines for a spreadsheet, in the language of the page."""

    def test_applications(self, db_session: Session, kenora: Full) -> None:
        sheet = exports.applications(db_session, place(db_session), "fr")

        [row] = sheet.rows
        told = {column.title: cell for column, cell in zip(sheet.columns, row, strict=True)}
        assert told["Demande"] == f"Youth hub of {kenora.community}"
        assert told["État"] == "rédaction"
        assert told["Responsable"] == "Writer of kenora"
        assert told["Coût total"] == 12_345_67 + 1_000_00 + 50
        assert told["Date visée"] == date(2027, 1, 3)

    def test_deadlines(self, db_session: Session, kenora: Full) -> None:
        community = place(db_session)
        sheet = exports.deadlines(agenda(db_session, community, kenora.writer, NOW), community, "en")

        told = [(row[0], row[1], row[2], row[4]) for row in sheet.rows]
        assert (date(2026, 12, 8), "Resolution of kenora", "Task", "Writer of kenora") in told
        assert (date(2027, 1, 3), "Your own target date", "Closing", "Writer of kenora") in told
