"""How broad words are meant, and what is not relevant: kept for members of a community, in the address for others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from grants import clock
from grants.domain import phrases
from grants.domain.communities import Community
from grants.domain.matching import MOST_CHOSEN, Understanding
from grants.domain.people import HOME_ZONE
from grants.domain.plans import Plan, Priority
from grants.services import catalogue, feedback, shortlist
from grants.services.catalogue import Catalogue, NotFoundError
from grants.services.feedback import NOTHING_SAID, About, Own
from grants.services.shortlist import Choice, Shortlist
from grants.store.database import db, transaction
from grants.store.people import role_in
from grants.web.access import Act, Thing, allow, current_person, signed_in
from grants.web.formats import typed
from grants.web.language import PREFIX, current_language
from grants.web.people import safe_back

bp = Blueprint("feedback", __name__, url_prefix=PREFIX)

MOST_ASKED: Final = 30
"""Readings that are taken from an address."""
LONGEST_NUMBER: Final = 3


@dataclass(frozen=True, slots=True)
class Reading:
    """One concrete way to read broad words: ``address`` is the page with it chosen, or taken away where it is."""

    key: str
    words: str
    chosen: bool
    address: str


@dataclass(frozen=True, slots=True)
class Marked:
    """A program that members marked not relevant, and in words by whom and when."""

    choice: Choice
    words: str


@dataclass(frozen=True, slots=True)
class Said:
    """What was said of the priorities on this page: by the community where a member reads it, else in the address."""

    member: bool
    own: Own
    asked: Mapping[int, tuple[str, ...]]

    def read(self, plan: Plan) -> Plan:
        """Give a plan with the readings chosen for its priorities."""
        if self.member:
            return replace(plan, priorities=tuple(self.own.read(each) for each in plan.priorities))
        return replace(plan, priorities=tuple(read_as(plan.priorities, self.asked)))

    def apart(self, found: Shortlist) -> tuple[Shortlist, tuple[Marked, ...]]:
        """Part a shortlist from what members marked not relevant."""
        rest, marked = self.own.apart(found)
        return rest, tuple(
            Marked(choice, _("%(name)s, %(day)s", name=mark.name, day=_day(mark.at))) for choice, mark in marked
        )

    def chosen_by(self, priority: Priority) -> str:
        """Say in words who chose the reading of a priority and when; empty where it is in the address."""
        reading = self.own.readings.get(priority.key)
        return _("%(name)s, %(day)s", name=reading.name, day=_day(reading.at)) if reading else ""


def said(community: Community) -> Said:
    """Gather what was said for this request: only a member of the community gets what it keeps."""
    person = current_person()
    session = db.session()
    member = person is not None and role_in(session, person.id, community.key) is not None
    return Said(member, feedback.own(session, community.key) if member else NOTHING_SAID, asked())


def asked() -> dict[int, tuple[str, ...]]:
    """Read from the address how broad words are meant: ``reading=2:community-belonging`` is for the second priority."""
    chosen: dict[int, tuple[str, ...]] = {}
    for each in request.args.getlist("reading")[:MOST_ASKED]:
        number, _colon, key = each.partition(":")
        if key and number.isdecimal() and len(number) <= LONGEST_NUMBER:
            kept = chosen.get(int(number), ())
            chosen[int(number)] = (*kept, key)[:MOST_CHOSEN]
    return chosen


def read_as(priorities: Sequence[Priority], chosen: Mapping[int, tuple[str, ...]]) -> list[Priority]:
    """Give priorities with the readings chosen for them by number."""
    return [replace(each, reading=chosen.get(number, ())) for number, each in enumerate(priorities, start=1)]


def readings(present: Catalogue, understanding: Understanding, number: int) -> list[Reading]:
    """List how broad words may be read: those chosen, then those offered."""
    chosen = understanding.chosen
    return [
        Reading(key, words, key in chosen, _turned(number, key, chosen))
        for key in dict.fromkeys((*chosen, *understanding.readings))
        for words in shortlist.labels([key], present.concepts, current_language())
    ]


def _turned(number: int, key: str, chosen: Sequence[str]) -> str:
    """Give this page's address with one reading of one priority chosen, or taken away where it is."""
    own = [each for each in chosen if each != key] if key in chosen else [*chosen, key]
    kept = [
        (name, value)
        for name, value in request.args.items(multi=True)
        if value and name != "page" and not (name == "reading" and value.partition(":")[0] == str(number))
    ]
    query = urlencode([*kept, *(("reading", f"{number}:{each}") for each in own)], safe=":")
    return f"{request.path}{'?' if query else ''}{query}#priority-{number}"


def _day(at: datetime) -> str:
    return phrases.day(at.astimezone(ZoneInfo(HOME_ZONE)).date(), current_language(), weekday=False)


@bp.post("/communities/<key>/readings")
@allow(Thing.FEEDBACK, Act.WRITE, community="key")
def read(key: str) -> ResponseReturnValue:
    """Keep a reading of a priority (``priority``, ``choose``), or drop one (``drop``), and go back (``back``)."""
    person, now = _member(key), clock.now()
    about = About(key, _field("priority"))
    try:
        with transaction() as session:
            if "drop" in request.form:
                feedback.take_back(session, about, _field("drop"), person=person, now=now)
                done = _("This reading is no longer used.")
            else:
                feedback.choose(session, catalogue.present(session), about, _field("choose"), person=person, now=now)
                done = _("This reading is kept. Only members of the community see it.")
    except NotFoundError:
        abort(404)
    flash(done, "good")
    return _back(key)


@bp.post("/communities/<key>/not-relevant")
@allow(Thing.FEEDBACK, Act.WRITE, community="key")
def mark(key: str) -> ResponseReturnValue:
    """Mark a program (``program``) not relevant for a priority (``priority``) and go back (``back``)."""
    person, now = _member(key), clock.now()
    about = About(key, _field("priority"))
    try:
        with transaction() as session:
            feedback.mark(session, catalogue.present(session), about, _field("program"), person=person, now=now)
    except NotFoundError:
        abort(404)
    flash(_("Marked not relevant: folded under this priority. Only members of the community see the mark."), "good")
    return _back(key)


@bp.post("/communities/<key>/not-relevant/undo")
@allow(Thing.FEEDBACK, Act.WRITE, community="key")
def unmark(key: str) -> ResponseReturnValue:
    """Take the mark of a program (``program``) for a priority (``priority``) back and go back (``back``)."""
    _member(key)
    with transaction() as session:
        taken = feedback.unmark(session, About(key, _field("priority")), _field("program"))
    if not taken:
        abort(404)
    flash(_("The mark is gone: the program stands in its place again."), "good")
    return _back(key)


def _member(key: str) -> int:
    """Give who is signed in, if they work for the community; to anybody else it has no such page."""
    person, session = signed_in(), db.session()
    if key not in catalogue.present(session).communities or role_in(session, person.id, key) is None:
        abort(404)
    return person.id


def _field(name: str) -> str:
    return typed(request.form.get(name, ""))


def _back(key: str) -> ResponseReturnValue:
    return redirect(safe_back(request.form.get("back")) or url_for("communities.show", key=key), 303)
