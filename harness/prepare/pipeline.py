"""One imbalanced-learn pipeline from raw rows to probabilities; built here, fitted nowhere.

The order of its steps; each stands in only where it has something to do:

    blocks     block means                        from the raw columns, by the competition's blocks
    encode     medians, indicators, one-hot text  where cells are missing or columns hold text;
               codes, and gaps as they are        for models whose scikit-learn tags take them
    constant   columns that don't vary go         unless the reducer is "none"
    scaler
    pca, select                                   in the order written
    sampler    on the training part, in fit only
    model

Before a model that looks at one block as an image or a sequence (it has `seeing`, see
`harness.zoo._tensors`) it is shorter, because columns must keep their places:

    block      that block's columns, missing cells filled
    scaler     where the user names one; such models scale by themselves
    sampler
    model
"""

from __future__ import annotations

from typing import Any

import numpy as np
from imblearn.pipeline import Pipeline
from sklearn.utils import get_tags

from harness.competition import Competition, FloatMatrix
from harness.errors import UsageError
from harness.prepare import reducers, samplers, scalers
from harness.registry import resolve


def build(
    competition: Competition,
    model: Any,
    *,
    scaler: str = "standard",
    reducer: str = "drop-constant",
    balance: str = "none",
    seed: int = 0,
) -> Pipeline:
    """The unfitted pipeline: encoding, reducer and scaler, sampler, model.

    Only what the competition declares is looked at here (blocks, text columns, class names), and
    whether any cell is missing; nothing is learned from its rows.

    Parameters
    ----------
    model : unfitted classifier
    scaler : str
        A row of `harness.prepare.scalers.SCALERS`.
    reducer : str
        As `harness.prepare.reducers.parse` reads it, such as ``"pca:20"``.
    balance : str
        A row of `harness.prepare.samplers.SAMPLERS`.
    seed : int
        For samplers that draw.

    Returns
    -------
    imblearn.pipeline.Pipeline
        Takes raw float32 rows as `Competition.X` holds them; `predict_proba` gives columns in the
        order of its ``classes_``. Steps say what they did in ``notes_``.

    Raises
    ------
    UsageError
        For an unknown name, a reducer that can't be read, block means without blocks, weights for a
        model that takes none, a model whose block isn't there, and a reducer before such a model.
    """
    chosen = reducers.parse(reducer)
    scale = scalers.make(scaler)
    if hasattr(model, "seeing"):
        return _of_one_block(competition, model, chosen, scale, balance, seed)
    text = tuple(sorted(competition.text))
    takes = get_tags(model).input_tags
    sampler, model = samplers.place(
        balance, model, class_names=competition.class_names, one_hot=bool(text), seed=seed
    )
    # Neighbours, scalers and components need numbers that can be compared, everywhere.
    raw = sampler is None and scale is None and all(r.row.stage != "scaled" for r in chosen)
    steps: list[tuple[str, Any]] = []
    for one in chosen:
        if one.row.stage == "raw":
            step, text = _raw(competition, one, text)
            steps.append(("blocks", step))
    gaps = raw and takes.allow_nan
    if text or (not gaps and _any_missing(competition)):
        style = "ordinal" if raw and takes.categorical else "one-hot"
        encode = resolve("harness.prepare.encode:Encode")
        steps.append(("encode", encode(text=text, style=style, gaps=gaps, random_state=seed)))
    steps += [("constant", one.make()) for one in chosen if one.row.stage == "constant"]
    if scale is not None:
        steps.append(("scaler", scale))
    steps += [(one.name, one.make()) for one in chosen if one.row.stage == "scaled"]
    if sampler is not None:
        steps.append(("sampler", sampler))
    return Pipeline([*steps, ("model", model)])


def _of_one_block(
    competition: Competition,
    model: Any,
    chosen: tuple[reducers.Chosen, ...],
    scale: Any,
    balance: str,
    seed: int,
) -> Pipeline:
    """The pipeline before a model that looks at a block."""
    block, model = model.seeing(competition)
    # Constant columns are part of the picture, so that they stay by default.
    mixing = [one.name for one in chosen if one.row.stage != "constant"]
    if mixing:
        shape = " x ".join(map(str, block.shape or ()))
        raise UsageError(
            f"the model looks at block {block.name} as {shape}, and {mixing[0]} leaves no such",
            where=f"--reducer {'+'.join(one.name for one in chosen)}",
            todo="leave --reducer out, or take a model of columns, such as cnn or dense",
        )
    whole = (competition.X, competition.X_test)
    fill = any(_has_nan(X[:, block.start : block.stop]) for X in whole if X is not None)
    take = resolve("harness.prepare._block:TakeBlock")
    steps: list[tuple[str, Any]] = [("block", take(start=block.start, stop=block.stop, fill=fill))]
    if scale is not None:
        steps.append(("scaler", scale))
    sampler, model = samplers.place(
        balance, model, class_names=competition.class_names, one_hot=False, seed=seed
    )
    if sampler is not None:
        steps.append(("sampler", sampler))
    return Pipeline([*steps, ("model", model)])


def _raw(
    competition: Competition, one: reducers.Chosen, text: tuple[int, ...]
) -> tuple[Any, tuple[int, ...]]:
    """The block means, and where the text columns stand behind them."""
    if not competition.blocks:
        raise UsageError(
            f"{competition.name} declares no column blocks",
            where=f"--reducer {one.name}",
            todo="add [[blocks]] with name and columns to competition.toml, "
            "or use another reducer, such as pca:20",
        )
    blocks = tuple((block.start, block.stop) for block in competition.blocks)
    step = one.make(blocks=blocks, keep=text)
    rest = step.rest(competition.X.shape[1], blocks, text)
    return step, tuple(len(blocks) + rest.index(column) for column in text)


def _any_missing(competition: Competition) -> bool:
    matrices = (competition.X, competition.X_test)
    return any(_has_nan(X) for X in matrices if X is not None)


def _has_nan(X: FloatMatrix, cells: int = 2**22) -> bool:
    # In slices: the matrix may be memory-mapped and larger than memory.
    rows = max(1, cells // max(1, X.shape[1]))
    return any(np.isnan(X[i : i + rows]).any() for i in range(0, len(X), rows))
