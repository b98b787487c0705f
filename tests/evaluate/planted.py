"""Cross-validations and estimators as a user might write them: leaky ones, and clean ones.

Each function is ``run(X, y, folds[, X_test])``.
"""

from __future__ import annotations

import os
import sys
import time

import numpy as np
from imblearn.over_sampling import SMOTE, RandomOverSampler
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.feature_selection import SelectKBest, f_classif
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.tree import DecisionTreeClassifier
from worlds import draw

CLASSES = 3
CACHE: dict[tuple[int, ...], StandardScaler] = {}


def cross(make, X, y, folds):
    """The honest loop: a new model a fold, fitted on the other folds."""
    oof = np.zeros((len(y), CLASSES))
    for k in np.unique(folds[folds >= 0]):
        model = make(int(k)).fit(X[folds != k], y[folds != k])
        oof[folds == k] = model.predict_proba(X[folds == k])
    return oof


def logistic(k: int = 0):
    return LogisticRegression(max_iter=200)


# Leaky ones.
def scaler_on_all(X, y, folds):
    return cross(logistic, StandardScaler().fit_transform(X), y, folds)


def minmax_on_all(X, y, folds):
    return cross(logistic, MinMaxScaler().fit_transform(X), y, folds)


def selection_before_split(X, y, folds):
    return cross(logistic, SelectKBest(f_classif, k=3).fit_transform(X, y), y, folds)


def oversample_then_split(X, y, folds, sampler=None):
    sampler = sampler or RandomOverSampler(random_state=0)
    more_X, more_y = sampler.fit_resample(X, y)
    more = np.concatenate([folds, np.random.default_rng(0).integers(5, size=len(more_y) - len(y))])
    return cross(lambda k: ExtraTreesClassifier(20, random_state=0), more_X, more_y, more)[: len(y)]


def smote_then_split(X, y, folds):
    return oversample_then_split(X, y, folds, SMOTE(random_state=0))


def carried_model(X, y, folds):
    model = SGDClassifier(loss="log_loss", random_state=0)
    oof = np.zeros((len(y), CLASSES))
    for k in np.unique(folds):
        for _ in range(5):
            model.partial_fit(X[folds != k], y[folds != k], classes=np.arange(CLASSES))
        oof[folds == k] = model.predict_proba(X[folds == k])
    return oof


def warm_start(X, y, folds):
    model = MLPClassifier((64,), max_iter=10, warm_start=True, random_state=0, tol=0)
    return cross(lambda k: model, X, y, folds)


def target_encoding_on_all(X, y, folds):
    code = np.digitize(X[:, 0], np.quantile(X[:, 0], np.linspace(0, 1, 60)))
    means = np.array([[(y[code == c] == k).mean() if (code == c).any() else 0 for k in range(3)]
                      for c in range(code.max() + 1)])  # fmt: skip
    return cross(logistic, np.hstack([X, means[code]]), y, folds)


def pca_on_all(X, y, folds):
    return cross(logistic, PCA(3, random_state=0).fit_transform(X), y, folds)


def imputer_on_all(X, y, folds):
    X = X.copy()
    X[::7, 1] = np.nan
    return cross(logistic, SimpleImputer(strategy="median").fit_transform(X), y, folds)


def clusters_on_all(X, y, folds):
    clusters = KMeans(8, n_init=1, random_state=0).fit_transform(X)
    return cross(logistic, np.hstack([X, clusters]), y, folds)


def neighbours_on_all(X, y, folds):
    near = KNeighborsClassifier(3).fit(X, y).predict_proba(X)
    return cross(logistic, np.hstack([X, near]), y, folds)


def row_order(X, y, folds):
    return cross(
        lambda k: DecisionTreeClassifier(random_state=0),
        np.hstack([X, np.arange(len(y))[:, None]]),
        y,
        folds,
    )


