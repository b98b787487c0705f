"""Rows that look like parts of one song, although no groups are declared.

Two signs, either is enough: ids that differ only in a part number (``blues.00000.3.wav``), and a
whole-number column whose repeated values never cross a class (a track number among the features).
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

import numpy as np

from harness.competition import Competition, FloatMatrix, Labels

# Fewer repeated values than this can be pure by chance or by design.
FEWEST_REPEATED = 20
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
    """A whole-number feature whose repeated values never cross a class."""
    for column, name in enumerate(competition.columns):
        values = _codes(competition.X, column)
        if values is not None and _pure(values, competition.y):
            return Parts(
                f"column {name} repeats {len(np.unique(values))} values over {len(values)} rows, "
                "each within one class",
                f"use --groups {name}",
                values,
            )
    return None


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
