"""The picture of twelve weeks: where bars and their labels stand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest
from flask import Flask

from grants.services.timeline import Bar, Picture
from grants.web.timelines import WIDTH, Label, drawing

TODAY = date(2026, 11, 24)


@dataclass(frozen=True)
class Thing:
    """Something with two instants."""

    opens: datetime | None = None
    closes: datetime | None = datetime(2026, 12, 11, tzinfo=UTC)


def label(_thing: Thing) -> Label:
    return Label("Safety Fund", "Safety Fund: open", "/en/", "open")


@pytest.mark.parametrize(
    ("start", "end", "place"),
    [
        pytest.param(0, 100, (110, "start", 90, False), id="room after it"),
        pytest.param(0, 5, (38, "start", 97, False), id="a bar that ends today is still wide enough to meet"),
        pytest.param(700, 900, (690, "end", 70, False), id="room before it"),
        pytest.param(0, 1000, (10, "start", 97, True), id="none beside it"),
        pytest.param(300, 700, (310, "start", 37, True), id="in the middle"),
        pytest.param(995, 1000, (962, "end", 97, False), id="at the far end"),
    ],
)
def test_a_label_stands_where_there_is_room(
    catalogue_app: Flask, start: int, end: int, place: tuple[int, str, int, bool]
) -> None:
    bar = Bar(Thing(), start, end, to_later=False)
    with catalogue_app.test_request_context("/en/deadlines"):
        drawn = drawing(Picture(TODAY, TODAY, (bar,), ()), label).bars[0]
    assert (drawn.label_x, drawn.anchor, drawn.letters, drawn.inside) == place
    assert drawn.x >= 0
    assert drawn.x + drawn.width <= WIDTH
