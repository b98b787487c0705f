"""The job `auto`: a portfolio becomes one entry, repeatable by effort, stoppable at any moment."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from worlds import small

from harness import _auto, entries, workers
from harness import auto as job
from harness.auto import AutoSettings, Step, auto
from harness.competition import Competition
from harness.entries import Entry
from harness.errors import DataError, UnknownNameError
from harness.evaluate import metrics
from harness.plans import FitSettings
from harness.portfolio import EFFORTS, PORTFOLIO, Effort, Row, suited
from harness.workers import Done, Workers
from harness.zoo import _members

COMPETITION = small(rows=240, test_rows=90)
ROWS = {
    "lda": Row("lda"),
    "broken": Row("knn", parameters={"neighbours": 5}),
    "knn": Row("knn"),
}
SHORT = Effort(members=3, folds=4, repeats=2, thorough=True)


class Inline:
    """Workers without processes: each fit runs when its outcome is asked for."""

    def __init__(self, competition: Competition, folder: Path) -> None:
        self.competition, self.folder = competition, folder
        self.waiting: dict[Any, FitSettings] = {}

    under_way: ClassVar[dict[Any, tuple[int, int]]] = {}

    def submit(self, name: Any, settings: FitSettings, until: float = 0.0) -> None:
        self.waiting[name] = settings

    def finished(self, until: float = 0.0) -> Iterator[tuple[Any, Done]]:
        while self.waiting:
            name = next(iter(self.waiting))
            settings = self.waiting.pop(name)
            workers._state.update(competition=self.competition, folder=self.folder)
            yield name, workers._cross_validate(settings)

    def forget(self) -> None:
        self.waiting.clear()


@contextmanager
def inline(competition: Competition, folder: Path, count: int) -> Iterator[Inline]:
    yield Inline(competition, folder)


@pytest.fixture
def quick(short: pytest.MonkeyPatch, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without processes: for what has nothing to do with them."""
    monkeypatch.setattr(job, "working", inline)


@pytest.fixture(scope="module")
def short() -> Iterator[pytest.MonkeyPatch]:
    """Three rows, one of which can't be fitted; two repeats of four folds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_auto, "PORTFOLIO", ROWS)
        patch.setitem(EFFORTS, "small", SHORT)
        yield patch


@pytest.fixture(scope="module")
def run(
    tmp_path_factory: pytest.TempPathFactory, short: pytest.MonkeyPatch
) -> tuple[Entry, list[Step]]:
    steps: list[Step] = []
    folder = tmp_path_factory.mktemp("auto")
    return auto(COMPETITION, AutoSettings(effort="small"), folder, on_step=steps.append), steps


def test_the_entry_is_one_like_any_other(run: tuple[Entry, list[Step]]) -> None:
    again = entries.read(run[0].path)
    again.check(COMPETITION)
    assert again.name == "auto-001"
    assert again.test is not None
    np.testing.assert_allclose(again.test.sum(axis=1), 1)


def test_it_is_better_than_the_prior(run: tuple[Entry, list[Step]]) -> None:
    receipt = run[0].receipt
    assert receipt["scores"]["logloss"] < receipt["prior_scores"]["logloss"] - 0.1


def test_out_of_fold_rows_are_means_over_the_repeats(run: tuple[Entry, list[Step]]) -> None:
    entry = run[0]
    assert entry.receipt["split"]["repeats"] == 2
    assert len(entry.oof) == 240
    for member in entry.receipt["blend"]["members"]:
        assert (member["repeats"], member["models"]) == (2, 8)


def test_a_row_that_cant_be_fitted_is_left_out_with_its_reason(
    run: tuple[Entry, list[Step]],
) -> None:
    entry, steps = run
    assert "neighbours" in entry.receipt["skipped"]["broken"]
    assert [step.name for step in steps if step.problem] == ["broken"]


def test_steps_come_in_the_portfolios_order(run: tuple[Entry, list[Step]]) -> None:
    assert [(step.name, step.repeat) for step in run[1]] == [
        ("lda", 0),
        ("broken", 0),
        ("knn", 0),
        ("lda", 1),
        ("knn", 1),
    ]


def test_the_models_with_weight_are_kept_with_the_weights(run: tuple[Entry, list[Step]]) -> None:
    models = run[0].path / "models"
    kept = json.loads((models / "blend.json").read_text())
    for name, weight in zip(kept["members"], kept["weights"], strict=True):
        assert (models / name / "repeat-2" / "fold-4").is_dir() == (weight > 0)


def test_nothing_unfinished_is_left_behind(run: tuple[Entry, list[Step]]) -> None:
    assert [path.name for path in run[0].path.parent.iterdir()] == ["auto-001"]


def test_what_averaging_brings_is_measured_not_assumed(run: tuple[Entry, list[Step]]) -> None:
    expected = run[0].receipt["expected"]["logloss"]
    assert expected["gain"] <= 0
    assert expected["score"] == pytest.approx(
        run[0].receipt["scores"]["logloss"] + expected["gain"]
    )


def test_the_same_seed_and_effort_give_the_same_bytes(
    run: tuple[Entry, list[Step]], tmp_path: Path, quick: None
) -> None:
    again = auto(COMPETITION, AutoSettings(effort="small"), tmp_path)
    assert again.receipt["repeatable"]
    for name in ("oof.npy", "test.npy"):
        assert (again.path / name).read_bytes() == (run[0].path / name).read_bytes()


def test_what_a_killed_run_had_finished_is_taken_from_there(
    run: tuple[Entry, list[Step]], tmp_path: Path, quick: None
) -> None:
    """Ended after the first row, as by a kill; the second run finds that row's folds."""

    class Killed(Exception):
        pass

    def kill(step: Step) -> None:
        raise Killed

    with pytest.raises(Killed):
        auto(COMPETITION, AutoSettings(effort="small"), tmp_path, on_step=kill)
    left = [path for path in tmp_path.glob(".work-*") if len(list(path.glob("fold-*"))) == 4]
    assert left
    made = {path: path.stat().st_mtime_ns for path in left[0].glob("fold-*")}
    seen: list[dict[Path, int]] = []

    def look(step: Step) -> None:
        seen.append({path: path.stat().st_mtime_ns for path in made if path.exists()})

    again = auto(COMPETITION, AutoSettings(effort="small"), tmp_path, on_step=look)
    assert seen[0] == made
    assert (again.path / "oof.npy").read_bytes() == (run[0].path / "oof.npy").read_bytes()


