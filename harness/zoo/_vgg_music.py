"""The VGG of the package ``musicnn`` on mel-spectrograms: some blocks frozen, others trained.

The net looks at windows of 3 s, and the means over a clip's windows go to the dense head. Its batch
normalisation is a factor and a summand for each channel here, as it is when a trained net answers:
so no row's answer depends on other rows.
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.utils import check_random_state

from harness import ordinary
from harness.atomic import replacing
from harness.competition import Block, Competition
from harness.errors import EntryError, UsageError
from harness.pretrained import musicnn
from harness.zoo._augment import Augment
from harness.zoo._frozen import Frozen, key_of
from harness.zoo._keras import SEEDS, seed_from
from harness.zoo._music_weights import (
    BANDS,
    BLOCKS,
    NONE,
    WINDOW,
    Arrays,
    Pool,
    check_here,
    drawn,
    load,
    names_of,
    network_of,
    shapes_of,
)
from harness.zoo._net_settings import (
    Count,
    DropoutShare,
    Patience,
    Penalty,
    Rate,
    WatchShare,
    Widths,
)
from harness.zoo._settings import above, between
from harness.zoo._tensor_net import Scaled, TensorClassifier
from harness.zoo._tensor_settings import BlockName
from harness.zoo._tensorflow import keras
from harness.zoo._tensors import Time, choose, time_axis
from harness.zoo._training import Job, Plan

Train = Literal["auto"] | Annotated[int, between(0, BLOCKS)]
Width = Annotated[float, above(0, up_to=1)]
FROZEN = "frozen.npz"
WANTED = "musicnn-mel"
# Windows of a clip: the maps of the first block take 9 MB for each.
AT_ONCE = 4
# Of a side of a small image so many cells stay.
SMALL = 4


@keras.saving.register_keras_serializable(package="harness")
class Normed(keras.layers.Layer):
    """A factor and a summand for each channel: batch normalisation that looks across no rows."""

    def build(self, input_shape: Any) -> None:
        """Factors of 1, summands of 0."""
        sizes = (int(input_shape[-1]),)
        self.factor = self.add_weight(shape=sizes, initializer="ones", name="factor")
        self.summand = self.add_weight(shape=sizes, initializer="zeros", name="summand")

    def call(self, inputs: Any) -> Any:
        """Multiply and add."""
        return inputs * self.factor + self.summand

    def compute_output_shape(self, input_shape: Any) -> tuple[Any, ...]:
        """As it comes in."""
        return tuple(input_shape)


@keras.saving.register_keras_serializable(package="harness")
class Apart(keras.layers.Layer):
    """Windows of a clip as rows of their own: (rows, n, ...) becomes (rows x n, ...)."""

    def call(self, inputs: Any) -> Any:
        """Reshape."""
        return keras.ops.reshape(inputs, (-1, *inputs.shape[2:]))

    def compute_output_shape(self, input_shape: Any) -> tuple[Any, ...]:
        """One axis less."""
        return (None, *input_shape[2:])


@keras.saving.register_keras_serializable(package="harness")
class Together(keras.layers.Layer):
    """Means over a clip's windows: (rows x n, d) becomes (rows, d).

    Parameters
    ----------
    windows : int
        n.
    """

    def __init__(self, *, windows: int, **layer: Any) -> None:
        super().__init__(**layer)
        self.windows = windows

    def call(self, inputs: Any) -> Any:
        """Average."""
        each = keras.ops.reshape(inputs, (-1, self.windows, inputs.shape[-1]))
        return keras.ops.mean(each, axis=1)

    def compute_output_shape(self, input_shape: Any) -> tuple[Any, ...]:
        """Fewer rows."""
        return (None, input_shape[-1])

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return super().get_config() | {"windows": self.windows}


class VggMusic(TensorClassifier):
    """Five blocks of convolutions over time and frequency, and dense layers behind.

    Parameters are those of `harness.zoo.vgg_music.make`, and `shape` and `time`, which `seeing`
    sets.

    Attributes
    ----------
    frozen_ : dict of str to float32 array
        Weights of the blocks that weren't trained; ``model_`` is the net behind them.
    network_ : str
        Whose pooling it has; see `harness.pretrained.musicnn.NETWORKS`.

    Notes
    -----
    Frozen blocks learn nothing from the rows, and nothing that learns stands before them: their
    features are shared by all folds and later fits (`harness.zoo._frozen`).
    """

    sees = "image"

    def __init__(
        self,
        *,
        weights: str = NONE,
        train: Train = "auto",
        width: Width = 1.0,
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
        time: Time = "auto",
        shape: tuple[int, ...] | None = None,
        random_state: Any = 0,
    ) -> None:
        self.weights = weights
        self.train = train
        self.width = width
        self.hidden = hidden
        self.dropout = dropout
        self.l2 = l2
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.decay = decay
        self.patience = patience
        self.watch = watch
        self.block = block
        self.time = time
        self.shape = shape
        self.random_state = random_state

    @property
    def pretrained(self) -> bool:
        """Whether the convolutions begin with weights that somebody trained."""
        return self.weights != NONE

    @property
    def frozen(self) -> int:
        """How many blocks are frozen, the first ones: by default those that are pretrained."""
        if self.train == "auto":
            return BLOCKS if self.pretrained else 0
        return BLOCKS - int(self.train)

    def seeing(self, competition: Competition) -> tuple[Block, Self]:
        """As `TensorClassifier.seeing`; pretrained blocks look at what they were trained on."""
        check_here(self.weights)
        known = [block.name for block in competition.blocks if block.name.startswith(WANTED)]
        block = choose(
            competition,
            "image",
            model=self.model_name,
            name=self.block or (known[0] if known else None),
            wants=WANTED if self.pretrained else "",
        )
        time = time_axis(block, self.time)
        model = clone(self).set_params(shape=block.shape, time=time)
        if self.pretrained:
            model._refuse_other(math.prod(block.shape or ()))
        return block, model

    def network(self, n_features: int, n_classes: int, random: np.random.Generator) -> Any:
        """The trained blocks and the head, on what `_seen` makes of rows.

        The convolutions begin at zero here; `_job` gives them their weights.
        """
        sizes, windows = self._sizes(), self._windows()
        if self.frozen == BLOCKS:
            inputs = keras.Input((math.prod(sizes[-1]),), name="seen")
            x = Scaled(shared=(), name="scaled")(inputs)
        else:
            x = inputs = keras.Input((windows * math.prod(sizes[self.frozen]),), name="seen")
            if not self.frozen:
                inputs, x = self._shaped()
            x = keras.layers.Reshape((windows, *sizes[self.frozen]), name="windows")(x)
            x = Apart(name="apart")(x)
            x = self._blocks(x, range(self.frozen, BLOCKS))
            x = keras.layers.Flatten(name="cells")(x)
            x = Together(windows=windows, name="together")(x)
        return keras.Model(inputs, self._head(x, n_classes, random), name="vgg-music")

    def _shaped(self) -> tuple[Any, Any]:
        """Flat rows, as they are, to whole windows: (rows, frames, bands)."""
        inputs = keras.Input((self.n_features_in_,), name="columns")
        frames, bands, last = self._frames_and_bands()
        shape = (bands, frames) if last else (frames, bands)
        x = keras.layers.Reshape(shape, name="block")(inputs)
        if not self.pretrained:
            x = Scaled(shared=(1,) if last else (0,), name="scaled")(x)
        if last:
            x = keras.layers.Permute((2, 1), name="turned")(x)
        rest = frames - self._windows() * self._sizes()[0][0]
        if rest:
            x = keras.layers.Cropping1D((0, rest), name="whole")(x)
        return inputs, x

    def _blocks(self, x: Any, blocks: range) -> Any:
        """Some of the blocks, counted from 0, behind x."""
        pools = self._pools()
        for k in blocks:
            if k == 0 and self.pretrained:
                x = Normed(name="normed_0")(x)
            x = keras.layers.Conv2D(
                self._channels,
                3,
                padding="same",
                activation="relu",
                kernel_initializer="zeros",
                name=f"convolution_{k + 1}",
            )(x)
            x = Normed(name=f"normed_{k + 1}")(x)
            size, stride = pools[k][:2], pools[k][2:]
            x = keras.layers.MaxPooling2D(size, stride, name=f"maximum_{k + 1}")(x)
        return x

    def _head(self, x: Any, n_classes: int, random: np.random.Generator) -> Any:
        for number, width in enumerate(map(int, self.hidden), start=1):
            x = keras.layers.Dense(
                width,
                activation="relu",
                kernel_initializer=keras.initializers.GlorotUniform(seed=seed_from(random)),
                kernel_regularizer=keras.regularizers.L2(self.l2) if self.l2 else None,
                name=f"hidden_{number}",
            )(x)
            if self.dropout:
                name = f"dropout_{number}"
                x = keras.layers.Dropout(self.dropout, seed=seed_from(random), name=name)(x)
        return keras.layers.Dense(
            n_classes,
            activation="softmax",
            kernel_initializer=keras.initializers.GlorotUniform(seed=seed_from(random)),
            name="classes",
        )(x)

    @property
    def rows_at_once(self) -> int:  # type: ignore[override]
        """Rows that `predict_proba` takes at once: convolutions make much of them."""
        return 256 if self.frozen == BLOCKS else 8

    @property
    def _channels(self) -> int:
        return shapes_of(self.width)["convolution_1/kernel"][3]

    def _frames_and_bands(self) -> tuple[int, int, bool]:
        """A row's frames and bands, channels taken as bands; whether time runs fastest."""
        where = self.layout(self.n_features_in_)
        a, b, c = (*where.shape, 1)[:3]
        return (b, a, True) if where.time == "last" and c == 1 else (a, b * c, False)

    def _windows(self) -> int:
        frames, _, _ = self._frames_and_bands()
        return max(1, frames // WINDOW)

    def _pools(self) -> list[Pool]:
        """The pooling behind each block; images smaller than a window aren't pooled to nothing."""
        frames, bands, _ = self._frames_and_bands()
        high, wide = min(frames, WINDOW), bands
        least = 1 if high == WINDOW and wide >= BANDS else SMALL
        pools = []
        for pool in musicnn.NETWORKS[network_of(self.weights)].pools:
            down = pool[::2] if high // pool[0] >= least else (1, 1)
            right = pool[1::2] if wide // pool[1] >= least else (1, 1)
            pools.append((down[0], right[0], down[1], right[1]))
            high, wide = (high - down[0]) // down[1] + 1, (wide - right[0]) // right[1] + 1
        return pools

    def _sizes(self) -> list[tuple[int, int, int]]:
        """A window's frames, bands and channels before and behind every block."""
        frames, bands, _ = self._frames_and_bands()
        sizes = [(min(frames, WINDOW), bands, 1)]
        for a, b, down, right in self._pools():
            high, wide, _ = sizes[-1]
            sizes.append(((high - a) // down + 1, (wide - b) // right + 1, self._channels))
        return sizes

    def _refuse_other(self, columns: int) -> None:
        """Pretrained blocks know 96 bands and windows of 187 frames."""
        where = self.layout(columns)
        shape = where.shape[::-1] if where.time == "last" else where.shape
        if len(shape) != 2 or shape[1] != BANDS or shape[0] < WINDOW:
            shown = " x ".join(map(str, where.shape))
            raise UsageError(
                f"pretrained blocks look at {BANDS} bands x {WINDOW} frames or more, not {shown}",
                where=f"--set weights={self.weights}",
                todo=f"extract them: `harness extract DIR --features {WANTED}`; or weights={NONE}",
            )

    def _job(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        groups: Any = None,
        *,
        where: str | None = None,
    ) -> Job:
        if self.pretrained and self.width != 1:
            raise UsageError(
                "pretrained weights have a width of their own",
                where=f"--set width={self.width:g}",
                todo=f"leave it out, or begin at random (--set weights={NONE})",
            )
        weights = self._begun()
        own = names_of(range(self.frozen))
        self.frozen_ = {name: weights[name] for name in own}
        job = super()._job(X, y, sample_weight, groups, where=where)
        _give(job.model, weights)
        return job

    def _begun(self) -> Arrays:
        if self.pretrained:
            return load(self.weights)
        return drawn(int(check_random_state(self.random_state).randint(SEEDS)), self.width)

    def _fitting(self, X: Any) -> Any:
        X = super()._fitting(X)
        if self.pretrained:
            self._refuse_other(X.shape[1])
        return X

    def _checked(self, X: Any, y: Any) -> tuple[Any, Any]:
        X, y = super()._checked(X, y)
        return self._seen(X), y

    def _checked_rows(self, X: Any) -> Any:
        return self._seen(super()._checked_rows(X))

    def _seen(self, X: Any) -> Any:
        """What the trained net gets of rows: themselves, or features of frozen blocks."""
        if not self.frozen:
            return X
        about = (self.shape, self._frames_and_bands(), self.frozen, self._pools())
        key = key_of(self.frozen_, "vgg-music", about, self.pretrained)
        eye = _eye(key, self)
        return Frozen(key, eye).features(X)

    def scaled(self, job: Job) -> Augment:
        """Give the net the scale of its training rows, where it has a place for it."""
        if self.frozen == BLOCKS:
            rows = np.asarray(job.rows.X[:], dtype=np.float64)
            mean, deviation = rows.mean(axis=0), rows.std(axis=0)
            deviation[deviation == 0] = 1.0
            job.model.get_layer("scaled").set_weights([mean, deviation])
        elif not self.frozen and not self.pretrained:
            own = [self._by_band(value) for value in self.statistics(job.rows.X)]
            job.model.get_layer("scaled").set_weights(own)
        return Augment()

    def _by_band(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Statistics of a tensor as `_shaped` takes them: one for each band."""
        frames, bands, last = self._frames_and_bands()
        whole = np.broadcast_to(values, self.layout(self.n_features_in_).tensor)
        return whole.reshape(bands, frames)[:, :1] if last else whole.reshape(frames, bands)[:1]

    def _finish(self, job: Job, plan: Plan, *, where: str | None = None) -> Self:
        super()._finish(job, plan, where=where)
        if self.pretrained:
            begun = Path(self.weights).name
            note = f"vgg-music: {self.frozen} of {BLOCKS} blocks are {begun}'s as they were"
        else:
            note = "vgg-music began at random; `--set weights=msd` begins with trained blocks"
        self.notes_ += (note,)
        return self

    def save(self, folder: Path) -> None:
        """As `KerasClassifier.save`; beside it ``frozen.npz``, the weights that weren't trained."""
        super().save(folder)
        with replacing(Path(folder) / FROZEN) as part, part.open("wb") as file:
            arrays: dict[str, Any] = dict(self.frozen_)
            np.savez(file, **arrays)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The fitted classifier that `save` wrote; raises EntryError, a ValueError, for others."""
        model = super().load(folder)
        path = Path(folder) / FROZEN
        shapes = shapes_of(model.width)
        wanted = names_of(range(model.frozen))
        try:
            with ordinary.opened(path) as opened, np.load(opened, allow_pickle=False) as file:
                model.frozen_ = {name: np.asarray(file[name], np.float32) for name in wanted}
            for name, array in model.frozen_.items():
                if array.shape != shapes[name]:
                    raise ValueError(f"{name} has another shape")
        # Zip and numpy each have their own ways of saying that a file is damaged.
        except Exception as problem:
            raise EntryError(
                f"the saved model can't be read ({type(problem).__name__}: {problem})",
                where=str(path),
                todo="fit it again",
            ) from problem
        return model


def _give(net: Any, weights: Mapping[str, NDArray[np.float32]]) -> None:
    """Give a net's blocks their weights; what else it has stays."""
    for layer in net.layers:
        parts = ("kernel", "bias") if layer.name.startswith("conv") else ("factor", "summand")
        own = [weights[f"{layer.name}/{p}"] for p in parts if f"{layer.name}/{p}" in weights]
        if own:
            layer.set_weights(own)


class Eye:
    """Rows to what the frozen blocks make of them, one row after another.

    A row's windows go through the net together, other rows' don't: what comes out never depends on
    them, and a long clip's maps are all that has to be in memory.
    """

    def __init__(self, model: VggMusic) -> None:
        self.lock = threading.Lock()
        self.sizes, self.windows = model._sizes(), model._windows()
        self.frames, self.bands, self.last = model._frames_and_bands()
        self.whole, self.pretrained = model.frozen == BLOCKS, model.pretrained
        inputs = keras.Input(self.sizes[0], name="window")
        self.net = keras.Model(inputs, model._blocks(inputs, range(model.frozen)))
        _give(self.net, model.frozen_)

    def __call__(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """Features of rows, float32, (rows, d)."""
        with self.lock:
            return np.stack([self._look(row) for row in rows])

    def _look(self, row: NDArray[np.float32]) -> NDArray[np.float32]:
        image = row.reshape(self.bands, self.frames).T if self.last else row
        image = image.reshape(self.frames, self.bands)
        if not self.pretrained:
            # Each image alone: what all rows tell would be learned.
            image = (image - image.mean()) / (image.std() or 1.0)
        whole = image[: self.windows * self.sizes[0][0]]
        windows = whole.reshape(self.windows, *self.sizes[0])
        maps = [
            np.asarray(self.net(windows[at : at + AT_ONCE], training=False))
            for at in range(0, self.windows, AT_ONCE)
        ]
        cells = np.concatenate(maps).reshape(self.windows, -1)
        return cells.mean(axis=0) if self.whole else cells.reshape(-1)


_eyes: OrderedDict[str, Eye] = OrderedDict()
_eyes_lock = threading.Lock()


def _eye(key: str, model: VggMusic) -> Eye:
    """The eye of these weights: built once in a process, the last two are kept."""
    with _eyes_lock:
        if key not in _eyes:
            _eyes[key] = Eye(model)
        _eyes.move_to_end(key)
        while len(_eyes) > 2:
            _eyes.popitem(last=False)
        return _eyes[key]
