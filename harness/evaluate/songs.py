"""Rows that look like parts of one song, although no groups are declared.

Four signs, each is enough: ids that differ only in a part number (``blues.00000.3.wav``), and a
whole-number column, text among them, that is named like a song or an artist, or whose repeated
values never cross a class, or that has the same few rows of nearly every value in a class (a track
number that every class counts anew).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass

import numpy as np

from harness.competition import Competition, FloatMatrix, Labels, names_groups

# Fewer repeated values than this can be pure by chance or by design.
FEWEST_REPEATED = 20
# A song has not many more parts; a value with more rows in a class is a quantity.
MOST_PARTS = 60
# Counts that chance deals out: at most this share of them is the commonest or one less, where the
# commonest is two or more (Poisson, none left out; the largest at a mean of 2).
EVEN_BY_CHANCE = 0.65
CHANCE = math.log(1e-6)
# A part number at the end of an id, behind a separator that follows something else.
PART_NUMBER = re.compile(r"(?<=[^._\- ])[._\- ](?:seg(?:ment)?|part|clip|s|p)?\d{1,4}$", re.I)
ENDING = re.compile(r"\.(?:wav|au|mp3|ogg|flac|aiff?|opus|m4a|png|npy)$", re.I)


@dataclass(frozen=True)
class Parts:
    """Why rows look like parts of one song, and what to do about it."""

    reason: str
    todo: str
    group_of: Labels


def parts_of_songs(competition: Competition) -> Parts | None:
    """The first sign that rows belong together, or None.

    Declared groups aren't looked at: see `harness.evaluate.splits.refuse_leak`.
    """
    return _by_ids(competition) or _by_column(competition)


def stem(identity: str) -> str:
    """An id without its ending and its part number: ``blues.00000.3.wav`` is ``blues.00000``."""
    return PART_NUMBER.sub("", ENDING.sub("", identity))


def _by_ids(competition: Competition) -> Parts | None:
    """Ids whose stems repeat, each stem within one class."""
    stems = [stem(identity) for identity in competition.train_ids]
    if len(set(stems)) < 2 or all(map(str.isdigit, competition.train_ids)):
        return None
    names, codes = np.unique(np.array(stems), return_inverse=True)
    # ``rock_12`` names the class and a running number; its stem is no song.
    if len(names) <= 2 * competition.n_classes or not _pure(codes, competition.y):
        return None
    common, count = Counter(stems).most_common(1)[0]
    return Parts(
        f"{len(stems)} ids share {len(names)} stems, such as {common!r} ({count} rows)",
        "name the songs under [groups] in competition.toml, such as a pattern that cuts the "
        "song out of the id",
        codes.astype(np.int64),
    )


def _by_column(competition: Competition) -> Parts | None:
    """A whole-number feature that says which song a row is of."""
    for column, name in enumerate(competition.columns):
        values = _codes(competition.X, column)
        if values is not None and (found := _told_by(values, competition, name)) is not None:
            what, songs = found
            todo = f"use --groups {name} with --split stratified-group"
            return Parts(f"column {name} {what}", todo, songs)
    return None


def _told_by(values: Labels, competition: Competition, name: str) -> tuple[str, Labels] | None:
    """Why a column's values are songs, if they are, and each row's song."""
    distinct, y = int(values.max()) + 1, competition.y
    if distinct < FEWEST_REPEATED or 2 * distinct > len(values):
        return None
    repeats = f"repeats {distinct} values over {len(values)} rows"
    if _pure(values, y):
        return f"{repeats}, each within one class", values
    _, songs, parts = np.unique(
        values * competition.n_classes + y, return_inverse=True, return_counts=True
    )
    if np.median(parts) > MOST_PARTS:
        return None
    if _even(parts):
        usual = int(np.bincount(parts).argmax())
        why = f"{repeats}, nearly always {usual} of one value in a class"
        return why, songs.astype(np.int64)
    if names_groups(name):
        return f"{repeats}, and is named like what rows are parts of", values
    return None


def _even(parts: Labels) -> bool:
    """Whether there are as many rows of each value in a class, which chance can't explain.

    Chance gives counts that differ; the bound on its probability is Chernoff's.
    """
    usual = int(np.bincount(parts).argmax())
    share = float(np.isin(parts, (usual, usual - 1)).mean())
    if usual < 2 or share <= EVEN_BY_CHANCE:
        return False
    apart = share * math.log(share / EVEN_BY_CHANCE)
    if share < 1:
        apart += (1 - share) * math.log((1 - share) / (1 - EVEN_BY_CHANCE))
    return -len(parts) * apart < CHANCE


def _codes(X: FloatMatrix, column: int) -> Labels | None:
    values = np.asarray(X[:, column])
    # Most columns show a fraction at once; the whole column need not be read for them.
    if not _whole(values[:50]) or not _whole(values):
        return None
    return np.unique(values, return_inverse=True)[1].astype(np.int64)


def _whole(values: FloatMatrix) -> bool:
    return bool(np.isfinite(values).all() and (values == np.round(values)).all())


def _pure(codes: Labels, y: Labels) -> bool:
    """Whether values repeat, many of them, and each within one class, which chance can't explain.

    Were the classes drawn anew for every row, a value of r rows would be pure with the chance
    sum(share^r); all repeated values at once, with the product of these.
    """
    counts = np.bincount(codes)
    repeated = counts[counts > 1]
    if len(repeated) < FEWEST_REPEATED or repeated.sum() < len(codes) / 2:
        return False
    low = np.full(len(counts), y.max() + 1)
    high = np.full(len(counts), -1)
    np.minimum.at(low, codes, y)
    np.maximum.at(high, codes, y)
    if (low[counts > 1] != high[counts > 1]).any():
        return False
    shares = np.bincount(y) / len(y)
    shares = shares[shares > 0]
    chance = sum(np.log((shares ** min(int(r), 60)).sum()) for r in repeated)
    return bool(chance < np.log(1e-6))
