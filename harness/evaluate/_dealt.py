"""Labels dealt anew: what can be told of them, and what shouldn't be told of the real ones."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from harness.competition import Competition
from harness.evaluate import _paired, _planting
from harness.evaluate._case import Case, Outcome, Told

# A model gives bits of its own to at least this share of its rows, or it votes.
LIVELY = 0.9


def by_chance(
    case: Case,
    given: Competition,
    permutations: int,
    salt: int,
    outcomes: list[Outcome] | None = None,
) -> Told:
    """Cross-validate with labels dealt anew, several times, and compare with chance.

    `outcomes` may hold those of the first turns; the others are put in.
    """
    dealt, outcomes = [], [] if outcomes is None else outcomes
    for turn in range(permutations):
        relabelled, units = _planting.relabelled(given, case.fold, case.random(salt, turn))
        if turn == len(outcomes):
            outcomes.append(case.run(relabelled))
        shares = _planting.chances(relabelled.y, case.fold, units, given.n_classes)
        judged = replace(case.judged(outcomes[turn], relabelled.y), units=units[case.held])
        dealt.append((judged, shares[case.held]))
    accuracy, probability, chance = _paired.above_chance(dealt)
    figure = f"accuracy {chance + accuracy.value:.4f}, chance {chance:.4f} ({accuracy})"
    numbers = {
        "accuracy": chance + accuracy.value,
        "chance": chance,
        "above": accuracy.value,
        "error": accuracy.error,
        "permutations": permutations,
        # A row whose label is known is right instead of right by chance.
        "limit": _paired.BEYOND_NOISE * accuracy.error / max(1 - chance, 1e-9),
    }
    failed = accuracy.beyond_noise or probability.beyond_noise
    if probability.beyond_noise and not accuracy.beyond_noise:
        figure += f"; probability on the dealt class {probability}"
    return Told("failed" if failed else "passed", figure, numbers)


def from_elsewhere(case: Case, outcomes: Sequence[Outcome]) -> Told | None:
    """The complaint where some rows are told right, in the same bits, whatever the labels were.

    Only of a model whose other rows have bits of their own: votes and neighbours, which have few
    answers to give, repeat them by chance.
    """
    base = case.judged(case.base)
    alike = [(one.oof[case.held] == base.proba).all(axis=1) for one in outcomes]
    kept = np.logical_and.reduce(alike)
    rest = base.proba[~kept]
    if not kept.any() or len(np.unique(rest, axis=0)) < LIVELY * len(rest):
        return None
    named = base.proba[kept].argmax(axis=1)
    right = int((named == base.y[kept]).sum())
    chance = (np.bincount(base.y, minlength=base.proba.shape[1]) / len(base.y))[named]
    # At least a row's worth of doubt: a class that has nearly all rows is named by everybody.
    noise = math.sqrt(max(1.0, float((chance * (1 - chance)).sum())))
    if right - chance.sum() <= _paired.BEYOND_NOISE * noise:
        return None
    count = int(kept.sum())
    figure = (
        f"{count} of {len(kept)} held-out rows have the same bits whatever the labels, {right} of "
        "them right: their labels come from elsewhere"
    )
    return Told("failed", figure, {"kept": count, "right": right})
