"""Correlations against numpy and pandas, components against their definition, text values."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import toys
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.explore import correlation
from harness.explore._classes import part_counts
from harness.explore._means import class_means
from harness.explore.correlation import block_counts, correlation_matrix, correlations_of
from harness.explore.exploration import explore
from harness.explore.look import look_at
from harness.explore.projection import project
from harness.explore.words import correlation as in_words
from harness.explore.words import facts, headline


@settings(max_examples=40, deadline=None)
@given(st.integers(3, 40), st.integers(1, 6), st.integers(0, 10_000))
def test_without_gaps_correlations_are_numpys(rows: int, columns: int, seed: int) -> None:
    values = np.random.default_rng(seed).normal(size=(rows, columns))
    expected = np.corrcoef(values, rowvar=False).reshape(columns, columns)
    assert correlation_matrix(values) == pytest.approx(expected, abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(st.integers(4, 40), st.integers(2, 6), st.integers(0, 10_000))
def test_with_gaps_correlations_are_pandas_pairwise_ones(
    rows: int, columns: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(rows, columns))
    values[rng.random(values.shape) < 0.3] = np.nan
    expected = pd.DataFrame(values).corr(min_periods=3).to_numpy()
    assert correlation_matrix(values) == pytest.approx(expected, abs=1e-9, nan_ok=True)


def test_constant_columns_have_no_correlation() -> None:
    values = np.array([[1, 5, 1], [2, 5, np.nan], [4, 5, np.nan]], dtype=float)
    found = correlation_matrix(values)
    assert found[0, 0] == 1
    assert np.isnan(found[[0, 1, 1, 2], [1, 1, 2, 2]]).all()


@pytest.mark.parametrize("threshold", [0.0, 0.3, 0.7, 1.0])
def test_pairs_beyond_the_threshold_are_numpys(threshold: float) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 3)) @ rng.normal(size=(3, 9)) + rng.normal(size=(60, 9))
    found = correlations_of(look_at(toys.toy(X, np.arange(60) % 3)), threshold)
    r = np.corrcoef(X.astype(np.float32), rowvar=False)
    expected = {
        (i, j): r[i, j] for i in range(9) for j in range(i + 1, 9) if abs(r[i, j]) > threshold
    }
    assert {(p.one, p.other): p.r for p in found.pairs} == pytest.approx(expected, abs=1e-6)
    strengths = [abs(pair.r) for pair in found.pairs]
    assert strengths == sorted(strengths, reverse=True)
    assert found.total == len(found.values) == 36


def test_of_very_many_columns_some_are_correlated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(correlation, "MOST_COLUMNS", 4)
    world = toys.drawn(30, 10, 3)
    found = explore(world)
    assert found.correlations is not None
    assert found.correlations.columns.tolist() == [0, 3, 6, 9]
    assert {p.one for p in correlations_of(found.look, 0.0).pairs} <= {0, 3, 6}
    assert any("4 evenly spaced columns of 10 (6 of 45 pairs)" in note for note in found.notes)


def test_pairs_are_counted_within_and_between_blocks() -> None:
    world = toys.evil()
    seen = look_at(world)
    found = correlations_of(seen, 0.9)
    assert (found.pairs[0].one, found.pairs[0].other) == (1, 2)
    counts = block_counts(found.pairs, seen)
    assert counts[0][:2] == (seen.sections[0].name, seen.sections[0].name)
    assert sum(count for *_, count in counts) == len(found.pairs)


def test_components_hold_the_variance_of_the_standardised_rows() -> None:
    seen = look_at(toys.drawn(50, 6, 3))
    found = project(seen)
    assert found is not None
    assert found.complete
    assert found.explained.sum() == pytest.approx(1)
    shares = np.linalg.eigvalsh(np.cov(seen.scaled, rowvar=False))[::-1] / 6 * 49 / 50
    assert found.explained == pytest.approx(shares)
    assert found.points.var(axis=0) == pytest.approx(6 * found.explained[:2])
    assert (found.needed(0.0), found.needed(1.0)) == (1, 6)


def test_of_very_many_columns_the_first_components_are_computed() -> None:
    found = project(look_at(toys.drawn(80, 1200, 2)))
    assert found is not None
    assert not found.complete
    assert len(found.explained) == 50
    assert found.needed(0.999) is None


@pytest.mark.parametrize("X", [np.ones((4, 3)), np.full((4, 2), np.nan)])
def test_where_nothing_varies_there_are_no_components(X: np.ndarray) -> None:
    assert project(look_at(toys.toy(X, [0, 0, 1, 1]))) is None


def test_class_means_are_those_of_the_standardised_cells_there_are() -> None:
    seen = look_at(toys.evil())
    means, spreads = class_means(seen)
    frame = pd.DataFrame(seen.scaled).groupby(seen.y)
    varying = ~seen.constant
    assert means[:, varying] == pytest.approx(frame.mean().to_numpy()[:, varying], nan_ok=True)
    expected = frame.std(ddof=0).to_numpy()[:, varying]
    assert spreads[:, varying] == pytest.approx(expected, nan_ok=True)
    assert np.isnan(means[:, seen.constant]).all()


def test_parts_hold_every_row_once() -> None:
    world = toys.evil()
    found = part_counts(world)
    assert found is not None
    names, counts = found
    assert names == ("always trains", "<one>", "two", "left out")
    assert counts.sum() == len(world.y)
    assert world.predefined is not None
    one = np.bincount(world.y[world.predefined == 0], minlength=world.n_classes)
    assert counts[1].tolist() == one.tolist()
    assert part_counts(toys.drawn(6, 2, 2)) is None


def test_text_values_are_counted_over_all_rows_that_train() -> None:
    found = explore(toys.evil())
    column, single = found.texts
    codes = found.competition.X[found.look.trained, 12]
    assert column.rows == len(codes) == sum(column.counts) + column.others + column.missing
    assert column.missing == np.isnan(codes).sum()
    assert len(column.values) == 10
    assert column.distinct == len(np.unique(codes[~np.isnan(codes)]))
    assert list(column.counts) == sorted(column.counts, reverse=True)
    assert (single.values, single.missing) == (("only",), 0)


@pytest.mark.parametrize(
    ("r", "text"),
    [(1.0, "+1.000"), (-1.0, "-1.000"), (0.9999, "+>0.999"), (-0.9996, "->0.999"), (0.5, "+0.500")],
)
def test_what_is_not_quite_1_is_not_rounded_to_it(r: float, text: str) -> None:
    assert in_words(r) == text


def test_facts_in_words() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=20)
    X = np.column_stack([x, 2 * x, rng.normal(size=20), np.ones(20)])
    X[0, 2] = np.nan
    found = explore(toys.toy(X, np.arange(20) // 15, columns=("a", "b", "c", "d")))
    assert headline(found) == "toy: 20 training rows, 4 number columns, 2 classes"
    told = dict(facts(found))
    assert told["classes"] == "most rows: class 0 15 (75 %); fewest: class 1 5 (25 %)"
    assert told["missing cells"] == "in 1 column of the training rows (most: c, 5 %)"
    assert told["constant"] == "1 column with a single value or none"
    assert told["correlations"] == "1 of 3 pairs beyond ±0.7 (33 %); strongest: a and b +1.000"
    assert told["components"].startswith("the first two explain ")
