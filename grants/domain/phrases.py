"""Dates, deadlines, money and verdicts as a person reads them, in English and in French.

A time of day is always named by a place ("Toronto time"), never by an abbreviation such as EST, and where the reader's
clock shows another time at that instant both are given. Pages, mails and exports all speak from here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal

from babel.dates import format_date
from babel.numbers import format_currency, format_decimal

from grants.domain import zones
from grants.domain.applicants import APPLICANT_CLASSES
from grants.domain.bilingual import Bilingual, Language, listed, of_place
from grants.domain.catalogue import GRANT_SIZES, Amount, Meaning
from grants.domain.deadlines import Deadline, DeadlineKind, Estimate, Intake, StageName, Status
from grants.domain.eligibility import Answer, Outcome, Verdict
from grants.domain.people import HOME_ZONE, place_of

NBSP = "\u00a0"
LOCALES: dict[Language, str] = {"en": "en_CA", "fr": "fr_CA"}


@dataclass(frozen=True, slots=True)
class Reader:
    """Whose eyes read: the language, the IANA zone whose clock they look at, and the name of the place they are in.

    ``place`` is ``None`` where nobody said where they are; the zone's best-known place then stands for it.
    """

    language: Language = "en"
    zone: str = HOME_ZONE
    place: str | None = None


# Days and times


def day(on: date, language: Language, *, weekday: bool = True, year: bool = True) -> str:
    """Write a day: ``Friday 11 December 2026``, ``le vendredi 11 décembre 2026``, ``le 1er mai 2026``."""
    pattern = f"{'EEEE ' if weekday else ''}d MMMM{' y' if year else ''}"
    written = format_date(on, pattern, locale=LOCALES[language])
    if language == "en":
        return written
    if on.day == 1:
        written = written.replace("1 ", "1er ", 1)
    return f"le {written}"


_PAGE_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?|-(?:\d\d){1,2})?")


def page_date(written: str, language: Language) -> str:
    """Write the date that a page bears: ``4 December 2025``, ``December 2025``; years stay as they are.

    Empty for what is no date (``2024 call``). ``2010-11`` is read as a month, ``2024-25`` as two years.
    """
    found = _PAGE_DATE.fullmatch(written)
    if found is None:
        return ""
    year, month, number = found.groups()
    try:
        on = date(int(year), int(month or 1), int(number or 1))
    except ValueError:
        return "" if number else written
    if month is None:
        return written
    if number is None:
        return format_date(on, "MMMM y", locale=LOCALES[language])
    return day(on, language, weekday=False).removeprefix("le ")


def clock(at: time, language: Language) -> str:
    """Write a time of day: ``5:00 p.m.``, ``noon``, ``midnight``; ``17 h``, ``17 h 30``, ``midi``, ``minuit``."""
    if (at.hour, at.minute) == (12, 0):
        return "midi" if language == "fr" else "noon"
    if (at.hour, at.minute) == (0, 0):
        return "minuit" if language == "fr" else "midnight"
    if language == "fr":
        return f"{at.hour}{NBSP}h" + (f"{NBSP}{at.minute:02d}" if at.minute else "")
    return f"{at.hour % 12 or 12}:{at.minute:02d}{NBSP}{'a.m.' if at.hour < 12 else 'p.m.'}"  # noqa: PLR2004 - noon


def moment(at: datetime, zone: str, language: Language, *, weekday: bool = True) -> str:
    """Write a moment by a zone's clock: ``Friday 11 December 2026, 5:00 p.m.``."""
    there = at.astimezone(zones.zone(zone))
    return f"{day(there.date(), language, weekday=weekday)}, {clock(there.time(), language)}"


def days_left(moment: datetime, now: datetime, reader: Reader) -> str:
    """Count the reader's calendar days to a moment: ``today``, ``tomorrow``, ``in 17 days``; past ones likewise."""
    here = zones.zone(reader.zone)
    days = (moment.astimezone(here).date() - now.astimezone(here).date()).days
    near = {
        0: Bilingual("today", "aujourd’hui"),
        1: Bilingual("tomorrow", "demain"),
        -1: Bilingual("yesterday", "hier"),
    }
    if days in near:
        return near[days].in_(reader.language)
    if days > 0:
        return Bilingual(f"in {days} days", f"dans {days}{NBSP}jours").in_(reader.language)
    return Bilingual(f"{-days} days ago", f"il y a {-days}{NBSP}jours").in_(reader.language)


