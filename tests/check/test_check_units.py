"""Two units in one column are noticed; two kinds of rows are not called that."""

from __future__ import annotations

import numpy as np
import pytest
from spoiled import clean, outcome, with_column

from harness.check.units import two_heaps

ROWS, TEST_ROWS = 600, 400


def heights() -> np.ndarray:
    return np.random.default_rng(0).normal(170, 9, ROWS + TEST_ROWS)


@pytest.mark.parametrize(
    ("factor", "units"),
    [(1 / 2.54, "inches"), (0.01, "cm"), (10, "mm"), (1 / 30.48, "feet"), (1000, "ms")],
)
@pytest.mark.parametrize("which", ["some", "few", "test"])
def test_two_units_are_noticed(factor: float, units: str, which: str) -> None:
    cells = heights()
    rows = np.arange(len(cells))
    chosen = {"some": rows % 3 == 0, "few": rows % 40 == 0, "test": rows >= ROWS}[which]
    cells[chosen] *= factor
    world = with_column(clean(), cells[:ROWS], cells[ROWS:])
    (found,) = outcome("units", world).findings
    assert found.data["column"] == "extra"
    assert units in found.how_bad
    assert found.data["share"] == pytest.approx(chosen.mean(), abs=0.01)


@pytest.mark.parametrize(
    "cells",
    [
        heights(),
        np.random.default_rng(0).lognormal(0, 2, 1000),
        np.random.default_rng(0).pareto(1, 1000) + 1,
        np.repeat([1.0, 1000.0], 500),  # a flag
        np.arange(1000) % 2 * 999 + 1 + np.arange(1000) % 3 * 1e-3,  # a flag with noise
        np.concatenate([heights(), heights() * 7.7]),  # no known factor
        np.concatenate([np.random.default_rng(0).normal(170, 40, 500), heights() * 1000]),
        np.random.default_rng(0).normal(0, 1, 1000),
        np.random.default_rng(0).integers(1, 9, 1000),
        np.full(1000, np.nan),
    ],
)
def test_these_are_in_one_unit(cells: np.ndarray) -> None:
    assert two_heaps(cells.astype(np.float32)) is None


def test_missing_cells_and_zeros_do_not_hide_them() -> None:
    cells = heights()
    cells[::3] /= 2.54
    cells[5:30], cells[50:60] = np.nan, 0
    world = with_column(clean(), cells[:ROWS], cells[ROWS:])
    assert len(outcome("units", world).findings) == 1


def test_clean_columns_raise_no_alarm() -> None:
    for seed in range(5):
        assert not outcome("units", clean(seed)).findings
