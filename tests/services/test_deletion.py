"""The deletion of a workspace: asked by name, told to every lead, taken back within a week, and then really done."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from grants.delivery.letters import Stationery
from grants.delivery.mail import Delivery, Ending, Letter
from grants.domain.bilingual import Bilingual
from grants.domain.communities import Community
from grants.domain.people import Role
from grants.domain.records import read
from grants.services import deletion, erasure, people, ticks
from grants.services.catalogue import NotFoundError
from grants.services.deletion import WAITS, WrongNameError
from grants.services.events import What
from grants.store import holdings, tenants
from grants.store.applications import EventRow
from grants.store.communities import CommunityRow
from grants.store.database import Model, transaction
from grants.store.people import PersonRow
from grants.store.reminders import MailState, OutboxRow, ReminderRow
from grants.store.tracking import TrackedRow
from grants.store.workspaces import DeletionRow
from tests.full_workspace import Full, ask_deletion, fill

NOW = datetime(2026, 11, 24, 15, tzinfo=UTC)
DUE = NOW + WAITS
STATIONERY = Stationery(Bilingual("Funding", "Financement"), "https://x.example", "a key")

pytestmark = pytest.mark.seeded


@pytest.fixture
def kenora(db_session: Session) -> Full:
    """A full workspace."""
    del db_session
    with transaction() as session:
        return fill(session, "kenora", NOW)


def place(session: Session, key: str = "kenora") -> Community:
    return read(session.get_one(CommunityRow, key).record, Community)


def ask(full: Full, typed: str = "Kenora", at: datetime = NOW) -> bool:
    with transaction() as session:
        by = session.get_one(PersonRow, full.lead)
        return deletion.ask(session, place(session), typed, STATIONERY, by=by, now=at)


def withdraw(by: int, at: datetime = NOW) -> None:
    with transaction() as session:
        person = session.get_one(PersonRow, by)
        deletion.withdraw(session, place(session), STATIONERY, by=person, now=at)


def carry_out(at: datetime) -> int:
    with transaction() as session:
        return erasure.carry_out_due(session, at)


def letters(session: Session, person: int) -> list[str]:
    chosen = select(OutboxRow).where(OutboxRow.person == person, OutboxRow.reason == "account")
    return [row.subject for row in session.scalars(chosen.order_by(OutboxRow.id))]


def left(session: Session, community: str) -> dict[str, int]:
    """Count what each table with a ``community`` column keeps of one, whatever it is."""
    counts: dict[str, int] = {}
    for table in Model.metadata.sorted_tables:
        if holdings.COMMUNITY in table.columns:
            count = select(func.count()).select_from(table).where(table.c.community == community)
            counts[table.name] = session.scalar(count) or 0
    return counts


class TestAsk:
    """Asking takes the community's name, and tells every lead."""

    @pytest.mark.parametrize("typed", ["Kenora", " kenora ", "City of Kenora"])
    def test_the_name_in_any_form_is_taken(self, db_session: Session, kenora: Full, typed: str) -> None:
        assert ask(kenora, typed)

        standing = deletion.standing(db_session, "kenora")
        assert standing is not None
        assert (standing.by, standing.asked_at, standing.due_at) == ("Lead of kenora", NOW, DUE)

    @pytest.mark.parametrize("typed", ["", "  ", "Guelph", "Kenor", "kenora; drop"])
    def test_any_other_word_asks_nothing(self, db_session: Session, kenora: Full, typed: str) -> None:
        with pytest.raises(WrongNameError):
            ask(kenora, typed)

        assert deletion.standing(db_session, "kenora") is None
        assert letters(db_session, kenora.lead) == []

    def test_every_lead_gets_a_letter_and_nobody_else(self, db_session: Session, kenora: Full) -> None:
        with transaction() as session:
            other = people.add(session, "second@x.example", Role.LEAD, NOW, community="kenora").id
            away = people.add(session, "away@x.example", Role.LEAD, NOW, community="guelph").id
        ask(kenora)

        assert len(letters(db_session, kenora.lead)) == len(letters(db_session, other)) == 1
        assert letters(db_session, away) == letters(db_session, kenora.writer) == []

    def test_the_letter_says_until_when_in_both_languages_and_leads_to_the_page(
        self, db_session: Session, kenora: Full
    ) -> None:
        ask(kenora)

        text = db_session.scalars(select(OutboxRow.text).where(OutboxRow.person == kenora.lead)).one()
        assert "Tuesday 1 December 2026, 10:00\u00a0a.m. Kenora time" in text
        assert "le mardi 1er décembre 2026, 10\u00a0h, heure de Kenora" in text
        assert "https://x.example/en/deletion" in text
        assert "https://x.example/fr/deletion" in text

    def test_asking_twice_is_asking_once(self, db_session: Session, kenora: Full) -> None:
        assert ask(kenora)
        assert not ask(kenora)

        assert len(tenants.all_of(db_session, DeletionRow, "kenora")) == 1
        assert len(letters(db_session, kenora.lead)) == 1


