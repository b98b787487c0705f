"""The job `entries`: a competition's entries in order, the prior first, gaps with their error."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness import entries
from harness.competition import Competition, Labels, Probabilities
from harness.entry import Entry
from harness.evaluate import intervals, metrics, selection
from harness.evaluate.baseline import prior_of
from harness.evaluate.nested import shown
from harness.ranking import PRIOR, Ranked, ranking, set_aside

SHOWN = ("logloss", "accuracy", "logloss-cells")


@dataclass(frozen=True)
class Standing:
    """One line of the local leaderboard.

    `gap` is the distance to the best entry with its paired standard error; None for the best one,
    for metrics that are no mean over rows, and for scores that can't be compared with the best's:
    those of a leaky split (`leak` says why it is one) and of other rows than `judged` of the best.
    `tied` entries can't be told apart from the best.
    """

    name: str
    scores: Mapping[str, float]
    gap: intervals.Gap | None
    best: bool
    seconds: float | None
    split: str = ""
    how: str = ""
    tied: bool = False
    leak: str = ""
    judged: int = 0

    def as_dict(self) -> dict[str, Any]:
        """The line as JSON can hold it."""
        return asdict(self)


@dataclass(frozen=True)
class Standings:
    """The lines, the prior first and the entries from best to worst, and what went wrong.

    Attributes
    ----------
    optimism : float
        How much better the best entry looks than it is for having been chosen among `compared`.
    set_aside : str
        Entries that score better than the best, and why they aren't it.
    """

    rows: list[Standing]
    warnings: list[str]
    optimism: float = 0.0
    compared: int = 0
    set_aside: str = ""


@dataclass(frozen=True)
class Other:
    """An entry that was fitted on other data: its score can't be compared.

    Attributes
    ----------
    data : str
        Where that lay.
    score : float or None
        Out-of-fold, as its receipt has it; None where it hasn't.
    """

    name: str
    model: str
    competition: str
    data: str
    score: float | None

    def as_dict(self) -> dict[str, Any]:
        """The entry as JSON can hold it."""
        return asdict(self)


def of_other_data(competition: Competition, folder: Path, metric: str) -> list[Other]:
    """The sound entries in `folder` that were fitted on anything but `competition`, by name."""
    found = []
    for entry in entries.read_all(folder):
        if entry.fingerprint == competition.fingerprint:
            continue
        on, scores = entry.receipt["competition"], entry.receipt["scores"]
        told = {name: str(on.get(name) or "") for name in ("name", "data")}
        score = _number(scores.get(metric))
        found.append(Other(entry.name, entry.model, told["name"], told["data"], score))
    return found


def standings(competition: Competition, folder: Path, metric: str) -> Standings:
    """Every entry of `competition` in `folder`, in the order of `harness.ranking`."""
    shown = list(dict.fromkeys((metric, *SHOWN)))
    ranked, warnings = ranking(competition, folder, metric)
    first = ranked[0].entry if ranked else None
    y, prior = _prior(competition, first)
    # Of the best and of those that it can be compared with.
    scored = {
        one.entry.name: _per_row(metric, one.entry.y, one.entry.oof_for(metric), one.entry.rows)
        for one in ranked
        if _comparable(one, ranked[0])
    }

    def gap_of(own: NDArray[np.float64] | None) -> intervals.Gap | None:
        assert first is not None
        return _gap(metric, competition, first.rows, own, scored[first.name])

    rows = [
        Standing(
            PRIOR,
            {name: metrics.score(name, y, prior) for name in shown},
            gap_of(_per_row(metric, y, prior, first.rows)) if first is not None else None,
            first is None,
            None,
            judged=len(competition.y) if first is None else first.judged,
        )
    ]
    gaps = [
        gap_of(scored[one.entry.name])
        if one.entry.name in scored and one is not ranked[0]
        else None
        for one in ranked
    ]
    rows += [
        Standing(
            one.entry.name,
            {name: metrics.score(name, one.entry.y, one.entry.oof_for(name)) for name in shown},
            gap,
            one.entry is first,
            _number(one.entry.receipt.get("seconds")),
            split_of(one.entry),
            how_of(one.entry),
            selection.tied(gap, len(scored)),
            one.leak,
            one.judged,
        )
        for one, gap in zip(ranked, gaps, strict=True)
    ]
    return Standings(
        rows,
        warnings,
        selection.optimism(
            [own for own in scored.values() if own is not None],
            higher_is_better=metrics.metric(metric).higher_is_better,
        ),
        len(scored),
        set_aside(ranked, metric, len(competition.y)) if ranked else "",
    )


def _comparable(one: Ranked, best: Ranked) -> bool:
    """Whether two scores are of the same rows and equally honest."""
    rows = np.unique(one.entry.rows), np.unique(best.entry.rows)
    return bool(one.leak) == bool(best.leak) and np.array_equal(*rows)


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def how_of(entry: Entry) -> str:
    """What an entry's fit changed from the defaults, as options of the command line.

    Of a blend: how it was made, and of how many members.
    """
    if entry.members:
        blend = entry.receipt.get("blend")
        method = blend.get("method", "blend") if isinstance(blend, dict) else "blend"
        number = len(entry.members)
        return f"{method} of {number} members" if number > 1 else f"{entry.members[0]} alone"
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
    if settings.get("bags", 1) != 1:
        said.append(f"{settings['bags']} bags")
    return " ".join(said)


def split_of(entry: Entry) -> str:
    """How an entry's rows were held out, in a word or two."""
    split = entry.receipt.get("split")
    if not isinstance(split, dict):
        return ""
    return f"{split.get('kind', '')} {split.get('folds', '')}".strip()


def _gap(
    metric: str,
    competition: Competition,
    rows: Labels,
    one: NDArray[np.float64] | None,
    other: NDArray[np.float64] | None,
) -> intervals.Gap | None:
    """How much worse the scores `one` of some rows are than the scores `other` of the same."""
    if one is None or other is None:
        return None
    worse = other - one if metrics.metric(metric).higher_is_better else one - other
    units = None if competition.groups is None else competition.groups[np.unique(rows)]
    return intervals.Gap(float(worse.mean()), math.sqrt(intervals.variance_of_mean(worse, units)))


def _per_row(
    metric: str, y: Labels, proba: Probabilities, rows: Labels
) -> NDArray[np.float64] | None:
    """Each row's score, one a row whatever number of repeats predicted it; None without such."""
    scored = metrics.row_scores(metric, y, proba)
    if scored is None:
        return None
    _, codes, times = np.unique(rows, return_inverse=True, return_counts=True)
    return np.bincount(codes, weights=scored) / times


def _prior(competition: Competition, entry: Entry | None) -> tuple[Labels, Probabilities]:
    """The row to beat, on the rows and folds of the best entry; without one, on all rows."""
    if entry is not None:
        return entry.y, prior_of(competition.y, entry.rows, entry.folds, competition.n_classes)
    shares = competition.counts / len(competition.y)
    return competition.y, np.broadcast_to(shares, (len(competition.y), competition.n_classes))
