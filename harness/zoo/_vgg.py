"""VGG16 on images: some of its blocks frozen, the others and a dense head trained."""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_random_state

from harness import ordinary
from harness.atomic import replacing
from harness.competition import Block, Competition
from harness.errors import EntryError, UsageError
from harness.zoo import _vgg_weights
from harness.zoo._augment import Augment
from harness.zoo._frozen import Frozen, key_of
from harness.zoo._keras import SEEDS, seed_from
from harness.zoo._net_settings import (
    Count,
    DropoutShare,
    Patience,
    Penalty,
    Rate,
    WatchShare,
    Widths,
)
from harness.zoo._settings import above, at_least, between
from harness.zoo._tensor_net import Scaled, TensorClassifier
from harness.zoo._tensor_settings import BlockName
from harness.zoo._tensorflow import keras, tf
from harness.zoo._tensors import Time
from harness.zoo._training import Job, Plan

ALL = 5
Train = Literal["auto"] | Annotated[int, between(0, ALL)]
Size = Annotated[int, at_least(32)]
Width = Literal["auto"] | Annotated[float, above(0, up_to=1)]
# Of the channels, where nothing else is said and all begin at random.
NARROW = 0.25

# What is done to an image's values before the net. `fitted`: nothing, the net's first layer scales.
Values = Literal["fitted", "pixels", "own range"]
FROZEN = "frozen.npz"


