"""Classes with few rows, or none: how they are dealt over folds, and what is said of them.

A class with fewer rows than there are folds stands in as many folds as it has rows. The training
part of a fold may then lack it, and what is fitted there gives it near 0 (see
`harness.evaluate.crossval.in_class_order`): that is what such a class is worth to a model that
hasn't seen it. Two classes are left to learn from in every training part, though.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from harness.competition import ALWAYS_TRAINS, Competition, Labels
from harness.errors import DataError

# Names of so many classes are written out.
MOST_NAMED = 8
# With more rows than this a class isn't called small, however many folds there are.
FEW = 10


def dealt(y: Labels, folds: int, seed: int) -> Labels:
    """Stratified folds of rows, int64 (n,): `ALWAYS_TRAINS` where nothing else would be left."""
    kept = _always_train(np.bincount(y))
    if np.bincount(y).max() < folds:
        fold = _round_robin(y, folds, seed)
    else:
        splitter = StratifiedKFold(folds, shuffle=True, random_state=seed)
        fold = numbered(_quietly(splitter.split(y, y)), len(y))
    fold[np.isin(y, kept)] = ALWAYS_TRAINS
    return compact(fold)


def dealt_groups(y: Labels, groups: Labels, folds: int, seed: int) -> Labels:
    """`dealt` with every group in one fold."""
    kept = _always_train(groups_of_classes(y, groups))
    # The splitter wants a class with so many rows; groups can be as many all the same.
    largest = int(np.bincount(y).max())
    splitter = StratifiedGroupKFold(min(folds, largest), shuffle=True, random_state=seed)
    fold = numbered(_quietly(splitter.split(groups, y, groups)), len(y))
    fold[np.isin(groups, groups[np.isin(y, kept)])] = ALWAYS_TRAINS
    return compact(fold)


def one_each(y: Labels) -> Labels:
    """Every row a fold of its own, in the rows' order."""
    fold = np.arange(len(y), dtype=np.int64)
    fold[np.isin(y, _always_train(np.bincount(y)))] = ALWAYS_TRAINS
    return compact(fold)


def groups_of_classes(y: Labels, groups: Labels, n_classes: int = 0) -> Labels:
    """How many groups hold rows of each class, shape (K,)."""
    pairs = np.unique(np.column_stack([y, groups]), axis=0)
    return np.bincount(pairs[:, 0], minlength=n_classes)


def numbered(splits: Iterable[tuple[Any, Any]], rows: int) -> Labels:
    """Each row's fold, of a splitter's pairs."""
    fold = np.empty(rows, dtype=np.int64)
    for number, (_, held_out) in enumerate(splits):
        fold[held_out] = number
    return fold


def compact(fold: Labels) -> Labels:
    """Folds numbered 0, 1, ... without one that holds no row."""
    held = fold >= 0
    fold[held] = np.unique(fold[held], return_inverse=True)[1]
    return fold


def said(competition: Competition, folds: int) -> list[str]:
    """What there is to say of classes that no training row has, and of those with few."""
    counts, what = competition.counts, "row"
    if competition.groups is not None:
        counts = groups_of_classes(competition.y, competition.groups, competition.n_classes)
        what = "group"
    names = competition.class_names
    told = []
    if absent := [names[k] for k in np.flatnonzero(competition.counts == 0)]:
        has = "has it: it gets" if len(absent) == 1 else "has them: they get"
        told.append(f"{_listed(absent)}: no training row {has} near 0")
    few = (counts > 0) & (counts < min(folds, FEW))
    if rare := [(names[k], int(counts[k])) for k in np.flatnonzero(few)]:
        shown = [f"{name} ({count} {what if count == 1 else f'{what}s'})" for name, count in rare]
        told.append(
            f"{_listed(shown)}: fewer than the {folds} folds; a fold whose training part has none "
            "of a class gives it near 0"
        )
    return told


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more


def _quietly(splits: Iterable[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    with warnings.catch_warnings():
        # Of classes that can't stand in every fold.
        warnings.simplefilter("ignore", UserWarning)
        return list(splits)


def _round_robin(y: Labels, folds: int, seed: int) -> Labels:
    """Folds where every class has fewer rows than there are folds, each row in another one."""
    order = np.random.default_rng(seed).permutation(len(y))
    order = order[np.argsort(y[order], kind="stable")]
    fold = np.empty(len(y), dtype=np.int64)
    fold[order] = np.arange(len(y)) % folds
    return fold


def refuse_hopeless(counts: Labels, *, where: str, what: str) -> None:
    """Refuse rows among which no split leaves anything to learn and to judge.

    Parameters
    ----------
    counts : int64 array, shape (K,)
        Rows, or groups, of each class.
    what : "rows" or "groups"
    """
    if (counts > 0).sum() < 2:
        raise DataError(
            "only one class has training rows, so there is nothing to tell apart",
            where=where,
            todo="two are the least: add rows of another class",
        )
    if counts.max() < 2:
        raise DataError(
            f"no class has two {what}, so nothing can be learned of one and tried on another",
            where=where,
            todo=f"add {what}, or merge classes",
        )


def _always_train(counts: Labels) -> list[int]:
    """The class whose rows always train, where without it a single class could be left.

    Which one doesn't depend on the folds: repeats hold out the same rows.
    """
    alone = np.flatnonzero(counts == 1)
    return [int(alone[0])] if (counts > 1).sum() == 1 and len(alone) else []
