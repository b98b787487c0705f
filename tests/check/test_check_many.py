"""Many columns at once give what each gives by itself."""

from __future__ import annotations

import numpy as np
import pytest
from spoiled import clean, with_column

from harness.check._giving import bin_probabilities, explained
from harness.check._many import distinct, order_correlations, told_by
from harness.check._sheet import Sheet


@pytest.mark.parametrize("rows", [90, 1200])
def test_what_columns_tell_is_the_same_one_by_one(rows: int) -> None:
    world = clean(rows=rows)
    sheet = Sheet(with_column(world, world.y + np.random.default_rng(0).random(rows) / 2))
    columns = np.arange(sheet.X.shape[1])
    told = told_by(sheet, columns, [1])
    y = sheet.y[sheet.rows]
    for column in columns:
        share, bins = explained(sheet, sheet.sample[:, column])
        assert told.share[column] == pytest.approx(share, abs=1e-9)
        proba = bin_probabilities(sheet, bins)[:, 1]
        p = np.where(y == 1, proba, 1 - proba)
        prior = (y == 1).mean()
        base = -(prior * np.log(prior) + (1 - prior) * np.log(1 - prior))
        assert told.of_class[column] == pytest.approx(1 + np.log(p).mean() / base, abs=1e-9)


def test_distinct_values_and_order(monkeypatch: pytest.MonkeyPatch) -> None:
    world = with_column(clean(rows=60), np.arange(60))
    world.X[3:9, 2] = np.nan
    world.X[:, 4] = np.round(world.X[:, 4])
    for at_once in (1, 1 << 20):
        monkeypatch.setattr("harness.check._many.AT_ONCE", at_once)
        sheet = Sheet(world)
        wanted = [len(np.unique(column[~np.isnan(column)])) for column in world.X.T]
        assert distinct(sheet).tolist() == wanted
        rho = order_correlations(sheet, np.array([0, 12]))
        assert rho[1] == pytest.approx(1)
        assert abs(rho[0]) < 0.5
