"""Parsed CSV files as float32 ``.npy``, read memory-mapped.

An entry is a folder ``tables/<key>`` with ``numbers.npy`` (float32, (rows, number columns)),
``text.json`` (text columns) and ``meta.json``, which says how long the other two are. Its key is a
hash of the CSV file's content, the reading options and `FORMAT`, so an entry is never wrong, only
useless. It gets its name by one rename when everything in it is on the disk. Whatever goes wrong
here costs time, never an answer: reading works without the cache.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import socket
import tempfile
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness import folders
from harness.readers._table import ALL

FORMAT = 2
"""Raise it when the same CSV file is to give another table."""

FROM_BYTES = 1 << 18
"""Smaller files are parsed in about the time it takes to look here."""

MOST_BYTES = 20 * 10**9
"""Beyond this the entries that were used longest ago are swept."""

HEAD = 128
"""Bytes before the numbers; an npy head is as long as this for every shape a table can have."""

STALE_SECONDS = 24 * 3600
INDEX_SECONDS = 180 * 24 * 3600


@dataclass(frozen=True)
class Parsed:
    """A CSV file's cells, from the cache or fresh."""

    columns: tuple[str, ...]
    numbers: NDArray[np.float32]
    text: Mapping[str, NDArray[np.object_]]
    missing: bool
    notes: tuple[str, ...] = ()


root = folders.cache_root


def key(fingerprint: str, *, header: bool, text: Collection[str], infinite: bool = False) -> str:
    """An entry's name: what the file holds and how it is read."""
    kept: Any = "ALL" if text is ALL else sorted(set(text))
    options = json.dumps([FORMAT, fingerprint, header, kept, infinite])
    return blake2b(options.encode(), digest_size=16).hexdigest()


def load(name: str) -> Parsed | None:
    """The entry called `name`, None where there is none. A damaged one is removed."""
    folder = root() / "tables" / name
    try:
        parsed = _open(folder)
    except FileNotFoundError:
        if not folder.exists():
            return None
    except PermissionError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        pass
    else:
        with contextlib.suppress(OSError):
            # For `sweep`: when it was last of use.
            os.utime(folder / "meta.json")
        return parsed
    with contextlib.suppress(OSError):
        _remove(folder)
    return None


def _open(folder: Path) -> Parsed:
    meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    shape = tuple(map(int, meta["shape"]))
    if shape[1]:
        path = folder / "numbers.npy"
        if path.stat().st_size != meta["bytes"]:
            raise ValueError("numbers.npy has another length than it was written with")
        # A view: memmap's own class changes what slices and sums of it are.
        numbers = np.load(path, mmap_mode="r", allow_pickle=False).view(np.ndarray)
        if numbers.shape != shape or numbers.dtype != np.float32:
            raise ValueError("numbers.npy holds another array than it was written with")
    else:
        numbers = np.empty(shape, np.float32)
    words: dict[str, list[str]] = {}
    if meta["text"]:
        raw = (folder / "text.json").read_bytes()
        if blake2b(raw, digest_size=16).hexdigest() != meta["text"]:
            raise ValueError("text.json isn't what was written")
        words = json.loads(raw)
    text = {column: _objects(cells) for column, cells in words.items()}
    notes = tuple(map(str, meta["notes"]))
    return Parsed(tuple(meta["columns"]), numbers, text, bool(meta["missing"]), notes)


