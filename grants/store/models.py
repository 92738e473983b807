"""Every model, so that whoever needs all tables imports one module."""

from grants.store import (
    applications,
    catalogue,
    communities,
    drafts,
    feedback,
    feeds,
    people,
    plans,
    reminders,
    sessions,
    statements,
    ticks,
    tracking,
    vocabulary,
    workspaces,
)

__all__ = [
    "applications",
    "catalogue",
    "communities",
    "drafts",
    "feedback",
    "feeds",
    "people",
    "plans",
    "reminders",
    "sessions",
    "statements",
    "ticks",
    "tracking",
    "vocabulary",
    "workspaces",
]
