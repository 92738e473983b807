"""Joint applications: with whom a community that fails alone could apply, who would have to lead, and why.

Only kept facts speak: the upper tier, the territorial district, a shared plan, the tribal council, the town of a band
office. A tie is where to begin to talk; nothing here says that a neighbour is willing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

from grants.domain.bilingual import Bilingual, listed
from grants.domain.communities import Community, Profile
from grants.domain.counterfactuals import prospects
from grants.domain.eligibility import (
    UPPER_TIER,
    Answer,
    Conditions,
    Finding,
    Knowledge,
    Outcome,
    Route,
    compiled,
    findings,
    own_route,
    partner_routes,
    stands,
    unmet,
)
from grants.domain.plans import Plan
from grants.domain.rules import HasPartner, InPlace, Rule, leaves
from grants.domain.sentences import what_it_is

MOST_NEIGHBOURS = 12


class Tie(StrEnum):
    """What links two communities, the strongest first."""

    PLAN = "plan"
    UPPER_TIER = "upper-tier"
    TRIBAL_COUNCIL = "tribal-council"
    DISTRICT = "district"
    OFFICE_TOWN = "office-town"


_STRENGTH = {tie: place for place, tie in enumerate(Tie)}


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A community that is linked with another, and how: ties strongest first, with words that name each."""

    profile: Profile
    ties: tuple[Tie, ...]
    words: Bilingual

    @property
    def community(self) -> Community:
        """The neighbour itself."""
        return self.profile.community


@dataclass(frozen=True, slots=True)
class Lead:
    """Who signs the application: the community itself (``community`` is its key), a neighbour, or a class of body."""

    community: str | None
    classes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Together:
    """One way to apply together.

    ``lead`` signs; ``members`` are the keys of the communities that take part beside it, the one asked about
    included where it does not lead. ``outcome`` is *may fit* or *need to know*, for the lead with these members.
    ``because`` names the rules that the community fails or leaves open alone and that are met so; ``words`` say who
    leads and why.
    """

    lead: Lead
    members: tuple[str, ...]
    ties: tuple[Tie, ...]
    outcome: Outcome
    because: tuple[str, ...]
    words: Bilingual


def neighbours(community: Profile, everyone: Iterable[Profile], plans: Iterable[Plan]) -> tuple[Neighbour, ...]:
    """Give the communities that kept facts link with one: strongest ties first, then by key.

    Args:
        community: the one asked about.
        everyone: all communities, it may be among them.
        plans: all plans; those it shares count.

    Cost:
        O(communities + plans).
    """
    key = community.community.key
    shared: dict[str, list[str]] = {}
    for plan in plans:
        if key in plan.community_ids:
            for other in plan.community_ids:
                shared.setdefault(other, []).append(plan.name)
    found = []
    for profile in everyone:
        if profile.community.key != key:
            told = list(_ties(community.community, profile.community, shared.get(profile.community.key, ())))
            if told:
                told.sort(key=lambda each: _STRENGTH[each[0]])
                words = Bilingual("; ".join(each.en for _, each in told), "; ".join(each.fr for _, each in told))
                found.append(Neighbour(profile, tuple(tie for tie, _ in told), words))
    return tuple(sorted(found, key=lambda each: (_STRENGTH[each.ties[0]], -len(each.ties), each.community.key)))


def _ties(one: Community, other: Community, plans: Sequence[str]) -> Iterable[tuple[Tie, Bilingual]]:
    if plans:
        yield (
            Tie.PLAN,
            Bilingual(f"you share the plan “{plans[0]}”", f"vous avez en commun le plan «\u00a0{plans[0]}\u00a0»"),
        )
    if one.upper_tier is not None and other.key == one.upper_tier:
        yield Tie.UPPER_TIER, Bilingual("it is your upper tier", "c’est votre palier supérieur")
    elif other.upper_tier == one.key:
        yield Tie.UPPER_TIER, Bilingual("you are its upper tier", "vous êtes son palier supérieur")
    elif one.upper_tier is not None and one.upper_tier == other.upper_tier:
        yield Tie.UPPER_TIER, Bilingual("you have the same upper tier", "vous avez le même palier supérieur")
    if one.tribal_council is not None and one.tribal_council == other.tribal_council:
        council = one.tribal_council
        yield (
            Tie.TRIBAL_COUNCIL,
            Bilingual(f"you both belong to {council}", f"vous appartenez tous deux à\u00a0: {council}"),
        )
    if one.area_kind == other.area_kind == "territorial district" and one.area == other.area:
        yield (
            Tie.DISTRICT,
            Bilingual(
                f"you both lie in {one.area} District", f"vous êtes tous deux dans le même district ({one.area})"
            ),
        )
    for nation, town in ((one, other), (other, one)):
        if _office_in(nation, town):
            yield (
                Tie.OFFICE_TOWN,
                Bilingual(
                    f"the band office of {nation.title} is in {town.title}",
                    f"le bureau de bande ({nation.title}) se trouve à {town.title}",
                ),
            )


