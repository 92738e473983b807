"""My deadlines: what a person tracks and has to do, when it is due, what changed, and how each reminds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import cast

import structlog
from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext
from flask_wtf.form import FlaskForm
from wtforms import DateField, SelectMultipleField
from wtforms.validators import InputRequired

from grants import clock
from grants.domain import phrases
from grants.domain.applications import State, is_over
from grants.domain.bilingual import Language
from grants.domain.deadlines import DeadlineKind, Status
from grants.domain.records import BadRecordError
from grants.domain.reminders import LEADS, REPORT_LEADS, Duty, Kind, days_left, leads_of
from grants.domain.zones import zone as zone_of
from grants.services import letters, practice, timeline, tracking
from grants.services.catalogue import NotFoundError
from grants.services.people import RefusedError
from grants.services.tracking import Happened, Tracked, When
from grants.store import people
from grants.store import reminders as rows
from grants.store.database import db, transaction
from grants.store.people import PersonRow
from grants.store.reminders import MailState, OutboxRow, ReminderRow, ReminderState
from grants.store.tracking import NamedTask, Subject, TrackedRow
from grants.web.access import Act, Thing, allow, own_community, sign_in_row, signed_in
from grants.web.language import PREFIX, current_language
from grants.web.outbox import failure_words, state_words
from grants.web.people import safe_back
from grants.web.timelines import Drawing, Label, drawing

bp = Blueprint("tracking", __name__, url_prefix=PREFIX)

_l = cast("Callable[[str], str]", lazy_gettext)

log = structlog.get_logger(__name__)

OWN_LETTERS = 10
"""So many of the newest letters to a person are shown to them."""
SOON = (When.TODAY, When.THIS_WEEK)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a list: when, and what."""

    moment: str
    words: str


@dataclass(frozen=True, slots=True)
class Due:
    """One dated duty in words; ``settled`` says why it reminds no more, where an application settled it."""

    stage: str
    words: str
    left: str
    invited: bool
    over: bool
    settled: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A tracked intake or a task as the page shows it.

    ``key`` is that of an intake, empty for a task; ``address`` leads to the program or the application, empty for an
    example; ``community`` is named where the person works for several; ``choices`` say what was chosen for this one.
    ``again``: it reminds no more since an application was given up, and may be tracked for itself.
    """

    number: int
    key: str
    title: str
    example: bool
    address: str
    community: str
    status: Status | None
    dues: Sequence[Due]
    choices: Sequence[str]
    planned: Sequence[Line]
    sent: Sequence[Line]
    silence: str
    again: bool


@dataclass(frozen=True, slots=True)
class Group:
    """A part of the list."""

    anchor: str
    heading: str
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Unread:
    """Something tracked whose record cannot be read; ``key`` is that of an intake, empty for a task."""

    title: str
    key: str


@dataclass(frozen=True, slots=True)
class News:
    """One thing that changed; ``was`` is the date before, in a sentence, or empty."""

    moment: str
    title: str
    address: str
    words: str
    was: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter to the person: when, what it is about, what became of it, and where it can be read."""

    moment: str
    subject: str
    state: str
    address: str


