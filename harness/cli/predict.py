"""`harness predict`: the most probable classes of audio files, or of rows."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli import _console, _progress
from harness.cli._options import SUBMISSIONS, Data, EntryName, Groups, Json, Submissions
from harness.errors import EntryError, UsageError

if TYPE_CHECKING:
    from harness.competition import Competition
    from harness.entries import Entry
    from harness.predict import Predictions


def command(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FILES]...",
            help="Audio files, or folders of them, for an entry fitted on what `harness extract`"
            " made.",
            show_default=False,
        ),
    ] = None,
    entry: EntryName = None,
    rows: Annotated[
        Path | None,
        typer.Option(
            "--rows",
            metavar="TABLE",
            help="Rows instead of audio: CSV, Parquet or npy with the columns of the training"
            " file.",
            show_default=False,
        ),
    ] = None,
    top: Annotated[
        int, typer.Option("--top", min=1, help="How many classes of each, the best first.")
    ] = 3,
    csv: Annotated[bool, typer.Option("--csv", help="Print the results as CSV.")] = False,
    data: Data = None,
    groups: Groups = None,
    submissions: Submissions = SUBMISSIONS,
    json: Json = False,
) -> None:
    """Predict with an entry's saved models; exit 1 where a file couldn't be used."""
    if bool(files) == (rows is not None):
        raise UsageError(
            "takes audio files or --rows, one of them",
            where="predict",
            todo="such as: harness predict song.mp3, or harness predict --rows table.csv",
        )
    if csv and json:
        raise UsageError("goes without --json", where="--csv")
    chosen, competition = _chosen(entry, data, groups, submissions)

    from harness.predict import of_files, of_rows

    with ExitStack() as stack:
        bar = _progress.Bar()

        def started(total: int) -> None:
            nonlocal bar
            bar = stack.enter_context(_progress.folds(total, "listening"))

        if rows is not None:
            found = of_rows(chosen, competition, rows)
        else:
            found = of_files(
                chosen,
                competition,
                files or [],
                on_start=started,
                on_file=lambda name: bar(name),
                on_model=lambda name: bar.say(f"asking {name}"),
            )
    for note in found.notes:
        _console.say(note)
    if json:
        _console.print_json(found.as_dict(top))
    elif csv:
        _print_csv(found, top)
    else:
        _print(found, top)
    for one in found.skipped:
        _console.say(f"skipped: {one.name} {one.why}")
    if found.skipped:
        raise typer.Exit(1)


def _chosen(
    name: str | None, data: Path | None, groups: str | None, submissions: Path
) -> tuple[Entry, Competition]:
    """The entry that is meant, the best one where none is named, and its competition."""
    from harness import entries
    from harness.cli._common import competition_for, competition_of

    if name is not None and data is None and groups is None:
        entry = entries.find(submissions, name)
        competition = competition_of(entry)
    else:
        competition = competition_for(data, submissions, groups=groups, needs_entry=True)
    if name is None:
        name = _best(competition, submissions)
    return entries.find(submissions, name, fingerprint=competition.fingerprint), competition


def _best(competition: Competition, submissions: Path) -> str:
    from harness.ranking import ranking

    found, left_out = ranking(competition, submissions, "logloss")
    for line in left_out:
        _console.say(line)
    if not found:
        raise EntryError(
            f"there is no entry for {competition.name}",
            where=str(submissions),
            todo="make one: harness fit",
        )
    _console.say(f"entry: {found[0].entry.name}, the best by log-loss")
    return found[0].entry.name


def _print(found: Predictions, top: int) -> None:
    """A line each: the name, then classes with their probabilities."""
    width = max(map(len, found.names), default=0)
    cell = max(map(len, found.class_names))
    for name, best in zip(found.names, found.top(top), strict=True):
        told = "  ".join(f"{found.class_names[k]:<{cell}} {p:.3f}" for k, p in best)
        _console.tell(f"{name:<{width}}  {told}")


def _print_csv(found: Predictions, top: int) -> None:
    """A row each; classes as the competition's files write them."""
    import csv
    import sys

    lines = csv.writer(sys.stdout, lineterminator="\n")
    shown = min(top, len(found.classes))
    head = [f"{what}_{k + 1}" for k in range(shown) for what in ("class", "probability")]
    lines.writerow(["name", *head])
    for name, best in zip(found.names, found.top(top), strict=True):
        lines.writerow([name, *(cell for k, p in best for cell in (found.classes[k], repr(p)))])
