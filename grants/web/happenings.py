"""What happened in a workspace, in words: for the page of a community and for the history of an application."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, cast

from babel.numbers import format_decimal
from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext
from sqlalchemy.orm import Session

from grants.domain import phrases
from grants.domain.applications import State, state_words
from grants.domain.bilingual import Bilingual
from grants.domain.communities import Community
from grants.domain.documents import KIND_WORDS, DocumentKind
from grants.domain.meetings import BODY_WORDS, Body
from grants.domain.records import read
from grants.domain.works import WorkKind
from grants.services.events import What
from grants.store import tenants, workspaces
from grants.store.applications import ApplicationRow, EventRow, titles
from grants.web.formats import moment
from grants.web.language import current_language

_l = cast("Any", lazy_gettext)

HOUR: Final = 60
FEW: Final = 3
"""How many days of a list are named one by one."""

FIELDS: Final[Mapping[str, Any]] = {
    "title": _l("Title"),
    "owner": _l("Owner"),
    "target_on": _l("Your own target date"),
    "reference": _l("The funder’s number"),
    "asked": _l("Amount asked"),
    "own": _l("Own contribution"),
    "other": _l("Other contributions"),
    "awarded": _l("Amount awarded"),
    "due_on": _l("Due"),
    "starts_on": _l("Begins"),
    "minutes": _l("Effort"),
    "kind": _l("Kind"),
    "kept_at": _l("Where it is kept"),
    "dated_on": _l("Dated"),
    "expires_on": _l("Expires"),
    "note": _l("Note"),
}
"""What the fields of events are called; a field that is not here is not told."""

WORK_KINDS: Final[Mapping[WorkKind, Any]] = {
    WorkKind.WORK: _l("Work"),
    WorkKind.REGISTRATION: _l("Registration"),
    WorkKind.COUNCIL: _l("Decision of council"),
    WorkKind.SUBMIT: _l("Submission"),
    WorkKind.REPORT: _l("Report to the funder"),
}
SETTLED: Final[Mapping[str, Any]] = {"ready": _l("ready"), "not-needed": _l("not needed"), "": _l("still open")}
ROLES: Final[Mapping[str, Any]] = {"writer": _l("grant writer"), "lead": _l("plan lead")}


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened.

    ``moment`` is when by the community's clock, ``words`` the whole sentence with who did it, ``changes`` a line for
    each field that changed, ``reason`` the person's own words. ``application`` and ``title`` name the application where
    it concerns one that is still there.
    """

    moment: str
    words: str
    changes: tuple[str, ...]
    reason: str
    application: int | None
    title: str


def happenings(session: Session, community: Community, events: Iterable[EventRow]) -> list[Happening]:
    """Put events of a community into words, in the order given, in the language of the page. Cost: three queries."""
    told = list(events)
    wanted = {event.application for event in told if event.application is not None}
    named: dict[int, str] = {}
    if wanted:
        chosen = tenants.of(ApplicationRow, community.key).where(ApplicationRow.id.in_(wanted))
        every = titles(session, session.scalars(chosen))
        named = {number: each.in_(current_language()) for number, each in every.items()}
    names = workspaces.names(session, set(_people_in(told)))
    return [_happening(event, community, names, named) for event in told]


def _people_in(events: Iterable[EventRow]) -> Iterator[int]:
    for event in events:
        if event.person is not None:
            yield event.person
        yield from (each for each in _fields(event).get("owner", ()) if isinstance(each, int))


def _fields(event: EventRow) -> Mapping[str, list[Any]]:
    return event.details.get("fields") or {}


def _happening(event: EventRow, community: Community, names: Mapping[int, str], named: Mapping[int, str]) -> Happening:
    who = names.get(event.person, _("Somebody")) if event.person is not None else _("This site")
    return Happening(
        moment=moment_words(event.at, community),
        words=_words(event, who, community),
        changes=tuple(_changes(event, names)),
        reason=str(event.details.get("reason") or ""),
        application=event.application if event.application in named else None,
        title=named.get(event.application, "") if event.application is not None else "",
    )


def moment_words(at: datetime, community: Community) -> str:
    """Write a moment by the community's clock: ``Tuesday 24 November 2026, 4:30 p.m.``."""
    return moment(at, community.zone)


