"""Which neuron wins: start and end of one model's weights, and the rank of the winners among the starting weights."""

import numpy as np
import pandas as pd
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from monosemanticity.companions.incidental.figures.averages import neurons_across, plot_errors
from monosemanticity.companions.incidental.measures import winner_ranks
from monosemanticity.companions.results import Results
from monosemanticity.figures.style import BLUE, CATEGORIES, DOUBLE, GREY

RANKS = 10
"""Of which each has a bar."""
CHANCE = {"color": GREY, "linestyle": ":", "label": "by chance"}
OPTIMISERS = {"adamw": "AdamW", "sgd": "gradient descent", "flow": "published flow"}


def draw(results: Results) -> Figure:
    """The map of the first of the widest models, ranks of all of them, and the shares of all widths."""
    spec = max(results.specs("winners"), key=lambda spec: spec.m)
    start, W = (results.tensors(spec, step)["W"].astype(float) for step in (0, spec.steps))
    drawn = Figure(figsize=(DOUBLE, 2.5), layout="constrained")
    products, ranks, shares = drawn.subplots(1, 3, width_ratios=(1.2, 1, 1))
    drawn.colorbar(plot_products(products, start[0], W[0]), ax=products, label=r"$W^{start}_i \cdot W^{end}_j$")
    plot_ranks(ranks, winner_ranks(W, start), spec.m)
    for axes, models in ((products, "one model"), (ranks, "all models")):
        axes.set_title(f"{OPTIMISERS[spec.optimiser]}, $m$ = {spec.m}, {models}")
    plot_shares(shares, pd.concat([results.final(name) for name in ("winners", "descent")]))
    shares.set_title("all $m$, all models")
    return drawn


def plot_products(axes: Axes, start: Float[np.ndarray, "n m"], end: Float[np.ndarray, "n m"]) -> AxesImage:
    """W_start W_end^T: a row a feature's start, a column a feature's end; red positive, blue negative."""
    products = start @ end.T
    largest = float(np.abs(products).max()) or 1.0
    axes.set(xlabel="feature $j$ at the end", ylabel="feature $i$ at the start")
    return axes.imshow(products, vmin=-largest, vmax=largest, cmap="RdBu_r", interpolation="antialiased", aspect="auto")


def plot_ranks(axes: Axes, ranks: Float[np.ndarray, "instances n"], m: int) -> Axes:
    """Share of features whose winner was the largest weight at the start, the second, and so on; dotted by chance.

    Mean and standard error over instances, of the features that have not dropped out.
    """
    won = {rank: np.where(np.isnan(ranks), np.nan, ranks == rank) for rank in range(1, RANKS + 1)}
    shares = pd.DataFrame({rank: pd.DataFrame(of_rank).mean(axis=1) for rank, of_rank in won.items()})
    axes.bar(shares.columns, shares.mean(), yerr=shares.sem(), capsize=2, color=BLUE)
    axes.axhline(1 / m, **CHANCE)
    axes.set(
        xlabel="rank of the winning weight\nat the start", ylabel="share of features", xticks=(1, RANKS // 2, RANKS)
    )
    return axes


def plot_shares(axes: Axes, rows: pd.DataFrame) -> Axes:
    """Share of features whose largest weight stays the largest, a curve an optimiser; dotted by chance, 1/m."""
    for color, (optimiser, of_optimiser) in zip(CATEGORIES, rows.groupby("optimiser"), strict=False):
        plot_errors(axes, of_optimiser, "m", "largest_won", color=color, marker="o", label=OPTIMISERS[optimiser])
    m = np.array(sorted(rows["m"].unique()))
    axes.plot(m, 1 / m, **CHANCE)
    neurons_across(axes).set(ylabel="share whose initially\nlargest weight won", ylim=(0, None))
    axes.legend()
    return axes
