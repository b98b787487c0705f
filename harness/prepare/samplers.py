"""The ways to balance classes, one row each. A row names its parts and imports nothing.

Rows are made, removed or weighted in fit alone, on the fold's training part: held-out and test rows
are never touched. Samplers that use neighbours take fewer of them for a class that is too small,
and say so in ``notes_``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.registry import lookup, resolve


@dataclass(frozen=True)
class Sampler:
    """One row of the table. A row with no part at all leaves the classes as they are.

    Attributes
    ----------
    grow : str, optional
        ``"module:function"`` that makes new rows for one class; see `harness.prepare._growing`.
    clean : str, optional
        ``"module:class"`` of an imbalanced-learn sampler that leaves rows out, after growing.
    options : mapping
        What `clean` is made with.
    wrap : str, optional
        ``"module:class"`` of a meta-classifier around the model, in place of a sampler.
    """

    summary: str
    grow: str | None = None
    clean: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    wrap: str | None = None


SAMPLERS: dict[str, Sampler] = {
    "none": Sampler("the classes as they are"),
    "weights": Sampler(
        "row weights inversely proportional to class frequency",
        wrap="harness.prepare._weights:BalancedWeights",
    ),
    "over": Sampler(
        "rows of the smaller classes repeated at random", grow="harness.prepare._growing:copies"
    ),
    "under": Sampler(
        "rows of the larger classes left out at random",
        clean="imblearn.under_sampling:RandomUnderSampler",
        options={"random_state": 0},
    ),
    "smote": Sampler(
        "new rows on the line between two neighbours of a class",
        grow="harness.prepare._growing:smote",
    ),
    "borderline-smote": Sampler(
        "the same, only from rows near another class",
        grow="harness.prepare._growing:borderline_smote",
    ),
    "adasyn": Sampler(
        "the same, more of them where other classes are near",
        grow="harness.prepare._growing:adasyn",
    ),
    "smote-enn": Sampler(
        "smote, then rows whose neighbours disagree are left out",
        grow="harness.prepare._growing:smote",
        clean="imblearn.under_sampling:EditedNearestNeighbours",
        options={"sampling_strategy": "all"},
    ),
    "smote-tomek": Sampler(
        "smote, then pairs of nearest rows of two classes are left out",
        grow="harness.prepare._growing:smote",
        clean="imblearn.under_sampling:TomekLinks",
        options={"sampling_strategy": "all"},
    ),
}


def place(
    name: str, model: Any, *, class_names: Sequence[str], one_hot: bool, seed: int
) -> tuple[Any | None, Any]:
    """The sampler to put before the model, if any, and the model, wrapped if it has to be.

    Raises
    ------
    UnknownNameError
        Naming the known samplers.
    UsageError
        Where the model can't take what the row asks for.
    """
    row = lookup("sampler", name, SAMPLERS)
    if row.wrap:
        return None, resolve(row.wrap).around(model)
    if row.grow or row.clean:
        resampler = resolve("harness.prepare._resampling:Resampler")
        names = tuple(class_names)
        return resampler(kind=name, class_names=names, one_hot=one_hot, random_state=seed), model
    return None, model
