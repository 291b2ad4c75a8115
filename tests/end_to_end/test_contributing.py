"""What CONTRIBUTING.md tells to add, added to copies of the project by its own code, and used."""

import json
import math
import re
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from safetensors.numpy import load_file

from helpers.contributing import ADDITIONS, GUIDE, section
from helpers.edits import Replace
from helpers.project import ROOT, copied, copy_of_the_project, planned_jobs, run_in, snakemake
from monosemanticity.experiment.config_file import read_config

TRAINED = ("a batch", "a measure", "a task", "an activation", "a distribution", "a field of a run")
SHOWN = ("a claim", "a figure", "a kind of figure", "a command")
"""What needs no model that the finished project has not."""
OF_THE_KIND = "norms_of_rates:\n  title: Norms\n  kind: norms\n  points: LR1\n  caption: Of LR1.\n\n"

BY_PYTORCH = """
import json
from pathlib import Path

import torch

from monosemanticity.experiment.spec import RunSpec
from monosemanticity.explore.model import Model
from monosemanticity.model.trained import model_of
from monosemanticity.results.checkpoints import read_checkpoint

run = Path("my_leaky_run")
spec = RunSpec(**json.loads((run / "run.json").read_text())["spec"])
model = Model._make(model_of(spec, read_checkpoint(run, spec.steps, spec)))
f = torch.eye(spec.N, dtype=torch.double)
print(float((model.torch().double()(f) - torch.tensor(model(f.numpy()))).abs().max()) < 1e-12)
"""
"""Whether the model computes by PyTorch what it computes by NumPy."""


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh copy of the project with what models are trained and measured with."""
    project = copy_of_the_project(tmp_path_factory.mktemp("contributing") / "trained")
    for name in TRAINED:
        add(name, project)
    return project


@pytest.fixture(scope="module")
def shown(smoke: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The finished project with what shows its models."""
    project = copied(smoke, tmp_path_factory.mktemp("contributing") / "shown")
    for name in SHOWN:
        add(name, project)
    Replace("workflow/figures.yaml", "gelu_rates:\n", f"{OF_THE_KIND}gelu_rates:\n").apply(project)
    return project


def add(name: str, project: Path) -> None:
    for edit in ADDITIONS[name]:
        edit.apply(project)


def done(project: Path, *command: str) -> str:
    """Run a command and give back what it printed."""
    ended = run_in(project, *command)
    assert ended.returncode == 0, ended.stderr[-3000:]
    return ended.stdout


def test_every_addition_of_the_guide_is_tried() -> None:
    told = set(re.findall(r"^\| \[(.*?)\]\(#(?!companion-studies)", GUIDE, re.MULTILINE))
    assert told == ADDITIONS.keys() == {*TRAINED, *SHOWN}


def as_told(name: str, project: Path) -> None:
    """Train as a section says to try it."""
    told = section(name).split("Try it: `")[1].split("`")[0]
    done(project, *told.split())


def test_an_added_activation_trains_and_a_measure_is_a_column(trained: Path) -> None:
    as_told("An activation", trained)
    done(trained, "monosemanticity", "measure", "my_leaky_run")
    assert len(measured(trained / "my_leaky_run/measures.parquet", "largest_bias")) > 1
    assert done(trained, "python", "-c", BY_PYTORCH) == "True\n"


def test_an_added_task_whose_outputs_are_no_features_trains_and_is_measured(trained: Path) -> None:
    as_told("A task", trained)
    done(trained, "monosemanticity", "measure", "my_autoencoder")
    features = trained / "my_autoencoder/features.parquet"
    assert measured(features, "output") == [None] * len(measured(features, "mono_neurons"))
    assert measured(features, "linear_error") == measured(features, "output")


def test_an_added_distribution_and_an_added_field_are_what_a_run_is_of(trained: Path) -> None:
    chosen = [word for each in ("distribution=linear", "init_scale=0.5") for word in ("--set", each)]
    done(
        trained,
        *["monosemanticity", "train", "--batch", "K0", "--set", "k=16", "--scale", "smoke", "--out", "my_run"],
        *chosen,
    )
    spec = json.loads((trained / "my_run/run.json").read_text())["spec"]
    assert (spec["distribution"], spec["init_scale"]) == ("linear", 0.5)
    W1 = load_file(trained / "my_run/checkpoints/step-00000001.safetensors")["W1"]
    assert 0.4 < abs(W1).max() * math.sqrt(spec["d"]) < 0.6


def test_an_added_batch_is_listed(trained: Path) -> None:
    assert "my_batch" in done(trained, "monosemanticity", "runs", "--scale", "smoke")


def test_an_added_command_runs(shown: Path) -> None:
    assert done(shown, "monosemanticity", "scales").split() == list(read_config(ROOT / "config.yaml").scales)


def test_an_added_claim_is_decided(shown: Path) -> None:
    said = done(shown, "monosemanticity", "claim", "wide-is-better", "--scale", "smoke")
    assert "log of widest over narrowest" in said
    assert "not measurable" not in said


@pytest.mark.parametrize("name", ["gelu_rates", "norms_of_rates"])
def test_an_added_figure_is_drawn_and_trains_nothing(shown: Path, name: str) -> None:
    listed = planned_jobs(snakemake(shown, name, "--dry-run").stdout)
    assert listed == {name: 1}
    assert snakemake(shown, name).returncode == 0
    assert (shown / f"results/smoke/figures/{name}.png").stat().st_size > 5000


def measured(file: Path, column: str) -> list[object]:
    return pq.read_table(file, columns=[column])[column].to_pylist()
