"""`harness check-submission`: everything that graders would say of files, and their repair."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from harness.cli import _batch, _console
from harness.cli._options import SUBMISSIONS, Data, Json, Submissions
from harness.errors import HarnessError, UsageError
from harness.registry import lookup

PROFILES = {"kaggle": ("kaggle",), "strict": ("strict",), "both": ("kaggle", "strict")}


@dataclass(frozen=True)
class Verdict:
    """What is said of one file.

    Attributes
    ----------
    refused : mapping of profile to list of faults
    fixed : Fixed or None
    problem : str
        Why the file can't be checked at all; "" where it can.
    """

    path: Path
    board: Any = None
    examined: Any = None
    refused: Mapping[str, Sequence[Any]] | None = None
    fixed: Any = None
    problem: str = ""

    @property
    def passes(self) -> bool:
        """Whether the graders take the file, or a repaired copy was written."""
        if self.problem or self.refused is None:
            return False
        written = self.fixed is not None and self.fixed.path is not None
        return written or not any(self.refused.values())

    @property
    def can_be_fixed(self) -> bool:
        """Whether --fix would put right all that it is refused for."""
        if self.passes or self.fixed is not None or self.refused is None:
            return False
        return all(fault.certain for faults in self.refused.values() for fault in faults)


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
    profile: Annotated[
        str, typer.Option("--profile", help="Whose rules: kaggle, strict or both.")
    ] = "both",
    fix: Annotated[
        bool, typer.Option("--fix", help="Write a repaired copy, where the repair is certain.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", help="The repaired copy. Default: FILE-fixed.csv.", show_default=False
        ),
    ] = None,
    details: _batch.Details = False,
    sample: Annotated[
        Path | None,
        typer.Option(
            "--sample",
            help="Check against this sample submission alone, without the data.",
            show_default=False,
        ),
    ] = None,
    competition: Annotated[
        str | None,
        typer.Option(
            "--competition",
            metavar="NAME",
            help="Check against a built-in competition, such as mlbp2018, without its data.",
            show_default=False,
        ),
    ] = None,
    data: Data = None,
    submissions: Submissions = SUBMISSIONS,
    json: Json = False,
) -> None:
    """Name every fault of submissions, with its line and in Kaggle's words; exit 1 if refused."""
    wanted = lookup("profile", profile, PROFILES)
    if out is not None and not fix:
        raise UsageError("means nothing without --fix", where="--out", todo="add --fix")
    batch = _batch.batch_of(files)
    for note in batch.notes:
        _console.say(note)
    if out is not None and not batch.single:
        raise UsageError(
            "is one file, for several", where="--out", todo="leave it out: FILE-fixed.csv each"
        )
    found = _batch.against(data, submissions, sample, competition)
    _console.pass_on_notes(found)
    board = found.leaderboards[0] if sample is not None and found.leaderboards else None
    if board is not None and board.holds == "labels":
        _console.say(
            f"note: of the labels {sample} shows {', '.join(found.classes[:5])}"
            f"{', ...' if len(found.classes) > 5 else ''}; others that look like them are taken too"
        )
    given: dict[str, Any] = {"metric": metric, "wanted": wanted, "fix": fix, "out": out}
    if batch.single:
        verdicts = [_judged(batch.paths[0], found, alone=sample is not None, **given)]
    else:
        verdicts = [_tried(path, found, alone=sample is not None, **given) for path in batch.paths]
    if json:
        told = [_as_json(verdict) for verdict in verdicts]
        _console.print_json(told[0] if batch.single else told)
    elif batch.single:
        _print(verdicts[0])
    else:
        _print_all(verdicts, wanted)
        for verdict in verdicts if details else ():
            print()
            _print(verdict)
    if not all(verdict.passes for verdict in verdicts):
        raise typer.Exit(1)


def _judged(
    path: Path,
    competition: Any,
    *,
    alone: bool,
    metric: str | None,
    wanted: Sequence[str],
    fix: bool,
    out: Path | None,
) -> Verdict:
    """One file's verdict; with `alone` its labels are known from a sample and itself."""
    from harness import submission

    if alone:
        competition = submission.with_labels_of(path, competition)
    board = competition.board(metric) if metric else submission.board_of(path, competition)
    fixed = None
    if fix:
        fixed = submission.fix(
            path, competition, board, out=out, profiles=tuple(wanted), doubt=True
        )
        examined = fixed.examined
    else:
        examined = submission.examine(path, competition, board, wanted[0], doubt=True)
    refused = {
        name: [fault for fault in examined.faults if name in fault.refused_by] for name in wanted
    }
    return Verdict(path, board, examined, refused, fixed)


