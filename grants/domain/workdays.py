"""Business days: weekdays that are no holiday, by the federal list or by Ontario's.

The lists are those of the library ``holidays``, which is kept up to date: federal holidays for federal money, Ontario's
for all other. What the lists leave out is a working day, such as Easter Monday and the Civic Holiday in August.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

import holidays

from grants.domain.catalogue import Level

AT_HOME = Level.MUNICIPAL
"""The level whose list a community's own staff keep: Ontario's."""

_DAY = timedelta(days=1)


def is_workday(day: date, level: Level) -> bool:
    """Tell whether the offices of a level are open: from Monday to Friday, but on no holiday."""
    return day.weekday() < 5 and day not in _closed_days(day.year, federal=level is Level.FEDERAL)  # noqa: PLR2004 - Saturday


def workdays_before(day: date, count: int, level: Level) -> date:
    """Go back ``count`` business days from ``day``, which itself is not counted; none leaves the day as it is."""
    return _walk(day, count, -_DAY, level)


def workdays_after(day: date, count: int, level: Level) -> date:
    """Go on ``count`` business days from ``day``, which itself is not counted; none leaves the day as it is."""
    return _walk(day, count, _DAY, level)


def workday_at_latest(day: date, level: Level) -> date:
    """Give the last business day that is not after ``day``."""
    return day if is_workday(day, level) else workdays_before(day, 1, level)


def workday_at_earliest(day: date, level: Level) -> date:
    """Give the first business day that is not before ``day``."""
    return day if is_workday(day, level) else workdays_after(day, 1, level)


def workdays_between(first: date, last: date, level: Level) -> int:
    """Count the business days from ``first`` to ``last``, both included; none where ``last`` comes before.

    Cost: one step a day.
    """
    return sum(is_workday(first + each * _DAY, level) for each in range((last - first).days + 1))


def _walk(day: date, count: int, step: timedelta, level: Level) -> date:
    while count > 0:
        day += step
        count -= is_workday(day, level)
    return day


@cache
def _closed_days(year: int, *, federal: bool) -> frozenset[date]:
    if federal:
        return frozenset(holidays.country_holidays("CA", categories=("public", "government"), years=year))
    return frozenset(holidays.country_holidays("CA", subdiv="ON", years=year))
