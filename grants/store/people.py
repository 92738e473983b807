"""People with an account, and the communities they work for."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast
from uuid import uuid4

from flask_security.core import UserMixin
from sqlalchemy import ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from grants.domain.bilingual import Language
from grants.domain.communities import Community
from grants.domain.people import HOME_ZONE, Role
from grants.domain.records import read
from grants.domain.reminders import LEADS, Recipient
from grants.store.communities import CommunityRow
from grants.store.database import Model


class PersonRow(Model, UserMixin):
    """A person with an account; nothing is known of them but name, address, language and choices.

    ``fs_uniquifier`` is what a session remembers: a new one ends every session and every link sent before.
    ``profile_version`` goes up with each change that moves reminders. ``first_mail_at`` is empty until a first letter,
    in both languages, was made. ``reminders_off_at`` is set by one click in a letter, ``mail_suspended_at`` after
    letters came back.
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
    """A person works for a community, as its grant writer or as the lead of its plan."""

    __tablename__ = "membership"
    __table_args__ = (UniqueConstraint("person", "community"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person: Mapped[int] = mapped_column(ForeignKey("person.id"))
    community: Mapped[str] = mapped_column(ForeignKey("community.key"), index=True)
    role: Mapped[str] = mapped_column(String(20))


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


def roles_of(session: Session, person: PersonRow) -> frozenset[Role]:
    """Read what a person is now: member, the role on staff, the roles in communities."""
    held = session.scalars(select(MembershipRow.role).where(MembershipRow.person == person.id))
    staff = [person.staff_role] if person.staff_role else []
    return frozenset({Role.MEMBER, *map(Role, staff), *map(Role, held)})


def community_of(session: Session, person_id: int) -> Community | None:
    """Give the community a person works for; the first by key where there are several."""
    record = session.scalar(
        select(CommunityRow.record)
        .join(MembershipRow, MembershipRow.community == CommunityRow.key)
        .where(MembershipRow.person == person_id)
        .order_by(CommunityRow.key)
        .limit(1)
    )
    return read(record, Community) if record is not None else None


def recipient_of(session: Session, person: PersonRow) -> Recipient:
    """Gather how a person reads deadlines: their clock, their community's clock and classes, their lead times."""
    community = community_of(session, person.id)
    return Recipient(
        zone=person.zone,
        applicant_zone=community.zone if community else person.zone,
        leads=tuple(person.leads),
        classes=community.classes if community else frozenset(),
    )


def set_membership(session: Session, person: PersonRow, community: str, role: Role) -> None:
    """Make a person a member of a community, or change what they are there."""
    row = session.scalar(
        select(MembershipRow).where(MembershipRow.person == person.id, MembershipRow.community == community)
    )
    if row is None:
        session.add(MembershipRow(person=person.id, community=community, role=role.value))
    else:
        row.role = role.value
