"""Every model, so that whoever needs all tables imports one module."""

from grants.store import (
    catalogue,
    communities,
    drafts,
    feedback,
    people,
    plans,
    reminders,
    statements,
    ticks,
    tracking,
    vocabulary,
)

__all__ = [
    "catalogue",
    "communities",
    "drafts",
    "feedback",
    "people",
    "plans",
    "reminders",
    "statements",
    "ticks",
    "tracking",
    "vocabulary",
]
