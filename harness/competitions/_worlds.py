"""Made worlds in the shape of the 2018 music competition, with the best possible score known.

A world is a `Mixture` of ten classes pushed through the columns of `_layout`. Its class prior is
the share of genres among the real training rows; labels are drawn from it. The separation of the
classes is set so that the best possible accuracy is `BEST_ACCURACY` in every world, and the rest of
the constants so that good models learn about 0.65 of it from 4363 rows, as on the real board.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from harness.competition import FloatMatrix, Labels, Probabilities
from harness.competitions._layout import BLOCKS, FREE, forward, inverse, significant
from harness.competitions._mixture import Floats, Mixture
from harness.errors import UsageError

TRAIN_ROWS, TEST_ROWS = 4363, 6544
POPULATION_ROWS = 100_000
# Genres among the real training rows.
COUNTS = np.array([2178, 618, 326, 253, 214, 260, 141, 195, 92, 86])
PRIOR = COUNTS / COUNTS.sum()

BEST_ACCURACY = 0.72
COMPONENTS = 3  # of each class
WIDE = 1.2  # how far they lie from the class's place, against 1 from class to class
SPREAD = 0.15  # of the components' log scales
FACTORS = {"rhythm": 5, "chroma": 2, "mfcc": 3}
NUISANCE = {"rhythm": 8, "chroma": 4, "mfcc": 4}
LOADING = 3.0  # of the factors that know the class, against 1 for the nuisance
NOISE = 0.6
# Rows to set the separation on, its start, and how fast the best accuracy grows with its logarithm.
TUNING_ROWS, START, SLOPE = 10_000, 0.46, 0.4
# Keeps the streams apart from those that a fit of the same seed draws from.
DOMAIN = 264


@dataclass(frozen=True)
class Scores:
    """What a set of probabilities reaches; log-losses as `harness.evaluate.metrics` has them."""

    accuracy: float
    logloss: float
    logloss_cells: float


@dataclass(frozen=True)
class Best:
    """The best possible scores.

    Attributes
    ----------
    test : Scores
        The exact posterior's scores on these test rows. A model can pass them by luck, within the
        noise of that many rows.
    population : Scores
        The same expected over all rows of the density: nothing can pass these.
    population_error : Scores
        Their standard errors, as they are means over `population_rows` rows drawn from the density.
    """

    test: Scores
    population: Scores
    population_error: Scores
    population_rows: int


@dataclass(frozen=True)
class World:
    """A drawn world.

    Attributes
    ----------
    seed : int
    X, X_test : float32 arrays, shapes (train_rows, 264) and (test_rows, 264)
        What a reader of the files gets; no number needs more than 7 digits.
    y, y_test : int64 arrays, 0..9
    posterior_test : float64 array, shape (test_rows, 10)
        P(class | row), exactly.
    best : Best
    mixture : Mixture
    """

    seed: int
    X: FloatMatrix
    y: Labels
    X_test: FloatMatrix
    y_test: Labels
    posterior_test: Probabilities
    best: Best
    mixture: Mixture

    def posterior(self, X: NDArray[np.floating]) -> Probabilities:
        """P(class | row) of any rows of this world, from their columns; shape (n, 10)."""
        return self.mixture.posterior(inverse(np.asarray(X, dtype=np.float64)))


def draw(
    seed: int = 0,
    train_rows: int = TRAIN_ROWS,
    test_rows: int = TEST_ROWS,
    *,
    population_rows: int = POPULATION_ROWS,
) -> World:
    """Draw a world into memory, in well under a second.

    The density and the test rows depend on the seed alone, and more rows begin with the same rows:
    worlds of one seed that differ in `train_rows` are one learning curve.

    Parameters
    ----------
    seed : int
        0 or more.
    train_rows, test_rows : int
    population_rows : int
        How many rows the expected best scores are computed on.

    Raises
    ------
    UsageError
        When the seed is negative, or there are no rows.
    """
    if seed < 0:
        raise UsageError(f"{seed} is negative", where="seed", todo="take a whole number from 0")
    for name, rows in {"train_rows": train_rows, "test_rows": test_rows}.items():
        if rows < 1:
            raise UsageError(f"{rows} is too few", where=name, todo="take at least 1")
    streams = np.random.SeedSequence([DOMAIN, seed]).spawn(4)
    # More BLAS threads round otherwise: the same seed would give other last digits.
    with threadpool_limits(1, user_api="blas"):
        mixture = density(streams[0])
        train, y, _ = _rows(mixture, streams[1], train_rows)
        test, y_test, posterior = _rows(mixture, streams[2], test_rows)
        population = mixture.posterior_of_statistic(
            mixture.sample_statistic(streams[3], max(population_rows, 2))
        )
    mean, error = expected_scores(population)
    return World(
        seed=seed,
        X=train,
        y=y,
        X_test=test,
        y_test=y_test,
        posterior_test=posterior,
        best=Best(scores(y_test, posterior), mean, error, len(population)),
        mixture=mixture,
    )


def density(seeds: np.random.SeedSequence) -> Mixture:
    """A world's density, its separation set to `BEST_ACCURACY`."""
    parts, tuning = seeds.spawn(2)
    build = _unseparated(np.random.default_rng(parts))
    separation = START
    # Steps of a fixed slope, not a search: a rounding error on another machine stays a rounding
    # error, where a search might turn the other way.
    for _ in range(3):
        mixture = build(separation)
        t = mixture.sample_statistic(_again(tuning), TUNING_ROWS)
        reached = mixture.posterior_of_statistic(t).max(axis=1).mean()
        separation *= float(np.exp((BEST_ACCURACY - reached) / SLOPE))
    return build(separation)


