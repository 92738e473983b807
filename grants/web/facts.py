"""What is known of a community when a page judges for it, and the page on which that is stated.

Members see and use what their community stated. Everybody may answer in the address of a page, where nothing is kept:
``?yes=fact:council-resolution&no=partner:school-board``. Links to other pages of the same community carry the answers
on (see :func:`carry_answers`), so that what was answered can be read, shared and dropped.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlencode

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from grants import clock
from grants.domain.communities import Community, Profile
from grants.domain.eligibility import Question
from grants.domain.rules import FactKind
from grants.domain.zones import zone
from grants.services import catalogue, statements
from grants.services.catalogue import Catalogue, NotFoundError
from grants.services.statements import Asked, ConflictError, RefusedError, Statement
from grants.store.database import db, transaction
from grants.store.people import role_in
from grants.web.access import Act, Role, Thing, allow, current_person, signed_in
from grants.web.formats import short_day
from grants.web.language import PREFIX, current_language
from grants.web.security import csrf

bp = Blueprint("facts", __name__, url_prefix=PREFIX)

MOST_ANSWERS: Final = 20
"""Answers that an address holds: about 1,300 characters, which every browser, mail and chat program keeps whole."""
SHOWN: Final = 4
"""Questions of a group that are seen at once."""

CARRIES: Final = {
    "communities.show": "key",
    "communities.priority": "key",
    "communities.programs": "key",
    "communities.priorities": "community",
    "facts.show": "key",
    "programs.show": "community",
    "programs.stream": "community",
    "programs.index": "community",
    "deadlines.index": "community",
}
"""The pages that judge for a community, and the part of their address that names it."""

GROUPS: Final[dict[FactKind | None, Any]] = {
    FactKind.PLAN: _l("Plans"),
    FactKind.RESOLUTION: _l("Resolutions and support"),
    FactKind.HISTORY: _l("Your record so far"),
    FactKind.REGISTRATION: _l("Registrations and agreements"),
    FactKind.CAPACITY: _l("Means and abilities"),
    FactKind.ASSET: _l("Land, buildings and equipment"),
    FactKind.SECTOR: _l("What you do and for whom"),
    FactKind.DESIGNATION: _l("What you are named or recognized as"),
    FactKind.EVENT: _l("Events"),
    None: _l("Partners"),
}


# What is known --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Known:
    """What a page judges a community with.

    ``role`` is what the reader is there, ``statements`` what its members stated (none for everybody else), ``answered``
    what the address answers otherwise, ``profile`` all together.
    """

    present: Catalogue
    community: Community
    role: Role | None
    statements: tuple[Statement, ...]
    answered: Mapping[str, bool]
    profile: Profile

    @property
    def answers(self) -> dict[str, bool]:
        """All that is said, by key."""
        return {**statements.answers(self.statements), **self.answered}

    @property
    def leads(self) -> bool:
        """Whether the reader may state facts about it."""
        return self.role is Role.LEAD

    @cached_property
    def given(self) -> list[tuple[str, str]]:
        """The answers of the address in words, each with this page's address without it."""
        return [
            (answer_words(self.present, key, holds=holds), _here(without=key)) for key, holds in self.answered.items()
        ]

    @staticmethod
    def by_class(key: str) -> bool:
        """Whether a question is on partners of several classes: the page of questions asks for each class."""
        return key.startswith(f"{statements.PARTNER}:") and key.count(":") > 1

    def place_of(self, key: str) -> str:
        """Give where the page of questions asks a question."""
        where = "partners" if self.by_class(key) else anchor(key)
        return url_for("facts.show", key=self.community.key, _anchor=where)

    def answering(self, key: str) -> list[tuple[str, str]]:
        """Give yes and no to a question, each with this page's address that answers so; none where it cannot be."""
        if not statements.answerable(self.present, key) or len(self.answered) >= MOST_ANSWERS:
            return []
        return [(_("Yes"), _here(without=key, yes=key)), (_("No"), _here(without=key, no=key))]


def known_of(present: Catalogue, community: Community) -> Known:
    """Gather what the reader of this page may know of a community. Cost: two queries for who is signed in."""
    session, person = db.session(), current_person()
    role = role_in(session, person.id, community.key) if person is not None else None
    stated = statements.all_of(session, community.key) if role is not None else ()
    said = statements.answers(stated)
    answered = {key: holds for key, holds in _addressed(present).items() if said.get(key) is not holds}
    profile = statements.profile(present, community, {**said, **answered})
    known = Known(present, community, role, stated, answered, profile)
    g.known = known
    return known


def _addressed(present: Catalogue) -> dict[str, bool]:
    """Read the answers of the address; what cannot be answered is left out, of yes and no the no holds."""
    given = [(key, name == "yes") for name in ("yes", "no") for key in request.args.getlist(name)]
    return {key: holds for key, holds in given[:MOST_ANSWERS] if statements.answerable(present, key)}


