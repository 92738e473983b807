"""Sign in and out, ask for an account or a new password, say what one wants, end reminders by one click."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import cast
from urllib.parse import unquote, urlsplit

from flask import Blueprint, abort, current_app, flash, g, redirect, render_template, request, session, url_for
from flask.sansio.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_security.password_util import PasswordUtil
from flask_security.utils import hash_password, login_user, logout_user, verify_password
from flask_wtf.form import FlaskForm
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.exceptions import HTTPException
from wtforms import BooleanField, EmailField, PasswordField, SelectMultipleField, StringField
from wtforms.validators import ValidationError

from config import Settings
from grants import clock
from grants.delivery.letters import stationery
from grants.domain import phrases
from grants.domain.bilingual import LANGUAGES, Language
from grants.domain.people import LONGEST_ADDRESS, LONGEST_NAME, PLACES, address_of, name_of
from grants.domain.reminders import LEADS
from grants.services import people, practice
from grants.services.catalogue import NotFoundError
from grants.store import people as rows
from grants.store.database import db, transaction
from grants.store.people import PersonRow
from grants.web.access import LINK_LASTS, Role, allow, current_person, current_roles, signed_in
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
class Kind:
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
        _check_address(field)


class SignUpForm(FlaskForm):
    """What an account begins with."""

    name = StringField(_l("Your name"), render_kw=NAME)
    email = EmailField(_l("E-mail address"), render_kw=ADDRESS)

    def validate_name(self, field: StringField) -> None:
        """Refuse what is no name."""
        _check_name(field)

    def validate_email(self, field: EmailField) -> None:
        """Refuse what no letter can be sent to."""
        _check_address(field)


class PasswordForm(FlaskForm):
    """A new password; ``given_away`` are words that everybody would try."""

    password = PasswordField(_l("Password"), render_kw=SECRET)
    given_away: frozenset[str] = frozenset()

    def validate_password(self, field: PasswordField) -> None:
        """Judge a password by its length alone."""
        password = _normal(field.data or "")
        if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD or password.casefold() in self.given_away:
            raise ValidationError(
                _(
                    "Choose at least %(count)s characters, not your name or address; a few words in a row are good.",
                    count=SHORTEST_PASSWORD,
                )
            )


class AccountForm(FlaskForm):
    """What a person may change of themselves; the choices hold what was offered."""

    name = StringField(_l("Your name"), render_kw=NAME)
    language = StringField()
    zone = StringField()
    leads = SelectMultipleField(coerce=int, validate_choice=False)
    reminders = BooleanField()

    def validate_name(self, field: StringField) -> None:
        """Refuse what is no name."""
        _check_name(field)

    def validate_language(self, field: StringField) -> None:
        """Refuse a third language."""
        if field.data not in LANGUAGES:
            raise ValidationError(_("Choose English or French."))

    def validate_zone(self, field: StringField) -> None:
        """Refuse a clock that was not offered; one that the person has already stays."""
        if field.data not in PLACES and field.data != field.object_data:
            raise ValidationError(_("Choose one of the places in the list."))

    def validate_leads(self, field: SelectMultipleField) -> None:
        """Refuse days that were not offered; those that the person has already stay."""
        if not set(field.data or ()) <= {*LEADS, *(field.object_data or ())}:
            raise ValidationError(_("Choose from the days in the list."))


def _check_name(field: StringField) -> None:
    if name_of(field.data or "") is None:
        raise ValidationError(_("Type your name, in at most %(count)s characters.", count=LONGEST_NAME))


def _check_address(field: EmailField) -> None:
    if address_of(field.data or "") is None:
        raise ValidationError(_("Type an e-mail address such as ana@example.org, without accents."))


def problems_of(form: FlaskForm) -> Problems:
    """List what is wrong in a form, each with the field it is about."""
    return [(name, str(sentence)) for name, said in form.errors.items() for sentence in said]


def _answer(template: str, form: FlaskForm, **more: object) -> ResponseReturnValue:
    """Show a form; one that was sent and is wrong keeps what was typed, and says so in its status too."""
    page = render_template(template, form=form, problems=problems_of(form), **more)
    return page, HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK


# Signing in and out


@bp.route("/sign-in", methods=["GET", "POST"])
@allow(Role.PUBLIC)
def sign_in() -> ResponseReturnValue:
    """Let somebody in who knows address and password; a wrong one and an unknown one are answered alike."""
    back = safe_back(request.values.get("back"))
    form = SignInForm()
    if form.validate_on_submit():
        person = _known(form.email.data or "", form.password.data or "")
        if person is not None:
            _enter(person)
            return redirect(back or url_for("tracking.index"))
        form.email.errors = [_("This address and this password do not belong together. Check both and try again.")]
    elif request.method == "GET" and current_person() is not None:
        return redirect(back or url_for("tracking.index"))
    return _answer("people/sign_in.html", form, back=back, kinds=_development_kinds())


def _known(email: str, password: str) -> PersonRow | None:
    """Find who has this address and password; an unknown address takes as long as a wrong password."""
    person = rows.by_email(db.session(), address_of(email) or "")
    typed = _normal(password)
    if person is None or person.password is None or not person.active or person.confirmed_at is None:
        hash_password(typed)
        return None
    return person if verify_password(typed, person.password) else None


def _normal(password: str) -> str:
    return PasswordUtil(current_app).normalize(password)


def _enter(person: PersonRow) -> None:
    """Begin a session of its own for a person: nothing of the visitor's session goes on."""
    session.clear()
    session.permanent = True
    login_user(person)
    g.pop("roles", None)


