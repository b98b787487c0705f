"""TensorFlow and Keras, loaded quickly, quietly, and with threads that suit small nets.

Import `keras` and `tf` from here, never directly: what is set here has to be set first.
"""

from __future__ import annotations

import gc
import os

from harness.errors import UsageError
from harness.threads import settle

settle()

# Importing TensorFlow makes a million objects and frees none: the collector only costs (a quarter
# of the time) while it runs.
_collecting = gc.isenabled()
gc.disable()
try:
    import keras
    import tensorflow as tf
finally:
    if _collecting:
        gc.enable()

__all__ = ["keras", "tf"]

if keras.backend.backend() != "tensorflow":
    raise UsageError(
        f"Keras runs on {keras.backend.backend()!r}; these models are written for TensorFlow",
        where="KERAS_BACKEND",
        todo="unset KERAS_BACKEND",
    )


def _one_thread() -> None:
    """One thread for TensorFlow, unless the user asked for another number.

    A step of a small net takes 0.2 ms. Handing parts of it to a second thread costs more than it
    saves: with two threads the same fit takes 1.3 to 2 times as long on two cores, busy or idle.
    One thread also adds up in one order, whatever else the machine does.
    """
    wanted = {
        "TF_NUM_INTRAOP_THREADS": tf.config.threading.set_intra_op_parallelism_threads,
        "TF_NUM_INTEROP_THREADS": tf.config.threading.set_inter_op_parallelism_threads,
    }
    for variable, setter in wanted.items():
        if variable in os.environ:
            continue
        try:
            setter(1)
        except RuntimeError:
            # TensorFlow is already at work in this process: its threads are the caller's choice.
            return


_one_thread()
