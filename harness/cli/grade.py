"""`harness grade`: score a submission against known answers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def command(
    file: Annotated[Path, typer.Argument(help="the submission")],
    metric: Annotated[str, typer.Option(help="which leaderboard")] = "logloss",
    data: Annotated[Path | None, typer.Option(help="the competition's folder")] = None,
) -> None:
    """Score a submission against known answers."""
    from harness import submission
    from harness.competitions._find import find
    from harness.readers import read_table

    competition = find(data)
    board = next(b for b in competition.leaderboards if b.metric == metric)
    table = read_table(competition.answers.path, header=competition.answers.header, text=("0",))
    answers = competition.encode(list(table.text["0"]), where=str(table.path))
    print(metric, submission.grade(file, competition, board, answers))
