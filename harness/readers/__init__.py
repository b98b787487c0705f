"""Files become arrays, checked and cached."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from harness.readers._table import ALL, Peek, Table
from harness.registry import Files

READERS = Files("reader", "harness.readers")

__all__ = ["ALL", "READERS", "Peek", "Table", "inspect", "read_table"]


def read_table(
    path: Path, *, header: bool, text: Collection[str] = (), missing: bool = True
) -> Table:
    """Read a matrix file: CSV (also gzipped), Parquet, npy or npz, told by its content.

    Parameters
    ----------
    path : Path
    header : bool
        Whether the first line names the columns; only CSV asks. Without names columns are called
        ``"0"``, ``"1"``, ....
    text : collection of str
        Columns to keep as text (ids, labels, groups, text features), or `ALL`; all others must be
        numbers.
    missing : bool
        Whether cells may be missing: in number columns empty, ``NA``, ``N/A``, ``nan``, ``null``,
        ``none`` or ``?`` in any case, in text columns empty.

    Returns
    -------
    Table

    Raises
    ------
    FileProblem
        Where the file is missing, empty or can't be read.
    DataError
        Where it is damaged, something else, or laid out in another way.
    FaultsError
        With the place of every cell or line that is wrong. Infinity is wrong always, and so are
        numbers beyond float32's range.
    """
    from harness.readers import _source

    path = Path(path)
    return READERS.load(_source.kind(path)).read(path, header=header, text=text, missing=missing)


def inspect(path: Path) -> Peek:
    """What a file seems to hold: header or not, columns, rows, kinds, values, missing cells.

    Parameters
    ----------
    path : Path

    Raises
    ------
    FileProblem, DataError, FaultsError
        As `read_table` does.
    """
    from harness.readers import _peek

    return _peek.inspect(Path(path))
