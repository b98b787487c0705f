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
    """

    paths: tuple[Path, ...]
    single: bool


def batch_of(named: Sequence[Path]) -> Batch:
    """The files that `named` means, each once; a folder means the tables anywhere in it.

    Raises
    ------
    UsageError
        For a folder without any.
    """
    found: dict[Path, None] = {}
    for path in named:
        inside = tables_in(path) if path.is_dir() else [path]
        if not inside:
            raise UsageError(
                f"holds no submission (looked for {', '.join(ENDINGS)})",
                where=str(path),
                todo="name the files, or the folder that they are in",
            )
        found |= dict.fromkeys(inside)
    return Batch(tuple(found), len(named) == 1 and not named[0].is_dir())


def tables_in(folder: Path) -> list[Path]:
    """Every table in a folder and the folders in it, by name; hidden ones are left out."""
    found = []
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [
            Path(place) / name
            for name in sorted(names)
            if name.lower().endswith(ENDINGS) and not name.startswith(".")
        ]
    return found


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
