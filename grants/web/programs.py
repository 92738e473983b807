"""Find funding, and the page of a program."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from grants import clock
from grants.domain.applicants import APPLICANT_CLASSES
from grants.domain.bilingual import Bilingual, listed
from grants.domain.catalogue import Amount, Confidence, Level, Meaning, Program, Stream
from grants.domain.communities import Community
from grants.domain.deadlines import Estimate, Intake, Status, estimate, needs_check, status
from grants.domain.eligibility import Finding, Outcome, Verdict
from grants.domain.people import HOME_ZONE
from grants.domain.phrases import Reader, status_words, verdict_words
from grants.domain.rules import Ask, Kind, Rule, leaves
from grants.domain.sentences import capitalized, rule_sentence
from grants.services import catalogue, lookup, matches, search, tracking
from grants.services.catalogue import Catalogue
from grants.services.outlook import Outlook, around, outlook
from grants.services.search import Facet, ProgramHit, Results, Sort, Standing, WayOut, Wish
from grants.store.database import db
from grants.web import formats
from grants.web.access import Act, Thing, allow, current_person, may
from grants.web.facts import Known, known_of
from grants.web.language import PREFIX, current_language
from grants.web.paging import here, paginate
from grants.web.rounds import Picture, draw

bp = Blueprint("programs", __name__, url_prefix=PREFIX)

FEW = 6
"""Values of a facet that are shown at once; the others are folded."""

# ------------------------------------------------------------------------------------------------------------ names

LEVELS = {
    Level.PROVINCIAL: _l("Ontario government"),
    Level.FEDERAL: _l("Government of Canada"),
    Level.MUNICIPAL: _l("Municipality or region"),
    Level.FOUNDATION: _l("Foundation"),
    Level.CORPORATE: _l("Company"),
    Level.NATIONAL_ASSOCIATION: _l("National association"),
}
MEANINGS = {
    Meaning.PER_PROJECT: _l("For one project"),
    Meaning.PER_YEAR: _l("For one year"),
    Meaning.PER_APPLICANT: _l("For one applicant"),
    Meaning.TOTAL_PROJECT_COST: _l("Total cost of a project"),
    Meaning.POT: _l("For all applicants together"),
    Meaning.ALLOTMENT: _l("A set allotment"),
    Meaning.LOAN: _l("A loan"),
    Meaning.PER_UNIT: _l("For one unit"),
    Meaning.PER_PARTICIPANT: _l("For one participant"),
    Meaning.PAST_AWARD: _l("Awarded in the past"),
}
CONFIDENCE = {
    Confidence.HIGH: _l("sure of what was read"),
    Confidence.MEDIUM: _l("fairly sure of what was read"),
    Confidence.LOW: _l("unsure of what was read: check everything with the funder"),
}
FACETS = {
    Facet.FIT: _l("Fit for your community"),
    Facet.STATUS: _l("Where the dates stand"),
    Facet.APPLICANT: _l("Who can apply"),
    Facet.TOPIC: _l("Topic"),
    Facet.LEVEL: _l("Who funds"),
}
SORTS = {
    Sort.BEST: _l("best match with your words"),
    Sort.FIT: _l("best fit for your community"),
    Sort.CLOSING: _l("closing soonest, then no fixed date"),
    Sort.NAME: _l("name, A to Z"),
}
THEMES = {"rural-northern": Bilingual("Rural and northern", "Régions rurales et Nord")}
"""Topics that are no concept of the vocabulary."""


def topic_words(present: Catalogue, key: str) -> str:
    """Name a topic: by the vocabulary, else from the list above, else by its own letters."""
    language = current_language()
    if key in THEMES:
        return THEMES[key].in_(language)
    concept = present.concepts.get(key)
    if concept is None:
        return capitalized(key.replace("-", " "))
    return concept.label_fr if language == "fr" else concept.label_en


def value_words(present: Catalogue, facet: Facet, value: str) -> str:
    """Name a value of a facet."""
    language = current_language()
    match facet:
        case Facet.LEVEL:
            return str(LEVELS[Level(value)])
        case Facet.TOPIC:
            return topic_words(present, value)
        case Facet.STATUS:
            return capitalized(status_words(Status(value), language))
        case Facet.FIT:
            return capitalized(verdict_words(Outcome(value), language))
        case Facet.APPLICANT:
            if value == search.NO_CLASS:
                return _("Not stated in what was read")
            return capitalized(APPLICANT_CLASSES[value].name.in_(language))


def who_may_apply(stream: Stream, most: int = 3) -> str:
    """Name the first applicant classes of a stream and count the others."""
    named = stream.applicant_classes
    if named is None:
        return _("applicants not stated")
    names = [APPLICANT_CLASSES[code].name.in_(current_language()) for code in named[:most]]
    rest = len(named) - len(names)
    if rest:
        names.append(ngettext("%(num)s other", "%(num)s others", rest))
    return _("for %(who)s", who=listed(names, "and", current_language()))


# ------------------------------------------------------------------------------------------------------ find funding


@dataclass(frozen=True, slots=True)
class Option:
    """A value of a facet as a link: its name, the programs behind it, and the address with it (or without it)."""

    words: str
    programs: int
    address: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class FacetList:
    """A facet with its values; ``more`` are those that are folded at first."""

    name: str
    options: tuple[Option, ...]
    more: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for, and sentences about what in it could not be used."""

    wish: Wish
    ignored: tuple[str, ...]
    community_words: str
    communities: tuple[lookup.Found, ...]
    known: Known | None


