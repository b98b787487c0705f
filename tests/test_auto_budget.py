"""`auto` against the clock: nobody keeps the others from their turn, and what is left out is said.

The clock is made up: a row's fold takes as long as the test says, and time goes by as fits do.
"""

from __future__ import annotations

import json
import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from worlds import small

from harness import _auto, _auto_budget, workers
from harness import auto as job
from harness.auto import AutoSettings, auto, spent_before
from harness.competition import Competition
from harness.entries import Entry
from harness.plans import FitSettings
from harness.portfolio import EFFORTS, Effort, Row
from harness.workers import Done

COMPETITION = small(rows=90, test_rows=30)
FOLDS = 3
ROWS = {
    "lda": Row("lda"),
    "slow": Row("knn"),
    "bayes": Row("naive-bayes"),
    "logistic": Row("logistic"),
    "near": Row("qda", after="slow"),
}


class Timed:
    """Two processes, and a clock that goes on as they fit."""

    def __init__(self, competition: Competition, folder: Path) -> None:
        self.competition, self.folder = competition, folder
        self.now = 0.0
        self.begun: list[tuple[str, int]] = []
        # Seconds that a fold of a row takes; those of a row that was begun before are kept.
        self.cost: dict[str, float] = {}
        self.kept: dict[Any, int] = {}
        self.waiting: list[tuple[float, Any, FitSettings, Done]] = []

    under_way: dict[Any, tuple[int, int]] = {}  # noqa: RUF012

    def submit(self, key: Any, settings: FitSettings, until: float) -> None:
        self.begun.append(key)
        cost, kept = self.cost.get(key[0], 1.0), self.kept.get(key, 0)
        end = self.now + cost * (FOLDS - kept)
        if end <= until:
            self.waiting.append((end, key, settings, Done(None)))
            return
        done = int((until - self.now) / cost)
        self.kept[key] = kept + done
        late = Done(
            None,
            late=True,
            folds=kept + done,
            of=FOLDS,
            seconds=until - self.now,
            per_fold=cost if done else 0.0,
        )
        self.waiting.append((until, key, settings, late))

    def finished(self) -> Iterator[tuple[Any, Done]]:
        while self.waiting:
            self.waiting.sort(key=lambda one: one[0])
            self.now, key, settings, done = self.waiting.pop(0)
            if not done.late:
                workers._state.update(competition=self.competition, folder=self.folder)
                done = workers._cross_validate(settings)
            yield key, done


@pytest.fixture
def timed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Timed:
    clock = Timed(COMPETITION, tmp_path)

    @contextmanager
    def working(competition: Competition, folder: Path, count: int) -> Iterator[Timed]:
        yield clock

    watch = SimpleNamespace(monotonic=lambda: clock.now)
    monkeypatch.setattr(job, "working", working)
    monkeypatch.setattr(_auto, "time", watch)
    monkeypatch.setattr(_auto_budget, "time", watch)
    monkeypatch.setattr(_auto_budget, "cores", lambda: 2)
    monkeypatch.setattr(_auto_budget, "LEAST_SECONDS", 1.0)
    monkeypatch.setattr(_auto, "PORTFOLIO", ROWS)
    monkeypatch.setenv("HARNESS_CORES", "1")  # as in a process of its own
    monkeypatch.setitem(EFFORTS, "large", Effort(5, FOLDS, 3, thorough=True))
    monkeypatch.setattr(
        _auto.Run, "seconds_of", lambda run, name: FOLDS * clock.cost.get(name, 1.0)
    )
    return clock


def run(timed: Timed, budget: float) -> Entry:
    return auto(COMPETITION, AutoSettings(budget=budget), timed.folder, began=0.0)


def members(entry: Entry) -> dict[str, int]:
    """The members of a blend, and how many repeats each has."""
    return {one["name"]: one["repeats"] for one in entry.receipt["blend"]["members"]}


def test_with_time_for_all_all_are_tried_and_repeated(timed: Timed) -> None:
    entry = run(timed, 1000.0)
    assert set(members(entry)) == set(ROWS) - set(entry.receipt["untried"])
    assert max(members(entry).values()) == 3
    assert set(entry.receipt["untried"]) <= {"near"}


