"""FMA: the Free Music Archive's own features of its tracks, its genre tree and its split."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path

from harness import ordinary
from harness.atomic import replacing, write_text
from harness.competitions._parse import read_spec
from harness.competitions._rows import in_order
from harness.competitions._spec import BlockSpec, GroupSpec, LeaderboardSpec, Spec, SplitSpec
from harness.competitions._write import to_toml
from harness.errors import DataError
from harness.readers import _cache, _fma, _source
from harness.readers._fma import home_of as home_of

ID, LABEL, GROUP, SPLIT = "track_id", "genre", "artist_id", "split"
TRAIN, SPEC, NOTES = "train.parquet", "competition.toml", "notes.txt"
# What `harness extract --features` calls the columns of features.csv.
FEATURE_SET = "fma518"
# Of the file's layout; goes up when the same tables are to give others.
REVISION = 1


def recognise(place: Path) -> Spec | None:
    """The spec of a folder with FMA's metadata: the small subset's top genres.

    The tables of many header lines are made into one that every command reads, in the cache; other
    subsets and levels are for `write`.
    """
    home = home_of(place)
    if home is None or not (home / _fma.FEATURES).is_file():
        return None
    digest = hashlib.blake2b(f"{REVISION}".encode(), digest_size=16)
    for name in (_fma.TRACKS, _fma.GENRES, _fma.FEATURES):
        path = home / name
        digest.update(_source.fingerprint(path, _source.check(path))[0].encode())
    folder = _cache.root() / "fma" / digest.hexdigest()
    if not (folder / SPEC).is_file():
        write(home, folder)
    notes = ordinary.read_text(folder / NOTES).splitlines()
    spec = read_spec(folder / SPEC)
    return replace(spec, root=place, train=str((folder / TRAIN).absolute()), notes=tuple(notes))


def write(
    home: Path, out: Path, *, subset: str = "small", level: str = _fma.TOP, name: str = ""
) -> tuple[str, ...]:
    """Make a competition's folder of FMA's features; gives what the user should know of it.

    Parameters
    ----------
    home : Path
        The folder of ``tracks.csv``, ``genres.csv`` and ``features.csv``.
    out : Path
        Where ``train.parquet`` and `competition.toml` are written.
    subset, level : str
        As `harness.readers._fma.choose` takes them.

    Raises
    ------
    UsageError, DataError
        As `choose` does; where fewer than two classes are left.
    """
    import polars as pl

    chosen = _fma.choose(home, subset, level)
    columns, ids, X = _fma.read_features(
        home / _fma.FEATURES, [track.id for track, _ in chosen.tracks]
    )
    known = set(ids)
    if not len(columns):
        raise DataError("has no features", where=str(home / _fma.FEATURES))
    kept = [(track, label) for track, label in chosen.tracks if track.id in known]
    classes = tuple(in_order({label for _, label in kept}))
    if len(classes) < 2:
        raise DataError(
            f"{len(kept)} tracks of the subset {subset} have features and a genre, of "
            f"{len(classes)} classes",
            where=str(home),
            todo="take another subset or level",
        )
    passed = dict(chosen.passed)
    if lacking := len(chosen.tracks) - len(kept):
        passed["without features"] = lacking
    names = ["_".join(part) for part in columns]
    frame = pl.DataFrame(
        {
            ID: [str(track.id) for track, _ in kept],
            LABEL: [label for _, label in kept],
            GROUP: [track.artist or f"track {track.id}" for track, _ in kept],
            SPLIT: [track.split for track, _ in kept],
        }
    ).hstack([pl.Series(one, X[:, k]) for k, one in enumerate(names)])
    out.mkdir(parents=True, exist_ok=True)
    with replacing(out / TRAIN) as part, part.open("wb") as file:
        frame.write_parquet(file)
    parts = {track.split for track, _ in kept}
    title = "top genre" if level == _fma.TOP else f"genre at level {level}"
    spec = Spec(
        root=out,
        name=name or f"fma-{subset}" + ("" if level == _fma.TOP else f"-{level}"),
        title=f"FMA {subset}: {title}",
        train=TRAIN,
        header=True,
        id_column=ID,
        label_column=LABEL,
        classes=classes,
        missing=bool((X != X).any()),
        groups=GroupSpec(column=GROUP),
        split=_split(parts),
        # A split that holds nothing out is no split; its column is no feature either way.
        drop=() if _split(parts) else (SPLIT,),
        blocks=_blocks(columns),
        leaderboards=(
            LeaderboardSpec("accuracy", id_header=ID, label_header=LABEL),
            LeaderboardSpec("logloss", id_header=ID, class_headers=classes),
        ),
    )
    notes = _fma.told(subset, len(kept), passed)
    write_text(out / NOTES, "".join(f"{note}\n" for note in notes))
    write_text(out / SPEC, to_toml(spec, heading=["The Free Music Archive's own features."]))
    return notes


def _split(parts: set[str]) -> SplitSpec | None:
    held_out = parts - {"training", ""}
    return SplitSpec(column=SPLIT, train=("training",)) if held_out else None


def _blocks(columns: Sequence[tuple[str, str, str]]) -> tuple[BlockSpec, ...]:
    """A block for each feature; statistics x numbers where they make a matrix."""
    blocks, start = [], 0
    for feature, run in groupby(columns, key=lambda column: column[0]):
        own = list(run)
        shape = (len({one[1] for one in own}), len({one[2] for one in own}))
        matrix = math.prod(shape) == len(own) and min(shape) > 1
        blocks.append(BlockSpec(feature, start, start + len(own), shape=shape if matrix else None))
        start += len(own)
    return tuple(blocks)