@dataclass(frozen=True, slots=True)
class Example:
    """An example that may be tracked to see how it works."""

    key: str
    title: str
    words: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A dated thing in the picture."""

    tracked: Tracked
    opens: datetime | None
    closes: datetime | None


class LeadsForm(FlaskForm):
    """Lead times of one deadline; none is a choice too."""

    leads = SelectMultipleField(_l("Remind me of this one"), coerce=str)


class QuietForm(FlaskForm):
    """Until when one deadline is to be quiet."""

    until = DateField(
        _l("Pause reminders until"),
        validators=[InputRequired(_l("Choose a day, written as 2026-12-31: year, month, day."))],
    )


@bp.get("/tracking")
@allow(Thing.TRACKING, Act.READ)
def index() -> ResponseReturnValue:
    """Show what is due today, this week, later, without a date, and what has closed."""
    person, now = signed_in(), clock.now()
    session = db.session()
    everything = tracking.all_of(session, person, now)
    seen = everything.seen
    names = {community.key: community.title for community, _role in people.communities_of(session, person.id)}
    since = tracking.last_visit(session, person, sign_in_row())
    shown = [(each, row_of(each, person, now, names)) for each in seen]
    groups = [
        Group(when.value, heading, [row for each, row in shown if each.when is when]) for when, heading in _headings()
    ]
    tracked = {each.subject.ref.intake for each in seen} | {each.intake for each in everything.broken}
    return render_template(
        "tracking/index.html",
        person=person,
        answer=_answer(seen, now),
        names=sorted(names.values()),
        place=phrases.zone_place(person.zone, current_language()),
        groups=[group for group in groups if group.rows],
        unread=[Unread(each.title.in_(current_language()), each.intake) for each in everything.broken],
        drawing=_drawing(seen, person, now),
        news=[_news(each, person) for each in tracking.changes_since(seen, since, now)] if since else [],
        since=_moment(since, person) if since else "",
        letters=[_letter(row, person) for row in rows.letters_to(session, person.id, limit=OWN_LETTERS)],
        trouble=_trouble(rows.letters_to(session, person.id, limit=1)),
        examples=[each for each in _examples(person, now) if each.key not in tracked],
    )


@bp.post("/tracking")
@allow(Thing.TRACKING, Act.WRITE)
def track() -> ResponseReturnValue:
    """Begin to track an intake (field ``intake``) and go back (field ``back``)."""
    person, community = signed_in(), own_community()
    try:
        with transaction() as session:
            intake = request.form.get("intake", "")
            whose = community.key if community else None
            new = tracking.track(session, person.id, intake, clock.now(), community=whose)
            planned = bool(tracking.planned(session, person.id, intake))
    except NotFoundError:
        abort(404)
    if not new:
        done = _("You track this already.")
    elif planned:
        done = _("You track this now. Its reminders are planned.")
    else:
        done = _("You track this now. No reminder is planned: the reason stands under “My deadlines”.")
    flash(done, "good")
    return redirect(safe_back(request.form.get("back")) or url_for("tracking.index"))


@bp.post("/tracking/stop")
@allow(Thing.TRACKING, Act.WRITE)
def untrack() -> ResponseReturnValue:
    """Stop tracking an intake (field ``intake``) and go back (field ``back``)."""
    person = signed_in()
    with transaction() as session:
        stopped = tracking.untrack(session, person.id, request.form.get("intake", ""))
    if not stopped:
        abort(404)
    flash(_("You no longer track this, and no reminder about it will be sent."), "good")
    return redirect(safe_back(request.form.get("back")) or url_for("tracking.index"))


@bp.post("/tracking/seen")
@allow(Thing.TRACKING, Act.WRITE)
def seen() -> ResponseReturnValue:
    """Keep that the person has seen what changed, and go back (field ``back``)."""
    person = signed_in()
    with transaction() as session:
        tracking.see(session, session.get_one(PersonRow, person.id), clock.now())
    flash(_("Noted. From now on only what is new appears here."), "good")
    return redirect(safe_back(request.form.get("back")) or url_for("tracking.index"))


@bp.get("/tracking/<int:number>")
@allow(Thing.TRACKING, Act.READ)
def show(number: int) -> ResponseReturnValue:
    """Show the reminders of one deadline, sent and planned, and what can be chosen for it."""
    _mine(number)
    return _page(number, LeadsForm(formdata=None), QuietForm(formdata=None))


@bp.post("/tracking/<int:number>/leads")
@allow(Thing.TRACKING, Act.WRITE)
def choose_leads(number: int) -> ResponseReturnValue:
    """Keep lead times for this deadline alone, or with ``own`` take the person's own again."""
    _mine(number)
    form = LeadsForm()
    options = {str(lead) for lead in LEADS}
    form.leads.choices = [(each, each) for each in sorted(options)]
    if "own" not in request.form and not form.validate_on_submit():
        return _page(number, form, QuietForm(formdata=None)), HTTPStatus.UNPROCESSABLE_ENTITY
    chosen = None if "own" in request.form else [int(each) for each in form.leads.data or ()]
    with transaction() as session:
        tracking.choose_leads(session, session.get_one(TrackedRow, number), chosen, clock.now())
    flash(_("Your choice is saved, and the reminders are planned again."), "good")
    return redirect(url_for("tracking.show", number=number))


