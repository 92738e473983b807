"""Dates, deadlines, money and verdicts as people read them, in both languages; each row of a table has a name."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask

from grants.domain import phrases
from grants.domain.bilingual import Bilingual, Language, of_place
from grants.domain.catalogue import Amount, Meaning
from grants.domain.deadlines import (
    Deadline,
    DeadlineKind,
    Estimate,
    Intake,
    SeenStatus,
    Stage,
    StageName,
    Status,
)
from grants.domain.eligibility import Answer, Outcome
from grants.domain.phrases import Reader
from grants.domain.rules import IsApplicant

TORONTO, NORTH_WEST, ATIKOKAN, VANCOUVER = (
    "America/Toronto",
    "America/Winnipeg",
    "America/Atikokan",
    "America/Vancouver",
)
CHECKED = date(2026, 11, 23)


@dataclass(frozen=True)
class Row:
    """A row of a table: what goes in, and the words in both languages; a plain space stands for an unbreakable one."""

    name: str
    given: object
    en: str
    fr: str

    def __str__(self) -> str:
        return self.name


def plain(words: str) -> str:
    return words.replace("\u00a0", " ").replace("\u202f", " ")


def table(rows: list[Row]) -> pytest.MarkDecorator:
    cases = [
        pytest.param(row.given, lang, getattr(row, lang), id=f"{row.name}-{lang}")
        for row in rows
        for lang in ("en", "fr")
    ]
    return pytest.mark.parametrize(("given", "language", "expected"), cases)


@table(
    [
        Row("a Friday", date(2026, 12, 11), "Friday 11 December 2026", "le vendredi 11 décembre 2026"),
        Row("the first of a month", date(2027, 5, 1), "Saturday 1 May 2027", "le samedi 1er mai 2027"),
        Row("the twenty-first is no first", date(2027, 5, 21), "Friday 21 May 2027", "le vendredi 21 mai 2027"),
        Row("a leap day", date(2028, 2, 29), "Tuesday 29 February 2028", "le mardi 29 février 2028"),
    ]
)
def test_day(given: date, language: Language, expected: str) -> None:
    assert phrases.day(given, language) == expected


@table(
    [
        Row("afternoon", time(17), "5:00 p.m.", "17 h"),
        Row("with minutes", time(16, 59), "4:59 p.m.", "16 h 59"),
        Row("morning", time(8, 30), "8:30 a.m.", "8 h 30"),
        Row("noon", time(12), "noon", "midi"),
        Row("after noon", time(12, 5), "12:05 p.m.", "12 h 05"),
        Row("midnight", time(0), "midnight", "minuit"),
        Row("after midnight", time(0, 1), "12:01 a.m.", "0 h 01"),
        Row("the last minute", time(23, 59, 59), "11:59 p.m.", "23 h 59"),
    ]
)
def test_clock(given: time, language: Language, expected: str) -> None:
    assert plain(phrases.clock(given, language)) == expected


@table(
    [
        Row("a day", "2025-12-04", "4 December 2025", "4 décembre 2025"),
        Row("the first of a month", "2027-05-01", "1 May 2027", "1er mai 2027"),
        Row("a month", "2025-12", "December 2025", "décembre 2025"),
        Row("a year", "2024", "2024", "2024"),
        Row("a year of accounts", "2024-25", "2024-25", "2024-25"),
        Row("two years", "2024-2025", "2024-2025", "2024-2025"),
        Row("no day of the calendar", "2025-02-30", "", ""),
        Row("words", "2024 call", "", ""),
        Row("words around years", "Round 6 shown as open (2025-26)", "", ""),
        Row("a date and words", "2020-12-11; last intake date from a list", "", ""),
    ]
)
def test_page_date(given: str, language: Language, expected: str) -> None:
    assert plain(phrases.page_date(given, language)) == expected


def timed(on: date, at: time, zone: str = TORONTO, **more: object) -> Deadline:
    return Deadline(DeadlineKind.TIMED, on, at, zone, **more)  # type: ignore[arg-type]


def in_kenora(language: Language) -> Reader:
    return Reader(language, NORTH_WEST, "Kenora")


@table(
    [
        Row(
            "summer: the north-west is an hour behind Toronto",
            timed(date(2026, 7, 10), time(17)),
            "Friday 10 July 2026, 5:00 p.m. Toronto time (4:00 p.m. in Kenora)",
            "le vendredi 10 juillet 2026, 17 h, heure de Toronto (16 h à Kenora)",
        ),
        Row(
            "winter: since 2026 the north-west keeps Toronto's winter time, so one time is enough",
            timed(date(2026, 12, 11), time(17)),
            "Friday 11 December 2026, 5:00 p.m. Toronto time",
            "le vendredi 11 décembre 2026, 17 h, heure de Toronto",
        ),
        Row(
            "the night the clocks go back in Toronto",
            timed(date(2026, 11, 1), time(0, 30)),
            "Sunday 1 November 2026, 12:30 a.m. Toronto time (11:30 p.m. on Saturday 31 October in Kenora)",
            "le dimanche 1er novembre 2026, 0 h 30, heure de Toronto (23 h 30 le samedi 31 octobre à Kenora)",
        ),
        Row(
            "the evening after it both show the same",
            timed(date(2026, 11, 1), time(20)),
            "Sunday 1 November 2026, 8:00 p.m. Toronto time",
            "le dimanche 1er novembre 2026, 20 h, heure de Toronto",
        ),
        Row(
            "the night the clocks go forward in Toronto",
            timed(date(2027, 3, 14), time(1, 30)),
            "Sunday 14 March 2027, 1:30 a.m. Toronto time",
            "le dimanche 14 mars 2027, 1 h 30, heure de Toronto",
        ),
        Row(
            "the evening after it they part",
            timed(date(2027, 3, 14), time(20)),
            "Sunday 14 March 2027, 8:00 p.m. Toronto time (7:00 p.m. in Kenora)",
            "le dimanche 14 mars 2027, 20 h, heure de Toronto (19 h à Kenora)",
        ),
        Row(
            "a Vancouver funder's last minute is the next day here",
            timed(date(2026, 7, 10), time(23, 59), VANCOUVER),
            "Friday 10 July 2026, 11:59 p.m. Vancouver time (1:59 a.m. on Saturday 11 July in Kenora)",
            "le vendredi 10 juillet 2026, 23 h 59, heure de Vancouver (1 h 59 le samedi 11 juillet à Kenora)",
        ),
        Row(
            "midnight says which end of the day",
            timed(date(2026, 12, 11), time(0)),
            "midnight at the start of Friday 11 December 2026, Toronto time",
            "minuit au début de la journée, le vendredi 11 décembre 2026, heure de Toronto",
        ),
        Row(
            "a place with a vowel",
            timed(date(2026, 12, 11), time(17), ATIKOKAN),
            "Friday 11 December 2026, 5:00 p.m. Atikokan time",
            "le vendredi 11 décembre 2026, 17 h, heure d’Atikokan",
        ),
        Row(
            "a zone without a name here goes by its city",
            timed(date(2026, 12, 11), time(17), "America/Argentina/Buenos_Aires"),
            "Friday 11 December 2026, 5:00 p.m. Buenos Aires time (3:00 p.m. in Kenora)",
            "le vendredi 11 décembre 2026, 17 h, heure de Buenos Aires (15 h à Kenora)",
        ),
        Row(
            "date only",
            Deadline(DeadlineKind.DATE_ONLY, date(2027, 5, 1), zone=TORONTO),
            "Saturday 1 May 2027, time not stated",
            "le samedi 1er mai 2027, heure non précisée",
        ),
        Row(
            "the applicant's own clock",
            Deadline(DeadlineKind.APPLICANT_LOCAL, date(2026, 7, 10), time(17)),
            "Friday 10 July 2026, 5:00 p.m. your local time (Kenora)",
            "le vendredi 10 juillet 2026, 17 h, heure locale (Kenora)",
        ),
        Row(
            "postmarked",
            Deadline(DeadlineKind.POSTMARKED, date(2027, 5, 3)),
            "postmarked by Monday 3 May 2027",
            "cachet de la poste au plus tard le lundi 3 mai 2027",
        ),
        Row(
            "rolling",
            Deadline(DeadlineKind.ROLLING),
            "no fixed date (checked 23 November 2026)",
            "sans date fixe (vérifié le 23 novembre 2026)",
        ),
        Row(
            "until the money runs out",
            Deadline(DeadlineKind.UNTIL_FUNDS_RUN_OUT),
            "until the money runs out (checked 23 November 2026)",
            "jusqu’à épuisement des fonds (vérifié le 23 novembre 2026)",
        ),
        Row(
            "relative to an event",
            Deadline(
                DeadlineKind.RELATIVE,
                condition=Bilingual("16 weeks before the event.", "16 semaines avant l’événement."),
            ),
            "16 weeks before the event (checked 23 November 2026)",
            "16 semaines avant l’événement (vérifié le 23 novembre 2026)",
        ),
        Row(
            "not announced",
            Deadline(DeadlineKind.NOT_ANNOUNCED),
            "date not announced (checked 23 November 2026)",
            "date non annoncée (vérifié le 23 novembre 2026)",
        ),
        Row(
            "two sources contradict each other: both are there, the earlier one counts",
            timed(date(2022, 12, 22), time(15), contradicted_by=(date(2022, 12, 29),)),
            "Thursday 22 December 2022, 3:00 p.m. Toronto time (2:00 p.m. in Kenora); "
            "another source says Thursday 29 December 2022: count on the earlier date",
            "le jeudi 22 décembre 2022, 15 h, heure de Toronto (14 h à Kenora); "
            "une autre source indique le jeudi 29 décembre 2022 : tenez compte de la première",
        ),
    ]
)
def test_deadline_for_a_reader_in_kenora(given: Deadline, language: Language, expected: str) -> None:
    assert plain(phrases.deadline_words(given, in_kenora(language), checked=CHECKED)) == expected


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("zone", [TORONTO, NORTH_WEST, ATIKOKAN, VANCOUVER, "America/Halifax", "America/Chicago"])
def test_no_clock_is_named_by_an_abbreviation(zone: str, language: Language) -> None:
    for month in range(1, 13):
        said = phrases.deadline_words(timed(date(2026, month, 15), time(17), zone), Reader(language, NORTH_WEST))
        assert not {"EST", "EDT", "CST", "CDT", "PST", "PDT", "HNE", "HAE", "ET"} & set(said.replace("(", " ").split())


def test_without_a_community_the_applicants_clock_names_no_place() -> None:
    local = Deadline(DeadlineKind.APPLICANT_LOCAL, date(2026, 7, 10), time(17))
    assert plain(phrases.deadline_words(local, Reader("en"))) == "Friday 10 July 2026, 5:00 p.m. your local time"


def intake(closes: Deadline, **changes: Any) -> Intake:
    values = {"seen": SeenStatus.OPEN, "checked": CHECKED, **changes}
    return Intake("k#1", (Stage(StageName.APPLICATION, closes),), **values)


DAY_ONLY = Deadline(DeadlineKind.DATE_ONLY, date(2026, 12, 31), zone=TORONTO)
OPENING = Deadline(DeadlineKind.DATE_ONLY, date(2026, 12, 1), zone=TORONTO)
SILENT = Deadline(DeadlineKind.NOT_ANNOUNCED)


@table(
    [
        Row(
            "open",
            (intake(DAY_ONLY), Status.OPEN),
            "closes Thursday 31 December 2026, time not stated",
            "ferme le jeudi 31 décembre 2026, heure non précisée",
        ),
        Row(
            "opening",
            (intake(DAY_ONLY, opens=OPENING), Status.OPENING),
            "opens Tuesday 1 December 2026; closes Thursday 31 December 2026, time not stated",
            "ouvre le mardi 1er décembre 2026; ferme le jeudi 31 décembre 2026, heure non précisée",
        ),
        Row(
            "open by post",
            (intake(Deadline(DeadlineKind.POSTMARKED, date(2026, 12, 31))), Status.OPEN),
            "postmarked by Thursday 31 December 2026",
            "cachet de la poste au plus tard le jeudi 31 décembre 2026",
        ),
        Row(
            "closed with a date",
            (intake(DAY_ONLY), Status.CLOSED),
            "last known round closed: Thursday 31 December 2026, time not stated",
            "dernière période connue, fermée : le jeudi 31 décembre 2026, heure non précisée",
        ),
        Row(
            "closed without a date",
            (intake(SILENT, seen=SeenStatus.CLOSED), Status.CLOSED),
            "last known round is closed (checked 23 November 2026)",
            "la dernière période connue est fermée (vérifié le 23 novembre 2026)",
        ),
        Row(
            "unconfirmed with an opening",
            (intake(SILENT, opens=OPENING), Status.UNCONFIRMED),
            "opened 1 December 2026; closing date not found (checked 23 November 2026)",
            "ouvert depuis le 1er décembre 2026; date de clôture non trouvée (vérifié le 23 novembre 2026)",
        ),
        Row(
            "unconfirmed without",
            (intake(SILENT), Status.UNCONFIRMED),
            "said to be open when read on 23 November 2026; closing date not found",
            "annoncé comme ouvert lors de la lecture le 23 novembre 2026; date de clôture non trouvée",
        ),
        Row(
            "money that may be gone",
            (intake(Deadline(DeadlineKind.UNTIL_FUNDS_RUN_OUT)), Status.UNCONFIRMED),
            "until the money runs out: whether any is left is not known (checked 23 November 2026)",
            "jusqu’à épuisement des fonds : on ne sait pas s’il en reste (vérifié le 23 novembre 2026)",
        ),
        Row(
            "by invitation",
            (intake(SILENT), Status.BY_INVITATION),
            "by invitation only (checked 23 November 2026)",
            "sur invitation seulement (vérifié le 23 novembre 2026)",
        ),
        Row(
            "not announced",
            (intake(SILENT), Status.NOT_ANNOUNCED),
            "next dates not announced (checked 23 November 2026)",
            "prochaines dates non annoncées (vérifié le 23 novembre 2026)",
        ),
        Row(
            "discontinued",
            (intake(SILENT), Status.DISCONTINUED),
            "discontinued (checked 23 November 2026)",
            "n’existe plus (vérifié le 23 novembre 2026)",
        ),
        Row(
            "rolling, by a page of an earlier year",
            (intake(Deadline(DeadlineKind.ROLLING), page_date="2024-09"), Status.ROLLING),
            "no fixed date (checked 23 November 2026; the page read is from 2024)",
            "sans date fixe (vérifié le 23 novembre 2026; la page lue date de 2024)",
        ),
        Row(
            "rolling",
            (intake(Deadline(DeadlineKind.ROLLING)), Status.ROLLING),
            "no fixed date (checked 23 November 2026)",
            "sans date fixe (vérifié le 23 novembre 2026)",
        ),
    ]
)
def test_where_an_intake_stands(given: tuple[Intake, Status], language: Language, expected: str) -> None:
    assert plain(phrases.intake_words(*given, Reader(language))) == expected


@table(
    [
        Row("the same day", datetime(2026, 11, 25, 4, 0, tzinfo=UTC), "today", "aujourd’hui"),
        Row("after the reader's midnight", datetime(2026, 11, 25, 5, 30, tzinfo=UTC), "tomorrow", "demain"),
        Row("in some days", datetime(2026, 12, 11, 22, 0, tzinfo=UTC), "in 17 days", "dans 17 jours"),
        Row("past", datetime(2026, 11, 20, 22, 0, tzinfo=UTC), "4 days ago", "il y a 4 jours"),
    ]
)
def test_days_left_are_the_readers_days(given: datetime, language: Language, expected: str) -> None:
    now = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)
    assert plain(phrases.days_left(given, now, Reader(language))) == expected


@table(
    [
        Row(
            "from past rounds",
            Estimate(((4, 15), (5, 28)), None, ("a", "b", "c"), stated=False),
            "usually closes between mid-April and the end of May, from 3 past rounds: an estimate",
            "ferme d’ordinaire entre la mi-avril et la fin de mai, d’après 3 périodes passées : une estimation",
        ),
        Row(
            "one part of one month",
            Estimate(((1, 22), (1, 31)), None, ("a", "b", "c"), stated=False),
            "usually closes at the end of January, from 3 past rounds: an estimate",
            "ferme d’ordinaire à la fin de janvier, d’après 3 périodes passées : une estimation",
        ),
        Row(
            "stated by the funder for every year",
            Estimate(((10, 5), (10, 5)), ((8, 15), (8, 15)), ("a",), stated=True),
            "usually opens in mid-August and usually closes in early October, "
            "from dates the funder gives for every year: an estimate",
            "ouvre d’ordinaire à la mi-août et ferme d’ordinaire au début d’octobre, "
            "d’après les dates annuelles du bailleur de fonds : une estimation",
        ),
    ]
)
def test_an_estimate_is_an_interval_with_its_sample_and_never_a_date(
    given: Estimate, language: Language, expected: str
) -> None:
    assert plain(phrases.estimate_words(given, language)) == expected


@table(
    [
        Row("whole dollars", Decimal(200000), "$200,000", "200 000 $"),
        Row("cents", Decimal("1234.50"), "$1,234.50", "1 234,50 $"),
        Row("nothing", Decimal(0), "$0", "0 $"),
    ]
)
def test_money(given: Decimal, language: Language, expected: str) -> None:
    assert plain(phrases.money(given, language)) == expected


@table(
    [
        Row("under a million", Decimal(999_999), "$999,999", "999 999 $"),
        Row("one and a half", Decimal(1_500_000), "$1.5 million", "1,5 million de dollars"),
        Row("many", Decimal(226_000_000), "$226 million", "226 millions de dollars"),
        Row("what rounding would falsify stays exact", Decimal(1_234_567), "$1,234,567", "1 234 567 $"),
        Row("billions", Decimal(13_000_000_000), "$13 billion", "13 milliards de dollars"),
    ]
)
def test_large_money(given: Decimal, language: Language, expected: str) -> None:
    assert plain(phrases.rounded_money(given, language)) == expected


def amount(meaning: Meaning, low: int | None = None, high: int | None = None, *, some: bool = False) -> Amount:
    return Amount(
        meaning=meaning,
        words=Bilingual("The sentence.", "La phrase."),
        basis="a test",
        minimum=None if low is None else Decimal(low),
        maximum=None if high is None else Decimal(high),
        when=IsApplicant(("police-board",)) if some else None,
    )


@table(
    [
        Row(
            "ceiling of a project",
            amount(Meaning.PER_PROJECT, None, 200_000),
            "up to $200,000 a project",
            "jusqu’à 200 000 $ par projet",
        ),
        Row(
            "range of a year",
            amount(Meaning.PER_YEAR, 5_000, 25_000),
            "$5,000 to $25,000 a year",
            "de 5 000 $ à 25 000 $ par année",
        ),
        Row("exact", amount(Meaning.PER_APPLICANT, 500, 500), "$500 an applicant", "500 $ par demandeur"),
        Row("floor", amount(Meaning.PER_PROJECT, 10_000), "from $10,000 a project", "à partir de 10 000 $ par projet"),
        Row(
            "a pot is for everyone",
            amount(Meaning.POT, None, 6_000_000),
            "$6 million for all applicants together",
            "6 millions de dollars pour l’ensemble des demandeurs",
        ),
        Row(
            "for some",
            amount(Meaning.PER_PROJECT, None, 100, some=True),
            "up to $100 a project (some applicants)",
            "jusqu’à 100 $ par projet (certains demandeurs)",
        ),
        Row(
            "an allotment without a figure",
            amount(Meaning.ALLOTMENT),
            "a set allotment, size not published",
            "enveloppe établie, montant non publié",
        ),
        Row("no figure", amount(Meaning.PER_PROJECT), "amount not stated", "montant non précisé"),
    ]
)
def test_an_amount_says_what_it_means(given: Amount, language: Language, expected: str) -> None:
    assert plain(phrases.amount_short(given, language)) == expected


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [
        pytest.param([], "amount not stated", id="none"),
        pytest.param(
            [amount(Meaning.POT, None, 9_000_000), amount(Meaning.PER_PROJECT, None, 100)],
            "up to $100 a project",
            id="the size of a grant before the pot",
        ),
        pytest.param(
            [amount(Meaning.PER_PROJECT, None, 900, some=True), amount(Meaning.PER_PROJECT, None, 100)],
            "up to $100 a project",
            id="for everyone before for some",
        ),
        pytest.param(
            [amount(Meaning.ALLOTMENT), amount(Meaning.POT, None, 9_000_000)],
            "$9 million for all applicants together",
            id="a figure before none",
        ),
    ],
)
def test_the_amount_of_a_row(amounts: list[Amount], expected: str) -> None:
    assert plain(phrases.amounts_short(amounts, "en")) == expected


@table(
    [
        Row("whole", Decimal(75), "75%", "75 %"),
        Row("fraction", 33.3, "33.3%", "33,3 %"),
    ]
)
def test_percent(given: Decimal | float, language: Language, expected: str) -> None:
    assert plain(phrases.percent(given, language)) == expected


@table(
    [
        Row("eligible", Outcome.ELIGIBLE, "may fit", "pourrait convenir"),
        Row("partner", Outcome.VIA_PARTNER, "may fit through a partner", "pourrait convenir avec un partenaire"),
        Row("unknown", Outcome.UNKNOWN, "need to know", "à préciser"),
        Row("no", Outcome.NOT_ELIGIBLE, "does not fit", "ne convient pas"),
    ]
)
def test_verdict_words_promise_nothing(given: Outcome, language: Language, expected: str) -> None:
    assert phrases.verdict_words(given, language) == expected


@pytest.mark.parametrize("language", ["en", "fr"])
def test_everything_that_can_be_named_has_a_name(language: Language) -> None:
    for kind, words in (
        ("status", [phrases.status_words(each, language) for each in Status]),
        ("stage", [phrases.stage_words(each, language) for each in StageName]),
        ("verdict", [phrases.verdict_words(each, language) for each in Outcome]),
        ("answer", [phrases.answer_words(each, language) for each in Answer]),
    ):
        assert len(set(words)) == len(words), kind


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("Toronto", "de Toronto"),
        ("Atikokan", "d’Atikokan"),
        ("Élan", "d’Élan"),
        ("Huron", "de Huron"),
        ("York", "de York"),
    ],
)
def test_french_of_a_place(place: str, said: str) -> None:
    assert of_place(place) == said


def test_partners_are_listed_up_to_a_bound() -> None:
    assert phrases.partners_words(("non-profit",), "en") == "non-profit organizations"
    many = phrases.partners_words(("non-profit", "school-board", "library", "charity"), "en")
    assert many == "non-profit organizations, school boards, public libraries or others"


def test_filters_speak_the_language_of_the_page(app: Flask) -> None:
    template = app.jinja_env.from_string("{{ on|day }}; {{ at|clock }}; {{ 1234.5|money }}; {{ 14967|people }}")
    said = {}
    for language in ("en", "fr"):
        with app.test_request_context(f"/{language}/"):
            said[language] = plain(template.render(on=date(2026, 12, 11), at=time(17)))
    assert said == {
        "en": "Friday 11 December 2026; 5:00 p.m.; $1,234.50; 14,967",
        "fr": "le vendredi 11 décembre 2026; 17 h; 1 234,50 $; 14 967",
    }
