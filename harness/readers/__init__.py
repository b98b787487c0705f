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
    """Read a matrix file by its kind: CSV (also gzipped), Parquet, npy or npz.

    Parameters
    ----------
    path : Path
    header : bool
        Whether the first line names the columns; only CSV asks.
    text : collection of str
        Columns to keep as text (ids, labels, groups, text features), or `ALL`; all others must be
        numbers.
    missing : bool
        Whether cells may be missing.
    """
    return READERS.load("csv").read(path, header=header, text=text)


def inspect(path: Path) -> Peek:
    """What a file seems to hold: header or not, columns, rows, kinds, values, missing cells.

    Parameters
    ----------
    path : Path
    """
    from harness.readers import _peek

    return _peek.inspect(path)
