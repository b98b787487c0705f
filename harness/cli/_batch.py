"""Many submission files in one go: which they are, and a table of what was found."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from harness.errors import UsageError

if TYPE_CHECKING:
    from harness.competition import Competition

ENDINGS = (".csv", ".csv.gz", ".tsv", ".txt")
# What else students hand in: no grader takes most of them, and none may be passed over in silence.
ALSO = (".zip", ".gz", ".xlsx", ".xls", ".ods", ".parquet", ".feather")
# In a folder with this file lies an entry, whose other files are no submissions.
ENTRY = "receipt.json"
# So many of the files that were left out are named.
MOST_TOLD = 5

Files = Annotated[
    list[Path],
    typer.Argument(metavar="FILE...", help="Submissions; of a folder all tables in it."),
]
Details = Annotated[
    bool, typer.Option("--details", help="Of several files: all that a single one is told.")
]


@dataclass(frozen=True)
class Batch:
    """The files that were named.

    Attributes
    ----------
    paths : tuple of Path
    single : bool
        Whether one file was named, by itself: it is told in full, and not as a list.
    left : tuple of Path
        Files in the folders that are no tables by their names.
    """

    paths: tuple[Path, ...]
    single: bool
    left: tuple[Path, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be said of the files that were left out."""
        if not self.left:
            return ()
        shown = ", ".join(map(str, self.left[:MOST_TOLD]))
        more = len(self.left) - MOST_TOLD
        rest = f" and {more} more" if more > 0 else ""
        return (f"note: not looked at, no submission by its name: {shown}{rest}",)


def batch_of(named: Sequence[Path]) -> Batch:
    """The files that `named` means, each once; a folder means the tables anywhere in it.

    Raises
    ------
    UsageError
        For a folder without any.
    """
    found: dict[Path, None] = {}
    left: dict[Path, None] = {}
    for path in named:
        inside, others = tables_in(path) if path.is_dir() else ([path], [])
        left |= dict.fromkeys(others)
        if not inside:
            raise UsageError(
                f"holds no submission (looked for {', '.join(ENDINGS)})",
                where=str(path),
                todo="name the files, or the folder that they are in",
            )
        found |= dict.fromkeys(inside)
    single = len(named) == 1 and not named[0].is_dir()
    return Batch(tuple(found), single, tuple(path for path in left if path not in found))


def tables_in(folder: Path) -> tuple[list[Path], list[Path]]:
    """Every table in a folder and the folders in it, by name, and what else lies there.

    Hidden files are left out, and what an entry keeps.
    """
    found, left = [], []
    for place, folders, names in os.walk(folder):
        of_entry = ENTRY in names
        folders[:] = [] if of_entry else sorted(f for f in folders if not f.startswith("."))
        for name in sorted(name for name in names if not name.startswith(".")):
            if name.lower().endswith(ENDINGS if of_entry else ENDINGS + ALSO):
                found.append(Path(place) / name)
            elif not of_entry:
                left.append(Path(place) / name)
    return found, left


def against(
    data: Path | None,
    submissions: Path,
    sample: Path | None,
    competition: str | None,
) -> Competition:
    """The competition to check against: by its data, by its name, or by a sample submission."""
    named = {"--data": data, "--sample": sample, "--competition": competition}
    given = [option for option, value in named.items() if value is not None]
    if len(given) > 1:
        raise UsageError(f"{' and '.join(given)} say the same thing", todo="give one of them")
    if sample is not None:
        from harness.competitions._form import sample_form

        return sample_form(sample)
    if competition is not None:
        from harness.competitions._form import builtin_form

        return builtin_form(competition)
    from harness.cli._common import competition_for

    try:
        return competition_for(data, submissions)
    except UsageError as problem:
        if data is not None or "no competition" not in problem.what:
            raise
        raise UsageError(
            problem.what,
            todo="name its folder: --data DIR; or its sample submission: --sample FILE; or a "
            "built-in competition: --competition mlbp2018",
        ) from problem


def print_table(head: Sequence[str], rows: Sequence[Sequence[Any]], right: Sequence[str]) -> None:
    """Rows under their column names, numbers to the right; the last column as long as it is."""
    cells = [list(head), *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(line[k]) for line in cells) for k in range(len(head))]
    for line in cells:
        aligned: list[str] = []
        for k, cell in enumerate(line):
            put: Callable[[int], str] = cell.rjust if head[k] in right else cell.ljust
            aligned.append(put(widths[k]) if k < len(line) - 1 else cell)
        print("  ".join(aligned).rstrip())
