"""New rows for one class: functions ``(X, y, code, many, random) -> (new rows, notes)``.

X is float, shape (n, d); y int, shape (n,); `code` the class to grow, with at least one row; `many`
how many rows it lacks; `random` a numpy RandomState. A note is said of the class by name, so it
starts with what happened: "5 neighbours lowered to 2".
"""

from __future__ import annotations

from typing import Any

import numpy as np
from imblearn.over_sampling import ADASYN, SMOTE, BorderlineSMOTE
from numpy.typing import NDArray

Grown = tuple[NDArray[Any], list[str]]

# Neighbours among which a new row's partner is drawn, and among which "near another class" is told.
NEIGHBOURS, NEIGHBOURHOOD = 5, 10


def copies(X: NDArray, y: NDArray, code: int, many: int, random: np.random.RandomState) -> Grown:
    """Rows of the class, repeated at random."""
    rows = np.flatnonzero(y == code)
    return X[random.choice(rows, many)], []


def smote(X: NDArray, y: NDArray, code: int, many: int, random: np.random.RandomState) -> Grown:
    """SMOTE (Chawla and others 2002): points on the line between two neighbours of the class."""
    return _with_neighbours(X, y, code, many, random, SMOTE)


def borderline_smote(
    X: NDArray, y: NDArray, code: int, many: int, random: np.random.RandomState
) -> Grown:
    """Borderline-SMOTE 1 (Han and others 2005): SMOTE from rows near another class."""
    near = min(NEIGHBOURHOOD, len(X) - 1)
    grown, notes = _with_neighbours(X, y, code, many, random, BorderlineSMOTE, m_neighbors=near)
    if not len(grown):
        notes.append("no row lies on the border to another class, so the class was not grown")
    return grown, notes


def adasyn(X: NDArray, y: NDArray, code: int, many: int, random: np.random.RandomState) -> Grown:
    """ADASYN (He and others 2008): more new rows where other classes are near.

    It has no answer for a class without foreign neighbours, nor where its shares all round to
    nothing: plain SMOTE grows such a class.
    """
    try:
        return _with_neighbours(X, y, code, many, random, ADASYN)
    # imbalanced-learn's two ways to say so.
    except (RuntimeError, ValueError):
        grown, notes = smote(X, y, code, many, random)
        return grown, [*notes, "no row has neighbours of another class, so smote grew the class"]


def _with_neighbours(
    X: NDArray,
    y: NDArray,
    code: int,
    many: int,
    random: np.random.RandomState,
    kind: Any,
    **options: Any,
) -> Grown:
    count = int((y == code).sum())
    if count == 1:
        return copies(X, y, code, many, random)[0], [
            "its single row has no neighbour and was repeated"
        ]
    neighbours = min(NEIGHBOURS, count - 1)
    notes = []
    if neighbours < NEIGHBOURS:
        notes.append(f"{NEIGHBOURS} neighbours lowered to {neighbours}, for it has {count} rows")
    options["n_neighbors" if kind is ADASYN else "k_neighbors"] = neighbours
    sampler = kind(sampling_strategy={code: count + many}, random_state=random, **options)
    return sampler.fit_resample(X, y)[0][len(X) :], notes
