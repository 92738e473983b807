"""What every answer carries so that a browser helps to protect the reader, and what every form must carry."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, current_app, request, session
from flask_wtf.csrf import CSRFProtect
from werkzeug.security import safe_join

csrf = CSRFProtect()

SIGNED_IN = "sign_in"
"""The key of the session that tells that somebody is signed in."""

# No script, style, font, frame or picture from anywhere else, and none written inside a page.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'none'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "same-origin",  # the check of forms over https needs it within the site
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
TWO_YEARS = 63_072_000
ONE_YEAR = 31_536_000


def init_app(app: Flask) -> None:
    """Protect every form and every answer of the application."""
    csrf.init_app(app)
    strict_transport = app.config["SETTINGS"].is_production

    @app.after_request
    def protect(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if strict_transport:
            response.headers["Strict-Transport-Security"] = f"max-age={TWO_YEARS}; includeSubDomains"
        if request.endpoint == "static":
            keep_static(response)
        elif "Cache-Control" not in response.headers:
            signed_in = SIGNED_IN in session
            response.headers["Cache-Control"] = "no-store" if signed_in else "no-cache, private"
        return response

    @app.url_defaults
    def name_the_edition(endpoint: str, values: dict[str, Any]) -> None:
        """Put the edition of a static file in its address, so that browsers may keep it."""
        if endpoint == "static" and (edition := edition_of(str(values.get("filename", "")))):
            values["v"] = edition


def keep_static(response: Response) -> None:
    """Let browsers keep a static file: for a year when the address names its edition, else until they have asked."""
    edition = edition_of(str((request.view_args or {}).get("filename", "")))
    named = edition is not None and request.args.get("v") == edition
    response.headers["Cache-Control"] = f"public, max-age={ONE_YEAR}, immutable" if named else "no-cache"


def edition_of(filename: str) -> str | None:
    """Return a short digest of a static file, or None where there is no such file."""
    inside = safe_join(str(current_app.static_folder), filename)
    if inside is None:
        return None
    path = Path(inside)
    try:
        return _digest(path, path.stat().st_mtime_ns) if path.is_file() else None
    except OSError:  # a name longer than any file's
        return None


@cache
def _digest(path: Path, _changed: int) -> str:
    """Return twelve hex digits of a file's SHA-256, computed once for each time it changes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
