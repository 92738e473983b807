"""The tick: plan what is not planned, put what is due into letters, send them one by one, leave a row.

Anybody may run it, any number at once, as often as they like: a letter is claimed and the claim committed before it is
sent, how it ended is committed after, and no transaction is open while the mail server is spoken with. A process that
dies between the two leaves a letter that another run takes over when the lease is up, under the same Message-ID.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from grants.delivery.letters import Part, Stationery, write
from grants.delivery.mail import TOTAL_SECONDS, Delivery, Ending, Letter, Send, new_message_id
from grants.services import erasure, letters, reminders, sessions, throttle
from grants.store import reminders as rows
from grants.store import ticks
from grants.store.database import is_outage
from grants.store.people import PersonRow
from grants.store.reminders import MailHoldRow, MailState, OutboxRow, Reason, ReminderRow, ReminderState
from grants.store.ticks import TickRow

LEASE = timedelta(seconds=TOTAL_SECONDS) + timedelta(minutes=4)
"""Longer than the longest conversation with a mail server, so that a letter is never taken from a living sender."""

RETRIES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60))
LIFE = timedelta(hours=72)
MOST_TAKEOVERS = 10
"""A letter whose senders keep dying is the reason for it, and is set aside."""
MOST_RECORDINGS = 3
"""How often the end of a letter is recorded while the database fails; otherwise the letter would go twice."""
MOST_UNREACHABLE = 3
"""After so many conversations in a row that never began, the rest waits for the next run."""

STORM_FACTOR = 3
STORM_DAYS = 30
STORM_FLOOR = 50
"""So many letters a day are no storm, however little was sent before."""
STORM = "held: far more letters than usual"
STORM_UNKNOWN = 5_000
"""So many letters a day are no storm while there is no earlier day to compare with."""

SUSPENDING_BOUNCES = 3
BOUNCE_DAYS = timedelta(days=30)

ALARM_AFTER = timedelta(hours=1)

UnitOfWork = Callable[[], AbstractContextManager[Session]]
Clock = Callable[[], datetime]

COUNTED = (
    "planned",
    "voided",
    "queued",
    "sent",
    "deferred",
    "bounced",
    "failed",
    "expired",
    "held",
    "dropped",
    "stumbled",
)


@dataclass(slots=True)
class Run:
    """What a run needs, and what it has done so far."""

    unit: UnitOfWork
    now: Clock
    send: Send
    stationery: Stationery
    stopping: Callable[[], bool]
    counts: Counter[str] = field(default_factory=Counter)

    def told(self) -> dict[str, int]:
        """Give every count, 0 where nothing happened."""
        return {name: self.counts[name] for name in COUNTED}


def tick(
    unit: UnitOfWork, now: Clock, send: Send, stationery: Stationery, *, stopping: Callable[[], bool] = lambda: False
) -> dict[str, int]:
    """Run once.

    Args:
        unit: opens a write unit that commits at its end.
        now: the clock; asked again before each letter.
        send: hands over one letter; raises nothing.
        stationery: what letters bear.
        stopping: asked between letters; after a yes the letter in hand is the last.

    Returns:
        Counts: reminders planned and voided; letters queued, sent, deferred, bounced, failed, expired, held, and
        dropped because nothing was left to say; tracked intakes that planning stumbled over.

    Raises:
        Exception: whatever went wrong beside the mail server; the row of the run says it as well.
    """
    run = Run(unit, now, send, stationery, stopping)
    with unit() as session:
        row = TickRow(started_at=now(), counts={})
        session.add(row)
        ticks.forget_old(session, now())
        throttle.forget_old(session, now())
        sessions.forget_old(session, now())
        session.flush()
        number = row.id
    failure: str | None = None
    try:
        _plan(run)
        _enqueue(run)
        _deliver(run)
        with unit() as session:  # last: whatever goes wrong here keeps no letter from leaving
            erasure.carry_out_due(session, now())
    except Exception as fault:
        failure = f"{type(fault).__name__}: {fault}"[:500]
        raise
    finally:
        with unit() as session:
            kept = session.get_one(TickRow, number)
            kept.finished_at, kept.counts, kept.failure = now(), run.told(), failure
    return run.told()


def _plan(run: Run) -> None:
    """Plan wherever something changed and nobody planned, a batch at a time."""
    last = 0
    while not run.stopping():
        with run.unit() as session:
            done, seen = reminders.replan_outdated(session, run.now(), after=last)
        run.counts.update(planned=done.planned, voided=done.voided, stumbled=seen.stumbled)
        if seen.last is None:
            return
        last = seen.last


def _enqueue(run: Run) -> None:
    """Put every due reminder into a letter: one for each person, whatever has gathered."""
    storm: bool | None = None
    while not run.stopping():
        with run.unit() as session:
            now = run.now()
            due: dict[int, list[ReminderRow]] = {}
            for row in rows.due(session, now, limit=reminders.BATCH):
                due.setdefault(row.person, []).append(row)
            if not due:
                return
            if storm is None:
                storm = _is_storm(session, rows.persons_without_letter(session, now), now)
            waiting = rows.waiting_letters(session, list(due))
            for person, each in due.items():
                letter = waiting.get(person)
                if letter is None:
                    letter = _new_letter(session, session.get_one(PersonRow, person), run, storm=storm)
                for row in each:
                    row.state, row.letter = ReminderState.QUEUED.value, letter.id


def _new_letter(session: Session, person: PersonRow, run: Run, *, storm: bool) -> OutboxRow:
    now = run.now()
    letter = OutboxRow(
        person=person.id,
        recipient=person.email,
        reason=Reason.REMINDERS.value,
        state=(MailState.HELD if storm else MailState.QUEUED).value,
        message_id=new_message_id(run.stationery.host),
        created_at=now,
        next_try_at=now,
        expires_at=now + LIFE,
        answer=STORM if storm else None,
    )
    session.add(letter)
    session.flush()
    run.counts.update(queued=1, held=int(storm))
    return letter


def _is_storm(session: Session, fresh: int, now: datetime) -> bool:
    """Tell whether this day's letters are far more than a day has seen in the last 30."""
    made = rows.made_by_day(session, now - timedelta(days=STORM_DAYS + 1), now)
    today = made.pop(0, 0)
    most = STORM_UNKNOWN if not made else max(STORM_FLOOR, STORM_FACTOR * max(made.values()))
    return today + fresh > most