class Vgg16(TensorClassifier):
    """VGG16's convolutions, as `keras.applications` builds them, and dense layers behind.

    Parameters are those of `harness.zoo.vgg16.make`, and `shape`, which `seeing` sets.

    Attributes
    ----------
    frozen_ : dict of str to (kernel, bias)
        Weights of the convolutions that weren't trained; ``model_`` is the net behind them.
    values_ : str
        How an image's values are brought to what the net takes.

    Notes
    -----
    Whatever is frozen learns nothing from the rows, and what is done to images before it depends on
    each image alone: its features are shared by all folds and later fits (`harness.zoo._frozen`).
    Only the kind of values (whole numbers from 0 to 255, or others) is looked up in the training
    rows.
    """

    sees = "image"

    def __init__(
        self,
        *,
        weights: str = _vgg_weights.NONE,
        train: Train = "auto",
        size: Size = 64,
        width: Width = "auto",
        hidden: Widths = (512, 256),
        dropout: DropoutShare = 0.5,
        l2: Penalty = 0.01,
        epochs: Count = 30,
        batch_size: Count = 64,
        learning_rate: Rate = 2e-4,
        patience: Patience = 5,
        watch: WatchShare = 0.1,
        block: BlockName = None,
        time: Time = "auto",
        shape: tuple[int, ...] | None = None,
        random_state: Any = 0,
    ) -> None:
        self.weights = weights
        self.train = train
        self.size = size
        self.width = width
        self.hidden = hidden
        self.dropout = dropout
        self.l2 = l2
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.patience = patience
        self.watch = watch
        self.block = block
        self.time = time
        self.shape = shape
        self.random_state = random_state

    def seeing(self, competition: Competition) -> tuple[Block, Self]:
        """As `TensorClassifier.seeing`; images have one channel or three."""
        block, model = super().seeing(competition)
        channels = (*(block.shape or ()), 1, 1)[2]
        if channels not in (1, 3):
            raise UsageError(
                f"vgg16 looks at images of 1 or 3 channels; block {block.name} has {channels}",
                todo="take cnn-image, or another block (--set block=NAME)",
            )
        return block, model

    @property
    def pretrained(self) -> bool:
        """Whether the convolutions begin with weights that somebody trained."""
        return self.weights != _vgg_weights.NONE

    @property
    def trained(self) -> int:
        """How many blocks are trained, the last first: by default all that begin at random."""
        if self.train == "auto":
            return 0 if self.pretrained else ALL
        return int(self.train)

    @property
    def share(self) -> float:
        """Of VGG16's channels: all with pretrained weights, else a quarter, unless told."""
        if self.width == "auto":
            return 1.0 if self.pretrained else NARROW
        return float(self.width)

    def network(self, n_features: int, n_classes: int, random: np.random.Generator) -> Any:
        """The trained blocks and the head, on what `_seen` makes of rows.

        The convolutions begin at zero here; `_job` gives them their weights.
        """
        shape = _shape_behind(ALL - self.trained, self.size, self.share)
        inputs = keras.Input((math.prod(shape),), name="seen")
        x = keras.layers.Reshape(shape, name="image")(inputs)
        if self.trained == ALL and not self.pretrained:
            x = Scaled(shared=(0, 1), name="scaled")(x)
        for layer in _layers(range(ALL - self.trained, ALL), self.share):
            x = layer(x)
        x = keras.layers.Flatten(name="cells")(x)
        for number, width in enumerate(map(int, self.hidden), start=1):
            x = keras.layers.Dense(
                width,
                activation="relu",
                kernel_initializer=keras.initializers.GlorotUniform(seed=seed_from(random)),
                # On the first alone, as the Magnatune report has it.
                kernel_regularizer=keras.regularizers.L2(self.l2) if number == 1 else None,
                name=f"hidden_{number}",
            )(x)
            if self.dropout:
                name = f"dropout_{number}"
                x = keras.layers.Dropout(self.dropout, seed=seed_from(random), name=name)(x)
        x = keras.layers.Dense(
            n_classes,
            activation="softmax",
            kernel_initializer=keras.initializers.GlorotUniform(seed=seed_from(random)),
            name="classes",
        )(x)
        return keras.Model(inputs, x, name="vgg16")

    @property
    def rows_at_once(self) -> int:  # type: ignore[override]
        """Rows that `predict_proba` takes at once: convolutions make much of them."""
        return 64

    def save(self, folder: Path) -> None:
        """As `KerasClassifier.save`; beside it ``frozen.npz``, the weights that weren't trained."""
        super().save(folder)
        arrays: dict[str, Any] = {
            f"{name}/{part}": array
            for name, pair in self.frozen_.items()
            for part, array in zip(("kernel", "bias"), pair, strict=True)
        }
        with replacing(Path(folder) / FROZEN) as part, part.open("wb") as file:
            np.savez(file, values=np.array(self.values_), **arrays)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The fitted classifier that `save` wrote; raises EntryError, a ValueError, for others."""
        model = super().load(folder)
        path = Path(folder) / FROZEN
        wanted = _names(range(ALL - model.trained))
        shapes = _vgg_weights.shapes(model.share)
        try:
            with ordinary.opened(path) as opened, np.load(opened, allow_pickle=False) as file:
                model.values_ = str(file["values"])
                model.frozen_ = {
                    name: (file[f"{name}/kernel"], file[f"{name}/bias"]) for name in wanted
                }
            if model.values_ not in ("fitted", "pixels", "own range"):
                raise ValueError(f"values {model.values_!r}")
            for name, (kernel, bias) in model.frozen_.items():
                before, after = shapes[name]
                if (kernel.shape, bias.shape) != ((3, 3, before, after), (after,)):
                    raise ValueError(f"{name} has another shape")
        # Zip and numpy each have their own ways of saying that a file is damaged.
        except Exception as problem:
            raise EntryError(
                f"the saved model can't be read ({type(problem).__name__}: {problem})",
                where=str(path),
                todo="fit it again",
            ) from problem
        model._name_frozen()
        return model

    def _job(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        groups: Any = None,
        *,
        where: str | None = None,
    ) -> Job:
        if self.pretrained and self.share != 1:
            raise UsageError(
                "pretrained weights have VGG16's own width",
                where=f"--set width={self.share:g}",
                todo="leave it out, or begin at random (--set weights=none)",
            )
        weights = self._convolutions()
        self.frozen_ = {name: weights[name] for name in _names(range(ALL - self.trained))}
        job = super()._job(X, y, sample_weight, groups, where=where)
        for name in _names(range(ALL - self.trained, ALL)):
            job.model.get_layer(name).set_weights(weights[name])
        return job

    def _convolutions(self) -> _vgg_weights.Weights:
        if self.pretrained:
            return _vgg_weights.load(self.weights)
        return _vgg_weights.drawn(
            int(check_random_state(self.random_state).randint(SEEDS)), self.share
        )

    def _checked(self, X: Any, y: Any) -> tuple[Any, Any]:
        X, y = super()._checked(X, y)
        if self.trained == ALL and not self.pretrained:
            self.values_ = "fitted"
        else:
            self.values_ = "pixels" if _are_pixels(X) else "own range"
        self._name_frozen()
        return self._seen(X), y

    def _checked_rows(self, X: Any) -> Any:
        return self._seen(super()._checked_rows(X))

    def _name_frozen(self) -> None:
        arrays = {
            f"{name}/{number}": array
            for name, pair in self.frozen_.items()
            for number, array in enumerate(pair)
        }
        self.frozen_key_ = key_of(arrays, "vgg16", self._eye_settings())

    def _eye_settings(self) -> tuple[Any, ...]:
        shape = (*self.layout(self.n_features_in_).shape, 1)[:3]
        return shape, self.size, ALL - self.trained, self.share, self.values_, self.pretrained

    def _seen(self, X: Any) -> NDArray[np.float32]:
        """What the trained net gets of rows: features of frozen blocks, or images of its size."""
        eye = eye_for(*self._eye_settings())
        with eye.lock:
            eye.take(self.frozen_key_, self.frozen_)
            # Images that are only made smaller are made as quickly as read.
            return Frozen(self.frozen_key_, eye.look).features(X, cached=bool(self.frozen_))

    def scaled(self, job: Job) -> Augment:
        """Give the net the scale of its training rows, a number for each channel."""
        if self.values_ == "fitted":
            cells = job.rows.X.reshape(-1, 3)
            mean = cells.mean(axis=0, dtype=np.float64)
            steps = range(0, len(cells), 2**20)
            squares = sum(np.square(cells[a : a + 2**20] - mean).sum(axis=0) for a in steps)
            deviation = np.sqrt(squares / len(cells))
            deviation[deviation == 0] = 1.0
            layer = job.model.get_layer("scaled")
            layer.set_weights([value.reshape(1, 1, 3) for value in (mean, deviation)])
        return Augment()

    def _finish(self, job: Job, plan: Plan, *, where: str | None = None) -> Self:
        super()._finish(job, plan, where=where)
        if self.pretrained:
            begun = Path(self.weights).name
            self.notes_ += (
                f"vgg16: {ALL - self.trained} of {ALL} blocks are {begun}'s as they were",
            )
        return self


class Eye:
    """Rows to what the frozen blocks make of their images; with none frozen, to the images.

    It keeps the traced graph, and the weights that it was given last.
    """

    def __init__(
        self,
        shape: tuple[int, int, int],
        size: int,
        frozen: int,
        width: float,
        values: Values,
        pretrained: bool,
    ) -> None:
        self.lock = threading.Lock()
        self.key = ""
        self.shape, self.size = shape, size
        self.values, self.pretrained = values, pretrained
        self.names = _names(range(frozen))
        self.net = keras.Sequential(
            [keras.Input((size, size, 3)), *_layers(range(frozen), width)], name="frozen"
        )
        columns = tf.TensorSpec((None, math.prod(shape)))
        self.look = tf.function(self._look, input_signature=[columns], autograph=False)

    def take(self, key: str, weights: Mapping[str, Any]) -> None:
        """Give the frozen blocks these weights."""
        if key != self.key:
            for name in self.names:
                self.net.get_layer(name).set_weights(weights[name])
            self.key = key

    def _look(self, rows: Any) -> Any:
        images = tf.reshape(rows, (-1, *self.shape))
        if self.values == "own range":
            low, high = (
                reduce(images, axis=(1, 2, 3), keepdims=True)
                for reduce in (tf.reduce_min, tf.reduce_max)
            )
            images = 255 * tf.math.divide_no_nan(images - low, high - low)
        if self.shape[2] == 1:
            images = tf.repeat(images, 3, axis=3)
        images = tf.image.resize(images, (self.size, self.size), "bilinear", antialias=True)
        if self.values != "fitted":
            if self.pretrained:
                images = keras.applications.vgg16.preprocess_input(images)
            else:
                images = images / 127.5 - 1
        return self.net(images, training=False)


@lru_cache(maxsize=2)
def eye_for(*settings: Any) -> Eye:
    """The eye of these settings: traced once in a process."""
    return Eye(*settings)


@lru_cache(maxsize=1)
def _plans() -> tuple[tuple[Any, dict[str, Any]], ...]:
    """Class and configuration of VGG16's layers, as `keras.applications` builds them."""
    net = keras.applications.VGG16(include_top=False, weights=None, input_shape=(32, 32, 3))
    return tuple((type(layer), layer.get_config()) for layer in net.layers[1:])


