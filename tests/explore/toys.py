"""Shared by the tests of exploring: small competitions as arrays, odd ones among them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from worlds import small

from harness.competition import Block, Competition

EVIL = (
    "<script>alert(1)</script>",
    "$x_1$ and \\frac{1}{0}",
    "[red]a|b[/red]",
    "two\nlines",
    "\x1b[31mred\x1b[0m",
    '"><img src=x onerror=alert(1)>',
    "../../etc/passwd",
    "",
    "\u202eesrever",
    "x" * 200,
    "a\U0003fffd",
)


def toy(X: Any, y: Any, **more: Any) -> Competition:
    """A competition of these rows; columns and classes are named where `more` doesn't."""
    X = np.asarray(X, dtype=np.float32)
    y = np.asarray(y, dtype=np.int64)
    classes = tuple(map(str, range(int(y.max()) + 1)))
    told: dict[str, Any] = {
        "name": "toy",
        "classes": classes,
        "class_names": tuple(f"class {name}" for name in classes),
        "columns": tuple(map(str, range(X.shape[1]))),
        "X": X,
        "y": y,
        "X_test": None,
        "test_ids": (),
        "blocks": (),
        "leaderboards": (),
    }
    return replace(small(), **told | more)


def drawn(rows: int, columns: int, classes: int, **more: Any) -> Competition:
    """Rows by chance, in which class k stands out in column k."""
    rng = np.random.default_rng(0)
    y = np.arange(rows) % classes
    X = rng.normal(size=(rows, columns)) + 2 * np.eye(classes, columns)[y]
    return toy(X, y, **more)


def evil(classes: int = 11) -> Competition:
    """Names that want to be code, missing cells, text columns, blocks, a split."""
    rng = np.random.default_rng(0)
    rows, columns = 8 * classes, 14
    names = [*EVIL, *(f"plain {k}" for k in range(40))]
    y = np.arange(rows) % classes
    X = rng.normal(size=(rows, columns)) * 10.0 ** rng.integers(-3, 7, columns)
    X[:, 2] = 3 * X[:, 1] + 1
    X[rng.random(X.shape) < 0.1] = np.nan
    X[:, 5], X[:, 6] = 7, np.nan
    X[:, 12], X[:, 13] = rng.integers(0, 11, rows), 0
    X[:3, 12] = np.nan
    text: Mapping[int, tuple[str, ...]] = {12: EVIL, 13: ("only",)}
    return toy(
        X,
        y,
        name="../<b>evil</b>",
        title="<i>title</i> & more",
        class_names=tuple(names[:classes]),
        columns=tuple(names[:columns]),
        X_test=X[:5].astype(np.float32),
        test_ids=tuple("abcde"),
        text=text,
        blocks=(Block("../<script>", 0, 8, (2, 4)), Block("holds text", 10, 14, (2, 2))),
        predefined=rng.integers(-2, 2, rows),
        part_names=("<one>", "two"),
        notes=("a <note>",),
    )
