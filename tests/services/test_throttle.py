"""Throttling slows whoever guesses, lets nobody slip through by haste, and keeps nobody out."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from grants.services import throttle
from grants.services.keys import derived
from grants.services.throttle import PACES, Kind, Try, network_of
from grants.store.database import db, transaction
from grants.store.sessions import AttemptRow

NOW = datetime(2026, 11, 24, 15, tzinfo=UTC)
KEY = derived("a secret of a test", "throttle")
NONE = timedelta(0)


def a_try(subject: str = "ana@town.example", network: str = "203.0.113.7", kind: Kind = Kind.PASSWORD) -> Try:
    return Try(kind, subject, network, KEY)


def admit(tried: Try, now: datetime = NOW) -> timedelta:
    with transaction() as session:
        return throttle.admit(session, tried, now)


def test_the_first_tries_are_free_and_then_each_waits_longer(db_session: Session) -> None:
    del db_session
    waits, now = [], NOW
    for _ in range(12):
        wait = admit(a_try(), now)
        waits.append(wait.total_seconds())
        if wait:
            now += wait
            assert admit(a_try(), now) == NONE, "whoever waits as long as they were told gets through"

    assert waits == [0, 0, 0, 0, 0, 2, 4, 8, 16, 32, 64, 120]


def test_a_try_that_came_too_early_does_not_make_the_wait_longer(db_session: Session) -> None:
    del db_session
    for _ in range(6):
        admit(a_try())
    told = [admit(a_try(), NOW + timedelta(seconds=each / 10)).total_seconds() for each in range(19)]

    assert told == [pytest.approx(2 - each / 10) for each in range(19)]


def test_success_clears_and_time_leaks(db_session: Session) -> None:
    del db_session
    for _ in range(6):
        admit(a_try())
    assert admit(a_try()) > NONE
    with transaction() as session:
        throttle.succeed(session, a_try(), NOW)
    assert admit(a_try()) == NONE

    for _ in range(8):
        admit(a_try("bo@town.example"), NOW)
    assert admit(a_try("bo@town.example"), NOW + timedelta(days=1)) == NONE


def test_a_stranger_keeps_nobody_out(db_session: Session) -> None:
    """A thousand networks guess at one address; its owner signs in at once from where they have signed in before."""
    del db_session
    home = a_try(network="198.51.100.1")
    admit(home)
    with transaction() as session:
        throttle.succeed(session, home, NOW)
    admitted = sum(admit(a_try(network=f"203.0.113.{each}")) == NONE for each in range(100))

    assert admitted == PACES[Kind.PASSWORD].subject.free
    assert admit(home) == NONE
    elsewhere = admit(a_try(network="192.0.2.1"))
    assert NONE < elsewhere <= timedelta(seconds=5), "from anywhere else it is a moment, never longer"


def test_one_network_that_tries_everybody_is_slowed(db_session: Session) -> None:
    del db_session
    admitted = sum(admit(a_try(f"person{each}@town.example")) == NONE for each in range(80))

    assert admitted == PACES[Kind.PASSWORD].network.free


def test_kinds_are_counted_apart(db_session: Session) -> None:
    del db_session
    for _ in range(6):
        admit(a_try())
    assert admit(a_try()) > NONE
    assert admit(a_try(kind=Kind.RECOVERY)) == NONE


def test_many_at_once_do_not_slip_through(app: Flask) -> None:
    start = Barrier(12)

    def attempt(_number: int) -> bool:
        with app.app_context():
            start.wait()
            return admit(a_try()) == NONE

    with ThreadPoolExecutor(12) as pool:
        admitted = sum(pool.map(attempt, range(12)))

    assert admitted == PACES[Kind.PASSWORD].pair.free


def test_nobody_can_read_whom_a_counter_is_about(db_session: Session) -> None:
    admit(a_try())
    kept = db_session.scalars(select(AttemptRow.key)).all()

    assert len(kept) == 3
    assert all(len(key) == 64 and "ana" not in key for key in kept)
    other = Try(Kind.PASSWORD, "ana@town.example", "203.0.113.7", derived("another secret", "throttle"))
    assert other.pair not in kept


def test_old_counters_are_forgotten(db_session: Session) -> None:
    admit(a_try(), NOW - throttle.KEPT - timedelta(minutes=1))
    admit(a_try("bo@town.example", "192.0.2.9"), NOW)
    with transaction() as session:
        throttle.forget_old(session, NOW)

    assert db_session.scalar(select(func.count()).select_from(AttemptRow)) == 3
    assert db.session.get(AttemptRow, a_try("bo@town.example", "192.0.2.9").pair) is not None


@given(
    kind=st.sampled_from(list(Kind)),
    count=st.integers(0, 10**6),
    since=st.timedeltas(NONE, timedelta(days=400)),
)
def test_no_wait_is_longer_than_its_bound_and_it_never_shrinks_with_more_tries(
    kind: Kind, count: int, since: timedelta
) -> None:
    for pace in (PACES[kind].pair, PACES[kind].network, PACES[kind].subject):
        level = pace.level(count, since)
        assert 0 <= level <= count
        assert NONE <= pace.wait(level) <= pace.most
        assert pace.wait(level) <= pace.wait(level + 1)
        assert pace.level(count, since + pace.leak) <= level


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:bbbb::2", "2001:db8:1:2::/64"),
        ("nonsense", "unknown"),
        (None, "unknown"),
    ],
)
def test_a_household_is_one_network(address: str | None, network: str) -> None:
    assert network_of(address) == network
