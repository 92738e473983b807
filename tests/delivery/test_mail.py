"""Mail over a real conversation: with a server that works, and with one that does what a script says."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

from grants.delivery.mail import Delivery, Ending, Folder, Letter, Server, as_message, new_message_id
from tests.faults.smtp import CLOSE, DRIP, HALF, HANG, Scripted

WRITTEN = datetime(2026, 11, 24, 15, tzinfo=UTC)


def a_letter(**changed: Any) -> Letter:
    values = {
        "message_id": "<one@funding.example>",
        "recipient": "ana@town.example",
        "subject": "In 7 days: Fund",
        "text": "Hello\n",
        "html": "<p>Hello</p>",
        "written": WRITTEN,
        **changed,
    }
    return Letter(**values)


def a_server(port: int, **changed: Any) -> Server:
    values = {
        "host": "127.0.0.1",
        "port": port,
        "tls": "none",
        "sender": "Navigator <navigator@funding.example>",
        "connect_seconds": 0.5,
        "reply_seconds": 0.5,
        "total_seconds": 3.0,
        **changed,
    }
    return Server(**values)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def scripted() -> Iterator[Callable[..., tuple[Scripted, int]]]:
    made: list[Scripted] = []

    def start(**script: str | list[str]) -> tuple[Scripted, int]:
        server = Scripted({name.replace("dot", "."): said for name, said in script.items()})
        made.append(server)
        return server, server.start()

    yield start
    for server in made:
        server.stop()


@pytest.mark.parametrize(
    ("script", "ending", "code", "unreachable"),
    [
        pytest.param({}, Ending.SENT, 250, False, id="works"),
        pytest.param({"banner": "421 busy"}, Ending.DEFERRED, 421, True, id="421 at banner"),
        pytest.param({"banner": "554 not for you"}, Ending.DEFERRED, 554, True, id="554 at banner"),
        pytest.param({"banner": CLOSE}, Ending.DEFERRED, None, True, id="hangs up at once"),
        pytest.param({"banner": HANG}, Ending.DEFERRED, None, True, id="hangs at banner"),
        pytest.param({"banner": DRIP}, Ending.DEFERRED, None, True, id="a byte at a time"),
        pytest.param({"EHLO": "421 bye", "HELO": "421 bye"}, Ending.DEFERRED, 421, True, id="421 at greeting"),
        pytest.param({"MAIL": "421 bye"}, Ending.DEFERRED, 421, False, id="421 at MAIL"),
        pytest.param({"MAIL": "550 no such sender"}, Ending.HELD, 550, False, id="sender refused"),
        pytest.param({"MAIL": "530 sign in first"}, Ending.HELD, 530, False, id="wants a sign-in"),
        pytest.param({"RCPT": "421 bye"}, Ending.DEFERRED, 421, False, id="421 at RCPT"),
        pytest.param({"RCPT": "450 greylisted"}, Ending.DEFERRED, 450, False, id="greylisted"),
        pytest.param({"RCPT": "452 full"}, Ending.DEFERRED, 452, False, id="452 mailbox full"),
        pytest.param({"RCPT": "552 over quota"}, Ending.DEFERRED, 552, False, id="552 over quota"),
        pytest.param({"RCPT": "550 unknown"}, Ending.BOUNCED, 550, False, id="unknown recipient"),
        pytest.param({"RCPT": "551 elsewhere"}, Ending.BOUNCED, 551, False, id="recipient elsewhere"),
        pytest.param({"RCPT": "553 no such name"}, Ending.BOUNCED, 553, False, id="recipient's name refused"),
        pytest.param({"RCPT": CLOSE}, Ending.DEFERRED, None, False, id="hangs up at RCPT"),
        pytest.param({"DATA": "421 bye"}, Ending.DEFERRED, 421, False, id="421 at DATA"),
        pytest.param({"DATA": "554 no"}, Ending.FAILED, 554, False, id="554 at DATA"),
        pytest.param({"dot": "554 content"}, Ending.FAILED, 554, False, id="554 after DATA"),
        pytest.param({"dot": "550 content"}, Ending.FAILED, 550, False, id="550 after DATA"),
        pytest.param({"dot": "451 later"}, Ending.DEFERRED, 451, False, id="451 after DATA"),
        pytest.param({"dot": CLOSE}, Ending.DEFERRED, None, False, id="takes it, hangs up before 250"),
        pytest.param({"dot": HANG}, Ending.DEFERRED, None, False, id="hangs after DATA"),
        pytest.param({"dot": DRIP}, Ending.DEFERRED, None, False, id="a byte at a time after DATA"),
        pytest.param({"dot": HALF}, Ending.DEFERRED, None, False, id="half an answer, then hangs up"),
        pytest.param({"dot": "nonsense"}, Ending.DEFERRED, None, False, id="no number in its answer"),
        pytest.param({"QUIT": CLOSE}, Ending.SENT, 250, False, id="hangs up at QUIT"),
    ],
)
def test_the_answer_decides(
    scripted: Callable[..., tuple[Scripted, int]],
    script: dict[str, str],
    ending: Ending,
    code: int | None,
    unreachable: bool,  # noqa: FBT001
) -> None:
    _, port = scripted(**script)
    delivery = a_server(port, total_seconds=1.0)(a_letter())
    assert (delivery.ending, delivery.code, delivery.unreachable) == (ending, code, unreachable)
    assert delivery.words


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({}, id="nobody listens"),
        pytest.param({"host": "no-such-host.invalid"}, id="no such name"),
        pytest.param({"host": "mail..example"}, id="no name at all"),
    ],
)
def test_who_is_not_there_is_tried_again(changed: dict[str, str]) -> None:
    delivery = a_server(free_port(), **changed)(a_letter())
    assert (delivery.ending, delivery.unreachable) == (Ending.DEFERRED, True)


@pytest.mark.parametrize("tls", ["starttls", "tls"])
def test_a_server_without_protection_never_gets_the_letter(
    scripted: Callable[..., tuple[Scripted, int]], tls: str
) -> None:
    server, port = scripted()
    delivery = a_server(port, tls=tls, username="me", password="secret words")(a_letter())
    assert (delivery.ending, delivery.unreachable) == (Ending.DEFERRED, True)
    assert server.arrivals == []
    assert not any("AUTH" in command for command in server.commands)


def test_a_server_that_hangs_at_the_farewell_is_left(scripted: Callable[..., tuple[Scripted, int]]) -> None:
    server, port = scripted(QUIT=HANG)
    begun = time.monotonic()
    delivery = a_server(port, connect_seconds=0.2, reply_seconds=10.0, total_seconds=10.0)(a_letter())
    assert (delivery.ending, len(server.arrivals)) == (Ending.SENT, 1)
    assert time.monotonic() - begun < 5


def test_a_greylisted_letter_arrives_at_the_second_try(scripted: Callable[..., tuple[Scripted, int]]) -> None:
    server, port = scripted(RCPT=["450 later", "250 ok"])
    send = a_server(port)
    assert [send(a_letter()).ending for _ in range(2)] == [Ending.DEFERRED, Ending.SENT]
    assert len(server.arrivals) == 1


@dataclass
class Keeper:
    """What a real server took."""

    envelopes: list[Any] = field(default_factory=list)

    async def handle_DATA(self, _server: SMTP, _session: Any, envelope: Any) -> str:  # noqa: N802 - the library's name
        self.envelopes.append(envelope)
        return "250 taken"


@pytest.fixture
def real() -> Iterator[tuple[Keeper, int]]:
    """Run a server that offers neither 8BITMIME nor SMTPUTF8 and wants a sign-in where one is offered."""
    keeper, port = Keeper(), free_port()

    def check(_server: Any, _session: Any, _envelope: Any, _mechanism: str, given: Any) -> AuthResult:
        return AuthResult(success=given.password == b"right words")

    controller = Controller(
        keeper,
        hostname="127.0.0.1",
        port=port,
        decode_data=False,
        enable_SMTPUTF8=False,
        authenticator=check,
        auth_require_tls=False,
    )
    controller.start()
    yield keeper, port
    controller.stop()


class TestRealServer:
    """A conversation with a server that works."""

    def test_a_letter_arrives_whole(self, real: tuple[Keeper, int]) -> None:
        keeper, port = real
        letter = a_letter(
            subject="Dans 7 jours\u00a0: échéance",
            text="Bonjour Zoé,\n.\nl’échéance\n..\n" + "é" * 3000 + "\n",
            html="<p>l’échéance</p>",
            unsubscribe="https://funding.example/unsubscribe/MQ.abc",
        )
        assert a_server(port)(letter).ending is Ending.SENT
        (envelope,) = keeper.envelopes
        assert (envelope.mail_from, envelope.rcpt_tos) == ("navigator@funding.example", ["ana@town.example"])
        assert envelope.content.isascii()
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert message["Subject"] == letter.subject
        assert message["Message-ID"] == letter.message_id
        assert message["Auto-Submitted"] == "auto-generated"
        assert message["List-Unsubscribe"].strip() == "<https://funding.example/unsubscribe/MQ.abc>"
        assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert message["Date"].datetime == WRITTEN
        plain, html = message.get_body(("plain",)), message.get_body(("html",))
        assert plain is not None
        assert html is not None
        assert plain.get_content().replace("\r\n", "\n") == letter.text
        assert html.get_content().strip() == letter.html

    def test_a_right_password_lets_us_in(self, real: tuple[Keeper, int]) -> None:
        keeper, port = real
        assert a_server(port, username="me", password="right words")(a_letter()).ending is Ending.SENT
        assert len(keeper.envelopes) == 1


@pytest.mark.parametrize(
    ("script", "ending"),
    [
        pytest.param({"AUTH": "535 wrong"}, Ending.HELD, id="wrong password"),
        pytest.param({"AUTH": "454 not now"}, Ending.DEFERRED, id="not now"),
        pytest.param({"EHLO": "250 ok"}, Ending.HELD, id="no way to sign in"),
    ],
)
def test_a_refused_sign_in_holds_everything(
    scripted: Callable[..., tuple[Scripted, int]], script: dict[str, str], ending: Ending
) -> None:
    server, port = scripted(**{"EHLO": "250-ok\r\n250 AUTH PLAIN", **script})
    assert a_server(port, username="me", password="words")(a_letter()).ending is ending
    assert server.arrivals == []


def test_a_password_that_cannot_be_told_holds_everything(scripted: Callable[..., tuple[Scripted, int]]) -> None:
    server, port = scripted(EHLO="250-ok\r\n250 AUTH PLAIN")
    assert a_server(port, username="me", password="été")(a_letter()).ending is Ending.HELD
    assert server.arrivals == []


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"subject": "Fund\r\nBcc: all@x.example"}, id="subject"),
        pytest.param({"recipient": "ana@town.example\r\nBcc: all@x.example"}, id="recipient"),
        pytest.param({"recipient": "ana@town.example, all@x.example"}, id="two recipients"),
        pytest.param({"message_id": "<one@x>\r\nBcc: all@x.example"}, id="message id"),
        pytest.param({"unsubscribe": "https://x.example/\r\nBcc: all@x.example"}, id="unsubscribe address"),
    ],
)
def test_no_word_becomes_a_header(
    scripted: Callable[..., tuple[Scripted, int]], tmp_path: Path, changed: dict[str, str]
) -> None:
    server, port = scripted()
    letter = a_letter(**changed)
    assert a_server(port)(letter).ending is Ending.FAILED
    assert Folder(tmp_path, "navigator@funding.example")(letter).ending is Ending.FAILED
    assert server.connections == 0
    assert list(tmp_path.iterdir()) == []


class TestFolder:
    """Letters kept as files."""

    def test_a_letter_is_a_file_that_mail_programs_open(self, tmp_path: Path) -> None:
        folder = Folder(tmp_path / "outbox", "navigator@funding.example")
        told = {folder(a_letter(text="l’échéance\n")) for _ in range(2)}
        (file,) = (tmp_path / "outbox").iterdir()
        assert told == {Delivery(Ending.SENT, None, file.name)}
        message = message_from_bytes(file.read_bytes(), policy=policy.default)
        body = message.get_body(("plain",))
        assert message["To"] == "ana@town.example"
        assert body is not None
        assert body.get_content().splitlines() == ["l’échéance"]

    def test_a_folder_that_cannot_be_written_to_puts_off(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("in the way", encoding="utf-8")
        delivery = Folder(tmp_path / "file" / "outbox", "navigator@funding.example")(a_letter())
        assert delivery.ending is Ending.DEFERRED


def test_a_name_before_the_senders_address_stays_a_name() -> None:
    message = as_message(a_letter(), "Navigateur d’été <navigator@funding.example>")
    assert message["From"].addresses[0].display_name == "Navigateur d’été"
    assert message["From"].addresses[0].addr_spec == "navigator@funding.example"


def test_every_message_id_is_new() -> None:
    assert len({new_message_id("funding.example") for _ in range(1000)}) == 1000


@pytest.mark.parametrize("length", range(1, 12))
def test_a_french_subject_arrives_as_it_was_written(length: int) -> None:
    subject = f"{'mot ' * length}Un second facteur a été configuré à l’échéance prévue\u00a0: Programme été – hiver"
    letter = Letter("<a@x.example>", "ana@x.example", subject, "text", "<p>text</p>", WRITTEN)
    message = message_from_bytes(as_message(letter, "navigator@x.example").as_bytes())
    assert str(make_header(decode_header(message["Subject"]))) == subject
