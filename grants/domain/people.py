"""What a person may be here, and the clocks that people and funders keep, by the name of a place."""

from __future__ import annotations

import re
from enum import StrEnum

from grants.domain.bilingual import Bilingual


class Role(StrEnum):
    """What a person is, as far as it decides what they may open; ``PUBLIC`` is everybody, signed in or not."""

    PUBLIC = "public"
    MEMBER = "member"
    """Anybody who is signed in."""
    WRITER = "writer"
    LEAD = "lead"
    EDITOR = "editor"
    APPROVER = "approver"
    OPERATOR = "operator"


COMMUNITY_ROLES = frozenset({Role.WRITER, Role.LEAD})
STAFF_ROLES = frozenset({Role.EDITOR, Role.APPROVER, Role.OPERATOR})

PLACES: dict[str, Bilingual] = {
    "America/Toronto": Bilingual("Toronto", "Toronto"),
    "America/Winnipeg": Bilingual("Kenora", "Kenora"),
    "America/Atikokan": Bilingual("Atikokan", "Atikokan"),
    "America/Halifax": Bilingual("Halifax", "Halifax"),
    "America/St_Johns": Bilingual("St. John’s", "St. John’s"),
    "America/Regina": Bilingual("Regina", "Regina"),
    "America/Edmonton": Bilingual("Edmonton", "Edmonton"),
    "America/Vancouver": Bilingual("Vancouver", "Vancouver"),
}
"""The clocks a reader may choose, each named after a place where people keep it."""

HOME_ZONE = "America/Toronto"


def place_of(zone: str) -> Bilingual:
    """Name an IANA zone after a place; one that has no name here is named after its own city."""
    if zone in PLACES:
        return PLACES[zone]
    city = zone.rpartition("/")[2].replace("_", " ")
    return Bilingual(city, city)


LONGEST_NAME = 120
LONGEST_ADDRESS = 254
_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*"
)


def name_of(typed: str) -> str | None:
    """Give a person's name without the spaces around it; ``None`` where it is none.

    A name is not empty, ends somewhere, and has no sign that is not printed, such as the end of a line.
    """
    name = typed.strip()
    return name if 1 <= len(name) <= LONGEST_NAME and name.isprintable() else None


def address_of(typed: str) -> str | None:
    """Give an e-mail address in the one form it is kept in: plain ASCII, lower case; ``None`` where it is none.

    A domain with accents is turned to its ASCII form. A name before the ``@`` with accents is refused: many mail
    servers cannot deliver to it.
    """
    text = typed.strip()
    local, at, domain = text.rpartition("@")
    if not at or len(text) > LONGEST_ADDRESS:
        return None
    try:
        plain = f"{local}@{domain.encode('idna').decode('ascii')}".lower()
    except UnicodeError:
        return None
    fits = len(plain) <= LONGEST_ADDRESS and len(local) <= 64  # noqa: PLR2004 - the standard's bound of a local part
    return plain if fits and _ADDRESS.fullmatch(plain) else None
