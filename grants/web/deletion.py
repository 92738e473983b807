"""The deletion of a community's workspace: asked by a plan lead who types its name, taken back by any of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import cast

from flask import Blueprint, abort, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf.form import FlaskForm
from wtforms import StringField

from config import Settings
from grants import clock
from grants.delivery.letters import stationery
from grants.services import deletion
from grants.services.catalogue import NotFoundError
from grants.services.deletion import WrongNameError
from grants.store.database import db, transaction
from grants.web.access import Act, Thing, allow, signed_in, workspace
from grants.web.formats import moment
from grants.web.language import PREFIX

bp = Blueprint("deletion", __name__, url_prefix=PREFIX)

LONGEST = 200

_l = cast("Callable[[str], str]", lazy_gettext)


class NameForm(FlaskForm):
    """The name of the community, typed by whoever asks for the deletion."""

    name = StringField(
        _l("Type the name of the community"), render_kw={"required": True, "maxlength": LONGEST, "autocomplete": "off"}
    )


@bp.get("/deletion")
@allow(Thing.DELETION, Act.READ)
def index() -> ResponseReturnValue:
    """Tell how a deletion stands, or offer one: the export first."""
    return _page(NameForm())


@bp.post("/deletion")
@allow(Thing.DELETION, Act.WRITE)
def ask() -> ResponseReturnValue:
    """Ask for the deletion (field ``name``: the community's); every plan lead gets a letter."""
    form, community, settings = NameForm(), workspace(), _settings()
    try:
        with transaction() as session:
            new = deletion.ask(
                session, community, form.name.data or "", stationery(settings), by=signed_in(), now=clock.now()
            )
    except WrongNameError:
        sentence = _(
            "This is not the name of your community, so no deletion was requested. Type “%(name)s” to go on.",
            name=community.title,
        )
        form.name.errors = [sentence]
        return _page(form), HTTPStatus.UNPROCESSABLE_ENTITY
    flash(
        _("The deletion is requested, and every plan lead gets an e-mail.") if new else _("It was asked for already."),
        "good",
    )
    return redirect(url_for("deletion.index"))


@bp.post("/deletion/withdraw")
@allow(Thing.DELETION, Act.WRITE)
def withdraw() -> ResponseReturnValue:
    """Take the wish back; every plan lead gets a letter."""
    try:
        with transaction() as session:
            deletion.withdraw(session, workspace(), stationery(_settings()), by=signed_in(), now=clock.now())
    except NotFoundError:
        abort(404)
    flash(_("The deletion is withdrawn. Nothing was deleted."), "good")
    return redirect(url_for("deletion.index"))


def _page(form: NameForm) -> str:
    community, session = workspace(), db.session()
    waiting, done = deletion.standing(session, community.key), deletion.last_done(session, community.key)
    return render_template(
        "deletion/index.html",
        community=community,
        form=form,
        problems=[("name", sentence) for sentence in form.name.errors],
        waiting=waiting,
        asked=_moment(waiting.asked_at) if waiting is not None else "",
        due=_moment(waiting.due_at) if waiting is not None else "",
        done=done,
        done_at=_moment(done.done_at) if done is not None and done.done_at is not None else "",
        days=deletion.WAITS.days,
    )


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings


def _moment(at: datetime) -> str:
    return moment(at, workspace().zone)
