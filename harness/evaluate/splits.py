"""Which rows are held out together, as rows of one table.

A split is an int64 array: each row's fold, 0..k-1; `ALWAYS_TRAINS` for rows that are never held out
and `LEFT_OUT` for rows that neither train nor are scored. Repeated cross-validation has one such
array a repeat.

Where rows are parts of one song, a split that doesn't know the songs puts parts of one song on
both sides, and the score is a lie. Such a split is refused: see `refuse_leak`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from sklearn.model_selection import GroupKFold

from harness.competition import ALWAYS_TRAINS, LEFT_OUT, Competition, Labels
from harness.errors import DataError, UsageError
from harness.evaluate import _thin
from harness.evaluate.songs import sure_parts
from harness.registry import lookup

HOLDOUT_SHARE = 0.2


@dataclass(frozen=True)
class Wanted:
    """What was asked for: ``--split``, its argument behind a colon, ``--cv``, ``--seed``."""

    folds: int
    seed: int
    argument: str = ""


@dataclass(frozen=True)
class Split:
    """A kind of split.

    Attributes
    ----------
    make : callable (competition, wanted) -> int64 array, shape (repeats, n)
    keeps_groups : bool
        Whether rows of one group always stay together.
    per_fold : bool
        Whether a single fold's score means anything.
    """

    make: Callable[[Competition, Wanted], Labels]
    summary: str
    keeps_groups: bool = False
    per_fold: bool = True


def stratified(competition: Competition, *, folds: int, seed: int) -> Labels:
    """Folds with the classes' shares kept, rows shuffled by `seed`; int64, shape (n,).

    A class with fewer rows than there are folds stands in as many as it has rows.

    Raises
    ------
    DataError
        With fewer rows than folds, or no two classes to tell apart.
    """
    y, where = competition.y, competition.name
    _thin.refuse_hopeless(competition.counts, where=where, what="rows")
    if len(y) < folds:
        raise DataError(
            f"{len(y)} rows can't fill {folds} folds", where=where, todo=f"use --cv {len(y)}"
        )
    return _thin.dealt(y, folds, seed)


def _stratified(competition: Competition, wanted: Wanted) -> Labels:
    return stratified(competition, folds=wanted.folds, seed=wanted.seed)[None]


def _repeated(competition: Competition, wanted: Wanted) -> Labels:
    repeats = _whole(wanted.argument or "3", "repeated", at_least=2)
    seeds = np.random.SeedSequence(wanted.seed).generate_state(repeats)
    return np.stack([stratified(competition, folds=wanted.folds, seed=int(seed)) for seed in seeds])


def _group(competition: Competition, wanted: Wanted) -> Labels:
    groups = _groups(competition, wanted.folds)
    splitter = GroupKFold(wanted.folds, shuffle=True, random_state=wanted.seed)
    return _thin.numbered(splitter.split(groups, competition.y, groups), len(groups))[None]


def _stratified_group(competition: Competition, wanted: Wanted) -> Labels:
    groups = _groups(competition, wanted.folds)
    counts = _thin.groups_of_classes(competition.y, groups)
    _thin.refuse_hopeless(counts, where=competition.name, what="groups")
    return _thin.dealt_groups(competition.y, groups, wanted.folds, wanted.seed)[None]


def _predefined(competition: Competition, wanted: Wanted) -> Labels:
    """The competition's own parts; of train, valid and test lists, ``test`` is held out.

    Where the parts are numbered folds, each is held out in turn. A named part that isn't held out
    is left out, too: it was meant for judging, not for training.
    """
    if competition.predefined is None:
        raise DataError(
            "has no split of its own",
            where=competition.name,
            todo="add [split] to competition.toml, or use --split stratified",
        )
    parts, names = competition.predefined, competition.part_names
    chosen = wanted.argument or ("test" if "test" in names else "")
    if not chosen:
        return parts[None].copy()
    if chosen not in names:
        raise UsageError(
            f"no part of {competition.name} is called {chosen!r}",
            where="--split",
            todo=f"its parts are {', '.join(names)}",
        )
    fold = np.full_like(parts, LEFT_OUT)
    fold[parts == ALWAYS_TRAINS] = ALWAYS_TRAINS
    fold[parts == names.index(chosen)] = 0
    return fold[None]


def _holdout(competition: Competition, wanted: Wanted) -> Labels:
    """One part held out, stratified and with groups kept whole where there are any."""
    share = _share(wanted.argument) if wanted.argument else HOLDOUT_SHARE
    pieces = max(2, round(1 / share))
    kind = _stratified if competition.groups is None else _stratified_group
    fold = kind(competition, Wanted(pieces, wanted.seed))
    return np.where(fold == 0, 0, ALWAYS_TRAINS)


def _leave_one_out(competition: Competition, wanted: Wanted) -> Labels:
    _thin.refuse_hopeless(competition.counts, where=competition.name, what="rows")
    return _thin.one_each(competition.y)[None]


def _nested(competition: Competition, wanted: Wanted) -> Labels:
    """The outer folds: whatever is chosen, is chosen inside their training parts."""
    inner_folds(wanted.argument, wanted.folds)
    return SPLITS[default_for(competition)].make(competition, Wanted(wanted.folds, wanted.seed))


SPLITS: dict[str, Split] = {
    "stratified": Split(_stratified, "k folds with the classes' shares kept"),
    "repeated": Split(_repeated, "the same, repeated:N times with other shuffles (3)"),
    "group": Split(_group, "k folds; groups stay whole", keeps_groups=True),
    "stratified-group": Split(
        _stratified_group, "k folds; groups stay whole, shares nearly kept", keeps_groups=True
    ),
    "predefined": Split(
        _predefined, "the competition's own; predefined:PART holds out PART", keeps_groups=True
    ),
    "holdout": Split(_holdout, "one part held out, holdout:0.2 of the rows", keeps_groups=True),
    "leave-one-out": Split(
        _leave_one_out, "every row by itself; scores are pooled", per_fold=False
    ),
    "nested": Split(
        _nested,
        "alternatives chosen by nested:N inner folds (--cv) of each fold",
        keeps_groups=True,
    ),
}


def parse(text: str) -> tuple[str, Split, str]:
    """``"repeated:5"`` as (name, row, argument); raises `UnknownNameError`."""
    name, _, argument = text.partition(":")
    row = lookup("split", name, SPLITS)
    if argument and name not in {"repeated", "predefined", "holdout", "nested"}:
        raise UsageError(f"{name} takes no argument", where=f"--split {text}", todo="leave it out")
    return name, row, argument


def default_for(competition: Competition) -> str:
    """What ``--split`` means when it isn't given: groups are kept whole wherever there are any."""
    return "stratified" if _distinct_groups(competition) is None else "stratified-group"


