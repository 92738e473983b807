"""The tasks of an application: add, change, take, finish one, and the reports that follow an award."""

from __future__ import annotations

from datetime import date
from http import HTTPStatus

from flask import abort, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from grants.domain.bilingual import Bilingual
from grants.domain.works import WorkKind
from grants.services import applications, tasks
from grants.services.conflicts import ConflictError, RefusedError
from grants.services.tasks import TaskWish
from grants.store import workspaces
from grants.store.applications import ApplicationRow, TaskRow
from grants.store.database import db, transaction
from grants.web.access import Act, Thing, allow, may, owned, signed_in
from grants.web.application_forms import ReportsForm, TaskForm, people_choices, person_of, refuse, typed_hours
from grants.web.application_pages import Sheet, bp, conflict, saved, sender, sheet_page
from grants.web.language import current_language
from grants.web.one_application import page_of


def _task(number: int, task_number: int) -> tuple[ApplicationRow, TaskRow]:
    row = owned(ApplicationRow, number)
    return row, tasks.one(db.session(), row.community, number, task_number)


def _workers(row: ApplicationRow, task: TaskRow | None = None) -> list[tuple[str, str]]:
    """Give who can be chosen for a task: a lead chooses among all members, others for themselves."""
    session, me = db.session(), signed_in()
    members = {each.id: each.name for each in workspaces.members(session, row.community)}
    now = workspaces.names(session, {task.owner} if task is not None and task.owner is not None else ())
    if may(Thing.ASSIGNMENT, Act.WRITE):
        return people_choices(members, *now.items())
    mine = {me.id: me.name} if task is None or task.owner in {None, me.id} else {}
    return people_choices(mine, *now.items())


def _task_wish(form: TaskForm) -> TaskWish:
    return TaskWish(
        form.title.data or "",
        WorkKind(form.kind.data),
        person_of(form.owner.data),
        form.due_on.data,
        form.minutes.data or 0,
    )


def _task_hints() -> dict[str, str]:
    hints = {
        "due_on": _(
            "A date that you set stays when the work is planned back from the closing; leave it "
            "empty to have one proposed."
        ),
        "minutes": _("About how long somebody works on it, such as 2 or 1.5."),
    }
    if not may(Thing.ASSIGNMENT, Act.WRITE):
        hints["owner"] = _(
            "You can take a task that has no owner and hand back your own; a lead gives tasks to others."
        )
    return hints


@bp.route("/applications/<int:number>/tasks/new", methods=["GET", "POST"])
@allow(Thing.APPLICATIONS, Act.WRITE)
def add_task(number: int) -> ResponseReturnValue:
    """Add a task."""
    row = owned(ApplicationRow, number)
    form = TaskForm()
    form.offer(_workers(row))
    if request.method == "GET":
        form.owner.data, form.kind.data = str(signed_in().id), WorkKind.WORK.value
    sheet = Sheet(_("Add a task"), url_for(".add_task", number=number), _("Add the task"), _task_hints())
    if not form.validate_on_submit():
        return sheet_page(sheet, form, row, row.version)
    try:
        with transaction() as session:
            tasks.add(session, applications.one(session, row.community, number), _task_wish(form), sender())
    except RefusedError as fault:
        refuse(form, fault)
        return sheet_page(sheet, form, row, row.version)
    return saved(number, _("The task is added."), "tasks")


@bp.route("/applications/<int:number>/tasks/<int:task_number>", methods=["GET", "POST"])
@allow(Thing.APPLICATIONS, Act.WRITE)
def task(number: int, task_number: int) -> ResponseReturnValue:
    """Change a task."""
    row, known = _task(number, task_number)
    title = tasks.title_of(known).in_(current_language())
    form = TaskForm(data={"title": title, "kind": known.kind, "due_on": known.due_on, "minutes": known.minutes})
    form.offer(_workers(row, known))
    if request.method == "GET":
        form.owner.data = str(known.owner or "")
    action = url_for(".task", number=number, task_number=task_number)
    removal = url_for(".turn_task", number=number, task_number=task_number)
    sheet = Sheet(_("Change the task"), action, _("Save the task"), _task_hints(), removal=removal)
    if not form.validate_on_submit():
        return sheet_page(sheet, form, row, known.version)
    try:
        with transaction() as session:
            there = tasks.one(session, row.community, number, task_number)
            tasks.change(session, there, _task_wish(form), sender())
    except ConflictError as fault:
        own_title = fault.saved["title_fr" if current_language() == "fr" else "title"]
        form.offer(_everybody(row, fault.saved["owner"], form.owner.data))
        return conflict(form, fault, sheet, row, title=own_title, minutes=typed_hours(int(fault.saved["minutes"])))
    except RefusedError as fault:
        refuse(form, fault)
        return sheet_page(sheet, form, row, known.version)
    return saved(number, _("The task is saved."), "tasks")


