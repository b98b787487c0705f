"""Layers that nets on images and sequences have beside Keras's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from harness.zoo._tensorflow import keras

# Beneath this a deviation over time says nothing; its square root would have no slope at 0.
LEAST_VARIANCE = 1e-3


@keras.saving.register_keras_serializable(package="harness")
class Scaled(keras.layers.Layer):
    """Mean 0 and deviation 1, by numbers that are learned from rows, not by gradients.

    They are the layer's weights, so that they are saved with the net. Which axes share a number is
    `harness.zoo._tensors.Layout`'s to say.

    Parameters
    ----------
    shared : tuple of int
        Axes, from 0 without the rows', over which one mean and deviation hold.
    """

    def __init__(self, *, shared: Sequence[int], **layer: Any) -> None:
        super().__init__(trainable=False, **layer)
        self.shared = tuple(shared)

    def build(self, input_shape: Any) -> None:
        """Means of 0 and deviations of 1."""
        sizes = tuple(
            1 if axis in self.shared else size for axis, size in enumerate(input_shape[1:])
        )
        self.mean = self.add_weight(shape=sizes, initializer="zeros", trainable=False, name="mean")
        self.deviation = self.add_weight(
            shape=sizes, initializer="ones", trainable=False, name="deviation"
        )

    def call(self, inputs: Any) -> Any:
        """Centre and divide."""
        return (inputs - self.mean) / self.deviation

    def compute_output_shape(self, input_shape: Any) -> tuple[Any, ...]:
        """As it comes in."""
        return tuple(input_shape)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        config = super().get_config()
        config.pop("trainable", None)
        return config | {"shared": list(self.shared)}


@keras.saving.register_keras_serializable(package="harness")
class OverTime(keras.layers.Layer):
    """The mean and the deviation over one axis, of every cell of the others; flat.

    Music of one kind sounds alike at any moment: what its textures are on the whole is told, not
    when they come.

    Parameters
    ----------
    axis : int
        From 1; 0 are the rows.
    """

    def __init__(self, *, axis: int, **layer: Any) -> None:
        super().__init__(**layer)
        self.axis = axis

    def call(self, inputs: Any) -> Any:
        """Means, then deviations."""
        mean = keras.ops.mean(inputs, axis=self.axis)
        variance = keras.ops.var(inputs, axis=self.axis)
        both = keras.ops.concatenate([mean, keras.ops.sqrt(variance + LEAST_VARIANCE)], axis=1)
        return keras.ops.reshape(both, (-1, *self.compute_output_shape(inputs.shape)[1:]))

    def compute_output_shape(self, input_shape: Any) -> tuple[Any, ...]:
        """(rows, cells)."""
        cells = 2
        for axis, size in enumerate(input_shape[1:], start=1):
            cells *= 1 if axis == self.axis else size
        return (input_shape[0], cells)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return super().get_config() | {"axis": self.axis}


def told(x: Any, ends: str, axis: int, *, normalise: bool) -> Any:
    """What the softmax gets to see: every cell, or statistics over time; flat, and of one scale."""
    if ends == "cells":
        return keras.layers.Flatten(name="cells")(x)
    x = OverTime(axis=axis, name="over_time")(x)
    return normalised(x, "told") if normalise else x


def normalised(x: Any, name: str) -> Any:
    """Batch normalisation; its memory is short, because small data make few steps."""
    return keras.layers.BatchNormalization(momentum=0.9, name=f"normalised_{name}")(x)


def convolved(x: Any, layer: Any, *, normalise: bool) -> Any:
    """A convolution, normalised or not, then ReLU."""
    x = layer(x)
    if normalise:
        x = normalised(x, layer.name)
    return keras.layers.ReLU(name=f"relu_{layer.name}")(x)
