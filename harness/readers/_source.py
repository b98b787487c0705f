"""The file itself: is it there, what is it, and what is its fingerprint."""

from __future__ import annotations

import difflib
import errno
import io
import os
import stat
from hashlib import blake2b
from pathlib import Path

from harness import ordinary
from harness.errors import DataError, FileProblem
from harness.readers import _index

BLOCK = 1 << 20
# What the folder's tables are called, for hints.
TABLES = (
    *(".csv", ".gz", ".txt", ".tsv", ".npy", ".npz", ".parquet", ".pq", ".zip", ".bz2", ".xz"),
    *(".zst", ".json", ".jsonl", ".ndjson", ".feather", ".arrow"),
)


def check(path: Path) -> os.stat_result:
    """The state of an ordinary file that isn't empty.

    Raises
    ------
    FileProblem
        Where it is missing (with the nearest names), a folder, empty or can't be opened.
    """
    try:
        state = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        raise _missing(path) from None
    except (OSError, ValueError) as problem:
        raise cannot_read(path, problem) from problem
    if stat.S_ISDIR(state.st_mode):
        inside = sorted(p.name for p in _listing(path) if p.suffix in TABLES)
        raise FileProblem(
            "is a folder, not a file",
            where=str(path),
            todo=f"name a file in it, such as {', '.join(inside[:5])}" if inside else "name a file",
        )
    if not stat.S_ISREG(state.st_mode):
        raise FileProblem(
            "is not an ordinary file", where=str(path), todo="save what it gives, and name that"
        )
    if state.st_size == 0:
        raise FileProblem("is empty", where=str(path), todo="fetch or write it again")
    return state


def opened(path: Path) -> io.FileIO:
    """The file, open and unbuffered; raises `FileProblem`."""
    try:
        ordinary.check(path)
        return path.open("rb", buffering=0)
    except OSError as problem:
        raise cannot_read(path, problem) from problem


def fingerprint(path: Path, state: os.stat_result) -> tuple[str, bool]:
    """Hash of the file's bytes (blake2b, 128 bits, hexadecimal).

    A big file that hasn't changed since it was last hashed isn't read again (`_index`).

    Returns
    -------
    fingerprint : str
    settled : bool
        Whether any later change of the file shows in its times, so that `unchanged` vouches for it.
    """
    known = _index.recall(path, state)
    if known:
        return known, True
    started = _index.now()
    digest = blake2b(digest_size=16)
    try:
        with opened(path) as file:
            buffer = memoryview(bytearray(BLOCK))
            read = 0
            while size := file.readinto(buffer):
                digest.update(buffer[:size])
                if (read := read + size) > state.st_size:
                    raise changed(path)
        after = path.stat()
    except OSError as problem:
        raise cannot_read(path, problem) from problem
    if not _index.same(state, after):
        raise changed(path)
    settled = _index.settled(state, started)
    if settled:
        _index.remember(path, state, digest.hexdigest())
    return digest.hexdigest(), settled


class Whole(io.RawIOBase):
    """A file as long as it was when it was opened: one that grows without end is refused."""

    def __init__(self, file: io.FileIO) -> None:
        self.file = file
        self.left = os.fstat(file.fileno()).st_size

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Read; raises `OSError` past the end that it had."""
        size = int(self.file.readinto(buffer) or 0)
        self.left -= size
        if self.left < 0:
            raise OSError(errno.EBUSY, "it grows while it is read")
        return size


class Hashed(Whole):
    """A file that is hashed while it is read, from its start to its end."""

    def __init__(self, file: io.FileIO) -> None:
        super().__init__(file)
        self.digest = blake2b(digest_size=16)

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Read, and hash what was read."""
        size = super().readinto(buffer)
        self.digest.update(memoryview(buffer)[:size])
        return size


def unchanged(path: Path, before: os.stat_result) -> bool:
    """Whether the file is still as it was at `check`."""
    try:
        return _index.same(before, path.stat())
    except OSError:
        return False


def changed(path: Path) -> DataError:
    """The answer when what was read isn't what was hashed."""
    return DataError(
        "changed while it was being read", where=str(path), todo="wait for its writer, run it again"
    )


def cannot_read(path: Path, problem: Exception) -> FileProblem:
    """An error on opening or reading, in the house's form."""
    reason = getattr(problem, "strerror", None) or problem
    return FileProblem(
        f"can't be read ({reason})", where=str(path), todo="check its permissions and the disk"
    )


def _missing(path: Path) -> FileProblem:
    if not path.parent.is_dir():
        return FileProblem(
            f"doesn't exist, nor does its folder {path.parent}",
            where=str(path),
            todo="check the path; it counts from the folder you are in, unless it starts with /",
        )
    names = sorted(p.name for p in _listing(path.parent) if p.is_file())
    near = difflib.get_close_matches(path.name, names, n=3, cutoff=0.6)
    tables = [name for name in names if name.lower().endswith(TABLES)]
    if near:
        todo = f"did you mean {' or '.join(near)}?"
    elif tables:
        more = ", ..." if len(tables) > 8 else ""
        todo = f"the tables in that folder: {', '.join(tables[:8])}{more}"
    else:
        todo = "no table stands in that folder"
    return FileProblem("doesn't exist", where=str(path), todo=todo)


def _listing(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []
