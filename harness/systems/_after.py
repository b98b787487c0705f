"""What a report does with its fitted model: submissions, predictions of new songs, pictures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from harness.errors import DataError
from harness.evaluate import metrics
from harness.explore.write import write_exploration
from harness.predict import of_files
from harness.submission import decide, submit
from harness.systems._data import Found
from harness.systems._outcome import Outcome
from harness.systems._system import System
from harness.systems._twins import RULE, graded


def measured(outcome: Outcome, beside: Mapping[str, float | None]) -> Outcome:
    """The outcome with measures from elsewhere, those that are known."""
    there = {measure: value for measure, value in beside.items() if value is not None}
    return replace(outcome, beside={**outcome.beside, **there})


def submitted(outcome: Outcome, out: Path) -> tuple[Outcome, list[str]]:
    """Both leaderboards' files of the honest entry, and what they score where that is known."""
    competition = outcome.found.competition
    if competition.X_test is None:
        return outcome, []
    notes = []
    for board in competition.leaderboards:
        labels = metrics.metric(board.metric).eats == "labels"
        done = submit(
            competition,
            out / "submissions",
            board,
            entry=outcome.entry.name,
            rule=RULE if labels else None,
            out=out / f"submission-{board.name}.csv",
        )
        low, high = done.expected["low"], done.expected["high"]
        by_rule = f", {done.changed} rows to class 1 by the report's 25 % rule" if labels else ""
        notes.append(
            f"{done.path.name}: {done.rows} rows, checked; expect {done.expected['score']:.4f} "
            f"({low:.4f} to {high:.4f}) of {board.metric}{by_rule}"
        )
    proba = outcome.entry.test
    if proba is None:
        return outcome, notes
    return measured(outcome, graded(competition, proba, decide(proba, RULE))), notes


def predicted(outcome: Outcome, unseen: Sequence[tuple[str, Path]]) -> list[str]:
    """How the entry does on songs that nothing here has seen, as `harness predict` has it."""
    if not unseen:
        return []
    said = of_files(outcome.entry, outcome.found.competition, [path for _, path in unseen])
    best = [said.class_names[top[0][0]] for top in said.top(1)]
    right = sum(one == genre for one, (genre, _) in zip(best, unseen, strict=True))
    return [
        f"`harness predict` on one new made song of each genre: {right} of {len(unseen)} right "
        f"({right / len(unseen):.2f})"
    ]


def explored(
    system: System, found: Mapping[str, Found], out: Path, seed: int, say: Callable[[str], None]
) -> Path | None:
    """The page of pictures of the rows, where the report has such."""
    if not system.explored:
        return None
    say("drawing the rows")
    try:
        return write_exploration(
            found[system.explored].competition, out / "explore", seed=seed
        ).page
    except DataError:
        return None
