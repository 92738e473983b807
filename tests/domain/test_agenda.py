"""What a community has before it: its order, its parts, one person's share of it, and what of it is at risk."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grants.domain.agenda import Due, DueKind, Part, Risk, RiskKind, in_order, most_pressing_first, of_person, overdue
from grants.domain.bilingual import Bilingual

TODAY = date(2026, 11, 24)
BUDGET = Bilingual("Draw up the budget", "Établir le budget")


def a_due(day: date = TODAY, kind: DueKind = DueKind.TASK, **changes: Any) -> Due:
    """Make a task of application 1, or something else by ``changes``."""
    values: dict[str, Any] = {
        "uid": "task-1",
        "title": BUDGET,
        "about": Bilingual("Safer Streets", "Des rues plus sûres"),
        "deadline": None,
        "closes": None,
        "owner": 7,
        "who": "Ana",
        "application": 1,
        "done": False,
        "sequence": 1,
        "modified": datetime(2026, 11, 1, tzinfo=UTC),
        "task": 1,
        **changes,
    }
    return Due(day=day, kind=kind, **values)


@pytest.mark.parametrize(
    ("days", "part"),
    [(-1, Part.PAST), (0, Part.TODAY), (1, Part.WEEK), (7, Part.WEEK), (8, Part.LATER)],
)
def test_a_day_stands_in_one_part_of_the_list(days: int, part: Part) -> None:
    assert a_due(TODAY + timedelta(days=days)).part(TODAY) is part


def test_on_one_day_what_the_funder_sets_comes_first() -> None:
    kinds = [DueKind.PAPERS, DueKind.TASK, DueKind.CLOSING, DueKind.OPENING, DueKind.REPORT, DueKind.COUNCIL]

    ordered = in_order([a_due(kind=each) for each in kinds])

    assert [due.kind for due in ordered] == list(DueKind)


@given(st.lists(st.tuples(st.integers(-30, 30), st.sampled_from(list(DueKind))), max_size=12))
def test_the_order_is_that_of_days_and_loses_nothing(those: list[tuple[int, DueKind]]) -> None:
    made = [a_due(TODAY + timedelta(days=days), kind, uid=str(place)) for place, (days, kind) in enumerate(those)]

    ordered = in_order(made)

    assert [due.day for due in ordered] == sorted(due.day for due in made)
    assert in_order(reversed(made)) == ordered


def test_one_person_sees_what_is_theirs_and_the_meetings_their_tasks_wait_for() -> None:
    mine, others = a_due(), a_due(uid="task-2", owner=8)
    awaited = a_due(kind=DueKind.COUNCIL, uid="meeting-1", owner=None, awaited_by=frozenset({7}))
    other = a_due(kind=DueKind.COUNCIL, uid="meeting-2", owner=None, awaited_by=frozenset({8}))

    assert of_person([mine, others, awaited, other], 7) == (mine, awaited)


@pytest.mark.parametrize(
    ("due", "en"),
    [
        (a_due(kind=DueKind.CLOSING, title=Bilingual("Application", "Demande")), "Closes: Safer Streets (Application)"),
        (a_due(kind=DueKind.OPENING), "Opens: Safer Streets"),
        (a_due(), "Draw up the budget – Safer Streets"),
        (a_due(kind=DueKind.COUNCIL, about=None), "Draw up the budget"),
    ],
    ids=["closing", "opening", "task", "meeting"],
)
def test_the_headline_says_all_of_it(due: Due, en: str) -> None:
    assert due.headline.en == en
    assert due.headline.fr != due.headline.en


def risks(*dues: Due, closes: date = date(2026, 12, 18)) -> list[tuple[RiskKind, date | None]]:
    """Find what is overdue or too late, with its day."""
    return [(risk.kind, risk.day) for risk in overdue(dues, TODAY, {1: closes})]


def test_a_task_is_overdue_on_the_day_after_its_own() -> None:
    yesterday = TODAY - timedelta(days=1)

    assert risks(a_due(TODAY)) == []
    assert risks(a_due(yesterday)) == [(RiskKind.OVERDUE, yesterday)]
    assert risks(a_due(yesterday, done=True)) == []


def test_a_task_after_its_closing_is_too_late_and_a_report_is_not() -> None:
    after = date(2026, 12, 19)

    assert risks(a_due(after)) == [(RiskKind.TOO_LATE, after)]
    assert risks(a_due(after, kind=DueKind.REPORT)) == []
    assert risks(a_due(date(2026, 12, 18))) == []


def test_the_most_pressing_risk_comes_first_and_the_earlier_of_a_kind() -> None:
    late, later, letters = (
        Risk(RiskKind.OVERDUE, BUDGET, day=TODAY - timedelta(days=2)),
        Risk(RiskKind.OVERDUE, Bilingual("A", "A"), day=TODAY),
        Risk(RiskKind.LETTERS, Bilingual("Ana", "Ana")),
    )

    assert most_pressing_first([letters, later, late]) == (late, later, letters)
