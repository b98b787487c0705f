"""What is said beside the tables: which data, what was made smaller, why figures differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from harness.systems import _weights
from harness.systems._data import Found
from harness.systems._outcome import Outcome
from harness.systems._system import Effort, System
from harness.zoo import _members


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
        runs = ", ".join(o.run.name for o in outcomes if o.run.rows == one.name)
        said = f" (stands in for the report's: {system.data})" if one.stands_in else ""
        notes.append(f"data of {runs or one.name}: {one.told}{said}")
    if any(one.stands_in for one in found.values()):
        notes.append("what stands in is made by this package: no figure on it is one on real music")
        notes += [system.on_stand_in] if system.on_stand_in else []
    if any(run.unpretrained for run in system.runs):
        notes.append(_weights.told(brought))
    for outcome in outcomes:
        if outcome.changed:
            said = ", ".join(_members.written(outcome.changed))
            why = "small effort" if effort == "small" else "no pretrained weights"
            notes.append(f"{outcome.run.name}, otherwise than in the report ({why}): {said}")
        if outcome.taken:
            notes.append(f"{outcome.run.name} was fitted by an earlier run")
    return [*notes, *system.why]