@bp.post("/tracking/<int:number>/quiet")
@allow(Thing.TRACKING, Act.WRITE)
def put_off(number: int) -> ResponseReturnValue:
    """Let this deadline be quiet until a day (field ``until``), or with ``wake`` remind as before."""
    _mine(number)
    form = QuietForm()
    if "wake" in request.form:
        with transaction() as session:
            tracking.wake(session, session.get_one(TrackedRow, number), clock.now())
        flash(_("Reminders come as before."), "good")
        return redirect(url_for("tracking.show", number=number))
    if not form.validate_on_submit() or form.until.data is None:
        return _page(number, LeadsForm(formdata=None), form), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        with transaction() as session:
            tracking.put_off(session, session.get_one(TrackedRow, number), form.until.data, clock.now())
    except RefusedError as refused:
        form.until.errors = [refused.sentence.in_(current_language())]
        return _page(number, LeadsForm(formdata=None), form), HTTPStatus.UNPROCESSABLE_ENTITY
    flash(_("Reminders are paused until that morning. If the date changes, you are still told at once."), "good")
    return redirect(url_for("tracking.show", number=number))


@bp.post("/tracking/<int:number>/noted")
@allow(Thing.TRACKING, Act.WRITE)
def acknowledge(number: int) -> ResponseReturnValue:
    """Keep that the person has taken note of this date, or with ``undo`` that they want reminders again."""
    _mine(number)
    noted = "undo" not in request.form
    with transaction() as session:
        tracking.acknowledge(session, session.get_one(TrackedRow, number), clock.now(), noted=noted)
    if noted:
        flash(_("Noted: no more reminders of this date. If it moves you are told at once."), "good")
    else:
        flash(_("Reminders come as before."), "good")
    return redirect(url_for("tracking.show", number=number))


def _mine(number: int) -> TrackedRow:
    """Read what is meant; another person's answers as one that is not there."""
    try:
        return tracking.own_row(db.session(), signed_in().id, number)
    except NotFoundError:
        abort(404)


def _page(number: int, leads: LeadsForm, quiet: QuietForm) -> str:
    """Show one deadline with its forms as they were filled in."""
    person, now = signed_in(), clock.now()
    session = db.session()
    found = [each for each in tracking.tracked_by(session, person, now) if each.number == number]
    if not found:
        abort(404)
    (tracked,) = found
    names = {community.key: community.title for community, _role in people.communities_of(session, person.id)}
    return render_template(
        "tracking/show.html",
        row=row_of(tracked, person, now, names),
        tracked=tracked,
        options=[(str(lead), lead_words(lead)) for lead in LEADS],
        chosen=leads.leads.data if leads.leads.errors else [str(lead) for lead in _chosen_leads(tracked, person)],
        is_report=any(duty.always == REPORT_LEADS for duty in tracked.duties),
        own_leads=tracked.choice.leads is None,
        leads_errors=leads.leads.errors,
        quiet=quiet,
        last_day=tracking.last_day_to_put_off(session, session.get_one(TrackedRow, number), now),
        problems=[("until", each) for each in quiet.until.errors] + [("leads-0", each) for each in leads.leads.errors],
    )


def _chosen_leads(tracked: Tracked, person: PersonRow) -> Sequence[int]:
    """Give the lead times that count for it now."""
    if tracked.choice.leads is not None:
        return tracked.choice.leads
    ending = next((duty for duty in tracked.duties if not duty.opens), None)
    return leads_of(ending, tracked.recipient) if ending else tuple(person.leads)


