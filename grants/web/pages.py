"""Pages that explain the site: about, accessibility, privacy, sources."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from grants import clock
from grants.domain.catalogue import Stream
from grants.domain.deadlines import needs_check
from grants.services import catalogue
from grants.services.catalogue import Catalogue
from grants.store.database import db
from grants.web.access import Act, Thing, allow
from grants.web.language import PREFIX, current_language

bp = Blueprint("pages", __name__, url_prefix=PREFIX)


@dataclass(frozen=True, slots=True)
class Site:
    """A web site that streams were read on."""

    host: str
    streams: tuple[Stream, ...]


@dataclass(frozen=True, slots=True)
class Tally:
    """What the catalogue holds, and how much of its French is the funders' own."""

    programs: int
    programs_with_french_name: int
    streams: int
    streams_in_our_french: int
    intakes: int
    municipalities: int
    first_nations: int
    plans: int
    priorities: int
    stale: int


@bp.get("/about")
@allow(Thing.CATALOGUE, Act.READ)
def about() -> ResponseReturnValue:
    """Say what this is, how a match is made and who decides."""
    return render_template("pages/about.html")


@bp.get("/accessibility")
@allow(Thing.CATALOGUE, Act.READ)
def accessibility() -> ResponseReturnValue:
    """Say what works for whom, and what to do where it does not."""
    return render_template("pages/accessibility.html")


@bp.get("/privacy")
@allow(Thing.CATALOGUE, Act.READ)
def privacy() -> ResponseReturnValue:
    """Say what is kept about people and communities."""
    return render_template("pages/privacy.html")


@bp.get("/sources")
@allow(Thing.CATALOGUE, Act.READ)
def sources() -> ResponseReturnValue:
    """List what the catalogue was read from."""
    present = catalogue.present(db.session())
    return render_template(
        "pages/sources.html",
        sites=sites(present),
        tally=tally(present, clock.today()),
        name_of=lambda stream: present.program_of[stream.key].name_in(current_language()),
        plans=sorted(present.plans.values(), key=lambda each: each.name),
    )


def sites(present: Catalogue) -> list[Site]:
    """Group the streams by the site they were read on, most streams first."""
    by_host: dict[str, list[Stream]] = defaultdict(list)
    for stream in present.streams.values():
        by_host[host_of(stream.source.url)].append(stream)
    found = [Site(host, tuple(streams)) for host, streams in by_host.items()]
    return sorted(found, key=lambda each: (-len(each.streams), each.host))


def host_of(url: str) -> str:
    """Give the site of an address."""
    return (urlsplit(url).hostname or url).removeprefix("www.")


def tally(present: Catalogue, today: date) -> Tally:
    """Count what the catalogue holds."""
    streams = present.streams.values()
    return Tally(
        programs=len(present.programs),
        programs_with_french_name=sum(1 for each in present.programs.values() if each.name_fr),
        streams=len(present.streams),
        streams_in_our_french=sum(1 for each in streams if each.french_is_ours),
        intakes=len(present.intakes),
        municipalities=sum(1 for each in present.communities.values() if each.kind == "municipality"),
        first_nations=sum(1 for each in present.communities.values() if each.kind == "first-nation"),
        plans=len(present.plans),
        priorities=sum(len(each.priorities) for each in present.plans.values()),
        stale=sum(1 for each in streams if any(needs_check(intake, today) for intake in each.intakes)),
    )
