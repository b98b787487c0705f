"""A convolutional net on images, such as spectrograms: Conv2D ReLU layers, softmax (Keras)."""

from __future__ import annotations

from typing import Any

from harness.zoo._net_settings import (
    Count,
    DropoutShare,
    Patience,
    Penalty,
    Rate,
    WatchShare,
    Widths,
)
from harness.zoo._settings import Between, OneOf, Whole
from harness.zoo._tensor_settings import BlockName, MaskShare, Mixing, Side
from harness.zoo._tensors import Time

SCALER = "none"
SPACE = {
    "filters": OneOf((16, 32), (32, 64), (16, 32, 64), (32, 64, 128)),
    "epochs": Whole(5, 60, log=True),
    "batch_size": OneOf(8, 16, 32),
    "learning_rate": Between(1e-4, 1e-2, log=True),
    "dropout": Between(0, 0.7),
    "masking": Between(0, 0.3),
    "mixup": Between(0, 0.4),
}
# The CNN against LSTM report's: two convolutions of ReLU on whole images, batches of 4, 10 epochs.
# It gives no widths; these are ours.
PRESETS = {
    "s3": {
        "filters": (32, 64),
        "side": None,
        "epochs": 10,
        "batch_size": 4,
        "decay": False,
        "dropout": 0.0,
    },
}


def make(
    *,
    filters: Widths = (16, 32),
    side: Side = 64,
    epochs: Count = 10,
    batch_size: Count = 16,
    learning_rate: Rate = 1e-3,
    decay: bool = True,
    dropout: DropoutShare = 0.5,
    l2: Penalty = 0.0,
    masking: MaskShare = 0.0,
    mixup: Mixing = 0.0,
    patience: Patience = None,
    watch: WatchShare = 0.0,
    block: BlockName = None,
    time: Time = "auto",
    random_state: int = 0,
) -> Any:
    """Convolutions of 3 x 3, each followed by a maximum over 2 x 2, then softmax; by Adam.

    Parameters
    ----------
    filters : tuple of int
        Of the convolutions, one after the other.
    side : int or None
        Images are averaged down first, until no side is longer; none takes them whole.
    epochs : int
        Passes over the training rows; with patience, the most.
    batch_size : int
        Rows a step.
    learning_rate : float
        Of Adam, in the first epoch.
    decay : bool
        Let the learning rate fall along half a cosine.
    dropout : float
        Share of the cells before the softmax that a training step leaves out.
    l2 : float
        Penalty on the squares of the weights.
    masking : float
        In training, hide a span of time and one of bands in each row, up to this share of each.
    mixup : float
        In training, mix rows in pairs, by shares drawn from Beta(mixup, mixup); 0.2 is usual.
    patience : int or None
        Stop after so many epochs without gain on watch rows, and keep the best epoch's weights.
    watch : float
        Share of the training part that is watched, not trained on; 0.1 with patience alone.
    block : str or None
        Name of the block of columns to look at; by itself, the first that is an image.
    time : str
        Which axis of the block is time; auto takes it from the block's name, then the longer one.
    random_state : int
        Seed of initial weights, shuffles, dropout, masks, mixtures and watch rows.
    """
    from harness.zoo._images import CnnImage

    return CnnImage(
        filters=filters,
        side=side,
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        decay=decay,
        dropout=dropout,
        l2=l2,
        masking=masking,
        mixup=mixup,
        patience=patience,
        watch=watch,
        block=block,
        time=time,
        random_state=random_state,
    )
