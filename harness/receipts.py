"""The receipt of a fit: what is needed to repeat it, what it scored, what it cost."""

from __future__ import annotations

import os
import platform
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np

from harness import __version__
from harness.competition import Probabilities
from harness.evaluate import intervals, metrics
from harness.evaluate.baseline import prior_probabilities
from harness.evaluate.crossval import Fold
from harness.threads import cores
from harness.zoo import _members

if TYPE_CHECKING:
    from harness.fit import Plan

LIBRARIES = ("numpy", "scikit-learn", "imbalanced-learn", "lightgbm", "keras")


def make(ready: Plan, folds: list[Fold], oof: Probabilities, notes: list[str]) -> dict[str, Any]:
    """What is needed to repeat the fit, and what it scored; everything JSON can hold."""
    competition, y = ready.competition, ready.competition.y
    prior = prior_probabilities(y, ready.folds, competition.n_classes)
    per_fold = {name: [fold.scores[name] for fold in folds] for name in metrics.METRICS}
    rows = len(competition.X_test) if competition.X_test is not None else len(y)
    return {
        "harness": __version__,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": sys.argv[1:],
        "model": ready.settings.model,
        "parameters": _members.resolved(ready.settings.model, dict(ready.settings.parameters)),
        "settings": asdict(ready.settings),
        "pipeline": [step for step, _ in ready.pipeline.steps],
        "split": {"kind": "stratified", "folds": ready.settings.cv, "seed": ready.settings.seed},
        "competition": {
            "name": competition.name,
            "fingerprint": competition.fingerprint,
            "data": str(competition.root.resolve()),
            "classes": list(competition.classes),
            "class_names": list(competition.class_names),
            "rows": len(y),
            "columns": len(competition.columns),
            "test_rows": len(competition.test_ids),
        },
        "scores": {name: metrics.score(name, y, oof) for name in metrics.METRICS},
        "fold_mean": {name: float(np.mean(values)) for name, values in per_fold.items()},
        "fold_sd": {name: float(np.std(values, ddof=1)) for name, values in per_fold.items()},
        "prior_scores": {name: metrics.score(name, y, prior) for name in metrics.METRICS},
        "expected": {
            board.name: asdict(intervals.expected(board.metric, y, oof, rows=rows))
            | {"metric": board.metric}
            for board in competition.leaderboards
        },
        "folds": [
            {"number": f.number + 1, "seconds": round(f.seconds, 3), "scores": dict(f.scores)}
            for f in folds
        ],
        "notes": list(dict.fromkeys(notes)),
        "versions": versions(),
        "cores": cores(),
    }


def versions() -> dict[str, str]:
    """Versions of what a result depends on."""
    return {"python": platform.python_version(), "machine": platform.machine()} | {
        name: version(name) for name in LIBRARIES
    }


def peak_memory_mb() -> float | None:
    """The most memory this process ever held, in MB; None where the system doesn't tell."""
    if os.name != "posix":
        return None
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Linux counts in kilobytes, macOS in bytes.
    return round(peak / (1e6 if sys.platform == "darwin" else 1e3), 1)
