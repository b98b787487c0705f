"""Text columns: which values they have, and how often."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from harness.competition import Competition, Labels
from harness.report._canvas import labels_of
from harness.report.text import shown_names

MOST_VALUES = 10


@dataclass(frozen=True)
class TextColumn:
    """The most frequent values of a text column over the training rows.

    Attributes
    ----------
    name : str
    values : tuple of str
        The most frequent first; short enough for an axis.
    counts : tuple of int
    distinct : int
        How many values there are.
    others : int
        Rows with another value than those in `values`.
    missing : int
    rows : int
    """

    name: str
    values: tuple[str, ...]
    counts: tuple[int, ...]
    distinct: int
    others: int
    missing: int
    rows: int


def text_columns(competition: Competition, rows: Labels) -> tuple[TextColumn, ...]:
    """Every text column's values, counted over the training rows at `rows`."""
    names = labels_of(shown_names(competition.columns), thing="column")
    found = []
    for column, vocabulary in sorted(competition.text.items()):
        cells = competition.X[:, column][rows]
        there = cells[~np.isnan(cells)].astype(np.int64)
        counts = np.bincount(there, minlength=len(vocabulary))
        # The vocabulary may hold values that only test rows have.
        order = np.argsort(-counts, kind="stable")[:MOST_VALUES]
        order = order[counts[order] > 0]
        told = labels_of(shown_names([vocabulary[code] for code in order]), thing="value")
        shown = int(counts[order].sum())
        found.append(
            TextColumn(
                name=names[column],
                values=told,
                counts=tuple(counts[order].tolist()),
                distinct=int((counts > 0).sum()),
                others=len(there) - shown,
                missing=len(cells) - len(there),
                rows=len(cells),
            )
        )
    return tuple(found)
