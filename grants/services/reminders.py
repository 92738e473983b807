"""Plan the reminders of whoever tracks an intake or has a task, in the write unit of the change that moves them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version

import structlog
from sqlalchemy.orm import Session

from grants.domain.deadlines import Deadline
from grants.domain.records import read, write
from grants.domain.reminders import (
    TASK,
    Change,
    Choice,
    Duty,
    Kind,
    Planned,
    Recipient,
    changes,
    joined_late,
    leads_of,
    moments,
    plan,
    wakes,
)
from grants.domain.settled import NOT_APPLIED, Applied
from grants.store import people, tracking
from grants.store import reminders as rows
from grants.store.applications import TaskRow
from grants.store.people import PersonRow
from grants.store.reminders import ReminderRow, ReminderState
from grants.store.tracking import UNREADABLE, Ref, Subject, TrackedRow

log = structlog.get_logger(__name__)

RULES = version("tzdata")
"""The edition of the clock rules that instants are worked out by."""

UNSENT = (ReminderState.PLANNED, ReminderState.QUEUED)

BATCH = 200
"""How many tracked things one write unit plans anew, so that others need not wait long for their turn."""

GIVEN = (Kind.ASSIGNED, Kind.ROUND)
"""News of what a person did not know at all: while it has not left, no date of it counts as told."""

UNASKED = (*GIVEN, Kind.CHANGED)
"""News of what somebody else did."""

_Key = tuple[str, str, int, int]


@dataclass(frozen=True, slots=True)
class Planning:
    """What planning did: reminders made, reminders that will not be sent after all, tracked things looked at."""

    planned: int = 0
    voided: int = 0
    tracked: int = 0

    def __add__(self, other: Planning) -> Planning:
        """Add up."""
        return Planning(self.planned + other.planned, self.voided + other.voided, self.tracked + other.tracked)


@dataclass(frozen=True, slots=True)
class Followed:
    """One tracked thing at the moment of planning.

    ``news`` is what is told at once: that the person joined late, was given a task, follows a new round; ``CHANGED``:
    what was moved, if anything; ``None``: nothing, because the person did it. ``applied``: what the community's
    applications for an intake settle.
    """

    tracked: TrackedRow
    subject: Subject
    recipient: Recipient
    now: datetime
    news: Kind | None
    applied: Applied

    @property
    def dues(self) -> tuple[Duty, ...]:
        """What is due in it for this person, what is met marked as such."""
        return self.applied.settle(self.subject.dues(self.recipient))

    @property
    def choice(self) -> Choice:
        """What the person chose for it."""
        return choice_of(self.tracked, self.subject)


def choice_of(tracked: TrackedRow, subject: Subject) -> Choice:
    """Read what a person chose for one deadline; what they took note of counts for that version of it alone."""
    leads = tuple(tracked.leads) if tracked.leads is not None else None
    return Choice(leads, tracked.quiet_until, acknowledged=tracked.acknowledged == subject.version)


def replan(session: Session, intake_keys: Collection[str], now: datetime) -> Planning:
    """Plan anew for everybody who tracks one of these intakes; call it where an intake was changed.

    Reminders under an older version of a date become void, also those in a letter that has not left; whoever tracks
    the intake is told at once of what was moved, with the old and the new date. Nothing changes where nothing moved.
    """
    return _replan(session, tracking.trackers(session, intake_keys), now)


def replan_person(session: Session, person_id: int, now: datetime) -> Planning:
    """Plan anew all that a person tracks; call it where their clock, lead times or wishes changed."""
    return _replan(session, tracking.tracked(session, person_id), now)


def replan_chosen(session: Session, tracked: TrackedRow, now: datetime) -> Planning:
    """Plan anew for one deadline of which its person chose otherwise; what is news stays news."""
    return _replan(session, [tracked], now)


def task_changed(session: Session, task: TaskRow, now: datetime, *, by: int | None) -> Planning:
    """Plan anew for a task; call it after any change of it: added, given to somebody, dated, done, taken out.

    Its owner follows it from then on, and nobody else does. A task given by somebody else is told at once, and so is
    a date that somebody else moved; what a person does to their own task is no news to them.

    Args:
        session: an open write unit; the task carries its new version.
        task: the task as it is now.
        now: the moment.
        by: who changed it; ``None``: the machine, so that everybody is told.
    """
    session.flush()
    voided = Planning()
    for row in tracking.trackers_of_task(session, task.id):
        if row.person != task.owner:
            voided += stop(session, row.person, row.ref)
            session.delete(row)
    session.flush()
    if task.owner is None:
        return voided
    own, known = by == task.owner, tracking.tracked_row(session, task.owner, Ref(task=task.id))
    if known is not None:
        return voided + _replan(session, [known], now, news=None if own else Kind.CHANGED)
    if task.done_at is not None or task.removed_at is not None:
        return voided
    row = _taken_up(task, now)
    session.add(row)
    session.flush()
    return voided + _replan(session, [row], now, news=None if own else Kind.ASSIGNED)


def _taken_up(task: TaskRow, now: datetime) -> TrackedRow:
    return TrackedRow(person=task.owner, task=task.id, community=task.community, since=now, told={})


def application_moved(session: Session, application_id: int, now: datetime) -> Planning:
    """Plan anew for what an application settles; call it after a move, and after one was begun for a tracked intake.

    That is its tasks, and the dates of its intake for everybody who tracks them for its community. Where the record of
    the intake cannot be read, those are left to the day it is put right, and the application moves all the same.
    """
    session.flush()
    done = _replan(session, tracking.trackers_of_application(session, application_id), now, news=None)
    try:
        with session.begin_nested():
            return done + _replan(session, tracking.trackers_beside(session, application_id), now)
    except UNREADABLE:
        log.exception("planning stumbled", application=application_id)
        return done


def rounds_added(session: Session, intake_keys: Collection[str], now: datetime) -> Planning:
    """Let whoever tracks a round of a stream track these new rounds of it, and tell them at once.

    A round that is over already is nobody's news; neither is one whose dates are not for them.
    """
    session.flush()
    done = Planning()
    rounds = tracking.named_intakes(session, intake_keys)
    trackers = tracking.trackers_of_streams(session, {each.stream_key for each in rounds.values()})
    for key, named in sorted(rounds.items()):
        followers = {row.person: row for row in trackers.get(named.stream_key, ())}
        known = {row.person for row in tracking.trackers(session, [key])} if followers else set[int]()
        for person_id, earlier in followers.items():
            person = session.get_one(PersonRow, person_id)
            recipient = people.recipient_of(session, person, earlier.community)
            ahead = any(duty.closes > now for duty in named.dues(recipient))
            if person_id not in known and ahead:
                row = _follow_on(earlier, key, now)
                session.add(row)
                session.flush()
                done += _replan(session, [row], now, news=Kind.ROUND)
    return done


def _follow_on(earlier: TrackedRow, intake_key: str, now: datetime) -> TrackedRow:
    leads = earlier.leads
    return TrackedRow(
        person=earlier.person, intake=intake_key, community=earlier.community, since=now, told={}, leads=leads
    )


@dataclass(frozen=True, slots=True)
class Batch:
    """How far a batch went: the last tracked row it took (``None``: none was left) and how many it stumbled over."""

    last: int | None
    stumbled: int


def replan_outdated(session: Session, now: datetime, *, after: int) -> tuple[Planning, Batch]:
    """Plan anew wherever something changed and nobody planned: the tick's safety net.

    What changed is an intake, a task, a profile or the clock rules; a task that its owner does not follow is taken up.

    Takes ``BATCH`` tracked rows at most, those that follow ``after``. One whose record cannot be read stumbles alone:
    it is told to the log, left as it was, and tried again by the next tick.
    """
    done, stumbled, last = Planning(), 0, None
    for task in tracking.forgotten_tasks(session, limit=BATCH):
        row = _taken_up(task, now)
        if task.due_on is None:
            row.planned_version = task.version  # without a date there is nothing to be told at once
        session.add(row)
    session.flush()
    for tracked in tracking.out_of_date(session, RULES, after=after, limit=BATCH):
        last = tracked.id
        news = Kind.ASSIGNED if tracked.task is not None and not tracked.planned_version else Kind.CHANGED
        try:
            with session.begin_nested():
                done += _replan(session, [tracked], now, news=news)
        except UNREADABLE:
            log.exception("planning stumbled", tracked=last)
            stumbled += 1
    return done, Batch(last, stumbled)


def start(session: Session, tracked: TrackedRow, now: datetime) -> Planning:
    """Plan for an intake that a person begins to track; one summary stands for the days that have passed."""
    return _replan(session, [tracked], now, news=Kind.JOINED)


def stop(session: Session, person_id: int, ref: Ref) -> Planning:
    """Make void what was planned about something that is followed no longer."""
    unsent = [row for row in rows.reminders_of(session, person_id, ref) if row.state in UNSENT]
    return Planning(voided=_void(unsent))


@dataclass(frozen=True, slots=True)
class Concern:
    """What a reminder is about, and how its person reads the dates of it."""

    subject: Subject
    recipient: Recipient


def concerns(session: Session, person: PersonRow, reminders: Iterable[ReminderRow]) -> dict[Ref, Concern]:
    """Give what reminders are about, as it stands now; what is over, or no longer its person's, is left out.

    Nothing else that the person tracks is read, so that a record nobody can read spoils no letter but its own.

    Cost: three queries and one a community.
    """
    wanted = {row.ref for row in reminders}
    tracked = [row for row in tracking.tracked(session, person.id) if row.ref in wanted]
    subjects = tracking.subjects(session, wanted)
    recipients = {
        community: people.recipient_of(session, person, community) for community in {row.community for row in tracked}
    }
    return {
        row.ref: Concern(subjects[row.ref], recipients[row.community])
        for row in tracked
        if subjects[row.ref].is_for(person.id)
    }


def _replan(
    session: Session, those: Iterable[TrackedRow], now: datetime, *, news: Kind | None = Kind.CHANGED
) -> Planning:
    everything = list(those)
    subjects, applied = (
        tracking.subjects(session, {each.ref for each in everything}),
        tracking.applied(session, everything),
    )
    recipients: dict[tuple[int, str | None], Recipient] = {}
    done = Planning()
    for tracked in everything:
        person, key = session.get_one(PersonRow, tracked.person), (tracked.person, tracked.community)
        if key not in recipients:
            recipients[key] = people.recipient_of(session, person, tracked.community)
        settled = applied.get(tracked.id, NOT_APPLIED)
        followed = Followed(tracked, subjects[tracked.ref], recipients[key], now, news, settled)
        done += _plan_one(session, followed, person)
    session.flush()
    return done


def _plan_one(session: Session, followed: Followed, person: PersonRow) -> Planning:
    tracked, subject = followed.tracked, followed.subject
    known = rows.reminders_of(session, person.id, tracked.ref)
    concerned, silent = subject.is_for(person.id), person.reminders_off_at is not None
    moved = {each.stage for each in changes(_told(tracked), followed.dues)}
    if tracked.acknowledged is not None and tracked.acknowledged == tracked.planned_version and not moved:
        tracked.acknowledged = subject.version  # other words for the date that the person took note of
    if _is_nearer(followed, moved):
        tracked.quiet_until = None  # it was put off until a day that suited another date
    if concerned and not silent:
        _tell_at_last(followed, known)
    wishes = _wishes(followed, known, moved) if concerned else {}
    present: Mapping[_Key, ReminderRow] = {(row.stage, row.kind, row.lead, row.version): row for row in known}
    made = 0
    for key, (planned, before) in wishes.items():
        row = present.get(key)
        if silent:
            _keep_for_the_page(session, followed, row, planned, before)
        elif row is None:
            session.add(_new(followed, planned, before, ReminderState.PLANNED))
            made += 1
        elif row.state == ReminderState.VOID:
            row.state, row.due_at, row.letter = ReminderState.PLANNED.value, planned.due, None
            made += 1
        elif row.state == ReminderState.PLANNED:
            row.due_at = planned.due
    voided = _void(row for key, row in present.items() if row.state in UNSENT and (silent or key not in wishes))
    if concerned:
        dates = {duty.stage: write(duty.deadline) for duty in followed.dues}
        tracked.gone = {stage: day for stage, day in {**tracked.gone, **tracked.told}.items() if stage not in dates}
        tracked.told = dates
    tracked.planned_version, tracked.planned_profile = subject.version, person.profile_version
    tracked.planned_rules = RULES
    return Planning(made, voided, 1)


def _is_nearer(followed: Followed, moved: Collection[str]) -> bool:
    """Tell whether a date now lies before the one that the person knew of."""
    told = _told(followed.tracked)
    days = {stage: deadline.date for stage, deadline in told.items() if deadline.date is not None}
    return any(duty.day < days[duty.stage] for duty in followed.dues if duty.stage in moved and duty.stage in days)


def _tell_at_last(followed: Followed, known: Sequence[ReminderRow]) -> None:
    """Let news leave that was kept for the page while the person wanted no letters, if it still matters."""
    over = {duty.stage for duty in followed.dues if duty.closes <= followed.now}
    for row in known:
        if row.state == ReminderState.SILENT and row.version == followed.subject.version and row.stage not in over:
            row.state, row.due_at = ReminderState.PLANNED.value, followed.now


def _keep_for_the_page(
    session: Session, followed: Followed, row: ReminderRow | None, planned: Planned, before: Deadline | None
) -> None:
    """Keep news for whoever wants no letters, so that they find it on their page."""
    if planned.kind not in UNASKED:
        return
    if row is None:
        session.add(_new(followed, planned, before, ReminderState.SILENT))
    elif row.state in UNSENT:
        row.state, row.letter = ReminderState.SILENT.value, None


def _new(followed: Followed, planned: Planned, before: Deadline | None, state: ReminderState) -> ReminderRow:
    return ReminderRow(
        person=followed.tracked.person,
        intake=followed.tracked.intake,
        task=followed.tracked.task,
        stage=planned.stage,
        kind=planned.kind.value,
        lead=planned.lead,
        version=followed.subject.version,
        due_at=planned.due,
        state=state.value,
        before=write(before) if before is not None else None,
        created_at=followed.now,
    )


def _wishes(
    followed: Followed, known: Sequence[ReminderRow], moved: Collection[str]
) -> dict[_Key, tuple[Planned, Deadline | None]]:
    """List every reminder that should be there, with the date it corrects, by what makes it one of its kind."""
    number, now = followed.subject.version, followed.now
    wishes = _waiting(followed, known, moved)
    for each in plan(followed.dues, followed.recipient, now, followed.choice):
        if not _is_out_already(each, known, now):
            wishes[each.stage, each.kind.value, each.lead, number] = (each, None)
    for change in _news(followed, known):
        news = Planned(change.stage, change.kind, 0, now, now)
        wishes[change.stage, change.kind.value, 0, number] = (news, change.before)
    return wishes


def _waiting(
    followed: Followed, known: Sequence[ReminderRow], moved: Collection[str]
) -> dict[_Key, tuple[Planned, Deadline | None]]:
    """List what is due and was not sent yet: it is late, not overtaken, unless its date was moved since.

    Of another version of the same date only what is no correction stays: corrections are worked out anew.
    """
    dues = {duty.stage: duty for duty in followed.dues}
    waiting: dict[_Key, tuple[Planned, Deadline | None]] = {}
    for row in known:
        kind = Kind(row.kind)
        if row.state not in UNSENT or not _has_come(row, dues.get(row.stage), followed):
            continue
        if kind is Kind.CHANGED:
            stays = row.version == followed.subject.version
        elif kind in GIVEN:
            stays = kind is Kind.ASSIGNED or (row.stage in dues and not dues[row.stage].met)
        else:
            same = row.version == followed.subject.version or row.stage not in moved
            stays = same and row.stage in dues and _is_still_wanted(kind, row.lead, dues[row.stage], followed)
        if stays:
            before = read(row.before, Deadline) if row.before else None
            due = min(row.due_at, followed.now)
            late = Planned(row.stage, kind, row.lead, due, due)
            waiting[row.stage, row.kind, row.lead, row.version] = (late, before)
    return waiting


def _has_come(row: ReminderRow, duty: Duty | None, followed: Followed) -> bool:
    """Tell whether a reminder is due: as it was planned, or as other clocks or choices have it that hold by now."""
    now = followed.now
    if row.due_at <= now:
        return True
    if row.kind != Kind.LEAD or duty is None or duty.anchor <= now:
        return False
    own = {each.lead: each.own for each in moments(duty, followed.recipient, followed.choice)}
    return row.lead in own and own[row.lead] <= now


def _is_still_wanted(kind: Kind, lead: int, duty: Duty, followed: Followed) -> bool:
    """Tell whether the person still wants to be reminded in this way of a date that they know."""
    if duty.met:
        return False
    if kind is Kind.OPENS:
        return True
    woken = wakes(duty, followed.recipient, followed.choice)
    if followed.choice.acknowledged or (woken is not None and woken > followed.now):
        return False
    return kind is not Kind.LEAD or lead in leads_of(duty, followed.recipient, followed.choice)


def _is_out_already(planned: Planned, known: Sequence[ReminderRow], now: datetime) -> bool:
    """Tell whether this lead time was told, or waits to be told, of another version of the same date."""
    return any(
        (row.stage, row.kind, row.lead) == (planned.stage, planned.kind, planned.lead)
        and row.state in (*UNSENT, ReminderState.SENT)
        and row.due_at <= now
        and planned.earliest <= row.due_at <= planned.due
        for row in known
    )


@dataclass(frozen=True, slots=True)
class _Told:
    """One piece of news: of which stage, of what kind, and the date it corrects."""

    stage: str
    kind: Kind
    before: Deadline | None = None


def _news(followed: Followed, known: Sequence[ReminderRow]) -> list[_Told]:
    """List what a person must be told at once."""
    dues, now = followed.dues, followed.now
    match followed.news:
        case Kind.JOINED:
            return [_Told(stage, Kind.JOINED) for stage in joined_late(dues, followed.recipient, now)]
        case Kind.ASSIGNED:
            return [_Told(TASK, Kind.ASSIGNED)]
        case Kind.ROUND:
            ahead = (duty for duty in dues if not duty.opens and not duty.met and duty.closes > now)
            return [_Told(duty.stage, Kind.ROUND) for duty in ahead]
        case Kind.CHANGED if followed.tracked.planned_version != followed.subject.version:
            return [_Told(each.stage, Kind.CHANGED, each.before) for each in _moved(followed, known)]
    return []


def _moved(followed: Followed, known: Sequence[ReminderRow]) -> list[Change]:
    """List what a person must be told: dates that differ from the last ones they heard of, unless all is past.

    News that was overtaken before it left counts as never told; what a person has not heard of at all has no old date.
    """
    told, unheard = _told(followed.tracked), set[str]()
    for row in known:
        if row.state not in UNSENT:
            continue
        if row.kind in GIVEN:
            unheard.add(row.stage)
        elif row.kind == Kind.CHANGED and row.before:
            told[row.stage] = read(row.before, Deadline)
        elif row.kind == Kind.CHANGED:
            told.pop(row.stage, None)
    return [
        each
        for each in changes(told, followed.dues)
        if each.stage not in unheard and _concerns(each, followed.recipient, followed.now)
    ]


def _told(tracked: TrackedRow) -> dict[str, Deadline]:
    """Read the dates that a person knows of."""
    return {stage: read(record, Deadline) for stage, record in tracked.told.items()}


def _concerns(change: Change, recipient: Recipient, now: datetime) -> bool:
    instants = [each.instant(recipient.applicant_zone) for each in (change.before, change.after) if each is not None]
    return any(instant is not None and instant > now for instant in instants)


def _void(those: Iterable[ReminderRow]) -> int:
    count = 0
    for row in those:
        row.state = ReminderState.VOID.value
        count += 1
    return count
