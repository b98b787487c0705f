"""Which members `--model auto` should try, in which order, and when it should stop.

    python tests/benchmarks/bench_portfolio.py --out OUT [--tasks NAME ...] [--table]

A task is few rows to learn from and many to be judged on, so that a rule's score is measured to
more digits than cross-validation on the few could give. Each task fits every row of the portfolio
twice on 8 folds and saves what they say (OUT/TASK.npz); what is there isn't fitted again. Then
rules are tried on what is saved: orders, when to stop, who is repeated. Printed: each rule's test
log-loss and its members' processor seconds, as geometric means against trying everything twice, and
what share of the weight each member has where all are tried.
"""

from __future__ import annotations

import argparse
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.threads import settle

settle()

import numpy as np  # noqa: E402
from _peer_plan import SETS  # noqa: E402

from harness import _auto  # noqa: E402
from harness._auto import AutoSettings, Run  # noqa: E402
from harness.atomic import replacing  # noqa: E402
from harness.competition import Competition, Leaderboard  # noqa: E402
from harness.competitions.demo import draw  # noqa: E402
from harness.evaluate import ensembles, metrics  # noqa: E402
from harness.portfolio import EFFORTS, LEAST_OF_RELATIVES, PORTFOLIO, Effort  # noqa: E402
from harness.workers import working  # noqa: E402

Task = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def _some(name: str, classes: Sequence[int], rows: Sequence[int] | int, seed: int) -> Task:
    """So many rows of some classes to learn from; the classes' other rows are the test."""
    data, rng = SETS[name](), np.random.default_rng(seed)
    wanted = [rows] * len(classes) if isinstance(rows, int) else rows
    train, test = [], []
    for one, count in zip(classes, wanted, strict=True):
        of_class = np.flatnonzero(data.y == one)
        if data.groups is not None:  # one row a group: no group on both sides
            of_class = of_class[np.unique(data.groups[of_class], return_index=True)[1]]
        of_class = rng.permutation(of_class)
        train, test = [*train, *of_class[:count]], [*test, *of_class[count:]]
    order = np.searchsorted(classes, data.y)
    rng.shuffle(train)
    return data.X[train], order[train], data.X[test], order[test]


def _world(seed: int, rows: int) -> Task:
    world = draw(seed, rows, 4000, population_rows=1000)
    return world.X, world.y, world.X_test, world.y_test


TASKS: dict[str, Callable[[], Task]] = {
    "digits, 3 classes": lambda: _some("digits", [3, 8, 9], 50, 0),
    "digits, 200 rows": lambda: _some("digits", range(10), 20, 1),
    "gtzan, 3 classes": lambda: _some("gtzan30", [1, 5, 6], 45, 2),
    "gtzan, 5 classes": lambda: _some("gtzan30", [0, 2, 4, 7, 9], 30, 3),
    "breast cancer, 150 rows": lambda: _some("breast_cancer", [0, 1], [55, 95], 4),
    "wine, 60 rows": lambda: _some("wine", range(3), 20, 6),
    "emotify, 200 songs": lambda: _some("emotify", range(4), 50, 7),
    "aalto, 400 rows": lambda: _some(
        "aalto", range(10), [200, 60, 30, 25, 20, 25, 14, 18, 9, 8], 5
    ),
    "aalto, 2400 rows": lambda: _some(
        "aalto", range(10), [1198, 340, 179, 139, 118, 143, 78, 107, 51, 47], 8
    ),
    "made world, 500 rows": lambda: _world(11, 500),
    "made world, 1500 rows": lambda: _world(12, 1500),
}


def measure(task: Task, path: Path) -> None:
    """Fit every row of the portfolio twice, and save what they say."""
    X, y, X_test, y_test = task
    classes = tuple(str(k) for k in range(int(y.max()) + 1))
    competition = Competition(
        name="task",
        root=path.parent,
        classes=classes,
        class_names=classes,
        columns=tuple(f"f{i}" for i in range(X.shape[1])),
        X=X.astype(np.float32),
        y=y.astype(np.int64),
        X_test=X_test.astype(np.float32),
        test_ids=tuple(map(str, range(len(y_test)))),
        fingerprint=path.stem,
        leaderboards=(Leaderboard("logloss", ("id", *classes)),),
    )
    EFFORTS["everything"] = Effort(len(PORTFOLIO), 8, 2, patience=99, gain=-1, thorough=True)
    _auto.LEAST_OF_RELATIVES = -1.0
    run = Run(competition, AutoSettings(effort="everything"), time.monotonic(), lambda step: None)
    run.shares = lambda: dict.fromkeys(run.found, 1.0)  # type: ignore[method-assign]
    with tempfile.TemporaryDirectory() as folder, working(competition, Path(folder), 2) as workers:
        run.first_repeat(workers)
        run.further_repeats(workers)
        saved = {"y": y, "y_test": y_test, "folds": run.folds}
        for name, one in run.found.items():
            oofs, tests = [], []
            for folds in one.folds.values():
                oof = np.empty((len(y), len(classes)))
                for fold in folds:
                    oof[fold.held_out] = fold.proba
                oofs.append(oof)
                tests.append(np.mean([fold.test_proba for fold in folds], axis=0))
            saved |= {f"{name} oof": np.array(oofs), f"{name} test": np.array(tests)}
            saved[f"{name} cpu"] = np.array(one.cpu_seconds / len(one.folds))
    with replacing(path) as part:
        np.savez(part, **saved)


