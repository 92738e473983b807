"""``flask rank`` and ``flask match``: the shapes that others read, and a sentence for what is wrong."""

import json
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskCliRunner

pytestmark = pytest.mark.seeded

PRIORITIES = [
    {"id": "a", "title": "homelessness and affordable housing", "description": None, "language": "en"},
    {"id": "b", "title": "santé mentale et dépendances", "description": "aide aux jeunes", "language": "fr"},
]


def write(path: Path, value: object) -> str:
    path.write_text(json.dumps(value), encoding="utf-8")
    return str(path)


def test_rank_gives_streams_by_topic_best_first(runner: FlaskCliRunner, tmp_path: Path) -> None:
    out = tmp_path / "ranked.json"
    result = runner.invoke(args=["rank", "--priorities", write(tmp_path / "p.json", PRIORITIES), "--out", str(out)])
    assert result.exit_code == 0, result.output
    ranked = json.loads(out.read_text(encoding="utf-8"))
    assert list(ranked) == ["a", "b"]
    for best in ranked.values():
        assert 0 < len(best) <= 50
        scores = [score for _, score in best]
        assert scores == sorted(scores, reverse=True)
        assert all(0 <= score <= 100 for score in scores)


def test_rank_reads_streams_it_has_never_seen(runner: FlaskCliRunner, tmp_path: Path) -> None:
    streams = [
        {
            "key": "beds",
            "program": "Beds for all",
            "summary": "Opens shelters for people without a home.",
            "themes": [],
        },
        {"key": "cameras", "program": "Eyes on the street", "summary": "Buys cameras for the police.", "themes": []},
    ]
    result = runner.invoke(
        args=[
            "rank",
            "--priorities", write(tmp_path / "p.json", PRIORITIES[:1]),
            "--streams", write(tmp_path / "s.json", {"streams": streams}),
        ]
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert json.loads(result.output)["a"][0][0] == "beds"


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        pytest.param({}, "should hold a list", id="no list"),
        pytest.param([{"title": "a"}], "Priority 1 should be an object with an id and a title", id="no id"),
        pytest.param([{"id": "a", "title": 3}], "Priority 1 should be an object", id="title no text"),
        pytest.param([{"id": "a", "title": "b", "language": "de"}], "should be en or fr", id="a third language"),
        pytest.param([{"id": "a", "title": "b", "description": 3}], "should be text or null", id="description no text"),
        pytest.param([{"id": "a\ud800", "title": "b"}], "no text can hold", id="half a character"),
        pytest.param([*PRIORITIES, {"id": "a", "title": "c"}], "Two priorities have the id 'a'.", id="one id twice"),
    ],
)
def test_rank_says_what_is_wrong(runner: FlaskCliRunner, tmp_path: Path, value: object, sentence: str) -> None:
    result = runner.invoke(args=["rank", "--priorities", write(tmp_path / "p.json", value)])
    assert result.exit_code == 2
    assert sentence in result.output


def test_rank_reads_what_windows_writes(runner: FlaskCliRunner, tmp_path: Path) -> None:
    file = tmp_path / "p.json"
    file.write_text(json.dumps(PRIORITIES), encoding="utf-8-sig")
    result = runner.invoke(args=["rank", "--priorities", str(file)])
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        pytest.param(b"[" * 100_000, "nests too deeply", id="too deep"),
        pytest.param(b"\xff[]", "is not JSON", id="no UTF-8"),
        pytest.param(b"[", "is not JSON", id="half"),
    ],
)
def test_rank_of_what_cannot_be_read(runner: FlaskCliRunner, tmp_path: Path, content: bytes, sentence: str) -> None:
    file = tmp_path / "p.json"
    file.write_bytes(content)
    result = runner.invoke(args=["rank", "--priorities", str(file)])
    assert result.exit_code == 2
    assert sentence in result.output


def test_rank_of_a_stream_whose_key_no_text_can_hold(runner: FlaskCliRunner, tmp_path: Path) -> None:
    streams = write(tmp_path / "s.json", {"streams": [{"key": "\ud800", "program": "p", "summary": "s", "themes": []}]})
    priorities = write(tmp_path / "p.json", PRIORITIES)
    result = runner.invoke(args=["rank", "--priorities", priorities, "--streams", streams])
    assert result.exit_code == 2
    assert "no text can hold" in result.output


def test_rank_of_a_missing_file(runner: FlaskCliRunner, tmp_path: Path) -> None:
    result = runner.invoke(args=["rank", "--priorities", str(tmp_path / "none.json")])
    assert result.exit_code == 2
    assert "cannot be read" in result.output


def matched(runner: FlaskCliRunner, *words: str) -> dict[str, Any]:
    result = runner.invoke(args=["match", *words, "--json"])
    assert result.exit_code == 0, result.output
    answer: dict[str, Any] = json.loads(result.output)
    return answer


def test_match_has_the_shape_that_the_readme_gives(runner: FlaskCliRunner) -> None:
    answer = matched(runner, "kenora", "--as-of", "2026-11-24", "--all")
    assert (answer["community"], answer["as_of"], len(answer["matches"])) == ("kenora", "2026-11-24", 344)
    for match in answer["matches"]:
        assert match["outcome"] in {"eligible", "via_partner", "unknown", "not_eligible"}
        assert match["findings"]
        assert {"rule", "kind", "answer", "text", "source"} <= set(match["findings"][0])
        assert {"status", "opens", "closes", "kind"} <= set(match["intake"])


def test_match_leaves_out_what_does_not_fit(runner: FlaskCliRunner) -> None:
    outcomes = {match["outcome"] for match in matched(runner, "kenora")["matches"]}
    assert outcomes == {"eligible", "via_partner", "unknown"}


def test_match_of_a_community_without_a_plan(runner: FlaskCliRunner) -> None:
    answer = matched(runner, "pickle-lake", "--all")
    assert len(answer["matches"]) == 344
    assert all(match["priorities"] == [] for match in answer["matches"])


def test_match_follows_the_day(runner: FlaskCliRunner) -> None:
    def status(day: str) -> str:
        found = matched(runner, "toronto", "--all", "--as-of", day)["matches"]
        return next(str(each["intake"]["status"]) for each in found if each["stream"] == "canada-summer-jobs-2026")

    assert status("2026-11-24") == "closed"
    assert status("2025-11-20") != "closed"


def test_match_of_no_community(runner: FlaskCliRunner) -> None:
    result = runner.invoke(args=["match", "atlantis", "--json"])
    assert result.exit_code == 2
    assert "There is no community 'atlantis'." in result.output
