"""Invitations: a letter with a link that lets one person work for a community, or join the ministry's staff.

Whoever invites is never told whether the address has an account here already.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy.orm import Session

from grants.delivery.letters import Stationery
from grants.domain.bilingual import Bilingual
from grants.domain.communities import Community
from grants.domain.people import COMMUNITY_ROLES, Role, address_of
from grants.domain.records import read
from grants.services import account_letters, events, members, sessions, staff, ticks
from grants.services.account_letters import Invited, languages_of
from grants.services.catalogue import NotFoundError
from grants.services.events import What
from grants.services.people import RefusedError
from grants.store import people
from grants.store import sessions as rows
from grants.store.communities import CommunityRow
from grants.store.people import PersonRow
from grants.store.sessions import InvitationRow

LASTS = timedelta(days=14)


class State(StrEnum):
    """Where an invitation stands."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


def state_of(row: InvitationRow, now: datetime) -> State:
    """Tell where an invitation stands."""
    if row.accepted_at is not None:
        return State.ACCEPTED
    if row.withdrawn_at is not None:
        return State.WITHDRAWN
    return State.WAITING if row.expires_at > now else State.EXPIRED


def invite(
    session: Session,
    by: PersonRow,
    email: str,
    role: Role,
    community: str | None,
    *,
    now: datetime,
    stationery: Stationery,
) -> InvitationRow:
    """Invite an address and mail the link; an earlier invitation of it to the same place is withdrawn.

    Args:
        session: an open write unit.
        by: who invites; what they may do is read anew.
        email: the address as it was typed.
        role: what the person is to be.
        community: where; ``None``: on the ministry's staff.
        now: the moment.
        stationery: what letters bear.

    Raises:
        RefusedError: the address is none (``email``) or belongs to somebody who is there already with this role; who
            asks may not invite to this (``role``).
        NotFoundError: no such community.
    """
    address = address_of(email)
    if address is None:
        raise RefusedError(
            Bilingual(
                "Type an e-mail address such as ana@example.org, without accents.",
                "Entrez une adresse courriel comme ana@example.org, sans accents.",
            ),
            "email",
        )
    _check(session, by, role, community)
    known = people.by_email(session, address)
    _refuse_whoever_is_there(session, known, role, community)
    for earlier in rows.invitations(session, community):
        if earlier.email == address and state_of(earlier, now) is State.WAITING:
            earlier.withdrawn_at = now
    row = InvitationRow(
        email=address,
        community=community,
        role=role.value,
        token_hash="",
        invited_by=by.id,
        made_at=now,
        expires_at=now + LASTS,
    )
    _send(session, row, by, now, stationery)
    if community is not None:
        events.record(session, community, What.INVITED, by.id, now, email=address, role=role.value)
    return row


def resend(
    session: Session, by: PersonRow, number: int, community: str | None, *, now: datetime, stationery: Stationery
) -> None:
    """Mail an invitation once more, with a new link for 14 days; the old link no longer works.

    Raises:
        NotFoundError: there is no such invitation there, or it was accepted or withdrawn.
        RefusedError: who asks may not invite to this.
    """
    row = _there(session, number, community)
    _check(session, by, Role(row.role), community)
    if state_of(row, now) not in {State.WAITING, State.EXPIRED}:
        raise NotFoundError(f"The invitation {number} is over.")
    row.made_at, row.expires_at = now, now + LASTS
    _send(session, row, by, now, stationery)


def withdraw(session: Session, by: PersonRow, number: int, community: str | None, now: datetime) -> None:
    """Take an invitation back: its link no longer works.

    Raises:
        NotFoundError: there is no such invitation there, or it is over.
        RefusedError: who asks may not invite to this.
    """
    row = _there(session, number, community)
    _check(session, by, Role(row.role), community)
    if state_of(row, now) not in {State.WAITING, State.EXPIRED}:
        raise NotFoundError(f"The invitation {number} is over.")
    row.withdrawn_at = now
    session.flush()


def find(session: Session, token: str, now: datetime) -> InvitationRow | None:
    """Find the invitation that a link stands for, while it can be accepted.

    It cannot by an account that is deactivated, nor once who invited may no longer invite to this: whoever was removed
    keeps no door open.
    """
    row = rows.invitation(session, sessions.digest(token), now)
    if row is None:
        return None
    person = people.by_email(session, row.email)
    if person is not None and not person.active:
        return None
    try:
        _check(session, session.get_one(PersonRow, row.invited_by), Role(row.role), row.community)
    except RefusedError:
        return None
    return row


