"""Business days: named days of both lists, year ends, and laws that hold for every span."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grants.domain.catalogue import Level
from grants.domain.workdays import (
    AT_HOME,
    is_workday,
    workday_at_earliest,
    workday_at_latest,
    workdays_after,
    workdays_before,
    workdays_between,
)

DAYS = st.dates(date(2019, 1, 1), date(2035, 12, 31))
LEVELS = st.sampled_from(Level)


@pytest.mark.parametrize(
    ("day", "level", "open_"),
    [
        pytest.param(date(2026, 11, 24), Level.PROVINCIAL, True, id="a Tuesday"),
        pytest.param(date(2026, 11, 28), Level.PROVINCIAL, False, id="a Saturday"),
        pytest.param(date(2026, 11, 29), Level.FEDERAL, False, id="a Sunday"),
        pytest.param(date(2026, 2, 16), Level.PROVINCIAL, False, id="Family Day in Ontario"),
        pytest.param(date(2026, 2, 16), Level.FEDERAL, True, id="Family Day, federal"),
        pytest.param(date(2026, 9, 30), Level.FEDERAL, False, id="Truth and Reconciliation, federal"),
        pytest.param(date(2026, 9, 30), Level.PROVINCIAL, True, id="Truth and Reconciliation in Ontario"),
        pytest.param(date(2026, 11, 11), Level.FEDERAL, False, id="Remembrance Day, federal"),
        pytest.param(date(2026, 11, 11), AT_HOME, True, id="Remembrance Day in Ontario"),
        pytest.param(date(2026, 4, 3), Level.FOUNDATION, False, id="Good Friday"),
        pytest.param(date(2026, 4, 6), AT_HOME, True, id="Easter Monday is in neither list"),
        pytest.param(date(2026, 12, 28), AT_HOME, False, id="Boxing Day moved to Monday"),
        pytest.param(date(2027, 1, 1), AT_HOME, False, id="New Year"),
    ],
)
def test_a_day_is_a_business_day_by_the_list_of_its_level(day: date, level: Level, *, open_: bool) -> None:
    assert is_workday(day, level) is open_


@pytest.mark.parametrize(
    ("day", "level", "before"),
    [
        pytest.param(date(2026, 11, 27), Level.PROVINCIAL, date(2026, 11, 24), id="an ordinary week"),
        pytest.param(date(2026, 11, 24), Level.PROVINCIAL, date(2026, 11, 19), id="over a weekend"),
        pytest.param(date(2026, 11, 13), Level.PROVINCIAL, date(2026, 11, 10), id="Remembrance Day is a day of work"),
        pytest.param(date(2026, 11, 13), Level.FEDERAL, date(2026, 11, 9), id="Remembrance Day, federal"),
        pytest.param(date(2026, 2, 18), Level.FOUNDATION, date(2026, 2, 12), id="Family Day in Ontario"),
        pytest.param(date(2026, 2, 18), Level.FEDERAL, date(2026, 2, 13), id="no Family Day, federal"),
        pytest.param(date(2027, 1, 4), Level.MUNICIPAL, date(2026, 12, 29), id="over New Year and a moved Boxing Day"),
    ],
)
def test_three_business_days_before(day: date, level: Level, before: date) -> None:
    assert workdays_before(day, 3, level) == before


def test_a_long_way_back_keeps_the_holidays_of_every_year_it_crosses() -> None:
    """From 2027 to 2021: the holidays of the first of these years count like those of the last."""
    start = date(2027, 1, 4)
    count = workdays_between(date(2021, 1, 1), start - timedelta(days=1), AT_HOME)
    first = workdays_before(start, count, AT_HOME)
    assert first == date(2021, 1, 4)
    assert not is_workday(date(2021, 2, 15), AT_HOME)


@given(DAYS, st.integers(0, 600), LEVELS)
def test_there_and_back_again(day: date, count: int, level: Level) -> None:
    """As many days on as back lead to the same day, for a day that is itself a business day."""
    start = workday_at_earliest(day, level)
    there = workdays_after(start, count, level)
    assert workdays_before(there, count, level) == start
    assert workdays_between(start, there, level) == count + 1


@given(DAYS, DAYS, DAYS, LEVELS)
def test_spans_add_up(one: date, two: date, three: date, level: Level) -> None:
    first, middle, last = sorted((one, two, three))
    whole = workdays_between(first, last, level)
    assert whole == workdays_between(first, middle, level) + workdays_between(middle + timedelta(days=1), last, level)
    assert 0 <= whole <= (last - first).days + 1


@given(DAYS, LEVELS)
def test_the_nearest_business_days_have_none_between(day: date, level: Level) -> None:
    latest, earliest = workday_at_latest(day, level), workday_at_earliest(day, level)
    assert latest <= day <= earliest
    assert is_workday(latest, level)
    assert is_workday(earliest, level)
    assert workdays_between(latest, earliest, level) == (1 if latest == earliest else 2)


@given(DAYS, LEVELS)
def test_no_days_are_between_a_day_and_one_before_it(day: date, level: Level) -> None:
    assert workdays_between(day, day - timedelta(days=1), level) == 0
