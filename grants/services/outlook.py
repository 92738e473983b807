"""What a community can do about one stream: the smallest steps, what to answer next, and with whom to apply."""

from __future__ import annotations

from dataclasses import dataclass

from grants.domain.catalogue import Stream
from grants.domain.communities import Community, Profile
from grants.domain.counterfactuals import Counterfactual, Immovable, prospects, smallest_questions
from grants.domain.eligibility import Question
from grants.domain.joint import Neighbour, Together, neighbours, ways_together
from grants.services.catalogue import Catalogue
from grants.services.statements import programs_settled, settled


@dataclass(frozen=True, slots=True)
class Outlook:
    """What would change the verdict on one stream.

    ``steps`` are the smallest sets of steps, the easiest first; to find one partner and nothing else is no step but
    stands in ``together``, which says who leads. ``fixed`` is what nobody can change. ``ask`` has the questions whose
    answers settle the verdict, each with the number of programs it settles, the most settling first.
    """

    steps: tuple[Counterfactual, ...]
    fixed: tuple[Immovable, ...]
    ask: tuple[tuple[Question, int], ...]
    together: tuple[Together, ...]


def around(catalogue: Catalogue, community: Community) -> tuple[Neighbour, ...]:
    """Give the communities that are linked with one; of them only what is public is known. Cost: about 5 ms."""
    everyone = map(catalogue.profile, catalogue.communities.values())
    return neighbours(catalogue.profile(community), everyone, catalogue.plans.values())


def outlook(catalogue: Catalogue, stream: Stream, profile: Profile, near: tuple[Neighbour, ...]) -> Outlook:
    """Find what would change the verdict on one stream; all is empty for a community that may fit already.

    Args:
        catalogue: the present one.
        stream: one of its streams.
        profile: all that is known of the community, what its reader stated included.
        near: its neighbours, see :func:`around`.

    Cost:
        About 1 ms, and two decisions a stream for each question.
    """
    conditions, knowledge = catalogue.conditions[stream.key], catalogue.knowledge
    found = prospects(conditions, profile, knowledge)
    asked = [
        (each.question, programs_settled(catalogue, settled(catalogue, profile, each)))
        for each in smallest_questions(conditions, profile, knowledge)
    ]
    return Outlook(
        steps=tuple(each for each in found.counterfactuals if not _one_partner(each)),
        fixed=found.immovable,
        ask=tuple(sorted(asked, key=lambda each: -each[1])),
        together=ways_together(conditions, profile, near, knowledge),
    )


def _one_partner(found: Counterfactual) -> bool:
    return len(found.steps) == 1 and found.steps[0].kind in {"partner", "applicant"}
