"""What letters about an account say: a link to choose a password, an invitation, that something was changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from grants.delivery.letters import Link, Part, Stationery
from grants.domain.bilingual import Bilingual, Language
from grants.domain.people import Role
from grants.domain.phrases import NBSP
from grants.store.people import PersonRow

ROLES: dict[Role, Bilingual] = {
    Role.WRITER: Bilingual("grant writer", "rédaction des demandes"),
    Role.LEAD: Bilingual("plan lead", "responsable du plan"),
    Role.EDITOR: Bilingual("editor of the catalogue", "rédaction du répertoire"),
    Role.APPROVER: Bilingual("approver", "approbation"),
}
"""The roles that people are invited to, as a letter names them."""


@dataclass(frozen=True, slots=True)
class Invited:
    """What an invitation says: to whom (a name where the address is known), from whom, to where, as what."""

    name: str
    by: str
    place: Bilingual | None
    """The community as a place; ``None``: the ministry's staff."""
    role: Role
    path: str
    days: int


def languages_of(first: Language, *, both: bool) -> Sequence[Language]:
    """Give the languages a letter is written in: the first, and the other one too where that is not sure."""
    other: Language = "fr" if first == "en" else "en"
    return (first, other) if both else (first,)


def choose_password(person: PersonRow, path: str, hours: int, stationery: Stationery, *, both: bool) -> list[Part]:
    """Ask a person to prove the address and choose a password, by a link that works once."""
    return [
        _part(
            language,
            stationery,
            subject=Bilingual(
                f"Choose your password for {stationery.site.en}",
                f"Choisissez votre mot de passe{NBSP}: {stationery.site.fr}",
            ),
            # Until the address is proved, whoever typed it typed the name too: a stranger's words are not passed on.
            name=person.name if person.confirmed_at else "",
            said=[
                Bilingual(
                    "Somebody, probably you, asked for an account or a new password with this address.",
                    "Quelqu’un, sans doute vous, a demandé un compte ou un nouveau mot de passe avec cette adresse.",
                ),
                Bilingual(
                    f"Open this link within {hours} hours and choose a password:",
                    f"Ouvrez ce lien d’ici {hours}{NBSP}heures et choisissez un mot de passe{NBSP}:",
                ),
                stationery.page(language, path),
                Bilingual(
                    "If it was not you, do nothing: without the link nothing changes.",
                    f"Si ce n’est pas vous, ne faites rien{NBSP}: sans le lien, rien ne change.",
                ),
            ],
        )
        for language in languages_of(person.speaks, both=both)
    ]


def invitation(invited: Invited, languages: Sequence[Language], stationery: Stationery) -> list[Part]:
    """Invite somebody to work for a community or on the staff, by a link that is accepted once."""
    role, site = ROLES[invited.role], stationery.site
    where = (
        Bilingual(f"to work for {invited.place.en}", f"à travailler pour {invited.place.fr}")
        if invited.place
        else Bilingual("to join the ministry’s staff", "à vous joindre au personnel du ministère")
    )
    subject = (
        Bilingual(f"Invitation to work for {invited.place.en}", f"Invitation à travailler pour {invited.place.fr}")
        if invited.place
        else Bilingual(f"Invitation to the staff of {site.en}", f"Invitation au personnel{NBSP}: {site.fr}")
    )
    return [
        _part(
            language,
            stationery,
            subject=subject,
            name=invited.name,
            said=[
                Bilingual(
                    f"{invited.by} invites you {where.en} in {site.en}. Your role: {role.en}.",
                    f"{invited.by} vous invite {where.fr} dans «{NBSP}{site.fr}{NBSP}». Votre rôle{NBSP}: {role.fr}.",
                ),
                Bilingual(
                    f"Open this link within {invited.days} days to accept:",
                    f"Ouvrez ce lien d’ici {invited.days}{NBSP}jours pour accepter{NBSP}:",
                ),
                stationery.page(language, invited.path),
                Bilingual(
                    "If you do not know what this is about, do nothing: without the link nothing changes.",
                    f"Si cela ne vous dit rien, ne faites rien{NBSP}: sans le lien, rien ne change.",
                ),
            ],
        )
        for language in languages
    ]


def change(person: PersonRow, told: Bilingual, at: Bilingual, stationery: Stationery, *, both: bool) -> list[Part]:
    """Tell a person what was changed about their account, and when; the link only leads to a page."""
    return [
        _part(
            language,
            stationery,
            subject=told,
            name=person.name,
            said=[
                Bilingual(f"{told.en} ({at.en}).", f"{told.fr} ({at.fr})."),
                Bilingual("If you know about it, there is nothing to do.", "Si vous le saviez, il n’y a rien à faire."),
                Bilingual(
                    "If it was neither you nor somebody you agreed it with, choose a new password at once:",
                    "Si ce n’est ni vous ni une personne avec qui vous en aviez convenu, choisissez tout de suite "
                    f"un nouveau mot de passe{NBSP}:",
                ),
                stationery.page(language, "forgotten-password"),
            ],
        )
        for language in languages_of(person.speaks, both=both)
    ]


def _part(
    language: Language, stationery: Stationery, *, subject: Bilingual, name: str, said: Sequence[Bilingual | str]
) -> Part:
    greeted = f" {name}" if name else ""
    return Part(
        language=language,
        subject=subject.in_(language),
        greeting=Bilingual(f"Hello{greeted},", f"Bonjour{greeted},").in_(language),
        opening=[each if isinstance(each, str) else each.in_(language) for each in said],
        sections=[],
        closing=[],
        signature=stationery.site.in_(language),
        links=[Link(stationery.site.in_(language), stationery.page(language, ""))],
    )
