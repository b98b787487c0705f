"""What the readers return, and how columns are named to them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Kind = Literal["number", "integer", "text"]


class _All(Collection[str]):
    """Every column, whatever its name."""

    def __contains__(self, name: object) -> bool:
        return True

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def __repr__(self) -> str:
        return "ALL"


ALL = _All()
"""As `text` of `read_table`: keep every column as text (label files, list files, submissions)."""


@dataclass(frozen=True)
class Table:
    """One file's cells.

    Attributes
    ----------
    path : Path
    columns : tuple of str
        Every column's name in the file's order; ``"0"``, ``"1"``, ... where there is no header.
    numbers : float32 array, shape (rows, number columns)
        The number columns in the file's order, read-only and possibly memory-mapped; NaN is a
        missing cell.
    number_columns : tuple of str
        Their names.
    text : mapping of column name to object array of str, shape (rows,)
        The columns asked for as text, in the file's order; ``""`` is a missing cell.
    fingerprint : str
        Hash of the file's bytes.
    notes : tuple of str
        What was passed over: lines before the header, blank lines and the like.
    """

    path: Path
    columns: tuple[str, ...]
    numbers: NDArray[np.float32]
    number_columns: tuple[str, ...]
    text: Mapping[str, NDArray[np.object_]] = field(default_factory=dict)
    fingerprint: str = ""
    notes: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """How many rows the file holds."""
        return len(self.numbers)


@dataclass(frozen=True)
class Peek:
    """What a file seems to hold, before anybody has said what it is.

    Attributes
    ----------
    path : Path
    kind : str
        The reader's name: ``"csv"``, ``"parquet"``, ``"npy"`` or ``"npz"``.
    header : bool
        Whether the columns have names in the file; for CSV a guess from its first lines.
    header_reason : str
        Why, as half a sentence: ``"line 1 holds text above columns of numbers"``.
    columns : tuple of str
        Names as `read_table` gives them under that guess.
    rows : int
        Rows below the header.
    kinds : mapping of column to "number", "integer" or "text"
        ``"integer"``: every cell there is is a whole number.
    distinct : mapping of column to tuple of str
        Values as the file writes them, in order of appearance, without missing ones; only for
        columns with at most 200 of them.
    missing : mapping of column to int
        How many cells are missing.
    infinite : mapping of column to int
        How many cells are infinite, for columns that have such.
    extreme : collection of str
        Columns of numbers that float32 can't hold, or takes for 0.
    nested : mapping of column to str
        What a column holds that is neither numbers nor text, such as lists.
    delimiter : str
        Stands between the cells of a CSV file.
    plain : bool
        Whether it is a CSV file of rows alone, unpacked and in UTF-8.
    notes : tuple of str
        As in `Table`.
    """

    path: Path
    kind: str
    header: bool
    header_reason: str
    columns: tuple[str, ...]
    rows: int
    kinds: Mapping[str, Kind]
    distinct: Mapping[str, tuple[str, ...]]
    missing: Mapping[str, int]
    infinite: Mapping[str, int] = field(default_factory=dict)
    extreme: Collection[str] = ()
    nested: Mapping[str, str] = field(default_factory=dict)
    delimiter: str = ","
    plain: bool = False
    notes: tuple[str, ...] = ()
