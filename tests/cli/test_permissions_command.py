"""The printed table: the one that pages ask, the routes with it, and the same in the README."""

from __future__ import annotations

import json
import re

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner

from config import ROOT
from grants.domain.people import Role
from grants.domain.permissions import TABLE, lines
from grants.web.access import rule_of


def test_json_holds_the_table_and_every_route(app: Flask, runner: FlaskCliRunner) -> None:
    told = json.loads(runner.invoke(args=["permissions", "--json"]).output)

    grants = {(each["thing"], each["act"]): each["grants"] for each in told["table"]}
    assert grants == {
        (line.thing.name, line.act.value): {role.value: scope.value for role, scope in line.grants.items()}
        for line in lines()
    }
    asked = {each["endpoint"]: (each["thing"], each["act"]) for each in told["routes"]}
    assert set(asked) == set(app.view_functions)
    for endpoint, (thing, act) in asked.items():
        rule = rule_of(app, endpoint)
        assert rule is not None
        assert (rule.thing.name, rule.act.value) == (thing, act)


def test_each_way_in_is_named_with_its_methods(runner: FlaskCliRunner) -> None:
    told = json.loads(runner.invoke(args=["permissions", "--json"]).output)

    ways = {(each["address"], method) for each in told["routes"] for method in each["methods"]}
    assert ("/<any(en, fr):lang_code>/deletion", "POST") in ways
    assert ("/healthz", "GET") in ways
    assert {method for _address, method in ways} <= {"GET", "POST"}


def test_a_person_reads_a_table_and_a_list(runner: FlaskCliRunner) -> None:
    output = runner.invoke(args=["permissions"]).output

    assert output.count("\n| ") == len(TABLE)
    assert f"| {' | '.join(Role)} |" in output
    assert re.search(
        r"^POST +/<any\(en, fr\):lang_code>/communities/<key>/facts  PROFILE write, of the community in <key>$",
        output,
        re.MULTILINE,
    )


def test_the_readme_holds_the_same_table(runner: FlaskCliRunner) -> None:
    table = runner.invoke(args=["permissions", "--markdown"]).output.strip()
    found = re.search(
        r"<!-- permissions -->\n(.*?)\n<!-- /permissions -->", (ROOT / "README.md").read_text(), re.DOTALL
    )
    if found is None:
        pytest.skip("the README has no such block yet")

    assert found[1].strip() == table
