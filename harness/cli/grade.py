"""`harness grade`: score a submission against known answers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from harness.cli import _batch, _console
from harness.cli._options import SUBMISSIONS, Data, Json, Submissions
from harness.errors import FaultsError, HarnessError, UsageError

if TYPE_CHECKING:
    from harness.competition import Competition, Leaderboard


@dataclass(frozen=True)
class Graded:
    """One file's grade, or why it has none.

    Attributes
    ----------
    found : Grade or None
    expected : mapping or None
        What the entry that it was made from was expected to score.
    entry : str
        That entry; "" where no entry made the file.
    problem : str
        Why the file has no score; "" where it has one.
    """

    path: Path
    found: Any = None
    expected: dict[str, Any] | None = None
    entry: str = ""
    problem: str = ""


def command(
    files: _batch.Files,
    metric: Annotated[
        str | None,
        typer.Option(
            "--metric",
            help="Which leaderboard. Default: the one that the header fits.",
            show_default=False,
        ),
    ] = None,
    private: Annotated[
        bool,
        typer.Option("--private", help="Show the private score too: the end of the competition."),
    ] = False,
    details: _batch.Details = False,
    data: Data = None,
    submissions: Submissions = SUBMISSIONS,
    json: Json = False,
) -> None:
    """Score submissions as the leaderboard does, where the test rows' answers are known."""
    from harness.cli._common import competition_for
    from harness.competitions._answers import read_answers, read_groups, read_parts

    batch = _batch.batch_of(files)
    for note in batch.notes:
        _console.say(note)
    competition = competition_for(data, submissions)
    _console.pass_on_notes(competition)
    if metric:
        competition.board(metric)
    if batch.single:
        # A file that isn't there, or fits no leaderboard, is said first.
        _board_of(batch.paths[0], competition, metric)
    answers, public = read_answers(competition), read_parts(competition)
    if private and public is None:
        raise UsageError(
            "the answers have no public and private parts",
            where="--private",
            todo="leave it out; [answers] part in competition.toml names a column of parts",
        )
    given = {
        "answers": answers,
        "public": public,
        "private": private,
        "groups": read_groups(competition),
    }
    graded: list[Graded] = []
    for path in batch.paths:
        try:
            graded.append(
                _graded(path, competition, metric, submissions, single=batch.single, **given)
            )
        except HarnessError as problem:
            if batch.single:
                raise
            graded.append(Graded(path, problem=_in_a_line(problem)))
    if json:
        told = [_as_json(one) for one in graded]
        _console.print_json(told[0] if batch.single else told)
    elif batch.single:
        _print(graded[0])
    else:
        _print_all(graded)
        for one in graded if details else ():
            print()
            _print(one)
    if any(one.problem for one in graded):
        raise typer.Exit(1)


def _board_of(path: Path, competition: Competition, metric: str | None) -> Leaderboard:
    from harness import submission

    return competition.board(metric) if metric else submission.board_of(path, competition)


def _graded(
    path: Path,
    competition: Competition,
    metric: str | None,
    submissions: Path,
    *,
    single: bool,
    **given: Any,
) -> Graded:
    from harness import submission

    board = _board_of(path, competition, metric)
    found = submission.graded(path, competition, board, **given)
    for warning in found.warnings:
        _console.say(f"note: {warning}" if single else f"note: {path}: {warning}")
    made = submission.submitted_as(path, submissions, board)
    expected = made["expected"] if made else None
    if expected and given["public"] is not None and not given["private"]:
        expected = submission.for_fewer_rows(expected, board.metric, found.spread, found.rows)
    return Graded(path, found, expected, made["entry"] if made else "")


def _in_a_line(problem: HarnessError) -> str:
    """Why a file has no score: its first fault, and how many there are."""
    if not isinstance(problem, FaultsError) or len(problem.faults) < 2:
        return problem.what
    return f"{problem.faults[0]} ({len(problem.faults)} faults)"


