"""Break what can break and count letters: ``python -m tests.faults``.

Prints one table; ends with 1 where a promise is broken. ``--quick`` plays all at small size; ``--syscalls`` kills at
every system call too, where ``strace`` is to be had.
"""
# ruff: noqa: T201 - it prints

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from itertools import groupby

from tests.faults.arena import play_all
from tests.faults.scenarios import SCENARIOS, SYSTEM_CALLS, Scenario
from tests.faults.world import Outcome

HEAD = """\
| fault | database | expected | delivered | lost | repeated | what came of it |
|---|---|---|---|---|---|---|"""


def rows(scenario: Scenario, played: list[tuple[str, Outcome]]) -> Iterator[str]:
    """Write a scenario's row: one for both databases where they agree."""
    for outcome, those in groupby(played, key=lambda each: each[1]):
        databases = ", ".join(database for database, _ in those)
        figures = (outcome.expected, outcome.delivered, outcome.lost, outcome.repeated)
        yield f"| {scenario.title} | {databases} | {' | '.join(f'{each:,}' for each in figures)} | {outcome.note} |"


def main(words: list[str]) -> int:
    """Print the table as it grows, then what is broken."""
    unknown = sorted(set(words) - {"--quick", "--syscalls"})
    if unknown:
        print(f"There is no option {', '.join(unknown)}; there are --quick and --syscalls.", file=sys.stderr)
        return 2
    chosen, broken = SCENARIOS, []
    if "--syscalls" in words:
        if shutil.which("strace") is None:
            print("There is no strace on this machine; --syscalls needs it.", file=sys.stderr)
            return 2
        chosen += (SYSTEM_CALLS,)
    print(HEAD, flush=True)
    played = play_all(chosen, quick="--quick" in words)
    for scenario, those in groupby(played, key=lambda each: each[0]):
        outcomes = [(database, outcome) for _, database, outcome in those]
        print(*rows(scenario, outcomes), sep="\n", flush=True)
        broken += [f"{scenario.title}, {name}: {fault}" for name, outcome in outcomes for fault in outcome.broken]
    print("\nEach repeat bears the Message-ID of the letter it repeats.")
    for each in broken:
        print(f"BROKEN  {each}", file=sys.stderr)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
