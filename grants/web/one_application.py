"""One application: all that belongs to it, what is said of it as a whole, its money, and its moves."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus

from flask import Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from grants import clock
from grants.domain.applications import MOVES, State, is_before_submission, is_over
from grants.domain.budgets import share_words
from grants.domain.eligibility import Outcome
from grants.services import applications
from grants.services.applications import Amounts, Move, UnfinishedError, Wish
from grants.services.conflicts import ConflictError, RefusedError
from grants.store import workspaces
from grants.store.applications import ApplicationRow, TaskRow
from grants.store.database import db, transaction
from grants.web import happenings
from grants.web.access import Act, Thing, allow, may, owned, signed_in, workspace
from grants.web.application_forms import (
    AmountsForm,
    DetailsForm,
    LineForm,
    MoveForm,
    NoteForm,
    labels_of,
    people_choices,
    person_of,
    problems_of,
    refuse,
    typed_money,
)
from grants.web.application_pages import Sheet, bp, conflict, name_of, saved, sender, sheet_page, words
from grants.web.conflicts import conflict_page, seen_version
from grants.web.language import current_language
from grants.web.paging import here, paginate

RECENT = 10
"""Lines of the history on the page of an application; the others have a page of their own."""
LONG_NOTE = 1_200
"""Characters from which on a note is folded."""


@bp.get("/applications/<int:number>")
@allow(Thing.APPLICATIONS, Act.READ)
def show(number: int) -> ResponseReturnValue:
    """Show an application: where it stands, what is due, its tasks, documents, money, notes and history."""
    return page_of(owned(ApplicationRow, number))


def page_of(
    row: ApplicationRow,
    *,
    note: NoteForm | None = None,
    line: LineForm | None = None,
    refused: str = "",
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:
    """Draw the page of an application; forms that are wrong keep what was typed, ``refused`` says what was not done."""
    community, session = workspace(), db.session()
    whole = applications.whole(session, community, row, clock.now())
    note, line = note or NoteForm(formdata=None), line or LineForm(formdata=None)
    page = render_template(
        "applications/show.html",
        community=community,
        whole=whole,
        title=whole.title.in_(current_language()),
        row=row,
        before_submission=is_before_submission(whole.state),
        over=is_over(whole.state),
        awarded=whole.state in {State.AWARDED, State.REPORTING},
        moves=[(to.value, words(to)) for to in MOVES[whole.state]],
        refusing=whole.verdict is not None and whole.verdict.outcome is Outcome.NOT_ELIGIBLE,
        expiring={
            each.line.id
            for each in whole.papers
            if applications.expires_too_soon(each.document, whole.closing, clock.today(community.zone))
        },
        total=whole.budget.total,
        share=share_words(whole.budget.share) if whole.budget.share is not None else None,
        gap=whole.budget.gap,
        note_form=note,
        line_form=line,
        problems=[*problems_of(note), *problems_of(line)],
        refused=refused,
        long_note=LONG_NOTE,
        happenings=happenings.happenings(session, community, whole.events[:RECENT]),
        more_history=len(whole.events) - RECENT,
        me=signed_in().id,
        leads=may(Thing.ASSIGNMENT, Act.WRITE),
    )
    return make_response(page, status)


@bp.get("/applications/<int:number>/history")
@allow(Thing.APPLICATIONS, Act.READ)
def history(number: int) -> ResponseReturnValue:
    """Show all that happened to an application, the newest first."""
    row, community, session = owned(ApplicationRow, number), workspace(), db.session()
    told = applications.history(session, row)
    page = paginate(told, request.args.get("page"))
    return render_template(
        "applications/history.html",
        row=row,
        page=page,
        page_link=lambda number: here(page=number),
        happenings=happenings.happenings(session, community, page.items),
    )


def _shown_money(fault: ConflictError) -> dict[str, str]:
    return {
        name: typed_money(int(fault.saved[name])) if fault.saved.get(name) else ""
        for name in ("asked", "own", "other", "awarded")
    }


def _owners(row: ApplicationRow) -> list[tuple[str, str]]:
    """Give who can look after an application: the members, and who does now."""
    session = db.session()
    members = {each.id: each.name for each in workspaces.members(session, row.community)}
    now = workspaces.names(session, {row.owner} if row.owner is not None else ())
    return people_choices(members, *now.items())


@bp.route("/applications/<int:number>/details", methods=["GET", "POST"])
@allow(Thing.APPLICATIONS, Act.WRITE)
def details(number: int) -> ResponseReturnValue:
    """Change title, owner, the day of one's own and the funder's number."""
    row, community = owned(ApplicationRow, number), workspace()
    form = DetailsForm(obj=row)
    form.owner.choices = _owners(row)
    sheet = Sheet(
        _("Change the application"),
        url_for(".details", number=number),
        _("Save"),
        {
            "title": _("Leave it empty to name it after the program, in the language of each reader."),
            "target_on": _(
                "Where the funder states no closing date, the plan and the reminders count back from this day."
            ),
            "reference": _("Such as the case number of Transfer Payment Ontario; you can leave it empty."),
        },
    )
    if request.method == "GET":
        form.owner.data = str(row.owner or "")
    if not form.validate_on_submit():
        return sheet_page(sheet, form, row, row.version)
    wish = Wish(form.title.data or "", person_of(form.owner.data), form.target_on.data, form.reference.data or "")
    try:
        with transaction() as session:
            applications.change(session, applications.one(session, community.key, number), wish, sender())
    except ConflictError as fault:
        return conflict(form, fault, sheet, row)
    except RefusedError as fault:
        refuse(form, fault)
        return sheet_page(sheet, form, row, row.version)
    return saved(number, _("The application is saved."))


@bp.route("/applications/<int:number>/amounts", methods=["GET", "POST"])
@allow(Thing.APPLICATIONS, Act.WRITE)
def amounts(number: int) -> ResponseReturnValue:
    """Change what is asked, what others pay, and what was awarded."""
    row, community = owned(ApplicationRow, number), workspace()
    form = AmountsForm(obj=row)
    sheet = Sheet(
        _("Money of the application"),
        url_for(".amounts", number=number),
        _("Save the amounts"),
        {"asked": _("In dollars, such as 12,000 or 1,234.50. Leave empty what is not known yet.")},
        intro=_("What you type is compared with what the funder pays, to the cent."),
    )
    if not form.validate_on_submit():
        return sheet_page(sheet, form, row, row.version)
    wish = Amounts(form.asked.data, form.own.data, form.other.data, form.awarded.data)
    try:
        with transaction() as session:
            applications.set_amounts(session, applications.one(session, community.key, number), wish, sender())
    except ConflictError as fault:
        return conflict(form, fault, sheet, row, **_shown_money(fault))
    return saved(number, _("The amounts are saved."), "money")


@bp.post("/applications/<int:number>/move")
@allow(Thing.APPLICATIONS, Act.WRITE)
def move(number: int) -> ResponseReturnValue:
    """Move an application (field ``to``); where the move asks something, ask it on a page of its own."""
    row, community = owned(ApplicationRow, number), workspace()
    form = MoveForm()
    before = State(row.state)
    sent = request.form.get("to", "")
    offered = [*MOVES[before], *([State(sent)] if sent in set(State) and State(sent) not in MOVES[before] else [])]
    form.offer(offered, community.kind)
    valid = form.validate_on_submit()
    to = State(form.to.data) if form.to.data in set(State) else None
    if to is None:
        abort(404)
    full = "asked" in request.form
    if not valid:
        return _move_page(row, form, to)
    if not full and to in MOVES[before] and _asks(before, to):
        return _move_page(row, form, to, open_tasks=_open_before(row, to))
    wish = Move(
        to,
        form.reason.data or "",
        form.awarded.data,
        form.reference.data or "",
        with_open_tasks=bool(form.with_open_tasks.data),
    )
    try:
        with transaction() as session:
            changed = applications.one(session, community.key, number)
            applications.move(session, changed, wish, sender(), community=community)
    except ConflictError as fault:
        form.offer(State, community.kind)
        sheet = Sheet(_("Move the application"), url_for(".move", number=number), "", {})
        return _move_conflict(form, fault, sheet, row)
    except UnfinishedError as fault:
        said = _("Say that these can stay open, or finish them first.")
        form.with_open_tasks.errors = [*form.with_open_tasks.errors, said]
        return _move_page(row, form, to, open_tasks=fault.open)
    except RefusedError as fault:
        refuse(form, fault)
        return _move_page(row, form, to)
    flash(_("“%(title)s” is now: %(state)s.", title=name_of(row), state=words(to)), "good")
    back = url_for(".index") if request.form.get("back") == "board" else url_for(".show", number=number)
    return redirect(back, HTTPStatus.SEE_OTHER)


def _asks(before: State, to: State) -> bool:
    """Tell whether a move asks something: why, how much, the funder's number, or about tasks that are open."""
    submits = to is State.SUBMITTED and is_before_submission(before)
    return MOVES[before][to] or to is State.AWARDED or submits


