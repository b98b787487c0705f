"""The sentinels themselves: each does something to the data that an honest pipeline can't notice.

A sentinel is a function ``(case) -> Told``. The table of them is in `harness.evaluate.audit`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.competition import Competition, Labels, Probabilities
from harness.errors import HarnessError
from harness.evaluate import _paired, _planting
from harness.evaluate._case import Case, Outcome, Told
from harness.evaluate._dealt import by_chance, from_elsewhere
from harness.evaluate._paired import Difference
from harness.evaluate.baseline import prior_probabilities
from harness.evaluate.songs import sure_parts

# Nets that are trained side by side round differently in other company (measured: 1e-6).
ROUNDING = 1e-5
# Gains below this are what a net makes of another order of its rows, not what leaks make.
LEAST_GAIN = 0.02


def same_bits(case: Case) -> Told:
    """The same seed twice, with the generators that anybody may draw from standing elsewhere."""
    again = case.run(case.given, luck=1)
    apart = _apart(case.base.oof[case.held], again.oof[case.held])
    if apart == 0:
        return Told("passed", "largest difference 0", {"largest": 0.0})
    numbers = {"largest": apart}
    if case.subject.promises_bits:
        return Told("failed", f"largest difference {apart:.3g}", numbers)
    whose = "a generator that a random_state would set" if case.repeatable else "its own generator"
    figure = f"largest difference {apart:.3g}, random numbers are drawn from {whose}"
    return Told("note", figure, numbers)


def held_out(case: Case) -> Told:
    """Held-out rows and labels changed must leave their fold's model as it is."""
    if not case.repeatable:
        return _not_repeatable()
    worst, reached, allowed = 0.0, set(), _rounding(case)
    ends = sorted({case.numbers[0], case.numbers[-1]})
    for number in ends:
        apart = _reach(case, number, labels=True, features=True)
        worst = max(worst, apart)
        if apart > allowed:
            for what in ("labels", "features"):
                if (
                    _reach(case, number, labels=what == "labels", features=what == "features")
                    > allowed
                ):
                    reached.add(what)
    numbers = {"largest": worst, "folds": [number + 1 for number in ends]}
    if worst <= allowed:
        return Told("passed", _largest(worst), numbers)
    what = " and ".join(sorted(reached)) or "rows"
    return Told(
        "failed",
        f"changed held-out {what} moved probabilities by up to {worst:.3g}",
        numbers | {"reached": sorted(reached)},
    )


def _reach(case: Case, number: int, *, labels: bool, features: bool) -> float:
    """How far the probabilities of untouched rows of a fold move when the others are changed."""

    def moved(far: bool) -> float:
        changed, probes = _planting.held_out_changed(
            case.given,
            case.fold,
            number,
            case.random(1, number),
            labels=labels,
            features=features,
            far=far,
        )
        return _apart(case.run(changed).oof[probes], case.base.oof[probes])

    try:
        return moved(far=True)
    except HarnessError:
        # A pipeline may refuse values that it never saw; others of the same column it must take.
        return moved(far=False)


def test_rows(case: Case) -> Told:
    """Test rows changed must change neither the out-of-fold rows nor the other test rows."""
    if not case.subject.sees_test:
        return Told("not run", "the function takes no test rows (a fourth argument, X_test)")
    if not case.repeatable:
        return _not_repeatable()
    with_test, changed, stayed = _planting.test_changed(case.given, case.random(2))
    before, after = case.run(with_test, test=True), case.run(changed, test=True)
    oof = _apart(before.oof[case.held], after.oof[case.held])
    test = 0.0
    if before.test is not None and after.test is not None:
        test = _apart(before.test[stayed], after.test[stayed])
    numbers = {"oof": oof, "test": test}
    if oof == test == 0:
        return Told("passed", "largest difference 0", numbers)
    where = "out-of-fold" if oof else "other test rows'"
    return Told("failed", f"{where} probabilities moved by up to {max(oof, test):.3g}", numbers)


def fresh_model(case: Case) -> Told:
    """The folds in backward order: what a fold's model knows must not depend on who came before."""
    if not case.repeatable:
        return _not_repeatable()
    last = case.numbers[-1]
    if last == 0:
        return Told("not run", "there is only one fold")
    backward = np.where(case.fold >= 0, last - case.fold, case.fold)
    other = case.run(case.given, backward)
    apart = _apart(case.base.oof[case.held], other.oof[case.held])
    numbers: dict[str, Any] = {"largest": apart}
    if apart <= _rounding(case):
        return Told("passed", _largest(apart), numbers)
    if case.subject.isolates:
        return Told("failed", f"probabilities moved by up to {apart:.3g}", numbers)
    # A function may draw other random numbers for another fold number: only a gain tells.
    late = case.fold * 2 > last
    early = Outcome(np.where(late[:, None], other.oof, case.base.oof))
    accuracy, probability = _paired.gain(
        case.judged(Outcome(np.where(late[:, None], case.base.oof, other.oof))), case.judged(early)
    )
    figure = f"accuracy of a fold that comes late rather than early: {accuracy}"
    return _gained(figure, accuracy, probability, numbers)


def row_order(case: Case) -> Told:
    """The rows in another order: where a row stands must tell nothing."""
    order = case.random(3).permutation(len(case.fold))
    outcome = case.run(_planting.take(case.given, order), case.fold[order])
    back = np.empty_like(outcome.oof)
    back[order] = outcome.oof
    accuracy, probability = _paired.gain(case.judged(case.base), case.judged(Outcome(back)))
    figure = f"accuracy in the file's order rather than a random one: {accuracy}"
    return _gained(figure, accuracy, probability, {})


