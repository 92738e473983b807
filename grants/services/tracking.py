"""Track an intake and stop tracking it; choose how one deadline reminds; show a person what lies before them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

import structlog
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from grants.domain import phrases
from grants.domain.bilingual import Bilingual
from grants.domain.deadlines import LIVE, Deadline, Intake, Status, status
from grants.domain.phrases import NBSP
from grants.domain.records import read
from grants.domain.reminders import FURTHEST_LEAD, Choice, Duty, Kind, Recipient, last_quiet_day
from grants.domain.settled import NOT_APPLIED, Applied
from grants.domain.zones import zone as zone_of
from grants.services import reminders
from grants.services.catalogue import NotFoundError
from grants.services.people import RefusedError
from grants.store import people, tracking
from grants.store import reminders as rows
from grants.store.people import PersonRow
from grants.store.reminders import ReminderRow
from grants.store.sessions import SessionRow
from grants.store.tracking import UNREADABLE, Broken, NamedIntake, Ref, Subject, TrackedRow

log = structlog.get_logger(__name__)

SOON = timedelta(days=7)


class When(StrEnum):
    """The part of the list that something stands in, in its order."""

    LATE = "late"
    """A task whose day has passed."""
    TODAY = "today"
    THIS_WEEK = "this-week"
    LATER = "later"
    UNDATED = "undated"
    SETTLED = "settled"
    """An intake whose dates ahead an application has met or given up."""
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Tracked:
    """An intake or a task as its person sees it now; ``number`` is that of its row.

    ``status`` is where an intake stands, ``None`` for a task; ``next_duty`` is what comes first, ``None`` where nothing
    does; ``choice`` what the person chose for it, ``applied`` what applications settle of it.
    """

    number: int
    subject: Subject
    recipient: Recipient
    community: str | None
    status: Status | None
    when: When
    next_duty: Duty | None
    duties: tuple[Duty, ...]
    choice: Choice
    applied: Applied
    reminders: Sequence[ReminderRow]


@dataclass(frozen=True, slots=True)
class Happened:
    """Something about a tracked thing that somebody else did: a date moved, a round added, a task given.

    ``before`` and ``after`` are the dates, for a change; ``after`` also for the rest, where there is a date.
    """

    at: datetime
    tracked: Tracked
    stage: str
    kind: Kind
    before: Deadline | None
    after: Deadline | None


def track(session: Session, person_id: int, intake_key: str, now: datetime, *, community: str | None = None) -> bool:
    """Begin to track an intake and plan its reminders; a second time changes nothing and gives False.

    Where it was tracked for the sake of an application that was given up, it is tracked for itself from now on.

    Args:
        session: an open write unit.
        person_id: who.
        intake_key: what.
        now: the moment.
        community: the one it is tracked for, whose clock and classes count; ``None``: the only one of the person.

    Raises:
        NotFoundError: no such intake.
    """
    if intake_key not in tracking.named_intakes(session, [intake_key]):
        raise NotFoundError(f"There is no intake {intake_key!r}.")
    known = tracking.tracked_row(session, person_id, Ref(intake=intake_key))
    whose = community or _only_community(session, person_id)
    if known is not None:
        if known.community is None and whose is not None:
            known.community = whose
            reminders.replan_chosen(session, known, now)
        if not _applied(session, known).ended:
            return False
        known.since = now
        session.flush()
        reminders.start(session, known, now)
        return True
    row = TrackedRow(person=person_id, intake=intake_key, community=whose, since=now, told={})
    session.add(row)
    session.flush()
    reminders.start(session, row, now)
    return True


def _applied(session: Session, row: TrackedRow) -> Applied:
    return tracking.applied(session, [row]).get(row.id, NOT_APPLIED)


def _only_community(session: Session, person_id: int) -> str | None:
    """Give the community of a person who works for one; who works for several must say which."""
    held = people.communities_of(session, person_id)
    return held[0][0].key if len(held) == 1 else None


def untrack(session: Session, person_id: int, intake_key: str) -> bool:
    """Stop tracking an intake; what was planned about it becomes void. False where it was not tracked."""
    row = tracking.tracked_row(session, person_id, Ref(intake=intake_key))
    if row is None:
        return False
    reminders.stop(session, person_id, row.ref)
    session.delete(row)
    session.flush()
    return True


def track_stream(
    session: Session, person: PersonRow, stream_key: str, now: datetime, *, community: str | None = None
) -> str:
    """Track the intake of a stream that matters now, and give its key.

    Raises:
        NotFoundError: no such stream.
        RefusedError: the person does not work for the community.
    """
    intakes = {row.key: read(row.record, Intake) for row in tracking.intake_to_track(session, stream_key)}
    if not intakes:
        raise NotFoundError(f"There is no stream {stream_key!r}.")
    if community is not None and people.role_in(session, person.id, community) is None:
        raise RefusedError(f"{person.email} does not work for the community {community!r}.", "community")
    whose = community or _only_community(session, person.id)
    zone = people.recipient_of(session, person, whose).applicant_zone
    live = [key for key, intake in intakes.items() if status(intake, now, applicant_zone=zone) in LIVE]
    chosen = live[-1] if live else list(intakes)[-1]
    track(session, person.id, chosen, now, community=whose)
    return chosen


def own_row(session: Session, person_id: int, number: int) -> TrackedRow:
    """Read one thing that a person tracks.

    Raises:
        NotFoundError: there is none of this number, or it is another person's: nobody can tell which.
    """
    row = session.get(TrackedRow, number) if 0 < number < 2**31 else None
    if row is None or row.person != person_id:
        raise NotFoundError(f"Nothing tracked has the number {number}.")
    return row


def choose_leads(session: Session, row: TrackedRow, leads: Sequence[int] | None, now: datetime) -> None:
    """Keep lead times for one deadline alone; ``None``: the person's own count again."""
    row.leads = None if leads is None else sorted({each for each in leads if 0 <= each <= FURTHEST_LEAD}, reverse=True)
    session.flush()
    reminders.replan_chosen(session, row, now)


