"""Ticks of a clock that is set, against a mail server that does as it is told."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from grants.services import ticks
from grants.store.database import transaction
from tests.reminding import STATIONERY, Clock, Mailbox, Run


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def run(db_session: Session, clock: Clock, mailbox: Mailbox) -> Run:
    """Run one tick and leave out of its counts what did not happen."""
    del db_session

    def once() -> dict[str, int]:
        told = ticks.tick(transaction, clock, mailbox, STATIONERY)
        return {name: count for name, count in told.items() if count}

    return once
