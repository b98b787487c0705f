"""`harness grade`: score a submission against known answers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from harness.cli import _console
from harness.cli._options import SUBMISSIONS, Data, Json, Submissions
from harness.errors import UsageError


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
    private: Annotated[
        bool,
        typer.Option("--private", help="Show the private score too: the end of the competition."),
    ] = False,
    data: Data = None,
    submissions: Submissions = SUBMISSIONS,
    json: Json = False,
) -> None:
    """Score a submission as the leaderboard does, where the test rows' answers are known."""
    from harness import submission
    from harness.cli._common import competition_for
    from harness.competitions._answers import read_answers, read_groups, read_parts

    competition = competition_for(data, submissions)
    _console.pass_on_notes(competition)
    board = competition.board(metric) if metric else submission.board_of(file, competition)
    answers, public = read_answers(competition), read_parts(competition)
    if private and public is None:
        raise UsageError(
            "the answers have no public and private parts",
            where="--private",
            todo="leave it out; [answers] part in competition.toml names a column of parts",
        )
    found = submission.graded(
        file,
        competition,
        board,
        answers,
        public=public,
        private=private,
        groups=read_groups(competition),
    )
    for warning in found.warnings:
        _console.say(f"note: {warning}")
    made = submission.submitted_as(file, submissions, board)
    expected = made["expected"] if made else None
    if expected and public is not None and not private:
        expected = submission.for_fewer_rows(expected, board.metric, found.spread, found.rows)
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
                "expected": expected,
            }
            | _parts_as_json(found)
        )
        return
    _print(found, expected, made["entry"] if made else "")


def _parts_as_json(found: Any) -> dict[str, Any]:
    if not found.private_rows:
        return {}
    told = {"part": "public", "private_rows": found.private_rows, "shake_up": found.shake_up}
    if found.private is not None:
        told["private"] = {"score": found.private.score, "scores": dict(found.private.scores)}
        told["whole"] = {"score": found.whole.score, "scores": dict(found.whole.scores)}
    return told


def _print(found: Any, expected: dict[str, Any] | None, entry: str) -> None:
    from harness.evaluate.metrics import metric

    board = found.board
    summary = metric(board.metric).summary
    part = "public " if found.private_rows else ""
    print(f"{found.path}: {found.rows} {part}rows for the {board.name} leaderboard")
    width = max(len(name) for name in found.scores)
    for name, score in found.scores.items():
        told = f"  the leaderboard's {part}score: {summary}" if name == board.metric else ""
        print(f"  {name:<{width}}  {score:.5f}{told}")
    if found.private_rows:
        _print_private(found)
    if expected:
        if leak := expected.get("leak"):
            print(f"  {entry}: {expected['score']:.5f} was of a leaky split ({leak})")
            return
        score = found.score if found.whole is None else found.whole.score
        low, high = expected["low"], expected["high"]
        inside = "inside" if low <= score <= high else "outside"
        whose = f"the {part}score is" if found.whole is None else f"{score:.5f} on all rows is"
        print(
            f"  expected from {entry}: {expected['score']:.5f},"
            f" 95 % interval {low:.5f} to {high:.5f}: {whose} {inside}"
        )


def _print_private(found: Any) -> None:
    if found.private is None:
        print(
            f"  private: {found.private_rows} other rows; the shake-up to expect is"
            f" ± {found.shake_up:.5f} (standard error)"
        )
        return
    print(f"  private, {found.private_rows} rows:")
    width = max(len(name) for name in found.scores)
    for name, score in found.private.scores.items():
        print(f"  {name:<{width}}  {score:.5f}")
    moved = found.private.score - found.score
    print(
        f"  shake-up: {moved:+.5f} from public to private;"
        f" ± {found.shake_up:.5f} (standard error) was to be expected"
    )
