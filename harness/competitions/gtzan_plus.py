"""GTZAN+: a table of 26 features a clip; GTZAN's genres and others, as the labels say."""

from __future__ import annotations

import csv
from pathlib import Path

from harness import ordinary
from harness.competitions._first_line import first_line
from harness.competitions._rows import in_order
from harness.competitions._spec import BlockSpec, LeaderboardSpec, Spec

# As the tables are called that go round.
FILES = ("data.csv", "dataset.csv", "gtzan_plus.csv")
ID, LABEL = "filename", "label"
SPECTRAL = (
    ("chroma_stft",),
    ("rmse", "rms"),
    ("spectral_centroid",),
    ("spectral_bandwidth",),
    ("rolloff",),
    ("zero_crossing_rate",),
)
MFCC = tuple(f"mfcc{k}" for k in range(1, 21))
FIFTEEN = 15


def recognise(place: Path) -> Spec | None:
    """The spec of such a table, or of a folder with one."""
    if place.is_dir():
        place = next((place / name for name in FILES if _fits(place / name)), place)
    if not place.is_file() or not _fits(place):
        return None
    classes = tuple(in_order(_labels(place)))
    if len(classes) < 2:
        return None
    names = _header(place)
    return Spec(
        root=place.parent,
        name="gtzan-plus" if len(classes) >= FIFTEEN else "gtzan-26",
        title=f"GTZAN's features of {len(classes)} genres",
        train=place.name,
        header=True,
        id_column=ID,
        label_column=LABEL,
        classes=classes,
        blocks=(
            BlockSpec("spectral", first=names[1], last=names[len(SPECTRAL)]),
            BlockSpec("mfcc", first=MFCC[0], last=MFCC[-1]),
        ),
        leaderboards=(
            LeaderboardSpec("accuracy", id_header=ID, label_header=LABEL),
            LeaderboardSpec("logloss", id_header=ID, class_headers=classes),
        ),
    )


def _header(path: Path) -> list[str]:
    return [cell.strip().strip('"') for cell in (first_line(path) or "").split(",")]


def _fits(path: Path) -> bool:
    names = _header(path)
    if len(names) != len(SPECTRAL) + len(MFCC) + 2 or (names[0], names[-1]) != (ID, LABEL):
        return False
    known = all(name in group for name, group in zip(names[1:], SPECTRAL, strict=False))
    return known and tuple(names[1 + len(SPECTRAL) : -1]) == MFCC


def _labels(path: Path) -> set[str]:
    try:
        with ordinary.opened(path, "r", encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file)
            next(rows, None)
            return {cells[-1].strip() for cells in rows if cells} - {""}
    except (OSError, UnicodeDecodeError, csv.Error):
        return set()
