"""Measure the matching: ``python -m tests.bench``, or only ``quality`` or ``speed``."""

import sys

from tests.bench.catalogue import read_material
from tests.bench.quality import print_quality
from tests.bench.speed import print_speed

TABLES = {"quality": print_quality, "speed": print_speed}


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