@bp.post("/sign-out")
@allow(Role.MEMBER)
def sign_out() -> ResponseReturnValue:
    """End every session of the person: a copy of the cookie, wherever it is, opens nothing from now on."""
    with transaction() as unit:
        people.end_sessions(unit.get_one(PersonRow, signed_in().id))
    logout_user()
    session.clear()
    flash(_("You are signed out, here and in every other browser."), "good")
    return redirect(url_for("home.index"))


# Accounts


@bp.route("/sign-up", methods=["GET", "POST"])
@allow(Role.PUBLIC)
def sign_up() -> ResponseReturnValue:
    """Ask for an account: a letter with a link goes to the address, whether it is known or not."""
    form = SignUpForm()
    if form.validate_on_submit():
        _send_link(address_of(form.email.data or "") or "", ((form.name.data or "").strip(), current_language()))
        return redirect(url_for("people.letter_sent"))
    return _answer("people/sign_up.html", form)


@bp.route("/forgotten-password", methods=["GET", "POST"])
@allow(Role.PUBLIC)
def forgotten() -> ResponseReturnValue:
    """Ask for a new password; the answer does not tell whether the address is known."""
    form = AddressForm()
    if form.validate_on_submit():
        _send_link(address_of(form.email.data or "") or "", None)
        return redirect(url_for("people.letter_sent"))
    return _answer("people/forgotten.html", form)


@bp.get("/letter-sent")
@allow(Role.PUBLIC)
def letter_sent() -> ResponseReturnValue:
    """Say that a letter is on its way."""
    settings: Settings = current_app.config["SETTINGS"]
    return render_template("people/letter_sent.html", hours=HOURS, outbox=settings.is_development)


def _send_link(email: str, newcomer: tuple[str, Language] | None) -> None:
    settings: Settings = current_app.config["SETTINGS"]
    with transaction() as unit:
        people.ask_for_password(
            unit,
            email,
            clock.now(),
            stationery(settings),
            lambda person: f"password/{_tokens().dumps(person.fs_uniquifier)}",
            hours=HOURS,
            newcomer=newcomer,
        )


def _tokens() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="choose-password")


