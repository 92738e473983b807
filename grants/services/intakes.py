"""Add a round of a stream, move its date, withdraw it; whoever tracks it is planned for in the same write unit."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time

from sqlalchemy.orm import Session

from grants.domain.bilingual import Bilingual
from grants.domain.deadlines import Deadline, DeadlineKind, Intake, SeenStatus, Stage, StageName
from grants.domain.people import HOME_ZONE
from grants.domain.records import read, write
from grants.domain.zones import zone as zone_of
from grants.services import reminders
from grants.services.catalogue import NotFoundError
from grants.services.people import RefusedError
from grants.store import catalogue, kept, tracking
from grants.store.catalogue import IntakeRow, StreamRow

LAST_YEAR = 2200
"""Before this year every instant and every reminder before it can be counted."""


def add(
    session: Session,
    stream_key: str,
    *,
    opens: date | None,
    closes: date,
    at: time | None,
    zone: str,
    now: datetime,
) -> tuple[str, int]:
    """Add a round that staff know of, and give its key and version; the same closing day again changes that round.

    Raises:
        NotFoundError: no such stream.
        RefusedError: it would close before it opens.
    """
    if session.get(StreamRow, stream_key) is None:
        raise NotFoundError(f"There is no stream {stream_key!r}.")
    _check_year(closes)
    if opens is not None and opens > closes:
        raise RefusedError(f"It would close on {closes}, before it opens on {opens}.", "closes")
    key = f"{stream_key}#added-{closes.isoformat()}"
    beginning = Deadline(DeadlineKind.DATE_ONLY, opens, zone=zone) if opens is not None else None
    intake = Intake(
        key=key,
        stages=(Stage(StageName.APPLICATION, _closing(closes, at, zone)),),
        seen=SeenStatus.NOT_SEEN,
        checked=now.astimezone(zone_of(HOME_ZONE)).date(),
        opens=beginning,
    )
    row = session.get(IntakeRow, key)
    if row is None:
        row = IntakeRow(
            key=key,
            uuid=kept.stable_uuid(IntakeRow, key),
            record=write(intake),
            version=1,
            seeded=None,
            created_at=now,
            modified_at=now,
            stream=stream_key,
            place=len(tracking.intake_to_track(session, stream_key)),
        )
        session.add(row)
        session.flush()
        catalogue.raise_revision(session)
        reminders.rounds_added(session, [key], now)
    else:
        _save(session, row, intake, now)
    return key, row.version


def move(session: Session, intake_key: str, closes: date, at: time | None, now: datetime) -> int:
    """Move the closing date of a round to another day, and give its new version.

    The stage that ends its applications is moved: the last one that is neither by invitation nor after the award.

    Raises:
        NotFoundError: no such intake.
        RefusedError: it has no closing date that could be moved, or would close before it opens.
    """
    _check_year(closes)
    row = session.get(IntakeRow, intake_key)
    if row is None:
        raise NotFoundError(f"There is no intake {intake_key!r}.")
    intake = read(row.record, Intake)
    if intake.seen is SeenStatus.DISCONTINUED:
        raise RefusedError(
            Bilingual(
                f"The intake {intake_key!r} was withdrawn; add a new round with flask intake add.",
                f"La période {intake_key!r} a été retirée; ajoutez-en une autre avec flask intake add.",
            ),
            "closes",
        )
    movable = [
        place
        for place, stage in enumerate(intake.stages)
        if stage.closes.date is not None and not stage.invited and stage.name is not StageName.COMPLETION
    ]
    if not movable:
        raise RefusedError(f"The intake {intake_key!r} has no closing date that could be moved.", "closes")
    if intake.opens is not None and intake.opens.date is not None and closes < intake.opens.date:
        raise RefusedError(f"It would close on {closes}, before it opens on {intake.opens.date}.", "closes")
    stages = list(intake.stages)
    stage = stages[movable[-1]]
    moved = replace(stage.closes, date=closes, time=at or stage.closes.time, words=None, contradicted_by=())
    if at is not None and stage.closes.kind is DeadlineKind.DATE_ONLY:
        moved = _closing(closes, at, stage.closes.zone or HOME_ZONE)
    stages[movable[-1]] = replace(stage, closes=moved)
    _save(session, row, replace(intake, stages=tuple(stages)), now)
    return row.version


def withdraw(session: Session, intake_key: str, now: datetime) -> int:
    """Say that a round will not take place, and give its new version; whoever tracks it is told at once.

    Raises:
        NotFoundError: no such intake.
    """
    row = session.get(IntakeRow, intake_key)
    if row is None:
        raise NotFoundError(f"There is no intake {intake_key!r}.")
    _save(session, row, replace(read(row.record, Intake), seen=SeenStatus.DISCONTINUED), now)
    return row.version


def _check_year(day: date) -> None:
    if not 2000 <= day.year < LAST_YEAR:  # noqa: PLR2004 - no funder's round is older
        raise RefusedError(f"{day} is no day that a funder means.", "closes")


def _closing(day: date, at: time | None, zone: str) -> Deadline:
    if at is None:
        return Deadline(DeadlineKind.DATE_ONLY, day, zone=zone)
    return Deadline(DeadlineKind.TIMED, day, at, zone)


def _save(session: Session, row: IntakeRow, intake: Intake, now: datetime) -> None:
    """Keep a changed round as its next version; no version for no change."""
    record = write(intake)
    if record == row.record:
        return
    row.record, row.version, row.modified_at = record, row.version + 1, now
    session.flush()
    catalogue.raise_revision(session)
    reminders.replan(session, [row.key], now)
