"""LightGBM's text of trees, read with suspicion: an entry may be a stranger's.

LightGBM believes its files: child nodes that lead outside of a tree, or round in a circle, crash
the process or never end. So the text is read here first, and what the library gets is not the file
but a text written anew from what was read and held to be sound: no line that nobody looked at
reaches it. That's why it is loaded in this process: a process of its own for every saved model
would cost a second each, and could do no more than die of what is refused here with its reason.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# LightGBM's own limits on leaves of a tree; of trees what nobody waits for.
MOST_LEAVES = 131_072
MOST_TREES = 1_000_000
MOST_COLUMNS = 10_000_000
# Of these arrays a tree with n leaves has n - 1 numbers; of the last n.
NODES = ("split_feature", "threshold", "decision_type", "left_child", "right_child")
LEAVES = "leaf_value"
WHOLE = ("split_feature", "decision_type", "left_child", "right_child")
# A number on the left goes left; how missing ones are recognised, and whether they go left.
DECISIONS = (0, 2, 4, 6, 8, 10)
NUMBERS = re.compile(r"[-+0-9.eE ]*")
COUNT = re.compile(r"-?[0-9]{1,9}")

Lines = Mapping[str, str]


class UnsoundTreesError(ValueError):
    """The text is no sound set of trees; the message says where and what."""


@dataclass(frozen=True)
class Trees:
    """Trees as LightGBM writes them, their numbers still in its own words.

    Attributes
    ----------
    classes, columns : int
    lines : sequence of mapping
        Of each tree its arrays by name, as text.
    sizes : int array
        Leaves of each tree.
    """

    classes: int
    columns: int
    lines: Sequence[Lines]
    sizes: NDArray[np.int64]

    def text(self) -> str:
        """A text that LightGBM loads: sound trees, and nothing that wasn't looked at."""
        trees = [
            "\n".join(
                [
                    f"Tree={number}",
                    f"num_leaves={leaves}",
                    "num_cat=0",
                    *(f"{name}={lines.get(name, '')}" for name in (*NODES, LEAVES)),
                    "is_linear=0",
                    "shrinkage=1",
                    "\n\n",
                ]
            )
            for number, (lines, leaves) in enumerate(zip(self.lines, self.sizes, strict=True))
        ]
        head = [
            "tree",
            "version=v4",
            f"num_class={self.classes}",
            f"num_tree_per_iteration={self.classes}",
            "label_index=0",
            f"max_feature_idx={self.columns - 1}",
            f"objective=multiclass num_class:{self.classes}",
            "feature_names=" + " ".join(f"Column_{k}" for k in range(self.columns)),
            "feature_infos=" + " ".join(["none"] * self.columns),
            # With these the library reads trees side by side.
            "tree_sizes=" + " ".join(str(len(tree)) for tree in trees),
            "\n",
        ]
        return "\n".join(head) + "".join(trees) + "end of trees\n\npandas_categorical:null\n"


def read(text: str, *, classes: int, columns: int) -> Trees:
    """The trees of a LightGBM text, if they are sound.

    Parameters
    ----------
    text : str
        As ``Booster.model_to_string`` gives it, of a multiclass booster without categories.
    classes, columns : int
        What the model beside it has; at most so many rows of numbers are expected.

    Raises
    ------
    UnsoundTreesError
        For anything else: keys missing or twice, sizes that don't fit, nodes without a parent, with
        two, or in a circle, columns that there aren't, numbers that are none.
    """
    head, blocks = _parts(text)
    for name, wanted in (
        ("num_class", classes),
        ("num_tree_per_iteration", classes),
        ("max_feature_idx", columns - 1),
    ):
        if (found := _count(head, name, "its head")) != wanted:
            raise UnsoundTreesError(f"{name} is {found} where {wanted} is due")
    if "average_output" in head:
        raise UnsoundTreesError("its trees are averaged; harness's add up")
    if head.get("objective", "").split() != ["multiclass", f"num_class:{classes}"]:
        raise UnsoundTreesError(f"its objective is none of {classes} classes")
    if not 1 <= columns <= MOST_COLUMNS or classes < 1:
        raise UnsoundTreesError(f"{columns} columns and {classes} classes")
    if not blocks or len(blocks) % classes or len(blocks) > MOST_TREES:
        raise UnsoundTreesError(f"{len(blocks)} trees are no rounds of {classes}")
    sizes = np.array([_leaves(lines, number) for number, lines in enumerate(blocks)])
    _check(blocks, sizes, columns)
    return Trees(classes, columns, blocks, sizes)


