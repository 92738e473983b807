"""Back-planning: from the closing date to a date for every piece of work, or an honest "not in time" with its reason.

The rules, exactly:

- People work on business days of Ontario's list, from today on. A person's weekly minutes are spread evenly over five
  days, rounded down to whole minutes; what other applications take on a day is taken off.
- Everybody does their work in the order of the list, one piece after the other, as many on a day as fit. Works that
  nobody owns are done by one person who is still to be found.
- A work begins when those it comes after are finished: on the same day where the same person does both, else on a
  later business day. A wait of n business days puts that off to the n-th business day after the finish.
- A decision of council falls on a day of meeting. The papers, which are the works it comes after, are finished by the
  business day on which they are due, and what follows begins on a later business day.
- A date fixed by hand is the day on which the work is finished: it is not finished later, and what comes after it
  begins no earlier than if it had been finished on that day.
- All is finished, waits included, by the last day of work: the business day before the closing date, or the closing
  date itself where that alone is possible.

Each person's works keep their order, so laying the last work as late as it may be, then the one before, finds a plan
whenever there is one; laying the first as early as it may be finds the earliest day on which all can be done. Nothing
here reads a clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType

from grants.domain.bilingual import Bilingual
from grants.domain.catalogue import Level
from grants.domain.communities import CommunityKind
from grants.domain.phrases import NBSP
from grants.domain.phrases import day as day_words
from grants.domain.workdays import (
    AT_HOME,
    workday_at_earliest,
    workday_at_latest,
    workdays_after,
    workdays_before,
    workdays_between,
)
from grants.domain.works import WorkKind

DEFAULT_WEEKLY = 7 * 60
"""Minutes a week that a person is taken to have for applications where nobody said: one day."""
DEFAULT_MINUTES = 2 * 60
"""Minutes that a work is taken to need where nobody said."""
DEFAULT_PAPERS = 5
"""Business days before a meeting by which its papers are due where nobody said."""
MOST_MINUTES = 100_000
"""The largest effort of one work: about a year of somebody's whole time."""
LONGEST_WAIT = 260
"""The longest wait, and the longest lead of papers, in business days: a year."""
FURTHEST_DAYS = 3 * 365
"""Calendar days from today beyond which no earliest date is looked for."""

_DAY = timedelta(days=1)
_DAYS_A_WEEK = 5


class CircularError(ValueError):
    """Works wait for each other; ``keys`` are those that can never begin."""

    def __init__(self, keys: tuple[str, ...]) -> None:
        super().__init__(f"works wait for each other: {', '.join(keys)}")
        self.keys = keys


@dataclass(frozen=True, slots=True)
class Task:
    """A piece of work of one application, as its people keep it.

    ``owner`` is a person's id, ``minutes`` the effort (``None``: nobody said), ``waits`` the business days that pass
    after it until the result is there, ``after`` the keys of tasks that come before; those that are done or unknown do
    not hold it up. ``done`` means that the result is there, the wait included. ``fixed`` is a date set by hand.
    """

    key: str
    kind: WorkKind
    title: Bilingual
    owner: int | None = None
    minutes: int | None = None
    waits: int = 0
    after: tuple[str, ...] = ()
    done: bool = False
    fixed: date | None = None

    def __post_init__(self) -> None:
        """Refuse an effort or a wait that cannot be meant."""
        if not 0 <= (self.minutes or 0) <= MOST_MINUTES or not 0 <= self.waits <= LONGEST_WAIT:
            raise ValueError(f"{self.key}: {self.minutes} minutes and {self.waits} days to wait cannot be planned")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who works: weekly minutes (``None``: nobody said), and what other applications take on which day."""

    name: str
    weekly: int | None = None
    committed: Mapping[date, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting of council or band council; its papers are due some business days before."""

    day: date
    papers: int = DEFAULT_PAPERS

    def __post_init__(self) -> None:
        """Refuse a lead that cannot be meant."""
        if not 0 <= self.papers <= LONGEST_WAIT:
            raise ValueError(f"papers are due 0 to {LONGEST_WAIT} business days before a meeting, got {self.papers}")

    @property
    def papers_due(self) -> date:
        """The last business day on which papers are taken."""
        return workday_at_latest(workdays_before(self.day, self.papers, AT_HOME), AT_HOME)


