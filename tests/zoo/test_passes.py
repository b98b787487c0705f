"""How often a net passes over its rows when their number decides."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("tensorflow")

from harness.zoo import _tabm
from harness.zoo._tabm import SharedEnsemble

pytestmark = pytest.mark.machine


def part(rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(rows, 3)).astype(np.float32)
    return X, (X[:, 0] > 0).astype(np.int64)


@pytest.mark.parametrize(("rows", "epochs"), [(50, 40), (1000, 40), (4000, 20), (10**6, 8)])
def test_many_rows_are_passed_over_less_often(rows: int, epochs: int) -> None:
    assert SharedEnsemble().passes(rows) == epochs


def test_a_number_that_is_given_stands() -> None:
    assert SharedEnsemble(epochs=3).passes(10**6) == 3


def test_folds_of_other_sizes_train_as_long_as_they_would_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_tabm, "ROWS", 20)
    monkeypatch.setattr(_tabm, "EPOCHS", 6)
    monkeypatch.setattr(_tabm, "FEWEST", 2)
    net = SharedEnsemble(members=2, hidden=(4,), batch_size=16)
    parts = [part(20, 0), part(80, 1), part(24, 2)]
    together = net.fit_folds(parts)
    assert [len(one.history_["loss"]) for one in together] == [6, 3, 5]
    for one, given in zip(together, parts, strict=True):
        alone = SharedEnsemble(members=2, hidden=(4,), batch_size=16).fit(*given)
        np.testing.assert_allclose(
            one.predict_proba(given[0]), alone.predict_proba(given[0]), atol=1e-5
        )
