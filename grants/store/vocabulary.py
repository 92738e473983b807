"""The vocabulary's concepts as rows."""

from __future__ import annotations

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from grants.domain.vocabulary import Concept
from grants.store.database import Model
from grants.store.kept import Kept


class ConceptRow(Kept, Model):
    """One concept; ``collection`` names the list (and seed file) it belongs to, ``place`` its order there."""

    __tablename__ = "concept"

    collection: Mapped[str] = mapped_column(String(60), index=True)
    place: Mapped[int]


def collections(session: Session) -> dict[str, list[Concept]]:
    """Read the concepts of every list, lists by name, concepts in their order."""
    lists: dict[str, list[Concept]] = {}
    for row in session.scalars(select(ConceptRow).order_by(ConceptRow.collection, ConceptRow.place, ConceptRow.key)):
        lists.setdefault(row.collection, []).append(Concept.from_record(row.record))
    return lists
