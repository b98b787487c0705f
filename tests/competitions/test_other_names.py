"""Packed files that are called as another kind: the content counts."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import pytest

from harness.competitions import _new

ROWS = ["id,f,label", *(f"{k},{k % 3}.5,{'ab'[k % 2]}" for k in range(1, 13))]
CSV = ("\n".join(ROWS) + "\n").encode()


def zipped(data: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("train.csv", data)
    return file.getvalue()


@pytest.mark.parametrize("content", [gzip.compress(CSV), zipped(CSV)], ids=["gz", "zip"])
def test_a_table_that_is_called_npy_is_read(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "train.npy").write_bytes(content)
    made = _new.describe(tmp_path, {"label": "label"}, {})
    assert made.competition.X.shape == (12, 1)
