"""Commands of accounts."""

from __future__ import annotations

import click
from flask import current_app

from config import Settings
from grants import clock
from grants.cli.answers import AS_JSON, refuse, tell
from grants.delivery.letters import stationery
from grants.domain.people import Role, address_of
from grants.services import people, second_factor
from grants.services.catalogue import NotFoundError
from grants.store import people as rows
from grants.store.database import transaction

ROLES = [role.value for role in Role if role is not Role.PUBLIC]


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
    tell(told, as_json=as_json)


@user.command("reset-second-factor")
@click.argument("email")
@AS_JSON
def reset_second_factor(email: str, *, as_json: bool) -> None:
    """Turn the second factor of a person off and end their sign-ins; staff set up another when they next sign in.

    A letter tells the person.
    """
    settings: Settings = current_app.config["SETTINGS"]
    with transaction() as session:
        person = rows.by_email(session, address_of(email) or "")
        if person is None:
            refuse(f"There is nobody with the address {email!r}.")
        before = person.totp_secret is not None
        second_factor.reset(session, person, clock.now(), stationery(settings))
        told = {"email": person.email, "reset": before}
    tell(told, as_json=as_json)


COMMANDS = (user,)
