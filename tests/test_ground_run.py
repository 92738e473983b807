"""``make run``: both parts or none, one address, and an end within ten seconds."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from config import ROOT, Settings
from grants import run
from tests.conftest import SECRET


@pytest.fixture
def port() -> int:
    """Return a port that is free."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
    return number


@pytest.fixture
def environ(port: int, tmp_path: Path, sqlite_template: Callable[[bool], Path]) -> dict[str, str]:
    """Return the environment of a system whose catalogue is loaded already."""
    shutil.copyfile(sqlite_template(True), tmp_path / "run.sqlite3")  # noqa: FBT003
    own = {
        "DATABASE_URL": f"sqlite:///{tmp_path}/run.sqlite3",
        "OUTBOX_DIR": str(tmp_path / "outbox"),
        "PORT": str(port),
        "SECRET_KEY": SECRET,
    }
    return {**os.environ, **own}


@pytest.fixture
def system(environ: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """Yield the supervisor, started."""
    supervisor = subprocess.Popen(
        [sys.executable, "-m", "grants.run"], cwd=ROOT, env=environ, stdout=subprocess.PIPE, text=True
    )
    yield supervisor
    supervisor.kill()
    supervisor.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_tells_one_address_and_ends_when_told(
    system: subprocess.Popen[str], port: int, number: signal.Signals
) -> None:
    assert system.stdout is not None
    address = next(line for line in system.stdout if "http://" in line)
    assert f"http://localhost:{port}/" in address
    assert run.answers(port)
    began = time.monotonic()
    system.send_signal(number)
    rest, _ = system.communicate(timeout=10)
    assert "http://" not in rest
    assert system.returncode == 0
    assert time.monotonic() - began < 10
    assert not run.answers(port)


def test_in_production_it_asks_by_the_name_that_people_use(environ: dict[str, str]) -> None:
    strict = {
        "APP_ENV": "production",
        "PUBLIC_BASE_URL": "https://funding.example.ca",
        "TRUSTED_HOSTS": "funding.example.ca",
        "MAIL_FROM": "navigator@funding.example.ca",
    }
    system = subprocess.Popen(
        [sys.executable, "-m", "grants.run"], cwd=ROOT, env={**environ, **strict}, stdout=subprocess.PIPE, text=True
    )
    try:
        assert system.stdout is not None
        assert any("https://funding.example.ca/" in line for line in system.stdout)
    finally:
        system.terminate()
        system.communicate(timeout=10)
    assert system.returncode == 0


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died")
def test_no_part_outlives_a_system_that_was_killed() -> None:
    """The part holds the other end of a pipe: the pipe ends when the part does."""
    part = "import signal; print('up', flush=True); signal.pause()"
    parent = f"import signal; from grants import run; run.start('web', ['-c', {part!r}]); signal.pause()"
    system = subprocess.Popen([sys.executable, "-c", parent], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert system.stdout is not None
    assert system.stdout.readline() == "up\n"
    system.kill()
    rest, _ = system.communicate(timeout=10)
    assert rest == ""


def test_a_port_in_use_is_told_in_one_sentence(environ: dict[str, str], port: int) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        done = subprocess.run(
            [sys.executable, "-m", "grants.run"], cwd=ROOT, env=environ, capture_output=True, text=True, check=False
        )
    assert done.returncode == 2
    assert done.stderr.strip().startswith(f"Port {port} is in use")
    assert done.stdout == ""


def test_wrong_settings_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run.main({"PORT": "no"}) == 2
    assert "PORT is 'no'" in capsys.readouterr().err


def test_when_one_part_dies_the_whole_ends(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    parts = [
        run.start("web", ["-c", "import signal; signal.pause()"]),
        run.start("scheduler", ["-c", "raise SystemExit(3)"]),
    ]
    try:
        assert run.watch(parts, settings, threading.Event()) == 1
    finally:
        run.end(parts)
    assert "The scheduler ended by itself (exit code 3)" in capsys.readouterr().err
    assert parts[0].process.returncode == -signal.SIGTERM


def test_a_part_that_will_not_end_is_killed() -> None:
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); signal.pause()"
    process = subprocess.Popen([sys.executable, "-c", deaf], stdout=subprocess.PIPE, start_new_session=True)
    assert process.stdout is not None
    process.stdout.readline()
    run.end([run.Part("deaf", process)], within=0.1)
    process.stdout.close()
    assert process.returncode == -signal.SIGKILL
