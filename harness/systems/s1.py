"""MLBP 2018: 264 columns, a dense net with one hidden layer, two leaderboards."""

from __future__ import annotations

from harness.systems._system import Figure, Rows, Run, System, World

SYSTEM = System(
    title="The 2018 MLBP competition with a two-layer dense net",
    source="a report on a Kaggle competition",
    data="4363 training and 6544 test rows of 264 columns, 10 genres",
    figures=(
        Figure("training accuracy", 0.70),
        Figure("training loss", 0.91),
        Figure("validation accuracy", 0.630, told="its own output; its text says 0.72"),
        Figure("validation loss", 1.192, told="its own output; its text says 0.88"),
        Figure("leaderboard accuracy", 0.65),
        Figure("leaderboard logloss", 0.18, told="the mean over cells"),
    ),
    rows=(Rows("table", ("mlbp264",)),),
    runs=(Run("dense", "dense", "table", preset="s1"),),
    stand_in=World(
        train_rows={"small": 4363, "full": 4363}, test_rows={"small": 6544, "full": 6544}
    ),
    twin="notebook",
    explored="table",
    why=(
        "The report scaled the test rows by their own mean, not the training rows'; with so many "
        "rows alike that costs little, and it is wrong all the same.",
        "Its confusion matrix pairs the validation rows' labels with answers for test rows: it "
        "shows chance. Ours pairs each row with its own answer.",
        "Its accuracy file begins with `# `, which a grader refuses; its probabilities are cut to "
        "4 decimals, so that rows no longer sum to 1.",
    ),
    on_stand_in="The demo is a made world of the same shape, set so that good models reach about "
    "what they reached on the real board; its answers are known, so that files are graded here.",
)
