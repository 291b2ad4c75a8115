"""A copy of a finished project is edited, and the dry run says what would run again: what the edit touches, no more."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import environment, planned_jobs, run_in, snakemake

from monosemanticity.config_file import read_config
from monosemanticity.figures.catalogue import paper_figures
from monosemanticity.plan import Plan, make_plan

PACKAGE = Path("src/monosemanticity")
FIGURES = set(paper_figures())


@pytest.fixture
def finished(smoke: Path, tmp_path: Path) -> Path:
    """The whole workflow, done, in a folder of its own."""
    return shutil.copytree(smoke, tmp_path / "finished", symlinks=True)


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert text.count(old) == 1, f"{path} has {text.count(old)} times {old!r}"
    path.write_text(text.replace(old, new))


def due(folder: Path, *targets: str, settings: tuple[str, ...] = ()) -> dict[str, int]:
    """Jobs that would run, by rule."""
    dry_run = snakemake(folder, *targets, "--dry-run", settings=settings)
    output = dry_run.stdout + dry_run.stderr
    assert dry_run.returncode == 0, output[-3000:]
    if "Nothing to be done" in output:
        return {}
    return {rule: count for rule, count in planned_jobs(dry_run.stdout).items() if rule != "all"}


def why(folder: Path, *names: str) -> str:
    said = run_in(folder, "monosemanticity", "why", *names, "--scale", "smoke")
    assert said.returncode == 0, said.stderr
    return said.stdout


def plan_of(folder: Path, **override: object) -> Plan:
    return make_plan(read_config(folder / "config.yaml", {"scale": "smoke"} | override))


def of_kind(kind: str) -> dict[str, int]:
    return {name: 1 for name, figure in paper_figures().items() if figure.kind == kind}


def touch_everything(folder: Path) -> None:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "results" not in path.parts and ".snakemake" not in path.parts:
            os.utime(path)


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("train.py", "LOSS_EVERY = 16", "LOSS_EVERY = 16  # steps"),
        ("lamb.py", "The same on a processor, in", "In"),
        ("figures/heat.py", "Neurons down", "All neurons down"),
        ("step.py", "FEWEST_ROWS = 64", "FEWEST_ROWS = (\n    64\n)"),
        ("progress.py", "LINES_IN_A_LOG = 10", "LINES_IN_A_LOG = 5"),
        ("cli.py", "runs done, ", "runs are done, "),
    ],
    ids=["a comment", "a docstring", "a figure's docstring", "formatting", "the progress shown", "the command line"],
)
def test_nothing_runs_again_after_a_change_of(finished: Path, file: str, old: str, new: str) -> None:
    edit(finished / PACKAGE / file, old, new)
    assert due(finished) == {}


def test_nothing_runs_again_in_a_fresh_clone_or_after_a_touch(finished: Path) -> None:
    touch_everything(finished)
    assert due(finished) == {}


def test_nothing_is_said_of_what_is_up_to_date(finished: Path) -> None:
    touch_everything(finished)
    assert why(finished).splitlines() == [f"{name} is up to date" for name in [*sorted(FIGURES), "tables"]]


def test_a_kind_of_figure_redraws_its_figures_alone(finished: Path) -> None:
    edit(finished / PACKAGE / "figures/heat.py", 'label="activation"', 'label="activation h"')
    assert due(finished) == of_kind("heat")
    said = why(finished)
    assert said.count("would be made again") == len(of_kind("heat"))
    assert said.count("    figures/heat.py: draw: changed") == len(of_kind("heat"))


def test_what_pictures_ask_of_a_model_redraws_the_kinds_that_ask_it(finished: Path) -> None:
    edit(finished / PACKAGE / "probes.py", "model.P @ model.W1[:, among]", "1 * model.P @ model.W1[:, among]")
    assert due(finished) == of_kind("heat") | of_kind("response") | of_kind("matrix")


def test_the_common_look_redraws_every_figure_and_trains_nothing(finished: Path) -> None:
    edit(finished / PACKAGE / "figures/draw.py", "DPI = 160", "DPI = 161")
    assert due(finished) == dict.fromkeys(FIGURES, 1)


def test_a_caption_redraws_its_figure_alone(finished: Path) -> None:
    edit(finished / PACKAGE / "figures/catalogue.yaml", "Monosemanticity of the neurons of one", "Neurons of one")
    assert due(finished) == {"fig02": 1}
    assert "fig02 would be made again:\n    results/smoke/figures/fig02.png: what is asked for has changed" in why(
        finished
    )


@pytest.mark.parametrize(
    ("file", "old", "new", "reason"),
    [
        ("train.py", "LOSS_EVERY = 16", "LOSS_EVERY = 32", "train.py: LOSS_EVERY: changed"),
        ("kernels.py", "ratio = 1.0", "ratio = 1", "kernels.py: lamb: changed"),
    ],
)
def test_training_code_trains_every_run_again(finished: Path, file: str, old: str, new: str, reason: str) -> None:
    edit(finished / PACKAGE / file, old, new)
    runs = len(plan_of(finished).runs)
    assert due(finished) == {"train": runs, "tables": 1} | dict.fromkeys(FIGURES, 1)
    assert f"and {runs - 1} more would be trained:\n    {reason}\n" in why(finished)


def test_a_finding_is_found_again_alone(finished: Path) -> None:
    assert due(finished, "findings") == {"findings": 1}
    done = snakemake(finished, "findings")
    assert done.returncode == 0, done.stderr[-3000:]
    assert due(finished, "findings") == {}
    edit(finished / PACKAGE / "findings.py", "The fraction of mono neurons peaks at k = N", "It peaks at k = N")
    assert due(finished, "findings") == {"findings": 1}
    assert due(finished) == {}


def test_a_batchs_number_trains_its_new_runs_and_redraws_its_figures(finished: Path) -> None:
    before = plan_of(finished)
    edit(finished / "config.yaml", "l1: [1e-7,", "l1: [2e-7,")
    now = plan_of(finished)
    new = now.runs.keys() - before.runs.keys()
    assert len(new) == 1
    figures = [name for name in FIGURES if "RG1" in paper_figures()[name].batches()]
    assert due(finished) == {"train": 1, "tables": 1} | dict.fromkeys(figures, 1)
    assert f"{new.pop()} would be trained:\n    not trained\n" in why(finished)


def test_a_new_seed_trains_its_own_runs_alone(finished: Path) -> None:
    new = plan_of(finished, seeds=[0, 1]).runs.keys() - plan_of(finished).runs.keys()
    jobs = due(finished, settings=("seeds=[0,1]",))
    assert jobs.pop("train") == len(new) == len(plan_of(finished).runs)
    of_every_seed = {name for name, figure in paper_figures().items() if figure.whole_batches()}
    assert of_every_seed <= jobs.keys() <= FIGURES | {"tables"}


def test_where_the_workflows_memory_is_lost_other_code_is_refused_with_the_mend(finished: Path) -> None:
    shutil.rmtree(finished / ".snakemake")
    edit(finished / PACKAGE / "lamb.py", "T_MAX = 512", "T_MAX = 500")
    assert_refused_and_mended(finished)


def test_touched_results_of_other_code_are_refused_with_the_mend(finished: Path) -> None:
    edit(finished / PACKAGE / "lamb.py", "T_MAX = 512", "T_MAX = 500")
    touched = snakemake(finished, "--touch")
    assert touched.returncode == 0, touched.stderr[-3000:]
    assert_refused_and_mended(finished)


def assert_refused_and_mended(folder: Path) -> None:
    """No figure is drawn from what other code left, and the commands that the refusals name put things right."""
    reads = plan_of(folder).specs_of(paper_figures()["fig21"])
    (folder / "results/smoke/figures/fig21.png").unlink()
    for remaining in range(len(reads), 0, -1):
        refused = snakemake(folder, "fig21")
        output = refused.stdout + refused.stderr
        assert refused.returncode != 0, f"{remaining} runs are of other code"
        assert "made by other code" in output
        assert not (folder / "results/smoke/figures/fig21.png").exists()
        removal = re.search(r"make it again: (rm -rf \S+)", output)[1]
        subprocess.run(["bash", "-c", removal], cwd=folder, check=True, env=environment(folder))
    drawn = snakemake(folder, "fig21")
    assert drawn.returncode == 0, drawn.stderr[-3000:]
    assert why(folder, "fig21") == "fig21 is up to date\n"
