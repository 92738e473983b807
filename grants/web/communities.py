"""Communities: find yours, and see which programs may fit the priorities of its plan, or priorities you type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from grants import clock
from grants.domain.communities import Community, sorted_by_name
from grants.domain.eligibility import Outcome, Question
from grants.domain.matching import Match, understand
from grants.domain.people import HOME_ZONE
from grants.domain.phrases import verdict_words
from grants.domain.plans import Plan, Priority
from grants.domain.sentences import capitalized
from grants.services import catalogue, lookup, matches, shortlist
from grants.services.catalogue import Catalogue, NotFoundError
from grants.services.matches import StreamMatch
from grants.services.shortlist import Choice, Chosen, Nearness, Shortlist
from grants.store.database import db
from grants.web import feedback
from grants.web.access import Act, Thing, allow, own_community
from grants.web.facts import Known, known_of
from grants.web.feedback import Marked, Reading, Said
from grants.web.formats import typed
from grants.web.language import PREFIX, current_language
from grants.web.paging import here, paginate
from grants.web.security import csrf

bp = Blueprint("communities", __name__, url_prefix=PREFIX)

SUGGESTED: Final = 8
FOUND: Final = 30
ROWS: Final = 5
QUESTIONS: Final = 6
SENSES: Final = 6
MOST_PRIORITIES: Final = 10
LONGEST_PRIORITY: Final = 2_000
LONGEST_ADDRESS: Final = 1_500
"""Characters of typed priorities that fit into an address which every browser, mail and chat program keeps whole."""

NEARNESS: Final = {
    Nearness.CLOSE: _l("Closest to this topic"),
    Nearness.NEAR: _l("Near this topic"),
    Nearness.FURTHER: _l("Further from this topic"),
}
OUTCOMES: Final = (Outcome.ELIGIBLE, Outcome.VIA_PARTNER, Outcome.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Named:
    """A community as a line of a list."""

    community: Community
    about: str
    address: str
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """One priority with what was understood of it and the programs for it; ``address`` leads to all of them.

    ``chosen_by`` tells who of the community chose the reading; ``marked`` stand apart because its members marked them.
    """

    number: int
    priority: Priority
    understood: Sequence[str]
    vague: bool
    readings: Sequence[Reading]
    list: Shortlist
    address: str | None
    chosen_by: str = ""
    marked: Sequence[Marked] = ()


@dataclass(frozen=True, slots=True)
class Filter:
    """One choice of what to show, as a link."""

    words: str
    address: str
    chosen: bool


@bp.context_processor
def words() -> dict[str, object]:
    """Give the templates of these pages what they say about a match."""
    return {"reasons": reasons, "by_nearness": by_nearness, "page_link": lambda number: here(page=number)}


def reasons(match: Match) -> list[str]:
    """Say which words met which, in the language of the page."""
    return shortlist.reasons(match, current_language())


def by_nearness(choices: Sequence[Choice]) -> list[tuple[str, list[Choice]]]:
    """Part a list at the steps of its order, with a heading each; a step without programs is left out."""
    steps = [(str(words), [each for each in choices if each.nearness is step]) for step, words in NEARNESS.items()]
    return [(words, some) for words, some in steps if some]


@bp.get("/communities")
@allow(Thing.CATALOGUE, Act.READ)
def index() -> ResponseReturnValue:
    """Find a community by part of its name, or in the list of all."""
    present = catalogue.present(db.session())
    query = typed(request.args.get("q", ""))
    found = lookup.find(present.communities.values(), query, limit=FOUND)
    if len(found) == 1 and found[0].score > lookup.GUESSED:
        return redirect(url_for(".show", key=found[0].community.key))
    return render_template(
        "communities/index.html",
        query=query,
        blank="q" in request.args and not query,
        found=[_named(present, each.community, each.by) for each in found],
        guessed=bool(found) and found[0].score <= lookup.GUESSED,
        kinds=[] if found else _kinds(present),
    )


@bp.get("/communities/suggest")
@allow(Thing.CATALOGUE, Act.READ)
def suggest() -> ResponseReturnValue:
    """Answer the communities that a few letters may mean, for the field that suggests while one types."""
    present = catalogue.present(db.session())
    found = lookup.find(present.communities.values(), request.args.get("q", ""), limit=SUGGESTED)
    named = [_named(present, each.community, each.by) for each in found]
    return {
        "suggestions": [
            {"name": each.community.title, "about": each.about, "by": each.by, "address": each.address}
            for each in named
        ]
    }


@bp.get("/communities/<key>")
@allow(Thing.CATALOGUE, Act.READ)
def show(key: str) -> ResponseReturnValue:
    """Show a community's plan and the best programs for each of its priorities."""
    present, community = _community(key)
    plan, others = _plan(present, community)
    said = feedback.said(community)
    plan = said.read(plan) if plan else None
    known, wanted = known_of(present, community), plan.priorities if plan else ()
    found = matches.for_community(present, community, wanted, clock.now(), profile=known.profile)
    chosen = _chosen()
    return render_template(
        "communities/show.html",
        community=community,
        known=known,
        about=lookup.describe(community, present.communities).in_(current_language()),
        plan=plan,
        sharing=_sharing(present, community, plan),
        other_plans=others,
        filters=_filters(chosen),
        filtered=chosen != Chosen(),
        sections=_sections(present, community, plan, found, chosen=chosen, said=said),
        member=said.member,
        verdicts={} if plan else shortlist.by_verdict(found, chosen),
        rows=ROWS,
        questions=_questions(found),
        upper=present.communities.get(community.upper_tier or ""),
        upper_has_plan=community.upper_tier in present.plans_of,
        lower=sorted_by_name([each for each in present.communities.values() if each.upper_tier == community.key]),
    )


