"""`harness report`: the confusion matrix of an entry, as figures, as a page and on the terminal."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli import _console
from harness.cli._options import SUBMISSIONS, Data, EntryName, Json, Submissions
from harness.errors import EntryError

if TYPE_CHECKING:
    from harness.competition import Competition
    from harness.entries import Entry


def command(
    entry: EntryName = None,
    data: Data = None,
    submissions: Submissions = SUBMISSIONS,
    json: Json = False,
) -> None:
    """Draw an entry's confusion matrix, its classes and training curves, and describe them."""
    chosen, competition = _chosen(entry, data, submissions)

    from harness.report.write import write_report

    report = write_report(chosen, competition)
    if json:
        _console.print_json(report.as_dict())
        return

    from harness.report.terminal import show

    show(report.evidence, _console.console())
    _console.tell(f"\n{report.page}")
    for path in report.figures.values():
        _console.tell(str(path))


def _chosen(
    name: str | None, data: Path | None, submissions: Path
) -> tuple[Entry, Competition | None]:
    """The entry that is meant, and the competition where it had to be read."""
    from harness import entries

    if name is not None and data is None:
        # An entry's folder holds all that its report needs.
        return entries.find(submissions, name), None
    from harness.cli._common import competition_for

    competition = competition_for(data, submissions, needs_entry=True)
    _console.pass_on_notes(competition)
    if name is None:
        name = _best(competition, submissions)
    return entries.find(submissions, name, fingerprint=competition.fingerprint), competition


def _best(competition: Competition, submissions: Path) -> str:
    """Name of the entry with the lowest out-of-fold log-loss."""
    from harness.leaderboard import standings

    table = standings(competition, submissions, "logloss")
    for line in table.warnings:
        _console.say(line)
    # The first row is the class prior, which is no entry.
    best = next((row.name for row in table.rows[1:] if row.best), None)
    if best is None:
        raise EntryError(
            f"there is no entry for {competition.name}",
            where=str(submissions),
            todo="make one: harness fit",
        )
    return best