# Places whose clock is meant

_ZONE_LABELS: dict[str, Bilingual] = {
    "America/Toronto": Bilingual("Toronto and most of Ontario", "Toronto et la plus grande partie de l’Ontario"),
    "America/Winnipeg": Bilingual("Kenora (north-west)", "Kenora (Nord-Ouest)"),
    "America/Atikokan": Bilingual("Atikokan (no clock change)", "Atikokan (sans changement d’heure)"),
}


def zone_place(zone: str, language: Language) -> str:
    """Name the place whose clock a zone is: ``Toronto``, ``Kenora``; a zone without a name here by its own city."""
    return place_of(zone).in_(language)


def zone_label(zone: str, language: Language) -> str:
    """Name a zone in a list to choose from: ``Kenora (north-west)``."""
    known = _ZONE_LABELS.get(zone)
    return known.in_(language) if known else zone_place(zone, language)


def _time_of(zone: str, language: Language) -> str:
    place = zone_place(zone, language)
    return f"heure {of_place(place)}" if language == "fr" else f"{place} time"


# Deadlines


def deadline_words(deadline: Deadline, reader: Reader, *, checked: date | None = None) -> str:
    """Say when something is due, for this reader; without a full stop, so that it fits into a list or a sentence.

    ``checked`` is the day the source was read: a deadline without a date says it, since only the funder knows more.
    """
    language = reader.language
    match deadline.kind:
        case DeadlineKind.ROLLING:
            return _noted(Bilingual("no fixed date", "sans date fixe"), checked, language)
        case DeadlineKind.UNTIL_FUNDS_RUN_OUT:
            return _noted(Bilingual("until the money runs out", "jusqu’à épuisement des fonds"), checked, language)
        case DeadlineKind.NOT_ANNOUNCED:
            return _noted(Bilingual("date not announced", "date non annoncée"), checked, language)
        case DeadlineKind.RELATIVE:
            words = deadline.condition or Bilingual("tied to an event", "liée à un événement")
            return _noted(Bilingual(words.en.rstrip("."), words.fr.rstrip(".")), checked, language)
        case _:
            doubt = f"; {deadline.doubt.in_(language)}" if deadline.doubt else ""
            return _dated(deadline, reader) + _contradiction(deadline, language) + doubt


def opening_words(opens: Deadline, reader: Reader) -> str:
    """Say when an intake opens: a day alone is enough, for it counts from its first minute."""
    if opens.date is not None and opens.time is None:
        return day(opens.date, reader.language)
    return deadline_words(opens, reader)


def _noted(words: Bilingual, checked: date | None, language: Language) -> str:
    said = words.in_(language)
    return said if checked is None else f"{said} ({checked_words(checked, language)})"


def checked_words(on: date, language: Language) -> str:
    """Say on which day a source was read: ``checked 23 November 2026``."""
    said = day(on, language, weekday=False)
    return f"vérifié {said}" if language == "fr" else f"checked {said}"


def _dated(deadline: Deadline, reader: Reader) -> str:
    language = reader.language
    if deadline.date is None:
        return ""
    on = day(deadline.date, language)
    if deadline.kind is DeadlineKind.POSTMARKED:
        return Bilingual(f"postmarked by {on}", f"cachet de la poste au plus tard {on}").in_(language)
    if deadline.time is None:
        return Bilingual(f"{on}, time not stated", f"{on}, heure non précisée").in_(language)
    if deadline.zone is None:
        local = Bilingual("your local time", "heure locale").in_(language)
        place = f" ({reader.place})" if reader.place else ""
        comma = "," if language == "fr" else ""
        return f"{_wall(deadline.date, deadline.time, language)}{comma} {local}{place}"
    comma = "," if language == "fr" else ""
    wall = f"{_wall(deadline.date, deadline.time, language)}{comma} {_time_of(deadline.zone, language)}"
    return wall + _elsewhere(deadline.date, deadline.time, deadline.zone, reader)


