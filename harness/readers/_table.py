"""What every reader returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Table:
    """One file's cells.

    Attributes
    ----------
    path : Path
    columns : tuple of str
        Every column's name in the file's order; ``"0"``, ``"1"``, ... where there is no header.
    numbers : float32 array, shape (rows, number columns)
        The number columns in the file's order, possibly memory-mapped; NaN is a missing cell.
    number_columns : tuple of str
        Their names.
    text : mapping of column name to object array of str, shape (rows,)
        The columns asked for as text; ``""`` is a missing cell.
    fingerprint : str
        Hash of the file's content.
    """

    path: Path
    columns: tuple[str, ...]
    numbers: NDArray[np.float32]
    number_columns: tuple[str, ...]
    text: Mapping[str, NDArray[np.object_]] = field(default_factory=dict)
    fingerprint: str = ""

    @property
    def rows(self) -> int:
        """How many rows the file holds."""
        return len(self.numbers)
