"""The leaky originals: each does what its report did, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from worlds import small

from harness.competition import Competition
from harness.evaluate import metrics
from harness.fit import fit
from harness.plans import FitSettings, Plan, plan
from harness.report.confusion import Confusion
from harness.systems._twins import by_chance, carried_twin, notebook_twin

TOY = {"hidden": (16,), "epochs": 3}


def _plan(competition: Competition, **settings) -> Plan:
    parameters = {**TOY, **settings.pop("parameters", {})}
    return plan(
        competition,
        FitSettings("dense", parameters, seed=1, calibrate=False, **{"cv": 4, **settings}),
    )


@pytest.fixture(scope="module")
def ready() -> Plan:
    return _plan(small(rows=80))


@pytest.fixture(scope="module")
def carried(ready: Plan):
    return carried_twin(ready, Path(), 0)


@pytest.fixture(scope="module")
def notebook(tmp_path_factory: pytest.TempPathFactory):
    ready = _plan(small(rows=100), parameters={"watch": 0.2})
    return notebook_twin(ready, tmp_path_factory.mktemp("as-reported"), 0)


def test_the_first_fold_has_nothing_carried_to_it_yet(carried, ready, tmp_path: Path) -> None:
    honest = fit(ready, tmp_path).receipt["folds"][0]["scores"]
    assert carried.folds[0][0] == pytest.approx(honest["logloss"], abs=1e-4)


def test_a_net_that_is_carried_over_knows_the_rows_it_is_judged_on(carried, ready, tmp_path):
    honest = fit(ready, tmp_path).receipt["folds"]
    assert carried.folds[-1][0] < honest[-1]["scores"]["logloss"]


def test_each_row_is_judged_once(carried, ready) -> None:
    assert carried.confusion.rows == len(ready.competition.y)


def test_the_accuracy_file_has_the_reports_header(notebook) -> None:
    lines = notebook.files[0].read_text(encoding="utf-8").splitlines()
    assert lines[0] == "# Sample_id,Sample_label"


def test_probabilities_are_cut_to_four_decimals(notebook) -> None:
    lines = notebook.files[1].read_text(encoding="utf-8").splitlines()
    cells = [cell for line in lines[1:] for cell in line.split(",")[1:]]
    assert {len(cell.partition(".")[2]) for cell in cells} == {4}


def test_the_grader_is_heard(notebook) -> None:
    assert "refused" in notebook.notes[0]


def test_the_confusion_matrix_has_as_many_rows_as_validation_rows(notebook) -> None:
    assert notebook.confusion.rows == 20


def test_test_rows_are_scaled_by_themselves(tmp_path: Path) -> None:
    """Moved as a whole they get the same answers: their own mean goes."""
    competition = small(rows=100)
    assert competition.X_test is not None
    moved = replace(competition, X_test=competition.X_test + np.float32(1000))
    files = [
        notebook_twin(_plan(one), tmp_path / str(k), 0).files[1].read_text(encoding="utf-8")
        for k, one in enumerate((competition, moved))
    ]
    values = [np.loadtxt(text.splitlines(), delimiter=",", skiprows=1) for text in files]
    np.testing.assert_allclose(*values, atol=0.01)


def test_without_test_rows_it_says_what_cannot_be_shown(tmp_path: Path) -> None:
    competition = replace(small(rows=100), X_test=None, test_ids=())
    twin = notebook_twin(_plan(competition), tmp_path, 0)
    assert "no test rows" in twin.notes[0]
    assert not twin.files


def test_chance_is_what_independent_answers_hit() -> None:
    rng = np.random.default_rng(0)
    y, answers = rng.integers(0, 3, (2, 30_000))
    answers[: len(answers) // 2] = 0
    counts = np.bincount(y * 3 + answers, minlength=9).reshape(3, 3)
    hit = metrics.score("accuracy", y, np.eye(3)[answers])
    assert by_chance(Confusion(counts)) == pytest.approx(hit, abs=0.01)
