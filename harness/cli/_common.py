"""What several commands do before their own work: find the competition that is meant."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli import _console

if TYPE_CHECKING:
    from harness.competition import Competition
    from harness.entries import Entry


def competition_for(
    data: Path | None, submissions: Path, *, groups: str | None = None
) -> Competition:
    """The competition that `data` names, or else the one that the entries were fitted on.

    ``--data`` and ``HARNESS_DATA`` are taken at their word. With neither, and nothing in
    ``./data``, the newest entry that remembers where its data lay decides, and stderr says so:
    whoever fitted with ``--data`` need not repeat it. Where there is no such entry, it is as for
    `fit`. `groups` is taken at its word as well.
    """
    from harness import entries
    from harness.competitions._find import find

    if data is None and not os.environ.get("HARNESS_DATA") and _is_bare(Path("data")):
        entry = _newest(submissions)
        if entry is not None:
            _console.say(f"data: {_place(entry)}, as for the newest entry, {entry.name}")
            return competition_of(entry, groups)
    competition = find(data, groups=groups)
    if groups is None and not entries.read_all(submissions, fingerprint=competition.fingerprint):
        # The same files, fitted with options that say more of them, such as --groups.
        entry = _newest(submissions, root=competition.root)
        if entry is not None and "groups" in _source(entry):
            return competition_of(entry)
    return competition


def _source(entry: Entry) -> dict[str, str]:
    """How the entry's competition was found, as far as its receipt knows."""
    source = entry.receipt.get("source")
    return source if isinstance(source, dict) else {}


def _place(entry: Entry) -> str:
    source = _source(entry)
    return source.get("train") or source.get("data") or str(entry.receipt["competition"]["data"])


def competition_of(entry: Entry, groups: str | None = None) -> Competition:
    """The competition that an entry was fitted on, found where its receipt says."""
    from harness.competitions._find import find

    source = _source(entry)
    paths = {name: Path(source[name]) for name in ("train", "labels", "test") if name in source}
    data = None if paths else Path(_place(entry))
    return find(data, **paths, groups=groups or source.get("groups"))


def _is_bare(folder: Path) -> bool:
    """Whether there is nothing in `folder` that could be a competition."""
    if not folder.exists():
        return True
    return folder.is_dir() and all(
        path.name.startswith((".", "README")) for path in folder.iterdir()
    )


def _newest(submissions: Path, root: Path | None = None) -> Entry | None:
    """The newest entry whose data are still where they were, and in `root` where that is given."""
    from harness import entries

    def lies(entry: Entry) -> bool:
        data = entry.receipt["competition"].get("data")
        if not isinstance(data, str) or not Path(_place(entry)).exists():
            return False
        return root is None or Path(data) == root.resolve()

    found = [entry for entry in entries.read_all(submissions) if lies(entry)]
    return max(found, key=lambda entry: entry.created, default=None)
