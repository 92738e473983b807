"""Every route, with every method, for every role, on one's own community and on another: the table of permissions holds.

What is expected is worked out from the table alone. Refused: led to sign in, 403, or 404 for what is another's. Granted:
anything else. A route that names no line of the table, or has a variable that is not described here, fails.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.routing import Rule as Route
from werkzeug.test import TestResponse

from grants import clock
from grants.app import create_app
from grants.domain.applications import State
from grants.domain.bilingual import LANGUAGES
from grants.domain.people import COMMUNITY_ROLES, STAFF_ROLES, Role
from grants.domain.permissions import TABLE, Scope, Thing
from grants.services import rule_drafts, sharing
from grants.store.catalogue import IntakeRow
from grants.store.database import db, transaction
from grants.store.feeds import FeedRow
from grants.store.reminders import MailState, OutboxRow, Reason
from grants.store.sessions import SessionRow
from grants.store.tracking import TrackedRow
from grants.web.access import Rule, rule_of
from tests.conftest import dispose, make_settings
from tests.full_workspace import STREAM, Full, fill
from tests.signing_in import a_member, browser_of
from tests.web.html import parse

OWN, OTHER, NOWHERE = "kenora", "guelph", "nowhere"
MISSING = 987_654
METHODS = ("GET", "HEAD", "OPTIONS", "POST")
WRONG = ("PUT", "PATCH", "DELETE")


class Whose(StrEnum):
    """Whose object an address names; ``INNER``: another's inside of one's own, as a foreign task of one's application."""

    OWN = "own"
    OTHER = "other"
    INNER = "inner"
    MISSING = "missing"


class Belongs(StrEnum):
    """Whom a part of an address belongs to."""

    NOBODY = "nobody"
    DEAD = "nobody, and it opens nothing"
    COMMUNITY = "it names a community"
    WORKSPACE = "a community"
    PERSON = "a person"
    ANYWHERE = "any of them, for who may at all"


@dataclass(frozen=True, slots=True)
class Part:
    """What stands in a variable part of an address: whom it belongs to, and which attribute or fixed value it is."""

    belongs: Belongs
    what: str | int


def free(value: str | int) -> Part:
    """Stand for something that belongs to nobody."""
    return Part(Belongs.NOBODY, value)


DEAD = Part(Belongs.DEAD, "none")
COMMUNITY = Part(Belongs.COMMUNITY, "")


def of_workspace(name: str) -> Part:
    """Stand for an object of a workspace, by its attribute of ``Full``."""
    return Part(Belongs.WORKSPACE, name)


def of_person(name: str) -> Part:
    """Stand for something of a person's own, by its attribute of ``Mine``."""
    return Part(Belongs.PERSON, name)


def anywhere(name: str) -> Part:
    """Stand for an object that whoever may at all may reach everywhere, by its attribute of ``Full``."""
    return Part(Belongs.ANYWHERE, name)


PARTS: Mapping[str, Part] = {
    "applications.number": of_workspace("application"),
    "applications.line_number": of_workspace("requirement"),
    "applications.note_number": of_workspace("note"),
    "applications.task_number": of_workspace("task"),
    "backplans.number": of_workspace("application"),
    "communities.key": COMMUNITY,
    "communities.priority.key": free("guelph"),
    "communities.priority.number": free(1),
    "documents.number": of_workspace("document"),
    "exports.form": free("csv"),
    "facts.key": COMMUNITY,
    "feedback.key": COMMUNITY,
    "feeds.number": of_person("feed"),
    "meetings.number": of_workspace("meeting"),
    "members.number": of_workspace("writer"),
    "members.resend.number": of_workspace("invitation"),
    "members.withdraw.number": of_workspace("invitation"),
    "outbox.letter.letter_id": of_person("letter"),
    "outbox.resend.letter_id": anywhere("letter"),
    "programs.key": free("csp-grant"),
    "programs.stream.key": free("csp-grant-local-priorities"),
    "rules.key": free("csp-grant-local-priorities"),
    "rules.number": free(1),
    "rules.rule_key": free("applicants"),
    "shared.number": anywhere("share"),
    "sharing.application_id": of_workspace("application"),
    "staff.deed": free("withdraw"),
    "staff.number": anywhere("staff"),
    "staff.on_invitation.number": anywhere("staff_invitation"),
    "staff.on_lead_invitation.number": anywhere("lead_invitation"),
    "static.filename": free("style.css"),
    "token": DEAD,
    "tracking.number": of_person("tracked"),
    "vocabulary.key": free("homelessness"),
}
"""What stands in the variable parts of addresses, by endpoint and name, by blueprint and name, or by name."""


