import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from helpers.project import ROOT
from monosemanticity.experiment.companion import CompanionSpec
from monosemanticity.experiment.config_file import read_config
from monosemanticity.experiment.incidental import IncidentalSpec
from monosemanticity.experiment.plan import make_plan
from monosemanticity.experiment.spec import RunSpec
from monosemanticity.experiment.superposition import SuperpositionSpec
from monosemanticity.results.paths import Paths
from monosemanticity.workflow import needs

CONFIG, PROFILE = ROOT / "config.yaml", ROOT / "slurm/config.yaml"
LARGE: list[dict[str, Any]] = [
    {"N": 512, "d": 64, "k": 16, "epsilon": 1 / 64, "batch_size": 2**19, "form": "gram"},  # the paper's largest batch
    {"N": 4096, "d": 256, "k": 4096, "epsilon": 1 / 64, "batch_size": 512},  # most of it weights
    {"N": 2048, "d": 64, "k": 64, "epsilon": 1 / 16, "batch_size": 2**15, "task": "abs"},  # most of it samples
]


TOLD = """
import atexit, pathlib, sys
from monosemanticity.cli import main

atexit.register(lambda: print(pathlib.Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]))
main()
"""


def peak(spec: RunSpec, folder: Path) -> float:
    """MB that a training process held at most, by itself: rusage counts what it was forked from too."""
    command = [sys.executable, "-c", TOLD, "train", "--spec", spec.model_dump_json(), "--out", str(folder)]
    return int(subprocess.run(command, capture_output=True, check=True).stdout) * 1024 / 1e6


COMPANION_TOLD = """
import pathlib, sys
from monosemanticity.companions.train import train
from monosemanticity.experiment.companions import SPECS

train(SPECS[sys.argv[1]].model_validate_json(sys.argv[2]), pathlib.Path(sys.argv[3]))
print(pathlib.Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])
"""


MEASURING_TOLD = """
import pathlib, sys
from monosemanticity.companions import measuring
from monosemanticity.experiment.companions import SPECS, Experiment
from monosemanticity.results.paths import Paths

spec = SPECS[sys.argv[1]].model_validate_json(sys.argv[2])
measuring.write(Experiment(study=spec.study, name="mine", specs=[spec]), Paths(pathlib.Path(sys.argv[3]), "smoke"))
print(pathlib.Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])
"""


def peak_of_companion(told: str, spec: CompanionSpec, folder: Path) -> float:
    """The same of a program about a run of a companion study."""
    command = [sys.executable, "-c", told, spec.study, spec.model_dump_json(), str(folder)]
    return int(subprocess.run(command, capture_output=True, check=True).stdout) * 1024 / 1e6


@pytest.mark.slow
def test_a_run_holds_no_more_memory_than_is_asked_for(tiny_spec: Callable[..., RunSpec], tmp_path: Path) -> None:
    program = peak(tiny_spec(), tmp_path / "tiny")
    assert program < needs.PROGRAM
    for number, instead in enumerate(LARGE):
        spec = tiny_spec(**instead, steps=3)
        assert peak(spec, tmp_path / str(number)) - program < needs.megabytes(spec) - needs.PROGRAM


def test_eight_times_the_steps_are_eight_times_the_minutes_of_a_step(tiny_spec: Callable[..., RunSpec]) -> None:
    short, long = (needs.minutes(tiny_spec(steps=steps)) - needs.BESIDE_STEPS for steps in (2**38, 2**41))
    assert long == pytest.approx(8 * short, rel=0.1)


def test_the_paper_s_runs_of_more_steps_get_more_minutes_and_no_submission_needs_more_than_a_day() -> None:
    batches = make_plan(read_config(CONFIG, {"scale": "paper"})).batches
    asked = {name: [needs.minutes(member.spec) for member in batch.members] for name, batch in batches.items()}
    assert max(asked["E3"]) > max(asked["E2"])
    assert max(asked["D1"]) > max(asked["LR5"])
    components = dict(each.split("=") for each in yaml.safe_load(PROFILE.read_text())["group-components"])
    assert int(components["training"]) * max(map(max, asked.values())) < 24 * 60  # one after another, on one card


def test_every_companion_run_gets_minutes_and_memory_that_a_cluster_has() -> None:
    runs = make_plan(read_config(CONFIG, {"scale": "paper"})).companion_runs.values()
    minutes = {spec.run_id: needs.companion_minutes(spec) for spec in runs}
    components = dict(each.split("=") for each in yaml.safe_load(PROFILE.read_text())["group-components"])
    assert int(components["companions"]) * max(minutes.values()) < 24 * 60
    assert max(map(needs.companion_megabytes, runs)) < 16_000
    assert needs.experiment_megabytes(runs) < 16_000


@pytest.mark.slow
def test_a_companion_run_holds_no_more_memory_than_is_asked_for(tmp_path: Path) -> None:
    paths = Paths(tmp_path, "smoke")
    tiny = IncidentalSpec(n=2, m=2, instances=1, steps=1, l1=0, optimiser="sgd", learning_rate=0.1)
    program = peak_of_companion(COMPANION_TOLD, tiny, paths.companion(tiny.run_id))
    to_measure = peak_of_companion(MEASURING_TOLD, tiny, tmp_path)
    assert max(program, to_measure) < needs.PROGRAM
    wide = tiny.model_copy(update={"n": 256, "m": 4096, "instances": 4, "optimiser": "adamw"})
    pairs = tiny.model_copy(update={"n": 96, "m": 64, "instances": 16, "co_occurrence": 0.1})
    many = SuperpositionSpec(
        task="identity",
        n=10,
        m=5,
        instances=1000,
        steps=1,
        importance=0.75,
        active=0.1,
        batch_size=1024,
        learning_rate=0.001,
        initial_sd=0.3,
    )
    for spec in (wide, pairs, many):
        found = peak_of_companion(COMPANION_TOLD, spec, paths.companion(spec.run_id)) - program
        assert found < needs.companion_megabytes(spec) - needs.PROGRAM, spec.run_id
        found = peak_of_companion(MEASURING_TOLD, spec, tmp_path) - to_measure
        assert found < needs.experiment_megabytes([spec]) - needs.PROGRAM, spec.run_id
