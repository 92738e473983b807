"""Sharing with the ministry: off until the lead turns it on, ended at once, and every look leaves a line."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete
from sqlalchemy.orm import Session

from grants.domain.people import Role
from grants.services import sharing
from grants.services.catalogue import NotFoundError
from grants.services.events import What
from grants.services.sharing import OPEN_FOR, Turn
from grants.store import tenants
from grants.store.applications import ApplicationRow, EventRow
from grants.store.database import transaction
from grants.store.people import MembershipRow
from tests.full_workspace import Full, fill, name_of

NOW = datetime(2026, 11, 24, 15, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)

pytestmark = [pytest.mark.one_database, pytest.mark.seeded]


@pytest.fixture
def kenora(db_session: Session) -> Full:
    """A full workspace whose one application is not shared."""
    del db_session
    with transaction() as session:
        full = fill(session, "kenora", NOW)
        sharing.unshare(session, "kenora", full.application, by=full.lead, now=NOW)
    return full


def application(session: Session, full: Full) -> ApplicationRow:
    return session.scalars(tenants.of(ApplicationRow, full.community)).one()


def share(full: Full, at: datetime = LATER) -> int:
    """Share the application and give the number of the share."""
    with transaction() as session:
        sharing.share(session, full.community, full.application, by=full.lead, now=at)
        standing = sharing.switch(session, application(session, full)).share
    assert standing is not None
    return standing.number


def open_(number: int, by: int, at: datetime = LATER) -> None:
    with transaction() as session:
        sharing.open_shared(session, number, by=by, now=at)


class TestSwitch:
    """Nothing is shown until somebody says so."""

    def test_a_new_application_is_offered_to_nobody(self, db_session: Session, kenora: Full) -> None:
        assert sharing.offered(db_session, kenora.staff, NOW) == []

    def test_sharing_names_who_and_when(self, db_session: Session, kenora: Full) -> None:
        share(kenora)

        standing = sharing.switches(db_session, "kenora")[0].share
        assert standing is not None
        assert (standing.by, standing.since) == (name_of(db_session, kenora.lead), LATER)

    def test_a_second_turn_the_same_way_changes_nothing(self, db_session: Session, kenora: Full) -> None:
        share(kenora)
        before = sharing.log(db_session, "kenora")

        with transaction() as session:
            assert not sharing.share(session, "kenora", kenora.application, by=kenora.lead, now=LATER)
        assert sharing.log(db_session, "kenora") == before

    def test_another_community_cannot_turn_it(self, kenora: Full) -> None:
        with transaction() as session, pytest.raises(NotFoundError):
            sharing.share(session, "guelph", kenora.application, by=kenora.lead, now=NOW)

    def test_sharing_again_is_a_new_share_that_old_openings_do_not_open(
        self, db_session: Session, kenora: Full
    ) -> None:
        first = share(kenora)
        open_(first, kenora.staff)
        with transaction() as session:
            sharing.unshare(session, "kenora", kenora.application, by=kenora.lead, now=LATER)
        second = share(kenora)

        assert second != first
        with pytest.raises(NotFoundError):
            sharing.opened(db_session, second, by=kenora.staff, now=LATER)


class TestLook:
    """Opening is said first, lasts half a day, and ends with the share."""

    def test_nothing_is_read_without_an_opening(self, db_session: Session, kenora: Full) -> None:
        number = share(kenora)

        with pytest.raises(NotFoundError):
            sharing.opened(db_session, number, by=kenora.staff, now=LATER)

    @pytest.mark.parametrize(
        ("after", "readable"), [(timedelta(0), True), (OPEN_FOR - timedelta(seconds=1), True), (OPEN_FOR, False)]
    )
    def test_an_opening_lasts_twelve_hours(
        self, db_session: Session, kenora: Full, after: timedelta, *, readable: bool
    ) -> None:
        number = share(kenora)
        open_(number, kenora.staff)

        until = sharing.offered(db_session, kenora.staff, LATER + after)[0].until
        assert (until is not None) is readable
        if readable:
            assert sharing.opened(db_session, number, by=kenora.staff, now=LATER + after).title.en
        else:
            with pytest.raises(NotFoundError):
                sharing.opened(db_session, number, by=kenora.staff, now=LATER + after)

    def test_it_opens_for_its_person_alone(self, db_session: Session, kenora: Full) -> None:
        number = share(kenora)
        open_(number, kenora.staff)

        with pytest.raises(NotFoundError):
            sharing.opened(db_session, number, by=kenora.lead, now=LATER)

    def test_ending_the_share_ends_it_at_once(self, db_session: Session, kenora: Full) -> None:
        number = share(kenora)
        open_(number, kenora.staff)
        with transaction() as session:
            sharing.unshare(session, "kenora", kenora.application, by=kenora.lead, now=LATER)

        with pytest.raises(NotFoundError):
            sharing.opened(db_session, number, by=kenora.staff, now=LATER)
        with transaction() as session, pytest.raises(NotFoundError):
            sharing.open_shared(session, number, by=kenora.staff, now=LATER)

    @pytest.mark.parametrize("number", [0, -1, 10**20])
    def test_odd_numbers_open_nothing(self, db_session: Session, kenora: Full, number: int) -> None:
        with pytest.raises(NotFoundError):
            sharing.opened(db_session, number, by=kenora.staff, now=LATER)

    def test_what_is_seen_names_roles_and_no_person(self, db_session: Session, kenora: Full) -> None:
        number = share(kenora)
        open_(number, kenora.staff)

        told = sharing.opened(db_session, number, by=kenora.staff, now=LATER)
        assert [(each.title.en, each.role) for each in told.tasks] == [("Resolution of kenora", Role.WRITER)]
        written = repr(told)
        for hidden in ("Writer of kenora", "Lead of kenora", "Secret thought", "Insurance", "Binder", "REF-kenora"):
            assert hidden not in written

    def test_an_owner_who_left_has_no_role(self, db_session: Session, kenora: Full) -> None:
        with transaction() as session:
            session.execute(delete(MembershipRow).where(MembershipRow.person == kenora.writer))

        told = sharing.summary(db_session, application(db_session, kenora))
        assert told.tasks[0].role is None


class TestLog:
    """Every turn and every look can be read by the community, and by no other."""

    def test_it_tells_turns_and_looks_newest_first(self, db_session: Session, kenora: Full) -> None:
        number = share(kenora)
        open_(number, kenora.staff, LATER + timedelta(minutes=1))
        open_(number, kenora.staff, LATER + timedelta(minutes=2))
        with transaction() as session:
            sharing.unshare(session, "kenora", kenora.application, by=kenora.writer, now=LATER + timedelta(minutes=3))

        lines = [(line.turn, line.by) for line in sharing.log(db_session, "kenora")]
        assert lines[:4] == [
            (Turn.UNSHARED, "Writer of kenora"),
            (Turn.OPENED, "Editor of kenora"),
            (Turn.OPENED, "Editor of kenora"),
            (Turn.SHARED, "Lead of kenora"),
        ]
        assert sharing.log(db_session, "guelph") == []

    def test_each_is_an_event_of_the_workspace(self, db_session: Session, kenora: Full) -> None:
        number = share(kenora)
        open_(number, kenora.staff)

        kinds = [row.kind for row in tenants.all_of(db_session, EventRow, "kenora")]
        assert kinds[-2:] == [What.SHARED.value, What.OPENED.value]


def test_what_is_offered_stands_by_community_and_title(db_session: Session, kenora: Full) -> None:
    share(kenora)
    with transaction() as session:
        fill(session, "guelph", NOW)

    offered = sharing.offered(db_session, kenora.staff, LATER)
    assert [each.community.title for each in offered] == ["Guelph", "Kenora"]
    assert [each.until for each in offered] == [None, None]
