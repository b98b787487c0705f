"""Rows that look like parts of one song, although no groups are declared.

The signs: ids that differ only at their end (``blues.00000.3.wav``), and a whole-number column,
text among them, that is named like a song, an artist or an id and repeats its values. Where a
column has another name, its figures alone are a hint and no proof: that repeated values never cross
a class, or that there are the same few rows of nearly every value in a class (a track number that
every class counts anew). Ordinary quantities are like that, too: a telling one, or one of a made
table.
"""

from __future__ import annotations

import math
import re
import shlex
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from harness.competition import GROUP_NAMES, Competition, FloatMatrix, Labels, names_groups

# Fewer repeated values than this can be pure by chance or by design.
FEWEST_REPEATED = 20
# A song has not many more parts; a value with more rows in a class is a quantity.
MOST_PARTS = 60
# Counts that chance deals out: at most this share of them is the commonest or one less, where the
# commonest is two or more (Poisson, none left out; the largest at a mean of 2).
EVEN_BY_CHANCE = 0.65
CHANCE = math.log(1e-6)
# Of the values that repeat, so many must lie within one class.
MOSTLY = 0.9
# What ids are made of, and how many of the last of these may name a part of a song.
TOKEN = re.compile(r"\d+|[^\W\d_]+|[\W_]+")
MOST_CUT = 4
# Columns that name a recording, and words that number its parts.
RECORDINGS = ("song", "track", "recording", "clip", "file", "filename")
OTHERS = ("artist", "album", "subject", "speaker")
# What a column is called that says which unit a row is of.
UNITS = (*GROUP_NAMES, *RECORDINGS, "patient", "user", "person", "participant", "session", "author")
SAYS_WHICH = re.compile(
    rf"(?i:(.*[_\W])?({'|'.join(UNITS)})([_\W]?(id|name|no|nr|num|number|index|code|key))?"
    r"|(.*[_\W])?id)|.*[a-z]I[dD]"
)
PARTS = {"seg", "segment", "part", "chunk", "clip", "frame", "s", "p", "slice", "window"}
ENDING = re.compile(r"\.(?:wav|au|mp3|ogg|flac|aiff?|opus|m4a|png|npy)$", re.I)


@dataclass(frozen=True)
class Parts:
    """Why rows look like parts of one song, and what to do about it.

    `sure` is whether a name says so, of the ids or of the column; figures alone are a hint.
    """

    reason: str
    todo: str
    group_of: Labels
    sure: bool = True


def parts_of_songs(competition: Competition) -> Parts | None:
    """The first sign that rows belong together, or None; hints only where nothing is sure.

    Declared groups aren't looked at: see `harness.evaluate.splits.refuse_leak`. Nor is anything
    where the board is declared to part them as rows dealt at random do.
    """
    if competition.groups is None and competition.group_column:
        return None
    return _by_ids(competition) or _by_column(competition)


def sure_parts(competition: Competition) -> Parts | None:
    """`parts_of_songs` where a name says so: what a random split may not be taken for."""
    found = parts_of_songs(competition)
    return found if found is not None and found.sure else None


def songs_of(groups: Labels, y: Labels) -> tuple[Labels, int]:
    """Which song each row is of, as far as groups tell; -1 where they don't.

    A group with one label is a song. Groups with several labels are an artist's rows, say, and
    parting them by their labels would use what is to be predicted: no fresh row could be scored so.
    The one exception are numbers that every class counts anew, which chance can't explain: there
    a song is the number within its class, as the files' own paths name it.

    Parameters
    ----------
    groups, y : int64 arrays, shape (n,)

    Returns
    -------
    songs : int64 array, shape (n,)
    mixed : int
        How many groups were left out for having several labels.
    """
    _, codes = np.unique(groups, return_inverse=True)
    by_class = np.unique(np.column_stack([codes, y]), axis=0, return_inverse=True)
    labels = np.bincount(by_class[0][:, 0])
    mixed = labels > 1
    if mixed.mean() > 0.5 and _even(np.bincount(by_class[1].ravel())):
        return by_class[1].ravel().astype(np.int64), 0
    songs = np.where(mixed[codes], -1, codes).astype(np.int64)
    return songs, int(mixed.sum())


def recordings_of(competition: Competition) -> tuple[Labels, int] | None:
    """Which recording each row is a part of, as `songs_of` gives it; None where groups are others.

    Groups alone don't say it: an artist's tracks belong together, and no grader scores them as one.
    What does: a column that is named like a recording, ids of a group that differ in their last
    tokens alone, and numbers that every class counts anew.
    """
    groups = competition.groups
    if groups is None:
        return None
    songs, mixed = songs_of(groups, competition.y)
    counted_anew = mixed == 0 and len(np.unique(songs)) > len(np.unique(groups))
    column = competition.group_column.strip()
    if counted_anew or names_groups(column, RECORDINGS):
        return songs, mixed
    # An artist's or an album's tracks may be numbered, too.
    other = names_groups(column, OTHERS)
    return None if other or not _near_equal(groups, competition.train_ids) else (songs, mixed)


