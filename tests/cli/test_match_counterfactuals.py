"""``flask match --json``: what would change each verdict, and what to ask next."""

import json
import time
from typing import Any

import pytest
from flask.testing import FlaskCliRunner

pytestmark = pytest.mark.seeded


def matched(runner: FlaskCliRunner, *words: str) -> list[dict[str, Any]]:
    result = runner.invoke(args=["match", *words, "--json"])
    assert result.exit_code == 0, result.output
    found: list[dict[str, Any]] = json.loads(result.output)["matches"]
    return found


@pytest.mark.parametrize("community", ["kenora", "clearview", "fn-taykwa-tagamou-nation"])
def test_every_match_has_both(runner: FlaskCliRunner, community: str) -> None:
    for match in matched(runner, community, "--all"):
        for steps in match["counterfactuals"]:
            assert steps
            assert all(set(step) == {"kind", "key", "text"} and step["text"] for step in steps)
            assert any(step["kind"] != "question" for step in steps), "to answer is no step by itself"
        for asked in match["ask"]:
            assert {"key", "text", "settles"} <= set(asked)
            assert 0 <= asked["settles"] <= asked["may_settle"]
        if match["outcome"] == "eligible":
            assert match["counterfactuals"] == []
        assert bool(match["ask"]) == (match["outcome"] == "unknown")


def test_a_step_and_a_question_of_a_real_stream(runner: FlaskCliRunner) -> None:
    telus = next(each for each in matched(runner, "kenora") if each["stream"].startswith("telus-community-board"))
    assert [step["kind"] for step in telus["counterfactuals"][0]] == ["applicant", "question"]
    assert telus["counterfactuals"][0][0]["text"].startswith("Partner with a registered charity")
    (asked,) = telus["ask"]
    assert asked["key"].startswith("fact:")
    assert asked["settles"] == 1


def test_the_words_are_in_the_language_asked_for(runner: FlaskCliRunner) -> None:
    telus = next(
        each for each in matched(runner, "kenora", "--lang", "fr") if each["stream"].startswith("telus-community-board")
    )
    assert telus["counterfactuals"][0][0]["text"].startswith("Associez-vous à")


def test_the_same_question_is_counted_alike_everywhere(runner: FlaskCliRunner) -> None:
    counts: dict[str, set[int]] = {}
    for match in matched(runner, "kenora"):
        for asked in match["ask"]:
            counts.setdefault(asked["key"], set()).add(asked["settles"])
    assert max(map(max, counts.values())) > 1
    assert all(len(each) == 1 for each in counts.values())


def test_it_stays_quick(runner: FlaskCliRunner) -> None:
    """The whole command does at most twice the work of the list without steps and questions."""
    matched(runner, "kenora")
    times = {}
    for words in (("match", "kenora", "--json"), ("match", "kenora")):
        start = time.process_time()
        assert runner.invoke(args=list(words)).exit_code == 0
        times[len(words)] = time.process_time() - start
    assert times[3] < 2 * times[2] + 1.0
