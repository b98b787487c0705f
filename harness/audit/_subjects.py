"""What can be audited: a model of the house, an estimator or a whole function of the user's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from imblearn.pipeline import Pipeline
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, clone

from harness.audit import _own_code
from harness.audit._own_code import OwnCode
from harness.competition import Competition, Labels, Probabilities
from harness.errors import DataError, UsageError
from harness.evaluate._case import Outcome
from harness.evaluate.crossval import cross_validate, fit_pipeline, in_class_order
from harness.plans import FitSettings, check_choices, pipeline_for
from harness.prepare import pipeline as pipelines
from harness.zoo import _members

ROWS = 1000


@dataclass(frozen=True)
class AuditSettings:
    """What is audited, and on how much.

    Attributes
    ----------
    model, parameters : str, mapping
        A member of the zoo; not looked at where `estimator` or `function` is given.
    estimator : str, optional
        ``module:name`` of a scikit-learn classifier of the user's: a class, an instance, or a
        function that makes one.
    function : str, optional
        ``module:name`` of a whole cross-validation ``run(X, y, folds)`` that gives out-of-fold
        probabilities, (n, K) in the order of y's codes 0..K-1; with a fourth argument ``X_test`` it
        gives a pair of these and the test rows' probabilities.
    alternatives : mapping
        Hyper-parameters with several values, for the split "nested"; as in `FitSettings`.
    scaler, reducer, balance : str, optional
        As in `harness.fit.FitSettings`; around an estimator of the user's they are none unless
        named.
    rows : int
        About so many training rows are used.
    permutations : int
        How often labels are dealt anew.
    """

    model: str = "dense"
    parameters: Mapping[str, Any] = field(default_factory=dict)
    alternatives: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    estimator: str | None = None
    function: str | None = None
    scaler: str | None = None
    reducer: str | None = None
    balance: str = "none"
    split: str | None = None
    cv: int = 5
    seed: int = 0
    rows: int = ROWS
    permutations: int = 5
    allow_leak: bool = False


def subject_of(settings: AuditSettings) -> HouseModel | OwnEstimator | OwnFunction:
    """The subject that `settings` names; raises UsageError where it can't be audited."""
    if settings.estimator and settings.function:
        raise UsageError("takes no --function beside it", where="--estimator", todo="use one")
    if settings.function:
        return OwnFunction(OwnCode(settings.function, option="--function"))
    if settings.estimator:
        return OwnEstimator(OwnCode(settings.estimator, option="--estimator"), settings)
    return HouseModel(settings)


class Witness(ClassifierMixin, BaseEstimator):
    """Stands in a model's place: keeps the rows it is fitted on and those it is asked about."""

    def fit(self, X: Any, y: Any) -> Witness:
        """Keep the rows."""
        self.classes_ = np.unique(y)
        self.trained_ = np.array(X)
        return self

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Keep the rows, know nothing."""
        self.asked_ = np.array(X)
        return np.full((len(X), len(self.classes_)), 1 / len(self.classes_))


def _witnessed(
    pipeline: Any, given: Competition, fold: Labels, number: int
) -> tuple[NDArray, NDArray]:
    training, held = _sides(fold, number)
    before = Pipeline([*pipeline.steps[:-1], ("model", Witness())])
    fitted = clone(before).fit(given.X[training], given.y[training])
    fitted.predict_proba(given.X[held])
    return fitted[-1].trained_, fitted[-1].asked_


def _sides(fold: Labels, number: int) -> tuple[Labels, Labels]:
    held = fold == number
    return np.flatnonzero(~held & (fold >= -1)), np.flatnonzero(held)


class HouseModel:
    """A model of the zoo in its pipeline, cross-validated as `fit` does it."""

    sees_test = True
    isolates = True
    promises_bits = True

    def __init__(self, settings: AuditSettings) -> None:
        self.settings = settings
        self.name = f"model {settings.model}"
        self.fitted = FitSettings(
            model=settings.model,
            parameters=settings.parameters,
            alternatives=settings.alternatives,
            scaler=settings.scaler,
            reducer=settings.reducer or "drop-constant",
            balance=settings.balance,
            cv=settings.cv,
            seed=settings.seed,
            split=settings.split,
        )
        check_choices(self.fitted)
        first = self.fitted.chosen(self.fitted.choices()[0])
        model = _members.make(settings.model, dict(first.parameters), seed=settings.seed)
        self.rounds = hasattr(model, "fit_folds")

    def pipeline(self, given: Competition) -> Any:
        """The unfitted pipeline for these columns."""
        return pipeline_for(given, self.fitted)

    def run(
        self, given: Competition, fold: Labels, *, test: bool = False, luck: int = 0
    ) -> Outcome:
        """Cross-validate; with `test`, fit on all rows and predict the test rows."""
        _own_code.set_generators(luck)
        pipeline, k = self.pipeline(given), given.n_classes
        oof = np.full((len(fold), k), np.nan)
        rows = (given.X, given.y, fold)
        for one in cross_validate(pipeline, *rows, n_classes=k, groups=given.groups):
            oof[one.held_out] = one.proba
        if not test or given.X_test is None:
            return Outcome(oof)
        everything = np.flatnonzero(fold >= -1)
        groups = None if given.groups is None else given.groups[everything]
        fitted = fit_pipeline(pipeline, given.X[everything], given.y[everything], groups)
        return Outcome(oof, in_class_order(fitted.predict_proba(given.X_test), fitted.classes_, k))

    def reaching(self, given: Competition, fold: Labels, number: int) -> tuple[NDArray, NDArray]:
        """What stands behind scaler, reducer and sampler; of alternatives, behind the last's."""
        pipeline = pipeline_for(given, self.fitted.chosen(self.fitted.choices()[-1]))
        return _witnessed(pipeline, given, fold, number)


