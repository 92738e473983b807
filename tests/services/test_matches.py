"""Matches on the real catalogue: verdict, intake and topic joined."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from grants.domain.deadlines import LIVE, Status
from grants.domain.eligibility import Answer, Outcome, judge
from grants.domain.plans import Priority
from grants.domain.rules import Kind
from grants.services import catalogue, matches

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)

pytestmark = [pytest.mark.one_database, pytest.mark.seeded]


def test_kenora_on_its_plan(db_session: Session) -> None:
    present = catalogue.present(db_session)
    kenora = present.community("kenora")
    found = matches.for_community(present, kenora, matches.priorities_of(present, kenora), NOW)
    assert len(found) == 344
    assert [each.score for each in found] == sorted((each.score for each in found), reverse=True)
    assert all(each.priorities[0].match.evidence for each in found if each.score)


def test_every_stream_is_judged_for_every_community(db_session: Session) -> None:
    present = catalogue.present(db_session)
    outcomes: Counter[Outcome] = Counter()
    for community in present.communities.values():
        profile = present.profile(community)
        for stream in present.streams.values():
            verdict = judge(stream.rules, profile, present.knowledge)
            binding = [each for each in verdict.findings if each.kind is not Kind.PREFERRED]
            assert binding, stream.key
            refused = any(each.answer is Answer.NO for each in binding)
            held = any(each.holds_back for each in binding)
            assert refused == (verdict.outcome is Outcome.NOT_ELIGIBLE), (community.key, stream.key)
            assert held <= (verdict.outcome in {Outcome.UNKNOWN, Outcome.NOT_ELIGIBLE}), (community.key, stream.key)
            assert bool(verdict.via) >= (verdict.outcome is Outcome.VIA_PARTNER)
            outcomes[verdict.outcome] += 1
    assert sum(outcomes.values()) == 573 * 344
    assert min(outcomes[each] for each in Outcome) > 10_000


def test_nothing_old_is_shown_as_open(db_session: Session) -> None:
    present = catalogue.present(db_session)
    toronto = present.community("toronto")
    for match in matches.for_community(present, toronto, [], NOW):
        closes = match.intake.gate(toronto.classes).closes.instant(toronto.zone)
        if match.status in {Status.OPEN, Status.CLOSING_SOON}:
            assert closes is not None
            assert closes >= NOW
        if match.status is Status.ROLLING:
            assert closes is None


def test_status_moves_with_the_clock(db_session: Session) -> None:
    present = catalogue.present(db_session)
    stream = next(
        each for each in present.streams.values() if each.key == "community-emergency-preparedness-grant-2025-26"
    )
    closes = stream.intakes[0].gate(frozenset()).closes.instant("America/Toronto")
    assert closes is not None
    statuses = [
        catalogue.intake_at(stream, closes + shift, zone="America/Toronto", classes=frozenset())[1]
        for shift in (timedelta(days=-20), timedelta(days=-1), timedelta(days=1))
    ]
    assert statuses == [Status.OPEN, Status.CLOSING_SOON, Status.CLOSED]


def test_typed_priorities_need_no_plan(db_session: Session) -> None:
    present = catalogue.present(db_session)
    community = present.community("pickle-lake")
    assert matches.priorities_of(present, community) == ()
    found = matches.for_community(present, community, [Priority("typed", "homelessness")], NOW)
    assert "homeless" in found[0].stream.summary.en.lower()


def test_questions_are_counted_by_what_they_settle(db_session: Session) -> None:
    present = catalogue.present(db_session)
    found = matches.for_community(present, present.community("kenora"), [], NOW)
    counts = matches.count_questions(found)
    rural = sum(
        any(question.key == "fact:rural-by-own-word" for finding in each.verdict.findings if finding.holds_back for question in finding.questions)
        for each in found
    )  # fmt: skip
    assert counts["fact:rural-by-own-word"] == rural > 0


def test_the_catalogue_is_read_once_for_a_revision(db_session: Session) -> None:
    assert catalogue.present(db_session) is catalogue.present(db_session)


def test_an_adopted_plan_is_a_fact(db_session: Session) -> None:
    present = catalogue.present(db_session)
    planned = present.profile(present.community("quinte-west"))
    assert planned.facts == {"cswb-plan-adopted": True}
    assert present.profile(present.community("pickle-lake")).facts == {}


def test_live_statuses_are_the_ones_a_reader_can_act_on() -> None:
    assert {Status.OPEN, Status.CLOSING_SOON, Status.OPENING, Status.ROLLING} == LIVE


def test_the_catalogue_stands_in_one_order_on_every_database(db_session: Session) -> None:
    present = catalogue.present(db_session)
    for keys in (present.programs, present.communities, present.plans):
        assert list(keys) == sorted(keys)