@dataclass(frozen=True, slots=True)
class Mine:
    """The numbers of what is a person's own."""

    tracked: int
    feed: int
    letter: int


@dataclass(frozen=True, slots=True)
class World:
    """Two communities with one of everything in each, and a browser for each role; members work for the first."""

    app: Flask
    database: Path
    pristine: Path
    own: Full
    other: Full
    people: Mapping[Role, int]
    mine: Mapping[Role, Mine]
    strangers: Mine
    browsers: Mapping[Role, FlaskClient]
    cookies: Mapping[Role, str]

    def restore(self) -> None:
        """Undo whatever a request wrote, and give the browsers their sign-ins back."""
        dispose(self.app)
        shutil.copyfile(self.pristine, self.database)
        for role, cookie in self.cookies.items():
            self.browsers[role].set_cookie("session", cookie)

    def value(self, part: Part, role: Role, whose: Whose, *, first: bool) -> str | int:
        """Give what stands in a part of an address; ``first``: it is the outermost of the parts."""
        if whose is Whose.INNER:
            whose = Whose.OWN if first else Whose.OTHER
        match part.belongs:
            case Belongs.NOBODY | Belongs.DEAD:
                return part.what
            case Belongs.COMMUNITY:
                return {Whose.OWN: OWN, Whose.OTHER: OTHER}.get(whose, NOWHERE)
            case _ if whose is Whose.MISSING:
                return MISSING
            case Belongs.PERSON:
                held: Full | Mine = self.mine.get(role, self.strangers) if whose is Whose.OWN else self.strangers
            case _:
                held = self.own if whose is Whose.OWN else self.other
        number: int = getattr(held, str(part.what))
        return number


class Answer(StrEnum):
    """How a request is answered, as far as permissions go."""

    GRANTED = "granted"
    SIGN_IN = "sign in"
    FORBIDDEN = "403"
    NOT_THERE = "404"


REFUSED = frozenset({Answer.SIGN_IN, Answer.FORBIDDEN, Answer.NOT_THERE})


FORMS: Mapping[str, Mapping[str, str]] = {
    "applications.move": {"to": State.INTERNAL_REVIEW.value},
    "applications.turn_task": {"turn": "done"},
    "sharing.turn": {"turn": "off"},
    "staff.set_active": {"active": "no"},
}
"""What a form must say to be about anything; every other form is sent empty."""

BESIDE: Mapping[str, frozenset[Role]] = {"second_factor.turn_off": STAFF_ROLES}
"""Where a view refuses more than the table: staff keep their second factor, which is their own like anybody's."""


def form_of(route: Route, method: str) -> Mapping[str, str] | None:
    """Give what a form says; nothing is sent by another method."""
    return FORMS.get(route.endpoint) if method == "POST" else None


def parts_of(route: Route) -> dict[str, Part | None]:
    """Find what stands in the variable parts of an address, the outermost first."""
    endpoint = route.endpoint
    blueprint = endpoint.partition(".")[0]
    names = [name for name in re.findall(r"<(?:[^<>]*:)?(\w+)>", route.rule) if name != "lang_code"]
    return {
        name: PARTS.get(f"{endpoint}.{name}") or PARTS.get(f"{blueprint}.{name}") or PARTS.get(name) for name in names
    }


def belongs(route: Route) -> list[Belongs]:
    """Tell whom the parts of an address belong to."""
    return [part.belongs for part in parts_of(route).values() if part is not None]


