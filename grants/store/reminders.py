"""Reminders, the letters that carry them, and whether letters may leave."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    and_,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from grants.store.database import Model
from grants.store.people import PersonRow
from grants.store.tracking import Ref, is_about


class ReminderState(StrEnum):
    """Where a reminder stands."""

    PLANNED = "planned"
    QUEUED = "queued"
    SENT = "sent"
    VOID = "void"
    EXPIRED = "expired"
    SILENT = "silent"
    """News for the page alone: its person wants no letters."""


class MailState(StrEnum):
    """Where a letter stands."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DEFERRED = "deferred"
    BOUNCED = "bounced"
    EXPIRED = "expired"
    HELD = "held"
    FAILED = "failed"
    VOID = "void"


WAITING = (MailState.QUEUED, MailState.DEFERRED)


class Reason(StrEnum):
    """Why a letter is written."""

    REMINDERS = "reminders"
    ACCOUNT = "account"


class OutboxRow(Model):
    """One letter to one person, from the wish to send it until its end.

    What a letter about deadlines says is written when it is claimed, from what holds then. ``lease_until`` is when
    another run may take over a letter whose sender has died; ``takeovers`` counts that. ``message_id`` never changes,
    so a letter that arrives twice is seen to be one. ``link_until`` is how long the link in it works; ``None``: nothing
    in it ends. ``resent_at`` is when somebody had a letter that did not arrive sent again, as another one.
    """

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_turn", "state", "next_try_at", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    recipient: Mapped[str] = mapped_column(String(254))
    reason: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(10))
    message_id: Mapped[str] = mapped_column(String(120), unique=True)
    subject: Mapped[str] = mapped_column(Text, default="")
    text: Mapped[str] = mapped_column(Text, default="")
    html: Mapped[str] = mapped_column(Text, default="")
    attempts: Mapped[int] = mapped_column(default=0)
    takeovers: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    next_try_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    tried_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]
    answer: Mapped[str | None] = mapped_column(Text)
    link_until: Mapped[datetime | None]
    resent_at: Mapped[datetime | None]


class ReminderRow(Model):
    """The intention to tell one person about one duty of an intake or a task, once, under one version of its date.

    ``before`` is the date the person was told, for a change. Rows are never removed: what was said and what was not
    stays to be seen.
    """

    __tablename__ = "reminder"
    __table_args__ = (
        UniqueConstraint("person", "intake", "stage", "kind", "lead", "version"),
        UniqueConstraint("person", "task", "stage", "kind", "lead", "version"),
        CheckConstraint("(intake IS NULL) <> (task IS NULL)", name="one_of_two"),
        Index("ix_reminder_turn", "state", "due_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person: Mapped[int] = mapped_column(ForeignKey("person.id"))
    intake: Mapped[str | None] = mapped_column(ForeignKey("intake.key"), index=True)
    task: Mapped[int | None] = mapped_column(ForeignKey("task.id"), index=True)
    stage: Mapped[str] = mapped_column(String(60))
    kind: Mapped[str] = mapped_column(String(10))
    lead: Mapped[int]
    version: Mapped[int]
    due_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(10))
    letter: Mapped[int | None] = mapped_column(ForeignKey("outbox.id"), index=True)
    before: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]

    @property
    def ref(self) -> Ref:
        """What it is about."""
        return Ref(self.intake, self.task)


class MailHoldRow(Model):
    """The last time that letters were held: since when, why and by whom; while nobody has released them none leaves."""

    __tablename__ = "mail_hold"

    key: Mapped[int] = mapped_column(primary_key=True)
    since: Mapped[datetime]
    reason: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(String(254))
    released_at: Mapped[datetime | None]
    released_by: Mapped[str | None] = mapped_column(String(254))


def reminders_of(session: Session, person_id: int, ref: Ref) -> Sequence[ReminderRow]:
    """Read every reminder of a person about an intake or a task, past ones too."""
    chosen = select(ReminderRow).where(ReminderRow.person == person_id, is_about(ReminderRow, ref))
    return session.scalars(chosen.order_by(ReminderRow.due_at, ReminderRow.id)).all()


def reminders_by_ref(session: Session, person_id: int) -> Mapping[Ref, Sequence[ReminderRow]]:
    """Read every reminder of a person that was not overtaken, by what it is about."""
    chosen = select(ReminderRow).where(ReminderRow.person == person_id, ReminderRow.state != ReminderState.VOID)
    found: dict[Ref, list[ReminderRow]] = {}
    for row in session.scalars(chosen.order_by(ReminderRow.due_at, ReminderRow.id)):
        found.setdefault(row.ref, []).append(row)
    return found


def due(session: Session, now: datetime, *, limit: int) -> Sequence[ReminderRow]:
    """Read the reminders whose moment has come and whose person may be written to, person by person."""
    chosen = select(ReminderRow).join(PersonRow, ReminderRow.person == PersonRow.id).where(*_is_due(now))
    ordered = chosen.order_by(ReminderRow.person, ReminderRow.due_at, ReminderRow.id)
    return session.scalars(ordered.limit(limit)).all()


def persons_without_letter(session: Session, now: datetime) -> int:
    """Count the persons who have something due and for whom no letter waits: so many letters would be made."""
    persons = select(ReminderRow.person).join(PersonRow, ReminderRow.person == PersonRow.id).where(*_is_due(now))
    waiting = select(OutboxRow.id).where(OutboxRow.person == ReminderRow.person, *_WAITS).exists()
    return session.scalar(select(func.count()).select_from(persons.where(~waiting).distinct().subquery())) or 0