def test_a_slow_row_keeps_no_other_from_its_turn(timed: Timed) -> None:
    timed.cost["slow"] = 1000.0
    entry = run(timed, 100.0)
    assert set(members(entry)) == {"lda", "bayes", "logistic"}
    assert "0 of 3 folds" in entry.receipt["untried"]["slow"]
    assert entry.receipt["untried"]["near"] == "slow, which comes before it, wasn't finished"


def test_a_row_that_was_given_up_is_finished_in_the_time_that_is_left(timed: Timed) -> None:
    timed.cost["slow"] = 20.0  # too long for its turn, not for all
    assert "slow" in members(run(timed, 100.0))
    assert [name for name, repeat in timed.begun if not repeat].count("slow") == 2


def test_a_row_that_cant_finish_isnt_begun_again_and_its_folds_say_why(timed: Timed) -> None:
    timed.cost["slow"] = 30.0
    entry = run(timed, 100.0)
    assert "slow" not in members(entry)
    assert "1 of 3 folds" in entry.receipt["untried"]["slow"]
    assert [name for name, _ in timed.begun].count("slow") == 1


def test_repeats_that_cant_finish_arent_begun(timed: Timed) -> None:
    timed.cost = dict.fromkeys(ROWS, 9.0)
    entry = run(timed, 100.0)
    assert set(members(entry).values()) == {1}
    assert entry.receipt["unfinished"] == {}
    assert all(repeat == 0 for _, repeat in timed.begun)


def test_a_repeat_that_takes_longer_than_the_first_did_is_told(
    timed: Timed, monkeypatch: pytest.MonkeyPatch
) -> None:
    timed.cost = dict.fromkeys(ROWS, 9.0)
    monkeypatch.setattr(_auto.Run, "seconds_of", lambda run, name: 1.0)
    assert any("of 3 folds" in how for how in run(timed, 100.0).receipt["unfinished"].values())


def test_a_budget_that_is_over_at_once_still_gives_one_member(timed: Timed) -> None:
    timed.cost = dict.fromkeys(ROWS, 50.0)
    entry = run(timed, 1.0)
    assert list(members(entry)) == ["lda"]
    assert "budget was over" in entry.receipt["stopped"]
    assert set(entry.receipt["untried"]) == set(ROWS) - {"lda"}


def test_the_time_of_a_killed_run_counts(timed: Timed, tmp_path: Path) -> None:
    """All its whole rows are there at once, and nothing is begun that there is no time for."""

    class Killed(BaseException):
        pass

    heard: list[str] = []

    def kill(step: Any) -> None:
        heard.append(step.name)
        if len(heard) == 3:
            raise Killed

    settings = AutoSettings(budget=100.0)
    with pytest.raises(Killed):
        auto(COMPETITION, settings, tmp_path, began=0.0, on_step=kill)
    assert spent_before(COMPETITION, settings, tmp_path) == 0.0  # not long enough to be noted
    work = next(tmp_path.glob(".work-auto-*"))
    (work / "clock.json").write_text(json.dumps({"seconds": 99.0, "cpu_seconds": 7.0}))
    assert spent_before(COMPETITION, settings, tmp_path) == 99.0
    timed.now, timed.waiting, timed.begun = 0.0, [], []
    entry = auto(COMPETITION, settings, tmp_path, began=0.0)
    assert timed.begun == []
    assert set(members(entry)) >= set(heard)
    assert entry.receipt["cpu_seconds"] > 7.0
    assert [path.name for path in tmp_path.iterdir()] == [entry.name]


@pytest.mark.parametrize(("rows", "folds"), [(900, 8), (9000, 5)])
def test_of_many_rows_a_budget_takes_fewer_folds(rows: int, folds: int) -> None:
    run = _auto.Run(small(rows=rows), AutoSettings(budget=60.0), 0.0, lambda step: None)
    assert int(run.folds.max()) + 1 == folds


def test_a_process_whose_time_is_over_is_ended_and_another_one_goes_on(tmp_path: Path) -> None:
    """With real processes: nobody waits for what will not be in time."""
    settings = FitSettings("lda", cv=FOLDS, final="bag")
    with workers.working(COMPETITION, tmp_path, 1) as pool:
        pool.submit("late", settings, until=time.monotonic())
        pool.submit("next", settings)
        came = dict(pool.finished())
        assert pool.under_way == {}
    assert came["late"].late
    assert came["late"].path is None
    assert came["next"].path is not None
    assert not came["next"].late
    assert not [one for one in multiprocessing.active_children() if one.is_alive()]
