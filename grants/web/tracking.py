"""My deadlines: what a person tracks, when it is due, and which reminders are planned or sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from grants import clock
from grants.domain import phrases
from grants.domain.bilingual import Language
from grants.domain.deadlines import DeadlineKind, Status
from grants.domain.reminders import Duty, Kind
from grants.domain.zones import zone as zone_of
from grants.services import letters, practice, tracking
from grants.services.catalogue import NotFoundError
from grants.services.tracking import TrackedIntake, When
from grants.store import people as rows
from grants.store.database import db, transaction
from grants.store.people import PersonRow
from grants.store.reminders import ReminderRow, ReminderState
from grants.web.access import Role, allow, signed_in
from grants.web.language import PREFIX, current_language
from grants.web.people import safe_back

bp = Blueprint("tracking", __name__, url_prefix=PREFIX)


@dataclass(frozen=True, slots=True)
class Line:
    """One reminder in words: when, and what became of it."""

    moment: str
    words: str
    sent: bool


@dataclass(frozen=True, slots=True)
class Due:
    """One dated duty in words."""

    stage: str
    words: str
    left: str
    invited: bool
    over: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A tracked intake as the page shows it; ``address`` is its program's page, empty for an example."""

    key: str
    title: str
    example: bool
    address: str
    status: Status
    dues: Sequence[Due]
    planned: Sequence[Line]
    sent: Sequence[Line]
    silence: str


@dataclass(frozen=True, slots=True)
class Group:
    """A part of the tracker."""

    anchor: str
    heading: str
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Example:
    """An example that may be tracked to see how it works."""

    key: str
    title: str
    words: str


@bp.get("/tracking")
@allow(Role.MEMBER)
def index() -> ResponseReturnValue:
    """Show what is due today, this week, later, without a date, and what has closed."""
    person, now = signed_in(), clock.now()
    session = db.session()
    seen = tracking.tracked_by(session, person, now)
    groups = [
        Group(when.value, heading, [row_of(each, person, now) for each in seen if each.when is when])
        for when, heading in _headings()
    ]
    tracked = {each.named.intake.key for each in seen}
    return render_template(
        "tracking/index.html",
        person=person,
        community=rows.community_of(session, person.id),
        place=phrases.zone_place(person.zone, current_language()),
        groups=[group for group in groups if group.rows],
        examples=[each for each in _examples(person, now) if each.key not in tracked],
    )


@bp.post("/tracking")
@allow(Role.MEMBER)
def track() -> ResponseReturnValue:
    """Begin to track an intake (field ``intake``) and go back (field ``back``)."""
    person = signed_in()
    try:
        with transaction() as session:
            intake = request.form.get("intake", "")
            new = tracking.track(session, person.id, intake, clock.now())
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
@allow(Role.MEMBER)
def untrack() -> ResponseReturnValue:
    """Stop tracking an intake (field ``intake``) and go back (field ``back``)."""
    person = signed_in()
    with transaction() as session:
        stopped = tracking.untrack(session, person.id, request.form.get("intake", ""))
    if not stopped:
        abort(404)
    flash(_("You no longer track this, and no reminder about it will be sent."), "good")
    return redirect(safe_back(request.form.get("back")) or url_for("tracking.index"))


def row_of(tracked: TrackedIntake, person: PersonRow, now: datetime) -> Row:
    """Put a tracked intake into words."""
    language = current_language()
    named = tracked.named
    sent = [row for row in tracked.reminders if row.state == ReminderState.SENT]
    ahead = [row for row in tracked.reminders if row.state in (ReminderState.PLANNED, ReminderState.QUEUED)]
    reader = phrases.Reader(language, person.zone)
    dues = [_due(each, tracked, reader, now) for each in tracked.duties if not (each.opens and each.closes < now)]
    if not dues:
        words = phrases.intake_words(named.intake, tracked.status, reader)
        dues = [Due("", letters.capital(words), "", invited=False, over=False)]
    return Row(
        key=named.intake.key,
        title=letters.title_of(named, language),
        example=named.example,
        address="" if named.example else url_for("programs.show", key=named.program_key),
        status=tracked.status,
        dues=dues,
        planned=[_line(row, tracked, person, language) for row in ahead],
        sent=[_line(row, tracked, person, language) for row in sent],
        silence=_silence(tracked, person, ahead),
    )


def _due(duty: Duty, tracked: TrackedIntake, reader: phrases.Reader, now: datetime) -> Due:
    over = duty.closes < now
    today = now.astimezone(zone_of(reader.zone)).date()
    left = "" if over else letters.days_words(max(0, (duty.day - today).days), reader.language)
    stage = letters.capital(letters.stage_title(tracked.named, duty.stage, reader.language))
    words = phrases.deadline_words(duty.deadline, reader)
    if duty.deadline.kind is DeadlineKind.POSTMARKED and not over:
        words, left = f"{words}. {letters.mail_by(duty, left, reader.language)}", ""
    return Due(stage, words, left, invited=duty.invited, over=over)


def _line(row: ReminderRow, tracked: TrackedIntake, person: PersonRow, language: Language) -> Line:
    moment = (row.sent_at or row.due_at).astimezone(zone_of(person.zone))
    when = f"{phrases.day(moment.date(), language)}, {phrases.clock(moment.time(), language)}"
    stage = letters.stage_title(tracked.named, row.stage, language)
    words = {
        Kind.LEAD: ngettext("%(num)s day before: %(stage)s", "%(num)s days before: %(stage)s", row.lead, stage=stage)
        if row.lead
        else _("on the morning of the day: %(stage)s", stage=stage),
        Kind.JOINED: _("summary when you began to track: %(stage)s", stage=stage),
        Kind.OPENS: _("it opens"),
        Kind.CHANGED: _("date changed: %(stage)s", stage=stage),
    }[Kind(row.kind)]
    return Line(when, words, row.sent_at is not None)


def _silence(tracked: TrackedIntake, person: PersonRow, ahead: Sequence[ReminderRow]) -> str:
    """Say why no reminder is planned, where none is."""
    if ahead:
        return ""
    if person.reminders_off_at is not None:
        return _("You have turned reminders off.")
    if tracked.next_duty is None and tracked.when is When.UNDATED:
        return _("There is no date to remind you of: estimates are never used for reminders.")
    if tracked.next_duty is None:
        return _("It is over.")
    return _("No reminder is left before this date.")


def _headings() -> tuple[tuple[When, str], ...]:
    return (
        (When.TODAY, _("Today")),
        (When.THIS_WEEK, _("In the next seven days")),
        (When.LATER, _("Later")),
        (When.UNDATED, _("No fixed date")),
        (When.CLOSED, _("Closed")),
    )


def _examples(person: PersonRow, now: datetime) -> list[Example]:
    """Offer the practice examples that are not over."""
    language = current_language()
    reader = phrases.Reader(language, person.zone)
    live = set(practice.live_intakes(db.session(), now))
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
