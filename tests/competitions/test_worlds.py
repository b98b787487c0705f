"""Made worlds: like the real matrices, and their best possible scores are what they say."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import softmax
from scipy.stats import chi2_contingency, chisquare, kurtosis, multivariate_normal
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from harness.competitions._layout import FREE, inverse
from harness.competitions._worlds import PRIOR, World, draw, expected_scores, scores
from harness.errors import UsageError
from harness.evaluate import metrics

STATISTICS = ("mean", "var", "skew", "kurt", "median", "min", "max")


@pytest.fixture(scope="module")
def world() -> World:
    """World 0 in its full size."""
    return draw(0)


@pytest.fixture(scope="module")
def rhythm(world: World) -> dict[str, np.ndarray]:
    """The seven statistics of 24 bands, over all rows, in float64."""
    X = np.concatenate([world.X, world.X_test])[:, :168].astype(np.float64)
    return dict(zip(STATISTICS, np.split(X, 7, axis=1), strict=True))


# ---- the rows


def test_shapes_and_types_are_those_of_the_real_competition(world: World) -> None:
    assert world.X.shape == (4363, 264)
    assert world.X_test.shape == (6544, 264)
    assert {world.X.dtype, world.X_test.dtype} == {np.dtype(np.float32)}
    assert {world.y.dtype, world.y_test.dtype} == {np.dtype(np.int64)}
    assert world.posterior_test.shape == (6544, 10)
    assert world.posterior_test.dtype == np.float64


def test_every_number_is_finite(world: World) -> None:
    assert np.isfinite(world.X).all()
    assert np.isfinite(world.X_test).all()


def test_genres_have_the_real_proportions(world: World) -> None:
    y = np.concatenate([world.y, world.y_test])
    assert chisquare(np.bincount(y, minlength=10), PRIOR * len(y)).pvalue > 1e-3


def test_rows_stand_in_no_order_of_class(world: World) -> None:
    same = (world.y_test[1:] == world.y_test[:-1]).mean()
    assert same == pytest.approx((PRIOR**2).sum(), abs=0.03)


def test_columns_216_to_219_are_a_million(world: World) -> None:
    assert (world.X[:, 216:220] == 1_000_000).all()


def test_chroma_maxima_are_nearly_always_one(world: World) -> None:
    share = (world.X[:, 204:216] == 1).mean(axis=0)
    assert ((share > 0.95) & (share < 1)).all()


def test_chroma_lies_between_nought_and_one(world: World) -> None:
    assert world.X[:, 168:216].min() > 0
    assert world.X[:, 168:216].max() <= 1


def test_band_24_is_mostly_constant(world: World) -> None:
    for column in range(23, 168, 24):
        _, counts = np.unique(world.X[:, column], return_counts=True)
        assert counts.max() / len(world.X) > 0.95


def test_kurtosis_has_heavy_tails_and_reaches_hundreds_of_thousands(
    rhythm: dict[str, np.ndarray],
) -> None:
    assert 1e5 < rhythm["kurt"].max() < 1e7
    assert np.median(kurtosis(rhythm["kurt"][:, :23], axis=0)) > 30


def test_ranges_span_nine_orders_of_magnitude(world: World) -> None:
    size = np.ptp(world.X, axis=0)
    assert world.X[:, 192:204].min() < 1e-3
    assert size.max() > 1e5
    assert size[size > 0].min() < 1


def test_what_holds_of_real_rhythm_holds(rhythm: dict[str, np.ndarray]) -> None:
    assert (rhythm["min"] <= rhythm["median"]).all()
    assert (rhythm["median"] <= rhythm["max"]).all()
    assert (rhythm["min"] <= rhythm["mean"]).all()
    assert (rhythm["mean"] <= rhythm["max"]).all()
    assert (rhythm["var"] >= 0).all()
    slack = 1e-6 * rhythm["kurt"]
    assert (rhythm["kurt"] + slack >= rhythm["skew"] ** 2 / 1000 + 1000).all()


@pytest.mark.parametrize(("start", "stop"), [(0, 168), (168, 216), (216, 264)])
def test_columns_are_strongly_correlated_inside_a_block(
    world: World, start: int, stop: int
) -> None:
    moving = FREE[start:stop]
    correlation = np.corrcoef(world.X[:, start:stop][:, moving].T)
    share = np.linalg.eigvalsh(correlation)[::-1].cumsum() / moving.sum()
    assert share[4] > 0.5


def test_columns_that_are_all_but_constant_say_nothing_of_the_class(world: World) -> None:
    X = np.concatenate([world.X, world.X_test])
    y = np.concatenate([world.y, world.y_test])
    for moved in (X[:, 167] != np.median(X[:, 167]), (X[:, 204:216] < 1).any(axis=1)):
        table = [np.bincount(y[moved], minlength=10), np.bincount(y[~moved], minlength=10)]
        assert chi2_contingency(table).pvalue > 1e-3


# ---- seeds


def test_the_same_seed_draws_the_same_world() -> None:
    one, other = (draw(5, 50, 40, population_rows=100) for _ in range(2))
    assert one.X.tobytes() == other.X.tobytes()
    assert one.posterior_test.tobytes() == other.posterior_test.tobytes()
    assert one.best == other.best


def test_the_number_of_blas_threads_changes_nothing() -> None:
    worlds = []
    for threads in (1, 2):
        with threadpool_limits(threads):
            worlds.append(draw(5, 500, 4000, population_rows=100))
    assert worlds[0].X_test.tobytes() == worlds[1].X_test.tobytes()
    assert worlds[0].posterior_test.tobytes() == worlds[1].posterior_test.tobytes()


def test_other_seeds_draw_other_worlds() -> None:
    one, other = (draw(seed, 50, 40, population_rows=100) for seed in (5, 6))
    assert not np.array_equal(one.X[:, :24], other.X[:, :24])
    assert not np.array_equal(one.y, other.y)
    assert not np.array_equal(one.mixture.means, other.mixture.means)


def test_training_and_test_rows_differ(world: World) -> None:
    assert not set(world.X[:, 0].tolist()) >= set(world.X_test[:100, 0].tolist())
    assert not np.array_equal(world.y, world.y_test[: len(world.y)])


def test_more_training_rows_begin_with_the_same_rows_and_leave_the_test_alone() -> None:
    few, many = (draw(7, rows, 40, population_rows=100) for rows in (60, 200))
    np.testing.assert_array_equal(few.y, many.y[:60])
    np.testing.assert_allclose(few.X, many.X[:60], rtol=1e-6)
    np.testing.assert_array_equal(few.X_test, many.X_test)


def test_every_world_is_as_hard() -> None:
    for seed in range(1, 7):
        best = draw(seed, 1, 1, population_rows=20_000).best.population
        assert best.accuracy == pytest.approx(0.72, abs=0.015)
        assert 0.75 < best.logloss < 0.9
        assert 0.12 < best.logloss_cells < 0.15


@pytest.mark.parametrize("wrong", [{"seed": -1}, {"train_rows": 0}, {"test_rows": 0}])
def test_a_world_that_can_not_be_is_a_usage_error(wrong: dict[str, int]) -> None:
    with pytest.raises(UsageError, match=next(iter(wrong))):
        draw(**wrong)


# ---- the posterior and the best scores


def test_posterior_rows_are_distributions(world: World) -> None:
    assert (world.posterior_test >= 0).all()
    np.testing.assert_allclose(world.posterior_test.sum(axis=1), 1, rtol=1e-12)


def test_posterior_is_that_of_the_full_density_at_the_columns_of_the_rows(
    world: World,
) -> None:
    """Not by the short cut: columns back to u, then 30 Gaussians in 241 dimensions."""
    mixture = world.mixture
    u = inverse(world.X_test[:60])
    noise = mixture.nuisance @ mixture.nuisance.T + np.diag(mixture.noise**2)
    log_density = np.empty((60, 10, 3))
    for k, m in np.ndindex(10, 3):
        covariance = (mixture.loadings * mixture.scales[k, m] ** 2) @ mixture.loadings.T + noise
        gaussian = multivariate_normal(mixture.loadings @ mixture.means[k, m], covariance)
        log_density[:, k, m] = gaussian.logpdf(u) + np.log(mixture.weights[k, m])
    direct = softmax(log_density.reshape(60, 30), axis=1).reshape(60, 10, 3).sum(axis=2)
    np.testing.assert_allclose(direct, world.posterior_test[:60], atol=1e-4)


def test_rounding_to_what_the_files_hold_leaves_the_posterior_as_it_is(world: World) -> None:
    assert np.abs(world.posterior(world.X_test) - world.posterior_test).max() < 1e-4


def test_the_components_weights_are_the_prior(world: World) -> None:
    np.testing.assert_allclose(world.mixture.weights.sum(axis=1), PRIOR, rtol=1e-12)


def test_posterior_means_are_the_classes_frequencies(world: World) -> None:
    p = world.posterior_test
    frequency = np.bincount(world.y_test, minlength=10) / len(p)
    error = np.sqrt((p * (1 - p)).mean(axis=0) / len(p))
    assert (np.abs(p.mean(axis=0) - frequency) < 4 * error).all()


def test_the_posterior_is_right_as_often_as_it_says(world: World) -> None:
    p = world.posterior_test
    sure, right = p.max(axis=1), p.argmax(axis=1) == world.y_test
    for low, high in ((0, 0.4), (0.4, 0.6), (0.6, 0.8), (0.8, 0.95), (0.95, 1.01)):
        inside = (sure >= low) & (sure < high)
        noise = np.sqrt((sure * (1 - sure))[inside].sum()) / inside.sum()
        assert abs(right[inside].mean() - sure[inside].mean()) < 4 * noise


def test_best_scores_are_those_of_the_house_metrics(world: World) -> None:
    best, y, p = world.best.test, world.y_test, world.posterior_test
    assert best.accuracy == metrics.score("accuracy", y, p)
    assert best.logloss == pytest.approx(metrics.score("logloss", y, p), rel=1e-9)
    assert best.logloss_cells == pytest.approx(metrics.score("logloss-cells", y, p), rel=1e-9)


def test_sure_and_wrong_costs_what_the_house_metrics_say() -> None:
    p, y = np.eye(10)[[0, 3, 5]], np.array([0, 3, 6])
    mine = scores(y, p)
    assert mine.logloss == pytest.approx(metrics.score("logloss", y, p), rel=1e-6)
    assert mine.logloss_cells == pytest.approx(metrics.score("logloss-cells", y, p), rel=1e-6)


@pytest.mark.parametrize("name", ["accuracy", "logloss", "logloss_cells"])
def test_expected_scores_are_what_many_rows_reach(world: World, name: str) -> None:
    """The expectation, without drawn labels, against the labels of test rows in earnest."""
    reached = getattr(world.best.test, name)
    rows = {"accuracy": 0.45, "logloss": 1.0, "logloss_cells": 0.15}[name]
    noise = np.hypot(rows / np.sqrt(6544), getattr(world.best.population_error, name))
    assert abs(reached - getattr(world.best.population, name)) < 4 * noise


def test_standard_errors_are_those_of_the_expectation() -> None:
    runs = [draw(3, 1, 1, population_rows=n).best for n in (4_000, 64_000)]
    for name in ("accuracy", "logloss", "logloss_cells"):
        wide, narrow = (getattr(run.population_error, name) for run in runs)
        assert wide / narrow == pytest.approx(4, rel=0.1)
        gap = getattr(runs[0].population, name) - getattr(runs[1].population, name)
        assert abs(gap) < 4 * wide


def test_expected_scores_of_a_coin() -> None:
    mean, error = expected_scores(np.full((8, 2), 0.5))
    assert mean.accuracy == 0.5
    assert mean.logloss == pytest.approx(np.log(2))
    assert mean.logloss_cells == pytest.approx(np.log(2))
    assert error.logloss == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("power", [0.8, 1.25])
def test_probabilities_less_or_more_sure_than_the_posterior_score_worse(
    world: World, power: float
) -> None:
    p = world.posterior_test**power
    changed = scores(world.y_test, p / p.sum(axis=1, keepdims=True))
    assert changed.logloss > world.best.test.logloss
    assert changed.logloss_cells > world.best.test.logloss_cells


def test_a_model_learns_much_and_stays_below_the_best(world: World) -> None:
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=300))
    p = model.fit(world.X, world.y).predict_proba(world.X_test).astype(np.float64)
    reached = scores(world.y_test, p)
    assert 0.58 < reached.accuracy < world.best.test.accuracy - 0.02
    assert world.best.test.logloss + 0.1 < reached.logloss < 1.3
