"""Which of a folder's files is what: by their names, and where those promise too much, by content.

A table under a usual ending goes first. Files that hold tables less often (``.txt``, ``.json``) or
that aren't read at all (spreadsheets, archives) play a part only where no table does: then either
they are read, or whoever opens them says what to do with them.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from harness.competitions._endings import (
    ARCHIVES,
    ENDINGS,
    PACKED,
    SELDOM,
    SHEETS,
    ending_of,
    stem_of,
)
from harness.competitions._places import files_in, listing, no_such_file, some_names, tables_of
from harness.competitions._rows import listed
from harness.errors import DataError

# What is shown where a folder holds no table.
LOOKED_FOR = ".csv, .tsv, .parquet, .feather, .npy, .npz, .json, plain or packed"

# The first row that fits decides; words are parted by anything but letters and digits.
ROLES = (
    ("samples", r"\b(sample|dummy|example|gender)\b.*\b(submission|solution|entry)\b"),
    ("samples", r"\bsample ?submission\b|\bsubmission(s|format| format)?\b"),
    ("answers", r"\b(answers?|solutions?|y test|test (labels?|targets?|y))\b"),
    ("valid", r"^(?!.*\b(train(ing)?|test(ing)?)\b).*\b(valid|validation|val|dev|holdout)\b"),
    ("labels", r"\b(labels?|targets?|y|y train|train y|genres?)\b"),
    ("test", r"\b(test|testing)\b"),
    ("train", r"\b(train|training|x)\b"),
    ("other", r""),
)


# What organisers call the sample submission, beside which users keep submissions of their own.
HOSTS = re.compile(r"(?i)sample|dummy|example|gender|format|template|solution|entry")


@dataclass
class Files:
    """A competition's files.

    Attributes
    ----------
    train, labels, test, answers : Path, optional
    samples : list of Path
        Sample submissions.
    valid : list of Path
        Named like rows to validate on.
    left : list of (Path, str)
        Tables without a part, and why.
    named : set of str
        The parts that the user has named a file for.
    """

    train: Path | None = None
    labels: Path | None = None
    test: Path | None = None
    answers: Path | None = None
    samples: list[Path] = field(default_factory=list)
    valid: list[Path] = field(default_factory=list)
    left: list[tuple[Path, str]] = field(default_factory=list)
    named: set[str] = field(default_factory=set)


def role_of(path: Path) -> str:
    """What a file seems to be, by its name alone."""
    words = re.sub(r"[^a-z0-9]+", " ", stem_of(path)).strip()
    return next(role for role, pattern in ROLES if re.search(pattern, words))


def sort_out(folder: Path, named: Mapping[str, Path] | None = None) -> Files:
    """The folder's files by their roles; `named` says what the user says.

    Raises
    ------
    DataError
        When there are no tables, or it can't be told which one holds the training rows.
    """
    said = dict(named or {})
    for role, path in said.items():
        if not path.is_file():
            raise no_such_file(f"--{role}", path, folder)
    taken = {path.resolve() for path in said.values()}
    free = [path for path in files_in(folder) if path.resolve() not in taken]
    tables, copies = _without_copies([p for p in free if ending_of(p.name, ENDINGS) is not None])
    by_role = _by_role(tables)
    seldom = _by_role(_seldom(free, tables))
    for role, paths in seldom.items():
        kept = [path for path in paths if _may_be(path, role, alone="other" not in by_role)]
        if kept and role not in ("valid", "other") and role not in by_role:
            by_role[role] = kept
    if not tables and len(seldom.get("other", ())) == 1:
        by_role.setdefault("other", seldom["other"])
    # A table whose name says nothing holds the training rows where none is called so.
    training = next((by_role[r] for r in ("train", "other", "valid") if by_role.get(r)), [])
    if not training and len(tables) == 1 and "samples" not in by_role:
        training = tables
    if not training and "train" not in said:
        _refuse(folder, free, tables)
    found = {"train": training} | {role: by_role.get(role, []) for role in ("labels", "test")}
    files = Files(
        **{role: said.get(role) or _only(folder, role, paths) for role, paths in found.items()},
        answers=next(iter(by_role.get("answers", [])), None),
        samples=_hosts(by_role.get("samples", [])),
        valid=[path for path in by_role.get("valid", []) if path not in training],
        left=copies,
        named=set(said),
    )
    used = {files.train, files.labels, files.test, files.answers, *files.samples, *files.valid}
    files.left += [(path, _why_left(path, said)) for path in tables if path not in used]
    return files


def _by_role(paths: Iterable[Path]) -> dict[str, list[Path]]:
    by_role: dict[str, list[Path]] = {}
    for path in paths:
        by_role.setdefault(role_of(path), []).append(path)
    return by_role


def _without_copies(tables: list[Path]) -> tuple[list[Path], list[tuple[Path, str]]]:
    """Tables without those that are there unpacked as well, and these with the reason."""
    plain = {path.name.lower(): path for path in tables}
    stems = {stem_of(path): path for path in tables if not _is_packed(path)}
    copies: list[tuple[Path, str]] = []
    for path in tables:
        if _is_packed(path):
            unpacked = plain.get(path.stem.lower()) or stems.get(stem_of(path))
            if unpacked is not None:
                copies.append((path, f"{unpacked.name} is there unpacked"))
    gone = {path for path, _ in copies}
    return [path for path in tables if path not in gone], copies


def _is_packed(path: Path) -> bool:
    return path.suffix.lower() in PACKED


def _seldom(free: list[Path], tables: list[Path]) -> list[Path]:
    """Files that hold a table now and then; archives only where there are tables in them."""
    names = {stem_of(path) for path in tables}
    return [
        path
        for path in free
        if path not in tables
        and ending_of(path.name, SELDOM) is not None
        and stem_of(path) not in names
        and not path.name.lower().startswith(("readme", "license", "competition.toml"))
        and (ending_of(path.name, ARCHIVES) is None or _holds_tables(path))
    ]


def _holds_tables(path: Path) -> bool:
    """Whether a zip archive may hold a table."""
    from harness.readers._packing import members

    try:
        return any(ending_of(Path(n).name, ENDINGS) is not None for n in members(path))
    except DataError:
        return path.suffix.lower() == ".zip"


def _may_be(path: Path, role: str, *, alone: bool) -> bool:
    """Whether a file that seldom is a table may be one, of that role.

    Lists of names and descriptions of classes are called ``train.txt`` and ``labels.json`` too.
    """
    from harness.readers import inspect

    try:
        peek = inspect(path)
    except DataError:
        # Whoever opens it says what to do with it; labels may as well stand elsewhere.
        return ending_of(path.name, SHEETS) is not None or (alone and role in ("train", "test"))
    column = peek.columns[0]
    return len(peek.columns) > 1 or role == "labels" or peek.kinds[column] != "text"


def _refuse(folder: Path, free: list[Path], tables: list[Path]) -> None:
    """Say why there are no training rows; an archive that may hold them is named first."""
    from harness.readers._containers import kind

    archives = [path for path in free if ending_of(path.name, ARCHIVES) is not None]
    for path in sorted(archives, key=lambda path: not _holds_tables(path)):
        kind(path)
    if not tables:
        for place in listing(folder):
            inside = [p for p in tables_of(place) if role_of(p) in ("train", "test", "samples")]
            if inside:
                raise DataError(
                    f"holds no table, its folder {place.name} does ({some_names(inside)})",
                    where=str(folder),
                    todo=f"name that folder: `harness new {shlex.quote(str(place))}`",
                )
        raise DataError(
            f"holds no table (looked for {LOOKED_FOR})",
            where=str(folder),
            todo="put the competition's files there, or name them: --train FILE",
        )


def _hosts(samples: list[Path]) -> list[Path]:
    """The organisers' samples; what is only called a submission may be one of the user's own."""
    named = [path for path in samples if HOSTS.search(path.name)]
    return named or samples


def _why_left(path: Path, said: Mapping[str, Path]) -> str:
    role = role_of(path)
    if role in said:
        return f"you named another: {said[role].name}"
    return "its name says no part of the competition"


def _only(folder: Path, role: str, paths: list[Path]) -> Path | None:
    if len(paths) == 1 or (not paths and role != "train"):
        return paths[0] if paths else None
    names = listed(path.name for path in paths or files_in(folder))
    what = {"train": "training rows", "labels": "labels", "test": "test rows"}[role]
    told = f"{names} could all hold the {what}" if paths else f"none of {names} holds the {what}"
    deeper = [p for place in listing(folder) for p in tables_of(place) if role_of(p) == role]
    todo = f"name the file: --{role} {shlex.quote(str(deeper[0])) if deeper else 'FILE'}"
    raise DataError(told, where=str(folder), todo=todo)
