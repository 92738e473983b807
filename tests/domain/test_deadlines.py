"""Deadlines: the right instant everywhere, and a status that is derived, never believed."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grants.domain.deadlines import (
    Deadline,
    DeadlineKind,
    Intake,
    SeenStatus,
    Stage,
    StageName,
    Status,
    YearlyWindow,
    estimate,
    needs_check,
    status,
)
from grants.domain.records import BadRecordError, read, write
from grants.domain.zones import zone as zone_of
from tests.builders import KENORA, TORONTO, an_intake, date_only, timed, undated

PACIFIC = "America/Vancouver"


@pytest.mark.parametrize(
    ("deadline", "reader", "instant"),
    [
        pytest.param(timed(date(2026, 7, 3)), TORONTO, "2026-07-03T21:00", id="17:00 in July is daylight time, whatever is printed"),
        pytest.param(timed(date(2026, 1, 15)), TORONTO, "2026-01-15T22:00", id="17:00 in January"),
        pytest.param(timed(date(2025, 12, 11), time(23, 59), PACIFIC), TORONTO, "2025-12-12T07:59", id="23:59 Pacific is the next day here"),
        pytest.param(timed(date(2026, 12, 11), time(12), PACIFIC), TORONTO, "2026-12-11T19:00", id="noon Pacific, by the rule of late 2026"),
        pytest.param(date_only(date(2026, 12, 31)), KENORA, "2027-01-01T04:59:59", id="a date lasts to the end of the funder's day"),
        pytest.param(Deadline(DeadlineKind.APPLICANT_LOCAL, date=date(2026, 1, 15), time=time(17)), KENORA, "2026-01-15T23:00", id="applicant-local in Kenora"),
        pytest.param(Deadline(DeadlineKind.POSTMARKED, date=date(2026, 1, 15)), KENORA, "2026-01-16T05:59:59", id="postmarked by the end of the day in Kenora"),
        pytest.param(timed(date(2026, 3, 8), time(2, 30)), TORONTO, "2026-03-08T07:30", id="a time the clocks skip"),
        pytest.param(timed(date(2026, 11, 1), time(1, 30)), TORONTO, "2026-11-01T05:30", id="a time that comes twice means the first"),
        pytest.param(timed(date(2028, 2, 29)), "America/Atikokan", "2028-02-29T22:00", id="29 February"),
    ],
)  # fmt: skip
def test_instant(deadline: Deadline, reader: str, instant: str) -> None:
    assert deadline.instant(reader) == datetime.fromisoformat(instant).replace(tzinfo=UTC)


def test_only_a_date_alarms_at_five() -> None:
    assert date_only(date(2026, 7, 3)).alarm(KENORA) == datetime(2026, 7, 3, 21, tzinfo=UTC)


@pytest.mark.parametrize(
    "kind", [DeadlineKind.ROLLING, DeadlineKind.UNTIL_FUNDS_RUN_OUT, DeadlineKind.RELATIVE, DeadlineKind.NOT_ANNOUNCED]
)
def test_what_has_no_date_has_no_instant(kind: DeadlineKind) -> None:
    deadline = undated(kind)
    assert (deadline.instant(TORONTO), deadline.alarm(TORONTO), deadline.start(TORONTO)) == (None, None, None)


@pytest.mark.parametrize(
    "record",
    [
        pytest.param({"kind": "timed", "date": "2026-01-01", "time": "17:00"}, id="timed without a zone"),
        pytest.param(
            {"kind": "date-only", "date": "2026-01-01", "time": "17:00", "zone": TORONTO}, id="a date with a time"
        ),
        pytest.param({"kind": "rolling", "date": "2026-01-01"}, id="rolling with a date"),
        pytest.param({"kind": "relative"}, id="relative to nothing"),
        pytest.param({"kind": "timed", "date": "2026-02-30", "time": "17:00", "zone": TORONTO}, id="no such day"),
        pytest.param({"kind": "timed", "date": "2026-01-01", "time": "17:00", "zone": "Toronto"}, id="no such zone"),
        pytest.param({"kind": "date-only", "date": "2026-01-01", "zone": TORONTO, "grace": 2}, id="unknown entry"),
    ],
)
def test_a_misshapen_deadline_is_refused(record: dict[str, Any]) -> None:
    with pytest.raises(BadRecordError):
        read(record, Deadline)


NOW = datetime(2026, 11, 24, 15, tzinfo=UTC)
TODAY, TOMORROW, YESTERDAY = date(2026, 11, 24), date(2026, 11, 25), date(2026, 11, 23)


@pytest.mark.parametrize(
    ("intake", "expected"),
    [
        pytest.param(an_intake(date_only(TODAY)), Status.CLOSING_SOON, id="a date lasts the whole day"),
        pytest.param(an_intake(timed(TODAY, time(9))), Status.CLOSED, id="this morning"),
        pytest.param(an_intake(date_only(YESTERDAY), seen=SeenStatus.OPEN), Status.CLOSED, id="seen open, but the date has passed"),
        pytest.param(an_intake(date_only(date(2027, 3, 1))), Status.OPEN, id="closes in spring"),
        pytest.param(an_intake(date_only(date(2027, 3, 1)), opens=date_only(TOMORROW)), Status.OPENING, id="opens tomorrow"),
        pytest.param(an_intake(undated()), Status.ROLLING, id="rolling"),
        pytest.param(an_intake(undated(DeadlineKind.UNTIL_FUNDS_RUN_OUT)), Status.ROLLING, id="until funds run out"),
        pytest.param(an_intake(undated(DeadlineKind.UNTIL_FUNDS_RUN_OUT), page_date="2024"), Status.UNCONFIRMED, id="until funds run out, seen two years ago"),
        pytest.param(an_intake(undated(DeadlineKind.RELATIVE)), Status.ROLLING, id="bound to an event"),
        pytest.param(an_intake(undated(), seen=SeenStatus.CLOSED), Status.CLOSED, id="rolling, but seen closed"),
        pytest.param(an_intake(undated(), seen=SeenStatus.DISCONTINUED), Status.DISCONTINUED, id="discontinued"),
        pytest.param(an_intake(undated(DeadlineKind.NOT_ANNOUNCED), seen=SeenStatus.ONGOING), Status.NOT_ANNOUNCED, id="ongoing program, no date"),
        pytest.param(an_intake(undated(DeadlineKind.NOT_ANNOUNCED), seen=SeenStatus.OPEN), Status.UNCONFIRMED, id="seen open without a date is not open"),
        pytest.param(an_intake(undated(DeadlineKind.NOT_ANNOUNCED), opens=date_only(YESTERDAY)), Status.UNCONFIRMED, id="opened, closing not found"),
        pytest.param(an_intake(undated(DeadlineKind.NOT_ANNOUNCED), by_invitation=True), Status.BY_INVITATION, id="by invitation"),
    ],
)  # fmt: skip
def test_status(intake: Intake, expected: Status) -> None:
    assert status(intake, NOW, applicant_zone=TORONTO) is expected


def test_a_newcomer_is_closed_out_once_the_letters_are_in() -> None:
    stages = (
        Stage(StageName.LETTER_OF_INTENT, date_only(YESTERDAY)),
        Stage(StageName.FULL_APPLICATION, date_only(date(2027, 2, 1)), invited=True),
    )
    assert status(an_intake(undated(), stages=stages), NOW, applicant_zone=TORONTO) is Status.CLOSED


def test_a_stage_with_a_date_counts_before_one_without() -> None:
    stages = (
        Stage(StageName.EXPRESSION_OF_INTEREST, undated(DeadlineKind.NOT_ANNOUNCED)),
        Stage(StageName.APPLICATION, date_only(YESTERDAY)),
    )
    assert status(an_intake(undated(), stages=stages), NOW, applicant_zone=TORONTO) is Status.CLOSED


def test_a_later_date_for_first_nations_is_theirs_alone() -> None:
    stages = (
        Stage(StageName.APPLICATION, date_only(YESTERDAY)),
        Stage(StageName.APPLICATION, date_only(TOMORROW), classes=("first-nation",)),
    )
    intake = an_intake(undated(), stages=stages)
    assert status(intake, NOW, applicant_zone=TORONTO, classes=frozenset({"municipality"})) is Status.CLOSED
    assert status(intake, NOW, applicant_zone=TORONTO, classes=frozenset({"first-nation"})) is Status.CLOSING_SOON
    assert status(intake, NOW, applicant_zone=TORONTO) is Status.CLOSED


@given(
    st.sampled_from([TORONTO, KENORA, PACIFIC, "America/Atikokan"]),
    st.dates(date(2020, 1, 1), date(2035, 12, 31)),
    st.times(),
)
def test_open_until_the_instant_and_closed_after(zone: str, on: date, at: time) -> None:
    intake = an_intake(timed(on, at.replace(microsecond=0), zone))
    closes = intake.stages[0].closes.instant(TORONTO)
    assert closes is not None
    assert closes.astimezone(zone_of(zone)).date() == on
    assert status(intake, closes, applicant_zone=TORONTO) is Status.CLOSING_SOON
    assert status(intake, closes + timedelta(seconds=1), applicant_zone=TORONTO) is Status.CLOSED


def test_an_intake_is_written_as_it_was_read() -> None:
    record = {
        "key": "stream#1",
        "stages": [
            {"name": "letter-of-intent", "closes": {"kind": "timed", "date": "2025-04-09", "time": "23:59:59", "zone": TORONTO, "words": "EST"}},
            {"name": "full-application", "closes": {"kind": "date-only", "date": "2025-06-01", "zone": TORONTO, "contradicted_by": ["2025-06-08"]}, "classes": ["first-nation"], "invited": True},
        ],
        "seen": "closed",
        "checked": "2026-11-23",
        "yearly": [{"closes": "09-30", "opens": "06-01"}],
    }  # fmt: skip
    assert write(read(record, Intake)) == record


def test_an_intake_without_a_stage_is_refused() -> None:
    with pytest.raises(BadRecordError, match="no stage"):
        read({"key": "a#1", "stages": [], "seen": "closed", "checked": "2026-11-23"}, Intake)


@pytest.mark.parametrize(("age", "due"), [pytest.param(90, False, id="90 days"), pytest.param(91, True, id="91 days")])
def test_a_source_is_read_again_after_ninety_days(age: int, due: bool) -> None:  # noqa: FBT001 - a column of the table
    assert needs_check(an_intake(undated(), checked=TODAY - timedelta(days=age)), TODAY) is due


def closed_on(*days: date) -> list[Intake]:
    """Make one past round for each day."""
    return [an_intake(date_only(day), key=f"round#{place}") for place, day in enumerate(days)]


def test_two_rounds_are_too_few_for_an_estimate() -> None:
    assert estimate(closed_on(date(2023, 4, 1), date(2024, 4, 9))) is None


def test_three_streams_of_one_round_are_one_observation() -> None:
    assert estimate(closed_on(date(2024, 4, 1), date(2024, 4, 1), date(2024, 4, 1))) is None


def test_an_estimate_is_an_interval_with_its_sample() -> None:
    guess = estimate(closed_on(date(2022, 5, 20), date(2023, 4, 1), date(2024, 4, 9)))
    assert guess is not None
    assert guess.closes == ((4, 1), (5, 20))
    assert guess.sample == ("round#0", "round#1", "round#2")
    assert not guess.stated


def test_an_estimate_goes_round_the_turn_of_the_year() -> None:
    guess = estimate(closed_on(date(2022, 12, 15), date(2023, 1, 10), date(2025, 1, 20)))
    assert guess is not None
    assert guess.closes == ((12, 15), (1, 20))


def test_dates_the_funder_states_for_every_year_need_no_sample() -> None:
    guess = estimate([an_intake(undated(), yearly=(YearlyWindow(opens="06-01", closes="09-30"),))])
    assert guess is not None
    assert (guess.opens, guess.closes, guess.stated) == (((6, 1), (6, 1)), ((9, 30), (9, 30)), True)
