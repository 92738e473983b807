"""Commands of accounts, tracking, the tick and the mail."""

from __future__ import annotations

import json
import re
from datetime import date, datetime, time
from typing import Any

import click
from flask import current_app

from config import Settings
from grants import clock
from grants.cli.answers import refuse
from grants.delivery.letters import sender, stationery
from grants.domain.people import HOME_ZONE, Role, address_of
from grants.domain.records import BadRecordError
from grants.domain.zones import zone as zone_of
from grants.services import intakes, people, practice, ticks, tracking
from grants.services.catalogue import NotFoundError
from grants.store import people as person_rows
from grants.store.database import db, transaction

DAY = click.DateTime(["%Y-%m-%d"])
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
_CLOCK = re.compile("(?:[01][0-9]|2[0-3]):[0-5][0-9]")
ROLES = [role.value for role in Role if role is not Role.PUBLIC]


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
    _answer(ticks.tick(transaction, clock.now, sender(settings), stationery(settings)), as_json=as_json)


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
    _answer({"held": True, "changed": new}, as_json=as_json)


@mail.command("release")
@AS_JSON
def release(*, as_json: bool) -> None:
    """Let letters leave again, those set apart as well."""
    with transaction() as session:
        count = ticks.release(session, clock.now())
    _answer({"held": False, "released": count}, as_json=as_json)


@mail.command("status")
@AS_JSON
def status(*, as_json: bool) -> None:
    """Show how many letters stand where, whether mail is held, and the last run."""
    _answer(ticks.status(db.session()), as_json=as_json)


@click.group("user")
def user() -> None:
    """People with an account."""


@user.command("add")
@click.argument("email")
@click.option("--role", type=click.Choice(ROLES), required=True, help="What the person may do.")
@click.option("--community", help="The community a writer or lead works for, by its id.")
@click.option("--name", help="The person's name; the first part of the address where left out.")
@AS_JSON
def add_user(email: str, role: str, community: str | None, name: str | None, *, as_json: bool) -> None:
    """Add a person, or give one who is here a role; the address counts as confirmed and no letter is sent."""
    try:
        with transaction() as session:
            person = people.add(session, email, Role(role), clock.now(), community=community, name=name)
            told = {"email": person.email, "name": person.name, "role": role, "community": community}
    except (people.RefusedError, NotFoundError) as fault:
        refuse(str(fault))
    _answer(told, as_json=as_json)


@click.command("track")
@click.argument("email")
@click.argument("stream_key")
@AS_JSON
def track(email: str, stream_key: str, *, as_json: bool) -> None:
    """Track the present intake of a stream for a person."""
    try:
        with transaction() as session:
            person = person_rows.by_email(session, address_of(email) or "")
            if person is None:
                refuse(f"There is nobody with the address {email!r}; add them with flask user add.")
            intake = tracking.track_stream(session, person, stream_key, clock.now())
            planned = [
                {"stage": row.stage, "kind": row.kind, "lead": row.lead, "due": row.due_at.isoformat()}
                for row in tracking.planned(session, person.id, intake)
            ]
    except NotFoundError as fault:
        refuse(str(fault))
    _answer({"email": person.email, "intake": intake, "reminders": planned}, as_json=as_json)


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
    _answer({"intake": key, "stream": stream_key, "version": version}, as_json=as_json)


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
    _answer({"intake": intake_key, "version": version}, as_json=as_json)


@click.command("practice")
@AS_JSON
def load_practice(*, as_json: bool) -> None:
    """Load the made-up examples with dates in the coming weeks, unless some are still ahead."""
    try:
        with transaction() as session:
            counts = practice.load(session, practice.FILE, clock.now())
    except (BadRecordError, OSError) as fault:
        refuse(str(fault))
    _answer({"examples_added": counts.added}, as_json=as_json)


def _answer(told: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    for name, value in told.items():
        click.echo(f"{name}: {value if not isinstance(value, dict) else json.dumps(value, ensure_ascii=False)}")


COMMANDS = (run_tick, mail, user, track, intake, load_practice)
