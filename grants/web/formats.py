"""Template filters and globals: dates, deadlines, money and verdicts in the language of the page.

What they say is decided in ``grants.domain.phrases``; here the words only learn which language the page has and who
reads it. Filters: ``day``, ``short_day``, ``clock``, ``deadline_words``, ``intake_words``,
``estimate_words``, ``status_words``, ``stage_words``, ``checked_words``, ``page_date``, ``money``, ``percent``,
``people``, ``amounts_short``, ``verdict_words``, ``verdict_reason``, ``answer_words``,
``partners_words``, ``zone_label``, ``said`` (words that exist in both languages), ``sentence`` (begin
with a capital).
Global: ``reader(community)``.
"""

from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal

from flask import Flask

from grants.domain import phrases, sentences
from grants.domain.bilingual import Bilingual
from grants.domain.catalogue import Amount
from grants.domain.communities import Community
from grants.domain.deadlines import Deadline, Estimate, Intake, StageName, Status
from grants.domain.eligibility import Answer, Outcome, Verdict
from grants.domain.phrases import Reader
from grants.web.language import current_language


def init_app(app: Flask) -> None:
    """Teach the templates these words."""
    app.jinja_env.filters.update(
        day=day,
        short_day=short_day,
        clock=clock,
        deadline_words=deadline_words,
        intake_words=intake_words,
        estimate_words=estimate_words,
        status_words=status_words,
        stage_words=stage_words,
        checked_words=checked_words,
        page_date=page_date,
        money=money,
        percent=percent,
        people=people,
        amounts_short=amounts_short,
        verdict_words=verdict_words,
        verdict_reason=verdict_reason,
        answer_words=answer_words,
        partners_words=partners_words,
        zone_label=zone_label,
        said=said,
        sentence=sentences.capitalized,
    )
    app.jinja_env.globals["reader"] = reader


def reader(community: Community | None = None) -> Reader:
    """Return who reads this page: in the community that was chosen, else somewhere on Toronto's clock."""
    if community is None:
        return Reader(current_language())
    return Reader(current_language(), community.zone, community.title)


def typed(text: str) -> str:
    """Return what a person typed as one line that a page may show: without control characters, spaces made plain."""
    return "".join(mark for mark in " ".join(text.split()) if mark.isprintable())


def day(on: date) -> str:
    """Write ``Friday 11 December 2026``."""
    return phrases.day(on, current_language())


def short_day(on: date) -> str:
    """Write ``11 December 2026``; in French ``le 11 décembre 2026``."""
    return phrases.day(on, current_language(), weekday=False)


def clock(at: time) -> str:
    """Write ``5:00 p.m.``."""
    return phrases.clock(at, current_language())


def moment(at: datetime, zone: str, *, weekday: bool = True) -> str:
    """Write ``Friday 11 December 2026, 5:00 p.m.`` by a zone's clock."""
    return phrases.moment(at, zone, current_language(), weekday=weekday)


def deadline_words(deadline: Deadline, who: Reader | None = None, checked: date | None = None) -> str:
    """Say when something is due."""
    return phrases.deadline_words(deadline, who or reader(), checked=checked)


def intake_words(
    intake: Intake, status: Status, who: Reader | None = None, classes: frozenset[str] = frozenset()
) -> str:
    """Say where an intake stands and when it closes."""
    return phrases.intake_words(intake, status, who or reader(), classes=classes)


def estimate_words(estimate: Estimate) -> str:
    """Say when a next window may be."""
    return phrases.estimate_words(estimate, current_language())


def status_words(status: Status) -> str:
    """Name a status."""
    return phrases.status_words(status, current_language())


def stage_words(stage: StageName) -> str:
    """Name what is due at a stage."""
    return phrases.stage_words(stage, current_language())


def checked_words(on: date) -> str:
    """Say on which day a source was read."""
    return phrases.checked_words(on, current_language())


def page_date(written: str) -> str:
    """Write the date that a page bears; empty for what is no date."""
    return phrases.page_date(written, current_language())


def money(amount: Decimal | int) -> str:
    """Write exact dollars."""
    return phrases.money(amount, current_language())


def percent(value: Decimal | float) -> str:
    """Write a share."""
    return phrases.percent(value, current_language())


def people(number: int) -> str:
    """Write a count with its thousands apart."""
    return sentences.people(number, current_language())


def amounts_short(amounts: Sequence[Amount]) -> str:
    """Say in a row what a stream pays."""
    return phrases.amounts_short(amounts, current_language())


def verdict_words(outcome: Outcome) -> str:
    """Name a verdict."""
    return phrases.verdict_words(outcome, current_language())


def verdict_reason(verdict: Verdict) -> str:
    """Give the one reason that decides."""
    return phrases.verdict_reason(verdict, current_language())


def answer_words(answer: Answer) -> str:
    """Name whether one rule is met."""
    return phrases.answer_words(answer, current_language())


def partners_words(via: Sequence[str], most: int = 3) -> str:
    """List the partner classes a community may go through."""
    return phrases.partners_words(via, current_language(), most=most)


def zone_label(zone: str) -> str:
    """Name a zone in a list to choose from."""
    return phrases.zone_label(zone, current_language())


def said(words: Bilingual) -> str:
    """Give words in the language of the page."""
    return words.in_(current_language())
