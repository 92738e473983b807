"""Tries slow down and are never locked out: the more often something was tried in vain, the longer the next try waits.

Every try is counted before it is judged, in a write unit of its own, so that many at once do not slip through. Three
counters slow it: one for whoever it is about as tried from one network, one for the network, one for whoever it is
about from anywhere. A try that came too early is not counted, so waiting always helps; counters leak, so time does too.

A stranger who keeps guessing at somebody's password slows that person down nowhere but in the stranger's own network:
where the person has signed in before, only what was tried from there counts.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from ipaddress import IPv6Address, ip_address, ip_network

from sqlalchemy import delete
from sqlalchemy.orm import Session

from grants.store.sessions import AttemptRow

KEPT = timedelta(days=90)
"""How long a counter is kept, and a network known, after it was last of use."""


class Kind(StrEnum):
    """What is tried."""

    PASSWORD = "password"  # noqa: S105 - the name of a kind
    CODE = "code"
    RECOVERY = "recovery"
    LETTER = "letter"
    INVITATION = "invitation"


@dataclass(frozen=True, slots=True)
class Pace:
    """How one counter slows: ``free`` tries at once, then waits that double from ``first`` up to ``most``.

    The counter goes down by one every ``leak``.
    """

    free: int
    most: timedelta
    leak: timedelta
    first: timedelta = timedelta(seconds=2)

    def level(self, count: int, since: timedelta) -> int:
        """Give what is left of a count after some time."""
        return max(0, count - int(since / self.leak))

    def wait(self, level: int) -> timedelta:
        """Give how long after the last try the next one may come."""
        if level < self.free:
            return timedelta(0)
        return min(self.most, self.first * (1 << min(level - self.free, 20)))


@dataclass(frozen=True, slots=True)
class Paces:
    """How tries of a kind slow: about one subject from one network, from one network, about one subject."""

    pair: Pace
    network: Pace
    subject: Pace


def _pace(free: int, most_seconds: int, leak_seconds: int) -> Pace:
    return Pace(free, timedelta(seconds=most_seconds), timedelta(seconds=leak_seconds))


_NETWORK = _pace(60, 60, 10)

PACES: Mapping[Kind, Paces] = {
    Kind.PASSWORD: Paces(_pace(5, 120, 300), _NETWORK, _pace(20, 5, 60)),
    # A code has a million values and three that fit: its counter for a person from anywhere must be slow.
    Kind.CODE: Paces(_pace(5, 120, 300), _NETWORK, _pace(10, 900, 900)),
    Kind.RECOVERY: Paces(_pace(5, 120, 300), _NETWORK, _pace(20, 5, 60)),
    Kind.LETTER: Paces(_pace(5, 300, 300), _pace(20, 120, 30), _pace(20, 60, 300)),
    Kind.INVITATION: Paces(_pace(3, 3_600, 3_600), _pace(40, 600, 60), _pace(10, 3_600, 3_600)),
}


@dataclass(frozen=True, slots=True)
class Try:
    """One try: what, about whom (an address, a person's number), from which network; ``key`` hides both in digests."""

    kind: Kind
    subject: str
    network: str
    key: bytes

    def digest(self, what: str, *about: str) -> str:
        """Name a counter so that nobody can read from it whom or what it counts."""
        told = "\x1f".join((self.kind, what, *about))
        return hmac.new(self.key, told.encode("utf-8", "replace"), sha256).hexdigest()

    @property
    def pair(self) -> str:
        """The counter of the subject in this network."""
        return self.digest("pair", self.subject, self.network)

    @property
    def known(self) -> str:
        """The mark of a network in which the subject has succeeded before."""
        return self.digest("known", self.subject, self.network)

    def counters(self) -> list[tuple[str, Pace]]:
        """Give the counters of this try and how each slows: the subject's in this network first."""
        paces = PACES[self.kind]
        return [
            (self.pair, paces.pair),
            (self.digest("network", self.network), paces.network),
            (self.digest("subject", self.subject), paces.subject),
        ]


def network_of(address: str | None) -> str:
    """Name the network of an address: its own for IPv4, the /64 that one household has for IPv6."""
    try:
        parsed = ip_address(address or "")
    except ValueError:
        return "unknown"
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ip_network((parsed, 64), strict=False))
    return str(parsed)


def admit(session: Session, tried: Try, now: datetime) -> timedelta:
    """Count a try before it is judged, or say how long it has to wait.

    Args:
        session: a write unit, committed before the try is judged.
        tried: what is tried.
        now: the moment.

    Returns:
        Zero, and the try is counted; or the time to wait, and it is not.
    """
    counters = tried.counters()
    known = session.get(AttemptRow, tried.known)
    binding = counters[:1] if known is not None and now - known.last_at < KEPT else counters
    wait = max(_wait(session.get(AttemptRow, key), pace, now) for key, pace in binding)
    if wait > timedelta(0):
        return wait
    for key, pace in counters:
        row = session.get(AttemptRow, key)
        if row is None:
            session.add(AttemptRow(key=key, count=1, last_at=now))
        else:
            row.count, row.last_at = pace.level(row.count, now - row.last_at) + 1, now
    session.flush()
    return timedelta(0)


def _wait(row: AttemptRow | None, pace: Pace, now: datetime) -> timedelta:
    if row is None:
        return timedelta(0)
    since = max(timedelta(0), now - row.last_at)
    return max(timedelta(0), pace.wait(pace.level(row.count, since)) - since)


def succeed(session: Session, tried: Try, now: datetime) -> None:
    """Forget what was tried in vain about this subject, and remember that this network is theirs."""
    pair, network, subject = (key for key, _ in tried.counters())
    session.execute(delete(AttemptRow).where(AttemptRow.key.in_((pair, subject))))
    shared = session.get(AttemptRow, network)
    if shared is not None:
        shared.count = max(0, shared.count - 1)
    known = session.get(AttemptRow, tried.known)
    if known is None:
        session.add(AttemptRow(key=tried.known, count=0, last_at=now))
    else:
        known.last_at = now
    session.flush()


def forget_old(session: Session, now: datetime) -> None:
    """Remove the counters that nobody has touched for long."""
    session.execute(delete(AttemptRow).where(AttemptRow.last_at < now - KEPT))