@bp.route("/password/<token>", methods=["GET", "POST"])
@allow(Role.PUBLIC)
def choose_password(token: str) -> ResponseReturnValue:
    """Choose a password by a link from a letter; the link works once and for two days."""
    person = _linked(token)
    if person is None:
        return render_template("people/dead_link.html"), HTTPStatus.GONE
    form = PasswordForm()
    form.given_away = frozenset({person.email, person.name.casefold()})
    if form.validate_on_submit():
        hashed = hash_password(_normal(form.password.data or ""))
        with transaction() as unit:
            person = unit.get_one(PersonRow, person.id)
            people.choose_password(unit, person, hashed, clock.now())
        _enter(person)
        flash(_("Your password is kept and you are signed in."), "good")
        return redirect(url_for("tracking.index"))
    return _answer("people/choose_password.html", form, email=person.email, shortest=SHORTEST_PASSWORD)


def _linked(token: str) -> PersonRow | None:
    """Find whom a link was made for, while it works."""
    try:
        uniquifier = _tokens().loads(token, max_age=int(LINK_LASTS.total_seconds()))
    except BadSignature:
        return None
    person = rows.by_uniquifier(db.session(), uniquifier) if isinstance(uniquifier, str) else None
    return person if person is not None and person.active else None


# What a person wants


@bp.route("/account", methods=["GET", "POST"])
@allow(Role.MEMBER)
def account() -> ResponseReturnValue:
    """Show and change name, language, clock and reminders."""
    person, language = signed_in(), current_language()
    form = AccountForm(obj=person, data={"reminders": person.reminders_off_at is None})
    if form.validate_on_submit():
        wishes = people.Wishes(
            name=(form.name.data or "").strip(),
            language="fr" if form.language.data == "fr" else "en",
            zone=form.zone.data or "",
            leads=people.fitting_leads(form.leads.data or ()),
            reminders=form.reminders.data,
        )
        with transaction() as unit:
            people.change(unit, unit.get_one(PersonRow, person.id), wishes, clock.now())
        flash(_("Your choices are kept, and your reminders are planned by them."), "good")
        return redirect(url_for("people.account", lang_code=wishes.language))
    return _answer(
        "people/account.html",
        form,
        person=person,
        community=rows.community_of(db.session(), person.id),
        roles=[role_words(role) for role in Role if role in current_roles() - {Role.PUBLIC, Role.MEMBER}],
        zones=[(zone, phrases.zone_label(zone, language)) for zone in dict.fromkeys((*PLACES, person.zone))],
        leads=[(lead, lead_words(lead)) for lead in sorted({*LEADS, *person.leads}, reverse=True)],
    )


def lead_words(lead: int) -> str:
    """Say a lead time."""
    if lead == 0:
        return _("on the morning of the day")
    if lead == 1:
        return _("the day before")
    return _("%(count)s days before", count=lead)


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
@allow(Role.PUBLIC)
def unsubscribe(token: str) -> ResponseReturnValue:
    """Ask once more before reminders end: programs that look at links in letters must not end them."""
    _whose(token)
    return render_template("people/unsubscribe.html", token=token, ended=False)


@links.post("/unsubscribe/<token>")
@csrf.exempt
@allow(Role.PUBLIC)
def unsubscribed(token: str) -> ResponseReturnValue:
    """End reminders at once, without signing in; mail programs call this by themselves when a person asks them to."""
    person_id = _whose(token)
    with transaction() as unit:
        people.end_reminders(unit, person_id, clock.now())
    return render_template("people/unsubscribe.html", token=token, ended=True)


def _whose(token: str) -> int:
    """Read whose letter a link was in, and speak their language."""
    settings: Settings = current_app.config["SETTINGS"]
    person_id = stationery(settings).unsubscribes(token)
    person = db.session().get(PersonRow, person_id) if person_id is not None else None
    if person is None:
        abort(404)
    g.lang = person.speaks
    return person.id


# Development


@development.post("/sign-in/development/<kind>")
@allow(Role.PUBLIC)
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
    _enter(person)
    return redirect(safe_back(request.form.get("back")) or url_for("tracking.index"))


def _development_kinds() -> list[Kind]:
    settings: Settings = current_app.config["SETTINGS"]
    if not settings.is_development:
        return []
    words = {"writer": _("As a grant writer"), "lead": _("As a plan lead"), "staff": _("As ministry staff")}
    return [Kind(key, words[key]) for key in practice.KINDS]
