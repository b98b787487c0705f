"""The job `tune`: seeded, resumable, honest about its best trial."""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import small

from harness import checkpoints, entries
from harness.competition import ALWAYS_TRAINS, LEFT_OUT, Competition
from harness.errors import DataError, FileProblem, UnknownNameError, UsageError
from harness.evaluate import metrics
from harness.fit import FitSettings, Judged, fit, plan
from harness.tune import Tuned, pareto, prepare, tried_before, tune
from harness.tuning import folds as search_folds
from harness.tuning import pictures, scoring
from harness.tuning import search as searching
from harness.tuning import space as spaces
from harness.tuning.clock import Clock
from harness.tuning.trials import COMPLETE, FAILED, PRUNED, RUNNING, Store, Trial
from harness.zoo._settings import Between, OneOf, Whole

SETTINGS = FitSettings("logistic", cv=3)
TRIALS = 12


class Killed(BaseException):
    """What no code of the house catches, as a kill."""


def search(
    folder: Path, *, trials: int = TRIALS, on_trial: Any = None, on_fold: Any = None
) -> list[Trial]:
    """The search alone, without what comes after it."""
    return searching.run(
        prepare(small(), SETTINGS).search,
        Store(folder),
        Clock(None, 0.0, 3),
        trials=trials,
        on_trial=on_trial or (lambda trial, best: None),
        on_fold=on_fold or (lambda trial: None),
    )


def told(trials: Sequence[Trial]) -> list[dict]:
    """Trials without their times."""
    return [trial.as_dict() | {"seconds": 0} for trial in trials]


def stop_after(count: int, error: type[BaseException]) -> Callable[..., None]:
    """A callback that raises when it is called for the `count`-th time."""
    calls = [0]

    def callback(*_: object, **__: object) -> None:
        calls[0] += 1
        if calls[0] == count:
            raise error

    return callback


def grouped(per_group: int = 4) -> Competition:
    competition = small()
    order = np.argsort(competition.y, kind="stable")
    groups = np.empty(len(order), dtype=np.int64)
    groups[order] = np.arange(len(order)) // per_group
    names = tuple(map(str, range(groups.max() + 1)))
    return replace(competition, groups=groups, group_names=names)


@pytest.fixture(scope="module")
def tuned(tmp_path_factory: pytest.TempPathFactory) -> Tuned:
    """One search that nothing interrupted."""
    return tune(prepare(small(), SETTINGS, trials=TRIALS), tmp_path_factory.mktemp("tuned"))


def test_the_first_trial_is_that_of_the_defaults(tuned: Tuned) -> None:
    assert tuned.trials[0].params == {}
    assert tuned.trials[0].state == COMPLETE
    assert all(trial.params for trial in tuned.trials[1:])


def test_trials_are_numbered_and_all_of_them_ended(tuned: Tuned) -> None:
    assert [trial.number for trial in tuned.trials] == list(range(TRIALS))
    assert {trial.state for trial in tuned.trials} <= {COMPLETE, PRUNED}


def test_the_entry_is_what_fit_makes_of_the_best_settings(tuned: Tuned, tmp_path: Path) -> None:
    competition = small()
    best = spaces.applied(SETTINGS, spaces.space_of(SETTINGS), tuned.best.params)
    again = fit(plan(competition, best), tmp_path)
    for name in ("oof.npy", "test.npy", "folds.npy"):
        assert (tuned.entry.path / name).read_bytes() == (again.path / name).read_bytes()


def test_the_receipt_says_that_it_was_tuned_and_how_lucky_the_best_was(tuned: Tuned) -> None:
    receipt = entries.read(tuned.entry.path).receipt
    record = receipt["tuned"]
    assert record["trials"] == TRIALS
    assert record["complete"] + record["pruned"] == TRIALS
    assert record["search_score"] == tuned.best.score
    assert record["score"] == receipt["scores"]["logloss"]
    assert record["optimism"] == record["fresh_score"] - record["search_score"]
    assert record["fresh_folds"] is True
    assert receipt["settings"]["seed"] == SETTINGS.seed != record["search_seed"]


