"""Tracking, practice and accounts on both databases."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from config import ROOT
from grants.domain.people import Role
from grants.services import catalogue, intakes, people, practice, seeds, tracking
from grants.services.catalogue import NotFoundError
from grants.services.people import RefusedError
from grants.services.tracking import When
from grants.store import people as person_rows
from grants.store import tracking as rows
from grants.store.catalogue import IntakeRow, ProgramRow, revision
from grants.store.database import transaction
from grants.store.kept import Counts
from grants.store.people import PersonRow
from grants.store.reminders import ReminderRow
from grants.store.tracking import NamedIntake

pytestmark = pytest.mark.one_database

NOW = datetime(2026, 11, 24, 15, tzinfo=UTC)
EXAMPLES = ROOT / "seeds" / "practice.json"


class TestPractice:
    """Examples that always lie ahead and never mix with what is real."""

    def test_they_lie_ahead_whatever_the_day(self, db_session: Session) -> None:
        for days, added, changed in ((0, 4, 0), (400, 3, 1), (801, 3, 1)):
            now = NOW + timedelta(days=days)
            with transaction() as session:
                counts = practice.load(session, EXAMPLES, now)
                assert (counts.added, len(counts.changed)) == (added, changed)
                assert practice.load(session, EXAMPLES, now + timedelta(days=3)) == Counts()
            assert len(practice.live_intakes(db_session, now)) == 4
        assert db_session.scalar(select(func.count()).select_from(IntakeRow)) == 10

    def test_the_soonest_stands_first(self, db_session: Session) -> None:
        with transaction() as session:
            practice.load(session, EXAMPLES, NOW)
        assert practice.live_intakes(db_session, NOW) == [
            "example-safer-streets-prevention#2026-11-24",
            "example-youth-futures-grant#2026-11-24",
            "example-northern-wellness-initiative#2026-11-24",
            "example-community-hub-support#always",
        ]

    def test_they_are_in_no_catalogue_count_or_export(self, db_session: Session) -> None:
        number = revision(db_session)
        with transaction() as session:
            practice.load(session, EXAMPLES, NOW)
        assert catalogue.present(db_session).programs == {}
        assert seeds.collect(db_session).programs == ()
        assert revision(db_session) == number
        assert set(db_session.scalars(select(ProgramRow.practice))) == {True}

    def test_every_one_says_that_it_is_an_example(self) -> None:
        for program in json.loads(EXAMPLES.read_text(encoding="utf-8")):
            assert program["name"].startswith("Example: ")
            assert program["name_fr"].startswith("Exemple\u00a0: ")
            assert program["key"].startswith("example-")
            for stream in program["streams"]:
                assert "made-up" in stream["summary"]["en"]
                assert "ficti" in stream["summary"]["fr"]
                assert stream["key"].startswith("example-")

    @pytest.mark.seeded
    def test_a_development_person_is_made_once_and_tracks_two(self, db_session: Session) -> None:
        for day, tracked in ((0, 2), (1, 2), (30, 4)):
            with transaction() as session:
                person = practice.person(session, "lead", EXAMPLES, "fr", NOW + timedelta(days=day))
            intakes = [each for each in rows.tracked(db_session, person.id) if each.intake is not None]
            assert len(intakes) == tracked, "two that are ahead, and those of long ago"
        assert db_session.scalar(select(func.count()).select_from(PersonRow)) == 1
        assert (person.language, person.zone, person.email) == ("fr", "America/Winnipeg", "plan-lead@practice.example")
        assert person_rows.roles_of(db_session, person, "kenora") == {Role.MEMBER, Role.LEAD}
        ((community, role),) = person_rows.communities_of(db_session, person.id)
        assert (community.key, role) == ("kenora", Role.LEAD)


class TestList:
    """What a person tracks, in its parts."""

    def test_each_part_holds_what_belongs_there(self, db_session: Session) -> None:
        with transaction() as session:
            practice.load(session, EXAMPLES, NOW)
            person = people.add(session, "ana@x.example", Role.MEMBER, NOW)
            for key in practice.live_intakes(session, NOW):
                tracking.track(session, person.id, key, NOW)

        def seen(days: int) -> dict[str, str]:
            found = tracking.tracked_by(db_session, person, NOW + timedelta(days=days))
            named = [(each.subject, each.when.value) for each in found]
            return {
                subject.program_key.removeprefix("example-"): when
                for subject, when in named
                if isinstance(subject, NamedIntake)
            }

        assert seen(0) == {
            "safer-streets": When.THIS_WEEK,
            "northern-wellness": When.LATER,
            "youth-futures": When.LATER,
            "community-hub": When.UNDATED,
        }
        assert list(seen(0)) == ["safer-streets", "northern-wellness", "youth-futures", "community-hub"]
        assert seen(6)["safer-streets"] == When.TODAY
        assert seen(7)["safer-streets"] == When.CLOSED
        assert seen(21)["youth-futures"] == When.LATER, "the second stage is still ahead"
        assert seen(400) == {
            "community-hub": When.UNDATED,
            "northern-wellness": When.CLOSED,
            "safer-streets": When.CLOSED,
            "youth-futures": When.CLOSED,
        }

    def test_one_record_that_cannot_be_read_hides_no_other(self, db_session: Session) -> None:
        person = person_rows.by_email(db_session, self.tracking_two(db_session))
        assert person is not None
        whole = tracking.all_of(db_session, person, NOW)
        assert (len(whole.seen), whole.broken) == (2, [])
        (bad, good) = (each.subject.ref.intake for each in whole.seen)
        with transaction() as session:
            session.get_one(IntakeRow, bad).record = {"key": bad, "nonsense": 1}
        left = tracking.all_of(db_session, session.get_one(PersonRow, person.id), NOW)
        assert [each.subject.ref.intake for each in left.seen] == [good]
        (broken,) = left.broken
        assert (broken.intake, broken.title) == (bad, whole.seen[0].subject.short)
        assert "nonsense" in broken.fault

    def tracking_two(self, session: Session) -> str:
        """The address of somebody who tracks two examples."""
        with transaction() as unit:
            person = people.add(unit, "two@town.example", Role.MEMBER, NOW)
            practice.load(unit, EXAMPLES, NOW)
            for key in practice.live_intakes(session, NOW)[:2]:
                tracking.track(unit, person.id, key, NOW)
            return person.email

    def test_what_is_not_there_cannot_be_tracked(self, db_session: Session) -> None:
        del db_session
        with transaction() as session:
            person = people.add(session, "ana@x.example", Role.MEMBER, NOW)
            with pytest.raises(NotFoundError, match="no intake 'x'"):
                tracking.track(session, person.id, "x", NOW)
            with pytest.raises(NotFoundError, match="no stream 'x'"):
                tracking.track_stream(session, person, "x", NOW)

    @pytest.mark.seeded
    def test_it_is_tracked_for_the_community_that_is_named_or_the_only_one(self, db_session: Session) -> None:
        with transaction() as session:
            person = people.add(session, "ana@x.example", Role.WRITER, NOW, community="kenora")
            practice.load(session, EXAMPLES, NOW)
            first, second, third, *_ = practice.live_intakes(session, NOW)
            tracking.track(session, person.id, first, NOW)
            people.add(session, "ana@x.example", Role.LEAD, NOW, community="toronto")
            tracking.track(session, person.id, second, NOW)
            tracking.track(session, person.id, third, NOW, community="toronto")
            assert tracking.track(session, person.id, second, NOW, community="toronto") is False
            stream = next(iter(catalogue.present(session).streams))
            with pytest.raises(RefusedError, match="does not work for"):
                tracking.track_stream(session, person, stream, NOW, community="dryden")
        found = rows.tracked(db_session, person.id)
        assert [row.community for row in found] == ["kenora", "toronto", "toronto"]
        zones = {each.community: each.recipient.applicant_zone for each in tracking.tracked_by(db_session, person, NOW)}
        assert zones == {"kenora": "America/Winnipeg", "toronto": "America/Toronto"}


@pytest.mark.seeded
class TestIntakes:
    """Rounds that staff add and move."""

    def test_an_added_round_is_made_here_and_tells_every_process(self, db_session: Session) -> None:
        present = catalogue.present(db_session)
        stream = next(iter(present.streams))
        with transaction() as session:
            key, version = intakes.add(
                session, stream, opens=None, closes=date(2026, 12, 11), at=None, zone="America/Toronto", now=NOW
            )
        row = db_session.get_one(IntakeRow, key)
        assert (version, row.seeded, row.stream) == (1, None, stream)
        assert key in catalogue.present(db_session).intakes
        with transaction() as session:
            again = intakes.add(
                session, stream, opens=None, closes=date(2026, 12, 11), at=None, zone="America/Toronto", now=NOW
            )
        assert again == (key, 1)

    def test_one_that_closes_before_it_opens_is_refused(self, db_session: Session) -> None:
        stream = next(iter(catalogue.present(db_session).streams))
        with transaction() as session, pytest.raises(RefusedError, match="before it opens"):
            intakes.add(
                session,
                stream,
                opens=date(2026, 12, 12),
                closes=date(2026, 12, 11),
                at=None,
                zone="America/Toronto",
                now=NOW,
            )

    def test_a_move_to_the_same_day_is_no_change(self, db_session: Session) -> None:
        stream = next(iter(catalogue.present(db_session).streams))
        with transaction() as session:
            key, _ = intakes.add(
                session, stream, opens=None, closes=date(2026, 12, 11), at=None, zone="America/Toronto", now=NOW
            )
            assert intakes.move(session, key, date(2026, 12, 11), None, NOW) == 1
            assert intakes.move(session, key, date(2026, 12, 18), None, NOW) == 2

    def test_track_stream_takes_the_round_that_is_ahead(self, db_session: Session) -> None:
        stream = next(iter(catalogue.present(db_session).streams))
        with transaction() as session:
            key, _ = intakes.add(
                session, stream, opens=None, closes=date(2026, 12, 11), at=None, zone="America/Toronto", now=NOW
            )
            person = people.add(session, "ana@x.example", Role.MEMBER, NOW)
            assert tracking.track_stream(session, person, stream, NOW) == key
        assert db_session.scalar(select(func.count()).select_from(ReminderRow)) == 6


@pytest.mark.seeded
class TestPeople:
    """Who may be added, and as what."""

    @pytest.mark.parametrize(
        ("email", "role", "community", "field"),
        [
            pytest.param("no address", Role.MEMBER, None, "email", id="no address"),
            pytest.param("a@x.example", Role.LEAD, None, "community", id="a lead of nothing"),
            pytest.param("a@x.example", Role.EDITOR, "kenora", "community", id="staff of a community"),
            pytest.param("a@x.example", Role.PUBLIC, None, "role", id="the public"),
        ],
    )
    def test_what_makes_no_sense_is_refused(
        self, db_session: Session, email: str, role: Role, community: str | None, field: str
    ) -> None:
        with transaction() as session, pytest.raises(RefusedError) as refused:
            people.add(session, email, role, NOW, community=community)
        assert refused.value.field == field
        assert db_session.scalar(select(func.count()).select_from(PersonRow)) == 0

    def test_one_person_may_hold_several_roles(self, db_session: Session) -> None:
        with transaction() as session:
            person = people.add(session, "a@x.example", Role.WRITER, NOW, community="kenora")
            people.add(session, "A@x.example", Role.LEAD, NOW, community="dryden")
            people.add(session, "a@x.example", Role.EDITOR, NOW)
        assert person_rows.roles_of(db_session, person, "kenora") == {Role.MEMBER, Role.WRITER, Role.EDITOR}
        assert person_rows.roles_of(db_session, person, "dryden") == {Role.MEMBER, Role.LEAD, Role.EDITOR}
        assert db_session.scalar(select(func.count()).select_from(PersonRow)) == 1

    def test_a_community_that_is_none_is_not_found(self, db_session: Session) -> None:
        del db_session
        with transaction() as session, pytest.raises(NotFoundError):
            people.add(session, "a@x.example", Role.LEAD, NOW, community="atlantis")


def test_a_practice_file_that_is_no_program_changes_nothing(db_session: Session, tmp_path: Path) -> None:
    broken = tmp_path / "practice.json"
    broken.write_text('[{"key": "example-x"}]', encoding="utf-8")
    with pytest.raises(ValueError, match="example-x"), transaction() as session:
        practice.load(session, broken, NOW)
    assert db_session.scalar(select(func.count()).select_from(ProgramRow)) == 0
