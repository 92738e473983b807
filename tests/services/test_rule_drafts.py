"""Rule drafts on both databases: nobody publishes their own, nothing is lost, and what is published is judged by."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from grants.domain.people import Role
from grants.domain.rule_drafts import DraftState
from grants.domain.rules import HasFact, Kind, Rule, parse
from grants.services import catalogue, people, rule_drafts, rule_trials
from grants.services.catalogue import NotFoundError
from grants.services.rule_drafts import ConflictError, RefusedError, Seen
from grants.store import drafts
from grants.store.catalogue import FactRow, StreamRow, revision
from grants.store.database import db, transaction
from grants.store.drafts import RuleDraftRow
from grants.store.people import PersonRow
from tests.builders import a_fact, a_rule

NOW = datetime(2026, 11, 24, 15, tzinfo=UTC)
STREAM, CAP = "otf-grow-grant", "municipal-population"
MORE = Rule(
    CAP, Kind.REQUIRED, parse({"if": {"applicant": ["municipality"]}, "then": {"population": {"max": 25_000}}}), "notes"
)

pytestmark = pytest.mark.seeded


def person(role: Role, name: str = "") -> int:
    """Add a member of staff."""
    with transaction() as session:
        return people.add(session, f"{name or role}@x.example", role, NOW).id


def seen(session: Session, who: int) -> Seen:
    return rule_drafts.seen_now(session, STREAM, who)


def write(who: int, rule: Rule = MORE) -> RuleDraftRow:
    """Keep a rule in a person's draft."""
    with transaction() as unit:
        return rule_drafts.save_rule(unit, STREAM, who, rule, NOW, seen=seen(unit, who))


def proposed(who: int, rule: Rule = MORE) -> RuleDraftRow:
    """Keep a rule in a person's draft and propose it."""
    draft = write(who, rule)
    with transaction() as unit:
        rule_drafts.propose(unit, draft.id, who, NOW, seen=unit.get_one(RuleDraftRow, draft.id).version)
    return db.session.get_one(RuleDraftRow, draft.id)


def publish(draft: RuleDraftRow, who: int) -> None:
    with transaction() as unit:
        rule_drafts.publish(unit, draft.id, who, NOW, seen=draft.version)


def live(session: Session) -> tuple[Rule, ...]:
    return drafts.rules_of(session.get_one(StreamRow, STREAM).record["rules"])


class TestWriting:
    """A draft begins from what is published, and what is published stays."""

    def test_a_rule_is_changed_added_moved_and_taken_out(self, db_session: Session) -> None:
        editor, before = person(Role.EDITOR), live(db_session)
        new = a_rule({"place": ["ontario"]}, key="new")
        write(editor)
        write(editor, new)
        with transaction() as unit:
            rule_drafts.remove_rule(unit, STREAM, editor, "place", NOW, seen=seen(unit, editor))
            rule_drafts.move_rule(unit, STREAM, editor, "new", NOW, steps=-100, seen=seen(unit, editor))
        draft = drafts.open_draft(db_session, STREAM, editor)
        assert draft is not None
        kept = [MORE if rule.key == CAP else rule for rule in before if rule.key != "place"]
        assert list(draft.its_rules) == [new, *kept]
        assert live(db_session) == before
        assert draft.its_base == before

    @pytest.mark.usefixtures("db_session")
    def test_each_person_has_one_draft_of_a_stream(self) -> None:
        first, second = person(Role.EDITOR, "one"), person(Role.EDITOR, "two")
        ids = {write(who).id for who in (first, second, first)}
        assert len(ids) == 2

    @pytest.mark.parametrize("role", [Role.MEMBER, Role.OPERATOR])
    def test_others_write_nothing(self, db_session: Session, role: Role) -> None:
        who = person(role)
        with pytest.raises(RefusedError, match="does not include"):
            write(who)
        assert drafts.open_drafts(db_session) == []

    def test_two_windows_of_one_draft_conflict(self, db_session: Session) -> None:
        editor = person(Role.EDITOR)
        old = seen(db_session, editor)
        write(editor)
        with pytest.raises(ConflictError, match="draft changed"), transaction() as unit:
            rule_drafts.save_rule(unit, STREAM, editor, replace(MORE, basis="lost?"), NOW, seen=old)
        draft = drafts.open_draft(db_session, STREAM, editor)
        assert draft is not None
        assert MORE in draft.its_rules

    def test_a_page_older_than_the_published_rules_conflicts(self, db_session: Session) -> None:
        editor, approver = person(Role.EDITOR), person(Role.APPROVER)
        late = person(Role.EDITOR, "late")
        old = seen(db_session, late)
        publish(proposed(editor), approver)
        with pytest.raises(ConflictError, match="published rules"), transaction() as unit:
            rule_drafts.save_rule(unit, STREAM, late, MORE, NOW, seen=old)

    def test_a_stream_or_rule_that_is_none(self, db_session: Session) -> None:
        editor = person(Role.EDITOR)
        with pytest.raises(NotFoundError), transaction() as unit:
            rule_drafts.seen_now(unit, "nowhere", editor)
        with pytest.raises(NotFoundError), transaction() as unit:
            rule_drafts.remove_rule(unit, STREAM, editor, "nothing", NOW, seen=seen(unit, editor))
        assert drafts.open_drafts(db_session) == []


