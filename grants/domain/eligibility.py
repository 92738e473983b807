"""Who may apply: judge a stream's rules for one community, with a finding per rule.

Answers are three-valued: what is not known is unknown, never no. A community that may not apply itself is judged
again through each partner class the stream accepts. The funder decides; the best outcome here is *may fit*.

One core serves all: a stream's rules are *compiled* once into trees over numbered leaves, a leaf answers for a *route*
(who applies), and :func:`stands` weighs a tuple of answers, which it remembers. :func:`decide` gives the outcome
alone, :func:`judge` adds a finding with sentences for each rule.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from grants.domain.applicants import APPLICANT_CLASSES, holds
from grants.domain.bilingual import Bilingual
from grants.domain.communities import Community, Gazetteer, Profile
from grants.domain.rules import (
    AllOf,
    AnyOf,
    Ask,
    FactDefinition,
    HasFact,
    HasPartner,
    HasPopulation,
    IfThen,
    InPlace,
    IsApplicant,
    Kind,
    Leaf,
    Not,
    Predicate,
    Rule,
    Subject,
    leaves,
)
from grants.domain.sentences import class_names, people, place_names, rule_sentence, what_it_is

RURAL_FACT = "rural-by-own-word"
UPPER_TIER = "upper-tier-municipality"


class Answer(StrEnum):
    """Whether a rule is met."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Outcome(StrEnum):
    """The verdict for one community and stream, the kindest first."""

    ELIGIBLE = "eligible"
    VIA_PARTNER = "via_partner"
    UNKNOWN = "unknown"
    NOT_ELIGIBLE = "not_eligible"


KINDNESS = {outcome: place for place, outcome in enumerate(Outcome)}
"""The place of each verdict among all, 0 for the kindest."""


@dataclass(frozen=True, slots=True)
class Question:
    """What would settle an unknown: a fact, a class of partner, a population, or what only funder or project can tell.

    ``key`` is equal for equal questions, so that they can be counted over streams; ``settles`` is false for an *ask*.
    """

    key: str
    words: Bilingual
    settles: bool


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule says of the community.

    ``answer`` tells whether the rule is met (for an exclusion: whether it does *not* apply). ``holds_back`` is true
    where an unknown keeps the verdict from *may fit*. ``reason`` says what decided; ``questions`` what would settle
    it.
    """

    rule: str
    kind: Kind
    answer: Answer
    holds_back: bool
    sentence: Bilingual
    reason: Bilingual | None
    questions: tuple[Question, ...]
    basis: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome for one community and stream, the partner classes it may go through, and a finding per rule."""

    outcome: Outcome
    via: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def deciding(self) -> Finding | None:
        """The finding that decides: the first unmet, else the first that holds back, else the one on who may apply.

        Of unmet ones the one on who may apply comes last: a partner could mend it, but not the others.
        """
        unmet = [each for each in self.findings if each.answer is Answer.NO and each.kind is not Kind.PREFERRED]
        unmet.sort(key=lambda each: each.rule == "applicants")
        held = [each for each in self.findings if each.holds_back]
        applicants = [each for each in self.findings if each.rule == "applicants"]
        return next(iter(unmet + held + applicants), None)


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict without its findings: the outcome and the partner classes it may go through."""

    outcome: Outcome
    via: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What judging needs beyond the stream and the community: the registry of facts and the gazetteer."""

    facts: Mapping[str, FactDefinition]
    gazetteer: Gazetteer


# A predicate over numbered leaves: a number, or a word (all, any, not, if) with its parts.
Tree = int | tuple[str, tuple["Tree", ...]]
# The binding rules of a stream without its leaves: for each, whether it excludes, and its tree.
Shape = tuple[tuple[bool, Tree], ...]

# What a leaf says, as a small number, so that a tuple of answers is a cheap key. LEFT is an unknown that is left to the
# partner, the project or the funder: it keeps nobody from *may fit*.
NO, YES, UNKNOWN, LEFT = range(4)
_ANSWERS = (Answer.NO, Answer.YES, Answer.UNKNOWN, Answer.UNKNOWN)
_OPPOSITE = {Answer.YES: Answer.NO, Answer.NO: Answer.YES, Answer.UNKNOWN: Answer.UNKNOWN}


