"""Change a stream's rules: a draft of one's own, proposed, then published by somebody else.

Every function here is called inside an open write unit and reads there who the person is now and what is published
now, so that nothing decided on an old page slips through.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from grants.domain.bilingual import Bilingual
from grants.domain.communities import Gazetteer
from grants.domain.people import Role
from grants.domain.records import write
from grants.domain.rule_drafts import Difference, DraftState, brought_up, differences, misfits
from grants.domain.rules import FactDefinition, HasFact, Rule, leaves
from grants.services.catalogue import NotFoundError
from grants.store import catalogue, communities, drafts, people
from grants.store.catalogue import FactRow, ProgramRow, StreamRow
from grants.store.drafts import RuleDraftRow, records_of, rules_of
from grants.store.kept import stable_uuid
from grants.store.people import PersonRow

LONGEST_REASON = 500
WRITERS = (Role.EDITOR, Role.APPROVER)


class RefusedError(ValueError):
    """What was asked may not be done; ``words`` say why and what to do."""

    def __init__(self, words: Bilingual) -> None:
        super().__init__(words.en)
        self.words = words


class ConflictError(RuntimeError):
    """Somebody changed the draft or the published rules since the page was opened; ``words`` say which."""

    def __init__(self, words: Bilingual) -> None:
        super().__init__(words.en)
        self.words = words


@dataclass(frozen=True, slots=True)
class Seen:
    """What a page was drawn from: the version of the stream's row, and of the person's draft, 0 where none was."""

    stream: int
    draft: int


def seen_now(session: Session, stream: str, person: int) -> Seen:
    """Give what a page drawn now is drawn from.

    Raises:
        NotFoundError: no such stream.
    """
    draft = drafts.open_draft(session, stream, person)
    return Seen(_stream(session, stream).version, draft.version if draft else 0)


def get(session: Session, draft_id: int) -> RuleDraftRow:
    """Give a draft.

    Raises:
        NotFoundError: no such draft.
    """
    draft = session.get(RuleDraftRow, draft_id) if 0 < draft_id < 2**31 else None
    if draft is None:
        raise NotFoundError(f"There is no draft {draft_id}.")
    return draft


def is_behind(session: Session, draft: RuleDraftRow) -> bool:
    """Tell whether the published rules changed since the draft was begun."""
    return _stream(session, draft.stream).version != draft.base_version


# Writing


def save_rule(
    session: Session,
    stream: str,
    person: int,
    rule: Rule,
    now: datetime,
    *,
    seen: Seen,
    facts: Iterable[FactDefinition] = (),
) -> RuleDraftRow:
    """Put a rule into the person's draft, in the place of the one with its key, else at the end.

    The draft is begun from the published rules where there is none.

    Args:
        session: an open write unit.
        stream: the stream's key.
        person: whose draft it is.
        rule: the rule as it shall be.
        now: the moment.
        seen: what the page was drawn from.
        facts: definitions that the rule needs and that are new.

    Raises:
        NotFoundError: no such stream.
        RefusedError: the person may not change rules; a new fact's key is taken.
        ConflictError: the draft, or where there is none the stream, is not what was seen.
    """
    draft = _writable(session, stream, person, now, seen)
    new = list(facts)
    taken = {row.key for row in session.scalars(select(FactRow))} | {each.key for each in draft.its_facts}
    if any(each.key in taken for each in new):
        raise RefusedError(
            Bilingual(
                "A fact with these words is known already. Choose it from the list.",
                "Un fait portant ces mots existe déjà. Choisissez-le dans la liste.",
            )
        )
    rules = list(draft.its_rules)
    place = next((place for place, each in enumerate(rules) if each.key == rule.key), len(rules))
    rules[place : place + 1] = [rule]
    _keep(draft, rules, now, facts=[*draft.its_facts, *new])
    session.flush()
    return draft


def remove_rule(session: Session, stream: str, person: int, key: str, now: datetime, *, seen: Seen) -> RuleDraftRow:
    """Take a rule out of the person's draft.

    Raises:
        NotFoundError: no such stream or rule.
        RefusedError: the person may not change rules.
        ConflictError: as for :func:`save_rule`.
    """
    draft = _writable(session, stream, person, now, seen)
    rules = list(draft.its_rules)
    del rules[_place(draft, key)]
    _keep(draft, rules, now)
    session.flush()
    return draft


def move_rule(
    session: Session, stream: str, person: int, key: str, now: datetime, *, steps: int, seen: Seen
) -> RuleDraftRow:
    """Move a rule up (below zero) or down in the person's draft; at an end it stays where it is.

    Raises:
        NotFoundError: no such stream or rule.
        RefusedError: the person may not change rules.
        ConflictError: as for :func:`save_rule`.
    """
    draft = _writable(session, stream, person, now, seen)
    place = _place(draft, key)
    rules = list(draft.its_rules)
    rule = rules.pop(place)
    rules.insert(min(max(place + steps, 0), len(rules)), rule)
    _keep(draft, rules, now)
    session.flush()
    return draft


def bring_up(session: Session, draft_id: int, person: int, now: datetime, *, seen: int) -> tuple[Difference, ...]:
    """Carry one's draft over to the rules that are published now; see :func:`grants.domain.rule_drafts.brought_up`.

    Returns: The clashes, where the draft's wording stands.

    Raises:
        NotFoundError: no such draft.
        RefusedError: it is not the person's own, or is finished.
        ConflictError: the draft is not the version that was seen.
    """
    draft = _own(session, draft_id, person, seen)
    row = _stream(session, draft.stream)
    live = rules_of(row.record["rules"])
    rules, clashes = brought_up(draft.its_base, draft.its_rules, live)
    draft.base_version, draft.base_rules = row.version, records_of(live)
    _keep(draft, rules, now)
    session.flush()
    return clashes


def propose(session: Session, draft_id: int, person: int, now: datetime, *, seen: int) -> None:
    """Ask for one's draft to be published.

    Raises:
        NotFoundError: no such draft.
        RefusedError: it is not the person's own, is finished, changes nothing, or is not whole.
        ConflictError: the draft is not the version that was seen, or the published rules changed since.
    """
    draft = _own(session, draft_id, person, seen)
    _publishable(session, draft)
    draft.state, draft.proposed_at = DraftState.PROPOSED.value, now
    draft.modified_at = now
    draft.version += 1
    session.flush()


def withdraw(session: Session, draft_id: int, person: int, now: datetime, *, seen: int, reason: str = "") -> None:
    """Give up a draft: one's own, or as approver somebody else's proposal.

    Raises:
        NotFoundError: no such draft.
        RefusedError: it is somebody else's and the person may not decide, or it is finished.
        ConflictError: the draft is not the version that was seen.
    """
    draft = get(session, draft_id)
    roles = _roles(session, person)
    decides = Role.APPROVER in roles and draft.stands is DraftState.PROPOSED
    if roles.isdisjoint(WRITERS) or (draft.author != person and not decides):
        raise _not_yours()
    _open(draft, seen)
    draft.state, draft.reason = DraftState.WITHDRAWN.value, reason.strip()[:LONGEST_REASON]
    draft.decided_by, draft.decided_at = person, now
    draft.version += 1
    session.flush()


def publish(session: Session, draft_id: int, person: int, now: datetime, *, seen: int) -> StreamRow:
    """Make a proposed draft's rules the published ones.

    Who the person is, whose draft it is, and what is published are all read in this write unit: whoever loses the role,
    or sees the draft change, after opening the page publishes nothing.

    Raises:
        NotFoundError: no such draft.
        RefusedError: the person is no approver, or wrote the draft; it is not proposed, or not whole.
        ConflictError: the draft is not the version that was seen, or the published rules changed since.
    """
    draft = get(session, draft_id)
    if Role.APPROVER not in _roles(session, person):
        raise RefusedError(
            Bilingual("Only an approver publishes rules.", "Seule une personne approbatrice publie des règles.")
        )
    if draft.author == person:
        raise RefusedError(
            Bilingual(
                "You cannot approve your own draft. Ask another approver.",
                "Personne n’approuve sa propre ébauche. Demandez à une autre personne approbatrice.",
            )
        )
    _open(draft, seen)
    if draft.stands is not DraftState.PROPOSED:
        raise RefusedError(
            Bilingual(
                "The author has not proposed this draft, or has taken it back to change it.",
                "L’auteur n’a pas proposé cette ébauche, ou l’a reprise pour la modifier.",
            )
        )
    _publishable(session, draft)
    row = _stream(session, draft.stream)
    _add_facts(session, draft, now)
    row.record = {**row.record, "rules": list(draft.rules)}
    row.version += 1
    row.modified_at = now
    draft.state, draft.decided_by, draft.decided_at = DraftState.PUBLISHED.value, person, now
    draft.version += 1
    catalogue.raise_revision(session)
    session.flush()
    return row


# What the functions above stand on


def _not_yours() -> RefusedError:
    return RefusedError(
        Bilingual(
            "This draft is somebody else’s. Begin your own.",
            "Cette ébauche appartient à une autre personne. Commencez la vôtre.",
        )
    )


def _stream(session: Session, key: str) -> StreamRow:
    """Give a stream of the real catalogue; practice examples have no rules to change."""
    row = session.get(StreamRow, key)
    if row is None or session.get_one(ProgramRow, row.program).practice:
        raise NotFoundError(f"There is no stream {key!r}.")
    return row


def _roles(session: Session, person: int) -> frozenset[Role]:
    row = session.get(PersonRow, person)
    return people.roles_of(session, row) if row is not None and row.active else frozenset()


def _writable(session: Session, stream: str, person: int, now: datetime, seen: Seen) -> RuleDraftRow:
    """Give the person's draft of a stream, begun where there is none, if the page was drawn from what is there now."""
    row = _stream(session, stream)
    if _roles(session, person).isdisjoint(WRITERS):
        raise RefusedError(
            Bilingual("Your role does not include changing rules.", "Votre rôle ne permet pas de modifier les règles.")
        )
    draft = drafts.open_draft(session, stream, person)
    if draft is not None:
        _open(draft, seen.draft)
        return draft
    if seen.draft:
        raise _changed_draft()
    if seen.stream != row.version:
        raise _changed_stream()
    draft = RuleDraftRow(
        stream=stream,
        author=person,
        base_version=row.version,
        base_rules=list(row.record["rules"]),
        rules=list(row.record["rules"]),
        facts=[],
        created_at=now,
        modified_at=now,
        state=DraftState.DRAFT.value,
        version=0,
        reason="",
    )
    session.add(draft)
    return draft


