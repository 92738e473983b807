"""The forms of applications, tasks, checklists and notes: what is typed stays, what is wrong is a sentence."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, cast

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf.form import FlaskForm
from wtforms import BooleanField, Field, SelectField, StringField, TextAreaField
from wtforms.form import BaseForm
from wtforms.validators import ValidationError
from wtforms.widgets import DateInput, TextInput

from grants.domain.applications import State, state_words
from grants.domain.budgets import WrongAmount, cents_words, parse_money
from grants.domain.communities import CommunityKind
from grants.services.checklists import LONGEST_WORDING, Settled
from grants.services.conflicts import RefusedError
from grants.services.notes import LONGEST_NOTE
from grants.store.applications import LONGEST_REASON, LONGEST_TITLE
from grants.web.happenings import SETTLED, WORK_KINDS
from grants.web.language import current_language

_l = cast("Callable[[str], str]", lazy_gettext)

EARLIEST, LATEST = 2000, 2100
"""The years of days that can be typed; another one is a slip of the finger."""
_HOURS = re.compile(r"(?P<whole>[0-9]{1,4})(?:[.,](?P<part>[0-9]{1,2}))?")

EVERY = {
    "0": _l("Once, on the first date only"),
    "1": _l("Every month"),
    "3": _l("Every three months"),
    "6": _l("Every six months"),
    "12": _l("Every year"),
}
"""How often a report is due, by months."""


# Fields ---------------------------------------------------------------------------------------------------------------


def _line(text: str | None) -> str:
    """Make one plain line of what was typed: nothing that is not printed, no space around it."""
    return "".join(mark for mark in " ".join((text or "").split()) if mark.isprintable())


def _lines(text: str | None) -> str:
    """Keep what was typed over several lines, without signs that no page may hold."""
    kept = (text or "").replace("\r\n", "\n")
    return "".join(mark for mark in kept if mark.isprintable() or mark in "\n\t").strip()


class LineField(StringField):
    """One line of text."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read the line."""
        if valuelist:
            self.data = _line(valuelist[0])


class LinesField(TextAreaField):
    """Text of several lines."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read the text."""
        if valuelist:
            self.data = _lines(valuelist[0])


class DayField(Field):
    """A day, or none."""

    widget = DateInput()
    data: date | None

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return self.data.isoformat() if self.data else ""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read the day as browsers send it."""
        self.data = None
        text = valuelist[0].strip() if valuelist else ""
        if not text:
            return
        try:
            day = date.fromisoformat(text)
        except ValueError:
            day = None
        if day is None or not EARLIEST <= day.year <= LATEST:
            raise ValueError(_("This date does not exist. Type it as year, month, day: 2026-12-11."))
        self.data = day


class MoneyField(Field):
    """Dollars as people type them in either language; ``data`` is cents, ``None`` where nothing was typed."""

    widget = TextInput()
    data: int | None

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else typed_money(self.data)

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read the amount."""
        text = _line(valuelist[0]) if valuelist else ""
        if not text:
            self.data = None
            return
        read = parse_money(text)
        if isinstance(read, WrongAmount):
            raise ValueError(read.words.in_(current_language()))  # noqa: TRY004 - what a field raises for bad input
        self.data = read


