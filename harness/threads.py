"""Thread settings and quietness, made once and before the heavy imports.

Spinning worker threads of OpenBLAS and OpenMP cost up to 30 times on a busy machine; passive
waiting and one BLAS thread give the same results, up to the order of sums. One thread has one order
on one machine; another processor may have another. The libraries read these variables when they are
imported, so `settle` has to run first; what the user has set stays.
"""

from __future__ import annotations

import os

DEFAULTS = {
    "OMP_WAIT_POLICY": "PASSIVE",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "POLARS_MAX_THREADS": str(max(1, min(8, os.cpu_count() or 1))),
    "KERAS_BACKEND": "tensorflow",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_ENABLE_ONEDNN_OPTS": "0",
    "CUDA_VISIBLE_DEVICES": "-1",
    "MPLBACKEND": "Agg",
}


def settle() -> None:
    """Set every default that the environment doesn't set already."""
    for name, value in DEFAULTS.items():
        os.environ.setdefault(name, value)


def cores() -> int:
    """How many cores this process may use; ``HARNESS_CORES`` says fewer."""
    given = os.environ.get("HARNESS_CORES", "")
    if given.isdecimal() and int(given) > 0:
        return int(given)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
