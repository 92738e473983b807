"""All that is kept of a community: every table with a ``community`` column, worked out from the models themselves.

So a table that is added later is exported and deleted like the others, and only one that is named here is not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import RowMapping, Table, select
from sqlalchemy.orm import Session

from grants.store import models
from grants.store.database import Model

COMMUNITY = "community"

PERSONAL: Mapping[str, str] = {
    models.sessions.SessionRow.__tablename__: "a sign-in of a person, who worked for the community in it",
    models.tracking.TrackedRow.__tablename__: "what a person wants to be reminded of",
    models.feeds.FeedRow.__tablename__: "a secret address that a person made for their calendar",
}
"""Tables that name a community and yet are a person's own, with what a row is."""

SECRETS = frozenset({"token_hash"})
"""Columns that open something; they leave this system never."""


def tables() -> Iterator[Table]:
    """Give the tables that belong to communities, those that others point at first."""
    for table in Model.metadata.sorted_tables:
        if COMMUNITY in table.columns and table.name not in PERSONAL:
            yield table


def rows(session: Session, table: Table, community: str) -> Sequence[RowMapping]:
    """Read a community's rows of a table, the oldest first, without what is secret."""
    shown = [column for column in table.columns if column.name not in SECRETS]
    chosen = select(*shown).where(table.c.community == community).order_by(*table.primary_key)
    return session.execute(chosen).mappings().all()
