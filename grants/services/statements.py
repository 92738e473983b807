"""Facts that a community states once, its partners among them, and the questions it is still asked.

An answer's key is ``fact:`` with the key of a fact, or ``partner:`` with a class of applicant; so the address of a page
and the key of a kept statement are the same words. What was stated belongs to the community: it is judged with and
shown to its members only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy.orm import Session

from grants.domain.applicants import APPLICANT_CLASSES
from grants.domain.bilingual import Bilingual
from grants.domain.communities import Community, Profile
from grants.domain.counterfactuals import Change, OpenQuestion, Settling, rank_questions
from grants.domain.eligibility import UNKNOWN, Outcome, Question, decide, own_route, said
from grants.domain.people import Role
from grants.domain.rules import FactKind, HasPartner
from grants.services.catalogue import Catalogue, NotFoundError
from grants.store import people
from grants.store import statements as rows
from grants.store.statements import StatementRow

FACT, PARTNER = "fact", "partner"

Answers = Mapping[str, bool]
"""What is said of a community, by key: ``fact:council-resolution``, ``partner:school-board``."""


@dataclass(frozen=True, slots=True)
class Statement:
    """An answer that a member gave; one that stands no more has the moment it ended."""

    key: str
    holds: bool
    said_by: str
    said_at: datetime
    ended_at: datetime | None = None


class ConflictError(RuntimeError):
    """Others answered otherwise since the page was opened; ``statements`` has what stands now, None: withdrawn."""

    def __init__(self, statements: Mapping[str, Statement | None]) -> None:
        super().__init__("somebody else answered meanwhile")
        self.statements = statements


class RefusedError(PermissionError):
    """Only who leads the plan of a community states facts about it."""


# What is kept ---------------------------------------------------------------------------------------------------------


def all_of(session: Session, community: str) -> tuple[Statement, ...]:
    """Give the answers that stand, by key. Cost: one query."""
    return tuple(_statement(row, name) for row, name in rows.standing(session, community))


def history(session: Session, community: str) -> tuple[Statement, ...]:
    """Give the answers that stand no more, the last ended first."""
    return tuple(_statement(row, name) for row, name in rows.ended(session, community))


def answers(statements: Iterable[Statement]) -> dict[str, bool]:
    """Give what statements say, by key."""
    return {each.key: each.holds for each in statements}


def _statement(row: StatementRow, name: str) -> Statement:
    return Statement(f"{row.kind}:{row.key}", row.holds, name, row.said_at, row.ended_at)


def state(
    session: Session, catalogue: Catalogue, community: str, key: str, *, holds: bool, by: int, now: datetime
) -> bool:
    """State one thing of a community as the person ``by``; False where that was stated already.

    Raises:
        NotFoundError: no such thing can be stated, or the person is no member of the community.
        RefusedError: the person is a member, but does not lead its plan.
    """
    if not answerable(catalogue, key):
        raise NotFoundError(f"Nothing called {key!r} can be stated.")
    _check_lead(session, by, community)
    return _say(session, community, key, holds=holds, by=by, now=now)


def withdraw(session: Session, community: str, key: str, *, by: int, now: datetime) -> bool:
    """Take a statement back, so that it is not known again; False where nothing was stated.

    Raises:
        NotFoundError: the person is no member of the community.
        RefusedError: the person is a member, but does not lead its plan.
    """
    _check_lead(session, by, community)
    return _say(session, community, key, holds=None, by=by, now=now)


def change(
    session: Session,
    catalogue: Catalogue,
    community: str,
    *,
    seen: Answers,
    wanted: Answers,
    by: int,
    now: datetime,
) -> int:
    """Keep a whole page of answers, all or nothing; give how many changed.

    Args:
        session: an open write unit.
        catalogue: the present one.
        community: its key.
        seen: the answers that stood when the page was drawn.
        wanted: the answers as the page was sent; what is not among them is not known.
        by: the person who answers.
        now: the moment.

    Raises:
        ConflictError: an answer that was changed on the page was changed otherwise by somebody else since.
        NotFoundError: an answer to nothing that can be stated, or the person is no member of the community.
        RefusedError: the person is a member, but does not lead its plan.
    """
    _check_lead(session, by, community)
    standing = {each.key: each for each in all_of(session, community)}
    now_said = answers(standing.values())
    changed = sorted(key for key in {*seen, *wanted} if seen.get(key) != wanted.get(key))
    for key in changed:
        if not answerable(catalogue, key):
            raise NotFoundError(f"Nothing called {key!r} can be stated.")
    against = [key for key in changed if now_said.get(key) not in {seen.get(key), wanted.get(key)}]
    if against:
        raise ConflictError({key: standing.get(key) for key in against})
    return sum(_say(session, community, key, holds=wanted.get(key), by=by, now=now) for key in changed)


def _check_lead(session: Session, person_id: int, community: str) -> None:
    role = people.role_in(session, person_id, community)
    if role is None:
        raise NotFoundError(f"There is no community {community!r} to answer for.")
    if role is not Role.LEAD:
        raise RefusedError("Only who leads the plan states facts.")


def _say(session: Session, community: str, key: str, *, holds: bool | None, by: int, now: datetime) -> bool:
    kind, _, name = key.partition(":")
    before = rows.one(session, community, kind, name)
    if (None if before is None else before.holds) is holds:
        return False
    if before is not None:
        before.ended_by, before.ended_at = by, now
        session.flush()
    if holds is not None:
        session.add(StatementRow(community=community, kind=kind, key=name, holds=holds, said_by=by, said_at=now))
        session.flush()
    return True


# What is judged with --------------------------------------------------------------------------------------------------


def answerable(catalogue: Catalogue, key: str) -> bool:
    """Tell whether a key names a fact of the registry or a class of applicant."""
    kind, _, name = key.partition(":")
    return (kind == FACT and name in catalogue.facts) or (kind == PARTNER and name in APPLICANT_CLASSES)


def profile(catalogue: Catalogue, community: Community, said_of_it: Answers) -> Profile:
    """Join all that is known of a community with what is said of it; what is said comes first."""
    parts: dict[str, dict[str, bool]] = {FACT: {}, PARTNER: {}}
    for key, holds in said_of_it.items():
        kind, _, name = key.partition(":")
        parts[kind][name] = holds
    return catalogue.profile(community, facts=parts[FACT], partners=parts[PARTNER])


def question(catalogue: Catalogue, key: str) -> Bilingual:
    """Put a key as a question that is answered by yes or no.

    Raises:
        KeyError: no such fact or class.
    """
    kind, _, name = key.partition(":")
    if kind == FACT:
        return catalogue.facts[name].question
    body = APPLICANT_CLASSES[name].one
    return Bilingual(
        f"Do you work, or will you work, with {body.en}?", f"Travaillez-vous, ou travaillerez-vous, avec {body.fr}?"
    )


def moved(catalogue: Catalogue, before: Profile, after: Profile) -> int:
    """Count the programs that have a stream with another verdict by one profile than by the other.

    Cost: two decisions a stream, about 10 ms for 344.
    """
    knowledge = catalogue.knowledge
    return _programs(
        catalogue,
        (
            key
            for key, conditions in catalogue.conditions.items()
            if decide(conditions, before, knowledge).outcome is not decide(conditions, after, knowledge).outcome
        ),
    )


# What is still asked --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of a community and how many programs have a stream that its answer settles.

    ``always`` counts those that any answer settles, ``sometimes`` those that some answer does, ``always`` included;
    both are 0 for what is answered already. ``kind`` is ``None`` for a partner.
    """

    key: str
    words: Bilingual
    kind: FactKind | None
    always: int = 0
    sometimes: int = 0


