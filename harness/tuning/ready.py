"""A search that is ready to run: what is asked for, checked against the data; nothing fitted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib.metadata import version

from harness import checkpoints
from harness.competition import Competition
from harness.errors import UsageError
from harness.evaluate import metrics
from harness.plans import FitSettings, Plan, plan
from harness.tuning import folds as search_folds
from harness.tuning import space as spaces
from harness.tuning.search import Search

TRIALS = 50
# With a budget and no number of trials: as many as there is time for.
MOST_TRIALS = 10_000


@dataclass(frozen=True)
class Tuning:
    """A search that is ready to run: everything checked, nothing fitted.

    Attributes
    ----------
    settings : FitSettings
        The defaults that the search starts from; `seed` is that of the folds which judge.
    search : Search
        The same over other folds, and what may vary.
    judging : Plan
        The defaults over the folds that judge.
    trials : int
    budget : float or None
        Seconds for everything.
    key : str
        What the trials depend on; not how many there shall be.
    fresh : bool
        Whether the folds that judge are others than the search's.
    """

    settings: FitSettings
    search: Search
    judging: Plan
    trials: int
    budget: float | None
    key: str
    fresh: bool


def prepare(
    competition: Competition,
    settings: FitSettings,
    *,
    metric: str | None = None,
    trials: int | None = None,
    budget: float | None = None,
) -> Tuning:
    """Check what is asked for against the competition; nothing is fitted.

    Parameters
    ----------
    metric : str, optional
        What decides: a leaderboard or a metric. By default log-loss where a leaderboard is scored
        with it, or else the first leaderboard's.
    trials : int, optional
        By default `TRIALS`; with a budget as many as there is time for.
    budget : float, optional
        Seconds.

    Raises
    ------
    UsageError, DataError
        For what `harness.plans.plan` refuses, for a model without anything to search, and where no
        fresh folds can be had.
    """
    space = spaces.space_of(settings)
    if not space:
        raise UsageError(
            f"{settings.model} has nothing to search" + (" but what is set" * _fixes(settings)),
            where="--model",
            todo="`harness models NAME` shows what can be set; `harness fit` fits it as it is",
        )
    search_folds.refuse(settings.split)
    judging = plan(competition, settings)
    seed = search_folds.search_seed(settings.seed)
    base = plan(competition, replace(settings, seed=seed))
    base = replace(
        base,
        folds=search_folds.make(
            competition,
            judging.split,
            folds=settings.cv,
            seed=seed,
            allow_leak=settings.allow_leak,
        ),
    )
    decides = _metric(competition, metric)
    key = checkpoints.key_of(
        {
            "plan": base.key,
            "space": {name: repr(domain) for name, domain in space.items()},
            "metric": decides,
            "optuna": version("optuna"),
            # Under a clock, trials are given up that would have been too slow.
            "clock": budget is not None,
        }
    )
    return Tuning(
        settings=settings,
        search=Search(base, space, decides),
        judging=judging,
        trials=trials or (TRIALS if budget is None else MOST_TRIALS),
        budget=budget,
        key=key,
        fresh=not search_folds.alike(base.folds, judging.folds),
    )


def _metric(competition: Competition, wanted: str | None) -> str:
    boards = {board.name: board.metric for board in competition.leaderboards}
    if wanted is not None:
        decides = boards.get(wanted, wanted)
        metrics.metric(decides)
        return decides
    scored = list(boards.values())
    return scored[0] if scored and "logloss" not in scored else "logloss"


def _fixes(settings: FitSettings) -> bool:
    return bool(settings.parameters) or settings.scaler is not None
