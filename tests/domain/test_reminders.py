"""When people are told: named days, both clock changes, other clocks than the reader's, and laws that hold for all."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grants.domain.catalogue import Level
from grants.domain.deadlines import Deadline, DeadlineKind, Intake, SeenStatus, Stage, StageName
from grants.domain.reminders import (
    FURTHEST_LEAD,
    LEADS,
    OPENING,
    REPORT_LEADS,
    TASK_LEAD,
    Choice,
    Duty,
    Kind,
    Planned,
    Recipient,
    changes,
    days_left,
    duties,
    joined_late,
    last_quiet_day,
    leads_of,
    moments,
    plan,
    stages,
    task_duty,
)
from tests.builders import KENORA, TORONTO, an_intake, date_only, timed, undated

ATIKOKAN, VANCOUVER = "America/Atikokan", "America/Vancouver"
LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)


def a_recipient(zone: str = TORONTO, **changed: object) -> Recipient:
    values: dict[str, object] = {"zone": zone, "applicant_zone": zone, **changed}
    return Recipient(**values)  # type: ignore[arg-type]


def only(intake: Intake, recipient: Recipient, level: Level = Level.PROVINCIAL) -> Duty:
    (duty,) = duties(intake, recipient, level)
    return duty


def local(moment: datetime, zone: str) -> str:
    return moment.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("closes", "zone", "lead", "told"),
    [
        pytest.param(timed(date(2026, 12, 11)), TORONTO, 7, "2026-12-04 08:30", id="a week before"),
        pytest.param(timed(date(2026, 12, 11)), TORONTO, 0, "2026-12-11 08:30", id="the morning of"),
        pytest.param(timed(date(2026, 12, 11)), KENORA, 1, "2026-12-10 08:30", id="the morning of the reader's clock"),
        pytest.param(timed(date(2026, 3, 9)), TORONTO, 1, "2026-03-08 08:30", id="the day clocks go forward"),
        pytest.param(timed(date(2026, 3, 9)), TORONTO, 3, "2026-03-06 08:30", id="over clocks going forward"),
        pytest.param(timed(date(2026, 11, 2)), TORONTO, 1, "2026-11-01 08:30", id="the day clocks go back"),
        pytest.param(timed(date(2026, 11, 2)), ATIKOKAN, 3, "2026-10-30 08:30", id="a place that keeps its clock"),
        pytest.param(timed(date(2028, 3, 1)), TORONTO, 1, "2028-02-29 08:30", id="the 29th of February"),
        pytest.param(
            timed(date(2026, 12, 11), time(23, 59), VANCOUVER), TORONTO, 0, "2026-12-11 08:30", id="the funder's day"
        ),
        pytest.param(date_only(date(2026, 12, 11)), TORONTO, 14, "2026-11-27 08:30", id="date only"),
    ],
)
def test_a_lead_is_a_morning_of_the_readers_clock(closes: Deadline, zone: str, lead: int, told: str) -> None:
    recipient = a_recipient(zone)
    planned = plan(duties(an_intake(closes), recipient, Level.PROVINCIAL), recipient, LONG_AGO)
    assert [local(each.due, zone) for each in planned if each.lead == lead] == [told]


@pytest.mark.parametrize(
    ("closes", "anchor", "closing"),
    [
        pytest.param(timed(date(2026, 7, 10)), "2026-07-10 17:00", "2026-07-10 17:00", id="timed"),
        pytest.param(date_only(date(2026, 7, 10)), "2026-07-10 17:00", "2026-07-10 23:59", id="date only"),
        pytest.param(
            Deadline(DeadlineKind.APPLICANT_LOCAL, date(2026, 7, 10), time(17)),
            "2026-07-10 18:00",
            "2026-07-10 18:00",
            id="by the community's own clock",
        ),
        pytest.param(
            Deadline(DeadlineKind.POSTMARKED, date(2026, 10, 14)),
            "2026-10-08 18:00",
            "2026-10-15 00:59",
            id="postmarked: three business days before, over Thanksgiving",
        ),
    ],
)
def test_each_kind_has_its_anchor(closes: Deadline, anchor: str, closing: str) -> None:
    recipient = Recipient(zone=TORONTO, applicant_zone=KENORA)
    duty = only(an_intake(closes), recipient)
    assert (local(duty.anchor, TORONTO), local(duty.closes, TORONTO)) == (anchor, closing)


@pytest.mark.parametrize(
    "kind",
    [
        DeadlineKind.ROLLING,
        DeadlineKind.UNTIL_FUNDS_RUN_OUT,
        DeadlineKind.RELATIVE,
        DeadlineKind.NOT_ANNOUNCED,
    ],
)
def test_what_has_no_date_reminds_nobody(kind: DeadlineKind) -> None:
    recipient = a_recipient()
    dues = duties(an_intake(undated(kind)), recipient, Level.PROVINCIAL)
    assert dues == ()
    assert plan(dues, recipient, LONG_AGO) == ()


def test_a_discontinued_intake_has_nothing_due() -> None:
    intake = an_intake(timed(date(2026, 12, 11)), seen=SeenStatus.DISCONTINUED)
    assert duties(intake, a_recipient(), Level.PROVINCIAL) == ()


def test_a_morning_after_the_deadline_is_left_out() -> None:
    recipient = a_recipient()
    planned = plan(
        duties(an_intake(timed(date(2026, 12, 11), time(8))), recipient, Level.PROVINCIAL), recipient, LONG_AGO
    )
    assert [each.lead for each in planned] == [60, 30, 14, 7, 3, 1]


@pytest.mark.parametrize(
    ("now", "leads", "late"),
    [
        pytest.param("2026-09-01 12:00", [60, 30, 14, 7, 3, 1, 0], (), id="early"),
        pytest.param("2026-12-05 12:00", [3, 1, 0], ("application",), id="late"),
        pytest.param("2026-12-11 12:00", [], ("application",), id="in the last hours"),
        pytest.param("2026-12-11 18:00", [], (), id="too late"),
    ],
)
def test_what_has_passed_is_summed_up_and_not_sent_late(now: str, leads: list[int], late: tuple[str, ...]) -> None:
    recipient = a_recipient()
    moment = datetime.fromisoformat(now).replace(tzinfo=ZoneInfo(TORONTO))
    dues = duties(an_intake(timed(date(2026, 12, 11))), recipient, Level.PROVINCIAL)
    assert [each.lead for each in plan(dues, recipient, moment)] == leads
    assert joined_late(dues, recipient, moment) == late


def test_an_opening_is_told_that_morning_or_when_it_opens() -> None:
    early = an_intake(timed(date(2026, 12, 11)), opens=date_only(date(2026, 11, 30)))
    at_noon = an_intake(timed(date(2026, 12, 11)), opens=timed(date(2026, 11, 30), time(12)))
    recipient = a_recipient(leads=())
    for intake, told in ((early, "2026-11-30 08:30"), (at_noon, "2026-11-30 12:00")):
        (planned,) = plan(duties(intake, recipient, Level.PROVINCIAL), recipient, LONG_AGO)
        assert (planned.stage, planned.kind, local(planned.due, TORONTO)) == (OPENING, Kind.OPENS, told)


def test_a_stage_for_others_is_no_duty() -> None:
    intake = an_intake(
        undated(),
        stages=(
            Stage(StageName.APPLICATION, timed(date(2026, 12, 11)), classes=("first-nation",)),
            Stage(StageName.APPLICATION, timed(date(2026, 12, 4)), classes=("municipality",)),
        ),
    )
    town = a_recipient(classes=frozenset({"municipality", "single-tier-municipality"}))
    assert [duty.stage for duty in duties(intake, town, Level.PROVINCIAL)] == ["application-2"]
    assert [duty.stage for duty in duties(intake, a_recipient(), Level.PROVINCIAL)] == ["application", "application-2"]
    assert list(stages(intake)) == ["application", "application-2"]


@pytest.mark.parametrize(
    ("now", "left"),
    [
        pytest.param("2026-12-04 08:30", 7, id="a week"),
        pytest.param("2026-12-04 23:59", 7, id="late in the evening"),
        pytest.param("2026-12-11 08:30", 0, id="the day itself"),
        pytest.param("2026-12-12 02:00", 0, id="after midnight here, before it there"),
    ],
)
def test_days_left_are_the_readers_calendar_days(now: str, left: int) -> None:
    recipient = a_recipient()
    duty = only(an_intake(timed(date(2026, 12, 11), time(23, 59), VANCOUVER)), recipient)
    assert days_left(duty, recipient, datetime.fromisoformat(now).replace(tzinfo=ZoneInfo(TORONTO))) == left


@pytest.mark.parametrize(
    ("before", "after", "changed"),
    [
        pytest.param(timed(date(2026, 12, 11)), timed(date(2026, 12, 18)), True, id="another day"),
        pytest.param(timed(date(2026, 12, 11)), timed(date(2026, 12, 11), time(12)), True, id="another hour"),
        pytest.param(date_only(date(2026, 12, 11)), timed(date(2026, 12, 11)), True, id="an hour where none was"),
        pytest.param(timed(date(2026, 12, 11)), undated(), True, id="no date any more"),
        pytest.param(
            timed(date(2026, 12, 11)),
            Deadline(DeadlineKind.TIMED, date(2026, 12, 11), time(17), TORONTO, words="5 pm EST"),
            False,
            id="other words for the same",
        ),
    ],
)
def test_only_another_moment_is_a_change(before: Deadline, after: Deadline, changed: bool) -> None:  # noqa: FBT001
    dues = duties(an_intake(after), a_recipient(), Level.PROVINCIAL)
    assert bool(changes({"application": before}, dues)) is changed


zones = st.sampled_from([TORONTO, KENORA, ATIKOKAN, VANCOUVER, "America/St_Johns"])
days = st.dates(date(2026, 1, 1), date(2036, 12, 31))
times = st.times().map(lambda at: at.replace(second=0, microsecond=0, fold=0))


@given(day=days, at=times, funder=zones, reader=zones, back=st.integers(-2, 70 * 24 * 60))
def test_laws_of_planning(day: date, at: time, funder: str, reader: str, back: int) -> None:
    recipient = Recipient(zone=reader, applicant_zone=reader)
    duty = only(an_intake(timed(day, at, funder)), recipient)
    now = duty.anchor - timedelta(minutes=back)
    planned = plan([duty], recipient, now)
    assert [each.due for each in planned] == sorted(each.due for each in planned)
    for each in planned:
        assert now < each.due < duty.anchor
        here = each.due.astimezone(ZoneInfo(reader))
        assert (here.hour, here.minute) == (8, 30)
        assert (day - here.date()).days == each.lead
        assert days_left(duty, recipient, each.due) == each.lead
    passed = [each.lead for each in moments(duty, recipient) if each.own <= now]
    assert bool(joined_late([duty], recipient, now)) is bool(passed and now < duty.closes)
    assert len({each.lead for each in planned} | set(passed)) >= len(LEADS) - 1  # the morning of may come too late


@given(lead=st.integers(-5, FURTHEST_LEAD + 50))
def test_a_lead_out_of_bounds_is_never_planned(lead: int) -> None:
    recipient = a_recipient(leads=(lead,))
    planned = plan(duties(an_intake(timed(date(2030, 12, 11))), recipient, Level.PROVINCIAL), recipient, LONG_AGO)
    assert len(planned) == (0 <= lead <= FURTHEST_LEAD)


# Tasks, choices of one deadline, quiet days and gathering

FRIDAY = date(2026, 12, 11)


def told(planned: tuple[Planned, ...], zone: str = TORONTO) -> list[str]:
    return [f"{each.kind.value} {each.lead}: {local(each.due, zone)}" for each in planned]


def test_a_task_is_due_on_its_day_by_the_clock_of_its_community() -> None:
    duty = task_duty(FRIDAY, KENORA, report=False)
    assert (local(duty.anchor, KENORA), local(duty.closes, KENORA)) == ("2026-12-11 17:00", "2026-12-11 23:59")
    assert told(plan([duty], a_recipient(KENORA), LONG_AGO), KENORA) == [
        "lead 14: 2026-11-27 08:30",
        "lead 7: 2026-12-04 08:30",
        "lead 3: 2026-12-08 08:30",
        "lead 1: 2026-12-10 08:30",
        "lead 0: 2026-12-11 08:30",
    ]


@pytest.mark.parametrize(
    ("report", "chosen", "own", "leads"),
    [
        pytest.param(False, (60, 30, 3), None, (3,), id="a task: none of more than 14 days"),
        pytest.param(False, (), None, (), id="a task: who wants none gets none"),
        pytest.param(False, (3,), (60,), (60,), id="a task: what was chosen for it alone counts as it is"),
        pytest.param(True, (3,), None, (7, 3, 0), id="a report: the week before and the day too"),
        pytest.param(True, (), (), REPORT_LEADS, id="a report: whatever was chosen for it"),
    ],
)
def test_lead_times_of_tasks(
    report: bool,  # noqa: FBT001
    chosen: tuple[int, ...],
    own: tuple[int, ...] | None,
    leads: tuple[int, ...],
) -> None:
    duty = task_duty(FRIDAY, TORONTO, report=report)
    assert leads_of(duty, a_recipient(leads=chosen), Choice(leads=own)) == leads


@pytest.mark.parametrize(
    ("quiet", "weekly", "leads", "told_on"),
    [
        pytest.param({5, 6}, False, (6, 5, 4), ["2026-12-04", "2026-12-04", "2026-12-07"], id="a free weekend"),
        pytest.param({4}, False, (0, 7), ["2026-12-03", "2026-12-10"], id="no letters on Fridays"),
        pytest.param(set(range(7)), False, (3,), ["2026-12-08"], id="no day is left, so none is quiet"),
        pytest.param(
            set(),
            True,
            (14, 7, 5, 4, 3),
            ["2026-11-23", "2026-11-30", "2026-11-30", "2026-12-07", "2026-12-08"],
            id="once a week, but not the last days",
        ),
        pytest.param({0}, True, (7,), ["2026-11-29"], id="once a week, and Monday is quiet"),
    ],
)
def test_quiet_days_and_gathering_move_a_lead_earlier(
    quiet: set[int],
    weekly: bool,  # noqa: FBT001
    leads: tuple[int, ...],
    told_on: list[str],
) -> None:
    recipient = a_recipient(leads=leads, quiet_days=frozenset(quiet), weekly=weekly)
    planned = plan(duties(an_intake(timed(FRIDAY)), recipient, Level.PROVINCIAL), recipient, LONG_AGO)
    assert [local(each.due, TORONTO)[:10] for each in planned] == told_on


def test_an_earlier_day_that_has_passed_leaves_the_lead_where_it_was() -> None:
    recipient = a_recipient(leads=(4,), quiet_days=frozenset({0}))  # four days before is Monday 7 December
    duty = only(an_intake(timed(FRIDAY)), recipient)
    on_sunday_noon = datetime(2026, 12, 6, 12, tzinfo=ZoneInfo(TORONTO))
    assert told(plan([duty], recipient, on_sunday_noon)) == ["lead 4: 2026-12-07 08:30"]


def test_a_quiet_time_ends_with_one_reminder_and_goes_on_as_before() -> None:
    recipient = a_recipient()
    duty = only(an_intake(timed(FRIDAY)), recipient)
    planned = plan([duty], recipient, LONG_AGO, Choice(quiet_until=date(2026, 12, 9)))
    assert told(planned) == ["again 2: 2026-12-09 08:30", "lead 1: 2026-12-10 08:30", "lead 0: 2026-12-11 08:30"]


def test_a_quiet_time_never_outlasts_a_date_that_came_nearer() -> None:
    recipient = a_recipient()
    duty = only(an_intake(timed(FRIDAY)), recipient)
    planned = plan([duty], recipient, LONG_AGO, Choice(quiet_until=date(2027, 1, 31)))
    assert told(planned) == ["again 0: 2026-12-11 08:30", "lead 0: 2026-12-11 08:30"]


def test_who_took_note_is_told_of_the_opening_only() -> None:
    recipient = a_recipient()
    intake = an_intake(timed(FRIDAY), opens=date_only(date(2026, 11, 30)))
    planned = plan(duties(intake, recipient, Level.PROVINCIAL), recipient, LONG_AGO, Choice(acknowledged=True))
    assert told(planned) == ["opens 0: 2026-11-30 08:30"]


recipients = st.builds(
    Recipient,
    zone=zones,
    applicant_zone=zones,
    leads=st.lists(st.integers(0, FURTHEST_LEAD), max_size=6).map(tuple),
    quiet_days=st.frozensets(st.integers(0, 6)),
    weekly=st.booleans(),
)


@given(day=days, at=times, funder=zones, recipient=recipients, back=st.integers(-2, 200 * 24 * 60))
def test_a_lead_is_never_told_later_and_never_lost(
    day: date, at: time, funder: str, recipient: Recipient, back: int
) -> None:
    plain = Recipient(recipient.zone, recipient.applicant_zone, recipient.leads)
    duty = only(an_intake(timed(day, at, funder)), recipient)
    now = duty.anchor - timedelta(minutes=back)
    own = {each.lead: each.own for each in moments(duty, plain)}
    wanted = {each.lead for each in plan([duty], plain, now)}
    planned = {each.lead: each for each in plan([duty], recipient, now)}
    assert planned.keys() >= wanted, "every lead that lies ahead is told once, whatever is quiet"
    for lead, each in planned.items():
        assert now < each.due <= own[lead]
        assert each.due < duty.anchor
        assert each.earliest <= each.due
        weekday = each.due.astimezone(ZoneInfo(recipient.zone)).weekday()
        assert each.due == own[lead] or weekday not in recipient.quiet_days or len(recipient.quiet_days) == 7
        if recipient.weekly and lead > 3 and each.due < own[lead] and not recipient.quiet_days:
            assert weekday == 0


@given(
    day=days,
    zone=zones,
    report=st.booleans(),
    recipient=recipients,
    until=st.none() | st.integers(0, 40),
    acknowledged=st.booleans(),
    back=st.integers(0, 40 * 24 * 60),
)
def test_laws_of_what_was_chosen_for_one(
    day: date,
    zone: str,
    report: bool,  # noqa: FBT001
    recipient: Recipient,
    until: int | None,
    acknowledged: bool,  # noqa: FBT001
    back: int,
) -> None:
    duty = task_duty(day, zone, report=report)
    now = duty.anchor - timedelta(minutes=back)
    quiet_until = last_quiet_day(duty, recipient) - timedelta(days=until) if until is not None else None
    planned = plan([duty], recipient, now, Choice(quiet_until=quiet_until, acknowledged=acknowledged))
    assert not (acknowledged and planned)
    assert all(now < each.due < duty.anchor for each in planned)
    assert len({(each.kind, each.lead) for each in planned}) == len(planned)
    assert all(each.lead <= TASK_LEAD for each in planned if each.kind is Kind.LEAD)
    if quiet_until is not None and planned:
        mornings = [each.due.astimezone(ZoneInfo(recipient.zone)).date() for each in planned]
        assert min(mornings) >= quiet_until
    again = [each for each in planned if each.kind is Kind.AGAIN]
    wanted = quiet_until is not None and not acknowledged
    ahead = wanted and datetime.combine(quiet_until or day, time(8, 30), ZoneInfo(recipient.zone)) > now
    assert len(again) == ahead
