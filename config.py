"""Settings, read once from the environment.

Every fault is found before any is reported, so that an operator mends a deployment in one go. Development needs no
variable at all: it keeps its database, its secret and its mail in ``instance/``. Production states everything.
"""

import contextlib
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parseaddr
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

ROOT = Path(__file__).resolve().parent

SITE_NAME = "Funding navigator"
SITE_NAME_FR = "Navigateur de financement"
DEFAULT_PORT = 8000
SMTP_PORTS = {"none": 25, "starttls": 587, "tls": 465}
LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
MAX_PORT = 65_535
MOST_PROXIES = 5
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")

SECRET_LENGTH = 32
SECRET_VARIETY = 10
# Words found in the example keys of tutorials and templates; a random key of 43 characters holds one of them by chance
# less often than once in a million.
SECRET_EXAMPLES = (
    "changeme", "change-me", "change_me", "default", "development", "django", "example", "insecure", "not-so",
    "password", "placeholder", "replace", "secret", "super-", "your-", "your_",
)  # fmt: skip

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
_HOST = re.compile(r"\.?[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[?[0-9A-Fa-f:]+\]?")


class Environment(StrEnum):
    """Where the program runs: production refuses what the other two allow."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"
    TEST = "test"


class Tls(StrEnum):
    """How the connection to the mail server is protected."""

    NONE = "none"
    STARTTLS = "starttls"
    TLS = "tls"


_Choice = TypeVar("_Choice", bound=StrEnum)


class SettingsError(Exception):
    """Some settings are missing or wrong; ``faults`` holds a sentence for each."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("\n".join(["The settings are not right:", *(f"  - {fault}" for fault in faults)]))
        self.faults = faults


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the environment says. Secrets and addresses that may hold one are left out of ``repr``."""

    environment: Environment
    secret_key: str = field(repr=False)
    database_url: str = field(repr=False)
    public_base_url: str
    trusted_hosts: tuple[str, ...] = ()
    """Host names that this site answers to; empty means any, in development and tests only."""
    trusted_proxies: int = 0
    """How many proxies of our own stand before this site, each of which tells whom it speaks for."""
    smtp_host: str | None = None
    """None: mails are written to ``outbox_dir`` as files."""
    smtp_port: int = 25
    smtp_username: str | None = None
    smtp_password: str | None = field(default=None, repr=False)
    smtp_tls: Tls = Tls.NONE
    mail_from: str = "navigator@localhost"
    outbox_dir: Path
    instance_dir: Path
    port: int = DEFAULT_PORT
    log_level: str = "INFO"
    site_name: str = SITE_NAME
    site_name_fr: str = SITE_NAME_FR

    @property
    def is_development(self) -> bool:
        """Whether conveniences that would be holes elsewhere are on: sign-in without a password, the outbox page."""
        return self.environment is Environment.DEVELOPMENT

    @property
    def is_production(self) -> bool:
        """Whether people rely on this copy: secure cookies, HSTS, strict settings."""
        return self.environment is Environment.PRODUCTION

    @property
    def is_test(self) -> bool:
        """Whether errors reach the test that caused them instead of becoming pages."""
        return self.environment is Environment.TEST

    @classmethod
    def from_environ(cls, environ: Mapping[str, str], *, instance_dir: Path = ROOT / "instance") -> "Settings":
        """Read the settings; an empty variable counts as absent.

        Outside production a missing SECRET_KEY is made once and kept in ``instance_dir``, readable by its owner only.

        Raises:
            SettingsError: with every fault, not only the first.
        """
        read = _Reader(environ)
        environment = read.choice("APP_ENV", Environment, Environment.DEVELOPMENT)
        strict = environment is Environment.PRODUCTION
        port = read.port("PORT", DEFAULT_PORT)
        secret_key = _secret_key(read, strict=strict)
        database_url = _database_url(read, instance_dir, strict=strict)
        public_base_url = _public_base_url(read, port, strict=strict)
        trusted_hosts = _trusted_hosts(read, public_base_url, strict=strict)
        trusted_proxies = read.count("TRUSTED_PROXIES", MOST_PROXIES)
        smtp_host = read.text("SMTP_HOST")
        smtp_tls = read.choice("SMTP_TLS", Tls, Tls.NONE if smtp_host in LOCAL_HOSTS else Tls.STARTTLS)
        smtp_port = read.port("SMTP_PORT", SMTP_PORTS[smtp_tls])
        _check_mail(read, smtp_tls, strict=strict)
        mail_from = _mail_from(read, strict=strict)
        log_level = _log_level(read)
        if read.faults:
            raise SettingsError(tuple(read.faults))
        site_name = read.text("SITE_NAME")
        return cls(
            environment=environment,
            secret_key=secret_key or kept_secret(instance_dir / "secret_key"),
            database_url=database_url,
            public_base_url=public_base_url,
            trusted_hosts=trusted_hosts,
            trusted_proxies=trusted_proxies,
            smtp_host=smtp_host,
            smtp_port=smtp_port,
            smtp_username=read.text("SMTP_USERNAME"),
            smtp_password=read.text("SMTP_PASSWORD"),
            smtp_tls=smtp_tls,
            mail_from=mail_from,
            outbox_dir=Path(read.text("OUTBOX_DIR") or instance_dir / "outbox"),
            instance_dir=instance_dir,
            port=port,
            log_level=log_level,
            site_name=site_name or SITE_NAME,
            site_name_fr=read.text("SITE_NAME_FR") or site_name or SITE_NAME_FR,
        )


def kept_secret(path: Path) -> str:
    """Return the secret kept in ``path``, made on the first call.

    Several processes may ask at once: the file appears whole or not at all, and the first one wins.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48))
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return path.read_text(encoding="ascii").strip()


