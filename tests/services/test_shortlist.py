"""The programs for a priority: rounds of one program once, in an order that can be said in a sentence."""

from dataclasses import replace
from datetime import date

import pytest

from grants.domain.bilingual import Bilingual
from grants.domain.catalogue import AsRead, Confidence, Level, Program, Source, Stream
from grants.domain.deadlines import Status
from grants.domain.eligibility import Answer, Finding, Outcome, Question, Verdict
from grants.domain.matching import Evidence, Match
from grants.domain.plans import Priority
from grants.domain.rules import Kind
from grants.services import shortlist
from grants.services.matches import PriorityMatch, StreamMatch
from grants.services.shortlist import Chosen, Nearness
from tests.builders import an_intake, date_only

pytestmark = pytest.mark.one_database

YOUTH = Priority("p/1", "Youth")
EVERYTHING = Chosen()


def a_match(
    program: str,
    score: float = 60.0,
    *,
    stream: str = "",
    status: Status = Status.CLOSED,
    outcome: Outcome = Outcome.ELIGIBLE,
    closed: date = date(2024, 5, 1),
    findings: tuple[Finding, ...] = (),
) -> StreamMatch:
    """Make a match of one stream; program and stream share a key unless told otherwise."""
    words = Bilingual("words", "mots")
    intake = an_intake(date_only(closed))
    made = Stream(
        key=stream or program,
        administrator=Bilingual("Somebody", "Quelqu’un"),
        level=Level.PROVINCIAL,
        summary=words,
        french_is_ours=True,
        source=Source("https://example.org", date(2026, 11, 23), Confidence.HIGH),
        rules=(),
        intakes=(intake,),
        as_read=AsRead(),
    )
    return StreamMatch(
        Program(program, program.title(), (made,)),
        made,
        Verdict(outcome, (), findings),
        intake,
        status,
        (PriorityMatch(YOUTH, Match(made.key, score, ())),),
    )


def programs(*matches: StreamMatch, wanted: Chosen = EVERYTHING) -> list[str]:
    return [each.program.key for each in shortlist.shortlist(matches, YOUTH, wanted).fits]


@pytest.mark.parametrize(
    ("matches", "expected"),
    [
        pytest.param([a_match("b", 60), a_match("a", 50)], ["b", "a"], id="the closer topic"),
        pytest.param(
            [a_match("dead", 60), a_match("live", 55, status=Status.ROLLING)],
            ["live", "dead"],
            id="at a similar score, what takes applications",
        ),
        pytest.param(
            [a_match("dead", 60), a_match("live", 30, status=Status.OPEN)],
            ["dead", "live"],
            id="a live one that is far from the topic stays behind",
        ),
        pytest.param(
            [a_match("shut", 60), a_match("maybe", 55, status=Status.UNCONFIRMED)],
            ["maybe", "shut"],
            id="what may be open before what is over",
        ),
        pytest.param(
            [
                a_match("ask", 60, outcome=Outcome.UNKNOWN),
                a_match("fits", 53),
                a_match("via", 55, outcome=Outcome.VIA_PARTNER),
            ],
            ["fits", "via", "ask"],
            id="the kinder verdict",
        ),
        pytest.param([a_match("b"), a_match("a"), a_match("c")], ["a", "b", "c"], id="ties by key"),
        pytest.param([a_match("top", 60), a_match("noise", 10)], ["top"], id="what is hardly about it is left out"),
    ],
)
def test_order(matches: list[StreamMatch], expected: list[str]) -> None:
    assert programs(*matches) == expected
    assert programs(*reversed(matches)) == expected


def test_rounds_of_one_program_stand_once_the_latest_for_all() -> None:
    old, new = (a_match("p", stream=f"p-{year}", closed=date(year, 5, 1)) for year in (2022, 2025))
    found = shortlist.shortlist([old, new, a_match("q", 50)], YOUTH, EVERYTHING)
    assert [(each.best.stream.key, [other.stream.key for other in each.others]) for each in found.fits] == [
        ("p-2025", ["p-2022"]),
        ("q", []),
    ]


