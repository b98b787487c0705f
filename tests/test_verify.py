"""Receipts that hold: a fold fitted again gives the bits that the entry keeps, or says why not."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import worlds

from harness import entries
from harness.cli.app import main
from harness.entries import Entry
from harness.errors import EntryError, UsageError
from harness.fit import FitSettings, fit, plan
from harness.verify import ROUNDING, verify

DATA = worlds.small(rows=90)


def made(folder: Path, **settings: object) -> Entry:
    return fit(plan(DATA, FitSettings(**{"model": "logistic", "cv": 3, **settings})), folder)  # type: ignore[arg-type]


def rewritten(entry: Entry, **changes: object) -> Entry:
    path = entry.path / entries.RECEIPT
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))
    return entries.read(entry.path)


@pytest.mark.parametrize("fold", [1, 2, 3])
def test_a_fold_fitted_again_gives_the_same_bits(tmp_path: Path, fold: int) -> None:
    done = verify(made(tmp_path), DATA, fold=fold)
    assert (done.largest, done.same_bits, done.agrees) == (0, True, True)
    assert (done.fold, done.folds, done.rows) == (fold, 3, 30)


@pytest.mark.parametrize(
    "settings",
    [
        {"model": "dense", "parameters": {"hidden": (8, 4), "epochs": 2}, "balance": "weights"},
        {"model": "knn", "parameters": {"n_neighbors": 3}, "reducer": "pca:2"},
        {"model": "lda", "split": "repeated:2", "balance": "smote", "seed": 7},
        {"model": "prior", "split": "holdout:0.25", "final": "bag"},
    ],
    ids=lambda settings: settings["model"],
)
def test_whatever_was_set_the_receipt_repeats_it(
    tmp_path: Path, settings: dict[str, object]
) -> None:
    entry = entries.read(made(tmp_path, **settings).path)
    last = int(entry.folds.max()) + 1
    assert verify(entry, DATA, fold=last).largest == 0


def test_a_fold_that_there_is_not_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="1 to 3"):
        verify(made(tmp_path), DATA, fold=4)


def test_probabilities_that_were_changed_are_found_out(tmp_path: Path) -> None:
    entry = made(tmp_path)
    oof = np.load(entry.path / "oof.npy")
    oof[np.flatnonzero(entry.folds == 1)[4], 0] += 0.25
    np.save(entry.path / "oof.npy", oof)
    assert verify(entries.read(entry.path), DATA, fold=1).same_bits
    second = verify(entries.read(entry.path), DATA, fold=2)
    assert second.largest == pytest.approx(0.25)
    assert not second.agrees


def test_rounding_is_not_the_same_bits_but_agrees(tmp_path: Path) -> None:
    entry = made(tmp_path)
    np.save(entry.path / "oof.npy", np.load(entry.path / "oof.npy") + ROUNDING / 10)
    done = verify(entries.read(entry.path), DATA)
    assert (done.same_bits, done.agrees) == (False, True)


def test_calibrated_entries_are_compared_by_their_raw_probabilities(tmp_path: Path) -> None:
    entry = made(tmp_path)
    oof = np.load(entry.path / "oof.npy")
    np.save(entry.path / "oof_raw.npy", oof)
    np.save(entry.path / "oof.npy", oof**0.5 / (oof**0.5).sum(axis=1, keepdims=True))
    done = verify(entries.read(entry.path), DATA)
    assert (done.largest, done.compared_with) == (0, "oof_raw.npy")


def test_data_that_changed_are_refused_and_named(tmp_path: Path) -> None:
    with pytest.raises(EntryError, match=r"data changed .*rows 90 -> 120"):
        verify(made(tmp_path), worlds.small(rows=120), anyway=True)


def test_the_same_shape_with_other_contents_is_refused_too(tmp_path: Path) -> None:
    with pytest.raises(EntryError, match="the same shape, other contents"):
        verify(made(tmp_path), replace(DATA, fingerprint="other"))


def test_versions_that_changed_are_refused_unless_waived(tmp_path: Path) -> None:
    entry = made(tmp_path)
    entry = rewritten(entry, versions={**entry.receipt["versions"], "numpy": "1.0"})
    with pytest.raises(EntryError, match=r"numpy 1\.0 -> "):
        verify(entry, DATA)
    assert verify(entry, DATA, anyway=True).changed["numpy"][0] == "1.0"


def test_settings_of_another_version_are_refused(tmp_path: Path) -> None:
    entry = made(tmp_path)
    entry = rewritten(entry, settings={**entry.receipt["settings"], "charm": 3})
    with pytest.raises(EntryError, match="charm"):
        verify(entry, DATA)


def test_an_entry_without_settings_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EntryError, match="no settings"):
        verify(rewritten(made(tmp_path), settings=None), DATA)


def test_folds_that_would_be_others_are_refused(tmp_path: Path) -> None:
    entry = made(tmp_path)
    entry = rewritten(entry, settings={**entry.receipt["settings"], "seed": 5})
    with pytest.raises(EntryError, match="other rows"):
        verify(entry, DATA)


def _command(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    return int(ended.value.code or 0)


def test_the_command_finds_the_data_itself_and_exits_1_where_they_differ(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    worlds.write_small(tmp_path / "elsewhere")
    assert _command("fit", "--model", "lda", "--cv", "2", "--data", "elsewhere") == 0
    capsys.readouterr()
    assert _command("verify", "lda-001", "--fold", "2", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["largest"], told["agrees"], told["fold"]) == (0, True, 2)
    oof = np.load("submissions/lda-001/oof.npy")
    np.save("submissions/lda-001/oof.npy", oof[:, ::-1])
    assert _command("verify", "lda-001") == 1
    assert "NOT what the entry says" in capsys.readouterr().out
