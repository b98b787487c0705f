"""What is said beside the tables: which data, what was made smaller, why figures differ."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from harness.systems import _weights
from harness.systems._data import Found
from harness.systems._outcome import Outcome
from harness.systems._system import Effort, System
from harness.zoo import _members

# Ends the names of runs on the data's own split.
OWN_SPLIT = "-own-split"


def told(
    system: System,
    effort: Effort,
    found: Mapping[str, Found],
    outcomes: Sequence[Outcome],
    brought: str | None,
) -> list[str]:
    """What the data are, what was made smaller, why figures differ."""
    notes = []
    for one in found.values():
        runs = [outcome.run.name for outcome in outcomes if outcome.run.rows == one.name]
        notes.append(f"{', '.join(runs) or 'pictures'}: {one.told}")
    if any(one.stands_in for one in found.values()):
        notes.append(
            f"the report had {system.data}; --data takes them. What stands in is made by this "
            "package: no figure on it is one on real music"
        )
        notes += [system.on_stand_in] if system.on_stand_in else []
    else:
        notes.append(f"the report had {system.data}")
    if any(run.unpretrained for run in system.runs):
        notes.append(_weights.told(brought))
    reasons = ["small effort"] if effort == "small" else []
    if brought is None and any(run.unpretrained for run in system.runs):
        reasons.append("no pretrained weights")
    why = " and ".join(reasons)
    notes += [
        f"{runs}, otherwise than in the report ({why}): {said}"
        for said, runs in _together(
            (", ".join(_members.written(one.changed)), one.run.name) for one in outcomes
        ).items()
        if said
    ]
    if any(one.run.name.endswith(OWN_SPLIT) for one in outcomes):
        notes.append(
            f"...{OWN_SPLIT}: the same model on the split that the data bring, where the report "
            "split at random"
        )
    if taken := [one.run.name for one in outcomes if one.taken]:
        notes.append(f"fitted by an earlier run: {', '.join(taken)}")
    return [*notes, *system.why]


def _together(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """What is said of several, said once."""
    found: dict[str, list[str]] = {}
    for said, name in pairs:
        found.setdefault(said, []).append(name)
    return {said: ", ".join(names) for said, names in found.items()}
