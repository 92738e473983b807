"""Words of a text, made comparable: one folding, one stemmer and one stop list for English and French together.

Plans and programs mix both languages in one sentence, and a language flag can be wrong, so nothing here asks for one.
The stemmer is light: it joins forms of one word (policies, policy; âgées, âgé) and leaves different words apart.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

LONGEST_TEXT = 2_000
"""Characters of a text that are read; what follows is ignored."""

LONGEST_WORD = 40
"""Characters of a word that are read."""

_SHORT = 3
"""Letters of a word that is too short to have endings."""

_TOKEN = re.compile(r"[^\W_]+(?:['’ʼ`´][^\W_]+)*")
_APOSTROPHE = re.compile(r"['’ʼ`´]")
_HYPHENS = ("-", "‐", "‑")
_BREAK = re.compile(r"[,;:.!?()\[\]{}/|\\•·\n\r\t«»\"“”–—]|\s-\s")
_ELIDED = frozenset(["l", "d", "j", "m", "n", "s", "t", "c", "qu", "jusqu", "lorsqu", "puisqu"])
_JOINING = frozenset(["and", "or", "et", "ou", "ni", "nor"])

_ENGLISH_STOP = """
a an the and or nor of to in on at by for from with within into onto upon about across over under between among amongst
through throughout during per via as is are was were be been am do does did has have had having it its this that these
those they them their there who whom which what when where how we us our you your he she his her i my can may will would
should could not no so such than then too very more most other some any each every all both while if but also s
"""
_FRENCH_STOP = """
le la les un une des du de et ou ni au aux en dans par pour avec sur sous entre chez vers lors afin ainsi que qui quoi
dont ce cet cette ces il elle ils elles nous vous se sa ses leur leurs notre nos votre vos est sont etre ete ont avoir
plus moins tres tout toute tous toutes aussi comme mais si ne pas y
"""
_STOP = frozenset((_ENGLISH_STOP + _FRENCH_STOP).split())

_AIMS = """
access act action actively address advance better bring combat combatting combating create creating cut decrease deliver
drive eliminate encourage end enhance ensure expand foster give grow help improve improving increase increasing lack
less level lower maintain make manage meet need needs prioritize priority priorities promote promotion protect provide
reduce reducing reduction respond stop strategic strategy strengthen strengthening support supporting supportive
supports tackle together toward towards work working
aborder ameliorer appuyer assurer augmenter combattre contrer creer developper eliminer encourager faire favoriser lutte
lutter manque mettre offrir priorite priorites promouvoir reduire renforcer soutenir strategie
"""
_AIM = frozenset(_AIMS.split())


class Gap(IntEnum):
    """What stands between a word and the word before it, stop words apart."""

    NONE = 0
    JOINED = 1  # "and", "et", "&", "or": may stand inside one idea (gun and gang violence) or between two
    BROKEN = 2  # a comma, a slash, a bracket, a full stop: always between two


@dataclass(frozen=True, slots=True)
class Word:
    """A content word: ``typed`` as in the text from ``start`` to ``end``, ``form`` folded, ``stem`` for comparing."""

    typed: str
    form: str
    stem: str
    gap: Gap
    start: int
    end: int


def clean(text: str, *, limit: int = LONGEST_TEXT) -> str:
    """The first ``limit`` characters of a text in compatibility form (NFKC), which may not be longer either."""
    return unicodedata.normalize("NFKC", text[:limit])[:limit]


@lru_cache(maxsize=65_536)
def fold(word: str) -> str:
    """A word without case, accents and ligatures: ``Œuvre`` and ``OEUVRE`` both give ``oeuvre``."""
    decomposed = unicodedata.normalize("NFKD", word.casefold().replace("œ", "oe").replace("æ", "ae"))
    return "".join(mark for mark in decomposed if not unicodedata.combining(mark))


_ENDINGS = (
    # Plural endings: what to cut, the letters that must be left, what to put instead.
    ("ies", 3, "i"),
    ("ie", 3, "i"),
    ("eaux", 2, "eau"),
    ("aux", 3, "al"),
    ("ss", 1, "ss"),
    ("uses", 4, "u"),
    ("sis", 2, "s"),
    ("s", 3, ""),
)
_LATER_ENDINGS = (("ness", 5), ("ing", 4), ("ed", 4))


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """The common part of a word's forms in either language; the word may carry accents.

    Digits and words of up to three letters stay as they are. French ``ée`` is told from English ``ee`` by its accent.
    """
    lowered = word.casefold()
    accented = re.sub(r"é(?:es|e|s)?$", "", lowered)
    form = fold(accented)
    if accented != lowered and len(form) >= _SHORT:
        return _undoubled(form)
    if len(form) <= _SHORT or not form.isalpha():
        return form
    for ending, kept, instead in _ENDINGS:
        if form.endswith(ending) and len(form) - len(ending) >= kept:
            form = form[: len(form) - len(ending)] + instead
            break
    for ending, kept in _LATER_ENDINGS:
        if form.endswith(ending) and len(form) - len(ending) >= kept:
            form = form[: len(form) - len(ending)]
            break
    if form.endswith("e") and not form.endswith("ee") and len(form) > _SHORT:
        form = form[:-1]
    if form.endswith("y"):
        form = form[:-1] + "i"
    return _undoubled(form)


def _undoubled(form: str) -> str:
    """``plann`` and ``plan`` are one stem; ``ss`` stays."""
    if len(form) > _SHORT and form[-1] == form[-2] and form[-1] not in "se":
        return form[:-1]
    return form


def is_aim(form: str) -> bool:
    """Whether a folded word only says what is to be done (improve, réduire) and names no topic."""
    return form in _AIM


def words(text: str, *, limit: int = LONGEST_TEXT) -> tuple[Word, ...]:
    """The content words of a text in order, stop words left out.

    Elided articles (``l'``, ``d'``) and the English possessive are cut off; hyphens part words; ``&`` is "and".
    Cost: one pass over at most ``limit`` characters, for any input.
    """
    seen = clean(text, limit=limit)
    found: list[Word] = []
    gap = Gap.NONE
    reached = 0
    for token in _TOKEN.finditer(seen):
        start, end = token.span()
        between = seen[reached:start]
        if between != " " and found:
            gap = max(gap, _gap(between))
        reached = end
        form, stemmed, skipped, cut = _read(token.group())
        if form in _STOP and not (seen[start - 1 : start] in _HYPHENS or seen[end : end + 1] in _HYPHENS):
            if form in _JOINING:
                gap = max(gap, Gap.JOINED)
        elif form:
            first, last = start + skipped, min(end - cut, start + skipped + LONGEST_WORD)
            found.append(Word(seen[first:last], form, stemmed, gap, first, last))
            gap = Gap.NONE
    return tuple(found)


def _gap(between: str) -> Gap:
    if _BREAK.search(between):
        return Gap.BROKEN
    return Gap.JOINED if "&" in between else Gap.NONE


@lru_cache(maxsize=65_536)
def _read(token: str) -> tuple[str, str, int, int]:
    """Form and stem of a token, and how many characters of it are an elided article before or a possessive behind."""
    marks = [mark.start() for mark in _APOSTROPHE.finditer(token)]
    start = marks[0] + 1 if marks and fold(token[: marks[0]]) in _ELIDED else 0
    end = marks[-1] if marks and marks[-1] >= start and fold(token[marks[-1] + 1 :]) == "s" else len(token)
    word = token[start:end][:LONGEST_WORD]
    return fold(word), stem(word), start, len(token) - end
