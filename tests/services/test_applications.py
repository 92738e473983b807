"""Applications: what beginning one makes, the moves and what they ask, the lists, and what is at risk."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from grants.domain.applications import Column, State
from grants.domain.bilingual import LANGUAGES, alike
from grants.domain.people import Role
from grants.domain.workdays import AT_HOME, is_workday
from grants.services import applications, checklists, exports, practice, sharing, tasks, tracking
from grants.services.agenda import agenda
from grants.services.applications import (
    AlreadyBegunError,
    Amounts,
    Choice,
    Danger,
    Move,
    Sort,
    UnfinishedError,
    Wish,
)
from grants.services.catalogue import NotFoundError
from grants.services.checklists import Settled
from grants.services.conflicts import ConflictError, RefusedError
from grants.store import applications as rows
from grants.store import tenants
from grants.store.applications import ApplicationRow, EventRow, RequirementRow
from grants.store.database import transaction
from grants.store.people import PersonRow
from grants.store.reminders import ReminderRow
from grants.store.tracking import TrackedRow, named_tasks
from grants.store.workspaces import DocumentRow
from tests.begun import NOW, STREAM, a_person, a_round, a_task, an_application, hand, the_community

pytestmark = pytest.mark.seeded


@pytest.fixture
def ana(db_session: Session) -> int:
    """A grant writer of Kenora."""
    del db_session
    return a_person()


@pytest.fixture
def begun(ana: int) -> int:
    """An application of Kenora's for a round that closes on 29 January 2027."""
    with transaction() as session:
        return an_application(session, ana).id


def kinds(session: Session) -> list[str]:
    """What happened in Kenora, the oldest first."""
    return [each.kind for each in tenants.all_of(session, EventRow, "kenora")]


def move(number: int, person: int, wish: Move) -> None:
    """Move an application by its newest version."""
    with transaction() as session:
        row = applications.one(session, "kenora", number)
        applications.move(session, row, wish, hand(person, row.version), community=the_community(session))


def brought_to(number: int, person: int, state: State) -> None:
    """Move an application along the shortest way to a state."""
    way = {
        State.DRAFTING: (State.GO, State.DRAFTING),
        State.SUBMITTED: (State.GO, State.DRAFTING, State.SUBMITTED),
    }[state]
    for each in way:
        move(number, person, Move(each, "so it is", with_open_tasks=True))


