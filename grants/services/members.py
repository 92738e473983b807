"""The members of a community: who they are, whether letters reach them, what they may do, and their leaving."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from grants.delivery.letters import Stationery
from grants.domain.bilingual import Bilingual
from grants.domain.communities import Community
from grants.domain.people import COMMUNITY_ROLES, Role
from grants.domain.records import read
from grants.services import account_letters, events, notices, reminders, sessions
from grants.services.catalogue import NotFoundError
from grants.services.events import What
from grants.services.people import RefusedError
from grants.store import people, tenants
from grants.store.applications import ApplicationRow, TaskRow
from grants.store.communities import CommunityRow
from grants.store.feeds import FeedRow
from grants.store.people import MembershipRow, PersonRow
from grants.store.reminders import MailState, OutboxRow
from grants.store.tracking import TrackedRow

MOST_WEEKLY_MINUTES = 60 * 60
"""Nobody works more than 60 hours a week on applications."""

_FULL = ("452", "552")
"""The codes by which a mail server says that a mailbox is full."""


class Trouble(StrEnum):
    """Why letters do not reach a member."""

    COMES_BACK = "comes-back"
    """The last letter was refused, or so many were that none is sent any more."""
    FULL = "full"
    """The last letter was given up because the mailbox stayed full."""
    OFF = "off"
    """The member turned reminders off."""


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who works for a community, as its pages name them.

    ``weekly_minutes`` is how long they can work on applications in a week (``None``: they did not say); ``since`` when
    they joined, ``None`` where it was before that was kept.
    """

    person: int
    name: str
    email: str
    role: Role
    since: datetime | None
    weekly_minutes: int | None
    active: bool
    trouble: Trouble | None


def of(session: Session, community: str) -> list[Member]:
    """Read the members of a community: leads first, then by name. Cost: one query, and one for each member."""
    return [
        Member(
            person=person.id,
            name=person.name,
            email=person.email,
            role=Role(row.role),
            since=row.since,
            weekly_minutes=row.weekly_minutes,
            active=person.active,
            trouble=_trouble(session, person),
        )
        for row, person in people.members(session, community)
    ]


def _trouble(session: Session, person: PersonRow) -> Trouble | None:
    if person.mail_suspended_at is not None:
        return Trouble.COMES_BACK
    ended = (MailState.SENT, MailState.BOUNCED, MailState.EXPIRED)
    last = session.scalar(
        select(OutboxRow)
        .where(OutboxRow.person == person.id, OutboxRow.recipient == person.email, OutboxRow.state.in_(ended))
        .order_by(OutboxRow.ended_at.desc(), OutboxRow.id.desc())
        .limit(1)
    )
    if last is not None and last.state == MailState.BOUNCED:
        return Trouble.COMES_BACK
    if last is not None and last.state == MailState.EXPIRED and (last.answer or "").startswith(_FULL):
        return Trouble.FULL
    return Trouble.OFF if person.reminders_off_at is not None else None


def join(session: Session, person: PersonRow, community: str, role: Role, now: datetime) -> None:
    """Let a person work for a community from now on; who leads it already goes on leading it."""
    if people.role_in(session, person.id, community) is not Role.LEAD:
        people.set_membership(session, person, community, role, now)
    person.profile_version += 1
    session.flush()
    reminders.replan_person(session, person.id, now)
    events.record(session, community, What.JOINED, person.id, now, name=person.name, role=role.value)


def set_role(
    session: Session,
    community: str,
    number: int,
    role: Role,
    now: datetime,
    *,
    stationery: Stationery,
    by: int,
    next_lead: int | None = None,
) -> None:
    """Make a member a grant writer or a plan lead; a letter tells them, and who leads the plan next.

    Raises:
        NotFoundError: no such member.
        RefusedError: it is no role of a community; who asks no longer leads the plan; the community would be left
            without a lead and no next one is named (field ``next_lead``).
    """
    if role not in COMMUNITY_ROLES:
        raise RefusedError(
            Bilingual(
                "Choose grant writer or plan lead.",
                "Choisissez le rôle de rédaction de demandes ou celui de responsable du plan.",
            ),
            "role",
        )
    member = _member(session, community, number)
    _check_lead(session, community, by)
    if member.role == role:
        return
    if member.role == Role.LEAD:
        _hand_over(session, community, number, next_lead, now, stationery=stationery, by=by)
    _set_role(session, member, role, now, stationery=stationery, by=by)


