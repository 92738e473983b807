"""The vocabulary as staff see and change it: list, read what was typed, try it on real priorities, save."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from grants.domain.bilingual import Bilingual
from grants.domain.catalogue import Program
from grants.domain.matching import StreamIndex, rank
from grants.domain.plans import Plan, Priority
from grants.domain.text import fold, words
from grants.domain.vocabulary import (
    MATCHED_KINDS,
    ORDINARY,
    Concept,
    Misfit,
    MisfitError,
    Vocabulary,
    check_links,
)
from grants.services.catalogue import Catalogue, NotFoundError, stream_text
from grants.services.matches import BEST
from grants.store import catalogue as catalogue_rows
from grants.store import vocabulary as rows
from grants.store.people import PersonRow
from grants.store.vocabulary import ConceptEditRow, ConceptRow

LONGEST_PHRASE = 200
MOST_WORDINGS = 2_000
MOST_LINKS = 60
TOP = 10
"""Programs at the head of a ranking that a preview compares."""
FEWEST = 5
"""The fewest priorities of First Nations' plans that are told as a number."""

_PERCENT = re.compile(r"\d{1,3}(?:[.,]\d{1,4})?")


# The list


@dataclass(frozen=True, slots=True)
class Entry:
    """A concept as a line of the list; ``streams`` name it, ``None`` where streams are not read for it."""

    concept: Concept
    wordings: int
    streams: int | None


def entries(present: Catalogue) -> list[Entry]:
    """Give every concept with its counts: those that matching works with first, then the lists kept for reference."""
    about = (present.index.strengths > 0).sum(axis=1).tolist()
    streams = {concept.key: int(count) for concept, count in zip(present.vocabulary.matched, about, strict=True)}
    found = [
        Entry(
            concept,
            len(concept.wordings_en) + len(concept.wordings_fr),
            streams.get(concept.key) if concept.kind != "broad" else None,
        )
        for concept in present.concepts.values()
    ]
    return sorted(found, key=lambda each: (each.concept.kind not in MATCHED_KINDS, fold(each.concept.label_en)))


def wanted(found: Iterable[Entry], query: str, kind: str | None) -> list[Entry]:
    """Keep the concepts of a kind in whose key, labels or wordings all words of a query stand, whatever the accents."""
    asked = [fold(word) for word in query.split()]
    return [
        each
        for each in found
        if (kind is None or each.concept.kind == kind)
        and _holds(asked, (each.concept.key.replace("-", " "), each.concept.key, *each.concept.phrases))
    ]


def _holds(asked: Sequence[str], phrases: Iterable[str]) -> bool:
    if not asked:
        return True
    return any(all(word in phrase for word in asked) for phrase in map(fold, phrases))


# What was typed


