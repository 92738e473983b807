"""One's own account: name, language, clock, reminders, password, sign-ins, and the community worked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_security.utils import hash_password
from flask_wtf.form import FlaskForm
from wtforms import BooleanField, PasswordField, SelectMultipleField, StringField
from wtforms.validators import ValidationError

from grants import clock
from grants.domain import phrases
from grants.domain.bilingual import LANGUAGES
from grants.domain.people import PLACES
from grants.domain.reminders import LEADS
from grants.domain.zones import zone as zone_of
from grants.services import people, sessions
from grants.services.catalogue import NotFoundError
from grants.services.people import DIGESTS, MOST_QUIET_DAYS, WEEKDAYS
from grants.store.database import db, transaction
from grants.store.people import PersonRow
from grants.store.sessions import SessionRow
from grants.web import throttling
from grants.web.access import (
    Act,
    Role,
    Thing,
    allow,
    current_roles,
    forget,
    held_communities,
    landing,
    own_community,
    sign_in_row,
    signed_in,
)
from grants.web.language import PREFIX, current_language
from grants.web.people import (
    NAME,
    SECRET,
    SHORTEST_PASSWORD,
    answer,
    check_name,
    check_new_password,
    confirm,
    letterhead,
    normal,
    role_words,
    safe_back,
)

bp = Blueprint("account", __name__, url_prefix=PREFIX)

_l = cast("Callable[[str], str]", lazy_gettext)


class AccountForm(FlaskForm):
    """What a person may change of themselves; the choices hold what was offered."""

    name = StringField(_l("Your name"), render_kw=NAME)
    language = StringField()
    zone = StringField()
    leads = SelectMultipleField(coerce=int, validate_choice=False)
    quiet_days = SelectMultipleField(coerce=int, validate_choice=False)
    digest = StringField()
    reminders = BooleanField()

    def validate_name(self, field: StringField) -> None:
        """Refuse what is no name."""
        check_name(field)

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

    def validate_quiet_days(self, field: SelectMultipleField) -> None:
        """Refuse what is no weekday, and a week without a day for letters."""
        chosen = set(field.data or ())
        if not chosen <= set(WEEKDAYS):
            raise ValidationError(_("Choose from the days in the list."))
        if len(chosen) > MOST_QUIET_DAYS:
            raise ValidationError(_("Leave at least one day on which a reminder may come."))

    def validate_digest(self, field: StringField) -> None:
        """Refuse a third way."""
        if field.data not in DIGESTS:
            raise ValidationError(_("Choose daily or weekly."))


class NewPasswordForm(FlaskForm):
    """The present password and the next one."""

    present = PasswordField(_l("Your current password"), render_kw=SECRET)
    password = PasswordField(_l("New password"), render_kw=SECRET)
    given_away: frozenset[str] = frozenset()

    def validate_password(self, field: PasswordField) -> None:
        """Judge a password by its length alone."""
        check_new_password(field, self.given_away)


@dataclass(frozen=True, slots=True)
class SignIn:
    """One sign-in as the page shows it; ``here``: in the browser that reads the page."""

    id: int
    agent: str
    since: str
    community: str
    here: bool


@dataclass(frozen=True, slots=True)
class Workplace:
    """A community that the reader may work for in this browser."""

    key: str
    title: str
    role: str
    current: bool


@bp.route("/account", methods=["GET", "POST"])
@allow(Thing.ACCOUNT, Act.WRITE)
def index() -> ResponseReturnValue:
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
            quiet_days=tuple(form.quiet_days.data or ()),
            digest="weekly" if form.digest.data == "weekly" else "daily",
        )
        with transaction() as unit:
            people.change(unit, unit.get_one(PersonRow, person.id), wishes, clock.now())
        flash(_("Your choices are kept, and your reminders are planned by them."), "good")
        return redirect(url_for("account.index", lang_code=wishes.language))
    return answer(
        "account/index.html",
        form,
        person=person,
        community=own_community(),
        roles=[role_words(role) for role in Role if role in current_roles() - {Role.PUBLIC, Role.MEMBER}],
        zones=[(zone, phrases.zone_label(zone, language)) for zone in dict.fromkeys((*PLACES, person.zone))],
        leads=[(lead, lead_words(lead)) for lead in sorted({*LEADS, *person.leads}, reverse=True)],
        weekdays=list(enumerate(weekday_words())),
        digests=[("daily", _("As they come, all of one day in one e-mail")), ("weekly", weekly_words())],
    )


def lead_words(lead: int) -> str:
    """Say a lead time."""
    if lead == 0:
        return _("on the morning of the day")
    if lead == 1:
        return _("the day before")
    return _("%(count)s days before", count=lead)


def weekday_words() -> tuple[str, ...]:
    """Name the days of the week, Monday first."""
    return (_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday"))


def weekly_words() -> str:
    """Say what the weekly way of reminding is."""
    return _("On Mondays, gathered in one e-mail; those of the last three days before a date still come separately")


# Password and sign-ins


@bp.route("/account/password", methods=["GET", "POST"])
@allow(Thing.ACCOUNT, Act.WRITE)
def password() -> ResponseReturnValue:
    """Choose another password by the present one; every other sign-in ends."""
    person, here = signed_in(), sign_in_row()
    form, wait = NewPasswordForm(), throttling.NONE
    form.given_away = frozenset({person.email, person.name.casefold()})
    if person.password is None:
        return redirect(url_for("people.forgotten"))
    if form.validate_on_submit():
        wait = confirm(person, form.present)
        if not wait and not form.errors and here is not None:
            hashed = hash_password(normal(form.password.data or ""))
            with transaction() as unit:
                kept = unit.get_one(PersonRow, person.id)
                people.change_password(unit, kept, hashed, clock.now(), letterhead(), here=here.id)
            flash(_("Your new password is saved, and you are signed out everywhere else."), "good")
            return redirect(url_for("account.index"))
    return answer("account/password.html", form, wait, email=person.email, shortest=SHORTEST_PASSWORD)


@bp.get("/account/sign-ins")
@allow(Thing.ACCOUNT, Act.READ)
def sign_ins() -> ResponseReturnValue:
    """List where the person is signed in."""
    person, here = signed_in(), sign_in_row()
    standing = sessions.standing(db.session(), person, clock.now())
    names = {community.key: community.title for community, _role in held_communities()}
    shown = [_sign_in(row, person, names, here=here is not None and row.id == here.id) for row in standing]
    return render_template("account/sign_ins.html", sign_ins=shown, others=len(shown) > 1)


def _sign_in(row: SessionRow, person: PersonRow, names: dict[str, str], *, here: bool) -> SignIn:
    return SignIn(
        id=row.id,
        agent=row.agent or _("A browser that does not say what it is"),
        since=moment_words(row.started_at, person.zone),
        community=names.get(row.community or "", ""),
        here=here,
    )


def moment_words(at: datetime, zone: str) -> str:
    """Say a moment by somebody's clock."""
    local, language = at.astimezone(zone_of(zone)), current_language()
    return f"{phrases.day(local.date(), language)}, {phrases.clock(local.time(), language)}"


