"""What a feature set is: columns with names, the parameters they come from, and the sum itself."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.audio._clip import Clip


@dataclass(frozen=True)
class Part:
    """Neighbouring columns of a set under one name.

    Attributes
    ----------
    name : str
        The block's name in the competition.
    columns : tuple of str
        Their names; empty where there are too many to name, then they are ``name_0``, ``name_1``...
    unit : str
    shape : tuple of int, optional
        When they are a matrix; the last axis runs fastest.
    """

    name: str
    columns: tuple[str, ...] = ()
    unit: str = ""
    shape: tuple[int, ...] | None = None

    @property
    def width(self) -> int:
        """How many columns."""
        return len(self.columns) or math.prod(self.shape or (0,))

    @property
    def names(self) -> tuple[str, ...]:
        """Every column's name."""
        return self.columns or tuple(f"{self.name}_{k}" for k in range(self.width))


@dataclass(frozen=True)
class FeatureSet:
    """A feature set with its parameters settled.

    Attributes
    ----------
    name : str
    compute : callable
        From a `Clip` to float32, (width,).
    parts : tuple of Part
        The columns in order.
    seconds : float
        The shortest clip it can take; what it needs of every clip where the width depends on it.
    parameters : mapping
        All that the values depend on beside the clip, as JSON can hold it.
    revision : int
        Goes up when the same parameters give other values: what was extracted before is stale.
    """

    name: str
    compute: Callable[[Clip], NDArray[np.float32]]
    parts: tuple[Part, ...]
    seconds: float
    parameters: Mapping[str, Any] = field(default_factory=dict)
    revision: int = 1

    @property
    def width(self) -> int:
        """How many columns."""
        return sum(part.width for part in self.parts)

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column's name."""
        return tuple(name for part in self.parts for name in part.names)

    def digest(self, **more: Any) -> str:
        """Short hash of the parameters, and of `more` that the values depend on."""
        said = [self.name, self.revision, dict(self.parameters), more]
        return sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:12]