@dataclass(frozen=True, slots=True)
class Step:
    """When a task is to be done.

    ``days`` are the minutes on each day. A council step begins and ends on the day of its ``meeting``; where no meeting
    is known, ``start`` and ``finish`` are ``None``. ``needed_by`` is the last day on which it may be finished without
    putting off what comes after; ``None`` in a plan that is too late anyway.
    """

    key: str
    owner: int | None
    start: date | None
    finish: date | None
    days: tuple[tuple[date, int], ...] = ()
    meeting: Meeting | None = None
    needed_by: date | None = None


@dataclass(frozen=True, slots=True)
class Overload:
    """A week, by its Monday, in which a person has more to do than time: minutes planned in all, and available."""

    monday: date
    owner: int | None
    planned: int
    available: int
    words: Bilingual


class Binding(StrEnum):
    """What keeps a plan from being done in time."""

    CLOSED = "closed"
    COUNCIL = "council"
    WAIT = "wait"
    FIXED = "fixed"
    HOURS = "hours"
    ORDER = "order"


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that binds: the person or the task it is about, and the sentence that says so."""

    binding: Binding
    words: Bilingual
    owner: int | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Shortfall:
    """Why it cannot be done in time.

    ``reasons`` are the things that bind. Where ``each_alone`` is true, a change to any one of them would be enough;
    else all of them would have to change, and none can be left out. ``days_short`` counts the business days from the
    last day of work to ``earliest``, the first day by which all could be done; both are ``None`` where none is known.
    """

    words: Bilingual
    reasons: tuple[Reason, ...]
    each_alone: bool
    days_short: int | None = None
    earliest: date | None = None


@dataclass(frozen=True, slots=True)
class Backplan:
    """Dates for all tasks that are not done, in the order in which they are planned.

    ``submit_by`` is the last day of work of this plan. With a ``shortfall`` the steps say how early each could be done,
    beyond the closing date; without one they say how late each may be begun. ``last_safe_meeting`` is the last meeting
    whose decision comes in time, ``council_by`` the day by which council must have met.
    """

    submit_by: date
    steps: tuple[Step, ...]
    last_safe_meeting: Meeting | None = None
    council_by: date | None = None
    overloads: tuple[Overload, ...] = ()
    assumptions: tuple[Bilingual, ...] = ()
    shortfall: Shortfall | None = None


def plan_back(
    today: date,
    closes: date,
    level: Level,
    tasks: Sequence[Task],
    *,
    people: Mapping[int, Person] = MappingProxyType({}),
    meetings: Iterable[Meeting] = (),
    kind: CommunityKind = "municipality",
) -> Backplan:
    """Plan the tasks of an application back from its closing date.

    Tried in this order, until one can be done: with a business day to spare and beside all other commitments; without
    the day to spare; with it, but as if nobody had other commitments; without either. Weeks in which somebody then has
    too much to do are named. If none can be done, the earliest plan is given with a shortfall.

    Args:
        today: counts as a whole day of work where it is a business day.
        closes: the last day on which the application may be submitted.
        level: whose money it is, for the holidays before the closing date.
        tasks: in the order of the list, each with a key of its own; a task that stands before one that it comes after
            is moved behind it. Reports are left out: they are due after an award.
        people: by id; an owner who is not among them has unknown hours.
        meetings: of council, in any order; those before today do not count.
        kind: whose council it is.

    Raises:
        CircularError: tasks wait for each other.

    Cost:
        Up to 6 passes, and where it cannot be done about 3 more for each person, wait, fixed date and council. A pass
        takes O(tasks squared + days looked at); those are the days with work and those full of other commitments.
    """
    open_tasks = _in_order([each for each in tasks if not each.done and each.kind is not WorkKind.REPORT])
    ahead = [each for each in meetings if each.day >= today]
    if ahead:
        ahead += [each for each in _fixed_meetings(open_tasks, ahead) if each.day >= today]
    # A closing date in the past is too late, however far back it lies.
    ends = max(closes, today - 7 * _DAY)
    frame = _Frame(
        today=workday_at_earliest(today, AT_HOME),
        last=workday_at_latest(workdays_before(ends, 1, level), AT_HOME),
        tasks=open_tasks,
        people=people,
        meetings=tuple(sorted(ahead, key=lambda each: (each.day, each.papers))),
        any_day=not ahead,
    )
    late = replace(frame, last=workday_at_latest(ends, AT_HOME))
    told = _assumptions(frame, kind)
    for attempt in (frame, late, replace(frame, alone=True), replace(late, alone=True)):
        steps = _backward(attempt)
        if steps is not None:
            councils = [each for task, each in zip(open_tasks, steps, strict=True) if task.kind is WorkKind.COUNCIL]
            return Backplan(
                attempt.last,
                steps,
                last_safe_meeting=councils[-1].meeting if councils else None,
                council_by=councils[-1].needed_by if councils else None,
                overloads=_overloads(attempt, steps),
                assumptions=(*told, *_given_up(attempt, frame)),
            )
    attempt = replace(late, alone=True)
    found = _forward(attempt)
    steps = found[0] if found else ()
    return Backplan(
        attempt.last,
        steps,
        overloads=_overloads(attempt, steps),
        assumptions=(*told, *_given_up(attempt, late)),
        shortfall=_shortfall(attempt, found[1] if found else None, today, closes, kind),
    )


def load(steps: Iterable[Step]) -> dict[int, dict[date, int]]:
    """Add up what steps take: minutes by person and day, to be other applications' commitments."""
    taken: dict[int, dict[date, int]] = {}
    for step in steps:
        if step.owner is not None:
            days = taken.setdefault(step.owner, {})
            for day, minutes in step.days:
                days[day] = days.get(day, 0) + minutes
    return taken


