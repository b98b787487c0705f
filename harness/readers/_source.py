"""The file itself: is it there, what is it, and what is its fingerprint."""

from __future__ import annotations

import difflib
import errno
import io
import os
import stat
import zipfile
from hashlib import blake2b
from pathlib import Path

from harness import ordinary
from harness.errors import DataError, FileProblem
from harness.readers import _index

GZIP, ZIP, NPY, PARQUET = b"\x1f\x8b", b"PK\x03\x04", b"\x93NUMPY", b"PAR1"
BLOCK = 1 << 20
# What people also keep tables in, and its first bytes.
FOREIGN = {
    b"\x89HDF": "an HDF5 file",
    b"BZh": "a bzip2 archive",
    b"\xfd7zXZ": "an xz archive",
    b"\x28\xb5\x2f\xfd": "a zstandard archive",
    b"\xd0\xcf\x11\xe0": "an old Excel sheet",
    b"%PDF": "a PDF",
    b"\x80\x02": "a pickle",
    b"\x80\x03": "a pickle",
    b"\x80\x04": "a pickle",
    b"\x80\x05": "a pickle",
}
ENDINGS = {".npy": "npy", ".npz": "npz", ".parquet": "parquet", ".pq": "parquet"}
TABLES = (".csv", ".gz", ".txt", ".tsv", *ENDINGS)


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


def kind(path: Path) -> str:
    """Which reader takes a file: by its first bytes, then by its ending.

    Raises
    ------
    FileProblem
        As `check` does.
    DataError
        Where it is something else altogether: an archive, a spreadsheet, a pickle.
    """
    check(path)
    with opened(path) as file:
        head = file.read(8)
        file.seek(-4, os.SEEK_END) if len(head) > 4 else None
        tail = file.read(4)
    if head.startswith(NPY):
        return "npy"
    if head.startswith(ZIP):
        return _zipped(path)
    # A CSV file may well call its first column PAR1.
    if head.startswith(PARQUET) and tail == PARQUET:
        return "parquet"
    for start, name in FOREIGN.items():
        if head.startswith(start):
            raise _foreign(path, name)
    named = ENDINGS.get(path.suffix.lower(), "csv")
    if named != "csv":
        raise DataError(
            f"is no {named} file, or a damaged one: it starts with {head[:6]!r}",
            where=str(path),
            todo="fetch or write it again",
        )
    return "csv"


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


def _zipped(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError) as problem:
        raise DataError(
            f"the archive is damaged ({problem})", where=str(path), todo="fetch or write it again"
        ) from problem
    if any(name.endswith(".npy") for name in names):
        return "npz"
    if "[Content_Types].xml" in names:
        raise _foreign(path, "a spreadsheet")
    raise _foreign(path, f"a zip archive (with {', '.join(names[:3]) or 'nothing'} in it)")


def _foreign(path: Path, name: str) -> DataError:
    todo = "save it as CSV, Parquet or npy"
    if "archive" in name:
        todo = "unpack it, and name the table inside"
    elif "pickle" in name:
        todo = "opening one can run code, so harness never does; save it as CSV, Parquet or npy"
    return DataError(f"is {name}, which harness doesn't read", where=str(path), todo=todo)
