"""The vocabulary's concepts as rows, and who changed them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from grants.domain.vocabulary import Concept
from grants.store.database import Model
from grants.store.kept import Kept
from grants.store.people import PersonRow


class ConceptRow(Kept, Model):
    """One concept; ``collection`` names the list (and seed file) it belongs to, ``place`` its order there."""

    __tablename__ = "concept"

    collection: Mapped[str] = mapped_column(String(60), index=True)
    place: Mapped[int]


class ConceptEditRow(Model):
    """One edit of a concept by a member of staff: ``version`` is the one it made, ``before`` the record it replaced."""

    __tablename__ = "concept_edit"

    id: Mapped[int] = mapped_column(primary_key=True)
    concept: Mapped[str] = mapped_column(ForeignKey("concept.key"), index=True)
    version: Mapped[int]
    person: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]


def edits(session: Session, concept: str) -> Sequence[tuple[ConceptEditRow, str]]:
    """Read the edits of a concept, each with the name of who made it, the newest first."""
    rows = session.execute(
        select(ConceptEditRow, PersonRow.name)
        .join(PersonRow, ConceptEditRow.person == PersonRow.id)
        .where(ConceptEditRow.concept == concept)
        .order_by(ConceptEditRow.id.desc())
    )
    return [(row, name) for row, name in rows]


def collections(session: Session) -> dict[str, list[Concept]]:
    """Read the concepts of every list, lists by name, concepts in their order."""
    lists: dict[str, list[Concept]] = {}
    for row in session.scalars(select(ConceptRow).order_by(ConceptRow.collection, ConceptRow.place, ConceptRow.key)):
        lists.setdefault(row.collection, []).append(Concept.from_record(row.record))
    return lists
