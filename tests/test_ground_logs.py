"""What the logs tell, and what they never tell."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from grants import logs
from grants.web.access import Act, Thing, allow


@pytest.fixture
def lines(app: Flask) -> Iterator[io.StringIO]:
    """Yield what is logged as production logs it, by an application with an address that carries a token."""

    @app.get("/en/feeds/<feed_token>/<int:number>")
    @allow(Thing.CATALOGUE, Act.READ)
    def feed(feed_token: str, number: int) -> str:
        return f"{len(feed_token)} {number}"

    stream = io.StringIO()
    logs.configure("INFO", readable=False, stream=stream)
    yield stream
    logs.configure("WARNING", readable=False)


def told(lines: io.StringIO) -> dict[str, object]:
    """Return the one line that was logged."""
    (line,) = lines.getvalue().splitlines()
    found: dict[str, object] = json.loads(line)
    return found


def test_a_request_is_one_line(client: FlaskClient, lines: io.StringIO) -> None:
    client.get("/en/feeds/abc/7", headers={"X-Request-ID": "trace-0001"})
    line = told(lines)
    assert line["method"] == "GET"
    assert line["status"] == 200
    assert line["request_id"] == "trace-0001"
    assert isinstance(line["ms"], float)


def test_tokens_queries_and_bodies_are_not_told(client: FlaskClient, lines: io.StringIO) -> None:
    client.get("/en/feeds/s3cr3t-token/7?key=s3cr3t-query", data={"a": "s3cr3t-body"}, headers={"Cookie": "s3cr3t=1"})
    assert told(lines)["path"] == "/en/feeds/[hidden]/7"
    assert "s3cr3t" not in lines.getvalue()


def test_a_mistyped_link_with_a_token_is_cut(client: FlaskClient, lines: io.StringIO) -> None:
    client.get("/unsubscribes/s3cr3t-token")
    assert told(lines)["path"] == "/unsubscribes"


@pytest.mark.parametrize("given", ["short", "x" * 65, 'a"b;c{d}e f', "é" * 10])
def test_an_unsafe_request_id_is_replaced(client: FlaskClient, lines: io.StringIO, given: str) -> None:
    answer = client.get("/en/feeds/abc/7", headers={"X-Request-ID": given})
    assert answer.headers["X-Request-ID"] != given
    assert told(lines)["request_id"] == answer.headers["X-Request-ID"]


@pytest.mark.parametrize("readable", [True, False])
def test_a_traceback_shows_no_values(readable: bool) -> None:  # noqa: FBT001
    stream = io.StringIO()
    logs.configure("INFO", readable=readable, stream=stream)
    password = "hunter2"
    try:
        int(f"{len(password)} is no number of {password[:0]}")
    except ValueError:
        logging.getLogger("somewhere").exception("it broke")
    logs.configure("WARNING", readable=False)
    assert "ValueError" in stream.getvalue()
    assert password not in stream.getvalue()


def test_the_standard_library_logs_lines_of_the_same_kind(lines: io.StringIO) -> None:
    try:
        int("odd")
    except ValueError:
        logging.getLogger("somewhere").exception("it %s", "broke")
    line = told(lines)
    assert line["event"] == "it broke"
    assert line["level"] == "error"
    assert "ValueError" in json.dumps(line["exception"])
