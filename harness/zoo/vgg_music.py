"""A VGG that was trained to tag music, frozen or trained further, and a dense head (Keras)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from harness.zoo import _music_weights
from harness.zoo._net_settings import (
    Count,
    DropoutShare,
    Patience,
    Penalty,
    Rate,
    WatchShare,
    Widths,
)
from harness.zoo._settings import Between, OneOf, above, between
from harness.zoo._tensor_settings import BlockName

SCALER = "none"
SPACE = {
    "hidden": OneOf((), (128,), (256,), (512, 256)),
    "learning_rate": Between(1e-4, 2e-3, log=True),
    "dropout": Between(0.2, 0.7),
    "l2": Between(1e-4, 3e-2, log=True),
}
# The Magnatune report's head, on a net that was trained on music instead of photographs.
PRESETS = {
    "s2": {
        "weights": "msd",
        "train": 0,
        "hidden": (512, 256),
        "dropout": 0.5,
        "l2": 0.01,
        "batch_size": 64,
        "learning_rate": 2e-4,
    }
}


def make(
    *,
    weights: str = "none",
    train: Literal["auto"] | Annotated[int, between(0, 5)] = "auto",
    width: Annotated[float, above(0, up_to=1)] = 1.0,
    hidden: Widths = (128,),
    dropout: DropoutShare = 0.5,
    l2: Penalty = 0.01,
    epochs: Count = 30,
    batch_size: Count = 16,
    learning_rate: Rate = 1e-3,
    decay: bool = True,
    patience: Patience = None,
    watch: WatchShare = 0.0,
    block: BlockName = None,
    random_state: int = 0,
) -> Any:
    """Five blocks of 128 convolutions over windows of 3 s, their means over a clip, a dense head.

    Pretrained ones look at `harness extract --features musicnn-mel`.

    Parameters
    ----------
    weights : str
        What the blocks begin with: msd or mtt (see `harness weights musicnn`), none (random), or
        the path of a wheel or folder of such checkpoints.
    train : int or "auto"
        How many blocks are trained, counted from the last; the others are frozen, and what they
        make of images is kept for later fits. auto: all random ones, no pretrained ones.
    width : float
        Share of the 128 channels, for nets that begin at random.
    hidden : tuple of int
        Widths of the dense layers.
    dropout : float
        Share of each dense layer's outputs that a training step leaves out.
    l2 : float
        Penalty on the squares of the dense layers' weights.
    epochs : int
        Passes over the training rows; with patience, the most.
    batch_size : int
        Rows a step.
    learning_rate : float
        Of Adam, in the first epoch.
    decay : bool
        Let the learning rate fall along half a cosine.
    patience : int or None
        Stop after so many epochs without gain on watch rows, and keep the best epoch's weights.
    watch : float
        Share of the training part that is watched, not trained on; 0.1 with patience alone.
    block : str or None
        The block of columns to look at; musicnn-mel by default, else the first that is an image.
    random_state : int
        Seed of initial weights, shuffles, dropout and watch rows.
    """
    _music_weights.check_name(weights)
    from harness.zoo._vgg_music import VggMusic

    return VggMusic(
        weights=weights,
        train=train,
        width=width,
        hidden=hidden,
        dropout=dropout,
        l2=l2,
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        decay=decay,
        patience=patience,
        watch=watch,
        block=block,
        random_state=random_state,
    )
