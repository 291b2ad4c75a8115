"""What the page holds of a run of the paper: its traces, its measures, its weights and what its neurons became."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from jaxtyping import Float

from monosemanticity.experiment.spec import RunSpec, outputs_are_features
from monosemanticity.measures import monosemanticity, polysemantic
from monosemanticity.measures.measured import read_features, read_measures, read_neurons
from monosemanticity.measures.responses import own_outputs
from monosemanticity.model.trained import Model, model_of
from monosemanticity.report.blocks import Arrays
from monosemanticity.results import checkpoints
from monosemanticity.training.loss_trace import read_trace

AMPLITUDES = np.linspace(0, 1, 25)
NO_FEATURE = 2**16 - 1
"""In place of the strongest feature of a neuron that never responds."""


def of_run(spec: RunSpec, run: Path) -> Arrays:
    """The arrays of a finished run, tables column by column; the shared P is a block of its own.

    Weights, and biases in training, are half-precision numbers and what is measured single ones: the page computes
    h = ReLU(W1 P + b) from the first and shows the second. Of other activations it has h itself, in 255 steps. Raises
    RefusedError naming the first file that is missing, damaged or of something else.
    """
    tables = {
        "trace": read_trace(run, spec),
        "measures": read_measures(run, spec),
        "neurons": read_neurons(run, spec),
        "features": read_features(run, spec),
    }
    arrays = {f"{name}.{column}": array for name, table in tables.items() for column, array in _columns(table).items()}
    final = _model(spec, run, spec.steps)
    arrays["W1"] = final.W1.astype(np.float16)
    if spec.activation != "relu":
        arrays |= _in_steps("h", monosemanticity.responses(final).h)
    return arrays | _in_training(spec, run) | _responses(final)


def feature_vectors(spec: RunSpec, run: Path) -> Float[np.ndarray, "N d"]:
    """P, which no step of training changes, so that runs of one seed share it."""
    return _model(spec, run, spec.steps).P.astype(np.float16)


def _model(spec: RunSpec, run: Path, step: int) -> Model:
    return model_of(spec, checkpoints.read_checkpoint(run, step, spec))


def _columns(table: pa.Table) -> dict[str, Float[np.ndarray, " rows"]]:
    """Every column as numbers; NaN where there is none. A step is a whole number that single precision has exactly."""
    numbers: pd.DataFrame = table.to_pandas()
    return {name: numbers[name].to_numpy(dtype=np.float32, na_value=np.nan) for name in numbers}


def _in_steps(name: str, numbers: Float[np.ndarray, "..."]) -> Arrays:
    """Numbers in 255 equal steps from the least to the largest, and these two."""
    ends = np.array([numbers.min(), numbers.max()], dtype=np.float32)
    width = (ends[1] - ends[0]) or 1
    return {name: np.rint(255 * (numbers - ends[0]) / width).astype(np.uint8), f"{name}.ends": ends}


def _in_training(spec: RunSpec, run: Path) -> Arrays:
    """Of every neuron at every kept step: r, bias, and the feature that it responds to most."""
    kept: dict[str, list[np.ndarray]] = {"r": [], "bias": [], "strongest_feature": []}
    for step in spec.checkpoint_steps:
        model = _model(spec, run, step)
        seen = monosemanticity.responses(model)
        kept["r"].append(seen.r.astype(np.float32))
        kept["bias"].append(model.b.astype(np.float16))
        kept["strongest_feature"].append(np.where(seen.responding, seen.strongest_feature, NO_FEATURE))
    arrays = {f"kept.{name}": np.stack(of_steps) for name, of_steps in kept.items()}
    return arrays | {"kept.strongest_feature": arrays["kept.strongest_feature"].astype(np.uint16)}


def _responses(model: Model) -> Arrays:
    """The output for each feature alone at each amplitude: of the whole model, and of its negative-bias neurons.

    The page subtracts for the positive-bias neurons. Nothing where the outputs are no features, as the
    re-projector's (section 5.1).
    """
    if not outputs_are_features(model.task):
        return {}
    parts = {"full": np.ones_like(model.b, dtype=bool), "mono": ~polysemantic.positive_bias(model)}
    return {
        f"output.{name}": np.stack([own_outputs(model, among, float(a)) for a in AMPLITUDES], axis=1).astype(np.float16)
        for name, among in parts.items()
    }
