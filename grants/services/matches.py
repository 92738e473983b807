"""Which programs fit a community's priorities: verdict, intake and topic joined for each stream."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from grants.domain.bilingual import Language
from grants.domain.catalogue import Program, Stream
from grants.domain.communities import Community, Profile
from grants.domain.deadlines import Deadline, Intake, Status
from grants.domain.eligibility import KINDNESS, Verdict, judge
from grants.domain.matching import Match, rank
from grants.domain.plans import Priority
from grants.services.catalogue import Catalogue, intake_at
from grants.services.verdicts import Advice, ask_records, counterfactual_records

BEST = 50


@dataclass(frozen=True, slots=True)
class PriorityMatch:
    """One priority that a stream serves, and how well by topic."""

    priority: Priority
    match: Match


@dataclass(frozen=True, slots=True)
class StreamMatch:
    """What one stream means to one community at one moment; ``priorities`` best first, empty where none is served."""

    program: Program
    stream: Stream
    verdict: Verdict
    intake: Intake
    status: Status
    priorities: tuple[PriorityMatch, ...]

    @property
    def score(self) -> float:
        """The best topic score over the community's priorities, 0 to 100."""
        return max((each.match.score for each in self.priorities), default=0.0)


def judge_stream(catalogue: Catalogue, stream: Stream, profile: Profile) -> Verdict:
    """Judge one stream by all that is known of a community. Cost: about 0.1 ms."""
    return judge(catalogue.conditions[stream.key], profile, catalogue.knowledge)


def for_community(
    catalogue: Catalogue,
    community: Community,
    priorities: Sequence[Priority],
    now: datetime,
    *,
    profile: Profile | None = None,
) -> list[StreamMatch]:
    """Join verdict, intake and topic over every stream.

    Args:
        catalogue: the present one.
        community: whose eligibility is judged.
        priorities: those of its plan, or typed ones; none leaves the topic out.
        now: an aware moment, for the status of intakes.
        profile: all that is known of it, what its reader stated included; what is kept here where left out.

    Returns:
        A match for each stream: best topic first, then the kinder verdict, then by key.

    Cost:
        About 0.1 ms a stream for the verdict, and the ranking of the priorities.
    """
    served: dict[str, list[PriorityMatch]] = defaultdict(list)
    for priority, found in zip(priorities, rank(priorities, catalogue.index, limit=BEST), strict=True):
        for match in found:
            served[match.stream].append(PriorityMatch(priority, match))
    profile = profile or catalogue.profile(community)
    matches = []
    for stream in catalogue.streams.values():
        intake, status = intake_at(stream, now, zone=community.zone, classes=community.classes)
        fits = sorted(served[stream.key], key=lambda each: -each.match.score)
        verdict = judge_stream(catalogue, stream, profile)
        matches.append(StreamMatch(catalogue.program_of[stream.key], stream, verdict, intake, status, tuple(fits)))
    return sorted(matches, key=lambda each: (-each.score, KINDNESS[each.verdict.outcome], each.stream.key))


def priorities_of(catalogue: Catalogue, community: Community) -> tuple[Priority, ...]:
    """Give the priorities of the community's newest plan; none where no plan of it is here."""
    plans = catalogue.plans_of.get(community.key, ())
    return plans[0].priorities if plans else ()


def as_record(match: StreamMatch, advice: Advice, language: Language) -> dict[str, Any]:
    """Write a match for export and the command line, in the shape the README gives.

    ``counterfactuals`` are the smallest sets of steps that lead to a kinder verdict, ``ask`` the questions that settle
    an open one, the most settling first; both are empty where nothing is to be done.
    """
    return {
        "stream": match.stream.key,
        "program": match.program.name_in(language),
        "outcome": match.verdict.outcome.value,
        "via": list(match.verdict.via),
        "findings": [
            {
                "rule": finding.rule,
                "kind": finding.kind.value,
                "answer": finding.answer.value,
                "holds_back": finding.holds_back,
                "text": finding.sentence.in_(language),
                "reason": finding.reason.in_(language) if finding.reason else None,
                "questions": [each.words.in_(language) for each in finding.questions],
                "basis": finding.basis,
                "source": match.stream.source.url,
            }
            for finding in match.verdict.findings
        ],
        "counterfactuals": counterfactual_records(advice.prospects[match.stream.key], language),
        "ask": ask_records(advice.ask[match.stream.key], language),
        "intake": intake_record(match.intake, match.status, language),
        "priorities": [
            {
                "title": each.priority.title,
                "score": each.match.score,
                "evidence": [
                    {
                        "words": seen.words,
                        "concept": seen.concept,
                        "in_stream": seen.in_stream,
                        "field": seen.field,
                        "kind": seen.kind,
                    }
                    for seen in each.match.evidence
                ],
            }
            for each in match.priorities
        ],
    }


def intake_record(intake: Intake, status: Status, language: Language) -> dict[str, Any]:
    """Write where an intake stands, its dates as the funder states them, and the day that was checked."""
    closes = intake.gate(frozenset()).closes
    return {
        "key": intake.key,
        "status": status.value,
        "opens": _stated(intake.opens),
        "closes": _stated(closes),
        "kind": closes.kind.value,
        "zone": closes.zone,
        "words": closes.words,
        "note": intake.note.in_(language) if intake.note else None,
        "checked": intake.checked.isoformat(),
    }


def _stated(deadline: Deadline | None) -> str | None:
    if deadline is None or deadline.date is None:
        return None
    if deadline.time is None:
        return deadline.date.isoformat()
    return f"{deadline.date.isoformat()}T{deadline.time.isoformat('minutes')}"


def count_questions(matches: Sequence[StreamMatch]) -> Mapping[str, int]:
    """Count, for each question that holds a verdict back, the streams its answer would help to settle."""
    counts: dict[str, int] = defaultdict(int)
    for match in matches:
        held = {
            question.key
            for finding in match.verdict.findings
            if finding.holds_back
            for question in finding.questions
            if question.settles
        }
        for key in held:
            counts[key] += 1
    return counts
