"""Long lists in pages that a person can turn, and addresses of this page with a changed query."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import urlencode

from flask import request

T = TypeVar("T")

PER_PAGE = 20
LONGEST_NUMBER = 6
"""Digits of a page number that are read; nobody has a million pages."""


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list: its items, its number (from 1), how many pages there are, how many items in all."""

    items: tuple[T, ...]
    number: int
    pages: int
    total: int

    @property
    def first(self) -> int:
        """The place of the first item shown, from 1; 0 where there is none."""
        return (self.number - 1) * PER_PAGE + 1 if self.items else 0

    @property
    def last(self) -> int:
        """The place of the last item shown."""
        return max(self.first + len(self.items) - 1, 0)


def paginate(items: Sequence[T], asked: str | None) -> Page[T]:
    """Cut out the page that was asked for; what is no number gives the first, what is too far gives the last."""
    pages = max(1, -(-len(items) // PER_PAGE))
    wanted = int(asked) if asked and asked.isdecimal() and len(asked) <= LONGEST_NUMBER else 1
    number = min(max(wanted, 1), pages)
    return Page(tuple(items[(number - 1) * PER_PAGE : number * PER_PAGE]), number, pages, len(items))


def here(**changes: str | int | None) -> str:
    """Give this page's address with parameters of its query replaced; None takes one away, ``page`` goes unless given.

    A parameter that comes several times keeps all its values unless it is replaced.
    """
    kept = [
        (name, value)
        for name, value in request.args.items(multi=True)
        if value and name != "page" and name not in changes
    ]
    query = urlencode([*kept, *((name, value) for name, value in changes.items() if value is not None)])
    return f"{request.path}?{query}" if query else request.path
