"""Who may open what: every view names its line of the table of permissions; one that names none is opened by nobody.

    @bp.get("/applications")
    @allow(Thing.APPLICATIONS, Act.READ)
    def index() -> ResponseReturnValue: ...

Person, role and community are read from the database on each request, never from the request: the browser holds the
secret of a sign-in and nothing else. An object of another community answers as one that does not exist.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from http import HTTPStatus
from typing import Any, TypeVar

import structlog
from flask import Flask, abort, current_app, g, make_response, redirect, render_template, request, session, url_for
from flask_security import RoleMixin, Security, SQLAlchemyUserDatastore
from werkzeug.wrappers import Response

from config import Settings
from grants import clock
from grants.domain.communities import Community
from grants.domain.people import Role
from grants.domain.permissions import Act, Thing, is_granted, roles_for
from grants.domain.records import read
from grants.services import sessions
from grants.store import people, tenants
from grants.store import sessions as session_rows
from grants.store.communities import CommunityRow
from grants.store.database import db, transaction
from grants.store.people import PersonRow
from grants.store.sessions import SessionRow
from grants.store.tenants import Owned

__all__ = [
    "Act",
    "Role",
    "Thing",
    "allow",
    "allowed_roles",
    "current_person",
    "enter",
    "has_role",
    "held_communities",
    "init_app",
    "landing",
    "leave",
    "may",
    "own_community",
    "owned",
    "rule_of",
    "sign_in_row",
    "signed_in",
    "wants_proof",
    "workspace",
]

log = structlog.get_logger(__name__)

LINK_LASTS = timedelta(days=2)
"""How long a link to choose a password works."""

SIGN_IN = "sign_in"
"""The key under which a browser's cookie holds the secret of its sign-in."""

View = TypeVar("View", bound=Callable[..., Any])
OwnedRow = TypeVar("OwnedRow", bound=Owned)


@dataclass(frozen=True, slots=True)
class Rule:
    """What a view asks of the table; ``community`` names the part of the address that says whose, where one does."""

    thing: Thing
    act: Act
    community: str | None = None


UNDECORATED: dict[str, Rule] = {
    "static": Rule(Thing.CATALOGUE, Act.READ),
    "front_door": Rule(Thing.CATALOGUE, Act.READ),
    "health.alive": Rule(Thing.DOORS, Act.READ),
    "health.ready": Rule(Thing.DOORS, Act.READ),
}
"""Views that are not written here, or that must not depend on this module."""


class NoRole(RoleMixin):
    """The extension's own roles are not used: what a person may do is asked of the table of permissions."""


def allow(thing: Thing, act: Act, *, community: str | None = None) -> Callable[[View], View]:
    """Say what a view opens, and so who may open it. It stands under the route.

    Args:
        thing: what it opens.
        act: what it does with it.
        community: the part of the address that names a community, for a view about one that need not be the one the
            person works for now; without it ``Scope.OWN`` means that one.
    """
    roles_for(thing, act)  # a line that is not there shows when the program starts

    def say(view: View) -> View:
        view.access_rule = Rule(thing, act, community)  # type: ignore[attr-defined]
        return view

    return say


def rule_of(app: Flask, endpoint: str) -> Rule | None:
    """Give what an endpoint asks of the table; ``None`` where nobody has said so."""
    said: Rule | None = getattr(app.view_functions.get(endpoint), "access_rule", None)
    return said or UNDECORATED.get(endpoint)


def allowed_roles(app: Flask, endpoint: str) -> frozenset[Role] | None:
    """Give who may open an endpoint; ``None`` where nobody has said so."""
    rule = rule_of(app, endpoint)
    return roles_for(rule.thing, rule.act, development=_in_development(app)) if rule else None


def sign_in_row() -> SessionRow | None:
    """Give the sign-in of this browser while it stands, read once; its second factor may still be wanting."""
    if "sign_in_row" not in g:
        secret = session.get(SIGN_IN)
        digest = sessions.digest(secret) if isinstance(secret, str) else ""
        g.sign_in_row = session_rows.live(db.session(), digest, clock.now()) if digest else None
    row: SessionRow | None = g.sign_in_row
    return row


