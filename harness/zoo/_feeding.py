"""The training of nets on tensors: batch by batch, each read when its turn comes.

`_training` keeps all rows on TensorFlow's side and runs whole epochs in the graph, which is what
small nets on tables want. Here a step takes longer than reading its rows: they may stay on the
disk, and what a batch is made of (masks, mixtures) is decided row by row. What is computed is the
same: rows shuffled anew every epoch, Adam as Keras writes it, losses averaged over rows, early
stopping on watch rows.
"""

from __future__ import annotations

import json
import math
import threading
from functools import lru_cache
from typing import Any

import numpy as np

from harness.zoo._augment import Augment, Batch
from harness.zoo._stack import architecture
from harness.zoo._tensorflow import keras, tf
from harness.zoo._training import Best, Job, Plan, Rows, keep

# Nets with more parameters take long enough to train that tracing them anew costs nothing, and
# memory enough that none is kept.
MOST_KEPT = 2_000_000
# Watch rows are scored in batches of so many bytes, in the net's largest layer.
WATCH_BYTES = 32 * 2**20


class Feeder:
    """A net and the two compiled functions that train and score it, fed with batches.

    As `harness.zoo._stack.Stack`, it keeps the traced graph and nothing else from fit to fit.

    Parameters
    ----------
    net : str
        The architecture, as `harness.zoo._stack.architecture` gives it.
    kind : type
        The model's class, such as ``keras.Model``.
    """

    def __init__(self, net: str, kind: Any) -> None:
        self.lock = threading.Lock()
        self.net = kind.from_config(json.loads(net))
        self.weights = self.net.trainable_variables
        self.others = self.net.non_trainable_variables
        self.cells = max(math.prod(layer.output.shape[1:]) for layer in self.net.layers)
        self.means = [tf.Variable(tf.zeros(w.shape)) for w in self.weights]
        self.squares = [tf.Variable(tf.zeros(w.shape)) for w in self.weights]
        columns = tuple(self.net.input_shape[1:])
        rows = [tf.TensorSpec((None, *columns)), tf.TensorSpec((None,), tf.int32)]
        some, number = tf.TensorSpec((None,)), tf.TensorSpec(())
        mixed = [tf.TensorSpec((None,), tf.int32), some]
        self.learn = tf.function(
            self._learn, input_signature=[*rows, some, *mixed, number, number], autograph=False
        )
        self.score = tf.function(self._score, input_signature=[*rows, some], autograph=False)

    def start(self, model: Any) -> None:
        """Take the model's variables; forget everything else."""
        keep(self.net, [*model.trainable_variables, *model.non_trainable_variables])
        for moment in (*self.means, *self.squares):
            moment.assign(tf.zeros_like(moment))

    def state(self) -> list[Any]:
        """A copy of the net's variables, as numpy arrays: trainable ones first."""
        return [v.numpy() for v in (*self.weights, *self.others)]

    def _learn(
        self,
        X: Any,
        y: Any,
        weight: Any,
        other: Any,
        other_weight: Any,
        step: Any,
        rate: Any,
    ) -> Any:
        """One step of Adam; the summed loss, and hits."""
        with tf.GradientTape() as tape:
            proba = self.net(X, training=True)
            crossed = keras.losses.sparse_categorical_crossentropy
            losses = weight * crossed(y, proba) + other_weight * crossed(other, proba)
            loss = tf.reduce_mean(losses)
            penalty = tf.add_n(self.net.losses) if self.net.losses else tf.zeros(())
            total = loss + penalty
        gradients = tape.gradient(total, [w.value for w in self.weights])
        for w, mean, square, gradient in zip(
            self.weights, self.means, self.squares, gradients, strict=True
        ):
            tf.raw_ops.ResourceApplyAdam(
                var=w.value.handle,
                m=mean.handle,
                v=square.handle,
                beta1_power=tf.pow(0.9, step),
                beta2_power=tf.pow(0.999, step),
                lr=rate,
                beta1=0.9,
                beta2=0.999,
                epsilon=1e-7,
                grad=gradient,
            )
        length = tf.cast(tf.shape(y)[0], tf.float32)
        main = tf.where(weight >= other_weight, y, other)
        hit = tf.argmax(proba, axis=-1, output_type=tf.int32) == main
        return total * length, tf.reduce_sum(tf.cast(hit, tf.float32))

    def _score(self, X: Any, y: Any, weight: Any) -> Any:
        """Loss summed over rows, the penalty, and hits, of rows that aren't trained on."""
        proba = self.net(X, training=False)
        losses = keras.losses.sparse_categorical_crossentropy(y, proba)
        hit = tf.argmax(proba, axis=-1, output_type=tf.int32) == y
        penalty = tf.add_n(self.net.losses) if self.net.losses else tf.zeros(())
        return (
            tf.reduce_sum(losses * weight),
            penalty,
            tf.reduce_sum(tf.cast(hit, tf.float32)),
        )


