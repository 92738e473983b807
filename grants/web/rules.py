"""Staff read a stream's rules as sentences, change them by a form, try them, propose and publish them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from grants import clock
from grants.domain import phrases
from grants.domain.applicants import APPLICANT_CLASSES
from grants.domain.bilingual import Bilingual
from grants.domain.catalogue import Program, Stream
from grants.domain.eligibility import Finding, Knowledge, Verdict
from grants.domain.fictions import COUNTY_PEOPLE, READY_MADE, Fiction
from grants.domain.rule_drafts import Difference, DraftState, brought_up, differences, key_from, misfits
from grants.domain.rules import FactDefinition, InPlace, IsApplicant, Kind, Predicate, Rule
from grants.domain.sentences import capitalized, made_sentence, rule_sentence
from grants.services import catalogue, rule_drafts, rule_trials
from grants.services.catalogue import Catalogue, NotFoundError
from grants.services.rule_drafts import ConflictError, RefusedError, Seen
from grants.services.rule_trials import Trial
from grants.store import drafts
from grants.store.database import db, transaction
from grants.store.drafts import RuleDraftRow
from grants.store.people import PersonRow
from grants.web.access import Act, Thing, allow, may, signed_in
from grants.web.formats import people, typed
from grants.web.language import PREFIX, current_language
from grants.web.paging import Page, here, paginate
from grants.web.programs import FIELDS
from grants.web.rule_forms import (
    ASKS,
    BINDS,
    FACT_KINDS,
    JOINS,
    KINDS,
    MOST_LINES,
    SUBJECTS,
    FictionForm,
    Known,
    LineForm,
    RuleForm,
    new_line,
    place_options,
    problems_of,
)

bp = Blueprint("rules", __name__, url_prefix=PREFIX)

LARGEST_VERSION = 2**31
LONGEST_QUERY = 80

READ_FIELDS = (
    "eligible_applicants",
    "eligibility_notes",
    "geography",
    "population_min",
    "population_max",
    "partnership_required",
)
"""What was read of the source that rules are made from, in the order shown."""


# ------------------------------------------------------------------------------------------------ what pages show


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A rule as staff read it: sentence, kind, where it was read, and how it differs from the published one."""

    rule: Rule
    sentence: str
    made: bool
    kind: str
    basis: str
    mark: str


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """A difference in words; what is empty was not there, or is gone."""

    key: str
    before: RuleLine | None
    after: RuleLine | None


@dataclass(frozen=True, slots=True)
class DraftLine:
    """A draft in a list."""

    draft: RuleDraftRow
    author: str
    state: str
    changed: str
    stream: str
    decided: str
    own: bool


@dataclass(frozen=True, slots=True)
class TrialLine:
    """A made-up community and what both lists of rules say of it."""

    name: str
    words: str
    trial: Trial
    address: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class FindingLine:
    """What one rule of the draft says of a made-up community; ``changed`` where it is not the published rule."""

    finding: Finding
    changed: bool


