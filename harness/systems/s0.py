"""GTZAN+: 26 columns, a dense net of 512-256-128-64, ten folds."""

from __future__ import annotations

from harness.systems._system import Figure, Music, Rows, Run, System

# chroma, loudness, centroid, bandwidth, rolloff, zero crossings, 20 MFCC: as means where a table
# has other statistics too.
COLUMNS = (
    r"(chroma_stft|rmse?|spectral_centroid|spectral_bandwidth|rolloff|zero_crossing_rate|mfcc\d+)"
    r"(_mean)?"
)

SYSTEM = System(
    title="GTZAN+ with a five-layer dense net",
    source="a report on GTZAN and five African and Latin genres",
    data="GTZAN+: 15 genres x 100 clips of 30 s",
    figures=(
        Figure("accuracy", 0.925, sd=0.094),
        Figure("loss", 0.216),
        Figure("fold 1 accuracy", 0.687),
        Figure("fold 2 accuracy", 0.833),
        Figure("fold 3 accuracy", 0.920),
        Figure("fold 10 accuracy", 1.0, told="the last ones"),
        Figure("parameters", 187_279, told="with 26 columns and 15 classes"),
    ),
    rows=(Rows("table", ("s0",), columns=COLUMNS),),
    runs=(Run("dense", "dense", "table", preset="s0", cv=10),),
    stand_in=Music(
        genres=15,
        songs={"small": 20, "full": 100},
        seconds={"small": 2.0, "full": 10.0},
    ),
    seed=7,
    twin="carried",
    predicts=True,
    why=(
        "The report made its net once, outside the fold loop: from the second fold on it had "
        "trained on the rows that it was judged on. That is the column `as the report did it`; "
        "the other one makes a new net in every fold.",
    ),
    on_stand_in="made genres differ as they were made to differ: the leak is what compares",
)
