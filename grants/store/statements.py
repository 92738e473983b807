"""What members of a community stated of it, once for every program: each answer with who gave it and when.

All of it belongs to the community. Nobody but its members reads it: ask ``people.role_in`` first.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from grants.store.database import Model
from grants.store.people import PersonRow

LONGEST_KEY = 200


class StatementRow(Model):
    """One answer; it stands until ``ended_at``, when another took its place or it was withdrawn. No row is removed.

    ``kind`` and ``key`` name a fact of the registry or a class of partner.
    """

    __tablename__ = "statement"
    __table_args__ = (
        Index(
            "ix_statement_standing",
            "community",
            "kind",
            "key",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    community: Mapped[str] = mapped_column(ForeignKey("community.key"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    key: Mapped[str] = mapped_column(String(LONGEST_KEY))
    holds: Mapped[bool]
    said_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    said_at: Mapped[datetime]
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    ended_at: Mapped[datetime | None]


def one(session: Session, community: str, kind: str, key: str) -> StatementRow | None:
    """Read the answer that stands to one question."""
    return session.scalar(
        select(StatementRow).where(
            StatementRow.community == community,
            StatementRow.kind == kind,
            StatementRow.key == key,
            StatementRow.ended_at.is_(None),
        )
    )


def standing(session: Session, community: str) -> Sequence[tuple[StatementRow, str]]:
    """Read the answers that stand, each with the name of who gave it, by kind and key."""
    return _read(session, community, ended=False)


def ended(session: Session, community: str) -> Sequence[tuple[StatementRow, str]]:
    """Read the answers that stand no more, each with the name of who gave it, the last ended first."""
    return _read(session, community, ended=True)


def _read(session: Session, community: str, *, ended: bool) -> Sequence[tuple[StatementRow, str]]:
    over = StatementRow.ended_at.is_not(None) if ended else StatementRow.ended_at.is_(None)
    order = (StatementRow.ended_at.desc(), StatementRow.id.desc()) if ended else (StatementRow.kind, StatementRow.key)
    rows = session.execute(
        select(StatementRow, PersonRow.name)
        .join(PersonRow, StatementRow.said_by == PersonRow.id)
        .where(StatementRow.community == community, over)
        .order_by(*order)
    )
    return [(row, name) for row, name in rows]
