"""What can be asked for: figures, batches and what is of all runs."""

from collections.abc import Iterator

from monosemanticity.companions import catalogue
from monosemanticity.experiment.plan import Plan, PlannedBatch
from monosemanticity.experiment.quantities import plain


def listing(plan: Plan) -> Iterator[str]:
    """A line a target, grouped."""
    yield "figures of workflow/figures.yaml"
    for name, figure in plan.catalogue.items():
        yield f"  {name:10} {figure.title}"
    for name, lacking in plan.left_out.items():
        yield f"  {name:10} left out: {lacking}"
    yield ""
    yield "batches, and what each sweeps in the terms of config.yaml; BATCH_trace, _bias, _heat, _sweep are its figures"
    for name, batch in plan.batches.items():
        yield f"  {name:10} {_swept(batch)}"
    yield ""
    for study, experiments in plan.companions.items():
        yield f"{study}: figures of the companion study, and what each is drawn from"
        for name, planned in catalogue.figures(plan).items():
            if planned.study == study:
                yield f"  {name:15} {planned.title} ({', '.join(planned.figure.experiments)})"
        yield f"{study}: experiments, and what each sweeps; {study}_NAME is the table of one"
        for name, experiment in experiments.items():
            yield f"  {name:15} {catalogue.swept(experiment.specs) or 'nothing: one setting'}"
        yield ""
    yield "of all runs"
    yield "  tables     traces, measures, neurons, features, members and models"
    yield "  claims     the paper's claims, each decided by intervals over seeds"
    yield "  companion_claims those of the companion studies"
    yield "  report     the page of all results"


def _swept(batch: PlannedBatch) -> str:
    """Each field with its values, or with the ends of many: 'learning_rate 0.001 to 0.03 (6)'."""
    parts = []
    for field in batch.swept:
        values = list(dict.fromkeys(setting[field] for setting in batch.settings))
        numbers = not any(isinstance(value, str) for value in values)
        few = ", ".join(map(plain, values))
        many = f"{plain(values[0])} to {plain(values[-1])} ({len(values)})"
        parts.append(f"{field} {many if numbers and len(values) > 3 else few}")
    return "; ".join(parts) or "nothing: one setting, and no sweep to draw"
