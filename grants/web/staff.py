"""The ministry's staff and the plan leads of communities, for approvers: roles, accounts, invitations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import cast

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from wtforms import StringField

from grants import clock
from grants.domain import phrases
from grants.domain.zones import zone as zone_of
from grants.services import catalogue, invitations, lookup, staff
from grants.services.catalogue import NotFoundError
from grants.services.people import RefusedError
from grants.store import people as rows
from grants.store import sessions as session_rows
from grants.store.database import db, transaction
from grants.store.people import PersonRow
from grants.store.sessions import InvitationRow
from grants.web import invitations as invited
from grants.web import throttling
from grants.web.access import Act, Role, Thing, allow, signed_in
from grants.web.invitations import InviteForm
from grants.web.language import PREFIX, current_language
from grants.web.people import answer, letterhead, role_words

bp = Blueprint("staff", __name__, url_prefix=PREFIX)

_l = cast("Callable[[str], str]", lazy_gettext)


class LeadForm(InviteForm):
    """An address to invite as the lead of a community's plan."""

    community = StringField(_l("Community"), render_kw={"required": True, "maxlength": 200, "autocomplete": "off"})
    roles = (Role.LEAD,)


@dataclass(frozen=True, slots=True)
class Shown:
    """Somebody on staff as the pages show them."""

    person: int
    name: str
    email: str
    role: str
    words: str
    factor: str
    active: bool
    myself: bool


@dataclass(frozen=True, slots=True)
class Led:
    """A community and who leads its plan."""

    title: str
    leads: list[tuple[str, str]]


@bp.get("/staff")
@allow(Thing.STAFF, Act.READ)
def index() -> ResponseReturnValue:
    """List who is on staff, and the invitations that wait."""
    waiting = invitations.waiting(db.session(), None, clock.now())
    return render_template(
        "staff/index.html",
        staff=[_shown(each) for each in rows.staff(db.session())],
        invitations=invited.shown(waiting),
    )


def _shown(person: PersonRow) -> Shown:
    reader = signed_in()
    since = person.totp_since.astimezone(zone_of(reader.zone)).date() if person.totp_since else None
    day = phrases.day(since, current_language(), weekday=False) if since else ""
    return Shown(
        person=person.id,
        name=person.name,
        email=person.email,
        role=person.staff_role or "",
        words=role_words(Role(person.staff_role)) if person.staff_role else "",
        factor=_("since %(day)s", day=day) if person.totp_secret else _("not set up yet"),
        active=person.active,
        myself=person.id == reader.id,
    )


@bp.get("/staff/<int:number>")
@allow(Thing.STAFF, Act.READ)
def show(number: int) -> ResponseReturnValue:
    """Show somebody on staff, and what may be changed of them."""
    return _page(number)


def _page(number: int, problem: RefusedError | None = None) -> ResponseReturnValue:
    person = db.session().get(PersonRow, number) if number < 2**31 else None
    if person is None or person.staff_role is None:
        abort(404)
    problems = [(problem.field, problem.sentence.in_(current_language()))] if problem else []
    page = render_template(
        "staff/show.html",
        member=_shown(person),
        roles=[*((role.value, role_words(role)) for role in staff.ROLES), ("", _("no longer on staff"))],
        problems=problems,
    )
    return page, HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK


@bp.post("/staff/<int:number>/role")
@allow(Thing.STAFF, Act.WRITE)
def change_role(number: int) -> ResponseReturnValue:
    """Give somebody on staff another role (field ``role``), or none."""
    typed = request.form.get("role", "unknown")
    role = next((each for each in staff.ROLES if each == typed), None if typed == "" else Role.PUBLIC)
    by = signed_in().id
    try:
        with transaction() as unit:
            staff.set_role(unit, by, number, role, clock.now(), stationery=letterhead())
    except NotFoundError:
        abort(404)
    except RefusedError as fault:
        return _page(number, fault)
    flash(_("The role is changed; they sign in again."), "good")
    return redirect(url_for("staff.index"))


