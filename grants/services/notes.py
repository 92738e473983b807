"""Notes on an application; what one said before it was changed is kept and shown."""

from __future__ import annotations

from sqlalchemy.orm import Session

from grants.domain.bilingual import Bilingual
from grants.services import events
from grants.services.catalogue import NotFoundError
from grants.services.conflicts import Hand, RefusedError, check
from grants.services.events import What
from grants.store import tenants
from grants.store.applications import ApplicationRow, NoteEditRow, NoteRow

LONGEST_NOTE = 20_000
"""Characters of a note: more than 3,000 words."""


def one(session: Session, community: str, application: int, number: int) -> NoteRow:
    """Read a note.

    Raises:
        NotFoundError: this application has no such note.
    """
    note = tenants.one(session, NoteRow, community, number)
    if note is None or note.application != application:
        raise NotFoundError(f"There is no note {number}.")
    return note


def add(session: Session, application: ApplicationRow, text: str, hand: Hand) -> NoteRow:
    """Add a note.

    Raises:
        RefusedError: it says nothing, or is too long.
    """
    note = NoteRow(
        community=application.community, application=application.id, author=hand.person, at=hand.at, text=_checked(text)
    )
    session.add(note)
    session.flush()
    events.record(
        session, note.community, What.NOTE_ADDED, hand.person, hand.at, application=application.id, note=note.id
    )
    return note


def change(session: Session, note: NoteRow, text: str, hand: Hand) -> bool:
    """Change a note and keep what it said before; False where it says the same.

    Raises:
        ConflictError: somebody else saved it since they saw it.
        RefusedError: it says nothing, or is too long.
    """
    after = _checked(text)
    if after == note.text:
        return False
    check(
        session,
        seen=hand.seen,
        version=note.version,
        saved={"text": note.text},
        by=note.edited_by or note.author,
        at=note.edited_at or note.at,
    )
    session.add(NoteEditRow(community=note.community, note=note.id, before=note.text, by=hand.person, at=hand.at))
    note.text, note.edited_by, note.edited_at = after, hand.person, hand.at
    note.version += 1
    session.flush()
    events.record(
        session, note.community, What.NOTE_CHANGED, hand.person, hand.at, application=note.application, note=note.id
    )
    return True


def _checked(text: str) -> str:
    """Give a note as it is kept: line ends made alike, no space around it."""
    plain = text.replace("\r\n", "\n").replace("\0", "").strip()
    if not plain or len(plain) > LONGEST_NOTE:
        raise RefusedError(
            Bilingual(
                f"A note says something, in at most {LONGEST_NOTE:,} characters. Split a longer one.",
                "Une note n’est pas vide et compte au plus 20\u00a0000\u00a0caractères. Divisez une note plus longue.",
            ),
            "text",
        )
    return plain
