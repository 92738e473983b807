"""The documents a community keeps ready: their kinds, until when they serve, and which kind a funder asks for."""

from __future__ import annotations

import re
from datetime import date, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from grants.domain.bilingual import Bilingual
from grants.domain.text import fold

LONGEST_TITLE = 200
LONGEST_PLACE = 500
LONGEST_NOTE = 5_000
SOON = timedelta(days=30)
"""How long before its end a document is said to expire soon."""


class DocumentKind(StrEnum):
    """What sort of document it is."""

    RESOLUTION = "resolution"
    STATEMENTS = "statements"
    INSURANCE = "insurance"
    LETTER = "letter"
    PLAN = "plan"
    REGISTRATION = "registration"
    POLICY = "policy"
    BUDGET = "budget"
    OTHER = "other"


KIND_WORDS: dict[DocumentKind, Bilingual] = {
    DocumentKind.RESOLUTION: Bilingual("Resolution", "Résolution"),
    DocumentKind.STATEMENTS: Bilingual("Audited statements", "États financiers audités"),
    DocumentKind.INSURANCE: Bilingual("Insurance", "Assurance"),
    DocumentKind.LETTER: Bilingual("Letter", "Lettre"),
    DocumentKind.PLAN: Bilingual("Plan", "Plan"),
    DocumentKind.REGISTRATION: Bilingual("Registration", "Inscription"),
    DocumentKind.POLICY: Bilingual("Policy", "Politique"),
    DocumentKind.BUDGET: Bilingual("Budget", "Budget"),
    DocumentKind.OTHER: Bilingual("Other", "Autre"),
}

# Read in this order, in the funder's English or French words: "letter of support for the plan" is a letter. What is
# made anew for each application, such as a work plan, a quote or the application itself, is nothing to keep ready.
_SIGNS: tuple[tuple[DocumentKind, tuple[str, ...]], ...] = (
    (DocumentKind.RESOLUTION, (r"resolutions?", r"council (?:motion|by-?law)")),
    (DocumentKind.INSURANCE, (r"insurance", r"assurances?")),
    (
        DocumentKind.STATEMENTS,
        (
            r"(?:financial|audited|reviewed) (?:or reviewed )?(?:financial )?(?:statements?|reports?)",
            r"review engagement",
            r"etats financiers",
        ),
    ),
    (
        DocumentKind.LETTER,
        (r"letters? of (?:support|endorsement|commitment|agreement)", r"support letters?", r"lettres? d.appui"),
    ),
    (
        DocumentKind.REGISTRATION,
        (
            r"incorporat\w*|constitut\w*|by-?laws",
            r"corporate documents?",
            r"(?:non-profit|legal|charitable) status",
            r"business number",
            r"registration|inscription",
        ),
    ),
    (
        DocumentKind.PLAN,
        (
            r"(?:asset management|adaptation|strategic|community[\w -]*response|safety[\w -]*|climate[\w -]*) plans?",
            r"plans? (?:de gestion|strategiques?|d.adaptation)",
        ),
    ),
    (DocumentKind.POLICY, (r"polic(?:y|ies)", r"politiques?")),
)
_SIGNS_READ = tuple((kind, re.compile(rf"\b(?:{'|'.join(patterns)})\b")) for kind, patterns in _SIGNS)


def kind_asked(wording: Bilingual) -> DocumentKind | None:
    """Tell which kind of document that can be kept ready a funder's wording asks for; ``None``: none that is known."""
    words = f"{fold(wording.en)} {fold(wording.fr)}"
    return next((kind for kind, pattern in _SIGNS_READ if pattern.search(words)), None)


class Standing(StrEnum):
    """How a document stands on a day."""

    EXPIRED = "expired"
    EXPIRES_SOON = "expires-soon"
    SERVES = "serves"
    NO_END = "no-end"


def standing(expires_on: date | None, today: date) -> Standing:
    """Tell how a document stands: it serves on its last day, and is expired on the next."""
    if expires_on is None:
        return Standing.NO_END
    if expires_on < today:
        return Standing.EXPIRED
    return Standing.EXPIRES_SOON if expires_on <= today + SOON else Standing.SERVES


def address_in(kept_at: str) -> str | None:
    """Give the web address that a document is kept at; ``None`` where the words are no http or https address."""
    text = kept_at.strip()
    if not text.isprintable() or " " in text:
        return None
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    return text if parts.scheme.lower() in {"http", "https"} and parts.hostname else None
