"""The area under the ROC curve with its error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

Z95 = 1.959963984540054


@dataclass(frozen=True)
class Auc:
    """An area, its standard error, and the ends of its 95 % interval."""

    value: float
    error: float

    @property
    def low(self) -> float:
        """Lower end of the 95 % interval."""
        return max(0.0, self.value - Z95 * self.error)

    @property
    def high(self) -> float:
        """Upper end of the 95 % interval."""
        return min(1.0, self.value + Z95 * self.error)


def auc(scores: NDArray[np.float64], positive: NDArray[np.bool_]) -> Auc:
    """The chance that a positive row scores above a negative one, ties counted half.

    The error is that of DeLong, DeLong and Clarke-Pearson (1988), by ranks as Sun and Xu (2014)
    have it.

    Parameters
    ----------
    scores : float64 array, shape (n,)
    positive : bool array, shape (n,)
        With at least two rows of either kind.
    """
    up, down = scores[positive], scores[~positive]
    ranks = rankdata(np.concatenate([up, down]))
    # For each row the share of the other kind that it beats.
    beats = (ranks[: len(up)] - rankdata(up)) / len(down)
    beaten = 1 - (ranks[len(up) :] - rankdata(down)) / len(up)
    variance = beats.var(ddof=1) / len(up) + beaten.var(ddof=1) / len(down)
    return Auc(float(beats.mean()), float(np.sqrt(variance)))
