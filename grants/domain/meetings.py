"""Meeting dates: the bodies that meet, the days a pattern names, and the days a person lists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from grants.domain.bilingual import Bilingual
from grants.domain.communities import CommunityKind
from grants.domain.phrases import NBSP

MOST = 120
"""How many dates are taken at once: ten years of monthly meetings."""
FURTHEST = timedelta(days=3 * 366)
"""How far ahead of its first date a pattern reaches."""
MOST_PAPERS_DAYS = 60

_WEEK = timedelta(days=7)


class Body(StrEnum):
    """Who meets."""

    COUNCIL = "council"
    BAND_COUNCIL = "band-council"
    COMMITTEE = "committee"


BODY_WORDS: dict[Body, Bilingual] = {
    Body.COUNCIL: Bilingual("Council meeting", "Réunion du conseil"),
    Body.BAND_COUNCIL: Bilingual("Band council meeting", "Réunion du conseil de bande"),
    Body.COMMITTEE: Bilingual("Committee meeting", "Réunion d’un comité"),
}

PAPERS_WORDS: dict[Body, Bilingual] = {
    Body.COUNCIL: Bilingual("Agenda papers for the council meeting", "Documents pour la réunion du conseil"),
    Body.BAND_COUNCIL: Bilingual(
        "Agenda papers for the band council meeting", "Documents pour la réunion du conseil de bande"
    ),
    Body.COMMITTEE: Bilingual("Agenda papers for the committee meeting", "Documents pour la réunion d’un comité"),
}

DECIDING = frozenset({Body.COUNCIL, Body.BAND_COUNCIL})
"""The bodies that can pass a resolution."""


def own_body(kind: CommunityKind) -> Body:
    """Give the body that decides for a community of a kind."""
    return Body.BAND_COUNCIL if kind == "first-nation" else Body.COUNCIL


class Rhythm(StrEnum):
    """How a pattern goes on from its first date."""

    ONCE = "once"
    WEEKLY = "weekly"
    FORTNIGHTLY = "fortnightly"
    THREE_WEEKLY = "three-weekly"
    FOUR_WEEKLY = "four-weekly"
    MONTHLY = "monthly"
    """On the same weekday of the same week of each month: every second Tuesday."""
    MONTH_END = "month-end"
    """On the last such weekday of each month."""


_WEEKS = {Rhythm.WEEKLY: 1, Rhythm.FORTNIGHTLY: 2, Rhythm.THREE_WEEKLY: 3, Rhythm.FOUR_WEEKLY: 4}


def repeated(first: date, rhythm: Rhythm, until: date) -> tuple[date, ...]:
    """Give the days of a pattern from ``first`` to ``until``, both included.

    ``MONTHLY`` keeps the place of the first date in its month; a month that has no fifth such weekday is left out.

    Returns: Rising days, ``MOST`` at most; the first is given even where ``until`` comes before it.
    """
    days = [first]
    for day in _following(first, rhythm):
        if day > until or len(days) == MOST:
            break
        days.append(day)
    return tuple(days)


def _following(first: date, rhythm: Rhythm) -> Iterator[date]:
    if rhythm is Rhythm.ONCE:
        return
    if rhythm in _WEEKS:
        day = first
        while True:
            day += _WEEK * _WEEKS[rhythm]
            yield day
    month = first.replace(day=1)
    while True:
        month = (month + timedelta(days=31)).replace(day=1)
        days = _weekdays_of(month, first.weekday())
        if rhythm is Rhythm.MONTH_END:
            yield days[-1]
        elif place_in_month(first) <= len(days):
            yield days[place_in_month(first) - 1]


def place_in_month(day: date) -> int:
    """Tell which one of its weekday a day is in its month: 2 for the second Tuesday."""
    return (day.day - 1) // 7 + 1


def _weekdays_of(month: date, weekday: int) -> list[date]:
    first = month + timedelta(days=(weekday - month.weekday()) % 7)
    days = [first + _WEEK * each for each in range(5)]
    return [day for day in days if day.month == month.month]


@dataclass(frozen=True, slots=True)
class Listed:
    """The days of a pasted list, each once and rising, and the pieces that are no day."""

    days: tuple[date, ...]
    wrong: tuple[str, ...]


def listed_days(typed: str) -> Listed:
    """Read days as ``2027-01-12``, parted by spaces, commas, semicolons or lines."""
    days: set[date] = set()
    wrong: list[str] = []
    for piece in re.split(r"[\s,;]+", typed.strip()):
        if not piece:
            continue
        try:
            days.add(_iso(piece))
        except ValueError:
            wrong.append(piece)
    return Listed(tuple(sorted(days)), tuple(wrong))


def _iso(piece: str) -> date:
    # fromisoformat also reads 20270112 and week dates, which people type by mistake.
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", piece):
        raise ValueError(piece)
    return date.fromisoformat(piece)


class Fault(StrEnum):
    """What is wrong with dates that are to be added."""

    NONE = "none"
    NO_DAY = "no-day"
    TOO_MANY = "too-many"
    TOO_OLD = "too-old"
    TOO_FAR = "too-far"
    UNTIL_BEFORE = "until-before"
    UNTIL_MISSING = "until-missing"


_FAULTS: dict[Fault, Bilingual] = {
    Fault.NONE: Bilingual(
        "No date was given. Choose a first date, or paste a list of dates.",
        "Aucune date n’a été donnée. Choisissez une première date ou collez une liste de dates.",
    ),
    Fault.TOO_MANY: Bilingual(
        f"These are more than {MOST} dates. Add them in parts.",
        f"Il y a plus de {MOST}{NBSP}dates. Ajoutez-les en plusieurs fois.",
    ),
    Fault.TOO_OLD: Bilingual(
        "A date lies more than a year back, which is of no use for planning. Check the year.",
        "Une date remonte à plus d’un an, ce qui ne sert pas à planifier. Vérifiez l’année.",
    ),
    Fault.TOO_FAR: Bilingual(
        "A date lies more than three years ahead. Check the year.",
        "Une date est à plus de trois ans d’ici. Vérifiez l’année.",
    ),
    Fault.UNTIL_BEFORE: Bilingual(
        "The last day lies before the first date. Choose a later one.",
        "Le dernier jour précède la première date. Choisissez-en un plus tard.",
    ),
    Fault.UNTIL_MISSING: Bilingual(
        "Say until which day the meetings repeat, or choose “once”.",
        f"Dites jusqu’à quel jour les réunions se répètent, ou choisissez «{NBSP}une seule fois{NBSP}».",
    ),
}


def fault_words(fault: Fault, wrong: str = "") -> Bilingual:
    """Say what is wrong with dates and what to do; ``wrong`` is the piece that is no day."""
    if fault is Fault.NO_DAY:
        return Bilingual(
            f"“{wrong}” is not a date. Write each as year-month-day, such as 2027-01-12.",
            f"«{NBSP}{wrong}{NBSP}» n’est pas une date. Écrivez chacune sous la forme année-mois-jour, "
            "par exemple 2027-01-12.",
        )
    return _FAULTS[fault]


def fault_of(days: tuple[date, ...], today: date) -> Fault | None:
    """Tell what is wrong with days that are to be added; ``None`` where nothing is."""
    if not days:
        return Fault.NONE
    if len(days) > MOST:
        return Fault.TOO_MANY
    if min(days) < today - timedelta(days=366):
        return Fault.TOO_OLD
    if max(days) > today + FURTHEST:
        return Fault.TOO_FAR
    return None
