"""The seam between a competition's blocks and models that look at images or sequences.

How a model of the zoo gets its tensor
--------------------------------------
1. Its classifier is a subclass of `harness.zoo._tensor_net.TensorClassifier` and says what it looks
   at: ``sees = "image"`` or ``"sequence"`` (and ``wants = "mfcc"``, where only blocks of that name
   will do). It takes the settings ``block`` and ``time`` and the parameter ``shape``.
2. When the pipeline is built, `harness.prepare.pipeline` asks ``model.seeing(competition)``, which
   chooses the block by `choose` and gives back the block and a model that knows its `shape`. The
   pipeline then begins with a step that takes that block's columns and no others; columns keep
   their places, so nothing that drops or mixes them (PCA, selection) may stand before the model.
3. ``fit(X, y)`` gets rows of exactly prod(shape) columns: an array, or a `harness.matrices.Part` of
   a matrix on the disk, of which it reads a batch at a time. Inside the net, the flat rows become
   tensors, scaled by means and deviations of the rows that it trains on (see `Layout`).
4. The subclass writes ``body(x, n_classes, random)``: from the scaled tensor, (rows, height, width,
   channels) or (rows, time, coefficients), to the softmax. That is all it has to write.

Without a competition (``shape=None``) every column is taken: as an image of one line, or as a
sequence of single numbers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from harness.competition import Block, Competition
from harness.errors import UsageError
from harness.registry import unknown

Sees = Literal["image", "sequence"]
Time = Literal["auto", "first", "last"]

# What to extract where there is nothing to look at.
FEATURES: dict[Sees, str] = {"image": "mel", "sequence": "mfcc-seq"}
SHAPES: dict[Sees, str] = {
    "image": "height x width, or height x width x channels",
    "sequence": "time x coefficients",
}


def suits(block: Block, sees: Sees) -> bool:
    """Whether a block can be looked at so: a matrix of at least 2 x 2, such as 7 x 24.

    Images may have channels behind; a sequence takes those as more coefficients.
    """
    shape = block.shape or ()
    return len(shape) in (2, 3) and min(shape[:2]) >= 2


def choose(
    competition: Competition, sees: Sees, *, model: str, name: str | None = None, wants: str = ""
) -> Block:
    """The block that a model looks at.

    Parameters
    ----------
    competition : Competition
    sees : "image" or "sequence"
    model : str
        The model's name, for messages.
    name : str, optional
        The block that the user named (``--set block=NAME``). By default the first that suits; for
        sequences, one called ``mfcc...`` goes before others.
    wants : str
        Only blocks whose names begin so are taken, unless the user names one.

    Raises
    ------
    UsageError
        When there is none, or the one named is no image or sequence; it says how to get one.
    """
    plain = [block for block in competition.blocks if not _has_text(competition, block)]
    if name is not None:
        return _named(competition, plain, sees, model, name)
    fitting = [block for block in plain if suits(block, sees)]
    preferred = wants or ("mfcc" if sees == "sequence" else "")
    first = [block for block in fitting if block.name.startswith(preferred)]
    found = first or ([] if wants else fitting)
    if found:
        return found[0]
    what = f"a block called {wants}..." if wants else f"{_a(sees)} block"
    extracted = wants if wants and sees == "image" else FEATURES[sees]
    todo = f"extract one from audio: `harness extract DIR --features {extracted}`; "
    if fitting:
        todo += f"or take another: --set block={fitting[0].name}"
    else:
        todo += f"or add [[blocks]] with a shape ({SHAPES[sees]}) to competition.toml"
    raise UsageError(
        f"needs {what}, and {competition.name} has none: "
        f"{_listed(competition.blocks) or 'it declares no blocks'}",
        where=f"--model {model}",
        todo=todo,
    )


def _named(
    competition: Competition, plain: Sequence[Block], sees: Sees, model: str, name: str
) -> Block:
    where = f"--set block={name}"
    known = {block.name: block for block in competition.blocks}
    if name not in known:
        if not known:
            raise UsageError(f"{competition.name} declares no blocks", where=where)
        problem = unknown("block", name, known)
        raise type(problem)(problem.what, where=where, todo=problem.todo)
    block = known[name]
    if block not in plain or not suits(block, sees):
        has_text = "holds text columns" if block not in plain else f"has no shape {SHAPES[sees]}"
        good = [other.name for other in plain if suits(other, sees)]
        raise UsageError(
            f"{model} can't look at this block: it {has_text}",
            where=where,
            todo=f"these would do: {', '.join(good)}"
            if good
            else "give it a shape in competition.toml's [[blocks]]",
        )
    return block


def time_axis(block: Block, time: Time = "auto") -> Literal["first", "last"]:
    """Which of a block's two axes is time (for an image: which runs across).

    By itself: the first where the block is called a sequence (``mfcc-seq``), the last of a ``mel``
    image; else the longer one, and the last where both are as long.
    """
    if time != "auto":
        return time
    if "seq" in block.name or not block.shape:
        return "first"
    height, width = block.shape[:2]
    return "first" if height > width and not block.name.startswith("mel") else "last"


@dataclass(frozen=True)
class Layout:
    """How a flat row of a block becomes a tensor.

    Attributes
    ----------
    sees : "image" or "sequence"
    shape : tuple of int
        The block's own: (a, b) or (a, b, channels); the last axis runs fastest.
    time : "first" or "last"
        Which of a and b is time.

    Notes
    -----
    Scaling: one mean and deviation for each band or coefficient (all moments of a clip together),
    because bands and statistics have units of their own and moments have not; an image with
    channels has one for each channel, as pictures are scaled.
    """

    sees: Sees
    shape: tuple[int, ...]
    time: Literal["first", "last"]

    @property
    def tensor(self) -> tuple[int, ...]:
        """The tensor's shape: (height, width, channels) or (time, coefficients)."""
        a, b, c = (*self.shape, 1)[:3]
        if self.sees == "image":
            return (a, b, c)
        return (a, b * c) if self.time == "first" else (b, a * c)

    @property
    def turned(self) -> bool:
        """Whether the flat row has to be turned to bring time to the front."""
        return self.sees == "sequence" and self.time == "last"

    @property
    def shared(self) -> tuple[int, ...]:
        """The tensor's axes, from 0 without the rows', that share one mean and deviation."""
        if self.sees == "sequence":
            return (0,)
        if len(self.shape) == 3:
            return (0, 1)
        return (0,) if self.time == "first" else (1,)

    @property
    def width(self) -> int:
        """Columns of a flat row."""
        return math.prod(self.shape)


def layout(sees: Sees, shape: tuple[int, ...] | None, time: Time, columns: int) -> Layout:
    """The layout of rows of `columns` cells; without a shape, one line of all of them."""
    if shape is not None:
        block = Block("", 0, math.prod(shape), tuple(shape))
        return Layout(sees, tuple(shape), time_axis(block, time))
    if sees == "image":
        return Layout(sees, (1, columns), "first")
    return Layout(sees, (columns, 1), "first")


def _has_text(competition: Competition, block: Block) -> bool:
    return any(block.start <= column < block.stop for column in competition.text)


def _a(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeio" else f"a {noun}"


def _listed(blocks: Sequence[Block]) -> str:
    def one(block: Block) -> str:
        shape = " x ".join(map(str, block.shape)) if block.shape else f"{block.stop - block.start}"
        return f"{block.name} ({shape if block.shape else shape + ' columns'})"

    shown = ", ".join(map(one, blocks[:6])) + (", ..." if len(blocks) > 6 else "")
    return f"its blocks are {shown}" if shown else ""