def _near_equal(groups: Labels, ids: Sequence[str]) -> bool:
    """Whether the ids of nearly every group are alike but for their last tokens, and not more."""
    if not ids:
        return False
    members: dict[int, list[str]] = {}
    for group, identity in zip(groups.tolist(), ids, strict=True):
        members.setdefault(group, []).append(identity)
    several = [set(found) for found in members.values() if len(found) > 1]
    # A beginning that groups share is no recording's name.
    alike = {_one_stem(found) for found in several if len(found) > 1} - {""}
    return bool(several) and len(alike) >= MOSTLY * len(several)


def _one_stem(ids: set[str]) -> str:
    """How ids begin that go on with nothing but numbers, and what stands between; "" for others."""
    tokens = [TOKEN.findall(ENDING.sub("", identity)) for identity in ids]
    shared = 0
    while all(len(one) > shared for one in tokens) and len({one[shared] for one in tokens}) == 1:
        shared += 1
    # Something has to be left of the name: plain numbers have nothing in common.
    stem = tokens[0][:shared]
    if not any(not one.isdigit() and one.strip("_-. ") for one in stem):
        return ""
    rests = [one[shared:] for one in tokens]
    part = all(len(rest) <= MOST_CUT for rest in rests)
    words = any(t.isalpha() and t.lower() not in PARTS for rest in rests for t in rest)
    return "".join(stem) if part and not words else ""


def stems(identity: str) -> list[str]:
    """What is left of an id without its ending and its last tokens, the longest first.

    Tokens are runs of digits, of letters, and of anything else: ``blues.00000.3.wav`` gives
    ``blues.00000.``, ``blues.00000`` and so on down to ``blues``.
    """
    tokens = TOKEN.findall(ENDING.sub("", identity))
    shortest = max(1, len(tokens) - MOST_CUT)
    return ["".join(tokens[:count]) for count in range(len(tokens) - 1, shortest - 1, -1)]


def _by_ids(competition: Competition) -> Parts | None:
    """Ids that begin alike, each beginning within one class."""
    ids = competition.train_ids
    if not ids or all(map(str.isdigit, ids)):
        return None
    candidates = [stems(identity) for identity in ids]
    for cut in range(max(map(len, candidates))):
        cut_short = [
            one[min(cut, len(one) - 1)] if one else own
            for one, own in zip(candidates, ids, strict=True)
        ]
        names, codes = np.unique(np.array(cut_short), return_inverse=True)
        # ``rock_12`` names the class and a running number; its stem is no song.
        # Nor is one that hundreds share.
        if len(names) <= 2 * competition.n_classes or np.median(np.bincount(codes)) > MOST_PARTS:
            continue
        if not _pure(codes, competition.y):
            continue
        common, count = Counter(cut_short).most_common(1)[0]
        return Parts(
            f"{len(ids)} ids share {len(names)} stems, such as {common!r} ({count} rows)",
            "name the songs under [groups] in competition.toml, such as a pattern that cuts the "
            "song out of the id",
            codes.astype(np.int64),
        )
    return None


def _by_column(competition: Competition) -> Parts | None:
    """A whole-number feature that says which song a row is of; the first is taken that is sure."""
    hint: Parts | None = None
    # A cell of an image or a sequence is none, and there may be tens of thousands of them.
    cells = {
        c for block in competition.blocks if block.shape for c in range(block.start, block.stop)
    }
    for column, name in enumerate(competition.columns):
        sure = SAYS_WHICH.fullmatch(name.strip()) is not None
        if column in cells or (hint is not None and not sure):
            continue
        values = _codes(competition.X, column)
        if values is not None and (found := _told_by(values, competition, name)) is not None:
            what, songs = found
            todo = f"use --groups {shlex.quote(name)} with --split stratified-group"
            parts = Parts(f"column {name} {what}", todo, songs, sure)
            if sure:
                return parts
            hint = parts
    return hint


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
    return -len(parts) * _divergence(share, EVEN_BY_CHANCE) < CHANCE


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

    A few may cross classes: real sets hold wrong labels and copies under two of them. Were the
    classes drawn anew for every row, a value of r rows would lie within one with the chance
    sum(share^r); Chernoff's bound says how likely so many values that do would be then.
    """
    counts = np.bincount(codes)
    repeated = counts > 1
    if repeated.sum() < FEWEST_REPEATED or counts[repeated].sum() < len(codes) / 2:
        return False
    low = np.full(len(counts), y.max() + 1)
    high = np.full(len(counts), -1)
    np.minimum.at(low, codes, y)
    np.maximum.at(high, codes, y)
    pure = float((low[repeated] == high[repeated]).mean())
    if pure < MOSTLY:
        return False
    shares = np.bincount(y) / len(y)
    rows, times = np.unique(np.minimum(counts[repeated], 60), return_counts=True)
    chance = float(((shares[None] ** rows[:, None]).sum(axis=1) * times).sum() / times.sum())
    return pure > chance and -int(repeated.sum()) * _divergence(pure, chance) < CHANCE


def _divergence(share: float, chance: float) -> float:
    """Kullback and Leibler's divergence of a coin with `share` from one with `chance`, in nats."""
    if chance >= 1:
        return 0.0
    apart = share * math.log(share / chance) if share > 0 else 0.0
    return apart + ((1 - share) * math.log((1 - share) / (1 - chance)) if share < 1 else 0.0)
