"""The form of submissions alone: what files can be checked against where no data are at hand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from harness.competition import Competition, Leaderboard
from harness.competitions._class_columns import share_columns
from harness.competitions._find import COMPETITIONS
from harness.competitions._rows import listed
from harness.competitions._sample import id_column, read_sample
from harness.errors import DataError, UsageError


def builtin_form(name: str) -> Competition:
    """A built-in competition without its data: classes, leaderboards, the test rows' ids.

    Training labels are there as far as the competition's file tells how many rows a class has.

    Raises
    ------
    UnknownNameError
        Naming the built-in competitions.
    UsageError
        For one whose files alone say what its test rows are.
    """
    member = COMPETITIONS.load(name)
    form = getattr(member, "form", None)
    if form is None:
        known = [
            other for other in COMPETITIONS.names() if hasattr(COMPETITIONS.load(other), "form")
        ]
        raise UsageError(
            "its test rows are known from its files alone",
            where=f"--competition {name}",
            todo=f"name them: --data DIR; without data there is {', '.join(known)}",
        )
    spec, rows, counts = form()
    ids = tuple(str(spec.first_id + row) for row in range(rows))
    boards = tuple(
        Leaderboard(
            board.metric,
            (board.id_header, *(board.class_headers or (board.label_header or "label",))),
            name=board.name,
        )
        for board in spec.leaderboards
    )
    return _bare(name, Path(), spec.classes, ids, boards, counts, names=spec.class_names)


def sample_form(path: Path) -> Competition:
    """What a sample submission alone tells: header, ids, and classes where it has their columns.

    A sample of labels shows some of them, or one;
    `harness.submission.with_labels_of` adds those of a file.

    Raises
    ------
    FileProblem, DataError
        When it can't be read, or is no sample submission.
    """
    sample = read_sample(path)
    identity = id_column(sample, known=(), ids={}) if sample.header and sample.rows else None
    if identity is None or len(sample.others) < 2:
        raise DataError(
            "is no sample submission: a header, and a row for each test row, are needed",
            where=f"--sample {path}",
            todo="name the organisers' sample, or the competition's folder: --data DIR",
        )
    answers = [column for column in sample.others if column != identity]
    shares = [column for column in share_columns(sample) if column in answers]
    form: dict[str, Any] = {
        "sample": path,
        "columns": sample.others,
        "ignored": sample.ignored,
        "delimiter": sample.delimiter,
    }
    form["rows"] = tuple(zip(sample.cells[identity], strict=True))
    if len(answers) > 1 and shares != answers:
        raise _unclear(path, f"{listed(answers)} aren't all columns of probabilities")
    if len(answers) > 1:
        classes = _named(answers)
        board = Leaderboard("logloss", (identity, *answers), **form)
    elif sample.kinds[answers[0]] != "number":
        classes = sample.distinct[answers[0]]
        board = Leaderboard("accuracy", (identity, answers[0]), **form)
    elif shares:
        classes = ("0", "1")
        board = Leaderboard("logloss", (identity, answers[0]), positive="1", **form)
    else:
        raise _unclear(path, f"{answers[0]!r} holds neither labels nor probabilities")
    return _bare(path.name, path.parent, classes, sample.cells[identity], (board,), ())


def _named(columns: Sequence[str]) -> tuple[str, ...]:
    """The classes that columns are called by: without what all of their names begin with."""
    first, last = min(columns), max(columns)
    same = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), 0)
    shared = first[:same].rstrip("0123456789")
    if shared and not shared[-1].isalnum() and all(len(c) > len(shared) for c in columns):
        return tuple(column[len(shared) :] for column in columns)
    return tuple(columns)


def _unclear(path: Path, what: str) -> DataError:
    return DataError(
        f"can't be told from the sample alone: {what}",
        where=f"--sample {path}",
        todo="name the competition's folder: --data DIR",
    )


def _bare(
    name: str,
    root: Path,
    classes: tuple[str, ...],
    ids: tuple[str, ...],
    boards: tuple[Leaderboard, ...],
    counts: Sequence[int],
    names: tuple[str, ...] = (),
) -> Competition:
    y = np.repeat(np.arange(len(counts)), counts).astype(np.int64)
    return Competition(
        name=name,
        root=root,
        classes=classes,
        class_names=names or classes,
        columns=(),
        X=np.empty((len(y), 0), dtype=np.float32),
        y=y,
        X_test=None,
        test_ids=ids,
        fingerprint="",
        leaderboards=boards,
    )
