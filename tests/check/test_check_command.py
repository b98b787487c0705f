"""`harness check`: what goes to stdout, the exit code, the groups it writes, evil names."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from worlds import write_small

from harness.check._finding import percent
from harness.check._run import CHECKS
from harness.cli.app import main
from harness.competitions._find import find

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command line in an empty folder: exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")

    def command(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(["check", *arguments])
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return command


def copied(folder: Path, *, label: int | None = None) -> Path:
    """The small world with its first row once more at the end; with another label if wanted."""
    write_small(folder)
    rows = (folder / "train_data.csv").read_text().splitlines()
    labels = (folder / "train_labels.csv").read_text().splitlines()
    (folder / "train_data.csv").write_text("\n".join([*rows, rows[0]]) + "\n")
    more = labels[0] if label is None else str(label)
    (folder / "train_labels.csv").write_text("\n".join([*labels, more]) + "\n")
    return folder


def contradicting(folder: Path) -> Path:
    copied(folder)
    first = int((folder / "train_labels.csv").read_text().split()[0])
    text = (folder / "train_labels.csv").read_text().splitlines()
    text[-1] = str(first % 3 + 1)
    (folder / "train_labels.csv").write_text("\n".join(text) + "\n")
    return folder


def test_clean_data_says_what_was_looked_at(run: Run, tmp_path: Path) -> None:
    write_small(tmp_path / "data")
    code, out, _ = run()
    assert code == 0
    assert "small: 0 bad, 0 warn, 0 info" in out
    assert "Nothing found in:" in out
    assert "label-errors no entry to judge them" in out


def test_findings_say_what_how_bad_and_what_to_do(run: Run, tmp_path: Path) -> None:
    copied(tmp_path / "data")
    code, out, _ = run()
    assert code == 0
    assert "WARN duplicates: training rows that are copies of each other: row 1 = row 121" in out
    assert "1 superfluous row" in out
    assert "-> keep them together: harness check --write-groups groups.csv" in out
    assert max(map(len, out.splitlines())) <= 80


def test_strict_turns_bad_findings_into_a_code(run: Run, tmp_path: Path) -> None:
    contradicting(tmp_path / "data")
    assert run("--only", "contradictions")[0] == 0
    assert run("--only", "contradictions", "--strict")[0] == 1


def test_strict_lets_warnings_pass(run: Run, tmp_path: Path) -> None:
    copied(tmp_path / "data")
    assert run("--strict")[0] == 0


def test_json_holds_every_finding(run: Run, tmp_path: Path) -> None:
    contradicting(tmp_path / "data")
    code, out, _ = run("--json")
    told = json.loads(out)
    assert code == 0
    assert told["counts"]["bad"] == 1
    assert {one["check"] for one in told["findings"]} == {"contradictions", "duplicates"}
    assert set(told["findings"][0]) >= {"severity", "what", "how_bad", "todo", "sets"}
    named = {one["check"] for one in told["findings"]}
    assert named | set(told["looked_at"]) | set(told["skipped"]) == set(CHECKS.names())


def test_written_groups_are_taken_by_the_competition(run: Run, tmp_path: Path) -> None:
    folder = copied(tmp_path / "data")
    assert run("--write-groups", str(folder / "groups.csv"))[0] == 0
    toml = folder / "competition.toml"
    toml.write_text('groups = { file = "groups.csv" }\n' + toml.read_text())
    groups = find(folder).groups
    assert groups is not None
    assert groups[0] == groups[120]
    assert len(np.unique(groups)) == 120
    assert "nothing: each copy is in the same group" in run()[1]


def test_without_copies_no_groups_are_written(run: Run, tmp_path: Path) -> None:
    write_small(tmp_path / "data")
    _, _, err = run("--write-groups", "groups.csv")
    assert "groups.csv was not written" in err
    assert not Path("groups.csv").exists()


def test_groups_can_be_asked_for_with_one_check(run: Run, tmp_path: Path) -> None:
    copied(tmp_path / "data")
    run("--only", "classes", "--write-groups", "groups.csv")
    assert len(Path("groups.csv").read_text().split()) == 121


def test_an_unknown_check_is_answered_with_the_known_ones(run: Run, tmp_path: Path) -> None:
    write_small(tmp_path / "data")
    code, out, err = run("--only", "duplicate")
    assert (code, out) == (2, "")
    assert "did you mean duplicates" in err


def test_evil_names_are_shown_as_plain_text(run: Run, tmp_path: Path) -> None:
    folder = write_small(tmp_path / "data")
    rows = (folder / "train_data.csv").read_text().splitlines()
    evil = "\x1b[31m[red]evil[/red]"
    head = ["a", "b", "c", "d", "e", "f", evil]
    for name in ("train_data.csv", "test_data.csv"):
        rows = (folder / name).read_text().splitlines()
        (folder / name).write_text("\n".join([",".join(head), *(f"{row},1" for row in rows)]))
    toml = (folder / "competition.toml").read_text().replace("[train]", "[train]\nheader = true")
    (folder / "competition.toml").write_text(toml.replace("[test]", "[test]\nheader = true"))
    _, out, _ = run("--only", "constant")
    assert "\x1b" not in out
    assert "[red]evil[/red]: the same value in every row" in out


def test_the_same_seed_gives_the_same_findings(run: Run, tmp_path: Path) -> None:
    copied(tmp_path / "data")
    told = [json.loads(run("--json", "--seed", "3")[1]) for _ in range(2)]
    for one in told:
        del one["seconds"]
    assert told[0] == told[1]


def test_help_loads_nothing_heavy() -> None:
    script = (
        "import sys\nfrom harness.cli.app import main\n"
        "try:\n    main(['check', '--help'])\n"
        "except SystemExit:\n    sys.stderr.write('\\n' + ' '.join(sys.modules))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    loaded = set(done.stderr.rpartition("\n")[2].split())
    assert not loaded & {"numpy", "sklearn", "pandas", "lightgbm", "scipy"}


@pytest.mark.parametrize(
    ("share", "told"),
    [
        (0, "0 %"),
        (1, "100 %"),
        (0.5, "50 %"),
        (0.013, "1.3 %"),
        (0.0004, "0.04 %"),
        (1e-6, "<0.01 %"),
    ],
)
def test_shares_in_words(share: float, told: str) -> None:
    assert percent(share) == told


@pytest.mark.real
def test_the_copies_of_gtzan_are_found(shared_data: Path, run: Run) -> None:
    code, out, _ = run("--data", str(shared_data / "gtzan30"), "--json")
    found = {(one["check"], one.get("kind")): one for one in json.loads(out)["findings"]}
    assert code == 0
    assert len(found["duplicates", "exact"]["sets"]) == 14
    assert found["contradictions", "exact"]["sets"] == [[659, 917]]
    assert ("contradictions", "near") not in found
    assert len(found["duplicates", "near"]["pairs"]) <= 20


def test_groups_are_taken_as_in_fit(run: Run, tmp_path: Path) -> None:
    folder = write_small(tmp_path / "data")
    for name in ("train_data.csv", "test_data.csv"):
        rows = (folder / name).read_text().splitlines()
        grouped = [f"{row},{number // 2}" for number, row in enumerate(rows)]
        (folder / name).write_text("\n".join(grouped) + "\n")
    code, out, err = run("--groups", "6", "--only", "songs", "--json")
    assert code == 0, err
    assert "the rows have groups (60 groups)" in json.loads(out)["skipped"]["songs"]
    code, _, err = run("--groups", "singer", "--only", "songs")
    assert (code != 0, "singer" in err) == (True, True)
