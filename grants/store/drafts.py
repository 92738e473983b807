"""Drafts of a stream's rules: who changed what on top of which published version, and what became of it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from grants.domain.records import read, write
from grants.domain.rule_drafts import OPEN, DraftState
from grants.domain.rules import FactDefinition, Rule
from grants.store.database import Model


class RuleDraftRow(Model):
    """One person's draft of one stream's rules.

    ``rules`` and ``facts`` (new ones only) are records as the catalogue keeps them. ``base_version`` is the version of
    the stream's row that the draft stands on, ``base_rules`` its rules then. ``version`` goes up with each change of
    the draft. ``decided_by`` published or withdrew it, ``reason`` says why it was withdrawn.
    """

    __tablename__ = "rule_draft"

    id: Mapped[int] = mapped_column(primary_key=True)
    stream: Mapped[str] = mapped_column(ForeignKey("stream.key"), index=True)
    author: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    state: Mapped[str] = mapped_column(String(20), default=DraftState.DRAFT.value)
    version: Mapped[int] = mapped_column(default=1)
    base_version: Mapped[int]
    base_rules: Mapped[list[Any]]
    rules: Mapped[list[Any]]
    facts: Mapped[list[Any]]
    created_at: Mapped[datetime]
    modified_at: Mapped[datetime]
    proposed_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(String(500), default="")

    @property
    def stands(self) -> DraftState:
        """Where the draft stands."""
        return DraftState(self.state)

    @property
    def is_open(self) -> bool:
        """Whether it may still change or be published."""
        return self.stands in OPEN

    @property
    def its_rules(self) -> tuple[Rule, ...]:
        """The draft's rules."""
        return rules_of(self.rules)

    @property
    def its_base(self) -> tuple[Rule, ...]:
        """The rules that were published when the draft was begun or last brought up to date."""
        return rules_of(self.base_rules)

    @property
    def its_facts(self) -> tuple[FactDefinition, ...]:
        """The facts that the draft defines."""
        return tuple(read(record, FactDefinition) for record in self.facts)


def rules_of(records: Collection[dict[str, Any]]) -> tuple[Rule, ...]:
    """Make rules of their records."""
    return tuple(read(record, Rule) for record in records)


def records_of(values: Collection[Rule] | Collection[FactDefinition]) -> list[dict[str, Any]]:
    """Write rules or facts as records."""
    return [write(each) for each in values]


def open_draft(session: Session, stream: str, person: int) -> RuleDraftRow | None:
    """Find the draft of a stream that a person has not finished; there is one at most."""
    return session.scalar(
        select(RuleDraftRow).where(
            RuleDraftRow.stream == stream, RuleDraftRow.author == person, RuleDraftRow.state.in_([*OPEN])
        )
    )


def open_drafts(session: Session) -> list[RuleDraftRow]:
    """Give every unfinished draft: the proposed ones first, then the newest."""
    rows = session.scalars(select(RuleDraftRow).where(RuleDraftRow.state.in_([*OPEN])))
    return sorted(rows, key=lambda row: (row.stands is not DraftState.PROPOSED, -row.modified_at.timestamp(), row.id))


def of_stream(session: Session, stream: str) -> list[RuleDraftRow]:
    """Give every draft of a stream, the newest first."""
    return list(
        session.scalars(select(RuleDraftRow).where(RuleDraftRow.stream == stream).order_by(RuleDraftRow.id.desc()))
    )
