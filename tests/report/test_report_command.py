"""`harness report`: which entry it takes, what goes to stdout, and every way it can't."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import reports
from worlds import write_small

from harness.cli.app import main
from harness.competitions._find import find
from harness.evaluate import metrics

Run = Callable[..., tuple[int, str, str]]
SUBMISSIONS = Path("submissions")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command line in an empty folder: exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)

    def command(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return command


@pytest.fixture
def fingerprint(tmp_path: Path) -> str:
    """Of the competition in ./data."""
    return find(write_small(tmp_path / "data")).fingerprint


def test_a_named_entry_needs_no_data(run: Run) -> None:
    reports.make(SUBMISSIONS, name="knn", history=reports.HISTORY)
    code, out, err = run("report", "--entry", "knn")
    assert (code, err) == (0, "")
    assert out.splitlines()[0] == "knn: out-of-fold, 200 rows in 2 folds"
    assert out.splitlines()[-5:] == [
        str(SUBMISSIONS / "knn" / "report" / name)
        for name in ("report.md", "confusion.png", "classes.png", "per-class.png", "curves.png")
    ]
    assert not Path("data").exists()


def test_by_default_the_entry_with_the_lowest_log_loss(run: Run, fingerprint: str) -> None:
    good = reports.make(SUBMISSIONS, name="a-good", fingerprint=fingerprint)
    worse = reports.make(SUBMISSIONS, name="b-worse", fingerprint=fingerprint)
    other = reports.make(SUBMISSIONS, name="c-other-data", fingerprint="other")
    y, oof = good.y[:120], good.oof[:120]
    for entry, proba in ((good, oof), (worse, (oof + 1) / 4), (other, np.eye(3)[y])):
        for name, array in (("y", y), ("oof", proba), ("folds", entry.folds[:120])):
            np.save(entry.path / f"{name}.npy", array)
    code, out, _ = run("report")
    assert code == 0
    assert out.startswith("a-good: ")


def test_json(run: Run) -> None:
    reports.make(SUBMISSIONS, reports.EVIL, name="knn")
    code, out, _ = run("report", "--entry", "knn", "--json")
    data = json.loads(out)
    assert code == 0
    assert data["entry"] == "knn"
    assert len(data["confusion"]) == len(data["classes"]) == len(reports.EVIL)
    assert Path(data["report"]).is_file()


def test_an_unknown_entry_is_answered_with_the_nearest(run: Run) -> None:
    reports.make(SUBMISSIONS, name="dense-001")
    code, out, err = run("report", "--entry", "dens-001")
    assert (code, out) == (2, "")
    assert "did you mean dense-001?" in err


def test_no_entry_at_all(run: Run, fingerprint: str) -> None:
    code, out, err = run("report")
    assert (code, out) == (1, "")
    assert "there is no entry" in err
    assert "harness fit" in err


def test_an_entry_of_other_data_is_refused(run: Run, fingerprint: str) -> None:
    reports.make(SUBMISSIONS, name="knn", fingerprint="other")
    code, _, err = run("report", "--entry", "knn", "--data", "data")
    assert code == 1
    assert "was fitted on other data" in err


def test_a_damaged_entry(run: Run) -> None:
    entry = reports.make(SUBMISSIONS, name="knn")
    (entry.path / "oof.npy").write_bytes(b"\x93NUMPY")
    code, out, err = run("report", "--entry", "knn")
    assert (code, out) == (1, "")
    assert "oof.npy" in err
    assert "Traceback" not in err


def loaded_by(*arguments: str) -> set[str]:
    """The heavy packages that a fresh interpreter has loaded after a command."""
    script = (
        "import sys\nfrom harness.cli.app import main\n"
        "try:\n    main(sys.argv[1:])\n"
        "except SystemExit:\n    sys.stderr.write('\\n' + ' '.join(sys.modules))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=True
    )
    return {"matplotlib", "sklearn", "pandas"} & set(done.stderr.rpartition("\n")[2].split())


def test_an_unknown_entry_is_answered_without_drawing_anything(tmp_path: Path) -> None:
    assert loaded_by("report", "--entry", "x", "--submissions", str(tmp_path)) == set()


def test_a_report_loads_nothing_to_fit_with(tmp_path: Path) -> None:
    reports.make(tmp_path, name="knn", prior_scores=dict.fromkeys(metrics.METRICS, 0.5))
    loaded = loaded_by("report", "--entry", "knn", "--submissions", str(tmp_path))
    assert loaded == {"matplotlib"}