class TestPublishing:
    """Somebody else, an approver, publishes what was proposed, as it was read."""

    def test_every_verdict_follows(self, db_session: Session) -> None:
        editor, approver = person(Role.EDITOR), person(Role.APPROVER)
        before = db_session.get_one(StreamRow, STREAM)
        version, mark = before.version, revision(db_session)
        draft = proposed(editor)
        publish(draft, approver)
        row = db_session.get_one(StreamRow, STREAM)
        assert (row.version, row.modified_at) == (version + 1, NOW)
        assert revision(db_session) != mark
        assert MORE in catalogue.present(db_session).streams[STREAM].rules
        done = db_session.get_one(RuleDraftRow, draft.id)
        assert (done.stands, done.decided_by, done.decided_at) == (DraftState.PUBLISHED, approver, NOW)

    def test_nobody_publishes_their_own(self, db_session: Session) -> None:
        approver, before = person(Role.APPROVER), live(db_session)
        draft = proposed(approver)
        with pytest.raises(RefusedError, match="own draft"):
            publish(draft, approver)
        assert live(db_session) == before

    @pytest.mark.parametrize("role", [Role.EDITOR, Role.OPERATOR, Role.MEMBER])
    def test_only_an_approver_publishes(self, db_session: Session, role: Role) -> None:
        draft, before = proposed(person(Role.EDITOR, "author")), live(db_session)
        with pytest.raises(RefusedError, match="Only an approver"):
            publish(draft, person(role, "other"))
        assert live(db_session) == before

    @pytest.mark.usefixtures("db_session")
    def test_a_role_lost_after_the_page_was_opened_counts(self) -> None:
        draft, approver = proposed(person(Role.EDITOR)), person(Role.APPROVER)
        with transaction() as unit:
            unit.get_one(PersonRow, approver).staff_role = Role.EDITOR.value
        with pytest.raises(RefusedError, match="Only an approver"):
            publish(draft, approver)

    @pytest.mark.usefixtures("db_session")
    def test_an_account_that_was_closed_publishes_nothing(self) -> None:
        draft, approver = proposed(person(Role.EDITOR)), person(Role.APPROVER)
        with transaction() as unit:
            unit.get_one(PersonRow, approver).active = False
        with pytest.raises(RefusedError, match="Only an approver"):
            publish(draft, approver)

    def test_a_draft_changed_after_it_was_read_is_not_published(self, db_session: Session) -> None:
        editor, approver = person(Role.EDITOR), person(Role.APPROVER)
        read = proposed(editor)
        version = read.version
        write(editor, replace(MORE, basis="changed after it was proposed"))
        with pytest.raises(ConflictError), transaction() as unit:
            rule_drafts.publish(unit, read.id, approver, NOW, seen=version)
        newer = db_session.get_one(RuleDraftRow, read.id)
        assert newer.stands is DraftState.DRAFT
        with pytest.raises(RefusedError, match="not proposed"):
            publish(newer, approver)

    def test_what_is_published_meanwhile_is_not_overwritten(self, db_session: Session) -> None:
        one, two, approver = person(Role.EDITOR, "one"), person(Role.EDITOR, "two"), person(Role.APPROVER)
        first = proposed(one)
        other = replace(live(db_session)[0], basis="read again")
        second = proposed(two, other)
        publish(first, approver)
        with pytest.raises(ConflictError, match="published rules"):
            publish(second, approver)
        assert MORE in live(db_session)
        assert rule_drafts.is_behind(db_session, second)
        with transaction() as unit:
            clashes = rule_drafts.bring_up(unit, second.id, two, NOW, seen=second.version)
        assert clashes == ()
        with transaction() as unit:
            rule_drafts.propose(unit, second.id, two, NOW, seen=unit.get_one(RuleDraftRow, second.id).version)
        publish(db_session.get_one(RuleDraftRow, second.id), approver)
        assert {MORE, other} <= set(live(db_session))

    def test_a_new_fact_comes_with_the_rule(self, db_session: Session) -> None:
        editor, approver = person(Role.EDITOR), person(Role.APPROVER)
        fact = a_fact("owns-a-lighthouse")
        rule = Rule("lighthouse", Kind.REQUIRED, HasFact(fact.key), "notes")
        with transaction() as unit:
            rule_drafts.save_rule(unit, STREAM, editor, rule, NOW, seen=seen(unit, editor), facts=[fact])
        assert db_session.get(FactRow, fact.key) is None
        with pytest.raises(RefusedError, match="known already"), transaction() as unit:
            rule_drafts.save_rule(unit, STREAM, editor, rule, NOW, seen=seen(unit, editor), facts=[fact])
        draft = drafts.open_draft(db_session, STREAM, editor)
        assert draft is not None
        with transaction() as unit:
            rule_drafts.propose(unit, draft.id, editor, NOW, seen=unit.get_one(RuleDraftRow, draft.id).version)
        publish(db_session.get_one(RuleDraftRow, draft.id), approver)
        assert catalogue.present(db_session).facts[fact.key] == fact

    @pytest.mark.usefixtures("db_session")
    def test_a_fact_that_no_rule_asks_any_more_goes(self) -> None:
        editor, fact = person(Role.EDITOR), a_fact("owns-a-lighthouse")
        rule = Rule("lighthouse", Kind.REQUIRED, HasFact(fact.key), "notes")
        with transaction() as unit:
            rule_drafts.save_rule(unit, STREAM, editor, rule, NOW, seen=seen(unit, editor), facts=[fact])
            draft = rule_drafts.remove_rule(unit, STREAM, editor, rule.key, NOW, seen=seen(unit, editor))
        assert draft.its_facts == ()

    @pytest.mark.usefixtures("db_session")
    def test_what_is_not_whole_is_not_proposed(self) -> None:
        editor = person(Role.EDITOR)
        with transaction() as unit:
            draft = rule_drafts.remove_rule(unit, STREAM, editor, "applicants", NOW, seen=seen(unit, editor))
        with pytest.raises(RefusedError, match="who may apply"), transaction() as unit:
            rule_drafts.propose(unit, draft.id, editor, NOW, seen=draft.version)

    def test_a_draft_that_changes_nothing_is_not_proposed(self, db_session: Session) -> None:
        editor = person(Role.EDITOR)
        draft = write(editor, live(db_session)[0])
        with pytest.raises(RefusedError, match="changes nothing"), transaction() as unit:
            rule_drafts.propose(unit, draft.id, editor, NOW, seen=draft.version)


