"""What a web server and the ``flask`` command load."""

import click

from config import SettingsError
from grants.app import create_app


class Refusal(click.ClickException):
    """The ``flask`` command shows it as sentences and ends with 2; a web server logs it and does not start."""

    exit_code = 2


try:
    app = create_app()
except SettingsError as error:
    raise Refusal(str(error)) from None
