"""Letters that tell a person what was changed about their account, so that nobody else does it unseen.

They say what and when, and where to choose another password; no link in them does anything by itself.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from grants.delivery.letters import Stationery
from grants.domain import phrases
from grants.domain.bilingual import Bilingual
from grants.domain.phrases import NBSP
from grants.services import account_letters, ticks
from grants.store.people import PersonRow

PASSWORD = Bilingual("Your password was changed", "Votre mot de passe a été changé")
FACTOR_ON = Bilingual(
    "A second factor was set up for your account", "Un second facteur a été configuré pour votre compte"
)
FACTOR_REPLACED = Bilingual(
    "The second factor of your account was replaced", "Le second facteur de votre compte a été remplacé"
)
FACTOR_OFF = Bilingual(
    "The second factor of your account was turned off", "Le second facteur de votre compte a été désactivé"
)
CODES = Bilingual(
    "Your account has new recovery codes, and the old ones no longer work",
    "Votre compte a de nouveaux codes de secours, et les anciens ne fonctionnent plus",
)
OFF_STAFF = Bilingual(
    "You are no longer on the ministry’s staff", "Vous ne faites plus partie du personnel du ministère"
)


def role_words(role: Bilingual, place: Bilingual | None) -> Bilingual:
    """Say what somebody is from now on: in a community, or on the ministry's staff where ``place`` is ``None``."""
    where = (
        Bilingual(f"for {place.en}", f"pour {place.fr}")
        if place is not None
        else Bilingual("on the ministry’s staff", "au personnel du ministère")
    )
    return Bilingual(
        f"Your role is now: {role.en}, {where.en}", f"Votre rôle est maintenant{NBSP}: {role.fr}, {where.fr}"
    )


def tell(session: Session, person: PersonRow, told: Bilingual, stationery: Stationery, now: datetime) -> None:
    """Put a letter into the outbox that says what was changed; who takes no letters gets none.

    Args:
        session: the write unit of the change.
        person: whose account it is.
        told: what was changed, a sentence without its full stop: it is the subject as well.
        stationery: what letters bear.
        now: the moment of the change.
    """
    if not person.active or person.confirmed_at is None or person.mail_suspended_at is not None:
        return
    at = Bilingual(phrases.moment(now, person.zone, "en"), phrases.moment(now, person.zone, "fr"))
    both = person.first_mail_at is None
    ticks.write_to(session, person, account_letters.change(person, told, at, stationery, both=both), stationery, now)
