"""Calendar feeds as other people's programs read them: whose they are, what they tell, and what they never tell."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import icalendar
import pytest
import vobject
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from grants.domain.applications import State
from grants.domain.deadlines import Deadline, DeadlineKind, Intake, Stage, StageName
from grants.domain.meetings import Body
from grants.domain.people import Role
from grants.domain.records import read, write
from grants.domain.works import WorkKind
from grants.services import (
    agenda,
    applications,
    feeds,
    intakes,
    meetings,
    members,
    notes,
    people,
    reminders,
    tasks,
    tracking,
)
from grants.services.applications import Amounts, Move
from grants.services.catalogue import NotFoundError
from grants.services.feeds import Site
from grants.services.meetings import Details
from grants.services.people import RefusedError
from grants.store import people as person_rows
from grants.store import tenants
from grants.store import tracking as tracked_rows
from grants.store.applications import ApplicationRow, TaskRow
from grants.store.catalogue import IntakeRow
from grants.store.database import transaction
from grants.store.feeds import FeedRow
from grants.store.people import PersonRow
from grants.store.tracking import Ref
from grants.store.workspaces import MeetingRow
from tests.begun import NOW, a_person, a_round, a_task, an_application, hand, the_community
from tests.reminding import STATIONERY

pytestmark = [pytest.mark.one_database, pytest.mark.seeded]

SITE = Site("funding.example", lambda key: f"https://funding.example/en/programs/{key}")
CLOSES = date(2027, 1, 29)
LATER = NOW + timedelta(days=1)


@pytest.fixture
def ana(db_session: Session) -> int:
    """A grant writer of Kenora, where the clock is Winnipeg's."""
    del db_session
    number = a_person()
    with transaction() as session:
        session.get_one(PersonRow, number).zone = "America/Winnipeg"
    return number


@pytest.fixture
def begun(ana: int) -> int:
    """An application of Kenora's, Ana's, for a round that closes on 29 January 2027."""
    with transaction() as session:
        return an_application(session, ana, closes=CLOSES).id


def feed(session: Session, person: int, community: str | None = None, now: datetime = NOW) -> bytes:
    """Make a feed, open it by its secret alone, and write it."""
    with transaction() as unit:
        secret = feeds.make(unit, person, community, "", now)
    opened = feeds.opened(session, secret)
    assert opened is not None
    return feeds.written(session, opened, SITE, now)


def entries(content: bytes) -> list[Any]:
    """Read the events by a library that did not write them, and make sure that the one that did agrees."""
    text = content.decode()
    assert all(len(line) <= 75 for line in content.split(b"\r\n")), "a line is longer than 75 octets"
    assert text.count("\n") == text.count("\r\n"), "a line ends in some other way"
    found = list(vobject.readOne(text).contents.get("vevent", []))
    own = icalendar.Calendar.from_ical(content).walk("VEVENT")
    assert sorted(each.uid.value for each in found) == sorted(str(each["UID"]) for each in own)
    return found


def the(content: bytes, words: str) -> Any:
    """Give the one event whose title holds these words."""
    (found,) = [each for each in entries(content) if words in each.summary.value]
    return found


def titles(content: bytes) -> set[str]:
    return {each.summary.value for each in entries(content)}


def alarms(event: Any) -> int:
    return len(event.contents.get("valarm", []))


def add_meeting(person: int, on: date, *, papers: int = 0, note: str = "", community: str = "kenora") -> int:
    """Add a council meeting, and give its number."""
    with transaction() as session:
        place = the_community(session, community)
        meetings.add(session, place, [on], Details(Body.COUNCIL, papers, note), hand(person))
        return tenants.all_of(session, MeetingRow, community)[-1].id


def move(number: int, person: int, *states: State, at: datetime = NOW) -> None:
    """Move an application through states."""
    for state in states:
        with transaction() as session:
            row = applications.one(session, "kenora", number)
            wish = Move(state, "so it is", with_open_tasks=True)
            applications.move(session, row, wish, hand(person, row.version, at), community=the_community(session))


