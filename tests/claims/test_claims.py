"""Each claim where it holds, where it does not, where seeds disagree, and where its runs are not there."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.world import RATES, Change, N, made, runs_of, world
from monosemanticity.claims import report
from monosemanticity.claims.claim import CLAIMS, decide
from monosemanticity.claims.decisions import decisions
from monosemanticity.claims.runs import NotMeasurableError, shared
from monosemanticity.results.paths import MEMBERS

SPOILED: dict[str, Mapping[tuple[str, str], Change]] = {
    "equal-loss": {("LR1", "models"): lambda row: {"final_loss": 1 + 10 * row["learning_rate"]}},
    "lr-mono": {("LR1", "models"): lambda row: {"per_feature": -row["learning_rate"]}},
    "one-to-one": {("LR1", "models"): lambda row: {"one_mono_features": 10, "mono_features": 20}},
    "bias-sign": {("LR1", "neurons"): lambda row: {"bias": -row["bias"]}},
    "late-mono": {("LR2", "measures"): lambda row: {"per_feature": -row["step"]}},
    "neg-bias": {("LR3", "models"): lambda row: {"final_loss": 1.5}},
    "bias-scale": {("B3", "models"): lambda row: {"per_feature": 0.3}},
    "band": {("LR3", "models"): lambda row: {"positive_bias_neurons": 90}},
    "band-d": {("S1", "models"): lambda row: {"positive_bias_neurons": 65}},
    "gelu-peak": {("B3-GeLU", "models"): lambda row: {"per_feature": 1.0 * (row["bias_offset"] == 0)}},
    "no-decay": {("LR3", "models"): lambda row: {"loss_change": -0.1}},
    "unused-neurons": {("LR3", "models"): lambda row: {"dead_neurons": 100}},
    "l1": {("RG1", "models"): lambda row: {"final_loss": 1.5 - 0.6 * (row["l1"] > 0)}},
    "solu": {("S4", "models"): lambda row: {"per_feature": 1.4}},
    "bias-penalty": {("S5", "models"): lambda row: {"per_feature": 0.01}},
    "width-loss": {("K1", "models"): lambda row: {"final_loss": 2 - row["k"] / 1024}},
    "width-cross": {("K1", "models"): lambda row: {"final_loss": 3.0}},
    "width-mono": {("K1", "models"): lambda row: {"per_neuron": row["k"] / 2048}},
    "sparse-worse": {("S3", "models"): lambda row: {"final_loss": 0.1}},
    "wider": {("K3", "models"): lambda row: {"final_loss": row["k"] / N}},
    "eps-peak": {("E1", "models"): lambda row: {"per_feature": 1 - row["epsilon"]}},
    "slow-decay": {("E4", "models"): lambda row: {"per_feature": 0.1}},
    "decay-race": {
        ("E3", "traces"): lambda row: {"loss": 1.0 if row["step"] < 4096 * row["epsilon"] * N / 16 else 0.4}
    },
    "smooth": {("E1", "models"): lambda row: {"per_feature": 1.0 * (row["epsilon"] < 60 / N)}},
    "reproject": {("RP1", "models"): lambda row: {"per_feature": 0.3}},
    "abs-loss": {("LR5", "models"): lambda row: {"final_loss": row["per_feature"]}},
    "abs-decay": {("D1", "models"): lambda row: {"per_feature": row["decay"]}},
    "onset": {("E3", "features"): lambda row: {"onset": 0.7 - row["onset"]}},
    "second-kink": {("E3", "features"): lambda row: {"second_onset": 1.4 - row["second_onset"]}},
    "closer": {("E1", "features"): lambda row: {"output": row["epsilon"]}},
    "poly-line": {("E1", "features"): lambda row: {"poly_slope": 0.5}},
    "poly-rank": {("E1", "models"): lambda row: {"poly_rank": 80}},
    "bias-null": {("E1", "models"): lambda row: {"poly_constant": 0.1}},
}
every_claim = pytest.mark.parametrize("name", list(CLAIMS))


def without(batch: str, tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Tables of all other batches."""
    return {**tables, MEMBERS: tables[MEMBERS].query("batch != @batch")}


def test_every_claim_is_spoiled_below():
    assert SPOILED.keys() == CLAIMS.keys()


@every_claim
def test_a_claim_that_holds_for_every_seed_is_reproduced(name):
    assert decide(CLAIMS[name], world()).verdict == "reproduced"


