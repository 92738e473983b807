"""Meeting dates of a community: add several at once, change one, take one out; tasks that wait for a meeting follow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy.orm import Session

from grants.domain.bilingual import Bilingual
from grants.domain.communities import Community
from grants.domain.meetings import MOST_PAPERS_DAYS, Body, fault_of, fault_words
from grants.domain.phrases import NBSP
from grants.domain.zones import zone
from grants.services import events, reminders
from grants.services.catalogue import NotFoundError
from grants.services.conflicts import Hand, RefusedError, check, last_hand
from grants.services.events import What
from grants.store import tenants, workspaces
from grants.store.workspaces import MeetingRow

LONGEST_NOTE = 200


@dataclass(frozen=True, slots=True)
class Details:
    """What is kept of a meeting beside its day: who meets, papers in how many business days before, a word about it."""

    body: Body
    papers_days: int
    note: str


@dataclass(frozen=True, slots=True)
class Added:
    """What adding did: the days that are new, and those on which the body met already."""

    new: tuple[date, ...]
    known: tuple[date, ...]


def add(session: Session, community: Community, days: Iterable[date], details: Details, hand: Hand) -> Added:
    """Add meetings on several days; a day on which the same body meets already is left as it is.

    Raises:
        RefusedError: there is no day, there are too many, or one is far from today.
    """
    wanted = tuple(sorted(set(days)))
    _check(wanted, details, community, hand.at)
    held = {row.on for row in workspaces.meetings(session, community.key) if row.body == details.body}
    new = tuple(day for day in wanted if day not in held)
    for day in new:
        session.add(
            MeetingRow(
                community=community.key,
                uuid=str(uuid4()),
                body=details.body.value,
                on=day,
                papers_days=details.papers_days,
                note=details.note,
                created_at=hand.at,
                modified_at=hand.at,
            )
        )
    if new:
        told: dict[str, Any] = {"days": [day.isoformat() for day in new], "body": details.body.value}
        events.record(session, community.key, What.MEETING_ADDED, hand.person, hand.at, **told)
    session.flush()
    return Added(new, tuple(day for day in wanted if day in held))


def change(session: Session, community: Community, number: int, day: date, details: Details, *, hand: Hand) -> int:
    """Change a meeting; open tasks that wait for it are due on the new day. Gives how many tasks moved.

    Raises:
        NotFoundError: the community has no such meeting.
        ConflictError: somebody else changed it since they saw it.
        RefusedError: the day is far from today, or the body meets then already.
    """
    row = standing(session, community, number)
    _check_seen(session, row, hand)
    _check((day,), details, community, hand.at)
    others = [each for each in workspaces.meetings(session, community.key) if each.id != row.id]
    if any(each.on == day and each.body == details.body for each in others):
        raise RefusedError(_TWICE, "on")
    before = row.on
    same = (before, row.body, row.papers_days, row.note) == (day, details.body, details.papers_days, details.note)
    if same:
        return 0
    row.on, row.body = day, details.body.value
    row.papers_days, row.note = details.papers_days, details.note
    row.version += 1
    row.modified_at = hand.at
    told: dict[str, Any] = {"meeting": row.id, "body": row.body, "from": before.isoformat(), "to": day.isoformat()}
    events.record(session, community.key, What.MEETING_MOVED, hand.person, hand.at, **told)
    return _follow(session, row, hand) if day != before else 0


def remove(session: Session, community: Community, number: int, hand: Hand) -> int:
    """Take a meeting out; open tasks that waited for it have no day until they are planned anew. Gives how many.

    Raises:
        NotFoundError: the community has no such meeting.
        ConflictError: somebody else changed it since they saw it.
    """
    row = standing(session, community, number)
    _check_seen(session, row, hand)
    row.removed_at = row.modified_at = hand.at
    row.version += 1
    told: dict[str, Any] = {"meeting": row.id, "body": row.body, "from": row.on.isoformat()}
    events.record(session, community.key, What.MEETING_REMOVED, hand.person, hand.at, **told)
    return _follow(session, row, hand)


def standing(session: Session, community: Community, number: int) -> MeetingRow:
    """Read a meeting that was not taken out.

    Raises:
        NotFoundError: the community has no such meeting.
    """
    row = tenants.one(session, MeetingRow, community.key, number)
    if row is None or row.removed_at is not None:
        raise NotFoundError(f"There is no meeting {number} of {community.key!r}.")
    return row


def tasks_by_meeting(session: Session, community: Community) -> Mapping[int, int]:
    """Count the open tasks that wait for each meeting, by the meeting's number."""
    counts: dict[int, int] = {}
    for task in workspaces.tasks_with_meeting(session, community.key):
        if task.meeting is not None:
            counts[task.meeting] = counts.get(task.meeting, 0) + 1
    return counts


def as_form(row: MeetingRow) -> Mapping[str, str]:
    """Give what is kept of a meeting as its form shows it, by field."""
    return {"on": row.on.isoformat(), "body": row.body, "papers_days": str(row.papers_days), "note": row.note}


_TWICE = Bilingual(
    "This body meets on that day already. Choose another day, or remove one of the two.",
    "Ce groupe se réunit déjà ce jour-là. Choisissez un autre jour ou retirez l’une des deux réunions.",
)
_PAPERS = Bilingual(
    f"Agenda papers are due 0 to {MOST_PAPERS_DAYS} business days before a meeting. Type a whole number.",
    f"Les documents sont attendus de 0 à {MOST_PAPERS_DAYS}{NBSP}jours ouvrables avant une réunion. "
    "Écrivez un nombre entier.",
)


def _check(days: Sequence[date], details: Details, community: Community, now: datetime) -> None:
    if not 0 <= details.papers_days <= MOST_PAPERS_DAYS:
        raise RefusedError(_PAPERS, "papers_days")
    fault = fault_of(tuple(days), now.astimezone(zone(community.zone)).date())
    if fault is not None:
        raise RefusedError(fault_words(fault), "on")


def _check_seen(session: Session, row: MeetingRow, hand: Hand) -> None:
    by = last_hand(session, row.community, row.modified_at)
    check(session, seen=hand.seen, version=row.version, saved=as_form(row), by=by, at=row.modified_at)


def _follow(session: Session, row: MeetingRow, hand: Hand) -> int:
    """Move the open tasks that wait for a meeting to its day; without it they have none."""
    tasks = workspaces.open_tasks_of_meeting(session, row.community, row.id)
    gone = row.removed_at is not None
    for task in tasks:
        before, task.due_on = task.due_on, None if gone else row.on
        task.starts_on = task.due_on
        if gone:
            task.meeting, task.by_hand = None, False
        task.version += 1
        task.modified_at = hand.at
        events.record(
            session,
            row.community,
            What.TASK_CHANGED,
            hand.person,
            hand.at,
            application=task.application,
            task=task.id,
            title=task.title,
            fields={"due_on": [_iso(before), _iso(task.due_on)]},
        )
        session.flush()
        reminders.task_changed(session, task, hand.at, by=hand.person)
    session.flush()
    return len(tasks)


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None
