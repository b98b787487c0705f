"""One entry: a fitted candidate as its folder holds it, read when it is asked for."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from harness import ordinary
from harness.competition import Competition, Labels, Probabilities
from harness.errors import EntryError

RECEIPT = "receipt.json"
DELETE = "delete the folder and fit it again"


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

    @property
    def model(self) -> str:
        """Name of the model it was fitted with; "" where the receipt doesn't say."""
        return str(self.receipt.get("model", ""))

    @property
    def fingerprint(self) -> str:
        """Fingerprint of the data it was fitted on."""
        return str(self.receipt["competition"]["fingerprint"])

    @property
    def created(self) -> tuple[str, float, str]:
        """Sorts entries by the time of their making."""
        receipt = self.path / RECEIPT
        changed = receipt.stat().st_mtime if receipt.exists() else 0.0
        return str(self.receipt.get("created", "")), changed, self.name

    @cached_property
    def oof(self) -> Probabilities:
        """Out-of-fold probabilities of the rows that were held out, float64, shape (n, K)."""
        return self._array("oof.npy", np.float64, 2, rows=len(self.y))

    @cached_property
    def folds(self) -> Labels:
        """The fold that held each of these rows out, int64, shape (n,)."""
        return self._array("folds.npy", np.int64, 1, rows=len(self.y))

    @cached_property
    def y(self) -> Labels:
        """The classes of these rows, int64, shape (n,)."""
        return self._array("y.npy", np.int64, 1)

    @cached_property
    def rows(self) -> Labels:
        """Which training row each of `oof` is of, int64, shape (n,)."""
        if not (self.path / "rows.npy").exists():
            return np.arange(len(self.y), dtype=np.int64)
        return self._array("rows.npy", np.int64, 1, rows=len(self.y))

    @cached_property
    def test(self) -> Probabilities | None:
        """Test probabilities, float64, shape (m, K); None where there were no test rows."""
        if not (self.path / "test.npy").exists():
            return None
        return self._array("test.npy", np.float64, 2)

    @cached_property
    def raw_oof(self) -> Probabilities:
        """What the models themselves said of the rows held out; `oof` where nothing changed it."""
        if not (self.path / "oof_raw.npy").exists():
            return self.oof
        return self._array("oof_raw.npy", np.float64, 2, rows=len(self.y))

    @cached_property
    def raw_test(self) -> Probabilities | None:
        """What the models themselves said of the test rows; `test` where nothing changed it."""
        if not (self.path / "test_raw.npy").exists():
            return self.test
        return self._array("test_raw.npy", np.float64, 2)

    def oof_for(self, metric: str) -> Probabilities:
        """The out-of-fold probabilities that stand for a metric.

        Those of `oof`, unless calibration made this metric worse: then the model's own.
        """
        return self.raw_oof if self.stands_raw(metric) else self.oof

    def test_for(self, metric: str) -> Probabilities | None:
        """The test probabilities to submit to a board with this metric; as `oof_for`."""
        return self.raw_test if self.stands_raw(metric) else self.test

    def stands_raw(self, metric: str) -> bool:
        """Whether the models' own probabilities stand for a metric, not the calibrated ones."""
        calibration = self.receipt.get("calibration")
        found = calibration.get("raw_for") if isinstance(calibration, Mapping) else None
        return metric in found if isinstance(found, list) else False

    @cached_property
    def history(self) -> list[dict[str, list[float]]]:
        """Training curves, one mapping a fold; empty for models without any."""
        path = self.path / "history.json"
        if not path.exists():
            return []
        curves = read_json(path)
        if not isinstance(curves, list) or not all(isinstance(fold, dict) for fold in curves):
            raise damaged(path, "it isn't a list of curves")
        return curves

    @property
    def split(self) -> str:
        """How its rows were held out, as ``--split`` names it; "" where the receipt doesn't say."""
        split = self.receipt.get("split")
        return str(split.get("kind", "")) if isinstance(split, Mapping) else ""

    @property
    def members(self) -> tuple[str, ...]:
        """Names of what it is blended of, those without weight left out; () for any other."""
        blend = self.receipt.get("blend")
        told = blend.get("members") if isinstance(blend, Mapping) else None
        rows = [row for row in told if isinstance(row, Mapping)] if isinstance(told, list) else []
        return tuple(str(row.get("name", "")) for row in rows if row.get("weight"))

    @cached_property
    def judged(self) -> int:
        """How many different training rows its scores are of."""
        return len(np.unique(self.rows))

    def expected(self, board: str) -> dict[str, Any] | None:
        """What the receipt expects of a leaderboard: ``score``, ``low``, ``high`` and more.

        None where it expects nothing of it.

        Raises
        ------
        EntryError
            Where one of the three is no number.
        """
        kept = self.receipt.get("expected")
        told = kept.get(board) if isinstance(kept, Mapping) else None
        if not isinstance(told, dict) or not {"score", "low", "high"} <= told.keys():
            return None
        for name in ("score", "low", "high"):
            value = told[name]
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if not number or not math.isfinite(value):
                raise damaged(
                    self.path / RECEIPT,
                    f"what it expects of {board} is no number: {name} {str(value)[:20]!r}",
                )
        return told

    def check(self, competition: Competition) -> None:
        """Make sure that the arrays are there and have the competition's shapes.

        Raises
        ------
        EntryError
            Naming the first array that can't be read or doesn't fit.
        """
        classes = competition.n_classes
        for name in ("oof", "test"):
            array = getattr(self, name)
            if array is not None and not (np.isfinite(array).all() and (array >= 0).all()):
                raise damaged(self.path / f"{name}.npy", "it holds what can't be probabilities")
        if self.oof.shape[1] != classes:
            raise self._misfit("oof.npy", self.oof.shape, (len(self.y), classes))
        if len(self.y) and not 0 <= self.y.min() <= self.y.max() < classes:
            raise damaged(self.path / "y.npy", f"its labels aren't within 0..{classes - 1}")
        listed = self.path / "rows.npy"
        last = len(competition.y) - 1
        if listed.exists() and not ((self.rows >= 0) & (self.rows <= last)).all():
            raise damaged(listed, f"its rows aren't within 0..{last}")
        if self.raw_oof.shape != self.oof.shape:
            raise self._misfit("oof_raw.npy", self.raw_oof.shape, self.oof.shape)
        wanted = (len(competition.test_ids), classes)
        if self.test is not None and competition.test_ids and self.test.shape != wanted:
            raise self._misfit("test.npy", self.test.shape, wanted)
        raw = self.raw_test
        if raw is not None and self.test is not None and raw.shape != self.test.shape:
            raise self._misfit("test_raw.npy", raw.shape, self.test.shape)

    def _array(self, name: str, dtype: Any, ndim: int, rows: int | None = None) -> Any:
        path = self.path / name
        try:
            array = ordinary.load_array(path)
        except OSError as problem:
            raise damaged(path, problem.strerror or str(problem)) from problem
        except Exception as problem:  # A damaged head raises whatever numpy trips over.
            raise damaged(path, str(problem)) from problem
        if not isinstance(array, np.ndarray) or array.dtype != dtype or array.ndim != ndim:
            raise damaged(path, f"it isn't a {np.dtype(dtype)} array of {ndim} dimensions")
        if rows is not None and len(array) != rows:
            raise self._misfit(name, array.shape, (rows, *array.shape[1:]))
        return array

    def _misfit(self, name: str, shape: tuple[int, ...], wanted: tuple[int, ...]) -> EntryError:
        return EntryError(
            f"its shape is {_times(shape)}, not {_times(wanted)}",
            where=str(self.path / name),
            todo=DELETE,
        )


def read_json(path: Path) -> Any:
    """What a file of an entry holds as JSON; `EntryError` where it can't be read."""
    try:
        return json.loads(ordinary.read_text(path))
    except RecursionError as problem:
        raise damaged(path, "it is nested too deeply") from problem
    except OSError as problem:
        raise damaged(path, problem.strerror or str(problem)) from problem
    except ValueError as problem:
        raise damaged(path, str(problem)) from problem


def damaged(path: Path, problem: str) -> EntryError:
    """The error for a file of an entry that is missing or can't be used."""
    if not path.parent.is_dir() or not os.path.lexists(path):
        return EntryError(
            f"is no entry: there is no {path.name}",
            where=str(path.parent),
            todo="see `harness entries` for those there are",
        )
    return EntryError(f"can't be used ({problem})", where=str(path), todo=DELETE)


def _times(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))
