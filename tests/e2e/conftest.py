"""A real browser on the real application with the real catalogue."""

import os
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright
from werkzeug.serving import make_server

from config import Environment
from grants.app import create_app
from tests.conftest import dispose, make_settings

FLAGS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--no-sandbox",
]
PROGRAMS = ("chromium", "chromium-browser", "google-chrome")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what lies in this folder."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)


@dataclass(frozen=True, slots=True)
class Site:
    """The application as people reach it."""

    url: str
    app: Flask


@contextmanager
def served(template: Path, folder: Path, **settings: Any) -> Iterator[Site]:
    """Serve the application of a developer's machine on a copy of a database, on a free port.

    Args:
        template: the file of the database.
        folder: where the copy and the files of the application are kept.
        settings: what differs from the settings of every test application.

    Yields: the site; its ``url`` ends without a slash and stands in its letters.
    """
    path = folder / "live.sqlite3"
    shutil.copyfile(template, path)
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
        site = f"http://127.0.0.1:{port}"
        plain = make_settings(f"sqlite:///{path}", folder, Environment.DEVELOPMENT)
        app = create_app(replace(plain, public_base_url=site, **settings))
        server = make_server("127.0.0.1", port, app, threaded=True, fd=door.fileno())
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield Site(site, app)
        server.shutdown()
        thread.join()
        server.server_close()
    dispose(app)


@pytest.fixture(scope="session")
def live_server(sqlite_template: Callable[[bool], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Yield the site with the real catalogue that the tests of this worker share."""
    with served(sqlite_template(True), tmp_path_factory.mktemp("live")) as site:  # noqa: FBT003
        yield site


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Yield Debian's Chromium without a screen; skip where there is none, unless REQUIRE_BROWSER=1."""
    program = next((found for name in PROGRAMS if (found := shutil.which(name))), None)
    if program is None:
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail("REQUIRE_BROWSER=1, and there is no Chromium here")
        pytest.skip("no Chromium here")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield running
        running.close()


@contextmanager
def opened(browser: Browser, site: Site, **setting: Any) -> Iterator[Page]:
    """Open a fresh page with its own cookies; ``page.goto("/en/")`` is enough.

    It fails at its end if the page logged an error, which is also how a missing file or a breach of the content security
    policy shows. That the page itself is an error page is no such error.

    Args:
        browser: the browser.
        site: where it goes.
        setting: what ``Browser.new_context`` takes, such as ``viewport`` or ``java_script_enabled``.
    """
    errors: list[str] = []
    with browser.new_context(base_url=site.url, timezone_id="America/Toronto", **setting) as context:
        page = context.new_page()
        page.set_default_timeout(10_000)

        def note(message: ConsoleMessage) -> None:
            if message.type == "error" and message.location.get("url") != page.url:
                errors.append(f"{message.text} {message.location.get('url')}")

        page.on("console", note)
        page.on("pageerror", lambda error: errors.append(str(error)))
        yield page
    assert errors == []


@pytest.fixture
def page(browser: Browser, live_server: Site) -> Iterator[Page]:
    """Yield a fresh page on the shared site; the test fails if it logged an error."""
    with opened(browser, live_server, locale="en-CA") as fresh:
        yield fresh
