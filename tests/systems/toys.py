"""The systems at toy size: their own runs and rows, on a handful of songs or rows."""

from __future__ import annotations

from dataclasses import replace

from harness.systems._system import SYSTEMS, Music, System, World

GENRES, SONGS, SECONDS = 3, 10, 1.2
SMALL = {
    "dense": {"hidden": (8,), "epochs": 2},
    "dense3": {"hidden": (8,), "epochs": 2},
    "logistic": {},
    "svm-ecoc": {"inner_folds": 2},
    "cnn": {"filters": (4,), "hidden": (4,), "epochs": 1},
    "cnn-image": {"filters": (4,), "epochs": 1, "side": 12},
    "cnn-mfcc": {"filters": (4,), "hidden": (4,), "epochs": 1, "steps": 16},
    "lstm": {"units": (4,), "hidden": (4,), "epochs": 1, "steps": 8},
    "lstm-mfcc": {"units": (4,), "hidden": (), "epochs": 1, "steps": 8},
    "td-cnn": {"filters": (4,), "units": (4,), "hidden": (), "epochs": 1, "steps": 16, "window": 4},
    "vgg16": {"size": 32, "width": 0.05, "hidden": (4,), "epochs": 1},
}  # fmt: skip
QUICKER = {"mlbp264": "s0", "librosa57": "s0"}
SETS = {"mel": {"bands": 32, "hop": 1024}, "mfcc-seq": {"hop": 1024}}


# Models that are another's settings, or as slow as a graph is to trace.
LEFT_OUT = {"vgg16-mfcc", "vgg16-chroma", "lstm-mfcc", "td-cnn"}


def toy(name: str) -> System:
    """A system whose models take a moment."""
    system: System = SYSTEMS.load(name).SYSTEM
    kept = [run for run in system.runs if run.name not in LEFT_OUT]
    figures = tuple(figure for figure in system.figures if figure.run not in LEFT_OUT)
    runs = tuple(
        replace(
            run,
            small={**SMALL[run.model]},
            unpretrained={**run.unpretrained, **SMALL[run.model]} if run.unpretrained else {},
            cv=min(run.cv, 3),
        )
        for run in kept
    )
    rows = tuple(
        replace(
            one,
            # Of short clips and quickly.
            features=tuple(QUICKER.get(name, name) for name in one.features),
            small={name: SETS[name] for name in one.features if name in SETS},
        )
        for one in system.rows
    )
    return replace(
        system, figures=figures, runs=runs, rows=rows, stand_in=_stand_in(system.stand_in)
    )


def _stand_in(given: Music | World) -> Music | World:
    if isinstance(given, World):
        return World({"small": 400, "full": 400}, {"small": 120, "full": 120})
    counts, lengths = {"small": SONGS, "full": SONGS}, {"small": SECONDS, "full": SECONDS}
    return replace(given, genres=GENRES, songs=counts, seconds=lengths)
