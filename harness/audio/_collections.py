"""Collections of music that bring their own tables: FMA and Magnatune.

FMA: a folder with ``tracks.csv`` and ``genres.csv`` (``fma_metadata``), and the audio beside it
(``fma_small/000/000002.mp3``). Magnatune, as MagnaTagATune brings it: ``clip_info_final.csv`` (tabs
between cells: clip_id, artist, album, mp3_path and more), and either a column genre in it or
``annotations_final.csv`` (a column of 0 and 1 for each tag).
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from harness import ordinary
from harness.errors import DataError, FaultsError, FileProblem, UsageError
from harness.readers import _fma

Found = tuple[list["Song"], tuple[str, ...]]

CLIPS, TAGS = "clip_info_final.csv", "annotations_final.csv"
# Tags of MagnaTagATune that name a genre, and seldom two of them the same clip.
GENRE_TAGS = (
    "ambient",
    "classical",
    "country",
    "electronic",
    "jazz",
    "metal",
    "new age",
    "pop",
    "rock",
)


@dataclass(frozen=True)
class Song:
    """One audio file and what is known of it.

    Attributes
    ----------
    name : str
        Its path below the root, with ``/``: the row's id.
    path : Path
    label : str
        "" where it isn't known: then it becomes a test row.
    group, split : str
        "" where nothing is said.
    """

    name: str
    path: Path
    label: str
    group: str = ""
    split: str = ""


@dataclass(frozen=True)
class Choice:
    """Which part of a collection.

    Attributes
    ----------
    subset : str
        Of FMA: small, medium, large or full; "" takes the folder of audio's, else small.
    level : str
        Of FMA: ``"top"`` for the top genre, or a depth of the genre tree from ``"1"``.
    labels : tuple of str
        Of Magnatune: the tags that are classes; () takes `GENRE_TAGS`.
    split_files : Path, optional
        A folder with list files of a published split (train, valid, test).
    """

    subset: str = ""
    level: str = ""
    labels: tuple[str, ...] = ()
    split_files: Path | None = None


def find(source: Path, root: Path | None, choice: Choice) -> Found | None:
    """The songs of a known collection and notes; None where `source` is none."""
    home = _fma.home_of(source)
    if home is not None:
        _refuse(choice, "--labels")
        return _of_fma(home, root, choice)
    clips = source / CLIPS if source.is_dir() else source
    if clips.is_file() and _is_magnatune(clips):
        _refuse(choice, "--subset", "--level")
        return _of_magnatune(clips, root or clips.parent, choice.labels)
    return None


def refuse(choice: Choice) -> None:
    """Refuse what means nothing outside of a known collection."""
    _refuse(choice, "--subset", "--level", "--labels")


def _refuse(choice: Choice, *options: str) -> None:
    of = {"--subset": choice.subset, "--level": choice.level, "--labels": choice.labels}
    for option in options:
        if of[option]:
            whose = "Magnatune's tags" if option == "--labels" else "FMA's metadata"
            raise UsageError(f"goes with {whose} only", where=option, todo="leave it out")


def _of_fma(home: Path, root: Path | None, choice: Choice) -> Found:
    root, subset = _audio_of_fma(home, root, choice.subset)
    level = choice.level or _fma.TOP
    chosen = _fma.choose(home, subset, level)
    songs, absent = [], 0
    for track, label in chosen.tracks:
        number = f"{track.id:06d}"
        name = f"{number[:3]}/{number}.mp3"
        path = root / name
        if not path.is_file():
            absent += 1
            continue
        group = track.artist or f"track {track.id}"
        songs.append(Song(name, path, label, group, track.split))
    if not songs:
        raise DataError(
            f"of {len(chosen.tracks)} tracks of the subset {subset} none is there",
            where=str(root),
            todo="name the folder with the folders 000, 001, ...: --root fma_small",
        )
    passed = dict(chosen.passed) | ({"without audio": absent} if absent else {})
    return songs, _fma.told(subset, len(songs), passed)


def _audio_of_fma(home: Path, root: Path | None, subset: str) -> tuple[Path, str]:
    """The folder of the audio, and the subset."""
    places = [home.parent, home]
    if root is None:
        wanted = [subset] if subset else list(_fma.SUBSETS)
        audio = [place / f"fma_{one}" for one in wanted for place in places]
        root = next((place for place in audio if place.is_dir()), home)
    if not root.is_dir():
        raise UsageError("is not a folder", where=f"--root {root}", todo="give the audio's folder")
    named = root.name.removeprefix("fma_")
    return root, subset or (named if named in _fma.SUBSETS else _fma.SUBSETS[0])


def _is_magnatune(path: Path) -> bool:
    """By its first line; what else is wrong with it is said later."""
    try:
        with ordinary.opened(path, "r", encoding="utf-8-sig", newline="") as file:
            first = file.readline(1 << 16)
    except (OSError, UnicodeDecodeError):
        return False
    header = {cell.strip().strip('"') for cell in first.replace("\t", ",").split(",")}
    return {"clip_id", "mp3_path"} <= header


def _of_magnatune(clips: Path, root: Path, labels: Sequence[str]) -> Found:
    header, rows = _table(clips)
    whole = [dict(zip(header, cells, strict=False)) for _, cells in rows]
    genres: dict[str, list[str]] = {}
    if "genre" in header:
        _refuse(Choice(labels=tuple(labels)), "--labels")
        genres = {row["clip_id"]: [row["genre"]] if row.get("genre") else [] for row in whole}
    else:
        genres = _tagged(clips.parent / TAGS, labels or GENRE_TAGS)
    artist = next((name for name in ("artist_id", "artist") if name in header), "clip_id")
    songs, faults, passed, seen = [], [], Counter[str](), set[str]()
    for (line, cells), row in zip(rows, whole, strict=True):
        name, own = row.get("mp3_path", "").replace("\\", "/"), genres.get(row["clip_id"], [])
        if len(cells) != len(header):
            faults.append(f"line {line}: {len(cells)} cells, not {len(header)}")
        elif PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
            faults.append(f"line {line}: {name!r} leaves {root}")
        elif name in seen:
            faults.append(f"line {line}: {name!r} stands there already")
        elif len(own) != 1:
            passed["with several genres" if own else "without a genre"] += 1
        elif not name or not (root / name).is_file():
            passed["without audio"] += 1
        else:
            seen.add(name)
            group = row.get(artist) or f"clip {row['clip_id']}"
            songs.append(Song(name, root / name, own[0], group))
    if faults:
        raise FaultsError(faults, where=str(clips), todo="fetch the file again")
    listed = ", ".join(f"{count} {why}" for why, count in passed.items())
    if not songs:
        raise DataError(
            f"none of its {len(rows)} clips can be used: {listed or 'there are none'}",
            where=str(clips),
            todo="name the folder that its mp3_path start in: --root DIR",
        )
    return songs, (f"Magnatune: {len(songs)} clips; passed over: {listed}",) if listed else ()


def _tagged(path: Path, labels: Sequence[str]) -> dict[str, list[str]]:
    """Which of the labels each clip has, by its id."""
    if not path.is_file():
        raise DataError(
            f"is missing, and {CLIPS} has no column genre",
            where=str(path),
            todo="put the tags beside it, or add a column genre",
        )
    header, rows = _table(path)
    if lacking := [label for label in labels if label not in header]:
        raise UsageError(
            f"no tag is called {', '.join(lacking)}",
            where="--labels",
            todo=f"the tags are {', '.join(header[1:31])}, ...",
        )
    at = {label: header.index(label) for label in labels}
    clip = header.index("clip_id") if "clip_id" in header else 0
    return {
        cells[clip]: [label for label, k in at.items() if k < len(cells) and cells[k] == "1"]
        for _, cells in rows
    }


def _table(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """A table's header, and each row with the line where it ends; tabs or commas between cells."""
    try:
        with ordinary.opened(path, "r", encoding="utf-8-sig", newline="") as file:
            first = file.readline()
            file.seek(0)
            mark = "\t" if first.count("\t") > first.count(",") else ","
            lines = csv.reader(file, delimiter=mark)
            header = [cell.strip() for cell in next(lines, [])]
            cells = [(lines.line_num, [c.strip() for c in row]) for row in lines if any(row)]
    except OSError as problem:
        raise FileProblem(
            f"can't be read ({problem.strerror or problem})", where=str(path)
        ) from problem
    except (UnicodeDecodeError, csv.Error) as problem:
        raise DataError(
            f"is no CSV ({problem})", where=str(path), todo="save it as CSV in UTF-8"
        ) from problem
    return header, cells
