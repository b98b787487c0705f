"""The training of Keras nets: several folds at once, whole epochs in a compiled graph.

Keras's ``model.fit`` spends most of its time between steps when a net is small. Here an epoch is
one call of a compiled function, and the nets of several folds, stacked along a first axis, take
each step together. What is computed is what ``model.fit`` computes: rows shuffled anew every epoch,
the last batch as short as it comes out, Adam as Keras writes it, losses averaged over rows.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.zoo._stack import Stack, architecture, stack_for
from harness.zoo._tensorflow import keras, tf

Floats = npt.NDArray[np.float32]
Codes = npt.NDArray[np.int32]

# Watch rows are scored in blocks, so that the activations of a large watch set fit in memory.
WATCH_BLOCK = 1024
# Stacking saves the time between operations: ten nets of 2 000 parameters train 1.7 times as fast
# together as one by one, of 9 000 parameters 1.4 times, of 35 000 as fast. Where weights, gradients
# and Adam's moments no longer fit in the processor's cache, it is slower (187 000: 1.3 times).
MOST_PARAMETERS = 65_536
MOST_STACKED_PARAMETERS = 524_288
MOST_STACKED_BYTES = 512 * 2**20


@dataclass(frozen=True)
class Rows:
    """Rows to train on or to watch: X float32 (n, D), y int32 (n,), weight float32 (n,) above 0."""

    X: Floats
    y: Codes
    weight: Floats

    def __len__(self) -> int:
        return len(self.y)


@dataclass(frozen=True)
class Plan:
    """How a net is trained; see the hyper-parameters of `KerasClassifier`."""

    epochs: int
    batch_size: int
    learning_rate: float
    patience: int | None = None
    # The learning rate falls along half a cosine, to nearly nothing in the last epoch.
    decay: bool = False

    def rate(self, epoch: int) -> float:
        """The learning rate of an epoch, from 0."""
        fallen = 0.5 * (1 + math.cos(math.pi * epoch / self.epochs)) if self.decay else 1.0
        return self.learning_rate * fallen


@dataclass
class Job:
    """One net to train: fresh weights in `model`, its rows, the seed of its shuffles.

    `train` fills in the rest: the curves, the epoch (from 1) whose weights the model holds, and
    whether the loss and the weights stayed finite.
    """

    model: Any
    rows: Rows
    watched: Rows | None
    seed: int
    history: dict[str, list[float]] = field(default_factory=dict)
    kept_epoch: int = 0
    finite: bool = True

    def steps(self, batch_size: int) -> int:
        """Steps an epoch."""
        return -(-len(self.rows) // batch_size)

    def width(self, batch_size: int) -> int:
        """Places in a batch; few rows don't fill up a large one."""
        return int(min(batch_size, 1 << (len(self.rows) - 1).bit_length()))


def train(
    jobs: Sequence[Job],
    plan: Plan,
    *,
    stackable: bool = True,
    wanted: Callable[[Job], bool] = lambda job: True,
    on_job: Callable[[Job], None] = lambda job: None,
) -> None:
    """Train every job's model in place; each as if it were alone, those that can together.

    Jobs that aren't `wanted` are trained only where they stand in a stack with one that is: stacks
    are the same whichever are wanted, and so are the bits.

    Nets are stacked when they have one architecture, as many steps an epoch, and are small. A
    job's result depends on no other job's rows. Alone or in a stack, at another place in it, it is
    the same up to rounding (about 1e-6), because sums are taken in another order. `on_job` is
    called with each job when it is done.
    """
    groups: dict[Any, list[Job]] = {}
    for job in jobs:
        width, steps = job.width(plan.batch_size), job.steps(plan.batch_size)
        key = (architecture(job.model), width, steps, job.watched is None)
        groups.setdefault(key, []).append(job)
    for (net, width, _, _), group in groups.items():
        at_once = stack_height(group) if stackable else 1
        for first in range(0, len(group), at_once):
            together = group[first : first + at_once]
            if not any(map(wanted, together)):
                continue
            kind: Any = type(together[0].model)
            stack = stack_for(net, kind, len(together), width)
            with stack.lock:
                _train_stack(stack, together, plan, ())
            for job in together:
                on_job(job)


