"""An entry's own record: its labels, calibration, scores and expected scores, recomputed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from harness import receipts
from harness.competition import Competition, Labels, Leaderboard
from harness.entries import Entry
from harness.evaluate import metrics
from harness.evaluate.calibration import Verdict
from harness.evaluate.learning import Gain
from harness.expectation import stated
from harness.plans import Judged
from harness.vouching._compare import Check, of_arrays, of_values

SCORES = ("scores", "raw_scores", "prior_scores", "song_level", "fold_mean", "fold_sd")
FOLD = ("number", "scores")
TRIED = ("name", "logloss", "change", "error")


def judged_of(entry: Entry, competition: Competition) -> Judged:
    """What its models said of the rows held out, with the competition's own labels."""
    return Judged(entry.rows, competition.y[entry.rows], entry.folds, entry.raw_oof)


def checks(
    entry: Entry,
    competition: Competition,
    judged: Judged,
    verdict: Verdict,
    full: Mapping[str, Any] | None = None,
) -> list[Check]:
    """All that needs no model: labels, calibration, scores and expected scores.

    Parameters
    ----------
    verdict : Verdict
        The calibration court's, heard again on `judged`.
    full : mapping, optional
        The expected scores, their gains measured again; without it, gains are taken as they are
        kept.
    """
    return [
        labels(entry, competition),
        calibration(entry, verdict),
        scores(entry, competition, judged, verdict),
        *expected(entry, competition, judged, verdict, full),
    ]


def labels(entry: Entry, competition: Competition) -> Check:
    """Whether its labels are the competition's."""
    given: Labels = competition.y[entry.rows]
    off = int((entry.y != given).sum())
    if off:
        return Check("labels", "disagrees", f"y.npy has other labels in {off} of {len(given)} rows")
    return Check("labels", "agrees", "y.npy holds the competition's own")


def calibration(entry: Entry, verdict: Verdict) -> Check:
    """Whether its probabilities are the models' own, calibrated as the court now decides."""
    own = "the models' own probabilities"
    said = f"{own}, {verdict.calibrator.name} fitted across folds" if verdict.accepted else own
    kept = entry.receipt.get("calibration")
    found = of_arrays("calibration", {"oof.npy": (entry.oof, verdict.proba)}, said)
    if found.verdict == "agrees":
        decided = of_values("calibration", _decided(kept), _decided(verdict.as_dict()), "")
        return found if decided.verdict == "agrees" else decided
    return found


def _decided(told: Any) -> Any:
    """What the court decided and on which figures, without its words and what was learned."""
    if not isinstance(told, Mapping):
        return told
    found = {key: told.get(key) for key in ("accepted", "raw_for", "boards", "candidates")}
    if isinstance(found["candidates"], list):
        found["candidates"] = [_only(one, TRIED) for one in found["candidates"]]
    return found


def _only(told: Any, keys: Sequence[str]) -> Any:
    return {key: told.get(key) for key in keys} if isinstance(told, Mapping) else told


def scores(entry: Entry, competition: Competition, judged: Judged, verdict: Verdict) -> Check:
    """Whether its scores are those of its probabilities."""
    now = receipts.of_blend(competition, judged, verdict, {})
    told = entry.receipt.get("folds")
    kept: dict[str, Any] = {key: entry.receipt.get(key) for key in SCORES}
    kept["folds"] = [_only(one, FOLD) for one in told] if isinstance(told, list) else told
    said = "all of them, by the folds' and the prior's, come out of the probabilities again"
    found: Any = {key: now[key] for key in (*SCORES, "folds")}
    if newer := _not_kept(kept["scores"], competition):
        # Anywhere else in the receipt they would be something that doesn't come out.
        found = _without(found, newer)
        said += f"; none by {', '.join(newer)}, which its version didn't give"
    return of_values("scores", kept, found, said)


def _not_kept(kept: Any, competition: Competition) -> list[str]:
    """Metrics without a score in the receipt: those that harness knew later, but no board's."""
    boards = {board.metric for board in competition.leaderboards}
    known = kept if isinstance(kept, Mapping) else {}
    return [name for name in metrics.METRICS if known and name not in {*known, *boards}]


def _without(tree: Any, names: Sequence[str]) -> Any:
    if isinstance(tree, Mapping):
        return {key: _without(one, names) for key, one in tree.items() if key not in names}
    return [_without(one, names) for one in tree] if isinstance(tree, list) else tree


def expected(
    entry: Entry,
    competition: Competition,
    judged: Judged,
    verdict: Verdict,
    full: Mapping[str, Any] | None,
) -> list[Check]:
    """Whether its expected scores and intervals follow from scores and gains."""
    kept = entry.receipt.get("expected")
    if full is not None:
        said = "scores, intervals and gains"
        return [of_values("expected", kept, full, said)]

    def gain_of(board: Leaderboard) -> Gain | None:
        one = kept.get(board.name) if isinstance(kept, Mapping) else None
        found = [one.get(key) for key in ("gain", "gain_error")] if isinstance(one, Mapping) else []
        numbers = [float(value) for value in found if isinstance(value, int | float)]
        return Gain(*numbers) if len(numbers) == 2 and any(numbers) else None

    now = stated(competition, judged, verdict, gain_of)
    said = "scores and intervals follow from the out-of-fold scores and the gains"
    found = [of_values("expected", kept, now, said)]
    gains = {board.name: gain_of(board) for board in competition.leaderboards}
    told = ", ".join(f"{name} {gain.value:+.4f}" for name, gain in gains.items() if gain)
    found.append(
        Check("gains", "not checked", f"{told or 'none'}, from final model over fold models")
    )
    return found


def rows_now(folds: Labels) -> tuple[Labels, Labels]:
    """The rows that a split holds out, ascending, each with its fold counted over all repeats."""
    rows, numbers, first = [], [], 0
    for fold in folds:
        held = np.flatnonzero(fold >= 0)
        rows.append(held)
        numbers.append(fold[held] + first)
        first += int(fold.max()) + 1
    every = np.concatenate(rows)
    order = np.argsort(every, kind="stable")
    return every[order], np.concatenate(numbers)[order].astype(np.int64)