@bp.post("/account/sign-ins/end")
@allow(Thing.ACCOUNT, Act.WRITE)
def end_sign_in() -> ResponseReturnValue:
    """End one sign-in (field ``sign_in``), wherever its browser is."""
    person, here = signed_in(), sign_in_row()
    number = request.form.get("sign_in", type=int, default=0)
    with transaction() as unit:
        ended = sessions.end_one(unit, unit.get_one(PersonRow, person.id), number, clock.now())
    if not ended:
        abort(404)
    flash(_("That browser is signed out and can no longer open anything here."), "good")
    forget()
    return redirect(url_for("people.sign_in" if here is not None and number == here.id else "account.sign_ins"))


@bp.post("/account/sign-ins/end-others")
@allow(Thing.ACCOUNT, Act.WRITE)
def end_other_sign_ins() -> ResponseReturnValue:
    """End every sign-in but this one."""
    person, here = signed_in(), sign_in_row()
    with transaction() as unit:
        sessions.end_all(unit, unit.get_one(PersonRow, person.id), clock.now(), but=here.id if here else None)
    flash(_("Every other sign-in has ended."), "good")
    return redirect(url_for("account.sign_ins"))


# The community worked for


@bp.get("/switch")
@allow(Thing.ACCOUNT, Act.READ)
def communities() -> ResponseReturnValue:
    """List the communities that the person works for, to choose one for this browser."""
    own = own_community()
    shown = [
        Workplace(community.key, community.title, role_words(role), own is not None and own.key == community.key)
        for community, role in held_communities()
    ]
    return render_template("account/communities.html", workplaces=shown, back=safe_back(request.args.get("back")))


@bp.post("/switch")
@allow(Thing.ACCOUNT, Act.WRITE)
def switch() -> ResponseReturnValue:
    """Work for another community (field ``community``) in this browser, and go on to ``back``."""
    row = sign_in_row()
    if row is None:
        abort(404)
    try:
        with transaction() as unit:
            kept = unit.get_one(SessionRow, row.id)
            sessions.choose_community(unit, kept, request.form.get("community", ""))
    except NotFoundError:
        abort(404)
    forget()
    chosen = own_community()
    flash(_("You now work for %(community)s.", community=chosen.title if chosen else ""), "good")
    return redirect(safe_back(request.form.get("back")) or landing())
