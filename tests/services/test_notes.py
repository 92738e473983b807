"""Notes, and the promise that two people who write at once both keep what they wrote."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from grants.services import applications, notes
from grants.services.catalogue import NotFoundError
from grants.services.conflicts import ConflictError, RefusedError
from grants.store import applications as rows
from grants.store import tenants
from grants.store.applications import EventRow
from grants.store.database import db, transaction
from tests.begun import NOW, a_person, an_application, hand

pytestmark = [pytest.mark.one_database, pytest.mark.seeded]

EDITS, WRITERS = 200, 4


@pytest.fixture
def ana(db_session: Session) -> int:
    """A grant writer of Kenora."""
    del db_session
    return a_person()


@pytest.fixture
def begun(ana: int) -> int:
    """An application of Kenora's."""
    with transaction() as session:
        return an_application(session, ana).id


@pytest.fixture
def note(ana: int, begun: int) -> int:
    """A note on it."""
    with transaction() as session:
        return notes.add(session, applications.one(session, "kenora", begun), "first\r\nwords ", hand(ana)).id


def test_a_note_is_kept_as_it_was_written(db_session: Session, ana: int, begun: int, note: int) -> None:
    kept = notes.one(db_session, "kenora", begun, note)
    assert (kept.text, kept.author, kept.at, kept.edited_at) == ("first\nwords", ana, NOW, None)
    long = " ".join(["mot"] * 2_000)
    with transaction() as session:
        added = notes.add(session, applications.one(session, "kenora", begun), long, hand(ana))
        assert added.text == long


def test_earlier_wordings_stay(db_session: Session, ana: int, begun: int, note: int) -> None:
    bo, later = a_person("bo@example.org"), NOW + timedelta(hours=2)
    with transaction() as session:
        assert notes.change(session, notes.one(session, "kenora", begun, note), "second", hand(bo, at=later))
    with transaction() as session:
        assert notes.change(session, notes.one(session, "kenora", begun, note), "third", hand(ana, 2))
        assert not notes.change(session, notes.one(session, "kenora", begun, note), " third\n", hand(bo, 1))
    edits = rows.note_edits(db_session, "kenora", [note])[note]
    assert [(each.before, each.by) for each in edits] == [("second", ana), ("first\nwords", bo)]
    assert notes.one(db_session, "kenora", begun, note).text == "third"


def test_an_older_version_is_a_conflict(ana: int, begun: int, note: int) -> None:
    bo, later = a_person("bo@example.org"), NOW + timedelta(hours=2)
    with transaction() as session:
        notes.change(session, notes.one(session, "kenora", begun, note), "hers", hand(bo, at=later))
    with transaction() as session:
        row = notes.one(session, "kenora", begun, note)
        with pytest.raises(ConflictError) as conflict:
            notes.change(session, row, "mine", hand(ana))
    fault = conflict.value
    assert (fault.saved, fault.by, fault.at, fault.version) == ({"text": "hers"}, "Bo", later, 2)


@pytest.mark.parametrize("text", ["", " \n\t", "x" * 20_001, "\0"])
def test_what_is_no_note_is_refused(db_session: Session, ana: int, begun: int, text: str) -> None:
    with transaction() as session:
        row = applications.one(session, "kenora", begun)
        with pytest.raises(RefusedError):
            notes.add(session, row, text, hand(ana))
    assert rows.notes(db_session, "kenora", begun) == []


def test_it_is_found_under_its_own_application_only(db_session: Session, ana: int, begun: int, note: int) -> None:
    with transaction() as session:
        other = an_application(session, ana).id
    for community, application in (("kenora", other), ("dryden", begun)):
        with pytest.raises(NotFoundError):
            notes.one(db_session, community, application, note)


def test_of_200_parallel_edits_none_is_lost(app: Flask, ana: int, begun: int, note: int) -> None:
    """Four writers see the same wording, then all save: one is kept, three are told, and what was kept before stays."""
    together = Barrier(WRITERS, timeout=60)

    def edit(number: int) -> str | None:
        with app.app_context():
            seen = notes.one(db.session(), "kenora", begun, note).version
            db.session.rollback()
            together.wait()
            try:
                with transaction() as session:
                    row = notes.one(session, "kenora", begun, note)
                    notes.change(session, row, f"edit {number}", hand(ana, seen, NOW + timedelta(seconds=number)))
            except ConflictError:
                return None
            return f"edit {number}"

    with ThreadPoolExecutor(WRITERS) as pool:
        results = list(pool.map(edit, range(EDITS)))
    saved = [each for each in results if each is not None]
    with app.app_context():
        session = db.session()
        kept = notes.one(session, "kenora", begun, note)
        wordings = [each.before for each in rows.note_edits(session, "kenora", [note])[note]]
        told = [each for each in tenants.all_of(session, EventRow, "kenora") if each.kind == "note-changed"]
    assert (len(saved), results.count(None)) == (EDITS // WRITERS, EDITS - EDITS // WRITERS)
    assert sorted([kept.text, *wordings]) == sorted([*saved, "first\nwords"]), "what was saved is there, once"
    assert (kept.version, len(told)) == (len(saved) + 1, len(saved))
