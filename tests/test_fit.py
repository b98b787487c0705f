"""The job `fit`: the record is whole, repeatable, honest, and survives being stopped."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from imblearn.pipeline import Pipeline
from sklearn.naive_bayes import GaussianNB
from worlds import small

from harness import entries
from harness.checkpoints import Checkpoint
from harness.competition import Competition
from harness.errors import DataError, FileProblem, UnknownNameError, UsageError
from harness.evaluate import metrics
from harness.evaluate.crossval import Fold
from harness.fit import FitSettings, finished_before, fit, plan
from harness.locks import PART
from harness.storage import load_pipeline
from harness.zoo import _training

SETTINGS = FitSettings("logistic", cv=4)
# The files of an entry that hold no times.
SAME = ("oof.npy", "test.npy", "model.keras", "steps.skops", "pipeline.json")


def test_an_entry_holds_everything_needed_to_judge_and_repeat_it(tmp_path: Path) -> None:
    competition = small()
    entry = entries.read(fit(plan(competition, SETTINGS), tmp_path).path)
    assert entry.oof.shape == (120, 3)
    assert entry.test.shape == (60, 3)
    assert np.array_equal(entry.y, competition.y)
    assert set(entry.folds) == {0, 1, 2, 3}
    receipt = entry.receipt
    assert receipt["competition"]["fingerprint"] == competition.fingerprint
    assert receipt["parameters"]["C"] == 1.0
    assert receipt["versions"]["scikit-learn"]
    assert receipt["seconds"] > 0
    assert receipt["peak_memory_mb"] > 10
    assert [fold["number"] for fold in receipt["folds"]] == [1, 2, 3, 4]


def test_scores_in_the_receipt_are_the_scores_of_the_stored_probabilities(tmp_path: Path) -> None:
    entry = fit(plan(small(), SETTINGS), tmp_path)
    for name, value in entry.receipt["scores"].items():
        assert value == metrics.score(name, entry.y, entry.oof)


def test_each_leaderboard_gets_an_interval_for_its_test_set(tmp_path: Path) -> None:
    expected = fit(plan(small(), SETTINGS), tmp_path).receipt["expected"]
    assert set(expected) == {"accuracy", "logloss"}
    for board in expected.values():
        assert board["low"] < board["score"] < board["high"]
        assert board["rows"] == 60


@pytest.mark.parametrize("final", ["refit", "bag"])
def test_one_seed_gives_the_same_bytes(tmp_path: Path, final: str) -> None:
    settings = FitSettings("forest", parameters={"n_estimators": 20}, final=final, balance="smote")
    first = fit(plan(small(), settings), tmp_path)
    second = fit(plan(small(), settings), tmp_path)
    for name in ("oof.npy", "test.npy", "folds.npy"):
        assert (first.path / name).read_bytes() == (second.path / name).read_bytes()


def test_another_seed_gives_other_folds(tmp_path: Path) -> None:
    first = fit(plan(small(), FitSettings("logistic", seed=1)), tmp_path)
    second = fit(plan(small(), FitSettings("logistic", seed=2)), tmp_path)
    assert not np.array_equal(first.folds, second.folds)


def test_the_kept_model_gives_the_test_probabilities_again(tmp_path: Path) -> None:
    competition = small()
    entry = fit(plan(competition, SETTINGS), tmp_path)
    again = load_pipeline(entry.path / "models" / "final").predict_proba(competition.X_test)
    assert again == pytest.approx(entry.test, abs=1e-12)


def test_a_bag_is_the_mean_of_the_fold_models(tmp_path: Path) -> None:
    competition = small()
    entry = fit(plan(competition, FitSettings("logistic", cv=4, final="bag")), tmp_path)
    folds = sorted((entry.path / "models").iterdir())
    assert len(folds) == 4
    parts = [load_pipeline(path).predict_proba(competition.X_test) for path in folds]
    assert np.mean(parts, axis=0) == pytest.approx(entry.test, abs=1e-12)


@pytest.mark.parametrize("final", ["refit", "bag"])
def test_a_stopped_fit_goes_on_where_it_stopped_and_ends_the_same(
    tmp_path: Path, final: str
) -> None:
    competition, settings = small(), FitSettings("logistic", cv=4, final=final)
    whole = fit(plan(competition, settings), tmp_path / "whole")

    def stop(fold: Fold) -> None:
        if fold.number == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(plan(competition, settings), tmp_path / "cut", on_fold=stop)
    assert entries.read_all(tmp_path / "cut") == []

    fitted: list[int] = []
    resumed = fit(
        plan(competition, settings), tmp_path / "cut", on_fold=lambda f: fitted.append(f.number)
    )
    assert fitted == [2, 3]
    assert resumed.receipt["resumed_folds"] == [1, 2]
    for name in ("oof.npy", "test.npy"):
        assert (resumed.path / name).read_bytes() == (whole.path / name).read_bytes()
    assert [path.name for path in (tmp_path / "cut").iterdir()] == [resumed.name]


def test_folds_of_other_settings_are_not_taken(tmp_path: Path) -> None:
    competition = small()
    one = plan(competition, FitSettings("logistic"))
    other = plan(competition, FitSettings("logistic", parameters={"C": 2.0}))
    assert one.key != other.key


def test_a_damaged_checkpoint_is_fitted_again(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path, "key")
    fold = Fold(0, np.arange(3), np.full((3, 2), 0.5), {"logloss": 0.7}, 0.1)
    checkpoint.save(0, fold)
    path = checkpoint.path / "fold-1.npz"
    assert checkpoint.load(0).scores == {"logloss": 0.7}
    path.write_bytes(path.read_bytes()[:-40])
    assert checkpoint.load(0) is None


def test_without_test_rows_the_entry_has_none(tmp_path: Path) -> None:
    competition = small()
    object.__setattr__(competition, "X_test", None)
    entry = fit(plan(competition, SETTINGS), tmp_path)
    assert entry.test is None
    assert not (entry.path / "test.npy").exists()


def test_history_is_kept_as_json(tmp_path: Path) -> None:
    entry = fit(plan(small(), SETTINGS), tmp_path)
    assert json.loads((entry.path / "history.json").read_text()) == [{}, {}, {}, {}]


@pytest.mark.parametrize(
    "settings",
    [
        FitSettings("logistc"),
        FitSettings("logistic", scaler="standart"),
        FitSettings("logistic", reducer="pcs:3"),
        FitSettings("logistic", balance="smot"),
        FitSettings("logistic", final="refitt"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(settings: FitSettings) -> None:
    with pytest.raises(UnknownNameError, match="did you mean"):
        plan(small(), settings)


def test_weights_for_a_model_that_takes_none_is_refused_before_fitting() -> None:
    with pytest.raises(UsageError, match="knn"):
        plan(small(), FitSettings("knn", balance="weights"))


@pytest.mark.parametrize(
    ("split", "judged", "folds"),
    [("repeated:2", 240, 8), ("holdout:0.25", 30, 1), ("leave-one-out", 120, 120)],
)
def test_an_entry_holds_the_rows_that_were_held_out(
    tmp_path: Path, split: str, judged: int, folds: int
) -> None:
    competition = small()
    entry = fit(plan(competition, FitSettings("lda", cv=4, split=split)), tmp_path)
    assert entry.oof.shape == (judged, 3)
    assert np.array_equal(entry.y, competition.y[entry.rows])
    assert len(entry.receipt["folds"]) == folds
    assert entry.receipt["split"]["kind"] == split


def test_repeats_do_not_narrow_the_interval_as_if_they_were_new_rows(tmp_path: Path) -> None:
    once = fit(plan(small(), FitSettings("lda")), tmp_path).receipt["expected"]["logloss"]
    many = fit(plan(small(), FitSettings("lda", split="repeated:6")), tmp_path)
    repeated = many.receipt["expected"]["logloss"]
    assert repeated["high"] - repeated["low"] > 0.7 * (once["high"] - once["low"])


def songs(column: str = "", ids: str = "") -> Competition:
    """Thirty groups of four rows, each with one label."""
    competition = small()
    groups, parts = np.zeros(120, dtype=np.int64), np.zeros(120, dtype=np.int64)
    for k in range(3):
        groups[competition.y == k] = 10 * k + np.arange(40) // 4
        parts[competition.y == k] = np.arange(40) % 4
    named = [
        ids.format(song=s, part=p, row=r)
        for r, (s, p) in enumerate(zip(groups, parts, strict=True))
    ]
    return replace(
        competition,
        groups=groups,
        group_names=tuple(map(str, range(30))),
        group_column=column,
        train_ids=tuple(named) if ids else (),
    )


@pytest.mark.parametrize(
    ("column", "ids"),
    [
        ("track_id", ""),
        ("song", "{row}"),
        ("", "blues.{song:05d}.{part}.wav"),
        ("group", "song{song}_seg{part}"),
        ("", "Artist 7 - take{song}-{part}.mp3"),
    ],
)
def test_rows_of_songs_get_a_song_level_score(tmp_path: Path, column: str, ids: str) -> None:
    entry = fit(plan(songs(column, ids), FitSettings("lda")), tmp_path)
    assert entry.receipt["split"]["kind"] == "stratified-group"
    assert entry.receipt["song_level"]["songs"] == 30
    assert entry.receipt["song_level"]["scores"]["accuracy"] >= entry.receipt["scores"]["accuracy"]


@pytest.mark.parametrize(
    ("column", "ids"),
    [
        ("", ""),
        ("artist", ""),
        ("artist_id", "{row}"),
        ("", "{row}"),
        ("", "t{row}.mp3"),
        ("artist", "a{song}-{part}.mp3"),
    ],
)
def test_rows_of_an_artist_are_no_song_however_few_labels_they_have(
    tmp_path: Path, column: str, ids: str
) -> None:
    """No grader scores an artist's tracks as one, and their mean would flatter."""
    entry = fit(plan(songs(column, ids), FitSettings("lda")), tmp_path)
    assert entry.receipt["split"]["kind"] == "stratified-group"
    assert entry.receipt["song_level"] is None


