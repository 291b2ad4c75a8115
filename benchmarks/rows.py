"""The rows of the table: what is measured, the ratio found, and the ratio aimed at."""

import itertools
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import torch
from companion_shapes import absolute, collisions, tied_autoencoder, training
from shapes import obvious, paper, preview, products, stepping
from timing import medians

from monosemanticity.experiment.config_file import read_config
from monosemanticity.experiment.operations import operations
from monosemanticity.experiment.plan import make_plan
from monosemanticity.experiment.spec import RunSpec
from monosemanticity.identity import stages
from monosemanticity.training import devices
from monosemanticity.training.randomness import stream
from monosemanticity.training.run import Run
from monosemanticity.training.schedule import cosine_annealed
from monosemanticity.workflow.planned import Planned

ROOT = Path(__file__).parents[1]


class Row(NamedTuple):
    """One line of the table."""

    measured: str
    at: str
    found: float
    aim: str
    """At most or at least so much; empty where the row is for information."""
    met: bool | None


def at_most(measured: str, at: str, found: float, aim: float) -> Row:
    return Row(measured, at, found, f"≤ {aim:g}", found <= aim)


def at_least(measured: str, at: str, found: float, aim: float) -> Row:
    return Row(measured, at, found, f"≥ {aim:g}", found >= aim)


def shape(spec: RunSpec) -> str:
    return f"N={spec.N} d={spec.d} k={spec.k} b={spec.batch_size}"


def step_over_products() -> Iterator[Row]:
    """A whole step beside its five products done plainly."""
    for spec, aim, rounds in ((paper(1024), 1.05, 9), (paper(2048), 1.05, 9), (preview(), 1.25, 101)):
        step, plain = medians(stepping(spec), products(spec), rounds=rounds)
        yield at_most("step / its products done plainly", shape(spec), step / plain, aim)
    spec = preview(batch_size=512)
    step, plain = medians(stepping(spec), products(spec), rounds=101)
    yield Row("step / its products done plainly", f"{shape(spec)}, as preview runs it", step / plain, "", None)


def reference_over_step() -> Iterator[Row]:
    """The step that one would write first beside ours."""
    for spec, aim, rounds in ((paper(1024), 3.5, 5), (preview(), 2.8, 41), (paper(64), 20, 3), (paper(16), 30, 3)):
        slow, fast = medians(obvious(spec), stepping(spec), rounds=rounds)
        yield at_least("obvious reference step / step", shape(spec), slow / fast, aim)


def bfloat16_over_float32() -> Iterator[Row]:
    """A step whose products round to bfloat16, where the processor multiplies such numbers."""
    flags = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    if "avx512_bf16" not in flags and "amx_bf16" not in flags:
        yield Row(
            "bfloat16 step / float32 step", "this processor has no bfloat16 products", float("nan"), "≤ 0.65", None
        )
        return
    for spec, rounds in ((paper(1024), 9), (preview(), 101)):
        # Which kernel multiplies is a setting of the process: one step at a time has it.
        rounded = medians(stepping(spec, "bfloat16"), rounds=rounds)[0]
        full = medians(stepping(spec, "float32"), rounds=rounds)[0]
        yield at_most("bfloat16 step / float32 step", shape(spec), rounded / full, 0.65)


def share_of_the_rest() -> Iterator[Row]:
    """What is not the gradient, at the size of preview, beside the products."""
    for distribution in ("uniform", "power-law"):
        spec = preview(distribution=distribution)
        run, steps = Run(spec, devices.processor("float32", threads=1)), itertools.count(1)

        def draw(run: Run = run, steps: Iterator[int] = steps) -> None:
            random = stream(0, next(steps))
            for rows in run.compute.slices:
                run.task.draw(random, rows)

        drawing, plain = medians(draw, products(spec), rounds=201)
        yield at_most("sampler / products", f"{shape(spec)}, {distribution}", drawing / plain, 0.08)

    run = Run(preview(), devices.processor("float32", threads=1))
    losses = run.advance(1)

    def move() -> None:
        run.optimiser.step(run.compute.gradient, cosine_annealed(0.01, 1))
        run.parameters.b.mul_(0.999)

    def record() -> None:
        float(losses.task)
        run.parameters.flat.isfinite().all()

    moving, recording, plain = medians(move, record, products(preview()), rounds=201)
    found = (moving + recording / 16) / plain
    yield at_most("optimiser, decay, schedule and metrics / products", shape(preview()), found, 0.05)


def growth_with_k() -> Iterator[Row]:
    """Steps of equal b k: the dense form has the same number of operations at every k."""
    widths = (16, 64, 128, 256, 512, 1024, 2048)
    times = dict(zip(widths, medians(*(stepping(paper(k)) for k in widths), rounds=5), strict=True))
    for k in widths:
        if k != 1024:
            counted = operations(paper(k)) / operations(paper(1024))
            found = times[k] / times[1024]
            yield at_most("step / step at k = 1024", f"k={k}, b k = 2^23; operations {counted:.2f}", found, 1)


