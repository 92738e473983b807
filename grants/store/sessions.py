"""Who is signed in where, who was invited, and how often somebody tried in vain."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from grants.store.database import Model


class SessionRow(Model):
    """One sign-in of one person in one browser; ended, it opens nothing, whatever the browser still holds.

    Only the SHA-256 of what the browser holds is kept. ``proved_at`` is when the second factor was given;
    ``community`` the one the person works for in this browser; ``agent`` browser and system in two words.
    """

    __tablename__ = "signed_in"

    id: Mapped[int] = mapped_column(primary_key=True)
    person: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    started_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    proved_at: Mapped[datetime | None]
    community: Mapped[str | None] = mapped_column(ForeignKey("community.key"))
    agent: Mapped[str] = mapped_column(String(80), default="")
    ended_at: Mapped[datetime | None]


class InvitationRow(Model):
    """An invitation to work for a community, or on the ministry's staff where ``community`` is empty."""

    __tablename__ = "invitation"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), index=True)
    community: Mapped[str | None] = mapped_column(ForeignKey("community.key"), index=True)
    role: Mapped[str] = mapped_column(String(20))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    invited_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    accepted_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    accepted_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]


class AttemptRow(Model):
    """How often something was tried in vain in a row, and when last; ``key`` is a digest, never an address."""

    __tablename__ = "attempt"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    count: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(index=True)


def live(session: Session, token_hash: str, now: datetime) -> SessionRow | None:
    """Find the sign-in that a browser's secret stands for, while it opens anything."""
    return session.scalar(
        select(SessionRow).where(
            SessionRow.token_hash == token_hash, SessionRow.ended_at.is_(None), SessionRow.expires_at > now
        )
    )


def invitation(session: Session, token_hash: str, now: datetime) -> InvitationRow | None:
    """Find the invitation that the secret of a link stands for, while it can be accepted."""
    return session.scalar(select(InvitationRow).where(InvitationRow.token_hash == token_hash, *_open(now)))


def invitations(session: Session, community: str | None) -> Sequence[InvitationRow]:
    """Read the invitations to a community, or to the staff where it is ``None``, the newest first."""
    whose = InvitationRow.community.is_(None) if community is None else InvitationRow.community == community
    return session.scalars(select(InvitationRow).where(whose).order_by(InvitationRow.id.desc())).all()


def open_invitations(session: Session, now: datetime) -> Sequence[InvitationRow]:
    """Read the invitations to any community that can still be accepted, by community."""
    chosen = select(InvitationRow).where(InvitationRow.community.is_not(None), *_open(now))
    return session.scalars(chosen.order_by(InvitationRow.community, InvitationRow.id)).all()


def _open(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        InvitationRow.accepted_at.is_(None),
        InvitationRow.withdrawn_at.is_(None),
        InvitationRow.expires_at > now,
    )
