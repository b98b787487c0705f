"""Entries: the record of a fit, one folder each under `submissions/`, written whole.

An entry holds ``receipt.json``, ``oof.npy`` (float64, (n, K)), ``folds.npy`` (int64, (n,)),
``y.npy`` (int64, (n,)), ``test.npy`` (float64, (m, K); only with test rows), ``history.json`` and
the folder ``models/``. No file of it can run code when it is opened.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from harness.atomic import cannot_write, write_json
from harness.competition import Labels, Probabilities
from harness.errors import EntryError

RECEIPT = "receipt.json"


@dataclass(frozen=True)
class Entry:
    """One fitted candidate, read from its folder.

    Attributes
    ----------
    path : Path
        Its folder; the folder's name is the entry's name.
    receipt : mapping
        As `receipt.json` holds it: model, settings, seed, versions, fingerprints, scores, seconds.
    """

    path: Path
    receipt: Mapping[str, Any] = field(repr=False)

    @property
    def name(self) -> str:
        """The entry's name."""
        return self.path.name

    @cached_property
    def oof(self) -> Probabilities:
        """Out-of-fold probabilities, float64, shape (n, K)."""
        return self._array("oof.npy")

    @cached_property
    def folds(self) -> Labels:
        """Each training row's fold, int64, shape (n,)."""
        return self._array("folds.npy")

    @cached_property
    def y(self) -> Labels:
        """The training rows' classes, int64, shape (n,)."""
        return self._array("y.npy")

    @cached_property
    def test(self) -> Probabilities | None:
        """Test probabilities, float64, shape (m, K); None where there were no test rows."""
        return self._array("test.npy") if (self.path / "test.npy").exists() else None

    @cached_property
    def history(self) -> list[dict[str, list[float]]]:
        """Training curves, one mapping a fold; empty for models without any."""
        path = self.path / "history.json"
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else []

    def _array(self, name: str) -> Any:
        try:
            return np.load(self.path / name, allow_pickle=False)
        except (OSError, ValueError) as problem:
            raise EntryError(
                f"{name} can't be read ({problem})",
                where=str(self.path),
                todo="delete the folder and fit it again",
            ) from problem


def read(path: Path) -> Entry:
    """The entry in folder `path`; raises `EntryError` where there is none."""
    try:
        receipt = json.loads((path / RECEIPT).read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise EntryError(
            f"is no entry: {RECEIPT} can't be read ({problem})",
            where=str(path),
            todo="see `harness entries` for those there are",
        ) from problem
    return Entry(path, receipt)


def read_all(folder: Path, *, fingerprint: str | None = None) -> list[Entry]:
    """Every entry in `folder`, by name; only those of one competition where a fingerprint is given."""
    if not folder.is_dir():
        return []
    found = [read(path) for path in sorted(folder.iterdir()) if (path / RECEIPT).is_file()]
    if fingerprint is None:
        return found
    return [entry for entry in found if entry.receipt["competition"]["fingerprint"] == fingerprint]


def write(folder: Path, name: str, fill: Callable[[Path], Mapping[str, Any]]) -> Entry:
    """Make an entry: `fill` writes into a temporary folder and returns the receipt.

    The folder gets its name in one rename when everything in it is written. `name` is a stem: the
    entry is called ``stem-001``, ``stem-002``, ... in the order of making.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=".part-", dir=folder))
    except OSError as problem:
        raise cannot_write(folder, problem) from problem
    try:
        receipt = fill(part)
        write_json(part / RECEIPT, receipt)
        part.chmod(0o755)
        while True:
            path = folder / _next_name(folder, name)
            try:
                os.rename(part, path)
            except FileExistsError:
                continue
            return Entry(path, receipt)
    except OSError as problem:
        raise cannot_write(folder, problem) from problem
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _next_name(folder: Path, stem: str) -> str:
    pattern = re.compile(re.escape(stem) + r"-(\d+)")
    taken = [int(m[1]) for p in folder.iterdir() if (m := pattern.fullmatch(p.name))]
    return f"{stem}-{max(taken, default=0) + 1:03d}"
