"""The house's plan, enforced: who may import whom, and nothing heavy before it is needed."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

import harness

ROOT = Path(harness.__file__).parent

# Stated once for everybody: these import nothing of the house but each other.
GROUND = {
    "errors", "locks", "ordinary", "printable", "atomic", "folders", "threads", "children",
    "provenance", "registry", "matrices", "board",
}  # fmt: skip
# A room may import the ground and what is named here; a name covers everything below it.
MAY_IMPORT: dict[str, set[str]] = {
    "errors": set(),
    "board": set(),
    "threads": set(),
    "provenance": {"threads"},
    "children": set(),
    "locks": set(),
    "ordinary": set(),
    "printable": set(),
    "atomic": {"errors", "locks"},
    "folders": {"errors", "locks", "atomic"},
    "registry": {"errors"},
    "matrices": set(),
    "readers": GROUND,
    "competition": GROUND | {"readers"},
    "competitions": GROUND | {"readers", "competition"},
    "pretrained": GROUND,
    "audio": GROUND | {"readers", "pretrained"},
    "prepare": GROUND | {"competition"},
    "zoo": GROUND | {"competition", "pretrained"},
    "evaluate": GROUND | {"competition"},
    "entry": GROUND | {"competition", "evaluate"},
    "entries": GROUND | {"competition", "evaluate", "entry"},
    "ranking": GROUND | {"competition", "evaluate", "entry", "entries"},
    "submission": GROUND | {"competition", "evaluate", "entry", "entries", "ranking"},
    "check": GROUND | {"readers", "competition", "evaluate", "entry", "entries"},
    "report": GROUND | {"competition", "evaluate", "entry", "entries"},
    "museum": GROUND | {"competition", "prepare", "zoo", "evaluate"},
    # Of `report` the canvas and the words, so that all figures look alike.
    "explore": GROUND | {"competition", "evaluate", "entries", "report"},
}
HEAVY = {
    "imblearn", "keras", "librosa", "lightgbm", "matplotlib", "numpy", "pandas", "polars", "scipy",
    "sklearn", "skops", "soundfile", "soxr", "tensorflow",
}  # fmt: skip

MODULES = sorted(ROOT.rglob("*.py"))


def _name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def _room(name: str) -> str:
    return name.partition(".")[0]


def _imports(path: Path) -> set[str]:
    """Every module that a file imports, anywhere in it, by full name."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: relative import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def _house_imports(path: Path) -> set[str]:
    inside = {name for name in _imports(path) if name.startswith("harness.")}
    return {name.removeprefix("harness.") for name in inside} - {"__version__"}


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_a_module_imports_only_what_stands_above_it(path: Path) -> None:
    room = _room(_name(path))
    if room not in MAY_IMPORT:  # jobs and commands tie everything together
        free = room in ("cli", "__main__")
        forbidden = {n for n in _house_imports(path) if _room(n) == "cli" and not free}
    else:
        allowed = MAY_IMPORT[room] | {room}
        forbidden = {n for n in _house_imports(path) if _room(n) not in allowed}
    assert not forbidden


@pytest.mark.parametrize("path", [p for p in MODULES if p.parent.name == "zoo"], ids=_name)
def test_a_model_imports_no_other_model(path: Path) -> None:
    others = {n for n in _house_imports(path) if n.startswith("zoo.")}
    assert all(n.split(".")[1].startswith("_") for n in others)


# These read what the harness itself has written or is made of.
READ_THEIR_OWN = {"ordinary", "registry", "provenance", "readers._cache", "readers._index"}
READ_THEIR_OWN |= {"explore.write"}


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_what_others_named_is_read_through_the_one_door(path: Path) -> None:
    """`harness.ordinary` looks before it opens: a pipe would be waited for for ever."""
    direct = [
        f"line {node.lineno}: {ast.unparse(node.func)}"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("read_text", "read_bytes")
        and ast.unparse(node.func.value) != "ordinary"
    ]
    assert _name(path) in READ_THEIR_OWN or not direct


def test_no_room_is_missing_from_the_plan() -> None:
    jobs = {
        "__init__",
        "fit",
        "plans",
        "journal",
        "practice",
        "expectation",
        "receipts",
        "checkpoints",
        "leaderboard",
        "storage",
        "_skops",
        "cli",
    }
    jobs |= {"tune", "tuning", "extract", "_extracted", "audit", "verify", "court", "ledger"}
    jobs |= {
        "vouching",
        "__main__",
        "auto",
        "_auto",
        "_auto_budget",
        "leftovers",
        "_auto_clock",
        "blend",
        "portfolio",
        "workers",
    }
    jobs |= {"saved", "predict", "weights", "reproduce", "systems"}
    assert {_room(_name(path)) for path in MODULES} <= set(MAY_IMPORT) | jobs


def _loaded_by(code: str) -> set[str]:
    """The heavy packages that a fresh interpreter has loaded after running `code`."""
    script = f"import sys\ntry:\n    {code}\nexcept SystemExit:\n    pass\n" + (
        "sys.stderr.write(','.join({name.partition('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    return HEAVY & set(done.stderr.rpartition("\n")[2].split(","))


@pytest.mark.parametrize(
    "arguments", [["--help"], ["fit", "--help"], ["extract", "--help"], ["--version"]]
)
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    assert _loaded_by(f"from harness.cli.app import main; main({arguments})") == set()


def test_an_unknown_model_is_answered_before_anything_heavy_is_loaded() -> None:
    assert _loaded_by("from harness.cli.app import main; main(['fit', '--model', 'dens'])") == set()


@pytest.mark.parametrize("room", ["errors", "registry", "threads", "locks", "atomic", "ordinary"])
def test_the_ground_is_light(room: str) -> None:
    assert _loaded_by(f"import harness.{room}") == set()


def test_test_files_have_names_of_their_own() -> None:
    """pytest imports them by their bare names: two of one name stop a whole run."""
    names = Counter(path.name for path in Path(__file__).parent.rglob("test_*.py"))
    assert [name for name, count in names.items() if count > 1] == []


def test_no_file_holds_the_marks_of_an_unfinished_merge() -> None:
    marks = ("<<<<<<< ", ">>>>>>> ")
    files = [*MODULES, *Path(__file__).parent.rglob("*.py")]
    lines = ((path, line) for path in files for line in path.read_text("utf-8").splitlines())
    assert [path.name for path, line in lines if line.startswith(marks)] == []
