"""The practice workspace: made-up programs whose dates lie in the coming weeks, whatever the day."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from config import ROOT
from grants.domain.applications import State
from grants.domain.bilingual import Bilingual, Language
from grants.domain.catalogue import Program, Stream
from grants.domain.communities import Community
from grants.domain.deadlines import LIVE, status
from grants.domain.people import HOME_ZONE, Role
from grants.domain.records import read
from grants.domain.workdays import AT_HOME, workdays_after
from grants.domain.works import WorkKind
from grants.domain.zones import zone as zone_of
from grants.services import applications, checklists, notes, people, seeds, tasks, tracking
from grants.services.applications import Amounts, Move
from grants.services.conflicts import Hand
from grants.services.tasks import TaskWish
from grants.store import catalogue, tenants
from grants.store import people as rows
from grants.store.applications import ApplicationRow
from grants.store.communities import CommunityRow
from grants.store.kept import Counts
from grants.store.people import PersonRow

FILE = ROOT / "seeds" / "practice.json"
COMMUNITY = "kenora"
KINDS: Mapping[str, tuple[str, str, Role, str | None]] = {
    "writer": ("grant-writer@practice.example", "Practice grant writer", Role.WRITER, COMMUNITY),
    "lead": ("plan-lead@practice.example", "Practice plan lead", Role.LEAD, COMMUNITY),
    "staff": ("ministry@practice.example", "Practice ministry staff", Role.EDITOR, None),
}
"""The three kinds of user that development lets anybody be: address, name, role, community."""

FIRST_TRACKED = 2


def load(session: Session, file: Path, now: datetime) -> Counts:
    """Load the examples with dates counted from today, unless one with a date is still ahead.

    A later load adds new rounds and leaves the past ones, as a real program would.

    Raises:
        BadRecordError: an example is not shaped as a program.
    """
    if any(closes is not None for closes, _ in _live(session, now)):
        return Counts()
    today = now.astimezone(zone_of(HOME_ZONE)).date()
    made = [read(_dated(record, today), Program) for record in json.loads(file.read_text(encoding="utf-8"))]
    counts = seeds.load_programs(session, made, now, practice=True)
    session.flush()
    return counts["intakes"]


def live_intakes(session: Session, now: datetime) -> list[str]:
    """Give the keys of the examples that are not over: those with a date first, the soonest at the top."""
    far = datetime.max.replace(tzinfo=now.tzinfo)
    return [key for _, key in sorted((closes or far, key) for closes, key in _live(session, now))]


def _live(session: Session, now: datetime) -> list[tuple[datetime | None, str]]:
    return [
        (intake.gate(frozenset()).closes.instant(HOME_ZONE), intake.key)
        for program in examples(session)
        for stream in program.streams
        for intake in stream.intakes
        if status(intake, now, applicant_zone=HOME_ZONE) in LIVE
    ]


def examples(session: Session) -> list[Program]:
    """Read the examples."""
    return catalogue.programs(session, practice=True)


def person(session: Session, kind: str, file: Path, language: Language, now: datetime) -> PersonRow:
    """Give the development person of a kind, made on first use, with two examples tracked.

    Raises:
        KeyError: no such kind.
        NotFoundError: the community is not here; load the seeds first.
    """
    email, name, role, community = KINDS[kind]
    known = rows.by_email(session, email)
    if known is None:
        known = people.add(session, email, role, now, community=community, name=name)
        known.language = language
    load(session, file, now)
    tracked = {each.subject.ref.intake for each in tracking.tracked_by(session, known, now)}
    live = live_intakes(session, now)
    if not tracked & set(live):
        for key in live[:FIRST_TRACKED]:
            tracking.track(session, known.id, key, now, community=community)
    if community is not None:
        _begin_example(session, known, now)
    return known


def _begin_example(session: Session, person: PersonRow, now: datetime) -> None:
    """Let the practice community have an application on its way, for an example that is not over; once for each round.

    All of it is in both languages, for whoever practises next. The tasks that have dates are nobody's, so that nobody
    is reminded of work that is made up.
    """
    live = live_intakes(session, now)
    known = {each.intake for each in tenants.all_of(session, ApplicationRow, COMMUNITY)}
    if not live or not known.isdisjoint(live):
        return
    intake = live[min(FIRST_TRACKED, len(live)) - 1]
    stream = next(each for program in examples(session) for each in program.streams if _has(each, intake))
    there = read(session.get_one(CommunityRow, COMMUNITY).record, Community)
    row = applications.begin(session, there, stream.key, intake, Hand(person.id, now))
    for state in (State.GO, State.DRAFTING):
        applications.move(session, row, Move(state), Hand(person.id, now, row.version), community=there)
    applications.set_amounts(session, row, Amounts(4_500_000, 1_500_000, None, None), Hand(person.id, now, row.version))
    for task in tasks.of(session, row)[:2]:
        tasks.finish(session, task, Hand(person.id, now))
    today = now.astimezone(zone_of(there.zone)).date()
    for words, days in _EXAMPLE_TASKS:
        wish = TaskWish(words, WorkKind.WORK, None, workdays_after(today, days, AT_HOME), 120)
        tasks.add(session, row, wish, Hand(person.id, now))
    for words in _EXAMPLE_DOCUMENTS:
        checklists.add(session, row, words, Hand(person.id, now))
    notes.add(session, row, f"{_EXAMPLE_NOTE.en}\n\n{_EXAMPLE_NOTE.fr}", Hand(person.id, now))


def _has(stream: Stream, intake: str) -> bool:
    return any(each.key == intake for each in stream.intakes)


# Each with the business days from now until it is due.
_EXAMPLE_TASKS = (
    (Bilingual("Ask the school board for a letter", "Demander une lettre au conseil scolaire"), 2),
    (Bilingual("Count who would be reached", "Compter les personnes qui seraient rejointes"), 4),
)
_EXAMPLE_DOCUMENTS = (
    Bilingual("Letter of support", "Lettre d’appui"),
    Bilingual("Proof of insurance", "Preuve d’assurance"),
)
_EXAMPLE_NOTE = Bilingual(
    "This application is made up for practice. Change it, move it on, see what happens.",
    "Cette demande est fictive et sert à s’exercer. Modifiez-la, faites-la avancer, voyez ce qui se passe.",
)


def _dated(value: Any, today: date) -> Any:  # noqa: ANN401 - JSON is anything
    """Turn ``{"in_days": n}`` to a date, and add the day to the keys of rounds, so that a later load makes new ones."""
    if isinstance(value, dict):
        if set(value) == {"in_days"}:
            return (today + timedelta(days=int(value["in_days"]))).isoformat()
        return {name: _dated(each, today) for name, each in value.items()}
    if isinstance(value, list):
        return [_dated(each, today) for each in value]
    return value.replace("{today}", today.isoformat()) if isinstance(value, str) else value