def test_a_stream_that_fits_stands_for_a_program_before_one_that_does_not() -> None:
    closer = a_match("p", 70, stream="p-no", outcome=Outcome.NOT_ELIGIBLE)
    found = shortlist.shortlist([closer, a_match("p", 40, stream="p-yes")], YOUTH, EVERYTHING)
    assert [each.best.stream.key for each in found.fits] == ["p-yes"]
    assert found.unfit == ()


def test_what_does_not_fit_and_what_no_longer_exists_is_kept_apart() -> None:
    found = shortlist.shortlist(
        [
            a_match("fits"),
            a_match("no", outcome=Outcome.NOT_ELIGIBLE),
            a_match("gone", status=Status.DISCONTINUED),
        ],
        YOUTH,
        EVERYTHING,
    )
    assert [[each.program.key for each in some] for some in (found.fits, found.unfit, found.ended)] == [
        ["fits"],
        ["no"],
        ["gone"],
    ]


def test_steps_are_measured_against_the_best_of_the_priority() -> None:
    found = shortlist.shortlist(
        [a_match("a", 80), a_match("b", 60), a_match("c", 40), a_match("d", 24)], YOUTH, EVERYTHING
    )
    assert [each.nearness for each in found.fits] == [Nearness.CLOSE, Nearness.NEAR, Nearness.FURTHER]


def test_another_priority_is_another_list() -> None:
    assert shortlist.shortlist([a_match("a")], Priority("p/2", "Housing"), EVERYTHING).fits == ()


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        pytest.param(Chosen(Outcome.VIA_PARTNER), ["via"], id="one verdict"),
        pytest.param(Chosen(live=True), ["live"], id="live ones"),
        pytest.param(Chosen(Outcome.VIA_PARTNER, live=True), [], id="both at once"),
    ],
)
def test_filters(wanted: Chosen, expected: list[str]) -> None:
    matches = (a_match("via", outcome=Outcome.VIA_PARTNER), a_match("live", status=Status.ROLLING), a_match("a"))
    assert programs(*matches, wanted=wanted) == expected


def test_by_verdict_counts_each_program_once_at_its_kindest() -> None:
    matches = [
        a_match("p", stream="p-1", outcome=Outcome.UNKNOWN),
        a_match("p", stream="p-2"),
        a_match("q", outcome=Outcome.NOT_ELIGIBLE),
        a_match("r", status=Status.ROLLING),
    ]
    found = shortlist.by_verdict(matches, EVERYTHING)
    assert {outcome: [each.program.key for each in some] for outcome, some in found.items()} == {
        Outcome.ELIGIBLE: ["r", "p"],
        Outcome.VIA_PARTNER: [],
        Outcome.UNKNOWN: [],
        Outcome.NOT_ELIGIBLE: ["q"],
    }


def held_by(*questions: Question) -> tuple[Finding, ...]:
    words = Bilingual("A rule.", "Une règle.")
    return (Finding("r", Kind.REQUIRED, Answer.UNKNOWN, True, words, None, questions, "a test"),)  # noqa: FBT003


def test_questions_are_sorted_by_how_many_programs_they_settle() -> None:
    rural = Question("rural", Bilingual("Rural?", "Rurale?"), settles=True)
    plan = Question("plan", Bilingual("A plan?", "Un plan?"), settles=True)
    funder = Question("ask", Bilingual("Ask?", "À demander?"), settles=False)
    matches = [
        a_match("a", stream="a-1", findings=held_by(rural)),
        a_match("a", stream="a-2", findings=held_by(rural)),
        a_match("b", findings=held_by(plan, funder)),
        a_match("c", findings=held_by(plan)),
    ]
    assert shortlist.open_questions(matches, limit=9) == [(plan, 2), (rural, 1)]
    assert shortlist.open_questions(matches, limit=1) == [(plan, 2)]


def test_reasons_say_which_words_met() -> None:
    met = Evidence("addictions", "substance-use", "overdose", "topic", "summary")
    match = Match("s", 50.0, (met, replace(met, in_stream="Addictions"), met))
    assert shortlist.reasons(match, "en") == ["“addictions” met “overdose”", "“Addictions”"]
    assert shortlist.reasons(match, "fr")[0] == "«\u00a0addictions\u00a0» rejoint «\u00a0overdose\u00a0»"
