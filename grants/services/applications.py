"""Applications: begin one, change it and move it on, and gather what the pages show of one or of all."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import uuid4

from sqlalchemy.orm import Session

from grants.domain.applications import Column, State, check_move, column_of, is_before_submission, is_over
from grants.domain.bilingual import Bilingual, Language
from grants.domain.budgets import Budget, Remark, check_budget
from grants.domain.catalogue import Program, Stream
from grants.domain.communities import Community, Profile
from grants.domain.deadlines import Deadline, Intake, Status, status
from grants.domain.eligibility import Knowledge, Outcome, Verdict, judge
from grants.domain.records import write
from grants.domain.rules import Kind, Predicate, Rule
from grants.domain.text import fold
from grants.domain.works import WorkKind, template
from grants.services import catalogue, events, reminders, statements, tasks, tracking
from grants.services.agenda import Kept, gather
from grants.services.catalogue import NotFoundError
from grants.services.conflicts import Hand, RefusedError, check, last_hand
from grants.services.events import What
from grants.store import applications as rows
from grants.store import tenants, workspaces
from grants.store.applications import (
    LONGEST_REASON,
    LONGEST_TITLE,
    ApplicationRow,
    EventRow,
    NoteEditRow,
    NoteRow,
    RequirementRow,
    TaskRow,
)
from grants.store.workspaces import DocumentRow

MOST_APPLICATIONS = 2_000
"""Applications that one community may keep; a page of them is still read in a moment."""
LONGEST_REFERENCE = 100
SOON = timedelta(days=14)
"""How long before the closing what is missing counts as a risk."""


# What an application is for ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Called:
    """What an application is for; ``intake`` is ``None`` where none was chosen, ``example`` marks a made-up program."""

    program: Program
    stream: Stream
    intake: Intake | None
    example: bool


@dataclass(frozen=True, slots=True)
class Closing:
    """Until when an application can be submitted.

    ``deadline`` is the funder's, ``status`` where its intake stands; ``day`` is the last day by the funder's date or,
    where that states none, by the community's own (``own``); ``instant`` is the last moment. ``None``: nobody knows.
    ``met``: the application was submitted for it, or is over.
    """

    deadline: Deadline | None
    status: Status | None
    day: date | None
    instant: datetime | None
    own: bool
    met: bool


def called(session: Session, applications: Iterable[ApplicationRow]) -> dict[int, Called]:
    """Give what applications are for, by their ids. Cost: none beside the catalogue; two queries where examples are."""
    wanted = list(applications)
    streams = _streams(session, {each.stream for each in wanted})
    found = {}
    for each in wanted:
        program, stream, example = streams[each.stream]
        intake = next((known for known in stream.intakes if known.key == each.intake), None)
        found[each.id] = Called(program, stream, intake, example)
    return found


def _streams(session: Session, keys: Collection[str]) -> dict[str, tuple[Program, Stream, bool]]:
    """Read streams with their programs, real ones and made-up ones; keys that are none are left out."""
    present = catalogue.present(session)
    found = {key: (present.program_of[key], present.streams[key], False) for key in keys if key in present.streams}
    missing = [key for key in keys if key not in found]
    for program in rows.example_programs(session, missing) if missing else ():
        found.update((stream.key, (program, stream, True)) for stream in program.streams)
    return found


def closing_of(kept: Kept, application: ApplicationRow, what: Called) -> Closing:
    """Give until when an application can be submitted: the stage that comes next, else a day of one's own."""
    there, found = kept.community, kept.closing_of(application)
    stands = gate = None
    if what.intake is not None:
        stands = status(what.intake, kept.now, applicant_zone=there.zone, classes=there.classes)
        gate = what.intake.gate(there.classes).closes
    if found is None:
        return Closing(gate, stands, None, None, own=False, met=not is_before_submission(State(application.state)))
    if found.deadline is None:
        return Closing(gate, stands, found.day, found.closes, own=True, met=found.met)
    return Closing(found.deadline, stands, found.day, found.closes, own=False, met=found.met)


