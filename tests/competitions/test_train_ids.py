"""A bare matrix whose rows have ids, labels, groups and a split in files beside it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from harness.competitions._find import find
from harness.competitions._parse import parse
from harness.competitions._write import to_toml
from harness.errors import DataError, FaultsError

TOML = """\
name = "bare"
[train]
features = "train.npy"
ids = "rows.csv"
labels = "rows.csv"
labels_header = true
labels_column = "label"
[classes]
values = ["x", "y"]
[groups]
file = "rows.csv"
header = true
column = "group"
[split.files]
test = "held_out.txt"
"""
ROWS = "id,label,group\na.wav,x,g\nb.wav,y,g\nc.wav,x,h\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    np.save(tmp_path / "train.npy", np.arange(6, dtype="f4").reshape(3, 2))
    (tmp_path / "rows.csv").write_text(ROWS)
    (tmp_path / "held_out.txt").write_text("c.wav\n")
    (tmp_path / "competition.toml").write_text(TOML)
    return tmp_path


def test_a_matrix_takes_its_ids_from_a_file(folder: Path) -> None:
    competition = find(folder)
    assert competition.train_ids == ("a.wav", "b.wav", "c.wav")
    assert competition.group_names == ("g", "h")
    assert competition.y.tolist() == [0, 1, 0]
    assert competition.predefined.tolist() == [-2, -2, 0]


def test_a_matrix_in_shape_is_read_where_it_lies(folder: Path) -> None:
    X = find(folder).X
    assert isinstance(X.base, np.memmap)
    assert not X.flags.writeable


def test_what_is_written_parses_to_the_same(folder: Path) -> None:
    spec = parse(TOML, root=folder, where="")
    assert parse(to_toml(spec), root=folder, where="") == spec


def test_as_many_ids_as_rows(folder: Path) -> None:
    (folder / "rows.csv").write_text(ROWS + "d.wav,x,h\n")
    with pytest.raises(DataError, match="4 ids for the 3 rows"):
        find(folder)


@pytest.mark.parametrize(
    ("more", "told"),
    [('id = "0"', "give one of them"), ("", None)],
)
def test_ids_stand_in_one_place(tmp_path: Path, more: str, told: str | None) -> None:
    text = TOML.replace('ids = "rows.csv"', f'ids = "rows.csv"\n{more}')
    if told is None:
        parse(text, root=tmp_path, where="")
        return
    with pytest.raises(FaultsError, match=told):
        parse(text, root=tmp_path, where="")


def test_a_header_needs_its_file(tmp_path: Path) -> None:
    text = TOML.replace('ids = "rows.csv"', "ids_header = true").replace("[split.files]", "[split]")
    with pytest.raises(FaultsError, match="means nothing without ids"):
        parse(text, root=tmp_path, where="")


@pytest.mark.parametrize("value", [np.inf, -np.inf])
def test_infinity_is_told_with_its_place(folder: Path, value: float) -> None:
    X = np.zeros((3, 2), dtype="f4")
    X[1, 1] = value
    np.save(folder / "train.npy", X)
    with pytest.raises(FaultsError, match="row 2"):
        find(folder)


def test_a_missing_cell_is_told_unless_it_is_allowed(folder: Path) -> None:
    X = np.zeros((3, 2), dtype="f4")
    X[2, 0] = np.nan
    np.save(folder / "train.npy", X)
    with pytest.raises(FaultsError, match="row 3"):
        find(folder)
    (folder / "competition.toml").write_text(TOML + "[columns]\nmissing = true\n")
    assert np.isnan(find(folder).X[2, 0])
