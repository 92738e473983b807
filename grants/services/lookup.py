"""Find a community by part of its name as people type it, whatever the accents, the order and the odd slip."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import OSA

from grants.domain.bilingual import Bilingual, of_place
from grants.domain.communities import Community, sorted_by_name
from grants.domain.sentences import people
from grants.domain.text import clean, fold

LONGEST_QUERY = 80
MOST_WORDS = 8
SHORTEST_GUESSED = 4
"""Letters that a word must have before it is read as another one that looks like it."""

# How sure each kind of hit is, best first; a name that is not the community's own counts a little less.
EXACT, BEGINS, ALL_WORDS, INSIDE, GUESSED = 100, 80, 60, 40, 20
OTHER_NAME, OFFICE_TOWN = 2, 10

_IN_FULL = {"st": "saint", "ste": "sainte"}


@dataclass(frozen=True, slots=True)
class Found:
    """A community that a query may mean; ``by`` is the other name or the office town that met it, if not its own."""

    community: Community
    score: int
    by: str | None = None


@dataclass(frozen=True, slots=True)
class _Name:
    written: str
    words: tuple[str, ...]
    penalty: int


def find(communities: Iterable[Community], query: str, *, limit: int = 20) -> list[Found]:
    """Find the communities that a query may mean.

    Args:
        communities: all of them.
        query: at most ``LONGEST_QUERY`` characters are read.
        limit: how many are wanted.

    Returns:
        The surest first; then larger places, then by name and key, so equal input gives equal output. Guesses (words
        with a slip) are only there where nothing else was found.

    Cost: O(names), with string distances only for words that nothing begins with.
    """
    asked = _words(query[:LONGEST_QUERY])[:MOST_WORDS]
    if not asked:
        return []
    found = [hit for each in communities if (hit := _best(each, asked)) is not None]
    surest = max((hit.score for hit in found), default=0)
    if surest > GUESSED:
        found = [hit for hit in found if hit.score > GUESSED]
    found.sort(key=lambda hit: (-hit.score, -(hit.community.population or 0), hit.community.name, hit.community.key))
    return found[:limit]


def meant(
    communities: Mapping[str, Community], words: str, *, limit: int = 8
) -> tuple[Community | None, list[Community]]:
    """Read the key or the name of a community.

    Returns: The community, or ``None`` with those that the words may mean: several of one name, or near misses.
    """
    if not words or words in communities:
        return communities.get(words), []
    hits = find(communities.values(), words, limit=limit)
    surest = [each.community for each in hits if each.score == hits[0].score]
    if len(surest) == 1 and hits[0].score > GUESSED:
        return surest[0], []
    return None, [each.community for each in hits]


def by_letter(communities: Iterable[Community]) -> dict[str, list[Community]]:
    """Group communities by the first letter of their name, in alphabetical order."""
    letters: dict[str, list[Community]] = {}
    for each in sorted(sorted_by_name(list(communities)), key=lambda each: fold(each.name)):
        letters.setdefault(fold(each.name)[:1].upper(), []).append(each)
    return letters


def describe(community: Community, everyone: Mapping[str, Community]) -> Bilingual:
    """Say in a few words which community this is, with its people where they are known.

    ``Township, Northumberland County, 11,059 people``; ``First Nation, band office in Kenora``.
    """
    kind = what_and_where(community, everyone)
    if community.population is None:
        return kind
    return Bilingual(
        f"{kind.en}, {people(community.population, 'en')} people",
        f"{kind.fr}, {people(community.population, 'fr')} habitants",
    )


def what_and_where(community: Community, everyone: Mapping[str, Community]) -> Bilingual:
    """Say what a community is and where, so that two of one name can be told apart: ``Township, Perth County``."""
    kind, where = community.status_name, _where(community, everyone)
    return kind if where is None else Bilingual(f"{kind.en}, {where.en}", f"{kind.fr}, {where.fr}")


def _where(community: Community, everyone: Mapping[str, Community]) -> Bilingual | None:
    if community.upper_tier is not None:
        upper = everyone[community.upper_tier]
        kind = upper.status_name.fr.lower()
        return Bilingual(upper.official_name, f"{kind} {of_place(_in_french(upper))}")
    if community.area_kind == "territorial district":
        return Bilingual(f"{community.area} District", f"district {of_place(community.area or '')}")
    if community.office_town is not None:
        return Bilingual(f"band office in {community.office_town}", f"bureau de la bande à {community.office_town}")
    if community.tier == "upper-tier" or community.area in {None, community.name}:
        return None
    return Bilingual(f"{community.area} area", f"secteur {of_place(community.area or '')}")


def _in_french(community: Community) -> str:
    return community.name_fr or community.name.replace(" and ", " et ")


def _best(community: Community, asked: tuple[str, ...]) -> Found | None:
    """Give the best hit among the community's names."""
    best: Found | None = None
    for name in _names(community):
        score = _score(name.words, asked)
        if score and (best is None or score - name.penalty > best.score):
            best = Found(community, score - name.penalty, name.written if name.penalty else None)
    return best


def _score(name: tuple[str, ...], asked: tuple[str, ...]) -> int:
    if name == asked:
        return EXACT
    joined, typed = "".join(name), "".join(asked)
    if " ".join(name).startswith(" ".join(asked)) or joined.startswith(typed):
        return BEGINS
    if all(any(word.startswith(part) for word in name) for part in asked):
        return ALL_WORDS
    if len(typed) >= SHORTEST_GUESSED and typed in joined:
        return INSIDE
    if all(any(_alike(part, word) for word in name) for part in asked):
        return GUESSED
    return 0


def _alike(typed: str, word: str) -> bool:
    """Tell whether a typed word may mean another one: one slip up to six letters, two from seven on."""
    if typed == word or word.startswith(typed):
        return True
    if len(typed) < SHORTEST_GUESSED:
        return False
    slips = 1 if len(typed) < 7 else 2  # noqa: PLR2004 - as the docstring says
    # What is typed may be only the beginning of the word.
    beginnings = {word, word[: len(typed)], word[: len(typed) + 1], word[: len(typed) - 1]}
    return any(OSA.distance(typed, each, score_cutoff=slips) <= slips for each in beginnings)


@lru_cache(maxsize=4096)
def _names(community: Community) -> tuple[_Name, ...]:
    """Give every name of a community in comparable words, its own first."""
    written = [(community.name, 0), (community.official_name, 0)]
    written += [(each, OTHER_NAME) for each in (community.name_fr, *community.other_names) if each]
    if community.office_town is not None:
        written.append((community.office_town, OFFICE_TOWN))
    return tuple(_Name(name, words, penalty) for name, penalty in written for words in _spellings(_words(name)))


def _spellings(words: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """Give a name's words, and again with ``St.`` and ``Ste.`` in full."""
    in_full = tuple(_IN_FULL.get(word, word) for word in words)
    return (words,) if in_full == words else (words, in_full)


def _words(text: str) -> tuple[str, ...]:
    """Give the words of a name, folded: hyphens and slashes part them, apostrophes do not."""
    plain = "".join("" if mark in "'’ʼ`´" else mark if mark.isalnum() else " " for mark in fold(clean(text)))
    return tuple(plain.split())