# Begin, change, move -------------------------------------------------------------------------------------------------


class AlreadyBegunError(Exception):
    """There is an application for this intake; ``applications`` are those, the newest first."""

    def __init__(self, applications: Sequence[ApplicationRow]) -> None:
        super().__init__("There is an application for this intake already.")
        self.applications = applications


class UnfinishedError(Exception):
    """Work is still open that comes before submitting; ``open`` are the tasks, in order."""

    def __init__(self, tasks: Sequence[TaskRow]) -> None:
        super().__init__(f"{len(tasks)} tasks are still open.")
        self.open = tasks


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person may say of an application as a whole; without a title it is named after what it is for."""

    title: str
    owner: int | None
    target_on: date | None
    reference: str


@dataclass(frozen=True, slots=True)
class Amounts:
    """The money of an application in cents; ``None``: not known yet."""

    asked: int | None
    own: int | None
    other: int | None
    awarded: int | None


@dataclass(frozen=True, slots=True)
class Move:
    """A wanted change of state: why, what was awarded (cents), and the number the funder gave."""

    to: State
    reason: str = ""
    awarded: int | None = None
    reference: str = ""
    with_open_tasks: bool = False


def one(session: Session, community: str, number: int) -> ApplicationRow:
    """Read an application.

    Raises:
        NotFoundError: the community has no such application.
    """
    row = tenants.one(session, ApplicationRow, community, number)
    if row is None:
        raise NotFoundError(f"There is no application {number}.")
    return row


def begin(
    session: Session,
    community: Community,
    stream_key: str,
    intake_key: str | None,
    hand: Hand,
    *,
    again: bool = False,
) -> ApplicationRow:
    """Begin an application: its tasks are proposed, its checklist is the funder's, and who begins owns and tracks it.

    Args:
        session: an open write unit.
        community: whose.
        stream_key: what is applied for.
        intake_key: the round; ``None`` where the stream has none.
        hand: who begins.
        again: whether another one for the same round is meant.

    Raises:
        NotFoundError: no such stream, or no such round of it.
        AlreadyBegunError: there is one for this round, and ``again`` was not said.
        RefusedError: the community keeps too many.
    """
    found = _streams(session, [stream_key]).get(stream_key)
    if found is None:
        raise NotFoundError(f"There is no stream {stream_key!r}.")
    stream = found[1]
    if intake_key is not None and all(each.key != intake_key for each in stream.intakes):
        raise NotFoundError(f"There is no intake {intake_key!r} of {stream_key!r}.")
    known = tenants.all_of(session, ApplicationRow, community.key, ApplicationRow.id.desc())
    same = [each for each in known if each.stream == stream_key and each.intake == intake_key]
    if same and not again:
        raise AlreadyBegunError(same)
    if len(known) >= MOST_APPLICATIONS:
        raise RefusedError(
            Bilingual(
                f"Your community keeps {MOST_APPLICATIONS:,} applications, which is the most it can.",
                "Votre collectivité conserve déjà 2\u00a0000\u00a0demandes, soit le maximum.",
            )
        )
    row = ApplicationRow(
        community=community.key,
        uuid=str(uuid4()),
        stream=stream_key,
        intake=intake_key,
        title="",
        state=State.CONSIDERING.value,
        owner=hand.person,
        created_by=hand.person,
        created_at=hand.at,
        modified_at=hand.at,
    )
    session.add(row)
    session.flush()
    events.record(session, community.key, What.BEGUN, hand.person, hand.at, application=row.id)
    tasks.add_works(session, row, template(stream, community.kind), hand.person, hand.at)
    for place, wording in enumerate(stream.required_documents):
        session.add(RequirementRow(community=community.key, application=row.id, place=place, wording=write(wording)))
    session.flush()
    if intake_key is not None:
        tracking.track(session, hand.person, intake_key, hand.at, community=community.key)
        if same:  # what an earlier application settled is to be done again
            reminders.application_moved(session, row.id, hand.at)
    return row


def title_of(session: Session, row: ApplicationRow) -> Bilingual:
    """Name an application: by its title or, where nobody gave it one, after what it is for. Cost: one query at most."""
    return rows.titles(session, [row])[row.id]


def shown(row: ApplicationRow) -> dict[str, str]:
    """Give what forms about an application show, by field; money in cents."""
    cents = {name: getattr(row, name) for name in ("asked", "own", "other", "awarded")}
    return {
        "title": row.title,
        "owner": str(row.owner or ""),
        "target_on": row.target_on.isoformat() if row.target_on else "",
        "reference": row.reference,
        "to": row.state,
        **{name: "" if value is None else str(value) for name, value in cents.items()},
    }


def change(session: Session, row: ApplicationRow, wish: Wish, hand: Hand) -> bool:
    """Change what is said of an application as a whole; False where it says all that already.

    Raises:
        ConflictError: somebody else saved it since they saw it.
        RefusedError: the title is too long, or the owner does not work for the community.
    """
    after = {"title": wish.title.strip(), "owner": wish.owner, "target_on": wish.target_on, "reference": wish.reference}
    if all(getattr(row, name) == value for name, value in after.items()):
        return False
    _check_seen(session, row, hand)
    if len(wish.title) > LONGEST_TITLE:
        raise RefusedError(
            Bilingual(
                f"Give the application a title of at most {LONGEST_TITLE} characters.",
                f"Donnez à la demande un titre d’au plus {LONGEST_TITLE}\u00a0caractères.",
            ),
            "title",
        )
    _check_reference(wish.reference)
    if wish.owner is not None and wish.owner != row.owner and wish.owner not in _members(session, row.community):
        raise RefusedError(
            Bilingual(
                "This person does not work for your community. Choose one of its members, or “No owner yet”.",
                "Cette personne ne travaille pas pour votre collectivité. Choisissez un de ses membres "
                "ou «\u00a0Sans responsable\u00a0».",
            ),
            "owner",
        )
    _save(session, row, after, hand)
    return True


def set_amounts(session: Session, row: ApplicationRow, amounts: Amounts, hand: Hand) -> bool:
    """Keep what is asked, what others pay and what was awarded; False where it stands so already.

    Raises:
        ConflictError: somebody else saved it since they saw it.
    """
    after = {"asked": amounts.asked, "own": amounts.own, "other": amounts.other, "awarded": amounts.awarded}
    if all(getattr(row, name) == value for name, value in after.items()):
        return False
    _check_seen(session, row, hand)
    _save(session, row, after, hand)
    return True


def move(session: Session, row: ApplicationRow, wish: Move, hand: Hand, *, community: Community) -> None:
    """Move an application to another state; the event keeps who, when and why, and nobody is reminded of what it ends.

    Raises:
        ConflictError: somebody else saved it since they saw it.
        RefusedError: the move is none of the legal ones, its reason is missing or too long, an award has no amount.
        UnfinishedError: it is to be submitted while tasks of the draft are open, and nobody said to go on with them.
    """
    _check_seen(session, row, hand)
    before = State(row.state)
    refusal = check_move(before, wish.to, wish.reason, community.kind)
    if refusal is not None:
        raise RefusedError(refusal.words, "reason" if refusal.fault == "reason-missing" else "to")
    if len(wish.reason) > LONGEST_REASON:
        raise RefusedError(
            Bilingual(
                f"A reason has at most {LONGEST_REASON:,} characters; put the rest in a note.",
                "Une raison compte au plus 2\u00a0000\u00a0caractères; mettez le reste dans une note.",
            ),
            "reason",
        )
    _check_reference(wish.reference)
    awarded = wish.awarded if wish.awarded is not None else row.awarded
    if wish.to is State.AWARDED and awarded is None:
        raise RefusedError(
            Bilingual(
                "Type how much was awarded: reports and the final budget are held against it.",
                "Indiquez le montant accordé\u00a0: les rapports et le budget final y seront comparés.",
            ),
            "awarded",
        )
    if wish.to is State.SUBMITTED and is_before_submission(before) and not wish.with_open_tasks:
        waiting = open_before_submitting(session, row)
        if waiting:
            raise UnfinishedError(waiting)
    details: dict[str, object] = {"from": before.value, "to": wish.to.value, "reason": wish.reason.strip()}
    row.state = wish.to.value
    if wish.to is State.AWARDED:
        row.awarded = details["awarded"] = awarded
    if wish.to is State.SUBMITTED and wish.reference:
        row.reference = details["reference"] = wish.reference
    row.version += 1
    row.modified_at = hand.at
    session.flush()
    events.record(session, row.community, What.MOVED, hand.person, hand.at, application=row.id, **details)
    reminders.application_moved(session, row.id, hand.at)


def open_before_submitting(session: Session, row: ApplicationRow) -> list[TaskRow]:
    """Give the open tasks of the draft, in order: not reports, and not the submitting itself."""
    return [
        each
        for each in rows.tasks(session, row.community, row.id)
        if each.done_at is None and each.kind not in {WorkKind.REPORT, WorkKind.SUBMIT}
    ]


def _check_seen(session: Session, row: ApplicationRow, hand: Hand) -> None:
    by = last_hand(session, row.community, row.modified_at, application=row.id)
    check(session, seen=hand.seen, version=row.version, saved=shown(row), by=by, at=row.modified_at)


def _check_reference(reference: str) -> None:
    if len(reference) > LONGEST_REFERENCE:
        raise RefusedError(
            Bilingual(
                f"The funder’s number has at most {LONGEST_REFERENCE} characters; put the rest in a note.",
                f"Le numéro du bailleur de fonds compte au plus {LONGEST_REFERENCE}\u00a0caractères; "
                "mettez le reste dans une note.",
            ),
            "reference",
        )


def _save(session: Session, row: ApplicationRow, after: Mapping[str, object], hand: Hand) -> None:
    """Save what differs, and leave the event that says what it was before."""
    fields = {}
    for name, value in after.items():
        before = getattr(row, name)
        if before != value:
            fields[name] = [_plain(before), _plain(value)]
            setattr(row, name, value)
    row.version += 1
    row.modified_at = hand.at
    session.flush()
    events.record(session, row.community, What.CHANGED, hand.person, hand.at, application=row.id, fields=fields)


def _plain(value: object) -> object:
    """Give a value as an event keeps it: days as ISO text, money in cents."""
    return value.isoformat() if isinstance(value, date) else value


# What is at risk -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Paper:
    """A line of a checklist with the document that serves, where one was chosen and is still kept."""

    line: RequirementRow
    document: DocumentRow | None


class Danger(StrEnum):
    """What can go wrong with an application, the worst first."""

    CLOSED = "closed"
    """The closing has passed, and it was not submitted."""
    OVERDUE = "overdue"
    EXPIRES = "expires"
    """A document that it relies on expires before the closing."""
    MISSING = "missing"
    """The closing is near, and documents are not ready."""
    NOBODY = "nobody"
    """Tasks have no owner."""
    UNDATED = "undated"
    """Nobody said until when it must be submitted."""


@dataclass(frozen=True, slots=True)
class Risk:
    """A danger and how many things it is about."""

    danger: Danger
    count: int


@dataclass(frozen=True, slots=True)
class Due:
    """What comes next: the closing (``task`` is ``None``) or a task; ``who`` is to do it, empty where nobody is."""

    day: date
    task: TaskRow | None
    title: Bilingual | None
    who: str


def risks_of(
    state: State,
    closing: Closing,
    todo: Sequence[TaskRow],
    papers: Sequence[Paper],
    kept: Kept,
) -> tuple[Risk, ...]:
    """Give what is at risk in one application, the worst first.

    Args:
        state: where it stands.
        closing: until when it can be submitted.
        todo: its open tasks.
        papers: its checklist.
        kept: for the moment, and the day it is in the community.
    """
    counts = {Danger.OVERDUE: sum(each.due_on is not None and each.due_on < kept.today for each in todo)}
    if not is_over(state):
        counts[Danger.NOBODY] = sum(each.owner is None for each in todo)
    if is_before_submission(state):
        counts[Danger.CLOSED] = int(closing.instant is not None and closing.instant < kept.now)
        counts[Danger.UNDATED] = int(closing.day is None)
        counts[Danger.EXPIRES] = sum(expires_too_soon(each.document, closing, kept.today) for each in papers)
        if closing.instant is not None and kept.now <= closing.instant <= kept.now + SOON:
            counts[Danger.MISSING] = sum(not each.line.settled for each in papers)
    return tuple(Risk(each, counts[each]) for each in Danger if counts.get(each))


def expires_too_soon(document: DocumentRow | None, closing: Closing, today: date) -> bool:
    """Tell whether a document will no longer hold on the closing day, or does not hold today."""
    return (
        document is not None
        and document.expires_on is not None
        and document.expires_on < max(today, closing.day or today)
    )


def next_due(closing: Closing, todo: Sequence[TaskRow], owner: str, names: Mapping[int, str]) -> Due | None:
    """Give what comes next by its day: the soonest open task, or the closing while it is still to be met."""
    dues = [
        Due(each.due_on, each, tasks.title_of(each), names.get(each.owner or 0, ""))
        for each in todo
        if each.due_on is not None
    ]
    if not closing.met and closing.day is not None:
        dues.append(Due(closing.day, None, None, owner))
    return min(dues, key=lambda due: (due.day, due.task is None, due.task.place if due.task else 0), default=None)


# All of a community's ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """An application as the board and the table show it; ``done`` of ``works`` tasks are done."""

    row: ApplicationRow
    title: Bilingual
    called: Called
    state: State
    owner: str
    closing: Closing
    next: Due | None
    done: int
    works: int
    risks: tuple[Risk, ...]


class Sort(StrEnum):
    """An order of the table."""

    NEXT = "next"
    TITLE = "title"
    STATE = "state"
    OWNER = "owner"
    CLOSES = "closes"
    ASKED = "asked"
    AWARDED = "awarded"


@dataclass(frozen=True, slots=True)
class Choice:
    """What a list is narrowed to and how it is ordered; ``owner`` 0: those that are nobody's."""

    words: str = ""
    state: State | None = None
    column: Column | None = None
    owner: int | None = None
    sort: Sort = Sort.NEXT
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Totals:
    """How many applications there are, and the cents asked and awarded in all of them."""

    applications: int
    asked: int
    awarded: int


