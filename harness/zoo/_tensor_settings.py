"""The hyper-parameters that nets on images and sequences have in common, with their ranges.

They stand apart so that reading them doesn't load TensorFlow.
"""

from __future__ import annotations

from typing import Annotated

from harness.zoo._settings import at_least, between

BlockName = str | None
MaskShare = Annotated[float, between(0, 0.9)]
Mixing = Annotated[float, between(0, 10)]
Side = Annotated[int | None, at_least(1)]
