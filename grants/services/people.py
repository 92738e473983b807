"""Accounts: asking for one, choosing a password, changing what one wants, and ending reminders by one click."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import uuid4

from sqlalchemy.orm import Session

from grants.delivery.letters import Stationery
from grants.domain.bilingual import Bilingual, Language
from grants.domain.people import COMMUNITY_ROLES, LONGEST_NAME, STAFF_ROLES, Role, address_of, name_of
from grants.domain.reminders import FURTHEST_LEAD
from grants.services import account_letters, notices, reminders, sessions, ticks
from grants.services.catalogue import NotFoundError
from grants.store import people
from grants.store import reminders as rows
from grants.store.communities import CommunityRow
from grants.store.people import PersonRow

MOST_LEADS = 12
MOST_LETTERS = 5
"""How many letters with a link an address gets in a day; those that only tell of a change are not counted."""
DAY = timedelta(days=1)
PAUSE = timedelta(minutes=5)


WEEKDAYS = range(7)
MOST_QUIET_DAYS = 6
"""One day of the week at least must be left on which to be reminded."""

Digest = Literal["daily", "weekly"]
DIGESTS: tuple[Digest, ...] = ("daily", "weekly")
"""How reminders are gathered: as they come, all of a day in one letter; or on Mondays, the last three days singly."""


class RefusedError(ValueError):
    """What was asked cannot be done; ``sentence`` says why in both languages, ``field`` names what is wrong.

    One that only operators meet, at a shell, may be given in English alone.
    """

    def __init__(self, sentence: str | Bilingual, field: str) -> None:
        self.sentence = sentence if isinstance(sentence, Bilingual) else Bilingual(sentence, sentence)
        super().__init__(self.sentence.en)
        self.field = field


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a person may change of themselves."""

    name: str
    language: Language
    zone: str
    leads: tuple[int, ...]
    reminders: bool
    quiet_days: tuple[int, ...] = ()
    """Weekdays without reminders, 0 to 6 for Monday to Sunday."""
    digest: Digest = "daily"


def ask_for_password(
    session: Session,
    email: str,
    now: datetime,
    stationery: Stationery,
    link: Callable[[PersonRow], str],
    *,
    hours: int,
    newcomer: tuple[str, Language] | None = None,
) -> None:
    """Mail a link by which a password is chosen, for a first account or a forgotten one.

    Whether the address is known is never told: the answer is the same, so is the letter, and so is the work: for a
    stranger it is done and undone. Anybody may ask with anybody's address, so letters are few: one in ``PAUSE``,
    ``MOST_LETTERS`` in a day.

    Args:
        session: an open write unit.
        email: an address in its kept form.
        now: the moment.
        stationery: what letters bear.
        link: makes the path behind the language, from the person.
        hours: how long the link works.
        newcomer: name and language of somebody who wants an account; without it only known addresses get a letter.
    """
    person = people.by_email(session, email)
    if person is None:
        if newcomer is None:
            with session.begin_nested() as undone:
                stranger = people.add(session, email, email, now)
                words = account_letters.choose_password(stranger, link(stranger), hours, stationery, both=True)
                ticks.write_to(session, stranger, words, stationery, now, link_until=now + timedelta(hours=hours))
                undone.rollback()
            return
        name, language = newcomer
        person = people.add(session, email, name, now)
        person.language = language
    if not person.active or _has_enough_letters(session, person, now):
        return
    both = person.first_mail_at is None
    words = account_letters.choose_password(person, link(person), hours, stationery, both=both)
    ticks.write_to(session, person, words, stationery, now, link_until=now + timedelta(hours=hours))


def _has_enough_letters(session: Session, person: PersonRow, now: datetime) -> bool:
    made = rows.letters_with_link(session, person.id, now - DAY)
    return len(made) >= MOST_LETTERS or any(at > now - PAUSE for at in made)