class OwnEstimator:
    """A classifier of the user's, imported anew for each run and cloned for each fold."""

    sees_test = True
    isolates = True
    promises_bits = False
    rounds = False

    def __init__(self, code: OwnCode, settings: AuditSettings) -> None:
        self.code, self.settings = code, settings
        self.name = f"estimator {code.path}"
        self.pipeline(None)

    def pipeline(self, given: Competition | None) -> Any:
        """The unfitted pipeline; without a competition, the estimator alone."""
        settings = self.settings
        model = _own_code.estimator_of(self.code.load(), self.code, seed=settings.seed)
        if given is None:
            return model
        return pipelines.build(
            given,
            model,
            scaler=settings.scaler or "none",
            reducer=settings.reducer or "none",
            balance=settings.balance,
            seed=settings.seed,
        )

    def run(
        self, given: Competition, fold: Labels, *, test: bool = False, luck: int = 0
    ) -> Outcome:
        """Cross-validate; with `test`, fit on all rows and predict the test rows."""
        pipeline, k = self.pipeline(given), given.n_classes
        oof = np.full((len(fold), k), np.nan)
        with self.code.talking():
            for number in range(int(fold.max()) + 1):
                training, held = _sides(fold, number)
                # Each fold's random numbers are its own, whoever came before.
                _own_code.set_generators(luck)
                oof[held] = self._asked(pipeline, given, training, given.X[held])
            if not test or given.X_test is None:
                return Outcome(oof)
            _own_code.set_generators(luck)
            everything = np.flatnonzero(fold >= -1)
            return Outcome(oof, self._asked(pipeline, given, everything, given.X_test))

    def reaching(self, given: Competition, fold: Labels, number: int) -> tuple[NDArray, NDArray]:
        """What stands before the user's estimator."""
        return _witnessed(self.pipeline(given), given, fold, number)

    def _asked(
        self, pipeline: Any, given: Competition, training: Labels, X: NDArray
    ) -> Probabilities:
        # Copies: whatever it does to them in place stays with it.
        fitted = clone(pipeline).fit(np.array(given.X[training]), given.y[training].copy())
        if not hasattr(fitted, "predict_proba"):
            return _one_hot(np.asarray(fitted.predict(np.array(X))), given.n_classes)
        proba = np.asarray(fitted.predict_proba(np.array(X)), dtype=np.float64)
        classes = getattr(fitted, "classes_", np.arange(given.n_classes))
        if proba.shape != (len(X), len(classes)):
            raise DataError(
                f"predict_proba gave shape {proba.shape} for {len(X)} rows and "
                f"{len(classes)} classes",
                where=f"--estimator {self.code.path}",
            )
        return in_class_order(proba, classes, given.n_classes)


class OwnFunction:
    """A whole cross-validation of the user's: ``run(X, y, folds)``, imported anew for each run."""

    isolates = False
    promises_bits = False
    rounds = False

    def __init__(self, code: OwnCode) -> None:
        self.code = code
        self.name = f"function {code.path}"
        function = code.load()
        if not callable(function):
            raise UsageError(
                "is no function", where=f"--function {code.path}", todo="name run(X, y, folds)"
            )
        self.sees_test = _own_code.takes(function, "X_test")

    def run(
        self, given: Competition, fold: Labels, *, test: bool = False, luck: int = 0
    ) -> Outcome:
        """Call the function once."""
        function = self.code.load()
        more = {}
        if self.sees_test:
            X_test = given.X_test if given.X_test is not None else given.X[:1]
            more["X_test"] = np.array(X_test)
        _own_code.set_generators(luck)
        with self.code.talking():
            answer = function(np.array(given.X), given.y.copy(), fold.copy(), **more)
        pair = answer if isinstance(answer, tuple) and len(answer) == 2 else (answer, None)
        oof = self._checked(pair[0], np.flatnonzero(fold >= 0), len(fold), given.n_classes)
        if not test or pair[1] is None:
            return Outcome(oof)
        m = len(more["X_test"])
        return Outcome(oof, self._checked(pair[1], np.arange(m), m, given.n_classes))

    def reaching(self, given: Competition, fold: Labels, number: int) -> tuple[NDArray, NDArray]:
        """The rows themselves: what the function makes of them can't be seen."""
        training, held = _sides(fold, number)
        return given.X[training], given.X[held]

    def _checked(self, answer: Any, rows: Labels, n: int, n_classes: int) -> Probabilities:
        proba = np.asarray(answer)
        if proba.shape == (n,):
            proba = _one_hot(np.where(np.isin(np.arange(n), rows), proba, 0), n_classes)
        proba = proba.astype(np.float64)
        where, wanted = f"--function {self.code.path}", f"({n}, {n_classes})"
        if proba.shape != (n, n_classes):
            raise DataError(
                f"gave shape {proba.shape}, not {wanted}",
                where=where,
                todo="give a row of probabilities for every row of X, columns in the order of y's "
                "codes",
            )
        held = proba[rows]
        # NaN is told with the number of rows, for whoever gave it.
        if not np.isnan(held).any() and (held.min() < 0 or held.max() > 1 + 1e-6):
            raise DataError(
                "gave values that are no probabilities for held-out rows",
                where=where,
                todo="give numbers from 0 to 1 for every row whose fold is 0 or more",
            )
        return proba


def _one_hot(labels: NDArray, n_classes: int) -> Probabilities:
    return np.eye(n_classes)[labels.astype(np.int64)]
