"""Sentinels: every planted leak is seen, no clean pipeline raises an alarm."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import worlds
from hypothesis import given, settings
from hypothesis import strategies as st
from imblearn.pipeline import Pipeline

from harness.audit._apart import audit_apart
from harness.audit._own_code import OwnCode, estimator_of
from harness.audit._run import Audited, audit
from harness.audit._subjects import AuditSettings
from harness.cli.app import main
from harness.competition import ALWAYS_TRAINS, LEFT_OUT, Competition
from harness.errors import DataError, UnknownNameError, UsageError
from harness.evaluate import _paired, _planting
from harness.evaluate._paired import Judged
from harness.evaluate.audit import SENTINELS

HERE = Path(__file__).parent


def world(seed: int = 0, sizes: tuple[int, ...] = (70, 45, 25)) -> Competition:
    """Three classes of unequal size, in the order of the classes, as many files are."""
    whole = worlds.small(rows=3 * max(sizes), test_rows=30, seed=seed)
    rows = np.concatenate([np.flatnonzero(whole.y == k)[:n] for k, n in enumerate(sizes)])
    return _planting.take(whole, rows)


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(HERE)
    monkeypatch.syspath_prepend(str(HERE))


def run(only: tuple[str, ...] = (), data: Competition | None = None, **options: object) -> Audited:
    given = world() if data is None else data
    return audit(given, AuditSettings(permutations=2, **options), only=only)  # type: ignore[arg-type]


LEAKY = {
    "scaler_on_all": "held-out",
    "minmax_on_all": "held-out",
    "selection_before_split": "held-out",
    "oversample_then_split": "held-out",
    "smote_then_split": "held-out",
    "carried_model": "held-out",
    "warm_start": "held-out",
    "target_encoding_on_all": "permuted-labels",
    "pca_on_all": "held-out",
    "imputer_on_all": "held-out",
    "clusters_on_all": "held-out",
    "neighbours_on_all": "permuted-labels",
    "row_order": "row-order",
    "early_stopping_on_held_out": "held-out",
    "best_model_by_held_out": "held-out",
    "blend_tuned_on_held_out": "held-out",
    "prior_of_all": "held-out",
    "cached_by_shape": "held-out",
    "scaler_refitted_on_held_out": "held-out",
    "scaler_refitted_on_test": "test-rows",
    "scaler_on_train_and_test": "test-rows",
}


@pytest.mark.parametrize(("name", "sentinel"), LEAKY.items(), ids=LEAKY)
def test_a_planted_leak_is_seen(name: str, sentinel: str) -> None:
    assert run((sentinel,), function=f"planted:{name}").failed == [sentinel]


@pytest.mark.parametrize(
    "name",
    ["scaled_inside", "selected_inside", "smote_inside", "labels_alone", "with_test_rows"],
)
def test_a_clean_function_raises_no_alarm(name: str) -> None:
    assert run(function=f"planted:{name}").failed == []


def test_a_seed_that_depends_on_the_fold_is_no_leak() -> None:
    told = run(("fresh-model",), function="planted:seeded_by_fold")
    assert (told.failed, told.findings[0].numbers["largest"] > 0) == ([], True)


@pytest.mark.parametrize(
    "options",
    [
        {"model": "logistic"},
        {"model": "prior"},
        {"model": "knn", "balance": "over"},
        {"model": "lda", "reducer": "pca:3", "scaler": "robust"},
        {"model": "logistic", "balance": "smote", "scaler": "quantile", "reducer": "select:3"},
        {"model": "logistic", "balance": "weights", "reducer": "block-means", "scaler": "minmax"},
    ],
    ids=str,
)
def test_a_pipeline_of_the_house_raises_no_alarm(options: dict[str, str]) -> None:
    told = run(**options)
    assert [one.verdict for one in told.findings] == ["passed"] * len(SENTINELS)


def test_nets_trained_side_by_side_round_but_raise_no_alarm() -> None:
    # Folds with other numbers of components stand in other company when rows change.
    told = run(("held-out", "fresh-model"), model="dense", reducer="pca:0.9")
    assert [one.verdict for one in told.findings] == ["passed"] * 2


def test_what_is_kept_in_a_class_is_seen() -> None:
    told = run(("held-out", "fresh-model", "row-id"), estimator="planted:Remembers")
    assert told.failed == ["held-out", "fresh-model", "row-id"]


def test_an_estimator_that_learns_from_what_it_is_asked_is_seen() -> None:
    told = run(("held-out", "test-rows"), estimator="planted:ScalesWhatItIsAsked")
    assert told.failed == ["held-out", "test-rows"]


def test_without_seeds_the_result_is_not_repeatable_but_leaks_can_still_be_looked_for() -> None:
    told = run(("same-bits", "held-out", "fresh-model"), estimator="planted:unseeded_forest")
    assert [one.verdict for one in told.findings] == ["note", "passed", "passed"]
    assert "random_state" in told.findings[0].figure


def test_bits_that_differ_by_themselves_are_not_compared() -> None:
    told = run(("same-bits", "held-out", "fresh-model"), estimator="planted:Fickle")
    assert [one.verdict for one in told.findings] == ["note", "not run", "not run"]


@pytest.mark.parametrize("name", ["default_tree", "unseeded_forest"])
def test_an_honest_estimator_without_a_seed_is_not_accused(name: str) -> None:
    told = run(("same-bits",), estimator=f"planted:{name}")
    assert (told.failed, told.findings[0].verdict) == ([], "note")
    assert "no leak" in told.findings[0].means


def test_a_model_of_the_house_has_to_repeat_its_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.audit._subjects.HouseModel.pipeline", lambda *_: _fickle())
    assert run(("same-bits",), model="logistic").failed == ["same-bits"]


def _fickle() -> Pipeline:
    from planted import Fickle

    return Pipeline([("model", Fickle())])


@pytest.mark.parametrize(
    ("how", "rows"), [({"estimator": "planted:GivesNan"}, 5), ({"function": "planted:nan"}, 140)]
)
def test_probabilities_that_are_nan_are_called_that(how: dict[str, str], rows: int) -> None:
    with pytest.raises(DataError, match=f"NaN probabilities for {rows} of 140 held-out rows"):
        run(("same-bits",), **how)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Leaves", r"ended its process in its run number 1 \(exit code 0\)"),
        ("NeverEnds", "took longer than 1 s in its run number 1"),
        ("SaysGoodbye", "raised SystemExit: 0"),
    ],
)
def test_code_that_ends_python_or_never_comes_back_is_no_pass(name: str, said: str) -> None:
    settings = AuditSettings(estimator=f"planted:{name}")
    with pytest.raises(DataError, match=said) as raised:
        audit_apart(world(), settings, only=("same-bits",), timeout=1)
    assert f"--estimator planted:{name}" in str(raised.value)


def test_a_time_out_is_for_code_of_yours(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["audit", "--model", "lda", "--timeout", "3"])
    assert (ended.value.code, "--timeout" in capsys.readouterr().err) == (2, True)


def test_labels_of_a_few_rows_read_from_elsewhere_are_seen() -> None:
    # Ten classes: a class is rarely met by chance.
    told = run(("permuted-labels",), estimator="planted:ReadsAFewLabels")
    assert told.failed == ["permuted-labels"]
    assert "come from elsewhere" in told.findings[0].figure


@pytest.mark.parametrize("name", ["saturated", "few_answers"])
def test_answers_that_repeat_by_chance_are_no_labels_from_elsewhere(name: str) -> None:
    assert run(("permuted-labels",), estimator=f"planted:{name}").failed == []


def test_the_smallest_leak_that_would_be_seen_is_said_and_falls_with_permutations() -> None:
    data, limits = world(), []
    for permutations in (2, 8):
        settings = AuditSettings(model="logistic", permutations=permutations)
        limits.append(audit(data, settings, only=("permuted-labels", "row-id")).limits)
    assert set(limits[0]) == {"permuted-labels", "row-id"}
    assert 0 < limits[1]["permuted-labels"] < limits[0]["permuted-labels"] < 1


@pytest.mark.parametrize("share", [0.5, 2.0])
def test_a_leak_is_seen_where_the_limit_says(share: float) -> None:
    """Dealt labels that leak for so many times the limit's share of the rows."""
    random = np.random.default_rng(0)
    y, folds = random.integers(0, 5, 4000), np.repeat(np.arange(5), 800)
    shares, units = np.full((4000, 5), 0.2), np.arange(4000)
    blind = random.dirichlet(np.ones(5), 4000)
    accuracy, _, chance = _paired.above_chance([(Judged(y, folds, units, blind), shares)])
    limit = _paired.BEYOND_NOISE * accuracy.error / (1 - chance)
    leaky = blind.copy()
    known = random.permutation(4000)[: int(share * limit * 4000)]
    leaky[known] = np.eye(5)[y[known]]
    accuracy, _, _ = _paired.above_chance([(Judged(y, folds, units, leaky), shares)])
    assert accuracy.beyond_noise is (share > 1)


