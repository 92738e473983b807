"""The doors: sign in and out, ask for an account or a new password, end reminders by one click."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import cast
from urllib.parse import unquote, urlsplit

from flask import Blueprint, abort, current_app, flash, g, redirect, render_template, request, url_for
from flask.sansio.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_security.password_util import PasswordUtil
from flask_security.utils import hash_password, verify_password
from flask_wtf.form import FlaskForm
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.exceptions import HTTPException
from wtforms import EmailField, PasswordField, StringField
from wtforms.validators import ValidationError

from config import Settings
from grants import clock
from grants.delivery.letters import Stationery, stationery
from grants.domain.bilingual import Language
from grants.domain.people import LONGEST_ADDRESS, LONGEST_NAME, address_of, name_of
from grants.services import people, practice, throttle
from grants.services.catalogue import NotFoundError
from grants.services.throttle import Kind
from grants.store import people as rows
from grants.store.database import db, transaction
from grants.store.people import PersonRow
from grants.web import throttling
from grants.web.access import LINK_LASTS, Act, Role, Thing, allow, current_person, enter, landing, leave
from grants.web.language import PREFIX, current_language
from grants.web.security import csrf

bp = Blueprint("people", __name__, url_prefix=PREFIX)
links = Blueprint("links", __name__)
development = Blueprint("development", __name__, url_prefix=PREFIX)

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 256
# What a browser is told of a field; the checks below hold for all who have none.
NAME = {"required": True, "maxlength": LONGEST_NAME}
ADDRESS = {"required": True, "maxlength": LONGEST_ADDRESS}
SECRET = {"required": True, "maxlength": LONGEST_PASSWORD}
HOURS = int(LINK_LASTS.total_seconds() // 3600)

# Our own pages only, by their address without a host; a browser reads a backslash or a control sign as it likes.
_OWN_PAGE = re.compile(r"/(?:en|fr)/[A-Za-z0-9/_.~%?=&#+,;:@!-]*")

Problems = list[tuple[str, str]]

_l = cast("Callable[[str], str]", lazy_gettext)


@dataclass(frozen=True, slots=True)
class Guise:
    """A kind of user that development lets anybody be."""

    key: str
    words: str


@bp.record_once
def open_the_rest(state: BlueprintSetupState) -> None:
    """Open what belongs to these pages: links in letters, and in development only, sign-in without a password."""
    settings: Settings = state.app.config["SETTINGS"]
    state.app.register_blueprint(links)
    if settings.is_development:
        state.app.register_blueprint(development)


def safe_back(typed: str | None) -> str | None:
    """Keep an address to go back to only if it is one of our own pages, and one that can be opened."""
    if typed is None or not _OWN_PAGE.fullmatch(typed):
        return None
    path = unquote(urlsplit(typed).path)
    if "//" in path or ".." in path:
        return None
    try:
        current_app.url_map.bind("localhost").match(path, method="GET")
    except HTTPException:
        return None
    return typed


# Forms


class SignInForm(FlaskForm):
    """An address and its password; what is wrong with them is told by nobody but the two together."""

    email = EmailField(_l("E-mail address"), render_kw=ADDRESS)
    password = PasswordField(_l("Password"), render_kw=SECRET)


class AddressForm(FlaskForm):
    """An address to send a link to."""

    email = EmailField(_l("E-mail address"), render_kw=ADDRESS)

    def validate_email(self, field: EmailField) -> None:
        """Refuse what no letter can be sent to."""
        check_address(field)


class SignUpForm(FlaskForm):
    """What an account begins with."""

    name = StringField(_l("Your name"), render_kw=NAME)
    email = EmailField(_l("E-mail address"), render_kw=ADDRESS)

    def validate_name(self, field: StringField) -> None:
        """Refuse what is no name."""
        check_name(field)

    def validate_email(self, field: EmailField) -> None:
        """Refuse what no letter can be sent to."""
        check_address(field)


class PasswordForm(FlaskForm):
    """A new password; ``given_away`` are words that everybody would try."""

    password = PasswordField(_l("Password"), render_kw=SECRET)
    given_away: frozenset[str] = frozenset()

    def validate_password(self, field: PasswordField) -> None:
        """Judge a password by its length alone."""
        check_new_password(field, self.given_away)


def check_new_password(field: PasswordField, given_away: frozenset[str]) -> None:
    """Refuse a password that is short, without end, or what everybody would try.

    Raises:
        ValidationError: it is one of these.
    """
    password = normal(field.data or "")
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD or password.casefold() in given_away:
        raise ValidationError(
            _(
                "Choose at least %(count)s characters, not your name or address; a few words in a row are good.",
                count=SHORTEST_PASSWORD,
            )
        )


def check_name(field: StringField) -> None:
    """Refuse what is no name.

    Raises:
        ValidationError: it is none.
    """
    if name_of(field.data or "") is None:
        raise ValidationError(_("Type your name, in at most %(count)s characters.", count=LONGEST_NAME))


def check_address(field: EmailField) -> None:
    """Refuse what no letter can be sent to.

    Raises:
        ValidationError: it is no such address.
    """
    if address_of(field.data or "") is None:
        raise ValidationError(_("Type an e-mail address such as ana@example.org, without accents."))


def problems_of(form: FlaskForm) -> Problems:
    """List what is wrong in a form, each with the field it is about."""
    return [(name, str(sentence)) for name, said in form.errors.items() for sentence in said]


def answer(template: str, form: FlaskForm, wait: timedelta = throttling.NONE, **more: object) -> ResponseReturnValue:
    """Show a form; one that was sent and is wrong keeps what was typed, and says so in its status too.

    With ``wait`` it came too early: the page says how long to wait, and so does its head.
    """
    problems = problems_of(form)
    if wait:
        first = next(field.id for field in form if field.type not in {"CSRFTokenField", "HiddenField"})
        problems = [(first, throttling.words(wait)), *problems]
    page = render_template(template, form=form, problems=problems, **more)
    if wait:
        return page, HTTPStatus.TOO_MANY_REQUESTS, {"Retry-After": str(throttling.seconds(wait))}
    return page, HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK


# Signing in and out


@bp.route("/sign-in", methods=["GET", "POST"])
@allow(Thing.DOORS, Act.WRITE)
def sign_in() -> ResponseReturnValue:
    """Let somebody in who knows address and password; a wrong one and an unknown one are answered alike."""
    back = safe_back(request.values.get("back"))
    form, wait = SignInForm(), throttling.NONE
    if form.validate_on_submit():
        each = throttling.tried(Kind.PASSWORD, subject_of(form.email.data or ""))
        wait = throttling.admit(each)
        person = _known(form.email.data or "", form.password.data or "") if not wait else None
        if person is not None:
            with transaction() as unit:
                throttle.succeed(unit, each, clock.now())
            enter(person, proved=False)
            return redirect(back or landing())
        if not wait:
            form.email.errors = [_("This address and this password do not belong together. Check both and try again.")]
    elif request.method == "GET" and current_person() is not None:
        return redirect(back or landing())
    return answer("people/sign_in.html", form, wait, back=back, kinds=_development_kinds())


def subject_of(email: str) -> str:
    """Give whom tries with an address are about, whether it is one or not."""
    return address_of(email) or email[:LONGEST_ADDRESS].casefold()


def _known(email: str, password: str) -> PersonRow | None:
    """Find who has this address and password; an unknown address takes as long as a wrong password."""
    person = rows.by_email(db.session(), address_of(email) or "")
    if person is None or not person.active or person.confirmed_at is None:
        hash_password(normal(password))
        return None
    return person if knows_password(person, password) else None


def knows_password(person: PersonRow, password: str) -> bool:
    """Tell whether this is a person's password; one who has none takes as long as a wrong password."""
    if person.password is None:
        hash_password(normal(password))
        return False
    return bool(verify_password(normal(password), person.password))