def _layers(blocks: range, width: float) -> list[Any]:
    """Fresh layers of some blocks (from 0), their weights zero."""
    found = []
    for kind, config in _plans():
        name = config["name"]
        if int(name[5]) - 1 in blocks:
            own = {}
            if name in _vgg_weights.NAMES:
                own = {
                    "filters": _vgg_weights.shapes(width)[name][1],
                    "kernel_initializer": "zeros",
                }
            found.append(kind.from_config(config | own))
    return found


def _names(blocks: range) -> list[str]:
    """The convolutions of some blocks, counted from 0."""
    return [name for name in _vgg_weights.NAMES if int(name[5]) - 1 in blocks]


def _shape_behind(blocks: int, size: int, width: float) -> tuple[int, int, int]:
    """An image's height, width and channels behind the first blocks."""
    side = size >> blocks
    names = _names(range(blocks))
    return side, side, _vgg_weights.shapes(width)[names[-1]][1] if names else 3


def _are_pixels(X: Any) -> bool:
    """Whether rows hold whole numbers from 0 to 255, and not only 0 and 1."""
    most = 0.0
    for start in range(0, len(X), 64):
        rows = np.asarray(X[start : start + 64])
        if rows.min() < 0 or rows.max() > 255 or not (rows == np.floor(rows)).all():
            return False
        most = max(most, float(rows.max()))
    return most > 1
