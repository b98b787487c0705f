"""The job `entries`: a competition's entries in order, the prior first, gaps with their error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from harness import entries
from harness.competition import Competition, Labels, Probabilities
from harness.errors import EntryError
from harness.evaluate import intervals, metrics, selection
from harness.evaluate.baseline import prior_of
from harness.evaluate.nested import shown

PRIOR = "prior"
SHOWN = ("logloss", "accuracy", "logloss-cells")


@dataclass(frozen=True)
class Standing:
    """One line of the local leaderboard.

    `gap` is the distance to the best entry with its paired standard error; None for the best one
    and for metrics that are no mean over rows. `tied` entries can't be told apart from the best.
    """

    name: str
    scores: Mapping[str, float]
    gap: intervals.Gap | None
    best: bool
    seconds: float | None
    split: str = ""
    how: str = ""
    tied: bool = False

    def as_dict(self) -> dict[str, Any]:
        """The line as JSON can hold it."""
        return asdict(self)


@dataclass(frozen=True)
class Standings:
    """The lines, the prior first and the entries from best to worst, and what went wrong.

    `optimism` is how much better the best entry looks than it is for having been chosen.
    """

    rows: list[Standing]
    warnings: list[str]
    optimism: float = 0.0


def standings(competition: Competition, folder: Path, metric: str) -> Standings:
    """Every entry of `competition` in `folder`, from best to worst by out-of-fold `metric`."""
    wanted = metrics.metric(metric)
    shown = list(dict.fromkeys((metric, *SHOWN)))
    candidates, warnings = [], []
    warnings += [f"left out: {line}" for line in entries.broken(folder)]
    for entry in entries.read_all(folder, fingerprint=competition.fingerprint):
        try:
            entry.check(competition)
            scores = {name: metrics.score(name, entry.y, entry.oof_for(name)) for name in shown}
        except EntryError as error:
            warnings.append(f"left out: {error}")
            continue
        candidates.append((entry, scores))
    candidates.sort(key=lambda pair: pair[1][metric], reverse=wanted.higher_is_better)
    first = candidates[0][0] if candidates else None
    y, prior = _prior(competition, first)
    best = first.oof_for(metric) if first else None
    rows = [
        Standing(
            PRIOR,
            {name: metrics.score(name, y, prior) for name in shown},
            None if best is None else intervals.gap(metric, y, prior, best),
            best is None,
            None,
        )
    ]
    gaps = [_gap(metric, entry, first) for entry, _ in candidates]
    rows += [
        Standing(
            entry.name,
            scores,
            gap,
            entry is first,
            _number(entry.receipt.get("seconds")),
            split_of(entry),
            how_of(entry),
            selection.tied(gap, len(candidates)),
        )
        for (entry, scores), gap in zip(candidates, gaps, strict=True)
    ]
    return Standings(rows, warnings, _optimism([entry for entry, _ in candidates], metric))


def _optimism(candidates: list[entries.Entry], metric: str) -> float:
    """The luck of the best of those that were judged on the same rows as it."""
    alike = [one for one in candidates if np.array_equal(one.rows, candidates[0].rows)]
    scored = [metrics.row_scores(metric, one.y, one.oof_for(metric)) for one in alike]
    return selection.optimism(
        [one for one in scored if one is not None],
        higher_is_better=metrics.metric(metric).higher_is_better,
    )


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def how_of(entry: entries.Entry) -> str:
    """What an entry's fit changed from the defaults, as options of the command line."""
    settings = entry.receipt.get("settings")
    if not isinstance(settings, dict):
        return ""
    parameters = settings.get("parameters")
    said = [f"{k}={v}" for k, v in parameters.items()] if isinstance(parameters, dict) else []
    several = settings.get("alternatives")
    if isinstance(several, dict):
        said += [f"{name}={'/'.join(map(shown, values))}" for name, values in several.items()]
    usual = {"scaler": None, "reducer": "drop-constant", "balance": "none", "final": "refit"}
    said += [str(settings[k]) for k, v in usual.items() if settings.get(k, v) != v]
    return " ".join(said)


def split_of(entry: entries.Entry) -> str:
    """How an entry's rows were held out, in a word or two."""
    split = entry.receipt.get("split")
    if not isinstance(split, dict):
        return ""
    return f"{split.get('kind', '')} {split.get('folds', '')}".strip()


def _gap(metric: str, entry: entries.Entry, best: entries.Entry | None) -> intervals.Gap | None:
    """The paired distance from the best entry; None where they weren't judged on the same rows."""
    if best is None or entry is best or not np.array_equal(entry.rows, best.rows):
        return None
    return intervals.gap(metric, entry.y, entry.oof_for(metric), best.oof_for(metric))


def _prior(competition: Competition, entry: entries.Entry | None) -> tuple[Labels, Probabilities]:
    """The row to beat, on the rows and folds of the best entry; without one, on all rows."""
    if entry is not None:
        return entry.y, prior_of(competition.y, entry.rows, entry.folds, competition.n_classes)
    shares = competition.counts / len(competition.y)
    return competition.y, np.broadcast_to(shares, (len(competition.y), competition.n_classes))
