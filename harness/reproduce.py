"""The job `reproduce`: a report's system end to end, its figures beside what comes out here.

Every model of a report is fitted as an ordinary entry; what the report did wrongly is made beside
it and becomes none.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from harness import entries, ordinary
from harness.atomic import write_json
from harness.competition import Competition
from harness.entries import Entry
from harness.errors import UsageError
from harness.evaluate import splits
from harness.evaluate.crossval import Fold
from harness.fit import fit
from harness.plans import FitSettings, Plan, plan
from harness.provenance import versions
from harness.registry import lookup
from harness.systems import _weights
from harness.systems._after import explored, measured, predicted, submitted
from harness.systems._data import Finder, Found
from harness.systems._outcome import Outcome, parameters_of
from harness.systems._sheets import Sheet, sheets_of
from harness.systems._system import EFFORTS, SYSTEMS, Effort, Run, System
from harness.systems._told import OWN_SPLIT, told
from harness.systems._twins import TWINS, Twin
from harness.systems._written import NUMBERS, write
from harness.zoo import _members

ANOTHER = "name a folder that is new, empty, or an older reproduction's of this system"


@dataclass(frozen=True, eq=False)
class Reproduced:
    """A report's system as it came out.

    Attributes
    ----------
    name : str
    system : System
    effort : str
    seed : int
    found : mapping
        The rows by name.
    outcomes : tuple of Outcome
        One for each of the report's models, in its order.
    twin : Twin, optional
        The leaky original.
    sheets : tuple of Sheet
        The tables: the report's figures beside ours first.
    notes : tuple of str
        What the data are, what was made smaller, why figures differ.
    page : Path
    files : tuple of Path
    """

    name: str
    system: System
    effort: Effort
    seed: int
    found: Mapping[str, Found]
    outcomes: tuple[Outcome, ...]
    twin: Twin | None
    sheets: tuple[Sheet, ...]
    notes: tuple[str, ...]
    page: Path
    files: tuple[Path, ...]

    def as_dict(self) -> dict[str, Any]:
        """Everything, as JSON can hold it."""
        told: dict[str, Any] = json.loads(ordinary.read_text(self.page.parent / NUMBERS))
        return told | {"page": str(self.page), "files": [str(path) for path in self.files]}


def reproduce(
    name: str,
    out: Path,
    *,
    data: Sequence[Path] = (),
    effort: str = "small",
    seed: int | None = None,
    weights: str | None = None,
    on_fold: Callable[[str, Fold], None] = lambda run, fold: None,
    on_step: Callable[[str], None] = lambda step: None,
) -> Reproduced:
    """Run the system called `name` and write everything into `out`.

    Models whose entries an earlier run with the same settings has left there are not fitted again.

    Parameters
    ----------
    data : sequence of Path
        Folders of audio, or competitions; for rows that none of them offers, made data stand in.
    effort : "small" or "full"
    seed : int, optional
        The report's own where it tells one, else 0.
    weights : str, optional
        Pretrained weights for the models that take some: ``"imagenet"``, ``"none"`` or a file.
    on_fold : callable (run, fold)
    on_step : callable
        Told what is being done.

    Raises
    ------
    UsageError
        For what isn't known, and where `out` holds something else.
    DataError
        Where nothing can be learned from what is given.
    """
    lookup("effort", effort, EFFORTS)
    system: System = SYSTEMS.load(name).SYSTEM
    refuse_foreign(out, name)
    seed = system.seed if seed is None else seed
    small: Effort = "small" if effort == "small" else "full"
    brought = _weights.chosen(system, weights)
    # Settings first: what can't be taken is said before anything is made.
    settings = {run.name: _settings(run, small, brought) for run in system.runs}
    finder = Finder(system, data, out, small, seed, on_step)
    # Says whose folder it is, should the run be stopped.
    if not (out / NUMBERS).is_file():
        write_json(out / NUMBERS, {"system": name, "finished": False})
    found = finder.all()

    made: list[tuple[Plan, Outcome]] = []
    for run in system.runs:
        for one in (run, *_on_own_split(run, found[run.rows].competition)):
            on_step(f"fitting {one.name}")
            given = settings[run.name], found[run.rows], small
            made.append(_fitted(one, *given, out, seed, on_fold))
    outcomes = [outcome for _, outcome in made]
    if any(figure.measure == "parameters" for figure in system.figures):
        outcomes = [measured(one, {"parameters": parameters_of(one.entry)}) for one in outcomes]

    twin, notes = None, [*told(system, small, found, outcomes, brought)]
    if system.twin:
        on_step("making what the report made")
        twin = TWINS[system.twin](made[0][0], out / "as-reported", seed)
        outcomes[0], said = submitted(outcomes[0], out)
        notes += [*said, *twin.notes]
    if system.predicts:
        notes += predicted(outcomes[0], finder.unseen())
    pictures = explored(system, found, out, seed, on_step)

    sheets = sheets_of(system, outcomes, twin)
    on_step("drawing")
    page, files = write(
        out, name, system, small, seed, found, outcomes, twin, sheets, notes, pictures
    )
    return Reproduced(
        name, system, small, seed, found, tuple(outcomes), twin, sheets, tuple(notes), page, files
    )


def refuse_foreign(out: Path, name: str) -> None:
    """Refuse to pour a reproduction into a folder that holds anything else, or another system.

    Raises
    ------
    UsageError
    """
    where = f"--out {out}"
    if out.is_file():
        raise UsageError("is a file", where=where, todo="name a folder")
    if (out / NUMBERS).is_file():
        try:
            there = json.loads(ordinary.read_text(out / NUMBERS)).get("system")
        except (OSError, ValueError, AttributeError):
            there = None
        if there != name:
            raise UsageError(f"holds {there or 'another reproduction'}", where=where, todo=ANOTHER)
        return
    others = sorted(path.name for path in out.iterdir()) if out.is_dir() else []
    if others := [other for other in others if not other.startswith(".")]:
        raise UsageError(f"holds other files, such as {others[0]}", where=where, todo=ANOTHER)


def _settings(run: Run, effort: Effort, brought: str | None) -> dict[str, Any]:
    """The preset, and what differs from it here."""
    settings = dict(_members.presets(run.model).get(run.preset, {})) | dict(run.settings)
    if run.unpretrained:
        settings |= run.unpretrained if brought is None else {"weights": brought}
    if effort == "small":
        settings |= run.small
    # Refused now rather than after minutes.
    _members.make(run.model, settings, seed=0)
    return settings


def _fitted(
    run: Run,
    settings: Mapping[str, Any],
    found: Found,
    effort: Effort,
    out: Path,
    seed: int,
    on_fold: Callable[[str, Fold], None],
) -> tuple[Plan, Outcome]:
    competition = found.competition
    split = _split(run, competition, effort)
    once = split.partition(":")[0] in ("holdout", "predefined")
    asked = FitSettings(
        model=run.model,
        parameters=settings,
        cv=_folds(run, competition),
        seed=seed,
        split=split,
        # One split, one model: nothing more is fitted than what is judged.
        final="bag" if once else "refit",
        # The report's figures are of its models alone.
        calibrate=False,
    )
    ready = plan(replace(competition, leaderboards=()) if once else competition, asked)
    submissions = out / "submissions"
    entry = _there(submissions, ready)
    taken = entry is not None
    if entry is None:
        entry = fit(
            ready,
            submissions,
            name=run.name,
            source={"data": str(found.data.absolute())},
            on_fold=lambda fold: on_fold(run.name, fold),
        )
    preset = _members.resolved(run.model, _members.presets(run.model).get(run.preset, {}))
    changed = {k: v for k, v in settings.items() if k != "block" and k in preset and preset[k] != v}
    return ready, Outcome(run, entry, found, taken, changed, {})


def _on_own_split(run: Run, competition: Competition) -> list[Run]:
    """The same run on the data's own split, where the report split at random."""
    if run.own_split or competition.predefined is None:
        return []
    return [replace(run, name=f"{run.name}{OWN_SPLIT}", own_split=True)]


def _split(run: Run, competition: Competition, effort: Effort) -> str:
    """The report's split, or the data's own where the report has taken that."""
    if run.own_split and competition.predefined is not None:
        return "predefined"
    if effort == "small" and run.small_split:
        return run.small_split
    return run.split or splits.default_for(competition)


def _folds(run: Run, competition: Competition) -> int:
    """As many folds as the report's, fewer where a class is small."""
    return max(2, min(run.cv, int(competition.counts.min())))


def _there(submissions: Path, ready: Plan) -> Entry | None:
    """The entry of an earlier run with the same settings, on the same rows."""
    wanted = json.loads(json.dumps(asdict(ready.settings)))
    for entry in reversed(entries.read_all(submissions, fingerprint=ready.competition.fingerprint)):
        same = entry.receipt.get("settings") == wanted
        if same and entry.receipt.get("versions") == versions():
            return entry
    return None
