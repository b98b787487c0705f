"""The job `submit`: the best entry for a leaderboard becomes a checked file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from harness import entries, ordinary
from harness.atomic import replacing, write_json
from harness.competition import Competition, Labels, Leaderboard, Probabilities
from harness.entry import Entry
from harness.errors import DataError, EntryError, FileProblem, UsageError
from harness.evaluate import intervals, metrics
from harness.evaluate.leaks import leak_of
from harness.ranking import PRIOR, ranking, set_aside
from harness.submission._check import read
from harness.submission._ids import expected_ids, refuse_unwritable
from harness.submission._out import refuse_other_file
from harness.submission._write import write_into


@dataclass(frozen=True)
class Rule:
    """Class `fallback` (0..K-1) wherever no class has more than `min_confidence`."""

    min_confidence: float
    fallback: int


@dataclass(frozen=True)
class Submitted:
    """A submission that was written and checked.

    Attributes
    ----------
    path : Path
    entry : Entry
    why : str
        Why this entry.
    rows : int
    changed : int
        Rows that the decision rule gave another label than the most probable one.
    expected : mapping
        ``score``, ``low`` and ``high`` (95 % interval), ``rows`` and ``metric``; for an entry of a
        leaky split also ``leak``, the reason why none of them can be expected.
    warnings : list of str
        Entries that were left out.
    """

    path: Path
    board: Leaderboard
    entry: Entry
    why: str
    rows: int
    changed: int
    expected: Mapping[str, Any]
    warnings: list[str] = field(default_factory=list)


def decide(proba: Probabilities, rule: Rule | None = None) -> Labels:
    """Labels 0..K-1 from probabilities: the most probable class, or the rule's fallback.

    The rule is that of a report on the 2018 MLBP competition: class 1 wherever no class passes
    25 % confidence.
    """
    labels = proba.argmax(axis=1)
    if rule is not None:
        labels[proba.max(axis=1) <= rule.min_confidence] = rule.fallback
    return labels.astype(np.int64)


def rule_of(
    competition: Competition,
    board: Leaderboard,
    min_confidence: float | None,
    fallback: str | None,
) -> Rule | None:
    """The decision rule that the options ask for, checked; None without them.

    Raises
    ------
    UsageError
        For half a rule, a leaderboard that takes probabilities, or a label that is no class.
    """
    if min_confidence is None and fallback is None:
        return None
    if min_confidence is None or fallback is None:
        raise UsageError(
            "--min-confidence and --fallback go together",
            todo="such as --min-confidence 0.25 --fallback " + competition.classes[0],
        )
    if metrics.metric(board.metric).eats != "labels":
        raise UsageError(
            f"the {board.name} leaderboard takes probabilities, which no decision rule touches",
            where="--min-confidence",
            todo="leave it out, or choose a leaderboard that takes labels",
        )
    if not 0 <= min_confidence <= 1:
        raise UsageError(f"{min_confidence:g} is not within 0..1", where="--min-confidence")
    if fallback not in competition.classes:
        raise UsageError(
            f"{fallback!r} is no class",
            where="--fallback",
            todo=f"the classes are {', '.join(competition.classes)}",
        )
    return Rule(min_confidence, competition.classes.index(fallback))


def submit(
    competition: Competition,
    folder: Path,
    board: Leaderboard,
    *,
    entry: str | None = None,
    rule: Rule | None = None,
    out: Path | None = None,
) -> Submitted:
    """Write the submission of the best entry, or of a named one, and check it.

    Parameters
    ----------
    folder : Path
        Where the entries are.
    entry : str, optional
        Take this entry instead of the best one.
    rule : Rule, optional
        Only for leaderboards that take labels; the expected score is that of the rule.
    out : Path, optional
        Default: ``submission-<leaderboard>.csv`` in the entry's folder.

    Raises
    ------
    DataError
        Without test rows.
    UsageError, EntryError
        Where no entry can be submitted.
    FileProblem
        When the file can't be written.
    """
    if competition.X_test is None:
        raise DataError(
            "there are no test rows, so there is nothing to submit",
            where=competition.name,
            todo="name the test matrix under [test] in competition.toml, or use --test; then fit",
        )
    refuse_unwritable(board)
    ids = expected_ids(competition, board)
    chosen, why, warnings = _choose(competition, folder, board, entry)
    proba = chosen.test_for(board.metric)
    if proba is None:
        raise _without_test(chosen)
    changed = 0
    values: Probabilities | Labels = proba
    if metrics.metric(board.metric).eats == "labels":
        values = decide(proba, rule)
        changed = int((values != proba.argmax(axis=1)).sum())
    path = chosen.path / name_of(board) if out is None else out
    if out is not None:
        refuse_other_file(out, board)
    entries.sweep(folder)
    with replacing(path) as part:
        write_into(part, competition, board, values)
        # The grader's own eyes, and the stricter ones, before the file gets its name.
        read(part, competition, board, "strict")
    expected = _expected(competition, chosen, board, rule, len(ids))
    _remember(chosen, board, path, rule, expected)
    return Submitted(path, board, chosen, why, len(ids), changed, expected, warnings)


def name_of(board: Leaderboard, suffix: str = ".csv") -> str:
    """Name of the file that an entry's folder keeps for a leaderboard."""
    plain = "".join(c if c.isalnum() or c in "-_." else "-" for c in board.name)
    return f"submission-{plain}{suffix}"


