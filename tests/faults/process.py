"""Ticks in processes of their own, which may signal themselves at a given step.

A step is either end of a call by which a tick touches something outside its process: a statement or a commit of SQLite,
a round trip to PostgreSQL, a call on a socket of the mail server. Between two steps nothing outside can change.

This program has loaded all code and opened nothing: it reads lines of ``program processes moment step signal``, forks
that many ticks of a program (``scheduler``, or ``command`` for ``flask tick``) at that moment, and answers each line
with how they ended: 0 of itself, ``SIGNALLED`` after a signal that it survived, minus the number of a signal that it did
not survive, ``STUMBLED`` after an error.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import count
from pathlib import Path
from types import FrameType
from typing import Any

import psycopg
import time_machine
from flask import Flask

from grants import jobs
from grants.app import create_app
from tests.conftest import make_settings

SIGNALLED, STUMBLED = 3, 1

TOUCHES = {
    "sqlite3": {"execute", "executemany", "fetchone", "fetchmany", "fetchall", "commit", "rollback"},
    "socket": {"connect", "send", "sendall", "recv_into", "shutdown", "close"},
}
ROUND_TRIP = psycopg.Connection.wait.__code__


def stepping(step: Callable[[], None]) -> Callable[[FrameType, str, Any], None]:
    """Make a profiler that calls ``step`` at both ends of every call that touches the outside."""

    def profile(frame: FrameType, event: str, function: Any) -> None:
        if event.startswith("c_"):
            module = type(getattr(function, "__self__", None)).__module__
            if function.__name__ in TOUCHES.get(module, ()):
                step()
        elif frame.f_code is ROUND_TRIP:
            step()

    return profile


def scheduler(app: Flask) -> None:
    """Tick as the scheduler does, which ends in order when told to."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda _number, _frame: stop.set())
    jobs.tick(app, stop)


def command(app: Flask) -> None:
    """Tick as a person or cron does."""
    with app.app_context():
        answer = app.test_cli_runner().invoke(args=["tick"])
    if answer.exit_code:
        raise RuntimeError(answer.output) from answer.exception


PROGRAMS: dict[str, Callable[[Flask], None]] = {"scheduler": scheduler, "command": command}


def tick(program: Callable[[], None], moment: datetime, last: int, number: signal.Signals) -> int:
    """Run one tick at a moment; be signalled at step ``last`` if it is reached (0: never)."""
    steps, reached = count(1), threading.Event()

    def step() -> None:
        if next(steps) == last:
            reached.set()
            os.kill(os.getpid(), number)

    with time_machine.travel(moment, tick=False):
        if last:
            sys.setprofile(stepping(step))
        program()
        sys.setprofile(None)
    return SIGNALLED if reached.is_set() else 0


def forked(run: Callable[[], int]) -> int:
    """Fork a process that ends as ``run`` says, whatever happens in it; give its id."""
    child = os.fork()
    if child:
        return child
    code = STUMBLED
    try:
        code = run()
    except Exception:  # noqa: BLE001 - the process must end here, not go on as its parent's twin
        traceback.print_exc()
    finally:
        os._exit(code)


def main(url: str, folder: str, port: str) -> None:
    """Fork as the lines say until there are no more."""
    settings = replace(make_settings(url, Path(folder)), smtp_host="127.0.0.1", smtp_port=int(port))
    app = create_app(settings)
    for line in sys.stdin:
        program, processes, moment, last, number = line.split()
        run = partial(tick, partial(PROGRAMS[program], app), datetime.fromisoformat(moment), int(last))
        children = [forked(partial(run, signal.Signals[number])) for _ in range(int(processes))]
        codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
        print(*codes, flush=True)  # noqa: T201 - the answer


if __name__ == "__main__":
    main(*sys.argv[1:])
