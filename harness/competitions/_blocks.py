"""Blocks as the spec names them, found among the feature columns."""

from __future__ import annotations

import math
from collections.abc import Sequence

from harness.competition import Block
from harness.competitions._spec import BlockSpec
from harness.errors import FaultsError


def resolve_blocks(
    specs: Sequence[BlockSpec], features: Sequence[str], *, where: str
) -> tuple[Block, ...]:
    """Every block's place among `features`.

    Raises
    ------
    FaultsError
        Naming every block that leaves the features, isn't in one piece, shares a column with
        another one or doesn't fit its shape.
    """
    faults: list[str] = []
    blocks: list[Block] = []
    for spec in specs:
        found = _place(spec, features)
        if isinstance(found, str):
            faults.append(f"block {spec.name!r}: {found}")
            continue
        start, stop = found
        if spec.shape is not None and math.prod(spec.shape) != stop - start:
            shown = " x ".join(map(str, spec.shape))
            width = f"shape {shown} is {math.prod(spec.shape)}, but it has {stop - start} columns"
            faults.append(f"block {spec.name!r}: {width}")
        for other in blocks:
            if start < other.stop and other.start < stop:
                both = f"{max(start, other.start)} to {min(stop, other.stop) - 1}"
                faults.append(f"blocks {other.name!r} and {spec.name!r} share columns {both}")
                break
        blocks.append(Block(spec.name, start, stop, spec.shape))
    if faults:
        raise FaultsError(faults, where=where, todo="put [[blocks]] right")
    return tuple(blocks)


def _place(spec: BlockSpec, features: Sequence[str]) -> tuple[int, int] | str:
    """(start, stop), or what is wrong."""
    if spec.start is not None and spec.stop is not None:
        if spec.stop > len(features):
            return f"ends at column {spec.stop}, but there are {len(features)} feature columns"
        return spec.start, spec.stop
    ends = spec.names or (str(spec.first), str(spec.last))
    position = {column: k for k, column in enumerate(features)}
    lacking = [name for name in ends if name not in position]
    if lacking:
        return f"no feature column is called {', '.join(map(repr, lacking))}"
    at = [position[name] for name in ends]
    if spec.names and at != list(range(at[0], at[0] + len(at))):
        return "its columns don't stand next to each other in that order"
    if at[-1] < at[0]:
        return f"{spec.last!r} stands before {spec.first!r}"
    return at[0], at[-1] + 1
