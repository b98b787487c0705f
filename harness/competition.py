"""What a competition is, once its files are arrays: classes, blocks, ids, groups, leaderboards.

Conventions that everything below relies on:

- ``X`` is float32, one row per example; NaN is a missing value. A text column holds the position
  of its value in that column's sorted vocabulary (`Competition.text`); what a code means is learned
  inside the pipeline, never here.
- ``y`` is int64, 0..K-1 in the order of `Competition.classes`.
- A probability matrix is float64, (rows, K), columns in that same order.

Labels change between the outside form and 0..K-1 here (`Competition.encode`, `decode`), and nowhere
else.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from harness.board import Leaderboard
from harness.errors import DataError, FaultsError
from harness.registry import unknown

if TYPE_CHECKING:
    import pandas as pd

    from harness.readers._readings import Reading

__all__ = [
    "ALWAYS_TRAINS",
    "GROUP_NAMES",
    "LEFT_OUT",
    "UNLABELLED",
    "Answers",
    "Block",
    "Competition",
    "FloatMatrix",
    "Labels",
    "Leaderboard",
    "Probabilities",
    "encode_labels",
    "names_groups",
    "spelling",
]

FloatMatrix = NDArray[np.float32]
Labels = NDArray[np.int64]
Probabilities = NDArray[np.float64]

# In `Competition.predefined`, beside the numbers of the held-out parts.
ALWAYS_TRAINS = -1
LEFT_OUT = -2
# The code of a row without a label; no competition's `y` has it: such rows are left out.
UNLABELLED = -1
_NO_CLASS = -2

# Columns that usually say what a row is a part of, the first the most telling.
GROUP_NAMES = ("artist", "album", "song", "track", "recording", "group", "subject", "speaker")


def names_groups(column: str, names: Sequence[str] = GROUP_NAMES) -> bool:
    """Whether a column is named like groups: ``track``, ``Artist ID``, ``song_name``."""
    return any(re.fullmatch(rf"(?i){name}([_\s]?(id|name))?", column) for name in names)


@dataclass(frozen=True)
class Block:
    """Columns ``start:stop`` under one name; `shape` when they are a matrix, such as (7, 24)."""

    name: str
    start: int
    stop: int
    shape: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Answers:
    """Where the test rows' answers lie, when they are known. Only `grade` opens the file.

    Parameters
    ----------
    path : Path
    header : bool
    id_column : str, optional
        With it the answers find the test rows by id; without it they stand in the rows' order.
    label_column : str, optional
        Default: the file's only column beside the ids.
    part_column : str, optional
        Says of each test row whether its answer is ``public`` or ``private``.
    group_column : str, optional
        Test rows with the same value belong together: they count as one observation.
    """

    path: Path
    header: bool = False
    id_column: str | None = None
    label_column: str | None = None
    part_column: str | None = None
    group_column: str | None = None


@dataclass(frozen=True)
class Dropped:
    """Columns of the training file that are left out. Only `check` reads their cells.

    Parameters
    ----------
    path : Path
    header : bool
    columns : tuple of str
    in_test : tuple of str
        Those that the test file has too, or all where there is none.
    text : tuple of str
        The columns that were read as text, those among them: with the same ones the cache serves.
    rows : int64 array, optional
        The file's rows that are training rows; default: all.
    """

    path: Path
    header: bool
    columns: tuple[str, ...]
    in_test: tuple[str, ...]
    text: tuple[str, ...]
    rows: Labels | None = None

    def cells(self) -> Mapping[str, NDArray[np.object_]]:
        """Each column's cells as text, object arrays of shape (n,)."""
        from harness.readers import read_table

        table = read_table(self.path, header=self.header, text=self.text, infinite=True)
        rows = slice(None) if self.rows is None else self.rows
        return {column: table.text[column][rows] for column in self.columns}


