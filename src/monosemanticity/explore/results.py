"""The results of a scale by the name of their folder."""

import os
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from monosemanticity.claims import report
from monosemanticity.claims.decisions import decisions
from monosemanticity.claims.runs import Runs
from monosemanticity.companions import catalogue
from monosemanticity.companions import draw as companion_draw
from monosemanticity.companions.results import Results as CompanionResults
from monosemanticity.companions.results import of_studies
from monosemanticity.errors import ConfigError
from monosemanticity.experiment.names import like, refuse_unknown
from monosemanticity.experiment.plan import Plan
from monosemanticity.explore.choosing import chosen_run
from monosemanticity.explore.origin import origin_of
from monosemanticity.explore.run import Run
from monosemanticity.figures import draw
from monosemanticity.figures.panels import panels, redraw
from monosemanticity.figures.results import Results as Drawable
from monosemanticity.results.paths import MEMBERS, MODELS
from monosemanticity.tables import rows
from monosemanticity.tables.tables import read_all


class Results:
    """What lies in a folder such as results/preview, made by this code; nothing in it is written.

    Opening raises ConfigError where there is no such folder, or where it is not known what was asked for, and
    ResultError where a link leads out of it. What is asked then raises RefusedError where a file is missing, damaged,
    or not of this code, with the command that makes it again.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)
        self._origin = origin_of(self.folder)

    @property
    def plan(self) -> Plan:
        """Every batch, run, figure and experiment that was asked for."""
        return self._origin.plan

    @property
    def batches(self) -> list[str]:
        """Their names."""
        return list(self.plan.batches)

    @property
    def runs(self) -> pd.DataFrame:
        """A row a run in its place in a batch, trained or not: run, batch, comparison, setting, seed."""
        places = rows.members(self.plan)
        return places.assign(seed=places["run"].map({name: spec.seed for name, spec in self.plan.runs.items()}))

    @property
    def models(self) -> pd.DataFrame:
        """A row a final model in its place in a batch: batch, setting and comparison, then as docs/results.md says."""
        with self._origin.mending():
            members, models = (read_all(name, self.plan, self._origin.paths) for name in (MEMBERS, MODELS))
            return members[["batch", "setting", "comparison", "run"]].merge(models, on="run")

    @property
    def claims(self) -> pd.DataFrame:
        """The paper's claims, decided: a row a number that one asks for, with its interval over seeds and bounds.

        A claim that asks a batch without tables has none, and `why_not` says which file is missing or damaged.
        """
        return report.table(decisions(Runs.of_plan(self.plan, self._origin.paths)))

    @property
    def companions(self) -> Mapping[str, CompanionResults]:
        """The experiments of each companion study: tables, traces and models."""
        return of_studies(self.plan, self._origin.paths)

    def run(self, batch: str, *, seed: int | None = None, **setting: object) -> Run:
        """The run of a batch at a setting of what it sweeps, in the terms of Table 1, of its first seed.

        `run("LR3", learning_rate=0.007)` has another learning rate at a scale that changes it. Raises ConfigError as
        `chosen_run` does.
        """
        return Run(chosen_run(self.plan, batch, setting, seed), self._origin)

    def named(self, run: str) -> Run:
        """A run by its name, as the column `run` has it. Raises ConfigError for another."""
        if run not in self.plan.runs:
            raise ConfigError(
                f"{run}: no run of scale {self.plan.scale}{like(run, self.plan.runs)}; the table runs has all"
            )
        return Run(self.plan.runs[run], self._origin)

    def figure(self, name: str, axes: Axes | None = None, panel: str | None = None) -> Figure:
        """A figure as the workflow draws it, of the paper, a batch or a companion study: fig07, LR3_sweep.

        With `axes` of one's own, the curves of one of its panels are drawn into them, with its labels and limits but
        without colour bars and legend; `panel` names it by its y-axis where there are several: "mean bias". Returns
        the figure that was drawn in. Raises ConfigError for what cannot be drawn.
        """
        drawn = self._drawn(name)
        if axes is None:
            return drawn
        found = panels(drawn)
        if not found:
            raise ConfigError(f"{name}: has no panel of curves, which alone go into other axes; leave out axes")
        panel = next(iter(found)) if panel is None and len(found) == 1 else panel
        if panel not in found:
            raise ConfigError(f"panel={panel!r}: {name} has {', '.join(map(repr, found))}{like(panel, found)}")
        return redraw(found[panel], axes).get_figure(root=True)

    def _drawn(self, name: str) -> Figure:
        figures, of_companions = self.plan.figures(), catalogue.figures(self.plan)
        if name in self.plan.left_out:
            raise ConfigError(f"figure {name} is left out: {self.plan.left_out[name]}")
        refuse_unknown([name], [*figures, *of_companions])
        with self._origin.mending(), draw.common_look():
            if name in figures:
                drawn = draw.picture(figures[name], Drawable(self.plan, self._origin.paths))
            else:
                drawn = companion_draw.picture(of_companions[name], self.companions[of_companions[name].study])
            for axis in (axis for axes in drawn.axes for axis in (axes.xaxis, axes.yaxis)):
                axis.get_major_ticks(1)  # which are made in the look that is set when they are first asked for
                axis.get_minor_ticks(1)
        return drawn

    def __repr__(self) -> str:
        return f"Results({self.folder}: {len(self.batches)} batches, {len(self.plan.runs)} runs)"
