"""Row identity is carried: each test row keeps its own id, as its file writes it."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from corpus import Case, Corpus, judge
from made import Truth, make, order, put, shuffled

CASES = Corpus()


@CASES.right()
def a_train_id_is_missing(to: Path) -> Truth:
    made = make().name_ids([str(i) if i != 7 else "" for i in range(150)], _far())
    return made.write(to, made.labels())


@CASES.right()
def train_ids_are_all_zero(to: Path) -> Truth:
    made = make().name_ids(["0"] * 150, _far())
    return made.write(to, made.proba())


@CASES.right()
def text_ids_of_test_where_train_has_one_thrice(to: Path) -> Truth:
    ids = [f"T-{i:03d}" for i in range(148)] + ["T-000", "T-000"]
    made = make().name_ids(ids, [f"T-{i:03d}" for i in _far_numbers()])
    return made.write(to, made.labels())


@CASES.right()
def eighteen_digits(to: Path) -> Truth:
    made = make().name_ids(
        [str(710_000_000_000_000_001 + i) for i in range(150)],
        [str(710_000_000_000_001_001 + i) for i in shuffled(60)],
    )
    return made.write(to, made.labels())


@CASES.right()
def twenty_digits_beyond_64_bits(to: Path) -> Truth:
    made = make().name_ids(
        [str(98_765_432_109_876_543_210 + i) for i in range(150)],
        [str(98_765_432_109_876_544_210 + i) for i in shuffled(60)],
    )
    return made.write(to, made.proba())


@CASES.right()
def hexadecimal_ids_some_like_floats(to: Path) -> Truth:
    """12e7 and 1e10 among them: text, whatever they look like."""
    test = [f"{i:02d}e{i % 9}" for i in range(60)]
    made = make().name_ids([f"{i:04x}" for i in range(150)], [test[i] for i in shuffled(60)])
    return made.write(to, made.labels())


@CASES.right()
def ids_that_are_all_like_floats(to: Path) -> Truth:
    made = make().name_ids([f"{i}e1" for i in range(150)], [f"{i}e2" for i in shuffled(60)])
    return made.write(to, made.labels())


@CASES.right()
def leading_zeros(to: Path) -> Truth:
    made = make().name_ids(
        [f"{i:05d}" for i in range(150)], [f"{i + 150:05d}" for i in shuffled(60)]
    )
    return made.write(to, made.proba())


@CASES.right()
def train_ids_are_floats(to: Path) -> Truth:
    made = make().name_ids([f"{i}.0" for i in range(150)], [str(i + 150) for i in shuffled(60)])
    return made.write(to, made.labels())


@CASES.right()
def negative_hashes(to: Path) -> Truth:
    numbers = [(-1) ** i * (4_611_686_018_427_387_904 + 97 * i) for i in range(210)]
    made = make().name_ids([str(n) for n in numbers[:150]], [str(n) for n in numbers[150:]])
    return made.write(to, made.labels())


@CASES.right()
def uuids(to: Path) -> Truth:
    ids = [f"{i * 2654435761 % 2**32:08x}-4f1c-4e7a-9b2d-{i:012x}" for i in range(210)]
    made = make(id="uuid").name_ids(ids[:150], ids[150:])
    return made.write(to, made.proba())


@CASES.right()
def ids_with_commas_and_slashes(to: Path) -> Truth:
    ids = [f"img/{i % 7}/Smith, J. {i}.jpg" for i in range(210)]
    made = make(id="file").name_ids(ids[:150], ids[150:])
    return made.write(to, made.labels())


@CASES.right()
def dates_as_ids(to: Path) -> Truth:
    days = [f"{2010 + i // 336}-{i // 28 % 12 + 1:02d}-{i % 28 + 1:02d}" for i in range(420)]
    made = make(id="date").name_ids(days[:150], [days[i + 300] for i in shuffled(60)])
    return made.write(to, made.labels())


@CASES.right()
def moments_as_ids(to: Path) -> Truth:
    at = [f"2021-03-{i // 24 + 1:02d} {i % 24:02d}:00:00" for i in range(210)]
    made = make(id="time").name_ids(at[:150], at[150:])
    return made.write(to, made.proba())


@CASES.refused(r"test\.csv.*\b170\b|\b170\b.*test\.csv|twice.*\b170\b|\b170\b.*twice")
def a_test_id_twice(to: Path) -> None:
    made = make()
    made.test["id"][3] = made.test["id"][20]
    made.labels()
    made.write(to)


@CASES.refused(r"sample_submission\.csv")
def the_sample_has_other_ids(to: Path) -> None:
    made = make()
    made.labels()
    made.sample["id"] = [str(9000 + i) for i in range(60)]
    made.write(to)


@CASES.either(r"sample_submission\.csv")
def the_sample_s_ids_have_a_prefix(to: Path) -> Truth:
    """`ID_150` for the test file's 150: translated in place, or asked about."""
    made = make()
    truth = made.labels()
    made.sample["id"] = truth.ids = [f"ID_{i}" for i in made.sample["id"]]
    return made.write(to, truth)


