"""Ticks in processes of their own that may kill themselves at a given step; ``test_ticks_processes`` starts them.

Steps are counted at both ends of every write unit, before and after its commit, and around every letter. This program
has loaded all code and opened nothing: it reads lines of ``processes moment last_step``, forks that many ticks, and
answers each line with their exit codes.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from itertools import count
from pathlib import Path

from sqlalchemy.orm import Session

from grants.app import create_app
from grants.delivery.letters import sender, stationery
from grants.delivery.mail import Delivery, Letter
from grants.services import ticks
from grants.store.database import transaction
from tests.conftest import make_settings


def tick(url: str, folder: Path, port: int, moment: datetime, last: int) -> None:
    """Run one tick at a moment, against the mail server on ``port``; die at step ``last`` if it is reached."""
    settings = replace(make_settings(url, folder), smtp_host="127.0.0.1", smtp_port=port)
    steps, hand_over = count(1), sender(settings)

    def step() -> None:
        if next(steps) == last:
            os.kill(os.getpid(), signal.SIGKILL)

    @contextmanager
    def unit() -> Iterator[Session]:
        step()
        with transaction() as session:
            step()
            yield session
            session.flush()
            step()
        step()

    def send(letter: Letter) -> Delivery:
        step()
        delivery = hand_over(letter)
        step()
        return delivery

    with create_app(settings).app_context():
        ticks.tick(unit, lambda: moment, send, stationery(settings))


def main(url: str, folder: str, port: str) -> None:
    """Fork as the lines say until there are no more."""
    for line in sys.stdin:
        processes, moment, last = line.split()
        children = []
        for _ in range(int(processes)):
            child = os.fork()
            if child == 0:
                tick(url, Path(folder), int(port), datetime.fromisoformat(moment), int(last))
                os._exit(0)
            children.append(child)
        codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
        print(*codes, flush=True)  # noqa: T201 - the answer


if __name__ == "__main__":
    main(*sys.argv[1:])
