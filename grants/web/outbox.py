"""The outbox: how letters stand, for staff; in development everybody may read what was written."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import cast

import structlog
from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf.form import FlaskForm
from wtforms import StringField
from wtforms.validators import DataRequired, Length

from config import Settings
from grants import clock
from grants.delivery.letters import stationery
from grants.domain.people import HOME_ZONE
from grants.services import outbox, ticks
from grants.services.people import RefusedError
from grants.services.ticks import Trouble
from grants.store import reminders as rows
from grants.store import ticks as tick_rows
from grants.store.database import db, transaction
from grants.store.reminders import MailHoldRow, MailState, OutboxRow, Reason
from grants.web import health
from grants.web.access import Act, Thing, allow, current_person, may, signed_in
from grants.web.formats import moment, typed
from grants.web.language import PREFIX, current_language

bp = Blueprint("outbox", __name__, url_prefix=PREFIX)

log = structlog.get_logger(__name__)

_l = cast("Callable[[str], str]", lazy_gettext)

SHOWN = 100

_ADDRESS = re.compile(r"https?://\S+")
_FILE = re.compile(r"\w+\.eml")
_CODE = re.compile(r"[245][0-9]{2}\b")
MAILBOX_FULL = frozenset({422, 452, 552})
"""How mail servers say that there is no room for a letter."""
LONGEST_REASON = 500


class HoldForm(FlaskForm):
    """Why mail is to be held; every member of staff reads it."""

    reason = StringField(
        _l("Why"),
        validators=[
            DataRequired(_l("Say in a few words why, so that others know when to release it.")),
            Length(max=LONGEST_REASON, message=_l("At most %(max)d characters, please.")),
        ],
    )


@dataclass(frozen=True, slots=True)
class Shown:
    """One letter as the page shows it.

    ``subject`` is what the reader may know of it: whole in development and for whom it is written, else only its
    sort. ``failure`` says in words why it did not arrive, ``answer`` is what the mail server said; ``file`` is where it
    was kept, where no server answered. ``next_try`` is set while it is tried again.
    """

    id: int
    made: str
    recipient: str
    subject: str
    state: str
    failure: str
    answer: str
    file: str
    next_try: str
    attempts: int
    may_resend: bool
    resent: str


@dataclass(frozen=True, slots=True)
class Hold:
    """A time when mail was held: since when, by whom, why, and who released it when; empty while it is held."""

    since: str
    by: str
    reason: str
    released: str
    released_by: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a letter, and the addresses in it."""

    text: str
    addresses: tuple[str, ...]


@bp.get("/outbox")
@allow(Thing.OUTBOX, Act.READ)
def index() -> ResponseReturnValue:
    """List the newest letters, all or of one state (``state``), and say how the mail stands."""
    return _page(HoldForm(formdata=None))


def _page(form: HoldForm) -> str:
    session = db.session()
    last, held = tick_rows.last(session), rows.last_hold(session)
    is_held = held is not None and held.released_at is None
    chosen = next((each for each in MailState if each.value == request.args.get("state")), None)
    silent = health.silence(tick_rows.last_sign(session), clock.now()) is not None
    finished = tick_rows.last_finished(session)
    counts = rows.counts(session)
    waiting = rows.oldest_waiting(session)
    return render_template(
        "outbox/index.html",
        letters=[_shown(row, whole=_in_development()) for row in rows.letters(session, limit=SHOWN, state=chosen)],
        counts=[(state, state_words(MailState(state)), count) for state, count in counts.items() if count],
        chosen=chosen,
        hold=_hold(held) if held is not None and is_held else None,
        released=_hold(held) if held is not None and not is_held else None,
        waiting=counts[MailState.HELD],
        put_off_since=_moment(waiting) if waiting else "",
        last=_moment(last.finished_at or last.started_at) if last else "",
        did=_did(last.counts) if last else "",
        failure=last.failure if last else None,
        silent=silent,
        silent_since=_moment(finished) if finished else "",
        may_write=may(Thing.OUTBOX, Act.WRITE),
        development=_in_development(),
        form=form,
        problems=[("reason", each) for each in form.reason.errors],
    )


def _did(counts: Mapping[str, int]) -> str:
    """Say what a run did, without what it did not."""
    words = {
        "planned": _("reminders planned"),
        "sent": _("e-mails sent"),
        "deferred": _("put off"),
        "bounced": _("came back"),
        "failed": _("set aside"),
        "expired": _("given up"),
        "held": _("held"),
        "stumbled": _("records it could not read"),
    }
    return ", ".join(f"{counts[name]} {each}" for name, each in words.items() if counts.get(name))


def _hold(row: MailHoldRow) -> Hold:
    return Hold(
        since=_moment(row.since),
        by=_by_words(row.by),
        reason=_("Far more e-mails than usual.") if row.reason == ticks.STORM else row.reason,
        released=_moment(row.released_at) if row.released_at else "",
        released_by=_by_words(row.released_by or ""),
    )


def _by_words(by: str) -> str:
    return {"tick": _("the mail machine itself"), "operator": _("an operator")}.get(by, by)


