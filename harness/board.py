"""A leaderboard: its metric, and the exact form of the submissions it takes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal


@dataclass(frozen=True)
class Leaderboard:
    """A metric and the format of the submissions it takes.

    Parameters
    ----------
    metric : str
        A row of `harness.evaluate.metrics.METRICS`: what it is scored with.
    header : tuple of str
        The submission's column names: the id column, then one label column or K class columns
        (in class order), whichever the metric eats; see `holds`.
    sample : Path, optional
        The organisers' sample submission.
    name : str
        What the organisers call it; the metric where nothing else is given. The two differ where a
        board is not scored with what its name says: the 2018 MLBP "logloss" is `logloss-cells`.
    public : float, optional
        The share of the test rows whose score is shown before the end, as Kaggle's pages tell it.
    columns : tuple of str
        The file's columns in its own order: those of `header`, without the first where submissions
        have no ids (rows stand in the test rows' order then), and others, whose cells are the
        sample's. Default: `header`.
    positive : str, optional
        The class whose probability the one column holds, of two.
    top : int
        How many labels a cell holds, the most probable first.
    separator : str
        What stands between them.
    spelling : tuple of str
        The labels as submissions write them, in class order. Default: the classes.
    ignored : tuple of str
        Columns that submissions may have, which aren't written (``Usage``).
    delimiter : str
        What stands between the file's cells.
    rows : tuple of tuple of str
        The sample's cells of the ids and of the columns that no answer stands in, row by row.
    unwritable : str
        Why no submission can be written; "" where one can.
    remedy : str
        What to do about that.
    """

    metric: str
    header: tuple[str, ...]
    sample: Path | None = None
    name: str = ""
    public: float | None = None
    columns: tuple[str, ...] = ()
    positive: str | None = None
    top: int = 1
    separator: str = " "
    spelling: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    delimiter: str = ","
    rows: tuple[tuple[str, ...], ...] = field(default=(), repr=False)
    unwritable: str = ""
    remedy: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", self.name or self.metric)
        object.__setattr__(self, "columns", self.columns or self.header)

    @property
    def first_line(self) -> str:
        """The header as files have it, for messages."""
        return self.delimiter.join(self.columns)

    @property
    def has_ids(self) -> bool:
        """Whether submissions have a column of ids."""
        return self.header[0] in self.columns

    @property
    def kept(self) -> tuple[str, ...]:
        """The columns without answers, in the file's order: what `rows` holds cells of."""
        return tuple(column for column in self.columns if column not in self.header[1:])

    @property
    def holds(self) -> Literal["labels", "ranks", "probability", "probabilities"]:
        """What stands beside the ids.

        One label, the `top` labels in one cell, the probability of `positive`, or a column of
        probabilities for each class.
        """
        if self.positive is not None:
            return "probability"
        if len(self.header) > 2:
            return "probabilities"
        return "ranks" if self.top > 1 else "labels"

    def __str__(self) -> str:
        return self.name if self.name == self.metric else f"{self.name} (scored as {self.metric})"


def parted(cell: str, separator: str, labels: Collection[str]) -> list[str] | None:
    """The labels of a cell that holds several, though labels may hold the separator too.

    Returns
    -------
    list of str, or None where the cell holds something else.
    """
    separator = separator.strip() or separator
    words = [word.strip() for word in cell.split(separator)]
    words = [word for word in words if word] if separator == " " else words
    longest = max(len(label.split(separator)) for label in labels)
    found: list[str] = []
    at = 0
    while at < len(words):
        for size in range(min(longest, len(words) - at), 0, -1):
            label = separator.join(words[at : at + size])
            if label in labels:
                found.append(label)
                at += size
                break
        else:
            return None
    return found
