"""Which competition a command works on when nobody names it."""

from __future__ import annotations

from pathlib import Path

import pytest
from standins import Run
from worlds import write_small


def test_a_fit_after_a_fit_takes_the_same_data(run: Run, tmp_path: Path) -> None:
    write_small(tmp_path / "mine")
    assert run("fit", "--model", "prior", "--data", "mine")[0] == 0
    code, _, err = run("fit", "--model", "lda")
    assert code == 0
    assert f"data: {tmp_path / 'mine'}, as for the newest entry, prior-001" in err
    assert not (tmp_path / "data").exists()
    # And the new entry knows where its data are, as if they had been named.
    code, out, err = run("submit", "--metric", "logloss", "--entry", "lda-001")
    assert code == 0, err
    assert "checked" in out


def test_a_fit_after_one_from_files_asks_for_them_again(run: Run, tmp_path: Path) -> None:
    write_small(tmp_path / "mine")
    files = [f"mine/{name}.csv" for name in ("train_data", "train_labels", "test_data")]
    named = [x for pair in zip(("--train", "--labels", "--test"), files, strict=True) for x in pair]
    assert run("fit", "--model", "prior", *named)[0] == 0
    code, _, err = run("fit", "--model", "prior")
    assert code != 0
    assert "train_data.csv" in err
    assert "--train" in err
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    "command",
    [
        ("submit", "--metric", "logloss"),
        ("report",),
        ("blend", "a", "b"),
        ("predict", "rows.csv"),
    ],
    ids=lambda command: command[0],
)
def test_what_needs_an_entry_makes_no_data(
    run: Run, tmp_path: Path, command: tuple[str, ...]
) -> None:
    (tmp_path / "rows.csv").write_text("1,2\n", encoding="utf-8")
    code, _, err = run(*command)
    assert code != 0
    assert "there is no entry in submissions" in err
    assert "harness fit --data DIR" in err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["rows.csv"]


def test_a_blend_of_other_datas_entries_names_their_data(run: Run, tmp_path: Path) -> None:
    write_small(tmp_path / "data")
    write_small(tmp_path / "mine", rows=90)
    for model in ("prior", "lda"):
        assert run("fit", "--model", model, "--data", "mine")[0] == 0
    code, _, err = run("blend", "prior-001", "lda-001")
    assert code != 0
    assert "fitted on other data" in err
    assert f"--data {tmp_path / 'mine'}" in err
    assert "delete" not in err
