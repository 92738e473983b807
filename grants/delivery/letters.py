"""Turn what a letter says into its subject, its text and its HTML, and sign the link that ends such letters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

from itsdangerous import BadSignature, URLSafeSerializer
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from config import ROOT, Settings
from grants.delivery.mail import Folder, Send, Server
from grants.domain.bilingual import Bilingual, Language
from grants.domain.phrases import NBSP

LONGEST_SUBJECT = 150


@dataclass(frozen=True, slots=True)
class Link:
    """Words that lead somewhere."""

    words: str
    address: str


@dataclass(frozen=True, slots=True)
class Item:
    """One thing a letter tells of: what it is, what is to be said, where to read more."""

    title: str
    lines: Sequence[str]
    link: Link | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """Items under a heading; no heading where one is not needed."""

    heading: str | None
    items: Sequence[Item]


@dataclass(frozen=True, slots=True)
class Part:
    """A letter in one language."""

    language: Language
    subject: str
    greeting: str
    opening: Sequence[str]
    sections: Sequence[Section]
    closing: Sequence[str]
    signature: str
    links: Sequence[Link]

    @property
    def colon(self) -> str:
        """The colon as the language sets it."""
        return f"{NBSP}:" if self.language == "fr" else ":"


@dataclass(frozen=True, slots=True)
class Written:
    """A letter as it is sent."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Stationery:
    """What every letter of this site bears: its name, its public address, and the key it signs links with."""

    site: Bilingual
    base_url: str
    key: str

    @property
    def host(self) -> str:
        """The host of the site, for Message-IDs and greetings."""
        return urlsplit(self.base_url).hostname or "localhost"

    def page(self, language: Language, path: str) -> str:
        """Give the public address of a page."""
        return f"{self.base_url}/{language}/{path}"

    def unsubscribe(self, person_id: int) -> str:
        """Give the address that ends a person's reminders in one step, without signing in."""
        return f"{self.base_url}/unsubscribe/{_signer(self.key).dumps(person_id)}"

    def unsubscribes(self, token: str) -> int | None:
        """Read whose reminders a link ends; ``None`` where the link is not ours."""
        try:
            person_id = _signer(self.key).loads(token)
        except BadSignature:
            return None
        return person_id if isinstance(person_id, int) else None


def stationery(settings: Settings) -> Stationery:
    """Take what letters bear from the settings."""
    return Stationery(
        Bilingual(settings.site_name, settings.site_name_fr), settings.public_base_url, settings.secret_key
    )


def sender(settings: Settings) -> Send:
    """Give the way letters leave: the mail server that the settings name, else the folder."""
    if settings.smtp_host is None:
        return Folder(settings.outbox_dir, settings.mail_from)
    return Server(
        host=settings.smtp_host,
        port=settings.smtp_port,
        tls=settings.smtp_tls.value,
        sender=settings.mail_from,
        username=settings.smtp_username,
        password=settings.smtp_password,
        own_name=stationery(settings).host,
    )


def write(parts: Sequence[Part]) -> Written:
    """Write a letter in one language or in two; a line break in a name never reaches the subject."""
    subject = " ".join(" / ".join(part.subject for part in parts).split())
    if len(subject) > LONGEST_SUBJECT:
        subject = subject[: LONGEST_SUBJECT - 1].rstrip() + "…"
    letter: dict[str, object] = {"subject": subject, "parts": parts}
    return Written(subject, _template("letter.txt", letter), _template("letter.html", letter))


def _template(name: str, letter: dict[str, object]) -> str:
    return _environment().get_template(name).render(letter=letter).strip() + "\n"


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(ROOT / "templates" / "emails"),
        autoescape=select_autoescape(["html"]),  # the other half of a letter is plain text
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _signer(key: str) -> URLSafeSerializer:
    return URLSafeSerializer(key, salt="unsubscribe")
