"""Which of a folder's files is what, by their names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from harness.competitions._rows import listed
from harness.errors import DataError, FileProblem, UsageError

ENDINGS = (".csv", ".csv.gz", ".tsv", ".parquet", ".npy", ".npz")

# The first row that fits decides; words are parted by anything but letters and digits.
ROLES = (
    ("samples", r"\b(sample|dummy|example|gender)\b.*\b(submission|solution|entry)\b"),
    ("samples", r"\bsample ?submission\b|\bsubmission\b"),
    ("answers", r"\b(answers?|solutions?|y test|test (labels?|targets?|y))\b"),
    ("labels", r"\b(labels?|targets?|y|y train|train y|genres?)\b"),
    ("test", r"\b(test|testing)\b"),
    ("train", r"\b(train|training|x)\b"),
    ("other", r""),
)


@dataclass
class Files:
    """A competition's files. `samples` are sample submissions."""

    train: Path | None = None
    labels: Path | None = None
    test: Path | None = None
    answers: Path | None = None
    samples: list[Path] = field(default_factory=list)


def tables_in(folder: Path) -> list[Path]:
    """The folder's tables by name, hidden ones left out."""
    try:
        found = sorted(path for path in folder.iterdir() if path.is_file())
    except OSError as problem:
        raise FileProblem(
            f"can't be read ({problem.strerror or problem})", where=str(folder)
        ) from problem
    return [p for p in found if p.name.lower().endswith(ENDINGS) and not p.name.startswith(".")]


def role_of(path: Path) -> str:
    """What a file seems to be, by its name alone."""
    stem = path.name.lower()
    for ending in ENDINGS:
        stem = stem.removesuffix(ending)
    words = re.sub(r"[^a-z0-9]+", " ", stem)
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
            raise UsageError("there is no such file", where=f"--{role} {path}")
    taken = {path.resolve() for path in said.values()}
    tables = [path for path in tables_in(folder) if path.resolve() not in taken]
    if not tables and "train" not in said:
        raise DataError(
            f"holds no table (looked for {', '.join(ENDINGS)})",
            where=str(folder),
            todo="put the competition's files there, or name them: --train FILE",
        )
    by_role: dict[str, list[Path]] = {}
    for path in tables:
        by_role.setdefault(role_of(path), []).append(path)
    # A table whose name says nothing holds the training rows where none is called so.
    training = by_role.get("train") or by_role.get("other", [])
    if not training and len(tables) == 1:
        training = tables
    found = {"train": training} | {role: by_role.get(role, []) for role in ("labels", "test")}
    return Files(
        **{role: said.get(role) or _only(folder, role, paths) for role, paths in found.items()},
        answers=next(iter(by_role.get("answers", [])), None),
        samples=by_role.get("samples", []),
    )


def _only(folder: Path, role: str, paths: list[Path]) -> Path | None:
    if len(paths) == 1 or (not paths and role != "train"):
        return paths[0] if paths else None
    names = listed(path.name for path in paths or tables_in(folder))
    what = {"train": "training rows", "labels": "labels", "test": "test rows"}[role]
    told = f"{names} could all hold the {what}" if paths else f"none of {names} holds the {what}"
    raise DataError(told, where=str(folder), todo=f"name the file: --{role} FILE")