# Laying work on days


@dataclass(frozen=True, slots=True)
class _Frame:
    """What a plan must keep to. With ``any_day`` council may meet on any business day beside its ``meetings``.

    ``alone`` leaves other commitments aside. More is left aside to find what binds: ``rested`` are owners whose hours
    are without end; ``waitless`` and ``loose`` are tasks whose wait or fixed date does not count. ``council`` is the
    business days that papers are due before a meeting that is only supposed.
    """

    today: date
    last: date
    tasks: tuple[Task, ...]
    people: Mapping[int, Person]
    meetings: tuple[Meeting, ...]
    any_day: bool
    council: int = DEFAULT_PAPERS
    alone: bool = False
    rested: frozenset[int | None] = frozenset()
    waitless: frozenset[str] = frozenset()
    loose: frozenset[str] = frozenset()

    def capacity(self, owner: int | None, day: date) -> int:
        """Give the minutes that somebody has on a business day."""
        person = self.people.get(owner) if owner is not None else None
        committed = person.committed.get(day, 0) if person is not None and not self.alone else 0
        return max(0, self.daily(owner) - committed)

    def daily(self, owner: int | None) -> int:
        """Give the minutes that somebody has on a business day without other commitments."""
        return _weekly(self.people, owner) // _DAYS_A_WEEK

    def effort(self, task: Task) -> int:
        """Give the minutes that must be found for a task; none where its owner's hours are without end."""
        if task.kind is WorkKind.COUNCIL or task.owner in self.rested:
            return 0
        return DEFAULT_MINUTES if task.minutes is None else task.minutes

    def lag(self, before: Task, after: Task) -> int:
        """Give how many business days after the finish of one task another that comes after it may begin.

        For a decision of council to begin means that its papers are handed in, which may be the day they are finished.
        """
        met = before.kind is WorkKind.COUNCIL
        same_day = not met and (before.owner == after.owner or after.kind is WorkKind.COUNCIL)
        return max(self.waits(before), 0 if same_day else 1)

    def waits(self, task: Task) -> int:
        """Give the business days that pass after a task until its result is there."""
        return 0 if task.key in self.waitless else task.waits

    def fixed(self, task: Task) -> date | None:
        """Give the date fixed by hand."""
        return None if task.key in self.loose else task.fixed


@dataclass(slots=True)
class _Cursor:
    """How far somebody's days are taken: up to ``day``, of which ``left`` minutes are free."""

    day: date
    left: int


