"""Who may apply: judge a stream's rules for one community, with a finding per rule.

Answers are three-valued: what is not known is unknown, never no. A community that may not apply itself is judged
again through each partner class the stream accepts. The funder decides; the best outcome here is *may fit*.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

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


class Answer(StrEnum):
    """Whether a rule is met."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Outcome(StrEnum):
    """The verdict for one community and stream."""

    ELIGIBLE = "eligible"
    VIA_PARTNER = "via_partner"
    UNKNOWN = "unknown"
    NOT_ELIGIBLE = "not_eligible"


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
        """The finding that decides: the first unmet, else the first that holds back, else the one on who may apply."""
        unmet = [each for each in self.findings if each.answer is Answer.NO and each.kind is not Kind.PREFERRED]
        held = [each for each in self.findings if each.holds_back]
        applicants = [each for each in self.findings if each.rule == "applicants"]
        return next(iter(unmet + held + applicants), None)


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What judging needs beyond the stream and the community: the registry of facts and the gazetteer."""

    facts: Mapping[str, FactDefinition]
    gazetteer: Gazetteer


@dataclass(frozen=True, slots=True)
class _Route:
    """Who applies: the community itself, its upper tier, or a partner of one class."""

    profile: Profile
    classes: frozenset[str]
    population: int | None
    through: str | None


@dataclass(frozen=True, slots=True)
class _Result:
    """An answer; the answer if all that partner or project can still settle goes well; the leaves that decided."""

    answer: Answer
    hopeful: Answer
    decided_by: tuple[tuple[Leaf, Answer], ...]


_OPPOSITE = {Answer.YES: Answer.NO, Answer.NO: Answer.YES, Answer.UNKNOWN: Answer.UNKNOWN}


def judge(rules: Sequence[Rule], profile: Profile, knowledge: Knowledge) -> Verdict:
    """Judge a stream's rules for a community.

    The community itself comes first. Where a rule refuses it, each partner class that the stream accepts is tried in
    its place: the place and the population stay the community's, while what is asked of the applicant is left to the
    choice of the partner.

    Raises:
        KeyError: a rule names a fact or a place that is not known.

    Cost:
        O(leaves x routes); a stream has about ten leaves and at most a dozen routes.
    """
    own = _Route(profile, profile.community.classes, profile.community.population, None)
    findings = tuple(_find(rule, own, knowledge) for rule in rules)
    outcome = _outcome(findings, Outcome.ELIGIBLE)
    if outcome is not Outcome.NOT_ELIGIBLE:
        return Verdict(outcome, (), findings)
    judged = [
        (route, tuple(_find(rule, route, knowledge) for rule in rules)) for route in _partner_routes(rules, profile)
    ]
    for wanted in (Outcome.VIA_PARTNER, Outcome.UNKNOWN):
        open_routes = [(route, each) for route, each in judged if _outcome(each, Outcome.VIA_PARTNER) is wanted]
        if open_routes:
            via = tuple(route.through for route, _ in open_routes if route.through is not None)
            return Verdict(wanted, via, open_routes[0][1])
    return Verdict(Outcome.NOT_ELIGIBLE, (), findings)


def _outcome(findings: Sequence[Finding], best: Outcome) -> Outcome:
    binding = [each for each in findings if each.kind is not Kind.PREFERRED]
    if any(each.answer is Answer.NO for each in binding):
        return Outcome.NOT_ELIGIBLE
    if any(each.holds_back for each in binding):
        return Outcome.UNKNOWN
    return best


def _partner_routes(rules: Sequence[Rule], profile: Profile) -> list[_Route]:
    accepted = [
        code
        for rule in rules
        if rule.kind is Kind.REQUIRED
        for leaf in leaves(rule.test)
        if isinstance(leaf, IsApplicant)
        for code in leaf.classes or ()
    ]
    routes = [
        _Route(profile, frozenset({code}), profile.community.population, code)
        for code in dict.fromkeys(accepted)
        if APPLICANT_CLASSES[code].partner
    ]
    if profile.upper is not None and holds(accepted, profile.upper.community.classes):
        upper = profile.upper.community
        routes.insert(0, _Route(profile, upper.classes, upper.population, "upper-tier-municipality"))
    return routes


def _find(rule: Rule, route: _Route, knowledge: Knowledge) -> Finding:
    result = _test(rule.test, route, knowledge, wanted=rule.kind is not Kind.EXCLUDED)
    answer, hopeful = result.answer, result.hopeful
    if rule.kind is Kind.EXCLUDED:
        answer, hopeful = _OPPOSITE[answer], _OPPOSITE[hopeful]
    unknown = [leaf for leaf, said in result.decided_by if said is Answer.UNKNOWN]
    return Finding(
        rule=rule.key,
        kind=rule.kind,
        answer=answer,
        holds_back=rule.kind is not Kind.PREFERRED and answer is Answer.UNKNOWN and hopeful is Answer.UNKNOWN,
        sentence=rule_sentence(rule, knowledge.facts, knowledge.gazetteer),
        reason=_reason(result, route, knowledge),
        questions=tuple(dict.fromkeys(_question(leaf, route, knowledge) for leaf in unknown)),
        basis=rule.basis,
    )


def _test(test: Predicate, route: _Route, knowledge: Knowledge, *, wanted: bool) -> _Result:
    """Evaluate a predicate; ``wanted`` tells whether the applicant would have it hold."""
    match test:
        case AllOf(parts):
            return _joined([_test(part, route, knowledge, wanted=wanted) for part in parts], decisive=Answer.NO)
        case AnyOf(parts):
            return _joined([_test(part, route, knowledge, wanted=wanted) for part in parts], decisive=Answer.YES)
        case Not(part):
            inner = _test(part, route, knowledge, wanted=not wanted)
            return _Result(_OPPOSITE[inner.answer], _OPPOSITE[inner.hopeful], inner.decided_by)
        case IfThen(condition, consequence):
            exempt = _test(Not(condition), route, knowledge, wanted=wanted)
            if exempt.answer is Answer.YES:
                return exempt
            bound = _test(consequence, route, knowledge, wanted=wanted)
            return bound if exempt.answer is Answer.NO else _joined([exempt, bound], decisive=Answer.YES)
        case _:
            said, soft = _leaf(test, route, knowledge)
            favourable = Answer.YES if wanted else Answer.NO
            return _Result(said, favourable if soft and said is Answer.UNKNOWN else said, ((test, said),))


def _joined(results: Sequence[_Result], *, decisive: Answer) -> _Result:
    """Join parts of which one with the ``decisive`` answer settles the whole; else the unknown ones keep it open."""

    def overall(answers: Sequence[Answer]) -> Answer:
        if decisive in answers:
            return decisive
        return Answer.UNKNOWN if Answer.UNKNOWN in answers else _OPPOSITE[decisive]

    answer = overall([each.answer for each in results])
    deciding = tuple(pair for each in results if each.answer is answer for pair in each.decided_by)
    return _Result(answer, overall([each.hopeful for each in results]), deciding)


def _leaf(leaf: Leaf, route: _Route, knowledge: Knowledge) -> tuple[Answer, bool]:
    """Answer a leaf, and tell whether an unknown can be left to the partner, the project or the funder."""
    chosen = route.through is not None
    match leaf:
        case IsApplicant(None):
            return Answer.UNKNOWN, False
        case IsApplicant(classes):
            return _yes_or_no(value=holds(classes or (), route.classes)), False
        case InPlace(places):
            return _placed(places, route.profile), False
        case HasPopulation(minimum, maximum):
            if route.population is None:
                return Answer.UNKNOWN, False
            within = (minimum is None or route.population >= minimum) and (
                maximum is None or route.population <= maximum
            )
            return _yes_or_no(value=within), False
        case HasPartner(classes, count):
            return _partnered(classes, count, route), chosen
        case HasFact(key):
            definition = knowledge.facts[key]
            return _stated(definition, route), chosen and definition.subject is Subject.APPLICANT
        case Ask():
            return Answer.UNKNOWN, True


def _yes_or_no(*, value: bool) -> Answer:
    return Answer.YES if value else Answer.NO


def _placed(places: tuple[str, ...], profile: Profile) -> Answer:
    if not profile.whereabouts.certain.isdisjoint(places):
        return Answer.YES
    if "rural" in places and "rural-by-own-word" in profile.facts:
        return _yes_or_no(value=profile.facts["rural-by-own-word"])
    return Answer.NO if profile.whereabouts.possible.isdisjoint(places) else Answer.UNKNOWN


def _partnered(classes: tuple[str, ...], count: int, route: _Route) -> Answer:
    """Count known partners; where a partner leads, the community itself is one of the others."""
    partners = route.profile.partners
    accepted = set(classes) or set(APPLICANT_CLASSES)
    known = sum(1 for code, works in partners.items() if works and holds(accepted, frozenset({code})))
    if route.through is not None and holds(accepted, route.profile.community.classes):
        known += 1
    if known >= count:
        return Answer.YES
    refused = bool(classes) and all(partners.get(code) is False for code in classes)
    return Answer.NO if refused and route.through is None else Answer.UNKNOWN


def _stated(definition: FactDefinition, route: _Route) -> Answer:
    whose_it_is = route.through is None or definition.subject is Subject.COMMUNITY
    if whose_it_is and definition.key in route.profile.facts:
        return _yes_or_no(value=route.profile.facts[definition.key])
    by_nature = route.classes if definition.subject is Subject.APPLICANT else route.profile.community.classes
    return Answer.YES if holds(definition.holds_for, by_nature) else Answer.UNKNOWN


def _question(leaf: Leaf, route: _Route, knowledge: Knowledge) -> Question:
    community = route.profile.community.title
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
        case InPlace(places):
            if "rural" in places:
                return Question("fact:rural-by-own-word", knowledge.facts["rural-by-own-word"].question, settles=True)
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
        case Ask(question):
            return Question(f"ask:{question.en}", question, settles=False)


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


def _reason(result: _Result, route: _Route, knowledge: Knowledge) -> Bilingual | None:
    """Say what decided, from the first leaf that did and has something to say."""
    for leaf, said in result.decided_by:
        words = _leaf_reason(leaf, said, route, knowledge)
        if words is not None:
            return words
    return None


def _leaf_reason(leaf: Leaf, said: Answer, route: _Route, knowledge: Knowledge) -> Bilingual | None:
    community = route.profile.community
    match leaf:
        case IsApplicant(None):
            return None
        case IsApplicant():
            return _applicant_reason(community, said, route)
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
            return _place_reason(community, places, said, knowledge)
        case HasFact(key) if said is Answer.YES and key not in route.profile.facts:
            return knowledge.facts[key].because
        case HasFact() if said is not Answer.UNKNOWN:
            return Bilingual("As stated for the community.", "Selon ce qui a été déclaré pour la collectivité.")
        case _:
            return None


def _who(route: _Route) -> Bilingual:
    if route.through == "upper-tier-municipality" and route.profile.upper is not None:
        upper = route.profile.upper.community.title
        return Bilingual(upper, upper)
    return Bilingual(route.profile.community.title, route.profile.community.title)


def _applicant_reason(community: Community, said: Answer, route: _Route) -> Bilingual:
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
    if said is Answer.NO:
        return Bilingual(f"This does not bind {through.en}.", f"Cette règle ne vise pas les {through.fr}.")
    return Bilingual(
        f"{community.title} would go through a partner from: {through.en}.",
        f"{community.title} passerait par un partenaire parmi les {through.fr}.",
    )


def _place_reason(community: Community, places: tuple[str, ...], said: Answer, knowledge: Knowledge) -> Bilingual:
    if "rural" in places and said is not Answer.YES and community.is_big_city:
        return Bilingual(
            f"{community.title} is a large and dense city.", f"{community.title} est une grande ville à forte densité."
        )
    if said is Answer.UNKNOWN:
        return Bilingual(
            f"It is not known here whether {community.title} lies there.",
            f"On ne sait pas ici si la collectivité ({community.title}) s’y trouve.",
        )
    if said is Answer.YES:
        return Bilingual(f"{community.title} lies there.", f"{community.title} s’y trouve.")
    where = place_names(places, knowledge.gazetteer)
    return Bilingual(
        f"{community.title} does not lie in {where.en}.",
        f"{community.title} ne se trouve pas à cet endroit ({where.fr}).",
    )
