"""Pictures in one npz file: ``X`` (n, height, width[, channels]), their labels, perhaps names."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from harness.competitions._rows import in_order
from harness.competitions._spec import BlockSpec, GroupSpec, LeaderboardSpec, Spec
from harness.errors import DataError
from harness.readers import npz

NPZ = ".npz"
# The first that is there, each with one cell for each picture.
LABELS = ("y", "label", "labels", "genre", "target")
NAMES = ("name", "names", "id", "ids", "filename")
GROUPS = ("group", "groups", "artist", "song", "track")
ID = "name"
BLOCK = "image"


def recognise(place: Path) -> Spec | None:
    """The spec of such a file, or of a folder with one; a ``test.npz`` beside holds test rows."""
    if place.is_dir():
        found = sorted(path for path in place.glob(f"*{NPZ}") if not path.name.startswith("."))
        training = [path for path in found if path.stem != "test"]
        return _spec(training[0]) if len(training) == 1 else None
    return _spec(place) if place.suffix == NPZ and place.is_file() else None


def _spec(path: Path) -> Spec | None:
    try:
        held = npz.members(path)
        main = npz.table_in(held, path)
    except (DataError, OSError):
        # Whoever reads it as a table says what is wrong with it.
        return None
    beside = [member.name for member in npz.beside_of(main, held)]
    label = _first(LABELS, beside)
    if len(main.shape) not in (3, 4) or label is None:
        return None
    classes = tuple(in_order(set(npz.strings(path, label))))
    if len(classes) < 2:
        return None
    name, group = _first(NAMES, beside), _first(GROUPS, beside)
    test = path.with_name(f"test{NPZ}")
    test_name = _test_name(test) if test.is_file() else None
    id_header = name or ID
    return Spec(
        root=path.parent,
        name=path.stem,
        title=f"{main.shape[0]} pictures of {' x '.join(map(str, main.shape[1:]))}",
        train=path.name,
        id_column=name,
        label_column=label,
        classes=classes,
        groups=None if group is None else GroupSpec(column=group),
        keep_copies=True,
        test=test.name if test.is_file() else None,
        test_id_column=test_name,
        blocks=(BlockSpec(BLOCK, 0, math.prod(main.shape[1:]), shape=main.shape[1:]),),
        leaderboards=(
            LeaderboardSpec("accuracy", id_header=id_header, label_header=label),
            LeaderboardSpec("logloss", id_header=id_header, class_headers=classes),
        ),
    )


def _first(wanted: Sequence[str], there: Sequence[str]) -> str | None:
    return next((name for name in wanted if name in there), None)


def _test_name(path: Path) -> str | None:
    held = npz.members(path)
    return _first(NAMES, [one.name for one in npz.beside_of(npz.table_in(held, path), held)])
