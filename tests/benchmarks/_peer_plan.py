"""What competes with what on what: the sets, their folds, the competitors."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn import datasets
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
FOLDS = 5
# Each in an environment of its own: their wishes for other packages' versions contradict.
ENVIRONMENTS = {
    "autogluon": ("autogluon.tabular[lightgbm,catboost,xgboost,fastai,ray]",),
    "others": ("flaml[automl,catboost]", "lightgbm", "catboost"),
}
REFERENCE = "autogluon-best"


@dataclass(frozen=True)
class Competitor:
    """Where it is installed ("" beside harness), and its share of the budget (0: no clock)."""

    title: str
    environment: str
    share: float = 0.0


COMPETITORS = {
    "auto": Competitor("harness auto", ""),
    "dense": Competitor("harness dense", ""),
    "autogluon-best": Competitor("AutoGluon best_quality", "autogluon", 1.0),
    "autogluon-medium": Competitor("AutoGluon medium_quality", "autogluon", 1.0),
    "flaml": Competitor("FLAML", "others", 0.5),
    "lightgbm": Competitor("LightGBM, defaults", "others"),
    "catboost": Competitor("CatBoost, defaults", "others"),
}


@dataclass(frozen=True)
class Data:
    """A set: float32 (n, d), labels 0..K-1, and groups where rows belong together.

    Attributes
    ----------
    trains : int, optional
        The first so many rows train and the others are held out: one fold.
    best : float, optional
        The best possible log-loss on the held-out rows, where it is known.
    """

    X: np.ndarray
    y: np.ndarray
    groups: np.ndarray | None = None
    trains: int | None = None
    best: float | None = None

    def folds(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """Training and held-out rows of each fold."""
        if self.trains is not None:
            return [(np.arange(self.trains), np.arange(self.trains, len(self.y)))]
        if self.groups is None:
            splitter: Any = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
        else:
            splitter = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=0)
        return list(splitter.split(self.X, self.y, self.groups))


def _gtzan30() -> Data:
    table = pd.read_csv(SHARED / "gtzan30" / "features_30_sec.csv")
    X = table.drop(columns=["filename", "length", "label"]).to_numpy(np.float32)
    return Data(X, pd.factorize(table["label"], sort=True)[0])


def _aalto() -> Data:
    folder = SHARED / "aalto_mlbp"
    X = np.loadtxt(folder / "pca_20.csv", delimiter=",", dtype=np.float32)
    return Data(X, np.loadtxt(folder / "train_labels.csv").astype(np.int64) - 1)


def _emotify() -> Data:
    table = pd.read_csv(SHARED / "emotify" / "emotify_aalto264_15s.csv")
    X = table.drop(columns=["genre", "track", "segment"]).to_numpy(np.float32)
    tracks = table["genre"].astype(str) + "/" + table["track"].astype(str)
    return Data(X, pd.factorize(table["genre"], sort=True)[0], pd.factorize(tracks)[0])


def _sklearn(name: str) -> Callable[[], Data]:
    def load() -> Data:
        bunch = getattr(datasets, f"load_{name}")()
        return Data(bunch.data.astype(np.float32), bunch.target.astype(np.int64))

    return load


def _demo() -> Data:
    from harness.competitions.demo import draw

    world = draw(0)
    X, y = np.concatenate([world.X, world.X_test]), np.concatenate([world.y, world.y_test])
    return Data(X, y, trains=len(world.y), best=world.best.test.logloss)


SETS: dict[str, Callable[[], Data]] = {
    "gtzan30": _gtzan30,
    "aalto": _aalto,
    "emotify": _emotify,
    "digits": _sklearn("digits"),
    "wine": _sklearn("wine"),
    "breast_cancer": _sklearn("breast_cancer"),
    "demo": _demo,
}
# The demo is no peer of real data: it is run when it is asked for.
DEFAULT_SETS = tuple(name for name in SETS if name != "demo")
DEFAULT_PEERS = tuple(name for name in COMPETITORS if name != "dense")


@dataclass(frozen=True)
class Plan:
    """What was asked for."""

    sets: tuple[str, ...]
    peers: tuple[str, ...]
    folds: int
    out: Path
    environment: Path
    budget: float
    effort: str

    def folder(self, name: str, peer: str) -> Path:
        """Where a competitor's folds lie; other limits are another competitor."""
        share = COMPETITORS[peer].share
        limit = f"{share * self.budget:g}s" if share else self.effort if peer == "auto" else ""
        return self.out / name / "-".join(part for part in (peer, limit) if part)

    def python(self, peer: str) -> Path:
        """The interpreter that has the competitor."""
        name = COMPETITORS[peer].environment
        return python_of(self.environment / name) if name else Path(sys.executable)


def python_of(environment: Path) -> Path:
    return environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