def test_a_repeated_fit_goes_on_in_the_repeat_where_it_stopped(tmp_path: Path) -> None:
    settings = FitSettings("lda", cv=3, split="repeated:2")

    def stop(fold: Fold) -> None:
        if fold.number == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(plan(small(), settings), tmp_path, on_fold=stop)
    resumed = fit(plan(small(), settings), tmp_path)
    whole = fit(plan(small(), settings), tmp_path / "whole")
    assert resumed.receipt["resumed_folds"] == [1, 2, 3, 4]
    assert (resumed.path / "oof.npy").read_bytes() == (whole.path / "oof.npy").read_bytes()


def test_models_that_a_kill_left_behind_are_replaced(tmp_path: Path) -> None:
    ready = plan(small(), FitSettings("lda", final="bag"))
    left = Checkpoint(tmp_path, ready.key).models(1)
    left.mkdir(parents=True)
    (left / "half").write_text("written")
    entry = fit(ready, tmp_path)
    assert not (entry.path / "models" / "fold-2" / "half").exists()


def test_a_checkpoint_of_other_rows_or_without_numbers_is_fitted_again(tmp_path: Path) -> None:
    split = np.array([0, 0, 1, 1])
    checkpoint = Checkpoint(tmp_path, "key")
    checkpoint.save(0, Fold(0, np.array([2, 3]), np.full((2, 2), 0.5), {}, 0.1))
    checkpoint.save(1, Fold(1, np.array([2, 3]), np.full((2, 2), np.nan), {}, 0.1))
    assert checkpoint.done(0, split) == {}
    checkpoint.save(0, Fold(0, np.array([0, 1]), np.full((2, 2), 0.5), {}, 0.1))
    assert set(checkpoint.done(0, split)) == {0}
    assert checkpoint.done(0, split, models=True) == {}


