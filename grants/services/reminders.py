"""Plan the reminders of whoever tracks an intake, in the same write unit as the change that moves them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version

import structlog
from sqlalchemy.orm import Session

from grants.domain.deadlines import Deadline
from grants.domain.records import read, write
from grants.domain.reminders import Change, Duty, Kind, Planned, Recipient, changes, duties, joined_late, plan
from grants.store import people, tracking
from grants.store import reminders as rows
from grants.store.people import PersonRow
from grants.store.reminders import ReminderRow, ReminderState
from grants.store.tracking import NamedIntake, TrackedRow

log = structlog.get_logger(__name__)

RULES = version("tzdata")
"""The edition of the clock rules that instants are worked out by."""

UNSENT = (ReminderState.PLANNED, ReminderState.QUEUED)

BATCH = 200
"""How many tracked intakes one write unit plans anew, so that others need not wait long for their turn."""

_Key = tuple[str, str, int, int]


@dataclass(frozen=True, slots=True)
class Planning:
    """What planning did: reminders made, reminders that will not be sent after all, tracked intakes looked at."""

    planned: int = 0
    voided: int = 0
    tracked: int = 0

    def __add__(self, other: Planning) -> Planning:
        """Add up."""
        return Planning(self.planned + other.planned, self.voided + other.voided, self.tracked + other.tracked)


@dataclass(frozen=True, slots=True)
class Followed:
    """One tracked intake at the moment of planning; ``joining``: its person has just begun to track it."""

    tracked: TrackedRow
    named: NamedIntake
    recipient: Recipient
    now: datetime
    joining: bool

    @property
    def dues(self) -> tuple[Duty, ...]:
        """What is due in it for this person."""
        return duties(self.named.intake, self.recipient, self.named.level)


def replan(session: Session, intake_keys: Collection[str], now: datetime) -> Planning:
    """Plan anew for everybody who tracks one of these intakes; call it where an intake was changed.

    Reminders under an older version of a date become void, also those in a letter that has not left; whoever tracks
    the intake is told at once of what was moved, with the old and the new date. Nothing changes where nothing moved.
    """
    return _replan(session, tracking.trackers(session, intake_keys), now)


def replan_person(session: Session, person_id: int, now: datetime) -> Planning:
    """Plan anew all that a person tracks; call it where their clock, lead times, community or wishes changed."""
    return _replan(session, tracking.tracked(session, person_id), now)


@dataclass(frozen=True, slots=True)
class Batch:
    """How far a batch went: the last tracked row it took (``None``: none was left) and how many it stumbled over."""

    last: int | None
    stumbled: int


def replan_outdated(session: Session, now: datetime, *, after: int) -> tuple[Planning, Batch]:
    """Plan anew wherever an intake, a profile or the clock rules changed and nobody planned: the tick's safety net.

    Takes ``BATCH`` tracked rows at most, those that follow ``after``. One whose record cannot be read stumbles alone:
    it is told to the log, left as it was, and tried again by the next tick.
    """
    done, stumbled, last = Planning(), 0, None
    for tracked in tracking.out_of_date(session, RULES, after=after, limit=BATCH):
        last = tracked.id
        try:
            with session.begin_nested():
                done += _replan(session, [tracked], now)
        except (ValueError, LookupError, TypeError, ArithmeticError):
            log.exception("planning stumbled", tracked=last)
            stumbled += 1
    return done, Batch(last, stumbled)


def start(session: Session, tracked: TrackedRow, now: datetime) -> Planning:
    """Plan for an intake that a person begins to track; one summary stands for the days that have passed."""
    return _replan(session, [tracked], now, joining=True)


def stop(session: Session, person_id: int, intake_key: str) -> Planning:
    """Make void what was planned about an intake that is tracked no longer."""
    unsent = [row for row in rows.reminders_of(session, person_id, intake_key) if row.state in UNSENT]
    return Planning(voided=_void(unsent))


def _replan(session: Session, those: Iterable[TrackedRow], now: datetime, *, joining: bool = False) -> Planning:
    everything = list(those)
    named = tracking.named_intakes(session, {each.intake for each in everything})
    recipients: dict[int, tuple[PersonRow, Recipient]] = {}
    done = Planning()
    for tracked in everything:
        if tracked.person not in recipients:
            person = session.get_one(PersonRow, tracked.person)
            recipients[person.id] = (person, people.recipient_of(session, person))
        person, recipient = recipients[tracked.person]
        followed = Followed(tracked, named[tracked.intake], recipient, now, joining)
        done += _plan_one(session, followed, person)
    session.flush()
    return done


def _plan_one(session: Session, followed: Followed, person: PersonRow) -> Planning:
    tracked, named = followed.tracked, followed.named
    known = rows.reminders_of(session, person.id, named.intake.key)
    wishes = _wishes(followed, known) if person.reminders_off_at is None else {}
    present: Mapping[_Key, ReminderRow] = {(row.stage, row.kind, row.lead, row.version): row for row in known}
    made = 0
    for key, (planned, before) in wishes.items():
        row = present.get(key)
        if row is None:
            session.add(_new(followed, planned, before))
            made += 1
        elif row.state == ReminderState.VOID:
            row.state, row.due_at, row.letter = ReminderState.PLANNED.value, planned.due, None
            made += 1
        elif row.state == ReminderState.PLANNED:
            row.due_at = planned.due
    voided = _void(row for key, row in present.items() if row.state in UNSENT and key not in wishes)
    tracked.told = {duty.stage: write(duty.deadline) for duty in followed.dues}
    tracked.planned_version, tracked.planned_profile = named.version, person.profile_version
    tracked.planned_rules = RULES
    return Planning(made, voided, 1)


def _new(followed: Followed, planned: Planned, before: Deadline | None) -> ReminderRow:
    return ReminderRow(
        person=followed.tracked.person,
        intake=followed.tracked.intake,
        stage=planned.stage,
        kind=planned.kind.value,
        lead=planned.lead,
        version=followed.named.version,
        due_at=planned.due,
        state=ReminderState.PLANNED.value,
        before=write(before) if before is not None else None,
        created_at=followed.now,
    )


def _wishes(followed: Followed, known: Sequence[ReminderRow]) -> dict[_Key, tuple[Planned, Deadline | None]]:
    """List every reminder that should be there, with the date it corrects, by what makes it one of its kind.

    One that is due and was not sent yet stays wished for: it is late, not overtaken.
    """
    dues, recipient, now, number = followed.dues, followed.recipient, followed.now, followed.named.version
    wishes: dict[_Key, tuple[Planned, Deadline | None]] = {
        (each.stage, each.kind.value, each.lead, number): (each, None) for each in plan(dues, recipient, now)
    }
    stages = {duty.stage for duty in dues}
    for row in known:
        if row.state in UNSENT and row.version == number and row.due_at <= now:
            kind, before = Kind(row.kind), read(row.before, Deadline) if row.before else None
            wanted = row.stage in stages and (kind is not Kind.LEAD or row.lead in recipient.leads)
            if wanted or kind is Kind.CHANGED:
                waiting = Planned(row.stage, kind, row.lead, row.due_at)
                wishes[row.stage, row.kind, row.lead, number] = (waiting, before)
    if followed.joining:
        for stage in joined_late(dues, recipient, now):
            wishes[stage, Kind.JOINED.value, 0, number] = (Planned(stage, Kind.JOINED, 0, now), None)
    elif followed.tracked.planned_version != number:
        for change in _moved(followed, known):
            news = Planned(change.stage, Kind.CHANGED, 0, now)
            wishes[change.stage, Kind.CHANGED.value, 0, number] = (news, change.before)
    return wishes


def _moved(followed: Followed, known: Sequence[ReminderRow]) -> list[Change]:
    """List what a person must be told: dates that differ from the last ones they heard of, unless all is past.

    News that was overtaken before it left counts as never told.
    """
    told = {stage: read(record, Deadline) for stage, record in followed.tracked.told.items()}
    for row in known:
        if row.kind == Kind.CHANGED and row.state in UNSENT:
            if row.before:
                told[row.stage] = read(row.before, Deadline)
            else:
                told.pop(row.stage, None)
    return [each for each in changes(told, followed.dues) if _concerns(each, followed.recipient, followed.now)]


def _concerns(change: Change, recipient: Recipient, now: datetime) -> bool:
    instants = [each.instant(recipient.applicant_zone) for each in (change.before, change.after) if each is not None]
    return any(instant is not None and instant > now for instant in instants)


def _void(those: Iterable[ReminderRow]) -> int:
    count = 0
    for row in those:
        row.state = ReminderState.VOID.value
        count += 1
    return count
