"""The job `entries`: a competition's entries in order, the prior first, gaps with their error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from harness import entries
from harness.competition import Competition, Probabilities
from harness.errors import EntryError
from harness.evaluate import intervals, metrics
from harness.evaluate.baseline import prior_probabilities

PRIOR = "prior"
SHOWN = ("accuracy", "logloss", "logloss-cells")


@dataclass(frozen=True)
class Standing:
    """One line of the local leaderboard.

    `gap` is the distance to the best entry with its paired standard error; None for the best one
    and for metrics that are no mean over rows.
    """

    name: str
    scores: Mapping[str, float]
    gap: intervals.Gap | None
    best: bool
    seconds: float | None

    def as_dict(self) -> dict[str, Any]:
        """The line as JSON can hold it."""
        return asdict(self)


@dataclass(frozen=True)
class Standings:
    """The lines, the prior first and the entries from best to worst, and what went wrong."""

    rows: list[Standing]
    warnings: list[str]


def standings(competition: Competition, folder: Path, metric: str) -> Standings:
    """Every entry of `competition` in `folder`, from best to worst by out-of-fold `metric`."""
    wanted = metrics.metric(metric)
    shown = list(dict.fromkeys((metric, *SHOWN)))
    candidates, warnings = [], []
    for entry in entries.read_all(folder, fingerprint=competition.fingerprint):
        try:
            scores = {name: metrics.score(name, entry.y, entry.oof) for name in shown}
        except EntryError as error:
            warnings.append(f"left out: {error}")
            continue
        candidates.append((entry, scores))
    candidates.sort(key=lambda pair: pair[1][metric], reverse=wanted.higher_is_better)
    prior = _prior(competition, candidates[0][0] if candidates else None)
    best = candidates[0][0].oof if candidates else None
    rows = [
        Standing(
            PRIOR,
            {name: metrics.score(name, competition.y, prior) for name in shown},
            None if best is None else intervals.gap(metric, competition.y, prior, best),
            best is None,
            None,
        )
    ]
    rows += [
        Standing(
            entry.name,
            scores,
            None
            if best is None or entry.oof is best
            else intervals.gap(metric, entry.y, entry.oof, best),
            entry.oof is best,
            entry.receipt.get("seconds"),
        )
        for entry, scores in candidates
    ]
    return Standings(rows, warnings)


def _prior(competition: Competition, entry: entries.Entry | None) -> Probabilities:
    """The row to beat, on the best entry's folds; without one, the shares of all rows."""
    if entry is not None:
        return prior_probabilities(entry.y, entry.folds, competition.n_classes)
    shares = competition.counts / len(competition.y)
    return np.broadcast_to(shares, (len(competition.y), competition.n_classes))