@bp.app_url_defaults
def carry_answers(endpoint: str, values: dict[str, Any]) -> None:
    """Carry the answers of this page's address on to the other pages of the same community."""
    known: Known | None = g.get("known")
    named = CARRIES.get(endpoint)
    if known is None or named is None or not known.answered or values.get(named) != known.community.key:
        return
    for name, wanted in (("yes", True), ("no", False)):
        keys = [key for key, holds in known.answered.items() if holds is wanted]
        if keys:
            values.setdefault(name, keys)


def _here(*, without: str, **more: str) -> str:
    """Give this page's address without an answer, or with it answered anew."""
    kept = [
        (name, value)
        for name, value in request.args.items(multi=True)
        if name != "page" and not (name in {"yes", "no"} and value == without)
    ]
    query = urlencode([*kept, *more.items()], safe=":")
    return f"{request.path}?{query}" if query else request.path


def answer_words(present: Catalogue, key: str, *, holds: bool) -> str:
    """Say a question with its answer."""
    asked = statements.question(present, key).in_(current_language())
    said = _("Yes") if holds else _("No")
    return f"{asked} {said}"


# The page -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """One question with its answer (``yes``, ``no`` or empty), what an answer settles, and who answered when."""

    key: str
    words: str
    value: str
    settles: str
    said: str

    @property
    def anchor(self) -> str:
        """The id of the question on the page."""
        return anchor(self.key)


@dataclass(frozen=True, slots=True)
class Group:
    """Questions of one kind, those that settle most first; ``more`` are folded."""

    anchor: str
    heading: str
    note: str
    rows: tuple[Row, ...]
    more: tuple[Row, ...]


def anchor(key: str) -> str:
    """Give the id of a question on its page."""
    return key.replace(":", "-")


@bp.get("/communities/<key>/facts")
@allow(Thing.CATALOGUE, Act.READ)
def show(key: str) -> ResponseReturnValue:
    """Ask what is not known of a community, what settles most first."""
    present, community = _community(key)
    known = known_of(present, community)
    return _page(known, known.answers)


@bp.post("/communities/<key>/facts")
@allow(Thing.PROFILE, Act.WRITE, community="key")
def save(key: str) -> ResponseReturnValue:
    """Keep the answers of a community's lead; a button beside an answer withdraws it along with the rest."""
    present, community = _community(key)
    known, person = known_of(present, community), signed_in()
    typed = _typed(present)
    typed.pop(request.form.get("withdraw", ""), None)
    try:
        with transaction() as session:
            count = statements.change(
                session, present, key, seen=_seen(present), wanted=typed, by=person.id, now=clock.now()
            )
    except NotFoundError:
        abort(404)
    except RefusedError:
        abort(403)
    except ConflictError as conflict:
        return _page(known, typed, conflict=conflict.statements), HTTPStatus.CONFLICT
    after = statements.profile(present, community, typed)
    flash(_saved_words(count, statements.moved(present, known.profile, after)), "good")
    return redirect(url_for(".show", key=key), HTTPStatus.SEE_OTHER)


@bp.route("/communities/<key>/answers", methods=["GET", "POST"])
@csrf.exempt  # it changes nothing, so it may as well work for browsers that keep no cookie
@allow(Thing.CATALOGUE, Act.READ)
def answer(key: str) -> ResponseReturnValue:
    """Lead to the community's page with the answers in its address; nothing is kept."""
    present, community = _community(key)
    if request.method == "GET":
        return redirect(url_for(".show", key=key))
    known = known_of(present, community)
    said = statements.answers(known.statements)
    typed = _typed(present)
    new = {each: holds for each, holds in typed.items() if said.get(each) is not holds}
    if len(new) > MOST_ANSWERS:
        return _page(known, typed, too_many=len(new)), HTTPStatus.BAD_REQUEST
    yes, no = ([each for each, holds in new.items() if holds is wanted] for wanted in (True, False))
    return redirect(url_for("communities.show", key=key, yes=yes, no=no), HTTPStatus.SEE_OTHER)


def _community(key: str) -> tuple[Catalogue, Community]:
    present = catalogue.present(db.session())
    try:
        return present, present.community(key)
    except NotFoundError:
        abort(404)


def _typed(present: Catalogue) -> dict[str, bool]:
    """Read the answers of the form; "not known" and what is no question are none."""
    return {
        name: value == "yes"
        for name, value in request.form.items()
        if value in {"yes", "no"} and statements.answerable(present, name)
    }


def _seen(present: Catalogue) -> dict[str, bool]:
    """Read which answers stood when the form was drawn."""
    pairs = (each.rpartition("=") for each in request.form.getlist("seen"))
    return {key: value == "yes" for key, _equals, value in pairs if statements.answerable(present, key)}


