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

from harness.atomic import write_json, write_text
from harness.competition import Competition
from harness.explore.exploration import Exploration, explore
from harness.explore.page import page
from harness.explore.pictures import pictures

PAGE, PAIRS, NUMBERS = "index.html", "correlated-pairs.csv", "explore.json"
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
        Made where it doesn't exist. Other files in it stay.
    threshold : float
        Pairs of columns with an absolute correlation above it are listed; 0 to 1.
    seed : int
        Which rows are drawn. The same seed gives the same bytes.

    Raises
    ------
    FileProblem
        When a file can't be written. Each is whole: the new one or the old one.
    """
    found = explore(competition, threshold=threshold, seed=seed)
    drawn = [(picture, picture.write(folder)) for picture in pictures(found, seed=seed)]
    files = [path for _, path in drawn]
    if found.correlations is not None and found.correlations.pairs:
        write_text(folder / PAIRS, _pairs(found))
        files.append(folder / PAIRS)
    # The page holds its pictures: it can be moved and sent alone. It comes after all of them.
    inside = [(picture, path.read_bytes()) for picture, path in drawn]
    named = PAIRS if folder / PAIRS in files else ""
    write_text(folder / PAGE, page(found, inside, pairs_file=named))
    _clear(folder, keep={path.name for path in files})
    numbers = found.as_dict() | {"page": PAGE, "files": [path.name for path in files]}
    write_json(folder / NUMBERS, numbers)
    return Written(found, folder / PAGE, tuple(files))


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
    # A list that can't be read names nothing.
    with suppress(OSError, ValueError, AttributeError, TypeError):
        listed = json.loads((folder / NUMBERS).read_text(encoding="utf-8")).get("files", [])
        for name in listed:
            if isinstance(name, str) and OURS.fullmatch(name) and name not in keep:
                (folder / name).unlink(missing_ok=True)