def _deliver(run: Run) -> None:
    """Claim, send, record; one letter after the other until none is left."""
    unreachable = 0
    while not run.stopping() and unreachable < MOST_UNREACHABLE:
        claimed = _claim(run)
        if claimed is None:
            return
        letter_id, letter = claimed
        if letter is None:
            continue
        delivery = _safely(run.send, letter)
        _remember(run, letter_id, delivery)
        unreachable = unreachable + 1 if delivery.unreachable else 0


def _safely(send: Send, letter: Letter) -> Delivery:
    """Send; a letter that makes the sender itself stumble is set aside, so that it never blocks the rest."""
    try:
        return send(letter)
    except Exception as fault:  # noqa: BLE001 - whatever it is, the next letter must go
        return Delivery(Ending.FAILED, None, f"sending stumbled: {type(fault).__name__}: {fault}"[:500])


def _claim(run: Run) -> tuple[int, Letter | None] | None:
    """Take the next letter and write what it says from what holds now; commit before anything is sent.

    Returns:
        Its number and its words; no words where there is nothing to send after all; ``None`` when no letter waits.
    """
    with run.unit() as session:
        now = run.now()
        if rows.hold(session) is not None:
            return None
        row = rows.next_in_turn(session, now)
        if row is None:
            return None
        if row.state == MailState.SENDING:
            row.takeovers += 1
        if row.takeovers >= MOST_TAKEOVERS:
            _end(session, row, MailState.FAILED, "set aside: whoever tried to send it ended before it was sent", now)
            run.counts["failed"] += 1
            return row.id, None
        if row.expires_at <= now and row.attempts:
            _end(session, row, MailState.EXPIRED, row.answer, now)
            run.counts["expired"] += 1
            return row.id, None
        if not row.attempts:
            row.expires_at = max(row.expires_at, now + LIFE)
        try:
            with session.begin_nested():
                wanted = _write(session, row, run.stationery, now)
        except Exception as fault:  # noqa: BLE001 - whatever it is, the next letter must go
            _end(session, row, MailState.FAILED, f"it cannot be written: {type(fault).__name__}: {fault}"[:500], now)
            run.counts["failed"] += 1
            return row.id, None
        if not wanted:
            _give_back(session, row)
            _end(session, row, MailState.VOID, "nothing was left to say", now)
            run.counts["dropped"] += 1
            return row.id, None
        row.state, row.lease_until, row.tried_at = MailState.SENDING.value, now + LEASE, now
        row.attempts += 1
        unsubscribe = None
        if row.reason == Reason.REMINDERS and row.person is not None:
            unsubscribe = run.stationery.unsubscribe(row.person)
        return row.id, Letter(row.message_id, row.recipient, row.subject, row.text, row.html, now, unsubscribe)


