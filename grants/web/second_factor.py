"""The second factor: asked for at the door, set up with a phone, its recovery codes, and turned off again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import cast

from flask import (
    Blueprint,
    abort,
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext
from flask_wtf.form import FlaskForm
from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode
from wtforms import PasswordField, StringField

from config import Settings
from grants import clock
from grants.domain import phrases
from grants.domain.zones import zone as zone_of
from grants.services import second_factor as factor
from grants.services import sessions, throttle
from grants.services.second_factor import Codes, SealedError
from grants.services.throttle import Kind
from grants.store.database import transaction
from grants.store.people import PersonRow
from grants.web import throttling
from grants.web.access import (
    Act,
    Thing,
    allow,
    current_person,
    enter,
    landing,
    sign_in_row,
    signed_in,
    wants_proof,
)
from grants.web.language import PREFIX, current_language
from grants.web.people import SECRET, answer, confirm, letterhead, safe_back

bp = Blueprint("second_factor", __name__, url_prefix=PREFIX)

SETTING_UP = "second_factor_setup"
"""The key under which a browser's cookie holds the sealed secret of a second factor that is being set up."""

QUIET_ZONE = 4
"""White modules around the square, by which a camera finds it."""

CODE = {"required": True, "maxlength": 40, "inputmode": "text", "spellcheck": "false"}

_l = cast("Callable[[str], str]", lazy_gettext)


class CodeForm(FlaskForm):
    """A code from the phone, or a recovery code."""

    code = StringField(_l("Code"), render_kw=CODE)


class SetUpForm(CodeForm):
    """The first code of a new phone, and the present password where somebody has been signed in for a while."""

    password = PasswordField(_l("Your password"), render_kw=SECRET)


class ConfirmForm(FlaskForm):
    """The present password, before something is done that a stranger at an open screen must not do."""

    password = PasswordField(_l("Your password"), render_kw=SECRET)


@dataclass(frozen=True, slots=True)
class Square:
    """A QR code: its side in modules, and the dark ones as the path of an SVG picture."""

    side: int
    path: str


def codes() -> Codes:
    """Give what checks codes, under this site's key and name."""
    settings: Settings = current_app.config["SETTINGS"]
    return Codes(settings.secret_key, settings.site_name)


# At the door


@bp.route("/second-factor", methods=["GET", "POST"])
@allow(Thing.DOORS, Act.WRITE)
def ask() -> ResponseReturnValue:
    """Ask who has given a password for a code too; nothing else opens before."""
    back = safe_back(request.values.get("back"))
    person = wants_proof()
    if person is None:
        return redirect(back or landing())
    if person.totp_secret is None:
        return redirect(url_for("second_factor.set_up", back=back))
    form, wait = CodeForm(), throttling.NONE
    if form.validate_on_submit():
        typed = factor.typed_code(form.code.data or "")
        recovers = len(typed) != factor.DIGITS
        each = throttling.tried(Kind.RECOVERY if recovers else Kind.CODE, str(person.id))
        wait = throttling.admit(each)
        try:
            if not wait and _fits(person.id, typed, each):
                enter(person, proved=True)
                if recovers:
                    _tell_codes_left(person)
                return redirect(back or landing())
            if not wait:
                form.code.errors = [_("This code is not right, or it was used before. Type the one shown now.")]
        except SealedError:
            form.code.errors = [
                _(
                    "Codes from phones cannot be checked since this site’s key was changed. Type a recovery code, "
                    "or ask who runs this site to reset your second factor."
                )
            ]
    return answer("account/code.html", form, wait, back=back, email=person.email)


def _fits(number: int, typed: str, each: throttle.Try) -> bool:
    """Take a code, once, in a write unit of its own."""
    with transaction() as unit:
        person = unit.get_one(PersonRow, number)
        if each.kind is Kind.RECOVERY:
            fits = factor.use_recovery_code(unit, person, typed)
        else:
            fits = person.totp_secret is not None and codes().matches(typed, person.totp_secret, person, clock.now())
        if fits:
            throttle.succeed(unit, each, clock.now())
    return fits


def _tell_codes_left(person: PersonRow) -> None:
    left = len(person.recovery_codes)
    flash(
        ngettext(
            "That recovery code no longer works; %(num)s is left. Have you lost your phone? Set up another "
            "in your account.",
            "That recovery code no longer works; %(num)s are left. Have you lost your phone? Set up another "
            "in your account.",
            left,
        ),
        "warn",
    )


@bp.route("/second-factor/set-up", methods=["GET", "POST"])
@allow(Thing.DOORS, Act.WRITE)
def set_up() -> ResponseReturnValue:
    """Show the secret as a picture and as text, and keep it once a code proves that a phone has it."""
    back = safe_back(request.values.get("back"))
    at_door = wants_proof()
    person = at_door or current_person()
    if person is None:
        return redirect(url_for("people.sign_in", back=url_for("second_factor.set_up")))
    if at_door is not None and person.totp_secret is not None:
        return redirect(url_for("second_factor.ask", back=back))
    sealed, wait = _being_set_up(), throttling.NONE
    form = SetUpForm()
    if at_door is not None or person.password is None:
        del form.password
    if form.validate_on_submit():
        wait = confirm(person, form.password) if "password" in form else throttling.NONE
        if not wait and not form.errors:
            each = throttling.tried(Kind.CODE, str(person.id))
            wait = throttling.admit(each)
            shown = None if wait else _turn_on(person.id, sealed, factor.typed_code(form.code.data or ""), each)
            if shown is not None:
                enter(person, proved=True)
                return _shown_once(shown, back or landing())
            if not wait:
                form.code.errors = [_("This code is not right. Type the six digits that the phone shows now.")]
    return answer(
        "account/set_up.html",
        form,
        wait,
        back=back,
        required=at_door is not None,
        replaces=person.totp_secret is not None,
        square=square_of(codes().get_totp_uri(person.email, sealed)),
        address=codes().get_totp_uri(person.email, sealed),
        key=codes().get_totp_pretty_key(sealed),
    )


