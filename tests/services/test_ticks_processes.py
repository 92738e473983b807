"""Ticks as real processes on both databases: killed at every step, and four at once.

Letters are handed to a real mail server; what counts is what arrived there.
"""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import select
from sqlalchemy.orm import Session

from config import ROOT
from grants.delivery.letters import Stationery
from grants.delivery.mail import Server
from grants.domain.bilingual import Bilingual
from grants.domain.people import Role
from grants.domain.records import write
from grants.services import people, ticks, tracking
from grants.services.ticks import LEASE
from grants.store.catalogue import IntakeRow, ProgramRow, StreamRow
from grants.store.database import transaction
from grants.store.kept import stable_uuid
from grants.store.reminders import OutboxRow
from tests.builders import an_intake, timed

START = datetime(2026, 11, 24, 15, tzinfo=UTC)
STATIONERY = Stationery(Bilingual("Navigator", "Navigateur"), "http://localhost", "a key for tests")
KILLED = -signal.SIGKILL

Run = Callable[..., list[int]]


@dataclass
class Arrivals:
    """A mail server that counts what arrives, by recipient, and which Message-IDs it bore."""

    port: int
    recipients: Counter[str] = field(default_factory=Counter)
    ids: dict[str, set[str]] = field(default_factory=dict)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - the library's name
        (recipient,) = envelope.rcpt_tos
        self.recipients[recipient] += 1
        self.ids.setdefault(recipient, set()).add(message_from_bytes(envelope.content)["Message-ID"])
        return "250 taken"


@pytest.fixture
def arrivals() -> Iterator[Arrivals]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    kept = Arrivals(port)
    controller = Controller(kept, hostname="127.0.0.1", port=port)
    controller.start()
    yield kept
    controller.stop()


@pytest.fixture
def intake(db_session: Session) -> str:
    """Keep an intake that closes on 11 December 2026."""
    del db_session
    kept = an_intake(timed(date(2026, 12, 11)), key="fund#1")
    stamps: dict[str, Any] = {"created_at": START, "modified_at": START, "version": 1, "seeded": None}
    rows: tuple[tuple[Any, str, dict[str, Any], dict[str, Any]], ...] = (
        (ProgramRow, "fund", {"key": "fund", "name": "Fund"}, {"practice": False}),
        (StreamRow, "fund", {"key": "fund", "level": "provincial"}, {"program": "fund", "place": 0}),
        (IntakeRow, kept.key, write(kept), {"stream": "fund", "place": 0}),
    )
    with transaction() as session:
        for kind, key, record, columns in rows:
            session.add(kind(key=key, uuid=stable_uuid(kind, key), record=record, **columns, **stamps))
            session.flush()
    return kept.key


def follow(email: str, intake: str, now: datetime) -> None:
    with transaction() as session:
        tracking.track(session, people.add(session, email, Role.MEMBER, START).id, intake, now)


@pytest.fixture
def run(database_url: str, intake: str, tmp_path: Path, arrivals: Arrivals) -> Iterator[Run]:
    """Run ticks as processes: how many at once, at which moment, dying at which step (0: none); give exit codes."""
    del intake
    script = ROOT / "tests" / "services" / "tick_process.py"
    with subprocess.Popen(
        [sys.executable, str(script), database_url, str(tmp_path), str(arrivals.port)],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        told, answers = process.stdin, process.stdout
        assert told is not None
        assert answers is not None

        def ticks_at(moment: datetime, *, processes: int = 1, last_step: int = 0) -> list[int]:
            print(processes, moment.isoformat(), last_step, file=told, flush=True)
            return [int(code) for code in answers.readline().split()]

        yield ticks_at
        told.close()


def test_a_tick_killed_at_any_step_loses_nothing(run: Run, intake: str, arrivals: Arrivals) -> None:
    send = Server("127.0.0.1", arrivals.port, "none", "navigator@funding.example")
    now, step, repeated = START, 0, []
    while True:
        step += 1
        email = f"p{step}@x.example"
        follow(email, intake, now)
        (code,) = run(now, last_step=step)
        if code == 0:
            break
        assert code == KILLED
        now += LEASE + timedelta(minutes=1)
        ticks.tick(transaction, lambda at=now: at, send, STATIONERY)  # type: ignore[misc]
        assert arrivals.recipients[email] >= 1, f"lost at step {step}"
        assert len(arrivals.ids[email]) == 1, f"two letters for one at step {step}"
        repeated += [step] if arrivals.recipients[email] > 1 else []
    assert step > 25
    assert max(arrivals.recipients.values()) <= 2
    # Only between the server's yes and our commit: after sending, before the record's unit, in it, before its commit.
    assert len(repeated) <= 4
    assert repeated == list(range(repeated[0], repeated[0] + len(repeated)))


def test_four_ticks_at_once_send_every_letter_once(
    run: Run, db_session: Session, intake: str, arrivals: Arrivals
) -> None:
    for number in range(40):
        follow(f"p{number}@x.example", intake, START)
    assert run(START, processes=4) == [0, 0, 0, 0]
    assert len(arrivals.recipients) == 40
    assert set(arrivals.recipients.values()) == {1}
    db_session.rollback()
    assert {(row.state, row.attempts) for row in db_session.scalars(select(OutboxRow))} == {("sent", 1)}
