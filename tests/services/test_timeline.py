"""What closes when, on the real catalogue and on intakes made for a test."""

from dataclasses import replace
from datetime import UTC, date, datetime, time

import pytest
from sqlalchemy.orm import Session

from grants.domain.catalogue import Level
from grants.domain.deadlines import Deadline, Intake, Status
from grants.domain.eligibility import Outcome
from grants.services import catalogue, timeline
from grants.services.catalogue import Catalogue
from grants.services.timeline import Wanted, When
from tests.builders import KENORA, TORONTO, an_intake, date_only, timed

NOW = datetime(2026, 11, 24, 17, tzinfo=UTC)
EVERYBODY = Wanted()

pytestmark = [pytest.mark.one_database, pytest.mark.seeded]


@pytest.fixture
def present(db_session: Session) -> Catalogue:
    return catalogue.present(db_session)


def with_intakes(present: Catalogue, *intakes: Intake) -> Catalogue:
    """The catalogue with one program of one stream, open to everybody, that has these intakes."""
    program = next(each for each in present.programs.values() if len(each.streams) == 1)
    stream = replace(program.streams[0], rules=(), intakes=intakes, level=Level.FEDERAL)
    return replace(present, programs={program.key: replace(program, streams=(stream,), replaced_by=None)})


@pytest.mark.parametrize(
    ("closes", "when"),
    [
        pytest.param(timed(date(2026, 11, 24), time(17)), When.TODAY, id="this afternoon"),
        pytest.param(timed(date(2026, 11, 25), time(1)), When.WEEK, id="tonight after midnight is tomorrow"),
        pytest.param(date_only(date(2026, 12, 1)), When.WEEK, id="in seven days"),
        pytest.param(date_only(date(2026, 12, 2)), When.MONTH, id="in eight days"),
        pytest.param(date_only(date(2026, 12, 24)), When.MONTH, id="in thirty days"),
        pytest.param(date_only(date(2026, 12, 25)), When.LATER, id="in thirty-one days"),
    ],
)
def test_how_soon_by_the_readers_calendar(present: Catalogue, closes: Deadline, when: When) -> None:
    found = timeline.deadlines(with_intakes(present, an_intake(closes)), EVERYBODY, NOW, zone=TORONTO)
    assert [each for each, some in found.entries.items() if some] == [when]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_of_several_open_rounds_the_one_that_closes_soonest_matters(present: Catalogue, order: tuple[int, ...]) -> None:
    rounds = [
        an_intake(date_only(date(2026, 10, 30)), key="past"),
        an_intake(date_only(date(2027, 1, 29)), key="sooner"),
        an_intake(date_only(date(2027, 3, 12)), key="later"),
    ]
    (program,) = with_intakes(present, *(rounds[each] for each in order)).programs.values()
    intake, status = catalogue.intake_at(program.streams[0], NOW, zone=TORONTO, classes=frozenset())
    assert (intake.key, status) == ("sooner", Status.OPEN)


def test_a_minute_before_midnight_elsewhere_is_another_day_there(present: Catalogue) -> None:
    small = with_intakes(present, an_intake(timed(date(2027, 7, 1), time(0, 30))))
    now = datetime(2027, 7, 1, 4, 10, tzinfo=UTC)  # 0:10 in Toronto on 1 July, 23:10 in Kenora on 30 June
    assert timeline.deadlines(small, EVERYBODY, now, zone=TORONTO).entries[When.TODAY]
    assert timeline.deadlines(small, EVERYBODY, now, zone=KENORA).entries[When.TODAY]
    later = datetime(2027, 7, 1, 4, 31, tzinfo=UTC)
    assert timeline.deadlines(small, EVERYBODY, later, zone=KENORA).dated == ()


def test_what_opens_later_is_apart_and_what_closed_is_gone(present: Catalogue) -> None:
    opening = an_intake(date_only(date(2027, 2, 1)), "s#2", opens=date_only(date(2026, 12, 1)))
    closed = an_intake(date_only(date(2026, 11, 23)), "s#1")
    found = timeline.deadlines(with_intakes(present, closed, opening), EVERYBODY, NOW, zone=TORONTO)
    assert [entry.intake.key for entry in found.entries[When.OPENING]] == ["s#2"]
    assert [entry.intake.key for entry in found.dated] == ["s#2"]


def test_estimates_stand_apart_and_no_entry_is_made_of_them(present: Catalogue) -> None:
    rounds = [an_intake(date_only(date(year, 5, 10 + year % 3)), f"s#{year}") for year in (2023, 2024, 2025)]
    found = timeline.deadlines(with_intakes(present, *rounds), EVERYBODY, NOW, zone=TORONTO)
    assert found.dated == ()
    assert [each.estimate.sample for each in found.recurring] == [("s#2023", "s#2024", "s#2025")]
    assert found.silent == 0