@bp.get("/programs")
@allow(Thing.CATALOGUE, Act.READ)
def index() -> ResponseReturnValue:
    """Search the programs; every choice is in the address."""
    present = catalogue.present(db.session())
    asked = read_wish(present)
    wish = asked.wish
    results = search.search(present, wish, clock.now())
    return render_template(
        "programs/index.html",
        asked=asked,
        wish=wish,
        results=results,
        page=paginate(results.programs, request.args.get("page")),
        page_link=lambda number: here(page=number),
        facets=list(facet_lists(present, wish, results)),
        chips=list(chips(present, wish)),
        sorts=[
            (str(SORTS[each]), here(sort=each.value), each is results.sort)
            for each in Sort
            if (each is not Sort.BEST or wish.words) and (each is not Sort.FIT or wish.community)
        ],
        sort_words=SORTS[results.sort],
        ways_out=list(ways_out(present, wish, results)),
        hidden=[(facet.value, value) for facet, value in (wish.chosen or {}).items()],
        describe=lambda community: lookup.describe(community, present.communities).in_(current_language()),
        who=formats.reader(wish.community),
        classes=wish.community.classes if wish.community else frozenset(),
        who_may_apply=who_may_apply,
        more_words=more_words,
    )


def typed(name: str) -> str:
    """Give a parameter of the address as text that a page can hold: signs that no page may hold become spaces."""
    value = request.args.get(name, "")
    return "".join(each if each.isprintable() else " " for each in value).strip()


def read_wish(present: Catalogue) -> Asked:
    """Read what the address asks for; what it cannot mean is left out, with a sentence."""
    ignored = []
    chosen: dict[Facet, str] = {}
    for facet in Facet:
        value = typed(facet.value)
        if value and search.known(present, facet, value):
            chosen[facet] = value
        elif value:
            ignored.append(
                _("“%(value)s” is no choice of “%(facet)s” here, so it was left out.", value=value, facet=FACETS[facet])
            )
    words = typed("q")
    if len(words) > search.LONGEST_QUERY:
        ignored.append(_("Only the first %(number)s characters of your words were read.", number=search.LONGEST_QUERY))
    named = typed("community")
    community, several = find_community(present, named)
    if named and community is None and not several:
        ignored.append(unknown_community(named))
    if community is None and Facet.FIT in chosen:
        del chosen[Facet.FIT]
        ignored.append(_("Choose a community to narrow the programs by fit."))
    order = typed("sort")
    sort = Sort(order) if order in {each.value for each in Sort} else None
    if order and sort is None:
        ignored.append(_("There is no order called “%(value)s”, so the usual one is used.", value=order))
    if (sort is Sort.BEST and not words) or (sort is Sort.FIT and community is None):
        sort = None
    known = known_of(present, community) if community else None
    wish = Wish(words[: search.LONGEST_QUERY], chosen, community, sort, known.profile if known else None)
    return Asked(wish, tuple(ignored), community.title if community else named, tuple(several), known)


