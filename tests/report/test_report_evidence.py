"""What a report is made of: what an entry's files must hold, and what may be missing."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import reports
from worlds import small

from harness import entries
from harness.entries import Entry
from harness.errors import EntryError
from harness.evaluate import metrics
from harness.evaluate.baseline import prior_probabilities
from harness.report.evidence import evidence_of
from harness.report.words import about, expectations, prior_line, setting_rows


def again(entry: Entry) -> Entry:
    return entries.read(entry.path)


def test_scores_are_the_metrics_of_all_held_out_rows(entry: Entry) -> None:
    found = evidence_of(entry)
    assert found.scores == {n: metrics.score(n, entry.y, entry.oof) for n in metrics.METRICS}
    prior = prior_probabilities(entry.y, entry.folds, 3)
    assert found.prior_scores["logloss"] == metrics.score("logloss", entry.y, prior)


def test_the_receipts_scores_of_the_prior_are_taken_where_it_has_all(tmp_path: Path) -> None:
    recorded = dict.fromkeys(metrics.METRICS, 0.25)
    assert evidence_of(reports.make(tmp_path / "a", prior_scores=recorded)).prior_scores == recorded
    del recorded["accuracy"]
    found = evidence_of(reports.make(tmp_path / "b", prior_scores=recorded)).prior_scores
    assert found["logloss"] != 0.25


def test_folds_are_scored_on_their_own_rows(entry: Entry) -> None:
    second = evidence_of(entry).folds[1]
    inside = entry.folds == 1
    assert second.rows == inside.sum()
    assert second.scores["logloss"] == metrics.score("logloss", entry.y[inside], entry.oof[inside])


def test_seconds_come_from_the_receipt_whose_folds_count_from_1(entry: Entry) -> None:
    told = [{"number": 1, "seconds": 1.5}, {"number": 2}, "odd"]
    receipt = {**entry.receipt, "folds": told}
    (entry.path / "receipt.json").write_text(json.dumps(receipt), encoding="utf-8")
    assert [fold.seconds for fold in evidence_of(again(entry)).folds] == [1.5, None]


def test_rows_that_were_never_held_out_count_nowhere(tmp_path: Path) -> None:
    folds = np.arange(200) % 4 - 2
    entry = reports.make(tmp_path, folds=folds)
    oof = entry.oof.copy()
    oof[folds < 0] = np.nan
    np.save(entry.path / "oof.npy", oof)
    found = evidence_of(again(entry))
    assert found.rows == found.confusion.rows == 100
    assert [fold.number for fold in found.folds] == [0, 1]
    assert found.notes == ("100 rows never held out: in no number of this report",)


def test_the_prior_learns_from_rows_that_always_train_but_not_from_those_left_out(
    tmp_path: Path,
) -> None:
    folds = np.repeat([0, -1, -2], [50, 100, 50])
    found = evidence_of(entry := reports.make(tmp_path, folds=folds))
    shares = np.bincount(entry.y[50:150], minlength=3) / 100
    expected = metrics.score("logloss", entry.y[:50], np.tile(shares, (50, 1)))
    assert found.prior_scores["logloss"] == pytest.approx(expected)


def test_names_come_from_the_competition(tmp_path: Path) -> None:
    world = small()
    entry = reports.make(tmp_path, ("x", "y", "z"), fingerprint=world.fingerprint)
    assert evidence_of(entry, world).names == world.class_names


def test_without_the_competition_names_come_from_the_receipt(entry: Entry) -> None:
    assert evidence_of(entry).names == ("Rock", "Jazz", "Rap")


def test_without_any_names_classes_are_numbered(tmp_path: Path) -> None:
    entry = reports.make(tmp_path, competition={"fingerprint": "x"})
    assert evidence_of(entry).names == ("class 1", "class 2", "class 3")


def test_another_competition_is_refused(entry: Entry) -> None:
    with pytest.raises(EntryError, match="fitted on other data than small"):
        evidence_of(entry, small())


def test_another_number_of_classes_is_refused(tmp_path: Path) -> None:
    told = {"fingerprint": "x", "class_names": ["a", "b"]}
    with pytest.raises(EntryError, match="probabilities of 3 classes, its competition has 2"):
        evidence_of(reports.make(tmp_path, competition=told))


@pytest.mark.parametrize("name", ["oof.npy", "y.npy", "folds.npy"])
@pytest.mark.parametrize("content", [None, b"", b"no array"])
def test_a_missing_or_damaged_array_is_an_entry_error(
    entry: Entry, name: str, content: bytes | None
) -> None:
    path = entry.path / name
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(EntryError):
        evidence_of(again(entry))


@pytest.mark.parametrize(
    ("name", "array", "message"),
    [
        ("oof.npy", np.full((200, 3), np.nan), "200 rows without probabilities, row 1 first"),
        ("oof.npy", np.zeros((200, 3)), "without probabilities"),
        ("oof.npy", np.full((200, 3), -1.0), "without probabilities"),
        ("y.npy", np.full(200, 3), "classes 3..3"),
        ("y.npy", np.full(200, -1), "classes -1..-1"),
        ("folds.npy", np.full(200, -1), "no row was ever held out"),
        ("folds.npy", np.zeros(200, dtype=np.int64), "no row to train on"),
    ],
)
def test_an_array_that_makes_no_sense_is_an_entry_error(
    entry: Entry, name: str, array: np.ndarray, message: str
) -> None:
    np.save(entry.path / name, array)
    with pytest.raises(EntryError, match=message):
        evidence_of(again(entry))


@pytest.mark.parametrize("text", ["{", "[1]", '[{"loss": 3}]', '[{"loss": ["a"]}]'])
def test_a_damaged_history_is_an_entry_error(entry: Entry, text: str) -> None:
    (entry.path / "history.json").write_text(text)
    with pytest.raises(EntryError):
        evidence_of(again(entry))


def test_folds_and_curves_without_values_are_no_history(entry: Entry) -> None:
    (entry.path / "history.json").write_text('[{}, {"loss": []}, {"loss": [null, 1]}]')
    (curves,) = evidence_of(again(entry)).history
    assert np.array_equal(curves["loss"], [np.nan, 1.0], equal_nan=True)


@pytest.mark.parametrize("key", ["notes", "expected", "parameters", "versions"])
def test_a_receipt_with_something_odd_in_it_does_not_matter(tmp_path: Path, key: str) -> None:
    entry = reports.make(tmp_path, **{key: 5})
    found = evidence_of(entry)
    assert found.notes == ()
    assert list(expectations(found)) == []


def test_what_the_receipt_tells_of_the_competition(tmp_path: Path) -> None:
    told = {"fingerprint": "x", "name": "small", "rows": 200, "test_rows": 0, "columns": 1}
    found = evidence_of(reports.make(tmp_path, competition=told))
    assert about(found) == "small: 200 training rows, 1 column, 3 classes"


def test_nothing_is_expected_of_a_leaky_split(tmp_path: Path) -> None:
    entry = reports.make(
        tmp_path,
        competition={"name": "small", "fingerprint": "small", "test_rows": 60},
        expected={"logloss": {"score": 0.17, "low": 0.1, "high": 0.2, "rows": 60}},
        split={"kind": "stratified", "leak": "rows of one group stood on both sides"},
    )
    (sentence,) = expectations(evidence_of(entry))
    assert sentence.startswith("Leaky split: rows of one group stood on both sides.")


def test_what_to_expect_of_a_leaderboard(tmp_path: Path) -> None:
    told = {"metric": "logloss-cells", "score": 0.17, "low": 0.16, "high": 0.18, "rows": 60}
    entry = reports.make(
        tmp_path,
        competition={"fingerprint": "x", "test_rows": 60},
        expected={"logloss": told, "odd": {"score": "?"}},
    )
    (sentence,) = expectations(evidence_of(entry))
    assert sentence == (
        "Leaderboard logloss, scored as logloss-cells: expect 0.1700 "
        "(95 % interval 0.1600 to 0.1800 on 60 test rows)."
    )


def test_an_entry_that_loses_to_the_prior_is_told_so(entry: Entry) -> None:
    np.save(entry.path / "oof.npy", np.roll(entry.oof, 1, axis=1))
    assert prior_line(evidence_of(again(entry))).startswith("It does not beat the class prior")


def test_settings_are_told_once_and_flat() -> None:
    receipt = {
        "model": "dense",
        "parameters": {"hidden": [128, 64], "rate": 0.001},
        "settings": {"model": "dense", "parameters": {"rate": 0.001}, "scaler": None, "cv": 5},
        "peak_memory_mb": 512.25,
        "versions": {"python": "3.11.7", "numpy": "2.4.6"},
    }
    assert list(setting_rows(receipt)) == [
        ("model", "dense"),
        ("parameters.hidden", "128, 64"),
        ("parameters.rate", "0.001"),
        ("cv", "5"),
        ("peak_memory_mb", "512.2"),
        ("versions", "python 3.11.7, numpy 2.4.6"),
    ]
