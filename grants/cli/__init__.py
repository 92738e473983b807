"""The ``flask`` commands: thin doors to the services.

JSON where a program reads it, one sentence and exit code 2 where something is wrong.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import wraps
from typing import Any

from click import Command, Group
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from grants.cli import catalogue, people, permissions, reminders
from grants.cli.answers import refuse
from grants.store.database import is_outage, lacks_table


def register(app: Flask) -> None:
    """Add every command to the application."""
    for command in (*catalogue.COMMANDS, *people.COMMANDS, *reminders.COMMANDS, *permissions.COMMANDS):
        app.cli.add_command(plain(command))


def plain(command: Command) -> Command:
    """Return a command, and all below it, that tells in a sentence when the database keeps it from its work."""
    told = copy.copy(command)
    if told.callback is not None:
        told.callback = _plain(told.callback)
    if isinstance(told, Group):
        told.commands = {name: plain(each) for name, each in told.commands.items()}
    return told


def _plain(run: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(run)
    def told(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - whatever the command takes and gives
        try:
            return run(*arguments, **options)
        except SQLAlchemyError as fault:
            if lacks_table(fault):
                refuse("The tables are not there yet: run flask db upgrade.")
            if is_outage(fault):
                refuse("The database is away or busy; nothing was changed by halves, try again.")
            raise

    return told