class _Reader:
    """The environment, and the faults found in it so far."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.faults: list[str] = []

    def text(self, name: str) -> str | None:
        """Return a variable without the spaces around it, or None when it is absent or empty."""
        return self.environ.get(name, "").strip() or None

    def choice(self, name: str, kind: type[_Choice], default: _Choice) -> _Choice:
        """Return one of a few words; a word not among them is a fault."""
        text = self.text(name)
        if text is None:
            return default
        try:
            return kind(text.lower())
        except ValueError:
            self.faults.append(f"{name} is {text[:40]!r}; it must be one of {', '.join(kind)}.")
            return default

    def port(self, name: str, default: int) -> int:
        """Return a port number, 1 to 65535."""
        text = self.text(name)
        if text is None:
            return default
        if not text.isascii() or not text.isdigit() or not 1 <= int(text[:6]) <= MAX_PORT:
            self.faults.append(f"{name} is {text[:40]!r}; it must be a number from 1 to {MAX_PORT}.")
            return default
        return int(text)

    def count(self, name: str, most: int) -> int:
        """Return a whole number from 0 to ``most``; 0 when it is absent."""
        text = self.text(name)
        if text is None:
            return 0
        if not text.isascii() or not text.isdigit() or int(text[:6]) > most:
            self.faults.append(f"{name} is {text[:40]!r}; it must be a number from 0 to {most}.")
            return 0
        return int(text)


def _secret_key(read: _Reader, *, strict: bool) -> str | None:
    """Return the secret, or None when development or a test may make its own."""
    key = read.text("SECRET_KEY")
    if not strict:
        return key
    make_one = "make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
    if key is None:
        read.faults.append(f"SECRET_KEY is missing; {make_one}")
    elif weakness := weakness_of(key):
        read.faults.append(f"SECRET_KEY {weakness}; {make_one}")
    return key


def weakness_of(key: str) -> str | None:
    """Say what makes a secret easy to guess, or None when nothing is seen."""
    if len(key) < SECRET_LENGTH:
        return f"is shorter than {SECRET_LENGTH} characters"
    if any(word in key.lower() for word in SECRET_EXAMPLES):
        return "looks like an example from a manual"
    if len(set(key)) < SECRET_VARIETY:
        return f"has fewer than {SECRET_VARIETY} different characters"
    if key in (key + key)[1:-1]:
        return "repeats a shorter text"
    steps = sum(abs(ord(after) - ord(before)) <= 1 for before, after in pairwise(key))
    if steps > len(key) // 2:
        return "is a run of neighbouring characters"
    return None


def _database_url(read: _Reader, instance_dir: Path, *, strict: bool) -> str:
    """Return the database address, SQLite in a file or PostgreSQL; no fault repeats it, as it may hold a password."""
    text = read.text("DATABASE_URL")
    if text is None:
        if strict:
            read.faults.append("DATABASE_URL is missing; give postgresql://... or sqlite:////absolute/path.")
        return f"sqlite:///{instance_dir / 'navigator.sqlite3'}"
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        read.faults.append("DATABASE_URL cannot be read; give postgresql://user@host/name or sqlite:////absolute/path.")
        return text
    if url.drivername == "postgres":  # what several hosts hand out
        url = url.set(drivername="postgresql")
    if url.drivername in {"postgresql", "postgresql+psycopg"}:
        if not url.database:
            read.faults.append("DATABASE_URL names no database; end it with /name.")
    elif url.drivername != "sqlite":
        read.faults.append(f"DATABASE_URL asks for {url.drivername!r}; only sqlite and postgresql are supported.")
    elif url.database in {None, "", ":memory:"}:
        read.faults.append("DATABASE_URL asks for SQLite in memory; the web and the scheduler must share a file.")
    elif strict and not Path(str(url.database)).is_absolute():
        read.faults.append("DATABASE_URL gives SQLite a relative path; give sqlite:////absolute/path.")
    return url.render_as_string(hide_password=False)


def _public_base_url(read: _Reader, port: int, *, strict: bool) -> str:
    """Return where people reach the site, without a final slash: links in mails begin with it."""
    text = read.text("PUBLIC_BASE_URL")
    if text is None:
        if strict:
            read.faults.append("PUBLIC_BASE_URL is missing; give the address that people open, https://...")
        return f"http://localhost:{port}"
    try:
        parts = urlsplit(text)
        host = parts.hostname
        parts.port  # noqa: B018  reading it is the check
    except ValueError:
        parts, host = urlsplit(""), None
    if host is None or parts.scheme not in {"http", "https"} or not _HOST.fullmatch(host):
        read.faults.append(f"PUBLIC_BASE_URL is {text!r}; it must look like https://funding.example.ca")
    elif parts.path not in {"", "/"} or parts.query or parts.fragment or parts.username or parts.password:
        read.faults.append("PUBLIC_BASE_URL must be a scheme and a host only, nothing after them.")
    elif strict and parts.scheme != "https":
        read.faults.append("PUBLIC_BASE_URL must begin with https:// in production.")
    elif not strict and parts.scheme == "https" and host not in LOCAL_HOSTS:
        # Development lets anybody sign in as anybody: a public address means that APP_ENV was forgotten.
        read.faults.append(f"PUBLIC_BASE_URL is the public address {text!r}; set APP_ENV=production there.")
    return text.rstrip("/")


def _trusted_hosts(read: _Reader, public_base_url: str, *, strict: bool) -> tuple[str, ...]:
    """Return the host names that requests may carry, comma-separated; a leading dot admits subdomains."""
    text = read.text("TRUSTED_HOSTS")
    if text is None:
        if strict:
            read.faults.append("TRUSTED_HOSTS is missing; give the host names of this site, separated by commas.")
        return ()
    hosts = tuple(host.strip().lower() for host in text.split(",") if host.strip())
    wrong = [host for host in hosts if not _HOST.fullmatch(host)]
    if wrong or not hosts:
        read.faults.append(f"TRUSTED_HOSTS holds {', '.join(wrong) or 'nothing'}; give plain host names and no ports.")
    elif strict and (own := urlsplit(public_base_url).hostname) and not _admits(hosts, own):
        read.faults.append(f"TRUSTED_HOSTS leaves out {own}, the host of PUBLIC_BASE_URL.")
    return hosts


def _admits(hosts: tuple[str, ...], own: str) -> bool:
    """Say whether one of the names is ``own`` or, with a leading dot, a domain above it."""
    return any(own == host or (host.startswith(".") and f".{own}".endswith(host)) for host in hosts)


def _check_mail(read: _Reader, tls: Tls, *, strict: bool) -> None:
    """Find mail settings that contradict each other."""
    host = read.text("SMTP_HOST")
    username, password = read.text("SMTP_USERNAME"), read.text("SMTP_PASSWORD")
    if (username is None) != (password is None):
        missing = "SMTP_USERNAME" if username is None else "SMTP_PASSWORD"
        read.faults.append(f"{missing} is missing; a mail server is told both a name and a password, or neither.")
    if not strict:
        return
    if host is None and read.text("OUTBOX_DIR") is None:
        read.faults.append("SMTP_HOST is missing; without it set OUTBOX_DIR, and mails are written there as files.")
    if password is not None and tls is Tls.NONE and host not in LOCAL_HOSTS:
        read.faults.append("SMTP_TLS is none; the password would cross the network in the open. Use starttls or tls.")


def _mail_from(read: _Reader, *, strict: bool) -> str:
    """Return the sender's address, with or without a name before it."""
    text = read.text("MAIL_FROM")
    if text is None:
        if strict:
            read.faults.append("MAIL_FROM is missing; give the sender's address.")
        return "navigator@localhost"
    name, address = parseaddr(text)
    if not _ADDRESS.fullmatch(address) or any(ord(character) < ord(" ") for character in name + text):
        read.faults.append(f"MAIL_FROM is {text!r}; it must be one e-mail address.")
    elif strict and "." not in address.rpartition("@")[2]:
        read.faults.append(f"MAIL_FROM is {text!r}; its domain cannot receive mail.")
    return text


def _log_level(read: _Reader) -> str:
    """Return how much is logged."""
    level = (read.text("LOG_LEVEL") or "INFO").upper()
    if level not in LOG_LEVELS:
        read.faults.append(f"LOG_LEVEL is {level!r}; it must be one of {', '.join(LOG_LEVELS)}.")
    return level