def scores(y: Labels, proba: Probabilities) -> Scores:
    """Scores of probabilities on rows with known labels."""
    true = proba[np.arange(len(y)), y]
    cells = np.log1p(-np.clip(proba, 0, 1 - 1e-15)).sum(axis=1)
    cells += np.log(np.maximum(true, 1e-15)) - np.log1p(-np.clip(true, 0, 1 - 1e-15))
    return Scores(
        accuracy=float((proba.argmax(axis=1) == y).mean()),
        logloss=float(-np.log(np.maximum(true, 1e-15)).mean()),
        logloss_cells=float(-cells.mean() / proba.shape[1]),
    )


def expected_scores(posterior: Probabilities) -> tuple[Scores, Scores]:
    """Means and standard errors of an exact posterior's scores, labels averaged over, not drawn.

    Given a row, the best guess is right with the posterior's maximum for a probability, and the
    expected log-losses are entropies. So no luck of labels enters, and the errors are smaller.
    """
    p = np.clip(posterior, 1e-300, 1 - 1e-15)
    log_p, log_rest = np.log(p), np.log1p(-p)
    rows = np.column_stack(
        [
            posterior.max(axis=1),
            -(p * log_p).sum(axis=1),
            -(p * log_p + (1 - p) * log_rest).mean(axis=1),
        ]
    )
    error = rows.std(axis=0, ddof=1) / np.sqrt(len(rows))
    return Scores(*rows.mean(axis=0).tolist()), Scores(*error.tolist())


def _unseparated(rng: np.random.Generator) -> Callable[[float], Mixture]:
    """Everything of a density but the separation: a function of that."""
    q, shape = sum(FACTORS.values()), (len(PRIOR), COMPONENTS)
    loadings = _loadings(rng, FACTORS, LOADING, width=(1 / 8, 1 / 2.5))
    nuisance = _loadings(rng, NUISANCE, 1.0, width=(1 / 6, 1))
    noise = NOISE * np.exp(0.3 * rng.standard_normal(len(loadings)))
    size = np.sqrt((loadings**2).sum(axis=1) + (nuisance**2).sum(axis=1) + noise**2)
    # A class has a place, and its components lie around it.
    places = rng.standard_normal((len(PRIOR), 1, q)) + WIDE * rng.standard_normal((*shape, q))
    scales = np.exp(SPREAD * rng.standard_normal((*shape, q)))
    weights = PRIOR[:, None] * rng.dirichlet(np.full(COMPONENTS, 4.0), len(PRIOR))
    places -= np.einsum("km,kmq->q", weights, places)
    return partial(
        _separated,
        places=places,
        scales=scales,
        weights=weights,
        loadings=loadings / size[:, None],
        nuisance=nuisance / size[:, None],
        noise=noise / size,
    )


def _separated(separation: float, *, places: Floats, scales: Floats, **rest: Floats) -> Mixture:
    """The mixture; every factor keeps a variance of 1 however far the classes stand apart."""
    means = separation * places
    total = np.sqrt(np.einsum("km,kmq->q", rest["weights"], means**2 + scales**2))
    return Mixture(means=means / total, scales=scales / total, **rest)


def _loadings(
    rng: np.random.Generator, factors: dict[str, int], size: float, *, width: tuple[float, float]
) -> Floats:
    """How factors show in the free columns, shape (241, number of factors).

    Each factor belongs to one block and has one weight for each statistic, over a bump of
    neighbouring bands, as sounds have; `width` is the bump's, in shares of the bands.
    """
    columns = np.zeros((len(FREE), sum(factors.values())))
    at = 0
    for block, (start, stop, (statistics, bands)) in BLOCKS.items():
        count = factors[block]
        centre = rng.uniform(0, bands - 1, count)
        spread = bands * rng.uniform(*width, count)
        bump = np.exp(-(((np.arange(bands)[:, None] - centre) / spread) ** 2) / 2)
        weight = rng.standard_normal((statistics, 1, count))
        columns[start:stop, at : at + count] = size * (weight * bump).reshape(-1, count)
        at += count
    return columns[FREE]


def _rows(
    mixture: Mixture, seeds: np.random.SeedSequence, rows: int
) -> tuple[FloatMatrix, Labels, Probabilities]:
    sampled, filled = seeds.spawn(2)
    u, y = mixture.sample(sampled, rows)
    X = significant(forward(u, np.random.default_rng(filled)))
    return X.astype(np.float32), y.astype(np.int64), mixture.posterior(u)


def _again(seeds: np.random.SeedSequence) -> np.random.SeedSequence:
    """The same seeds unspent: each step of a tuning sees the same numbers."""
    return np.random.SeedSequence(seeds.entropy, spawn_key=seeds.spawn_key)
