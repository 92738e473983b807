"""The command that prints who may do what: the table, and what each address of the site asks of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import click
from flask import current_app
from flask.cli import with_appcontext
from werkzeug.routing import Rule

from grants.domain.people import Role
from grants.domain.permissions import LETTERS, TABLE, Thing, cell, lines

AUTOMATIC = frozenset({"HEAD", "OPTIONS"})
"""Methods that come with the others and are answered by the same rule."""


@click.command("permissions")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON: the table, and every route with what it asks.")
@click.option("--markdown", is_flag=True, help="Answer the table alone, as the README holds it.")
@with_appcontext
def permissions(*, as_json: bool, markdown: bool) -> None:
    """Print who may do what, and what each address asks."""
    if as_json:
        click.echo(json.dumps({"table": list(_table()), "routes": list(_routes())}, ensure_ascii=False))
    elif markdown:
        click.echo("\n".join(_markdown()))
    else:
        click.echo("\n".join((*_markdown(), "", *_plain_routes())))


def _table() -> Iterator[dict[str, Any]]:
    for line in lines():
        yield {
            "thing": line.thing.name,
            "is": line.thing.value,
            "act": line.act.value,
            "grants": {role.value: scope.value for role, scope in line.grants.items()},
        }


def _routes() -> Iterator[dict[str, Any]]:
    asked = current_app.extensions["access_rule"]
    for rule in _in_order():
        wanted = asked(rule.endpoint)
        yield {
            "address": rule.rule,
            "methods": _methods(rule),
            "endpoint": rule.endpoint,
            "thing": wanted.thing.name if wanted else None,
            "act": wanted.act.value if wanted else None,
            "community": wanted.community if wanted else None,
        }


def _in_order() -> list[Rule]:
    return sorted(current_app.url_map.iter_rules(), key=lambda rule: (rule.rule, _methods(rule)))


def _methods(rule: Rule) -> list[str]:
    return sorted((rule.methods or set()) - AUTOMATIC)


def _markdown() -> Iterator[str]:
    """Write the table with a column for each role; what a role may not do is a dash."""
    yield f"| thing | {' | '.join(role.value for role in Role)} |"
    yield "|---" * (len(Role) + 1) + "|"
    for thing in Thing:
        if thing in TABLE:
            yield f"| {thing.value} | {' | '.join(cell(thing, role) or '-' for role in Role)} |"
    yield ""
    acts = ", ".join(f"{letter} {act.value}" for act, letter in LETTERS.items())
    yield f"{acts}; *own*: of the community worked for; *self*: of one's own; what is not granted is refused."


def _plain_routes() -> Iterator[str]:
    for route in _routes():
        asks = f"{route['thing']} {route['act']}" if route["thing"] else "nobody"
        place = f", of the community in <{route['community']}>" if route["community"] else ""
        yield f"{'|'.join(route['methods']):<10} {route['address']}  {asks}{place}"


COMMANDS = (permissions,)
