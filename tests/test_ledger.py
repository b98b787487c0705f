"""The ledger: one model under every sampler, on the same folds, against `none`."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from worlds import small

from harness import entries, ledger
from harness.checkpoints import Checkpoint
from harness.cli.app import main
from harness.competition import Competition
from harness.competitions._find import find
from harness.errors import UnknownNameError, UsageError
from harness.evaluate import metrics
from harness.fit import FitSettings
from harness.prepare.samplers import SAMPLERS

SETTINGS = FitSettings("logistic", cv=4)


def lopsided() -> Competition:
    """The small competition with most rows of one class."""
    competition = small(rows=600)
    kept = np.sort(
        np.concatenate(
            [np.flatnonzero(competition.y == k)[:n] for k, n in enumerate((200, 40, 40))]
        )
    )
    return replace(
        competition, X=competition.X[kept], y=competition.y[kept], fingerprint="lopsided"
    )


def compared(folder: Path, text: str, settings: FitSettings = SETTINGS, **more: object):
    ready, skipped = ledger.plans(lopsided(), settings, ledger.balances(text))
    return ledger.compare(ready, folder, skipped=skipped, **more)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("all", tuple(SAMPLERS)),
        ("weights,smote", ("none", "weights", "smote")),
        ("smote, none,smote,", ("none", "smote")),
    ],
)
def test_none_comes_first_and_nothing_twice(text: str, names: tuple) -> None:
    assert ledger.asks_for_ledger(text)
    assert ledger.balances(text) == names


def test_one_sampler_is_no_ledger() -> None:
    assert not ledger.asks_for_ledger("smote")


def test_an_unknown_sampler_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="did you mean"):
        ledger.balances("none,smot")


def test_every_sampler_leaves_an_entry_judged_on_the_same_rows(tmp_path: Path) -> None:
    found = compared(tmp_path, "weights,smote")
    kept = [entries.find(tmp_path, line.entry) for line in found.lines]
    assert [e.receipt["settings"]["balance"] for e in kept] == ["none", "weights", "smote"]
    assert all(np.array_equal(e.folds, kept[0].folds) for e in kept)


def test_scores_are_the_models_own_whatever_the_court_said(tmp_path: Path) -> None:
    found = compared(tmp_path, "weights")
    line = found.lines[1]
    entry = entries.find(tmp_path, line.entry)
    assert entry.receipt["calibration"]["accepted"]
    for name in ("accuracy", "balanced-accuracy", "macro-f1", "logloss", "calibration-error"):
        assert line.scores[name].after == metrics.score(name, entry.y, entry.raw_oof)
    assert line.scores["logloss"].before == found.lines[0].scores["logloss"].after


def test_weights_cost_log_loss_that_prior_correction_gives_back(tmp_path: Path) -> None:
    none, weights = compared(tmp_path, "weights").lines
    assert weights.scores["logloss"].z < -3
    assert abs(weights.scores["corrected-logloss"].value) < weights.scores["logloss"].error
    assert weights.scores["balanced-accuracy"].gain > 0
    assert none.scores["corrected-logloss"].after == none.scores["logloss"].after


def test_the_answer_is_one_sentence(tmp_path: Path) -> None:
    (said,) = compared(tmp_path, "weights").said
    assert said.startswith("weights, compared with none: log-loss ")
    assert "worse, accuracy -" in said


def test_each_half_of_the_answer_is_of_one_submission(tmp_path: Path) -> None:
    found = compared(tmp_path, "weights")
    scores = found.lines[1].scores
    own, corrected = found.said[0].split("; or, corrected for the prior: ")
    for half, kind in ((own, ""), (corrected, "corrected-")):
        assert f"accuracy {scores[kind + 'accuracy']}" in half
        assert half.endswith(f"balanced accuracy {scores[kind + 'balanced-accuracy']}")
    # What weights gain in balanced accuracy goes with the correction, and what they lose returns.
    gained = scores["balanced-accuracy"].gain
    assert gained > 0
    assert scores["corrected-balanced-accuracy"].gain < gained / 2
    assert scores["corrected-accuracy"].gain > scores["accuracy"].gain


def test_what_a_model_cannot_take_is_left_out_with_the_reason(tmp_path: Path) -> None:
    found = compared(tmp_path, "weights,over", FitSettings("knn", cv=4))
    assert [line.balance for line in found.lines] == ["none", "over"]
    assert found.skipped == {"weights": "knn takes no row weights"}


def test_a_dry_comparison_keeps_no_entry(tmp_path: Path) -> None:
    found = compared(tmp_path / "submissions", "over", dry=True)
    assert [line.entry for line in found.lines] == [None, None]
    assert not (tmp_path / "submissions").exists()


def test_groups_vary_as_one(tmp_path: Path) -> None:
    competition = lopsided()
    groups = np.arange(280) // 4
    grouped = replace(competition, groups=groups, group_names=tuple(map(str, range(70))))
    ready, _ = ledger.plans(grouped, replace(SETTINGS, split="group"), ("none", "over"))
    found = ledger.compare(ready, tmp_path, dry=True)
    assert all(one.error > 0 for one in found.lines[1].scores.values())


def test_names_are_checked_before_anything_is_fitted(tmp_path: Path) -> None:
    (tmp_path / "mine-smote").mkdir()
    with pytest.raises(UsageError, match="mine-smote"):
        ledger.check_names(tmp_path, "mine", ledger.plans(small(), SETTINGS, ("none", "smote"))[0])


class Killed(BaseException):
    """Nobody catches it."""


def _killed(self: Checkpoint) -> None:
    raise Killed


def killed_at(folder: Path, sampler: str, text: str, **more: object) -> None:
    def on_fit(balance: str) -> None:
        if balance == sampler:
            raise Killed

    with pytest.raises(Killed):
        compared(folder, text, on_fit=on_fit, **more)


def test_a_killed_comparison_takes_the_entries_it_has(tmp_path: Path) -> None:
    whole = compared(tmp_path / "whole", "weights,over")
    folder = tmp_path / "submissions"
    killed_at(folder, "over", "weights,over")
    told: list[str] = []
    again = compared(folder, "weights,over", on_step=told.append)
    assert again == whole
    assert told.count("cross-validating") == 1
    assert {path.name for path in folder.iterdir()} == {f"logistic-00{n}" for n in (1, 2, 3)}


def test_a_sampler_killed_when_its_entry_stood_is_not_fitted_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Checkpoint, "discard", _killed)
        with pytest.raises(Killed):
            compared(tmp_path, "weights")
    compared(tmp_path, "weights")
    assert {path.name for path in tmp_path.iterdir()} == {"logistic-001", "logistic-002"}


def test_a_comparison_that_is_over_is_made_anew(tmp_path: Path) -> None:
    first, second = compared(tmp_path, "over"), compared(tmp_path, "over")
    assert [line.entry for line in first.lines] == ["logistic-001", "logistic-002"]
    assert [line.entry for line in second.lines] == ["logistic-003", "logistic-004"]


def test_an_entry_removed_meanwhile_is_fitted_again(tmp_path: Path) -> None:
    killed_at(tmp_path, "over", "over")
    shutil.rmtree(tmp_path / "logistic-001")
    assert [one.entry for one in compared(tmp_path, "over").lines] == [
        "logistic-001",
        "logistic-002",
    ]


def test_what_a_kill_left_of_a_dry_comparison_s_folder_is_swept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rmtree(path: Path, **options: object) -> None:
        raise Killed

    folder = tmp_path / "submissions"
    killed_at(folder, "over", "over", dry=True)
    with monkeypatch.context() as patch:
        patch.setattr("harness.checkpoints.shutil", SimpleNamespace(rmtree=rmtree))
        with pytest.raises(Killed):
            compared(folder, "over", dry=True)
    compared(folder, "over", dry=True)
    assert not folder.exists()


def test_a_killed_dry_comparison_goes_on_and_leaves_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "submissions"
    killed_at(folder, "over", "over", dry=True)
    told: list[str] = []
    compared(folder, "over", dry=True, on_step=told.append)
    assert told.count("cross-validating") == 1
    assert not folder.exists()


def run(capsys: pytest.CaptureFixture, *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as stopped:
        main(["fit", "--model", "logistic", "--cv", "3", *arguments])
    printed = capsys.readouterr()
    return stopped.value.code, printed.out, printed.err


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    from worlds import write_small

    write_small(tmp_path / "data")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_table_names_samplers_scores_and_changes(here: Path, capsys) -> None:
    code, out, _ = run(capsys, "--balance", "none,smote", "--name", "mine")
    assert code == 0
    for word in ("none", "smote", "change", "± error", "corrected", "cal.error"):
        assert word in out
    assert out.rstrip().endswith("Entries mine-none, mine-smote")
    assert {path.name for path in (here / "submissions").iterdir()} == {"mine-none", "mine-smote"}


def test_json_holds_every_figure_with_its_error(here: Path, capsys) -> None:
    code, out, _ = run(capsys, "--balance", "over,none", "--dry", "--json")
    found = json.loads(out)
    assert code == 0
    assert found["model"] == "logistic"
    assert [line["balance"] for line in found["lines"]] == ["none", "over"]
    assert set(found["lines"][1]["scores"]) == set(ledger.SHOWN)
    assert set(found["lines"][1]["scores"]["logloss"]) == {"value", "change", "error"}
    assert not (here / "submissions").exists()


def test_dry_without_a_comparison_is_refused(here: Path, capsys) -> None:
    code, _, err = run(capsys, "--dry")
    assert code == 2
    assert "--dry" in err


@pytest.mark.real
def test_weights_on_the_2018_competition_fall_back_to_what_none_scores(
    shared_data: Path, tmp_path: Path
) -> None:
    folder = shared_data / "aalto_mlbp"
    competition = find(None, train=folder / "pca_20.csv", labels=folder / "train_labels.csv")
    names = ledger.balances("weights")
    ready, _ = ledger.plans(competition, FitSettings("logistic"), names)
    none, weights = ledger.compare(ready, tmp_path, dry=True).lines
    assert none.scores["logloss"].after == pytest.approx(1.23, abs=0.01)
    assert weights.scores["logloss"].after == pytest.approx(1.66, abs=0.01)
    assert weights.scores["corrected-logloss"].after == pytest.approx(1.24, abs=0.015)


def test_entries_remember_how_their_competition_was_found(tmp_path: Path) -> None:
    source = {"data": "somewhere", "groups": "track"}
    found = compared(tmp_path, "over", source=source)
    for line in found.lines:
        assert entries.find(tmp_path, line.entry).receipt["source"] == source


def test_the_named_entries_of_a_killed_comparison_are_no_hindrance(here: Path, capsys) -> None:
    asked = ("--balance", "none,over", "--name", "mine")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Checkpoint, "discard", _killed)
        with pytest.raises(Killed):
            run(capsys, *asked)
    code, out, err = run(capsys, *asked)
    assert code == 0
    assert "none of an earlier run of this comparison taken as it was" in err
    assert out.rstrip().endswith("Entries mine-none, mine-over")