@dataclass(frozen=True, slots=True)
class Questions:
    """What a community is asked, the most settling first.

    ``read`` are questions on place and population, which are answered from public sources, each with its programs.
    """

    asked: tuple[Asked, ...]
    read: tuple[tuple[Question, int], ...]


def questions(
    catalogue: Catalogue, community: Community, said_of_it: Answers, *, also: Iterable[str] = ()
) -> Questions:
    """Gather what a community is asked: each fact and class of partner that is open, and what is answered already.

    Args:
        catalogue: the present one.
        community: the one that is asked.
        said_of_it: what is answered.
        also: keys to ask for in any case.

    Returns:
        Those that settle most programs first, ties by key.

    Cost:
        That of ranking all open questions, about 0.1 s for 344 streams.
    """
    known = profile(catalogue, community, said_of_it)
    ranked = rank_questions(catalogue.conditions, known, catalogue.knowledge)
    found = {}
    read = []
    for each in ranked:
        key = each.asked.question.key
        if key.startswith(f"{FACT}:"):
            found[key] = _asked(catalogue, key, each)
        elif not key.startswith(f"{PARTNER}:"):
            read.append((each.asked.question, _programs(catalogue, each.sometimes)))
    for code in _partners_asked(catalogue, known):
        key = f"{PARTNER}:{code}"
        answered = tuple(Change(partners=((code, value),)) for value in (True, False))
        asked = OpenQuestion(Question(key, question(catalogue, key), settles=True), answered)
        found[key] = _asked(catalogue, key, settled(catalogue, known, asked))
    for key in filter(partial(answerable, catalogue), (*said_of_it, *also)):
        if key in said_of_it or key not in found:
            found[key] = _asked(catalogue, key, None)
    ordered = sorted(found.values(), key=lambda each: (-each.sometimes, -each.always, each.key))
    return Questions(tuple(ordered), tuple(read))


