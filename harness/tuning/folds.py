"""The folds that a search looks at: others than those which judge what it found."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from harness.competition import ALWAYS_TRAINS, LEFT_OUT, Competition, Labels
from harness.errors import DataError, UsageError
from harness.evaluate import splits

# So many parts are needed for merging them in pairs.
FEWEST_PARTS = 4


def search_seed(seed: int) -> int:
    """The seed of the search's folds: far from `seed` itself, whose folds judge what it finds."""
    return int(np.random.SeedSequence([seed, 0x7E57]).generate_state(1)[0])


def refuse(split: str | None) -> None:
    """Refuse the splits under which nothing can be searched.

    Raises
    ------
    UsageError
        With the split to use.
    """
    name = "" if split is None else splits.parse(split)[0]
    if name == "leave-one-out":
        raise UsageError(
            "there is one way to leave one out: no fresh folds could judge the best trial",
            where="--split",
            todo="tune with --split stratified, then fit what was found with leave-one-out",
        )
    if name == "nested":
        raise UsageError(
            "nested folds choose among alternatives themselves",
            where="--split",
            todo="tune with another split, or use --split nested with harness fit",
        )


def make(
    competition: Competition, split: str, *, folds: int, seed: int, allow_leak: bool = False
) -> Labels:
    """The search's folds for ``--split``; int64, shape (repeats, n).

    Another shuffle of the same split. A competition's own split can't be shuffled:

    - where one part is held out, the search uses the other parts, and never sees that one;
    - where each is held out in turn, the search holds them out in pairs.

    Raises
    ------
    UsageError, DataError
        Where there are no two such splits.
    """
    name, _, argument = splits.parse(split)
    if name != "predefined":
        return splits.make(competition, split, folds=folds, seed=seed)
    # Says what is wrong with the split itself.
    splits.make(competition, split, folds=folds, seed=seed)
    parts, names = competition.predefined, competition.part_names
    assert parts is not None
    chosen = argument or ("test" if "test" in names else "")
    if not chosen:
        return _in_pairs(competition, parts, seed)
    others = [number for number, part in enumerate(names) if part != chosen]
    if not others:
        if not allow_leak:
            splits.refuse_leak(competition, splits.default_for(competition))
        return _inside_training(competition, parts, folds, seed)
    fold = np.full_like(parts, LEFT_OUT)
    fold[parts == ALWAYS_TRAINS] = ALWAYS_TRAINS
    for number, part in enumerate(others):
        fold[parts == part] = number
    return fold[None]


def alike(one: Labels, other: Labels) -> bool:
    """Whether two splits hold out the same rows together, whatever their folds' numbers are.

    Where groups are few, shuffling can't part them in another way.
    """
    if len(one) != 1 or len(other) != 1:
        return False
    pairs = len(np.unique(np.stack([one[0], other[0]]), axis=1).T)
    return pairs == len(np.unique(one)) == len(np.unique(other))


def _in_pairs(competition: Competition, parts: Labels, seed: int) -> Labels:
    count = int(parts.max()) + 1
    if count < FEWEST_PARTS:
        raise DataError(
            f"its own split has {count} parts to hold out: too few to choose by some foldings "
            "and judge by others",
            where=competition.name,
            todo="use --split stratified, or stratified-group with --groups",
        )
    order = np.random.default_rng(seed).permutation(count)
    merged = np.empty(count, dtype=np.int64)
    # Of an odd number the last three stay together.
    merged[order] = np.minimum(np.arange(count) // 2, count // 2 - 1)
    fold = parts.copy()
    fold[parts >= 0] = merged[parts[parts >= 0]]
    return fold[None]


def _inside_training(competition: Competition, parts: Labels, folds: int, seed: int) -> Labels:
    rows = np.flatnonzero(parts == ALWAYS_TRAINS)
    inside = replace(
        competition,
        # Folds are made from classes and groups; of the matrix only its length is looked at.
        X=competition.X[: len(rows)],
        y=competition.y[rows],
        groups=None if competition.groups is None else competition.groups[rows],
        predefined=None,
        part_names=(),
    )
    fold = np.full_like(parts, LEFT_OUT)
    fold[rows] = splits.make(inside, splits.default_for(inside), folds=folds, seed=seed)[0]
    return fold[None]