def expected(rule: Rule, role: Role, whose: Whose, route: Route) -> Answer:
    """Work out from the table how a request is to be answered."""
    granted = {each for each, scope in TABLE[rule.thing][rule.act].items() if scope is not Scope.DEVELOPMENT}
    if Role.PUBLIC in granted:
        return Answer.GRANTED
    if role is Role.PUBLIC:
        return Answer.SIGN_IN
    if rule.community is not None and (role not in COMMUNITY_ROLES or whose is not Whose.OWN):
        return Answer.NOT_THERE
    if granted.isdisjoint({role, Role.MEMBER}):
        return Answer.FORBIDDEN
    if role in BESIDE.get(route.endpoint, ()):
        return Answer.FORBIDDEN
    kinds = belongs(route)
    if whose is Whose.MISSING and Belongs.ANYWHERE in kinds:
        return Answer.NOT_THERE
    closed = {Belongs.WORKSPACE, Belongs.PERSON}
    return Answer.NOT_THERE if whose is not Whose.OWN and closed.intersection(kinds) else Answer.GRANTED


def answer_of(response: TestResponse, wanted: Answer, route: Route, rule: Rule) -> Answer:
    """Read how a request was answered.

    404 says nothing of permissions where an address is a dead link, or where a form that was sent empty names nothing.
    """
    if response.status_code == 302 and re.match(r"/en/sign-in\b", response.location or ""):
        return wanted if rule.thing is Thing.DOORS else Answer.SIGN_IN  # one door may lead to another
    if response.status_code == 403:
        return Answer.FORBIDDEN
    if response.status_code != 404:
        return Answer.GRANTED
    kinds = set(belongs(route))
    empty_form = response.request.method == "POST" and kinds <= {Belongs.NOBODY, Belongs.COMMUNITY}
    names_nothing = empty_form or Belongs.DEAD in kinds
    return Answer.GRANTED if wanted is Answer.GRANTED and names_nothing else Answer.NOT_THERE