@dataclass(frozen=True)
class Competition:
    """A classification task: arrays and what they mean.

    Attributes
    ----------
    name : str
        Short name, such as ``"mlbp2018"``.
    root : Path
        The folder it was loaded from.
    classes : tuple of str
        Label values as the files write them, in the order that columns of probabilities have.
    class_names : tuple of str
        What people call them; equal to `classes` where nothing else is known.
    ignore_case : bool
        Whether labels that differ from a class in case or spaces alone are of it.
    columns : tuple of str
        Names of the feature columns.
    X : float32 array, shape (n, d)
    y : int64 array, shape (n,)
    X_test : float32 array, shape (m, d), or None where there are no test rows
    train_ids : tuple of str
        The training rows' ids; empty where the files give none.
    test_ids : tuple of str
        The test rows' ids, as submissions write them; empty without test rows.
    blocks : tuple of Block
    text : mapping of column index to vocabulary
    readings : mapping of file column to Reading
        How columns are read that are no plain numbers: dates, odd numbers, booleans. A date gives
        several feature columns: ``when``, ``when.month``, ....
    groups : int64 array, shape (n,), or None
        Rows with the same number may not be parted; the number is a position in `group_names`.
    group_column : str
        The column that the groups are told by; "" where it is none, or has no name.
    parted_groups : int64 array, shape (n,), or None
        Where splits part groups because the board does: each row's group all the same. Rows of one
        are no independent observations, whichever side they stand on.
    predefined : int64 array, shape (n,), or None
        The part each row belongs to in the competition's own split, a position in `part_names`;
        `ALWAYS_TRAINS` (-1) for its training rows, `LEFT_OUT` (-2) for rows it names nowhere: they
        are neither trained on nor scored (a fault-filtered split leaves out the faulty rows).
    leaderboards : tuple of Leaderboard
    answers : Answers, optional
    dropped : Dropped, optional
        The columns that `[columns] drop` leaves out.
    fingerprint : str
        Hash over everything that a fit's result depends on.
    notes : tuple of str
        What the user should know of how the files were read.
    """

    name: str
    root: Path
    classes: tuple[str, ...]
    class_names: tuple[str, ...]
    columns: tuple[str, ...]
    X: FloatMatrix
    y: Labels
    X_test: FloatMatrix | None
    test_ids: tuple[str, ...]
    fingerprint: str
    title: str = ""
    ignore_case: bool = False
    train_ids: tuple[str, ...] = ()
    blocks: tuple[Block, ...] = ()
    text: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    readings: Mapping[str, Reading] = field(default_factory=dict)
    groups: Labels | None = None
    group_names: tuple[str, ...] = ()
    group_column: str = ""
    parted_groups: Labels | None = None
    predefined: Labels | None = None
    part_names: tuple[str, ...] = ()
    leaderboards: tuple[Leaderboard, ...] = ()
    answers: Answers | None = None
    dropped: Dropped | None = None
    notes: tuple[str, ...] = ()

    @cached_property
    def n_classes(self) -> int:
        """K, the number of classes."""
        return len(self.classes)

    @cached_property
    def file_columns(self) -> tuple[str, ...]:
        """The feature columns as files have them: ``when`` without ``when.month``."""
        derived = {name for one in self.readings.values() for name in one.names[1:]}
        return tuple(column for column in self.columns if column not in derived)

    @cached_property
    def counts(self) -> Labels:
        """Training rows per class, shape (K,)."""
        return np.bincount(self.y, minlength=self.n_classes).astype(np.int64)

    @property
    def clusters(self) -> Labels | None:
        """What counts as one observation in intervals: groups, those too that splits part."""
        return self.groups if self.parted_groups is None else self.parted_groups

    def board(self, name: str) -> Leaderboard:
        """The leaderboard called `name`; else the only one scored with that metric.

        Raises
        ------
        UnknownNameError
            Naming the leaderboards there are.
        """
        for board in self.leaderboards:
            if board.name == name:
                return board
        scored = [board for board in self.leaderboards if board.metric == name]
        if len(scored) == 1:
            return scored[0]
        if not self.leaderboards:
            raise DataError(
                "declares no leaderboards",
                where=self.name,
                todo="add [[leaderboards]] with a metric to competition.toml",
            )
        raise unknown("leaderboard", name, [board.name for board in self.leaderboards])

    def frame(self, *, test: bool = False) -> pd.DataFrame:
        """The rows as a pandas DataFrame, for a notebook: columns named, text as text.

        Parameters
        ----------
        test : bool
            The test rows instead of the training rows.

        Returns
        -------
        pandas.DataFrame
            One column a feature (float32, or categorical where it is text), indexed by the rows'
            ids where there are any; training rows have the class names in a last column, ``class``.

        Raises
        ------
        DataError
            When test rows are asked for and there are none.
        """
        import pandas as pd

        X, ids = (self.X_test, self.test_ids) if test else (self.X, self.train_ids)
        if X is None:
            raise DataError("has no test rows", where=self.name)
        table = pd.DataFrame(np.asarray(X), columns=list(self.columns), index=list(ids) or None)
        for column, vocabulary in self.text.items():
            codes = np.nan_to_num(X[:, column], nan=-1).astype(np.int64)
            table[self.columns[column]] = _categorical(codes, vocabulary)
        if not test:
            table["class"] = _categorical(self.y, self.class_names)
        return table

    def encode(self, labels: Sequence[str], *, where: str) -> Labels:
        """Outside labels to 0..K-1. See `encode_labels`."""
        return encode_labels(labels, self.classes, where=where, ignore_case=self.ignore_case)

    def decode(self, y: Labels) -> list[str]:
        """0..K-1 to labels as the competition writes them."""
        return [self.classes[k] for k in y]


