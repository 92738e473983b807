"""Who tracks which intake or task, and both with the names that people know them by."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    String,
    UniqueConstraint,
    and_,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from grants.domain.applications import State, is_before_submission
from grants.domain.bilingual import Bilingual
from grants.domain.catalogue import Level
from grants.domain.deadlines import Intake
from grants.domain.records import BadRecordError, read
from grants.domain.reminders import Duty, Recipient, duties, task_duty
from grants.domain.settled import Applied, Standing, submitted_at, work_is_over
from grants.domain.works import WorkKind
from grants.store import tenants
from grants.store.applications import ApplicationRow, EventRow, TaskRow, title_columns, title_from
from grants.store.catalogue import IntakeRow, ProgramRow, StreamRow
from grants.store.database import Model
from grants.store.people import PersonRow

TASKS_AT_ONCE = 2_000
"""Tasks that one query reads: all that somebody has to do for a hundred applications."""
MOVED = "moved"
"""The kind of event by which an application changes its state."""


class Ref(NamedTuple):
    """Which intake, by key, or which task, by number, is meant: one of the two is set."""

    intake: str | None = None
    task: int | None = None


class TrackedRow(Model):
    """A person tracks an intake, or is to be reminded of a task of theirs: one of the two is set.

    ``community`` is the one it is tracked for, by whose clock and classes its dates are read. ``leads`` are the lead
    times of this one, ``None``: the person's own. ``quiet_until`` is the day until which nothing but news is sent,
    ``acknowledged`` the version of the date that the person has taken note of.

    The three ``planned_`` columns say from which version of the intake or task, of the profile and of the clock rules
    the reminders were planned; where one of them is no longer true they are planned again. ``told`` holds the dates
    that the person knows of, by stage: what a change is measured against; ``gone`` the last dates of stages that were
    withdrawn, so that calendars can be told.
    """

    __tablename__ = "tracked"
    __table_args__ = (
        UniqueConstraint("person", "intake"),
        UniqueConstraint("person", "task"),
        CheckConstraint("(intake IS NULL) <> (task IS NULL)", name="one_of_two"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person: Mapped[int] = mapped_column(ForeignKey("person.id"))
    intake: Mapped[str | None] = mapped_column(ForeignKey("intake.key"), index=True)
    task: Mapped[int | None] = mapped_column(ForeignKey("task.id"), index=True)
    community: Mapped[str | None] = mapped_column(ForeignKey("community.key"))
    since: Mapped[datetime]
    planned_version: Mapped[int] = mapped_column(default=0)
    planned_profile: Mapped[int] = mapped_column(default=0)
    planned_rules: Mapped[str] = mapped_column(String(20), default="")
    told: Mapped[dict[str, Any]]
    gone: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    leads: Mapped[list[Any] | None] = mapped_column(JSON)
    quiet_until: Mapped[date | None]
    acknowledged: Mapped[int | None]

    @property
    def ref(self) -> Ref:
        """What is tracked."""
        return Ref(self.intake, self.task)


@dataclass(frozen=True, slots=True)
class NamedIntake:
    """An intake with all that a reader needs to recognise it; ``example`` marks a made-up one."""

    intake: Intake
    version: int
    stream_key: str
    stream: Bilingual | None
    program_key: str
    program: Bilingual
    level: Level
    example: bool

    @property
    def ref(self) -> Ref:
        """Which one it is."""
        return Ref(intake=self.intake.key)

    @property
    def title(self) -> Bilingual:
        """The names of its program and stream."""
        if self.stream is None:
            return self.program
        return Bilingual(f"{self.program.en} – {self.stream.en}", f"{self.program.fr} – {self.stream.fr}")

    @property
    def short(self) -> Bilingual:
        """The name that fits a subject line."""
        return self.program

    def is_for(self, person: int) -> bool:
        """Whether it concerns a person: an intake is open to whoever tracks it."""
        return person > 0

    def dues(self, recipient: Recipient) -> tuple[Duty, ...]:
        """What is due in it, for one reader."""
        return duties(self.intake, recipient, self.level)


@dataclass(frozen=True, slots=True)
class NamedTask:
    """A task with all that a reader needs to recognise it.

    ``over``: it is done or taken out, or settled with its application; ``example``: its program is made up.
    """

    id: int
    version: int
    community: str
    owner: int | None
    kind: WorkKind
    wording: Bilingual
    due_on: date | None
    done: bool
    over: bool
    application: int
    application_title: Bilingual
    example: bool

    @property
    def ref(self) -> Ref:
        """Which one it is."""
        return Ref(task=self.id)

    @property
    def title(self) -> Bilingual:
        """What is to be done, and for which application."""
        for_what = self.application_title
        return Bilingual(f"{self.wording.en} – {for_what.en}", f"{self.wording.fr} – {for_what.fr}")

    @property
    def short(self) -> Bilingual:
        """The name that fits a subject line."""
        return self.wording

    def is_for(self, person: int) -> bool:
        """Whether it concerns a person: theirs, and still to be done."""
        return self.owner == person and not self.over

    def dues(self, recipient: Recipient) -> tuple[Duty, ...]:
        """What is due of it, by the clock of its community."""
        if self.due_on is None or self.over:
            return ()
        return (task_duty(self.due_on, recipient.applicant_zone, report=self.kind is WorkKind.REPORT),)


Subject = NamedIntake | NamedTask
"""What a person is reminded of."""

UNREADABLE = (ValueError, LookupError, TypeError, ArithmeticError)
"""What is raised where a record is not what it should be, when it is read or reckoned with."""


@dataclass(frozen=True, slots=True)
class Broken:
    """An intake whose record cannot be read: what its program is called is known all the same, and ``fault`` why."""

    intake: str
    title: Bilingual
    fault: str


def subjects(session: Session, refs: Collection[Ref]) -> dict[Ref, Subject]:
    """Read intakes and tasks; those that are none are left out. Cost: a query for 500 intakes, two for 2,000 tasks."""
    found, broken = readable(session, refs)
    _refuse(broken)
    return found


def named_intakes(session: Session, keys: Collection[str]) -> dict[str, NamedIntake]:
    """Read intakes by key, real ones and examples; keys that are none are left out. Cost: one query for 500 keys."""
    found, broken = readable_intakes(session, keys)
    _refuse(broken)
    return found


def _refuse(broken: Sequence[Broken]) -> None:
    for each in broken:
        raise BadRecordError(each.fault)


def readable(session: Session, refs: Collection[Ref]) -> tuple[dict[Ref, Subject], list[Broken]]:
    """Read intakes and tasks, those that cannot be read apart, so that a page can show the others."""
    intakes, broken = readable_intakes(session, {each.intake for each in refs if each.intake is not None})
    tasks = named_tasks(session, {each.task for each in refs if each.task is not None})
    found: dict[Ref, Subject] = {each.ref: each for each in intakes.values()}
    return found | {each.ref: each for each in tasks.values()}, broken


def readable_intakes(session: Session, keys: Collection[str]) -> tuple[dict[str, NamedIntake], list[Broken]]:
    """Read intakes by key, those that cannot be read apart."""
    wanted, found, broken = sorted(keys), dict[str, NamedIntake](), list[Broken]()
    for start in range(0, len(wanted), 500):
        rows = session.execute(
            select(IntakeRow, StreamRow, ProgramRow)
            .join(StreamRow, IntakeRow.stream == StreamRow.key)
            .join(ProgramRow, StreamRow.program == ProgramRow.key)
            .where(IntakeRow.key.in_(wanted[start : start + 500]))
        )
        for intake, stream, program in rows:
            try:
                found[intake.key] = _named_intake(intake, stream, program)
            except UNREADABLE as fault:
                name = str(program.record.get("name") or program.key)
                title = Bilingual(name, str(program.record.get("name_fr") or name))
                broken.append(Broken(intake.key, title, str(fault)))
    return found, broken


def _named_intake(intake: IntakeRow, stream: StreamRow, program: ProgramRow) -> NamedIntake:
    name = stream.record.get("name")
    return NamedIntake(
        intake=read(intake.record, Intake),
        version=intake.version,
        stream_key=stream.key,
        stream=read(name, Bilingual) if name else None,
        program_key=program.key,
        program=Bilingual(program.record["name"], program.record.get("name_fr") or program.record["name"]),
        level=Level(stream.record["level"]),
        example=program.practice,
    )


def named_tasks(session: Session, numbers: Collection[int]) -> dict[int, NamedTask]:
    """Read tasks of any community by number, those that are over too. Cost: two queries for 2,000."""
    wanted, found = sorted(numbers), {}
    for start in range(0, len(wanted), TASKS_AT_ONCE):
        rows = session.execute(
            tenants.everybodys(TaskRow)
            .join(ApplicationRow, TaskRow.application == ApplicationRow.id)
            .join(StreamRow, ApplicationRow.stream == StreamRow.key)
            .join(ProgramRow, StreamRow.program == ProgramRow.key)
            .outerjoin(IntakeRow, ApplicationRow.intake == IntakeRow.key)
            .add_columns(ApplicationRow.state, ProgramRow.practice, *title_columns())
            .where(TaskRow.id.in_(wanted[start : start + TASKS_AT_ONCE]))
        ).all()
        stands = standings(session, {row[0].application: State(row[1]) for row in rows})
        for task, _state, practice, *title in rows:
            ended = task.done_at is not None or task.removed_at is not None
            found[task.id] = NamedTask(
                id=task.id,
                version=task.version,
                community=task.community,
                owner=task.owner,
                kind=WorkKind(task.kind),
                wording=task.wording,
                due_on=task.due_on,
                done=task.done_at is not None,
                over=ended or work_is_over(WorkKind(task.kind), task.created_at, stands[task.application]),
                application=task.application,
                application_title=title_from(title),
                example=practice,
            )
    return found


def standings(session: Session, states: Mapping[int, State]) -> dict[int, Standing]:
    """Give where applications stand and when they were submitted, by number, from the states they are in.

    Cost: one query for 500 that are past their submission, none for the others.
    """
    past = sorted(number for number, state in states.items() if not is_before_submission(state))
    moves = defaultdict[int | None, list[tuple[datetime, State, State]]](list)
    for start in range(0, len(past), 500):
        chosen = tenants.everybodys(EventRow).where(EventRow.application.in_(past[start : start + 500]))
        for event in session.scalars(chosen.where(EventRow.kind == MOVED).order_by(EventRow.at, EventRow.id)):
            moves[event.application].append((event.at, State(event.details["from"]), State(event.details["to"])))
    return {number: Standing(state, submitted_at(moves[number])) for number, state in states.items()}


def applied(session: Session, followed: Iterable[TrackedRow]) -> dict[int, Applied]:
    """Give what its community's applications mean to each tracked intake, by the number of the row.

    Tracking began with an application where the same person began both at one moment. Without one it is left out.

    Cost: two queries for 500 intakes.
    """
    rows = [row for row in followed if row.intake is not None and row.community is not None]
    intakes, communities = sorted({str(row.intake) for row in rows}), {row.community for row in rows}
    found = defaultdict[tuple[str, str | None], list[ApplicationRow]](list)
    for start in range(0, len(intakes), 500):
        some = ApplicationRow.intake.in_(intakes[start : start + 500])
        chosen = tenants.everybodys(ApplicationRow).where(some, ApplicationRow.community.in_(communities))
        for each in session.scalars(chosen.order_by(ApplicationRow.id)):
            found[each.community, each.intake].append(each)
    stand = standings(session, {each.id: State(each.state) for those in found.values() for each in those})
    return {
        row.id: Applied(
            tuple(stand[each.id] for each in those),
            begun=any((each.created_by, each.created_at) == (row.person, row.since) for each in those),
        )
        for row in rows
        if (those := found.get((str(row.community), row.intake)))
    }


def tracked(session: Session, person_id: int) -> Sequence[TrackedRow]:
    """Read what a person tracks, the oldest first."""
    return session.scalars(select(TrackedRow).where(TrackedRow.person == person_id).order_by(TrackedRow.id)).all()


def tracked_row(session: Session, person_id: int, ref: Ref) -> TrackedRow | None:
    """Read whether a person tracks one thing."""
    return session.scalar(select(TrackedRow).where(TrackedRow.person == person_id, is_about(TrackedRow, ref)))


def is_about(kind: Any, ref: Ref) -> ColumnElement[bool]:  # noqa: ANN401 - any model with both columns
    """Ask that a row is about one thing."""
    meant: ColumnElement[bool] = kind.task == ref.task if ref.intake is None else kind.intake == ref.intake
    return meant


def trackers_of_task(session: Session, task_id: int) -> Sequence[TrackedRow]:
    """Read who is to be reminded of a task."""
    return session.scalars(select(TrackedRow).where(TrackedRow.task == task_id).order_by(TrackedRow.id)).all()


def trackers_of_application(session: Session, application_id: int) -> Sequence[TrackedRow]:
    """Read who is to be reminded of any task of an application."""
    tasks = tenants.everybodys(TaskRow).with_only_columns(TaskRow.id).where(TaskRow.application == application_id)
    return session.scalars(select(TrackedRow).where(TrackedRow.task.in_(tasks)).order_by(TrackedRow.id)).all()


def trackers_beside(session: Session, application_id: int) -> Sequence[TrackedRow]:
    """Read who tracks the intake of an application for its community."""
    meant = (TrackedRow.intake == ApplicationRow.intake, TrackedRow.community == ApplicationRow.community)
    return session.scalars(
        select(TrackedRow)
        .join(ApplicationRow, and_(*meant))
        .where(ApplicationRow.id == application_id)
        .order_by(TrackedRow.id)
        .execution_options(**{tenants.TENANT: tenants.EVERYBODY})
    ).all()


def trackers_of_streams(session: Session, stream_keys: Collection[str]) -> Mapping[str, Sequence[TrackedRow]]:
    """Read everybody who tracks some intake of these streams, by stream, the oldest first."""
    wanted, found = sorted(stream_keys), defaultdict[str, list[TrackedRow]](list)
    for start in range(0, len(wanted), 500):
        chosen = select(IntakeRow.stream, TrackedRow).join(TrackedRow, TrackedRow.intake == IntakeRow.key)
        some = chosen.where(IntakeRow.stream.in_(wanted[start : start + 500])).order_by(TrackedRow.id)
        for stream, row in session.execute(some):
            found[stream].append(row)
    return found


def forgotten_tasks(session: Session, *, limit: int) -> Sequence[TaskRow]:
    """Read open tasks whose owner nobody planned for. Cost: one query; it gives none as a rule."""
    followed = select(TrackedRow.id).where(TrackedRow.task == TaskRow.id, TrackedRow.person == TaskRow.owner)
    still = (TaskRow.owner.is_not(None), TaskRow.done_at.is_(None), TaskRow.removed_at.is_(None))
    return session.scalars(
        tenants.everybodys(TaskRow).where(*still, ~followed.exists()).order_by(TaskRow.id).limit(limit)
    ).all()


def trackers(session: Session, intake_keys: Collection[str]) -> list[TrackedRow]:
    """Read everybody who tracks one of these intakes."""
    wanted = sorted(intake_keys)
    found: list[TrackedRow] = []
    for start in range(0, len(wanted), 500):
        chosen = TrackedRow.intake.in_(wanted[start : start + 500])
        found += session.scalars(select(TrackedRow).where(chosen).order_by(TrackedRow.id))
    return found


def out_of_date(session: Session, rules: str, *, after: int, limit: int) -> Sequence[TrackedRow]:
    """Read those whose reminders were planned from what holds no longer. Cost: one joined query; none as a rule."""
    return session.scalars(
        select(TrackedRow)
        .outerjoin(IntakeRow, TrackedRow.intake == IntakeRow.key)
        .outerjoin(TaskRow, TrackedRow.task == TaskRow.id)
        .join(PersonRow, TrackedRow.person == PersonRow.id)
        .where(
            TrackedRow.id > after,
            or_(
                TrackedRow.planned_version != func.coalesce(IntakeRow.version, TaskRow.version),
                TrackedRow.planned_profile != PersonRow.profile_version,
                TrackedRow.planned_rules != rules,
            ),
        )
        .order_by(TrackedRow.id)
        .limit(limit)
        .execution_options(**{tenants.TENANT: tenants.EVERYBODY})
    ).all()


def intake_to_track(session: Session, stream_key: str) -> Sequence[IntakeRow]:
    """Read the intakes of a stream in their order."""
    rows = select(IntakeRow).where(IntakeRow.stream == stream_key).order_by(IntakeRow.place, IntakeRow.key)
    return session.scalars(rows).all()
