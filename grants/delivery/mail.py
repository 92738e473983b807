"""Hand one message to the mail server, or to a folder where there is none, and tell exactly how that ended.

The standard library has no time-outs of its own and throws the same kinds of error for what will pass and for what
will not: here every step has a bound, and the reply code decides. Nothing raises; no fault stops the next message.
"""

from __future__ import annotations

import secrets
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from email.errors import HeaderParseError
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, parseaddr
from enum import StrEnum
from pathlib import Path
from threading import Timer
from typing import BinaryIO, Protocol

CONNECT_SECONDS = 30.0
REPLY_SECONDS = 600.0
TOTAL_SECONDS = 660.0


class _WholeWords(EmailPolicy):
    """Writes a subject with accents as encoded words throughout.

    The library encodes word by word, and where a line ends between two of them the space is lost for every reader.
    """

    def fold(self, name: str, value: str) -> str:
        """Write a header as lines."""
        if name.lower() != "subject" or value.isascii():
            return str(super().fold(name, value))
        return f"{name}: {Header(str(value), 'utf-8', header_name=name).encode(linesep=self.linesep)}{self.linesep}"

    def fold_binary(self, name: str, value: str) -> bytes:
        """Write a header as the bytes of its lines."""
        if name.lower() != "subject" or value.isascii():
            return super().fold_binary(name, value)
        return self.fold(name, value).encode("ascii")


# Seven bits and encoded words: every server takes it, whatever it can or cannot do.
POLICY = _WholeWords(linesep="\r\n", cte_type="7bit")

AUTHENTICATION = frozenset({530, 534, 535, 538})
OVER_QUOTA = 552
TEMPORARY = range(400, 500)
POSITIVE = range(200, 300)
UNREADABLE = -1


class Ending(StrEnum):
    """How handing over a message ended."""

    SENT = "sent"
    """The server took it."""
    DEFERRED = "deferred"
    """Not now: try again later."""
    BOUNCED = "bounced"
    """The server refuses the recipient for good."""
    FAILED = "failed"
    """The server refuses the message for good."""
    HELD = "held"
    """The server refuses us: nothing at all should be tried before a person has looked."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """How it ended; ``words`` are the server's, or ours where it said nothing. ``unreachable``: it never greeted us."""

    ending: Ending
    code: int | None
    words: str
    unreachable: bool = False


@dataclass(frozen=True, slots=True)
class Letter:
    """One message to one person, in words; ``unsubscribe`` is the address that ends letters of its kind in one step."""

    message_id: str
    recipient: str
    subject: str
    text: str
    html: str
    written: datetime
    unsubscribe: str | None = None


class Send(Protocol):
    """Hands over a letter and tells how that ended; raises nothing."""

    def __call__(self, letter: Letter) -> Delivery:
        """Hand over ``letter``."""


@dataclass(frozen=True, slots=True)
class Server:
    """A mail server and how to speak with it; seconds bound connecting and greeting, each reply, and all together."""

    host: str
    port: int
    tls: str
    sender: str
    username: str | None = None
    password: str | None = None
    own_name: str = "localhost"
    connect_seconds: float = CONNECT_SECONDS
    reply_seconds: float = REPLY_SECONDS
    total_seconds: float = TOTAL_SECONDS

    def __call__(self, letter: Letter) -> Delivery:
        """Hand over a letter in a conversation of its own."""
        try:
            content = as_message(letter, self.sender).as_bytes()
        except (HeaderParseError, ValueError, UnicodeError, LookupError, IndexError) as fault:
            return Delivery(Ending.FAILED, None, f"the letter cannot be written as mail: {fault}")
        try:
            with self._conversation() as smtp:
                return self._hand_over(smtp, letter.recipient, content)
        except _RefusedError as refusal:
            return refusal.delivery
        except (OSError, smtplib.SMTPException) as fault:
            # What reached the server is not known: the same Message-ID tells it that a second try is the same letter.
            return Delivery(Ending.DEFERRED, None, f"the conversation broke off: {_told(fault)}")

    @contextmanager
    def _conversation(self) -> Iterator[smtplib.SMTP]:
        """Connect, greet, protect, sign in; end it whatever happens, after ``total_seconds`` at the latest."""
        smtp = self._unconnected()
        watch = Timer(self.total_seconds, lambda: _cut(smtp))
        watch.daemon = True
        watch.start()
        try:
            self._greet(smtp)
            yield smtp
            with suppress(OSError, smtplib.SMTPException):
                if smtp.sock is not None:
                    smtp.sock.settimeout(self.connect_seconds)  # the letter is taken: nobody waits long for a farewell
                smtp.quit()
        finally:
            watch.cancel()
            smtp.close()

    def _unconnected(self) -> smtplib.SMTP:
        own, seconds = self.own_name, self.connect_seconds
        if self.tls == "tls":
            return _SmtpOverTls(timeout=seconds, local_hostname=own, context=ssl.create_default_context())
        return _Smtp(timeout=seconds, local_hostname=own)

    def _greet(self, smtp: smtplib.SMTP) -> None:
        try:
            # The name that its certificate must bear; told only to a constructor that connects at once.
            smtp._host = self.host  # type: ignore[attr-defined]  # noqa: SLF001
            code, words = smtp.connect(self.host, self.port)
            if code not in POSITIVE:
                raise _RefusedError(Delivery(Ending.DEFERRED, code, _readable(words), unreachable=True))
            if smtp.sock is not None:
                smtp.sock.settimeout(self.reply_seconds)
            smtp.ehlo_or_helo_if_needed()
            if self.tls == "starttls":
                smtp.starttls(context=ssl.create_default_context())
                smtp.ehlo_or_helo_if_needed()
        except smtplib.SMTPResponseException as fault:
            raise _RefusedError(
                Delivery(Ending.DEFERRED, fault.smtp_code, _readable(fault.smtp_error), unreachable=True)
            ) from fault
        except (OSError, UnicodeError, smtplib.SMTPException) as fault:
            # A host whose name cannot be one is a mistake in our settings: no letter is to blame, and all are kept.
            raise _RefusedError(Delivery(Ending.DEFERRED, None, _told(fault), unreachable=True)) from fault
        self._sign_in(smtp)

    def _sign_in(self, smtp: smtplib.SMTP) -> None:
        if self.username is None or self.password is None:
            return
        try:
            smtp.login(self.username, self.password)
        except smtplib.SMTPResponseException as fault:
            ending = Ending.DEFERRED if fault.smtp_code in TEMPORARY else Ending.HELD
            raise _RefusedError(Delivery(ending, fault.smtp_code, _readable(fault.smtp_error))) from fault
        except (UnicodeError, smtplib.SMTPNotSupportedError) as fault:
            raise _RefusedError(Delivery(Ending.HELD, None, f"signing in: {fault}")) from fault

    def _hand_over(self, smtp: smtplib.SMTP, recipient: str, content: bytes) -> Delivery:
        sender = parseaddr(self.sender)[1]
        # A refused sender is no fault of this letter: every other one would meet the same.
        self._expect(smtp.mail(sender), POSITIVE, refused=Ending.HELD)
        self._expect(smtp.rcpt(recipient), POSITIVE, refused=Ending.BOUNCED)
        try:
            code, words = smtp.data(content)
        except smtplib.SMTPDataError as fault:
            code, words = fault.smtp_code, fault.smtp_error  # type: ignore[assignment]
        self._expect((code, words), POSITIVE, refused=Ending.FAILED)
        return Delivery(Ending.SENT, code, _readable(words))

    @staticmethod
    def _expect(reply: tuple[int, bytes], good: range, *, refused: Ending) -> None:
        """Go on after a good reply.

        Raises:
            _RefusedError: with what the reply means at this step. 421 says goodbye and a full mailbox may be emptied:
                both are tried again. A server that wants us to sign in first refuses us, not the letter.
        """
        code, words = reply
        if code in good:
            return
        if code in TEMPORARY or code in {OVER_QUOTA, UNREADABLE}:
            ending = Ending.DEFERRED
        elif code in AUTHENTICATION:
            ending = Ending.HELD
        else:
            ending = refused
        raise _RefusedError(Delivery(ending, code if code > 0 else None, _readable(words)))