@bp.get("/communities/<key>/priorities/<int:number>")
@allow(Thing.CATALOGUE, Act.READ)
def priority(key: str, number: int) -> ResponseReturnValue:
    """Show every program for one priority of a community's plan, those that do not fit folded with the reason."""
    present, community = _community(key)
    plan, _others = _plan(present, community)
    if plan is None or not 1 <= number <= len(plan.priorities):
        abort(404)
    said = feedback.said(community)
    plan = said.read(plan)
    known, wanted = known_of(present, community), plan.priorities[number - 1 : number]
    found = matches.for_community(present, community, wanted, clock.now(), profile=known.profile)
    chosen = _chosen()
    return render_template(
        "communities/priority.html",
        community=community,
        known=known,
        plan=plan,
        filters=_filters(chosen),
        filtered=chosen != Chosen(),
        section=_sections(present, community, plan, found, chosen=chosen, said=said)[number - 1],
        member=said.member,
    )


@bp.get("/communities/<key>/programs")
@allow(Thing.CATALOGUE, Act.READ)
def programs(key: str) -> ResponseReturnValue:
    """Show all programs with one verdict for a community, whatever their topic."""
    present, community = _community(key)
    outcome = _outcome(request.args.get("verdict")) or Outcome.ELIGIBLE
    known = known_of(present, community)
    found = matches.for_community(present, community, (), clock.now(), profile=known.profile)
    chosen = Chosen(live=_chosen().live)
    by_verdict = shortlist.by_verdict(found, chosen)
    return render_template(
        "communities/programs.html",
        community=community,
        known=known,
        outcome=outcome,
        counts={each: len(choices) for each, choices in by_verdict.items()},
        page=paginate(by_verdict[outcome], request.args.get("page")),
        live=chosen.live,
    )


