"""Every run of the scheduler leaves a row: when it began and ended, what it did, why it failed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Text, delete, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from grants.store.database import Model
from grants.store.reminders import OutboxRow

KEPT = timedelta(days=30)


class TickRow(Model):
    """One run; ``finished_at`` stays empty where the process was killed."""

    __tablename__ = "tick"

    id: Mapped[int] = mapped_column(primary_key=True)
    started_at: Mapped[datetime] = mapped_column(index=True)
    finished_at: Mapped[datetime | None] = mapped_column(index=True)
    counts: Mapped[dict[str, Any]]
    failure: Mapped[str | None] = mapped_column(Text)


def last_finished(session: Session) -> datetime | None:
    """Give when a run last ended without a failure."""
    ended = select(TickRow.finished_at).where(TickRow.finished_at.is_not(None), TickRow.failure.is_(None))
    return session.scalar(ended.order_by(TickRow.finished_at.desc()).limit(1))


def last_sign(session: Session) -> datetime | None:
    """Give the last sign of life: a run that ended well, or a letter that a run in hand has taken up since."""
    tried = session.scalar(select(func.max(OutboxRow.tried_at)))
    return max((at for at in (last_finished(session), tried) if at is not None), default=None)


def last(session: Session) -> TickRow | None:
    """Give the run that began last."""
    return session.scalar(select(TickRow).order_by(TickRow.started_at.desc(), TickRow.id.desc()).limit(1))


def forget_old(session: Session, now: datetime) -> None:
    """Remove the rows of runs of long ago."""
    session.execute(delete(TickRow).where(TickRow.started_at < now - KEPT))
