"""The meetings of a community: when council, band council or a committee meets, and when papers must be in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from typing import Any, Final, cast

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext
from flask_wtf.form import FlaskForm
from wtforms import IntegerField, TextAreaField
from wtforms.validators import ValidationError

from grants import clock
from grants.domain import phrases
from grants.domain.backplan import DEFAULT_PAPERS
from grants.domain.catalogue import Level
from grants.domain.meetings import (
    BODY_WORDS,
    FURTHEST,
    MOST_PAPERS_DAYS,
    Body,
    Fault,
    Rhythm,
    fault_of,
    fault_words,
    listed_days,
    own_body,
    repeated,
)
from grants.domain.workdays import is_workday
from grants.services import meetings
from grants.services.agenda import papers_due
from grants.services.catalogue import NotFoundError
from grants.services.conflicts import ConflictError, Hand, RefusedError
from grants.services.meetings import LONGEST_NOTE, Details
from grants.store import workspaces
from grants.store.database import db, transaction
from grants.store.workspaces import MeetingRow
from grants.web.access import Act, Thing, allow, owned, signed_in, workspace
from grants.web.application_forms import ChoiceField, DayField, LineField
from grants.web.conflicts import conflict_page, seen_version
from grants.web.language import PREFIX, current_language

bp = Blueprint("meetings", __name__, url_prefix=PREFIX)

_l = cast("Any", lazy_gettext)

LONGEST_LIST: Final = 4_000
SHOWN: Final = 6
"""How many meetings ahead are shown before the rest is folded."""

RHYTHMS: Final[Mapping[Rhythm, Any]] = {
    Rhythm.ONCE: _l("Once"),
    Rhythm.WEEKLY: _l("Every week"),
    Rhythm.FORTNIGHTLY: _l("Every 2 weeks"),
    Rhythm.THREE_WEEKLY: _l("Every 3 weeks"),
    Rhythm.FOUR_WEEKLY: _l("Every 4 weeks"),
    Rhythm.MONTHLY: _l("Every month, in the same week (such as each 2nd Tuesday)"),
    Rhythm.MONTH_END: _l("Every month, in its last week (such as each last Tuesday)"),
}


def _bodies() -> list[tuple[str, str]]:
    return [(each.value, BODY_WORDS[each].in_(current_language())) for each in Body]


def _rhythms() -> list[tuple[str, str]]:
    return [(each.value, str(words)) for each, words in RHYTHMS.items()]


class MeetingForm(FlaskForm):
    """One meeting."""

    on = DayField(_l("Day"), render_kw={"required": True})
    body = ChoiceField(_l("Who meets"), choices=_bodies)
    papers_days = IntegerField(
        _l("Agenda papers due, in business days before"),
        render_kw={"min": 0, "max": MOST_PAPERS_DAYS, "required": True},
    )
    note = LineField(_l("Note (optional)"), render_kw={"maxlength": LONGEST_NOTE})

    def validate_on(self, field: DayField) -> None:
        """Ask for a day."""
        if field.data is None and not field.errors:
            raise ValidationError(_("Choose the day of the meeting."))

    def validate_papers_days(self, field: IntegerField) -> None:
        """Refuse what is no small whole number."""
        if field.data is None or not 0 <= field.data <= MOST_PAPERS_DAYS:
            raise ValidationError(
                _(
                    "Type a whole number from 0 to %(most)s: how many business days before the meeting "
                    "agenda papers are due.",
                    most=MOST_PAPERS_DAYS,
                )
            )

    def validate_note(self, field: LineField) -> None:
        """Keep it a line."""
        if len(field.data or "") > LONGEST_NOTE:
            raise ValidationError(_("Keep the note to %(most)s characters.", most=LONGEST_NOTE))

    @property
    def details(self) -> Details:
        """What is to be kept beside the day."""
        return Details(Body(self.body.data), self.papers_days.data or 0, self.note.data or "")


class MeetingsForm(MeetingForm):
    """Several meetings: by a pattern from a first day, as a list, or both."""

    on = DayField(_l("First date"))
    rhythm = ChoiceField(_l("Then"), choices=_rhythms)
    until = DayField(_l("Until"))
    listed = TextAreaField(_l("Or a list of dates"), render_kw={"maxlength": LONGEST_LIST})
    days: tuple[date, ...] = ()

    def validate_on(self, field: DayField) -> None:
        """Need no first date: there may be a list."""

    def validate_until(self, field: DayField) -> None:
        """Ask for an end where the pattern has none."""
        if self.on.data is None or field.errors or self.rhythm.data == Rhythm.ONCE:
            return
        if field.data is None:
            raise ValidationError(_said(Fault.UNTIL_MISSING))
        if field.data < self.on.data:
            raise ValidationError(_said(Fault.UNTIL_BEFORE))
        if field.data > self.on.data + FURTHEST:
            raise ValidationError(_said(Fault.TOO_FAR))

    def validate_listed(self, field: TextAreaField) -> None:
        """Read the list."""
        wrong = listed_days((field.data or "")[:LONGEST_LIST]).wrong
        if wrong:
            raise ValidationError(_said(Fault.NO_DAY, wrong[0][:40]))

    def all_days(self) -> tuple[date, ...]:
        """Give the days of pattern and list together, rising."""
        days = set(listed_days((self.listed.data or "")[:LONGEST_LIST]).days)
        if self.on.data is not None:
            rhythm = Rhythm(self.rhythm.data)
            days.update(repeated(self.on.data, rhythm, self.until.data or self.on.data))
        return tuple(sorted(days))

    def fault(self, today: date) -> str | None:
        """Say what is wrong with the days together; ``None`` where nothing is."""
        found = fault_of(self.all_days(), today)
        return _said(found) if found is not None else None


def _said(fault: Fault, wrong: str = "") -> str:
    return fault_words(fault, wrong).in_(current_language())


@dataclass(frozen=True, slots=True)
class Line:
    """A meeting in the list; ``papers`` is the day papers are due, ``waiting`` how many open tasks wait for it."""

    row: MeetingRow
    body: str
    papers: date | None
    papers_over: bool
    waiting: int


@bp.get("/meetings")
@allow(Thing.CALENDAR, Act.READ)
def index() -> ResponseReturnValue:
    """List the meetings: those ahead, and folded those that are over."""
    return _index(_empty_form())


@bp.post("/meetings")
@allow(Thing.CALENDAR, Act.WRITE)
def add() -> ResponseReturnValue:
    """Add meetings by a pattern, a list, or both."""
    form, community = MeetingsForm(), workspace()
    if not form.validate():
        return _index(form), HTTPStatus.UNPROCESSABLE_ENTITY
    fault = form.fault(clock.today(community.zone))
    if fault is not None:
        form.on.errors = [*form.on.errors, fault]
        return _index(form), HTTPStatus.UNPROCESSABLE_ENTITY
    with transaction() as session:
        added = meetings.add(session, community, form.all_days(), form.details, _hand())
    flash(_added_words(added), "good" if added.new else "info")
    closed = [day for day in added.new if not is_workday(day, Level.MUNICIPAL)]
    if closed:
        named = phrases.day(closed[0], current_language())
        flash(
            ngettext(
                "One of them is on a weekend or a holiday: %(day)s. Check whether it is right.",
                "%(num)s of them are on a weekend or a holiday, the first: %(day)s. Check whether it is right.",
                len(closed),
                day=named,
            ),
            "warn",
        )
    return redirect(url_for("meetings.index"))


def _added_words(added: meetings.Added) -> str:
    if not added.new:
        return _("All of these meetings were here already.")
    said = ngettext("One meeting was added.", "%(num)s meetings were added.", len(added.new))
    if added.known:
        said += " " + ngettext("One was here already.", "%(num)s were here already.", len(added.known))
    return said


@bp.get("/meetings/<int:number>")
@allow(Thing.CALENDAR, Act.READ)
def show(number: int) -> ResponseReturnValue:
    """Show one meeting in a form, to change it or take it out."""
    row = _standing(number)
    form = MeetingForm(formdata=None, on=row.on, body=row.body, papers_days=row.papers_days, note=row.note)
    return _show(row, form, row.version)


@bp.post("/meetings/<int:number>")
@allow(Thing.CALENDAR, Act.WRITE)
def change(number: int) -> ResponseReturnValue:
    """Change one meeting; tasks that wait for it follow."""
    row, form, seen = _standing(number), MeetingForm(), seen_version()
    if not form.validate() or form.on.data is None:
        return _show(row, form, seen), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        with transaction() as session:
            moved = meetings.change(session, workspace(), number, form.on.data, form.details, hand=_hand(seen))
    except ConflictError as fault:
        action = url_for("meetings.change", number=number)
        labels = {name: form[name].label.text for name in ("on", "body", "papers_days", "note")}
        return conflict_page(form, fault, heading=_("Change a meeting"), action=action, labels=labels)
    except RefusedError as fault:
        form[fault.field].errors = [*form[fault.field].errors, fault.words.in_(current_language())]
        return _show(row, form, seen), HTTPStatus.UNPROCESSABLE_ENTITY
    except NotFoundError:
        abort(404)
    flash(_("The meeting is changed."), "good")
    if moved:
        flash(
            ngettext(
                "One task that waits for it moved with it.", "%(num)s tasks that wait for it moved with it.", moved
            ),
            "info",
        )
    return redirect(url_for("meetings.index"))


@bp.post("/meetings/<int:number>/remove")
@allow(Thing.CALENDAR, Act.WRITE)
def remove(number: int) -> ResponseReturnValue:
    """Take one meeting out; tasks that waited for it have no day until they are planned anew."""
    row, seen = _standing(number), seen_version()
    try:
        with transaction() as session:
            freed = meetings.remove(session, workspace(), number, _hand(seen))
    except ConflictError:
        flash(_("Somebody else changed this meeting meanwhile, so it was not removed. Look at it again."), "warn")
        return redirect(url_for("meetings.show", number=row.id))
    except NotFoundError:
        abort(404)
    flash(_("The meeting is removed."), "good")
    if freed:
        flash(
            ngettext(
                "One task waited for it and has no date now.",
                "%(num)s tasks waited for it and have no date now.",
                freed,
            ),
            "warn",
        )
    return redirect(url_for("meetings.index"))


def _hand(seen: int = 0) -> Hand:
    return Hand(signed_in().id, clock.now(), seen)


def _standing(number: int) -> MeetingRow:
    row = owned(MeetingRow, number)
    if row.removed_at is not None:
        abort(404)
    return row


def _empty_form() -> MeetingsForm:
    community = workspace()
    known = workspaces.meetings(db.session(), community.key)
    papers = known[-1].papers_days if known else DEFAULT_PAPERS
    return MeetingsForm(
        formdata=None, body=own_body(community.kind).value, rhythm=Rhythm.ONCE.value, papers_days=papers
    )


def _index(form: MeetingsForm) -> str:
    community, session = workspace(), db.session()
    today = clock.today(community.zone)
    waiting = meetings.tasks_by_meeting(session, community)
    lines = [_line(row, waiting.get(row.id, 0), today) for row in workspaces.meetings(session, community.key)]
    ahead = [line for line in lines if line.row.on >= today]
    return render_template(
        "meetings/index.html",
        community=community,
        form=form,
        problems=problems_of(form),
        next_one=ahead[0] if ahead else None,
        ahead=ahead[:SHOWN],
        more=ahead[SHOWN:],
        past=[line for line in reversed(lines) if line.row.on < today],
        days_left=lambda day: days_words(day, today),
    )


def _line(row: MeetingRow, waiting: int, today: date) -> Line:
    papers = papers_due(row)
    return Line(
        row, BODY_WORDS[Body(row.body)].in_(current_language()), papers, papers is not None and papers < today, waiting
    )


def _show(row: MeetingRow, form: MeetingForm, seen: int) -> str:
    waiting = meetings.tasks_by_meeting(db.session(), workspace()).get(row.id, 0)
    body = BODY_WORDS[Body(row.body)].in_(current_language())
    return render_template(
        "meetings/show.html", row=row, body=body, form=form, seen=seen, waiting=waiting, problems=problems_of(form)
    )


def problems_of(form: FlaskForm) -> list[tuple[str, str]]:
    """Gather what is wrong with a form for the summary above it: the field's id and the sentence."""
    return [(field.id, str(field.errors[0])) for field in form if field.errors]


def days_words(day: date, today: date) -> str:
    """Say how far a day is from today: ``today``, ``tomorrow``, ``in 17 days``, ``3 days ago``."""
    days = (day - today).days
    if days in {-1, 0, 1}:
        return {-1: _("yesterday"), 0: _("today"), 1: _("tomorrow")}[days]
    if days > 0:
        return ngettext("in %(num)s day", "in %(num)s days", days)
    return ngettext("%(num)s day ago", "%(num)s days ago", -days)
