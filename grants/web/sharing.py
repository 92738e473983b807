"""What a community shares with the ministry: the switches, what would be seen, and the log of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from grants import clock
from grants.domain import phrases
from grants.domain.applications import State, state_words
from grants.domain.budgets import Budget, cents_words
from grants.domain.communities import Community
from grants.domain.people import Role
from grants.services import sharing
from grants.services.catalogue import NotFoundError
from grants.services.sharing import Line, SharedTask, Summary, Turn
from grants.store.applications import ApplicationRow
from grants.store.database import db, transaction
from grants.web.access import Act, Thing, allow, owned, signed_in, workspace
from grants.web.formats import moment, reader
from grants.web.language import PREFIX, current_language
from grants.web.paging import here, paginate

bp = Blueprint("sharing", __name__, url_prefix=PREFIX)

LATEST = 5
"""Lines of the log on the page of the switches; all of them stand on their own page."""


@dataclass(frozen=True, slots=True)
class Row:
    """An application with its switch in words; ``since`` is empty while it is not shared."""

    number: int
    title: str
    state: str
    since: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the log in words."""

    moment: str
    words: str
    application: int


@dataclass(frozen=True, slots=True)
class Seen:
    """What the ministry sees of an application, in words; ``facts`` are (what, how it stands)."""

    title: str
    lead: str
    example: bool
    facts: Sequence[tuple[str, str]]
    tasks: Sequence[TaskSeen]


@dataclass(frozen=True, slots=True)
class TaskSeen:
    """A task in words."""

    title: str
    who: str
    days: str
    done: bool


@bp.get("/sharing")
@allow(Thing.SHARING, Act.READ)
def index() -> ResponseReturnValue:
    """List every application with its switch, and the latest lines of the log."""
    community, session = workspace(), db.session()
    switches = sharing.switches(session, community.key)
    lines = sharing.log(session, community.key)
    page = paginate(switches, request.args.get("page"))
    return render_template(
        "sharing/index.html",
        community=community,
        shared=sum(each.share is not None for each in switches),
        rows=[
            Row(
                number=each.application.id,
                title=each.title.in_(current_language()),
                state=_state(State(each.application.state), community),
                since=""
                if each.share is None
                else _("Shared by %(name)s since %(moment)s", name=each.share.by, moment=_moment(each.share.since)),
            )
            for each in page.items
        ],
        page=page,
        page_address=lambda number: here(page=number),
        entries=[_entry(line) for line in lines[:LATEST]],
        more=len(lines) > LATEST,
    )


@bp.get("/sharing/log")
@allow(Thing.SHARING, Act.READ)
def log() -> ResponseReturnValue:
    """Tell who shared, ended and opened what, the newest first."""
    community = workspace()
    page = paginate(sharing.log(db.session(), community.key), request.args.get("page"))
    return render_template(
        "sharing/log.html",
        community=community,
        entries=[_entry(line) for line in page.items],
        page=page,
        page_address=lambda number: here(page=number),
    )


@bp.get("/sharing/<int:application_id>")
@allow(Thing.SHARING, Act.READ)
def show(application_id: int) -> ResponseReturnValue:
    """Show exactly what the ministry sees, or would see, with the switch above it."""
    row = owned(ApplicationRow, application_id)
    share = sharing.switch(db.session(), row).share
    return render_template(
        "sharing/show.html",
        community=workspace(),
        number=row.id,
        share=share,
        since=_moment(share.since) if share is not None else "",
        seen=seen(sharing.summary(db.session(), row)),
    )


@bp.post("/sharing/<int:application_id>")
@allow(Thing.SHARING, Act.WRITE)
def turn(application_id: int) -> ResponseReturnValue:
    """Share an application (field ``turn``: ``on``) or end it (``off``), and go back to its page."""
    wanted = request.form.get("turn")
    if wanted not in {"on", "off"}:
        abort(400)
    act = sharing.share if wanted == "on" else sharing.unshare
    try:
        with transaction() as session:
            changed = act(session, workspace().key, application_id, by=signed_in().id, now=clock.now())
    except NotFoundError:
        abort(404)
    flash(_turned(on=wanted == "on", changed=changed), "good")
    return redirect(url_for("sharing.show", application_id=application_id))


def _turned(*, on: bool, changed: bool) -> str:
    if on:
        return _("The ministry can see this now.") if changed else _("The ministry could see this already.")
    if changed:
        return _("The ministry no longer sees this; pages that are open there no longer work.")
    return _("The ministry did not see this.")


def seen(told: Summary) -> Seen:
    """Put what the ministry sees into words: the same for those who share and those who read."""
    language, place = current_language(), reader(told.community)
    program = told.program.in_(language)
    if told.stream is not None:
        program = f"{program} – {told.stream.in_(language)}"
    facts = [(_("Program"), program), (_("State"), _state(told.state, told.community))]
    if told.closes is not None:
        facts.append((_("Closes"), phrases.deadline_words(told.closes, place, checked=told.checked)))
    if told.target_on is not None:
        facts.append((_("Own target date"), phrases.day(told.target_on, language)))
    facts += _amounts(told.budget)
    return Seen(
        title=told.title.in_(language),
        lead=_("An application of %(name)s", name=told.community.title),
        example=told.example,
        facts=facts,
        tasks=[_task(each) for each in told.tasks],
    )


def _amounts(budget: Budget) -> list[tuple[str, str]]:
    named = (
        (_("Asked of the funder"), budget.asked),
        (_("Own money"), budget.own),
        (_("From other funders"), budget.other or None),
        (_("Total cost"), budget.total),
        (_("Awarded"), budget.awarded),
    )
    language = current_language()
    return [(words, cents_words(cents).in_(language)) for words, cents in named if cents is not None]


def _task(task: SharedTask) -> TaskSeen:
    language = current_language()
    days = ""
    if task.due_on is not None:
        due = phrases.day(task.due_on, language, weekday=False)
        if task.starts_on is not None and task.starts_on != task.due_on:
            start = phrases.day(task.starts_on, language, weekday=False)
            days = _("from %(start)s, due %(due)s", start=start, due=due)
        else:
            days = _("due %(due)s", due=due)
    who = {Role.LEAD: _("plan lead"), Role.WRITER: _("grant writer")}
    return TaskSeen(
        title=task.title.in_(language),
        who=who[task.role] if task.role in who else _("no owner yet"),
        days=days or _("no date"),
        done=task.done,
    )


def _entry(line: Line) -> Entry:
    title = line.title.in_(current_language())
    words = {
        Turn.SHARED: _("%(name)s shared “%(title)s” with the ministry", name=line.by, title=title),
        Turn.UNSHARED: _("%(name)s stopped sharing “%(title)s”", name=line.by, title=title),
        Turn.OPENED: _("%(name)s of the ministry opened “%(title)s”", name=line.by, title=title),
    }[line.turn]
    return Entry(_moment(line.at), words, line.application)


def _state(state: State, community: Community) -> str:
    return state_words(state, community.kind).in_(current_language())


def _moment(at: datetime) -> str:
    return moment(at, workspace().zone, weekday=False)