@bp.route("/priorities", methods=["GET", "POST"])
@csrf.exempt  # it changes nothing, so it may as well work for browsers that keep no cookie
@allow(Thing.CATALOGUE, Act.READ)
def priorities() -> ResponseReturnValue:
    """Match priorities that a visitor types, one a line; a short list gets an address that can be shared."""
    lines = [line for text in request.values.getlist("p") for each in text.splitlines() if (line := typed(each))]
    named = typed(request.values.get("community", ""))
    present = catalogue.present(db.session())
    community, candidates = lookup.meant(present.communities, named)
    errors = _faults(lines, named, community, candidates)
    if request.method == "POST" and not errors and sum(map(len, lines)) <= LONGEST_ADDRESS:
        # A member who emptied the field does not find their own community in it again.
        emptied = "" if own_community() and "community" in request.values else None
        return redirect(url_for(".priorities", p=lines, community=community.key if community else emptied), 303)
    known = known_of(present, community) if community else None
    sections = [] if errors else _typed_sections(present, known, lines, clock.now())
    return render_template(
        "communities/priorities.html",
        text="\n".join(lines),
        named=community.title if community else named,
        community=community,
        known=known,
        candidates=[_named(present, each) for each in candidates],
        errors=errors,
        filters=_filters(_chosen(), verdicts=community is not None) if sections and request.method == "GET" else [],
        filtered=_chosen() != Chosen(),
        sections=sections,
        shareable=request.method == "GET",
        rows=ROWS * 2,
    ), (400 if errors and request.method == "POST" else 200)


# What the pages are made of


def _community(key: str) -> tuple[Catalogue, Community]:
    present = catalogue.present(db.session())
    try:
        return present, present.community(key)
    except NotFoundError:
        abort(404)


def _named(present: Catalogue, community: Community, by: str | None = None) -> Named:
    about = lookup.what_and_where(community, present.communities).in_(current_language())
    return Named(community, about, url_for("communities.show", key=community.key), by)


def _kinds(present: Catalogue) -> list[tuple[str, str, dict[str, list[Named]]]]:
    """Give all communities by kind and first letter: (anchor, heading, letter -> communities)."""
    everyone = present.communities.values()
    kinds = [
        (
            "municipalities",
            _("Cities, towns, townships and villages"),
            lambda each: each.tier not in {None, "upper-tier"},
        ),
        ("upper-tiers", _("Counties, regions and districts"), lambda each: each.tier == "upper-tier"),
        ("first-nations", _("First Nations"), lambda each: each.kind == "first-nation"),
    ]
    return [
        (
            anchor,
            heading,
            {
                letter: [_named(present, each) for each in some]
                for letter, some in lookup.by_letter(filter(belongs, everyone)).items()
            },
        )
        for anchor, heading, belongs in kinds
    ]


def _plan(present: Catalogue, community: Community) -> tuple[Plan | None, list[Plan]]:
    """Give the plan that was asked for, else the newest, and the others."""
    plans = present.plans_of.get(community.key, ())
    asked = request.args.get("plan")
    plan = next((each for each in plans if each.key == asked), plans[0] if plans else None)
    return plan, [each for each in plans if each is not plan]


def _sharing(present: Catalogue, community: Community, plan: Plan | None) -> list[Named]:
    if plan is None:
        return []
    others = [present.communities[key] for key in plan.community_ids if key != community.key]
    return [_named(present, each) for each in sorted_by_name(others)]


def _outcome(asked: str | None) -> Outcome | None:
    return next((each for each in Outcome if each.value == asked), None)


def _chosen() -> Chosen:
    """Read from the query what the reader wants to see; what is not known there is left out."""
    outcome = _outcome(request.args.get("verdict"))
    return Chosen(outcome if outcome in OUTCOMES else None, live=request.args.get("status") == "live")


