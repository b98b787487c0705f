"""Small competitions' folders for tests."""

from __future__ import annotations

from pathlib import Path

import numpy as np


def mlbp2018(folder: Path, *, rows: int = 30, test_rows: int = 7, width: int = 264) -> Path:
    """The three CSV files of the 2018 competition, in miniature."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    for name, count in (("train", rows), ("test", test_rows)):
        values = rng.normal(size=(count, width))
        np.savetxt(folder / f"{name}_data.csv", values, delimiter=",", fmt="%.4g")
    labels = np.arange(rows) % 10 + 1
    np.savetxt(folder / "train_labels.csv", labels, fmt="%d")
    return folder


GENRES = [
    "blues",
    "classical",
    "country",
    "disco",
    "hiphop",
    "jazz",
    "metal",
    "pop",
    "reggae",
    "rock",
]
GTZAN_COLUMNS = [
    "chroma_stft_mean",
    "chroma_stft_var",
    "rms_mean",
    "tempo",
    *(f"mfcc{k}_{what}" for k in range(1, 21) for what in ("mean", "var")),
]


def gtzan(folder: Path, *, parts: int | None = None) -> Path:
    """GTZAN's features: three songs a genre, whole or in `parts` of 3 s."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    lines = [",".join(["filename", "length", *GTZAN_COLUMNS, "label"])]
    for genre in GENRES:
        for song in range(3):
            for part in [""] if parts is None else [f"{k}." for k in range(parts)]:
                cells = [f"{x:.5f}" for x in rng.normal(size=len(GTZAN_COLUMNS))]
                name = f"{genre}.{song:05d}.{part}wav"
                lines.append(",".join([name, "661794", *cells, genre]))
    name = "features_30_sec.csv" if parts is None else "features_3_sec.csv"
    (folder / name).write_text("\n".join(lines) + "\n")
    return folder


def gtzan_split(folder: Path) -> None:
    """List files: song 0 trains, 1 is for validation, 2 of all genres but blues for testing."""
    (folder / "split").mkdir()
    for song, part in enumerate(("train", "valid", "test")):
        lines = [
            f"{genre}/{genre}.{song:05d}.wav"
            for genre in GENRES
            if (genre, part) != ("blues", "test")
        ]
        (folder / "split" / f"fault_filtered_{part}.txt").write_text("\n".join(lines) + "\n")


def titanic(folder: Path) -> Path:
    """Texts, holes, names that say who a row is; a sample submission for labels."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    train = ["PassengerId,Survived,Pclass,Name,Sex,Age,Fare,Embarked"]
    test = ["PassengerId,Pclass,Name,Sex,Age,Fare,Embarked"]
    sample = ["PassengerId,Survived"]
    for k in range(1, 151):
        age = "" if k % 7 == 0 else str(rng.integers(1, 80))
        sex, port = ("male", "female")[k % 2], ("S", "C", "Q", "")[rng.integers(4)]
        rest = f'{k % 3 + 1},"Doe, {k}",{sex},{age},{rng.random():.3f},{port}'
        if k <= 100:
            train.append(f"{k},{rng.integers(2)},{rest}")
        else:
            test.append(f"{k},{rest}")
            sample.append(f"{k},0")
    for name, lines in (("train", train), ("test", test), ("gender_submission", sample)):
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n")
    return folder