def test_two_runs_of_one_fit_at_once_both_end_well(tmp_path: Path) -> None:
    ready = plan(small(), FitSettings("lda", final="bag"))
    inner: list[entries.Entry] = []

    def second_run(fold: Fold) -> None:
        if fold.number == 2 and not inner:
            inner.append(fit(ready, tmp_path))

    outer = fit(ready, tmp_path, on_fold=second_run)
    assert (outer.path / "oof.npy").read_bytes() == (inner[0].path / "oof.npy").read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {outer.name, inner[0].name}


def test_a_place_that_cannot_be_written_is_known_before_anything_is_fitted(tmp_path: Path) -> None:
    place = tmp_path / "submissions"
    place.write_text("a file")
    fitted: list[Fold] = []
    with pytest.raises(FileProblem, match="submissions"):
        fit(plan(small(), SETTINGS), place, on_fold=fitted.append)
    assert fitted == []


def test_a_librarys_own_error_says_which_fit_it_came_from(tmp_path: Path) -> None:
    class Fails(GaussianNB):
        def fit(self, X: np.ndarray, y: np.ndarray) -> Fails:
            raise ValueError("matrix is singular")

    competition = small()
    ready = replace(plan(competition, SETTINGS), pipeline=Pipeline([("model", Fails())]))
    with pytest.raises(DataError, match=r"fold 1: the fit failed: matrix is singular"):
        fit(ready, tmp_path)


