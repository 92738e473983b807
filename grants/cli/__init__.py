"""The ``flask`` commands: thin doors to the services.

JSON where a program reads it, one sentence and exit code 2 where something is wrong.
"""

from __future__ import annotations

from flask import Flask

from grants.cli import catalogue, reminders


def register(app: Flask) -> None:
    """Add every command to the application."""
    for command in (*catalogue.COMMANDS, *reminders.COMMANDS):
        app.cli.add_command(command)
