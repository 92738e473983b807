"""What would change a verdict: the smallest sets of steps to *may fit*, what can never change, and what to ask next.

A *move* is one thing that can come true: a changeable fact brought about, a partner found, an unknown answered. A
fact that was stated and cannot change, a place, a population and a class of applicant never move. Moves that a
community can make are *steps*; answers to what nobody can change appear beside them as questions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise, product

from grants.domain.applicants import APPLICANT_CLASSES, holds
from grants.domain.bilingual import Bilingual, listed
from grants.domain.communities import Profile, Whereabouts
from grants.domain.eligibility import (
    RURAL_FACT,
    UNKNOWN,
    UPPER_TIER,
    YES,
    Answer,
    Conditions,
    Knowledge,
    Outcome,
    Question,
    Route,
    at_best,
    compiled,
    decide,
    findings,
    own_route,
    partner_routes,
    question,
    said,
    stands,
    unmet,
)
from grants.domain.rules import (
    HasFact,
    HasPartner,
    HasPopulation,
    InPlace,
    IsApplicant,
    Leaf,
    Rule,
    Subject,
    leaves,
)
from grants.domain.sentences import people

MOST_MOVES = 3
MOST_SETS = 12
MOST_STATES = 2_000
MOST_QUESTIONS = 8
# The class that stands for "some other organization" where a rule names none: no rule of a real stream asks for it.
SOME_ORGANIZATION = "association"


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes known or true of a community; empty: nothing."""

    facts: tuple[tuple[str, bool], ...] = ()
    partners: tuple[tuple[str, bool], ...] = ()
    lies_in: frozenset[str] = frozenset()
    not_in: frozenset[str] = frozenset()
    population: int | None = None

    def applied(self, profile: Profile) -> Profile:
        """Give the profile as it would be."""
        community, where = profile.community, profile.whereabouts
        if self.population is not None:
            community = replace(community, population=self.population)
        if self.lies_in or self.not_in:
            certain = where.certain | self.lies_in
            where = Whereabouts(certain, where.possible - certain - self.not_in)
        return replace(
            profile,
            community=community,
            whereabouts=where,
            facts={**profile.facts, **dict(self.facts)},
            partners={**profile.partners, **dict(self.partners)},
        )

    def touches(self, leaf: Leaf) -> bool:
        """Tell whether a leaf can be answered otherwise after the change."""
        match leaf:
            case HasFact(key):
                return any(key == fact for fact, _ in self.facts)
            case InPlace(places):
                moved = self.lies_in | self.not_in
                return not moved.isdisjoint(places) or ("rural" in places and self.touches(HasFact(RURAL_FACT)))
            case HasPopulation():
                return self.population is not None
            case HasPartner(classes):
                return any(holds(classes or APPLICANT_CLASSES, frozenset({code})) for code, _ in self.partners)
            case _:
                return False


