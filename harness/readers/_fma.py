"""The tables of the Free Music Archive's data set: tracks, the genre tree, ready-made features.

``tracks.csv`` has three header lines (a column's kind, its name, then ``track_id`` alone),
``features.csv`` four (feature, statistic, number, then ``track_id`` alone), ``genres.csv`` one.
Layout: Defferrard, Benzi, Vandergheynst and Bresson, "FMA: a dataset for music analysis" (ISMIR
2017).
"""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness import ordinary
from harness.errors import DataError, FaultsError, FileProblem, UsageError

TRACKS, GENRES, FEATURES = "tracks.csv", "genres.csv", "features.csv"
# Each holds the ones before it.
SUBSETS = ("small", "medium", "large", "full")
TOP = "top"
WANTED = (
    ("artist", "id"),
    ("set", "split"),
    ("set", "subset"),
    ("track", "genre_top"),
    ("track", "genres_all"),
)


@dataclass(frozen=True)
class Track:
    """A line of ``tracks.csv``: `genres` are ids, those above others in the tree among them."""

    id: int
    artist: str
    split: str
    subset: str
    top: str
    genres: tuple[int, ...]


@dataclass(frozen=True)
class Genre:
    """A line of ``genres.csv``; a root has parent 0."""

    id: int
    parent: int
    title: str


@dataclass(frozen=True)
class Chosen:
    """Tracks of a subset with a label each, and how many were passed over for which reason."""

    tracks: tuple[tuple[Track, str], ...]
    passed: Mapping[str, int]


class Tree:
    """The genre tree.

    Parameters
    ----------
    genres : mapping of id to Genre
    """

    def __init__(self, genres: Mapping[int, Genre]) -> None:
        self.genres = genres

    @cached_property
    def depths(self) -> dict[int, int]:
        """How deep each genre stands; roots at 1."""
        return {number: self._depth(number) for number in self.genres}

    def _depth(self, number: int) -> int:
        depth, seen = 1, {number}
        while parent := self.genres[number].parent:
            if parent in seen or parent not in self.genres:
                return 0
            seen.add(parent)
            number, depth = parent, depth + 1
        return depth

    def label(self, track: Track, level: str) -> tuple[str, str]:
        """The track's genre at a level, or "" and why it has none."""
        if level == TOP:
            return track.top, "" if track.top else "without a top genre"
        there = [g for g in track.genres if self.depths.get(g) == int(level)]
        if len(there) == 1:
            return self.genres[there[0]].title, ""
        return "", f"with {'several genres' if there else 'no genre'} at level {level}"


def is_fma(folder: Path) -> bool:
    """Whether a folder holds FMA's metadata, by its first lines."""
    if not (folder / GENRES).is_file():
        return False
    try:
        with ordinary.opened(folder / TRACKS, "r", encoding="utf-8", newline="") as file:
            kinds = next(csv.reader(file), [])
    except (OSError, UnicodeDecodeError, csv.Error):
        return False
    return {"album", "artist", "set", "track"} <= set(kinds)


def home_of(place: Path) -> Path | None:
    """Where the metadata are: `place` itself, or ``fma_metadata`` in it; None for anything else."""
    return next((one for one in (place, place / "fma_metadata") if is_fma(one)), None)


def choose(folder: Path, subset: str, level: str) -> Chosen:
    """The tracks of a subset and their genres at a level of the tree.

    Parameters
    ----------
    level : str
        ``"top"`` (the data set's own column), or a depth: ``"1"`` for roots, ``"2"`` for their
        children and so on. Tracks with no genre there, or several, are passed over.

    Raises
    ------
    UsageError
        For a subset or level that there isn't.
    DataError, FaultsError
        When a table isn't laid out as it should be, with every line that is wrong.
    """
    if subset not in SUBSETS:
        raise UsageError(
            "is no subset", where=f"--subset {subset}", todo=f"known: {', '.join(SUBSETS)}"
        )
    tree = Tree(read_genres(folder / GENRES))
    deepest = max(tree.depths.values(), default=0)
    if level != TOP and not (level.isdecimal() and 1 <= int(level) <= deepest):
        raise UsageError(
            "is no level of the genre tree",
            where=f"--level {level}",
            todo=f"{TOP}, or 1 to {deepest}",
        )
    most = SUBSETS.index(subset)
    kept: list[tuple[Track, str]] = []
    passed: dict[str, int] = {}
    for track in read_tracks(folder / TRACKS):
        if SUBSETS.index(track.subset) > most:
            continue
        label, why = tree.label(track, level)
        if label:
            kept.append((track, label))
        else:
            passed[why] = passed.get(why, 0) + 1
    return Chosen(tuple(kept), passed)


