"""`harness explore`: what goes to stdout, where files go, and every way it can't."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from worlds import write_small

from harness.cli.app import main
from harness.competitions._find import find
from harness.explore.exploration import explore
from harness.explore.words import facts, headline

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command line in a folder with a small competition: exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)
    write_small(tmp_path / "data", rows=30, test_rows=4)

    def command(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(["explore", *arguments])
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return command


def test_facts_and_paths_go_to_stdout(run: Run) -> None:
    code, out, err = run()
    assert code == 0
    lines = out.splitlines()
    assert lines[0] == "small: 30 training rows, 6 number columns, 3 classes"
    assert "  classes: 10 rows in each" in lines
    paths = [Path(line) for line in lines[lines.index("") + 1 :]]
    assert paths[0] == Path("explore/small/index.html")
    assert len(paths) == 1 + 4 + 2 + 3
    assert all(path.is_file() for path in paths)
    assert err == "drawing into explore/small\n"


def test_json_and_out(run: Run) -> None:
    code, out, _ = run("--json", "--out", "else/where", "--threshold", "0.1")
    told = json.loads(out)
    assert code == 0
    assert told["page"] == "else/where/index.html"
    assert told["correlations"]["threshold"] == 0.1
    assert told["correlations"]["beyond"] == len(told["correlations"]["strongest"]) > 0
    assert [each["rows"] for each in told["classes"]] == [10, 10, 10]
    assert not Path("explore").exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--threshold", "1.5"), "--threshold"),
        (("--threshold", "strong"), "--threshold"),
        (("--threshold", "nan"), "--threshold"),
        (("--data", "nowhere"), "nowhere"),
        (("--out", "data/train_data.csv"), "--out"),
    ],
)
def test_what_cannot_be_taken_is_told_and_nothing_is_written(
    run: Run, arguments: tuple[str, ...], told: str
) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert told in err
    assert not Path("explore").exists()


@pytest.mark.real
def test_real_rows(shared_data: Path) -> None:
    found = explore(find(shared_data / "gtzan30"))
    assert headline(found) == "gtzan: 930 training rows, 57 number columns, 10 classes"
    assert "spectral_centroid_mean and rolloff_mean +0.979" in dict(facts(found))["correlations"]
    assert list(found.as_dict()["parts"]) == ["always trains", "valid", "test", "left out"]
