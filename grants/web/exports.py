"""What a community takes with it: the whole of its workspace, and its applications and deadlines as tables."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template, request
from flask.typing import ResponseReturnValue

from grants import clock
from grants.delivery.archive import MEDIA_TYPE
from grants.delivery.spreadsheets import CSV_TYPE, XLSX_TYPE, Sheet, csv, xlsx
from grants.domain.zones import zone
from grants.services import exports
from grants.services.agenda import agenda
from grants.store.database import db, transaction
from grants.web.access import Act, Thing, allow, signed_in, workspace
from grants.web.language import PREFIX, current_language

bp = Blueprint("exports", __name__, url_prefix=PREFIX)

MINE = "mine"
"""The value of ``who`` in the address that leaves only the reader's own deadlines in the table."""


@bp.get("/export")
@allow(Thing.EXPORT, Act.READ)
def index() -> ResponseReturnValue:
    """Offer the whole workspace, and tables of applications and deadlines."""
    return render_template("exports/index.html", community=workspace(), mine=MINE)


@bp.post("/export")
@allow(Thing.EXPORT, Act.READ)
def everything() -> ResponseReturnValue:
    """Pack the whole workspace and note who took it."""
    community, now = workspace(), clock.now()
    with transaction() as session:
        whole = exports.workspace(session, community, by=signed_in().id, now=now)
    return _file(exports.archive(whole, current_language()), MEDIA_TYPE, "workspace", "zip")


@bp.get("/applications.<any(csv, xlsx):form>")
@allow(Thing.APPLICATIONS, Act.READ)
def applications(form: str) -> ResponseReturnValue:
    """Give every application as a table."""
    return _table(exports.applications(db.session(), workspace(), current_language()), "applications", form)


@bp.get("/workspace/deadlines.<any(csv, xlsx):form>")
@allow(Thing.APPLICATIONS, Act.READ)
def deadlines(form: str) -> ResponseReturnValue:
    """Give everything that has a day as a table; with ``?who=mine`` only what concerns the reader."""
    person = signed_in().id if request.args.get("who") == MINE else None
    dues = agenda(db.session(), workspace(), person, clock.now())
    return _table(exports.deadlines(dues, workspace(), current_language()), "deadlines", form)


def _table(sheet: Sheet, name: str, form: str) -> Response:
    if form == "csv":
        return _file(csv(sheet, current_language()), CSV_TYPE, name, form)
    return _file(xlsx([sheet], current_language()), XLSX_TYPE, name, form)


def _file(content: bytes, media_type: str, name: str, ending: str) -> Response:
    """Answer a file to be kept, named after the community and its day."""
    community = workspace()
    day = clock.now().astimezone(zone(community.zone)).date()
    answer = make_response(content)
    answer.headers["Content-Type"] = media_type
    answer.headers.set("Content-Disposition", "attachment", filename=f"{community.key}-{name}-{day}.{ending}")
    return answer
