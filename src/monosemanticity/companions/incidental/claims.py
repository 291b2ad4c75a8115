"""What the source claims, and the experiments that decide it; the unit is an instance, a model of its own."""

import numpy as np
import pandas as pd

from monosemanticity.claims.claim import Claim
from monosemanticity.claims.quantity import Quantity
from monosemanticity.claims.runs import NotMeasurableError, units_by
from monosemanticity.companions.incidental import published, theory
from monosemanticity.companions.incidental.measures import winner_ranks
from monosemanticity.companions.results import Results
from monosemanticity.companions.swept import final_by, trace_by

WORKING, COLLISIONS = "The winning neuron takes it all", "Interference arbiters collisions between features"
FUTURE, COMMENTS = "Discussion and future work", "Comments"
TIMES = (1e3, 1e4)
"""At which sparsification is held against the prediction, besides t = 1 / lambda."""
LAST = 0.05
"""Share of the steps over which a norm that noise moves is averaged (ours)."""
FACTOR = 2
"""By which a sum of sizes may miss a prediction that leaves constants open (ours)."""


def polysemantic(rows: pd.DataFrame, by: str, experiment: str) -> pd.DataFrame:
    """The polysemantic neurons of each instance by what is swept. Raises NotMeasurableError where that is one alone."""
    return units_by(rows, "instance", by, "polysemantic_neurons", experiment)


def pseudovalues(counts: pd.DataFrame) -> pd.Series:
    """The jackknife's share of each instance in the log-log slope of mean counts over what is swept.

    Their mean is the slope, and their standard error is its own; a slope of each instance would not bear counts of 0.
    """
    total, number = counts.sum(), len(counts)
    if number < 2 or (total == 0).any() or ((total - counts) == 0).any(axis=None):
        raise NotMeasurableError("too few polysemantic neurons for a log-log slope")
    slope = log_slope(total)
    return pd.Series(
        {instance: number * slope - (number - 1) * log_slope(total - row) for instance, row in counts.iterrows()}
    )


def log_slope(numbers: pd.Series) -> float:
    """Of the logarithm of numbers over that of their index, by least squares."""
    return float(np.polyfit(np.log(numbers.index.to_numpy(dtype=float)), np.log(numbers), 1)[0])


def over_prediction(counts: pd.DataFrame, n: int) -> pd.Series:
    """Of each instance: polysemantic neurons over n^2 / 4m, mean over m."""
    return (counts / theory.polysemantic_neurons(n, counts.columns.to_numpy())).mean(axis=1)


def counts(results: Results) -> list[Quantity]:
    """The trend of the count, and its constant."""
    rows = final_by(results, "collisions", "m")
    table = polysemantic(rows, "m", "collisions")
    constant = over_prediction(table, int(rows["n"].iloc[0]))
    ratios = [count / theory.polysemantic_neurons(published.N, m) for m, count in published.COUNTS.items()]
    return [
        Quantity("log-log slope of the count over m", pseudovalues(table), at_least=-1.19, at_most=-0.89, ours=True),
        Quantity("count over n^2 / 4m", constant, min(ratios), max(ratios), ours=True),
    ]


def penalties(results: Results) -> list[Quantity]:
    """Differences of the constant between strengths."""
    rows = final_by(results, "penalties", "m", "l1")
    n = int(rows["n"].iloc[0])
    of = {l1: over_prediction(polysemantic(of_l1, "m", "penalties"), n) for l1, of_l1 in rows.groupby("l1")}
    if len(of) < 2:
        raise NotMeasurableError("there is one l1 alone, and more are needed")
    least = min(of)
    return [
        Quantity(f"count over n^2 / 4m, lambda {l1:g} less {least:g}", of[l1] - of[least], -0.25, 0.25, ours=True)
        for l1 in of
        if l1 != least
    ]


