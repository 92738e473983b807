"""Calendar feeds: make one, end one, and write what a calendar program reads under its secret address.

A feed tells titles, dates and the public page of the program: no notes, no amounts, nobody's name. What a community
has before it comes from the same agenda as its page, so that both never disagree.
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from grants.delivery import calendar
from grants.delivery.calendar import Event
from grants.domain import phrases
from grants.domain.agenda import Due, DueKind
from grants.domain.applications import State, is_over
from grants.domain.bilingual import Bilingual
from grants.domain.communities import Community
from grants.domain.deadlines import Deadline, DeadlineKind
from grants.domain.meetings import BODY_WORDS, Body
from grants.domain.phrases import NBSP, Reader
from grants.domain.records import read
from grants.domain.reminders import (
    FURTHEST_LEAD,
    NO_CHOICE,
    OPENING,
    Choice,
    Duty,
    Recipient,
    moments,
    task_duty,
    wakes,
)
from grants.domain.settled import NOT_APPLIED, Applied
from grants.domain.zones import zone
from grants.services.agenda import Kept, dues, gather
from grants.services.catalogue import NotFoundError
from grants.services.letters import capital, stage_title
from grants.services.people import RefusedError
from grants.services.reminders import choice_of
from grants.services.sessions import digest
from grants.store import feeds, people, tracking
from grants.store.applications import ApplicationRow
from grants.store.communities import CommunityRow
from grants.store.feeds import FeedRow, Round
from grants.store.people import PersonRow
from grants.store.tracking import UNREADABLE, NamedIntake, Ref, TrackedRow
from grants.store.workspaces import MeetingRow

log = structlog.get_logger(__name__)

MOST = 20
"""How many feeds a person keeps at once."""
REFRESH_HOURS = 3
CANCELLED_FOR = timedelta(days=90)
"""How long a calendar is told that something was taken out; one that asks less often keeps it."""
PAST = timedelta(days=366)
"""How far back a feed reaches."""
MOST_EVENTS = 2_000
"""Programs that read feeds give up on large ones: the days nearest to today are kept."""

MINE = Bilingual("My funding deadlines", "Mes échéances de financement")
OURS = Bilingual("Funding deadlines", "Échéances de financement")
_DONE = Bilingual("Done: ", f"Fait{NBSP}: ")


@dataclass(frozen=True, slots=True)
class Standing:
    """A feed as its person sees it; ``community`` is the title, empty for the person's own deadlines."""

    number: int
    name: str
    community: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Opened:
    """What a secret address opens: whose feed, and of which community; ``None``: of the person's own deadlines."""

    person: PersonRow
    community: Community | None


@dataclass(frozen=True, slots=True)
class Site:
    """Where the site stands: ``host`` ends every UID, ``program_page`` gives the public address of a program's page."""

    host: str
    program_page: Callable[[str], str]


def make(session: Session, person_id: int, community: str | None, name: str, now: datetime) -> str:
    """Make a feed and give the secret of its address, which nothing here remembers.

    Args:
        session: an open write unit.
        person_id: whose.
        community: all of this community; ``None``: the person's own deadlines.
        name: by which the person will know it again; may be empty.
        now: the moment.

    Raises:
        NotFoundError: the person does not work for the community.
        RefusedError: they have ``MOST`` feeds.
    """
    if community is not None and people.role_in(session, person_id, community) is None:
        raise NotFoundError(f"There is no community {community!r} to work for.")
    if len(feeds.standing(session, person_id)) >= MOST:
        raise RefusedError(
            Bilingual(
                f"You have {MOST} addresses, which is the most one can have. Stop one that you no longer use first.",
                f"Vous avez {MOST} adresses, soit le maximum. Désactivez d’abord une adresse qui ne sert plus.",
            ),
            "whose",
        )
    secret = secrets.token_urlsafe(24)
    session.add(FeedRow(person=person_id, community=community, token_hash=digest(secret), name=name, made_at=now))
    session.flush()
    return secret


def revoke(session: Session, person_id: int, number: int, now: datetime) -> None:
    """End a feed: its address opens nothing any more.

    Raises:
        NotFoundError: the person has no such feed, or it has ended.
    """
    row = next((each for each in feeds.standing(session, person_id) if each.id == number), None)
    if row is None:
        raise NotFoundError(f"There is no feed {number}.")
    row.revoked_at = now
    session.flush()


def standing(session: Session, person_id: int) -> list[Standing]:
    """List a person's feeds that open something, the newest first."""
    titles = {community.key: community.title for community, _ in people.communities_of(session, person_id)}
    return [
        Standing(row.id, row.name, titles.get(row.community or "", ""), row.made_at)
        for row in feeds.standing(session, person_id)
        if row.community is None or row.community in titles
    ]


