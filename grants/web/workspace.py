"""The one page of a community: what is due, who does what by when, what is at risk, what others changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, cast

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext

from grants import clock
from grants.domain import phrases
from grants.domain.agenda import Due, DueKind, Part, Risk, RiskKind
from grants.services import deletion, tracking, workspace
from grants.store.database import db
from grants.web import access, happenings
from grants.web.access import Act, Thing, allow, may, sign_in_row, signed_in
from grants.web.formats import moment, reader
from grants.web.language import PREFIX, current_language
from grants.web.meetings import days_words
from grants.web.weeks import Weeks

bp = Blueprint("workspace", __name__, url_prefix=PREFIX)

_l = cast("Any", lazy_gettext)

PICTURE: Final = timedelta(weeks=12)
RISKS_SHOWN: Final = 8
LATER_SHOWN: Final = 15
CHANGES_SHOWN: Final = 8

TOP: Final = 44
ROW: Final = 56
LETTERS: Final = 60
"""How many letters of a title the picture has room for."""

HEADINGS: Final[Mapping[Part, Any]] = {
    Part.TODAY: _l("Today"),
    Part.WEEK: _l("In the next 7 days"),
    Part.LATER: _l("Later"),
}
KINDS: Final[Mapping[DueKind, Any]] = {
    DueKind.CLOSING: _l("Closes"),
    DueKind.REPORT: _l("Report"),
    DueKind.TASK: _l("Task"),
    DueKind.COUNCIL: _l("Meeting"),
    DueKind.PAPERS: _l("Agenda papers"),
    DueKind.OPENING: _l("Opens"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A due thing in words.

    ``about`` is the title of its application, empty where it has none; ``when`` the day with its hour where it has one;
    ``address`` leads to it.
    """

    due: Due
    kind: str
    title: str
    about: str
    when: str
    left: str
    address: str


@dataclass(frozen=True, slots=True)
class Group:
    """A part of the list; ``more`` is folded."""

    part: Part
    heading: str
    lines: Sequence[Line]
    more: Sequence[Line]


@dataclass(frozen=True, slots=True)
class Danger:
    """A risk in words, with where to deal with it and what that page is called."""

    kind: RiskKind
    words: str
    address: str
    link: str


@dataclass(frozen=True, slots=True)
class Dot:
    """A due thing in the picture."""

    x: int
    kind: str
    words: str


