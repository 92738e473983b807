"""Community safety and well-being plans and the priorities they set, in their own words."""

from __future__ import annotations

from dataclasses import dataclass

from grants.domain.bilingual import Language


@dataclass(frozen=True, slots=True)
class Priority:
    """One priority risk of a plan, or one typed by a visitor.

    ``title`` is in the plan's own words; ``description`` is ours or the visitor's, ``None`` where nothing was seen.
    ``concepts`` are labels somebody gave it; matching does not lean on them. ``reading`` are keys of the concepts that
    a reader chose for words that are broad; it is the reader's, and stands in no plan's record.
    """

    key: str
    title: str
    description: str | None = None
    language: Language = "en"
    concepts: tuple[str, ...] = ()
    reading: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan and the communities that share it.

    ``is_cswb_plan`` is false for a First Nation's comprehensive or strategic plan. ``priorities_are_own`` is false
    where the titles are concerns or precursors, not the adopted list. ``wording_from`` tells whose wording the titles
    are. ``communities`` are the names as the source gives them, ``community_ids`` those that were recognised.
    """

    key: str
    name: str
    kind: str
    is_cswb_plan: bool
    priorities_are_own: bool
    communities: tuple[str, ...]
    community_ids: tuple[str, ...]
    language: Language
    source_url: str
    priorities: tuple[Priority, ...]
    joint: bool = False
    community_type: str | None = None
    northern: bool | None = None
    year_adopted: int | None = None
    period: str | None = None
    lead_body: str | None = None
    wording_from: str | None = None
    source_kind: str | None = None
    other_sources: tuple[str, ...] = ()
    strategies: tuple[str, ...] = ()
    variant_titles: tuple[str, ...] = ()
    notes: str | None = None