def test_killed_before_it_removed_its_folds_it_has_one_entry(
    tmp_path: Path, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def killed(self: _auto.Run, folder: Path) -> None:
        raise Killed

    monkeypatch.setenv("HARNESS_CORES", "1")  # as in a process of its own
    with monkeypatch.context() as patch:
        patch.setattr(_auto.Run, "clean", killed)
        with pytest.raises(Killed):
            auto(COMPETITION, AutoSettings(effort="small"), tmp_path)
    phases: list[str] = []
    again = auto(COMPETITION, AutoSettings(effort="small"), tmp_path, on_phase=phases.append)
    assert phases == ["auto-001 was written by an earlier run"]
    assert [path.name for path in tmp_path.iterdir()] == ["auto-001"] == [again.name]


def test_stopped_by_hand_it_keeps_the_best_so_far(
    tmp_path: Path, short: pytest.MonkeyPatch
) -> None:
    def stop(step: Step) -> None:
        raise KeyboardInterrupt

    entry = auto(COMPETITION, AutoSettings(effort="small"), tmp_path, on_step=stop)
    assert entry.receipt["interrupted"]
    assert not entry.receipt["repeatable"]
    assert [one["name"] for one in entry.receipt["blend"]["members"]] == ["lda"]


def test_stopped_before_anything_is_there_it_leaves_no_entry(
    tmp_path: Path, short: pytest.MonkeyPatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*given: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Workers, "submit", stop)
    with pytest.raises(KeyboardInterrupt):
        auto(COMPETITION, AutoSettings(effort="small"), tmp_path)
    assert not list(tmp_path.glob("auto*"))


def test_a_budget_says_that_it_cant_be_repeated(tmp_path: Path, quick: None) -> None:
    entry = auto(COMPETITION, AutoSettings(budget=120.0), tmp_path)
    assert not entry.receipt["repeatable"]
    assert entry.receipt["split"]["folds"] == EFFORTS["large"].folds


def test_no_row_that_can_be_fitted_is_an_error_that_says_why(
    tmp_path: Path, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "_cross_validate", lambda settings: Done(None, "too few rows"))
    with pytest.raises(DataError, match=r"lda: too few rows; broken: too few rows"):
        auto(COMPETITION, AutoSettings(effort="small"), tmp_path)


def test_an_unknown_effort_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="medium"):
        auto(COMPETITION, AutoSettings(effort="huge"), tmp_path)


