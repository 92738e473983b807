"""Track an intake and stop tracking it; show a person what they track, soonest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy.orm import Session

from grants.domain.deadlines import LIVE, Intake, Status, status
from grants.domain.records import read
from grants.domain.reminders import Duty, Recipient, duties
from grants.domain.zones import zone as zone_of
from grants.services import reminders
from grants.services.catalogue import NotFoundError
from grants.store import people, tracking
from grants.store import reminders as rows
from grants.store.people import PersonRow
from grants.store.reminders import ReminderRow
from grants.store.tracking import NamedIntake, TrackedRow


class When(StrEnum):
    """The part of the tracker a tracked intake stands in."""

    TODAY = "today"
    THIS_WEEK = "this-week"
    LATER = "later"
    UNDATED = "undated"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class TrackedIntake:
    """A tracked intake as its person sees it now; ``next_duty`` is what comes first, ``None`` where nothing does."""

    named: NamedIntake
    since: datetime
    status: Status
    when: When
    next_duty: Duty | None
    duties: tuple[Duty, ...]
    reminders: Sequence[ReminderRow]


def track(session: Session, person_id: int, intake_key: str, now: datetime) -> bool:
    """Begin to track an intake and plan its reminders; a second time changes nothing and gives False.

    Raises:
        NotFoundError: no such intake.
    """
    if intake_key not in tracking.named_intakes(session, [intake_key]):
        raise NotFoundError(f"There is no intake {intake_key!r}.")
    if tracking.tracked_row(session, person_id, intake_key) is not None:
        return False
    row = TrackedRow(person=person_id, intake=intake_key, since=now, told={})
    session.add(row)
    session.flush()
    reminders.start(session, row, now)
    return True


def untrack(session: Session, person_id: int, intake_key: str) -> bool:
    """Stop tracking an intake; what was planned about it becomes void. False where it was not tracked."""
    row = tracking.tracked_row(session, person_id, intake_key)
    if row is None:
        return False
    reminders.stop(session, person_id, intake_key)
    session.delete(row)
    session.flush()
    return True


def track_stream(session: Session, person: PersonRow, stream_key: str, now: datetime) -> str:
    """Track the intake of a stream that matters now, and give its key.

    Raises:
        NotFoundError: no such stream.
    """
    intakes = {row.key: read(row.record, Intake) for row in tracking.intake_to_track(session, stream_key)}
    if not intakes:
        raise NotFoundError(f"There is no stream {stream_key!r}.")
    zone = people.recipient_of(session, person).applicant_zone
    live = [key for key, intake in intakes.items() if status(intake, now, applicant_zone=zone) in LIVE]
    chosen = live[-1] if live else list(intakes)[-1]
    track(session, person.id, chosen, now)
    return chosen


def tracked_by(session: Session, person: PersonRow, now: datetime) -> list[TrackedIntake]:
    """Give all that a person tracks, the soonest first; ties by program, then key.

    Cost: four queries, whatever is tracked.
    """
    recipient = people.recipient_of(session, person)
    tracked = tracking.tracked(session, person.id)
    named = tracking.named_intakes(session, {row.intake for row in tracked})
    planned = rows.reminders_by_intake(session, person.id)
    seen = [_seen(row, named[row.intake], recipient, planned.get(row.intake, ()), now) for row in tracked]
    order = list(When)
    far = datetime.max.replace(tzinfo=now.tzinfo)
    return sorted(
        seen,
        key=lambda each: (
            order.index(each.when),
            each.next_duty.anchor if each.next_duty else far,
            each.named.program.en,
            each.named.intake.key,
        ),
    )


def planned(session: Session, person_id: int, intake_key: str) -> list[ReminderRow]:
    """Give the reminders of a tracked intake that are still to be sent."""
    return [row for row in rows.reminders_of(session, person_id, intake_key) if row.state in reminders.UNSENT]


def _seen(
    row: TrackedRow, named: NamedIntake, recipient: Recipient, planned: Sequence[ReminderRow], now: datetime
) -> TrackedIntake:
    dues = duties(named.intake, recipient, named.level)
    ahead = [duty for duty in dues if duty.closes > now]
    following = min(ahead, key=lambda duty: duty.anchor, default=None)
    stands = status(named.intake, now, applicant_zone=recipient.applicant_zone, classes=recipient.classes)
    today = now.astimezone(zone_of(recipient.zone)).date()
    when = _when(following, stands, today)
    return TrackedIntake(named, row.since, stands, when, following, dues, planned)


def _when(following: Duty | None, stands: Status, today: date) -> When:
    if following is None:
        return When.CLOSED if stands in {Status.CLOSED, Status.DISCONTINUED} else When.UNDATED
    if following.day <= today:
        return When.TODAY
    return When.THIS_WEEK if following.day <= today + timedelta(days=7) else When.LATER
