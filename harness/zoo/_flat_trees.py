"""Boosted trees as plain arrays: they predict and are saved without the library that grew them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

Doubles = NDArray[np.float64]

# Numbers held at once while rows walk down the trees.
AT_ONCE = 4_000_000


class FlatTrees(BaseEstimator):
    """Trees that add up to one score for each output.

    Parameters
    ----------
    nodes : mapping of str to array, shape (nodes,)
        ``column``, ``threshold`` (a row goes left where its cell is at most that), ``left`` and
        ``right`` (a leaf leads to itself), ``value``.
    roots : int array, shape (trees,)
        Where each tree begins; tree t adds to output t modulo the number of outputs.
    start : float64 array, shape (outputs,)
        Scores without any tree.
    depth : int
        Steps from a root to the deepest leaf.
    """

    def __init__(self, nodes: Any, *, roots: Any, start: Any, depth: int) -> None:
        self.nodes = nodes
        self.roots = roots
        self.start = start
        self.depth = depth

    @classmethod
    def of(cls, trees: Sequence[NDArray[Any]], start: Doubles) -> FlatTrees:
        """From the node tables of scikit-learn's histogram trees, one after the other."""
        table = np.concatenate(trees)
        lengths = np.array([len(tree) for tree in trees])
        roots = np.cumsum(lengths) - lengths
        offset = np.repeat(roots, lengths)
        leaf, own = table["is_leaf"] == 1, np.arange(len(table))
        nodes = {
            "column": np.where(leaf, 0, table["feature_idx"]).astype(np.int64),
            "threshold": table["num_threshold"].astype(np.float64),
            "left": np.where(leaf, own, table["left"] + offset).astype(np.int64),
            "right": np.where(leaf, own, table["right"] + offset).astype(np.int64),
            "value": np.where(leaf, table["value"], 0.0),
        }
        return cls(nodes, roots=roots, start=start, depth=int(table["depth"].max()))

    def check(self) -> None:
        """Raise ValueError where nodes, roots and depth don't fit each other: a file may be odd."""
        count = len(self.nodes["value"])
        links = [self.nodes[name] for name in ("column", "left", "right")]
        fits = all(np.shape(array) == (count,) for array in self.nodes.values())
        fits = fits and set(self.nodes) == {"column", "threshold", "left", "right", "value"}
        whole = all(np.issubdtype(np.asarray(part).dtype, np.integer) for part in links)
        inside = whole and all(
            ((part >= 0) & (part < count)).all() for part in (*links[1:], np.asarray(self.roots))
        )
        if not (fits and inside and (links[0] >= 0).all() and 0 <= self.depth <= count):
            raise ValueError("boosted trees have links that lead outside of them")
        if not len(self.start) or not len(self.roots) or len(self.roots) % len(self.start):
            raise ValueError("boosted trees are no whole rounds")

    def scores(self, X: Doubles) -> Doubles:
        """Sum of the leaves that each row of X, without missing cells, ends in; (n, outputs)."""
        outputs, found = len(self.start), np.empty((len(X), len(self.start)))
        step = max(1, AT_ONCE // len(self.roots))
        for first in range(0, len(X), step):
            rows = X[first : first + step]
            at = np.tile(self.roots, (len(rows), 1))
            for _ in range(self.depth):
                cell = np.take_along_axis(rows, self.nodes["column"][at], axis=1)
                left = cell <= self.nodes["threshold"][at]
                at = np.where(left, self.nodes["left"][at], self.nodes["right"][at])
            values = self.nodes["value"][at].reshape(len(rows), -1, outputs)
            found[first : first + step] = self.start + values.sum(axis=1)
        return found
