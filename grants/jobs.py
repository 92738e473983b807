"""The scheduler: it only says when. ``python -m grants.jobs`` ticks once a minute until SIGTERM or SIGINT.

Its memory is empty and in this process: a job that is lost with it is back at the next start, and a second scheduler
does no harm, since any number of ticks may run at once.
"""

from __future__ import annotations

import signal
import sys
import threading
from types import FrameType

import structlog
from apscheduler.schedulers.blocking import BlockingScheduler
from flask import Flask

from config import Settings, SettingsError
from grants import clock
from grants.delivery.letters import sender, stationery
from grants.services import ticks
from grants.store.database import db, transaction

log = structlog.get_logger(__name__)

SECONDS = 60


def tick(app: Flask, stop: threading.Event) -> None:
    """Run one tick; a failure is told and the next minute tries again."""
    settings: Settings = app.config["SETTINGS"]
    with app.app_context():
        try:
            told = ticks.tick(transaction, clock.now, sender(settings), stationery(settings), stopping=stop.is_set)
        except Exception:
            log.exception("the tick failed")
        else:
            tell = log.info if any(told.values()) else log.debug
            tell("tick", **told)
        finally:
            db.session.remove()


def main() -> int:
    """Tick until told to stop; the letter in hand is finished first."""
    from grants.app import create_app

    try:
        app = create_app()
    except SettingsError as fault:
        print(fault, file=sys.stderr)  # noqa: T201 - it speaks to whoever started it
        return 2
    stop = threading.Event()
    scheduler = BlockingScheduler(timezone="UTC")
    scheduler.add_job(
        tick,
        "interval",
        (app, stop),
        seconds=SECONDS,
        next_run_time=clock.now(),
        coalesce=True,
        misfire_grace_time=None,
        max_instances=1,
    )

    def end(_number: int, _frame: FrameType | None) -> None:
        # Shutting down waits for the tick in hand; a signal handler runs in the scheduler's own thread and must not.
        if not stop.is_set():
            stop.set()
            threading.Thread(target=scheduler.shutdown).start()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    scheduler.start()
    return 0


if __name__ == "__main__":
    sys.exit(main())
