"""The seed files: the real catalogue, communities, plans and vocabulary as JSON that a person can read and review.

Programs and plans have a file each; flat lists (communities, concepts...) keep one record a line, so that a change of
one record is a change of one line.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from grants.domain.catalogue import Program
from grants.domain.communities import Community, ConstituentBand, Region
from grants.domain.plans import Plan
from grants.domain.records import BadRecordError, read, write
from grants.domain.rules import FactDefinition
from grants.domain.vocabulary import Concept

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Seeds:
    """All that the seed files hold; ``vocabulary`` maps the name of a list to its concepts."""

    programs: tuple[Program, ...]
    facts: tuple[FactDefinition, ...]
    communities: tuple[Community, ...]
    regions: tuple[Region, ...]
    bands: tuple[ConstituentBand, ...]
    plans: tuple[Plan, ...]
    vocabulary: Mapping[str, tuple[Concept, ...]]


def read_seeds(folder: Path) -> Seeds:
    """Read every seed file below ``folder``.

    Raises:
        BadRecordError: a file is missing, is no JSON, or holds a record of the wrong shape; the message names the file.
    """
    return Seeds(
        programs=tuple(_each_file(folder / "programs", Program)),
        facts=tuple(_each_record(folder / "facts.json", FactDefinition)),
        communities=(
            *_each_record(folder / "communities" / "municipalities.json", Community),
            *_each_record(folder / "communities" / "first-nations.json", Community),
        ),
        regions=tuple(_each_record(folder / "communities" / "regions.json", Region)),
        bands=tuple(_each_record(folder / "communities" / "constituent-bands.json", ConstituentBand)),
        plans=tuple(_each_file(folder / "plans", Plan)),
        vocabulary={path.stem: tuple(_concepts(path)) for path in sorted((folder / "vocabulary").glob("*.json"))},
    )


def read_vocabulary(folder: Path) -> list[Concept]:
    """Read the concepts of every list below ``folder``.

    Raises:
        BadRecordError: as ``read_seeds``.
    """
    return [concept for path in sorted((folder / "vocabulary").glob("*.json")) for concept in _concepts(path)]


def write_seeds(folder: Path, seeds: Seeds) -> int:
    """Write the seed files below ``folder``, making it where needed; give the number of files.

    ``write_seeds(folder, read_seeds(folder))`` leaves every file as it is.
    """
    files: dict[Path, str] = {
        **{folder / "programs" / f"{each.key}.json": _whole(write(each)) for each in seeds.programs},
        **{folder / "plans" / f"{each.key}.json": _whole(write(each)) for each in seeds.plans},
        **{
            folder / "vocabulary" / f"{name}.json": _lines([each.to_record() for each in concepts])
            for name, concepts in seeds.vocabulary.items()
        },
    }
    folders = folder / "communities"
    files[folder / "facts.json"] = _whole([write(each) for each in seeds.facts])
    files[folders / "regions.json"] = _whole([write(each) for each in seeds.regions])
    files[folders / "constituent-bands.json"] = _lines([write(each) for each in seeds.bands])
    for kind, name in (("municipality", "municipalities"), ("first-nation", "first-nations")):
        records = [write(each) for each in seeds.communities if each.kind == kind]
        files[folders / f"{name}.json"] = _lines(records)
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return len(files)


def _json(path: Path) -> Any:  # noqa: ANN401 - JSON is anything until it is read as a value
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as fault:
        raise BadRecordError(f"{path}: cannot be read ({fault.strerror})") from fault
    except ValueError as fault:
        raise BadRecordError(f"{path}: is not JSON ({fault})") from fault


def _one(path: Path, record: Mapping[str, Any], kind: type[Value]) -> Value:
    try:
        return read(record, kind)
    except BadRecordError as fault:
        raise BadRecordError(f"{path}: {fault}") from fault


def _concepts(path: Path) -> Iterable[Concept]:
    try:
        return [Concept.from_record(record) for record in _json(path)]
    except (KeyError, TypeError, ValueError) as fault:
        raise BadRecordError(f"{path}: {fault}") from fault


def _each_file(folder: Path, kind: type[Value]) -> Iterable[Value]:
    return [_one(path, _json(path), kind) for path in sorted(folder.glob("*.json"))]


def _each_record(path: Path, kind: type[Value]) -> Iterable[Value]:
    return [_one(path, record, kind) for record in _json(path)]


def _whole(record: object) -> str:
    return json.dumps(record, ensure_ascii=False, indent=2) + "\n"


def _lines(records: Sequence[Mapping[str, Any]]) -> str:
    lines = ",\n".join(json.dumps(record, ensure_ascii=False) for record in records)
    return f"[\n{lines}\n]\n" if records else "[]\n"