def feeder_for(model: Any) -> Feeder:
    """The feeder for a model: of small nets traced once in a process, used by every later fit."""
    kind: Any = type(model)
    if model.count_params() > MOST_KEPT:
        return Feeder(architecture(model), kind)
    return _kept(architecture(model), kind)


_kept = lru_cache(maxsize=8)(Feeder)


def feed(job: Job, plan: Plan, augment: Augment) -> None:
    """Train a job's model in place, and fill in what `harness.zoo._training.train` does.

    Parameters
    ----------
    job : Job
        Its rows' X may be a `harness.matrices.Part`; a batch of it is read at a time.
    plan : Plan
    augment : Augment
        What is done to the rows of a batch in training.
    """
    feeder = feeder_for(job.model)
    with feeder.lock:
        _feed(feeder, job, plan, augment)


def _feed(feeder: Feeder, job: Job, plan: Plan, augment: Augment) -> None:
    random = np.random.default_rng(job.seed)
    best = Best(plan.patience if job.watched is not None else None)
    feeder.start(job.model)
    done, n = 0, len(job.rows)
    for epoch in range(plan.epochs):
        rate, order, loss, hits = plan.rate(epoch), random.permutation(n), 0.0, 0.0
        for first in range(0, n, plan.batch_size):
            batch = augment.of(_read(job.rows, order[first : first + plan.batch_size]), random)
            done += 1
            more = feeder.learn(*batch, float(done), rate)
            loss, hits = loss + float(more[0]), hits + float(more[1])
        values = {"loss": loss / n, "accuracy": hits / n}
        if job.watched is not None:
            values |= _watch(feeder, job.watched)
        for name, value in values.items():
            job.history.setdefault(name, []).append(value)
        best.look(values, feeder.state)
        job.finite &= bool(np.isfinite(list(values.values())).all())
        if best.stopped or not job.finite:
            break
    keep(job.model, best.state or feeder.state())
    job.kept_epoch = best.epoch or len(job.history["loss"])
    job.finite &= all(np.isfinite(weight).all() for weight in job.model.get_weights())


def _read(rows: Rows, at: Any) -> Batch:
    X = np.asarray(rows.X[at])
    y = rows.y[at]
    return Batch(X, y, rows.weight[at], y, np.zeros(len(y), dtype=np.float32))


def _watch(feeder: Feeder, watched: Rows) -> dict[str, float]:
    step = max(1, WATCH_BYTES // (4 * feeder.cells))
    loss, penalty, hits = 0.0, 0.0, 0.0
    for first in range(0, len(watched), step):
        batch = _read(watched, slice(first, first + step))
        found = [float(value) for value in feeder.score(*batch[:3])]
        loss, penalty, hits = loss + found[0], found[1], hits + found[2]
    n = len(watched)
    return {"val_loss": loss / n + penalty, "val_accuracy": hits / n}
