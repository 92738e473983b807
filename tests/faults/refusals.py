"""What a mail server may do to a letter: fourteen behaviours, each with the state that letters must end in."""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from typing import Any

from sqlalchemy import select

from grants.delivery.mail import Server
from grants.services import ticks
from grants.services.ticks import ALARM_AFTER, STORM_FLOOR, Trouble
from grants.store import people
from grants.store.database import db, transaction
from grants.store.people import PersonRow
from grants.store.reminders import MailState
from tests.faults.smtp import CLOSE, DRIP, HANG, Scripted
from tests.faults.world import FAR, Outcome, World, people_named, post_office, tally

BAD = "bad@town.example"
TRIES_IN_72_HOURS = 75
"""At once, after 1, 5, 15 and 60 minutes, then every hour."""
TRIES_IN_90_MINUTES = 5
MOST_TICKS = 500
AUTHENTICATES = {"EHLO": "250-ok\r\n250 AUTH PLAIN"}
IMPATIENT = {"connect_seconds": 0.5, "reply_seconds": 0.5, "total_seconds": 1.0}
PROTECTS = {"EHLO": "250-ok\r\n250 STARTTLS"}

Script = Mapping[str, str | Sequence[str]]


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What a server does, and what must come of it.

    Attributes:
        scripts: each is played to letters of its own.
        state: in which the letters end that the server means, after ``tries`` tries (``None``: what it takes).
        one: it means one letter only; the others must arrive at once.
        server: how we speak with it.
        soon: the deadline is in an hour and a half, and letters expire with it.
        repeats: how often a letter may come once more.
    """

    scripts: Sequence[Script]
    state: MailState = MailState.SENT
    tries: int | None = None
    one: bool = False
    server: Mapping[str, Any] = field(default_factory=dict)
    soon: bool = False
    repeats: int = 0


def at_each(answer: str, *steps: str) -> list[Script]:
    """Answer so at one step after the other; a refused greeting is tried in its old form, which is refused too."""
    return [{step: [answer], **({"HELO": [answer]} if step == "EHLO" else {})} for step in steps]


BEHAVIOURS: dict[str, Behaviour] = {
    "refuses TCP": Behaviour([{}], MailState.EXPIRED, TRIES_IN_72_HOURS, server={"port": "closed"}),
    "its name is not found": Behaviour(
        [{}], MailState.EXPIRED, TRIES_IN_90_MINUTES, server={"host": "no-such-host.invalid"}, soon=True
    ),
    "TLS handshake fails": Behaviour(
        [{}, PROTECTS | {"STARTTLS": CLOSE}, PROTECTS | {"STARTTLS": "454 not now"}],
        MailState.EXPIRED,
        TRIES_IN_90_MINUTES,
        server={"tls": "by script"},
        soon=True,
    ),
    "421 at banner, EHLO, MAIL, RCPT, DATA": Behaviour(at_each("421 busy", "banner", "EHLO", "MAIL", "RCPT", "DATA")),
    "450, 451, 452 at RCPT, then takes it": Behaviour(
        [{"RCPT": [answer]} for answer in ("450 later", "451 later", "452 later")], tries=2
    ),
    "452, 552 mailbox full for 72 h": Behaviour(
        [{"RCPT": "452 full"}, {"RCPT": "552 over quota"}], MailState.EXPIRED, TRIES_IN_72_HOURS, one=True
    ),
    "550, 551, 553 at RCPT": Behaviour(
        [{"RCPT": "550 unknown"}, {"RCPT": "551 elsewhere"}, {"RCPT": "553 no such name"}],
        MailState.BOUNCED,
        1,
        one=True,
    ),
    "550, 554 after DATA": Behaviour([{".": "550 content"}, {".": "554 content"}], MailState.FAILED, 1, one=True),
    "takes DATA, closes before 250": Behaviour([{".": [CLOSE]}], tries=2, repeats=1),
    "hangs at banner": Behaviour([{"banner": [HANG]}], server=IMPATIENT),
    "hangs after DATA": Behaviour([{".": [HANG]}], tries=2, one=True, server=IMPATIENT),
    "answers a byte at a time": Behaviour([{"RCPT": [DRIP]}, {".": [DRIP]}], tries=2, one=True, server=IMPATIENT),
    "AUTH 535": Behaviour(
        [AUTHENTICATES | {"AUTH": ["535 wrong"]}], tries=1, server={"username": "us", "password": "it"}
    ),
    "lacks 8BITMIME and SMTPUTF8": Behaviour([{"EHLO": "250 ok"}], tries=1),
}


@dataclass(slots=True)
class Play:
    """One script played to some letters: what came of them."""

    expected: list[str] = field(default_factory=list)
    came: list[tuple[str, Any]] = field(default_factory=list)
    ends: Counter[str] = field(default_factory=Counter)
    tries: set[int] = field(default_factory=set)
    broken: list[str] = field(default_factory=list)


def refused(world: World, *, name: str, letters: int) -> Outcome:
    """Let a server behave in one of the fourteen ways, at each step where it can."""
    behaviour, play = BEHAVIOURS[name], Play()
    for place, script in enumerate(behaviour.scripts):
        _play(world, behaviour, script, people_named(f"s{place}-", letters), play)
        world.go(days=1)
    if behaviour.state is MailState.BOUNCED:
        play.broken += _not_suspended()
    note = ", ".join(f"{count} {state}" for state, count in sorted(play.ends.items()))
    tries = "" if len(play.tries) > 1 or play.tries == {1} else f" after {min(play.tries)} tries"
    return tally(
        play.expected,
        play.came,
        f"{note}{tries}",
        repeats=behaviour.repeats * letters * len(behaviour.scripts),
        broken=play.broken,
    )


def _play(world: World, behaviour: Behaviour, script: Script, others: list[str], play: Play) -> None:
    stream = f"fund-{world.at:%d-%H%M}"
    if behaviour.soon:
        closes = (world.at + timedelta(minutes=90)).astimezone(UTC)
        intake = world.add_intake(stream, closes.date(), closes.time(), "UTC")
    else:
        intake = world.add_intake(stream, FAR)
    meant = [BAD] if behaviour.one else others
    world.follow({*others, *meant}, intake)
    begun = world.at
    with _office(behaviour, script) as (post, send):
        world.tick(post, send)
        if behaviour.one:
            stuck = {row.recipient for row in world.letters_to(*others) if row.state != MailState.SENT}
            play.broken += [f"others waited: {len(stuck)}"] if stuck else []
        if behaviour.server.get("username"):
            play.broken += _not_held(world, others)
        for _ in range(MOST_TICKS):
            waiting = [row for row in world.letters() if row.created_at >= begun and row.ended_at is None]
            if not waiting:
                break
            late = world.at - begun >= ALARM_AFTER
            if late and ticks.trouble(db.session(), world.at) is None:
                play.broken.append("nobody is told after an hour")
            world.at = max(world.at + timedelta(minutes=1), min(row.next_try_at for row in waiting))
            world.tick(post, send)
        taken = [each for each in post.arrivals if each.taken]
    kept = [row for row in world.letters_to(*others, *meant) if row.created_at >= begun]
    ended = [row for row in kept if row.recipient in meant]
    play.ends.update(row.state for row in kept)
    play.tries |= {row.attempts for row in ended}
    if {row.state for row in ended} != {behaviour.state}:
        play.broken.append(f"{script}: ended as {sorted({row.state for row in ended})}")
    if behaviour.tries is not None and {row.attempts for row in ended} != {behaviour.tries}:
        play.broken.append(f"{script}: {sorted({row.attempts for row in ended})} tries")
    arrive = {*others, *meant} if behaviour.state is MailState.SENT else {*others} - {*meant}
    play.expected += [f"{begun} {each}" for each in arrive]
    play.came += [(f"{begun} {each.recipient}", each) for each in taken]
    play.broken += [f"not plain: {each.recipient}" for each in taken if not each.content.isascii()]


@contextmanager
def _office(behaviour: Behaviour, script: Script) -> Iterator[tuple[Scripted, Server]]:
    """Open the server; one that is not there, or whose protection fails, is a matter of how we speak with it."""
    changed = dict(behaviour.server)
    if changed.get("port") == "closed":
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            changed["port"] = probe.getsockname()[1]
    if "tls" in changed:
        changed["tls"] = "starttls" if "STARTTLS" in script else "tls"
    with post_office(script, only=BAD if behaviour.one else None, **changed) as opened:
        yield opened


def _not_held(world: World, meant: list[str]) -> list[str]:
    """A server that refuses us stops everything, costs no try, is told at once, and works again when released."""
    broken = []
    if ticks.trouble(db.session(), world.at) is not Trouble.HELD:
        broken.append("nobody is told that all mail is held")
    if {row.attempts for row in world.letters_to(*meant)} != {0}:
        broken.append("a try was burnt")
    with transaction() as session:
        ticks.release(session, "operator", world.at)
    return broken


def _not_suspended() -> list[str]:
    person = people.by_email(db.session(), BAD)
    return [] if person is not None and person.mail_suspended_at is not None else [f"{BAD} is not suspended"]


def poisoned(world: World, *, letters: int) -> Outcome:
    """One letter among many cannot be written as mail."""
    everybody = people_named("p", letters)
    world.follow(everybody, world.add_intake("fund", FAR))
    poison = everybody[letters // 2]
    with transaction() as session:
        session.scalars(
            select(PersonRow).where(PersonRow.email == poison)
        ).one().email = f"{poison}\r\nBcc: all@x.example"
    with post_office() as (post, send):
        told = world.tick(post, send)
    (aside,) = (row for row in world.letters() if row.state != MailState.SENT)
    broken = [] if aside.state == MailState.FAILED and aside.answer else [f"the poison ended as {aside.state}"]
    note = f"{told['failed']} set aside, with its reason"
    came = [(each.recipient, each) for each in post.arrivals]
    return tally({*everybody} - {poison}, came, note, broken=broken)


def stormed(world: World, *, letters: int) -> Outcome:
    """Far more letters than usual are held, then released by a person."""
    usual, many = people_named("usual", 5), people_named("p", max(letters, STORM_FLOOR + 1))
    intake, broken = world.add_intake("fund", FAR), []
    world.follow(usual, intake)
    with post_office() as (post, send):
        world.tick(post, send)
        world.go(days=2)
        world.follow(many, intake)
        for _ in range(2):
            world.tick(post, send)
            world.go(minutes=1)
        broken += [] if len(post.arrivals) == len(usual) else ["letters left while they were held"]
        broken += [] if ticks.trouble(db.session(), world.at) is Trouble.SET_APART else ["nobody is told"]
        with transaction() as session:
            released = ticks.release(session, "operator", world.at)
        for _ in range(2):
            world.tick(post, send)
            world.go(minutes=1)
    came = [(each.recipient, each) for each in post.arrivals]
    return tally([*usual, *many], came, f"{released} held, one click", broken=broken)
