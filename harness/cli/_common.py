"""What several commands do before their own work: find the competition that is meant."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli import _console

if TYPE_CHECKING:
    from harness.competition import Competition
    from harness.entries import Entry


def competition_for(data: Path | None, submissions: Path) -> Competition:
    """The competition that `data` names, or else the one that the entries were fitted on.

    ``--data`` and ``HARNESS_DATA`` are taken at their word. With neither, and nothing in
    ``./data``, the newest entry that remembers where its data lay decides, and stderr says so:
    whoever fitted with ``--data`` need not repeat it. Where there is no such entry, it is as for
    `fit`.
    """
    from harness.competitions._find import find

    if data is None and not os.environ.get("HARNESS_DATA") and _is_bare(Path("data")):
        entry = _newest_with_data(submissions)
        if entry is not None:
            data = Path(entry.receipt["competition"]["data"])
            _console.say(f"data: {data}, as for the newest entry, {entry.name}")
    return find(data)


def _is_bare(folder: Path) -> bool:
    """Whether there is nothing in `folder` that could be a competition."""
    if not folder.exists():
        return True
    return folder.is_dir() and all(
        path.name.startswith((".", "README")) for path in folder.iterdir()
    )


def _newest_with_data(submissions: Path) -> Entry | None:
    from harness import entries

    candidates = [
        entry
        for entry in entries.read_all(submissions)
        if isinstance(data := entry.receipt["competition"].get("data"), str) and Path(data).is_dir()
    ]
    return max(candidates, key=lambda entry: entry.created, default=None)
