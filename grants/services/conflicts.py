"""Why a change of a workspace is not saved: somebody else saved first, or it cannot be.

Whoever saves second is shown both versions, and nothing of either is lost: every form carries the version of what it
was drawn from, and a service compares it with the one kept, inside the write unit that saves, so nobody can save in
between.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from grants.domain.bilingual import Bilingual
from grants.store import tenants
from grants.store.applications import EventRow
from grants.store.people import PersonRow


@dataclass(frozen=True, slots=True)
class Hand:
    """Who makes a change, when, and what they saw before: the version that their form was drawn from.

    ``leads``: whether they may decide over other people's tasks.
    """

    person: int
    at: datetime
    seen: int = 0
    leads: bool = False


class ConflictError(Exception):
    """Somebody else saved it since the form was opened.

    ``saved`` is what holds now, by the name of the form's field and as the form would show it; ``version`` is what has
    to be sent to save over it, ``by`` the name of who saved (empty where nobody knows), ``at`` when.
    """

    def __init__(self, saved: Mapping[str, str], version: int, by: str, at: datetime) -> None:
        super().__init__(f"It is at version {version} by now.")
        self.saved = saved
        self.version = version
        self.by = by
        self.at = at


class RefusedError(ValueError):
    """What was asked cannot be done: ``words`` say what, why and what to do, ``field`` which field is meant."""

    def __init__(self, words: Bilingual, field: str = "") -> None:
        super().__init__(words.en)
        self.words = words
        self.field = field


def check(
    session: Session,
    *,
    seen: int,
    version: int,
    saved: Mapping[str, str],
    by: int | None,
    at: datetime,
) -> None:
    """Let a change through that was made from what is kept now.

    Args:
        session: the write unit that saves.
        seen: the version that the form was drawn from.
        version: the one that is kept.
        saved: what holds now, as the form would show it.
        by: who saved last, where it is known.
        at: when that was.

    Raises:
        ConflictError: it was made from an older version.
    """
    if seen == version:
        return
    person = session.get(PersonRow, by) if by is not None else None
    raise ConflictError(saved, version, person.name if person else "", at)


def last_hand(session: Session, community: str, at: datetime, *, application: int | None = None) -> int | None:
    """Give who made the change of a community's workspace that was made at a moment; ``None`` where nobody is named.

    Things keep when they were changed; who did it stands in the event of the same moment.
    """
    events = tenants.of(EventRow, community).where(EventRow.at == at)
    if application is not None:
        events = events.where(EventRow.application == application)
    event = session.scalar(events.order_by(EventRow.id.desc()).limit(1))
    return event.person if event is not None else None
