"""Principal components of the standardised rows, to see whether classes lie apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.decomposition import PCA

from harness.explore.look import Look, Numbers

# Beyond this many columns only the first components are computed.
MOST_COLUMNS_IN_FULL = 1000
FIRST_COMPONENTS = 50
SHARES = (0.8, 0.9, 0.95)


@dataclass(frozen=True, eq=False)
class Projection:
    """Where the rows lie along the first components.

    Attributes
    ----------
    points : float64 array, shape (n, 1 or 2)
    explained : float64 array, shape (components,)
        Share of the variance that each component explains, the largest first.
    complete : bool
        Whether `explained` has every component.
    """

    points: Numbers
    explained: Numbers
    complete: bool

    def needed(self, share: float) -> int | None:
        """How many components explain `share` of the variance; None where that isn't known."""
        reached = np.flatnonzero(np.cumsum(self.explained) >= share - 1e-9)
        return int(reached[0]) + 1 if len(reached) else None


def project(look: Look, *, seed: int = 0) -> Projection | None:
    """The rows' principal components; None where no column varies.

    A missing cell counts as its column's mean.
    """
    varying = look.scaled[:, ~look.constant]
    if varying.shape[0] < 2 or varying.shape[1] == 0:
        return None
    full = varying.shape[1] <= MOST_COLUMNS_IN_FULL
    smaller = min(varying.shape)
    model = PCA(
        n_components=smaller if full else min(FIRST_COMPONENTS, smaller),
        svd_solver="covariance_eigh" if full else "randomized",
        random_state=seed,
    )
    points = model.fit_transform(np.nan_to_num(varying))
    complete = model.n_components_ == smaller
    return Projection(points[:, :2].copy(), model.explained_variance_ratio_, complete)