def test_a_fit_sweeps_the_half_files_that_killed_runs_left_in_entries(tmp_path: Path) -> None:
    first = fit(plan(small(), SETTINGS), tmp_path)
    (first.path / "report").mkdir()
    halves = [first.path / ".part-x.csv", first.path / "report" / ".part-y.png"]
    for half in halves:
        half.touch()
    fit(plan(small(), SETTINGS), tmp_path)
    assert not any(half.exists() for half in halves)
    assert (first.path / "receipt.json").exists()


NET = FitSettings("dense", parameters={"hidden": (2,), "epochs": 1}, cv=4, final="bag")


@pytest.mark.parametrize("settings", [NET, replace(NET, bags=2), replace(NET, balance="weights")])
@pytest.mark.parametrize("together", [1, 2, 4])
def test_a_stopped_fit_of_nets_fitted_together_keeps_those_that_are_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, together: int, settings: FitSettings
) -> None:
    """With one net trained at a time, with two, with all: the next run ends in the same bytes."""
    trained: list[int] = []

    def counted(stack: Any, jobs: list[Any], *given: Any) -> None:
        trained.append(len(jobs))
        original(stack, jobs, *given)

    def until_folds_are_there(step: str) -> None:
        if step.startswith("measuring"):
            monkeypatch.setattr(_training, "_train_stack", original)

    original = _training._train_stack
    monkeypatch.setattr(_training, "stack_height", lambda group: together)
    monkeypatch.setattr(_training, "_train_stack", counted)
    ready = plan(small(), settings)
    whole = fit(ready, tmp_path / "whole")

    def stop(fold: Fold) -> None:
        if fold.number == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(ready, tmp_path / "cut", on_fold=stop)
    assert finished_before(ready, tmp_path / "cut") == [1, 2]
    trained.clear()
    resumed = fit(ready, tmp_path / "cut", on_step=until_folds_are_there)
    assert resumed.receipt["resumed_folds"] == [1, 2]
    # The others alone, and what is trained beside them.
    assert sum(trained) == (4 if together == 4 else 2) * settings.bags
    for one in (p for p in whole.path.rglob("*") if p.is_file() and p.name in SAME):
        other = resumed.path / one.relative_to(whole.path)
        assert one.read_bytes() == other.read_bytes()


def test_steps_are_told(tmp_path: Path) -> None:
    steps: list[str] = []
    fit(plan(small(), SETTINGS), tmp_path, on_step=steps.append)
    assert steps[0] == "cross-validating"
    assert "fitting on all rows" in steps


