"""Which competition a command works on."""

from __future__ import annotations

import os
from pathlib import Path

from harness.competition import Competition
from harness.competitions import demo
from harness.competitions._load import load
from harness.competitions._spec import read_spec

SPEC = "competition.toml"


def find(data: Path | None = None) -> Competition:
    """The competition at `data`, else ``HARNESS_DATA``, else ``./data``; the demo where none is."""
    folder = data or Path(os.environ.get("HARNESS_DATA", "data"))
    if not (folder / SPEC).exists():
        demo.make(folder)
    return load(read_spec(folder / SPEC))
