"""The members of a community: who they are, whether letters reach them, their hours, their roles, their leaving."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import cast

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf.form import FlaskForm
from wtforms import StringField
from wtforms.validators import ValidationError

from grants import clock
from grants.domain import phrases
from grants.domain.people import HOME_ZONE
from grants.domain.zones import zone as zone_of
from grants.services import invitations, members
from grants.services.catalogue import NotFoundError
from grants.services.members import MOST_WEEKLY_MINUTES, Member, Trouble
from grants.services.people import RefusedError
from grants.store import people as rows
from grants.store.database import db, transaction
from grants.web import invitations as invited
from grants.web import throttling
from grants.web.access import Act, Role, Thing, allow, forget, landing, may, signed_in, workspace
from grants.web.invitations import InviteForm
from grants.web.language import PREFIX, current_language
from grants.web.people import answer, letterhead, role_words

bp = Blueprint("members", __name__, url_prefix=PREFIX)

ROLES = (Role.WRITER, Role.LEAD)
MINUTES = 60

_l = cast("Callable[[str], str]", lazy_gettext)


class HoursForm(FlaskForm):
    """How long a member can work on applications in a week; empty: they do not say."""

    hours = StringField(_l("Hours a week"), render_kw={"inputmode": "decimal", "maxlength": 5, "autocomplete": "off"})

    @property
    def minutes(self) -> int | None:
        """The hours in whole minutes; ``None`` where the field is empty."""
        typed = (self.hours.data or "").strip().replace(",", ".")
        return round(float(typed) * MINUTES) if typed else None

    def validate_hours(self, field: StringField) -> None:
        """Refuse what is no number of hours of a week."""
        typed = (field.data or "").strip().replace(",", ".")
        whole, _point, part = typed.partition(".")
        plain = all(each.isascii() and each.isdigit() for each in (whole, part or "0")) and len(typed) <= 5  # noqa: PLR2004
        if typed and not (plain and float(typed) * MINUTES <= MOST_WEEKLY_MINUTES):
            most = MOST_WEEKLY_MINUTES // MINUTES
            raise ValidationError(_("Type a number of hours from 0 to %(most)s, such as 7 or 7.5.", most=most))


class RoleForm(FlaskForm):
    """What a member is to be, and who leads next where the last lead stops leading."""

    role = StringField()
    next_lead = StringField()


@dataclass(frozen=True, slots=True)
class Shown:
    """A member as the pages show them."""

    person: int
    name: str
    email: str
    role: str
    leads: bool
    since: str
    hours: str
    active: bool
    trouble: str
    myself: bool


def of_community() -> list[Shown]:
    """Put the members of the community worked for into words."""
    return [_shown(each) for each in members.of(db.session(), workspace().key)]


def _shown(each: Member) -> Shown:
    language = current_language()
    since = each.since.astimezone(zone_of(HOME_ZONE)).date() if each.since else None
    return Shown(
        person=each.person,
        name=each.name,
        email=each.email,
        role=role_words(each.role),
        leads=each.role is Role.LEAD,
        since=phrases.day(since, language, weekday=False) if since else "",
        hours=hours_typed(each.weekly_minutes),
        active=each.active,
        trouble=trouble_words(each.trouble) if each.trouble else "",
        myself=each.person == signed_in().id,
    )


def hours_typed(minutes: int | None) -> str:
    """Give minutes as hours, as the form shows them in the reader's language."""
    if minutes is None:
        return ""
    plain = f"{minutes / MINUTES:.2f}".rstrip("0").rstrip(".")
    return plain.replace(".", ",") if current_language() == "fr" else plain


def trouble_words(trouble: Trouble) -> str:
    """Say why letters do not reach a member."""
    return {
        Trouble.COMES_BACK: _("not delivered"),
        Trouble.FULL: _("mailbox full"),
        Trouble.OFF: _("reminders are off"),
    }[trouble]


@bp.get("/members")
@allow(Thing.MEMBERS, Act.READ)
def index() -> ResponseReturnValue:
    """List the members, and for who leads the plan the invitations that wait."""
    community = workspace()
    waiting = invitations.waiting(db.session(), community.key, clock.now()) if may(Thing.MEMBERS, Act.WRITE) else ()
    return render_template(
        "members/index.html", community=community, members=of_community(), invitations=invited.shown(waiting)
    )


@bp.get("/members/<int:number>")
@allow(Thing.MEMBERS, Act.READ)
def show(number: int) -> ResponseReturnValue:
    """Show one member, and what may be changed of them."""
    return _page(number)


def _refused(number: int, form: FlaskForm, fault: RefusedError) -> ResponseReturnValue:
    """Show the page again with what was refused; who leads no more has no field to be sent to."""
    place = fault.field if may(Thing.MEMBERS, Act.WRITE) or fault.field != "role" else "content"
    return _page(number, form, ((place, fault.sentence.in_(current_language())),))


