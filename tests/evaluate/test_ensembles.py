"""Blending: weights that help where they can, and a score that they can't flatter."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import DataError, UnknownNameError
from harness.evaluate import ensembles, metrics
from harness.evaluate.ensembles import METHODS, Blend

ROWS, CLASSES = 600, 3


def made(seed: int, *sharpness: float, rows: int = ROWS) -> tuple[list[np.ndarray], np.ndarray]:
    """Members that see the class through noise of their own, and the classes.

    A member's logits are the truth's times its sharpness plus unit noise; 0 knows nothing.
    """
    rng = np.random.default_rng(seed)
    y = rng.integers(CLASSES, size=rows)
    members = []
    for sharp in sharpness:
        logits = sharp * np.eye(CLASSES)[y] + rng.normal(size=(rows, CLASSES))
        proba = np.exp(logits)
        members.append(proba / proba.sum(axis=1, keepdims=True))
    return members, y


def parts(rows: int = ROWS, count: int = 5) -> np.ndarray:
    return np.arange(rows) % count


@pytest.mark.parametrize("method", METHODS)
def test_two_that_err_apart_are_better_together(method: str) -> None:
    members, y = made(1, 1.5, 1.5)
    blended = ensembles.cross_fitted(method, members, y, parts())
    alone = min(metrics.score("logloss", y, one) for one in members)
    assert metrics.score("logloss", y, blended) < alone - 0.02


@pytest.mark.parametrize("method", ["greedy", "stacking"])
def test_one_that_knows_nothing_gets_no_weight(method: str) -> None:
    members, y = made(2, 2.0, 0.0)
    assert ensembles.fit(method, members, y).shares[1] < 0.1


@pytest.mark.parametrize("method", METHODS)
def test_overconfidence_of_a_member_is_taken_back(method: str) -> None:
    (good,), y = made(3, 1.5)
    sharp = good**6 / (good**6).sum(axis=1, keepdims=True)
    blended = ensembles.fit(method, [sharp, sharp], y).apply([sharp, sharp])
    assert metrics.score("logloss", y, blended) <= metrics.score("logloss", y, good) + 0.005


@pytest.mark.parametrize("method", METHODS)
def test_weights_learn_nothing_from_the_rows_they_score(method: str) -> None:
    """Other labels in a part change nothing of what that part's rows get."""
    members, y = made(4, 1.0, 1.5, 0.5)
    before = ensembles.cross_fitted(method, members, y, parts())
    own = parts() == 2
    other = y.copy()
    other[own] = (y[own] + 1) % CLASSES
    after = ensembles.cross_fitted(method, members, other, parts())
    np.testing.assert_array_equal(before[own], after[own])
    assert not np.array_equal(before[~own], after[~own])


def test_many_members_of_noise_dont_flatter_the_blend() -> None:
    """Thirty that know nothing score no better than the class shares."""
    members, y = made(5, *[0.0] * 30)
    blended = ensembles.cross_fitted("stacking", members, y, parts())
    shares = np.bincount(y) / len(y)
    assert metrics.score("logloss", y, blended) > metrics.score(
        "logloss", y, np.broadcast_to(shares, blended.shape)
    )


def test_a_method_that_is_clearly_better_stands_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stacking that trusts the wrong member: the others are better by many standard errors."""
    worst = replace(METHODS["stacking"], fit=lambda logs, y, metric: np.array([0.0, 1.0]))
    monkeypatch.setitem(METHODS, "stacking", worst)
    members, y = made(6, 2.0, 0.0)
    trials = ensembles.judge(members, y, parts())
    scores = [trial.score for trial in trials.values()]
    assert list(trials)[-1] == ensembles.USUAL
    assert scores == sorted(scores)


def test_a_method_that_is_better_by_chance_isnt_chosen() -> None:
    """On few rows another method has more of them right at times, and the usual one is kept."""
    best_is_another = 0
    for seed in range(20):
        members, y = made(seed, 1.5, 1.5, 1.5, rows=30)
        trials = ensembles.judge(members, y, parts(30), metric="accuracy")
        best = max(trials, key=lambda name: trials[name].score)
        if next(iter(trials)) == ensembles.USUAL != best:
            best_is_another += 1
    assert best_is_another > 1


def test_rows_without_a_mistake_dont_make_the_blend_sure_of_all() -> None:
    """Forty rows that are all right; weights without bounds would go to infinity."""
    y = np.arange(40) % CLASSES
    good = np.full((40, CLASSES), 0.1)
    good[np.arange(40), y] = 1 - 0.1 * (CLASSES - 1)
    fitted = ensembles.fit("stacking", [good, good], y)
    assert 1 < sum(fitted.weights) < 6


def test_greedy_selection_looks_at_the_metric_that_is_asked_for() -> None:
    """Sharpened beyond recognition, the better labels are the worse probabilities."""
    members, y = made(7, 2.5, 1.0)
    wild = np.where(members[0] == members[0].max(axis=1, keepdims=True), 1 - 1e-9, 5e-10)
    labels = ensembles.fit("greedy", [wild, members[1]], y, metric="accuracy")
    assert labels.shares[0] > 0.5


def test_contributions_are_changes_from_weights_learned_without() -> None:
    members, y = made(8, 1.5, 1.5, 0.0)
    trial = next(iter(ensembles.judge(members, y, parts(), methods=["stacking"]).values()))
    named = dict(zip(["one", "two", "none"], members, strict=True))
    found = ensembles.contributions(trial, named, y, parts())
    assert found["one"].gain > 3 * found["one"].error
    assert found["one"].after == pytest.approx(trial.score)


def test_a_member_without_weight_isnt_asked_for_its_contribution() -> None:
    members, y = made(9, 2.0, 0.0)
    blend = Blend("stacking", (1.0, 0.0), (1.0, 1.0))
    trial = ensembles.Trial(blend, blend.apply(members), 0.0)
    named = dict(zip(["one", "none"], members, strict=True))
    assert list(ensembles.contributions(trial, named, y, parts())) == ["one"]


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**16),
    sharpness=st.lists(st.floats(0, 6), min_size=1, max_size=5),
    method=st.sampled_from(list(METHODS)),
)
def test_whatever_is_blended_are_probabilities(
    seed: int, sharpness: list[float], method: str
) -> None:
    members, y = made(seed, *sharpness, rows=60)
    blended = ensembles.cross_fitted(method, members, y, parts(60))
    assert (blended >= 0).all()
    np.testing.assert_allclose(blended.sum(axis=1), 1)
    fitted = ensembles.fit(method, members, y)
    assert min(fitted.weights) >= 0
    assert sum(fitted.shares) == pytest.approx(1)


@pytest.mark.parametrize("method", METHODS)
def test_zeros_and_ones_are_no_trouble(method: str) -> None:
    y = np.arange(90) % CLASSES
    wrong = np.eye(CLASSES)[(y + 1) % CLASSES]
    blended = ensembles.fit(method, [wrong, np.eye(CLASSES)[y]], y).apply([wrong, wrong])
    assert np.isfinite(blended).all()


def test_another_number_of_members_is_refused() -> None:
    members, y = made(10, 1.0, 1.0)
    with pytest.raises(DataError, match="2 weights can't blend 1 members"):
        ensembles.fit("average", members, y).apply(members[:1])


def test_an_unknown_method_is_answered_with_the_known_ones() -> None:
    members, y = made(10, 1.0)
    with pytest.raises(UnknownNameError, match="stacking"):
        ensembles.fit("stakcing", members, y)