def early_stopping_on_held_out(X, y, folds):
    oof = np.zeros((len(y), CLASSES))
    for k in np.unique(folds):
        train, held = folds != k, folds == k
        model, best = SGDClassifier(loss="log_loss", random_state=0), -1.0
        for _ in range(15):
            model.partial_fit(X[train], y[train], classes=np.arange(CLASSES))
            if model.score(X[held], y[held]) > best:
                best = model.score(X[held], y[held])
                oof[held] = model.predict_proba(X[held])
    return oof


def best_model_by_held_out(X, y, folds):
    oof = np.zeros((len(y), CLASSES))
    for k in np.unique(folds):
        train, held = folds != k, folds == k
        tried = [DecisionTreeClassifier(max_depth=d, random_state=d) for d in range(2, 12)]
        fitted = [model.fit(X[train], y[train]) for model in tried]
        best = max(fitted, key=lambda model: model.score(X[held], y[held]))
        oof[held] = best.predict_proba(X[held])
    return oof


def blend_tuned_on_held_out(X, y, folds):
    one = cross(logistic, X, y, folds)
    other = cross(lambda k: KNeighborsClassifier(5), X, y, folds)

    def right(w: float) -> float:
        return np.log(np.maximum(w * one + (1 - w) * other, 1e-9))[np.arange(len(y)), y].mean()

    w = max(np.linspace(0, 1, 101), key=right)
    return w * one + (1 - w) * other


def prior_of_all(X, y, folds):
    oof = cross(logistic, X, y, folds) * np.bincount(y, minlength=CLASSES)
    return oof / oof.sum(axis=1, keepdims=True)


def cached_by_shape(X, y, folds):
    oof = np.zeros((len(y), CLASSES))
    for k in np.unique(folds):
        train = X[folds != k]
        if train.shape[1:] not in CACHE:
            CACHE[train.shape[1:]] = StandardScaler().fit(train)
        scale = CACHE[train.shape[1:]].transform
        model = logistic().fit(scale(train), y[folds != k])
        oof[folds == k] = model.predict_proba(scale(X[folds == k]))
    return oof


def scaler_refitted_on_held_out(X, y, folds):
    oof = np.zeros((len(y), CLASSES))
    for k in np.unique(folds):
        model = logistic().fit(StandardScaler().fit_transform(X[folds != k]), y[folds != k])
        oof[folds == k] = model.predict_proba(StandardScaler().fit_transform(X[folds == k]))
    return oof


def scaler_refitted_on_test(X, y, folds, X_test):
    model = make_pipeline(StandardScaler(), logistic())
    oof = cross(lambda k: model, X, y, folds)
    last = logistic().fit(StandardScaler().fit_transform(X), y)
    return oof, last.predict_proba(StandardScaler().fit_transform(X_test))


def scaler_on_train_and_test(X, y, folds, X_test):
    scale = StandardScaler().fit(np.vstack([X, X_test]))
    oof = cross(logistic, scale.transform(X), y, folds)
    return oof, logistic().fit(scale.transform(X), y).predict_proba(scale.transform(X_test))


# Clean ones.
def scaled_inside(X, y, folds):
    return cross(lambda k: make_pipeline(StandardScaler(), logistic()), X, y, folds)


def selected_inside(X, y, folds):
    return cross(lambda k: make_pipeline(SelectKBest(f_classif, k=3), logistic()), X, y, folds)


def seeded_by_fold(X, y, folds):
    return cross(lambda k: RandomForestClassifier(20, random_state=k), X, y, folds)


def smote_inside(X, y, folds):
    oof = np.zeros((len(y), CLASSES))
    for k in np.unique(folds):
        part = SMOTE(random_state=0).fit_resample(X[folds != k], y[folds != k])
        oof[folds == k] = GaussianNB().fit(*part).predict_proba(X[folds == k])
    return oof


def tuned_inside(X, y, folds):
    grid = {"C": [0.1, 1.0, 10.0]}
    return cross(lambda k: GridSearchCV(logistic(), grid, cv=3), X, y, folds)


def stopped_inside(X, y, folds):
    def make(k):
        return MLPClassifier((16,), early_stopping=True, max_iter=20, random_state=0)

    return cross(make, X, y, folds)


def labels_alone(X, y, folds):
    return cross(logistic, X, y, folds).argmax(axis=1)


