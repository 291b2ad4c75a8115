"""What rounding the operands of products to bfloat16 does to a run: final loss and mono neurons, seed by seed."""

from pathlib import Path

import pandas as pd
import yaml

from monosemanticity.experiment.config_file import read_config
from monosemanticity.experiment.plan import make_plan
from monosemanticity.identity import stages
from monosemanticity.results.paths import Paths
from monosemanticity.tables import tables
from monosemanticity.tables.bounds import most_rows

OVERRIDE = yaml.safe_load(Path("benchmarks/precision.yaml").read_text(encoding="utf-8"))
SHOWN = {"final_loss": "loss", "per_feature": "mono/features", "positive_bias_neurons": "positive-bias neurons"}


def as_markdown(table: pd.DataFrame) -> str:
    """A line for each start and precision, with a value for each seed."""
    lines = [f"| initial mean bias | products | {' | '.join(SHOWN.values())} |", f"|---|---|{'---|' * len(SHOWN)}"]
    for (offset, precision), runs in table.sort_values("seed").groupby(["bias_offset", "precision"]):
        cells = [", ".join(f"{value:.4g}" for value in runs[column]) for column in SHOWN]
        lines.append(f"| {offset:g} | {precision} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    """Print the runs side by side and keep them as Parquet."""
    plan = make_plan(read_config(Path("config.yaml"), OVERRIDE))
    compared = plan.only(OVERRIDE["batches"])
    folder = Path("results/benchmarks/precision")
    tables.write(compared, Paths(Path("results"), plan.scale), folder)
    rows = most_rows("models", *compared.batches.values())
    models = tables.read("models", folder, stages.of_tables(compared), rows)
    print(as_markdown(models))
    models.to_parquet(folder.with_suffix(".parquet"), index=False)


if __name__ == "__main__":
    main()
