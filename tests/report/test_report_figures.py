"""The figures: valid, the same bytes each time, whole, and never reading names as formulas."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import matplotlib
import numpy as np
import pytest
import reports
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import imread
from matplotlib.text import Text

from harness.errors import FileProblem
from harness.report import _canvas, figures
from harness.report.confusion import Confusion, confusion_of
from harness.report.text import shown_names

Kept = list[Figure]


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> Kept:
    """Every figure that is saved, to look into."""
    found: Kept = []
    save = _canvas.save

    def keeping(figure: Figure, path: Path) -> None:
        save(figure, path)
        found.append(figure)

    monkeypatch.setattr(_canvas, "save", keeping)
    return found


def matrix(k: int, path: Path, names: tuple[str, ...] = ()) -> None:
    y, proba = reports.drawn(k)
    names = names or tuple(f"class {number}" for number in range(k))
    figures.draw_confusion(confusion_of(y, proba), names, path, title="a", note="b")


def classes(k: int, path: Path, names: tuple[str, ...] = ()) -> None:
    y, proba = reports.drawn(k)
    names = names or tuple(f"class {number}" for number in range(k))
    figures.draw_classes(confusion_of(y, proba), proba, names, path, title="a")


def class_scores(k: int, path: Path, names: tuple[str, ...] = ()) -> None:
    y, proba = reports.drawn(k)
    names = names or tuple(f"class {number}" for number in range(k))
    figures.draw_class_scores(confusion_of(y, proba), names, path, title="a")


def curves(k: int, path: Path) -> None:
    figures.draw_curves(reports.HISTORY * k, path, title="a")


DRAW = [matrix, classes, class_scores, curves]


def size(path: Path) -> tuple[int, int]:
    """Width and height as the PNG's header has them."""
    head = path.read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    return struct.unpack(">II", head[16:])


@pytest.mark.parametrize("draw", DRAW)
@pytest.mark.parametrize("k", [2, 12])
def test_a_figure_is_a_png_with_something_on_it(
    draw: Callable[[int, Path], None], k: int, tmp_path: Path
) -> None:
    draw(k, tmp_path / "a.png")
    pixels = imread(tmp_path / "a.png")
    assert pixels.shape[:2] == size(tmp_path / "a.png")[::-1]
    assert np.ptp(pixels) > 0.5
    # The margin is white: nothing was cut off.
    for edge in (pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]):
        assert (edge == 1).all()


@pytest.mark.parametrize("draw", DRAW)
def test_the_same_data_gives_the_same_bytes(
    draw: Callable[[int, Path], None], tmp_path: Path
) -> None:
    draw(3, tmp_path / "a.png")
    draw(3, tmp_path / "b.png")
    drawn = (tmp_path / "a.png").read_bytes()
    assert drawn == (tmp_path / "b.png").read_bytes()
    assert b"Software" not in drawn


@pytest.mark.parametrize("draw", [matrix, classes, class_scores])
def test_names_are_no_formulas(draw: Callable[..., None], kept: Kept, tmp_path: Path) -> None:
    draw(len(reports.EVIL), tmp_path / "a.png", shown_names(reports.EVIL))
    drawn = [text for text in kept[0].findobj(Text) if "$" in text.get_text()]
    assert drawn
    assert not any(text.get_parse_math() for text in drawn)


def test_a_users_matplotlibrc_changes_nothing(tmp_path: Path) -> None:
    matrix(3, tmp_path / "a.png")
    with matplotlib.rc_context({"font.size": 30, "text.parse_math": True, "savefig.dpi": 30}):
        before = dict(matplotlib.rcParams)
        matrix(3, tmp_path / "b.png")
        assert dict(matplotlib.rcParams) == before
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def cell_texts(figure: Figure) -> list[Text]:
    # Saving left measures at the file's resolution behind.
    figure.draw_without_rendering()
    return list(figure.axes[0].texts)


def test_a_cell_holds_its_count_and_its_share_of_the_row(kept: Kept, tmp_path: Path) -> None:
    counts = np.array([[3, 1], [0, 2]], dtype=np.int64)
    figures.draw_confusion(Confusion(counts), ("a", "b"), tmp_path / "a.png", title="t")
    found = [(text.get_text(), round(text.get_position()[0])) for text in cell_texts(kept[0])]
    expected = [("3", 0), ("75 %", 0), ("1", 1), ("25 %", 1), ("2", 1), ("100 %", 1), ("0", 0)]
    assert found == expected


def test_true_classes_stand_at_the_rows_from_the_top(kept: Kept, tmp_path: Path) -> None:
    matrix(3, tmp_path / "a.png", ("x", "y", "z"))
    axes: Axes = kept[0].axes[0]
    assert (axes.get_ylabel(), axes.get_xlabel()) == ("true class", "predicted class")
    assert [label.get_text() for label in axes.get_yticklabels()] == ["x", "y", "z"]
    assert axes.yaxis_inverted()


@pytest.mark.parametrize("k", [2, 10, 23])
def test_texts_stay_inside_their_cells(k: int, kept: Kept, tmp_path: Path) -> None:
    matrix(k, tmp_path / "a.png")
    axes = kept[0].axes[0]
    cell_width, cell_height = axes.bbox.width / k, axes.bbox.height / k
    for text in cell_texts(kept[0]):
        box = text.get_window_extent()
        assert box.width < cell_width
        column, row = axes.transData.inverted().transform((box.x0, box.y0))
        assert -0.5 < column - round(text.get_position()[0]) < 0.5
        assert box.height < cell_height / 2
        assert -0.5 < row - round(text.get_position()[1]) < 0.5


