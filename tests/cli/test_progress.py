"""What is being done: a bar where somebody looks, a line now and again where nobody does."""

from __future__ import annotations

import json
import threading
import time

import pytest
from standins import Run

from harness.cli import _progress
from harness.cli._progress import Bar
from harness.competition import Competition


def test_without_a_terminal_a_line_comes_now_and_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """However long a step takes: what is under way, how much is done, and about what is left."""
    monkeypatch.setenv(_progress.VARIABLE, "0.02")
    told = ""
    with _progress.folds(4, "dense") as advance:
        advance("dense: 1 of 4 folds done")
        while told.count("\n") < 2:  # nothing is said by the fit meanwhile
            told += capsys.readouterr().err
            time.sleep(0.01)
    said = told.splitlines()[-1]
    assert "dense: 1 of 4 folds done; 1 of 4 steps done; about" in said
    assert said.endswith("left")


def test_a_budget_says_what_is_left_of_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(_progress.VARIABLE, "0.02")
    told = ""
    with _progress.folds(None, "auto", until=time.monotonic() + 7200.5):
        while not told:
            told = capsys.readouterr().err
            time.sleep(0.01)
    assert "; 2h 00m left" in told


def test_a_short_step_says_nothing_and_leaves_no_thread(
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = threading.active_count()
    with _progress.folds(3, "dense") as advance:
        advance("one done")
        advance.say("writing")
    shown = capsys.readouterr()
    assert shown.out == shown.err == ""
    assert threading.active_count() == before


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0.2, "0s"), (59.7, "1m 00s"), (65, "1m 05s"), (3600, "1h 00m"), (7384, "2h 03m")],
)
def test_lengths_of_time_as_people_say_them(seconds: float, told: str) -> None:
    assert _progress.length(seconds) == told


def test_a_step_is_said_without_advancing() -> None:
    moves: list[tuple[int, str]] = []
    bar = Bar(lambda advance, label: moves.append((advance, label)))
    bar("one done")
    bar.say("writing")
    assert moves == [(1, "one done"), (0, "writing")]


@pytest.mark.parametrize(
    "command",
    [
        ("fit", "--model", "logistic", "--json"),
        ("tune", "--model", "logistic", "--trials", "2", "--json"),
        ("audit", "--model", "logistic", "--json"),
    ],
)
def test_long_commands_say_how_far_they_are(
    run: Run, world: Competition, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    """In JSON, too: what is said goes to stderr."""
    monkeypatch.setenv(_progress.VARIABLE, "0.01")
    code, out, err = run(*command)
    assert code == 0
    json.loads(out)
    assert any(line.startswith("0s; ") and "steps done" in line for line in err.splitlines())