class TestWithdrawing:
    """The author gives up a draft; an approver turns a proposal down; nobody else does either."""

    def test_a_withdrawn_draft_is_done_with(self, db_session: Session) -> None:
        editor = person(Role.EDITOR)
        draft = write(editor)
        with transaction() as unit:
            rule_drafts.withdraw(unit, draft.id, editor, NOW, seen=draft.version, reason=" not needed ")
        done = db_session.get_one(RuleDraftRow, draft.id)
        assert (done.stands, done.reason, done.decided_by) == (DraftState.WITHDRAWN, "not needed", editor)
        with pytest.raises(RefusedError, match="finished"), transaction() as unit:
            rule_drafts.withdraw(unit, draft.id, editor, NOW, seen=done.version)
        assert write(editor).id != draft.id

    @pytest.mark.parametrize(
        ("role", "state", "refused"),
        [
            (Role.APPROVER, DraftState.PROPOSED, False),
            (Role.APPROVER, DraftState.DRAFT, True),
            (Role.EDITOR, DraftState.PROPOSED, True),
        ],
    )
    def test_who_else_may(self, db_session: Session, role: Role, state: DraftState, *, refused: bool) -> None:
        author, other = person(Role.EDITOR, "author"), person(role, "other")
        draft = proposed(author) if state is DraftState.PROPOSED else write(author)
        if refused:
            with pytest.raises(RefusedError, match="somebody else"), transaction() as unit:
                rule_drafts.withdraw(unit, draft.id, other, NOW, seen=draft.version)
        else:
            with transaction() as unit:
                rule_drafts.withdraw(unit, draft.id, other, NOW, seen=draft.version)
        assert db_session.get_one(RuleDraftRow, draft.id).is_open is refused


