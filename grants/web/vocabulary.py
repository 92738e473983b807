"""The vocabulary, for staff: look concepts up, change their wordings and links, and see first what that would do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from http import HTTPStatus
from typing import Final

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from grants import clock
from grants.domain.people import HOME_ZONE
from grants.domain.vocabulary import MATCHED_KINDS, Concept
from grants.services import catalogue, feedback, vocabulary
from grants.services.catalogue import Catalogue, NotFoundError
from grants.services.vocabulary import ConflictError, MisfitNowError, Preview, Problem, Saved, Typed
from grants.store.database import db, transaction
from grants.web.access import Act, Thing, allow, may, signed_in
from grants.web.formats import moment, typed
from grants.web.language import PREFIX, current_language
from grants.web.paging import here, paginate

bp = Blueprint("vocabulary", __name__, url_prefix=PREFIX)

LONGEST_VERSION: Final = 9
SHOWN: Final = 5
"""Changes of a preview that stand unfolded."""

KINDS: Final = {
    "topic": _l("topic"),
    "group": _l("group of people"),
    "place": _l("kind of place"),
    "work": _l("kind of work"),
    "broad": _l("broad word"),
    "ordinary": _l("ordinary words"),
    "plan-concept": _l("grouping of plan priorities"),
    "planning-level": _l("planning level"),
    "protective-factor": _l("protective factor"),
    "risk-factor": _l("risk factor"),
    "rtd-category": _l("risk category"),
    "sector": _l("sector"),
    "study-flag": _l("study flag"),
    "vulnerable-group": _l("vulnerable group"),
}
EVIDENCE: Final = {
    "own": _l("Written for this vocabulary."),
    "seen": _l("Seen in the source."),
    "recalled": _l("Written from memory of the source: not to be shown as official."),
}
FIELDS: Final = {
    "label_en": _l("Name in English"),
    "label_fr": _l("Name in French"),
    "wordings_en": _l("English wordings"),
    "wordings_fr": _l("French wordings"),
    "broader": _l("Broader concepts"),
    "related": _l("Related concepts"),
}


@dataclass(frozen=True, slots=True)
class Both:
    """A field that two people changed: as it is kept now, and as it was typed here."""

    words: str
    theirs: Sequence[str]
    yours: Sequence[str]


@dataclass(frozen=True, slots=True)
class Conflict:
    """Somebody saved meanwhile: who and when in words, and every field in which the two differ."""

    who: str
    fields: Sequence[Both]


@bp.context_processor
def words() -> dict[str, object]:
    """Give the templates of these pages the names of kinds and concepts."""
    return {
        "kind_words": lambda kind: KINDS.get(kind, kind),
        "label": lambda concept: concept.label_fr if current_language() == "fr" else concept.label_en,
        "page_link": lambda number: here(page=number),
        "moment": _moment,
        "field_words": FIELDS,
    }


@bp.get("/vocabulary")
@allow(Thing.VOCABULARY, Act.READ)
def index() -> ResponseReturnValue:
    """List the concepts, by kind and by the words that are looked for."""
    present = catalogue.present(db.session())
    query = typed(request.args.get("q", ""))
    kind = request.args.get("kind")
    kinds = {concept.kind for concept in present.concepts.values()}
    found = vocabulary.wanted(vocabulary.entries(present), query, kind if kind in kinds else None)
    return render_template(
        "vocabulary/index.html",
        query=query,
        kind=kind,
        kinds=[("", _("Every kind")), *((each, words) for each, words in KINDS.items() if each in kinds)],
        page=paginate(found, request.args.get("page")),
    )


@bp.get("/vocabulary/feedback")
@allow(Thing.VOCABULARY, Act.READ)
def heard() -> ResponseReturnValue:
    """Show what communities said of matches, as counts that name none of them."""
    session = db.session()
    present = catalogue.present(session)
    return render_template(
        "vocabulary/feedback.html",
        irrelevances=feedback.irrelevances(session),
        preferences=feedback.preferences(session),
        present=present,
        fewest=feedback.FEWEST,
    )


@bp.get("/vocabulary/<key>")
@allow(Thing.VOCABULARY, Act.READ)
def show(key: str) -> ResponseReturnValue:
    """Show a concept with the form that changes it."""
    saved = _saved(key)
    return _page(saved, vocabulary.typed_of(saved.concept))


@bp.post("/vocabulary/<key>")
@allow(Thing.VOCABULARY, Act.WRITE)
def change(key: str) -> ResponseReturnValue:
    """Show what the typed change would do (``preview``), or save it (``save``) and go back to the list's entry."""
    saved = _saved(key)
    form = Typed(**{each.name: request.form.get(each.name, "") for each in fields(Typed)})
    present = catalogue.present(db.session())
    concept, problems = vocabulary.read_typed(form, saved.concept, present.concepts)
    if problems:
        return _page(saved, form, problems=problems), HTTPStatus.UNPROCESSABLE_ENTITY
    if _seen_version() != saved.version:
        return _page(saved, form, conflict=_conflict(saved, form)), HTTPStatus.CONFLICT
    if "save" not in request.form:
        return _page(saved, form, preview=vocabulary.preview(present, concept))
    try:
        with transaction() as session:
            changed = vocabulary.save(session, concept, signed_in(), clock.now(), seen_version=saved.version)
    except ConflictError as theirs:
        return _page(theirs.saved, form, conflict=_conflict(theirs.saved, form)), HTTPStatus.CONFLICT
    except MisfitNowError as misfit:
        return _page(saved, form, problems=[misfit.problem]), HTTPStatus.UNPROCESSABLE_ENTITY
    flash(
        _("Saved. Matching follows from now on.") if changed else _("Nothing was different, so nothing is saved."),
        "good",
    )
    return redirect(url_for(".show", key=key), HTTPStatus.SEE_OTHER)


