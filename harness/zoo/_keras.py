"""Keras nets as scikit-learn classifiers, trained through the compiled loop of `_training`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.utils import check_random_state
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from harness.errors import DataError, UsageError
from harness.zoo import _keras_files, _settings
from harness.zoo._grouped import checked, watch_groups
from harness.zoo._tensorflow import keras
from harness.zoo._training import Job, Plan, Rows, train, train_with_callbacks, watch_rows

# Watched when early stopping is asked for and no share is named.
DEFAULT_WATCH = 0.1
SEEDS = 2**31 - 1


class KerasClassifier(ClassifierMixin, BaseEstimator):
    """A Keras net behind scikit-learn's interface; subclasses say which net.

    A subclass lists its hyper-parameters in ``__init__``, typed as `harness.zoo._settings` reads
    them, those below among them, and builds its net in `network`.

    Parameters
    ----------
    epochs : int
        Passes over the training rows.
    batch_size : int
        Rows a step.
    learning_rate : float
        Of Adam.
    patience : int or None
        Stop after so many epochs without a lower loss on watch rows, and keep the best epoch's
        weights. None trains all epochs.
    watch : float
        Share of the rows given to `fit` that is watched instead of trained on: ``val_loss`` and
        ``val_accuracy`` are theirs. Drawn per class; a class's only row is trained on. With
        `patience` and no share, 0.1.
    callbacks : sequence of keras.callbacks.Callback or None
        Called at the beginning and the end of training and of each epoch; each fit works on
        copies of them where it is a clone's, as `sklearn.base.clone` makes them. They may change
        ``model.optimizer.learning_rate``, set ``model.stop_training``, and change the weights when
        training ends. Calls per batch are not offered: an epoch runs without coming up for air.
    random_state : int, RandomState instance or None
        Decides the initial weights, shuffles, dropout and watch rows. No other random numbers are
        drawn, and nobody else's are touched.

    Attributes
    ----------
    classes_ : array, shape (K,)
        Labels as they were given, sorted; columns of `predict_proba`.
    model_ : keras.Model
        The net; its outputs are for codes 0..K-1, the positions in ``classes_``. Not compiled,
        except for callbacks.
    history_ : dict of str to list of float
        Per epoch ``loss`` and ``accuracy`` (while it trained, dropout and penalties included) and,
        with watch rows, ``val_loss`` and ``val_accuracy``.
    kept_epoch_ : int
        The epoch, from 1, whose weights the net has: the last, or with `patience` the best.
    notes_ : tuple of str
        What the user should know about the fit.
    n_features_in_ : int

    Notes
    -----
    Sample weights count relative to their mean, so that their scale changes nothing; rows of
    weight 0 are left out. Layers that look across the rows of a batch (batch normalisation) are
    refused, because short batches are filled up with rows of weight 0.
    """

    # Nets that `tensorflow.vectorized_map` can't take set this to False; they train one by one.
    stackable = True
    # Whether several folds are fitted as one computation (`fit_folds`).
    together = True
    # Whether short batches are filled up with rows of weight 0, as the stacked loop does it.
    fills_batches = True
    # Rows that `predict_proba` takes at once.
    rows_at_once = 8192

    epochs: int | None
    batch_size: int
    learning_rate: float
    patience: int | None
    watch: float
    callbacks: Sequence[Any] | None
    random_state: Any

    def network(self, n_features: int, n_classes: int, random: np.random.Generator) -> Any:
        """A fresh net: ``keras.Model`` from (rows, n_features) to softmax over `n_classes`.

        An ensemble in one net gives (rows, members, n_classes); the answer is the members' mean.

        Every initialiser and dropout layer takes its seed from `seed_from`, and every layer and
        the model have a name: two nets with the same settings differ in seeds alone.
        """
        raise NotImplementedError

    def fit(self, X: Any, y: Any, sample_weight: Any = None, groups: Any = None) -> Self:
        """Train a fresh net.

        Parameters
        ----------
        X : array, shape (n, n_features)
            Finite numbers, best standardised; taken as float32.
        y : array, shape (n,)
            Labels of any kind that scikit-learn takes.
        sample_weight : array, shape (n,), optional
        groups : array, shape (n,), optional
            Rows of one group are watched together, or trained on together.

        Raises
        ------
        UsageError
            For hyper-parameters out of range.
        DataError
            For fewer than two classes, and when the loss doesn't stay finite.
        """
        self._plan()  # settings are refused before rows are
        job = self._job(X, y, sample_weight, groups)
        plan = self._plan(len(job.rows))
        if self.callbacks:
            train_with_callbacks(job, plan, self.callbacks)
        else:
            self._train([job], plan)
        return self._finish(job, plan)

    @available_if(lambda self: self.together)
    def fit_folds(
        self,
        parts: Sequence[tuple[Any, ...]],
        *,
        seeds: Sequence[int] | None = None,
        wanted: Collection[int] | None = None,
        on_fold: Callable[[int, Self], None] = lambda number, model: None,
    ) -> list[Self]:
        """Fit a clone on each part; the same as fitting them one by one, and faster.

        Parameters
        ----------
        parts : sequence of (X, y), (X, y, sample_weight) or (X, y, sample_weight, groups)
            Each as `fit` takes them. Numbers of rows, columns and classes may differ.
        seeds : sequence of int, optional
            A ``random_state`` for each part; this estimator's for all by default.
        wanted : collection of int, optional
            Positions of the parts to fit; all by default. The others are needed all the same: which
            nets are trained together depends on all parts, and the last bits of each on that. One
            that is trained beside a wanted one is fitted, too.
        on_fold : callable (position in `parts`, fitted clone)
            Called as soon as a fold is done; small nets are done several at once.

        Returns
        -------
        list of clones, in the order of `parts`, fitted where wanted
            Each depends on its own part and seed alone. It equals the clone fitted by itself up to
            rounding (1e-6 in the probabilities); the same list gives the same bits every time.

        Raises
        ------
        UsageError, DataError
            As `fit`; a DataError says which fold, from 1.
        """
        self._plan()
        models = [clone(self) for _ in parts]
        if seeds is not None:
            for model, seed in zip(models, seeds, strict=True):
                model.set_params(random_state=seed)
        if self.callbacks:
            for number, (model, part) in enumerate(zip(models, parts, strict=True)):
                if wanted is None or number in wanted:
                    on_fold(number, model.fit(*part))
            return models
        jobs = [
            model._job(*part, where=f"fold {number}")
            for number, (model, part) in enumerate(zip(models, parts, strict=True), start=1)
        ]
        position = {id(job): number for number, job in enumerate(jobs)}
        alike: dict[Plan, list[Job]] = {}
        for job in jobs:
            alike.setdefault(self._plan(len(job.rows)), []).append(job)
        for plan, together in alike.items():

            def finish(job: Job, plan: Plan = plan) -> None:
                number = position[id(job)]
                on_fold(number, models[number]._finish(job, plan, where=f"fold {number + 1}"))

            self._train(
                together, plan, finish, lambda job: wanted is None or position[id(job)] in wanted
            )
        return models

    def predict_proba(self, X: Any) -> npt.NDArray[np.float64]:
        """Class probabilities, float64, shape (n, K), in the order of ``classes_``."""
        check_is_fitted(self)
        X = self._checked_rows(X)
        proba = np.empty((len(X), len(self.classes_)))
        for first in range(0, len(X), self.rows_at_once):
            rows = slice(first, first + self.rows_at_once)
            batch = np.asarray(X[rows])
            answer = np.asarray(self.model_(batch, training=False), dtype=np.float64)
            proba[rows] = answer.mean(axis=1) if answer.ndim == 3 else answer
        lost = np.flatnonzero(~np.isfinite(proba).all(axis=1))
        if len(lost):
            raise DataError(
                f"{len(lost)} rows hold numbers too large for this net, first row {lost[0] + 1}",
                todo="scale the columns (--scaler standard), or look at these rows",
            )
        # Softmax in float32 sums to 1 within 1e-7; graders look closer.
        return proba / proba.sum(axis=1, keepdims=True)

    def predict(self, X: Any) -> npt.NDArray[Any]:
        """The most probable class of each row, as it was given to `fit`."""
        # First, so that an unfitted model is refused as such.
        proba = self.predict_proba(X)
        return self.classes_[proba.argmax(axis=1)]

    def save(self, folder: Path) -> None:
        """Write ``model.keras`` and ``about.json`` into `folder`; nothing in them is code."""
        check_is_fitted(self)
        _keras_files.save(self, Path(folder))

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The fitted classifier that `save` wrote; raises EntryError, a ValueError, for others."""
        return _keras_files.load(cls, Path(folder))

    def __getstate__(self) -> dict[str, Any]:
        # For copies and for worker processes: weights as arrays, the net built anew.
        state = dict(super().__getstate__())
        if "model_" in state:
            state["model_"] = self.model_.get_weights()
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if "model_" in state:
            net = self.checked_network(self.n_features_in_, len(self.classes_), 0)
            net.set_weights(state["model_"])
            self.model_ = net

    def checked_network(self, n_features: int, n_classes: int, seed: int) -> Any:
        """Return `network`, unless it has layers that the training loop can't treat rightly."""
        model = self.network(n_features, n_classes, np.random.default_rng(seed))
        if not self.fills_batches:
            return model
        crossing = [x.name for x in model.layers if isinstance(x, keras.layers.BatchNormalization)]
        if crossing:
            raise UsageError(
                f"layers that look across a batch's rows aren't supported: {', '.join(crossing)}",
                where=type(self).__name__,
                todo="use LayerNormalization",
            )
        return model

    def passes(self, rows: int) -> int:
        """How many epochs a training part of so many rows gets."""
        return int(self.epochs or 1)

    def _plan(self, rows: int = 1) -> Plan:
        """The checked hyper-parameters of training, for a part of so many rows."""
        settings = self.get_params(deep=False)
        for name in ("callbacks", "random_state"):
            settings.pop(name, None)
        plain = {k: v.item() if isinstance(v, np.generic) else v for k, v in settings.items()}
        # Of the instance, so that `self` isn't among the parameters.
        _settings.check(self.__init__, type(self).__name__, plain)  # type: ignore[misc]
        return Plan(
            epochs=self.passes(rows),
            batch_size=int(self.batch_size),
            learning_rate=float(self.learning_rate),
            patience=None if self.patience is None else int(self.patience),
            decay=bool(getattr(self, "decay", False)),
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
        """Check one part, and make its fresh net."""
        X, y = self._checked(X, y)
        check_classification_targets(y)
        weight = _check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)
        self.classes_, codes = np.unique(y, return_inverse=True)
        counted = weight > 0
        if len(np.unique(codes[counted])) < 2:
            raise DataError(
                f"only one class in the labels ({self.classes_[0]}); a net needs two",
                where=where,
                todo="look at the labels, or use the model prior",
            )
        net_seed, shuffle_seed, watch_seed = (
            int(seed) for seed in check_random_state(self.random_state).randint(SEEDS, size=3)
        )
        groups = checked(groups, len(codes))
        if not counted.all():
            X, codes, weight = X[counted], codes[counted], weight[counted]
            groups = None if groups is None else groups[counted]
        rows = Rows(X, codes.astype(np.int32), (weight / weight.mean()).astype(np.float32))
        rows, watched = self._watched(rows, groups, watch_seed)
        model = self.checked_network(X.shape[1], len(self.classes_), net_seed)
        return Job(model, rows, watched, shuffle_seed)

    def _checked(self, X: Any, y: Any) -> tuple[Any, Any]:
        """Rows and labels of a training part: float32 (n, n_features), finite, and (n,)."""
        # Numbers beyond float32 become infinite here, and are refused as such.
        with np.errstate(over="ignore"):
            return validate_data(self, X, y, dtype=np.float32, order="C")

    def _checked_rows(self, X: Any) -> Any:
        """Rows to predict: float32, as many columns as in `fit`."""
        with np.errstate(over="ignore"):
            return validate_data(self, X, dtype=np.float32, order="C", reset=False)

    def _train(
        self,
        jobs: Sequence[Job],
        plan: Plan,
        on_job: Callable[[Job], None] = lambda job: None,
        wanted: Callable[[Job], bool] = lambda job: True,
    ) -> None:
        train(jobs, plan, stackable=self.stackable, wanted=wanted, on_job=on_job)

    def _watched(
        self, rows: Rows, groups: npt.NDArray[Any] | None, seed: int
    ) -> tuple[Rows, Rows | None]:
        """The rows to train on and those to watch."""
        share = self._watch_share()
        if not share:
            return rows, None
        random = np.random.default_rng(seed)
        if groups is None:
            watch = watch_rows(rows.y, share, random)
        else:
            watch = watch_groups(rows.y, groups, share, random)
        if not watch.any():
            raise DataError(
                f"{len(rows)} rows are too few to watch a share of {share:g} of them",
                where="watch",
                todo="raise the share (--set watch=0.5), or train without patience and watch",
            )
        parts = [Rows(rows.X[at], rows.y[at], rows.weight[at]) for at in (~watch, watch)]
        return parts[0], parts[1]

    def _watch_share(self) -> float:
        return self.watch or (0.0 if self.patience is None else DEFAULT_WATCH)

    def _finish(self, job: Job, plan: Plan, *, where: str | None = None) -> Self:
        """Take over what training left."""
        ran = len(job.history["loss"])
        if not job.finite:
            raise DataError(
                f"the loss is no longer a number after epoch {ran} of {plan.epochs}",
                where=where,
                todo=f"lower the learning rate (--set learning_rate={self.learning_rate / 10:g}), "
                "or scale the columns (--scaler standard)",
            )
        self.model_ = job.model
        self.history_ = job.history
        self.kept_epoch_ = job.kept_epoch
        self.notes_: tuple[str, ...] = ()
        if job.watched is not None:
            # The same words for every fold, so that they are said once.
            kept = "" if plan.patience is None else ", and the best epoch's weights were kept"
            share = f"{100 * self._watch_share():g}%"
            self.notes_ = (f"{share} of the training rows were watched, not trained on{kept}",)
        return self


def seed_from(random: np.random.Generator) -> int:
    """A seed for one Keras initialiser or layer."""
    return int(random.integers(SEEDS))
