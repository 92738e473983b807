"""A mail server that answers as a script says and keeps what it took."""

from __future__ import annotations

import socket
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cached_property
from typing import BinaryIO

HANG, CLOSE, DRIP, HALF = "hang", "close", "drip", "half"

USUAL = {"banner": "220 ready", "DATA": "354 go on", "QUIT": "221 bye", "AUTH": "235 welcome", ".": "250 taken"}
HANG_SECONDS = 20.0
DRIP_SECONDS = 0.05
SETTLE_SECONDS = 10.0


@dataclass(frozen=True)
class Arrival:
    """A letter that came whole, and what was answered to its end."""

    recipient: str
    content: bytes
    answer: str

    @property
    def taken(self) -> bool:
        """Whether the server has the letter: it said yes, or hung up before it could say anything."""
        return self.answer.startswith("2") or self.answer in {CLOSE, HALF}

    @cached_property
    def message_id(self) -> str:
        return str(self._message["Message-ID"])

    @cached_property
    def subject(self) -> str:
        return str(self._message["Subject"])

    @cached_property
    def text(self) -> str:
        body = self._message.get_body(("plain",))
        return "" if body is None else str(body.get_content())

    @cached_property
    def _message(self) -> EmailMessage:
        message = message_from_bytes(self.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        return message


@dataclass
class Scripted:
    """A mail server on a free port.

    ``script`` gives an answer by step: ``banner``, the verb of a command, ``.`` for the end of a letter. A list holds
    the answers of the first times only, counted for each recipient from RCPT on; after that the server works. ``hang``
    says nothing, ``close`` hangs up, ``drip`` sends a byte at a time for ever, ``half`` begins to say yes and hangs up.
    With ``only``, all of this concerns letters to one recipient, from RCPT on. ``meanwhile`` is called with step and
    recipient before each answer.
    """

    script: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    only: str | None = None
    meanwhile: Callable[[str, str], None] | None = None
    arrivals: list[Arrival] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    connections: int = 0
    over: threading.Event = field(default_factory=threading.Event)

    def start(self) -> int:
        """Listen, and give the port."""
        self._asked: Counter[tuple[str, str]] = Counter()
        self._talking: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()
        return int(self._listener.getsockname()[1])

    def stop(self) -> None:
        """Listen no longer and end every conversation."""
        self.over.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._accepting.join(SETTLE_SECONDS)
        self.settle()

    def settle(self) -> None:
        """Wait until whatever was sent has been read."""
        for each in self._talking:
            each.join(SETTLE_SECONDS)
        self._talking = [each for each in self._talking if each.is_alive()]

    def _accept(self) -> None:
        with suppress(OSError):
            while not self.over.is_set():
                connection, _ = self._listener.accept()
                self.connections += 1
                thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
                thread.start()
                self._talking = [each for each in self._talking if each.is_alive()] + [thread]

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError), connection.makefile("rb") as lines:
            self._converse(connection, lines)

    def _converse(self, connection: socket.socket, lines: BinaryIO) -> None:
        recipient = ""
        if not self._say(connection, self._answer("banner", recipient)):
            return
        for line in lines:
            command = line.decode("latin-1").strip()
            self.commands.append(command)
            verb = command.partition(" ")[0].upper()
            if verb == "RCPT":
                recipient = command.partition("<")[2].partition(">")[0]
            answer = self._answer(verb, recipient)
            if not self._say(connection, answer) or verb == "QUIT":
                return
            if verb == "DATA" and answer.startswith("354"):
                content = _letter(lines)
                if content is None:
                    return
                answer = self._answer(".", recipient)
                self.arrivals.append(Arrival(recipient, content, answer))
                if not self._say(connection, answer):
                    return

    def _answer(self, step: str, recipient: str) -> str:
        if self.meanwhile is not None:
            self.meanwhile(step, recipient)
        usual, told = USUAL.get(step, "250 ok"), self.script.get(step)
        if told is None or (self.only is not None and recipient != self.only):
            return usual
        if isinstance(told, str):
            return told
        times = self._asked[step, recipient]
        self._asked[step, recipient] += 1
        return told[times] if times < len(told) else usual

    def _say(self, connection: socket.socket, answer: str) -> bool:
        """Answer; False where the conversation is over with it."""
        if answer == HALF:
            connection.sendall(b"250 ta")
        if answer == HANG:
            self.over.wait(HANG_SECONDS)
        if answer == DRIP:
            while not self.over.wait(DRIP_SECONDS):
                connection.sendall(b"2")
        if answer in {CLOSE, HALF, HANG, DRIP}:
            return False
        connection.sendall(answer.encode() + b"\r\n")
        return True


def _letter(lines: BinaryIO) -> bytes | None:
    """Read a letter up to the dot that ends it; ``None`` where it breaks off."""
    content: list[bytes] = []
    for line in lines:
        if line == b".\r\n":
            return b"".join(content)
        content.append(line)
    return None
