"""Run the whole system on one machine: prepare the database, then keep the web and the scheduler going together.

``python -m grants.run``. Ctrl-C or SIGTERM ends both within ten seconds. If one of them dies the other is ended too:
half a system that looks alive is worse than none.

Exit codes: 0 ended as asked; 1 a part failed or died; 2 the settings or the port cannot be used.
"""

import contextlib
import ctypes
import errno
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from config import ROOT, Settings, SettingsError

HOST = "127.0.0.1"
PREPARATIONS = (("db", "upgrade"), ("seed",))
IN_DEVELOPMENT = (("practice",),)
START_SECONDS = 60.0
STOP_SECONDS = 8.0  # leaves two of the ten seconds for the rest
PAUSE_SECONDS = 0.2
PR_SET_PDEATHSIG = 1  # of <linux/prctl.h>: the signal that a process gets when its parent dies


@dataclass(frozen=True, slots=True)
class Part:
    """One program of the system, running."""

    name: str
    process: subprocess.Popen[bytes]


def main(environ: Mapping[str, str] = os.environ) -> int:
    """Prepare, run until told to stop or until a part dies, and return the exit code."""
    try:
        settings = Settings.from_environ(environ)
    except SettingsError as error:
        return refuse(str(error))
    if trouble := port_trouble(settings.port):
        return refuse(trouble)

    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: stop.set())

    for preparation in PREPARATIONS + (IN_DEVELOPMENT if settings.is_development else ()):
        if stop.is_set():
            return 0
        code = subprocess.call([sys.executable, "-m", "flask", *preparation], cwd=ROOT)
        if code != 0:
            print(f"flask {' '.join(preparation)} failed; the reason stands above.", file=sys.stderr)
            return 0 if stop.is_set() else 1

    parts = [start("web", web_command(settings.port)), start("scheduler", ["-m", "grants.jobs"])]
    try:
        return watch(parts, settings, stop)
    finally:
        end(parts)


def refuse(sentence: str) -> int:
    """Say why nothing was started."""
    print(sentence, file=sys.stderr)
    return 2


def port_trouble(port: int) -> str | None:
    """Say why the port cannot be used, or None when it can."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return f"Port {port} is in use by another program. Choose another one: PORT={port + 1} make run"
            return f"Port {port} cannot be used ({error.strerror}). Choose another one: PORT=8000 make run"
    return None


def web_command(port: int) -> list[str]:
    """Return how the web server is started; each worker opens its own database connections."""
    return [
        *("-m", "gunicorn", "wsgi:app"),
        *("--bind", f"{HOST}:{port}"),
        *("--workers", "2"),
        *("--threads", "8"),
        *("--graceful-timeout", "5"),
        *("--log-level", "warning"),
        "--no-control-socket",  # its default path is one for the whole account: two copies would meet there
    ]


def start(name: str, arguments: Sequence[str]) -> Part:
    """Start a part in its own process group: Ctrl-C reaches this program alone, which then ends the parts in order."""
    process = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        start_new_session=True,
        preexec_fn=end_with_parent(),  # noqa: PLW1509 - this program has one thread
    )
    return Part(name, process)


def end_with_parent() -> Callable[[], None] | None:
    """Give what a child runs first so that it ends when this program is killed; only Linux can promise that."""
    if sys.platform != "linux":
        return None
    prctl, parent = ctypes.CDLL(None).prctl, os.getpid()

    def ask() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died before it was asked
            os._exit(1)

    return ask


def watch(parts: Sequence[Part], settings: Settings, stop: threading.Event) -> int:
    """Tell the address once the web answers, then wait; return 0 when told to stop, 1 when a part died."""
    deadline = time.monotonic() + START_SECONDS
    announced = False
    while not stop.wait(PAUSE_SECONDS):
        for part in parts:
            if (code := part.process.poll()) is not None:
                print(f"The {part.name} ended by itself (exit code {code}); everything is stopped.", file=sys.stderr)
                return 1
        if not announced and answers(settings.port, urlsplit(settings.public_base_url).netloc):
            announced = True
            print(f"{settings.site_name}: {settings.public_base_url}/ (Ctrl-C ends it)", flush=True)
        if not announced and time.monotonic() > deadline:
            print(f"The web does not answer after {START_SECONDS:.0f} s; everything is stopped.", file=sys.stderr)
            return 1
    return 0


def answers(port: int, host: str = "localhost") -> bool:
    """Say whether the web serves its health address under this host's name: production answers to its own only."""
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/healthz", headers={"Host": host})
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def end(parts: Sequence[Part], *, within: float = STOP_SECONDS) -> None:
    """End every part: ask first; what still runs after ``within`` seconds is killed."""
    for part in parts:
        with contextlib.suppress(ProcessLookupError):
            part.process.terminate()
    deadline = time.monotonic() + within
    for part in parts:
        try:
            part.process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(part.process.pid, signal.SIGKILL)
            part.process.wait()


if __name__ == "__main__":
    sys.exit(main())
