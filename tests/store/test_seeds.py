"""The seed files: load and export give no difference, twice changes nothing, wrong ones change nothing."""

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskCliRunner
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from config import ROOT
from grants.services import seeds
from grants.store.catalogue import IntakeRow, ProgramRow, StreamRow, revision
from grants.store.database import transaction
from grants.store.kept import Counts
from grants.store.seed_files import read_seeds, write_seeds

SEEDS = ROOT / "seeds"
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def files(folder: Path) -> dict[str, str]:
    """Give every seed file's text by its path."""
    kept = [path for path in folder.rglob("*.json") if path.name != "practice.json"]
    return {str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in kept}


def test_writing_what_was_read_changes_no_file(tmp_path: Path) -> None:
    write_seeds(tmp_path, read_seeds(SEEDS))
    assert files(tmp_path) == files(SEEDS)


def test_load_and_export_give_no_difference(db_session: Session, runner: FlaskCliRunner, tmp_path: Path) -> None:
    loaded = runner.invoke(args=["seed"])
    assert loaded.exit_code == 0, loaded.output
    assert "344  (344 added, 0 changed)" in loaded.output
    exported = runner.invoke(args=["export", str(tmp_path / "out")])
    assert exported.exit_code == 0, exported.output
    assert files(tmp_path / "out") == files(SEEDS)
    assert revision(db_session) != ""


@pytest.mark.seeded
def test_a_second_load_changes_nothing(db_session: Session) -> None:
    before = {row.key: (row.version, row.modified_at) for row in db_session.scalars(select(StreamRow))}
    mark = revision(db_session)
    with transaction() as session:
        counts = seeds.load(session, read_seeds(SEEDS), NOW)
    assert {(count.added, count.changed, count.kept) for count in counts.values()} == {(0, (), 0)}
    assert {row.key: (row.version, row.modified_at) for row in db_session.scalars(select(StreamRow))} == before
    assert revision(db_session) == mark


def changed_seeds(folder: Path, stream: str, **entries: object) -> Path:
    """Copy the seed files and change one stream's record."""
    shutil.copytree(SEEDS, folder)
    for path in (folder / "programs").glob("*.json"):
        program = json.loads(path.read_text(encoding="utf-8"))
        for record in program["streams"]:
            if record["key"] == stream:
                record.update(entries)
                path.write_text(json.dumps(program, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return folder


@pytest.mark.seeded
def test_a_changed_seed_changes_its_row_alone(db_session: Session, tmp_path: Path) -> None:
    folder = changed_seeds(tmp_path / "seeds", "ride-grant", contact_email="ride@example.org")
    mark = revision(db_session)
    with transaction() as session:
        counts = seeds.load(session, read_seeds(folder), NOW)
    assert counts["streams"] == Counts(added=0, changed=("ride-grant",), unchanged=343, kept=0)
    row = db_session.get_one(StreamRow, "ride-grant")
    assert (row.record["contact_email"], row.version, row.modified_at) == ("ride@example.org", 2, NOW)
    assert revision(db_session) != mark


@pytest.mark.seeded
def test_an_edit_made_here_stays(db_session: Session, tmp_path: Path) -> None:
    with transaction() as session:
        row = session.get_one(StreamRow, "ride-grant")
        row.record = {**row.record, "contact_email": "edited@example.org"}
    folder = changed_seeds(tmp_path / "seeds", "ride-grant", contact_email="seed@example.org")
    with transaction() as session:
        counts = seeds.load(session, read_seeds(folder), NOW + timedelta(days=1))
    assert counts["streams"].kept == 1
    assert db_session.get_one(StreamRow, "ride-grant").record["contact_email"] == "edited@example.org"


@pytest.mark.parametrize(
    ("file", "text", "sentence"),
    [
        pytest.param("facts.json", "[", "is not JSON", id="no JSON"),
        pytest.param("facts.json", "[]", "names an unknown fact", id="a fact that rules name is gone"),
        pytest.param("communities/regions.json", "[]", "names an unknown place", id="a region is gone"),
        pytest.param("plans/made-up.json", '{"key": "made-up"}', "made-up", id="a plan without its parts"),
    ],
)
def test_wrong_seeds_change_nothing(
    db_session: Session, runner: FlaskCliRunner, tmp_path: Path, file: str, text: str, sentence: str
) -> None:
    shutil.copytree(SEEDS, tmp_path / "seeds")
    (tmp_path / "seeds" / file).write_text(text, encoding="utf-8")
    result = runner.invoke(args=["seed", "--from", str(tmp_path / "seeds")])
    assert result.exit_code == 2
    assert sentence in result.output
    assert db_session.scalar(select(func.count()).select_from(ProgramRow)) == 0


@pytest.mark.seeded
def test_none_of_the_344_streams_is_lost(db_session: Session) -> None:
    assert db_session.scalar(select(func.count()).select_from(StreamRow)) == 344
    without = select(StreamRow.key).where(StreamRow.key.not_in(select(IntakeRow.stream)))
    assert db_session.scalars(without).all() == []
