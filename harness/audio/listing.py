"""Which files an extraction is about: a folder for each genre, or a manifest."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from harness.audio.decode import ENDINGS
from harness.errors import DataError, FaultsError, FileProblem, UsageError

COLUMNS = ("path", "label", "group", "split")


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


def find_songs(source: Path, root: Path | None = None) -> list[Song]:
    """The audio files of a folder or a manifest, in a fixed order.

    Parameters
    ----------
    source : Path
        A folder with one folder for each genre (and whatever folders in them), or a CSV file with
        the columns path, label and, if wanted, group and split.
    root : Path, optional
        Where a manifest's paths start; its own folder where nothing else is given.

    Raises
    ------
    UsageError, DataError, FaultsError
        Where there is nothing to extract, or lines of the manifest are wrong.
    """
    if not source.exists():
        raise UsageError(
            "there is no such file or folder",
            where=str(source),
            todo="give a folder with a folder for each genre, or a manifest CSV",
        )
    if source.is_dir():
        if root is not None:
            raise UsageError("goes with a manifest only", where="--root", todo="leave it out")
        songs = _in_folders(source)
    else:
        songs = _in_manifest(source, root if root is not None else source.parent)
    if not songs:
        raise DataError(
            "no audio files are in its folders",
            where=str(source),
            todo=f"it needs a folder for each genre with files such as {', '.join(ENDINGS[:6])}",
        )
    return songs


def _in_folders(folder: Path) -> list[Song]:
    genres = sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))
    songs = []
    for genre in genres:
        for path in sorted(genre.rglob("*")):
            inside = path.relative_to(folder)
            hidden = any(part.startswith(".") for part in inside.parts)
            if path.suffix.lower() in ENDINGS and not hidden and not path.is_dir():
                songs.append(Song(_text(inside.as_posix()), path, _text(genre.name).strip()))
    return songs


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
        with manifest.open(encoding="utf-8-sig", newline="") as file:
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
