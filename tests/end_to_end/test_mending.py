"""What an error advises is done as it is printed, and mends all that is wrong."""

import os
import subprocess
from pathlib import Path

from helpers.files import files_of
from helpers.project import copied, environment, run_in, snakemake
from monosemanticity.experiment.config_file import read_config
from monosemanticity.experiment.plan import make_plan

MADE = ("runs", "tables", "figures", "companions")
TOOK = "models.parquet"
"""The table that says what the runs took."""


def flip(path: Path) -> None:
    """Change a byte, leaving the size and the time as they are: no look at the file shows it."""
    content, was = bytearray(path.read_bytes()), path.stat()
    content[-9 if path.suffix == ".safetensors" else len(content) // 4] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(was.st_atime_ns, was.st_mtime_ns))


def advised(text: str) -> str:
    """The command in an error."""
    return text.split("make it again: ")[1].splitlines()[0]


def test_the_advice_of_a_job_makes_again_all_that_is_damaged_at_its_scale(smoke: Path, tmp_path: Path) -> None:
    project = copied(smoke, tmp_path / "project")
    results = project / "results/smoke"
    plan = make_plan(read_config(project / "config.yaml", {"scale": "smoke"}))
    first, *others = (spec for figure in ("fig04", "fig10") for spec in plan.specs_of(plan.catalogue[figure]))
    for spec in (first, others[-1]):
        flip(results / "runs" / spec.run_id / "checkpoints" / f"step-{spec.steps:08d}.safetensors")
    flip(results / "tables/LR3/traces.parquet")
    flip(results / "runs" / first.run_id / "neurons.parquet")
    flip(next((results / "companions/superposition/basic").iterdir()))
    (results / "figures/fig04.png").unlink()
    refused = snakemake(project, "fig04", settings=("seeds=[0]",))
    assert refused.returncode != 0
    mend = advised((results / "logs/figures/fig04.log").read_text())
    assert mend == (
        """monosemanticity check --remove --override '{"scale": "smoke", "seeds": ["0"]}'"""
        """ && snakemake --cores all --config scale=smoke 'seeds=["0"]'"""
    )
    listed = run_in(project, "monosemanticity", "check", "--scale", "smoke")
    assert listed.returncode == 1
    assert len(listed.stdout.splitlines()) == 5
    mended = subprocess.run(["bash", "-c", mend], cwd=project, env=environment(project), capture_output=True, text=True)
    assert mended.returncode == 0, mended.stderr[-5000:]
    assert run_in(project, "monosemanticity", "check", "--scale", "smoke").stdout.startswith("0 of ")
    for part in MADE:
        made, before = (files_of(folder / part) for folder in (results, smoke / "results/smoke"))
        assert [name for name in before if made[name] != before[name] and not name.endswith(TOOK)] == []


def test_the_advice_on_a_run_by_hand_makes_the_run_again(smoke: Path, tmp_path: Path) -> None:
    project = copied(smoke, tmp_path / "project")
    for command in (
        ("train", "--batch", "LR3", "--set", "learning_rate=0.001", "--scale", "smoke", "--out", "my run"),
        ("measure", "my run"),
    ):
        assert run_in(project, "monosemanticity", *command).returncode == 0
    run = project / "my run"
    whole = files_of(run)
    flip(sorted(run.glob("checkpoints/*"))[-1])
    refused = run_in(project, "monosemanticity", "measure", "my run")
    assert refused.returncode == 1
    mend = f"{advised(refused.stderr)} && monosemanticity measure 'my run'"
    mended = subprocess.run(["bash", "-c", mend], cwd=project, env=environment(project), capture_output=True, text=True)
    assert mended.returncode == 0, mended.stderr
    assert files_of(run) == whole