@every_claim
def test_a_claim_that_fails_for_every_seed_is_not_reproduced(name):
    assert decide(CLAIMS[name], world(changes=SPOILED[name])).verdict == "not reproduced"


@every_claim
def test_a_claim_on_which_seeds_disagree_is_undecided(name):
    assert decide(CLAIMS[name], world(changes=SPOILED[name], spoiled=2)).verdict == "undecided"


@every_claim
def test_of_one_seed_a_claim_is_consistent_or_not(name):
    assert decide(CLAIMS[name], world(seeds=1)).verdict == "consistent"
    assert decide(CLAIMS[name], world(seeds=1, changes=SPOILED[name])).verdict == "not consistent"


@every_claim
def test_a_claim_whose_runs_are_not_there_is_not_measurable_and_names_them(name):
    for batch, _ in SPOILED[name]:
        decision = decide(CLAIMS[name], runs_of(without(batch, made(seeds=1))))
        assert (decision.verdict, decision.quantities) == ("not measurable here", [])
        assert batch in decision.why_not


def test_amplitudes_are_the_papers_where_models_have_as_many_features_a_dimension():
    as_many = {(batch, "models"): lambda row: {"d": row["N"] // 8} for batch in ("E1", "E3")}
    asked = decide(CLAIMS["onset"], world(changes=as_many))
    assert (asked.verdict, len(asked.quantities)) == ("reproduced", 3)
    late = as_many | {(batch, "features"): lambda row: {"onset": row["onset"] + 0.2} for batch in ("E1", "E3")}
    assert decide(CLAIMS["onset"], world(changes=late)).verdict == "not reproduced"
    elsewhere = {key: change for key, change in late.items() if key[1] == "features"}
    assert decide(CLAIMS["onset"], world(changes=elsewhere)).verdict == "reproduced"


def test_what_a_claim_says_of_every_width_is_asked_of_the_one_that_speaks_most_against_it():
    against = {("K1", "models"): lambda row: {"final_loss": row["final_loss"] * (1.2 if row["k"] == 4 * N else 1)}}
    decision = decide(CLAIMS["width-cross"], world(changes=against))
    assert [quantity.verdict for quantity in decision.quantities] == [*["reproduced"] * 3, "not reproduced"]
    better = {("S3", "models"): lambda row: {"final_loss": 0.1 if row["k"] == 512 else 2.5}}
    assert decide(CLAIMS["sparse-worse"], world(changes=better)).verdict == "not reproduced"


def test_batches_are_compared_by_the_seeds_and_values_that_both_have():
    one = pd.DataFrame(1.0, index=[0, 1, 2], columns=[16, 32, 64])
    other = pd.DataFrame(2.0, index=[1, 2, 3], columns=[32, 64, 128])
    for cut in shared(one, other):
        assert (cut.index.tolist(), cut.columns.tolist()) == ([1, 2], [32, 64])
    with pytest.raises(NotMeasurableError):
        shared(one, other.loc[[3]])


def test_a_sweep_of_one_value_proves_nothing():
    whole = made(seeds=1)
    models = whole["models"]
    kept = models[(models["learning_rate"] == RATES[0]) | ~models["run"].str.startswith("LR1")]
    decision = decide(CLAIMS["lr-mono"], runs_of(whole | {"models": kept}))
    assert decision.why_not == "LR1 has one learning_rate alone, and more are needed"


@pytest.mark.parametrize(("claim", "batch"), [("lr-mono", "LR1"), ("gelu-peak", "B3-GeLU")])
def test_nothing_is_averaged_over_what_a_batch_sweeps_besides(claim, batch):
    whole = made(seeds=1)
    again = whole[MEMBERS].query("batch == @batch")
    models = whole["models"][whole["models"]["run"].isin(again["run"])].assign(decay=0.5)
    besides = {name: rows.assign(run=rows["run"] + "-besides") for name, rows in ((MEMBERS, again), ("models", models))}
    both = {name: pd.concat([whole[name], rows]) for name, rows in besides.items()}
    decision = decide(CLAIMS[claim], runs_of(whole | both))
    assert "it sweeps something besides" in decision.why_not


def test_what_was_not_measured_is_said():
    whole = made(seeds=1)
    models = whole["models"].drop(columns="one_mono_features")
    decision = decide(CLAIMS["one-to-one"], runs_of(whole | {"models": models}))
    assert decision.why_not == "one_mono_features was not measured: the results are of an earlier version"


def test_runs_that_have_not_converged_or_are_dead_are_counted_beside_the_verdict():
    changes = {("LR3", "models"): lambda row: {"converged": row["learning_rate"] > 0.005, "dead_neurons": row["k"]}}
    decision = decide(CLAIMS["band"], world(seeds=1, changes=changes))
    assert decision.unsettled == "2 of 4 runs not converged, 4 of 4 runs dead"
    assert "consistent (2 of 4 runs not converged, 4 of 4 runs dead) |" in report.as_markdown([decision])
    assert decide(CLAIMS["band"], world(seeds=1)).unsettled == ""


WHOLE = made()


@pytest.mark.slow
@settings(max_examples=15)
@given(kept=st.integers(0, 2**32 - 1), share=st.sampled_from([0.05, 0.3, 0.7, 0.95]))
def test_of_whatever_runs_there_are_every_claim_has_a_verdict(kept, share):
    members = WHOLE[MEMBERS][np.random.default_rng(kept).random(len(WHOLE[MEMBERS])) < share]
    for decision in decisions(runs_of(WHOLE | {MEMBERS: members})):
        assert bool(decision.quantities) != bool(decision.why_not)
        assert report.explained(decision).endswith(decision.verdict)


def test_dead_models_have_verdicts_too():
    nothing = {"per_feature": 0.0, "per_neuron": 0.0, "mono_features": 0, "one_mono_features": 0, "poly_rank": 0}
    changes = {(batch, "models"): lambda row: nothing for batch in WHOLE[MEMBERS]["batch"].unique()}
    changes[("LR1", "neurons")] = lambda row: {"r": 0.0, "strongest_feature": None}
    changes[("E3", "features")] = lambda row: {"onset": np.nan, "second_onset": np.nan, "output": 0.0}
    verdicts = {decision.claim.name: decision.verdict for decision in decisions(world(changes=changes))}
    assert {verdicts[name] for name in ("neg-bias", "one-to-one", "reproject", "poly-rank")} == {"not reproduced"}
    assert {verdicts[name] for name in ("bias-sign", "onset", "second-kink")} == {"not measurable here"}


def test_the_headline_counts_verdicts():
    decided = decisions(world(changes=SPOILED["band"]))
    assert report.headline(decided) == "33 claims of 3 seeds: 32 reproduced, 1 not reproduced."


def test_where_nothing_is_measurable_the_headline_says_so():
    nothing = WHOLE | {MEMBERS: WHOLE[MEMBERS].iloc[:0]}
    assert report.headline(decisions(runs_of(nothing))) == "33 claims: 33 not measurable here."


def test_the_summary_names_the_claims_of_each_verdict():
    lacking = without("S1", made(seeds=1, changes=SPOILED["band"]))
    *_, consistent, not_consistent, not_measurable = report.summary(decisions(runs_of(lacking))).splitlines()
    assert consistent.startswith("| consistent | solu (S4), equal-loss (3), lr-mono (3, 6), ")
    assert not_consistent == "| not consistent | band (11) |"
    assert not_measurable == "| not measurable here | band-d (S1) |"


def test_the_table_has_a_row_a_number_and_one_for_what_is_not_measurable():
    lacking = without("S1", made(seeds=2))
    table = report.table(decisions(runs_of(lacking))).set_index("claim")
    assert set(table.index) == set(CLAIMS)
    assert table.loc["band-d", "why_not"] == "there are no runs of S1"
    assert table.loc["band", ["seeds", "mean", "low", "high", "bounds"]].tolist() == [2, 0, 0, 0, "at most 1"]


def test_claims_come_in_the_papers_order_and_what_goes_beyond_it_last():
    sections = [decision.claim.section for decision in decisions(world(seeds=1))]
    assert sections[-1] == ""
    assert sections[:-1] == sorted(sections[:-1])


def test_an_explanation_has_every_seeds_value_and_the_bounds():
    said = report.explained(decide(CLAIMS["band"], world(changes=SPOILED["band"], spoiled=2)))
    assert said.splitlines() == [
        "band (section 4.1.2, figure 11): The band of positive-bias neurons is d + 1 wide at every learning rate.",
        "the paper: 65 for d = 64",
        "neurons more or fewer than d + 1, most 8.33 [-27.5, 44.2] of 3 seeds, at most 1: undecided",
        "  seed 0: 0, seed 1: 0, seed 2: 25",
        "verdict: undecided",
    ]