def test_counts_of_seven_digits_stay_inside_their_cells(kept: Kept, tmp_path: Path) -> None:
    counts = np.full((10, 10), 2_345_678, dtype=np.int64)
    names = tuple("abcdefghij")
    figures.draw_confusion(Confusion(counts), names, tmp_path / "a.png", title="t")
    widest = max(text.get_window_extent().width for text in cell_texts(kept[0]))
    assert widest < kept[0].axes[0].bbox.width / 10


def test_every_cell_text_can_be_told_from_its_cell(kept: Kept, tmp_path: Path) -> None:
    shares = np.linspace(0.01, 0.99, 12)
    counts = np.array([[1000 * s, 1000 * (1 - s)] + [0] * 10 for s in shares], dtype=np.int64)
    names = tuple("abcdefghijkl")
    figures.draw_confusion(Confusion(counts), names, tmp_path / "a.png", title="t")
    shown = Confusion(counts).shares
    for text in cell_texts(kept[0]):
        if text.get_text() == "0":
            continue
        column, row = (round(value) for value in text.get_position())
        background = matplotlib.colormaps[figures.SHARES_MAP](shown[row, column])
        assert contrast(text.get_color(), background) > 4.5


def contrast(one: str, other: tuple[float, ...]) -> float:
    """The W3C's contrast ratio, 1..21."""

    def luminance(colour: object) -> float:
        rgb = np.array(matplotlib.colors.to_rgb(colour))
        linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
        return float(linear @ (0.2126, 0.7152, 0.0722)) + 0.05

    ratio = luminance(one) / luminance(other)
    return max(ratio, 1 / ratio)


def test_names_of_forty_characters_are_shown_whole(kept: Kept, tmp_path: Path) -> None:
    names = tuple(f"{letter * 36} end" for letter in "abc")
    matrix(3, tmp_path / "a.png", names)
    axes = kept[0].axes[0]
    assert [label.get_text() for label in axes.get_xticklabels()] == list(names)
    assert [label.get_text() for label in axes.get_yticklabels()] == list(names)


def test_names_that_differ_in_the_middle_stay_apart_when_shortened() -> None:
    names = tuple(f"{'x' * 40}{k}{'y' * 40}" for k in range(3))
    labels = _canvas.labels_of(names)
    assert len(set(labels)) == 3
    assert max(map(len, labels)) < 50


def test_characters_that_no_font_holds_leave_the_class_recognisable(tmp_path: Path) -> None:
    # Never assigned: no font draws it. Warnings about missing glyphs would be errors here.
    names = ("a\U0003fffd", "b")
    assert _canvas.labels_of(names) == ("a? (class 1)", "b")
    matrix(2, tmp_path / "a.png", names)


def test_a_class_without_rows_says_so(kept: Kept, tmp_path: Path) -> None:
    counts = np.array([[1, 0], [0, 0]], dtype=np.int64)
    figures.draw_confusion(Confusion(counts), ("a", "b"), tmp_path / "a.png", title="t")
    labels = [label.get_text() for label in kept[0].axes[0].get_yticklabels()]
    assert labels == ["a", "b (no rows)"]


def test_a_hundred_classes_are_drawn_without_numbers(kept: Kept, tmp_path: Path) -> None:
    matrix(100, tmp_path / "a.png")
    assert cell_texts(kept[0]) == []
    assert max(size(tmp_path / "a.png")) < 4000


def test_the_mean_curve_ends_where_the_first_fold_stopped(kept: Kept, tmp_path: Path) -> None:
    curves(1, tmp_path / "a.png")
    loss = kept[0].axes[0]
    means = {line.get_label(): line for line in loss.lines if "mean" in str(line.get_label())}
    mean = means["loss, mean of 2 folds"]
    assert mean.get_xdata().tolist() == [1, 2]
    assert mean.get_ydata() == pytest.approx([1.1, 0.55])
    assert "val_loss, mean of 2 folds" in means


def test_each_quantity_has_a_panel(kept: Kept, tmp_path: Path) -> None:
    curves(1, tmp_path / "a.png")
    shown = [axes.get_ylabel() for axes in kept[0].axes if axes.get_visible()]
    assert shown == ["loss", "accuracy"]


@pytest.mark.parametrize(
    "history",
    [
        [{"loss": [1.0]}],
        [{"loss": [float("nan"), float("inf")]}],
        [{"val_loss": [1.0, 2.0]}],
        [{"a": [1.0], "b": [1.0], "c": [1.0], "$d$": [1.0]}],
        [{"loss": [1.0, 0.5]}] * 300,
        [{"loss": [1.0]}, {"accuracy": [0.5]}],
    ],
)
def test_odd_curves_are_drawn(history: list[dict[str, list[float]]], tmp_path: Path) -> None:
    figures.draw_curves(history, tmp_path / "a.png", title="t")
    assert size(tmp_path / "a.png")


def test_a_figure_that_cannot_be_drawn_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    matrix(2, tmp_path / "a.png")
    before = (tmp_path / "a.png").read_bytes()
    monkeypatch.setattr(Path, "write_bytes", killed)
    with pytest.raises(KeyboardInterrupt):
        matrix(3, tmp_path / "a.png")
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]
    assert (tmp_path / "a.png").read_bytes() == before


def test_a_full_disk_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(FileProblem, match="No space left"):
        matrix(2, tmp_path / "a.png")
    assert list(tmp_path.iterdir()) == []
