"""What the page holds of a run, against what the run's files say."""

import shutil

import numpy as np
import pyarrow.parquet as pq
import pytest

from monosemanticity.errors import RefusedError
from monosemanticity.measures import monosemanticity
from monosemanticity.measures.measuring import measure_run
from monosemanticity.measures.responses import own_outputs
from monosemanticity.model.trained import model_of
from monosemanticity.report import models
from monosemanticity.results import checkpoints, paths
from monosemanticity.training.train import train


@pytest.fixture(scope="module")
def finished(tiny_spec, tmp_path_factory):
    spec, run = tiny_spec(steps=64), tmp_path_factory.mktemp("run")
    train(spec, run)
    measure_run(spec, run)
    return spec, run


def test_every_column_of_every_table_is_there_in_single_precision(finished):
    spec, run = finished
    arrays = models.of_run(spec, run)
    files = {"trace": paths.TRACE, "measures": paths.MEASURES, "neurons": paths.NEURONS, "features": paths.FEATURES}
    for prefix, file in files.items():
        for name, column in pq.read_table(run / file).to_pandas().items():
            np.testing.assert_array_equal(arrays[f"{prefix}.{name}"], column.to_numpy(np.float32, na_value=np.nan))


def test_weights_are_those_of_the_final_model_to_half_precision(finished):
    spec, run = finished
    kept, arrays = checkpoints.read_checkpoint(run, spec.steps, spec), models.of_run(spec, run)
    np.testing.assert_array_equal(arrays["W1"], kept["W1"].astype(np.float16))
    np.testing.assert_array_equal(models.feature_vectors(spec, run), kept["P"].astype(np.float16))


def test_activations_of_another_nonlinearity_are_there_in_steps(tiny_spec, tmp_path):
    spec = tiny_spec(activation="gelu", steps=8)
    train(spec, tmp_path)
    measure_run(spec, tmp_path)
    arrays = models.of_run(spec, tmp_path)
    h = monosemanticity.responses(model_of(spec, checkpoints.read_checkpoint(tmp_path, spec.steps, spec))).h
    least, most = arrays["h.ends"]
    np.testing.assert_allclose(least + arrays["h"] / 255 * (most - least), h, atol=(most - least) / 500)


def test_neurons_in_training_are_those_of_each_checkpoint(finished):
    spec, run = finished
    arrays = models.of_run(spec, run)
    assert arrays["kept.r"].shape == (len(spec.checkpoint_steps), spec.k)
    for place, step in enumerate(spec.checkpoint_steps):
        model = model_of(spec, checkpoints.read_checkpoint(run, step, spec))
        seen = monosemanticity.responses(model)
        np.testing.assert_array_equal(arrays["kept.r"][place], seen.r.astype(np.float32))
        silent = arrays["kept.strongest_feature"][place] == models.NO_FEATURE
        np.testing.assert_array_equal(silent, ~seen.responding)


def test_outputs_are_split_by_the_sign_of_the_bias(finished):
    spec, run = finished
    model = model_of(spec, checkpoints.read_checkpoint(run, spec.steps, spec))
    arrays = models.of_run(spec, run)
    for place, amplitude in enumerate(models.AMPLITUDES):
        whole = own_outputs(model, np.ones(spec.k, bool), float(amplitude))
        np.testing.assert_allclose(arrays["output.full"][:, place], whole, atol=1e-3)
        mono = own_outputs(model, model.b <= 0, float(amplitude))
        np.testing.assert_allclose(arrays["output.mono"][:, place], mono, atol=1e-3)


def test_a_reprojector_has_no_outputs_of_features(tiny_spec, tmp_path):
    spec = tiny_spec(task="reprojector", steps=4)
    train(spec, tmp_path)
    measure_run(spec, tmp_path)
    assert not [name for name in models.of_run(spec, tmp_path) if name.startswith("output")]


def test_a_damaged_run_is_refused_by_its_file(finished, tmp_path):
    spec, run = finished
    shutil.copytree(run, tmp_path / "run")
    (tmp_path / "run" / paths.NEURONS).write_bytes(b"PAR1")
    with pytest.raises(RefusedError, match=paths.NEURONS):
        models.of_run(spec, tmp_path / "run")
