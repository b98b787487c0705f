"""`harness verify`: fit one fold of an entry again, recompute the rest, and compare."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from harness.cli import _console, _progress
from harness.cli._options import SUBMISSIONS, Data, Groups, Json, Submissions
from harness.errors import DataError

if TYPE_CHECKING:
    from harness.competition import Competition
    from harness.entries import Entry


def command(
    entry: Annotated[str, typer.Argument(help="Which entry; see `harness entries`.")],
    fold: Annotated[
        int, typer.Option("--fold", min=1, help="Which fold, counted over all repeats.")
    ] = 1,
    full: Annotated[
        bool,
        typer.Option("--full", help="Fit every fold again, and measure expected gains again."),
    ] = False,
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Compare although library versions changed.")
    ] = False,
    data: Data = None,
    groups: Groups = None,
    submissions: Submissions = SUBMISSIONS,
    json: Json = False,
) -> None:
    """Fit one fold of an entry again and recompute its scores; exit 1 where they disagree."""
    from harness import entries
    from harness.verify import verify

    found = entries.find(submissions, entry)
    competition = _competition_of(found, data, groups)
    _console.pass_on_notes(competition)
    with _progress.folds(None, f"verify {found.name}") as advance:

        def on_step(step: str) -> None:
            advance.say(f"verify {found.name}: {step}")
            _console.say(step)

        done = verify(found, competition, fold=fold, full=full, anyway=anyway, on_step=on_step)
    for name, (then, now) in done.changed.items():
        _console.say(f"note: {name} was {then}, is {now}")
    for note in done.notes:
        _console.say(f"note: {note}")
    if json:
        _console.print_json(done.as_dict())
    else:
        for one in done.checks:
            _console.tell(f"{one.verdict:<12}{one.what}: {one.said}")
        print(_sentence(done))
        if done.disagreeing:
            _console.tell(f"NOT what the entry says: {', '.join(done.disagreeing)}")
    if not done.agrees:
        raise typer.Exit(1)


def _sentence(done: Any) -> str:
    """The fit that was made again, in a line."""
    if done.largest is None:
        return f"{done.entry}: no fold was fitted again"
    which = f"{done.folds} folds" if done.fold is None else f"fold {done.fold} of {done.folds}"
    head = f"{done.entry}, {which}, {done.rows} rows against {done.compared_with}: "
    if done.same_bits:
        return head + "largest difference in probabilities 0 (the same bits)"
    then, now = done.logloss
    head += f"largest difference in probabilities {done.largest:.3g} (mean {done.mean:.3g}"
    head += f"; log-loss {then:.4f} in the entry, {now:.4f} now)"
    return f"{head}: {_judged(done)}"


def _judged(done: Any) -> str:
    """Whether that is rounding, and why."""
    moved = done.allowed.moved
    measured = "" if moved is None else f"another processor's sums move it by up to {moved:.3g}"
    if not done.fold_agrees:
        return f"more than rounding ({measured})" if measured else "more than rounding"
    if measured:
        return f"what rounding makes of this model ({measured})"
    if done.bits_were_due:
        return (
            "as small as rounding; but machine and versions are those of the fit, where the same "
            "bits are due: its arrays were changed, or the model isn't repeatable"
        )
    return "rounding"


def _competition_of(entry: Entry, data: Path | None, groups: str | None) -> Competition:
    """The data that the entry was fitted on, as its receipt remembers, unless named here."""
    from harness.competitions._find import find

    told = entry.receipt.get("command")
    command = [str(word) for word in told] if isinstance(told, list) and "fit" in told else []
    remembered_groups = _option(command, "--groups")
    if data is not None:
        try:
            return find(data, groups=groups or remembered_groups)
        except DataError:
            # Other data than those of the fit, without the column that the receipt remembers.
            if groups is not None or remembered_groups is None:
                raise
            return find(data)
    groups = groups or remembered_groups
    names = ("train", "labels", "test")
    files = {name: Path(path) for name in names if (path := _option(command, f"--{name}"))}
    if files and all(path.is_file() for path in files.values()):
        return find(
            None,
            train=files.get("train"),
            labels=files.get("labels"),
            test=files.get("test"),
            groups=groups,
        )
    typed = _option(command, "--data")
    remembered = Path(str(entry.receipt["competition"].get("data", "data")))
    # One file among several is remembered by the command alone; its folder is the receipt's.
    if typed and Path(typed).is_file() and Path(typed).resolve().parent == remembered:
        remembered = Path(typed)
    return find(remembered, groups=groups)


def _option(command: list[str], name: str) -> str | None:
    """The value that a command line gave an option: ``--name value`` or ``--name=value``."""
    for position, word in enumerate(command):
        if word == name and position + 1 < len(command):
            return command[position + 1]
        if word.startswith(f"{name}="):
            return word.partition("=")[2]
    return None