def _backward(frame: _Frame) -> tuple[Step, ...] | None:
    """Lay each task as late as it may be, the last first; ``None`` where one would begin before today."""
    cursors: dict[int | None, _Cursor] = {}
    steps: dict[str, Step] = {}
    by_key = {each.key: each for each in frame.tasks}
    bounds = {each.key: _latest_finish(frame.last, frame.waits(each)) for each in frame.tasks}
    for task in reversed(frame.tasks):
        needed_by = bounds[task.key]
        fixed = frame.fixed(task)
        if fixed is not None and fixed > needed_by:
            return None
        bound = needed_by if fixed is None else fixed
        if task.kind is WorkKind.COUNCIL:
            meeting = _latest_meeting(frame, bound, fixed)
            if meeting is None or meeting.day < frame.today:
                return None
            begins = meeting.papers_due
            steps[task.key] = replace(_met(frame, task, meeting), needed_by=needed_by)
        else:
            days = _lay_back(frame, cursors, task, bound)
            if days is None:
                return None
            begins = days[0][0]
            steps[task.key] = Step(task.key, task.owner, begins, days[-1][0], days, needed_by=needed_by)
        for key in task.after:
            if key in by_key:
                bounds[key] = min(bounds[key], _latest_finish(begins, frame.lag(by_key[key], task)))
    return tuple(steps[each.key] for each in frame.tasks)


def _latest_finish(begins: date, lag: int) -> date:
    """Give the last day on which what comes ``lag`` business days before a business day may be finished."""
    return workdays_before(begins, lag - 1, AT_HOME) - _DAY if lag else begins


def _lay_back(
    frame: _Frame, cursors: dict[int | None, _Cursor], task: Task, bound: date
) -> tuple[tuple[date, int], ...] | None:
    """Take the minutes of a task from its owner's days, from ``bound`` backwards; ``None`` before today."""
    cursor = cursors.get(task.owner)
    first = workday_at_latest(bound if cursor is None else min(bound, cursor.day), AT_HOME)
    days = _lay(frame, cursors, task, _days_back(first, frame.today))
    return tuple(reversed(days)) if days is not None else None


def _days_back(first: date, last: date) -> Iterator[date]:
    """Go from a business day back to another, both included."""
    while first >= last:
        yield first
        first = workdays_before(first, 1, AT_HOME)


def _lay(
    frame: _Frame, cursors: dict[int | None, _Cursor], task: Task, days: Iterable[date]
) -> list[tuple[date, int]] | None:
    """Take the minutes of a task from days, in their order; ``None`` where they do not suffice."""
    cursor, minutes = cursors.get(task.owner), frame.effort(task)
    if minutes and not frame.daily(task.owner):
        return None
    laid: list[tuple[date, int]] = []
    for day in days:
        left = cursor.left if cursor is not None and day == cursor.day else frame.capacity(task.owner, day)
        taken = min(left, minutes)
        minutes -= taken
        if taken or not (minutes or laid):
            laid.append((day, taken))
        if not minutes:
            cursors[task.owner] = _Cursor(day, left - taken)
            return laid
    return None


def _latest_meeting(frame: _Frame, bound: date, fixed: date | None) -> Meeting | None:
    """Choose the meeting up to a day whose papers are due last; one fixed by hand is taken as it is."""
    if fixed is not None:
        return _fixed_meeting(frame, fixed)
    supposed = [Meeting(workday_at_latest(bound, AT_HOME), frame.council)] if frame.any_day else []
    return max(
        (each for each in (*frame.meetings, *supposed) if each.day <= bound),
        key=lambda each: (each.papers_due, each.day),
        default=None,
    )


def _fixed_meeting(frame: _Frame, fixed: date) -> Meeting:
    known = [each for each in frame.meetings if each.day == fixed]
    return min(known, key=lambda each: each.papers, default=Meeting(fixed, frame.council))


def _met(frame: _Frame, task: Task, meeting: Meeting) -> Step:
    """Make the step of a decision of council; without a date where the meeting is only supposed."""
    if frame.any_day and frame.fixed(task) is None:
        return Step(task.key, task.owner, None, None)
    return Step(task.key, task.owner, meeting.day, meeting.day, meeting=meeting)