def _wall(on: date, at: time, language: Language) -> str:
    """Join day and time; midnight says at which end of the day it is, for "midnight on Friday" is read both ways."""
    if (at.hour, at.minute) == (0, 0):
        return Bilingual(
            f"midnight at the start of {day(on, 'en')},", f"minuit au début de la journée, {day(on, 'fr')}"
        ).in_(language)
    return f"{day(on, language)}, {clock(at, language)}"


def _elsewhere(on: date, at: time, zone: str, reader: Reader) -> str:
    """Add what the reader's clock shows at that instant where it shows something else."""
    here = datetime.combine(on, at, tzinfo=zones.zone(zone))
    there = here.astimezone(zones.zone(reader.zone))
    if here.replace(tzinfo=None) == there.replace(tzinfo=None):
        return ""
    language = reader.language
    place = reader.place or zone_place(reader.zone, language)
    moment = clock(there.time(), language)
    if there.date() == on:
        return Bilingual(f" ({moment} in {place})", f" ({moment} à {place})").in_(language)
    other = day(there.date(), language, year=False)
    return Bilingual(f" ({moment} on {other} in {place})", f" ({moment} {other} à {place})").in_(language)


def _contradiction(deadline: Deadline, language: Language) -> str:
    if not deadline.contradicted_by:
        return ""
    others = listed([day(each, language) for each in deadline.contradicted_by], "or", language)
    return Bilingual(
        f"; another source says {others}: count on the earlier date",
        f"; une autre source indique {others}{NBSP}: tenez compte de la première",
    ).in_(language)


# Intakes

_STATUS: dict[Status, Bilingual] = {
    Status.OPEN: Bilingual("open", "ouvert"),
    Status.CLOSING_SOON: Bilingual("closes soon", "ferme bientôt"),
    Status.OPENING: Bilingual("opens later", "ouvre plus tard"),
    Status.ROLLING: Bilingual("no fixed date", "sans date fixe"),
    Status.BY_INVITATION: Bilingual("by invitation", "sur invitation"),
    Status.NOT_ANNOUNCED: Bilingual("dates not announced", "dates non annoncées"),
    Status.UNCONFIRMED: Bilingual("may be open: ask the funder", "peut-être ouvert\u00a0: à vérifier"),
    Status.CLOSED: Bilingual("last known round closed", "dernière période connue fermée"),
    Status.DISCONTINUED: Bilingual("discontinued", "n’existe plus"),
}


def status_words(status: Status, language: Language) -> str:
    """Name a status in two or three words."""
    return _STATUS[status].in_(language)


def intake_words(intake: Intake, status: Status, reader: Reader, *, classes: frozenset[str] = frozenset()) -> str:
    """Say in one phrase where an intake stands and when it closes, honest about what is not known."""
    language = reader.language
    closes = intake.gate(classes).closes
    said = deadline_words(closes, reader, checked=intake.checked)
    checked = checked_words(intake.checked, language)
    match status:
        case Status.OPEN | Status.CLOSING_SOON:
            return _closing(closes, said, language)
        case Status.OPENING:
            opens = opening_words(intake.opens, reader) if intake.opens else ""
            until = f"; {_closing(closes, said, language)}" if closes.date else ""
            return Bilingual(f"opens {opens}{until}", f"ouvre {opens}{until}").in_(language)
        case Status.ROLLING:
            return said.removesuffix(")") + _from_the_page_of(intake, language) + ")"
        case Status.CLOSED if closes.date is None:
            return _noted(
                Bilingual("last known round is closed", "la dernière période connue est fermée"),
                intake.checked,
                language,
            )
        case Status.CLOSED:
            return Bilingual(f"last known round closed: {said}", f"dernière période connue, fermée{NBSP}: {said}").in_(
                language
            )
        case Status.UNCONFIRMED:
            return _unconfirmed(intake, closes, reader)
        case Status.BY_INVITATION:
            return Bilingual(f"by invitation only ({checked})", f"sur invitation seulement ({checked})").in_(language)
        case Status.NOT_ANNOUNCED:
            return Bilingual(
                f"next dates not announced ({checked})", f"prochaines dates non annoncées ({checked})"
            ).in_(language)
        case Status.DISCONTINUED:
            return Bilingual(f"discontinued ({checked})", f"n’existe plus ({checked})").in_(language)


