"""Cells that are missing or not finite, and columns that are missing on one side alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from harness.check._finding import (
    Finding,
    Outcome,
    Severity,
    counted,
    drop_columns,
    listed,
    percent,
)
from harness.check._sheet import Columns, Sheet, slices
from harness.competition import FloatMatrix, Labels

# A column that lacks this share is mostly imputed.
MOSTLY = 0.5
# Shares of train and test that differ by more than this weren't missing for the same reason.
APART = 0.1


def check(sheet: Sheet) -> Outcome:
    """Findings on infinite cells, gaps, gaps on one side, and rows without any value."""
    findings = [*_infinite(sheet), *_one_sided(sheet), *_gaps(sheet)]
    findings += _empty_rows(sheet, sheet.X, "training") if sheet.train.missing.any() else []
    if sheet.test is not None and sheet.test.missing.any():
        findings += _empty_rows(sheet, sheet.X_test, "test")
    cells = len(sheet.X) * len(sheet.names)
    if sheet.test is not None:
        cells += sheet.test.rows * len(sheet.names)
    missing = int(sheet.train.missing.sum())
    missing += int(sheet.test.missing.sum()) if sheet.test is not None else 0
    seen = f"{missing:,} of {cells:,} cells are missing" if missing else f"none of {cells:,} cells"
    return Outcome(findings, seen)


def _sides(sheet: Sheet) -> list[tuple[str, Columns]]:
    return [("train", sheet.train)] + ([("test", sheet.test)] if sheet.test is not None else [])


def _infinite(sheet: Sheet) -> list[Finding]:
    findings = []
    for side, columns in _sides(sheet):
        if columns.infinite.any():
            names = [sheet.names[k] for k in np.flatnonzero(columns.infinite)]
            findings.append(
                Finding(
                    Severity.BAD,
                    f"{listed(names)}: infinite cells in {side}",
                    counted(int(columns.infinite.sum()), "cell"),
                    "clean the file, or leave those cells empty and set missing = true under "
                    "[columns] in competition.toml",
                    {"columns": names, "side": side, "cells": int(columns.infinite.sum())},
                )
            )
    return findings


def _shares(columns: Columns) -> NDArray[np.float64]:
    return columns.missing / max(1, columns.rows)


def _one_sided(sheet: Sheet) -> list[Finding]:
    """Columns whose gaps differ between train and test by more than chance and `APART`."""
    if sheet.test is None:
        return []
    here, there = _shares(sheet.train), _shares(sheet.test)
    pooled = (sheet.train.missing + sheet.test.missing) / (sheet.train.rows + sheet.test.rows)
    noise = np.sqrt(pooled * (1 - pooled) * (1 / sheet.train.rows + 1 / sheet.test.rows))
    apart = np.abs(here - there)
    # A column that is whole in train has no gaps to learn from, however few there are in test.
    new = (sheet.train.missing == 0) & (sheet.test.missing > 0)
    found = np.flatnonzero(((apart > APART) & (apart > 5 * noise)) | new)
    if not len(found):
        return []
    worst = sorted(found.tolist(), key=lambda k: -apart[k])
    names = [sheet.names[k] for k in worst]
    k = worst[0]
    return [
        Finding(
            Severity.WARN,
            f"{listed(names)}: cells are missing in one of train and test more than in the other",
            f"{counted(len(names), 'column')}; {names[0]} lacks {percent(here[k])} of its training "
            f"and {percent(there[k])} of its test cells",
            f"find out why; or {drop_columns(names)}",
            {
                "columns": names,
                "train_share": [round(float(here[k]), 4) for k in worst],
                "test_share": [round(float(there[k]), 4) for k in worst],
            },
        )
    ]


def _gaps(sheet: Sheet) -> list[Finding]:
    shares = _shares(sheet.train)
    gaps = np.flatnonzero(shares)
    if not len(gaps):
        return []
    worst = sorted(gaps.tolist(), key=lambda k: -shares[k])
    names = [sheet.names[k] for k in worst]
    mostly = [sheet.names[k] for k in worst if shares[k] > MOSTLY]
    todo = "nothing: the pipeline gives them the training part's median and an indicator column"
    return [
        Finding(
            Severity.WARN if mostly else Severity.INFO,
            f"{listed(names)}: missing cells in train",
            f"{counted(len(names), 'column')}; at most {percent(shares[worst[0]])} of a column"
            + (f"; more than half of {len(mostly)}" if mostly else ""),
            drop_columns(mostly) if mostly else todo,
            {"columns": names, "share": [round(float(shares[k]), 4) for k in worst]},
        )
    ]


def _empty_rows(sheet: Sheet, X: FloatMatrix | None, side: str) -> list[Finding]:
    empty: Labels = np.array([], dtype=np.int64)
    if X is not None:
        found = [
            part.start + np.flatnonzero(np.isnan(X[part]).all(axis=1)) for part in slices(len(X))
        ]
        empty = np.concatenate(found)
    if not len(empty):
        return []
    name = sheet.row if side == "training" else sheet.test_row
    return [
        Finding(
            Severity.WARN,
            f"{side} rows without any value: {listed([name(int(row)) for row in empty])}",
            f"{counted(len(empty), 'row')} of {len(X) if X is not None else 0:,}",
            "leave them out of the file: there is nothing to learn from"
            if side == "training"
            else "expect no more than the class prior for them",
            {"side": side, "rows": (empty + 1).tolist()},
        )
    ]
