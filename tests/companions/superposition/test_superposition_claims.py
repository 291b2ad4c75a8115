"""Each claim where every instance is as the source says, where none is, and where its runs are not there."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest
from companions.superposition.made import Made, rows

from monosemanticity.claims.claim import decided
from monosemanticity.companions.superposition.catalogue import FIGURES
from monosemanticity.companions.superposition.claims import CLAIMS

BY_NAME = {claim.name: claim for claim in CLAIMS}
every_claim = pytest.mark.parametrize("name", list(BY_NAME))
ACTIVE = (1, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001)
POLYSEMANTIC = dict(zip(ACTIVE, (0, 0, 8, 23, 39, 40, 40), strict=True))
"""Of 40 neurons, as one faithful seed had them."""
MONOSEMANTIC = {0.7: 5, 0.3: 3, 0.15: 2, 0.12: 1, 0.06: 0, 0.03: 0}
"""Of 5 neurons, as the source's best of 1000 had them."""

SPOILED: Mapping[str, tuple[str, Mapping]] = {
    "identity-dense": ("regimes", {"monosemantic_neurons": 4}),
    "identity-mixed": ("regimes", {"monosemantic_neurons": 5}),
    "identity-sparse": ("regimes", {"polysemantic_neurons": 4}),
    "identity-codes": ("regimes", {"features_as_pairs": 9}),
    "absolute-exact": ("basic", {"exact_sides": 5}),
    "absolute-dense": ("sparsity", {"polysemantic_neurons": 1}),
    "absolute-few": ("sparsity", {"polysemantic_neurons": 0}),
    "absolute-growing": ("sparsity", {"secondary_response": 0.3}),
    "absolute-all": ("sparsity", {"polysemantic_neurons": 39}),
    "absolute-both": ("sparsity", {"primary_gap": -1}),
    "more-than-neurons": ("sparsity", {"features_represented": 40}),
    "computed": ("sparsity", {"features_computed": 20}),
    "below-naive": ("sparsity", {"loss": 2.0}),
    "asymmetric-motif": ("motif", {"asymmetric_motifs": 0}),
}


@pytest.fixture
def tables(small_spec) -> dict[str, pd.DataFrame]:
    """Where every claim holds."""

    def of(specs, columns):
        return pd.concat([rows(spec, columns(spec)) for spec in specs], ignore_index=True)

    made = {
        "regimes": of(
            [small_spec(task="identity", n=10, m=5, active=active) for active in MONOSEMANTIC],
            lambda spec: {
                "best": [1, 0, 0],
                "monosemantic_neurons": [MONOSEMANTIC[spec.active], 0, 5],
                "polysemantic_neurons": [5 - MONOSEMANTIC[spec.active], 5, 0],
                "features_as_pairs": [10, 0, 0],
                "instances": 1000,
            },
        ),
        "basic": of(
            [small_spec(n=3, m=6, instances=10)],
            lambda spec: {"loss": [0.1, 0.2, 1e-8, 0.1, 0.1] * 2, "exact_sides": [0, 5, 6, 0, 0] * 2},
        ),
        "sparsity": of(
            [small_spec(n=100, m=40, active=active) for active in ACTIVE],
            lambda spec: {
                "polysemantic_neurons": POLYSEMANTIC[spec.active],
                "secondary_response": 0.5 - spec.active / 4,
                "primary_gap": 3 + np.arange(3),
                "features_represented": 41,
                "features_computed": 25,
                "loss": 0.5 + spec.active,
                "naive_loss": 1,
            },
        ),
        "motif": of(
            [small_spec(n=6, m=10, instances=10)],
            lambda spec: {"loss": [1, 2, 3, 4, 5] * 2, "asymmetric_motifs": [2, 0, 0, 0, 0] * 2},
        ),
    }
    return {name: pd.concat([at_start(table), table], ignore_index=True) for name, table in made.items()}


