"""A `competition.toml` for a folder, written and tried out."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from harness.atomic import write_text
from harness.competition import Competition
from harness.competitions._elsewhere import moved
from harness.competitions._find import SPEC, recognised
from harness.competitions._infer import Inference, Reason, Wishes, infer
from harness.competitions._infer_boards import cannot
from harness.competitions._load import load
from harness.competitions._parse import parse
from harness.competitions._write import to_toml
from harness.errors import DataError, FileProblem, UsageError
from harness.readers._packing import quoted

HEADING = "What this competition is. Paths are relative to this file; columns count from 0."


@dataclass(frozen=True)
class Description:
    """What `describe` made: the file, the reasons, and the competition that it loads."""

    path: Path
    reasons: tuple[Reason, ...]
    competition: Competition


def describe(
    folder: Path,
    wishes: Mapping[str, Any] | None = None,
    files: Mapping[str, Path | None] | None = None,
    *,
    out: Path | None = None,
    force: bool = False,
) -> Description:
    """Write `competition.toml` into `folder`, or into `out`, and load the competition by it.

    Parameters
    ----------
    wishes : mapping
        Columns that the user names: ``label``, ``id``, ``groups``; and ``ignore_case``.
    files : mapping
        Files that the user names: ``train``, ``labels``, ``test``.
    out : Path, optional
        A folder that `competition.toml` is written to instead, made where it is absent; its paths
        reach back to the files. For folders that can't be written.
    force : bool
        Replace the file that is there.

    Raises
    ------
    UsageError
        When there is no such folder, or a `competition.toml` in it already.
    DataError
        When the files can't be understood, or don't fit together; nothing is written then, unless
        the message says what to put right in the file.
    """
    if not folder.is_dir():
        raise UsageError("there is no such folder", where=str(folder))
    path = (out or folder) / SPEC
    if path.exists() and not force:
        raise UsageError("is there already", where=str(path), todo="--force replaces it")
    inference = _inference(folder, wishes or {}, files or {})
    spec = inference.spec if out is None else moved(inference.spec, out)
    text = to_toml(spec, heading=[HEADING])
    # Paths that reach back from a folder need it to be there.
    fresh = not path.parent.exists()
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
    try:
        competition = load(parse(text, root=path.parent, where=str(path)))
    except DataError as problem:
        # What is to be put right in the file needs the file; otherwise nothing is left behind.
        if SPEC not in (problem.todo or ""):
            if fresh:
                with suppress(OSError):
                    path.parent.rmdir()
            raise
        write_text(path, text)
        raise
    try:
        write_text(path, text)
    except FileProblem as problem:
        if out is not None or not _is_closed(folder):
            raise
        raise FileProblem(
            "this folder can't be written",
            where=str(folder),
            todo=f"write competition.toml elsewhere: harness new {quoted(folder)} --out FOLDER",
        ) from problem
    # What only shows beside the test rows.
    more = [
        Reason(*cannot(board.sample.name if board.sample else board.name, board.unwritable))
        for described, board in zip(spec.leaderboards, competition.leaderboards, strict=True)
        if board.unwritable and not described.unwritable
    ]
    return Description(path, (*inference.reasons, *more), competition)


def _is_closed(folder: Path) -> bool:
    """Whether nothing can be written to a folder, however much space there is."""
    return not os.access(folder, os.W_OK)


def _inference(
    folder: Path, wishes: Mapping[str, Any], files: Mapping[str, Path | None]
) -> Inference:
    said = {key: value for key, value in wishes.items() if value is not None}
    named = {key: value for key, value in files.items() if value is not None}
    known = recognised(folder) if not said and not named else None
    if known is None:
        return infer(folder, Wishes(**said), **named)
    reason = Reason("name", known[1].name, f"the built-in competition {known[0]} knows these files")
    return Inference(replace(known[1], notes=()), (reason,))
