"""Whole runs of the fast training beside the same runs written as plainly as possible: what each comes to."""

import itertools
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import torch
from tqdm import tqdm

from helpers import whole_runs
from helpers.whole_runs import KINDS, spec_of

SEEDS = range(3)
SHOWN = {
    "final_loss": "loss",
    "mono_neurons": "mono neurons",
    "mean_r": "mean r",
    "mean_bias": "mean bias",
    "positive_bias_neurons": "positive-bias neurons",
}


def as_markdown(table: pd.DataFrame) -> str:
    """Of each kind a line for either training, with a value for each seed, and one for the difference of the means."""
    lines = [f"| runs | training | {' | '.join(SHOWN.values())} |", f"|---|---|{'---|' * len(SHOWN)}"]
    for kind, runs in table.groupby("kind", sort=False):
        of = {training: runs[runs["training"] == training] for training in ("fast", "plain")}
        for training, rows in of.items():
            cells = [", ".join(f"{value:.3g}" for value in rows[column]) for column in SHOWN]
            lines.append(f"| {kind} | {training} | {' | '.join(cells)} |")
        cells = [_difference(of["fast"][column], of["plain"][column]) for column in SHOWN]
        lines.append(f"| | difference (allowed) | {' | '.join(cells)} |")
    return "\n".join(lines)


def _difference(fast: pd.Series, plain: pd.Series) -> str:
    between = whole_runs.difference(fast, plain)
    shown = f"{between.found:+.2g} (±{between.allowed:.2g})"
    return shown if between.agrees else f"**{shown}**"


def main() -> None:
    """Train the runs both ways, print them side by side and keep them as Parquet."""
    torch.set_num_threads(1)
    rows = []
    for kind, seed in tqdm(list(itertools.product(KINDS, SEEDS))):
        spec = spec_of(kind, seed=seed)
        with TemporaryDirectory() as folder:
            both = {"fast": whole_runs.fast(spec, Path(folder)), "plain": whole_runs.plain(spec)}
        rows += [{"kind": kind, "training": name} | spec.model_dump() | found for name, found in both.items()]
    table = pd.DataFrame(rows)
    print(as_markdown(table))
    out = Path("results/benchmarks/plain.parquet")
    out.parent.mkdir(parents=True, exist_ok=True)
    table.to_parquet(out, index=False)


if __name__ == "__main__":
    main()
