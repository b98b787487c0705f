"""Faults planted in columns: each is found, named, and nothing beside it is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import spoiled as planted
from spoiled import clean, findings, only, outcome, with_column

from harness.check._finding import Severity
from harness.readers._readings import Reading

ROWS = 600


def test_a_constant_column() -> None:
    found = only("constant", with_column(clean(), np.ones(ROWS)))
    assert (found.severity, found.data["columns"]) == (Severity.INFO, ["extra"])
    assert "--reducer drop-constant" in found.todo


def test_a_column_without_any_value_is_constant() -> None:
    found = only("constant", with_column(clean(), np.full(ROWS, np.nan)))
    assert found.data["kind"] == "constant"


def test_a_nearly_constant_column() -> None:
    cells = np.zeros(ROWS)
    cells[:4] = [1, 2, 3, 4]
    found = only("constant", with_column(clean(), cells))
    assert (found.data["kind"], found.data["columns"]) == ("nearly constant", ["extra"])


def test_a_column_that_varies_in_test_alone() -> None:
    world = with_column(clean(), np.zeros(ROWS), np.arange(400))
    found = only("constant", world)
    assert (found.severity, found.data["kind"]) == (Severity.WARN, "constant in train")


def test_missing_cells_with_their_share() -> None:
    cells = np.arange(ROWS, dtype=float) % 97
    cells[:60] = np.nan
    found = only("missing", with_column(clean(), cells, cells[:400]))
    assert (found.severity, found.data["share"]) == (Severity.INFO, [0.1])


def test_a_column_that_is_mostly_missing() -> None:
    cells = np.where(np.arange(ROWS) % 3, np.nan, 1.5)
    found = only("missing", with_column(clean(), cells))
    assert found.severity is Severity.WARN
    assert 'drop = ["extra"]' in found.todo


def test_cells_missing_in_test_alone() -> None:
    test = np.where(np.arange(400) % 2, np.nan, 1.0)
    found = only("missing", with_column(clean(), np.ones(ROWS), test))
    assert found.severity is Severity.WARN
    assert (found.data["train_share"], found.data["test_share"]) == ([0.0], [0.5])


def test_infinite_cells() -> None:
    cells = np.arange(ROWS, dtype=float)
    cells[3] = np.inf
    found = only("missing", with_column(clean(), cells, np.ones(400)))
    assert (found.severity, found.data["cells"], found.data["side"]) == (Severity.BAD, 1, "train")


def test_rows_without_any_value() -> None:
    world = clean(test_rows=0)
    X = world.X.copy()
    X[7] = np.nan
    empty = [f for f in findings("missing", replace(world, X=X)) if "rows" in f.data]
    assert [f.data["rows"] for f in empty] == [[8]]


def test_heavy_tails_and_the_scaler_that_helps() -> None:
    cells = np.random.default_rng(0).standard_cauchy(ROWS)
    found = only("outliers", with_column(clean(), cells))
    assert "extra" in found.data["columns"]
    assert "--scaler quantile" in found.todo


def test_a_placeholder_for_missing_cells() -> None:
    cells = np.random.default_rng(0).normal(size=ROWS)
    cells[::20] = -999
    told = [f for f in findings("outliers", with_column(clean(), cells)) if "value" in f.data]
    assert [(f.data["column"], f.data["value"]) for f in told] == [("extra", -999.0)]


def test_a_column_of_labels() -> None:
    world = clean()
    found = only("giveaways", with_column(world, world.y * 10))
    assert (found.severity, found.data["column"]) == (Severity.BAD, "extra")
    assert found.data["explained"] > 0.98


def test_a_noisy_column_of_labels() -> None:
    world = clean()
    noise = 0.05 * np.random.default_rng(0).normal(size=ROWS)
    assert only("giveaways", with_column(world, world.y + noise)).data["column"] == "extra"


def test_cells_that_are_missing_for_one_class() -> None:
    world = clean()
    cells = np.where(world.y == 2, np.nan, np.random.default_rng(0).normal(size=ROWS))
    found = only("giveaways", with_column(world, cells))
    assert (found.severity, found.data["class"]) == (Severity.WARN, "Rap")


def test_a_text_that_names_the_class() -> None:
    world = clean(test_rows=0)
    texts = [f"{planted.NAMES[k]}/{row:05d}.wav" for row, k in enumerate(world.y)]
    vocabulary = tuple(sorted(texts))
    world = with_column(world, [vocabulary.index(text) for text in texts])
    found = only("giveaways", replace(world, text={12: vocabulary}))
    assert (found.severity, found.data["column"]) == (Severity.BAD, "extra")
    assert "without their digits" in found.what


def test_values_that_stand_in_several_rows_of_one_class() -> None:
    world = clean()
    rng = np.random.default_rng(0)
    # Thirty artists a class, numbered at random; the odd row crosses the classes.
    artist = rng.permutation(120)[world.y * 30 + rng.integers(0, 30, ROWS)]
    artist[:3] = artist[3:6]
    found = only("giveaways", with_column(world, artist + 0.5))
    assert found.data["by"] == "values that stand in several rows"


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        (np.arange(ROWS), "rises from every row"),
        (-0.5 * np.arange(ROWS), "falls from every row"),
        (np.random.default_rng(0).permutation(ROWS) + 1000, "counts from 1000 to 1599"),
        (np.arange(ROWS) + np.random.default_rng(0).normal(size=ROWS), "follows the row number"),
    ],
)
def test_a_row_number_in_disguise(cells: np.ndarray, told: str) -> None:
    found = only("row-ids", with_column(clean(), cells))
    assert (found.severity, found.data["column"]) == (Severity.WARN, "extra")
    assert told in found.what


def test_a_row_number_that_knows_the_label() -> None:
    world = clean()
    order = np.argsort(world.y, kind="stable")
    world = with_column(replace(world, X=world.X[order], y=world.y[order]), np.arange(ROWS))
    assert only("row-ids", world).severity is Severity.BAD
    # It is told once.
    assert findings("giveaways", world) == []


def test_a_drifted_column_is_blamed() -> None:
    rng = np.random.default_rng(0)
    found = only("drift", with_column(clean(), rng.normal(size=ROWS), rng.normal(size=400) + 1.5))
    assert found.severity is Severity.BAD
    assert found.data["columns"][0]["column"] == "extra"
    assert 0.7 < found.data["low"] < found.data["auc"] < found.data["high"] <= 1


def test_drift_in_gaps_alone_is_seen() -> None:
    rng = np.random.default_rng(0)
    test = np.where(rng.random(400) < 0.5, np.nan, rng.normal(size=400))
    found = only("drift", with_column(clean(), rng.normal(size=ROWS), test))
    assert found.data["columns"][0]["column"] == "extra"


def test_an_id_that_goes_on_in_test_is_no_drift() -> None:
    world = with_column(clean(), np.arange(ROWS), np.arange(400) + ROWS)
    assert findings("drift", world) == []


def test_drift_says_its_interval_where_there_is_none() -> None:
    assert "95 % interval" in outcome("drift", clean()).seen


def test_drift_needs_test_rows() -> None:
    assert outcome("drift", clean(test_rows=0)).skipped
    assert outcome("drift", clean(test_rows=20)).skipped


def test_a_date_that_follows_the_rows_is_no_id() -> None:
    world = with_column(clean(), np.arange(600), np.arange(600, 1000), name="when")
    reading = Reading("when", "date", names=("when",))
    found = only("row-ids", replace(world, readings={"when": reading}))
    assert found.severity is Severity.INFO
    assert "in the order of the date when" in found.what