def _give_back(session: Session, row: OutboxRow) -> None:
    """Let what a letter carries wait for its person, where nothing may be sent to them just now."""
    person = session.get(PersonRow, row.person) if row.person is not None else None
    if person is None or person.reminders_off_at is not None or person.receives_reminders:
        return
    for reminder in rows.carried(session, row.id):
        reminder.state, reminder.letter = ReminderState.PLANNED.value, None
    session.flush()


def _write(session: Session, row: OutboxRow, stationery: Stationery, now: datetime) -> bool:
    """Write a letter about deadlines from what holds now; False where nothing is left to say, or nobody wants it."""
    if row.reason != Reason.REMINDERS or row.person is None:
        return True
    person = session.get_one(PersonRow, row.person)
    if not person.receives_reminders:
        return False
    row.recipient = person.email
    carried = rows.carried(session, row.id)
    news = letters.gather(carried, reminders.concerns(session, person, carried), now)
    if not news:
        return False
    row.expires_at = min(row.expires_at, _all_over(news, now) or row.expires_at)
    both = person.first_mail_at is None
    written = write(letters.about_deadlines(letters.Facts(person, news, now, stationery, both)))
    row.subject, row.text, row.html = written.subject, written.text, written.html
    return True


def _all_over(news: Sequence[letters.News], now: datetime) -> datetime | None:
    """Give when all that a letter tells of is over; ``None`` where something stays true, or all is over already."""
    closings = [each.duty.closes if each.duty and each.calls else None for each in news]
    known = [each for each in closings if each is not None]
    last = max(known, default=now)
    return last if len(known) == len(closings) and last > now else None


def _remember(run: Run, letter_id: int, delivery: Delivery) -> None:
    """Record how a letter ended, more than once where the database fails: what was sent cannot be taken back."""
    counts = run.counts.copy()
    for tries_left in reversed(range(MOST_RECORDINGS)):
        try:
            _record(run, letter_id, delivery)
        except DBAPIError as fault:
            if not tries_left or not is_outage(fault):
                raise
            run.counts = counts.copy()
        else:
            return


def _record(run: Run, letter_id: int, delivery: Delivery) -> None:
    """Commit how a letter ended."""
    with run.unit() as session:
        now = run.now()
        row = session.get_one(OutboxRow, letter_id)
        answer = f"{delivery.code} {delivery.words}" if delivery.code else delivery.words
        run.counts[delivery.ending.value] += 1
        match delivery.ending:
            case Ending.SENT:
                _end(session, row, MailState.SENT, answer, now)
            case Ending.BOUNCED:
                _end(session, row, MailState.BOUNCED, answer, now)
                session.flush()
                _suspend(session, row, now)
            case Ending.FAILED:
                _end(session, row, MailState.FAILED, answer, now)
            case Ending.HELD:
                # The letter is not to blame: this try does not count, and nothing else is tried.
                row.state, row.attempts, row.lease_until = MailState.HELD.value, row.attempts - 1, None
                row.answer = answer
                hold(session, f"the mail server refuses us: {answer}", "tick", now)
            case Ending.DEFERRED:
                _put_off(session, row, answer, now, run)


def _put_off(session: Session, row: OutboxRow, answer: str, now: datetime, run: Run) -> None:
    pause = RETRIES[min(row.attempts, len(RETRIES)) - 1]
    row.answer, row.lease_until = answer, None
    if row.expires_at <= now + pause:
        _end(session, row, MailState.EXPIRED, answer, now)
        run.counts["expired"] += 1
    else:
        row.state, row.next_try_at = MailState.DEFERRED.value, now + pause


def _end(session: Session, row: OutboxRow, state: MailState, answer: str | None, now: datetime) -> None:
    """Close a letter and what it carried. Reminders that joined an expiring letter late get another one."""
    row.state, row.answer, row.ended_at, row.lease_until = state.value, answer, now, None
    if state is MailState.SENT:
        row.sent_at = now
        person = session.get(PersonRow, row.person) if row.person is not None else None
        if person is not None and person.first_mail_at is None:
            person.first_mail_at = now
    for reminder in rows.carried(session, row.id):
        if state is MailState.SENT:
            reminder.state, reminder.sent_at = ReminderState.SENT.value, now
        elif state is MailState.EXPIRED and reminder.due_at > row.created_at:
            reminder.state, reminder.letter = ReminderState.PLANNED.value, None
        else:
            reminder.state = ReminderState.EXPIRED.value


