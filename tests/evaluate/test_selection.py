"""Choosing among noisy entries."""

from __future__ import annotations

import numpy as np
import pytest

from harness.evaluate.intervals import Gap
from harness.evaluate.selection import optimism, tied


def test_a_gap_within_its_noise_is_a_tie_and_a_clear_one_is_not() -> None:
    assert tied(Gap(0.01, 0.01), tried=2)
    assert not tied(Gap(0.05, 0.01), tried=2)


def test_with_more_entries_tried_a_gap_has_to_be_larger() -> None:
    gap = Gap(0.025, 0.01)
    assert not tied(gap, tried=2)
    assert tied(gap, tried=40)


def test_the_best_itself_is_no_tie() -> None:
    assert not tied(None, tried=5)


def test_one_entry_has_no_luck_of_being_chosen() -> None:
    assert optimism([np.arange(5.0)], higher_is_better=True) == 0


@pytest.mark.parametrize("higher", [True, False])
def test_the_luck_of_the_best_of_many_equal_entries_is_about_its_size(higher: bool) -> None:
    rng = np.random.default_rng(0)
    # Twenty entries of equal worth: the best of 20 means of 400 rows is 1.87 deviations up.
    found = [optimism(list(rng.normal(size=(20, 400))), higher_is_better=higher) for _ in range(10)]
    assert np.mean(found) == pytest.approx(1.87 / 20, rel=0.5)


def test_a_clear_winner_was_not_lucky() -> None:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(5, 400))
    rows[2] += 3
    assert optimism(list(rows), higher_is_better=True) < 0.005