def sparsification(results: Results) -> list[Quantity]:
    """Measured over predicted numbers at three times."""
    trace = trace_by(results, "sparsification")
    trace = trace[trace["step"] > 0].assign(t=trace["step"] * trace["learning_rate"])
    m, l1 = int(trace["m"].iloc[0]), float(trace["l1"].iloc[0])
    quantities = []
    for t in (*TIMES, 1 / l1):
        if trace["t"].max() < t:
            raise NotMeasurableError(f"sparsification ends at t = {trace['t'].max():g}, before {t:g}")
        for column, predicted, factor in (
            ("l1_norm", theory.l1_norm, FACTOR),
            ("nonzero_entries", theory.nonzero_entries, FACTOR**2),
        ):
            ratio = at_time(trace, column, t) / predicted(t, m, l1)
            quantities.append(
                Quantity(f"{column} at t = {t:.4g} over the predicted", ratio, 1 / factor, factor, ours=True)
            )
    return quantities


def at_time(trace: pd.DataFrame, column: str, t: float) -> pd.Series:
    """A column of every instance at a time, between recorded steps by powers."""
    return pd.Series(
        {
            instance: np.exp(np.interp(np.log(t), np.log(rows["t"]), np.log(rows[column])))
            for instance, rows in trace.groupby("instance")
        }
    )


def largest_wins(results: Results) -> list[Quantity]:
    """Whether the initially largest weight wins in most features."""
    return [
        Quantity(
            f"share of features whose initially largest weight won, {name}",
            final_by(results, experiment, "m").groupby("instance")["largest_won"].mean(),
            above=0.5,
            ours=True,
        )
        for experiment, name in (("winners", "AdamW"), ("descent", "gradient descent"))
    ]


def largest_most_likely(results: Results) -> list[Quantity]:
    """Whether it wins more often than the second largest."""
    return [
        Quantity(
            f"share won by the largest less by the second largest, {name}",
            first_less_second(results, experiment),
            above=0,
        )
        for experiment, name in (("winners", "AdamW"), ("descent", "gradient descent"))
    ]


def first_less_second(results: Results, experiment: str) -> pd.Series:
    """Of each instance, mean over runs: features won by their initially largest weight less by the second, over n."""
    shares = []
    for spec in results.specs(experiment):
        start, W = (results.tensors(spec, step)["W"].astype(np.float64) for step in (0, spec.steps))
        ranks = winner_ranks(W, start)
        shares.append((ranks == 1).mean(axis=1) - (ranks == 2).mean(axis=1))
    return pd.Series(np.mean(shares, axis=0))


def noise(results: Results) -> list[Quantity]:
    """Final fourth norms at the published strengths."""
    trace = trace_by(results, "noise", "noise", "sigma")
    late = trace[trace["step"] > (1 - LAST) * trace["steps"]]
    if {"bernoulli", "gaussian"} - set(trace["noise"]):
        raise NotMeasurableError("noise needs both noise: bernoulli and noise: gaussian")
    quantities = []
    for (kind, sigma), of_kind in late.groupby(["noise", "sigma"]):
        values = of_kind.groupby("instance")["fourth_norm"].mean()
        name = f"sum of W^4, {kind} {sigma:g}"
        if kind == "gaussian":
            random = theory.random_fourth_norm(int(of_kind["m"].iloc[0]))
            quantities.append(Quantity(f"{name}, less 3 / (m + 2)", values - random, -0.03, 0.03, ours=True))
        elif sigma in published.FOURTH_NORMS.get(kind, {}):
            value = published.FOURTH_NORMS[kind][sigma]
            quantities.append(Quantity(name, values, round(value - 0.05, 2), round(value + 0.05, 2), ours=True))
    if not quantities:
        raise NotMeasurableError("no noise of a published strength was run")
    return quantities


def co_occurrence(results: Results) -> list[Quantity]:
    """What is left where a second feature is most often there."""
    table = polysemantic(final_by(results, "co_occurrence", "co_occurrence"), "co_occurrence", "co_occurrence")
    rarest, most = table.iloc[:, 0], table.iloc[:, -1]
    return [
        Quantity(f"polysemantic neurons, q = {table.columns[-1]:g}", most, at_most=0.1, ours=True),
        Quantity(f"those at q = {table.columns[0]:g} less those", rarest - most, above=0),
    ]


def collisions_in_training(results: Results) -> list[Quantity]:
    """What is left of either kind of collision."""
    rows = final_by(results, "course").set_index("instance")
    return [
        Quantity("benign collisions at the end", rows["benign_collisions"], above=0),
        Quantity(
            "malign collisions less a tenth of these",
            rows["malign_collisions"] - rows["benign_collisions"] / 10,
            at_most=0,
            ours=True,
        ),
    ]


