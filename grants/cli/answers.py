"""How a command answers when something is wrong."""

from __future__ import annotations

from typing import NoReturn

import click


class Refused(click.ClickException):
    """What was asked cannot be done; the message is one sentence."""

    exit_code = 2


def refuse(sentence: str) -> NoReturn:
    """End the command with one sentence and exit code 2.

    Raises:
        Refused: always.
    """
    raise Refused(sentence)
