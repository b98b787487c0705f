"""What a receipt says, and how it says it."""

from __future__ import annotations

import pytest

from harness.provenance import machine
from harness.receipts import code_digest, environment, merged, versions


@pytest.mark.parametrize(
    ("notes", "said"),
    [
        (["a", "a"], ["a"]),
        (["3 became 23 columns", "3 became 21 columns"], ["3 became 21 to 23 columns"]),
        (["fold 1: 5 rows", "fold 2: 6 rows"], ["fold 1: 5 rows", "fold 2: 6 rows"]),
        (["x 1", "y 1"], ["x 1", "y 1"]),
        ([], []),
    ],
)
def test_notes_that_differ_in_one_number_become_one(notes: list[str], said: list[str]) -> None:
    assert merged(notes) == said


def test_versions_name_what_a_result_depends_on() -> None:
    assert {"python", "numpy", "scikit-learn", "lightgbm", "keras"} <= set(versions())


def test_the_machine_is_its_processor_and_what_chooses_the_libraries_code(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    here = machine()
    assert {"processor", "instructions", "system"} <= set(here)
    assert environment()["machine"] == here == machine()
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", "SSE41")
    assert machine() == here | {"ONEDNN_MAX_CPU_ISA": "SSE41"}


def test_the_code_has_one_digest() -> None:
    assert code_digest() == code_digest()
    assert len(code_digest()) == 16
