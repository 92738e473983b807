"""Applications, their tasks, checklists and notes, and what happened in a workspace."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from grants.domain.applications import name_of
from grants.domain.bilingual import Bilingual, alike
from grants.domain.catalogue import Program
from grants.domain.records import BadRecordError, read
from grants.store import tenants
from grants.store.catalogue import IntakeRow, ProgramRow, StreamRow
from grants.store.database import Model
from grants.store.tenants import Owned

LONGEST_TITLE = 200
LONGEST_REASON = 2_000
ILLEGIBLE = Bilingual("(This entry cannot be read.)", "(Cette entrée est illisible.)")


class ApplicationRow(Model, Owned):
    """A community's work on one intake of a stream.

    ``title`` is what a person typed; while it is empty the application is named after what it is
    for (:func:`titles`).
    ``target_on`` is the day the community set itself where the funder states none. Money is in whole cents: ``asked``
    of this funder, ``own`` and ``other`` towards the rest of the cost, ``awarded``; ``None``: not known yet.
    ``version`` goes up with each change of the row itself. ``state`` is a decision of people
    (``domain.applications.State``); where an intake stands is never kept here.
    """

    __tablename__ = "application"

    uuid: Mapped[str] = mapped_column(String(36), unique=True)
    stream: Mapped[str] = mapped_column(ForeignKey("stream.key"), index=True)
    intake: Mapped[str | None] = mapped_column(ForeignKey("intake.key"), index=True)
    title: Mapped[str] = mapped_column(String(LONGEST_TITLE))
    state: Mapped[str] = mapped_column(String(20))
    owner: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    target_on: Mapped[date | None]
    asked: Mapped[int | None] = mapped_column(BigInteger)
    own: Mapped[int | None] = mapped_column(BigInteger)
    other: Mapped[int | None] = mapped_column(BigInteger)
    awarded: Mapped[int | None] = mapped_column(BigInteger)
    reference: Mapped[str] = mapped_column(String(100), default="")
    version: Mapped[int] = mapped_column(default=1)
    created_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    modified_at: Mapped[datetime]


class TaskRow(Model, Owned):
    """Something to be done for an application, by somebody, by a day.

    ``key`` names the step of the template it came from; empty for one that people added. ``kind`` is that of
    ``domain.works``: work, registration, council, submit, report. ``minutes`` is effort, ``waits`` business
    days that pass without anybody's work, ``after`` the keys of what must be done before. ``by_hand`` marks a date
    that a person set, which planning leaves alone. ``version`` goes up with each change; reminders are planned from
    it. ``removed_at``: taken out, and kept so that calendars can be told.
    """

    __tablename__ = "task"

    uuid: Mapped[str] = mapped_column(String(36), unique=True)
    application: Mapped[int] = mapped_column(ForeignKey("application.id"), index=True)
    key: Mapped[str] = mapped_column(String(60), default="")
    kind: Mapped[str] = mapped_column(String(20))
    title: Mapped[dict[str, Any]]
    place: Mapped[int]
    owner: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    minutes: Mapped[int] = mapped_column(default=0)
    waits: Mapped[int] = mapped_column(default=0)
    after: Mapped[list[Any]]
    starts_on: Mapped[date | None]
    due_on: Mapped[date | None]
    by_hand: Mapped[bool] = mapped_column(default=False)
    meeting: Mapped[int | None] = mapped_column(ForeignKey("meeting.id"))
    done_at: Mapped[datetime | None]
    done_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    removed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    modified_at: Mapped[datetime]

    @property
    def wording(self) -> Bilingual:
        """What is to be done; where the record cannot be read it says so, for one bad row must hide no other."""
        try:
            return read(self.title, Bilingual)
        except BadRecordError:
            return ILLEGIBLE


class RequirementRow(Model, Owned):
    """One line of an application's checklist: a document the funder asks for, or one that people added.

    ``wording`` is bilingual. ``settled`` is empty, ``ready`` or ``not-needed``; ``document`` is the one from the
    readiness bank that serves.
    """

    __tablename__ = "requirement"

    application: Mapped[int] = mapped_column(ForeignKey("application.id"), index=True)
    place: Mapped[int]
    wording: Mapped[dict[str, Any]]
    document: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    settled: Mapped[str] = mapped_column(String(20), default="")
    settled_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    settled_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class NoteRow(Model, Owned):
    """A note on an application; earlier wordings are kept in :class:`NoteEditRow`."""

    __tablename__ = "note"

    application: Mapped[int] = mapped_column(ForeignKey("application.id"), index=True)
    author: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    text: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(default=1)
    edited_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    edited_at: Mapped[datetime | None]


class NoteEditRow(Model, Owned):
    """What a note said before it was changed, by whom and when it was changed."""

    __tablename__ = "note_edit"

    note: Mapped[int] = mapped_column(ForeignKey("note.id"), index=True)
    before: Mapped[str] = mapped_column(Text)
    by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]


class EventRow(Model, Owned):
    """Something that happened in a workspace: who did what when, in plain values. Written once, never changed.

    A move of an application is ``kind="moved"`` with ``details`` ``{"from", "to", "reason"}``.
    """

    __tablename__ = "event"

    application: Mapped[int | None] = mapped_column(ForeignKey("application.id"), index=True)
    person: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime] = mapped_column(index=True)
    kind: Mapped[str] = mapped_column(String(40))
    details: Mapped[dict[str, Any]]


def title_columns() -> tuple[Any, ...]:
    """Give what an application is named after, for a query that joins what it is for; read by :func:`title_from`."""
    return (
        ApplicationRow.title,
        ProgramRow.record["name"].as_string(),
        ProgramRow.record["name_fr"].as_string(),
        StreamRow.record["name"],
        StreamRow.record["round"].as_string(),
        IntakeRow.key,
        IntakeRow.record["round"].as_string(),
    )


def title_from(found: Sequence[Any]) -> Bilingual:
    """Name an application from the values of :func:`title_columns`."""
    typed, program, french, stream, of_stream, intake, of_intake = found
    return name_of(
        typed,
        Bilingual(program, french or program),
        read(stream, Bilingual) if stream else None,
        (of_intake or of_stream) if intake else None,
    )


def titles(session: Session, applications: Iterable[ApplicationRow]) -> dict[int, Bilingual]:
    """Name applications, by id. Cost: one query for 500 that nobody gave a title, none for the others."""
    every = list(applications)
    found = {each.id: alike(each.title) for each in every if each.title}
    nameless = sorted(each.id for each in every if not each.title)
    for start in range(0, len(nameless), 500):
        chosen = (
            tenants.everybodys(ApplicationRow)
            .with_only_columns(ApplicationRow.id, *title_columns())
            .join(StreamRow, ApplicationRow.stream == StreamRow.key)
            .join(ProgramRow, StreamRow.program == ProgramRow.key)
            .outerjoin(IntakeRow, ApplicationRow.intake == IntakeRow.key)
            .where(ApplicationRow.id.in_(nameless[start : start + 500]))
        )
        for number, *parts in session.execute(chosen):
            found[number] = title_from(parts)
    return found


def tasks(session: Session, community: str, application: int | None = None) -> Sequence[TaskRow]:
    """Read a community's tasks that were not taken out, of one application or of all, in their order."""
    chosen = tenants.of(TaskRow, community).where(TaskRow.removed_at.is_(None))
    if application is not None:
        chosen = chosen.where(TaskRow.application == application)
    return session.scalars(chosen.order_by(TaskRow.application, TaskRow.place, TaskRow.id)).all()