def listing(session: Session, community: Community, now: datetime) -> tuple[Line, ...]:
    """Give every application of a community with what comes next and what is at risk.

    Cost: ten queries, two more where examples are; whatever there is.
    """
    kept = gather(session, community, now)
    every = list(kept.applications.values())
    work: dict[int, list[TaskRow]] = {each.id: [] for each in every}
    for task in kept.tasks:
        if task.removed_at is None:
            work[task.application].append(task)
    papers: dict[int, list[Paper]] = {each.id: [] for each in every}
    documents = _documents(session, community.key)
    for line in rows.requirements(session, community.key):
        papers[line.application].append(Paper(line, documents.get(line.document or 0)))
    what = called(session, every)
    lines = []
    for row in every:
        state, closing = State(row.state), closing_of(kept, row, what[row.id])
        todo = [task for task in work[row.id] if kept.is_open(task)]
        owner = kept.names.get(row.owner or 0, "")
        lines.append(
            Line(
                row,
                kept.titles[row.id],
                what[row.id],
                state,
                owner,
                closing,
                next_due(closing, todo, owner, kept.names),
                len(work[row.id]) - len(todo),
                len(work[row.id]),
                risks_of(state, closing, todo, papers[row.id], kept),
            )
        )
    return tuple(lines)


def chosen(lines: Iterable[Line], choice: Choice, language: Language) -> tuple[Line, ...]:
    """Narrow and order a list; ties stand by what comes next, then by title (in a language) and id."""
    wanted = [fold(each) for each in choice.words.split()]
    kept = [
        each
        for each in lines
        if (choice.state is None or each.state is choice.state)
        and (choice.column is None or column_of(each.state) is choice.column)
        and (choice.owner is None or (each.row.owner or 0) == choice.owner)
        and all(word in _text_of(each) for word in wanted)
    ]
    kept.sort(key=lambda each: (_soonest(each), fold(each.title.in_(language)), each.row.id))
    states = list(State)
    keys: dict[Sort, Callable[[Line], Any]] = {
        Sort.TITLE: lambda each: fold(each.title.in_(language)),
        Sort.STATE: lambda each: states.index(each.state),
        Sort.OWNER: lambda each: (not each.owner, fold(each.owner)),
        Sort.CLOSES: lambda each: each.closing.day or date.max,
        Sort.ASKED: lambda each: each.row.asked if each.row.asked is not None else -1,
        Sort.AWARDED: lambda each: each.row.awarded if each.row.awarded is not None else -1,
    }
    if choice.sort in keys:
        kept.sort(key=keys[choice.sort], reverse=choice.descending)
    elif choice.descending:
        kept.reverse()
    return tuple(kept)


