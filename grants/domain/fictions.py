"""Made-up communities, to try rules on before anybody real is judged by them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from grants.domain.bilingual import Bilingual
from grants.domain.communities import Community, Gazetteer, Profile, Whereabouts
from grants.domain.eligibility import RURAL_FACT

FictionKind = Literal["single-tier", "lower-tier", "upper-tier", "first-nation"]
FICTION_KINDS: tuple[FictionKind, ...] = ("single-tier", "lower-tier", "upper-tier", "first-nation")

COUNTY_PEOPLE = 60_000
"""How many people live in the made-up county that a made-up lower tier belongs to."""


@dataclass(frozen=True, slots=True)
class Fiction:
    """A community that does not exist.

    ``places`` are codes of places it lies in, beside Ontario and its half of it. ``rural`` is ``None`` where it is not
    known. ``facts`` and ``partners`` say what it states and whom it works with; what is in neither is not known.
    """

    kind: FictionKind
    population: int | None
    northern: bool
    rural: bool | None = None
    places: tuple[str, ...] = ()
    facts: Mapping[str, bool] = field(default_factory=lambda: MappingProxyType({}))
    partners: Mapping[str, bool] = field(default_factory=lambda: MappingProxyType({}))


READY_MADE: Mapping[str, tuple[Bilingual, Fiction]] = MappingProxyType(
    {
        "northern-town": (
            Bilingual("Made-up northern town", "Ville fictive du Nord"),
            Fiction("single-tier", 3_200, northern=True, rural=True),
        ),
        "rural-township": (
            Bilingual("Made-up rural township in the south", "Canton rural fictif du Sud"),
            Fiction("lower-tier", 9_400, northern=False, rural=True),
        ),
        "large-city": (
            Bilingual("Made-up large city", "Grande ville fictive"),
            Fiction("single-tier", 310_000, northern=False, rural=False),
        ),
        "first-nation": (
            Bilingual("Made-up First Nation in the north", "Première Nation fictive du Nord"),
            Fiction("first-nation", 1_150, northern=True, rural=True),
        ),
    }
)
"""Four to begin with: what most rules tell apart."""

NAME = "Exampleville"


def profile_of_fiction(fiction: Fiction, gazetteer: Gazetteer, *, name: str = NAME) -> Profile:
    """Give what is known of a made-up community when a rule asks.

    It lies in each named place and in every region that holds all of that place. A lower tier belongs to a made-up
    county of ``COUNTY_PEOPLE`` in the same place, which can apply for it.
    """
    named = frozenset(fiction.places)
    around = {code for code in gazetteer.codes if any(_holds(code, each, gazetteer) for each in named)}
    half = "northern-ontario" if fiction.northern else "southern-ontario"
    rural = frozenset({"rural"})
    where = Whereabouts(
        certain=frozenset({"canada", "ontario", half}) | named | around | (rural if fiction.rural else frozenset()),
        possible=rural if fiction.rural is None else frozenset(),
    )
    upper = None
    if fiction.kind == "lower-tier":
        county = _community("made-up-county", "Example County", "upper-tier", COUNTY_PEOPLE, northern=fiction.northern)
        upper = Profile(county, where)
    stated = dict(fiction.facts)
    if fiction.rural is not None:
        stated.setdefault(RURAL_FACT, fiction.rural)
    community = _community("made-up", name, fiction.kind, fiction.population, northern=fiction.northern)
    return Profile(community, where, stated, dict(fiction.partners), upper)


def _holds(code: str, place: str, gazetteer: Gazetteer) -> bool:
    inside = gazetteer.members(place)
    return bool(inside) and inside <= gazetteer.members(code)


def _community(key: str, name: str, kind: FictionKind, population: int | None, *, northern: bool) -> Community:
    nation = kind == "first-nation"
    return Community(
        key=key,
        kind="first-nation" if nation else "municipality",
        name=name,
        official_name=name,
        status="First Nation" if nation else "Town",
        northern=northern,
        zone="America/Toronto",
        source="made up",
        tier=None if kind == "first-nation" else kind,
        population=population,
    )
