"""Drafts of a stream's rules: how they differ from what is published, how both come together, and what is missing."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from grants.domain.bilingual import Bilingual
from grants.domain.communities import Gazetteer
from grants.domain.rules import (
    AllOf,
    AnyOf,
    FactDefinition,
    HasFact,
    InPlace,
    IsApplicant,
    Kind,
    Predicate,
    Rule,
    leaves,
)

LONGEST_KEY = 60


class DraftState(StrEnum):
    """Where a draft stands: being written, waiting for somebody else's approval, or done with."""

    DRAFT = "draft"
    PROPOSED = "proposed"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


OPEN = frozenset({DraftState.DRAFT, DraftState.PROPOSED})


@dataclass(frozen=True, slots=True)
class Difference:
    """A rule that is not the same in two lists: ``before`` is ``None`` where it is new, ``after`` where it is gone."""

    key: str
    before: Rule | None
    after: Rule | None


@dataclass(frozen=True, slots=True)
class Differences:
    """What one list of rules changes in another; ``reordered`` where rules of both stand in another order."""

    rules: tuple[Difference, ...]
    reordered: bool

    def __bool__(self) -> bool:
        """Tell whether anything differs."""
        return bool(self.rules) or self.reordered


def differences(before: Sequence[Rule], after: Sequence[Rule]) -> Differences:
    """Compare two lists of rules by key, in the order of ``after``, then what is gone."""
    was, now = {rule.key: rule for rule in before}, {rule.key: rule for rule in after}
    changed = [Difference(key, was.get(key), rule) for key, rule in now.items() if was.get(key) != rule]
    gone = [Difference(key, rule, None) for key, rule in was.items() if key not in now]
    order = [key for key in was if key in now]
    return Differences(tuple(changed + gone), order != [key for key in now if key in was])


def brought_up(
    base: Sequence[Rule], draft: Sequence[Rule], live: Sequence[Rule]
) -> tuple[tuple[Rule, ...], tuple[Difference, ...]]:
    """Carry a draft over to rules that were published since it was begun.

    What only one side changed is taken from that side. Where both changed a rule, the draft's wording stays and the
    clash is named, with the published rule as ``before``.

    Args:
        base: the published rules when the draft was begun.
        draft: its rules.
        live: the published rules now.

    Returns:
        The draft's rules on top of the live ones, in the draft's order, and the clashes.
    """
    was, mine, theirs = ({rule.key: rule for rule in rules} for rules in (base, draft, live))
    merged: list[Rule] = []
    clashes: list[Difference] = []
    for key in [*mine, *(key for key in theirs if key not in mine)]:
        first, own, other = was.get(key), mine.get(key), theirs.get(key)
        chosen = other if own == first else own
        if own not in (first, other) and other != first:
            clashes.append(Difference(key, other, own))
        if chosen is not None:
            merged.append(chosen)
    return tuple(merged), tuple(clashes)


def misfits(rules: Sequence[Rule], facts: Mapping[str, FactDefinition], gazetteer: Gazetteer) -> tuple[Bilingual, ...]:
    """Say what keeps rules from being published: nothing where they are whole."""
    found = []
    if not any(_says_who(rule.test) for rule in rules if rule.kind is Kind.REQUIRED):
        found.append(
            Bilingual(
                "No required rule says who may apply. Add one, or say that the source does not tell.",
                "Aucune exigence ne dit qui peut présenter une demande. Ajoutez-en une, ou indiquez que la source "
                "ne le dit pas.",
            )
        )
    for rule in rules:
        for leaf in leaves(rule.test):
            if isinstance(leaf, HasFact) and leaf.key not in facts:
                found.append(_unknown(rule, leaf.key))
            if isinstance(leaf, InPlace):
                found += [_unknown(rule, code) for code in leaf.places if code not in gazetteer]
    return tuple(found)


def _says_who(test: Predicate) -> bool:
    """Tell whether a test says who may apply; a condition that only says whom a rule binds does not."""
    match test:
        case IsApplicant():
            return True
        case AllOf(parts) | AnyOf(parts):
            return any(_says_who(part) for part in parts)
        case _:
            return False


def _unknown(rule: Rule, name: str) -> Bilingual:
    return Bilingual(
        f"The rule {rule.key} names {name}, which is not known here any more. Change the rule.",
        f"La règle {rule.key} nomme {name}, qui n’existe plus ici. Modifiez la règle.",
    )


def key_from(words: str, taken: Collection[str], *, otherwise: str) -> str:
    """Make a key of the beginning of a sentence, unlike those that are taken; ``otherwise`` where it has no letters."""
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().lower()
    parts = re.findall(r"[a-z0-9]+", plain)
    key = ""
    for part in parts:
        longer = f"{key}-{part}" if key else part
        if len(longer) > LONGEST_KEY:
            break
        key = longer
    key = key or otherwise
    number, unique = 1, key
    while unique in taken:
        number += 1
        unique = f"{key}-{number}"
    return unique
