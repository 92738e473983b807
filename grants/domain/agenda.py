"""What a community has before it: closings, tasks, reports, meetings and their papers, as plain values in one order.

The page of a community, its calendar feed and its spreadsheets all read the same values, so they never disagree.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from grants.domain.bilingual import Bilingual
from grants.domain.deadlines import Deadline
from grants.domain.phrases import NBSP

WEEK = timedelta(days=7)


class DueKind(StrEnum):
    """What sort of thing has a day; the order is that of several on one day."""

    CLOSING = "closing"
    """A stage of an intake closes: the funder's date, or the day the community set itself where there is none."""
    REPORT = "report"
    """A report to the funder is due after an award."""
    TASK = "task"
    COUNCIL = "council"
    """Council, band council or a committee meets."""
    PAPERS = "papers"
    """The papers for a meeting must be in."""
    OPENING = "opening"
    """An intake opens that an application waits for."""


_ORDER = {kind: place for place, kind in enumerate(DueKind)}


class Part(StrEnum):
    """The part of the list that something stands in."""

    PAST = "past"
    TODAY = "today"
    WEEK = "week"
    LATER = "later"


@dataclass(frozen=True, slots=True)
class Due:
    """One thing with a day.

    Attributes:
        uid: the same for the same thing for ever, also when it moves; unique within the community.
        kind: what sort of thing.
        title: what, without the application it belongs to: ``Letter of intent``, ``Write the budget``.
        about: the title of the application; ``None`` for meetings and their papers.
        day: the calendar day by which it is to be done; for a postmark it lies before the date the funder states.
        deadline: what the funder states; ``None`` for everything that is the community's own.
        closes: the last moment that counts, UTC; ``None`` where only the day counts.
        owner: who does it, by number; ``None``: nobody, or everybody. ``who`` is the name, else empty.
        application: the number of the application; ``None`` for meetings and their papers.
        task: the number of the task, where it is one.
        done: done, submitted, settled, or a meeting that is over.
        settled: a task that nobody did and that its application needs no more (``domain.settled``).
        cancelled: taken out; only calendars, which must be told, ask for such.
        awaited: for a meeting and its papers: whether an open task waits for that meeting. True for all others.
        awaited_by: for a meeting and its papers: the owners of those tasks.
        sequence: goes up with every change of the thing.
        modified: when it last changed, as far as is known here.
    """

    uid: str
    kind: DueKind
    title: Bilingual
    about: Bilingual | None
    day: date
    deadline: Deadline | None
    closes: datetime | None
    owner: int | None
    who: str
    application: int | None
    done: bool
    sequence: int
    modified: datetime
    task: int | None = None
    settled: bool = False
    cancelled: bool = False
    awaited: bool = True
    awaited_by: frozenset[int] = frozenset()

    @property
    def headline(self) -> Bilingual:
        """The whole of it in one line, for a calendar or a sheet: ``Closes: Safer Streets (letter of intent)``."""
        title, about = self.title, self.about
        if about is None:
            return title
        match self.kind:
            case DueKind.CLOSING:
                return Bilingual(f"Closes: {about.en} ({title.en})", f"Clôture{NBSP}: {about.fr} ({title.fr})")
            case DueKind.OPENING:
                return Bilingual(f"Opens: {about.en}", f"Ouverture{NBSP}: {about.fr}")
            case _:
                return Bilingual(f"{title.en} – {about.en}", f"{title.fr} – {about.fr}")

    @property
    def is_meeting(self) -> bool:
        """Whether it is a meeting or its papers, which are everybody's."""
        return self.kind in {DueKind.COUNCIL, DueKind.PAPERS}

    def part(self, today: date) -> Part:
        """Give the part of the list it stands in, on a day."""
        if self.day < today:
            return Part.PAST
        if self.day == today:
            return Part.TODAY
        return Part.WEEK if self.day <= today + WEEK else Part.LATER


