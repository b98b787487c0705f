"""`harness grade`: score a submission against known answers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from harness.cli import _console
from harness.cli._options import SUBMISSIONS, Data, Json, Submissions


def command(
    file: Annotated[Path, typer.Argument(help="The submission.")],
    metric: Annotated[
        str | None,
        typer.Option(
            "--metric",
            help="Which leaderboard. Default: the one that the header fits.",
            show_default=False,
        ),
    ] = None,
    data: Data = None,
    submissions: Submissions = SUBMISSIONS,
    json: Json = False,
) -> None:
    """Score a submission as the leaderboard does, where the test rows' answers are known."""
    from harness import submission
    from harness.cli._common import competition_for
    from harness.competitions._load import read_answers

    competition = competition_for(data, submissions)
    _console.pass_on_notes(competition)
    board = competition.board(metric) if metric else submission.board_of(file, competition)
    found = submission.graded(file, competition, board, read_answers(competition))
    for warning in found.warnings:
        _console.say(f"note: {warning}")
    made = submission.submitted_as(file, submissions, board)
    if json:
        _console.print_json(
            {
                "file": str(file),
                "leaderboard": board.name,
                "metric": board.metric,
                "rows": found.rows,
                "score": found.score,
                "scores": dict(found.scores),
                "entry": made["entry"] if made else None,
                "expected": made["expected"] if made else None,
            }
        )
        return
    _print(found, made)


def _print(found: Any, made: dict[str, Any] | None) -> None:
    from harness.evaluate.metrics import metric

    board = found.board
    summary = metric(board.metric).summary
    print(f"{found.path}: {found.rows} rows for the {board.name} leaderboard")
    width = max(len(name) for name in found.scores)
    for name, score in found.scores.items():
        told = f"  the leaderboard's score: {summary}" if name == board.metric else ""
        print(f"  {name:<{width}}  {score:.5f}{told}")
    expected = made and made["expected"]
    if made and expected:
        low, high = expected["low"], expected["high"]
        inside = "inside" if low <= found.score <= high else "outside"
        print(
            f"  expected from {made['entry']}: {expected['score']:.5f},"
            f" 95 % interval {low:.5f} to {high:.5f}: the score is {inside}"
        )
