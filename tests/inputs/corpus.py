"""Runs an input as a user would and judges what came out: right, refused by name, or wrong."""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import re
import tempfile
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from made import Truth
from written import faults

from harness.cli.app import main

HERE = Path(__file__).resolve().parent
KINDS = (
    "sample_contract",
    "sample_cells",
    "row_identity",
    "identity_across_files",
    "odd_cells",
    "units_and_dates",
    "silent_loss",
    "competition_kinds",
    "class_tables",
    "advice",
    "containers",
    "parquet",
    "layout",
    "names",
    "mixtures",
)
# What no message of ours may show: a library's own error, or a confession.
FOREIGN = re.compile(
    r"Traceback|fault of harness|\w+Warning:|polars|pandas\.|np\.float|"
    r"\b(?:Compute|InvalidOperation|Shape|Schema|Key|Value|Type|Index|Attribute|"
    r"UnicodeDecode|Parser|Assertion)Error\b"
)
# A next step is an option, a line for competition.toml, a command, or a verb that says what to do.
NEXT = re.compile(
    r"--\w|did you mean|known: |competition\.toml|`[^`]+`|\[\w+\]|"
    r"\b(?:unzip|gunzip|iconv|tr |sed )|\b(?:save|write|"
    r"export|rename|remove|delete|drop|name|give|add|convert|download|correct|choose|use|take|"
    r"repair|fix|make|put|declare|merge|join|check|clean|say|leave|keep|set|split|move|spell|"
    r"unpack|extract|replace|fill|fetch|get|log in|ask|look|see|free|cut|run)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Verdict:
    """`outcome` is "right", "refused" or "wrong"; `why` is one line."""

    outcome: str
    why: str = ""


@dataclass(frozen=True)
class Case:
    """One input and what its user may expect.

    `names` is looked for in a refusal, `says` in everything printed where it is right; `dropped`
    in what `new`, `fit` and `check` print, where the column couldn't be used. `steps` pairs what a
    message may propose with the options for `new`, or the function, that do it.
    """

    name: str
    write: Callable[[Path], Truth | None]
    allowed: frozenset[str]
    names: str = ""
    says: str = ""
    dropped: str = ""
    least: float = 0.85
    new: tuple[str, ...] = ()
    steps: tuple[tuple[str, object], ...] = ()


class Corpus:
    """The inputs of one kind, registered by decorators in the order of the file."""

    def __init__(self) -> None:
        self.cases: list[Case] = []

    def right(self, says: str = "", **more: object) -> Callable[..., Callable]:
        """Must come out right, and say `says`."""
        return self._add({"right"}, says=says, **more)

    def refused(self, names: str, **more: object) -> Callable[..., Callable]:
        """Must be refused, with `names` in the message."""
        return self._add({"refused"}, names=names, **more)

    def either(self, names: str, **more: object) -> Callable[..., Callable]:
        """Right, or refused by name; never wrong without a word."""
        return self._add({"right", "refused"}, names=names, **more)

    def _add(self, allowed: set[str], **more: object) -> Callable[..., Callable]:
        def register(write: Callable[[Path], Truth | None]) -> Callable:
            name = write.__name__.strip("_")
            self.cases.append(Case(name, write, frozenset(allowed), **more))  # type: ignore[arg-type]
            return write

        return register

    def parameters(self) -> list[object]:
        known = known_wrong()
        return [
            pytest.param(
                case,
                id=case.name,
                marks=[pytest.mark.xfail(reason=known[case.name], strict=True)]
                if case.name in known
                else [],
            )
            for case in self.cases
        ]


def known_wrong() -> dict[str, str]:
    """Inputs that are answered wrongly today: a line each, `name: why`."""
    path = HERE / "known_wrong.txt"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return dict(line.split(": ", 1) for line in lines if line and not line.startswith("#"))


def collection() -> dict[str, list[Case]]:
    return {kind: importlib.import_module(f"test_{kind}").CASES.cases for kind in KINDS}


def command(*arguments: str) -> tuple[int, str, str]:
    """Run a command in this process: exit code, stdout, stderr."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main(list(arguments))
            code = 0
        except SystemExit as ended:
            code = int(ended.code or 0) if not isinstance(ended.code, str) else 1
        except BaseException:
            err.write(traceback.format_exc())
            code = 1
    return code, out.getvalue(), err.getvalue()


@contextlib.contextmanager
def workplace() -> object:
    """An empty folder to work in, with a cache of its own and lines that aren't wrapped."""
    names = {"COLUMNS": "1000"}
    with tempfile.TemporaryDirectory() as folder:
        names["HARNESS_CACHE"] = str(Path(folder) / "cache")
        before = {name: os.environ.get(name) for name in names}
        os.environ.update(names)
        work = Path(folder) / "work"
        work.mkdir()
        try:
            with contextlib.chdir(work):
                yield work
        finally:
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value


def judge(case: Case) -> Verdict:
    """Make the input in a folder of its own, run a user's commands on it, and judge."""
    with workplace():
        data = Path("data")
        truth = case.write(data)
        verdict = _commands(case, truth, data)
        tried: set[int] = set()
        while case.steps and verdict.outcome == "refused":
            at = [i for i, (text, _) in enumerate(case.steps) if re.search(text, verdict.why)]
            if not at:
                return Verdict("wrong", f"proposes no step that helps: {verdict.why}")
            if at[0] in tried:
                return Verdict("wrong", f"its advice doesn't get past it: {verdict.why}")
            tried.add(at[0])
            step = case.steps[at[0]][1]
            try:
                described = bool(step(data)) if callable(step) else False
            except FileNotFoundError as missing:
                why = f"its advice needs {missing.filename}, which isn't there: {verdict.why}"
                return Verdict("wrong", why)
            options = case.new if callable(step) else step
            verdict = _commands(case, truth, data, options, described)  # type: ignore[arg-type]
        mixture = Path("mixture.txt")
        if mixture.exists():
            verdict = replace(verdict, why=f"{mixture.read_text(encoding='utf-8')}: {verdict.why}")
    if verdict.outcome == "wrong" or verdict.outcome in case.allowed:
        return verdict
    return Verdict("wrong", f"{verdict.outcome} where that isn't expected: {verdict.why}")


def _commands(
    case: Case,
    truth: Truth | None,
    data: Path,
    options: tuple[str, ...] | None = None,
    described: bool = False,
) -> Verdict:
    """Run `new` (unless that is done), `fit` and `submit`; judge what they leave."""
    said = ""
    out = Path("sub.csv")
    given = case.new if options is None else options
    if options is not None and (data / "competition.toml").exists() and "--force" not in given:
        given = ("--force", *given)
    lines = [
        ("new", str(data), *given),
        ("fit", "--model", "logistic", "--cv", "3", "--data", str(data)),
        ("submit", "--data", str(data), "--out", str(out)),
    ]
    for line in lines[described:]:
        before = _files()
        code, printed, err = command(*line)
        said += f"{printed}\n{err}\n"
        if code:
            return _refusal(case, line[0], code, err, before)
        if FOREIGN.search(err):
            return Verdict("wrong", f"{line[0]} shows {FOREIGN.search(err)[0]}: {_one(err)}")
    fault = (
        "made a submission of what has no right one"
        if truth is None
        else faults(truth, out, case.least)
    )
    if fault and case.dropped:
        _, printed, err = command("check", "--data", str(data))
        if fault.startswith("accuracy") and re.search(case.dropped, _one(said + printed + err)):
            return Verdict("refused", "the column was dropped, and that was said")
    if fault:
        return Verdict("wrong", fault)
    if case.says and not re.search(case.says, _one(said)):
        return Verdict("wrong", f"right, but /{case.says}/ isn't said")
    return _contract(case, truth, data, out)


def _contract(case: Case, truth: Truth | None, data: Path, out: Path) -> Verdict:
    """The host's sample, and what we wrote, pass `check-submission`."""
    files = [out]
    if truth is not None and truth.sample and truth.sample_passes:
        files.insert(0, data / truth.sample)
    for file in files:
        code, printed, err = command("check-submission", str(file), "--data", str(data))
        if code:
            return Verdict("wrong", f"check-submission {file}: {_one(printed + err)}")
    return Verdict("right")


def _refusal(case: Case, step: str, code: int, err: str, before: dict[str, int]) -> Verdict:
    text = f"{step}: {_one(err)}"
    if code not in (1, 2):
        return Verdict("wrong", f"exit {code}: {text}")
    if FOREIGN.search(err):
        return Verdict("wrong", f"shows {FOREIGN.search(err)[0]}: {text}")
    if len(err.splitlines()) > 12:
        return Verdict("wrong", f"{len(err.splitlines())} lines of message: {text}")
    left = sorted(name for name, size in _files().items() if before.get(name) != size)
    left = [name for name in left if step != "fit" or "submissions" not in name]
    if left:
        return Verdict("wrong", f"leaves {', '.join(left)} behind: {text}")
    if case.names and not re.search(case.names, text):
        return Verdict("wrong", f"doesn't name /{case.names}/: {text}")
    if not NEXT.search(err):
        return Verdict("wrong", f"proposes no next step: {text}")
    return Verdict("refused", text)


def _files() -> dict[str, int]:
    return {str(p): p.stat().st_size for p in Path().rglob("*") if p.is_file()}


def _one(text: str) -> str:
    return " ".join(text.split())