def settled(catalogue: Catalogue, known: Profile, asked: OpenQuestion) -> Settling:
    """Find which streams that are *need to know* an answer settles. Cost: about two decisions a stream."""
    unknown = {
        key: conditions
        for key, conditions in catalogue.conditions.items()
        if any(answer.touches(leaf) for answer in asked.answers for leaf in conditions.leaves[: conditions.binding])
        and decide(conditions, known, catalogue.knowledge).outcome is Outcome.UNKNOWN
    }
    always, sometimes = [], []
    for key, conditions in unknown.items():
        after = [decide(conditions, each.applied(known), catalogue.knowledge).outcome for each in asked.answers]
        if Outcome.UNKNOWN not in after:
            always.append(key)
        if any(outcome is not Outcome.UNKNOWN for outcome in after):
            sometimes.append(key)
    return Settling(asked, tuple(always), tuple(sometimes))


def programs_settled(catalogue: Catalogue, settling: Settling) -> int:
    """Count the programs of which some answer settles a stream."""
    return _programs(catalogue, settling.sometimes)


def _partners_asked(catalogue: Catalogue, known: Profile) -> list[str]:
    """Give the classes of partner that open rules name; all that a community can go through where any will do."""
    own = own_route(known)
    codes: dict[str, None] = {}
    for conditions in catalogue.conditions.values():
        if decide(conditions, known, catalogue.knowledge).outcome is not Outcome.UNKNOWN:
            continue
        for leaf in conditions.leaves[: conditions.binding]:
            if isinstance(leaf, HasPartner) and said(leaf, own, catalogue.knowledge) == UNKNOWN:
                anybody = (code for code, each in APPLICANT_CLASSES.items() if each.partner)
                codes |= dict.fromkeys(leaf.classes or anybody)
    return list(codes)


def _asked(catalogue: Catalogue, key: str, settling: Settling | None) -> Asked:
    kind, _, name = key.partition(":")
    return Asked(
        key,
        question(catalogue, key),
        catalogue.facts[name].kind if kind == FACT else None,
        always=0 if settling is None else _programs(catalogue, settling.always),
        sometimes=0 if settling is None else _programs(catalogue, settling.sometimes),
    )


def _programs(catalogue: Catalogue, streams: Iterable[str]) -> int:
    return len({catalogue.program_of[each].key for each in streams})
