"""The models of a page: an index of what can be chosen, and a block of arrays for each."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import numpy as np

from monosemanticity.companions.measuring import UNITS
from monosemanticity.companions.results import Results
from monosemanticity.experiment.companions import Experiment
from monosemanticity.experiment.plan import Member
from monosemanticity.experiment.quantities import plain
from monosemanticity.measures.measured import FEATURES, MEASURES, NEURONS
from monosemanticity.measures.monosemanticity import MONOSEMANTIC
from monosemanticity.measures.neurons import POSITIVE_BIAS
from monosemanticity.report import companion_models, models
from monosemanticity.report.blocks import Arrays, block
from monosemanticity.report.gaps import Gap, or_gap
from monosemanticity.report.sources import Sources


@dataclass
class Explorer:
    """What can be chosen, and the arrays of each choice, as text by the name of its block."""

    index: dict[str, Any]
    blocks: dict[str, str] = field(default_factory=dict)
    gaps: list[Gap] = field(default_factory=list)

    def add(self, name: str, load: Callable[[], Arrays], command: str) -> dict[str, str]:
        """Hold the arrays of a model; returns what is said where they are missing, nothing where they are there."""
        arrays = or_gap(load, name, command)
        if isinstance(arrays, Gap):
            return self.miss(arrays)
        self.blocks[name] = block(arrays)
        return {}

    def miss(self, gap: Gap) -> dict[str, str]:
        """Note a gap; returns what is said in its place."""
        self.gaps.append(gap)
        return {"missing": gap.why, "command": gap.command}

    def addresses(self) -> dict[str, str]:
        """Of each run that can be chosen, what the page's address says to choose it."""
        companions = [
            each for study in self.index["studies"].values() for members in study.values() for each in members
        ]
        chosen = {"run": self.index["runs"], "companion": [each["run"] for each in companions if "run" in each]}
        return {run: f"{what}={quote(run)}" for what, runs in chosen.items() for run in runs}

    def as_json(self) -> str:
        """The index as it stands in a script element, which no text in it can end."""
        return json.dumps(self.index, allow_nan=False).replace("<", "\\u003c")


def explorer(sources: Sources, held: Mapping[str, list[Member]]) -> Explorer:
    """Some runs of some batches and all runs of the companion studies, as far as they are there."""
    found = Explorer(
        {
            "amplitudes": models.AMPLITUDES.tolist(),
            "monosemantic": MONOSEMANTIC,
            "positive_bias": POSITIVE_BIAS,
            "no_feature": models.NO_FEATURE,
            "units": {
                column.name: column.metadata[b"unit"].decode()
                for schema in (MEASURES, NEURONS, FEATURES)
                for column in schema
            },
            "batches": {},
            "runs": {},
            "studies": {},
        }
    )
    for name, members in held.items():
        found.index["batches"][name] = list(_runs(found, name, members, sources))
    for study, experiments in sources.plan.companions.items():
        if not experiments:
            continue
        results = Results(experiments, sources.paths)
        found.index["studies"][study] = {
            name: list(_companions(found, experiment, results, sources)) for name, experiment in experiments.items()
        }
    return found


def _runs(found: Explorer, batch: str, members: list[Member], sources: Sources) -> Iterator[dict[str, Any]]:
    for member in members:
        spec = member.spec
        label = member.asked() + f" seed={spec.seed}" * (spec.seed > 0) + " (comparison run)" * member.comparison
        yield {"run": spec.run_id, "label": label.strip() or "the one setting"}
        if spec.run_id in found.index["runs"]:
            continue
        folder = sources.paths.run(spec.run_id)
        missing = found.add(spec.run_id, lambda s=spec, f=folder: models.of_run(s, f), sources.command(batch))
        if missing:
            found.index["runs"][spec.run_id] = missing
            continue
        vectors = {"P": models.feature_vectors(spec, folder)}
        shared = "P-" + hashlib.sha256(vectors["P"].tobytes()).hexdigest()[:12]
        if shared not in found.blocks:
            found.blocks[shared] = block(vectors)
        found.index["runs"][spec.run_id] = {
            "numbers": spec.model_dump(),
            "steps": spec.checkpoint_steps,
            "P": shared,
        }


def _companions(
    found: Explorer, experiment: Experiment, results: Results, sources: Sources
) -> Iterator[dict[str, Any]]:
    """The runs of an experiment: of each the instance of the least loss where the study says which that is, or one."""
    again = sources.command(f"{experiment.study}_{experiment.name}")
    final = or_gap(lambda: results.final(experiment.name), f"{experiment.study} {experiment.name}", again)
    if isinstance(final, Gap):
        yield found.miss(final)
        return
    swept = [name for name in type(experiment.specs[0]).model_fields if final[name].nunique(dropna=False) > 1]
    for spec in experiment.specs:
        rows = final[final["run"] == spec.run_id]
        row = (rows[rows["best"] == 1] if "best" in rows else rows).iloc[0]
        numbers = spec.model_dump()
        label = " ".join(f"{name}={_plain(numbers[name])}" for name in swept) or "the one setting"
        said = {
            "run": spec.run_id,
            "label": label,
            "instance": int(row["instance"]),
            "instances": spec.instances,
            "best": "best" in rows,
        }
        instance = said["instance"]
        missing = found.add(spec.run_id, lambda s=spec, i=instance: companion_models.of_run(s, i, results.paths), again)
        measured = {
            name: float(row[name]) for name in UNITS[experiment.study] if name != "best" and np.isfinite(row[name])
        }
        yield said | (missing or {"numbers": numbers, "measured": measured})


def _plain(value: Any) -> str:
    return plain(value) if isinstance(value, int | float) else str(value)