def at_once(app: Flask, acts: list[Callable[[], None]]) -> list[str]:
    """Let each act begin at the same moment in a thread of its own; give what became of each."""
    ready = Barrier(len(acts))

    def run(act: Callable[[], None]) -> str:
        with app.app_context():
            ready.wait()
            try:
                act()
            except (RefusedError, ConflictError) as fault:
                return type(fault).__name__
            finally:
                db.session.remove()
            return "done"

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


class TestAtOnce:
    """What several people do in the same moment."""

    def test_self_approval_by_race_is_refused(self, app: Flask, db_session: Session) -> None:
        """An author proposes and publishes in the same breath, many times: never once is it published."""
        author, before = person(Role.APPROVER), live(db_session)
        draft = write(author)
        number, version = draft.id, draft.version
        db_session.rollback()

        def propose() -> None:
            with transaction() as unit:
                rule_drafts.propose(unit, number, author, NOW, seen=version)

        def publish_own(guess: int) -> Callable[[], None]:
            def act() -> None:
                with transaction() as unit:
                    rule_drafts.publish(unit, number, author, NOW, seen=guess)

            return act

        results = at_once(app, [propose, *[publish_own(version + step) for step in (0, 1, 1, 1, 1)]])
        assert results == ["done", *["RefusedError"] * 5]
        db_session.expire_all()
        assert live(db_session) == before
        assert db_session.get_one(RuleDraftRow, number).stands is DraftState.PROPOSED

    def test_two_approvers_publish_once(self, app: Flask, db_session: Session) -> None:
        draft, version = proposed(person(Role.EDITOR)), db_session.get_one(StreamRow, STREAM).version
        number, read = draft.id, draft.version
        approvers = [person(Role.APPROVER, f"a{each}") for each in range(4)]
        db_session.rollback()

        def publish_as(who: int) -> Callable[[], None]:
            def act() -> None:
                with transaction() as unit:
                    rule_drafts.publish(unit, number, who, NOW, seen=read)

            return act

        results = at_once(app, [publish_as(each) for each in approvers])
        assert sorted(results) == ["RefusedError"] * 3 + ["done"]
        db_session.expire_all()
        assert db_session.get_one(StreamRow, STREAM).version == version + 1


class TestTrying:
    """A draft beside the published rules, for communities that exist and some that do not."""

    def test_the_effect_equals_judging_each_community_twice(self, db_session: Session) -> None:
        present = catalogue.present(db_session)
        published = present.streams[STREAM].rules
        rules = tuple(MORE if rule.key == CAP else rule for rule in published)
        found = rule_trials.effect(present, published, rules, ())
        between = [
            each
            for each in present.communities.values()
            if each.kind == "municipality" and 20_000 < (each.population or 0) <= 25_000
        ]
        assert len(between) == found.municipalities == 21
        (shift,) = found.shifts
        assert set(shift.examples) <= set(between)
        assert (found.nations, found.all_municipalities, found.all_nations) == (0, 444, 129)

    def test_first_nations_are_counted_and_never_named(self, db_session: Session) -> None:
        present = catalogue.present(db_session)
        published = present.streams[STREAM].rules
        rules = tuple(
            replace(rule, test=parse({"applicant": ["municipality"]})) if rule.key == "applicants" else rule
            for rule in published
        )
        found = rule_trials.effect(present, published, rules, ())
        assert found.nations == 129
        assert {each.kind for shift in found.shifts for each in shift.examples} <= {"municipality"}

    def test_a_small_count_of_first_nations_is_hidden_everywhere(self, db_session: Session) -> None:
        present = catalogue.present(db_session)
        published = (a_rule({"applicant": ["municipality", "first-nation"]}, key="applicants"),)
        nation = next(key for key in present.communities if key.startswith("fn-"))
        shut_out = a_rule({"place": [f"in:{nation}"]}, Kind.EXCLUDED, key="not-there")
        found = rule_trials.effect(present, published, (*published, shut_out), ())
        assert [shift.nations for shift in found.shifts] == [None]
        assert found.nations is None

    def test_what_is_asked(self) -> None:
        rules = [
            a_rule({"any": [{"fact": "b"}, {"partner": {"of": ["charity", "library"]}}]}),
            a_rule({"if": {"fact": "a"}, "then": {"fact": "b"}}),
        ]
        assert rule_trials.facts_asked(rules, rules) == ("b", "a")
        assert rule_trials.partners_asked(rules) == ("charity", "library")
