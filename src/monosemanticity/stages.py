"""Where each stage of the workflow starts in the code: what these definitions reach is what its results depend on.

What stands around them, and so counts for no result: reading the configuration, planning, locks, saving and resuming,
signals, progress, the command line. None of it can change a number; `tests/identity/test_stages.py` holds what a run
really executes against what is reached.
"""

from collections.abc import Collection, Iterable

from monosemanticity.identity.code import Code, code_of
from monosemanticity.spec import RunSpec

TRAINING = ("trajectory.start", "trajectory.follow", "measure.neurons")
TABLES = ("tables.write_tables",)
FIGURES = ("figures.draw.draw",)
FINDINGS = ("findings.as_markdown",)

CHOOSING = ("task", "activation", "distribution", "precision", "form")
"""The fields of a run that choose one of several alternatives of the code."""


def of_training(spec: RunSpec) -> Code:
    """The code that a run depends on: its own task, activation, distribution, precision and form."""
    return code_of(TRAINING, **_choice([spec]))


def of_tables(specs: Collection[RunSpec]) -> Code:
    """The code that the tables of some runs depend on, beside that of the runs."""
    return code_of(TABLES, **_choice(specs))


def of_figure(kind: str, specs: Collection[RunSpec]) -> Code:
    """The code that a figure of some runs depends on, beside that of the runs."""
    return code_of(FIGURES, kind=[kind], **_choice(specs))


def of_findings() -> Code:
    """The code that decides what agrees with the paper."""
    return code_of(FINDINGS)


def _choice(specs: Iterable[RunSpec]) -> dict[str, set[str]]:
    specs = list(specs)
    return {field: {getattr(spec, field) for spec in specs} for field in CHOOSING}
