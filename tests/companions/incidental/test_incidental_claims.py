"""Each claim on results made by hand, where it holds, where it does not, and where its runs are not there."""

import numpy as np
import pytest
from companions.incidental.cases import EXPERIMENTS, HOLDS, Column, HandMade, counts, grid, models, results

from monosemanticity.claims.claim import decided
from monosemanticity.companions.incidental.catalogue import FIGURES
from monosemanticity.companions.incidental.claims import CLAIMS


def more_with_l1(spec, step, instance):
    return counts(spec, step, instance) * (1 + 100 * spec.l1)


SPOILED: dict[str, dict[str, Column]] = {
    "incidental-counts": {"polysemantic_neurons": lambda spec, step, instance: 5.0 + instance % 2},
    "incidental-penalty": {
        "polysemantic_neurons": lambda spec, step, instance: counts(spec, step, instance) * (1 + 100 * spec.l1)
    },
    "incidental-sparsification": {"l1_norm": lambda spec, step, instance: np.full(len(instance), 316.0)},
    "incidental-winner": {"largest_won": lambda spec, step, instance: 0.05 * (1 + instance)},
    "incidental-malign": {"malign_collisions": lambda spec, step, instance: 9.0 + instance},
    "incidental-noise": {"fourth_norm": lambda spec, step, instance: 0.5 + 0.01 * instance},
    "incidental-co-occurrence": {
        "polysemantic_neurons": lambda spec, step, instance: 2.0 + spec.co_occurrence + instance
    },
    "incidental-avoidable": {"polysemantic_neurons": lambda spec, step, instance: 2.0 + instance},
    "incidental-repair": {"separated_pairs": lambda spec, step, instance: 1.0 + 0 * instance},
    "incidental-angles": {"largest_cosine": lambda spec, step, instance: 0.5 + 0.1 * instance},
}


every_claim = pytest.mark.parametrize("claim", CLAIMS, ids=[claim.name for claim in CLAIMS])


def test_names_are_unique_and_every_claim_names_a_figure():
    assert len({claim.name for claim in CLAIMS}) == len(CLAIMS)
    assert {claim.figures for claim in CLAIMS} <= FIGURES.keys()
    assert {claim.name for claim in CLAIMS} - {"incidental-likely-winner"} == SPOILED.keys()


@every_claim
def test_a_claim_that_holds_in_every_instance_is_reproduced(claim):
    assert decided(claim, results()).verdict == "reproduced"


@every_claim
def test_a_claim_that_fails_in_every_instance_is_not_reproduced(claim):
    spoiled = results(SPOILED[claim.name]) if claim.name in SPOILED else results(won=2)
    assert decided(claim, spoiled).verdict == "not reproduced"


@every_claim
def test_a_claim_is_not_measurable_without_its_runs(claim):
    assert decided(claim, HandMade({})).verdict == "not measurable here"


def test_one_value_of_what_is_swept_is_not_enough():
    one = {name: specs[:1] for name, specs in EXPERIMENTS.items()}
    reasons = {claim.name: decided(claim, HandMade(one, columns=HOLDS, models=models(1))).why_not for claim in CLAIMS}
    assert "one m alone" in reasons["incidental-counts"]
    assert "one co_occurrence alone" in reasons["incidental-co-occurrence"]
    assert "no m of at least n" in reasons["incidental-avoidable"]


def test_sparsification_that_ends_early_is_not_measurable():
    short = grid(n=1, m=100_000, l1=1e-5, optimiser="flow", learning_rate=0.5, steps=400)
    claim = next(claim for claim in CLAIMS if claim.name == "incidental-sparsification")
    assert "ends at t = 200, before 1000" in decided(claim, HandMade({"sparsification": short}, columns=HOLDS)).why_not


def test_the_slope_is_that_of_the_mean_counts():
    claim = CLAIMS[0]
    slope = claim.ask(results())[0]
    assert slope.mean == pytest.approx(-1)
    assert len(slope.of_seeds) == 6
