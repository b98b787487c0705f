"""Free Music Archive: logistic regression and four nets on MFCC, by accuracy and time."""

from __future__ import annotations

from typing import Any

from harness.systems._system import Figure, Music, Rows, Run, System

OWN: dict[str, Any] = {"split": "holdout:0.2", "own_split": True}
SEQUENCES: dict[str, Any] = {"rows": "sequences", "preset": "s4", **OWN}
SMALL = {"steps": 64, "epochs": 25}

SYSTEM = System(
    title="Five models on the Free Music Archive's MFCC",
    source="a report on FMA",
    data="FMA small: 8 balanced top genres x 1000 clips of 30 s, with a split of its own",
    figures=(
        Figure("accuracy", 0.21, "logistic", high=0.22),
        Figure("accuracy", 0.30, "dense3", high=0.31),
        Figure("accuracy", 0.36, "cnn-mfcc", high=0.38),
        Figure("accuracy", 0.35, "lstm-mfcc", high=0.38),
        Figure("accuracy", 0.42, "td-cnn"),
    ),
    rows=(
        Rows("statistics", ("mlbp264",), columns=r"(mfcc|chroma).*"),
        Rows("mfcc", ("mlbp264",), columns=r"mfcc.*"),
        Rows("sequences", ("mfcc-seq",), takes="sequence", small={"mfcc-seq": {"hop": 1024}}),
    ),
    runs=(
        Run("logistic", "logistic", "mfcc", preset="s4", **OWN),
        Run("dense3", "dense3", "mfcc", preset="s4", **OWN),
        Run("cnn-mfcc", "cnn-mfcc", small=SMALL, **SEQUENCES),
        Run("lstm-mfcc", "lstm-mfcc", small=SMALL, **SEQUENCES),
        Run("td-cnn", "td-cnn", small=SMALL, **SEQUENCES),
    ),
    stand_in=Music(
        genres=8,
        songs={"small": 40, "full": 150},
        seconds={"small": 6.0, "full": 29.5},
        split=True,
    ),
    explored="statistics",
    why=(
        "The report's logistic regression and dense net saw flattened MFCC; here they get "
        "statistics of them over the clip, which say more.",
        "It tells no widths and no patience; those are ours.",
    ),
)
