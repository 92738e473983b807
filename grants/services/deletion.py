"""A community's wish that all of its workspace be deleted: asked by a plan lead, carried out a week later.

Until then any plan lead takes it back with one click. What carries it out is :mod:`grants.services.erasure`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from grants.delivery.letters import Link, Part, Stationery
from grants.domain import phrases
from grants.domain.bilingual import LANGUAGES, Bilingual, Language, of_place
from grants.domain.communities import Community
from grants.domain.people import Role
from grants.domain.phrases import NBSP
from grants.services import events, ticks
from grants.services.catalogue import NotFoundError
from grants.services.events import What
from grants.store import tenants
from grants.store.people import MembershipRow, PersonRow
from grants.store.workspaces import DeletionRow

WAITS: Final = timedelta(days=7)
"""How long any plan lead can take the wish back."""


class WrongNameError(ValueError):
    """What was typed is not the name of the community."""


@dataclass(frozen=True, slots=True)
class Deletion:
    """A wish to delete: asked by whom and when, carried out when; ``rows`` were deleted once it is ``done_at``."""

    by: str
    asked_at: datetime
    due_at: datetime
    done_at: datetime | None
    rows: int


def standing(session: Session, community: str) -> Deletion | None:
    """Give the wish that waits to be carried out."""
    row = _standing(session, community)
    return _told(session, row) if row is not None else None


def last_done(session: Session, community: str) -> Deletion | None:
    """Give the last deletion that was carried out."""
    done = tenants.of(DeletionRow, community).where(DeletionRow.done_at.is_not(None))
    row = session.scalars(done.order_by(DeletionRow.id.desc()).limit(1)).first()
    return _told(session, row) if row is not None else None


def ask(
    session: Session, community: Community, typed: str, stationery: Stationery, *, by: PersonRow, now: datetime
) -> bool:
    """Ask that a workspace be deleted and tell every plan lead; False where that is asked already.

    Raises:
        WrongNameError: what was typed is not the community's name.
    """
    if not _names(typed, community):
        raise WrongNameError(f"{typed!r} is not the name of {community.title}.")
    if _standing(session, community.key) is not None:
        return False
    row = DeletionRow(community=community.key, asked_by=by.id, asked_at=now, due_at=now + WAITS, counts={})
    session.add(row)
    session.flush()
    events.record(session, community.key, What.DELETION_ASKED, by.id, now)
    for lead in _leads(session, community.key):
        ticks.write_to(session, lead, _asked(lead, by, community, row.due_at, stationery), stationery, now)
    return True


def withdraw(session: Session, community: Community, stationery: Stationery, *, by: PersonRow, now: datetime) -> None:
    """Take the wish back and tell every plan lead.

    Raises:
        NotFoundError: nothing waits to be deleted.
    """
    row = _standing(session, community.key)
    if row is None:
        raise NotFoundError(f"No deletion of the workspace of {community.title} waits.")
    row.withdrawn_by, row.withdrawn_at = by.id, now
    events.record(session, community.key, What.DELETION_WITHDRAWN, by.id, now)
    for lead in _leads(session, community.key):
        ticks.write_to(session, lead, _withdrawn(lead, by, community, stationery), stationery, now)


def _names(typed: str, community: Community) -> bool:
    """Tell whether the community's name was typed, in any of its forms; case and spaces make no difference."""
    said = " ".join(typed.split()).casefold()
    names = (community.title, community.name, community.official_name, community.name_fr)
    return bool(said) and said in {" ".join(name.split()).casefold() for name in names if name}


def _standing(session: Session, community: str) -> DeletionRow | None:
    waiting = tenants.of(DeletionRow, community).where(
        DeletionRow.done_at.is_(None), DeletionRow.withdrawn_at.is_(None)
    )
    return session.scalar(waiting)


def _told(session: Session, row: DeletionRow) -> Deletion:
    name = session.get_one(PersonRow, row.asked_by).name
    return Deletion(name, row.asked_at, row.due_at, row.done_at, sum(row.counts.values()))


def _leads(session: Session, community: str) -> list[PersonRow]:
    leads = (
        select(PersonRow)
        .join(MembershipRow, MembershipRow.person == PersonRow.id)
        .where(MembershipRow.community == community, MembershipRow.role == Role.LEAD.value, PersonRow.active.is_(True))
    )
    return list(session.scalars(leads.order_by(PersonRow.id)))


def _asked(lead: PersonRow, by: PersonRow, community: Community, due: datetime, stationery: Stationery) -> list[Part]:
    here = community.zone
    en, fr = (phrases.moment(due, here, each) for each in LANGUAGES)
    en = f"{en} {phrases.zone_place(here, 'en')} time"
    fr = f"{fr}, heure {of_place(phrases.zone_place(here, 'fr'))}"
    name = community.title
    return _letter(
        lead,
        stationery,
        Bilingual(
            f"The workspace of {name} is to be deleted", f"L’espace de travail {of_place(name)} doit être supprimé"
        ),
        (
            Bilingual(
                f"{by.name} asked that the whole workspace of {name} be deleted: applications, tasks, notes, "
                "documents, meetings, what you stated, and the logs.",
                f"{by.name} a demandé la suppression de tout l’espace de travail {of_place(name)}{NBSP}: demandes, "
                "tâches, notes, documents, réunions, réponses données et journaux.",
            ),
            Bilingual(
                f"It is carried out on {en}, and cannot be undone after that. Until then any plan lead can take "
                "it back, and export everything first:",
                f"La suppression aura lieu {fr}, sans retour possible. D’ici là, toute personne responsable du plan "
                f"peut encore l’annuler, ou tout exporter{NBSP}:",
            ),
        ),
    )


def _withdrawn(lead: PersonRow, by: PersonRow, community: Community, stationery: Stationery) -> list[Part]:
    name = community.title
    return _letter(
        lead,
        stationery,
        Bilingual(f"The workspace of {name} stays", f"L’espace de travail {of_place(name)} est conservé"),
        (
            Bilingual(
                f"{by.name} took back the wish to delete the workspace of {name}. Nothing was deleted.",
                f"{by.name} a annulé la suppression de l’espace de travail {of_place(name)}. Rien n’a été supprimé.",
            ),
            Bilingual("See its status:", f"État de la situation{NBSP}:"),
        ),
    )


def _letter(lead: PersonRow, stationery: Stationery, subject: Bilingual, words: tuple[Bilingual, ...]) -> list[Part]:
    """Write to a plan lead in their language; a first letter in both. It ends with the page of the deletion."""
    other: Language = "fr" if lead.speaks == "en" else "en"
    languages = (lead.speaks, other) if lead.first_mail_at is None else (lead.speaks,)
    return [
        Part(
            language=language,
            subject=subject.in_(language),
            greeting=Bilingual(f"Hello {lead.name},", f"Bonjour {lead.name},").in_(language),
            opening=[*(each.in_(language) for each in words), stationery.page(language, "deletion")],
            sections=[],
            closing=[],
            signature=stationery.site.in_(language),
            links=[Link(stationery.site.in_(language), stationery.page(language, ""))],
        )
        for language in languages
    ]