@pytest.mark.parametrize("name", PORTFOLIO)
def test_every_row_of_the_portfolio_can_be_made(name: str) -> None:
    row = PORTFOLIO[name]
    assert _members.make(row.model, dict(row.parameters), seed=0) is not None


RELATIVES = {
    "lda": Row("lda", again=False),
    "nb": Row("naive-bayes"),
    "near": Row("knn", after="nb"),
    "logistic": Row("logistic", after="lda"),
}


@pytest.fixture
def relatives(monkeypatch: pytest.MonkeyPatch) -> None:
    """`nb` carries less than nearly all, `lda`, heard alone, all."""
    monkeypatch.setattr(job, "working", inline)
    monkeypatch.setattr(_auto, "PORTFOLIO", RELATIVES)
    monkeypatch.setattr(_auto, "LEAST_OF_RELATIVES", 0.99)
    monkeypatch.setitem(EFFORTS, "small", Effort(members=4, folds=4, repeats=2))


def test_relatives_of_a_member_without_weight_arent_tried(tmp_path: Path, relatives: None) -> None:
    entry = auto(COMPETITION, AutoSettings(effort="small"), tmp_path)
    assert list(entry.receipt["untried"]) == ["near"]
    assert "nb carries" in entry.receipt["untried"]["near"]
    assert "logistic" in {member["name"] for member in entry.receipt["blend"]["members"]}


def test_a_member_that_gains_nothing_by_it_isnt_repeated(tmp_path: Path, relatives: None) -> None:
    entry = auto(COMPETITION, AutoSettings(effort="small"), tmp_path)
    repeats = {member["name"]: member["repeats"] for member in entry.receipt["blend"]["members"]}
    assert repeats["lda"] == 1
    assert repeats["logistic"] == 2