@dataclass(frozen=True, slots=True)
class Conditions:
    """A stream's rules, compiled.

    ``leaves`` are the distinct leaves of the binding rules, then those that only preferences ask; ``trees`` has one
    tree for each rule. ``binding`` counts the former, and ``shape`` speaks of them alone. ``accepted`` are the
    applicant classes named in required rules, ``partners`` those of them that a community can go through.
    """

    rules: tuple[Rule, ...]
    leaves: tuple[Leaf, ...]
    trees: tuple[Tree, ...]
    binding: int
    shape: Shape
    accepted: tuple[str, ...]
    partners: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Route:
    """Who applies: the community itself, or through it its upper tier or a partner of one class.

    ``together`` holds the classes of each community that takes part beside the one that applies.
    """

    profile: Profile
    classes: frozenset[str]
    population: int | None
    through: str | None = None
    together: tuple[frozenset[str], ...] = ()


@dataclass(frozen=True, slots=True)
class _Result:
    """An answer; the answer if all that is left to others goes well; the leaves that decided, by number."""

    answer: Answer
    hopeful: Answer
    decided_by: tuple[tuple[int, Answer], ...]

    @property
    def holds_back(self) -> bool:
        return self.answer is Answer.UNKNOWN and self.hopeful is Answer.UNKNOWN


def compiled(rules: Sequence[Rule] | Conditions) -> Conditions:
    """Compile a stream's rules; what is compiled stays. Cost: O(leaves), about 20 µs."""
    if isinstance(rules, Conditions):
        return rules
    binding = [rule for rule in rules if rule.kind is not Kind.PREFERRED]
    numbers: dict[Leaf, int] = {}
    for rule in binding:
        _number(rule.test, numbers)
    bound = len(numbers)
    trees = tuple(_number(rule.test, numbers) for rule in rules)
    accepted = dict.fromkeys(
        code
        for rule in rules
        if rule.kind is Kind.REQUIRED
        for leaf in leaves(rule.test)
        if isinstance(leaf, IsApplicant)
        for code in leaf.classes or ()
    )
    return Conditions(
        rules=tuple(rules),
        leaves=tuple(numbers),
        trees=trees,
        binding=bound,
        shape=tuple((rule.kind is Kind.EXCLUDED, _number(rule.test, numbers)) for rule in binding),
        accepted=tuple(accepted),
        partners=tuple(code for code in accepted if APPLICANT_CLASSES[code].partner),
    )


def _number(test: Predicate, numbers: dict[Leaf, int]) -> Tree:
    """Write a predicate as a tree; a leaf not seen before gets the next number."""
    match test:
        case AllOf(parts):
            return "all", tuple(_number(part, numbers) for part in parts)
        case AnyOf(parts):
            return "any", tuple(_number(part, numbers) for part in parts)
        case Not(part):
            return "not", (_number(part, numbers),)
        case IfThen(condition, consequence):
            return "if", (_number(condition, numbers), _number(consequence, numbers))
        case _:
            return numbers.setdefault(test, len(numbers))


def decide(rules: Sequence[Rule] | Conditions, profile: Profile, knowledge: Knowledge) -> Decision:
    """Decide a stream's rules for a community, without sentences; see :func:`judge`.

    Raises:
        KeyError: a rule names a fact that is not known.

    Cost:
        O(leaves x routes), about 5 µs where the community may apply itself, 30 µs where a dozen routes are tried.
    """
    return _chosen(compiled(rules), profile, knowledge)[0]


def judge(rules: Sequence[Rule] | Conditions, profile: Profile, knowledge: Knowledge) -> Verdict:
    """Judge a stream's rules for a community.

    The community itself comes first. Where a rule refuses it, each partner class that the stream accepts is tried in
    its place: the place and the population stay the community's, while what is asked of the applicant is left to the
    choice of the partner.

    Raises:
        KeyError: a rule names a fact or a place that is not known.

    Cost:
        That of :func:`decide`, and about 10 µs for the sentences of each rule.
    """
    conditions = compiled(rules)
    decision, route = _chosen(conditions, profile, knowledge)
    return Verdict(decision.outcome, decision.via, findings(conditions, route, knowledge))


