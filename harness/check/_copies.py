"""Rows with exactly the same cells, found by a hash of every row and then compared cell by cell."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from harness.check._sheet import ROWS_AT_ONCE, Sheet, slices
from harness.competition import FloatMatrix, Labels

# Bits of surprise in two equal rows, beyond those that the number of pairs takes away, from which
# they aren't equal by chance. Columns hang together, so there is plenty to spare.
SURE_BITS = 40
# A value in so many rows is rare; two rows with this share of equal cells may be copies.
RARE, MOSTLY_EQUAL = 4, 0.6
# With more columns than this each of their parts proves enough by itself.
FEW_COLUMNS, MOST_CELLS = 256, 50_000_000
# Rows that are equal in one of so many parts of the columns are near copies.
PARTS = 4


def copy_codes(sheet: Sheet, columns: Labels) -> Labels:
    """A number for each row, training rows first, equal where all `columns` are; int64, (n + m,).

    Zeros of either sign are equal, and so are missing cells.
    """
    matrices = [X for X in (sheet.X, sheet.X_test) if X is not None]
    hashes = np.concatenate([_hashes(X, columns) for X in matrices])
    order = np.argsort(hashes, kind="stable")
    ordered = hashes[order]
    fresh = np.ones(len(order), dtype=bool)
    fresh[1:] = ordered[1:] != ordered[:-1]
    suspects = np.flatnonzero(~fresh)
    # Two rows of one hash are compared: nothing is called a copy for its hash alone.
    for at in range(0, len(suspects), ROWS_AT_ONCE):
        part = suspects[at : at + ROWS_AT_ONCE]
        one, other = (
            _rows(matrices, order[part], columns),
            _rows(matrices, order[part - 1], columns),
        )
        fresh[part] = (one != other).any(axis=1)
    codes = np.empty(len(order), dtype=np.int64)
    codes[order] = np.cumsum(fresh) - 1
    return codes


def equal_by_chance(sheet: Sheet, columns: Labels) -> bool:
    """Whether the columns hold so few different values that equal rows prove nothing."""
    rows = len(sheet.X) + (len(sheet.X_test) if sheet.X_test is not None else 0)
    needed = 2 * np.log2(max(2, rows)) + SURE_BITS
    bits = 0.0
    for column in columns.tolist():
        cells = sheet.sample[:, column]
        counts = np.unique(cells, return_counts=True)[1].astype(np.float64)
        # Half a pair more than was seen: without any the surprise would have no end.
        equal = (counts * (counts - 1)).sum() / 2 + 0.5
        bits -= float(np.log2(min(1.0, equal / max(1, len(cells) * (len(cells) - 1) / 2))))
        if bits >= needed:
            return False
    return True


def sharing(sheet: Sheet, columns: Labels, rows: Labels) -> Labels:
    """Pairs of rows that are equal in at least one of `PARTS` parts of the columns.

    Every part has columns from everywhere, so that a silent block of columns isn't one. Parts
    whose equality proves nothing are left out.

    Parameters
    ----------
    rows : int64 array
        Rows without their exact copies, sorted.

    Returns
    -------
    int64 array, shape (p, 2)
        The first row of a set of equal ones, and each other row of it.
    """
    found = [np.empty((0, 2), dtype=np.int64)]
    for part in (columns[k::PARTS] for k in range(PARTS)):
        if not len(part) or equal_by_chance(sheet, part):
            continue
        _, first, code = np.unique(
            copy_codes(sheet, part)[rows], return_index=True, return_inverse=True
        )
        pairs = np.column_stack([rows[first[code]], rows])
        found.append(pairs[pairs[:, 0] != pairs[:, 1]])
    return np.unique(np.concatenate(found), axis=0)


def sharing_rare_values(sheet: Sheet, columns: Labels, rows: Labels) -> Labels:
    """Pairs of rows that share rare values in so many columns that it is no chance.

    A column or two that differ in every row, such as the codes of file names, hide a copy from
    `sharing` where there are few columns: each of its parts then proves too little.

    Parameters
    ----------
    rows : int64 array
        Rows without their exact copies, sorted.

    Returns
    -------
    int64 array, shape (p, 2)
    """
    nothing = np.empty((0, 2), dtype=np.int64)
    if not 2 <= len(columns) <= FEW_COLUMNS or len(rows) * len(columns) > MOST_CELLS:
        return nothing
    matrices = [X for X in (sheet.X, sheet.X_test) if X is not None]
    cells = _rows(matrices, rows, columns)
    ends, bits = [nothing], [np.empty(0)]
    for column in cells.T:
        order = np.argsort(column, kind="stable")
        starts = np.flatnonzero(np.r_[True, np.diff(column[order].astype(np.int64)) != 0])
        sizes = np.diff(np.r_[starts, len(order)])
        equal = (sizes * (sizes - 1.0)).sum() / 2 + 0.5
        surprise = np.log2(len(order) * (len(order) - 1) / 2 / equal)
        few = (sizes > 1) & (sizes <= RARE)
        for gap in range(1, RARE):
            for step in range(RARE - gap):
                at = starts[few & (sizes > gap + step)] + step
                ends.append(np.column_stack([order[at], order[at + gap]]))
                bits.append(np.full(len(at), max(0.0, surprise)))
    pairs, which = np.unique(np.sort(np.concatenate(ends), axis=1), axis=0, return_inverse=True)
    if not len(pairs):
        return nothing
    told = np.bincount(which.ravel(), weights=np.concatenate(bits))
    pairs = rows[pairs[told >= 2 * np.log2(max(2, len(rows))) + SURE_BITS]]
    return pairs[equal_shares(sheet, columns, pairs) >= MOSTLY_EQUAL]


def equal_shares(sheet: Sheet, columns: Labels, pairs: Labels) -> NDArray[np.float64]:
    """The share of the columns in which two rows are equal; shape (pairs,)."""
    matrices = [X for X in (sheet.X, sheet.X_test) if X is not None]
    shares = np.zeros(len(pairs))
    for part in slices(len(pairs)):
        one, other = (_rows(matrices, pairs[part, end], columns) for end in (0, 1))
        shares[part] = (one == other).mean(axis=1)
    return shares


def _plain_bits(cells: FloatMatrix) -> NDArray[np.uint32]:
    cells = np.ascontiguousarray(cells, dtype=np.float32) + np.float32(0)
    cells[np.isnan(cells)] = np.nan
    return cells.view(np.uint32)


def _hashes(X: FloatMatrix, columns: Labels) -> NDArray[np.uint64]:
    """Multiply-shift hashes of rows: a sum of mixed cells, each times an odd number of its own."""
    odd = np.random.default_rng(264).integers(1 << 63, size=len(columns), dtype=np.uint64)
    odd = odd * np.uint64(2) + np.uint64(1)
    found = np.zeros(len(X), dtype=np.uint64)
    for part in slices(len(X)):
        bits = _plain_bits(np.asarray(X[part])[:, columns]).astype(np.uint64)
        # Round numbers differ in their high bits alone; they have to reach the low ones.
        bits ^= bits >> np.uint64(15)
        found[part] = (bits * odd).sum(axis=1, dtype=np.uint64)
    return found


def _rows(matrices: list[FloatMatrix], rows: Labels, columns: Labels) -> NDArray[np.uint32]:
    """The bits of some rows, counted through all matrices."""
    found = np.empty((len(rows), len(columns)), dtype=np.uint32)
    start = 0
    for X in matrices:
        inside = (rows >= start) & (rows < start + len(X))
        found[inside] = _plain_bits(np.asarray(X[rows[inside] - start])[:, columns])
        start += len(X)
    return found
