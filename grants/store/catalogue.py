"""Programs, streams and intakes as rows, the registry of facts, and the mark that tells that any of it changed."""

from __future__ import annotations

from collections import defaultdict
from typing import Any
from uuid import uuid4

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from grants.domain.catalogue import Program
from grants.domain.records import read
from grants.domain.rules import FactDefinition
from grants.store.database import Model
from grants.store.kept import Kept, by_key


class ProgramRow(Kept, Model):
    """A program without its streams. ``practice`` marks made-up examples; they never mix with the real catalogue."""

    __tablename__ = "program"

    practice: Mapped[bool] = mapped_column(default=False)


class StreamRow(Kept, Model):
    """A stream without its intakes; ``place`` is its order within the program."""

    __tablename__ = "stream"

    program: Mapped[str] = mapped_column(ForeignKey("program.key"), index=True)
    place: Mapped[int]


class IntakeRow(Kept, Model):
    """One round of a stream; its version is the version of its deadlines."""

    __tablename__ = "intake"

    stream: Mapped[str] = mapped_column(ForeignKey("stream.key"), index=True)
    place: Mapped[int]


class FactRow(Kept, Model):
    """One fact of the registry; ``place`` is its order in the file."""

    __tablename__ = "fact_definition"

    place: Mapped[int]


class RevisionRow(Model):
    """One row with a mark of its own for every state of the catalogue, the communities, the plans and the vocabulary.

    The same mark means the same content, wherever the database has been copied to.
    """

    __tablename__ = "catalogue_revision"

    key: Mapped[int] = mapped_column(primary_key=True)
    mark: Mapped[str] = mapped_column(String(36), server_default="")


def revision(session: Session) -> str:
    """Give the mark of the present state; empty before anything was loaded."""
    return session.scalar(select(RevisionRow.mark)) or ""


def raise_revision(session: Session) -> None:
    """Tell every process that what it remembers of the catalogue is out of date."""
    row = session.get(RevisionRow, 1)
    if row is None:
        session.add(RevisionRow(key=1, mark=str(uuid4())))
    else:
        row.mark = str(uuid4())


def programs(session: Session, *, practice: bool = False) -> list[Program]:
    """Read every program with its streams and intakes, by key; either the real ones or the practice examples.

    Cost: three queries; about 0.1 ms a stream to make values of the records.
    """
    intakes: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for intake in session.scalars(select(IntakeRow).order_by(IntakeRow.place, IntakeRow.key)):
        intakes[intake.stream].append(intake.record)
    streams: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for stream in session.scalars(select(StreamRow).order_by(StreamRow.place, StreamRow.key)):
        streams[stream.program].append({**stream.record, "intakes": intakes[stream.key]})
    rows = by_key(session, select(ProgramRow).where(ProgramRow.practice == practice))
    return [read({**row.record, "streams": streams[row.key]}, Program) for row in rows]


def intake_keys(session: Session) -> set[str]:
    """Read the key of every round, those of examples too."""
    return set(session.scalars(select(IntakeRow.key)))


def fact_definitions(session: Session) -> list[FactDefinition]:
    """Read the registry of facts, in its order."""
    return [read(row.record, FactDefinition) for row in session.scalars(select(FactRow).order_by(FactRow.place))]