def choose_password(
    session: Session, person: PersonRow, password_hash: str, now: datetime, stationery: Stationery
) -> None:
    """Keep a new password; it proves the address, lets letters go there again, and ends every sign-in and link.

    Who had a password before is told by a letter.
    """
    before, person.password = person.password, password_hash
    person.fs_uniquifier = uuid4().hex
    sessions.end_all(session, person, now)
    person.confirmed_at = person.confirmed_at or now
    person.mail_suspended_at = None
    session.flush()
    if before is not None:
        notices.tell(session, person, notices.PASSWORD, stationery, now)


def change_password(
    session: Session, person: PersonRow, password_hash: str, now: datetime, stationery: Stationery, *, here: int
) -> None:
    """Keep a new password that was chosen by somebody who knows the present one, and tell them by a letter.

    It ends every link by which a password was to be chosen, and every sign-in but the one it was chosen in (``here``).
    """
    person.password = password_hash
    person.fs_uniquifier = uuid4().hex
    sessions.end_all(session, person, now, but=here)
    session.flush()
    notices.tell(session, person, notices.PASSWORD, stationery, now)


def change(session: Session, person: PersonRow, wishes: Wishes, now: datetime) -> None:
    """Keep what a person wants and plan their reminders anew."""
    person.name, person.language, person.zone = wishes.name, wishes.language, wishes.zone
    person.leads = sorted(set(wishes.leads), reverse=True)[:MOST_LEADS]
    person.quiet_days = sorted(set(wishes.quiet_days) & set(WEEKDAYS))[:MOST_QUIET_DAYS]
    person.digest = wishes.digest
    if not wishes.reminders:
        person.reminders_off_at = person.reminders_off_at or now
    else:
        person.reminders_off_at = None
    person.profile_version += 1
    session.flush()
    reminders.replan_person(session, person.id, now)


def end_reminders(session: Session, person_id: int, now: datetime) -> bool:
    """Send a person no more reminders from this moment on; False where there is no such person."""
    person = session.get(PersonRow, person_id)
    if person is None:
        return False
    person.reminders_off_at = person.reminders_off_at or now
    person.profile_version += 1
    session.flush()
    reminders.replan_person(session, person_id, now)
    return True


def add(
    session: Session, email: str, role: Role, now: datetime, *, community: str | None = None, name: str | None = None
) -> PersonRow:
    """Add a person whose address is known to be theirs, or give one who is here a role; no letter is sent.

    Raises:
        RefusedError: the address or the name is none; the role needs a community, or has none.
        NotFoundError: no such community.
    """
    address = address_of(email)
    if address is None:
        raise RefusedError(f"{email!r} is no e-mail address.", "email")
    called = name_of(name if name is not None else address.partition("@")[0])
    if called is None:
        raise RefusedError(f"A name is not empty and has at most {LONGEST_NAME} characters, all printed.", "name")
    _check_role(role, community)
    place = session.get(CommunityRow, community) if community is not None else None
    if community is not None and place is None:
        raise NotFoundError(f"There is no community {community!r}.")
    person = people.by_email(session, address)
    if person is None:
        person = people.add(session, address, called, now)
        if place is not None:
            person.zone = place.record["zone"]
    person.confirmed_at = person.confirmed_at or now
    if role in STAFF_ROLES and person.staff_role != role:
        person.staff_role = role.value
        sessions.end_all(session, person, now)
    if community is not None:
        people.set_membership(session, person, community, role, now)
    person.profile_version += 1
    session.flush()
    reminders.replan_person(session, person.id, now)
    return person


def _check_role(role: Role, community: str | None) -> None:
    if role in COMMUNITY_ROLES and community is None:
        raise RefusedError(f"A {role.value} works for a community: name it with --community.", "community")
    if role not in COMMUNITY_ROLES and community is not None:
        raise RefusedError(f"A {role.value} belongs to no community.", "community")
    if role is Role.PUBLIC:
        raise RefusedError("The public has no accounts.", "role")


def fitting_leads(typed: Iterable[int]) -> tuple[int, ...]:
    """Keep the lead times that can be, furthest first."""
    return tuple(sorted({lead for lead in typed if 0 <= lead <= FURTHEST_LEAD}, reverse=True))[:MOST_LEADS]
