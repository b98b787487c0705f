"""What a result depends on beside data and settings: code, libraries' versions, the machine."""

from __future__ import annotations

import hashlib
import os
import platform
from functools import cache
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

from harness.threads import DEFAULTS

LIBRARIES = ("numpy", "scipy", "scikit-learn", "imbalanced-learn", "lightgbm", "keras")


def versions() -> dict[str, str]:
    """Versions of what a result depends on."""
    return {"python": platform.python_version(), "machine": platform.machine()} | {
        name: version(name) for name in LIBRARIES
    }


# What the libraries read to choose among their codes, and so the order of their sums.
CODE_PATHS = (
    "OPENBLAS_CORETYPE",
    "OPENBLAS_L2_SIZE",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OMP_NUM_THREADS",
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
    "TF_ENABLE_ONEDNN_OPTS",
    "ONEDNN_MAX_CPU_ISA",
    "DNNL_MAX_CPU_ISA",
    "NPY_DISABLE_CPU_FEATURES",
    "NPY_ENABLE_CPU_FEATURES",
)


def machine() -> dict[str, str]:
    """What decides the last bits of sums: the processor, its instructions, and what chooses codes.

    Two processes with the same machine, the same versions and as many cores compute the same bits;
    others agree up to rounding. There is no name and no address in it.

    Returns
    -------
    dict of str to str
        ``processor``, ``instructions`` (what numpy found, or was left), ``system``, and those of
        `CODE_PATHS` that are set, by the user or by `harness.threads`.
    """
    given = {name: os.environ.get(name) or DEFAULTS.get(name) for name in CODE_PATHS}
    return {
        "processor": _processor(),
        "instructions": _instructions(),
        "system": f"{platform.system()} {platform.libc_ver()[1]}".strip(),
        **{name: value for name, value in given.items() if value},
    }


@cache
def _processor() -> str:
    """Its model, with the numbers that tell models apart where a virtual machine hides the name."""
    told = {}
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        text = ""
    for line in text.partition("\n\n")[0].splitlines():
        name, _, value = line.partition(":")
        told[name.strip()] = " ".join(value.split())
    name = told.get("model name") or platform.processor() or platform.machine()
    numbers = [told[key] for key in ("cpu family", "model", "stepping") if key in told]
    return f"{name} ({'.'.join(numbers)})" if numbers else name


@cache
def _instructions() -> str:
    """The extensions that numpy uses here, beyond those that it asks of every processor."""
    try:
        core = import_module("numpy._core._multiarray_umath")
        found = [name for name in core.__cpu_dispatch__ if core.__cpu_features__.get(name)]
    except (ImportError, AttributeError):
        return ""
    return " ".join(found)


@cache
def code_digest() -> str:
    """Hash of the project's own source: a fit isn't resumed with folds of other code."""
    root = Path(__file__).parent
    digest = hashlib.blake2b(digest_size=8)
    for path in sorted(root.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
