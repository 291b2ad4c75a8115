"""The source's words on these models, as counts. The unit is an instance, or the best of several."""

import numpy as np
import pandas as pd

from monosemanticity.claims.claim import Claim
from monosemanticity.claims.quantity import Quantity, log_ratio, rising
from monosemanticity.claims.runs import NotMeasurableError
from monosemanticity.companions.results import Results
from monosemanticity.companions.swept import final_by

IDENTITY, COMPUTATION = "Visualizing superposition in terms of neurons", "Computation in superposition"
GROUP = 5
"""Instances of which the best is asked, where the source shows one model without saying of how many (ours)."""
CAPTIONED = {"n": 10, "m": 5}
"""The model whose regimes the source counts."""
MANY = 100
"""Models of the identity of which the best must be taken for the solution to be the optimal one (ours)."""
SLIGHT = 0.1
"""1 - S at which the source's first neurons are polysemantic."""
LEARNED = 0.9
"""Of the loss at the start, at most which a model has that has learned anything (ours)."""
FEW = 0.5
"""The most of the neurons that are a few (ours)."""


def best_at(results: Results, active: float, column: str) -> pd.Series:
    """A number of the best model of the identity at a 1 - S. Raises NotMeasurableError where there is none."""
    models = final_by(results, "regimes", "active")
    models = models[(models["best"] == 1) & np.isclose(models["active"], active, rtol=1e-6)]
    models = models[(models[list(CAPTIONED)] == pd.Series(CAPTIONED)).all(axis=1)]
    if models.empty:
        raise NotMeasurableError(f"regimes has no model of n = 10 and m = 5 with 1 - S = {active:g}")
    return models[column].reset_index(drop=True)


