"""The second factor: a code from a phone, and ten recovery codes for the day the phone is gone.

The secret that a phone and this site share is kept sealed under a key derived from the site's own secret. Where that
was changed no code can be checked any more: recovery codes still work, and an operator can reset the second factor.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, cast

from flask_security.totp import Totp
from passlib.exc import TokenError

from grants.services import notices, sessions
from grants.services.keys import derived
from grants.store.people import PersonRow

if TYPE_CHECKING:
    from flask_security.core import UserMixin
    from passlib.totp import TotpMatch
    from sqlalchemy.orm import Session

    from grants.delivery.letters import Stationery

WINDOW = timedelta(seconds=30)
"""How far the clock of a phone may be off, either way."""
DIGITS = 6
RECOVERY_CODES = 10
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""What recovery codes are made of: nothing that looks like something else."""
_GROUPS, _GROUP = 4, 4


class SealedError(Exception):
    """The secret of a second factor was sealed under a key that this site no longer has."""


class Codes(Totp):
    """The extension's codes, none of which serves twice: the person's row holds the last one that was used."""

    def __init__(self, secret: str, issuer: str) -> None:
        key = derived(secret, "second factor")
        # Named after the key, so that a secret sealed under another one is known and not mistaken for a wrong code.
        super().__init__({f"k{sha256(key).hexdigest()[:12]}": key.hex()}, issuer.replace(":", " "))

    def get_last_counter(self, user: UserMixin) -> int | None:
        """Give the last code that was used."""
        return cast("PersonRow", user).totp_counter

    def set_last_counter(self, user: UserMixin, tmatch: TotpMatch) -> None:
        """Keep the last code that was used."""
        cast("PersonRow", user).totp_counter = tmatch.counter

    def matches(self, code: str, sealed: str, person: PersonRow, now: datetime) -> bool:
        """Tell whether a code fits at this moment and was not used before; from then on it is used.

        Raises:
            SealedError: the secret cannot be opened.
        """
        self.check(sealed)
        try:
            match = self._totp.verify(
                code,
                sealed,
                time=now,
                window=int(WINDOW.total_seconds()),
                last_counter=self.get_last_counter(person),
            )
        except TokenError:
            return False
        self.set_last_counter(person, match)
        return True

    def check(self, sealed: str) -> None:
        """Make sure that a secret can be opened.

        Raises:
            SealedError: it cannot.
        """
        try:
            self._totp.from_source(sealed)
        except (KeyError, ValueError, TypeError) as fault:
            raise SealedError from fault


def typed_code(typed: str) -> str:
    """Give a code without the spaces that people and phones put between its digits."""
    return "".join(typed.split())


def new_recovery_codes() -> list[str]:
    """Make ten recovery codes of some 79 random bits each, to be shown once."""
    letters = ["".join(secrets.choice(_LETTERS) for _ in range(_GROUPS * _GROUP)) for _ in range(RECOVERY_CODES)]
    return ["-".join(code[start : start + _GROUP] for start in range(0, len(code), _GROUP)) for code in letters]


def recovery_digest(typed: str) -> str:
    """Give what is kept of a recovery code, however it was typed: too long to be guessed, it needs no slow hash."""
    return sha256("".join(each for each in typed.lower() if each.isalnum()).encode("utf-8", "replace")).hexdigest()


def turn_on(session: Session, person: PersonRow, sealed: str, now: datetime, stationery: Stationery) -> list[str]:
    """Keep the secret that a code was just given for, and give the recovery codes to be shown; a letter tells of it."""
    told = notices.FACTOR_ON if person.totp_secret is None else notices.FACTOR_REPLACED
    person.totp_secret, person.totp_since = sealed, now
    codes = _keep_new_codes(session, person)
    notices.tell(session, person, told, stationery, now)
    return codes


def renew_recovery_codes(session: Session, person: PersonRow, now: datetime, stationery: Stationery) -> list[str]:
    """Make new recovery codes in place of the old ones, and give them to be shown; a letter tells of it."""
    codes = _keep_new_codes(session, person)
    notices.tell(session, person, notices.CODES, stationery, now)
    return codes


def _keep_new_codes(session: Session, person: PersonRow) -> list[str]:
    codes = new_recovery_codes()
    person.recovery_codes = [recovery_digest(code) for code in codes]
    session.flush()
    return codes


def use_recovery_code(session: Session, person: PersonRow, typed: str) -> bool:
    """Take a recovery code, which then works no more; False where it is none of this person's."""
    digest = recovery_digest(typed)
    if digest not in person.recovery_codes:
        return False
    person.recovery_codes = [each for each in person.recovery_codes if each != digest]
    session.flush()
    return True


def turn_off(session: Session, person: PersonRow, now: datetime, stationery: Stationery) -> None:
    """Forget the second factor and its recovery codes; a letter tells of it."""
    before = person.totp_secret
    person.totp_secret = person.totp_since = person.totp_counter = None
    person.recovery_codes = []
    session.flush()
    if before is not None:
        notices.tell(session, person, notices.FACTOR_OFF, stationery, now)


def reset(session: Session, person: PersonRow, now: datetime, stationery: Stationery) -> None:
    """Turn the second factor off for somebody who has lost it, and end all their sign-ins: an operator's deed."""
    turn_off(session, person, now, stationery)
    sessions.end_all(session, person, now)
