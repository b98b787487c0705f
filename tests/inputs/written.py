"""Compares a written submission with the truth: header, ids and their order, cells, accuracy."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

from made import Truth


def faults(truth: Truth, out: Path, least: float) -> str:
    """What is wrong with a written submission, or nothing."""
    with out.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file, delimiter=truth.sep))
    if truth.free:
        truth = _as_written(truth, rows[0])
    if rows[0] != truth.header:
        return f"header {rows[0]}, not {truth.header}"
    body = rows[1:]
    if len(body) != len(truth.ids):
        return f"{len(body)} rows, not {len(truth.ids)}"
    if any(len(row) != len(truth.header) for row in body):
        return "rows of another length than the header"
    if truth.id_at is not None:
        ids = [row[truth.id_at] for row in body]
        if ids != truth.ids:
            at = next(i for i, (a, b) in enumerate(zip(ids, truth.ids, strict=True)) if a != b)
            same = "the same ids in another order" if sorted(ids) == sorted(truth.ids) else "ids"
            return f"{same}: row {at + 1} has {ids[at]!r}, not {truth.ids[at]!r}"
    return _cells(truth, body, least)


def _as_written(truth: Truth, header: list[str]) -> Truth:
    """Without a sample the format is ours: probabilities where the header names the classes."""
    columns = {c: name for c in truth.cells for name in header[1:] if name.endswith(c)}
    if len(columns) < len(truth.cells):
        return replace(truth, header=header)
    return replace(truth, header=header, form="proba", cells=columns)


def _cells(truth: Truth, body: list[list[str]], least: float) -> str:
    rights = 0
    if truth.form == "labels":
        written = [row[truth.label_at] for row in body]
        if strange := sorted(set(written) - set(truth.cells.values())):
            return f"cells {strange[:3]} that the sample doesn't write"
        rights = sum(w == truth.cells[a] for w, a in zip(written, truth.answers, strict=True))
    elif truth.form == "ranks":
        lists = [row[truth.label_at].split(truth.sep_in_cells) for row in body]
        if any(len(set(ranked)) != truth.top for ranked in lists):
            return f"not {truth.top} labels in each cell"
        if strange := sorted({c for ranked in lists for c in ranked} - set(truth.cells.values())):
            return f"cells {strange[:3]} that the sample doesn't write"
        rights = sum(r[0] == truth.cells[a] for r, a in zip(lists, truth.answers, strict=True))
    elif truth.form == "one":
        values = [float(row[truth.label_at]) for row in body]
        if not all(0 <= v <= 1 for v in values) or set(values) <= {0.0, 1.0}:
            return f"{values[:3]} are no probabilities"
        rights = sum(
            (v > 0.5) == (a == truth.positive) for v, a in zip(values, truth.answers, strict=True)
        )
    else:
        names = {truth.header.index(column): c for c, column in truth.cells.items()}
        for row, answer in zip(body, truth.answers, strict=True):
            values = {c: float(row[at]) for at, c in names.items()}
            if any(not 0 <= v <= 1 for v in values.values()):
                return f"{row} holds no probabilities"
            if any(values[c] > 0.1 for c in truth.near_zero):
                return f"an absent class gets {row}"
            rights += max(values, key=lambda c: values[c]) == answer
    share = rights / len(body)
    return "" if share >= least else f"accuracy {share:.3f} of the written file"
