"""The whole workflow, end to end, at the scale that takes minutes."""

import json
import re
from pathlib import Path

import pandas as pd
import yaml

from helpers.figures import PAPERS, SUPPLEMENTS, shipped_figures
from helpers.project import ROOT, planned_jobs, run_in, snakemake
from monosemanticity.companions import catalogue
from monosemanticity.experiment.config_file import read_config
from monosemanticity.experiment.plan import Plan, make_plan

RESULTS = Path("results/smoke")


def plan_of(project: Path, scale: str) -> Plan:
    return make_plan(read_config(project / "config.yaml", {"scale": scale}))


def test_every_figure_of_the_paper_is_drawn_with_its_caption(smoke: Path) -> None:
    for name, figure in shipped_figures().items():
        for suffix in (*figure.suffixes, "md"):
            assert (smoke / RESULTS / "figures" / f"{name}.{suffix}").stat().st_size > 0
    assert list(shipped_figures()) == [*PAPERS, *SUPPLEMENTS]


def test_every_run_is_in_the_tables_once(smoke: Path) -> None:
    runs = plan_of(smoke, "smoke").runs
    models = pd.read_parquet(smoke / RESULTS / "tables/models.parquet")
    assert sorted(models["run"]) == sorted(runs)
    for table in ("traces", "measures", "neurons", "features", "members"):
        assert set(pd.read_parquet(smoke / RESULTS / f"tables/{table}.parquet")["run"]) == set(runs)


def test_a_job_logs_its_progress(smoke: Path) -> None:
    logs = sorted((smoke / RESULTS / "logs/train").iterdir())
    assert logs
    for log in logs:
        assert "steps/s" in log.read_text()


def test_nothing_is_left_of_what_runs_would_go_on_from(smoke: Path) -> None:
    assert list((smoke / RESULTS / "runs").glob("*/resume")) == []


def test_what_a_digest_of_code_is_of_is_kept_once(smoke: Path) -> None:
    kept = {path.stem for path in (smoke / RESULTS / "definitions").iterdir()}
    records = [json.loads(path.read_text()) for path in (smoke / RESULTS / "runs").glob("*/run.json")]
    assert {record["code"] for record in records} <= kept
    assert "definitions" not in records[0]


def test_a_job_says_why_it_runs_and_a_dry_run_what_all_take(smoke: Path, project: Path) -> None:
    log = "".join(path.read_text() for path in (smoke / ".snakemake/log").iterdir())
    assert re.search(r"train \S+: run.json is not there\n", log)
    assert re.search(r"draw fig03: fig03.png is not there; reads \d+ that are made again\n", log)
    dry_run = snakemake(project, "--dry-run")
    assert re.search(r"smoke: 0 of 63 runs done; the others take \S+ of \S+ core-hours \(", dry_run.stdout)


def test_what_is_done_is_not_done_again(smoke: Path) -> None:
    again = snakemake(smoke, "--dry-run")
    assert "Nothing to be done" in again.stdout + again.stderr


def test_an_override_that_changes_nothing_reruns_nothing(smoke: Path) -> None:
    again = snakemake(smoke, "--dry-run", settings=("seeds=[0]",))
    assert "Nothing to be done" in again.stdout + again.stderr


def test_a_figure_needs_the_runs_of_its_batches_alone(project: Path) -> None:
    batch = plan_of(project, "smoke").batches["LR1"]
    jobs = planned_jobs(snakemake(project, "fig03", "--dry-run").stdout)
    assert jobs == {"train": len(batch.members), "measure": len(batch.members), "batch_tables": 1, "fig03": 1}


def test_a_figure_of_checkpoints_needs_no_measures(project: Path) -> None:
    jobs = planned_jobs(snakemake(project, "fig02", "--dry-run").stdout)
    assert jobs == {"train": 1, "fig02": 1}


def test_paper_scale_plans_every_run_of_table_1(project: Path) -> None:
    dry_run = run_in(project, "snakemake", "--dry-run", "--config", "scale=paper")
    jobs = planned_jobs(dry_run.stdout)
    assert jobs["train"] == len(plan_of(project, "paper").runs)


def test_more_seeds_are_more_runs_of_the_same_figure_and_fewer_make_it_again_each_time(project: Path) -> None:
    made = {"batch_tables": 1, "fig03": 1, "fig05": 1}
    for settings in (("seeds=[0,1]",), (), ("seeds=[0,1]",)):
        dry_run = snakemake(project, "fig03", "fig05", "--dry-run", settings=settings).stdout
        planned = planned_jobs(dry_run)
        assert made.items() <= planned.items()
        done = snakemake(project, "fig03", "fig05", settings=settings)
        assert done.returncode == 0, done.stderr[-3000:]
    assert planned == made
    runs = plan_of(project, "smoke").batches["LR1"].members
    assert len(list((project / RESULTS / "runs").iterdir())) == 2 * len(runs)


def test_a_batch_of_a_users_own_gets_its_figures_without_any_code(project: Path) -> None:
    mine = "\n  my_batch:\n    activation: [relu, gelu, solu]\n    epsilon: [1/64, 1/16]\n"
    text = (project / "config.yaml").read_text()
    (project / "config.yaml").write_text(text.replace("\nscales:\n", f"{mine}\nscales:\n"))
    done = snakemake(project, "my_batch")
    assert done.returncode == 0, done.stderr[-3000:]
    drawn = {path.stem for path in (project / RESULTS / "figures").glob("*.png")}
    assert drawn == {f"my_batch_{kind}" for kind in ("trace", "bias", "heat", "sweep")}


def test_a_wrong_configuration_starts_nothing(project: Path) -> None:
    text = (project / "config.yaml").read_text()
    (project / "config.yaml").write_text(text.replace("epsilon: 1/16", "epsilon: 16"))
    refused = snakemake(project)
    output = refused.stdout + refused.stderr
    assert refused.returncode != 0
    assert "batches.B1.epsilon: 16" in output
    assert "corrected: epsilon: 1/64" in output
    assert "Traceback" not in output
    assert not (project / "results").exists()


def test_snakemake_may_not_judge_results_by_what_it_remembers(project: Path) -> None:
    refused = snakemake(project, "--workflow-profile", "none", "fig02")
    assert refused.returncode != 0
    assert "say --rerun-triggers mtime --max-checksum-file-size 0" in refused.stdout + refused.stderr
    assert not (project / RESULTS / "runs").exists()


def test_a_file_of_a_run_that_there_is_not_is_refused_by_the_name_of_the_run(project: Path) -> None:
    refused = snakemake(project, f"{RESULTS}/runs/unknown/measures.parquet")
    assert refused.returncode != 0
    assert "unknown: no run of scale smoke; monosemanticity runs --scale smoke lists them" in refused.stderr


def test_an_unknown_override_is_refused(project: Path) -> None:
    refused = run_in(project, "snakemake", "--dry-run", "--config", "sclae=paper")
    assert refused.returncode != 0
    assert "corrected: scale: paper" in refused.stdout + refused.stderr


def test_the_profile_of_a_cluster_groups_training_and_every_figure_of_the_paper() -> None:
    profile = yaml.safe_load((ROOT / "slurm/config.yaml").read_text())
    plan = make_plan(read_config(ROOT / "config.yaml", {"scale": "paper"}))
    assert profile["groups"] == [
        "train=training",
        "measure=training",
        "batch_tables=figures",
        *(f"{name}=figures" for name in shipped_figures()),
        "companion_train=companions",
        *(f"{each.study}_{each.name}=figures" for each in plan.experiments),
        *(f"{name}=figures" for name in catalogue.figures(plan)),
    ]