def _is_due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        ReminderRow.state == ReminderState.PLANNED,
        ReminderRow.due_at <= now,
        PersonRow.active.is_(True),
        PersonRow.confirmed_at.is_not(None),
        PersonRow.reminders_off_at.is_(None),
        PersonRow.mail_suspended_at.is_(None),
    )


_WAITS = (OutboxRow.state.in_((*WAITING, MailState.HELD)), OutboxRow.reason == Reason.REMINDERS)


def carried(session: Session, letter_id: int) -> Sequence[ReminderRow]:
    """Read the reminders that a letter carries."""
    chosen = select(ReminderRow).where(ReminderRow.letter == letter_id, ReminderRow.state == ReminderState.QUEUED)
    return session.scalars(chosen.order_by(ReminderRow.due_at, ReminderRow.id)).all()


def waiting_letters(session: Session, persons: Sequence[int]) -> Mapping[int, OutboxRow]:
    """Find the letter about deadlines that already waits for each of these persons."""
    chosen = select(OutboxRow).where(OutboxRow.person.in_(persons), *_WAITS)
    return {row.person: row for row in session.scalars(chosen) if row.person is not None}


def next_in_turn(session: Session, now: datetime) -> OutboxRow | None:
    """Give the letter to be sent next: one that waits and may be tried, or one whose sender has died."""
    return session.scalar(
        select(OutboxRow)
        .where(
            or_(
                and_(OutboxRow.state.in_(WAITING), OutboxRow.next_try_at <= now),
                and_(OutboxRow.state == MailState.SENDING, OutboxRow.lease_until <= now),
            )
        )
        .order_by(OutboxRow.next_try_at, OutboxRow.id)
        .limit(1)
    )


def hold(session: Session) -> MailHoldRow | None:
    """Give why letters may not leave; ``None`` while they may."""
    last = last_hold(session)
    return last if last is not None and last.released_at is None else None


def last_hold(session: Session) -> MailHoldRow | None:
    """Give the last time that letters were held, be it over or not; ``None``: they never were."""
    return session.get(MailHoldRow, 1)


def held_letters(session: Session) -> Sequence[OutboxRow]:
    """Read the letters that were set apart until a person has looked."""
    return session.scalars(select(OutboxRow).where(OutboxRow.state == MailState.HELD).order_by(OutboxRow.id)).all()


def is_any_apart(session: Session) -> bool:
    """Tell whether any letter was set apart."""
    return session.scalar(select(OutboxRow.id).where(OutboxRow.state == MailState.HELD).limit(1)) is not None


def letters_that_wait(session: Session) -> Sequence[OutboxRow]:
    """Read the letters that wait for their turn or for another try."""
    return session.scalars(select(OutboxRow).where(OutboxRow.state.in_(WAITING)).order_by(OutboxRow.id)).all()


def counts(session: Session) -> dict[str, int]:
    """Count the letters in each state."""
    found = dict(session.execute(select(OutboxRow.state, func.count()).group_by(OutboxRow.state)).all())
    return {state.value: found.get(state.value, 0) for state in MailState}


def made_by_day(session: Session, since: datetime, until: datetime) -> Counter[int]:
    """Count the letters about deadlines made in each day of 24 hours back from ``until``; 0 is the last one."""
    made = select(OutboxRow.created_at).where(
        OutboxRow.reason == Reason.REMINDERS,
        OutboxRow.created_at > since,
        OutboxRow.created_at <= until,
        OutboxRow.state != MailState.HELD,
    )
    return Counter((until - at) // timedelta(days=1) for at in session.scalars(made))


def letters_with_link(session: Session, person_id: int, since: datetime) -> Sequence[datetime]:
    """Read when the letters to a person that hold a link with an end were made, those younger than ``since``."""
    chosen = select(OutboxRow.created_at).where(
        OutboxRow.person == person_id, OutboxRow.link_until.is_not(None), OutboxRow.created_at > since
    )
    return session.scalars(chosen).all()


def bounces(session: Session, recipient: str, since: datetime) -> int:
    """Count the letters to an address that came back."""
    chosen = select(func.count()).where(
        OutboxRow.recipient == recipient, OutboxRow.state == MailState.BOUNCED, OutboxRow.ended_at > since
    )
    return session.scalar(chosen) or 0


def letters(session: Session, *, limit: int, state: MailState | None = None) -> Sequence[OutboxRow]:
    """Read the newest letters, all or those of one state."""
    chosen = select(OutboxRow) if state is None else select(OutboxRow).where(OutboxRow.state == state)
    return session.scalars(chosen.order_by(OutboxRow.id.desc()).limit(limit)).all()


def letters_to(session: Session, person_id: int, *, limit: int) -> Sequence[OutboxRow]:
    """Read the newest letters to a person that were not dropped."""
    chosen = select(OutboxRow).where(OutboxRow.person == person_id, OutboxRow.state != MailState.VOID)
    return session.scalars(chosen.order_by(OutboxRow.id.desc()).limit(limit)).all()


def given_up(session: Session, letter_id: int) -> Sequence[ReminderRow]:
    """Read the reminders of a letter that did not arrive."""
    chosen = select(ReminderRow).where(ReminderRow.letter == letter_id, ReminderRow.state == ReminderState.EXPIRED)
    return session.scalars(chosen.order_by(ReminderRow.due_at, ReminderRow.id)).all()


def oldest_waiting(session: Session) -> datetime | None:
    """Give since when the letter that has waited longest after a failed try has waited."""
    return session.scalar(select(func.min(OutboxRow.created_at)).where(OutboxRow.state == MailState.DEFERRED))
