"""The forms of rules: a rule as lines that anybody can fill in, and a made-up community to try rules on.

A field that a kind of line does not ask for is not drawn and stays empty. What is wrong is said at its field.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf.form import FlaskForm
from wtforms import (
    BooleanField,
    Field,
    FieldList,
    Form,
    FormField,
    HiddenField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import ValidationError

from grants.domain.applicants import APPLICANT_CLASSES
from grants.domain.bilingual import Bilingual
from grants.domain.communities import FIXED_PLACES, Community, Gazetteer
from grants.domain.fictions import FICTION_KINDS, Fiction, FictionKind
from grants.domain.rule_drafts import key_from
from grants.domain.rule_lines import Binds, Join, Line, Lines, as_lines, as_test
from grants.domain.rules import (
    Ask,
    FactDefinition,
    FactKind,
    HasFact,
    HasPartner,
    HasPopulation,
    InPlace,
    IsApplicant,
    Kind,
    Leaf,
    Predicate,
    Rule,
    Subject,
)
from grants.domain.text import fold
from grants.services.lookup import find

_l = cast("Any", lazy_gettext)

MOST_LINES = 20
LONGEST_SENTENCE = 1_000
LONGEST_BASIS = 1_000
LONGEST_NAME = 120
MOST_PEOPLE = 100_000_000
MOST_PARTNERS = 50

_WHOLE = re.compile(r"[0-9]{1,9}|[0-9]{1,3}(?:[ ,’'\u00a0\u202f][0-9]{3}){1,2}")

APPLICANT, UNSTATED, PLACE, POPULATION, PARTNER, FACT, NEW_FACT, ASK = (
    "applicant",
    "unstated",
    "place",
    "population",
    "partner",
    "fact",
    "new-fact",
    "ask",
)

ASKS: Mapping[str, Any] = {
    APPLICANT: _l("Who may apply"),
    UNSTATED: _l("The source does not say who may apply"),
    PLACE: _l("Where the project takes place"),
    POPULATION: _l("How many people live there"),
    PARTNER: _l("Who must take part as a partner"),
    FACT: _l("Something the applicant or the community can state"),
    NEW_FACT: _l("Something to state that is not in the list yet"),
    ASK: _l("A question only the funder or the project can answer"),
}
"""What a line can ask, in the order offered."""

KINDS: Mapping[Kind, Any] = {
    Kind.REQUIRED: _l("Required: whoever does not meet it does not fit"),
    Kind.PREFERRED: _l("Preferred: it helps, and never refuses anybody"),
    Kind.EXCLUDED: _l("Excluded: whoever meets it does not fit"),
}
BINDS: Mapping[Binds, Any] = {
    Binds.EVERYBODY: _l("Everybody who applies"),
    Binds.ONLY: _l("Only the classes ticked below"),
    Binds.EXCEPT: _l("Everybody but the classes ticked below"),
}
JOINS: Mapping[Join, Any] = {
    Join.ALL: _l("All of the lines must hold"),
    Join.ANY: _l("One of the lines is enough"),
}
SUBJECTS: Mapping[Subject, Any] = {
    Subject.APPLICANT: _l("The body that applies (a partner can be chosen to fit)"),
    Subject.COMMUNITY: _l("The community itself, whoever applies"),
}
FACT_KINDS: Mapping[FactKind, Any] = {
    FactKind.PLAN: _l("A plan"),
    FactKind.RESOLUTION: _l("A resolution"),
    FactKind.HISTORY: _l("What happened before: earlier money, reports"),
    FactKind.REGISTRATION: _l("A registration or legal form"),
    FactKind.CAPACITY: _l("What it is able to do"),
    FactKind.ASSET: _l("What it owns"),
    FactKind.SECTOR: _l("What it works on"),
    FactKind.DESIGNATION: _l("A designation by somebody else"),
    FactKind.EVENT: _l("An event"),
}


@dataclass(frozen=True, slots=True)
class Known:
    """What a form can choose from: facts (published and the draft's), places and communities."""

    facts: Mapping[str, FactDefinition]
    gazetteer: Gazetteer
    communities: Mapping[str, Community]


def text_of(field: Field) -> str:
    """Give what was typed, line ends as one sign and without space around it."""
    return (field.data or "").replace("\r\n", "\n").strip()


def number_of(typed: str) -> int | None:
    """Read a whole number as people write it, ``20000``, ``20,000`` or ``20 000``; ``None`` where it is none."""
    if not _WHOLE.fullmatch(typed):
        return None
    return int("".join(mark for mark in typed if mark.isdigit()))


class LineForm(Form):
    """One line; ``asks`` tells which of the fields below it are used."""

    asks = HiddenField()
    negated = BooleanField(_l("Turn it round: this must not be so"))
    with_above = BooleanField()
    classes = SelectMultipleField(validate_choice=False)
    places = SelectMultipleField(validate_choice=False)
    place_name = StringField(_l("Another place, by its name"))
    at_least = StringField(_l("At least this many people"))
    at_most = StringField(_l("At most this many people"))
    count = StringField(_l("At least how many partners"))
    fact = StringField(_l("What must be stated"))
    statement_en = TextAreaField(_l("As a statement, in English"))
    statement_fr = TextAreaField(_l("As a statement, in French"))
    question_en = TextAreaField(_l("As a question, in English"))
    question_fr = TextAreaField(_l("As a question, in French"))
    subject = StringField(_l("Whose fact is it?"))
    fact_kind = StringField(_l("What is it about?"))
    changeable = BooleanField(_l("It can be brought about before applying"))

    known: Known
    candidates: tuple[str, ...] = ()
    """Places that a typed name may mean, offered to be ticked."""

    def validate_asks(self, field: Field) -> None:
        """Refuse a kind of line that was not offered."""
        if field.data not in ASKS:
            raise ValidationError(_("Choose what the line asks."))

    def validate_classes(self, field: Field) -> None:
        """Refuse unknown classes, and a line on who may apply that names nobody."""
        if self.asks.data not in {APPLICANT, PARTNER}:
            return
        _check_classes(field)
        if self.asks.data == APPLICANT and not field.data:
            raise ValidationError(_("Tick at least one class of applicant."))

    def validate_places(self, field: Field) -> None:
        """Add the place typed by name to the ticked ones; refuse a name that is none, or several."""
        if self.asks.data != PLACE:
            return
        chosen = list(dict.fromkeys(field.data or ()))
        if any(code not in self.known.gazetteer for code in chosen):
            raise ValidationError(_("One of the places is not known here any more. Untick it."))
        typed = text_of(self.place_name)
        if typed:
            meant = places_meant(typed, self.known)
            if len(meant) == 1:
                field.data = list(dict.fromkeys([*chosen, *meant]))
                self.place_name.data = ""
                return
            self.candidates = tuple(meant)
            if meant:
                raise ValidationError(_("“%(name)s” may be several places. Tick the one you mean.", name=typed))
            raise ValidationError(
                _("No place is called “%(name)s” here. Type a community, a district or a region.", name=typed)
            )
        if not chosen:
            raise ValidationError(_("Tick a place, or type one by its name."))

    def validate_at_least(self, field: Field) -> None:
        """Refuse what is no number, and a line without any limit."""
        if self.asks.data == POPULATION:
            _check_number(field, MOST_PEOPLE)
            if not text_of(field) and not text_of(self.at_most):
                raise ValidationError(_("Type the smallest or the largest population, or both."))

    def validate_at_most(self, field: Field) -> None:
        """Refuse what is no number, and a limit below the other one."""
        if self.asks.data == POPULATION:
            _check_number(field, MOST_PEOPLE)
            low, high = number_of(text_of(self.at_least)), number_of(text_of(field))
            if low is not None and high is not None and high < low:
                raise ValidationError(_("The largest population is below the smallest."))

    def validate_count(self, field: Field) -> None:
        """Refuse what is no number of partners."""
        if self.asks.data == PARTNER:
            _check_number(field, MOST_PARTNERS)
            if number_of(text_of(field)) in {None, 0}:
                raise ValidationError(_("Type how many partners: 1 or more."))

    def validate_fact(self, field: Field) -> None:
        """Refuse a fact that is not in the registry."""
        if self.asks.data == FACT and field.data not in self.known.facts:
            raise ValidationError(_("Choose a statement from the list."))

    def validate_statement_en(self, field: Field) -> None:
        """Refuse a new fact without its statement."""
        _check_words(field, wanted=self.asks.data == NEW_FACT)

    def validate_statement_fr(self, field: Field) -> None:
        """Refuse a new fact without its statement in French."""
        _check_words(field, wanted=self.asks.data == NEW_FACT)

    def validate_question_en(self, field: Field) -> None:
        """Refuse a line without its question."""
        _check_words(field, wanted=self.asks.data in {NEW_FACT, ASK})

    def validate_question_fr(self, field: Field) -> None:
        """Refuse a line without its question in French."""
        _check_words(field, wanted=self.asks.data in {NEW_FACT, ASK})

    def validate_subject(self, field: Field) -> None:
        """Refuse a new fact that is nobody's."""
        if self.asks.data == NEW_FACT and field.data not in set(Subject):
            raise ValidationError(_("Choose whose fact it is."))

    def validate_fact_kind(self, field: Field) -> None:
        """Refuse a new fact about nothing that was offered."""
        if self.asks.data == NEW_FACT and field.data not in set(FactKind):
            raise ValidationError(_("Choose what the fact is about."))

    def leaf(self, new_fact: str | None) -> Leaf:
        """Give what the line asks; ``new_fact`` is the key of the fact it defines. The line must be valid."""
        match self.asks.data:
            case "applicant":
                return IsApplicant(tuple(self.classes.data or ()))
            case "unstated":
                return IsApplicant(None)
            case "place":
                return InPlace(tuple(self.places.data or ()))
            case "population":
                return HasPopulation(number_of(text_of(self.at_least)), number_of(text_of(self.at_most)))
            case "partner":
                return HasPartner(tuple(self.classes.data or ()), number_of(text_of(self.count)) or 1)
            case "fact":
                return HasFact(str(self.fact.data))
            case "new-fact":
                return HasFact(str(new_fact))
            case _:
                return Ask(Bilingual(text_of(self.question_en), text_of(self.question_fr)))

    def definition(self, taken: Iterable[str]) -> FactDefinition:
        """Give the fact that the line defines, under a key of its own. The line must be valid."""
        statement = Bilingual(text_of(self.statement_en), text_of(self.statement_fr))
        return FactDefinition(
            key=key_from(statement.en, set(taken), otherwise="stated-fact"),
            kind=FactKind(self.fact_kind.data or ""),
            subject=Subject(self.subject.data or ""),
            statement=statement,
            question=Bilingual(text_of(self.question_en), text_of(self.question_fr)),
            changeable=bool(self.changeable.data),
        )


class RuleForm(FlaskForm):
    """A rule. Where its test goes deeper than lines can show, ``kept`` holds it and the lines are not asked."""

    kind = StringField()
    binds = StringField()
    bound = SelectMultipleField(validate_choice=False)
    join = StringField()
    lines = FieldList(FormField(LineForm), max_entries=MOST_LINES)
    wording_en = TextAreaField(_l("The sentence in English"))
    wording_fr = TextAreaField(_l("The sentence in French"))
    basis = TextAreaField(_l("Where you read it"))
    add = StringField()
    seen_stream = HiddenField()
    seen_draft = HiddenField()

    known: Known
    kept: Predicate | None = None

    @classmethod
    def of(cls, rule: Rule | None, known: Known) -> RuleForm:
        """Make the form of a rule, or of a new one (``None``); what was sent stands before what the rule says."""
        return cls(data=data_of(rule)).knowing(rule, known)

    @classmethod
    def again(cls, rule: Rule | None, known: Known, data: Mapping[str, Any]) -> RuleForm:
        """Make the form anew of what was typed, with lines added or taken away."""
        return cls(formdata=None, data=data).knowing(rule, known)

    def knowing(self, rule: Rule | None, known: Known) -> RuleForm:
        """Tell the form and its lines what can be chosen, and the test that lines cannot show."""
        self.known = known
        self.kept = rule.test if rule is not None and as_lines(rule.test) is None else None
        for line in self.line_forms:
            line.known = known
        return self

    @property
    def line_forms(self) -> list[LineForm]:
        """The lines as forms."""
        return [entry.form for entry in self.lines.entries]

    def validate_kind(self, field: Field) -> None:
        """Refuse a kind that was not offered."""
        if field.data not in set(Kind):
            raise ValidationError(_("Choose what the rule does."))

    def validate_binds(self, field: Field) -> None:
        """Refuse a choice that was not offered."""
        if self.kept is None and field.data not in set(Binds):
            raise ValidationError(_("Choose whom the rule binds."))

    def validate_bound(self, field: Field) -> None:
        """Refuse a rule for some classes that names none."""
        if self.kept is None and self.binds.data in {Binds.ONLY, Binds.EXCEPT}:
            _check_classes(field)
            if not field.data:
                raise ValidationError(_("Tick the classes, or choose that the rule binds everybody."))

    def validate_join(self, field: Field) -> None:
        """Refuse a choice that was not offered."""
        if self.kept is None and field.data not in set(Join):
            raise ValidationError(_("Choose whether all lines must hold or one is enough."))

    def validate_add(self, _field: Field) -> None:
        """Refuse a rule without a line."""
        if self.kept is None and not self.lines.entries:
            raise ValidationError(_("Add at least one line: what the rule asks."))

    def validate_wording_en(self, field: Field) -> None:
        """Refuse half a sentence pair."""
        _check_length(field, LONGEST_SENTENCE)
        if text_of(self.wording_fr) and not text_of(field):
            raise ValidationError(_("Write the English sentence too, or leave both empty."))

    def validate_wording_fr(self, field: Field) -> None:
        """Refuse half a sentence pair."""
        _check_length(field, LONGEST_SENTENCE)
        if text_of(self.wording_en) and not text_of(field):
            raise ValidationError(_("Write the French sentence too, or leave both empty."))

    def validate_basis(self, field: Field) -> None:
        """Refuse a rule that nobody can check."""
        _check_length(field, LONGEST_BASIS)
        if not text_of(field):
            raise ValidationError(_("Say where you read it: the field of the source, and its words."))

    def test_and_facts(self) -> tuple[Predicate, tuple[FactDefinition, ...]]:
        """Give the test that the form says, and the facts it defines. The form must be valid."""
        if self.kept is not None:
            return self.kept, ()
        defined: list[FactDefinition] = []
        lines = []
        for form in self.line_forms:
            new = None
            if form.asks.data == NEW_FACT:
                fact = form.definition([*self.known.facts, *(each.key for each in defined)])
                defined.append(fact)
                new = fact.key
            lines.append(Line(form.leaf(new), negated=bool(form.negated.data), with_above=bool(form.with_above.data)))
        bound = tuple(self.bound.data or ()) if self.binds.data != Binds.EVERYBODY else ()
        shown = Lines(tuple(lines), Join(self.join.data or ""), Binds(self.binds.data or ""), bound)
        return as_test(shown), tuple(defined)

    @property
    def chosen_kind(self) -> Kind:
        """What the rule does. The form must be valid."""
        return Kind(self.kind.data or "")

    def rule(self, key: str, test: Predicate) -> Rule:
        """Give the rule that the form says. The form must be valid."""
        en, fr = text_of(self.wording_en), text_of(self.wording_fr)
        return Rule(key, self.chosen_kind, test, text_of(self.basis), Bilingual(en, fr) if en and fr else None)


def data_of(rule: Rule | None) -> dict[str, Any]:
    """Give a rule as the form's fields hold it."""
    if rule is None:
        return {"kind": Kind.REQUIRED.value, "binds": Binds.EVERYBODY.value, "join": Join.ALL.value, "lines": []}
    shown = as_lines(rule.test) or Lines(())
    return {
        "kind": rule.kind.value,
        "binds": shown.binds.value,
        "bound": list(shown.bound),
        "join": shown.join.value,
        "lines": [_line_data(line) for line in shown.lines],
        "wording_en": rule.wording.en if rule.wording else "",
        "wording_fr": rule.wording.fr if rule.wording else "",
        "basis": rule.basis,
    }


def new_line(asks: str) -> dict[str, Any]:
    """Give an empty line of a kind."""
    return {"asks": asks, "count": "1", "changeable": True}


def _line_data(line: Line) -> dict[str, Any]:
    return {"negated": line.negated, "with_above": line.with_above, **_leaf_data(line.leaf)}


def _leaf_data(leaf: Leaf) -> dict[str, Any]:
    match leaf:
        case IsApplicant(None):
            return {"asks": UNSTATED}
        case IsApplicant(classes):
            return {"asks": APPLICANT, "classes": list(classes or ())}
        case InPlace(places):
            return {"asks": PLACE, "places": list(places)}
        case HasPopulation(minimum, maximum):
            limits = {"at_least": minimum, "at_most": maximum}
            return {"asks": POPULATION, **{name: "" if each is None else str(each) for name, each in limits.items()}}
        case HasPartner(classes, count):
            return {"asks": PARTNER, "classes": list(classes), "count": str(count)}
        case HasFact(key):
            return {"asks": FACT, "fact": key}
        case Ask(question):
            return {"asks": ASK, "question_en": question.en, "question_fr": question.fr}


def _check_classes(field: Field) -> None:
    if any(code not in APPLICANT_CLASSES for code in field.data or ()):
        raise ValidationError(_("Choose from the classes in the list."))


def _check_number(field: Field, most: int) -> None:
    typed = text_of(field)
    number = number_of(typed)
    if typed and (number is None or number > most):
        raise ValidationError(_("Type a whole number, such as 20,000."))


def _check_words(field: Field, *, wanted: bool) -> None:
    if wanted:
        _check_length(field, LONGEST_SENTENCE)
        if not text_of(field):
            raise ValidationError(_("“%(field)s” is empty: write it in both languages.", field=str(field.label.text)))


def _check_length(field: Field, most: int) -> None:
    if len(text_of(field)) > most:
        raise ValidationError(_("Keep it below %(count)s characters.", count=most))


# Places by their names


def places_meant(typed: str, known: Known) -> list[str]:
    """Give the codes of the places that a name means: one where it is sure, several to choose from, none."""
    wanted = _folded(typed[:LONGEST_NAME])
    if not wanted:
        return []
    exact = [
        code
        for code in known.gazetteer.codes
        if wanted in {_folded(known.gazetteer.name(code).en), _folded(known.gazetteer.name(code).fr)}
    ]
    if len(exact) == 1:
        return exact
    named = [code for code in known.gazetteer.codes if not code.startswith("in:")]
    inside = [
        code for code in named if wanted in _folded(known.gazetteer.name(code).en + " " + known.gazetteer.name(code).fr)
    ]
    found = [f"in:{hit.community.key}" for hit in find(known.communities.values(), typed, limit=8)]
    return list(dict.fromkeys([*exact, *inside, *found]))


def _folded(words: str) -> str:
    return " ".join(fold(word) for word in words.replace("’", "'").split())


def place_options(chosen: Sequence[str], candidates: Iterable[str], gazetteer: Gazetteer) -> list[str]:
    """Give the codes to offer as boxes: what is chosen in its order, what a name may mean, then the usual ones."""
    regions = [code for code in gazetteer.codes if code.startswith("region:")]
    return list(dict.fromkeys([*(code for code in chosen if code in gazetteer), *candidates, *FIXED_PLACES, *regions]))


def problems_of(field: Form | Field) -> list[tuple[str, str]]:
    """List what is wrong, in the order of the page, each with the id of its field."""
    if isinstance(field, FieldList):
        return [each for entry in field.entries for each in problems_of(entry)]
    if isinstance(field, FormField):
        return problems_of(field.form)
    if isinstance(field, Form):
        return [each for inner in field for each in problems_of(inner)]
    return [(field.id, str(sentence)) for sentence in field.errors]


# A made-up community


class FictionForm(Form):
    """A community that does not exist, in the address of the page: nothing of it is kept."""

    kind = StringField(_l("What it is"))
    people = StringField(_l("How many people live there"))
    north = StringField(_l("Which half of Ontario"))
    rural = StringField(_l("Is it rural?"))
    place = StringField(_l("A place it lies in"))

    known: Known

    def validate_kind(self, field: Field) -> None:
        """Refuse a kind that was not offered."""
        if field.data not in FICTION_KINDS:
            raise ValidationError(_("Choose what the community is."))

    def validate_people(self, field: Field) -> None:
        """Refuse what is no number; empty means that it is not known."""
        _check_number(field, MOST_PEOPLE)

    def validate_place(self, field: Field) -> None:
        """Refuse a name that is no place here, or several."""
        typed = text_of(field)
        meant = places_meant(typed, self.known) if typed else []
        if typed and not meant:
            raise ValidationError(
                _("No place is called “%(name)s” here. Type a community, a district or a region.", name=typed)
            )
        if len(meant) > 1:
            names = ", ".join(self.known.gazetteer.name(code).en for code in meant[:5])
            raise ValidationError(
                _("“%(name)s” may be several places: %(names)s. Type one of them in full.", name=typed, names=names)
            )

    def fiction(self, facts: Mapping[str, bool], partners: Mapping[str, bool]) -> Fiction:
        """Give the community that the form says. The form must be valid."""
        typed = text_of(self.place)
        return Fiction(
            kind=cast("FictionKind", self.kind.data),
            population=number_of(text_of(self.people)),
            northern=self.north.data == "north",
            rural={"yes": True, "no": False}.get(self.rural.data or ""),
            places=tuple(places_meant(typed, self.known)) if typed else (),
            facts=facts,
            partners=partners,
        )
