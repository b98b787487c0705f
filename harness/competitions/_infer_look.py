"""The files of a folder as they look, and the reasons of what was inferred from them."""

from __future__ import annotations

from dataclasses import dataclass, field

from harness.competitions._infer_files import Files
from harness.readers import Peek


@dataclass(frozen=True)
class Reason:
    """Something inferred: which key of `competition.toml`, what it became, and why."""

    key: str
    what: str
    why: str


@dataclass(frozen=True)
class Wishes:
    """What the user says instead of a guess."""

    label: str | None = None
    id: str | None = None
    groups: str | None = None
    ignore_case: bool | None = None


@dataclass
class Look:
    """The files as they look, and what has been inferred so far."""

    files: Files
    train: Peek
    labels: Peek | None
    test: Peek | None
    samples: list[Peek]
    wishes: Wishes
    reasons: list[Reason] = field(default_factory=list)

    def say(self, key: str, what: str, why: str) -> None:
        """Note a guess."""
        self.reasons.append(Reason(key, what, why))

    @property
    def where(self) -> str:
        """The training file, for messages."""
        return str(self.train.path)