def put_off(session: Session, row: TrackedRow, until: date, now: datetime) -> None:
    """Let one deadline be quiet until the morning of a day; news of it comes all the same.

    Raises:
        RefusedError: the day has come, or lies behind the last one on which there is still time.
    """
    last = last_day_to_put_off(session, row, now)
    recipient = _recipient(session, row)
    today = now.astimezone(zone_of(recipient.zone)).date()
    if last is None:
        raise RefusedError(
            Bilingual(
                "It has no date ahead, so there is nothing to put off.",
                "Aucune date n’est à venir; il n’y a donc rien à remettre à plus tard.",
            ),
            "until",
        )
    if until <= today:
        raise RefusedError(
            Bilingual(
                "This day has come already. Choose one from tomorrow on.",
                "Ce jour est déjà là. Choisissez-en un à partir de demain.",
            ),
            "until",
        )
    if until > last:
        raise RefusedError(
            Bilingual(
                f"That would be too late: the last day on which there is still time is {phrases.day(last, 'en')}."
                " Choose that day or an earlier one.",
                f"Ce serait trop tard{NBSP}: le dernier jour où il est encore temps est {phrases.day(last, 'fr')}."
                " Choisissez ce jour ou un jour plus tôt.",
            ),
            "until",
        )
    row.quiet_until = until
    session.flush()
    reminders.replan_chosen(session, row, now)


def last_day_to_put_off(session: Session, row: TrackedRow, now: datetime) -> date | None:
    """Give the last day until which a deadline may be put off; ``None`` where no date is ahead."""
    subject, recipient = tracking.subjects(session, [row.ref])[row.ref], _recipient(session, row)
    dues = _applied(session, row).settle(subject.dues(recipient))
    ahead = [duty for duty in dues if not duty.opens and not duty.met and duty.anchor > now]
    return min((last_quiet_day(duty, recipient) for duty in ahead), default=None)


def wake(session: Session, row: TrackedRow, now: datetime) -> None:
    """Take a quiet time back: reminders come as before."""
    row.quiet_until = None
    session.flush()
    reminders.replan_chosen(session, row, now)


def acknowledge(session: Session, row: TrackedRow, now: datetime, *, noted: bool) -> None:
    """Keep that a person has taken note of the date, so that no more reminders of it come; or take that back."""
    row.acknowledged = tracking.subjects(session, [row.ref])[row.ref].version if noted else None
    session.flush()
    reminders.replan_chosen(session, row, now)


def _recipient(session: Session, row: TrackedRow) -> Recipient:
    return people.recipient_of(session, session.get_one(PersonRow, row.person), row.community)


@dataclass(frozen=True, slots=True)
class Tracking:
    """All that a person tracks and has to do, the soonest first, and what of it cannot be read."""

    seen: list[Tracked]
    broken: list[Broken]


def tracked_by(session: Session, person: PersonRow, now: datetime) -> list[Tracked]:
    """Give all that a person tracks and has to do and that can be read; cost as :func:`all_of`."""
    return all_of(session, person, now).seen


def all_of(session: Session, person: PersonRow, now: datetime) -> Tracking:
    """Give all that a person tracks and has to do, in every community they work for, the soonest first.

    Tasks that are over are left out. Ties by name. What cannot be read is told apart, and to the log.

    Cost: eight queries and one a community, whatever is tracked.
    """
    everything = tracking.tracked(session, person.id)
    applied = tracking.applied(session, everything)
    subjects, broken = tracking.readable(session, {row.ref for row in everything})
    planned = rows.reminders_by_ref(session, person.id)
    own = {community.key for community, _ in people.communities_of(session, person.id)}
    recipients = {
        community: people.recipient_of(session, person, community)
        for community in {row.community for row in everything}
    }
    seen = []
    for row in everything:
        subject = subjects.get(row.ref)
        if subject is None or not _is_shown(subject, person.id, own):
            continue
        try:
            settled = applied.get(row.id, NOT_APPLIED)
            seen.append(
                _seen(row, subject, recipients[row.community], settled, planned=planned.get(row.ref, ()), now=now)
            )
        except UNREADABLE as fault:
            broken.append(Broken(row.intake or "", subject.title, str(fault)))
    for each in broken:
        log.error("something tracked cannot be read", intake=each.intake, reason=each.fault)
    return Tracking(_soonest_first(seen, now), broken)