def _open_before(row: ApplicationRow, to: State) -> list[TaskRow]:
    if to is not State.SUBMITTED or not is_before_submission(State(row.state)):
        return []
    return applications.open_before_submitting(db.session(), row)


def _move_page(row: ApplicationRow, form: MoveForm, to: State, *, open_tasks: Sequence[TaskRow] = ()) -> Response:
    before = State(row.state)
    if request.form.get("awarded") is None and row.awarded is not None:
        form.awarded.data = row.awarded
    if request.form.get("reference") is None:
        form.reference.data = row.reference
    problems = problems_of(form)
    page = render_template(
        "applications/move.html",
        row=row,
        form=form,
        to=to,
        before=before,
        legal=to in MOVES[before],
        wants_reason=MOVES[before].get(to, False),
        open_tasks=open_tasks,
        version=seen_version(),
        back=request.form.get("back", ""),
        problems=problems,
    )
    return make_response(page, HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK)


def _move_conflict(form: MoveForm, fault: ConflictError, sheet: Sheet, row: ApplicationRow) -> Response:
    saved = ConflictError({**fault.saved, **_shown_money(fault), "reason": ""}, fault.version, fault.by, fault.at)
    kept = {
        name: label for name, label in labels_of(form).items() if name in request.form and name != "with_open_tasks"
    }
    return conflict_page(
        form, saved, heading=sheet.heading, action=sheet.action, labels=kept, back=url_for(".show", number=row.id)
    )
