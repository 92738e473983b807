"""People with an account, and the communities they work for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast
from uuid import uuid4

from flask_security.core import UserMixin
from sqlalchemy import BigInteger, ForeignKey, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from grants.domain.bilingual import Language
from grants.domain.communities import Community
from grants.domain.people import HOME_ZONE, Role
from grants.domain.records import read
from grants.domain.reminders import LEADS, Recipient
from grants.store.communities import CommunityRow
from grants.store.database import Model

WEEKLY = "weekly"
"""The digest of a person who wants what is further off gathered on Mondays; ``daily`` is the other."""


class PersonRow(Model, UserMixin):
    """A person with an account; nothing is known of them but name, address, language and choices.

    ``fs_uniquifier`` is what a session remembers: a new one ends every session and every link sent before.
    ``profile_version`` goes up with each change that moves reminders. ``first_mail_at`` is empty until a first letter,
    in both languages, was made. ``reminders_off_at`` is set by one click in a letter, ``mail_suspended_at`` after
    letters came back. ``totp_secret`` is sealed, ``totp_counter`` the last code that was used, so that none serves
    twice; ``recovery_codes`` are hashes. ``quiet_days`` are weekdays (0: Monday) without reminders, ``digest`` is how
    reminders are gathered, ``seen_at`` when the person last said that they had seen what changed.
    """

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    password: Mapped[str | None] = mapped_column(String(255))
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)
    staff_role: Mapped[str | None] = mapped_column(String(20))
    language: Mapped[str] = mapped_column(String(2), default="en")
    zone: Mapped[str] = mapped_column(String(64), default=HOME_ZONE)
    leads: Mapped[list[Any]]
    profile_version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    first_mail_at: Mapped[datetime | None]
    reminders_off_at: Mapped[datetime | None]
    mail_suspended_at: Mapped[datetime | None]
    totp_secret: Mapped[str | None] = mapped_column(Text)
    totp_counter: Mapped[int | None] = mapped_column(BigInteger)
    totp_since: Mapped[datetime | None]
    recovery_codes: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    quiet_days: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    digest: Mapped[str] = mapped_column(String(10), default="daily", server_default="daily")
    seen_at: Mapped[datetime | None]

    @property
    def speaks(self) -> Language:
        """The language this person chose."""
        return cast("Language", self.language)

    @property
    def receives_reminders(self) -> bool:
        """Whether reminders may be mailed: a confirmed address that works, and no wish to be left alone."""
        return (
            self.active
            and self.confirmed_at is not None
            and self.reminders_off_at is None
            and self.mail_suspended_at is None
        )

    @property
    def roles(self) -> list[Any]:  # type: ignore[override]
        """Nothing: what a person may do is asked of :func:`roles_of`, each time anew."""
        return []


class MembershipRow(Model):
    """A person works for a community, as its grant writer or as the lead of its plan.

    ``weekly_minutes`` is how long they can work on applications in a week; ``None``: they did not say.
    """

    __tablename__ = "membership"
    __table_args__ = (UniqueConstraint("person", "community"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person: Mapped[int] = mapped_column(ForeignKey("person.id"))
    community: Mapped[str] = mapped_column(ForeignKey("community.key"), index=True)
    role: Mapped[str] = mapped_column(String(20))
    weekly_minutes: Mapped[int | None]
    since: Mapped[datetime | None]


def add(session: Session, email: str, name: str, now: datetime) -> PersonRow:
    """Add a person who has not confirmed the address yet and has no password."""
    person = PersonRow(
        email=email, name=name, fs_uniquifier=uuid4().hex, leads=list(LEADS), created_at=now, profile_version=1
    )
    session.add(person)
    session.flush()
    return person


def by_email(session: Session, email: str) -> PersonRow | None:
    """Find the person of an address in its kept form."""
    return session.scalar(select(PersonRow).where(PersonRow.email == email))


def by_uniquifier(session: Session, uniquifier: str) -> PersonRow | None:
    """Find the person whom a link was made for, unless the password was chosen since."""
    return session.scalar(select(PersonRow).where(PersonRow.fs_uniquifier == uniquifier))


def roles_of(session: Session, person: PersonRow, community: str | None = None) -> frozenset[Role]:
    """Read what a person is now: member, the role on staff, the role in one community."""
    staff = [Role(person.staff_role)] if person.staff_role else []
    there = role_in(session, person.id, community) if community is not None else None
    return frozenset({Role.MEMBER, *staff, *([there] if there else [])})


def role_in(session: Session, person_id: int, community: str) -> Role | None:
    """Tell what a person is in a community; ``None``: no member of it."""
    role = session.scalar(
        select(MembershipRow.role).where(MembershipRow.person == person_id, MembershipRow.community == community)
    )
    return Role(role) if role is not None else None


def communities_of(session: Session, person_id: int) -> list[tuple[Community, Role]]:
    """Give the communities a person works for, and as what, by name."""
    found = session.execute(
        select(CommunityRow.record, MembershipRow.role)
        .join(MembershipRow, MembershipRow.community == CommunityRow.key)
        .where(MembershipRow.person == person_id)
    )
    held = [(read(record, Community), Role(role)) for record, role in found]
    return sorted(held, key=lambda each: (each[0].title, each[0].key))


def recipient_of(session: Session, person: PersonRow, community: str | None) -> Recipient:
    """Gather how a person reads deadlines of a community: both clocks, its classes, the person's choices.

    Without a community the person's own clock stands for its clock, and its classes are not known.
    """
    record = session.get_one(CommunityRow, community).record if community is not None else None
    place = read(record, Community) if record is not None else None
    return Recipient(
        zone=person.zone,
        applicant_zone=place.zone if place else person.zone,
        leads=tuple(person.leads),
        classes=place.classes if place else frozenset(),
        quiet_days=frozenset(person.quiet_days),
        weekly=person.digest == WEEKLY,
    )


def membership(session: Session, person_id: int, community: str) -> MembershipRow | None:
    """Read what a person is in a community; ``None``: no member of it."""
    if not 0 < person_id < 2**31:
        return None
    return session.scalar(
        select(MembershipRow).where(MembershipRow.person == person_id, MembershipRow.community == community)
    )


def members(session: Session, community: str) -> list[tuple[MembershipRow, PersonRow]]:
    """Read who works for a community: leads first, then by name."""
    found = session.execute(
        select(MembershipRow, PersonRow)
        .join(PersonRow, MembershipRow.person == PersonRow.id)
        .where(MembershipRow.community == community)
    )
    held = [(membership, person) for membership, person in found]
    return sorted(held, key=lambda each: (each[0].role != Role.LEAD, each[1].name.casefold(), each[1].id))


def leads(session: Session, community: str) -> list[PersonRow]:
    """Read who leads a community's plan and can still sign in."""
    return [person for row, person in members(session, community) if row.role == Role.LEAD and person.active]


def staff(session: Session) -> Sequence[PersonRow]:
    """Read who is on the ministry's staff, those who were deactivated too, by name."""
    chosen = select(PersonRow).where(PersonRow.staff_role.is_not(None))
    return sorted(session.scalars(chosen), key=lambda each: (not each.active, each.name.casefold(), each.id))


def led_communities(session: Session) -> dict[str, list[PersonRow]]:
    """Read the leads of every community that has one, by its key."""
    found = session.execute(
        select(MembershipRow.community, PersonRow)
        .join(PersonRow, MembershipRow.person == PersonRow.id)
        .where(MembershipRow.role == Role.LEAD, PersonRow.active.is_(True))
        .order_by(MembershipRow.community, PersonRow.name)
    )
    held: dict[str, list[PersonRow]] = {}
    for community, person in found:
        held.setdefault(community, []).append(person)
    return held


def set_membership(session: Session, person: PersonRow, community: str, role: Role, now: datetime) -> None:
    """Make a person a member of a community, or change what they are there."""
    row = membership(session, person.id, community)
    if row is None:
        session.add(MembershipRow(person=person.id, community=community, role=role.value, since=now))
    else:
        row.role = role.value
    session.flush()