class TestSecret:
    """Whoever holds the address reads; nothing else opens it, and it closes at once."""

    def test_only_a_digest_is_kept_of_24_random_bytes(self, db_session: Session, ana: int) -> None:
        with transaction() as session:
            made = {feeds.make(session, ana, None, "Phone", NOW) for _each in range(3)}

        assert {len(each) for each in made} == {32}, "192 bits in base64"
        kept = str([vars(row) for row in db_session.scalars(select(FeedRow))])
        assert len(made) == 3
        assert not any(each in kept for each in made)

    @pytest.mark.parametrize("secret", ["", "none", "x" * 4_000, "é\u2028\x00", "../../etc"])
    def test_what_is_no_secret_opens_nothing(self, db_session: Session, ana: int, secret: str) -> None:
        feed(db_session, ana)

        assert feeds.opened(db_session, secret) is None

    def test_a_revoked_one_is_dead_and_the_others_live(self, db_session: Session, ana: int) -> None:
        with transaction() as session:
            first, second = (feeds.make(session, ana, None, name, NOW) for name in ("Desk", "Phone"))
        listed = {each.name: each.number for each in feeds.standing(db_session, ana)}
        with transaction() as session:
            feeds.revoke(session, ana, listed["Desk"], NOW)

        assert feeds.opened(db_session, first) is None
        assert feeds.opened(db_session, second) is not None
        assert [each.name for each in feeds.standing(db_session, ana)] == ["Phone"]

    def test_nobody_ends_the_feed_of_another(self, db_session: Session, ana: int) -> None:
        stranger = a_person("ben@example.org", community="guelph")
        with transaction() as session:
            secret = feeds.make(session, ana, None, "", NOW)
        (known,) = feeds.standing(db_session, ana)
        with pytest.raises(NotFoundError), transaction() as session:
            feeds.revoke(session, stranger, known.number, NOW)

        assert feeds.opened(db_session, secret) is not None

    def test_it_needs_a_person_who_is_active(self, db_session: Session, ana: int) -> None:
        with transaction() as session:
            secret = feeds.make(session, ana, None, "", NOW)
            session.get_one(PersonRow, ana).active = False

        assert feeds.opened(db_session, secret) is None

    def test_that_of_a_community_ends_with_the_membership_and_the_own_one_goes_on(
        self, db_session: Session, ana: int
    ) -> None:
        lead = a_person("lea@example.org", Role.LEAD)
        with transaction() as session:
            ours, own = feeds.make(session, ana, "kenora", "", NOW), feeds.make(session, ana, None, "", NOW)
            members.remove(session, "kenora", ana, NOW, stationery=STATIONERY, by=lead)

        assert feeds.opened(db_session, ours) is None
        assert feeds.opened(db_session, own) is not None

    def test_a_membership_that_is_gone_ends_it_whoever_took_it_away(self, db_session: Session, ana: int) -> None:
        with transaction() as session:
            secret = feeds.make(session, ana, "kenora", "", NOW)
            session.delete(person_rows.membership(session, ana, "kenora"))

        assert feeds.opened(db_session, secret) is None
        assert feeds.standing(db_session, ana) == []

    def test_nobody_makes_one_of_a_community_they_do_not_work_for(self, db_session: Session, ana: int) -> None:
        del db_session
        with pytest.raises(NotFoundError), transaction() as session:
            feeds.make(session, ana, "guelph", "", NOW)

    def test_there_is_a_most(self, db_session: Session, ana: int) -> None:
        with transaction() as session:
            for _each in range(feeds.MOST):
                feeds.make(session, ana, None, "", NOW)
        with pytest.raises(RefusedError), transaction() as session:
            feeds.make(session, ana, None, "", NOW)

        assert len(feeds.standing(db_session, ana)) == feeds.MOST


class TestOwn:
    """A person's own feed: what they track and what they are to do, in every community."""

    def test_it_holds_the_tracked_the_own_tasks_and_nothing_of_colleagues(
        self, db_session: Session, ana: int, begun: int
    ) -> None:
        ben = a_person("ben@example.org")
        with transaction() as session:
            row = applications.one(session, "kenora", begun)
            a_task(session, row, ana, "Call the school board", owner=ana, due_on=date(2027, 1, 8))
            a_task(session, row, ana, "Bens task", owner=ben, due_on=date(2027, 1, 9))
            a_task(session, row, ana, "Nobodys task", due_on=date(2027, 1, 9))
            other = a_round(session, date(2027, 3, 1), "csp-grant-provincial-priorities")
            tracking.track(session, ana, other, NOW)

        found = titles(feed(db_session, ana))

        assert len(found) == 3
        assert any(each.startswith("Call the school board – ") for each in found)
        assert sum(each.startswith("Closes: ") for each in found) == 2, "the application's round and the other one"

    def test_it_joins_the_communities_one_works_for(self, db_session: Session, ana: int, begun: int) -> None:
        with transaction() as session:
            person_rows.set_membership(session, session.get_one(PersonRow, ana), "guelph", Role.WRITER, NOW)
            a_task(session, applications.one(session, "kenora", begun), ana, "In Kenora", owner=ana, due_on=CLOSES)
            there = an_application(session, ana, community="guelph", closes=None)
            a_task(session, there, ana, "In Guelph", owner=ana, due_on=CLOSES)

        found = {each.partition(" – ")[0] for each in titles(feed(db_session, ana))}

        assert {"In Kenora", "In Guelph"} <= found

    def test_a_task_of_a_community_that_one_left_is_gone(self, db_session: Session, ana: int, begun: int) -> None:
        with transaction() as session:
            a_task(session, applications.one(session, "kenora", begun), ana, "Left behind", owner=ana, due_on=CLOSES)
            session.delete(person_rows.membership(session, ana, "kenora"))

        assert not any("Left behind" in each for each in titles(feed(db_session, ana)))

    def test_what_is_tracked_no_longer_leaves_without_a_word(self, db_session: Session, ana: int) -> None:
        with transaction() as session:
            key = a_round(session, CLOSES)
            tracking.track(session, ana, key, NOW)
        assert len(entries(feed(db_session, ana))) == 1
        with transaction() as session:
            tracking.untrack(session, ana, key)

        assert entries(feed(db_session, ana)) == []

    def test_an_empty_one_is_a_calendar_all_the_same(self, db_session: Session, ana: int) -> None:
        content = feed(db_session, ana)

        assert entries(content) == []
        assert str(icalendar.Calendar.from_ical(content)["X-WR-CALNAME"]) == "My funding deadlines"


