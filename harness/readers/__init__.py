"""Files become arrays, checked and cached."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from harness.readers._table import ALL, Peek, Table
from harness.registry import Files

READERS = Files("reader", "harness.readers")

__all__ = [
    "ALL",
    "READERS",
    "Peek",
    "Table",
    "column_names",
    "header_cells",
    "inspect",
    "read_table",
]


def read_table(
    path: Path,
    *,
    header: bool,
    text: Collection[str] = (),
    missing: bool = True,
    infinite: bool = False,
) -> Table:
    """Read a matrix file, told by its content.

    Text of rows (commas, semicolons, tabs, bars, blanks; UTF-8 or UTF-16; plain, gzip, bzip2, xz,
    zstandard, or a zip of one file), JSON (records or columns, or an object a line), Parquet,
    Feather, npy or npz.

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
    infinite : bool
        Whether infinite cells count as missing; else they are wrong.

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
        With the place of every cell or line that is wrong, numbers beyond float32's range among
        them.
    """
    from harness.readers import _containers

    path = Path(path)
    reader = READERS.load(_containers.kind(path))
    table: Table = reader.read(path, header=header, text=text, missing=missing, infinite=infinite)
    return table


def column_names(path: Path, *, header: bool, text: Collection[str] = ()) -> tuple[str, ...]:
    """Column names as `read_table` gives them, without reading the rows where that can be.

    Parameters
    ----------
    path, header
        As in `read_table`.
    text : collection of str
        Of an npz file, the arrays named here are columns too.

    Raises
    ------
    FileProblem, DataError, FaultsError
        As `read_table` does.
    """
    from harness.readers import _containers

    path = Path(path)
    reader = READERS.load(_containers.kind(path))
    if hasattr(reader, "column_names"):
        names: tuple[str, ...] = reader.column_names(path, header=header)
        return names
    return read_table(path, header=header, text=text).columns


def header_cells(path: Path) -> list[str]:
    """The cells of a CSV's first row as they are written, spaces around them and all.

    Raises
    ------
    FileProblem, DataError
        As `read_table` does.
    """
    from harness.readers import _layout
    from harness.readers._chunks import Chunks

    chunks = Chunks(Path(path))
    for chunk in chunks:
        return _layout.as_written(_layout.first_row(chunk.data, chunks.dialect), chunks.dialect)
    return []


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