def _chosen(conditions: Conditions, profile: Profile, knowledge: Knowledge) -> tuple[Decision, Route]:
    """Decide, and give the route that the findings speak of."""
    own = own_route(profile)
    itself = stands(conditions, own, knowledge)
    if itself is not Answer.NO:
        return Decision(Outcome.ELIGIBLE if itself is Answer.YES else Outcome.UNKNOWN, ()), own
    tried = [(route, stands(conditions, route, knowledge)) for route in partner_routes(conditions, profile)]
    for wanted, outcome in ((Answer.YES, Outcome.VIA_PARTNER), (Answer.UNKNOWN, Outcome.UNKNOWN)):
        routes = [route for route, standing in tried if standing is wanted]
        if routes:
            return Decision(outcome, tuple(route.through for route in routes if route.through is not None)), routes[0]
    return Decision(Outcome.NOT_ELIGIBLE, ()), own


def own_route(profile: Profile, together: tuple[frozenset[str], ...] = ()) -> Route:
    """Let the community itself apply, alone or together with others."""
    return Route(profile, profile.community.classes, profile.community.population, None, together)


def partner_routes(conditions: Conditions, profile: Profile) -> Iterator[Route]:
    """Let others apply for the community: its upper tier, then each partner class the stream accepts."""
    itself = (profile.community.classes,)
    if profile.upper is not None and holds(conditions.accepted, profile.upper.community.classes):
        upper = profile.upper.community
        yield Route(profile, upper.classes, upper.population, UPPER_TIER, itself)
    for code in conditions.partners:
        yield Route(profile, frozenset({code}), profile.community.population, code, itself)


def stands(conditions: Conditions, route: Route, knowledge: Knowledge) -> Answer:
    """Tell how a route stands before the binding rules: no, unknown (need to know) or yes (may fit)."""
    answers = tuple([said(leaf, route, knowledge) for leaf in conditions.leaves[: conditions.binding]])
    return _standing(conditions.shape, answers)


@lru_cache(maxsize=1 << 16)
def _standing(shape: Shape, answers: tuple[int, ...]) -> Answer:
    held = False
    for excluded, tree in shape:
        result = _rule_result(tree, answers, excluded=excluded)
        if result.answer is Answer.NO:
            return Answer.NO
        held = held or result.holds_back
    return Answer.UNKNOWN if held else Answer.YES


def at_best(conditions: Conditions, route: Route, knowledge: Knowledge, movable: frozenset[Leaf]) -> dict[int, Answer]:
    """Give what each binding rule says of a route, by its place, if all that can move goes well.

    Each place of a leaf is taken to move by itself: *no* is certain, while *yes* may ask for what cannot be together.
    """
    answers = [LEFT if leaf in movable else said(leaf, route, knowledge) for leaf in conditions.leaves]
    return {
        place: _rule_result(tree, answers, excluded=rule.kind is Kind.EXCLUDED).hopeful
        for place, (rule, tree) in enumerate(zip(conditions.rules, conditions.trees, strict=True))
        if rule.kind is not Kind.PREFERRED
    }


def findings(conditions: Conditions, route: Route, knowledge: Knowledge) -> tuple[Finding, ...]:
    """Give what each rule says of a route, in the order of the rules."""
    answers = [said(leaf, route, knowledge) for leaf in conditions.leaves]
    found = []
    for rule, tree in zip(conditions.rules, conditions.trees, strict=True):
        result = _rule_result(tree, answers, excluded=rule.kind is Kind.EXCLUDED)
        deciding = [(conditions.leaves[number], answer) for number, answer in result.decided_by]
        unknown = [leaf for leaf, answer in deciding if answer is Answer.UNKNOWN]
        found.append(
            Finding(
                rule=rule.key,
                kind=rule.kind,
                answer=result.answer,
                holds_back=rule.kind is not Kind.PREFERRED and result.holds_back,
                sentence=rule_sentence(rule, knowledge.facts, knowledge.gazetteer),
                reason=_reason(deciding, route, knowledge),
                questions=tuple(dict.fromkeys(question(leaf, route.profile, knowledge) for leaf in unknown)),
                basis=rule.basis,
            )
        )
    return tuple(found)


