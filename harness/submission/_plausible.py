"""Whether a submission can be what was meant: against the training rows' class shares and features.

A file without a fault of form may still have its class columns rotated, its rows shuffled, or say
one class for all. What gives it away:

- *Shares.* The mean probabilities of honest predictions, and the shares of their labels, lie near
  the training shares, or off them in the shares' own order: a model that is balanced, or that names
  the frequent classes too often, keeps that order mostly. Columns put in the wrong places don't:
  the means fit the shares well, but other classes' shares. So the distance from the shares as the
  columns stand is compared with the distance of the best order (both sorted), and both with what
  chance moves shares of so many rows.
- *Rows.* Training rows that lie near each other have the same class more often than by chance, if
  the features tell anything; predictions made from the same features agree between neighbours at
  least as often. In a file whose rows were shuffled neighbours agree by chance.

All of these are warnings. They are silent where the data can't tell: classes of equal shares, few
rows, features whose distances mean nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.competition import Competition, FloatMatrix, Labels, Leaderboard, Probabilities
from harness.submission._faults import Faults

# Of so many standard errors chance makes nothing: among a thousand honest files of ten classes less
# than one has a class so far off.
BEYOND_CHANCE = 4.0
# The best order of the columns fits the shares so many times better than theirs.
BETTER = 3.0
# Before equal means are called odd, the training shares would have to be seen this clearly.
CLEARLY = 10.0
# Neighbours are looked up among so many rows, and not among fewer than the other number.
MOST_ROWS, FEWEST_ROWS = 2000, 100
# A file's neighbours agree at least this part as much beyond chance as training rows' do.
LEAST_OF_AGREEMENT = 0.25

Shares = NDArray[np.float64]


def tell(
    values: Probabilities | Labels, competition: Competition, board: Leaderboard, faults: Faults
) -> None:
    """Record what speaks against the values' being what was meant.

    Parameters
    ----------
    values : float64 array (m, K), or int64 array (m,)
        Of all test rows, in their order.
    """
    k = competition.n_classes
    proba = values if values.ndim == 2 else np.eye(k)[values]
    if len(proba) < 2 or k < 2 or not np.isfinite(proba).all():
        return
    if (proba == proba[0]).all():
        _tell_one_answer(values, competition, faults)
        return
    sums = proba.sum(axis=1)
    if (proba < 0).any() or (sums <= 0).any():
        return
    proba = proba / sums[:, None]
    if len(competition.y):
        shares = competition.counts / len(competition.y)
        told = _tell_order(proba, shares, competition, board, faults)
        if not told:
            _tell_alike(proba, shares, competition, faults)
    _tell_rows(proba.argmax(axis=1), competition, faults)


def _tell_one_answer(
    values: Probabilities | Labels, competition: Competition, faults: Faults
) -> None:
    if values.ndim == 2:
        faults.add("one-answer", "every row has the same probabilities, as a sample has")
        return
    label = competition.classes[int(values[0])]
    words = f"every row has the label {label}, as a sample has"
    if len(competition.y):
        share = competition.counts[int(values[0])] / len(competition.y)
        words += f"; {share:.1%} of the training rows have it"
    faults.add("one-answer", words)


def _tell_order(
    proba: Probabilities,
    shares: Shares,
    competition: Competition,
    board: Leaderboard,
    faults: Faults,
) -> bool:
    """Whether the classes' means fit the training shares in another order, and in that one only."""
    means = proba.mean(axis=0)
    apart = _distance(means, shares)
    best = _distance(np.sort(means), np.sort(shares))
    noise = np.sqrt(shares * (1 - shares) * (1 / len(proba) + 1 / len(competition.y)))
    if apart - best <= BEYOND_CHANCE * noise.sum() / 2 or apart < BETTER * best:
        return False
    worst = int(np.abs(means - shares).argmax())
    name = board.header[1 + worst] if len(board.header) > 2 else competition.classes[worst]
    what = "mean probability" if len(board.header) > 2 else "share of the labels"
    turns = [_distance(np.roll(means, -turn), shares) for turn in range(len(shares))]
    turn = int(np.argmin(turns))
    guess = "are the classes' columns in another order" if len(board.header) > 2 else "are labels "
    if len(board.header) == 2:
        guess += "counted otherwise, or classes in another order"
    elif turn and turns[turn] <= best + (apart - best) / BETTER:
        guess = f"are the columns shifted by {min(turn, len(shares) - turn)}"
    faults.add(
        "class-order",
        f"{name} has a {what} of {means[worst]:.3f}, and {shares[worst]:.3f} of the training rows "
        f"are of it; all classes together are {apart:.2f} away from the training shares, in "
        f"another order {best:.2f}: {guess}?",
    )
    return True