@dataclass(frozen=True, slots=True)
class Typed:
    """A concept as a form has it: wordings and links one a line, links by key or label, closeness in per cent."""

    label_en: str
    label_fr: str
    wordings_en: str
    wordings_fr: str
    broader: str
    related: str


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a field, in a sentence."""

    field: str
    words: Bilingual


def typed_of(concept: Concept) -> Typed:
    """Write a concept as a form has it; :func:`read_typed` gives the same concept back."""
    return Typed(
        label_en=concept.label_en,
        label_fr=concept.label_fr,
        wordings_en="\n".join(concept.wordings_en),
        wordings_fr="\n".join(concept.wordings_fr),
        broader="\n".join(concept.broader),
        related="\n".join(f"{key}: {closeness * 100:g}" for key, closeness in concept.related),
    )


def read_typed(typed: Typed, concept: Concept, concepts: Mapping[str, Concept]) -> tuple[Concept, list[Problem]]:
    """Make a concept of what was typed; what is wrong is left out of it and told.

    Args:
        typed: the fields of the form.
        concept: as it was; its key, kind, source and evidence stay.
        concepts: all concepts, to find links among and to see that they still fit together.

    Returns:
        The concept, and the problems in the order of the fields; without problems it fits among the others.
    """
    problems: list[Problem] = []
    label_en = _label("label_en", typed.label_en, problems)
    label_fr = _label("label_fr", typed.label_fr, problems)
    wordings_en = _wordings("wordings_en", typed.wordings_en, concept.kind, problems)
    wordings_fr = _wordings("wordings_fr", typed.wordings_fr, concept.kind, problems)
    known = _names(concepts)
    broader = [key for line in _lines(typed.broader) if (key := _link("broader", line, known, problems))]
    related: dict[str, float] = {}
    for line in _lines(typed.related):
        _relation(line, concept, known, related, problems)
    for name, links in (("broader", broader), ("related", related)):
        if len(links) > MOST_LINKS:
            problems.append(Problem(name, _too_many(len(links), MOST_LINKS)))
    made = replace(
        concept,
        label_en=label_en,
        label_fr=label_fr,
        wordings_en=wordings_en,
        wordings_fr=wordings_fr,
        broader=tuple(dict.fromkeys(broader)),
        related=tuple(sorted(related.items())),
    )
    if not any(each.field in {"broader", "related"} for each in problems):
        try:
            check_links(made, {**concepts, concept.key: made})
        except MisfitError as misfit:
            problems.append(_misfit(misfit, made, concepts))
    return made, problems


def _lines(text: str) -> list[str]:
    return [line for each in text.splitlines() if (line := " ".join(each.split()))]


def _label(name: str, text: str, problems: list[Problem]) -> str:
    label = " ".join(text.split())
    if not label:
        problems.append(Problem(name, Bilingual("Type a name: people read it on the pages.", _NO_NAME_FR)))
    elif len(label) > LONGEST_PHRASE:
        problems.append(Problem(name, _too_long(label)))
    elif not label.isprintable():
        problems.append(Problem(name, _unprintable(label)))
    return label


def _wordings(name: str, text: str, kind: str, problems: list[Problem]) -> tuple[str, ...]:
    lines = tuple(dict.fromkeys(_lines(text)))
    if len(lines) > MOST_WORDINGS:
        problems.append(Problem(name, _too_many(len(lines), MOST_WORDINGS)))
    for line in lines[:MOST_WORDINGS]:
        if len(line) > LONGEST_PHRASE:
            problems.append(Problem(name, _too_long(line)))
        elif not line.isprintable():
            problems.append(Problem(name, _unprintable(line)))
        elif kind != ORDINARY and not words(line):
            problems.append(
                Problem(
                    name,
                    Bilingual(
                        f"“{line}” has no word that tells anything, so it can never be found. Take it out or say more.",
                        f"«\u00a0{line}\u00a0» n’a aucun mot porteur de sens et ne sera jamais trouvé. Retirez-le ou "
                        "précisez-le.",
                    ),
                )
            )
        else:
            continue
        break  # one sentence a field is enough to act on
    return lines


def _relation(
    line: str, concept: Concept, known: Mapping[str, list[str]], related: dict[str, float], problems: list[Problem]
) -> None:
    """Read a line such as ``homelessness: 80``."""
    name, colon, share = (each.strip() for each in line.rpartition(":"))
    share = share.removesuffix("%").strip()
    if not colon or not _PERCENT.fullmatch(share):
        problems.append(
            Problem(
                "related",
                Bilingual(
                    f"“{_cut(line)}” is not read. Type the concept, a colon and the closeness in per cent: "
                    "homelessness: 80.",
                    f"«\u00a0{_cut(line)}\u00a0» n’est pas lisible. Saisissez la notion, un deux-points et la "
                    "proximité en pour cent\u00a0: homelessness: 80.",
                ),
            )
        )
        return
    key = _link("related", name, known, problems)
    if key is None:
        return
    if key == concept.key:
        problems.append(
            Problem(
                "related",
                Bilingual(
                    "A concept is as close to itself as can be: take this line out.",
                    "Une notion est déjà au plus près d’elle-même\u00a0: retirez cette ligne.",
                ),
            )
        )
    elif key in related:
        problems.append(
            Problem(
                "related",
                Bilingual(
                    f"“{key}” stands there twice. Keep one closeness.",
                    f"«\u00a0{key}\u00a0» y figure deux fois. Gardez une seule proximité.",
                ),
            )
        )
    else:
        related[key] = float(share.replace(",", ".")) / 100


def _names(concepts: Mapping[str, Concept]) -> dict[str, list[str]]:
    """Give the keys that a key or a label may mean, whatever its accents."""
    names: dict[str, list[str]] = {}
    for concept in concepts.values():
        for label in {fold(concept.label_en), fold(concept.label_fr)}:
            names.setdefault(label, []).append(concept.key)
    return names | {key: [key] for key in concepts}


def _link(field: str, name: str, known: Mapping[str, list[str]], problems: list[Problem]) -> str | None:
    meant = known.get(name) or known.get(fold(name)) or []
    if len(meant) == 1:
        return meant[0]
    if meant:
        several = Bilingual(
            f"“{_cut(name)}” is the name of several concepts. Type the key of one: {', '.join(sorted(meant))}.",
            f"«\u00a0{_cut(name)}\u00a0» désigne plusieurs notions. Saisissez la clé de l’une d’elles\u00a0: "
            f"{', '.join(sorted(meant))}.",
        )
        problems.append(Problem(field, several))
    else:
        nothing = Bilingual(
            f"There is no concept “{_cut(name)}”. Type the key or the name of one as the list of concepts shows it.",
            f"Il n’y a pas de notion «\u00a0{_cut(name)}\u00a0». Saisissez une clé ou un nom tel qu’il figure dans la "
            "liste des notions.",
        )
        problems.append(Problem(field, nothing))
    return None


def _misfit(misfit: MisfitError, concept: Concept, concepts: Mapping[str, Concept]) -> Problem:
    """Say what check_links found; links are resolved before, so what remains is a circle or a closeness."""
    other = concepts[misfit.other]
    if misfit.misfit is Misfit.CIRCLE and misfit.other == concept.key:
        return Problem(
            "broader",
            Bilingual(
                "A concept cannot be broader than itself: take its own key out.",
                "Une notion ne peut pas être plus large qu’elle-même\u00a0: retirez sa propre clé.",
            ),
        )
    if misfit.misfit is Misfit.CIRCLE:
        return Problem(
            "broader",
            Bilingual(
                f"“{other.label_en}” cannot be broader: it stands under “{concept.label_en}” already, so both would "
                "be broader than themselves. Take it out here, or change it there first.",
                f"«\u00a0{other.label_fr}\u00a0» ne peut pas être plus large\u00a0: elle se trouve déjà sous "
                f"«\u00a0{concept.label_fr}\u00a0», et chacune serait plus large qu’elle-même. Retirez-la ici, ou "
                "modifiez-la d’abord là-bas.",
            ),
        )
    return Problem(
        "related",
        Bilingual(
            f"The closeness to “{other.label_en}” must be above 0 and at most 100 per cent.",
            f"La proximité avec «\u00a0{other.label_fr}\u00a0» doit être supérieure à 0 et d’au plus 100\u00a0%.",
        ),
    )


_NO_NAME_FR = "Saisissez un nom\u00a0: c’est lui que l’on lit dans les pages."
_CUT = 60


def _cut(text: str) -> str:
    return text if len(text) <= _CUT else text[:_CUT] + "…"


def _too_long(text: str) -> Bilingual:
    return Bilingual(
        f"“{_cut(text)}” is longer than {LONGEST_PHRASE} characters. Shorten it.",
        f"«\u00a0{_cut(text)}\u00a0» dépasse {LONGEST_PHRASE} caractères. Raccourcissez-le.",
    )


def _unprintable(text: str) -> Bilingual:
    seen = "".join(mark if mark.isprintable() else "?" for mark in _cut(text))
    return Bilingual(
        f"“{seen}” holds a character that cannot be shown. Type it again.",
        f"«\u00a0{seen}\u00a0» contient un caractère qui ne peut pas être affiché. Saisissez-le de nouveau.",
    )


def _too_many(count: int, most: int) -> Bilingual:
    return Bilingual(
        f"There are {count} lines here; at most {most} are taken. Take some out.",
        f"Il y a ici {count} lignes; on en accepte au plus {most}. Retirez-en.",
    )


# The preview


@dataclass(frozen=True, slots=True)
class Moved:
    """A program in the top of a ranking; ``was`` is its place before, ``None`` where it was not among the first."""

    program: Program
    place: int
    was: int | None


@dataclass(frozen=True, slots=True)
class Change:
    """What a changed vocabulary does to the first programs for one priority; ``left`` are no longer among them."""

    plan: Plan
    priority: Priority
    before: tuple[Program, ...]
    after: tuple[Moved, ...]
    left: tuple[tuple[Program, int], ...]

    @property
    def moves(self) -> int:
        """How many programs stand elsewhere."""
        return sum(each.place != each.was for each in self.after) + len(self.left)


@dataclass(frozen=True, slots=True)
class Preview:
    """The changes among the ``tried`` priorities, those that move most first.

    Priorities of First Nations' plans are tried too and not shown; ``apart`` is how many of those change, ``None``
    where they are 1 to ``FEWEST`` - 1.
    """

    tried: int
    changes: tuple[Change, ...]
    apart: int | None


def preview(present: Catalogue, concept: Concept) -> Preview:
    """Rank the programs for every priority of every plan with one concept changed, and compare the first ten.

    Cost: a vocabulary and an index are built anew, about 0.5 s for 344 streams; nothing is kept.
    """
    vocabulary = Vocabulary({**present.concepts, concept.key: concept}.values())
    texts = [stream_text(present.program_of[key], stream) for key, stream in present.streams.items()]
    index = StreamIndex.build(texts, vocabulary)
    asked = [(plan, priority) for plan in present.plans.values() for priority in plan.priorities]
    before = _tops(present, present.index, [priority for _, priority in asked])
    after = _tops(present, index, [priority for _, priority in asked])
    changes = [
        _change(plan, priority, old, new)
        for (plan, priority), old, new in zip(asked, before, after, strict=True)
        if old != new
    ]
    shown = [each for each in changes if not _first_nations(present, each.plan)]
    apart = len(changes) - len(shown)
    return Preview(
        tried=sum(not _first_nations(present, plan) for plan, _ in asked),
        changes=tuple(sorted(shown, key=lambda each: (-each.moves, each.priority.key))),
        apart=None if 0 < apart < FEWEST else apart,
    )


def _tops(present: Catalogue, index: StreamIndex, priorities: Sequence[Priority]) -> list[tuple[Program, ...]]:
    """Give the first programs for each priority, the best of its streams standing for each."""
    tops = []
    for found in rank(priorities, index, limit=BEST):
        programs = {present.program_of[stream].key: present.program_of[stream] for stream, _ in found.scores()}
        tops.append(tuple(programs.values())[:TOP])
    return tops


def _change(plan: Plan, priority: Priority, before: tuple[Program, ...], after: tuple[Program, ...]) -> Change:
    was = {program.key: place for place, program in enumerate(before, start=1)}
    now = {program.key for program in after}
    return Change(
        plan=plan,
        priority=priority,
        before=before,
        after=tuple(Moved(program, place, was.get(program.key)) for place, program in enumerate(after, start=1)),
        left=tuple((program, was[program.key]) for program in before if program.key not in now),
    )


def _first_nations(present: Catalogue, plan: Plan) -> bool:
    """Tell whether a First Nation shares a plan: then its priorities are not shown to the ministry."""
    return plan.community_type == "first-nation" or any(
        present.communities[key].kind == "first-nation" for key in plan.community_ids
    )


# Saving


@dataclass(frozen=True, slots=True)
class Saved:
    """A concept as it is kept: its version, and who changed it last where it was changed here."""

    concept: Concept
    version: int
    name: str | None
    at: datetime


class ConflictError(RuntimeError):
    """Somebody saved the concept since the form was opened; ``saved`` is what they made of it."""

    def __init__(self, saved: Saved) -> None:
        super().__init__(f"The concept {saved.concept.key!r} is at version {saved.version} by now.")
        self.saved = saved


class MisfitNowError(ValueError):
    """Another concept was changed meanwhile, so that this one no longer fits; ``problem`` says how."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.words.en)
        self.problem = problem


