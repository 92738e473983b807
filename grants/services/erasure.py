"""Carry out what a community's lead asked for: delete all of its workspace.

People and memberships stay, and so does what is a person's own: sign-ins and intakes they track. Of the workspace one
row stays, with how many rows of which table were deleted, and nothing of what they said.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from grants.store import holdings, tenants
from grants.store.applications import TaskRow
from grants.store.feeds import FeedRow
from grants.store.people import MembershipRow
from grants.store.reminders import OutboxRow, Reason, ReminderRow
from grants.store.sessions import InvitationRow
from grants.store.tracking import TrackedRow
from grants.store.workspaces import DeletionRow

STAYS: Final = frozenset({DeletionRow.__tablename__, MembershipRow.__tablename__})
"""What is kept of a community whose workspace was deleted: that it was, and who works for it."""


def carry_out_due(session: Session, now: datetime) -> int:
    """Delete the workspaces whose time has come; give how many. Any number of runs may do it, each once."""
    due = session.scalars(
        tenants.everybodys(DeletionRow)
        .where(DeletionRow.due_at <= now, DeletionRow.done_at.is_(None), DeletionRow.withdrawn_at.is_(None))
        .order_by(DeletionRow.id)
    ).all()
    for row in due:
        row.counts, row.done_at = erase(session, row.community), now
    session.flush()
    return len(due)


def erase(session: Session, community: str) -> dict[str, Any]:
    """Delete all of a community's workspace; give the number of rows by table, without the tables that had none.

    Every letter to whoever was ever reminded of its tasks loses its words, since what was sent again is not known by
    its reminders any more; letters that still wait are written anew from what is left. Addresses that were invited
    and never came go with their letters.
    """
    tasks = select(TaskRow.id).where(TaskRow.community == community)
    reminded = select(ReminderRow.person).where(ReminderRow.task.in_(tasks))
    told = OutboxRow.person.in_(reminded) & (OutboxRow.reason == Reason.REMINDERS)
    session.execute(update(OutboxRow).where(told).values(subject="", text="", html=""))
    invited = select(InvitationRow.email).where(InvitationRow.community == community)
    strangers = OutboxRow.person.is_(None) & OutboxRow.ended_at.is_not(None) & OutboxRow.recipient.in_(invited)
    session.execute(delete(OutboxRow).where(strangers))
    counts = {
        ReminderRow.__tablename__: _delete(session, ReminderRow.__table__, ReminderRow.task.in_(tasks)),
        TrackedRow.__tablename__: _delete(session, TrackedRow.__table__, TrackedRow.task.in_(tasks)),
        FeedRow.__tablename__: _delete(session, FeedRow.__table__, FeedRow.community == community),
    }
    for table in reversed([each for each in holdings.tables() if each.name not in STAYS]):
        counts[table.name] = _delete(session, table, table.c.community == community)
    session.expire_all()
    return {name: count for name, count in counts.items() if count}


def _delete(session: Session, table: Any, which: Any) -> int:  # noqa: ANN401 - a table and a condition on it
    count = session.scalar(select(func.count()).select_from(table).where(which)) or 0
    session.execute(delete(table).where(which))
    return count
