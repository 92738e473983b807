"""Let people track an intake, by the clock rules of whatever tzdata this process finds."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

from tests.faults.world import world


def main(url: str, folder: str, moment: str, intake: str, *emails: str) -> None:
    """Track at a moment, with leads of one day and of the morning."""
    with world(url, Path(folder)) as here:
        here.at = datetime.fromisoformat(moment)
        here.follow(emails, intake, leads=(1, 0))


if __name__ == "__main__":
    main(*sys.argv[1:])
