"""Labels that look wrong: a fitted entry and the rows around both speak against them.

An entry alone can't tell a wrong label from a hard row: the most certain of a model's wrong answers
are more frequent than its probabilities say, even on clean labels. So three things have to agree on
a suspect:

1. Its given label is improbable by the entry's out-of-fold probabilities and the labels of the
   `VOTERS` nearest rows, weighed against each other by likelihood (a logarithmic pool of two).
2. Another class reaches its confident threshold, the mean of its probability over the rows that
   bear it (Northcutt, Jiang and Chuang 2021, "Confident learning").
3. Hardly any of the nearest rows has the given label, and at least half of them agree on one class.

Clean labels of hard rows leave suspects, too. Their number is expected from the probabilities
themselves; only where there are more than chance allows is anything said. What is improbable has
two `RULES`, since many wrong labels make themselves probable: the first takes the pool as it is and
finds few wrong ones among hard rows; the second fits a share of labels that are drawn at random
beside the pool, and finds many among easy rows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax
from scipy.stats import poisson

from harness.check._finding import Finding, Outcome, Severity, counted, listed, percent, skipped
from harness.check._near import nearest, usable
from harness.check._sheet import FEWEST_ROWS, Sheet, chosen
from harness.competition import Labels, Probabilities

VOTERS, AGREE = 20, 0.5
# Voters of one's own group share one's label, wrong or not. More are asked, so that enough remain.
ASKED, FEWEST_VOTERS, FEWEST_COLUMNS = 40, 5, 3
# Share of suspects beyond those expected from which labels are bad.
MANY = 0.01


@dataclass(frozen=True)
class Rule:
    """What makes a label improbable, and how many suspects are more than chance.

    Attributes
    ----------
    noisy : bool
        Whether a share of random labels is fitted beside the pool.
    most : float
        The largest probability that a suspect's label has; with `noisy`, that it isn't random.
    votes : float
        The largest share of the nearest rows with the same label.
    fewest : int
    times : float
        Suspects over those expected.
    chance : float
        The Poisson probability of as many.
    """

    noisy: bool
    most: float
    votes: float
    fewest: int
    times: float
    chance: float


RULES = (
    Rule(noisy=False, most=0.003, votes=0.0, fewest=3, times=2, chance=0.002),
    # Miscalibrated models look like noise, too: five times as many as expected is no proof.
    Rule(noisy=True, most=0.2, votes=1 / VOTERS, fewest=10, times=8, chance=1e-6),
)


@dataclass(frozen=True)
class Suspects:
    """Rows whose label looks wrong, the most suspicious first, and how many clean labels leave."""

    rows: Labels
    given: Labels
    suggested: Labels
    probability: Probabilities
    expected: float


def check(sheet: Sheet) -> Outcome:
    """One finding, with all the rows, their given and their suggested label."""
    entry = sheet.entry
    if entry is None:
        return skipped("no entry to judge them: harness fit, then check again")
    at = chosen(len(entry.rows), sheet.seed)
    rows = entry.rows[at]
    if not _fits(sheet, rows, entry.y[at], entry.oof[at]):
        return skipped(f"the rows of entry {entry.name} are not those of the competition")
    kept = np.array([k for k in range(len(sheet.names)) if k not in sheet.row_ids], dtype=np.int64)
    columns = usable(sheet, kept)
    if len(rows) < FEWEST_ROWS or len(columns) < FEWEST_COLUMNS:
        return skipped(f"{counted(len(rows), 'row')}, {len(columns)} number columns: too few")
    suspects, certain = find_suspects(entry.oof[at], rows, sheet, columns)
    seen = (
        f"{len(suspects.rows)} suspects of {counted(len(rows), 'row')} by {entry.name}; "
        f"clean labels would leave {suspects.expected:.1f}"
    )
    return Outcome([_finding(sheet, suspects, entry.name, len(rows))] if certain else (), seen)


def _fits(sheet: Sheet, rows: Labels, y: Labels, oof: Probabilities) -> bool:
    inside = len(rows) > 0 and rows.min() >= 0 and rows.max() < len(sheet.y)
    return bool(
        inside
        and (sheet.y[rows] == y).all()
        and oof.shape[1] == sheet.competition.n_classes
        and np.isfinite(oof).all()
    )


def find_suspects(
    oof: Probabilities, rows: Labels, sheet: Sheet, columns: Labels
) -> tuple[Suspects, bool]:
    """The rows that all three signs speak against, and whether they are more than chance.

    Parameters
    ----------
    oof : float64 array, shape (r, K)
        Out-of-fold probabilities of `rows`.
    rows : int64 array, shape (r,)
    columns : int64 array
        What the nearest rows are found by.
    """
    y = sheet.y[rows]
    votes, enough = _votes(sheet, rows, columns)
    agreed = enough & (votes.max(axis=1) >= AGREE)
    by_rule = [_by_rule(rule, oof, votes, agreed, y) for rule in RULES]
    certain = [
        len(one.rows) >= max(rule.fewest, rule.times * one.expected)
        and poisson.sf(len(one.rows) - 1, one.expected) <= rule.chance
        for rule, one in zip(RULES, by_rule, strict=True)
    ]
    passed = [one for one, sure in zip(by_rule, certain, strict=True) if sure]
    best = max(passed, key=lambda one: len(one.rows)) if passed else by_rule[0]
    return replace(best, rows=rows[best.rows]), bool(passed)


def _by_rule(
    rule: Rule, oof: Probabilities, votes: Probabilities, agreed: Labels, y: Labels
) -> Suspects:
    """A rule's suspects; `rows` are positions in `y`."""
    proba, noise = _pooled(oof, votes, y, noisy=rule.noisy)
    number, classes = np.arange(len(y)), proba.shape[1]
    thresholds = np.array(
        [proba[y == k, k].mean() if (y == k).any() else 1.0 for k in range(classes)]
    )
    confident = proba >= thresholds
    others = confident.sum(axis=1, keepdims=True) - confident > 0
    # Probabilities of the label itself, or that it comes from the pool and not from noise.
    own = (1 - noise) * proba / ((1 - noise) * proba + noise / classes) if rule.noisy else proba
    # For every label that a row could bear: would it be a suspect?
    suspicious = (own <= rule.most) & (votes <= rule.votes) & others & agreed[:, None]
    found = np.flatnonzero(suspicious[number, y])
    found = found[np.argsort(proba[found, y[found]], kind="stable")]
    return Suspects(
        found,
        y[found],
        proba[found].argmax(axis=1),
        proba[found, y[found]],
        float(proba[suspicious].sum()),
    )


