"""The tasks of an application: who does what by when. Every change plans the owner's reminders and leaves an event."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import uuid4

from sqlalchemy.orm import Session

from grants.domain.applications import State
from grants.domain.bilingual import Bilingual, alike
from grants.domain.records import write
from grants.domain.works import Work, WorkKind
from grants.services import events, reminders
from grants.services.catalogue import NotFoundError
from grants.services.conflicts import Hand, RefusedError, check, last_hand
from grants.services.events import What
from grants.store import applications as rows
from grants.store import tenants, workspaces
from grants.store.applications import LONGEST_TITLE, ApplicationRow, TaskRow

MOST_TASKS = 200
"""Tasks that one application may have: far more than anybody can follow."""
MOST_MINUTES = 60_000
"""The largest effort of one task: a thousand hours."""
MOST_REPORTS = 40


@dataclass(frozen=True, slots=True)
class TaskWish:
    """What is said of a task; ``minutes`` is its effort, ``owner`` and ``due_on`` may be open.

    ``title`` is what a person typed, the same in both languages, unless it was made in both.
    """

    title: str | Bilingual
    kind: WorkKind
    owner: int | None
    due_on: date | None
    minutes: int


@dataclass(frozen=True, slots=True)
class OpenTask:
    """A task that is still to be done, with what a list of many shows of it."""

    task: TaskRow
    title: Bilingual
    application: Bilingual
    owner: str
    due_on: date | None
    kind: WorkKind


def title_of(task: TaskRow) -> Bilingual:
    """Give what a task is called; words that people typed are the same in both languages."""
    return task.wording


def one(session: Session, community: str, application: int, number: int) -> TaskRow:
    """Read a task that was not taken out.

    Raises:
        NotFoundError: this application has no such task.
    """
    task = tenants.one(session, TaskRow, community, number)
    if task is None or task.application != application or task.removed_at is not None:
        raise NotFoundError(f"There is no task {number}.")
    return task


def of(session: Session, application: ApplicationRow) -> Sequence[TaskRow]:
    """Read the tasks of an application in their order."""
    return rows.tasks(session, application.community, application.id)


def open_tasks(session: Session, community: str) -> tuple[OpenTask, ...]:
    """Give what is still to be done in a community: soonest first, what has no date last; ties by application, order.

    Cost: four queries, whatever there is.
    """
    titles = rows.titles(session, tenants.all_of(session, ApplicationRow, community))
    waiting = [task for task in rows.tasks(session, community) if task.done_at is None]
    names = workspaces.names(session, {task.owner for task in waiting if task.owner is not None})
    waiting.sort(key=lambda task: (task.due_on or date.max, task.application, task.place, task.id))
    return tuple(
        OpenTask(
            task,
            title_of(task),
            titles[task.application],
            names.get(task.owner or 0, ""),
            task.due_on,
            WorkKind(task.kind),
        )
        for task in waiting
    )


def shown(task: TaskRow) -> dict[str, str]:
    """Give what a form about a task shows, by field; words stand in both languages under ``title`` and ``title_fr``."""
    return {
        "title": task.title["en"],
        "title_fr": task.title["fr"],
        "kind": task.kind,
        "owner": str(task.owner or ""),
        "due_on": task.due_on.isoformat() if task.due_on else "",
        "minutes": str(task.minutes),
    }


def add_works(
    session: Session, application: ApplicationRow, works: Sequence[Work], owner: int | None, now: datetime
) -> None:
    """Add the works proposed for a new application, all for the one who began it, to whom none of them is news."""
    added = [
        TaskRow(
            community=application.community,
            uuid=str(uuid4()),
            application=application.id,
            key=work.key,
            kind=work.kind.value,
            title=write(work.title),
            place=place,
            owner=owner,
            minutes=work.minutes,
            waits=work.waits,
            after=list(work.after),
            created_at=now,
            modified_at=now,
        )
        for place, work in enumerate(works)
    ]
    session.add_all(added)
    for task in added:
        reminders.task_changed(session, task, now, by=owner)


def add(session: Session, application: ApplicationRow, wish: TaskWish, hand: Hand) -> TaskRow:
    """Add a task at the end of an application's list.

    Args:
        session: an open write unit.
        application: whose.
        wish: what it is.
        hand: who adds it.

    Raises:
        RefusedError: there are too many tasks; the title or the effort cannot be; the owner is nobody of this
            community, or somebody else whom they may not give tasks to.
    """
    there = rows.tasks(session, application.community, application.id)
    if len(there) >= MOST_TASKS:
        raise RefusedError(
            Bilingual(
                f"This application has {MOST_TASKS} tasks already. Remove what is no longer needed, then add this one.",
                f"Cette demande compte déjà {MOST_TASKS}\u00a0tâches. Retirez celles qui ne servent plus, "
                "puis ajoutez celle-ci.",
            ),
            "title",
        )
    _check(wish)
    _check_owner(session, application.community, None, wish.owner, hand)
    task = TaskRow(
        community=application.community,
        uuid=str(uuid4()),
        application=application.id,
        kind=wish.kind.value,
        title=write(_in_both(wish.title)),
        place=max((each.place for each in there), default=-1) + 1,
        owner=wish.owner,
        minutes=wish.minutes,
        after=[],
        due_on=wish.due_on,
        by_hand=wish.due_on is not None,
        created_at=hand.at,
        modified_at=hand.at,
    )
    session.add(task)
    session.flush()
    _tell(session, task, What.TASK_ADDED, hand, {})
    return task


def change(session: Session, task: TaskRow, wish: TaskWish, hand: Hand) -> bool:
    """Change a task; False where it says all that already.

    A date that a person sets stays as it is when the work is planned back; one that they take away may be planned.

    Raises:
        ConflictError: somebody else saved it since they saw it.
        RefusedError: as for :func:`add`.
    """
    title = task.title if wish.title in task.title.values() else write(_in_both(wish.title))
    after = {
        "title": title,
        "kind": wish.kind.value,
        "owner": wish.owner,
        "due_on": wish.due_on,
        "minutes": wish.minutes,
    }
    changed = {name: [getattr(task, name), value] for name, value in after.items() if getattr(task, name) != value}
    if not changed:
        return False
    _check_seen(session, task, hand)
    _check(wish)
    _check_owner(session, task.community, task.owner, wish.owner, hand)
    for name, value in after.items():
        setattr(task, name, value)
    if "due_on" in changed:
        task.by_hand, task.meeting, task.starts_on = wish.due_on is not None, None, None
    _save(session, task, hand)
    _tell(session, task, What.TASK_CHANGED, hand, changed)
    return True


def assign(session: Session, task: TaskRow, owner: int | None, hand: Hand) -> bool:
    """Give a task to somebody, or to nobody; False where it stands so already.

    Who does not lead takes a task that is nobody's for themselves, and gives up their own.

    Raises:
        ConflictError: somebody else saved it since they saw it.
        RefusedError: the owner is nobody of this community, or they may not decide over them.
    """
    if task.owner == owner:
        return False
    _check_seen(session, task, hand)
    _check_owner(session, task.community, task.owner, owner, hand)
    before, task.owner = task.owner, owner
    _save(session, task, hand)
    _tell(session, task, What.TASK_CHANGED, hand, {"owner": [before, owner]})
    return True


def finish(session: Session, task: TaskRow, hand: Hand) -> bool:
    """Mark a task as done; False where it is. It says nothing else of the task, so no version stands in its way."""
    if task.done_at is not None:
        return False
    task.done_at, task.done_by = hand.at, hand.person
    _save(session, task, hand)
    _tell(session, task, What.TASK_DONE, hand, {})
    return True


def reopen(session: Session, task: TaskRow, hand: Hand) -> bool:
    """Mark a task as not done after all; False where it is not."""
    if task.done_at is None:
        return False
    task.done_at = task.done_by = None
    _save(session, task, hand)
    _tell(session, task, What.TASK_REOPENED, hand, {})
    return True


def remove(session: Session, task: TaskRow, hand: Hand) -> None:
    """Take a task out; the row stays, so that calendars can be told.

    Raises:
        ConflictError: somebody else saved it since they saw it: what is taken out is not what was seen.
    """
    _check_seen(session, task, hand)
    task.removed_at = hand.at
    _save(session, task, hand)
    _tell(session, task, What.TASK_REMOVED, hand, {})


def report_days(first: date, every: int, until: date) -> tuple[date, ...]:
    """Give the days on which reports are due: every so many months from the first to a last day, both counted.

    A day that a month does not have falls on its last: 31 January, 28 February, 31 March.

    Args:
        first: the first day.
        every: months from one report to the next; 0: the first day alone.
        until: no report is due after it.

    Returns:
        The days, rising; at most ``MOST_REPORTS`` of them.
    """
    days: list[date] = []
    for number in range(MOST_REPORTS if every else 1):
        months = first.year * 12 + first.month - 1 + number * every
        year, month = divmod(months, 12)
        if year > date.max.year:
            break
        on = date(year, month + 1, min(first.day, monthrange(year, month + 1)[1]))
        if on > until:
            break
        days.append(on)
    return tuple(days)


def add_reports(
    session: Session,
    application: ApplicationRow,
    dues: Sequence[tuple[date, Bilingual]],
    owner: int | None,
    hand: Hand,
) -> int:
    """Add the reports that a funder wants after an award, as tasks; days that have one already are left out.

    Args:
        session: an open write unit.
        application: one that was awarded.
        dues: the day of each report and what it is called.
        owner: who writes them.
        hand: who adds them.

    Returns:
        How many were added.

    Raises:
        RefusedError: nothing was awarded; there is no day; there are too many tasks; the owner, as for :func:`add`.
    """
    if State(application.state) not in {State.AWARDED, State.REPORTING}:
        raise RefusedError(
            Bilingual(
                "Reports follow an award. Move the application to “awarded” first.",
                "Les rapports suivent l’octroi des fonds. Faites d’abord passer la demande à l’état "
                "«\u00a0accordée\u00a0».",
            ),
            "first",
        )
    there = rows.tasks(session, application.community, application.id)
    known = {task.due_on for task in there if task.kind == WorkKind.REPORT}
    new = [(day, title) for day, title in dues if day not in known]
    if not dues or len(there) + len(new) > MOST_TASKS:
        raise RefusedError(
            Bilingual(
                f"No report falls in these days, or more than the {MOST_TASKS} tasks an application may have. "
                "Check the first and the last day.",
                f"Aucun rapport ne tombe dans ces dates, ou la demande dépasserait {MOST_TASKS}\u00a0tâches. "
                "Vérifiez la première et la dernière date.",
            ),
            "first",
        )
    _check_owner(session, application.community, None, owner, hand)
    place = max((each.place for each in there), default=-1)
    for number, (day, title) in enumerate(new, 1):
        task = TaskRow(
            community=application.community,
            uuid=str(uuid4()),
            application=application.id,
            kind=WorkKind.REPORT.value,
            title=write(title),
            place=place + number,
            owner=owner,
            after=[],
            due_on=day,
            by_hand=True,
            created_at=hand.at,
            modified_at=hand.at,
        )
        session.add(task)
        session.flush()
        _tell(session, task, What.TASK_ADDED, hand, {})
    return len(new)


def _save(session: Session, task: TaskRow, hand: Hand) -> None:
    task.version += 1
    task.modified_at = hand.at
    session.flush()


def _check_seen(session: Session, task: TaskRow, hand: Hand) -> None:
    by = last_hand(session, task.community, task.modified_at, application=task.application)
    check(session, seen=hand.seen, version=task.version, saved=shown(task), by=by, at=task.modified_at)


def _in_both(title: str | Bilingual) -> Bilingual:
    return alike(title) if isinstance(title, str) else title


def _check(wish: TaskWish) -> None:
    if isinstance(wish.title, str) and (not wish.title.strip() or len(wish.title) > LONGEST_TITLE):
        raise RefusedError(
            Bilingual(
                f"Say what is to be done, in at most {LONGEST_TITLE} characters.",
                f"Dites ce qu’il y a à faire, en {LONGEST_TITLE}\u00a0caractères au plus.",
            ),
            "title",
        )
    if not 0 <= wish.minutes <= MOST_MINUTES:
        raise RefusedError(
            Bilingual(
                f"Effort is from 0 to {MOST_MINUTES // 60:,} hours. Split a larger task.",
                "L’effort va de 0 à 1\u00a0000\u00a0heures. Divisez une tâche plus longue.",
            ),
            "hours",
        )


def _check_owner(session: Session, community: str, before: int | None, after: int | None, hand: Hand) -> None:
    """Let who does not lead take what is nobody's and give up what is theirs; let a lead give a task to any member."""
    if before == after:
        return
    if not hand.leads and not {before, after} <= {None, hand.person}:
        raise RefusedError(
            Bilingual(
                "Only a lead gives tasks to other people. You can take one that has no owner, and hand back your own.",
                "Seule la personne responsable du plan confie des tâches aux autres. Vous pouvez vous charger d’une "
                "tâche sans responsable et renoncer aux vôtres.",
            ),
            "owner",
        )
    if after is not None and after not in {each.id for each in workspaces.members(session, community)}:
        raise RefusedError(
            Bilingual(
                "This person does not work for your community. Choose one of its members, or “No owner yet”.",
                "Cette personne ne travaille pas pour votre collectivité. Choisissez un de ses membres "
                "ou «\u00a0Sans responsable\u00a0».",
            ),
            "owner",
        )


def _tell(session: Session, task: TaskRow, what: What, hand: Hand, changed: Mapping[str, Sequence[object]]) -> None:
    """Leave the event, then plan the owner's reminders from what holds now."""
    fields = {name: [_plain(each) for each in pair] for name, pair in changed.items()}
    more: dict[str, object] = {"fields": fields} if fields else {}
    events.record(
        session,
        task.community,
        what,
        hand.person,
        hand.at,
        application=task.application,
        task=task.id,
        title=task.title,
        **more,
    )
    reminders.task_changed(session, task, hand.at, by=hand.person)


def _plain(value: object) -> object:
    """Give a value as an event keeps it: days as ISO text."""
    return value.isoformat() if isinstance(value, date) else value
