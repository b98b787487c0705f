"""Names that would steer the terminal, turn the text round or break the line: shown by their codes.

Every text that comes from data passes one place on its way to the terminal; what is written into
files for people is plain too.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest
from standins import Run, add
from worlds import draw

from harness.competition import Competition
from harness.competitions._find import find
from harness.printable import for_json, message, one_line, printable, shortened

ODD = {
    "colour": "\x1b[31mred",
    "screen": "\x1b[2J\x1b[H",
    "title": "\x1b]0;owned\x07",
    "bell": "ring\x07",
    "back": "abc\x08\x08\x08xyz",
    "return": "good\rbad",
    "csi": "\x9b31mred",
    "bidi": "abc\u202egnp.exe",
    "isolate": "\u2066abc\u2069",
    "separator": "one\u2028two",
    "invisible": "zero\u200bwidth",
    "tag": "flag\U000e0041",
    "line": "one\nerror: two",
}
# Of a file's name on this system too.
BYTES = {"surrogate": "caf\udce9"}
SHOWN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u2028-\u202e\u2066-\u2069\U000e0041]")


def clean(text: str) -> bool:
    return not SHOWN.search(text) and "\nerror: two" not in text


@pytest.mark.parametrize("text", [*ODD.values(), *BYTES.values()], ids=[*ODD, *BYTES])
def test_what_does_not_print_is_shown_by_its_code(text: str) -> None:
    shown = one_line(text)
    assert shown.isprintable()
    assert "\\" in shown
    assert printable(shown) == shown
    shown.encode("utf-8")


@pytest.mark.parametrize(
    "text", ["Größe", "東京　都", "नमस्ते", "a\u200db", "🎸", "12\xa0000", "e\u0301"]
)
def test_ordinary_writing_of_any_language_is_left(text: str) -> None:
    assert one_line(text) == text


@pytest.mark.parametrize("text", [*ODD.values(), *BYTES.values()], ids=[*ODD, *BYTES])
def test_json_says_the_same_in_its_own_escapes(text: str) -> None:
    written = for_json(json.dumps({"name": text}, ensure_ascii=False))
    assert printable(written) == written
    assert json.loads(written) == {"name": text}


def test_a_message_has_no_line_but_its_own() -> None:
    told = message("a\nerror: b: is wrong\n  - first\n  take it out")
    assert told == "a\\nerror: b: is wrong\n  - first\n  take it out"


@pytest.mark.parametrize(
    "text", ["/tmp/" + "deep/" * 1000 + "x.csv", "word " * 1000, "x" * 100_000]
)
def test_what_is_long_is_cut_in_the_middle(text: str) -> None:
    told = message(f"{text}: doesn't exist\n  check the path")
    assert len(told) < 2100
    assert "..." in told
    assert told.startswith(text[:50])
    assert told.endswith("doesn't exist\n  check the path")


def test_the_shortened_has_its_length() -> None:
    assert [len(shortened("x" * n, 10)) for n in (9, 10, 11, 500)] == [9, 10, 10, 10]


def _write(folder: Path, text: str, *, where: str) -> Path:
    """A competition with `text` as a name in one place."""
    folder.mkdir()
    X, y = draw(60, 0)
    names = {k: f"plain{k}" for k in range(6)} | ({2: text} if where == "column" else {})
    classes = ["Rock", "Jazz", text if where == "class" else "Rap"]
    ids = [f"i{k}" for k in range(60)]
    if where == "id":
        ids[3] = text

    def cell(name: str) -> str:
        return '"' + name.replace('"', '""') + '"'

    lines = [",".join(["id", *map(cell, names.values()), "genre"])]
    lines += [
        ",".join([cell(ids[k]), *(f"{v:.4f}" for v in X[k]), cell(classes[y[k]])])
        for k in range(60)
    ]
    (folder / "train.csv").write_text("\n".join([*lines, ""]), newline="")
    lines = [line.rpartition(",")[0] for line in lines[:31]]
    if where == "class":
        lines = [line.rpartition(',"')[0] if ',"' in line[5:] else line for line in lines]
        head = ",".join(["id", *map(cell, names.values())])
        lines = [head] + [",".join([cell(ids[k]), *(f"{v:.4f}" for v in X[k])]) for k in range(30)]
    (folder / "test.csv").write_text("\n".join([*lines, ""]), newline="")
    return folder


COMMANDS: list[list[str]] = [
    ["new", "data"],
    ["check"],
    ["fit", "--model", "prior", "--no-calibrate"],
    ["entries"],
    ["report"],
    ["submit"],
    ["check-submission", "out.csv"],
    ["predict", "--rows", "data/test.csv"],
    ["entries", "--json"],
]


@pytest.mark.parametrize("where", ["column", "class", "id"])
@pytest.mark.parametrize("kind", ODD)
def test_no_name_in_the_tables_reaches_the_terminal_as_it_is(
    run: Run, tmp_path: Path, where: str, kind: str
) -> None:
    _write(tmp_path / "data", ODD[kind], where=where)
    (tmp_path / "out.csv").write_text(f"id,{ODD[kind]}\n1,{ODD[kind]}\n", newline="")
    for command in COMMANDS:
        _, out, err = run(*command)
        assert clean(out), command
        assert clean(err), command
        assert "fault of harness" not in err, command
    for page in Path("submissions").rglob("*.md"):
        assert clean(page.read_text(encoding="utf-8")), page


@pytest.mark.skipif(os.name != "posix", reason="names of files are stricter here")
@pytest.mark.parametrize("kind", [*ODD, *BYTES])
def test_no_file_s_name_reaches_the_terminal_as_it_is(run: Run, tmp_path: Path, kind: str) -> None:
    text = (ODD | BYTES)[kind]
    data = _write(tmp_path / f"data {text}", "x", where="column")
    (data / "train.csv").rename(data / f"train {text}.csv")
    Path(f"sub {text}.csv").write_text("id\n1\n")
    for command in (
        ["new", str(data)],
        ["fit", "--model", "prior", "--no-calibrate", "--data", str(data)],
        ["entries", "--data", str(data)],
        ["check-submission", f"sub {text}.csv", "--data", str(data)],
        ["grade", f"sub {text}.csv", "--data", str(data)],
        ["submit", "--entry", text],
        ["submit", "--out", f"{text}.csv", "--data", str(data)],
        ["fit", "--model", text],
        ["fit", "--set", text],
        [text],
        ["entries", "--data", text],
        ["entries", "--posted", text, text],
        ["predict", f"{text}.wav"],
        ["extract", text, "--out", "out"],
    ):
        _, out, err = run(*command)
        assert clean(out), command
        assert clean(err), command
        assert "fault of harness" not in err, command


@pytest.mark.skipif(os.name != "posix", reason="names of files are stricter here")
@pytest.mark.parametrize("kind", [*ODD, *BYTES])
def test_no_entry_s_name_or_receipt_reaches_the_terminal_as_it_is(
    run: Run, world: Competition, kind: str
) -> None:
    text = (ODD | BYTES)[kind]
    told = text if kind != "surrogate" else "x"
    entry = add(world, "logistic", 1.0, parameters={told: told}, notes=[told])
    entry.path.rename(entry.path.with_name(f"b{text}"))
    broken = add(world, "svm", 1.0)
    broken.path.rename(broken.path.with_name(f"c{text}"))
    (broken.path.with_name(f"c{text}") / "receipt.json").write_text("{")
    for command in (["entries"], ["report"], ["submit"], ["blend", f"b{text}"], ["verify", text]):
        _, out, err = run(*command)
        assert clean(out), command
        assert clean(err), command
        assert "fault of harness" not in err, command


def test_a_path_of_five_thousand_characters_is_told_short(run: Run, world: Competition) -> None:
    long = "/".join(["deep" * 20] * 60)
    for command in (
        ["entries", "--data", long],
        ["new", long],
        ["grade", long],
        ["submit", "--out", long],
        ["fit", "--train", long, "--labels", long],
        ["predict", long],
        ["extract", long, "--out", "o"],
        ["weights", "musicnn", "--from", long],
        ["check-submission", long],
        ["fit", "--model", "x" * 5000],
    ):
        code, _, err = run(*command)
        assert code in (1, 2)
        assert "fault of harness" not in err
        assert max(map(len, err.splitlines())) < 1500, command


def test_rich_s_own_colours_survive(capsys: pytest.CaptureFixture[str]) -> None:
    from rich.table import Table
    from rich.text import Text

    from harness.cli import _console

    table = Table(title="\x1b[2Jt")
    table.add_column("\x1b[31mhead")
    table.add_row("a\nb\x07")
    table.add_row(Text("good", style="bold red"))
    with _console.clean_streams():
        screen = _console.console()
        screen._force_terminal = True
        screen._color_system = screen._color_system or 1  # type: ignore[assignment]
        screen.print(table)
    out = capsys.readouterr().out
    assert "\\x1b[31mhead" in out
    assert "\x1b[31mhead" not in out
    assert "\x1b[2J" not in out
    assert "a\\nb\\x07" in out
    assert "good" in out


def test_what_was_fitted_is_found_under_odd_classes(tmp_path: Path) -> None:
    """The names themselves are kept as they are: only their showing changes."""
    _write(tmp_path / "data", "a\x1bb", where="class")
    from harness.competitions._new import describe

    describe(tmp_path / "data")
    assert "a\x1bb" in find(tmp_path / "data").classes
