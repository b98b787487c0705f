"""`harness practice`, and the leaderboard that `grade` plays with it, from end to end."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from standins import Run, add
from worlds import write_small

from harness import submission
from harness.competition import Competition
from harness.competitions._answers import read_answers, read_parts
from harness.competitions._find import find


@pytest.fixture
def game(run: Run, tmp_path: Path) -> Competition:
    """A practice competition in ./data."""
    write_small(tmp_path / "source", rows=300)
    assert run("practice", "source", "--out", "data")[0] == 0
    return find(Path("data"))


def test_what_was_made_is_told(run: Run, tmp_path: Path) -> None:
    write_small(tmp_path / "source", rows=300)
    code, out, err = run("practice", "source", "--out", "new", "--public", "0.5", "--seed", "2")
    assert code == 0
    assert "new: 180 training and 120 test rows (60 public, 60 private)" in out
    assert "harness fit --data new" in err
    told = json.loads(run("practice", "source", "--out", "other", "--json")[1])
    assert told["path"] == "other"
    assert (told["rows"], told["public_rows"], told["private_rows"]) == (180, 36, 84)
    assert told["leaderboards"] == ["accuracy", "logloss"]


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["nowhere", "--out", "new"], 2, "no such file or folder"),
        (["source"], 2, "--out"),
        (["source", "--out", "source"], 2, "is there already"),
        (["source", "--out", "new", "--public", "1"], 2, "--public"),
        (["source", "--out", "new", "--format", "xls"], 2, "csv"),
    ],
)
def test_what_cannot_be_made_is_one_answer(
    run: Run, tmp_path: Path, arguments: list[str], code: int, told: str
) -> None:
    write_small(tmp_path / "source")
    ended, out, err = run("practice", *arguments)
    assert (ended, out) == (code, "")
    assert told in err
    assert not Path("new").exists()


def test_the_public_score_is_shown_and_the_private_one_is_not(run: Run, game: Competition) -> None:
    entry = add(game, "lda", 1.0)
    path = Path(json.loads(run("submit", "--json")[1])["file"])
    y, public = read_answers(game), read_parts(game)
    proba = submission.read(path, game, game.board("logloss"))
    code, out, err = run("grade", str(path))
    assert (code, err) == (0, "")
    assert "36 public rows for the logloss leaderboard" in out
    rows = -np.log(proba[np.arange(len(y)), y])
    assert f"{rows[public].mean():.5f}  the leaderboard's public score" in out
    assert f"{rows[~public].mean():.5f}" not in out
    error = rows[public].std(ddof=1) * np.sqrt(1 / 36 + 1 / 84)
    assert f"the shake-up to expect is ± {error:.5f}" in out
    assert f"expected from {entry.name}" in out
    told = json.loads(run("grade", str(path), "--json")[1])
    assert (told["part"], told["rows"], told["private_rows"]) == ("public", 36, 84)
    assert "private" not in told


def test_the_end_of_the_competition_shows_both(run: Run, game: Competition) -> None:
    add(game, "lda", 1.0)
    path = json.loads(run("submit", "--json")[1])["file"]
    told = json.loads(run("grade", path, "--private", "--json")[1])
    moved = told["private"]["score"] - told["score"]
    whole = told["whole"]["score"]
    assert (36 * told["score"] + 84 * told["private"]["score"]) / 120 == pytest.approx(whole)
    out = run("grade", path, "--private")[1]
    assert f"shake-up: {moved:+.5f} from public to private; ± {told['shake_up']:.5f}" in out
    assert f"{whole:.5f} on all rows is" in out


def test_the_interval_for_the_public_part_is_wider(run: Run, game: Competition) -> None:
    add(game, "lda", 1.0)
    path = json.loads(run("submit", "--json")[1])["file"]
    public, whole = (
        json.loads(run("grade", path, "--json", *more)[1])["expected"]
        for more in ([], ["--private"])
    )
    assert public["low"] < whole["low"] < whole["high"] < public["high"]
    assert (public["rows"], whole["rows"]) == (36, 120)


def test_labels_are_graded_in_parts_too(run: Run, game: Competition) -> None:
    y = read_answers(game)
    submission.write(
        Path("s.csv"), game, game.board("accuracy"), (y + (np.arange(120) % 4 == 0)) % 3
    )
    told = json.loads(run("grade", "s.csv", "--private", "--json")[1])
    assert told["whole"]["score"] == 0.75
    error = np.sqrt(0.75 * 0.25 * 120 / 119 * (1 / 36 + 1 / 84))
    assert told["shake_up"] == pytest.approx(error)


def test_without_parts_there_is_nothing_private(run: Run, tmp_path: Path) -> None:
    world = find(write_small(tmp_path / "data"))
    submission.write(Path("s.csv"), world, world.board("accuracy"), np.zeros(60, dtype=np.int64))
    code, _, err = run("grade", "s.csv", "--private")
    assert code == 2
    assert "no public and private parts" in err
    assert "part" not in json.loads(run("grade", "s.csv", "--json")[1])


def test_a_practice_competitions_samples_pass_their_check(run: Run, game: Competition) -> None:
    for board in game.leaderboards:
        code, out, _ = run("check-submission", str(board.sample))
        assert code == 0
        assert "strict: accepted" in out


def test_fit_never_opens_the_answers(game: Competition, tmp_path: Path) -> None:
    # In a process of its own, under an audit hook that sees every file that Python opens.
    script = (
        "import sys\n"
        "opened = []\n"
        "sys.addaudithook(lambda e, a: opened.append(str(a[0])) if e == 'open' else None)\n"
        "from harness.cli.app import main\n"
        "try:\n    main(['fit', '--model', 'lda', '--data', 'data', '--cv', '3'])\n"
        "except SystemExit as ended:\n    assert not ended.code\n"
        "assert any('train_data.csv' in path for path in opened)\n"
        "assert not [path for path in opened if 'answers.csv' in path]\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
