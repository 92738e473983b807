"""What members of a community said of matches: how its broad words are meant, and which programs are not relevant.

Both belong to the community. Nobody but its members reads them as they are; see :mod:`grants.services.feedback`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from grants.store.database import Model
from grants.store.people import PersonRow


class ReadingRow(Model):
    """How a community means the broad words of one priority: ``concepts`` are keys, in the order of choosing."""

    __tablename__ = "reading"
    __table_args__ = (UniqueConstraint("community", "priority"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    community: Mapped[str] = mapped_column(ForeignKey("community.key"))
    priority: Mapped[str] = mapped_column(String(200))
    concepts: Mapped[list[Any]]
    person: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]


class IrrelevantRow(Model):
    """A community marked a program not relevant for one priority; ``concepts`` are those by which it had matched."""

    __tablename__ = "not_relevant"
    __table_args__ = (UniqueConstraint("community", "priority", "program"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    community: Mapped[str] = mapped_column(ForeignKey("community.key"))
    priority: Mapped[str] = mapped_column(String(200))
    program: Mapped[str] = mapped_column(ForeignKey("program.key"))
    concepts: Mapped[list[Any]]
    person: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]


def readings(session: Session, community: str) -> Sequence[tuple[ReadingRow, str]]:
    """Read how a community means its broad words, each with the name of who said so last."""
    rows = session.execute(
        select(ReadingRow, PersonRow.name)
        .join(PersonRow, ReadingRow.person == PersonRow.id)
        .where(ReadingRow.community == community)
        .order_by(ReadingRow.priority)
    )
    return [(row, name) for row, name in rows]


def reading(session: Session, community: str, priority: str) -> ReadingRow | None:
    """Read how a community means one priority."""
    return session.scalar(select(ReadingRow).where(ReadingRow.community == community, ReadingRow.priority == priority))


def marks(session: Session, community: str) -> Sequence[tuple[IrrelevantRow, str]]:
    """Read what a community marked not relevant, each with the name of who marked it, the newest first."""
    rows = session.execute(
        select(IrrelevantRow, PersonRow.name)
        .join(PersonRow, IrrelevantRow.person == PersonRow.id)
        .where(IrrelevantRow.community == community)
        .order_by(IrrelevantRow.id.desc())
    )
    return [(row, name) for row, name in rows]


def mark(session: Session, community: str, priority: str, program: str) -> IrrelevantRow | None:
    """Read one mark."""
    return session.scalar(
        select(IrrelevantRow).where(
            IrrelevantRow.community == community,
            IrrelevantRow.priority == priority,
            IrrelevantRow.program == program,
        )
    )


def every_reading(session: Session) -> Sequence[ReadingRow]:
    """Read the readings of all communities, to be counted."""
    return session.scalars(select(ReadingRow)).all()


def every_mark(session: Session) -> Sequence[IrrelevantRow]:
    """Read the marks of all communities, to be counted."""
    return session.scalars(select(IrrelevantRow)).all()
