"""Domain values as plain records and back: what seed files, database rows and exports share.

One converter serves all, so a value has one written form. Only what is set appears; an entry nobody knows is refused,
with its place.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from decimal import Decimal
from types import NoneType
from typing import Any, TypeVar, get_args

from cattrs import Converter, transform_error
from cattrs.errors import BaseValidationError
from cattrs.v import format_exception

from grants.domain.rules import Predicate, parse, render

Value = TypeVar("Value")


class BadRecordError(ValueError):
    """A record does not have the shape its value wants; the message says where and why."""


def read(record: Mapping[str, Any], kind: type[Value]) -> Value:
    """Make a value of a record.

    Raises:
        BadRecordError: something is missing, unknown or of the wrong kind.
    """
    try:
        return _CONVERTER.structure(record, kind)
    except (BaseValidationError, ValueError, KeyError) as fault:
        told = transform_error(fault, format_exception=_why) if isinstance(fault, BaseValidationError) else [str(fault)]
        raise BadRecordError(f"{kind.__name__} {record.get('key', '?')!r}: {'; '.join(told)}") from fault


def write(value: object) -> dict[str, Any]:
    """Make a record of a value, entries in the order of its fields; ``read(write(value), type(value)) == value``."""
    record: dict[str, Any] = _CONVERTER.unstructure(value)
    return record


def _why(fault: BaseException, kind: type | None) -> str:
    """Say what is wrong: our own values say it best, the library knows the rest."""
    if isinstance(fault, RecursionError):
        return "nested too deeply"
    if isinstance(fault, ValueError | TypeError) and str(fault):
        return str(fault)
    return format_exception(fault, kind)


def _text(value: object, _: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"words wanted, got {value!r}")
    return value


def _clock_time(at: time) -> str:
    return at.isoformat("seconds" if at.second else "minutes")


def _number(amount: Decimal) -> int | float:
    return int(amount) if amount == amount.to_integral_value() else float(amount)


def _converter() -> Converter:
    converter = Converter(forbid_extra_keys=True, omit_if_default=True)
    converter.register_structure_hook_func(lambda kind: kind is str, _text)
    converter.register_structure_hook(date, lambda words, _: date.fromisoformat(words))
    converter.register_unstructure_hook(date, date.isoformat)
    converter.register_structure_hook(time, lambda words, _: time.fromisoformat(words))
    converter.register_unstructure_hook(time, _clock_time)
    converter.register_structure_hook(Decimal, lambda amount, _: Decimal(str(amount)))
    converter.register_unstructure_hook(Decimal, _number)
    converter.register_structure_hook_func(_is_predicate, lambda record, _: None if record is None else parse(record))
    converter.register_unstructure_hook_func(_is_predicate, lambda test: None if test is None else render(test))
    return converter


def _is_predicate(kind: object) -> bool:
    """Tell whether a type is a predicate, one kind of it, or a predicate that may be missing."""
    kinds = set(get_args(kind)) - {NoneType} or {kind}
    return kinds <= set(get_args(Predicate))


_CONVERTER = _converter()