class HoursField(Field):
    """Hours of work, with at most two decimals; ``data`` is minutes."""

    widget = TextInput()
    data: int | None

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return typed_hours(self.data or 0)

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read the hours."""
        text = _line(valuelist[0]) if valuelist else ""
        if not text:
            self.data = 0
            return
        found = _HOURS.fullmatch(text)
        if found is None:
            raise ValueError(_("Type the hours in figures, such as 2 or 1.5."))
        self.data = round(float(f"{found['whole']}.{found['part'] or 0}") * 60)


class ChoiceField(SelectField):
    """One of the choices on the page."""

    def pre_validate(self, form: BaseForm) -> None:
        """Refuse what is none of them."""
        del form
        if str(self.data) not in {str(each[0]) for each in self.iter_choices()}:
            raise ValidationError(_("Choose one of the entries of the list; somebody may have changed it meanwhile."))


def typed_money(cents: int) -> str:
    """Write cents as one would type them: ``1,234.50``, ``1 234,50``."""
    return cents_words(cents).in_(current_language()).replace("$", "").strip("\u00a0 ")


def typed_hours(minutes: int) -> str:
    """Write minutes as hours as one would type them: ``1.5``, ``1,5``."""
    text = f"{minutes / 60:.2f}".rstrip("0").rstrip(".")
    return text.replace(".", ",") if current_language() == "fr" else text


def person_of(typed: str | None) -> int | None:
    """Give the person that a choice means; the empty one means nobody."""
    return int(typed) if typed and typed.isascii() and typed.isdecimal() and len(typed) < len(str(2**31)) else None


def people_choices(people: Mapping[int, str], *also: tuple[int | None, str]) -> list[tuple[str, str]]:
    """Give nobody and people to choose from, also one who is no member any more but holds the thing now."""
    known = {**people, **{number: name for number, name in also if number is not None}}
    return [("", _("No owner yet")), *((str(number), name) for number, name in known.items())]


# Forms ----------------------------------------------------------------------------------------------------------------


class DetailsForm(FlaskForm):
    """What is said of an application as a whole."""

    title = LineField(_l("Title"), render_kw={"maxlength": LONGEST_TITLE})
    owner = ChoiceField(_l("Who looks after it"))
    target_on = DayField(_l("Your own target date"))
    reference = LineField(_l("Number that the funder gave it"), render_kw={"maxlength": 100, "class": "half"})


class AmountsForm(FlaskForm):
    """The money of an application."""

    asked = MoneyField(_l("Asked of this funder"), render_kw={"inputmode": "decimal", "class": "half"})
    own = MoneyField(_l("Your community’s own money"), render_kw={"inputmode": "decimal", "class": "half"})
    other = MoneyField(_l("From others"), render_kw={"inputmode": "decimal", "class": "half"})
    awarded = MoneyField(_l("Awarded"), render_kw={"inputmode": "decimal", "class": "half"})


class MoveForm(FlaskForm):
    """A move to another state."""

    to = ChoiceField(_l("State"))
    reason = LinesField(_l("Why"), render_kw={"rows": 4, "maxlength": LONGEST_REASON})
    awarded = MoneyField(_l("Amount awarded"), render_kw={"inputmode": "decimal", "class": "half"})
    reference = LineField(_l("Number that the funder gave it"), render_kw={"maxlength": 100, "class": "half"})
    with_open_tasks = BooleanField(_l("These are not needed any more, or will follow"))

    def offer(self, states: Iterable[State], kind: CommunityKind) -> None:
        """Say which states can be chosen."""
        language = current_language()
        self.to.choices = [(each.value, sentence(state_words(each, kind).in_(language))) for each in states]


class TaskForm(FlaskForm):
    """A task."""

    title = LineField(_l("What is to be done"), render_kw={"required": True, "maxlength": LONGEST_TITLE})
    kind = ChoiceField(_l("Kind"))
    owner = ChoiceField(_l("Who does it"))
    due_on = DayField(_l("Due on"))
    minutes = HoursField(_l("Hours of work"), render_kw={"inputmode": "decimal", "class": "short"})

    def offer(self, people: list[tuple[str, str]]) -> None:
        """Say who can be chosen."""
        self.owner.choices = people
        self.kind.choices = [(each.value, str(words)) for each, words in WORK_KINDS.items()]


class ReportsForm(FlaskForm):
    """Reports that are due after an award: a row of days, and a last one."""

    first = DayField(_l("First report due on"))
    every = ChoiceField(_l("How often"))
    until = DayField(_l("The last of them no later than"))
    final = DayField(_l("Final report due on"))
    owner = ChoiceField(_l("Who writes them"))

    def offer(self, people: list[tuple[str, str]]) -> None:
        """Say who can be chosen, and how often."""
        self.owner.choices = people
        self.every.choices = [(key, str(words)) for key, words in EVERY.items()]


class RequirementForm(FlaskForm):
    """How a line of a checklist stands."""

    settled = ChoiceField(_l("Status"))
    document = ChoiceField(_l("The document to use"))

    def offer(self, documents: list[tuple[str, str]]) -> None:
        """Say which documents can be chosen."""
        self.settled.choices = [(each.value, sentence(str(SETTLED[each.value]))) for each in Settled]
        self.document.choices = [("", _("None chosen")), *documents]


class LineForm(FlaskForm):
    """A line to add to a checklist."""

    wording = LineField(_l("Another document"), render_kw={"maxlength": LONGEST_WORDING})


class NoteForm(FlaskForm):
    """A note."""

    text = LinesField(_l("Note"), render_kw={"rows": 6, "maxlength": LONGEST_NOTE})


def sentence(words: str) -> str:
    """Begin with a capital."""
    return words[:1].upper() + words[1:]


def refuse(form: FlaskForm, fault: RefusedError) -> None:
    """Say at the field that is meant why something cannot be done; at the first where none is."""
    fields = [each for each in form if each.name != "csrf_token"]
    field: Field = form[fault.field] if fault.field in form else fields[0]
    field.errors = [*field.errors, fault.words.in_(current_language())]


def problems_of(form: FlaskForm) -> list[tuple[str, str]]:
    """List what is wrong in a form: (id of the field, sentence)."""
    return [(field.id, str(each)) for field in form for each in field.errors]


def labels_of(form: FlaskForm) -> dict[str, str]:
    """Name the fields of a form, in order."""
    return {field.name: str(field.label.text) for field in form if field.name != "csrf_token"}