def _parts(text: str) -> tuple[Lines, list[Lines]]:
    """The head's lines by key, and each tree's; what follows the trees is nobody's business."""
    trees, end, _ = text.partition("\nend of trees")
    first, *rest = re.split(r"\nTree=", "\n" + trees)
    if not end or not first.startswith("\ntree\n"):
        raise UnsoundTreesError("it doesn't begin and end as a text of trees")
    blocks = []
    for number, block in enumerate(rest):
        name, _, lines = block.partition("\n")
        if name != str(number):
            raise UnsoundTreesError(f"tree {number} is called {name[:20]!r}")
        blocks.append(_keyed(lines, f"tree {number}"))
    return _keyed(first.removeprefix("\ntree\n"), "its head"), blocks


def _keyed(lines: str, where: str) -> Lines:
    found: dict[str, str] = {}
    for line in lines.split("\n"):
        if not line:
            continue
        key, _, value = line.partition("=")
        if key in found:
            raise UnsoundTreesError(f"{where} has {key[:40]!r} twice")
        found[key] = value
    return found


def _count(lines: Lines, name: str, where: str) -> int:
    value = lines.get(name)
    if value is None:
        raise UnsoundTreesError(f"{where} lacks {name}")
    if not COUNT.fullmatch(value):
        raise UnsoundTreesError(f"{where}: {name} is {value[:20]!r}, no whole number")
    return int(value)


def _leaves(lines: Lines, number: int) -> int:
    """How many leaves a tree says it has."""
    where = f"tree {number}"
    leaves = _count(lines, "num_leaves", where)
    if not 1 <= leaves <= MOST_LEAVES:
        raise UnsoundTreesError(f"{where} has {leaves} leaves")
    for name in ("num_cat", "is_linear"):
        if name in lines and _count(lines, name, where) != 0:
            raise UnsoundTreesError(f"{where}: {name} isn't 0; harness grows no such trees")
    return leaves


def _check(blocks: Sequence[Lines], sizes: NDArray[np.int64], columns: int) -> None:
    """Refuse arrays that don't fit each other; all trees at once."""
    arrays = {name: _numbers(blocks, name, sizes - 1) for name in NODES}
    _numbers(blocks, LEAVES, sizes)
    tree = np.repeat(np.arange(len(sizes)), sizes - 1)
    node = np.arange(len(tree)) - np.repeat(np.cumsum(sizes - 1) - (sizes - 1), sizes - 1)
    feature = arrays["split_feature"]
    _refuse((feature < 0) | (feature >= columns), tree, f"splits a column beyond its {columns}")
    _refuse(~np.isin(arrays["decision_type"], DECISIONS), tree, "has an unknown decision_type")
    leaves = np.repeat(sizes, sizes - 1)
    # Every node and every leaf but the root is a child once: leaves are -1, -2 and so on.
    starts = np.cumsum(2 * sizes - 1) - (2 * sizes - 1)
    parents = np.zeros(int((2 * sizes - 1).sum()), dtype=np.int64)
    for name in ("left_child", "right_child"):
        child = arrays[name]
        inside = np.where(child < 0, -child <= leaves, (child > node) & (child < leaves - 1))
        _refuse(~inside, tree, f"has a {name} outside of it, or above its parent")
        place = np.where(child < 0, leaves - 2 - child, child)
        np.add.at(parents, starts[tree] + place.astype(np.int64), 1)
    due = np.ones(len(parents), dtype=np.int64)
    due[starts] = 0
    owner = np.repeat(np.arange(len(sizes)), 2 * sizes - 1)
    _refuse(parents != due, owner, "has a node with two parents, or with none")


def _numbers(blocks: Sequence[Lines], name: str, due: NDArray[np.int64]) -> NDArray[np.float64]:
    """An array of every tree, one behind the other; `due` are their lengths."""
    found = []
    for number, (lines, length) in enumerate(zip(blocks, due, strict=True)):
        # A tree of one leaf has no nodes to list.
        value = lines.get(name, None if length else "")
        if value is None:
            raise UnsoundTreesError(f"tree {number} lacks {name}")
        if not NUMBERS.fullmatch(value):
            raise UnsoundTreesError(f"tree {number}: {name} holds what is no number")
        words = value.split()
        if len(words) != length:
            raise UnsoundTreesError(
                f"tree {number}: {len(words)} numbers in {name} where {length} are due"
            )
        found += words
    try:
        numbers = np.array(found, dtype=np.float64)
    except ValueError as problem:
        raise UnsoundTreesError(f"{name} holds what is no number") from problem
    tree = np.repeat(np.arange(len(due)), due)
    _refuse(~np.isfinite(numbers), tree, f"has a {name} that isn't finite")
    if name in WHOLE:
        # In LightGBM's words too: "1.0" would be read as 1 and what follows as another number.
        odd = np.array([not COUNT.fullmatch(word) for word in found], dtype=bool)
        _refuse(odd, tree, f"has a {name} that is no whole number")
    return numbers


def _refuse(wrong: NDArray[np.bool_], tree: NDArray[np.int64], what: str) -> None:
    if wrong.any():
        raise UnsoundTreesError(f"tree {tree[int(wrong.argmax())]} {what}")
