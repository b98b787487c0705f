"""The job `explore`: pictures, the list of correlated pairs and the page, in one folder."""

from __future__ import annotations

import csv
import io
import json
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness import ordinary
from harness.atomic import write_json, write_text
from harness.competition import Competition
from harness.errors import FileProblem, UsageError
from harness.explore.exploration import Exploration, explore
from harness.explore.page import page
from harness.explore.pictures import pictures
from harness.folders import making

PAGE, PAIRS, NUMBERS = "index.html", "correlated-pairs.csv", "explore.json"
BEGUN = "begun.json"
MOST_PAIRS_WRITTEN = 100_000
# What an older exploration may have left: our own kinds of names, never a path.
OURS = re.compile(r"[a-z0-9-]+\.(png|csv)")


@dataclass(frozen=True, eq=False)
class Written:
    """What was written, and the numbers in it.

    Attributes
    ----------
    exploration : Exploration
    page : Path
    files : tuple of Path
        The pictures in the page's order, then the list of pairs where there are any.
    """

    exploration: Exploration
    page: Path
    files: tuple[Path, ...]

    def as_dict(self) -> dict[str, Any]:
        """The numbers and the paths, as JSON can hold them."""
        paths = {"page": str(self.page), "files": [str(path) for path in self.files]}
        return self.exploration.as_dict() | paths


def default_folder(competition: Competition) -> Path:
    """``explore/NAME``, whatever characters the competition's name has."""
    return Path("explore") / (re.sub(r"[^\w-]+", "-", competition.name).strip("-") or "data")


def write_exploration(
    competition: Competition, folder: Path, *, threshold: float = 0.7, seed: int = 0
) -> Written:
    """Draw a competition's training rows into `folder`, over an older exploration.

    Parameters
    ----------
    folder : Path
        New, empty, or that of an older exploration, in which other files stay.
    threshold : float
        Pairs of columns with an absolute correlation above it are listed; 0 to 1.
    seed : int
        Which rows are drawn. The same seed gives the same bytes.

    Raises
    ------
    UsageError
        When other files are in `folder`.
    FileProblem
        When a file can't be written: the folder is as it was then.
    """
    refuse_foreign(folder)
    found = explore(competition, threshold=threshold, seed=seed)
    made = not folder.exists()
    try:
        with making(folder) as part:
            names = _fill(part, found, seed)
            write_json(part / BEGUN, {"files": sorted({*_listed(folder), *names})})
            # All are written: renaming takes no more room. The list goes first: where the rest is
            # cut off, it still says whose folder this is, and what in it is ours.
            (part / BEGUN).replace(folder / NUMBERS)
            for name in [*names, PAGE]:
                (part / name).replace(folder / name)
            _clear(folder, keep=set(names))
            (part / NUMBERS).replace(folder / NUMBERS)
    except BaseException as problem:
        if made:
            with suppress(OSError):
                folder.rmdir()
        if isinstance(problem, FileProblem):
            raise FileProblem(problem.what, where=str(folder), todo=problem.todo) from problem
        raise
    return Written(found, folder / PAGE, tuple(folder / name for name in names))


def refuse_foreign(folder: Path) -> None:
    """Refuse to pour an exploration into a folder that holds anything else, such as the data.

    Raises
    ------
    UsageError
    """
    if not folder.is_dir() or (folder / NUMBERS).is_file():
        return
    others = sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))
    if others:
        raise UsageError(
            f"holds other files, such as {others[0]}",
            where=f"--out {folder}",
            todo="name a folder that is new, empty, or an older exploration's",
        )


def _fill(part: Path, found: Exploration, seed: int) -> list[str]:
    """Write everything into `part`; names of the pictures and of the list of pairs."""
    drawn = [(picture, picture.write(part)) for picture in pictures(found, seed=seed)]
    names = [path.name for _, path in drawn]
    related = found.correlations
    named = PAIRS if related is not None and related.pairs else ""
    if named:
        write_text(part / PAIRS, _pairs(found))
        names.append(PAIRS)
    # The page holds its pictures: it can be moved and sent alone.
    inside = [(picture, path.read_bytes()) for picture, path in drawn]
    write_text(part / PAGE, page(found, inside, pairs_file=named))
    write_json(part / NUMBERS, found.as_dict() | {"page": PAGE, "files": names})
    return names


def _pairs(found: Exploration) -> str:
    """The correlated pairs as CSV, the strongest first."""
    related = found.correlations
    assert related is not None
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["column_1", "column_2", "correlation"])
    for pair in related.pairs[:MOST_PAIRS_WRITTEN]:
        names = found.look.full_names
        rows.writerow([names[pair.one], names[pair.other], repr(pair.r)])
    return text.getvalue()


def _clear(folder: Path, *, keep: set[str]) -> None:
    """Remove what an older exploration lists as its own and this one hasn't drawn again."""
    with suppress(OSError):
        for name in _listed(folder) - keep:
            (folder / name).unlink(missing_ok=True)


def _listed(folder: Path) -> set[str]:
    """What an older exploration lists as its own; a list that can't be read names nothing."""
    try:
        listed = json.loads(ordinary.read_text(folder / NUMBERS)).get("files", [])
        return {name for name in listed if isinstance(name, str) and OURS.fullmatch(name)}
    except (OSError, ValueError, AttributeError, TypeError):
        return set()
