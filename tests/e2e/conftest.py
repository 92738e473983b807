"""A real browser on the real application with the real catalogue."""

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

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


@pytest.fixture(scope="session")
def live_server(sqlite_template: Callable[[bool], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Yield the application of a developer's machine, seeded, on a free port; its ``url`` ends without a slash."""
    folder = tmp_path_factory.mktemp("live")
    path = folder / "live.sqlite3"
    shutil.copyfile(sqlite_template(True), path)  # noqa: FBT003
    app = create_app(make_settings(f"sqlite:///{path}", folder, Environment.DEVELOPMENT))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Site(f"http://127.0.0.1:{server.port}", app)
    server.shutdown()
    thread.join()
    server.server_close()
    dispose(app)


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


@pytest.fixture
def page(browser: Browser, live_server: Site) -> Iterator[Page]:
    """Yield a fresh page with its own cookies; ``page.goto("/en/")`` is enough.

    The test fails if the page logged an error, which is also how a missing file or a breach of the content security
    policy shows. That the page itself is an error page is no such error.
    """
    with browser.new_context(base_url=live_server.url, locale="en-CA", timezone_id="America/Toronto") as context:
        errors: list[str] = []
        opened = context.new_page()
        opened.set_default_timeout(10_000)

        def note(message: ConsoleMessage) -> None:
            if message.type == "error" and message.location.get("url") != opened.url:
                errors.append(f"{message.text} {message.location.get('url')}")

        opened.on("console", note)
        opened.on("pageerror", lambda error: errors.append(str(error)))
        yield opened
    assert errors == []