def _suspend(session: Session, row: OutboxRow, now: datetime) -> None:
    """Write no more to an address from which three letters came back in 30 days, until it is confirmed again."""
    if row.person is None or rows.bounces(session, row.recipient, now - BOUNCE_DAYS) < SUSPENDING_BOUNCES:
        return
    session.get_one(PersonRow, row.person).mail_suspended_at = now


def hold(session: Session, reason: str, by: str, now: datetime) -> bool:
    """Let no letter leave from now on; False where they were held already."""
    if rows.hold(session) is not None:
        return False
    _keep_hold(session, now, reason, by)
    return True


def _keep_hold(session: Session, since: datetime, reason: str, by: str) -> MailHoldRow:
    """Begin a hold in the place of the last one."""
    return session.merge(
        MailHoldRow(key=1, since=since, reason=reason[:1000], by=by, released_at=None, released_by=None)
    )


def release(session: Session, by: str, now: datetime) -> int:
    """Let letters leave again, keep who asked for it, and give how many that were set apart join the queue."""
    apart = rows.held_letters(session)
    held = rows.hold(session)
    if held is None and apart:
        held = _keep_hold(session, apart[0].created_at, STORM, "tick")
    if held is not None:
        held.released_at, held.released_by = now, by
    for row in apart:
        row.state, row.next_try_at = MailState.QUEUED.value, now
    # While mail was held nobody could try: that time is no letter's fault, whichever waited.
    for row in (*apart, *rows.letters_that_wait(session)):
        row.expires_at = max(row.expires_at, now + LIFE)
    session.flush()
    return len(apart)


def status(session: Session) -> dict[str, Any]:
    """Tell how the outbox stands, in plain values."""
    held, last = rows.hold(session), ticks.last(session)
    waiting = rows.oldest_waiting(session)
    return {
        "held": None if held is None else {"since": held.since.isoformat(), "reason": held.reason, "by": held.by},
        "letters": rows.counts(session),
        "waiting_since": waiting.isoformat() if waiting else None,
        "last_tick": None
        if last is None
        else {
            "started": last.started_at.isoformat(),
            "finished": last.finished_at.isoformat() if last.finished_at else None,
            "failure": last.failure,
            "counts": last.counts,
        },
    }


class Trouble(StrEnum):
    """What keeps letters from leaving, for staff to see at once."""

    HELD = "held"
    """Somebody, or the mail server by refusing us, stopped all mail."""
    SET_APART = "set-apart"
    """Far more letters than usual wait for somebody to release them."""
    WAITING = "waiting"
    """The mail server has taken nothing of a letter for an hour."""


def trouble(session: Session, now: datetime) -> Trouble | None:
    """Give the gravest trouble with the mail, if there is one. Cost: three small queries."""
    if rows.hold(session) is not None:
        return Trouble.HELD
    if rows.is_any_apart(session):
        return Trouble.SET_APART
    waiting = rows.oldest_waiting(session)
    return Trouble.WAITING if waiting is not None and now - waiting >= ALARM_AFTER else None


def write_to(
    session: Session,
    recipient: PersonRow | str,
    parts: Sequence[Part],
    stationery: Stationery,
    now: datetime,
    *,
    link_until: datetime | None = None,
) -> OutboxRow:
    """Put a letter about an account into the outbox, to a person or a bare address; the next run sends it.

    Args:
        session: an open write unit.
        recipient: to whom.
        parts: what it says.
        stationery: what letters bear.
        now: the moment.
        link_until: how long the link in it works; ``None``: none in it ends.
    """
    written = write(parts)
    person, address = (None, recipient) if isinstance(recipient, str) else (recipient.id, recipient.email)
    row = OutboxRow(
        person=person,
        recipient=address,
        reason=Reason.ACCOUNT.value,
        state=MailState.QUEUED.value,
        message_id=new_message_id(stationery.host),
        subject=written.subject,
        text=written.text,
        html=written.html,
        created_at=now,
        next_try_at=now,
        expires_at=now + LIFE,
        link_until=link_until,
    )
    session.add(row)
    session.flush()
    return row