def lead_words(lead: int) -> str:
    """Name a lead time."""
    if not lead:
        return _("on the morning of the day")
    return ngettext("%(num)s day before", "%(num)s days before", lead)


def _answer(seen: Sequence[Tracked], now: datetime) -> str:
    """Say in a sentence or two what comes next."""
    language = current_language()
    late = [each for each in seen if each.when is When.LATE]
    soon = [each for each in seen if each.when in SOON]
    dated = soon or [each for each in seen if each.when is When.LATER]
    said = []
    if late:
        said.append(ngettext("%(num)s task is overdue.", "%(num)s tasks are overdue.", len(late)))
    if dated and dated[0].next_duty is not None:
        first = dated[0]
        left = letters.days_words(days_left(dated[0].next_duty, first.recipient, now), language)
        what = {"next": first.subject.title.in_(language), "left": left}
        if soon:
            said.append(
                ngettext(
                    "One thing is due in the next seven days: %(next)s, %(left)s.",
                    "%(num)s things are due in the next seven days; the next: %(next)s, %(left)s.",
                    len(soon),
                    **what,
                )
            )
        else:
            said.append(_("Nothing is due in the next seven days; the next: %(next)s, %(left)s.", **what))
    elif any(each.when is When.SETTLED for each in seen):
        said.append(_("No other date is ahead: what you track was submitted or given up."))
    elif seen:
        said.append(_("No date is ahead."))
    return " ".join(said)


def row_of(tracked: Tracked, person: PersonRow, now: datetime, names: dict[str, str]) -> Row:
    """Say in words how something tracked stands."""
    subject, language = tracked.subject, current_language()
    ahead = [row for row in tracked.reminders if row.state in (ReminderState.PLANNED, ReminderState.QUEUED)]
    sent = [row for row in tracked.reminders if row.state == ReminderState.SENT]
    reader = phrases.Reader(language, person.zone)
    dues = [_due(each, tracked, reader, now) for each in tracked.duties if not (each.opens and each.closes < now)]
    if not dues and not isinstance(subject, NamedTask) and tracked.status is not None:
        words = phrases.intake_words(subject.intake, tracked.status, reader)
        dues = [Due("", letters.capital(words), "", invited=False, over=False)]
    return Row(
        number=tracked.number,
        key=subject.ref.intake or "",
        title=subject.title.in_(language),
        example=subject.example,
        address=_address(subject),
        community=names.get(tracked.community or "", "") if len(names) > 1 else "",
        status=tracked.status,
        dues=dues,
        choices=_choices(tracked, now),
        planned=[Line(_when(row, person, now), reminder_words(row, tracked)) for row in ahead],
        sent=[Line(_moment(row.sent_at or row.due_at, person), reminder_words(row, tracked)) for row in sent],
        silence=_silence(tracked, person, ahead),
        again=tracked.when is When.SETTLED and tracked.applied.ended,
    )


def _address(subject: Subject) -> str:
    """Give where more of it stands: the application of a task, the program of a round that is not made up."""
    if isinstance(subject, NamedTask):
        return url_for("applications.show", number=subject.application)
    return "" if subject.example else url_for("programs.show", key=subject.program_key)


def _due(duty: Duty, tracked: Tracked, reader: phrases.Reader, now: datetime) -> Due:
    is_task = isinstance(tracked.subject, NamedTask)
    over = duty.closes < now
    quiet = over or duty.met
    left = "" if quiet else letters.days_words(days_left(duty, tracked.recipient, now), reader.language)
    stage = letters.capital(letters.stage_title(tracked.subject, duty.stage, reader.language))
    words = letters.date_words(tracked.subject, duty.deadline, reader)
    if duty.deadline.kind is DeadlineKind.POSTMARKED and not quiet:
        words, left = f"{words}. {letters.mail_by(duty, left, reader.language)}", ""
    if over and is_task:
        words = _("overdue since %(day)s", day=words)
    settled = _settled(tracked, reader) if duty.met and not over and not duty.opens else ""
    return Due(stage, words, left, invited=duty.invited, over=over and not is_task, settled=settled)


