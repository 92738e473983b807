"""What every kept record has: key, stable UUID for the open standard, the record itself, version, two instants."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, TypeVar, cast
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import Select, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

_NAMESPACE = uuid5(NAMESPACE_URL, "urn:grants-navigator")


class Kept:
    """A row that holds one seed record whole: the record is the truth, the columns beside it serve the database.

    ``version`` goes up by one with each change of the record. ``seeded`` is the fingerprint of the record that the seed
    files last gave, so that a later load can tell a change of the seeds from an edit made here; ``None``: made here.
    """

    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    uuid: Mapped[str] = mapped_column(String(36), unique=True)
    record: Mapped[dict[str, Any]]
    version: Mapped[int] = mapped_column(default=1)
    seeded: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime]
    modified_at: Mapped[datetime]


KeptRow = TypeVar("KeptRow", bound=Kept)


@dataclass(frozen=True, slots=True)
class Counts:
    """What a load did to one kind of record.

    ``changed`` names the rows whose record is another now; ``kept`` counts rows edited here that the seeds would have
    changed.
    """

    added: int = 0
    changed: tuple[str, ...] = ()
    unchanged: int = 0
    kept: int = 0


def fingerprint(record: Mapping[str, Any], columns: Mapping[str, Any]) -> str:
    """Give equal texts for equal records, whatever the order of their entries."""
    return sha256(json.dumps([record, columns], sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def stable_uuid(kind: type[Kept], key: str) -> str:
    """Give the UUID of a record: the same on every machine, for life."""
    return str(uuid5(_NAMESPACE, f"{kind.__name__}:{key}"))


def by_key(session: Session, rows: Select[KeptRow]) -> list[KeptRow]:
    """Read rows in the order of their keys, letter by letter: databases disagree about the order of words."""
    return sorted(session.scalars(rows), key=lambda row: row.key)


def keep(
    session: Session,
    kind: type[KeptRow],
    records: Iterable[tuple[str, Mapping[str, Any], Mapping[str, Any]]],
    now: datetime,
) -> Counts:
    """Add the records that are missing and change those whose seed changed. Rows edited here stay, none is removed.

    Args:
        session: an open write unit.
        kind: the model.
        records: key, record, and the values of the model's own columns.
        now: the instant to stamp.

    Cost:
        One query, and one write for each row that differs.
    """
    new = cast("Callable[..., KeptRow]", kind)
    rows = {row.key: row for row in session.scalars(select(kind))}
    added = unchanged = kept = 0
    changed: list[str] = []
    for key, record, columns in records:
        row, seed = rows.get(key), fingerprint(record, columns)
        if row is None:
            stamps = {"created_at": now, "modified_at": now, "version": 1, "seeded": seed}
            session.add(new(key=key, uuid=stable_uuid(kind, key), record=record, **stamps, **columns))
            added += 1
        elif row.seeded == seed:
            unchanged += 1
        elif row.seeded != fingerprint(row.record, {name: getattr(row, name) for name in columns}):
            kept += 1
        else:
            row.record, row.seeded = dict(record), seed
            for name, value in columns.items():
                setattr(row, name, value)
            row.version += 1
            row.modified_at = now
            changed.append(key)
    return Counts(added, tuple(changed), unchanged, kept)
