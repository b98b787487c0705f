"""The sampler that stands in the pipeline: grows and cleans classes, whatever their size."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, clone

from harness.prepare.samplers import SAMPLERS
from harness.registry import resolve


class Resampler(BaseEstimator):
    """Balances the classes of the training part by making or leaving out rows.

    Every smaller class is grown to the size of the largest by a call of its own, so that a tiny
    class doesn't change how the others are grown.

    Parameters
    ----------
    kind : str
        A row of `harness.prepare.samplers.SAMPLERS` that acts on rows.
    class_names : tuple of str
        By class code; for the notes.
    one_hot : bool
        Whether some columns are one-hot text, which new rows fill with shares.
    random_state : int
    """

    def __init__(
        self,
        *,
        kind: str,
        class_names: tuple[str, ...] = (),
        one_hot: bool = False,
        random_state: int = 0,
    ) -> None:
        self.kind = kind
        self.class_names = class_names
        self.one_hot = one_hot
        self.random_state = random_state

    def fit_resample(self, X: Any, y: Any) -> tuple[NDArray, NDArray]:
        """The rows to train on.

        Parameters
        ----------
        X : float array, shape (n, d), finite
        y : int array, shape (n,)

        Returns
        -------
        X, y : arrays
            Every class that goes in comes out.

        Leaves ``sources_``: which row each of them is, or is a copy of; -1 for made ones.
        """
        X, y = np.asarray(X), np.asarray(y)
        row = SAMPLERS[self.kind]
        notes: list[str] = []
        self.sources_: NDArray = np.arange(len(y))
        if row.grow:
            X, y = self._grow(resolve(row.grow), X, y, notes)
        if row.clean:
            options = dict(row.options)
            if "random_state" in options:
                options["random_state"] = self.random_state
            kept = self._kept(resolve(row.clean)(**options), X, y, notes)
            X, y, self.sources_ = X[kept], y[kept], self.sources_[kept]
        if self.one_hot and row.grow and self.kind != "over":
            notes.append("new rows hold shares between 0 and 1 in the one-hot text columns")
        self.notes_ = tuple(f"{self.kind}: {note}" for note in notes)
        return X, y

    def _grow(
        self, make_rows: Any, X: NDArray, y: NDArray, notes: list[str]
    ) -> tuple[NDArray, NDArray]:
        random = np.random.RandomState(self.random_state)
        codes, counts = np.unique(y, return_counts=True)
        new_X, new_y, sources = [X], [y], [self.sources_]
        # Copies are drawn of the rows' numbers, so that it is known what they are copies of.
        copied = self.kind == "over"
        for code, lacks in zip(codes, counts.max() - counts, strict=True):
            if lacks:
                given = self.sources_[:, None] if copied else X
                rows, said = make_rows(given, y, code, int(lacks), random)
                notes += [f"class {self._name(code)}: {note}" for note in said]
                of = rows[:, 0] if copied else np.full(len(rows), -1)
                sources.append(of)
                new_X.append(X[of] if copied else rows.astype(X.dtype))
                new_y.append(np.full(len(rows), code, dtype=y.dtype))
        self.sources_ = np.concatenate(sources)
        return np.vstack(new_X), np.concatenate(new_y)

    def _kept(self, cleaner: Any, X: NDArray, y: NDArray, notes: list[str]) -> NDArray[np.bool_]:
        """Which rows are left after cleaning."""
        needed = getattr(cleaner, "n_neighbors", 1) + 1
        if len(X) < needed:
            return np.ones(len(y), dtype=bool)
        cleaner = clone(cleaner)
        cleaner.fit_resample(X, y)
        kept = np.zeros(len(y), dtype=bool)
        kept[cleaner.sample_indices_] = True
        for code in self._missing(y, y[kept]):
            kept |= y == code
            notes.append(
                f"class {self._name(code)}: cleaning would have left no row of it, "
                "so all of its rows were kept"
            )
        return kept

    @staticmethod
    def _missing(before: NDArray, after: NDArray) -> Iterable[int]:
        return np.setdiff1d(before, after)

    def _name(self, code: int) -> str:
        return self.class_names[code] if 0 <= code < len(self.class_names) else str(code)
