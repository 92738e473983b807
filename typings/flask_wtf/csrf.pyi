# What we use of Flask-WTF, which ships no types.
from collections.abc import Callable
from typing import TypeVar

from flask import Blueprint, Flask
from werkzeug.exceptions import BadRequest

_Exempted = TypeVar("_Exempted", bound=Callable[..., object] | Blueprint)

class CSRFError(BadRequest): ...

class CSRFProtect:
    def init_app(self, app: Flask) -> None: ...
    def exempt(self, view: _Exempted) -> _Exempted: ...

def generate_csrf(secret_key: str | None = ..., token_key: str | None = ...) -> str: ...
