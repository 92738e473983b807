"""How a command answers: JSON where a program reads it, one sentence where something is wrong."""

from __future__ import annotations

import json
from typing import Any, NoReturn

import click

AS_JSON = click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")


class Refused(click.ClickException):
    """What was asked cannot be done; the message is one sentence."""

    exit_code = 2


def refuse(sentence: str) -> NoReturn:
    """End the command with one sentence and exit code 2.

    Raises:
        Refused: always.
    """
    raise Refused(sentence)


def tell(told: dict[str, Any], *, as_json: bool) -> None:
    """Answer with plain values: as one line of JSON, or as a line for each."""
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    for name, value in told.items():
        click.echo(f"{name}: {value if not isinstance(value, dict) else json.dumps(value, ensure_ascii=False)}")
