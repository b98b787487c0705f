"""Advice is executed before it is printed: whoever does what a message says gets past it.

Each case makes an input, runs a command, takes the next step that the message proposes literally
(`follow` knows commands, options, edits of competition.toml and names that are meant), and runs the
command again: the same message must not come back.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from standins import Run, add
from worlds import TOML, draw, write_small

from harness.competitions._find import find

DATA = Path("data")
SPEC = DATA / "competition.toml"


@dataclass(frozen=True)
class Case:
    """An input, the command that refuses it, and what stands for a message's placeholders."""

    name: str
    setup: Callable[[], None]
    command: str
    refused: str
    names: dict[str, str] = field(default_factory=dict)


def edit(table: str, key: str, value: str) -> None:
    """Set a key of competition.toml as its reader would."""
    lines = SPEC.read_text().splitlines()
    try:
        at = lines.index(f"[{table}]")
    except ValueError:
        lines += ["", f"[{table}]"]
        at = len(lines) - 1
    end = next((k for k in range(at + 1, len(lines)) if lines[k].startswith("[")), len(lines))
    body = [line for line in lines[at + 1 : end] if not re.match(rf"{key}\s*=", line)]
    SPEC.write_text("\n".join([*lines[: at + 1], f"{key} = {value}", *body, *lines[end:], ""]))


def follow(run: Run, command: list[str], err: str, names: dict[str, str]) -> list[str]:
    """Do what the message says; gives the command to try next."""
    first, _, todo = err.removeprefix("error: ").partition("\n  ")
    for placeholder, name in names.items():
        todo = re.sub(rf"\b{placeholder}\b", name, todo)
    if "leave it out" in todo:
        at = command.index(first.split(":")[0].split(" ")[0])
        return command[:at] + command[at + 2 :]
    if told := re.search(r"write it as (\S+)", todo):
        return [*command[:-1], told[1]]
    if "choose another name" in todo:
        return [*command[:-1], "another"]
    if told := re.search(r"\[(\w+)\] (\w+) = (\[[^\]]*\]|[^`;,\s]+)", todo):
        edit(*told.groups())
        return command
    if told := re.search(r"(\w+): is no key here; did you mean (\w+)\?", err):
        SPEC.write_text(re.sub(rf"(?m)^{told[1]} =", f"{told[2]} =", SPEC.read_text()))
        return command
    if told := re.search(r"write ([\d.]+), not a percentage", todo):
        return [*command[:-1], told[1]]
    if meant := re.search(r"did you mean ([^\s?]+)", todo):
        (wrong,) = re.search(r"called '([^']+)'", first).groups()  # type: ignore[union-attr]
        if wrong in command:
            return [meant[1] if word == wrong else word for word in command]
        if SPEC.exists() and f'"{wrong}"' in SPEC.read_text():
            SPEC.write_text(SPEC.read_text().replace(f'"{wrong}"', f'"{meant[1]}"'))
            return command
        return [word.replace(wrong, meant[1]) for word in command]
    if told := re.search(r"`(harness [^`]+)`|: (harness [^;,]+)", todo):
        words = shlex.split(told[1] or told[2])[1:]
        assert run(*words)[0] == 0, words
        return command
    if options := re.findall(r"--[a-z][a-z-]*(?: [^\s,;:]+)?", todo):
        # Of several ways the first is taken.
        words = " ".join(options if todo.startswith("such as") else options[:1]).split()
        if todo.startswith("such as"):
            return [*command[: command.index(words[0])], *words]
        if words[0] in command and len(words) > 1:
            at = command.index(words[0])
            return [*command[: at + 1], words[1], *command[at + 2 :]]
        return [*command, *words]
    raise AssertionError(f"nothing to do in {todo!r}")


def small() -> None:
    write_small(DATA, rows=60, test_rows=30)


def changed(old: str, new: str) -> Callable[[], None]:
    def setup() -> None:
        small()
        assert old in TOML
        SPEC.write_text(TOML.replace(old, new))

    return setup


def with_header(name: str, head: str) -> Callable[[], None]:
    def setup() -> None:
        small()
        path = DATA / name
        path.write_text(f"{head}\n{path.read_text()}")

    return setup


