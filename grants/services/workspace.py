"""The one page of a community: what is due, who does what by when, what is at risk, and what others changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from grants.domain.agenda import Due, DueKind, Risk, RiskKind, most_pressing_first, of_person, overdue
from grants.domain.applications import State, is_before_submission, is_over
from grants.domain.bilingual import Bilingual, alike
from grants.domain.communities import Community
from grants.services import agenda as days
from grants.services import backplans
from grants.services.agenda import Closing, Kept, agenda, gather
from grants.services.backplans import CircularError, Load, NoPlanError
from grants.store import tenants, workspaces
from grants.store.applications import ApplicationRow, EventRow, RequirementRow
from grants.store.workspaces import DocumentRow, Member

__all__ = ["Due", "DueKind", "Overview", "agenda", "changes", "overview"]

COUNCIL_SOON = timedelta(days=21)
MOST_CHANGES = 100
"""How many changes are told; older ones stand in the history of each application."""


@dataclass(frozen=True, slots=True)
class Overview:
    """What the page of a community shows; ``dues`` are not done, from the past on.

    ``open`` is how many applications are not over, ``all`` how many there are.
    """

    dues: tuple[Due, ...]
    risks: tuple[Risk, ...]
    members: tuple[Member, ...]
    today: date
    open: int
    all: int


def overview(session: Session, community: Community, person: int | None, now: datetime) -> Overview:
    """Gather the page of a community.

    Args:
        session: an open session.
        community: whose.
        person: only what concerns this person; ``None``: everybody.
        now: the moment.

    Cost: ten queries, whatever there is; a plan, some milliseconds, for each application that is not yet submitted.
    """
    kept = gather(session, community, now)
    everything = days.dues(kept)
    risks = [*_risks(session, kept, everything)]
    if person is not None:
        mine = _concern(kept, person)
        risks = [risk for risk in risks if risk.owner == person or risk.application in mine]
        everything = of_person(everything, person)
    rows = kept.applications.values()
    return Overview(
        dues=tuple(due for due in everything if not due.done and (due.day >= kept.today or not due.is_meeting)),
        risks=most_pressing_first(risks),
        members=tuple(kept.members),
        today=kept.today,
        open=sum(not is_over(State(row.state)) for row in rows),
        all=len(rows),
    )


def changes(session: Session, community: Community, since: datetime, *, not_by: int) -> Sequence[EventRow]:
    """Read what others did in the workspace since a moment, the newest first, ``MOST_CHANGES`` at most."""
    return workspaces.events_since(session, community.key, since, not_by=not_by, limit=MOST_CHANGES)


def _concern(kept: Kept, person: int) -> set[int]:
    """Give the applications that a person owns; what is at risk in them is theirs to know."""
    return {number for number, row in kept.applications.items() if row.owner == person}


def _risks(session: Session, kept: Kept, everything: Iterable[Due]) -> Iterator[Risk]:
    pending = {number: row for number, row in kept.applications.items() if is_before_submission(State(row.state))}
    closings = {number: closing for number, row in pending.items() if (closing := kept.closing_of(row)) is not None}
    live = {number for number, row in kept.applications.items() if not is_over(State(row.state))}
    yield from overdue(
        (due for due in everything if due.application in live),
        kept.today,
        {number: closing.day for number, closing in closings.items()},
    )
    told, load = set[Bilingual](), backplans.load_of(kept)
    for number, closing in closings.items():
        if closing.closes < kept.now:
            yield replace(_of(kept, pending[number], RiskKind.CLOSED_UNSENT), day=closing.day)
            continue
        for risk in _of_plan(kept, pending[number], closing, load):
            if risk.why is None or risk.why not in told:
                yield risk
            if risk.why is not None:
                told.add(risk.why)
    yield from _unreadable(kept, pending.values())
    for number in live:
        yield from _unowned(kept, kept.applications[number])
    yield from _papers(session, kept, pending, closings)
    for member in kept.members:
        if member.returned:
            yield Risk(RiskKind.LETTERS, alike(member.name), who=member.name, owner=member.id)


def _of(kept: Kept, row: ApplicationRow, kind: RiskKind) -> Risk:
    who = kept.names.get(row.owner, "") if row.owner is not None else ""
    return Risk(kind, kept.titles[row.id], row.id, who=who, owner=row.owner)


def _of_plan(kept: Kept, row: ApplicationRow, closing: Closing, load: Load) -> Iterator[Risk]:
    try:
        proposal = backplans.plan_of(kept, row.id, load=load)
    except (NoPlanError, CircularError):
        return
    plan = proposal.plan
    if plan.shortfall is not None:
        yield replace(_of(kept, row, RiskKind.CANNOT), day=closing.day, why=plan.shortfall.words)
        return
    for overload in plan.overloads:
        who = kept.names.get(overload.owner, "") if overload.owner is not None else ""
        yield Risk(
            RiskKind.OVERLOAD,
            kept.titles[row.id],
            row.id,
            day=overload.monday,
            who=who,
            owner=overload.owner,
            why=overload.words,
        )
    meeting = plan.last_safe_meeting
    if meeting is not None and meeting.day <= kept.today + COUNCIL_SOON:
        yield replace(_of(kept, row, RiskKind.COUNCIL_SOON), day=meeting.day, limit=meeting.papers_due)


def _unreadable(kept: Kept, rows: Iterable[ApplicationRow]) -> Iterator[Risk]:
    """Find applications whose closing is not known because the record of their intake cannot be read."""
    return (_of(kept, row, RiskKind.UNREADABLE) for row in rows if row.intake in kept.unread)


def _unowned(kept: Kept, row: ApplicationRow) -> Iterator[Risk]:
    todo = [task for task in kept.tasks_of(row.id) if kept.is_open(task)]
    counts = (sum(task.owner is None for task in todo), sum(task.due_on is None for task in todo))
    if any(counts):
        yield replace(_of(kept, row, RiskKind.NOBODY), counts=counts)


def _papers(
    session: Session, kept: Kept, pending: Mapping[int, ApplicationRow], closings: Mapping[int, Closing]
) -> Iterator[Risk]:
    """Find documents that applications rely on and that do not serve up to the closing."""
    bank: dict[int, DocumentRow] = {row.id: row for row in workspaces.documents(session, kept.community.key)}
    lines = tenants.all_of(session, RequirementRow, kept.community.key)
    for application, number in sorted(
        {(line.application, line.document) for line in lines if line.document is not None}
    ):
        document, row = bank.get(number), pending.get(application)
        if document is None or row is None or document.expires_on is None:
            continue
        limit = max(closings[row.id].day, kept.today) if row.id in closings else kept.today
        if document.expires_on < limit:
            named = (document.id, document.title)
            yield replace(_of(kept, row, RiskKind.EXPIRED), day=document.expires_on, limit=limit, document=named)