def _forward(frame: _Frame) -> tuple[tuple[Step, ...], date] | None:
    """Lay each task as early as it may be, the first first.

    A task that cannot be finished by its fixed date slips behind it.

    Returns: The steps and the business day by which all is done; ``None`` where that is not in sight.
    """
    cursors: dict[int | None, _Cursor] = {}
    steps: list[Step] = []
    ready: dict[str, date] = {}
    done = frame.today
    for place, task in enumerate(frame.tasks):
        fixed = frame.fixed(task)
        if task.kind is WorkKind.COUNCIL:
            meeting = _earliest_meeting(frame, ready.get(task.key), fixed)
            if meeting is None:
                return None
            finished = meeting.day
            steps.append(_met(frame, task, meeting))
        else:
            days = _lay_on(frame, cursors, task, ready.get(task.key, frame.today))
            if days is None:
                return None
            finished = days[-1][0]
            steps.append(Step(task.key, task.owner, days[0][0], finished, days))
        finished = finished if fixed is None else max(finished, fixed)
        if (finished - frame.today).days > FURTHEST_DAYS:
            return None
        there = workday_at_earliest(workdays_after(finished, frame.waits(task), AT_HOME), AT_HOME)
        done = max(done, there)
        for after in frame.tasks[place + 1 :]:
            if task.key in after.after:
                begins = workdays_after(finished, frame.lag(task, after), AT_HOME)
                ready[after.key] = max(begins, ready.get(after.key, begins))
    return tuple(steps), done


def _earliest_meeting(frame: _Frame, ready: date | None, fixed: date | None) -> Meeting | None:
    """Choose the first meeting that still takes the papers; none are missing where ``ready`` is ``None``."""
    after = frame.today if fixed is None else max(fixed, frame.today)
    choices = [each for each in frame.meetings if each.day >= after]
    if frame.any_day:
        day = frame.today if ready is None else workdays_after(ready, frame.council, AT_HOME)
        choices.append(Meeting(workday_at_earliest(max(day, after), AT_HOME), frame.council))
    if fixed is not None and fixed >= frame.today:
        choices.append(_fixed_meeting(frame, fixed))
    in_time = [each for each in choices if ready is None or each.papers_due >= ready]
    return min(in_time, key=lambda each: (each.day, each.papers), default=None)


def _lay_on(
    frame: _Frame, cursors: dict[int | None, _Cursor], task: Task, ready: date
) -> tuple[tuple[date, int], ...] | None:
    """Take the minutes of a task from its owner's days, from ``ready`` on; ``None`` where none are in sight."""
    cursor = cursors.get(task.owner)
    first = workday_at_earliest(ready if cursor is None else max(ready, cursor.day), AT_HOME)
    days = _lay(frame, cursors, task, _days_on(first, frame.today + FURTHEST_DAYS * _DAY))
    return tuple(days) if days is not None else None


def _days_on(first: date, last: date) -> Iterator[date]:
    """Go from a business day on to another, both included."""
    while first <= last:
        yield first
        first = workdays_after(first, 1, AT_HOME)


def _fixed_meetings(tasks: Sequence[Task], known: Sequence[Meeting]) -> list[Meeting]:
    """Give the meetings that are not listed but that somebody fixed the date of by hand."""
    listed = {each.day for each in known}
    fixed = [each.fixed for each in tasks if each.kind is WorkKind.COUNCIL and each.fixed is not None]
    return [Meeting(day) for day in dict.fromkeys(fixed) if day not in listed]


def _in_order(tasks: Sequence[Task]) -> tuple[Task, ...]:
    """Keep the order of the list, but put each task behind those it comes after."""
    waiting = list(tasks)
    placed: dict[str, Task] = {}
    keys = {each.key for each in tasks}
    while waiting:
        task = next((each for each in waiting if all(key in placed for key in each.after if key in keys)), None)
        if task is None:
            raise CircularError(tuple(each.key for each in waiting))
        waiting.remove(task)
        placed[task.key] = task
    return tuple(placed.values())


# What is said


def _weekly(people: Mapping[int, Person], owner: int | None) -> int:
    person = people.get(owner) if owner is not None else None
    return DEFAULT_WEEKLY if person is None or person.weekly is None else person.weekly


def _name(people: Mapping[int, Person], owner: int | None) -> Bilingual:
    person = people.get(owner) if owner is not None else None
    if person is None:
        return Bilingual("whoever takes it on", "la personne qui s’en chargera")
    return Bilingual(person.name, person.name)


def _council(kind: CommunityKind) -> Bilingual:
    return Bilingual("band council", "conseil de bande") if kind == "first-nation" else Bilingual("council", "conseil")


def _hours(minutes: int) -> Bilingual:
    """Write minutes as hours to a tenth: ``7 hours``, ``7,5 heures``."""
    tenths = round(minutes / 6)
    number = f"{tenths // 10}.{tenths % 10}".removesuffix(".0")
    one, two = 10, 20
    return Bilingual(
        f"{number} hour{'' if tenths == one else 's'}",
        f"{number.replace('.', ',')}{NBSP}heure{'' if tenths < two else 's'}",
    )