def test_every_claim_is_spoiled_above_and_every_figure_is_there():
    assert SPOILED.keys() == BY_NAME.keys()
    assert {claim.figures for claim in CLAIMS} == FIGURES.keys()


def at_start(table: pd.DataFrame) -> pd.DataFrame:
    """The models of a table before they have learned anything."""
    return table.assign(step=0, loss=5)


@every_claim
def test_a_claim_that_holds_is_reproduced(name, tables):
    verdict = decided(BY_NAME[name], Made(tables=tables)).verdict
    assert verdict == ("consistent" if name.startswith("identity") else "reproduced")


@every_claim
def test_a_claim_that_does_not_hold_is_not_reproduced(name, tables):
    experiment, columns = SPOILED[name]
    spoiled = tables | {experiment: tables[experiment].assign(**columns)}
    verdict = decided(BY_NAME[name], Made(tables=spoiled)).verdict
    assert verdict == ("not consistent" if name.startswith("identity") else "not reproduced")


@every_claim
def test_a_claim_without_its_experiment_is_not_measurable(name):
    assert decided(BY_NAME[name], Made()).verdict == "not measurable here"


@pytest.mark.parametrize("name", [name for name, (experiment, _) in SPOILED.items() if experiment == "regimes"])
def test_claims_on_counts_of_the_source_ask_for_its_model(name, tables):
    decision = decided(BY_NAME[name], Made(tables={"regimes": tables["regimes"].assign(n=12)}))
    assert "no model of n = 10 and m = 5" in decision.why_not


@pytest.mark.parametrize("kind", ["dense", "few", "growing", "all", "both"])
def test_a_claim_on_a_sparsity_that_was_not_run_is_not_measurable(kind, tables):
    runs = tables["sparsity"]
    decision = decided(BY_NAME[f"absolute-{kind}"], Made(tables={"sparsity": runs[runs["active"] == 0.01]}))
    assert "1 - S" in decision.why_not


def test_the_best_of_few_models_is_not_the_best_of_the_source(tables):
    decision = decided(BY_NAME["identity-codes"], Made(tables={"regimes": tables["regimes"].assign(instances=8)}))
    assert "that of 8 may be another" in decision.why_not


def test_the_best_of_every_five_instances_is_asked(tables):
    (sides, loss) = decided(BY_NAME["absolute-exact"], Made(tables=tables)).quantities
    assert sides.of_seeds.tolist() == [2, 2]
    assert loss.of_seeds.tolist() == [1e-8, 1e-8]


@pytest.mark.parametrize(("instances", "groups"), [(1, 1), (4, 1), (5, 1), (9, 1), (10, 2), (14, 2)])
def test_a_last_group_that_is_not_full_belongs_to_the_one_before(small_spec, instances, groups):
    models = rows(small_spec(instances=instances), {"loss": np.arange(instances) + 1, "asymmetric_motifs": 1})
    (motifs,) = decided(BY_NAME["asymmetric-motif"], Made(tables={"motif": models})).quantities
    assert motifs.of_seeds.index.tolist() == [0, 5][:groups]


@pytest.mark.parametrize("name", ["absolute-all", "more-than-neurons"])
def test_what_holds_at_the_start_is_asked_of_trained_models_alone(name, tables):
    start = tables["sparsity"]["step"] == 0
    untrained = tables["sparsity"].assign(loss=tables["sparsity"]["loss"].where(start, 4.9))
    assert (
        "has not come to 0.9 of that at the start"
        in decided(BY_NAME[name], Made(tables={"sparsity": untrained})).why_not
    )


def test_a_claim_of_one_value_is_not_asked_of_a_sweep(tables):
    two = pd.concat([tables["motif"], tables["motif"].assign(seed=7)])
    assert decided(BY_NAME["asymmetric-motif"], Made(tables={"motif": two})).why_not.startswith("motif sweeps seed; ")