def _person_of_sign_in() -> PersonRow | None:
    if "person_of_sign_in" not in g:
        row = sign_in_row()
        g.person_of_sign_in = db.session().get(PersonRow, row.person) if row is not None else None
    person: PersonRow | None = g.person_of_sign_in
    return person if person is not None and person.active else None


def wants_proof() -> PersonRow | None:
    """Give who has signed in here with a password and must still give, or set up, a second factor."""
    person, row = _person_of_sign_in(), sign_in_row()
    if person is None or row is None or row.proved_at is not None:
        return None
    return person if person.staff_role or person.totp_secret else None


def current_person() -> PersonRow | None:
    """Give who is signed in, as the database knows them now; nobody while a second factor is wanting."""
    if wants_proof() is not None:
        return None
    person = _person_of_sign_in()
    if person is not None:
        g.user_id = person.id
    return person


def enter(person: PersonRow, *, proved: bool) -> None:
    """Begin a sign-in of a person: nothing of what this browser held before goes on, be it theirs or a stranger's.

    It is called with ``proved`` once a second factor was given: whoever knew the secret of before knows nothing now.
    """
    agent, before = _agent(), sign_in_row()
    with transaction() as unit:
        if before is not None:
            sessions.end(unit, before.id, clock.now())
        secret = sessions.begin(unit, unit.get_one(PersonRow, person.id), clock.now(), agent=agent, proved=proved)
    _clear_session()
    session.permanent = True
    session[SIGN_IN] = secret
    forget()


def leave() -> None:
    """End this browser's sign-in: a copy of the cookie, wherever it is, opens nothing from now on."""
    row = sign_in_row()
    if row is not None:
        with transaction() as unit:
            sessions.end(unit, row.id, clock.now())
    _clear_session()
    forget()


def _clear_session() -> None:
    """Begin an empty session; a token for forms that was made for the one of before serves no more."""
    session.clear()
    g.pop("csrf_token", None)


def forget() -> None:
    """Read anew who is signed in, when next asked: something about it has just changed."""
    for name in ("sign_in_row", "person_of_sign_in", "roles", "own_community", "held_communities"):
        g.pop(name, None)


def _agent() -> str:
    """Name browser and system in two words, from what the browser says of itself."""
    told = request.user_agent.string
    browsers = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
    systems = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"))
    more = (("Mac OS", "Mac"), ("CrOS", "ChromeOS"), ("Linux", "Linux"))
    browser = next((name for sign, name in browsers if sign in told), "")
    system = next((name for sign, name in (*systems, *more) if sign in told), "")
    return ", ".join(each for each in (browser, system) if each)


def own_community() -> Community | None:
    """Give the community that who is signed in works for in this browser, read once."""
    if "own_community" not in g:
        row, person = sign_in_row(), current_person()
        g.own_community = None
        if row is not None and person is not None and row.community is not None:
            unit = db.session()
            if people.role_in(unit, person.id, row.community) is not None:
                g.own_community = read(unit.get_one(CommunityRow, row.community).record, Community)
    community: Community | None = g.own_community
    return community


def held_communities() -> list[tuple[Community, Role]]:
    """Give the communities that who is signed in works for, and as what, by name; read once."""
    if "held_communities" not in g:
        person = current_person()
        g.held_communities = people.communities_of(db.session(), person.id) if person is not None else []
    held: list[tuple[Community, Role]] = g.held_communities
    return held


def landing() -> str:
    """Give the page that somebody who has just signed in begins with; first a second factor, where one is wanting."""
    if wants_proof() is not None:
        return url_for("second_factor.ask")
    if own_community() is not None:
        return url_for("workspace.index")
    return url_for("account.communities") if len(held_communities()) > 1 else url_for("tracking.index")


def workspace() -> Community:
    """Give the community worked for, in a view that is open to members of one only."""
    community = own_community()
    if community is None:
        abort(404)
    return community


def owned(kind: type[OwnedRow], number: int) -> OwnedRow:
    """Read an object of the community worked for; another's answers as one that is not there.

    Who works for the community that it belongs to as well is told so, and may switch.
    """
    here = workspace()
    row = tenants.one(db.session(), kind, here.key, number)
    if row is None:
        _tell_where_it_belongs(kind, number, here)
        abort(404)
    return row


