"""`harness check-submission`: everything that graders would say of a file, and its repair."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from harness.cli import _console
from harness.cli._options import SUBMISSIONS, Data, Json, Submissions
from harness.errors import UsageError
from harness.registry import lookup

PROFILES = {"kaggle": ("kaggle",), "strict": ("strict",), "both": ("kaggle", "strict")}


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
    profile: Annotated[
        str, typer.Option("--profile", help="Whose rules: kaggle, strict or both.")
    ] = "both",
    fix: Annotated[
        bool, typer.Option("--fix", help="Write a repaired copy, where the repair is certain.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", help="The repaired copy. Default: FILE-fixed.csv.", show_default=False
        ),
    ] = None,
    data: Data = None,
    submissions: Submissions = SUBMISSIONS,
    json: Json = False,
) -> None:
    """Name every fault of a submission, with its line and in Kaggle's words; exit 1 if refused."""
    wanted = lookup("profile", profile, PROFILES)
    if out is not None and not fix:
        raise UsageError("means nothing without --fix", where="--out", todo="add --fix")
    from harness import submission
    from harness.cli._common import competition_for

    competition = competition_for(data, submissions)
    _console.pass_on_notes(competition)
    board = competition.board(metric) if metric else submission.board_of(file, competition)
    fixed = None
    if fix:
        fixed = submission.fix(file, competition, board, out=out, profiles=wanted)
        examined = fixed.examined
    else:
        examined = submission.examine(file, competition, board, wanted[0])
    refused = {
        name: [fault for fault in examined.faults if name in fault.refused_by] for name in wanted
    }
    if json:
        _console.print_json(_as_json(examined, board, refused, fixed))
    else:
        _print(examined, board, refused)
        if fixed is not None:
            _print_fixed(fixed, any(refused.values()))
    if any(refused.values()) and (fixed is None or fixed.path is None):
        raise typer.Exit(1)


def _print(examined: Any, board: Any, refused: dict[str, list[Any]]) -> None:
    print(f"{examined.path}, for the {board} leaderboard")
    for fault in examined.faults:
        print(f"  {fault}")
        by = [name for name in refused if name in fault.refused_by]
        told = f"refused by {' and '.join(by)}" if by else "accepted"
        print(f"    {told}; {'the repair is certain' if fault.certain else 'left to you'}")
        if fault.kaggle and "kaggle" in by:
            print(f"    Kaggle: {fault.kaggle}")
    for name, faults in refused.items():
        told = f"refused, {_count(faults)}" if faults else "accepted"
        print(f"  {name}: {told}")


def _print_fixed(fixed: Any, refused: bool) -> None:
    if fixed.path is not None:
        print(f"{fixed.path}: the repaired copy, checked")
        for change in fixed.changes:
            print(f"  {change}")
        for fault in fixed.left:
            print(f"  left as it is: {fault}")
    elif not refused:
        print("nothing was written: there is nothing to repair with certainty")
    else:
        print("nothing was written: what can't be put right with certainty is still there")
        for fault in fixed.left:
            print(f"  {fault}")


def _count(faults: list[Any]) -> str:
    return "1 fault" if len(faults) == 1 else f"{len(faults)} faults"


def _as_json(
    examined: Any, board: Any, refused: dict[str, list[Any]], fixed: Any
) -> dict[str, Any]:
    told = {
        "file": str(examined.path),
        "leaderboard": board.name,
        "metric": board.metric,
        "accepted": {name: not faults for name, faults in refused.items()},
        "faults": [
            {
                "code": fault.code,
                "words": fault.words,
                "line": fault.line,
                "lines": fault.lines,
                "kaggle": fault.kaggle,
                "refused_by": [name for name in refused if name in fault.refused_by],
                "certain": fault.certain,
            }
            for fault in examined.faults
        ],
    }
    if fixed is not None:
        told["fixed"] = {
            "file": None if fixed.path is None else str(fixed.path),
            "changes": fixed.changes,
            "left": [fault.code for fault in fixed.left],
        }
    return told
