"""balanced-forest and easy-ensemble: learned from balanced draws, honest about real shares."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from harness.evaluate import metrics
from harness.zoo import _members
from harness.zoo.easy_ensemble import EasyEnsemble

MODELS = ["balanced-forest", "easy-ensemble"]
COUNTS = [300, 80, 20]


def rows(counts: list[int] = COUNTS, *, apart: float = 1.5, seed: int = 0) -> tuple[Any, Any]:
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.repeat(np.arange(len(counts)), counts))
    return (rng.normal(size=(len(y), 4)) + apart * np.eye(3, 4)[y]).astype(np.float32), y


def make(model: str, **settings: Any) -> Any:
    own = {"n_estimators": 100} if model == "balanced-forest" else {"n_boosted": 8}
    return _members.make(model, own | settings, seed=0)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("apart", [0.0, 1.5])
def test_probabilities_have_the_real_shares(model: str, apart: float) -> None:
    fitted = make(model).fit(*rows(apart=apart))
    proba = fitted.predict_proba(rows(apart=apart, seed=1)[0])
    np.testing.assert_allclose(proba.mean(axis=0), np.array(COUNTS) / 400, atol=0.07)


@pytest.mark.parametrize("model", MODELS)
def test_new_rows_are_told_better_than_by_the_shares(model: str) -> None:
    X, y = rows(seed=1)
    loss = metrics.score("logloss", y, make(model).fit(*rows()).predict_proba(X))
    shares = np.array(COUNTS) / 400
    assert loss < -0.85 * (shares * np.log(shares)).sum()


def test_every_tree_saw_as_many_rows_of_every_class() -> None:
    fitted = make("balanced-forest").fit(*rows())
    for tree in fitted.estimators_:
        np.testing.assert_allclose(tree.tree_.value[0, 0], 1 / 3, atol=1e-9)
        assert tree.tree_.n_node_samples[0] <= 3 * 20


def test_what_drew_the_rows_is_not_kept() -> None:
    fitted = make("balanced-forest").fit(*rows())
    assert not {"samplers_", "pipelines_", "base_sampler_"} & set(vars(fitted))


def test_a_class_of_few_rows_is_said() -> None:
    fitted = make("balanced-forest").fit(*rows([60, 40, 4]))
    assert "the smallest class has 4 row(s)" in fitted.notes_[-1]


def test_the_correction_learns_from_rows_held_out_groups_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    X, y = rows([60, 60, 60])
    X[:, 0] = np.arange(180)
    groups = np.arange(180) // 6
    learned: list[set[int]] = []
    judged: list[set[int]] = []
    real = EasyEnsemble._boosted

    def boosted(self: Any, X: Any, y: Any) -> Any:
        learned.append(set((X[:, 0] // 6).astype(int)))
        return real(self, X, y)

    monkeypatch.setattr(EasyEnsemble, "_boosted", boosted)
    from harness.zoo import easy_ensemble

    scores = easy_ensemble._scores

    def spy(boosted: Any, X: Any) -> Any:
        judged.append(set((X[:, 0] // 6).astype(int)))
        return scores(boosted, X)

    monkeypatch.setattr(easy_ensemble, "_scores", spy)
    make("easy-ensemble").fit(X, y, groups=groups)
    assert len(learned) == 4
    for inner, held_out in zip(learned[:3], judged, strict=True):
        assert not inner & held_out
        assert inner | held_out == set(range(30))
    assert learned[3] == set(range(30))