def _tell_where_it_belongs(kind: type[Owned], number: int, here: Community) -> None:
    for community, _ in held_communities():
        if community.key != here.key and tenants.one(db.session(), kind, community.key, number) is not None:
            back = request.full_path.rstrip("?") if request.method == "GET" else ""
            page = render_template("account/elsewhere.html", belongs_to=community, here=here, back=back)
            abort(make_response(page, HTTPStatus.CONFLICT))


def signed_in() -> PersonRow:
    """Give who is signed in, in a view that is open to members only."""
    person = current_person()
    if person is None:
        abort(401)
    return person


def has_role(*roles: Role) -> bool:
    """Tell whether who is signed in holds any of the roles."""
    return not current_roles().isdisjoint(roles)


def may(thing: Thing, act: Act) -> bool:
    """Tell whether who is signed in may do this, in the community they work for: for what a page offers."""
    return is_granted(thing, act, current_roles(), development=_in_development(current_app))


def current_roles() -> frozenset[Role]:
    """Give the roles of this request, read once: on staff, and in the community worked for."""
    if "roles" not in g:
        person, community = current_person(), own_community()
        g.roles = frozenset({Role.PUBLIC})
        if person is not None:
            g.roles |= people.roles_of(db.session(), person, community.key if community else None)
    roles: frozenset[Role] = g.roles
    return roles


def guard() -> Response | None:
    """Let a request through to a view that is open to it.

    Who is not signed in is asked to, and comes back; who lacks the role is told so; a community that the person does
    not work for, and a view that nobody declared, do not exist.
    """
    if request.endpoint is None:
        return None
    rule = rule_of(current_app, request.endpoint)
    if rule is None:
        log.error("a view declares nobody who may open it", endpoint=request.endpoint)
        abort(404)
    development = _in_development(current_app)
    if is_granted(rule.thing, rule.act, frozenset(), development=development):
        return None
    back = request.full_path.rstrip("?") if request.method == "GET" else request.form.get("back", "")
    if wants_proof() is not None:
        return redirect(url_for("second_factor.ask", back=back or None))
    person = current_person()
    if person is None:
        return redirect(url_for("people.sign_in", back=back or None))
    held = current_roles()
    if rule.community is not None:
        there = people.role_in(db.session(), person.id, (request.view_args or {})[rule.community])
        if there is None:
            abort(404)
        held = frozenset({there})
    if not is_granted(rule.thing, rule.act, held, development=development):
        anywhere = frozenset(role for _, role in held_communities())
        if own_community() is None and is_granted(rule.thing, rule.act, anywhere, development=development):
            return redirect(url_for("account.communities", back=back or None))
        abort(403)
    return None


def _in_development(app: Flask) -> bool:
    settings: Settings = app.config["SETTINGS"]
    return settings.is_development


def init_app(app: Flask) -> None:
    """Give the application its accounts and close every door that is not declared open."""
    app.config.from_mapping(
        SECURITY_PASSWORD_HASH="argon2",  # noqa: S106 - the name of a method
        SECURITY_PASSWORD_SCHEMES=["argon2"],
        # Argon2 salts by itself; a second secret would lock everybody out on the day it is changed.
        SECURITY_PASSWORD_SINGLE_HASH=True,
        SECURITY_PASSWORD_NORMALIZE_FORM="NFKC",  # noqa: S106 - the name of a form
        SECURITY_PASSWORD_LENGTH_MIN=12,
        SECURITY_RESET_PASSWORD_WITHIN=LINK_LASTS,
        SECURITY_JOIN_USER_ROLES=False,
        SECURITY_USE_REGISTER_V2=True,
        SECURITY_CLI_USERS_NAME=False,
        SECURITY_CLI_ROLES_NAME=False,
        SECURITY_STATIC_FOLDER=None,
    )
    Security(app, SQLAlchemyUserDatastore(db, PersonRow, NoRole), register_blueprint=False)
    app.before_request(guard)
    app.extensions["access_rule"] = partial(rule_of, app)  # the command that prints the table asks it

    @app.context_processor
    def names() -> dict[str, object]:
        return {
            "current_person": current_person,
            "has_role": has_role,
            "held_communities": held_communities,
            "may": may,
            "Act": Act,
            "Role": Role,
            "Thing": Thing,
        }