def test_a_thorough_effort_repeats_all(
    tmp_path: Path, relatives: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    thorough = Effort(members=4, folds=4, repeats=2, thorough=True)
    monkeypatch.setitem(EFFORTS, "small", thorough)
    entry = auto(COMPETITION, AutoSettings(effort="small"), tmp_path)
    assert {m["repeats"] for m in entry.receipt["blend"]["members"] if m["share"]} == {2}


@pytest.mark.parametrize("name", [name for name, row in PORTFOLIO.items() if row.after])
def test_a_relative_stands_before_the_row_that_waits_for_it(name: str) -> None:
    order = list(PORTFOLIO)
    assert order.index(str(PORTFOLIO[name].after)) < order.index(name)


def test_groups_are_kept_whole(tmp_path: Path, quick: None) -> None:
    groups = (np.arange(240) // 6).astype(np.int64)
    y = COMPETITION.y[np.argsort(COMPETITION.y, kind="stable")]
    X = COMPETITION.X[np.argsort(COMPETITION.y, kind="stable")]
    names = tuple(map(str, range(40)))
    competition = replace(COMPETITION, X=X, y=y, groups=groups, group_names=names)
    entry = auto(competition, AutoSettings(effort="small"), tmp_path)
    assert "group" in entry.receipt["split"]["kind"]
    for group in range(40):
        assert len(np.unique(entry.folds[groups[entry.rows] == group])) == 1
    assert metrics.score("accuracy", entry.y, entry.oof) > 0.4


def test_many_rows_get_fewer_folds_unless_the_effort_is_thorough() -> None:
    assert EFFORTS["medium"].folds_of(900) == 8
    assert EFFORTS["medium"].folds_of(9000) == 5
    assert EFFORTS["large"].folds_of(9000) == 8


@pytest.mark.parametrize("rows", [1, 3])
def test_a_class_of_few_rows_takes_no_folds_from_the_others(
    tmp_path: Path, quick: None, rows: int
) -> None:
    few = np.flatnonzero(COMPETITION.y == 2)[rows:]
    keep = np.setdiff1d(np.arange(len(COMPETITION.y)), few)
    competition = replace(COMPETITION, X=COMPETITION.X[keep], y=COMPETITION.y[keep])
    entry = auto(competition, AutoSettings(effort="small"), tmp_path)
    wanted = EFFORTS["small"].folds
    assert entry.receipt["split"]["folds"] == wanted
    (note,) = entry.receipt["notes"]
    assert f": fewer than the {wanted} folds" in note
    assert np.isfinite(entry.oof).all()


def test_members_that_bring_too_little_end_the_search(
    tmp_path: Path, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same member again and again: nothing is gained, and the rest isn't tried."""
    rows = {f"lda-{i}": Row("lda") for i in range(6)}
    monkeypatch.setattr(_auto, "PORTFOLIO", rows)
    monkeypatch.setitem(EFFORTS, "small", Effort(members=6, folds=3, repeats=1))
    entry = auto(COMPETITION, AutoSettings(effort="small"), tmp_path)
    assert len(entry.receipt["blend"]["members"]) == 3
    assert "brought too little" in entry.receipt["stopped"]


def test_members_that_were_under_way_at_the_end_leave_nothing(
    tmp_path: Path, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A member's first folds lie there when the search ends without it."""
    rows = {f"lda-{i}": Row("lda", parameters={"shrinkage": 0.1 + i / 10}) for i in range(6)}
    monkeypatch.setattr(_auto, "PORTFOLIO", rows)
    monkeypatch.setattr(_auto, "cores", lambda: 6)
    monkeypatch.setenv("HARNESS_CORES", "1")  # as in a process of its own
    monkeypatch.setitem(EFFORTS, "small", Effort(members=6, folds=3, repeats=1, gain=1.0))

    class Ahead(Inline):
        """Has all done that is asked for, as processes of their own would."""

        def finished(self, until: float = 0.0) -> Iterator[tuple[Any, Done]]:
            yield from list(super().finished(until))

    @contextmanager
    def ahead(competition: Competition, folder: Path, count: int) -> Iterator[Ahead]:
        yield Ahead(competition, folder)

    monkeypatch.setattr(job, "working", ahead)
    entry = auto(COMPETITION, AutoSettings(effort="small"), tmp_path)
    assert len(entry.receipt["blend"]["members"]) < 6
    assert [path.name for path in tmp_path.iterdir()] == ["auto-001"]


def test_the_next_minute_promises_no_more_than_there_is() -> None:
    run = _auto.Run(COMPETITION, AutoSettings(effort="medium"), 0.0, lambda step: None)
    run.scores = [(0.0, 0.9), (2.0, 0.7)]
    assert run._next_minute() == 0.0
    run.scores = [(0.0, 9.0), (11.0, 0.7)]
    assert run._next_minute() == pytest.approx(0.35)


def of_kind(*, rows: int, text: bool = False) -> Competition:
    """A competition of two classes, of which only the kind is looked at."""
    columns = {0: ("a", "b")} if text else {}
    empty = np.zeros((rows, 1), dtype=np.float32)
    y = np.arange(rows) % 2
    kind = {"name": "kind", "root": Path(), "classes": ("a", "b"), "class_names": ("a", "b")}
    given = {"columns": ("one",), "X": empty, "y": y, "X_test": None, "test_ids": ()}
    return Competition(**kind, **given, fingerprint="", text=columns)


@pytest.mark.parametrize("kind", [{"rows": 100, "text": True}, {"rows": 5001}])
def test_on_tables_trees_come_first_and_kernels_are_left_out(kind: dict[str, Any]) -> None:
    names = list(suited(PORTFOLIO, of_kind(**kind)))
    assert names[:2] == ["lightgbm", "tabm-quantile"]
    assert not {PORTFOLIO[name].model for name in names} & {"svm", "knn", "lda", "qda"}


def test_small_matrices_of_numbers_get_the_whole_portfolio_in_its_order() -> None:
    assert list(suited(PORTFOLIO, of_kind(rows=1000))) == list(PORTFOLIO)


def test_a_portfolio_of_nothing_else_is_left_as_it_is() -> None:
    rows = {"svm": Row("svm")}
    assert suited(rows, of_kind(rows=100, text=True)) == rows