@bp.get("/outbox/<int:letter_id>")
@allow(Thing.LETTERS, Act.READ)
def letter(letter_id: int) -> ResponseReturnValue:
    """Show what a letter says: in development to everybody, elsewhere only to whom it is written."""
    row = db.session().get(OutboxRow, letter_id) if letter_id < 2**31 else None
    person = current_person()
    own = row is not None and person is not None and row.person == person.id
    if row is None or not (own or _in_development()):
        abort(404)
    return render_template("outbox/letter.html", letter=_shown(row, whole=True), paragraphs=_paragraphs(row.text))


@bp.post("/outbox/hold")
@allow(Thing.OUTBOX, Act.WRITE)
def hold() -> ResponseReturnValue:
    """Let no letter leave from now on (field ``reason``)."""
    form, person = HoldForm(), signed_in()
    if not form.validate_on_submit():
        return _page(form), HTTPStatus.UNPROCESSABLE_ENTITY
    with transaction() as session:
        new = ticks.hold(session, typed(form.reason.data or ""), person.email, clock.now())
    flash(_("Mail is held.") if new else _("Mail was held already."), "good")
    return redirect(url_for("outbox.index"))


@bp.post("/outbox/release")
@allow(Thing.OUTBOX, Act.WRITE)
def release() -> ResponseReturnValue:
    """Let letters leave that were held back."""
    person = signed_in()
    with transaction() as session:
        count = ticks.release(session, person.email, clock.now())
    log.info("mail released", by=person.id, letters=count)
    flash(_("Mail is released; the next run sends what waits."), "good")
    return redirect(url_for("outbox.index"))


@bp.post("/outbox/<int:letter_id>/resend")
@allow(Thing.OUTBOX, Act.WRITE)
def resend(letter_id: int) -> ResponseReturnValue:
    """Have a letter that did not arrive sent again."""
    settings: Settings = current_app.config["SETTINGS"]
    try:
        with transaction() as session:
            row = session.get(OutboxRow, letter_id) if letter_id < 2**31 else None
            if row is None:
                abort(404)
            outbox.resend(session, row, stationery(settings), clock.now())
    except RefusedError as refused:
        flash(refused.sentence.in_(current_language()), "warn")
    else:
        log.info("letter sent again", by=signed_in().id, letter=letter_id)
        flash(_("The next run sends it again, with what is true then."), "good")
    return redirect(url_for("outbox.index"))


def _in_development() -> bool:
    settings: Settings = current_app.config["SETTINGS"]
    return settings.is_development


def _shown(row: OutboxRow, *, whole: bool) -> Shown:
    subject = row.subject or _("(written when it is sent)")
    sort = _("reminders") if row.reason == Reason.REMINDERS else _("about an account")
    answer = row.answer or ""
    file = answer if _FILE.fullmatch(answer) else ""
    return Shown(
        id=row.id,
        made=_moment(row.created_at),
        recipient=row.recipient,
        subject=subject if whole else sort,
        state=state_words(MailState(row.state)),
        failure=failure_words(row),
        answer="" if file else answer,
        file=file,
        next_try=_moment(row.next_try_at) if row.state == MailState.DEFERRED else "",
        attempts=row.attempts,
        may_resend=row.state in outbox.RESENDABLE and row.resent_at is None,
        resent=_moment(row.resent_at) if row.resent_at else "",
    )


def _paragraphs(text: str) -> list[list[Line]]:
    """Take a letter apart so that it can be read and its links followed; rules under headings are left out."""
    blocks = [block.splitlines() for block in text.split("\n\n")]
    lines = [[_line(line) for line in block if line.strip("- *")] for block in blocks]
    return [each for each in lines if each]


def _line(line: str) -> Line:
    return Line(_ADDRESS.sub("", line).rstrip(), tuple(_ADDRESS.findall(line)))


def _moment(at: datetime) -> str:
    return moment(at, HOME_ZONE)


def alert() -> str | None:
    """Say in a sentence what keeps letters from leaving, for the banner that staff see on every page."""
    trouble = ticks.trouble(db.session(), clock.now())
    if trouble is None:
        return None
    return {
        Trouble.HELD: _("Mail is held, so no e-mail is sent."),
        Trouble.SET_APART: _("E-mails wait for somebody to release them."),
        Trouble.WAITING: _("The mail server has not taken an e-mail for over an hour."),
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


def failure_words(row: OutboxRow) -> str:
    """Say in words why a letter did not arrive, or has not yet; empty where nothing is amiss."""
    state = MailState(row.state)
    if state not in (*outbox.RESENDABLE, MailState.DEFERRED, MailState.HELD) or row.answer is None:
        return ""
    found = _CODE.match(row.answer)
    code = int(found.group()) if found else None
    if state is MailState.BOUNCED:
        return _("The address is not known there, or takes no e-mails.")
    if code in MAILBOX_FULL:
        return _("The mailbox is full.")
    if state is MailState.FAILED:
        return _("The mail server refuses what the e-mail says, or the e-mail could not be written.")
    if state is MailState.HELD:
        return _("The mail server refuses us.") if code else _("Far more e-mails than usual.")
    if code is None:
        return _("The mail server could not be reached, or broke off.")
    return _("The mail server asked to try later.")