def unmet(conditions: Conditions, route: Route, knowledge: Knowledge) -> tuple[int, ...]:
    """Give the places of the binding rules that refuse or hold back a route; none where it may fit."""
    answers = [said(leaf, route, knowledge) for leaf in conditions.leaves]
    found = []
    for place, (rule, tree) in enumerate(zip(conditions.rules, conditions.trees, strict=True)):
        if rule.kind is not Kind.PREFERRED:
            result = _rule_result(tree, answers, excluded=rule.kind is Kind.EXCLUDED)
            if result.answer is Answer.NO or result.holds_back:
                found.append(place)
    return tuple(found)


def _rule_result(tree: Tree, answers: Sequence[int], *, excluded: bool) -> _Result:
    """Tell whether a rule is met; one that excludes is met where its test does not hold."""
    result = _weigh(tree, answers, wanted=not excluded)
    if excluded:
        return _Result(_OPPOSITE[result.answer], _OPPOSITE[result.hopeful], result.decided_by)
    return result


def _weigh(tree: Tree, answers: Sequence[int], *, wanted: bool) -> _Result:
    """Weigh a tree; ``wanted`` tells whether the applicant would have it hold."""
    if isinstance(tree, int):
        answer = _ANSWERS[answers[tree]]
        favourable = Answer.YES if wanted else Answer.NO
        return _Result(answer, favourable if answers[tree] == LEFT else answer, ((tree, answer),))
    word, parts = tree
    match word:
        case "all":
            return _joined([_weigh(part, answers, wanted=wanted) for part in parts], decisive=Answer.NO)
        case "any":
            return _joined([_weigh(part, answers, wanted=wanted) for part in parts], decisive=Answer.YES)
        case "not":
            inner = _weigh(parts[0], answers, wanted=not wanted)
            return _Result(_OPPOSITE[inner.answer], _OPPOSITE[inner.hopeful], inner.decided_by)
        case _:
            exempt = _weigh(("not", parts[:1]), answers, wanted=wanted)
            if exempt.answer is Answer.YES:
                return exempt
            bound = _weigh(parts[1], answers, wanted=wanted)
            return bound if exempt.answer is Answer.NO else _joined([exempt, bound], decisive=Answer.YES)


def _joined(results: Sequence[_Result], *, decisive: Answer) -> _Result:
    """Join parts of which one with the ``decisive`` answer settles the whole; else the unknown ones keep it open."""

    def overall(answers: Sequence[Answer]) -> Answer:
        if decisive in answers:
            return decisive
        return Answer.UNKNOWN if Answer.UNKNOWN in answers else _OPPOSITE[decisive]

    answer = overall([each.answer for each in results])
    deciding = tuple(pair for each in results if each.answer is answer for pair in each.decided_by)
    return _Result(answer, overall([each.hopeful for each in results]), deciding)


def said(leaf: Leaf, route: Route, knowledge: Knowledge) -> int:
    """Answer a leaf for a route: NO, YES, UNKNOWN, or LEFT to the partner, the project or the funder."""
    match leaf:
        case IsApplicant(None):
            return UNKNOWN
        case IsApplicant(classes):
            return YES if holds(classes or (), route.classes) else NO
        case InPlace(places):
            return _placed(places, route.profile)
        case HasPopulation(minimum, maximum):
            if route.population is None:
                return UNKNOWN
            low, high = minimum or 0, route.population if maximum is None else maximum
            return YES if low <= route.population <= high else NO
        case HasPartner(classes, count):
            return _partnered(classes, count, route)
        case HasFact(key):
            return _stated(knowledge.facts[key], route)
        case Ask():
            return LEFT


def _placed(places: tuple[str, ...], profile: Profile) -> int:
    if not profile.whereabouts.certain.isdisjoint(places):
        return YES
    possible = profile.whereabouts.possible.intersection(places)
    if "rural" in places and RURAL_FACT in profile.facts:
        if profile.facts[RURAL_FACT]:
            return YES
        possible -= {"rural"}
    return UNKNOWN if possible else NO


def _partnered(classes: tuple[str, ...], count: int, route: Route) -> int:
    """Count known partners, with those that take part beside the applicant; where every class is refused, it is no."""
    partners = route.profile.partners
    accepted = classes or tuple(APPLICANT_CLASSES)
    known = sum(1 for code, works in partners.items() if works and holds(accepted, frozenset({code})))
    known += sum(1 for each in route.together if holds(accepted, each))
    if known >= count:
        return YES
    if route.through is not None:
        return LEFT
    return NO if all(partners.get(code) is False for code in accepted) else UNKNOWN


