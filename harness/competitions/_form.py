"""The form of submissions alone: what files can be checked against where no data are at hand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from harness.competition import Competition, Leaderboard
from harness.competitions._class_columns import share_columns
from harness.competitions._find import COMPETITIONS
from harness.errors import DataError, UsageError
from harness.readers import ALL, inspect, read_table


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
    peek = inspect(path)
    if not peek.header or len(peek.columns) < 2 or not peek.rows:
        raise DataError(
            "is no sample submission: a header, and a row for each test row, are needed",
            where=f"--sample {path}",
            todo="name the organisers' sample, or the competition's folder: --data DIR",
        )
    columns = share_columns(peek)
    if len(peek.columns) > 2 and len(columns) >= 2:
        # Ids may be 0 and 1 as well, where there are two rows.
        columns = columns[1:] if columns == list(peek.columns) else columns
        others = [column for column in peek.columns if column not in columns]
        if len(others) != 1:
            raise _unclear(path, f"{len(others)} columns beside those of classes")
        identity, classes = others[0], _named(columns)
        board = Leaderboard("logloss", (identity, *columns), sample=path)
    elif len(peek.columns) == 2 and peek.kinds[peek.columns[1]] != "number":
        identity, label = peek.columns
        classes = tuple(peek.distinct.get(label, ()))
        board = Leaderboard("accuracy", (identity, label), sample=path)
    elif len(peek.columns) == 2 and share_columns(peek)[-1:] == [peek.columns[1]]:
        classes = ("0", "1")
        board = Leaderboard("logloss", tuple(peek.columns), sample=path, positive="1")
        identity = peek.columns[0]
    else:
        raise _unclear(path, f"{len(peek.columns)} columns, neither of labels nor of classes")
    ids = tuple(read_table(path, header=True, text=ALL).text[identity])
    return _bare(path.name, path.parent, classes, ids, (board,), ())


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