def together(changes: Iterable[Change]) -> Change:
    """Join changes that do not contradict one another."""
    facts: dict[str, bool] = {}
    partners: dict[str, bool] = {}
    lies_in: frozenset[str] = frozenset()
    not_in: frozenset[str] = frozenset()
    population = None
    for each in changes:
        facts.update(each.facts)
        partners.update(each.partners)
        lies_in |= each.lies_in
        not_in |= each.not_in
        population = population if each.population is None else each.population
    return Change(tuple(sorted(facts.items())), tuple(sorted(partners.items())), lies_in, not_in, population)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do, in the second person.

    ``kind`` is ``partner`` (work with one), ``applicant`` (let one apply for you), ``question`` (an answer that would
    have to be the one given) or the kind of a fact (``resolution``, ``plan``, ``registration``...).
    """

    kind: str
    key: str
    words: Bilingual


@dataclass(frozen=True, slots=True)
class Counterfactual:
    """A set of steps that leads to ``outcome`` and of which none can be left out.

    ``change`` is one way to take them: where a step lets choose among classes, the first ones. ``via`` names the
    classes that may apply, for *may fit through a partner*.
    """

    steps: tuple[Step, ...]
    outcome: Outcome
    change: Change
    via: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Immovable:
    """A rule that refuses the community for something nobody can change, and the words that say so."""

    rule: str
    words: Bilingual


@dataclass(frozen=True, slots=True)
class Prospects:
    """What would change a verdict; ``complete`` is false where the work was cut short, so that sets may be missing."""

    counterfactuals: tuple[Counterfactual, ...]
    immovable: tuple[Immovable, ...]
    complete: bool


@dataclass(frozen=True, slots=True)
class _Move:
    """One thing that can come true; two moves ``about`` the same exclude each other.

    ``step`` is ``None`` for a partner: partners of one ``group`` are interchangeable, taken in order, and named
    together in one step.
    """

    about: str
    change: Change
    step: Step | None
    group: tuple[str, ...] = ()
    after: str | None = None


def prospects(
    rules: Sequence[Rule] | Conditions,
    profile: Profile,
    knowledge: Knowledge,
    *,
    size: int = MOST_MOVES,
    limit: int = MOST_SETS,
) -> Prospects:
    """Find the smallest sets of steps that would let a community apply, itself or else through a partner.

    Args:
        rules: those of one stream.
        profile: all that is known of the community.
        knowledge: the registry of facts and the gazetteer.
        size: the most things that a set may change.
        limit: the most sets that are given.

    Returns:
        Every set of up to ``size`` moves after which the community itself *may fit* and of which no part does, fewest
        moves and fewest questions first, ties by key. Where there is none and the community is refused, the same
        through each body the stream accepts; bodies are named together where the same steps remain. Nothing for a
        community that may fit already, and no set that only answers questions: :func:`open_questions` asks them.

    Cost:
        At most ``MOST_STATES`` states a route, each O(leaves); a branch follows only moves that touch a rule which is
        still unmet. Over 344 real streams about 0.2 ms a stream.
    """
    conditions = compiled(rules)
    own = own_route(profile)
    if stands(conditions, own, knowledge) is Answer.YES:
        return Prospects((), (), complete=True)
    moves = _moves(conditions, own, knowledge)
    immovable = _immovable(conditions, own, knowledge, moves)
    sets, complete = _smallest(conditions, own, knowledge, moves, size)
    found = [Counterfactual(_steps(each), Outcome.ELIGIBLE, together(move.change for move in each)) for each in sets]
    if not found and stands(conditions, own, knowledge) is Answer.NO:
        found, whole = _through_others(conditions, profile, knowledge, size)
        complete = complete and whole
    chosen = sorted((each for each in found if any(step.kind != "question" for step in each.steps)), key=_ease)
    return Prospects(tuple(chosen[:limit]), immovable, complete and len(chosen) <= limit)


def _ease(each: Counterfactual) -> tuple[int, int, tuple[str, ...]]:
    asked = sum(step.kind == "question" for step in each.steps)
    return len(each.steps), asked, tuple(step.key for step in each.steps)


def _through_others(
    conditions: Conditions, profile: Profile, knowledge: Knowledge, size: int
) -> tuple[list[Counterfactual], bool]:
    """Find what remains to be done where another body applies; bodies for which it is the same stand together."""
    bodies: dict[tuple[_Move, ...], list[str]] = defaultdict(list)
    complete = True
    moves: dict[bool, list[_Move]] = {}
    for route in partner_routes(conditions, profile):
        known = route.population is not None
        if known not in moves:
            moves[known] = _moves(conditions, route, knowledge)
        sets, whole = _smallest(conditions, route, knowledge, moves[known], size)
        complete = complete and whole
        for each in sets:
            bodies[each].append(route.through or "")
    found = []
    for remaining, via in bodies.items():
        change = together(move.change for move in remaining)
        if decide(conditions, change.applied(profile), knowledge).outcome is Outcome.VIA_PARTNER:
            steps = (_applicant_step(via, profile), *_steps(remaining))
            found.append(Counterfactual(steps, Outcome.VIA_PARTNER, change, tuple(via)))
    return found, complete


def _smallest(
    conditions: Conditions, route: Route, knowledge: Knowledge, moves: Sequence[_Move], size: int
) -> tuple[list[tuple[_Move, ...]], bool]:
    """Find every smallest set of up to ``size`` moves after which a route may fit, and tell whether all was tried.

    A set that leads there must touch each rule that is unmet before it is whole: so growing sets by the moves that
    touch the first unmet rule misses none. By size, so that a set is known to hold no smaller one.
    """
    moved_by = _touching(conditions, moves)
    if any(answer is not Answer.YES for answer in at_best(conditions, route, knowledge, frozenset(moved_by)).values()):
        return [], True
    touching = {
        place: sorted({number for leaf in leaves(rule.test) for number in moved_by.get(leaf, ())})
        for place, rule in enumerate(conditions.rules)
    }
    found: list[frozenset[int]] = []
    states = 0
    frontier: set[frozenset[int]] = {frozenset()}
    for _ in range(size + 1):
        grown: set[frozenset[int]] = set()
        for chosen in sorted(frontier, key=sorted):
            if any(each <= chosen for each in found):
                continue
            states += 1
            if states > MOST_STATES:
                return [_in_order(each, moves) for each in found], False
            failing = unmet(conditions, _moved(route, [moves[number] for number in chosen]), knowledge)
            if not failing:
                found.append(chosen)
                continue
            about = {moves[number].about for number in chosen}
            for number in touching[failing[0]]:
                move = moves[number]
                if move.about not in about and (move.after is None or move.after in about):
                    grown.add(chosen | {number})
        frontier = grown
    return [_in_order(each, moves) for each in found], True


def _touching(conditions: Conditions, moves: Sequence[_Move]) -> dict[Leaf, list[int]]:
    """Give, for each leaf that can move, the moves that touch it, by number."""
    touching = {
        leaf: [number for number, move in enumerate(moves) if move.change.touches(leaf)]
        for leaf in conditions.leaves[: conditions.binding]
    }
    return {leaf: numbers for leaf, numbers in touching.items() if numbers}


def _in_order(chosen: frozenset[int], moves: Sequence[_Move]) -> tuple[_Move, ...]:
    return tuple(moves[number] for number in sorted(chosen))


def _moved(route: Route, moves: Sequence[_Move]) -> Route:
    if not moves:
        return route
    change = together(move.change for move in moves)
    profile = change.applied(route.profile)
    whose = route.population if route.through == UPPER_TIER else profile.community.population
    return replace(route, profile=profile, population=whose)


def _moves(conditions: Conditions, route: Route, knowledge: Knowledge) -> list[_Move]:
    """Give all that can come true for a route, in the order of its leaves: each once."""
    bound = conditions.leaves[: conditions.binding]
    found: dict[tuple[str, Change], _Move] = {}
    for leaf in bound:
        for move in _leaf_moves(leaf, route, knowledge):
            found.setdefault((move.about, move.change), move)
    for move in _population_moves(bound, route, knowledge):
        found.setdefault((move.about, move.change), move)
    if route.through is None:
        asked = [leaf for leaf in bound if isinstance(leaf, HasPartner) and said(leaf, route, knowledge) != YES]
        for move in _partner_moves(asked, route.profile):
            found.setdefault((move.about, move.change), move)
    return list(found.values())


def _leaf_moves(leaf: Leaf, route: Route, knowledge: Knowledge) -> Iterator[_Move]:
    answer = said(leaf, route, knowledge)
    match leaf:
        case HasFact(key):
            yield from _fact_moves(key, answer, route, knowledge)
        case InPlace(places):
            if "rural" in places and (answer == UNKNOWN or RURAL_FACT in route.profile.facts):
                yield from _fact_moves(RURAL_FACT, said(HasFact(RURAL_FACT), route, knowledge), route, knowledge)
            if answer == UNKNOWN:
                yield from _place_moves(places, route.profile, knowledge)
        case _:
            return


def _fact_moves(key: str, answer: int, route: Route, knowledge: Knowledge) -> Iterator[_Move]:
    """Bring a fact about, or learn it; what another body would state, nature gave or cannot change stays."""
    definition = knowledge.facts[key]
    stated = route.profile.facts.get(key)
    ours = route.through is None or definition.subject is Subject.COMMUNITY
    if not ours or (stated is None and answer == YES) or (stated is not None and not definition.changeable):
        return
    for value in (True, False):
        if stated is not value:
            change = Change(facts=((key, value),))
            if definition.changeable:
                step = Step(
                    definition.kind.value, _fact_key(key, value=value), _fact_words(key, knowledge, value=value)
                )
            else:
                step = Step("question", _fact_key(key, value=value), _wanted(definition.question, value=value))
            yield _Move(f"fact:{key}", change, step)


def _fact_key(key: str, *, value: bool) -> str:
    return f"fact:{key}" if value else f"not-fact:{key}"


def _place_moves(places: Sequence[str], profile: Profile, knowledge: Knowledge) -> Iterator[_Move]:
    """Learn whether the community lies in each place it may lie in."""
    for code in sorted(profile.whereabouts.possible.intersection(places) - {"rural"}):
        asked = question(InPlace((code,)), profile, knowledge).words
        here, away = Change(lies_in=frozenset({code})), Change(not_in=frozenset({code}))
        yield _Move(f"place:{code}", here, Step("question", f"place:{code}", _wanted(asked, value=True)))
        yield _Move(f"place:{code}", away, Step("question", f"not-place:{code}", _wanted(asked, value=False)))


def _population_moves(bound: Sequence[Leaf], route: Route, knowledge: Knowledge) -> Iterator[_Move]:
    """Learn between which limits an unknown population lies."""
    limits = [leaf for leaf in bound if isinstance(leaf, HasPopulation)]
    if route.population is not None or not limits:
        return
    asked = question(limits[0], route.profile, knowledge).words
    for low, high in _cells(limits):
        step = Step("question", f"population:{low}", _answered(asked, _population_words(low, high)))
        yield _Move("population", Change(population=low), step)


def _cells(bound: Iterable[Leaf]) -> list[tuple[int, int | None]]:
    """Part the numbers of people where a rule's answer can change: each part with its lowest and highest number."""
    starts = {0}
    for leaf in bound:
        if isinstance(leaf, HasPopulation):
            starts |= set() if leaf.minimum is None else {leaf.minimum}
            starts |= set() if leaf.maximum is None else {leaf.maximum + 1}
    ordered = sorted(starts)
    return [(low, high - 1) for low, high in pairwise(ordered)] + [(ordered[-1], None)]