def confirm(person: PersonRow, field: PasswordField) -> timedelta:
    """Ask who is signed in for their password again; a wrong one is told at the field.

    Returns: how long the try has to wait; zero where it was judged.
    """
    each = throttling.tried(Kind.PASSWORD, person.email)
    wait = throttling.admit(each)
    if not wait and knows_password(person, field.data or ""):
        with transaction() as unit:
            throttle.succeed(unit, each, clock.now())
    elif not wait:
        field.errors = [_("This is not your current password.")]
    return wait


def letterhead() -> Stationery:
    """Give what letters of this site bear."""
    return stationery(current_app.config["SETTINGS"])


def normal(password: str) -> str:
    """Give a password in the one form that is hashed, however a keyboard composed its letters."""
    return str(PasswordUtil(current_app).normalize(password))


@bp.post("/sign-out")
@allow(Thing.DOORS, Act.WRITE)
def sign_out() -> ResponseReturnValue:
    """End the sign-in of this browser: a copy of its cookie opens nothing from now on."""
    leave()
    flash(_("You are signed out."), "good")
    return redirect(url_for("home.index"))


# Accounts


@bp.route("/sign-up", methods=["GET", "POST"])
@allow(Thing.DOORS, Act.WRITE)
def sign_up() -> ResponseReturnValue:
    """Ask for an account: a letter with a link goes to the address, whether it is known or not."""
    form, wait = SignUpForm(), throttling.NONE
    if form.validate_on_submit():
        newcomer = ((form.name.data or "").strip(), current_language())
        wait = _send_link(address_of(form.email.data or "") or "", newcomer)
        if not wait:
            return redirect(url_for("people.letter_sent"))
    return answer("people/sign_up.html", form, wait)


@bp.route("/forgotten-password", methods=["GET", "POST"])
@allow(Thing.DOORS, Act.WRITE)
def forgotten() -> ResponseReturnValue:
    """Ask for a new password; the answer does not tell whether the address is known."""
    form, wait = AddressForm(), throttling.NONE
    if form.validate_on_submit():
        wait = _send_link(address_of(form.email.data or "") or "", None)
        if not wait:
            return redirect(url_for("people.letter_sent"))
    return answer("people/forgotten.html", form, wait)