def train_with_callbacks(job: Job, plan: Plan, callbacks: Sequence[Any]) -> None:
    """Train one job's model and call Keras callbacks at the beginning and end of every epoch."""
    net, width = architecture(job.model), job.width(plan.batch_size)
    job.model.compile(
        optimizer=keras.optimizers.Adam(plan.learning_rate),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    # Otherwise a file saved by a callback can't be opened without a warning.
    job.model.optimizer.build(job.model.trainable_variables)
    # A callback may train a net of its own: it must not find this stack in use.
    stack = Stack(net, type(job.model), 1, width)
    _train_stack(stack, [job], plan, callbacks)


def stack_height(group: Sequence[Job]) -> int:
    """How many nets of this group train fastest together."""
    parameters = group[0].model.count_params()
    if parameters > MOST_PARAMETERS:
        return 1
    largest = max(job.rows.X.nbytes for job in group)
    by_cache = MOST_STACKED_PARAMETERS // max(parameters, 1)
    return int(max(1, min(len(group), by_cache, MOST_STACKED_BYTES // max(largest, 1))))


def _train_stack(stack: Stack, jobs: Sequence[Job], plan: Plan, callbacks: Sequence[Any]) -> None:
    X, y = _side_by_side([job.rows for job in jobs])
    watched = [job.watched for job in jobs if job.watched is not None]
    watch = (*_side_by_side(watched), *_blocks(watched)) if watched else None
    shuffles = [np.random.default_rng(job.seed) for job in jobs]
    best = [Best(plan.patience if watched else None) for _ in jobs]
    calls = _Calls(jobs[0].model, callbacks, plan)
    stack.start([job.model for job in jobs])
    steps = jobs[0].steps(plan.batch_size)
    for epoch in range(plan.epochs):
        rate = calls.epoch_begins(epoch, stack)
        rows, weight = _batches(jobs, shuffles, steps, stack.width)
        loss, hits = stack.epoch(X, y, rows, weight, float(epoch * steps), rate)
        curves = {"loss": loss, "accuracy": hits}
        sizes = np.array([len(job.rows) for job in jobs])
        curves = {name: value.numpy() / sizes for name, value in curves.items()}
        if watch is not None:
            val_loss, penalty, val_hits = stack.score(*watch)
            curves["val_loss"] = val_loss.numpy() + penalty.numpy()
            curves["val_accuracy"] = val_hits.numpy() / [len(part) for part in watched]
        for fold, job in enumerate(jobs):
            if not best[fold].stopped:
                values = {name: float(value[fold]) for name, value in curves.items()}
                for name, value in values.items():
                    job.history.setdefault(name, []).append(value)
                best[fold].look(values, partial(stack.state, fold))
                job.finite &= bool(np.isfinite(list(values.values())).all())
                best[fold].stopped |= not job.finite
        calls.epoch_ends(epoch, jobs[0].history, stack)
        if all(each.stopped for each in best) or calls.stopped:
            break
    for fold, job in enumerate(jobs):
        keep(job.model, best[fold].state or stack.state(fold))
        job.kept_epoch = best[fold].epoch or len(job.history["loss"])
    calls.train_ends()
    for job in jobs:
        finite = all(np.isfinite(weight).all() for weight in job.model.get_weights())
        job.finite &= finite


def watch_rows(y: Codes, share: float, random: np.random.Generator) -> npt.NDArray[np.bool_]:
    """Which rows to watch: a share of each class, within one row, and never all of a class."""
    order = random.permutation(len(y))
    order = order[np.argsort(y[order], kind="stable")]
    # Rows lie by class, shuffled within. Counting the share along them and taking a row whenever
    # the count passes a whole number gives each class its part, and the total its own.
    count = np.floor(np.arange(1, len(y) + 1) * share + 0.5)
    taken = np.diff(count, prepend=0.0) > 0
    starts = np.diff(y[order], prepend=-1) > 0
    watched = np.zeros(len(y), dtype=bool)
    watched[order[taken & ~starts]] = True
    return watched


class Best:
    """Early stopping for one net: the best watched epoch so far and its weights."""

    def __init__(self, patience: int | None) -> None:
        self.patience = patience
        self.loss = np.inf
        self.epoch = 0
        self.seen = 0
        self.state: list[Any] = []
        self.stopped = False

    def look(self, values: dict[str, float], state: Callable[[], list[Any]]) -> None:
        """Take an epoch's curves into account; `state` gives the net's variables as they are."""
        self.seen += 1
        if self.patience is None:
            return
        if values["val_loss"] < self.loss:
            self.loss, self.epoch, self.state = values["val_loss"], self.seen, state()
        # As keras.callbacks.EarlyStopping counts: never after the first epoch.
        waited = self.seen - self.epoch
        self.stopped = self.seen > 1 and waited > 0 and waited >= self.patience


class _Calls:
    """Keras callbacks around the epochs; with none of them, nothing happens."""

    def __init__(self, model: Any, callbacks: Sequence[Any], plan: Plan) -> None:
        self.model = model
        self.plan = plan
        self.list: Any = None
        if callbacks:
            self.list = keras.callbacks.CallbackList(
                list(callbacks), model=model, epochs=plan.epochs, verbose=0
            )
            model.stop_training = False
            self.list.on_train_begin()

    @property
    def stopped(self) -> bool:
        """Whether a callback asked for the end."""
        return self.list is not None and bool(self.model.stop_training)

    def epoch_begins(self, epoch: int, stack: Stack) -> float:
        """The learning rate of this epoch; schedules set it in the model's optimizer."""
        if self.list is None:
            return self.plan.rate(epoch)
        self.list.on_epoch_begin(epoch)
        return float(self.model.optimizer.learning_rate)

    def epoch_ends(self, epoch: int, history: dict[str, list[float]], stack: Stack) -> None:
        """Show the callbacks the model and its curves as they stand."""
        if self.list is not None:
            keep(self.model, stack.state(0))
            self.list.on_epoch_end(epoch, {name: curve[-1] for name, curve in history.items()})

    def train_ends(self) -> None:
        """Last; what a callback does to the model here, such as restoring weights, stays."""
        if self.list is not None:
            self.list.on_train_end()


def keep(model: Any, state: Sequence[Any]) -> None:
    """Give a model these variables: the trainable ones, then the others."""
    variables = [*model.trainable_variables, *model.non_trainable_variables]
    for variable, value in zip(variables, state, strict=True):
        variable.assign(value)


def _side_by_side(parts: Sequence[Rows]) -> tuple[Any, Any]:
    """X (F, n, D) and y (F, n) on TensorFlow's side; shorter parts end in rows nobody reads."""
    longest = max(len(part) for part in parts)
    if len(parts) == 1:
        return tf.constant(parts[0].X[None]), tf.constant(parts[0].y[None])
    X = np.zeros((len(parts), longest, *parts[0].X.shape[1:]), dtype=np.float32)
    y = np.zeros((len(parts), longest), dtype=np.int32)
    for fold, part in enumerate(parts):
        X[fold, : len(part)] = part.X
        y[fold, : len(part)] = part.y
    return tf.constant(X), tf.constant(y)


def _batches(
    jobs: Sequence[Job], shuffles: Sequence[np.random.Generator], steps: int, width: int
) -> tuple[Codes, Floats]:
    """One epoch's batches: row numbers and weights, (S, F, B) each, rows shuffled per job."""
    rows = np.zeros((len(jobs), steps, width), dtype=np.int32)
    weight = np.zeros((len(jobs), steps, width), dtype=np.float32)
    for fold, (job, shuffle) in enumerate(zip(jobs, shuffles, strict=True)):
        n = len(job.rows)
        order = shuffle.permutation(n)
        rows[fold].reshape(-1)[:n] = order
        weight[fold].reshape(-1)[:n] = job.rows.weight[order]
        weight[fold, :-1] /= width
        weight[fold, -1] /= n - (steps - 1) * width
    return rows.transpose(1, 0, 2), weight.transpose(1, 0, 2)


def _blocks(parts: Sequence[Rows]) -> tuple[Codes, Floats]:
    """The watch rows in blocks of up to `WATCH_BLOCK`: row numbers and weights that sum to 1."""
    longest = max(len(part) for part in parts)
    width = min(longest, WATCH_BLOCK)
    steps = -(-longest // width)
    rows = np.zeros((len(parts), steps, width), dtype=np.int32)
    weight = np.zeros((len(parts), steps, width), dtype=np.float32)
    for fold, part in enumerate(parts):
        n = len(part)
        rows[fold].reshape(-1)[:n] = np.arange(n)
        weight[fold].reshape(-1)[:n] = part.weight / n
    return rows.transpose(1, 0, 2), weight.transpose(1, 0, 2)
