"""The bar: silent where nobody looks, and a word on what is being done where somebody does."""

from __future__ import annotations

import pytest

from harness.cli import _progress
from harness.cli._progress import Bar


def test_without_a_terminal_nothing_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    with _progress.folds(3, "dense") as advance:
        advance("one done")
        advance.say("writing")
    shown = capsys.readouterr()
    assert shown.out == shown.err == ""


def test_a_step_is_said_without_advancing() -> None:
    moves: list[tuple[int, str]] = []
    bar = Bar(lambda advance, label: moves.append((advance, label)))
    bar("one done")
    bar.say("writing")
    assert moves == [(1, "one done"), (0, "writing")]