def accept(session: Session, token: str, person: PersonRow, now: datetime, *, here: int | None = None) -> InvitationRow:
    """Let a person be what an invitation says, once.

    Args:
        session: an open write unit.
        token: the secret of the link.
        person: whose address it was sent to.
        now: the moment.
        here: the sign-in it is accepted in, which goes on where a role on staff ends the others.

    Raises:
        NotFoundError: the link does not work any more, or the invitation is somebody else's.
    """
    row = find(session, token, now)
    if row is None or row.email != person.email:
        raise NotFoundError("This invitation can no longer be accepted.")
    row.accepted_by, row.accepted_at = person.id, now
    if row.community is not None:
        members.join(session, person, row.community, Role(row.role), now)
    elif person.staff_role is None:
        person.staff_role = row.role
        sessions.end_all(session, person, now, but=here)
    session.flush()
    return row


def welcome(session: Session, token: str, name: str, password_hash: str, now: datetime) -> PersonRow:
    """Make the account of somebody who was invited and has none; the link proves the address.

    Raises:
        NotFoundError: the link does not work any more, or the address has a password by now.
    """
    row = find(session, token, now)
    if row is None:
        raise NotFoundError("This invitation can no longer be accepted.")
    person = people.by_email(session, row.email)
    if person is not None and person.password is not None:
        raise NotFoundError("This address has an account by now: sign in with it.")
    if person is None:
        person = people.add(session, row.email, name, now)
        if row.community is not None:
            person.zone = session.get_one(CommunityRow, row.community).record["zone"]
    person.name, person.password = name, password_hash
    person.confirmed_at = person.confirmed_at or now
    session.flush()
    return person


def _check(session: Session, by: PersonRow, role: Role, community: str | None) -> None:
    """Make sure, inside the write unit, that who asks may invite to this."""
    if community is None:
        fitting, allowed = role in staff.ROLES, by.staff_role == Role.APPROVER
    else:
        leading = people.role_in(session, by.id, community) is Role.LEAD
        fitting = role in COMMUNITY_ROLES
        allowed = leading or (by.staff_role == Role.APPROVER and role is Role.LEAD)
    if not (fitting and allowed and by.active):
        raise RefusedError(
            Bilingual("You may not invite to this role.", "Vous ne pouvez pas inviter quelqu’un à ce rôle."), "role"
        )


def _refuse_whoever_is_there(session: Session, known: PersonRow | None, role: Role, community: str | None) -> None:
    """Say so where an address is on the list that the inviter sees anyway; of any other account nothing is said."""
    if known is None:
        return
    if community is None:
        there = known.staff_role is not None
    else:
        there = people.role_in(session, known.id, community) in {Role.LEAD, role}
    if there:
        raise RefusedError(
            Bilingual(f"{known.email} is on this list already.", f"{known.email} figure déjà dans cette liste."),
            "email",
        )


def _there(session: Session, number: int, community: str | None) -> InvitationRow:
    row = session.get(InvitationRow, number) if 0 < number < 2**31 else None
    if row is None or row.community != community:
        raise NotFoundError(f"There is no invitation {number} here.")
    return row


def _send(session: Session, row: InvitationRow, by: PersonRow, now: datetime, stationery: Stationery) -> None:
    secret = secrets.token_urlsafe(24)
    row.token_hash = sessions.digest(secret)
    session.add(row)
    session.flush()
    known = people.by_email(session, row.email)
    if known is not None and not known.active:
        return
    proved = known is not None and known.confirmed_at is not None
    place = session.get(CommunityRow, row.community) if row.community is not None else None
    if row.community is not None and place is None:
        raise NotFoundError(f"There is no community {row.community!r}.")
    words = account_letters.invitation(
        Invited(
            name=known.name if known is not None and proved else "",
            by=by.name,
            place=read(place.record, Community).as_place if place is not None else None,
            role=Role(row.role),
            path=f"invitations/{secret}",
            days=LASTS.days,
        ),
        languages_of(known.speaks if known is not None and proved else by.speaks, both=not proved),
        stationery,
    )
    whom = known if known is not None else row.email
    ticks.write_to(session, whom, words, stationery, now, link_until=row.expires_at)


def waiting(session: Session, community: str | None, now: datetime) -> Sequence[InvitationRow]:
    """Read the invitations of a place that nobody has accepted or withdrawn, the newest first."""
    wanted = {State.WAITING, State.EXPIRED}
    return [row for row in rows.invitations(session, community) if state_of(row, now) in wanted]
