"""What a community shares with the ministry: nothing, until its plan lead says so, one application at a time.

Each turn of the switch and each look of the ministry's staff leaves a line that every member of the community reads.
What is shown never holds a person's name, a note, a document or the reason of a decision.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from grants.domain.applications import State
from grants.domain.bilingual import Bilingual
from grants.domain.budgets import Budget
from grants.domain.communities import Community
from grants.domain.deadlines import Deadline, Intake
from grants.domain.people import Role
from grants.domain.records import read
from grants.services import events
from grants.services.catalogue import NotFoundError
from grants.services.events import What
from grants.store import tenants
from grants.store.applications import ApplicationRow, TaskRow, titles
from grants.store.catalogue import IntakeRow, ProgramRow, StreamRow
from grants.store.communities import CommunityRow
from grants.store.people import MembershipRow, PersonRow
from grants.store.workspaces import OpeningRow, ShareRow

OPEN_FOR = timedelta(hours=12)
"""How long one opening lets its person read, while the share stands."""


@dataclass(frozen=True, slots=True)
class Share:
    """An application is shared: since when, and by whom."""

    number: int
    by: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Switch:
    """One application with its switch: ``share`` is ``None`` while it is shared with nobody."""

    application: ApplicationRow
    title: Bilingual
    share: Share | None


class Turn(StrEnum):
    """What a line of the log tells."""

    SHARED = "shared"
    UNSHARED = "unshared"
    OPENED = "opened"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the log: what was done with which application, by whom, when."""

    turn: Turn
    application: int
    title: Bilingual
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SharedTask:
    """A task as the ministry sees it: ``role`` stands for its owner, ``None`` where it has none."""

    title: Bilingual
    role: Role | None
    starts_on: date | None
    due_on: date | None
    done: bool


@dataclass(frozen=True, slots=True)
class Summary:
    """All that the ministry sees of an application; ``closes`` is the funder's date, ``target_on`` the community's."""

    community: Community
    title: Bilingual
    program: Bilingual
    stream: Bilingual | None
    example: bool
    state: State
    closes: Deadline | None
    checked: date | None
    target_on: date | None
    budget: Budget
    tasks: tuple[SharedTask, ...]


@dataclass(frozen=True, slots=True)
class Offered:
    """An application that is shared now; ``until`` is how long this reader's own opening lasts, if there is one."""

    number: int
    community: Community
    title: Bilingual
    state: State
    since: datetime
    until: datetime | None


# The community's side -------------------------------------------------------------------------------------------------


def share(session: Session, community: str, application: int, *, by: int, now: datetime) -> bool:
    """Show an application to the ministry from now on; False where it is shown already.

    Raises:
        NotFoundError: the community has no such application.
    """
    row = _application(session, community, application)
    if _standing(session, community, row.id) is not None:
        return False
    session.add(ShareRow(community=community, application=row.id, shared_by=by, shared_at=now))
    events.record(session, community, What.SHARED, by, now, application=row.id)
    session.flush()
    return True


def unshare(session: Session, community: str, application: int, *, by: int, now: datetime) -> bool:
    """Show an application to the ministry no longer, in pages that are open there too; False where it is not shown.

    Raises:
        NotFoundError: the community has no such application.
    """
    row = _application(session, community, application)
    standing = _standing(session, community, row.id)
    if standing is None:
        return False
    standing.ended_by, standing.ended_at = by, now
    events.record(session, community, What.UNSHARED, by, now, application=row.id)
    session.flush()
    return True


def switches(session: Session, community: str) -> list[Switch]:
    """Give every application with its switch: those that are shared first, then by title. Cost: three queries."""
    standing = _shares(session, community)
    rows = tenants.all_of(session, ApplicationRow, community)
    named = titles(session, rows)
    found = [Switch(row, named[row.id], standing.get(row.id)) for row in rows]
    return sorted(found, key=lambda each: (each.share is None, each.title.en.casefold(), each.application.id))


def switch(session: Session, application: ApplicationRow) -> Switch:
    """Give one application with its switch."""
    named = titles(session, [application])[application.id]
    return Switch(application, named, _shares(session, application.community).get(application.id))


def log(session: Session, community: str) -> list[Line]:
    """Tell who shared, ended or opened what, the newest first. Cost: four queries and the names."""
    turns = session.scalars(tenants.of(ShareRow, community)).all()
    looks = session.scalars(tenants.of(OpeningRow, community)).all()
    shared = {each.id: each.application for each in turns}
    applications = tenants.of(ApplicationRow, community).where(ApplicationRow.id.in_(set(shared.values())))
    named = titles(session, session.scalars(applications))
    people = {each.shared_by for each in turns} | {each.ended_by for each in turns if each.ended_by}
    names = _names(session, people | {each.person for each in looks})

    def line(turn: Turn, application: int, by: int, at: datetime) -> Line:
        return Line(turn, application, named[application], names[by], at)

    lines = [line(Turn.SHARED, each.application, each.shared_by, each.shared_at) for each in turns]
    lines += [
        line(Turn.UNSHARED, each.application, each.ended_by, each.ended_at)
        for each in turns
        if each.ended_at is not None and each.ended_by is not None
    ]
    lines += [line(Turn.OPENED, shared[each.share], each.person, each.at) for each in looks]
    return sorted(lines, key=lambda line: (line.at, line.application, line.turn), reverse=True)


