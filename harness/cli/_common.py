"""What several commands do before their own work: find the competition that is meant."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli import _console
from harness.errors import EntryError, UsageError

if TYPE_CHECKING:
    from harness.competition import Competition
    from harness.entries import Entry


def data_for_fit(data: Path | None, submissions: Path) -> Path | None:
    """What `fit` takes for ``--data``: as `competition_for`, so that a fit after a fit is alike."""
    if data is not None or not _nothing_named():
        return data
    entry = _newest(submissions)
    if entry is None:
        return None
    source = _source(entry)
    if "train" in source:
        raise UsageError(
            f"there is nothing in data; {entry.name} was fitted on {source['train']}",
            todo="name its files again (--train, --labels, --test), or a folder (--data)",
        )
    _console.say(f"data: {_place(entry)}, as for the newest entry, {entry.name}")
    return Path(_place(entry))


def competition_for(
    data: Path | None, submissions: Path, *, groups: str | None = None, needs_entry: bool = False
) -> Competition:
    """The competition that `data` names, or else the one that the entries were fitted on.

    ``--data`` and ``HARNESS_DATA`` are taken at their word. With neither, and nothing in
    ``./data``, the newest entry that remembers where its data lay decides, and stderr says so:
    whoever fitted with ``--data`` need not repeat it. Nothing is made where there is nothing, as
    `fit` makes the demo; a command that `needs_entry` says what makes one. `groups` is taken at its
    word as well.
    """
    from harness import entries
    from harness.competitions._find import find

    if data is None and _nothing_named():
        entry = _newest(submissions)
        if entry is not None:
            _console.say(f"data: {_place(entry)}, as for the newest entry, {entry.name}")
            return competition_of(entry, groups)
        if needs_entry:
            raise UsageError(
                f"there is no entry in {submissions}, and nothing in data",
                todo="make one: harness fit --data DIR, or harness fit for a demo",
            )
    competition = find(data, groups=groups)
    if groups is None and not entries.read_all(submissions, fingerprint=competition.fingerprint):
        # The same files, fitted with options that say more of them, such as --groups.
        entry = _newest(submissions, root=competition.root)
        if entry is not None and "groups" in _source(entry):
            return competition_of(entry)
    return competition


def _nothing_named() -> bool:
    """Whether neither ``HARNESS_DATA`` nor ``./data`` says which competition is meant."""
    return not os.environ.get("HARNESS_DATA") and _is_bare(Path("data"))


def _source(entry: Entry) -> dict[str, str]:
    """How the entry's competition was found, as far as its receipt knows."""
    source = entry.receipt.get("source")
    told = source if isinstance(source, dict) else {}
    return {name: value for name, value in told.items() if isinstance(value, str)}


def _place(entry: Entry) -> str:
    source, data = _source(entry), entry.receipt["competition"].get("data")
    place = source.get("train") or source.get("data") or data
    if not isinstance(place, str):
        raise EntryError(
            "its receipt doesn't say where its data are",
            where=str(entry.path),
            todo="name them: --data DIR",
        )
    return place


def competition_of(entry: Entry, groups: str | None = None) -> Competition:
    """The competition that an entry was fitted on, found where its receipt says."""
    from harness.competitions._find import find

    source = _source(entry)
    paths = {name: Path(source[name]) for name in ("train", "labels", "test") if name in source}
    data = None if paths else Path(_place(entry))
    return find(
        data,
        train=paths.get("train"),
        labels=paths.get("labels"),
        test=paths.get("test"),
        groups=groups or source.get("groups"),
    )


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
