"""Commands of tracking, the tick and the mail."""

from __future__ import annotations

import re
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time

import click
from flask import current_app

from config import Settings
from grants import clock
from grants.cli.answers import AS_JSON, refuse, tell
from grants.delivery.letters import sender, stationery
from grants.domain.people import HOME_ZONE, address_of
from grants.domain.records import BadRecordError
from grants.domain.zones import zone as zone_of
from grants.services import intakes, people, practice, ticks, tracking
from grants.services.catalogue import NotFoundError
from grants.store import people as person_rows
from grants.store.database import db, transaction

DAY = click.DateTime(["%Y-%m-%d"])
_CLOCK = re.compile("(?:[01][0-9]|2[0-3]):[0-5][0-9]")


def _wall_time(_context: click.Context, _option: click.Parameter, typed: str | None) -> time | None:
    """Read the time of a clock on a wall, minutes and nothing finer."""
    if typed is None:
        return None
    if not _CLOCK.fullmatch(typed):
        refuse(f"The time {typed!r} cannot be read; give HH:MM.")
    return time.fromisoformat(typed)


@click.command("tick")
@AS_JSON
def run_tick(*, as_json: bool) -> None:
    """Plan reminders, send what is due, leave a row. Any number may run at once."""
    settings: Settings = current_app.config["SETTINGS"]
    with _ending_in_order() as stopping:
        told = ticks.tick(transaction, clock.now, sender(settings), stationery(settings), stopping=stopping)
    tell(told, as_json=as_json)


@contextmanager
def _ending_in_order() -> Iterator[Callable[[], bool]]:
    """Let SIGTERM and SIGINT end a run after the letter in hand, not in the middle of it."""
    stop = threading.Event()
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, lambda _number, _frame: stop.set()) for number in numbers]
    try:
        yield stop.is_set
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


@click.group("mail")
def mail() -> None:
    """Hold letters back, let them go, or see how they stand."""


@mail.command("hold")
@click.option("--reason", default="held by hand", help="Why; staff read it.")
@AS_JSON
def hold(reason: str, *, as_json: bool) -> None:
    """Let no letter leave until released."""
    with transaction() as session:
        new = ticks.hold(session, reason, "operator", clock.now())
    tell({"held": True, "changed": new}, as_json=as_json)


@mail.command("release")
@AS_JSON
def release(*, as_json: bool) -> None:
    """Let letters leave again, those set apart as well."""
    with transaction() as session:
        count = ticks.release(session, "operator", clock.now())
    tell({"held": False, "released": count}, as_json=as_json)


@mail.command("status")
@AS_JSON
def status(*, as_json: bool) -> None:
    """Show how many letters stand where, whether mail is held, and the last run."""
    tell(ticks.status(db.session()), as_json=as_json)


@click.command("track")
@click.argument("email")
@click.argument("stream_key")
@click.option("--community", help="The community it is tracked for, by its id; for who works for several.")
@AS_JSON
def track(email: str, stream_key: str, community: str | None, *, as_json: bool) -> None:
    """Track the present intake of a stream for a person."""
    try:
        with transaction() as session:
            person = person_rows.by_email(session, address_of(email) or "")
            if person is None:
                refuse(f"There is nobody with the address {email!r}; add them with flask user add.")
            intake = tracking.track_stream(session, person, stream_key, clock.now(), community=community)
            planned = [
                {"stage": row.stage, "kind": row.kind, "lead": row.lead, "due": row.due_at.isoformat()}
                for row in tracking.planned(session, person.id, intake)
            ]
    except (NotFoundError, people.RefusedError) as fault:
        refuse(str(fault))
    tell({"email": person.email, "intake": intake, "reminders": planned}, as_json=as_json)


@click.group("intake")
def intake() -> None:
    """Rounds of a stream."""


@intake.command("add")
@click.argument("stream_key")
@click.option("--opens", type=DAY, help="The day it opens.")
@click.option("--closes", type=DAY, required=True, help="The day it closes.")
@click.option("--time", "at", callback=_wall_time, help="When it closes, HH:MM; without it only the date is stated.")
@click.option("--zone", default=HOME_ZONE, show_default=True, help="The funder's clock, an IANA name.")
@AS_JSON
def add_intake(
    stream_key: str, opens: datetime | None, closes: datetime, at: time | None, zone: str, *, as_json: bool
) -> None:
    """Add a round of a stream, or move the one that was added for the same closing day before."""
    try:
        zone_of(zone)
    except ValueError:
        refuse(f"The zone {zone!r} cannot be read; give an IANA name.")
    first: date | None = opens.date() if opens else None
    try:
        with transaction() as session:
            key, version = intakes.add(
                session, stream_key, opens=first, closes=closes.date(), at=at, zone=zone, now=clock.now()
            )
    except (NotFoundError, people.RefusedError) as fault:
        refuse(str(fault))
    tell({"intake": key, "stream": stream_key, "version": version}, as_json=as_json)


@intake.command("move")
@click.argument("intake_key")
@click.option("--closes", type=DAY, required=True, help="The new closing day.")
@click.option(
    "--time", "at", callback=_wall_time, help="The new closing time, HH:MM; the old one stays where left out."
)
@AS_JSON
def move_intake(intake_key: str, closes: datetime, at: time | None, *, as_json: bool) -> None:
    """Move the closing date of a round; whoever tracks it is told by the next tick."""
    try:
        with transaction() as session:
            version = intakes.move(session, intake_key, closes.date(), at, clock.now())
    except (NotFoundError, people.RefusedError) as fault:
        refuse(str(fault))
    tell({"intake": intake_key, "version": version}, as_json=as_json)


@intake.command("withdraw")
@click.argument("intake_key")
@AS_JSON
def withdraw_intake(intake_key: str, *, as_json: bool) -> None:
    """Say that a round will not take place; whoever tracks it is told by the next tick."""
    try:
        with transaction() as session:
            version = intakes.withdraw(session, intake_key, clock.now())
    except NotFoundError as fault:
        refuse(str(fault))
    tell({"intake": intake_key, "version": version}, as_json=as_json)


@click.command("practice")
@AS_JSON
def load_practice(*, as_json: bool) -> None:
    """Load the made-up examples with dates in the coming weeks, unless some are still ahead."""
    try:
        with transaction() as session:
            counts = practice.load(session, practice.FILE, clock.now())
    except (BadRecordError, OSError) as fault:
        refuse(str(fault))
    tell({"examples_added": counts.added}, as_json=as_json)


COMMANDS = (run_tick, mail, track, intake, load_practice)
