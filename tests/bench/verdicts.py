"""Time every verdict: the real streams, 5,000 made of them, and what one change costs.

The made streams are real ones under new names with other thresholds, places, classes and facts, drawn from a fixed
seed: as many different questions as a catalogue of that size would ask, or more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from resource import RUSAGE_SELF, getrusage
from time import perf_counter
from typing import TypeVar

from config import ROOT
from grants.domain.communities import Gazetteer, Profile, profile_of
from grants.domain.counterfactuals import prospects, rank_questions
from grants.domain.eligibility import Knowledge, decide, judge
from grants.domain.rules import (
    AllOf,
    AnyOf,
    HasFact,
    HasPopulation,
    IfThen,
    InPlace,
    IsApplicant,
    Not,
    Predicate,
    Rule,
)
from grants.services.verdicts import Verdicts, Work, advise_on, judge_all
from grants.store.seed_files import read_seeds

MADE = 5_000
LIMIT_SECONDS = 60.0

Result = TypeVar("Result")
Streams = Mapping[str, Sequence[Rule]]


@dataclass(frozen=True, slots=True)
class World:
    """The real catalogue and communities, read from the seeds."""

    streams: Streams
    profiles: Mapping[str, Profile]
    knowledge: Knowledge

    @classmethod
    def read(cls) -> World:
        """Read the seeds; an adopted plan is a fact."""
        seeds = read_seeds(ROOT / "seeds")
        communities = {each.key: each for each in seeds.communities}
        gazetteer = Gazetteer(seeds.communities, seeds.regions)
        planned = {key for plan in seeds.plans if plan.is_cswb_plan for key in plan.community_ids}
        profiles = {
            key: profile_of(
                each,
                gazetteer,
                facts={"cswb-plan-adopted": True} if key in planned else {},
                upper=communities[each.upper_tier] if each.upper_tier else None,
            )
            for key, each in communities.items()
        }
        streams = {stream.key: stream.rules for program in seeds.programs for stream in program.streams}
        return cls(streams, profiles, Knowledge({each.key: each for each in seeds.facts}, gazetteer))


def make_streams(world: World, count: int, seed: int = 20261124) -> dict[str, tuple[Rule, ...]]:
    """Make streams of the real ones: renamed, with other thresholds, places, classes and facts."""
    random = Random(seed)  # noqa: S311 - a fixed seed, no secret
    real = list(world.streams.values())
    facts = list(world.knowledge.facts)
    places = [f"in:{key}" for key in world.profiles] + ["northern-ontario", "southern-ontario", "rural", "ontario"]

    def vary(test: Predicate) -> Predicate:
        match test:
            case AllOf(parts):
                return AllOf(tuple(vary(part) for part in parts))
            case AnyOf(parts):
                return AnyOf(tuple(vary(part) for part in parts))
            case Not(part):
                return Not(vary(part))
            case IfThen(condition, consequence):
                return IfThen(vary(condition), vary(consequence))
            case HasPopulation(minimum, maximum):
                return HasPopulation(
                    None if minimum is None else random.randrange(1, 2 * minimum + 2),
                    None if maximum is None else random.randrange(2 * (minimum or 0) + 2, 2 * maximum + 5),
                )
            case InPlace() if random.random() < 0.3:
                return InPlace(tuple(sorted(random.sample(places, random.randrange(1, 6)))))
            case HasFact() if random.random() < 0.5:
                return HasFact(random.choice(facts))
            case IsApplicant(classes) if classes and len(classes) > 1 and random.random() < 0.5:
                return IsApplicant(tuple(code for code in classes if random.random() < 0.8) or classes)
            case _:
                return test

    return {
        f"made-{number}": tuple(replace(rule, test=vary(rule.test)) for rule in real[number % len(real)])
        for number in range(count)
    }


def timed(work: Callable[[], Result]) -> tuple[float, Result]:
    """Run once; give the seconds and the result."""
    start = perf_counter()
    result = work()
    return perf_counter() - start, result


def check(verdicts: Verdicts, streams: Streams, world: World, pairs: int) -> None:
    """Compare some pairs with judging them one by one.

    Raises:
        ValueError: one differs.
    """
    random = Random(7)  # noqa: S311 - a fixed seed, no secret
    keys, communities = list(streams), list(world.profiles)
    for _ in range(pairs):
        stream, community = random.choice(keys), random.choice(communities)
        alone = decide(streams[stream], world.profiles[community], world.knowledge)
        if verdicts.of(stream, community) != alone:
            raise ValueError(f"{stream} for {community}: {verdicts.of(stream, community)} is not {alone}")


def _told(name: str, seconds: float, work: Work) -> str:
    per_second = work.pairs / seconds if seconds else 0.0
    return (
        f"  {name:<44} {seconds:8.3f} s  {work.pairs:>9,} pairs  {work.decisions:>6,} decisions  "
        f"{work.answers:>9,} answers  {per_second:>10,.0f} pairs/s"
    )


def report() -> list[str]:
    """Measure; give the lines to print. About 15 s on one core."""
    world = World.read()
    lines = ["Verdicts, one process, one core"]
    for name, streams in (("real", world.streams), ("made", make_streams(world, MADE))):
        lines += _measured(name, streams, world)
    lines += _one_by_one(world)
    peak = getrusage(RUSAGE_SELF).ru_maxrss / 1024
    return [*lines, f"  peak memory {peak:,.0f} MiB"]


def _measured(name: str, streams: Streams, world: World) -> list[str]:
    seconds, (verdicts, work) = timed(lambda: judge_all(streams, world.profiles, world.knowledge))
    check(verdicts, streams, world, 2_000)
    lines = [_told(f"{len(streams):,} {name} streams x {len(world.profiles)} communities", seconds, work)]
    if name == "made" and seconds > LIMIT_SECONDS:
        raise ValueError(f"{seconds:.1f} s is over {LIMIT_SECONDS:.0f} s")
    kenora = world.profiles["kenora"]
    stated = {**world.profiles, "kenora": replace(kenora, facts={**kenora.facts, "rural-by-own-word": True})}
    first = next(iter(streams))
    changed = {
        **streams,
        first: (*streams[first], Rule("new", streams[first][0].kind, HasFact("legal-entity"), "bench")),
    }
    for what, now, profiles in (
        ("nothing changed", streams, world.profiles),
        ("one community stated one fact", streams, stated),
        ("one stream got one rule more", changed, world.profiles),
    ):
        again, (_, work) = timed(lambda s=now, p=profiles: judge_all(s, p, world.knowledge, before=verdicts))  # type: ignore[misc]
        lines.append(_told(f"  then {what}", again, work))
    return lines


def _one_by_one(world: World) -> list[str]:
    """Time what a page asks: one community against every real stream."""
    verdicts, _ = judge_all(world.streams, world.profiles, world.knowledge)
    conditions = verdicts.conditions()
    profile, known = world.profiles["kenora"], world.knowledge
    tasks: dict[str, Callable[[], object]] = {
        "decide": lambda: [decide(each, profile, known) for each in conditions.values()],
        "judge, with sentences": lambda: [judge(each, profile, known) for each in conditions.values()],
        "what would change it": lambda: [prospects(each, profile, known) for each in conditions.values()],
        "which question settles most": lambda: rank_questions(conditions, profile, known),
        "all of the advice": lambda: advise_on(conditions, profile, known),
    }
    return [
        f"  {name + ', Kenora x real streams':<44} {min(timed(work)[0] for _ in range(3)) * 1000:8.1f} ms"
        for name, work in tasks.items()
    ]
