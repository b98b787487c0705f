"""Answers as the README has them: a file, and nothing more said of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from worlds import TOML, draw, write_small

from harness.competitions._answers import read_answers
from harness.competitions._find import find
from harness.errors import DataError

ROWS = 60
TRUTH = draw(ROWS, 1)[1]


def written(folder: Path, lines: list[str], more: str = "") -> Path:
    write_small(folder, test_rows=ROWS)
    toml = TOML.replace('answers/test_labels.csv"', f'answers.csv"\n{more}')
    (folder / "competition.toml").write_text(toml)
    (folder / "answers.csv").write_text("\n".join(lines) + "\n")
    return folder


@pytest.mark.parametrize("more", ["", "header = true"])
@pytest.mark.parametrize("ids_first", [True, False])
def test_two_columns_are_told_apart_by_the_test_rows_ids(
    tmp_path: Path, ids_first: bool, more: str
) -> None:
    """In any order of rows and columns, with a header that nobody spoke of."""
    cells = [(str(row + 1), str(TRUTH[row] + 1)) for row in range(ROWS)]
    np.random.default_rng(0).shuffle(cells)
    rows = [("Sample_id", "Sample_label"), *cells]
    lines = [",".join(row if ids_first else row[::-1]) for row in rows]
    assert np.array_equal(read_answers(find(written(tmp_path / "data", lines, more))), TRUTH)


def test_two_columns_without_a_header_are_answers_too(tmp_path: Path) -> None:
    lines = [f"{row + 1},{TRUTH[row] + 1}" for row in range(ROWS)]
    assert np.array_equal(read_answers(find(written(tmp_path / "data", lines))), TRUTH)


def test_two_columns_without_the_test_rows_ids_are_refused(tmp_path: Path) -> None:
    lines = [f"x{row},{TRUTH[row] + 1}" for row in range(ROWS)]
    with pytest.raises(DataError, match="neither of its two columns"):
        read_answers(find(written(tmp_path / "data", lines)))