def _words(event: EventRow, who: str, community: Community) -> str:
    try:
        what = What(event.kind)
    except ValueError:
        return _("%(who)s changed something", who=who)
    told = event.details
    if what in _PLAIN:
        return _PLAIN[what](who)
    if what in _TASKS:
        return _TASKS[what](who, _titled(told))
    if what in _DOCUMENTS:
        return _DOCUMENTS[what](who, str(told.get("title", "")))
    if what in _MEETINGS:
        return _MEETINGS[what](who, told)
    return _others(what, who, told, community)


_PLAIN: Final[Mapping[What, Callable[[str], str]]] = {
    What.BEGUN: lambda who: _("%(who)s began the application", who=who),
    What.CHANGED: lambda who: _("%(who)s changed the application", who=who),
    What.NOTE_ADDED: lambda who: _("%(who)s wrote a note", who=who),
    What.NOTE_CHANGED: lambda who: _("%(who)s changed a note", who=who),
    What.SHARED: lambda who: _("%(who)s shared the application with the ministry", who=who),
    What.UNSHARED: lambda who: _("%(who)s ended the sharing of the application", who=who),
    What.OPENED: lambda who: _("%(who)s of the ministry opened the shared application", who=who),
    What.EXPORTED: lambda who: _("%(who)s exported the whole workspace", who=who),
    What.DELETION_ASKED: lambda who: _("%(who)s asked for the deletion of the workspace", who=who),
    What.DELETION_WITHDRAWN: lambda who: _("%(who)s withdrew the deletion of the workspace", who=who),
}

_TASKS: Final[Mapping[What, Callable[[str, str], str]]] = {
    What.TASK_ADDED: lambda who, task: _("%(who)s added the task “%(task)s”", who=who, task=task),
    What.TASK_CHANGED: lambda who, task: _("%(who)s changed the task “%(task)s”", who=who, task=task),
    What.TASK_DONE: lambda who, task: _("%(who)s finished the task “%(task)s”", who=who, task=task),
    What.TASK_REOPENED: lambda who, task: _("%(who)s reopened the task “%(task)s”", who=who, task=task),
    What.TASK_REMOVED: lambda who, task: _("%(who)s removed the task “%(task)s”", who=who, task=task),
}

_DOCUMENTS: Final[Mapping[What, Callable[[str, str], str]]] = {
    What.DOCUMENT_ADDED: lambda who, name: _("%(who)s added the document “%(name)s”", who=who, name=name),
    What.DOCUMENT_CHANGED: lambda who, name: _("%(who)s changed the document “%(name)s”", who=who, name=name),
    What.DOCUMENT_REMOVED: lambda who, name: _("%(who)s removed the document “%(name)s”", who=who, name=name),
}


def _meetings_added(who: str, told: Mapping[str, Any]) -> str:
    days = [_day(each) for each in told.get("days", ())]
    body = _body(told)
    if len(days) > FEW:
        return ngettext(
            "%(who)s added %(num)s meeting: %(body)s, the first on %(day)s",
            "%(who)s added %(num)s meetings: %(body)s, the first on %(day)s",
            len(days),
            who=who,
            body=body,
            day=days[0],
        )
    return _("%(who)s added: %(body)s, %(days)s", who=who, body=body, days="; ".join(days))


def _meeting_moved(who: str, told: Mapping[str, Any]) -> str:
    before, after = _day(told.get("from")), _day(told.get("to"))
    if before == after:
        return _("%(who)s changed: %(body)s, %(day)s", who=who, body=_body(told), day=after)
    return _(
        "%(who)s moved: %(body)s, from %(before)s to %(after)s", who=who, body=_body(told), before=before, after=after
    )


def _meeting_removed(who: str, told: Mapping[str, Any]) -> str:
    return _("%(who)s removed: %(body)s, %(day)s", who=who, body=_body(told), day=_day(told.get("from")))


_MEETINGS: Final[Mapping[What, Callable[[str, Mapping[str, Any]], str]]] = {
    What.MEETING_ADDED: _meetings_added,
    What.MEETING_MOVED: _meeting_moved,
    What.MEETING_REMOVED: _meeting_removed,
}


