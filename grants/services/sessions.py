"""Sign-ins: each is a row, so that it can be listed, ended from elsewhere, and is dead once it has ended."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session, aliased

from grants.services.catalogue import NotFoundError
from grants.store.people import MembershipRow, PersonRow
from grants.store.sessions import SessionRow

LASTS = timedelta(hours=12)
KEPT = timedelta(days=90)
"""How long a sign-in is kept after its end."""
LAST_KEPT = 2
"""So many of a person's newest are kept however old: this one, and the one before, since which things have changed."""


def digest(secret: str) -> str:
    """Give what is kept of a secret: enough to know it again, nothing to guess it from."""
    return sha256(secret.encode()).hexdigest()


def begin(session: Session, person: PersonRow, now: datetime, *, agent: str, proved: bool) -> str:
    """Begin a sign-in and give the secret that the browser is to hold; it lasts 12 hours.

    Who works for one community works for it here too; who works for several begins where they last were.

    Args:
        session: an open write unit.
        person: who.
        now: the moment.
        agent: browser and system, in two words.
        proved: whether a second factor was given, or is not wanted of this person.
    """
    secret = secrets.token_urlsafe(24)
    session.add(
        SessionRow(
            person=person.id,
            token_hash=digest(secret),
            started_at=now,
            expires_at=now + LASTS,
            proved_at=now if proved else None,
            community=_first_community(session, person),
            agent=agent[:80],
        )
    )
    session.flush()
    return secret


def _first_community(session: Session, person: PersonRow) -> str | None:
    held = set(session.scalars(select(MembershipRow.community).where(MembershipRow.person == person.id)))
    if len(held) == 1:
        return held.pop()
    last = session.scalar(
        select(SessionRow.community)
        .where(SessionRow.person == person.id, SessionRow.community.is_not(None))
        .order_by(SessionRow.id.desc())
        .limit(1)
    )
    return last if last in held else None


def end(session: Session, sign_in: int, now: datetime) -> None:
    """End one sign-in: whatever browser still holds its secret opens nothing with it."""
    ended = update(SessionRow).where(SessionRow.id == sign_in, SessionRow.ended_at.is_(None)).values(ended_at=now)
    session.execute(ended)


def end_one(session: Session, person: PersonRow, sign_in: int, now: datetime) -> bool:
    """End one sign-in of a person; False where it is none of theirs, or has ended."""
    row = session.get(SessionRow, sign_in) if 0 < sign_in < 2**31 else None
    if row is None or row.person != person.id or row.ended_at is not None or row.expires_at <= now:
        return False
    row.ended_at = now
    session.flush()
    return True


def end_all(session: Session, person: PersonRow, now: datetime, *, but: int | None = None) -> None:
    """End every sign-in of a person, or all but one."""
    standing = update(SessionRow).where(SessionRow.person == person.id, SessionRow.ended_at.is_(None))
    if but is not None:
        standing = standing.where(SessionRow.id != but)
    session.execute(standing.values(ended_at=now))


def standing(session: Session, person: PersonRow, now: datetime) -> Sequence[SessionRow]:
    """Read the sign-ins of a person that still open something, the newest first."""
    chosen = select(SessionRow).where(
        SessionRow.person == person.id, SessionRow.ended_at.is_(None), SessionRow.expires_at > now
    )
    return session.scalars(chosen.order_by(SessionRow.id.desc())).all()


def choose_community(session: Session, sign_in: SessionRow, community: str) -> None:
    """Work for another community from now on, in this browser.

    Raises:
        NotFoundError: the person is no member of it.
    """
    member = select(MembershipRow.id).where(
        MembershipRow.person == sign_in.person, MembershipRow.community == community
    )
    if session.scalar(member) is None:
        raise NotFoundError(f"There is no community {community!r} to work for.")
    sign_in.community = community
    session.flush()


def forget_old(session: Session, now: datetime) -> None:
    """Remove sign-ins that ended long ago, but not the last ones of a person.

    Those with a second factor and those without are counted apart, because who has one leaves two at every door.
    """
    later = aliased(SessionRow)
    newer = (
        select(func.count())
        .where(
            later.person == SessionRow.person,
            later.id > SessionRow.id,
            later.proved_at.is_(None) == SessionRow.proved_at.is_(None),
        )
        .correlate(SessionRow)
        .scalar_subquery()
    )
    # Whatever way one ended, it would have expired a few hours later at most.
    session.execute(
        delete(SessionRow)
        .where(SessionRow.expires_at < now - KEPT, newer >= LAST_KEPT)
        .execution_options(synchronize_session=False)
    )