def test_too_few_rounds_give_no_estimate(present: Catalogue) -> None:
    found = timeline.deadlines(
        with_intakes(present, an_intake(date_only(date(2025, 5, 1)))), EVERYBODY, NOW, zone=TORONTO
    )
    assert (found.recurring, found.silent) == ((), 1)


def test_the_real_catalogue_shows_nothing_old_as_open(present: Catalogue) -> None:
    found = timeline.deadlines(present, EVERYBODY, NOW, zone=TORONTO)
    assert [entry.stream.key for entry in found.dated] == ["ontario-transit-investment-fund"]
    for when, entries in found.entries.items():
        for entry in entries:
            assert entry.closes is None or entry.closes >= NOW
            assert (entry.closes is None) >= (when in {When.NO_DATE, When.UNCONFIRMED})
    assert len(found.entries[When.NO_DATE]) > 20
    assert all(entry.verdict is None for some in found.entries.values() for entry in some)
    assert found.recurring
    named = {entry.program.key for some in found.entries.values() for entry in some}
    assert named.isdisjoint(each.program.key for each in found.recurring)


def test_a_community_sees_what_may_fit_and_all_on_demand(present: Catalogue) -> None:
    kenora = present.community("kenora")
    fitting = timeline.deadlines(present, Wanted(kenora), NOW, zone=kenora.zone)
    everything = timeline.deadlines(present, Wanted(kenora, everything=True), NOW, zone=kenora.zone)
    shown = [entry.verdict.outcome for some in fitting.entries.values() for entry in some if entry.verdict]
    assert shown
    assert Outcome.NOT_ELIGIBLE not in shown
    more = [entry.verdict.outcome for some in everything.entries.values() for entry in some if entry.verdict]
    assert len(more) > len(shown)
    assert len(more) - more.count(Outcome.NOT_ELIGIBLE) == len(shown)


@pytest.mark.parametrize("wanted", [Wanted(level=Level.FEDERAL), Wanted(theme="youth")])
def test_narrowed(present: Catalogue, wanted: Wanted) -> None:
    found = timeline.deadlines(present, wanted, NOW, zone=TORONTO)
    streams = [entry.stream for some in found.entries.values() for entry in some]
    assert streams
    assert all(wanted.level in {None, each.level} for each in streams)
    assert all(wanted.theme is None or wanted.theme in each.themes for each in streams)


def entries_of(present: Catalogue, *intakes: Intake) -> tuple[timeline.Entry, ...]:
    return timeline.deadlines(with_intakes(present, *intakes), EVERYBODY, NOW, zone=TORONTO).dated


@pytest.mark.parametrize(
    ("opens", "closes", "bar"),
    [
        pytest.param(date(2026, 12, 22), date(2027, 1, 18), (333, 667, False), id="inside"),
        pytest.param(date(2026, 1, 1), date(2027, 1, 4), (0, 500, False), id="open already"),
        pytest.param(None, date(2027, 1, 4), (0, 500, False), id="opening not known"),
        pytest.param(date(2026, 12, 22), date(2027, 6, 1), (333, 1000, True), id="closes after the picture"),
    ],
)
def test_bars(present: Catalogue, opens: date | None, closes: date, bar: tuple[int, int, bool]) -> None:
    intake = an_intake(date_only(closes), opens=date_only(opens) if opens else None)
    drawn = timeline.picture(entries_of(present, intake), date(2026, 11, 24), zone=TORONTO).bars
    assert [(each.start, each.end, each.to_later) for each in drawn] == [bar]


def test_the_picture_holds_twelve_weeks_and_a_clock_change() -> None:
    drawn: timeline.Picture[timeline.Entry] = timeline.picture(
        (), date(2027, 2, 1), zone=TORONTO
    )  # clocks go forward on 14 March
    assert (drawn.first, drawn.last) == (date(2027, 2, 1), date(2027, 4, 26))
    assert [day.weekday() for _, day in drawn.mondays] == [0] * 12
    places = [place for place, _ in drawn.mondays]
    assert places[0] == 0
    assert places == sorted(set(places))
    assert places[-1] < 1000


def test_an_opening_after_the_picture_is_left_to_the_list(present: Catalogue) -> None:
    far = an_intake(date_only(date(2027, 9, 1)), opens=date_only(date(2027, 8, 1)))
    entries = entries_of(present, far)
    assert entries[0].status is Status.OPENING
    assert timeline.picture(entries, date(2026, 11, 24), zone=TORONTO).bars == ()
