"""Two addresses for machines: is the process up, and is the whole system fit to serve people.

``/readyz`` asks every check in ``CHECKS``. A check returns None when all is well, else its reason in a few words.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from flask import Blueprint, Flask, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from grants import clock
from grants.store import ticks
from grants.store.database import db, is_at_head

bp = Blueprint("health", __name__)

MINUTE = timedelta(minutes=1)
SILENCE = 10 * MINUTE
"""How long the scheduler may say nothing before people are told."""

Check = Callable[[], str | None]


def database_answers() -> str | None:
    """The database answers a question."""
    db.session.execute(text("SELECT 1"))
    return None


def schema_is_current() -> str | None:
    """The tables are those of this edition of the code."""
    return None if is_at_head(db.session()) else "the tables are not at the newest migration; run flask db upgrade"


def scheduler_ticks() -> str | None:
    """The scheduler has finished a tick lately."""
    return silence(ticks.last_sign(db.session()), clock.now())


def silence(last: datetime | None, now: datetime) -> str | None:
    """Say for how long the scheduler has been silent, or None while that is not too long."""
    if last is None:
        return "no tick has ever finished; is the scheduler running?"
    if now - last > SILENCE:
        return f"the last tick finished {(now - last) // MINUTE} minutes ago; is the scheduler running?"
    return None


CHECKS: dict[str, Check] = {
    "database": database_answers,
    "schema": schema_is_current,
    "scheduler": scheduler_ticks,
}


def findings() -> dict[str, str | None]:
    """Ask every check; a database that refuses to answer is a finding, not an error."""
    found: dict[str, str | None] = {}
    for name, check in CHECKS.items():
        try:
            found[name] = check()
        except SQLAlchemyError as error:
            db.session.rollback()
            found[name] = f"the database does not answer ({type(error).__name__})"
    return found


@bp.get("/healthz")
def alive() -> ResponseReturnValue:
    """Say that the process answers."""
    return jsonify(status="ok")


@bp.get("/readyz")
def ready() -> ResponseReturnValue:
    """Say whether everything that people rely on works, and if not, what does not."""
    found = findings()
    red = any(found.values())
    return jsonify(
        status="red" if red else "green", checks={n: r or "ok" for n, r in found.items()}
    ), 503 if red else 200


def init_app(app: Flask) -> None:
    """Open both addresses."""
    app.register_blueprint(bp)