def _soonest_first(seen: Iterable[Tracked], now: datetime) -> list[Tracked]:
    order = list(When)
    far = datetime.max.replace(tzinfo=now.tzinfo)
    return sorted(
        seen,
        key=lambda each: (
            order.index(each.when),
            each.next_duty.anchor if each.next_duty else far,
            each.subject.title.en,
            each.number,
        ),
    )


def _is_shown(subject: Subject, person_id: int, own: set[str]) -> bool:
    return subject.is_for(person_id) and (isinstance(subject, NamedIntake) or subject.community in own)


def tracked_intakes(session: Session, person_id: int) -> frozenset[str]:
    """Give the keys of the intakes that a person tracks."""
    return frozenset(row.intake for row in tracking.tracked(session, person_id) if row.intake is not None)


def planned(session: Session, person_id: int, intake_key: str) -> list[ReminderRow]:
    """Give the reminders of a tracked intake that are still to be sent."""
    known = rows.reminders_of(session, person_id, Ref(intake=intake_key))
    return [row for row in known if row.state in reminders.UNSENT]


def _seen(
    row: TrackedRow,
    subject: Subject,
    recipient: Recipient,
    applied: Applied,
    *,
    planned: Sequence[ReminderRow],
    now: datetime,
) -> Tracked:
    dues = applied.settle(subject.dues(recipient))
    ahead = [duty for duty in dues if duty.closes > now and not duty.met]
    following = min(ahead, key=lambda duty: duty.anchor, default=None)
    stands = None
    if isinstance(subject, NamedIntake):
        stands = status(subject.intake, now, applicant_zone=recipient.applicant_zone, classes=recipient.classes)
    elif following is None:
        following = next(iter(dues), None)  # a task that is late is still to be done
    today = now.astimezone(zone_of(recipient.zone)).date()
    return Tracked(
        number=row.id,
        subject=subject,
        recipient=recipient,
        community=row.community,
        status=stands,
        when=_when(following, stands, today, now, settled=any(duty.met and duty.closes > now for duty in dues)),
        next_duty=following,
        duties=dues,
        choice=reminders.choice_of(row, subject),
        applied=applied,
        reminders=planned,
    )


def _when(following: Duty | None, stands: Status | None, today: date, now: datetime, *, settled: bool) -> When:
    if following is None and settled:
        return When.SETTLED
    if following is None:
        return When.CLOSED if stands in {Status.CLOSED, Status.DISCONTINUED} else When.UNDATED
    if following.closes <= now:
        return When.LATE
    if following.day <= today:
        return When.TODAY
    return When.THIS_WEEK if following.day <= today + SOON else When.LATER


def last_visit(session: Session, person: PersonRow, sign_in: SessionRow | None) -> datetime | None:
    """Give since when a person may not know what changed; ``None``: they were never here before.

    That is when they last said that they had seen it, or when the sign-in before this one began, whichever is later.
    """
    before = select(SessionRow.started_at).where(SessionRow.person == person.id)
    if sign_in is not None:
        before = before.where(SessionRow.id < sign_in.id)
    if person.totp_since is not None:
        # Before the second factor was given nothing was shown: that was still the same door.
        before = before.where(or_(SessionRow.proved_at.is_not(None), SessionRow.started_at < person.totp_since))
    earlier = session.scalar(before.order_by(SessionRow.id.desc()).limit(1))
    return max((at for at in (person.seen_at, earlier) if at is not None), default=None)


def see(session: Session, person: PersonRow, now: datetime) -> None:
    """Keep that a person has seen what changed."""
    person.seen_at = now
    session.flush()


def changes_since(tracked: Iterable[Tracked], since: datetime, now: datetime) -> list[Happened]:
    """List what others changed of these things, the newest first; ``tracked`` carries what was planned to be told."""
    found = []
    for each in tracked:
        dates = {duty.stage: duty.deadline for duty in each.duties}
        for row in each.reminders:
            kind = Kind(row.kind)
            at = row.due_at if kind is Kind.OPENS else row.created_at
            if kind not in (*reminders.UNASKED, Kind.OPENS) or not since < at <= now:
                continue
            before = read(row.before, Deadline) if row.before else None
            found.append(Happened(at, each, row.stage, kind, before, dates.get(row.stage)))
    return sorted(found, key=lambda each: each.at, reverse=True)
