"""The pictures: valid, whole, and drawn from odd data without a warning (they are errors here)."""

from __future__ import annotations

from collections.abc import Iterator

import matplotlib
import numpy as np
import pytest
import toys
from matplotlib.figure import Figure
from matplotlib.image import imread
from matplotlib.text import Text

from harness.competition import Block, Competition
from harness.explore import _axes, _projected
from harness.explore.exploration import explore
from harness.explore.pictures import Picture, left_out, pictures
from harness.explore.write import Written
from harness.report import _canvas

ALWAYS = {"classes.png", "rows-raw.png", "rows-standardised.png", "means-1-all-columns.png"}
RELATED = {"correlations.png", "correlation-distribution.png"}
PROJECTED = {"projection.png", "projection-classes.png", "scree.png"}


def files(competition: Competition) -> set[str]:
    return {picture.file for picture in pictures(explore(competition))}


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> list[Figure]:
    """Every figure that would be saved."""
    found: list[Figure] = []
    monkeypatch.setattr(_canvas, "save", lambda figure, path: found.append(figure))
    return found


def drawn(competition: Competition, kept: list[Figure], tmp_path: object) -> dict[str, Figure]:
    """Every picture's figure."""
    shown: list[Picture] = list(pictures(explore(competition)))
    for picture in shown:
        picture.draw(path=tmp_path, title=picture.title)
    return {picture.file: figure for picture, figure in zip(shown, kept, strict=True)}


def texts(figure: Figure) -> Iterator[str]:
    return (text.get_text() for text in figure.findobj(Text) if text.get_visible())


def test_every_kind_of_picture_is_there_when_there_is_something_to_show(evil: Written) -> None:
    names = {path.name for path in evil.files}
    own = {"classes-in-parts.png", "missing.png", "texts.png", "correlated-pairs.csv"}
    blocks = {"means-1-script.png", "grid-1-script.png", "means-2-holds-text.png"}
    outside = {"means-3-columns-outside-the-bloc.png"}
    assert names == (ALWAYS - {"means-1-all-columns.png"}) | RELATED | PROJECTED | own | (
        blocks | outside
    )


def test_every_picture_is_a_png_with_something_on_it_and_a_white_edge(evil: Written) -> None:
    for path in evil.files:
        if path.suffix == ".png":
            pixels = imread(path)
            assert np.ptp(pixels) > 0.5
            assert min(pixels.shape[:2]) > 200
            # Nothing was cut off.
            for edge in (pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]):
                assert (edge[:, :3] > 0.99).mean() > 0.97, path.name


def test_plain_data_have_plain_pictures() -> None:
    assert files(toys.drawn(30, 3, 3)) == ALWAYS | RELATED | PROJECTED


@pytest.mark.parametrize(
    ("X", "lacking"),
    [
        ([[1], [2], [3], [5]], RELATED),
        ([[1, 1], [1, 1], [1, 1], [1, 1]], RELATED | PROJECTED),
        ([[np.nan, np.nan]] * 4, RELATED | PROJECTED),
        ([[np.nan, 1], [2, np.nan], [np.nan, 3], [4, np.nan]], RELATED),
        ([[0, 1e30], [1e-30, 2e30], [3e-30, -1e30], [0, 0]], set()),
        ([[-3e38, 3e38], [3e38, -3e38], [0, 0], [1, 1]], set()),
    ],
)
def test_few_and_odd_cells_are_drawn_without_a_warning(
    X: list[list[float]], lacking: set[str], kept: list[Figure], tmp_path: object
) -> None:
    figures = drawn(toys.toy(X, [0, 0, 1, 1]), kept, tmp_path)
    assert set(figures) - {"missing.png"} == (ALWAYS | RELATED | PROJECTED) - lacking
    for figure in figures.values():
        figure.draw_without_rendering()


def test_text_columns_alone_are_drawn() -> None:
    world = toys.toy([[0], [1], [1], [np.nan]], [0, 1, 0, 1], text={0: ("a", "b")})
    assert files(world) == {"classes.png", "texts.png", "missing.png"}


def test_a_class_without_rows_is_named(kept: list[Figure], tmp_path: object) -> None:
    world = toys.drawn(12, 3, 3, predefined=np.where(np.arange(12) % 3 == 1, -2, -1))
    figures = drawn(world, kept, tmp_path)
    assert any("no rows" in text for text in texts(figures["classes.png"]))
    assert "class 1\n0 rows" in texts(figures["projection-classes.png"])


