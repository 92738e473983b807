"""The ministry's staff: what each may do, and whether the account is active; never one's own, never the last approver.

Whoever asks is read anew inside the write unit that decides, so that of two approvers who take each other's role away
at the same moment one stays.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from grants.delivery.letters import Stationery
from grants.domain.bilingual import Bilingual
from grants.domain.people import Role
from grants.services import notices, sessions
from grants.services.account_letters import ROLES as WORDS
from grants.services.catalogue import NotFoundError
from grants.services.people import RefusedError
from grants.store import people
from grants.store.people import PersonRow

ROLES = (Role.EDITOR, Role.APPROVER)
"""What staff may be made by an approver; operators are made at a shell."""


def set_role(
    session: Session, by: int, number: int, role: Role | None, now: datetime, *, stationery: Stationery
) -> None:
    """Give somebody on staff another role, or none; every sign-in of theirs ends, and a letter tells them.

    Raises:
        NotFoundError: nobody on staff has this number.
        RefusedError: the role cannot be given; it is one's own; who asks is no approver any more; no approver would
            be left.
    """
    if role is not None and role not in ROLES:
        raise RefusedError(Bilingual("Choose one of the roles in the list.", "Choisissez un rôle de la liste."), "role")
    person = _other(session, by, number)
    if person.staff_role == role:
        return
    if role is not Role.APPROVER:
        _keep_an_approver(session, person)
    person.staff_role = role.value if role else None
    sessions.end_all(session, person, now)
    told = notices.role_words(WORDS[role], None) if role is not None else notices.OFF_STAFF
    notices.tell(session, person, told, stationery, now)


def set_active(session: Session, by: int, number: int, now: datetime, *, active: bool) -> None:
    """Deactivate the account of somebody on staff, which ends every sign-in and all letters, or activate it again.

    Raises:
        NotFoundError: nobody on staff has this number.
        RefusedError: it is one's own; who asks is no approver any more; no approver would be left.
    """
    person = _other(session, by, number)
    if not active:
        _keep_an_approver(session, person)
        sessions.end_all(session, person, now)
    person.active = active
    session.flush()


def _other(session: Session, by: int, number: int) -> PersonRow:
    person = session.get(PersonRow, number) if 0 < number < 2**31 else None
    if person is None or person.staff_role is None:
        raise NotFoundError(f"Nobody on staff has the number {number}.")
    if person.id == by:
        raise RefusedError(
            Bilingual("You cannot change your own role.", "Personne ne change son propre rôle."), "person"
        )
    asking = session.get_one(PersonRow, by)
    if not asking.active or asking.staff_role != Role.APPROVER:
        raise RefusedError(
            Bilingual(
                "You are no approver any more, so nothing was changed.",
                "Vous n’avez plus le rôle d’approbation; rien n’a été changé.",
            ),
            "person",
        )
    return person


def _keep_an_approver(session: Session, leaving: PersonRow) -> None:
    others = [
        each
        for each in people.staff(session)
        if each.id != leaving.id and each.active and each.staff_role == "approver"
    ]
    if leaving.staff_role == Role.APPROVER and leaving.active and not others:
        raise RefusedError(
            Bilingual(
                "This is the last approver. Make somebody else one first.",
                "C’est la dernière personne au rôle d’approbation. Donnez d’abord ce rôle à quelqu’un d’autre.",
            ),
            "person",
        )
