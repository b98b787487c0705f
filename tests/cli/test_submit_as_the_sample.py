"""From files to a submission that the organisers' sample could have been: the commands."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pytest

from harness.cli.app import main
from harness.competitions._find import find
from harness.submission import examine

CLASSES = ("dog", "cat")
FAR = 4.0


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as raised:
        main([str(argument) for argument in arguments])
    return int(raised.value.code or 0)


def table(path: Path, *rows: list[object]) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    path.write_text(text.getvalue())


@pytest.fixture
def data(tmp_path: Path) -> tuple[Path, dict[str, str]]:
    """Classes far apart, a training id twice, test rows in an order of their own; the truth."""
    random = np.random.default_rng(5)
    path = tmp_path / "data"
    path.mkdir()

    def rows(ids: list[int]) -> list[list[object]]:
        found = []
        for identity in ids:
            k = int(random.integers(2))
            found.append([identity, round(FAR * k + random.normal(), 3), CLASSES[k]])
        return found

    train = rows([7 * i for i in range(60)])
    train[5][0] = train[4][0]
    test = rows([int(i) for i in random.permutation(np.arange(900, 930))])
    table(path / "train.csv", ["id", "x", "kind"], *train)
    table(path / "test.csv", ["id", "x"], *(row[:2] for row in test))
    return path, {str(row[0]): str(row[2]) for row in test}


def submitted(data: Path, out: Path, *options: str) -> list[list[str]]:
    where = ["--submissions", out.parent / "s"]
    assert run("new", data) == 0
    assert run("fit", "--model", "logistic", "--data", data, *where) == 0
    assert run("submit", "--data", data, "--out", out, *where, *options) == 0
    assert run("check-submission", out, data / "sample_submission.csv", "--data", data) == 0
    return list(csv.reader(io.StringIO(out.read_text())))


@pytest.mark.parametrize(
    ("header", "row"),
    [
        (["id", "kind"], ["dog"]),
        (["kind", "id"], ["dog"]),
        (["id", "cat_p", "dog_p"], [0.5, 0.5]),
        (["id", "p_dog"], [0.5]),
        (["id", "kind"], ["dog cat"]),
    ],
)
def test_every_row_gets_its_own_answer(
    data: tuple[Path, dict[str, str]], tmp_path: Path, header: list[str], row: list[object]
) -> None:
    folder, truth = data
    at = header.index("id")
    rows = [[*row[:at], identity, *row[at:]] for identity in sorted(truth)]
    table(folder / "sample_submission.csv", list(header), *rows)
    written, *body = submitted(folder, tmp_path / "out.csv")
    assert written == header
    assert [cells[at] for cells in body] == sorted(truth)
    answers = {cells[at]: _answer(header, cells) for cells in body}
    right = [answers[identity] == kind for identity, kind in truth.items()]
    assert np.mean(right) > 0.85


def _answer(header: list[str], cells: list[str]) -> str:
    if "kind" in header:
        return cells[header.index("kind")].split()[0]
    if "p_dog" in header:
        return "dog" if float(cells[1]) > 0.5 else "cat"
    return "cat" if float(cells[1]) > float(cells[2]) else "dog"


def test_a_board_that_cannot_be_written_stops_with_the_reason_and_leaves_no_file(
    data: tuple[Path, dict[str, str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, truth = data
    rows = [[identity, 3] for identity in sorted(truth)]
    table(folder / "sample_submission.csv", ["id", "kind"], *rows)
    where = ["--data", folder, "--submissions", tmp_path / "s"]
    assert run("new", folder) == 0
    said = "".join(capsys.readouterr())
    assert said.count("CAN'T BE WRITTEN") == said.count("its column 'kind' holds 3") == 1
    assert run("fit", "--model", "prior", *where) == 0
    assert "its column 'kind' holds 3" not in "".join(capsys.readouterr())
    assert run("submit", *where, "--out", tmp_path / "out.csv") == 1
    error = capsys.readouterr().err
    assert error.count("no submission can be written: its column 'kind' holds 3") == 1
    assert not (tmp_path / "out.csv").exists()
    # The next step: its format, said by hand.
    spec = folder / "competition.toml"
    lines = [line for line in spec.read_text().splitlines() if "unwritable" not in line]
    lines = ['label = "kind"\nspelling = ["3", "4"]' if "metric" in x else x for x in lines]
    text = "\n".join(lines).replace("[[leaderboards]]", '[[leaderboards]]\nmetric = "accuracy"')
    spec.write_text(text)
    assert run("submit", *where, "--out", tmp_path / "out.csv") == 0
    board = find(folder).board("accuracy")
    assert not examine(tmp_path / "out.csv", find(folder), board).refused


def test_a_sample_of_other_rows_is_said_at_new_and_at_submit(
    data: tuple[Path, dict[str, str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, truth = data
    rows = [[identity, "cat"] for identity in [*sorted(truth)[1:], "another"]]
    table(folder / "sample_submission.csv", ["id", "kind"], *rows)
    where = ["--data", folder, "--submissions", tmp_path / "s"]
    counted = []
    for line in (
        ["new", folder],
        ["fit", "--model", "prior", *where],
        ["submit", *where, "--out", tmp_path / "out.csv"],
    ):
        assert run(*line) == (line[0] == "submit")
        counted.append("".join(capsys.readouterr()).count("not in the test file: another"))
    assert counted == [1, 0, 1]


def test_several_leaderboards_are_submitted_to_by_name(
    data: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    folder, truth = data
    ids = sorted(truth)
    table(folder / "sample_submission.csv", ["id", "kind"], *([i, "dog"] for i in ids))
    table(folder / "sample_submission_2.csv", ["id", "p_dog"], *([i, 0.5] for i in ids))
    out = tmp_path / "out.csv"
    assert submitted(folder, out, "--metric", "accuracy")[0] == ["id", "kind"]
    where = ["--data", folder, "--submissions", tmp_path / "s"]
    assert run("submit", "--out", tmp_path / "p.csv", *where) == 0
    assert (tmp_path / "p.csv").read_text().startswith("id,p_dog\n")