@dataclass(frozen=True)
class Rule:
    """An order of members, when to stop, who is repeated, and how the method is chosen.

    `choice` is "careful" (`ensembles.judge`) or "lowest": whatever method's score is best.
    """

    order: tuple[str, ...] = tuple(PORTFOLIO)
    patience: int = 2
    gain: float = 0.002
    relatives: bool = True
    repeats: str = "again"
    choice: str = "careful"


def _later(name: str, place: int) -> tuple[str, ...]:
    order = [one for one in PORTFOLIO if one != name]
    order.insert(place, name)
    return tuple(order)


NETS = tuple(sorted(PORTFOLIO, key=lambda name: PORTFOLIO[name].model in ("tabm", "dense")))
EVERYTHING = "everything, twice"
RULES = {
    EVERYTHING: Rule(patience=99, relatives=False, repeats="all"),
    "everything, once": Rule(patience=99, relatives=False, repeats="none"),
    "as it is": Rule(),
    "patience 1": Rule(patience=1),
    "patience 3": Rule(patience=3),
    "gain 0.0005": Rule(gain=0.0005),
    "gain 0.005": Rule(gain=0.005),
    "nobody twice": Rule(repeats="none"),
    "all twice": Rule(repeats="all"),
    "lightgbm sixth": Rule(order=_later("lightgbm", 5)),
    "nets last": Rule(order=NETS),
    "method by score alone": Rule(choice="lowest"),
}


def play(rule: Rule, saved: dict[str, np.ndarray]) -> tuple[float, float, dict[str, float]]:
    """Test log-loss, the members' processor seconds, and their shares of the weight."""
    y, folds = saved["y"], saved["folds"]
    found: list[str] = []
    scores: list[float] = []
    seconds, shares = 0.0, dict[str, float]()
    for name in rule.order:
        after = PORTFOLIO[name].after
        if f"{name} oof" not in saved:
            continue
        if rule.relatives and after and shares.get(after, 0.0) < LEAST_OF_RELATIVES:
            continue
        found.append(name)
        seconds += float(saved[f"{name} cpu"])
        oofs = [saved[f"{one} oof"][0] for one in found]
        crossed = ensembles.cross_fitted("stacking", oofs, y, folds)
        scores.append(metrics.score("logloss", y, crossed))
        shares = dict(zip(found, ensembles.fit("stacking", oofs, y).shares, strict=True))
        late = len(scores) > rule.patience
        if late and scores[-1 - rule.patience] - scores[-1] < rule.gain * scores[-1]:
            break
    effort = EFFORTS["medium"]
    oofs, tests = [], []
    for name in found:
        twice = rule.repeats == "all" or (
            rule.repeats == "again" and effort.repeated(PORTFOLIO[name], shares[name])
        )
        seconds += float(saved[f"{name} cpu"]) if twice else 0.0
        oofs.append(saved[f"{name} oof"][: 1 + twice].mean(axis=0))
        tests.append(saved[f"{name} test"][: 1 + twice].mean(axis=0))
    trials = list(ensembles.judge(oofs, y, folds).values())
    trial = min(trials, key=lambda one: one.score) if rule.choice == "lowest" else trials[0]
    loss = metrics.score("logloss", saved["y_test"], trial.blend.apply(tests))
    return loss, seconds, dict(zip(found, trial.blend.shares, strict=True))


def main() -> None:
    """Measure what isn't there, and try the rules."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=Path("data/portfolio"))
    parser.add_argument("--tasks", nargs="+", choices=TASKS, default=list(TASKS))
    parser.add_argument("--table", action="store_true", help="try the rules on what is saved")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    warnings.simplefilter("ignore")
    outcomes: dict[str, list[tuple[float, float]]] = {name: [] for name in RULES}
    shares: list[dict[str, float]] = []
    for name in given.tasks:
        path = given.out / f"{name.replace(' ', '_').replace(',', '')}.npz"
        if not path.exists() and not given.table:
            try:
                measure(TASKS[name](), path)
            except FileNotFoundError as problem:
                print(f"{name}: skipped, {problem.filename} is absent", flush=True)
        if not path.exists():
            continue
        with np.load(path) as file:
            saved = dict(file)
        for rule in RULES:
            loss, seconds, of_members = play(RULES[rule], saved)
            outcomes[rule].append((loss, seconds))
            if rule == EVERYTHING:
                shares.append(of_members)
        now = outcomes["as it is"][-1]
        print(f"{name:<26} log-loss {now[0]:.4f}, {now[1]:.0f} CPU s", flush=True)
    print(f"\n{'rule':<22}{'log-loss':>10}{'CPU':>8}   against trying everything twice")
    base = np.log(outcomes[EVERYTHING])
    for rule, found in outcomes.items():
        loss, cpu = np.exp((np.log(found) - base).mean(axis=0))
        print(f"{rule:<22}{loss:>10.4f}{cpu:>8.2f}")
    print(
        "\nmember, its mean share of the weight where all are tried twice, the tasks it has any in"
    )
    for name in PORTFOLIO:
        own = np.array([task.get(name, 0.0) for task in shares])
        print(f"{name:<22}{own.mean():>10.3f}{np.count_nonzero(own >= 0.01):>8} of {len(own)}")


if __name__ == "__main__":
    main()
