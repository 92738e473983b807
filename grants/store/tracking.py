"""Who tracks which intake, and the intakes with the names that people know them by."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from grants.domain.bilingual import Bilingual
from grants.domain.catalogue import Level
from grants.domain.deadlines import Intake
from grants.domain.records import read
from grants.store.catalogue import IntakeRow, ProgramRow, StreamRow
from grants.store.database import Model
from grants.store.people import PersonRow


class TrackedRow(Model):
    """A person tracks an intake.

    The three ``planned_`` columns say from which version of the intake, of the profile and of the clock rules the
    reminders were planned; where one of them is no longer true they are planned again. ``told`` holds the dates that
    the person knows of, by stage: what a change is measured against.
    """

    __tablename__ = "tracked"
    __table_args__ = (UniqueConstraint("person", "intake"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person: Mapped[int] = mapped_column(ForeignKey("person.id"))
    intake: Mapped[str] = mapped_column(ForeignKey("intake.key"), index=True)
    since: Mapped[datetime]
    planned_version: Mapped[int] = mapped_column(default=0)
    planned_profile: Mapped[int] = mapped_column(default=0)
    planned_rules: Mapped[str] = mapped_column(String(20), default="")
    told: Mapped[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class NamedIntake:
    """An intake with all that a reader needs to recognise it; ``example`` marks a made-up one."""

    intake: Intake
    version: int
    stream_key: str
    stream: Bilingual | None
    program_key: str
    program: Bilingual
    level: Level
    example: bool


def named_intakes(session: Session, keys: Collection[str]) -> dict[str, NamedIntake]:
    """Read intakes by key, real ones and examples; keys that are none are left out. Cost: one query for 500 keys."""
    wanted, found = sorted(keys), {}
    for start in range(0, len(wanted), 500):
        rows = session.execute(
            select(IntakeRow, StreamRow, ProgramRow)
            .join(StreamRow, IntakeRow.stream == StreamRow.key)
            .join(ProgramRow, StreamRow.program == ProgramRow.key)
            .where(IntakeRow.key.in_(wanted[start : start + 500]))
        )
        for intake, stream, program in rows:
            name = stream.record.get("name")
            found[intake.key] = NamedIntake(
                intake=read(intake.record, Intake),
                version=intake.version,
                stream_key=stream.key,
                stream=read(name, Bilingual) if name else None,
                program_key=program.key,
                program=Bilingual(program.record["name"], program.record.get("name_fr") or program.record["name"]),
                level=Level(stream.record["level"]),
                example=program.practice,
            )
    return found


def tracked(session: Session, person_id: int) -> Sequence[TrackedRow]:
    """Read what a person tracks, the oldest first."""
    return session.scalars(select(TrackedRow).where(TrackedRow.person == person_id).order_by(TrackedRow.id)).all()


def tracked_row(session: Session, person_id: int, intake_key: str) -> TrackedRow | None:
    """Read whether a person tracks one intake."""
    return session.scalar(select(TrackedRow).where(TrackedRow.person == person_id, TrackedRow.intake == intake_key))


def trackers(session: Session, intake_keys: Collection[str]) -> list[TrackedRow]:
    """Read everybody who tracks one of these intakes."""
    wanted = sorted(intake_keys)
    found: list[TrackedRow] = []
    for start in range(0, len(wanted), 500):
        chosen = TrackedRow.intake.in_(wanted[start : start + 500])
        found += session.scalars(select(TrackedRow).where(chosen).order_by(TrackedRow.id))
    return found


def out_of_date(session: Session, rules: str, *, after: int, limit: int) -> Sequence[TrackedRow]:
    """Read those whose reminders were planned from what holds no longer. Cost: one joined query; none as a rule."""
    return session.scalars(
        select(TrackedRow)
        .join(IntakeRow, TrackedRow.intake == IntakeRow.key)
        .join(PersonRow, TrackedRow.person == PersonRow.id)
        .where(
            TrackedRow.id > after,
            or_(
                TrackedRow.planned_version != IntakeRow.version,
                TrackedRow.planned_profile != PersonRow.profile_version,
                TrackedRow.planned_rules != rules,
            ),
        )
        .order_by(TrackedRow.id)
        .limit(limit)
    ).all()


def intake_to_track(session: Session, stream_key: str) -> Sequence[IntakeRow]:
    """Read the intakes of a stream in their order."""
    rows = select(IntakeRow).where(IntakeRow.stream == stream_key).order_by(IntakeRow.place, IntakeRow.key)
    return session.scalars(rows).all()
