"""What files are packed in: read, or named with the command that unpacks them."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import tarfile
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

import polars as pl
import pytest
from corpus import Case, Corpus, judge
from made import Columns, Truth, make, put, text, typed_rows

CASES = Corpus()
FILES = ("train.csv", "test.csv")


def _packed(to: Path, ending: str, pack: object, files: tuple[str, ...] = FILES) -> Truth:
    made = make()
    made.write(to, truth := made.labels())
    for name in files:
        body = (to / name).read_bytes()
        (to / name).unlink()
        (to / f"{name}{ending}").write_bytes(pack(body))  # type: ignore[operator]
    return truth


def _zip(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members.items():
            archive.writestr(name, body)
    return out.getvalue()


def _xlsx(columns: Columns) -> bytes:
    """A workbook of one sheet, its cells inline."""

    def cell(value: str) -> str:
        try:
            return f"<c><v>{float(value)!r}</v></c>"
        except ValueError:
            return f'<c t="inlineStr"><is><t>{escape(value)}</t></is></c>'

    rows = [list(columns), *map(list, zip(*columns.values(), strict=True))]
    body = "".join(f"<row>{''.join(map(cell, row))}</row>" for row in rows)
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    return _zip(
        {
            "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default '
            f'Extension="rels" ContentType="application/vnd.openxmlformats-package.'
            f'relationships+xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
            f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kind}.worksheet+xml"/>'
            f"</Types>".encode(),
            "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
            f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>'.encode(),
            "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets><sheet '
            f'name="train" sheetId="1" r:id="r1"/></sheets></workbook>'.encode(),
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">'
            f'<Relationship Id="r1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/>'
            f"</Relationships>".encode(),
            "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{body}</sheetData>'
            f"</worksheet>".encode(),
        }
    )


@CASES.either(r"train\.csv\.xz")
def xz(to: Path) -> Truth:
    return _packed(to, ".xz", lzma.compress)


@CASES.either(r"sample_submission\.csv\.bz2|bz2")
def bz2_sample_too(to: Path) -> Truth:
    made = make()
    truth = made.labels()
    _packed(to, ".bz2", bz2.compress)
    (to / "sample_submission.csv").unlink()
    (to / "sample_submission.csv.bz2").write_bytes(bz2.compress(text(made.sample).encode()))
    return truth


@CASES.either(r"\.zip")
def every_file_a_zip_of_its_own(to: Path) -> Truth:
    truth = _packed(to, "", lambda body: body)
    for name in (*FILES, "sample_submission.csv"):
        (to / f"{name}.zip").write_bytes(_zip({name: (to / name).read_bytes()}))
        (to / name).unlink()
    truth.sample = None
    return truth


@CASES.either(r"genres\.zip")
def one_zip_of_everything(to: Path) -> Truth:
    truth = _packed(to, "", lambda body: body)
    names = (*FILES, "sample_submission.csv")
    whole = _zip({name: (to / name).read_bytes() for name in names})
    for name in names:
        (to / name).unlink()
    (to / "genres.zip").write_bytes(whole)
    truth.sample = None
    return truth


@CASES.either(r"data\.tar\.gz")
def one_tar_of_everything(to: Path) -> Truth:
    truth = _packed(to, "", lambda body: body)
    with tarfile.open(to / "data.tar.gz", "w:gz") as archive:
        for name in (*FILES, "sample_submission.csv"):
            archive.add(to / name, arcname=name)
            (to / name).unlink()
    truth.sample = None
    return truth


@CASES.either(r"train\.csv\.zip")
def a_zip_with_a_macos_shadow(to: Path) -> Truth:
    truth = _packed(to, "", lambda body: body)
    inside = {"train.csv": (to / "train.csv").read_bytes(), "__MACOSX/._train.csv": b"\0\5\x16\7"}
    (to / "train.csv").unlink()
    (to / "train.csv.zip").write_bytes(_zip(inside))
    return truth


@CASES.either(r"train\.csv\.gz")
def gzip_beside_its_unpacked_copy(to: Path) -> Truth:
    truth = _packed(to, "", lambda body: body)
    for name in FILES:
        (to / f"{name}.gz").write_bytes(gzip.compress((to / name).read_bytes(), mtime=0))
    return truth


@CASES.either(r"train\.csv\b")
def gzip_that_is_called_csv(to: Path) -> Truth:
    return _packed(to, "", lambda body: gzip.compress(body, mtime=0))


@CASES.either(r"train\.csv\b")
def a_zip_that_is_called_csv(to: Path) -> Truth:
    return _packed(to, "", lambda body: _zip({"train.csv": body}), ("train.csv",))


@CASES.either(r"train\.csv\b.*(?i:xlsx|excel|spreadsheet|workbook|zip)")
def a_workbook_that_is_called_csv(to: Path) -> Truth:
    made = make()
    made.write(to, truth := made.labels())
    (to / "train.csv").write_bytes(_xlsx(made.train))
    return truth


@CASES.either(r"sample_submission\.xlsx|\.xlsx")
def workbooks_for_all(to: Path) -> Truth:
    made = make()
    made.write(to, truth := made.labels())
    for name, part in (
        ("train", made.train),
        ("test", made.test),
        ("sample_submission", made.sample),
    ):
        (to / f"{name}.csv").unlink()
        (to / f"{name}.xlsx").write_bytes(_xlsx(part))
    truth.sample = None
    return truth


def _as(to: Path, ending: str, write: object) -> Truth:
    made = make()
    made.write(to, truth := made.labels())
    for name, part in (("train", made.train), ("test", made.test)):
        (to / f"{name}.csv").unlink()
        (to / f"{name}{ending}").write_bytes(write(part))  # type: ignore[operator]
    return truth


@CASES.either(r"train\.jsonl")
def lines_of_json(to: Path) -> Truth:
    return _as(
        to, ".jsonl", lambda c: "".join(json.dumps(r) + "\n" for r in typed_rows(c)).encode()
    )


@CASES.either(r"train\.json\b")
def a_list_in_json(to: Path) -> Truth:
    return _as(to, ".json", lambda c: json.dumps(typed_rows(c)).encode())


@CASES.either(r"train\.feather")
def feather(to: Path) -> Truth:
    def write(columns: Columns) -> bytes:
        out = io.BytesIO()
        pl.DataFrame(typed_rows(columns)).write_ipc(out)
        return out.getvalue()

    return _as(to, ".feather", write)


@CASES.either(r"train\.arff")
def arff(to: Path) -> Truth:
    def write(columns: Columns) -> bytes:
        kinds = "".join(
            f"@attribute {n} {'numeric' if n[0] == 'x' else 'string'}\n" for n in columns
        )
        return f"@relation r\n{kinds}@data\n{text(columns).split(chr(10), 1)[1]}".encode()

    return _as(to, ".arff", write)


@CASES.either(r"train\.(?:pkl|pickle)")
def pickles_are_never_opened(to: Path) -> Truth:
    return _as(to, ".pkl", lambda columns: b"\x80\x04cos\nsystem\n(S'touch harmed'\ntR.")


@CASES.right()
def tabs(to: Path) -> Truth:
    return _as(to, ".tsv", lambda columns: text(columns, sep="\t").encode())


@CASES.either(r"train\.txt")
def pipes_in_a_txt(to: Path) -> Truth:
    return _as(to, ".txt", lambda columns: text(columns, sep="|").encode())


@CASES.either(r"train\.csv.*(?i:utf-?16)")
def unicode_text_of_a_spreadsheet(to: Path) -> Truth:
    made = make()
    made.write(to, truth := made.labels())
    for name, part in (("train", made.train), ("test", made.test)):
        (to / f"{name}.csv").write_bytes(text(part, sep="\t", end="\r\n").encode("utf-16"))
    return truth


@CASES.right()
def names_in_capitals(to: Path) -> Truth:
    made = make()
    made.write(to, truth := made.labels())
    for name in FILES:
        (to / name).rename(to / name.upper())
    return truth


@CASES.refused(r"train\.csv\.gz")
def a_gzip_cut_short(to: Path) -> None:
    _packed(to, ".gz", lambda body: gzip.compress(body, mtime=0)[:-300], ("train.csv",))


@pytest.mark.parametrize("case", CASES.parameters())
def test_containers(case: Case) -> None:
    verdict = judge(case)
    assert verdict.outcome in case.allowed, verdict.why


def test_a_pickle_runs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    put(tmp_path / "data" / "other.csv", make().train)
    judge(next(case for case in CASES.cases if case.name.startswith("pickles")))
    assert not list(tmp_path.rglob("harmed"))