@pytest.fixture(scope="module")
def world(sqlite_template: Callable[[bool], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Make the two communities, the people and their browsers once; each test leaves the database as it was."""
    folder = tmp_path_factory.mktemp("permissions")
    database, pristine = folder / "site.sqlite3", folder / "pristine.sqlite3"
    shutil.copyfile(sqlite_template(True), database)  # noqa: FBT003
    app = create_app(make_settings(f"sqlite:///{database}", folder))
    app.config["PROPAGATE_EXCEPTIONS"] = False  # a view that breaks is told with the others
    app.config["WTF_CSRF_ENABLED"] = False  # who may send a form is what is asked here
    with app.app_context(), transaction() as session:
        own, other = fill(session, OWN, clock.now()), fill(session, OTHER, clock.now())
    people = {
        Role.MEMBER: a_member(app, "member@x.example"),
        Role.WRITER: own.writer,
        Role.LEAD: own.lead,
        Role.EDITOR: own.staff,
        Role.APPROVER: a_member(app, "approver@x.example", Role.APPROVER),
        Role.OPERATOR: a_member(app, "operator@x.example", Role.OPERATOR),
    }
    with app.app_context(), transaction() as session:
        for number in (own.share, other.share):
            for role in (Role.EDITOR, Role.APPROVER):
                sharing.open_shared(session, number, by=people[role], now=clock.now())
        seen = rule_drafts.seen_now(session, STREAM, own.staff)
        draft = rule_drafts.move_rule(session, STREAM, own.staff, "applicants", clock.now(), steps=1, seen=seen)
        assert draft.id == 1
        mine = {role: belongings(session, person) for role, person in people.items()}
        strangers = belongings(session, other.lead)
    browsers = {
        role: browser_of(app, person, community=OWN if role in COMMUNITY_ROLES else None)
        for role, person in people.items()
    }
    browsers[Role.PUBLIC] = app.test_client()
    dispose(app)
    shutil.copyfile(database, pristine)
    held = {role: browser.get_cookie("session") for role, browser in browsers.items()}
    cookies = {role: cookie.value for role, cookie in held.items() if cookie is not None}
    yield World(app, database, pristine, own, other, people, mine, strangers, browsers, cookies)
    dispose(app)


def belongings(session: Session, person: int) -> Mine:
    """Give a person a tracked intake, a feed and a letter of their own."""
    now = clock.now()
    intake = session.scalars(select(IntakeRow.key).order_by(IntakeRow.key).limit(1)).one()
    tracked = TrackedRow(person=person, intake=intake, since=now, told={})
    feed = FeedRow(person=person, token_hash=sha256(f"feed of {person}".encode()).hexdigest(), made_at=now)
    letter = OutboxRow(
        person=person,
        recipient="somebody@x.example",
        reason=Reason.ACCOUNT.value,
        state=MailState.SENT.value,
        message_id=f"<{person}@x.example>",
        subject="A letter",
        created_at=now,
        next_try_at=now,
        expires_at=now,
    )
    session.add_all((tracked, feed, letter))
    session.flush()
    return Mine(tracked.id, feed.id, letter.id)


def routes(app: Flask) -> list[Route]:
    """Every route of the application."""
    return list(app.url_map.iter_rules())


def address(world: World, route: Route, role: Role, whose: Whose) -> str:
    """Build an address of a route, in English."""
    values: dict[str, Any] = {"lang_code": "en"} if "lang_code" in route.arguments else {}
    for place, (name, part) in enumerate(parts_of(route).items()):
        assert part is not None, f"{route.endpoint}: nothing is known of <{name}>"
        values[name] = world.value(part, role, whose, first=place == 0)
    with world.app.test_request_context():
        return world.app.url_for(route.endpoint, **values).partition("?")[0]


def cases(route: Route, rule: Rule) -> tuple[Whose, ...]:
    """Give whose objects a route is to be tried on: what is public belongs to nobody."""
    public = {Belongs.NOBODY, Belongs.DEAD} | (set() if rule.community is not None else {Belongs.COMMUNITY})
    kinds = [each for each in belongs(route) if each not in public]
    if not kinds:
        return (Whose.OWN,)
    return tuple(Whose) if len(kinds) > 1 else (Whose.OWN, Whose.OTHER, Whose.MISSING)


def rule_for(world: World, route: Route) -> Rule:
    """Give what a route asks of the table."""
    rule = rule_of(world.app, route.endpoint)
    assert rule is not None, f"{route.endpoint} asks nothing"
    return rule


def test_every_route_asks_the_table_and_its_variables_are_known(world: World) -> None:
    silent = [route.endpoint for route in routes(world.app) if rule_of(world.app, route.endpoint) is None]
    unknown = [
        f"{route.endpoint}.{name}"
        for route in routes(world.app)
        for name, part in parts_of(route).items()
        if part is None
    ]

    assert silent == []
    assert unknown == [], "say in PARTS what stands there"


def test_no_part_is_described_that_no_address_has(world: World) -> None:
    found = {
        key
        for route in routes(world.app)
        for name in parts_of(route)
        for key in (f"{route.endpoint}.{name}", f"{route.endpoint.partition('.')[0]}.{name}", name)
    }

    assert set(PARTS) - found == set()


@pytest.mark.parametrize("role", list(Role))
def test_the_table_holds(world: World, role: Role) -> None:
    wrong = []
    browser = world.browsers[role]
    same_address = {
        route.rule: [each for each in routes(world.app) if each.rule == route.rule] for route in routes(world.app)
    }
    for route in routes(world.app):
        rule = rule_for(world, route)
        for whose in cases(route, rule):
            wanted = expected(rule, role, whose, route)
            also = {
                expected(rule_for(world, each), role, which, each)
                for each in same_address[route.rule]
                for which in (whose, Whose.OWN)
            }
            path = address(world, route, role, whose)
            for method in METHODS:
                if method not in (route.methods or ()):
                    continue
                response = browser.open(path, method=method, buffered=True, data=form_of(route, method))
                got = answer_of(response, wanted, route, rule)
                if method == "OPTIONS" and (got in also or route.endpoint in BESIDE):
                    got = wanted  # any of its routes tells which methods an address takes, and no view is run for it
                broken = response.status_code >= 500 and route.endpoint != "health.ready"
                if got is not wanted or broken:
                    wrong.append(f"{method} {path} ({whose}): {response.status_code}, not {wanted}")
                if method == "POST" and wanted is Answer.GRANTED:
                    world.restore()

    assert wrong == []


@pytest.mark.parametrize("role", [Role.PUBLIC, Role.MEMBER, Role.OPERATOR])
def test_what_is_refused_writes_nothing(world: World, role: Role) -> None:
    sent = 0
    for route in routes(world.app):
        if "POST" in (route.methods or ()) and expected(rule_for(world, route), role, Whose.OWN, route) in REFUSED:
            world.browsers[role].post(address(world, route, role, Whose.OWN), data=form_of(route, "POST"))
            sent += 1

    dispose(world.app)
    assert sent > 20
    assert world.database.read_bytes() == world.pristine.read_bytes()


def test_staff_without_their_second_factor_open_nothing(world: World) -> None:
    browser = browser_of(world.app, world.people[Role.APPROVER], proved=False)
    open_to_them = []
    try:
        for route in routes(world.app):
            if expected(rule_for(world, route), Role.PUBLIC, Whose.OWN, route) is Answer.GRANTED:
                continue
            for method in sorted((route.methods or set()) & {"GET", "POST"}):
                path = address(world, route, Role.APPROVER, Whose.OWN)
                response = browser.open(path, method=method, buffered=True)
                if response.status_code != 302 or not response.location.startswith("/en/second-factor"):
                    open_to_them.append(f"{method} {path}: {response.status_code}")
    finally:
        world.restore()

    assert open_to_them == []


@pytest.mark.parametrize("role", [Role.WRITER, Role.LEAD, Role.EDITOR, Role.APPROVER])
def test_what_is_anothers_answers_as_what_is_not_there(world: World, role: Role) -> None:
    told_apart, compared = [], 0
    browser = world.browsers[role]
    for route in routes(world.app):
        rule = rule_for(world, route)
        for whose in cases(route, rule):
            if whose is Whose.MISSING or expected(rule, role, whose, route) is not Answer.NOT_THERE:
                continue
            for method in sorted((route.methods or set()) & {"GET", "POST"}):
                data = form_of(route, method)
                foreign = browser.open(address(world, route, role, whose), method=method, data=data)
                missing = browser.open(address(world, route, role, Whose.MISSING), method=method, data=data)
                compared += 1
                if (foreign.status_code, plain(foreign)) != (missing.status_code, plain(missing)):
                    told_apart.append(f"{method} {route.rule} ({whose}): {foreign.status_code}")

    assert told_apart == []
    assert compared > 5


@pytest.mark.parametrize("role", [Role.WRITER, Role.LEAD, Role.EDITOR, Role.APPROVER])
def test_every_page_of_a_role_is_valid_in_both_languages_and_reading_it_writes_nothing(
    world: World, role: Role
) -> None:
    faults, read = [], 0
    for route in routes(world.app):
        rule = rule_for(world, route)
        public = expected(rule, Role.PUBLIC, Whose.OWN, route) is Answer.GRANTED
        if public or "GET" not in (route.methods or ()):
            continue
        for language in LANGUAGES:
            path = address(world, route, role, Whose.OWN).replace("/en/", f"/{language}/", 1)
            response = world.browsers[role].get(path)
            if response.mimetype == "text/html" and not response.location:
                faults += [f"{path}: {each}" for each in parse(response).faults()]
                read += 1

    dispose(world.app)
    assert faults == []
    assert read > 20
    assert world.database.read_bytes() == world.pristine.read_bytes()


def plain(response: TestResponse) -> str:
    """Give the body of an answer without what stands in the address itself."""
    path = response.request.path
    return response.get_data(as_text=True).replace(path, "").replace(path.replace("/en/", "/fr/", 1), "")


def test_a_method_that_no_route_takes_is_answered_as_such(world: World) -> None:
    for route in routes(world.app):
        path = address(world, route, Role.PUBLIC, Whose.OWN)
        for method in WRONG:
            assert world.browsers[Role.PUBLIC].open(path, method=method).status_code == 405, f"{method} {path}"


def test_a_form_without_its_token_is_refused_before_anything_else(world: World) -> None:
    world.app.config["WTF_CSRF_ENABLED"] = True
    try:
        answer = world.browsers[Role.LEAD].post(f"/en/sharing/{world.own.application}", data={"turn": "off"})
    finally:
        world.app.config["WTF_CSRF_ENABLED"] = False

    assert answer.status_code == 400


def test_a_sign_in_that_was_ended_opens_nothing(world: World) -> None:
    with world.app.app_context(), transaction() as session:
        for row in session.scalars(select(SessionRow).where(SessionRow.person == world.people[Role.LEAD])):
            row.ended_at = clock.now()
    try:
        assert world.browsers[Role.LEAD].get("/en/sharing").location.startswith("/en/sign-in")
    finally:
        with world.app.app_context():
            db.session.remove()
        world.restore()