def opened(session: Session, secret: str) -> Opened | None:
    """Tell what a secret address opens; ``None``: nothing, and nobody can tell why."""
    row = feeds.by_hash(session, digest(secret))
    person = session.get(PersonRow, row.person) if row is not None else None
    if row is None or person is None or not person.active:
        return None
    if row.community is None:
        return Opened(person, None)
    if people.role_in(session, person.id, row.community) is None:
        return None
    return Opened(person, read(session.get_one(CommunityRow, row.community).record, Community))


def title_of(community: Community | None) -> Bilingual:
    """Give what a calendar is called in the list of the program that reads it."""
    return MINE if community is None else Bilingual(f"{OURS.en} – {community.title}", f"{OURS.fr} – {community.title}")


def written(session: Session, feed: Opened, site: Site, now: datetime) -> bytes:
    """Write a feed as iCalendar, in the language and for the clock of its person.

    Equal content gives equal bytes. What a calendar cannot show is left out and told to the log.

    Cost: some fifteen queries, ten more for each further community, whatever is in it; about 1 ms an event.
    """
    person = feed.person
    title = title_of(feed.community).in_(person.speaks)
    today = now.astimezone(zone(person.zone)).date()
    entries = [each for each in _entries(session, feed, now) if _is_shown(each.due, today, now)]
    entries.sort(key=lambda each: abs(each.due.day - today))
    events = _events(entries[:MOST_EVENTS], person, site)
    return calendar.write(title, events, language=person.speaks, zone=person.zone, refresh_hours=REFRESH_HOURS)


@dataclass(frozen=True, slots=True)
class _Entry:
    """One thing of a feed.

    ``recipient`` and ``choice`` say how the feed's person wants to be reminded of it; without a choice they are not,
    since it is over, somebody else's, or a meeting that nothing waits for. ``duty`` is ``None`` where only a day
    counts. ``program`` is the key of the program whose page tells more.
    """

    due: Due
    created: datetime
    recipient: Recipient
    choice: Choice | None
    duty: Duty | None = None
    program: str | None = None


def _is_shown(due: Due, today: date, now: datetime) -> bool:
    return due.day >= today - PAST and not (due.cancelled and due.modified < now - CANCELLED_FOR)


def _entries(session: Session, feed: Opened, now: datetime) -> Iterator[_Entry]:
    """Gather what a feed tells of: what its community has before it, or what is its person's own in each of theirs.

    An intake that is tracked stands as the closing of the application for it, where one is under way. One that nobody
    tracks any more takes place all the same: it is not told as cancelled, and simply leaves.
    """
    person = feed.person
    own = tracking.tracked(session, person.id)
    subjects, _unread = tracking.readable(session, {row.ref for row in own})
    applied = tracking.applied(session, own)
    choices = {row.ref: choice_of(row, subjects[row.ref]) for row in own if row.ref in subjects}
    if feed.community is None:
        places, tracked = [place for place, _ in people.communities_of(session, person.id)], own
    else:
        places, tracked = [feed.community], feeds.tracked_for(session, feed.community.key)
    rows = [row for row in tracked if row.intake is not None]
    settled = {row.intake: applied[row.id] for row in own if row.id in applied}
    reading = _Reading(session, person, choices, settled, _gone(rows), now)
    covered = set[str]()
    for place in places:
        kept = gather(session, place, now)
        alone = person.id if feed.community is None else None
        covered |= {
            row.intake
            for row in kept.applications.values()
            if row.intake is not None and not is_over(State(row.state)) and alone in {None, row.owner}
        }
        yield from _of_workspace(reading, kept, alone)
    tracked_alone = {row.intake: row.community for row in rows if row.intake is not None and row.intake not in covered}
    yield from _of_intakes(reading, tracked_alone)


@dataclass(frozen=True, slots=True)
class _Reading:
    """What all parts of a feed are read with.

    For whom, what they chose for one deadline, what applications settle of the intakes they track, which stages are no
    more.
    """

    session: Session
    person: PersonRow
    choices: Mapping[Ref, Choice]
    applied: Mapping[str | None, Applied]
    gone: Mapping[str, Mapping[str, Deadline]]
    now: datetime

    def recipient(self, community: str | None) -> Recipient:
        """Give how the person reads dates of a community."""
        return people.recipient_of(self.session, self.person, community)


def _gone(rows: Iterable[TrackedRow]) -> dict[str, dict[str, Deadline]]:
    """Give the last dates of the stages that were withdrawn, by intake."""
    found = defaultdict[str, dict[str, Deadline]](dict)
    for row in rows:
        found[row.intake or ""] |= {stage: read(record, Deadline) for stage, record in row.gone.items()}
    return found


