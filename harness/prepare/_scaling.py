"""Scalers that bear the columns real matrices have: nearly constant, heavy-tailed, 1e-3 to 1e6.

Each computes in float64 and gives float32. What a held-out row may do to them is bounded: no value,
however far outside the training part, comes out infinite.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.preprocessing import QuantileTransformer, RobustScaler
from sklearn.utils.validation import check_is_fitted, validate_data

Doubles = NDArray[np.float64]


class RobustColumns(RobustScaler):
    """Median 0, interquartile range 1; the standard deviation where the quartiles are equal.

    A column that is constant but for a few rows has an interquartile range of 0. scikit-learn
    leaves its scale as it is, and 1e6 next to 1.0 drowns every other column.
    """

    def fit(self, X: Any, y: Any = None) -> RobustColumns:
        """Learn each column's median and spread."""
        X = np.asarray(X, dtype=np.float64)
        super().fit(X, y)
        flat = np.diff(np.percentile(X, (25, 75), axis=0), axis=0)[0] == 0
        spread = X[:, flat].std(axis=0)
        self.scale_[flat] = np.where(spread > 0, spread, 1.0)
        return self

    def transform(self, X: Any) -> NDArray[np.float32]:
        """Centre and scale; float32."""
        return as_float32(super().transform(np.asarray(X, dtype=np.float64)))


class UnitColumns(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Columns in one unit are divided by one spread; others each by their own. Means become 0.

    Pixels, bands of a spectrum and shares of a histogram say something by how much they vary: a
    pixel at the edge that is hardly ever lit isn't as telling as one in the middle. Columns count
    as of one unit when the widest varies at most `most` times as much as the median one; constant
    columns don't count.

    Parameters
    ----------
    most : float
    """

    def __init__(self, *, most: float = 5.0) -> None:
        self.most = most

    def fit(self, X: Any, y: Any = None) -> UnitColumns:
        """Learn each column's mean, and what it is divided by."""
        X = validate_data(self, X, dtype=np.float64)
        self.mean_ = X.mean(axis=0)
        spread = X.std(axis=0)
        # Rounding leaves a constant column a spread of its own.
        varies = spread > 1e-9 * np.abs(self.mean_)
        self.scale_ = np.where(varies, spread, 1.0)
        self.shared_ = bool(varies.any())
        if self.shared_:
            self.shared_ = bool(spread[varies].max() <= self.most * np.median(spread[varies]))
        if self.shared_:
            self.scale_ = np.full(len(spread), np.sqrt(np.mean(spread[varies] ** 2)))
        return self

    def transform(self, X: Any) -> NDArray[np.float32]:
        """Centre and divide; float32."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        return as_float32((X - self.mean_) / self.scale_)


class QuantileColumns(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Each column's ranks, mapped to a normal distribution; what lies beyond the ends is clipped.

    Parameters
    ----------
    n_quantiles : int
        At most this many; never more than rows.
    """

    def __init__(self, *, n_quantiles: int = 1000) -> None:
        self.n_quantiles = n_quantiles

    def fit(self, X: Any, y: Any = None) -> QuantileColumns:
        """Learn each column's quantiles, from all rows."""
        X = validate_data(self, X, dtype=np.float64)
        self.quantiles_ = QuantileTransformer(
            n_quantiles=min(self.n_quantiles, len(X)), output_distribution="normal", subsample=None
        ).fit(X)
        return self

    def transform(self, X: Any) -> NDArray[np.float32]:
        """Map to normal scores; float32, within +-5.2."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        return as_float32(self.quantiles_.transform(X))


class PowerColumns(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """The Yeo-Johnson power that makes each column most nearly normal, then mean 0, deviation 1.

    A column is centred on its median and divided by its interquartile range first, so that the
    power doesn't depend on its unit; the power is searched within `bounds`, which keeps powers of
    nearly constant columns from running away. The outcome is clipped to +-`limit` deviations.

    Source: Yeo and Johnson (2000), A new family of power transformations to improve normality or
    symmetry, Biometrika 87.

    Parameters
    ----------
    bounds : (float, float)
        Smallest and largest power; 1 is the identity.
    limit : float
    most_rows : int
        The likelihood is computed on at most this many rows, evenly spaced.
    """

    def __init__(
        self,
        *,
        bounds: tuple[float, float] = (-3.0, 5.0),
        limit: float = 10.0,
        most_rows: int = 20_000,
    ) -> None:
        self.bounds = bounds
        self.limit = limit
        self.most_rows = most_rows

    def fit(self, X: Any, y: Any = None) -> PowerColumns:
        """Learn each column's centre, unit, power, and the mean and deviation that result."""
        X = validate_data(self, X, dtype=np.float64)
        low, self.centre_, high = np.percentile(X, (25, 50, 75), axis=0)
        spread = X.std(axis=0)
        unit = np.where(high > low, high - low, spread)
        self.unit_ = np.where(unit > 0, unit, 1.0)
        X = (X - self.centre_) / self.unit_
        some = X[:: -(-len(X) // self.most_rows)]
        self.power_ = np.array([self._best_power(column) for column in some.T])
        X = yeo_johnson(X, self.power_)
        self.mean_ = X.mean(axis=0)
        deviation = X.std(axis=0)
        self.deviation_ = np.where(deviation > 0, deviation, 1.0)
        return self

    def transform(self, X: Any) -> NDArray[np.float32]:
        """Transform, standardise and clip; float32."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        with np.errstate(over="ignore"):
            X = yeo_johnson((X - self.centre_) / self.unit_, self.power_)
            X = (X - self.mean_) / self.deviation_
        return np.clip(X, -self.limit, self.limit).astype(np.float32)

    def _best_power(self, x: Doubles) -> float:
        jacobian = float((np.sign(x) * np.log1p(np.abs(x))).mean())

        def loss(power: float) -> float:
            variance = float(yeo_johnson(x[:, None], np.array([power])).var())
            if not 0 < variance < np.inf:
                return np.inf
            return 0.5 * np.log(variance) - (power - 1) * jacobian

        if not x.any():
            return 1.0
        with np.errstate(all="ignore"):
            found = minimize_scalar(
                loss, bounds=self.bounds, method="bounded", options={"xatol": 1e-3}
            )
        return float(found.x) if np.isfinite(found.fun) else 1.0


def yeo_johnson(X: Doubles, power: Doubles) -> Doubles:
    """Yeo-Johnson transform of each column with its own power; shape as X."""
    positive = _box_cox(np.log1p(np.maximum(X, 0)), power)
    negative = _box_cox(np.log1p(np.maximum(-X, 0)), 2 - power)
    return np.where(X >= 0, positive, -negative)


def _box_cox(log_x: Doubles, power: Doubles) -> Doubles:
    # expm1 keeps the digits that (1 + x) ** power - 1 would lose near 0.
    flat = np.abs(power) < 1e-8
    safe = np.where(flat, 1.0, power)
    return np.where(flat, log_x, np.expm1(safe * log_x) / safe)


def as_float32(X: Doubles) -> NDArray[np.float32]:
    """As float32; what float32 can't hold becomes its largest number, not infinity."""
    most = float(np.finfo(np.float32).max)
    return np.clip(X, -most, most).astype(np.float32)
