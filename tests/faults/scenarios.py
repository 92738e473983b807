"""Every fault that the reminder machine must live through, at full and at small size."""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from tests.faults import crashes, days, refusals
from tests.faults.world import Outcome

ALL, THIRD = {"stride": 1, "usual": 60}, {"stride": 3, "usual": 60}
SOME, FEW = {"stride": 14, "usual": 0}, {"stride": 28, "usual": 0}
KILL = {"program": "scheduler", "number": signal.SIGKILL}
TERM = {"program": "scheduler", "number": signal.SIGTERM}
COMMAND = {"program": "command", "number": signal.SIGTERM}
SPRING, AUTUMN, LEAP = date(2027, 3, 14), date(2027, 11, 7), date(2028, 2, 29)


@dataclass(frozen=True, slots=True)
class Scenario:
    """A fault by name, how it is played in a world of its own, and how large."""

    title: str
    play: Callable[..., Outcome]
    full: Mapping[str, Any]
    quick: Mapping[str, Any]


SCENARIOS = (
    Scenario("SIGKILL at every step of a tick", crashes.signalled, KILL | ALL, KILL | SOME),
    Scenario("SIGTERM at every step of a tick", crashes.signalled, TERM | ALL, TERM | FEW),
    Scenario("SIGTERM at every third step of `flask tick`", crashes.signalled, COMMAND | THIRD, COMMAND | FEW),
    Scenario("four ticks at once", crashes.at_once, {"letters": 1000}, {"letters": 100}),
    Scenario("the database fails in mid-tick", crashes.database_lost, {"letters": 5}, {"letters": 1}),
    Scenario("the scheduler is off for days", days.down, {"letters": 20}, {"letters": 2}),
    Scenario("clock-change nights, 29 February", days.nights, {"days": (SPRING, AUTUMN, LEAP)}, {"days": (SPRING,)}),
    Scenario("tzdata is updated", days.new_rules, {"letters": 10}, {"letters": 1}),
    Scenario("a date is moved", days.moved, {"letters": 10}, {"letters": 2}),
    Scenario("one letter is poison", refusals.poisoned, {"letters": 1000}, {"letters": 20}),
    Scenario("a storm of letters", refusals.stormed, {"letters": 200}, {"letters": 60}),
    *(
        Scenario(f"mail server: {name}", refusals.refused, {"name": name, "letters": 3}, {"name": name, "letters": 1})
        for name in refusals.BEHAVIOURS
    ),
)

SYSTEM_CALLS = Scenario(
    "SIGKILL at every system call of a tick", crashes.killed_at_system_calls, ALL, {"stride": 20, "usual": 0}
)
"""Needs ``strace``, so it is played only when asked for."""