def _filters(chosen: Chosen, *, verdicts: bool = True) -> list[tuple[str, list[Filter]]]:
    language = current_language()
    groups = []
    if verdicts:
        groups.append(
            (
                _("Verdict"),
                [Filter(_("Any verdict"), here(verdict=None), chosen.outcome is None)]
                + [
                    Filter(capitalized(verdict_words(each, language)), here(verdict=each.value), chosen.outcome is each)
                    for each in OUTCOMES
                ],
            )
        )
    groups.append(
        (
            _("Dates"),
            [
                Filter(_("Any date"), here(status=None), not chosen.live),
                Filter(_("Open or no fixed date"), here(status="live"), chosen.live),
            ],
        )
    )
    return groups


def _sections(
    present: Catalogue, community: Community, plan: Plan | None, found: list[StreamMatch], *, chosen: Chosen, said: Said
) -> list[Section]:
    plan_asked, readings = request.args.get("plan"), request.args.getlist("reading")
    sections = []
    for number, each in enumerate(plan.priorities if plan else (), start=1):
        choices, marked = said.apart(shortlist.shortlist(found, each, chosen))
        address = url_for(".priority", key=community.key, number=number, plan=plan_asked, reading=readings)
        section = _section(present, each, number=number, choices=choices, address=address)
        sections.append(replace(section, chosen_by=said.chosen_by(each), marked=marked))
    return sections


def _typed_sections(present: Catalogue, known: Known | None, lines: Sequence[str], now: datetime) -> list[Section]:
    if not lines:
        return []
    asked = feedback.read_as(
        [
            Priority(key=f"typed/{number}", title=line, language=current_language())
            for number, line in enumerate(lines, start=1)
        ],
        feedback.asked(),
    )
    if known is None:
        found = shortlist.for_anyone(present, asked, now, zone=HOME_ZONE)
    else:
        found = matches.for_community(present, known.community, asked, now, profile=known.profile)
    return [
        _section(
            present,
            each,
            number=number,
            choices=shortlist.shortlist(found, each, _chosen()),
            address=None,
        )
        for number, each in enumerate(asked, start=1)
    ]


def _section(
    present: Catalogue,
    priority: Priority,
    *,
    number: int,
    choices: Shortlist,
    address: str | None,
) -> Section:
    language = current_language()
    understanding = understand(priority, present.vocabulary)
    senses = [sense.concept for sense in understanding.title or understanding.senses]
    return Section(
        number=number,
        priority=priority,
        understood=shortlist.labels(senses, present.concepts, language)[:SENSES],
        vague=understanding.vague,
        readings=feedback.readings(present, understanding, number) if request.method == "GET" else (),
        list=choices,
        address=address,
    )


def _questions(found: Sequence[StreamMatch]) -> list[tuple[Question, int]]:
    return shortlist.open_questions(found, limit=QUESTIONS)


def _faults(
    lines: Sequence[str], named: str, community: Community | None, candidates: Sequence[Community]
) -> list[tuple[str, str]]:
    """Say what is wrong with what was typed: (id of the field, sentence)."""
    faults = []
    long = [number for number, line in enumerate(lines, start=1) if len(line) > LONGEST_PRIORITY]
    if long:
        faults.append(
            (
                "p",
                _(
                    "Line %(number)s is longer than %(most)s characters. A title or a sentence is enough: shorten it.",
                    number=long[0],
                    most=f"{LONGEST_PRIORITY:,}" if current_language() == "en" else "2\u00a0000",
                ),
            )
        )
    if len(lines) > MOST_PRIORITIES:
        faults.append(
            (
                "p",
                _(
                    "You typed %(typed)s priorities; this page takes %(most)s at a time. Take some lines out.",
                    typed=len(lines),
                    most=MOST_PRIORITIES,
                ),
            )
        )
    if not lines and (request.method == "POST" or "p" in request.args):
        faults.append(("p", _("Type at least one priority, for example: youth mental health.")))
    if named and community is None:
        words = (
            _("“%(named)s” may be several communities. Choose one of those below.", named=named)
            if candidates
            else _(
                "No community here is called “%(named)s”. Check the spelling, or leave the field empty.", named=named
            )
        )
        faults.append(("community", words))
    return faults