def unknown_community(named: str) -> str:
    """Say that no community has this name, and what to do."""
    return _("No community here is called “%(name)s”. Check the spelling, or look in the list of all.", name=named)


def find_community(present: Catalogue, named: str) -> tuple[Community | None, list[lookup.Found]]:
    """Give the community of an address, by its id or its name; where a name may mean several, give those."""
    if not named:
        return None, []
    if named in present.communities:
        return present.communities[named], []
    found = lookup.find(present.communities.values(), named, limit=10)
    surest = [each for each in found if each.score >= lookup.EXACT]
    if len(surest) == 1 or len(found) == 1:
        return (surest or found)[0].community, []
    return None, found


def facet_lists(present: Catalogue, wish: Wish, results: Results) -> Iterator[FacetList]:
    """Make the facets, values with most programs first; fit and status keep their own order."""
    chosen = wish.chosen or {}
    for facet in Facet:
        counts = results.counts[facet]
        if not counts or (facet is Facet.FIT and wish.community is None):
            continue
        options = [
            Option(
                value_words(present, facet, value),
                counts.get(value, 0),
                here(**{facet.value: None if chosen.get(facet) == value else value}),
                chosen.get(facet) == value,
            )
            for value in ordered_values(facet, counts, chosen.get(facet))
        ]
        shown = max(FEW, next((place + 1 for place, each in enumerate(options) if each.chosen), 0))
        if len(options) <= shown + 2:
            shown = len(options)
        yield FacetList(str(FACETS[facet]), tuple(options[:shown]), tuple(options[shown:]))


def ordered_values(facet: Facet, counts: Mapping[str, int], chosen: str | None) -> list[str]:
    """Order a facet's values; the chosen one is there even where nothing has it."""
    values = set(counts) | ({chosen} if chosen else set())
    own: dict[Facet, Sequence[str]] = {
        Facet.FIT: [each.value for each in Outcome],
        Facet.STATUS: [each.value for each in Standing],
    }
    if facet in own:
        return [each for each in own[facet] if each in values]
    return sorted(values, key=lambda value: (-counts.get(value, 0), value))


def chips(present: Catalogue, wish: Wish) -> Iterator[tuple[str, str]]:
    """Name what was chosen, each with the address without it."""
    if wish.words:
        yield _("Words: %(words)s", words=wish.words), here(q=None)
    if wish.community:
        yield _("Community: %(name)s", name=wish.community.title), here(community=None, fit=None)
    for facet in wish.chosen or {}:
        name, parameter, _value = choice_words(present, wish, facet)
        yield name, here(**{parameter: None})


def ways_out(present: Catalogue, wish: Wish, results: Results) -> Iterator[tuple[str, str]]:
    """Say, where nothing was found, what to drop, or what to keep alone, and how many programs there are then."""
    chosen = wish.chosen or {}
    nothing: dict[str, str | None] = dict.fromkeys(["q", *(facet.value for facet in chosen)])
    for each in results.without:
        name, parameter, _value = choice_words(present, wish, each.choice)
        yield _("Without “%(choice)s”: %(found)s", choice=name, found=found_words(each)), here(**{parameter: None})
    for each in results.alone:
        name, parameter, value = choice_words(present, wish, each.choice)
        address = here(**{**nothing, parameter: value})
        yield _("Only “%(choice)s”: %(found)s", choice=name, found=found_words(each)), address


