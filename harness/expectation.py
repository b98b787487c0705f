"""What each leaderboard should give: the out-of-fold score, moved on to the final model.

Fold models are not the model that is submitted. A refit has seen more rows; a bag is a mean of
several models, which is better than they are one by one. Both steps are measured by a few fits more
(`harness.evaluate.learning`), never assumed, and shrunk where they are within their noise.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from harness import court
from harness.competition import Competition, Labels, Leaderboard, Probabilities
from harness.evaluate import intervals, learning, metrics
from harness.evaluate.calibration import Predictions, Verdict, cross_fitted
from harness.evaluate.learning import Gain, Less
from harness.submission import shake_up

if TYPE_CHECKING:
    from harness.plans import Judged, Plan


def expectations(ready: Plan, judged: Judged, verdict: Verdict) -> dict[str, dict[str, Any]]:
    """For each leaderboard its metric, score, interval, and the gain that the score holds."""
    competition = ready.competition
    if not competition.leaderboards:
        return {}
    less = learning.trained_on_less(
        ready.pipeline,
        competition.X,
        competition.y,
        ready.folds[0],
        n_classes=competition.n_classes,
        groups=competition.groups,
    )

    def gain(board: Leaderboard) -> Gain | None:
        return None if less is None else gain_of(ready, judged, verdict, less, board.metric)

    return stated(competition, judged, verdict, gain)


def stated(
    competition: Competition,
    judged: Judged,
    verdict: Verdict,
    gain_of: Callable[[Leaderboard], Gain | None],
) -> dict[str, dict[str, Any]]:
    """The same with the gains given: nothing is fitted."""
    X_test, groups = competition.X_test, competition.clusters
    rows = len(X_test) if X_test is not None else len(competition.y)
    found = {}
    for board in competition.leaderboards:
        gain = gain_of(board)
        proba = verdict.proba_for(board.metric, judged.oof)
        units = None if groups is None else groups[judged.rows]

        on = partial(
            intervals.expected,
            board.metric,
            judged.y,
            proba,
            folds=judged.folds,
            of=judged.rows,
            units=units,
            gain=gain,
        )
        expected = on(rows=rows)
        found[board.name] = asdict(expected) | {
            "metric": board.metric,
            "gain": 0.0 if gain is None else _moved(board.metric, judged.y, proba, expected, gain),
            "gain_error": 0.0 if gain is None else gain.error,
        }
        if board.public is not None and rows > 1:
            public = min(rows - 1, max(1, round(board.public * rows)))
            found[board.name]["public"] = asdict(on(rows=public)) | {
                "shake_up": _shake_up(board, judged.y, proba, public, rows - public, units)
            }
    return found


def _moved(
    metric: str, y: Labels, proba: Probabilities, expected: intervals.Expected, gain: Gain
) -> float:
    """What the gain came to: less of it where the score met its bound."""
    if expected.score in (0.0, 1.0):
        return expected.score - metrics.score(metric, y, proba)
    return gain.value


def _shake_up(
    board: Leaderboard,
    y: Labels,
    proba: Probabilities,
    public: int,
    private: int,
    units: Labels | None,
) -> float:
    """Standard error of the move from the public to the private score."""
    labels = metrics.metric(board.metric).eats == "labels"
    values = proba.argmax(axis=1) if labels else proba
    return shake_up(board.metric, y, values, public=public, private=private, groups=units)


def gain_of(ready: Plan, judged: Judged, verdict: Verdict, less: Less, metric: str) -> Gain | None:
    """What the final model's score is ahead of the fold models'; None for no mean over rows."""
    # Of a repeated split, the first repeat, whose folds the smaller fits left out in pairs.
    first = np.flatnonzero(judged.folds <= ready.folds[0].max())
    at = first[np.searchsorted(judged.rows[first], less.rows)]
    y = judged.y[at]
    raw = metric in verdict.raw_for or not verdict.accepted
    more = judged.oof[at] if raw else verdict.proba[at]
    fewer = less.proba if raw else _calibrated(ready, verdict, less, judged.folds[at], y)
    of_fewer, of_more = (metrics.row_scores(metric, y, proba) for proba in (fewer, more))
    if of_fewer is None or of_more is None:
        return None
    groups = ready.competition.clusters
    units = None if groups is None else groups[less.rows]
    if ready.settings.final == "bag":
        of_mean = metrics.row_scores(metric, y, (fewer + more) / 2)
        return _of_bag((of_fewer + of_more) / 2, of_mean, int(ready.folds[0].max()) + 1, units)
    return learning.gain(of_fewer, of_more, less.factor, units)


def _calibrated(
    ready: Plan, verdict: Verdict, less: Less, folds: Labels, y: Labels
) -> Probabilities:
    """The fewer-row models' probabilities, calibrated as the fold models' were: across folds.

    With what those taught it would be the wrong calibrator: a model that saw fewer rows is more
    overconfident, and would seem further behind than it is.
    """
    given = Predictions(
        y=y,
        proba=less.proba,
        rows=less.rows,
        folds=folds,
        priors=court.priors_of(less.shares, ready.settings.balance),
    )
    return cross_fitted(verdict.calibrator.name, given)


def _of_bag(
    alone: NDArray[np.float64],
    together: NDArray[np.float64] | None,
    models: int,
    units: Labels | None = None,
) -> Gain | None:
    """The gain of a mean of `models` models over one, from that of a mean of two.

    What averaging gains is the spread of the models around their mean, which grows with their
    number as 1 - 1/models (Krogh and Vedelsby, "Neural network ensembles, cross validation, and
    active learning", NIPS 1994; exact for squared error, near enough for log-loss).
    """
    if together is None:
        return None
    return learning.gain(alone, together, 2 * (1 - 1 / models), units)
