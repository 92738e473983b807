"""The checklist of an application: what the funder asks for, and which document of the readiness bank serves."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy.orm import Session

from grants.domain.bilingual import Bilingual, alike
from grants.domain.records import read, write
from grants.services import events
from grants.services.catalogue import NotFoundError
from grants.services.conflicts import Hand, RefusedError, check
from grants.services.events import What
from grants.store import applications as rows
from grants.store import tenants
from grants.store.applications import ApplicationRow, RequirementRow
from grants.store.workspaces import DocumentRow

LONGEST_WORDING = 500
MOST_LINES = 100


class Settled(StrEnum):
    """How a line of a checklist stands; ``OPEN`` is kept as an empty text."""

    OPEN = ""
    READY = "ready"
    NOT_NEEDED = "not-needed"


def wording_of(requirement: RequirementRow) -> Bilingual:
    """Give what is asked for; words that people typed are the same in both languages."""
    return read(requirement.wording, Bilingual)


def one(session: Session, community: str, application: int, number: int) -> RequirementRow:
    """Read a line of a checklist.

    Raises:
        NotFoundError: this application has no such line.
    """
    line = tenants.one(session, RequirementRow, community, number)
    if line is None or line.application != application:
        raise NotFoundError(f"There is no line {number} in the checklist.")
    return line


def add(session: Session, application: ApplicationRow, wording: str | Bilingual, hand: Hand) -> RequirementRow:
    """Add a line of one's own at the end; what a person typed is the same in both languages.

    Raises:
        RefusedError: it says nothing, is too long, or the checklist is.
    """
    there = rows.requirements(session, application.community, application.id)
    text = wording.strip() if isinstance(wording, str) else wording.en
    if not text or len(text) > LONGEST_WORDING:
        raise RefusedError(
            Bilingual(
                f"Name the document, in at most {LONGEST_WORDING} characters.",
                f"Nommez le document, en {LONGEST_WORDING}\u00a0caractères au plus.",
            ),
            "wording",
        )
    if len(there) >= MOST_LINES:
        raise RefusedError(
            Bilingual(
                f"This checklist has {MOST_LINES} lines, the most it can have. Put several documents in one line.",
                f"Cette liste compte {MOST_LINES}\u00a0lignes, le maximum. Réunissez plusieurs documents en une ligne.",
            ),
            "wording",
        )
    line = RequirementRow(
        community=application.community,
        application=application.id,
        place=max((each.place for each in there), default=-1) + 1,
        wording=write(alike(text) if isinstance(wording, str) else wording),
    )
    session.add(line)
    session.flush()
    _tell(session, line, hand)
    return line


def shown(line: RequirementRow) -> dict[str, str]:
    """Give what a form about a line shows, by field."""
    return {"settled": line.settled, "document": str(line.document or "")}


def settle(session: Session, line: RequirementRow, settled: Settled, document: int | None, hand: Hand) -> bool:
    """Say how a line stands and which document serves; False where it stands so already.

    Raises:
        ConflictError: somebody else saved it since they saw it.
        RefusedError: the readiness bank has no such document.
    """
    if (line.settled, line.document) == (settled.value, document):
        return False
    check(
        session,
        seen=hand.seen,
        version=line.version,
        saved=shown(line),
        by=line.settled_by,
        at=line.settled_at or hand.at,
    )
    kept = tenants.one(session, DocumentRow, line.community, document) if document is not None else None
    if document is not None and document != line.document and (kept is None or kept.removed_at is not None):
        raise RefusedError(
            Bilingual(
                "This document is no longer among those kept ready. Choose another, or none.",
                "Ce document ne fait plus partie de ceux qui sont prêts. Choisissez-en un autre, ou aucun.",
            ),
            "document",
        )
    line.settled, line.document = settled.value, document
    line.settled_by, line.settled_at = hand.person, hand.at
    line.version += 1
    session.flush()
    _tell(session, line, hand)
    return True


def _tell(session: Session, line: RequirementRow, hand: Hand) -> None:
    events.record(
        session,
        line.community,
        What.CHECKED,
        hand.person,
        hand.at,
        application=line.application,
        requirement=line.id,
        wording=line.wording,
        settled=line.settled,
    )
