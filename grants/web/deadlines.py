"""Deadlines: what closes when, as a list and as a picture of twelve weeks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from grants import clock
from grants.domain import phrases
from grants.domain.catalogue import Level
from grants.domain.people import HOME_ZONE
from grants.services import catalogue, lookup, timeline
from grants.services.timeline import Entry, Wanted, When
from grants.store.database import db
from grants.web.access import Act, Thing, allow
from grants.web.facts import known_of
from grants.web.formats import reader, typed
from grants.web.language import PREFIX, current_language
from grants.web.timelines import Label, drawing

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


@bp.get("/deadlines")
@allow(Thing.CATALOGUE, Act.READ)
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
        drawing=drawing(
            timeline.picture(found.dated, clock.today(zone), zone=zone), _labels(wanted, reader(community))
        ),
        checked=max((each.source.checked for each in present.streams.values()), default=None),
    )


def _by_words(option: tuple[str, str]) -> str:
    return option[1].casefold()


def _labels(wanted: Wanted, who: phrases.Reader) -> Callable[[Entry], Label]:
    """Say how an entry is called in the picture, and where it leads."""
    classes = wanted.community.classes if wanted.community else frozenset[str]()

    def label(entry: Entry) -> Label:
        name = entry.program.name_in(who.language)
        said = phrases.intake_words(entry.intake, entry.status, who, classes=classes)
        address = url_for(
            "programs.show",
            key=entry.program.key,
            stream=entry.stream.key if len(entry.program.streams) > 1 else None,
            community=wanted.community.key if wanted.community else None,
        )
        return Label(name, f"{name}: {said}", address, entry.status.value)

    return label
