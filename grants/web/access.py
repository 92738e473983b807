"""Who may open what: every view says it, and a view that says nothing is opened by nobody.

    @bp.get("/programs")
    @allow(Role.PUBLIC)
    def index() -> ResponseReturnValue: ...

Role and community are read from the database on each request, never from the request.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

import structlog
from flask import Flask, abort, current_app, g, redirect, request, url_for
from flask_security import RoleMixin, Security, SQLAlchemyUserDatastore, current_user
from werkzeug.wrappers import Response

from grants.domain.communities import Community
from grants.domain.people import Role
from grants.store import people
from grants.store.database import db
from grants.store.people import PersonRow

__all__ = ["Role", "allow", "allowed_roles", "current_person", "has_role", "init_app", "own_community", "signed_in"]

log = structlog.get_logger(__name__)

LINK_LASTS = timedelta(days=2)
"""How long a link to choose a password works."""

View = TypeVar("View", bound=Callable[..., Any])

UNDECORATED: dict[str, frozenset[Role]] = {
    "static": frozenset({Role.PUBLIC}),
    "front_door": frozenset({Role.PUBLIC}),
    "health.alive": frozenset({Role.PUBLIC}),
    "health.ready": frozenset({Role.PUBLIC}),
}
"""Views that are not written here, or that must not depend on this module."""


class NoRole(RoleMixin):
    """The extension's own roles are not used: what a person may do is asked of ``people.roles_of``."""


def allow(*roles: Role) -> Callable[[View], View]:
    """Say who may open a view: somebody who holds any of the roles. It stands under the route."""

    def say(view: View) -> View:
        view.allowed_roles = frozenset(roles)  # type: ignore[attr-defined]
        return view

    return say


def allowed_roles(app: Flask, endpoint: str) -> frozenset[Role] | None:
    """Give who may open an endpoint; ``None`` where nobody has said so."""
    said: frozenset[Role] | None = getattr(app.view_functions.get(endpoint), "allowed_roles", None)
    return said if said is not None else UNDECORATED.get(endpoint)


def current_person() -> PersonRow | None:
    """Give who is signed in, as the database knows them now."""
    if not current_user.is_authenticated:
        return None
    person: PersonRow = current_user._get_current_object()  # noqa: SLF001 - the proxy's own way to what it stands for
    g.user_id = person.id
    return person


def own_community() -> Community | None:
    """Give the community that who is signed in works for, read once."""
    if "own_community" not in g:
        person = current_person()
        g.own_community = people.community_of(db.session(), person.id) if person is not None else None
    community: Community | None = g.own_community
    return community


def signed_in() -> PersonRow:
    """Give who is signed in, in a view that is open to members only."""
    person = current_person()
    if person is None:
        abort(401)
    return person


def has_role(*roles: Role) -> bool:
    """Tell whether who is signed in holds any of the roles."""
    return not current_roles().isdisjoint(roles)


def current_roles() -> frozenset[Role]:
    """Give the roles of this request, read once."""
    if "roles" not in g:
        person = current_person()
        held = people.roles_of(db.session(), person) if person is not None else frozenset()
        g.roles = held | {Role.PUBLIC}
    roles: frozenset[Role] = g.roles
    return roles


def guard() -> Response | None:
    """Let a request through to a view that is open to it.

    Who is not signed in is asked to, and comes back; who lacks the role is told so; a view that nobody declared does
    not exist.
    """
    if request.endpoint is None:
        return None
    roles = allowed_roles(current_app, request.endpoint)
    if roles is None:
        log.error("a view declares nobody who may open it", endpoint=request.endpoint)
        abort(404)
    if Role.PUBLIC in roles or has_role(*roles):
        return None
    if current_person() is not None:
        abort(403)
    back = request.full_path.rstrip("?") if request.method == "GET" else request.form.get("back", "")
    return redirect(url_for("people.sign_in", back=back or None))


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

    @app.context_processor
    def names() -> dict[str, object]:
        return {"current_person": current_person, "has_role": has_role, "Role": Role}
