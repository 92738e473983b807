"""What a page asks of the database does not grow with what it shows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from grants import clock
from grants.delivery.letters import Part
from grants.domain.communities import Community
from grants.domain.people import HOME_ZONE, Role
from grants.domain.records import read
from grants.services import applications, intakes, ticks, tracking
from grants.store.catalogue import StreamRow
from grants.store.communities import CommunityRow
from grants.store.database import db, transaction
from grants.store.reminders import MailState
from tests.begun import a_task, hand
from tests.reminding import STATIONERY
from tests.signing_in import a_member, browser_of

pytestmark = pytest.mark.seeded

FEW, MANY = 5, 50


def queries(app: Flask, client: FlaskClient, page: str) -> list[str]:
    """What a page asks when it is opened the second time, so that nothing is read for the first."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    assert client.get(page).status_code == 200
    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        client.get(page)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return asked


def a_round_of(session: Session, place: int) -> tuple[str, str]:
    """Add a round of the stream at a place of the catalogue; give the keys of both."""
    stream = session.scalars(select(StreamRow.key).order_by(StreamRow.key).offset(place).limit(1)).one()
    now = clock.now()
    closes = now.date() + timedelta(days=20 + place)
    key, _version = intakes.add(session, stream, opens=None, closes=closes, at=None, zone=HOME_ZONE, now=now)
    session.flush()
    return stream, key


def work(session: Session, person: int, place: int) -> None:
    """Track a round, and begin an application for another: every other one without a title, with two dated tasks."""
    _stream, tracked = a_round_of(session, place)
    tracking.track(session, person, tracked, clock.now(), community="kenora")
    stream, key = a_round_of(session, 100 + place)
    community = read(session.get_one(CommunityRow, "kenora").record, Community)
    row = applications.begin(session, community, stream, key, hand(person, at=clock.now()))
    row.title = f"Application {place}" if place % 2 else ""
    for days in (3, 9):
        a_task(session, row, person, f"Task {days}", owner=person, due_on=clock.now().date() + timedelta(days=days))


def letter(session: Session, person: int, place: int) -> None:
    """Write a letter that waits for somebody to release it."""
    del person
    part = Part("en", "A letter", "Hello,", ["Read it."], [], [], "Navigator", [])
    row = ticks.write_to(session, f"p{place}@x.example", [part], STATIONERY, clock.now())
    row.state = MailState.HELD.value


@pytest.mark.parametrize(
    ("pages", "add", "role", "community"),
    [
        pytest.param(("tracking", "workspace", "applications"), work, Role.LEAD, "kenora", id="workspace"),
        pytest.param(("outbox",), letter, Role.OPERATOR, None, id="outbox"),
    ],
)
def test_fifty_rows_ask_no_more_than_five(
    app: Flask,
    pages: tuple[str, ...],
    add: Callable[[Session, int, int], None],
    role: Role,
    community: str | None,
) -> None:
    person = a_member(app, "ana@x.example", role, community)
    client = browser_of(app, person, community=community)
    asked = []
    for places in (range(FEW), range(FEW, MANY)):
        with app.app_context(), transaction() as session:
            for place in places:
                add(session, person, place)
        asked.append({page: len(queries(app, client, f"/en/{page}")) for page in pages})
    few, many = asked
    assert min(few.values()) > 5, "something is asked"
    # Some questions are asked only where something to ask about is there at all.
    assert all(many[page] <= few[page] + 1 for page in pages), (few, many)
