"""What the bench measures on: the real streams, the graded titles, and as many synthetic ones as are asked for."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from config import ROOT
from grants.domain.matching import StreamText
from grants.domain.plans import Priority
from grants.domain.vocabulary import Vocabulary
from grants.services.catalogue import stream_text
from grants.store.seed_files import read_seeds

RELEVANCE = Path(__file__).with_name("relevance.json")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Graded:
    """One real priority title with the relevance, 1 to 3, of each stream that has any."""

    plan: str
    priority: Priority
    title_fr: str
    grades: dict[str, int]


@dataclass(frozen=True, slots=True)
class Material:
    """All that is measured on."""

    streams: tuple[StreamText, ...]
    vocabulary: Vocabulary
    graded: tuple[Graded, ...]
    titles: tuple[str, ...]


def read_material() -> Material:
    """Read the seeds and the graded titles; ``titles`` are those of every plan."""
    seeds = read_seeds(ROOT / "seeds")
    graded = json.loads(RELEVANCE.read_text(encoding="utf-8"))["priorities"]
    return Material(
        streams=tuple(stream_text(program, stream) for program in seeds.programs for stream in program.streams),
        vocabulary=Vocabulary(concept for concepts in seeds.vocabulary.values() for concept in concepts),
        graded=tuple(
            Graded(
                each["plan"], Priority(each["id"], each["title"], each["description"]), each["title_fr"], each["grades"]
            )
            for each in graded
        ),
        titles=tuple(priority.title for plan in seeds.plans for priority in plan.priorities),
    )


def full_text(stream: StreamText) -> str:
    """Everything that a stream says, as one text for the baselines."""
    fields = (stream.program, stream.stream, stream.name_fr, stream.summary, stream.summary_fr)
    lists = (stream.objectives, stream.themes, stream.target_populations, stream.eligible_costs)
    return " ".join([*filter(None, fields), *(each for listed in lists for each in listed)])


def name_of(stream: StreamText) -> str:
    """The program and stream as a person would call them."""
    return " ".join(filter(None, (stream.program, stream.stream)))


def with_typos(title: str, random: Random, count: int = 2) -> str:
    """A title with random slips of the keyboard: a letter replaced, left out, put in, or swapped with the next."""
    letters = list(title)
    for _ in range(count):
        at = random.choice([place for place, letter in enumerate(letters) if letter.isalpha()])
        slip = random.choice(("replace", "leave out", "put in", "swap"))
        if slip == "replace":
            letters[at] = random.choice(_LETTERS)
        elif slip == "leave out" and len(letters) > 1:
            del letters[at]
        elif slip == "put in":
            letters.insert(at, random.choice(_LETTERS))
        else:
            letters[at : at + 2] = reversed(letters[at : at + 2])
    return "".join(letters)


def more_streams(material: Material, count: int, random: Random) -> list[StreamText]:
    """Synthetic streams: each takes its name, its summary and its lists from three real ones."""
    found = []
    for number in range(count):
        name, summary, lists = random.choices(material.streams, k=3)
        found.append(
            replace(
                name,
                key=f"stream-{number:06}",
                summary=summary.summary,
                summary_fr=summary.summary_fr,
                objectives=lists.objectives,
                target_populations=lists.target_populations,
            )
        )
    return found


def more_priorities(material: Material, count: int, random: Random) -> list[Priority]:
    """Synthetic priorities, no two alike: bundles of two real titles, half of them with typing errors."""
    found: dict[str, None] = {}
    while len(found) < count:
        title = " and ".join(random.sample(material.titles, k=2))
        found.setdefault(with_typos(title, random) if len(found) % 2 else title)
    return [Priority(f"priority-{number:06}", title) for number, title in enumerate(found)]
