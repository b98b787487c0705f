"""`--split nested` from alternatives to receipt: repeatable, resumable, verifiable, auditable."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from worlds import small, write_small

from harness import entries
from harness.audit._run import audit
from harness.audit._subjects import AuditSettings
from harness.cli.app import main
from harness.competition import Competition
from harness.errors import UsageError
from harness.evaluate.crossval import Fold
from harness.fit import FitSettings, fit, plan
from harness.storage import load_pipeline
from harness.verify import verify
from harness.zoo._alternatives import parse_alternatives

SETTINGS = FitSettings(
    "logistic", cv=3, split="nested", alternatives={"C": (0.01, 1.0)}, metric="logloss"
)


def code_of(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    return int(ended.value.code or 0)


def grouped() -> Competition:
    groups = np.arange(120) // 4
    return replace(small(), groups=groups, group_names=tuple(map(str, range(30))))


def test_values_are_parted_where_the_whole_is_none() -> None:
    one, several = parse_alternatives("logistic", ["C=0.1/1/10", "max_iter=50"])
    assert several == {"C": (0.1, 1.0, 10.0)}
    assert one == {"max_iter": 50}


def test_tuples_are_alternatives_too() -> None:
    _, several = parse_alternatives("dense", ["hidden=128/256,128"])
    assert several == {"hidden": ((128,), (256, 128))}


def test_the_same_value_twice_is_no_alternative() -> None:
    assert parse_alternatives("logistic", ["C=1/1.0"]) == ({"C": 1.0}, {})


@pytest.mark.parametrize("pairs", [["C=1/x"], ["C=1/"], ["D=1/2"], ["C=1/2", "C=3"], ["C=1/-1"]])
def test_faulty_alternatives_are_refused(pairs: list[str]) -> None:
    with pytest.raises(UsageError):
        parse_alternatives("logistic", pairs)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (replace(SETTINGS, split=None, metric=None), "--split nested chooses inside"),
        (FitSettings("logistic", scaler="standard/power"), "--split nested chooses inside"),
        (FitSettings("logistic", balance="none/over"), "--split nested chooses inside"),
        (replace(SETTINGS, alternatives={}), "nothing to choose"),
        (FitSettings("logistic", metric="accuracy"), "nothing is chosen by it"),
        (replace(SETTINGS, metric="acuracy"), "accuracy"),
        (replace(SETTINGS, split="nested:1"), "whole number of 2 or more"),
        (replace(SETTINGS, alternatives={"C": (1.0, -1.0)}), "above 0"),
        (replace(SETTINGS, scaler="standard/powr"), "power"),
    ],
)
def test_what_cannot_be_taken_is_said_before_anything_is_fitted(
    settings: FitSettings, said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        plan(small(), settings)


def test_the_receipt_says_what_each_fold_chose_and_how_that_flattered(tmp_path: Path) -> None:
    entry = entries.read(fit(plan(small(), SETTINGS), tmp_path).path)
    record = entry.receipt["nested"]
    assert [fold["fold"] for fold in record["folds"]] == [1, 2, 3]
    for fold, scored in zip(record["folds"], entry.receipt["folds"], strict=True):
        assert fold["chosen"]["C"] in (0.01, 1.0)
        assert fold["inner"] == min(one["score"] for one in fold["tried"])
        assert fold["outer"] == scored["scores"]["logloss"]
    apart = [fold["outer"] - fold["inner"] for fold in record["folds"]]
    assert record["optimism"] == pytest.approx(np.mean(apart))
    assert entry.receipt["parameters"]["C"] == record["final"]["chosen"]["C"]
    assert entry.receipt["pipeline"][-1] == "model"
    assert "scaler" in entry.receipt["pipeline"]


def test_the_first_leaderboards_metric_chooses_unless_one_is_named() -> None:
    assert plan(small(), replace(SETTINGS, metric=None)).pipeline[-1].metric == "accuracy"
    assert plan(small(), SETTINGS).pipeline[-1].metric == "logloss"


def test_inner_folds_can_be_counted_apart() -> None:
    assert plan(small(), replace(SETTINGS, split="nested:7")).pipeline[-1].folds == 7
    assert plan(small(), SETTINGS).pipeline[-1].folds == 3


def test_scalers_reducers_and_samplers_are_chosen_too(tmp_path: Path) -> None:
    settings = FitSettings(
        "lda",
        cv=3,
        split="nested:2",
        scaler="standard/power",
        reducer="drop-constant/pca:2",
        balance="none/over",
    )
    ready = plan(small(), settings)
    assert len(ready.pipeline[-1].choices) == 8
    receipt = fit(ready, tmp_path).receipt
    chosen = receipt["nested"]["final"]["chosen"]
    assert chosen["scaler"] == receipt["scaler"]
    assert set(chosen) == {"scaler", "reducer", "balance"}


@pytest.mark.parametrize("final", ["refit", "bag"])
def test_the_kept_models_are_the_chosen_ones(tmp_path: Path, final: str) -> None:
    competition = small()
    entry = fit(plan(competition, replace(SETTINGS, final=final, calibrate=False)), tmp_path)
    folders = sorted((entry.path / "models").iterdir())
    parts = [load_pipeline(path).predict_proba(competition.X_test) for path in folders]
    assert np.mean(parts, axis=0) == pytest.approx(entry.test, abs=1e-12)


def test_a_stopped_fit_goes_on_with_the_choices_that_were_made(tmp_path: Path) -> None:
    competition = small()
    whole = fit(plan(competition, SETTINGS), tmp_path / "whole")

    def stop(fold: Fold) -> None:
        if fold.number == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(plan(competition, SETTINGS), tmp_path / "cut", on_fold=stop)
    resumed = fit(plan(competition, SETTINGS), tmp_path / "cut")
    assert resumed.receipt["resumed_folds"] == [1, 2]
    assert resumed.receipt["nested"] == whole.receipt["nested"]
    for name in ("oof.npy", "test.npy"):
        assert (resumed.path / name).read_bytes() == (whole.path / name).read_bytes()


def test_verify_fits_a_nested_fold_again_to_the_same_bits(tmp_path: Path) -> None:
    competition = grouped()
    written = fit(plan(competition, SETTINGS), tmp_path)
    assert written.receipt["split"]["kind"] == "nested"
    # As another process reads it: lists where there were tuples.
    entry = entries.read(written.path)
    assert verify(entry, competition, fold=2).same_bits


def test_groups_stay_whole_outside_and_inside(tmp_path: Path) -> None:
    ready = plan(grouped(), SETTINGS)
    for group in range(30):
        assert len(np.unique(ready.folds[0][grouped().groups == group])) == 1


def test_the_sentinels_pass_a_nested_fit() -> None:
    settings = AuditSettings(
        "logistic",
        cv=3,
        rows=120,
        permutations=2,
        split="nested:2",
        alternatives={"C": (0.01, 1.0)},
        balance="none/over",
    )
    only = ["same-bits", "held-out", "test-rows", "fresh-model"]
    assert audit(small(), settings, only=only).failed == []


def test_alternatives_without_nested_say_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_small(tmp_path / "data")
    assert code_of("fit", "--model", "logistic", "--set", "C=0.1/1") == 2
    error = capsys.readouterr().err
    assert "several values of C" in error
    assert "--split nested" in error


def test_the_command_prints_choices_and_optimism(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_small(tmp_path / "data")
    options = ["--set", "C=0.01/1", "--split", "nested:2", "--cv", "3", "--metric", "logloss"]
    assert code_of("fit", "--model", "logistic", *options) == 0
    shown = capsys.readouterr()
    assert shown.out.count("- chose C=") == 3
    assert "optimism: the chosen scored" in shown.out
    assert "choosing among 2 by logloss: 2 x 2 inner fits" in shown.err
    assert code_of("verify", "logistic-001") == 0
    receipt = json.loads(Path("submissions/logistic-001/receipt.json").read_text())
    assert receipt["settings"]["alternatives"] == {"C": [0.01, 1.0]}