def _from_the_page_of(intake: Intake, language: Language) -> str:
    """Tell the year of a page that was older than the day it was read."""
    if intake.page_year is None or intake.page_year >= intake.checked.year:
        return ""
    return Bilingual(f"; the page read is from {intake.page_year}", f"; la page lue date de {intake.page_year}").in_(
        language
    )


def _closing(closes: Deadline, said: str, language: Language) -> str:
    if closes.kind is DeadlineKind.POSTMARKED:
        return said
    return Bilingual(f"closes {said}", f"ferme {said}").in_(language)


def _unconfirmed(intake: Intake, closes: Deadline, reader: Reader) -> str:
    checked = day(intake.checked, reader.language, weekday=False)
    if closes.kind is DeadlineKind.UNTIL_FUNDS_RUN_OUT:
        return Bilingual(
            f"until the money runs out: whether any is left is not known (checked {checked})",
            f"jusqu’à épuisement des fonds{NBSP}: on ne sait pas s’il en reste (vérifié {checked})",
        ).in_(reader.language)
    if intake.opens and intake.opens.date:
        opened = day(intake.opens.date, reader.language, weekday=False)
        return Bilingual(
            f"opened {opened}; closing date not found (checked {checked})",
            f"ouvert depuis {opened}; date de clôture non trouvée (vérifié {checked})",
        ).in_(reader.language)
    return Bilingual(
        f"said to be open when read on {checked}; closing date not found",
        f"annoncé comme ouvert lors de la lecture {checked}; date de clôture non trouvée",
    ).in_(reader.language)


_STAGES: dict[StageName, Bilingual] = {
    StageName.REGISTRATION: Bilingual("registration", "inscription"),
    StageName.EXPRESSION_OF_INTEREST: Bilingual("expression of interest", "déclaration d’intérêt"),
    StageName.LETTER_OF_INTENT: Bilingual("letter of intent", "lettre d’intention"),
    StageName.APPLICATION: Bilingual("application", "demande"),
    StageName.FULL_APPLICATION: Bilingual("full application", "demande complète"),
    StageName.COMPLETION: Bilingual("project completed", "projet achevé"),
}


def stage_words(stage: StageName, language: Language) -> str:
    """Name what is due at a stage."""
    return _STAGES[stage].in_(language)


# Estimates


_LAST_OF_EARLY = 10
_LAST_OF_MID = 20


def part_of_month(month_day: tuple[int, int], language: Language) -> str:
    """Blur a day of the year on purpose: ``early May``, ``mid-April``, ``the end of May``; ``la mi-avril``."""
    month, number = month_day
    name = format_date(date(2024, month, 1), "MMMM", locale=LOCALES[language])
    if number <= _LAST_OF_EARLY:
        return Bilingual(f"early {name}", f"le début {_of_month(name)}").in_(language)
    if number <= _LAST_OF_MID:
        return Bilingual(f"mid-{name}", f"la mi-{name}").in_(language)
    return Bilingual(f"the end of {name}", f"la fin {_of_month(name)}").in_(language)


def _of_month(name: str) -> str:
    return f"d’{name}" if name[:1] in "ao" else f"de {name}"


def estimate_words(estimate: Estimate, language: Language) -> str:
    """Say when a next window may be: an interval with its sample and the word estimate, never a date."""
    closes = _between(estimate.closes, language)
    parts = [Bilingual(f"usually closes {closes}", f"ferme d’ordinaire {closes}").in_(language)]
    if estimate.opens is not None:
        opens = _between(estimate.opens, language)
        parts.insert(0, Bilingual(f"usually opens {opens}", f"ouvre d’ordinaire {opens}").in_(language))
    rounds = len(estimate.sample)
    basis = Bilingual(f"from {rounds} past rounds", f"d’après {rounds} périodes passées")
    if estimate.stated:
        basis = Bilingual(
            "from dates the funder gives for every year", "d’après les dates annuelles du bailleur de fonds"
        )
    joined = listed(parts, "and", language)
    return Bilingual(f"{joined}, {basis.en}: an estimate", f"{joined}, {basis.fr}{NBSP}: une estimation").in_(language)