def make(competition: Competition, text: str, *, folds: int, seed: int) -> Labels:
    """The folds that ``--split text`` asks for; int64, shape (repeats, n).

    Raises
    ------
    UsageError, DataError
        For an unknown split, and where the rows can't be split like that.
    """
    _, row, argument = parse(text)
    return row.make(competition, Wanted(folds, seed, argument))


def inner_folds(argument: str, folds: int) -> int:
    """How many inner folds ``--split nested:argument`` asks for: by default as many as outer."""
    return _whole(argument or str(folds), "nested", at_least=2)


def inner(y: Labels, groups: Labels | None, *, folds: int, seed: int) -> Labels:
    """Folds of a training part, of the kind that keeps its groups whole; int64, shape (n,).

    Fewer than `folds` where there are fewer groups, or no class has so many rows. Unlike the splits
    that judge, it takes classes that are too small for every fold to hold them.

    Parameters
    ----------
    y : int64 array, shape (n,)
    groups : int64 array, shape (n,), optional

    Raises
    ------
    DataError
        When not even two folds can be made.
    """
    possible = [folds, int(np.bincount(y).max())]
    if groups is not None:
        possible.append(len(np.unique(groups)))
    if min(possible) < 2:
        raise DataError(
            f"{len(y)} training rows can't be split once more",
            where="--split nested",
            todo="use --split stratified and one value for each setting",
        )
    if groups is None:
        return _thin.dealt(y, min(possible), seed)
    return _thin.dealt_groups(y, groups, min(possible), seed)


def refuse_leak(competition: Competition, text: str) -> None:
    """Refuse a split that parts rows which belong together.

    Raises
    ------
    DataError
        With the reason to believe that rows are parts of one song, and the option to use.
    """
    name, row, _ = parse(text)
    if row.keeps_groups and (competition.groups is not None or name == "predefined"):
        return
    if _distinct_groups(competition) is not None:
        raise DataError(
            f"--split {name} would put rows of one group on both sides "
            f"({len(competition.group_names)} groups, {len(competition.y)} rows)",
            where=competition.name,
            todo="use --split stratified-group; --allow-leak shows what the mistake would score",
        )
    found = None if competition.groups is not None else sure_parts(competition)
    if found is not None:
        raise DataError(
            f"rows look like parts of one song: {found.reason}",
            where=competition.name,
            todo=f"{found.todo}; or --allow-leak, if they aren't",
        )


def filled(competition: Competition, folds: int) -> int:
    """So many folds, or as many as there are rows (or groups) for; 2 at least."""
    units = _distinct_groups(competition) or len(competition.y)
    return max(2, min(folds, units))


def _distinct_groups(competition: Competition) -> int | None:
    """How many groups there are; None without any, or where every row is its own."""
    if competition.groups is None:
        return None
    distinct = len(np.unique(competition.groups))
    return distinct if distinct < len(competition.groups) else None


def _groups(competition: Competition, folds: int) -> Labels:
    if competition.groups is None:
        raise DataError(
            "has no groups",
            where=competition.name,
            todo="name their column: --groups COLUMN, or [groups] in competition.toml",
        )
    distinct = len(np.unique(competition.groups))
    if distinct < folds:
        raise DataError(
            f"{distinct} groups can't fill {folds} folds",
            where=competition.name,
            todo=f"use --cv {distinct}" if distinct > 1 else "a single group can't be split",
        )
    return competition.groups


def _whole(text: str, name: str, *, at_least: int) -> int:
    if not text.isdigit() or int(text) < at_least:
        raise UsageError(
            f"{text!r} is not a whole number of {at_least} or more", where=f"--split {name}:{text}"
        )
    return int(text)


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = 0.0
    if not 0.01 <= share <= 0.5:
        raise UsageError(
            f"{text!r} is not a share from 0.01 to 0.5", where=f"--split holdout:{text}"
        )
    return share
