"""One training run, from its numbers to its files."""

import math
import shutil
import time
from collections import defaultdict
from pathlib import Path

import torch

from monosemanticity import devices, layout, measure, store
from monosemanticity.captured_run import CapturedRun
from monosemanticity.cost import form
from monosemanticity.errors import DivergedError
from monosemanticity.lamb import swing
from monosemanticity.progress import Progress
from monosemanticity.run import Run
from monosemanticity.spec import RunSpec
from monosemanticity.step import Losses

LOSS_EVERY = 16


def start(spec: RunSpec, threads: int) -> Run:
    """A run at step 0: on a graphics card where there is one, else on so many threads of the processor.

    The Gram form subtracts numbers that nearly cancel, so that it is in full precision whatever the run's.
    """
    precision = "float32" if form(spec) == "gram" else spec.precision
    if torch.cuda.is_available():
        return CapturedRun(spec, devices.graphics_card(precision))
    return Run(spec, devices.processor(precision, threads))


def train(spec: RunSpec, folder: Path, threads: int = 1) -> None:
    """Train a run and write its files; run.json comes last and says that the others are whole.

    Raises DivergedError when the loss leaves the finite numbers.
    """
    started, cpu_started = time.monotonic(), time.process_time()
    (folder / layout.RECORD).unlink(missing_ok=True)
    shutil.rmtree(folder / layout.CHECKPOINTS, ignore_errors=True)
    run = start(spec, threads)
    kept = set(layout.checkpoint_steps(spec.steps))
    trace = defaultdict(list)
    with Progress(spec.run_id, spec.steps) as progress:
        for t in range(1, spec.steps + 1):
            losses = run.advance(t)
            if t in kept or t % LOSS_EVERY == 0:
                _record(trace, run, t, losses, measured=t in kept)
                progress.show(t, trace["loss"][-1])
            if t in kept:
                store.write_checkpoint(folder, t, run.tensors(), spec)
    neurons = {name: column.numpy() for name, column in measure.neurons(run.model()).items()}
    store.write_parquet(folder / layout.TRACE, trace, store.TRACE_SCHEMA, spec)
    store.write_parquet(folder / layout.NEURONS, neurons, store.NEURONS_SCHEMA, spec)
    record = store.identity(spec) | {"run": spec.run_id, "spec": spec.model_dump()}
    record |= {"form": form(spec)} | run.device.description()
    record |= {"seconds": time.monotonic() - started, "cpu_seconds": time.process_time() - cpu_started}
    store.write_json(folder / layout.RECORD, record)


def _record(trace: dict[str, list], run: Run, t: int, losses: Losses, measured: bool) -> None:
    """Add a row to the trace; what is not measured at this step stays empty."""
    loss = float(losses.task)
    if not (math.isfinite(loss) and run.parameters.flat.isfinite().all()):
        raise DivergedError(
            f"{run.spec.run_id}: diverged by step {t}: the loss is {loss}, the largest weight"
            f" {float(run.parameters.flat.abs().max())}; lower learning_rate: {run.spec.learning_rate:g}"
        )
    summary = measure.summary(run.model())._asdict() if measured else {}
    row = {"step": t, "loss": loss} | summary
    if measured:
        row |= {"learning_rate": swing(run.spec.learning_rate, t), "l1_term": float(losses.l1)}
    for name in store.TRACE_SCHEMA.names:
        trace[name].append(row.get(name))
