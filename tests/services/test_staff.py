"""Staff: another approver decides, and one approver is always left, also when two act at the same moment."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from grants.domain.people import Role
from grants.services import people, sessions, staff
from grants.services.catalogue import NotFoundError
from grants.services.people import RefusedError
from grants.store.database import db, transaction
from grants.store.people import PersonRow
from tests.reminding import STATIONERY
from tests.signing_in import a_member

NOW = datetime(2026, 11, 24, 15, tzinfo=UTC)


def role_of(number: int) -> str | None:
    db.session.expire_all()
    return db.session.get_one(PersonRow, number).staff_role


def set_role(by: int, number: int, role: Role | None) -> None:
    with transaction() as session:
        staff.set_role(session, by, number, role, NOW, stationery=STATIONERY)


@pytest.fixture
def approvers(app: Flask) -> tuple[int, int]:
    """Two approvers."""
    return a_member(app, "one@x.example", Role.APPROVER), a_member(app, "two@x.example", Role.APPROVER)


@pytest.mark.usefixtures("db_session")
class TestRoles:
    """What an approver may change."""

    def test_another_gets_a_role_and_signs_in_again(self, app: Flask, approvers: tuple[int, int]) -> None:
        editor = a_member(app, "ed@x.example", Role.EDITOR)
        with transaction() as session:
            sessions.begin(session, session.get_one(PersonRow, editor), NOW, agent="", proved=True)
        set_role(approvers[0], editor, Role.APPROVER)
        assert role_of(editor) == Role.APPROVER
        assert sessions.standing(db.session(), db.session.get_one(PersonRow, editor), NOW) == []

    def test_nobody_changes_their_own(self, approvers: tuple[int, int]) -> None:
        for role in (Role.EDITOR, None):
            with pytest.raises(RefusedError, match="own role"):
                set_role(approvers[0], approvers[0], role)
        with pytest.raises(RefusedError, match="own role"), transaction() as session:
            staff.set_active(session, approvers[0], approvers[0], NOW, active=False)
        assert role_of(approvers[0]) == Role.APPROVER

    @pytest.mark.parametrize("role", [Role.OPERATOR, Role.LEAD, Role.PUBLIC])
    def test_only_roles_on_staff_are_given(self, approvers: tuple[int, int], role: Role) -> None:
        with pytest.raises(RefusedError, match="roles in the list"):
            set_role(approvers[0], approvers[1], role)

    def test_a_person_who_is_not_on_staff_is_not_there(self, app: Flask, approvers: tuple[int, int]) -> None:
        for number in (a_member(app, "ana@town.example"), 999_999, 0, 2**40):
            with pytest.raises(NotFoundError):
                set_role(approvers[0], number, Role.APPROVER)

    @pytest.mark.parametrize("role", [Role.EDITOR, Role.OPERATOR, Role.MEMBER])
    def test_who_is_no_approver_changes_nothing(self, app: Flask, approvers: tuple[int, int], role: Role) -> None:
        asking = a_member(app, "ed@x.example", role)
        with pytest.raises(RefusedError, match="no approver any more"):
            set_role(asking, approvers[0], Role.EDITOR)

    def test_a_deactivated_approver_does_not_count_as_one_who_is_left(
        self, app: Flask, approvers: tuple[int, int]
    ) -> None:
        with transaction() as session:
            staff.set_active(session, approvers[0], approvers[1], NOW, active=False)
        third = a_member(app, "three@x.example", Role.APPROVER)
        set_role(approvers[0], third, Role.EDITOR)
        with transaction() as session:
            staff.set_active(session, approvers[0], approvers[1], NOW, active=True)
        assert db.session.get_one(PersonRow, approvers[1]).active


@pytest.mark.parametrize("deed", ["role", "account"])
def test_of_two_who_act_at_once_one_stays_approver(app: Flask, approvers: tuple[int, int], deed: str) -> None:
    start = Barrier(2)

    def take_away(by: int, number: int) -> bool:
        with app.app_context():
            start.wait()
            try:
                with transaction() as session:
                    if deed == "role":
                        staff.set_role(session, by, number, Role.EDITOR, NOW, stationery=STATIONERY)
                    else:
                        staff.set_active(session, by, number, NOW, active=False)
            except RefusedError:
                return False
            return True

    one, two = approvers
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(take_away, (one, two), (two, one)))

    assert sorted(done) == [False, True]
    with app.app_context():
        left = [each for each in approvers if db.session.get_one(PersonRow, each).staff_role == Role.APPROVER]
        assert [each for each in left if db.session.get_one(PersonRow, each).active] == [one if done[0] else two]


def test_a_role_on_staff_by_command_ends_what_was_begun_without_it(app: Flask, db_session: Session) -> None:
    number = a_member(app, "ana@town.example")
    with transaction() as session:
        sessions.begin(session, session.get_one(PersonRow, number), NOW, agent="", proved=False)
        people.add(session, "ana@town.example", Role.EDITOR, NOW)
    assert sessions.standing(db_session, db_session.get_one(PersonRow, number), NOW) == []
