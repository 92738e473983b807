"""The outbox: how letters stand, for staff; in development everybody may read what was written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, abort, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from config import Settings
from grants import clock
from grants.domain import phrases
from grants.domain.people import HOME_ZONE, STAFF_ROLES
from grants.domain.zones import zone as zone_of
from grants.services import ticks
from grants.services.ticks import Trouble
from grants.store import reminders as rows
from grants.store import ticks as tick_rows
from grants.store.database import db, transaction
from grants.store.reminders import MailState, OutboxRow
from grants.web.access import Role, allow, current_person, has_role
from grants.web.language import PREFIX, current_language

bp = Blueprint("outbox", __name__, url_prefix=PREFIX)

SHOWN = 100

_ADDRESS = re.compile(r"https?://\S+")
_FILE = re.compile(r"\w+\.eml")


@dataclass(frozen=True, slots=True)
class Shown:
    """One letter as the page shows it; ``file`` is where it was kept, where no server answered."""

    id: int
    made: str
    recipient: str
    subject: str
    state: str
    answer: str
    file: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a letter, and the addresses in it."""

    text: str
    addresses: tuple[str, ...]


@bp.get("/outbox")
@allow(Role.PUBLIC)
def index() -> ResponseReturnValue:
    """List the newest letters and say how the mail stands."""
    _only_readers()
    session = db.session()
    last = tick_rows.last(session)
    return render_template(
        "outbox/index.html",
        letters=[_shown(row) for row in rows.letters(session, limit=SHOWN)],
        counts=[(state_words(MailState(state)), count) for state, count in rows.counts(session).items() if count],
        hold=rows.hold(session),
        waiting=rows.counts(session)[MailState.HELD],
        last=_moment(last.finished_at or last.started_at) if last else "",
        failure=last.failure if last else None,
        may_release=has_role(Role.APPROVER, Role.OPERATOR),
        development=_in_development(),
    )


@bp.get("/outbox/<int:letter_id>")
@allow(Role.PUBLIC)
def letter(letter_id: int) -> ResponseReturnValue:
    """Show what a letter says: in development to everybody, elsewhere only to whom it is written."""
    row = db.session().get(OutboxRow, letter_id) if letter_id < 2**31 else None
    person = current_person()
    own = row is not None and person is not None and row.person == person.id
    if row is None or not (own or _in_development()):
        abort(404)
    return render_template("outbox/letter.html", letter=_shown(row), paragraphs=_paragraphs(row.text))


@bp.post("/outbox/release")
@allow(Role.APPROVER, Role.OPERATOR)
def release() -> ResponseReturnValue:
    """Let letters leave that were held back."""
    with transaction() as session:
        ticks.release(session, clock.now())
    flash(_("Mail is released; the next run sends what waits."), "good")
    return redirect(url_for("outbox.index"))


def _only_readers() -> None:
    """Answer as if there were no such page to whoever may not read it."""
    if not _in_development() and not has_role(*STAFF_ROLES):
        abort(404)


def _in_development() -> bool:
    settings: Settings = current_app.config["SETTINGS"]
    return settings.is_development


def _shown(row: OutboxRow) -> Shown:
    subject = row.subject or _("(written when it is sent)")
    answer = row.answer or ""
    file = answer if _FILE.fullmatch(answer) else ""
    return Shown(
        id=row.id,
        made=_moment(row.created_at),
        recipient=row.recipient,
        subject=subject,
        state=state_words(MailState(row.state)),
        answer="" if file else answer,
        file=file,
    )


def _paragraphs(text: str) -> list[list[Line]]:
    """Take a letter apart so that it can be read and its links followed; rules under headings are left out."""
    blocks = [block.splitlines() for block in text.split("\n\n")]
    lines = [[_line(line) for line in block if line.strip("- *")] for block in blocks]
    return [each for each in lines if each]


def _line(line: str) -> Line:
    return Line(_ADDRESS.sub("", line).rstrip(), tuple(_ADDRESS.findall(line)))


def _moment(at: datetime) -> str:
    local = at.astimezone(zone_of(HOME_ZONE))
    language = current_language()
    return f"{phrases.day(local.date(), language)}, {phrases.clock(local.time(), language)}"


def alert() -> str | None:
    """Say in a sentence what keeps letters from leaving, for the banner that staff see on every page."""
    trouble = ticks.trouble(db.session(), clock.now())
    if trouble is None:
        return None
    return {
        Trouble.HELD: _("Mail is held, so no letter leaves."),
        Trouble.SET_APART: _("Letters wait for somebody to release them."),
        Trouble.WAITING: _("The mail server has not taken a letter for over an hour."),
    }[trouble]


def state_words(state: MailState) -> str:
    """Say where a letter stands."""
    return {
        MailState.QUEUED: _("waits to be sent"),
        MailState.SENDING: _("is being sent"),
        MailState.SENT: _("sent"),
        MailState.DEFERRED: _("will be tried again"),
        MailState.BOUNCED: _("came back: the address refuses it"),
        MailState.EXPIRED: _("given up after its time"),
        MailState.HELD: _("held until released"),
        MailState.FAILED: _("refused or unreadable, set aside"),
        MailState.VOID: _("dropped: nothing was left to say"),
    }[state]
