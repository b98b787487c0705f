"""The five systems as data: every name in them means something, every setting can be taken."""

from __future__ import annotations

import re

import pytest

from harness.audio import SETS
from harness.audio.sets import librosa57, s0
from harness.reproduce import _settings
from harness.systems._outcome import CURVES
from harness.systems._system import SYSTEMS, System
from harness.systems._twins import TWINS
from harness.zoo import _members

MEASURES = {"accuracy", "loss", "parameters", *CURVES.values()}
MEASURES |= {"leaderboard accuracy", "leaderboard logloss"}


@pytest.fixture(params=SYSTEMS.names())
def system(request: pytest.FixtureRequest) -> System:
    found: System = SYSTEMS.load(request.param).SYSTEM
    return found


def test_there_are_the_five_reports() -> None:
    assert SYSTEMS.names() == ("s0", "s1", "s2", "s3", "s4")


@pytest.mark.parametrize("name", SYSTEMS.names())
def test_a_summary_is_a_sentence(name: str) -> None:
    assert SYSTEMS.summary(name).endswith(".")


def test_figures_are_of_runs_and_of_measures_that_there_are(system: System) -> None:
    runs = {run.name for run in system.runs} | ({""} if len(system.runs) == 1 else set())
    for figure in system.figures:
        assert figure.run in runs
        assert figure.measure in MEASURES or re.fullmatch(r"fold \d+ accuracy", figure.measure)


def test_every_run_has_a_figure_of_its_report(system: System) -> None:
    told = {figure.run or system.runs[0].name for figure in system.figures}
    assert told == {run.name for run in system.runs}


@pytest.mark.parametrize("effort", ["small", "full"])
@pytest.mark.parametrize("brought", [None, "imagenet"])
def test_every_setting_can_be_taken(system: System, effort, brought: str | None) -> None:
    for run in system.runs:
        settings = _settings(run, effort, brought)
        assert _members.make(run.model, settings, seed=0) is not None


def test_full_effort_is_the_preset_and_what_the_run_always_sets(system: System) -> None:
    for run in system.runs:
        preset = _members.presets(run.model)[run.preset]
        assert _settings(run, "full", "imagenet") == {**preset, **run.settings}


def test_rows_are_those_that_runs_learn_from_and_features_there_are(system: System) -> None:
    used = {run.rows for run in system.runs} | ({system.explored} - {""})
    assert {rows.name for rows in system.rows} == used
    for rows in system.rows:
        assert set(rows.features) <= set(SETS.names())
        assert {*rows.settings, *rows.small} <= set(rows.features)


def test_twins_are_known(system: System) -> None:
    assert system.twin in {"", *TWINS}


@pytest.mark.parametrize("table", [s0, librosa57])
def test_s0_finds_its_26_columns_in_other_tables(table) -> None:
    pattern = SYSTEMS.load("s0").SYSTEM.rows[0].columns
    columns = table.make().columns
    assert sum(bool(re.fullmatch(pattern, column)) for column in columns) == 26