def _days(count: int) -> Bilingual:
    plural = "" if count == 1 else "s"
    return Bilingual(f"{count} business day{plural}", f"{count}{NBSP}jour{plural} ouvrable{plural}")


def _on(day: date) -> Bilingual:
    return Bilingual(day_words(day, "en"), day_words(day, "fr"))


def _assumptions(frame: _Frame, kind: CommunityKind) -> tuple[Bilingual, ...]:
    """Say what was taken for granted because nobody said."""
    said = []
    work = [each for each in frame.tasks if each.kind is not WorkKind.COUNCIL]
    week, each_task, council = _hours(DEFAULT_WEEKLY), _hours(DEFAULT_MINUTES), _council(kind)
    for owner in dict.fromkeys(each.owner for each in work if each.owner is not None):
        person, name = frame.people.get(owner), _name(frame.people, owner)
        if person is None or person.weekly is None:
            said.append(
                Bilingual(
                    f"The hours of {name.en} are not known; {week.en} a week are assumed.",
                    f"Les heures ne sont pas connues ({name.fr}); on suppose {week.fr} par semaine.",
                )
            )
    if any(each.owner is None for each in work):
        said.append(
            Bilingual(
                f"Some work has no owner yet; one person with {week.en} a week is assumed.",
                "Une partie du travail n’a pas encore de responsable; "
                f"on suppose une personne à {week.fr} par semaine.",
            )
        )
    if any(each.minutes is None for each in work):
        said.append(
            Bilingual(
                f"How long some work takes was not said; {each_task.en} each are assumed.",
                f"La durée d’une partie du travail n’a pas été indiquée; on suppose {each_task.fr} par tâche.",
            )
        )
    if frame.any_day and len(work) < len(frame.tasks):
        papers = _days(frame.council)
        said.append(
            Bilingual(
                f"No coming meeting of {council.en} is known. The plan says by when it must have met, and assumes that "
                f"agenda papers are due {papers.en} before.",
                f"Aucune réunion à venir du {council.fr} n’est connue. Le plan indique quand il doit s’être réuni au "
                f"plus tard et suppose que les documents sont à remettre {papers.fr} avant la réunion.",
            )
        )
    return tuple(said)


def _given_up(attempt: _Frame, wanted: _Frame) -> tuple[Bilingual, ...]:
    """Say what had to be given up for this attempt."""
    said = []
    if attempt.last != wanted.last:
        said.append(
            Bilingual(
                "No business day is left to spare before the closing date.",
                "Il ne reste aucun jour ouvrable d’avance avant la date de clôture.",
            )
        )
    if attempt.alone and any(person.committed for person in attempt.people.values()):
        said.append(
            Bilingual(
                "Work for other applications is left aside; the weeks in which that is too much are named.",
                "Le travail pour d’autres demandes n’est pas compté; les semaines trop chargées sont indiquées.",
            )
        )
    return tuple(said)


def _overloads(frame: _Frame, steps: Sequence[Step]) -> tuple[Overload, ...]:
    """Find the weeks with work of this plan in which somebody has more to do than time, all commitments included."""
    planned: dict[tuple[date, int | None], int] = {}
    for step in steps:
        for day, minutes in step.days:
            if minutes:
                week = (day - day.weekday() * _DAY, step.owner)
                planned[week] = planned.get(week, 0) + minutes
    found = []
    for (monday, owner), minutes in sorted(planned.items(), key=lambda each: (each[0][0], each[0][1] or 0)):
        person = frame.people.get(owner) if owner is not None else None
        friday = monday + 4 * _DAY
        committed = person.committed if person is not None else {}
        total = minutes + sum(taken for day, taken in committed.items() if monday <= day <= friday)
        available = frame.daily(owner) * workdays_between(monday, friday, AT_HOME)
        if total > available:
            name, work, time, week_of = _name(frame.people, owner), _hours(total), _hours(available), _on(monday)
            words = Bilingual(
                f"In the week of {week_of.en}, {name.en} has {work.en} of work and {time.en} for it.",
                f"Dans la semaine du {week_of.fr.removeprefix('le ')}, {name.fr} a {work.fr} de travail "
                f"et {time.fr} pour le faire.",
            )
            found.append(Overload(monday, owner, total, available, words))
    return tuple(found)


# What binds


