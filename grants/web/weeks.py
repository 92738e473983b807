"""A picture whose width is time: where a day stands, which days are off, and where weeks begin."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from grants.domain import phrases
from grants.domain.workdays import AT_HOME, is_workday
from grants.web.language import current_language

WIDTH: Final = 1000
"""The width of the picture, in units of its own grid."""
ROOM: Final = 120
"""How much room the words of a Monday ask for."""
NARROWEST: Final = 5
"""The width of a day under which days that are off are too thin to be seen, and are left out."""

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Tick:
    """A Monday; ``words`` are empty where they would meet those of the one before."""

    x: int
    words: str


@dataclass(frozen=True, slots=True)
class Off:
    """A weekend, a holiday, or several of them in a row."""

    x: int
    width: int


@dataclass(frozen=True, slots=True)
class Weeks:
    """The days of a picture, both included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many days it shows."""
        return (self.last - self.first).days + 1

    def x(self, day: date) -> int:
        """Give where a day begins; what lies outside is put at the edge."""
        place = round(WIDTH * (day - self.first).days / self.days)
        return min(max(place, 0), WIDTH)

    def width(self, first: date, last: date) -> int:
        """Give how wide the days from one to another are."""
        return self.x(last + _DAY) - self.x(first)

    @property
    def ticks(self) -> tuple[Tick, ...]:
        """The Mondays."""
        found: list[Tick] = []
        free_from = 0
        monday = self.first + timedelta(days=-self.first.weekday() % 7)
        while monday <= self.last:
            x = self.x(monday)
            shown = x >= free_from and x + ROOM <= WIDTH
            words = phrases.day(monday, current_language(), weekday=False, year=False) if shown else ""
            found.append(Tick(x, words.removeprefix("le ")))
            free_from = x + ROOM if shown else free_from
            monday += timedelta(weeks=1)
        return tuple(found)

    @property
    def off(self) -> tuple[Off, ...]:
        """The days on which nobody works, by Ontario's list; none where they would be too thin to be seen."""
        return tuple(self._off()) if WIDTH / self.days >= NARROWEST else ()

    def _off(self) -> Iterator[Off]:
        begun: date | None = None
        for place in range(self.days + 1):
            day = self.first + place * _DAY
            works = day > self.last or is_workday(day, AT_HOME)
            if works and begun is not None:
                yield Off(self.x(begun), self.width(begun, day - _DAY))
                begun = None
            elif not works and begun is None:
                begun = day
