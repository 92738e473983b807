"""Community safety and well-being plans as rows."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from grants.domain.plans import Plan
from grants.domain.records import read
from grants.store.database import Model
from grants.store.kept import Kept, by_key


class PlanRow(Kept, Model):
    """A plan with its priorities."""

    __tablename__ = "plan"


def plans(session: Session) -> list[Plan]:
    """Read every plan, by key."""
    return [read(row.record, Plan) for row in by_key(session, select(PlanRow))]
