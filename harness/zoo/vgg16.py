"""VGG16 on images, its convolutions frozen or trained, and a dense head (Keras)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from harness.zoo import _vgg_weights
from harness.zoo._net_settings import (
    Count,
    DropoutShare,
    Patience,
    Penalty,
    Rate,
    WatchShare,
    Widths,
)
from harness.zoo._settings import Between, above, at_least, between
from harness.zoo._tensor_settings import BlockName

SCALER = "none"
SPACE = {
    "learning_rate": Between(5e-5, 1e-3, log=True),
    "dropout": Between(0.2, 0.7),
    "l2": Between(1e-4, 3e-2, log=True),
}
# The Magnatune report's; it tells no image size.
PRESETS = {
    "s2": {
        "weights": "imagenet",
        "train": 0,
        "hidden": (512, 256),
        "dropout": 0.5,
        "l2": 0.01,
        "epochs": 200,
        "batch_size": 64,
        "learning_rate": 2e-4,
        "patience": None,
        "watch": 0.1,
    }
}


def make(
    *,
    weights: str = "none",
    train: Literal["auto"] | Annotated[int, between(0, 5)] = "auto",
    size: Annotated[int, at_least(32)] = 64,
    width: Literal["auto"] | Annotated[float, above(0, up_to=1)] = "auto",
    hidden: Widths = (512, 256),
    dropout: DropoutShare = 0.5,
    l2: Penalty = 0.01,
    epochs: Count = 30,
    batch_size: Count = 64,
    learning_rate: Rate = 2e-4,
    patience: Patience = 5,
    watch: WatchShare = 0.1,
    block: BlockName = None,
    random_state: int = 0,
) -> Any:
    """VGG16's five blocks of convolutions (Simonyan and Zisserman 2015) and dense layers behind.

    Parameters
    ----------
    weights : str
        What the convolutions begin with: imagenet, none (random), or a file of VGG16's weights
        (Keras's .h5, or .npz). With imagenet or a file, images are scaled as ImageNet's are.
    train : int or "auto"
        How many blocks are trained, counted from the last; the others are frozen, and what they
        make of images is kept for later fits. auto: all random ones, no pretrained ones.
    size : int
        Images are made so high and wide.
    width : float or "auto"
        Share of VGG16's channels. auto: all with pretrained weights; a quarter for those that begin
        at random, which trains about 10 times as fast.
    hidden : tuple of int
        Widths of the dense layers.
    dropout : float
        Share of each dense layer's outputs that a training step leaves out.
    l2 : float
        Penalty on the squares of the first dense layer's weights.
    epochs : int
        Passes over the training rows; with patience, the most.
    batch_size : int
        Rows a step.
    learning_rate : float
        Of Adam.
    patience : int or None
        Stop after so many epochs without gain on watch rows, and keep the best epoch's weights.
    watch : float
        Share of the training part that is watched, not trained on; 0.1 with patience alone.
    block : str or None
        The block of columns to look at; the first that is an image by default.
    random_state : int
        Seed of initial weights, shuffles, dropout and watch rows.
    """
    _vgg_weights.check_name(weights)
    from harness.zoo._vgg import Vgg16

    return Vgg16(
        weights=weights,
        train=train,
        size=size,
        width=width,
        hidden=hidden,
        dropout=dropout,
        l2=l2,
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        patience=patience,
        watch=watch,
        block=block,
        random_state=random_state,
    )
