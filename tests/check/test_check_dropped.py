"""What was left out of the features is told, with what it would have been worth."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from harness.check._finding import Finding, Outcome, Severity
from harness.check._run import CHECKS
from harness.check._sheet import Sheet
from harness.cli.app import main
from harness.competitions._find import find
from harness.competitions._new import describe

ROWS, TEST_ROWS = 240, 60


def dropped(folder: Path, cells: list[str], **more: list[str]) -> Outcome:
    """The check of a competition whose column ``odd`` is dropped for its many values."""
    rng = np.random.default_rng(3)
    every = ROWS + TEST_ROWS
    frame = pl.DataFrame(
        {"id": range(every), "x": rng.normal(size=every), "odd": cells, **more, "label": labels()}
    )
    frame[:ROWS].write_csv(folder / "train.csv")
    frame[ROWS:].drop("label", "late", strict=False).write_csv(folder / "test.csv")
    describe(folder)
    spec = (folder / "competition.toml").read_text()
    assert "odd" in spec.partition("drop = ")[2].partition("\n")[0]
    return CHECKS.load("dropped").check(Sheet(find(folder)))


def labels() -> list[str]:
    return ["abc"[k % 3] for k in range(ROWS + TEST_ROWS)]


def bands() -> list[str]:
    """A band each for the first 60 rows, then one for two rows of a class."""
    return [f"solo {k}" if k < 60 else f"band {k // 6}q{k % 3}" for k in range(ROWS + TEST_ROWS)]


def of(outcome: Outcome, severity: Severity) -> list[Finding]:
    return [one for one in outcome.findings if one.severity is severity]


def test_a_column_that_tells_something_is_worth_something(tmp_path: Path) -> None:
    (found,) = of(dropped(tmp_path, bands()), Severity.WARN)
    assert found.data["column"] == "odd"
    assert found.data["accuracy"] > found.data["prior"] + 0.2
    assert "text" in found.todo


def test_a_unique_text_tells_nothing(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    cells = ["".join(rng.choice(list("abcdefgh"), 9)) for _ in range(ROWS + TEST_ROWS)]
    outcome = dropped(tmp_path, cells)
    assert not of(outcome, Severity.WARN)
    (found,) = of(outcome, Severity.INFO)
    assert found.data["columns"] == ["odd"]


def test_what_test_rows_lack_is_told_apart(tmp_path: Path) -> None:
    outcome = dropped(tmp_path, bands(), late=labels())
    assert "late: dropped: the test file lacks them" in [one.what for one in outcome.findings]


def test_its_next_step_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (found,) = of(dropped(tmp_path, bands()), Severity.WARN)
    path = tmp_path / "competition.toml"
    kind = re.search(r"name it under (\w+)", found.todo)
    assert kind is not None
    spec = path.read_text().replace('drop = ["odd"]', f'{kind[1]} = ["odd"]')
    path.write_text(spec)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main(["fit", "--model", "prior", "--data", str(tmp_path)])
    assert not ended.value.code
    assert CHECKS.load("dropped").check(Sheet(find(tmp_path))).skipped


def test_without_dropped_columns_there_is_nothing_to_say(tmp_path: Path) -> None:
    frame = pl.DataFrame({"x": np.arange(30) % 7, "label": ["a", "b"] * 15})
    frame.write_csv(tmp_path / "train.csv")
    describe(tmp_path)
    assert CHECKS.load("dropped").check(Sheet(find(tmp_path))).skipped


def test_rows_without_a_label_are_left_out_here_too(tmp_path: Path) -> None:
    outcome = dropped(tmp_path, bands())
    train = pl.read_csv(tmp_path / "train.csv").with_columns(
        label=pl.when(pl.col("id") % 20 == 7).then(pl.lit("-1")).otherwise(pl.col("label"))
    )
    train.write_csv(tmp_path / "train.csv")
    describe(tmp_path, force=True)
    competition = find(tmp_path)
    assert len(competition.y) == ROWS - 12
    (found,) = of(CHECKS.load("dropped").check(Sheet(competition)), Severity.WARN)
    assert found.data["accuracy"] == pytest.approx(
        of(outcome, Severity.WARN)[0].data["accuracy"], abs=0.1
    )