class TestBegin:
    """One click makes all that an application begins with."""

    def test_it_has_its_work_its_checklist_and_a_history(self, db_session: Session, ana: int, begun: int) -> None:
        row = applications.one(db_session, "kenora", begun)
        whole = applications.whole(db_session, the_community(db_session), row, NOW)
        assert (row.state, row.owner, row.version) == ("considering", ana, 1)
        assert whole.tasks[0].owner == ana
        assert [each.key for each in whole.tasks][-1] == "submit"
        assert [each.place for each in whole.tasks] == list(range(len(whole.tasks)))
        assert len(whole.papers) == len(whole.called.stream.required_documents)
        assert kinds(db_session) == ["begun"]

    def test_who_begins_tracks_the_round_for_the_community(self, db_session: Session, ana: int, begun: int) -> None:
        row = applications.one(db_session, "kenora", begun)
        tracked = db_session.scalars(select(TrackedRow).where(TrackedRow.person == ana)).all()
        assert {each.community for each in tracked} == {"kenora"}
        assert [each.intake for each in tracked if each.intake is not None] == [row.intake]
        assert {each.task for each in tracked if each.task is not None} == {
            each.id for each in tasks.of(db_session, row)
        }

    def test_a_stream_without_a_round_can_be_prepared_for(self, db_session: Session, ana: int) -> None:
        with transaction() as session:
            number = an_application(session, ana, closes=None).id
        (line,) = applications.listing(db_session, the_community(db_session), NOW)
        assert (line.row.id, line.closing.day) == (number, None)
        assert Danger.UNDATED in {each.danger for each in line.risks}
        tracked = tracking.tracked_by(db_session, db_session.get_one(PersonRow, ana), NOW)
        assert {each.subject.ref.intake for each in tracked} == {None}, "tasks alone, no round"

    def test_a_second_one_for_the_same_round_is_asked_about(self, db_session: Session, ana: int, begun: int) -> None:
        row = applications.one(db_session, "kenora", begun)
        stream, intake = row.stream, row.intake
        with transaction() as session, pytest.raises(AlreadyBegunError) as known:
            applications.begin(session, the_community(session), stream, intake, hand(ana))
        assert [each.id for each in known.value.applications] == [begun]
        with transaction() as session:
            other = applications.begin(session, the_community(session), stream, intake, hand(ana), again=True)
            assert other.id != begun

    def test_another_community_may_begin_for_the_same_round(self, db_session: Session, begun: int) -> None:
        row = applications.one(db_session, "kenora", begun)
        stream, intake = row.stream, row.intake
        other = a_person("bo@example.org", community="dryden")
        with transaction() as session:
            applications.begin(session, the_community(session, "dryden"), stream, intake, hand(other))
        assert tenants.one(db_session, ApplicationRow, "dryden", begun) is None

    @pytest.mark.parametrize(("stream", "intake"), [("nothing", None), (STREAM, "nothing"), (STREAM, "x\0")])
    def test_what_is_not_there_cannot_be_begun(
        self, db_session: Session, ana: int, stream: str, intake: str | None
    ) -> None:
        with transaction() as session, pytest.raises(NotFoundError):
            applications.begin(session, the_community(session), stream, intake, hand(ana))
        assert kinds(db_session) == []


class TestMoves:
    """Only legal moves, each with who, when and why."""

    def test_a_move_leaves_who_when_and_why(self, db_session: Session, ana: int, begun: int) -> None:
        move(begun, ana, Move(State.NO_GO, "  too small for us "))
        event = rows.events(db_session, "kenora", begun)[0]
        assert (event.kind, event.person, event.at) == ("moved", ana, NOW)
        assert {name: event.details[name] for name in ("from", "to", "reason")} == {
            "from": "considering",
            "to": "no-go",
            "reason": "too small for us",
        }

    @pytest.mark.parametrize(
        ("wish", "field"),
        [
            pytest.param(Move(State.AWARDED, awarded=1), "to", id="not a legal move"),
            pytest.param(Move(State.NO_GO), "reason", id="no reason"),
            pytest.param(Move(State.NO_GO, " \n "), "reason", id="an empty reason"),
            pytest.param(Move(State.NO_GO, "x" * 2_001), "reason", id="a reason too long"),
            pytest.param(Move(State.CONSIDERING), "to", id="where it is"),
        ],
    )
    def test_what_cannot_be_is_refused_and_nothing_happens(
        self, db_session: Session, ana: int, begun: int, wish: Move, field: str
    ) -> None:
        with pytest.raises(RefusedError) as refused:
            move(begun, ana, wish)
        assert refused.value.field == field
        assert kinds(db_session) == ["begun"]
        assert applications.one(db_session, "kenora", begun).version == 1

    def test_an_award_wants_its_amount(self, db_session: Session, ana: int, begun: int) -> None:
        brought_to(begun, ana, State.SUBMITTED)
        with pytest.raises(RefusedError) as refused:
            move(begun, ana, Move(State.AWARDED))
        assert refused.value.field == "awarded"
        move(begun, ana, Move(State.AWARDED, awarded=4_550_050))
        assert applications.one(db_session, "kenora", begun).awarded == 4_550_050

    def test_submitting_asks_about_what_is_still_open(self, db_session: Session, ana: int, begun: int) -> None:
        brought_to(begun, ana, State.DRAFTING)
        with pytest.raises(UnfinishedError) as unfinished:
            move(begun, ana, Move(State.SUBMITTED, reference="2027-11"))
        assert "submit" not in {each.key for each in unfinished.value.open}
        with transaction() as session:
            for each in rows.tasks(session, "kenora", begun):
                if each.kind != "submit":
                    tasks.finish(session, each, hand(ana))
        move(begun, ana, Move(State.SUBMITTED, reference="2027-11"))
        row = applications.one(db_session, "kenora", begun)
        assert (row.state, row.reference) == ("submitted", "2027-11")

    def test_a_move_from_an_older_version_is_a_conflict(self, db_session: Session, ana: int, begun: int) -> None:
        bo = a_person("bo@example.org")
        move(begun, bo, Move(State.GO))
        with transaction() as session:
            row, there = applications.one(session, "kenora", begun), the_community(session)
            with pytest.raises(ConflictError) as conflict:
                applications.move(session, row, Move(State.NO_GO, "no"), hand(ana), community=there)
        assert (conflict.value.saved["to"], conflict.value.version, conflict.value.by) == ("go", 2, "Bo")
        assert applications.one(db_session, "kenora", begun).state == "go"


