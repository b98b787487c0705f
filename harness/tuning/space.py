"""A model's search space in Optuna's words, and what to try next.

What is proposed depends on the seed, the trial's number and the trials before it alone: the sampler
is made anew for each. A search that was killed goes on as if it had not been.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState, create_trial

from harness.plans import FitSettings
from harness.tuning.trials import COMPLETE, PRUNED, Params, Trial
from harness.zoo import _members
from harness.zoo._settings import AROUND, Between, Domain, OneOf, Whole, show

Space = Mapping[str, Domain]

# Beyond these, a setting's digits say nothing but make it hard to read and to type.
DIGITS = 4
# Fewer complete trials say nothing of which setting matters.
FEWEST_FOR_IMPORTANCE = 10

optuna.logging.set_verbosity(optuna.logging.ERROR)


def space_of(settings: FitSettings) -> dict[str, Domain]:
    """What is worth searching in a model, without what the user has fixed."""
    fixed = set(settings.parameters) | ({"scaler"} if settings.scaler is not None else set())
    return {name: d for name, d in _members.space(settings.model).items() if name not in fixed}


def applied(settings: FitSettings, space: Space, params: Params) -> FitSettings:
    """`settings` with a trial's choices in them; of the defaults' trial, `settings` itself."""
    values = {name: _value(space[name], chosen) for name, chosen in params.items()}
    around = {name: values.pop(name) for name in AROUND if name in values}
    return replace(settings, parameters={**settings.parameters, **values}, **around)


def defaults(settings: FitSettings, space: Space) -> dict[str, Any] | None:
    """The default settings as a point of the space; None where one of them doesn't lie in it."""
    values = _members.resolved(settings.model, dict(settings.parameters))
    values["scaler"] = settings.scaler or _members.MODELS.load(settings.model).SCALER
    found = {name: _chosen(domain, values[name]) for name, domain in space.items()}
    return None if any(one is None for one in found.values()) else found


def propose(
    space: Space,
    before: Sequence[Trial],
    *,
    number: int,
    seed: int,
    default: Params | None,
    higher_is_better: bool,
) -> dict[str, Any]:
    """What trial `number` tries: by the tree-structured Parzen estimator, from those before it.

    Parameters
    ----------
    before : sequence of Trial
        The first is that of the defaults.
    default : mapping, optional
        What the first trial's settings are as a point of the space.

    Notes
    -----
    Bergstra et al., "Algorithms for hyper-parameter optimization" (NIPS 2011), as Optuna has it.
    """
    own_seed = int(np.random.SeedSequence([seed, number]).generate_state(1)[0])
    sampler = optuna.samplers.TPESampler(seed=own_seed)
    study = _study(space, before, default, higher_is_better, sampler)
    trial = study.ask(distributions(space))
    return {name: _rounded(space[name], value) for name, value in trial.params.items()}


def importances(
    space: Space, trials: Sequence[Trial], default: Params | None, *, higher_is_better: bool
) -> dict[str, float]:
    """Each setting's share in what made trials good; empty where too few trials tell."""
    sign = -1 if higher_is_better else 1
    told = [
        replace(trial, steps=tuple(sign * step for step in trial.steps))
        for trial in trials
        if not trial.why
    ]
    study = _study(space, told, default, False, None)
    complete = [one for one in study.trials if one.state == TrialState.COMPLETE]
    varied = sorted(name for name in space if len({one.params[name] for one in complete}) > 1)
    if len(complete) < FEWEST_FOR_IMPORTANCE or not varied:
        return {}
    found = optuna.importance.get_param_importances(study, params=varied)
    return {name: float(share) for name, share in found.items()}


def distributions(space: Space) -> dict[str, BaseDistribution]:
    """The space as Optuna takes it; choices by the names that they are shown with."""
    found: dict[str, BaseDistribution] = {}
    for name, domain in space.items():
        if isinstance(domain, OneOf):
            found[name] = CategoricalDistribution([show(choice) for choice in domain.choices])
        elif isinstance(domain, Whole):
            found[name] = IntDistribution(domain.low, domain.high, log=domain.log)
        else:
            found[name] = FloatDistribution(domain.low, domain.high, log=domain.log)
    return found


def _study(
    space: Space,
    trials: Sequence[Trial],
    default: Params | None,
    higher_is_better: bool,
    sampler: optuna.samplers.BaseSampler | None,
) -> optuna.Study:
    way = StudyDirection.MAXIMIZE if higher_is_better else StudyDirection.MINIMIZE
    study = optuna.create_study(direction=way, sampler=sampler)
    ranges = distributions(space)
    for one in trials:
        params = default if one.number == 0 else one.params
        if params is not None and one.state in (COMPLETE, PRUNED):
            study.add_trial(_frozen(one, params, ranges))
    return study


def _frozen(trial: Trial, params: Params, ranges: dict[str, BaseDistribution]) -> FrozenTrial:
    complete = trial.state == COMPLETE
    return create_trial(
        state=TrialState.COMPLETE if complete else TrialState.PRUNED,
        value=trial.score if complete else None,
        params=dict(params),
        distributions=ranges,
        intermediate_values=dict(enumerate(trial.steps)),
    )


def _value(domain: Domain, chosen: Any) -> Any:
    """A choice as the model takes it."""
    if isinstance(domain, OneOf):
        return {show(choice): choice for choice in domain.choices}[chosen]
    return chosen


def _chosen(domain: Domain, value: Any) -> Any:
    """A model's value as a point of the domain; None where it doesn't lie in it."""
    if isinstance(domain, OneOf):
        return show(value) if value in domain.choices else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if domain.low <= value <= domain.high else None


def _rounded(domain: Domain, value: Any) -> Any:
    if not isinstance(domain, Between):
        return value
    return min(domain.high, max(domain.low, float(f"{value:.{DIGITS}g}")))
