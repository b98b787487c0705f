"""Checkpoints of TensorFlow as plain arrays."""

from __future__ import annotations

import hashlib
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.errors import DataError

DATA = ".data-00000-of-00001"
INDEX = ".index"
# Far more than any network here has; a file that claims more is something else.
MOST_BYTES = 1 << 28
# What the optimiser keeps beside each variable.
SLOTS = re.compile(r"/Adam(_\d+)?$|^beta\d_power$|^global_step$|^_CHECKPOINTABLE|^save_counter")


@dataclass(frozen=True)
class Files:
    """The two files of a checkpoint.

    Attributes
    ----------
    where : str
        For messages.
    index, data : bytes
    """

    where: str
    index: bytes
    data: bytes

    @property
    def identity(self) -> str:
        """SHA-256 of the index followed by the data."""
        return hashlib.sha256(self.index + self.data).hexdigest()


def read(files: Files) -> dict[str, NDArray[np.float32]]:
    """A checkpoint's variables by name, float32, without the optimiser's.

    TensorFlow takes no nameless prefix, as some checkpoints have: the files are read under another
    name, in a folder of their own.

    Raises
    ------
    DataError
        Where the files are no checkpoint, or hold something else than finite numbers.
    """
    from harness.threads import settle

    settle()
    import tensorflow as tf

    fault = DataError(
        "is no checkpoint of TensorFlow, or a damaged one", where=files.where, todo="fetch it again"
    )
    with tempfile.TemporaryDirectory(prefix="harness-") as folder:
        (Path(folder) / f"ckpt{INDEX}").write_bytes(files.index)
        (Path(folder) / f"ckpt{DATA}").write_bytes(files.data)
        try:
            reader = tf.train.load_checkpoint(str(Path(folder) / "ckpt"))
            kinds = reader.get_variable_to_dtype_map()
            names = [name for name in kinds if kinds[name].is_floating and not SLOTS.search(name)]
            found = {name: np.asarray(reader.get_tensor(name), np.float32) for name in names}
        except Exception as problem:
            # TensorFlow's own errors have no base in common: IndexError stands for a short file.
            raise fault from problem
    if not found:
        raise fault
    if bad := sorted(name for name, array in found.items() if not np.isfinite(array).all()):
        raise DataError(f"{bad[0]} holds what is no finite number", where=files.where)
    return found