class TestChanges:
    """What is said of an application as a whole, and its money."""

    def test_the_event_says_what_it_was_before(self, db_session: Session, ana: int, begun: int) -> None:
        bo = a_person("bo@example.org")
        with transaction() as session:
            row = applications.one(session, "kenora", begun)
            applications.change(session, row, Wish("Safer nights", bo, date(2027, 1, 20), "A-1"), hand(ana))
        fields = rows.events(db_session, "kenora", begun)[0].details["fields"]
        assert fields["owner"] == [ana, bo]
        assert fields["target_on"] == [None, "2027-01-20"]
        assert fields["reference"] == ["", "A-1"]

    def test_without_a_title_it_bears_the_programs_name_in_both_languages(
        self, db_session: Session, ana: int, begun: int
    ) -> None:
        """A title that a person typed is the same in both; taking it away gives the program's name back."""
        named = applications.title_of(db_session, applications.one(db_session, "kenora", begun))
        assert named.en.startswith("Community Safety and Policing Grant")
        assert named.fr != named.en
        for seen, (typed, shown) in enumerate({"Safer nights ": alike("Safer nights"), " ": named}.items(), 1):
            with transaction() as session:
                row = applications.one(session, "kenora", begun)
                applications.change(session, row, Wish(typed, ana, None, ""), hand(ana, seen))
                assert applications.title_of(session, row) == shown

    def test_everything_calls_it_the_same(self, db_session: Session, ana: int, begun: int) -> None:
        with transaction() as session:
            row = applications.one(session, "kenora", begun)
            task = a_task(session, row, ana, owner=ana, due_on=date(2027, 1, 5)).id
        there, row = the_community(db_session), applications.one(db_session, "kenora", begun)
        named = applications.title_of(db_session, row)
        (line,) = applications.listing(db_session, there, NOW)
        assert line.title == applications.whole(db_session, there, row, NOW).title == named
        assert {due.about for due in agenda(db_session, there, None, NOW)} == {named}
        assert {each.application for each in tasks.open_tasks(db_session, "kenora")} == {named}
        assert named_tasks(db_session, {task})[task].application_title == named
        assert sharing.summary(db_session, row).title == sharing.switch(db_session, row).title == named
        for language in LANGUAGES:
            assert exports.applications(db_session, there, language).rows[0][0] == named.in_(language)

    def test_saying_the_same_again_changes_nothing(self, db_session: Session, ana: int, begun: int) -> None:
        row = applications.one(db_session, "kenora", begun)
        same = Wish(row.title, row.owner, row.target_on, row.reference)
        with transaction() as session:
            assert not applications.change(
                session, applications.one(session, "kenora", begun), same, hand(ana, seen=99)
            )
        assert kinds(db_session) == ["begun"]

    @pytest.mark.parametrize(
        ("change", "field"),
        [({"title": "x" * 201}, "title"), ({"reference": "x" * 101}, "reference"), ({"owner": 999}, "owner")],
    )
    def test_what_cannot_be_is_refused(
        self, db_session: Session, ana: int, begun: int, change: dict[str, object], field: str
    ) -> None:
        wish = replace(Wish("Title", ana, None, ""), **change)  # type: ignore[arg-type]
        with transaction() as session, pytest.raises(RefusedError) as refused:
            applications.change(session, applications.one(session, "kenora", begun), wish, hand(ana))
        assert refused.value.field == field
        assert kinds(db_session) == ["begun"]

    def test_somebody_of_another_community_cannot_own_it(self, db_session: Session, ana: int, begun: int) -> None:
        del db_session
        stranger = a_person("bo@example.org", community="dryden")
        with transaction() as session:
            row = applications.one(session, "kenora", begun)
            with pytest.raises(RefusedError):
                applications.change(session, row, Wish("Title", stranger, None, ""), hand(ana))

    def test_amounts_are_kept_to_the_cent(self, db_session: Session, ana: int, begun: int) -> None:
        with transaction() as session:
            row = applications.one(session, "kenora", begun)
            applications.set_amounts(session, row, Amounts(1_000_001, 333_334, None, None), hand(ana))
        row = applications.one(db_session, "kenora", begun)
        assert applications.budget_of(row).total == 1_333_335

    def test_two_editors_both_kept(self, db_session: Session, ana: int, begun: int) -> None:
        bo = a_person("bo@example.org")
        with transaction() as session:
            row = applications.one(session, "kenora", begun)
            applications.set_amounts(
                session, row, Amounts(100, None, None, None), hand(bo, at=NOW + timedelta(hours=1))
            )
        with transaction() as session:
            row = applications.one(session, "kenora", begun)
            with pytest.raises(ConflictError) as conflict:
                applications.change(session, row, Wish("Mine", ana, None, ""), hand(ana))
        assert (conflict.value.by, conflict.value.at) == ("Bo", NOW + timedelta(hours=1))
        assert conflict.value.saved["asked"] == "100"
        assert applications.one(db_session, "kenora", begun).title != "Mine"