def threads() -> Iterator[Row]:
    """Two jobs of one thread beside one job of two: steps of all jobs in the same time."""
    for spec in (preview(batch_size=512), paper(1024)):
        seconds = 10
        narrow = sum(_side_by_side(spec, jobs=2, threads=1, seconds=seconds))
        wide = sum(_side_by_side(spec, jobs=1, threads=2, seconds=seconds))
        yield at_least("two jobs of one thread / one job of two", shape(spec), narrow / wide, 1)


def _side_by_side(spec: RunSpec, jobs: int, threads: int, seconds: float) -> list[int]:
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        return list(pool.map(_steps_within, [spec] * jobs, [threads] * jobs, [seconds] * jobs))


def _steps_within(spec: RunSpec, threads: int, seconds: float) -> int:
    run = Run(spec, devices.processor(spec.precision, threads))
    run.advance(1)
    until = time.monotonic() + seconds
    for t in itertools.count(2):
        run.advance(t)
        if time.monotonic() > until:
            return t
    raise AssertionError


def companions() -> Iterator[Row]:
    """Models of a companion study trained as one batch, beside each alone, and as they would be written first."""
    for spec, published, aim in ((collisions(), tied_autoencoder(collisions()), 5), (absolute(), None, 5)):
        at = f"{spec.instances} models of n={spec.n} m={spec.m}, {spec.study}"
        alone = spec.model_copy(update={"instances": 1})
        batch, one, *plain = medians(*filter(None, (training(spec), training(alone), published)), rounds=31)
        yield at_least("a step of each model alone / of all as one batch", at, spec.instances * one / batch, aim)
        for each in plain:
            yield Row(
                "a step of each model, by autograd / of all as one batch", at, spec.instances * each / batch, "", None
            )


def whole_processes() -> Iterator[Row]:
    """What a job costs beside its steps, what it needs of memory, and how long planning takes."""
    with tempfile.TemporaryDirectory() as folder:
        jobs = _jobs(preview(steps=1), Path(folder))
        one_step, torch_alone = medians(jobs.train_afresh, lambda: _run(["-c", "import torch"]), rounds=5)
    yield Row("seconds of a run of one step", shape(preview()), one_step, "", None)
    yield at_most("a run of one step / the import of PyTorch", shape(preview()), one_step / torch_alone, 1.5)
    with tempfile.TemporaryDirectory() as folder:
        kept = preview(steps=2**14, batch_size=1)  # as many models as at preview, soon trained
        jobs = _jobs(kept, Path(folder))
        jobs.train_afresh()
        (measuring,) = medians(lambda: _run(jobs.measure), rounds=5)
    (step,) = medians(stepping(preview(batch_size=512)), rounds=101)
    yield at_most("measuring a run / training it", f"{shape(kept)}, b=512", measuring / (2**14 * step), 0.03)
    with tempfile.TemporaryDirectory() as folder:
        _jobs(paper(16, steps=4), Path(folder)).train_afresh()
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
    yield at_most("peak memory in GiB", shape(paper(16)), peak, 1)

    figures = [f"fig{number:02}" for number in range(1, 27)]
    for seeds, aim in (([0], 3), (list(range(19)), 20)):
        plan = make_plan(read_config(ROOT / "config.yaml", {"scale": "paper", "seeds": seeds}))
        runs = {spec.run_id for name in figures for spec in plan.specs_of(plan.figures()[name])}
        asked = ["--quiet", "all", "--cores", "1", "--config", "scale=paper", f"seeds={seeds}", "--", *figures]
        (found,) = medians(lambda asked=asked: _run(["-m", "snakemake", "--dry-run", *asked]), rounds=5)
        yield at_most("seconds of a dry run", f"{len(runs)} runs", found, aim)


class Jobs(NamedTuple):
    """A run's folder, and what the workflow runs to train it there and to measure it."""

    run: Path
    train: list[str]
    measure: list[str]

    def train_afresh(self) -> None:
        shutil.rmtree(self.run, ignore_errors=True)
        _run(self.train)


def _jobs(spec: RunSpec, folder: Path) -> Jobs:
    training, measuring = stages.of_training(spec), stages.of_measuring(spec)
    planned = Planned.now({}, overrides={})
    planned.write(folder)
    run, command = folder / "run", ["-m", "monosemanticity"]
    as_planned = ["--planned", str(planned.path(folder)), "--stamp"]
    numbers = ["--spec", spec.model_dump_json(), "--out", str(run)]
    return Jobs(
        run,
        [*command, "train", *numbers, *as_planned, training.short],
        [*command, "measure", str(run), *as_planned, measuring.short],
    )


def _run(arguments: list[str]) -> None:
    subprocess.run([sys.executable, *arguments], cwd=ROOT, check=True, capture_output=True)


ROWS = (
    whole_processes,
    step_over_products,
    reference_over_step,
    bfloat16_over_float32,
    share_of_the_rest,
    growth_with_k,
    threads,
    companions,
)
torch.set_num_threads(1)