@dataclass(frozen=True, slots=True)
class _Bond:
    """A constraint that can be left aside."""

    binding: Binding
    owner: int | None = None
    key: str = ""

    def loosened(self, frame: _Frame) -> _Frame:
        """Give the frame without this constraint."""
        match self.binding:
            case Binding.COUNCIL:
                quickest = min((each.papers for each in frame.meetings), default=frame.council)
                return replace(frame, any_day=True, council=quickest)
            case Binding.WAIT:
                return replace(frame, waitless=frame.waitless | {self.key})
            case Binding.FIXED:
                return replace(frame, loose=frame.loose | {self.key})
            case _:
                return replace(frame, rested=frame.rested | {self.owner})


def _bonds(frame: _Frame) -> list[_Bond]:
    """List the constraints of a frame, those that nobody here can change first."""
    councils = [each for each in frame.tasks if each.kind is WorkKind.COUNCIL]
    owners = dict.fromkeys(each.owner for each in frame.tasks if frame.effort(each))
    return [
        *([_Bond(Binding.COUNCIL)] if councils and not frame.any_day else []),
        *(_Bond(Binding.WAIT, key=each.key) for each in frame.tasks if each.waits),
        *(_Bond(Binding.FIXED, key=each.key) for each in frame.tasks if each.fixed is not None),
        *(_Bond(Binding.HOURS, owner=owner) for owner in owners),
    ]


def _shortfall(frame: _Frame, earliest: date | None, today: date, closes: date, kind: CommunityKind) -> Shortfall:
    """Find what binds by leaving aside each constraint alone, and if none is enough, a set that cannot be smaller."""
    short = None if earliest is None else workdays_between(frame.last + _DAY, earliest, AT_HOME)
    words = _too_late(closes, earliest, short)
    if frame.last < frame.today:
        closed = _on(closes)
        said = (
            Bilingual(f"The closing date, {closed.en}, has passed.", f"La date de clôture, {closed.fr}, est passée.")
            if closes < today
            else Bilingual(
                f"No business day is left before it closes on {closed.en}.",
                f"Il ne reste aucun jour ouvrable avant la clôture, {closed.fr}.",
            )
        )
        return Shortfall(words, (Reason(Binding.CLOSED, said),), each_alone=True, days_short=short, earliest=earliest)
    bonds = _bonds(frame)
    binding = [each for each in bonds if _backward(each.loosened(frame)) is not None]
    alone = bool(binding)
    if not alone:
        binding = _irreducible(frame, bonds)
    reasons = [_reason(frame, each, kind) for each in binding] or [_order(frame, bonds)]
    return Shortfall(words, tuple(reasons), each_alone=alone or not binding, days_short=short, earliest=earliest)


def _irreducible(frame: _Frame, bonds: Sequence[_Bond]) -> list[_Bond]:
    """Give constraints that are enough when left aside together, none of which can be kept; none where all are not."""

    def fits(left_aside: Iterable[_Bond]) -> bool:
        loose = frame
        for bond in left_aside:
            loose = bond.loosened(loose)
        return _backward(loose) is not None

    if not fits(bonds):
        return []
    needed = list(bonds)
    for bond in bonds:
        fewer = [each for each in needed if each != bond]
        if fits(fewer):
            needed = fewer
    return needed


def _too_late(closes: date, earliest: date | None, short: int | None) -> Bilingual:
    closed = _on(closes)
    until = f"au {closed.fr.removeprefix('le ')}"
    if earliest is None or short is None:
        return Bilingual(
            f"This cannot be done by {closed.en}, and no day is known on which it could be.",
            f"Ce n’est pas possible d’ici {until}, et on ne connaît aucune date à laquelle ce le serait.",
        )
    ready = _on(earliest)
    if not short:
        return Bilingual(
            f"The dates fixed by hand cannot all be kept. If they may slip, all could be ready on {ready.en}.",
            f"Les dates fixées à la main ne peuvent pas toutes être respectées. Si elles glissent, tout pourrait être "
            f"prêt {ready.fr}.",
        )
    days = _days(short)
    return Bilingual(
        f"This cannot be done by {closed.en}: it could be ready on {ready.en} at the earliest, {days.en} too late.",
        f"Ce n’est pas possible d’ici {until}{NBSP}: tout pourrait être prêt {ready.fr} au plus tôt, "
        f"soit {days.fr} trop tard.",
    )