@CASES.right()
def the_sample_is_reversed_and_the_test_shuffled(to: Path) -> Truth:
    made = make()
    rows = shuffled(60)
    made.test, made.answers = order(made.test, rows), [made.answers[row] for row in rows]
    truth = made.labels()
    back = sorted(range(60), key=lambda row: -int(made.test["id"][row]))
    made.sample = order(made.sample, back)
    truth.ids, truth.answers = made.sample["id"], [truth.answers[row] for row in back]
    return made.write(to, truth)


@CASES.right()
def the_sample_names_the_second_of_two_identities(to: Path) -> Truth:
    made = make(id="customer").name_ids(
        [f"C{i * 37 % 1009:04d}" for i in range(150)], [f"C{i * 41 % 997 + 2000}" for i in _sixty()]
    )
    made.train = {"row": [str(i) for i in range(150)], **made.train}
    made.test = {"row": [str(i) for i in range(60)], **made.test}
    return made.write(to, made.labels())


@CASES.right()
def the_id_is_the_last_column(to: Path) -> Truth:
    made = make()
    truth = made.proba()
    made.train["id"], made.test["id"] = made.train.pop("id"), made.test.pop("id")
    return made.write(to, truth)


@CASES.right()
def the_id_is_called_unnamed(to: Path) -> Truth:
    made = make(id="Unnamed: 0")
    return made.write(to, made.labels())


@CASES.right()
def both_files_count_from_zero(to: Path) -> Truth:
    made = make().name_ids([str(i) for i in range(150)], [str(i) for i in shuffled(60)])
    return made.write(to, made.labels())


@CASES.either(r"id|ID|Id")
def the_id_s_name_in_three_spellings(to: Path) -> Truth:
    made = make()
    truth = made.labels()
    made.train = {"Id": made.train.pop("id"), **made.train}
    made.sample = {"ID": made.sample["id"], "target": made.sample["target"]}
    truth.header = ["ID", "target"]
    return made.write(to, truth)


@CASES.either(r"A150|space|sample_submission")
def ids_with_a_space_behind_in_the_test_file(to: Path) -> Truth:
    made = make().name_ids([f"A{i}" for i in range(150)], [f"A{i}" for i in range(150, 210)])
    truth = made.labels()
    made.test["id"] = [f"{i} " for i in made.test["id"]]
    return made.write(to, truth)


@CASES.right()
def labels_in_a_file_of_their_own_in_another_order(to: Path) -> Truth:
    made = make()
    truth = made.labels()
    own = order({"id": made.train["id"], "target": made.train.pop("target")}, shuffled(150))
    made.write(to, truth)
    put(to / "train_labels.csv", own)
    return truth


@CASES.either(r"labels\.csv|149|missing|\b77\b")
def a_label_file_that_lacks_a_row(to: Path) -> Truth:
    made = make()
    truth = made.labels()
    own = {"id": list(made.train["id"]), "target": made.train.pop("target")}
    del own["id"][77], own["target"][77]
    made.write(to, truth)
    put(to / "train_labels.csv", own)
    return truth


@CASES.right()
def parquet_ids_that_were_made_floats(to: Path) -> Truth:
    """A frame with a hole in its ids once: 150.0 in the test file, 150 in the sample."""
    made = make()
    truth = made.labels()
    made.write(to, truth)
    for name, part in (("train", made.train), ("test", made.test)):
        (to / f"{name}.csv").unlink()
        frame = pl.DataFrame(part).with_columns(pl.col("id", "x1", "x2", "x3").cast(pl.Float64))
        frame.write_parquet(to / f"{name}.parquet")
    return truth


@CASES.right()
def parquet_s_64_bit_ids(to: Path) -> Truth:
    made = make().name_ids(
        [str(9_007_199_254_740_993 + 2 * i) for i in range(150)],
        [str(9_007_199_254_750_993 + 2 * i) for i in shuffled(60)],
    )
    truth = made.labels()
    made.write(to, truth)
    for name, part in (("train", made.train), ("test", made.test)):
        (to / f"{name}.csv").unlink()
        frame = pl.DataFrame(part).with_columns(
            pl.col("id").cast(pl.Int64), pl.col("x1", "x2", "x3").cast(pl.Float64)
        )
        frame.write_parquet(to / f"{name}.parquet")
    return truth


def _sixty() -> range:
    return range(60)


def _far_numbers() -> list[int]:
    return [500 + 7 * i for i in shuffled(60)]


def _far() -> list[str]:
    return [str(i) for i in _far_numbers()]


@pytest.mark.parametrize("case", CASES.parameters())
def test_row_identity(case: Case) -> None:
    verdict = judge(case)
    assert verdict.outcome in case.allowed, verdict.why
