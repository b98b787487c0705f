"""skops' files, with the same bytes whenever they hold the same.

skops names what it writes by addresses in memory and dates its zip entries. Here names are numbers
in the order in which the schema meets them, dates are fixed, and the gaps between the fields of
structured arrays (a tree's nodes), which hold whatever was in memory, hold zeros.
"""

from __future__ import annotations

import io
import json
import zipfile
from itertools import count
from pathlib import PurePosixPath
from typing import Any

import numpy as np

SCHEMA = "schema.json"
# Of zip entries: the earliest that the format can say.
DATE = (1980, 1, 1, 0, 0, 0)
IDENTITY, LOADER, FILE = "__id__", "__loader__", "file"
# Nodes that hold their value itself; which of them were one object in memory is chance.
VALUE = "JsonNode"


def settled(dumped: bytes) -> bytes:
    """The same skops file, compressed, without addresses and dates.

    Parameters
    ----------
    dumped : bytes
        What ``skops.io.dumps`` gave; it needn't be compressed.
    """
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(dumped)) as given,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file,
    ):
        schema = json.loads(given.read(SCHEMA))
        for new, old in _renumbered(schema).items():
            _write(file, new, _without_gaps(new, given.read(old)))
        _write(file, SCHEMA, json.dumps(schema).encode())
    return out.getvalue()


def _renumbered(schema: Any) -> dict[str, str]:
    """Number the nodes of `schema`, in place; of each file the new name and the old one."""
    numbers: dict[int, int] = {}
    names: dict[str, str] = {}
    fresh = count(1)

    def visit(node: Any) -> None:
        if isinstance(node, list):
            for inner in node:
                visit(inner)
        if not isinstance(node, dict):
            return
        if LOADER in node and IDENTITY in node:
            alone = node[LOADER] == VALUE or node[IDENTITY] not in numbers
            number = next(fresh) if alone else numbers[node[IDENTITY]]
            if node[LOADER] != VALUE:
                numbers[node[IDENTITY]] = number
            node[IDENTITY] = number
            if isinstance(node.get(FILE), str):
                name = f"{number}{PurePosixPath(node[FILE]).suffix}"
                names.setdefault(name, node[FILE])
                node[FILE] = name
        for inner in node.values():
            visit(inner)

    visit(schema)
    return names


def _without_gaps(name: str, data: bytes) -> bytes:
    """The same npy file; of structured arrays, zeros between the fields."""
    if not name.endswith(".npy"):
        return data
    array = np.load(io.BytesIO(data), allow_pickle=False)
    if array.dtype.fields is None:
        return data
    of_fields = np.zeros(array.dtype.itemsize, dtype=bool)
    for kind, start, *_ in array.dtype.fields.values():
        of_fields[start : start + kind.itemsize] = True
    header = len(data) - array.nbytes
    items = np.frombuffer(data, np.uint8, offset=header).reshape(-1, array.dtype.itemsize)
    return data[:header] + np.where(of_fields, items, np.uint8(0)).tobytes()


def _write(file: zipfile.ZipFile, name: str, data: bytes) -> None:
    entry = zipfile.ZipInfo(name, DATE)
    entry.compress_type = zipfile.ZIP_DEFLATED
    file.writestr(entry, data, compresslevel=1)
