"""What the tests of the report share."""

from __future__ import annotations

from pathlib import Path

import pytest
import reports

from harness.entries import Entry


@pytest.fixture
def entry(tmp_path: Path) -> Entry:
    """An entry with training curves."""
    return reports.make(tmp_path / "submissions", history=reports.HISTORY)