def _office_in(nation: Community, town: Community) -> bool:
    """Tell whether a First Nation's band office is in a municipality, as its address says."""
    if nation.office_town is None or town.kind != "municipality" or town.tier == "upper-tier":
        return False
    return nation.office_town.casefold() == town.name.casefold()


def ways_together(
    rules: Sequence[Rule] | Conditions,
    profile: Profile,
    around: Sequence[Neighbour],
    knowledge: Knowledge,
    *,
    limit: int = MOST_NEIGHBOURS,
) -> tuple[Together, ...]:
    """Find who would make a community eligible that fails alone.

    In turn: it leads and a neighbour is the partner a rule asks for (or two are, where a rule asks for several); a
    neighbour leads and it takes part; a body of a partner class leads, or is the partner. Where a neighbour leads,
    what is asked of the applicant, its population included, is asked of that neighbour; the place served must hold
    for both, because the project is the community's too.

    Args:
        rules: those of the stream the intake belongs to.
        profile: all that is known of the community.
        around: its neighbours, see :func:`neighbours`.
        knowledge: the registry of facts and the gazetteer.
        limit: the most neighbours given for each way.

    Returns:
        *May fit* before *need to know*, then in the order above; nothing where the community may fit alone, and no
        way to *need to know* where that is what it stands at alone.

    Cost:
        O(neighbours) decisions; the pairs of at most 2 x ``limit`` neighbours where a rule asks for several partners.
    """
    conditions = compiled(rules)
    alone = own_route(profile)
    standing = stands(conditions, alone, knowledge)
    if standing is Answer.YES:
        return ()
    found = [
        *_leading(conditions, profile, around, knowledge, limit),
        *_taking_part(conditions, profile, around, knowledge, limit),
        *_with_bodies(conditions, profile, around, knowledge),
    ]
    better = [each for each in found if each.outcome is not Outcome.UNKNOWN or standing is Answer.NO]
    return tuple(sorted(better, key=lambda each: each.outcome is Outcome.UNKNOWN))


def _leading(
    conditions: Conditions, profile: Profile, around: Sequence[Neighbour], knowledge: Knowledge, limit: int
) -> list[Together]:
    """Let the community lead with the fewest neighbours that help."""
    asked = [leaf for rule in conditions.rules for leaf in leaves(rule.test) if isinstance(leaf, HasPartner)]
    most = min(2, max((leaf.count for leaf in asked), default=0))
    alone = own_route(profile)
    lead = Lead(profile.community.key, tuple(sorted(profile.community.classes)))
    for count in range(1, most + 1):
        found = []
        for members in combinations(around if count == 1 else around[: 2 * limit], count):
            route = own_route(profile, tuple(each.community.classes for each in members))
            outcome = _better(conditions, alone, route, knowledge)
            if outcome is not None:
                met = _met(conditions, alone, route, knowledge)
                names = [each.community.title for each in members]
                who = Bilingual(listed(names, "and", "en"), listed(names, "and", "fr"))
                words = _because(
                    Bilingual(
                        f"You lead, together with {who.en} ({members[0].words.en}).",
                        f"Vous présentez la demande, avec\u00a0: {who.fr} ({members[0].words.fr}).",
                    ),
                    met,
                )
                keys = tuple(each.community.key for each in members)
                because = tuple(each.rule for each in met)
                found.append(Together(lead, keys, members[0].ties, outcome, because, words))
                if len(found) == limit:
                    break
        if found:
            return found
    return []


