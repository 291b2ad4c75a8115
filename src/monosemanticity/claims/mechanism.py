"""Section 5: what single features give out, and what the polysemantic part does."""

import pandas as pd

from monosemanticity.claims.claim import claim
from monosemanticity.claims.quantity import Quantity, rising
from monosemanticity.claims.runs import NotMeasurableError, Runs

OFTEN, RARE = 8, 2
"""Features in a sample, N epsilon, of the models of figures 24 and 25: epsilon is 1/64 and 1/256 at the paper's N."""
FEATURES_A_DIMENSION = 8
"""N / d of the paper's models."""


def _features(runs: Runs, batch: str, in_a_sample: float) -> pd.DataFrame:
    """The features of a batch's final models with so many features in a sample."""
    return runs.at(batch, "epsilon", in_a_sample / runs.number(batch, "N"), "features")


def _median_amplitudes(
    runs: Runs, column: str, often: tuple[float, float], rare: tuple[float, float]
) -> list[Quantity]:
    """Over the features of each seed: that of rare features less that of frequent ones, of one batch, E3.

    The models of figures 24 and 25 differ in their decay too. They are asked about the paper's amplitudes, with bounds
    around these, where they have its features a dimension, N / d, with which amplitudes grow.
    """
    quantities = []
    if runs.number("E3", "N") == FEATURES_A_DIMENSION * runs.number("E3", "d"):
        for batch, in_a_sample, bounds in (("E1", OFTEN, often), ("E3", RARE, rare)):
            medians = _medians(runs, batch, in_a_sample, column)
            quantities.append(Quantity(f"median amplitude, N epsilon = {in_a_sample}", medians, *bounds, ours=True))
    of_rare, of_frequent = (_medians(runs, "E3", in_a_sample, column) for in_a_sample in (RARE, OFTEN))
    name = f"median amplitude in E3, N epsilon = {RARE}, less that of {OFTEN}"
    return [*quantities, Quantity(name, of_rare - of_frequent, below=0)]


def _medians(runs: Runs, batch: str, in_a_sample: float, column: str) -> pd.Series:
    """Over the features of each seed. Raises NotMeasurableError where those of one have no such amplitude."""
    medians = _features(runs, batch, in_a_sample).groupby("seed")[column].median()
    if medians.isna().any():
        raise NotMeasurableError(f"no feature has the monosemantic neurons of which {column} is asked")
    return medians


@claim(
    "onset",
    "5.1",
    "24, 25",
    "Monosemantic neurons start to respond at a certain amplitude, which is lower for rarer features",
    "0.4 at epsilon = 1/64, 0.3 at 1/256",
)
def onset(runs: Runs) -> list[Quantity]:
    return _median_amplitudes(runs, "onset", often=(0.35, 0.45), rare=(0.25, 0.35))


@claim(
    "second-kink",
    "5.1",
    "24, 25",
    "Features of two monosemantic neurons have a second kink, lower for rarer features",
    "0.8 at epsilon = 1/64, 0.6 at 1/256",
)
def second_kink(runs: Runs) -> list[Quantity]:
    return _median_amplitudes(runs, "second_onset", often=(0.7, 0.9), rare=(0.5, 0.7))


@claim(
    "closer",
    "5.1",
    "25",
    "The rarer the features, the closer is the output at high amplitudes to the truth",
)
def closer(runs: Runs) -> list[Quantity]:
    features = runs.rows("E1", "features")
    rare = features[features["N"] * features["epsilon"] <= OFTEN * 1.01]
    output = rare.groupby(["seed", "epsilon"])["output"].mean().unstack().dropna()
    if len(output.columns) < 2:
        raise NotMeasurableError("E1 has one frequency up to N epsilon = 8 alone")
    rise = rising((output - 1).abs())
    return [Quantity("rise of the output's distance from 1 at amplitude 1, a step of epsilon", rise, above=0)]


@claim(
    "poly-line",
    "5.2",
    "24, S6",
    "For most features the polysemantic part begins near 0 and rises by a modest, nearly constant slope",
    "begins below 0.005; slope 0.09 to 0.16, which is 0.72 to 1.28 d/N; varying by less than 0.01",
)
def poly_line(runs: Runs) -> list[Quantity]:
    features = _features(runs, "E1", OFTEN)
    slope = features["poly_slope"] * features["N"] / features["d"]
    least, most = (bound * FEATURES_A_DIMENSION for bound in (0.09, 0.16))
    within = {
        "begins below 0.005": features["poly_intercept"].abs() < 0.005,
        f"has a slope of {least:.2f} to {most:.2f} d/N": slope.between(least, most),
        "has a slope that varies by less than 0.01": features["poly_slope_range"] < 0.01,
    }
    return [
        Quantity(f"share of the features whose part {what}", where.groupby(features["seed"]).mean(), at_least=0.5)
        for what, where in within.items()
    ]


@claim(
    "poly-rank",
    "5.2",
    "26",
    "The linearised map of the polysemantic part has singular values that are zero or near 1, d of them",
    "0.99 to 1.03; 64 of them",
)
def poly_rank(runs: Runs) -> list[Quantity]:
    model = _model(runs)
    return [
        Quantity("singular values that are not near 0, over d", model["poly_rank"] / model["d"], 1, 1),
        Quantity("the least of them, 0 without any", model["poly_least_singular"].fillna(0), 0.97, 1.05, ours=True),
        Quantity("the greatest of them", model["poly_greatest_singular"].fillna(0), 0.97, 1.05, ours=True),
    ]


@claim(
    "bias-null",
    "5.2",
    "",
    "The positive biases contribute next to nothing to the output by themselves",
    "below 0.005",
)
def bias_null(runs: Runs) -> list[Quantity]:
    return [Quantity("largest output of the positive biases", _model(runs)["poly_constant"], at_most=0.005)]


def _model(runs: Runs) -> pd.DataFrame:
    """The final models of figures 24 and 26, by seed. Raises NotMeasurableError where they have no such part."""
    model = runs.at("E1", "epsilon", OFTEN / runs.number("E1", "N")).set_index("seed")
    if "poly_rank" not in model:
        raise NotMeasurableError("poly_rank was not measured: the results are of an earlier version")
    return model