def table(*, drop: str = "", test_extra: bool = False, label: str = "genre") -> None:
    """A table with names: ids, six numbers, a label; a test file without labels."""
    DATA.mkdir()
    X, y = draw(60, 0)
    names = ["Id", *"abcdef"]
    rows = [[f"r{k}", *(f"{v:.5f}" for v in X[k])] for k in range(60)]
    heads = [*names, label]
    lines = [[*row, "xyz"[y[k]]] for k, row in enumerate(rows)]
    if drop:
        at = heads.index(drop)
        heads, lines = heads[:at] + heads[at + 1 :], [li[:at] + li[at + 1 :] for li in lines]
    (DATA / "train.csv").write_text("\n".join(map(",".join, [heads, *lines])) + "\n")
    extra = ["extra"] if test_extra else []
    tests = [names + extra, *([*row, *(["1.5"] * len(extra))] for row in rows[:30])]
    (DATA / "test.csv").write_text("\n".join(map(",".join, tests)) + "\n")


def described(setup: Callable[[], None], old: str = "", new: str = "") -> None:
    from harness.competitions._new import describe

    setup()
    describe(DATA)
    if old:
        (DATA / "test.csv").write_text((DATA / "test.csv").read_text().replace(old, new))


def more_in_test() -> None:
    described(table)
    lines = (DATA / "test.csv").read_text().splitlines()
    lines = [f"{line},{'extra' if k == 0 else k}" for k, line in enumerate(lines)]
    (DATA / "test.csv").write_text("\n".join([*lines, ""]))


def fewer_in_test() -> None:
    described(table)
    lines = (DATA / "test.csv").read_text().splitlines()
    (DATA / "test.csv").write_text("".join(line.rpartition(",")[0] + "\n" for line in lines))


def ids_in_test() -> None:
    table(drop="Id")
    SPEC.write_text(
        'name = "t"\n[train]\nfeatures = "train.csv"\nheader = true\nlabel = "genre"\n'
        '[test]\nfeatures = "test.csv"\n[classes]\nvalues = ["x", "y", "z"]\n'
    )


def entry() -> None:
    small()
    add(find(DATA), "logistic", 1.0)


def unlabelled() -> None:
    table(label="what")
    lines = (DATA / "train.csv").read_text().splitlines()
    cells = [line.split(",") for line in lines]
    more = [f"{k % 3}" for k in range(len(cells) - 1)]
    cells = [[*row, extra] for row, extra in zip(cells, ["other", *more], strict=True)]
    (DATA / "train.csv").write_text("\n".join(map(",".join, cells)) + "\n")


def two_tables() -> None:
    table()
    for name in ("one.csv", "two.csv"):
        (DATA / name).write_bytes((DATA / "train.csv").read_bytes())
    (DATA / "train.csv").unlink()


def holes() -> None:
    small()
    path = DATA / "train_data.csv"
    lines = path.read_text().splitlines()
    lines[3] = "," + lines[3].partition(",")[2]
    path.write_text("\n".join([*lines, ""]))


def bare() -> None:
    table()