def requirements(session: Session, community: str, application: int | None = None) -> Sequence[RequirementRow]:
    """Read the checklist of an application, or of all of a community's, in order."""
    chosen = tenants.of(RequirementRow, community)
    if application is not None:
        chosen = chosen.where(RequirementRow.application == application)
    return session.scalars(chosen.order_by(RequirementRow.application, RequirementRow.place, RequirementRow.id)).all()


def notes(session: Session, community: str, application: int) -> Sequence[NoteRow]:
    """Read the notes of an application, the newest first."""
    chosen = tenants.of(NoteRow, community).where(NoteRow.application == application)
    return session.scalars(chosen.order_by(NoteRow.at.desc(), NoteRow.id.desc())).all()


def note_edits(session: Session, community: str, note_ids: Collection[int]) -> dict[int, list[NoteEditRow]]:
    """Read the earlier wordings of notes, by note, the last one first. Cost: one query for 500 notes."""
    wanted, found = sorted(note_ids), defaultdict(list)
    for start in range(0, len(wanted), 500):
        chosen = tenants.of(NoteEditRow, community).where(NoteEditRow.note.in_(wanted[start : start + 500]))
        for edit in session.scalars(chosen.order_by(NoteEditRow.id.desc())):
            found[edit.note].append(edit)
    return dict(found)


def events(session: Session, community: str, application: int) -> Sequence[EventRow]:
    """Read what happened to an application, the newest first."""
    chosen = tenants.of(EventRow, community).where(EventRow.application == application)
    return session.scalars(chosen.order_by(EventRow.at.desc(), EventRow.id.desc())).all()


def example_programs(session: Session, stream_keys: Collection[str]) -> list[Program]:
    """Read the made-up programs of streams, each with those streams only. Cost: two queries for 500 streams."""
    wanted, programs, streams = sorted(stream_keys), {}, defaultdict(list)
    for start in range(0, len(wanted), 500):
        some = wanted[start : start + 500]
        intakes: dict[str, list[dict[str, Any]]] = defaultdict(list)
        rounds = select(IntakeRow).where(IntakeRow.stream.in_(some)).order_by(IntakeRow.place, IntakeRow.key)
        for intake in session.scalars(rounds):
            intakes[intake.stream].append(intake.record)
        found = session.execute(
            select(StreamRow, ProgramRow)
            .join(ProgramRow, StreamRow.program == ProgramRow.key)
            .where(StreamRow.key.in_(some), ProgramRow.practice)
            .order_by(StreamRow.place, StreamRow.key)
        )
        for stream, program in found:
            programs[program.key] = program.record
            streams[program.key].append({**stream.record, "intakes": intakes[stream.key]})
    return [read({**record, "streams": streams[key]}, Program) for key, record in programs.items()]