def _categorical(codes: Labels, names: Sequence[str]) -> Any:
    """Codes as a pandas categorical; -1 is a missing value."""
    import pandas as pd

    return pd.Categorical.from_codes(list(codes), categories=list(names))  # type: ignore[call-overload]


def encode_labels(
    labels: Sequence[str],
    classes: Sequence[str],
    *,
    where: str,
    ignore_case: bool = False,
    unlabelled: Sequence[str] = (),
) -> Labels:
    """Labels as files write them to 0..K-1.

    Where every class is a whole number, ``3.0`` and `` 3`` are taken as ``3``.

    Parameters
    ----------
    ignore_case : bool
        Whether labels that differ from a class in case or spaces alone are of it.
    unlabelled : sequence of str
        Cells of rows that have no label: they become `UNLABELLED`.

    Returns
    -------
    int64 array, shape (len(labels),)

    Raises
    ------
    FaultsError
        Naming the rows (counted from 1) whose label is not a class.
    """
    position = {value: k for k, value in enumerate(classes)}
    position |= dict.fromkeys(unlabelled, UNLABELLED)
    forms = {spelling(value): k for k, value in enumerate(classes)} if ignore_case else {}
    whole = all(_is_whole(value) for value in classes)
    codes: dict[str, int] = {}
    wrong: dict[str, list[int]] = {}
    y = np.empty(len(labels), dtype=np.int64)
    for row, raw in enumerate(labels):
        code = codes.get(raw)
        if code is None:
            value = raw.strip()
            if whole and (written := re.fullmatch(r"([+-]?\d+)\.0*", value)):
                value = written[1]
            code = position.get(value, forms.get(spelling(value), _NO_CLASS))
            codes[raw] = code
        if code == _NO_CLASS:
            wrong.setdefault(raw, []).append(row + 1)
        y[row] = code
    if wrong:
        faults = [_told(label, rows) for label, rows in wrong.items()]
        todo = f"the classes are {', '.join(classes)}"
        if any(not label.strip() for label in wrong):
            todo += '; [classes] unlabelled = [""] leaves training rows without a label out'
        raise FaultsError(faults, where=where, todo=todo)
    return y


def _told(label: str, rows: Sequence[int]) -> str:
    """A label that is no class, and the rows that have it."""
    missing = not label.strip()
    if len(rows) == 1:
        what = "the label is missing" if missing else ""
        return f"row {rows[0]}: {what or f'label {label!r} is not one of the declared classes'}"
    first = f"{len(rows)} rows, the first is row {rows[0]}"
    if missing:
        return f"the label is missing in {first}"
    return f"label {label!r} is not one of the declared classes: {first}"


def spelling(label: str) -> str:
    """A label without what spellings of one word differ in: case, spaces, forms of a letter."""
    return " ".join(unicodedata.normalize("NFKC", label).casefold().split())


def _is_whole(value: str) -> bool:
    return value.removeprefix("-").isdigit()
