"""The reminder machine on both databases: nothing lost, nothing twice, nothing that is no longer true."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from grants.delivery.mail import Delivery, Ending, Letter
from grants.domain.records import write
from grants.domain.reminders import Kind
from grants.services import intakes, people, reminders, ticks, tracking
from grants.services.ticks import LEASE, LIFE, MOST_TAKEOVERS, STORM_FLOOR, Trouble
from grants.store import reminders as rows
from grants.store import ticks as tick_rows
from grants.store.catalogue import IntakeRow, StreamRow
from grants.store.database import transaction
from grants.store.people import PersonRow
from grants.store.reminders import MailState, OutboxRow, ReminderRow, ReminderState
from grants.store.ticks import TickRow
from grants.store.tracking import TrackedRow
from tests.builders import an_intake, timed
from tests.reminding import (
    START,
    STATIONERY,
    Clock,
    Mailbox,
    Run,
    add_person,
    add_stream,
    always,
    follow,
    planned,
    states,
)


class TestPlanning:
    """What is planned when somebody begins, stops, or changes what they want."""

    def test_tracking_plans_what_lies_ahead_and_sums_up_the_rest(self, db_session: Session, clock: Clock) -> None:
        follow(add_person(), add_stream(), clock())
        assert planned(db_session) == [
            (Kind.JOINED, 0, "planned"),
            *((Kind.LEAD, lead, "planned") for lead in (14, 7, 3, 1, 0)),
        ]

    def test_a_second_time_changes_nothing(self, db_session: Session, clock: Clock, run: Run) -> None:
        person, intake = add_person(), add_stream()
        follow(person, intake, clock())
        before = planned(db_session)
        with transaction() as session:
            assert tracking.track(session, person, intake, clock()) is False
            assert reminders.replan(session, [intake], clock()) == reminders.Planning(0, 0, 1)
        assert planned(db_session) == before
        run()
        assert run() == {}

    def test_who_stops_hears_no_more_and_may_begin_again(
        self, db_session: Session, clock: Clock, run: Run, mailbox: Mailbox
    ) -> None:
        person, intake = add_person(), add_stream()
        follow(person, intake, clock())
        run()
        with transaction() as session:
            assert tracking.untrack(session, person, intake) is True
            assert tracking.untrack(session, person, intake) is False
        assert planned(db_session) == [(Kind.JOINED, 0, "sent")]
        follow(person, intake, clock())
        assert [lead for kind, lead, _ in planned(db_session) if kind == Kind.LEAD] == [14, 7, 3, 1, 0]
        clock.morning(date(2026, 11, 27))
        run()
        assert mailbox.subjects() == ["In 17 days: Safety Fund", "In 14 days: Safety Fund"]

    def test_other_lead_times_and_another_clock_move_the_reminders(self, db_session: Session, clock: Clock) -> None:
        person = add_person()
        follow(person, add_stream(), clock())
        with transaction() as session:
            row = session.get_one(PersonRow, person)
            people.change(session, row, people.Wishes("Ana", "fr", "America/Halifax", (5, 1), reminders=True), clock())
        db_session.rollback()
        unsent = db_session.scalars(
            select(ReminderRow).where(ReminderRow.state == "planned", ReminderRow.kind == "lead")
        )
        assert {(row.lead, row.due_at) for row in unsent} == {
            (5, datetime(2026, 12, 6, 12, 30, tzinfo=UTC)),
            (1, datetime(2026, 12, 10, 12, 30, tzinfo=UTC)),
        }

    def test_other_clock_rules_move_the_instants_at_the_next_tick(
        self, db_session: Session, clock: Clock, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        follow(add_person(), add_stream(), clock())
        run()
        with transaction() as session:
            for row in session.scalars(select(ReminderRow).where(ReminderRow.kind == "lead")):
                row.due_at += timedelta(hours=1)
        monkeypatch.setattr(reminders, "RULES", "2027a")
        run()
        db_session.rollback()
        due = db_session.scalars(
            select(ReminderRow.due_at).where(ReminderRow.kind == "lead", ReminderRow.lead == 1)
        ).one()
        assert due == datetime(2026, 12, 10, 13, 30, tzinfo=UTC)


class TestSending:
    """What letters say, to whom, and how often."""

    def test_every_lead_is_told_once(self, clock: Clock, run: Run, mailbox: Mailbox) -> None:
        follow(add_person(), add_stream(), datetime(2026, 10, 1, tzinfo=UTC))
        clock.at = datetime(2026, 10, 1, 12, tzinfo=UTC)
        while clock.at < datetime(2026, 12, 14, tzinfo=UTC):
            run()
            clock.go(hours=6)
        assert mailbox.subjects() == [
            f"{when}: Safety Fund"
            for when in ("In 60 days", "In 30 days", "In 14 days", "In 7 days", "In 3 days", "Tomorrow", "Today")
        ]

    def test_the_first_letter_speaks_both_languages_and_the_next_one_the_persons(
        self, clock: Clock, run: Run, mailbox: Mailbox
    ) -> None:
        follow(add_person(greeted=False), add_stream(), clock())
        run()
        clock.morning(date(2026, 11, 27))
        run()
        first, second = mailbox.taken
        assert first.subject == "In 17 days: Safety Fund / Dans 17\u00a0jours\u00a0: Safety Fund (fr)".replace(
            "\u00a0", " "
        )
        assert "Friday 11 December 2026, 5:00\u00a0p.m. Toronto time" in first.text
        assert "le vendredi 11 décembre 2026, 17\u00a0h, heure de Toronto" in first.text
        assert second.subject == "In 14 days: Safety Fund"
        assert "Bonjour" not in second.text

    def test_a_letter_can_be_ended_in_one_step(self, clock: Clock, run: Run, mailbox: Mailbox) -> None:
        person = add_person()
        follow(person, add_stream(), clock())
        run()
        (letter,) = mailbox.taken
        assert letter.unsubscribe is not None
        assert STATIONERY.unsubscribes(letter.unsubscribe.rpartition("/")[2]) == person
        assert letter.unsubscribe in letter.text

    def test_who_is_not_confirmed_or_wants_none_gets_none(
        self, db_session: Session, clock: Clock, run: Run, mailbox: Mailbox
    ) -> None:
        intake = add_stream()
        stranger, weary = add_person("stranger@x.example"), add_person("weary@x.example")
        follow(stranger, intake, clock())
        follow(weary, intake, clock())
        with transaction() as session:
            session.get_one(PersonRow, stranger).confirmed_at = None
            assert people.end_reminders(session, weary, clock()) is True
        assert run() == {}
        assert mailbox.taken == []
        assert {state for _, _, state in planned(db_session)} == {"planned"}

    def test_one_click_reaches_a_letter_that_waits(
        self, db_session: Session, clock: Clock, run: Run, mailbox: Mailbox
    ) -> None:
        person = add_person()
        follow(person, add_stream(), clock())
        mailbox.answer = always(Ending.DEFERRED, 451)
        run()
        with transaction() as session:
            people.end_reminders(session, person, clock())
        mailbox.answer = always(Ending.SENT, 250)
        clock.go(hours=1)
        assert run() == {"dropped": 1}
        assert mailbox.taken == []
        assert states(db_session) == [MailState.VOID]


class TestDowntime:
    """After days without a run."""

    def test_days_down_give_one_letter_that_is_true_when_it_comes(
        self, clock: Clock, run: Run, mailbox: Mailbox
    ) -> None:
        person = add_person()
        for number in range(3):
            follow(person, add_stream(f"fund-{number}", name=f"Fund {number}"), datetime(2026, 10, 1, tzinfo=UTC))
        with transaction() as session:
            intakes.move(session, "fund-1#1", date(2026, 12, 5), None, datetime(2026, 10, 2, tzinfo=UTC))
        clock.at = datetime(2026, 10, 2, 12, tzinfo=UTC)
        run()
        mailbox.taken.clear()
        clock.at = datetime(2026, 12, 7, 15, tzinfo=UTC)
        assert run()["sent"] == 1
        (letter,) = mailbox.taken
        assert letter.subject == "In 4 days: Fund 0 (and 2 more)"
        assert "in 4 days" in letter.text
        assert "7 days" not in letter.text
        assert "14 days" not in letter.text
        assert "Closed meanwhile" in letter.text
        assert "closed on Saturday 5 December 2026" in letter.text
        clock.go(minutes=1)
        assert run() == {}

    def test_a_great_many_due_at_once_are_one_letter_each(
        self, db_session: Session, clock: Clock, run: Run, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(reminders, "BATCH", 5)
        keys = [add_stream(f"fund-{number}") for number in range(4)]
        for number in range(4):
            person = add_person(f"p{number}@x.example")
            for key in keys:
                follow(person, key, clock())
        assert run() == {"queued": 4, "sent": 4}
        assert all("(and 3 more)" in subject for subject in mailbox.subjects())
        assert states(db_session) == [MailState.SENT] * 4

    def test_a_letter_put_off_is_written_anew(self, clock: Clock, run: Run, mailbox: Mailbox) -> None:
        follow(add_person(), add_stream(), datetime(2026, 10, 1, tzinfo=UTC))
        clock.morning(date(2026, 12, 4))
        mailbox.answer = always(Ending.DEFERRED, 451)
        run()
        clock.go(days=2)
        mailbox.answer = always(Ending.SENT, 250)
        run()
        assert mailbox.subjects() == ["In 5 days: Safety Fund"]


class TestMoved:
    """A date that is moved, withdrawn or corrected."""

    def test_who_tracks_it_is_told_at_once_with_old_and_new(
        self, db_session: Session, clock: Clock, run: Run, mailbox: Mailbox
    ) -> None:
        intake = add_stream()
        follow(add_person(), intake, clock())
        run()
        with transaction() as session:
            intakes.move(session, intake, date(2026, 12, 18), None, clock())
        assert [(kind, lead) for kind, lead, state in planned(db_session) if state == "planned"] == [
            (Kind.CHANGED, 0),
            *((Kind.LEAD, lead) for lead in (14, 7, 3, 1, 0)),
        ]
        run()
        assert mailbox.subjects()[1:] == ["Date changed: Safety Fund"]
        assert "It was Friday 11 December 2026" in mailbox.taken[1].text
        assert "it is now Friday 18 December 2026" in mailbox.taken[1].text

    def test_no_letter_with_an_old_date_leaves_after_the_change(self, clock: Clock, run: Run, mailbox: Mailbox) -> None:
        intake = add_stream()
        follow(add_person(), intake, datetime(2026, 10, 1, tzinfo=UTC))
        clock.morning(date(2026, 12, 4))
        mailbox.answer = always(Ending.DEFERRED, 451)
        run()
        with transaction() as session:
            intakes.move(session, intake, date(2027, 1, 15), None, clock())
        mailbox.answer = always(Ending.SENT, 250)
        for _ in range(40):
            clock.go(days=1)
            run()
        changed, *later = mailbox.taken
        assert "it is now Friday 15 January 2027" in changed.text
        assert later
        assert all("11 December" not in letter.text for letter in later)

    def test_moved_twice_before_anybody_heard_is_one_change(self, clock: Clock, run: Run, mailbox: Mailbox) -> None:
        intake = add_stream()
        follow(add_person(), intake, clock())
        run()
        for day in (18, 21):
            with transaction() as session:
                intakes.move(session, intake, date(2026, 12, day), None, clock())
        run()
        (letter,) = mailbox.taken[1:]
        assert "It was Friday 11 December 2026" in letter.text
        assert "it is now Monday 21 December 2026" in letter.text
        assert "18 December" not in letter.text

    def test_moved_and_moved_back_is_no_change(self, clock: Clock, run: Run, mailbox: Mailbox) -> None:
        intake = add_stream()
        follow(add_person(), intake, clock())
        run()
        for day in (18, 11):
            with transaction() as session:
                intakes.move(session, intake, date(2026, 12, day), None, clock())
        run()
        assert len(mailbox.taken) == 1
        clock.morning(date(2026, 12, 4))
        run()
        assert mailbox.subjects()[1:] == ["In 7 days: Safety Fund"]

    def test_a_change_nobody_planned_for_is_found_by_the_tick(self, clock: Clock, run: Run, mailbox: Mailbox) -> None:
        intake = add_stream()
        follow(add_person(), intake, clock())
        run()
        with transaction() as session:
            row = session.get_one(IntakeRow, intake)
            row.record, row.version = write(an_intake(timed(date(2026, 12, 20)), key=intake)), 2
        assert run() == {"planned": 6, "voided": 5, "queued": 1, "sent": 1}
        assert "it is now Sunday 20 December 2026" in mailbox.taken[1].text

    def test_a_withdrawn_date_is_told_and_reminds_nobody(
        self, db_session: Session, clock: Clock, run: Run, mailbox: Mailbox
    ) -> None:
        intake = add_stream()
        follow(add_person(), intake, clock())
        run()
        with transaction() as session:
            row = session.get_one(IntakeRow, intake)
            row.record, row.version = {**row.record, "seen": "discontinued"}, 2
            reminders.replan(session, [intake], clock())
        run()
        assert "the date was withdrawn and no new one is known" in mailbox.taken[1].text
        assert [state for kind, _, state in planned(db_session) if kind == Kind.LEAD] == []

    def test_a_correction_of_the_past_is_no_news(self, clock: Clock, run: Run, mailbox: Mailbox) -> None:
        intake = add_stream()
        follow(add_person(), intake, clock())
        clock.at = datetime(2027, 1, 10, 12, tzinfo=UTC)
        run()
        mailbox.taken.clear()
        with transaction() as session:
            intakes.move(session, intake, date(2026, 12, 10), None, clock())
        run()
        assert mailbox.taken == []


class TestFaults:
    """What becomes of a letter when the mail server will not take it."""

    def test_put_off_after_1_5_15_60_minutes_then_hourly_until_it_expires(
        self, db_session: Session, clock: Clock, run: Run, mailbox: Mailbox
    ) -> None:
        follow(add_person(), add_stream(), clock())
        tried: list[datetime] = []

        def full(_letter: Letter) -> Delivery:
            tried.append(clock())
            return Delivery(Ending.DEFERRED, 452, "mailbox full")

        mailbox.answer = full
        while states(db_session)[:1] != [MailState.EXPIRED]:
            run()
            clock.at = db_session.scalars(select(OutboxRow.next_try_at).order_by(OutboxRow.id)).first() or clock.at
        pauses = [int((later - earlier).total_seconds()) // 60 for earlier, later in pairwise(tried)]
        assert pauses[:5] == [1, 5, 15, 60, 60]
        assert set(pauses[3:]) == {60}
        assert LIFE - timedelta(hours=2) < tried[-1] - START < LIFE
        late = {state for _, lead, state in planned(db_session) if lead == 14}
        assert late == {ReminderState.PLANNED}, "a reminder that joined late gets a letter of its own"

    @pytest.mark.parametrize(
        ("ending", "code", "state"),
        [
            pytest.param(Ending.BOUNCED, 550, MailState.BOUNCED, id="the address is refused"),
            pytest.param(Ending.FAILED, 554, MailState.FAILED, id="the content is refused"),
        ],
    )
    def test_what_is_refused_for_good_is_tried_once(
        self, db_session: Session, clock: Clock, run: Run, mailbox: Mailbox, ending: Ending, code: int, state: MailState
    ) -> None:
        follow(add_person(), add_stream(), clock())
        mailbox.answer = always(ending, code)
        assert run()[ending.value] == 1
        clock.go(hours=2)
        assert run() == {}
        assert states(db_session) == [state]
        letter = db_session.scalars(select(OutboxRow)).one()
        assert (letter.attempts, letter.answer) == (1, f"{code} as told")

    def test_a_refused_sign_in_stops_the_queue_and_burns_no_try(
        self, db_session: Session, clock: Clock, run: Run, mailbox: Mailbox
    ) -> None:
        intake = add_stream()
        for number in range(3):
            follow(add_person(f"p{number}@x.example"), intake, clock())
        mailbox.answer = always(Ending.HELD, 535)
        assert run() == {"queued": 3, "held": 1}
        clock.go(hours=1)
        assert run() == {}
        assert {row.attempts for row in db_session.scalars(select(OutboxRow))} == {0}
        assert ticks.trouble(db_session, clock()) is Trouble.HELD
        told = ticks.status(db_session)["held"]
        assert told is not None
        assert "535" in told["reason"]
        mailbox.answer = always(Ending.SENT, 250)
        with transaction() as session:
            assert ticks.release(session, "ed@ministry.example", clock()) == 1
        assert run() == {"sent": 3}

    def test_three_returned_letters_suspend_an_address(
        self, db_session: Session, clock: Clock, run: Run, mailbox: Mailbox
    ) -> None:
        person = add_person()
        follow(person, add_stream(), datetime(2026, 10, 1, tzinfo=UTC))
        mailbox.answer = always(Ending.BOUNCED, 550)
        for day in (date(2026, 11, 27), date(2026, 12, 4), date(2026, 12, 8), date(2026, 12, 10), date(2026, 12, 11)):
            clock.morning(day)
            run()
        assert states(db_session) == [MailState.BOUNCED] * 3
        assert db_session.get_one(PersonRow, person).mail_suspended_at is not None

    def test_a_letter_that_stumbles_never_blocks_the_rest(
        self, db_session: Session, clock: Clock, run: Run, mailbox: Mailbox
    ) -> None:
        intake = add_stream()
        for number in range(20):
            follow(add_person(f"p{number:02}@x.example"), intake, clock())

        def stumble(letter: Letter) -> Delivery:
            if letter.recipient == "p07@x.example":
                raise RuntimeError("odd letter")
            return Delivery(Ending.SENT, 250, "ok")

        mailbox.answer = stumble
        assert run() == {"queued": 20, "sent": 19, "failed": 1}
        bad = db_session.scalars(select(OutboxRow).where(OutboxRow.state == MailState.FAILED)).one()
        assert bad.recipient == "p07@x.example"
        assert "odd letter" in str(bad.answer)

    def test_a_letter_that_cannot_be_written_never_blocks_the_rest(
        self, db_session: Session, clock: Clock, run: Run
    ) -> None:
        good, bad = add_stream("good"), add_stream("bad")
        follow(add_person("a@x.example"), bad, clock())
        follow(add_person("b@x.example"), good, clock())
        with transaction() as session:
            session.get_one(StreamRow, "bad").record = {"key": "bad", "level": "nonsense"}
        assert run() == {"queued": 2, "sent": 1, "failed": 1}
        assert sorted(states(db_session)) == [MailState.FAILED, MailState.SENT]

    def test_an_intake_that_cannot_be_read_never_blocks_the_planning_of_the_rest(
        self, clock: Clock, run: Run, mailbox: Mailbox
    ) -> None:
        bad, good = add_stream("bad"), add_stream("good")
        for intake in (bad, good):
            follow(add_person(f"{intake.rstrip('#1')}@x.example"), intake, clock())
        run()
        with transaction() as session:
            session.get_one(IntakeRow, bad).record, session.get_one(IntakeRow, bad).version = {"key": bad}, 2
            row = session.get_one(IntakeRow, good)
            row.record, row.version = write(an_intake(timed(date(2026, 12, 20)), key=good)), 2
        assert run() == {"planned": 6, "voided": 5, "queued": 1, "sent": 1, "stumbled": 1}
        assert mailbox.taken[-1].recipient == "good@x.example"

    def test_an_unreachable_server_is_left_alone_for_a_minute(
        self, db_session: Session, clock: Clock, run: Run, mailbox: Mailbox
    ) -> None:
        intake = add_stream()
        for number in range(10):
            follow(add_person(f"p{number}@x.example"), intake, clock())
        mailbox.answer = always(Ending.DEFERRED, None, unreachable=True)
        assert run() == {"queued": 10, "deferred": 3}
        assert ticks.trouble(db_session, clock() + timedelta(minutes=59)) is None
        assert ticks.trouble(db_session, clock() + timedelta(hours=1)) is Trouble.WAITING
        mailbox.answer = always(Ending.SENT, 250)
        clock.go(minutes=1)
        assert run() == {"sent": 10}


class TestCrashes:
    """What becomes of a letter when the process dies."""

    def test_a_letter_whose_sender_died_is_taken_over_under_the_same_id(
        self, db_session: Session, clock: Clock, run: Run, mailbox: Mailbox
    ) -> None:
        follow(add_person(), add_stream(), clock())
        ids: list[str] = []

        def die(letter: Letter) -> Delivery:
            ids.append(letter.message_id)
            raise KeyboardInterrupt

        mailbox.answer = die
        with pytest.raises(KeyboardInterrupt):
            run()
        assert states(db_session) == [MailState.SENDING]
        mailbox.answer = always(Ending.SENT, 250)
        clock.at += LEASE - timedelta(seconds=1)
        assert run() == {}
        clock.go(seconds=1)
        assert run() == {"sent": 1}
        assert [letter.message_id for letter in mailbox.taken] == ids

    def test_a_letter_that_kills_its_senders_is_set_aside(
        self, db_session: Session, clock: Clock, run: Run, mailbox: Mailbox
    ) -> None:
        follow(add_person(), add_stream(), clock())

        def die(_letter: Letter) -> Delivery:
            raise KeyboardInterrupt

        mailbox.answer = die
        for _ in range(MOST_TAKEOVERS):
            with pytest.raises(KeyboardInterrupt):
                run()
            clock.at += LEASE
        assert run() == {"failed": 1}
        assert states(db_session) == [MailState.FAILED]

    def test_no_transaction_is_open_while_a_letter_is_sent(
        self, db_session: Session, clock: Clock, mailbox: Mailbox
    ) -> None:
        follow(add_person(), add_stream(), clock())
        is_open: list[bool] = []

        def look(_letter: Letter) -> Delivery:
            is_open.append(db_session.in_transaction())
            return Delivery(Ending.SENT, 250, "ok")

        mailbox.answer = look
        ticks.tick(transaction, clock, mailbox, STATIONERY)
        assert is_open == [False]

    def test_a_run_that_fails_says_so_in_its_row(self, db_session: Session, clock: Clock, run: Run) -> None:
        follow(add_person(), add_stream(), clock())
        run()
        good = tick_rows.last_finished(db_session)
        clock.go(minutes=1)

        @contextmanager
        def broken() -> Iterator[Session]:
            if db_session.is_active:
                raise ZeroDivisionError("broken")
            yield db_session

        units = iter([transaction(), broken(), transaction()])
        with pytest.raises(ZeroDivisionError):
            ticks.tick(units.__next__, clock, Mailbox(), STATIONERY)
        db_session.rollback()
        assert [(row.finished_at is not None, row.failure) for row in db_session.scalars(select(TickRow))] == [
            (True, None),
            (True, "ZeroDivisionError: broken"),
        ]
        assert tick_rows.last_finished(db_session) == good


class TestHolding:
    """Letters that wait for a person."""

    def test_nothing_leaves_while_mail_is_held(
        self, db_session: Session, clock: Clock, run: Run, mailbox: Mailbox
    ) -> None:
        follow(add_person(), add_stream(), clock())
        with transaction() as session:
            assert ticks.hold(session, "a copy of the real thing", "operator", clock()) is True
            assert ticks.hold(session, "again", "operator", clock()) is False
        assert run() == {"queued": 1}
        assert mailbox.taken == []
        with transaction() as session:
            assert ticks.release(session, "ed@ministry.example", clock()) == 0
        assert rows.hold(db_session) is None
        last = rows.last_hold(db_session)
        assert last is not None
        assert (last.reason, last.by) == ("a copy of the real thing", "operator")
        assert (last.released_at, last.released_by) == (clock(), "ed@ministry.example"), "who released it when is kept"
        assert run() == {"sent": 1}
        assert ticks.status(db_session)["letters"]["sent"] == 1

    def test_held_again_after_a_release_nothing_leaves(
        self, db_session: Session, clock: Clock, run: Run, mailbox: Mailbox
    ) -> None:
        follow(add_person(), add_stream(), clock())
        with transaction() as session:
            ticks.hold(session, "first", "operator", clock())
            ticks.release(session, "operator", clock())
            assert ticks.release(session, "somebody else", clock()) == 0
            assert ticks.hold(session, "second", "operator", clock()) is True
        assert run() == {"queued": 1}
        assert mailbox.taken == []
        held = rows.hold(db_session)
        assert held is not None
        assert (held.reason, held.released_at, held.released_by) == ("second", None, None)

    def test_far_more_letters_than_usual_wait_for_a_person(
        self, db_session: Session, clock: Clock, run: Run, mailbox: Mailbox
    ) -> None:
        usual, rare = add_stream("usual"), add_stream("rare")
        follow(add_person("usual@x.example"), usual, clock())
        run()
        clock.go(days=2)
        for number in range(STORM_FLOOR + 1):
            follow(add_person(f"p{number}@x.example"), rare, clock())
        assert run() == {"queued": STORM_FLOOR + 1, "held": STORM_FLOOR + 1}
        assert len(mailbox.taken) == 1
        assert ticks.trouble(db_session, clock()) is Trouble.SET_APART
        clock.go(minutes=1)
        assert run() == {}
        with transaction() as session:
            assert ticks.release(session, "ed@ministry.example", clock()) == STORM_FLOOR + 1
        last = rows.last_hold(db_session)
        assert last is not None
        assert (last.reason, last.by, last.released_by) == (ticks.STORM, "tick", "ed@ministry.example")
        assert run() == {"sent": STORM_FLOOR + 1}
        assert rows.counts(db_session)[MailState.HELD] == 0
        assert ticks.trouble(db_session, clock()) is None

    def test_a_long_hold_costs_no_letter_its_tries(self, clock: Clock, run: Run, mailbox: Mailbox) -> None:
        follow(add_person("tried@x.example"), add_stream("tried"), clock())
        mailbox.answer = always(Ending.DEFERRED, 451)
        run()
        with transaction() as session:
            ticks.hold(session, "a wrong password over a long weekend", "operator", clock())
        follow(add_person("new@x.example"), add_stream("new"), clock())
        run()
        clock.go(hours=76)
        with transaction() as session:
            ticks.release(session, "operator", clock())
        assert run() == {"deferred": 2}
        clock.go(minutes=10)
        mailbox.answer = lambda _letter: Delivery(Ending.SENT, 250, "ok")
        assert run() == {"sent": 2}

    def test_what_could_not_be_told_just_then_is_told_later(
        self, db_session: Session, clock: Clock, run: Run, mailbox: Mailbox
    ) -> None:
        person = add_person()
        follow(person, add_stream(), clock())
        mailbox.answer = always(Ending.DEFERRED, 451)
        run()
        with transaction() as session:
            session.get_one(PersonRow, person).mail_suspended_at = clock()
        clock.go(minutes=2)
        assert run() == {"dropped": 1}
        with transaction() as session:
            session.get_one(PersonRow, person).mail_suspended_at = None
        mailbox.answer = lambda _letter: Delivery(Ending.SENT, 250, "ok")
        run()
        assert len(mailbox.taken) == 1
        assert rows.counts(db_session)[MailState.SENT] == 1


def test_news_of_a_time_without_letters_is_told_when_they_are_wanted_again(
    clock: Clock, run: Run, mailbox: Mailbox
) -> None:
    person, intake = add_person(), add_stream()
    follow(person, intake, clock())
    run()
    mailbox.taken.clear()
    with transaction() as session:
        people.end_reminders(session, person, clock())
        intakes.move(session, intake, date(2026, 11, 27), None, clock())
    assert run() == {}
    with transaction() as session:
        row = session.get_one(PersonRow, person)
        people.change(session, row, people.Wishes(row.name, "en", row.zone, (7, 3, 1), reminders=True), clock())
    run()
    assert mailbox.subjects() == ["Date changed: Safety Fund"]


def test_what_was_put_off_against_a_later_date_speaks_again_when_the_date_comes_nearer(
    db_session: Session, clock: Clock, run: Run
) -> None:
    person, intake = add_person(), add_stream()
    follow(person, intake, clock())
    run()
    with transaction() as session:
        (row,) = session.scalars(select(TrackedRow))
        tracking.put_off(session, row, date(2026, 12, 10), clock())
        intakes.move(session, intake, date(2026, 12, 4), None, clock())
    leads = {(kind, lead) for kind, lead, state in planned(db_session) if state == ReminderState.PLANNED}
    assert {("lead", 7), ("lead", 3), ("lead", 1), ("lead", 0)} <= leads
    assert ("again", 0) not in leads
