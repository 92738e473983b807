"""Have a letter that did not arrive sent again: what still matters of it, as it stands then, once."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from grants.delivery.letters import Part
from grants.delivery.mail import Ending
from grants.services import intakes, outbox, people, ticks
from grants.services.people import RefusedError
from grants.store.database import transaction
from grants.store.people import PersonRow
from grants.store.reminders import MailState, OutboxRow
from tests.reminding import START, STATIONERY, Clock, Mailbox, Run, add_person, add_stream, always, follow, states

pytestmark = pytest.mark.one_database


@pytest.fixture
def ana(db_session: Session) -> int:
    """Somebody who begins late to track a round, so that a letter is due at once."""
    del db_session
    person = add_person()
    follow(person, add_stream(), START)
    return person


def again(clock: Clock, number: int = 1) -> None:
    """Have a letter sent again."""
    with transaction() as session:
        outbox.resend(session, session.get_one(OutboxRow, number), STATIONERY, clock())


@pytest.mark.parametrize(
    ("ending", "code"), [pytest.param(Ending.BOUNCED, 550, id="bounced"), pytest.param(Ending.FAILED, 554, id="failed")]
)
def test_it_is_written_anew_from_what_holds_then(
    db_session: Session, ana: int, clock: Clock, run: Run, mailbox: Mailbox, ending: Ending, code: int
) -> None:
    mailbox.answer = always(ending, code)
    run()
    clock.go(days=2)
    with transaction() as session:
        intakes.move(session, "fund#1", date(2026, 12, 18), None, clock())
    mailbox.answer = always(Ending.SENT, 250)
    again(clock)
    assert run()["sent"] == 1
    (letter,) = mailbox.taken
    assert "it is now Friday 18 December 2026" in letter.text
    assert states(db_session) == [ending.value, MailState.SENT]
    ids = set(db_session.scalars(select(OutboxRow.message_id)))
    assert len(ids) == 2, "it is another letter"
    clock.go(minutes=1)
    assert run() == {}
    assert ana


def test_it_is_sent_again_once(ana: int, clock: Clock, run: Run, mailbox: Mailbox) -> None:
    mailbox.answer = always(Ending.FAILED, 554)
    run()
    again(clock)
    with pytest.raises(RefusedError, match="only once"):
        again(clock)
    mailbox.answer = always(Ending.SENT, 250)
    run()
    assert mailbox.subjects() == ["In 17 days: Safety Fund"]
    with pytest.raises(RefusedError, match="did not arrive"):
        again(clock, 2)
    assert ana


@pytest.mark.parametrize("why", ["over", "off", "suspended"])
def test_where_nothing_matters_or_nobody_takes_it_it_is_refused(
    db_session: Session, ana: int, clock: Clock, run: Run, mailbox: Mailbox, why: str
) -> None:
    mailbox.answer = always(Ending.FAILED, 554)
    run()
    with transaction() as session:
        if why == "off":
            people.end_reminders(session, ana, clock())
        elif why == "suspended":
            session.get_one(PersonRow, ana).mail_suspended_at = clock()
        else:
            clock.go(days=30)
    with pytest.raises(RefusedError) as refused:
        again(clock)
    assert refused.value.sentence.en != refused.value.sentence.fr
    assert states(db_session) == [MailState.FAILED]


def test_a_letter_about_an_account_is_copied_while_its_link_works(
    db_session: Session, clock: Clock, run: Run, mailbox: Mailbox
) -> None:
    part = Part("en", "A link for you", "Hello,", ["Open it."], [], [], "Navigator", [])
    mailbox.answer = always(Ending.BOUNCED, 550)
    lives = {"two-days@town.example": 2, "two-weeks@town.example": 14, "no-link@town.example": None}
    with transaction() as session:
        for address, days in lives.items():
            until = clock() + timedelta(days=days) if days else None
            ticks.write_to(session, address, [part], STATIONERY, clock(), link_until=until)
    run()
    clock.go(days=2, minutes=1)
    with pytest.raises(RefusedError, match="link in this e-mail no longer works"):
        again(clock, 1)
    clock.go(days=11)
    again(clock, 2)
    again(clock, 3)
    mailbox.answer = always(Ending.SENT, 250)
    run()
    assert [letter.recipient for letter in mailbox.taken] == ["two-weeks@town.example", "no-link@town.example"]
    assert {letter.subject for letter in mailbox.taken} == {"A link for you"}
    assert states(db_session) == [MailState.BOUNCED] * 3 + [MailState.SENT] * 2
    again_kept = db_session.scalars(select(OutboxRow.link_until).where(OutboxRow.id == 4)).one()
    assert again_kept == START + timedelta(days=14), "the copy dies with its link as well"
