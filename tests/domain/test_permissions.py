"""The table of permissions: what it refuses, how it is said in short."""

from __future__ import annotations

import pytest

from grants.domain.people import COMMUNITY_ROLES, STAFF_ROLES, Role
from grants.domain.permissions import TABLE, Act, Scope, Thing, cell, is_granted, lines, roles_for


def held(*roles: Role) -> frozenset[Role]:
    return frozenset({Role.MEMBER, *roles})


def test_every_thing_has_a_line() -> None:
    assert set(TABLE) == set(Thing)
    assert all(line.grants for line in lines())


@pytest.mark.parametrize(
    "thing",
    [Thing.APPLICATIONS, Thing.DOCUMENTS, Thing.CALENDAR, Thing.MEMBERS, Thing.SHARING, Thing.EXPORT, Thing.DELETION],
)
def test_no_member_of_staff_reaches_what_is_a_communitys(thing: Thing) -> None:
    for act, grants in TABLE[thing].items():
        assert set(grants) <= COMMUNITY_ROLES, act
        assert set(grants.values()) == {Scope.OWN}, act


def test_staff_reach_applications_only_where_they_are_shared() -> None:
    assert set(TABLE[Thing.SHARED][Act.READ].values()) == {Scope.SHARED}
    assert roles_for(Thing.SHARED, Act.READ) < STAFF_ROLES


@pytest.mark.parametrize("thing", [Thing.SHARING, Thing.DELETION, Thing.MEMBERS, Thing.PROFILE])
def test_only_the_lead_decides_for_the_community(thing: Thing) -> None:
    assert roles_for(thing, Act.WRITE) == {Role.LEAD}


def test_what_no_line_names_is_refused() -> None:
    with pytest.raises(KeyError):
        roles_for(Thing.EXPORT, Act.WRITE)
    assert not is_granted(Thing.APPLICATIONS, Act.READ, frozenset())


def test_what_development_opens_is_shut_elsewhere() -> None:
    assert not is_granted(Thing.OUTBOX, Act.READ, held())
    assert is_granted(Thing.OUTBOX, Act.READ, held(), development=True)


@pytest.mark.parametrize(
    ("thing", "role", "said"),
    [
        (Thing.CATALOGUE, Role.PUBLIC, "R"),
        (Thing.CATALOGUE, Role.OPERATOR, "R"),
        (Thing.ACCOUNT, Role.PUBLIC, ""),
        (Thing.ACCOUNT, Role.EDITOR, "RW self"),
        (Thing.APPLICATIONS, Role.WRITER, "RW own"),
        (Thing.APPLICATIONS, Role.APPROVER, ""),
        (Thing.STAFF, Role.APPROVER, "R, W not one's own"),
        (Thing.SHARED, Role.EDITOR, "R if shared"),
        (Thing.OUTBOX, Role.MEMBER, "R in development"),
    ],
)
def test_it_is_said_in_short(thing: Thing, role: Role, said: str) -> None:
    assert cell(thing, role) == said
