"""Ordinary tables to measure on: real ones where they are there, scikit-learn's, and made ones.

A set is a frame and its labels. Made sets are drawn anew each time from fixed seeds; each stands
for one thing that ordinary tables have: names with many values, dates, gaps, codes, many rows, few.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn import datasets

Set = tuple[pd.DataFrame, np.ndarray]
SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "tables"

# File and its column of labels; ids go.
REAL = {
    "obesity": "NObeyesdad",
    "student_dropout": "Target",
    "spotify_songs": "playlist_genre",
    "dry_bean": "Class",
    "nursery": "class",
    "satimage": "class",
    "bank_additional": "y",
}


def _real(name: str) -> Set:
    frame = pd.read_csv(SHARED / f"{name}.csv", keep_default_na=False, na_values=[""])
    labels = frame.pop(REAL[name]).astype(str).to_numpy()
    return frame.drop(columns=[c for c in frame if c == "track_id"]), labels


def _bundled(name: str) -> Set:
    bunch = getattr(datasets, f"load_{name}")(as_frame=True)
    return bunch.data, bunch.target.astype(str).to_numpy()


def _drawn(scores: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Labels by the Gumbel trick: class k in proportion to exp(score)."""
    return np.char.add("c", (scores + random.gumbel(size=scores.shape)).argmax(axis=1).astype(str))


def names(rows: int = 6000, classes: int = 5) -> Set:
    """Three columns of names with long tails, of which two tell, and four numbers."""
    random = np.random.default_rng(1)
    frame, scores = pd.DataFrame(), random.normal(size=(1, classes)) * np.ones((rows, 1))
    for column, (values, weight) in {
        "who": (1500, 1.2),
        "city": (200, 0.8),
        "code": (900, 0),
    }.items():
        popular = 1 / np.arange(1, values + 1) ** 0.7
        picked = random.choice(values, size=rows, p=popular / popular.sum())
        frame[column] = np.char.add(f"{column} ", picked.astype(str))
        scores = scores + weight * random.normal(size=(values, classes))[picked]
    for column in "abcd":
        frame[column] = random.normal(size=rows).round(4)
    X = frame[list("abcd")].to_numpy()
    return frame, _drawn(scores + np.tanh(X) @ random.normal(size=(4, classes)), random)


def dates(rows: int = 5000, classes: int = 4) -> Set:
    """A date that tells by season, weekday and drift, a small category, and two numbers."""
    random = np.random.default_rng(2)
    day = random.integers(0, 1500, size=rows)
    season = np.column_stack([np.sin(2 * np.pi * day / 365.25), np.cos(2 * np.pi * day / 365.25)])
    where = random.integers(0, 6, size=rows)
    two = random.normal(size=(rows, 2))
    scores = season @ random.normal(size=(2, classes)) * 1.5
    scores += random.normal(size=(7, classes))[day % 7] + random.normal(size=(6, classes))[where]
    scores += day[:, None] / 1500 * random.normal(size=classes) * 2
    scores += two @ random.normal(size=(2, classes))
    when = pd.Timestamp("2019-01-01") + pd.to_timedelta(day, unit="D")
    frame = pd.DataFrame(
        {"when": when.strftime("%Y-%m-%d"), "where": np.array(list("uvwxyz"))[where]}
    )
    frame[["one", "two"]] = two.round(4)
    return frame, _drawn(scores, random)


def gaps(rows: int = 4000, classes: int = 3) -> Set:
    """Twelve numbers with gaps, more of them where the value was high: a gap tells."""
    random = np.random.default_rng(3)
    X = random.normal(size=(rows, 12))
    scores = X[:, :6] @ random.normal(size=(6, classes)) + (X[:, [0]] * X[:, [1]]) * [1, 0, -1]
    there = random.random(X.shape) > 0.15 + 0.3 * (X > 0.8)
    columns = [f"m{k}" for k in range(12)]
    return pd.DataFrame(np.where(there, X.round(4), np.nan), columns=columns), _drawn(
        scores, random
    )


