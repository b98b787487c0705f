"""tabm's net, against its formulas in plain numpy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from harness.zoo import _members
from harness.zoo._tabm import Adapter
from harness.zoo._tensorflow import keras

MEMBERS = 3


def make(**settings: Any) -> Any:
    own = {"members": MEMBERS, "hidden": (6, 5), "epochs": 3, "batch_size": 16}
    return _members.make("tabm", own | settings, seed=0)


def rows(count: int = 60) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    y = np.arange(count) % 3
    return (rng.normal(size=(count, 4)) + np.eye(3, 4)[y]).astype(np.float32), y


def by_hand(net: Any, X: np.ndarray) -> np.ndarray:
    """Every member's probabilities, (rows, members, classes), one member after the other."""
    weights = {layer.name: layer.get_weights() for layer in net.layers}
    found = []
    for m in range(MEMBERS):
        x = X.astype(np.float64) * weights["signs"][0][m]
        for number in (1, 2):
            factors, shifts = weights[f"adapter_{number}"]
            x = (x @ weights[f"hidden_{number}"][0]) * factors[m] + shifts[m]
            x = x / (1 + np.exp(-x))
        kernel, bias = weights["classes"]
        x = np.exp(x @ kernel[m] + bias[m])
        found.append(x / x.sum(axis=1, keepdims=True))
    return np.stack(found, axis=1)


def test_each_member_is_the_shared_layers_with_its_own_adapters() -> None:
    X, y = rows()
    model = make().fit(X, y)
    expected = by_hand(model.model_, X)
    np.testing.assert_allclose(np.asarray(model.model_(X)), expected, atol=1e-5)
    np.testing.assert_allclose(model.predict_proba(X), expected.mean(axis=1), atol=1e-5)


def test_members_begin_with_other_signs_and_become_different() -> None:
    X, y = rows()
    model = make().fit(X, y)
    signs = model.model_.get_layer("signs").get_weights()[0]
    assert len({tuple(row) for row in np.sign(signs).tolist()}) > 1
    each = by_hand(model.model_, X)
    assert np.abs(each[:, 0] - each[:, 1]).max() > 0.01


def test_each_member_has_a_loss_of_its_own() -> None:
    X, y = rows(16)
    # One batch, no dropout, one step so small that the net stays as it began.
    model = make(epochs=1, dropout=0.0, learning_rate=1e-12).fit(X, y)
    each = by_hand(model.model_, X)
    losses = -np.log(each[np.arange(16), :, y])
    assert model.history_["loss"][0] == pytest.approx(losses.mean(), rel=1e-4)
    # That of their mean would be smaller.
    joined = -np.log(each.mean(axis=1)[np.arange(16), y]).mean()
    assert joined < losses.mean() - 1e-4


@pytest.mark.parametrize("shape", [(7, 4), (7, MEMBERS, 4)])
@pytest.mark.parametrize("shift", [True, False])
def test_an_adapter_multiplies_and_adds(shape: tuple[int, ...], shift: bool) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=shape).astype(np.float32)
    layer = Adapter(members=MEMBERS, shift=shift, name="adapter")
    layer.build(shape)
    values = [rng.normal(size=(MEMBERS, 4)).astype(np.float32) for _ in range(1 + shift)]
    layer.set_weights(values)
    found = np.asarray(layer(x))
    assert found.shape == layer.compute_output_shape(shape) == (7, MEMBERS, 4)
    for m in range(MEMBERS):
        own = (x if x.ndim == 2 else x[:, m]) * values[0][m]
        np.testing.assert_allclose(found[:, m], own + values[1][m] if shift else own, rtol=1e-6)


def test_an_adapter_is_made_again_from_its_configuration() -> None:
    one = keras.initializers.Constant(1.5)
    layer = Adapter(members=5, shift_initializer=one, name="one")
    again = Adapter.from_config(layer.get_config())
    assert (again.members, again.shift, again.name) == (5, True, "one")
    again.build((7, 4))
    np.testing.assert_array_equal(again.get_weights()[1], np.full((5, 4), 1.5, np.float32))


def test_weights_begin_uniform_within_the_root_of_their_inputs() -> None:
    net = make(hidden=(50, 40)).network(30, 3, np.random.default_rng(0))
    weights = {layer.name: layer.get_weights() for layer in net.layers}
    inputs = {"hidden_1": (0, 30), "adapter_1": (1, 30), "hidden_2": (0, 50), "adapter_2": (1, 50)}
    for name, (place, count) in (inputs | {"classes": (0, 40)}).items():
        values = np.abs(weights[name][place])
        assert 0.9 < values.max() * np.sqrt(count) <= 1.0
        assert values.mean() * np.sqrt(count) == pytest.approx(0.5, abs=0.06)
    np.testing.assert_array_equal(weights["adapter_1"][0], 1.0)


def test_the_penalty_is_on_shared_weights_and_last_layers() -> None:
    net = make(l2=0.5).network(4, 3, np.random.default_rng(0))
    weights = {layer.name: layer.get_weights() for layer in net.layers}
    squares = sum((weights[name][0] ** 2).sum() for name in ("hidden_1", "hidden_2", "classes"))
    assert float(keras.ops.sum(keras.ops.stack(net.losses))) == pytest.approx(
        0.5 * squares, rel=1e-5
    )
