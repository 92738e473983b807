"""Time zones, always by the rules of the pinned ``tzdata`` package.

A machine's own zone files may be years old, and ``zoneinfo`` prefers them; the north-west of Ontario changed its clock
rule in 2026, so an old file is an hour wrong.
"""

from __future__ import annotations

import zoneinfo

zoneinfo.reset_tzpath(to=[])
zoneinfo.ZoneInfo.clear_cache()


def zone(name: str) -> zoneinfo.ZoneInfo:
    """Give the zone of an IANA name.

    Raises:
        ValueError: there is no such zone.
    """
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as fault:
        raise ValueError(f"there is no time zone {name!r}") from fault
