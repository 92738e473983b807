"""Measure matching and judging: ``python -m tests.bench``, or only ``quality``, ``speed`` or ``verdicts``."""

import sys
from collections.abc import Callable

from tests.bench.catalogue import Material, read_material
from tests.bench.quality import print_quality
from tests.bench.speed import print_speed
from tests.bench.verdicts import report


def print_verdicts(_material: Material) -> None:
    """Print how fast verdicts are made; it reads the seeds by itself."""
    print("\n".join(report()))


TABLES: dict[str, Callable[[Material], None]] = {
    "quality": print_quality,
    "speed": print_speed,
    "verdicts": print_verdicts,
}


def main(names: list[str]) -> int:
    """Print the tables named, or all."""
    unknown = sorted(set(names) - TABLES.keys())
    if unknown:
        print(f"There is no table {', '.join(unknown)}; there are {', '.join(TABLES)}.", file=sys.stderr)
        return 2
    material = read_material()
    for name in names or TABLES:
        TABLES[name](material)
        print()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
