"""Processes that die, processes at once, a database that fails."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from itertools import count
from typing import IO

import psycopg
from sqlalchemy import event, make_url, select, text
from sqlalchemy.orm import Session

from config import ROOT
from grants.delivery.mail import Server
from grants.services.ticks import LEASE
from grants.store.database import db, is_outage, transaction
from grants.store.reminders import MailState
from grants.store.ticks import TickRow
from tests.faults.process import STUMBLED
from tests.faults.smtp import Scripted
from tests.faults.world import FAR, Outcome, World, people_named, post_office, tally

LOCK_MS = 100
SYSTEM_CALLS = (
    *("connect", "sendto", "recvfrom", "poll", "shutdown"),
    *("openat", "pread64", "pwrite64", "fdatasync", "fsync", "ftruncate", "fcntl", "unlink"),
)


@dataclass(frozen=True, slots=True)
class Ticking:
    """A program that runs ticks as processes, at what the world's clock shows."""

    world: World
    pid: int
    told: IO[str]
    answers: IO[str]

    def __call__(
        self,
        *,
        program: str = "scheduler",
        at_once: int = 1,
        step: int = 0,
        number: signal.Signals = signal.SIGKILL,
    ) -> list[int]:
        """Run so many ticks of a program, signalled at which step (0: never) by what; give how they ended."""
        print(program, at_once, self.world.at.isoformat(), step, number.name, file=self.told, flush=True)
        return [int(code) for code in self.answers.readline().split()]


