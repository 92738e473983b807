"""What a person chooses for one deadline or for all, new rounds, and what is said to have changed; both databases."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from grants.delivery.mail import Ending, Letter
from grants.domain.deadlines import Deadline
from grants.domain.records import read, write
from grants.domain.reminders import Kind
from grants.services import intakes, people, sessions, tracking
from grants.services.people import RefusedError, Wishes
from grants.store import sessions as session_rows
from grants.store.catalogue import IntakeRow
from grants.store.database import transaction
from grants.store.people import PersonRow
from grants.store.reminders import ReminderRow, ReminderState
from grants.store.tracking import TrackedRow
from tests.builders import TORONTO, an_intake, timed
from tests.reminding import (
    CLOSES,
    START,
    Clock,
    Mailbox,
    Run,
    add_community,
    add_person,
    add_stream,
    add_task,
    always,
    change_task,
    follow,
    join,
    planned,
    the_task,
)

pytestmark = pytest.mark.one_database

EARLY = datetime(2026, 10, 1, tzinfo=UTC)


@pytest.fixture
def ana(db_session: Session) -> int:
    """Somebody who has tracked a round since long before it closes on 11 December."""
    del db_session
    person, intake = add_person(), add_stream()
    follow(person, intake, EARLY)
    return person


def the_row(session: Session) -> TrackedRow:
    """Read what is tracked first."""
    return session.scalars(select(TrackedRow).order_by(TrackedRow.id).limit(1)).one()


def every_six_hours(clock: Clock, until: date) -> Iterator[None]:
    """Go on until a day."""
    end = datetime(until.year, until.month, until.day, tzinfo=UTC)
    while clock.at < end:
        yield
        clock.go(hours=6)


class TestPutOff:
    """One deadline that is to be quiet for a while."""

    def test_nothing_comes_until_that_morning_and_then_all_as_before(
        self, ana: int, clock: Clock, run: Run, mailbox: Mailbox
    ) -> None:
        clock.at = datetime(2026, 11, 20, 15, tzinfo=UTC)
        run()
        mailbox.taken.clear()
        with transaction() as session:
            tracking.put_off(session, the_row(session), date(2026, 12, 6), clock())
        for _ in every_six_hours(clock, date(2026, 12, 14)):
            run()
        assert mailbox.subjects() == [
            f"{when}: Safety Fund" for when in ("In 5 days", "In 3 days", "Tomorrow", "Today")
        ]
        assert "You had put this reminder off until now." in mailbox.taken[0].text
        del ana

    def test_twice_is_told_twice(self, ana: int, clock: Clock, run: Run, mailbox: Mailbox) -> None:
        clock.at = datetime(2026, 11, 20, 15, tzinfo=UTC)
        run()
        mailbox.taken.clear()
        for day in (date(2026, 11, 23), date(2026, 11, 25)):
            with transaction() as session:
                tracking.put_off(session, the_row(session), day, clock())
            clock.morning(day)
            run()
        assert mailbox.subjects() == ["In 18 days: Safety Fund", "In 16 days: Safety Fund"]
        del ana

    def test_taken_back_all_comes_as_before(self, db_session: Session, ana: int, clock: Clock) -> None:
        before = planned(db_session)
        with transaction() as session:
            tracking.put_off(session, the_row(session), CLOSES, clock())
        assert {(kind, lead) for kind, lead, _ in planned(db_session)} == {(Kind.AGAIN, 0), (Kind.LEAD, 0)}
        with transaction() as session:
            tracking.wake(session, the_row(session), clock())
        ahead = [(kind, lead) for kind, lead, state in planned(db_session) if state == "planned"]
        assert ahead == [(kind, lead) for kind, lead, _ in before if kind == Kind.LEAD and lead <= 14]
        del ana

    @pytest.mark.parametrize(
        ("until", "said"),
        [
            pytest.param(date(2026, 11, 24), "This day has come already", id="today"),
            pytest.param(date(2026, 12, 12), "the last day on which there is still time is Friday 11", id="too late"),
        ],
    )
    def test_a_day_that_makes_no_sense_is_refused(
        self, db_session: Session, ana: int, clock: Clock, until: date, said: str
    ) -> None:
        before = planned(db_session)
        with pytest.raises(RefusedError, match=said) as refused, transaction() as session:
            tracking.put_off(session, the_row(session), until, clock())
        assert refused.value.field == "until"
        assert refused.value.sentence.fr != refused.value.sentence.en
        assert planned(db_session) == before
        del ana

    def test_a_date_that_comes_nearer_is_told_and_speaks_again(
        self, ana: int, clock: Clock, run: Run, mailbox: Mailbox
    ) -> None:
        run()
        mailbox.taken.clear()
        with transaction() as session:
            tracking.put_off(session, the_row(session), CLOSES, clock())
            intakes.move(session, "fund#1", date(2026, 12, 1), None, clock())
        for _ in every_six_hours(clock, date(2026, 12, 4)):
            run()
        subjects = [subject.partition(":")[0] for subject in mailbox.subjects()]
        assert subjects == ["Date changed", "In 3 days", "Tomorrow", "Today"]
        del ana


class TestTakenNote:
    """One date that a person has taken note of."""

    def test_no_more_reminders_of_this_date_but_of_the_next_one(
        self, ana: int, clock: Clock, run: Run, mailbox: Mailbox
    ) -> None:
        run()
        mailbox.taken.clear()
        with transaction() as session:
            tracking.acknowledge(session, the_row(session), clock(), noted=True)
        for _ in every_six_hours(clock, date(2026, 12, 8)):
            run()
        assert mailbox.taken == []
        with transaction() as session:
            intakes.move(session, "fund#1", date(2026, 12, 18), None, clock())
        for _ in every_six_hours(clock, date(2026, 12, 20)):
            run()
        assert mailbox.subjects() == [
            f"{when}: Safety Fund" for when in ("Date changed", "In 7 days", "In 3 days", "Tomorrow", "Today")
        ]
        del ana

    def test_other_words_for_the_same_date_do_not_begin_anew(
        self, db_session: Session, ana: int, clock: Clock, run: Run
    ) -> None:
        run()
        with transaction() as session:
            tracking.acknowledge(session, the_row(session), clock(), noted=True)
        with transaction() as session:
            row = session.get_one(IntakeRow, "fund#1")
            row.record, row.version = {**row.record, "round": "autumn"}, 2
        run()
        assert [state for _, _, state in planned(db_session) if state == "planned"] == []
        with transaction() as session:
            tracking.acknowledge(session, the_row(session), clock(), noted=False)
        assert [lead for _, lead, state in planned(db_session) if state == "planned"] == [14, 7, 3, 1, 0]
        del ana

    def test_a_letter_that_waits_is_dropped(self, ana: int, clock: Clock, run: Run, mailbox: Mailbox) -> None:
        mailbox.answer = always(Ending.DEFERRED, 451)
        run()
        with transaction() as session:
            tracking.acknowledge(session, the_row(session), clock(), noted=True)
        clock.go(hours=1)
        assert run() == {"dropped": 1}
        del ana


class TestLeads:
    """Lead times of one deadline, quiet days and gathering."""

    def test_lead_times_of_its_own_count_for_it_alone(self, ana: int, clock: Clock, run: Run, mailbox: Mailbox) -> None:
        follow(ana, add_stream("other", name="Other Fund"), EARLY)
        run()
        mailbox.taken.clear()
        with transaction() as session:
            tracking.choose_leads(session, the_row(session), [5], clock())
        for _ in every_six_hours(clock, date(2026, 12, 9)):
            run()
        assert mailbox.subjects() == [
            "In 14 days: Other Fund",
            "In 7 days: Other Fund",
            "In 5 days: Safety Fund",
            "In 3 days: Other Fund",
        ]
        with transaction() as session:
            tracking.choose_leads(session, the_row(session), None, clock())
        clock.morning(date(2026, 12, 10))
        run()
        assert mailbox.subjects()[-1] == "Tomorrow: Other Fund (and 1 more)"

    def test_quiet_days_and_a_weekly_digest_bring_letters_earlier(
        self, ana: int, clock: Clock, run: Run, mailbox: Mailbox
    ) -> None:
        with transaction() as session:
            wishes = Wishes(
                "Ana", "en", TORONTO, (30, 14, 7, 3, 1, 0), reminders=True, quiet_days=(3, 4), digest="weekly"
            )
            people.change(session, session.get_one(PersonRow, ana), wishes, EARLY)
        clock.at = EARLY
        sent: list[str] = []
        for _ in every_six_hours(clock, date(2026, 12, 14)):
            before = len(mailbox.taken)
            run()
            sent += [f"{clock():%a %d}: {each.subject}" for each in mailbox.taken[before:]]
        assert sent == [
            "Mon 09: In 32 days: Safety Fund",
            "Mon 23: In 18 days: Safety Fund",
            "Mon 30: In 11 days: Safety Fund",
            "Tue 08: In 3 days: Safety Fund",
            "Wed 09: In 2 days: Safety Fund",
        ]


class TestRounds:
    """A new round of a stream of which somebody tracks an earlier one."""

    def add_round(self, closes: date, at: datetime) -> str:
        with transaction() as session:
            key, _ = intakes.add(session, "fund", opens=None, closes=closes, at=None, zone=TORONTO, now=at)
        return key

    def test_it_is_tracked_and_told_at_once(
        self, db_session: Session, ana: int, clock: Clock, run: Run, mailbox: Mailbox
    ) -> None:
        run()
        mailbox.taken.clear()
        key = self.add_round(date(2027, 3, 5), clock())
        self.add_round(date(2027, 3, 5), clock())
        run()
        (letter,) = mailbox.taken
        assert letter.subject == "New round: Safety Fund"
        assert "you track it because you track an earlier one" in letter.text
        assert "in 101 days, Friday 5 March 2027" in letter.text
        rows = db_session.scalars(select(TrackedRow).where(TrackedRow.person == ana)).all()
        assert [row.intake for row in rows] == ["fund#1", key]
        assert run() == {}

    def test_one_that_is_over_is_nobodys_news(self, db_session: Session, ana: int, clock: Clock) -> None:
        self.add_round(date(2026, 3, 5), clock())
        assert len(db_session.scalars(select(TrackedRow).where(TrackedRow.person == ana)).all()) == 1

    def test_who_stopped_tracking_it_stays_away(self, db_session: Session, ana: int, clock: Clock, run: Run) -> None:
        key = self.add_round(date(2027, 3, 5), clock())
        with transaction() as session:
            assert tracking.untrack(session, ana, key)
        run()
        assert [row.intake for row in db_session.scalars(select(TrackedRow))] == ["fund#1"]

    def test_a_date_moved_before_anybody_heard_of_it_is_one_piece_of_news(
        self, ana: int, clock: Clock, run: Run, mailbox: Mailbox
    ) -> None:
        run()
        mailbox.taken.clear()
        key = self.add_round(date(2027, 3, 5), clock())
        with transaction() as session:
            intakes.move(session, key, date(2027, 3, 12), None, clock())
        run()
        assert mailbox.subjects() == ["New round: Safety Fund"]
        assert "5 March" not in mailbox.taken[0].text
        del ana


class TestWhatChanged:
    """What a person finds on their page, with letters or without."""

    def since(
        self, session: Session, ana: int, at: datetime, now: datetime
    ) -> list[tuple[str, date | None, date | None]]:
        session.rollback()
        seen = tracking.tracked_by(session, session.get_one(PersonRow, ana), now)
        return [
            (each.kind, each.before.date if each.before else None, each.after.date if each.after else None)
            for each in tracking.changes_since(seen, at, now)
        ]

    @pytest.mark.parametrize("letters", [True, False], ids=["with letters", "without letters"])
    def test_what_others_did_since_the_last_visit(
        self,
        db_session: Session,
        ana: int,
        clock: Clock,
        run: Run,
        mailbox: Mailbox,
        letters: bool,  # noqa: FBT001
    ) -> None:
        run()
        mailbox.taken.clear()
        if not letters:
            with transaction() as session:
                people.end_reminders(session, ana, clock())
        visit = clock()
        clock.go(hours=1)
        add_community()
        join(ana, "smallville")
        with transaction() as session:
            intakes.move(session, "fund#1", date(2026, 12, 18), None, clock())
        clock.go(hours=1)
        add_task(ana, by=None, at=clock())
        run()
        assert self.since(db_session, ana, visit, clock()) == [
            (Kind.ASSIGNED, None, CLOSES),
            (Kind.CHANGED, CLOSES, date(2026, 12, 18)),
        ]
        assert self.since(db_session, ana, clock(), clock()) == []
        assert bool(mailbox.taken) is letters

    def test_who_wants_letters_again_hears_what_moved_meanwhile(
        self, db_session: Session, ana: int, clock: Clock, run: Run, mailbox: Mailbox
    ) -> None:
        run()
        mailbox.taken.clear()
        with transaction() as session:
            people.end_reminders(session, ana, clock())
            intakes.move(session, "fund#1", date(2026, 12, 18), None, clock())
        run()
        with transaction() as session:
            wishes = Wishes("Ana", "en", TORONTO, (7, 1), reminders=True)
            people.change(session, session.get_one(PersonRow, ana), wishes, clock())
        assert [lead for _, lead, state in planned(db_session) if state == "planned"] == [0, 7, 1]
        assert run() == {"queued": 1, "sent": 1}
        assert mailbox.subjects() == ["Date changed: Safety Fund"]

    def test_the_last_visit_is_the_later_of_seen_and_the_sign_in_before(
        self, db_session: Session, ana: int, clock: Clock
    ) -> None:
        person = db_session.get_one(PersonRow, ana)
        for day in (1, 2, 3):
            with transaction() as session:
                sessions.begin(session, person, START + timedelta(days=day), agent="", proved=True)
        rows = db_session.scalars(select(session_rows.SessionRow).order_by(session_rows.SessionRow.id)).all()
        assert tracking.last_visit(db_session, person, rows[0]) is None
        assert tracking.last_visit(db_session, person, rows[2]) == START + timedelta(days=2)
        with transaction() as session:
            tracking.see(session, session.get_one(PersonRow, ana), START + timedelta(days=2, hours=1))
        assert tracking.last_visit(db_session, person, rows[2]) == START + timedelta(days=2, hours=1)
        del clock

    def test_the_last_date_of_what_was_withdrawn_is_kept_for_calendars(
        self, db_session: Session, ana: int, clock: Clock, run: Run, mailbox: Mailbox
    ) -> None:
        run()
        with transaction() as session:
            assert intakes.withdraw(session, "fund#1", clock()) == 2
            assert intakes.withdraw(session, "fund#1", clock()) == 2
        run()
        assert "the date was withdrawn" in mailbox.taken[-1].text
        db_session.rollback()
        row = the_row(db_session)
        assert row.told == {}
        assert read(row.gone["application"], Deadline).date == CLOSES
        with transaction() as session:
            intake = session.get_one(IntakeRow, "fund#1")
            intake.record, intake.version = write(an_intake(timed(CLOSES), key="fund#1")), 3
        run()
        db_session.rollback()
        assert the_row(db_session).gone == {}
        del ana


@dataclass
class Walk:
    """A walk at random over everything that moves the reminders of one person who tracks a round and has a task."""

    clock: Clock
    mailbox: Mailbox
    dice: random.Random
    ana: int
    ben: int
    intake: str
    task: int

    def step(self) -> None:
        """Do any one thing."""
        some = (
            self.move_intake,
            lambda: self.change_task(due_on=self.today + timedelta(days=self.dice.randint(1, 30))),
            lambda: self.change_task(minutes=self.dice.randint(1, 99)),
            lambda: self.change_task(done_at=self.clock() if self.dice.random() < 0.5 else None),
            self.choose_quiet_days,
            self.put_off,
            lambda: self.take_note(noted=self.dice.random() < 0.5),
            lambda: setattr(self.mailbox, "answer", always(self.dice.choice((Ending.SENT, Ending.DEFERRED)), 250)),
        )
        self.dice.choice(some)()

    @property
    def today(self) -> date:
        return self.clock().date()

    def move_intake(self, to: date | None = None) -> None:
        with transaction() as session:
            day = to or self.today + timedelta(days=self.dice.randint(3, 40))
            intakes.move(session, self.intake, day, None, self.clock())

    def change_task(self, **columns: object) -> None:
        change_task(self.task, self.clock(), by=self.dice.choice((self.ana, self.ben)), **columns)

    def choose_quiet_days(self) -> None:
        self.wish((14, 7, 3, 1, 0), tuple(self.dice.sample(range(7), self.dice.randint(0, 3))))

    def wish(self, leads: tuple[int, ...], quiet: tuple[int, ...]) -> None:
        with transaction() as session:
            wishes = Wishes("Ana", "en", TORONTO, leads, reminders=True, quiet_days=quiet)
            people.change(session, session.get_one(PersonRow, self.ana), wishes, self.clock())

    def put_off(self) -> None:
        with transaction() as session:
            last = tracking.last_day_to_put_off(session, the_row(session), self.clock())
            until = self.today + timedelta(days=self.dice.randint(1, 5))
            if last is not None and until <= last:
                tracking.put_off(session, the_row(session), until, self.clock())

    def take_note(self, *, noted: bool) -> None:
        with transaction() as session:
            tracking.acknowledge(session, the_row(session), self.clock(), noted=noted)


def check(session: Session, walk: Walk, letters: Sequence[Letter]) -> None:
    """Refuse a letter that names no date that holds now, and a lead time of one date that was told twice."""
    session.rollback()
    closes = read(session.get_one(IntakeRow, walk.intake).record["stages"][0]["closes"], Deadline).date
    days = [day for day in (closes, the_task(session, walk.task).due_on) if day is not None]
    said = {f"{day:%A} {day.day} {day:%B %Y}" for day in days}
    for letter in letters:
        assert any(day in letter.text.partition("It was ")[0] for day in said)
    leads = (ReminderRow.state == ReminderState.SENT, ReminderRow.kind == Kind.LEAD)
    sent = [(each.ref, each.lead, each.due_at.date()) for each in session.scalars(select(ReminderRow).where(*leads))]
    assert len(sent) == len(set(sent))


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_done_in_whatever_order_each_letter_is_true_and_none_is_lost(
    db_session: Session, clock: Clock, run: Run, mailbox: Mailbox, seed: int
) -> None:
    intake = add_stream()
    add_community()
    ana, ben = add_person(), add_person("ben@town.example")
    for person in (ana, ben):
        join(person, "smallville")
    follow(ana, intake, EARLY)
    dice = random.Random(seed)  # noqa: S311 - a walk, no secret
    walk = Walk(clock, mailbox, dice, ana, ben, intake, add_task(ana, by=ana))

    def look() -> None:
        before = len(mailbox.taken)
        run()
        check(db_session, walk, mailbox.taken[before:])

    for _ in range(25):
        walk.step()
        clock.go(hours=dice.choice((1, 6, 24, 48)))
        look()
    mailbox.answer = always(Ending.SENT, 250)
    last = walk.today + timedelta(days=5)
    walk.take_note(noted=False)
    with transaction() as session:
        tracking.wake(session, the_row(session), clock())
    walk.wish((1,), ())
    walk.move_intake(last)
    walk.change_task(done_at=None, due_on=last)
    for _ in every_six_hours(clock, last + timedelta(days=2)):
        look()
    tomorrow = [each for each in mailbox.subjects() if each.startswith("Tomorrow")]
    assert tomorrow[-1] in ("Tomorrow: Safety Fund (and 1 more)", "Tomorrow: Write the budget (and 1 more)")
