"""Calendar feeds: secret addresses under which a calendar program reads deadlines."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, String, and_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from grants.store.catalogue import IntakeRow, ProgramRow, StreamRow
from grants.store.database import Model
from grants.store.people import MembershipRow
from grants.store.tracking import TrackedRow

LONGEST_NAME = 80


class FeedRow(Model):
    """One feed of a person: their own deadlines, or with ``community`` those of a community they work for.

    Only the SHA-256 of the secret is kept. A feed ends when it is revoked, and when its person leaves the community.
    """

    __tablename__ = "feed"

    id: Mapped[int] = mapped_column(primary_key=True)
    person: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    community: Mapped[str | None] = mapped_column(ForeignKey("community.key"))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(LONGEST_NAME), default="")
    made_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


def standing(session: Session, person_id: int) -> Sequence[FeedRow]:
    """Read a person's feeds that were not revoked, the newest first."""
    chosen = select(FeedRow).where(FeedRow.person == person_id, FeedRow.revoked_at.is_(None))
    return session.scalars(chosen.order_by(FeedRow.id.desc())).all()


def by_hash(session: Session, token_hash: str) -> FeedRow | None:
    """Find the feed of a secret, unless it was revoked."""
    return session.scalar(select(FeedRow).where(FeedRow.token_hash == token_hash, FeedRow.revoked_at.is_(None)))


@dataclass(frozen=True, slots=True)
class Round:
    """What a calendar must know of an intake beside its dates: its UUID for life, when it was made and last changed."""

    uuid: str
    created: datetime
    modified: datetime


def rounds(session: Session, keys: Collection[str]) -> dict[str, Round]:
    """Read that of intakes, by key. Cost: one query for 500 keys."""
    wanted, found = sorted(keys), dict[str, Round]()
    for start in range(0, len(wanted), 500):
        chosen = select(IntakeRow.key, IntakeRow.uuid, IntakeRow.created_at, IntakeRow.modified_at)
        some = session.execute(chosen.where(IntakeRow.key.in_(wanted[start : start + 500])))
        found.update({key: Round(uuid, created, modified) for key, uuid, created, modified in some})
    return found


def programs_with_a_page(session: Session, streams: Collection[str]) -> dict[str, str]:
    """Read the program of each stream; examples have no page and are left out. Cost: one query for 500 streams."""
    wanted, found = sorted(streams), dict[str, str]()
    for start in range(0, len(wanted), 500):
        chosen = select(StreamRow.key, StreamRow.program).join(ProgramRow, StreamRow.program == ProgramRow.key)
        some = chosen.where(StreamRow.key.in_(wanted[start : start + 500]), ~ProgramRow.practice)
        found.update((stream, program) for stream, program in session.execute(some))
    return found


def tracked_for(session: Session, community: str) -> Sequence[TrackedRow]:
    """Read which intakes the members of a community track for it, the oldest first."""
    member = and_(MembershipRow.person == TrackedRow.person, MembershipRow.community == TrackedRow.community)
    chosen = select(TrackedRow).join(MembershipRow, member)
    mine = chosen.where(TrackedRow.community == community, TrackedRow.intake.is_not(None))
    return session.scalars(mine.order_by(TrackedRow.id)).all()