def permuted_labels(case: Case) -> Told:
    """Labels dealt anew can't be predicted; nor can the real ones, by whoever got the dealt."""
    if _constant(case.base.oof, case.fold, case.numbers):
        return by_chance(case, case.given, case.permutations, 4)
    # Whoever gives the same answer for other labels has kept it from before.
    dealt, _ = _planting.relabelled(case.given, case.fold, case.random(4, 0))
    outcomes = [case.run(dealt)]
    if _same(outcomes[0].oof[case.held], case.base.oof[case.held]):
        return Told("failed", "the same probabilities whatever the labels: something is kept")
    told = by_chance(case, case.given, case.permutations, 4, outcomes)
    return told if told.verdict == "failed" else (from_elsewhere(case, outcomes) or told)


def row_id(case: Case) -> Told:
    """A column that only tells rows apart must not help; nor with labels dealt anew."""
    return _planted(case, _planting.with_row_ids(case.given, case.random(5)), 5, permutations=2)


def noise_columns(case: Case) -> Told:
    """Noise made of the data's own values must not help; nor with labels dealt anew."""
    return _planted(case, _planting.with_noise(case.given, case.random(6)), 6, permutations=2)


def copies(case: Case) -> Told:
    """Rows whose exact copy is in the training part, after the sampler; and what they are worth."""
    copied = np.zeros(len(case.fold), dtype=bool)
    for number in case.numbers:
        trained, asked = case.subject.reaching(case.given, case.fold, number)
        known = {row.tobytes() for row in _plain(trained)}
        own = np.flatnonzero(case.fold == number)
        copied[own] = [row.tobytes() in known for row in _plain(asked)]
    judged, copied = case.judged(case.base), copied[case.held]
    right = _paired.hits(judged.y, judged.proba)
    count, share = int(copied.sum()), float(copied.mean())
    numbers: dict[str, Any] = {"copied": count, "rows": len(copied)}
    if not count:
        return Told("passed", f"0 of {len(copied)} held-out rows", numbers)
    # Without any other row, chance is what the copies are compared with.
    prior = prior_probabilities(case.given.y, case.fold, case.given.n_classes)[case.held]
    rest = right[~copied].mean() if share < 1 else _paired.hits(judged.y, prior).mean()
    worth = share * float(right[copied].mean() - rest)
    noise = 2 * math.sqrt(max(right.mean() * (1 - right.mean()), 1 / len(right)) / len(right))
    numbers |= {"worth": worth, "noise": noise}
    figure = (
        f"{count} of {len(copied)} held-out rows have a copy in the training part, "
        f"worth {worth:+.4f} of accuracy (noise {noise:.4f})"
    )
    return Told("failed" if worth > noise else "passed", figure, numbers)


def groups(case: Case) -> Told:
    """Rows that belong together must stand on one side."""
    parted = len(_planting.parted_groups(case.given, case.fold))
    if parted:
        return Told("failed", f"{parted} groups are parted by the split", {"parted": parted})
    if case.given.groups is None and (found := sure_parts(case.given)):
        return Told("failed", f"rows look like parts of one song: {found.reason}")
    if case.given.groups is None:
        return Told("passed", "no groups are declared, and none can be seen", {"parted": 0})
    return Told("passed", "0 groups are parted", {"parted": 0})


def _planted(case: Case, planted: Competition, salt: int, *, permutations: int) -> Told:
    try:
        outcome = case.run(planted)
    except HarnessError as problem:
        return Told("not run", f"another column wasn't taken ({problem.what})")
    accuracy, probability = _paired.gain(case.judged(outcome), case.judged(case.base))
    figure = f"accuracy with it rather than without: {accuracy}"
    told = _gained(figure, accuracy, probability, {})
    if told.verdict == "failed":
        return told
    dealt = by_chance(case, planted, permutations, salt)
    figure = f"{figure}; labels dealt anew: {dealt.figure}"
    return Told(dealt.verdict, figure, {**told.numbers, "dealt": dealt.numbers})


def _gained(
    figure: str, accuracy: Difference, probability: Difference, numbers: dict[str, Any]
) -> Told:
    """Failed where a treatment that can't help did, by more than noise and more than a trifle."""
    failed = any(one.beyond_noise and one.value > LEAST_GAIN for one in (accuracy, probability))
    limit = max(LEAST_GAIN, _paired.BEYOND_NOISE * accuracy.error)
    numbers = numbers | {"gain": accuracy.value, "error": accuracy.error, "limit": limit}
    return Told("failed" if failed else "passed", figure, numbers)


def _rounding(case: Case) -> float:
    return ROUNDING if case.subject.rounds else 0.0


def _largest(apart: float) -> str:
    rounding = " (rounding: nets are trained side by side)" if apart else ""
    return f"largest difference {apart:.2g}{rounding}"


def _not_repeatable() -> Told:
    return Told("not run", "runs differ by themselves, so that bits can't be compared")


def _same(one: NDArray, other: NDArray) -> bool:
    return bool(np.array_equal(one, other))


def _apart(one: NDArray, other: NDArray) -> float:
    return float(np.abs(one - other).max(initial=0.0))


def _constant(oof: Probabilities, fold: Labels, numbers: list[int]) -> bool:
    """Whether every row of a fold is told the same: such a model looks at no row at all."""
    return all(
        _same(oof[fold == number], oof[fold == number][:1].repeat((fold == number).sum(), 0))
        for number in numbers
    )


def _plain(rows: NDArray) -> NDArray:
    """Rows whose equal values have equal bytes."""
    # Minus zero is zero.
    return np.ascontiguousarray(np.asarray(rows) + 0.0)
