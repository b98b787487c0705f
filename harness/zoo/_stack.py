"""The compiled loop: nets of several folds, stacked along a first axis, take every step together.

Shapes: F nets in a stack, n rows of D columns each, S steps of B rows an epoch. Batches come as row
numbers, int32 (S, F, B), with weights of the same shape: a row's weight divided by its batch's
length; places beyond a short batch's end have weight 0, and only they.

Nothing survives a fit: `Stack.start` overwrites every variable. What is kept, because it takes as
long as the training itself, is the traced graph.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from harness.zoo._tensorflow import keras, tf


def architecture(model: Any) -> str:
    """What two models share when one graph can train both: their configuration without seeds."""

    def seedless(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: 0 if k == "seed" else seedless(v) for k, v in value.items()}
        return [seedless(v) for v in value] if isinstance(value, list | tuple) else value

    return json.dumps(seedless(model.get_config()), sort_keys=True, default=repr)


class Stack:
    """F nets of one architecture and the two compiled functions that train and score them.

    Parameters
    ----------
    net : str
        The architecture, as `architecture` gives it.
    kind : type
        The model's class, such as ``keras.Sequential``.
    folds, width : int
        F and B.
    """

    def __init__(self, net: str, kind: Any, folds: int, width: int) -> None:
        self.lock = threading.Lock()
        self.folds = folds
        self.template = kind.from_config(json.loads(net))
        shapes = [tuple(v.shape) for v in self.template.trainable_variables]
        self.weights = [tf.Variable(tf.zeros((folds, *shape))) for shape in shapes]
        self.means = [tf.Variable(tf.zeros_like(w)) for w in self.weights]
        self.squares = [tf.Variable(tf.zeros_like(w)) for w in self.weights]
        # Dropout's seeds, and whatever else a layer remembers from call to call.
        self.others = [
            tf.Variable(tf.zeros((folds, *v.shape), v.dtype))
            for v in self.template.non_trainable_variables
        ]
        columns = tuple(self.template.input_shape[1:])
        data = [
            tf.TensorSpec((folds, None, *columns)),
            tf.TensorSpec((folds, None), tf.int32),
            tf.TensorSpec((None, folds, None), tf.int32),
            tf.TensorSpec((None, folds, None)),
        ]
        numbers = [tf.TensorSpec(()), tf.TensorSpec(())]
        self.width = width
        self.epoch = tf.function(self._epoch, input_signature=data + numbers, autograph=False)
        self.score = tf.function(self._score, input_signature=data, autograph=False)

    def start(self, models: Sequence[Any]) -> None:
        """Take the models' weights; forget everything else."""
        for i, weight in enumerate(self.weights):
            weight.assign(tf.stack([m.trainable_variables[i].value for m in models]))
        for i, other in enumerate(self.others):
            other.assign(tf.stack([m.non_trainable_variables[i].value for m in models]))
        for moment in (*self.means, *self.squares):
            moment.assign(tf.zeros_like(moment))

    def state(self, fold: int) -> list[Any]:
        """A copy of one net's variables, as numpy arrays: trainable ones first."""
        return [v[fold].numpy() for v in (*self.weights, *self.others)]

    def _each(self, function: Any, *args: Any) -> Any:
        """`function` over the first axis of every argument."""
        if self.folds > 1:
            return tf.vectorized_map(function, args, warn=False)
        one = function(tf.nest.map_structure(lambda value: value[0], args))
        return tf.nest.map_structure(lambda value: value[None], one)

    def _forward(
        self, weights: Any, others: Any, X: Any, y: Any, weight: Any, *, training: bool
    ) -> Any:
        proba, others, penalties = self.template.stateless_call(
            weights, others, X, training=training, return_losses=True
        )
        if proba.shape.rank == 3:  # an ensemble, (B, M, K): each member has a loss of its own
            losses = keras.losses.sparse_categorical_crossentropy(
                tf.repeat(y[:, None], proba.shape[1], axis=1), proba
            )
            loss = tf.reduce_sum(tf.reduce_mean(losses, axis=1) * weight)
            proba = tf.reduce_mean(proba, axis=1)
        else:
            loss = tf.reduce_sum(keras.losses.sparse_categorical_crossentropy(y, proba) * weight)
        hit = (tf.argmax(proba, axis=-1, output_type=tf.int32) == y) & (weight > 0)
        hits = tf.reduce_sum(tf.cast(hit, tf.float32))
        penalty = tf.add_n(penalties) if penalties else tf.zeros(())
        return loss, penalty, hits, others

    def _epoch(self, X: Any, y: Any, rows: Any, weight: Any, done: Any, rate: Any) -> Any:
        """Every batch of an epoch; returns loss summed over rows, and hits, float32 (F,) each."""

        def learn(args: Any) -> Any:
            weights, others, X_batch, y_batch, weight_batch = args
            with tf.GradientTape() as tape:
                tape.watch(weights)
                loss, penalty, hits, others = self._forward(
                    weights, others, X_batch, y_batch, weight_batch, training=True
                )
                loss += penalty
            length = tf.reduce_sum(tf.cast(weight_batch > 0, tf.float32))
            return tape.gradient(loss, weights), others, loss * length, hits

        def step(s: Any, loss: Any, hits: Any) -> Any:
            batch = tf.ensure_shape(rows[s], (self.folds, self.width))
            gradients, others, more_loss, more_hits = self._each(
                learn,
                [w.value() for w in self.weights],
                [o.value() for o in self.others],
                tf.gather(X, batch, batch_dims=1),
                tf.gather(y, batch, batch_dims=1),
                tf.ensure_shape(weight[s], (self.folds, self.width)),
            )
            for variable, value in zip(self.others, others, strict=True):
                variable.assign(value)
            self._adam(gradients, done + tf.cast(s + 1, tf.float32), rate)
            return s + 1, loss + more_loss, hits + more_hits

        start = (0, tf.zeros(self.folds), tf.zeros(self.folds))
        steps = tf.shape(rows)[0]
        _, loss, hits = tf.while_loop(lambda s, *_: s < steps, step, start, parallel_iterations=1)
        return loss, hits

    def _adam(self, gradients: Any, step: Any, rate: Any) -> None:
        # Keras's Adam and its constants, in TensorFlow's one kernel for it: the same formula in
        # separate operations takes longer than the gradients.
        for w, mean, square, gradient in zip(
            self.weights, self.means, self.squares, gradients, strict=True
        ):
            tf.raw_ops.ResourceApplyAdam(
                var=w.handle,
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

    def _score(self, X: Any, y: Any, rows: Any, weight: Any) -> Any:
        """Loss summed over blocks, the penalties, and hits on rows that aren't trained on."""

        def look(args: Any) -> Any:
            return self._forward(*args, training=False)[:3]

        def step(s: Any, loss: Any, penalty: Any, hits: Any) -> Any:
            more_loss, penalty, more_hits = self._each(
                look,
                [w.value() for w in self.weights],
                [o.value() for o in self.others],
                tf.gather(X, rows[s], batch_dims=1),
                tf.gather(y, rows[s], batch_dims=1),
                weight[s],
            )
            return s + 1, loss + more_loss, penalty, hits + more_hits

        start = (0, tf.zeros(self.folds), tf.zeros(self.folds), tf.zeros(self.folds))
        steps = tf.shape(rows)[0]
        looped = tf.while_loop(lambda s, *_: s < steps, step, start, parallel_iterations=1)
        return looped[1:]


@lru_cache(maxsize=8)
def stack_for(net: str, kind: Any, folds: int, width: int) -> Stack:
    """The stack for this architecture: traced once in a process, used by every later fit."""
    return Stack(net, kind, folds, width)
