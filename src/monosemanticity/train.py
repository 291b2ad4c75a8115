"""One training run, from its numbers to its files."""

import math
import shutil
import time
from collections import defaultdict
from pathlib import Path

from monosemanticity import devices, layout, measure, store
from monosemanticity.errors import DivergedError
from monosemanticity.lamb import Lamb, swing
from monosemanticity.network import initial_parameters
from monosemanticity.progress import Progress
from monosemanticity.randomness import INITIALISATION, stream
from monosemanticity.spec import RunSpec
from monosemanticity.step import Losses, Step
from monosemanticity.tasks import TASKS

LOSS_EVERY = 16


class Run:
    """A model in training: everything that a step changes."""

    def __init__(self, spec: RunSpec) -> None:
        random = stream(spec.seed, INITIALISATION)
        self.spec = spec
        self.task = TASKS[spec.task](spec, random)
        self.parameters = initial_parameters(spec, random)
        self.compute = Step(spec, self.task, self.parameters)
        self.optimiser = Lamb(self.parameters)

    def advance(self, t: int) -> Losses:
        """Take training step t, counted from 1; the losses are those before it."""
        spec = self.spec
        losses = self.compute(self.task.draw(stream(spec.seed, t)))
        self.optimiser.step(self.compute.gradient, swing(spec.learning_rate, t))
        if spec.decay and t <= spec.steps // 2:
            self.parameters.b.mul_(1 - spec.decay * spec.learning_rate)
        return losses

    def model(self) -> measure.Model:
        """The model as it is now."""
        weights = self.parameters
        return measure.Model(self.spec.task, self.spec.activation, self.task.P, weights.W1, weights.b, weights.W2)


def train(spec: RunSpec, folder: Path, threads: int = 1) -> None:
    """Train a run and write its files; run.json comes last and says that the others are whole.

    Raises DivergedError when the loss leaves the finite numbers.
    """
    started, cpu_started = time.monotonic(), time.process_time()
    devices.prepare(threads)
    (folder / layout.RECORD).unlink(missing_ok=True)
    shutil.rmtree(folder / layout.CHECKPOINTS, ignore_errors=True)
    run = Run(spec)
    kept = set(layout.checkpoint_steps(spec.steps))
    trace = defaultdict(list)
    with Progress(spec.run_id, spec.steps) as progress:
        for t in range(1, spec.steps + 1):
            losses = run.advance(t)
            if t in kept or t % LOSS_EVERY == 0:
                _record(trace, run, t, losses, measured=t in kept)
                progress.show(t, trace["loss"][-1])
            if t in kept:
                weights = run.model()._asdict()
                tensors = {name: weights[name] for name in ("W1", "b", "W2")} | run.task.projections()
                store.write_checkpoint(folder, t, tensors, spec)
    neurons = {name: column.numpy() for name, column in measure.neurons(run.model()).items()}
    store.write_parquet(folder / layout.TRACE, trace, store.TRACE_SCHEMA, spec)
    store.write_parquet(folder / layout.NEURONS, neurons, store.NEURONS_SCHEMA, spec)
    record = store.identity(spec) | {"run": spec.run_id, "spec": spec.model_dump()}
    record |= devices.description()
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
