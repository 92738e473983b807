"""What a community keeps ready and plans by: documents, meeting dates; what it shares; its wish to be deleted."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Select, String, Text, or_, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from grants.domain.people import Role
from grants.store import tenants
from grants.store.applications import EventRow, TaskRow
from grants.store.database import Model
from grants.store.people import MembershipRow, PersonRow
from grants.store.tenants import Owned
from grants.store.tracking import TrackedRow


class DocumentRow(Model, Owned):
    """A document of the readiness bank: what it is, where its file is kept, until when it serves."""

    __tablename__ = "document"

    kind: Mapped[str] = mapped_column(String(20))
    title: Mapped[str] = mapped_column(String(200))
    kept_at: Mapped[str] = mapped_column(String(500), default="")
    dated_on: Mapped[date | None]
    expires_on: Mapped[date | None]
    note: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int] = mapped_column(default=1)
    created_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    modified_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


class MeetingRow(Model, Owned):
    """A meeting at which the community can decide: council, band council or a committee.

    ``papers_days`` is how many business days before it the papers must be in.
    """

    __tablename__ = "meeting"

    uuid: Mapped[str] = mapped_column(String(36), unique=True)
    body: Mapped[str] = mapped_column(String(20))
    on: Mapped[date]
    papers_days: Mapped[int] = mapped_column(default=0)
    note: Mapped[str] = mapped_column(String(200), default="")
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    modified_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


class ShareRow(Model, Owned):
    """An application is shown to the ministry from ``shared_at`` until ``ended_at``; every turn leaves a row."""

    __tablename__ = "share"
    __table_args__ = (
        Index(
            "ix_share_standing",
            "application",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    application: Mapped[int] = mapped_column(ForeignKey("application.id"), index=True)
    shared_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    shared_at: Mapped[datetime]
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    ended_at: Mapped[datetime | None]


class OpeningRow(Model, Owned):
    """Somebody of the ministry opened what is shared; the community reads this log."""

    __tablename__ = "opening"

    share: Mapped[int] = mapped_column(ForeignKey("share.id"), index=True)
    person: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]


class DeletionRow(Model, Owned):
    """A lead's wish that all of the workspace be deleted: carried out at ``due_at`` unless withdrawn before.

    The row stays afterwards; ``counts`` says how much was deleted, and nothing of what it was.
    """

    __tablename__ = "deletion"

    asked_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    asked_at: Mapped[datetime]
    due_at: Mapped[datetime]
    withdrawn_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    withdrawn_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    counts: Mapped[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who works for a community; ``returned`` tells whether letters to them come back."""

    id: int
    name: str
    role: Role
    weekly_minutes: int | None
    returned: bool


def members(session: Session, community: str) -> list[Member]:
    """Read who works for a community, by name."""
    found = session.execute(
        select(PersonRow, MembershipRow)
        .join(MembershipRow, MembershipRow.person == PersonRow.id)
        .where(MembershipRow.community == community, PersonRow.active)
    )
    return sorted(
        (
            Member(
                person.id,
                person.name or person.email,
                Role(member.role),
                member.weekly_minutes,
                person.mail_suspended_at is not None,
            )
            for person, member in found
        ),
        key=lambda each: (each.name.casefold(), each.id),
    )


def names(session: Session, people: Collection[int]) -> dict[int, str]:
    """Read the names of people, members or not any more. Cost: one query."""
    wanted = sorted(people)
    if not wanted:
        return {}
    found = session.execute(select(PersonRow.id, PersonRow.name, PersonRow.email).where(PersonRow.id.in_(wanted)))
    return {number: name or email for number, name, email in found}


def meetings(session: Session, community: str, *, removed: bool = False) -> Sequence[MeetingRow]:
    """Read a community's meetings, the earliest first; those taken out only where asked for."""
    chosen = tenants.of(MeetingRow, community).order_by(MeetingRow.on, MeetingRow.id)
    return session.scalars(chosen if removed else chosen.where(MeetingRow.removed_at.is_(None))).all()


def documents(session: Session, community: str) -> Sequence[DocumentRow]:
    """Read the documents kept ready: what expires first comes first, what never expires last."""
    rows = session.scalars(tenants.of(DocumentRow, community).where(DocumentRow.removed_at.is_(None))).all()
    return sorted(rows, key=lambda row: (row.expires_on or date.max, row.title.casefold(), row.id))


def tasks_with_meeting(session: Session, community: str) -> Sequence[TaskRow]:
    """Read the tasks that wait for any meeting: neither done nor taken out."""
    return session.scalars(_waiting(community).where(TaskRow.meeting.is_not(None))).all()


def open_tasks_of_meeting(session: Session, community: str, meeting: int) -> Sequence[TaskRow]:
    """Read the tasks that wait for one meeting: neither done nor taken out."""
    return session.scalars(_waiting(community).where(TaskRow.meeting == meeting)).all()


def _waiting(community: str) -> Select[TaskRow]:
    open_ones = tenants.of(TaskRow, community).where(TaskRow.done_at.is_(None), TaskRow.removed_at.is_(None))
    return open_ones.order_by(TaskRow.id)


def events_since(session: Session, community: str, since: datetime, *, not_by: int, limit: int) -> Sequence[EventRow]:
    """Read what others, and the machine, did in a workspace after a moment, the newest first."""
    others = or_(EventRow.person.is_(None), EventRow.person != not_by)
    chosen = tenants.of(EventRow, community).where(EventRow.at > since, others)
    return session.scalars(chosen.order_by(EventRow.at.desc(), EventRow.id.desc()).limit(limit)).all()


def tracked_intakes(session: Session, community: str) -> set[str]:
    """Read the keys of the intakes that anybody tracks for a community; by whom is theirs to tell."""
    chosen = select(TrackedRow.intake).where(TrackedRow.community == community, TrackedRow.intake.is_not(None))
    return {key for key in session.scalars(chosen) if key is not None}
