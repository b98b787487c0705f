"""Small competitions made for tests, as folders and as arrays."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from harness.competition import Block, Competition, Leaderboard

CLASSES = ("1", "2", "3")
NAMES = ("Rock", "Jazz", "Rap")
TOML = """\
name = "small"

[train]
features = "train_data.csv"
labels = "train_labels.csv"

[test]
features = "test_data.csv"

[classes]
values = ["1", "2", "3"]
names = ["Rock", "Jazz", "Rap"]

[[leaderboards]]
metric = "accuracy"
id = "Sample_id"
label = "Sample_label"

[[leaderboards]]
metric = "logloss"
id = "Sample_id"
classes = ["Class_1", "Class_2", "Class_3"]

[answers]
labels = "answers/test_labels.csv"
"""


def draw(rows: int, seed: int, columns: int = 6) -> tuple[np.ndarray, np.ndarray]:
    """Rows of three overlapping classes; float32 (rows, columns) and int64 labels 0..2."""
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.arange(rows) % 3)
    X = rng.normal(size=(rows, columns)) + 0.8 * np.eye(3, columns)[y] * 2
    return X.astype(np.float32), y


def write_small(folder: Path, *, rows: int = 120, test_rows: int = 60, seed: int = 0) -> Path:
    """A competition folder with known answers."""
    (folder / "answers").mkdir(parents=True)
    X, y = draw(rows, seed)
    X_test, y_test = draw(test_rows, seed + 1)
    np.savetxt(folder / "train_data.csv", X, fmt="%.9g", delimiter=",")
    np.savetxt(folder / "test_data.csv", X_test, fmt="%.9g", delimiter=",")
    np.savetxt(folder / "train_labels.csv", y + 1, fmt="%d")
    np.savetxt(folder / "answers" / "test_labels.csv", y_test + 1, fmt="%d")
    (folder / "competition.toml").write_text(TOML, encoding="utf-8")
    return folder


def small(*, rows: int = 120, test_rows: int = 60, seed: int = 0) -> Competition:
    """The same competition as arrays."""
    X, y = draw(rows, seed)
    return Competition(
        name="small",
        root=Path(),
        classes=CLASSES,
        class_names=NAMES,
        columns=tuple(map(str, range(X.shape[1]))),
        X=X,
        y=y,
        X_test=draw(test_rows, seed + 1)[0],
        test_ids=tuple(str(i + 1) for i in range(test_rows)),
        fingerprint=f"small-{rows}-{test_rows}-{seed}",
        blocks=(Block("low", 0, 3), Block("high", 3, 6)),
        leaderboards=(
            Leaderboard("accuracy", ("Sample_id", "Sample_label")),
            Leaderboard("logloss", ("Sample_id", "Class_1", "Class_2", "Class_3")),
        ),
    )