def in_order(those: Iterable[Due]) -> tuple[Due, ...]:
    """Put them in the order of the page: by day, then what the funder sets first, then by title."""
    return tuple(sorted(those, key=lambda due: (due.day, _ORDER[due.kind], _text(due.about), due.title.en, due.uid)))


def _text(words: Bilingual | None) -> str:
    """Give what things are ordered by: the same order in both languages, so that numbers and pages agree."""
    return words.en.casefold() if words is not None else ""


def of_person(those: Iterable[Due], person: int) -> tuple[Due, ...]:
    """Keep what concerns one person: what they own, and the meetings that their open tasks wait for."""
    return tuple(due for due in those if due.owner == person or person in due.awaited_by)


class RiskKind(StrEnum):
    """Why something is at risk, the most pressing first."""

    CLOSED_UNSENT = "closed-unsent"
    """The closing is past and the application was not submitted, as far as is known here."""
    UNREADABLE = "unreadable"
    """The record of its intake cannot be read, so its closing is not known here."""
    CANNOT = "cannot"
    """The work that is left cannot be done in time."""
    OVERDUE = "overdue"
    COUNCIL_SOON = "council-soon"
    """The last council meeting that is early enough is near, and the decision is not made."""
    TOO_LATE = "too-late"
    """A task is due after the closing that it is for."""
    OVERLOAD = "overload"
    """Somebody has more to do in a week than they have hours."""
    EXPIRED = "expired"
    """A document that an application relies on is out of date, or will be before the closing."""
    NOBODY = "nobody"
    """Tasks without an owner or without a day."""
    LETTERS = "letters"
    """Letters to a member come back, so no reminder reaches them."""


_PRESSING = {kind: place for place, kind in enumerate(RiskKind)}


@dataclass(frozen=True, slots=True)
class Risk:
    """Something that may go wrong, with what a sentence about it needs.

    Attributes:
        kind: what is wrong.
        about: the application's title, or the member's name.
        application: its number where it concerns one.
        task: the number and title of a task where it concerns one.
        day: the day it turns on: overdue since, closing, meeting, expiry.
        limit: the day it is measured against: the closing that a task or an expiry comes after or before.
        who: whose it is; empty: nobody's.
        owner: the same by number.
        counts: for ``NOBODY``: how many tasks have no owner, how many no day.
        document: for ``EXPIRED``: its number and title.
        why: for ``CANNOT`` and ``OVERLOAD``: the sentence of the plan.
    """

    kind: RiskKind
    about: Bilingual
    application: int | None = None
    task: tuple[int, Bilingual] | None = None
    day: date | None = None
    limit: date | None = None
    who: str = ""
    owner: int | None = None
    counts: tuple[int, int] = (0, 0)
    document: tuple[int, str] | None = None
    why: Bilingual | None = None


def most_pressing_first(risks: Iterable[Risk]) -> tuple[Risk, ...]:
    """Order risks by what is wrong, then by day, then by name."""
    return tuple(
        sorted(
            risks,
            key=lambda risk: (
                _PRESSING[risk.kind],
                risk.day or date.max,
                _text(risk.about),
                risk.task[0] if risk.task else 0,
            ),
        )
    )


def overdue(those: Iterable[Due], today: date, closings: Mapping[int, date]) -> Iterable[Risk]:
    """Find open tasks and reports that are past their day, and tasks that are due after the closing they are for.

    Args:
        those: what has a day.
        today: the community's calendar day.
        closings: the day by which each application that is not yet submitted must be, by its number.
    """
    for due in those:
        if due.done or due.task is None or due.application is None or due.about is None:
            continue
        found = Risk(
            RiskKind.OVERDUE,
            due.about,
            due.application,
            (due.task, due.title),
            due.day,
            who=due.who,
            owner=due.owner,
        )
        if due.day < today:
            yield found
        elif due.kind is DueKind.TASK and due.day > closings.get(due.application, date.max):
            yield replace(found, kind=RiskKind.TOO_LATE, limit=closings[due.application])