@pytest.mark.parametrize("name", ["NoProbabilities", "clean_instance", "logistic"])
def test_an_estimator_may_be_a_class_an_instance_or_a_function(name: str) -> None:
    assert run(("same-bits", "held-out"), estimator=f"planted:{name}").failed == []


def test_answers_that_ignore_the_labels_are_kept_ones() -> None:
    told = run(("permuted-labels",), function="planted:ignores_labels")
    assert told.failed == ["permuted-labels"]
    assert "whatever the labels" in told.findings[0].figure


def test_groups_that_a_split_parts_are_seen_by_their_labels_too() -> None:
    # Four parts of each song, nearly alike.
    songs = world(sizes=(40, 40, 40))
    X = np.repeat(songs.X, 4, axis=0)
    X = X + np.random.default_rng(0).normal(scale=0.01, size=X.shape)
    parts = replace(
        songs,
        X=X.astype(np.float32),
        y=np.repeat(songs.y, 4),
        groups=np.repeat(np.arange(120), 4),
        group_names=tuple(map(str, range(120))),
    )
    told = run(("permuted-labels", "groups"), parts, model="knn", split="stratified")
    assert told.failed == ["permuted-labels", "groups"]
    assert run(("permuted-labels", "groups"), parts, model="knn").failed == []


