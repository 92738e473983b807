"""Facts a community states once: kept with who and when, one at a time, judged with at once, asked by what they settle."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from grants.domain.counterfactuals import Change
from grants.domain.eligibility import Outcome, decide
from grants.domain.people import Role
from grants.services import catalogue, outlook, people, statements
from grants.services.catalogue import Catalogue, NotFoundError
from grants.services.statements import ConflictError, RefusedError
from grants.store.database import transaction
from grants.store.people import role_in
from grants.store.statements import StatementRow

NOW = datetime(2026, 11, 24, 15, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
RURAL, RESOLUTION, BOARD = "fact:rural-by-own-word", "fact:council-resolution", "partner:school-board"

pytestmark = pytest.mark.seeded


@pytest.fixture
def present(db_session: Session) -> Catalogue:
    """The real catalogue."""
    return catalogue.present(db_session)


@pytest.fixture
def lead(present: Catalogue) -> int:
    """The plan lead of Kenora."""
    del present
    return a_person("lead@x.example", Role.LEAD, "kenora")


def a_person(email: str, role: Role, community: str | None = None) -> int:
    with transaction() as session:
        return people.add(session, email, role, NOW, community=community, name=email.partition("@")[0]).id


def say(present: Catalogue, key: str, by: int, *, holds: bool = True, at: datetime = NOW) -> bool:
    with transaction() as session:
        return statements.state(session, present, "kenora", key, holds=holds, by=by, now=at)


def standing(session: Session) -> dict[str, tuple[bool, str, datetime]]:
    return {each.key: (each.holds, each.said_by, each.said_at) for each in statements.all_of(session, "kenora")}


class TestKept:
    """One answer stands for a key; what stood before stays to be read."""

    def test_each_has_who_and_when(self, db_session: Session, present: Catalogue, lead: int) -> None:
        other = a_person("ana@x.example", Role.LEAD, "kenora")
        assert say(present, RURAL, lead)
        assert say(present, BOARD, other, holds=False, at=LATER)
        assert standing(db_session) == {RURAL: (True, "lead", NOW), BOARD: (False, "ana", LATER)}
        assert statements.all_of(db_session, "dryden") == ()

    def test_the_same_again_changes_nothing(self, db_session: Session, present: Catalogue, lead: int) -> None:
        assert say(present, RURAL, lead)
        assert not say(present, RURAL, a_person("ana@x.example", Role.LEAD, "kenora"), at=LATER)
        assert standing(db_session) == {RURAL: (True, "lead", NOW)}
        assert statements.history(db_session, "kenora") == ()

    def test_another_answer_takes_its_place(self, db_session: Session, present: Catalogue, lead: int) -> None:
        say(present, RURAL, lead)
        assert say(present, RURAL, lead, holds=False, at=LATER)
        assert standing(db_session) == {RURAL: (False, "lead", LATER)}
        (past,) = statements.history(db_session, "kenora")
        assert (past.key, past.holds, past.said_at, past.ended_at) == (RURAL, True, NOW, LATER)

    def test_withdrawn_it_is_not_known_again(self, db_session: Session, present: Catalogue, lead: int) -> None:
        say(present, RURAL, lead)
        with transaction() as session:
            assert statements.withdraw(session, "kenora", RURAL, by=lead, now=LATER)
            assert not statements.withdraw(session, "kenora", RURAL, by=lead, now=LATER)
        assert standing(db_session) == {}
        assert [each.holds for each in statements.history(db_session, "kenora")] == [True]

    def test_the_database_keeps_one_for_each_key(self, db_session: Session, present: Catalogue, lead: int) -> None:
        say(present, RURAL, lead)
        with pytest.raises(IntegrityError), transaction() as session:
            session.add(
                StatementRow(
                    community="kenora", kind="fact", key="rural-by-own-word", holds=False, said_by=lead, said_at=LATER
                )
            )
        assert standing(db_session) == {RURAL: (True, "lead", NOW)}

    @pytest.mark.parametrize("key", ["fact:none", "partner:none", "place:ontario", "rural-by-own-word", "", "fact:"])
    def test_what_is_no_question_cannot_be_stated(self, present: Catalogue, lead: int, key: str) -> None:
        with pytest.raises(NotFoundError):
            say(present, key, lead)


class TestWhoMay:
    """The lead of the plan states; nobody else does, whatever page they come from."""

    @pytest.mark.parametrize(
        ("role", "community", "refused"),
        [
            pytest.param(Role.WRITER, "kenora", RefusedError, id="a writer of it reads only"),
            pytest.param(Role.LEAD, "dryden", NotFoundError, id="the lead of another"),
            pytest.param(Role.EDITOR, None, NotFoundError, id="staff"),
            pytest.param(Role.APPROVER, None, NotFoundError, id="staff that approves"),
            pytest.param(Role.MEMBER, None, NotFoundError, id="anybody with an account"),
        ],
    )
    def test_others_are_refused(
        self, db_session: Session, present: Catalogue, role: Role, community: str | None, refused: type[Exception]
    ) -> None:
        person = a_person("p@x.example", role, community)
        with pytest.raises(refused):
            say(present, RURAL, person)
        with pytest.raises(refused), transaction() as session:
            statements.withdraw(session, "kenora", RURAL, by=person, now=NOW)
        with pytest.raises(refused), transaction() as session:
            statements.change(session, present, "kenora", seen={}, wanted={RURAL: True}, by=person, now=NOW)
        assert db_session.scalars(select(StatementRow)).all() == []

    def test_a_role_is_that_in_this_community(self, db_session: Session, present: Catalogue, lead: int) -> None:
        del present
        assert role_in(db_session, lead, "kenora") is Role.LEAD
        assert role_in(db_session, lead, "dryden") is None


class TestAWholePage:
    """Answers that are sent together are kept together, and nobody's answer is lost."""

    def change(self, present: Catalogue, by: int, seen: dict[str, bool], wanted: dict[str, bool]) -> int:
        with transaction() as session:
            return statements.change(session, present, "kenora", seen=seen, wanted=wanted, by=by, now=LATER)

    def test_only_what_changed_is_written(self, db_session: Session, present: Catalogue, lead: int) -> None:
        say(present, RURAL, lead)
        say(present, BOARD, lead)
        seen = {RURAL: True, BOARD: True}
        assert self.change(present, lead, seen, {RURAL: True, RESOLUTION: False}) == 2
        assert standing(db_session) == {RURAL: (True, "lead", NOW), RESOLUTION: (False, "lead", LATER)}

    def test_what_others_answered_meanwhile_stays(self, db_session: Session, present: Catalogue, lead: int) -> None:
        say(present, BOARD, a_person("ana@x.example", Role.LEAD, "kenora"))
        assert self.change(present, lead, {}, {RURAL: True}) == 1
        assert standing(db_session) == {RURAL: (True, "lead", LATER), BOARD: (True, "ana", NOW)}

    def test_the_same_answer_twice_is_no_conflict(self, db_session: Session, present: Catalogue, lead: int) -> None:
        say(present, RURAL, a_person("ana@x.example", Role.LEAD, "kenora"))
        assert self.change(present, lead, {}, {RURAL: True}) == 0
        assert standing(db_session) == {RURAL: (True, "ana", NOW)}

    def test_against_anothers_answer_nothing_is_kept(self, db_session: Session, present: Catalogue, lead: int) -> None:
        say(present, RURAL, a_person("ana@x.example", Role.LEAD, "kenora"), holds=False)
        with pytest.raises(ConflictError) as conflict:
            self.change(present, lead, {}, {RURAL: True, BOARD: True})
        now = conflict.value.statements[RURAL]
        assert now is not None
        assert (list(conflict.value.statements), now.holds, now.said_by) == ([RURAL], False, "ana")
        assert set(standing(db_session)) == {RURAL}

    def test_a_withdrawal_meanwhile_is_told(self, present: Catalogue, lead: int) -> None:
        say(present, RURAL, lead)
        with transaction() as session:
            statements.withdraw(session, "kenora", RURAL, by=lead, now=LATER)
        with pytest.raises(ConflictError) as conflict:
            self.change(present, lead, {RURAL: True}, {RURAL: False})
        assert conflict.value.statements == {RURAL: None}