def _settled(tracked: Tracked, reader: phrases.Reader) -> str:
    """Say how an application settled a date that is ahead."""
    running = [each for each in tracked.applied.standings if not is_over(each.state)]
    if running:
        submitted = max(each.submitted for each in running if each.submitted is not None)
        on = phrases.day(submitted.astimezone(zone_of(reader.zone)).date(), reader.language)
        return _("Submitted on %(day)s: no more reminders of this closing.", day=on)
    ended = {each.state for each in tracked.applied.standings}
    if State.DECLINED in ended:
        return _("Your application was declined: no more reminders of this closing.")
    if State.WITHDRAWN in ended:
        return _("Your application was withdrawn: no more reminders of this closing.")
    if State.NO_GO in ended:
        return _("It was decided not to apply: no more reminders of this closing.")
    return _("Your application is closed: no more reminders of this closing.")


def _choices(tracked: Tracked, now: datetime) -> list[str]:
    """Say what the person chose for this one."""
    said, choice = [], tracked.choice
    if choice.acknowledged:
        said.append(_("You have taken note of this date: no more reminders of it."))
    today = now.astimezone(zone_of(tracked.recipient.zone)).date()
    if choice.quiet_until is not None and choice.quiet_until > today:
        said.append(_("Reminders are paused until %(day)s.", day=phrases.day(choice.quiet_until, current_language())))
    if choice.leads is not None:
        said.append(_("It has lead times of its own."))
    return said


def _when(row: ReminderRow, person: PersonRow, now: datetime) -> str:
    """Say when a reminder goes out; one that is due goes with the next run."""
    return _moment(row.due_at, person) if row.due_at > now else _("within minutes")


def reminder_words(row: ReminderRow, tracked: Tracked) -> str:
    """Say why a reminder exists, and of which stage."""
    stage = letters.stage_title(tracked.subject, row.stage, current_language())
    match Kind(row.kind):
        case Kind.LEAD if row.lead:
            return ngettext("%(num)s day before: %(stage)s", "%(num)s days before: %(stage)s", row.lead, stage=stage)
        case Kind.LEAD:
            return _("on the morning of the day: %(stage)s", stage=stage)
        case Kind.JOINED:
            return _("summary when you began to track: %(stage)s", stage=stage)
        case Kind.OPENS:
            return _("it opens")
        case Kind.CHANGED:
            return _("date changed: %(stage)s", stage=stage)
        case Kind.ASSIGNED:
            return _("the task was given to you")
        case Kind.ROUND:
            return _("a new round was added: %(stage)s", stage=stage)
        case Kind.AGAIN:
            return _("the pause ends: %(stage)s", stage=stage)


def _silence(tracked: Tracked, person: PersonRow, ahead: Sequence[ReminderRow]) -> str:
    """Say why no reminder is planned, where none is."""
    if ahead or tracked.choice.acknowledged or tracked.when in {When.LATE, When.SETTLED}:
        return ""
    if person.reminders_off_at is not None:
        return _("You have turned reminders off.")
    if isinstance(tracked.subject, NamedTask) and tracked.next_duty is None:
        return ""
    if tracked.next_duty is None and tracked.when is When.UNDATED:
        return _("There is no date to remind you of: estimates are never used for reminders.")
    if tracked.next_duty is None:
        return _("It is over.")
    return _("No reminder is left before this date.")


def _drawing(seen: Iterable[Tracked], person: PersonRow, now: datetime) -> Drawing:
    """Draw what lies ahead in the next twelve weeks: an intake from its opening, a task on its day."""
    bars = [
        Bar(each, _begins(each, duty), duty.closes)
        for each in seen
        for duty in each.duties
        if not duty.opens and not duty.met and duty.closes > now
    ]
    today = now.astimezone(zone_of(person.zone)).date()
    return drawing(timeline.picture(bars, today, zone=person.zone), _label)


