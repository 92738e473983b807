"""The application: joins the parts, and nothing else."""

import os
from datetime import timedelta
from types import TracebackType
from typing import Any

import structlog
from flask import Flask, request
from flask_migrate import Migrate
from jinja2 import StrictUndefined, Undefined
from werkzeug.middleware.proxy_fix import ProxyFix

from config import ROOT, Settings
from grants import cli, logs, web
from grants.domain.people import HOME_ZONE
from grants.store import database
from grants.web import errors, health, language, security

log = structlog.get_logger(__name__)

LARGEST_BODY = 8 * 1024 * 1024
LARGEST_FORM = 1024 * 1024
MOST_FIELDS = 2_000

Crash = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]


class Navigator(Flask):
    """Flask, but what a template writes is escaped unless the template is a plain-text mail."""

    def select_jinja_autoescape(self, filename: str | None) -> bool:
        """Escape everything, whatever the file ending; only the text part of a mail is no markup."""
        return not (filename or "").endswith(".txt")

    def log_exception(self, exc_info: Crash) -> None:
        """Tell of a crash under the address as logs show it: a path may hold a token."""
        self.logger.error("Exception on %s [%s]", logs.shown_path(), request.method, exc_info=exc_info)


def create_app(settings: Settings | None = None) -> Flask:
    """Return the application for these settings, by default those of the environment.

    Raises:
        SettingsError: the environment's settings are missing or wrong.
    """
    settings = settings or Settings.from_environ(os.environ)
    logs.configure(settings.log_level, readable=settings.is_development)
    app = Navigator(
        "grants",
        root_path=str(ROOT / "grants"),
        template_folder=str(ROOT / "templates"),
        instance_path=str(settings.instance_dir),
    )
    app.config.from_mapping(flask_config(settings))
    app.jinja_env.undefined = Undefined if settings.is_production else StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    if settings.trusted_proxies:
        # Who asks is told by our own proxies only: tries at passwords are counted by network.
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=settings.trusted_proxies, x_proto=settings.trusted_proxies
        )
    logs.init_app(app)
    database.init_app(app)
    Migrate(app, database.db, directory=str(database.MIGRATIONS))
    language.init_app(app)
    security.init_app(app)
    errors.init_app(app)
    health.init_app(app)
    web.register(app)
    cli.register(app)
    return app


def flask_config(settings: Settings) -> dict[str, Any]:
    """Translate our settings into those that Flask and its extensions read."""
    return {
        "SETTINGS": settings,
        "SECRET_KEY": settings.secret_key,
        "TESTING": settings.is_test,
        "TRUSTED_HOSTS": list(settings.trusted_hosts) or None,
        "MAX_CONTENT_LENGTH": LARGEST_BODY,
        "MAX_FORM_MEMORY_SIZE": LARGEST_FORM,
        "MAX_FORM_PARTS": MOST_FIELDS,
        # The prefix makes browsers refuse the cookie from anywhere but this host over https.
        "SESSION_COOKIE_NAME": "__Host-session" if settings.is_production else "session",
        "SESSION_COOKIE_SECURE": settings.is_production,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "PERMANENT_SESSION_LIFETIME": timedelta(hours=12),
        "SESSION_REFRESH_EACH_REQUEST": False,  # a sign-in ends after 12 hours whatever is opened meanwhile
        "WTF_CSRF_TIME_LIMIT": None,  # a form may stay open over a long lunch; the session ends it
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "BABEL_DEFAULT_LOCALE": "en_CA",
        "BABEL_DEFAULT_TIMEZONE": HOME_ZONE,
        "BABEL_TRANSLATION_DIRECTORIES": str(ROOT / "grants" / "translations"),
    }
