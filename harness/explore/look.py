"""What every picture is drawn from: the number columns of the training rows, raw and standardised.

Standardising here is for pictures alone: it learns from all rows in the picture and is thrown away.
A fit scales inside its folds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.competition import LEFT_OUT, Competition, Labels
from harness.errors import DataError
from harness.report._canvas import labels_of
from harness.report.text import counted, shown_names

Numbers = NDArray[np.float64]

MOST_ROWS = 20_000
# Two float64 copies of that many cells fit on small machines.
MOST_CELLS = 20_000_000
# A sample holds that many rows of each class, where there are as many.
FEWEST_OF_A_CLASS = 50
CHUNK = 65_536


@dataclass(frozen=True)
class Section:
    """Number columns that stand together: a block, or what lies outside the blocks.

    Parameters
    ----------
    name : str
        Plain text.
    columns : slice of positions among the number columns
    shape : tuple of int, optional
        (lines, columns) where the block is a matrix.
    """

    name: str
    columns: NDArray[np.int64]
    shape: tuple[int, int] | None = None


@dataclass(frozen=True, eq=False)
class Look:
    """The rows and columns that pictures show.

    Attributes
    ----------
    competition : Competition
    rows : int64 array, shape (n,)
        Positions in `competition.X`, ascending: a sample where there are very many.
    trained : int64 array, shape (all,)
        Positions of all rows that may be trained on or scored.
    y : int64 array, shape (n,)
    columns : int64 array, shape (d,)
        Positions of the number columns.
    raw : float64 array, shape (n, d)
        NaN where a cell is missing.
    scaled : float64 array, shape (n, d)
        Mean 0 and deviation 1 over the cells there are; 0 in constant columns.
    constant : bool array, shape (d,)
        Columns with one value, or none.
    classes : tuple of str, length K
        Names for people, short enough for an axis.
    names : tuple of str, length d
        The same for the number columns.
    full_names : tuple of str, length d
        Theirs as pages and files hold them: plain text, as long as it is.
    sections : tuple of Section
        The blocks; empty where the competition names none.
    """

    competition: Competition
    rows: Labels
    trained: Labels
    y: Labels
    columns: Labels
    raw: Numbers
    scaled: Numbers
    constant: NDArray[np.bool_]
    classes: tuple[str, ...]
    names: tuple[str, ...]
    full_names: tuple[str, ...]
    sections: tuple[Section, ...]

    @property
    def whole(self) -> Section:
        """All number columns."""
        return Section("all columns", np.arange(len(self.columns)))

    @property
    def parts(self) -> tuple[Section, ...]:
        """The blocks, or else all columns as one."""
        return self.sections or (self.whole,)

    @property
    def counts(self) -> Labels:
        """Rows per class, shape (K,): all of them, not only those in the pictures."""
        y = self.competition.y[self.trained]
        return np.bincount(y, minlength=self.competition.n_classes).astype(np.int64)


def look_at(competition: Competition, *, seed: int = 0) -> Look:
    """Choose the rows and columns to draw, and standardise them.

    Parameters
    ----------
    seed : int
        Which rows, where there are more than pictures need.

    Raises
    ------
    DataError
        When the competition's split leaves out every row.
    """
    trained = np.arange(len(competition.y))
    if competition.predefined is not None:
        trained = trained[competition.predefined != LEFT_OUT]
    if not len(trained):
        raise DataError(
            "no row to draw: the competition's split leaves all of them out",
            where=str(competition.root),
            todo="name them in a part of the split",
        )
    width = competition.X.shape[1]
    columns = np.array([c for c in range(width) if c not in competition.text], dtype=np.int64)
    most = min(MOST_ROWS, max(500, MOST_CELLS // max(1, width)))
    rows = trained[_sample(competition.y[trained], most, np.random.default_rng(seed))]
    raw = competition.X[rows][:, columns].astype(np.float64)
    raw[~np.isfinite(raw)] = np.nan
    scaled, constant = standardised(raw)
    full_names = shown_names(competition.columns)
    names = labels_of(full_names, thing="column")
    return Look(
        competition=competition,
        rows=rows,
        trained=trained,
        y=competition.y[rows],
        columns=columns,
        raw=raw,
        scaled=scaled,
        constant=constant,
        classes=labels_of(shown_names(competition.class_names)),
        names=tuple(names[c] for c in columns),
        full_names=tuple(full_names[c] for c in columns),
        sections=_sections(competition, columns),
    )


def _sample(y: Labels, most: int, rng: np.random.Generator) -> Labels:
    """Positions of about `most` rows, ascending, in the classes' proportions; rare ones kept."""
    if len(y) <= most:
        return np.arange(len(y))
    kept = []
    for k, count in enumerate(np.bincount(y)):
        wanted = min(count, max(FEWEST_OF_A_CLASS, round(most * count / len(y))))
        kept.append(rng.choice(np.flatnonzero(y == k), wanted, replace=False))
    return np.sort(np.concatenate(kept)).astype(np.int64)


