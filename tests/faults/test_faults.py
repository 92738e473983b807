"""Every fault at small size on both databases; and that the harness itself sees what is lost, repeated or unexpected."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests.faults.scenarios import SCENARIOS, Scenario
from tests.faults.smtp import Arrival, Scripted
from tests.faults.world import tally, world


@pytest.mark.both_databases
@pytest.mark.parametrize("scenario", [pytest.param(each, id=each.title) for each in SCENARIOS])
def test_no_promise_is_broken(scenario: Scenario, database_url: str, tmp_path: Path) -> None:
    with world(database_url, tmp_path) as here:
        outcome = scenario.play(here, **scenario.quick)
    assert outcome.broken == ()
    assert (outcome.lost, outcome.delivered) == (0, outcome.expected)


def came(key: str, message_id: str = "<one@x>") -> tuple[str, Arrival]:
    return key, Arrival("a@x.example", f"Message-ID: {message_id}\r\n\r\nwords\r\n".encode(), "250 taken")


@pytest.mark.parametrize(
    ("letters", "words"),
    [
        pytest.param([], "lost a", id="lost"),
        pytest.param([came("a"), came("a")], "1 repeated, 0 may be", id="repeated"),
        pytest.param([came("a"), came("b")], "nobody expected b", id="unexpected"),
        pytest.param([came("a"), came("a", "<two@x>")], "two letters under two Message-IDs for a", id="two for one"),
    ],
)
def test_a_broken_promise_is_seen(letters: list[tuple[str, Arrival]], words: str) -> None:
    assert words in tally(["a"], letters, "").broken
    assert tally(["a"], [came("a")], "").broken == ()


def test_half_a_letter_is_none() -> None:
    post = Scripted()
    with socket.create_connection(("127.0.0.1", post.start())) as client, client.makefile("rb") as answers:
        client.sendall(b"MAIL FROM:<x@x>\r\nRCPT TO:<a@x>\r\nDATA\r\nSubject: half\r\n")
        said = [answers.readline()[:3] for _ in range(4)]
    post.stop()
    assert said == [b"220", b"250", b"250", b"354"]
    assert post.commands[-1] == "DATA"
    assert post.arrivals == []