def _stated(definition: FactDefinition, route: Route) -> int:
    whose_it_is = route.through is None or definition.subject is Subject.COMMUNITY
    if whose_it_is and definition.key in route.profile.facts:
        return YES if route.profile.facts[definition.key] else NO
    by_nature = route.classes if definition.subject is Subject.APPLICANT else route.profile.community.classes
    if holds(definition.holds_for, by_nature):
        return YES
    return UNKNOWN if whose_it_is else LEFT


# What a decision depends on: a leaf, and who answers it.
Asked = tuple[Leaf, str]
ITSELF, ITS_PARTNER, ITS_UPPER_TIER = "itself", "its partner", "its upper tier"
_NOBODY = 4


def depends_on(conditions: Conditions) -> tuple[Asked, ...]:
    """Give all that a decision depends on: communities that answer it alike are decided alike.

    An *ask* is answered alike by all. A partner class answers as the community does where place, population and the
    community's own facts are asked, and as its class does elsewhere, for every community the same; only the number of
    partners is another. An upper tier differs in all but the place.
    """
    bound = [leaf for leaf in conditions.leaves[: conditions.binding] if not isinstance(leaf, Ask)]
    asked: list[Asked] = [(leaf, ITSELF) for leaf in bound]
    if conditions.partners:
        asked += [(leaf, ITS_PARTNER) for leaf in bound if isinstance(leaf, HasPartner)]
    if holds(conditions.accepted, frozenset({"municipality", UPPER_TIER})):
        asked += [(leaf, ITS_UPPER_TIER) for leaf in bound if not isinstance(leaf, InPlace)]
    return tuple(asked)


def routes_asked(profile: Profile) -> dict[str, Route | None]:
    """Give who answers for a community what decisions depend on; ``None``: it has no upper tier."""
    itself = (profile.community.classes,)
    upper = None if profile.upper is None else profile.upper.community
    return {
        ITSELF: own_route(profile),
        ITS_PARTNER: Route(profile, frozenset(), profile.community.population, "partner", itself),
        ITS_UPPER_TIER: None if upper is None else Route(profile, upper.classes, upper.population, UPPER_TIER, itself),
    }


def answered(asked: Asked, routes: Mapping[str, Route | None], knowledge: Knowledge) -> int:
    """Answer one thing that decisions depend on; a number of its own where nobody is there to answer."""
    route = routes[asked[1]]
    return _NOBODY if route is None else said(asked[0], route, knowledge)


def question(leaf: Leaf, profile: Profile, knowledge: Knowledge) -> Question:
    """Ask for what a leaf wants to know."""
    community = profile.community.title
    match leaf:
        case HasFact(key):
            return Question(f"fact:{key}", knowledge.facts[key].question, settles=True)
        case HasPartner(classes, count):
            return Question(f"partner:{'+'.join(classes)}:{count}", _partner_question(classes, count), settles=True)
        case HasPopulation():
            words = Bilingual(
                f"What is the population of {community}?", f"Quelle est la population de la collectivité ({community})?"
            )
            return Question("population", words, settles=True)
        case InPlace(places) if "rural" in places and RURAL_FACT not in profile.facts:
            return Question(f"fact:{RURAL_FACT}", knowledge.facts[RURAL_FACT].question, settles=True)
        case InPlace(places):
            where = place_names(places, knowledge.gazetteer)
            words = Bilingual(
                f"Does {community} lie in the area served: {where.en}?",
                f"{community} se trouve-t-elle dans le territoire desservi ({where.fr})?",
            )
            return Question(f"place:{'+'.join(places)}", words, settles=True)
        case IsApplicant():
            words = Bilingual(
                "Who may apply? Ask the funder: what was read does not say.",
                "Qui peut présenter une demande? Demandez au bailleur de fonds\u00a0: ce qui a été lu ne le dit pas.",
            )
            return Question("applicants", words, settles=False)
        case Ask(asked):
            return Question(f"ask:{asked.en}", asked, settles=False)