def test_the_best_is_the_best_complete_trial(tuned: Tuned) -> None:
    assert tuned.best.score == min(t.score for t in tuned.trials if t.state == COMPLETE)


def test_the_gain_is_that_over_the_defaults_on_the_same_fresh_folds(
    tuned: Tuned, tmp_path: Path
) -> None:
    plain = fit(plan(small(), SETTINGS), tmp_path)
    default = metrics.score("logloss", plain.y, plain.oof_for("logloss"))
    assert tuned.record["default_score"] == pytest.approx(default, abs=1e-12)
    assert tuned.record["gain"] == pytest.approx(default - tuned.record["score"], abs=1e-12)


def test_pictures_and_trials_lie_in_the_entry(tuned: Tuned) -> None:
    folder = tuned.entry.path / "tuning"
    for name in ("history.png", "settings.png"):
        assert (folder / name).read_bytes().startswith(b"\x89PNG")
    assert len(json.loads((folder / "trials.json").read_text())) == TRIALS
    assert len(json.loads((folder / "seconds.json").read_text())) == TRIALS


def test_nothing_of_the_search_is_pickled(tuned: Tuned) -> None:
    work = next(tuned.entry.path.parent.glob(".work-tune-*"))
    for path in work.rglob("*"):
        assert path.suffix in ("", ".json", ".npy", ".npz")


@pytest.mark.parametrize("folds", [1, 3, 4, 8, 11])
def test_a_killed_search_goes_on_as_if_it_had_not_been(
    tuned: Tuned, tmp_path: Path, folds: int
) -> None:
    with pytest.raises(Killed):
        search(tmp_path, on_fold=stop_after(folds, Killed))
    ended: list[Trial] = []
    again = search(tmp_path, on_trial=lambda trial, _: ended.append(trial))
    assert told(again) == told(tuned.trials)
    # None is lost, none is run again.
    assert [trial.number for trial in ended] == list(range(TRIALS - len(ended), TRIALS))
    assert len(ended) < TRIALS or folds <= 3


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_search_killed_by_the_system_keeps_what_it_finished(tuned: Tuned, tmp_path: Path) -> None:
    ready = prepare(small(), SETTINGS, trials=TRIALS)
    child = os.fork()
    if child == 0:
        calls = [0]

        def kill(trial: Trial) -> None:
            calls[0] += 1
            if calls[0] == 5:
                os.kill(os.getpid(), signal.SIGKILL)

        tune(ready, tmp_path, on_fold=kill)
    assert os.waitpid(child, 0)[1] == signal.SIGKILL
    assert tried_before(ready, tmp_path) >= 1
    again = tune(ready, tmp_path)
    assert told(again.trials) == told(tuned.trials)
    assert np.array_equal(again.entry.oof, tuned.entry.oof)
    for name in ("trials.json", "history.png", "settings.png"):
        one, other = (found.entry.path / "tuning" / name for found in (tuned, again))
        assert one.read_bytes() == other.read_bytes()


