"""Back-planning: named situations, and laws held against a search of every possible plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grants.domain.backplan import (
    DEFAULT_MINUTES,
    DEFAULT_PAPERS,
    DEFAULT_WEEKLY,
    LONGEST_WAIT,
    MOST_MINUTES,
    Backplan,
    Binding,
    CircularError,
    Meeting,
    Person,
    Reason,
    Shortfall,
    Task,
    load,
    plan_back,
)
from grants.domain.bilingual import Bilingual
from grants.domain.catalogue import Level
from grants.domain.workdays import AT_HOME, is_workday, workday_at_latest, workdays_before, workdays_between
from grants.domain.works import WorkKind

TUESDAY = date(2026, 11, 24)
CLOSES = date(2026, 12, 11)
DAY = timedelta(days=1)


def a_task(key: str, minutes: int | None = 60, *after: str, kind: WorkKind = WorkKind.WORK, **more: object) -> Task:
    return Task(key, kind, Bilingual(f"Task {key}", f"Tâche {key}"), minutes=minutes, after=after, **more)  # type: ignore[arg-type]


def council(*after: str, **more: object) -> Task:
    return a_task("council", 0, *after, kind=WorkKind.COUNCIL, **more)


ANN, BEN = Person("Ann", weekly=300), Person("Ben", weekly=300)
"""Each has an hour a business day."""
BOTH = {1: ANN, 2: BEN}


def dates(plan: Backplan) -> dict[str, tuple[date | None, date | None]]:
    return {each.key: (each.start, each.finish) for each in plan.steps}


def planned(
    *tasks: Task, closes: date = CLOSES, level: Level = Level.PROVINCIAL, people: Mapping[int, Person] = BOTH,
    meetings: Sequence[Meeting] = (), today: date = TUESDAY,
) -> Backplan:  # fmt: skip
    return plan_back(today, closes, level, tasks, people=people, meetings=meetings)


def short(plan: Backplan) -> Shortfall:
    assert plan.shortfall is not None
    return plan.shortfall


def dec(number: int) -> date:
    return date(2026, 12, number)


# Named situations


def test_work_is_laid_as_late_as_it_may_be_with_a_day_to_spare() -> None:
    plan = planned(a_task("write", 180, owner=1), a_task("submit", 60, "write", owner=2))
    assert plan.shortfall is None
    assert plan.submit_by == dec(10)
    assert dates(plan) == {"write": (dec(7), dec(9)), "submit": (dec(10), dec(10))}
    assert plan.assumptions == ()
    assert plan.overloads == ()


def test_the_same_person_goes_on_the_same_day() -> None:
    plan = planned(a_task("write", 90, owner=1), a_task("submit", 30, "write", owner=1))
    assert dates(plan) == {"write": (dec(9), dec(10)), "submit": (dec(10), dec(10))}


def test_another_person_goes_on_the_next_business_day() -> None:
    plan = planned(a_task("write", 30, owner=1), a_task("submit", 30, "write", owner=2), closes=dec(15))
    assert dates(plan) == {"write": (dec(11), dec(11)), "submit": (dec(14), dec(14))}


def test_a_wait_passes_in_business_days_over_christmas() -> None:
    plan = planned(
        a_task("register", 60, owner=1, waits=5, kind=WorkKind.REGISTRATION),
        a_task("submit", 60, "register", owner=1),
        closes=date(2027, 1, 5),
    )
    assert plan.submit_by == date(2027, 1, 4)
    # 29, 30, 31 December and 4 January count; 25 and 28 December, 1 January and the weekends do not.
    assert dates(plan)["register"] == (dec(23), dec(23))


@pytest.mark.parametrize(
    ("closes", "level", "submit_by"),
    [
        pytest.param(date(2026, 11, 12), Level.FEDERAL, date(2026, 11, 10), id="Remembrance Day, federal"),
        pytest.param(date(2026, 11, 12), Level.PROVINCIAL, date(2026, 11, 11), id="Remembrance Day in Ontario"),
        pytest.param(date(2026, 2, 17), Level.FEDERAL, date(2026, 2, 13), id="the community keeps Family Day"),
        pytest.param(date(2026, 11, 15), Level.PROVINCIAL, date(2026, 11, 13), id="a Sunday"),
    ],
)
def test_the_day_before_is_one_on_which_both_work(closes: date, level: Level, submit_by: date) -> None:
    plan = planned(a_task("submit", 60, owner=1), closes=closes, level=level, today=date(2026, 1, 5))
    assert plan.submit_by == submit_by
    assert dates(plan)["submit"] == (submit_by, submit_by)


def test_papers_are_ready_before_the_last_meeting_that_is_in_time() -> None:
    meetings = (Meeting(dec(14), 5), Meeting(dec(8), 5), Meeting(date(2026, 11, 24), 5))
    plan = planned(
        a_task("report", 60, owner=1), council("report"), a_task("submit", 60, "council", owner=1), meetings=meetings
    )
    assert plan.last_safe_meeting == Meeting(dec(8), 5)
    assert plan.council_by == dec(9)
    assert dates(plan) == {
        "report": (dec(1), dec(1)),
        "council": (dec(8), dec(8)),
        "submit": (dec(10), dec(10)),
    }


def test_the_meeting_is_chosen_whose_papers_are_due_last() -> None:
    meetings = [Meeting(dec(8), 8), Meeting(dec(7), 2)]
    plan = planned(a_task("report", 60, owner=1), council("report"), meetings=meetings)
    assert plan.last_safe_meeting == Meeting(dec(7), 2)
    assert dates(plan)["report"] == (dec(3), dec(3))


def test_what_follows_a_decision_begins_on_a_later_day_even_by_the_same_person() -> None:
    meetings = [Meeting(dec(10)), Meeting(dec(3))]
    plan = planned(council(owner=1), a_task("submit", 60, "council", owner=1), meetings=meetings)
    assert plan.last_safe_meeting == Meeting(dec(3))


def test_a_meeting_on_a_weekend_counts() -> None:
    plan = planned(council(), a_task("submit", 60, "council", owner=1), closes=dec(8), meetings=[Meeting(dec(5), 2)])
    assert plan.last_safe_meeting == Meeting(dec(5), 2)
    assert dates(plan)["submit"] == (dec(7), dec(7))


def test_without_known_meetings_council_is_unknown_and_never_no() -> None:
    plan = planned(a_task("report", 60, owner=1), council("report"), a_task("submit", 60, "council", owner=1))
    assert plan.shortfall is None
    assert dates(plan)["council"] == (None, None)
    assert plan.last_safe_meeting is None
    assert plan.council_by == dec(9)
    assert dates(plan)["report"] == (dec(2), dec(2))
    assert "No coming meeting of council is known" in plan.assumptions[0].en


def test_meetings_of_the_past_do_not_make_the_future_known() -> None:
    plan = planned(council(), meetings=[Meeting(date(2026, 11, 10))])
    assert plan.shortfall is None
    assert dates(plan)["council"] == (None, None)


def test_a_band_council_is_called_so() -> None:
    plan = plan_back(TUESDAY, CLOSES, Level.FEDERAL, [council()], kind="first-nation")
    assert "band council" in plan.assumptions[0].en
    assert "conseil de bande" in plan.assumptions[0].fr


def test_what_nobody_said_is_assumed_and_told() -> None:
    plan = plan_back(
        TUESDAY, CLOSES, Level.PROVINCIAL,
        [a_task("a", None, owner=1), a_task("b", 60, owner=9), a_task("c", 60)], people={1: Person("Ann")},
    )  # fmt: skip
    said = " ".join(each.en for each in plan.assumptions)
    assert "The hours of Ann are not known; 7 hours a week" in said
    assert "whoever takes it on" in said
    assert "no owner yet" in said
    assert "2 hours each" in said
    assert sum(minutes for _, minutes in plan.steps[0].days) == DEFAULT_MINUTES
    assert max(minutes for _, minutes in plan.steps[0].days) == DEFAULT_WEEKLY // 5


def test_other_commitments_are_worked_around() -> None:
    busy = {1: replace(ANN, committed={dec(9): 60, dec(10): 45})}
    plan = planned(a_task("write", 75, owner=1), people=busy)
    assert plan.steps[0].days == ((dec(8), 60), (dec(10), 15))
    assert plan.overloads == ()


def test_the_spare_day_is_given_up_before_anybody_is_overloaded() -> None:
    plan = planned(a_task("write", 60 * 14, owner=1))
    assert plan.shortfall is None
    assert plan.submit_by == CLOSES
    assert "to spare" in plan.assumptions[0].en


def test_weeks_with_too_much_work_are_named() -> None:
    days = [TUESDAY + each * DAY for each in range(14)]
    busy = {1: replace(ANN, committed={each: 60 for each in days if is_workday(each, AT_HOME)})}
    plan = planned(a_task("write", 60 * 8, owner=1), people=busy)
    assert plan.shortfall is None
    # From 1 to 10 December an hour a day: four in each week, beside five hours and one hour of commitments.
    assert [(each.monday, each.planned, each.available) for each in plan.overloads] == [
        (date(2026, 11, 30), 60 * (4 + 5), 60 * 5)
    ]
    assert "Ann" in plan.overloads[0].words.en
    assert "left aside" in plan.assumptions[0].en


def test_done_work_and_reports_are_left_out() -> None:
    plan = planned(
        a_task("read", 60, owner=1, done=True),
        a_task("write", 60, "read", owner=2),
        a_task("final report", 60, owner=1, kind=WorkKind.REPORT),
    )
    assert list(dates(plan)) == ["write"]


def test_nothing_to_do_is_never_late() -> None:
    plan = planned(a_task("read", done=True), closes=date(2020, 1, 6))
    assert plan.shortfall is None
    assert plan.steps == ()


def test_a_task_is_planned_behind_those_it_comes_after() -> None:
    plan = planned(a_task("submit", 60, "write", owner=1), a_task("write", 60, owner=1))
    assert list(dates(plan)) == ["write", "submit"]


def test_tasks_that_wait_for_each_other_are_refused() -> None:
    with pytest.raises(CircularError) as refused:
        planned(a_task("a"), a_task("b", 60, "c"), a_task("c", 60, "b"))
    assert refused.value.keys == ("b", "c")


def test_a_date_fixed_by_hand_is_kept() -> None:
    plan = planned(a_task("write", 120, owner=1, fixed=dec(2)), a_task("submit", 60, "write", owner=1))
    assert dates(plan) == {"write": (dec(1), dec(2)), "submit": (dec(10), dec(10))}


def test_a_council_date_fixed_by_hand_is_the_meeting() -> None:
    plan = planned(a_task("report", 60, owner=1), council("report", fixed=dec(3)), meetings=[Meeting(dec(8))])
    assert plan.last_safe_meeting == Meeting(dec(3), DEFAULT_PAPERS)
    assert dates(plan)["report"] == (date(2026, 11, 26), date(2026, 11, 26))


def test_what_comes_after_a_fixed_date_waits_for_it() -> None:
    plan = planned(
        a_task("sign", 60, owner=1, fixed=dec(14)), a_task("submit", 60, "sign", owner=2), closes=date(2026, 11, 30)
    )
    assert (short(plan).earliest, dates(plan)["submit"]) == (dec(15), (dec(15), dec(15)))


def test_a_council_date_fixed_by_hand_counts_among_the_meetings() -> None:
    """Leaving the fixed date aside still leaves that meeting, so that council is not what binds."""
    plan = planned(council(fixed=dec(3)), a_task("write", 60 * 20, owner=1), meetings=[Meeting(dec(28))])
    assert only_reason(plan).binding is Binding.HOURS
    later = planned(
        council(fixed=dec(3)), a_task("write", 60 * 20, owner=1),
        a_task("register", 60, owner=2, waits=30), meetings=[Meeting(dec(28))],
    )  # fmt: skip
    assert [each.binding for each in short(later).reasons] == [Binding.WAIT, Binding.HOURS]


def test_load_adds_up_what_people_do() -> None:
    plan = planned(a_task("a", 30, owner=1), a_task("b", 30, owner=1), a_task("c", 30, owner=2), a_task("d", 10))
    assert load(plan.steps) == {1: {dec(10): 60}, 2: {dec(10): 30}}


def only_reason(plan: Backplan) -> Reason:
    shortfall = short(plan)
    assert shortfall.each_alone
    (reason,) = shortfall.reasons
    return reason


def test_too_few_hours_are_named_with_the_person() -> None:
    plan = planned(a_task("write", 60 * 20, owner=1), a_task("submit", 60, "write", owner=2))
    reason = only_reason(plan)
    assert (reason.binding, reason.owner) == (Binding.HOURS, 1)
    assert reason.words.en == (
        "The work of Ann takes 20 hours, at 5 hours a week. More hours or another person would help."
    )
    assert short(plan).earliest == date(2026, 12, 22)
    assert short(plan).days_short == 7
    assert short(plan).words.en == (
        "This cannot be done by Friday 11 December 2026: it could be ready on Tuesday 22 December 2026 at the earliest, "
        "7 business days too late."
    )
    assert dates(plan)["write"] == (TUESDAY, date(2026, 12, 21))


def test_no_meeting_in_time_is_named_with_the_next() -> None:
    plan = planned(
        a_task("report", 60, owner=1),
        council("report"),
        a_task("submit", 60, "council", owner=1),
        meetings=[Meeting(TUESDAY, 5), Meeting(dec(15), 5)],
    )
    reason = only_reason(plan)
    assert reason.binding is Binding.COUNCIL
    assert reason.words.en == (
        "The agenda papers can be ready on Tuesday 24 November 2026 at the earliest, and the decision is needed by "
        "Thursday 10 December 2026: no meeting of council is known in between that still takes them. "
        "The next is on Tuesday 15 December 2026."
    )
    assert "La prochaine a lieu le mardi 15 décembre 2026." in reason.words.fr
    assert (short(plan).earliest, short(plan).days_short) == (dec(16), 3)


def test_a_meeting_on_another_day_is_supposed_to_take_papers_as_quickly_as_the_quickest() -> None:
    plan = planned(
        a_task("report", 60 * 8, owner=1), council("report"), meetings=[Meeting(dec(1), 4), Meeting(dec(15), 3)]
    )
    # Papers on 3 December for a meeting on the 8th would do, by a lead of three days as well as of five.
    assert Binding.COUNCIL in {each.binding for each in short(plan).reasons}
    quick = planned(
        a_task("report", 60 * 11, owner=1), council("report"), meetings=[Meeting(dec(1), 4), Meeting(dec(15), 3)]
    )
    # On 8 December only the shorter lead still does.
    assert Binding.COUNCIL in {each.binding for each in short(quick).reasons}


def test_no_later_meeting_known_leaves_the_earliest_day_open() -> None:
    plan = planned(a_task("report", 60, owner=1), council("report"), meetings=[Meeting(date(2026, 11, 25), 5)])
    assert only_reason(plan).words.en.endswith("No later one is known.")
    assert short(plan).earliest is None
    assert short(plan).days_short is None
    assert plan.steps == ()


def test_a_registration_that_takes_too_long_is_named() -> None:
    plan = planned(
        a_task("register", 60, owner=1, waits=15, kind=WorkKind.REGISTRATION), a_task("submit", 60, "register", owner=2)
    )
    reason = only_reason(plan)
    assert (reason.binding, reason.key) == (Binding.WAIT, "register")
    assert reason.words.fr == (
        "«\u00a0Tâche register\u00a0» demande 15\u00a0jours ouvrables d’attente. Demandez si cela peut aller plus vite."
    )
    assert short(plan).days_short == 2


def test_a_fixed_date_that_leaves_no_room_is_named() -> None:
    plan = planned(a_task("write", 60, owner=1, fixed=dec(11)), a_task("submit", 60, "write", owner=2))
    assert (only_reason(plan).binding, only_reason(plan).key) == (Binding.FIXED, "write")


def test_a_fixed_date_that_cannot_be_kept_is_named_though_all_could_be_in_time() -> None:
    plan = planned(a_task("write", 300, owner=1, fixed=date(2026, 11, 25)))
    assert {each.binding for each in short(plan).reasons} == {Binding.FIXED, Binding.HOURS}
    assert short(plan).each_alone
    assert short(plan).days_short == 0
    assert "fixed by hand" in short(plan).words.en


def test_a_closing_date_in_the_past_is_said() -> None:
    plan = planned(a_task("submit", 60, owner=1), closes=date(2026, 11, 20))
    assert only_reason(plan).binding is Binding.CLOSED
    assert "has passed" in only_reason(plan).words.en
    assert (short(plan).earliest, short(plan).days_short) == (TUESDAY, 2)


def test_no_business_day_left_is_said() -> None:
    plan = planned(a_task("submit", 60, owner=1), today=date(2026, 11, 28), closes=date(2026, 11, 29))
    assert only_reason(plan).binding is Binding.CLOSED
    assert "No business day is left" in only_reason(plan).words.en


def test_steps_that_follow_one_another_need_their_days() -> None:
    plan = planned(
        a_task("a", 5, owner=1), a_task("b", 5, "a", owner=2), a_task("c", 5, "b", owner=1), closes=date(2026, 11, 25)
    )
    assert only_reason(plan).binding is Binding.ORDER
    assert only_reason(plan).words.en == (
        "The steps follow one another and take 3 business days even without any wait; 2 are left."
    )


def test_what_binds_only_together_is_told_together() -> None:
    plan = planned(
        a_task("write", 60 * 30, owner=1),
        a_task("register", 60, owner=2, waits=30, kind=WorkKind.REGISTRATION),
        a_task("submit", 60, "write", "register", owner=2),
    )
    assert not short(plan).each_alone
    assert [(each.binding, each.owner, each.key) for each in short(plan).reasons] == [
        (Binding.WAIT, None, "register"),
        (Binding.HOURS, 1, None),
    ]


def test_somebody_without_an_hour_never_finishes() -> None:
    plan = planned(a_task("write", 60, owner=1), people={1: Person("Ann", weekly=4)})
    assert only_reason(plan).binding is Binding.HOURS
    assert short(plan).earliest is None


@pytest.mark.parametrize("odd", [date.min, date.max, date(1899, 12, 31)])
def test_odd_dates_are_planned_or_refused_in_words(odd: date) -> None:
    for plan in (
        planned(a_task("a", 60, owner=1), closes=odd),
        planned(a_task("a", 60, owner=1, fixed=odd), a_task("b", 60, "a", owner=2)),
        planned(council(), a_task("b", 60, "council", owner=2), meetings=[Meeting(odd, 0)]),
    ):
        assert plan.steps or plan.shortfall


@pytest.mark.parametrize(("minutes", "waits"), [(-1, 0), (MOST_MINUTES + 1, 0), (60, -1), (60, LONGEST_WAIT + 1)])
def test_an_effort_that_cannot_be_meant_is_refused(minutes: int, waits: int) -> None:
    with pytest.raises(ValueError, match="planned"):
        a_task("a", minutes, waits=waits)


def test_a_lead_of_papers_that_cannot_be_meant_is_refused() -> None:
    with pytest.raises(ValueError, match="papers"):
        Meeting(dec(1), -1)


# Laws, held against a search of every possible plan

START = date(2026, 12, 22)
"""A Tuesday before Christmas: of the next twelve days, 22, 23, 24, 29, 30 and 31 December are business days."""


@dataclass(frozen=True)
class Situation:
    """An application on its way, seen on the morning of ``START``."""

    closes: date
    tasks: tuple[Task, ...]
    people: Mapping[int, Person]
    meetings: tuple[Meeting, ...]

    def solved(self, closes: date | None = None) -> Backplan:
        return plan_back(
            START, closes or self.closes, Level.PROVINCIAL, self.tasks, people=self.people, meetings=self.meetings
        )

    def idle(self) -> Situation:
        """Make it so that nobody has other commitments."""
        return replace(self, people={key: replace(each, committed={}) for key, each in self.people.items()})


@st.composite
def situations(draw: st.DrawFn, most: int = 3, effort: int = 3) -> Situation:
    """Make up a small application: few tasks of few minutes, people with one or two minutes a day."""
    tasks: list[Task] = []
    for place in range(draw(st.integers(1, most))):
        earlier = [each.key for each in tasks]
        is_council = draw(st.integers(0, 3)) == 0 and not any(each.kind is WorkKind.COUNCIL for each in tasks)
        tasks.append(
            Task(
                str(place),
                WorkKind.COUNCIL if is_council else WorkKind.WORK,
                Bilingual("task", "tâche"),
                owner=draw(st.sampled_from([1, 2])),
                minutes=0 if is_council else draw(st.integers(0, effort)),
                waits=draw(st.sampled_from([0, 0, 0, 1, 2])),
                after=tuple(draw(st.lists(st.sampled_from(earlier), unique=True, max_size=2))) if earlier else (),
                fixed=draw(st.none() | st.none() | st.dates(START - 2 * DAY, START + 12 * DAY)),
            )
        )
    days = [START + each * DAY for each in range(12)]
    people = {
        owner: Person(
            f"Person {owner}",
            weekly=draw(st.sampled_from([5, 10])),
            committed=draw(st.dictionaries(st.sampled_from(days), st.integers(1, 2), max_size=3)),
        )
        for owner in (1, 2)
    }
    meetings = tuple(
        Meeting(START + draw(st.integers(0, 14)) * DAY, draw(st.integers(0, 3))) for _ in range(draw(st.integers(1, 3)))
    )
    return Situation(START + draw(st.integers(-1, 9)) * DAY, tuple(tasks), people, meetings)


Laid = tuple[tuple[date, int], ...]


def ways(minutes: int, days: Sequence[date]) -> Iterator[Laid]:
    """Give every way to lay minutes on days; nothing at all still takes a day."""
    if not minutes:
        yield from (((day, 0),) for day in days)
        return
    for place, day in enumerate(days):
        for taken in range(1, minutes + 1):
            if taken == minutes:
                yield ((day, taken),)
            else:
                yield from (((day, taken), *rest) for rest in ways(minutes - taken, days[place + 1 :]))


CLOSED = {date(2026, 12, 25), date(2026, 12, 28), date(2027, 1, 1)}


def passed(first: date, then: date) -> int:
    """Count the business days after one day and up to another, one by one."""
    return sum(is_workday(first + each * DAY, AT_HOME) for each in range(1, (then - first).days + 1))


def misses_a_day(task: Task, days: Laid, last: date) -> bool:
    """Tell whether a task stands on a day on which nobody works, or ends after a day by which it is due."""
    end = days[-1][0] if task.fixed is None else task.fixed
    return (
        any(day < START or day.weekday() > 4 or day in CLOSED for day, _ in days if task.kind is WorkKind.WORK)
        or days[0][0] < START
        or days[-1][0] > end
        or end > last
        or passed(end, last) < task.waits
    )


def overworks(tasks: Sequence[Task], laid: Mapping[str, Laid], people: Mapping[int, Person]) -> bool:
    """Tell whether anybody works more minutes on a day than they have, or out of the order of the list."""
    for owner, person in people.items():
        own = [each for each in tasks if each.owner == owner and each.kind is WorkKind.WORK]
        for day in {day for each in own for day, _ in laid[each.key]}:
            minutes = sum(dict(laid[each.key]).get(day, 0) for each in own)
            if minutes > max(0, (person.weekly or 0) // 5 - person.committed.get(day, 0)):
                return True
        if any(laid[two.key][0][0] < laid[one.key][-1][0] for one, two in combinations(own, 2)):
            return True
    return False


def overtakes(before: Task, task: Task, laid: Mapping[str, Laid], met: Mapping[str, Meeting]) -> bool:
    """Tell whether a task begins too early after one that it comes after."""
    end = before.fixed or laid[before.key][-1][0]
    begin = met[task.key].papers_due if task.key in met else laid[task.key][0][0]
    may_share_a_day = before.key not in met and (task.key in met or before.owner == task.owner)
    return begin < end or passed(end, begin) < max(before.waits, 0 if may_share_a_day else 1)


def is_sound(
    tasks: Sequence[Task],
    laid: Mapping[str, Laid],
    met: Mapping[str, Meeting],
    last: date,
    people: Mapping[int, Person],
) -> bool:
    """Tell whether a plan of some tasks keeps every rule; a council's day of meeting is laid as no minutes."""
    return not (
        any(misses_a_day(each, laid[each.key], last) for each in tasks)
        or overworks(tasks, laid, people)
        or any(overtakes(one, two, laid, met) for one in tasks for two in tasks if one.key in two.after)
    )


