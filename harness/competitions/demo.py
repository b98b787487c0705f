"""The embedded competition: made by the project, with the best possible score known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

TRAIN_ROWS, TEST_ROWS, COLUMNS = 4363, 6544, 264
COUNTS = np.array([2178, 618, 326, 253, 214, 260, 141, 195, 92, 86])
NAMES = ["Pop_Rock", "Electronic", "Rap", "Jazz", "Latin", "RnB", "International", "Country", "Reggae", "Blues"]

TOML = """\
name = "demo"

[train]
features = "train_data.csv"
labels = "train_labels.csv"

[test]
features = "test_data.csv"

[classes]
values = [{values}]
names = [{names}]

[[blocks]]
name = "rhythm"
columns = [0, 168]
shape = [7, 24]

[[blocks]]
name = "chroma"
columns = [168, 216]
shape = [4, 12]

[[blocks]]
name = "mfcc"
columns = [216, 264]
shape = [4, 12]

[[leaderboards]]
metric = "accuracy"
id = "Sample_id"
label = "Sample_label"

[[leaderboards]]
metric = "logloss"
id = "Sample_id"
classes = [{headers}]

[answers]
labels = "answers/test_labels.csv"
"""


def make(folder: Path, *, seed: int = 0) -> None:
    """Write the demo competition into `folder`."""
    rng = np.random.default_rng(seed)
    y = rng.choice(10, TRAIN_ROWS + TEST_ROWS, p=COUNTS / COUNTS.sum())
    centres = rng.normal(size=(10, COLUMNS)) * 0.15
    X = centres[y] + rng.normal(size=(len(y), COLUMNS))
    (folder / "answers").mkdir(parents=True, exist_ok=True)
    for name, part in (("train", slice(TRAIN_ROWS)), ("test", slice(TRAIN_ROWS, None))):
        pl.from_numpy(X[part].astype(np.float32)).write_csv(
            folder / f"{name}_data.csv", include_header=False
        )
        labels = pl.DataFrame({"y": y[part] + 1})
        at = "train_labels.csv" if name == "train" else "answers/test_labels.csv"
        labels.write_csv(folder / at, include_header=False)
    (folder / "competition.toml").write_text(
        TOML.format(
            values=", ".join(f'"{k}"' for k in range(1, 11)),
            names=", ".join(f'"{n}"' for n in NAMES),
            headers=", ".join(f'"Class_{k}"' for k in range(1, 11)),
        )
    )
