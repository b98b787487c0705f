"""Which files an extraction is about: a folder for each genre, a manifest, a known collection."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from harness import ordinary
from harness.audio import _collections
from harness.audio._collections import Choice as Choice
from harness.audio._collections import Song as Song
from harness.audio.decode import ENDINGS
from harness.errors import DataError, FaultsError, FileProblem, UsageError

COLUMNS = ("path", "label", "group", "split")
# The parts of a split, and the words in list files' names that mean them.
PARTS = {
    "train": ("train", "training"),
    "valid": ("valid", "validation", "val", "dev"),
    "test": ("test", "testing"),
}


@dataclass(frozen=True)
class Listing:
    """The audio files of a collection, in a fixed order, and what the user should know of them."""

    songs: tuple[Song, ...]
    notes: tuple[str, ...] = ()


def find_songs(source: Path, root: Path | None = None, choice: Choice | None = None) -> Listing:
    """The audio files of a folder, a manifest or a known collection.

    Parameters
    ----------
    source : Path
        A folder with one folder for each genre (and whatever folders in them), or a folder with
        such a folder in it alone; a CSV file with the columns path, label and, if wanted, group and
        split; the metadata of FMA or Magnatune (see `harness.audio._collections`).
    root : Path, optional
        Where a manifest's or collection's paths start; where nothing else is given, its own folder,
        or what the collection usually calls it.
    choice : Choice, optional
        Which part of the collection, which labels, and the files of a published split.

    Raises
    ------
    UsageError, DataError, FaultsError
        Where there is nothing to extract, or lines of the manifest are wrong.
    """
    choice = choice or Choice()
    if not source.exists():
        raise UsageError(
            "there is no such file or folder",
            where=str(source),
            todo="give a folder with a folder for each genre, or a manifest CSV",
        )
    known = _collections.find(source, root, choice)
    if known is not None:
        songs, notes = known
    else:
        _collections.refuse(choice)
        songs, notes = _plain(source, root)
    if choice.split_files is not None:
        songs, more = _with_split(songs, choice.split_files)
        notes += more
    return Listing(tuple(songs), notes)


def _plain(source: Path, root: Path | None) -> tuple[list[Song], tuple[str, ...]]:
    notes: tuple[str, ...] = ()
    if source.is_dir():
        if root is not None:
            raise UsageError("goes with a manifest only", where="--root", todo="leave it out")
        songs = _in_folders(source)
        inner = _only_folder(source, songs)
        if inner is not None:
            songs = _in_folders(inner)
            notes = (f"the genres are the folders of {inner}, the only one with audio",)
    else:
        songs = _in_manifest(source, root if root is not None else source.parent)
    if not songs:
        raise DataError(
            "no audio files are in its folders",
            where=str(source),
            todo=f"it needs a folder for each genre with files such as {', '.join(ENDINGS[:6])}",
        )
    return songs, notes


def _only_folder(folder: Path, songs: Sequence[Song]) -> Path | None:
    """The one folder that holds all audio, if that again holds two folders with audio or more."""
    genres = {song.label for song in songs}
    if len(genres) != 1:
        return None
    inner = folder / songs[0].name.partition("/")[0]
    below = _in_folders(inner)
    if len(below) < len(songs):
        return None
    named = {song.name.partition("/")[0] for song in below}
    return inner if len(named) > 1 else _only_folder(inner, below)


def _is_audio(path: Path) -> bool:
    hidden = path.name.startswith(".")
    return path.suffix.lower() in ENDINGS and not hidden and not path.is_dir()


def _in_folders(folder: Path) -> list[Song]:
    genres = sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))
    songs = []
    for genre in genres:
        for path in sorted(genre.rglob("*")):
            inside = path.relative_to(folder)
            hidden = any(part.startswith(".") for part in inside.parts)
            if _is_audio(path) and not hidden:
                songs.append(Song(_text(inside.as_posix()), path, _text(genre.name).strip()))
    return songs


def _with_split(songs: Sequence[Song], place: Path) -> tuple[list[Song], tuple[str, ...]]:
    """Songs with the part that list files name them in; those named nowhere are left out of both.

    A line is a song's name; folders and the ending don't count where that is enough to tell it.
    """
    files = sorted(place.glob("*.txt")) if place.is_dir() else []
    of = {part: [f for f in files if _part_of(f) == part] for part in PARTS}
    if not of["train"] or sum(map(bool, of.values())) < 2 or any(len(f) > 1 for f in of.values()):
        shown = ", ".join(file.name for file in files[:6]) or "no .txt file"
        raise UsageError(
            f"holds {shown}",
            where=f"--split-files {place}",
            todo="it needs one list file for each of train, valid and test, such as train.txt",
        )
    stems: dict[str, list[int]] = {}
    for at, song in enumerate(songs):
        stems.setdefault(PurePosixPath(song.name).stem, []).append(at)
    named = {stem: at[0] for stem, at in stems.items() if len(at) == 1}
    named |= {song.name: at for at, song in enumerate(songs)}
    split, faults, absent = [""] * len(songs), [], []
    for part, lists in of.items():
        for file in lists:
            for number, line in enumerate(_lines(file), start=1):
                name = line.strip().replace("\\", "/")
                at = named.get(name, named.get(PurePosixPath(name).stem, -1))
                if name and at < 0:
                    absent.append(name)
                elif name and split[at] not in ("", part):
                    faults.append(f"{file.name} line {number}: {name} is in {split[at]} already")
                elif name:
                    split[at] = part
    if faults:
        raise FaultsError(faults, where=str(place), todo="a song belongs to one part")
    if not {"train", *(part for part in PARTS if of[part])} <= set(split):
        raise DataError(
            "a part of it names none of the songs",
            where=f"--split-files {place}",
            todo=f"its lines are names such as {songs[0].name}",
        )
    counts = [f"{part} {split.count(part)}" for part in PARTS if of[part]]
    told = f"split: {', '.join(counts)}, in none {split.count('')}"
    if absent:
        told += f"; of its lines {len(absent)} name no file here, such as {absent[0]}"
    return [replace(song, split=part) for song, part in zip(songs, split, strict=True)], (told,)


def _part_of(path: Path) -> str:
    """Which part a list file is of, by its name: ``fault_filtered_valid.txt``."""
    words = re.split(r"[^a-z]+", path.stem.lower())
    return next((part for part, known in PARTS.items() if set(words) & set(known)), "")


def _lines(path: Path) -> list[str]:
    try:
        return ordinary.read_text(path, encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as problem:
        raise FileProblem(f"can't be read ({problem})", where=str(path)) from problem


def _text(name: str) -> str:
    """A file's name as text that any file can hold; bytes that are no UTF-8 by their codes."""
    return name.encode("utf-8", "backslashreplace").decode()


