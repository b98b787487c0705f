"""Shared by the tests of the report: entries that no model was fitted for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from harness import entries
from harness.atomic import write_json

EVIL = ("<script>", "$x_1$ and \\frac{1}{0}$", "[red]", "a|b", "two\nlines", "\x1b[31mred\x1b[0m")
HISTORY = [
    {"loss": [1.0, 0.5, 0.4], "accuracy": [0.3, 0.5, 0.6], "val_loss": [1.1, 0.7, 0.6]},
    {"loss": [1.2, 0.6], "accuracy": [0.2, 0.5], "val_loss": [1.3, 0.8]},
]


def drawn(k: int, *, rows: int = 200, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Labels of every one of k classes and probabilities that lean to them."""
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.arange(rows) % k)
    scores = rng.normal(size=(rows, k)) + 1.5 * np.eye(k)[y]
    return y, np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)


def make(
    folder: Path,
    names: tuple[str, ...] = ("Rock", "Jazz", "Rap"),
    *,
    name: str = "dense",
    history: Any = (),
    seed: int = 0,
    folds: np.ndarray | None = None,
    fingerprint: str = "small",
    **receipt: Any,
) -> entries.Entry:
    """An entry of 200 rows in 2 folds; `receipt` goes into the receipt."""
    y, oof = drawn(len(names), seed=seed)

    def fill(part: Path) -> dict[str, Any]:
        np.save(part / "y.npy", y)
        np.save(part / "oof.npy", oof)
        np.save(part / "folds.npy", np.arange(len(y)) % 2 if folds is None else folds)
        write_json(part / "history.json", list(history))
        told = {
            "name": "small",
            "fingerprint": fingerprint,
            "classes": [str(k) for k in range(len(names))],
            "class_names": list(names),
        }
        return {"model": "dense", "competition": told, "scores": {}} | receipt

    return entries.write(folder, name, fill, numbered=False)
