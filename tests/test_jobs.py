"""The scheduler as a process: it ticks at once, and ends within seconds when told to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from config import ROOT
from grants.store.ticks import TickRow

SECONDS = 30


@pytest.fixture
def scheduler(database_url: str, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    settings = {"DATABASE_URL": database_url, "OUTBOX_DIR": str(tmp_path / "outbox"), "SECRET_KEY": "for a test"}
    environ = {"PYTHONPATH": str(ROOT), "APP_ENV": "test", "LOG_LEVEL": "DEBUG", **settings}
    with subprocess.Popen(
        [sys.executable, "-m", "grants.jobs"], cwd=ROOT, env=environ, stderr=subprocess.PIPE, text=True
    ) as process:
        yield process
        process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ticks_at_once_and_ends_when_told(
    scheduler: subprocess.Popen[str], db_session: Session, number: signal.Signals
) -> None:
    assert scheduler.stderr is not None
    for line in scheduler.stderr:
        if '"event": "tick"' in line:
            break
    scheduler.send_signal(number)
    assert scheduler.wait(timeout=SECONDS) == 0
    (tick,) = db_session.scalars(select(TickRow))
    assert tick.finished_at is not None
    assert tick.failure is None


def test_settings_that_cannot_be_used_are_said_in_sentences(tmp_path: Path) -> None:
    environ = {**os.environ, "APP_ENV": "production", "DATABASE_URL": f"sqlite:///{tmp_path / 'x.sqlite3'}"}
    answer = subprocess.run(
        [sys.executable, "-m", "grants.jobs"],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert answer.returncode == 2
    assert "SECRET_KEY is missing" in answer.stderr