def _text_of(line: Line) -> str:
    """Gather what words are looked for in, folded."""
    program, title = line.called.program, line.title
    named = (title.en, title.fr, program.name, program.name_fr or "")
    return fold(" ".join((*named, line.row.reference, line.owner)))


def _soonest(line: Line) -> tuple[bool, date]:
    """Order by what comes next; what is over stands last."""
    return is_over(line.state), line.next.day if line.next else date.max


def totals(lines: Iterable[Line]) -> Totals:
    """Add up exactly, in cents; what is not known adds nothing."""
    every = list(lines)
    return Totals(len(every), sum(each.row.asked or 0 for each in every), sum(each.row.awarded or 0 for each in every))


# One application -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Whole:
    """All that the page of an application shows; ``names`` are those of everybody it tells of, by id."""

    row: ApplicationRow
    title: Bilingual
    called: Called
    state: State
    closing: Closing
    next: Due | None
    risks: tuple[Risk, ...]
    tasks: Sequence[TaskRow]
    papers: Sequence[Paper]
    documents: Mapping[int, DocumentRow]
    notes: Sequence[NoteRow]
    edits: Mapping[int, Sequence[NoteEditRow]]
    events: Sequence[EventRow]
    names: Mapping[int, str]
    members: Mapping[int, str]
    budget: Budget
    remarks: tuple[Remark, ...]
    verdict: Verdict | None

    @property
    def todo(self) -> list[TaskRow]:
        """What is still to be done: soonest first, what has no date in its order after that."""
        waiting = [each for each in self.tasks if each.done_at is None]
        return sorted(waiting, key=lambda each: (each.due_on or date.max, each.place, each.id))

    @property
    def done(self) -> list[TaskRow]:
        """What is done, in order."""
        return [each for each in self.tasks if each.done_at is not None]


