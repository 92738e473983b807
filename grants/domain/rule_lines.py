"""A rule's test as lines that a form can show: whom it binds, how the lines join, and what each line asks.

Lines reach two steps deep, which is as deep as people follow: lines that must all hold, some of them with another line
that will do instead; or lines of which one is enough, some of them together with another. A test that goes deeper has
no lines: it stays as it is and is shown as a sentence.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from grants.domain.rules import AllOf, AnyOf, IfThen, IsApplicant, Leaf, Not, Predicate


class Binds(StrEnum):
    """Whom a rule binds: every applicant, only some classes, or all but some classes."""

    EVERYBODY = "everybody"
    ONLY = "only"
    EXCEPT = "except"


class Join(StrEnum):
    """Whether all lines must hold, or one is enough."""

    ALL = "all"
    ANY = "any"

    @property
    def opposite(self) -> Join:
        """How the lines of one group join, where the groups join the other way."""
        return Join.ANY if self is Join.ALL else Join.ALL


@dataclass(frozen=True, slots=True)
class Line:
    """One thing asked. ``negated``: it must not be so. ``with_above``: it makes a group with the line above it."""

    leaf: Leaf
    negated: bool = False
    with_above: bool = False


@dataclass(frozen=True, slots=True)
class Lines:
    """A test as a form shows it; ``bound`` names the classes that ``binds`` speaks of."""

    lines: tuple[Line, ...]
    join: Join = Join.ALL
    binds: Binds = Binds.EVERYBODY
    bound: tuple[str, ...] = ()


def as_test(shown: Lines) -> Predicate:
    """Build the predicate that the lines say.

    Raises:
        ValueError: there is no line, or a rule for some classes names none.
    """
    if not shown.lines:
        raise ValueError("a rule needs a line")
    groups: list[list[Predicate]] = []
    for line in shown.lines:
        asked: Predicate = Not(line.leaf) if line.negated else line.leaf
        if line.with_above and groups:
            groups[-1].append(asked)
        else:
            groups.append([asked])
    test = _joined([_joined(group, shown.join.opposite) for group in groups], shown.join)
    if shown.binds is Binds.EVERYBODY:
        return test
    if not shown.bound:
        raise ValueError("a rule for some classes names them")
    whom = IsApplicant(shown.bound)
    return IfThen(whom if shown.binds is Binds.ONLY else Not(whom), test)


def _joined(parts: list[Predicate], join: Join) -> Predicate:
    if len(parts) == 1:
        return parts[0]
    return AllOf(tuple(parts)) if join is Join.ALL else AnyOf(tuple(parts))


def as_lines(test: Predicate) -> Lines | None:
    """Give the lines of a predicate, or ``None`` where lines cannot say exactly the same.

    ``as_test(as_lines(test)) == test`` wherever there are lines.
    """
    binds, bound, body = _bound(test)
    join = Join.ANY if isinstance(body, AnyOf) else Join.ALL
    parts = body.parts if isinstance(body, AllOf | AnyOf) else (body,)
    lines: list[Line] = []
    for part in parts:
        inner = part.parts if isinstance(part, AllOf | AnyOf) else (part,)
        for place, each in enumerate(inner):
            line = _line(each, with_above=place > 0)
            if line is None:
                return None
            lines.append(line)
    shown = Lines(tuple(lines), join, binds, bound)
    # A group of one, or a group joined as its neighbours are, would come back in another form: it is left as it is.
    return shown if lines and as_test(shown) == test else None


def _bound(test: Predicate) -> tuple[Binds, tuple[str, ...], Predicate]:
    match test:
        case IfThen(IsApplicant(classes), body) if classes:
            return Binds.ONLY, classes, body
        case IfThen(Not(IsApplicant(classes)), body) if classes:
            return Binds.EXCEPT, classes, body
        case _:
            return Binds.EVERYBODY, (), test


def _line(part: Predicate, *, with_above: bool) -> Line | None:
    negated = isinstance(part, Not)
    leaf = part.part if isinstance(part, Not) else part
    if isinstance(leaf, AllOf | AnyOf | Not | IfThen):
        return None
    return Line(leaf, negated, with_above)