def _tried(path: Path, competition: Any, **given: Any) -> Verdict:
    """`_judged`, where a file that can't be read is a verdict as well."""
    from harness.errors import UnknownNameError

    try:
        return _judged(path, competition, **given)
    except UnknownNameError:
        raise
    except HarnessError as problem:
        return Verdict(path, problem=problem.what)


def _print_all(verdicts: Sequence[Verdict], wanted: Sequence[str]) -> None:
    """A table for the class, and how many passed."""
    rows = []
    for verdict in verdicts:
        faults = () if verdict.examined is None else verdict.examined.faults
        first = _worst_first(faults)
        words = verdict.problem or (str(first[0]) if first else "")
        count = len(faults) if verdict.examined is not None else ""
        rows.append((verdict.path, _in_a_word(verdict), count, words))
    _batch.print_table(("file", "verdict", "faults", "the first"), rows, right=("faults",))
    passed = sum(verdict.passes for verdict in verdicts)
    whose = " and ".join(wanted)
    _console.tell(
        f"{len(verdicts)} files: {passed} accepted by {whose}, {len(verdicts) - passed} not"
    )
    if fixable := sum(verdict.can_be_fixed for verdict in verdicts):
        _console.tell(f"{fixable} of them can be put right with certainty: add --fix")


def _worst_first(faults: Sequence[Any]) -> list[Any]:
    """What is refused by most first, then in the file's order."""
    return sorted(faults, key=lambda fault: -len(fault.refused_by))


def _in_a_word(verdict: Verdict) -> str:
    if verdict.problem or verdict.refused is None:
        return "not checked"
    by = [name for name, faults in verdict.refused.items() if faults]
    if not by:
        return "accepted"
    if verdict.passes:
        return "repaired"
    return "refused" if len(by) == len(verdict.refused) else f"refused by {' and '.join(by)}"


def _print(verdict: Verdict) -> None:
    if verdict.examined is None or verdict.refused is None:
        _console.tell(f"{verdict.path}: {verdict.problem}")
        return
    examined, refused = verdict.examined, verdict.refused
    _console.tell(f"{examined.path}, for the {verdict.board} leaderboard")
    for fault in examined.faults:
        _console.tell(f"  {fault}")
        by = [name for name in refused if name in fault.refused_by]
        told = f"refused by {' and '.join(by)}" if by else "accepted"
        _console.tell(f"    {told}; {'the repair is certain' if fault.certain else 'left to you'}")
        if fault.kaggle and "kaggle" in by:
            _console.tell(f"    Kaggle: {fault.kaggle}")
    for name, faults in refused.items():
        told = f"refused, {_count(faults)}" if faults else "accepted"
        _console.tell(f"  {name}: {told}")
    if verdict.can_be_fixed:
        _console.tell("all of it can be put right with certainty: add --fix")
    if verdict.fixed is not None:
        _print_fixed(verdict.fixed, any(refused.values()))


def _print_fixed(fixed: Any, refused: bool) -> None:
    if fixed.path is not None:
        _console.tell(f"{fixed.path}: the repaired copy, checked")
        for change in fixed.changes:
            _console.tell(f"  {change}")
        for fault in fixed.left:
            _console.tell(f"  left as it is: {fault}")
    elif not refused:
        print("nothing was written: there is nothing to repair with certainty")
    else:
        print("nothing was written: what can't be put right with certainty is still there")
        for fault in fixed.left:
            _console.tell(f"  {fault}")


def _count(faults: Sequence[Any]) -> str:
    return "1 fault" if len(faults) == 1 else f"{len(faults)} faults"


def _as_json(verdict: Verdict) -> dict[str, Any]:
    if verdict.examined is None or verdict.refused is None:
        return {"file": str(verdict.path), "problem": verdict.problem}
    examined, board, refused = verdict.examined, verdict.board, verdict.refused
    told = {
        "file": str(examined.path),
        "leaderboard": board.name,
        "metric": board.metric,
        "accepted": {name: not faults for name, faults in refused.items()},
        "faults": [
            {
                "code": fault.code,
                "words": fault.words,
                "line": fault.line,
                "lines": fault.lines,
                "kaggle": fault.kaggle,
                "refused_by": [name for name in refused if name in fault.refused_by],
                "certain": fault.certain,
            }
            for fault in examined.faults
        ],
    }
    if (fixed := verdict.fixed) is not None:
        told["fixed"] = {
            "file": None if fixed.path is None else str(fixed.path),
            "changes": fixed.changes,
            "left": [fault.code for fault in fixed.left],
        }
    return told
