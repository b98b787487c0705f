"""`harness reproduce` as a user runs it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from standins import Run
from systems.toys import toy

from harness.systems._system import SYSTEMS


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SYSTEMS.load("s1"), "SYSTEM", replace(toy("s1"), explored=""))


def test_without_a_name_it_lists_the_systems(run: Run) -> None:
    code, out, _ = run("reproduce")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == list(SYSTEMS.names())


def test_an_unknown_system_is_a_usage_error(run: Run) -> None:
    code, _, err = run("reproduce", "s9")
    assert code == 2
    assert "did you mean" in err


@pytest.mark.usefixtures("small")
def test_figures_stand_beside_ours_json_is_alone_and_report_goes_on_from_there(run: Run) -> None:
    code, out, err = run("reproduce", "s1", "--out", "it")
    assert code == 0
    assert "the report" in out
    assert "as the report did it" in out
    assert "dense: Fold 1 - Loss" in out
    assert "it/reproduce.md" in out
    assert "s1: fitting dense" in err

    code, out, _ = run("reproduce", "s1", "--out", "it", "--json")
    assert code == 0
    assert json.loads(out)["system"] == "s1"
    code, out, _ = run("report", "--entry", "dense", "--submissions", "it/submissions")
    assert code == 0
    assert out.startswith("dense: out-of-fold")