@pytest.mark.parametrize("k", [2, 7, 23, 40])
def test_small_panels_are_one_for_each_class(k: int, kept: list[Figure], tmp_path: object) -> None:
    world = toys.drawn(2 * k, 12, k, blocks=(Block("grid", 0, 12, (3, 4)),))
    figures = drawn(world, kept, tmp_path)
    for name in ("projection-classes.png", "grid-1-grid.png"):
        panels = [axes for axes in figures[name].axes if axes.get_title(loc="left")]
        assert len(panels) == k
        others = set(figures[name].axes) - set(panels)
        assert all(not axes.get_visible() or axes.get_label() == "<colorbar>" for axes in others)


def test_every_class_has_a_colour_or_a_mark_of_its_own() -> None:
    assert len({_axes.class_style(k) for k in range(90)}) == 90


def test_names_are_no_formulas_and_hold_no_control_characters(
    kept: list[Figure], tmp_path: object
) -> None:
    for figure in drawn(toys.evil(), kept, tmp_path).values():
        found = figure.findobj(Text)
        assert not any(text.get_parse_math() for text in found if "$" in text.get_text())
        assert not any(set("\x1b\u202e") & set(text.get_text()) for text in found)


def test_the_same_rows_are_drawn_raw_and_standardised(kept: list[Figure], tmp_path: object) -> None:
    figures = drawn(toys.drawn(90, 4, 9), kept, tmp_path)
    rows = [
        {text for text in texts(figures[name]) if text.startswith("row ")}
        for name in ("rows-raw.png", "rows-standardised.png")
    ]
    assert rows[0] == rows[1]
    assert len(rows[0]) == 6


def test_values_of_unlike_sizes_get_a_scale_on_which_all_are_seen() -> None:
    axes = Figure().subplots()
    assert _axes.wide_scale(axes, np.array([[1e-3, -2.0, 1e6], [5e-3, 3.0, 9e5]]))
    assert axes.get_yscale() == "symlog"
    labels = [axes.yaxis.get_major_formatter()(tick, 0) for tick in axes.get_yticks()]
    assert "0" in labels
    assert len(labels) == len(set(labels)) <= 10
    low, high = axes.get_ylim()
    assert low < -2
    assert high > 1e6


@pytest.mark.parametrize("values", [[[1.0, 2.0]], [[0.0, 0.0]], [[np.nan, np.nan]], [[-5.0, 5.0]]])
def test_values_of_like_sizes_keep_their_scale(values: list[list[float]]) -> None:
    axes = Figure().subplots()
    assert not _axes.wide_scale(axes, np.array(values))
    assert not _axes.deviations_scale(axes, np.array(values))


def test_rows_far_out_are_counted_not_shown() -> None:
    places = np.random.default_rng(0).normal(size=(2000, 2))
    places[7] = 1e6, 0
    limits = _projected._limits(places)
    assert limits[1, 0] < 10
    assert _projected._outside(places, limits) == 1


def test_of_many_blocks_the_first_have_pictures() -> None:
    blocks = tuple(Block(f"b{k}", k, k + 1) for k in range(15))
    found = explore(toys.drawn(10, 15, 2, blocks=blocks))
    assert sum(picture.file.startswith("means") for picture in pictures(found)) == 12
    assert left_out(found) == "The first 12 of 15 blocks have pictures of their own."


def test_a_users_matplotlibrc_is_left_alone(kept: list[Figure], tmp_path: object) -> None:
    with matplotlib.rc_context({"font.size": 30}):
        before = dict(matplotlib.rcParams)
        drawn(toys.drawn(12, 3, 3), kept, tmp_path)
        assert dict(matplotlib.rcParams) == before


def test_a_class_with_a_single_row_lends_it_and_others_lend_more(
    kept: list[Figure], tmp_path: object
) -> None:
    figures = drawn(toys.toy(np.arange(14.0).reshape(7, 2), [2, 0, 0, 0, 0, 1, 0]), kept, tmp_path)
    rows = [text for text in texts(figures["rows-raw.png"]) if text.startswith("row ")]
    assert len(rows) == len(set(rows)) == 6
    assert {"row 1: class 2", "row 6: class 1"} <= set(rows)