def summary(session: Session, application: ApplicationRow) -> Summary:
    """Gather what the ministry sees of an application: what is shown beforehand to the community is the same."""
    stream = session.get_one(StreamRow, application.stream)
    program = session.get_one(ProgramRow, stream.program)
    intake = session.get(IntakeRow, application.intake) if application.intake else None
    round_ = read(intake.record, Intake) if intake is not None else None
    place = read(session.get_one(CommunityRow, application.community).record, Community)
    name = stream.record.get("name")
    return Summary(
        community=place,
        title=titles(session, [application])[application.id],
        program=Bilingual(program.record["name"], program.record.get("name_fr") or program.record["name"]),
        stream=read(name, Bilingual) if name else None,
        example=program.practice,
        state=State(application.state),
        closes=round_.gate(place.classes).closes if round_ is not None else None,
        checked=round_.checked if round_ is not None else None,
        target_on=application.target_on,
        budget=Budget(application.asked, application.own, application.other or 0, application.awarded),
        tasks=_tasks(session, application),
    )


def _tasks(session: Session, application: ApplicationRow) -> tuple[SharedTask, ...]:
    mine = tenants.of(TaskRow, application.community).where(TaskRow.application == application.id)
    rows = session.scalars(mine.where(TaskRow.removed_at.is_(None)).order_by(TaskRow.place, TaskRow.id)).all()
    held = select(MembershipRow.person, MembershipRow.role).where(MembershipRow.community == application.community)
    roles = {person: Role(role) for person, role in session.execute(held)}
    return tuple(
        SharedTask(
            title=row.wording,
            role=roles.get(row.owner) if row.owner is not None else None,
            starts_on=row.starts_on,
            due_on=row.due_on,
            done=row.done_at is not None,
        )
        for row in rows
    )


# The ministry's side --------------------------------------------------------------------------------------------------


def offered(session: Session, reader: int, now: datetime) -> list[Offered]:
    """Give what is shared now, by the names of the communities: nothing is counted, compared or ranked.

    It asks for the shares of every community, since a share is what its community chose to show.
    """
    shared = session.execute(
        tenants.everybodys(ShareRow)
        .where(ShareRow.ended_at.is_(None))
        .join(ApplicationRow, ShareRow.application == ApplicationRow.id)
        .join(CommunityRow, ShareRow.community == CommunityRow.key)
        .add_columns(ApplicationRow, CommunityRow.record)
    ).all()
    named = titles(session, (application for _row, application, _record in shared))
    mine = session.scalars(
        tenants.everybodys(OpeningRow).where(OpeningRow.person == reader, OpeningRow.at > now - OPEN_FOR)
    )
    until: dict[int, datetime] = {}
    for opening in mine:
        until[opening.share] = max(opening.at + OPEN_FOR, until.get(opening.share, opening.at))
    found = [
        Offered(
            number=row.id,
            community=read(record, Community),
            title=named[application.id],
            state=State(application.state),
            since=row.shared_at,
            until=until.get(row.id),
        )
        for row, application, record in shared
    ]
    return sorted(found, key=lambda each: (each.community.title, each.community.key, each.title.en.casefold()))


def open_shared(session: Session, number: int, *, by: int, now: datetime) -> None:
    """Note that somebody of the ministry looks at what is shared; the community reads it at once.

    Raises:
        NotFoundError: nothing is shared under this number, or no longer.
    """
    row = _shared(session, number)
    session.add(OpeningRow(community=row.community, share=row.id, person=by, at=now))
    events.record(session, row.community, What.OPENED, by, now, application=row.application)
    session.flush()


def opened(session: Session, number: int, *, by: int, now: datetime) -> Summary:
    """Give what is shared to whom has opened it in the last hours.

    Raises:
        NotFoundError: nothing is shared under this number, no longer, or the person did not say that they open it.
    """
    row = _shared(session, number)
    looked = tenants.of(OpeningRow, row.community).where(
        OpeningRow.share == row.id, OpeningRow.person == by, OpeningRow.at > now - OPEN_FOR
    )
    application = tenants.one(session, ApplicationRow, row.community, row.application)
    if application is None or session.scalars(looked.limit(1)).first() is None:
        raise NotFoundError(f"Nothing shared is open under the number {number}.")
    return summary(session, application)


def _shared(session: Session, number: int) -> ShareRow:
    shared = tenants.everybodys(ShareRow).where(ShareRow.id == number, ShareRow.ended_at.is_(None))
    row = session.scalar(shared) if 0 < number < 2**31 else None
    if row is None:
        raise NotFoundError(f"Nothing is shared under the number {number}.")
    return row


def _application(session: Session, community: str, number: int) -> ApplicationRow:
    row = tenants.one(session, ApplicationRow, community, number)
    if row is None:
        raise NotFoundError(f"There is no application {number} of {community}.")
    return row


def _standing(session: Session, community: str, application: int) -> ShareRow | None:
    mine = tenants.of(ShareRow, community).where(ShareRow.application == application, ShareRow.ended_at.is_(None))
    return session.scalar(mine)


def _shares(session: Session, community: str) -> Mapping[int, Share]:
    rows = session.scalars(tenants.of(ShareRow, community).where(ShareRow.ended_at.is_(None))).all()
    names = _names(session, {row.shared_by for row in rows})
    return {row.application: Share(row.id, names[row.shared_by], row.shared_at) for row in rows}


def _names(session: Session, people: Collection[int]) -> dict[int, str]:
    named = select(PersonRow.id, PersonRow.name).where(PersonRow.id.in_(people))
    return dict(session.execute(named).all())
