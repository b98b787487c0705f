"""The local leaderboard as a table: numbers are never cut, whatever the terminal's width."""

from __future__ import annotations

import pytest

from harness.cli.entries import _print
from harness.evaluate.intervals import Gap
from harness.leaderboard import Standing

HOW = "C=0.1/1/10 gamma=scale/0.01/0.001 power pca:40 smote-tomek bag"


def standings() -> list[Standing]:
    scores = {"logloss": 1.23456, "accuracy": 0.5, "logloss-cells": 0.25}
    gap = Gap(0.05, 0.01)
    return [
        Standing("prior", scores, gap, False, None),
        Standing("lightgbm-001", scores, None, True, 12.3, "stratified-group 10", HOW),
        Standing("a-name-of-the-users-own", scores, gap, False, 2.0, "nested 5", tied=True),
    ]


@pytest.mark.parametrize("width", [40, 60, 80, 100, 120, 200])
def test_nothing_is_cut_or_folded(
    width: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    _print("small", "logloss", standings())
    lines = capsys.readouterr().out.splitlines()
    table = [line for line in lines if "1.2346" in line]
    assert len(table) == 3
    assert "~ 0.0500 ±0.0100" in table[2]
    assert "a-name-of-the-users-own" in table[2]
    assert not any("…" in line for line in lines)
    # What has no place in the table stands beneath it.
    assert any(HOW in line for line in lines)
    assert any("nested 5" in line for line in lines)


def test_at_eighty_columns_the_table_keeps_to_them(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    _print("small", "logloss", standings())
    lines = capsys.readouterr().out.splitlines()
    assert max(len(line) for line in lines if not line.startswith("lightgbm-001:")) <= 80
