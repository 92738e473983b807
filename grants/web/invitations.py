"""Invitations: how they stand, how they are sent, and the page on which somebody accepts one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import cast

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_security.utils import hash_password
from flask_wtf.form import FlaskForm
from wtforms import EmailField, PasswordField, StringField
from wtforms.validators import ValidationError

from config import Settings
from grants import clock
from grants.delivery.letters import Stationery, stationery
from grants.domain import phrases
from grants.domain.communities import Community
from grants.domain.people import HOME_ZONE, address_of
from grants.domain.records import read
from grants.domain.zones import zone as zone_of
from grants.services import invitations, sessions, throttle
from grants.services.catalogue import NotFoundError
from grants.services.invitations import State
from grants.services.throttle import Kind
from grants.store import people as rows
from grants.store.communities import CommunityRow
from grants.store.database import db, transaction
from grants.store.people import PersonRow
from grants.store.sessions import InvitationRow, SessionRow
from grants.web import throttling
from grants.web.access import Act, Role, Thing, allow, current_person, enter, forget, landing, sign_in_row, wants_proof
from grants.web.language import PREFIX, current_language
from grants.web.people import (
    ADDRESS,
    NAME,
    SECRET,
    SHORTEST_PASSWORD,
    answer,
    check_address,
    check_name,
    check_new_password,
    normal,
    role_words,
)

bp = Blueprint("invitations", __name__, url_prefix=PREFIX)

_l = cast("Callable[[str], str]", lazy_gettext)


class InviteForm(FlaskForm):
    """An address to invite and what the person is to be; ``roles`` are those that are offered."""

    email = EmailField(_l("E-mail address"), render_kw=ADDRESS)
    role = StringField()
    roles: tuple[Role, ...] = ()

    def validate_email(self, field: EmailField) -> None:
        """Refuse what no letter can be sent to."""
        check_address(field)

    def validate_role(self, field: StringField) -> None:
        """Refuse a role that was not offered."""
        if field.data not in self.roles:
            raise ValidationError(_("Choose one of the roles in the list."))


class WelcomeForm(FlaskForm):
    """What the account of somebody who was invited begins with."""

    name = StringField(_l("Your name"), render_kw=NAME)
    password = PasswordField(_l("Password"), render_kw=SECRET)
    email: str = ""

    def validate_name(self, field: StringField) -> None:
        """Refuse what is no name."""
        check_name(field)

    def validate_password(self, field: PasswordField) -> None:
        """Judge a password by its length alone."""
        check_new_password(field, frozenset({self.email, (self.name.data or "").strip().casefold()}))


@dataclass(frozen=True, slots=True)
class Shown:
    """An invitation that nobody has accepted or withdrawn, as a list shows it."""

    id: int
    email: str
    role: str
    made: str
    state: str
    place: str


def shown(those: Iterable[InvitationRow], place: Callable[[str], str] = lambda _key: "") -> list[Shown]:
    """Put invitations into words; ``place`` names the community of each where a list holds several."""
    now = clock.now()
    return [
        Shown(
            id=row.id,
            email=row.email,
            role=role_words(Role(row.role)),
            made=_day(row),
            state=_state_words(row, invitations.state_of(row, now)),
            place=place(row.community) if row.community else "",
        )
        for row in those
    ]


def _day(row: InvitationRow) -> str:
    return phrases.day(row.made_at.astimezone(zone_of(HOME_ZONE)).date(), current_language(), weekday=False)


def _state_words(row: InvitationRow, state: State) -> str:
    until = row.expires_at.astimezone(zone_of(HOME_ZONE)).date()
    if state is State.WAITING:
        return _("can be accepted until %(day)s", day=phrases.day(until, current_language(), weekday=False))
    return _("was not accepted in time")


def send(person: PersonRow, email: str, role: Role, community: str | None) -> timedelta:
    """Invite an address and say so on the next page, unless it was invited too often: then give the wait.

    Raises:
        RefusedError: it cannot be invited; see :func:`grants.services.invitations.invite`.
        NotFoundError: no such community.
    """
    wait = throttling.admit(_tried(person, email))
    if not wait:
        with transaction() as unit:
            by = unit.get_one(PersonRow, person.id)
            invitations.invite(unit, by, email, role, community, now=clock.now(), stationery=_stationery())
        _tell_sent(address_of(email) or email)
    return wait


def send_again(person: PersonRow, number: int, community: str | None) -> None:
    """Mail an invitation once more and say so on the next page, or how long that has to wait.

    Raises:
        RefusedError: who asks may not.
        NotFoundError: there is no such invitation there, or it is over.
    """
    row = db.session().get(InvitationRow, number) if 0 < number < 2**31 else None
    if row is None or row.community != community:
        raise NotFoundError(f"There is no invitation {number} here.")
    wait = throttling.admit(_tried(person, row.email))
    if wait:
        flash(throttling.words(wait), "warn")
        return
    with transaction() as unit:
        by = unit.get_one(PersonRow, person.id)
        invitations.resend(unit, by, number, community, now=clock.now(), stationery=_stationery())
        email = unit.get_one(InvitationRow, number).email
    _tell_sent(email)


def take_back(person: PersonRow, number: int, community: str | None) -> None:
    """Withdraw an invitation and say so on the next page.

    Raises:
        RefusedError: who asks may not.
        NotFoundError: there is no such invitation there, or it is over.
    """
    with transaction() as unit:
        invitations.withdraw(unit, unit.get_one(PersonRow, person.id), number, community, clock.now())
    flash(_("The invitation is withdrawn; its link no longer works."), "good")


def _tried(person: PersonRow, email: str) -> throttle.Try:
    return throttling.tried(Kind.INVITATION, address_of(email) or "", f"person {person.id}")


def _tell_sent(email: str) -> None:
    days = invitations.LASTS.days
    flash(
        _("An invitation is on its way to %(email)s. Its link works for %(days)s days.", email=email, days=days), "good"
    )


def _stationery() -> Stationery:
    settings: Settings = current_app.config["SETTINGS"]
    return stationery(settings)


# Accepting one


@bp.route("/invitations/<token>", methods=["GET", "POST"])
@allow(Thing.DOORS, Act.WRITE)
def accept(token: str) -> ResponseReturnValue:
    """Let whoever an invitation was sent to accept it, with the account of that address or a new one."""
    row = invitations.find(db.session(), token, clock.now())
    if row is None:
        return render_template("members/dead_invitation.html"), HTTPStatus.GONE
    here = url_for("invitations.accept", token=token)
    if wants_proof() is not None:
        return redirect(url_for("second_factor.ask", back=here))
    person, owner = current_person(), rows.by_email(db.session(), row.email)
    form = WelcomeForm()
    form.email = row.email
    has_account = owner is not None and owner.password is not None
    if person is not None or has_account:
        del form.name, form.password
    mine = person is not None and person.email == row.email
    if form.validate_on_submit() and (mine or (person is None and not has_account)):
        try:
            return _accept(token, person) if person is not None else _welcome(token, form)
        except NotFoundError:
            return render_template("members/dead_invitation.html"), HTTPStatus.GONE
    return answer(
        "members/accept.html",
        form,
        token=token,
        here=here,
        email=row.email,
        place=_place(row),
        role=role_words(Role(row.role)),
        by=db.session().get_one(PersonRow, row.invited_by).name,
        person=person,
        mine=mine,
        has_account=has_account,
        shortest=SHORTEST_PASSWORD,
    )


def _place(row: InvitationRow) -> str:
    if row.community is None:
        return ""
    record = db.session().get_one(CommunityRow, row.community).record
    return read(record, Community).as_place.in_(current_language())


def _accept(token: str, person: PersonRow) -> ResponseReturnValue:
    sign_in = sign_in_row()
    with transaction() as unit:
        row = invitations.accept(
            unit, token, unit.get_one(PersonRow, person.id), clock.now(), here=sign_in.id if sign_in else None
        )
        if row.community is not None and sign_in is not None:
            sessions.choose_community(unit, unit.get_one(SessionRow, sign_in.id), row.community)
    forget()
    flash(_("You have accepted the invitation."), "good")
    return redirect(landing())


def _welcome(token: str, form: WelcomeForm) -> ResponseReturnValue:
    hashed = hash_password(normal(form.password.data or ""))
    with transaction() as unit:
        person = invitations.welcome(unit, token, (form.name.data or "").strip(), hashed, clock.now())
        person.language = current_language()
        invitations.accept(unit, token, person, clock.now())
    enter(person, proved=False)
    flash(_("Welcome. Your account is made and you are signed in."), "good")
    return redirect(landing())