def test_a_search_killed_while_its_entry_was_written_takes_the_finished_fit(
    tuned: Tuned, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready = prepare(small(), SETTINGS, trials=2)
    monkeypatch.setattr(pictures, "draw", stop_after(1, Killed))
    with pytest.raises(Killed):
        tune(ready, tmp_path)
    assert entries.read_all(tmp_path) == []
    steps: list[str] = []
    tune(ready, tmp_path, on_step=steps.append)
    assert "cross-validating" not in steps
    assert len(entries.read_all(tmp_path)) == 1


def test_a_search_killed_before_it_removed_its_folds_has_one_entry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready = prepare(small(), SETTINGS, trials=2)
    with monkeypatch.context() as patch:
        patch.setattr(checkpoints, "forget", stop_after(2, Killed))  # the first is the fit's own
        with pytest.raises(Killed):
            tune(ready, tmp_path)
    again = tune(ready, tmp_path)
    assert (
        [one.name for one in entries.read_all(tmp_path)] == ["logistic-001"] == [again.entry.name]
    )
    assert again.record["trials"] == len(again.trials) == 2
    assert tune(ready, tmp_path).entry.name == "logistic-002"


def test_a_search_killed_while_it_removed_its_folds_has_one_entry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready = prepare(small(), SETTINGS, trials=2)

    def rmtree(path: Path, **options: bool) -> None:
        if (tmp_path / "logistic-001").is_dir():
            raise Killed
        shutil.rmtree(path, **options)

    with monkeypatch.context() as patch:
        patch.setattr("harness.checkpoints.shutil", SimpleNamespace(rmtree=rmtree))
        with pytest.raises(Killed):
            tune(ready, tmp_path)
    assert [one.name for one in entries.read_all(tmp_path)] == ["logistic-001"]
    assert tune(ready, tmp_path).entry.name == "logistic-001"


def test_folds_of_the_trial_that_was_running_are_not_fitted_again(tmp_path: Path) -> None:
    with pytest.raises(Killed):
        search(tmp_path, on_fold=stop_after(2, Killed))
    kept = Store(tmp_path).folds(0).path / "fold-1.npz"
    before = kept.stat().st_mtime_ns
    seen: list[int] = []
    search(tmp_path, trials=1, on_fold=lambda trial: seen.append(len(trial.steps)))
    assert seen == [1, 2, 3]
    assert kept.stat().st_mtime_ns == before


def test_more_trials_go_on_from_those_of_an_earlier_run(tuned: Tuned, tmp_path: Path) -> None:
    search(tmp_path, trials=4)
    ended: list[Trial] = []
    again = search(tmp_path, on_trial=lambda trial, _: ended.append(trial))
    assert len(ended) == TRIALS - 4
    assert told(again) == told(tuned.trials)


def test_fewer_trials_than_there_are_count_only_the_first(tuned: Tuned) -> None:
    folder = tuned.entry.path.parent
    found = tune(prepare(small(), SETTINGS, trials=2), folder)
    assert told(found.trials) == told(tuned.trials[:2])


def test_a_damaged_trial_and_those_after_it_are_run_again(tuned: Tuned, tmp_path: Path) -> None:
    search(tmp_path, trials=5)
    (tmp_path / "trial-0002.json").write_text('{"number": 2, "st')
    assert len(Store(tmp_path).read()) == 2
    assert told(search(tmp_path, trials=5)) == told(tuned.trials[:5])


def test_another_seed_tries_other_settings_over_other_folds() -> None:
    one, other = (prepare(small(), replace(SETTINGS, seed=seed)) for seed in (0, 1))
    assert not np.array_equal(one.search.base.folds, other.search.base.folds)
    assert one.key != other.key
    first = [Trial(0, {}, COMPLETE, (1.0,))]
    tried = [
        spaces.propose(
            ready.search.space,
            first,
            number=1,
            seed=ready.search.settings.seed,
            default=ready.search.default,
            higher_is_better=False,
        )
        for ready in (one, other)
    ]
    assert tried[0] != tried[1]


def test_ctrl_c_ends_with_the_best_so_far(tuned: Tuned, tmp_path: Path) -> None:
    found = tune(
        prepare(small(), SETTINGS, trials=TRIALS),
        tmp_path,
        on_trial=stop_after(3, KeyboardInterrupt),
    )
    assert told(found.trials) == told(tuned.trials[:3])
    assert found.entry.path.is_dir()


def test_ctrl_c_before_the_first_trial_ended_leaves_nothing_to_judge(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        tune(prepare(small(), SETTINGS), tmp_path, on_fold=stop_after(1, KeyboardInterrupt))
    assert entries.read_all(tmp_path) == []


def test_a_budget_that_is_spent_stops_between_folds_and_judges_the_best(tmp_path: Path) -> None:
    ready = prepare(small(), SETTINGS, budget=60.0)
    ended: list[Trial] = []
    # The clock started so long ago that there is time for a moment only.
    found = tune(
        ready,
        tmp_path,
        started=time.perf_counter() - 57.0,
        on_trial=lambda trial, _: ended.append(trial),
    )
    assert found.trials[0].state == COMPLETE
    assert len(found.trials) < 1000


def test_a_budget_too_small_for_the_defaults_says_so(tmp_path: Path) -> None:
    ready = prepare(small(), SETTINGS, budget=1.0)
    with pytest.raises(UsageError, match="too short"):
        tune(ready, tmp_path, started=time.perf_counter() - 100)


def test_a_clock_keeps_time_for_what_comes_after_the_search() -> None:
    clock = Clock(100.0, time.perf_counter(), folds=5)
    clock.took(1.0)
    clock.ended(Trial(0, {}, COMPLETE, (1.0,) * 5, seconds=5.0), None)
    assert clock.after(1.0) == pytest.approx(5 + 5 + 2 + 1.25)
    assert clock.allows_fold()
    assert clock.allows_trial(5)
    assert clock.allows_trial(5, seconds=5.0)
    assert not clock.allows_trial(5, seconds=8.0)


def test_a_fold_that_would_overrun_is_not_begun() -> None:
    clock = Clock(100.0, time.perf_counter() - 60.0, folds=5)
    clock.took(30.0)
    assert clock.allows_fold()
    clock.took(40.0)
    assert not clock.allows_fold()


def test_without_a_budget_the_clock_allows_everything() -> None:
    clock = Clock(None, 0.0, folds=5)
    clock.took(1e9)
    assert clock.allows_fold()
    assert clock.allows_trial(5, seconds=1e9)


def test_a_trial_too_slow_to_be_judged_is_given_up_and_the_search_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = stop_after(2, ValueError)

    def allows_trial(self: Clock, folds: int, seconds: float | None = None) -> bool:
        try:
            return seconds is None or folds > 1 or slow() is None
        except ValueError:
            return False

    monkeypatch.setattr(Clock, "allows_trial", allows_trial)
    monkeypatch.setattr(searching, "HOPELESS", 1e9)
    trials = search(tmp_path, trials=4)
    assert [trial.state for trial in trials] == [COMPLETE, PRUNED, COMPLETE, COMPLETE]
    assert trials[1].why == "too slow for the budget"


def test_a_hopeless_trial_is_given_up_and_never_the_best(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = {"n_neighbors": 3, "weights": "distance", "smoothing": 0.3, "scaler": "standard"}
    monkeypatch.setattr(spaces, "propose", lambda *_, **__: bad)
    ready = prepare(small(rows=400), FitSettings("knn"), trials=2)
    trials = searching.run(ready.search, Store(tmp_path), Clock(None, 0.0, 5), trials=2)
    assert trials[1].state == PRUNED
    assert trials[1].score is None
    assert len(trials[1].steps) < 5
    assert ready.search.best(trials) is trials[0]


def test_settings_that_cannot_be_fitted_are_counted_and_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = searching.cross_validate

    def failing(pipeline: object, *rest: object, **given: object) -> object:
        if pipeline[-1].C != 1.0:  # type: ignore[index]
            raise DataError("the fit failed: no luck")
        return real(pipeline, *rest, **given)

    monkeypatch.setattr(searching, "cross_validate", failing)
    found = tune(prepare(small(), SETTINGS, trials=3), tmp_path)
    assert [trial.state for trial in found.trials] == [COMPLETE, FAILED, FAILED]
    assert found.trials[1].why == "the fit failed: no luck"
    assert found.record["failed"] == 2
    assert "the entry is theirs" in found.record["said"][0]


def test_where_nothing_can_be_fitted_the_first_reason_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object, **__: object) -> object:
        raise DataError("the fit failed: no luck")

    monkeypatch.setattr(searching, "cross_validate", failing)
    with pytest.raises(DataError, match="no trial could be fitted: the fit failed: no luck"):
        tune(prepare(small(), SETTINGS, trials=2), tmp_path)


def test_a_full_disk_is_no_failed_trial(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> object:
        raise FileProblem("can't be written")

    monkeypatch.setattr(searching, "cross_validate", full)
    with pytest.raises(FileProblem):
        tune(prepare(small(), SETTINGS, trials=2), tmp_path)


def test_settings_tried_before_are_not_fitted_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spaces, "space_of", lambda settings: {"C": OneOf(0.1, 1.0)})
    found = tune(prepare(small(), SETTINGS, trials=30), tmp_path)
    fitted = [trial for trial in found.trials if not trial.why]
    assert len(fitted) == 2
    assert len(found.trials) < 30
    assert all("the same settings as trial" in t.why for t in found.trials if t not in fitted)


def test_models_that_fit_folds_together_are_tuned_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "fits_together", lambda pipeline, X: True)
    found = tune(prepare(small(), SETTINGS, trials=3), tmp_path)
    assert [trial.state for trial in found.trials] == [COMPLETE] * 3


@pytest.mark.parametrize(("metric", "higher"), [("macro-f1", True), ("accuracy", True)])
def test_any_metric_decides(tmp_path: Path, metric: str, higher: bool) -> None:
    found = tune(prepare(small(rows=60), SETTINGS, metric=metric, trials=4), tmp_path)
    assert found.record["metric"] == metric
    assert found.best.score == max(t.score for t in found.trials if t.score is not None)


def test_the_metric_is_the_leaderboards() -> None:
    accuracy = replace(small(), leaderboards=small().leaderboards[:1])
    assert prepare(small(), SETTINGS).search.metric == "logloss"
    assert prepare(accuracy, SETTINGS).search.metric == "accuracy"
    assert prepare(replace(small(), leaderboards=()), SETTINGS).search.metric == "logloss"


def test_an_unknown_metric_is_answered_before_anything_is_fitted() -> None:
    with pytest.raises(UnknownNameError, match="logloss"):
        prepare(small(), SETTINGS, metric="loglos")


def test_groups_stay_whole_in_both_foldings(tmp_path: Path) -> None:
    competition = grouped()
    ready = prepare(competition, SETTINGS, trials=2)
    for folds in (ready.search.base.folds, ready.judging.folds):
        pairs = np.unique(np.stack([competition.groups, folds[0]]), axis=1)
        assert pairs.shape[1] == len(competition.group_names)
    assert ready.fresh
    assert tune(ready, tmp_path).record["fresh_folds"] is True


def test_rows_that_fold_in_one_way_only_are_said_to_be_judged_by_luck(tmp_path: Path) -> None:
    # Three groups in three folds.
    competition = replace(
        small(), groups=np.arange(120) // 3 % 3, group_names=("one", "two", "three")
    )
    ready = prepare(competition, replace(SETTINGS, split="group"), trials=2)
    assert not ready.fresh
    assert "luckiest" in tune(ready, tmp_path).record["said"][-1]


def parted(*names: str, training: bool = True) -> Competition:
    """A competition with a split of its own; a third of the rows trains where any does."""
    competition = small()
    parts = np.arange(120) % (len(names) + training) - training
    return replace(competition, predefined=parts.astype(np.int64), part_names=names)


def test_the_part_that_judges_is_never_searched() -> None:
    competition = parted("valid", "test")
    ready = prepare(competition, replace(SETTINGS, split="predefined"))
    search, judging = ready.search.base.folds[0], ready.judging.folds[0]
    assert set(search[judging == 0]) == {LEFT_OUT}
    assert set(search[competition.predefined == 0]) == {0}
    assert set(search[competition.predefined == ALWAYS_TRAINS]) == {ALWAYS_TRAINS}


def test_with_one_part_held_out_the_search_folds_the_training_part(tmp_path: Path) -> None:
    ready = prepare(parted("test"), replace(SETTINGS, split="predefined"), trials=2)
    search, judging = ready.search.base.folds[0], ready.judging.folds[0]
    assert set(search[judging == 0]) == {LEFT_OUT}
    assert set(search[judging != 0]) == {0, 1, 2}
    assert tune(ready, tmp_path).entry.oof.shape == (60, 3)


def test_parts_held_out_in_turn_are_searched_in_pairs() -> None:
    competition = parted("a", "b", "c", "d", "e", training=False)
    ready = prepare(competition, replace(SETTINGS, split="predefined"))
    search, judging = ready.search.base.folds[0], ready.judging.folds[0]
    pairs = np.unique(np.stack([search, judging]), axis=1)
    assert pairs.shape[1] == 5
    assert sorted(np.bincount(pairs[0])) == [2, 3]


@pytest.mark.parametrize("split", ["leave-one-out", "nested"])
def test_splits_without_fresh_folds_are_refused(split: str) -> None:
    with pytest.raises(UsageError, match="--split"):
        prepare(small(), replace(SETTINGS, split=split))


def test_too_few_parts_are_refused_with_the_reason() -> None:
    competition = parted("a", "b", "c", training=False)
    with pytest.raises(DataError, match="3 parts"):
        prepare(competition, replace(SETTINGS, split="predefined"))


def test_a_class_with_one_row_is_tuned_and_said(tmp_path: Path) -> None:
    competition = small()
    y = competition.y.copy()
    y[np.flatnonzero(y == 2)[1:]] = 0
    found = tune(prepare(replace(competition, y=y), SETTINGS, trials=2), tmp_path)
    assert found.record["complete"] >= 1
    assert any(note.startswith("Rap (1 row)") for note in found.entry.receipt["notes"])


def test_a_class_with_one_row_that_always_trains_is_tuned(tmp_path: Path) -> None:
    competition = parted("valid", "test")
    y = competition.y.copy()
    lone = np.flatnonzero((y == 2) & (competition.predefined == ALWAYS_TRAINS))[0]
    y[(y == 2) & (np.arange(120) != lone)] = 0
    ready = prepare(replace(competition, y=y), replace(SETTINGS, split="predefined"), trials=2)
    assert tune(ready, tmp_path).record["complete"] >= 1


def test_few_rows_are_enough(tmp_path: Path) -> None:
    found = tune(prepare(small(rows=9, test_rows=3), SETTINGS, trials=4), tmp_path)
    assert found.record["complete"] >= 1


def test_a_model_without_a_space_is_refused() -> None:
    with pytest.raises(UsageError, match="nothing to search"):
        prepare(small(), FitSettings("prior"))


def test_what_the_user_fixed_is_not_searched() -> None:
    fixed = replace(SETTINGS, parameters={"C": 0.5})
    assert set(spaces.space_of(fixed)) == {"scaler"}
    with pytest.raises(UsageError, match="but what is set"):
        prepare(small(), replace(fixed, scaler="power"))


def test_repeated_folds_are_searched_and_judged(tmp_path: Path) -> None:
    ready = prepare(small(rows=60), replace(SETTINGS, split="repeated:2"), trials=2)
    found = tune(ready, tmp_path)
    assert len(found.trials[0].steps) == 6
    assert len(found.entry.oof) == 120


def test_alike_sees_through_the_numbers_of_folds() -> None:
    one = np.array([[0, 0, 1, 1, 2]])
    assert search_folds.alike(one, np.array([[2, 2, 0, 0, 1]]))
    assert not search_folds.alike(one, np.array([[2, 0, 2, 0, 1]]))
    assert not search_folds.alike(one, np.array([[0, 0, 0, 1, 1]]))


def test_the_cheapest_of_equals_stand_on_the_pareto_front(tuned: Tuned) -> None:
    def trial(number: int, score: float, seconds: float) -> Trial:
        return Trial(number, {"C": 1.0}, COMPLETE, (score,), seconds)

    trials = (trial(0, 0.9, 3.0), trial(1, 0.8, 5.0), trial(2, 0.85, 6.0), trial(3, 0.95, 2.0))
    front = pareto(replace(tuned, trials=trials))
    assert [one.number for one in front] == [3, 0, 1]


SPACE = {
    "a": Between(1e-3, 7.77777, log=True),
    "b": Between(0.0, 0.6),
    "c": Whole(3, 100, log=True),
    "d": OneOf((64,), (128, 64), None, True, "relu"),
}


@given(seed=st.integers(0, 2**32 - 1), count=st.integers(0, 14), higher=st.booleans())
@settings(max_examples=25, deadline=None)
def test_proposals_lie_in_the_space_and_come_again(seed: int, count: int, higher: bool) -> None:
    rng = np.random.default_rng(seed)
    before: list[Trial] = []
    for number in range(count):
        params = spaces.propose(
            SPACE, [], number=number, seed=seed, default=None, higher_is_better=higher
        )
        state = (COMPLETE, PRUNED, FAILED)[rng.integers(3)]
        before.append(Trial(number, params, state, (float(rng.normal()),)))
    one, other = (
        spaces.propose(
            SPACE, before, number=count, seed=seed, default=None, higher_is_better=higher
        )
        for _ in range(2)
    )
    assert one == other
    assert 1e-3 <= one["a"] <= 7.77777
    assert 0 <= one["b"] <= 0.6
    assert isinstance(one["c"], int)
    assert 3 <= one["c"] <= 100
    assert one["d"] in ("64", "128,64", "none", "true", "relu")


def test_choices_reach_the_model_as_what_they_are() -> None:
    space = {"hidden": OneOf((64,), (128, 64)), "scaler": OneOf("standard", "power")}
    found = spaces.applied(FitSettings("dense"), space, {"hidden": "128,64", "scaler": "power"})
    assert found.parameters == {"hidden": (128, 64)}
    assert found.scaler == "power"


def test_defaults_outside_the_space_are_no_point_of_it() -> None:
    lda = FitSettings("lda")
    assert spaces.defaults(lda, spaces.space_of(lda)) is None
    assert spaces.defaults(SETTINGS, spaces.space_of(SETTINGS)) == {"C": 1.0, "scaler": "standard"}


def test_a_trial_of_the_defaults_outside_the_space_is_run_all_the_same(tmp_path: Path) -> None:
    found = tune(prepare(small(), FitSettings("lda", cv=3), trials=13), tmp_path)
    assert found.trials[0].state == COMPLETE


def test_a_store_ends_at_the_trial_that_is_running(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.write(Trial(0, {}, COMPLETE, (1.0,)))
    store.write(Trial(1, {"C": 2.0}, RUNNING))
    store.write(Trial(2, {"C": 3.0}, COMPLETE, (2.0,)))
    assert [trial.number for trial in store.read()] == [0, 1]
    assert store.running(1) == {"C": 2.0}
    assert store.running(0) is None


def judged_of(proba: np.ndarray, folds: int) -> Judged:
    competition = small()
    return Judged(np.arange(120), competition.y, np.arange(120) % folds, proba)


def overconfident() -> np.ndarray:
    """Probabilities that would be good ones at a tenth of their sharpness."""
    rng = np.random.default_rng(0)
    logs = rng.normal(size=(120, 3)) + 1.5 * np.eye(3)[small().y]
    sharp = np.exp(10 * logs - (10 * logs).max(axis=1, keepdims=True))
    return sharp / sharp.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("folds", [1, 3])
def test_trials_are_scored_as_calibrated_as_their_entry_would_be(folds: int) -> None:
    base, judged = prepare(small(), SETTINGS).search.base, judged_of(overconfident(), folds)
    raw = metrics.score("logloss", judged.y, judged.oof)
    calibrated = scoring.scored(base, judged, "logloss")
    assert metrics.score("logloss", judged.y, calibrated) < raw / 2
    assert np.allclose(calibrated.sum(axis=1), 1)


def test_scores_of_labels_and_uncalibrated_fits_are_of_the_models_own_probabilities() -> None:
    judged = judged_of(overconfident(), 3)
    base = prepare(small(), SETTINGS).search.base
    plain = replace(base, settings=replace(SETTINGS, calibrate=False))
    assert scoring.scored(base, judged, "accuracy") is judged.oof
    assert scoring.scored(plain, judged, "logloss") is judged.oof


def test_one_row_alone_is_not_calibrated() -> None:
    base = prepare(small(), SETTINGS).search.base
    judged = Judged(np.array([3]), small().y[[3]], np.array([0]), overconfident()[[3]])
    assert scoring.scored(base, judged, "logloss") is judged.oof


def test_a_sampler_is_calibrated_away_too(tmp_path: Path) -> None:
    found = tune(prepare(small(), replace(SETTINGS, balance="over"), trials=2), tmp_path)
    assert found.record["complete"] >= 1
