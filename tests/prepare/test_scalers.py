"""Every scaler, on the columns that real matrices have."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import yeojohnson
from sklearn.base import clone

from harness.errors import UnknownNameError
from harness.prepare import scalers
from harness.prepare._scaling import PowerColumns, RobustColumns, UnitColumns, yeo_johnson

REAL = [name for name in scalers.SCALERS if name != "none"]
MOST = np.finfo(np.float32).max

ODD_COLUMNS = {
    "constant": np.full(60, 1e6),
    "nearly constant": np.r_[np.full(59, 1.0), 1e6],
    "two values": np.tile([0.0, 1.0], 30),
    "heavy tail": np.exp(np.linspace(-10, 13, 60)),
    "both tails": np.sinh(np.linspace(-12, 12, 60)),
    "tiny": np.linspace(0, 1e-3, 60),
    "huge": np.linspace(-1e30, 1e30, 60),
    "huge and constant": np.full(60, 1e30),
    "one outlier below": np.r_[np.linspace(0, 1, 59), -1e6],
}


@pytest.mark.parametrize("name", REAL)
@pytest.mark.parametrize("column", ODD_COLUMNS)
def test_odd_columns_come_out_finite(name: str, column: str) -> None:
    X = ODD_COLUMNS[column].astype(np.float32)[:, None]
    scaled = scalers.make(name).fit(X).transform(X)
    assert np.isfinite(scaled).all()


@pytest.mark.parametrize("name", REAL)
def test_values_far_outside_the_training_part_come_out_finite(name: str) -> None:
    X = np.stack(list(ODD_COLUMNS.values()), axis=1).astype(np.float32)
    X = X[:, [i for i, key in enumerate(ODD_COLUMNS) if "huge" not in key]]
    scaler = scalers.make(name).fit(X)
    far = np.full((1, X.shape[1]), 1e30, dtype=np.float32)
    assert np.isfinite(scaler.transform(np.vstack([far, -far]))).all()


@pytest.mark.parametrize("name", REAL)
def test_keeps_float32_and_shape(name: str) -> None:
    X = np.random.default_rng(0).normal(size=(20, 3)).astype(np.float32)
    scaled = scalers.make(name).fit(X).transform(X)
    assert (scaled.dtype, scaled.shape) == (np.float32, X.shape)


@pytest.mark.parametrize("name", REAL)
def test_follows_the_estimator_contract(name: str) -> None:
    scaler = scalers.make(name)
    fresh = clone(scaler.fit(np.arange(12.0).reshape(6, 2)))
    assert fresh.get_params() == scaler.get_params()
    assert not [a for a in vars(fresh) if a.endswith("_")]


def test_none_is_no_step() -> None:
    assert scalers.make("none") is None


def test_an_unknown_scaler_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match=r"did you mean standard"):
        scalers.make("standart")


def test_power_makes_a_skewed_column_nearly_normal() -> None:
    x = np.exp(np.random.default_rng(0).normal(size=(2000, 1)))
    out = PowerColumns().fit(x).transform(x)
    skew = float(((out - out.mean()) ** 3).mean() / out.std() ** 3)
    assert abs(skew) < 0.2
    assert abs(out.mean()) < 1e-3
    assert abs(out.std() - 1) < 1e-3


def test_power_doesn_t_depend_on_a_column_s_unit() -> None:
    x = np.exp(np.random.default_rng(1).normal(size=(200, 1)))
    one = PowerColumns().fit(x).transform(x)
    other = PowerColumns().fit(x * 1e6).transform(x * 1e6)
    np.testing.assert_allclose(one, other, atol=1e-3)


@settings(max_examples=50, deadline=None)
@given(st.floats(-3, 5), st.lists(st.floats(-100, 100), min_size=1, max_size=10))
def test_the_transform_is_scipy_s(power: float, values: list[float]) -> None:
    x = np.array(values)
    ours = yeo_johnson(x[:, None], np.array([power]))[:, 0]
    np.testing.assert_allclose(ours, yeojohnson(x, power), rtol=1e-6, atol=1e-7)


def test_robust_takes_the_deviation_where_quartiles_are_equal() -> None:
    x = np.r_[np.zeros(95), np.full(5, 1e6)][:, None]
    out = RobustColumns().fit(x).transform(x)
    assert np.abs(out).max() < 10


def test_the_table_loads_nothing_heavy() -> None:
    code = (
        "import sys; from harness.prepare import scalers, reducers, samplers;"
        "print(sorted({'numpy','sklearn','imblearn','scipy'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_columns_of_one_unit_keep_their_proportions() -> None:
    x = np.random.default_rng(0).normal(5, [1.0, 2.0, 4.0], (200, 3))
    fitted = UnitColumns().fit(x)
    out = fitted.transform(x)
    assert fitted.shared_
    np.testing.assert_allclose(out.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(
        out.std(axis=0) / out.std(axis=0)[0], x.std(axis=0) / x.std(axis=0)[0], rtol=1e-4
    )


def test_columns_of_many_units_are_standardised() -> None:
    x = np.random.default_rng(0).normal(0, [1.0, 2.0, 1000.0], (200, 3))
    fitted = UnitColumns().fit(x)
    assert not fitted.shared_
    np.testing.assert_allclose(fitted.transform(x).std(axis=0), 1, rtol=1e-4)


@pytest.mark.parametrize("constant", [0.0, 0.1, 1e30])
def test_constant_columns_say_nothing_of_the_unit(constant: float) -> None:
    x = np.random.default_rng(0).normal(size=(50, 4))
    x[:, 2] = constant
    fitted = UnitColumns().fit(x)
    assert fitted.shared_
    assert np.isfinite(fitted.transform(x)).all()
    assert np.isfinite(UnitColumns().fit(x[:, 2:3]).transform(x[:, 2:3])).all()