def _begins(tracked: Tracked, duty: Duty) -> datetime | None:
    """Give where the bar of a duty begins: a task has one day; an intake opens, or ``None``: it is open."""
    if isinstance(tracked.subject, NamedTask):
        return duty.closes
    return next((each.anchor for each in tracked.duties if each.opens), None)


def _label(bar: Bar) -> Label:
    language = current_language()
    subject = bar.tracked.subject
    duty = next(duty for duty in bar.tracked.duties if duty.closes == bar.closes)
    stage = letters.stage_title(subject, duty.stage, language)
    said = letters.date_words(subject, duty.deadline, phrases.Reader(language, bar.tracked.recipient.zone))
    look = bar.tracked.status.value if bar.tracked.status else "task"
    address = url_for("tracking.show", number=bar.tracked.number)
    return Label(subject.short.in_(language), f"{subject.title.in_(language)}: {stage}, {said}", address, look)


def _news(happened: Happened, person: PersonRow) -> News:
    """Say what changed."""
    language, subject = current_language(), happened.tracked.subject
    reader = phrases.Reader(language, person.zone)
    after = letters.date_words(subject, happened.after, reader) if happened.after else None
    before = letters.date_words(subject, happened.before, reader) if happened.before else None
    stage = letters.capital(letters.stage_title(subject, happened.stage, language))
    was = ""
    if happened.kind is Kind.CHANGED and (before or after):
        moved, was = letters.change_words(before, after, language)
        words = _("%(stage)s: %(what)s.", stage=stage, what=moved)
    elif happened.kind is Kind.ASSIGNED:
        words = _("This task was given to you. It is due %(day)s.", day=after) if after else _("Given to you.")
    elif happened.kind is Kind.ROUND:
        words = _("A new round was added. %(stage)s: %(day)s.", stage=stage, day=after or "")
    else:
        words = _("It has opened.")
    title = subject.title.in_(language)
    return News(
        _moment(happened.at, person), title, url_for("tracking.show", number=happened.tracked.number), words, was
    )


def _moment(at: datetime, person: PersonRow) -> str:
    local, language = at.astimezone(zone_of(person.zone)), current_language()
    return f"{phrases.day(local.date(), language)}, {phrases.clock(local.time(), language)}"


def _letter(row: OutboxRow, person: PersonRow) -> Letter:
    return Letter(
        _moment(row.sent_at or row.created_at, person),
        row.subject or _("(written when it is sent)"),
        state_words(MailState(row.state)),
        url_for("outbox.letter", letter_id=row.id),
    )


def _trouble(newest: Sequence[OutboxRow]) -> str:
    """Say what became of the newest letter to a person, where it did not arrive."""
    for row in newest:
        if row.state in (MailState.BOUNCED, MailState.EXPIRED, MailState.FAILED):
            return failure_words(row)
    return ""


def _headings() -> tuple[tuple[When, str], ...]:
    return (
        (When.LATE, _("Overdue")),
        (When.TODAY, _("Today")),
        (When.THIS_WEEK, _("In the next seven days")),
        (When.LATER, _("Later")),
        (When.UNDATED, _("No fixed date")),
        (When.SETTLED, _("Submitted or given up")),
        (When.CLOSED, _("Closed")),
    )


def _examples(person: PersonRow, now: datetime) -> list[Example]:
    """Offer the practice examples that are not over; none where one of them cannot be read."""
    language: Language = current_language()
    reader = phrases.Reader(language, person.zone)
    try:
        live = set(practice.live_intakes(db.session(), now))
    except BadRecordError:
        log.exception("the practice examples cannot be read")
        return []
    return [
        Example(
            intake.key,
            program.name_in(language),
            phrases.deadline_words(intake.gate(frozenset()).closes, reader, checked=intake.checked),
        )
        for program in practice.examples(db.session())
        for stream in program.streams
        for intake in stream.intakes
        if intake.key in live
    ]
