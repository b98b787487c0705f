"""What the page and the terminal both say, in words. The texts are plain: each medium escapes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from harness.explore.correlation import Pair
from harness.explore.exploration import Exploration
from harness.explore.look import Look
from harness.explore.projection import SHARES
from harness.report.text import counted, percent, plain, shortened, shown_names


def headline(found: Exploration) -> str:
    """What was looked at."""
    competition, look = found.competition, found.look
    kinds = [counted(len(look.columns), "number column")]
    if competition.text:
        kinds.append(counted(len(competition.text), "text column"))
    rows = counted(len(look.trained), "training row")
    classes = counted(competition.n_classes, "class")
    return f"{plain(competition.name)}: {rows}, {', '.join(kinds)}, {classes}"


def facts(found: Exploration) -> Iterator[tuple[str, str]]:
    """What to know of the data, as pairs of a subject and a sentence."""
    yield "classes", _classes(found.look)
    yield "missing cells", _missing(found)
    if constant := int(found.look.constant.sum()):
        yield "constant", counted(constant, "column") + " with a single value or none"
    if found.correlations is not None:
        yield "correlations", _correlations(found)
    if found.projection is not None:
        yield "components", _components(found)


def pair_sentence(pair: Pair, look: Look) -> str:
    """``loudness and energy +0.98``."""
    names = [shortened(look.full_names[k]) for k in (pair.one, pair.other)]
    return f"{names[0]} and {names[1]} {correlation(pair.r)}"


def correlation(r: float) -> str:
    """With its sign, and three decimals; what is not quite 1 is not rounded to it."""
    text = f"{r:+.3f}"
    return text if abs(r) >= 1 - 1e-9 or not text.endswith("1.000") else f"{text[0]}>0.999"


def _classes(look: Look) -> str:
    counts = look.counts
    names = [shortened(name) for name in shown_names(look.competition.class_names)]
    total = max(1, int(counts.sum()))
    ends = (int(np.argmax(counts)), int(np.argmin(counts)))
    told = [f"{names[k]} {counts[k]} ({percent(counts[k] / total)})" for k in ends]
    if counts.max() == counts.min():
        return f"{counted(int(counts.max()), 'row')} in each"
    return f"most rows: {told[0]}; fewest: {told[1]}"


def _missing(found: Exploration) -> str:
    if not found.any_missing:
        return "none"
    told = []
    for kind, shares in (("training", found.missing), ("test", found.missing_test)):
        if shares is not None and (number := int((shares > 0).sum())):
            most = int(np.argmax(shares))
            name = shortened(shown_names(found.competition.columns)[most])
            told.append(
                f"in {counted(number, 'column')} of the {kind} rows (most: {name}, "
                f"{percent(shares[most])})"
            )
    return "; ".join(told)


def _correlations(found: Exploration) -> str:
    related = found.correlations
    assert related is not None
    if not related.total:
        return "no pair of columns has one"
    number = len(related.pairs)
    head = (
        f"{number} of {counted(related.total, 'pair')} beyond ±{related.threshold:g} "
        f"({percent(number / related.total)})"
    )
    top = "; ".join(pair_sentence(pair, found.look) for pair in related.pairs[:3])
    return f"{head}; strongest: {top}" if top else head


def _components(found: Exploration) -> str:
    projection = found.projection
    assert projection is not None
    first = projection.explained[:2]
    which = "the first two explain" if len(first) == 2 else "there is one; it explains"
    needed = [
        f"{percent(share)} take {number}"
        for share in SHARES
        if (number := projection.needed(share)) is not None
    ]
    told = f"{which} {percent(min(1.0, float(first.sum())))} of the variance"
    return f"{told}; {', '.join(needed)}" if len(first) == 2 and needed else told
