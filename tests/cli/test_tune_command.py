"""`harness tune` on the command line."""

from __future__ import annotations

import json

import pytest
from standins import Run

from harness import entries
from harness.competition import Competition

TUNE = ("tune", "--model", "logistic", "--cv", "3")


@pytest.fixture(autouse=True)
def _data(world: Competition) -> None:
    """The small competition in ./data."""


def test_results_go_to_stdout_and_each_trial_to_stderr(run: Run) -> None:
    code, out, err = run(*TUNE, "--trials", "4")
    assert code == 0
    assert [line.split(":")[0] for line in err.splitlines() if line.startswith("trial ")] == [
        f"trial {number} of 4" for number in range(1, 5)
    ]
    assert "the defaults; the best so far" in err
    assert out.startswith("4 trials: ")
    assert "fresh folds" in out
    assert "logloss leaderboard: expect" in out
    assert "Entry logistic-001" in out


def test_json_is_the_receipt_with_the_trials_and_the_pareto_front(run: Run) -> None:
    code, out, _ = run(*TUNE, "--trials", "3", "--json")
    found = json.loads(out)
    assert code == 0
    assert found["entry"] == "logistic-001"
    assert len(found["trials"]) == found["tuned"]["trials"] == 3
    assert found["tuned"]["best"] in found["pareto"]
    assert found["expected"]["logloss"]["score"] > 0


def test_the_metric_the_name_and_what_is_set_are_taken(run: Run) -> None:
    code, out, _ = run(
        *TUNE, "--trials", "2", "--metric", "accuracy", "--name", "mine", "--set", "C=0.5", "--json"
    )
    found = json.loads(out)
    assert code == 0
    assert found["entry"] == "mine"
    assert found["tuned"]["metric"] == "accuracy"
    assert found["parameters"]["C"] == 0.5
    assert all(set(trial["params"]) <= {"scaler"} for trial in found["trials"])


def test_a_second_run_says_what_it_took_from_the_first(run: Run) -> None:
    run(*TUNE, "--trials", "2")
    code, _, err = run(*TUNE, "--trials", "3")
    assert code == 0
    assert "2 trials of an earlier run" in err
    assert "trial 2 of 3" not in err
    assert "trial 3 of 3" in err


def test_the_entry_stands_on_the_local_leaderboard_and_can_be_verified(run: Run) -> None:
    run(*TUNE, "--trials", "2")
    assert "logistic-001" in run("entries")[1]
    assert run("verify", "logistic-001")[0] == 0
    assert run("submit")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--model", "svn"), "did you mean svm"),
        (("--model", "prior"), "nothing to search"),
        (("--trials", "0"), "trials"),
        (("--budget", "soon"), "no length of time"),
        (("--metric", "loglos"), "logloss"),
        (("--split", "leave-one-out"), "leave one out"),
        (("--cv", "1"), "cv"),
        (("--set", "D=1"), "no setting of logistic"),
    ],
)
def test_mistakes_are_answered_in_a_line_or_two(
    run: Run, arguments: tuple[str, ...], said: str
) -> None:
    code, out, err = run(*TUNE, *arguments)
    assert code == 2
    assert out == ""
    assert said in err
    assert "Traceback" not in err
    assert entries.read_all(entries.Path("submissions")) == []