class TestWithdraw:
    """Any lead takes it back; then nothing happens."""

    def test_another_lead_takes_it_back(self, db_session: Session, kenora: Full) -> None:
        with transaction() as session:
            other = people.add(session, "second@x.example", Role.LEAD, NOW, community="kenora").id
        ask(kenora)
        withdraw(other)

        assert deletion.standing(db_session, "kenora") is None
        assert len(letters(db_session, kenora.lead)) == 2
        assert carry_out(DUE + timedelta(days=30)) == 0
        assert left(db_session, "kenora")["application"] == 1

    def test_with_nothing_to_take_back_it_is_refused(self, kenora: Full) -> None:
        with pytest.raises(NotFoundError):
            withdraw(kenora.lead)

    def test_it_can_be_asked_again_and_runs_its_own_week(self, db_session: Session, kenora: Full) -> None:
        ask(kenora)
        withdraw(kenora.lead)
        ask(kenora, at=NOW + timedelta(days=3))

        assert carry_out(DUE) == 0
        assert carry_out(DUE + timedelta(days=3)) == 1
        assert left(db_session, "kenora")["application"] == 0

    def test_both_are_events_that_members_read(self, db_session: Session, kenora: Full) -> None:
        ask(kenora)
        withdraw(kenora.lead)

        kinds = [row.kind for row in tenants.all_of(db_session, EventRow, "kenora")]
        assert kinds[-2:] == [What.DELETION_ASKED.value, What.DELETION_WITHDRAWN.value]


class TestErase:
    """When its time has come nothing of the workspace is left."""

    def test_the_full_workspace_is_full(self, db_session: Session, kenora: Full) -> None:
        ask(kenora)

        empty = {name for name, count in left(db_session, "kenora").items() if not count}
        assert empty <= {"signed_in"}, "a new table: add a row of it to tests/full_workspace.py"

    def test_no_table_keeps_a_row_but_that_it_was_done_and_who_is_a_member(
        self, db_session: Session, kenora: Full
    ) -> None:
        ask(kenora)
        assert carry_out(DUE - timedelta(seconds=1)) == 0
        assert carry_out(DUE) == 1

        kept = {name: count for name, count in left(db_session, "kenora").items() if count}
        assert kept == {"deletion": 1, "membership": 2}

    def test_the_row_that_stays_counts_and_tells_nothing_else(self, db_session: Session, kenora: Full) -> None:
        ask(kenora)
        before = left(db_session, "kenora")
        carry_out(DUE)

        row = tenants.all_of(db_session, DeletionRow, "kenora")[0]
        assert row.done_at == DUE
        assert row.counts["application"] == before["application"]
        assert row.counts["event"] == before["event"]
        assert row.counts["reminder"] == 1
        assert all(isinstance(count, int) for count in row.counts.values())
        done = deletion.last_done(db_session, "kenora")
        assert done is not None
        assert done.rows == sum(row.counts.values())

    def test_nothing_of_another_community_is_touched(self, db_session: Session, kenora: Full) -> None:
        with transaction() as session:
            fill(session, "guelph", NOW)
        before = left(db_session, "guelph")
        ask(kenora)
        carry_out(DUE)

        assert left(db_session, "guelph") == before
        assert db_session.scalar(select(func.count()).select_from(ReminderRow)) == 1

    def test_what_is_a_persons_own_stays(self, db_session: Session, kenora: Full) -> None:
        with transaction() as session:
            intake = session.scalars(select(Model.metadata.tables["intake"].c.key).limit(1)).one()
            session.add(TrackedRow(person=kenora.writer, intake=intake, community="kenora", since=NOW, told={}))
        ask(kenora)
        carry_out(DUE)

        mine = db_session.scalars(select(TrackedRow).where(TrackedRow.person == kenora.writer)).all()
        assert [row.intake for row in mine] == [intake]
        assert db_session.get(PersonRow, kenora.writer) is not None

    def test_letters_lose_what_they_told_of_its_tasks(self, db_session: Session, kenora: Full) -> None:
        ask(kenora)
        carry_out(DUE)

        row = db_session.get_one(OutboxRow, kenora.letter)
        assert (row.subject, row.text, row.html) == ("", "", "")

    def test_two_runs_do_it_once(self, db_session: Session, kenora: Full) -> None:
        ask(kenora)

        assert (carry_out(DUE), carry_out(DUE)) == (1, 0)
        assert len(tenants.all_of(db_session, DeletionRow, "kenora")) == 1


def test_a_tick_carries_it_out_and_sends_nothing_of_it(db_session: Session, kenora: Full) -> None:
    with transaction() as session:
        ask_deletion(session, kenora, NOW)
    sent: list[Letter] = []

    def send(letter: Letter) -> Delivery:
        sent.append(letter)
        return Delivery(Ending.SENT, 250, "ok")

    def run(at: datetime) -> dict[str, Any]:
        return ticks.tick(transaction, lambda: at, send, STATIONERY)

    run(NOW)
    run(NOW + timedelta(days=31))

    assert left(db_session, "kenora")["task"] == 0
    assert sent == []
    assert db_session.get_one(OutboxRow, kenora.letter).state in {MailState.VOID, MailState.EXPIRED}
