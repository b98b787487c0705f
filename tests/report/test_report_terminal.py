"""The terminal: the matrix where it fits, else the classes, and plain text in a pipe."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
import reports
from rich.console import Console

from harness.entries import Entry
from harness.report.evidence import evidence_of
from harness.report.terminal import show


def shown(entry: Entry, width: int = 80, *, terminal: bool = False) -> str:
    file = io.StringIO()
    console = Console(
        file=file,
        width=width,
        force_terminal=terminal,
        color_system="standard" if terminal else None,
        highlight=False,
        markup=False,
        emoji=False,
    )
    show(evidence_of(entry), console)
    return file.getvalue()


def names(k: int) -> tuple[str, ...]:
    return tuple(f"genre {number}" for number in range(k))


def test_the_matrix_has_counts_over_shares(entry: Entry) -> None:
    c = evidence_of(entry).confusion
    assert c.counts[0, 0] == 48
    lines = shown(entry).splitlines()
    at = next(k for k, line in enumerate(lines) if line.split()[:2] == ["Rock", "48"])
    assert lines[at].split()[1:] == [str(count) for count in c.counts[0]]
    assert lines[at + 1].split() == [f"{share:.0%}" for share in c.shares[0]]


@pytest.mark.parametrize(("k", "width"), [(10, 80), (23, 140)])
def test_the_matrix_fits_at_10_and_at_23_classes(k: int, width: int, tmp_path: Path) -> None:
    text = shown(reports.make(tmp_path, names(k)), width)
    assert "Rows are true classes" in text
    assert max(map(len, text.splitlines())) <= width


@pytest.mark.parametrize(("k", "width"), [(23, 80), (40, 140)])
def test_where_it_does_not_fit_the_classes_are_listed(k: int, width: int, tmp_path: Path) -> None:
    text = shown(reports.make(tmp_path, names(k)), width)
    assert "Rows are true classes" not in text
    assert re.search(r"class +precision +recall +F1 +support +predicted", text)
    assert "macro average" in text


def test_the_most_confused_pairs_are_told_in_words(entry: Entry) -> None:
    found = evidence_of(entry)
    for pair in found.confusion.pairs[:5]:
        assert f"\n  {pair.sentence(found.names)}\n" in shown(entry, 40)


def test_the_prior_stands_beside_the_scores(entry: Entry) -> None:
    found = evidence_of(entry)
    line = next(line for line in shown(entry).splitlines() if line.split()[:1] == ["logloss"])
    own, prior = found.scores["logloss"], found.prior_scores["logloss"]
    assert line.split()[1:] == [f"{own:.4f}", f"{prior:.4f}"]


def test_names_are_neither_markup_nor_control(tmp_path: Path) -> None:
    text = shown(reports.make(tmp_path, (*reports.EVIL, ":smile:")))
    assert "[red]" in text
    assert "a|b" in text
    assert ":smile:" in text
    assert "\x1b" not in text


def test_a_terminal_gets_no_escape_but_the_houses_own(tmp_path: Path) -> None:
    text = shown(reports.make(tmp_path, reports.EVIL), terminal=True)
    assert set(re.findall(r"\x1b\[[\d;]*.", text)) <= {"\x1b[0m", "\x1b[1m", "\x1b[2m"}


def test_long_names_are_shortened_in_the_matrix_only(tmp_path: Path) -> None:
    long = tuple(f"{letter * 36} end" for letter in "abcdefghij")
    text = shown(reports.make(tmp_path, long))
    assert re.search(r" 1 a+\.\.\.a+ end ", text)
    assert long[5] in text.split("Most confused")[1]
