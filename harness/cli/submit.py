"""`harness submit`: the best entry becomes a submission file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from harness.cli import _console
from harness.cli._options import SUBMISSIONS, Data, EntryName, Json, Submissions

if TYPE_CHECKING:
    from harness.competition import Competition


def command(
    metric: Annotated[
        str | None,
        typer.Option(
            "--metric",
            help="Which leaderboard, by its name or metric. Default: logloss, or the only one.",
            show_default=False,
        ),
    ] = None,
    entry: EntryName = None,
    min_confidence: Annotated[
        float | None,
        typer.Option(
            "--min-confidence",
            help="For labels: class --fallback where no class has more than this.",
            show_default=False,
        ),
    ] = None,
    fallback: Annotated[
        str | None,
        typer.Option(
            "--fallback",
            help="The label for such rows, as the competition writes it.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            help="The file to write. Default: submission-LEADERBOARD.csv in the entry's folder.",
            show_default=False,
        ),
    ] = None,
    data: Data = None,
    submissions: Submissions = SUBMISSIONS,
    json: Json = False,
) -> None:
    """Write the submission for a leaderboard, checked, and say what score to expect."""
    from harness import submission
    from harness.cli._common import competition_for

    competition = competition_for(data, submissions, needs_entry=True)
    _console.pass_on_notes(competition)
    board = competition.board(metric or _usual(competition))
    rule = submission.rule_of(competition, board, min_confidence, fallback)
    done = submission.submit(competition, submissions, board, entry=entry, rule=rule, out=out)
    for warning in done.warnings:
        _console.say(warning)
    if json:
        _console.print_json(
            {
                "file": str(done.path),
                "leaderboard": board.name,
                "metric": board.metric,
                "rows": done.rows,
                "entry": done.entry.name,
                "why": done.why,
                "rows_by_fallback": done.changed,
                "expected": dict(done.expected),
            }
        )
        return
    _print(done, min_confidence, fallback)


def _usual(competition: Competition) -> str:
    """The leaderboard that is meant when none is named."""
    boards = [board.name for board in competition.leaderboards]
    return boards[0] if len(boards) == 1 else "logloss"


def _print(done: Any, min_confidence: float | None, fallback: str | None) -> None:
    board, expected = done.board, done.expected
    _console.tell(f"{done.path}: {done.rows} rows for the {board} leaderboard, checked")
    _console.tell(f"  from {done.entry.name} ({done.why})")
    if min_confidence is not None:
        _console.tell(
            f"  {done.changed} rows changed to class {fallback}: no class has more than"
            f" {min_confidence:g} there"
        )
    if leak := expected.get("leak"):
        _console.tell(f"  what to expect can't be told: {leak};")
        _console.tell(f"  {expected['score']:.4f} is of that leaky split, and new rows are harder")
        return
    _console.tell(
        f"  expect {expected['score']:.4f},"
        f" 95 % interval {expected['low']:.4f} to {expected['high']:.4f}"
    )
