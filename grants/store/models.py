"""Every model, so that whoever needs all tables imports one module."""

from grants.store import catalogue, communities, people, plans, reminders, ticks, tracking, vocabulary

__all__ = ["catalogue", "communities", "people", "plans", "reminders", "ticks", "tracking", "vocabulary"]
