"""`harness submit`: the best entry becomes a submission file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def command(
    metric: Annotated[str, typer.Option(help="which leaderboard")] = "logloss",
    data: Annotated[Path | None, typer.Option(help="the competition's folder")] = None,
) -> None:
    """Write the submission for a leaderboard from the best entry, checked."""
    from harness import entries, submission
    from harness.competitions._find import find
    from harness.evaluate import metrics

    competition = find(data)
    best = metrics.metric(metric)
    found = entries.read_all(Path("submissions"), fingerprint=competition.fingerprint)
    entry = sorted(found, key=lambda e: e.receipt["scores"][metric], reverse=best.higher_is_better)[
        0
    ]
    board = next(b for b in competition.leaderboards if b.metric == metric)
    path = entry.path / f"{metric}.csv"
    submission.write(path, competition, board, entry.test)
    submission.read(path, competition, board)
    print(path, "expect", entry.receipt["scores"][metric])
