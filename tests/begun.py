"""Begin what belongs to a workspace, for tests that are about what happens to it then."""

from __future__ import annotations

from datetime import UTC, date, datetime

from sqlalchemy.orm import Session

from grants.domain.applications import State
from grants.domain.communities import Community
from grants.domain.people import Role
from grants.domain.works import WorkKind
from grants.services import applications, catalogue, intakes, people, tasks
from grants.services.applications import Move
from grants.services.conflicts import Hand
from grants.services.tasks import TaskWish
from grants.store.applications import ApplicationRow, TaskRow
from grants.store.database import transaction

NOW = datetime(2026, 11, 24, 15, tzinfo=UTC)
STREAM = "csp-grant-local-priorities"
"""A real provincial stream with a resolution among its documents or not, whatever the catalogue says today."""


def a_person(email: str = "ana@example.org", role: Role = Role.WRITER, community: str | None = "kenora") -> int:
    """Add somebody who works for a community, and give their number."""
    with transaction() as session:
        return people.add(session, email, role, NOW, community=community, name=email.partition("@")[0].title()).id


def hand(person: int, seen: int = 1, at: datetime = NOW, *, leads: bool = False) -> Hand:
    """Say who changes something."""
    return Hand(person, at, seen, leads)


def a_round(session: Session, closes: date, stream: str = STREAM) -> str:
    """Add a round of a stream in an open write unit, and give its key."""
    key, _version = intakes.add(session, stream, opens=None, closes=closes, at=None, zone="America/Toronto", now=NOW)
    return key


def the_community(session: Session, key: str = "kenora") -> Community:
    """Give a real community."""
    return catalogue.present(session).community(key)


def an_application(
    session: Session, person: int, *, closes: date | None = date(2027, 1, 29), community: str = "kenora"
) -> ApplicationRow:
    """Begin an application in an open write unit: for a round that closes, or without one."""
    intake = a_round(session, closes) if closes is not None else None
    session.flush()
    return applications.begin(session, the_community(session, community), STREAM, intake, hand(person), again=True)


def a_task(
    session: Session, application: ApplicationRow, person: int, title: str = "Call them", **said: object
) -> TaskRow:
    """Add a task in an open write unit: ``owner``, ``due_on``, ``kind`` and ``minutes`` by ``said``."""
    values: dict[str, object] = {"kind": WorkKind.WORK, "owner": None, "due_on": None, "minutes": 30, **said}
    return tasks.add(session, application, TaskWish(title, **values), hand(person, leads=True))  # type: ignore[arg-type]


def move(number: int, person: int, *way: State, at: datetime = NOW, community: str = "kenora") -> None:
    """Move an application from state to state, whatever of its work is open."""
    for state in way:
        with transaction() as session:
            row = applications.one(session, community, number)
            wish = Move(state, "so it is", awarded=5_000_00, with_open_tasks=True)
            there = the_community(session, community)
            applications.move(session, row, wish, hand(person, row.version, at), community=there)