def best_of_groups(results: Results, experiment: str) -> pd.DataFrame:
    """The model of the least loss of every five instances; a last group that is not full belongs to the one before."""
    models = final_by(results, experiment).set_index("instance")
    groups = np.minimum(np.arange(len(models)) // GROUP, max(len(models) // GROUP - 1, 0))
    return models.loc[models.groupby(groups)["loss"].idxmin()]


def sweep(results: Results, column: str) -> pd.DataFrame:
    """A number of the models by sparsity: a row an instance, a column a 1 - S, falling."""
    models = final_by(results, "sparsity", "active")
    return models.set_index(["instance", "active"])[column].unstack().sort_index(axis=1, ascending=False)


def at(table: pd.DataFrame, active: float) -> pd.Series:
    """The column of a 1 - S. Raises NotMeasurableError where it was not run."""
    if not (near := table.columns[np.isclose(table.columns, active, rtol=1e-6)]).size:
        raise NotMeasurableError(f"sparsity has no runs with 1 - S = {active:g}")
    return table[near[0]]


def trained(results: Results) -> None:
    """Raise NotMeasurableError where the sparsest models have not learned: untrained neurons are all polysemantic."""
    rows = results.table("sparsity")
    rows = rows[rows["active"] == rows["active"].min()]
    ends = rows.pivot_table(index="instance", columns="step", values="loss")
    if (ends[ends.columns.max()] > LEARNED * ends[0]).any():
        raise NotMeasurableError(f"the loss at the smallest 1 - S has not come to {LEARNED:g} of that at the start")


def polysemantic_share(results: Results) -> pd.DataFrame:
    """The share of the neurons that are polysemantic, by sparsity."""
    return sweep(results, "polysemantic_neurons") / sweep(results, "m")


def identity_dense(results: Results) -> list[Quantity]:
    """Dense features of the identity."""
    monosemantic = best_at(results, 0.7, "monosemantic_neurons")
    return [Quantity("monosemantic neurons at 1 - S = 0.7", monosemantic, at_least=5, at_most=5)]


def identity_mixed(results: Results) -> list[Quantity]:
    """The identity in between."""
    monosemantic = best_at(results, 0.3, "monosemantic_neurons")
    return [Quantity("monosemantic neurons at 1 - S = 0.3", monosemantic, at_least=3, at_most=3)]


def identity_sparse(results: Results) -> list[Quantity]:
    """Sparse features of the identity."""
    return [
        Quantity(
            f"polysemantic neurons at 1 - S = {active:g}", best_at(results, active, "polysemantic_neurons"), at_least=5
        )
        for active in (0.06, 0.03)
    ]


def identity_codes(results: Results) -> list[Quantity]:
    """The counts that the source reads off the best of many models."""
    if (models := final_by(results, "regimes", "active")["instances"].min()) < MANY:
        raise NotMeasurableError(
            f"the source shows the best of 1000 models; that of {models} may be another, so {MANY} or more are needed"
        )
    published = {
        0.15: ("monosemantic_neurons", 2),
        0.12: ("monosemantic_neurons", 1),
        0.03: ("features_as_pairs", 10),
    }
    return [
        Quantity(
            f"{column.replace('_', ' ')} at 1 - S = {active:g}",
            best_at(results, active, column),
            at_least=count,
            at_most=count,
        )
        for active, (column, count) in published.items()
    ]


def exact(results: Results) -> list[Quantity]:
    """The absolute value with neurons to spare."""
    best = best_of_groups(results, "basic")
    return [
        Quantity("exact neurons, one a feature and sign, a feature", best["exact_sides"] / best["n"], at_least=2),
        Quantity("loss", best["loss"], at_most=1e-7, ours=True),
    ]


def dense(results: Results) -> list[Quantity]:
    """The absolute value of dense features."""
    share = polysemantic_share(results)
    return [
        Quantity(f"share of polysemantic neurons at 1 - S = {active:g}", at(share, active), at_most=0)
        for active in (1.0, 0.3)
    ]


def few(results: Results) -> list[Quantity]:
    """The first polysemantic neurons."""
    share = at(polysemantic_share(results), SLIGHT)
    return [Quantity("share of polysemantic neurons at 1 - S = 0.1", share, above=0, at_most=FEW, ours=True)]


def growing(results: Results) -> list[Quantity]:
    """From the first polysemantic neurons on."""
    names = {
        "rise of the share of polysemantic neurons": polysemantic_share(results),
        "rise of the second-largest response": sweep(results, "secondary_response"),
    }
    sparse = {name: table.loc[:, table.columns <= SLIGHT * (1 + 1e-6)] for name, table in names.items()}
    if any(len(table.columns) < 2 for table in sparse.values()):
        raise NotMeasurableError("sparsity has fewer than two values of 1 - S up to 0.1")
    return [Quantity(f"{name} from one sparsity to the next", rising(table), above=0) for name, table in sparse.items()]


def all_polysemantic(results: Results) -> list[Quantity]:
    """The sparsest features."""
    trained(results)
    share = at(polysemantic_share(results), 0.001)
    return [Quantity("share of polysemantic neurons at 1 - S = 0.001", share, at_least=1)]


def both(results: Results) -> list[Quantity]:
    """Neurons of both kinds, at 1 - S = 0.03."""
    share, gap = at(polysemantic_share(results), 0.03), at(sweep(results, "primary_gap"), 0.03)
    return [
        Quantity("share of polysemantic neurons at 1 - S = 0.03", share, above=0, below=1),
        Quantity("mean place of their first feature less that of monosemantic neurons", gap, above=0),
    ]


def more_than_neurons(results: Results) -> list[Quantity]:
    """Features represented, by any neuron."""
    trained(results)
    most = (sweep(results, "features_represented") / sweep(results, "m")).max(axis=1)
    return [Quantity("most features that neurons represent at any sparsity, a neuron", most, above=1)]


def computed(results: Results) -> list[Quantity]:
    """Features computed, at the sparsity where they are the most."""
    most = (sweep(results, "features_computed") / (sweep(results, "m") // 2)).max(axis=1)
    return [Quantity("most outputs computed at any sparsity, a pair of neurons", most, above=1, ours=True)]


def below_naive(results: Results) -> list[Quantity]:
    """The loss against the least without superposition, at the sparsity where it compares best."""
    ratio = log_ratio(sweep(results, "loss"), sweep(results, "naive_loss")).min(axis=1)
    return [Quantity("least log of the loss over the least without superposition", ratio, below=0, ours=True)]


def motif(results: Results) -> list[Quantity]:
    """Asymmetric superposition with inhibition."""
    best = best_of_groups(results, "motif")
    return [Quantity("asymmetric motifs in the best model", best["asymmetric_motifs"], at_least=1, ours=True)]


CLAIMS: list[Claim] = [
    Claim(
        "identity-dense",
        IDENTITY,
        "superposition1",
        "With dense features every feature that is stored has a neuron of its own",
        "all monosemantic for 1 - S of at least 0.5",
        identity_dense,
    ),
    Claim(
        "identity-mixed",
        IDENTITY,
        "superposition1",
        "In between, monosemantic and polysemantic neurons exist in the same model",
        "3 of 5 neurons monosemantic for 1 - S of 0.2 to 0.5",
        identity_mixed,
    ),
    Claim(
        "identity-sparse",
        IDENTITY,
        "superposition1",
        "With sparse features all neurons are polysemantic",
        "all for 1 - S up to 0.08",
        identity_sparse,
    ),
    Claim(
        "identity-codes",
        IDENTITY,
        "superposition1",
        "The best models are structured codes, which shrink to one monosemantic neuron and end as a pair a feature",
        "2 and 1 monosemantic neurons at 1 - S = 0.15 and 0.12; 10 features as pairs up to 0.04",
        identity_codes,
    ),
    Claim(
        "absolute-exact",
        COMPUTATION,
        "superposition2",
        "With two neurons a feature, each is computed by a positive-side and a negative-side neuron",
        "6 neurons for 3 features",
        exact,
    ),
    Claim(
        "absolute-dense",
        COMPUTATION,
        "superposition3",
        "In the dense regime all neurons are monosemantic, and they continue to be to moderate sparsity",
        "none polysemantic at 1 - S = 1 and 0.3",
        dense,
    ),
    Claim(
        "absolute-few",
        COMPUTATION,
        "superposition3",
        "Eventually a few slightly polysemantic neurons are seen",
        "a few at 1 - S = 0.1",
        few,
    ),
    Claim(
        "absolute-growing",
        COMPUTATION,
        "superposition3",
        "The number of polysemantic neurons grows with sparsity, and they become even more polysemantic",
        "from 1 - S = 0.1 to 0.001",
        growing,
    ),
    Claim(
        "absolute-all",
        COMPUTATION,
        "superposition3",
        "Eventually all neurons are highly polysemantic",
        "all at 1 - S = 0.001",
        all_polysemantic,
    ),
    Claim(
        "absolute-both",
        COMPUTATION,
        "superposition3",
        "Neurons of both kinds exist in one model; those of the most important features tend to be monosemantic",
        "at intermediate sparsity",
        both,
    ),
    Claim(
        "more-than-neurons",
        COMPUTATION,
        "superposition3",
        "Once features are sparse enough, the model represents more of them than it has neurons",
        "",
        more_than_neurons,
    ),
    Claim(
        "computed",
        COMPUTATION,
        "superposition3",
        "Superposition usefully approximates the absolute value, of more features than there are pairs of neurons",
        "",
        computed,
    ),
    Claim(
        "below-naive",
        COMPUTATION,
        "superposition3",
        "It is worth it: with sparse features the loss is below that of any model without superposition",
        "",
        below_naive,
    ),
    Claim(
        "asymmetric-motif",
        "The asymmetric superposition motif",
        "superposition4",
        "Models have neurons in asymmetric superposition, each with one that inhibits the interference",
        "2 in the model that is shown",
        motif,
    ),
]