def codes(rows: int = 3000, classes: int = 4) -> Set:
    """Ten small categories of which pairs tell more than each alone."""
    random = np.random.default_rng(4)
    picked = random.integers(0, [2, 3, 4, 5, 6, 8, 8, 10, 12, 20], size=(rows, 10))
    scores = np.zeros((rows, classes))
    for one, other in ((0, 3), (1, 5), (2, 9)):
        table = random.normal(size=(20, 20, classes))
        scores += 1.2 * table[picked[:, one], picked[:, other]]
    text = np.char.add("v", picked.astype(str))
    return pd.DataFrame(text, columns=[f"q{k}" for k in range(10)]), _drawn(scores, random)


def numbers(rows: int, columns: int, classes: int, seed: int) -> Set:
    """Numbers, of which half tell, by scikit-learn's `make_classification`."""
    X, y = datasets.make_classification(
        n_samples=rows,
        n_features=columns,
        n_informative=max(3, columns // 2),
        n_redundant=columns // 5,
        n_classes=classes,
        n_clusters_per_class=2,
        flip_y=0.05,
        random_state=seed,
    )
    frame = pd.DataFrame(X.round(5), columns=[f"f{k}" for k in range(columns)])
    return frame, np.char.add("c", y.astype(str))


MADE: dict[str, Callable[[], Set]] = {
    "names": names,
    "dates": dates,
    "gaps": gaps,
    "codes": codes,
    "few": lambda: numbers(300, 10, 3, 5),
    "wide": lambda: numbers(800, 120, 4, 6),
    "classes": lambda: numbers(4500, 16, 26, 7),
    "many": lambda: numbers(50_000, 20, 5, 8),
    "noisy": lambda: (numbers(2000, 15, 3, 9)[0], numbers(2000, 15, 3, 10)[1]),
}


def sets() -> dict[str, Callable[[], Set]]:
    """Every set that can be had here, by name."""
    real = {name: (lambda name=name: _real(name)) for name in REAL if SHARED.is_dir()}
    bundled = {n: (lambda n=n: _bundled(n)) for n in ("digits", "wine", "breast_cancer", "iris")}
    return {**real, **bundled, **MADE}


def five_lines(train: Set, test: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """What a Kaggler writes in five lines: plain LightGBM on codes, names by their targets.

    Returns
    -------
    classes, and probabilities of the test rows in their order
    """
    from lightgbm import LGBMClassifier
    from sklearn.preprocessing import OrdinalEncoder, TargetEncoder

    X, y = train
    parts = []
    for column in X:
        one, other = X[[column]], test[[column]]
        if pd.api.types.is_numeric_dtype(one[column]):
            parts.append((one, other))
            continue
        one, other = one.fillna("").astype(str), other.fillna("").astype(str)
        if (one[column].str.match(r"\d{4}(-\d\d){0,2}$")).mean() > 0.9:
            days = [
                pd.to_datetime(p[column], errors="coerce", format="mixed") for p in (one, other)
            ]
            parts.append(tuple(((d - pd.Timestamp(0)).dt.days).to_frame() for d in days))
            continue
        if one[column].nunique() > 30:
            encoder = TargetEncoder(random_state=0)
        else:
            encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
        parts.append((encoder.fit_transform(one, y), encoder.transform(other)))
    one, other = (np.hstack([np.asarray(p[k], dtype=float) for p in parts]) for k in (0, 1))
    model = LGBMClassifier(
        n_estimators=250, learning_rate=0.05, num_leaves=15, min_child_samples=20, subsample=0.8,
        subsample_freq=1, colsample_bytree=0.5, reg_lambda=1, n_jobs=1, verbose=-1,
    )  # fmt: skip
    model.fit(one, y)
    return model.classes_, model.predict_proba(other)
