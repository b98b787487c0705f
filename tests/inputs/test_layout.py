"""How tables are laid out in their files: read, or blamed on the right file and line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from corpus import Case, Corpus, judge
from made import Truth, make, put, text

CASES = Corpus()
BOTH = ("train.csv", "test.csv")


def _rewritten(
    to: Path, change: Callable[[str], str], names: tuple[str, ...] = BOTH, note: bool = False
) -> Truth:
    made = make()
    truth = made.labels()
    if note:
        for part in (made.train, made.test):
            words = [("calm", "wild")[row % 2] for row in range(len(part["id"]))]
            part["note"] = words
    made.write(to, truth)
    for name in names:
        body = (to / name).read_bytes().decode()
        (to / name).write_bytes(change(body).encode())
    return truth


@CASES.right()
def blank_lines_behind(to: Path) -> Truth:
    return _rewritten(to, lambda t: t + "\n\n\n")


@CASES.right()
def a_byte_order_mark(to: Path) -> Truth:
    return _rewritten(to, lambda t: "\ufeff" + t)


@CASES.either(r"train\.csv.*comma")
def a_comma_behind_every_line(to: Path) -> Truth:
    return _rewritten(to, lambda t: t.replace("\n", ",\n"))


@CASES.either(r"(?i)train\.csv.*(?:line ends|carriage|\\r|CR)")
def carriage_returns_twice(to: Path) -> Truth:
    return _rewritten(to, lambda t: t.replace("\n", "\r\r\n"))


@CASES.either(r"(?i)train\.csv")
def old_mac_line_ends_in_all_files(to: Path) -> Truth:
    return _rewritten(to, lambda t: t.replace("\n", "\r"), (*BOTH, "sample_submission.csv"))


@CASES.right()
def line_breaks_within_quotes(to: Path) -> Truth:
    return _rewritten(to, lambda t: t.replace("wild", '"wild\nand ""free"""'), note=True)


@CASES.either(r"(?i)comment|preamble|no header|above|before the|skip|header is|line 3 ")
def comments_before_the_header(to: Path) -> Truth:
    return _rewritten(to, lambda t: "# made by a logger\n# units: mV, mA\n" + t)


@CASES.either(r"train\.csv")
def a_hash_before_the_header(to: Path) -> Truth:
    return _rewritten(to, lambda t: "# " + t)


@CASES.either(r"test\.csv.*header|header.*test\.csv")
def a_test_file_without_header(to: Path) -> Truth:
    return _rewritten(to, lambda t: t.split("\n", 1)[1], ("test.csv",))


@CASES.either(r"train\.csv.*\b15[12]\b|\b15[12]\b.*train\.csv|Total")
def a_line_of_totals_at_the_end(to: Path) -> Truth:
    return _rewritten(to, lambda t: t + "Total,,,,150\n", ("train.csv",))


@CASES.refused(r"train\.csv.*\b151\b|\b151\b.*train\.csv")
def a_last_line_cut_short(to: Path) -> None:
    _rewritten(to, lambda t: t[:-18], ("train.csv",))


@CASES.either(r"train\.csv.*\b2\b|header")
def the_header_twice_at_the_top(to: Path) -> Truth:
    return _rewritten(to, lambda t: t.split("\n", 1)[0] + "\n" + t)


@CASES.either(r"test\.csv.*\b(?:31|32)\b|\b(?:31|32)\b.*test\.csv|header")
def the_header_again_inside_the_test_file(to: Path) -> Truth:
    def twice(t: str) -> str:
        lines = t.split("\n")
        return "\n".join(lines[:31] + lines[:1] + lines[31:])

    return _rewritten(to, twice, ("test.csv",))


@CASES.refused(r"train\.csv")
def null_bytes(to: Path) -> None:
    _rewritten(to, lambda t: t[:900] + "\0" * 40 + t[940:], ("train.csv",))


@CASES.refused(r"test\.csv.*(?i:empty|no rows|nothing|0 bytes)")
def an_empty_test_file(to: Path) -> None:
    _rewritten(to, lambda t: "", ("test.csv",))


@CASES.refused(r"test\.csv.*(?i:empty|no rows|no row|nothing|header)")
def a_test_file_of_a_header_alone(to: Path) -> None:
    _rewritten(to, lambda t: t.split("\n", 1)[0] + "\n", ("test.csv",))


@CASES.refused(r"train\.csv.*(?i:git.?lfs (?:pointer|file|pull)|pointer)")
def a_pointer_of_git_lfs(to: Path) -> None:
    pointer = (
        "version https://git-lfs.github.com/spec/v1\noid sha256:" + "4d7a" * 16 + "\nsize 9834\n"
    )
    _rewritten(to, lambda t: pointer, ("train.csv",))


