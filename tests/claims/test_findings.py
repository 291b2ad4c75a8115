"""Findings are asked of a hand-made table of final models."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.project import ROOT
from monosemanticity.claims import findings

REFERENCE = ROOT / "results/reference/preview/tables"


def final_model(batch: str, comparison: bool = False, **numbers: float) -> dict[str, object]:
    plain = {"N": 256, "d": 64, "k": 512, "per_feature": 1.0, "final_loss": 0.9, "mean_bias": 0.0}
    return {"batch": batch, "comparison": comparison, "positive_bias_neurons": 65, **plain, **numbers}


@pytest.fixture
def learning_rates() -> pd.DataFrame:
    """Three learning rates from zero bias, two of them from negative bias too."""
    return pd.DataFrame(
        [
            final_model("LR1", learning_rate=0.001, per_feature=0.1, final_loss=0.95, mean_bias=0.1),
            final_model("LR1", learning_rate=0.007, per_feature=0.5, final_loss=0.9, mean_bias=0.0),
            final_model("LR1", learning_rate=0.03, per_feature=1.0, final_loss=0.9, mean_bias=-0.3),
            final_model("LR3", learning_rate=0.001, per_feature=0.8, final_loss=0.85),
            final_model("LR3", learning_rate=0.03, per_feature=0.9, final_loss=0.9),
        ]
    )


def test_a_comparison_run_is_no_part_of_the_sweep(learning_rates: pd.DataFrame) -> None:
    beside = final_model("LR1", comparison=True, learning_rate=0.007, per_feature=9.0)
    models = pd.concat([learning_rates, pd.DataFrame([beside])])
    assert findings.batch(models, "LR1", "learning_rate")["per_feature"].tolist() == [0.1, 0.5, 1.0]
    assert findings.comparison(models, "LR1")["per_feature"] == 9.0


def test_a_batch_is_the_mean_over_its_seeds(learning_rates: pd.DataFrame) -> None:
    again = learning_rates.assign(per_feature=learning_rates["per_feature"] + 0.2)
    rows = findings.batch(pd.concat([learning_rates, again]), "LR1", "learning_rate")
    assert rows["per_feature"].tolist() == pytest.approx([0.2, 0.6, 1.1])


def test_both_starts_are_compared_where_both_were_trained(learning_rates: pd.DataFrame) -> None:
    assert findings.learning_rates(learning_rates).index.tolist() == [0.001, 0.03]


def test_what_agrees_is_said_to_agree(learning_rates: pd.DataFrame) -> None:
    for ask in (findings.equal_loss, findings.learning_rate_raises_mono, findings.negative_bias, findings.band):
        assert ask(learning_rates).agrees, ask.__name__


@pytest.mark.parametrize(
    ("ask", "row", "column", "value"),
    [
        (findings.equal_loss, 0, "final_loss", 1.2),
        (findings.equal_loss, 2, "per_feature", 0.5),
        (findings.learning_rate_raises_mono, 1, "per_feature", 0.05),
        (findings.learning_rate_raises_mono, 2, "mean_bias", 0.2),
        (findings.negative_bias, 3, "per_feature", 0.5),
        (findings.negative_bias, 4, "final_loss", 0.91),
        (findings.band, 3, "positive_bias_neurons", 66),
    ],
)
def test_what_does_not_agree_is_said_not_to(
    learning_rates: pd.DataFrame, ask, row: int, column: str, value: float
) -> None:
    learning_rates.loc[row, column] = value
    assert not ask(learning_rates).agrees


def sweep(batch: str, field: str, per_feature: dict[float, float], **numbers: float) -> list[dict[str, object]]:
    return [final_model(batch, **{field: value}, per_feature=mono, **numbers) for value, mono in per_feature.items()]


def test_a_peak_of_frequency_is_in_units_of_the_embedding_dimension() -> None:
    models = pd.DataFrame(sweep("E1", "epsilon", {1 / 64: 0.5, 1 / 16: 0.9, 1 / 4: 0.1}))
    assert findings.frequency_peak(models) == findings.Finding("peak at N epsilon = 16 = 0.25 d", True)
    late = pd.DataFrame(sweep("E1", "epsilon", {1 / 64: 0.5, 1 / 16: 0.7, 1 / 4: 0.9}))
    assert not findings.frequency_peak(late).agrees


def test_bias_offsets_are_parted_at_the_scale_of_each_frequency() -> None:
    parted = [
        row
        for n in range(1, 6)
        for row in sweep(f"B{n}", "bias_offset", {-1: 0.8, -0.5: 0.7, -0.1: 0.3}, epsilon=1 / 16)
    ]
    finding = findings.bias_scale(pd.DataFrame(parted))
    assert finding.agrees
    assert "below 0.75, 0.75, 0.75, 0.75, 0.75, above 0.3" in finding.here
    parted[0]["per_feature"] = 0.1
    assert not findings.bias_scale(pd.DataFrame(parted)).agrees


GELU = [
    row
    for rate in (0.001, 0.01)
    for row in sweep("B3-GeLU", "bias_offset", {-3: 0.1, -1: 0.9, 0: 0.2}, learning_rate=rate)
]
L1 = [
    *sweep("RG1", "l1", {1e-7: 0.2, 1e-5: 0.5}, final_loss=0.9),
    final_model("RG1", comparison=True, l1=0.0, per_feature=0.6, final_loss=0.85),
]
WIDTHS = [
    final_model("K1", k=k, per_neuron=per_neuron, per_feature=1.0, final_loss=loss)
    for k, per_neuron, loss in ((128, 0.3, 3.0), (256, 0.9, 1.0), (512, 0.5, 0.95))
]
STARTS = WIDTHS + [final_model("K0", k=k, per_feature=0.5) for k in (128, 256)]
DECAYS = sweep("E1", "epsilon", {1 / 64: 0.3, 1 / 16: 0.9}) + sweep("E3", "epsilon", {1 / 64: 0.8, 1 / 16: 0.9})
ABSOLUTE = [
    final_model("LR5", learning_rate=rate, per_feature=mono, final_loss=loss)
    for rate, mono, loss in ((0.002, 0.1, 2.0), (0.004, 0.3, 1.5), (0.008, 0.5, 1.0))
]


@pytest.mark.parametrize(
    ("ask", "models", "row", "column", "value"),
    [
        (findings.gelu_peak, GELU, 0, "per_feature", 1.0),
        (findings.l1, L1, 2, "final_loss", 0.95),
        (findings.l1, L1, 2, "per_feature", 0.1),
        (findings.width_fraction, WIDTHS, 2, "per_neuron", 0.95),
        (findings.width_loss, WIDTHS, 2, "final_loss", 0.2),
        (findings.width_loss, WIDTHS, 0, "final_loss", 0.9),
        (findings.width_start, STARTS, 3, "per_feature", 1.5),
        (findings.slow_decay, DECAYS, 2, "per_feature", 0.2),
        (findings.reprojector, sweep("RP1", "learning_rate", {0.001: 0.9, 0.01: 1.1}), 0, "per_feature", 0.5),
        (findings.absolute_value, ABSOLUTE, 2, "per_feature", 0.2),
        (findings.absolute_value, ABSOLUTE, 2, "final_loss", 3.0),
        (findings.absolute_value_decay, sweep("D1", "decay", {0.003: 0.9, 0.03: 0.5}), 1, "per_feature", 1.0),
    ],
)
def test_what_is_as_the_paper_says_agrees_and_what_is_otherwise_does_not(
    ask, models: list[dict[str, object]], row: int, column: str, value: float
) -> None:
    table = pd.DataFrame(models)
    assert ask(table).agrees
    table.loc[row, column] = value
    assert not ask(table).agrees


def test_a_sentence_whose_batch_is_missing_is_not_asked(learning_rates: pd.DataFrame) -> None:
    without = learning_rates[learning_rates["batch"] == "LR1"]
    found = findings.as_markdown(without).splitlines()
    asked = [line for line in found if not line.endswith("| not asked |")]
    assert len(asked) == 2 + 2  # the head of the table, and what is about LR1 alone
    assert sum("there are no runs of LR3 | not asked" in line for line in found) == 2
    assert "learning rate | loss" not in found[0]


def test_batches_without_a_value_in_common_are_not_compared() -> None:
    apart = pd.DataFrame([final_model(name, k=k) for name, k in (("K0", 64), ("K0", 128), ("K1", 256), ("K1", 512))])
    with pytest.raises(findings.NotAskedError, match="the batches share no k"):
        findings.width_start(apart)
    zero, negative = (sweep(name, "learning_rate", {x: 1, 2 * x: 1}) for name, x in (("LR1", 0.1), ("LR3", 0.4)))
    rates = pd.DataFrame(zero + negative)
    with pytest.raises(findings.NotAskedError, match="LR1 and LR3 share no learning rate"):
        findings.negative_bias(rates)


@pytest.fixture(scope="module")
def preview() -> pd.DataFrame:
    """The final models of the reference results."""
    members, models = (pd.read_parquet(REFERENCE / f"{name}.parquet") for name in ("members", "models"))
    return members.merge(models, on="run")


@pytest.mark.slow
@given(kept=st.integers(0, 2**32 - 1), share=st.sampled_from([0.02, 0.1, 0.3, 0.6]))
def test_of_whatever_runs_there_are_every_sentence_agrees_or_does_not_or_is_not_asked(
    preview: pd.DataFrame, kept: int, share: float
) -> None:
    some = preview[np.random.default_rng(kept).random(len(preview)) < share]
    lines = findings.as_markdown(some).splitlines()[-len(findings.SENTENCES) :]
    assert {line.split("|")[-2].strip() for line in lines} <= {"yes", "**no**", "not asked"}
    assert "nan" not in "".join(lines)


def test_one_point_is_no_sweep(learning_rates: pd.DataFrame) -> None:
    with pytest.raises(findings.NotAskedError, match="LR1 has one point alone"):
        findings.learning_rate_raises_mono(learning_rates[:1])


def test_no_sentence_is_without_a_test_of_both_outcomes() -> None:
    text = Path(__file__).read_text(encoding="utf-8")
    assert [
        sentence.ask.__name__ for sentence in findings.SENTENCES if f"findings.{sentence.ask.__name__}" not in text
    ] == []


def test_every_sentence_of_the_paper_has_its_figure_and_its_words() -> None:
    assert len({sentence.text for sentence in findings.SENTENCES}) == len(findings.SENTENCES) > 0
    for sentence in findings.SENTENCES:
        assert sentence.figures
        assert sentence.text
