"""The page for who saves second: both versions side by side, and what was typed kept in a form that can be sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from typing import Any

from flask import Response, make_response, render_template, request
from flask_babel import gettext as _
from flask_wtf.form import FlaskForm
from wtforms import BooleanField, Field, RadioField, SelectField

from grants.domain import phrases
from grants.services.conflicts import ConflictError
from grants.web.access import signed_in
from grants.web.formats import moment
from grants.web.language import current_language

VERSION = "version"
"""The hidden field of every form that changes something: the version it was drawn from."""
LARGEST_VERSION = 2**31
WAS = "was-"
"""What begins the name of a hidden field that holds what a field was drawn with: who left it so did not change it."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A field that both filled in differently: its name, what is saved, what was typed, and the field to change."""

    label: str
    saved: str
    typed: str
    field: Field


def seen_version() -> int:
    """Give the version that the sent form was drawn from; 0, which nothing has, where the form says none."""
    typed = request.form.get(VERSION, "")
    number = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) <= len(str(LARGEST_VERSION)) else 0
    return number if number < LARGEST_VERSION else 0


def conflict_page(
    form: FlaskForm,
    fault: ConflictError,
    *,
    heading: str,
    action: str,
    labels: Mapping[str, str],
    back: str | None = None,
) -> Response:
    """Show what somebody else saved beside what was typed, to be saved over it, changed first, or given up.

    A field that was sent as it was drawn (:func:`as_drawn`) was not changed by this person: it takes what is saved.

    Args:
        form: the form as it was sent; its fields keep what was typed.
        fault: what holds now.
        heading: what was being changed, as the page's h1.
        action: where the form is sent again.
        labels: the fields to compare, by name, in order; the others are sent again as they were.
        back: where giving up leads; ``action`` where it is left out.
    """
    untouched = {name for name in labels if request.form.get(WAS + name) is not None and _is_as_drawn(form[name])}
    differing = [each for each in _pairs(form, fault, labels) if each.field.name not in untouched]
    apart = {each.field.name for each in differing} | untouched | {VERSION, "csrf_token"}
    saved = {name: fault.saved.get(name, "") for name in labels}
    rest = [each for each in request.form.items(multi=True) if each[0] not in apart and not each[0].startswith(WAS)]
    rest += [(name, saved[name]) for name in labels if name in untouched and saved[name]]
    rest += [(WAS + name, value) for name, value in saved.items() if WAS + name in request.form]
    page = render_template(
        "components/conflict.html",
        heading=heading,
        action=action,
        back=back or action,
        pairs=differing,
        rest=rest,
        version=fault.version,
        by=fault.by or _("somebody else"),
        moment=moment(fault.at, signed_in().zone, weekday=False),
    )
    return make_response(page, HTTPStatus.CONFLICT)


def as_drawn(form: FlaskForm) -> dict[str, str]:
    """Give what the fields of a form are drawn with, for its hidden fields; of a sent form what it was drawn with."""
    fields = [field for field in form if field.name != "csrf_token"]
    if request.method == "POST":
        return {field.name: request.form.get(WAS + field.name, "") for field in fields}
    return {field.name: _drawn(field) for field in fields}


def _drawn(field: Field) -> str:
    if isinstance(field, BooleanField):
        return "y" if field.data else ""
    if isinstance(field, (SelectField, RadioField)):
        return "" if field.data is None else str(field.data)
    text: Any = field
    return str(text._value())  # noqa: SLF001 - what WTForms' own widgets draw


def _is_as_drawn(field: Field) -> bool:
    return _plain(_typed(field)) == _plain(request.form.get(WAS + field.name, ""))


def _pairs(form: FlaskForm, fault: ConflictError, labels: Mapping[str, str]) -> Iterator[Pair]:
    for name, label in labels.items():
        field, saved = form[name], fault.saved.get(name, "")
        typed = _typed(field)
        if _plain(typed) != _plain(saved):
            yield Pair(label, _words(field, saved), _words(field, typed), field)


def _plain(value: str) -> str:
    """Leave out what a browser does to line ends."""
    return value.replace("\r\n", "\n").strip()


def _typed(field: Field) -> str:
    if isinstance(field, BooleanField):
        return "y" if field.data else ""
    sent = field.raw_data if field.raw_data is not None else []
    return str(sent[0]) if sent else ""


def _words(field: Field, value: str) -> str:
    """Put a value as a person reads it: the words of a choice, a day in words, yes or no."""
    if isinstance(field, BooleanField):
        return _("Yes") if value else _("No")
    if isinstance(field, (SelectField, RadioField)):
        named = {str(key): str(words) for key, words, *_rest in field.iter_choices()}
        return named.get(value, value)
    if not value:
        return _("nothing")
    try:
        return phrases.day(date.fromisoformat(value), current_language(), weekday=False)
    except ValueError:
        return value
