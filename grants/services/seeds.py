"""Load the seed files into the database and write them back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from grants.domain.catalogue import Program
from grants.domain.communities import Gazetteer
from grants.domain.records import BadRecordError, write
from grants.domain.rules import HasFact, InPlace, leaves
from grants.services import reminders
from grants.store import catalogue, communities, plans, vocabulary
from grants.store.kept import Counts, keep
from grants.store.seed_files import Seeds


def load(session: Session, seeds: Seeds, now: datetime) -> dict[str, Counts]:
    """Make the database hold the seeds; what was edited or made here stays.

    Whoever tracks an intake whose date moved is told, in the same write unit.

    Args:
        session: an open write unit: all or nothing.
        seeds: as read from the files.
        now: the instant to stamp on what is added or changed.

    Returns:
        Counts by noun, in the order loaded. The same seeds a second time change nothing.

    Raises:
        BadRecordError: a rule names a fact or place that no seed defines, or two records have one key.
    """
    check(seeds)
    earlier = catalogue.intake_keys(session)
    counts = {
        "facts": keep(session, catalogue.FactRow, _placed(seeds.facts), now),
        "communities": keep(
            session,
            communities.CommunityRow,
            [(each.key, write(each), {"name": each.name}) for each in seeds.communities],
            now,
        ),
        "regions": keep(session, communities.RegionRow, _plain(seeds.regions), now),
        "constituent bands": keep(session, communities.ConstituentBandRow, _plain(seeds.bands), now),
        **load_programs(session, seeds.programs, now),
        "plans": keep(session, plans.PlanRow, _plain(seeds.plans), now),
        "concepts": keep(session, vocabulary.ConceptRow, _concepts(seeds), now),
    }
    session.flush()
    reminders.replan(session, counts["intakes"].changed, now)
    reminders.rounds_added(session, catalogue.intake_keys(session) - earlier, now)
    if any(each.added or each.changed for each in counts.values()):
        catalogue.raise_revision(session)
    return counts


def load_programs(
    session: Session, programs: Iterable[Program], now: datetime, *, practice: bool = False
) -> dict[str, Counts]:
    """Make the database hold these programs with their streams and intakes."""
    program_rows, stream_rows, intake_rows = [], [], []
    for program in programs:
        record = write(program)
        streams = record.pop("streams")
        program_rows.append((program.key, record, {"practice": practice}))
        for place, stream in enumerate(streams):
            intakes = stream.pop("intakes")
            stream_rows.append((stream["key"], stream, {"program": program.key, "place": place}))
            intake_rows += [
                (each["key"], each, {"stream": stream["key"], "place": order}) for order, each in enumerate(intakes)
            ]
    counts = {"programs": keep(session, catalogue.ProgramRow, program_rows, now)}
    session.flush()
    counts["streams"] = keep(session, catalogue.StreamRow, stream_rows, now)
    session.flush()
    counts["intakes"] = keep(session, catalogue.IntakeRow, intake_rows, now)
    return counts


def collect(session: Session) -> Seeds:
    """Gather from the database all that the seed files hold."""
    everyone = communities.communities(session)
    return Seeds(
        programs=tuple(catalogue.programs(session)),
        facts=tuple(catalogue.fact_definitions(session)),
        communities=tuple(everyone),
        regions=tuple(communities.regions(session)),
        bands=tuple(communities.constituent_bands(session)),
        plans=tuple(plans.plans(session)),
        vocabulary={name: tuple(each) for name, each in vocabulary.collections(session).items()},
    )


def check(seeds: Seeds) -> None:
    """Refuse seeds whose parts do not fit together.

    Raises:
        BadRecordError: with every misfit found.
    """
    misfits = [*_twice(seeds), *_loose_rules(seeds), *_loose_links(seeds)]
    if misfits:
        raise BadRecordError("; ".join(misfits))


def _twice(seeds: Seeds) -> list[str]:
    counted = {noun: Counter(keys) for noun, keys in _keys(seeds).items()}
    return [f"{noun} {key!r} is there twice" for noun, keys in counted.items() for key, n in keys.items() if n > 1]


def _loose_rules(seeds: Seeds) -> list[str]:
    gazetteer = Gazetteer(seeds.communities, seeds.regions)
    facts = {each.key for each in seeds.facts}
    misfits = []
    for stream in (each for program in seeds.programs for each in program.streams):
        for rule, leaf in ((each, leaf) for each in stream.rules for leaf in leaves(each.test)):
            if isinstance(leaf, HasFact) and leaf.key not in facts:
                misfits.append(f"rule {stream.key}/{rule.key} names an unknown fact {leaf.key!r}")
            if isinstance(leaf, InPlace):
                unknown = [code for code in leaf.places if code not in gazetteer]
                misfits += [f"rule {stream.key}/{rule.key} names an unknown place {code!r}" for code in unknown]
    return misfits


def _loose_links(seeds: Seeds) -> list[str]:
    programs, known = {each.key for each in seeds.programs}, {each.key for each in seeds.communities}
    return [
        f"program {program.key!r} points at an unknown program {link!r}"
        for program in seeds.programs
        for link in (program.parent, program.replaced_by)
        if link is not None and link not in programs
    ] + [
        f"plan {plan.key!r} names an unknown community {key!r}"
        for plan in seeds.plans
        for key in plan.community_ids
        if key not in known
    ]


def _keys(seeds: Seeds) -> dict[str, list[str]]:
    streams = [stream for program in seeds.programs for stream in program.streams]
    return {
        "program": [each.key for each in seeds.programs],
        "stream": [each.key for each in streams],
        "intake": [intake.key for stream in streams for intake in stream.intakes],
        "fact": [each.key for each in seeds.facts],
        "community": [each.key for each in seeds.communities],
        "plan": [each.key for each in seeds.plans],
        "concept": [each.key for concepts in seeds.vocabulary.values() for each in concepts],
    }


def _plain(values: Iterable[Any]) -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
    return [(each.key, write(each), {}) for each in values]


def _placed(values: Iterable[Any]) -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
    return [(each.key, write(each), {"place": place}) for place, each in enumerate(values)]


def _concepts(seeds: Seeds) -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
    return [
        (each.key, each.to_record(), {"collection": name, "place": place})
        for name, concepts in seeds.vocabulary.items()
        for place, each in enumerate(concepts)
    ]