def possible(situation: Situation, last: date) -> bool:
    """Tell by trying everything whether there is a plan."""
    tasks = situation.tasks
    days = [each for each in (START + day * DAY for day in range((last - START).days + 1)) if is_workday(each, AT_HOME)]

    def go_on(place: int, laid: dict[str, Laid], met: dict[str, Meeting]) -> bool:
        if place == len(tasks):
            return True
        task = tasks[place]
        if task.kind is WorkKind.COUNCIL:
            known = [each for each in situation.meetings if task.fixed is None or each.day == task.fixed]
            if task.fixed is not None and not known:
                known = [Meeting(task.fixed)]
            choices = [({**laid, task.key: ((each.day, 0),)}, {**met, task.key: each}) for each in known]
        else:
            choices = [({**laid, task.key: each}, met) for each in ways(task.minutes or 0, days)]
        return any(
            is_sound(tasks[: place + 1], tried, decided, last, situation.people) and go_on(place + 1, tried, decided)
            for tried, decided in choices
        )

    return go_on(0, {}, {})


@settings(max_examples=150, deadline=None)
@given(situations())
def test_a_plan_is_found_whenever_there_is_one_and_keeps_every_rule(situation: Situation) -> None:
    spare, late = workdays_before(situation.closes, 1, AT_HOME), workday_at_latest(situation.closes, AT_HOME)
    attempts = [(each, last) for each in (situation, situation.idle()) for last in (spare, late)]
    first = next(((each, last) for each, last in attempts if possible(each, last)), None)
    plan = situation.solved()
    assert (plan.shortfall is None) is (first is not None)
    if first is None:
        return
    kept, last = first
    assert plan.submit_by == last
    laid = {each.key: ((each.meeting.day, 0),) if each.meeting else each.days for each in plan.steps}
    met = {each.key: each.meeting for each in plan.steps if each.meeting is not None}
    assert is_sound(situation.tasks, laid, met, last, kept.people)
    assert {each.key: sum(minutes for _, minutes in each.days) for each in plan.steps} == {
        each.key: each.minutes for each in situation.tasks
    }


