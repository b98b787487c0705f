"""The job `fit`: cross-validate a pipeline, refit it on all rows, and keep the record as an entry."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.base import clone

from harness import entries
from harness.atomic import write_json
from harness.competition import Competition
from harness.evaluate import metrics, splits
from harness.evaluate.crossval import Fold, in_class_order, run_fold
from harness.prepare import pipeline as pipelines
from harness.zoo import _members


@dataclass(frozen=True)
class FitSettings:
    """What is fitted, and how it is judged."""

    model: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    scaler: str | None = None
    reducer: str = "drop-constant"
    balance: str = "none"
    cv: int = 5
    seed: int = 0
    final: str = "refit"


def fit(
    competition: Competition,
    settings: FitSettings,
    folder: Path,
    *,
    on_fold: Callable[[Fold], None] = lambda fold: None,
) -> entries.Entry:
    """Fit one entry and write it into `folder`."""
    started = time.perf_counter()
    model = _members.make(settings.model, dict(settings.settings), seed=settings.seed)
    pipeline = pipelines.build(competition, model, seed=settings.seed)
    folds = splits.stratified(competition, folds=settings.cv, seed=settings.seed)
    oof = np.zeros((len(competition.y), competition.n_classes))
    done: list[Fold] = []
    for number in range(settings.cv):
        fold = run_fold(
            pipeline, competition.X, competition.y, folds, number, n_classes=competition.n_classes
        )
        oof[fold.held_out] = fold.proba
        done.append(fold)
        on_fold(fold)

    test = None
    if competition.X_test is not None:
        final = clone(pipeline).fit(competition.X, competition.y)
        test = in_class_order(
            final.predict_proba(competition.X_test), final.classes_, competition.n_classes
        )

    def fill(part: Path) -> Mapping[str, Any]:
        np.save(part / "oof.npy", oof)
        np.save(part / "folds.npy", folds)
        np.save(part / "y.npy", competition.y)
        if test is not None:
            np.save(part / "test.npy", test)
        write_json(part / "history.json", [fold.history for fold in done])
        return {
            "model": settings.model,
            "settings": asdict(settings),
            "competition": {"name": competition.name, "fingerprint": competition.fingerprint},
            "scores": {name: metrics.score(name, competition.y, oof) for name in metrics.METRICS},
            "seconds": time.perf_counter() - started,
        }

    return entries.write(folder, settings.model, fill)
