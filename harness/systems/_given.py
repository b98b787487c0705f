"""What given data offer a system, and how they are taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from harness.audio.listing import Song
from harness.audio.plan import settings_of
from harness.competition import Competition
from harness.competitions._spec import GroupSpec, Spec
from harness.systems._system import Rows
from harness.zoo._tensors import suits

# A picture has more lines than a table of statistics, a sequence more moments.
LEAST_SIDE, LEAST_MOMENTS = 16, 32


def offers(competition: Competition, rows: Rows) -> bool:
    """Whether a competition has what the rows take."""
    if rows.takes == "table":
        # Pictures and sequences are no tables, though their cells are columns.
        return not any(_wide(block.shape) for block in competition.blocks)
    return any(
        suits(block, rows.takes) and _wide(block.shape) and _kind(block.name) == rows.takes
        for block in competition.blocks
    )


def _wide(shape: tuple[int, ...] | None) -> bool:
    if shape is None or len(shape) < 2:
        return False
    return min(shape[:2]) >= LEAST_SIDE or max(shape[:2]) >= LEAST_MOMENTS


def _kind(block: str) -> str:
    return "sequence" if "seq" in block else "image"


def seconds_of(rows: Rows, songs: Sequence[Song]) -> float | None:
    """How much of each clip a set of fixed length can show; None where its own length will do."""
    usual = [float(s["seconds"]) for n in rows.features if "seconds" in (s := settings_of(n))]
    if not usual:
        return None
    lengths = sorted(filter(None, (_length(song.path) for song in songs)))
    if not lengths:
        return None
    # As many as `extract` lets pass may be shorter.
    least = lengths[len(lengths) // 100]
    return None if least >= max(usual) else max(1.0, np.floor(10 * least) / 10)


def _length(path: Path) -> float:
    """Seconds of a file, 0 where it doesn't say."""
    import soundfile

    try:
        return float(soundfile.info(str(path)).duration)
    except (RuntimeError, OSError):
        return 0.0


def absolute(spec: Spec) -> Spec:
    """The same spec, readable from any folder."""

    def full(path: str | None) -> str | None:
        return None if path is None else str(spec.path(path).absolute())

    groups, split, answers = spec.groups, spec.split, spec.answers
    changed: dict[str, Any] = {
        name: full(getattr(spec, name)) for name in ("train_ids", "labels", "test", "test_ids")
    }
    if isinstance(groups, GroupSpec) and groups.file:
        changed["groups"] = replace(groups, file=full(groups.file))
    if split is not None and split.files:
        changed["split"] = replace(
            split, files=tuple((part, str(full(path))) for part, path in split.files)
        )
    if answers is not None:
        changed["answers"] = replace(answers, labels=str(full(answers.labels)))
    boards = tuple(replace(board, sample=full(board.sample)) for board in spec.leaderboards)
    return replace(spec, train=str(full(spec.train)), leaderboards=boards, **changed)