def remove(
    session: Session,
    community: str,
    number: int,
    now: datetime,
    *,
    stationery: Stationery,
    by: int,
    next_lead: int | None = None,
) -> None:
    """End a person's work for a community: at a lead's wish, or at their own (``by`` is then the person).

    What they were to do becomes nobody's, what they track stays theirs alone, their calendars of the community end,
    and so does every sign-in of theirs unless they leave by themselves.

    Raises:
        NotFoundError: no such member.
        RefusedError: as in :func:`set_role`.
    """
    member = _member(session, community, number)
    if by != number:
        _check_lead(session, community, by)
    if member.role == Role.LEAD:
        _hand_over(session, community, number, next_lead, now, stationery=stationery, by=by)
    person = session.get_one(PersonRow, number)
    session.delete(member)
    session.flush()
    events.record(session, community, What.LEFT, by, now, member=number, name=person.name)
    _free_work(session, community, number, now, by=by)
    session.execute(
        update(FeedRow)
        .where(FeedRow.person == number, FeedRow.community == community, FeedRow.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    session.execute(
        update(TrackedRow)
        .where(TrackedRow.person == number, TrackedRow.community == community, TrackedRow.intake.is_not(None))
        .values(community=None)
    )
    person.profile_version += 1
    if by != number:
        sessions.end_all(session, person, now)
    session.flush()
    reminders.replan_person(session, number, now)


def set_hours(session: Session, community: str, number: int, minutes: int | None) -> None:
    """Keep how long a member can work on applications in a week.

    Raises:
        NotFoundError: no such member.
        RefusedError: it is less than nothing or more than ``MOST_WEEKLY_MINUTES``.
    """
    if minutes is not None and not 0 <= minutes <= MOST_WEEKLY_MINUTES:
        raise RefusedError(
            Bilingual(
                f"Type hours a week from 0 to {MOST_WEEKLY_MINUTES // 60}.",
                f"Entrez un nombre d’heures par semaine de 0 à {MOST_WEEKLY_MINUTES // 60}.",
            ),
            "hours",
        )
    _member(session, community, number).weekly_minutes = minutes
    session.flush()


def _member(session: Session, community: str, number: int) -> MembershipRow:
    row = people.membership(session, number, community)
    if row is None:
        raise NotFoundError(f"{number} is no member of {community}.")
    return row


def _check_lead(session: Session, community: str, by: int) -> None:
    """Make sure, inside the write unit, that who asks leads the plan still: it may have changed a moment ago."""
    if people.role_in(session, by, community) is not Role.LEAD:
        raise RefusedError(
            Bilingual(
                "You no longer lead this plan, so nothing was changed.",
                "Vous n’êtes plus responsable de ce plan; rien n’a été changé.",
            ),
            "role",
        )


def _hand_over(
    session: Session,
    community: str,
    leaving: int,
    next_lead: int | None,
    now: datetime,
    *,
    stationery: Stationery,
    by: int,
) -> None:
    """See to it that somebody leads the plan after one lead is gone."""
    if any(lead.id != leaving for lead in people.leads(session, community)):
        return
    following = people.membership(session, next_lead, community) if next_lead and next_lead != leaving else None
    if following is None or not session.get_one(PersonRow, following.person).active:
        raise RefusedError(
            Bilingual(
                "This is the last lead of the plan. First name the member who leads it next.",
                "C’est la dernière personne responsable du plan. Nommez d’abord le membre qui prendra la relève.",
            ),
            "next_lead",
        )
    _set_role(session, following, Role.LEAD, now, stationery=stationery, by=by)


def _set_role(
    session: Session, member: MembershipRow, role: Role, now: datetime, *, stationery: Stationery, by: int
) -> None:
    before, member.role = member.role, role.value
    session.flush()
    person = session.get_one(PersonRow, member.person)
    events.record(
        session,
        member.community,
        What.ROLE_CHANGED,
        by,
        now,
        member=member.person,
        name=person.name,
        before=before,
        after=role.value,
    )
    if person.id != by:
        place = read(session.get_one(CommunityRow, member.community).record, Community).as_place
        told = notices.role_words(account_letters.ROLES[role], place)
        notices.tell(session, person, told, stationery, now)


def _free_work(session: Session, community: str, number: int, now: datetime, *, by: int) -> None:
    """Make what somebody was to do nobody's, so that the plan lead sees it."""
    for task in _open_tasks(session, community, number):
        task.owner, task.version, task.modified_at = None, task.version + 1, now
        session.flush()
        events.record(
            session,
            community,
            What.TASK_CHANGED,
            by,
            now,
            application=task.application,
            task=task.id,
            title=task.title,
            fields={"owner": [number, None]},
        )
        reminders.task_changed(session, task, now, by=by)
    owned = tenants.of(ApplicationRow, community).where(ApplicationRow.owner == number)
    for application in session.scalars(owned):
        application.owner, application.version, application.modified_at = None, application.version + 1, now
        fields = {"owner": [number, None]}
        events.record(session, community, What.CHANGED, by, now, application=application.id, fields=fields)


def _open_tasks(session: Session, community: str, number: int) -> Sequence[TaskRow]:
    mine = tenants.of(TaskRow, community).where(
        TaskRow.owner == number, TaskRow.done_at.is_(None), TaskRow.removed_at.is_(None)
    )
    return session.scalars(mine.order_by(TaskRow.id)).all()