def _being_set_up() -> str:
    """Give the sealed secret that this browser is setting up, a new one where there is none that can be opened."""
    sealed = session.get(SETTING_UP)
    try:
        codes().check(str(sealed))
    except SealedError:
        sealed = session[SETTING_UP] = codes().generate_totp_secret()
    return str(sealed)


def _turn_on(number: int, sealed: str, typed: str, each: throttle.Try) -> list[str] | None:
    """Keep the secret if the code fits it; every other sign-in ends, for it was begun without."""
    with transaction() as unit:
        person, now = unit.get_one(PersonRow, number), clock.now()
        before, person.totp_counter = person.totp_counter, None
        if not codes().matches(typed, sealed, person, now):
            person.totp_counter = before
            return None
        here = sign_in_row()
        sessions.end_all(unit, person, now, but=here.id if here else None)
        throttle.succeed(unit, each, now)
        return factor.turn_on(unit, person, sealed, now, letterhead())


def _shown_once(shown: list[str], onward: str) -> ResponseReturnValue:
    return render_template("account/recovery_codes.html", codes=shown, onward=onward)


def square_of(text: str) -> Square:
    """Draw a text as a QR code: dark modules as runs, row by row."""
    drawn = QRCode(error_correction=ERROR_CORRECT_M, border=QUIET_ZONE)
    drawn.add_data(text)
    drawn.make(fit=True)
    matrix = drawn.get_matrix()
    path = []
    for y, row in enumerate(matrix):
        x = 0
        for dark, run in groupby(row):
            length = len(list(run))
            if dark:
                path.append(f"M{x} {y}h{length}v1h-{length}z")
            x += length
    return Square(len(matrix), "".join(path))


# In the account


@bp.get("/account/second-factor")
@allow(Thing.ACCOUNT, Act.READ)
def show() -> ResponseReturnValue:
    """Say whether there is a second factor, since when, and how many recovery codes are left."""
    person = signed_in()
    return render_template(
        "account/second_factor.html",
        since=_day(person.totp_since, person) if person.totp_since else "",
        on=person.totp_secret is not None,
        sealed=_is_sealed(person),
        left=len(person.recovery_codes),
        staff=person.staff_role is not None,
    )


def _day(at: datetime, person: PersonRow) -> str:
    return phrases.day(at.astimezone(zone_of(person.zone)).date(), current_language(), weekday=False)


def _is_sealed(person: PersonRow) -> bool:
    try:
        if person.totp_secret is not None:
            codes().check(person.totp_secret)
    except SealedError:
        return True
    return False


@bp.route("/account/second-factor/codes", methods=["GET", "POST"])
@allow(Thing.ACCOUNT, Act.WRITE)
def renew() -> ResponseReturnValue:
    """Make ten new recovery codes; the old ones work no more."""
    person = signed_in()
    if person.totp_secret is None:
        return redirect(url_for("second_factor.show"))
    form, wait = _confirmation(person), throttling.NONE
    if form.validate_on_submit():
        wait = confirm(person, form.password) if "password" in form else wait
        if not wait and not form.errors:
            with transaction() as unit:
                kept = unit.get_one(PersonRow, person.id)
                shown = factor.renew_recovery_codes(unit, kept, clock.now(), letterhead())
            return _shown_once(shown, url_for("second_factor.show"))
    return answer("account/renew.html", form, wait)


def _confirmation(person: PersonRow) -> ConfirmForm:
    form = ConfirmForm()
    if person.password is None:
        del form.password
    return form


@bp.post("/account/second-factor/codes.txt")
@allow(Thing.ACCOUNT, Act.WRITE)
def download() -> ResponseReturnValue:
    """Give the recovery codes that the page just showed as a file; what is none of this person's is left out."""
    person = signed_in()
    told = [code for code in request.form.getlist("code") if factor.recovery_digest(code) in person.recovery_codes]
    if not told:
        abort(404)
    settings: Settings = current_app.config["SETTINGS"]
    site = settings.site_name_fr if current_language() == "fr" else settings.site_name
    lines = [_("%(site)s: recovery codes of %(email)s, each works once", site=site, email=person.email), "", *told, ""]
    file = make_response("\r\n".join(lines))
    file.headers["Content-Type"] = "text/plain; charset=utf-8"
    file.headers["Content-Disposition"] = "attachment; filename=recovery-codes.txt"
    return file


@bp.route("/account/second-factor/off", methods=["GET", "POST"])
@allow(Thing.ACCOUNT, Act.WRITE)
def turn_off() -> ResponseReturnValue:
    """Turn the second factor off; whoever is on staff keeps it."""
    person = signed_in()
    if person.staff_role is not None:
        abort(403)
    if person.totp_secret is None:
        return redirect(url_for("second_factor.show"))
    form, wait = _confirmation(person), throttling.NONE
    if form.validate_on_submit():
        wait = confirm(person, form.password) if "password" in form else wait
        if not wait and not form.errors:
            with transaction() as unit:
                factor.turn_off(unit, unit.get_one(PersonRow, person.id), clock.now(), letterhead())
            flash(_("The second factor is off: from now on your password alone lets you in."), "good")
            return redirect(url_for("second_factor.show"))
    return answer("account/turn_off.html", form, wait)
