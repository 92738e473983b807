"""Words that exist in English and in French."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Language = Literal["en", "fr"]
LANGUAGES: tuple[Language, ...] = ("en", "fr")


@dataclass(frozen=True, slots=True)
class Bilingual:
    """The same words in both languages."""

    en: str
    fr: str

    def __post_init__(self) -> None:
        """Refuse a half that is missing: a page must never be blank in one language."""
        if not self.en.strip() or not self.fr.strip():
            msg = f"both languages are needed, got {self.en!r} and {self.fr!r}"
            raise ValueError(msg)

    def in_(self, language: Language) -> str:
        """Give the words in one language."""
        return self.fr if language == "fr" else self.en


def alike(words: str) -> Bilingual:
    """Give words that are the same in both languages, such as a name or what a person typed."""
    return Bilingual(words, words)


_LINKS: dict[str, Bilingual] = {"or": Bilingual("or", "ou"), "and": Bilingual("and", "et")}


def listed(parts: Sequence[str], link: Literal["or", "and"], language: Language) -> str:
    """Join words as a sentence does: ``a``, ``a or b``, ``a, b or c``."""
    word = _LINKS[link].in_(language)
    if len(parts) < 2:  # noqa: PLR2004 - one part needs no link
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {word} {parts[-1]}"


_ELIDING = frozenset("aàâeéèêiîoôu")


def of_place(place: str) -> str:
    """Say French *de* before a place: ``de Toronto``, ``d’Atikokan``; ``de Huron`` and ``de York`` do not elide."""
    return f"d’{place}" if place[:1].lower() in _ELIDING else f"de {place}"
