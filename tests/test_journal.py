"""What the real leaderboard answered, kept beside what was expected."""

from __future__ import annotations

from pathlib import Path

import pytest
from worlds import small

from harness import journal
from harness.errors import DataError, UsageError
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


def test_another_competitions_answers_are_not_counted(folder: Path) -> None:
    journal.post(small(), folder, "lda-001", "0.5", None)
    assert journal.read(folder, small(seed=5)) == []


def test_the_summary_counts_what_the_interval_held(folder: Path) -> None:
    noted = journal.post(small(), folder, "lda-001", "0.5", None)
    far = journal.post(small(), folder, "lda-001", str(noted.high + 1), None)
    assert "1 within" in journal.summary([noted, far]) or "0 within" in journal.summary([noted])
    assert not far.inside


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
