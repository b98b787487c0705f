"""Rows that somebody brings, in a competition's columns: matched by name or by place."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import worlds
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.competition import Competition
from harness.competitions._given import read_given
from harness.errors import DataError, FaultsError, FileProblem

PLAIN = worlds.small(rows=30, test_rows=9)
NAMED = replace(PLAIN, columns=("a", "b", "c", "d", "e", "f"))
ROWS = np.array(PLAIN.X_test)


def table(path: Path, columns: tuple[str, ...] | None, rows: np.ndarray = ROWS) -> Path:
    head = [",".join(columns)] if columns else []
    lines = [",".join(f"{cell:.9g}" for cell in row) for row in rows]
    path.write_text("\n".join([*head, *lines]) + "\n")
    return path


@pytest.mark.parametrize("competition", [PLAIN, NAMED], ids=["numbered", "named"])
@pytest.mark.parametrize("columns", [None, tuple("012345"), NAMED.columns], ids=str)
def test_as_many_columns_are_the_features(
    tmp_path: Path, competition: Competition, columns: tuple[str, ...] | None
) -> None:
    found = read_given(table(tmp_path / "rows.csv", columns), competition)
    np.testing.assert_array_equal(found.X, ROWS)
    assert found.ids == tuple("123456789")
    assert found.notes == ()


@settings(max_examples=15, deadline=None)
@given(order=st.permutations(range(6)))
def test_names_find_their_columns_in_any_order(
    tmp_path_factory: pytest.TempPathFactory, order: list[int]
) -> None:
    path = tmp_path_factory.mktemp("rows") / "rows.csv"
    table(path, tuple(NAMED.columns[k] for k in order), ROWS[:, order])
    found = read_given(path, NAMED)
    np.testing.assert_array_equal(found.X, ROWS)
    assert bool(found.notes) == (list(order) != sorted(order))


def test_other_columns_are_passed_over_and_ids_name_the_rows(tmp_path: Path) -> None:
    frame = pl.DataFrame(ROWS, schema=list(NAMED.columns)).with_columns(
        genre=pl.lit("rock"), Sample_id=pl.Series([f"song {k}" for k in range(9)])
    )
    frame.write_parquet(tmp_path / "rows.parquet")
    found = read_given(tmp_path / "rows.parquet", NAMED)
    np.testing.assert_array_equal(found.X, ROWS)
    assert found.ids[:2] == ("song 0", "song 1")
    assert found.notes == ("rows.parquet: passed over, as no features: genre",)


def test_bare_matrices_and_archives(tmp_path: Path) -> None:
    np.save(tmp_path / "rows.npy", ROWS.astype("f8"))
    np.testing.assert_array_equal(read_given(tmp_path / "rows.npy", NAMED).X, ROWS)


def test_the_layout_of_a_nameless_training_file_is_taken(tmp_path: Path) -> None:
    behind_a_label = replace(PLAIN, columns=tuple("123456"))
    whole = np.column_stack([np.zeros(9), ROWS])
    path = table(tmp_path / "rows.csv", None, whole)
    np.testing.assert_array_equal(read_given(path, behind_a_label).X, ROWS)


@pytest.mark.parametrize(
    ("competition", "columns", "width", "told"),
    [
        (PLAIN, None, 5, "has 5 columns, and the entry was fitted on 6"),
        (PLAIN, None, 7, "has 7 columns"),
        (NAMED, None, 7, "has 7 columns"),
        (NAMED, tuple("abcde"), 5, "no column is called 'f'"),
        (NAMED, tuple("abcdex"), 6, "no column is called 'f'"),
        (NAMED, tuple("uvwxyz"), 6, "6 faults"),
    ],
)
def test_columns_that_do_not_fit_are_refused(
    tmp_path: Path, competition: Competition, columns: tuple[str, ...], width: int, told: str
) -> None:
    rows = np.column_stack([ROWS, ROWS])[:, :width]
    with pytest.raises(DataError, match=told):
        read_given(table(tmp_path / "rows.csv", columns, rows), competition)


def test_every_wrong_cell_is_named(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("a,b,c,d,e,f\n1,2,3,4,5,6\n1,x,3,4,5,inf\n")
    with pytest.raises(FaultsError) as caught:
        read_given(path, NAMED)
    assert "line 3" in str(caught.value)
    assert len(caught.value.faults) == 2


def test_empty_cells_are_faults_where_nothing_learned_to_fill_them(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("a,b,c,d,e,f\n1,2,3,4,5,6\n1,,3,4,5,NA\n")
    with pytest.raises(FaultsError) as caught:
        read_given(path, NAMED)
    assert caught.value.faults == ("row 2: column 'b' is empty", "row 2: column 'f' is empty")
    gaps = replace(NAMED, X=np.where(NAMED.X > 2, np.float32(np.nan), NAMED.X))
    found = read_given(path, gaps)
    assert np.isnan(found.X).nonzero()[1].tolist() == [1, 5]


def test_text_gets_the_codes_of_the_competition(tmp_path: Path) -> None:
    words = replace(NAMED, text={1: ("blue", "red")})
    path = tmp_path / "rows.csv"
    path.write_text("a,b,c,d,e,f\n1,red,3,4,5,6\n1,,3,4,5,6\n1,green,3,4,5,6\n1,blue,3,4,5,6\n")
    np.testing.assert_array_equal(read_given(path, words).X[:, 1], [1, np.nan, 2, 0])


def test_a_file_without_rows_and_one_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("a,b,c,d,e,f\n")
    with pytest.raises(DataError):
        read_given(tmp_path / "rows.csv", NAMED)
    with pytest.raises(FileProblem, match="doesn't exist"):
        read_given(tmp_path / "row.csv", NAMED)
