"""What the sentinels do to data: labels dealt anew, rows changed, columns planted, rows sampled.

Every function gives a new competition and leaves the one it was given as it is.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.competition import LEFT_OUT, Competition, FloatMatrix, Labels

# Planted noise: enough columns that choosing the best of them by the labels pays at once.
NOISE_COLUMNS = 100
# Values so far from the others that whatever is fitted on them shows it.
FAR = 10.0
MOST_TEST_ROWS = 300


def sample(competition: Competition, rows: int, *, fewest: int, seed: int) -> Competition:
    """About `rows` of the training rows, in their order; of each class at least `fewest`.

    Groups come whole. Test rows are cut to a few hundred, for the same reason: what leaks, leaks on
    a part as well.
    """
    if competition.X_test is not None and len(competition.X_test) > MOST_TEST_ROWS:
        competition = replace(
            competition,
            X_test=np.asarray(competition.X_test[:MOST_TEST_ROWS]),
            test_ids=competition.test_ids[:MOST_TEST_ROWS],
        )
    n = len(competition.y)
    if n <= rows:
        return competition
    random = np.random.default_rng(seed)
    units = _units(competition)
    order = random.permutation(int(units.max()) + 1)
    kept = np.zeros(n, dtype=bool)
    if competition.groups is not None:
        # Groups may hold several classes: they are drawn until there are rows enough.
        kept |= _drawn_until(rows, units, order, np.ones(n, dtype=bool))
    for code in range(competition.n_classes):
        own = competition.y == code
        share = rows / n if competition.groups is None else 0
        wanted = min(int(own.sum()), max(fewest, round(int(own.sum()) * share)))
        if (kept & own).sum() < wanted:
            kept |= _drawn_until(wanted, units, order, own)
    return take(competition, np.flatnonzero(kept))


def _drawn_until(wanted: int, units: Labels, order: Labels, own: NDArray[np.bool_]) -> Any:
    """Rows of the first units of `order` that hold `wanted` of the rows `own` together."""
    sizes = np.bincount(units, own)[order]
    last = int(np.searchsorted(np.cumsum(sizes), wanted)) + 1
    return np.isin(units, order[:last][sizes[:last] > 0])


def take(competition: Competition, rows: Labels) -> Competition:
    """The training rows at positions `rows`, in that order."""
    return replace(
        competition,
        X=np.asarray(competition.X[rows]),
        y=competition.y[rows],
        train_ids=tuple(competition.train_ids[i] for i in rows) if competition.train_ids else (),
        groups=None if competition.groups is None else competition.groups[rows],
        predefined=None if competition.predefined is None else competition.predefined[rows],
    )


def _units(competition: Competition) -> Labels:
    """What may not be parted: the groups, else every row by itself; codes from 0."""
    if competition.groups is None:
        return np.arange(len(competition.y), dtype=np.int64)
    return np.unique(competition.groups, return_inverse=True)[1].astype(np.int64)


def _songs(competition: Competition) -> Labels:
    """Rows of one group and one class, else every row by itself; codes from 0."""
    if competition.groups is None:
        return np.arange(len(competition.y), dtype=np.int64)
    pairs = np.column_stack([competition.groups, competition.y])
    return np.unique(pairs, axis=0, return_inverse=True)[1].ravel().astype(np.int64)


def with_columns(
    competition: Competition, columns: Any, test: Any, names: list[str]
) -> Competition:
    """The competition with more number columns behind the others."""
    X = np.hstack([np.asarray(competition.X), np.asarray(columns, dtype=np.float32)])
    X_test = competition.X_test
    if X_test is not None:
        X_test = np.hstack([np.asarray(X_test), np.asarray(test, dtype=np.float32)])
    return replace(competition, X=X, X_test=X_test, columns=(*competition.columns, *names))


def with_row_ids(competition: Competition, random: np.random.Generator) -> Competition:
    """A column with a number for every row, dealt at random: it knows the row and nothing else."""
    n, m = len(competition.y), 0 if competition.X_test is None else len(competition.X_test)
    ids = random.permutation(n + m)[:, None]
    return with_columns(competition, ids[:n], ids[n:], ["planted_id"])


def with_noise(competition: Competition, random: np.random.Generator) -> Competition:
    """Copies of the competition's columns, each with its values dealt to other rows."""
    numbers = [c for c in range(competition.X.shape[1]) if c not in competition.text]
    if not numbers:
        return with_row_ids(competition, random)
    chosen = random.choice(numbers, NOISE_COLUMNS, replace=len(numbers) < NOISE_COLUMNS)
    names = [f"planted_{i}" for i in range(NOISE_COLUMNS)]
    X, X_test = np.asarray(competition.X), competition.X_test
    dealt = np.column_stack([random.permutation(X[:, c]) for c in chosen])
    # Test rows get values of the same columns: dealt, too.
    test = None if X_test is None else random.choice(dealt, len(X_test))
    return with_columns(competition, dealt, test, names)


