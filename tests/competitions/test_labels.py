"""Labels between the outside form and 0..K-1."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.competition import encode_labels
from harness.errors import FaultsError

CLASSES = ("1", "2", "10", "-3")


@given(st.lists(st.integers(0, 3)), st.sampled_from(["{}", " {} ", "{}.0", "{}.", "{}.000"]))
def test_whole_numbers_however_they_are_written(codes: list[int], form: str) -> None:
    written = [form.format(CLASSES[k]) for k in codes]
    assert encode_labels(written, CLASSES, where="x").tolist() == codes


@pytest.mark.parametrize("label", ["1.5", "3", "", "one", "01", "1e0", "nan"])
def test_anything_else_is_a_fault(label: str) -> None:
    with pytest.raises(FaultsError, match="row 2: "):
        encode_labels(["1", label], CLASSES, where="x")


def test_words_are_taken_as_they_are() -> None:
    with pytest.raises(FaultsError):
        encode_labels(["rock.0"], ("rock", "pop"), where="x")


def test_every_row_is_named_and_the_classes_too() -> None:
    with pytest.raises(FaultsError) as raised:
        encode_labels(["11", "1", ""], CLASSES, where="labels.csv")
    assert raised.value.faults == (
        "row 1: label '11' is not one of the declared classes",
        "row 3: the label is missing",
    )
    assert "labels.csv" in str(raised.value)
    assert "1, 2, 10, -3" in str(raised.value)