def saved(session: Session, key: str) -> Saved:
    """Read a concept as it is kept.

    Raises:
        NotFoundError: no such concept.
    """
    row = session.get(ConceptRow, key)
    if row is None:
        raise NotFoundError(f"There is no concept {key!r}.")
    return _saved(session, row)


def _saved(session: Session, row: ConceptRow) -> Saved:
    last = next(iter(rows.edits(session, row.key)), None)
    name = last[1] if last else None
    return Saved(Concept.from_record(row.record), row.version, name, row.modified_at)


def save(session: Session, concept: Concept, person: PersonRow, now: datetime, *, seen_version: int) -> bool:
    """Keep a changed concept, with who changed it and when; False where nothing is different.

    Raises:
        NotFoundError: no such concept.
        ConflictError: somebody else saved it since version ``seen_version`` was read; carries theirs.
        MisfitNowError: another concept was changed meanwhile, and the two would stand above each other.
    """
    row = session.get(ConceptRow, concept.key)
    if row is None:
        raise NotFoundError(f"There is no concept {concept.key!r}.")
    if row.version != seen_version:
        raise ConflictError(_saved(session, row))
    if Concept.from_record(row.record) == concept:
        return False
    concepts = {each.key: each for some in rows.collections(session).values() for each in some}
    try:
        check_links(concept, {**concepts, concept.key: concept})  # the others fit already, so one walk tells all
    except MisfitError as misfit:
        raise MisfitNowError(_misfit(misfit, concept, concepts)) from misfit
    record = concept.to_record()
    row.version += 1
    session.add(
        ConceptEditRow(
            concept=concept.key, version=row.version, person=person.id, at=now, before=row.record, after=record
        )
    )
    row.record = record
    row.modified_at = now
    catalogue_rows.raise_revision(session)
    session.flush()
    return True


# History


@dataclass(frozen=True, slots=True)
class Difference:
    """What an edit did to one field: lines that came and lines that went."""

    field: str
    came: tuple[str, ...]
    went: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Edit:
    """One edit: who, when, and what it did."""

    name: str
    at: datetime
    differences: tuple[Difference, ...]


def history(session: Session, key: str) -> list[Edit]:
    """Read the edits of a concept, the newest first."""
    return [
        Edit(name, row.at, differences(Concept.from_record(row.before), Concept.from_record(row.after)))
        for row, name in rows.edits(session, key)
    ]


def differences(before: Concept, after: Concept) -> tuple[Difference, ...]:
    """Compare two states of a concept as a form has them, field by field; what is equal is left out."""
    found = []
    old, new = typed_of(before), typed_of(after)
    for field in Typed.__dataclass_fields__:
        was, now = getattr(old, field).splitlines(), getattr(new, field).splitlines()
        if was != now:
            came = tuple(line for line in now if line not in set(was))
            went = tuple(line for line in was if line not in set(now))
            found.append(Difference(field, came, went))
    return tuple(found)