def _everybody(row: ApplicationRow, *owners: str | None) -> list[tuple[str, str]]:
    """Name everybody whom a conflict may tell of."""
    session = db.session()
    members = {each.id: each.name for each in workspaces.members(session, row.community)}
    named = workspaces.names(session, {number for each in owners if (number := person_of(each)) is not None})
    return people_choices(members, *named.items())


@bp.post("/applications/<int:number>/tasks/<int:task_number>/turn")
@allow(Thing.APPLICATIONS, Act.WRITE)
def turn_task(number: int, task_number: int) -> ResponseReturnValue:
    """Do one thing to a task (field ``turn``): done, open, take, leave or remove."""
    row, known = _task(number, task_number)
    said = {
        "done": _("Done: %(task)s"),
        "open": _("Open again: %(task)s"),
        "take": _("Yours now: %(task)s"),
        "leave": _("Handed back: %(task)s"),
        "remove": _("Removed: %(task)s"),
    }
    turn, hand = request.form.get("turn", ""), sender()
    if turn not in said:
        abort(404)
    try:
        with transaction() as session:
            there = tasks.one(session, row.community, number, task_number)
            match turn:
                case "done":
                    tasks.finish(session, there, hand)
                case "open":
                    tasks.reopen(session, there, hand)
                case "take":
                    tasks.assign(session, there, hand.person, hand)
                case "leave":
                    tasks.assign(session, there, None, hand)
                case _:
                    tasks.remove(session, there, hand)
    except ConflictError as fault:
        refused = _("%(name)s changed this task just before you. Look at it, then do it again.", name=_by(fault))
        return page_of(row, refused=refused, status=HTTPStatus.CONFLICT)
    except RefusedError as fault:
        return page_of(row, refused=fault.words.in_(current_language()), status=HTTPStatus.UNPROCESSABLE_ENTITY)
    return saved(number, said[turn] % {"task": tasks.title_of(known).in_(current_language())}, "tasks")


def _by(fault: ConflictError) -> str:
    return fault.by or _("Somebody else")


@bp.route("/applications/<int:number>/reports", methods=["GET", "POST"])
@allow(Thing.APPLICATIONS, Act.WRITE)
def reports(number: int) -> ResponseReturnValue:
    """Add the reports that are due after an award."""
    row = owned(ApplicationRow, number)
    form = ReportsForm()
    form.offer(_workers(row))
    if request.method == "GET":
        form.owner.data, form.every.data = str(signed_in().id), "3"
    sheet = Sheet(
        _("Reports to the funder"),
        url_for(".reports", number=number),
        _("Add the reports"),
        {
            "first": _("Its date is in the agreement with the funder."),
            "until": _("The end of the agreement, as a rule. It matters only where there are several."),
            "final": _("If there is a separate one; you can leave it empty."),
        },
        intro=_("Each becomes a task with reminders a week before and on the day. Days that have one are left out."),
    )
    if not form.validate_on_submit():
        return sheet_page(sheet, form, row, row.version)
    dues = _report_dues(form)
    if not form.errors:
        try:
            with transaction() as session:
                there = applications.one(session, row.community, number)
                added = tasks.add_reports(session, there, dues, person_of(form.owner.data), sender())
        except RefusedError as fault:
            refuse(form, fault)
        else:
            said = (
                ngettext("One report is added.", "%(num)s reports are added.", added)
                if added
                else _("All of them were there already.")
            )
            return saved(number, said, "tasks")
    return sheet_page(sheet, form, row, row.version)


def _report_dues(form: ReportsForm) -> list[tuple[date, Bilingual]]:
    """Give the days of the reports with their names; what is missing is said at the field."""
    first, until, final = form.first.data, form.until.data, form.final.data
    every = int(form.every.data)
    dues: list[tuple[date, Bilingual]] = []
    if first is None and final is None:
        form.first.errors = [*form.first.errors, _("Type the day of the first report, or of the final one.")]
    if first is not None and every and until is None:
        said = _("Say until when reports are due, so that they do not go on for ever.")
        form.until.errors = [*form.until.errors, said]
    elif first is not None:
        days = tasks.report_days(first, every, until or first)
        dues += [
            (day, Bilingual(f"Report {place} to the funder", f"Rapport {place} au bailleur de fonds"))
            for place, day in enumerate(days, 1)
            if day != final
        ]
    if final is not None:
        dues.append((final, Bilingual("Final report to the funder", "Rapport final au bailleur de fonds")))
    return dues