def _page(
    number: int, form: FlaskForm | None = None, problems: tuple[tuple[str, str], ...] = ()
) -> ResponseReturnValue:
    everybody = of_community()
    member = next((each for each in everybody if each.person == number), None)
    if member is None:
        abort(404)
    last = member.leads and not any(each.leads and each.active and each is not member for each in everybody)
    page = render_template(
        "members/show.html",
        community=workspace(),
        member=member,
        hours=form.hours.data if isinstance(form, HoursForm) else member.hours,
        roles=[(role.value, role_words(role)) for role in ROLES],
        role=form.role.data
        if isinstance(form, RoleForm) and form.role.data
        else ("lead" if member.leads else "writer"),
        next_lead=form.next_lead.data if isinstance(form, RoleForm) else "",
        following=[(each.person, each.name) for each in everybody if each.active and each is not member],
        last_lead=last,
        may_change=may(Thing.MEMBERS, Act.WRITE),
        problems=problems,
    )
    return page, HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK


@bp.post("/members/<int:number>/role")
@allow(Thing.MEMBERS, Act.WRITE)
def change_role(number: int) -> ResponseReturnValue:
    """Make a member a grant writer or a plan lead."""
    form = RoleForm()
    wanted = next((role for role in ROLES if role == form.role.data), Role.PUBLIC)
    try:
        with transaction() as unit:
            members.set_role(
                unit,
                _here(),
                number,
                wanted,
                clock.now(),
                stationery=letterhead(),
                by=signed_in().id,
                next_lead=_number(form.next_lead.data),
            )
    except NotFoundError:
        abort(404)
    except RefusedError as fault:
        return _refused(number, form, fault)
    forget()
    flash(_("The role is changed."), "good")
    return redirect(url_for("members.index") if may(Thing.MEMBERS, Act.READ) else landing())


@bp.post("/members/<int:number>/remove")
@allow(Thing.MEMBERS, Act.WRITE)
def remove(number: int) -> ResponseReturnValue:
    """End a member's work for the community; their tasks become nobody's."""
    return _end(number)


@bp.post("/members/leave")
@allow(Thing.ACCOUNT, Act.WRITE)
def leave() -> ResponseReturnValue:
    """End one's own work for the community."""
    return _end(signed_in().id)


def _end(number: int) -> ResponseReturnValue:
    person, community = signed_in().id, workspace()
    form = RoleForm()
    try:
        with transaction() as unit:
            following = _number(form.next_lead.data)
            members.remove(
                unit, community.key, number, clock.now(), stationery=letterhead(), by=person, next_lead=following
            )
    except NotFoundError:
        abort(404)
    except RefusedError as fault:
        return _refused(number, form, fault)
    forget()
    if number == person:
        flash(_("You no longer work for %(community)s.", community=community.title), "good")
        return redirect(landing())
    flash(_("Removed. Their tasks have no owner now: give them to somebody."), "good")
    return redirect(url_for("members.index"))


@bp.post("/members/<int:number>/hours")
@allow(Thing.CALENDAR, Act.WRITE)
def set_hours(number: int) -> ResponseReturnValue:
    """Keep how long a member can work in a week: one's own, or anybody's for who leads the plan."""
    community = workspace()
    if rows.membership(db.session(), number, community.key) is None:
        abort(404)
    if number != signed_in().id and not may(Thing.MEMBERS, Act.WRITE):
        abort(403)
    form = HoursForm()
    if not form.validate_on_submit():
        return _page(number, form, tuple(("hours", str(each)) for each in form.hours.errors))
    try:
        with transaction() as unit:
            members.set_hours(unit, community.key, number, form.minutes)
    except NotFoundError:
        abort(404)
    flash(_("The hours are saved; plans take them into account."), "good")
    return redirect(url_for("members.show", number=number))


def _here() -> str:
    return workspace().key


def _number(typed: str | None) -> int | None:
    return int(typed) if typed and typed.isascii() and typed.isdigit() and len(typed) < 10 else None  # noqa: PLR2004


@bp.route("/members/invite", methods=["GET", "POST"])
@allow(Thing.MEMBERS, Act.WRITE)
def invite() -> ResponseReturnValue:
    """Invite an address to work for the community."""
    community, person = workspace(), signed_in()
    form, wait = InviteForm(data={"role": Role.WRITER.value}), throttling.NONE
    form.roles = ROLES
    if form.validate_on_submit():
        try:
            wait = invited.send(person, form.email.data or "", Role(form.role.data or ""), community.key)
        except RefusedError as fault:
            form[fault.field].errors = [fault.sentence.in_(current_language())]
        if not wait and not form.errors:
            return redirect(url_for("members.index"))
    return answer(
        "members/invite.html",
        form,
        wait,
        community=community,
        roles=[(role.value, role_words(role)) for role in ROLES],
    )


@bp.post("/members/invitations/<int:number>/resend")
@allow(Thing.MEMBERS, Act.WRITE)
def resend(number: int) -> ResponseReturnValue:
    """Mail an invitation once more."""
    return _on_invitation(invited.send_again, number)


@bp.post("/members/invitations/<int:number>/withdraw")
@allow(Thing.MEMBERS, Act.WRITE)
def withdraw(number: int) -> ResponseReturnValue:
    """Take an invitation back."""
    return _on_invitation(invited.take_back, number)


def _on_invitation(do: Callable[..., None], number: int) -> ResponseReturnValue:
    try:
        do(signed_in(), number, workspace().key)
    except (NotFoundError, RefusedError):
        abort(404)
    return redirect(url_for("members.index"))