def choice_words(present: Catalogue, wish: Wish, choice: Facet | None) -> tuple[str, str, str]:
    """Give a choice in words, the parameter of the address that holds it, and its value."""
    if choice is None:
        return _("Words: %(words)s", words=wish.words), "q", wish.words
    value = (wish.chosen or {})[choice]
    return f"{FACETS[choice]}{_(': ')}{value_words(present, choice, value)}", choice.value, value


def found_words(way: WayOut) -> str:
    """Count what a way out would find."""
    return ngettext("%(num)s program", "%(num)s programs", way.programs)


def more_words(hit: ProgramHit) -> str:
    """Say how many more streams or rounds of the program meet the search."""
    rest = hit.streams[1:]
    if not rest:
        return ""
    if all(each.stream.round for each in hit.streams):
        return ngettext("and %(num)s other round", "and %(num)s other rounds", len(rest))
    return ngettext("and %(num)s other stream", "and %(num)s other streams", len(rest))


# ------------------------------------------------------------------------------------------------------ program page


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A rule as people read it, what the source said, and, where a community asks, what was found."""

    sentence: str
    read_from: tuple[str, ...]
    quote: str | None
    finding: Finding | None


@dataclass(frozen=True, slots=True)
class RuleGroup:
    """Rules of one kind under their heading."""

    title: str
    lines: tuple[RuleLine, ...]


@dataclass(frozen=True, slots=True)
class IntakeLine:
    """An intake with its status.

    ``trackable`` where a date lies ahead, ``beginnable`` where one may apply now or later, ``stale`` where it was read
    long ago.
    """

    intake: Intake
    status: Status
    trackable: bool
    beginnable: bool
    stale: bool


@dataclass(frozen=True)
class StreamPart:
    """A stream as the program page shows it."""

    present: Catalogue
    program: Program
    stream: Stream
    community: Community | None
    now: datetime
    verdict: Verdict | None
    outlook: Outlook | None

    @cached_property
    def intakes(self) -> list[IntakeLine]:
        """Every intake, the one that matters first, then the newest."""
        zone = self.community.zone if self.community else HOME_ZONE
        classes = self.community.classes if self.community else frozenset[str]()
        first, _status = catalogue.intake_at(self.stream, self.now, zone=zone, classes=classes)
        rest = sorted((each for each in self.stream.intakes if each is not first), key=_newest_first)
        return [self._line(each, zone, classes) for each in (first, *rest)]

    def _line(self, intake: Intake, zone: str, classes: frozenset[str]) -> IntakeLine:
        stands = status(intake, self.now, applicant_zone=zone, classes=classes)
        ahead = stands in {Status.OPEN, Status.CLOSING_SOON, Status.OPENING}
        over = stands in {Status.CLOSED, Status.DISCONTINUED}
        return IntakeLine(intake, stands, ahead, not over, needs_check(intake, self.now.date()))

    @property
    def next_round(self) -> bool:
        """Whether one can only prepare for a round that nobody has announced: every known one is over."""
        return self.standing is Status.CLOSED and not any(each.beginnable for each in self.intakes)

    @property
    def standing(self) -> Status:
        """Where the intake that matters stands."""
        return self.intakes[0].status

    @property
    def title(self) -> str:
        """The stream's own name, with its round; the program's where it has none."""
        language = current_language()
        name = self.stream.name.in_(language) if self.stream.name else self.program.name_in(language)
        return f"{name} ({self.stream.round})" if self.stream.round else name

    @cached_property
    def rule_groups(self) -> list[RuleGroup]:
        """The rules, grouped by what they do; what only funder or project can tell stands apart."""
        findings = {each.rule: each for each in self.verdict.findings} if self.verdict else {}
        groups: dict[str, list[RuleLine]] = {}
        titles = {
            Kind.REQUIRED: _("Required"),
            Kind.EXCLUDED: _("Not accepted"),
            Kind.PREFERRED: _("Preferred, never required"),
        }
        to_check = _("For the funder or your project to tell")
        for rule in self.stream.rules:
            title = to_check if _only_asks(rule) and rule.kind is not Kind.PREFERRED else titles[rule.kind]
            groups.setdefault(title, []).append(self._rule_line(rule, findings.get(rule.key)))
        order = [titles[Kind.REQUIRED], titles[Kind.EXCLUDED], to_check, titles[Kind.PREFERRED]]
        return [RuleGroup(title, tuple(groups[title])) for title in order if title in groups]

    def _rule_line(self, rule: Rule, finding: Finding | None) -> RuleLine:
        said = rule_sentence(rule, self.present.facts, self.present.gazetteer).in_(current_language())
        fields, _colon, quote = rule.basis.partition(":")
        names = [str(FIELDS[each.strip()]) for each in fields.split(";") if each.strip() in FIELDS]
        return RuleLine(said, tuple(names), quote.strip() or None, finding)

    @property
    def questions(self) -> list[str]:
        """What would settle the verdict: the questions of the rules that hold it back."""
        if self.verdict is None:
            return []
        held = [each for each in self.verdict.findings if each.holds_back]
        asked = [question.words.in_(current_language()) for each in held for question in each.questions]
        return list(dict.fromkeys(asked))

    @property
    def amounts(self) -> list[tuple[str, list[Amount]]]:
        """The amounts by what they mean."""
        by: dict[Meaning, list[Amount]] = {}
        for each in self.stream.amounts:
            by.setdefault(each.meaning, []).append(each)
        return [(str(MEANINGS[meaning]), each) for meaning, each in by.items()]

    @property
    def confidence(self) -> str:
        """How sure the reader of the source was, in words."""
        return str(CONFIDENCE[self.stream.source.confidence])

    @property
    def level(self) -> str:
        """Who stands behind the money, in words."""
        return str(LEVELS[self.stream.level])

    @property
    def topics(self) -> list[tuple[str, str]]:
        """The stream's topics, each with the address of the programs about it."""
        return [(topic_words(self.present, each), url_for("programs.index", topic=each)) for each in self.stream.themes]

    @property
    def as_read(self) -> list[tuple[str, str]]:
        """What the source record said, field by field."""
        read = self.stream.as_read
        return [(str(words), _plain(getattr(read, name))) for name, words in FIELDS.items() if _has(read, name)]


