"""Communities, where they lie, and what is known of one when a rule asks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from grants.domain.bilingual import Bilingual, of_place

CommunityKind = Literal["municipality", "first-nation"]
Tier = Literal["single-tier", "lower-tier", "upper-tier"]

BIG_CITY_PEOPLE = 100_000
BIG_CITY_PEOPLE_PER_KM2 = 1_000

STATUS_NAMES: dict[str, Bilingual] = {
    "City": Bilingual("City", "Ville"),
    "Town": Bilingual("Town", "Ville"),
    "Township": Bilingual("Township", "Canton"),
    "Municipality": Bilingual("Municipality", "Municipalité"),
    "Village": Bilingual("Village", "Village"),
    "County": Bilingual("County", "Comté"),
    "Regional Municipality": Bilingual("Regional municipality", "Municipalité régionale"),
    "United Counties": Bilingual("United counties", "Comtés unis"),
    "District Municipality": Bilingual("District municipality", "Municipalité de district"),
    "First Nation": Bilingual("First Nation", "Première Nation"),
}


_ARTICLES = {
    "City": "la",
    "Town": "la",
    "Township": "le",
    "Municipality": "la",
    "Village": "le",
    "County": "le",
    "Regional Municipality": "la",
    "United Counties": "les",
    "District Municipality": "la",
}


@dataclass(frozen=True, slots=True)
class Community:
    """A municipality or a First Nation.

    ``population`` is that of the 2021 Census; for an upper tier it is the sum of its lower tiers, for First Nations
    it is not known here (``None``). ``area`` is the county, region or territorial district; First Nations have an
    office town instead. ``zone`` is the IANA zone whose clock the community keeps. ``shares_name`` is true where
    another municipality bears the name.
    """

    key: str
    kind: CommunityKind
    name: str
    official_name: str
    status: str
    northern: bool
    zone: str
    source: str
    zone_basis: str | None = None
    shares_name: bool = False
    tier: Tier | None = None
    upper_tier: str | None = None
    area: str | None = None
    area_kind: str | None = None
    population: int | None = None
    population_source: str | None = None
    land_area_km2: float | None = None
    csd_code: str | None = None
    name_fr: str | None = None
    other_names: tuple[str, ...] = ()
    website: str | None = None
    band_number: int | None = None
    office_town: str | None = None
    northern_basis: str | None = None
    territorial_organization: str | None = None
    territorial_organization_source: str | None = None
    tribal_council: str | None = None
    treaty: str | None = None

    @property
    def classes(self) -> frozenset[str]:
        """The applicant classes the community itself is of."""
        if self.kind == "first-nation":
            return frozenset({"first-nation"})
        return frozenset({"municipality", f"{self.tier}-municipality"})

    @property
    def title(self) -> str:
        """The name as a sentence uses it; the official one where another community bears the same name."""
        return self.official_name if self.shares_name or self.tier == "upper-tier" else self.name

    @property
    def as_place(self) -> Bilingual:
        """The name as a place in a sentence: ``Kenora``, ``the County of Bruce``, ``le comté de Bruce``."""
        if self.kind == "first-nation" or not (self.shares_name or self.tier == "upper-tier"):
            return Bilingual(self.name, self.name_fr or self.name)
        article = _ARTICLES[self.status]
        named = of_place(self.name_fr or self.name)
        return Bilingual(f"the {self.official_name}", f"{article} {self.status_name.fr.lower()} {named}")

    @property
    def status_name(self) -> Bilingual:
        """What the community is, for people: City, Township, First Nation."""
        return STATUS_NAMES[self.status]

    @property
    def is_big_city(self) -> bool:
        """Tell whether the place is urban beyond doubt: 100,000 people or more at 1,000 or more a square kilometre.

        Statistics Canada calls a population centre of 100,000 large; the density keeps out amalgamated cities with
        wide rural land.
        """
        if self.population is None or not self.land_area_km2:
            return False
        return self.population >= BIG_CITY_PEOPLE and self.population / self.land_area_km2 >= BIG_CITY_PEOPLE_PER_KM2


@dataclass(frozen=True, slots=True)
class Region:
    """A named area made of other places, such as the Greater Toronto Area; ``basis`` says where its extent was read."""

    key: str
    name: Bilingual
    of: tuple[str, ...]
    basis: str


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """The places a community lies in for certain, and those it may lie in as far as is known."""

    certain: frozenset[str]
    possible: frozenset[str]


FIXED_PLACES: dict[str, Bilingual] = {
    "canada": Bilingual("Canada", "Canada"),
    "ontario": Bilingual("Ontario", "Ontario"),
    "northern-ontario": Bilingual("Northern Ontario", "Nord de l’Ontario"),
    "southern-ontario": Bilingual("southern Ontario", "Sud de l’Ontario"),
    "rural": Bilingual("a rural area", "région rurale"),
}


def district_code(area: str) -> str:
    """Give the place code of a territorial district."""
    return "district:" + "-".join(area.lower().split())


class Gazetteer:
    """Which community lies where.

    Places are codes: ``canada``, ``ontario``, ``northern-ontario``, ``southern-ontario``, ``rural``, ``in:<community>``
    (an upper tier's holds its lower tiers), ``district:<territorial district>``, ``region:<name>``.
    """

    def __init__(self, communities: Iterable[Community], regions: Iterable[Region]) -> None:
        """Work out every membership once. Cost: O(communities x regions)."""
        self._communities = {each.key: each for each in communities}
        self._regions = {each.key: each for each in regions}
        self._names: dict[str, Bilingual] = dict(FIXED_PLACES)
        self._members: dict[str, set[str]] = {}
        for each in self._communities.values():
            for code in self._own_codes(each):
                self._members.setdefault(code, set()).add(each.key)
        for each in self._communities.values():
            self._names[f"in:{each.key}"] = each.as_place
            if each.area_kind == "territorial district" and each.area is not None:
                district = Bilingual(f"{each.area} District", f"district {of_place(each.area)}")
                self._names[district_code(each.area)] = district
        for region in self._regions.values():
            self._names[region.key] = region.name
            self._members[region.key] = {member for code in region.of for member in self._members.get(code, ())}
        self._towns = {
            each.name.casefold(): each
            for each in self._communities.values()
            if each.kind == "municipality" and each.tier != "upper-tier"
        }
        self._whereabouts = {key: self._locate(each) for key, each in self._communities.items()}

    def __contains__(self, code: str) -> bool:
        """Tell whether a place code is known."""
        return code in self._names

    @property
    def codes(self) -> tuple[str, ...]:
        """Every place code, the fixed places first."""
        return tuple(self._names)

    def name(self, code: str) -> Bilingual:
        """Give a place's name.

        Raises:
            KeyError: no such place.
        """
        return self._names[code]

    def whereabouts(self, community: str) -> Whereabouts:
        """Give where a community lies.

        Raises:
            KeyError: no such community.
        """
        return self._whereabouts[community]

    def members(self, code: str) -> frozenset[str]:
        """Give the communities that lie in a place for certain; empty for the fixed places."""
        return frozenset(self._members.get(code, ()))

    def _own_codes(self, community: Community) -> list[str]:
        codes = [f"in:{community.key}"]
        if community.upper_tier is not None:
            codes.append(f"in:{community.upper_tier}")
        if community.area_kind == "territorial district" and community.area is not None:
            codes.append(district_code(community.area))
        return codes

    def _locate(self, community: Community) -> Whereabouts:
        half = "northern-ontario" if community.northern else "southern-ontario"
        certain = {
            "canada",
            "ontario",
            half,
            *(code for code, members in self._members.items() if community.key in members),
        }
        possible: set[str] = set() if community.is_big_city else {"rural"}
        if community.tier == "upper-tier":
            possible |= {code for code in self._members if self._holds_part_of(code, community)}
        if community.kind == "first-nation":
            possible |= self._near(community)
        return Whereabouts(frozenset(certain), frozenset(possible - certain))

    def _holds_part_of(self, code: str, upper: Community) -> bool:
        return any(self._communities[member].upper_tier == upper.key for member in self._members[code])

    def _near(self, nation: Community) -> set[str]:
        """Give the areas a First Nation may lie in.

        They are those of its band office's town or, where that is no municipality, those of its half of Ontario.
        A reserve is not part of a municipality, so a single municipality counts only where the band office is in it.
        """
        town = self._towns.get((nation.office_town or "").casefold())
        if town is not None:
            return {code for code, members in self._members.items() if town.key in members}
        return {
            code
            for code, members in self._members.items()
            if not code.startswith("in:") or len(members) > 1
            if any(self._communities[member].northern == nation.northern for member in members)
        }


@dataclass(frozen=True, slots=True)
class ConstituentBand:
    """A band of the federal list that is part of a First Nation listed here as one community."""

    key: str
    name: str
    band_number: int
    part_of: str
    source: str


@dataclass(frozen=True, slots=True)
class Profile:
    """All that is known of one community when its eligibility is judged.

    ``facts`` maps fact keys to what was stated; ``partners`` maps applicant classes to whether the community works
    with such a body. What is in neither is not known. ``upper`` is the profile of its upper tier, which can apply on
    its behalf.
    """

    community: Community
    whereabouts: Whereabouts
    facts: Mapping[str, bool] = field(default_factory=lambda: MappingProxyType({}))
    partners: Mapping[str, bool] = field(default_factory=lambda: MappingProxyType({}))
    upper: Profile | None = None


def profile_of(
    community: Community,
    gazetteer: Gazetteer,
    *,
    facts: Mapping[str, bool] | None = None,
    partners: Mapping[str, bool] | None = None,
    upper: Community | None = None,
) -> Profile:
    """Join a community with its whereabouts, what was stated of it, and its upper tier."""
    return Profile(
        community=community,
        whereabouts=gazetteer.whereabouts(community.key),
        facts=facts or {},
        partners=partners or {},
        upper=None if upper is None else profile_of(upper, gazetteer),
    )


def sorted_by_name(communities: Sequence[Community]) -> list[Community]:
    """Order communities as a person looks them up: by name, then kind, then key."""
    return sorted(communities, key=lambda each: (each.name.casefold(), each.kind, each.key))
