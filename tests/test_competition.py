"""A competition's own answers: frames for notebooks, labels in and out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from worlds import small

from harness.errors import DataError, FaultsError


def test_a_frame_holds_the_rows_under_their_names() -> None:
    competition = small()
    table = competition.frame()
    assert list(table.columns) == [*competition.columns, "class"]
    assert np.array_equal(table[list(competition.columns)].to_numpy(), competition.X)
    assert list(table["class"][:3]) == [competition.class_names[k] for k in competition.y[:3]]


def test_a_test_frame_is_indexed_by_id_and_has_no_class() -> None:
    table = small().frame(test=True)
    assert list(table.index[:3]) == ["1", "2", "3"]
    assert "class" not in table


def test_text_columns_are_text_again() -> None:
    competition = small(rows=6)
    X = competition.X.copy()
    X[:, 1] = [0, 1, np.nan, 1, 0, 0]
    table = replace(competition, X=X, text={1: ("loud", "soft")}).frame()
    assert table["1"].astype("object").fillna("?").tolist() == [
        "loud", "soft", "?", "soft", "loud", "loud",
    ]  # fmt: skip
    assert isinstance(table["1"].dtype, pd.CategoricalDtype)


def test_a_frame_of_test_rows_that_are_not_there_is_refused() -> None:
    with pytest.raises(DataError, match="no test rows"):
        replace(small(), X_test=None).frame(test=True)


def test_labels_survive_the_way_out_and_in_again() -> None:
    competition = small()
    assert np.array_equal(
        competition.encode(competition.decode(competition.y), where=""), competition.y
    )


def test_a_label_that_is_no_class_is_named_with_its_row() -> None:
    with pytest.raises(FaultsError, match=r"row 2: label '7'"):
        small().encode(["1", "7"], where="labels.csv")