def _of_workspace(reading: _Reading, kept: Kept, alone: int | None) -> Iterator[_Entry]:
    """Give what a community has before it; ``alone``: only what this person is to do."""
    recipient = reading.recipient(kept.community.key)
    rounds = feeds.rounds(reading.session, kept.intakes)
    programs = feeds.programs_with_a_page(reading.session, {row.stream for row in kept.applications.values()})
    meetings = {row.uuid: row for row in kept.meetings}
    tasks = {row.id: row for row in kept.tasks}
    duties = {_stage_uid(row, duty.stage): duty for row in kept.applications.values() for duty in kept.duties_of(row)}
    for due in (*dues(kept, cancelled=True), *_withdrawn(reading, kept, duties)):
        if alone is not None and due.owner != alone:
            continue
        if due.application is None:
            meeting = meetings[due.uid.partition("-")[2]]
            awaited = NO_CHOICE if due.awaited else None
            yield _Entry(_without_note(due, meeting), meeting.created_at, recipient, awaited)
            continue
        application = kept.applications[due.application]
        whole = _of_application(due, application, rounds.get(application.intake or ""))
        program = programs.get(application.stream)
        if due.task is None:
            chosen = reading.choices.get(Ref(intake=application.intake), NO_CHOICE)
            yield _Entry(whole, application.created_at, recipient, chosen, duties.get(due.uid), program)
        else:
            mine = reading.choices.get(Ref(task=due.task), NO_CHOICE) if due.owner == reading.person.id else None
            yield _Entry(whole, tasks[due.task].created_at, recipient, mine, program=program)


def _without_note(due: Due, meeting: MeetingRow) -> Due:
    """Take the note out of a meeting's title: it is for members alone."""
    return replace(due, title=BODY_WORDS[Body(meeting.body)]) if due.kind is DueKind.COUNCIL else due


def _of_application(due: Due, application: ApplicationRow, intake: Round | None) -> Due:
    """Let a stage or a task change with its application, whose title it bears and with which it ends.

    A stage that came before the end was met or missed, and a task that is done is done: those stay. A task that nobody
    did and that is needed no more goes.
    """
    if due.task is not None:
        return replace(
            due,
            sequence=due.sequence + application.version,
            modified=max(due.modified, application.modified_at),
            cancelled=due.cancelled or due.settled,
        )
    over = is_over(State(application.state))
    ahead = due.closes is not None and due.closes > application.modified_at
    changed = intake.modified if intake is not None else due.modified
    return replace(due, modified=max(due.modified, changed), cancelled=due.cancelled or (over and ahead))


def _withdrawn(reading: _Reading, kept: Kept, duties: Collection[str]) -> Iterator[Due]:
    """Give the stages that an application under way was to meet and that were withdrawn."""
    for row in kept.applications.values():
        named = kept.intakes.get(row.intake) if row.intake is not None else None
        if named is None or is_over(State(row.state)):
            continue
        stamps = _blank(
            named, f"application-{row.uuid}", kept.titles[row.id], row.version + named.version, row.modified_at
        )
        for stage, deadline in reading.gone.get(named.intake.key, {}).items():
            if deadline.date is not None and _stage_uid(row, stage) not in duties:
                due = _stage(stamps, named, stage, deadline, deadline.date)
                yield replace(due, owner=row.owner, application=row.id, cancelled=True)


def _stage_uid(row: ApplicationRow, stage: str) -> str:
    """Give the name by which the agenda knows a stage of an application."""
    return f"application-{row.uuid}-{stage}"


def _of_intakes(reading: _Reading, tracked: Mapping[str, str | None]) -> Iterator[_Entry]:
    """Give the stages of intakes that are tracked, by key and the community each is tracked for."""
    rounds = feeds.rounds(reading.session, tracked)
    recipients = {community: reading.recipient(community) for community in set(tracked.values())}
    found, unread = tracking.readable_intakes(reading.session, tracked)
    for each in unread:
        log.error("left out of a calendar feed", intake=each.intake, reason=each.fault)
    for key, named in found.items():
        known, recipient = rounds[key], recipients[tracked[key]]
        chosen = reading.choices.get(named.ref, NO_CHOICE)
        program = None if named.example else named.program_key
        stamps = _blank(named, f"intake-{known.uuid}", named.title, named.version, known.modified)
        try:
            applied = reading.applied.get(key, NOT_APPLIED)
            duties = {duty.stage: duty for duty in applied.settle(named.dues(recipient))}
        except UNREADABLE:
            log.exception("left out of a calendar feed", intake=key)
            continue
        for stage, duty in duties.items():
            due = _stage(stamps, named, stage, duty.deadline, duty.day)
            whole = replace(due, closes=duty.closes, done=duty.met or duty.closes <= reading.now)
            yield _Entry(whole, known.created, recipient, chosen, duty, program)
        for stage, deadline in reading.gone.get(key, {}).items():
            if deadline.date is not None and stage not in duties:
                due = replace(_stage(stamps, named, stage, deadline, deadline.date), cancelled=True)
                yield _Entry(due, known.created, recipient, None, None, program)


