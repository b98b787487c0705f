"""What leaves the house: a CSV for one leaderboard, written, checked and graded."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.submission._board import board_of, with_labels_of
    from harness.submission._check import Examined, check, examine, read
    from harness.submission._faults import PROFILES, Fault
    from harness.submission._fix import Fixed, fix
    from harness.submission._grade import Grade, grade, graded
    from harness.submission._ids import expected_ids
    from harness.submission._parts import Part, for_fewer_rows, shake_up
    from harness.submission._submit import (
        Rule,
        Submitted,
        decide,
        name_of,
        rule_of,
        submit,
        submitted_as,
    )
    from harness.submission._write import write

__all__ = [
    "PROFILES",
    "Examined",
    "Fault",
    "Fixed",
    "Grade",
    "Part",
    "Rule",
    "Submitted",
    "board_of",
    "check",
    "decide",
    "examine",
    "expected_ids",
    "fix",
    "for_fewer_rows",
    "grade",
    "graded",
    "name_of",
    "read",
    "rule_of",
    "shake_up",
    "submit",
    "submitted_as",
    "with_labels_of",
    "write",
]

_HOMES = {
    "_check": ("Examined", "check", "examine", "read"),
    "_faults": ("PROFILES", "Fault"),
    "_fix": ("Fixed", "fix"),
    "_board": ("board_of", "with_labels_of"),
    "_grade": ("Grade", "grade", "graded"),
    "_ids": ("expected_ids",),
    "_parts": ("Part", "for_fewer_rows", "shake_up"),
    "_submit": ("Rule", "Submitted", "decide", "name_of", "rule_of", "submit", "submitted_as"),
    "_write": ("write",),
}


def __getattr__(name: str) -> Any:
    # Loaded when asked for: importing the package alone must stay cheap.
    for home, names in _HOMES.items():
        if name in names:
            return getattr(importlib.import_module(f"{__name__}.{home}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