@settings(max_examples=150, deadline=None)
@given(situations(most=7, effort=12))
def test_the_earliest_day_is_the_first_that_is_in_time(situation: Situation) -> None:
    """Closing on the earliest day it would do, a business day before it would not."""
    free = replace(situation.idle(), tasks=tuple(replace(each, fixed=None) for each in situation.tasks))
    plan = free.solved()
    if plan.shortfall is None or plan.shortfall.earliest is None:
        return
    earliest = plan.shortfall.earliest
    assert plan.shortfall.days_short == workdays_between(plan.submit_by + DAY, earliest, AT_HOME) > 0
    assert free.solved(closes=earliest).shortfall is None
    assert free.solved(closes=workdays_before(earliest, 1, AT_HOME)).shortfall is not None


def without(situation: Situation, reasons: Sequence[Reason]) -> Situation:
    """Change what the reasons name: meetings every business day, no wait, no fixed date, a person with all the time."""
    tasks, people, meetings = situation.tasks, dict(situation.people), situation.meetings
    for reason in reasons:
        match reason.binding:
            case Binding.COUNCIL:
                quickest = min(each.papers for each in meetings)
                days = [START + each * DAY for each in range(40)]
                meetings += tuple(Meeting(each, quickest) for each in days if is_workday(each, AT_HOME))
            case Binding.WAIT:
                tasks = tuple(replace(each, waits=0) if each.key == reason.key else each for each in tasks)
            case Binding.FIXED:
                tasks = tuple(replace(each, fixed=None) if each.key == reason.key else each for each in tasks)
            case Binding.HOURS:
                assert reason.owner is not None
                people[reason.owner] = replace(people[reason.owner], weekly=10**6)
    return replace(situation, tasks=tasks, people=people, meetings=meetings)


@settings(max_examples=200, deadline=None)
@given(situations(most=6, effort=8))
def test_changing_what_binds_is_enough_and_nothing_is_named_in_vain(situation: Situation) -> None:
    shortfall = situation.solved().shortfall
    if shortfall is None or shortfall.reasons[0].binding in {Binding.CLOSED, Binding.ORDER}:
        return
    reasons = shortfall.reasons
    if shortfall.each_alone:
        assert all(without(situation, [each]).solved().shortfall is None for each in reasons)
        return
    assert without(situation, reasons).solved().shortfall is None
    if any(task.kind is WorkKind.COUNCIL and task.fixed is not None for task in situation.tasks):
        return  # beside a council date set by hand, a meeting may be named that need not have been
    for fewer in combinations(reasons, len(reasons) - 1):
        assert without(situation, fewer).solved().shortfall is not None


@settings(max_examples=100, deadline=None)
@given(situations(most=6, effort=8))
def test_the_same_is_planned_whatever_the_order_of_meetings(situation: Situation) -> None:
    assert situation.solved() == replace(situation, meetings=situation.meetings[::-1]).solved()
