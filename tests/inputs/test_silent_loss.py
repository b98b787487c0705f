"""No conversion loses what the files hold: large offsets, tiny numbers, booleans, codes."""

from __future__ import annotations

import datetime
from pathlib import Path

import polars as pl
import pytest
from corpus import Case, Corpus, judge
from made import Made, Truth, make

CASES = Corpus()
NUMBERS = ("x1", "x2", "x3")


def _at(to: Path, change: object) -> Truth:
    """Column x1 written anew out of its number, which alone tells the classes apart."""
    made = make(key=True).cells("x1", lambda cell, _: change(float(cell)))  # type: ignore[operator]
    return made.write(to, made.labels())  # type: ignore[return-value]


def _parquet(to: Path, made: Made, truth: Truth, **casts: object) -> Truth:
    """Both files as Parquet; the sample stays a CSV, as hosts give it."""
    made.write(to, truth)
    for name, part in (("train", made.train), ("test", made.test)):
        (to / f"{name}.csv").unlink()
        frame = pl.DataFrame(part)
        given = {c: change for c, change in casts.items() if c in part}
        plain = [c for c in NUMBERS if c in part and c not in given]
        frame = frame.with_columns(pl.col(plain).cast(pl.Float64))
        for column, change in given.items():
            frame = frame.with_columns(
                pl.col(column).cast(change) if _is_type(change) else change(pl.col(column))
            )
        frame.write_parquet(to / f"{name}.parquet")
    return truth


def _is_type(change: object) -> bool:
    return isinstance(change, pl.DataType) or (
        isinstance(change, type) and issubclass(change, pl.DataType)
    )


@CASES.right()
def milliseconds_since_1970(to: Path) -> Truth:
    return _at(to, lambda v: str(1_600_000_000_000 + int(v * 1000)))


@CASES.right()
def a_large_offset_with_small_differences(to: Path) -> Truth:
    return _at(to, lambda v: f"{1e9 + v / 100:.4f}")


@CASES.right()
def northings_in_metres(to: Path) -> Truth:
    return _at(to, lambda v: f"{5_812_345 + v / 40:.4f}")


@CASES.right()
def pressures_in_pascal(to: Path) -> Truth:
    return _at(to, lambda v: f"{101_325 + v / 2000:.6f}")


@CASES.right()
def counters_beyond_24_bits(to: Path) -> Truth:
    return _at(to, lambda v: str(2_147_483_648 + round(v * 4) * 3 + int(v * 7919) % 3))


@CASES.right()
def nanoseconds_of_19_digits(to: Path) -> Truth:
    return _at(to, lambda v: str(1_600_000_000_000_000_000 + int(v * 1e9)))


@CASES.either(r"\bx1\b")
def numbers_below_float32(to: Path) -> Truth:
    return _at(to, lambda v: f"{(v + 10) * 1e-50:.6e}")


@CASES.either(r"\bx1\b")
def numbers_above_float32(to: Path) -> Truth:
    return _at(to, lambda v: f"{(v + 10) * 1e60:.6e}")


@CASES.either(r"\bx1\b", dropped=r"\bx1\b")
def codes_whose_zeros_count(to: Path) -> Truth:
    """`1`, `01` and `001` are three categories, one number."""
    made = make()
    codes = dict(zip(made.classes, ("1", "01", "001"), strict=True))
    made.train = {"id": made.train["id"], "x1": [codes[c] for c in made.y], "target": made.y}
    made.train["x2"] = [f"{i * 7919 % 1000}" for i in range(150)]
    made.test = {"id": made.test["id"], "x1": [codes[c] for c in made.answers]}
    made.test["x2"] = [f"{i * 7907 % 1000}" for i in range(60)]
    return made.write(to, made.labels())


@CASES.right()
def labels_that_were_made_floats(to: Path) -> Truth:
    """1.0, 2.0, 3.0 in the training file, 1, 2, 3 in the sample."""
    made = make(("1", "2", "3"))
    truth = made.labels()
    made.train["target"] = [f"{c}.0" for c in made.train["target"]]
    return made.write(to, truth)


@CASES.right()
def labels_that_are_floats_for_columns(to: Path) -> Truth:
    made = make(("0", "1", "2"))
    truth = made.proba("Class_")
    made.train["target"] = [f"{c}.0" for c in made.train["target"]]
    return made.write(to, truth)


@CASES.right()
def labels_with_leading_zeros(to: Path) -> Truth:
    made = make(("01", "02", "10"))
    return made.write(to, made.labels())


@CASES.right()
def labels_like_exponents(to: Path) -> Truth:
    made = make(("1e1", "1e2", "2e1"))
    return made.write(to, made.labels())


@CASES.right()
def capital_booleans_as_labels(to: Path) -> Truth:
    made = make(("FALSE", "TRUE"))
    return made.write(to, made.labels())


@CASES.either(r"target|sample_submission")
def boolean_labels_for_a_sample_of_ones(to: Path) -> Truth:
    made = make(("0", "1"))
    truth = made.labels()
    made.train["target"] = ["True" if c == "1" else "False" for c in made.train["target"]]
    return made.write(to, truth)


@CASES.right()
def parquet_booleans_as_features(to: Path) -> Truth:
    made = make(("a", "b"), key=True)
    return _parquet(to, made, made.labels(), x1=lambda c: c.cast(pl.Float64) > 2.5)


@CASES.right()
def parquet_booleans_as_labels_for_class_columns(to: Path) -> Truth:
    made = make(("False", "True"))
    return _parquet(to, made, made.proba(), target=lambda c: c == "True")


@CASES.right()
def parquet_integers_as_labels(to: Path) -> Truth:
    made = make(("3", "5", "8"))
    return _parquet(to, made, made.labels(), target=pl.Int8, id=pl.UInt32)


@CASES.right()
def parquet_floats_as_labels(to: Path) -> Truth:
    made = make(("3", "5", "8"))
    return _parquet(to, made, made.labels(), target=pl.Float64, id=pl.Int32)


@CASES.right()
def parquet_categoricals(to: Path) -> Truth:
    made = make(("a", "b"), key=True).cells("x1", lambda cell, _: "LR"[float(cell) > 2.5])
    return _parquet(to, made, made.labels(), x1=pl.Categorical, target=pl.Categorical)


@CASES.right()
def parquet_decimals(to: Path) -> Truth:
    made = make(key=True)
    return _parquet(to, made, made.labels(), x1=pl.Decimal(18, 4))


@CASES.either(r"\bx1\b", dropped=r"\bx1\b")
def parquet_moments(to: Path) -> Truth:
    made = make(key=True)
    start = datetime.datetime(2020, 1, 1)

    def moment(column: pl.Expr) -> pl.Expr:
        return pl.lit(start) + pl.duration(seconds=(column.cast(pl.Float64) * 3600).cast(pl.Int64))

    return _parquet(to, made, made.labels(), x1=moment)


@CASES.right()
def parquet_large_integers(to: Path) -> Truth:
    made = make(key=True).cells("x1", lambda c, _: str(2**62 + int(float(c) * 2**50)))
    return _parquet(to, made, made.labels(), x1=pl.Int64)


@CASES.right()
def parquet_halves_and_singles(to: Path) -> Truth:
    made = make()
    return _parquet(to, made, made.proba(), x1=pl.Float32, x2=pl.Float32)


@pytest.mark.parametrize("case", CASES.parameters())
def test_silent_loss(case: Case) -> None:
    verdict = judge(case)
    assert verdict.outcome in case.allowed, verdict.why
