"""A clock that is set, a mail server that does as it is told, and what there is to be reminded of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from grants.delivery.letters import Stationery
from grants.delivery.mail import Delivery, Ending, Letter
from grants.domain.applications import State
from grants.domain.bilingual import Bilingual
from grants.domain.people import Role
from grants.domain.records import write
from grants.domain.works import WorkKind
from grants.services import people, reminders, tracking
from grants.store import people as person_rows
from grants.store import tenants
from grants.store.applications import ApplicationRow, TaskRow
from grants.store.catalogue import IntakeRow, ProgramRow, StreamRow
from grants.store.communities import CommunityRow
from grants.store.database import transaction
from grants.store.kept import stable_uuid
from grants.store.people import PersonRow
from grants.store.reminders import OutboxRow, ReminderRow, ReminderState
from tests.builders import TORONTO, a_community, an_intake, timed

Run = Callable[[], dict[str, int]]

STATIONERY = Stationery(Bilingual("Navigator", "Navigateur"), "https://funding.example", "a key for tests")
START = datetime(2026, 11, 24, 15, tzinfo=UTC)
CLOSES = date(2026, 12, 11)


@dataclass
class Clock:
    """A clock that stands still until it is moved."""

    at: datetime = START

    def __call__(self) -> datetime:
        return self.at

    def go(self, **by: float) -> None:
        self.at += timedelta(**by)

    def morning(self, day: date) -> None:
        """Go to 08:30 in Toronto, in winter."""
        self.at = datetime.combine(day, time(13, 30), tzinfo=UTC)


@dataclass
class Mailbox:
    """A mail server that answers as told, by recipient or else in general, and keeps what it took."""

    taken: list[Letter] = field(default_factory=list)
    answer: Callable[[Letter], Delivery] = lambda _letter: Delivery(Ending.SENT, 250, "ok")

    def __call__(self, letter: Letter) -> Delivery:
        delivery = self.answer(letter)
        if delivery.ending is Ending.SENT:
            self.taken.append(letter)
        return delivery

    def subjects(self) -> list[str]:
        return [letter.subject for letter in self.taken]


def always(ending: Ending, code: int | None, *, unreachable: bool = False) -> Callable[[Letter], Delivery]:
    return lambda _letter: Delivery(ending, code, "as told", unreachable)


def add_stream(key: str = "fund", *, name: str = "Safety Fund", level: str = "provincial") -> str:
    """Keep a program with one stream and one intake that closes on 11 December 2026; give the intake's key."""
    intake = an_intake(timed(CLOSES), key=f"{key}#1")
    with transaction() as session:
        stamps = {"created_at": START, "modified_at": START, "version": 1, "seeded": None}
        program = {"key": key, "name": name, "name_fr": f"{name} (fr)"}
        session.add(ProgramRow(key=key, uuid=stable_uuid(ProgramRow, key), record=program, practice=False, **stamps))
        session.flush()
        stream = {"key": key, "level": level}
        session.add(StreamRow(key=key, uuid=stable_uuid(StreamRow, key), record=stream, program=key, place=0, **stamps))
        session.flush()
        session.add(
            IntakeRow(
                key=intake.key,
                uuid=stable_uuid(IntakeRow, intake.key),
                record=write(intake),
                stream=key,
                place=0,
                **stamps,
            )
        )
    return intake.key


def add_person(email: str = "ana@town.example", *, greeted: bool = True) -> int:
    """Keep a confirmed person; one who was greeted has had a first, bilingual letter."""
    with transaction() as session:
        person = people.add(session, email, Role.MEMBER, START)
        person.first_mail_at = START if greeted else None
        return person.id


def follow(person_id: int, intake_key: str, at: datetime) -> None:
    with transaction() as session:
        tracking.track(session, person_id, intake_key, at)


def states(session: Session) -> list[str]:
    session.rollback()
    return [row.state for row in session.scalars(select(OutboxRow).order_by(OutboxRow.id))]


def planned(session: Session) -> list[tuple[str, int, str]]:
    session.rollback()
    found = session.scalars(select(ReminderRow).order_by(ReminderRow.due_at, ReminderRow.id))
    return [(row.kind, row.lead, row.state) for row in found if row.state != ReminderState.VOID]


def add_community(key: str = "smallville", zone: str = TORONTO) -> str:
    """Keep a community that keeps a clock, and give its key."""
    community = a_community(key, zone=zone)
    with transaction() as session:
        stamps = {"created_at": START, "modified_at": START, "version": 1, "seeded": None}
        uuid = stable_uuid(CommunityRow, key)
        session.add(CommunityRow(key=key, uuid=uuid, record=write(community), name=community.name, **stamps))
    return key


def join(person_id: int, community: str) -> None:
    """Let a person write for a community."""
    with transaction() as session:
        person_rows.set_membership(session, session.get_one(PersonRow, person_id), community, Role.WRITER, START)


def add_task(
    owner: int | None,
    *,
    by: int | None,
    due_on: date | None = CLOSES,
    title: str = "Write the budget",
    kind: WorkKind = WorkKind.WORK,
    community: str = "smallville",
    stream: str = "fund",
    at: datetime = START,
) -> int:
    """Keep a task of an application of its own and plan for it; give its number."""
    with transaction() as session:
        anybody = session.scalars(select(PersonRow.id).order_by(PersonRow.id)).first()
        application = ApplicationRow(
            community=community,
            uuid=str(uuid4()),
            stream=stream,
            title="Safer streets",
            state=State.DRAFTING.value,
            created_by=anybody,
            created_at=at,
            modified_at=at,
        )
        session.add(application)
        session.flush()
        task = TaskRow(
            community=community,
            uuid=str(uuid4()),
            application=application.id,
            kind=kind.value,
            title={"en": title, "fr": f"{title} (fr)"},
            place=0,
            owner=owner,
            after=[],
            due_on=due_on,
            created_at=at,
            modified_at=at,
        )
        session.add(task)
        session.flush()
        reminders.task_changed(session, task, at, by=by)
        return task.id


def the_task(session: Session, number: int) -> TaskRow:
    """Read a task of whatever community."""
    return session.scalars(tenants.everybodys(TaskRow).where(TaskRow.id == number)).one()


def change_task(number: int, at: datetime, *, by: int | None, **changed: Any) -> None:
    """Change columns of a task as its services do: with a new version, and planned for in the same write unit."""
    with transaction() as session:
        task = the_task(session, number)
        for name, value in changed.items():
            setattr(task, name, value)
        task.version += 1
        reminders.task_changed(session, task, at, by=by)
