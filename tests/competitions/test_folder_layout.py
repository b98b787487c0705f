"""The columns of the music matrices, there and back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.competitions._layout import FREE, forward, inverse, significant


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32), st.floats(0.1, 1.2))
def test_columns_lead_back_to_what_made_them(seed: int, size: float) -> None:
    rng = np.random.default_rng(seed)
    u = size * rng.standard_normal((20, FREE.sum()))
    np.testing.assert_allclose(inverse(forward(u, rng)), u, atol=1e-7)
    np.testing.assert_allclose(inverse(significant(forward(u, rng))), u, atol=1e-2)


@settings(max_examples=100, deadline=None)
@given(st.floats(1e-9, 1e9), st.sampled_from([-1, 1]))
def test_significant_keeps_seven_digits(value: float, sign: int) -> None:
    rounded = significant(np.array([sign * value]))[0]
    assert float(f"{sign * value:.6e}") == pytest.approx(rounded, rel=1.1e-6)
    digits = repr(float(rounded)).partition("e")[0].replace(".", "").strip("-0")
    assert len(digits) <= max(7, len(str(int(value))))


def test_nought_stays_nought() -> None:
    assert significant(np.zeros(3)).tolist() == [0, 0, 0]