@contextmanager
def processes(world: World, port: int) -> Iterator[Ticking]:
    """Start the program, for a mail server on ``port``."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.faults.process", world.url, str(world.folder), str(port)],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("a process without pipes")
        yield Ticking(world, process.pid, process.stdin, process.stdout)
        process.stdin.close()


@contextmanager
def deadly(pid: int, call: str, number: int) -> Iterator[None]:
    """Let each process that ``pid`` forks be killed as it enters its ``number``-th system call of a kind."""
    words = ("-e", f"trace={call}", "-e", f"inject={call}:signal=SIGKILL:when={number}", "-o", os.devnull)
    with subprocess.Popen(["strace", "-f", "-p", str(pid), *words], stderr=subprocess.PIPE, text=True) as tracer:
        if tracer.stderr is None or "attached" not in tracer.stderr.readline():
            raise RuntimeError("strace did not attach")
        yield
        tracer.kill()  # asked politely, strace now and then waits for a call that never comes


@dataclass(slots=True)
class Crashes:
    """Ticks that are interrupted, each with somebody new to write to, and what became of the letters.

    ``expected`` had a letter on the day before: so many that the letters of a day full of crashes are no storm.
    """

    world: World
    post: Scripted
    send: Server
    expected: list[str]
    interrupted: int = 0
    window: int = 0
    broken: list[str] = field(default_factory=list)
    intake: str = ""

    def begin(self) -> None:
        """Live a usual day."""
        self.intake = self.world.add_intake("fund", FAR)
        self.world.follow(self.expected, self.intake)
        self.world.tick(self.post, self.send)
        self.world.go(days=1)

    def once(self, place: str, interrupt: Callable[[], list[int]]) -> bool:
        """Interrupt a tick, let another one follow when the lease is up; False where the tick had ended before."""
        email = f"p{len(self.expected)}@town.example"
        self.expected.append(email)
        self.world.follow([email], self.intake)
        (code,) = interrupt()
        self.post.settle()
        came = self._came(email)
        unrecorded = came > 0 and self.world.letters_to(email)[0].state != MailState.SENT
        self.world.at += LEASE + timedelta(minutes=1)
        self.world.tick(self.post, self.send)
        if self._came(email) > came > 0 and not unrecorded:
            self.broken.append(f"repeated outside the window at {place}")
        if unrecorded and code != -signal.SIGKILL:
            self.broken.append(f"sent and not recorded at {place}, though nobody killed it")
        if code == STUMBLED:
            self.broken.append(f"the tick stumbled at {place}")
        self.interrupted += code != 0
        self.window += unrecorded
        return code != 0

    def outcome(self, number: signal.Signals) -> Outcome:
        """Count; a letter may come twice only where it was taken, that was not recorded, and the signal is SIGKILL."""
        window = self.window if number is signal.SIGKILL else 0
        note = f"{self.interrupted} signals, {self.window} between the server’s yes and our commit"
        if number is not signal.SIGKILL and not self.window:
            note = f"{self.interrupted} signals; the letter in hand is finished first"
        if not self.interrupted:
            self.broken.append("nothing was interrupted")
        came = [(each.recipient, each) for each in self.post.arrivals]
        return tally(self.expected, came, note, repeats=window, broken=self.broken)

    def _came(self, email: str) -> int:
        return sum(each.recipient == email for each in self.post.arrivals)


def signalled(world: World, *, program: str, number: signal.Signals, stride: int, usual: int) -> Outcome:
    """Send a signal at every ``stride``-th step of a tick."""
    with post_office() as (post, send), processes(world, send.port) as run:
        crashes = Crashes(world, post, send, people_named("usual", usual))
        crashes.begin()
        for step in count(1, stride):
            if not crashes.once(f"step {step}", partial(run, program=program, step=step, number=number)):
                break
    return crashes.outcome(number)


def killed_at_system_calls(world: World, *, stride: int, usual: int) -> Outcome:
    """SIGKILL at every ``stride``-th call of each kind by which a tick reaches files or the network; needs strace."""
    with post_office() as (post, send), processes(world, send.port) as run:
        crashes = Crashes(world, post, send, people_named("usual", usual))
        crashes.begin()
        run()  # it answers when all is loaded: nothing of that is to be interrupted
        for call in SYSTEM_CALLS:
            for number in count(1, stride):
                with deadly(run.pid, call, number):
                    reached = crashes.once(f"{call} {number}", run)
                if not reached:
                    break
    return crashes.outcome(signal.SIGKILL)


def at_once(world: World, *, letters: int) -> Outcome:
    """Four ticks at once."""
    everybody = people_named("p", letters)
    world.follow(everybody, world.add_intake("fund", FAR))
    with post_office() as (post, send), processes(world, send.port) as run:
        codes = run(at_once=4)
        runs = db.session.scalars(select(TickRow)).all()
    broken = [f"a process ended with {code}" for code in codes if code]
    broken += [f"a tick failed: {row.failure}" for row in runs if row.failure or row.finished_at is None]
    tries = {(row.state, row.attempts) for row in world.letters()}
    broken += [f"letters ended as {tries}"] if tries != {("sent", 1)} else []
    shares = sorted(row.counts.get("sent", 0) for row in runs)
    note = f"the four sent {', '.join(map(str, shares[:-1]))} and {shares[-1]}"
    return tally(everybody, [(each.recipient, each) for each in post.arrivals], note, broken=broken)


def database_lost(world: World, *, letters: int) -> Outcome:
    """A database that fails once, at each write unit of a tick in turn."""
    intake, expected, broken, told = world.add_intake("fund", FAR), [], [], 0
    if world.on_sqlite:
        event.listen(db.engine, "connect", lambda connection, _: connection.execute(f"PRAGMA busy_timeout={LOCK_MS}"))
        db.session.remove()
        db.engine.dispose()
    failing = _locked if world.on_sqlite else _cut_off
    with post_office() as (post, send):
        for place in count(1):
            some = people_named(f"u{place}-", letters)
            expected += some
            world.follow(some, intake)
            units = count(1)

            def unit(place: int = place, units: Iterator[int] = units) -> AbstractContextManager[Session]:
                return failing(world) if next(units) == place else transaction()

            try:
                world.tick(post, send, unit=unit)
            except Exception as fault:  # noqa: BLE001 - which it is, is what is looked at
                told += 1
                broken += [] if is_outage(fault) else [f"no outage at unit {place}: {fault!r}"]
            used = next(units) - 1
            if place > used:
                break
            broken += _unfinished(place, used)
            world.at += LEASE + timedelta(minutes=1)
            world.tick(post, send)
    note = f"at each of {used} units; {told} of these ticks failed, in words"
    return tally(expected, [(each.recipient, each) for each in post.arrivals], note, broken=broken)


def _unfinished(place: int, units: int) -> list[str]:
    """Look at the row that the failed tick left: nothing but its own first and last unit may keep it from speaking."""
    row = db.session.scalars(select(TickRow).order_by(TickRow.id.desc()).limit(1)).first()
    db.session.rollback()
    if place in {1, units} or row is None or row.finished_at is not None:
        return []
    return [f"the tick that failed at unit {place} left no word"]


@contextmanager
def _locked(world: World) -> Iterator[Session]:
    """A write unit while somebody else holds SQLite for longer than anybody waits."""
    holder = sqlite3.connect(str(make_url(world.url).database), isolation_level=None)
    try:
        holder.execute("BEGIN IMMEDIATE")
        with transaction() as session:
            yield session
    finally:
        holder.close()


@contextmanager
def _cut_off(world: World) -> Iterator[Session]:
    """A write unit whose PostgreSQL backend is ended after it began."""
    with transaction() as session:
        backend = session.scalar(text("SELECT pg_backend_pid()"))
        with psycopg.connect(world.url, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", [backend])
        yield session