def standardised(raw: Numbers) -> tuple[Numbers, NDArray[np.bool_]]:
    """Columns with mean 0 and deviation 1 over the cells there are, and which are constant.

    Returns
    -------
    scaled : float64 array, shape (n, d)
        0 in constant columns, NaN where `raw` is.
    constant : bool array, shape (d,)
    """
    there = ~np.isnan(raw)
    lowest, highest = np.fmin.reduce(raw, axis=0), np.fmax.reduce(raw, axis=0)
    # Not by the deviation: rounding gives that of a column full of 0.1 a value beside 0.
    constant = ~(lowest < highest)
    number = np.maximum(there.sum(axis=0), 1)
    # Of columns near the ends of float32's range the sums stay in float64's.
    middle = np.where(there, raw, 0).sum(axis=0) / number
    apart = np.where(there & ~constant, raw - middle, 0)
    spread = np.sqrt((apart**2).sum(axis=0) / number)
    scaled = apart / np.where(constant | (spread == 0), 1, spread)
    scaled[~there] = np.nan
    return scaled, constant


def _sections(competition: Competition, columns: Labels) -> tuple[Section, ...]:
    place = {column: k for k, column in enumerate(columns.tolist())}
    names = shown_names([block.name for block in competition.blocks])
    found = []
    for name, block in zip(labels_of(names, thing="block"), competition.blocks, strict=True):
        inside = [place[c] for c in range(block.start, block.stop) if c in place]
        whole = len(inside) == block.stop - block.start
        # Text columns would tear holes into an image.
        grid = _grid(block.shape) if whole else None
        if inside:
            found.append(Section(name, np.array(inside, dtype=np.int64), grid))
    covered = {k for section in found for k in section.columns.tolist()}
    others = [k for k in place.values() if k not in covered]
    if found and others:
        name = "columns outside the blocks"
        found.append(Section(name, np.array(others, dtype=np.int64)))
    return tuple(found)


def _grid(shape: tuple[int, ...] | None) -> tuple[int, int] | None:
    """The shape, where it makes an image."""
    return (shape[0], shape[1]) if shape and len(shape) == 2 and min(shape) > 1 else None


def missing_shares(competition: Competition, rows: Labels | None = None) -> Numbers:
    """Share of missing cells in each column, over training rows, shape (d,).

    Parameters
    ----------
    rows : int64 array, optional
        Positions of the training rows that count; the test rows where it is None.
    """
    X = competition.X_test if rows is None else competition.X
    if X is None:
        return np.zeros(competition.X.shape[1])
    places = np.arange(len(X)) if rows is None else rows
    gaps = np.zeros(X.shape[1])
    # In pieces: the matrix may be memory-mapped and larger than memory.
    for start in range(0, len(places), CHUNK):
        gaps += np.isnan(X[places[start : start + CHUNK]]).sum(axis=0)
    return gaps / max(1, len(places))


def notes_on(look: Look) -> tuple[str, ...]:
    """What anybody who looks at the pictures should know of their rows and columns."""
    notes = [
        "Standardised values have mean 0 and deviation 1 in each column, over the training rows in "
        "these pictures. That is for the pictures only; nothing of it is kept for fitting."
    ]
    competition = look.competition
    if left_out := len(competition.y) - len(look.trained):
        told = counted(left_out, "row")
        notes.append(f"{told} that the competition's split names nowhere are in no picture.")
    if len(look.rows) < len(look.trained):
        notes.append(
            f"The pictures show {len(look.rows)} of {len(look.trained)} rows, drawn by chance "
            "within each class (rare classes a little more than their share). Classes, missing "
            "cells and text values are counted over all rows."
        )
    if constant := int(look.constant.sum()):
        named = ", ".join(look.names[k] for k in np.flatnonzero(look.constant)[:8])
        more = ", ..." if constant > 8 else ""
        notes.append(
            f"{counted(constant, 'column')} with a single value or none: {named}{more}. "
            "They have no correlations, and are 0 once standardised."
        )
    return tuple(notes)