def _in_manifest(manifest: Path, root: Path) -> list[Song]:
    if not root.is_dir():
        raise UsageError("is not a folder", where=str(root), todo="give the folder of the audio")
    home = root.resolve()
    songs: list[Song] = []
    faults: list[str] = []
    lines: dict[str, int] = {}
    for number, row in _rows(manifest):
        name = row["path"].replace("\\", "/")
        path = root / name
        fault = ""
        if not name:
            fault = "no path"
        elif "\0" in name or PurePosixPath(name).is_absolute() or _leaves(path, home):
            fault = f"{row['path']!r} leaves {root}"
        elif name in lines:
            fault = f"{name!r} stands on line {lines[name]} already"
        if fault:
            faults.append(f"line {number}: {fault}")
            continue
        lines[name] = number
        songs.append(Song(name, path, row["label"], row["group"], row["split"]))
    if songs and any(song.group for song in songs):
        faults += [
            f"line {lines[song.name]}: the group is missing" for song in songs if not song.group
        ]
    if faults:
        raise FaultsError(
            faults, where=str(manifest), todo="put these lines right; nothing was read"
        )
    return songs


def _leaves(path: Path, home: Path) -> bool:
    try:
        return not path.resolve().is_relative_to(home)
    except (OSError, RuntimeError, ValueError):
        return True


def _rows(manifest: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Each line's number and its four cells."""
    try:
        with ordinary.opened(manifest, "r", encoding="utf-8-sig", newline="") as file:
            lines = csv.reader(file, strict=True)
            header = [cell.strip().lower() for cell in next(lines, [])]
            if "path" not in header or "label" not in header:
                raise DataError(
                    f"its first line is {','.join(header)[:80]!r}",
                    where=str(manifest),
                    todo="a manifest starts with the columns path,label (and group,split)",
                )
            for cells in lines:
                if cells:
                    cells += [""] * (len(header) - len(cells))
                    row = dict(zip(header, (cell.strip() for cell in cells), strict=False))
                    yield lines.line_num, {name: row.get(name, "") for name in COLUMNS}
    except OSError as problem:
        raise FileProblem(
            f"can't be read ({problem.strerror or problem})", where=str(manifest)
        ) from problem
    except (UnicodeDecodeError, csv.Error) as problem:
        raise DataError(
            f"is no CSV ({problem})", where=str(manifest), todo="save it as CSV in UTF-8"
        ) from problem
