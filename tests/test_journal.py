"""What the real leaderboard answered, kept beside what was expected."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from worlds import small

from harness import entries, journal
from harness.errors import DataError, EntryError, UsageError
from harness.fit import FitSettings, fit, plan


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    fit(plan(small(), FitSettings("lda")), tmp_path)
    return tmp_path


def test_what_is_posted_is_kept_with_what_was_expected(folder: Path) -> None:
    journal.post(small(), folder, "lda-001", "0.5", None)
    journal.post(small(), folder, "lda-001", "0.9", "accuracy")
    first, second = journal.read(folder, small())
    assert (first.board, first.score) == ("logloss", 0.5)
    assert (second.board, second.score) == ("accuracy", 0.9)
    assert first.gap == pytest.approx(0.5 - first.expected)
    assert first.low < first.expected < first.high


def test_an_answer_that_was_noted_last_is_not_noted_twice(folder: Path) -> None:
    """As where the command was killed after it had noted it, and is run again."""
    first = journal.post(small(), folder, "lda-001", "0.5", None)
    before = (folder / journal.FILE).read_bytes()
    assert journal.post(small(), folder, "lda-001", "0.50", None) == first
    assert (folder / journal.FILE).read_bytes() == before
    for score, board in (("0.6", None), ("0.5", None), ("0.5", "accuracy")):
        journal.post(small(), folder, "lda-001", score, board)
    assert [one.score for one in journal.read(folder, small())] == [0.5, 0.6, 0.5, 0.5]


def test_another_competitions_answers_are_not_counted(folder: Path) -> None:
    journal.post(small(), folder, "lda-001", "0.5", None)
    assert journal.read(folder, small(seed=5)) == []


def test_the_summary_counts_what_the_interval_held(folder: Path) -> None:
    noted = journal.post(small(), folder, "lda-001", "0.5", None)
    far = journal.post(small(), folder, "lda-001", str(noted.high + 1), None)
    assert noted.inside
    assert not far.inside
    (line,) = journal.summary([noted, far])
    assert line.startswith("logloss, posted 2: ")
    assert "worse than the expected score on average, 1 within" in line
    assert journal.summary([]) == []


def test_leaderboards_are_never_averaged(folder: Path) -> None:
    loss = journal.post(small(), folder, "lda-001", "0.5", "logloss")
    share = journal.post(small(), folder, "lda-001", "0.1", "accuracy")
    first, second = journal.summary([loss, share])
    assert first.startswith("logloss, posted 1: ")
    assert f"{abs(share.gap):.4f} worse than" in second


@pytest.mark.parametrize(
    ("score", "board", "told"),
    [
        ("-5", "logloss", "within 0 to 35.64"),
        ("1e99", "logloss", "within 0 to 35.64"),
        ("62.8", "accuracy", "write 0.628, not a percentage"),
        ("-0.1", "accuracy", "within 0 to 1"),
    ],
)
def test_a_score_that_the_metric_cannot_give_is_refused(
    folder: Path, score: str, board: str, told: str
) -> None:
    with pytest.raises(UsageError, match=told):
        journal.post(small(), folder, "lda-001", score, board)
    assert not (folder / journal.FILE).exists()


def test_a_score_of_the_other_log_loss_is_pointed_out(folder: Path) -> None:
    scores = entries.find(folder, "lda-001").receipt["scores"]
    cells = journal.post(small(), folder, "lda-001", "0.001", None)
    near = journal.post(small(), folder, "lda-001", str(scores["logloss"]), None)
    assert journal.advice(small(), folder, near) == ""
    odd = replace(cells, score=scores["logloss-cells"] * 0.9, low=0.5)
    told = journal.advice(small(), folder, odd)
    assert "nearer to this entry's logloss-cells" in told
    assert "--forget lda-001" in told


def test_what_was_posted_can_be_taken_back(folder: Path) -> None:
    journal.post(small(), folder, "lda-001", "0.5", None)
    journal.post(small(), folder, "lda-001", "0.6", None)
    journal.post(small(), folder, "lda-001", "0.7", "accuracy")
    assert journal.forget(small(), folder, "lda-001", "logloss").score == 0.6
    assert [one.score for one in journal.read(folder, small())] == [0.5, 0.7]
    # The entry may be gone.
    shutil.rmtree(folder / "lda-001")
    assert journal.forget(small(), folder, "lda-001").score == 0.7
    with pytest.raises(UsageError, match="nothing was posted for small on accuracy"):
        journal.forget(small(), folder, "lda-001", "accuracy")
    with pytest.raises(UsageError, match="lda-001"):
        journal.forget(small(), folder, "lda-01")


def test_a_receipt_without_numbers_is_named(folder: Path) -> None:
    path = folder / "lda-001" / "receipt.json"
    receipt = json.loads(path.read_text())
    receipt["expected"]["logloss"]["score"] = "good"
    path.write_text(json.dumps(receipt))
    with pytest.raises(EntryError, match="what it expects of logloss is no number: score 'good'"):
        journal.post(small(), folder, "lda-001", "0.5", None)


def test_a_leaky_entry_says_nothing_of_what_can_be_expected(folder: Path) -> None:
    honest = journal.post(small(), folder, "lda-001", "0.5", None)
    leaky = replace(honest, score=30.0, leak="rows of one group stood on both sides")
    (line,) = journal.summary([honest, leaky])
    assert "1 within" in line
    assert line.endswith("1 of a leaky split, not counted")
    assert "nothing could be expected" in str(leaky)


@pytest.mark.parametrize("value", ['"0.5"', "null", "true", "[]"])
def test_a_note_without_a_number_is_a_damaged_journal(folder: Path, value: str) -> None:
    journal.post(small(), folder, "lda-001", "0.5", None)
    path = folder / journal.FILE
    path.write_text(path.read_text().replace('"score": 0.5', f'"score": {value}'))
    with pytest.raises(DataError, match="score of lda-001 is no number"):
        journal.read(folder, small())


@pytest.mark.parametrize("score", ["nan", "inf", "good", ""])
def test_what_is_no_score_is_refused(folder: Path, score: str) -> None:
    with pytest.raises(UsageError, match="--posted"):
        journal.post(small(), folder, "lda-001", score, None)
    assert not (folder / journal.FILE).exists()


def test_a_damaged_journal_is_never_thrown_away(folder: Path) -> None:
    (folder / journal.FILE).write_text("[{")
    with pytest.raises(DataError, match=r"journal\.json"):
        journal.post(small(), folder, "lda-001", "0.5", None)
    assert (folder / journal.FILE).read_text() == "[{"
