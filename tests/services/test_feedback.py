"""What communities say of matches: kept for them alone, followed by matching, told to staff as counts only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy.orm import Session

from grants.domain.people import Role
from grants.domain.plans import Plan, Priority
from grants.domain.records import write
from grants.services import catalogue, feedback, matches, people, shortlist
from grants.services.catalogue import Catalogue, NotFoundError
from grants.services.feedback import FEWEST, NOTHING_SAID, About
from grants.services.shortlist import Chosen
from grants.store import catalogue as rows
from grants.store.database import transaction
from grants.store.kept import keep
from grants.store.plans import PlanRow

pytestmark = [pytest.mark.one_database, pytest.mark.seeded]

NOW = datetime(2026, 11, 24, 15, tzinfo=UTC)
SHARED = ("kenora", "dryden", "hamilton", "toronto", "guelph", "fn-m-chigeeng-first-nation")
VAGUE, PLAIN = About("kenora", "broad/1"), About("kenora", "broad/2")
PLAN = Plan(
    key="broad",
    name="A broad plan",
    kind="CSWB plan",
    is_cswb_plan=True,
    priorities_are_own=True,
    communities=("Kenora and others",),
    community_ids=SHARED,
    language="en",
    source_url="https://example.org/plan",
    priorities=(Priority("broad/1", "Community"), Priority("broad/2", "Homelessness")),
    year_adopted=2026,
)


@pytest.fixture
def present(db_session: Session) -> Catalogue:
    """The real catalogue with one more plan, which six communities share."""
    with transaction() as session:
        keep(session, PlanRow, [(PLAN.key, write(PLAN), {})], NOW)
        rows.raise_revision(session)
    return catalogue.present(db_session)


@pytest.fixture
def member(db_session: Session) -> Callable[[str], int]:
    """Make a member of a community; give the id."""
    del db_session

    def make(community: str) -> int:
        with transaction() as session:
            return people.add(session, f"{community}@example.org", Role.WRITER, NOW, community=community).id

    return make


def top(present: Catalogue, said: feedback.Own, priority: Priority) -> list[str]:
    """The programs for a priority as a member of Kenora finds them."""
    read = said.read(priority)
    found = matches.for_community(present, present.community("kenora"), [read], NOW)
    rest, _marked = said.apart(shortlist.shortlist(found, read, Chosen()))
    return [each.program.key for each in rest.fits]


def test_a_chosen_reading_is_kept_with_who_and_when(
    db_session: Session, present: Catalogue, member: Callable[[str], int]
) -> None:
    person = member("kenora")
    with transaction() as session:
        feedback.choose(session, present, VAGUE, "community-safety", person=person, now=NOW)
        feedback.choose(session, present, VAGUE, "community-safety", person=person, now=NOW)
        feedback.choose(session, present, VAGUE, "community-belonging", person=person, now=NOW)
    kept = feedback.own(db_session, "kenora").readings["broad/1"]
    assert (kept.concepts, kept.name, kept.at) == (("community-safety", "community-belonging"), "kenora", NOW)


def test_matching_follows_the_reading_until_it_is_dropped(
    db_session: Session, present: Catalogue, member: Callable[[str], int]
) -> None:
    person, vague = member("kenora"), PLAN.priorities[0]
    before = top(present, NOTHING_SAID, vague)
    with transaction() as session:
        feedback.choose(session, present, VAGUE, "community-safety", person=person, now=NOW)
    chosen = top(present, feedback.own(db_session, "kenora"), vague)
    assert chosen != before
    with transaction() as session:
        assert feedback.take_back(session, VAGUE, "community-safety", person=person, now=NOW)
        assert not feedback.take_back(session, VAGUE, "community-safety", person=person, now=NOW)
    assert feedback.own(db_session, "kenora") == NOTHING_SAID
    assert top(present, feedback.own(db_session, "kenora"), vague) == before


@pytest.mark.parametrize(
    ("about", "concept"),
    [
        pytest.param(VAGUE, "homelessness", id="not offered for it"),
        pytest.param(PLAIN, "community-safety", id="the words are not broad"),
        pytest.param(About("kenora", "guelph/1"), "community-safety", id="the priority of another plan"),
        pytest.param(About("nowhere", "broad/1"), "community-safety", id="no such community"),
    ],
)
def test_only_what_is_offered_can_be_chosen(
    db_session: Session, present: Catalogue, member: Callable[[str], int], about: About, concept: str
) -> None:
    person = member("kenora")
    with pytest.raises(NotFoundError), transaction() as session:
        feedback.choose(session, present, about, concept, person=person, now=NOW)
    assert feedback.own(db_session, about.community) == NOTHING_SAID


def test_a_mark_sets_a_program_apart_for_one_priority_and_one_community(
    db_session: Session, present: Catalogue, member: Callable[[str], int]
) -> None:
    person, plain = member("kenora"), PLAN.priorities[1]
    first = top(present, NOTHING_SAID, plain)[0]
    with transaction() as session:
        assert feedback.mark(session, present, PLAIN, first, person=person, now=NOW)
        assert not feedback.mark(session, present, PLAIN, first, person=person, now=NOW)
    said = feedback.own(db_session, "kenora")
    assert top(present, said, plain) == top(present, NOTHING_SAID, plain)[1:]
    assert top(present, said, replace(plain, key="broad/1")) == top(present, NOTHING_SAID, plain)
    assert feedback.own(db_session, "dryden") == NOTHING_SAID
    with transaction() as session:
        assert feedback.unmark(session, PLAIN, first)
        assert not feedback.unmark(session, PLAIN, first)
    assert feedback.own(db_session, "kenora") == NOTHING_SAID


def test_what_does_not_exist_cannot_be_marked(
    db_session: Session, present: Catalogue, member: Callable[[str], int]
) -> None:
    person = member("kenora")
    for about, program in ((PLAIN, "nothing"), (About("kenora", "broad/3"), "reaching-home")):
        with pytest.raises(NotFoundError), transaction() as session:
            feedback.mark(session, present, about, program, person=person, now=NOW)
    assert feedback.irrelevances(db_session) == []


def test_staff_hear_counts_and_no_small_ones(
    db_session: Session, present: Catalogue, member: Callable[[str], int]
) -> None:
    first, second = top(present, NOTHING_SAID, PLAN.priorities[1])[:2]
    for number, community in enumerate(SHARED):
        person = member(community)
        with transaction() as session:
            if number < FEWEST:
                feedback.mark(session, present, About(community, "broad/2"), first, person=person, now=NOW)
                feedback.choose(
                    session, present, About(community, "broad/1"), "community-safety", person=person, now=NOW
                )
            else:
                feedback.mark(session, present, About(community, "broad/2"), second, person=person, now=NOW)
                feedback.choose(
                    session, present, About(community, "broad/1"), "community-belonging", person=person, now=NOW
                )
    told = {(each.concept, each.program): each.communities for each in feedback.irrelevances(db_session)}
    assert told[("homelessness", first)] == FEWEST
    assert told[("homelessness", second)] is None
    assert [(each.concept, each.communities) for each in feedback.preferences(db_session)] == [
        ("community-safety", FEWEST),
        ("community-belonging", None),
    ]


def test_the_order_of_small_counts_says_nothing(
    db_session: Session, present: Catalogue, member: Callable[[str], int]
) -> None:
    """Four communities marked one program and one another: both are untold, and stand by key."""
    programs = sorted(top(present, NOTHING_SAID, PLAN.priorities[1])[:2])
    for number, community in enumerate(SHARED[:5]):
        person = member(community)
        with transaction() as session:
            program = programs[1] if number < 4 else programs[0]
            feedback.mark(session, present, About(community, "broad/2"), program, person=person, now=NOW)
    cells = [each for each in feedback.irrelevances(db_session) if each.concept == "homelessness"]
    assert [(each.program, each.communities) for each in cells] == [(key, None) for key in programs]
