"""The settings: every fault at once, nothing weak in production, nothing secret in sight."""

import secrets
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from config import Environment, Settings, SettingsError, Tls, kept_secret, weakness_of

STRONG = "k3J9-vQz7_LmP2xR8sWt5YbN4cHd6FgA1eUo0iZy"
PRODUCTION = {
    "APP_ENV": "production",
    "SECRET_KEY": STRONG,
    "DATABASE_URL": "postgresql://app:hunter2@db.internal/funding",
    "PUBLIC_BASE_URL": "https://funding.example.ca",
    "TRUSTED_HOSTS": "funding.example.ca",
    "SMTP_HOST": "smtp.example.ca",
    "MAIL_FROM": "Funding <no-reply@funding.example.ca>",
}


def faults_of(**changes: str) -> tuple[str, ...]:
    """Return the faults of a good production environment with these changes."""
    with pytest.raises(SettingsError) as caught:
        Settings.from_environ(PRODUCTION | changes)
    return caught.value.faults


def test_development_needs_no_variable(tmp_path: Path) -> None:
    settings = Settings.from_environ({}, instance_dir=tmp_path)
    assert settings.is_development
    assert settings.database_url == f"sqlite:///{tmp_path}/navigator.sqlite3"
    assert settings.public_base_url == "http://localhost:8000"
    assert settings.smtp_host is None


def test_the_port_shows_in_the_development_address(tmp_path: Path) -> None:
    assert Settings.from_environ({"PORT": "8080"}, instance_dir=tmp_path).public_base_url == "http://localhost:8080"


def test_production_that_states_everything_is_accepted() -> None:
    settings = Settings.from_environ(PRODUCTION)
    assert settings.environment is Environment.PRODUCTION
    assert settings.smtp_tls is Tls.STARTTLS
    assert settings.smtp_port == 587
    assert settings.trusted_hosts == ("funding.example.ca",)
    assert settings.trusted_proxies == 0


def test_all_faults_are_told_together() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_environ({"APP_ENV": "production", "SMTP_PORT": "0", "SMTP_TLS": "ssl", "LOG_LEVEL": "loud"})
    text = str(caught.value)
    names = ["SECRET_KEY", "DATABASE_URL", "PUBLIC_BASE_URL", "TRUSTED_HOSTS", "SMTP_HOST", "SMTP_PORT", "SMTP_TLS"]
    assert [name for name in [*names, "MAIL_FROM", "LOG_LEVEL"] if name not in text] == []
    assert len(caught.value.faults) == len(names) + 2


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param({"DATABASE_URL": "mysql://db/x"}, "only sqlite and postgresql", id="another database"),
        pytest.param({"DATABASE_URL": "not an address"}, "cannot be read", id="no database address"),
        pytest.param({"DATABASE_URL": "postgresql://db"}, "names no database", id="no database name"),
        pytest.param({"DATABASE_URL": "sqlite:///a.db"}, "relative path", id="relative SQLite path"),
        pytest.param({"DATABASE_URL": "sqlite://"}, "in memory", id="SQLite in memory"),
        pytest.param({"PUBLIC_BASE_URL": "http://funding.example.ca"}, "https://", id="no https"),
        pytest.param({"PUBLIC_BASE_URL": "https://funding.example.ca/x"}, "nothing after", id="a path"),
        pytest.param({"PUBLIC_BASE_URL": "funding.example.ca"}, "must look like", id="no scheme"),
        pytest.param({"PUBLIC_BASE_URL": "https://funding.example.ca:99999"}, "must look like", id="impossible port"),
        pytest.param({"TRUSTED_HOSTS": "*"}, "plain host names", id="any host"),
        pytest.param({"TRUSTED_HOSTS": "other.example.ca"}, "leaves out funding.example.ca", id="own host left out"),
        pytest.param({"MAIL_FROM": "nobody"}, "one e-mail address", id="no sender address"),
        pytest.param({"MAIL_FROM": "a@b.ca\r\nBcc: c@d.ca"}, "one e-mail address", id="header injection"),
        pytest.param({"MAIL_FROM": "a@localhost"}, "cannot receive", id="local sender"),
        pytest.param({"SMTP_USERNAME": "me"}, "SMTP_PASSWORD is missing", id="half of a login"),
        pytest.param({"SMTP_USERNAME": "a", "SMTP_PASSWORD": "b", "SMTP_TLS": "none"}, "in the open", id="no TLS"),
        pytest.param({"PORT": "eighty"}, "from 1 to 65535", id="port in words"),
        pytest.param({"PORT": "9" * 5000}, "from 1 to 65535", id="endless port"),
        pytest.param({"TRUSTED_PROXIES": "all"}, "from 0 to 5", id="any proxy"),
        pytest.param({"SECRET_KEY": ""}, "SECRET_KEY is missing", id="empty secret"),
    ],
)
def test_one_fault_one_sentence(changes: dict[str, str], words: str) -> None:
    (fault,) = faults_of(**changes)
    assert words in fault


@pytest.mark.parametrize(
    "key",
    [
        pytest.param("short-but-odd-9x", id="short"),
        pytest.param("change-me-please-this-is-42-long-x", id="an example"),
        pytest.param("correct-horse-battery-staple-secret-9", id="a manual's phrase"),
        pytest.param("ab9ab7ab9ab8ab9ab7ab9ab8ab9ab7ab9a", id="little variety"),
        pytest.param("aB3$xK9!mQ" * 5, id="repeated"),
        pytest.param("abcdefghijklmnopqrstuvwxyz0123456789", id="a run"),
    ],
)
def test_weak_secrets_are_refused(key: str) -> None:
    (fault,) = faults_of(SECRET_KEY=key)
    assert fault.startswith("SECRET_KEY ")
    assert key not in fault


def test_random_secrets_are_accepted() -> None:
    keys = [make(48) for make in (secrets.token_urlsafe, secrets.token_hex) for _ in range(200)]
    assert [key for key in keys if weakness_of(key)] == []


def test_development_on_a_public_address_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="APP_ENV=production"):
        Settings.from_environ({"PUBLIC_BASE_URL": "https://funding.example.ca"}, instance_dir=tmp_path)


def test_passwords_never_show() -> None:
    shown = repr(Settings.from_environ(PRODUCTION | {"SMTP_USERNAME": "me", "SMTP_PASSWORD": "opensesame"}))
    assert "hunter2" not in shown
    assert "opensesame" not in shown
    assert STRONG not in shown
    assert all("hunter2" not in fault for fault in faults_of(DATABASE_URL="mysql://app:hunter2@db/x"))


def test_postgres_is_another_name_of_postgresql() -> None:
    settings = Settings.from_environ(PRODUCTION | {"DATABASE_URL": "postgres://app:hunter2@db.internal/funding"})
    assert settings.database_url == "postgresql://app:hunter2@db.internal/funding"


def test_the_development_secret_is_made_once_and_for_the_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "instance" / "secret_key"
    with ThreadPoolExecutor(8) as pool:
        seen = set(pool.map(lambda _: kept_secret(path), range(32)))
    (key,) = seen
    assert weakness_of(key) is None
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["secret_key"]


def test_a_site_name_in_one_language_serves_both(tmp_path: Path) -> None:
    settings = Settings.from_environ({"SITE_NAME": "Kawartha"}, instance_dir=tmp_path)
    assert (settings.site_name, settings.site_name_fr) == ("Kawartha", "Kawartha")
