"""The audit: sentinels over anything that cross-validates.

A sentinel plants something that an honest pipeline can't notice (other labels on held-out rows, a
column that only numbers the rows, the folds in another order) and looks whether the result moved.
What leaks is found by what it does, not by reading code: the same sentinels work on the house's
pipelines, on anybody's estimator and on anybody's whole cross-validation.

Three kinds of evidence:

- bits: changed rows that a model must not know leave its probabilities the same to the last bit;
- chance: labels dealt anew are met as often as chance meets them, by a paired test that assumes
  nothing of the model (see `harness.evaluate._paired.above_chance`);
- gain: what knows nothing must not help, paired over the same rows.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from harness.errors import HarnessError
from harness.evaluate import _sentinels
from harness.evaluate._case import Case, Told, Verdict
from harness.registry import lookup


@dataclass(frozen=True)
class Sentinel:
    """One row of the table.

    Attributes
    ----------
    look : callable (Case) -> Told
    does : str
        What it does, and what has to come out.
    passed, failed : str
        What it means when it passed or failed.
    todo : str
        What to do when it failed.
    noted : str
        What it means when there is no leak, but something to know.
    """

    look: Callable[[Case], Told]
    does: str
    passed: str
    failed: str
    todo: str
    noted: str = ""


SENTINELS: dict[str, Sentinel] = {
    "same-bits": Sentinel(
        _sentinels.same_bits,
        "the same seed twice must give the same bits",
        "the result can be repeated",
        "the result can't be repeated: something draws random numbers without the seed",
        "give every random step a random_state, and draw from no global generator",
        "no leak, but another run gives another result",
    ),
    "held-out": Sentinel(
        _sentinels.held_out,
        "held-out rows and labels changed must change nothing in their fold's model",
        "nothing of a held-out row reaches the model that scores it",
        "held-out rows reach the model that scores them: its score is not one of new rows",
        "fit everything inside the fold on its training part: scaler, imputer, selection, sampler, "
        "early stopping, thresholds; a new model in every fold; predict rows one by one",
    ),
    "test-rows": Sentinel(
        _sentinels.test_rows,
        "test rows changed must change no out-of-fold row, and no other test row",
        "test rows are predicted, never learned from",
        "something is fitted on test rows",
        "transform test rows with what the training rows taught; fit nothing on them",
    ),
    "fresh-model": Sentinel(
        _sentinels.fresh_model,
        "a fold fitted early or late must come out the same",
        "every fold starts anew",
        "something is carried from fold to fold: later folds know earlier folds' rows",
        "make a new model in every fold (sklearn.base.clone), and keep no cache between them",
    ),
    "row-order": Sentinel(
        _sentinels.row_order,
        "rows in another order must score alike",
        "where a row stands tells nothing",
        "the order of the rows gives their class away",
        "use no row number, position or file order as a feature; shuffle the rows",
    ),
    "permuted-labels": Sentinel(
        _sentinels.permuted_labels,
        "labels dealt anew must score like chance",
        "nothing can be learned where there is nothing to learn",
        "labels that it was never given are known to it: held-out labels leak",
        "see held-out; look for whatever uses all labels before the rows are split, or reads them "
        "from a file or a cache",
    ),
    "row-id": Sentinel(
        _sentinels.row_id,
        "a planted row number must not help",
        "rows are not recognised",
        "rows are recognised: the model has seen them, or copies of them",
        "split before rows are copied or resampled; a new model in every fold",
    ),
    "noise-columns": Sentinel(
        _sentinels.noise_columns,
        "planted noise must not help",
        "noise isn't taken for knowledge",
        "noise helps: columns are chosen, or encoded, by held-out labels",
        "choose and encode columns inside the fold, on its training part",
    ),
    "copies": Sentinel(
        _sentinels.copies,
        "no copy of a held-out row may be trained on",
        "copies make no difference beyond noise",
        "rows are scored by models that saw their copies",
        "drop the copies, or declare them as groups (`harness check --write-groups`); resample "
        "inside the fold (--balance), never in the file",
    ),
    "groups": Sentinel(
        _sentinels.groups,
        "rows that belong together must stand on one side",
        "no song or artist is on both sides",
        "songs are recognised, not genres: the score is not one of new songs",
        "name the groups (--groups COLUMN) and keep them whole: --split stratified-group",
    ),
}


@dataclass(frozen=True)
class Finding:
    """What one sentinel found.

    Attributes
    ----------
    sentinel : str
    verdict : "passed", "failed", "note" or "not run"
    does, figure, means, todo : str
        What was done, what was measured, what it means, what to do about it ("" where nothing).
    numbers : mapping
        The figure's numbers.
    """

    sentinel: str
    verdict: Verdict
    does: str
    figure: str
    means: str
    todo: str
    numbers: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Everything, as JSON can hold it."""
        return asdict(self)


def audit(
    case: Case,
    *,
    only: Sequence[str] = (),
    on_finding: Callable[[Finding], None] = lambda one: None,
) -> list[Finding]:
    """Send every sentinel, or those named, in the order of the table.

    Raises
    ------
    UnknownNameError
        Naming the sentinels there are.
    HarnessError
        Where the subject can't be run on the data as they are.
    """
    for name in only:
        lookup("sentinel", name, SENTINELS)
    findings: list[Finding] = []
    with warnings.catch_warnings():
        # Planted rows lie where no row should: overflow there says nothing about the subject.
        warnings.simplefilter("ignore")
        # What can't be run on the data as they are is told at once, and for good.
        case.run_as_it_is()
        for name, row in SENTINELS.items():
            if not only or name in only:
                findings.append(_sent(case, name, row))
                on_finding(findings[-1])
    return findings


def _sent(case: Case, name: str, row: Sentinel) -> Finding:
    if name == "groups" and case.allow_leak:
        told = Told("not run", "--allow-leak")
    else:
        told = _look(case, row)
    means = {"passed": row.passed, "failed": row.failed, "note": row.noted, "not run": ""}[
        told.verdict
    ]
    todo = row.todo if told.verdict in ("failed", "note") else ""
    return Finding(name, told.verdict, row.does, told.figure, means, todo, told.numbers)


def _look(case: Case, row: Sentinel) -> Told:
    try:
        return row.look(case)
    except HarnessError as problem:
        return Told("not run", f"it couldn't be run ({problem.what})")