def _saved_words(count: int, moved: int) -> str:
    if not count:
        return _("Nothing was changed.")
    kept = ngettext("One answer was changed.", "%(num)s answers were changed.", count)
    if not moved:
        return f"{kept} " + _("No verdict changes by that alone.")
    changed = ngettext("The verdict on one program changed.", "The verdict on %(num)s programs changed.", moved)
    return f"{kept} {changed}"


def _page(
    known: Known,
    typed: Mapping[str, bool],
    *,
    conflict: Mapping[str, Statement | None] | None = None,
    too_many: int = 0,
) -> str:
    present, community = known.present, known.community
    standing = {
        each.key: each for each in (statements.all_of(db.session(), community.key) if known.role is not None else ())
    }
    asked = statements.questions(present, community, typed, also=standing)
    groups = _groups(asked.asked, typed, standing, community)
    past = statements.history(db.session(), community.key) if known.role is not None else ()
    return render_template(
        "facts/show.html",
        community=community,
        known=known,
        groups=groups,
        read=_read(asked.read),
        seen=[f"{key}={'yes' if each.holds else 'no'}" for key, each in standing.items()],
        errors=list(_errors(present, community, conflict or {}, too_many)),
        past=[_past_words(present, each, community) for each in past if statements.answerable(present, each.key)],
    )


def _groups(
    asked: Iterable[Asked], typed: Mapping[str, bool], standing: Mapping[str, Statement], community: Community
) -> list[Group]:
    """Part the questions by kind; the kind with the most settling question comes first."""
    by_kind: dict[FactKind | None, list[tuple[Row, Asked]]] = {}
    for each in asked:
        said = standing.get(each.key)
        row = Row(
            key=each.key,
            words=each.words.in_(current_language()),
            value={True: "yes", False: "no", None: ""}[typed.get(each.key)],
            settles="" if said is not None or each.key in typed else _settles_words(each),
            said=_said_words(said, community) if said is not None else "",
        )
        by_kind.setdefault(each.kind, []).append((row, each))
    groups = []
    for kind, rows in by_kind.items():
        first = [row for row, each in rows if row.value or row.said]
        rest = [row for row, each in rows if not (row.value or row.said)]
        shown = len(first) + SHOWN
        ordered = [*first, *rest]
        if len(ordered) <= shown + 1:
            shown = len(ordered)
        note = _("Where a program asks for one or two other organizations of any kind, each yes counts.")
        name = "partners" if kind is None else kind.value
        groups.append(
            Group(name, str(GROUPS[kind]), note if kind is None else "", tuple(ordered[:shown]), tuple(ordered[shown:]))
        )
    return groups


def _settles_words(asked: Asked) -> str:
    """Say how many programs an answer settles."""
    if not asked.sometimes:
        return _("One of several things that a program asks; alone it settles nothing.")
    if asked.always == asked.sometimes:
        return ngettext("Settles one program.", "Settles %(num)s programs.", asked.always)
    if not asked.always:
        return ngettext("May settle one program.", "May settle up to %(num)s programs.", asked.sometimes)
    return ngettext(
        "Settles one program, and up to %(most)s by the answer.",
        "Settles %(num)s programs, and up to %(most)s by the answer.",
        asked.always,
        most=asked.sometimes,
    )


def _said_words(said: Statement, community: Community) -> str:
    day = short_day(said.said_at.astimezone(zone(community.zone)).date())
    words = _("Yes") if said.holds else _("No")
    return _("%(answer)s, said %(name)s, %(day)s", answer=words, name=said.said_by, day=day)


def _past_words(present: Catalogue, past: Statement, community: Community) -> tuple[str, str]:
    ended = past.ended_at or past.said_at
    day = short_day(ended.astimezone(zone(community.zone)).date())
    asked = statements.question(present, past.key).in_(current_language())
    return asked, _("%(said)s; until %(day)s", said=_said_words(past, community), day=day)


def _read(asked: Iterable[tuple[Question, int]]) -> list[tuple[str, str]]:
    return [
        (each.words.in_(current_language()), ngettext("(one program)", "(%(num)s programs)", count))
        for each, count in asked
        if count
    ]


def _errors(
    present: Catalogue, community: Community, conflict: Mapping[str, Statement | None], too_many: int
) -> Iterable[tuple[str, str]]:
    """Say what keeps the answers from being taken: (id of the question, sentence)."""
    for key, now in conflict.items():
        asked = statements.question(present, key).in_(current_language())
        if now is None:
            words = _(
                "Meanwhile the answer to “%(asked)s” was withdrawn. Yours is below: save again to keep it.", asked=asked
            )
        else:
            words = _(
                "Meanwhile “%(asked)s” was answered otherwise: %(said)s. Yours is below: save again to keep it.",
                asked=asked,
                said=_said_words(now, community),
            )
        yield anchor(key), words
    if too_many:
        yield (
            "answers",
            _(
                "You gave %(given)s answers; the address of a page holds %(most)s. Set some back to “Not known”.",
                given=too_many,
                most=MOST_ANSWERS,
            ),
        )
