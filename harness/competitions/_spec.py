"""`competition.toml`, parsed and checked: what the files are, before any of them is opened."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from harness.competition import Block


@dataclass(frozen=True)
class LeaderboardSpec:
    """A `[[leaderboards]]` table."""

    metric: str
    id_header: str = "id"
    label_header: str = "label"
    class_headers: tuple[str, ...] = ()
    sample: str | None = None


@dataclass(frozen=True)
class Spec:
    """A `competition.toml`; paths are relative to `root`.

    Columns are named as the header does, or ``"0"``, ``"1"``, ... where there is none.
    """

    root: Path
    name: str
    train: str
    classes: tuple[str, ...]
    title: str = ""
    class_names: tuple[str, ...] = ()
    header: bool = False
    # Labels stand in a column of the training file, or in a file of their own.
    label_column: str | None = None
    labels: str | None = None
    labels_header: bool = False
    id_column: str | None = None
    group_column: str | None = None
    drop: tuple[str, ...] = ()
    text: tuple[str, ...] = ()
    missing: bool = False
    test: str | None = None
    test_header: bool = False
    first_id: int = 1
    blocks: tuple[Block, ...] = ()
    leaderboards: tuple[LeaderboardSpec, ...] = ()
    answers: str | None = None
    answers_header: bool = False


def read_spec(path: Path) -> Spec:
    """Parse `competition.toml`."""
    raw = tomllib.loads(path.read_text(encoding="utf-8"))
    train, test = raw["train"], raw.get("test", {})
    return Spec(
        root=path.parent,
        name=raw["name"],
        title=raw.get("title", ""),
        train=train["features"],
        header=train.get("header", False),
        labels=train.get("labels"),
        labels_header=train.get("labels_header", False),
        test=test.get("features"),
        test_header=test.get("header", False),
        first_id=test.get("first_id", 1),
        classes=tuple(raw["classes"]["values"]),
        class_names=tuple(raw["classes"].get("names", ())),
        blocks=tuple(
            Block(b["name"], *b["columns"], tuple(b["shape"]) if "shape" in b else None)
            for b in raw.get("blocks", ())
        ),
        leaderboards=tuple(
            LeaderboardSpec(
                metric=b["metric"],
                id_header=b.get("id", "id"),
                label_header=b.get("label", "label"),
                class_headers=tuple(b.get("classes", ())),
                sample=b.get("sample"),
            )
            for b in raw.get("leaderboards", ())
        ),
        answers=raw.get("answers", {}).get("labels"),
    )
