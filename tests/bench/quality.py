"""How good the ranking is, beside what one gets without it: nDCG@10, precision@5, recall@30 on the graded titles."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import product
from random import Random
from statistics import mean, stdev

import bm25s
import numpy as np
from rapidfuzz import fuzz, process, utils

from grants.domain.matching import WEIGHTS, StreamIndex, Weights, rank
from grants.domain.plans import Priority
from tests.bench.catalogue import Graded, Material, full_text, name_of, with_typos

Ranker = Callable[[Sequence[Priority]], list[list[str]]]
Figures = tuple[float, float, float]

TYPO_ROUNDS = 5
FOLDS = 5
RELEVANT = 2
"""The least grade that precision and recall count."""


def figures(ranked: Sequence[str], grades: Mapping[str, int]) -> Figures:
    """The nDCG@10 with gain 2^grade - 1, the precision@5 and the recall@30 of one ranking."""

    def gain(best: Sequence[int]) -> float:
        return math.fsum((2**grade - 1) / math.log2(place + 2) for place, grade in enumerate(best))

    relevant = {key for key, grade in grades.items() if grade >= RELEVANT}
    ideal = gain(sorted(grades.values(), reverse=True)[:10])
    return (
        gain([grades.get(key, 0) for key in ranked[:10]]) / ideal,
        len(relevant & set(ranked[:5])) / 5,
        len(relevant & set(ranked[:30])) / len(relevant),
    )


def ours(index: StreamIndex) -> Ranker:
    """The ranking that the product uses."""
    return lambda priorities: [[match.stream for match in found] for found in rank(priorities, index)]


def wratio(material: Material) -> Ranker:
    """Rapidfuzz alone, its all-purpose scorer on names."""
    return _fuzzy([name_of(stream) for stream in material.streams], fuzz.WRatio, material)


def token_set(material: Material) -> Ranker:
    """Rapidfuzz alone, on all that a stream says."""
    return _fuzzy([full_text(stream) for stream in material.streams], fuzz.token_set_ratio, material)


def _fuzzy(texts: Sequence[str], scorer: Callable[..., float], material: Material) -> Ranker:
    keys = [stream.key for stream in material.streams]

    def ranked(priorities: Sequence[Priority]) -> list[list[str]]:
        scores = process.cdist(
            [_said(each) for each in priorities], texts, scorer=scorer, processor=utils.default_process
        )
        return [[keys[place] for place in np.argsort(-row, kind="stable")[:50]] for row in scores]

    return ranked


def bm25(material: Material) -> Ranker:
    """A BM25 library on all that a stream says."""
    keys = [stream.key for stream in material.streams]
    library = bm25s.BM25()
    library.index(
        bm25s.tokenize([full_text(stream) for stream in material.streams], show_progress=False), show_progress=False
    )

    def ranked(priorities: Sequence[Priority]) -> list[list[str]]:
        asked = bm25s.tokenize([_said(each) for each in priorities], show_progress=False)
        places, _ = library.retrieve(asked, k=50, show_progress=False)
        return [[keys[place] for place in row] for row in places]

    return ranked


def _said(priority: Priority) -> str:
    return f"{priority.title} {priority.description or ''}"


def plain(graded: Sequence[Graded]) -> list[Priority]:
    """The titles as the plans have them."""
    return [each.priority for each in graded]


def mistyped(graded: Sequence[Graded], round_: int) -> list[Priority]:
    """The titles with two typing errors each; other ones each round."""
    slips = [Random(f"{round_} {each.priority.key}") for each in graded]  # noqa: S311 - repeatable, not secret
    return [
        replace(each.priority, title=with_typos(each.priority.title, random))
        for each, random in zip(graded, slips, strict=True)
    ]


def french(graded: Sequence[Graded]) -> list[Priority]:
    """The titles in our French."""
    return [replace(each.priority, title=each.title_fr, language="fr") for each in graded]


def measured(ranker: Ranker, priorities: Sequence[Priority], graded: Sequence[Graded]) -> list[Figures]:
    """The figures of each title."""
    return [figures(found, each.grades) for found, each in zip(ranker(priorities), graded, strict=True)]


def print_quality(material: Material) -> None:
    """Print the table of all rankers, then ours by plan, then ours with weights chosen on other plans."""
    graded = material.graded
    rankers: list[tuple[str, Ranker]] = [
        ("rapidfuzz WRatio, names", wratio(material)),
        ("rapidfuzz token_set_ratio, full text", token_set(material)),
        ("BM25 (bm25s), full text", bm25(material)),
        ("ours", ours(StreamIndex.build(material.streams, material.vocabulary))),
    ]
    print(
        f"{len(graded)} graded titles of {len({each.plan for each in graded})} plans, {len(material.streams)} streams"
    )
    print(f"{'':38}{'plain':^24}{'two typos':^24}{'French':^24}{'ms':>7}")
    print(f"{'':38}" + f"{'nDCG@10':>9}{'P@5':>7}{'R@30':>7} " * 3)
    for name, ranker in rankers:
        started = time.perf_counter()
        columns = [mean_figures(measured(ranker, plain(graded), graded))]
        spent = (time.perf_counter() - started) * 1_000 / len(graded)
        rounds = [figure for each in range(TYPO_ROUNDS) for figure in measured(ranker, mistyped(graded, each), graded)]
        columns += [mean_figures(rounds), mean_figures(measured(ranker, french(graded), graded))]
        cells = "".join(f"{ndcg:9.3f}{precision:7.3f}{recall:7.3f} " for ndcg, precision, recall in columns)
        print(f"{name:38}{cells}{spent:7.2f}")
    print()
    _print_spread(rankers[-1][1], graded)
    _print_cross_validation(material)


def mean_figures(each: Sequence[Figures]) -> Figures:
    """The mean of each figure."""
    ndcg, precision, recall = (mean(column) for column in zip(*each, strict=True))
    return ndcg, precision, recall


def _print_spread(ranker: Ranker, graded: Sequence[Graded]) -> None:
    """How far the plans lie apart, each counting once."""
    for name, priorities in (("plain", plain(graded)), ("French", french(graded))):
        by_plan: dict[str, list[float]] = {}
        for each, (ndcg, _, _) in zip(graded, measured(ranker, priorities, graded), strict=True):
            by_plan.setdefault(each.plan, []).append(ndcg)
        plans = sorted(mean(each) for each in by_plan.values())
        print(
            f"ours by plan, {name}: mean {mean(plans):.3f}, deviation {stdev(plans):.3f}, "
            f"lowest {plans[0]:.3f}, median {plans[len(plans) // 2]:.3f}"
        )


def _print_cross_validation(material: Material) -> None:
    """The weights chosen on four fifths of the plans, measured on the fifth: what choosing them is worth elsewhere."""
    plans = sorted({each.plan for each in material.graded})
    Random(0).shuffle(plans)  # noqa: S311 - repeatable, not secret
    fold_of = {plan: place % FOLDS for place, plan in enumerate(plans)}
    trials = {
        weights: measured(
            ours(StreamIndex.build(material.streams, material.vocabulary, weights)),
            plain(material.graded),
            material.graded,
        )
        for weights in _grid()
    }
    tested: list[Figures] = []
    folds = []
    for fold in range(FOLDS):
        inside = [fold_of[each.plan] == fold for each in material.graded]

        def elsewhere(weights: Weights, inside: Sequence[bool] = inside) -> float:
            return mean(ndcg for (ndcg, _, _), held_out in zip(trials[weights], inside, strict=True) if not held_out)

        chosen = trials[max(trials, key=elsewhere)]
        held = [figure for figure, held_out in zip(chosen, inside, strict=True) if held_out]
        tested += held
        folds.append(mean_figures(held)[0])
    ndcg, precision, recall = mean_figures(tested)
    print(
        f"ours, weights chosen on other plans ({FOLDS} folds): nDCG@10 {ndcg:.3f}, P@5 {precision:.3f}, "
        f"R@30 {recall:.3f}; folds " + " ".join(f"{each:.3f}" for each in folds)
    )


def _grid() -> list[Weights]:
    """Weights around those in use."""
    return [
        replace(WEIGHTS, same_words=same_words, without_group=without_group, breadth=breadth, weak=weak)
        for same_words, without_group, breadth, weak in product(
            (0.2, 0.35, 0.5), (0.2, 0.35, 0.5), (0.1, 0.2, 0.3), (0.3, 0.45)
        )
    ]