def _partner_moves(asked: Sequence[HasPartner], profile: Profile) -> Iterator[_Move]:
    """Find partners of the classes that rules ask for; classes that serve the same rules are one group."""
    named = dict.fromkeys(code for leaf in asked for code in leaf.classes)
    if any(not leaf.classes for leaf in asked):
        named |= dict.fromkeys(code for code, each in APPLICANT_CLASSES.items() if each.partner)
    groups: dict[tuple[object, ...], list[str]] = defaultdict(list)
    for code in named:
        serves = tuple(holds(leaf.classes or APPLICANT_CLASSES, frozenset({code})) for leaf in asked)
        if not profile.partners.get(code):
            groups[*serves, profile.partners.get(code)].append(code)
    for group in groups.values():
        before = None
        for code in group:
            about = f"partner:{code}"
            yield _Move(about, Change(partners=((code, True),)), None, tuple(group), before)
            before = about


def _steps(moves: Sequence[_Move]) -> tuple[Step, ...]:
    """Say moves as steps: partners of one group in one, what is to be done first, then what is to be answered."""
    steps = [move.step for move in moves if move.step is not None]
    counts: dict[tuple[str, ...], int] = {}
    for move in moves:
        if move.group:
            counts[move.group] = counts.get(move.group, 0) + 1
    steps += [
        Step("partner", f"partner:{'+'.join(group)}:{count}", _partner_words(group, count))
        for group, count in counts.items()
    ]
    return tuple(sorted(steps, key=lambda step: (step.kind == "question", step.key)))


