"""Models that look at images and sequences: how they get them, and that they read by batches."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.utils import estimator_checks
from worlds import small

from harness.competition import Block, Competition
from harness.errors import DataError, UsageError
from harness.evaluate.crossval import run_fold
from harness.matrices import Part
from harness.prepare import pipeline
from harness.storage import load_pipeline, save_pipeline
from harness.zoo import _members
from harness.zoo._augment import Augment, Batch
from harness.zoo._tensors import Layout, choose, layout, suits, time_axis

SEQUENCES = ("lstm", "cnn-mfcc", "lstm-mfcc", "td-cnn")
LOOKERS = ("cnn-image", *SEQUENCES)
TINY = {"epochs": 2, "units": (4,), "filters": (4,), "hidden": (4,)}


def model(name: str, **settings: Any) -> Any:
    known = {setting.name for setting in _members.describe(name)}
    chosen = {key: value for key, value in (TINY | settings).items() if key in known}
    return _members.make(name, chosen, seed=3)


def blocks_world(rows: int = 48, *, seed: int = 0) -> Competition:
    """Two plain columns, a 7 x 12 `rhythm`, a 9 x 4 `mfcc-seq`, a column behind; units far apart.

    The classes differ in which line of `rhythm` is raised, and in a coefficient of `mfcc-seq`.
    """
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.arange(rows) % 3)
    rhythm = rng.normal(size=(rows, 7, 12))
    rhythm[np.arange(rows), 2 * y] += 2
    rhythm = rhythm * 10.0 ** np.arange(7)[:, None] + 1e3
    frames = rng.normal(size=(rows, 9, 4))
    frames[np.arange(rows), :, y] += 2
    plain, last = rng.normal(size=(rows, 2)), rng.normal(size=(rows, 1))
    X = np.hstack([plain, rhythm.reshape(rows, -1), frames.reshape(rows, -1), last])
    X = X.astype(np.float32)
    blocks = (
        Block("plain", 0, 2),
        Block("rhythm", 2, 86, (7, 12)),
        Block("mfcc-seq", 86, 122, (9, 4)),
    )
    columns = tuple(map(str, range(X.shape[1])))
    return replace(small(rows=rows), X=X, y=y, X_test=X[:9], blocks=blocks, columns=columns)


def test_an_image_is_the_first_block_that_is_a_matrix() -> None:
    assert choose(blocks_world(), "image", model="m").name == "rhythm"


def test_a_sequence_is_of_mfcc_where_there_are_any() -> None:
    assert choose(blocks_world(), "sequence", model="m").name == "mfcc-seq"


@pytest.mark.parametrize(
    ("shape", "fits"),
    [((7, 24), True), ((8, 8, 3), True), ((2, 2), True), ((1, 9), False), ((9,), False)],
)
def test_what_counts_as_an_image(shape: tuple[int, ...], fits: bool) -> None:
    assert suits(Block("b", 0, int(np.prod(shape)), shape), "image") is fits


@pytest.mark.parametrize("name", LOOKERS)
def test_without_a_block_it_says_what_is_missing_and_what_to_do(name: str) -> None:
    world = replace(small(), blocks=(Block("plain", 0, 3),))
    with pytest.raises(UsageError) as caught:
        pipeline.build(world, model(name), scaler="none")
    text = str(caught.value)
    assert text.startswith(f"--model {name}: needs a")
    assert "plain (3 columns)" in text
    assert "harness extract DIR --features mfcc-seq" in text or "--features mel" in text
    assert len(text.splitlines()) == 2


def test_a_model_of_mfcc_takes_no_other_block_by_itself() -> None:
    world = replace(blocks_world(), blocks=blocks_world().blocks[:2])
    with pytest.raises(UsageError, match="--set block=rhythm"):
        pipeline.build(world, model("cnn-mfcc"), scaler="none")
    built = pipeline.build(world, model("cnn-mfcc", block="rhythm"), scaler="none")
    assert built[-1].shape == (7, 12)


def test_a_block_that_is_no_image_or_unknown_is_refused_by_name() -> None:
    with pytest.raises(UsageError, match=r"block=plain: cnn-image can't(.|\n)*rhythm, mfcc-seq"):
        pipeline.build(blocks_world(), model("cnn-image", block="plain"), scaler="none")
    with pytest.raises(UsageError, match="did you mean rhythm"):
        pipeline.build(blocks_world(), model("cnn-image", block="rythm"), scaler="none")


def test_a_block_with_text_in_it_is_passed_over() -> None:
    world = replace(blocks_world(), text={5: ("a", "b")})
    assert choose(world, "image", model="m").name == "mfcc-seq"


@pytest.mark.parametrize("reducer", ["pca:3", "select:5", "block-means"])
def test_nothing_that_moves_columns_may_stand_before_it(reducer: str) -> None:
    with pytest.raises(UsageError, match="leave --reducer out"):
        pipeline.build(blocks_world(), model("lstm"), scaler="none", reducer=reducer)


@pytest.mark.parametrize(
    ("block", "axis"),
    [
        (Block("mfcc-seq", 0, 20, (4, 5)), "first"),
        (Block("mel", 0, 20, (5, 4)), "last"),
        (Block("rhythm", 0, 168, (7, 24)), "last"),
        (Block("frames", 0, 168, (24, 7)), "first"),
        (Block("picture", 0, 75, (5, 5, 3)), "last"),
    ],
)
def test_which_axis_is_time(block: Block, axis: str) -> None:
    assert time_axis(block) == axis
    assert time_axis(block, "first") == "first"


@pytest.mark.parametrize("time", ["first", "last"])
def test_a_flat_row_becomes_a_sequence_with_time_in_front(time: Any) -> None:
    lstm = model("lstm").set_params(shape=(3, 4), time=time)
    row = np.arange(12, dtype=np.float32)[None]
    expected = row.reshape(1, 3, 4) if time == "first" else row.reshape(1, 3, 4).transpose(0, 2, 1)
    np.testing.assert_array_equal(lstm.tensors(row), expected)
    net = lstm.network(12, 2, np.random.default_rng(0))
    shown = type(net)(net.inputs[0], net.get_layer("scaled").output)
    np.testing.assert_array_equal(np.asarray(shown(row)), expected)


def test_means_and_deviations_are_of_bands_of_coefficients_or_of_channels() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(5, 3, size=(20, 24)).astype(np.float32)
    for shape, time, axes, sizes in (
        ((4, 6), "last", (0, 2), (4, 1, 1)),
        ((4, 6), "first", (0, 1), (1, 6, 1)),
        ((2, 4, 3), "last", (0, 1, 2), (1, 1, 3)),
    ):
        image = model("cnn-image").set_params(shape=shape, time=time)
        mean, deviation = image.statistics(X)
        cells = X.reshape(20, *(*shape, 1)[:3])
        assert mean.shape == sizes
        np.testing.assert_allclose(mean.ravel(), cells.mean(axis=axes).ravel(), rtol=1e-5)
        np.testing.assert_allclose(deviation.ravel(), cells.std(axis=axes).ravel(), rtol=1e-5)


def test_statistics_read_in_pieces_are_those_of_the_whole(monkeypatch: Any) -> None:
    X = np.random.default_rng(0).normal(1e6, 1, size=(50, 12)).astype(np.float32)
    lstm = model("lstm").set_params(shape=(3, 4), time="first")
    whole = lstm.statistics(X)
    monkeypatch.setattr(Part.chunks, "__defaults__", (7 * 12 * 4,))
    for found, expected in zip(lstm.statistics(X), whole, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-6)
    np.testing.assert_allclose(whole[1].ravel(), X.reshape(-1, 4).std(axis=0, dtype=float), 1e-3)


def test_the_scale_is_of_the_rows_that_are_trained_on() -> None:
    world = blocks_world()
    built = pipeline.build(world, model("cnn-image", watch=0.25), scaler="none")
    fold = np.arange(48) % 4
    fitted = []
    changed = world.X.copy()
    changed[fold == 0] *= 1e6
    for X in (world.X, changed):
        kept: list[Any] = []
        run_fold(built, X, world.y, fold, 0, n_classes=3, keep=lambda _, p, k=kept: k.append(p))
        fitted.append(kept[0][-1].model_.get_layer("scaled").get_weights())
    for one, other in zip(*fitted, strict=True):
        np.testing.assert_array_equal(one, other)


def test_missing_cells_are_filled_and_the_block_stays_whole() -> None:
    world = blocks_world()
    X = world.X.copy()
    X[::5, 3] = np.nan
    X[:, 4] = np.nan
    built = pipeline.build(replace(world, X=X), model("cnn-image"), scaler="none")
    done = run_fold(built, X, world.y, np.arange(48) % 3, 0, n_classes=3)
    assert np.isfinite(done.proba).all()
    assert any("missing cells in 2 columns" in note for note in done.notes)


@pytest.mark.parametrize("name", [*LOOKERS, "cnn"])
def test_a_matrix_on_the_disk_gives_the_same_bytes(name: str, tmp_path: Path) -> None:
    world = blocks_world()
    np.save(tmp_path / "X.npy", world.X)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r").view(np.ndarray)
    scaler = _members.MODELS.load(name).SCALER
    fold = np.arange(48) % 3
    found = []
    for X in (world.X, mapped):
        settings = {"masking": 0.3, "mixup": 0.2, "patience": 1}
        built = pipeline.build(replace(world, X=X), model(name, **settings), scaler=scaler)
        found.append(run_fold(built, X, world.y, fold, 1, n_classes=3))
    assert found[0].proba.tobytes() == found[1].proba.tobytes()
    assert found[0].history == found[1].history


def test_no_more_than_a_batch_is_read_at_once(monkeypatch: Any) -> None:
    world = blocks_world()
    built = pipeline.build(world, model("cnn-image", batch_size=8), scaler="none")
    read: list[int] = []
    whole = Part.__array__

    def counted(self: Part, *args: Any, **kwargs: Any) -> Any:
        read.append(len(self))
        return whole(self, *args, **kwargs)

    monkeypatch.setattr(Part, "__array__", counted)
    monkeypatch.setattr(Part.chunks, "__defaults__", (8 * 4 * 84,))
    monkeypatch.setattr("harness.zoo._tensor_net.PREDICT_BYTES", 8 * 4 * 84)
    run_fold(built, world.X, world.y, np.arange(48) % 2, 0, n_classes=3)
    assert max(read) == 8


def test_a_saved_pipeline_knows_its_block(tmp_path: Path) -> None:
    world = blocks_world()
    built = pipeline.build(world, model("td-cnn", window=3), scaler="standard", balance="weights")
    built.fit(world.X, world.y)
    save_pipeline(built, tmp_path / "saved")
    loaded = load_pipeline(tmp_path / "saved")
    assert loaded.steps[-1][1].shape == (9, 4)
    assert loaded.predict_proba(world.X).tobytes() == built.predict_proba(world.X).tobytes()


@pytest.mark.parametrize("balance", ["over", "smote", "under", "weights"])
def test_classes_can_be_balanced_before_it(balance: str) -> None:
    world = blocks_world()
    y = np.where(np.arange(48) < 30, 0, np.arange(48) % 2 + 1)
    built = pipeline.build(world, model("cnn-image"), scaler="none", balance=balance)
    assert run_fold(built, world.X, y, np.arange(48) % 3, 0, n_classes=3).proba.shape == (16, 3)


@pytest.mark.parametrize("name", LOOKERS)
def test_it_learns_what_its_block_shows(name: str) -> None:
    world = blocks_world(96)
    more = {"units": (16,), "filters": (8,), "hidden": (), "epochs": 25, "learning_rate": 0.02}
    built = pipeline.build(world, model(name, **more), scaler="none")
    done = run_fold(built, world.X, world.y, np.arange(96) % 3, 0, n_classes=3)
    assert done.scores["accuracy"] > 0.8
    assert list(done.history) == ["loss", "accuracy"]
    assert done.history["loss"][-1] < done.history["loss"][0]


def test_early_stopping_keeps_the_best_epoch() -> None:
    world = blocks_world()
    built = pipeline.build(
        world, model("cnn-image", epochs=60, patience=2, learning_rate=0.05), scaler="none"
    )
    fitted = built.fit(world.X, world.y)[-1]
    curve = fitted.history_["val_loss"]
    assert fitted.kept_epoch_ == int(np.argmin(curve)) + 1
    assert len(curve) == fitted.kept_epoch_ + 2
    assert "were watched" in fitted.notes_[0]


def test_folds_are_fitted_one_by_one() -> None:
    # Of folds that are fitted together, a stopped fit keeps none.
    assert not hasattr(model("lstm"), "fit_folds")
    assert hasattr(_members.make("dense", {}, seed=0), "fit_folds")


def test_rows_of_another_width_than_the_block_are_refused() -> None:
    with pytest.raises(UsageError, match="5 columns are no block of 2 x 3"):
        model("cnn-image").set_params(shape=(2, 3)).fit(np.zeros((4, 5), np.float32), [0, 1, 0, 1])


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_cells_that_are_no_numbers_are_refused_with_their_row(bad: float) -> None:
    X = np.zeros((6, 4), np.float32)
    X[4, 2] = bad
    with pytest.raises(DataError, match="first in row 5"):
        model("cnn-image").fit(X, [0, 1] * 3)


def batch(rows: int, layout: Layout, seed: int = 0) -> Batch:
    rng = np.random.default_rng(seed)
    X = rng.normal(3, 1, size=(rows, layout.width)).astype(np.float32)
    y = rng.integers(0, 3, rows).astype(np.int32)
    return Batch(X, y, np.ones(rows, np.float32), y, np.zeros(rows, np.float32))


def test_masks_hide_whole_spans_of_both_axes_up_to_their_share() -> None:
    where = layout("image", (10, 20, 2), "last", 400)
    blank = np.full(400, -7.0, np.float32)
    given = batch(200, where)
    found = Augment(0.3, 0.0, where, blank).of(given, np.random.default_rng(1))
    hidden = (found.X == -7).reshape(200, 10, 20, 2)
    np.testing.assert_array_equal(found.X[found.X != -7], given.X[found.X != -7])
    assert (hidden[..., 0] == hidden[..., 1]).all()
    lines, moments = hidden.all(axis=(2, 3)), hidden.all(axis=(1, 3))
    assert (hidden[..., 0] == (lines[:, :, None] | moments[:, None, :])).all()
    assert lines.sum(axis=1).max() == 3
    assert moments.sum(axis=1).max() == 6
    for spans in (lines, moments):
        assert (np.abs(np.diff(spans.astype(int), axis=1)).sum(axis=1) <= 2).all()


def test_a_masked_cell_becomes_the_mean_of_its_coefficient() -> None:
    for time in ("first", "last"):
        lstm = model("lstm", masking=0.9).set_params(shape=(6, 4), time=time)
        X = np.random.default_rng(0).normal(size=(30, 24)).astype(np.float32)
        X += np.arange(24)
        job = lstm._job(X, np.arange(30) % 2)
        augment = lstm.scaled(job)
        axis = 1 if time == "first" else 2
        means = X.reshape(30, 6, 4).mean(axis=(0, axis), keepdims=True)[0]
        expected = np.broadcast_to(means, (6, 4)).ravel()
        np.testing.assert_allclose(augment.blank, expected, rtol=1e-4)


def test_mixup_mixes_rows_and_the_weights_of_their_labels_alike() -> None:
    where = layout("sequence", (4, 2), "first", 8)
    given = batch(50, where)
    found = Augment(mixup=0.4).of(given, np.random.default_rng(1))
    np.testing.assert_allclose(found.weight + found.other_weight, 1, atol=1e-6)
    for row in range(50):
        partners = [
            k
            for k in range(50)
            if given.y[k] == found.other[row]
            and np.allclose(
                found.X[row],
                found.weight[row] * given.X[row] + found.other_weight[row] * given.X[k],
                atol=1e-4,
            )
        ]
        assert partners


def test_rows_that_are_judged_are_never_changed() -> None:
    world = blocks_world()
    built = pipeline.build(world, model("lstm", masking=0.5, mixup=0.4), scaler="none")
    built.fit(world.X, world.y)
    assert built.predict_proba(world.X[:1]).tobytes() == built.predict_proba(world.X[:1]).tobytes()
    np.testing.assert_allclose(
        built.predict_proba(world.X)[:1], built.predict_proba(world.X[:1]), atol=1e-6
    )


CHECKS = [
    estimator_checks.check_no_attributes_set_in_init,
    estimator_checks.check_parameters_default_constructible,
    estimator_checks.check_estimators_overwrite_params,
    estimator_checks.check_dict_unchanged,
    estimator_checks.check_estimators_fit_returns_self,
    estimator_checks.check_estimators_unfitted,
    estimator_checks.check_estimators_nan_inf,
    estimator_checks.check_fit2d_predict1d,
    estimator_checks.check_fit2d_1sample,
    estimator_checks.check_fit1d,
    estimator_checks.check_n_features_in,
    estimator_checks.check_dataframe_column_names_consistency,
    estimator_checks.check_classifiers_one_label,
    estimator_checks.check_classifiers_classes,
    estimator_checks.check_sample_weights_list,
    estimator_checks.check_get_params_invariance,
    estimator_checks.check_set_params,
]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_scikit_learns_own_checks(check: Any) -> None:
    check("CnnImage", model("cnn-image", epochs=15, learning_rate=0.05))


def test_large_nets_are_not_kept_when_they_are_trained(monkeypatch: Any) -> None:
    from harness.zoo import _feeding

    net = model("lstm").network(6, 2, np.random.default_rng(0))
    assert _feeding.feeder_for(net) is _feeding.feeder_for(net)
    monkeypatch.setattr(_feeding, "MOST_KEPT", 1)
    assert _feeding.feeder_for(net) is not _feeding.feeder_for(net)
