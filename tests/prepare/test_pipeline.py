"""The pipeline's order, and that nothing of a held-out row reaches a fold's model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression

from harness.competition import Competition
from harness.errors import UsageError
from harness.evaluate.crossval import run_fold
from harness.prepare import pipeline, samplers, scalers

pytestmark = pytest.mark.machine

REDUCERS = ["none", "drop-constant", "block-means", "pca:3", "pca:0.9", "select:4"]
CHOICES = [
    *[{"scaler": name} for name in scalers.SCALERS],
    *[{"reducer": name} for name in REDUCERS],
    *[{"balance": name} for name in samplers.SAMPLERS],
]


def ids(choice: dict[str, str]) -> str:
    """A test's name."""
    return "-".join(f"{key}-{value}" for key, value in choice.items())


def model() -> LogisticRegression:
    """Quick and deterministic; a tolerance too coarse to matter."""
    return LogisticRegression(tol=0.1, max_iter=5000)


@pytest.fixture
def folds(competition: Competition) -> np.ndarray:
    """Each row's fold, 0 or 1."""
    return np.arange(len(competition.y)) % 2


@pytest.mark.parametrize("choice", CHOICES, ids=ids)
def test_held_out_rows_and_labels_don_t_change_a_fold_s_model_by_a_bit(
    odd_competition: Competition, folds: np.ndarray, choice: dict[str, str]
) -> None:
    c = odd_competition
    built = pipeline.build(c, model(), **{"scaler": "standard", **choice})
    probe = c.X[folds == 1]

    rng = np.random.default_rng(0)
    X, y = c.X.copy(), c.y.copy()
    held_out = folds == 0
    X[held_out] = rng.normal(scale=1e4, size=X[held_out].shape)
    y[held_out] = rng.integers(0, 4, held_out.sum())
    other = pipeline.build(replace(c, X=X, y=y), model(), **{"scaler": "standard", **choice})

    fits = [
        run_fold(p, X_, y_, folds, 0, n_classes=4, X_test=probe)
        for p, X_, y_ in ((built, c.X, c.y), (other, X, y))
    ]
    assert fits[0].test_proba.tobytes() == fits[1].test_proba.tobytes()
    assert fits[0].notes == fits[1].notes


@pytest.mark.parametrize("choice", CHOICES, ids=ids)
def test_the_same_seed_gives_the_same_bytes(
    competition: Competition, folds: np.ndarray, choice: dict[str, str]
) -> None:
    one, other = (
        run_fold(
            pipeline.build(competition, model(), **{"scaler": "power", **choice}, seed=3),
            competition.X,
            competition.y,
            folds,
            0,
            n_classes=4,
        )
        for _ in range(2)
    )
    assert one.proba.tobytes() == other.proba.tobytes()


@pytest.mark.parametrize("choice", CHOICES, ids=ids)
def test_a_prediction_doesn_t_depend_on_the_rows_beside_it(
    odd_competition: Competition, choice: dict[str, str]
) -> None:
    c = odd_competition
    fitted = pipeline.build(c, model(), **{"scaler": "standard", **choice}).fit(c.X, c.y)
    together = fitted.predict_proba(c.X)
    alone = np.vstack([fitted.predict_proba(c.X[i : i + 1]) for i in range(10)])
    np.testing.assert_allclose(together[:10], alone, rtol=1e-5, atol=1e-6)


def steps(c: Competition, **choice: str) -> list[str]:
    """The names of a pipeline's steps."""
    return [name for name, _ in pipeline.build(c, model(), **choice).steps]


def test_the_order_of_the_steps(odd_competition: Competition) -> None:
    assert steps(odd_competition, reducer="select:5+block-means+pca:2", balance="smote") == [
        "blocks",
        "encode",
        "constant",
        "scaler",
        "select",
        "pca",
        "sampler",
        "model",
    ]


def test_steps_with_nothing_to_do_are_left_out(competition: Competition) -> None:
    assert steps(competition, scaler="none", reducer="none") == ["model"]


def test_missing_cells_in_test_rows_alone_bring_the_encoder(competition: Competition) -> None:
    X_test = competition.X[:3].copy()
    X_test[1, 1] = np.nan
    c = replace(competition, X_test=X_test)
    assert "encode" in steps(c)
    fitted = pipeline.build(c, model()).fit(c.X, c.y)
    assert np.isfinite(fitted.predict_proba(X_test)).all()


def test_block_means_without_blocks_name_the_next_step(competition: Competition) -> None:
    with pytest.raises(UsageError, match="declares no column blocks") as caught:
        pipeline.build(replace(competition, blocks=()), model(), reducer="block-means")
    assert "[[blocks]]" in str(caught.value.todo)


def test_block_means_and_a_text_column_inside_a_block(odd_competition: Competition) -> None:
    c = replace(odd_competition, blocks=(replace(odd_competition.blocks[0], stop=12),))
    fitted = pipeline.build(c, model(), reducer="block-means").fit(c.X, c.y)
    assert "one-hot" not in str(fitted.named_steps["encode"].notes_)
    # One mean, and the text column's frequent values and "other".
    assert fitted.named_steps["encode"].transform(fitted[:1].transform(c.X)).shape[1] >= 4


def test_the_fit_says_what_preparing_did(competition: Competition) -> None:
    fold = run_fold(
        pipeline.build(competition, model()),
        competition.X,
        competition.y,
        np.arange(180) % 3,
        0,
        n_classes=4,
    )
    assert "1 of 12 columns are constant" in fold.notes[0]


def test_building_leaves_the_model_unfitted(competition: Competition) -> None:
    built = pipeline.build(competition, model(), balance="weights", reducer="pca:3")
    clone(built)
    assert not hasattr(built[-1], "classes_")
