"""Meeting dates: what a pattern names, what a pasted list says, what is refused."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grants.domain.meetings import (
    BODY_WORDS,
    MOST,
    PAPERS_WORDS,
    Body,
    Fault,
    Rhythm,
    fault_of,
    fault_words,
    listed_days,
    own_body,
    place_in_month,
    repeated,
)

DAYS = st.dates(date(2020, 1, 1), date(2060, 12, 31))
WEEKS = {Rhythm.WEEKLY: 7, Rhythm.FORTNIGHTLY: 14, Rhythm.THREE_WEEKLY: 21, Rhythm.FOUR_WEEKLY: 28}


@pytest.mark.parametrize(
    ("rhythm", "first", "until", "expected"),
    [
        (Rhythm.ONCE, "2026-12-08", "2027-12-08", ["2026-12-08"]),
        (Rhythm.WEEKLY, "2026-12-29", "2027-01-12", ["2026-12-29", "2027-01-05", "2027-01-12"]),
        (Rhythm.FORTNIGHTLY, "2026-12-08", "2027-01-18", ["2026-12-08", "2026-12-22", "2027-01-05"]),
        (Rhythm.MONTHLY, "2026-12-08", "2027-03-09", ["2026-12-08", "2027-01-12", "2027-02-09", "2027-03-09"]),
        (Rhythm.MONTHLY, "2026-12-29", "2027-04-30", ["2026-12-29", "2027-03-30"]),
        (Rhythm.MONTH_END, "2026-12-29", "2027-03-31", ["2026-12-29", "2027-01-26", "2027-02-23", "2027-03-30"]),
        (Rhythm.WEEKLY, "2026-12-08", "2026-12-01", ["2026-12-08"]),
    ],
    ids=[
        "once",
        "over the year",
        "fortnight",
        "second Tuesday",
        "fifth Tuesday",
        "last Tuesday",
        "ends before it begins",
    ],
)
def test_a_pattern_names_these_days(rhythm: Rhythm, first: str, until: str, expected: list[str]) -> None:
    found = repeated(date.fromisoformat(first), rhythm, date.fromisoformat(until))

    assert [day.isoformat() for day in found] == expected


@given(DAYS, st.sampled_from(list(Rhythm)), st.integers(0, 1_500))
def test_days_of_a_pattern_rise_stay_in_bounds_and_keep_their_weekday(first: date, rhythm: Rhythm, length: int) -> None:
    until = first + timedelta(days=length)

    days = repeated(first, rhythm, until)

    assert days[0] == first
    assert len(days) <= MOST
    assert all(before < after for before, after in pairwise(days))
    assert all(day <= until for day in days)
    assert {day.weekday() for day in days} == {first.weekday()}
    if rhythm in WEEKS:
        assert {(after - before).days for before, after in pairwise(days)} <= {WEEKS[rhythm]}
    if rhythm is Rhythm.MONTHLY:
        assert {place_in_month(day) for day in days} == {place_in_month(first)}
    if rhythm is Rhythm.MONTH_END:
        assert all((day + timedelta(days=7)).month != day.month for day in days[1:])


def test_a_list_is_read_whatever_parts_it_and_says_what_is_no_day() -> None:
    found = listed_days(" 2027-01-12, 2027-01-26;2027-01-12\n2027-13-01  12/01/2027 20270112\t2027-02-09 ")

    assert [day.isoformat() for day in found.days] == ["2027-01-12", "2027-01-26", "2027-02-09"]
    assert found.wrong == ("2027-13-01", "12/01/2027", "20270112")


@given(st.text(max_size=200))
def test_whatever_is_pasted_is_either_a_day_or_named(typed: str) -> None:
    found = listed_days(typed)

    assert list(found.days) == sorted(set(found.days))
    assert all(piece in typed for piece in found.wrong)
    assert bool(found.days or found.wrong) == bool(typed.replace(",", " ").replace(";", " ").split())


@pytest.mark.parametrize(
    ("days", "fault"),
    [
        ((), Fault.NONE),
        ((date(2026, 12, 1),), None),
        ((date(2025, 11, 1),), Fault.TOO_OLD),
        ((date(2026, 12, 1), date(2031, 1, 1)), Fault.TOO_FAR),
        (tuple(date(2026, 12, 1) + timedelta(days=each) for each in range(MOST + 1)), Fault.TOO_MANY),
    ],
    ids=["none", "fine", "old", "far", "many"],
)
def test_days_that_cannot_be_meant_are_refused(days: tuple[date, ...], fault: Fault | None) -> None:
    assert fault_of(days, date(2026, 11, 24)) is fault


def test_every_fault_and_every_body_has_words_in_both_languages() -> None:
    assert all(fault_words(each, "x").en != fault_words(each, "x").fr for each in Fault)
    assert all(each in BODY_WORDS and each in PAPERS_WORDS for each in Body)
    assert (own_body("first-nation"), own_body("municipality")) == (Body.BAND_COUNCIL, Body.COUNCIL)