class TestJudgedWith:
    """Verdicts follow what is said at once."""

    def test_a_statement_comes_before_what_is_kept_here(self, present: Catalogue) -> None:
        town = present.community("quinte-west")
        assert present.profile(town).facts == {"cswb-plan-adopted": True}
        said = statements.profile(present, town, {"fact:cswb-plan-adopted": False, BOARD: True})
        assert (said.facts, said.partners) == ({"cswb-plan-adopted": False}, {"school-board": True})

    def test_an_answer_settles_as_many_programs_as_was_said(self, present: Catalogue) -> None:
        kenora = present.community("kenora")
        asked = statements.questions(present, kenora, {}).asked
        assert [each.sometimes for each in asked] == sorted((each.sometimes for each in asked), reverse=True)
        before = statements.profile(present, kenora, {})
        for each in (*asked[:6], *(each for each in asked if each.kind is None)):
            settled = []
            for holds in (True, False):
                after = statements.profile(present, kenora, {each.key: holds})
                settled.append(
                    {
                        key
                        for key, conditions in present.conditions.items()
                        if decide(conditions, before, present.knowledge).outcome is Outcome.UNKNOWN
                        and decide(conditions, after, present.knowledge).outcome is not Outcome.UNKNOWN
                    }
                )
            programs = [
                len({present.program_of[key].key for key in keys})
                for keys in (settled[0] & settled[1], settled[0] | settled[1])
            ]
            assert [each.always, each.sometimes] == programs, each.key

    def test_what_is_answered_stays_on_the_page(self, present: Catalogue) -> None:
        kenora = present.community("kenora")
        for holds in (True, False):
            found = {each.key: each for each in statements.questions(present, kenora, {RURAL: holds}).asked}
            assert (found[RURAL].always, found[RURAL].sometimes) == (0, 0)
        assert RESOLUTION in {each.key for each in statements.questions(present, kenora, {}, also=[RESOLUTION]).asked}

    def test_two_partners_answer_what_one_alone_does_not(self, present: Catalogue) -> None:
        """A rule that asks for two organizations lists every kind, although no single answer settles it."""
        kenora = present.community("kenora")
        asked = {each.key for each in statements.questions(present, kenora, {}).asked}
        assert {BOARD, "partner:police-board", "partner:non-profit"} <= asked
        one = {BOARD: True}
        counts = [
            statements.moved(
                present, statements.profile(present, kenora, then), statements.profile(present, kenora, now)
            )
            for then, now in ((one, {**one, "partner:library": True}), (one, one))
        ]
        assert counts[0] > 0
        assert counts[1] == 0

    def test_a_first_nation_is_asked_for_what_sources_do_not_say(self, present: Catalogue) -> None:
        nation = present.community("fn-taykwa-tagamou-nation")
        kinds = {question.key.partition(":")[0] for question, _ in statements.questions(present, nation, {}).read}
        assert kinds == {"place", "population"}