class TestChecklist:
    """The funder's documents, and which of those kept ready serve."""

    def test_a_line_is_settled_with_a_document(self, db_session: Session, ana: int, begun: int) -> None:
        with transaction() as session:
            document = DocumentRow(
                community="kenora", kind="other", title="Deed", created_by=ana, created_at=NOW, modified_at=NOW
            )
            session.add(document)
            session.flush()
            row = applications.one(session, "kenora", begun)
            line = checklists.add(session, row, " A deed ", hand(ana))
            assert checklists.settle(session, line, Settled.READY, document.id, hand(ana))
            assert not checklists.settle(session, line, Settled.READY, document.id, hand(ana))
            number = line.id
        kept = checklists.one(db_session, "kenora", begun, number)
        assert (checklists.wording_of(kept).fr, kept.settled, kept.settled_by) == ("A deed", "ready", ana)
        with transaction() as session:
            line = checklists.one(session, "kenora", begun, number)
            with pytest.raises(ConflictError):
                checklists.settle(session, line, Settled.OPEN, None, hand(ana))

    def test_another_communitys_document_never_serves(self, db_session: Session, ana: int, begun: int) -> None:
        del db_session
        with transaction() as session:
            document = DocumentRow(
                community="dryden", kind="other", title="Deed", created_by=ana, created_at=NOW, modified_at=NOW
            )
            session.add(document)
            session.flush()
            line = checklists.add(session, applications.one(session, "kenora", begun), "A deed", hand(ana))
            with pytest.raises(RefusedError) as refused:
                checklists.settle(session, line, Settled.READY, document.id, hand(ana))
            assert refused.value.field == "document"

    @pytest.mark.parametrize("wording", ["", "  ", "x" * 501])
    def test_a_line_names_a_document(self, db_session: Session, ana: int, begun: int, wording: str) -> None:
        with transaction() as session, pytest.raises(RefusedError):
            checklists.add(session, applications.one(session, "kenora", begun), wording, hand(ana))
        assert "checked" not in kinds(db_session)