class TestCommunity:
    """The feed of a community tells what its page tells, of it alone."""

    def test_it_holds_closings_tasks_reports_meetings_and_papers_of_everybody(
        self, db_session: Session, ana: int, begun: int
    ) -> None:
        ben = a_person("ben@example.org")
        add_meeting(ana, date(2027, 1, 12), papers=5)
        with transaction() as session:
            row = applications.one(session, "kenora", begun)
            a_task(session, row, ana, "Bens task", owner=ben, due_on=date(2027, 1, 9))
            a_task(session, row, ana, "Final report", kind=WorkKind.REPORT, due_on=date(2027, 6, 1))
            tracking.track(session, ben, a_round(session, date(2027, 3, 1), "csp-grant-provincial-priorities"), NOW)

        found = {each.partition(" – ")[0] for each in titles(feed(db_session, ana, "kenora"))}

        assert {
            "Bens task",
            "Final report",
            "Council meeting",
            "Agenda papers for the council meeting of 12 January",
        } <= found
        assert sum(each.startswith("Closes: ") for each in found) == 2

    def test_it_agrees_with_the_agenda_about_every_day(self, db_session: Session, ana: int, begun: int) -> None:
        add_meeting(ana, date(2027, 1, 12), papers=5)
        with transaction() as session:
            a_task(session, applications.one(session, "kenora", begun), ana, "Call", due_on=date(2027, 1, 9))
        listed = {
            f"{each.uid}@funding.example": each.day
            for each in agenda.agenda(db_session, the_community(db_session), None, NOW)
        }

        read_back = {each.uid.value: each.dtstart.value for each in entries(feed(db_session, ana, "kenora"))}

        assert read_back == listed

    def test_a_foreign_community_never_leaks(self, db_session: Session, ana: int, begun: int) -> None:
        stranger = a_person("ben@example.org", community="guelph")
        add_meeting(stranger, date(2027, 1, 13), community="guelph")
        with transaction() as session:
            theirs = an_application(session, stranger, community="guelph", closes=None)
            a_task(session, theirs, stranger, "Secret of Guelph", owner=stranger, due_on=CLOSES)
            tracking.track(
                session, stranger, a_round(session, date(2027, 3, 2), "csp-grant-provincial-priorities"), NOW
            )
            a_task(session, applications.one(session, "kenora", begun), ana, "Of Kenora", owner=ana, due_on=CLOSES)

        for content in (feed(db_session, ana), feed(db_session, ana, "kenora")):
            assert any("Of Kenora" in each for each in titles(content))
            assert not any("Guelph" in each or "Council" in each for each in titles(content))
            assert not any(each.dtstart.value == date(2027, 3, 2) for each in entries(content))

    def test_no_note_no_amount_and_nobodys_name_is_told(self, db_session: Session, ana: int, begun: int) -> None:
        add_meeting(ana, date(2027, 1, 12), papers=5, note="budget night with Chief Redsky")
        with transaction() as session:
            row = applications.one(session, "kenora", begun)
            applications.set_amounts(
                session, row, Amounts(asked=123_456_78, own=None, other=None, awarded=None), hand(ana, row.version)
            )
            notes.add(session, row, "Their budget is tight", hand(ana))
            a_task(session, row, ana, "Call", owner=ana, due_on=CLOSES)

        content = feed(db_session, ana, "kenora").decode().replace("\r\n ", "")

        assert "Council meeting" in content
        for hidden in ("Redsky", "123", "tight", "Ana", "ana@"):
            assert hidden not in content, hidden

    def test_the_programs_public_page_is_told(self, db_session: Session, ana: int, begun: int) -> None:
        del begun
        event = the(feed(db_session, ana, "kenora"), "Closes: ")

        assert event.url.value == "https://funding.example/en/programs/csp-grant"

    def test_an_intake_stands_once_be_it_tracked_by_many_or_applied_for(
        self, db_session: Session, ana: int, begun: int
    ) -> None:
        with transaction() as session:
            row = applications.one(session, "kenora", begun)
            for name in ("ben", "cat"):
                number = people.add(session, f"{name}@example.org", Role.WRITER, NOW, community="kenora").id
                tracking.track(session, number, str(row.intake), NOW)

        assert len(entries(feed(db_session, ana, "kenora"))) == 1
        move(begun, ana, State.NO_GO)
        held = entries(feed(db_session, ana, "kenora"))
        assert {each.status.value for each in held} == {"CANCELLED", "CONFIRMED"}, "it closes for those who track it"