class TestOutlook:
    """What a community can do about one stream."""

    def test_every_step_leads_where_it_says(self, present: Catalogue) -> None:
        town = present.community("clearview")
        profile = present.profile(town)
        near = outlook.around(present, town)
        assert {"in:simcoe-county"} <= present.gazetteer.whereabouts("clearview").certain
        assert "simcoe-county" in {each.community.key for each in near}
        shown = 0
        for stream in present.streams.values():
            found = outlook.outlook(present, stream, profile, near)
            now = decide(present.conditions[stream.key], profile, present.knowledge).outcome
            if now is Outcome.ELIGIBLE:
                assert found == outlook.Outlook((), (), (), ())
            assert bool(found.ask) <= (now is Outcome.UNKNOWN)
            for each in found.steps:
                after = decide(present.conditions[stream.key], each.change.applied(profile), present.knowledge)
                assert after.outcome is each.outcome
                assert len(each.steps) > 1 or each.steps[0].kind not in {"partner", "applicant"}
                shown += 1
        assert shown > 20

    def test_the_answer_to_its_question_settles_a_stream(self, present: Catalogue) -> None:
        kenora = present.community("kenora")
        stream = present.streams["csp-grant-local-priorities"]
        ((question, programs),) = outlook.outlook(present, stream, present.profile(kenora), ()).ask
        assert programs >= 1
        key = question.key.removeprefix("fact:")
        for holds in (True, False):
            after = Change(facts=((key, holds),)).applied(present.profile(kenora))
            assert decide(present.conditions[stream.key], after, present.knowledge).outcome is not Outcome.UNKNOWN
