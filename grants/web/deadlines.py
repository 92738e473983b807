"""Deadlines: what closes when, as a list and as a picture of twelve weeks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from grants import clock
from grants.domain import phrases
from grants.domain.catalogue import Level
from grants.domain.people import HOME_ZONE
from grants.services import catalogue, lookup, timeline
from grants.services.timeline import Bar, Picture, Wanted, When
from grants.store.database import db
from grants.web.access import Role, allow
from grants.web.facts import known_of
from grants.web.formats import reader, typed
from grants.web.language import PREFIX, current_language

bp = Blueprint("deadlines", __name__, url_prefix=PREFIX)

HEADINGS: Final = {
    When.TODAY: _l("Today"),
    When.WEEK: _l("In the next 7 days"),
    When.MONTH: _l("In the next 30 days"),
    When.LATER: _l("Later"),
    When.OPENING: _l("Opening"),
    When.NO_DATE: _l("No fixed date"),
    When.UNCONFIRMED: _l("May be open: ask the funder"),
}
LEVELS: Final = {
    Level.PROVINCIAL: _l("Provincial"),
    Level.FEDERAL: _l("Federal"),
    Level.MUNICIPAL: _l("Municipal"),
    Level.FOUNDATION: _l("Foundation"),
    Level.CORPORATE: _l("Corporate"),
    Level.NATIONAL_ASSOCIATION: _l("National association"),
}

# The picture, in units of its own grid.
WIDTH: Final = 1000
ROW: Final = 56
TOP: Final = 44
LETTER: Final = 10
"""How wide a letter of a label is, with some to spare."""
ROOM: Final = 400
"""How much room a label asks for beside its bar; where neither side has it, the label goes inside."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A bar of the picture at its place, and where its label starts or, with ``anchor`` "end", ends.

    ``letters`` is how many letters of the label have room; ``inside`` tells whether it stands on the bar.
    """

    bar: Bar
    x: int
    width: int
    y: int
    label_x: int
    anchor: str
    letters: int
    inside: bool


@dataclass(frozen=True, slots=True)
class Tick:
    """A Monday of the picture; ``words`` are empty where the labels would meet."""

    x: int
    words: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """The picture with everything at its place."""

    height: int
    bars: tuple[Drawn, ...]
    ticks: tuple[Tick, ...]
    picture: Picture


@bp.get("/deadlines")
@allow(Role.PUBLIC)
def index() -> ResponseReturnValue:
    """List what closes when, for everybody or for one community."""
    present = catalogue.present(db.session())
    named = typed(request.args.get("community", ""))
    community, candidates = lookup.meant(present.communities, named)
    known = known_of(present, community) if community else None
    wanted = Wanted(
        community=community,
        profile=known.profile if known else None,
        level=next((each for each in Level if each.value == request.args.get("level")), None),
        theme=request.args.get("topic") if request.args.get("topic") in dict(timeline.themes(present)) else None,
        everything=request.args.get("fit") == "all",
    )
    zone = community.zone if community else HOME_ZONE
    found = timeline.deadlines(present, wanted, clock.now(), zone=zone)
    return render_template(
        "deadlines/index.html",
        wanted=wanted,
        known=known,
        named=community.title if community else named,
        candidates=[(each, lookup.describe(each, present.communities)) for each in candidates],
        unknown_name=bool(named) and community is None and not candidates,
        found=found,
        headings=HEADINGS,
        who=reader(community),
        now=clock.now(),
        days_left=phrases.days_left,
        levels=[("", _("All funders")), *((each.value, str(words)) for each, words in LEVELS.items())],
        topics=[
            ("", _("All topics")),
            *sorted(((key, words.in_(current_language())) for key, words in timeline.themes(present)), key=_by_words),
        ],
        drawing=drawing(timeline.picture(found.dated, clock.today(zone), zone=zone)),
        checked=max((each.source.checked for each in present.streams.values()), default=None),
    )


def _by_words(option: tuple[str, str]) -> str:
    return option[1].casefold()


def drawing(picture: Picture) -> Drawing:
    """Put bars and Mondays at their place; a bar is at least as wide as a finger can meet."""
    bars = [_drawn(bar, TOP + number * ROW) for number, bar in enumerate(picture.bars)]
    ticks = tuple(
        Tick(
            x,
            phrases.day(day, current_language(), weekday=False, year=False).removeprefix("le ")
            if not number % 2
            else "",
        )
        for number, (x, day) in enumerate(picture.mondays)
    )
    return Drawing(TOP + len(bars) * ROW + 8, tuple(bars), ticks, picture)


def _drawn(bar: Bar, y: int) -> Drawn:
    width = max(bar.end - bar.start, ROW // 2)
    x = min(bar.start, WIDTH - width)
    after = WIDTH - (x + width)
    if after >= ROOM:
        return Drawn(bar, x, width, y, x + width + LETTER, "start", after // LETTER, inside=False)
    if x >= ROOM:
        return Drawn(bar, x, width, y, x - LETTER, "end", x // LETTER, inside=False)
    return Drawn(bar, x, width, y, x + LETTER, "start", width // LETTER - 3, inside=True)