def _saved(key: str) -> Saved:
    session = db.session()
    if key not in catalogue.present(session).concepts:
        abort(404)
    try:
        return vocabulary.saved(session, key)
    except NotFoundError:
        abort(404)


def _seen_version() -> int:
    """Give the version the form was drawn from; 0, which no concept has, where none is told."""
    version = request.form.get("version", "")
    return int(version) if version.isdecimal() and len(version) <= LONGEST_VERSION else 0


def _conflict(saved: Saved, form: Typed) -> Conflict:
    theirs = asdict(vocabulary.typed_of(saved.concept))
    differing = [
        Both(str(words), theirs[name].splitlines(), getattr(form, name).splitlines())
        for name, words in FIELDS.items()
        if theirs[name].split() != getattr(form, name).split()
    ]
    return Conflict(
        _("%(name)s, %(moment)s", name=saved.name or _("The seed files"), moment=_moment(saved.at)), differing
    )


def _page(
    saved: Saved,
    form: Typed,
    *,
    problems: Sequence[Problem] = (),
    conflict: Conflict | None = None,
    preview: Preview | None = None,
) -> str:
    """Draw a concept's page; what was typed stands in the form, whatever came of it."""
    session, language = db.session(), current_language()
    present = catalogue.present(session)
    concept = saved.concept
    said: dict[str, str] = {}
    for each in problems:
        said.setdefault(each.field, each.words.in_(language))
    return render_template(
        "vocabulary/show.html",
        concept=concept,
        entry=next(each for each in vocabulary.entries(present) if each.concept.key == concept.key),
        matched=concept.kind in MATCHED_KINDS,
        evidence=EVIDENCE.get(concept.evidence, concept.evidence),
        above=[present.concepts[key] for key in concept.broader],
        below=_below(present, concept),
        related=[(present.concepts[key], closeness) for key, closeness in concept.related],
        form=form,
        version=saved.version,
        errors=[(each.field, each.words.in_(language)) for each in problems],
        error=said,
        conflict=conflict,
        preview=preview,
        shown=SHOWN,
        may_edit=may(Thing.VOCABULARY, Act.WRITE),
        history=vocabulary.history(session, concept.key),
        present=present,
    )


def _below(present: Catalogue, concept: Concept) -> list[Concept]:
    return [each for each in present.concepts.values() if concept.key in each.broader]


def _moment(at: datetime) -> str:
    return moment(at, HOME_ZONE, weekday=False)