def _keep(
    draft: RuleDraftRow, rules: Iterable[Rule], now: datetime, *, facts: Iterable[FactDefinition] | None = None
) -> None:
    """Keep what changed. A proposal that changes is a draft again: nobody approves what they have not read."""
    draft.rules = records_of(list(rules))
    known = draft.its_facts if facts is None else tuple(facts)
    asked = {leaf.key for rule in draft.its_rules for leaf in leaves(rule.test) if isinstance(leaf, HasFact)}
    draft.facts = records_of([each for each in known if each.key in asked])
    draft.state = DraftState.DRAFT.value
    draft.modified_at = now
    draft.version += 1


def _own(session: Session, draft_id: int, person: int, seen: int) -> RuleDraftRow:
    draft = get(session, draft_id)
    if draft.author != person or _roles(session, person).isdisjoint(WRITERS):
        raise _not_yours()
    _open(draft, seen)
    return draft


def _open(draft: RuleDraftRow, seen: int) -> None:
    if not draft.is_open:
        raise RefusedError(
            Bilingual(
                "This draft is finished: it was published or withdrawn.",
                "Cette ébauche est close\u00a0: elle a été publiée ou retirée.",
            )
        )
    if draft.version != seen:
        raise _changed_draft()


def _changed_draft() -> ConflictError:
    return ConflictError(
        Bilingual(
            "The draft changed since you opened this page, perhaps in another window.",
            "L’ébauche a changé depuis que vous avez ouvert cette page, peut-être dans une autre fenêtre.",
        )
    )


