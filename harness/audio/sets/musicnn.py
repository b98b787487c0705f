"""Pretrained music networks' embedding, feature maps and tags (needs `harness weights musicnn`)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from harness.audio._clip import Clip, Matrix
from harness.audio._feature_set import FeatureSet, Part
from harness.audio._musicnn import build
from harness.audio._nets import LAYOUT, WINDOW, seconds_of, windows
from harness.errors import UsageError
from harness.pretrained import musicnn as published

NETWORK, PUBLISHED, ALL, AND = "MSD_musicnn", "published", "all", "+"
UNITS = {
    "embedding": "the last layer's input, mean over windows",
    "pooled": "mean of a feature map over time",
    "tags": "probability of a tag, mean over windows",
}


def make(*, network: str = NETWORK, weights: str = PUBLISHED, step: int = WINDOW) -> FeatureSet:
    """What networks of the package ``musicnn`` say of a clip, averaged over its windows of 3 s.

    Parameters
    ----------
    network : str
        A name of `harness.pretrained.musicnn.NETWORKS`, several with ``+`` between them, or
        ``all``.
    weights : str
        ``published``, or the hash of each network's checkpoint, with ``+`` between them.
    step : int
        Frames (16 ms) from window to window.

    Raises
    ------
    UsageError, UnknownNameError
        Where a setting can't be taken.
    DataError
        Where the weights aren't here; says what to do.
    """
    names = _names(network)
    given = [""] * len(names) if weights == PUBLISHED else weights.split(AND)
    if len(given) != len(names) or not all(one == "" or _is_hash(one) for one in given):
        raise UsageError(
            "takes the hash of each network's checkpoint",
            where=f"musicnn.weights={weights}",
            todo="--weights PATH finds them out",
        )
    identities = {
        name: identity or published.identity_of(name)
        for name, identity in zip(names, given, strict=True)
    }
    nets = [build(name, identity) for name, identity in identities.items()]
    parts = tuple(
        _part(kind if len(names) == 1 else f"{name}-{kind}", width, UNITS[kind])
        for name, net in zip(names, nets, strict=True)
        for kind, width in net.widths.items()
    )

    def compute(clip: Clip) -> Matrix:
        total = np.zeros(sum(part.width for part in parts))
        found = windows(clip, step)
        for window in found:
            # A view across the spectrogram: products of it would be slow.
            window = np.ascontiguousarray(window)
            answers = [net(window) for net in nets]
            total += np.concatenate([v for a in answers for v in (a.embedding, a.pooled, a.tags)])
        return (total / len(found)).astype(np.float32)

    parameters = LAYOUT | {"step_frames": step, "checkpoints_sha256": identities}
    return FeatureSet("musicnn", compute, parts, seconds_of(WINDOW), parameters)


def take_weights(source: Path, settings: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Bring the networks that settings ask for from a folder or wheel.

    Returns
    -------
    settings : dict
        With the hashes of what was brought.
    notes : list of str
        What the user should know of them.

    Raises
    ------
    HarnessError
        See `harness.pretrained.musicnn.bring`.
    """
    brought = published.bring(source, _names(settings.get("network", NETWORK)))
    notes = [f"{one.network}: not the published weights" for one in brought if not one.published]
    if not notes:
        return dict(settings), notes
    return dict(settings) | {"weights": AND.join(one.identity for one in brought)}, notes


def _names(network: str) -> list[str]:
    if network == ALL:
        return list(published.NETWORKS)
    names = [name.strip() for name in network.split(AND)]
    for name in names:
        published.identity_of(name)
    if len(set(names)) < len(names):
        raise UsageError("names a network twice", where=f"musicnn.network={network}")
    return names


def _is_hash(text: str) -> bool:
    return len(text) == 64 and set(text) <= set("0123456789abcdef")


def _part(name: str, width: int, unit: str) -> Part:
    return Part(name, tuple(f"{name}_{k}" for k in range(width)), unit)