class Reading:
    """A stream with all that pages need to put its rules into words."""

    def __init__(self, key: str) -> None:
        """Find the stream, or answer that there is no such page."""
        self.session: Session = db.session()
        self.present: Catalogue = catalogue.present(self.session)
        if key not in self.present.streams:
            abort(404)
        self.stream: Stream = self.present.streams[key]
        self.program: Program = self.present.program_of[key]

    @property
    def title(self) -> str:
        """The stream's name with its round; the program's where it has none."""
        return stream_title(self.program, self.stream)

    @property
    def published(self) -> tuple[Rule, ...]:
        """The rules that are published now."""
        return self.stream.rules

    def knowledge(self, draft: RuleDraftRow | None) -> Knowledge:
        """What judging and wording need, with the facts that a draft defines."""
        return rule_trials.knowledge_with(self.present, draft.its_facts if draft else ())

    def known(self, draft: RuleDraftRow | None) -> Known:
        """What forms can choose from."""
        return Known(self.knowledge(draft).facts, self.present.gazetteer, self.present.communities)

    def line(self, rule: Rule, draft: RuleDraftRow | None, mark: str = "") -> RuleLine:
        """Put a rule into words."""
        known = self.knowledge(draft)
        said = rule_sentence(rule, known.facts, known.gazetteer).in_(current_language())
        return RuleLine(
            rule, capitalized(said), rule.wording is None, kind_words(rule.kind), basis_words(rule.basis), mark
        )

    def changes(self, found: Sequence[Difference], draft: RuleDraftRow) -> list[ChangeLine]:
        """Put differences into words."""
        return [
            ChangeLine(
                each.key,
                self.line(each.before, draft) if each.before else None,
                self.line(each.after, draft) if each.after else None,
            )
            for each in found
        ]

    @property
    def as_read(self) -> list[tuple[str, str]]:
        """What was read of the source, where it says anything."""
        said = [(str(FIELDS[field]), _as_words(getattr(self.stream.as_read, field))) for field in READ_FIELDS]
        return [(name, words) for name, words in said if words]


