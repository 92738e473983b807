"""The checklist and the notes of an application."""

from __future__ import annotations

from http import HTTPStatus

from flask import request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from grants.domain import phrases
from grants.services import applications, checklists, notes
from grants.services.checklists import Settled
from grants.services.conflicts import ConflictError, RefusedError
from grants.store import workspaces
from grants.store.applications import ApplicationRow, NoteRow, RequirementRow
from grants.store.database import db, transaction
from grants.web.access import Act, Thing, allow, owned
from grants.web.application_forms import LineForm, NoteForm, RequirementForm, person_of, refuse
from grants.web.application_pages import Sheet, bp, conflict, saved, sender, sheet_page
from grants.web.language import current_language
from grants.web.one_application import page_of

# Checklist ------------------------------------------------------------------------------------------------------------


def _line(number: int, line_number: int) -> tuple[ApplicationRow, RequirementRow]:
    row = owned(ApplicationRow, number)
    return row, checklists.one(db.session(), row.community, number, line_number)


@bp.post("/applications/<int:number>/checklist")
@allow(Thing.APPLICATIONS, Act.WRITE)
def add_line(number: int) -> ResponseReturnValue:
    """Add a line of one's own to the checklist."""
    row, form = owned(ApplicationRow, number), LineForm()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                there = applications.one(session, row.community, number)
                checklists.add(session, there, form.wording.data or "", sender())
        except RefusedError as fault:
            refuse(form, fault)
        else:
            return saved(number, _("The document is on the list."), "documents")
    return page_of(row, line=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)


@bp.route("/applications/<int:number>/checklist/<int:line_number>", methods=["GET", "POST"])
@allow(Thing.APPLICATIONS, Act.WRITE)
def line(number: int, line_number: int) -> ResponseReturnValue:
    """Say how a line of the checklist stands, and which document serves."""
    row, known = _line(number, line_number)
    form = RequirementForm(data={"settled": known.settled})
    form.offer([(str(each.id), _document_words(each)) for each in workspaces.documents(db.session(), row.community)])
    if request.method == "GET":
        form.document.data = str(known.document or "")
    sheet = Sheet(
        checklists.wording_of(known).in_(current_language()),
        url_for(".line", number=number, line_number=line_number),
        _("Save"),
        {"document": _("From the documents that your community keeps ready.")},
    )
    if not form.validate_on_submit():
        return sheet_page(sheet, form, row, known.version)
    try:
        with transaction() as session:
            there = checklists.one(session, row.community, number, line_number)
            settled = Settled(form.settled.data)
            checklists.settle(session, there, settled, person_of(form.document.data), sender())
    except ConflictError as fault:
        return conflict(form, fault, sheet, row)
    except RefusedError as fault:
        refuse(form, fault)
        return sheet_page(sheet, form, row, known.version)
    return saved(number, _("The checklist is saved."), "documents")


def _document_words(document: workspaces.DocumentRow) -> str:
    if document.expires_on is None:
        return document.title
    return _(
        "%(title)s (expires %(day)s)",
        title=document.title,
        day=phrases.day(document.expires_on, current_language(), weekday=False),
    )


# Notes ----------------------------------------------------------------------------------------------------------------


def _note(number: int, note_number: int) -> tuple[ApplicationRow, NoteRow]:
    row = owned(ApplicationRow, number)
    return row, notes.one(db.session(), row.community, number, note_number)


@bp.post("/applications/<int:number>/notes")
@allow(Thing.APPLICATIONS, Act.WRITE)
def add_note(number: int) -> ResponseReturnValue:
    """Add a note."""
    row, form = owned(ApplicationRow, number), NoteForm()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                there = applications.one(session, row.community, number)
                notes.add(session, there, form.text.data or "", sender())
        except RefusedError as fault:
            refuse(form, fault)
        else:
            return saved(number, _("The note is kept."), "notes")
    return page_of(row, note=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)


@bp.route("/applications/<int:number>/notes/<int:note_number>", methods=["GET", "POST"])
@allow(Thing.APPLICATIONS, Act.WRITE)
def note(number: int, note_number: int) -> ResponseReturnValue:
    """Change a note; what it said before is kept."""
    row, known = _note(number, note_number)
    form = NoteForm(data={"text": known.text})
    sheet = Sheet(
        _("Change the note"),
        url_for(".note", number=number, note_number=note_number),
        _("Save the note"),
        {"text": _("What it says now is kept among its earlier versions.")},
    )
    if not form.validate_on_submit():
        return sheet_page(sheet, form, row, known.version)
    try:
        with transaction() as session:
            there = notes.one(session, row.community, number, note_number)
            notes.change(session, there, form.text.data or "", sender())
    except ConflictError as fault:
        return conflict(form, fault, sheet, row)
    except RefusedError as fault:
        refuse(form, fault)
        return sheet_page(sheet, form, row, known.version)
    return saved(number, _("The note is saved."), "notes")
