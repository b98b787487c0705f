"""Print how many inputs come out right, refused by name, or wrong: `python tests/inputs/count.py`.

Words on the command line choose inputs whose name or kind contains one of them.
"""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]


def run() -> int:
    from harness.threads import settle

    settle()
    from corpus import collection, judge

    chosen = sys.argv[1:]
    rows, wrong = [], []
    for kind, cases in collection().items():
        counts = dict.fromkeys(("right", "refused", "wrong"), 0)
        for case in cases:
            if chosen and not any(word in f"{kind}/{case.name}" for word in chosen):
                continue
            verdict = judge(case)
            counts[verdict.outcome] += 1
            if verdict.outcome == "wrong":
                wrong.append(f"{kind}/{case.name}: {verdict.why[:400]}")
            if chosen:
                print(f"{kind}/{case.name}: {verdict.outcome} {verdict.why}")
        rows.append((kind, *counts.values()))
    rows.append(("all", *(sum(row[i] for row in rows) for i in (1, 2, 3))))
    print(f"{'kind':<20}{'right':>7}{'refused':>9}{'wrong':>7}{'all':>6}")
    for kind, right, refused, bad in rows:
        print(f"{kind:<20}{right:>7}{refused:>9}{bad:>7}{right + refused + bad:>6}")
    print(*wrong, sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(run())
