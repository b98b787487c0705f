"""Keras nets on images and sequences; `harness.zoo._tensors` says how they come to them."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import _check_n_features, _check_y, check_consistent_length

from harness.competition import Block, Competition
from harness.errors import DataError, UsageError
from harness.matrices import Part
from harness.zoo._augment import Augment
from harness.zoo._feeding import feed
from harness.zoo._keras import KerasClassifier
from harness.zoo._tensor_layers import Scaled as Scaled
from harness.zoo._tensorflow import keras
from harness.zoo._tensors import Layout, Sees, Time, choose, layout, time_axis
from harness.zoo._training import Job, Plan

# Rows are predicted so many at once that the net's largest layer takes about as much.
PREDICT_BYTES = 64 * 2**20


class TensorClassifier(KerasClassifier):
    """A net on images or sequences; subclasses write `body`, and list the settings below.

    Rows come flat, as everywhere in the house, in memory or as a `harness.matrices.Part`; the net
    begins with the layers that give them their shape and scale. It is trained batch by batch.

    Parameters
    ----------
    shape : tuple of int or None
        Of the block whose columns the rows are; None takes all columns as one line. Set by
        `seeing`.
    block : str or None
        The block that the user wants; the first that suits by default.
    time : "auto", "first" or "last"
        Which axis of the block is time; see `harness.zoo._tensors.time_axis`.
    masking, mixup : float
        See `harness.zoo._augment.Augment`; 0 where a subclass doesn't list them.

    The others are those of `KerasClassifier`; callbacks aren't offered.
    """

    sees: Sees | None = "image"
    wants = ""
    # Folds of such nets are fitted one after another: none is lost when the fit is stopped.
    together = False
    streams = True
    fills_batches = False

    callbacks = None
    shape: tuple[int, ...] | None = None
    block: str | None = None
    time: Time = "auto"
    masking: float = 0.0
    mixup: float = 0.0

    def body(self, x: Any, n_classes: int, random: np.random.Generator) -> Any:
        """From the scaled tensor to the softmax, (rows, n_classes), by Keras layers.

        Initialisers and dropout layers take their seeds from `harness.zoo._keras.seed_from`, and
        every layer has a name of its own, the last ``classes``; what `keras.ops` would do stands in
        a layer too, because operations get other names every time. Batch normalisation is allowed:
        no batch is filled up here.

        Parameters
        ----------
        x : Keras tensor
            (rows, height, width, channels), or (rows, time, coefficients).
        """
        raise NotImplementedError

    @property
    def model_name(self) -> str:
        """As ``--model`` has it, for messages: ``CnnImage`` is ``cnn-image``."""
        return re.sub(r"(?<!^)(?=[A-Z])", "-", type(self).__name__).lower()

    @available_if(lambda self: self.sees is not None)
    def seeing(self, competition: Competition) -> tuple[Block, Self]:
        """The block that this model looks at, and a model like this one that knows its shape.

        Raises
        ------
        UsageError
            When the competition has no such block.
        """
        assert self.sees is not None
        block = choose(
            competition, self.sees, model=self.model_name, name=self.block, wants=self.wants
        )
        time = time_axis(block, self.time)
        return block, clone(self).set_params(shape=block.shape, time=time)

    def layout(self, n_features: int) -> Layout:
        """How rows of `n_features` cells become tensors."""
        return layout(self.sees or "sequence", self.shape, self.time, n_features)

    def network(self, n_features: int, n_classes: int, random: np.random.Generator) -> Any:
        """The layers that shape and scale flat rows, then `body`."""
        where = self.layout(n_features)
        inputs = keras.Input((n_features,), name="columns")
        x = keras.layers.Reshape((*where.shape, 1)[:3], name="block")(inputs)
        if where.turned:
            x = keras.layers.Permute((2, 1, 3), name="turned")(x)
        x = keras.layers.Reshape(where.tensor, name="tensor")(x)
        x = Scaled(shared=where.shared, name="scaled")(x)
        return keras.Model(inputs, self.body(x, n_classes, random), name=self.sees or "columns")

    def tensors(self, X: NDArray[np.float32]) -> NDArray[np.float32]:
        """Flat rows as unscaled tensors, (rows, height, width, channels) or (rows, time, c)."""
        where = self.layout(X.shape[1])
        tensor = X.reshape(len(X), *(*where.shape, 1)[:3])
        if where.turned:
            tensor = tensor.transpose(0, 2, 1, 3)
        return tensor.reshape(len(X), *where.tensor)

    def statistics(self, rows: Any) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Means and deviations of rows, shaped to stand beside a tensor; read in pieces.

        Parameters
        ----------
        rows : float32 array or Part, shape (n, n_features)
        """
        axes = (0, *(axis + 1 for axis in self.layout(rows.shape[1]).shared))
        count, mean, squares = 0, np.zeros(1), np.zeros(1)
        for chunk in Part(rows).chunks():
            tensor = self.tensors(chunk)
            centre = tensor.mean(axis=axes, keepdims=True, dtype=np.float64)
            # In float64: the squares of 1e6 leave nothing of a deviation of 1.
            spread = np.square(tensor - centre).mean(axis=axes, keepdims=True)
            # Chan, Golub and LeVeque (1983): the moments of two sets of rows from those of each.
            total = count + len(chunk)
            apart = centre - mean
            mean = mean + apart * (len(chunk) / total)
            squares = squares + spread * len(chunk) + apart**2 * (count * len(chunk) / total)
            count = total
        deviation = np.sqrt(squares / count)
        deviation[deviation == 0] = 1.0
        return mean[0].astype(np.float32), deviation[0].astype(np.float32)

    def _checked(self, X: Any, y: Any) -> tuple[Any, Any]:
        if not _is_part(X):
            X, y = super()._checked(X, y)
            return Part(self._fitting(X)), y
        _check_n_features(self, X, reset=True)
        y = _check_y(y)
        check_consistent_length(X, y)
        return Part(self._fitting(_finite(X, "fit"))), y

    def _checked_rows(self, X: Any) -> Any:
        if not _is_part(X):
            return Part(super()._checked_rows(X))
        _check_n_features(self, X, reset=False)
        return _finite(Part(X), "predict")

    def _fitting(self, X: Any) -> Any:
        """X, if its rows are of the shape that was said."""
        where = self.layout(X.shape[1])
        if where.width != X.shape[1]:
            shown = " x ".join(map(str, where.shape))
            raise UsageError(
                f"rows of {X.shape[1]} columns are no block of {shown}",
                where=self.model_name,
                todo="give the block's columns, all of them and no others",
            )
        return X

    @property
    def rows_at_once(self) -> int:  # type: ignore[override]
        """Rows that `predict_proba` takes at once."""
        cells = max(math.prod(layer.output.shape[1:]) for layer in self.model_.layers)
        return int(max(1, min(1024, PREDICT_BYTES // (4 * cells))))

    def _train(
        self,
        jobs: Sequence[Job],
        plan: Plan,
        on_job: Callable[[Job], None] = lambda job: None,
        wanted: Callable[[Job], bool] = lambda job: True,
    ) -> None:
        for job in filter(wanted, jobs):
            feed(job, plan, self.scaled(job))
            on_job(job)

    def scaled(self, job: Job) -> Augment:
        """Give the net the scale of its training rows; what is done to them in training."""
        mean, deviation = self.statistics(job.rows.X)
        job.model.get_layer("scaled").set_weights([mean, deviation])
        where = self.layout(job.rows.X.shape[1])
        whole = np.broadcast_to(mean, where.tensor)
        if where.turned:
            whole = whole.reshape(where.shape[1], where.shape[0], -1).transpose(1, 0, 2)
        return Augment(self.masking, self.mixup, where, whole.reshape(-1))


def _is_part(X: Any) -> bool:
    """Whether X can be read row by row as it is: a part, or an array that nobody has to convert."""
    plain = type(X) is np.ndarray and X.ndim == 2 and X.dtype == np.float32
    return isinstance(X, Part) or (plain and min(X.shape) > 0)


def _finite(X: Any, what: str) -> Any:
    """X, read through in pieces; refused where a cell is no number."""
    first = 0
    for chunk in Part(X).chunks():
        bad = np.flatnonzero(~np.isfinite(chunk).all(axis=1))
        if len(bad):
            raise DataError(
                f"Input X contains NaN or infinity, first in row {first + bad[0] + 1}",
                where=what,
                todo="fill the cells (in a pipeline, it is done)",
            )
        first += len(chunk)
    return X