@bp.post("/staff/<int:number>/active")
@allow(Thing.STAFF, Act.WRITE)
def set_active(number: int) -> ResponseReturnValue:
    """Deactivate an account (field ``active`` is ``no``), or activate it again (``yes``)."""
    active = {"yes": True, "no": False}.get(request.form.get("active", ""))
    if active is None:
        abort(400)
    by = signed_in().id
    try:
        with transaction() as unit:
            staff.set_active(unit, by, number, clock.now(), active=active)
    except NotFoundError:
        abort(404)
    except RefusedError as fault:
        return _page(number, fault)
    flash(_("The account is active again.") if active else _("The account is deactivated."), "good")
    return redirect(url_for("staff.index"))


@bp.route("/staff/invite", methods=["GET", "POST"])
@allow(Thing.STAFF, Act.WRITE)
def invite() -> ResponseReturnValue:
    """Invite an address to the staff."""
    form, wait = InviteForm(data={"role": Role.EDITOR.value}), throttling.NONE
    form.roles = staff.ROLES
    if form.validate_on_submit():
        try:
            wait = invited.send(signed_in(), form.email.data or "", Role(form.role.data or ""), None)
        except RefusedError as fault:
            form[fault.field].errors = [fault.sentence.in_(current_language())]
        if not wait and not form.errors:
            return redirect(url_for("staff.index"))
    return answer("staff/invite.html", form, wait, roles=[(role.value, role_words(role)) for role in staff.ROLES])


@bp.post("/staff/invitations/<int:number>/<any(resend, withdraw):deed>")
@allow(Thing.STAFF, Act.WRITE)
def on_invitation(number: int, deed: str) -> ResponseReturnValue:
    """Mail an invitation to the staff once more, or take it back."""
    return _on_invitation(number, deed, None, "staff.index")


def _on_invitation(number: int, deed: str, community: str | None, onward: str) -> ResponseReturnValue:
    do = invited.send_again if deed == "resend" else invited.take_back
    try:
        do(signed_in(), number, community)
    except (NotFoundError, RefusedError):
        abort(404)
    return redirect(url_for(onward))


# Plan leads


@bp.get("/staff/leads")
@allow(Thing.LEADS, Act.READ)
def leads() -> ResponseReturnValue:
    """List the communities that have a lead here, and the invitations that wait."""
    everyone = catalogue.present(db.session()).communities
    led = [
        Led(everyone[key].title, [(person.name, person.email) for person in persons])
        for key, persons in rows.led_communities(db.session()).items()
    ]
    waiting = [each for each in session_rows.open_invitations(db.session(), clock.now()) if each.role == Role.LEAD]
    return render_template(
        "staff/leads.html",
        led=sorted(led, key=lambda each: each.title),
        invitations=invited.shown(waiting, lambda key: everyone[key].title),
    )


@bp.route("/staff/leads/invite", methods=["GET", "POST"])
@allow(Thing.LEADS, Act.WRITE)
def invite_lead() -> ResponseReturnValue:
    """Invite an address to lead the plan of a community, named by its name or key."""
    form, wait = LeadForm(data={"role": Role.LEAD.value}), throttling.NONE
    if form.validate_on_submit():
        everyone = catalogue.present(db.session()).communities
        community, others = lookup.meant(everyone, (form.community.data or "").strip())
        if community is None:
            form.community.errors = [_which([each.title for each in others])]
        else:
            try:
                wait = invited.send(signed_in(), form.email.data or "", Role.LEAD, community.key)
            except RefusedError as fault:
                form[fault.field].errors = [fault.sentence.in_(current_language())]
            if not wait and not form.errors:
                return redirect(url_for("staff.leads"))
    return answer("staff/invite_lead.html", form, wait)


def _which(names: list[str]) -> str:
    if not names:
        return _("No community has this name. Type the name of a municipality or a First Nation.")
    return _("Several communities may be meant: %(names)s. Type the full name of one.", names=", ".join(names))


@bp.post("/staff/leads/invitations/<int:number>/<any(resend, withdraw):deed>")
@allow(Thing.LEADS, Act.WRITE)
def on_lead_invitation(number: int, deed: str) -> ResponseReturnValue:
    """Mail the invitation of a lead once more, or take it back."""
    row = db.session().get(InvitationRow, number) if number < 2**31 else None
    if row is None or row.community is None or row.role != Role.LEAD:
        abort(404)
    return _on_invitation(number, deed, row.community, "staff.leads")
