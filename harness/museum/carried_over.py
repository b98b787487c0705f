"""A net made once, outside the fold loop: its weights are carried from fold to fold."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import clone

from harness.competition import Competition, Labels, Probabilities
from harness.museum._exhibit import (
    Exhibit,
    asked,
    compare,
    fitted_before,
    honest_folds,
    out_of_fold,
    pipeline_of,
)

FOLDS = 10


def show(competition: Competition, *, seed: int) -> Exhibit:
    """The five-layer net of the GTZAN+ report, ten stratified folds, seed as there.

    The report printed 92.5 %, its folds climbing from 69 to 100 %.
    """
    k, y = competition.n_classes, competition.y
    fold = honest_folds(competition, FOLDS, seed=seed)
    numbers = range(int(fold.max()) + 1)
    pipeline = pipeline_of(competition, "dense5", seed=seed)
    honest = out_of_fold(pipeline, competition.X, y, fold, k)
    wrong = carried(pipeline, competition, fold)
    right = wrong.argmax(axis=1) == y
    climb = ", ".join(f"{right[fold == number].mean():.2f}" for number in numbers)
    return Exhibit(
        "carried-over",
        compare(f"{len(numbers)} folds, dense5", y, wrong, honest, fold),
        "The second fold's net has trained on the second fold's rows already, in the first fold; "
        f"the last one's has trained on its rows {len(numbers) - 1} times over. Its folds climb: "
        f"{climb}. Make a new net in every fold.",
    )


def carried(pipeline: Any, competition: Competition, fold: Labels) -> Probabilities:
    """Out-of-fold probabilities of one net that begins each fold as it ended the one before.

    Parameters
    ----------
    pipeline : unfitted pipeline
        Its model a Keras net of the zoo. What stands before the net is fitted anew in every fold,
        and the optimiser begins anew: the weights alone are carried.
    fold : int64 array, shape (n,)
        Each row's fold, all of them held out in turn.
    """
    from harness.zoo._tensorflow import keras

    class Carry(keras.callbacks.Callback):
        """Begins with the weights that the fold before ended with."""

        weights: Any = None

        def on_train_begin(self, logs: Any = None) -> None:
            if self.weights is not None:
                self.model.set_weights(self.weights)

        def on_train_end(self, logs: Any = None) -> None:
            self.weights = self.model.get_weights()

    X, y, k = competition.X, competition.y, competition.n_classes
    found = np.empty((len(y), k))
    net = clone(pipeline[-1]).set_params(callbacks=[Carry()])
    for number in range(int(fold.max()) + 1):
        training, held = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        before, rows = fitted_before(pipeline, X[training], y[training])
        net.fit(rows, y[training])
        held_rows = before.transform(X[held]) if len(before) else X[held]
        found[held] = asked(net, held_rows, k)
    return found
