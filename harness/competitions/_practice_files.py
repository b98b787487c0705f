"""The files of a practice competition: matrices, labels, answers, and the spec that ties them.

Where the source's columns have names, each file is a table with a header: ids first, then the
features, then the groups and the label. Where they have none, there is none here either, and
labels and groups stand in files of their own, as in the 2018 competition.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl

from harness.atomic import replacing
from harness.competition import Competition, Labels
from harness.competitions._columns import named
from harness.competitions._parting import Mask
from harness.competitions._spec import AnswerSpec, BlockSpec, GroupSpec, LeaderboardSpec, Spec

ANSWERS = "answers/answers.csv"
# Below it float32 holds every whole number.
EXACT = 2**24
FORMATS = {"csv": "text that any program reads", "parquet": "smaller, read faster"}


@dataclass(frozen=True)
class Parts:
    """Which of the source's rows go where.

    Attributes
    ----------
    train, test : int64 arrays
        Rows of the source; the test rows in the order that their file has.
    public : bool array, one per test row
    test_ids : tuple of str
    """

    train: Labels
    test: Labels
    public: Mask
    test_ids: tuple[str, ...]


@dataclass(frozen=True)
class Names:
    """What the columns that are no features are called."""

    identity: str
    label: str
    group: str


def write_files(
    folder: Path,
    source: Competition,
    spec: Spec,
    parts: Parts,
    boards: Sequence[LeaderboardSpec],
    *,
    format: str,
) -> Spec:
    """Write training rows, test rows and answers into `folder`, and give the spec of them."""
    names = _names(source, spec)
    with_header = format == "parquet" or (spec.header and named(source.columns))
    write = _write_named if with_header else _write_bare
    made = write(folder, source, parts, names, format)
    decoded = np.array(source.decode(source.y[parts.test]), dtype=object)
    said = np.where(parts.public, "public", "private")
    answers = {"id": list(parts.test_ids), "label": decoded.tolist(), "part": said.tolist()}
    if source.groups is not None:
        answers["group"] = [source.group_names[g] for g in source.groups[parts.test]]
    _write(folder / ANSWERS, pl.DataFrame(answers), header=True)
    return replace(
        made,
        root=folder,
        classes=source.classes,
        class_names=source.class_names if source.class_names != source.classes else (),
        missing=spec.missing or bool(np.isnan(source.X).any()),
        blocks=tuple(BlockSpec(b.name, b.start, b.stop, shape=b.shape) for b in source.blocks),
        leaderboards=tuple(boards),
        answers=AnswerSpec(
            ANSWERS, True, "id", "label", "part", "group" if "group" in answers else None
        ),
    )


def _write_named(
    folder: Path, source: Competition, parts: Parts, names: Names, format: str
) -> Spec:
    train, test = f"train.{format}", f"test.{format}"
    aside: dict[str, Sequence[str]] = {}
    if source.groups is not None:
        aside[names.group] = [source.group_names[g] for g in source.groups[parts.train]]
    aside[names.label] = source.decode(source.y[parts.train])
    ids = [source.train_ids[row] for row in parts.train] if source.train_ids else None
    front = {} if ids is None else {names.identity: ids}
    columns = list(source.columns)
    frame = _frame(source, parts.train, columns)
    _write(folder / train, _beside(front, frame, aside), header=True)
    frame = _frame(source, parts.test, columns)
    _write(folder / test, _beside({names.identity: parts.test_ids}, frame, {}), header=True)
    return Spec(
        root=folder,
        name="",
        train=train,
        test=test,
        classes=(),
        header=True,
        test_header=True,
        id_column=names.identity if ids is not None else None,
        test_id_column=names.identity,
        label_column=names.label,
        text=tuple(source.columns[k] for k in sorted(source.text)),
        groups=GroupSpec(column=names.group) if source.groups is not None else None,
    )


def _write_bare(folder: Path, source: Competition, parts: Parts, names: Names, format: str) -> Spec:
    first = 1 if source.train_ids else 0
    columns = [str(first + k) for k in range(len(source.columns))]
    ids = [source.train_ids[row] for row in parts.train] if source.train_ids else None
    for name, rows, values in (
        ("train_data.csv", parts.train, ids),
        ("test_data.csv", parts.test, parts.test_ids if ids is not None else None),
    ):
        front = {} if values is None else {"0": values}
        _write(folder / name, _beside(front, _frame(source, rows, columns), {}), header=False)
    labels = source.decode(source.y[parts.train])
    _write(folder / "train_labels.csv", pl.DataFrame({"0": labels}), header=False)
    if source.groups is not None:
        groups = [source.group_names[g] for g in source.groups[parts.train]]
        _write(folder / "train_groups.csv", pl.DataFrame({"0": groups}), header=False)
    return Spec(
        root=folder,
        name="",
        train="train_data.csv",
        labels="train_labels.csv",
        test="test_data.csv",
        classes=(),
        id_column="0" if ids is not None else None,
        test_id_column="0" if ids is not None else None,
        text=tuple(columns[k] for k in sorted(source.text)),
        groups=GroupSpec(file="train_groups.csv") if source.groups is not None else None,
    )


def _frame(source: Competition, rows: Labels, columns: Sequence[str]) -> pl.DataFrame:
    """The features of some rows; missing cells are null, text is text."""
    X = np.asarray(source.X[rows])
    series = []
    for k, name in enumerate(columns):
        if k in source.text:
            words = source.text[k]
            text = [None if np.isnan(code) else words[int(code)] for code in X[:, k]]
            series.append(pl.Series(name, text, dtype=pl.String))
        else:
            cells = pl.Series(name, np.ascontiguousarray(X[:, k])).fill_nan(None)
            whole = np.nan_to_num(X[:, k])
            # 3, not 3.0: whole numbers look as the source wrote them.
            small = bool((np.abs(whole) < EXACT).all() and (whole == np.round(whole)).all())
            series.append(cells.cast(pl.Int32) if small else cells)
    return pl.DataFrame(series)


def _beside(
    front: Mapping[str, Sequence[str]], frame: pl.DataFrame, behind: Mapping[str, Sequence[str]]
) -> pl.DataFrame:
    def text(columns: Mapping[str, Sequence[str]]) -> list[pl.Series]:
        return [pl.Series(name, list(cells), dtype=pl.String) for name, cells in columns.items()]

    return pl.DataFrame([*text(front), *frame.get_columns(), *text(behind)])


def _write(path: Path, frame: pl.DataFrame, *, header: bool) -> None:
    """CSV with the shortest decimals that read back as the same float32, or Parquet."""
    with replacing(path) as part, part.open("wb") as file:
        if path.suffix == ".parquet":
            frame.write_parquet(file)
        else:
            frame.write_csv(file, include_header=header, line_terminator="\n")


def same_cells(X: np.ndarray, made: Competition, wanted: np.ndarray, source: Competition) -> bool:
    """Whether rows of the made competition hold the same cells as rows of the source."""
    numbers = [k for k in range(wanted.shape[1]) if k not in source.text]
    if X.shape != wanted.shape or not np.array_equal(
        X[:, numbers], wanted[:, numbers], equal_nan=True
    ):
        return False
    for k in source.text:
        one = ["" if np.isnan(c) else made.text[k][int(c)] for c in X[:, k]]
        other = ["" if np.isnan(c) else source.text[k][int(c)] for c in wanted[:, k]]
        if one != other:
            return False
    return True


def _names(source: Competition, spec: Spec) -> Names:
    """The source's own names where it has some, and none of them twice."""
    groups = spec.groups
    group = groups.column if groups is not None and groups.file is None else None
    wanted = (spec.id_column, spec.label_column, group)
    taken = set(source.columns)
    found = []
    for own, usual in zip(wanted, ("id", "label", "group"), strict=True):
        name = own if own is not None and spec.header else usual
        while name in taken:
            name += "_"
        taken.add(name)
        found.append(name)
    return Names(*found)