def _votes(sheet: Sheet, rows: Labels, columns: Labels) -> tuple[Probabilities, Labels]:
    """The labels' shares among the nearest rows of other groups, and whether these are enough."""
    neighbours = nearest(sheet, columns, rows, rows, ASKED)[1]
    valid = neighbours >= 0
    if sheet.groups is not None:
        valid &= sheet.groups[neighbours] != sheet.groups[rows][:, None]
    valid &= np.cumsum(valid, axis=1) <= VOTERS
    number = valid.sum(axis=1)
    labels = sheet.y[neighbours]
    classes = sheet.competition.n_classes
    votes = np.stack([((labels == k) & valid).sum(axis=1) for k in range(classes)], axis=1)
    return votes / np.maximum(1, number)[:, None], number >= FEWEST_VOTERS


def _pooled(
    oof: Probabilities, votes: Probabilities, y: Labels, *, noisy: bool
) -> tuple[Probabilities, float]:
    """Both opinions in one, softmax(a log oof + b log votes), and the share of random labels.

    a, b and the share have the highest likelihood; without `noisy` the share is 0.
    """
    classes, number = oof.shape[1], np.arange(len(y))
    prior = np.bincount(y, minlength=classes) / len(y)
    opinions = np.stack(
        [
            np.log(np.clip(oof, 1e-15, 1)),
            # One voter drawn from the prior keeps the logarithm finite.
            np.log((votes * VOTERS + np.maximum(prior, 1e-6)) / (VOTERS + 1)),
        ]
    )

    def loss(settings: Probabilities) -> float:
        pool = log_softmax(np.tensordot(settings[:2], opinions, 1), axis=1)[number, y]
        if noisy:
            share = settings[2]
            pool = np.logaddexp(np.log1p(-share) + pool, np.log(share / classes))
        return -float(pool.mean())

    start, bounds = [0.7, 0.3, 0.01], [(0.05, 5), (0, 5), (1e-6, 0.3)]
    many = 3 if noisy else 2
    found = minimize(loss, start[:many], bounds=bounds[:many], method="L-BFGS-B").x
    proba = np.exp(log_softmax(np.tensordot(found[:2], opinions, 1), axis=1))
    return proba, float(found[2]) if noisy else 0.0


def _finding(sheet: Sheet, suspects: Suspects, entry: str, looked: int) -> Finding:
    ids = sheet.competition.train_ids
    triples = list(
        zip(
            suspects.rows.tolist(),
            suspects.given.tolist(),
            suspects.suggested.tolist(),
            suspects.probability.tolist(),
            strict=True,
        )
    )
    told = [
        f"{sheet.row(row)}: {sheet.class_name(given)}, rather {sheet.class_name(other)}"
        for row, given, other, _ in triples
    ]
    number, excess = len(triples), len(triples) - suspects.expected
    return Finding(
        Severity.BAD if excess / looked >= MANY else Severity.WARN,
        f"labels that look wrong, the most suspicious first: {listed(told)}",
        f"{counted(number, 'row')} of {looked:,} ({percent(number / looked)}) by entry {entry} and "
        f"the rows around them, the surest alone; clean labels would leave {suspects.expected:.1f}",
        "look at these rows (--json lists them all) and correct the labels that are wrong; "
        "leave the hard ones as they are",
        {
            "entry": entry,
            "expected": round(suspects.expected, 2),
            "rows": [
                {
                    "row": row + 1,
                    "id": ids[row] if ids else None,
                    "given": sheet.competition.classes[given],
                    "suggested": sheet.competition.classes[other],
                    "probability": round(own, 6),
                }
                for row, given, other, own in triples
            ],
        },
    )
