"""The hyper-parameters that nets on images and sequences have in common; and their `make`.

They stand apart so that reading them, or refusing one, doesn't load TensorFlow.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Annotated, Any, Literal, NamedTuple

from harness.registry import resolve
from harness.zoo._net_settings import Count, DropoutShare, Patience, Penalty, Rate, WatchShare
from harness.zoo._settings import Between, OneOf, at_least, between
from harness.zoo._tensors import Time

BlockName = str | None
MaskShare = Annotated[float, between(0, 0.9)]
Mixing = Annotated[float, between(0, 10)]
Side = Annotated[int | None, at_least(1)]
Ends = Literal["statistics", "cells"]

# What all of them search, beside their widths and epochs.
TENSOR_SPACE = {
    "batch_size": OneOf(8, 16, 32),
    "learning_rate": Between(1e-4, 1e-2, log=True),
    "dropout": Between(0, 0.7),
    "masking": Between(0, 0.3),
    "mixup": Between(0, 0.4),
}


class Hyper(NamedTuple):
    """A hyper-parameter: its type with its range, its default, and what it is."""

    kind: Any
    default: Any
    meaning: str


TRAINING: dict[str, Hyper] = {
    "epochs": Hyper(Count, 30, "Passes over the training rows; with patience, the most."),
    "batch_size": Hyper(Count, 16, "Rows a step."),
    "learning_rate": Hyper(Rate, 1e-3, "Of Adam, in the first epoch."),
    "decay": Hyper(bool, True, "Let the learning rate fall along half a cosine."),
    "dropout": Hyper(
        DropoutShare, 0.3, "Share of the cells before the softmax that a training step leaves out."
    ),
    "l2": Hyper(Penalty, 0.0, "Penalty on the squares of the weights."),
    "patience": Hyper(
        Patience,
        None,
        "Stop after so many epochs without gain on watch rows, and keep the best epoch's weights.",
    ),
    "watch": Hyper(
        WatchShare,
        0.0,
        "Share of the training part that is watched, not trained on; 0.1 with patience alone.",
    ),
}
CHANGES: dict[str, Hyper] = {
    "masking": Hyper(
        MaskShare,
        0.0,
        "In training, hide a span of time and one of bands in each row, up to this share of each.",
    ),
    "mixup": Hyper(
        Mixing,
        0.0,
        "In training, mix rows in pairs, by shares drawn from Beta(mixup, mixup); 0.2 is usual.",
    ),
}
LOOKING: dict[str, Hyper] = {
    "block": Hyper(
        BlockName, None, "Name of the block of columns to look at; by itself, the first that suits."
    ),
    "time": Hyper(
        Time,
        "auto",
        "Which axis of the block is time; by itself, told by the block's name, else the longer.",
    ),
}
CONVOLVED: dict[str, Hyper] = {
    "normalise": Hyper(
        bool, True, "Batch normalisation behind the convolutions, and of what the softmax sees."
    ),
    "ends": Hyper(
        Ends,
        "statistics",
        "What the softmax sees: mean and deviation over time of every band, or all cells.",
    ),
}
STEPS = Hyper(
    Side,
    128,
    "Neighbouring moments are averaged first, until there are no more than this; none takes all.",
)


def tensor_net(kind: str, summary: str, own: dict[str, Hyper], **defaults: Any) -> Callable:
    """The `make` of a net on tensors.

    Parameters
    ----------
    kind : str
        ``"module:class"`` of the classifier, imported when one is made.
    summary : str
        First line of the docstring.
    own : mapping
        Its hyper-parameters, all of them but the seed.
    **defaults
        In place of those in `own`.
    """
    seed = Hyper(int, 0, "Seed of initial weights, shuffles, dropout, augmentation, watch rows.")
    settings = own | {"random_state": seed}
    settings |= {name: settings[name]._replace(default=value) for name, value in defaults.items()}

    def make(**given: Any) -> Any:
        return resolve(kind)(**{name: one.default for name, one in settings.items()} | given)

    made: Any = make
    made.__annotations__ = {name: one.kind for name, one in settings.items()} | {"return": Any}
    made.__signature__ = inspect.Signature(
        [
            inspect.Parameter(
                name, inspect.Parameter.KEYWORD_ONLY, default=one.default, annotation=one.kind
            )
            for name, one in settings.items()
        ]
    )
    lines = [f"{name}\n    {one.meaning}" for name, one in settings.items()]
    make.__doc__ = "\n".join([summary, "", "Parameters", "----------", *lines, ""])
    return make
