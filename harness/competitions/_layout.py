"""From 241 free numbers to the 264 columns of the music matrices, and back.

The columns follow the layout of the 2018 course: seven rhythm statistics of 24 bands, four chroma
statistics of 12 pitch classes, four statistics of 12 MFCC, each statistic's columns together. The
map is invertible and keeps what is true of real matrices: min <= median <= max, variance >= 0,
kurtosis >= skewness^2 + 1 (both times 1000), chroma in 0..1.

Columns that are all but constant in real matrices (band 24, chroma's maxima, the means of the first
four MFCC) are filled from their own random stream, given at most the other columns: they say
nothing of the class that the other columns don't say.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

WIDTH = 264
BLOCKS = {"rhythm": (0, 168, (7, 24)), "chroma": (168, 216, (4, 12)), "mfcc": (216, 264, (4, 12))}
SILENT_BAND = slice(23, 168, 24)
CHROMA_MAX = slice(204, 216)
CONSTANTS = slice(216, 220)
CONSTANT = 1e6
# 3 phon, the floor of the loudness scale, in sone x 1000.
QUIET = 1000 * (3 / 40) ** 2.642
# How often an all but constant column moves.
RARE = 0.03

FREE = np.ones(WIDTH, dtype=bool)
for _filled in (SILENT_BAND, CHROMA_MAX, CONSTANTS):
    FREE[_filled] = False

_BAND = np.arange(24)
_COEFFICIENT = np.arange(12)
_MFCC_WIDTH = 80 / (1 + _COEFFICIENT)


def forward(u: Floats, rng: np.random.Generator) -> Floats:
    """Columns of rows.

    Parameters
    ----------
    u : float64 array, shape (n, 241)
        About standard normal, one for each True of `FREE`.
    rng : Generator
        For the columns that are all but constant.

    Returns
    -------
    float64 array, shape (n, 264)
    """
    U = np.zeros((len(u), WIDTH))
    U[:, FREE] = u
    X = np.concatenate([_rhythm(U[:, :168]), _chroma(U[:, 168:216]), _mfcc(U[:, 216:])], axis=1)
    _fill(X, rng)
    return X


def inverse(X: Floats) -> Floats:
    """The numbers that `forward` was given, float64 of shape (n, 241).

    From columns rounded to 7 digits they come back to about 1e-6, and 1e-3 in the rarest rows.
    """
    X = np.asarray(X, dtype=np.float64).copy()
    # The filled columns have no inverse; any legal values keep the logarithms below quiet.
    X[:, SILENT_BAND] = [2, 1, 0, 1001, 2, 1, 3]
    X[:, CONSTANTS] = (X[:, 240:244] + X[:, 252:256]) / 2
    U = [_rhythm_inverse(X[:, :168]), _chroma_inverse(X[:, 168:216]), _mfcc_inverse(X[:, 216:])]
    return np.concatenate(U, axis=1)[:, FREE]


def significant(X: Floats, digits: int = 7) -> Floats:
    """Each number rounded to so many significant decimal digits."""
    size = np.abs(X)
    exponent = np.floor(np.log10(size, where=size > 0, out=np.zeros_like(size)))
    # Dividing by a power of ten gives the double nearest to the decimal, which prints as short.
    power = 10.0 ** np.clip(digits - 1 - exponent, 0, 22)
    return np.rint(X * power) / power


def _rhythm(U: Floats) -> Floats:
    mean, var, skew, kurt, median, low, high = _statistics(U, 7)
    x_low = np.exp(3.5 - 0.06 * _BAND + 0.8 * low)
    x_median = x_low + np.exp(6.5 - 0.05 * _BAND + 0.5 * median)
    x_high = x_median + np.exp(8.5 - 0.04 * _BAND + 0.4 * high)
    x_mean = x_low + (x_high - x_low) * _sigmoid(-1.2 + 0.6 * mean)
    x_var = np.exp(9 - 0.05 * _BAND + 0.7 * var)
    x_skew = 1000 * np.sinh(0.7 + 0.35 * skew)
    x_kurt = 1000 + x_skew**2 / 1000 + np.exp(7.6 + 1.25 * kurt)
    return np.concatenate([x_mean, x_var, x_skew, x_kurt, x_median, x_low, x_high], axis=1)


def _rhythm_inverse(X: Floats) -> Floats:
    mean, var, skew, kurt, median, low, high = _statistics(X, 7)
    u_low = (np.log(low) - 3.5 + 0.06 * _BAND) / 0.8
    u_median = (np.log(median - low) - 6.5 + 0.05 * _BAND) / 0.5
    u_high = (np.log(high - median) - 8.5 + 0.04 * _BAND) / 0.4
    u_mean = (_logit((mean - low) / (high - low)) + 1.2) / 0.6
    u_var = (np.log(var) - 9 + 0.05 * _BAND) / 0.7
    u_skew = (np.arcsinh(skew / 1000) - 0.7) / 0.35
    u_kurt = (np.log(kurt - 1000 - skew**2 / 1000) - 7.6) / 1.25
    return np.concatenate([u_mean, u_var, u_skew, u_kurt, u_median, u_low, u_high], axis=1)


def _chroma(U: Floats) -> Floats:
    mean, var, low, _ = _statistics(U, 4)
    x_mean = _sigmoid(-1 + 0.8 * mean)
    x_var = x_mean * (1 - x_mean) * _sigmoid(-1.5 + 0.8 * var)
    x_low = x_mean * _sigmoid(-3.5 + 0.9 * low)
    return np.concatenate([x_mean, x_var, x_low, np.ones_like(x_mean)], axis=1)


def _chroma_inverse(X: Floats) -> Floats:
    mean, var, low, _ = _statistics(X, 4)
    u_mean = (_logit(mean) + 1) / 0.8
    u_var = (_logit(var / (mean * (1 - mean))) + 1.5) / 0.8
    u_low = (_logit(low / mean) + 3.5) / 0.9
    return np.concatenate([u_mean, u_var, u_low, np.zeros_like(u_mean)], axis=1)


def _mfcc(U: Floats) -> Floats:
    mean, var, low, high = _statistics(U, 4)
    x_low = -_MFCC_WIDTH * np.exp(0.4 * low)
    x_width = 2 * _MFCC_WIDTH * np.exp(0.4 * high)
    x_mean = x_low + x_width * _sigmoid(0.6 * mean)
    x_var = (x_width / 6) ** 2 * np.exp(0.6 * var)
    return np.concatenate([x_mean, x_var, x_low, x_low + x_width], axis=1)


def _mfcc_inverse(X: Floats) -> Floats:
    mean, var, low, high = _statistics(X, 4)
    u_low = np.log(-low / _MFCC_WIDTH) / 0.4
    u_high = np.log((high - low) / (2 * _MFCC_WIDTH)) / 0.4
    u_mean = _logit((mean - low) / (high - low)) / 0.6
    u_var = np.log(var / ((high - low) / 6) ** 2) / 0.6
    return np.concatenate([u_mean, u_var, u_low, u_high], axis=1)


def _fill(X: Floats, rng: np.random.Generator) -> None:
    """The columns that are all but constant, in place."""
    rows = len(X)
    X[:, CONSTANTS] = CONSTANT
    # One stream read row by row, so that more rows begin with the same rows.
    chance = rng.random((rows, 32))
    below_one = chance[:, :12] < RARE
    mean = X[:, 168:180]
    X[:, CHROMA_MAX] = np.where(below_one, mean + (1 - mean) * chance[:, 12:24], 1.0)
    loud = chance[:, 24] < RARE
    part, other, peak, skew, tail, spread = chance[:, 25:31].T
    high = QUIET + np.where(loud, np.exp(4 + 3 * peak), 0)
    x_skew = np.where(loud, 1000 * np.sinh(4 * skew - 1), 0)
    x_kurt = 1000 + x_skew**2 / 1000 + np.where(loud, np.exp(6 + 5 * tail), 0)
    X[:, SILENT_BAND] = np.column_stack(
        [
            QUIET + (high - QUIET) * other,
            np.where(loud, np.exp(4 + 4 * spread), 0),
            x_skew,
            x_kurt,
            QUIET + (high - QUIET) * part,
            np.full(rows, QUIET),
            high,
        ]
    )


def _statistics(columns: Floats, count: int) -> list[Floats]:
    return np.split(columns, count, axis=1)


def _sigmoid(u: Floats) -> Floats:
    return 1 / (1 + np.exp(-u))


def _logit(p: Floats) -> Floats:
    return np.log(p / (1 - p))