def _between(span: tuple[tuple[int, int], tuple[int, int]], language: Language) -> str:
    first, last = (part_of_month(each, language) for each in span)
    if first != last:
        return Bilingual(f"between {first} and {last}", f"entre {first} et {last}").in_(language)
    if language == "en":
        return f"at {first}" if first.startswith("the ") else f"in {first}"
    return f"au {first.removeprefix('le ')}" if first.startswith("le ") else f"à {first}"


# Money


_MILLION = Decimal(1_000_000)
_BILLION = Decimal(1_000_000_000)


def money(amount: Decimal | int, language: Language) -> str:
    """Write exact dollars: ``$1,234.50``, ``1 234,50 $``; whole dollars without cents."""
    value = Decimal(amount)
    whole = value == value.to_integral_value()
    pattern = {"en": "¤#,##0", "fr": f"#,##0{NBSP}¤"}[language] if whole else None
    return str(format_currency(value, "CAD", format=pattern, locale=LOCALES[language], currency_digits=not whole))


def rounded_money(amount: Decimal | int, language: Language) -> str:
    """Write dollars for a row: from a million on as ``$226 million`` where that loses nothing, else exactly."""
    value = Decimal(amount)
    for unit, en, singular, plural in (
        (_BILLION, "billion", "milliard", "milliards"),
        (_MILLION, "million", "million", "millions"),
    ):
        count = value / unit
        if count >= 1 and count == count.quantize(Decimal("0.01")):
            number = format_decimal(count, "#,##0.##", locale=LOCALES[language])
            noun = singular if count < 2 else plural  # noqa: PLR2004 - French plural starts at two
            return f"{number}{NBSP}{noun} de dollars" if language == "fr" else f"${number}{NBSP}{en}"
    return money(value, language)


def percent(value: Decimal | float, language: Language) -> str:
    """Write a share: ``75%``, ``75 %``, ``33.3%``, ``33,3 %``."""
    number = format_decimal(Decimal(str(value)), "#,##0.##", locale=LOCALES[language])
    return f"{number}{NBSP}%" if language == "fr" else f"{number}%"


_EACH: dict[Meaning, Bilingual] = {
    Meaning.PER_PROJECT: Bilingual("a project", "par projet"),
    Meaning.PER_YEAR: Bilingual("a year", "par année"),
    Meaning.PER_APPLICANT: Bilingual("an applicant", "par demandeur"),
    Meaning.PER_UNIT: Bilingual("a unit", "par unité"),
    Meaning.PER_PARTICIPANT: Bilingual("a participant", "par personne participante"),
    Meaning.LOAN: Bilingual("as a loan", "sous forme de prêt"),
    Meaning.ALLOTMENT: Bilingual("as a set allotment", "à titre d’enveloppe établie"),
    Meaning.TOTAL_PROJECT_COST: Bilingual("in total project costs", "de coût total du projet"),
    Meaning.POT: Bilingual("for all applicants together", "pour l’ensemble des demandeurs"),
    Meaning.PAST_AWARD: Bilingual("in a past award", "lors d’une subvention passée"),
}

_NO_FIGURE: dict[Meaning, Bilingual] = {
    Meaning.ALLOTMENT: Bilingual("a set allotment, size not published", "enveloppe établie, montant non publié"),
    Meaning.LOAN: Bilingual("a loan, size not stated", "prêt, montant non précisé"),
}

_NOT_STATED = Bilingual("amount not stated", "montant non précisé")


