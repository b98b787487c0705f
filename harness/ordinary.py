"""Opening what others named: ordinary files only, looked at before they are opened.

A named pipe would be waited for, a device read until memory ends. What reads a file whose path
comes from a user, an entry, a competition or a folder's listing does it through here; what is wrong
is an `OSError` with a reason, which each room says in its own words.
"""

from __future__ import annotations

import errno
import io
import os
import stat
from pathlib import Path
from typing import Any

KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}
# Descriptions, receipts and lists are far smaller; tables are read in pieces elsewhere.
MOST_TEXT = 256 << 20


def check(path: Path) -> os.stat_result:
    """The state of an ordinary file.

    Raises
    ------
    OSError
        Where it is missing, or anything else: a folder, a pipe, a socket, a device, a link to one
        of them, to nothing or to itself. It wasn't opened then.
    """
    try:
        state = path.stat()
    except ValueError as problem:  # A NUL, or a lone surrogate.
        raise OSError(errno.EINVAL, "its name can't be a file's", str(path)) from problem
    if not stat.S_ISREG(state.st_mode):
        kind = KINDS.get(stat.S_IFMT(state.st_mode), "something else")
        raise OSError(errno.EINVAL, f"it is {kind}, not an ordinary file", str(path))
    return state


def opened(path: Path, mode: str = "rb", **how: Any) -> Any:
    """`path.open` of an ordinary file, for reading; raises `OSError` as `check` does."""
    check(path)
    return path.open(mode, **how)


def read_bytes(path: Path, *, most: int | None = None) -> bytes:
    """All bytes of an ordinary file, at most `most`.

    Raises
    ------
    OSError
        As `check`; and where the file is larger, or grows while it is read.
    """
    size = check(path).st_size
    if most is not None and size > most:
        raise OSError(errno.EFBIG, f"it has {size:,} bytes, and should be small", str(path))
    with path.open("rb") as file:
        # Some file systems know no size; on others more than that is a file being written.
        data = file.read(size + 1) if size else file.read()
    if size and len(data) > size:
        raise OSError(errno.EBUSY, "it grows while it is read", str(path))
    return data


def for_polars(path: Path) -> Any:
    """What polars can read of an ordinary file: its path, or the file where that is no text.

    A name on disk may be bytes that are no UTF-8.
    """
    check(path)
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return io.BytesIO(read_bytes(path))
    return path


def read_text(path: Path, *, encoding: str = "utf-8") -> str:
    """The text of a small ordinary file, line ends made LF.

    Raises
    ------
    OSError
        As `read_bytes`, for 256 MB.
    UnicodeDecodeError
        Where it is other text, or none.
    """
    text = read_bytes(path, most=MOST_TEXT).decode(encoding)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def load_array(path: Path, *, mmap_mode: Any = None) -> Any:
    """`numpy.load` of an ordinary file, without pickle."""
    import numpy as np

    check(path)
    return np.load(path, mmap_mode=mmap_mode, allow_pickle=False)
