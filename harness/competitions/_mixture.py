"""A density of known classes over correlated columns, so that the best possible score is known.

Each class is a few Gaussian components in a latent space of `q` factors. A row's factors ``s`` show
in `D` columns through loadings, together with nuisance factors and noise that know nothing of the
class::

    u = loadings @ s + nuisance @ g + noise * e,        g, e standard normal

So ``u`` given its component is Gaussian, and P(class | u) follows by Bayes' rule. It needs no
D-dimensional density: the weighted least-squares estimate ``t`` of ``s`` from ``u`` is sufficient
for the class (``u`` splits by an invertible linear map into ``t`` and a rest that is independent of
both ``t`` and the class), and ``t`` given a component is Gaussian with covariance
``diag(scales**2) + error``. See Mardia, Kent & Bibby, Multivariate Analysis, 1979, section 9.7, for
the estimate (Bartlett's factor scores).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

# Rows at a time, so that the products of a chunk stay in the processor's cache.
CHUNK = 2048


@dataclass(frozen=True)
class Mixture:
    """The density, with everything that is needed to draw from it and to invert it.

    Attributes
    ----------
    weights : float64 array, shape (K, M)
        Probability of each class's components; the row sums are the class prior.
    means, scales : float64 arrays, shape (K, M, q)
        Where a component lies in the latent space, and its standard deviations there.
    loadings : float64 array, shape (D, q)
    nuisance : float64 array, shape (D, r)
    noise : float64 array, shape (D,)
    """

    weights: Floats
    means: Floats
    scales: Floats
    loadings: Floats
    nuisance: Floats
    noise: Floats

    def sample(self, seeds: np.random.SeedSequence, rows: int) -> tuple[Floats, Integers]:
        """Draw rows: u, float64 of shape (rows, D), and their classes, int64 of shape (rows,).

        Labels, factors and noise have a stream each, so more rows begin with the same rows.
        """
        labels, factors, nuisance, noise = (np.random.default_rng(s) for s in seeds.spawn(4))
        y, s = self._latent(labels, factors, rows)
        u = s @ self.loadings.T
        u += nuisance.standard_normal((rows, self.nuisance.shape[1])) @ self.nuisance.T
        u += noise.standard_normal((rows, len(self.noise))) * self.noise
        return u, y

    def sample_statistic(self, seeds: np.random.SeedSequence, rows: int) -> Floats:
        """Draw the sufficient statistic alone, shape (rows, q): cheap enough for expectations."""
        labels, factors, errors = (np.random.default_rng(s) for s in seeds.spawn(3))
        _, s = self._latent(labels, factors, rows)
        return s + errors.standard_normal(s.shape) @ np.linalg.cholesky(self._error).T

    def statistic(self, u: Floats) -> Floats:
        """The estimate t of the latent factors, shape (rows, q): all that u knows of the class."""
        return u @ self._estimator

    def posterior(self, u: Floats) -> Floats:
        """P(class | u), exactly; float64 of shape (rows, K)."""
        return self.posterior_of_statistic(self.statistic(u))

    def posterior_of_statistic(self, t: Floats) -> Floats:
        """P(class | t), float64 of shape (rows, K)."""
        K, M, q = self.means.shape
        square, linear, constant = self._log_density
        proba = np.empty((len(t), K))
        for start in range(0, len(t), CHUNK):
            part = t[start : start + CHUNK]
            products = (part[:, :, None] * part[:, None, :]).reshape(-1, q * q)
            log_density = products @ square + part @ linear + constant
            log_density -= log_density.max(axis=1, keepdims=True)
            proba[start : start + CHUNK] = np.exp(log_density).reshape(-1, K, M).sum(axis=2)
        return proba / proba.sum(axis=1, keepdims=True)

    def _latent(
        self, labels: np.random.Generator, factors: np.random.Generator, rows: int
    ) -> tuple[Integers, Floats]:
        K, M, q = self.means.shape
        component = labels.choice(K * M, rows, p=self.weights.ravel())
        s = factors.standard_normal((rows, q))
        s *= self.scales.reshape(-1, q)[component]
        s += self.means.reshape(-1, q)[component]
        return component // M, s

    @cached_property
    def _log_density(self) -> tuple[Floats, Floats, Floats]:
        """The components' weighted log densities of t, but for a common constant.

        Coefficients of t's products, shape (q * q, K * M), of t, shape (q, K * M), and of 1: two
        matrix products for all components are ten times faster than a solve for each.
        """
        q = self.means.shape[2]
        means, scales = self.means.reshape(-1, q), self.scales.reshape(-1, q)
        precision = np.linalg.inv(scales[:, :, None] ** 2 * np.eye(q) + self._error)
        linear = np.einsum("cij,cj->ci", precision, means)
        constant = np.log(self.weights.ravel()) - np.einsum("ci,ci->c", linear, means) / 2
        constant += np.linalg.slogdet(precision).logabsdet / 2
        return -precision.reshape(-1, q * q).T / 2, linear.T, constant

    @cached_property
    def _precision_loadings(self) -> Floats:
        """Noise precision times loadings, shape (D, q)."""
        covariance = self.nuisance @ self.nuisance.T + np.diag(self.noise**2)
        return np.linalg.solve(covariance, self.loadings).astype(np.float64)

    @cached_property
    def _error(self) -> Floats:
        """Covariance of t around s, shape (q, q)."""
        return np.linalg.inv(self.loadings.T @ self._precision_loadings).astype(np.float64)

    @cached_property
    def _estimator(self) -> Floats:
        """Takes u to t: t = u @ estimator; shape (D, q)."""
        return self._precision_loadings @ self._error