def _immovable(
    conditions: Conditions, own: Route, knowledge: Knowledge, moves: Sequence[_Move]
) -> tuple[Immovable, ...]:
    """Name what refuses the community itself whatever it does."""
    best = at_best(conditions, own, knowledge, frozenset(_touching(conditions, moves)))
    refusing = {place for place, answer in best.items() if answer is Answer.NO}
    found = []
    for place, finding in enumerate(findings(conditions, own, knowledge)):
        if place in refusing:
            told = [finding.sentence] if finding.reason is None else [finding.sentence, finding.reason]
            words = Bilingual(
                " ".join([*(each.en for each in told), "You cannot change this."]),
                " ".join([*(each.fr for each in told), "Vous ne pouvez rien y changer."]),
            )
            found.append(Immovable(finding.rule, words))
    return tuple(found)


# What to ask next -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """A question that holds verdicts back, with every answer it can have.

    A question on partners is answered *none of these* or by one of the classes named; one on place by one of the
    places the community may lie in, or none; one on population by a number on each side of every limit.
    """

    question: Question
    answers: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Settling:
    """What a question's answer would settle: a stream that is *need to know* now and no longer is afterwards.

    ``always`` names the streams that any answer settles, ``sometimes`` those that some answer settles, ``always``
    included; both in the order given.
    """

    asked: OpenQuestion
    always: tuple[str, ...]
    sometimes: tuple[str, ...]


def open_questions(
    rules: Sequence[Rule] | Conditions, profile: Profile, knowledge: Knowledge
) -> tuple[OpenQuestion, ...]:
    """Give the questions that hold a verdict back, each once; none where it is settled.

    Those of the community itself, or where it is refused, those of the bodies through which it could apply. What only
    funder or project can tell is not among them. Cost: O(leaves x routes).
    """
    conditions = compiled(rules)
    if decide(conditions, profile, knowledge).outcome is not Outcome.UNKNOWN:
        return ()
    found: dict[str, OpenQuestion] = {}
    for route in (own_route(profile), *partner_routes(conditions, profile)):
        if stands(conditions, route, knowledge) is not Answer.UNKNOWN:
            continue
        for place in unmet(conditions, route, knowledge):
            for leaf in leaves(conditions.rules[place].test):
                if said(leaf, route, knowledge) == UNKNOWN and not isinstance(leaf, IsApplicant):
                    asked = question(leaf, profile, knowledge)
                    found.setdefault(asked.key, OpenQuestion(asked, _possible_answers(leaf, conditions, profile)))
        if route.through is None:
            break
    return tuple(found.values())


def _possible_answers(leaf: Leaf, conditions: Conditions, profile: Profile) -> tuple[Change, ...]:
    match leaf:
        case HasFact(key):
            return Change(facts=((key, True),)), Change(facts=((key, False),))
        case InPlace(places) if "rural" in places and RURAL_FACT not in profile.facts:
            return Change(facts=((RURAL_FACT, True),)), Change(facts=((RURAL_FACT, False),))
        case InPlace(places):
            possible = profile.whereabouts.possible.intersection(places)
            within = (Change(lies_in=frozenset({code})) for code in sorted(possible))
            return (*within, Change(not_in=possible))
        case HasPopulation():
            return tuple(Change(population=low) for low, _ in _cells(conditions.leaves))
        case HasPartner(classes, count):
            refused = Change(
                partners=tuple((code, False) for code in classes or APPLICANT_CLASSES if not profile.partners.get(code))
            )
            if count > 1 or not classes:
                some = classes[:count] or [SOME_ORGANIZATION, *_others(count - 1)]
                return Change(partners=tuple((code, True) for code in some)), refused
            return (*(Change(partners=((code, True),)) for code in classes), refused)
        case _:
            return ()


def _others(count: int) -> list[str]:
    codes = [code for code, each in APPLICANT_CLASSES.items() if each.partner and code != SOME_ORGANIZATION]
    return codes[::-1][:count]


def smallest_questions(
    rules: Sequence[Rule] | Conditions, profile: Profile, knowledge: Knowledge, *, size: int = MOST_MOVES
) -> tuple[OpenQuestion, ...]:
    """Give the smallest set of questions that settles a verdict whatever the answers are; ties by order of the rules.

    All open questions are given where no set of up to ``size`` of the first ``MOST_QUESTIONS`` does, or none was found
    in ``MOST_STATES`` decisions. Cost: those at most.
    """
    conditions = compiled(rules)
    asked = open_questions(conditions, profile, knowledge)
    work = 0
    for count in range(1, size + 1):
        for some in combinations(asked[:MOST_QUESTIONS], count):
            every = [together(answers) for answers in product(*(each.answers for each in some))]
            work += len(every)
            if work > MOST_STATES:
                return asked
            if all(
                decide(conditions, change.applied(profile), knowledge).outcome is not Outcome.UNKNOWN
                for change in every
            ):
                return some
    return asked


def rank_questions(streams: Mapping[str, Conditions], profile: Profile, knowledge: Knowledge) -> tuple[Settling, ...]:
    """Rank the open questions of a community over many streams: the first is the cheapest next question.

    Args:
        streams: compiled rules by the stream's key.
        profile: all that is known of the community.
        knowledge: the registry of facts and the gazetteer.

    Returns:
        Each question with the streams it settles, counted by judging every one of them again under every answer: most
        settled whatever the answer first, then most settled by some answer, then by key.

    Cost:
        One decision for each stream; then one for each question, answer and stream that the answer touches.
    """
    unknown = {
        key: conditions
        for key, conditions in streams.items()
        if decide(conditions, profile, knowledge).outcome is Outcome.UNKNOWN
    }
    asked: dict[str, OpenQuestion] = {}
    for conditions in unknown.values():
        for each in open_questions(conditions, profile, knowledge):
            known = asked.get(each.question.key)
            answers = dict.fromkeys((*(known.answers if known else ()), *each.answers))
            asked[each.question.key] = OpenQuestion(each.question, tuple(answers))
    ranked = [_settling(each, unknown, profile, knowledge) for each in asked.values()]
    return tuple(sorted(ranked, key=lambda each: (-len(each.always), -len(each.sometimes), each.asked.question.key)))


def _settling(
    asked: OpenQuestion, unknown: Mapping[str, Conditions], profile: Profile, knowledge: Knowledge
) -> Settling:
    after = [(answer, answer.applied(profile)) for answer in asked.answers]
    always, sometimes = [], []
    for key, conditions in unknown.items():
        bound = conditions.leaves[: conditions.binding]
        settled = [
            any(answer.touches(leaf) for leaf in bound)
            and decide(conditions, changed, knowledge).outcome is not Outcome.UNKNOWN
            for answer, changed in after
        ]
        if all(settled):
            always.append(key)
        if any(settled):
            sometimes.append(key)
    return Settling(asked, tuple(always), tuple(sometimes))


# Words ----------------------------------------------------------------------------------------------------------------


def _wanted(asked: Bilingual, *, value: bool) -> Bilingual:
    return _answered(asked, Bilingual("yes", "oui") if value else Bilingual("no", "non"))


def _answered(asked: Bilingual, answer: Bilingual) -> Bilingual:
    return Bilingual(
        f"{asked.en} (The answer must be: {answer.en}.)", f"{asked.fr} (Réponse voulue\u00a0: {answer.fr}.)"
    )


def _population_words(low: int, high: int | None) -> Bilingual:
    if high is None:
        return Bilingual(f"{people(low, 'en')} or more", f"{people(low, 'fr')} ou plus")
    if low == 0:
        return Bilingual(f"{people(high, 'en')} or less", f"{people(high, 'fr')} ou moins")
    return Bilingual(
        f"from {people(low, 'en')} to {people(high, 'en')}", f"de {people(low, 'fr')} à {people(high, 'fr')}"
    )


def _fact_words(key: str, knowledge: Knowledge, *, value: bool) -> Bilingual:
    fact = knowledge.facts[key]
    statement = fact.statement
    if not value:
        return Bilingual(
            f"See to it that this no longer holds: {statement.en}",
            f"Faites en sorte que ceci ne soit plus vrai\u00a0: {statement.fr}",
        )
    return fact.step or Bilingual(
        f"See to it that this holds: {statement.en}", f"Faites en sorte que ceci soit vrai\u00a0: {statement.fr}"
    )


def _bodies(codes: Sequence[str]) -> Bilingual:
    names = [APPLICANT_CLASSES[code].one for code in codes]
    return Bilingual(listed([name.en for name in names], "or", "en"), listed([name.fr for name in names], "or", "fr"))


def _partner_words(group: Sequence[str], count: int) -> Bilingual:
    anybody = all(code in group for code, each in APPLICANT_CLASSES.items() if each.partner)
    if anybody and count == 1:
        return Bilingual("Partner with another organization.", "Associez-vous à un autre organisme.")
    if anybody:
        return Bilingual(f"Partner with {count} other organizations.", f"Associez-vous à {count} autres organismes.")
    who = _bodies(group)
    if count == 1:
        return Bilingual(f"Partner with {who.en}.", f"Associez-vous à {who.fr}.")
    return Bilingual(
        f"Partner with at least {count} of these: {who.en}.",
        f"Associez-vous à au moins {count} des organismes suivants\u00a0: {who.fr}.",
    )


def _applicant_step(via: Sequence[str], profile: Profile) -> Step:
    key = f"through:{'+'.join(via)}"
    if list(via) == [UPPER_TIER] and profile.upper is not None:
        upper = profile.upper.community.title
        words = Bilingual(
            f"Ask {upper} to apply for you.",
            f"Demandez à votre palier supérieur ({upper}) de présenter la demande pour vous.",
        )
        return Step("applicant", key, words)
    who = _bodies(via)
    words = Bilingual(f"Partner with {who.en}, which applies.", f"Associez-vous à {who.fr}, qui présentera la demande.")
    return Step("applicant", key, words)
