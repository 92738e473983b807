"""The readiness bank: documents a community keeps ready, what uses them, and what should be prepared now.

The files themselves stay where the community keeps them; what is kept here is where that is and until when they serve.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from grants.domain.applications import State, is_before_submission
from grants.domain.bilingual import Bilingual
from grants.domain.catalogue import Stream
from grants.domain.communities import Community
from grants.domain.deadlines import Status, status
from grants.domain.documents import DocumentKind, Standing, kind_asked, standing
from grants.domain.records import read
from grants.domain.zones import zone
from grants.services import events
from grants.services.catalogue import Catalogue, NotFoundError
from grants.services.conflicts import Hand, check, last_hand
from grants.services.events import What
from grants.store import tenants, tracking, workspaces
from grants.store.applications import ApplicationRow, RequirementRow, titles
from grants.store.tracking import NamedIntake
from grants.store.workspaces import DocumentRow

AHEAD = frozenset({Status.OPEN, Status.CLOSING_SOON, Status.OPENING})
"""Where a tracked intake stands while its documents are worth preparing."""


@dataclass(frozen=True, slots=True)
class Details:
    """What people say of a document; ``kept_at`` is a web address or words, empty where nobody said."""

    kind: DocumentKind
    title: str
    kept_at: str
    dated_on: date | None
    expires_on: date | None
    note: str


@dataclass(frozen=True, slots=True)
class Use:
    """An application whose checklist names a document."""

    application: int
    title: Bilingual


@dataclass(frozen=True, slots=True)
class Kept:
    """A document of the bank, how it stands today, and which applications that are not over use it."""

    row: DocumentRow
    kind: DocumentKind
    standing: Standing
    uses: tuple[Use, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """Something that is asked for and not ready: the funder's words, and for what.

    ``application`` is the number of the application whose checklist asks; ``program`` the key of the program whose
    tracked intake asks, where nobody has begun an application. ``about`` names either.
    """

    wording: Bilingual
    about: Bilingual
    application: int | None = None
    program: str | None = None


@dataclass(frozen=True, slots=True)
class ToPrepare:
    """Documents of one kind that are asked for and that the bank lacks; ``kind`` ``None``: of no kind that it knows."""

    kind: DocumentKind | None
    asked: tuple[Asked, ...]


def bank(session: Session, community: Community, now: datetime) -> list[Kept]:
    """Give the documents kept ready, what expires first at the top. Cost: four queries."""
    applications = {row.id: row for row in tenants.all_of(session, ApplicationRow, community.key)}
    named = titles(session, applications.values())
    uses: dict[int, dict[int, Use]] = {}
    for line in tenants.all_of(session, RequirementRow, community.key):
        application = applications.get(line.application)
        if line.document is not None and application is not None and is_before_submission(State(application.state)):
            uses.setdefault(line.document, {})[application.id] = Use(application.id, named[application.id])
    today = now.astimezone(zone(community.zone)).date()
    return [
        Kept(
            row,
            DocumentKind(row.kind),
            standing(row.expires_on, today),
            tuple(uses.get(row.id, {}).values()),
        )
        for row in workspaces.documents(session, community.key)
    ]


def to_prepare(session: Session, present: Catalogue, community: Community, now: datetime) -> list[ToPrepare]:
    """List what open applications and tracked intakes ask for and the bank lacks.

    A line of a checklist that is neither ready, nor not needed, nor served by a document is lacking, whatever it asks
    for. Of a tracked intake without an application only what can be kept ready counts, and only where the bank holds no
    document of that kind that still serves.

    Args:
        session: an open session.
        present: the catalogue, for what the streams of tracked intakes ask for.
        community: whose.
        now: the moment.

    Cost: six queries.
    """
    today = now.astimezone(zone(community.zone)).date()
    held = {
        DocumentKind(row.kind)
        for row in workspaces.documents(session, community.key)
        if standing(row.expires_on, today) is not Standing.EXPIRED
    }
    found: dict[DocumentKind | None, list[Asked]] = {}
    for kind, asked in (
        *_of_checklists(session, community, held),
        *_of_intakes(session, present, community, held, now),
    ):
        found.setdefault(kind, []).append(asked)
    order = [*DocumentKind, None]
    return [ToPrepare(kind, tuple(found[kind])) for kind in order if kind in found]


_Line = tuple[DocumentKind | None, Asked]


def _of_checklists(session: Session, community: Community, held: set[DocumentKind]) -> Iterator[_Line]:
    applications = {row.id: row for row in tenants.all_of(session, ApplicationRow, community.key)}
    named = titles(session, applications.values())
    lines = tenants.all_of(session, RequirementRow, community.key, RequirementRow.application, RequirementRow.place)
    for line in lines:
        application = applications.get(line.application)
        if application is None or not is_before_submission(State(application.state)):
            continue
        wording = read(line.wording, Bilingual)
        kind = kind_asked(wording)
        if not line.settled and line.document is None and kind not in held:
            yield kind, Asked(wording, named[application.id], application=application.id)


def _of_intakes(
    session: Session, present: Catalogue, community: Community, held: set[DocumentKind], now: datetime
) -> Iterator[_Line]:
    taken = {row.intake for row in tenants.all_of(session, ApplicationRow, community.key)}
    keys = workspaces.tracked_intakes(session, community.key) - taken
    found, _unread = tracking.readable_intakes(session, keys)
    for named in sorted(found.values(), key=lambda each: each.intake.key):
        stands = status(named.intake, now, applicant_zone=community.zone, classes=community.classes)
        stream = present.streams.get(named.stream_key)
        if stands in AHEAD and stream is not None:
            yield from _of_stream(named, stream, held)


def _of_stream(named: NamedIntake, stream: Stream, held: set[DocumentKind]) -> Iterator[_Line]:
    for wording in stream.required_documents:
        kind = kind_asked(wording)
        if kind is not None and kind not in held:
            yield kind, Asked(wording, named.program, program=named.program_key)


def add(session: Session, community: Community, details: Details, hand: Hand) -> DocumentRow:
    """Add a document to the bank."""
    row = DocumentRow(
        community=community.key,
        kind=details.kind.value,
        title=details.title,
        kept_at=details.kept_at,
        dated_on=details.dated_on,
        expires_on=details.expires_on,
        note=details.note,
        created_by=hand.person,
        created_at=hand.at,
        modified_at=hand.at,
    )
    session.add(row)
    session.flush()
    events.record(session, community.key, What.DOCUMENT_ADDED, hand.person, hand.at, document=row.id, title=row.title)
    session.flush()
    return row


def change(session: Session, community: Community, number: int, details: Details, hand: Hand) -> DocumentRow:
    """Change what is kept of a document.

    Raises:
        NotFoundError: the community has no such document.
        ConflictError: somebody else changed it since they saw it.
    """
    row = of_bank(session, community, number)
    _check_seen(session, row, hand)
    before = as_form(row)
    row.kind, row.title, row.kept_at = details.kind.value, details.title, details.kept_at
    row.dated_on, row.expires_on, row.note = details.dated_on, details.expires_on, details.note
    after = as_form(row)
    fields = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
    if fields:
        row.version += 1
        row.modified_at = hand.at
        told: dict[str, Any] = {"document": row.id, "title": row.title, "fields": fields}
        events.record(session, community.key, What.DOCUMENT_CHANGED, hand.person, hand.at, **told)
    session.flush()
    return row


def remove(session: Session, community: Community, number: int, hand: Hand) -> int:
    """Take a document out; checklists that named it ask for it again. Gives how many lines did.

    Raises:
        NotFoundError: the community has no such document.
        ConflictError: somebody else changed it since they saw it.
    """
    row = of_bank(session, community, number)
    _check_seen(session, row, hand)
    row.removed_at = row.modified_at = hand.at
    row.version += 1
    lines = session.scalars(tenants.of(RequirementRow, community.key).where(RequirementRow.document == number)).all()
    for line in lines:
        line.document, line.settled, line.settled_by, line.settled_at = None, "", None, None
        line.version += 1
    told: dict[str, Any] = {"document": row.id, "title": row.title}
    events.record(session, community.key, What.DOCUMENT_REMOVED, hand.person, hand.at, **told)
    session.flush()
    return len(lines)


def of_bank(session: Session, community: Community, number: int) -> DocumentRow:
    """Read a document that was not taken out.

    Raises:
        NotFoundError: the community has no such document.
    """
    row = tenants.one(session, DocumentRow, community.key, number)
    if row is None or row.removed_at is not None:
        raise NotFoundError(f"There is no document {number} of {community.key!r}.")
    return row


def as_form(row: DocumentRow) -> Mapping[str, str]:
    """Give what is kept of a document as its form shows it, by field."""
    return {
        "kind": row.kind,
        "title": row.title,
        "kept_at": row.kept_at,
        "dated_on": row.dated_on.isoformat() if row.dated_on else "",
        "expires_on": row.expires_on.isoformat() if row.expires_on else "",
        "note": row.note,
    }


def _check_seen(session: Session, row: DocumentRow, hand: Hand) -> None:
    by = last_hand(session, row.community, row.modified_at)
    check(session, seen=hand.seen, version=row.version, saved=as_form(row), by=by, at=row.modified_at)
