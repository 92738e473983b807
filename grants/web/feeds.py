"""Calendar feeds: the page on which a person makes and ends them, and what a calendar program reads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import cast
from urllib.parse import urlsplit

from flask import Blueprint, abort, current_app, flash, make_response, redirect, render_template, request
from flask import url_for as address_of
from flask.sansio.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf.form import FlaskForm
from wtforms import RadioField, StringField
from wtforms.validators import ValidationError

from config import Settings
from grants import clock
from grants.delivery.calendar import MEDIA_TYPE, etag
from grants.domain import phrases
from grants.domain.bilingual import Bilingual, Language
from grants.domain.zones import zone
from grants.services import feeds
from grants.services.catalogue import NotFoundError
from grants.services.feeds import Site, Standing
from grants.services.people import RefusedError
from grants.store.database import db, transaction
from grants.store.feeds import LONGEST_NAME
from grants.web.access import Act, Thing, allow, own_community, signed_in
from grants.web.formats import typed
from grants.web.language import PREFIX, current_language

bp = Blueprint("feeds", __name__, url_prefix=PREFIX)
links = Blueprint("feed_links", __name__)

MINE = "mine"
"""The value of the form that means the person's own deadlines; the others are keys of communities."""

FILE = Bilingual("deadlines.ics", "echeances.ics")

_l = cast("Callable[[str], str]", lazy_gettext)


@bp.record_once
def open_the_links(state: BlueprintSetupState) -> None:
    """Open the addresses that calendar programs read; they bear no language."""
    state.app.register_blueprint(links)


class FeedForm(FlaskForm):
    """What a feed holds, and what its person calls it."""

    whose = RadioField(validate_choice=False)
    name = StringField(_l("Where you will use it (optional)"), render_kw={"maxlength": LONGEST_NAME})

    def validate_whose(self, field: RadioField) -> None:
        """Refuse what was not offered."""
        if field.data not in {value for value, _words in choices()}:
            raise ValidationError(_("Choose which deadlines the calendar shows."))

    def validate_name(self, field: StringField) -> None:
        """Keep it a line."""
        field.data = typed(field.data or "")
        if len(field.data) > LONGEST_NAME:
            raise ValidationError(_("Keep the name to %(most)s characters.", most=LONGEST_NAME))


@dataclass(frozen=True, slots=True)
class Row:
    """A feed in words."""

    number: int
    title: str
    what: str
    made: str


def choices() -> list[tuple[str, str]]:
    """List what a feed may hold: the person's own deadlines, and all of the community they work for now."""
    mine = _("Your own deadlines: what you track and what you are to do, wherever you work")
    community = own_community()
    if community is None:
        return [(MINE, mine)]
    ours = _(
        "Everything of %(name)s: closings, everybody’s tasks and reports, council dates and agenda papers",
        name=community.title,
    )
    return [(MINE, mine), (community.key, ours)]


@bp.get("/feeds")
@allow(Thing.TRACKING, Act.READ)
def index() -> ResponseReturnValue:
    """List the feeds of a person, offer another, and tell how calendar programs take them."""
    return _index(FeedForm(formdata=None, data={"whose": MINE}))


@bp.post("/feeds")
@allow(Thing.TRACKING, Act.WRITE)
def make() -> ResponseReturnValue:
    """Make a feed and show its address, this once."""
    person, form = signed_in(), FeedForm()
    if not form.validate():
        return _index(form), HTTPStatus.UNPROCESSABLE_ENTITY
    community = None if form.whose.data == MINE else str(form.whose.data)
    try:
        with transaction() as session:
            secret = feeds.make(session, person.id, community, form.name.data or "", clock.now())
    except NotFoundError:
        abort(404)
    except RefusedError as refused:
        form.whose.errors = [refused.sentence.in_(current_language())]
        return _index(form), HTTPStatus.UNPROCESSABLE_ENTITY
    address = public_address(address_of("feed_links.calendar", token=secret))
    answer = make_response(
        render_template(
            "feeds/made.html",
            what=dict(choices())[str(form.whose.data)],
            address=address,
            webcal=f"webcal:{address.partition(':')[2]}",
        )
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


@bp.post("/feeds/<int:number>/stop")
@allow(Thing.TRACKING, Act.WRITE)
def stop(number: int) -> ResponseReturnValue:
    """End a feed at once."""
    try:
        with transaction() as session:
            feeds.revoke(session, signed_in().id, number, clock.now())
    except NotFoundError:
        abort(404)
    flash(
        _(
            "That address is stopped and no longer works. What a calendar read before stays in it until you remove the "
            "calendar there."
        ),
        "good",
    )
    return redirect(address_of("feeds.index"))


@links.get("/feeds/<token>.ics")
@allow(Thing.FEED, Act.READ)
def calendar(token: str) -> ResponseReturnValue:
    """Give a feed to whoever knows its address; one that was stopped answers like one that never was."""
    session = db.session()
    feed = feeds.opened(session, token)
    if feed is None:
        abort(404)
    language = feed.person.speaks
    content = feeds.written(session, feed, site(language), clock.now())
    answer = make_response(content)
    answer.headers["Content-Type"] = MEDIA_TYPE
    answer.headers.set("Content-Disposition", "inline", filename=FILE.in_(language))
    answer.headers["ETag"] = etag(content)
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer.make_conditional(request)


def site(language: Language) -> Site:
    """Say where this site stands, for a feed in a language."""
    settings: Settings = current_app.config["SETTINGS"]
    return Site(
        urlsplit(settings.public_base_url).hostname or "localhost",
        lambda program: public_address(address_of("programs.show", lang_code=language, key=program)),
    )


def public_address(path: str) -> str:
    """Give the address that the world knows a path by."""
    settings: Settings = current_app.config["SETTINGS"]
    return settings.public_base_url.rstrip("/") + path


def _index(form: FeedForm) -> str:
    person = signed_in()
    return render_template(
        "feeds/index.html",
        rows=[_row(each, person.zone) for each in feeds.standing(db.session(), person.id)],
        form=form,
        choices=choices(),
        problems=[
            *(("whose", str(each)) for each in form.whose.errors),
            *((form.name.id, str(each)) for each in form.name.errors),
        ],
    )


def _row(feed: Standing, clock_of: str) -> Row:
    what = _("Everything of %(name)s", name=feed.community) if feed.community else _("Your own deadlines")
    day = feed.made_at.astimezone(zone(clock_of)).date()
    made = _("made on %(day)s", day=phrases.day(day, current_language(), weekday=False))
    return Row(feed.number, feed.name or what, what if feed.name else "", made)
