"""The whole catalogue as values, remembered until its revision changes."""

from __future__ import annotations

import gc
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from math import inf

from sqlalchemy.orm import Session

from grants.domain.catalogue import Program, Stream
from grants.domain.communities import Community, Gazetteer, Profile, profile_of
from grants.domain.deadlines import Intake, Status, status
from grants.domain.eligibility import Conditions, Knowledge, compiled
from grants.domain.matching import StreamIndex, StreamText
from grants.domain.plans import Plan
from grants.domain.rules import FactDefinition
from grants.domain.vocabulary import Concept, Vocabulary
from grants.store import catalogue as rows
from grants.store import communities, plans, vocabulary


class NotFoundError(LookupError):
    """There is no such record; the message is a sentence."""


@dataclass(frozen=True)
class Catalogue:
    """Everything that matching and the public pages read, as one consistent picture of one revision."""

    revision: str
    programs: Mapping[str, Program]
    communities: Mapping[str, Community]
    facts: Mapping[str, FactDefinition]
    gazetteer: Gazetteer
    plans: Mapping[str, Plan]
    concepts: Mapping[str, Concept]

    @cached_property
    def streams(self) -> Mapping[str, Stream]:
        """Streams by key, in the order of their programs."""
        return {stream.key: stream for program in self.programs.values() for stream in program.streams}

    @cached_property
    def program_of(self) -> Mapping[str, Program]:
        """The program of each stream, by the stream's key."""
        return {stream.key: program for program in self.programs.values() for stream in program.streams}

    @cached_property
    def intakes(self) -> Mapping[str, tuple[Stream, Intake]]:
        """Each intake with its stream, by the intake's key."""
        return {intake.key: (stream, intake) for stream in self.streams.values() for intake in stream.intakes}

    @cached_property
    def local_calls(self) -> Mapping[str, tuple[Program, ...]]:
        """The programs that hand on the fund of each program, by its key."""
        calls: dict[str, list[Program]] = defaultdict(list)
        for program in self.programs.values():
            if program.parent is not None:
                calls[program.parent].append(program)
        return {key: tuple(each) for key, each in calls.items()}

    @cached_property
    def plans_of(self) -> Mapping[str, tuple[Plan, ...]]:
        """The plans that each community shares: those whose priorities are the adopted ones first, then the newest."""
        shared: dict[str, list[Plan]] = defaultdict(list)
        for plan in sorted(self.plans.values(), key=_standing):
            for key in plan.community_ids:
                shared[key].append(plan)
        return {key: tuple(each) for key, each in shared.items()}

    @cached_property
    def conditions(self) -> Mapping[str, Conditions]:
        """The rules of each stream, compiled, by the stream's key."""
        return {key: compiled(stream.rules) for key, stream in self.streams.items()}

    @cached_property
    def knowledge(self) -> Knowledge:
        """What judging needs beyond the stream and the community."""
        return Knowledge(self.facts, self.gazetteer)

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The concepts, ready to be found in words."""
        return Vocabulary(self.concepts.values())

    @cached_property
    def index(self) -> StreamIndex:
        """The topic index over every stream, whatever its status."""
        with uncollected():
            return _index(self.programs.values(), self.vocabulary)

    def community(self, key: str) -> Community:
        """Give a community.

        Raises:
            NotFoundError: no such community.
        """
        if key not in self.communities:
            raise NotFoundError(f"There is no community {key!r}.")
        return self.communities[key]

    def profile(
        self,
        community: Community,
        *,
        facts: Mapping[str, bool] | None = None,
        partners: Mapping[str, bool] | None = None,
    ) -> Profile:
        """Join all that is known of a community here; an adopted plan is a fact. What is stated of it comes first."""
        upper = self.communities[community.upper_tier] if community.upper_tier else None
        planned = any(plan.is_cswb_plan for plan in self.plans_of.get(community.key, ()))
        known = {"cswb-plan-adopted": True} if planned else {}
        return profile_of(community, self.gazetteer, facts={**known, **(facts or {})}, partners=partners, upper=upper)


def _standing(plan: Plan) -> tuple[bool, int, str]:
    return not plan.priorities_are_own, -(plan.year_adopted or 0), plan.key


def stream_text(program: Program, stream: Stream) -> StreamText:
    """Gather what the topic of a stream is read from."""
    return StreamText(
        key=stream.key,
        program=program.name,
        stream=stream.name.en if stream.name else None,
        name_fr=program.name_fr,
        administrator=stream.administrator.en,
        summary=stream.summary.en,
        summary_fr=stream.summary.fr,
        objectives=tuple(each.en for each in stream.objectives),
        themes=stream.themes,
        target_populations=tuple(each.en for each in stream.target_populations),
        eligible_costs=tuple(each.en for each in stream.eligible_costs),
    )


def intake_at(stream: Stream, now: datetime, *, zone: str, classes: frozenset[str]) -> tuple[Intake, Status]:
    """Give the intake of a stream that matters at a moment, with its status.

    The one that is open comes first (of several, the one that closes soonest), then one that opens, then one without
    dates, then the one that closed last.
    """
    judged = [(each, status(each, now, applicant_zone=zone, classes=classes)) for each in stream.intakes]

    def place(item: tuple[int, tuple[Intake, Status]]) -> tuple[int, float, int]:
        number, (intake, stands) = item
        closes = intake.gate(classes).closes.instant(zone) if stands in _AHEAD else None
        return _URGENCY[stands], closes.timestamp() if closes else inf, -number

    return min(enumerate(judged), key=place)[1]


_AHEAD = frozenset({Status.CLOSING_SOON, Status.OPEN, Status.OPENING})


_URGENCY = {
    each: place
    for place, each in enumerate(
        (
            Status.CLOSING_SOON,
            Status.OPEN,
            Status.OPENING,
            Status.ROLLING,
            Status.BY_INVITATION,
            Status.UNCONFIRMED,
            Status.NOT_ANNOUNCED,
            Status.CLOSED,
            Status.DISCONTINUED,
        )
    )
}

MOST_REMEMBERED = 3
_remembered: dict[str, Catalogue] = {}
"""The last catalogues read, by the mark of their revision."""


def present(session: Session) -> Catalogue:
    """Give the catalogue as it stands.

    Cost: one small query where this process has read the revision before; else six queries and about 0.2 s for 344
    streams and 573 communities.
    """
    mark = rows.revision(session)
    known = _remembered.get(mark) if mark else None
    if known is None:
        with uncollected():
            known = _read(session, mark)
        if mark:
            _remembered[mark] = known
            for older in list(_remembered)[:-MOST_REMEMBERED]:
                _remembered.pop(older, None)
    return known


@contextmanager
def uncollected() -> Iterator[None]:
    """Build without the garbage collector: it would look again and again through values that all stay.

    It is switched on at the end whatever it was before; where two threads build at once, the second builds with it.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def topic_index(session: Session) -> StreamIndex:
    """Build the topic index alone, for a program that asks nothing else: it leaves four of six queries out."""
    with uncollected():
        concepts = [each for some in vocabulary.collections(session).values() for each in some]
        return _index(rows.programs(session), Vocabulary(concepts))


def _index(programs: Iterable[Program], known: Vocabulary) -> StreamIndex:
    texts = [stream_text(program, stream) for program in programs for stream in program.streams]
    return StreamIndex.build(texts, known)


def _read(session: Session, mark: str) -> Catalogue:
    everyone = communities.communities(session)
    return Catalogue(
        revision=mark,
        programs={each.key: each for each in rows.programs(session)},
        communities={each.key: each for each in everyone},
        facts={each.key: each for each in rows.fact_definitions(session)},
        gazetteer=Gazetteer(everyone, communities.regions(session)),
        plans={each.key: each for each in plans.plans(session)},
        concepts={each.key: each for concepts in vocabulary.collections(session).values() for each in concepts},
    )