class Writer:
    """A new entry, appended to block by block; as a context it leaves nothing half-made.

    Raises `OSError` from every method: the caller then does without.
    """

    def __init__(self, name: str, csv_bytes: int) -> None:
        self.name = name
        tables = root() / "tables"
        tables.mkdir(parents=True, exist_ok=True)
        # Never the last bytes of a disk: what is fitted has to be written too.
        if shutil.disk_usage(tables).free < 4 * csv_bytes:
            raise OSError("not enough space to cache this")
        self.part = Path(tempfile.mkdtemp(prefix=_part_prefix(), dir=tables))
        self.shape = (0, 0)
        self.file = (self.part / "numbers.npy").open("wb")
        # The head comes last, when the number of rows is known.
        self.file.seek(HEAD)

    def append(self, block: NDArray[np.float32]) -> None:
        """Add rows: float32, shape (any, width), C order."""
        if block.size:
            self.file.write(block.data.cast("B"))
        self.shape = (self.shape[0] + len(block), block.shape[1])

    def finish(
        self,
        columns: Sequence[str],
        text: Mapping[str, NDArray[np.object_]],
        *,
        missing: bool,
        notes: Sequence[str] = (),
    ) -> None:
        """Write the rest and give the entry its name."""
        self.file.seek(0)
        self.file.write(_npy_head(self.shape))
        self.file.flush()
        os.fsync(self.file.fileno())
        size = os.fstat(self.file.fileno()).st_size
        self.file.close()
        meta = {
            "columns": list(columns),
            "shape": self.shape,
            "bytes": size,
            "missing": missing,
            "notes": list(notes),
            "text": "",
        }
        if text:
            words = {column: cells.tolist() for column, cells in text.items()}
            raw = json.dumps(words, ensure_ascii=False).encode("utf-8", "surrogatepass")
            (self.part / "text.json").write_bytes(raw)
            meta["text"] = blake2b(raw, digest_size=16).hexdigest()
        (self.part / "meta.json").write_text(json.dumps(meta), encoding="utf-8")
        self.part.chmod(0o777 & ~_umask())
        place = self.part.parent / self.name
        try:
            self.part.rename(place)
        except OSError:
            # Another process was first; its entry is as good.
            if not place.is_dir():
                raise
        with contextlib.suppress(OSError):
            sweep()

    def __enter__(self) -> Writer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with contextlib.suppress(OSError):
            self.file.close()
        shutil.rmtree(self.part, ignore_errors=True)


def sweep(most_bytes: int = MOST_BYTES) -> None:
    """Remove what killed runs left, then the entries used longest ago beyond `most_bytes`."""
    now = time.time()
    entries: list[tuple[float, int, Path]] = []
    for folder in (root() / "tables").iterdir():
        with contextlib.suppress(OSError):
            if folder.name.startswith(".part-"):
                if _is_left_over(folder, now):
                    shutil.rmtree(folder, ignore_errors=True)
                continue
            size = sum(file.stat().st_size for file in folder.iterdir())
            entries.append(((folder / "meta.json").stat().st_mtime, size, folder))
    total = 0
    for _, size, folder in sorted(entries, reverse=True):
        total += size
        if total > most_bytes:
            with contextlib.suppress(OSError):
                _remove(folder)
    index = root() / "index"
    for file in index.iterdir() if index.is_dir() else ():
        with contextlib.suppress(OSError):
            if now - file.stat().st_mtime > INDEX_SECONDS:
                file.unlink()


def _remove(folder: Path) -> None:
    """Take an entry away in one step, so that nobody reads half of it."""
    part = Path(tempfile.mkdtemp(prefix=_part_prefix(), dir=folder.parent))
    try:
        folder.rename(part / "swept")
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _part_prefix() -> str:
    return f".part-{socket.gethostname()}-{os.getpid()}-"


def _is_left_over(part: Path, now: float) -> bool:
    """Whether the process that was making this folder is gone (known for this machine only)."""
    if now - part.stat().st_mtime > STALE_SECONDS:
        return True
    start, _, pid = part.name.rpartition("-")[0].rpartition("-")
    if os.name != "posix" or start != f".part-{socket.gethostname()}" or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except OSError:
        pass
    return False


def _npy_head(shape: tuple[int, int]) -> bytes:
    """The head of a float32 ``.npy``, which the format pads to steps of 64 bytes."""
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        head, {"descr": "<f4", "fortran_order": False, "shape": shape}
    )
    if head.tell() != HEAD:
        raise OSError(f"an npy head of {head.tell()} bytes")
    return head.getvalue()


def _objects(cells: Sequence[str]) -> NDArray[np.object_]:
    found = np.empty(len(cells), dtype=object)
    found[:] = cells
    return found


def _umask() -> int:
    umask = os.umask(0)
    os.umask(umask)
    return umask
