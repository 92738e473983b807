"""The ministry's side of sharing: what communities share now, opened one at a time and never unnoticed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from grants import clock
from grants.domain.applications import state_words
from grants.services import sharing
from grants.services.catalogue import NotFoundError
from grants.services.sharing import Offered
from grants.store.database import db, transaction
from grants.web.access import Act, Thing, allow, signed_in
from grants.web.formats import moment
from grants.web.language import PREFIX, current_language
from grants.web.paging import here, paginate
from grants.web.sharing import seen

bp = Blueprint("shared", __name__, url_prefix=PREFIX)


@dataclass(frozen=True, slots=True)
class Row:
    """Something shared, in words; ``until`` is empty where the reader must say first that they open it."""

    number: int
    community: str
    title: str
    state: str
    since: str
    until: str


@bp.get("/shared")
@allow(Thing.SHARED, Act.READ)
def index() -> ResponseReturnValue:
    """List what is shared now, by the names of the communities."""
    found = sharing.offered(db.session(), signed_in().id, clock.now())
    page = paginate(found, request.args.get("page"))
    return render_template(
        "shared/index.html",
        rows=[_row(each) for each in page.items],
        page=page,
        page_address=lambda number: here(page=number),
    )


@bp.post("/shared/<int:number>")
@allow(Thing.SHARED, Act.READ)
def open_(number: int) -> ResponseReturnValue:
    """Note that this person opens what is shared, and lead to it."""
    try:
        with transaction() as session:
            sharing.open_shared(session, number, by=signed_in().id, now=clock.now())
    except NotFoundError:
        abort(404)
    return redirect(url_for("shared.show", number=number))


@bp.get("/shared/<int:number>")
@allow(Thing.SHARED, Act.READ)
def show(number: int) -> ResponseReturnValue:
    """Show what is shared to whom has said that they open it, while the community lets them."""
    try:
        told = sharing.opened(db.session(), number, by=signed_in().id, now=clock.now())
    except NotFoundError:
        abort(404)
    return render_template("shared/show.html", seen=seen(told))


def _row(each: Offered) -> Row:
    return Row(
        number=each.number,
        community=each.community.title,
        title=each.title.in_(current_language()),
        state=state_words(each.state, each.community.kind).in_(current_language()),
        since=_moment(each.since),
        until=_moment(each.until) if each.until is not None else "",
    )


def _moment(at: datetime) -> str:
    return moment(at, signed_in().zone, weekday=False)