def test_songs_are_never_told_apart_by_what_is_to_be_predicted(tmp_path: Path) -> None:
    """Artists with songs of several classes: only those with one class are scored as a whole."""
    competition = small(rows=120)
    groups = (np.arange(120) // 3).astype(np.int64)
    names = tuple(map(str, range(40)))
    grouped = replace(competition, groups=groups, group_names=names, group_column="track")
    entry = fit(plan(grouped, SETTINGS), tmp_path)
    pure = sum(len(set(competition.y[groups == one])) == 1 for one in range(40))
    found = entry.receipt["song_level"]
    assert (0 if found is None else found["songs"]) == pure


def test_a_public_part_is_less_sure_and_the_shake_up_is_told(tmp_path: Path) -> None:
    boards = tuple(replace(board, public=0.25) for board in small().leaderboards)
    competition = replace(small(), leaderboards=boards)
    for expected in fit(plan(competition, SETTINGS), tmp_path).receipt["expected"].values():
        public = expected["public"]
        assert public["rows"] == 15
        assert public["score"] == expected["score"]
        assert public["high"] - public["low"] >= expected["high"] - expected["low"]
        assert public["shake_up"] > 0


def test_the_shake_up_is_that_of_rows_dealt_to_two_parts(tmp_path: Path) -> None:
    """Against dealing the out-of-fold rows themselves, many times."""
    boards = tuple(replace(board, public=0.5) for board in small().leaderboards)
    competition = replace(small(rows=240, test_rows=240), leaderboards=boards)
    entry = fit(plan(competition, SETTINGS), tmp_path)
    scores = metrics.row_scores("accuracy", entry.y, entry.oof_for("accuracy"))
    rng = np.random.default_rng(0)
    moves = []
    for _ in range(2000):
        dealt = rng.permutation(scores)
        moves.append(dealt[:120].mean() - dealt[120:].mean())
    told = entry.receipt["expected"]["accuracy"]["public"]["shake_up"]
    assert told == pytest.approx(np.std(moves), rel=0.08)


def test_a_fit_killed_before_it_removed_its_folds_has_one_entry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next run finds the entry; the one after that makes another, as it always did."""
    ready = plan(small(), SETTINGS)

    class Killed(BaseException):
        pass

    def killed(self: Checkpoint) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Checkpoint, "discard", killed)
        with pytest.raises(Killed):
            fit(ready, tmp_path)
    steps: list[str] = []
    again = fit(ready, tmp_path, on_step=steps.append)
    assert steps == ["logistic-001 was written by an earlier run"]
    assert [path.name for path in tmp_path.iterdir()] == [again.name] == ["logistic-001"]
    assert fit(ready, tmp_path).name == "logistic-002"


@pytest.mark.parametrize("final", ["bag", "refit"])
def test_a_kill_while_the_folds_are_removed_writes_no_second_entry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, final: str
) -> None:
    ready = plan(small(), FitSettings("logistic", cv=3, final=final))

    class Killed(BaseException):
        pass

    def rmtree(path: Path, **options: object) -> None:
        if path.name.startswith(PART):
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("harness.checkpoints.shutil", SimpleNamespace(rmtree=rmtree))
        with pytest.raises(Killed):
            fit(ready, tmp_path)
    assert fit(ready, tmp_path).name == "logistic-001"
    fit(ready, tmp_path, name="next")
    assert {path.name for path in tmp_path.iterdir()} == {"logistic-001", "next"}


def test_another_fit_leaves_the_folds_of_a_killed_one(tmp_path: Path) -> None:
    def stop(fold: Fold) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(plan(small(), SETTINGS), tmp_path, on_fold=stop)
    fit(plan(small(), FitSettings("lda")), tmp_path)
    assert finished_before(plan(small(), SETTINGS), tmp_path) == [1]


def test_what_a_second_run_of_a_fit_under_way_left_is_swept(tmp_path: Path) -> None:
    ready = plan(small(), SETTINGS)
    left = Checkpoint(tmp_path, f"{ready.key}-4711")
    left.begin()
    fit(ready, tmp_path)
    assert not left.path.exists()