def _others(what: What, who: str, told: Mapping[str, Any], community: Community) -> str:
    name = str(told.get("name", ""))
    match what:
        case What.MOVED:
            before, after = (_state(told.get(each), community) for each in ("from", "to"))
            return _(
                "%(who)s moved the application from “%(before)s” to “%(after)s”", who=who, before=before, after=after
            )
        case What.CHECKED:
            return _(
                "%(who)s marked “%(wording)s” of the checklist: %(settled)s",
                who=who,
                wording=_titled(told, "wording"),
                settled=SETTLED.get(str(told.get("settled", "")), ""),
            )
        case What.PLANNED:
            count = int(told.get("tasks", 0))
            return ngettext(
                "%(who)s accepted the plan: %(num)s date", "%(who)s accepted the plan: %(num)s dates", count, who=who
            )
        case What.INVITED:
            return _(
                "%(who)s invited %(email)s as %(role)s", who=who, email=told.get("email", ""), role=_role(told, "role")
            )
        case What.JOINED:
            return _("%(name)s joined as %(role)s", name=name or who, role=_role(told, "role"))
        case What.LEFT:
            return _("%(name)s no longer works for the community", name=name or who)
        case _:
            return _(
                "%(who)s changed the role of %(name)s from %(before)s to %(after)s",
                who=who,
                name=name,
                before=_role(told, "before"),
                after=_role(told, "after"),
            )


def _changes(event: EventRow, names: Mapping[int, str]) -> Iterator[str]:
    told = _fields(event)
    for name, label in FIELDS.items():
        if name in told:
            before, after = (_value(name, each, names) for each in told[name])
            yield _("%(field)s: was %(before)s, is now %(after)s", field=label, before=before, after=after)


def _value(name: str, value: Any, names: Mapping[int, str]) -> str:  # noqa: ANN401 - plain values of JSON
    language = current_language()
    if name == "owner":
        return names.get(value, _("somebody")) if isinstance(value, int) else str(value or _("nobody"))
    if value is None or value == "":
        return _("the name of the program") if name == "title" else _("nothing")
    if name in {"asked", "own", "other", "awarded"} and isinstance(value, int):
        return phrases.money(Decimal(value) / 100, language)
    if name == "minutes" and isinstance(value, int):
        return hours(value)
    if name.endswith("_on"):
        return _day(value)
    if name == "kind":
        return _kind(str(value))
    return said_of(value)


def _kind(value: str) -> str:
    if value in set(WorkKind):
        return str(WORK_KINDS[WorkKind(value)])
    return KIND_WORDS[DocumentKind(value)].in_(current_language()) if value in set(DocumentKind) else value


def hours(minutes: int) -> str:
    """Write effort: ``7 hours``, ``1.5 hours``, ``20 minutes``."""
    if 0 < minutes < HOUR:
        return ngettext("%(num)s minute", "%(num)s minutes", minutes)
    # French counts in the plural from two on, English everything but one.
    single = minutes == HOUR or (current_language() == "fr" and minutes < 2 * HOUR)
    number = format_decimal(Decimal(minutes) / HOUR, "#,##0.##", locale=phrases.LOCALES[current_language()])
    return ngettext("%(number)s hour", "%(number)s hours", 1 if single else 2, number=number)


def said_of(value: Any) -> str:  # noqa: ANN401 - plain values of JSON
    """Give words that were kept in both languages, or the same in both, in the language of the page."""
    return read(value, Bilingual).in_(current_language()) if isinstance(value, dict) else str(value)


def _titled(told: Mapping[str, Any], name: str = "title") -> str:
    return said_of(told[name]) if told.get(name) else ""


def _state(value: object, community: Community) -> str:
    known = str(value) in set(State)
    return state_words(State(str(value)), community.kind).in_(current_language()) if known else str(value or "")


def _body(told: Mapping[str, Any]) -> str:
    known = told.get("body") in set(Body)
    return BODY_WORDS[Body(told["body"])].in_(current_language()) if known else _("meeting")


def _role(told: Mapping[str, Any], name: str) -> str:
    return str(ROLES.get(str(told.get(name, "")), told.get(name, "")))


def _day(value: object) -> str:
    try:
        on = value if isinstance(value, date) else date.fromisoformat(str(value))
    except ValueError:
        return _("no day")
    return phrases.day(on, current_language(), weekday=False)
