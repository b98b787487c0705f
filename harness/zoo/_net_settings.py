"""The hyper-parameters that nets have in common, with their ranges.

They stand apart so that reading a net's settings, or refusing one, doesn't load TensorFlow.
"""

from __future__ import annotations

from typing import Annotated, Literal

from harness.zoo._settings import above, at_least, between

Activation = Literal["elu", "relu", "gelu", "selu", "silu", "softplus", "sigmoid", "tanh", "linear"]
Widths = Annotated[tuple[int, ...], at_least(1)]
Count = Annotated[int, at_least(1)]
Rate = Annotated[float, above(0)]
DropoutShare = Annotated[float, between(0, 0.95)]
Penalty = Annotated[float, at_least(0)]
Patience = Annotated[int | None, at_least(0)]
WatchShare = Annotated[float, between(0, 0.5)]