def whole(session: Session, community: Community, row: ApplicationRow, now: datetime) -> Whole:
    """Gather the page of an application. Cost: some twenty queries, whatever there is."""
    kept = gather(session, community, now)
    what = called(session, [row])[row.id]
    state, closing = State(row.state), closing_of(kept, row, what)
    work = kept.tasks_of(row.id)
    documents = _documents(session, community.key)
    papers = [
        Paper(line, documents.get(line.document or 0)) for line in rows.requirements(session, community.key, row.id)
    ]
    notes = rows.notes(session, community.key, row.id)
    edits = rows.note_edits(session, community.key, {each.id for each in notes})
    told = rows.events(session, community.key, row.id)
    people = (
        {row.owner, row.created_by}
        | {person for each in work for person in (each.owner, each.done_by)}
        | {person for each in notes for person in (each.author, each.edited_by)}
        | {each.by for some in edits.values() for each in some}
        | {each.line.settled_by for each in papers}
        | {each.person for each in told}
    )
    names = workspaces.names(session, {each for each in people if each is not None})
    todo = [each for each in work if kept.is_open(each)]
    verdict, remarks = _judged(session, community, row, what)
    return Whole(
        row=row,
        title=kept.titles[row.id],
        called=what,
        state=state,
        closing=closing,
        next=next_due(closing, todo, names.get(row.owner or 0, ""), names),
        risks=risks_of(state, closing, todo, papers, kept),
        tasks=work,
        papers=papers,
        documents=documents,
        notes=notes,
        edits=edits,
        events=told,
        names=names,
        members=_members(session, community.key),
        budget=budget_of(row),
        remarks=remarks,
        verdict=verdict,
    )


