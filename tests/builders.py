"""Values for tests: a test names what it is about, these fill in the rest."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from typing import Any

from grants.domain.bilingual import Bilingual
from grants.domain.communities import Community, Gazetteer, Profile, Region, profile_of
from grants.domain.deadlines import Deadline, DeadlineKind, Intake, SeenStatus, Stage, StageName
from grants.domain.eligibility import Knowledge
from grants.domain.rules import FactDefinition, FactKind, Kind, Rule, Subject, parse

TORONTO = "America/Toronto"
KENORA = "America/Winnipeg"


def a_community(key: str = "smallville", **changes: Any) -> Community:
    """Make a single-tier town of 5,000 in southern Ontario, or something else by ``changes``."""
    values: dict[str, Any] = {
        "key": key,
        "kind": "municipality",
        "name": key.title(),
        "official_name": f"Town of {key.title()}",
        "status": "Town",
        "northern": False,
        "zone": TORONTO,
        "source": "made for a test",
        "tier": "single-tier",
        "area": "Testshire",
        "area_kind": "county",
        "population": 5_000,
        "land_area_km2": 100.0,
        **changes,
    }
    return Community(**values)


def a_nation(key: str = "fn-lake", **changes: Any) -> Community:
    """Make a First Nation in Northern Ontario, or something else by ``changes``."""
    values: dict[str, Any] = {
        "kind": "first-nation",
        "official_name": "Lake First Nation",
        "status": "First Nation",
        "northern": True,
        "tier": None,
        "area": None,
        "area_kind": None,
        "population": None,
        "land_area_km2": None,
        **changes,
    }
    return a_community(key, **values)


def a_fact(key: str, subject: Subject = Subject.APPLICANT, **changes: Any) -> FactDefinition:
    """Make a fact that can be stated."""
    values: dict[str, Any] = {
        "key": key,
        "kind": FactKind.HISTORY,
        "subject": subject,
        "statement": Bilingual(f"{key} holds.", f"{key} est vrai."),
        "question": Bilingual(f"Does {key} hold?", f"Est-ce que {key} est vrai?"),
        "changeable": True,
        **changes,
    }
    return FactDefinition(**values)


def a_rule(test: Mapping[str, Any], kind: Kind = Kind.REQUIRED, key: str = "rule") -> Rule:
    """Make a rule of a predicate's record."""
    return Rule(key=key, kind=kind, test=parse(test), basis="made for a test")


def applicants(*classes: str) -> Rule:
    """Make the rule on who may apply."""
    return a_rule({"applicant": list(classes)}, key="applicants")


def knowledge(
    *communities: Community, facts: tuple[FactDefinition, ...] = (), regions: tuple[Region, ...] = ()
) -> Knowledge:
    """Make the registry of facts and the gazetteer of a small world."""
    rural = a_fact("rural-by-own-word", Subject.COMMUNITY)
    return Knowledge({each.key: each for each in (rural, *facts)}, Gazetteer(communities, regions))


def a_profile(community: Community, known: Knowledge, **stated: Any) -> Profile:
    """Join a community with what is stated of it (``facts``, ``partners``, ``upper``)."""
    return profile_of(community, known.gazetteer, **stated)


def timed(on: date, at: time = time(17), zone: str = TORONTO) -> Deadline:
    """Make a deadline with a wall time."""
    return Deadline(DeadlineKind.TIMED, date=on, time=at, zone=zone)


def date_only(on: date, zone: str = TORONTO) -> Deadline:
    """Make a deadline with a date only."""
    return Deadline(DeadlineKind.DATE_ONLY, date=on, zone=zone)


def undated(kind: DeadlineKind = DeadlineKind.ROLLING) -> Deadline:
    """Make a deadline without a date."""
    condition = Bilingual("120 days from onset", "120 jours après") if kind is DeadlineKind.RELATIVE else None
    return Deadline(kind, condition=condition)


def an_intake(closes: Deadline, key: str = "stream#1", **changes: Any) -> Intake:
    """Make an intake with one stage."""
    values: dict[str, Any] = {
        "key": key,
        "stages": (Stage(StageName.APPLICATION, closes),),
        "seen": SeenStatus.NOT_SEEN,
        "checked": date(2026, 11, 23),
        **changes,
    }
    return Intake(**values)
