"""The plan of an application: dates for its tasks, counted back from the closing, to look at, try out and accept."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from http import HTTPStatus
from typing import Any, Final, cast

from babel.numbers import format_decimal
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext

from grants import clock
from grants.domain import phrases
from grants.services import backplans
from grants.services.backplans import CircularError, Line, NoPlanError, OutdatedError, Proposal, WhatIf, Worker
from grants.services.conflicts import Hand
from grants.store.applications import ApplicationRow, titles
from grants.store.database import db, transaction
from grants.web.access import Act, Thing, allow, owned, signed_in, workspace
from grants.web.formats import reader
from grants.web.happenings import hours
from grants.web.language import PREFIX, current_language
from grants.web.weeks import WIDTH, Weeks

bp = Blueprint("backplans", __name__, url_prefix=PREFIX)

_l = cast("Any", lazy_gettext)

TOP: Final = 44
ROW: Final = 40
LETTER: Final = 10
"""How wide a letter of a label is, with some to spare."""
LEAST_BAR: Final = 10
_NUMBER = re.compile(r"[0-9]{1,9}")
_HOURS = re.compile(r"([0-9]{1,2})(?:[.,]([0-9]{1,2}))?")

NO_PLAN: Final[Mapping[str, Any]] = {
    backplans.SUBMITTED: _l("The application is submitted, so there is nothing to plan back from a closing."),
    backplans.UNDATED: _l(
        "No closing date is known. Set your own target date on the application’s page, and the plan counts "
        "back from it."
    ),
    backplans.DONE: _l("Nothing is left to be planned: every task is done."),
}


@dataclass(frozen=True, slots=True)
class Hours:
    """The field for a person's weekly hours: what was typed or is reckoned with, and what is wrong with it."""

    worker: Worker
    name: str
    value: str
    error: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A task in the picture; ``anchor`` tells whether its label begins or ends at ``label_x``."""

    line: Line
    y: int
    x: int
    width: int
    label_x: int
    anchor: str
    letters: int
    words: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A meeting or the closing in the picture."""

    x: int
    words: str
    kind: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """The picture with everything at its place."""

    weeks: Weeks
    height: int
    bars: tuple[Bar, ...]
    marks: tuple[Mark, ...]


@bp.get("/applications/<int:number>/plan")
@allow(Thing.APPLICATIONS, Act.READ)
def show(number: int) -> ResponseReturnValue:
    """Propose dates; the query tries other hours (``hours-<person>``) or leaves council out (``council=no``)."""
    return _page(owned(ApplicationRow, number))


@bp.post("/applications/<int:number>/plan")
@allow(Thing.APPLICATIONS, Act.WRITE)
def accept(number: int) -> ResponseReturnValue:
    """Give the tasks the dates that were shown (field ``stamp``); where something changed meanwhile, show it anew."""
    application = owned(ApplicationRow, number)
    hand = Hand(signed_in().id, clock.now())
    try:
        with transaction() as session:
            changed = backplans.accept(session, workspace(), number, request.form.get("stamp", ""), hand)
    except (OutdatedError, NoPlanError, CircularError):
        return _page(application, outdated=True), HTTPStatus.CONFLICT
    said = ngettext(
        "The plan is accepted: one task has a new date.",
        "The plan is accepted: %(num)s tasks have new dates.",
        changed,
    )
    flash(said, "good")
    return redirect(url_for("applications.show", number=number))


def _page(application: ApplicationRow, *, outdated: bool = False) -> str:
    community = workspace()
    title = titles(db.session(), [application])[application.id].in_(current_language())
    shared = {"application": application, "title": title, "community": community, "outdated": outdated}
    tried, typed_hours, errors = _tried()
    try:
        proposal = backplans.propose(db.session(), community, application.id, clock.now(), tried)
    except NoPlanError as fault:
        return render_template("backplans/none.html", why=NO_PLAN[fault.why], **shared)
    except CircularError:
        circle = _("Some tasks wait for each other, so none of them can begin. Change what they wait for.")
        return render_template("backplans/none.html", why=circle, **shared)
    fields = [_field(worker, typed_hours, errors) for worker in proposal.workers]
    return render_template(
        "backplans/show.html",
        proposal=proposal,
        plan=proposal.plan,
        tried=tried,
        closing=_closing_words(proposal),
        fields=fields,
        problems=[(field.name, field.error) for field in fields if field.error],
        drawing=drawing(proposal, clock.today(community.zone)),
        begins=min((line.step.start for line in proposal.lines if line.step.start), default=None),
        ends=max((line.step.finish for line in proposal.lines if line.step.finish), default=None),
        total=hours(sum(minutes for line in proposal.lines for _day, minutes in line.step.days)),
        hours=_hours_of,
        **shared,
    )


