"""What kind a column is: by most of its cells, the same in both files, exceptions named."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.competition import Competition
from harness.competitions._find import SPEC, find
from harness.competitions._given import read_given
from harness.competitions._new import Description, describe
from harness.errors import DataError, FaultsError

ROWS, TEST_ROWS = 60, 20
EVERY = ROWS + TEST_ROWS
VALUES = np.random.default_rng(0).normal(1000, 4000, EVERY).round(2)


def made(
    folder: Path, cells: list[object], *, format: str = "csv", **more: list[object]
) -> Description:
    """A competition with a column ``odd`` of these cells beside a plain one, described."""
    folder.mkdir(exist_ok=True)
    plain = np.random.default_rng(1).normal(size=EVERY).round(3)
    frame = pl.DataFrame(
        {
            "id": range(EVERY),
            "plain": plain,
            "odd": pl.Series("odd", cells, strict=False),
            **{name: pl.Series(name, values, strict=False) for name, values in more.items()},
            "label": ["ab"[k % 2] for k in range(EVERY)],
        },
    )
    write = {"csv": pl.DataFrame.write_csv, "parquet": pl.DataFrame.write_parquet}[format]
    write(frame[:ROWS], folder / f"train.{format}")
    write(frame[ROWS:].drop("label"), folder / f"test.{format}")
    return describe(folder)


def column(competition: Competition, name: str = "odd") -> np.ndarray:
    """A feature over training and test rows."""
    assert competition.X_test is not None
    place = competition.columns.index(name)
    return np.concatenate([competition.X[:, place], competition.X_test[:, place]])


def why(description: Description, key: str) -> str:
    return "; ".join(f"{r.what}: {r.why}" for r in description.reasons if r.key == key)


def continental(value: float) -> str:
    return f"{value:,.2f}".translate(str.maketrans(",.", ".,"))


@pytest.mark.parametrize(
    "write",
    [
        lambda v: f"{v:,.2f}",
        lambda v: f"{v:,.2f}".replace(",", " "),
        lambda v: f"{v:,.2f}".replace(",", "'"),
        continental,
        lambda v: f"{v:.2f}".replace(".", ","),
        lambda v: f"{v:.2f} kg",
        lambda v: f"{v:.2f}%",
        lambda v: f"{'-' if v < 0 else ''}${abs(v):,.2f}",
        lambda v: f"€ {v:,.2f}",
        lambda v: f"({abs(v):,.2f})" if v < 0 else f"{v:,.2f}",
    ],
)
def test_numbers_in_text_clothes_are_numbers(write: Callable[[float], str], tmp_path: Path) -> None:
    description = made(tmp_path, [write(v) for v in VALUES])
    np.testing.assert_array_equal(column(description.competition), VALUES.astype(np.float32))
    assert find(tmp_path).fingerprint == description.competition.fingerprint


@pytest.mark.parametrize(
    "word", ["#DIV/0!", "-", ".", "unknown", "Missing", "n/a", "none", "NULL", "inf", "-inf", "?"]
)
@pytest.mark.parametrize("rows", [[3], [3, 70], [70]])
def test_words_among_numbers_are_missing_in_both_files(
    word: str, rows: list[int], tmp_path: Path
) -> None:
    cells = [word if k in rows else str(v) for k, v in enumerate(VALUES)]
    competition = made(tmp_path, list(cells)).competition
    assert np.flatnonzero(np.isnan(column(competition))).tolist() == rows
    assert competition.columns == ("plain", "odd")
    assert not competition.text


def test_odd_words_are_named_and_counted(tmp_path: Path) -> None:
    cells = ["oops" if k % 20 == 0 else str(v) for k, v in enumerate(VALUES)]
    description = made(tmp_path, list(cells))
    assert "'oops' 4 times" in why(description, "columns.numbers")
    assert 'missing_marks = ["oops"]' in description.path.read_text()


def test_an_odd_word_that_is_not_declared_stops_it(tmp_path: Path) -> None:
    cells = ["oops" if k == 5 else str(v) for k, v in enumerate(VALUES)]
    description = made(tmp_path, list(cells))
    spec = description.path.read_text()
    description.path.write_text(spec.replace('missing_marks = ["oops"]\n', ""))
    with pytest.raises(FaultsError, match=r"row 6: column 'odd': 'oops' is no number") as caught:
        find(tmp_path)
    assert "missing_marks" in str(caught.value)
    description.path.write_text(spec)
    assert np.isnan(find(tmp_path).X).sum() == 1


@pytest.mark.parametrize(
    "cells",
    [
        [str(v) if k % 5 < 3 else f"word {k % 7}" for k, v in enumerate(VALUES.round())],
        [["1", "2", "3", "4+"][k % 4] for k in range(EVERY)],
        [["1st", "2nd", "3rd"][k % 3] for k in range(EVERY)],
        [["red", "green", "12"][k % 3] for k in range(EVERY)],
        [["yes", "no", "unknown"][k % 3] for k in range(EVERY)],
        [["A1", "B2", "C3"][k % 3] for k in range(EVERY)],
    ],
)
def test_these_stay_text(cells: list[object], tmp_path: Path) -> None:
    competition = made(tmp_path, cells).competition
    assert set(competition.text[1]) == set(cells)


def test_units_of_one_kind_are_turned_into_one_and_named(tmp_path: Path) -> None:
    weights = np.linspace(1, 90, EVERY).round(1)
    cells = [f"{w / 0.45359237:.4f} lb" if k % 3 == 0 else f"{w} kg" for k, w in enumerate(weights)]
    description = made(tmp_path, list(cells))
    np.testing.assert_allclose(column(description.competition), weights, rtol=1e-4)
    said = why(description, "columns.numbers")
    assert "2 units in one column" in said
    assert "turned into kg" in said


def test_units_that_do_not_go_together_are_named_and_not_mixed(tmp_path: Path) -> None:
    cells = [f"{v} {'kg' if k % 2 else 'cm'}" for k, v in enumerate(VALUES)]
    description = made(tmp_path, list(cells))
    assert description.competition.columns == ("plain",)
    assert "two units in one column: cm (40 cells), kg (40 cells)" in why(
        description, "columns.drop"
    )


@pytest.mark.parametrize(
    "pair", [("True", "False"), ("true", "false"), ("yes", "no"), ("Y", "N"), ("t", "f")]
)
def test_booleans_in_any_spelling_are_one_column(pair: tuple[str, str], tmp_path: Path) -> None:
    cells = ["" if k % 9 == 0 else pair[k % 2] for k in range(EVERY)]
    competition = made(tmp_path, list(cells)).competition
    wanted = [np.nan if k % 9 == 0 else 1 - k % 2 for k in range(EVERY)]
    np.testing.assert_array_equal(column(competition), wanted)


def test_booleans_of_parquet_and_csv_are_the_same(tmp_path: Path) -> None:
    cells = [None if k % 9 == 0 else k % 2 == 0 for k in range(EVERY)]
    one = made(tmp_path / "one", list(cells), format="parquet").competition
    two = made(tmp_path / "two", [None if c is None else str(c) for c in cells]).competition
    np.testing.assert_array_equal(column(one), column(two))


def test_a_boolean_may_be_spelled_otherwise_in_the_test_file(tmp_path: Path) -> None:
    cells = [("yes", "no")[k % 2] if k < ROWS else str(1 - k % 2) for k in range(EVERY)]
    competition = made(tmp_path, list(cells)).competition
    np.testing.assert_array_equal(column(competition), 1 - np.arange(EVERY) % 2)


FORMS = [
    *("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%SZ", "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M"),
    *("%d.%m.%Y %H:%M", "%d %b %Y %H:%M", "%m/%d/%y %I:%M %p"),
]
START = datetime.datetime(2020, 12, 30)
MOMENTS = [START + datetime.timedelta(hours=13 * k) for k in range(EVERY)]


@pytest.mark.parametrize("form", FORMS)
def test_dates_become_their_parts(form: str, tmp_path: Path) -> None:
    competition = made(tmp_path, [m.strftime(form) for m in MOMENTS]).competition
    parts = ("odd", *(f"odd.{part}" for part in ("year", "month", "day", "weekday", "hour")))
    assert competition.columns == ("plain", *parts)
    first = datetime.datetime(2020, 1, 1)
    days = [(m - first) / datetime.timedelta(days=1) for m in MOMENTS]
    np.testing.assert_allclose(column(competition), days, rtol=1e-6)
    np.testing.assert_array_equal(column(competition, "odd.month"), [m.month for m in MOMENTS])
    np.testing.assert_array_equal(
        column(competition, "odd.weekday"), [m.weekday() for m in MOMENTS]
    )
    assert list(competition.frame().columns) == [*competition.columns, "class"]


@pytest.mark.parametrize("kind", [pl.Date, pl.Datetime("ms"), pl.Datetime("ns", "UTC")])
def test_dates_of_parquet(kind: pl.DataType, tmp_path: Path) -> None:
    cells = pl.Series("odd", MOMENTS).cast(pl.Datetime("us"))
    if getattr(kind, "time_zone", None):
        cells = cells.dt.replace_time_zone("UTC")
    competition = made(tmp_path, cells.cast(kind), format="parquet").competition
    np.testing.assert_array_equal(column(competition, "odd.day"), [m.day for m in MOMENTS])


@pytest.mark.parametrize(
    ("cells", "wanted"),
    [
        ([datetime.timedelta(seconds=k / 2) for k in range(EVERY)], np.arange(EVERY) / 2),
        ([datetime.time(1, 0, k % 60) for k in range(EVERY)], 3600 + np.arange(EVERY) % 60),
    ],
)
def test_durations_and_times_of_parquet_are_seconds(
    cells: list[object], wanted: np.ndarray, tmp_path: Path
) -> None:
    competition = made(tmp_path, cells, format="parquet").competition
    np.testing.assert_array_equal(column(competition), wanted)


def test_what_is_no_date_is_missing_and_counted(tmp_path: Path) -> None:
    cells = [m.isoformat() for m in MOMENTS]
    cells[4] = cells[7] = "soon"
    competition = made(tmp_path, list(cells)).competition
    assert np.flatnonzero(np.isnan(column(competition))).tolist() == [4, 7]
    assert any("odd: 2 cells are no dates" in note for note in competition.notes)


def test_an_order_that_nothing_tells_is_asked_for(tmp_path: Path) -> None:
    cells = [f"0{k % 3 + 1}/0{k % 7 + 1}/20{k % 20 + 10}" for k in range(EVERY)]
    description = made(tmp_path, list(cells))
    assert "day or month" in why(description, "columns.drop") + why(description, "columns.text")
    spec = description.path.read_text()
    with_date = spec.replace('drop = ["odd"]', 'dates = ["odd"]')
    with_date = with_date.replace('text = ["odd"]', 'dates = ["odd"]')
    description.path.write_text(with_date)
    with pytest.raises(DataError, match=r"date_order = \"day-first\""):
        find(tmp_path)
    description.path.write_text(with_date.replace("dates =", 'date_order = "month-first"\ndates ='))
    np.testing.assert_array_equal(
        column(find(tmp_path), "odd.month"), [k % 3 + 1 for k in range(EVERY)]
    )


@pytest.mark.parametrize(
    "cells",
    [
        [1_600_000_000 + k for k in range(EVERY)],
        [1_600_000_000_000 + 7 * k for k in range(EVERY)],
        [1_600_000_000_123_456_789 + k for k in range(EVERY)],
        [100_000.001 + k / 1000 for k in range(EVERY)],
        [20_210_000 + k for k in range(EVERY)],
        [-5_000_000_000 - k for k in range(EVERY)],
    ],
)
@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_large_offsets_do_not_collapse(cells: list[object], format: str, tmp_path: Path) -> None:
    competition = made(tmp_path, cells, format=format).competition
    found = column(competition).astype(np.float64)
    wanted = np.array([float(cell - cells[0]) for cell in cells])
    np.testing.assert_allclose(found - found[0], wanted, rtol=1e-3, atol=1e-6)
    assert any("odd: counted from" in note for note in competition.notes)


def test_what_float32_merges_all_the_same_is_told(tmp_path: Path) -> None:
    bases = np.random.default_rng(0).integers(0, 10**9, EVERY)
    cells = [int(bases[k // 4]) + k % 4 for k in range(EVERY)]
    competition = made(tmp_path, list(cells)).competition
    assert any("odd: 60 different values, of which float32" in note for note in competition.notes)


@pytest.mark.parametrize("power", ["e-50", "e60"])
@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_numbers_that_float32_cannot_hold_are_scaled(
    power: str, format: str, tmp_path: Path
) -> None:
    cells = [float(f"{v + 30000}{power}") for v in VALUES]
    competition = made(tmp_path, list(cells), format=format).competition
    found = column(competition).astype(np.float64)
    np.testing.assert_allclose(found / found[0], np.array(cells) / cells[0], rtol=1e-5)
    assert any("odd: multiplied by" in note for note in competition.notes)


@pytest.mark.parametrize("comma_in", ["train", "test"])
def test_one_file_may_write_decimal_commas(comma_in: str, tmp_path: Path) -> None:
    cells = [
        continental(v) if (k < ROWS) == (comma_in == "train") else f"{v:,.2f}"
        for k, v in enumerate(VALUES)
    ]
    competition = made(tmp_path, list(cells)).competition
    np.testing.assert_array_equal(column(competition), VALUES.astype(np.float32))
    assert any("decimal marks" in note for note in competition.notes)


def test_a_clean_table_stays_the_reader_s_own(tmp_path: Path) -> None:
    competition = made(tmp_path, list(VALUES)).competition
    assert not competition.readings
    assert not competition.notes


def test_neither_numbers_nor_dates_say_who_a_row_is(tmp_path: Path) -> None:
    competition = made(
        tmp_path,
        [f"{v:,.2f}" for v in VALUES],
        mass_index=[v / 7 for v in VALUES],
        born=[m.isoformat() for m in MOMENTS],
    ).competition
    assert {"odd", "mass_index", "born"} <= set(competition.columns)


def test_new_rows_are_read_in_the_same_way(tmp_path: Path) -> None:
    competition = made(
        tmp_path,
        [f"{v:,.2f}" if k else "-" for k, v in enumerate(VALUES)],
        when=[m.isoformat() for m in MOMENTS],
        epoch=[1_600_000_000 + k for k in range(EVERY)],
        flag=[("yes", "no")[k % 2] for k in range(EVERY)],
    ).competition
    given = read_given(tmp_path / "test.csv", competition)
    np.testing.assert_array_equal(given.X, competition.X_test)
    given = read_given(tmp_path / "train.csv", competition)
    np.testing.assert_array_equal(given.X, competition.X)


def test_gaps_need_to_be_allowed(tmp_path: Path) -> None:
    description = made(tmp_path, ["-" if k == 2 else f"{v:,}" for k, v in enumerate(VALUES)])
    spec = description.path.read_text()
    description.path.write_text(spec.replace("missing = true\n", ""))
    with pytest.raises(FaultsError, match=r"row 3: column 'odd': '-' holds no value"):
        find(tmp_path)


def test_without_header_columns_are_met_by_place(tmp_path: Path) -> None:
    plain = np.random.default_rng(1).normal(size=EVERY)
    frame = pl.DataFrame({"0": plain, "1": [f"{v:,.2f}" for v in VALUES], "2": [1, 2] * 40})
    frame[:ROWS].write_csv(tmp_path / "train.csv", include_header=False)
    frame[ROWS:].drop("2").write_csv(tmp_path / "test.csv", include_header=False)
    competition = describe(tmp_path, {"label": "2"}).competition
    np.testing.assert_array_equal(column(competition, "1"), VALUES.astype(np.float32))
    given = read_given(tmp_path / "test.csv", competition)
    np.testing.assert_array_equal(given.X, competition.X_test)


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.floats(-1e6, 1e6).map(lambda v: round(v, 2)), min_size=EVERY, max_size=EVERY),
    st.sampled_from([lambda v: f"{v:,.2f}", continental, lambda v: f"{v:,.2f} kg"]),
)
def test_any_numbers_come_back(
    tmp_path_factory: pytest.TempPathFactory, values: list[float], write: Callable[[float], str]
) -> None:
    values[0] = 1234567.5  # what tells commas from points
    folder = tmp_path_factory.mktemp("numbers")
    competition = made(folder, [write(v) for v in values]).competition
    np.testing.assert_array_equal(column(competition), np.array(values, dtype=np.float32))


def test_the_description_is_written_and_read_back(tmp_path: Path) -> None:
    made(tmp_path, [continental(v) for v in VALUES], when=[m.isoformat() for m in MOMENTS])
    text = (tmp_path / SPEC).read_text()
    for line in ('numbers = ["odd"]', 'dates = ["when"]', 'decimal = ","'):
        assert line in text


@pytest.mark.parametrize(
    "line", ['decimal = ";"', 'date_order = "first"', 'dates = "odd"', 'text = ["odd"]']
)
def test_faults_of_the_description_are_named(line: str, tmp_path: Path) -> None:
    description = made(tmp_path, [f"{v:,}" for v in VALUES])
    spec = description.path.read_text()
    description.path.write_text(spec.replace("[columns]\n", f"[columns]\n{line}\n"))
    with pytest.raises(DataError, match=line.partition(" ")[0]):
        find(tmp_path)


def test_drop_goes_before_all_else(tmp_path: Path) -> None:
    description = made(tmp_path, [m.isoformat() for m in MOMENTS], price=[f"{v:,}" for v in VALUES])
    spec = description.path.read_text()
    assert spec.count("[columns]\n") == 1
    drop = 'drop = ["odd.month", "price"]'
    description.path.write_text(spec.replace("[columns]\n", f"[columns]\n{drop}\n"))
    competition = find(tmp_path)
    assert "odd.day" in competition.columns
    assert not {"odd.month", "price"} & set(competition.columns)
    description.path.write_text(spec.replace("[columns]\n", '[columns]\ndrop = ["odd"]\n'))
    assert find(tmp_path).columns == ("plain", "price")


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_of_npy_only_what_holds_more_than_float32_is_read_again(kind: type, tmp_path: Path) -> None:
    X = np.column_stack([VALUES, 1_600_000_000 + np.arange(EVERY)])[:ROWS].astype(kind)
    np.save(tmp_path / "X_train.npy", X)
    np.save(tmp_path / "y_train.npy", np.arange(ROWS) % 2)
    competition = describe(tmp_path).competition
    assert bool(competition.readings) == (kind is np.float64)


def test_a_year_alone_among_dates_is_its_first_day(tmp_path: Path) -> None:
    cells = [str(m.year) if k % 4 == 1 else m.isoformat() for k, m in enumerate(MOMENTS)]
    competition = made(tmp_path, list(cells)).competition
    wanted = [1 if k % 4 == 1 else m.day for k, m in enumerate(MOMENTS)]
    np.testing.assert_array_equal(column(competition, "odd.day"), wanted)