def _reason(frame: _Frame, bond: _Bond, kind: CommunityKind) -> Reason:
    match bond.binding:
        case Binding.COUNCIL:
            words = _no_meeting(frame, kind)
        case Binding.HOURS:
            words = _too_few_hours(frame, bond.owner)
        case _:
            task = next(each for each in frame.tasks if each.key == bond.key)
            words = _wait(task) if bond.binding is Binding.WAIT else _fixed_by_hand(task)
    return Reason(bond.binding, words, owner=bond.owner, key=bond.key or None)


def _no_meeting(frame: _Frame, kind: CommunityKind) -> Bilingual:
    """Say between which days no meeting is known that would do, and when the next is."""
    council = _council(kind)
    free = _Bond(Binding.COUNCIL).loosened(frame)
    met = _backward(free)
    task = [each for each in frame.tasks if each.kind is WorkKind.COUNCIL][-1]
    by = frame.last if met is None else next(each.needed_by for each in met if each.key == task.key) or frame.last
    start, end = _on(_papers_ready(free, task)), _on(by)
    coming = next((each for each in frame.meetings if each.day > by), None)
    next_one = (
        Bilingual("No later one is known.", "Aucune réunion ultérieure n’est connue.")
        if coming is None
        else Bilingual(f"The next is on {_on(coming.day).en}.", f"La prochaine a lieu {_on(coming.day).fr}.")
    )
    return Bilingual(
        f"The agenda papers can be ready on {start.en} at the earliest, and the decision is needed by {end.en}: no "
        f"meeting of {council.en} is known in between that still takes them. {next_one.en}",
        f"Les documents peuvent être prêts {start.fr} au plus tôt, et il faut la décision au plus tard {end.fr}{NBSP}: "
        f"on ne connaît entre-temps aucune réunion du {council.fr} pour laquelle ils arriveraient à temps. "
        f"{next_one.fr}",
    )


def _papers_ready(frame: _Frame, council: Task) -> date:
    """Give the first day on which the papers for a decision can be handed in; today where none are missing."""
    found = _forward(frame)
    finished = {each.key: each.finish for each in found[0]} if found else {}
    days = [
        workdays_after(day, frame.lag(each, council), AT_HOME)
        for each in frame.tasks
        if each.key in council.after and (day := finished.get(each.key)) is not None
    ]
    return max(days, default=frame.today)


def _too_few_hours(frame: _Frame, owner: int | None) -> Bilingual:
    name, week = _name(frame.people, owner), _hours(_weekly(frame.people, owner))
    work = _hours(sum(frame.effort(each) for each in frame.tasks if each.owner == owner))
    return Bilingual(
        f"The work of {name.en} takes {work.en}, at {week.en} a week. More hours or another person would help.",
        f"Le travail à faire ({name.fr}) demande {work.fr}, à raison de {week.fr} par semaine. "
        "Plus d’heures ou une autre personne aideraient.",
    )


def _wait(task: Task) -> Bilingual:
    days = _days(task.waits)
    return Bilingual(
        f"“{task.title.en}” takes {days.en} of waiting. Ask whether it can go faster.",
        f"«{NBSP}{task.title.fr}{NBSP}» demande {days.fr} d’attente. Demandez si cela peut aller plus vite.",
    )


def _fixed_by_hand(task: Task) -> Bilingual:
    return Bilingual(
        f"The date of “{task.title.en}” is fixed by hand. Another date would help.",
        f"La date de «{NBSP}{task.title.fr}{NBSP}» est fixée à la main. Une autre date aiderait.",
    )


def _order(frame: _Frame, bonds: Sequence[_Bond]) -> Reason:
    """Say how many days the steps take one after another, even without any other constraint."""
    bare = frame
    for bond in bonds:
        bare = bond.loosened(bare)
    found = _forward(bare)
    done = found[1] if found else frame.today + FURTHEST_DAYS * _DAY
    needed = _days(workdays_between(frame.today, done, AT_HOME))
    left = workdays_between(frame.today, frame.last, AT_HOME)
    return Reason(
        Binding.ORDER,
        Bilingual(
            f"The steps follow one another and take {needed.en} even without any wait; "
            f"{left} {'is' if left == 1 else 'are'} left.",
            f"Les étapes se suivent et demandent {needed.fr} même sans aucune attente; il en reste {left}.",
        ),
    )
