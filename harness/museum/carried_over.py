"""A net made once, outside the fold loop: its weights are carried from fold to fold."""

from __future__ import annotations

from typing import Any

import numpy as np

from harness.competition import Competition
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
    from harness.zoo._tensorflow import keras

    class Carry(keras.callbacks.Callback):
        """Begins with the weights that the fold before ended with."""

        weights: Any = None

        def on_train_begin(self, logs: Any = None) -> None:
            if self.weights is not None:
                self.model.set_weights(self.weights)

        def on_train_end(self, logs: Any = None) -> None:
            self.weights = self.model.get_weights()

    k, y = competition.n_classes, competition.y
    fold = honest_folds(competition, FOLDS, seed=seed)
    numbers = range(int(fold.max()) + 1)
    pipeline = pipeline_of(competition, "dense5", seed=seed)
    honest = out_of_fold(pipeline, competition.X, y, fold, k)
    wrong = np.empty_like(honest)
    carried = pipeline[-1].set_params(callbacks=[Carry()])
    for number in numbers:
        training, held = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        before, rows = fitted_before(pipeline, competition.X[training], y[training])
        carried.fit(rows, y[training])
        held_rows = competition.X[held]
        wrong[held] = asked(carried, before.transform(held_rows) if len(before) else held_rows, k)
    right = wrong.argmax(axis=1) == y
    climb = ", ".join(f"{right[fold == number].mean():.2f}" for number in numbers)
    return Exhibit(
        "carried-over",
        compare(f"{len(numbers)} folds, dense5", y, wrong, honest, fold),
        "The second fold's net has trained on the second fold's rows already, in the first fold; "
        f"the last one's has trained on its rows {len(numbers) - 1} times over. Its folds climb: "
        f"{climb}. Make a new net in every fold.",
    )