def _taking_part(
    conditions: Conditions, profile: Profile, around: Sequence[Neighbour], knowledge: Knowledge, limit: int
) -> list[Together]:
    """Let a neighbour lead and the community take part."""
    alone = own_route(profile)
    if _misplaced(conditions, alone, knowledge):
        return []
    found = []
    for each in around:
        route = own_route(each.profile, (profile.community.classes,))
        outcome = _better(conditions, alone, route, knowledge)
        if outcome is None:
            continue
        met = _met(conditions, alone, route, knowledge)
        kind, name = what_it_is(each.community), each.community.title
        words = _because(
            Bilingual(
                f"{name}, {kind.en}, would have to lead, if it wishes to, and you take part ({each.words.en}).",
                f"{name}, {kind.fr}, devrait présenter la demande, si elle le souhaite, avec votre participation "
                f"({each.words.fr}).",
            ),
            met,
        )
        lead = Lead(each.community.key, tuple(sorted(each.community.classes)))
        because = tuple(finding.rule for finding in met)
        found.append(Together(lead, (profile.community.key,), each.ties, outcome, because, words))
    found.sort(key=lambda way: way.outcome is Outcome.UNKNOWN)
    return found[:limit]


def _with_bodies(
    conditions: Conditions, profile: Profile, around: Sequence[Neighbour], knowledge: Knowledge
) -> list[Together]:
    """Let a body of a class the stream accepts lead, or be the partner, where that is all that is needed."""
    found = []
    key, alone = profile.community.key, own_route(profile)
    named = profile.upper is not None and any(each.community.key == profile.upper.community.key for each in around)
    for each in prospects(conditions, profile, knowledge).counterfactuals:
        (step, *more) = each.steps
        if more or step.kind not in {"partner", "applicant"} or (named and each.via == (UPPER_TIER,)):
            continue
        if each.outcome is Outcome.ELIGIBLE:
            lead = Lead(key, tuple(sorted(profile.community.classes)))
            members: tuple[str, ...] = ()
            joint = own_route(each.change.applied(profile))
        else:
            lead, members = Lead(None, each.via), (key,)
            joint = next(route for route in partner_routes(conditions, profile) if route.through == each.via[0])
        met = _met(conditions, alone, joint, knowledge)
        because = tuple(finding.rule for finding in met)
        found.append(Together(lead, members, (), each.outcome, because, _because(step.words, met)))
    return found


def _better(conditions: Conditions, alone: Route, joint: Route, knowledge: Knowledge) -> Outcome | None:
    """Give the outcome of a joint route where it stands better than the community alone."""
    before, after = stands(conditions, alone, knowledge), stands(conditions, joint, knowledge)
    if after is Answer.YES:
        return Outcome.ELIGIBLE
    return Outcome.UNKNOWN if after is Answer.UNKNOWN and before is Answer.NO else None


def _misplaced(conditions: Conditions, alone: Route, knowledge: Knowledge) -> bool:
    """Tell whether the place itself refuses the community: then nobody else can lead for it."""
    refused = [each for each in findings(conditions, alone, knowledge) if each.answer is Answer.NO]
    placed = {rule.key for rule in conditions.rules if any(isinstance(leaf, InPlace) for leaf in leaves(rule.test))}
    return any(each.rule in placed for each in refused)


def _met(conditions: Conditions, alone: Route, joint: Route, knowledge: Knowledge) -> list[Finding]:
    """Give what the joint application says of the rules that it meets and the community alone does not."""
    failing = unmet(conditions, alone, knowledge)
    still = unmet(conditions, joint, knowledge)
    said = findings(conditions, joint, knowledge)
    return [said[place] for place in failing if place not in still]


def _because(lead: Bilingual, met: Sequence[Finding]) -> Bilingual:
    if not met:
        return lead
    return Bilingual(
        " ".join([lead.en, "So this is met:", *(each.sentence.en for each in met)]),
        " ".join([lead.fr, "Ainsi est remplie la condition\u00a0:", *(each.sentence.fr for each in met)]),
    )
