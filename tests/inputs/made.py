"""Small made competitions, as columns of text, so that a test bends exactly the cell it means."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

Columns = dict[str, list[str]]


@dataclass
class Truth:
    """What a right submission holds, from the host's side.

    `form` is "labels" (a class in each row's cell), "ranks" (`top` classes in it, the likeliest
    first), "proba" (a column a class) or "one" (the probability of class `positive`). `cells` says
    how the sample writes each class. `free` is for competitions without a sample, where the header
    is ours to choose.
    """

    header: list[str]
    ids: list[str]
    answers: list[str]
    form: str
    cells: dict[str, str]
    id_at: int | None = 0
    label_at: int = 1
    sample: str | None = None
    positive: str = ""
    near_zero: tuple[str, ...] = ()
    sample_passes: bool = True
    sep: str = ","
    free: bool = False
    top: int = 1
    sep_in_cells: str = " "


@dataclass
class Made:
    """Columns of a competition; `x1` and the others are numbers written with four decimals."""

    classes: tuple[str, ...]
    id: str
    label: str
    train: Columns
    test: Columns
    y: list[str]
    answers: list[str]
    sample: Columns = field(default_factory=dict)

    def name_ids(self, train: list[str] | None, test: list[str]) -> Made:
        if train is not None:
            self.train[self.id] = train
        self.test[self.id] = test
        return self

    def cells(self, column: str, change: object, parts: str = "both") -> Made:
        """Rewrite a column: `change(text, row)` gives the new cell."""
        for name, part in (("train", self.train), ("test", self.test)):
            if parts in ("both", name):
                part[column] = [change(cell, row) for row, cell in enumerate(part[column])]  # type: ignore[operator]
        return self

    def labels(self, spelling: dict[str, str] | None = None, first: str | None = None) -> Truth:
        """Give it a sample of labels, the same class in every row."""
        cells = spelling or {c: c for c in self.classes}
        ids = list(self.test[self.id])
        self.sample = {self.id: ids, self.label: [first or cells[self.classes[0]]] * len(ids)}
        return self._truth("labels", cells)

    def proba(
        self,
        prefix: str = "",
        order: tuple[str, ...] | None = None,
        cell: str | None = None,
        **spelling: str,
    ) -> Truth:
        """Give it a sample with a column a class, all alike; no rounding unless `cell` says so."""
        order = order or self.classes
        cells = {c: spelling.get(c, prefix + c) for c in order}
        ids = list(self.test[self.id])
        self.sample = {self.id: ids}
        self.sample |= {cells[c]: [cell or repr(1 / len(order))] * len(ids) for c in order}
        return self._truth("proba", cells)

    def one(self, positive: str, column: str | None = None, cell: str = "0.5") -> Truth:
        """Give it a sample with one column of probabilities."""
        ids = list(self.test[self.id])
        self.sample = {self.id: ids, column or self.label: [cell] * len(ids)}
        truth = self._truth("one", {c: c for c in self.classes})
        truth.positive = positive
        return truth

    def ranks(self, *first: str, separator: str = " ") -> Truth:
        """Give it a sample of several labels in a cell, the likeliest first."""
        ids = list(self.test[self.id])
        self.sample = {self.id: ids, self.label: [separator.join(first)] * len(ids)}
        truth = self._truth("ranks", {c: c for c in self.classes})
        truth.sep_in_cells, truth.top = separator, len(first)
        return truth

    def _truth(self, form: str, cells: dict[str, str]) -> Truth:
        ids = list(self.test[self.id])
        return Truth(list(self.sample), ids, list(self.answers), form, cells)

    def write(
        self, data: Path, truth: Truth | None = None, *, sample: str = "sample_submission.csv"
    ) -> Truth | None:
        """Write train.csv, test.csv and, where there is one, the sample."""
        data.mkdir(parents=True, exist_ok=True)
        put(data / "train.csv", self.train)
        put(data / "test.csv", self.test)
        if self.sample:
            put(data / sample, self.sample)
            if truth is not None:
                truth.sample = sample
        return truth


def make(
    classes: tuple[str, ...] = ("red", "green", "blue"),
    *,
    rows: int = 150,
    test_rows: int = 60,
    id: str = "id",
    label: str = "target",
    key: bool = False,
    columns: int = 0,
    seed: int = 0,
) -> Made:
    """Classes that a logistic regression tells apart in about 97 of 100 rows.

    With `key` column x1 alone tells them apart (5 apart, noise 1) and x2, x3 are noise: what
    loses x1 is seen at once.
    """
    rng = np.random.default_rng(seed)
    total, width = rows + test_rows, columns or max(3, len(classes) - 1)
    y = rng.permutation(np.arange(total) % len(classes))
    X = rng.normal(size=(total, width))
    if key:
        X[:, 0] += 5 * y
    else:
        X += np.vstack([3.4 * np.eye(width), np.full((len(classes), width), -1.2)])[
            np.where(y < width, y, width)
        ]
    text = {f"x{j + 1}": [f"{v:.4f}" for v in X[:, j]] for j in range(width)}
    words = [classes[k] for k in y]
    ids = [str(i) for i in range(total)]
    train = {id: ids[:rows]} | {k: v[:rows] for k, v in text.items()} | {label: words[:rows]}
    test = {id: ids[rows:]} | {k: v[rows:] for k, v in text.items()}
    return Made(tuple(classes), id, label, train, test, words[:rows], words[rows:])


def text(columns: Columns, sep: str = ",", end: str = "\n", quote: bool = False) -> str:
    """The columns as a delimited text."""
    out = io.StringIO()
    style = csv.QUOTE_ALL if quote else csv.QUOTE_MINIMAL
    writer = csv.writer(out, delimiter=sep, lineterminator=end, quoting=style)
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    return out.getvalue()


def put(path: Path, columns: Columns, **how: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text(columns, **how).encode())  # type: ignore[arg-type]


def order(columns: Columns, rows: list[int]) -> Columns:
    return {name: [cells[i] for i in rows] for name, cells in columns.items()}


def shuffled(count: int, seed: int = 1) -> list[int]:
    return [int(i) for i in np.random.default_rng(seed).permutation(count)]


def typed_rows(columns: Columns) -> list[dict[str, object]]:
    """Records in which the columns x1, x2, ... are numbers and all others text."""

    def typed(name: str, cell: str) -> object:
        return float(cell) if name.startswith("x") else cell

    names = list(columns)
    return [
        {n: typed(n, c) for n, c in zip(names, row, strict=True)}
        for row in zip(*columns.values(), strict=True)
    ]
