"""Worlds for the scenarios: a fresh database each, two played at a time."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from tests import postgres
from tests.conftest import fill, make_settings, named, new_name, run_sql
from tests.faults.scenarios import Scenario
from tests.faults.world import Outcome, world

DATABASES = ("SQLite", "PostgreSQL")


def play(scenario: Scenario, database: str, server: str, *, quick: bool) -> Outcome:
    """Play one scenario in a world of its own; one that stumbles has broken a promise too."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/world.sqlite3"
        if database == "PostgreSQL":
            name = new_name("faults")
            run_sql(server, f'CREATE DATABASE "{name}"')
            url = named(server, name)
        fill(make_settings(url, Path(folder)), seeded=False)
        try:
            with world(url, Path(folder)) as here:
                return scenario.play(here, **(scenario.quick if quick else scenario.full))
        except Exception as fault:  # noqa: BLE001 - the other scenarios go on
            return Outcome(0, 0, 0, 0, "it stumbled", (f"{type(fault).__name__}: {fault}",))


def play_all(scenarios: Iterable[Scenario], *, quick: bool) -> Iterator[tuple[Scenario, str, Outcome]]:
    """Play each scenario on both databases, two at a time."""
    with postgres.server() as server, ProcessPoolExecutor(2, get_context("spawn")) as pool:
        begun = [
            (scenario, database, pool.submit(play, scenario, database, server, quick=quick))
            for scenario in scenarios
            for database in DATABASES
        ]
        for scenario, database, future in begun:
            yield scenario, database, future.result()
