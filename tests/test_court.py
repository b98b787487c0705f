"""The court at work: what stands in the entry, what is beside it, what is submitted where."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from worlds import small

from harness import court, entries
from harness.competition import LEFT_OUT, Competition, Leaderboard
from harness.errors import EntryError
from harness.evaluate import metrics
from harness.fit import FitSettings, fit, plan
from harness.leaderboard import standings
from harness.storage import load_pipeline
from harness.submission import read, submit

WEIGHTS = FitSettings("logistic", balance="weights", cv=4)


def lopsided(metric: str = "balanced-accuracy") -> Competition:
    """Most rows of one class; a board for labels and one for probabilities."""
    competition = small(rows=900)
    X = competition.X[:, :4] * 0.6
    kept = np.sort(
        np.concatenate(
            [np.flatnonzero(competition.y == k)[:n] for k, n in enumerate((300, 60, 50))]
        )
    )
    boards = (
        Leaderboard(metric, ("Sample_id", "Sample_label")),
        Leaderboard("logloss", ("Sample_id", "Class_1", "Class_2", "Class_3")),
    )
    return replace(
        competition,
        X=X[kept],
        y=competition.y[kept],
        X_test=competition.X_test[:, :4],
        columns=competition.columns[:4],
        blocks=(),
        fingerprint="lopsided",
        leaderboards=boards,
    )


@pytest.fixture
def entry(tmp_path: Path) -> entries.Entry:
    return entries.read(fit(plan(lopsided(), WEIGHTS), tmp_path).path)


def test_accepted_probabilities_stand_and_the_raw_ones_stay_beside(entry: entries.Entry) -> None:
    assert entry.receipt["calibration"]["accepted"]
    entry.check(lopsided())
    y = entry.y
    before, after = (metrics.score("logloss", y, p) for p in (entry.raw_oof, entry.oof))
    assert after < before
    assert entry.receipt["scores"]["logloss"] == after
    assert entry.receipt["raw_scores"]["logloss"] == before
    assert entry.raw_test.shape == entry.test.shape
    assert not np.array_equal(entry.raw_test, entry.test)


def test_the_expected_score_is_that_of_what_is_submitted(entry: entries.Entry) -> None:
    for metric, expected in entry.receipt["expected"].items():
        judged = metrics.score(metric, entry.y, entry.oof_for(metric))
        assert expected["score"] - expected["gain"] == pytest.approx(judged)


def test_a_board_that_would_lose_is_given_the_raw_probabilities(
    entry: entries.Entry, tmp_path: Path
) -> None:
    competition = lopsided()
    assert entry.receipt["calibration"]["raw_for"] == ["balanced-accuracy"]
    labels = competition.board("balanced-accuracy")
    done = submit(competition, tmp_path, labels, out=tmp_path / "labels.csv")
    given = read(done.path, competition, labels)
    assert np.array_equal(np.asarray(given), entry.raw_test.argmax(axis=1))
    board = competition.board("logloss")
    done = submit(competition, tmp_path, board, out=tmp_path / "proba.csv")
    assert np.asarray(read(done.path, competition, board)) == pytest.approx(entry.test, abs=1e-9)


def test_the_local_leaderboard_shows_what_stands_for_each_metric(
    entry: entries.Entry, tmp_path: Path
) -> None:
    (row,) = standings(lopsided(), tmp_path, "balanced-accuracy").rows[1:]
    raw = metrics.score("balanced-accuracy", entry.y, entry.raw_oof)
    assert row.scores["balanced-accuracy"] == raw
    assert row.scores["logloss"] == metrics.score("logloss", entry.y, entry.oof)


@pytest.mark.parametrize("final", ["refit", "bag"])
def test_saved_models_are_calibrated_to_the_same_test_probabilities(
    tmp_path: Path, final: str
) -> None:
    competition = lopsided()
    entry = fit(plan(competition, replace(WEIGHTS, final=final)), tmp_path)
    models = entry.path / "models"
    names = [path.name for path in sorted(models.iterdir()) if path.is_dir()]
    parts = [
        court.calibrated(
            models, name, load_pipeline(models / name).predict_proba(competition.X_test)
        )
        for name in names
    ]
    assert len(parts) == (4 if final == "bag" else 1)
    assert np.mean(parts, axis=0) == pytest.approx(entry.test, abs=1e-12)


def test_a_damaged_calibration_is_refused(entry: entries.Entry) -> None:
    models = entry.path / "models"
    (models / court.FILE).write_text(json.dumps({"name": "magic"}), encoding="utf-8")
    with pytest.raises(EntryError, match="can't be used"):
        court.calibrated(models, "final", entry.raw_test)


def test_raw_arrays_of_other_shapes_are_refused(entry: entries.Entry) -> None:
    np.save(entry.path / "test_raw.npy", np.ones((3, 3)))
    with pytest.raises(EntryError, match="test_raw"):
        entries.read(entry.path).check(lopsided())


def test_without_the_court_nothing_is_changed_or_said(tmp_path: Path) -> None:
    entry = fit(plan(lopsided(), replace(WEIGHTS, calibrate=False)), tmp_path)
    assert entry.receipt["calibration"]["accepted"] is None
    assert entry.receipt["calibration"]["said"] == []
    assert not (entry.path / "oof_raw.npy").exists()
    assert not (entry.path / "models" / court.FILE).exists()


def test_a_holdout_has_no_court_and_says_so(tmp_path: Path) -> None:
    entry = fit(plan(lopsided(), replace(WEIGHTS, split="holdout")), tmp_path)
    assert entry.receipt["calibration"]["accepted"] is None
    assert "only one fold" in entry.receipt["calibration"]["said"][0]
    assert np.array_equal(entry.oof, entry.raw_oof)


@pytest.mark.parametrize("split", ["repeated:2", "stratified-group"])
def test_every_split_with_several_folds_can_be_calibrated(tmp_path: Path, split: str) -> None:
    competition = lopsided()
    if "group" in split:
        groups = np.arange(len(competition.y)) // 2
        names = tuple(map(str, range(groups.max() + 1)))
        competition = replace(competition, groups=groups, group_names=names)
    settings = FitSettings("lda", balance="over", cv=3, split=split)
    entry = fit(plan(competition, settings), tmp_path)
    assert entry.receipt["calibration"]["accepted"]
    assert entry.oof.sum(axis=1) == pytest.approx(np.ones(len(entry.y)), abs=1e-12)


def test_training_shares_leave_out_what_the_split_leaves_out() -> None:
    competition = replace(small(rows=6), y=np.array([0, 0, 1, 1, 2, 2]))
    folds = np.array([[0, 1, 0, 1, LEFT_OUT, LEFT_OUT]])
    shares = court.training_shares(competition, folds)
    assert shares == pytest.approx(np.array([[0.5, 0.5, 0], [0.5, 0.5, 0]]))


def test_models_behind_a_sampler_believe_in_equal_classes_that_they_saw() -> None:
    shares = np.array([[0.7, 0.3, 0.0]])
    assert court.priors_of(shares, "none").believed == pytest.approx(shares)
    assert court.priors_of(shares, "smote").believed == pytest.approx(np.array([[0.5, 0.5, 0.0]]))
    assert court.priors_of(shares, "smote-enn").believed is None
