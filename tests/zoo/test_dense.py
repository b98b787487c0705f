"""The two dense nets as their reports describe them."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from harness.zoo import _members


def fitted(name: str, columns: int, classes: int) -> object:
    rng = np.random.default_rng(0)
    y = np.arange(4 * classes) % classes + 1
    model = _members.make(name, {"epochs": 1}, seed=0)
    return model.fit(rng.normal(size=(len(y), columns)), y).model_


def test_dense5_has_the_reports_number_of_parameters() -> None:
    assert fitted("dense5", 26, 15).count_params() == 187_279


def test_dense_has_the_reports_layers() -> None:
    net = fitted("dense", 264, 10)
    assert [(x.units, x.activation.__name__) for x in net.layers] == [(128, "elu"), (10, "softmax")]
    assert net.count_params() == 264 * 128 + 128 + 128 * 10 + 10


def test_dense5_has_the_reports_layers() -> None:
    net = fitted("dense5", 26, 15)
    widths = [(x.units, x.activation.__name__) for x in net.layers]
    assert widths == [(w, "relu") for w in (512, 256, 128, 64)] + [(15, "softmax")]


@pytest.mark.parametrize(("name", "epochs", "batch"), [("dense", 4, 32), ("dense5", 8, 15)])
def test_trained_as_the_reports_did(name: str, epochs: int, batch: int) -> None:
    model = _members.make(name, {}, seed=3)
    assert (model.epochs, model.batch_size, model.learning_rate) == (epochs, batch, 1e-3)
    assert model.random_state == 3


def test_settings_reach_the_net() -> None:
    settings = _members.parse_settings(
        "dense", ["hidden=6,5", "activation=tanh", "dropout=0.5", "l2=0.1", "epochs=1"]
    )
    X, y = np.random.default_rng(0).normal(size=(12, 3)), np.arange(12) % 2
    net = _members.make("dense", settings, seed=0).fit(X, y).model_
    assert [x.name for x in net.layers] == [
        "hidden_1",
        "dropout_1",
        "hidden_2",
        "dropout_2",
        "classes",
    ]
    assert net.layers[0].kernel_regularizer.l2 == pytest.approx(0.1)
    assert net.layers[2].activation.__name__ == "tanh"


def test_no_hidden_layer_is_logistic_regression() -> None:
    settings = _members.parse_settings("dense", ["hidden=", "epochs=1"])
    X, y = np.random.default_rng(0).normal(size=(12, 3)), np.arange(12) % 2
    assert len(_members.make("dense", settings, seed=0).fit(X, y).model_.layers) == 1


def test_settings_are_refused_without_loading_tensorflow() -> None:
    code = """
import sys
from harness.errors import UsageError
from harness.zoo import _members
for name in ("dense", "dense5"):
    _members.describe(name)
    try:
        _members.make(name, {"epochs": 0}, seed=0)
    except UsageError:
        assert not {"tensorflow", "keras"} & set(sys.modules)
    else:
        raise AssertionError
"""
    subprocess.run([sys.executable, "-c", code], check=True)
