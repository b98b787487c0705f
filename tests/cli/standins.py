"""Shared by the tests of commands: entries that no model was fitted for, in ./submissions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from harness import entries
from harness.competition import Competition

Run = Callable[..., tuple[int, str, str]]


def add(world: Competition, model: str, skill: float, **receipt: Any) -> entries.Entry:
    """An entry whose probabilities lean to the truth by `skill`."""
    rng = np.random.default_rng(int(skill * 10))
    scores = rng.normal(size=(len(world.y), 3)) + skill * np.eye(3)[world.y]
    oof = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)

    def fill(part: Path) -> dict[str, Any]:
        np.save(part / "y.npy", world.y)
        np.save(part / "oof.npy", oof)
        np.save(part / "folds.npy", np.arange(len(oof)) % 5)
        if world.X_test is not None:
            np.save(part / "test.npy", rng.dirichlet(np.ones(3), len(world.test_ids)))
        return {
            "model": model,
            "created": f"2024-05-{len(list(Path('submissions').glob('*'))) + 1:02d}T00:00:00",
            "competition": {
                "name": world.name,
                "fingerprint": world.fingerprint,
                "data": str(world.root.resolve()),
            },
            "scores": {},
            **receipt,
        }

    return entries.write(Path("submissions"), model, fill)