@pytest.mark.one_database
class TestRisks:
    """What can go wrong is seen before it does."""

    def risks(self, session: Session, days: int) -> dict[Danger, int]:
        """What is at risk so many days later."""
        (line,) = applications.listing(session, the_community(session), NOW + timedelta(days=days))
        return {each.danger: each.count for each in line.risks}

    def test_nothing_at_first_then_the_closing(self, db_session: Session, begun: int) -> None:
        del begun
        assert self.risks(db_session, 0) == {}
        assert self.risks(db_session, 70) == {Danger.CLOSED: 1}

    def test_tasks_that_are_overdue_or_nobodys(self, db_session: Session, ana: int, begun: int) -> None:
        with transaction() as session:
            a_task(session, applications.one(session, "kenora", begun), ana, due_on=date(2026, 12, 1))
        assert self.risks(db_session, 0) == {Danger.NOBODY: 1}
        assert self.risks(db_session, 7)[Danger.NOBODY] == 1
        assert Danger.OVERDUE not in self.risks(db_session, 7), "the day itself is not over"
        assert self.risks(db_session, 8)[Danger.OVERDUE] == 1

    @pytest.mark.parametrize(("expires", "counted"), [(date(2027, 1, 28), 1), (date(2027, 1, 29), 0), (None, 0)])
    def test_a_document_that_expires_before_the_closing(
        self, db_session: Session, ana: int, begun: int, expires: date | None, counted: int
    ) -> None:
        with transaction() as session:
            document = DocumentRow(
                community="kenora",
                kind="insurance",
                title="Insurance",
                expires_on=expires,
                created_by=ana,
                created_at=NOW,
                modified_at=NOW,
            )
            session.add(document)
            session.flush()
            line = checklists.add(session, applications.one(session, "kenora", begun), "Insurance", hand(ana))
            checklists.settle(session, line, Settled.READY, document.id, hand(ana))
        assert self.risks(db_session, 0).get(Danger.EXPIRES, 0) == counted

    def test_papers_that_are_missing_near_the_closing(self, db_session: Session, ana: int, begun: int) -> None:
        with transaction() as session:
            checklists.add(session, applications.one(session, "kenora", begun), "A letter", hand(ana))
        open_lines = len(tenants.all_of(db_session, RequirementRow, "kenora"))
        assert Danger.MISSING not in self.risks(db_session, 40)
        assert self.risks(db_session, 55)[Danger.MISSING] == open_lines