class TestChanges:
    """The same thing keeps its UID; every change makes its number go up; what is withdrawn is told as such."""

    def test_a_moved_closing_keeps_its_uid_and_has_a_higher_number(
        self, db_session: Session, ana: int, begun: int
    ) -> None:
        del begun
        for community in (None, "kenora"):
            before = the(feed(db_session, ana, community), "Closes: ")
            moved = before.dtstart.value + timedelta(days=3)
            with transaction() as session:
                (key,) = [row.intake for row in tracked_rows.tracked(session, ana) if row.intake]
                intakes.move(session, str(key), moved, None, LATER)

            after = the(feed(db_session, ana, community, LATER), "Closes: ")

            assert after.uid.value == before.uid.value
            assert int(after.sequence.value) > int(before.sequence.value)
            assert after.dtstart.value == moved
            assert after.last_modified.value == LATER

    def test_every_change_of_a_task_or_its_application_counts_up(
        self, db_session: Session, ana: int, begun: int
    ) -> None:
        with transaction() as session:
            number = a_task(
                session, applications.one(session, "kenora", begun), ana, "Call", owner=ana, due_on=CLOSES
            ).id
        seen = [the(feed(db_session, ana), "Call")]
        with transaction() as session:
            row = tasks.one(session, "kenora", begun, number)
            wish = tasks.TaskWish("Call again", WorkKind.WORK, ana, CLOSES - timedelta(days=1), 30)
            tasks.change(session, row, wish, hand(ana, row.version))
        seen.append(the(feed(db_session, ana), "Call"))
        move(begun, ana, State.GO)
        seen.append(the(feed(db_session, ana), "Call"))
        with transaction() as session:
            tasks.finish(session, tasks.one(session, "kenora", begun, number), hand(ana))
        seen.append(the(feed(db_session, ana), "Call"))

        numbers = [int(each.sequence.value) for each in seen]
        assert numbers == sorted(set(numbers)), "each is higher than the one before"
        assert len({each.uid.value for each in seen}) == 1
        assert seen[1].dtstart.value == CLOSES - timedelta(days=1)
        assert seen[-1].summary.value.startswith("Done: Call again")

    def test_a_moved_meeting_takes_its_papers_along(self, db_session: Session, ana: int) -> None:
        number = add_meeting(ana, date(2027, 1, 12), papers=5)
        before = {each.uid.value: each for each in entries(feed(db_session, ana, "kenora"))}
        with transaction() as session:
            meetings.change(
                session,
                the_community(session),
                number,
                date(2027, 1, 19),
                Details(Body.COUNCIL, 5, ""),
                hand=hand(ana, at=LATER),
            )
        after = {each.uid.value: each for each in entries(feed(db_session, ana, "kenora", LATER))}

        assert len(before) == 2
        assert before.keys() == after.keys()
        for uid, event in after.items():
            assert int(event.sequence.value) > int(before[uid].sequence.value)
            assert event.dtstart.value == before[uid].dtstart.value + timedelta(days=7)

    @pytest.mark.parametrize("applied_for", [False, True])
    def test_a_withdrawn_round_is_cancelled(self, db_session: Session, ana: int, applied_for: bool) -> None:  # noqa: FBT001
        with transaction() as session:
            if applied_for:
                key = str(an_application(session, ana, closes=CLOSES).intake)
            else:
                key = a_round(session, CLOSES)
                tracking.track(session, ana, key, NOW)
        feeds_of = (None, "kenora")
        before = [the(feed(db_session, ana, community), "Closes: ") for community in feeds_of]
        with transaction() as session:
            intakes.withdraw(session, key, LATER)

        for earlier, community in zip(before, feeds_of, strict=True):
            event = the(feed(db_session, ana, community, LATER), "Closes: ")
            assert event.uid.value == earlier.uid.value
            assert event.status.value == "CANCELLED"
            assert event.summary.value.startswith("Cancelled: ")
            assert int(event.sequence.value) > int(earlier.sequence.value)
            assert event.dtstart.value == CLOSES
            assert alarms(event) == 0
            assert entries(feed(db_session, ana, community, LATER + timedelta(days=91))) == []

    def test_one_stage_that_is_withdrawn_is_cancelled_alone(self, db_session: Session, ana: int) -> None:
        with transaction() as session:
            key = a_round(session, CLOSES)
            row = session.get_one(IntakeRow, key)
            stages = (
                Stage(
                    StageName.LETTER_OF_INTENT,
                    Deadline(DeadlineKind.DATE_ONLY, date(2026, 12, 18), zone="America/Toronto"),
                ),
                *read(row.record, Intake).stages,
            )
            row.record = {**row.record, "stages": write(stages)}
            tracking.track(session, ana, key, NOW)
        assert {each.status.value for each in entries(feed(db_session, ana))} == {"CONFIRMED"}
        with transaction() as session:
            row = session.get_one(IntakeRow, key)
            row.record = {**row.record, "stages": row.record["stages"][1:]}
            row.version, row.modified_at = row.version + 1, LATER
            session.flush()
            reminders.replan(session, [key], LATER)

        held = {each.dtstart.value: each.status.value for each in entries(feed(db_session, ana, now=LATER))}

        assert held == {date(2026, 12, 18): "CANCELLED", CLOSES: "CONFIRMED"}

    def test_a_removed_task_and_meeting_are_cancelled_for_90_days(
        self, db_session: Session, ana: int, begun: int
    ) -> None:
        number = add_meeting(ana, date(2027, 6, 8))
        with transaction() as session:
            task = a_task(
                session, applications.one(session, "kenora", begun), ana, "Call", owner=ana, due_on=date(2027, 6, 1)
            )
            tasks.remove(session, task, hand(ana, task.version, LATER))
            meetings.remove(session, the_community(session), number, hand(ana, at=LATER))

        def cancelled(community: str | None, days: int) -> set[str]:
            held = entries(feed(db_session, ana, community, LATER + timedelta(days=days)))
            return {each.summary.value.partition(" – ")[0] for each in held if each.status.value == "CANCELLED"}

        assert cancelled(None, 0) == {"Cancelled: Call"}
        assert cancelled("kenora", 90) == {"Cancelled: Call", "Cancelled: Council meeting"}
        assert cancelled("kenora", 91) == set()

    @pytest.mark.parametrize(
        "way",
        [
            (State.NO_GO,),
            (State.GO, State.WITHDRAWN),
            (State.GO, State.DRAFTING, State.SUBMITTED, State.DECLINED),
            (State.GO, State.WITHDRAWN, State.CLOSED),
        ],
        ids=lambda way: way[-1].value,
    )
    def test_with_an_application_that_is_over_ends_what_was_left_of_it(
        self, db_session: Session, ana: int, begun: int, way: tuple[State, ...]
    ) -> None:
        with transaction() as session:
            row = applications.one(session, "kenora", begun)
            a_task(session, row, ana, "Still open", owner=ana, due_on=CLOSES)
        before = {each.uid.value: int(each.sequence.value) for each in entries(feed(db_session, ana, "kenora"))}
        move(begun, ana, *way, at=LATER)

        after = {each.uid.value: each for each in entries(feed(db_session, ana, "kenora", LATER))}

        for uid, number in before.items():
            assert after[uid].status.value == "CANCELLED", after[uid].summary.value
            assert int(after[uid].sequence.value) > number

    def test_a_declined_application_keeps_what_was_done_and_met(
        self, db_session: Session, ana: int, begun: int
    ) -> None:
        with transaction() as session:
            task = a_task(session, applications.one(session, "kenora", begun), ana, "Call", owner=ana, due_on=CLOSES)
            tasks.finish(session, task, hand(ana))
        move(begun, ana, State.GO, State.DRAFTING, State.SUBMITTED)
        spring = datetime(2027, 4, 1, 12, tzinfo=UTC)
        move(begun, ana, State.DECLINED, at=spring)

        content = feed(db_session, ana, "kenora", spring)

        assert the(content, "Done: Call").status.value == "CONFIRMED"
        assert {each.status.value for each in entries(content) if "Closes: " in each.summary.value} == {"CONFIRMED"}

    def test_the_same_content_gives_the_same_bytes_until_something_changes(
        self, db_session: Session, ana: int, begun: int
    ) -> None:
        add_meeting(ana, date(2027, 1, 12), papers=5)
        first = feed(db_session, ana, "kenora")

        assert feed(db_session, ana, "kenora", NOW + timedelta(hours=5)) == first
        move(begun, ana, State.GO)
        assert feed(db_session, ana, "kenora") != first

    def test_a_year_later_it_is_gone(self, db_session: Session, ana: int, begun: int) -> None:
        del begun
        end = datetime.combine(CLOSES, time(12), tzinfo=UTC)

        assert len(entries(feed(db_session, ana, now=end + timedelta(days=300)))) == 1
        assert entries(feed(db_session, ana, now=end + timedelta(days=400))) == []


