"""What belongs to one community: every query for it says whose it asks for, or says that it asks for everybody's.

A query that names a community's table and says neither is refused, so that forgetting it shows at once and never as
somebody else's data.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from sqlalchemy import ForeignKey, Select, event, select
from sqlalchemy.orm import Mapped, ORMExecuteState, Session, mapped_column

from grants.store.database import db

TENANT = "tenant"
EVERYBODY = "everybody"


class Owned:
    """A row that belongs to a community."""

    id: Mapped[int] = mapped_column(primary_key=True)
    community: Mapped[str] = mapped_column(ForeignKey("community.key"), index=True)


OwnedRow = TypeVar("OwnedRow", bound=Owned)


def of(kind: type[OwnedRow], community: str) -> Select[OwnedRow]:
    """Ask for a community's rows of a kind; narrow and order the statement as needed."""
    return select(kind).where(kind.community == community).execution_options(**{TENANT: community})


def one(session: Session, kind: type[OwnedRow], community: str, number: int) -> OwnedRow | None:
    """Read one row of a community; ``None`` where there is none, or where it is another's: nobody can tell which."""
    return session.scalar(of(kind, community).where(kind.id == number)) if 0 < number < 2**31 else None


def all_of(session: Session, kind: type[OwnedRow], community: str, *order: Any) -> Sequence[OwnedRow]:  # noqa: ANN401
    """Read all of a community's rows of a kind, in an order (by default the oldest first)."""
    return session.scalars(of(kind, community).order_by(*(order or (kind.id,)))).all()


def everybodys(kind: type[OwnedRow]) -> Select[OwnedRow]:
    """Ask for the rows of every community: for the machine that plans and sends, and for what communities share."""
    return select(kind).execution_options(**{TENANT: EVERYBODY})


@event.listens_for(db.session, "do_orm_execute")
def _refuse_unscoped(state: ORMExecuteState) -> None:
    """Refuse a query for a community's rows that does not say whose."""
    if not state.is_select or state.is_column_load or state.is_relationship_load:
        return
    owned = [mapper.class_.__name__ for mapper in state.all_mappers if issubclass(mapper.class_, Owned)]
    if owned and TENANT not in state.execution_options:
        raise RuntimeError(f"a query for {', '.join(owned)} does not say whose: begin it with tenants.of()")
