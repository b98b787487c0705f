"""Entries of other machines: what differs, and how far apart rounding alone may bring a fit.

Sums of floats depend on the processor, on the libraries' codes for it and on the number of threads.
A linear model moves by 1e-15 of that; a net that trains for hundreds of steps, or a tree with two
splits that are equally good, can end far away. No fixed number tells that from a forgery. So where
more than rounding differs, the fold is fitted once more, in a process whose libraries take their
codes for another processor: as far as the same fit moves here, about as far may an honest entry be.
"""

from __future__ import annotations

import os
import platform
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from harness import children
from harness.competition import Competition, Labels, Probabilities
from harness.entries import Entry
from harness.errors import HarnessError
from harness.evaluate import metrics
from harness.plans import FitSettings, Plan, plan
from harness.provenance import machine
from harness.threads import cores
from harness.vouching import _refit
from harness.vouching._compare import ROUNDING

# Two honest fits are as far apart as two others, but for luck.
TIMES = 5.0
# An old processor's codes, which every processor of its kind can run.
OLD_CORES = {"x86_64": ("Prescott", "Haswell"), "AMD64": ("Prescott", "Haswell")}
OLD_OTHERS = ("ARMV8", "GENERIC")
OLD_INSTRUCTIONS = "SSE41"


def differing(receipt: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """What of the machine was another when an entry was made: name to (then, now); {}: nothing.

    Receipts that don't say are taken for another machine's.
    """
    now = machine() | {"cores": str(cores())}
    told = receipt.get("machine")
    if not isinstance(told, Mapping):
        return {"machine": ("unknown", now["processor"])}
    then = {str(name): str(value) for name, value in told.items()}
    then["cores"] = str(receipt.get("cores", "unknown"))
    return {
        name: (then.get(name, "not set"), now.get(name, "not set"))
        for name in dict.fromkeys((*now, *then))
        if then.get(name) != now.get(name)
    }


@dataclass(frozen=True)
class Allowed:
    """How far a fit that is made again may be from an honest entry.

    Attributes
    ----------
    largest, mean : float
        Of the absolute differences in probabilities.
    moved : float, or None
        How far another processor's codes moved the fit here; None where it wasn't tried.
    """

    largest: float = ROUNDING
    mean: float = ROUNDING
    moved: float | None = None


def allowed(ready: Plan, entry: str, again: Mapping[int, Probabilities]) -> Allowed:
    """How far rounding may move these folds: measured on this machine.

    Parameters
    ----------
    again : mapping of fold number (from 1) to probabilities
        The folds as this machine fits them.
    """
    try:
        other = as_another_processor(ready, entry, again)
    except (BrokenProcessPool, OSError, HarnessError):
        return Allowed()
    moved = np.concatenate([np.abs(other[number] - proba) for number, proba in again.items()])
    return Allowed(
        max(ROUNDING, TIMES * float(moved.max())),
        max(ROUNDING, TIMES * float(moved.mean())),
        float(moved.max()),
    )


def as_another_processor(
    ready: Plan, entry: str, numbers: Iterable[int]
) -> dict[int, Probabilities]:
    """`_refit.fitted_again` in a process whose libraries take codes for another processor."""
    with _pretending(), ProcessPoolExecutor(1, children.Context()) as pool:
        given = replace(ready.competition, answers=None), ready.settings, entry, list(numbers)
        return pool.submit(_fold, *given).result()


def _fold(
    competition: Competition, settings: FitSettings, entry: str, numbers: list[int]
) -> dict[int, Probabilities]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _refit.fitted_again(plan(competition, settings), entry, numbers, lambda step: None)


@contextmanager
def _pretending() -> Iterator[None]:
    """Settings for the processes that begin in the block: the libraries read them as they load."""
    here = machine()
    names = OLD_CORES.get(platform.machine(), OLD_OTHERS)
    chosen = {
        "OPENBLAS_CORETYPE": next(n for n in names if n != here.get("OPENBLAS_CORETYPE")),
        "NPY_DISABLE_CPU_FEATURES": " ".join(
            word
            for word in (os.environ.get("NPY_DISABLE_CPU_FEATURES"), here["instructions"])
            if word
        ),
        "ONEDNN_MAX_CPU_ISA": OLD_INSTRUCTIONS,
    }
    before = {name: os.environ.get(name) for name in chosen}
    os.environ.update({name: value for name, value in chosen.items() if value})
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@dataclass(frozen=True)
class Fitted:
    """A fit made again beside what the entry has: differences, log-loss of both, what is due."""

    apart: Probabilities
    logloss: tuple[float, float]
    allowed: Allowed

    @classmethod
    def of(
        cls,
        entry: Entry,
        ready: Plan,
        made: Mapping[int, Probabilities],
        again: Probabilities,
        kept: Probabilities,
        rows: Labels,
        on_step: Callable[[str], None],
    ) -> Fitted:
        """Compare; where the machine is another and more than rounding differs, see what it does.

        Parameters
        ----------
        made : mapping
            `again` by folds, from 1.
        again, kept : float64 arrays, shape (s, K)
            Probabilities now and then, of `rows`.
        """
        y, apart, due = ready.competition.y[rows], np.abs(again - kept), Allowed()
        if apart.max() > ROUNDING and differing(entry.receipt):
            on_step("more differs than rounding: fitting it as another processor would")
            due = allowed(ready, entry.name, made)
        logloss = metrics.score("logloss", y, kept), metrics.score("logloss", y, again)
        return cls(apart, logloss, due)