def _closing_words(proposal: Proposal) -> str:
    if proposal.closing.deadline is None:
        return phrases.day(proposal.closing.day, current_language())
    return phrases.deadline_words(proposal.closing.deadline, reader(workspace()))


def _hours_of(line: Line) -> str:
    minutes = sum(minutes for _day, minutes in line.step.days)
    return hours(minutes) if minutes else "–"


# Trying out other hours


def _tried() -> tuple[WhatIf, Mapping[int, str], Mapping[int, str]]:
    """Read from the query what is tried; also what was typed, and what is wrong with it, by person."""
    weekly: dict[int, int] = {}
    typed: dict[int, str] = {}
    errors: dict[int, str] = {}
    for name, value in request.args.items():
        person = name.removeprefix("hours-")
        if person == name or not _NUMBER.fullmatch(person) or not value.strip():
            continue
        typed[int(person)] = value
        minutes = _minutes(value)
        if minutes is None:
            errors[int(person)] = _("Type hours a week from 0 to 80, such as 7 or 7.5.")
        else:
            weekly[int(person)] = minutes
    return WhatIf(weekly, without_council=request.args.get("council") == "no"), typed, errors


def _minutes(typed: str) -> int | None:
    """Read hours a week, with a point or a comma; ``None`` for what is no such number."""
    found = _HOURS.fullmatch(typed.strip())
    if found is None:
        return None
    minutes = int(Decimal(f"{found[1]}.{found[2] or 0}") * 60)
    return minutes if minutes <= backplans.MOST_WEEKLY else None


def _field(worker: Worker, typed: Mapping[int, str], errors: Mapping[int, str]) -> Hours:
    number = format_decimal(Decimal(worker.weekly) / 60, "0.##", locale=phrases.LOCALES[current_language()])
    return Hours(worker, f"hours-{worker.id}", typed.get(worker.id, number), errors.get(worker.id, ""))


# The picture


def drawing(proposal: Proposal, today: date) -> Drawing:
    """Put tasks, meetings and the closing at their place, from today to the week after the last of them."""
    dated = [line for line in proposal.lines if line.step.start is not None and line.step.finish is not None]
    ends = [proposal.closing.day, *(line.step.finish for line in dated if line.step.finish)]
    first = min([today, *(line.step.start for line in dated if line.step.start)])
    weeks = Weeks(first, max(*ends, first) + timedelta(days=7))
    bars = tuple(_bar(line, TOP + place * ROW, weeks) for place, line in enumerate(dated))
    return Drawing(weeks, TOP + len(bars) * ROW + 8, bars, tuple(_marks(proposal, weeks)))


def _bar(line: Line, y: int, weeks: Weeks) -> Bar:
    start, finish = line.step.start or weeks.first, line.step.finish or weeks.first
    x = weeks.x(start)
    width = max(weeks.width(start, finish), LEAST_BAR)
    x = min(x, WIDTH - width)
    after = WIDTH - x - width
    right = after >= x
    room = (after if right else x) // LETTER - 2
    span = _span(start, finish)
    label = line.title.in_(current_language())
    words = f"{label}, {line.who or _('nobody')}, {span}"
    label_x = x + width + LETTER if right else x - LETTER
    return Bar(line, y, x, width, label_x, "start" if right else "end", max(room, 8), words)


def _span(start: date, finish: date) -> str:
    if start == finish:
        return _short(start)
    return _("%(first)s to %(last)s", first=_short(start), last=_short(finish))


def _marks(proposal: Proposal, weeks: Weeks) -> Iterator[Mark]:
    for row in proposal.meetings:
        if row.on <= weeks.last:
            yield Mark(weeks.x(row.on), _("Council, %(day)s", day=_short(row.on)), "meeting")
    yield Mark(weeks.x(proposal.closing.day), _("Closing, %(day)s", day=_short(proposal.closing.day)), "closing")


def _short(on: date) -> str:
    return phrases.day(on, current_language(), weekday=False, year=False)
