"""The page: what it holds, and that its links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import reports
from markdown_it import MarkdownIt

from harness.entries import Entry
from harness.report.evidence import evidence_of
from harness.report.markdown import page
from harness.report.text import plain

FIGURES = {
    "confusion": "confusion.png",
    "classes": "classes.png",
    "per-class": "per-class.png",
    "curves": "curves.png",
}
PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def test_the_scores_stand_beside_the_priors(entry: Entry) -> None:
    found = evidence_of(entry)
    text = page(found, FIGURES)
    for name in ("logloss", "logloss-cells"):
        own, prior = found.scores[name], found.prior_scores[name]
        assert f"| {name} | {own:.4f} | {prior:.4f} | lower |" in text


def test_every_fold_has_a_line(entry: Entry) -> None:
    found = evidence_of(entry)
    lines = re.findall(r"- Fold (\d) - Loss ([\d.]+) - Accuracy ([\d.]+)", page(found, FIGURES))
    expected = [
        (str(f.number + 1), f"{f.scores['logloss']:.4f}", f"{f.scores['accuracy']:.4f}")
        for f in found.folds
    ]
    assert lines == expected


def test_every_class_has_a_line_with_its_scores(entry: Entry) -> None:
    found = evidence_of(entry)
    c, text = found.confusion, page(found, FIGURES)
    for k, name in enumerate(found.names):
        scores = f"{c.precision[k]:.3f} | {c.recall[k]:.3f} | {c.f1[k]:.3f}"
        assert f"| {name} | {scores} | {c.support[k]} | {c.predicted[k]} |" in text
    assert f"| *macro average* | {c.averages['macro']['precision']:.3f} |" in text
    assert f"| *weighted average* | {c.averages['weighted']['precision']:.3f} |" in text


def test_the_most_confused_pair_comes_first_in_words(entry: Entry) -> None:
    found = evidence_of(entry)
    first = page(found, FIGURES).split("## Most confused\n\n- ")[1].splitlines()[0]
    assert first.startswith(found.confusion.pairs[0].sentence(found.names))


def test_an_entry_without_mistakes_is_told_so(tmp_path: Path) -> None:
    import numpy as np

    entry = reports.make(tmp_path)
    np.save(entry.path / "oof.npy", np.eye(3)[entry.y])
    text = page(evidence_of(entry), FIGURES)
    assert "Every row was predicted right." in text


def test_a_class_that_is_never_predicted_is_named(tmp_path: Path) -> None:
    import numpy as np

    entry = reports.make(tmp_path)
    np.save(entry.path / "oof.npy", np.tile([0.5, 0.3, 0.2], (200, 1)))
    text = page(evidence_of(entry), FIGURES)
    assert "Never predicted, so that precision counts as 0: Jazz, Rap." in text


def test_without_curves_no_word_of_them(entry: Entry) -> None:
    figures = {name: file for name, file in FIGURES.items() if name != "curves"}
    assert "curve" not in page(evidence_of(entry), figures).lower()


def test_many_classes_get_no_wide_table(tmp_path: Path) -> None:
    names = tuple(f"c{k}" for k in range(40))
    text = page(evidence_of(reports.make(tmp_path, names)), FIGURES)
    assert max(line.count("|") for line in text.splitlines()) < 10


@pytest.fixture
def evil(tmp_path: Path) -> str:
    entry = reports.make(
        tmp_path,
        reports.EVIL,
        history=reports.HISTORY,
        model="[x](javascript:y) | <b>",
        notes=["<img src=x onerror=y>"],
        parameters={"<i>|": "`a` | ![](z.png)"},
        versions={"<u>": "|"},
    )
    return page(evidence_of(entry), FIGURES)


def test_evil_names_bring_no_tags_links_or_pictures(evil: str) -> None:
    rendered = PARSER.render(evil)
    tags = set(re.findall(r"<(\w+)", rendered))
    own = {"h1", "h2", "p", "strong", "em", "code", "ul", "li", "img", "details", "summary"}
    assert tags == own | {"table", "thead", "tbody", "tr", "th", "td"}
    assert set(re.findall(r'<img src="([^"]*)"', rendered)) == set(FIGURES.values())


def test_evil_names_keep_the_tables_whole(evil: str) -> None:
    for table in re.findall(r"<table>.*?</table>", PARSER.render(evil), re.DOTALL):
        rows = [len(re.findall("<t[hd]", row)) for row in table.split("<tr>")[1:]]
        assert len(set(rows)) == 1


def test_evil_names_bring_no_control_characters(evil: str) -> None:
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", evil)


def test_the_table_of_counts_shows_the_names_as_they_are(evil: str) -> None:
    import html

    heads = re.findall(r"<th[^>]*>(.*?)</th>", PARSER.render(evil))
    shown = [html.unescape(head) for head in heads]
    assert all(plain(name) in shown for name in reports.EVIL)
