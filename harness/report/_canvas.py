"""How every figure looks and how it reaches the disk: whole, and the same bytes each time."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ft2font import FaceFlags, FT2Font

from harness.atomic import replacing
from harness.report.text import shortened, unlike

# Comes with matplotlib, so that figures look alike everywhere.
FONT = "DejaVu Sans"
# Draws every character as a box that names its script: it tells no two names apart.
LAST_RESORT = "Last Resort"
DOTS_PER_INCH = 130
MOST_DOTS = 9000
MARGIN = 0.15
POINTS_PER_INCH = 72
# Of the Okabe-Ito palette, which colour-blind people can tell apart.
BLUE, ORANGE, GREEN, INK, GREY = "#0072B2", "#E69F00", "#009E73", "#1a1a1a", "#8a8a8a"

STYLE: dict[Any, Any] = {
    # Names such as $x_1$ are names, not formulas.
    "text.parse_math": False,
    "axes.formatter.use_mathtext": False,
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "axes.titlepad": 8,
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.color": "#e3e3e3",
    "legend.frameon": False,
    "legend.fontsize": 8,
}


@contextmanager
def style(texts: Iterable[str]) -> Iterator[None]:
    """The house's look whatever the user's matplotlibrc says, with fonts that hold `texts`."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(STYLE)
        matplotlib.rcParams["font.family"] = _families(frozenset("".join(texts)))
        yield


def figure_of(width: float, height: float) -> tuple[Figure, Axes]:
    """A figure whose axes measure `width` x `height` inches; labels get room when it is saved."""
    figure = Figure(figsize=(width, height), facecolor="white")
    FigureCanvasAgg(figure)
    return figure, figure.add_axes((0, 0, 1, 1))


def save(figure: Figure, path: Path) -> None:
    """Write the figure to `path` as PNG, whole, with room for everything around its axes."""
    drawn = io.BytesIO()
    # Letters are fitted to the dots: measured for other dots than they are drawn in, long names
    # would leave the picture.
    figure.set_dpi(DOTS_PER_INCH)
    # A layout engine has made the room already. `bbox_inches="tight"` would draw everything twice.
    box = None if figure.get_layout_engine() else figure.get_tightbbox().padded(MARGIN)
    longest = max(figure.get_size_inches() if box is None else box.size)
    figure.savefig(
        drawn,
        format="png",
        dpi=min(DOTS_PER_INCH, MOST_DOTS / longest),
        bbox_inches=box,
        # Without the version of the library: the same data gives the same bytes.
        metadata={"Software": None},
    )
    with replacing(path) as part:
        part.write_bytes(drawn.getvalue())


def labels_of(names: Sequence[str], *, thing: str = "class") -> tuple[str, ...]:
    """Names short enough for an axis, without characters that no font here can draw.

    Where one can't be drawn, `thing` and its number (from 1) keep it apart.
    """
    lacking = _families_and_lacking(frozenset("".join(names)))[1]
    labels = []
    for number, name in enumerate(names, start=1):
        if lacking.isdisjoint(name):
            labels.append(shortened(name))
        else:
            drawable = "".join("?" if c in lacking else c for c in name)
            labels.append(f"{shortened(drawable)} ({thing} {number})")
    return unlike(labels)


def inches(text: str, points: float) -> float:
    """About how wide `text` is in the house's font."""
    return len(text) * 0.6 * points / POINTS_PER_INCH


def _families(characters: frozenset[str]) -> list[str]:
    return list(_families_and_lacking(characters)[0])


@cache
def _families_and_lacking(characters: frozenset[str]) -> tuple[tuple[str, ...], frozenset[str]]:
    """The house's font, and installed ones for what it lacks; what none of them can draw."""
    families = [FONT]
    lacking = {c for c in characters if ord(c) not in _charmap(font_manager.findfont(FONT))}
    faces = sorted(font_manager.fontManager.ttflist, key=lambda face: (face.name, face.fname))
    for face in faces:
        if not lacking:
            break
        if face.name.startswith(LAST_RESORT) or (face.style, face.weight) != ("normal", 400):
            continue
        if held := {c for c in lacking if ord(c) in _charmap(face.fname)}:
            families.append(face.name)
            lacking -= held
    return tuple(families), frozenset(lacking)


def _charmap(file: str) -> frozenset[int]:
    """The code points that a font file can draw; none for one that can't be opened or scaled."""
    try:
        font = FT2Font(file)
    except (OSError, RuntimeError):
        return frozenset()
    return frozenset(font.get_charmap()) if font.face_flags & FaceFlags.SCALABLE else frozenset()