@bp.get("/letter-sent")
@allow(Thing.DOORS, Act.WRITE)
def letter_sent() -> ResponseReturnValue:
    """Say that a letter is on its way."""
    settings: Settings = current_app.config["SETTINGS"]
    return render_template("people/letter_sent.html", hours=HOURS, outbox=settings.is_development)


def _send_link(email: str, newcomer: tuple[str, Language] | None) -> timedelta:
    """Mail the link, unless this was asked too often: then give how long to wait."""
    each = throttling.tried(Kind.LETTER, email)
    with transaction() as unit:
        wait = throttle.admit(unit, each, clock.now())
        if not wait:
            people.ask_for_password(
                unit,
                email,
                clock.now(),
                letterhead(),
                lambda person: f"password/{_tokens().dumps(person.fs_uniquifier)}",
                hours=HOURS,
                newcomer=newcomer,
            )
    return wait


def _tokens() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="choose-password")


@bp.route("/password/<token>", methods=["GET", "POST"])
@allow(Thing.DOORS, Act.WRITE)
def choose_password(token: str) -> ResponseReturnValue:
    """Choose a password by a link from a letter; the link works once and for two days."""
    person = _linked(token)
    if person is None:
        return render_template("people/dead_link.html"), HTTPStatus.GONE
    form = PasswordForm()
    form.given_away = frozenset({person.email, person.name.casefold()})
    if form.validate_on_submit():
        hashed = hash_password(normal(form.password.data or ""))
        with transaction() as unit:
            person = _linked(token)  # of two who use it at once, one comes first
            if person is not None:
                people.choose_password(unit, person, hashed, clock.now(), letterhead())
        if person is None:
            return render_template("people/dead_link.html"), HTTPStatus.GONE
        enter(person, proved=False)
        flash(_("Your password is kept."), "good")
        return redirect(landing())
    return answer("people/choose_password.html", form, email=person.email, shortest=SHORTEST_PASSWORD)


def _linked(token: str) -> PersonRow | None:
    """Find whom a link was made for, while it works."""
    try:
        uniquifier = _tokens().loads(token, max_age=int(LINK_LASTS.total_seconds()))
    except BadSignature:
        return None
    person = rows.by_uniquifier(db.session(), uniquifier) if isinstance(uniquifier, str) else None
    return person if person is not None and person.active else None


def role_words(role: Role) -> str:
    """Name a role."""
    return {
        Role.WRITER: _("grant writer"),
        Role.LEAD: _("plan lead"),
        Role.EDITOR: _("ministry staff (editor)"),
        Role.APPROVER: _("ministry staff (approver)"),
        Role.OPERATOR: _("operator"),
    }.get(role, role.value)


# The link in letters


@links.get("/unsubscribe/<token>")
@allow(Thing.DOORS, Act.WRITE)
def unsubscribe(token: str) -> ResponseReturnValue:
    """Ask once more before reminders end: programs that look at links in letters must not end them."""
    _whose(token)
    return render_template("people/unsubscribe.html", token=token, ended=False)


@links.post("/unsubscribe/<token>")
@csrf.exempt
@allow(Thing.DOORS, Act.WRITE)
def unsubscribed(token: str) -> ResponseReturnValue:
    """End reminders at once, without signing in; mail programs call this by themselves when a person asks them to."""
    person_id = _whose(token)
    with transaction() as unit:
        people.end_reminders(unit, person_id, clock.now())
    return render_template("people/unsubscribe.html", token=token, ended=True)


def _whose(token: str) -> int:
    """Read whose letter a link was in, and speak their language."""
    person_id = letterhead().unsubscribes(token)
    person = db.session().get(PersonRow, person_id) if person_id is not None else None
    if person is None:
        abort(404)
    g.lang = person.speaks
    return person.id


# Development


@development.post("/sign-in/development/<kind>")
@allow(Thing.DOORS, Act.WRITE)
def sign_in_as(kind: str) -> ResponseReturnValue:
    """Let anybody be one of the three kinds of user, to look around."""
    if kind not in practice.KINDS:
        abort(404)
    try:
        with transaction() as unit:
            person = practice.person(unit, kind, practice.FILE, current_language(), clock.now())
    except NotFoundError as fault:
        flash(str(fault), "warn")
        return redirect(url_for("people.sign_in"))
    enter(person, proved=True)
    return redirect(safe_back(request.form.get("back")) or landing())


def _development_kinds() -> list[Guise]:
    settings: Settings = current_app.config["SETTINGS"]
    if not settings.is_development:
        return []
    words = {"writer": _("As a grant writer"), "lead": _("As a plan lead"), "staff": _("As ministry staff")}
    return [Guise(key, words[key]) for key in practice.KINDS]
