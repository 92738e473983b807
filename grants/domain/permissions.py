"""Who may do what: one table, read by every page, printed by ``flask permissions``, walked by the tests.

What the table does not grant is refused. A role never opens another community's data: ``Scope.OWN`` is the community
that the person works for at the moment of the request.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from grants.domain.people import Role


class Thing(StrEnum):
    """What can be opened or changed."""

    CATALOGUE = "the published catalogue and what is worked out from it"
    DOORS = "signing in, asking for an account, links in letters"
    FEED = "a calendar feed, by its secret address"
    ACCOUNT = "one's own account, second factor and sign-ins"
    TRACKING = "one's own tracked intakes, reminders and feeds"
    LETTERS = "what a letter says"
    OUTBOX = "how letters stand"
    RULE_DRAFTS = "drafts of rules, tries of them"
    LIVE_RULES = "the rules in force"
    VOCABULARY = "the vocabulary and what users marked"
    PROFILE = "what a community states of itself"
    FEEDBACK = "how a community reads its priorities and matches"
    APPLICATIONS = "applications, tasks, checklists, notes"
    ASSIGNMENT = "tasks of other people"
    CALENDAR = "meeting dates and working hours"
    DOCUMENTS = "the documents kept ready"
    MEMBERS = "the members of a community"
    SHARING = "what a community shares with the ministry, and the log of it"
    EXPORT = "the whole export of a community's workspace"
    DELETION = "the deletion of a community's workspace"
    SHARED = "applications that a community shares"
    LEADS = "the plan leads of communities"
    STAFF = "staff accounts and roles"


class Act(StrEnum):
    """What is done with it."""

    READ = "read"
    WRITE = "write"
    APPROVE = "approve"


class Scope(StrEnum):
    """Which of the things a grant reaches."""

    ALL = "all"
    OWN = "own community"
    SELF = "own person"
    SHARED = "where shared"
    OTHERS = "never one's own"
    DEVELOPMENT = "in development"


Grants = Mapping[Role, Scope]

_STAFF: Grants = {Role.EDITOR: Scope.ALL, Role.APPROVER: Scope.ALL, Role.OPERATOR: Scope.ALL}
_EDITORS: Grants = {Role.EDITOR: Scope.ALL, Role.APPROVER: Scope.ALL}
_COMMUNITY: Grants = {Role.WRITER: Scope.OWN, Role.LEAD: Scope.OWN}
_LEAD: Grants = {Role.LEAD: Scope.OWN}
_SELF: Grants = {Role.MEMBER: Scope.SELF}
_EVERYBODY: Grants = {Role.PUBLIC: Scope.ALL}

TABLE: Mapping[Thing, Mapping[Act, Grants]] = {
    Thing.CATALOGUE: {Act.READ: _EVERYBODY},
    Thing.DOORS: {Act.READ: _EVERYBODY, Act.WRITE: _EVERYBODY},
    Thing.FEED: {Act.READ: _EVERYBODY},
    Thing.ACCOUNT: {Act.READ: _SELF, Act.WRITE: _SELF},
    Thing.TRACKING: {Act.READ: _SELF, Act.WRITE: _SELF},
    Thing.LETTERS: {Act.READ: {Role.MEMBER: Scope.SELF, Role.PUBLIC: Scope.DEVELOPMENT}},
    Thing.OUTBOX: {
        Act.READ: {**_STAFF, Role.PUBLIC: Scope.DEVELOPMENT},
        Act.WRITE: {Role.APPROVER: Scope.ALL, Role.OPERATOR: Scope.ALL},
    },
    Thing.RULE_DRAFTS: {Act.READ: _STAFF, Act.WRITE: _EDITORS},
    Thing.LIVE_RULES: {Act.APPROVE: {Role.APPROVER: Scope.OTHERS}},
    Thing.VOCABULARY: {Act.READ: _STAFF, Act.WRITE: _EDITORS},
    Thing.PROFILE: {Act.READ: _COMMUNITY, Act.WRITE: _LEAD},
    Thing.FEEDBACK: {Act.WRITE: _COMMUNITY},
    Thing.APPLICATIONS: {Act.READ: _COMMUNITY, Act.WRITE: _COMMUNITY},
    Thing.ASSIGNMENT: {Act.WRITE: _LEAD},
    Thing.CALENDAR: {Act.READ: _COMMUNITY, Act.WRITE: _COMMUNITY},
    Thing.DOCUMENTS: {Act.READ: _COMMUNITY, Act.WRITE: _COMMUNITY},
    Thing.MEMBERS: {Act.READ: _COMMUNITY, Act.WRITE: _LEAD},
    Thing.SHARING: {Act.READ: _COMMUNITY, Act.WRITE: _LEAD},
    Thing.EXPORT: {Act.READ: _COMMUNITY},
    Thing.DELETION: {Act.READ: _LEAD, Act.WRITE: _LEAD},
    Thing.SHARED: {
        Act.READ: {Role.EDITOR: Scope.SHARED, Role.APPROVER: Scope.SHARED},
    },
    Thing.LEADS: {Act.READ: {Role.APPROVER: Scope.ALL}, Act.WRITE: {Role.APPROVER: Scope.ALL}},
    Thing.STAFF: {Act.READ: {Role.APPROVER: Scope.ALL}, Act.WRITE: {Role.APPROVER: Scope.OTHERS}},
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table as it is printed."""

    thing: Thing
    act: Act
    grants: Grants


def lines() -> Iterator[Line]:
    """Give the table line by line."""
    for thing, acts in TABLE.items():
        for act, grants in acts.items():
            yield Line(thing, act, grants)


def roles_for(thing: Thing, act: Act, *, development: bool = False) -> frozenset[Role]:
    """Name the roles that may do this, the public among them where anybody may.

    Raises:
        KeyError: the table has no such line, so nobody may, and a page that asks for it is wrong.
    """
    grants = TABLE[thing][act]
    return frozenset(role for role, scope in grants.items() if development or scope is not Scope.DEVELOPMENT)


def is_granted(thing: Thing, act: Act, held: frozenset[Role], *, development: bool = False) -> bool:
    """Tell whether somebody who holds these roles may do this; everybody is the public too."""
    return not roles_for(thing, act, development=development).isdisjoint(held | {Role.PUBLIC})


LETTERS: Mapping[Act, str] = {Act.READ: "R", Act.WRITE: "W", Act.APPROVE: "A"}
SHORT: Mapping[Scope, str] = {
    Scope.ALL: "",
    Scope.OWN: "own",
    Scope.SELF: "self",
    Scope.SHARED: "if shared",
    Scope.OTHERS: "not one's own",
    Scope.DEVELOPMENT: "in development",
}


def cell(thing: Thing, role: Role) -> str:
    """Say in short what a role may do with a thing, what everybody and every member may among it.

    ``RW own``: read and write what belongs to the own community; ``R, A not one's own``; empty: nothing.
    """
    by_scope: dict[Scope, str] = {}
    for act, grants in TABLE[thing].items():
        scope = _scope(grants, role)
        if scope is not None:
            by_scope[scope] = by_scope.get(scope, "") + LETTERS[act]
    return ", ".join(f"{letters} {SHORT[scope]}".strip() for scope, letters in by_scope.items())


def _scope(grants: Grants, role: Role) -> Scope | None:
    """Give how far a role's grant reaches: its own, else that of every member, else that of everybody."""
    wider = (role,) if role is Role.PUBLIC else (role, Role.MEMBER, Role.PUBLIC)
    return next((grants[each] for each in wider if each in grants), None)
