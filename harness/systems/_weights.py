"""Pretrained weights for systems that begin with some: those at hand, else none."""

from __future__ import annotations

import os
from pathlib import Path

from harness.errors import UsageError
from harness.systems._system import System
from harness.zoo import _vgg_weights


def chosen(system: System, asked: str | None) -> str | None:
    """The weights that a system's models begin with; None for random ones.

    Without a wish, ImageNet's where Keras has them already: nothing is fetched unasked.

    Raises
    ------
    UsageError
        Where no model takes any, or the file isn't one.
    """
    takers = any(run.unpretrained for run in system.runs)
    if asked is None:
        return _vgg_weights.IMAGENET if takers and _kept() else None
    if not takers:
        raise UsageError(
            "means nothing here: no model of this system begins with pretrained weights",
            where=f"--weights {asked}",
            todo="leave it out",
        )
    _vgg_weights.check_name(asked)
    return None if asked == _vgg_weights.NONE else asked


def told(brought: str | None) -> str:
    """In a sentence."""
    if brought is not None:
        return f"VGG16's convolutions begin with the weights of {brought}"
    return (
        "VGG16's convolutions begin at random and are trained, a narrower net: ImageNet's weights "
        "aren't here (--weights imagenet fetches them, --weights FILE takes a file)"
    )


def _kept() -> bool:
    """Whether Keras has fetched ImageNet's weights before."""
    home = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
    return (home / "models" / _vgg_weights.IMAGENET_FILE).is_file()
