"""The readiness bank: the documents a community keeps ready, and those it should prepare now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final, cast

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext
from flask_wtf.form import FlaskForm
from wtforms import StringField
from wtforms.validators import ValidationError

from grants import clock
from grants.domain.documents import (
    KIND_WORDS,
    LONGEST_NOTE,
    LONGEST_PLACE,
    LONGEST_TITLE,
    DocumentKind,
    Standing,
    address_in,
)
from grants.services import catalogue, documents
from grants.services.catalogue import NotFoundError
from grants.services.conflicts import ConflictError, Hand
from grants.services.documents import Details, Kept
from grants.store.database import db, transaction
from grants.store.workspaces import DocumentRow
from grants.web.access import Act, Thing, allow, owned, signed_in, workspace
from grants.web.application_forms import ChoiceField, DayField, LineField, LinesField
from grants.web.conflicts import conflict_page, seen_version
from grants.web.language import PREFIX, current_language
from grants.web.meetings import days_words, problems_of
from grants.web.paging import here, paginate

bp = Blueprint("documents", __name__, url_prefix=PREFIX)

_l = cast("Any", lazy_gettext)

FIELDS: Final = ("kind", "title", "kept_at", "dated_on", "expires_on", "note")
STANDINGS: Final[Mapping[Standing, Any]] = {
    Standing.EXPIRED: _l("expired"),
    Standing.EXPIRES_SOON: _l("expires soon"),
    Standing.SERVES: _l("valid"),
    Standing.NO_END: _l("does not expire"),
}


def kinds() -> list[tuple[str, str]]:
    """Name the kinds of document, in the language of the page, to choose from."""
    return [(each.value, KIND_WORDS[each].in_(current_language())) for each in DocumentKind]


class DocumentForm(FlaskForm):
    """What people say of a document."""

    kind = ChoiceField(_l("Kind"), choices=kinds)
    title = LineField(_l("Title"), render_kw={"required": True, "maxlength": LONGEST_TITLE})
    kept_at = LineField(_l("Where it is kept (optional)"), render_kw={"maxlength": LONGEST_PLACE})
    dated_on = DayField(_l("Dated (optional)"))
    expires_on = DayField(_l("Valid until (optional)"))
    note = LinesField(_l("Note (optional)"), render_kw={"maxlength": LONGEST_NOTE, "rows": 4})

    def validate_title(self, field: LineField) -> None:
        """Ask for a title of one line."""
        if not field.data:
            raise ValidationError(_("Give the document a title by which your colleagues know it."))
        _check_length(field, LONGEST_TITLE)

    def validate_kept_at(self, field: LineField) -> None:
        """Keep it a line."""
        _check_length(field, LONGEST_PLACE)

    def validate_expires_on(self, field: DayField) -> None:
        """Refuse an end before the beginning."""
        dated = self.dated_on.data
        if field.data is not None and dated is not None and field.data < dated:
            raise ValidationError(_("It would expire before its own date. Check both dates."))

    def validate_note(self, field: LinesField) -> None:
        """Keep it in bounds."""
        _check_length(field, LONGEST_NOTE)

    @property
    def details(self) -> Details:
        """What is to be kept."""
        return Details(
            DocumentKind(self.kind.data),
            self.title.data or "",
            self.kept_at.data or "",
            self.dated_on.data,
            self.expires_on.data,
            self.note.data or "",
        )


def _check_length(field: StringField, most: int) -> None:
    if len(field.data or "") > most:
        raise ValidationError(_("Keep this to %(most)s characters; the rest is not read.", most=most))


@bp.get("/documents")
@allow(Thing.DOCUMENTS, Act.READ)
def index() -> ResponseReturnValue:
    """List what is kept ready, what expires first at the top, and what should be prepared now."""
    wanted = request.args.get("kind", "")
    return _index(DocumentForm(formdata=None, kind=wanted if wanted in set(DocumentKind) else None))


@bp.post("/documents")
@allow(Thing.DOCUMENTS, Act.WRITE)
def add() -> ResponseReturnValue:
    """Add a document."""
    form = DocumentForm()
    if not form.validate():
        return _index(form), HTTPStatus.UNPROCESSABLE_ENTITY
    with transaction() as session:
        documents.add(session, workspace(), form.details, _hand())
    flash(_("The document is added."), "good")
    return redirect(url_for("documents.index"))


@bp.get("/documents/<int:number>")
@allow(Thing.DOCUMENTS, Act.READ)
def show(number: int) -> ResponseReturnValue:
    """Show one document in a form, to change it or take it out."""
    row = _standing(number)
    values: dict[str, Any] = {name: getattr(row, name) for name in FIELDS}
    return _show(row, DocumentForm(formdata=None, **values), row.version)


@bp.post("/documents/<int:number>")
@allow(Thing.DOCUMENTS, Act.WRITE)
def change(number: int) -> ResponseReturnValue:
    """Change one document."""
    row, form, seen = _standing(number), DocumentForm(), seen_version()
    if not form.validate():
        return _show(row, form, seen), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        with transaction() as session:
            documents.change(session, workspace(), number, form.details, _hand(seen))
    except ConflictError as fault:
        action = url_for("documents.change", number=number)
        labels = {name: form[name].label.text for name in FIELDS}
        return conflict_page(form, fault, heading=_("Change a document"), action=action, labels=labels)
    except NotFoundError:
        abort(404)
    flash(_("The document is changed."), "good")
    return redirect(url_for("documents.index"))


@bp.post("/documents/<int:number>/remove")
@allow(Thing.DOCUMENTS, Act.WRITE)
def remove(number: int) -> ResponseReturnValue:
    """Take one document out; checklists that named it ask for it again."""
    row, seen = _standing(number), seen_version()
    try:
        with transaction() as session:
            lines = documents.remove(session, workspace(), number, _hand(seen))
    except ConflictError:
        flash(_("Somebody else changed this document meanwhile, so it was not removed. Look at it again."), "warn")
        return redirect(url_for("documents.show", number=row.id))
    except NotFoundError:
        abort(404)
    flash(_("The document is removed."), "good")
    if lines:
        flash(
            ngettext(
                "One line of a checklist named it and is open again.",
                "%(num)s lines of checklists named it and are open again.",
                lines,
            ),
            "warn",
        )
    return redirect(url_for("documents.index"))


def _hand(seen: int = 0) -> Hand:
    return Hand(signed_in().id, clock.now(), seen)


def _standing(number: int) -> DocumentRow:
    row = owned(DocumentRow, number)
    if row.removed_at is not None:
        abort(404)
    return row


def _index(form: DocumentForm) -> str:
    community, session, now = workspace(), db.session(), clock.now()
    bank = documents.bank(session, community, now)
    today = clock.today(community.zone)
    return render_template(
        "documents/index.html",
        form=form,
        problems=problems_of(form),
        page=paginate(bank, request.args.get("page")),
        lead=_lead(bank),
        turn=lambda number: here(page=number),
        prepare=documents.to_prepare(session, catalogue.present(session), community, now),
        kind_words=KIND_WORDS,
        standings=STANDINGS,
        address_in=address_in,
        days_left=lambda day: days_words(day, today),
    )


def _lead(bank: Sequence[Kept]) -> str:
    """Say in one sentence how the bank stands."""
    if not bank:
        return _(
            "Nothing is kept ready yet. Most funders ask for the same few documents: note once where they are and how "
            "long they are valid, and every application finds them."
        )
    kept = ngettext("One document is kept ready", "%(num)s documents are kept ready", len(bank))
    expired = sum(each.standing is Standing.EXPIRED for each in bank)
    soon = sum(each.standing is Standing.EXPIRES_SOON for each in bank)
    if not expired and not soon:
        return _("%(kept)s, and none is about to expire.", kept=kept)
    parts = []
    if expired:
        parts.append(ngettext("one has expired", "%(num)s have expired", expired))
    if soon:
        parts.append(ngettext("one expires soon", "%(num)s expire soon", soon))
    return _("%(kept)s: %(parts)s.", kept=kept, parts=", ".join(parts))


def _show(row: DocumentRow, form: DocumentForm, seen: int) -> str:
    kept = next(each for each in documents.bank(db.session(), workspace(), clock.now()) if each.row.id == row.id)
    return render_template(
        "documents/show.html",
        row=row,
        kept=kept,
        form=form,
        seen=seen,
        problems=problems_of(form),
        address=address_in(row.kept_at),
    )
