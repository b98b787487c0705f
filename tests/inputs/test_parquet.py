"""Columns of Parquet that are neither numbers nor text, and files that are copied or damaged."""

from __future__ import annotations

import io
from pathlib import Path

import polars as pl
import pytest
from corpus import Case, Corpus, judge
from made import Made, Truth, make, typed_rows

CASES = Corpus()


@CASES.either(r"train")
def a_csv_and_its_parquet_copy(to: Path) -> Truth:
    made = make()
    pl.DataFrame(typed_rows(made.train)).write_parquet(_folder(to) / "train.parquet")
    return made.write(to, made.labels())


def _way_out(column: str) -> tuple[tuple[str, object], ...]:
    """What a message may propose for a column that holds neither numbers nor text."""

    def described(data: Path) -> bool:
        path = data / "competition.toml"
        before = path.read_text(encoding="utf-8")
        line = f'[columns]\ndrop = ["{column}"]\n'
        if "[columns]" in before:
            path.write_text(before.replace("[columns]\n", line), encoding="utf-8")
        else:
            path.write_text(f"{before}\n{line}", encoding="utf-8")
        return True

    def rewritten(data: Path) -> None:
        for name in ("train", "test"):
            frame = pl.read_parquet(data / f"{name}.parquet")
            frame.drop(column).write_parquet(data / f"{name}.parquet")

    named = rf"\b{column}\b.*"
    return (
        (named + "--drop", ("--drop", column)),
        (named + r"\[columns\]|`drop`", described),
        (named + "(?:without|write|leave it out|turn it|remove)", rewritten),
    )


@CASES.right(steps=_way_out("embedding"))
def a_list_column(to: Path) -> Truth:
    made = make()
    return _with_column(to, made, "embedding", lambda row: [float(row), 1.0, row / 3])


@CASES.right(steps=_way_out("thumb"))
def a_binary_column(to: Path) -> Truth:
    made = make()
    return _with_column(to, made, "thumb", lambda row: bytes([row % 200, 0, 255]))


@CASES.right(steps=_way_out("place"))
def a_struct_column(to: Path) -> Truth:
    made = make()
    return _with_column(to, made, "place", lambda row: {"lat": row / 9, "lon": row / 7})


def _with_column(to: Path, made: Made, column: str, value: object) -> Truth:
    made.write(to, truth := made.labels())
    for name, part in (("train", made.train), ("test", made.test)):
        (to / f"{name}.csv").unlink()
        more = [{**r, column: value(i)} for i, r in enumerate(typed_rows(part))]  # type: ignore[operator]
        pl.DataFrame(more).write_parquet(to / f"{name}.parquet")
    return truth


@CASES.refused(r"test\.parquet|test")
def a_parquet_file_cut_short(to: Path) -> None:
    made = make()
    made.write(to, made.labels())
    (to / "test.csv").unlink()
    out = io.BytesIO()
    pl.DataFrame(typed_rows(made.test)).write_parquet(out)
    (to / "test.parquet").write_bytes(out.getvalue()[:-200])


@CASES.right()
def an_index_under_a_name(to: Path) -> Truth:
    """What pandas leaves of an index: `__index_level_0__`, its numbers in the order of classes."""
    made = make()
    rows = sorted(range(150), key=lambda row: made.y[row])
    made.train = {name: [cells[row] for row in rows] for name, cells in made.train.items()}
    del made.train["id"]
    truth = made.labels()
    made.write(to, truth)
    for name, part in (("train", made.train), ("test", made.test)):
        (to / f"{name}.csv").unlink()
        frame = pl.DataFrame(typed_rows(part))
        level = pl.int_range(frame.height).alias("__index_level_0__")
        frame.with_columns(level).write_parquet(to / f"{name}.parquet")
    return truth


@CASES.right(steps=_way_out("lasted"))
def a_duration_column(to: Path) -> Truth:
    made = make()
    made.write(to, truth := made.labels())
    for name, part in (("train", made.train), ("test", made.test)):
        (to / f"{name}.csv").unlink()
        frame = pl.DataFrame(typed_rows(part))
        lasted = pl.duration(seconds=pl.int_range(frame.height)).alias("lasted")
        frame.with_columns(lasted).write_parquet(to / f"{name}.parquet")
    return truth


@CASES.right()
def a_column_of_nulls_alone(to: Path) -> Truth:
    made = make()
    made.write(to, truth := made.labels())
    for name, part in (("train", made.train), ("test", made.test)):
        (to / f"{name}.csv").unlink()
        frame = pl.DataFrame(typed_rows(part))
        frame.with_columns(pl.lit(None).alias("spare")).write_parquet(to / f"{name}.parquet")
    return truth


def _folder(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    return path


@pytest.mark.parametrize("case", CASES.parameters())
def test_parquet(case: Case) -> None:
    verdict = judge(case)
    assert verdict.outcome in case.allowed, verdict.why
