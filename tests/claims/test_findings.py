"""Findings are asked of a hand-made table of final models."""

import pandas as pd
import pytest

from monosemanticity.claims import findings


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


def test_every_sentence_of_the_paper_has_its_figure_and_its_words() -> None:
    assert len({sentence.text for sentence in findings.SENTENCES}) == len(findings.SENTENCES) > 0
    for sentence in findings.SENTENCES:
        assert sentence.figures
        assert sentence.text
