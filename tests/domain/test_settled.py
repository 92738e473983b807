"""What an application settles: which work is over and which closings are met, state by state."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grants.domain.applications import MOVES, State, is_before_submission, is_over
from grants.domain.catalogue import Level
from grants.domain.deadlines import Stage, StageName
from grants.domain.reminders import Duty, Kind, Recipient, duties, joined_late, plan
from grants.domain.settled import NOT_APPLIED, Applied, Standing, submitted_at, work_is_over
from grants.domain.works import WorkKind
from tests.builders import TORONTO, an_intake, timed

LETTER, FULL, COMPLETION = date(2026, 12, 11), date(2027, 2, 26), date(2028, 3, 31)
NOW = datetime(2026, 11, 24, 15, tzinfo=UTC)
EARLY, BETWEEN, LATE, AFTER = (
    datetime(*day, 15, tzinfo=UTC) for day in ((2026, 12, 1), (2027, 1, 5), (2027, 3, 1), (2029, 1, 1))
)
READER = Recipient(TORONTO, TORONTO)
BEFORE = tuple(each for each in State if is_before_submission(each))
DECIDED = (State.AWARDED, State.REPORTING, State.DECLINED, State.CLOSED, State.WITHDRAWN)
INTAKE = an_intake(
    timed(LETTER),
    opens=timed(date(2026, 11, 30)),
    stages=(
        Stage(StageName.LETTER_OF_INTENT, timed(LETTER)),
        Stage(StageName.FULL_APPLICATION, timed(FULL), invited=True),
        Stage(StageName.COMPLETION, timed(COMPLETION)),
    ),
)
DUES = duties(INTAKE, READER, Level.PROVINCIAL)
NONE: frozenset[str] = frozenset()
FIRST = frozenset({"opening", "letter-of-intent"})
SECOND = FIRST | {"full-application"}
ALL = SECOND | {"completion"}


def met(*standings: Standing, begun: bool = False, dues: tuple[Duty, ...] = DUES) -> frozenset[str]:
    """Name the stages that applications met."""
    return frozenset(duty.stage for duty in Applied(standings, begun).settle(dues) if duty.met)


class TestClosings:
    """Which closings of an intake with three stages are met."""

    @pytest.mark.parametrize("state", BEFORE)
    def test_none_while_it_is_prepared(self, state: State) -> None:
        assert met(Standing(state, None), begun=True) == NONE

    @pytest.mark.parametrize("state", [State.SUBMITTED, State.QUESTIONS])
    @pytest.mark.parametrize(
        ("at", "stages"),
        [(EARLY, FIRST), (BETWEEN, SECOND), (LATE, ALL), (AFTER, ALL)],
        ids=["early", "between", "late", "after"],
    )
    def test_the_next_at_submission_and_those_before_it_while_the_funder_decides(
        self, state: State, at: datetime, stages: frozenset[str]
    ) -> None:
        assert met(Standing(state, at)) == stages

    @pytest.mark.parametrize("state", DECIDED)
    def test_all_once_it_is_decided(self, state: State) -> None:
        assert met(Standing(state, EARLY)) == ALL

    @pytest.mark.parametrize(("begun", "stages"), [(True, ALL), (False, NONE)])
    @pytest.mark.parametrize("state", [State.NO_GO, State.WITHDRAWN, State.CLOSED])
    def test_given_up_it_ends_only_what_was_tracked_for_its_sake(
        self,
        state: State,
        begun: bool,  # noqa: FBT001 - a table
        stages: frozenset[str],
    ) -> None:
        assert met(Standing(state, None), begun=begun) == stages

    def test_submitted_at_the_last_moment_counts_for_that_closing(self) -> None:
        closes = next(duty.closes for duty in DUES if duty.stage == "letter-of-intent")
        assert met(Standing(State.SUBMITTED, closes)) == FIRST
        assert met(Standing(State.SUBMITTED, closes + timedelta(seconds=1))) == SECOND

    @pytest.mark.parametrize(
        ("others", "stages"),
        [
            ((Standing(State.DRAFTING, None),), NONE),
            ((Standing(State.SUBMITTED, BETWEEN),), FIRST),
            ((Standing(State.NO_GO, None),), FIRST),
            ((Standing(State.DECLINED, BETWEEN),), FIRST),
            ((Standing(State.WITHDRAWN, None), Standing(State.GO, None)), NONE),
        ],
        ids=["one in work", "one further on", "one not gone for", "one declined", "one given up, one in work"],
    )
    def test_of_several_each_must_have_met_it_but_those_given_up(
        self, others: tuple[Standing, ...], stages: frozenset[str]
    ) -> None:
        assert met(Standing(State.SUBMITTED, EARLY), *others) == stages
        assert met(*others, Standing(State.SUBMITTED, EARLY)) == stages

    def test_nothing_without_an_application(self) -> None:
        assert NOT_APPLIED.settle(DUES) == DUES
        assert not NOT_APPLIED.given_up

    @given(
        standings=st.lists(
            st.builds(Standing, st.sampled_from(State), st.one_of(st.none(), st.datetimes(timezones=st.just(UTC)))),
            max_size=4,
        ),
        begun=st.booleans(),
    )
    def test_a_stage_is_never_met_before_an_earlier_one_and_never_while_one_is_prepared(
        self,
        standings: list[Standing],
        begun: bool,  # noqa: FBT001 - drawn
    ) -> None:
        settled = Applied(tuple(standings), begun).settle(DUES)
        by_time = [duty.met for duty in sorted(settled, key=lambda duty: duty.closes)]
        assert by_time == sorted(by_time, reverse=True)
        if any(is_before_submission(each.state) and not each.given_up for each in standings):
            assert not any(by_time)


class TestReminders:
    """Nothing calls to mind what is met."""

    def test_a_met_closing_has_no_reminders_and_a_later_one_keeps_all_of_its(self) -> None:
        settled = Applied((Standing(State.SUBMITTED, EARLY),)).settle(DUES)
        free = [each for each in plan(DUES, READER, NOW) if each.stage not in FIRST]
        assert {each.stage for each in plan(settled, READER, NOW)} == {"full-application", "completion"}
        assert list(plan(settled, READER, NOW)) == free

    def test_whoever_begins_to_track_late_hears_of_what_is_not_met(self) -> None:
        settled = Applied((Standing(State.SUBMITTED, EARLY),)).settle(DUES)
        day = datetime(2026, 12, 9, 15, tzinfo=UTC)
        assert joined_late(DUES, READER, day) == ("letter-of-intent",)
        assert joined_late(settled, READER, day) == ()

    def test_an_opening_is_told_unless_it_was_given_up(self) -> None:
        opened = an_intake(timed(LETTER), opens=timed(date(2026, 11, 30)))
        dues = duties(opened, READER, Level.PROVINCIAL)
        given_up = Applied((Standing(State.NO_GO, None),), begun=True).settle(dues)
        assert Kind.OPENS in {each.kind for each in plan(dues, READER, NOW)}
        assert plan(given_up, READER, NOW) == ()


class TestWork:
    """Which open tasks are over."""

    @pytest.mark.parametrize("kind", WorkKind)
    @pytest.mark.parametrize("state", State)
    def test_by_state_and_kind(self, state: State, kind: WorkKind) -> None:
        standing = Standing(state, None if is_before_submission(state) or state is State.NO_GO else BETWEEN)
        expected = is_over(state) or (not is_before_submission(state) and kind is not WorkKind.REPORT)
        assert work_is_over(kind, EARLY, standing) is expected

    @pytest.mark.parametrize(
        ("state", "over"),
        [(State.SUBMITTED, False), (State.QUESTIONS, False), (State.AWARDED, False), (State.DECLINED, True)],
    )
    def test_what_was_added_after_the_submission_is_still_to_be_done_until_the_end(
        self,
        state: State,
        over: bool,  # noqa: FBT001 - a table
    ) -> None:
        assert work_is_over(WorkKind.WORK, BETWEEN, Standing(state, EARLY)) is over


class TestSubmission:
    """When an application was submitted, by its moves."""

    @pytest.mark.parametrize(
        ("way", "expected"),
        [
            ((), None),
            ((State.GO, State.DRAFTING), None),
            ((State.GO, State.DRAFTING, State.SUBMITTED), 2),
            ((State.GO, State.DRAFTING, State.SUBMITTED, State.QUESTIONS, State.SUBMITTED), 2),
            ((State.GO, State.DRAFTING, State.SUBMITTED, State.AWARDED, State.SUBMITTED), 2),
            ((State.GO, State.DRAFTING, State.SUBMITTED, State.DECLINED, State.SUBMITTED), 2),
            ((State.GO, State.DRAFTING, State.SUBMITTED, State.DRAFTING), None),
            ((State.GO, State.DRAFTING, State.SUBMITTED, State.DRAFTING, State.SUBMITTED), 4),
            ((State.GO, State.DRAFTING, State.SUBMITTED, State.WITHDRAWN), 2),
            ((State.GO, State.DRAFTING, State.SUBMITTED, State.DRAFTING, State.WITHDRAWN, State.CLOSED), None),
            ((State.GO, State.WITHDRAWN), None),
        ],
        ids=lambda way: "-".join(way) if isinstance(way, tuple) else None,
    )
    def test_by_the_way_it_went(self, way: tuple[State, ...], expected: int | None) -> None:
        steps = zip((State.CONSIDERING, *way), way, strict=False)
        moves = [(NOW + timedelta(days=day), before, after) for day, (before, after) in enumerate(steps)]
        assert submitted_at(moves) == (None if expected is None else NOW + timedelta(days=expected))

    @given(st.data())
    def test_on_any_legal_way_it_is_known_while_the_funder_has_it_and_unknown_while_it_is_prepared(
        self, data: st.DataObject
    ) -> None:
        state, moves = State.CONSIDERING, []
        for day in range(data.draw(st.integers(0, 12))):
            if not MOVES[state]:
                break
            after = data.draw(st.sampled_from(sorted(MOVES[state])))
            moves.append((NOW + timedelta(days=day), state, after))
            state = after
        at = submitted_at(moves)
        if is_before_submission(state):
            assert at is None
        if state in {State.SUBMITTED, State.QUESTIONS, State.AWARDED, State.REPORTING, State.DECLINED}:
            assert at in {when for when, before, to in moves if to is State.SUBMITTED and is_before_submission(before)}
