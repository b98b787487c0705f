"""What tables are packed in: gzip, bzip2, xz, zstandard, or a zip archive of one file."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
import shlex
import zipfile
import zlib
from pathlib import Path
from typing import Any, BinaryIO, cast

from harness.errors import DataError, HarnessError
from harness.readers import _source

GZIP, ZIP = b"\x1f\x8b", b"PK\x03\x04"
BZIP2, XZ, ZSTD = b"BZh", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd"
# Archives that hold nothing, or whose parts lie in several files.
ZIPS = (ZIP, b"PK\x05\x06", b"PK\x07\x08")
PACKED = {GZIP: "gzip", BZIP2: "bzip2", XZ: "xz", ZSTD: "zstandard"}
UNPACK = {"gzip": "gunzip -k", "bzip2": "bunzip2 -k", "xz": "unxz -k", "zstandard": "zstd -d"}
TO_PIPE = {"gzip": "zcat", "bzip2": "bzcat", "xz": "xzcat", "zstandard": "zstdcat"}
TO_PIPE |= {"zip": "unzip -p"}
JUNK = re.compile(r"(^|/)(__MACOSX/|\.|desktop\.ini$|thumbs\.db$)", re.IGNORECASE)


def quoted(path: Path) -> str:
    """A path as a shell takes it."""
    return shlex.quote(str(path))


def piped(path: Path, command: str) -> str:
    """`command` run on a file in place; on a packed one, on what is in it, written beside it."""
    name = quoted(path)
    with _source.opened(path) as file, io.BufferedReader(_source.Whole(file)) as buffered:
        packed = packing(cast(BinaryIO, buffered))
    if not packed:
        return f"{command} {name} > tmp && mv tmp {name}"
    plain = path.with_suffix("")
    plain = plain if plain.suffix else plain.with_suffix(".csv")
    return f"{TO_PIPE[packed]} {name} | {command} > {quoted(plain)}"


def members(path: Path) -> list[str]:
    """The files in a zip archive."""
    try:
        with zipfile.ZipFile(path) as archive:
            return [one.filename for one in archive.infolist() if not one.is_dir()]
    except PROBLEMS as problem:
        raise damaged(path, "zip", problem) from problem


def only(names: list[str], path: Path) -> str:
    """The one file in an archive; what a Mac adds doesn't count."""
    kept = [name for name in names if not JUNK.search(name)]
    if len(kept) == 1:
        return kept[0]
    shown = ", ".join(kept[:3]) + (f" and {len(kept) - 3} more" if len(kept) > 3 else "")
    raise DataError(
        f"is a zip archive of {len(kept)} files ({shown})" if kept else "is an empty zip archive",
        where=str(path),
        todo=unzip(path) if kept else "fetch it again",
    )


def unzip(path: Path) -> str:
    """How to unpack an archive of many files."""
    return f"unzip it: unzip {quoted(path)} -d {quoted(path.parent)}"


PROBLEMS: tuple[type[Exception], ...] = (
    gzip.BadGzipFile,
    EOFError,
    OSError,
    RuntimeError,
    ValueError,
    NotImplementedError,
    zlib.error,
    lzma.LZMAError,
    zipfile.BadZipFile,
)
"""What Python's unpackers raise."""


def damaged(path: Path, name: str, problem: Exception) -> DataError:
    """The answer to packed data that doesn't unpack."""
    if isinstance(problem, DataError):
        return problem
    if isinstance(problem, OSError) and problem.errno is not None:
        return _source.cannot_read(path, problem)
    if "password" in str(problem) or "encrypted" in str(problem):
        return DataError("is a zip archive with a password", where=str(path), todo=unzip(path))
    reason = str(problem).rstrip(".") or type(problem).__name__
    return DataError(
        f"the {name} data is damaged ({reason})", where=str(path), todo="fetch or pack it again"
    )


def unpacked(file: BinaryIO, path: Path) -> BinaryIO:
    """The bytes of a table's text, whatever they are packed in.

    Parameters
    ----------
    file : binary file, buffered
        It stands at its start.
    path : Path
        For messages.
    """
    head = cast(Any, file).peek(8)[:8]
    if head.startswith(GZIP):
        return cast(BinaryIO, gzip.GzipFile(fileobj=file))
    if head.startswith(BZIP2):
        return cast(BinaryIO, bz2.BZ2File(file))
    if head.startswith(XZ):
        return cast(BinaryIO, lzma.LZMAFile(file))
    if head.startswith(ZSTD):
        return _from_zstd(file, path)
    if head.startswith(ZIP):
        return _unzipped(file, path)
    return file


def packing(file: BinaryIO) -> str:
    """What a buffered file at its start is packed with, for messages; "" where it is not."""
    head = cast(Any, file).peek(8)[:8]
    if head.startswith(ZIP):
        return "zip"
    return next((name for start, name in PACKED.items() if head.startswith(start)), "")


def head(path: Path, size: int) -> bytes:
    """The first bytes of what is packed."""
    with _source.opened(path) as file, io.BufferedReader(_source.Whole(file)) as buffered:
        source = cast(BinaryIO, buffered)
        name = packing(source)
        try:
            with unpacked(source, path) as inside:
                return inside.read(size)
        except HarnessError:
            raise
        except PROBLEMS as problem:
            raise damaged(path, name, problem) from problem


def _unzipped(file: BinaryIO, path: Path) -> BinaryIO:
    # From memory where it can't be sought in: it is being hashed while it is read.
    source = file if file.seekable() else io.BytesIO(file.read())
    archive = zipfile.ZipFile(source)
    names = [one.filename for one in archive.infolist() if not one.is_dir()]
    return cast(BinaryIO, archive.open(only(names, path)))


def _from_zstd(file: BinaryIO, path: Path) -> BinaryIO:
    """Python has no zstandard; polars has, for text."""
    import polars as pl

    try:
        frame = pl.read_csv(
            file.read(),
            has_header=False,
            separator="\x1f",
            quote_char=None,
            schema={"line": pl.String},
        )
    except pl.exceptions.PolarsError as problem:
        raise DataError(
            "is a zstandard file that can't be read as it is",
            where=str(path),
            todo=f"unpack it: zstd -d {quoted(path)}",
        ) from problem
    lines = frame.to_series().fill_null("").to_list()
    return io.BytesIO(("\n".join(lines) + "\n").encode())