@dataclass(frozen=True, slots=True)
class Track:
    """An application in the picture: a line to its closing, where that is known, and a dot for each due thing."""

    title: str
    address: str
    words: str
    y: int
    end: int | None
    to_later: bool
    dots: tuple[Dot, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """Twelve weeks with everything at its place."""

    weeks: Weeks
    height: int
    tracks: tuple[Track, ...]
    meetings: tuple[Dot, ...]


@bp.get("/workspace")
@allow(Thing.APPLICATIONS, Act.READ)
def index() -> ResponseReturnValue:
    """Show everything of the community, or what concerns one of its people (query ``who``)."""
    person, community, session, now = signed_in(), access.workspace(), db.session(), clock.now()
    who = _who(request.args.get("who"))
    seen = workspace.overview(session, community, who, now)
    known = {member.id for member in seen.members}
    if who is not None and who not in known:
        who, seen = None, workspace.overview(session, community, None, now)
    lines = [_line(due, seen.today) for due in _worth_showing(seen.dues)]
    since = tracking.last_visit(session, person, sign_in_row())
    changes = workspace.changes(session, community, since, not_by=person.id) if since is not None else ()
    dangers = [_danger(risk, seen.today) for risk in seen.risks]
    waiting = deletion.standing(session, community.key)
    return render_template(
        "workspace/index.html",
        community=community,
        person=person,
        seen=seen,
        who=who,
        name=next((member.name for member in seen.members if member.id == who), ""),
        answer=_answer(lines, dangers),
        deleted_on=moment(waiting.due_at, community.zone) if waiting else "",
        dangers=dangers[:RISKS_SHOWN],
        more_dangers=dangers[RISKS_SHOWN:],
        groups=list(_groups(lines)),
        picture=picture(seen.dues, seen.today),
        since=happenings.moment_words(since, community) if since is not None else None,
        changes=happenings.happenings(session, community, changes[:CHANGES_SHOWN]),
        more_changes=happenings.happenings(session, community, changes[CHANGES_SHOWN:]),
        links=list(_links()),
    )


def _who(asked: str | None) -> int | None:
    return int(asked) if asked and asked.isascii() and asked.isdecimal() and len(asked) <= 9 else None  # noqa: PLR2004


def _worth_showing(dues: Sequence[Due]) -> Iterator[Due]:
    """Leave out meetings that nothing waits for, but the next one, and papers for those."""
    next_shown = False
    for due in dues:
        if due.is_meeting and not due.awaited:
            if due.kind is DueKind.PAPERS or next_shown:
                continue
            next_shown = True
        yield due


def _line(due: Due, today: date) -> Line:
    language = current_language()
    when = phrases.day(due.day, language)
    if due.deadline is not None:
        when = phrases.deadline_words(due.deadline, reader(access.workspace()))
    return Line(
        due,
        str(KINDS[due.kind]),
        due.title.in_(language),
        _about(due),
        when,
        days_words(due.day, today),
        _address(due),
    )


def _about(due: Due) -> str:
    return due.about.in_(current_language()) if due.about is not None else ""


def _address(due: Due) -> str:
    if due.application is None:
        return url_for("meetings.index")
    anchor = f"task-{due.task}" if due.task is not None else None
    return url_for("applications.show", number=due.application, _anchor=anchor)


def _groups(lines: Sequence[Line]) -> Iterator[Group]:
    today = clock.today(access.workspace().zone)
    for part, heading in HEADINGS.items():
        those = [line for line in lines if line.due.part(today) is part]
        if those:
            shown = LATER_SHOWN if part is Part.LATER else len(those)
            yield Group(part, str(heading), those[:shown], those[shown:])


# The answer


def _answer(lines: Sequence[Line], dangers: Sequence[Danger]) -> list[str]:
    """Say in two sentences what is due soonest and whether anything is at risk."""
    today = clock.today(access.workspace().zone)
    ahead = [line for line in lines if line.due.part(today) is not Part.PAST]
    soon = [line for line in ahead if line.due.part(today) is not Part.LATER]
    said = []
    if soon:
        said.append(
            ngettext(
                "One thing is due in the next 7 days: %(next)s.",
                "%(num)s things are due in the next 7 days, the first: %(next)s.",
                len(soon),
                next=_in_short(soon[0]),
            )
        )
    elif ahead:
        said.append(_("Nothing is due in the next 7 days. The next: %(next)s.", next=_in_short(ahead[0])))
    else:
        said.append(_("Nothing with a date is ahead."))
    if dangers:
        said.append(ngettext("One thing is at risk.", "%(num)s things are at risk.", len(dangers)))
    else:
        said.append(_("Nothing is at risk, as far as is known here."))
    return said


def _in_short(line: Line) -> str:
    due = line.due
    if due.kind is DueKind.CLOSING:
        return _("%(about)s closes %(left)s", about=line.about, left=line.left)
    if due.kind is DueKind.OPENING:
        return _("%(about)s opens %(left)s", about=line.about, left=line.left)
    if due.is_meeting:
        return _("%(what)s, %(left)s", what=line.title, left=line.left)
    who = due.who or _("no owner yet")
    return _("“%(what)s” for %(about)s, %(left)s (%(who)s)", what=line.title, about=line.about, left=line.left, who=who)


# Risks

PLANNED_ANEW: Final = frozenset({RiskKind.CANNOT, RiskKind.OVERLOAD, RiskKind.COUNCIL_SOON, RiskKind.TOO_LATE})
"""What is mended on the page of the plan."""


def _danger(risk: Risk, today: date) -> Danger:
    address, link = _where(risk)
    return Danger(risk.kind, _risk_words(risk, today), address, link)


def _where(risk: Risk) -> tuple[str, str]:
    """Give where a risk is dealt with: the application, its task or plan, the document, the member."""
    if risk.kind is RiskKind.LETTERS or risk.application is None:
        return url_for("members.index"), _("To the members")
    number = risk.application
    if risk.kind in PLANNED_ANEW:
        return url_for("backplans.show", number=number), _("To the plan")
    if risk.document is not None and may(Thing.DOCUMENTS, Act.READ):
        return url_for("documents.show", number=risk.document[0]), _("To the document")
    anchor = f"task-{risk.task[0]}" if risk.task is not None else None
    return url_for("applications.show", number=number, _anchor=anchor), _("To the application")


def _risk_words(risk: Risk, today: date) -> str:
    if risk.why is not None:
        return risk.why.in_(current_language())
    who = risk.who or _("no owner yet")
    day = _day(risk.day) if risk.day else ""
    limit = _day(risk.limit) if risk.limit else ""
    task = risk.task[1].in_(current_language()) if risk.task is not None else ""
    match risk.kind:
        case RiskKind.CLOSED_UNSENT:
            return _("The closing was %(day)s, and it is not marked as submitted.", day=day)
        case RiskKind.UNREADABLE:
            return _("The record of its intake cannot be read, so its dates are not shown here: see the funder’s page.")
        case RiskKind.OVERDUE:
            left = days_words(risk.day or today, today)
            return _("“%(task)s” was due %(day)s, %(left)s (%(who)s).", task=task, day=day, left=left, who=who)
        case RiskKind.COUNCIL_SOON if risk.limit is not None and risk.limit < today:
            return _(
                "The last safe council meeting is %(day)s; its agenda papers were due %(limit)s.", day=day, limit=limit
            )
        case RiskKind.COUNCIL_SOON:
            return _(
                "The last safe council meeting is %(day)s; its agenda papers are due %(limit)s.", day=day, limit=limit
            )
        case RiskKind.TOO_LATE:
            return _("“%(task)s” is due %(day)s, after the closing (%(limit)s).", task=task, day=day, limit=limit)
        case RiskKind.EXPIRED:
            return _expired_words(risk, today)
        case RiskKind.NOBODY:
            return _nobody_words(*risk.counts)
        case _:
            return _("E-mails to %(name)s are not delivered, so no reminder reaches them.", name=risk.who)


def _expired_words(risk: Risk, today: date) -> str:
    named = risk.document[1] if risk.document is not None else ""
    day = _day(risk.day) if risk.day else ""
    if risk.day is not None and risk.day < today:
        return _("The document “%(name)s” has expired, %(day)s.", name=named, day=day)
    limit = _day(risk.limit) if risk.limit else ""
    return _(
        "The document “%(name)s” expires %(day)s, before the closing (%(limit)s).", name=named, day=day, limit=limit
    )


def _nobody_words(owners: int, days: int) -> str:
    said = []
    if owners:
        said.append(ngettext("One task has no owner.", "%(num)s tasks have no owner.", owners))
    if days:
        said.append(ngettext("One task has no date.", "%(num)s tasks have no date.", days))
    return " ".join(said)


def _day(on: date) -> str:
    return phrases.day(on, current_language(), weekday=False)


# The picture


def picture(dues: Sequence[Due], today: date) -> Picture:
    """Put the dues of twelve weeks at their place: a line for each application, soonest first; meetings across."""
    weeks = Weeks(today, today + PICTURE)
    inside = [due for due in dues if today <= due.day <= weeks.last]
    ahead: dict[int, list[Due]] = {due.application: [] for due in inside if due.application is not None}
    for due in dues:
        if due.application in ahead and due.day >= today:
            ahead[due.application].append(due)
    tracks = tuple(_track(those, TOP + place * ROW, weeks) for place, those in enumerate(ahead.values()))
    meetings = tuple(_dot(due, weeks) for due in inside if due.kind is DueKind.COUNCIL)
    return Picture(weeks, TOP + len(tracks) * ROW + 8, tracks, meetings)


def _track(dues: Sequence[Due], y: int, weeks: Weeks) -> Track:
    closing = next((due for due in dues if due.kind is DueKind.CLOSING), None)
    inside = [due for due in dues if due.day <= weeks.last]
    words = "; ".join(f"{due.title.in_(current_language())}, {_short(due.day)}" for due in inside)
    return Track(
        title=_about(dues[0]),
        address=url_for("applications.show", number=dues[0].application),
        words=words,
        y=y,
        end=weeks.x(closing.day) if closing is not None else None,
        to_later=closing is not None and closing.day > weeks.last,
        dots=tuple(_dot(due, weeks) for due in inside),
    )


def _dot(due: Due, weeks: Weeks) -> Dot:
    half_a_day = weeks.width(due.day, due.day) // 2
    return Dot(weeks.x(due.day) + half_a_day, due.kind.value, f"{due.title.in_(current_language())}, {_short(due.day)}")


def _short(on: date) -> str:
    return phrases.day(on, current_language(), weekday=False, year=False)


# Ways on


def _links() -> Iterator[tuple[str, str]]:
    for words, endpoint, thing, act in (
        (_("Applications"), "applications.index", Thing.APPLICATIONS, Act.READ),
        (_("Documents kept ready"), "documents.index", Thing.DOCUMENTS, Act.READ),
        (_("Meetings"), "meetings.index", Thing.CALENDAR, Act.READ),
        (_("Members"), "members.index", Thing.MEMBERS, Act.READ),
        (_("Sharing with the ministry"), "sharing.index", Thing.SHARING, Act.READ),
        (_("Export"), "exports.index", Thing.EXPORT, Act.READ),
        (_("Deletion"), "deletion.index", Thing.DELETION, Act.READ),
    ):
        if may(thing, act):
            yield words, url_for(endpoint)