class _WholeLines:
    """The lines of a conversation; one that breaks off is none. smtplib would take ``250`` of it for a yes."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file

    def readline(self, limit: int) -> bytes:
        """Read a line that has its end, or nothing."""
        line = self.file.readline(limit)
        return line if line.endswith(b"\n") or len(line) == limit else b""

    def close(self) -> None:
        """Let the conversation go."""
        self.file.close()


class _Smtp(smtplib.SMTP):
    """SMTP that believes whole answers only."""

    def getreply(self) -> tuple[int, bytes]:
        """Read an answer of the server."""
        if self.file is None and self.sock is not None:
            self.file = _WholeLines(self.sock.makefile("rb"))
        return super().getreply()


class _SmtpOverTls(_Smtp, smtplib.SMTP_SSL):
    """The same, protected from the first byte."""


class _RefusedError(Exception):
    """The conversation ended before the letter was taken."""

    def __init__(self, delivery: Delivery) -> None:
        super().__init__(delivery.words)
        self.delivery = delivery


@dataclass(frozen=True, slots=True)
class Folder:
    """Where letters are kept as files when there is no mail server."""

    path: Path
    sender: str

    def __call__(self, letter: Letter) -> Delivery:
        """Write a letter as a file that mail programs open; the same letter a second time replaces the first."""
        name = "".join(each for each in letter.message_id.partition("@")[0] if each.isalnum())[:80]
        draft = self.path / f".{name}.{secrets.token_hex(4)}"
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            draft.write_bytes(as_message(letter, self.sender).as_bytes())
            draft.replace(self.path / f"{name}.eml")
        except OSError as fault:
            with suppress(OSError):
                draft.unlink()
            return Delivery(Ending.DEFERRED, None, f"the folder cannot be written to: {fault.strerror}")
        except (HeaderParseError, ValueError, UnicodeError, LookupError, IndexError) as fault:
            return Delivery(Ending.FAILED, None, f"the letter cannot be written as mail: {fault}")
        return Delivery(Ending.SENT, None, f"{name}.eml")


def as_message(letter: Letter, sender: str) -> EmailMessage:
    """Write a letter as mail: text and HTML, no tracking, one step to unsubscribe.

    Raises:
        ValueError: a header holds a line break or an address is none, so the letter could carry headers of its own.
    """
    message = EmailMessage(policy=POLICY)
    name, address = parseaddr(sender)
    message["From"] = Address(display_name=name, addr_spec=address)
    message["To"] = Address(addr_spec=letter.recipient)
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(letter.written)
    message["Message-ID"] = letter.message_id
    message["Auto-Submitted"] = "auto-generated"
    if letter.unsubscribe is not None:
        message["List-Unsubscribe"] = f"<{letter.unsubscribe}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    return message


def new_message_id(host: str) -> str:
    """Make a Message-ID that nobody else makes."""
    return f"<{secrets.token_hex(16)}@{host}>"


def _cut(smtp: smtplib.SMTP) -> None:
    """End a conversation from outside: whoever waits for a reply is told that the connection is gone."""
    if smtp.sock is not None:
        with suppress(OSError):
            smtp.sock.shutdown(2)


def _readable(words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())[:500]


def _told(fault: Exception) -> str:
    return _readable(str(fault) or type(fault).__name__)
