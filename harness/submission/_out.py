"""Where a submission may be written: never over anything else."""

from __future__ import annotations

import csv
from pathlib import Path

from harness import ordinary
from harness.competition import Leaderboard
from harness.errors import UsageError


def refuse_other_file(out: Path, board: Leaderboard) -> None:
    """Refuse to write over anything that is not a submission for the same leaderboard.

    Raises
    ------
    UsageError
    """
    todo = "choose another name, or delete that file first"
    if out.exists() and not out.is_file():
        raise UsageError("is no ordinary file", where=f"--out {out}", todo=todo)
    if out.is_file() and out.stat().st_size:
        with ordinary.opened(out, "r", encoding="utf-8", errors="replace") as file:
            line = file.readline(1 << 20).strip()
        try:
            header = next(csv.reader([line], delimiter=board.delimiter), [])
        except csv.Error:
            header = []
        if tuple(header) != board.columns:
            raise UsageError(
                f"there is another file, which is no {board.name} submission",
                where=f"--out {out}",
                todo=todo,
            )
