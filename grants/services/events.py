"""What happened in a workspace: one place where every change of it leaves a line that its community can read."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from grants.store.applications import EventRow


class What(StrEnum):
    """What happened; ``details`` of each are named behind it."""

    BEGUN = "begun"
    MOVED = "moved"
    """``from``, ``to``, ``reason``."""
    CHANGED = "changed"
    """``fields``: name -> [before, after]."""
    TASK_ADDED = "task-added"
    TASK_CHANGED = "task-changed"
    """``task``, ``title``, ``fields`` as above: owner, due_on and the like."""
    TASK_DONE = "task-done"
    TASK_REOPENED = "task-reopened"
    TASK_REMOVED = "task-removed"
    CHECKED = "checked"
    """``requirement``, ``wording``, ``settled``."""
    NOTE_ADDED = "note-added"
    NOTE_CHANGED = "note-changed"
    PLANNED = "planned"
    """``tasks``: how many dates the plan set."""
    DOCUMENT_ADDED = "document-added"
    DOCUMENT_CHANGED = "document-changed"
    DOCUMENT_REMOVED = "document-removed"
    MEETING_ADDED = "meeting-added"
    MEETING_MOVED = "meeting-moved"
    MEETING_REMOVED = "meeting-removed"
    INVITED = "invited"
    """``email``, ``role``."""
    JOINED = "joined"
    """``name``, ``role``; the person is who joined."""
    LEFT = "left"
    """``member``, ``name`` of who left, whose own deed it may be."""
    ROLE_CHANGED = "role-changed"
    """``member``, ``name``, ``before``, ``after``."""
    SHARED = "shared"
    UNSHARED = "unshared"
    OPENED = "opened"
    """Somebody of the ministry looked at what is shared."""
    EXPORTED = "exported"
    DELETION_ASKED = "deletion-asked"
    DELETION_WITHDRAWN = "deletion-withdrawn"


def record(
    session: Session,
    community: str,
    what: What,
    person: int | None,
    now: datetime,
    *,
    application: int | None = None,
    **details: Any,  # noqa: ANN401 - plain values of JSON
) -> None:
    """Leave a line, inside the write unit of the change it tells of; ``person``: ``None`` for the machine itself."""
    session.add(
        EventRow(community=community, application=application, person=person, at=now, kind=what.value, details=details)
    )