def test_copies_in_the_file_are_seen_when_they_are_worth_something() -> None:
    data = world()
    rows = np.concatenate([np.arange(140), np.arange(70, 140), np.arange(70, 140)])
    told = run(("copies",), _planting.take(data, rows), model="knn")
    assert told.failed == ["copies"]


def test_a_few_copies_are_named_but_are_no_leak() -> None:
    told = run(("copies",), _planting.take(world(), np.r_[0:140, 3, 90]), model="logistic")
    assert told.failed == []
    assert told.findings[0].numbers["copied"] > 0


def test_a_sampler_makes_no_copy_of_a_held_out_row() -> None:
    assert run(("copies",), model="logistic", balance="over").findings[0].numbers["copied"] == 0


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("broken", "KeyError: 'genre'"),
        ("misshapen", r"shape \(3, 3\), not \(140, 3\)"),
        ("endless", "no probabilities"),
    ],
)
def test_a_function_that_cannot_be_used_is_told_why(name: str, said: str) -> None:
    with pytest.raises(DataError, match=said):
        run(function=f"planted:{name}")


@pytest.mark.parametrize("path", ["planted", "no_such_module:x", "planted:nothing", ":x", "x:"])
def test_a_name_that_leads_nowhere_is_a_usage_error(path: str) -> None:
    with pytest.raises(UsageError):
        OwnCode(path, option="--estimator")


def test_something_that_is_no_estimator_is_refused() -> None:
    code = OwnCode("planted:CLASSES", option="--estimator")
    with pytest.raises(UsageError, match="no fit and predict"):
        estimator_of(code.load(), code, seed=0)