def read_tracks(path: Path) -> list[Track]:
    """Every track, in the file's order."""
    lines = _lines(path)
    kinds, names, ids = (next(lines, (0, []))[1] for _ in range(3))
    at = {pair: k for k, pair in enumerate(zip(kinds, names, strict=False))}
    lacking = [" ".join(pair) for pair in WANTED if pair not in at]
    if lacking or not ids or ids[0] != "track_id":
        raise DataError(
            f"its header lines lack {', '.join(lacking) or 'track_id'}",
            where=str(path),
            todo="it starts with three of them: kinds, names, track_id",
        )
    tracks, faults, seen = [], [], set()
    for number, cells in lines:
        if len(cells) != len(kinds):
            faults.append(f"line {number}: {len(cells)} cells, not {len(kinds)}")
            continue
        artist, split, subset, top, genres = (cells[at[pair]].strip() for pair in WANTED)
        fault = ""
        if not cells[0].isdecimal():
            fault = f"track_id {cells[0][:20]!r} is no number"
        elif int(cells[0]) in seen:
            fault = f"track {cells[0]} stands there already"
        elif subset not in SUBSETS:
            fault = f"subset {subset[:20]!r} is none of {', '.join(SUBSETS)}"
        elif not re.fullmatch(r"\[[\d, ]*\]|", genres):
            fault = f"genres_all {genres[:30]!r} is no list of numbers"
        if fault:
            faults.append(f"line {number}: {fault}")
            continue
        seen.add(int(cells[0]))
        ids_of_genres = tuple(map(int, re.findall(r"\d+", genres)))
        tracks.append(Track(int(cells[0]), artist, split, subset, top, ids_of_genres))
    if faults:
        raise FaultsError(faults, where=str(path), todo="fetch the file again")
    return tracks


def read_genres(path: Path) -> dict[int, Genre]:
    """The genres by id."""
    lines = _lines(path)
    header = next(lines, (0, []))[1]
    wanted = ("genre_id", "parent", "title")
    if lacking := [name for name in wanted if name not in header]:
        raise DataError(f"its header lacks {', '.join(lacking)}", where=str(path))
    found: dict[int, Genre] = {}
    faults = []
    for number, cells in lines:
        row = dict(zip(header, cells, strict=False))
        told = [row.get(name, "").strip() for name in wanted]
        if not (told[0].isdecimal() and told[1].isdecimal() and told[2]):
            faults.append(f"line {number}: genre_id {told[0]!r}, parent {told[1]!r}, {told[2]!r}")
            continue
        found[int(told[0])] = Genre(int(told[0]), int(told[1]), told[2])
    depths = Tree(found).depths
    faults += [f"genre {one} has no way up to a root" for one, depth in depths.items() if not depth]
    if faults:
        raise FaultsError(faults, where=str(path), todo="fetch the file again")
    titles: dict[str, int] = {}
    for genre in found.values():
        titles[genre.title] = titles.get(genre.title, 0) + 1
    return {
        number: g if titles[g.title] == 1 else Genre(g.id, g.parent, f"{g.title} ({g.id})")
        for number, g in found.items()
    }


def read_features(
    path: Path, wanted: Sequence[int]
) -> tuple[list[tuple[str, str, str]], list[int], NDArray[np.float32]]:
    """The ready-made features of some tracks.

    Returns
    -------
    columns : list of (feature, statistic, number)
    ids : list of int
        The tracks of `wanted` that there are, in that order.
    X : float32 array, shape (len(ids), len(columns)); NaN is a missing cell
    """
    import polars as pl

    lines = _lines(path)
    head = [next(lines, (0, []))[1] for _ in range(4)]
    first = [row[0] if row else "" for row in head]
    if first != ["feature", "statistics", "number", "track_id"] or len(set(map(len, head))) > 1:
        raise DataError(
            f"its first four lines start with {', '.join(first)}",
            where=str(path),
            todo="they are feature, statistics, number, track_id",
        )
    columns = list(zip(*(row[1:] for row in head[:3]), strict=True))
    names = [str(k) for k in range(len(columns))]
    schema: dict[str, type[pl.DataType]] = {
        "track_id": pl.Int64,
        **dict.fromkeys(names, pl.Float32),
    }
    try:
        frame = pl.read_csv(
            path, has_header=False, skip_rows=4, schema=schema, null_values=["", "nan", "NaN"]
        )
    except pl.exceptions.PolarsError as problem:
        raise DataError(
            f"can't be read ({str(problem).splitlines()[0]})",
            where=str(path),
            todo="fetch the file again",
        ) from problem
    at = {number: row for row, number in enumerate(frame["track_id"].to_list())}
    ids = [number for number in wanted if number in at]
    rows = frame.select(names)[[at[number] for number in ids]]
    X = rows.to_numpy().astype(np.float32, copy=False)
    return [(str(f), str(s), str(n)) for f, s, n in columns], ids, X


def _lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Each row that isn't blank, and the line where it ends; texts may go over many lines."""
    # Descriptions of albums are longer than the reader's own limit.
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    try:
        with ordinary.opened(path, "r", encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file)
            for cells in rows:
                if cells:
                    yield rows.line_num, cells
    except OSError as problem:
        raise FileProblem(
            f"can't be read ({problem.strerror or problem})", where=str(path)
        ) from problem
    except (UnicodeDecodeError, csv.Error) as problem:
        raise DataError(f"is no CSV ({problem})", where=str(path)) from problem


def told(subset: str, kept: int, passed: Mapping[str, int]) -> tuple[str, ...]:
    """What the user should know of the tracks that were passed over."""
    listed = ", ".join(f"{count} {why}" for why, count in passed.items())
    return (f"FMA {subset}: {kept} tracks; passed over: {listed}",) if listed else ()
