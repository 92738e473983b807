"""What the pages of applications share: their blueprint, their words, a page with one form, and the way back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from http import HTTPStatus

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_wtf.form import FlaskForm
from werkzeug.exceptions import NotFound

from grants import clock
from grants.domain import phrases
from grants.domain.applications import State, state_words
from grants.domain.budgets import cents_words
from grants.domain.communities import Community
from grants.domain.works import WorkKind
from grants.domain.zones import zone
from grants.services import applications, checklists, tasks
from grants.services.applications import Danger, Risk
from grants.services.catalogue import NotFoundError
from grants.services.conflicts import ConflictError, Hand
from grants.store.applications import ApplicationRow
from grants.store.database import db
from grants.web import happenings
from grants.web.access import Act, Thing, may, signed_in, workspace
from grants.web.application_forms import labels_of, problems_of, sentence
from grants.web.conflicts import as_drawn, conflict_page, seen_version
from grants.web.errors import http_error
from grants.web.formats import moment
from grants.web.language import PREFIX, current_language

bp = Blueprint("applications", __name__, url_prefix=PREFIX)
"""The blueprint of all modules about applications: each adds its pages to it."""

bp.register_error_handler(NotFoundError, lambda _fault: http_error(NotFound()))


def words(state: State) -> str:
    """Name a state, with a capital."""
    return sentence(state_words(state, workspace().kind).in_(current_language()))


def name_of(row: ApplicationRow) -> str:
    """Name an application in the language of the page. Cost: one query at most."""
    return applications.title_of(db.session(), row).in_(current_language())


def money(cents: int | None) -> str:
    """Write cents as dollars; nothing where they are not known."""
    return "" if cents is None else cents_words(cents).in_(current_language())


def left(day: date, community: Community) -> str:
    """Count the days to a day by the community's calendar: ``today``, ``in 17 days``, ``3 days ago``."""
    reader = phrases.Reader(current_language(), community.zone)
    noon = datetime.combine(day, time(12), tzinfo=zone(community.zone))
    return phrases.days_left(noon, clock.now(), reader)


def risk_words(risk: Risk) -> str:
    """Say what is at risk, as a sentence."""
    match risk.danger:
        case Danger.CLOSED:
            return _("The closing has passed, and it was not submitted.")
        case Danger.OVERDUE:
            return ngettext("One task is overdue.", "%(num)s tasks are overdue.", risk.count)
        case Danger.EXPIRES:
            return ngettext(
                "A document expires before the closing.", "%(num)s documents expire before the closing.", risk.count
            )
        case Danger.MISSING:
            return ngettext(
                "The closing is near, and one document is not ready.",
                "The closing is near, and %(num)s documents are not ready.",
                risk.count,
            )
        case Danger.NOBODY:
            return ngettext("One task has no owner.", "%(num)s tasks have no owner.", risk.count)
        case Danger.UNDATED:
            return _("No date is known by which to submit: set your own target date.")


@bp.context_processor
def names() -> dict[str, object]:
    """Give the templates of applications their words."""
    return {
        "state_name": lambda state: words(State(state)),
        "cents": money,
        "moment": lambda at: moment(at, workspace().zone, weekday=False),
        "left": lambda day: left(day, workspace()),
        "risk_words": risk_words,
        "hours": happenings.hours,
        "name_of": name_of,
        "title_of": tasks.title_of,
        "wording_of": checklists.wording_of,
        "work_words": lambda kind: happenings.WORK_KINDS[WorkKind(kind)],
        "settled_words": lambda settled: happenings.SETTLED[settled],
    }


def sender() -> Hand:
    """Give who sent this form, when, and what they had seen."""
    return Hand(signed_in().id, clock.now(), seen_version(), may(Thing.ASSIGNMENT, Act.WRITE))


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page with one form: its heading, what it says first, the fields with their hints, and its button.

    ``removal`` is where a second form goes that takes the thing out; empty where nothing can be.
    """

    heading: str
    action: str
    button: str
    hints: Mapping[str, str]
    intro: str = ""
    removal: str = ""


def sheet_page(sheet: Sheet, form: FlaskForm, row: ApplicationRow, version: int) -> Response:
    """Draw a page with one form; one that was sent and is wrong keeps what was typed, and says so in its status too."""
    problems = problems_of(form)
    page = render_template(
        "applications/form.html",
        sheet=sheet,
        form=form,
        row=row,
        fields=tuple(labels_of(form)),
        version=seen_version() if request.method == "POST" else version,
        was=as_drawn(form),
        problems=problems,
    )
    return make_response(page, HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK)


def conflict(form: FlaskForm, fault: ConflictError, sheet: Sheet, row: ApplicationRow, **shown: str) -> Response:
    """Draw both versions; ``shown`` are fields that the page shows otherwise than they are kept."""
    now_saved = ConflictError({**fault.saved, **shown}, fault.version, fault.by, fault.at)
    return conflict_page(
        form,
        now_saved,
        heading=sheet.heading,
        action=sheet.action,
        labels=labels_of(form),
        back=url_for(".show", number=row.id),
    )


def saved(number: int, said: str, anchor: str | None = None) -> ResponseReturnValue:
    """Say that something is kept, and lead back to the application."""
    flash(said, "good")
    return redirect(url_for(".show", number=number, _anchor=anchor), HTTPStatus.SEE_OTHER)