def test_a_module_starts_anew_at_every_load(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my_keeper.py").write_text("kept = []\ndef run(X, y, folds): pass\n")
    monkeypatch.chdir(tmp_path)
    code = OwnCode("my_keeper:kept", option="--function")
    code.load().append(1)
    assert code.load() == []


def test_the_command_exits_1_on_a_leak_and_its_json_is_json_whatever_the_user_prints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    worlds.write_small(tmp_path / "data")
    (tmp_path / "chatty.py").write_text(
        "print('loaded')\nfrom planted import scaler_on_all, scaled_inside\n"
        "def run(X, y, folds):\n    print('running')\n    return scaler_on_all(X, y, folds)\n"
    )
    monkeypatch.chdir(tmp_path)
    command = ["audit", "--only", "held-out", "--json", "--function"]
    codes = []
    for name in ("run", "scaled_inside"):
        with pytest.raises(SystemExit) as ended:
            main([*command, f"chatty:{name}"])
        told = json.loads(capsys.readouterr().out)
        codes.append((ended.value.code, told["failed"], told["findings"][0]["verdict"]))
        assert told["limits"] == {}
    assert codes == [(1, ["held-out"], "failed"), (0, [], "passed")]


def test_an_unknown_sentinel_is_answered_with_those_there_are() -> None:
    with pytest.raises(UnknownNameError, match="held-out"):
        run(("held",), model="logistic")


@given(seed=st.integers(0, 10_000), folds=st.integers(2, 6))
@settings(max_examples=30, deadline=None)
def test_labels_dealt_anew_keep_every_folds_counts(seed: int, folds: int) -> None:
    data = world()
    random = np.random.default_rng(seed)
    fold = random.integers(-2, folds, size=len(data.y))
    dealt, units = _planting.relabelled(data, fold, random)
    for number in np.unique(fold):
        own = fold == number
        assert np.array_equal(np.bincount(dealt.y[own], minlength=3),
                              np.bincount(data.y[own], minlength=3))  # fmt: skip
    assert np.array_equal(units, np.arange(len(data.y)))


@given(seed=st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_a_group_is_dealt_one_label(seed: int) -> None:
    random = np.random.default_rng(seed)
    data = world()
    groups = data.y * 10 + random.integers(0, 10, size=len(data.y))
    data = replace(data, groups=groups)
    dealt, units = _planting.relabelled(data, groups % 4, random)
    for unit in np.unique(units):
        assert len(np.unique(dealt.y[units == unit])) == 1
    shares = _planting.chances(dealt.y, groups % 4, units, 3)
    assert shares.sum(axis=1) == pytest.approx(1)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_held_out_changes_touch_nothing_else_and_empty_no_class(seed: int) -> None:
    random = np.random.default_rng(seed)
    data = world(seed % 5)
    fold = random.integers(0, 4, size=len(data.y))
    changed, probes = _planting.held_out_changed(data, fold, 2, random)
    others = fold != 2
    assert np.array_equal(changed.X[others], data.X[others])
    assert np.array_equal(changed.y[others], data.y[others])
    assert np.array_equal(changed.X[probes], data.X[probes])
    assert set(changed.y[~others]) >= set(data.y[~others])
    assert (changed.y[~others] != data.y[~others]).mean() > 0.3
    assert np.isfinite(changed.X).all()


def test_changed_rows_keep_their_gaps_and_their_vocabulary() -> None:
    data = world()
    X = data.X.copy()
    X[::3, 0] = np.nan
    X[:, 1] = np.arange(len(X)) % 2
    data = replace(data, X=X, text={1: ("a", "b")})
    new = _planting.other_rows(X, np.arange(30), data, np.random.default_rng(0))
    assert np.array_equal(np.isnan(new), np.isnan(X[:30]))
    assert set(new[:, 1]) <= {0.0, 1.0}


def test_a_sample_keeps_groups_whole_and_every_class() -> None:
    data = worlds.small(rows=900)
    data = replace(data, groups=np.arange(900) // 3 * 3 + data.y)
    part = _planting.sample(data, 200, fewest=10, seed=0)
    assert 150 < len(part.y) < 350
    assert set(part.y) == {0, 1, 2}
    whole = np.bincount(data.groups, minlength=1000)
    kept = np.bincount(part.groups, minlength=1000)
    assert np.array_equal(kept[kept > 0], whole[kept > 0])


def test_groups_on_both_sides_are_counted_left_out_rows_are_not() -> None:
    data = replace(world(), groups=np.arange(140) // 2)
    fold = np.zeros(140, dtype=np.int64)
    fold[[1, 3]], fold[5] = ALWAYS_TRAINS, LEFT_OUT
    assert list(_planting.parted_groups(data, fold)) == [0, 1]


def test_chance_is_met_by_whoever_knows_nothing_and_beaten_by_who_knows() -> None:
    random = np.random.default_rng(0)
    y, folds = random.integers(0, 3, 3000), np.repeat(np.arange(5), 600)
    shares = np.tile(np.bincount(y) / len(y), (len(y), 1))
    blind = random.dirichlet(np.ones(3), len(y))
    units = np.arange(len(y))
    accuracy, probability, _ = _paired.above_chance([(Judged(y, folds, units, blind), shares)])
    assert not accuracy.beyond_noise
    assert not probability.beyond_noise
    seeing = 0.8 * blind + 0.2 * np.eye(3)[y]
    accuracy, probability, _ = _paired.above_chance([(Judged(y, folds, units, seeing), shares)])
    assert accuracy.beyond_noise
    assert probability.beyond_noise


def test_rows_of_one_group_count_as_one_observation() -> None:
    rows = np.repeat(np.random.default_rng(0).normal(size=50), 20)
    alone = _paired.difference(rows, np.zeros(1000))
    together = _paired.difference(rows, np.zeros(1000), np.repeat(np.arange(50), 20))
    assert together.error > 4 * alone.error
