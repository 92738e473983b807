"""Applications of a community, as a board or as a table, and how one is begun."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from typing import cast

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext

from grants import clock
from grants.domain.applications import COLUMN_WORDS, COLUMNS, MOVES, Column, State, is_before_submission, is_over
from grants.domain.communities import Community
from grants.services import applications
from grants.services.applications import AlreadyBegunError, Choice, Line, Sort
from grants.services.conflicts import RefusedError
from grants.store import workspaces
from grants.store.database import db, transaction
from grants.web.access import Act, Thing, allow, workspace
from grants.web.application_forms import person_of
from grants.web.application_pages import bp, left, sender, words
from grants.web.formats import typed
from grants.web.language import current_language
from grants.web.paging import Page, here, paginate

_l = cast("Callable[[str], str]", lazy_gettext)

ON_BOARD = 10
"""Cards that a column of the board shows; the others are in the table."""
LONGEST_QUERY = 100

SORTS: Mapping[Sort, str] = {
    Sort.TITLE: _l("Application"),
    Sort.STATE: _l("State"),
    Sort.OWNER: _l("Who"),
    Sort.NEXT: _l("Next"),
    Sort.CLOSES: _l("Closes"),
    Sort.ASKED: _l("Asked"),
    Sort.AWARDED: _l("Awarded"),
}
"""The columns of the table that it can be ordered by, from left to right."""
NUMBERS = frozenset({Sort.ASKED, Sort.AWARDED})


@dataclass(frozen=True, slots=True)
class Group:
    """A column of the board: its cards, how many there are in all, and the table that holds them all.

    ``several``: it holds more than one state, so that each card names its own.
    """

    column: Column
    words: str
    cards: tuple[Line, ...]
    count: int
    address: str
    several: bool


@dataclass(frozen=True, slots=True)
class Head:
    """A head of the table: its words, the address that orders by it, and ``aria-sort``."""

    words: str
    address: str
    order: str
    number: bool


@bp.get("/applications")
@allow(Thing.APPLICATIONS, Act.READ)
def index() -> ResponseReturnValue:
    """Show a community's applications, as a board or as a table."""
    community = workspace()
    every = applications.listing(db.session(), community, clock.now())
    members = {each.id: each.name for each in workspaces.members(db.session(), community.key)}
    choice = _choice(members)
    found = applications.chosen(every, choice, current_language())
    as_table = request.args.get("view") == "table"
    groups: list[Group] = []
    page: Page[Line] = paginate(found if as_table else (), request.args.get("page"))
    if not as_table:
        groups = [_group(column, found) for column in Column]
    return render_template(
        "applications/index.html",
        community=community,
        every=every,
        lead=_lead(every, community),
        found=found,
        as_table=as_table,
        groups=groups,
        page=page,
        page_link=lambda number: here(page=number),
        heads=_heads(choice),
        totals=applications.totals(found),
        choice=choice,
        narrowed=bool(choice.words or choice.state or choice.column or choice.owner is not None),
        states=[("", _("All states")), *((each.value, words(each)) for each in State)],
        owners=[
            ("", _("Everybody")),
            *((str(number), name) for number, name in members.items()),
            ("0", _("No owner yet")),
        ],
        moves={each: [(to.value, words(to)) for to in MOVES[each]] for each in State},
        is_over=is_over,
    )


def _choice(members: Mapping[int, str]) -> Choice:
    """Read what the address narrows the list to; what it cannot mean is left out."""
    given = request.args
    state, column, sort = given.get("state", ""), given.get("column", ""), given.get("sort", "")
    owner = person_of(given.get("owner"))
    return Choice(
        words=typed(given.get("q", "")[:LONGEST_QUERY]),
        state=State(state) if state in set(State) else None,
        column=Column(column) if column in set(Column) else None,
        owner=owner if owner == 0 or owner in members else None,
        sort=Sort(sort) if sort in set(Sort) else Sort.NEXT,
        descending=given.get("order") == "down",
    )


def _group(column: Column, found: Sequence[Line]) -> Group:
    there = [each for each in found if each.state in COLUMNS[column]]
    return Group(
        column,
        COLUMN_WORDS[column].in_(current_language()),
        tuple(there[:ON_BOARD]),
        len(there),
        here(view="table", column=column.value),
        several=len(COLUMNS[column]) > 1,
    )


def _heads(choice: Choice) -> list[Head]:
    heads = []
    for sort, said in SORTS.items():
        current = choice.sort is sort
        down = not choice.descending if current else sort in NUMBERS
        order = ("descending" if choice.descending else "ascending") if current else ""
        heads.append(Head(str(said), here(sort=sort.value, order="down" if down else None), order, sort in NUMBERS))
    return heads


def _lead(every: Sequence[Line], community: Community) -> str:
    """Answer first: how many are to be submitted, and what comes next."""
    ahead = [each for each in every if is_before_submission(each.state)]
    running = [each for each in every if not is_over(each.state)]
    said = ngettext(
        "One application, %(open)s to be submitted.",
        "%(num)s applications, %(open)s to be submitted.",
        len(every),
        open=len(ahead),
    )
    soonest = min(
        (each for each in running if each.next is not None),
        key=lambda each: (each.next.day if each.next else date.max, each.row.id),
        default=None,
    )
    if soonest is None or soonest.next is None:
        return said
    due = soonest.next
    what = due.title.in_(current_language()) if due.title else _("the closing")
    return f"{said} " + _(
        "Next: %(what)s of “%(title)s”, %(left)s.",
        what=what,
        title=soonest.title.in_(current_language()),
        left=left(due.day, community),
    )


# Begin ----------------------------------------------------------------------------------------------------------------


@bp.post("/applications")
@allow(Thing.APPLICATIONS, Act.WRITE)
def begin() -> ResponseReturnValue:
    """Begin an application (fields ``stream``, ``intake``; ``again`` where there is one); lead to its page."""
    community = workspace()
    stream, intake = request.form.get("stream", ""), request.form.get("intake") or None
    try:
        with transaction() as session:
            row = applications.begin(
                session,
                community,
                stream,
                intake,
                sender(),
                again=request.form.get("again") == "y",
            )
            number, refused = row.id, applications.does_not_fit(session, community, row)
    except AlreadyBegunError as known:
        return _already(known, stream, intake)
    except RefusedError as fault:
        flash(fault.words.in_(current_language()), "warn")
        return redirect(url_for(".index"), HTTPStatus.SEE_OTHER)
    if refused:
        flash(
            _("Under its rules this does not fit your community; the reason is below. You can go on anyway."),
            "warn",
        )
    flash(
        _("The application is begun. You look after it, and its work is proposed below: change what you like."), "good"
    )
    return redirect(url_for(".show", number=number), HTTPStatus.SEE_OTHER)


def _already(known: AlreadyBegunError, stream: str, intake: str | None) -> ResponseReturnValue:
    page = render_template("applications/again.html", known=known.applications, stream=stream, intake=intake or "")
    return page, HTTPStatus.CONFLICT
