"""Open a browser in which somebody is signed in, without going through the doors that other tests are about."""

from __future__ import annotations

from flask import Flask
from flask.testing import FlaskClient

from grants import clock
from grants.domain.people import Role
from grants.services import people, sessions
from grants.store.database import transaction
from grants.store.people import PersonRow
from grants.web.access import SIGN_IN


def a_member(app: Flask, email: str, role: Role = Role.MEMBER, community: str | None = None) -> int:
    """Add a person with a role, and give their number."""
    with app.app_context(), transaction() as session:
        return people.add(session, email, role, clock.now(), community=community).id


def browser_of(app: Flask, person_id: int, *, community: str | None = None, proved: bool = True) -> FlaskClient:
    """Give a browser with a sign-in of a person, working for a community; ``proved``: a second factor was given."""
    client = app.test_client()
    with app.app_context(), transaction() as session:
        person = session.get_one(PersonRow, person_id)
        secret = sessions.begin(session, person, clock.now(), agent="Firefox, Linux", proved=proved)
        row = sessions.standing(session, person, clock.now())[0]
        if community is not None:
            sessions.choose_community(session, row, community)
    with client.session_transaction() as cookie:
        cookie.permanent = True
        cookie[SIGN_IN] = secret
    return client


def signed_in(app: Flask, email: str, role: Role = Role.MEMBER, community: str | None = None) -> FlaskClient:
    """Give a browser in which a new person with a role is signed in."""
    return browser_of(app, a_member(app, email, role, community), community=community)