def amount_short(amount: Amount, language: Language) -> str:
    """Say an amount in a row with its meaning: ``up to $200,000 a project``; ``Amount.words`` is the full sentence."""
    low, high = amount.minimum, amount.maximum
    if not high and not low:
        return _NO_FIGURE.get(amount.meaning, _NOT_STATED).in_(language)
    each = _EACH[amount.meaning].in_(language)
    some = Bilingual(" (some applicants)", " (certains demandeurs)").in_(language) if amount.when is not None else ""
    yearly = Bilingual(" a year", " par année").in_(language) if amount.yearly else ""
    return f"{_range(low, high, amount.meaning, language)}{yearly} {each}{some}"


def _range(low: Decimal | None, high: Decimal | None, meaning: Meaning, language: Language) -> str:
    if low and high and low != high:
        first, last = rounded_money(low, language), rounded_money(high, language)
        return Bilingual(f"{first} to {last}", f"de {first} à {last}").in_(language)
    if high and (low == high or meaning in {Meaning.POT, Meaning.PAST_AWARD}):
        return rounded_money(high, language)
    if high:
        return Bilingual(f"up to {rounded_money(high, 'en')}", f"jusqu’à {rounded_money(high, 'fr')}").in_(language)
    least = {each: rounded_money(low or 0, each) for each in LOCALES}
    if meaning is Meaning.POT:
        return Bilingual(f"at least {least['en']}", f"au moins {least['fr']}").in_(language)
    return Bilingual(f"from {least['en']}", f"à partir de {least['fr']}").in_(language)


def best_amount(amounts: Sequence[Amount]) -> Amount | None:
    """Choose the amount that a row shows: the size of one grant before anything else, for everyone before for some."""
    return min(
        amounts,
        key=lambda each: (
            each.maximum is None and each.minimum is None,
            each.meaning not in GRANT_SIZES,
            each.meaning is Meaning.POT,
            each.when is not None,
        ),
        default=None,
    )


def amounts_short(amounts: Sequence[Amount], language: Language) -> str:
    """Say in a row what a stream pays, or that it is not stated."""
    best = best_amount(amounts)
    return _NOT_STATED.in_(language) if best is None else amount_short(best, language)


# Verdicts

_VERDICTS: dict[Outcome, Bilingual] = {
    Outcome.ELIGIBLE: Bilingual("may fit", "pourrait convenir"),
    Outcome.VIA_PARTNER: Bilingual("may fit through a partner", "pourrait convenir avec un partenaire"),
    Outcome.UNKNOWN: Bilingual("need to know", "à préciser"),
    Outcome.NOT_ELIGIBLE: Bilingual("does not fit", "ne convient pas"),
}

_ANSWERS: dict[Answer, Bilingual] = {
    Answer.YES: Bilingual("met", "respecté"),
    Answer.NO: Bilingual("not met", "non respecté"),
    Answer.UNKNOWN: Bilingual("need to know", "à préciser"),
}


def verdict_words(outcome: Outcome, language: Language) -> str:
    """Name a verdict; never a promise, for the funder decides."""
    return _VERDICTS[outcome].in_(language)


def answer_words(answer: Answer, language: Language) -> str:
    """Name whether one rule is met."""
    return _ANSWERS[answer].in_(language)


def partners_words(via: Sequence[str], language: Language, *, most: int = 3) -> str:
    """List the partner classes a community may go through, the first ``most`` of them."""
    names = [APPLICANT_CLASSES[code].name.in_(language) for code in via]
    if len(names) > most:
        others = Bilingual("others", "autres").in_(language)
        names = [*names[:most], others]
    return listed(names, "or", language)


def verdict_reason(verdict: Verdict, language: Language) -> str:
    """Give the one reason that decides, to stand behind the verdict's words and a colon.

    Whom to go through, what to find out, or which rule is met or not.
    """
    if verdict.outcome is Outcome.VIA_PARTNER and verdict.via:
        return f"{partners_words(verdict.via, language)}."
    finding = verdict.deciding
    if finding is None:
        return Bilingual("No rule was read.", "Aucune règle n’a été lue.").in_(language)
    if verdict.outcome is Outcome.UNKNOWN and finding.questions:
        return finding.questions[0].words.in_(language)
    return (finding.reason or finding.sentence).in_(language)
