"""The dense nets as their reports describe them."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from harness.zoo import _members


def net_of(name: str, columns: int, classes: int, preset: str | None = None) -> Any:
    settings = _members.parse_settings(name, [], preset=preset)
    return _members.make(name, settings, seed=0).checked_network(columns, classes, 0)


@pytest.mark.parametrize(("name", "preset"), [("dense", "s0"), ("dense5", None)])
def test_the_gtzan_reports_net_has_its_number_of_parameters(name: str, preset: str | None) -> None:
    net = net_of(name, 26, 15, preset)
    assert net.count_params() == 187_279
    widths = [(x.units, x.activation.__name__) for x in net.layers]
    assert widths == [(w, "relu") for w in (512, 256, 128, 64)] + [(15, "softmax")]


@pytest.mark.parametrize("preset", [None, "s1"])
def test_the_mlbp_reports_net_has_its_layers(preset: str | None) -> None:
    net = net_of("dense", 264, 10, preset)
    assert [(x.units, x.activation.__name__) for x in net.layers] == [(128, "elu"), (10, "softmax")]


def test_dense3_has_three_hidden_layers() -> None:
    assert len(net_of("dense3", 20, 8, "s4").layers) == 4


@pytest.mark.parametrize(
    ("name", "preset", "epochs", "batch", "watch"),
    [
        ("dense", None, 4, 32, 0.0),
        ("dense", "s0", 8, 15, 0.0),
        ("dense", "s1", 4, 32, 0.2),
        ("dense3", "s4", 10, 256, 0.0),
        ("dense5", None, 8, 15, 0.0),
    ],
)
def test_trained_as_the_reports_did(
    name: str, preset: str | None, epochs: int, batch: int, watch: float
) -> None:
    model = _members.make(name, _members.parse_settings(name, [], preset=preset), seed=3)
    assert (model.epochs, model.batch_size, model.watch) == (epochs, batch, watch)
    assert (model.learning_rate, model.random_state) == (1e-3, 3)


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
for name in ("dense", "dense3", "dense5"):
    _members.describe(name)
    try:
        _members.make(name, {"epochs": 0}, seed=0)
    except UsageError:
        assert not {"tensorflow", "keras"} & set(sys.modules)
    else:
        raise AssertionError
"""
    subprocess.run([sys.executable, "-c", code], check=True)
