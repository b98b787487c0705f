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

import numpy as np

from harness.competition import Competition, Labels, Leaderboard, Probabilities
from harness.submission._faults import Faults
from harness.submission._neighbours import (
    FEWEST_ROWS,
    Agreement,
    Near,
    Shares,
    agreement,
    neighbours,
    ranks_of,
)

# Of so many standard errors chance makes nothing: among a thousand honest files of ten classes less
# than one has a class so far off.
BEYOND_CHANCE = 4.0
# The best order of the columns fits the shares so many times better than theirs.
BETTER = 3.0
# From here on no model explains it; before, the features must say the same.
FAR_BETTER = 10.0
# Before equal means are called odd, the training shares would have to be seen this clearly.
CLEARLY = 10.0
# A file's neighbours agree at least this part as much beyond chance as training rows' do.
LEAST_OF_AGREEMENT = 0.25
# Below so many standard errors the probabilities of neighbours correlate by chance.
UNLIKE = 3.0


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
    if len(proba) < 2 or not np.isfinite(proba).all():
        return
    if (proba == proba[0]).all():
        _tell_one_answer(values, competition, faults)
        return
    if k < 2:
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
    _tell_rows(proba, competition, board, faults)


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
    if apart < FAR_BETTER * best and not _features_agree(proba, shares, competition):
        return False
    worst = int(np.abs(means - shares).argmax())
    name = board.header[1 + worst] if board.holds == "probabilities" else competition.classes[worst]
    what = "mean probability" if board.holds != "labels" else "share of the labels"
    turns = [_distance(np.roll(means, -turn), shares) for turn in range(len(shares))]
    turn = int(np.argmin(turns))
    guess = (
        "are the classes' columns in another order" if board.holds != "labels" else "are labels "
    )
    if board.holds == "labels":
        guess += "counted otherwise, or classes in another order"
    elif board.holds == "probability":
        guess = f"is it the probability of {competition.classes[1 - worst]}"
    elif turn and turns[turn] <= best + (apart - best) / BETTER:
        guess = f"are the columns shifted by {min(turn, len(shares) - turn)}"
    faults.add(
        "class-order",
        f"{name} has a {what} of {means[worst]:.3f}, and {shares[worst]:.3f} of the training rows "
        f"are of it; all classes together are {apart:.2f} away from the training shares, in "
        f"another order {best:.2f}: {guess}?",
    )
    return True


def _features_agree(proba: Probabilities, shares: Shares, competition: Competition) -> bool:
    """Whether training rows near the test rows speak for the other order as well.

    A balanced model that knows little names the classes in any order; its labels agree with those
    of the nearest training rows by chance in both. Without test rows nothing speaks against it.
    """
    near = neighbours(competition)
    if near is None:
        return True
    labels = proba.argmax(axis=1)[near.rows]
    meant = np.empty(len(shares), dtype=np.int64)
    meant[np.argsort(proba.mean(axis=0), kind="stable")] = np.argsort(shares, kind="stable")
    own = competition.y[near.across]
    gain = (meant[labels] == own).astype(float) - (labels == own)
    return bool(gain.mean() > BEYOND_CHANCE * gain.std() / np.sqrt(len(gain)))


def _tell_alike(
    proba: Probabilities, shares: Shares, competition: Competition, faults: Faults
) -> None:
    """Whether all classes' means are alike, as in rows whose columns were shuffled one by one."""
    n, k = proba.shape
    means, spread = proba.mean(axis=0), proba.std(axis=0)
    if (spread == 0).any():
        return
    error = spread / np.sqrt(n)
    if not _spread_by_chance(proba, shares, competition):
        return
    seen = np.abs(shares - 1 / k) / np.maximum(error, np.sqrt(shares * (1 - shares) / n))
    if (np.abs(means - 1 / k) > BEYOND_CHANCE * error).any() or seen.max() < CLEARLY:
        return
    faults.add(
        "classes-alike",
        f"all classes are alike in it (mean {means.min():.3f} to {means.max():.3f}), and not in "
        f"the training rows (share {shares.min():.3f} to {shares.max():.3f}): are values shuffled, "
        "or drawn at random?",
    )


def _spread_by_chance(proba: Probabilities, shares: Shares, competition: Competition) -> bool:
    """Whether the values say nothing of the rows, though they are sure of them.

    A balanced model that knows little leaves all classes alike too: it is sure of none, and its
    labels agree with those of neighbours. Shuffled values are as sure as they were, and agree with
    nobody.
    """
    if proba.max(axis=1).mean() < shares.max():
        return False
    near = neighbours(competition)
    if near is None:
        return len(proba) >= FEWEST_ROWS and competition.X_test is None
    given = agreement(proba.argmax(axis=1), near.rows, near.nearest)
    return given is not None and given.beyond < BEYOND_CHANCE * given.error / 2


def _distance(one: Shares, other: Shares) -> float:
    """Half the summed distance of two rows of shares: what would have to be moved."""
    return float(np.abs(one - other).sum() / 2)


def _tell_rows(
    proba: Probabilities, competition: Competition, board: Leaderboard, faults: Faults
) -> None:
    """Whether neighbouring rows agree no more than by chance, where training rows do."""
    near = neighbours(competition)
    if near is None:
        return
    real = agreement(competition.y, near.train_rows, near.train_nearest)
    if real is None:
        return
    given = agreement(proba.argmax(axis=1), near.rows, near.nearest)
    if (
        given is not None
        and real.beyond >= BEYOND_CHANCE * real.error
        and given.beyond + BEYOND_CHANCE * given.error < LEAST_OF_AGREEMENT * real.beyond
    ):
        words = f"the same class in {given.share:.1%} (by chance {given.chance:.1%}),"
        training = f"among the training rows in {real.share:.1%}"
    elif board.holds != "labels" and _unlike(proba, near, real):
        words = "probabilities as unlike as any two rows have;"
        training = f"among the training rows they have the same class in {real.share:.1%}"
    else:
        return
    faults.add(
        "rows-shuffled",
        f"neighbours among the test rows have {words} {training} (by chance {real.chance:.1%}): "
        "are the rows in another order than their ids?",
    )


def _unlike(proba: Probabilities, near: Near, real: Agreement) -> bool:
    """Whether the probabilities of neighbours correlate by chance only.

    Predictions vary less than the labels that they predict, so those of neighbours correlate more
    than their labels do. The error is that of a correlation, which rare classes don't widen.
    """
    error = 1 / np.sqrt(min(len(near.rows), len(near.train_rows)))
    if real.beyond < BEYOND_CHANCE * error:
        return False
    ranks = np.column_stack([ranks_of(column) for column in proba.T])
    ranks -= ranks.mean(axis=0)
    together = (ranks[near.rows] * ranks[near.nearest]).sum(axis=1).mean()
    correlation = together / (ranks**2).sum(axis=1).mean()
    return bool(correlation < min(UNLIKE * error, real.beyond / 2))
