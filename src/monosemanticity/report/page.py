"""The page: everything that a scale's results say, in one file that needs no network and no server."""

import base64
import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from monosemanticity.claims.decisions import decisions
from monosemanticity.claims.report import headline
from monosemanticity.claims.runs import Runs
from monosemanticity.companions import claims as companions
from monosemanticity.companions.results import of_studies
from monosemanticity.experiment.plan import Member, Plan
from monosemanticity.figures import wording
from monosemanticity.identity import history
from monosemanticity.identity.digests import digest
from monosemanticity.identity.stamp import Stamp
from monosemanticity.report import gallery, ledger, verdicts
from monosemanticity.report.explorer import Explorer, explorer
from monosemanticity.report.gallery import Entry
from monosemanticity.report.gaps import Gap, or_gap
from monosemanticity.report.sources import Sources
from monosemanticity.results import environment, whole_files
from monosemanticity.results.paths import MODELS
from monosemanticity.tables.tables import read_all
from monosemanticity.workflow.jobs import COMPANION_CLAIMS, TABLES

ASSETS = Path(__file__).with_name("assets")
SCRIPTS = (
    "vendor/uPlot.iife.min.js",
    "blocks.js",
    "model.js",
    "chart.js",
    "heatmap.js",
    "panels.js",
    "explorer.js",
    "studies.js",
)
STYLES = ("vendor/uPlot.min.css", "page.css")


class Claims(NamedTuple):
    """The claims of the paper, or of the companion studies, as they are shown, and what they lack."""

    headline: str
    rows: list[verdicts.Row]
    gap: Gap | None


def write(sources: Sources, held: Mapping[str, list[Member]], of: Stamp, target: Path) -> list[Gap]:
    """Write the page of what is there, with the models of some runs by batch; returns what is not there."""
    models = explorer(sources, held)
    said, gaps = content(sources, held)
    missing = [*gaps, *models.gaps]
    if missing or said["held_runs"] < len(sources.plan.runs):  # it is not what the workflow asks for
        parts = [[gap.what for gap in missing], sorted(models.index["runs"])]
        of = replace(of, inputs=digest([of.inputs, parts]))
    with whole_files.written_whole(target) as aside:
        aside.write_text(render(said, models, of), encoding="utf-8")
    return missing


def content(sources: Sources, held: Mapping[str, list[Member]]) -> tuple[dict[str, Any], list[Gap]]:
    """All that the page says in words, numbers and pictures, and what of it is missing."""
    plan, paths, command = sources.plan, sources.paths, sources.command
    figures = gallery.entries(sources)
    names = [figure.name for figure in figures]
    final = or_gap(lambda: read_all(MODELS, plan, paths), "the table of models", command(TABLES))
    claims = {"The paper": _of_the_paper(sources, names)}
    if plan.experiments:
        claims["The companion studies"] = _of_the_companions(sources, names)
    runs = ledger.lines(sources, final)
    said = {
        "scale": plan.scale,
        "note": plan.note,
        "factors": _factors(plan),
        "mixed": not isinstance(final, Gap) and any(final[what].nunique() > 1 for what in ledger.MADE_BY),
        "claims": claims,
        "figures": _by_category(figures),
        "runs": runs,
        "made_by": {} if isinstance(final, Gap) else ledger.made_by(final),
        "versions": environment.versions("torch", "numpy", "matplotlib", "pandas"),
        "left_out": plan.left_out,
        "held": list(held),
        "held_runs": len({member.spec.run_id for members in held.values() for member in members}),
        "whole": command("report"),
        "companions": bool(plan.experiments),
        "commit": history.commit(),
    }
    gaps = [gap for gap in (final, *(each.gap for each in claims.values())) if isinstance(gap, Gap)]
    gaps += [figure.picture for figure in figures if isinstance(figure.picture, Gap)]
    return said, gaps


def _of_the_paper(sources: Sources, figures: Collection[str]) -> Claims:
    """The paper's claims; those that ask a batch without tables are not measurable."""
    runs = Runs.of_plan(sources.plan, sources.paths)
    decided = decisions(runs)
    gap = None
    if runs.missing:
        first, batches = next(iter(runs.missing.values())), list(runs.missing)
        gap = Gap(f"what claims ask of {', '.join(batches)}", str(first), sources.command(*batches))
    return Claims(headline(decided), verdicts.rows(decided, figures), gap)


def _of_the_companions(sources: Sources, figures: Collection[str]) -> Claims:
    """The claims of the companion studies."""
    decided = or_gap(
        lambda: companions.decisions(of_studies(sources.plan, sources.paths)),
        "the companions' claims",
        sources.command(COMPANION_CLAIMS),
    )
    if isinstance(decided, Gap):
        return Claims("", [], decided)
    return Claims(headline(decided), verdicts.rows(decided, figures), None)


def _factors(plan: Plan) -> str:
    """What the scale makes of the paper's numbers, over all batches: 'N 1/2, k 1/2'."""
    ratios: dict[str, set[float]] = {}
    for batch in plan.batches.values():
        for field, of_batch in batch.factors.items():
            ratios.setdefault(field, set()).update(of_batch)
    return ", ".join(wording.factor(field, sorted(of_all)) for field, of_all in ratios.items())


def _by_category(figures: Iterable[Entry]) -> dict[str, list[Entry]]:
    """The paper's sections first, in their order."""
    grouped: dict[str, list[Entry]] = {}
    for figure in figures:
        grouped.setdefault(figure.category, []).append(figure)
    sections = sorted(name for name in grouped if name.startswith("Section"))
    return {name: grouped[name] for name in dict.fromkeys([*sections, *grouped])}


def render(said: dict[str, Any], models: Explorer, of: Stamp) -> str:
    """The page as text. Scripts and styles of its own alone may run in it: what results hold is never one."""
    templates = Environment(loader=FileSystemLoader(ASSETS), autoescape=True, undefined=StrictUndefined)
    script = "\n".join(['"use strict";', *((ASSETS / name).read_text(encoding="utf-8") for name in SCRIPTS)])
    style = "\n".join((ASSETS / name).read_text(encoding="utf-8") for name in STYLES)
    return templates.get_template("page.html").render(
        said,
        addresses=models.addresses(),
        index=models.as_json(),
        blocks=models.blocks,
        script=script,
        style=style,
        allowed={"script": _hash(script), "style": _hash(style)},
        metadata=of.metadata({}, {}),
    )


def _hash(text: str) -> str:
    """By which a browser knows what may run."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
