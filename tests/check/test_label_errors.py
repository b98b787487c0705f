"""Wrong labels are found by an entry and the rows around; hard rows are left alone."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import QuantileTransformer
from spoiled import clean, only, outcome

from harness.competition import Competition


@dataclass(frozen=True)
class Fitted:
    """As much of an entry as the check asks for."""

    oof: np.ndarray
    y: np.ndarray
    rows: np.ndarray
    name: str = "logistic-001"
    receipt: dict = field(default_factory=dict)


def fitted(world: Competition, rows: np.ndarray | None = None) -> Fitted:
    rows = np.arange(len(world.y)) if rows is None else rows
    model = make_pipeline(QuantileTransformer(n_quantiles=100), LogisticRegression(max_iter=500))
    folds = StratifiedKFold(3, shuffle=True, random_state=0)
    X, y = world.X[rows], world.y[rows]
    return Fitted(cross_val_predict(model, X, y, cv=folds, method="predict_proba"), y, rows)


def flipped(seed: int = 0, apart: float = 2.0) -> tuple[Competition, np.ndarray]:
    """Clean rows, some of them with another label; and which."""
    world = clean(seed, rows=1500, apart=apart)
    rng = np.random.default_rng(seed)
    wrong = rng.choice(1500, 60, replace=False)
    y = world.y.copy()
    y[wrong] = (y[wrong] + rng.integers(1, 4, len(wrong))) % 4
    return replace(world, y=y), wrong


@pytest.mark.parametrize("apart", [2.0, 5.0])
@pytest.mark.parametrize("seed", range(3))
def test_flipped_labels_are_found(seed: int, apart: float) -> None:
    world, wrong = flipped(seed, apart)
    found = only("label-errors", world, entry=fitted(world))
    rows = [one["row"] - 1 for one in found.data["rows"]]
    assert len(rows) >= 25
    assert np.mean(np.isin(rows, wrong)) >= 0.9


def test_a_suspect_is_told_with_its_id_its_label_and_a_better_one() -> None:
    world, wrong = flipped()
    world = replace(world, train_ids=tuple(f"song-{row}" for row in range(1500)))
    found = only("label-errors", world, entry=fitted(world))
    true = clean(0, rows=1500, apart=2.0).y
    told = [one for one in found.data["rows"] if one["row"] - 1 in set(wrong.tolist())]
    for one in told:
        assert one["id"] == f"song-{one['row'] - 1}"
        assert one["given"] == world.classes[world.y[one["row"] - 1]]
    right = [one["suggested"] == world.classes[true[one["row"] - 1]] for one in told]
    assert np.mean(right) > 0.8
    assert found.data["rows"] == sorted(found.data["rows"], key=lambda one: one["probability"])


@pytest.mark.parametrize("apart", [0.5, 1.0, 3.0])
@pytest.mark.parametrize("seed", range(3))
def test_clean_labels_are_left_alone_however_hard_the_rows(seed: int, apart: float) -> None:
    world = clean(seed, rows=1500, apart=apart)
    assert outcome("label-errors", world, entry=fitted(world)).findings == ()


def test_an_entry_that_held_out_only_some_rows() -> None:
    world, _ = flipped()
    rows = np.sort(np.random.default_rng(0).choice(1500, 1200, replace=False))
    found = only("label-errors", world, entry=fitted(world, rows))
    suspects = {one["row"] - 1 for one in found.data["rows"]}
    assert suspects <= set(rows.tolist())


def test_rows_of_one_group_do_not_vouch_for_each_other() -> None:
    world = clean(0, rows=1500)
    # Thirty near copies of one row, all with the same wrong label.
    rng = np.random.default_rng(0)
    X, y = world.X.copy(), world.y.copy()
    at = np.arange(30)
    X[at] = X[5] * (1 + 0.01 * rng.normal(size=(30, 12))).astype(np.float32)
    y[at] = (world.y[5] + 1) % 4
    groups = np.maximum(np.arange(1500), 30)
    world = replace(world, X=X, y=y, groups=groups)
    entry = fitted(world)
    entry.oof[at] = np.where(np.eye(4)[world.y[at]] == 1, 1e-6, (1 - 1e-6) / 3)
    entry.oof[at, clean(0, rows=1500).y[5]] += 0.6
    entry.oof[at] /= entry.oof[at].sum(axis=1, keepdims=True)
    assert only("label-errors", world, entry=entry).data["rows"]


def test_without_an_entry_it_is_said_what_is_needed() -> None:
    skipped = outcome("label-errors", clean())
    assert skipped.skipped
    assert "harness fit" in skipped.seen


def test_an_entry_of_other_rows_is_not_taken() -> None:
    world = clean()
    entry = fitted(world)
    other = replace(world, y=np.roll(world.y, 1))
    assert outcome("label-errors", other, entry=entry).skipped
