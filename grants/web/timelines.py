"""The picture of twelve weeks with everything at its place: what to draw is worked out by ``services/timeline``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from grants.domain import phrases
from grants.services.timeline import Bar, Dated, Picture
from grants.web.language import current_language

# In units of the picture's own grid.
WIDTH: Final = 1000
ROW: Final = 56
TOP: Final = 44
LETTER: Final = 10
"""How wide a letter of a label is, with some to spare."""
ROOM: Final = 400
"""How much room a label asks for beside its bar; where neither side has it, the label goes inside."""

Thing = TypeVar("Thing", bound=Dated)


@dataclass(frozen=True, slots=True)
class Label:
    """How a bar is called, all that a screen reader says of it, where it leads, and its look (a status)."""

    words: str
    said: str
    address: str
    look: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """A bar of the picture at its place, and where its label starts or, with ``anchor`` "end", ends.

    ``letters`` is how many letters of the label have room; ``inside`` tells whether it stands on the bar; ``to_later``
    that the bar runs on.
    """

    label: Label
    x: int
    width: int
    y: int
    label_x: int
    anchor: str
    letters: int
    inside: bool
    to_later: bool


@dataclass(frozen=True, slots=True)
class Tick:
    """A Monday of the picture; ``words`` are empty where the labels would meet."""

    x: int
    words: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """The picture with everything at its place; ``first`` and ``last`` are its days in words."""

    height: int
    bars: tuple[Drawn, ...]
    ticks: tuple[Tick, ...]
    first: str
    last: str


def drawing(picture: Picture[Thing], label: Callable[[Thing], Label]) -> Drawing:
    """Put bars and Mondays at their place; a bar is at least as wide as a finger can meet."""
    language = current_language()
    bars = tuple(_drawn(bar, label(bar.entry), TOP + number * ROW) for number, bar in enumerate(picture.bars))
    ticks = tuple(
        Tick(x, phrases.day(day, language, weekday=False, year=False).removeprefix("le ") if not number % 2 else "")
        for number, (x, day) in enumerate(picture.mondays)
    )
    first, last = phrases.day(picture.first, language), phrases.day(picture.last, language)
    return Drawing(TOP + len(bars) * ROW + 8, bars, ticks, first, last)


def _drawn(bar: Bar[Thing], label: Label, y: int) -> Drawn:
    width = max(bar.end - bar.start, ROW // 2)
    x = min(bar.start, WIDTH - width)
    after = WIDTH - (x + width)
    if after >= ROOM:
        place, anchor, letters = x + width + LETTER, "start", after // LETTER
    elif x >= ROOM:
        place, anchor, letters = x - LETTER, "end", x // LETTER
    else:
        place, anchor, letters = x + LETTER, "start", width // LETTER - 3
    inside = after < ROOM and x < ROOM
    return Drawn(label, x, width, y, place, anchor, letters, inside=inside, to_later=bar.to_later)