@CASES.refused(r"train\.csv.*(?i:json|error|answer|download)")
def an_error_of_an_api(to: Path) -> None:
    answer = '{"code":403,"message":"You must accept this competition\'s rules before downloading"}'
    _rewritten(to, lambda t: answer, ("train.csv",))


@CASES.refused(r"test\.csv.*(?i:web page|html)")
def a_web_page_as_the_test_file(to: Path) -> None:
    page = "<!DOCTYPE html>\n<html><head><title>Sign in</title></head>\n<body>a,b</body></html>\n"
    _rewritten(to, lambda t: page, ("test.csv",))


@CASES.right()
def columns_of_test_in_another_order(to: Path) -> Truth:
    made = make()
    truth = made.labels()
    made.test = {name: made.test[name] for name in ("x3", "x1", "id", "x2")}
    return made.write(to, truth)


@CASES.either(r"\b[xX]1\b")
def capitals_in_the_test_file_s_header(to: Path) -> Truth:
    return _rewritten(to, lambda t: t.replace("x1", "X1", 1), ("test.csv",))


@CASES.right()
def spaces_behind_the_commas(to: Path) -> Truth:
    return _rewritten(to, lambda t: t.replace(",", ", "))


@CASES.either(r"train\.csv.*(?:folder|directory)|(?:folder|directory).*train\.csv")
def folders_named_as_their_files(to: Path) -> Truth:
    """What a mouse click on Kaggle's archives leaves: train.csv/train.csv."""
    truth = _rewritten(to, lambda t: t)
    for name in BOTH:
        body = (to / name).read_bytes()
        (to / name).unlink()
        (to / name).mkdir()
        (to / name / name).write_bytes(body)
    return truth


@CASES.either(r"(?i)data/competition|competition/|folder")
def files_one_folder_down(to: Path) -> Truth:
    truth = _rewritten(to, lambda t: t)
    (to / "competition").mkdir()
    for path in [p for p in to.iterdir() if p.is_file()]:
        path.rename(to / "competition" / path.name)
    truth.sample = "competition/sample_submission.csv"
    return truth


@CASES.right()
def leftovers_of_a_file_manager(to: Path) -> Truth:
    truth = _rewritten(to, lambda t: t)
    (to / ".DS_Store").write_bytes(b"\0\0\0\1Bud1\0")
    (to / "._train.csv").write_bytes(b"\0\5\x16\7\0\2\0\0Mac OS X")
    (to / "~$train.xlsx").write_bytes(b"\5owner")
    (to / "Thumbs.db").write_bytes(b"\xd0\xcf\x11\xe0")
    return truth


@CASES.either(r"train \(1\)\.csv|train")
def a_download_made_twice(to: Path) -> Truth:
    truth = _rewritten(to, lambda t: t)
    (to / "train (1).csv").write_bytes((to / "train.csv").read_bytes())
    return truth


@CASES.either(r"(?:train|test)\.csv.*space")
def columns_of_fixed_width(to: Path) -> Truth:
    return _rewritten(
        to,
        lambda t: "".join("".join(f"{c:>12}" for c in r.split(",")) + "\n" for r in t.splitlines()),
    )


@CASES.either(r"test\.csv.*semicolon")
def semicolons_in_the_test_file_alone(to: Path) -> Truth:
    made = make()
    truth = made.labels()
    made.write(to, truth)
    put(to / "test.csv", made.test, sep=";")
    return truth


@CASES.either(r"sample_submission\.csv|;")
def a_sample_with_semicolons(to: Path) -> Truth:
    """Its delimiter is part of the contract, as its header is."""
    made = make()
    truth = made.labels()
    made.write(to, truth)
    put(to / "sample_submission.csv", made.sample, sep=";")
    truth.sep = ";"
    return truth


@CASES.right()
def a_cell_of_two_hundred_thousand_characters(to: Path) -> Truth:
    made = make()
    truth = made.labels()
    for part in (made.train, made.test):
        part["story"] = [f"tale {row % 3}" for row in range(len(part["id"]))]
    made.train["story"][11] = "x" * 200_000
    made.write(to, truth)
    (to / "train.csv").write_text(text(made.train), encoding="utf-8")
    return truth


@pytest.mark.parametrize("case", CASES.parameters())
def test_layout(case: Case) -> None:
    verdict = judge(case)
    assert verdict.outcome in case.allowed, verdict.why
