"""Have a letter that did not arrive sent again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from grants.delivery.letters import Stationery
from grants.delivery.mail import new_message_id
from grants.domain.bilingual import Bilingual
from grants.domain.phrases import NBSP
from grants.services import letters, reminders
from grants.services.people import RefusedError
from grants.services.ticks import LIFE
from grants.store import reminders as rows
from grants.store.people import PersonRow
from grants.store.reminders import MailState, OutboxRow, Reason, ReminderState

RESENDABLE = (MailState.BOUNCED, MailState.EXPIRED, MailState.FAILED)


def resend(session: Session, letter: OutboxRow, stationery: Stationery, now: datetime) -> None:
    """Have a letter that did not arrive sent again, once.

    A letter about deadlines is not repeated: what still matters of it is put back, and the next run writes a new one
    from what holds then. One about an account is copied as long as its link works.

    Raises:
        RefusedError: it arrived or may still do; it was sent again already; nobody takes letters there; nothing of it
            matters any more.
    """
    if letter.state not in RESENDABLE or letter.resent_at is not None:
        raise _refused(
            "Only an e-mail that did not arrive can be sent again, and only once.",
            "Seul un courriel qui n’est pas arrivé peut être renvoyé, et une seule fois.",
        )
    person = session.get_one(PersonRow, letter.person) if letter.person is not None else None
    if person is not None and (not person.active or person.mail_suspended_at is not None):
        raise _refused(
            "No e-mail goes to this address until its owner has confirmed it.",
            "Aucun courriel ne part vers cette adresse tant que son titulaire ne l’a pas confirmée.",
        )
    if letter.reason == Reason.REMINDERS and person is not None:
        _put_back(session, letter, person, now)
    elif letter.link_until is not None and letter.link_until <= now:
        raise _refused(
            "The link in this e-mail no longer works: ask for a new e-mail, or send a new invitation.",
            f"Le lien de ce courriel n’est plus valide{NBSP}: il faut en demander un autre ou refaire l’invitation.",
        )
    else:
        session.add(_copy(letter, stationery, now))
    letter.resent_at = now
    session.flush()


def _put_back(session: Session, letter: OutboxRow, person: PersonRow, now: datetime) -> None:
    carried = rows.given_up(session, letter.id)
    concerns = reminders.concerns(session, person, carried)
    live = [each for each in letters.gather(carried, concerns, now) if not (each.calls and each.closed(now))]
    if not live or not person.receives_reminders:
        raise _refused(
            "Nothing in this e-mail still matters, or its reader wants no reminders any more.",
            "Rien dans ce courriel n’importe encore, ou la personne ne veut plus de rappels.",
        )
    for reminder in (each for news in live for each in news.reminders):
        reminder.state, reminder.letter = ReminderState.PLANNED.value, None


def _copy(letter: OutboxRow, stationery: Stationery, now: datetime) -> OutboxRow:
    return OutboxRow(
        person=letter.person,
        recipient=letter.recipient,
        reason=letter.reason,
        state=MailState.QUEUED.value,
        message_id=new_message_id(stationery.host),
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        created_at=now,
        next_try_at=now,
        expires_at=now + LIFE,
        link_until=letter.link_until,
    )


def _refused(en: str, fr: str) -> RefusedError:
    return RefusedError(Bilingual(en, fr), "letter")
