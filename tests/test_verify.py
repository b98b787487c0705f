"""Receipts that hold: a fold fitted again gives the bits that the entry keeps, or says why not."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import worlds

from harness import entries
from harness.auto import AutoSettings, auto
from harness.blend import blend
from harness.cli.app import main
from harness.entries import Entry
from harness.errors import EntryError, UsageError
from harness.fit import FitSettings, fit, plan
from harness.plans import Plan
from harness.portfolio import Row
from harness.verify import ROUNDING, Verified, verify
from harness.vouching import _elsewhere

pytestmark = pytest.mark.machine

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


def nudged(entry: Entry, by: float, rows: slice = slice(None)) -> Entry:
    """The entry with out-of-fold probabilities that are a little larger or smaller."""
    oof = np.load(entry.path / "oof.npy")
    oof[rows] *= 1 + by * (-1.0) ** np.arange(oof.shape[1])
    np.save(entry.path / "oof.npy", oof)
    return entries.read(entry.path)


def of_another(entry: Entry, **machine: object) -> Entry:
    """The entry, as if it were made on another machine."""
    there = {"processor": "Other 3000"} | machine
    return rewritten(entry, machine={**entry.receipt["machine"], **there})


def test_rounding_is_not_the_same_bits_but_agrees(tmp_path: Path) -> None:
    entry = made(tmp_path)
    np.save(entry.path / "oof.npy", np.load(entry.path / "oof.npy") + ROUNDING / 10)
    done = verify(entries.read(entry.path), DATA)
    assert (done.same_bits, done.agrees) == (False, True)
    assert done.bits_were_due


def test_on_another_machine_rounding_is_all_that_is_asked(tmp_path: Path) -> None:
    entry = nudged(of_another(made(tmp_path, calibrate=False)), 1e-6)
    done = verify(entry, DATA)
    assert (done.same_bits, done.agrees, done.bits_were_due) == (False, True, False)
    assert done.machine["processor"][0] == "Other 3000"
    assert any("processor was Other 3000" in note for note in done.notes)


def test_on_another_machine_a_forgery_is_no_rounding(tmp_path: Path) -> None:
    """Another processor's codes move this fit by next to nothing, a hundredth isn't theirs."""
    entry = nudged(of_another(made(tmp_path, calibrate=False)), 1e-2, slice(0, 20))
    here = dict(os.environ)
    done = verify(entry, DATA)
    assert dict(os.environ) == here
    assert done.disagreeing[0] == "fold"
    assert done.allowed.moved is not None
    assert done.allowed.moved < ROUNDING < 1e-3 < (done.largest or 0)


@pytest.mark.parametrize(("by", "agrees"), [(0.02, True), (0.6, False)])
def test_what_another_processor_makes_of_a_model_is_what_is_allowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by: float, agrees: bool
) -> None:
    entry = nudged(of_another(made(tmp_path, calibrate=False)), by)

    def moved(ready: Plan, name: str, again: dict[int, np.ndarray]) -> dict[int, np.ndarray]:
        return {number: proba + 0.01 * proba for number, proba in again.items()}

    monkeypatch.setattr(_elsewhere, "as_another_processor", moved)
    done = verify(entry, DATA)
    assert ("fold" not in done.disagreeing) is agrees


@pytest.mark.parametrize("change", [{"machine": None}, {"cores": 999}, {"machine": {"a": "b"}}])
def test_receipts_that_name_no_machine_or_other_cores_promise_no_bits(
    tmp_path: Path, change: dict[str, object]
) -> None:
    done = verify(rewritten(made(tmp_path), **change), DATA)
    assert (done.same_bits, done.agrees, done.bits_were_due) == (True, True, False)


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


def verdicts(done: Verified) -> dict[str, str]:
    return {one.what: one.verdict for one in done.checks}


def honest(folder: Path, **settings: object) -> Entry:
    """An entry that nobody touched; its check by a first look."""
    entry = made(folder, **settings)
    assert verify(entries.read(entry.path), DATA).disagreeing == []
    return entry


def calibrated_one(folder: Path) -> Entry:
    entry = honest(folder, model="logistic", parameters={"C": 1e-4})
    assert entry.receipt["calibration"]["accepted"]
    return entry


def test_a_clean_entry_says_what_was_and_what_was_not_checked(tmp_path: Path) -> None:
    done = verify(made(tmp_path), DATA)
    assert verdicts(done) == {
        "labels": "agrees",
        "calibration": "agrees",
        "scores": "agrees",
        "expected": "agrees",
        "gains": "not checked",
        "test probabilities": "agrees",
        "the other folds": "not checked",
    }


@pytest.mark.parametrize(
    "settings",
    [
        {"final": "bag"},
        {"parameters": {"C": 1e-4}, "final": "bag"},
        {"model": "lda", "balance": "over", "split": "repeated:2"},
        {"model": "knn", "split": "nested", "alternatives": {"n_neighbors": [3, 9]}},
        {"model": "prior", "split": "holdout:0.25"},
        {"calibrate": False},
    ],
    ids=str,
)
def test_nothing_disagrees_whatever_was_set(tmp_path: Path, settings: dict[str, object]) -> None:
    honest(tmp_path, **settings)


def test_answers_in_place_of_calibrated_probabilities_are_found_out(tmp_path: Path) -> None:
    entry = calibrated_one(tmp_path)
    np.save(entry.path / "oof.npy", np.eye(3)[entry.y])
    done = verify(entries.read(entry.path), DATA)
    assert (done.largest, done.disagreeing) == (0, ["calibration"])


def test_scores_that_were_written_in_are_found_out(tmp_path: Path) -> None:
    entry = honest(tmp_path)
    scores = {**entry.receipt["scores"], "accuracy": 0.999}
    done = verify(rewritten(entry, scores=scores), DATA)
    assert done.disagreeing == ["scores"]
    assert "scores accuracy is 0.9990 in the receipt" in done.checks[2].said


def test_metrics_that_its_version_did_not_know_are_no_lie(tmp_path: Path) -> None:
    entry = honest(tmp_path)

    def older(tree: object) -> object:
        if isinstance(tree, dict):
            return {k: older(one) for k, one in tree.items() if k not in ("map@3", "roc-auc")}
        return [older(one) for one in tree] if isinstance(tree, list) else tree

    entry = rewritten(entry, **{str(k): older(one) for k, one in entry.receipt.items()})
    done = verify(entry, DATA)
    assert done.agrees
    assert "none by map@3, roc-auc, which its version didn't give" in done.checks[2].said
    scores = {**entry.receipt["scores"], "roc-auc": 0.9}
    assert not verify(rewritten(entry, scores=scores), DATA).agrees


@pytest.mark.parametrize("score", [0.999, "good", None, float("nan"), True])
def test_expected_scores_that_were_written_in_are_found_out(tmp_path: Path, score: object) -> None:
    entry = honest(tmp_path)
    expected = json.loads(json.dumps(entry.receipt["expected"]))
    expected["accuracy"]["score"] = score
    assert verify(rewritten(entry, expected=expected), DATA).disagreeing == ["expected"]


def test_a_gain_that_was_written_in_is_found_out_by_fitting_again(tmp_path: Path) -> None:
    entry = honest(tmp_path)
    expected = json.loads(json.dumps(entry.receipt["expected"]))
    own, change = expected["accuracy"], 0.05 - entry.receipt["expected"]["accuracy"]["gain"]
    expected["accuracy"] = {key: own[key] + change if key in ("score", "low", "high", "gain")
                            else own[key] for key in own}  # fmt: skip
    entry = rewritten(entry, expected=expected)
    assert verify(entry, DATA, full=True).disagreeing == ["expected"]


def test_full_fits_every_fold_again_and_leaves_nothing_unchecked(tmp_path: Path) -> None:
    done = verify(made(tmp_path), DATA, full=True)
    assert (done.rows, done.fold, done.same_bits) == (90, None, True)
    assert set(verdicts(done).values()) == {"agrees"}


@pytest.mark.parametrize("final", ["refit", "bag"])
@pytest.mark.parametrize("file", ["test.npy", "test_raw.npy"])
def test_test_probabilities_are_asked_of_the_saved_models(
    tmp_path: Path, file: str, final: str
) -> None:
    entry = honest(tmp_path, model="logistic", parameters={"C": 1e-4}, final=final)
    np.save(entry.path / file, np.load(entry.path / file)[::-1])
    done = verify(entries.read(entry.path), DATA)
    assert done.disagreeing == ["test probabilities"]
    assert file in done.checks[-2].said


def test_a_calibrator_that_was_changed_is_found_out(tmp_path: Path) -> None:
    entry = calibrated_one(tmp_path)
    path = entry.path / "models" / "calibration.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "name": "none", "learned": []}))
    done = verify(entries.read(entry.path), DATA)
    assert (done.disagreeing, "calibration.json" in done.checks[-2].said) == (
        ["test probabilities"],
        True,
    )


@pytest.mark.parametrize("left", ["nothing", "a damaged file"])
def test_models_that_are_gone_or_damaged_vouch_for_nothing(tmp_path: Path, left: str) -> None:
    entry = honest(tmp_path)
    if left == "nothing":
        shutil.rmtree(entry.path / "models")
    else:
        (entry.path / "models" / "final" / "steps.skops").write_bytes(b"PK")
    assert verify(entry, DATA).disagreeing == ["test probabilities"]


def test_missing_test_probabilities_are_named(tmp_path: Path) -> None:
    entry = honest(tmp_path)
    (entry.path / "test.npy").unlink()
    assert verify(entries.read(entry.path), DATA).disagreeing == ["test probabilities"]


def test_fold_models_of_a_bag_answer_for_every_fold(tmp_path: Path) -> None:
    entry = honest(tmp_path, final="bag", calibrate=False)
    oof = np.load(entry.path / "oof.npy")
    oof[entry.folds == 2] = np.eye(3)[entry.y[entry.folds == 2]]
    np.save(entry.path / "oof.npy", oof)
    done = verify(entries.read(entry.path), DATA, fold=1)
    assert done.largest == 0
    assert "all folds" in done.disagreeing


def test_labels_that_were_changed_are_found_out(tmp_path: Path) -> None:
    entry = honest(tmp_path)
    np.save(entry.path / "y.npy", entry.oof.argmax(axis=1))
    assert "labels" in verify(entries.read(entry.path), DATA).disagreeing


def two_and_their_blend(folder: Path) -> Entry:
    chosen = [made(folder, model=name, calibrate=False) for name in ("lda", "knn", "logistic")]
    return blend(DATA, [entries.read(one.path) for one in chosen], folder)


def test_a_blend_is_blended_again_from_its_members(tmp_path: Path) -> None:
    done = verify(two_and_their_blend(tmp_path), DATA)
    assert (done.agrees, done.largest, done.fold) == (True, None, None)
    told = verdicts(done)
    assert told.pop("members") == "not checked"
    assert set(told.values()) == {"agrees"}
    assert {"out-of-fold", "weights", "test probabilities", "scores", "expected"} <= set(told)


@pytest.mark.parametrize(
    ("file", "what"), [("oof.npy", "out-of-fold"), ("test.npy", "test probabilities")]
)
def test_a_blend_that_was_changed_is_found_out(tmp_path: Path, file: str, what: str) -> None:
    entry = two_and_their_blend(tmp_path)
    for name in {file, file.replace(".", "_raw.")}:
        if (entry.path / name).exists():
            np.save(entry.path / name, np.load(entry.path / name)[::-1])
    assert what in verify(entries.read(entry.path), DATA).disagreeing


def test_a_blend_without_its_members_says_so_and_answers_for_its_scores(tmp_path: Path) -> None:
    entry = two_and_their_blend(tmp_path)
    shutil.rmtree(tmp_path / "lda-001")
    told = verify(entry, DATA)
    assert verdicts(told)["out-of-fold"] == verdicts(told)["test probabilities"] == "not checked"
    scores = {**entry.receipt["scores"], "logloss": 0.01}
    assert verify(rewritten(entry, scores=scores), DATA).disagreeing == ["scores"]


@pytest.fixture(scope="module")
def automatic(tmp_path_factory: pytest.TempPathFactory) -> Entry:
    rows = {"lda": Row("lda"), "knn": Row("knn", None, {"n_neighbors": 9})}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("harness._auto.PORTFOLIO", rows)
        patch.setattr("harness._auto.cores", lambda: 1)
        folder = tmp_path_factory.mktemp("auto")
        return auto(DATA, AutoSettings(effort="small", cv=3), folder)


@pytest.mark.parametrize("changed", ["", "oof", "test", "models/blend.json", "fold", "scores"])
def test_an_automatic_fit_is_asked_again_and_one_fold_fitted(
    automatic: Entry, tmp_path: Path, changed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = {"lda": Row("lda"), "knn": Row("knn", None, {"n_neighbors": 9})}
    monkeypatch.setattr("harness._auto.PORTFOLIO", rows)
    path = tmp_path / automatic.name
    shutil.copytree(automatic.path, path)
    if changed in ("oof", "test"):
        for name in (changed, f"{changed}_raw"):
            if (path / f"{name}.npy").exists():
                np.save(path / f"{name}.npy", np.load(path / f"{name}.npy")[:, ::-1])
    elif changed == "models/blend.json":
        (path / changed).unlink()
    elif changed == "fold":
        for folder in sorted((path / "models").glob("*/repeat-1")):
            (folder / "fold-1").rename(folder / "other")
            shutil.copytree(folder / "fold-2", folder / "fold-1")
    elif changed == "scores":
        rewritten(Entry(path, automatic.receipt), scores={"accuracy": 1.0})
    done = verify(entries.read(path), DATA)
    assert bool(done.disagreeing) is bool(changed)
    if not changed:
        assert (done.largest, done.fold, done.folds) == (0, 1, 3)
        assert done.compared_with.endswith("repeat-1/fold-1")
    expected = {"oof": "out-of-fold", "test": "test probabilities", "scores": "scores",
                "fold": "fold", "models/blend.json": "out-of-fold", "": None}  # fmt: skip
    assert expected[changed] is None or expected[changed] in done.disagreeing


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
    np.save("submissions/lda-001/oof.npy", oof * (1 + 1e-7))
    assert _command("verify", "lda-001") == 0
    assert "where the same bits are due" in capsys.readouterr().out
    np.save("submissions/lda-001/oof.npy", oof[:, ::-1])
    assert _command("verify", "lda-001") == 1
    assert "NOT what the entry says" in capsys.readouterr().out