def _as_words(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def basis_words(basis: str) -> str:
    """Say where a rule was read: the fields of the source by their names, then the words."""
    fields, colon, words = basis.partition(":")
    names = [str(FIELDS.get(each.strip(), each.strip())) for each in fields.split(";")]
    return "; ".join(names) + (f"{_(': ')}“{words.strip()}”" if colon else "")


def stream_title(program: Program, stream: Stream) -> str:
    """Name a stream for staff: program, stream, round."""
    language = current_language()
    name = program.name_in(language)
    own = f"{name}, {stream.name.in_(language)}" if stream.name else name
    return f"{own} ({stream.round})" if stream.round else own


def kind_words(kind: Kind) -> str:
    """Name what a rule does."""
    return {Kind.REQUIRED: _("Required"), Kind.PREFERRED: _("Preferred"), Kind.EXCLUDED: _("Excluded")}[kind]


def state_words(state: DraftState) -> str:
    """Name where a draft stands."""
    return {
        DraftState.DRAFT: _("being written"),
        DraftState.PROPOSED: _("waits for approval"),
        DraftState.PUBLISHED: _("draft published"),
        DraftState.WITHDRAWN: _("draft withdrawn"),
    }[state]


def _draft_line(present: Catalogue, row: RuleDraftRow, names: Mapping[int, str], person: int) -> DraftLine:
    return DraftLine(
        draft=row,
        author=names.get(row.author, ""),
        state=state_words(row.stands),
        changed=phrases.day(row.modified_at.date(), current_language(), weekday=False),
        stream=stream_title(present.program_of[row.stream], present.streams[row.stream]),
        decided=names.get(row.decided_by or 0, ""),
        own=row.author == person,
    )


def _names(session: Session, rows: Sequence[RuleDraftRow]) -> dict[int, str]:
    wanted = {each for row in rows for each in (row.author, row.decided_by) if each is not None}
    return {each: session.get_one(PersonRow, each).name for each in sorted(wanted)}


# ------------------------------------------------------------------------------------------------------- reading


@bp.get("/rules")
@allow(Thing.RULE_DRAFTS, Act.READ)
def index() -> ResponseReturnValue:
    """List the drafts that are open, and the streams whose rules can be read."""
    session, person = db.session(), signed_in()
    present = catalogue.present(session)
    rows = [row for row in drafts.open_drafts(session) if row.stream in present.streams]
    names = _names(session, rows)
    query = typed(request.args.get("q", "")[:LONGEST_QUERY])
    streams = sorted(
        (
            (stream_title(present.program_of[key], stream), key, len(stream.rules))
            for key, stream in present.streams.items()
        ),
        key=lambda each: (each[0].casefold(), each[1]),
    )
    found = [each for each in streams if query.casefold() in f"{each[0]} {each[1]}".casefold()]
    page: Page[tuple[str, str, int]] = paginate(found, request.args.get("page"))
    return render_template(
        "rules/index.html",
        drafts=[_draft_line(present, row, names, person.id) for row in rows],
        query=query,
        page=page,
        paged=lambda number: here(page=number),
    )


@bp.get("/rules/<key>")
@allow(Thing.RULE_DRAFTS, Act.READ)
def show(key: str) -> ResponseReturnValue:
    """Show a stream's rules as sentences: the published ones, or those of one's own draft."""
    reading, person = Reading(key), signed_in()
    draft = drafts.open_draft(reading.session, key, person.id)
    rules = draft.its_rules if draft else reading.published
    found = differences(reading.published, rules)
    marks = {each.key: _("Changed rule:") if each.before else _("New rule:") for each in found.rules if each.after}
    rows = drafts.of_stream(reading.session, key)
    names = _names(reading.session, rows)
    others = [row for row in rows if draft is None or row.id != draft.id]
    return render_template(
        "rules/show.html",
        reading=reading,
        draft=draft,
        changes=len(found.rules) + found.reordered,
        behind=draft is not None and rule_drafts.is_behind(reading.session, draft),
        state=state_words(draft.stands) if draft else "",
        lines=[reading.line(rule, draft, marks.get(rule.key, "")) for rule in rules],
        gone=[reading.line(each.before, draft) for each in found.rules if each.before and not each.after],
        others=[_draft_line(reading.present, row, names, person.id) for row in others],
        seen=rule_drafts.seen_now(reading.session, key, person.id),
        may_write=may(Thing.RULE_DRAFTS, Act.WRITE),
    )


@bp.get("/rule-drafts/<int:number>")
@allow(Thing.RULE_DRAFTS, Act.READ)
def read_draft(number: int) -> ResponseReturnValue:
    """Show what a draft changes, what it would do, and what may be done with it."""
    return _draft_page(number)


def _draft_page(
    number: int, *, refused: Bilingual | None = None, status: HTTPStatus = HTTPStatus.OK
) -> ResponseReturnValue:
    row, reading = _draft_and_reading(number)
    person = signed_in()
    live = reading.published
    behind = row.is_open and rule_drafts.is_behind(reading.session, row)
    before = live if row.is_open and not behind else row.its_base
    found = differences(before, row.its_rules)
    theirs = differences(row.its_base, live) if behind else None
    clashes = brought_up(row.its_base, row.its_rules, live)[1] if behind else ()
    known = reading.knowledge(row)
    (line,) = [_draft_line(reading.present, row, _names(reading.session, [row]), person.id)]
    page = render_template(
        "rules/draft.html",
        reading=reading,
        line=line,
        changes=reading.changes(found.rules, row),
        reordered=found.reordered,
        theirs=reading.changes(theirs.rules, row) if theirs else [],
        behind=behind,
        clashes=[each.key for each in clashes],
        misfits=misfits(row.its_rules, known.facts, known.gazetteer) if row.is_open else (),
        facts=row.its_facts,
        effect_found=rule_trials.effect(reading.present, live, row.its_rules, row.its_facts) if row.is_open else None,
        may_write=line.own and may(Thing.RULE_DRAFTS, Act.WRITE) and row.is_open,
        may_decide=not line.own and may(Thing.LIVE_RULES, Act.APPROVE) and row.stands is DraftState.PROPOSED,
        refused=refused.in_(current_language()) if refused else "",
    )
    return page, status


def _draft_and_reading(number: int) -> tuple[RuleDraftRow, Reading]:
    try:
        row = rule_drafts.get(db.session(), number)
    except NotFoundError:
        abort(404)
    return row, Reading(row.stream)


# ------------------------------------------------------------------------------------------------------- editing


@bp.route("/rules/<key>/add", methods=["GET", "POST"])
@allow(Thing.RULE_DRAFTS, Act.WRITE)
def add(key: str) -> ResponseReturnValue:
    """Write a new rule."""
    return _edit(key, None)


@bp.route("/rules/<key>/<rule_key>/edit", methods=["GET", "POST"])
@allow(Thing.RULE_DRAFTS, Act.WRITE)
def edit(key: str, rule_key: str) -> ResponseReturnValue:
    """Change a rule of one's draft; the draft is begun when the first change is kept."""
    return _edit(key, rule_key)


@dataclass(frozen=True)
class Editing:
    """One rule in its form: the stream, the person's draft, and the rule as it stands; ``None`` for a new one."""

    reading: Reading
    draft: RuleDraftRow | None
    rule: Rule | None
    rules: tuple[Rule, ...]
    seen: Seen

    @cached_property
    def known(self) -> Known:
        """What the form can choose from."""
        return self.reading.known(self.draft)

    def key_for(self, kind: Kind, test: Predicate, sentence: Bilingual) -> str:
        """Give the key of the rule: its own, or for a new one what others look for, or the words of its sentence."""
        if self.rule is not None:
            return self.rule.key
        taken = {each.key for each in self.rules}
        usual = {IsApplicant: "applicants", InPlace: "place"}.get(type(test)) if kind is Kind.REQUIRED else None
        return usual if usual and usual not in taken else key_from(sentence.en, taken, otherwise="rule")


def _editing(key: str, rule_key: str | None) -> Editing:
    reading, person = Reading(key), signed_in()
    row = drafts.open_draft(reading.session, key, person.id)
    rules = row.its_rules if row else reading.published
    rule = next((each for each in rules if each.key == rule_key), None)
    if rule_key is not None and rule is None:
        abort(404)
    return Editing(reading, row, rule, rules, rule_drafts.seen_now(reading.session, key, person.id))


def _edit(key: str, rule_key: str | None) -> ResponseReturnValue:
    editing = _editing(key, rule_key)
    form = RuleForm.of(editing.rule, editing.known)
    wish = request.form.get("do", "show") if request.method == "POST" else ""
    if wish == "save" and form.validate_on_submit():
        return _save(editing, form)
    if wish in {"add", *(f"remove-{place}" for place in range(MOST_LINES))}:
        form = _with_other_lines(editing, form, wish)
        return _form_page(editing, form, checked=False)
    if wish == "":
        form.seen_stream.data, form.seen_draft.data = str(editing.seen.stream), str(editing.seen.draft)
        return _form_page(editing, form, checked=editing.rule is not None)
    valid = form.validate()
    status = HTTPStatus.OK if valid else HTTPStatus.UNPROCESSABLE_ENTITY
    return _form_page(editing, form, checked=valid), status


def _with_other_lines(editing: Editing, form: RuleForm, wish: str) -> RuleForm:
    """Add a line of the chosen kind, or take one away; everything else that was typed stays."""
    data = dict(form.data)
    lines = list(data["lines"])
    if wish == "add":
        asks = form.add.data or ""
        if asks in ASKS and len(lines) < MOST_LINES:
            lines.append(new_line(asks))
    else:
        place = int(wish.removeprefix("remove-"))
        lines = lines[:place] + lines[place + 1 :]
    return RuleForm.again(editing.rule, editing.known, {**data, "lines": lines})


def _save(editing: Editing, form: RuleForm) -> ResponseReturnValue:
    test, facts = form.test_and_facts()
    kind = form.chosen_kind
    sentence = _made(editing, kind, test, facts)
    rule = form.rule(editing.key_for(kind, test, sentence), test)
    stream = editing.reading.stream.key
    if rule == editing.rule:
        flash(_("Nothing was changed."))
        return redirect(url_for("rules.show", key=stream))
    person = signed_in().id
    try:
        with transaction() as session:
            rule_drafts.save_rule(session, stream, person, rule, clock.now(), seen=_seen(), facts=facts)
    except (ConflictError, RefusedError) as fault:
        editing = _editing(stream, editing.rule.key if editing.rule else None)
        form.seen_stream.data, form.seen_draft.data = str(editing.seen.stream), str(editing.seen.draft)
        return _form_page(editing, form, checked=True, fault=fault), HTTPStatus.CONFLICT
    flash(_("The rule is kept in your draft. Nothing is published yet."), "good")
    return redirect(url_for("rules.show", key=stream))


def _seen() -> Seen:
    """Read from the form what its page was drawn from; what is no number was never seen."""
    typed_ones = (request.form.get("seen_stream", ""), request.form.get("seen_draft", ""))
    numbers = [int(each) if each.isdecimal() and len(each) <= len(str(LARGEST_VERSION)) else -1 for each in typed_ones]
    return Seen(*numbers)


def _made(editing: Editing, kind: Kind, test: Predicate, facts: Sequence[FactDefinition]) -> Bilingual:
    known = {**editing.known.facts, **{each.key: each for each in facts}}
    return made_sentence(kind, test, known, editing.known.gazetteer)


def _form_page(
    editing: Editing, form: RuleForm, *, checked: bool, fault: ConflictError | RefusedError | None = None
) -> str:
    """Draw the form. ``checked`` tells that it is whole, so that its sentence can be made."""
    made = None
    if checked:
        test, facts = form.test_and_facts()
        made = _made(editing, form.chosen_kind, test, facts)
    problems = problems_of(form)
    errors: dict[str, str] = {}
    for name, sentence in problems:
        errors[name] = f"{errors[name]} {sentence}" if name in errors else sentence
    return render_template(
        "rules/edit.html",
        reading=editing.reading,
        rule=editing.rule,
        stands=editing.reading.line(editing.rule, editing.draft) if editing.rule else None,
        form=form,
        problems=problems,
        errors=errors,
        made=made,
        fault=fault.words.in_(current_language()) if fault else "",
        kept=editing.reading.line(editing.rule, editing.draft).sentence if form.kept and editing.rule else "",
        choices=choices_of(editing.known),
        options=Options(editing.known),
        most_lines=MOST_LINES,
    )


def choices_of(known: Known) -> dict[str, list[tuple[str, str]]]:
    """Give the lists to choose from, in words."""
    language = current_language()
    said = sorted(
        ((key, fact.statement.in_(language)) for key, fact in known.facts.items()), key=lambda each: each[1].casefold()
    )
    offered: tuple[tuple[str, Mapping[Any, object]], ...] = (
        ("kinds", KINDS),
        ("binds", BINDS),
        ("joins", JOINS),
        ("asks", ASKS),
        ("subjects", SUBJECTS),
        ("fact_kinds", FACT_KINDS),
    )
    lists = {name: [(str(key), str(words)) for key, words in each.items()] for name, each in offered}
    return {**lists, "facts": [("", _("Choose a statement")), *said]}


@dataclass(frozen=True, slots=True)
class Options:
    """Boxes to tick: what is chosen stands first, in its order, so that an unchanged form gives back the same rule."""

    known: Known

    def classes(self, chosen: Sequence[str] | None) -> list[tuple[str, str]]:
        """Every class of applicant."""
        language = current_language()
        order = dict.fromkeys([*(code for code in chosen or () if code in APPLICANT_CLASSES), *APPLICANT_CLASSES])
        return [(code, capitalized(APPLICANT_CLASSES[code].name.in_(language))) for code in order]

    def places(self, line: LineForm) -> list[tuple[str, str]]:
        """The chosen places, those that a typed name may mean, and the usual ones."""
        language, gazetteer = current_language(), self.known.gazetteer
        codes = place_options(line.places.data or (), line.candidates, gazetteer)
        return [(code, capitalized(gazetteer.name(code).in_(language))) for code in codes]

    @property
    def names(self) -> list[str]:
        """The name of every place, for browsers that complete what is typed."""
        language, gazetteer = current_language(), self.known.gazetteer
        return sorted({gazetteer.name(code).in_(language) for code in gazetteer.codes})


@bp.post("/rules/<key>/<rule_key>/remove")
@allow(Thing.RULE_DRAFTS, Act.WRITE)
def remove(key: str, rule_key: str) -> ResponseReturnValue:
    """Take a rule out of one's draft."""
    return _change_list(
        key,
        lambda session, person: rule_drafts.remove_rule(session, key, person, rule_key, clock.now(), seen=_seen()),
        _("The rule is taken out of your draft. Nothing is published yet."),
    )


@bp.post("/rules/<key>/<rule_key>/move")
@allow(Thing.RULE_DRAFTS, Act.WRITE)
def move(key: str, rule_key: str) -> ResponseReturnValue:
    """Move a rule up or down in one's draft."""
    steps = -1 if request.form.get("to") == "up" else 1
    return _change_list(
        key,
        lambda session, person: rule_drafts.move_rule(
            session, key, person, rule_key, clock.now(), steps=steps, seen=_seen()
        ),
        _("The order is changed in your draft. Nothing is published yet."),
    )


def _change_list(key: str, change: Callable[[Session, int], object], done: str) -> ResponseReturnValue:
    Reading(key)
    person = signed_in().id
    try:
        with transaction() as session:
            change(session, person)
    except NotFoundError:
        abort(404)
    except (ConflictError, RefusedError) as fault:
        again = _("Nothing was changed. This is how it stands now: look again, then repeat it.")
        flash(f"{fault.words.in_(current_language())} {again}", "warn")
    else:
        flash(done, "good")
    return redirect(url_for("rules.show", key=key))


# ------------------------------------------------------------------------------------------------------- deciding


@bp.post("/rule-drafts/<int:number>/propose")
@allow(Thing.RULE_DRAFTS, Act.WRITE)
def propose(number: int) -> ResponseReturnValue:
    """Ask for one's draft to be published."""
    return _decide(
        number,
        lambda session, person, seen: rule_drafts.propose(session, number, person, clock.now(), seen=seen),
        _("The draft is proposed. Another person, an approver, publishes it."),
    )


@bp.post("/rule-drafts/<int:number>/withdraw")
@allow(Thing.RULE_DRAFTS, Act.WRITE)
def withdraw(number: int) -> ResponseReturnValue:
    """Give up one's draft, or turn down somebody else's proposal."""
    reason = request.form.get("reason", "")
    return _decide(
        number,
        lambda session, person, seen: rule_drafts.withdraw(
            session, number, person, clock.now(), seen=seen, reason=reason
        ),
        _("The draft is withdrawn. The published rules stay as they are."),
    )


@bp.post("/rule-drafts/<int:number>/bring-up")
@allow(Thing.RULE_DRAFTS, Act.WRITE)
def bring_up(number: int) -> ResponseReturnValue:
    """Carry one's draft over to the rules that were published meanwhile."""
    return _decide(
        number,
        lambda session, person, seen: rule_drafts.bring_up(session, number, person, clock.now(), seen=seen),
        _("Your draft now stands on the rules that are published. Look at its changes once more."),
    )


@bp.post("/rule-drafts/<int:number>/publish")
@allow(Thing.LIVE_RULES, Act.APPROVE)
def publish(number: int) -> ResponseReturnValue:
    """Publish somebody else's proposal."""
    return _decide(
        number,
        lambda session, person, seen: rule_drafts.publish(session, number, person, clock.now(), seen=seen),
        _("The rules are published. Every verdict follows them from now on."),
    )


def _decide(number: int, act: Callable[[Session, int, int], object], done: str) -> ResponseReturnValue:
    _draft_and_reading(number)
    person, seen = signed_in().id, _seen().draft
    try:
        with transaction() as session:
            act(session, person, seen)
    except ConflictError as fault:
        return _draft_page(number, refused=fault.words, status=HTTPStatus.CONFLICT)
    except RefusedError as fault:
        return _draft_page(number, refused=fault.words, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    flash(done, "good")
    return redirect(url_for("rules.read_draft", number=number))


# --------------------------------------------------------------------------------------------------------- trying


@bp.get("/rule-drafts/<int:number>/try")
@allow(Thing.RULE_DRAFTS, Act.READ)
def try_out(number: int) -> ResponseReturnValue:
    """Judge made-up communities, and all real ones, by the draft beside the published rules."""
    row, reading = _draft_and_reading(number)
    published, rules = reading.published, row.its_rules
    facts, partners = rule_trials.facts_asked(published, rules), rule_trials.partners_asked(published, rules)
    form = FictionForm(request.args if "kind" in request.args else None, data={"kind": "single-tier", "people": "5000"})
    form.known = reading.known(row)
    asked = "kind" in request.args
    own = form.fiction(_answers("fact", facts), _answers("partner", partners)) if asked and form.validate() else None
    known = reading.knowledge(row)

    def trial(fiction: Fiction) -> Trial:
        return rule_trials.tried(reading.present, published, rules, row.its_facts, fiction)

    ready = [
        TrialLine(
            name=words.in_(current_language()),
            words=fiction_words(fiction),
            trial=trial(fiction),
            address=here(**_as_query(fiction)),
            chosen=own == fiction,
        )
        for words, fiction in READY_MADE.values()
    ]
    mine = trial(own) if own is not None else None
    return render_template(
        "rules/try.html",
        reading=reading,
        line=_draft_line(reading.present, row, _names(reading.session, [row]), signed_in().id),
        ready=ready,
        form=form,
        kinds=fiction_kinds(),
        county_people=COUNTY_PEOPLE,
        problems=problems_of(form),
        mine=mine,
        findings=_finding_lines(mine.draft, published, rules) if mine else [],
        words=fiction_words(own) if own else "",
        facts=[(key, known.facts[key].question.in_(current_language())) for key in facts if key in known.facts],
        partners=[(code, APPLICANT_CLASSES[code].name.in_(current_language())) for code in partners],
        effect_found=rule_trials.effect(reading.present, published, rules, row.its_facts),
        names=Options(form.known).names,
        answered=request.args,
    )


def _answers(kind: str, keys: Sequence[str]) -> dict[str, bool]:
    """Read what is stated of the made-up community; whatever is neither yes nor no is not known."""
    said = {key: request.args.get(f"{kind}:{key}") for key in keys}
    return {key: answer == "yes" for key, answer in said.items() if answer in {"yes", "no"}}


def _finding_lines(verdict: Verdict, published: Sequence[Rule], rules: Sequence[Rule]) -> list[FindingLine]:
    changed = {each.key for each in differences(published, rules).rules}
    return [FindingLine(each, each.rule in changed) for each in verdict.findings]


def _as_query(fiction: Fiction) -> dict[str, str | None]:
    rural = None if fiction.rural is None else ("yes" if fiction.rural else "no")
    north = "north" if fiction.northern else "south"
    count = "" if fiction.population is None else str(fiction.population)
    return {"kind": fiction.kind, "people": count, "north": north, "rural": rural, "place": None}


def fiction_kinds() -> list[tuple[str, str]]:
    """Name the kinds a made-up community can be of."""
    return [
        ("single-tier", _("A single-tier municipality")),
        ("lower-tier", _("A lower-tier municipality")),
        ("upper-tier", _("An upper-tier municipality")),
        ("first-nation", _("A First Nation")),
    ]


def fiction_words(fiction: Fiction) -> str:
    """Describe a made-up community in a line."""
    words = [dict(fiction_kinds())[fiction.kind]]
    if fiction.population is not None:
        words.append(
            ngettext("%(people)s person", "%(people)s people", fiction.population, people=people(fiction.population))
        )
    words.append(_("in the north") if fiction.northern else _("in the south"))
    if fiction.rural is not None:
        words.append(_("rural") if fiction.rural else _("not rural"))
    return ", ".join(words)
