"""Tables of models that nobody trained, in which every claim of the paper holds."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from monosemanticity.claims.runs import NotMeasurableError, Runs
from monosemanticity.results.paths import MEMBERS

N, D, K = 256, 64, 512
RATES = (0.001, 0.003, 0.01, 0.03)
WIDTHS = (32, 64, 128, 256, 512, 1024)
EPSILONS = (2 / N, 4 / N, 8 / N, 16 / N, 48 / N, 64 / N, 90 / N, 128 / N)
OFFSETS = (-1.0, -0.4, -0.02, 0.5)
BASE: dict[str, Any] = {
    "N": N,
    "d": D,
    "k": K,
    "epsilon": 8 / N,
    "learning_rate": 0.003,
    "decay": 0.03,
    "bias_offset": -1.0,
    "l1": 0.0,
    "bias_penalty": 0.0,
    "density": 1.0,
    "activation": "relu",
    "steps": 4096,
    "final_loss": 1.0,
    "per_feature": 1.0,
    "per_neuron": 0.5,
    "mean_bias": -0.3,
    "positive_bias_neurons": D + 1,
    "mono_features": N,
    "one_mono_features": N,
    "almost_mono_features": 0,
    "dead_neurons": 0,
    "converged": True,
    "loss_change": 0.001,
    "poly_rank": D,
    "poly_least_singular": 0.99,
    "poly_greatest_singular": 1.03,
    "poly_constant": 0.003,
}
Row = dict[str, Any]
Change = Callable[[Row], Row]
"""What is to be other in a row of a table."""


def _models() -> Iterator[tuple[str, bool, Row]]:
    """Batch, whether beside its sweep, and what differs from BASE."""
    for place, rate in enumerate(RATES):
        share = place / (len(RATES) - 1)
        zero = {"learning_rate": rate, "bias_offset": 0.0, "decay": 0.0, "per_feature": share, "mean_bias": -share}
        yield "LR1", False, zero | {"final_loss": 1.01}
        yield "LR2", False, zero
        yield "LR3", False, {"learning_rate": rate, "final_loss": 1.0, "dead_neurons": 40 if rate == RATES[-1] else 0}
        yield "LR5", False, {"learning_rate": rate, "per_feature": 1 + share, "final_loss": 2 - share}
        yield "RP1", False, {"learning_rate": rate}
    for batch, epsilon in zip(("B1", "B2", "B3", "B4", "B5"), (1 / 8, 1 / 16, 1 / 32, 1 / 64, 1 / 128), strict=True):
        for offset in OFFSETS:
            few = offset > -np.sqrt(epsilon)
            yield batch, False, {"epsilon": epsilon, "bias_offset": offset, "per_feature": 0.1 if few else 0.8}
    for rate in RATES[:2]:
        for offset, mono in ((-2.0, 0.1), (-1.25, 0.3), (-1.0, 0.6), (-0.75, 0.4), (0.0, 0.1)):
            yield "B3-GeLU", False, {"learning_rate": rate, "bias_offset": offset, "per_feature": mono}
    for batch, more in (("E1", 0.0), ("E4", 0.1)):
        for epsilon, mono in zip(EPSILONS, (0.5, 0.7, 0.8, 0.9, 0.6, 0.4, 0.2, 0.01), strict=True):
            yield batch, False, {"epsilon": epsilon, "per_feature": mono + more}
    for epsilon in EPSILONS[:4]:
        yield "E3", False, {"epsilon": epsilon}
    for k in WIDTHS:
        loss = 2 - np.log2(min(k, N)) / 8 - (0.01 * np.log2(k / N) if k > N else 0)
        against = 1.0 if k <= N / 4 else 1.03 if k <= N else 0.95
        yield "K0", False, {"k": k, "bias_offset": 0.0, "final_loss": loss / against, "per_feature": 0.1}
        mono = {"per_feature": k / N, "per_neuron": 0.8 - 0.1 * abs(np.log2(k / N))}
        yield "K1", False, {"k": k, "final_loss": loss} | mono
    for place, k in enumerate((N, 2 * N, 4 * N, 8 * N)):
        yield "K3", False, {"k": k, "final_loss": 1 - place / 10, "mono_features": 200 + place}
    for l1 in (1e-3, 1e-2, 1e-1):
        yield "RG1", False, {"l1": l1, "bias_offset": 0.0, "final_loss": 1.1 + l1, "per_feature": 0.9}
    yield "RG1", True, {}
    for d in (32, 64, 128):
        yield "S1", False, {"d": d, "positive_bias_neurons": d + 1}
    for k in (512, 1024):
        yield "S3", False, {"k": k, "density": 1 / 4, "final_loss": 2.5, "bias_offset": 0.0}
    for activation in ("solu", "unnormalised_solu"):
        yield "S4", False, {"activation": activation, "per_feature": 0.1}
    for penalty in (1e-4, 1e-3):
        yield "S5", False, {"bias_penalty": penalty, "bias_offset": 0.0, "per_feature": 0.9}
    for decay, mono in ((0.003, 1.5), (0.01, 1.2), (0.03, 0.4)):
        yield "D1", False, {"decay": decay, "per_feature": mono, "final_loss": 2 - mono}


def _of_run(row: Row, batch: str) -> dict[str, list[Row]]:
    """What the other tables have of a run, where a claim asks for it."""
    tables: dict[str, list[Row]] = {"neurons": [], "features": [], "traces": [], "measures": []}
    if batch == "LR1" and row["learning_rate"] == RATES[-1]:
        kinds = [(1.0, -0.3, 3)] * 50 + [(0.2, 0.1, 5)] * 50 + [(0.0, -1.0, None)] * 5
        tables["neurons"] = [{"r": r, "bias": bias, "strongest_feature": feature} for r, bias, feature in kinds]
    if batch in ("E1", "E3"):
        often = row["epsilon"] > 4 / N
        of_feature = {
            "onset": 0.4 if often else 0.3,
            "second_onset": 0.8 if often else 0.6,
            "output": 1 - row["epsilon"] / 2,
            "poly_intercept": 0.001,
            "poly_slope": 0.98 * D / N,
            "poly_slope_range": 0.005,
        }
        tables["features"] = [dict(of_feature) for _ in range(5)]
    if batch in ("LR2", "E3"):
        falls = 64 if batch == "LR2" else int(1024 * 2 / (row["epsilon"] * N))
        steps = 2 ** np.arange(13)
        tables["traces"] = [{"step": int(t), "loss": 1.0 if t < falls else 0.4} for t in steps]
        tables["measures"] = [
            {"step": int(t), "per_feature": t / 4096, "mean_bias": -1 + np.log2(t) / 13} for t in steps
        ]
    return tables


def world(seeds: int = 3, changes: Mapping[tuple[str, str], Change] | None = None, spoiled: int = 0) -> Runs:
    """The runs that `made` makes, as claims ask them."""
    return runs_of(made(seeds, changes, spoiled))


def made(
    seeds: int = 3, changes: Mapping[tuple[str, str], Change] | None = None, spoiled: int = 0
) -> dict[str, pd.DataFrame]:
    """Of so many seeds, tables by name; of those from `spoiled` on, rows of (batch, table) are changed.

    Models differ a little by seed.
    """
    members: list[Row] = []
    tables: dict[str, list[Row]] = {name: [] for name in ("models", "neurons", "features", "traces", "measures")}
    for seed in range(seeds):
        for place, (batch, beside, differing) in enumerate(_models()):

            def changed(table: str, row: Row, batch: str = batch, seed: int = seed) -> Row:
                change = (changes or {}).get((batch, table))
                return row | change(row) if change and seed >= spoiled else row

            model = BASE | differing
            model |= {
                "run": f"{batch}-{place}-{seed}",
                "seed": seed,
                "final_loss": model["final_loss"] * (1 + seed / 1e4),
            }
            members.append({"run": model["run"], "batch": batch, "comparison": beside})
            tables["models"].append(changed("models", model))
            for name, rows in _of_run(model, batch).items():
                numbers = {field: model[field] for field in (*list(BASE)[:12], "run", "seed")}
                tables[name] += [changed(name, numbers | row) for row in rows]
    return {name: pd.DataFrame(rows) for name, rows in ({MEMBERS: members} | tables).items()}


def runs_of(tables: Mapping[str, pd.DataFrame]) -> Runs:
    """Tables of all runs, cut to those of a batch as claims ask for it."""

    def table(batch: str, name: str) -> pd.DataFrame:
        places = tables[MEMBERS].query("batch == @batch")
        if places.empty:
            raise NotMeasurableError(f"there are no runs of {batch}")
        return places if name == MEMBERS else tables[name][tables[name]["run"].isin(places["run"])]

    return Runs(table)
