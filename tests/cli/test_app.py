"""The command line as a whole: errors, Ctrl-C, pipes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from worlds import write_small

PROGRAM = Path(sys.executable).parent / "harness"


def run(*words: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """What a user sees."""
    return subprocess.run(
        [PROGRAM, *words],
        cwd=cwd,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_without_a_word_there_is_help(tmp_path: Path) -> None:
    done = run(cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout.startswith("Usage: harness")


def test_the_package_runs_as_a_module_too(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "harness"]
    shown = subprocess.run(
        [*words, "--version"], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=120
    )
    assert shown.stdout.startswith("harness ")
    wrong = subprocess.run(
        [*words, "fitt"], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120
    )
    assert (wrong.returncode, wrong.stderr[:6]) == (2, "error:")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["fitt"], "harness --help"),
        (["fit", "--modle", "lda"], "--model"),
        (["fit", "--cv", "one"], "harness fit --help"),
        (["fit", "--cv", "1"], "harness fit --help"),
    ],
)
def test_a_mistyped_word_is_answered_in_two_lines(
    tmp_path: Path, words: list[str], said: str
) -> None:
    done = run(*words, cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.splitlines()) <= 3
    assert list(tmp_path.iterdir()) == []


def test_a_mistyped_data_folder_of_the_environment_makes_no_demo(tmp_path: Path) -> None:
    done = run("fit", "--model", "prior", cwd=tmp_path, HARNESS_DATA="nowhere")
    assert done.returncode == 2
    assert "HARNESS_DATA=nowhere" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_says_that_the_same_command_goes_on(tmp_path: Path) -> None:
    write_small(tmp_path / "data")
    command = [PROGRAM, "fit", "--model", "forest", "--set", "n_estimators=2000"]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        assert running.stdout.readline().startswith("Fold 1")
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=60)
    assert running.returncode == 130
    assert "goes on from its finished folds" in said
    assert not [p for p in (tmp_path / "submissions").iterdir() if p.name.startswith("forest")]


def test_a_fit_that_was_killed_goes_on(tmp_path: Path) -> None:
    write_small(tmp_path / "data")
    words = ["fit", "--model", "forest", "--set", "n_estimators=1000", "--seed", "3"]
    with subprocess.Popen([PROGRAM, *words], cwd=tmp_path, stdout=subprocess.PIPE) as running:
        assert running.stdout is not None
        running.stdout.readline()
        running.kill()
    time.sleep(0.1)
    again = run(*words, cwd=tmp_path)
    assert again.returncode == 0
    assert "Fold 1 " not in again.stdout
    assert "fold 1 " in again.stderr
    assert [p.name for p in (tmp_path / "submissions").iterdir()] == ["forest-001"]


def test_a_full_device_is_an_error_of_one_line(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [PROGRAM, "models"], cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert done.returncode != 0
    assert b"Traceback" not in done.stderr


def test_names_that_the_terminal_cannot_show_are_no_failure(tmp_path: Path) -> None:
    folder = write_small(tmp_path / "data")
    toml = (
        (folder / "competition.toml").read_text(encoding="utf-8").replace('"Jazz"', '"Jäzz 爵士"')
    )
    (folder / "competition.toml").write_text(toml, encoding="utf-8")
    assert run("fit", "--model", "lda", cwd=tmp_path).returncode == 0
    done = run("report", cwd=tmp_path, PYTHONIOENCODING="ascii", LC_ALL="C")
    assert done.returncode == 0, done.stderr


def test_what_was_fitted_from_named_files_is_found_again(tmp_path: Path) -> None:
    folder = write_small(tmp_path / "elsewhere")
    (folder / "competition.toml").unlink()
    for old, new in (("train_data", "a"), ("train_labels", "b"), ("test_data", "c")):
        (folder / f"{old}.csv").rename(folder / f"{new}.csv")
    files = ["--train", "elsewhere/a.csv", "--labels", "elsewhere/b.csv", "--test"]
    assert run("fit", "--model", "lda", *files, "elsewhere/c.csv", cwd=tmp_path).returncode == 0
    done = run("submit", "--metric", "logloss", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "as for the newest entry, lda-001" in done.stderr


def test_what_was_fitted_with_groups_is_found_again(tmp_path: Path) -> None:
    rows = [f"{i % 3 + 1},{i // 6},{i % 7 / 7},{i % 5 / 5}" for i in range(120)]
    (tmp_path / "train.csv").write_text("label,track,x,z\n" + "\n".join(rows) + "\n")
    toml = 'name = "songs"\n[train]\nfeatures = "train.csv"\nheader = true\nlabel = "label"\n'
    toml += '[classes]\nvalues = ["1", "2", "3"]\n[[leaderboards]]\nmetric = "accuracy"\n'
    toml += 'id = "id"\nlabel = "label"\n'
    (tmp_path / "competition.toml").write_text(toml)
    fit = ["fit", "--model", "prior", "--data", ".", "--groups", "track"]
    assert run(*fit, cwd=tmp_path).returncode == 0
    done = run("entries", "--data", ".", cwd=tmp_path)
    assert "prior-001" in done.stdout
