"""The picture of a program's past rounds: when each was open, and, dashed, when the next may be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from grants.domain.deadlines import Estimate, Intake

WIDTH = 640
LINE = 22
TOP = 26
FEWEST = 2
"""Rounds with a date below which a picture says nothing that the list does not."""
NARROWEST = 6
"""Units that a bar has at least, so that one day can be seen."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One round: from ``x`` for ``width`` units at ``y``; ``key`` of its intake, empty for the estimate."""

    x: float
    y: float
    width: float
    key: str


@dataclass(frozen=True, slots=True)
class Year:
    """Where a year begins."""

    x: float
    number: int


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture in units of its own; ``today`` is where the present day lies."""

    height: int
    years: tuple[Year, ...]
    bars: tuple[Bar, ...]
    guess: Bar | None
    today: float


def draw(intakes: Sequence[Intake], estimate: Estimate | None, today: date) -> Picture | None:
    """Lay out the rounds that have a date, oldest on top; None where there are fewer than two."""
    spans = sorted((_span(each) for each in intakes if _has_date(each)), key=lambda span: (span[0], span[2]))
    if len(spans) < FEWEST:
        return None
    window = _window(estimate, today) if estimate else None
    first = date(min(span[0] for span in spans).year, 1, 1)
    last = max([today, *(span[1] for span in spans), *([window[1]] if window else [])])
    end = date(last.year + 1, 1, 1)
    scale = WIDTH / (end - first).days

    def bar(opens: date, closes: date, row: int, key: str) -> Bar:
        width = max((closes - opens).days * scale, NARROWEST)
        return Bar(round((closes - first).days * scale - width, 1), TOP + row * LINE, round(width, 1), key)

    bars = tuple(bar(opens, closes, row, key) for row, (opens, closes, key) in enumerate(spans))
    guess = bar(*window, len(spans), "") if window else None
    years = tuple(Year(round((date(year, 1, 1) - first).days * scale, 1), year) for year in range(first.year, end.year))
    rows = len(spans) + (1 if guess else 0)
    return Picture(TOP + rows * LINE + 4, years, bars, guess, round((today - first).days * scale, 1))


def _has_date(intake: Intake) -> bool:
    return intake.gate(frozenset()).closes.date is not None


def _span(intake: Intake) -> tuple[date, date, str]:
    closes = intake.gate(frozenset()).closes.date or date.min
    opens = intake.opens.date if intake.opens and intake.opens.date else closes
    return min(opens, closes), closes, intake.key


def _window(estimate: Estimate, today: date) -> tuple[date, date]:
    """Give the next time the estimated interval of closings comes round."""
    (month, number), (last_month, last_number) = estimate.closes
    for year in (today.year - 1, today.year, today.year + 1):
        start = _on(year, month, number)
        end = _on(year if (last_month, last_number) >= (month, number) else year + 1, last_month, last_number)
        if end >= today:
            return start, end
    return today, today + timedelta(days=1)


def _on(year: int, month: int, number: int) -> date:
    return date(year, month, min(number, 28) if month == 2 else number)  # noqa: PLR2004 - February
