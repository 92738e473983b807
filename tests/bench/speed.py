"""How fast the ranking is, beside rapidfuzz and a BM25 library on the same texts in the same run."""

from __future__ import annotations

import gc
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from random import Random
from typing import TypeVar

import bm25s
from rapidfuzz import fuzz, process

from config import ROOT
from grants.domain.matching import StreamIndex, StreamText, rank
from grants.domain.plans import Priority
from tests.bench.catalogue import Material, full_text, more_priorities, more_streams

SIZES = ((750, 2_500), (1_500, 5_000), (3_000, 10_000))
WHOLE_PROCESS = (1_500, 5_000)
SAMPLE = 10
"""Rapidfuzz is measured on every tenth priority and counted ten times: its time is the same for each pair of texts."""

Result = TypeVar("Result")

RUNS = 3
"""Ours and BM25 are timed as often, the least counts; rapidfuzz takes minutes and is timed once."""


def timed(work: Callable[[], Result], *, runs: int = 1) -> tuple[float, Result]:
    """The least seconds of some runs of a piece of work, and its result; the collector rests, as ``timeit`` has it."""
    seconds = []
    gc.collect()
    gc.disable()
    try:
        for _ in range(runs):
            started = time.perf_counter()
            result = work()
            seconds.append(time.perf_counter() - started)
    finally:
        gc.enable()
    return min(seconds), result


def print_speed(material: Material) -> None:
    """Print a line for each size: ours first, so that the peak memory printed is ours."""
    random = Random(1)  # noqa: S311 - repeatable, not secret
    work = [
        (more_priorities(material, priorities, random), more_streams(material, streams, random))
        for priorities, streams in SIZES
    ]
    print(f"{'priorities x streams':>22}{'build':>9}{'rank':>9}{'evidence':>10}{'peak MiB':>10}")
    mine = []
    for priorities, streams in work:
        built, index = timed(lambda streams=streams: StreamIndex.build(streams, material.vocabulary))  # type: ignore[misc]
        ranked, _ = timed(lambda priorities=priorities, index=index: len(rank(priorities, index)), runs=RUNS)  # type: ignore[misc]
        spent, _ = timed(lambda priorities=priorities, index=index: _explained(priorities, index), runs=RUNS)  # type: ignore[misc]
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024
        print(f"{_size(priorities, streams):>22}{built:8.2f}s{ranked:8.2f}s{spent - ranked:9.2f}s{peak:10.0f}")
        mine.append(spent)
        del index
    print()
    print(f"{'priorities x streams':>22}{'BM25 build':>12}{'BM25':>9}{'rapidfuzz':>11}   ours with evidence is")
    for spent, (priorities, streams) in zip(mine, work, strict=True):
        built, retrieved = _bm25(priorities, streams)
        fuzzy = _rapidfuzz(priorities, streams)
        print(
            f"{_size(priorities, streams):>22}{built:11.2f}s{retrieved:8.2f}s{fuzzy:10.1f}s   "
            f"{fuzzy / spent:.0f} times as fast as rapidfuzz, takes {spent / retrieved:.2f} of BM25's time"
        )
        if (len(priorities), len(streams)) == WHOLE_PROCESS:
            whole = _whole_process(priorities, streams)
            print(f"{'whole `flask rank`':>22}{whole:31.2f}s   {fuzzy / whole:.1f} times as fast as rapidfuzz alone")


def _explained(priorities: Sequence[Priority], index: StreamIndex) -> int:
    """Rank and look at the evidence of every match; give the pieces of evidence seen."""
    return sum(len(match.evidence) for ranking in rank(priorities, index) for match in ranking)


def _size(priorities: Sequence[Priority], streams: Sequence[StreamText]) -> str:
    return f"{len(priorities):,} x {len(streams):,}"


def _bm25(priorities: Sequence[Priority], streams: Sequence[StreamText]) -> tuple[float, float]:
    library = bm25s.BM25()
    texts = [full_text(stream) for stream in streams]
    titles = [priority.title for priority in priorities]
    built, _ = timed(lambda: library.index(bm25s.tokenize(texts, show_progress=False), show_progress=False))
    retrieved, _ = timed(
        lambda: library.retrieve(bm25s.tokenize(titles, show_progress=False), k=50, show_progress=False), runs=RUNS
    )
    return built, retrieved


def _rapidfuzz(priorities: Sequence[Priority], streams: Sequence[StreamText]) -> float:
    titles = [priority.title for priority in priorities[::SAMPLE]]
    texts = [full_text(stream) for stream in streams]
    spent, _ = timed(lambda: process.cdist(titles, texts, scorer=fuzz.token_set_ratio))
    return spent * len(priorities) / len(titles)


def _whole_process(priorities: Sequence[Priority], streams: Sequence[StreamText]) -> float:
    """The seconds of `flask rank` from its start to its end, over files."""
    with tempfile.TemporaryDirectory() as folder:
        asked, texts, out = (Path(folder) / name for name in ("priorities.json", "streams.json", "out.json"))
        records = [{"id": each.key, "title": each.title, "description": None, "language": "en"} for each in priorities]
        asked.write_text(json.dumps(records), encoding="utf-8")
        texts.write_text(json.dumps({"streams": [asdict(stream) for stream in streams]}), encoding="utf-8")
        files = ["--priorities", str(asked), "--streams", str(texts), "--out", str(out)]
        spent, _ = timed(
            lambda: subprocess.run(
                [sys.executable, "-m", "flask", "--app", "wsgi", "rank", *files],
                cwd=ROOT,
                env=os.environ | {"APP_ENV": "development"},
                check=True,
            )
        )
    return spent
