"""The home page: one sentence, one field, three lines and the next real deadlines."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from grants import clock
from grants.domain.catalogue import Program, Stream
from grants.domain.deadlines import Intake, Status
from grants.domain.people import HOME_ZONE
from grants.services import catalogue
from grants.services.catalogue import Catalogue, intake_at
from grants.store.database import db
from grants.web import formats
from grants.web.access import Act, Thing, allow
from grants.web.language import PREFIX

bp = Blueprint("home", __name__, url_prefix=PREFIX)

NEXT = 5


@dataclass(frozen=True, slots=True)
class Due:
    """An intake with a closing date ahead."""

    program: Program
    stream: Stream
    intake: Intake
    status: Status
    moment: datetime


@bp.get("/")
@allow(Thing.CATALOGUE, Act.READ)
def index() -> ResponseReturnValue:
    """Say what this is and start the job."""
    present = catalogue.present(db.session())
    now = clock.now()
    due, rolling = ahead(present, now)
    return render_template(
        "home/index.html",
        due=due[:NEXT],
        ahead=len(due),
        rolling=rolling,
        who=formats.reader(),
        classes=frozenset(),
    )


def ahead(present: Catalogue, now: datetime) -> tuple[list[Due], int]:
    """Give the intakes that close or open ahead, soonest first, and count the streams without a fixed date."""
    due, rolling = [], 0
    for stream in present.streams.values():
        intake, status = intake_at(stream, now, zone=HOME_ZONE, classes=frozenset())
        if status is Status.ROLLING:
            rolling += 1
        moment = intake.gate(frozenset()).closes.instant(HOME_ZONE)
        if moment is not None and status in {Status.OPEN, Status.CLOSING_SOON, Status.OPENING}:
            due.append(Due(present.program_of[stream.key], stream, intake, status, moment))
    return sorted(due, key=lambda each: (each.moment, each.intake.key)), rolling
