"""What a search was worth: its record in the entry's receipt, and in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from harness.competition import Probabilities
from harness.entries import Entry
from harness.evaluate import comparing, metrics, selection
from harness.evaluate.comparing import Change
from harness.plans import FitSettings, Judged
from harness.tuning import scoring
from harness.tuning import space as spaces
from harness.tuning.ready import Tuning
from harness.tuning.trials import COMPLETE, FAILED, PRUNED, Store, Trial
from harness.zoo import _members

# A difference of fewer paired standard errors is noise.
NOISE = 2.0


@dataclass(frozen=True)
class Defaults:
    """The defaults over the fresh folds: as the models gave them, and as an entry has them."""

    judged: Judged
    proba: Probabilities


def make(
    ready: Tuning,
    store: Store,
    trials: Sequence[Trial],
    best: Trial,
    fitted: Entry,
    default: Defaults | None,
) -> dict[str, Any]:
    """What the receipt says of the search."""
    metric, search = ready.search.metric, ready.search
    higher = metrics.metric(metric).higher_is_better
    assert best.score is not None
    own = Judged(fitted.rows, fitted.y, fitted.folds, fitted.raw_oof)
    fresh = _as_searched(ready, own)
    flattered = fresh - best.score
    rows = [store.rows(trial.number) for trial in trials if trial.state == COMPLETE]
    change = None if default is None else _change(ready, fitted, default.proba)
    importance = spaces.importances(search.space, trials, search.default, higher_is_better=higher)
    return {
        "metric": metric,
        "trials": len(trials),
        **{state: sum(t.state == state for t in trials) for state in (COMPLETE, PRUNED, FAILED)},
        "best": best.number + 1,
        "settings": dict(best.params),
        "search_seed": search.settings.seed,
        "search_score": best.score,
        "default_search_score": trials[0].score,
        "fresh_folds": ready.fresh,
        "fresh_score": fresh,
        "optimism": -flattered if higher else flattered,
        "luck": selection.optimism([r for r in rows if r is not None], higher_is_better=higher),
        "default_fresh_score": None if default is None else _as_searched(ready, default.judged),
        "default_score": None if change is None else change.before,
        "score": metrics.score(metric, fitted.y, fitted.oof_for(metric)),
        "gain": None if change is None else change.gain,
        "gain_error": None if change is None else change.error,
        "importance": importance,
        "said": _said(ready, len(trials), best, change),
    }


def _as_searched(ready: Tuning, judged: Judged) -> float:
    """The score over the fresh folds, as the search would have scored it."""
    metric = ready.search.metric
    return metrics.score(metric, judged.y, scoring.scored(ready.judging, judged, metric))


def _change(ready: Tuning, fitted: Entry, default: Probabilities) -> Change:
    groups = ready.judging.competition.groups
    metric = ready.search.metric
    return comparing.change(
        metric,
        fitted.y,
        default,
        fitted.oof_for(metric),
        units=fitted.rows if groups is None else groups[fitted.rows],
        folds=fitted.folds,
    )


def _said(ready: Tuning, tried: int, best: Trial, change: Change | None) -> list[str]:
    """What the user should make of it, in a sentence or two."""
    on = "fresh folds" if ready.fresh else "the same folds"
    said = []
    if tried == 1:
        said.append("Only the defaults were tried: the entry is theirs.")
    elif change is None:
        said.append("Nothing that was tried is better than the defaults: the entry is theirs.")
    elif change.z >= NOISE:
        said.append(
            f"Trial {best.number + 1} is better than the defaults on {on} by "
            f"{change.gain:.4f} ± {change.error:.4f} ({ready.search.metric})."
        )
    else:
        worse = change.z <= -NOISE
        said.append(
            f"On {on} trial {best.number + 1} is {'worse' if worse else 'not better beyond noise'} "
            f"than the defaults: {change.gain:+.4f} ± {change.error:.4f} ({ready.search.metric}). "
            f"{'Better take them' if worse else 'They do as well'}: {_command(ready.settings)}"
        )
    if not ready.fresh:
        said.append(
            "The rows can't be split in another way, so the score is that of the luckiest trial; "
            "expect worse."
        )
    return said


def _command(settings: FitSettings) -> str:
    """What fits the settings that the search started from."""
    words = ["harness fit --model", settings.model]
    words += [f"--set {pair}" for pair in _members.written(settings.parameters)]
    for option in ("scaler", "reducer", "balance", "split", "cv", "seed"):
        value = getattr(settings, option)
        if value != getattr(FitSettings(settings.model), option):
            words.append(f"--{option} {value}")
    return " ".join(words)