def _blank(named: NamedIntake, uid: str, about: Bilingual, sequence: int, modified: datetime) -> Due:
    """Begin what the stages of one intake share: the first part of their UID, what they are of, the version."""
    return Due(
        uid=uid,
        kind=DueKind.CLOSING,
        title=named.title,
        about=about,
        day=date.min,
        deadline=None,
        closes=None,
        owner=None,
        who="",
        application=None,
        done=False,
        sequence=sequence,
        modified=modified,
    )


def _stage(blank: Due, named: NamedIntake, stage: str, deadline: Deadline, on: date) -> Due:
    """Give one stage of an intake on its day."""
    return replace(
        blank,
        uid=f"{blank.uid}-{stage}",
        kind=DueKind.OPENING if stage == OPENING else DueKind.CLOSING,
        title=Bilingual(capital(stage_title(named, stage, "en")), capital(stage_title(named, stage, "fr"))),
        day=on,
        deadline=deadline,
    )


# From what a feed tells to what a calendar shows


def _events(entries: Iterable[_Entry], person: PersonRow, site: Site) -> list[Event]:
    events = []
    for entry in entries:
        try:
            events.append(_event(entry, Reader(person.speaks, person.zone), site))
        except (ValueError, OverflowError) as fault:
            log.warning("left out of a calendar feed", uid=entry.due.uid, reason=str(fault))
    return events


def _event(entry: _Entry, reader: Reader, site: Site) -> Event:
    due = entry.due
    finished = due.done and due.task is not None
    return Event(
        uid=f"{due.uid}@{site.host}",
        sequence=due.sequence,
        title=(_DONE.in_(reader.language) if finished else "") + due.headline.in_(reader.language),
        created=entry.created,
        modified=due.modified,
        applicant_zone=entry.recipient.applicant_zone,
        deadline=due.deadline,
        day=due.day if due.deadline is None else None,
        about=_dates(due, reader),
        url=site.program_page(entry.program) if entry.program is not None else None,
        cancelled=due.cancelled,
        alarms=_alarms(entry),
    )


def _dates(due: Due, reader: Reader) -> tuple[str, ...]:
    """Say the funder's date in words: by both clocks, a date without a time as such."""
    deadline = due.deadline
    if deadline is None:
        return ()
    if due.kind is DueKind.OPENING:
        return (capital(phrases.opening_words(deadline, reader)),)
    words = capital(phrases.deadline_words(deadline, reader))
    if deadline.kind is not DeadlineKind.POSTMARKED or due.cancelled:
        return (words,)
    by = phrases.day(due.day, reader.language)
    mail = Bilingual(
        f"Mail it by {by} to have it stamped in time.",
        f"À poster au plus tard {by}, pour que le cachet porte la bonne date.",
    )
    return words, mail.in_(reader.language)


def _alarms(entry: _Entry) -> tuple[int, ...]:
    """Give the mornings on which to ring, in days before the day of the entry: those of the person's reminders."""
    due, recipient, choice = entry.due, entry.recipient, entry.choice
    if choice is None or choice.acknowledged or due.done or due.cancelled:
        return ()
    if due.kind is DueKind.OPENING:
        return (0,)
    duty = entry.duty or _own_duty(due, recipient.applicant_zone)
    stands = duty.deadline.date or duty.day  # of a postmark later than the day to mail it, from which reminders count
    woken = wakes(duty, recipient, choice)
    mornings = {woken} if woken is not None else set[datetime]()
    for each in moments(duty, recipient, choice):
        free = [at for at in (each.early, each.own) if woken is None or at >= woken]
        mornings.update(free[:1])
    clock = zone(recipient.zone)
    days = {(stands - at.astimezone(clock).date()).days for at in mornings}
    return tuple(sorted(each for each in days if each >= 0))


def _own_duty(due: Due, zone_name: str) -> Duty:
    """Give what is due on a day that no funder set; a closing is told of as early as any, the rest like tasks."""
    duty = task_duty(due.day, zone_name, report=due.kind is DueKind.REPORT)
    return replace(duty, longest=FURTHEST_LEAD) if due.kind is DueKind.CLOSING else duty