@pytest.mark.one_database
class TestList:
    """Board and table say the same; what is narrowed is narrowed exactly."""

    @pytest.fixture
    def lines(self, db_session: Session, ana: int) -> tuple[applications.Line, ...]:
        """Three applications: one asks, one is over, one is in French."""
        with transaction() as session:
            first = an_application(session, ana)
            applications.set_amounts(session, first, Amounts(1_000_010, None, None, None), hand(ana))
            second = applications.begin(session, the_community(session), STREAM, first.intake, hand(ana), again=True)
            applications.change(session, second, Wish("Élan des jeunes", None, None, ""), hand(ana))
            third = applications.begin(
                session,
                the_community(session),
                STREAM,
                a_round(session, date(2026, 12, 11)),
                hand(ana),
                again=True,
            )
            applications.set_amounts(session, third, Amounts(20, None, None, 5), hand(ana))
            applications.move(session, third, Move(State.NO_GO, "no"), hand(ana, 2), community=the_community(session))
        return applications.listing(db_session, the_community(db_session), NOW)

    @pytest.mark.parametrize(
        ("choice", "places"),
        [
            pytest.param(Choice(), [0, 1, 2], id="what comes next first, what is over last"),
            pytest.param(Choice(words="elan"), [1], id="words without accents"),
            pytest.param(Choice(words="ELAN nothing"), [], id="all words"),
            pytest.param(Choice(state=State.NO_GO), [2], id="state"),
            pytest.param(Choice(column=Column.CONSIDERING), [0, 1], id="column"),
            pytest.param(Choice(owner=0), [1], id="nobody's"),
            pytest.param(Choice(sort=Sort.ASKED, descending=True), [0, 2, 1], id="most asked first"),
            pytest.param(Choice(sort=Sort.CLOSES), [2, 0, 1], id="closes soonest"),
        ],
    )
    def test_what_is_chosen(self, lines: tuple[applications.Line, ...], choice: Choice, places: list[int]) -> None:
        numbers = sorted(each.row.id for each in lines)
        found = [numbers.index(each.row.id) for each in applications.chosen(lines, choice, "en")]
        assert found == places

    def test_totals_are_exact_cents(self, lines: tuple[applications.Line, ...]) -> None:
        assert applications.totals(lines) == applications.Totals(3, 1_000_030, 5)

    def test_another_communitys_are_not_there(self, db_session: Session, lines: tuple[applications.Line, ...]) -> None:
        assert lines
        assert applications.listing(db_session, the_community(db_session, "dryden"), NOW) == ()
        with pytest.raises(NotFoundError):
            applications.one(db_session, "dryden", lines[0].row.id)


def test_a_lead_is_a_member_too(db_session: Session, begun: int) -> None:
    lead = a_person("lea@example.org", Role.LEAD)
    whole = applications.whole(
        db_session, the_community(db_session), applications.one(db_session, "kenora", begun), NOW
    )
    assert set(whole.members.values()) == {"Ana", "Lea"}
    assert lead in whole.members


@pytest.mark.one_database
def test_the_practice_community_has_one_example_on_its_way(db_session: Session) -> None:
    """It is begun once for each round of an example, never for a real program, and nobody is reminded of its tasks."""
    del db_session
    with transaction() as session:
        lead = practice.person(session, "lead", practice.FILE, "fr", NOW).id
        practice.person(session, "writer", practice.FILE, "en", NOW)
        practice.person(session, "staff", practice.FILE, "en", NOW)
        (line,) = applications.listing(session, the_community(session, practice.COMMUNITY), NOW)
        assert (line.called.example, line.state, line.row.owner) == (True, State.DRAFTING, lead)
        assert line.next is not None
        assert session.scalars(select(ReminderRow).where(ReminderRow.task.is_not(None))).all() == []
    later = NOW + timedelta(days=400)
    with transaction() as session:
        practice.person(session, "lead", practice.FILE, "fr", later)
        practice.person(session, "lead", practice.FILE, "fr", later)
        assert len(applications.listing(session, the_community(session, practice.COMMUNITY), later)) == 2


@pytest.mark.one_database
@pytest.mark.parametrize("days", [0, 3, 5, 6])
def test_the_practice_example_is_in_both_languages_and_its_work_falls_on_workdays(
    db_session: Session, days: int
) -> None:
    del db_session
    now = NOW + timedelta(days=days)
    with transaction() as session:
        practice.person(session, "lead", practice.FILE, "fr", now)
        there = the_community(session, practice.COMMUNITY)
        (line,) = applications.listing(session, there, now)
        whole = applications.whole(session, there, line.row, now)
    words = [whole.title, *(tasks.title_of(each) for each in whole.tasks)]
    words += [checklists.wording_of(each.line) for each in whole.papers]
    assert [each for each in words if each.en == each.fr] == []
    due = [each.due_on for each in whole.tasks if each.due_on is not None]
    assert due
    assert all(is_workday(each, AT_HOME) for each in due)
