"""Cells that are no labels are called what they are; a few odd ones are classes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from harness.competitions._new import describe
from harness.errors import DataError

KINDS_OF_CELLS = {
    "segmentation": (
        "EncodedPixels",
        [
            lambda i: f"{i * 31} {i % 7 + 1} {i * 31 + 99} 4",
            lambda i: "" if i % 3 else f"{i + 1} 3",
            lambda i: f"POLYGON (({i} 0, 1 1, 0 0))",
            lambda i: f"MULTIPOLYGON((({i} 0, 1 1, 0 0)))",
        ],
    ),
    "detection of objects": (
        "PredictionString",
        [
            lambda i: f"0.9 {i} 5 20 31",
            lambda i: f"car 0.9 {i} 5 20 31 bus 0.8 1 2 3 4",
            lambda i: f"[{i}, 4, 20, 31]",
            lambda i: f"[[{i}, 4, 20, 31], [1, 2, 3, 4]]",
            lambda i: f"{i}.5 4.5 20 31",
        ],
    ),
    "several labels a row": (
        "tags",
        [
            lambda i: f"['a', 'b{i % 3}']" if i % 2 else "['a']",
            lambda i: '["rock", "pop"]' if i % 2 else '["rock"]',
        ],
    ),
    "several numbers a row": ("where", [lambda i: f"{i}.5 7.25", lambda i: f"[{i}, 2, 3]"]),
    "regression": (
        "price",
        [
            lambda i: f"${i},234.50",
            lambda i: f"{i},5",
            lambda i: f"{i} kg",
            lambda i: f"1 {i + 100}",
        ],
    ),
    "forecasting": ("when", [lambda i: f"2021-01-{i % 28 + 1:02d} 0{i % 9}:00"]),
    "a structured answer": ("answer", [lambda i: f'{{"start": {i}, "text": "word"}}']),
}


@pytest.mark.parametrize(
    ("kind", "column", "cell"),
    [(kind, name, cell) for kind, (name, cells) in KINDS_OF_CELLS.items() for cell in cells],
)
def test_cells_that_are_no_labels_are_called_what_they_are(
    kind: str, column: str, cell: Callable[[int], str], tmp_path: Path
) -> None:
    frame = pl.DataFrame({"x": range(40), column: [cell(i) for i in range(1, 41)]})
    frame.write_csv(tmp_path / "train.csv")
    with pytest.raises(DataError, match=f"that is {kind}, and harness gives each row one class"):
        describe(tmp_path, {"label": column})
    assert list(tmp_path.iterdir()) == [tmp_path / "train.csv"]


@pytest.mark.parametrize(
    "classes",
    [
        ("1 0", "0 1"),
        ("[1, 0]", "[0, 1]"),
        ("['cat']", "['dog']"),
        ("(a)", "(b)"),
        ("2021-01-01", "2021-02-01"),
        ("1-2 kg", "3-4 kg"),
        ("a, b", "c"),
        ("10 kg", "20 kg"),
    ],
)
def test_a_few_odd_spellings_are_classes(classes: tuple[str, str], tmp_path: Path) -> None:
    frame = pl.DataFrame({"x": range(40), "label": [classes[i % 2] for i in range(40)]})
    frame.write_csv(tmp_path / "train.csv")
    assert set(describe(tmp_path, {}).competition.classes) == set(classes)


def test_lists_in_parquet_are_no_labels(tmp_path: Path) -> None:
    frame = pl.DataFrame({"x": range(40), "label": [["a"]] * 20 + [["b"]] * 20})
    frame.write_parquet(tmp_path / "train.parquet")
    with pytest.raises(DataError, match=r"column 'label' holds lists.*one class"):
        describe(tmp_path, {})


def grades(folder: Path, values: int) -> Path:
    cells = [f"{i % values / 2}" for i in range(120)]
    pl.DataFrame({"x": range(120), "score": cells}).write_csv(folder / "train.csv")
    return folder


@pytest.mark.parametrize("values", [4, 20])
def test_a_few_fractions_are_classes_where_the_user_says_so(values: int, tmp_path: Path) -> None:
    grades(tmp_path, values)
    pl.DataFrame({"x": [1, 2]}).write_csv(tmp_path / "test.csv")
    with pytest.raises(DataError, match="that is regression") as raised:
        describe(tmp_path, {})
    assert raised.value.todo == "if they are names of classes: --label score takes them for classes"
    made = describe(tmp_path, {"label": "score"}).competition
    assert made.classes == tuple(f"{k / 2}" for k in range(values))


def test_many_fractions_are_no_classes_whatever_the_user_says(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="that is regression") as raised:
        describe(grades(tmp_path, 21), {"label": "score"})
    assert "takes them for classes" not in str(raised.value)


def test_the_column_of_a_label_file_can_be_named(tmp_path: Path) -> None:
    pl.DataFrame({"id": range(120), "x": range(120)}).write_csv(tmp_path / "train.csv")
    cells = {"id": range(120), "score": [f"{i % 4 / 2}" for i in range(120)]}
    pl.DataFrame(cells).write_csv(tmp_path / "train_labels.csv")
    with pytest.raises(DataError, match="--label score takes them for classes"):
        describe(tmp_path, {})
    assert describe(tmp_path, {"label": "score"}).competition.n_classes == 4
