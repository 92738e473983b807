"""A small world to break: a database with people who track intakes, a clock that is set, a mail server with a script."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import make_url, select
from sqlalchemy.orm import Session

from grants.app import create_app
from grants.delivery.letters import Stationery
from grants.delivery.mail import Server
from grants.domain.bilingual import Bilingual
from grants.domain.people import HOME_ZONE, Role
from grants.domain.reminders import LEADS
from grants.services import intakes, people, ticks, tracking
from grants.store.catalogue import ProgramRow, StreamRow
from grants.store.database import db, transaction
from grants.store.kept import stable_uuid
from grants.store.reminders import OutboxRow
from tests.conftest import dispose, make_settings
from tests.faults.smtp import Arrival, Scripted

START = datetime(2026, 11, 24, 15, tzinfo=UTC)
STATIONERY = Stationery(Bilingual("Navigator", "Navigateur"), "https://funding.example", "a key for tests")
FAR = date(2027, 1, 21)
"""Closes 58 days after ``START``: who joins then gets one summary, and nothing more for four weeks."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the letters that had to come: figures, a note, and each promise that was broken, in words."""

    expected: int
    delivered: int
    lost: int
    repeated: int
    note: str
    broken: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Came:
    """A letter that the mail server took, and what the world's clock showed."""

    at: datetime
    letter: Arrival


@dataclass
class World:
    """One database and its application; ``at`` is what every clock shows."""

    app: Flask
    url: str
    folder: Path
    at: datetime = START
    came: list[Came] = field(default_factory=list)

    @property
    def on_sqlite(self) -> bool:
        return make_url(self.url).get_backend_name() == "sqlite"

    def add_intake(self, stream: str, closes: date, at: time = time(17), zone: str = HOME_ZONE) -> str:
        """Keep a program with one stream and one intake; give the intake's key."""
        stamps: dict[str, Any] = {"created_at": self.at, "modified_at": self.at, "version": 1, "seeded": None}
        name = f"{stream.capitalize()} d’été"
        with transaction() as session:
            program = {"key": stream, "name": name, "name_fr": f"{name} (fr)"}
            uuid = stable_uuid(ProgramRow, stream)
            session.add(ProgramRow(key=stream, uuid=uuid, record=program, practice=False, **stamps))
            session.flush()
            record, uuid = {"key": stream, "level": "provincial"}, stable_uuid(StreamRow, stream)
            session.add(StreamRow(key=stream, uuid=uuid, record=record, program=stream, place=0, **stamps))
            session.flush()
            key, _ = intakes.add(session, stream, opens=None, closes=closes, at=at, zone=zone, now=self.at)
        return key

    def follow(
        self, emails: Iterable[str], *intake_keys: str, zone: str = HOME_ZONE, leads: Sequence[int] = LEADS
    ) -> None:
        """Let confirmed people, who have had a first letter, track intakes."""
        with transaction() as session:
            for email in emails:
                person = people.add(session, email, Role.MEMBER, self.at)
                person.zone, person.leads, person.first_mail_at = zone, list(leads), self.at
                session.flush()
                for key in intake_keys:
                    tracking.track(session, person.id, key, self.at)

    def move(self, intake_key: str, closes: date) -> None:
        with transaction() as session:
            intakes.move(session, intake_key, closes, None, self.at)

    def tick(
        self,
        post: Scripted,
        send: Server,
        *,
        unit: Callable[[], AbstractContextManager[Session]] = transaction,
    ) -> Counter[str]:
        """Run one tick and keep what came of it; counts that are 0 are left out."""
        before = len(post.arrivals)
        try:
            told = ticks.tick(unit, lambda: self.at, send, STATIONERY)
        finally:
            self.came += [Came(self.at, each) for each in post.arrivals[before:] if each.taken]
        return +Counter(told)

    def go(self, **by: float) -> None:
        self.at += timedelta(**by)

    def letters(self) -> Sequence[OutboxRow]:
        """Read the outbox as it is now, in the order of its making."""
        session = db.session()
        session.rollback()
        return session.scalars(select(OutboxRow).order_by(OutboxRow.id)).all()

    def letters_to(self, *emails: str) -> list[OutboxRow]:
        return [row for row in self.letters() if row.recipient in emails]


@contextmanager
def world(url: str, folder: Path) -> Iterator[World]:
    """Open a world on a migrated, empty database."""
    app = create_app(make_settings(url, folder))
    with app.app_context():
        yield World(app, url, folder)
    dispose(app)


@contextmanager
def post_office(
    script: Mapping[str, str | Sequence[str]] | None = None,
    *,
    only: str | None = None,
    meanwhile: Callable[[str, str], None] | None = None,
    **changed: Any,
) -> Iterator[tuple[Scripted, Server]]:
    """Open a mail server with a script, and the way to it, with time-outs that only a fault reaches."""
    post = Scripted(script or {}, only, meanwhile)
    port = post.start()
    values: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": port,
        "tls": "none",
        "sender": "Navigator <navigator@funding.example>",
        "connect_seconds": 5.0,
        "reply_seconds": 5.0,
        "total_seconds": 10.0,
    }
    try:
        yield post, Server(**(values | changed))
    finally:
        post.stop()


def people_named(kind: str, count: int) -> list[str]:
    """Make up addresses."""
    return [f"{kind}{number}@town.example" for number in range(count)]


def tally(
    expected: Iterable[Hashable],
    came: Iterable[tuple[Hashable, Arrival]],
    note: str,
    *,
    repeats: int = 0,
    broken: Iterable[str] = (),
) -> Outcome:
    """Compare what had to come with what came.

    Args:
        expected: a key for each letter that somebody must get.
        came: what the mail server took, each with the key of the letter it is.
        note: said in the table.
        repeats: how many letters may have come twice.
        broken: promises found broken by the scenario itself.
    """
    wanted = set(expected)
    ids: dict[Hashable, set[str]] = {}
    times: Counter[Hashable] = Counter()
    for key, letter in came:
        times[key] += 1
        ids.setdefault(key, set()).add(letter.message_id)
    lost, strays = wanted - times.keys(), times.keys() - wanted
    repeated = times.total() - len(times)
    faults = [f"lost {each}" for each in sorted(map(str, lost))[:5]]
    faults += [f"nobody expected {each}" for each in sorted(map(str, strays))[:5]]
    faults += [f"two letters under two Message-IDs for {key}" for key, each in ids.items() if len(each) > 1][:5]
    if repeated > repeats:
        faults.append(f"{repeated} repeated, {repeats} may be")
    return Outcome(len(wanted), len(wanted) - len(lost), len(lost), repeated, note, (*faults, *broken))
