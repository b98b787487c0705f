"""The job: what is written where, over an older report, whole or not at all."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
import reports
from worlds import small

from harness.entries import Entry
from harness.errors import EntryError, FileProblem
from harness.report import figures
from harness.report.write import write_report


def files(entry: Entry) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (entry.path / "report").iterdir()}


def test_the_report_lies_in_the_entrys_folder(entry: Entry) -> None:
    report = write_report(entry)
    expected = {"report.md", "confusion.png", "classes.png", "per-class.png", "curves.png"}
    assert set(files(entry)) == expected
    assert report.page == entry.path / "report" / "report.md"
    assert set(report.figures) == {"confusion", "classes", "per-class", "curves"}


def test_every_link_of_the_page_leads_to_a_file(entry: Entry) -> None:
    page = write_report(entry).page
    links = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", page.read_text(encoding="utf-8"))
    assert len(links) == 4
    assert all((page.parent / link).is_file() for link in links)


def test_without_a_history_there_are_no_curves_and_older_ones_go(tmp_path: Path) -> None:
    entry = reports.make(tmp_path)
    (entry.path / "report").mkdir()
    (entry.path / "report" / "curves.png").write_bytes(b"old")
    report = write_report(entry)
    assert "curves" not in report.figures
    assert "curves.png" not in files(entry)
    assert "curves.png" not in report.page.read_text(encoding="utf-8")


def test_twice_gives_the_same_bytes_over_whatever_was_there(entry: Entry) -> None:
    write_report(entry)
    first = files(entry)
    for name in first:
        (entry.path / "report" / name).write_bytes(b"half")
    write_report(entry)
    assert files(entry) == first


def test_the_competition_adds_its_title(tmp_path: Path) -> None:
    from dataclasses import replace

    world = replace(small(), title="Three <genres>")
    entry = reports.make(tmp_path, fingerprint=world.fingerprint)
    page = write_report(entry, world).page.read_text(encoding="utf-8")
    assert "Competition small (Three \\<genres\\>): 3 classes." in page


def test_as_data(entry: Entry) -> None:
    report = write_report(entry)
    data = json.loads(json.dumps(report.as_dict()))
    assert np.sum(data["confusion"]) == data["rows"] == 200
    assert data["classes"] == ["Rock", "Jazz", "Rap"]
    assert np.sum(data["shares"], axis=1) == pytest.approx([1, 1, 1])
    assert [row["support"] for row in data["per_class"]] == np.sum(data["confusion"], 1).tolist()
    first = data["pairs"][0]
    assert first["share"] == first["count"] / first["support"]
    assert {"logloss", "logloss-cells", "accuracy"} <= set(data["scores"])
    assert set(data["scores"]) == set(data["prior_scores"])
    assert [fold["number"] for fold in data["folds"]] == [1, 2]
    assert set(data["averages"]) == {"macro", "weighted"}
    assert Path(data["figures"]["confusion"]).is_file()


def test_a_damaged_entry_writes_nothing(entry: Entry) -> None:
    (entry.path / "y.npy").write_bytes(b"")
    with pytest.raises(EntryError):
        write_report(entry)
    assert not (entry.path / "report").exists()


def test_stopped_in_the_middle_only_whole_files_are_left(
    entry: Entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(figures, "draw_class_scores", stopped)
    with pytest.raises(KeyboardInterrupt):
        write_report(entry)
    left = files(entry)
    assert set(left) == {"confusion.png", "classes.png"}
    assert all(content.endswith(b"IEND\xaeB`\x82") for content in left.values())


def test_a_place_that_cannot_be_written_is_told(entry: Entry) -> None:
    (entry.path / "report").write_text("a file where the folder should be")
    with pytest.raises(FileProblem, match="can't be written"):
        write_report(entry)


def test_evil_names_do_no_harm(tmp_path: Path) -> None:
    entry = reports.make(tmp_path, reports.EVIL, history=[{"$\\frac{": [1.0, 2.0]}])
    assert write_report(entry).page.is_file()