def avoidable(results: Results) -> list[Quantity]:
    """Counts after both starts, where every feature could have a neuron of its own."""
    rows = final_by(results, "necessary", "m", "start")
    rows = rows[rows["m"] >= rows["n"]]
    if rows.empty:
        raise NotMeasurableError("necessary has no m of at least n")
    by_start = rows.pivot_table(index="instance", columns="start", values="polysemantic_neurons")
    if {"random", "apart"} - set(by_start.columns):
        raise NotMeasurableError("necessary needs both start: random and start: apart")
    return [
        Quantity("polysemantic neurons after a random start, m >= n", by_start["random"], above=0),
        Quantity("those after a start apart", by_start["apart"], at_most=0),
    ]


def repair(results: Results) -> list[Quantity]:
    """What a split changes, over all strengths of its noise."""
    rows = results.table("repair")
    before = rows[rows["step"] == rows["split_after"]].groupby("instance")["polysemantic_neurons"].mean()
    end = (
        final_by(results, "repair", "split_noise")
        .groupby("instance")[["polysemantic_neurons", "split_neurons", "separated_pairs"]]
        .mean()
    )
    if not end["split_neurons"].any():
        raise NotMeasurableError("no neuron was polysemantic before the split")
    return [
        Quantity("polysemantic neurons, end less before the split", end["polysemantic_neurons"] - before, below=0),
        Quantity(
            "separated less half of the split neurons",
            end["separated_pairs"] - end["split_neurons"] / 2,
            above=0,
            ours=True,
        ),
    ]


def angles(results: Results) -> list[Quantity]:
    """The smallest angle, by its cosine."""
    largest = final_by(results, "no_penalty").groupby("instance")["largest_cosine"].mean()
    return [Quantity("largest cosine between two encodings", largest, at_most=0.01, ours=True)]


CLAIMS = [
    Claim(
        "incidental-counts",
        COLLISIONS,
        "incidental2",
        "There are about n^2 / 4m polysemantic neurons, also where m is above n",
        "log-log slope -1.04; 1.13 to 0.63 of n^2 / 4m",
        counts,
    ),
    Claim(
        "incidental-penalty",
        COLLISIONS,
        "incidental3",
        "The strength of the L1 penalty hardly changes their number",
        "",
        penalties,
    ),
    Claim(
        "incidental-sparsification",
        WORKING,
        "incidental1",
        "Without interference the sum of an encoding's weights falls as 1 / (1/sqrt(m) + lambda t), and the number that"
        " is not 0 as its square",
        "constants of 1",
        sparsification,
    ),
    Claim(
        "incidental-winner",
        "Introduction",
        "incidental4",
        "By default the neuron that is initially most correlated with a feature wins",
        "",
        largest_wins,
    ),
    Claim(
        "incidental-likely-winner",
        COLLISIONS,
        "incidental4",
        "The largest weight at initialisation is the most likely to win (note 8)",
        "",
        largest_most_likely,
    ),
    Claim(
        "incidental-malign",
        COLLISIONS,
        "incidental8",
        "Benign collisions are left at the end, malign ones are not: a feature leaves the neuron",
        "",
        collisions_in_training,
    ),
    Claim(
        "incidental-noise",
        "Noise in the hidden layer",
        "incidental5",
        "Bernoulli noise makes encodings sparse, normal noise does not",
        "0.33, 0.80, 0.78 at sigma = 0.07, 0.1, 0.15; 3 / (m + 2)",
        noise,
    ),
    Claim(
        "incidental-co-occurrence",
        COMMENTS,
        "incidental6",
        "Where features occur together often enough, no polysemantic neurons are left",
        "probably 0",
        co_occurrence,
    ),
    Claim(
        "incidental-avoidable",
        FUTURE,
        "incidental9",
        "Where m is at least n, polysemantic neurons come from the start: features that start apart stay apart",
        "",
        avoidable,
    ),
    Claim(
        "incidental-repair",
        FUTURE,
        "incidental7",
        "When a polysemantic neuron is duplicated, with noise, each copy takes one of its features",
        "",
        repair,
    ),
    Claim(
        "incidental-angles",
        COMMENTS,
        "incidental10",
        "Without L1 penalty encodings form angles of at least 90 degrees",
        "cosines of at most 0",
        angles,
    ),
]