def _changed_stream() -> ConflictError:
    return ConflictError(
        Bilingual(
            "The published rules of this stream changed since.",
            "Les règles publiées de ce volet ont changé depuis.",
        )
    )


def _publishable(session: Session, draft: RuleDraftRow) -> None:
    if is_behind(session, draft):
        raise _changed_stream()
    if not differences(draft.its_base, draft.its_rules):
        raise RefusedError(
            Bilingual("The draft changes nothing yet.", "L’ébauche ne change encore rien aux règles publiées.")
        )
    facts = {each.key: each for each in (*catalogue.fact_definitions(session), *draft.its_facts)}
    gazetteer = Gazetteer(communities.communities(session), communities.regions(session))
    wrong = misfits(draft.its_rules, facts, gazetteer)
    if wrong:
        raise RefusedError(wrong[0])


def _place(draft: RuleDraftRow, key: str) -> int:
    for place, rule in enumerate(draft.its_rules):
        if rule.key == key:
            return place
    raise NotFoundError(f"There is no rule {key!r}.")


def _add_facts(session: Session, draft: RuleDraftRow, now: datetime) -> None:
    """Add the draft's new facts to the registry; another draft may have brought one of the same key meanwhile."""
    place = session.scalar(select(func.max(FactRow.place))) or 0
    for number, fact in enumerate(draft.its_facts, 1):
        known, record = session.get(FactRow, fact.key), write(fact)
        if known is None:
            stamps = {"created_at": now, "modified_at": now, "version": 1, "seeded": None}
            session.add(
                FactRow(
                    key=fact.key, uuid=stable_uuid(FactRow, fact.key), record=record, place=place + number, **stamps
                )
            )
        elif known.record != record:
            raise RefusedError(
                Bilingual(
                    f"Another fact was published under the key {fact.key}. Choose that one, or word yours differently.",
                    f"Un autre fait a été publié sous la clé {fact.key}. Choisissez-le ou formulez le vôtre autrement.",
                )
            )
