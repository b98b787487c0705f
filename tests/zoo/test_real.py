"""What the models reach on real rows, where those are at hand: a broken pipeline shows here."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from harness.competition import Competition
from harness.evaluate import metrics, splits
from harness.evaluate.crossval import run_fold
from harness.prepare import pipeline
from harness.zoo import _members


def load(name: str, folder: Path) -> Competition:
    """One of the two real sets as a competition."""
    if name == "aalto":
        X = pd.read_csv(folder / "aalto_mlbp" / "pca_20.csv", header=None)
        labels = pd.read_csv(folder / "aalto_mlbp" / "train_labels.csv", header=None)[0]
    else:
        X = pd.read_csv(folder / "gtzan30" / "features_30_sec.csv")
        labels = X["label"]
        X = X.drop(columns=["filename", "length", "label"])
    y, classes = pd.factorize(labels, sort=True)
    return Competition(
        name=name,
        root=folder,
        classes=tuple(map(str, classes)),
        class_names=tuple(map(str, classes)),
        columns=tuple(map(str, X.columns)),
        X=X.to_numpy(dtype=np.float32),
        y=y.astype(np.int64),
        X_test=None,
        test_ids=(),
        fingerprint=name,
    )


@pytest.mark.real
@pytest.mark.parametrize(
    ("name", "model", "settings", "accuracy", "logloss"),
    [
        ("aalto", "prior", {}, 0.499, 1.707),
        ("aalto", "logistic", {}, 0.610, 1.231),
        ("gtzan", "logistic", {}, 0.718, 0.931),
        ("gtzan", "svm", {"C": 5}, 0.744, 0.760),
        ("gtzan", "lda", {}, 0.688, 0.987),
        ("aalto", "lda", {}, 0.601, 1.255),
        ("gtzan", "knn", {}, 0.664, 1.067),
    ],
)
def test_reaches_what_is_known(
    shared_data: Path,
    name: str,
    model: str,
    settings: dict[str, float],
    accuracy: float,
    logloss: float,
) -> None:
    c = load(name, shared_data)
    fold = splits.stratified(c, folds=5, seed=0)
    scaler = _members.MODELS.load(model).SCALER
    built = pipeline.build(c, _members.make(model, settings, seed=0), scaler=scaler)
    proba = np.zeros((len(c.y), c.n_classes))
    for number in range(5):
        done = run_fold(built, c.X, c.y, fold, number, n_classes=c.n_classes)
        proba[done.held_out] = done.proba
    # Two standard errors of an accuracy; log-loss varies about as much between seeds.
    noise = 2 * np.sqrt(accuracy * (1 - accuracy) / len(c.y))
    assert metrics.score("accuracy", c.y, proba) > accuracy - noise
    assert metrics.score("logloss", c.y, proba) < logloss + noise