def with_test_rows(X, y, folds, X_test):
    model = make_pipeline(PCA(3), logistic())
    return cross(lambda k: model, X, y, folds), model.fit(X, y).predict_proba(X_test)


# Estimators.
class Remembers(ClassifierMixin, BaseEstimator):
    """Keeps every row it was ever shown, in the class."""

    seen: list[tuple[np.ndarray, np.ndarray]] = []  # noqa: RUF012

    def fit(self, X, y):
        self.seen.append((X, y))
        self.classes_ = np.unique(y)
        rows, labels = (np.concatenate(part) for part in zip(*self.seen, strict=True))
        self.model_ = KNeighborsClassifier(1).fit(rows, labels)
        return self

    def predict_proba(self, X):
        return self.model_.predict_proba(X)


class ScalesWhatItIsAsked(ClassifierMixin, BaseEstimator):
    """Fits its scaler again on the rows to predict."""

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        self.model_ = logistic().fit(StandardScaler().fit_transform(X), y)
        return self

    def predict_proba(self, X):
        return self.model_.predict_proba(StandardScaler().fit_transform(X))


class Fickle(ClassifierMixin, BaseEstimator):
    """Draws from a generator that nobody can set."""

    def fit(self, X, y):
        self.model_ = DecisionTreeClassifier(
            max_features=1, random_state=int(np.random.default_rng().integers(1 << 30))
        ).fit(X, y)
        self.classes_ = self.model_.classes_
        return self

    def predict_proba(self, X):
        return self.model_.predict_proba(X)


class NoProbabilities(ClassifierMixin, BaseEstimator):
    """Gives labels alone."""

    def fit(self, X, y):
        self.model_ = DecisionTreeClassifier(max_depth=3, random_state=0).fit(X, y)
        return self

    def predict(self, X):
        return self.model_.predict(X)


class GivesNan(ClassifierMixin, BaseEstimator):
    """Honest, but its first answer is no number."""

    def fit(self, X, y):
        self.model_ = logistic().fit(X, y)
        self.classes_ = self.model_.classes_
        return self

    def predict_proba(self, X):
        proba = self.model_.predict_proba(X)
        proba[0] = np.nan
        return proba


class Leaves(GivesNan):
    """Ends Python as if all were well."""

    def fit(self, X, y):
        os._exit(0)


class SaysGoodbye(GivesNan):
    """Ends Python in its ordinary way."""

    def fit(self, X, y):
        sys.exit(0)


class NeverEnds(GivesNan):
    """Waits for what won't come."""

    def fit(self, X, y):
        time.sleep(1000)


class ReadsAFewLabels(ClassifierMixin, BaseEstimator):
    """Knows the label of every seventh row it is asked about from a table on the side."""

    def fit(self, X, y):
        self.model_ = logistic().fit(X, y)
        self.classes_ = self.model_.classes_
        whole, labels = draw(210, 0)
        self.table_ = {row.tobytes(): label for row, label in zip(whole, labels, strict=True)}
        return self

    def predict_proba(self, X):
        proba = self.model_.predict_proba(X)
        for i in range(0, len(X), 7):
            if (label := self.table_.get(X[i].tobytes())) is not None:
                proba[i] = 0.001 + 0.997 * np.eye(CLASSES)[label]
        return proba


def unseeded_forest():
    return RandomForestClassifier(10)


default_tree = DecisionTreeClassifier(max_features=2)
saturated = make_pipeline(StandardScaler(), LogisticRegression(C=1e4, max_iter=300))
few_answers = KNeighborsClassifier(1)


clean_instance = make_pipeline(StandardScaler(), LogisticRegression())


def broken(X, y, folds):
    raise KeyError("genre")


def misshapen(X, y, folds):
    return np.zeros((3, 3))


def endless(X, y, folds):
    return np.full((len(y), CLASSES), np.inf)


def nan(X, y, folds):
    return np.full((len(y), CLASSES), np.nan)


def ignores_labels(X, y, folds):
    answers = np.exp(X[:, :CLASSES])
    return answers / answers.sum(axis=1, keepdims=True)