def relabelled(
    competition: Competition, fold: Labels, random: np.random.Generator
) -> tuple[Competition, Labels]:
    """Labels dealt anew, and the unit that each row was dealt with.

    They are dealt within each fold, so that every training part keeps its class counts: the prior
    stays what it is. Where there are groups, whole songs are dealt labels, not rows: a split that
    parts them is then seen. Songs that are parted are dealt labels over all folds.
    """
    units = _songs(competition)
    _, first = np.unique(units, return_index=True)
    where = fold[first]
    if (where[units] != fold).any():
        where = np.zeros_like(where)
    labels = competition.y[first].copy()
    for part in np.unique(where):
        own = np.flatnonzero(where == part)
        labels[own] = random.permutation(labels[own])
    return replace(competition, y=labels[units]), units


def chances(y: Labels, fold: Labels, units: Labels, n_classes: int) -> Any:
    """Each row's chance to have been dealt each class by `relabelled`; float64, (n, K)."""
    _, first = np.unique(units, return_index=True)
    where = fold[first]
    if (where[units] != fold).any():
        where = np.zeros_like(where)
    shares = np.zeros((len(first), n_classes))
    for part in np.unique(where):
        own = where == part
        counts = np.bincount(y[first[own]], minlength=n_classes)
        shares[own] = counts / counts.sum()
    return shares[units]


def held_out_changed(
    competition: Competition,
    fold: Labels,
    number: int,
    random: np.random.Generator,
    *,
    labels: bool = True,
    features: bool = True,
    far: bool = True,
) -> tuple[Competition, Labels]:
    """Fold `number` with other labels, and other features in every second row.

    `far` as in `other_rows`.

    Returns
    -------
    competition, positions of the fold's rows whose features stayed
    """
    held = np.flatnonzero(fold == number)
    held = held[np.argsort(competition.y[held], kind="stable")]
    probes, victims = held[::2], held[1::2]
    X, y = np.array(competition.X), competition.y.copy()
    if features:
        X[victims] = other_rows(X, victims, competition, random, far=far)
    if labels:
        y[held] = _other_labels(y[held], random)
    return replace(competition, X=X, y=y), np.sort(probes)


def test_changed(
    competition: Competition, random: np.random.Generator
) -> tuple[Competition, Competition, Labels]:
    """The competition with test rows, with every second one changed, and those that stayed.

    Where there are no test rows, copies of training rows play their part.
    """
    if competition.X_test is None:
        rows = random.choice(len(competition.y), min(MOST_TEST_ROWS, len(competition.y)), False)
        competition = replace(
            competition,
            X_test=np.array(competition.X[rows]),
            test_ids=tuple(str(i) for i in range(len(rows))),
        )
    X_test = np.array(competition.X_test)
    victims = np.arange(len(X_test))[1::2]
    X_test[victims] = other_rows(X_test, victims, competition, random)
    return competition, replace(competition, X_test=X_test), np.arange(len(X_test))[::2]


def other_rows(
    X: FloatMatrix,
    rows: Labels,
    competition: Competition,
    random: np.random.Generator,
    *,
    far: bool = True,
) -> FloatMatrix:
    """Values that no scaler, imputer or selection could overlook in place of ``X[rows]``.

    Numbers go far beyond their column's range, text to another value of its vocabulary; cells that
    are missing stay so. Not `far`, they are values of the same column, for pipelines that take no
    others.
    """
    if not far:
        drawn = random.integers(len(X), size=(len(rows), X.shape[1]))
        return X[drawn, np.arange(X.shape[1])]
    with np.errstate(all="ignore"):
        reach = np.nan_to_num(np.nanmax(np.abs(np.where(np.isfinite(X), X, 0)), axis=0)) + 1
    sizes = random.uniform(1, FAR, (len(rows), X.shape[1]))
    limit = np.finfo(np.float32).max / 1e6
    new = np.minimum(reach * sizes, limit).astype(np.float32)
    for column, vocabulary in competition.text.items():
        new[:, column] = random.integers(len(vocabulary), size=len(rows))
    return np.where(np.isnan(X[rows]), X[rows], new)


def _other_labels(y: Labels, random: np.random.Generator) -> Labels:
    """Most of the labels changed: dealt to other rows, and a few moved out of the largest class.

    No class is emptied, so that no other fold's training part loses one.
    """
    order = np.argsort(y, kind="stable")
    largest = int(np.bincount(y).max())
    new = y.copy()
    # Along the sorted labels a roll by the largest class moves every label it can.
    new[order] = np.roll(y[order], largest)
    codes, counts = np.unique(new, return_counts=True)
    if len(codes) > 1:
        rows = np.flatnonzero(new == codes[counts.argmax()])
        moved = random.permutation(rows)[: max(1, len(rows) // 5)]
        if len(moved) < len(rows):
            new[moved] = random.choice(codes[codes != codes[counts.argmax()]], len(moved))
    return new


def parted_groups(competition: Competition, fold: Labels) -> Labels:
    """The groups whose rows stand on both sides of the split; codes, empty without groups."""
    if competition.groups is None:
        return np.array([], dtype=np.int64)
    judged = fold != LEFT_OUT
    pairs = np.unique(np.column_stack([competition.groups[judged], fold[judged]]), axis=0)
    codes, sides = np.unique(pairs[:, 0], return_counts=True)
    return codes[sides > 1].astype(np.int64)
