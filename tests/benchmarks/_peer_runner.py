"""One competitor, one fold: learn from the training part, predict the held-out part.

``python _peer_runner.py NAME TASK.npz RESULT.npz [--seconds S] [--effort E]`` runs in whichever
environment the competitor is installed in, so nothing but numpy is imported before it is known
who competes. TASK holds X, y (0..K-1), X_test and, for a grouped set, groups; RESULT gets proba,
float64 (rows of X_test, K). What should be known of the run is printed as the last line, JSON.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

Matrix = np.ndarray[Any, Any]
# What AutoGluon's presets would use and do without where it is absent.
EXTRAS = ("lightgbm", "catboost", "xgboost", "fastai", "ray")


@dataclass
class Task:
    """A fold, as the competitors get it."""

    X: Matrix
    y: Matrix
    X_test: Matrix
    groups: Matrix | None
    seconds: float
    effort: str
    work: Path
    told: dict[str, Any] = field(default_factory=dict)

    @property
    def classes(self) -> int:
        return int(self.y.max()) + 1


def by_class(proba: Any, classes: Any, task: Task) -> Matrix:
    """Check that the columns stand in the order 0..K-1."""
    if list(classes) != list(range(task.classes)):
        raise ValueError(f"classes in an unexpected order: {list(classes)}")
    return np.asarray(proba, dtype=np.float64)


def _competition(task: Task) -> Any:
    """The fold, as `harness` sees it; with the settings that a command begins with."""
    from harness.threads import settle

    settle()
    from harness.competition import Competition, Leaderboard

    classes = tuple(str(k) for k in range(task.classes))
    groups = None if task.groups is None else np.unique(task.groups, return_inverse=True)[1]
    return Competition(
        name="fold",
        root=task.work,
        classes=classes,
        class_names=classes,
        columns=tuple(f"f{i}" for i in range(task.X.shape[1])),
        X=task.X.astype(np.float32),
        y=task.y.astype(np.int64),
        X_test=task.X_test.astype(np.float32),
        test_ids=tuple(str(i) for i in range(len(task.X_test))),
        fingerprint="fold",
        groups=None if groups is None else groups.astype(np.int64),
        leaderboards=(Leaderboard("logloss", ("id", *classes)),),
    )


def auto(task: Task) -> Matrix:
    """`harness fit --model auto`."""
    competition = _competition(task)
    from harness.auto import AutoSettings
    from harness.auto import auto as fit

    entry = fit(competition, AutoSettings(effort=task.effort), task.work)
    receipt = entry.receipt
    task.told["expected"] = receipt["expected"]["logloss"]["score"]
    task.told["members"] = {m["name"]: round(m["share"], 3) for m in receipt["blend"]["members"]}
    return np.asarray(entry.test_for("logloss"), dtype=np.float64)


def dense(task: Task) -> Matrix:
    """`harness fit --model dense`."""
    competition = _competition(task)
    from harness.fit import FitSettings, fit, plan

    entry = fit(plan(competition, FitSettings("dense")), task.work)
    task.told["expected"] = entry.receipt["expected"]["logloss"]["score"]
    return np.asarray(entry.test_for("logloss"), dtype=np.float64)


def _autogluon(task: Task, preset: str) -> Matrix:
    import pandas as pd
    from autogluon.tabular import TabularPredictor

    columns = [f"f{i}" for i in range(task.X.shape[1])]
    train, structure = pd.DataFrame(task.X, columns=columns).assign(label=task.y), None
    if task.groups is not None:
        # Its splits keep groups whole, with and without bagging; the column is no feature.
        train["group"], structure = task.groups, {"group_on": "group"}
    predictor = TabularPredictor(
        label="label",
        eval_metric="log_loss",
        learner_kwargs={"ignored_columns": ["group"]},
        path=str(task.work / "models"),
        verbosity=2,
    )
    predictor.fit(train, presets=preset, time_limit=task.seconds, validation_structure=structure)
    task.told["absent"] = [name for name in EXTRAS if importlib.util.find_spec(name) is None]
    task.told["models"] = predictor.model_names()
    proba = predictor.predict_proba(pd.DataFrame(task.X_test, columns=columns))
    return by_class(proba.sort_index(axis=1), sorted(proba.columns), task)


def autogluon_best(task: Task) -> Matrix:
    """AutoGluon, its preset for the best score."""
    return _autogluon(task, "best_quality")


def autogluon_medium(task: Task) -> Matrix:
    """AutoGluon, its default preset."""
    return _autogluon(task, "medium_quality")


def flaml(task: Task) -> Matrix:
    """FLAML with all that it finds installed."""
    from flaml import AutoML

    grouped: dict[str, Any] = {}
    if task.groups is not None:
        grouped = {"split_type": "group", "groups": task.groups, "eval_method": "cv"}
    model = AutoML()
    model.fit(
        task.X,
        task.y,
        task="classification",
        metric="log_loss",
        time_budget=task.seconds,
        seed=0,
        verbose=1,
        **grouped,
    )
    task.told["models"] = [model.best_estimator]
    return by_class(model.predict_proba(task.X_test), model.classes_, task)


def lightgbm(task: Task) -> Matrix:
    """LightGBM with its defaults."""
    from lightgbm import LGBMClassifier

    model = LGBMClassifier(random_state=0, verbose=-1)
    model.fit(task.X, task.y)
    return by_class(model.predict_proba(task.X_test), model.classes_, task)


def catboost(task: Task) -> Matrix:
    """CatBoost with its defaults."""
    from catboost import CatBoostClassifier

    model = CatBoostClassifier(random_seed=0, verbose=0, allow_writing_files=False)
    model.fit(task.X, task.y)
    return by_class(model.predict_proba(task.X_test), model.classes_, task)


RUN: dict[str, tuple[str, Callable[[Task], Matrix]]] = {
    "auto": ("harness", auto),
    "dense": ("harness", dense),
    "autogluon-best": ("autogluon.tabular", autogluon_best),
    "autogluon-medium": ("autogluon.tabular", autogluon_medium),
    "flaml": ("flaml", flaml),
    "lightgbm": ("lightgbm", lightgbm),
    "catboost": ("catboost", catboost),
}


def main() -> None:
    """Run one fold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=RUN)
    parser.add_argument("task", type=Path)
    parser.add_argument("result", type=Path)
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--effort", default="medium")
    given = parser.parse_args()
    package, competitor = RUN[given.name]
    with np.load(given.task) as held, tempfile.TemporaryDirectory(prefix="peer") as work:
        task = Task(
            held["X"],
            held["y"],
            held["X_test"],
            held.get("groups"),
            given.seconds,
            given.effort,
            Path(work),
        )
        started = time.monotonic()
        proba = competitor(task)
        seconds = time.monotonic() - started
    if proba.shape != (len(task.X_test), task.classes) or not np.isfinite(proba).all():
        raise ValueError(f"not a probability matrix: {proba.shape}")
    np.savez(given.result, proba=proba)
    version = importlib.metadata.version(package)
    told = {"version": f"{package} {version}", "inner_seconds": round(seconds, 3), **task.told}
    print("\n" + json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
