"""Logs: one JSON line for each thing worth knowing, readable lines in development.

A line about a request tells what was asked and how it ended: never the query, the body, a header, or a token that
stands in the path.
"""

import logging
import re
import secrets
import sys
import time
from typing import TextIO

import structlog
from flask import Flask, Response, g, request
from structlog.typing import Processor

REQUEST_ID_HEADER = "X-Request-ID"
_REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,64}")

HANDLER = "grants"
QUIET = frozenset({"static", "health.alive", "health.ready"})
"""Endpoints asked so often that they would bury the rest."""

log = structlog.get_logger("grants.requests")


def configure(level: str, *, readable: bool, stream: TextIO | None = None) -> None:
    """Send structlog's lines and those of the standard library through one handler to ``stream`` (default stderr)."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    # Tracebacks are plain: the richer kinds print the values of variables, and with them passwords and keys.
    last: list[Processor] = (
        [structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)]
        if readable
        else [
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(sort_keys=True, ensure_ascii=False),
        ]
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    handler.name = HANDLER
    root = logging.getLogger()
    for earlier in [known for known in root.handlers if known.name == HANDLER]:
        root.removeHandler(earlier)
    root.addHandler(handler)
    root.setLevel(level)
    # These tell every step they take.
    for chatty in ("alembic", "apscheduler", "werkzeug"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, root.level))


def init_app(app: Flask) -> None:
    """Give each request an id and a line."""

    @app.before_request
    def begin() -> None:
        given = request.headers.get(REQUEST_ID_HEADER, "")
        g.request_id = given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(16)
        g.began = time.perf_counter()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=g.request_id)

    @app.after_request
    def end(response: Response) -> Response:
        # A request refused before it began (an unknown host) has neither.
        began, request_id = g.get("began"), g.get("request_id")
        if began is None or request_id is None:
            return response
        response.headers[REQUEST_ID_HEADER] = request_id
        tell = log.debug if request.endpoint in QUIET else log.info
        tell(
            "request",
            method=request.method,
            path=shown_path(),
            status=response.status_code,
            ms=round((time.perf_counter() - began) * 1000, 1),
            user=g.get("user_id"),
        )
        return response


def shown_path() -> str:
    """Return the path of the request with tokens hidden.

    A path that leads nowhere may be a mistyped link with a token in it: only its first part is told.
    """
    if request.url_rule is None:
        return "/" + request.path.lstrip("/").partition("/")[0][:40]
    path = request.path
    for name, value in (request.view_args or {}).items():
        if "token" in name:
            path = path.replace(str(value), "[hidden]")
    return path
