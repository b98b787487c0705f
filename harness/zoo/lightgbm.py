"""Gradient-boosted trees (LightGBM): best splits and random ones, weighed by watched rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from harness import ordinary
from harness.atomic import write_json
from harness.errors import EntryError
from harness.threads import cores
from harness.zoo import _boosting as boosting
from harness.zoo import _tree_text
from harness.zoo._grouped import checked
from harness.zoo._settings import Between, Whole, above, at_least, between
from harness.zoo._watching import UNWATCHED_ROUNDS, note, watched_rows

SCALER = "none"
SPACE = {
    "learning_rate": Between(0.02, 0.1, log=True),
    "num_leaves": Whole(3, 31, log=True),
    "min_child_samples": Whole(5, 100, log=True),
    "subsample": Between(0.5, 1),
    "colsample_bytree": Between(0.1, 1, log=True),
    "reg_lambda": Between(1e-3, 30, log=True),
}

# On fewer cells, threads wait for each other longer than they work: two take 3 times the CPU time.
WORTH_THREADS = 2_000_000
TREES, ABOUT = ("trees.txt", "more-trees.txt"), "about.json"


def make(
    *,
    n_estimators: Annotated[int, at_least(1)] = 300,
    learning_rate: Annotated[float, above(0, up_to=1)] = 0.05,
    num_leaves: Annotated[int, at_least(2)] = 15,
    extra_trees: bool | None = None,
    min_child_samples: Annotated[int, at_least(1)] = 20,
    subsample: Annotated[float, above(0, up_to=1)] = 0.8,
    colsample_bytree: Annotated[float, above(0, up_to=1)] = 0.5,
    reg_lambda: Annotated[float, at_least(0)] = 1.0,
    early_stopping: Annotated[int, at_least(0)] = 25,
    watch_share: Annotated[float, between(0.01, 0.5)] = 0.15,
    random_state: int = 0,
) -> BoostedTrees:
    """Gradient-boosted trees for multiclass log-loss (LightGBM; Ke and others 2017).

    Two boosters of small trees: one splits where it is best, the other at random points (Geurts
    and others 2006), which bears noise better. Their rounds end when watch rows gain no more, the
    watch rows weigh the two, and what has weight is grown again on all rows. LightGBM's own
    settings (31 leaves, rate 0.1, 100 rounds) fit a few thousand rows so closely that their
    log-loss is worse than that of logistic regression.

    Parameters
    ----------
    n_estimators : int
        Rounds of boosting, one tree a class each; with early stopping, the most.
    learning_rate : float
        How much each of the first 100 rounds counts, twice as much where splits are random; later
        ones count more and more, up to four times, so that strong signal needs few rounds.
    num_leaves : int
        Leaves of a tree: the complexity of one round.
    extra_trees : bool, optional
        True tries one random threshold a column instead of all; False all; None grows both kinds.
    min_child_samples : int
        Fewest training rows in a leaf.
    subsample : float
        Share of the rows that each round sees.
    colsample_bytree : float
        Share of the columns that each tree sees; 1.4 times as many beside random splits, where
        both kinds are grown.
    reg_lambda : float
        L2 penalty on what leaves say.
    early_stopping : int
        Stop after so many rounds without gain on watch rows, and grow as many on all rows; 0
        never stops early.
    watch_share : float
        Share of the training part set aside as watch rows, where early stopping is on.
    random_state : int
        Seed of the samples of rows and columns, and of the watch rows.
    """
    return BoostedTrees(
        n_estimators=n_estimators,
        learning_rate=learning_rate,
        num_leaves=num_leaves,
        extra_trees=extra_trees,
        min_child_samples=min_child_samples,
        subsample=subsample,
        colsample_bytree=colsample_bytree,
        reg_lambda=reg_lambda,
        early_stopping=early_stopping,
        watch_share=watch_share,
        n_jobs=cores(),
        random_state=random_state,
    )


class BoostedTrees(ClassifierMixin, BaseEstimator):
    """LightGBM boosters as a scikit-learn classifier, saved as LightGBM's own text.

    Parameters are those of `make`; `n_jobs` is the number of threads. Missing cells and codes of
    categories are taken as they are. With early stopping it leaves ``history_``: ``loss`` and
    ``val_loss`` (multiclass log-loss) per round, of the booster with the most weight.
    ``boosters_`` and ``weights_`` go together; ``rounds_`` are how many each was grown.
    """

    def __init__(
        self,
        *,
        n_estimators: int = 300,
        learning_rate: float = 0.05,
        num_leaves: int = 15,
        extra_trees: bool | None = None,
        min_child_samples: int = 20,
        subsample: float = 0.8,
        colsample_bytree: float = 0.5,
        reg_lambda: float = 1.0,
        early_stopping: int = 25,
        watch_share: float = 0.15,
        n_jobs: int = 1,
        random_state: int = 0,
    ) -> None:
        self.n_estimators = n_estimators
        self.learning_rate = learning_rate
        self.num_leaves = num_leaves
        self.extra_trees = extra_trees
        self.min_child_samples = min_child_samples
        self.subsample = subsample
        self.colsample_bytree = colsample_bytree
        self.reg_lambda = reg_lambda
        self.early_stopping = early_stopping
        self.watch_share = watch_share
        self.n_jobs = n_jobs
        self.random_state = random_state

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        return tags

    def fit(self, X: Any, y: Any, sample_weight: Any = None, groups: Any = None) -> BoostedTrees:
        """Boost; float32 rows are taken as they are. Rows of one group are watched together."""
        X, y = validate_data(
            self, X, y, dtype=[np.float32, np.float64], ensure_all_finite="allow-nan"
        )
        check_classification_targets(y)
        self.classes_, codes = np.unique(y, return_inverse=True)
        weights = np.ones(len(y))
        if sample_weight is not None:
            weights = _check_sample_weight(sample_weight, X)
        watched = self._watched(codes, checked(groups, len(codes)))
        kinds = boosting.kinds(self._parameters(X.size), self.learning_rate, self.extra_trees)

        def part(rows: NDArray[np.bool_]) -> tuple[Any, Any, Any]:
            return X[rows], codes[rows], weights[rows]

        self.history_: dict[str, list[float]] = {}
        self.notes_: tuple[str, ...] = ()
        rounds, shares = [self._unwatched()] * len(kinds), [1 / len(kinds)] * len(kinds)
        if watched.any():
            found = [
                boosting.watch(
                    kind,
                    part(~watched),
                    part(watched),
                    most=self.n_estimators,
                    patience=self.early_stopping,
                )
                for kind in kinds
            ]
            rounds = [one.rounds for one in found]
            shares = boosting.weigh(found, codes[watched], weights[watched])
            self.history_ = dict(found[int(np.argmax(shares))].curves)
            self.notes_ = (note("lightgbm", self.watch_share),)
        rows = (X, codes, weights)
        kept = [k for k, share in enumerate(shares) if share]
        self.weights_ = [shares[k] for k in kept]
        self.rounds_ = [rounds[k] for k in kept]
        self.boosters_ = [boosting.grow(kinds[k], rows, rounds[k]) for k in kept]
        return self

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Probabilities; float64, shape (n, K)."""
        check_is_fitted(self)
        X = validate_data(
            self,
            X,
            dtype=[np.float32, np.float64],
            ensure_all_finite="allow-nan",
            reset=False,
        )
        mixed = np.zeros((len(X), len(self.classes_)))
        for booster, weight in zip(self.boosters_, self.weights_, strict=True):
            mixed += weight * np.asarray(booster.predict(X, num_threads=self._threads(X.size)))
        return mixed

    def predict(self, X: Any) -> NDArray:
        """The most probable class of each row."""
        return self.classes_[self.predict_proba(X).argmax(axis=1)]

    def save(self, folder: Path) -> None:
        """Write the boosters as text and the rest as JSON into `folder`."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, booster in zip(TREES, self.boosters_, strict=False):
            (folder / name).write_text(booster.model_to_string(), encoding="utf-8")
        about = {"settings": self.get_params(), "classes": self.classes_.tolist()}
        about |= {"columns": self.n_features_in_, "weights": self.weights_}
        write_json(folder / ABOUT, about)

    @classmethod
    def load(cls, folder: Path) -> BoostedTrees:
        """The classifier that `save` wrote.

        The library gets only what `harness.zoo._tree_text` has found sound, written anew: a
        stranger's file can't crash it.

        Raises
        ------
        EntryError
            Where the files aren't what `save` writes.
        """
        path = folder / ABOUT
        try:
            about = json.loads(ordinary.read_text(path))
            # Threads are this machine's, whatever the file asks for.
            model = cls(**about["settings"] | {"n_jobs": cores()})
            model.classes_ = np.array(about["classes"])
            model.n_features_in_ = int(about["columns"])
            if model.classes_.ndim != 1 or len(model.classes_) < 2:
                raise ValueError("its classes are no list of two or more")
            # Entries of before held one booster, without a weight.
            model.weights_ = _weights(about.get("weights", [1.0]))
        except (OSError, ValueError, KeyError, TypeError) as problem:
            raise _damaged(path, f"the saved model can't be read ({problem})") from problem
        model.boosters_ = [_read(folder / name, model) for name in TREES[: len(model.weights_)]]
        model.rounds_ = [booster.num_trees() // len(model.classes_) for booster in model.boosters_]
        return model

    def _parameters(self, cells: int) -> dict[str, Any]:
        return {
            "objective": "multiclass",
            "num_class": len(self.classes_),
            "metric": "multi_logloss",
            "num_leaves": self.num_leaves,
            "min_data_in_leaf": self.min_child_samples,
            "bagging_fraction": self.subsample,
            "bagging_freq": 1 if self.subsample < 1 else 0,
            "feature_fraction": self.colsample_bytree,
            "lambda_l2": self.reg_lambda,
            "seed": self.random_state,
            "num_threads": self._threads(cells),
            # The same bytes for the same seed on one machine, however threads take turns.
            "deterministic": True,
            "force_row_wise": True,
            # Columns that no split can use stay, or a change of the rate finds none in tiny data.
            "feature_pre_filter": False,
            "verbosity": -1,
        }

    def _threads(self, cells: int) -> int:
        return self.n_jobs if cells >= WORTH_THREADS else 1

    def _watched(self, codes: NDArray, groups: NDArray | None) -> NDArray[np.bool_]:
        """Rows set aside to watch, if any."""
        if not self.early_stopping:
            return np.zeros(len(codes), dtype=bool)
        return watched_rows(codes, self.watch_share, groups, self.random_state)

    def _unwatched(self) -> int:
        """Rounds where no row is watched."""
        return UNWATCHED_ROUNDS if self.early_stopping else self.n_estimators


def _weights(given: Any) -> list[float]:
    """The boosters' weights: one or two, that sum to 1."""
    weights = [float(weight) for weight in given]
    if not 1 <= len(weights) <= len(TREES) or min(weights) < 0 or abs(sum(weights) - 1) > 1e-9:
        raise ValueError(f"its weights are {weights}")
    return weights


def _read(path: Path, model: BoostedTrees) -> Any:
    import lightgbm

    try:
        trees = _tree_text.read(
            ordinary.read_text(path),
            classes=len(model.classes_),
            columns=model.n_features_in_,
        )
        return lightgbm.Booster(model_str=trees.text())
    except _tree_text.UnsoundTreesError as problem:
        raise _damaged(path, f"these are no sound trees: {problem}") from problem
    except (OSError, ValueError, TypeError, lightgbm.basic.LightGBMError) as problem:
        raise _damaged(path, f"the saved model can't be read ({problem})") from problem


def _damaged(path: Path, what: str) -> EntryError:
    return EntryError(what, where=str(path), todo="nothing of it was run; fit the entry again")