def submitted_as(path: Path, folder: Path, board: Leaderboard) -> dict[str, Any] | None:
    """The entry that a file was made from and its expected score, by the file's content.

    Returns
    -------
    dict with ``entry`` (its name) and ``expected``, or None for a file that no entry made.
    """
    digest = _digest(path)
    for entry in entries.read_all(folder):
        try:
            note = json.loads(ordinary.read_text(entry.path / name_of(board, ".json")))
        except (OSError, ValueError):
            continue
        if isinstance(note, dict) and note.get("digest") == digest:
            return {"entry": entry.name, "expected": note.get("expected")}
    return None


def _choose(
    competition: Competition, folder: Path, board: Leaderboard, name: str | None
) -> tuple[Entry, str, list[str]]:
    if name is not None:
        entry = entries.find(folder, name, fingerprint=competition.fingerprint)
        entry.check(competition)
        entry.expected(board.name)
        return entry, "named by --entry", []
    ranked, warnings = ranking(
        competition, folder, board.metric, usable=lambda entry: _refuse_unusable(entry, board)
    )
    if not ranked:
        raise _nothing(competition, folder, warnings)
    best = ranked[0]
    rivals = [one for one in ranked if one.entry.model != PRIOR]
    if best.entry.model == PRIOR:
        others = "no other entry's score is honest" if rivals else "there is no other entry"
        return best.entry, f"the class prior; {others}", warnings
    why = f"best of {len(rivals)}" if len(rivals) > 1 else "the only one"
    why += f" by out-of-fold {board.metric}, {best.score:.4f}"
    if aside := set_aside(ranked, board.metric, len(competition.y)):
        why += f"; set aside: {aside}"
    return best.entry, why, warnings


def _refuse_unusable(entry: Entry, board: Leaderboard) -> None:
    if entry.test is None:
        raise _without_test(entry)
    entry.expected(board.name)


def _without_test(entry: Entry) -> EntryError:
    return EntryError(
        "it has no test probabilities: it was fitted without test rows",
        where=str(entry.path),
        todo="fit it again",
    )


def _nothing(
    competition: Competition, folder: Path, warnings: list[str]
) -> UsageError | EntryError:
    others = entries.read_all(folder)
    others = [e for e in others if e.fingerprint != competition.fingerprint]
    if warnings:
        return EntryError(
            "none of its entries can be used" + "".join(f"\n  {line}" for line in warnings),
            where=str(folder),
            todo="make a new one: harness fit",
        )
    if not others:
        return UsageError(
            "there are no entries yet", where=str(folder), todo="make one first: harness fit"
        )
    newest = max(others, key=lambda entry: entry.created)
    data = newest.receipt["competition"].get("data")
    return UsageError(
        f"its {len(others)} entries are of other data than {competition.name}, {competition.root}",
        where=str(folder),
        todo="fit on this data first: harness fit"
        + (f"; or submit for theirs: --data {data} ({newest.name})" if data else ""),
    )


def _expected(
    competition: Competition, entry: Entry, board: Leaderboard, rule: Rule | None, rows: int
) -> dict[str, Any]:
    leak = leak_of(competition, entry.split)
    told = {"leak": leak} if leak else {}
    kept = entry.expected(board.name)
    if rule is None and kept is not None:
        return {"metric": board.metric, "rows": rows} | kept | told
    proba = entry.oof_for(board.metric)
    if rule is not None:
        # As probabilities of 0 and 1, the decisions are scored like any others.
        proba = np.eye(proba.shape[1])[decide(proba, rule)]
    clusters = competition.clusters
    units = None if clusters is None else clusters[entry.rows]
    found = intervals.expected(board.metric, entry.y, proba, rows=rows, of=entry.rows, units=units)
    return asdict(found) | {"metric": board.metric} | told


def _remember(
    entry: Entry,
    board: Leaderboard,
    path: Path,
    rule: Rule | None,
    expected: Mapping[str, Any],
) -> None:
    """Keep what was written beside the entry, so that `grade` can set the expected score beside."""
    note = {
        "leaderboard": board.name,
        "metric": board.metric,
        "digest": _digest(path),
        "rule": None if rule is None else asdict(rule),
        "expected": dict(expected),
    }
    # The submission stands without its note: the entries may lie where nothing can be written.
    with suppress(FileProblem):
        write_json(entry.path / name_of(board, ".json"), note)


def _digest(path: Path) -> str:
    return hashlib.blake2b(ordinary.read_bytes(path), digest_size=16).hexdigest()
