"""The user's own code in a process of its own: whatever it does, the audit gets an answer.

Code that ends its process, crashes in a library or never comes back would otherwise end the audit
without a word, and that must not look as if nothing was found. What the child has to say comes as
JSON through a pipe.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from harness import children, errors
from harness.audit._run import Audited, Ready, prepare, send
from harness.audit._subjects import AuditSettings, subject_of
from harness.competition import Competition
from harness.errors import DataError, HarnessError, UnknownNameError
from harness.evaluate.audit import Finding
from harness.threads import settle


def audit_apart(
    competition: Competition,
    settings: AuditSettings,
    *,
    only: Sequence[str] = (),
    timeout: float | None = None,
    on_finding: Callable[[Finding], None] = lambda one: None,
) -> Audited:
    """As `harness.audit._run.audit`, with the user's code in another process.

    Parameters
    ----------
    timeout : float, optional
        Seconds that one cross-validation may take.

    Raises
    ------
    DataError
        Also where the process ended by itself, or took too long.
    """
    ready = prepare(competition, settings, only)
    findings: list[Finding] = []
    with _child(settings, ready, only) as (child, pipe):
        # Until it says that the user's code begins, it is loading libraries.
        patience, runs = None, 0
        while True:
            if not pipe.poll(patience):
                raise _too_long(settings, timeout, runs)
            try:
                told = json.loads(pipe.recv_bytes())
            except (EOFError, ConnectionError):
                child.join()
                raise _ended(settings, child.exitcode, runs) from None
            if told["kind"] == "error":
                raise _error(told)
            if told["kind"] == "finding":
                findings.append(Finding(**told["finding"]))
                on_finding(findings[-1])
            elif told["kind"] == "done":
                return Audited(told["subject"], ready.rows, ready.folds, ready.split, findings)
            else:
                patience, runs = timeout, told["runs"]


@contextmanager
def _child(
    settings: AuditSettings, ready: Ready, only: Sequence[str]
) -> Iterator[tuple[BaseProcess, Connection]]:
    # A fresh interpreter: threads and what libraries keep aren't copied.
    context = children.Context()
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=_work, args=(theirs, settings, ready, tuple(only)))
    child.start()
    theirs.close()
    try:
        yield child, ours
    finally:
        child.kill()
        child.join()
        ours.close()


def _work(pipe: Connection, settings: AuditSettings, ready: Ready, only: tuple[str, ...]) -> None:
    """In the child."""
    settle()
    # Ctrl-C reaches every process of the terminal; the parent answers it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Results go to the parent's stdout alone, whatever the user's code prints and how.
    os.dup2(2, 1)
    runs = 0

    def say(kind: str, **more: Any) -> None:
        pipe.send_bytes(json.dumps({"kind": kind, **more}).encode())

    def on_run() -> None:
        nonlocal runs
        runs += 1
        say("run", runs=runs)

    try:
        say("run", runs=0)
        subject = subject_of(settings)
        send(
            subject,
            ready,
            settings,
            only=only,
            on_finding=lambda one: say("finding", finding=one.as_dict()),
            on_run=on_run,
        )
        say("done", subject=subject.name)
    except HarnessError as problem:
        trace = traceback.format_exc()
        say(
            "error",
            error=type(problem).__name__,
            what=problem.what,
            where=problem.where,
            todo=problem.todo,
            trace=trace,
        )
    except Exception as problem:
        said = f"{type(problem).__name__}: {problem}"
        say("error", error="", what=said, where=None, todo=None, trace=traceback.format_exc())
    # The end of user's threads isn't waited for.
    pipe.close()
    sys.stderr.flush()
    os._exit(0)


def _error(told: dict[str, Any]) -> Exception:
    """What the child raised; the place where it did is shown by ``--debug``."""
    found: Exception
    if not told["error"]:
        found = RuntimeError(told["what"])
    else:
        kind = getattr(errors, told["error"], DataError)
        # Errors that are made of a list have said it in their text.
        plain = kind in (errors.UsageError, UnknownNameError, errors.EntryError, DataError)
        kind = kind if plain else DataError
        found = kind(told["what"], where=told["where"], todo=told["todo"])
    found.add_note(told["trace"])
    return found


def _where(settings: AuditSettings) -> str:
    option = "--function" if settings.function else "--estimator"
    return f"{option} {settings.function or settings.estimator}"


def _in(runs: int) -> str:
    return f"in its run number {runs}" if runs else "while it was imported"


def _too_long(settings: AuditSettings, timeout: float | None, runs: int) -> DataError:
    return DataError(
        f"took longer than {timeout:g} s {_in(runs)}, and was stopped",
        where=_where(settings),
        todo="give it more time (--timeout), or fewer rows (--rows)",
    )


def _ended(settings: AuditSettings, code: int | None, runs: int) -> DataError:
    how = f"exit code {code}" if code is None or code >= 0 else f"killed by signal {-code}"
    return DataError(
        f"ended its process {_in(runs)} ({how}): nothing is known of it",
        where=_where(settings),
        todo="take out what ends Python (os._exit), or what crashes or fills the memory",
    )
