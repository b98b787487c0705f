"""`harness submit`: the best entry, a checked file, the score to expect; and every way it can't."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from standins import Run, add
from worlds import write_small

from harness import entries, submission
from harness.competition import Competition
from harness.competitions._find import find
from harness.errors import SubmissionError
from harness.evaluate import intervals, metrics


def test_the_best_entry_by_out_of_fold_score_is_taken(run: Run, world: Competition) -> None:
    for model, skill in (("knn", 1.0), ("lda", 3.0), ("svm", 2.0)):
        add(world, model, skill)
    code, out, err = run("submit", "--metric", "logloss")
    assert (code, err) == (0, "")
    path = Path("submissions/lda-001/submission-logloss.csv")
    assert f"{path}: 60 rows for the logloss leaderboard, checked" in out
    assert "from lda-001 (best of 3 by out-of-fold logloss" in out
    test = entries.read(path.parent).test
    assert np.array_equal(submission.read(path, world, world.board("logloss"), "strict"), test)


def test_the_expected_score_is_the_receipts(run: Run, world: Competition) -> None:
    kept = {"score": 0.5, "low": 0.4, "high": 0.6, "rows": 60, "metric": "logloss"}
    add(world, "lda", 1.0, expected={"logloss": kept})
    result = json.loads(run("submit", "--json")[1])
    assert result["expected"] == kept
    assert result["entry"] == "lda-001"
    assert result["rows"] == 60


def test_without_one_in_the_receipt_it_is_computed(run: Run, world: Competition) -> None:
    entry = add(world, "lda", 1.0, expected=None)
    result = json.loads(run("submit", "--json")[1])
    found = intervals.expected("logloss", entry.y, entry.oof, rows=60)
    assert result["expected"]["score"] == found.score
    assert result["expected"]["low"] == found.low


def test_the_prior_is_taken_only_when_it_is_alone(run: Run, world: Competition) -> None:
    add(world, "prior", 5.0)
    assert "the class prior; there is no other entry" in run("submit")[1]
    add(world, "knn", 0.1)
    assert "from knn-001 (the only one" in run("submit")[1]


def test_an_entry_can_be_named(run: Run, world: Competition) -> None:
    add(world, "knn", 1.0)
    add(world, "lda", 3.0)
    assert "from knn-001 (named by --entry)" in run("submit", "--entry", "knn-001")[1]
    code, _, err = run("submit", "--entry", "knn-01")
    assert code == 2
    assert "did you mean knn-001" in err


def test_the_decision_rule_gives_the_fallback_and_its_own_expected_score(
    run: Run, world: Competition
) -> None:
    entry = add(world, "lda", 0.5, expected={"accuracy": {"score": 9, "low": 9, "high": 9}})
    options = ("--metric", "accuracy", "--min-confidence", "0.6", "--fallback", "2")
    result = json.loads(run("submit", *options, "--json")[1])
    labels = submission.read(Path(result["file"]), world, world.board("accuracy"))
    unsure = entry.test.max(axis=1) <= 0.6
    assert (labels[unsure] == 1).all()
    assert np.array_equal(labels[~unsure], entry.test.argmax(axis=1)[~unsure])
    assert result["rows_by_fallback"] == int((unsure & (entry.test.argmax(axis=1) != 1)).sum())
    decided = submission.decide(entry.oof, submission.Rule(0.6, 1))
    score = metrics.metric("accuracy").score(entry.y, decided)
    assert result["expected"]["score"] == score


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--metric", "acuracy"], "did you mean accuracy? known: accuracy, logloss"),
        (["--metric", "macro-f1"], "known: accuracy, logloss"),
        (["--min-confidence", "0.25"], "go together"),
        (["--fallback", "1"], "go together"),
        (["--min-confidence", "0.25", "--fallback", "1"], "takes probabilities"),
        (
            ["--metric", "accuracy", "--min-confidence", "0.25", "--fallback", "4"],
            "the classes are 1, 2, 3",
        ),
        (["--metric", "accuracy", "--min-confidence", "25", "--fallback", "1"], "within 0..1"),
        (["--metric", "accuracy", "--min-confidence", "nan", "--fallback", "1"], "within 0..1"),
    ],
)
def test_options_that_cannot_be_taken(
    run: Run, world: Competition, options: list[str], told: str
) -> None:
    entry = add(world, "lda", 1.0)
    code, out, err = run("submit", *options)
    assert (code, out) == (2, "")
    assert told in err
    assert not list(entry.path.glob("submission*"))


def test_without_entries_the_answer_is_to_fit(run: Run, world: Competition) -> None:
    code, _, err = run("submit")
    assert code == 2
    assert "harness fit" in err


def test_entries_of_other_data_are_not_submitted(
    run: Run, world: Competition, tmp_path: Path
) -> None:
    add(find(write_small(tmp_path / "elsewhere", seed=5)), "lda", 1.0)
    code, _, err = run("submit")
    assert code == 2
    assert "1 entries are of other data than small" in err
    assert f"--data {tmp_path / 'elsewhere'} (lda-001)" in err


def test_without_test_rows_submit_explains(run: Run, tmp_path: Path) -> None:
    folder = write_small(tmp_path / "data")
    text = (folder / "competition.toml").read_text()
    test, answers = '[test]\nfeatures = "test_data.csv"\n', text.index("[answers]")
    (folder / "competition.toml").write_text(text[:answers].replace(test, ""))
    world = find(folder)
    assert world.X_test is None
    add(world, "lda", 1.0)
    code, _, err = run("submit")
    assert code == 1
    assert "no test rows" in err


def test_damaged_entries_are_left_out_with_a_warning(run: Run, world: Competition) -> None:
    for model, skill in (("knn", 1.0), ("lda", 3.0), ("svm", 2.0), ("tree", 2.5)):
        add(world, model, skill)
    Path("submissions/lda-001/receipt.json").write_text("{")
    Path("submissions/svm-001/oof.npy").write_bytes(b"")
    Path("submissions/tree-001/test.npy").unlink()
    code, out, err = run("submit")
    assert code == 0
    assert "from knn-001" in out
    assert all(name in err for name in ("lda-001", "svm-001", "tree-001"))


def test_only_damaged_entries_are_an_error(run: Run, world: Competition) -> None:
    entry = add(world, "lda", 3.0)
    (entry.path / "test.npy").write_bytes(b"")
    code, _, err = run("submit")
    assert code == 1
    assert "none of its entries can be used" in err


def test_the_file_can_go_elsewhere(run: Run, world: Competition) -> None:
    entry = add(world, "lda", 1.0)
    assert run("submit", "--out", "out/mine.csv")[0] == 0
    assert Path("out/mine.csv").is_file()
    assert not (entry.path / "submission-logloss.csv").exists()


def test_a_file_that_fails_its_check_never_gets_its_name(
    run: Run, world: Competition, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = add(world, "lda", 1.0)
    before = set(entry.path.iterdir())

    def refuse(*_: object) -> None:
        raise SubmissionError(["line 1: odd"])

    monkeypatch.setattr("harness.submission._submit.read", refuse)
    assert run("submit")[0] == 1
    assert set(entry.path.iterdir()) == before


def test_a_place_that_cannot_be_written_is_told(run: Run, world: Competition) -> None:
    add(world, "lda", 1.0)
    Path("file").touch()
    code, _, err = run("submit", "--out", "file/mine.csv")
    assert code == 1
    assert "can't be written" in err


def test_without_data_the_newest_entry_tells_where_it_lay(run: Run, tmp_path: Path) -> None:
    add(find(write_small(tmp_path / "first")), "lda", 1.0)
    add(find(write_small(tmp_path / "second", seed=3)), "knn", 1.0)
    code, out, err = run("submit")
    assert code == 0
    assert f"data: {tmp_path / 'second'}, as for the newest entry, knn-001" in err
    assert "from knn-001" in out
    assert not Path("data").exists()


def test_data_that_is_there_goes_before_an_entrys(
    run: Run, world: Competition, tmp_path: Path
) -> None:
    add(find(write_small(tmp_path / "elsewhere", seed=3)), "knn", 1.0)
    add(world, "lda", 1.0)
    _, out, err = run("submit")
    assert "from lda-001" in out
    assert err == ""


def test_what_the_environment_says_goes_before_an_entrys(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(find(write_small(tmp_path / "first")), "lda", 1.0)
    second = write_small(tmp_path / "second", seed=3)
    monkeypatch.setenv("HARNESS_DATA", str(second))
    code, _, err = run("submit")
    assert code == 2
    assert "other data" in err


@pytest.mark.parametrize("name", ["elsewhere/train.csv", "notes.txt"])
def test_no_other_file_is_written_over(run: Run, world: Competition, name: str) -> None:
    add(world, "lda", 1.0)
    Path(name).parent.mkdir(exist_ok=True)
    Path(name).write_text("mine\n")
    code, _, err = run("submit", "--metric", "logloss", "--out", name)
    assert code == 2
    assert "--out" in err
    assert Path(name).read_text() == "mine\n"


def test_an_older_submission_is_written_over(run: Run, world: Competition) -> None:
    add(world, "lda", 1.0)
    assert run("submit", "--metric", "logloss", "--out", "mine.csv")[0] == 0
    assert run("submit", "--metric", "logloss", "--out", "mine.csv")[0] == 0