def _tell_alike(
    proba: Probabilities, shares: Shares, competition: Competition, faults: Faults
) -> None:
    """Whether all classes' means are alike, as in rows whose columns were shuffled one by one."""
    n, k = proba.shape
    means, spread = proba.mean(axis=0), proba.std(axis=0)
    if (spread == 0).any():
        return
    error = spread / np.sqrt(n)
    seen = np.abs(shares - 1 / k) / np.maximum(error, np.sqrt(shares * (1 - shares) / n))
    if (np.abs(means - 1 / k) > BEYOND_CHANCE * error).any() or seen.max() < CLEARLY:
        return
    faults.add(
        "classes-alike",
        f"all classes are alike in it (mean {means.min():.3f} to {means.max():.3f}), and not in "
        f"the training rows (share {shares.min():.3f} to {shares.max():.3f}): are values shuffled, "
        "or drawn at random?",
    )


def _distance(one: Shares, other: Shares) -> float:
    """Half the summed distance of two rows of shares: what would have to be moved."""
    return float(np.abs(one - other).sum() / 2)


@dataclass(frozen=True)
class _Near:
    """Some rows of a matrix, and the nearest other one of each of them."""

    rows: Labels
    nearest: Labels


@dataclass(frozen=True)
class _Agreement:
    """How much more often neighbours agree than by chance: 0 by chance, 1 always."""

    share: float
    chance: float
    beyond: float
    error: float


# Of the competition that was looked at last, by its fingerprint: many files need them once.
_KEPT: dict[str, tuple[_Near, _Near]] = {}


def _tell_rows(labels: Labels, competition: Competition, faults: Faults) -> None:
    """Whether neighbouring rows agree no more than by chance, where training rows do."""
    if competition.X_test is None or len(competition.X_test) != len(labels):
        return
    if min(len(labels), len(competition.y)) < FEWEST_ROWS or not competition.columns:
        return
    train, test = _neighbours(competition)
    real, given = _agreement(competition.y, train), _agreement(labels, test)
    if real is None or given is None or real.beyond < BEYOND_CHANCE * real.error:
        return
    if given.beyond + BEYOND_CHANCE * given.error >= LEAST_OF_AGREEMENT * real.beyond:
        return
    faults.add(
        "rows-shuffled",
        f"neighbours among the test rows have the same class in {given.share:.1%} (by chance "
        f"{given.chance:.1%}), among the training rows in {real.share:.1%} (by chance "
        f"{real.chance:.1%}): are the rows in another order than their ids?",
    )


def _agreement(labels: Labels, near: _Near) -> _Agreement | None:
    own, other = labels[near.rows], labels[near.nearest]
    shares = np.bincount(labels) / len(labels)
    chance = float((shares**2).sum())
    if chance > 1 - 1e-9:
        return None
    share = float((own == other).mean())
    error = np.sqrt(chance * (1 - chance) / len(own)) / (1 - chance)
    return _Agreement(share, chance, (share - chance) / (1 - chance), float(error))


def _neighbours(competition: Competition) -> tuple[_Near, _Near]:
    key = competition.fingerprint
    if key not in _KEPT or not key:
        _KEPT.clear()
        assert competition.X_test is not None
        text = list(competition.text)
        matrices = competition.X, competition.X_test
        train, test = (_near(X, text) for X in matrices)
        _KEPT[key] = train, test
    return _KEPT[key]


def _near(X: FloatMatrix, text: list[int]) -> _Near:
    """The nearest row of each of at most `MOST_ROWS`, in columns of one spread."""
    count = min(len(X), MOST_ROWS)
    rows = np.sort(np.random.default_rng(0).choice(len(X), count, replace=False))
    part = np.array(X[rows], dtype=np.float64)
    numbers = np.delete(part, text, axis=1)
    known = np.where(np.isfinite(numbers), numbers, np.nan)
    with np.errstate(all="ignore"):
        middle = np.nan_to_num(np.nanmedian(known, axis=0)) if known.size else 0.0
        filled = np.where(np.isfinite(numbers), numbers, middle)
        # By ranks: one far value must not decide all distances.
        ranks = filled.argsort(axis=0, kind="stable").argsort(axis=0, kind="stable") / count
        _level_ties(filled, ranks)
    # A text column's values are alike or not, at most as far apart as ranks can be.
    parts = [ranks, *(_one_hot(part[:, k]) for k in text)]
    table = np.concatenate(parts, axis=1)
    square = (table**2).sum(axis=1)
    distance = square[:, None] + square - 2 * table @ table.T
    np.fill_diagonal(distance, np.inf)
    return _Near(rows, rows[distance.argmin(axis=1)])


def _level_ties(filled: NDArray[np.float64], ranks: NDArray[np.float64]) -> None:
    """Equal values get equal ranks, the mean of theirs."""
    for k in range(filled.shape[1]):
        code = np.unique(filled[:, k], return_inverse=True)[1]
        ranks[:, k] = (np.bincount(code, weights=ranks[:, k]) / np.bincount(code))[code]


def _one_hot(column: NDArray[np.float64], most: int = 50) -> NDArray[np.float64]:
    """Columns of 0 and 1 for the most frequent values of a text column."""
    values, counts = np.unique(column[np.isfinite(column)], return_counts=True)
    kept = values[np.argsort(-counts, kind="stable")[:most]]
    return (column[:, None] == kept).astype(np.float64) / np.sqrt(2)
