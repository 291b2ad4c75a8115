"""Runs of the study that are small, and results that are made by hand."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from monosemanticity.claims.runs import NotMeasurableError
from monosemanticity.companions.incidental import theory
from monosemanticity.companions.incidental.measures import MEASURES
from monosemanticity.companions.incidental.published import FOURTH_NORMS
from monosemanticity.companions.incidental.training import TRACE
from monosemanticity.companions.results import Results
from monosemanticity.experiment.incidental import IncidentalSpec

SMALL = {"n": 4, "m": 6, "instances": 3, "steps": 8, "l1": 0.01, "optimiser": "adamw", "learning_rate": 0.01}
Column = Callable[[IncidentalSpec, int, np.ndarray], np.ndarray | float]
"""A column's values of a run at a step, instance by instance."""


def spec(**changed: Any) -> IncidentalSpec:
    return IncidentalSpec(**SMALL | changed)


@dataclass(frozen=True)
class HandMade(Results):
    """Results whose columns are given as functions; every other column is 1."""

    experiments: Mapping[str, list[IncidentalSpec]]
    paths: None = None
    columns: Mapping[str, Column] = field(default_factory=dict)
    models: Callable[[IncidentalSpec, int], np.ndarray] | None = None

    def specs(self, experiment: str) -> list[IncidentalSpec]:
        if experiment not in self.experiments:
            raise NotMeasurableError(f"there is no experiment {experiment}")
        return self.experiments[experiment]

    def table(self, experiment: str) -> pd.DataFrame:
        return pd.concat(self._rows(each, each.checkpoint_steps, MEASURES) for each in self.specs(experiment))

    def trace(self, experiment: str) -> pd.DataFrame:
        return pd.concat(self._rows(each, each.recorded_steps, TRACE) for each in self.specs(experiment))

    def tensors(self, of: IncidentalSpec, step: int) -> dict[str, np.ndarray]:
        return {"W": self.models(of, step)}

    def _rows(self, of: IncidentalSpec, steps: Iterable[int], names: Iterable[str]) -> pd.DataFrame:
        instance = np.arange(of.instances)
        frames = [
            pd.DataFrame(
                {"run": of.run_id, **of.model_dump(), "step": step, "instance": instance}
                | {name: self.columns.get(name, lambda *_: 1.0)(of, step, instance) for name in names}
            )
            for step in steps
        ]
        return pd.concat(frames, ignore_index=True)


def grid(**values: Any) -> list[IncidentalSpec]:
    """A run for every combination of the values that are lists."""
    lists = {name: value if isinstance(value, list) else [value] for name, value in values.items()}
    return [spec(**dict(zip(lists, chosen, strict=True))) for chosen in product(*lists.values())]


EXPERIMENTS = {
    "collisions": grid(n=64, m=[64, 128, 256], instances=6),
    "penalties": grid(n=64, m=[64, 128], instances=6, l1=[0.001, 0.01]),
    "sparsification": grid(n=1, m=100_000, l1=1e-5, optimiser="flow", learning_rate=500.0, steps=400),
    "winners": grid(n=6, m=[6, 8]),
    "descent": grid(n=6, m=6, optimiser="sgd"),
    "noise": grid(n=8, m=16, noise=["bernoulli", "gaussian"], sigma=[0.07, 0.1, 0.15]),
    "co_occurrence": grid(co_occurrence=[0, 0.1, 1]),
    "repair": grid(split_after=4, split_noise=[0.01, 0.1]),
    "course": grid(kept="powers"),
    "necessary": grid(m=[2, 4, 8], start=["random", "apart"]),
    "no_penalty": grid(l1=0),
    "hidden": grid(m=[4, 6], hidden=["identity", "relu"]),
}


def counts(spec, step, instance):
    about = np.where(instance % 2, 0.8, 0.9)
    if spec.start == "apart" and spec.m >= spec.n:
        return 0.0 * instance
    if spec.split_after is not None:
        return about * (4.0 if step == spec.split_after else 1.0)
    return about * theory.polysemantic_neurons(spec.n, spec.m) * (1 - spec.co_occurrence)


def predicted(of):
    return lambda spec, step, instance: (1.1 + 0.01 * instance) * of(step * spec.learning_rate, spec.m, spec.l1)


def fourth_norm(spec, step, instance):
    published = FOURTH_NORMS.get(spec.noise, {}).get(spec.sigma, 1.0)
    return published + 0.01 * (instance - 1)


HOLDS: dict[str, Column] = {
    "polysemantic_neurons": counts,
    "l1_norm": predicted(theory.l1_norm),
    "nonzero_entries": predicted(theory.nonzero_entries),
    "largest_won": lambda spec, step, instance: 0.8 + 0.05 * instance,
    "fourth_norm": fourth_norm,
    "benign_collisions": lambda spec, step, instance: 10.0 + instance,
    "malign_collisions": lambda spec, step, instance: 0.0 * instance,
    "split_neurons": lambda spec, step, instance: 4.0 + instance,
    "separated_pairs": lambda spec, step, instance: 3.0 + instance,
    "largest_cosine": lambda spec, step, instance: -0.1 - 0.01 * instance,
}


def models(won: int):
    """Models in which every feature's winner is a certain one of its starting weights by size."""

    def of(spec, step):
        places = (np.arange(spec.n)[:, None] + np.arange(spec.m)) % spec.m
        start = np.broadcast_to(1.0 - places / spec.m, (spec.instances, spec.n, spec.m))
        return start if step == 0 else np.where(places == won - 1, 1.0, 0.0) + np.zeros_like(start)

    return of


def results(changes: dict[str, Column] | None = None, won: int = 1) -> HandMade:
    return HandMade(EXPERIMENTS, columns=HOLDS | (changes or {}), models=models(won))
