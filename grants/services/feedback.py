"""What a community says of its matches: how broad words are meant, and what is not relevant.

Both are the community's own: its members see them and matching for them follows. Staff hear only counts by concept and
program. No community has a way to share more yet, so none is ever named, and a count under ``FEWEST`` is not told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from sqlalchemy.orm import Session

from grants.domain.matching import rank, understand
from grants.domain.plans import Priority
from grants.services.catalogue import Catalogue, NotFoundError
from grants.services.matches import BEST
from grants.services.shortlist import Choice, Shortlist
from grants.store import feedback as rows
from grants.store.feedback import IrrelevantRow, ReadingRow

FEWEST = 5
"""The fewest communities that are told as a number."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How a community means the broad words of a priority, as who said last and when."""

    concepts: tuple[str, ...]
    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Mark:
    """A program that was marked not relevant for a priority, by whom and when."""

    program: str
    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Own:
    """What one community said: readings by priority, marks by priority and program."""

    readings: Mapping[str, Reading]
    marks: Mapping[str, Mapping[str, Mark]]

    def read(self, priority: Priority) -> Priority:
        """Give a priority with the reading that was chosen for it."""
        chosen = self.readings.get(priority.key)
        return replace(priority, reading=chosen.concepts) if chosen else priority

    def apart(self, found: Shortlist) -> tuple[Shortlist, tuple[tuple[Choice, Mark], ...]]:
        """Part a shortlist from the programs marked not relevant; those keep their order."""
        marks = self.marks.get(found.priority.key, {})

        def kept(choices: Iterable[Choice]) -> tuple[Choice, ...]:
            return tuple(each for each in choices if each.program.key not in marks)

        everything = (*found.fits, *found.unfit, *found.ended)
        marked = tuple((each, marks[each.program.key]) for each in everything if each.program.key in marks)
        rest = Shortlist(found.priority, kept(found.fits), kept(found.unfit), kept(found.ended))
        return rest, marked


NOTHING_SAID = Own({}, {})


def own(session: Session, community: str) -> Own:
    """Read what a community said, for its members. Cost: two queries."""
    marks: dict[str, dict[str, Mark]] = {}
    for row, name in rows.marks(session, community):
        marks.setdefault(row.priority, {})[row.program] = Mark(row.program, name, row.at)
    readings = {
        row.priority: Reading(tuple(row.concepts), name, row.at) for row, name in rows.readings(session, community)
    }
    return Own(readings, marks)


@dataclass(frozen=True, slots=True)
class About:
    """What is spoken of: a priority of one of a community's plans, both by key."""

    community: str
    priority: str


def choose(session: Session, present: Catalogue, about: About, concept: str, *, person: int, now: datetime) -> None:
    """Keep a concept as a reading of a priority's broad words, beside those chosen before.

    Args:
        session: an open write unit.
        present: the catalogue.
        about: the priority.
        concept: one of the readings that are offered for it.
        person: who says so.
        now: the moment.

    Raises:
        NotFoundError: no such priority in a plan of the community, or the concept is not offered for it.
    """
    if concept not in understand(_priority(present, about), present.vocabulary).readings:
        raise NotFoundError(f"{concept!r} is no reading of {about.priority!r}.")
    row = rows.reading(session, about.community, about.priority)
    if row is None:
        session.add(
            ReadingRow(community=about.community, priority=about.priority, concepts=[concept], person=person, at=now)
        )
    elif concept not in row.concepts:
        row.concepts = [*row.concepts, concept]
        row.person, row.at = person, now
    session.flush()


def take_back(session: Session, about: About, concept: str, *, person: int, now: datetime) -> bool:
    """Drop a concept from the reading of a priority; False where it was not chosen."""
    row = rows.reading(session, about.community, about.priority)
    if row is None or concept not in row.concepts:
        return False
    rest = [each for each in row.concepts if each != concept]
    if rest:
        row.concepts, row.person, row.at = rest, person, now
    else:
        session.delete(row)
    session.flush()
    return True


def mark(session: Session, present: Catalogue, about: About, program: str, *, person: int, now: datetime) -> bool:
    """Mark a program not relevant for a priority; a second time changes nothing and gives False.

    The concepts by which it matched at this moment are kept with the mark, for whoever mends the vocabulary.

    Raises:
        NotFoundError: no such program, or no such priority in a plan of the community.
    """
    asked = _priority(present, about)
    if program not in present.programs:
        raise NotFoundError(f"There is no program {program!r}.")
    if rows.mark(session, about.community, about.priority, program) is not None:
        return False
    reading = rows.reading(session, about.community, about.priority)
    concepts = _met_by(present, replace(asked, reading=tuple(reading.concepts)) if reading else asked, program)
    session.add(
        IrrelevantRow(
            community=about.community,
            priority=about.priority,
            program=program,
            concepts=concepts,
            person=person,
            at=now,
        )
    )
    session.flush()
    return True


def unmark(session: Session, about: About, program: str) -> bool:
    """Take a mark back; False where there was none."""
    row = rows.mark(session, about.community, about.priority, program)
    if row is None:
        return False
    session.delete(row)
    session.flush()
    return True


def _priority(present: Catalogue, about: About) -> Priority:
    for plan in present.plans_of.get(about.community, ()):
        for priority in plan.priorities:
            if priority.key == about.priority:
                return priority
    raise NotFoundError(f"No plan of {about.community!r} has the priority {about.priority!r}.")


def _met_by(present: Catalogue, priority: Priority, program: str) -> list[str]:
    """Give the concepts by which the streams of a program met a priority, by key."""
    found = rank([priority], present.index, limit=BEST)[0]
    return sorted(
        {
            seen.concept
            for match in found
            if present.program_of[match.stream].key == program
            for seen in match.evidence
            if seen.concept is not None
        }
    )


# What staff hear


@dataclass(frozen=True, slots=True)
class Irrelevance:
    """Communities that marked a program which had matched by a concept; ``concept`` is ``None`` where words matched.

    ``communities`` is ``None`` where they are fewer than ``FEWEST``.
    """

    concept: str | None
    program: str
    communities: int | None


@dataclass(frozen=True, slots=True)
class Preference:
    """Communities that mean broad words of theirs as a concept; ``None`` where they are fewer than ``FEWEST``."""

    concept: str
    communities: int | None


def irrelevances(session: Session) -> list[Irrelevance]:
    """Count the marks of all communities by concept and program.

    Only these cells are told, never a sum over them, from which a small cell could be worked out. The largest stand
    first; those that are not told stand last, by key, so that their order says nothing.
    """
    who: dict[tuple[str | None, str], set[str]] = {}
    for row in rows.every_mark(session):
        for concept in row.concepts or [None]:
            who.setdefault((concept, row.program), set()).add(row.community)
    cells = [Irrelevance(concept, program, told) for (concept, program), told in _told(who)]
    return sorted(cells, key=lambda each: (-(each.communities or 0), each.concept or "", each.program))


def preferences(session: Session) -> list[Preference]:
    """Count the communities that chose each concept as the reading of broad words; in the same order."""
    who: dict[str, set[str]] = {}
    for row in rows.every_reading(session):
        for concept in row.concepts:
            who.setdefault(concept, set()).add(row.community)
    cells = [Preference(concept, told) for concept, told in _told(who)]
    return sorted(cells, key=lambda each: (-(each.communities or 0), each.concept))


Cell = TypeVar("Cell")


def _told(who: Mapping[Cell, set[str]]) -> list[tuple[Cell, int | None]]:
    return [(cell, len(some) if len(some) >= FEWEST else None) for cell, some in who.items()]