FIELDS = {
    "eligible_applicants": _l("Who may apply"),
    "eligibility_notes": _l("Notes on eligibility"),
    "geography": _l("Place"),
    "population_min": _l("Smallest population"),
    "population_max": _l("Largest population"),
    "partnership_required": _l("Partner required"),
    "amount_min": _l("Smallest amount"),
    "amount_max": _l("Largest amount"),
    "amount_note": _l("Note on the amount"),
    "cost_share_percent_max": _l("Largest share of costs, in per cent"),
    "intake": _l("Kind of intake"),
    "timezone_note": _l("Words about the time"),
}
"""The fields of a source record that rules, amounts and dates were read from."""


def _has(read: object, name: str) -> bool:
    return getattr(read, name, None) is not None


def _plain(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(str(each) for each in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _only_asks(rule: Rule) -> bool:
    return all(isinstance(leaf, Ask) for leaf in leaves(rule.test))


def _newest_first(intake: Intake) -> int:
    on = intake.gate(frozenset()).closes.date or (intake.opens.date if intake.opens else None)
    return -on.toordinal() if on else 0


@dataclass(frozen=True, slots=True)
class StreamGroup:
    """A stream with the records of its rounds: the one that matters first, older ones folded under it."""

    parts: tuple[StreamPart, ...]
    estimate: Estimate | None
    picture: Picture | None

    @property
    def lead(self) -> StreamPart:
        """The round that matters now."""
        return self.parts[0]

    @property
    def older(self) -> tuple[StreamPart, ...]:
        """The other rounds."""
        return self.parts[1:]

    def holds(self, key: str | None) -> bool:
        """Tell whether one of the rounds has this key."""
        return any(part.stream.key == key for part in self.parts)


@dataclass(frozen=True, slots=True)
class ProgramPage:
    """All that the page of a program shows; ``wanted`` is the key of the stream that the address names, if any."""

    program: Program
    groups: tuple[StreamGroup, ...]
    wanted: str | None
    community: Community | None
    known: Known | None
    who: Reader
    replaced_by: Program | None
    replaces: tuple[Program, ...]
    parent: Program | None
    local_calls: tuple[Program, ...]

    @property
    def first(self) -> StreamPart:
        """The stream that matters most now."""
        return self.groups[0].lead

    @property
    def begins(self) -> bool:
        """Whether the reader may begin an application, for the community they work for."""
        return may(Thing.APPLICATIONS, Act.WRITE)

    def is_open(self, group: StreamGroup) -> bool:
        """Whether a stream is unfolded: the one wanted, else the first."""
        return group.holds(self.wanted) if self.wanted else group is self.groups[0]


@bp.get("/programs/<key>")
@allow(Thing.CATALOGUE, Act.READ)
def show(key: str) -> ResponseReturnValue:
    """Show a program with its streams, for a community where one is chosen."""
    present = catalogue.present(db.session())
    program = present.programs.get(key) or abort(404)
    named = typed("community")
    community, several = find_community(present, named)
    known = known_of(present, community) if community else None
    person = current_person()
    return render_template(
        "programs/show.html",
        tracked=tracking.tracked_intakes(db.session(), person.id) if person is not None else frozenset(),
        page=program_page(present, program, known, clock.now(), request.args.get("stream")),
        community_words=community.title if community else named,
        fault=unknown_community(named) if named and community is None and not several else "",
        several=several,
        describe=lambda each: lookup.describe(each, present.communities).in_(current_language()),
    )


@bp.get("/streams/<key>")
@allow(Thing.CATALOGUE, Act.READ)
def stream(key: str) -> ResponseReturnValue:
    """Lead to a stream on the page of its program."""
    present = catalogue.present(db.session())
    program = present.program_of.get(key) or abort(404)
    address = url_for("programs.show", key=program.key, stream=key, community=request.args.get("community") or None)
    return redirect(f"{address}#{key}")


def program_page(
    present: Catalogue, program: Program, known: Known | None, now: datetime, wanted: str | None
) -> ProgramPage:
    """Prepare the page: streams in order of use, the wanted one (else the first) unfolded."""
    community = known.community if known else None
    near = around(present, community) if community else ()
    together: dict[Bilingual | None, list[StreamPart]] = {}
    for each in program.streams:
        verdict = matches.judge_stream(present, each, known.profile) if known else None
        ahead = outlook(present, each, known.profile, near) if known else None
        together.setdefault(each.name, []).append(StreamPart(present, program, each, community, now, verdict, ahead))
    groups = [_group(parts, clock.today()) for parts in together.values()]
    groups.sort(key=lambda group: search.standing_place(group.lead.standing))
    return ProgramPage(
        program=program,
        groups=tuple(groups),
        wanted=wanted if any(each.key == wanted for each in program.streams) else None,
        community=community,
        known=known,
        who=formats.reader(community),
        replaced_by=present.programs.get(program.replaced_by or ""),
        replaces=tuple(each for each in present.programs.values() if each.replaced_by == program.key),
        parent=present.programs.get(program.parent or ""),
        local_calls=present.local_calls.get(program.key, ()),
    )


def _group(parts: list[StreamPart], today: date) -> StreamGroup:
    parts = sorted(parts, key=lambda part: (search.standing_place(part.standing), _newest_of(part)))
    rounds = [intake for part in parts for intake in part.stream.intakes]
    guess = estimate(rounds)
    return StreamGroup(tuple(parts), guess, draw(rounds, guess, today))


def _newest_of(part: StreamPart) -> int:
    return min(_newest_first(each) for each in part.stream.intakes)