def _partner_question(classes: tuple[str, ...], count: int) -> Bilingual:
    if not classes:
        if count == 1:
            return Bilingual(
                "Will you work with at least one other organization?",
                "Travaillerez-vous avec au moins un autre organisme?",
            )
        return Bilingual(
            f"Will you work with at least {count} other organizations?",
            f"Travaillerez-vous avec au moins {count} autres organismes?",
        )
    who = class_names(classes, "or")
    if count == 1:
        return Bilingual(
            f"Will you work with a partner from: {who.en}?",
            f"Travaillerez-vous avec un partenaire parmi\u00a0: {who.fr}?",
        )
    return Bilingual(
        f"Will you work with at least {count} partners from: {who.en}?",
        f"Travaillerez-vous avec au moins {count} partenaires parmi\u00a0: {who.fr}?",
    )


def _reason(deciding: Sequence[tuple[Leaf, Answer]], route: Route, knowledge: Knowledge) -> Bilingual | None:
    """Say what decided, from the first leaf that did and has something to say."""
    for leaf, answer in deciding:
        words = _leaf_reason(leaf, answer, route, knowledge)
        if words is not None:
            return words
    return None


def _leaf_reason(leaf: Leaf, answer: Answer, route: Route, knowledge: Knowledge) -> Bilingual | None:
    community = route.profile.community
    match leaf:
        case IsApplicant(None):
            return None
        case IsApplicant():
            return _applicant_reason(community, answer, route)
        case HasPopulation() if route.population is not None:
            return Bilingual(
                f"{_who(route).en} has {people(route.population, 'en')} people.",
                f"{_who(route).fr} compte {people(route.population, 'fr')} habitants.",
            )
        case HasPopulation():
            return Bilingual(
                f"The population of {community.title} is not known here.",
                f"La population de la collectivité ({community.title}) n’est pas connue ici.",
            )
        case InPlace(places):
            return _place_reason(community, places, answer, knowledge)
        case HasFact(key) if answer is Answer.YES and key not in route.profile.facts:
            return knowledge.facts[key].because
        case HasFact() if answer is not Answer.UNKNOWN:
            return Bilingual("As stated for the community.", "Selon ce qui a été déclaré pour la collectivité.")
        case _:
            return None


def _who(route: Route) -> Bilingual:
    if route.through == "upper-tier-municipality" and route.profile.upper is not None:
        upper = route.profile.upper.community.title
        return Bilingual(upper, upper)
    return Bilingual(route.profile.community.title, route.profile.community.title)


def _applicant_reason(community: Community, answer: Answer, route: Route) -> Bilingual:
    if route.through is None:
        kind = what_it_is(community)
        return Bilingual(f"{community.title} is {kind.en}.", f"{community.title} est {kind.fr}.")
    if route.through == "upper-tier-municipality":
        upper = _who(route)
        return Bilingual(
            f"{community.title} would go through its upper tier, {upper.en}.",
            f"{community.title} passerait par son palier supérieur ({upper.fr}).",
        )
    through = APPLICANT_CLASSES[route.through].name
    if answer is Answer.NO:
        return Bilingual(f"This does not bind {through.en}.", f"Cette règle ne vise pas les {through.fr}.")
    return Bilingual(
        f"{community.title} would go through a partner from: {through.en}.",
        f"{community.title} passerait par un partenaire parmi les {through.fr}.",
    )


def _place_reason(community: Community, places: tuple[str, ...], answer: Answer, knowledge: Knowledge) -> Bilingual:
    if "rural" in places and answer is not Answer.YES and community.is_big_city:
        return Bilingual(
            f"{community.title} is a large and dense city.", f"{community.title} est une grande ville à forte densité."
        )
    if answer is Answer.UNKNOWN:
        return Bilingual(
            f"It is not known here whether {community.title} lies there.",
            f"On ne sait pas ici si la collectivité ({community.title}) s’y trouve.",
        )
    if answer is Answer.YES:
        return Bilingual(f"{community.title} lies there.", f"{community.title} s’y trouve.")
    where = place_names(places, knowledge.gazetteer)
    return Bilingual(
        f"{community.title} does not lie in {where.en}.",
        f"{community.title} ne se trouve pas à cet endroit ({where.fr}).",
    )
