"""What happened, in words: every kind of event has a sentence in both languages, whatever its details lack."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from grants.domain.people import Role
from grants.services import people
from grants.services.events import What, record
from grants.store import tenants
from grants.store.applications import EventRow
from grants.store.database import db, transaction
from grants.store.people import by_email
from grants.web.happenings import Happening, happenings, hours
from tests.begun import NOW, the_community

pytestmark = pytest.mark.seeded

TITLE = {"en": "Draw up the budget", "fr": "Établir le budget"}


def told(app: Flask, what: What, language: str = "en", person: bool = True, **details: Any) -> Happening:  # noqa: FBT001, FBT002
    """Let something happen, and read it."""
    with app.app_context(), transaction() as session:
        ana = a_person_once(session)
        record(session, "kenora", what, ana if person else None, NOW, **details)
    with app.test_request_context(f"/{language}/"):
        session = db.session()
        event = tenants.all_of(session, EventRow, "kenora", EventRow.id.desc())[0]
        (found,) = happenings(session, the_community(session), [event])
        return found


def a_person_once(session: Session) -> int:
    """Give the one person of these tests."""
    known = by_email(session, "ana@example.org")
    return (known or people.add(session, "ana@example.org", Role.WRITER, NOW, community="kenora", name="Ana")).id


@pytest.mark.parametrize("what", list(What))
@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_kind_has_a_sentence_even_without_details(app: Flask, what: What, language: str) -> None:
    found = told(app, what, language)

    assert found.words
    assert "%(" not in found.words
    assert found.changes == ()


@pytest.mark.parametrize(
    ("what", "details", "sentence"),
    [
        (
            What.MOVED,
            {"from": "drafting", "to": "internal-review", "reason": "It is ready."},
            "Ana moved the application from “drafting” to “internal review”",
        ),
        (What.TASK_DONE, {"task": 3, "title": TITLE}, "Ana finished the task “Draw up the budget”"),
        (
            What.CHECKED,
            {"requirement": 1, "wording": {"en": "insurance", "fr": "assurance"}, "settled": "ready"},
            "Ana marked “insurance” of the checklist: ready",
        ),
        (What.PLANNED, {"tasks": 1}, "Ana accepted the plan: 1 date"),
        (
            What.MEETING_ADDED,
            {"days": ["2026-12-08", "2026-12-22", "2027-01-05", "2027-01-19"], "body": "council"},
            "Ana added 4 meetings: Council meeting, the first on 8 December 2026",
        ),
        (
            What.MEETING_MOVED,
            {"meeting": 1, "body": "band-council", "from": "2026-12-08", "to": "2026-12-09"},
            "Ana moved: Band council meeting, from 8 December 2026 to 9 December 2026",
        ),
        (What.INVITED, {"email": "ben@example.org", "role": "writer"}, "Ana invited ben@example.org as grant writer"),
        (What.JOINED, {"name": "Ben", "role": "lead"}, "Ben joined as plan lead"),
        (
            What.ROLE_CHANGED,
            {"name": "Ben", "before": "writer", "after": "lead"},
            "Ana changed the role of Ben from grant writer to plan lead",
        ),
        (What.DOCUMENT_REMOVED, {"document": 1, "title": "Insurance"}, "Ana removed the document “Insurance”"),
    ],
    ids=lambda each: each.value if isinstance(each, What) else "",
)
def test_it_says_who_did_what(app: Flask, what: What, details: dict[str, Any], sentence: str) -> None:
    found = told(app, what, **details)

    assert found.words == sentence
    assert found.reason == details.get("reason", "")
    assert found.moment == "Tuesday 24 November 2026, 10:00\u00a0a.m."


def test_changes_are_told_field_by_field_in_words(app: Flask) -> None:
    fields = {
        "owner": [None, "Ben"],
        "due_on": ["2026-12-08", None],
        "asked": [None, 1_234_50],
        "minutes": [90, 60],
        "kind": ["work", "report"],
        "secret": ["a", "b"],
    }

    found = told(app, What.TASK_CHANGED, title=TITLE, fields=fields)

    assert found.changes == (
        "Owner: was nobody, is now Ben",
        "Amount asked: was nothing, is now $1,234.50",
        "Due: was 8 December 2026, is now nothing",
        "Effort: was 1.5 hours, is now 1 hour",
        "Kind: was Work, is now Report to the funder",
    )


def test_the_machine_is_named_too_and_an_unknown_kind_is_told(app: Flask) -> None:
    assert told(app, What.TASK_REMOVED, person=False, title=TITLE).words == (
        "This site removed the task “Draw up the budget”"
    )
    with app.app_context(), transaction() as session:
        session.add(EventRow(community="kenora", at=NOW, kind="of-another-time", details={}))
    with app.test_request_context("/en/"):
        event = tenants.all_of(db.session(), EventRow, "kenora", EventRow.id.desc())[0]
        (found,) = happenings(db.session(), the_community(db.session()), [event])
    assert found.words == "This site changed something"


@pytest.mark.parametrize(
    ("minutes", "en"),
    [(0, "0 hours"), (1, "1 minute"), (45, "45 minutes"), (60, "1 hour"), (90, "1.5 hours"), (600, "10 hours")],
)
def test_effort_reads_as_people_say_it(app: Flask, minutes: int, en: str) -> None:
    with app.test_request_context("/en/"):
        assert hours(minutes) == en