def _print_all(graded: list[Graded]) -> None:
    """A table a leaderboard, the best first; then the files without a score."""
    from harness.evaluate.metrics import metric

    boards = dict.fromkeys(one.found.board for one in graded if one.found is not None)
    for board in boards:
        own = [one for one in graded if one.found is not None and one.found.board == board]
        sign = -1 if metric(board.metric).higher_is_better else 1
        own.sort(key=lambda one, sign=sign: sign * one.found.score)  # type: ignore[misc]
        names = list(own[0].found.scores)
        head = ["rank", *names, "file"]
        rows = [
            (_rank(own, one), *(f"{one.found.scores[name]:.5f}" for name in names), one.path)
            for one in own
        ]
        part = "public " if own[0].found.private_rows else ""
        if own[0].found.private is not None:
            head.insert(-1, "private")
            rows = [
                (*row[:-1], f"{one.found.private.score:.5f}", row[-1])
                for one, row in zip(own, rows, strict=True)
            ]
        _console.tell(f"{board} leaderboard, {own[0].found.rows} {part}rows")
        _batch.print_table(head, rows, right=head[:-1])
        print()
    refused = [(one.path, one.problem) for one in graded if one.problem]
    if refused:
        _batch.print_table(("not graded", "why"), refused, right=())
    _console.tell(f"{len(graded)} files: {len(graded) - len(refused)} graded, {len(refused)} not")


def _rank(own: list[Graded], one: Graded) -> int:
    """Place from 1; files with the same score share one."""
    return 1 + next(k for k, other in enumerate(own) if other.found.score == one.found.score)


def _as_json(graded: Graded) -> dict[str, Any]:
    if graded.problem:
        return {"file": str(graded.path), "problem": graded.problem}
    found = graded.found
    return {
        "file": str(graded.path),
        "leaderboard": found.board.name,
        "metric": found.board.metric,
        "rows": found.rows,
        "score": found.score,
        "scores": dict(found.scores),
        "entry": graded.entry or None,
        "expected": graded.expected,
    } | _parts_as_json(found)


def _parts_as_json(found: Any) -> dict[str, Any]:
    if not found.private_rows:
        return {}
    told = {"part": "public", "private_rows": found.private_rows, "shake_up": found.shake_up}
    if found.private is not None:
        told["private"] = {"score": found.private.score, "scores": dict(found.private.scores)}
        told["whole"] = {"score": found.whole.score, "scores": dict(found.whole.scores)}
    return told


def _print(graded: Graded) -> None:
    from harness.evaluate.metrics import metric

    if graded.problem:
        _console.tell(f"{graded.path}: {graded.problem}")
        return
    found, expected, entry = graded.found, graded.expected, graded.entry
    board = found.board
    summary = metric(board.metric).summary
    part = "public " if found.private_rows else ""
    _console.tell(f"{found.path}: {found.rows} {part}rows for the {board.name} leaderboard")
    width = max(len(name) for name in found.scores)
    for name, score in found.scores.items():
        told = f"  the leaderboard's {part}score: {summary}" if name == board.metric else ""
        _console.tell(f"  {name:<{width}}  {score:.5f}{told}")
    if found.private_rows:
        _print_private(found)
    if expected:
        if leak := expected.get("leak"):
            _console.tell(f"  {entry}: {expected['score']:.5f} was of a leaky split ({leak})")
            return
        score = found.score if found.whole is None else found.whole.score
        low, high = expected["low"], expected["high"]
        inside = "inside" if low <= score <= high else "outside"
        whose = f"the {part}score is" if found.whole is None else f"{score:.5f} on all rows is"
        _console.tell(
            f"  expected from {entry}: {expected['score']:.5f},"
            f" 95 % interval {low:.5f} to {high:.5f}: {whose} {inside}"
        )


def _print_private(found: Any) -> None:
    if found.private is None:
        _console.tell(
            f"  private: {found.private_rows} other rows; the shake-up to expect is"
            f" ± {found.shake_up:.5f} (standard error)"
        )
        return
    _console.tell(f"  private, {found.private_rows} rows:")
    width = max(len(name) for name in found.scores)
    for name, score in found.private.scores.items():
        _console.tell(f"  {name:<{width}}  {score:.5f}")
    moved = found.private.score - found.score
    _console.tell(
        f"  shake-up: {moved:+.5f} from public to private;"
        f" ± {found.shake_up:.5f} (standard error) was to be expected"
    )