def _members(session: Session, community: str) -> dict[int, str]:
    """Give the names of who works for a community now, by id, in order."""
    return {each.id: each.name for each in workspaces.members(session, community)}


def _documents(session: Session, community: str) -> dict[int, DocumentRow]:
    """Read what is kept ready, by id; what was taken out serves no longer."""
    return {each.id: each for each in workspaces.documents(session, community)}


def history(session: Session, row: ApplicationRow) -> Sequence[EventRow]:
    """Give all that happened to an application, the newest first."""
    return rows.events(session, row.community, row.id)


def budget_of(row: ApplicationRow) -> Budget:
    """Give an application's money as a budget."""
    return Budget(asked=row.asked, own=row.own, other=row.other or 0, awarded=row.awarded)


def does_not_fit(session: Session, community: Community, row: ApplicationRow) -> bool:
    """Tell whether a rule of the stream refuses the community, by all that is known of it."""
    verdict, _remarks = _judged(session, community, row, called(session, [row])[row.id])
    return verdict is not None and verdict.outcome is Outcome.NOT_ELIGIBLE


def _judged(
    session: Session, community: Community, row: ApplicationRow, what: Called
) -> tuple[Verdict | None, tuple[Remark, ...]]:
    present, profile = _profile(session, community)
    verdict = judge(what.stream.rules, profile, present.knowledge) if what.stream.rules else None
    return verdict, _remarks(what.stream, budget_of(row), profile, present.knowledge)


def _profile(session: Session, community: Community) -> tuple[catalogue.Catalogue, Profile]:
    present = catalogue.present(session)
    said = statements.answers(statements.all_of(session, community.key))
    return present, statements.profile(present, community, said)


def _remarks(stream: Stream, budget: Budget, profile: Profile, knowledge: Knowledge) -> tuple[Remark, ...]:
    return check_budget(
        budget,
        [each for each in stream.amounts if _holds(each.when, profile, knowledge)],
        [each for each in stream.shares if _holds(each.when, profile, knowledge)],
    )


def _holds(when: Predicate | None, profile: Profile, knowledge: Knowledge) -> bool:
    """Tell whether an amount or a share is for this applicant, beyond doubt."""
    if when is None:
        return True
    rule = Rule(key="when", kind=Kind.REQUIRED, test=when, basis="amount")
    return judge([rule], profile, knowledge).outcome is Outcome.ELIGIBLE