def set_closing(session: Session, key: str, closes: Deadline) -> None:
    """Let a round close as the funder states it."""
    row = session.get_one(IntakeRow, key)
    row.record = {**row.record, "stages": write((Stage(StageName.APPLICATION, closes),))}


class TestMoments:
    """Days and times as the funder means them."""

    @pytest.mark.parametrize(
        ("closes", "instant"),
        [
            pytest.param(Deadline(DeadlineKind.TIMED, date(2027, 3, 14), time(2, 30), "America/Toronto"), "2027-03-14T07:30", id="skipped"),
            pytest.param(Deadline(DeadlineKind.TIMED, date(2026, 11, 1), time(1, 30), "America/Toronto"), "2026-11-01T05:30", id="twice"),
            pytest.param(Deadline(DeadlineKind.TIMED, date(2027, 7, 2), time(17), "America/Toronto"), "2027-07-02T21:00", id="summer"),
            pytest.param(Deadline(DeadlineKind.TIMED, date(2027, 1, 15), time(23, 59), "America/Vancouver"), "2027-01-16T06:59", id="west-keeps-summer"),
            pytest.param(Deadline(DeadlineKind.APPLICANT_LOCAL, date(2027, 1, 15), time(17)), "2027-01-15T22:00", id="local"),
        ],
    )  # fmt: skip
    def test_a_time_is_the_right_instant_on_every_clock(
        self, db_session: Session, ana: int, closes: Deadline, instant: str
    ) -> None:
        with transaction() as session:
            key = a_round(session, CLOSES)
            set_closing(session, key, closes)
            tracking.track(session, ana, key, NOW)

        content = feed(db_session, ana)

        moment = the(content, "Closes: ").dtstart.value
        assert moment.astimezone(UTC) == datetime.fromisoformat(f"{instant}+00:00")
        zones = {str(each["TZID"]) for each in icalendar.Calendar.from_ical(content).walk("VTIMEZONE")}
        assert zones >= set(re.findall(r"DTSTART;TZID=([^:]+)", content.decode()))

    def test_a_date_without_a_time_is_a_whole_day_and_says_so(self, db_session: Session, ana: int, begun: int) -> None:
        del begun
        event = the(feed(db_session, ana), "Closes: ")

        assert (event.dtstart.value, event.dtend.value) == (CLOSES, CLOSES + timedelta(days=1))
        assert "time not stated" in event.description.value

    def test_a_postmark_stands_on_its_day_and_tells_when_to_mail(self, db_session: Session, ana: int) -> None:
        with transaction() as session:
            session.get_one(PersonRow, ana).leads = [0]
            key = a_round(session, CLOSES)
            set_closing(session, key, Deadline(DeadlineKind.POSTMARKED, date(2027, 1, 29)))
            tracking.track(session, ana, key, NOW)

        event = the(feed(db_session, ana), "Closes: ")

        assert event.dtstart.value == date(2027, 1, 29)
        assert "Mail it by Tuesday 26 January 2027" in event.description.value
        assert event.valarm.trigger.value == timedelta(days=-3, hours=8, minutes=30), "on the morning to mail it"

    def test_an_estimate_or_a_rolling_intake_is_never_a_date(self, db_session: Session, ana: int) -> None:
        with transaction() as session:
            key = a_round(session, CLOSES)
            set_closing(session, key, Deadline(DeadlineKind.ROLLING))
            tracking.track(session, ana, key, NOW)

        assert entries(feed(db_session, ana)) == []

    def test_a_date_that_no_calendar_holds_breaks_nothing(self, db_session: Session, ana: int, begun: int) -> None:
        with transaction() as session:
            row = applications.one(session, "kenora", begun)
            for title, on in (("Far away", date(2150, 1, 1)), ("The end of time", date.max), ("Near", CLOSES)):
                a_task(session, row, ana, title, owner=ana, due_on=CLOSES).due_on = on

        found = {each.partition(" – ")[0] for each in titles(feed(db_session, ana))}

        assert "Near" in found
        assert not found & {"Far away", "The end of time"}

    def test_a_feed_of_thousands_keeps_what_is_nearest(
        self, db_session: Session, ana: int, begun: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with transaction() as session:
            row = applications.one(session, "kenora", begun)
            for days in (1, 2, 3, 200):
                a_task(session, row, ana, f"In {days}", owner=ana, due_on=NOW.date() + timedelta(days=days))
        monkeypatch.setattr(feeds, "MOST_EVENTS", 3)

        assert {each.partition(" – ")[0] for each in titles(feed(db_session, ana))} == {"In 1", "In 2", "In 3"}


class TestAlarms:
    """Alarms ring on the mornings of the person's reminders, for what is theirs to do."""

    def rings(self, event: Any) -> list[int]:
        """The days before on which an entry of a whole day rings."""
        before = [
            -(each.trigger.value - timedelta(hours=8, minutes=30)).days for each in event.contents.get("valarm", [])
        ]
        return sorted(before)

    def test_the_lead_times_are_those_of_the_person(self, db_session: Session, ana: int, begun: int) -> None:
        del begun
        with transaction() as session:
            session.get_one(PersonRow, ana).leads = [30, 7, 0]

        assert self.rings(the(feed(db_session, ana), "Closes: ")) == [0, 7, 30]

    def test_those_chosen_for_one_deadline_take_their_place(self, db_session: Session, ana: int, begun: int) -> None:
        del begun
        with transaction() as session:
            (row,) = [each for each in tracked_rows.tracked(session, ana) if each.intake]
            tracking.choose_leads(session, row, [21, 2], NOW)

        for community in (None, "kenora"):
            assert self.rings(the(feed(db_session, ana, community), "Closes: ")) == [2, 21]

    def test_none_rings_once_it_was_noted_until_the_date_moves(self, db_session: Session, ana: int, begun: int) -> None:
        del begun
        with transaction() as session:
            (row,) = [each for each in tracked_rows.tracked(session, ana) if each.intake]
            tracking.acknowledge(session, row, NOW, noted=True)
        assert alarms(the(feed(db_session, ana), "Closes: ")) == 0
        with transaction() as session:
            intakes.move(session, str(row.intake), CLOSES + timedelta(days=1), None, NOW)

        assert alarms(the(feed(db_session, ana), "Closes: ")) > 0

    def test_a_quiet_time_ends_with_one_and_the_later_ones_follow(
        self, db_session: Session, ana: int, begun: int
    ) -> None:
        del begun
        with transaction() as session:
            session.get_one(PersonRow, ana).leads = [60, 14, 3]
            (row,) = [each for each in tracked_rows.tracked(session, ana) if each.intake]
            tracking.put_off(session, row, CLOSES - timedelta(days=10), NOW)

        assert self.rings(the(feed(db_session, ana), "Closes: ")) == [3, 10]

    def test_on_a_quiet_weekday_it_rings_on_the_day_before(self, db_session: Session, ana: int, begun: int) -> None:
        del begun
        with transaction() as session:
            person = session.get_one(PersonRow, ana)
            person.leads, person.quiet_days = [5, 1], [6]  # CLOSES is a Friday: five days before it is a Sunday

        assert self.rings(the(feed(db_session, ana), "Closes: ")) == [1, 6]

    def test_in_the_feed_of_a_community_only_the_own_tasks_ring(
        self, db_session: Session, ana: int, begun: int
    ) -> None:
        ben = a_person("ben@example.org")
        with transaction() as session:
            row = applications.one(session, "kenora", begun)
            a_task(session, row, ana, "Anas", owner=ana, due_on=CLOSES)
            a_task(session, row, ana, "Bens", owner=ben, due_on=CLOSES)
            a_task(session, row, ana, "Nobodys", due_on=CLOSES)
            done = a_task(session, row, ana, "Dones", owner=ana, due_on=CLOSES)
            tasks.finish(session, done, hand(ana))
        add_meeting(ana, date(2027, 1, 12))
        content = feed(db_session, ana, "kenora")

        assert self.rings(the(content, "Anas")) == [0, 1, 3, 7, 14]
        for silent in ("Bens", "Nobodys", "Dones", "Council meeting"):
            assert alarms(the(content, silent)) == 0, silent

    def test_nothing_rings_that_an_application_settled(self, db_session: Session, ana: int, begun: int) -> None:
        with transaction() as session:
            a_task(session, applications.one(session, "kenora", begun), ana, "Anas", owner=ana, due_on=CLOSES)
        move(begun, ana, State.GO, State.DRAFTING, State.SUBMITTED)

        for community in (None, "kenora"):
            content = feed(db_session, ana, community)
            assert alarms(the(content, "Closes: ")) == 0
            assert the(content, "Closes: ").status.value == "CONFIRMED", "it was met"
            assert the(content, "Anas").status.value == "CANCELLED"
        move(begun, ana, State.DRAFTING)

        assert alarms(the(feed(db_session, ana), "Closes: ")) > 0
        assert self.rings(the(feed(db_session, ana), "Anas")) == [0, 1, 3, 7, 14]

    def test_a_round_given_up_rings_only_for_whom_it_was_tracked_for_itself(
        self, db_session: Session, ana: int, begun: int
    ) -> None:
        ben = a_person("ben@example.org")
        with transaction() as session:
            tracking.track(session, ben, str(applications.one(session, "kenora", begun).intake), NOW)
        move(begun, ana, State.NO_GO)

        def ringing(person: int) -> list[int]:
            held = entries(feed(db_session, person))
            return [alarms(each) for each in held if each.summary.value.startswith("Closes: ")]

        assert ringing(ana) == [0]
        assert ringing(ben) != [0]

    def test_a_meeting_rings_where_a_task_waits_for_it(self, db_session: Session, ana: int, begun: int) -> None:
        number = add_meeting(ana, date(2027, 1, 12))
        with transaction() as session:
            task = a_task(
                session, applications.one(session, "kenora", begun), ana, "Resolution", due_on=date(2027, 1, 12)
            )
            task.meeting = number

        assert self.rings(the(feed(db_session, ana, "kenora"), "Council meeting")) == [0, 1, 3, 7, 14]


def test_french(db_session: Session, ana: int, begun: int) -> None:
    with transaction() as session:
        session.get_one(PersonRow, ana).language = "fr"
        task = a_task(
            session,
            applications.one(session, "kenora", begun),
            ana,
            "Appeler l’école – été",
            owner=ana,
            due_on=CLOSES,
        )
        tasks.finish(session, task, hand(ana))
        key = a_round(session, date(2027, 2, 5), "csp-grant-provincial-priorities")
        tracking.track(session, ana, key, NOW)
    add_meeting(ana, date(2027, 1, 12))
    with transaction() as session:
        intakes.withdraw(session, key, LATER)

    content = feed(db_session, ana, "kenora", LATER)

    assert str(icalendar.Calendar.from_ical(content)["X-WR-CALNAME"]) == "Échéances de financement – Kenora"
    assert the(content, "Fait\u00a0: Appeler l’école – été").status.value == "CONFIRMED"
    assert the(content, "Réunion du conseil").dtstart.value == date(2027, 1, 12)
    assert the(content, "Annulation\u00a0: Clôture\u00a0: ").summary.value.endswith(" (Demande)")
    told = {each.description.value.partition("\n")[0] for each in entries(content) if "Clôture" in each.summary.value}
    assert told == {
        "Le vendredi 29 janvier 2027, heure non précisée",
        "Le vendredi 5 février 2027, heure non précisée",
    }


@given(
    title=st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=200).filter(str.strip)
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_title_writes_lines_of_its_own(db_session: Session, ana: int, begun: int, title: str) -> None:
    check_titled(db_session, ana, begun, title)


@pytest.mark.parametrize(
    "title",
    [
        "Line\r\nBEGIN:VEVENT\r\nSUMMARY:planted\r\nEND:VEVENT",
        'a;b,c:d\\n"e" \\, \\; ^ =',
        "👩🏽‍🚒" * 40,
        "é" * 200,
        "\u202eright to left\u202c مرحبا בעולם",
        "\u2028\u2029\x85\x0b\x0c\x1b[31m",
    ],
    ids=["newlines", "separators", "emoji", "accents", "rtl", "controls"],
)
def test_hostile_titles_keep_the_file_well_formed(db_session: Session, ana: int, begun: int, title: str) -> None:
    check_titled(db_session, ana, begun, title)


def check_titled(session: Session, person: int, application: int, title: str) -> None:
    """Give an application and its task a title behind every check, and read the feed back."""
    with transaction() as unit:
        row = unit.scalars(tenants.of(ApplicationRow, "kenora").where(ApplicationRow.id == application)).one()
        row.title = title
        known = unit.scalars(tenants.of(TaskRow, "kenora").where(TaskRow.due_on == CLOSES)).first()
        task = known or a_task(unit, row, person, "Call", owner=person, due_on=CLOSES)
        task.title = {"en": title, "fr": title}

    opened = feeds.Opened(session.get_one(PersonRow, person), None)
    found = entries(feeds.written(session, opened, SITE, NOW))

    assert len(found) == 2, "the closing and the task, however they are called"
    assert {each.status.value for each in found} == {"CONFIRMED"}


def test_a_task_that_was_given_away_leaves_the_feed_of_who_had_it(db_session: Session, ana: int, begun: int) -> None:
    ben = a_person("ben@example.org")
    with transaction() as session:
        task = a_task(session, applications.one(session, "kenora", begun), ana, "Call", owner=ana, due_on=CLOSES)
        tasks.assign(session, task, ben, hand(ana, task.version, leads=True))
        assert tracked_rows.tracked_row(session, ben, Ref(task=task.id)) is not None

    assert not any("Call" in each for each in titles(feed(db_session, ana)))
    assert any("Call" in each for each in titles(feed(db_session, ben)))