def groups() -> None:
    small()
    np.savetxt(DATA / "groups.csv", np.arange(60) // 3, fmt="%d")
    text = (DATA / "groups.csv").read_text()
    (DATA / "groups.csv").write_text(f"group\n{text}")
    SPEC.write_text(TOML + '\n[groups]\nfile = "groups.csv"\n')


def one_row_short(name: str, key: str) -> Callable[[], None]:
    def setup() -> None:
        small()
        SPEC.write_text(TOML)
        edit("train" if "train" in name else "test", key, "true")
        assert (DATA / name).exists()

    return setup


FIT = "fit --model prior --no-calibrate"
CASES = [
    Case("header of features", with_header("train_data.csv", "a,b,c,d,e,f"), "check", "'a'"),
    Case("header of labels", with_header("train_labels.csv", "label"), "check", "label"),
    Case("header of test", with_header("test_data.csv", "a,b,c,d,e,f"), "check", "'a'"),
    Case("no header", changed('"train_data.csv"', '"train_data.csv"\nheader = true'), "check", "1"),
    Case("labels without header", one_row_short("train_labels.csv", "labels_header"), "check",
         "numbers"),
    Case("header of groups", groups, "check", "61 groups"),
    Case("header of answers", with_header("answers/test_labels.csv", "label"),
         "grade data/good.csv --metric accuracy", "answers"),
    Case("no header of answers", changed('test_labels.csv"', 'test_labels.csv"\nheader = true'),
         "grade data/good.csv --metric accuracy", "numbers"),
    Case("holes", holes, "check", "empty"),
    Case("unknown column", changed("[classes]", '[columns]\ndrop = ["11"]\n[classes]'), "check",
         ""),
    Case("unknown metric", changed('"accuracy"', '"acuracy"'), FIT, "acuracy"),
    Case("unknown key", changed("labels =", "lables ="), "check", "lables"),
    Case("no competition.toml", bare, "check", "competition.toml"),
    Case("competition.toml there", small, "new data", "there already"),
    Case("no label", unlabelled, "new data", "no column looks like", {"COLUMN": "what"}),
    Case("two trainings", two_tables, "new data", "could all hold", {"FILE": "data/one.csv"}),
    Case("label misspelt", bare, "new data --label gnre", "gnre"),
    Case("id misspelt", bare, "new data --id Idd", "Idd"),
    Case("groups misspelt", bare, f"{FIT} --train data/train.csv --groups bb", "bb", {}),
    Case("model misspelt", small, "fit --model priorr --no-calibrate", "priorr"),
    Case("scaler misspelt", small, f"{FIT} --scaler standart", "standart"),
    Case("entry misspelt", entry, "submit --entry logistic-01", "logistic-01"),
    Case("leaderboard misspelt", entry, "submit --metric acuracy", "acuracy"),
    Case("no entries", small, "submit", "no entries"),
    Case("labels without train", small, f"{FIT} --labels data/train_labels.csv", "--train",
         {"FILE": "data/train_data.csv"}),
    Case("rule without labels", entry, "submit --min-confidence 0.3 --fallback 1 --metric logloss",
         "takes probabilities"),
    Case("half a rule", entry, "submit --metric accuracy --min-confidence 0.3", "go together"),
    Case("group split without groups", small, f"{FIT} --split group", "group",
         {"COLUMN": "0"}),
    Case("predefined without split", small, f"{FIT} --split predefined", "split of its own"),
    Case("dry without comparison", small, f"{FIT} --dry", "--dry"),
    Case("budget of a model", small, f"{FIT} --budget 2m", "auto"),
    Case("alternatives without nested", small, f"{FIT} --scaler standard/power", "nested"),
    Case("settings of none", small, f"{FIT} --set C=1", "C"),
    Case("score as a percentage", entry, "entries --board accuracy --posted logistic-001 62", "62"),
    Case("nothing to forget", entry, "entries --forget logistic-001", "nothing was posted"),
    Case("fix without --fix", entry, "check-submission data/good.csv --out x.csv", "--out"),
    Case("more columns in the test file", more_in_test, "check", "beside them"),
    Case("fewer columns in the test file", fewer_in_test, "check", "it lacks"),
    Case("ids in the test file alone", ids_in_test, "check", "Id"),
    Case("blended entry misspelt", entry, "blend logistic-001 logistic-01", "logistic-01"),
    Case("final misspelt", small, f"{FIT} --final bagg", "bagg"),
    Case("reducer without a number", small, f"{FIT} --reducer pca:x", "pca"),
    Case("a reserved name", small, f"{FIT} --name prior", "prior"),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_who_does_what_a_message_says_gets_past_it(run: Run, tmp_path: Path, case: Case) -> None:
    case.setup()
    (DATA / "good.csv").write_text(
        "Sample_id,Sample_label\n" + "".join(f"{k},1\n" for k in range(1, 31))
    )
    command = shlex.split(case.command)
    code, _, err = run(*command)
    assert code in (1, 2)
    assert case.refused in err
    after = follow(run, command, err, case.names)
    code, _, again = run(*after)
    assert again.partition("\n")[0] != err.partition("\n")[0], (after, again)
    assert code == 0 or case.refused not in again.partition("\n")[0], (after, again)
