"""Parts of a matrix: rows and columns that aren't copied before they are read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.matrices import Part, rows_for, streams


def matrix(rows: int = 12, columns: int = 7) -> np.ndarray:
    return np.arange(rows * columns, dtype=np.float32).reshape(rows, columns)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_part_of_a_part_is_what_numpy_would_cut_out(data: st.DataObject) -> None:
    X = matrix()
    rows = np.array(data.draw(st.lists(st.integers(0, 11), max_size=15)), dtype=int)
    start = data.draw(st.integers(0, 6))
    stop = data.draw(st.integers(start + 1, 7))
    part = Part(Part(X, rows), columns=(start, stop))
    expected = X[rows][:, start:stop]
    assert part.shape == expected.shape
    assert len(part) == len(expected)
    np.testing.assert_array_equal(np.asarray(part), expected)
    chosen = np.array(data.draw(st.lists(st.booleans(), min_size=len(rows), max_size=len(rows))))
    if len(rows):
        np.testing.assert_array_equal(np.asarray(part[chosen]), expected[chosen])
        np.testing.assert_array_equal(np.asarray(part[1:5]), expected[1:5])
        narrower = Part(part, columns=(0, 1))
        np.testing.assert_array_equal(np.asarray(narrower), expected[:, :1])


def test_chunks_are_all_rows_in_order() -> None:
    part = Part(matrix(), [3, 1, 2, 8, 9])
    chunks = list(part.chunks(most_bytes=2 * 7 * 4))
    assert [len(chunk) for chunk in chunks] == [2, 2, 1]
    np.testing.assert_array_equal(np.concatenate(chunks), matrix()[[3, 1, 2, 8, 9]])


def test_it_reads_float32_and_leaves_the_matrix_alone(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", matrix())
    mapped = np.load(tmp_path / "a.npy", mmap_mode="r").view(np.ndarray)
    found = np.asarray(Part(mapped, columns=(1, 3))[4:6])
    assert found.flags.c_contiguous
    assert found.flags.writeable
    found[:] = 0
    np.testing.assert_array_equal(mapped, matrix())


class _Pipeline:
    def __init__(self, *steps: Any) -> None:
        self.steps = [(str(k), step) for k, step in enumerate(steps)]


class _Streaming:
    streams = True


@pytest.mark.parametrize(("steps", "told"), [((_Streaming(),), True), ((1, _Streaming()), False)])
def test_only_pipelines_that_say_so_get_parts(steps: tuple[Any, ...], told: bool) -> None:
    pipeline = _Pipeline(*steps)
    assert streams(pipeline) is told
    rows = rows_for(pipeline, matrix(), [0, 5])
    assert isinstance(rows, Part) is told
    np.testing.assert_array_equal(np.asarray(rows), matrix()[[0, 5]])
