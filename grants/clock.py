"""The only place that asks what time it is.

Everything below this layer takes the day or the instant as an argument.
"""

from datetime import UTC, date, datetime
from importlib.metadata import version

from grants.domain.people import HOME_ZONE
from grants.domain.zones import zone as zone_of


def now() -> datetime:
    """Return this instant, aware, in UTC."""
    return datetime.now(UTC)


def today(zone: str = HOME_ZONE) -> date:
    """Return the calendar day that people in ``zone`` (an IANA name) have now."""
    return now().astimezone(zone_of(zone)).date()


def rules_version() -> str:
    """Return the edition of the clock rules in use, such as ``2026.5``."""
    return version("tzdata")
